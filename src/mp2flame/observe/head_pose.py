"""Where the head is and where it looks: from landmarks or MediaPipe's face matrix to FLAME's root.

Three frames (drawn in docs/conventions.md); this module is the only place that converts between them:

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
from ..base.values import FlameParams
from .head_frame import align

if TYPE_CHECKING:
    from ..flame import FlameForward

Array = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]

FLIP_YZ: Array = np.diag([1.0, -1.0, -1.0])
"""OpenGL camera axes to OpenCV's, and back."""
FLIP_YZ.flags.writeable = False

MEDIAPIPE_FOV_DEG = 63.0
"""Vertical field of view of the camera that MediaPipe's face matrix assumes (MediaPipe issue 5945)."""

_NUM_SKIN = 468
_SIGMA = 1e-3  # metres: landmark noise, next to which motion under expressions counts
_MIN_WEIGHT = 0.03  # points lighter than this part of the heaviest are left out: half the work, same result
_CHUNK = 256
_ITERATIONS = 16
_ROBUST_FLOOR = 2e-3  # tangent units: an error below this (1 px at f = 500) is never an outlier


@dataclass(frozen=True)
class Camera:
    """A pinhole camera without distortion, pixels; x right, y down from the image's top left corner."""

    fx: float
    fy: float
    cx: float
    cy: float

    def __post_init__(self) -> None:
        values = (self.fx, self.fy, self.cx, self.cy)
        if not all(np.isfinite(v) for v in values) or self.fx <= 0 or self.fy <= 0:
            raise InputError(f"a camera needs positive fx, fy and finite cx, cy in pixels, got {values}.")

    @classmethod
    def from_fov(cls, fov_deg: float, image_size: tuple[int, int]) -> Camera:
        """Vertical field of view in degrees, square pixels, centre in the middle of (height, width)."""
        height, width = check_image_size(image_size)
        if not 0 < fov_deg < 180:
            raise InputError(f"fov_deg must lie between 0 and 180, got {fov_deg!r}.")
        focal = 0.5 * height / np.tan(0.5 * np.radians(fov_deg))
        return cls(float(focal), float(focal), width / 2, height / 2)

    @classmethod
    def assumed(cls, image_size: tuple[int, int]) -> Camera:
        """MediaPipe's assumption, 63 degrees: poses from landmarks then agree with its face matrix."""
        return cls.from_fov(MEDIAPIPE_FOV_DEG, image_size)

    def rays(self, pixels: Array) -> Array:
        """``(*,2)`` pixels to tangents in OpenGL axes: ``x / -z`` and ``y / -z`` of what is seen there."""
        return (pixels - [self.cx, self.cy]) * [1.0 / self.fx, -1.0 / self.fy]

    def project(self, points: Array) -> Array:
        """``(*,3)`` points in the OpenGL camera frame, z negative, to ``(*,2)`` pixels."""
        return points[..., :2] / -points[..., 2:] * [self.fx, -self.fy] + [self.cx, self.cy]


@dataclass(frozen=True)
class HeadPose:
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
        rotation[part], translation[part] = _solve(model[chosen], rays[part], w)
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
    return weights


