"""Cutting, joining and mirroring takes; other times and less jitter are ``retime``. Each function returns a new take.

Nothing here looks at pixels: a take is edited, not tracked again. Time stamps are those of the source's clock
and stay so, except that a cut-out starts at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.channels import MIRROR
from ..base.errors import InputError, MismatchError
from .camera import same_or_each
from .rows import ROWS, AnyTake, arrays_of, made, need_frames

if TYPE_CHECKING:
    from ..flame import FlameModel


def trim(
    recording: AnyTake,
    start_s: float | None = None,
    end_s: float | None = None,
    *,
    first_frame: int | None = None,
    last_frame: int | None = None,
) -> AnyTake:
    """A part of a take; its time starts at 0.

    Args:
        start_s, end_s: seconds after the take's first frame; the frame at ``end_s`` is still in.
        first_frame, last_frame: the same by frame number, from 0, the last one still in; negative counts from
            the end.

    Raises:
        InputError: nothing is left.
    """
    need_frames(recording)
    seconds = (recording.timestamp_ms - recording.timestamp_ms[0]) / 1000.0
    keep = np.ones(recording.num_frames, bool)
    if start_s is not None:
        keep &= seconds >= start_s - 1e-6
    if end_s is not None:
        keep &= seconds <= end_s + 1e-6
    number = np.arange(recording.num_frames)
    for limit, later in ((first_frame, True), (last_frame, False)):
        if limit is not None:
            limit = limit + recording.num_frames if limit < 0 else limit
            keep &= number >= limit if later else number <= limit
    if not keep.any():
        raise InputError(
            f"no frame is left; the take has {recording.num_frames} frames from 0 to {seconds[-1]:.2f} "
            "seconds."
        )
    part: AnyTake = recording[keep]
    part.timestamp_ms = part.timestamp_ms - part.timestamp_ms[0]
    return part


def same_head(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the coefficients of two heads, each as ``meta["flame"]`` states it, mean the same; doubt says yes."""
    if one.get("release") == other.get("release") == "builtin":
        return True  # every built-in head's coefficients move the landmarks alike
    if one.get("sha256") and other.get("sha256"):
        return bool(one["sha256"] == other["sha256"])
    return not one.get("release") or not other.get("release") or one["release"] == other["release"]


# what a take without such rows has for them where another has some
_BLANKS: dict[str, Callable[[Any], Any]] = {
    "eyelids": lambda take: take.params.with_eyelids().eyelids,
    "tongue_out": lambda take: np.zeros(take.num_frames),
    "quality": lambda take: take.quality_rows,
}


def concat(recordings: Sequence[AnyTake], *, gap_ms: float | None = None) -> AnyTake:
    """Takes one after the other, each starting where the one before ends.

    Args:
        recordings: of the same FLAME release and number of coefficients.
        gap_ms: time from the last frame of a take to the first of the next; None: one frame of the earlier take.

    Raises:
        InputError: no takes, a negative gap.
        MismatchError: takes of different FLAME files or widths.
    """
    if not recordings:
        raise InputError("give at least one take to join.")
    if gap_ms is not None and not (np.isfinite(gap_ms) and gap_ms >= 0):
        raise InputError(f"gap_ms must be 0 or more, got {gap_ms}.")
    first = recordings[0]
    for index, other in enumerate(recordings):
        need_frames(other)
        if other.num_expression != first.num_expression:
            raise MismatchError(
                f"take {index + 1} has {other.num_expression} expression coefficients, the first has "
                f"{first.num_expression}; convert one of them first."
            )
        if not same_head(first.meta.get("flame") or {}, other.meta.get("flame") or {}):
            raise MismatchError(
                f"take {index + 1} was made for another FLAME file than the first; its coefficients "
                "mean something else. Drive it with 'mp2flame run TAKE --flame FILE -o other.npz', or 'mp2flame convert TAKE "
                "--from ITS_FLAME --to FILE -o other.npz', first."
            )
    arrays: dict[str, Any] = {}
    for name in ROWS:
        parts = [getattr(r, name) for r in recordings]
        if name in _BLANKS and any(part is not None for part in parts):
            parts = [_BLANKS[name](r) if part is None else part for r, part in zip(recordings, parts)]
        arrays[name] = None if any(part is None for part in parts) else np.concatenate(parts)
    stamps, offset = [], 0.0
    for recording in recordings:
        own = recording.timestamp_ms - recording.timestamp_ms[0]
        stamps.append(own + offset)
        step = 1000.0 / recording.fps if recording.fps else 1000.0 / 30.0
        offset += float(own[-1]) + (step if gap_ms is None else gap_ms)
    arrays["timestamp_ms"] = np.concatenate(stamps) + first.timestamp_ms[0]
    arrays["image_size"] = np.concatenate([r.image_sizes for r in recordings])
    cameras = [_intrinsics(r) for r in recordings]
    known = [k for k in cameras if k is not None]
    arrays["intrinsics"] = None if len(known) < len(cameras) else same_or_each(np.concatenate(known))
    return made(first, arrays)


