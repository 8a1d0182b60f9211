"""Scores that were found elsewhere: tables and JSON of named scores, arrays of scores, our own takes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...base.channels import ORDERS, order_names
from ...base.damage import reading
from ...base.errors import FileFormatError, InputError
from ...base.safe_npz import Npz, is_npz, read_npy, read_npz
from ...take.take import Take
from ..formats import score_reader
from ..formats.score_csv import read_score_csv
from ..formats.score_json import read_score_json
from ..formats.score_table import Kind, ScoreTable, TableOptions, kind_of, make_table, settle_kind
from ..formats.table_time import TimeWish, Unit, find_times
from ..formats.text_table import decode
from .base import Source, SourceFrame, SourceInfo


class ScoreSource(Source):
    """A table of scores as frames."""

    prefetch = 0

    def __init__(self, table: ScoreTable, name: str) -> None:
        super().__init__()
        self.table = table
        self.stats.clipped = table.clipped
        self.stats.notes.extend(table.notes)
        if table.clipped:
            self.stats.notes.append(f"{table.clipped} values outside 0..1 were clipped")
        what = "MediaPipe scores" if table.kind == "mediapipe" else "ARKit weights"
        self.info = SourceInfo(
            kind="scores",
            description=f"{name}, {len(table)} frames of {what}, {table.fps:.4g} per second",
            fps=table.fps,
            num_frames=len(table),
        )

    def _frames(self) -> Iterator[SourceFrame]:
        table = self.table
        for i in range(len(table)):
            frame = SourceFrame(i, float(table.timestamp_ms[i]), detected=bool(table.detected[i]))
            if frame.detected:
                if table.kind == "mediapipe":
                    frame.blendshapes = table.weights[i]
                else:
                    frame.arkit_weights = table.weights[i]
                frame.head_orient = None if table.head_orient is None else table.head_orient[i]
                frame.eye_pose = None if table.eye_pose is None else table.eye_pose[i]
                frame.landmarks = None if table.landmarks is None else table.landmarks[i]
                frame.face_matrix = None if table.face_matrix is None else table.face_matrix[i]
                frame.image_size = table.image_size
                tongue = table.extras.get("tongueOut")
                frame.tongue_out = None if tongue is None else float(np.clip(tongue[i], 0, 1))
            yield frame


class TakeSource(Source):
    """One of our own recordings, to be driven again: with another FLAME file, profile or mapping.

    Detector scores, landmarks and face matrix go through everything again. A take that came from ARKit
    weights (it has no detector scores) enters with those, its head rotation and its gaze.
    """

    prefetch = 0

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self.recording = take = Take.load(path)
        if not take.num_frames:
            raise FileFormatError(f"{path} has no frames.")
        self._from_detector = bool(take.blendshapes.any())
        size = next(((int(h), int(w)) for h, w in take.image_sizes if h and w), None)
        self.info = SourceInfo(
            kind="take",
            description=f"{Path(path).name}, {take.num_frames} recorded frames, {take.fps:.4g} per second",
            fps=take.fps,
            num_frames=take.num_frames,
            image_size=size,
        )

    def _frames(self) -> Iterator[SourceFrame]:
        take, sizes = self.recording, self.recording.image_sizes
        for i in range(take.num_frames):
            frame = SourceFrame(
                i,
                float(take.timestamp_ms[i]),
                detected=bool(take.detected[i]),
                image_size=(int(sizes[i, 0]), int(sizes[i, 1])) if sizes[i].all() else None,
            )
            if frame.detected and take.quality is not None:
                frame.quality = take.quality[i]
            if frame.detected and self._from_detector:
                frame.blendshapes = take.blendshapes[i]
                frame.landmarks = None if take.landmarks is None else take.landmarks[i]
                frame.face_matrix = take.face_matrix[i] if take.face_matrix[i].any() else None
                if take.intrinsics is not None and take.meta.get("intrinsics") == "given":
                    frame.intrinsics = take.intrinsics if take.intrinsics.ndim == 2 else take.intrinsics[i]
            elif frame.detected:
                frame.arkit_weights = take.arkit_weights[i]
                frame.head_orient = take.global_orient[i]
                frame.eye_pose = take.eye_pose[i]
                frame.tongue_out = None if take.tongue_out is None else float(take.tongue_out[i])
            yield frame


_HEAD_BYTES = 1 << 18


def beginning_of_text(path: Path) -> str:
    """The first letters of a file; empty: it is no text."""
    with path.open("rb") as file:
        found = decode(file.read(_HEAD_BYTES // 4 * 4)[:_HEAD_BYTES])
    return "" if found is None else found[0]


def open_scores(
    path: Path,
    *,
    fps: float | None = None,
    time_column: str | None = None,
    time_unit: Unit | None = None,
    channels: str | None = None,
    kind: Kind | None = None,
    keep_sides: bool = False,
) -> Source:
    """A table, JSON, ``.npz`` or ``.npy`` file as a source; arguments as in ``open_source``."""
    if kind not in (None, "mediapipe", "arkit"):
        raise InputError(f"kind is mediapipe or arkit, got {kind!r}.")
    wish = TimeWish(fps, time_column, time_unit)
    options = TableOptions(wish, channels, kind, keep_sides)
    with reading(path, "a file of scores", asked=True):
        if path.suffix.lower() not in (".npz", ".npy"):
            return ScoreSource(_read_text(path, options), path.name)
        if path.suffix.lower() == ".npz" and _is_take(path):
            return TakeSource(path)
        return ScoreSource(_read_arrays(path, options), path.name)


def _read_text(path: Path, options: TableOptions) -> ScoreTable:
    reader = score_reader(beginning_of_text(path))
    if reader is not None:
        return reader.read(path, options)
    # neither knows it: each says what it is not
    return (read_score_json if path.suffix.lower() in (".json", ".jsonl") else read_score_csv)(path, options)


def _is_take(path: Path) -> bool:
    try:
        with Npz(path) as archive:
            return {"timestamp_ms", "expression"} <= archive.keys()
    except FileFormatError:
        return True  # perhaps a take whose writer was killed: its reader says what is wrong


def _read_arrays(path: Path, options: TableOptions) -> ScoreTable:
    """``.npy`` of (T, C), or ``.npz`` with ``blendshapes``, ``arkit_weights`` or ``weights``."""
    arrays: dict[str, Any] = read_npz(path) if is_npz(path) else {"blendshapes": read_npy(path)}
    key = next((k for k in ("blendshapes", "arkit_weights", "weights", "scores") if k in arrays), None)
    if key is None:
        raise FileFormatError(
            f"{path} has {', '.join(list(arrays)[:6]) or 'nothing'}; expected a take of `mp2flame run` or an "
            "array named blendshapes, arkit_weights or weights."
        )
    values = np.asarray(arrays[key])
    if values.ndim != 2 or values.dtype.kind not in "fiu" or not 50 <= values.shape[1] <= 61:
        raise FileFormatError(
            f"{path}: scores must be (frames, 51 to 61 channels), got {values.shape} of {values.dtype}. "
            "FLAME coefficients are read by `mp2flame convert`, not as a source."
        )
    columns: tuple[str, ...]
    if options.channels is not None:
        columns = order_names(options.channels)
    elif "names" in arrays:
        columns = tuple(str(name) for name in arrays["names"].ravel())
    else:
        fitting = [name for name, order in ORDERS.items() if len(order) == values.shape[1]]
        raise InputError(
            f"{path} has {values.shape[1]} columns without names; say which order they are in: --channels "
            f"(in Python channels=) one of {', '.join(name for name in fitting or ORDERS)}."
        )
    if len(columns) != values.shape[1]:
        raise InputError(
            f"{path} has {values.shape[1]} columns, the order {options.channels or 'in it'} has {len(columns)}."
        )
    known: Kind | None = (
        "arkit" if key == "arkit_weights" or (options.channels and not kind_of(columns)) else None
    )
    kind, said = settle_kind(columns, values, options.kind or known)
    beside = {
        name: array.tolist() for name, array in arrays.items()
        if name != key and np.ndim(array) == 1 and len(array) == len(values) and array.dtype.kind in "fiu"
    }  # fmt: skip
    if "timestamp_ms" in arrays and np.shape(arrays["timestamp_ms"]) != (len(values),):
        raise FileFormatError(
            f"{path}: timestamp_ms must be ({len(values)},), got {np.shape(arrays['timestamp_ms'])}."
        )
    rate = arrays.get("fps")
    stated = float(rate) if rate is not None and np.size(rate) == 1 and rate.dtype.kind in "fiu" else 0.0
    times = find_times(beside, len(values), options.time, stated_fps=stated)
    detected = arrays.get("detected")
    if detected is not None and np.shape(detected) != (len(values),):
        raise FileFormatError(f"{path}: detected must be ({len(values)},), got {np.shape(detected)}.")
    return make_table(path, columns, values, kind, times, detected, notes=said)
