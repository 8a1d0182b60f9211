"""Where the head is and where it looks: from landmarks or MediaPipe's face matrix to FLAME's root.

Three frames (drawn in docs/conventions.md); this room is the only place that converts between them:

- head: x to the subject's left, y up, z out of the face. FLAME's vertices and MediaPipe's canonical face both
  have these axes; origins, size and a small tilt differ (``canonical_to_flame``).
- ``opengl`` camera: x to the image's right, y up, z towards the viewer; the head is at negative z. FLAME's
  ``global_orient`` and ``transl`` are in it. A face straight to the camera has rotation 0.
- ``opencv`` camera: x to the image's right, y down, z away from the viewer.

A positive rotation about x lowers the chin, about y turns the face to the subject's left, about z tilts the
head to the subject's right (counter-clockwise in the image).
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..base import rotations
from ..base.arrays import check_image_size, check_landmarks
from ..base.errors import InputError, ShapeError
from ..base.tables import table
from ..base.values import Comparable
from .camera import FLIP_YZ, Camera
from .head_frame import RestShape, align, mirror_landmarks
from .head_rotation import to_ray
from .pnp import solve, translation_for_rotation

if TYPE_CHECKING:
    from ..flame import FlameForward

Array = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]

_NUM_SKIN = 468
_SIGMA = 1e-3  # metres: landmark noise, next to which motion under expressions counts
_PLACING_EVERY = 8  # landmark: all of them, and every second or third, follow real faces no better
_MIN_WEIGHT = 0.03  # points lighter than this part of the heaviest are left out: half the work, same result
_CHUNK = 256


@dataclass(frozen=True, eq=False)
class HeadPose(Comparable):
    """``camera_point = rotation @ head_point + translation``; unpacks as ``rotation, translation``.

    Attributes:
        rotation: ``(*batch, 3, 3)``, head to camera.
        translation: ``(*batch, 3)`` metres, the head model's origin in the camera.
        frame: ``opengl`` or ``opencv``, the camera's axes.
    """

    rotation: Array
    translation: Array
    frame: str = "opengl"

    def __iter__(self) -> Iterator[Array]:
        yield self.rotation
        yield self.translation

    def to_opencv(self) -> HeadPose:
        """The same pose with the camera's axes as OpenCV has them; the head's axes stay."""
        return self if self.frame == "opencv" else self._flipped("opencv")

    def to_opengl(self) -> HeadPose:
        """The same pose with the camera's axes as OpenGL has them; the head's axes stay."""
        return self if self.frame == "opengl" else self._flipped("opengl")

    def _flipped(self, frame: str) -> HeadPose:
        return HeadPose(FLIP_YZ @ self.rotation, self.translation @ FLIP_YZ, frame)


def rotation_vector(rotation: npt.ArrayLike) -> Array:
    """``(*,3,3)`` to axis-angle ``(*,3)`` radians."""
    return rotations.matrix_to_axis_angle(rotation)


# --- from landmarks -------------------------------------------------------------------------------------


def from_landmarks(
    landmarks: npt.ArrayLike,
    image_size: tuple[int, int],
    *,
    camera: Camera | None = None,
    model_points: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> HeadPose:
    """Perspective-n-point: the pose whose picture of a known face lies on the landmarks.

    Weak perspective gives the start (Dementhon and Davis 1995), damped Gauss-Newton on the reprojection error
    the rest; points that expressions move weigh little, outliers are weighed down. Only x and y are used.

    Args:
        landmarks: ``(*batch, 478, 3)`` normalised image coordinates.
        image_size: (height, width) pixels.
        camera: the real one if known; default ``Camera.assumed``. A wrong field of view bends yaw and pitch.
        model_points: ``(468, 3)`` or ``(478, 3)`` metres, head axes; default MediaPipe's canonical face.
        weights: of the model points, default from how far the 52 shapes move each.

    Returns:
        ``HeadPose`` in the OpenGL frame, of the model's origin.

    Raises:
        ShapeError, InputError: wrong shape, NaN, or landmarks that are all in one place.
    """
    array = check_landmarks(landmarks)
    height, width = check_image_size(image_size)
    camera = camera or Camera.assumed(image_size)
    return from_pixels(array[..., :2] * [width, height], camera, model_points=model_points, weights=weights)


def from_pixels(
    pixels: npt.ArrayLike,
    camera: Camera,
    *,
    model_points: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> HeadPose:
    """As ``from_landmarks``, from ``(*batch, 468 or more, 2)`` pixels."""
    points = np.asarray(pixels, dtype=np.float64)
    if points.ndim < 2 or points.shape[-2] < _NUM_SKIN or points.shape[-1] != 2:
        raise ShapeError(f"pixels must be (*batch, 478, 2), got {points.shape}.")
    model = canonical_points() if model_points is None else np.asarray(model_points, dtype=np.float64)
    if model.ndim != 2 or model.shape[0] < _NUM_SKIN or model.shape[1] != 3 or not np.isfinite(model).all():
        raise ShapeError(f"model_points must be finite, (468, 3) metres, got shape {model.shape}.")
    w = stable_weights() if weights is None else np.asarray(weights, dtype=np.float64)[:_NUM_SKIN]
    if w.shape != (_NUM_SKIN,) or not np.isfinite(w).all() or w.min() < 0 or np.count_nonzero(w) < 6:
        raise InputError("weights must be 468 numbers of at least 0, six of them above 0.")
    chosen = np.flatnonzero(w > _MIN_WEIGHT * w.max())
    w = w[chosen] / w[chosen].sum()
    batch = points.shape[:-2]
    rays = camera.rays(points[..., chosen, :]).reshape(-1, len(chosen), 2)
    if not np.isfinite(rays).all():
        raise InputError(
            "landmarks hold NaN or infinite values; leave out frames in which no face was found."
        )
    spread = np.ptp(rays, axis=1).max(axis=-1, initial=0.0)
    if (spread < 1e-6).any():
        raise InputError("the landmarks of a frame are all in one place; leave out frames without a face.")
    rotation, translation = np.empty((len(rays), 3, 3)), np.empty((len(rays), 3))
    for start in range(0, len(rays), _CHUNK):
        part = slice(start, start + _CHUNK)
        rotation[part], translation[part] = solve(model[chosen], rays[part], w)
    return HeadPose(rotation.reshape(*batch, 3, 3), translation.reshape(*batch, 3))


def canonical_points() -> Array:
    """``(468, 3)`` MediaPipe's canonical face in metres, head axes."""
    return table("canonical_vertices").astype(np.float64)


