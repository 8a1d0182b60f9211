"""Faces laid over the mean face: shape without where the head is and where it looks.

One similarity a frame (Umeyama 1991) on points that expressions hardly move. Everything is laid over the same
reference, never over the person's own neutral, so that neutral and frames share one frame and sums over frames may
run along while the neutral is still being learnt: for a rigid face the two differ by a constant.
"""

from __future__ import annotations

import numpy as np

from ..base.arrays import check_image_size, check_landmarks
from ..observe.head_frame import to_camera
from .tables import FloatArray, Tables

_REACH = 3.0  # eye distances: a landmark further out is a detector failure; keeps sums finite


class Aligner:
    """Lays faces over the reference and takes what the fit needs.

    Args:
        tables: reference and align points.
    """

    def __init__(self, tables: Tables) -> None:
        self._align = tables.align
        self._needed = tables.needed
        self._both = np.concatenate([self._align, self._needed])
        target = tables.reference[self._align]
        self._center = target.mean(0)
        self._target = target - self._center
        self._rows = 2 * len(tables.landmarks)

    def camera(self, points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """``(N, 478, 3)`` points in camera axes (x right, y up, z to the camera), any unit.

        Returns:
            rows: ``(N, 2K)`` x and y of the fitted landmarks, head frame.
            irises: ``(N, 2, 2)`` left and right iris from the middle of their eye's corners, x and y.
            facing: ``(N, 2)`` sines of how far the face is turned from the camera, sideways and up.
        """
        chosen = points[:, self._both]
        count = len(self._align)
        anchors = chosen[:, :count]
        middle = (anchors.sum(1) / count)[:, None]
        anchors = anchors - middle
        u, s, vt = np.linalg.svd(self._target.T @ anchors)
        sign = np.where(np.linalg.det(u) * np.linalg.det(vt) < 0, -1.0, 1.0)
        u[..., 2] *= sign[:, None]
        s[..., 2] *= sign
        scale = np.maximum(s.sum(-1), 1e-12) / np.maximum(np.square(anchors).sum((1, 2)), 1e-12)
        rotation = u @ vt
        turn = rotation[:, :2] * scale[:, None, None]
        placed = (chosen[:, count:] - middle) @ turn.swapaxes(1, 2) + self._center[:2]
        placed = np.minimum(np.maximum(placed, -_REACH), _REACH)
        k = self._rows // 2
        eyes = placed[:, k:]
        irises = eyes[:, :2] - (eyes[:, 2:6:2] + eyes[:, 3:6:2]) / 2
        return placed[:, :k].reshape(len(points), 2 * k), irises, rotation[:, 2, :2]

    def landmarks(
        self, landmarks: FloatArray, image_size: tuple[int, int] | None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The same for ``(N, 478, 3)`` normalised image coordinates and (height, width) in pixels.

        Raises:
            ShapeError, InputError: another shape, NaN, no image size.
        """
        return self.camera(to_camera(check_landmarks(landmarks), check_image_size(image_size)))
