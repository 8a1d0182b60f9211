"""The camera of the renderers: an OpenCV pinhole, and the ways to point one at a head.

A `Camera` maps a point of the FLAME frame (x to the subject's left, y up, z out of the face) to
``x_cam = R @ x + t`` in the OpenCV camera frame (x right, y down, z forward), then to pixels by ``K``.
Pixel coordinates start at the image's top left **corner**: the centre of the first pixel is (0.5, 0.5),
so that normalised landmarks times (width, height) are pixel coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...base.errors import InputError, ShapeError
from ...base.values import FloatArray

Array64 = npt.NDArray[np.float64]

# Looking along -z of the FLAME frame: FLAME's x stays image right, y and z turn over.
FACING: Array64 = np.diag([1.0, -1.0, -1.0])


def _finite(name: str, value: Any, shape: tuple[int, ...]) -> Array64:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ShapeError(f"{name} must be numbers of shape {shape}, got {type(value).__name__}.") from error
    if array.shape != shape:
        raise ShapeError(f"{name} must have shape {shape}, got {array.shape}.")
    if not np.isfinite(array).all():
        raise InputError(f"{name} holds NaN or infinite values.")
    return array


@dataclass(frozen=True)
class Camera:
    """A pinhole camera without distortion.

    Attributes:
        K: ``(3, 3)`` intrinsics in pixels of the rendered image (no skew).
        R: ``(3, 3)`` rotation, FLAME (or world) frame to the OpenCV camera frame.
        t: ``(3,)`` translation in metres.

    Raises:
        InputError: a value is not finite, a focal length is not positive, or R is not a rotation.
    """

    K: Array64
    R: Array64
    t: Array64

    def __post_init__(self) -> None:
        K, R, t = (
            _finite(n, v, s)
            for n, v, s in (("K", self.K, (3, 3)), ("R", self.R, (3, 3)), ("t", np.ravel(self.t), (3,)))
        )
        if K[0, 0] <= 0 or K[1, 1] <= 0:
            raise InputError(
                f"the focal lengths K[0,0], K[1,1] must be positive, got {K[0, 0]:g}, {K[1, 1]:g}."
            )
        if np.abs(K[[0, 1, 2, 2, 2], [1, 0, 0, 1, 2]] - [0, 0, 0, 0, 1]).max() > 1e-6:
            raise InputError("K must be [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]; skew is not supported.")
        if np.abs(R @ R.T - np.eye(3)).max() > 1e-3 or np.linalg.det(R) < 0:
            raise InputError(
                "R is not a rotation matrix; pass the 3x3 rotation from the model to the camera frame."
            )
        for name, value in (("K", K), ("R", R), ("t", t)):
            object.__setattr__(self, name, value)

    @classmethod
    def framing(
        cls,
        vertices: FloatArray,
        size: tuple[int, int],
        *,
        fov_deg: float = 20.0,
        margin: float = 0.08,
        yaw_deg: float = 0.0,
        pitch_deg: float = 0.0,
    ) -> Camera:
        """A camera that looks along -z of the FLAME frame and fits all given vertices into the image.

        Args:
            vertices: ``(*, 3)`` metres; a template, or every vertex of a whole take.
            size: (height, width) of the image in pixels.
            fov_deg: field of view along the image's shorter side.
            margin: free border as a share of the half image.
            yaw_deg: moves the camera around the head, positive to the subject's left.
            pitch_deg: positive moves the camera up.
        """
        height, width = check_size(size)
        points = np.asarray(vertices, dtype=np.float64)
        if points.ndim < 2 or points.shape[-1] != 3 or points.size == 0:
            raise ShapeError(f"vertices must be (*, V, 3), got {points.shape}.")
        points = points.reshape(-1, 3)
        if not np.isfinite(points).all():
            raise InputError("vertices hold NaN or infinite values; there is nothing to frame.")
        if not 0 < fov_deg < 170 or not 0 <= margin < 0.9:
            raise InputError(f"fov_deg must be in (0, 170) and margin in [0, 0.9), got {fov_deg}, {margin}.")
        R = FACING @ _rotation_x(np.deg2rad(pitch_deg)) @ _rotation_y(-np.deg2rad(yaw_deg))
        view = points @ R.T
        middle = (view.min(0) + view.max(0)) / 2
        tan_short = np.tan(np.deg2rad(fov_deg) / 2)
        focal = min(height, width) / 2 / tan_short
        half = np.array([width, height]) / 2 / focal * (1 - margin)
        # The nearest distance at which every point lies inside the frustum, from each point's own depth.
        offset = view - middle
        distance = float((np.abs(offset[:, :2]) / half - offset[:, 2:]).max())
        distance = max(distance, 1e-3)
        t = np.array([0.0, 0.0, distance]) - middle
        K = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]])
        return cls(K, R, t)

    def project(self, vertices: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``(*, 3)`` metres to pixel coordinates ``(*, 2)`` and depths ``(*,)`` in metres (float64)."""
        view = np.asarray(vertices, np.float64) @ self.R.T + self.t
        depth = view[..., 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            normal = view[..., :2] / depth[..., None]
        focal = np.array([self.K[0, 0], self.K[1, 1]])
        return normal * focal + self.K[:2, 2], depth

    def scaled(self, factor: float) -> Camera:
        """The same view in an image that is `factor` times as large."""
        K = self.K.copy()
        K[:2] *= factor
        return Camera(K, self.R, self.t)


def check_size(size: Any) -> tuple[int, int]:
    """(height, width) as two positive ints, or an `InputError`."""
    try:
        height, width = (int(x) for x in size)
    except (TypeError, ValueError) as error:
        raise InputError(f"size must be (height, width) in pixels, got {size!r}.") from error
    if not (1 <= height <= 8192 and 1 <= width <= 8192):
        raise InputError(f"size must be (height, width) between 1 and 8192 pixels, got {(height, width)}.")
    return height, width


def _rotation_x(angle: float) -> Array64:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _rotation_y(angle: float) -> Array64:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
