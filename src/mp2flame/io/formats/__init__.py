"""Tracked-motion files of other projects, in and out: ``read_motion``, ``write_motion``, ``detect_format``.

    motion = read_motion("tracked_flame_params_30.npz")          # any format, recognised by its content
    write_motion(motion, "driven.npz", "gaussian-avatars")       # returns what the target could not hold

Formats and what each of them keeps: docs/formats.md. Nothing in a file is ever run.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...base.damage import reading
from ...base.errors import FileFormatError, InputError, MissingFileError, Mp2FlameError
from ...base.folders import filling
from ...base.looks import instead
from ...base.values import FloatArray
from ...base.write import check_target, replacing
from ...observe.move_head import joints_of
from ...take.take import Take
from . import kept
from .base import Format, Motion, Options
from .prepare import prepare
from .probe import Probe
from .score_table import ScoreReader
from .zipped import unpacked

if TYPE_CHECKING:
    from ...flame import FlameModel

__all__ = [
    "FORMATS",
    "Format",
    "Motion",
    "Options",
    "detect_format",
    "format_named",
    "read_motion",
    "write_motion",
]


MODULES = (
    ".own", ".flame_head_tracker", ".vhap", ".vhap_folder", ".smplx", ".stacked", ".npy_files", ".frames", ".insta",
    ".imavatar", ".lam_web", ".weights",
)  # fmt: skip
"""The modules of this folder that have ``FORMATS``, in the order of detection: what is recognised by more comes first."""
FORMATS: Mapping[str, Format] = {
    entry.name: entry for name in MODULES for entry in importlib.import_module(name, __name__).FORMATS
}
"""Name to format, in the order in which detection asks them."""
WEIGHT_FORMATS = tuple(
    name for name, entry in FORMATS.items()
    if kept.WEIGHTS in entry.carries and kept.EXPRESSION not in entry.carries and entry.write is not None
)  # fmt: skip
"""Formats of ARKit weights that are written."""


def score_reader(text: str) -> ScoreReader | None:
    """How a text of named scores is read, from its beginning; None: it is of no format of those."""
    readers = (entry.scores for entry in FORMATS.values() if entry.scores is not None)
    return next((reader for reader in readers if reader.knows(text)), None)


def format_named(name: str) -> Format:
    """The format called ``name``.

    Raises:
        InputError: there is none.
    """
    if name not in FORMATS:
        import difflib

        close = difflib.get_close_matches(name, FORMATS, n=1, cutoff=0.4)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        raise InputError(f"there is no format '{name}'; known: {', '.join(FORMATS)}.{hint}")
    return FORMATS[name]


def detect_format(path: str | os.PathLike[str]) -> str:
    """Name of the format of a file or folder, by its content; the extension does not matter.

    Raises:
        MissingFileError: there is nothing at ``path``.
        FileFormatError: damaged, or of no known format.
    """
    target = Path(path)
    if not target.exists():
        raise MissingFileError(f"There is no file or folder {target}.")
    with unpacked(target) as inside:
        return _detected(inside, target)


def _detected(inside: Path, target: Path) -> str:
    """Format of ``inside``, which is what the user named ``target`` or lies in it."""
    probe = Probe(inside)
    for entry in FORMATS.values():
        try:
            if entry.sniff(probe) or _inside(entry, probe):
                return entry.name
        except Mp2FlameError:
            raise
        except Exception:  # what one format cannot look at may be of another  # noqa: BLE001
            continue
    what = "is empty" if not probe.is_dir and not probe.head else "is of no known format"
    seen = ""
    if probe.is_dir:
        seen = f" It holds {', '.join(probe.names[:5]) or 'nothing'}."
        takes = _takes_in(probe)
        if takes:
            raise FileFormatError(
                f"{target.name} is no take but holds some: {', '.join(takes)}. Name one of them."
            )
    elif probe.shapes():
        seen = f" It holds the arrays {', '.join(list(probe.shapes())[:12])}."
    elif probe.head[:2] == b"PK":
        seen = " It looks like an .npz that is damaged or cut short."
    if kind := _seen(target):
        what, way = f"is a {kind}", f"'mp2flame run {target} -o take.npz' makes one"
        if probe.is_dir:
            what = f"holds {kind}s"
            way = f"'mp2flame batch {target} -o takes' makes one of each" if kind == "film" else way
        raise FileFormatError(f"{target.name} {what}, no take: {way}.")
    if not seen and (said := instead(target, "a take")):
        raise FileFormatError(said)
    raise FileFormatError(f"{target.name} {what}.{seen} 'mp2flame info --formats' lists what is read.")


def _takes_in(probe: Probe) -> list[str]:
    """Names of the first folders inside that are takes."""
    found = []
    for name in probe.names[:20]:
        if (probe.path / name).is_dir():
            inner = Probe(probe.path / name)
            for entry in FORMATS.values():
                with contextlib.suppress(Exception):  # what one format cannot look at may be of another
                    if entry.sniff(inner):
                        found.append(f"{name} ({entry.name})")
                        break
    return found[:5]


_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_FILMS = (b"RIFF", b"\x1aE\xdf\xa3")


def _seen(path: Path) -> str:
    """'picture' or 'film' when a file, or the first of a folder's, begins as those do."""
    if path.is_dir():
        names = [name for name in Probe(path).names if not name.startswith(".")]
        return _seen(path / names[0]) if names and (path / names[0]).is_file() else ""
    head = Probe(path).head[:12]
    if head.startswith(_PICTURES) or head[8:12] == b"WEBP":
        return "picture"
    return "film" if head.startswith(_FILMS) or head[4:8] == b"ftyp" else ""


