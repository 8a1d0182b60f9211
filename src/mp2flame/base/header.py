"""What mappings, profiles and recordings carry, so that nothing is used with what it does not belong to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Protocol

from .damage import parse_json
from .errors import FileFormatError, MismatchError

SCHEMA_PREFIX = "mp2flame."


class StampedHead(Protocol):
    """What a header says about a head; a ``FlameModel`` has it."""

    @property
    def release(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def has_jaw(self) -> bool: ...
    def check_num_expression(self, num_expression: int | None) -> int: ...


@dataclass(frozen=True)
class Header:
    """What a file is, what made it, and which FLAME and detector it belongs to.

    Attributes:
        schema: ``mp2flame.<kind>/<version>``, for example ``mp2flame.mapping/1``.
        made_by: program and version.
        flame_release, flame_sha256: the FLAME file it belongs to; empty when it belongs to none.
        num_expression: expression coefficients, 0 when not applicable.
        has_jaw: whether that FLAME file opens the jaw with its joint.
        detector_mode: ``video``, ``image`` or empty; MediaPipe smooths landmarks in video mode only.
        licence: terms of the data it was made from.
        provenance: free text or small table: data sets, counts, dates.
        notes: anything else, JSON values.
    """

    schema: str
    made_by: str = ""
    flame_release: str = ""
    flame_sha256: str = ""
    num_expression: int = 0
    has_jaw: bool | None = None
    detector_mode: str = ""
    licence: str = ""
    provenance: Any = ""
    notes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def for_flame(
        cls, schema: str, model: StampedHead, num_expression: int | None = None, **others: Any
    ) -> Header:
        """A header stamped with ``model``'s release, hash, number of coefficients and jaw."""
        from .version import __version__

        return cls(
            schema=schema,
            made_by=others.pop("made_by", f"mp2flame {__version__}"),
            flame_release=model.release,
            flame_sha256=model.sha256,
            num_expression=model.check_num_expression(num_expression),
            has_jaw=model.has_jaw,
            **others,
        )

    def to_json(self) -> str:
        """One JSON object; keys are this class's field names."""
        return json.dumps(asdict(self), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(
        cls,
        text: str | bytes,
        *,
        kind: str | None = None,
        max_version: int | None = None,
        label: str = "this file",
    ) -> Header:
        """Read a header; unknown keys of later minor versions go to ``notes``.

        Raises:
            FileFormatError: not a header, of another kind than ``kind``, or newer than ``max_version``.
        """
        values = parse_json(text, f"The header of {label}")
        if not isinstance(values, dict) or not isinstance(values.get("schema"), str):
            raise FileFormatError(f"The header of {label} has no 'schema'; the file is not made by mp2flame.")
        schema = values["schema"]
        name, _, number = schema.partition("/")
        if (
            not name.startswith(SCHEMA_PREFIX)
            or not number.isascii()
            or not number.isdigit()
            or len(number) > 6
        ):
            raise FileFormatError(f"The header of {label} has the unknown schema {schema[:80]!r}.")
        if kind is not None and name != SCHEMA_PREFIX + kind:
            raise FileFormatError(
                f"{label} is a {name.removeprefix(SCHEMA_PREFIX)[:40]} file; a {kind} file was expected."
            )
        if max_version is not None and int(number) > max_version:
            raise FileFormatError(
                f"{label} has version {number} of its format, this mp2flame reads up to {max_version}; "
                "a newer mp2flame reads it (in a clone: git pull)."
            )
        known = {f.name for f in fields(cls)}
        notes = values.get("notes") or {}
        kinds = {
            "num_expression": int,
            "made_by": str,
            "flame_release": str,
            "flame_sha256": str,
            "detector_mode": str,
            "licence": str,
        }
        for key, wanted in kinds.items():
            if key in values and (not isinstance(values[key], wanted) or isinstance(values[key], bool)):
                raise FileFormatError(f"The header of {label} has an unusable {key!r}.")
        if not isinstance(notes, dict) or not isinstance(values.get("has_jaw"), (bool, type(None))):
            raise FileFormatError(f"The header of {label} has unusable 'notes' or 'has_jaw'.")
        extra = {k: v for k, v in values.items() if k not in known}
        return cls(
            **{k: v for k, v in values.items() if k in known and k != "notes"}, notes={**notes, **extra}
        )

    def check(
        self,
        *,
        model: StampedHead | None = None,
        detector_mode: str | None = None,
        label: str = "this file",
        remedy: str = "",
    ) -> None:
        """Refuse to go on when this header belongs to another FLAME file or detector mode.

        What a header leaves empty is not checked. The file's hash decides; the release name is for people.

        Raises:
            MismatchError: with both sides and ``remedy``, the way out.
        """
        remedy = remedy or "Use the FLAME file it was made for, or make it again for this one."
        if model is not None and self.flame_sha256 and self.flame_sha256 != model.sha256:
            raise MismatchError(
                f"{label} was made for {self.flame_release or 'another FLAME file'} (sha256 "
                f"{self.flame_sha256[:8]}), the head is "
                f"{model.release} (sha256 {model.sha256[:8]}); expression coefficients of one mean nothing "
                f"in the other. {remedy}"
            )
        if detector_mode and self.detector_mode and self.detector_mode != detector_mode:
            raise MismatchError(
                f"{label} was made with the detector in {self.detector_mode} mode, this run is in "
                f"{detector_mode} mode, and the "
                f"landmarks differ. {remedy}"
            )
