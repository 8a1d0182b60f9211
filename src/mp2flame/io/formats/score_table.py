"""Face scores read from a file: named channels over time, whatever the file was."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ...base import channels
from ...base.errors import FileFormatError, InputError, MissingFileError
from ...base.values import FloatArray

Kind = Literal["mediapipe", "arkit"]


@dataclass(frozen=True)
class ScoreTable:
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

    def __len__(self) -> int:
        return len(self.timestamp_ms)


def kind_of(columns: list[str] | tuple[str, ...]) -> Kind | None:
    """Whose scores they are, from the names alone: MediaPipe has ``_neutral``, ARKit ``tongueOut``."""
    known = {channels.canonical_name(name) for name in columns}
    if "_neutral" in known:
        return "mediapipe"
    return "arkit" if "tongueOut" in known else None


def make_table(
    path: Path,
    columns: list[str] | tuple[str, ...],
    values: FloatArray,
    kind: Kind,
    timestamp_ms: FloatArray,
    detected: np.ndarray | None = None,
    fps: float = 0.0,
    **others: Any,
) -> ScoreTable:
    """Order, clip and check what a reader found.

    Raises:
        FileFormatError: no frames, unknown names, numbers that are not finite, values far outside 0..1.
    """
    if not len(values):
        raise FileFormatError(f"{path} has no frames.")
    try:
        weights = channels.to_mediapipe(np.asarray(values, np.float32), names=columns)
    except InputError as error:
        raise FileFormatError(f"{path}: {error}") from error
    seen = np.ones(len(values), bool) if detected is None else np.asarray(detected, bool)
    finite = np.isfinite(weights).all(axis=1)
    if not finite[seen].all():
        row = int(np.flatnonzero(seen & ~finite)[0])
        raise FileFormatError(f"{path}: frame {row} holds a value that is not a finite number.")
    weights[~seen] = 0.0
    largest = float(np.abs(weights).max())
    if largest > 2.0:
        raise FileFormatError(
            f"{path}: scores must be 0..1, found {largest:g}. Are they percent? Divide them by 100 first."
        )
    # Live Link goes to 1.08; MediaPipe never leaves the range.
    clipped = int(((weights < 0) | (weights > 1)).sum())
    times = np.asarray(timestamp_ms, np.float64)
    if not np.isfinite(times).all() or (np.diff(times) < 0).any():
        bad = np.flatnonzero(~np.isfinite(times) | (np.diff(times, prepend=times[0]) < 0))
        raise FileFormatError(f"{path}: the time of frame {int(bad[0])} is not after the one before.")
    if not fps and len(times) > 1 and np.median(np.diff(times)) > 0:
        fps = float(1000.0 / np.median(np.diff(times)))
    known = [channels.canonical_name(name) for name in columns]
    extras = dict(others.pop("extras", {}))
    if "tongueOut" in known:
        extras["tongueOut"] = np.where(seen, values[:, known.index("tongueOut")], 0.0).astype(np.float32)
    return ScoreTable(
        names=tuple(columns),
        weights=np.clip(weights, 0.0, 1.0),
        kind=kind,
        timestamp_ms=times,
        detected=seen,
        fps=fps,
        clipped=clipped,
        extras=extras,
        **others,
    )


def read_text(path: Path, wanted: str) -> str:
    """A text file as UTF-8 (a byte-order mark is dropped).

    Raises:
        MissingFileError, FileFormatError
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise MissingFileError(f"{path} not found; expected {wanted}.") from error
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path} is not text; expected {wanted}.") from error
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error.strerror}.") from error
