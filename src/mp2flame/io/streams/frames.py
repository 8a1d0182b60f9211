"""Coordinate frames of the other programs, each way, in one place.

The FLAME frame is right-handed: x to the subject's left, y up, z out of the face. ARKit's face anchor
has the same axes. Unity's avatar space is left-handed: x to the avatar's right, y up, z forward; the two
differ by a flip of x, which turns a quaternion (x, y, z, w) into (x, -y, -z, w).

The signs of Live Link's angles are ``channels.LIVELINK_HEAD_SIGNS`` and ``LIVELINK_EYE_SIGNS``; what settles each
is listed in docs/conventions.md.

These run on plain floats: a few rotations per frame and output would cost 40 times more through the
batched functions of ``rotations``, which the tests hold them against.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...base.channels import LIVELINK_EYE_SIGNS
from ...base.values import FlameParams, FloatArray

Quaternion = tuple[float, float, float, float]
"""w, x, y, z."""
_AT_POLE = 1.0 - 1e-9


def _floats(values: npt.ArrayLike) -> list[float]:
    found: list[float] = np.asarray(values, np.float64).tolist()
    return found


def _quaternion(axis_angle: Sequence[float]) -> Quaternion:
    x, y, z = axis_angle
    angle = math.sqrt(x * x + y * y + z * z)
    if angle < 1e-12:
        return 1.0, 0.5 * x, 0.5 * y, 0.5 * z
    s = math.sin(0.5 * angle) / angle
    return math.cos(0.5 * angle), s * x, s * y, s * z


def _axis_angle(quaternion: Quaternion) -> tuple[float, float, float]:
    w, x, y, z = quaternion
    if w < 0:
        w, x, y, z = -w, -x, -y, -z
    sine = math.sqrt(x * x + y * y + z * z)
    k = 2.0 * math.atan2(sine, w) / sine if sine > 1e-12 else 2.0
    return k * x, k * y, k * z


def _product(a: Quaternion, b: Quaternion) -> Quaternion:
    aw, ax, ay, az = a
    bw, bx, by, bz = b
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


def _euler(quaternion: Quaternion) -> tuple[float, float, float]:
    """Angles x, y, z in radians with R = Ry Rx Rz; at the poles (x = +-90 degrees) z is 0."""
    w, x, y, z = quaternion
    sine = 2.0 * (w * x - y * z)
    if abs(sine) > _AT_POLE:
        turn = math.atan2(2.0 * (w * y - x * z), 1.0 - 2.0 * (y * y + z * z))
        return math.copysign(0.5 * math.pi, sine), turn, 0.0
    return (
        math.asin(sine),
        math.atan2(2.0 * (x * z + w * y), 1.0 - 2.0 * (x * x + y * y)),
        math.atan2(2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z)),
    )


def _from_euler(x: float, y: float, z: float) -> FloatArray:
    turn, nod, tilt = (
        (math.cos(0.5 * y), 0.0, math.sin(0.5 * y), 0.0),
        (math.cos(0.5 * x), math.sin(0.5 * x), 0.0, 0.0),
        (math.cos(0.5 * z), 0.0, 0.0, math.sin(0.5 * z)),
    )
    return np.array(_axis_angle(_product(_product(turn, nod), tilt)), np.float32)


def compose(first: npt.ArrayLike, second: npt.ArrayLike) -> FloatArray:
    """Axis-angle ``(3,)`` of R(first) R(second)."""
    return np.array(_axis_angle(_product(_quaternion(_floats(first)), _quaternion(_floats(second)))))


def head_rotation(params: FlameParams) -> FloatArray:
    """``(3,)`` whole rotation of the head against the camera: root and neck together."""
    return compose(params.global_orient, params.neck_pose)


def unity_quaternion(axis_angle: npt.ArrayLike) -> tuple[float, float, float, float]:
    """FLAME axis-angle ``(3,)`` to a Unity quaternion, order x, y, z, w as OSC messages have it."""
    w, x, y, z = _quaternion(_floats(axis_angle))
    return x, -y, -z, w


def from_unity_quaternion(xyzw: npt.ArrayLike) -> FloatArray:
    """Unity (x, y, z, w) of any non-zero length to FLAME axis-angle ``(3,)``."""
    x, y, z, w = _floats(xyzw)
    length = math.sqrt(x * x + y * y + z * z + w * w)
    return np.array(_axis_angle((w / length, x / length, -y / length, -z / length)), np.float32)


def unity_position(metres: npt.ArrayLike) -> tuple[float, float, float]:
    """FLAME position to Unity's; its own inverse."""
    x, y, z = _floats(metres)
    return -x, y, z


def yaw_pitch_roll(
    axis_angle: npt.ArrayLike, signs: Sequence[float] = LIVELINK_EYE_SIGNS
) -> tuple[float, float, float]:
    """FLAME axis-angle to yaw, pitch, roll in radians: turns about y, x, z times ``signs``.

    The default is positive to the subject's right, down, and towards the left shoulder.
    """
    x, y, z = _euler(_quaternion(_floats(axis_angle)))
    return signs[0] * y, signs[1] * x, signs[2] * z


def from_yaw_pitch_roll(
    yaw: float, pitch: float, roll: float, signs: Sequence[float] = LIVELINK_EYE_SIGNS
) -> FloatArray:
    """Inverse of ``yaw_pitch_roll``."""
    return _from_euler(signs[1] * pitch, signs[0] * yaw, signs[2] * roll)


def euler_degrees(axis_angle: npt.ArrayLike) -> tuple[float, float, float]:
    """FLAME axis-angle to Euler x, y, z in degrees with R = Ry Rx Rz (Unity's order, FLAME's axes)."""
    x, y, z = _euler(_quaternion(_floats(axis_angle)))
    return math.degrees(x), math.degrees(y), math.degrees(z)


def from_euler_degrees(x: float, y: float, z: float) -> FloatArray:
    """Inverse of ``euler_degrees``."""
    return _from_euler(math.radians(x), math.radians(y), math.radians(z))