def _intrinsics(recording: AnyTake) -> Any:
    """``(T,3,3)`` or None."""
    k = recording.intrinsics
    return None if k is None else np.broadcast_to(k, (recording.num_frames, 3, 3))


def mirror(recording: AnyTake, flame: FlameModel | None = None) -> AnyTake:
    """The take seen in a mirror: the subject's left and right exchanged in every array.

    Args:
        flame: the FLAME file that the expression coefficients belong to; not needed for takes without any.

    Raises:
        InputError: expression coefficients and no FLAME file: their mirror images depend on it.
        MismatchError: the FLAME file has fewer coefficients.
    """
    from ..flame.mirror import expression_mirror, mirror_params

    width = recording.num_expression
    if width and np.any(recording.expression):
        if flame is None:
            raise InputError(
                "to mirror expression coefficients the FLAME file is needed: which of them are left "
                "and right depends on it. Pass the one that the take was made for: --flame FILE (in Python flame=)."
            )
        made_for = recording.meta.get("flame") or {}
        if not same_head(made_for, {"release": flame.release, "sha256": flame.sha256}):
            raise MismatchError(
                f"this take was made for the FLAME file {made_for.get('release')}, the one given is {flame.release}: "
                "coefficients of one mean something else in the other. Pass the one it was made for."
            )
        if flame.num_expression < width:
            raise MismatchError(
                f"the take has {width} expression coefficients, the FLAME file {flame.num_expression}; "
                "use the file that the take was made with."
            )
        matrix, _ = expression_mirror(replace(flame, exprdirs=flame.exprdirs[..., :width]))
    else:
        matrix = np.eye(width, dtype=np.float32)
    arrays = {**arrays_of(recording), **mirror_params(recording.params, matrix).asdict()}
    for name in ("blendshapes", "arkit_weights"):
        arrays[name] = arrays[name][:, MIRROR]
    flip = np.diag([-1.0, 1.0, 1.0, 1.0]).astype(np.float32)
    arrays["face_matrix"] = flip @ recording.face_matrix @ flip
    if recording.landmarks is not None:
        from ..observe.head_frame import mirror_landmarks

        points = recording.landmarks[:, mirror_landmarks()].copy()
        seen = recording.landmarks.any(axis=(1, 2))
        points[seen, :, 0] = 1.0 - points[seen, :, 0]
        arrays["landmarks"] = points
    if recording.intrinsics is not None:
        k, widths = np.array(_intrinsics(recording)), recording.image_sizes[:, 1]
        k[:, 0, 2] = widths - k[:, 0, 2]
        arrays["intrinsics"] = same_or_each(k) if widths.all() else None
    return made(recording, arrays, mirrored=not recording.meta.get("mirrored", False))
