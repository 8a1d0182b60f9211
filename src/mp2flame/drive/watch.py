"""Everything a source shows of one face, as arrays: for calibration and evaluation."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..base.errors import InputError, NoFaceError
from ..base.values import FloatArray
from ..io.sources import Source, open_source


@dataclass(frozen=True, eq=False)
class Observations:
    """What was seen of one face, frame by frame; rows without a face are zero.

    Attributes:
        blendshapes, landmarks, face_matrix: ``(T, 52)``, ``(T, 478, 3)`` or None, ``(T, 4, 4)`` or None.
        detected: ``(T,)``.
        timestamp_ms: ``(T,)``.
        image_size: (height, width), or None.
        images: small RGB pictures of the frames that were asked for, by index.
    """

    blendshapes: FloatArray
    landmarks: FloatArray | None
    face_matrix: FloatArray | None
    detected: Any
    timestamp_ms: FloatArray
    image_size: tuple[int, int] | None
    images: dict[int, Any]


def observe(
    source: str | int | os.PathLike[str] | Source,
    *,
    mirrored: bool = False,
    num_faces: int = 1,
    mode: Literal["video", "image"] = "video",
    model_path: str | os.PathLike[str] | None = None,
    max_frames: int | None = None,
    keep_images: bool = False,
    on_frame: Callable[[int, float, bool], bool | None] | None = None,
) -> Observations:
    """Run the detector over a source, or take the scores and landmarks that it already holds.

    Args:
        source: anything ``open_source`` takes.
        mirrored, num_faces, mode, model_path: as in ``Detector``.
        max_frames: stop there.
        keep_images: keep every picture in ``images``; for short clips.
        on_frame: called with index, time in ms and whether there is a face; returning True ends the run.

    Raises:
        InputError: the source holds true ARKit weights, which have no detector behind them.
        NoFaceError: no frames at all.
    """
    rows: list[tuple[Any, Any, Any, bool, float]] = []
    images: dict[int, Any] = {}
    size: tuple[int, int] | None = None
    detector: Any = None
    opened = source if isinstance(source, Source) else open_source(source)
    try:
        with opened:
            for item in opened:
                scores, points, matrix = item.blendshapes, item.landmarks, item.face_matrix
                if item.arkit_weights is not None and scores is None:
                    raise InputError(
                        "this source holds true ARKit weights, not detector scores: they need no calibration "
                        "and "
                        "have no landmarks to compare with. Use the video of the same person."
                    )
                seen = scores is not None and item.detected is not False
                size = item.image_size or size
                if item.image is not None and scores is None:
                    if detector is None:
                        from ..observe.detector import Detector

                        detector = Detector(mode, num_faces, model_path, mirrored=mirrored)
                    size = (int(item.image.shape[0]), int(item.image.shape[1]))
                    faces = detector.detect(item.image, item.timestamp_ms)
                    seen = bool(faces)
                    if faces:
                        scores, points, matrix = (
                            faces[0].blendshapes,
                            faces[0].landmarks,
                            faces[0].face_matrix,
                        )
                if keep_images and item.image is not None:
                    images[len(rows)] = item.image
                rows.append((scores, points, matrix, seen, item.timestamp_ms))
                stop = on_frame(len(rows) - 1, item.timestamp_ms, seen) if on_frame is not None else False
                if stop or (max_frames is not None and len(rows) >= max_frames):
                    break
    finally:
        if detector is not None:
            detector.close()
    if not rows:
        raise NoFaceError("the source gave no frames.")
    return Observations(
        blendshapes=_stacked([r[0] for r in rows], [r[3] for r in rows], (52,)),
        landmarks=_optional([r[1] for r in rows], [r[3] for r in rows], (478, 3)) if size else None,
        face_matrix=_optional([r[2] for r in rows], [r[3] for r in rows], (4, 4)),
        detected=np.array([r[3] for r in rows], bool),
        timestamp_ms=np.array([r[4] for r in rows], np.float64),
        image_size=size,
        images=images,
    )


def _stacked(values: list[Any], seen: list[bool], shape: tuple[int, ...]) -> FloatArray:
    zero = np.zeros(shape, np.float32)
    return np.stack(
        [np.asarray(v, np.float32) if s and v is not None else zero for v, s in zip(values, seen)]
    )


def _optional(values: list[Any], seen: list[bool], shape: tuple[int, ...]) -> FloatArray | None:
    """None unless every detected frame has it."""
    if not any(seen) or any(s and v is None for v, s in zip(values, seen)):
        return None
    return _stacked(values, seen, shape)
