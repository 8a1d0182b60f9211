"""Where a picture of a head is taken from: a pinhole camera, and its place against the head.

A `View` maps a point of the FLAME frame (x to the subject's left, y up, z out of the face) to ``x_cam = R @ x + t``
in the OpenCV camera frame (x right, y down, z forward), and its `Camera` that to pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...base.errors import InputError, ShapeError
from ...base.rotations import axis_rotation
from ...base.values import FloatArray
from ...observe.camera import FLIP_YZ, Camera

Array64 = npt.NDArray[np.float64]


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


@dataclass(frozen=True, eq=False)
class View:
    """A camera and where it stands.

    Attributes:
        camera: pixels of the rendered image; its own image_size is not looked at.
        R: ``(3, 3)`` rotation, FLAME (or world) frame to the OpenCV camera frame.
        t: ``(3,)`` translation in metres.

    Raises:
        InputError: a value is not finite, or R is not a rotation.
    """

    camera: Camera
    R: Array64
    t: Array64

    def __post_init__(self) -> None:
        R, t = _finite("R", self.R, (3, 3)), _finite("t", np.ravel(self.t), (3,))
        if np.abs(R @ R.T - np.eye(3)).max() > 1e-3 or np.linalg.det(R) < 0:
            raise InputError(
                "R is not a rotation matrix; pass the 3x3 rotation from the model to the camera frame."
            )
        object.__setattr__(self, "R", R)
        object.__setattr__(self, "t", t)

    @classmethod
    def of(cls, K: npt.ArrayLike, R: npt.ArrayLike, t: npt.ArrayLike) -> View:
        """From OpenCV's three: intrinsics ``(3, 3)`` in pixels without skew, rotation, translation."""
        return cls(Camera.from_matrix(K), np.asarray(R), np.asarray(t))

    @property
    def K(self) -> Array64:
        """``(3, 3)`` intrinsics in pixels."""
        return self.camera.matrix

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
    ) -> View:
        """A view along -z of the FLAME frame that fits all given vertices into the image.

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
        R = FLIP_YZ @ axis_rotation("x", np.deg2rad(pitch_deg)) @ axis_rotation("y", -np.deg2rad(yaw_deg))
        view = points @ R.T
        middle = (view.min(0) + view.max(0)) / 2
        focal = min(height, width) / 2 / np.tan(np.deg2rad(fov_deg) / 2)
        half = np.array([width, height]) / 2 / focal * (1 - margin)
        # The nearest distance at which every point lies inside the frustum, from each point's own depth.
        offset = view - middle
        distance = float((np.abs(offset[:, :2]) / half - offset[:, 2:]).max())
        distance = max(distance, 1e-3)
        t = np.array([0.0, 0.0, distance]) - middle
        return cls(Camera(float(focal), float(focal), width / 2, height / 2, (height, width)), R, t)

    def project(self, vertices: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``(*, 3)`` metres to pixel coordinates ``(*, 2)`` and depths ``(*,)`` in metres (float64)."""
        view = np.asarray(vertices, np.float64) @ self.R.T + self.t
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.camera.project(view * [1.0, -1.0, -1.0]), view[..., 2]

    def scaled(self, factor: float) -> View:
        """The same view in an image that is `factor` times as large."""
        k = self.camera
        return View(Camera(k.fx * factor, k.fy * factor, k.cx * factor, k.cy * factor), self.R, self.t)


def check_size(size: Any) -> tuple[int, int]:
    """(height, width) as two positive ints, or an `InputError`."""
    try:
        height, width = (int(x) for x in size)
    except (TypeError, ValueError) as error:
        raise InputError(f"size must be (height, width) in pixels, got {size!r}.") from error
    if not (1 <= height <= 8192 and 1 <= width <= 8192):
        raise InputError(f"size must be (height, width) between 1 and 8192 pixels, got {(height, width)}.")
    return height, width
