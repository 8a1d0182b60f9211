"""Scores that were found elsewhere: tables and JSON of named scores, arrays of scores, our own takes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...base.damage import reading
from ...base.errors import FileFormatError, Mp2FlameError
from ...base.safe_npz import Npz, is_npz
from ...take.take import Take
from ..formats import FORMATS, detect_format, read_motion, score_reader
from ..formats.kept import EXPRESSION
from ..formats.score_arrays import read_score_arrays
from ..formats.score_csv import read_score_csv
from ..formats.score_json import read_score_json
from ..formats.score_table import ScoreTable
from ..formats.text_table import decode
from ..options import TableOptions
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
        table, tongue = self.table, self.table.extras.get("tongueOut")
        given = {
            "blendshapes" if table.kind == "mediapipe" else "arkit_weights": table.weights,
            "head_orient": table.head_orient, "eye_pose": table.eye_pose, "landmarks": table.landmarks,
            "face_matrix": table.face_matrix, "tongue_out": None if tongue is None else np.clip(tongue, 0, 1).tolist(),
        }  # fmt: skip
        rows = {name: value for name, value in given.items() if value is not None}
        for i, moment in enumerate(table.timestamp_ms.tolist()):
            if table.detected[i]:
                shown: dict[str, Any] = {name: value[i] for name, value in rows.items()}
                yield SourceFrame(i, moment, detected=True, image_size=table.image_size, **shown)
            else:
                yield SourceFrame(i, moment, detected=False)


class TakeSource(Source):
    """One of our own recordings, to be driven again: with another FLAME file, profile or mapping.

    Detector scores, landmarks and face matrix go through everything again. A take that came from ARKit
    weights (it has no detector scores) enters with those, its head rotation and its gaze.
    """

    prefetch = 0

    def __init__(self, path: str | os.PathLike[str], take: Take | None = None) -> None:
        super().__init__()
        self.recording = take = Take.load(path) if take is None else take
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


def open_motion(path: Path) -> TakeSource:
    """A take of another project that keeps scores or weights beside its parameters.

    Raises:
        FileFormatError: of no known format, or it holds parameters alone.
    """
    motion = read_motion(path)
    take = motion.recording
    if not take.blendshapes.any() and not take.arkit_weights.any():
        raise FileFormatError(
            f"{path} is a {motion.format} take: FLAME parameters without scores, nothing is left to drive. "
            f"'mp2flame render {path}' shows it, 'mp2flame convert {path} -o take.npz' makes a take of it."
        )
    return TakeSource(path, take)


_HEAD_BYTES = 1 << 18


def beginning_of_text(path: Path) -> str:
    """The first letters of a file; empty: it is no text."""
    with path.open("rb") as file:
        found = decode(file.read(_HEAD_BYTES // 4 * 4)[:_HEAD_BYTES])
    return "" if found is None else found[0]


def open_scores(path: Path, options: TableOptions) -> Source:
    """A table, JSON, ``.npz`` or ``.npy`` file as a source."""
    with reading(path, "a file of scores", asked=True):
        if beginning_of_text(path):
            return ScoreSource(_read_text(path, options), path.name)
        if is_npz(path) and _is_take(path):
            return TakeSource(path)
        if _is_motion(path):
            return open_motion(path)
        return ScoreSource(read_score_arrays(path, options), path.name)


def _read_text(path: Path, options: TableOptions) -> ScoreTable:
    reader = score_reader(beginning_of_text(path))
    if reader is not None:
        return reader.read(path, options)
    # neither knows it: each says what it is not
    return (read_score_json if path.suffix.lower() in (".json", ".jsonl") else read_score_csv)(path, options)


def _is_motion(path: Path) -> bool:
    """Whether arrays are FLAME parameters of some project."""
    try:
        return EXPRESSION in FORMATS[detect_format(path)].carries
    except Mp2FlameError:
        return False


def _is_take(path: Path) -> bool:
    try:
        with Npz(path) as archive:
            return {"timestamp_ms", "expression"} <= archive.keys()
    except FileFormatError:
        return True  # perhaps a take whose writer was killed: its reader says what is wrong
