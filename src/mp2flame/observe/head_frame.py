"""Landmarks in the head's own frame: the face's shape without where the head is and where it looks.

MediaPipe's landmarks are image coordinates: they mix the camera, the head's turn and its distance with
what the face does. ``align`` takes that away with one similarity per frame (weighted Procrustes on points
that expressions hardly move) and gives the rotation that was taken away, refined to FLAME's frame.

Head frame: x to the subject's left, y up, z out of the face; origin midway between the outer eye corners
(landmarks 33 and 263), unit the distance between them in the frame that is aligned to.
"""

from __future__ import annotations

import functools
import importlib.resources
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.arrays import NUM_LANDMARKS, check_image_size, check_landmarks
from ..base.rotations import axis_angle_to_matrix, matrix_to_axis_angle

FloatArray = npt.NDArray[np.floating[Any]]

_REACH = 0.6  # a landmark this many eye distances from where it belongs is a detector failure
_LIMIT = 100.0  # normalised image coordinates further out than this are no face; keeps sums finite


@dataclass(frozen=True, slots=True)
class HeadFrame:
    """Landmarks without head pose, and the pose.

    Attributes:
        points: ``(*batch, 478, 3)`` float64, head frame (see the module), eye distances.
        rotation: ``(*batch, 3, 3)`` head to camera (x to the image's right, y up, z towards the camera);
            identity when FLAME's head looks straight at the camera.
        scale: ``(*batch,)`` pixels per unit of ``points``.
    """

    points: FloatArray
    rotation: FloatArray
    scale: FloatArray


@dataclass(frozen=True)
class _Tables:
    reference: FloatArray  # (478, 3) mean neutral face, frontal, mirror-symmetric, head frame
    weights: FloatArray  # (478,) of the points that expressions hardly move
    components: FloatArray  # (1434, K) of displacements from the reference, float32
    rotation_weights: FloatArray  # (13 + K, 3) pose polynomial and components to the refined rotation vector


@functools.cache
def _tables() -> _Tables:
    path = importlib.resources.files("mp2flame") / "base" / "data" / "response.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
        return _Tables(
            reference=data["reference"].astype(np.float64),
            weights=data["align_weights"].astype(np.float64),
            components=data["components"].astype(np.float32),
            rotation_weights=data["rotation_weights"].astype(np.float64),
        )


@functools.cache
def _rotation_map() -> tuple[FloatArray, FloatArray]:
    """``(13, 3)`` and ``(1434, 3)``: rotation vector by pose polynomial and by displacements.

    Components and their weights are multiplied once, not per frame.
    """
    tables = _tables()
    by_pose, by_component = tables.rotation_weights[:13], tables.rotation_weights[13:]
    return by_pose, tables.components.astype(np.float64) @ by_component


def mirror_landmarks() -> npt.NDArray[np.intp]:
    """``(478,)``: the landmark on the other side of the face for each landmark."""
    return _mirror().copy()


@functools.cache
def _mirror() -> npt.NDArray[np.intp]:
    path = importlib.resources.files("mp2flame") / "base" / "data" / "response.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
        return data["mirror_landmarks"].astype(np.intp)


def to_camera(landmarks: FloatArray, image_size: tuple[float, float]) -> FloatArray:
    """Normalised image coordinates to pixels in camera axes: x right, y up, z towards the camera.

    MediaPipe's z has the scale of x.
    """
    height, width = image_size
    return np.clip(landmarks, -_LIMIT, _LIMIT) * np.array([width, -height, -width])


