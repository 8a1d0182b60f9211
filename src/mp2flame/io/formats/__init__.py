"""Tracked-motion files of other projects, in and out: ``read_motion``, ``write_motion``, ``detect_format``.

    motion = read_motion("tracked_flame_params_30.npz")          # any format, recognised by its content
    write_motion(motion, "driven.npz", "gaussian-avatars")       # returns what the target could not hold

Formats and what each of them keeps: docs/formats.md. Nothing in a file is ever run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...base.errors import FileFormatError, InputError, MissingFileError, Mp2FlameError, OutputError
from ...base.values import FloatArray
from ...observe.move_head import HeadMotion, head_transform, in_camera, in_neck, in_root, joints_of
from ...take.take import Take
from .base import (  # fmt: skip
    EXPRESSION,
    ROTATION,
    Camera,
    Format,
    Home,
    Motion,
    Options,
    Probe,
    fit_expression,
    standing_camera,
    world_of,
)
from .files import DAMAGE, reason

if TYPE_CHECKING:
    from ...flame import FlameModel

__all__ = [
    "FORMATS",
    "Camera",
    "Format",
    "Motion",
    "Options",
    "detect_format",
    "format_named",
    "read_motion",
    "write_motion",
]


def _registry() -> dict[str, Format]:
    from . import arrays, flame_head_tracker, frames, imavatar, insta, own, vhap, weights

    # the order of detection: what is recognised by more comes first
    modules = (own, flame_head_tracker, vhap, arrays, frames, insta, imavatar, weights)
    return {entry.name: entry for module in modules for entry in module.FORMATS}


FORMATS: Mapping[str, Format] = _registry()
"""Name to format, in the order in which detection asks them."""


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
    probe = Probe(target)
    reason = ""
    for entry in FORMATS.values():
        try:
            if entry.sniff(probe):
                return entry.name
        except Mp2FlameError:
            raise
        except (*DAMAGE, MemoryError) as error:
            reason = reason or str(error)
    what = "is empty" if not probe.is_dir and not probe.head else "is of no known format"
    seen = ""
    if probe.is_dir:
        seen = f" It holds {', '.join(probe.names[:5]) or 'nothing'}."
    elif probe.shapes():
        seen = f" It holds the arrays {', '.join(list(probe.shapes())[:12])}."
    elif probe.head[:2] == b"PK":
        seen = " It looks like an .npz that is damaged or cut short."
    raise FileFormatError(f"{target.name} {what}.{seen} 'mp2flame info --formats' lists what is read.")


def _options(flame: FlameModel | None, betas: FloatArray | None, wishes: dict[str, Any]) -> Options:
    unknown = wishes.keys() - Options.__dataclass_fields__.keys()
    if unknown:
        raise InputError(
            f"unknown option {', '.join(sorted(unknown))}; known: {', '.join(Options.__dataclass_fields__)}."
        )
    options = Options(**wishes)
    if options.fps is not None and not 0 < options.fps <= 10_000:
        raise InputError(f"fps must be between 0 and 10000, got {options.fps!r}.")
    if not 0 < options.fov_deg < 170:
        raise InputError(f"fov_deg must be between 0 and 170 degrees, got {options.fov_deg!r}.")
    if options.num_vertices not in range(1, 1_000_000):
        raise InputError(f"num_vertices must be a positive number, got {options.num_vertices!r}.")
    if flame is not None:
        options = replace(options, joints=joints_of(flame, betas), joints_known=True)
    return options


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
        in a
            camera or about the origin. None: the joints of the mean head (a few millimetres).
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
    entry = format_named(format if format is not None else detect_format(target))
    if entry.folder is False and target.is_dir() and entry.name != "imavatar":
        raise FileFormatError(
            f"{target.name} is a folder; {entry.name} is a file ({', '.join(entry.extensions)})."
        )
    try:
        return entry.read(target, options)
    except MemoryError:
        raise FileFormatError(
            f"{target.name} asks for more memory than there is; it is damaged or too long."
        ) from None
    except Mp2FlameError as error:
        if isinstance(error, FileFormatError | MissingFileError):
            raise
        # a value in the file that our own types refuse is the file's fault, not the caller's
        raise FileFormatError(f"{target.name} is not a usable {entry.name} file: {reason(error)}") from None
    except DAMAGE as error:
        raise FileFormatError(
            f"{target.name} is damaged or not a {entry.name} file ({type(error).__name__}: {reason(error)})."
        ) from None


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
        overwrite: replace what is there (a folder only if it is of the same format).
        wishes: fields of ``Options``: ``pose``, ``version``, ``num_vertices``, ``fov_deg``,
        ``image_size``, ``tensors``,
            ``keep_sides``.

    Returns:
        What the format could not hold, one phrase each; empty when nothing was lost.

    Raises:
        InputError: the take lacks what the format is made of, the place for the head is not possible, the
        target exists.
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
    prepared, lost = _prepare(given, entry, options)
    made_for = given.recording.meta.get("flame") or {}
    if made_for.get("release") == "builtin" and entry.name != "recording" and "expression" in entry.carries:
        lost.append(
            "the meaning of the coefficients: this take drives the built-in head, whose expression basis is not "
            "FLAME's; drive your FLAME file first: mp2flame run TAKE --flame FILE -o other.npz"
        )
    target = Path(path)
    if not target.parent.is_dir():
        raise OutputError(f"the folder {target.parent} does not exist; create it first.")
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists; choose another name or allow overwriting.")
    try:
        if entry.folder:
            return lost + _write_folder(prepared, target, entry, options)
        return lost + _write_file(prepared, target, entry, options)
    except OSError as error:
        if isinstance(error, Mp2FlameError):
            raise
        raise OutputError(f"cannot write {target}: {error.strerror or error}.") from error


def _write_folder(motion: Motion, target: Path, entry: Format, options: Options) -> list[str]:
    assert entry.write is not None
    if target.exists():
        if not target.is_dir() or (any(target.iterdir()) and detect_format(target) != entry.name):
            raise InputError(f"{target} exists and is not a {entry.name} folder; choose another name.")
    temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir()
        lost = entry.write(motion, temporary, options)
        if target.exists():
            shutil.rmtree(target)
        os.replace(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return lost


def _write_file(motion: Motion, target: Path, entry: Format, options: Options) -> list[str]:
    assert entry.write is not None
    if target.is_dir():
        raise OutputError(f"{target} is a folder; {entry.name} is a file, give a file name.")
    if entry.name == "animportrait3d":  # two files: the name itself says which
        return entry.write(motion, target, options)
    temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        lost = entry.write(motion, temporary, options)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return lost


def _prepare(motion: Motion, entry: Format, options: Options) -> tuple[Motion, list[str]]:
    """The motion with its head where the format keeps it and as many coefficients as it has."""
    record = motion.recording
    if EXPRESSION in entry.carries and entry.name != "recording" and not record.num_expression:
        raise InputError(
            "this take holds weights, no FLAME parameters. 'mp2flame run TAKE --flame YOUR_FLAME -o "
            "driven.npz' makes "
            f"them; convert that to {entry.name}."
        )
    lost: list[str] = []
    expression, cut = fit_expression(
        record.expression, entry.num_expression if EXPRESSION in entry.carries else None
    )
    lost += cut
    home: Home = options.pose or entry.pose_home
    allowed = entry.poses or (entry.pose_home,)
    if options.pose is not None and options.pose not in allowed:
        raise InputError(
            f"{entry.name} keeps head motion in the {' or the '.join(allowed)}, not in the {options.pose}."
        )
    pose = HeadMotion(
        *(np.asarray(v, np.float64) for v in (record.global_orient, record.neck_pose, record.transl))
    )
    frames = record.num_frames
    standing = standing_camera(world_of(record, options))
    camera = np.broadcast_to(standing, (frames, 4, 4))
    split = options.pose is None and home == "root" and len(allowed) > 1
    if not split and ROTATION in entry.carries:
        both = bool(np.any(pose.global_orient)) and bool(np.any(pose.neck_pose))
        moved_off_root = home != "root" and bool(np.any(pose.global_orient))
        turned_neck = home != "neck" and bool(np.any(pose.neck_pose))
        if home == "root" and not turned_neck:
            pass  # nothing to move, and so nothing is rounded
        elif home == "neck" and not moved_off_root:
            pass
        else:
            whole = head_transform(pose, options.joints)
            if home == "root":
                pose = in_root(whole, options.joints)
            elif home == "neck":
                pose = in_neck(whole, options.joints)
            else:
                pose, camera = in_camera(whole, standing)
            if both or turned_neck:
                lost.append(
                    "how the turn was shared by root and neck (the face stays the same, the shoulders do not)"
                )
            if (moved_off_root or turned_neck) and not options.joints_known and home != "camera":
                lost.append(
                    "up to some millimetres of head position: the joints are those of the mean head; "
                    "give the FLAME file"
                )
    changed = Take(
        timestamp_ms=record.timestamp_ms,
        detected=record.detected,
        blendshapes=record.blendshapes,
        arkit_weights=record.arkit_weights,
        expression=expression,
        jaw_pose=record.jaw_pose,
        eye_pose=record.eye_pose,
        neck_pose=pose.neck_pose,
        global_orient=pose.global_orient,
        transl=pose.transl,
        face_matrix=record.face_matrix,
        landmarks=record.landmarks,
        image_size=record.image_size,
        meta=record.meta,
    )
    return replace(motion, recording=changed, camera=Camera(np.asarray(camera)), format=entry.name), lost