@functools.cache
def stable_weights() -> Array:
    """``(468,)`` weights for pose: large where none of the 52 shapes moves the landmark."""
    shapes = table("arkit_landmark_shapes").astype(np.float64)
    motion = np.square(shapes[:, :_NUM_SKIN]).sum(axis=(0, 2))
    weights = 1.0 / (_SIGMA**2 + motion)
    weights /= weights.sum()
    weights.flags.writeable = False
    return np.asarray(weights)


@functools.cache
def placing_landmarks() -> npt.NDArray[np.intp]:
    """``(P,)`` skin landmarks that place a head whose rotation is known: all over the face, closed under mirroring."""
    chosen = np.arange(0, _NUM_SKIN, _PLACING_EVERY)
    chosen = np.union1d(chosen, mirror_landmarks()[chosen])
    chosen.flags.writeable = False
    return chosen


# --- from the face matrix -------------------------------------------------------------------------------


def from_face_matrix(face_matrix: npt.ArrayLike, *, correct: bool = False) -> HeadPose:
    """MediaPipe's face matrix as a pose of the canonical face in the OpenGL frame.

    Args:
        face_matrix: ``(*batch, 4, 4)``, centimetres. Zeros (no face) give rotation 0 at the origin.
        correct: undo what the matrix gets wrong on average (docs/head_pose.md): it turns too little.

    Returns:
        ``HeadPose``, metres, seen by ``Camera.assumed``.

    Raises:
        ShapeError, InputError: not ``(*batch, 4, 4)``, NaN, or transposed (its last row is not 0 0 0 1).
    """
    matrix = np.asarray(face_matrix)
    if matrix.dtype.kind not in "fiu" or matrix.ndim < 2 or matrix.shape[-2:] != (4, 4):
        raise ShapeError(f"face_matrix must be (*batch, 4, 4) numbers, got {matrix.dtype} {matrix.shape}.")
    matrix = matrix.astype(np.float64)
    if not np.isfinite(matrix).all():
        raise InputError("face_matrix holds NaN or infinite values; leave out frames without a face.")
    missing = np.asarray(~matrix.any(axis=(-2, -1)))
    last = matrix[..., 3, :]
    if not np.allclose(np.where(missing[..., None], [0, 0, 0, 1], last), [0, 0, 0, 1], atol=1e-4):
        raise InputError(
            "the last row of a face matrix is 0 0 0 1; this one may be transposed: pass its transpose."
        )
    linear = np.where(missing[..., None, None], np.eye(3), matrix[..., :3, :3])
    if (np.abs(np.linalg.det(linear)) < 1e-9).any():
        raise InputError(
            "face_matrix has no rotation in it (determinant 0); leave out frames without a face."
        )
    rotation = rotations.project_to_rotation(linear)
    translation = 0.01 * matrix[..., :3, 3]
    if correct:
        better = np.where(missing[..., None, None], np.eye(3), _corrected(rotation))
        # turn about the face's middle, not about the origin of the canonical face
        centre = stable_weights() @ canonical_points()
        translation = translation + np.where(missing[..., None], 0.0, (rotation - better) @ centre)
        rotation = better
    return HeadPose(rotation, translation)