def _solve(model: Array, rays: Array, weights: Array) -> tuple[Array, Array]:
    """``(K,3)`` metres seen at ``(N,K,2)`` tangents, OpenGL axes: rotation and translation."""
    centre = weights @ model
    model = model - centre
    rotation, translation = _weak_perspective(model, rays, weights)
    damping = np.full(len(rays), 1e-3)
    w = np.broadcast_to(weights, rays.shape[:2])
    for iteration in range(_ITERATIONS):
        error, jacobian = _linearised(model, rays, rotation, translation)
        if iteration >= 4:  # outliers are known once the pose is about right
            length = np.linalg.norm(error, axis=-1)
            scale = np.maximum(3.0 * np.median(length, axis=1, keepdims=True), _ROBUST_FLOOR)
            w = weights / (1.0 + np.square(length / scale))
        weighted = jacobian * w[..., None, None]
        hessian = np.einsum("nkda,nkdb->nab", weighted, jacobian, optimize=True)
        gradient = np.einsum("nkda,nkd->na", weighted, error, optimize=True)
        diagonal = np.einsum("naa->na", hessian)[..., None] * np.eye(6)
        step = -np.linalg.solve(hessian + damping[:, None, None] * diagonal, gradient[..., None])[..., 0]
        new_rotation = rotations.axis_angle_to_matrix(step[:, :3]) @ rotation
        new_translation = translation + step[:, 3:]
        cost = np.einsum("nk,nkd->n", w, np.square(error))
        new_cost = np.einsum(
            "nk,nkd->n", w, np.square(_reproject(model, new_rotation, new_translation)[1] - rays)
        )
        # every point has to stay in front of the camera
        better = (new_cost <= cost) & (_depths(model, new_rotation, new_translation) > 0)
        rotation = np.where(better[:, None, None], new_rotation, rotation)
        translation = np.where(better[:, None], new_translation, translation)
        damping = np.clip(np.where(better, damping * 0.1, damping * 10.0), 1e-12, 1e6)
        size = np.abs(step[:, :3]).max(axis=1) + np.abs(step[:, 3:]).max(axis=1) / -translation[:, 2]
        if iteration >= 5 and np.all((size < 1e-5) | (~better & (damping > 1e3))):
            break
    return rotation, translation - (rotation @ centre)


def _weak_perspective(model: Array, rays: Array, weights: Array) -> tuple[Array, Array]:
    """Closed form for a face that is flat against its distance; ``model`` has its weighted mean at 0."""
    centre = np.einsum("k,nkd->nd", weights, rays)
    pseudo = np.linalg.solve((model * weights[:, None]).T @ model, (model * weights[:, None]).T)  # (3, K)
    rows = np.einsum("nkd,ck->ndc", rays - centre[:, None], pseudo)
    scale = np.sqrt(np.prod(np.linalg.norm(rows, axis=-1), axis=-1))
    scale = np.maximum(scale, 1e-9)[:, None]
    first, second = rows[:, 0] / scale, rows[:, 1] / scale
    rotation = rotations.project_to_rotation(np.stack([first, second, np.cross(first, second)], axis=1))
    return rotation, np.concatenate([centre, -np.ones_like(scale)], axis=1) / scale


def _reproject(model: Array, rotation: Array, translation: Array) -> tuple[Array, Array]:
    turned = np.einsum("nij,kj->nki", rotation, model)
    points = turned + translation[:, None]
    depth = np.maximum(-points[..., 2:], 1e-6)
    return turned, points[..., :2] / depth


def _depths(model: Array, rotation: Array, translation: Array) -> Array:
    """``(N,)`` distance of the nearest point in front of the camera, negative when it is behind."""
    return -np.max(np.einsum("nj,kj->nk", rotation[:, 2], model) + translation[:, None, 2], axis=1)


def _linearised(model: Array, rays: Array, rotation: Array, translation: Array) -> tuple[Array, Array]:
    """Errors ``(N,K,2)`` and their derivatives ``(N,K,2,6)`` by a small turn (in the camera) and a shift."""
    turned, seen = _reproject(model, rotation, translation)
    inverse = 1.0 / np.maximum(-(turned[..., 2] + translation[:, None, 2]), 1e-6)
    shift = np.zeros((*seen.shape, 3))
    shift[..., 0, 0] = shift[..., 1, 1] = inverse
    shift[..., 2] = seen * inverse[..., None]
    turn = np.cross(turned[..., None, :], shift)  # d(omega x p) seen through the row: p x row
    return seen - rays, np.concatenate([turn, shift], axis=-1)


