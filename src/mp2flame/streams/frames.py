"""Coordinate frames of the other programs, each way, in one place.

The FLAME frame is right-handed: x to the subject's left, y up, z out of the face. ARKit's face anchor
has the same axes. Unity's avatar space is left-handed: x to the avatar's right, y up, z forward; the two
differ by a flip of x, which turns a quaternion (x, y, z, w) into (x, -y, -z, w).

Live Link's angles (docs/streams.md): yaw positive to the subject's right, pitch positive down, radians,
read off recorded takes. Roll is taken as positive towards the subject's left shoulder, the sign that
follows from the FLAME axes; no recording at hand has a head angle to confirm it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .. import rotations
from ..types import FlameParams, FloatArray


def head_rotation(params: FlameParams) -> FloatArray:
    """``(3,)`` whole rotation of the head against the camera: root and neck together."""
    if not np.any(params.neck_pose):
        return np.asarray(params.global_orient, np.float64)
    return rotations.compose(params.global_orient, params.neck_pose)


def unity_quaternion(axis_angle: npt.ArrayLike) -> tuple[float, float, float, float]:
    """FLAME axis-angle ``(3,)`` to a Unity quaternion, order x, y, z, w as OSC messages have it."""
    w, x, y, z = rotations.axis_angle_to_quaternion(axis_angle).tolist()
    return x, -y, -z, w


def from_unity_quaternion(xyzw: npt.ArrayLike) -> FloatArray:
    """Unity (x, y, z, w) of any non-zero length to FLAME axis-angle ``(3,)``."""
    x, y, z, w = np.asarray(xyzw, np.float64).tolist()
    return rotations.quaternion_to_axis_angle(np.array([w, x, -y, -z])).astype(np.float32)


def unity_position(metres: npt.ArrayLike) -> tuple[float, float, float]:
    """FLAME position to Unity's; its own inverse."""
    x, y, z = np.asarray(metres, np.float64).tolist()
    return -x, y, z


def yaw_pitch_roll(axis_angle: npt.ArrayLike) -> tuple[float, float, float]:
    """FLAME axis-angle to Live Link yaw, pitch, roll in radians: R = Ry(-yaw) Rx(pitch) Rz(roll)."""
    y, x, z = rotations.matrix_to_euler(rotations.axis_angle_to_matrix(axis_angle), "YXZ").tolist()
    return -y, x, -z


def from_yaw_pitch_roll(yaw: float, pitch: float, roll: float) -> FloatArray:
    """Inverse of ``yaw_pitch_roll``."""
    matrix = rotations.euler_to_matrix([-yaw, pitch, -roll], "YXZ")
    return rotations.matrix_to_axis_angle(matrix).astype(np.float32)


def euler_degrees(axis_angle: npt.ArrayLike) -> tuple[float, float, float]:
    """FLAME axis-angle to Euler x, y, z in degrees with R = Ry Rx Rz (Unity's order, FLAME's axes)."""
    y, x, z = np.rad2deg(
        rotations.matrix_to_euler(rotations.axis_angle_to_matrix(axis_angle), "YXZ")
    ).tolist()
    return x, y, z


def from_euler_degrees(x: float, y: float, z: float) -> FloatArray:
    """Inverse of ``euler_degrees``."""
    matrix = rotations.euler_to_matrix(np.deg2rad([y, x, z]), "YXZ")
    return rotations.matrix_to_axis_angle(matrix).astype(np.float32)
