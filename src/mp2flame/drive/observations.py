"""Everything a source shows of one face, as arrays: for calibration and evaluation."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..base.detection import Detection
from ..base.errors import InputError, NoFaceError
from ..base.values import FloatArray
from ..io.sources import Source
from .watch import watch


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

    @property
    def seen(self) -> Detection:
        """The frames with a face."""
        rows = self.detected
        points, matrix = (None if x is None else x[rows] for x in (self.landmarks, self.face_matrix))
        return Detection(self.blendshapes[rows], points, matrix, self.image_size)


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
    found: list[Detection | None] = []
    times: list[float] = []
    images: dict[int, Any] = {}
    frames = watch(source, mirrored=mirrored, num_faces=num_faces, mode=mode, model_path=model_path)
    for item, seen in frames:
        if item.arkit_weights is not None and item.blendshapes is None:
            raise InputError(
                "this source holds true ARKit weights, not detector scores: they need no calibration and have no "
                "landmarks to compare with. Use the video of the same person."
            )
        if keep_images and item.image is not None:
            images[len(found)] = item.image
        found.append(seen)
        times.append(item.timestamp_ms)
        stop = on_frame is not None and on_frame(len(found) - 1, item.timestamp_ms, seen is not None)
        if stop or (max_frames is not None and len(found) >= max_frames):
            break
    if not found:
        raise NoFaceError("the source gave no frames.")
    there = [seen for seen in found if seen is not None]
    rows = np.array([seen is not None for seen in found], bool)
    whole = Detection.stack(there) if there else Detection(np.zeros((0, 52), np.float32))

    def spread(values: FloatArray | None) -> FloatArray | None:
        if values is None:
            return None
        full = np.zeros((len(found), *values.shape[1:]), np.float32)
        full[rows] = values
        return full

    scores = spread(whole.blendshapes)
    assert scores is not None
    return Observations(
        scores, spread(whole.landmarks), spread(whole.face_matrix), rows, np.array(times, np.float64),
        whole.image_size, images,
    )  # fmt: skip