# Rotation vector of FLAME's head = gain * the matrix's + tilt about x; from renders of 150 heads with known
# rotation (6,000 frames, yaw to 58 degrees). A mirrored face must give a mirrored pose: no offset about y, z.
_GAIN = np.array([1.0, 1.08, 1.0])
_TILT = 0.033  # radians


def _corrected(rotation: Array) -> Array:
    vector = rotation_vector(rotation) * _GAIN
    vector[..., 0] += _TILT
    return rotations.axis_angle_to_matrix(vector) @ canonical_to_flame()[1]


# --- to FLAME -------------------------------------------------------------------------------------------


@functools.cache
def canonical_to_flame() -> tuple[float, Array, Array]:
    """``scale, rotation, offset``: ``flame = scale * rotation @ canonical + offset``, metres.

    Least squares between the canonical face and the mean neutral landmarks on FLAME's template, weighted by
    ``stable_weights`` (Umeyama 1991).
    """
    w = stable_weights()
    a, b = canonical_points(), table("mean_neutral_landmarks")[:_NUM_SKIN].astype(np.float64)
    a_mean, b_mean = w @ a, w @ b
    u, s, vt = np.linalg.svd(((b - b_mean) * w[:, None]).T @ (a - a_mean))
    rotation = u @ vt
    scale = float(s.sum() / (w @ np.square(a - a_mean).sum(axis=1)))
    return scale, rotation, b_mean - scale * rotation @ a_mean


def pose_of_flame(pose: HeadPose) -> HeadPose:
    """A pose of the canonical face as the pose of FLAME's head; lengths become those of FLAME's head."""
    scale, rotation, offset = canonical_to_flame()
    opengl = pose.to_opengl()
    turned = opengl.rotation @ rotation.T
    return HeadPose(turned, scale * opengl.translation - turned @ offset)


@dataclass(frozen=True, eq=False)
class HeadAtRest(Comparable):
    landmarks: Array  # (468, 3) on this head at rest
    joints: Array  # (5, 3)


_heads: weakref.WeakKeyDictionary[FlameForward, HeadAtRest] = weakref.WeakKeyDictionary()


def at_rest(forward: FlameForward) -> HeadAtRest:
    head = _heads.get(forward)
    if head is None:
        from ..flame.landmarks import embedding_for

        vertices = np.asarray(forward.v_shaped, dtype=np.float64)
        points = embedding_for(forward.model).landmarks(vertices)[:_NUM_SKIN].astype(np.float64)
        head = HeadAtRest(points, forward.model.J_regressor.astype(np.float64) @ vertices)
        _heads[forward] = head
    return head


def to_flame(pose: HeadPose, forward: FlameForward) -> tuple[F32, F32]:
    """A pose of FLAME's head (origin and axes of its vertices) as ``global_orient`` and ``transl``, float32.

    FLAME turns about its root joint J: ``v = R (x - J) + J + transl``, so ``transl = t + R J - J``.
    """
    opengl = pose.to_opengl()
    joint = at_rest(forward).joints[0]
    transl = opengl.translation + opengl.rotation @ joint - joint
    return rotation_vector(opengl.rotation).astype(np.float32), transl.astype(np.float32)