def _inside(entry: Format, probe: Probe) -> bool:
    """Whether a folder holds the format's file under the name that its project gives it."""
    if not entry.inside or entry.inside not in probe.names:
        return False
    return entry.sniff(Probe(probe.path / entry.inside))


def _options(flame: FlameModel | None, betas: FloatArray | None, wishes: dict[str, Any]) -> Options:
    unknown = wishes.keys() - Options.__dataclass_fields__.keys()
    if unknown:
        raise InputError(
            f"unknown option {', '.join(sorted(unknown))}; known: {', '.join(Options.__dataclass_fields__)}."
        )
    options = Options(**wishes)
    if isinstance(options.camera, int | float) and not 0 < options.camera < 170:
        raise InputError(f"a field of view lies between 0 and 170 degrees, got {options.camera!r}.")
    if flame is not None:
        options = replace(
            options,
            joints=joints_of(flame, betas),
            joints_known=True,
            forward=flame.prepare(betas=_cut(flame, betas)),
        )
    return options


def _cut(flame: FlameModel, betas: FloatArray | None) -> FloatArray | None:
    """As many identity coefficients as the FLAME file has."""
    return None if betas is None else np.asarray(betas, np.float32)[: flame.shapedirs.shape[-1]]


def read_motion(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    flame: FlameModel | None = None,
    betas: FloatArray | None = None,
    **wishes: Any,
) -> Motion:
    """Read a take of any format.

    Args:
        path: a file or a folder.
        format: a name in ``FORMATS``; None: found from the content.
        flame: the FLAME file whose joints the head turns about; matters for formats that keep head motion
            in a camera or about the origin. None: the joints of the mean head (a few millimetres).
        betas: identity for those joints.
        wishes: fields of ``Options``: ``fps`` for files without a rate, ``keep_sides`` for Live Link.

    Returns:
        The recording, with identity, camera, offsets and traps where the file has them.

    Raises:
        MissingFileError: there is nothing at ``path``.
        FileFormatError, UnsafePickleError: damaged, truncated, hostile or unknown. Nothing of it was run.
        InputError: no such format or option.
    """
    options = _options(flame, betas, wishes)
    target = Path(path)
    if not target.exists():
        raise MissingFileError(f"There is no file or folder {target}.")
    with unpacked(target) as inside:
        return _read_at(inside, target, format, options)


def _read_at(target: Path, named: Path, format: str | None, options: Options) -> Motion:
    entry = format_named(format if format is not None else _detected(target, named))
    if entry.inside and (target / entry.inside).is_file():
        target = target / entry.inside
    if entry.folder is False and target.is_dir():
        raise FileFormatError(
            f"{target.name} is a folder; {entry.name} is a file ({', '.join(entry.extensions)})."
        )
    with reading(named.name, f"a usable {entry.name} file"):
        motion = entry.read(target, options)
    motion.format, motion.carries = entry.name, motion.carries or entry.carries
    if entry.name != "recording":
        motion.recording.meta["source_format"] = entry.name
    return motion


def write_motion(
    motion: Motion | Take,
    path: str | os.PathLike[str],
    format: str,
    *,
    flame: FlameModel | None = None,
    overwrite: bool = False,
    **wishes: Any,
) -> list[str]:
    """Write a take in another project's format, complete or not at all.

    The head's motion goes where the format keeps it; ``pose`` asks for another place where there is a choice.

    Args:
        motion: a recording, or what ``read_motion`` returned (keeps identity, eyelids, offsets).
        path: the file or folder to make.
        format: a name in ``FORMATS``.
        flame: the FLAME file whose joints the head turns about; None: the joints of the mean head.
        overwrite: replace what is there (a folder only if it is of the same format; pictures and other files in it are
            kept).
        wishes: fields of ``Options``: ``pose``, ``face_may_move_mm``, ``version``, ``num_vertices``, ``camera``, ``image_size``,
            ``tensors``, ``world``, ``keep_sides``.

    Returns:
        What the format could not hold, one phrase each; empty when nothing was lost.

    Raises:
        InputError: the take lacks what the format is made of, the place for the head is not possible or moves the face
        by more than ``face_may_move_mm``, the target exists.
        OutputError: it cannot be written.
    """
    entry = format_named(format)
    if entry.write is None:
        raise InputError(f"{entry.name} is only read, not written.")
    given = motion if isinstance(motion, Motion) else Motion(motion)
    if not given.num_frames:
        raise InputError("the take has no frames; there is nothing to write.")
    betas = given.betas if given.betas is not None else given.recording.meta.get("betas")
    options = _options(flame, np.asarray(betas, np.float64) if betas is not None else None, wishes)
    prepared, lost = prepare(given, entry, options)
    target = Path(path)
    if entry.name == "animportrait3d":  # two files: the name itself says which
        check_target(target, overwrite)
        return lost + entry.write(prepared, target, options)
    if entry.folder and overwrite and target.is_dir():
        if any(target.iterdir()) and detect_format(target) != entry.name:
            raise InputError(f"{target} exists and is not a {entry.name} folder; choose another name.")
    check_target(target, overwrite, folder=entry.folder)
    with filling(target) if entry.folder else replacing(target, overwrite) as temporary:
        return lost + entry.write(prepared, temporary, options)
