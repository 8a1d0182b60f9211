"""Scores that were found elsewhere: Live Link CSV, ARKit JSON, CSV and arrays of scores, our own takes."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...base.channels import ORDERS, order_names
from ...base.errors import FileFormatError, InputError
from ...take.take import Take
from ..formats.arkit_json import read_arkit_json
from ..formats.livelink_csv import is_livelink_header, read_livelink_csv
from ..formats.mediapipe_csv import read_mediapipe_csv
from ..formats.score_table import Kind, ScoreTable, kind_of, make_table
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
        size = (int(take.image_size[0]), int(take.image_size[1]))
        self.info = SourceInfo(
            kind="take",
            description=f"{Path(path).name}, {take.num_frames} recorded frames, {take.fps:.4g} per second",
            fps=take.fps,
            num_frames=take.num_frames,
            image_size=size if all(size) else None,
        )

    def _frames(self) -> Iterator[SourceFrame]:
        take = self.recording
        for i in range(take.num_frames):
            frame = SourceFrame(
                i,
                float(take.timestamp_ms[i]),
                detected=bool(take.detected[i]),
                image_size=self.info.image_size,
            )
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
            yield frame


def open_scores(
    path: Path,
    *,
    fps: float | None = None,
    channels: str | None = None,
    kind: Kind | None = None,
    keep_sides: bool = False,
) -> Source:
    """A ``.csv``, ``.json``, ``.npz`` or ``.npy`` file as a source; arguments as in ``open_source``."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        return ScoreSource(read_arkit_json(path, fps=fps), path.name)
    if suffix in (".csv", ".tsv", ".txt"):
        with path.open("rb") as file:
            header = file.readline(4096).decode("utf-8-sig", errors="replace")
        if is_livelink_header(header):
            table = read_livelink_csv(path, keep_sides=keep_sides)
        else:
            table = read_mediapipe_csv(path, fps=fps, kind=kind)
        return ScoreSource(table, path.name)
    if suffix == ".npz" and _is_take(path):
        return TakeSource(path)
    return ScoreSource(_read_arrays(path, fps, channels, kind), path.name)


def _is_take(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return {"timestamp_ms.npy", "expression.npy"} <= set(archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return True  # perhaps a take whose writer was killed: its reader says what is wrong


def _read_arrays(path: Path, fps: float | None, channels: str | None, kind: Kind | None) -> ScoreTable:
    """``.npy`` of (T, C), or ``.npz`` with ``blendshapes``, ``arkit_weights`` or ``weights``."""
    arrays: dict[str, Any] = {}
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            arrays["blendshapes"] = loaded
        else:
            with loaded:
                arrays = {key: loaded[key] for key in loaded.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise FileFormatError(f"{path} is not a NumPy file of numbers ({error}).") from error
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
    if channels is not None:
        columns = order_names(channels)
    elif "names" in arrays:
        columns = tuple(str(name) for name in arrays["names"].ravel())
    else:
        raise InputError(
            f"{path} has {values.shape[1]} columns without names; say which order they are in: "
            f"channels= one of {', '.join(map(repr, ORDERS))}."
        )
    if len(columns) != values.shape[1]:
        raise InputError(
            f"{path} has {values.shape[1]} columns, the order {channels or 'in it'} has {len(columns)}."
        )
    kind = kind or ("arkit" if key == "arkit_weights" else kind_of(columns)) or "arkit"
    stamps = arrays.get("timestamp_ms", np.arange(len(values)) * 1000.0 / (fps or 30.0))
    if np.shape(stamps) != (len(values),):
        raise FileFormatError(f"{path}: timestamp_ms must be ({len(values)},), got {np.shape(stamps)}.")
    detected = arrays.get("detected")
    if detected is not None and np.shape(detected) != (len(values),):
        raise FileFormatError(f"{path}: detected must be ({len(values)},), got {np.shape(detected)}.")
    return make_table(path, columns, values, kind, stamps, detected)
