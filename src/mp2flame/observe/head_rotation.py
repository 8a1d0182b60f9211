"""The head's rotation, corrected for what MediaPipe's landmarks get wrong: flat depth, the person's shape.

The similarity that lays a face's landmarks over its resting shape gives a rotation that is biased:
MediaPipe's depth is flat, so pitch and yaw have the wrong gain, a person's own shape (long nose, deep eyes)
reads as a constant turn, and some of every turn goes into the shape instead. One linear map adds what is
missing to the three angles::

    (pitch, yaw, roll) += polynomial(pitch, yaw) A + (neutral - reference) B + (shape - neutral) C

learnt by ``tools/make_head_rotation_tables.py`` from renders of two head families with known rotation. C is kept from following
the landmarks' noise by a ridge of the noise's own covariance, measured on real clips, and real clips keep the
map's gain at that of MediaPipe's face matrix, since no truth is known there. Roll turns the image and nothing
else, so it does not enter: a tilted head is corrected exactly as an upright one. Mirrored input gives the
mirrored rotation.

A head off the camera's axis is seen turned by the angle of the ray to it (scaled orthography, as in MediaPipe's face
matrix), and faces move aside as heads turn about their necks: a part of that turn is in the map. With a known camera the
ray is known: a second polynomial takes that part back, and ``to_ray`` turns by the ray itself.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.arrays import NUM_LANDMARKS
from ..base.errors import ShapeError
from ..base.rotations import axis_angle_to_matrix
from ..base.tables import package_arrays

Array = npt.NDArray[np.float64]

PITCH_REACH = 0.6
YAW_REACH = 0.8
"""Radians to which the polynomial's angles are clipped, the ends of what the renders hold (pitch 31, yaw 55
degrees, 99 % within 20 and 35): beyond them the correction stays what it is there, and the turn itself goes
on."""
SHAPE_REACH = 0.6
"""Eye distances; a landmark further from where it belongs is a detector failure, not a face."""


@dataclass(frozen=True, eq=False)
class _Tables:
    landmarks: npt.NDArray[np.intp]  # (K,) those that are read, closed under mirroring
    reference: Array  # (K, 3) the mean resting face there, head frame, eye distances
    pose: Array  # (9, 3) A, radians
    seen: Array  # (9, 3) from there to the rotation as it is seen
    person: Array  # (3 K, 3) B, radians per eye distance
    shape: Array  # (3 K, 3) C
    unknown_pose: Array  # (9, 3) A when no neutral is known
    unknown_seen: Array  # (9, 3)
    unknown_shape: Array  # (3 K, 3) of (shape - reference) when no neutral is known


@functools.cache
def _tables() -> _Tables:
    data = package_arrays("head_rotation.npz")
    return _Tables(
        landmarks=data["landmarks"].astype(np.intp),
        **{
            name: data[name].astype(np.float64)
            for name in (
                "reference",
                "pose",
                "seen",
                "person",
                "shape",
                "unknown_pose",
                "unknown_seen",
                "unknown_shape",
            )
        },
    )


def pose_polynomial(pitch: Array, yaw: Array) -> Array:
    """``(*batch, 9)`` low powers of two angles in radians: what depth that is too flat does to a turn."""
    x = np.minimum(np.maximum(pitch, -PITCH_REACH), PITCH_REACH)
    y = np.minimum(np.maximum(yaw, -YAW_REACH), YAW_REACH)
    return np.stack([np.ones_like(x), x, y, x * abs(x), y * abs(y), x * y, y * y, x**3, y**3], -1)


def correct_rotation(
    rotation: npt.ArrayLike,
    points: npt.ArrayLike,
    neutral: npt.ArrayLike | None = None,
    *,
    as_seen: bool = False,
) -> Array:
    """The rotation of FLAME's head from the one that landmarks were aligned with.

    Args:
        rotation: ``(*batch, 3, 3)`` head to camera (x to the image's right, y up, z towards the camera), of the
            similarity that laid ``points`` over ``neutral``, or over the mean resting face without one.
        points: ``(*batch, 478, 3)`` landmarks so laid, head frame, eye distances.
        neutral: ``(478, 3)``, or ``(*batch, 478, 3)``, the person's resting face in the same frame (itself laid over the
            mean resting face, then origin and unit from its own outer eye corners).
        as_seen: as scaled orthography sees it, for a known camera: ``to_ray`` is still to come.

    Returns:
        ``(*batch, 3, 3)`` float64; identity when FLAME's head looks straight at the camera.

    Raises:
        ShapeError: other shapes.
    """
    turn, shape = np.asarray(rotation, np.float64), np.asarray(points)
    if (
        turn.shape[-2:] != (3, 3)
        or shape.shape[-2:] != (NUM_LANDMARKS, 3)
        or turn.shape[:-2] != shape.shape[:-2]
    ):
        raise ShapeError(
            f"expected rotation (*batch, 3, 3), points (*batch, 478, 3); got {turn.shape}, {shape.shape}."
        )
    tables = _tables()
    shape = shape[..., tables.landmarks, :]
    pitch, yaw, roll = to_angles(turn)
    powers = pose_polynomial(pitch, yaw)
    if neutral is None:
        pose = tables.unknown_pose + (tables.unknown_seen if as_seen else 0)
        more = powers @ pose + _flat(shape - tables.reference) @ tables.unknown_shape
    else:
        rest = np.asarray(neutral)
        if rest.shape[-2:] != (NUM_LANDMARKS, 3):
            raise ShapeError(f"expected neutral (478, 3) or one per frame, got {rest.shape}.")
        rest = rest[..., tables.landmarks, :]
        more = (
            powers @ (tables.pose + (tables.seen if as_seen else 0))
            + _flat(rest - tables.reference) @ tables.person
            + _flat(shape - rest) @ tables.shape
        )
    return from_angles(pitch + more[..., 0], yaw + more[..., 1], roll + more[..., 2])


def to_ray(ray: Array) -> Array:
    """``(*batch, 3, 3)`` the rotation from the camera's axis to a ray ``(*batch, 2)``: x/z and y/z, to the right and up.

    It turns a rotation as it is seen into the true one.
    """
    angle = np.arctan(ray)
    return axis_angle_to_matrix(np.stack([angle[..., 1], -angle[..., 0], np.zeros_like(angle[..., 0])], -1))


def to_angles(rotation: Array) -> tuple[Array, Array, Array]:
    """Pitch, yaw, roll ``(*batch)`` in radians of ``(*batch, 3, 3)``.

    ``Rz(roll) Ry(yaw) Rx(pitch)``, so that roll is the tilt in the image. The same as
    ``rotations.matrix_to_euler(rotation, "ZYX")`` for faces that are seen.
    """
    return (
        np.arctan2(rotation[..., 2, 1], rotation[..., 2, 2]),
        np.arcsin(np.minimum(np.maximum(-rotation[..., 2, 0], -1.0), 1.0)),
        np.arctan2(rotation[..., 1, 0], rotation[..., 0, 0]),
    )


def from_angles(pitch: Array, yaw: Array, roll: Array) -> Array:
    """``(*batch, 3, 3)`` of pitch, yaw, roll.

    The product written out, a tenth of the time of three matrices.
    """
    sx, cx, sy, cy, sz, cz = (
        np.sin(pitch),
        np.cos(pitch),
        np.sin(yaw),
        np.cos(yaw),
        np.sin(roll),
        np.cos(roll),
    )
    out = np.empty((*np.shape(pitch), 3, 3))
    out[..., 0, 0], out[..., 0, 1], out[..., 0, 2] = cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx
    out[..., 1, 0], out[..., 1, 1], out[..., 1, 2] = sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx
    out[..., 2, 0], out[..., 2, 1], out[..., 2, 2] = -sy, cy * sx, cy * cx
    return out


def _flat(offset: npt.NDArray[Any]) -> Array:
    offset = np.minimum(np.maximum(offset, -SHAPE_REACH), SHAPE_REACH)
    return offset.reshape(*offset.shape[:-2], -1)