def translation_for_rotation(
    rotation: Array, model: Array, rays: Array, weights: Array | None = None
) -> Array:
    """``(N,3)`` that puts ``model (K,3)``, turned by ``rotation (N,3,3)``, onto ``rays (N,K,2)``."""
    w = stable_weights() if weights is None else weights
    w = np.broadcast_to(w / w.sum(), rays.shape[:2])
    turned = np.einsum("nij,kj->nki", rotation, model)
    # x + ray_x z = 0 and y + ray_y z = 0, linear in the translation
    rhs = -(turned[..., :2] + rays * turned[..., 2:])
    sums = np.einsum("nk,nkd->nd", w, rays)
    normal = np.zeros((len(rays), 3, 3))
    normal[:, 0, 0] = normal[:, 1, 1] = 1.0
    normal[:, :2, 2] = normal[:, 2, :2] = sums
    normal[:, 2, 2] = np.einsum("nk,nkd->n", w, np.square(rays))
    first = np.einsum("nk,nkd->nd", w, rhs)
    last = np.einsum("nk,nkd->n", w, rays * rhs)
    return np.linalg.solve(normal, np.concatenate([first, last[:, None]], axis=1)[..., None])[..., 0]


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


@dataclass(frozen=True)
class _Head:
    landmarks: Array  # (468, 3) on this head at rest
    joints: Array  # (5, 3)


_heads: weakref.WeakKeyDictionary[FlameForward, _Head] = weakref.WeakKeyDictionary()


def _head(forward: FlameForward) -> _Head:
    head = _heads.get(forward)
    if head is None:
        from ..flame.landmarks import embedding_for

        vertices = np.asarray(forward.v_shaped, dtype=np.float64)
        points = embedding_for(forward.model).landmarks(vertices)[:_NUM_SKIN].astype(np.float64)
        head = _Head(points, forward.model.J_regressor.astype(np.float64) @ vertices)
        _heads[forward] = head
    return head


def to_flame(pose: HeadPose, forward: FlameForward) -> tuple[F32, F32]:
    """A pose of FLAME's head (origin and axes of its vertices) as ``global_orient`` and ``transl``, float32.

    FLAME turns about its root joint J: ``v = R (x - J) + J + transl``, so ``transl = t + R J - J``.
    """
    opengl = pose.to_opengl()
    joint = _head(forward).joints[0]
    transl = opengl.translation + opengl.rotation @ joint - joint
    return rotation_vector(opengl.rotation).astype(np.float32), transl.astype(np.float32)


def flame_pose(
    forward: FlameForward,
    *,
    landmarks: npt.ArrayLike | None = None,
    face_matrix: npt.ArrayLike | None = None,
    image_size: tuple[int, int] | None = None,
    camera: Camera | None = None,
) -> tuple[F32, F32]:
    """``global_orient`` and ``transl`` that lay this head over the face in the picture.

    - Landmarks, camera not known: rotation from the landmarks' shape in three dimensions, which does not
      depend on the camera (``landmark_frame.align``); translation for ``Camera.assumed``.
    - Landmarks and camera: perspective-n-point of this head's own landmarks.
    - Face matrix only: MediaPipe's pose, corrected.

    Args:
        forward: the head in use, with the person's betas.
        landmarks: ``(*batch, 478, 3)`` normalised; rows of zeros are frames without a face.
        face_matrix: ``(*batch, 4, 4)``; zeros likewise. Used when there are no landmarks or no image size.
        image_size: (height, width) pixels.
        camera: the real camera, if known.

    Returns:
        ``(*batch, 3)`` radians and ``(*batch, 3)`` metres, float32, OpenGL frame; zeros without a face.

    Raises:
        InputError, ShapeError: neither input, wrong shapes, NaN.
    """
    if landmarks is not None and (image_size is not None or face_matrix is None):
        array = check_landmarks(landmarks).astype(np.float64)
        return _flame_pose_from_landmarks(forward, array, image_size, camera)
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
    forward: FlameForward, landmarks: Array, image_size: tuple[int, int] | None, camera: Camera | None
) -> tuple[F32, F32]:
    height, width = check_image_size(image_size)
    size = (round(height), round(width))
    batch = landmarks.shape[:-2]
    flat = landmarks.reshape(-1, *landmarks.shape[-2:])
    seen = np.ptp(flat[:, :_NUM_SKIN, :2], axis=1).min(axis=-1, initial=np.inf) > 1e-6
    orient = np.zeros((len(flat), 3), np.float32)
    transl = np.zeros((len(flat), 3), np.float32)
    if seen.any():
        head = _head(forward)
        if camera is not None:
            pose = from_landmarks(flat[seen], size, camera=camera, model_points=head.landmarks)
        else:
            rotation = align(flat[seen], size).rotation.astype(np.float64)
            rays = Camera.assumed(size).rays(flat[seen][:, :_NUM_SKIN, :2] * [width, height])
            pose = HeadPose(rotation, translation_for_rotation(rotation, head.landmarks, rays))
        orient[seen], transl[seen] = to_flame(pose, forward)
    return orient.reshape(*batch, 3), transl.reshape(*batch, 3)


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


