"""Where the head's motion lives: in FLAME's root, in its neck, or in the camera, and the ways between.

FLAME turns the root about the root joint ``J0`` and the neck about the neck joint ``J1`` (Li et al. 2017,
linear
blend skinning). For a vertex that belongs to the head alone (all of the face)

    x_world = R0 R1 (x - J1) + R0 (J1 - J0) + J0 + transl  =  R x + p

so moving a rotation from one joint to another is exact for the face when ``transl`` changes with it. The
shoulders and the neck's skin, which follow the root, do lose the bend. ``J0``, ``J1`` depend on the FLAME
file and on ``betas``; without a file the joints of the mean head stand in (``DEFAULT_JOINTS``).

Cameras here are OpenCV's (x right, y down, z forward), world to camera, metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...base.rotations import axis_angle_to_matrix, matrix_to_axis_angle

Array = npt.NDArray[Any]

DEFAULT_JOINTS: Array = np.array([[-0.0015537, -0.1460085, -0.0824351], [0.0004626, -0.0087749, -0.0537884]])
"""Root and neck of the mean head of FLAME 2023 Open (``J_regressor @ v_template``), metres."""
DEFAULT_JOINTS.flags.writeable = False

GL_TO_CV: Array = np.diag([1.0, -1.0, -1.0, 1.0])
"""Between OpenGL camera axes (y up, z backward) and OpenCV's; its own inverse."""
GL_TO_CV.flags.writeable = False

DEFAULT_CAMERA: Array = np.array([[1.0, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 1], [0, 0, 0, 1]])
"""World to camera of a camera one metre in front of the origin that looks at it; the default of VHAP, SHeaP,
pixel3dmm and flame-head-tracker."""
DEFAULT_CAMERA.flags.writeable = False


@dataclass(frozen=True)
class HeadPose:
    """Head motion of T frames: root and neck rotation (T,3) axis-angle, translation (T,3)."""

    global_orient: Array
    neck_pose: Array
    transl: Array


def rigid(rotation: Array, translation: Array) -> Array:
    """``(*,3,3)`` and ``(*,3)`` to ``(*,4,4)``."""
    out = np.zeros((*rotation.shape[:-2], 4, 4))
    out[..., :3, :3], out[..., :3, 3], out[..., 3, 3] = rotation, translation, 1.0
    return out


def rigid_inverse(matrix: Array) -> Array:
    """Inverse of ``(*,4,4)`` rotations with translation."""
    rotation = np.swapaxes(matrix[..., :3, :3], -1, -2)
    return rigid(rotation, -(rotation @ matrix[..., :3, 3:])[..., 0])


def head_transform(pose: HeadPose, joints: Array) -> Array:
    """``(T,4,4)`` that takes a face vertex of the unposed head (jaw and eyes posed) to the world."""
    root, neck = joints
    r0 = axis_angle_to_matrix(pose.global_orient)
    r = r0 @ axis_angle_to_matrix(pose.neck_pose)
    p = -(r @ neck) + r0 @ (neck - root) + root + pose.transl
    return rigid(r, p)


def in_root(transform: Array, joints: Array) -> HeadPose:
    """The same face motion in the root alone."""
    r, p, root = transform[:, :3, :3], transform[:, :3, 3], joints[0]
    return HeadPose(matrix_to_axis_angle(r), np.zeros((len(r), 3)), p - root + r @ root)


def in_neck(transform: Array, joints: Array) -> HeadPose:
    """The same face motion in the neck, with the translation that goes with it."""
    r, p, neck = transform[:, :3, :3], transform[:, :3, 3], joints[1]
    return HeadPose(np.zeros((len(r), 3)), matrix_to_axis_angle(r), p - neck + r @ neck)


def in_camera(transform: Array, camera: Array) -> tuple[HeadPose, Array]:
    """The same picture with a still head: its pose (zeros) and the camera ``(T,4,4)`` that moves instead."""
    zero = np.zeros((len(transform), 3))
    return HeadPose(zero, zero, zero), camera @ transform


def absorb_camera(pose: HeadPose, camera: Array, joints: Array, target: Array = DEFAULT_CAMERA) -> HeadPose:
    """The pose that looks, through ``target``, as ``pose`` does through ``camera`` ``(T,4,4)``.

    The camera's motion goes into root and translation; the neck stays as it is.
    """
    move = rigid_inverse(np.broadcast_to(target, camera.shape)) @ camera
    if np.allclose(move, np.eye(4), atol=1e-7):
        return pose
    turn, root = move[:, :3, :3], joints[0]
    orient = pose.global_orient
    if not np.allclose(turn, np.eye(3), atol=1e-7):
        orient = matrix_to_axis_angle(turn @ axis_angle_to_matrix(orient))
    transl = np.einsum("tij,tj->ti", turn, root + pose.transl) + move[:, :3, 3] - root
    return HeadPose(orient, pose.neck_pose, transl)
