"""The module name and the calls of the public repository ``mediapipe-blendshapes-to-flame``, on mp2flame.

Code written for that repository runs unchanged: ``MP_2_FLAME(mappings_path).convert(blendshape_scores)``
returns what it returned, for both generations of mapping folders, and
``compute_head_pose_from_mp_landmarks_3d`` has the same arguments and return shapes but gives the true
rotation and translation. New code is better off with ``mp2flame.Driver``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mp2flame.base.errors import InputError, ShapeError
from mp2flame.rig.mapping.files import load_folder_matrices, load_mapping
from mp2flame.rig.mapping.linear import LinearMapping, apply_linear

if TYPE_CHECKING:
    from mp2flame.drive.driver import Driver

__all__ = ["MP_2_FLAME", "compute_head_pose_from_mp_landmarks_3d"]

Array = npt.NDArray[Any]


class MP_2_FLAME:
    """MediaPipe's 52 scores to FLAME coefficients.

    Args:
        mappings_path: a mapping folder (``bs2exp.npy``, ``bs2eye.npy`` and ``bs2jaw.npy`` or, older,
            ``bs2pose.npy``), or an mp2flame mapping ``.npz``. None: no mapping file; the rig of ``flame``
            does the work and its expression coefficients are for that FLAME file.
        flame: FLAME file for the rig; the environment variable ``MP2FLAME_FLAME``, else the built-in head.

    Attributes:
        bs2exp, bs2jaw, bs2eye: the matrices as loaded; ``bs2pose`` for the older generation.
    """

    bs2exp: Array
    bs2jaw: Array
    bs2pose: Array
    bs2eye: Array

    def __init__(
        self,
        mappings_path: str | os.PathLike[str] | None = None,
        *,
        flame: str | os.PathLike[str] | None = None,
    ) -> None:
        self._driver: Driver | None = None
        self._mapping: LinearMapping | None = None
        self._intercept: npt.NDArray[np.float32] | None = None
        self._second = 3
        if mappings_path is None:
            from mp2flame.drive.driver import Driver

            self._driver = Driver(flame=flame or os.environ.get("MP2FLAME_FLAME") or None)
            return
        if os.path.isdir(mappings_path):
            matrices = load_folder_matrices(mappings_path)
            for name, matrix in matrices.items():
                setattr(self, name, matrix)
            pose = matrices.get("bs2pose")
            if pose is not None:  # the older code zeroed the head's rotation
                pose = np.concatenate([np.zeros((len(pose), 3), pose.dtype), pose[:, 3:]], axis=1)
                self._second = 6
            parts = [matrices["bs2exp"], matrices["bs2jaw"] if pose is None else pose, matrices["bs2eye"]]
            self._weights = np.ascontiguousarray(np.concatenate(parts, axis=1), dtype=np.float32)
        else:
            mapping = load_mapping(mappings_path)
            self.bs2exp, self.bs2jaw, self.bs2eye = map(mapping.block, ("expression", "jaw_pose", "eye_pose"))
            if mapping.transform or mapping.order != "mediapipe":
                self._mapping = mapping
            start, eye = mapping._columns("jaw_pose").start, mapping._columns("eye_pose").start  # noqa: SLF001
            columns = np.r_[0 : mapping.num_expression, start : start + 3, eye : eye + 6]
            self._weights = np.ascontiguousarray(mapping.weights[:, columns])
            self._intercept = mapping.intercept[columns] if mapping.intercept.any() else None
        self._first = int(self.bs2exp.shape[1])
        self._third = self._first + self._second

    def convert(self, blendshape_scores: npt.ArrayLike) -> tuple[Array, Array, Array]:
        """Scores to coefficients.

        Args:
            blendshape_scores: ``(N, 52)`` (or any ``(*batch, 52)``) in MediaPipe order, 0..1.

        Returns:
            ``exp (N, E)``, ``jaw (N, 3)``, ``eye_pose (N, 6)``, float32, axis-angle radians, left eye first.
            For an older folder (``bs2pose``) the second is ``pose (N, 6)``: three zeros, then the jaw.
            One row ``(52,)`` gives ``(E,)``, ``(3,)`` or ``(6,)``, ``(6,)``.

        Raises:
            mp2flame.base.errors.ShapeError: the last axis is not 52.
            mp2flame.base.errors.InputError: not numbers, or NaN.
        """
        if self._driver is not None or self._mapping is not None:
            if self._driver is not None:
                params = self._driver.convert(blendshape_scores)
            else:
                assert self._mapping is not None
                params = self._mapping.apply(blendshape_scores)
            return params.expression, params.jaw_pose, params.eye_pose
        y = apply_linear(blendshape_scores, self._weights, self._intercept)
        first, third = self._first, self._third
        return y[..., :first], y[..., first:third], y[..., third:]


def compute_head_pose_from_mp_landmarks_3d(
    face_landmarks: npt.ArrayLike, img_h: int, img_w: int, *, compatible: bool = False
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """True rotation and translation of the head from MediaPipe's landmarks.

    Perspective-n-point of MediaPipe's canonical face onto the image, for a camera of focal length ``img_w``
    pixels with its centre in the middle of the image.

    Args:
        face_landmarks: ``(478, 3)`` (or 468) normalised image coordinates, or the same with x and y in pixels
            of this image. The two are told apart by the face's extent: a normalised face spans less than 4
            units, one in pixels at least 8.
        img_h, img_w: size of the image in pixels.
        compatible: the numbers of the public repository instead of the pose (needs OpenCV). They are not a rotation: it
            fits six landmarks to themselves, so that a turn of 20 degrees comes out as 0.02. Code that multiplies them
            (gaussian-dejavu: -500 and 800) is tuned to that; with the true pose it saturates, see docs/head_pose.md for
            the two lines to change.

    Returns:
        ``rotation_vec (3, 1)`` and ``translation_vec (3, 1)``, float64, OpenCV axes for camera and head
        alike (x to the image's right, y down, z away from the camera): a face straight to the camera has
        rotation 0, chin down is positive about x, a turn to the subject's left negative about y, a tilt
        clockwise in the image positive about z. Translation: the origin of the canonical face (inside the
        head, near the middle) in the camera, metres.

    Raises:
        mp2flame.base.errors.ShapeError: not ``(478, 3)``.
        mp2flame.base.errors.InputError: not numbers, NaN, an impossible image size, or a face of no clear scale.
    """
    if compatible:
        return _as_published(face_landmarks, img_h, img_w)
    from mp2flame.observe import head_pose
    from mp2flame.observe.camera import FLIP_YZ, Camera

    pixels, width, height = _pixels(face_landmarks, img_h, img_w)
    camera = Camera(fx=width, fy=width, cx=width / 2, cy=height / 2)
    pose = head_pose.from_pixels(pixels, camera).to_opencv()
    # the canonical face has y up and z out of the face: image-like axes on the head's side too
    rotation = head_pose.rotation_vector(pose.rotation @ FLIP_YZ)
    return rotation.reshape(3, 1), pose.translation.reshape(3, 1)


def _pixels(
    face_landmarks: npt.ArrayLike, img_h: int, img_w: int
) -> tuple[npt.NDArray[np.float64], float, float]:
    """Landmarks in pixels (N, 2), and the width and height of the picture."""
    try:
        points = np.asarray(face_landmarks, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("face_landmarks must be numbers, shape (478, 3).") from None
    if points.shape not in ((478, 3), (468, 3), (478, 2), (468, 2)):
        raise ShapeError(f"face_landmarks must be (478, 3), got {points.shape}.")
    if not np.isfinite(points).all():
        raise InputError("face_landmarks hold NaN or infinite values; skip frames without a face.")
    try:
        height, width = float(img_h), float(img_w)
    except (TypeError, ValueError):
        raise InputError(f"img_h and img_w must be pixels, got {img_h!r}, {img_w!r}.") from None
    if not (0 < height < 1e6 and 0 < width < 1e6):
        raise InputError(f"img_h and img_w must be positive pixels, got {img_h!r}, {img_w!r}.")
    xy = points[:, :2]
    extent = float(np.ptp(xy, axis=0).max())
    if 4.0 <= extent < 8.0 or extent < 1e-3:
        raise InputError(
            f"the landmarks span {extent:.3g} units: neither a normalised face (less than 4) nor one in "
            "pixels (at least 8). Pass MediaPipe's x and y as they are, or times img_w and img_h."
        )
    return (xy if extent >= 8.0 else xy * [width, height]), width, height


_SIX = (1, 33, 61, 199, 263, 291)  # nose tip, outer eye corners, mouth corners, chin


def _as_published(
    face_landmarks: npt.ArrayLike, img_h: int, img_w: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """What the public repository computes.

    Whole pixels of six landmarks, as model and as picture alike, and a camera whose centre has height and
    width exchanged.
    """
    from mp2flame.base.optional import need

    cv2 = need("cv2", purpose="compatible=True")
    points = np.asarray(face_landmarks, dtype=np.float64)
    if points.ndim != 2 or len(points) < 468 or points.shape[1] != 3 or not np.isfinite(points).all():
        raise ShapeError(f"face_landmarks must be (478, 3) finite numbers, got {points.shape}.")
    model = np.concatenate([np.trunc(points[list(_SIX), :2]), points[list(_SIX), 2:]], axis=1)
    camera = np.array([[img_w, 0, img_h / 2], [0, img_w, img_w / 2], [0, 0, 1]], dtype=np.float64)
    _, rotation, translation = cv2.solvePnP(
        model, np.ascontiguousarray(model[:, :2]), camera, np.zeros((4, 1))
    )
    return rotation, translation