def flame_pose(
    forward: FlameForward,
    *,
    landmarks: npt.ArrayLike | None = None,
    face_matrix: npt.ArrayLike | None = None,
    image_size: tuple[int, int] | None = None,
    camera: Camera | None = None,
    rest: RestShape | None = None,
    moved: npt.ArrayLike | None = None,
) -> tuple[F32, F32]:
    """``global_orient`` and ``transl`` that lay this head over the face in the picture.

    - Landmarks, camera not known: rotation from the landmarks' shape in three dimensions, which does not
      depend on the camera (``head_frame.align``).
    - Landmarks and camera: the same, turned by the ray from the camera to the face; landmarks without depth (z all 0)
      by perspective-n-point of this head's own.
    - Either way the translation lays this head, as its face moves, over them, for the camera or ``Camera.assumed``.
    - Face matrix only: MediaPipe's pose, corrected.

    Args:
        forward: the head in use, with the person's betas.
        landmarks: ``(*batch, 478, 3)`` normalised; rows of zeros are frames without a face.
        face_matrix: ``(*batch, 4, 4)``; zeros likewise. Used when there are no landmarks or no image size.
        image_size: (height, width) pixels.
        camera: the real camera, if known.
        rest: the person's resting face, as far as it is known.
        moved: ``(*batch, P, 3)`` metres, how far this head's ``placing_landmarks`` are from where they rest
            (``ForwardModel.moved``); None: it rests.

    Returns:
        ``(*batch, 3)`` radians and ``(*batch, 3)`` metres, float32, OpenGL frame; zeros without a face.

    Raises:
        InputError, ShapeError: neither input, wrong shapes, NaN.
    """
    if landmarks is not None and (image_size is not None or face_matrix is None):
        array = check_landmarks(landmarks).astype(np.float64)
        return _flame_pose_from_landmarks(forward, array, image_size, camera, rest or RestShape(), moved)
    if face_matrix is None:
        raise InputError("a head pose needs landmarks with image_size, or a face_matrix.")
    matrix = np.asarray(face_matrix)
    pose = from_face_matrix(matrix, correct=True)
    missing = np.asarray(~matrix.any(axis=(-2, -1)))
    if camera is not None:
        if image_size is None:
            raise InputError("to use a camera with a face_matrix, also pass image_size=(height, width).")
        pose = _seen_by(pose, Camera.assumed(image_size), camera)
    orient, transl = to_flame(pose_of_flame(pose), forward)
    return np.where(missing[..., None], np.float32(0), orient), np.where(
        missing[..., None], np.float32(0), transl
    )


def _flame_pose_from_landmarks(
    forward: FlameForward,
    landmarks: Array,
    image_size: tuple[int, int] | None,
    camera: Camera | None,
    rest: RestShape,
    moved: npt.ArrayLike | None,
) -> tuple[F32, F32]:
    height, width = check_image_size(image_size)
    size = (round(height), round(width))
    batch = landmarks.shape[:-2]
    flat = landmarks.reshape(-1, *landmarks.shape[-2:])
    seen = np.ptp(flat[:, :_NUM_SKIN, :2], axis=1).min(axis=-1, initial=np.inf) > 1e-6
    orient = np.zeros((len(flat), 3), np.float32)
    transl = np.zeros((len(flat), 3), np.float32)
    if seen.any():
        chosen = placing_landmarks()
        points = at_rest(forward).landmarks[chosen]
        if moved is not None:
            points = points + np.asarray(moved, np.float64).reshape(-1, *points.shape)[seen]
        rays = (camera or Camera.assumed(size)).rays(flat[seen][:, chosen, :2] * [width, height])
        if camera is None:
            rotation = align(flat[seen], size, rest.frame, rest.trust).rotation.astype(np.float64)
        else:
            rotation = _rotation_seen_by(camera, forward, flat[seen], size, rest)
        pose = HeadPose(rotation, translation_for_rotation(rotation, points, rays))
        orient[seen], transl[seen] = to_flame(pose, forward)
    return orient.reshape(*batch, 3), transl.reshape(*batch, 3)


def _rotation_seen_by(
    camera: Camera, forward: FlameForward, landmarks: Array, size: tuple[int, int], rest: RestShape
) -> Array:
    """``(N, 3, 3)`` of faces ``(N, 478, 3)``: turned as they are seen, and by the ray to them; without depth, by the points."""
    frame = align(landmarks, size, rest.frame, rest.trust, as_seen=True)
    middle = landmarks[:, :_NUM_SKIN, :2].mean(1) * [size[1], size[0]]
    rotation = np.asarray(to_ray(camera.rays(middle)) @ frame.rotation, np.float64)
    flat = ~landmarks[..., 2].any(-1)
    if flat.any():
        model = at_rest(forward).landmarks
        rotation[flat] = from_landmarks(landmarks[flat], size, camera=camera, model_points=model).rotation
    return rotation


def _seen_by(pose: HeadPose, old: Camera, new: Camera) -> HeadPose:
    """The pose with the same rotation that another camera sees at the same place and size in the image."""
    centre = stable_weights() @ canonical_points()
    middle = pose.rotation @ centre + pose.translation
    depth = np.minimum(middle[..., 2:], -1e-6)
    pixels = old.project(np.concatenate([middle[..., :2], depth], axis=-1))
    rays = new.rays(pixels)
    distance = -depth * new.fy / old.fy
    moved = np.concatenate([rays * distance, -distance], axis=-1)
    return HeadPose(pose.rotation, pose.translation + moved - middle)
