"""Landmarks in the head's own frame: the face's shape without where the head is and where it looks.

MediaPipe's landmarks are image coordinates: they mix the camera, the head's turn and its distance with
what the face does. ``align`` takes that away with one similarity per frame (weighted Procrustes on points
that expressions hardly move) and gives the rotation that was taken away, refined to FLAME's frame.

Head frame: x to the subject's left, y up, z out of the face; origin midway between the outer eye corners
(landmarks 33 and 263), unit the distance between them in the frame that is aligned to.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.arrays import NUM_LANDMARKS, check_image_size, check_landmarks
from ..base.channels import MIRROR, NUM_BLENDSHAPES
from ..base.rotations import project_to_rotation
from ..base.rotations import similarity as similarity
from ..base.tables import table
from ..base.values import Comparable
from .head_rotation import correct_rotation

FloatArray = npt.NDArray[np.floating[Any]]

_LOOKS = 300  # frames: a shape that was seen in so many does not get better
_HALF_TRUST = 12.0  # resting frames after which a shape counts as much as knowing nothing
_MOTION_SHARE = 0.6  # of what the weights move a mean head's landmarks by: detected ones follow that far
_REST_POWER = (
    0.25  # of how much a frame rests: what its weights move is taken off, so that it counts for more
)
_MOTION_STEP = 1e-4  # eye distances: files of other programs hold whole numbers of it
_LIMIT = 100.0  # normalised image coordinates further out than this are no face; keeps sums finite


@dataclass(frozen=True, slots=True, eq=False)
class HeadFrame(Comparable):
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


@dataclass(frozen=True, eq=False)
class _Tables:
    reference: FloatArray  # (478, 3) mean neutral face, frontal, mirror-symmetric, head frame
    weights: FloatArray  # (478,) of the points that expressions hardly move
    mirror: npt.NDArray[np.intp]  # (478,)
    motion: FloatArray  # (52, 478, 3) how each weight moves a mean head, eye distances, mirror-symmetric


@functools.cache
def _tables() -> _Tables:
    mirror = table("landmark_mirror").astype(np.intp)
    shapes = table("arkit_landmark_shapes").astype(np.float64)
    right, left = table("mean_neutral_landmarks").astype(np.float64)[[33, 263]]
    motion = np.zeros((len(shapes), NUM_LANDMARKS, 3))
    motion[:, : shapes.shape[1]] = shapes / np.linalg.norm(left - right)
    motion = (motion + motion[MIRROR][:, mirror] * np.array([-1.0, 1.0, 1.0])) / 2
    return _Tables(
        reference=table("head_frame_reference").astype(np.float64),
        weights=table("head_frame_weights").astype(np.float64),
        mirror=mirror,
        motion=np.round(motion / _MOTION_STEP) * _MOTION_STEP,
    )


def mirror_landmarks() -> npt.NDArray[np.intp]:
    """``(478,)``: the landmark on the other side of the face for each landmark."""
    return _tables().mirror.copy()


def to_camera(landmarks: FloatArray, image_size: tuple[float, float]) -> FloatArray:
    """Normalised image coordinates to pixels in camera axes: x right, y up, z towards the camera.

    MediaPipe's z has the scale of x.
    """
    height, width = image_size
    return np.asarray(np.clip(landmarks, -_LIMIT, _LIMIT) * np.array([width, -height, -width]))


def align(
    landmarks: npt.ArrayLike,
    image_size: tuple[int, int] | None,
    neutral: HeadFrame | None = None,
    trust: float = 1.0,
    *,
    as_seen: bool = False,
) -> HeadFrame:
    """The face's shape in the head's own frame, and the head's rotation.

    Args:
        landmarks: ``(*batch, 478, 3)`` normalised image coordinates.
        image_size: (height, width) in pixels.
        neutral: the person's resting face, aligned; without it the mean resting face is aligned to.
        trust: of the neutral, 0..1: below 1 the rotation is partly that without it.
        as_seen: the rotation as it is seen, for a known camera (``head_rotation.to_ray``).

    Returns:
        ``HeadFrame`` with the batch shape of ``landmarks``.
    """
    array = check_landmarks(landmarks)
    size = check_image_size(image_size)
    batch = array.shape[:-2]
    camera = to_camera(array.reshape(-1, NUM_LANDMARKS, 3), size)
    tables = _tables()
    rotation = None
    if neutral is None or trust < 1:
        points, raw, scale = align_camera(camera, tables.reference, tables.weights)
        rotation = correct_rotation(np.swapaxes(raw, -1, -2), points, as_seen=as_seen)
    if neutral is not None:
        target = neutral.points
        if target.ndim > 2:
            target = np.broadcast_to(target, (*batch, NUM_LANDMARKS, 3)).reshape(-1, NUM_LANDMARKS, 3)
        points, raw, scale = align_camera(camera, target, tables.weights)
        known = correct_rotation(np.swapaxes(raw, -1, -2), points, target, as_seen=as_seen)
        rotation = known if rotation is None else project_to_rotation((1 - trust) * rotation + trust * known)
    assert rotation is not None
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
    """Points with their own outer eye corners' middle and distance as origin and unit.

    Returns ``(*batch, 478, 3)`` points, and that distance ``(*batch,)``.
    """
    corners = points[..., [33, 263], :]
    distance = np.maximum(np.linalg.norm(corners[..., 1, :] - corners[..., 0, :], axis=-1), 1e-9)
    return (points - corners.mean(-2, keepdims=True)) / distance[..., None, None], distance


def mean_neutral_points() -> FloatArray:
    """``(478, 3)`` the mean neutral face as MediaPipe sees it, head frame, eye distances."""
    return _tables().reference.copy()


def shape_rows(landmarks: npt.ArrayLike, image_size: tuple[int, int] | None) -> FloatArray:
    """``(N, 478, 3)`` landmarks of any batch laid over the mean resting face."""
    array = check_landmarks(landmarks).reshape(-1, NUM_LANDMARKS, 3)
    tables = _tables()
    return align_camera(to_camera(array, check_image_size(image_size)), tables.reference, tables.weights)[0]


class RestShape:
    """A person's resting face in three dimensions, learnt while frames come; what the head's rotation needs of it.

    It is the mean of what was seen less what the weights of those frames move.
    """

    def __init__(self, frame: HeadFrame | None = None) -> None:
        self._known = frame
        self._learnt: HeadFrame | None = None
        self._sum = np.zeros((NUM_LANDMARKS, 3))
        self._moved = np.zeros(NUM_BLENDSHAPES)
        self._weight = 0.0
        self._looks = 0

    @property
    def wants_more(self) -> bool:
        """False once it is known or was seen often enough."""
        return self._known is None and self._looks < _LOOKS

    @property
    def trust(self) -> float:
        """0 nothing seen yet .. 1 known."""
        return 1.0 if self._known is not None else self._weight / (self._weight + _HALF_TRUST)

    @property
    def frame(self) -> HeadFrame | None:
        """To align that person's frames to; None before anything was seen."""
        if self._known is None and self._learnt is None and self._weight:
            motion = _tables().motion.reshape(NUM_BLENDSHAPES, -1)
            moved = (self._moved @ motion).reshape(NUM_LANDMARKS, 3)
            points, distance = over_eyes((self._sum - _MOTION_SHARE * moved) / self._weight)
            self._learnt = HeadFrame(points, np.eye(3), distance)
        return self._known or self._learnt

    def add(
        self, points: FloatArray, share: FloatArray, weights: FloatArray, amount: FloatArray | float = 1.0
    ) -> None:
        """Frames ``(N, 478, 3)`` of ``shape_rows``.

        Args:
            points: faces over the mean resting face.
            share: ``(N,)`` how much each rests, 0..1.
            weights: ``(N, 52)`` what each does.
            amount: how many frames each stands for.
        """
        counts = amount * share**_REST_POWER
        self._sum += np.einsum("n,nkd->kd", counts, points)
        self._moved += counts @ weights
        self._weight += float(np.sum(counts))
        self._learnt = None
        self._looks += len(points)
