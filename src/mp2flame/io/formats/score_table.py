"""Face scores read from a file: named channels over time, whatever the file was."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...base import channels
from ...base.errors import FileFormatError, InputError
from ...base.values import Comparable, FloatArray, rate_of
from ..options import Kind, TableOptions
from .table_time import Times


@dataclass(frozen=True)
class ScoreReader:
    """How text files of named scores are read, for takes and for sources alike.

    Attributes:
        knows: whether the beginning of a text is that of such a file.
        read: the file as a table.
    """

    knows: Callable[[str], bool]
    read: Callable[[Path, TableOptions], ScoreTable]


@dataclass(frozen=True, eq=False)
class ScoreTable(Comparable):
    """Scores of T frames.

    Attributes:
        names: column names as the file spells them.
        weights: ``(T, 52)`` float32 in MediaPipe order, clipped to 0..1; zero in rows without a face.
        kind: ``mediapipe`` (a detector's scores, they go through the response) or ``arkit`` (true ARKit
            weights, they enter behind it).
        timestamp_ms: ``(T,)`` float64, never decreasing.
        detected: ``(T,)`` bool.
        fps: frames per second the file states or its timestamps give; 0 when unknown.
        head_orient: ``(T, 3)`` axis-angle radians in the FLAME frame, or None.
        eye_pose: ``(T, 6)`` axis-angle radians, left then right, or None.
        clipped: how many values lay outside 0..1.
        extras: further columns by name, ``tongueOut`` for instance (MediaPipe's 52 have no place for it).
        landmarks, face_matrix, image_size: as in ``Detection``, ``(T, 478, 3)`` and ``(T, 4, 4)``, or None.
        notes: what a reader should know about this file, in words.
    """

    names: tuple[str, ...]
    weights: FloatArray
    kind: Kind
    timestamp_ms: FloatArray
    detected: np.ndarray
    fps: float = 0.0
    head_orient: FloatArray | None = None
    eye_pose: FloatArray | None = None
    clipped: int = 0
    extras: dict[str, FloatArray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    landmarks: FloatArray | None = None
    face_matrix: FloatArray | None = None
    image_size: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.timestamp_ms)


def is_channel(name: str) -> bool:
    """Whether a column is one of the face's channels, ``tongueOut`` and channels split into sides included."""
    known = channels.canonical_name(name)
    return known is not None and known not in channels.HEAD_AND_EYE_ANGLES


def is_bare_channel(name: str) -> bool:
    """The same, whatever words stand before the channel's name."""
    return is_channel(channels.bare_name(name))


def kind_of(columns: Sequence[str]) -> Kind | None:
    """Whose scores they are, from the names alone: MediaPipe has ``_neutral``, ARKit ``tongueOut``.

    MediaPipe spells its names one way, and who spells them ``EyeBlinkLeft``, ``eyeBlink_L`` or
    ``x.eyeBlinkLeft`` is not MediaPipe.
    """
    known = [channels.canonical_name(name) for name in columns]
    if "_neutral" in known:
        return "mediapipe"
    if "tongueOut" in known:
        return "arkit"
    found = [(name, plain) for name, plain in zip(columns, known) if plain in channels.INDEX]
    return "arkit" if found and not any(name.strip() == plain for name, plain in found) else None


_STILL = ("cheekPuff", "noseSneerLeft", "noseSneerRight")
_STILL_MOST = (
    0.02  # MediaPipe's never passed .0025 in 25,000 faces, an iPhone's passes .06 in each of five takes
)


def settle_kind(
    columns: Sequence[str], values: FloatArray, wanted: Kind | None
) -> tuple[Kind, tuple[str, ...]]:
    """Whose scores ``values (T, C)`` are, and the note that says so where the names do not.

    Channels that MediaPipe never moves settle it: who moves them is ARKit. Where nothing moves them, MediaPipe.
    """
    kind = wanted or kind_of(columns)
    if kind is not None:
        return kind, ()
    still = [i for i, name in enumerate(columns) if channels.canonical_name(name) in _STILL]
    size = np.abs(np.asarray(values, np.float64)[:, still])
    most = float(size[np.isfinite(size)].max(initial=0.0))
    if float(np.nanmax(np.abs(values), initial=0.0)) > 2.0:
        most /= 100.0
    if most > _STILL_MOST:
        return "arkit", (
            f"taken as ARKit weights: cheeks and nose reach {most:.2f}, which MediaPipe's never do (--kind)",
        )
    return "mediapipe", ("taken as MediaPipe's scores: nothing in names or values says ARKit (--kind arkit)",)


_FACS = {"jawdrop", "lipcornerpullerl", "lipcornerpuller", "innerbrowraiserl", "cheekraiserl"}


def is_facs(names: Sequence[str]) -> bool:
    """Whether names are Audio2Face's action units; a few of them are spelled as ARKit's shapes are."""
    return bool(_FACS & {re.sub(r"[^a-z]", "", name.lower()) for name in names})


def refuse_names(path: Path, names: Sequence[str], wanted: str) -> FileFormatError:
    """The error for names of which none or few are face channels."""
    shown = ", ".join(repr(name[:30]) for name in names[:6])
    if is_facs(names):
        return FileFormatError(
            f"{path} names FACS action units ({shown} ...), not ARKit's blend shapes. Export it again with ARKit "
            "names: Audio2Face can solve for ARKit's 52."
        )
    return FileFormatError(
        f"{path} is not {wanted}; its names are {shown or 'missing'}."
        " Rename the columns to ARKit's names (docs/channel_orders.md)."
    )


def left_out(names: Sequence[str]) -> tuple[str, ...]:
    """The note for columns that are no channels; none without such."""
    if not names:
        return ()
    return (f"left out, no face channels: {', '.join(names[:10])}{' ...' if len(names) > 10 else ''}",)


def _of_one(columns: Sequence[str], values: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
    """Scores of 0..1 from those of 0..100, and the note that says so; a few large numbers are no percent."""
    shapes = [i for i, name in enumerate(columns) if is_channel(name)]
    size = np.abs(values[:, shapes])
    used = size[np.isfinite(size) & (size > 0)]
    if used.size < 20 or not 2.0 < used.max() <= 120.0:
        return values, ()
    most = np.where(np.isfinite(size), size, 0).max(axis=1)
    if np.mean(used > 1.5) < 0.3 and (len(size) < 10 or np.mean(most[most > 0] > 2.0) < 0.9):
        return values, ()
    out = np.array(values, np.float64)
    out[:, shapes] /= 100.0
    return out, ("its scores are percent, by their size",)


def make_table(
    path: Path,
    columns: Sequence[str],
    values: FloatArray,
    kind: Kind,
    times: Times,
    detected: np.ndarray | None = None,
    **others: Any,
) -> ScoreTable:
    """Order, clip and check what a reader found; names that are no channels are left out with a word.

    Raises:
        FileFormatError: no frames, no known names, numbers that are not finite, values far outside 0..1, time that
            goes backwards.
    """
    if not len(values):
        raise FileFormatError(f"{path} has no frames.")
    values, percent = _of_one(columns, np.asarray(values))
    seen = np.ones(len(values), bool) if detected is None else np.asarray(detected, bool)
    known = [channels.canonical_name(name) for name in columns]
    weights, tongue = _checked(path, columns, values, seen)
    extras = dict(others.pop("extras", {}))
    if "tongueOut" in known:
        extras["tongueOut"] = tongue
    stamps, fps = np.asarray(times.ms, np.float64), times.fps
    if not np.isfinite(stamps).all() or (np.diff(stamps) < 0).any():
        bad = np.flatnonzero(~np.isfinite(stamps) | (np.diff(stamps, prepend=stamps[0]) < 0))
        raise FileFormatError(
            f"{path}: the time of frame {int(bad[0])} is not after the one before ({times.said}). "
            "--fps overrules the times, --time-column and --time-unit name others."
        )
    fps = fps or rate_of(stamps)
    strangers = [name for name, plain in zip(columns, known) if plain is None and name != times.column]
    notes = (f"time: {times.said}", *others.pop("notes", ()), *percent, *left_out(strangers))
    return ScoreTable(
        tuple(columns), np.clip(weights, 0.0, 1.0), kind, stamps, seen, fps, extras=extras, notes=notes,
        # Live Link goes to 1.08; MediaPipe never leaves the range
        clipped=int(((weights < 0) | (weights > 1)).sum()), **others,
    )  # fmt: skip


def _checked(
    path: Path, columns: Sequence[str], values: FloatArray, seen: np.ndarray
) -> tuple[FloatArray, FloatArray]:
    """``(T, 52)`` weights in MediaPipe's order and ``(T,)`` of ``tongueOut``, zero in frames without a face."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            weights = channels.to_mediapipe(np.asarray(values, np.float32), names=columns, unknown="ignore")
    except InputError as error:
        raise FileFormatError(f"{path}: {error}") from error
    finite = np.isfinite(weights).all(axis=1)
    if not finite[seen].all():
        row = int(np.flatnonzero(seen & ~finite)[0])
        raise FileFormatError(f"{path}: frame {row} holds a value that is not a finite number.")
    weights[~seen] = 0.0
    at = [i for i, name in enumerate(columns) if channels.canonical_name(name) == "tongueOut"]
    tongue = np.where(seen, values[:, at[0]] if at else 0.0, 0.0).astype(np.float32)
    largest = max(float(np.abs(weights).max()), float(np.abs(np.nan_to_num(tongue)).max()))
    if largest > 2.0:
        raise FileFormatError(f"{path}: scores must be 0..1 (or all of them 0..100), found {largest:g}.")
    return weights, tongue