def similarity(
    points: FloatArray, target: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weighted least-squares similarity: ``target ~ scale * rotation @ points + offset``.

    Args:
        points: ``(N, K, 3)``.
        target: ``(K, 3)`` or ``(N, K, 3)``.
        weights: ``(K,)`` that sum to 1.

    Returns:
        ``scale (N,)``, ``rotation (N, 3, 3)``, ``offset (N, 3)`` (Umeyama 1991).
    """
    chosen = np.flatnonzero(weights)
    w = weights[chosen]
    p, q = points[:, chosen], target[..., chosen, :]
    p_mean, q_mean = w @ p, w @ q
    p = p - p_mean[:, None]
    q = q - q_mean[..., None, :]
    u, s, vt = np.linalg.svd(np.swapaxes(q * w[:, None], -1, -2) @ p)
    sign = np.where(np.linalg.det(u) * np.linalg.det(vt) < 0, -1.0, 1.0)
    u[..., 2] *= sign[:, None]
    s[..., 2] *= sign
    rotation = u @ vt
    variance = np.square(p).sum(-1) @ w
    scale = np.clip(s.sum(-1) / np.maximum(variance, 1e-12), 1e-9, 1e9)
    offset = q_mean - scale[:, None] * (rotation @ p_mean[..., None])[..., 0]
    return scale, rotation, offset


def align(
    landmarks: npt.ArrayLike,
    image_size: tuple[int, int] | None,
    face_matrix: npt.ArrayLike | None = None,
    neutral: HeadFrame | None = None,
) -> HeadFrame:
    """The face's shape in the head's own frame, and the head's rotation.

    Args:
        landmarks: ``(*batch, 478, 3)`` normalised image coordinates.
        image_size: (height, width) in pixels.
        face_matrix: ``(*batch, 4, 4)`` MediaPipe's face matrix; accepted so that callers can pass what they
            have, not needed: the landmarks alone give the better rotation.
        neutral: the person's resting face, aligned; without it the mean resting face is aligned to.

    Returns:
        ``HeadFrame`` with the batch shape of ``landmarks``.
    """
    array = check_landmarks(landmarks)
    size = check_image_size(image_size)
    batch = array.shape[:-2]
    camera = to_camera(array.reshape(-1, NUM_LANDMARKS, 3), size)
    tables = _tables()
    points, raw, scale = align_camera(camera, tables.reference, tables.weights)
    rotation = refine_rotation(np.swapaxes(raw, -1, -2), points)
    if neutral is not None:
        target = neutral.points
        if target.ndim > 2:
            target = np.broadcast_to(target, (*batch, NUM_LANDMARKS, 3)).reshape(-1, NUM_LANDMARKS, 3)
        points, _, scale = align_camera(camera, target, tables.weights)
    return HeadFrame(
        points=points.reshape(*batch, NUM_LANDMARKS, 3),
        rotation=rotation.reshape(*batch, 3, 3),
        scale=scale.reshape(batch),
    )


def align_camera(
    camera: FloatArray, target: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Camera points ``(N, 478, 3)`` laid over ``target``: points, rotation to the head, pixels per unit."""
    scale, rotation, offset = similarity(camera, target, weights)
    points = (camera @ np.swapaxes(rotation, -1, -2)) * scale[:, None, None] + offset[:, None]
    return points, rotation, 1.0 / scale


def neutral_frame(landmarks: npt.ArrayLike, image_size: tuple[int, int] | None) -> HeadFrame:
    """A resting face (or one per person, with batch dimensions) to align that person's frames to.

    Unlike ``align``, unit and origin come from this face's own outer eye corners.
    """
    frame = align(landmarks, image_size)
    points, distance = over_eyes(frame.points)
    return HeadFrame(points, frame.rotation, frame.scale * distance)


def over_eyes(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``(*batch, 478, 3)`` points with their own outer eye corners' middle and distance as origin and unit, and
    that distance ``(*batch,)``."""
    corners = points[..., [33, 263], :]
    distance = np.maximum(np.linalg.norm(corners[..., 1, :] - corners[..., 0, :], axis=-1), 1e-9)
    return (points - corners.mean(-2, keepdims=True)) / distance[..., None, None], distance


def refine_rotation(rotation: FloatArray, points: FloatArray) -> FloatArray:
    """Correct ``(N, 3, 3)`` aligned rotations for MediaPipe's flattened depth.

    Yaw and pitch come out too small, and the way a shape deviates from the mean face tells by how much: a
    linear map of a small odd polynomial of the rotation and of the shape's components, fitted to renders with
    known rotation. It is the rotation that is seen (scaled orthography, like MediaPipe's own face matrix): a
    head off the camera's axis is seen turned by the angle of the ray to it; ``head_pose`` knows the camera.
    """
    shape = np.clip(points - _tables().reference, -_REACH, _REACH).reshape(len(points), -1)
    by_pose, by_shape = _rotation_map()
    return axis_angle_to_matrix(pose_polynomial(rotation) @ by_pose + shape @ by_shape)


def pose_polynomial(rotation: FloatArray) -> FloatArray:
    """``(N, 13)``: rotation vector of ``(N, 3, 3)`` and its low powers."""
    r = matrix_to_axis_angle(rotation)
    x, y, z = r[:, 0], r[:, 1], r[:, 2]
    columns = [
        np.ones_like(x),
        x,
        y,
        z,
        x * abs(x),
        y * abs(y),
        z * abs(z),
        x * y,
        y * z,
        x * z,
        x**3,
        y**3,
        z**3,
    ]
    return np.stack(columns, -1)


def mean_neutral_points() -> FloatArray:
    """``(478, 3)`` the mean neutral face as MediaPipe sees it, head frame, eye distances."""
    return _tables().reference.copy()
