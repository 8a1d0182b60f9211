"""What a take says of itself, checked when it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..base.damage import reading
from ..base.errors import FileFormatError

SCHEMA = "mp2flame.recording/1"
# what is read from meta, and what it must be; anything else may be anything
_META: dict[str, tuple[Any, str]] = {
    "schema": (str, "text"), "flame": (dict, "an object"), "betas": (list, "a list of numbers"), "fps": (int | float, "a number"),
    "mirrored": (bool, "true or false"), "world": (str, "text"), "intrinsics": (str, "text"), "detector_mode": (str, "text"),
    "source_frames": (dict, "an object"), "seen_only": (int, "a number"),
}  # fmt: skip
_FLAME_META: dict[str, tuple[Any, str]] = {
    "release": (str, "text"), "sha256": (str, "text"), "num_expression": (int, "a number"), "has_jaw": (bool, "true or false"),
}  # fmt: skip


def parse_meta(source: Path, value: np.ndarray | None) -> dict[str, Any]:
    """``meta`` of a file; empty when it has none.

    Raises:
        FileFormatError: not a JSON object, of another schema, or what is read from it is not what it must be.
    """
    with reading(f"{source}: meta", "JSON"):
        meta = json.loads(str(value[()])) if value is not None else {}
    if not isinstance(meta, dict):
        raise FileFormatError(f"{source}: meta must be a JSON object, got {type(meta).__name__}.")
    for where, kinds in (("meta", _META), ("meta.flame", _FLAME_META)):
        values = meta if where == "meta" else meta.get("flame") or {}
        for key, (kind, words) in kinds.items():
            value = values.get(key)
            if value is not None and (
                not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
            ):
                raise FileFormatError(f"{source}: {where}.{key} must be {words}, got {str(value)[:40]!r}.")
    with reading(f"{source}: meta", "that of a recording"):
        for value in (meta.get("fps") or 0.0, *(meta.get("betas") or ())):
            if isinstance(value, bool | str) or not abs(float(value)) < 1e6:
                raise ValueError(f"{str(value)[:40]!r} is not a number that fps or betas can have")
    schema = meta.get("schema", SCHEMA)
    if schema != SCHEMA:
        raise FileFormatError(f"{source}: schema {schema!r}, this version reads {SCHEMA!r}; update mp2flame.")
    return meta