# --- other places for the same motion -------------------------------------------------------------------


def move_to_neck(params: FlameParams, forward: FlameForward) -> FlameParams:
    """The same head motion in ``neck_pose``, with ``global_orient`` zero: shoulders stay upright.

    The head's vertices stay where they were up to FLAME's neck correctives; the lower neck does not turn.
    """
    root = rotations.axis_angle_to_matrix(params.global_orient)
    arm = np.diff(_head(forward).joints[:2], axis=0)[0]  # root to neck
    neck = rotations.compose(params.global_orient, params.neck_pose)
    transl = params.transl + root @ arm - arm
    return params.replace(
        neck_pose=neck.astype(np.float32),
        global_orient=np.zeros_like(params.global_orient),
        transl=transl.astype(np.float32),
    )


def move_to_camera(params: FlameParams, forward: FlameForward) -> tuple[FlameParams, F32]:
    """The same picture with a still head and a moving camera, as flame-head-tracker has it.

    Returns:
        The parameters with ``global_orient`` and ``transl`` zero, and ``cam (*batch, 6)`` float32: yaw,
        pitch, roll in radians and the camera's place in metres; camera to world is
        ``Rz(roll) Ry(yaw) Rx(pitch)`` in OpenGL axes.
    """
    rotation = rotations.axis_angle_to_matrix(params.global_orient)
    joint = _head(forward).joints[0]
    translation = params.transl + joint - rotation @ joint
    to_world = np.swapaxes(rotation, -1, -2)
    place = -(to_world @ translation[..., None])[..., 0]
    roll, yaw, pitch = np.moveaxis(rotations.matrix_to_euler(to_world, "ZYX"), -1, 0)
    still = params.replace(
        global_orient=np.zeros_like(params.global_orient), transl=np.zeros_like(params.transl)
    )
    return still, np.concatenate([np.stack([yaw, pitch, roll], axis=-1), place], axis=-1).astype(np.float32)


def from_tracker_camera(cam: npt.ArrayLike) -> HeadPose:
    """flame-head-tracker's ``cam (*batch, 6)`` as the pose of FLAME's still head in the OpenGL frame."""
    values = np.asarray(cam, dtype=np.float64)
    if values.ndim == 0 or values.shape[-1] != 6 or not np.isfinite(values).all():
        raise ShapeError(
            f"cam must be (*batch, 6) finite numbers: yaw, pitch, roll, x, y, z; got {values.shape}."
        )
    yaw, pitch, roll = np.moveaxis(values[..., :3], -1, 0)
    to_world = rotations.euler_to_matrix(np.stack([roll, yaw, pitch], axis=-1), "ZYX")
    rotation = np.swapaxes(to_world, -1, -2)
    return HeadPose(rotation, -(rotation @ values[..., 3:, None])[..., 0])
