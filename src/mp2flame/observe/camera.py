"""The pinhole camera: focal lengths and centre in pixels, and the size of the picture they are for.

Pixels start at the picture's top left **corner** (the centre of the first pixel is 0.5, 0.5), x right, y down, so
that normalised landmarks times (width, height) are pixels. There is no skew and no distortion. The axes of
cameras are drawn in docs/conventions.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.arrays import check_image_size
from ..base.detection import MEDIAPIPE_FOV_DEG as MEDIAPIPE_FOV_DEG
from ..base.errors import InputError, ShapeError

Array = npt.NDArray[np.float64]

FLIP_YZ: Array = np.diag([1.0, -1.0, -1.0])
"""OpenGL camera axes to OpenCV's, and back."""
FLIP_YZ.flags.writeable = False


@dataclass(frozen=True)
class Camera:
    """A pinhole camera without distortion.

    Attributes:
        fx, fy, cx, cy: pixels; x right, y down from the picture's top left corner.
        image_size: (height, width) of the picture they are for, or None when that does not matter.

    Raises:
        InputError: a focal length is not positive, a number not finite, or the size is none.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    image_size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        values = (self.fx, self.fy, self.cx, self.cy)
        if not all(np.isfinite(v) for v in values) or self.fx <= 0 or self.fy <= 0:
            raise InputError(f"a camera needs positive fx, fy and finite cx, cy in pixels, got {values}.")
        if self.image_size is not None:
            height, width = check_image_size(self.image_size)
            object.__setattr__(self, "image_size", (round(height), round(width)))

    @classmethod
    def from_fov(cls, fov_deg: float, image_size: tuple[int, int]) -> Camera:
        """Vertical field of view in degrees, square pixels, centre in the middle of (height, width)."""
        height, width = check_image_size(image_size)
        if not 0 < fov_deg < 180:
            raise InputError(f"fov_deg must lie between 0 and 180, got {fov_deg!r}.")
        focal = 0.5 * height / np.tan(0.5 * np.radians(fov_deg))
        return cls(float(focal), float(focal), width / 2, height / 2, image_size)

    @classmethod
    def assumed(cls, image_size: tuple[int, int]) -> Camera:
        """MediaPipe's assumption, 63 degrees: poses from landmarks then agree with its face matrix."""
        return cls.from_fov(MEDIAPIPE_FOV_DEG, image_size)

    @classmethod
    def from_matrix(cls, matrix: npt.ArrayLike, image_size: tuple[int, int] | None = None) -> Camera:
        """From intrinsics ``(3, 3)`` in pixels.

        Raises:
            ShapeError, InputError: another shape, skew, or numbers that no camera has.
        """
        k = check_intrinsics(matrix)
        if k.ndim != 2:
            raise ShapeError(f"the intrinsics of one camera are (3, 3), got {k.shape}.")
        return cls(float(k[0, 0]), float(k[1, 1]), float(k[0, 2]), float(k[1, 2]), image_size)

    @property
    def matrix(self) -> Array:
        """``(3, 3)`` intrinsics in pixels."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1.0]])

    def resized(self, image_size: tuple[int, int]) -> Camera:
        """The same view in a picture of another size (height, width).

        Raises:
            InputError: this camera's own picture size is not known.
        """
        if self.image_size is None:
            raise InputError("a camera without image_size cannot be put into a picture of another size.")
        y, x = (new / old for new, old in zip(image_size, self.image_size))
        return Camera(self.fx * x, self.fy * y, self.cx * x, self.cy * y, image_size)

    def rays(self, pixels: Array) -> Array:
        """``(*,2)`` pixels to tangents in OpenGL axes: ``x / -z`` and ``y / -z`` of what is seen there."""
        return (pixels - [self.cx, self.cy]) * [1.0 / self.fx, -1.0 / self.fy]

    def project(self, points: Array) -> Array:
        """``(*,3)`` points in the OpenGL camera frame, z negative, to ``(*,2)`` pixels."""
        return points[..., :2] / -points[..., 2:] * [self.fx, -self.fy] + [self.cx, self.cy]


def camera_of(camera: Camera | float | None, image_size: tuple[int, int] | None) -> Camera | None:
    """What a caller knows of the camera, for a picture of (height, width): a field of view in degrees becomes one.

    Raises:
        InputError: a field of view without the picture's size.
    """
    if isinstance(camera, int | float):
        if image_size is None:
            raise InputError("a field of view needs image_size=(height, width) to become a camera.")
        return Camera.from_fov(float(camera), image_size)
    return camera


def check_intrinsics(value: Any, name: str = "intrinsics") -> Array:
    """Intrinsics ``(*batch, 3, 3)`` as float64, each ``[[fx, 0, cx], [0, fy, cy], [0, 0, 1]]``.

    Raises:
        ShapeError, InputError: another shape, skew, not finite, or a focal length that is not positive.
    """
    try:
        k = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ShapeError(f"{name} must be numbers of shape (3, 3), got {type(value).__name__}.") from error
    if k.ndim < 2 or k.shape[-2:] != (3, 3):
        raise ShapeError(f"{name} must have shape (3, 3), got {k.shape}.")
    if not np.isfinite(k).all():
        raise InputError(f"{name} holds NaN or infinite values.")
    if k.size and (k[..., 0, 0].min() <= 0 or k[..., 1, 1].min() <= 0):
        raise InputError(f"{name}: the focal lengths [0,0], [1,1] must be positive.")
    rest = np.abs(k[..., [0, 1, 2, 2, 2], [1, 0, 0, 1, 2]] - [0, 0, 0, 0, 1])
    if rest.max(initial=0) > 1e-6:
        raise InputError(f"{name} must be [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]; skew is not supported.")
    return k


def parse_camera(text: str) -> Camera | float:
    """``"60"`` (vertical field of view in degrees) or ``"fx,fy,cx,cy"`` (pixels).

    Raises:
        InputError: neither one number nor four.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 1:
        return numbers[0]
    if len(numbers) == 4:
        fx, fy, cx, cy = numbers
        return Camera(fx, fy, cx, cy)
    raise InputError(
        f"--camera takes one number (vertical field of view in degrees) or fx,fy,cx,cy, got '{text}'."
    )


def parse_size(text: str) -> tuple[int, int]:
    """``"1280x720"`` (width x height, as screens are named) or ``"512"`` (a square) to (height, width) in pixels.

    Raises:
        InputError: not two whole numbers above 0.
    """
    width, cross, height = (part.strip() for part in text.lower().partition("x"))
    height = height if cross else width
    if not (width.isdigit() and height.isdigit() and 0 < int(width) < 65_536 > int(height) > 0):
        raise InputError(f"a size is WIDTHxHEIGHT in pixels such as 1280x720, got '{text}'.")
    return int(height), int(width)
