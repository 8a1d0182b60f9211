"""Where the head's motion lives: in FLAME's root, in its neck, or in the camera, and the ways between.

FLAME turns the root about the root joint ``J0`` and the neck about the neck joint ``J1`` (Li et al. 2017, linear
blend skinning). For a vertex that belongs to the head alone (all of the face)

    x_world = R0 R1 (x - J1) + R0 (J1 - J0) + J0 + transl  =  R x + p

so the same ``R`` and ``p`` can be had from the root or from the neck, with a ``transl`` that goes with it. FLAME's
neck also has pose correctives (``posedirs``) and its root has none: ``x`` itself changes with ``R1``, mostly along
the jaw's edge. ``neck_for`` takes out what of that is rigid and says how far the face still moves; the root and the
camera keep it to the rounding. ``J0``, ``J1`` depend on the FLAME file and on ``betas``; without a file the joints of
the mean head stand in (``DEFAULT_JOINTS``).

Cameras are ``(*, 4, 4)``, world to camera, OpenCV axes (x right, y down, z forward), metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..base import rotations
from ..base.errors import ShapeError
from ..base.values import Comparable, FlameParams
from .head_pose import at_rest, stable_weights

if TYPE_CHECKING:
    from ..flame import FlameForward, FlameModel

Array = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]

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

_FACE: Array = np.array(
    [0.0, 0.02, 0.11]
)  # the middle of the face from the neck joint of the mean head, metres
_STEPS = 6  # of neck_for; the correctives are small and smooth in the rotation
_JUDGED = 48  # frames in which neck_for looks at the whole head: the most turned ones


@dataclass(frozen=True, eq=False)
class HeadMotion(Comparable):
    """Head motion of T frames: root and neck rotation ``(T,3)`` axis-angle, translation ``(T,3)`` metres."""

    global_orient: Array
    neck_pose: Array
    transl: Array

    @classmethod
    def of(cls, params: FlameParams) -> HeadMotion:
        """The head's motion in FLAME parameters of one batch axis."""
        return cls(
            *(np.asarray(v, np.float64) for v in (params.global_orient, params.neck_pose, params.transl))
        )


def joints_of(model: FlameModel, betas: npt.ArrayLike | None = None) -> Array:
    """``(2,3)`` root and neck joint of a FLAME file for an identity, metres."""
    template = np.asarray(model.v_template, np.float64)
    if betas is not None and model.shapedirs.shape[-1]:
        values = np.asarray(betas, np.float64)[: model.shapedirs.shape[-1]]
        template = template + np.asarray(model.shapedirs[..., : len(values)], np.float64) @ values
    joints: Array = np.asarray(model.J_regressor @ template)[:2]
    return joints


def rigid(rotation: npt.NDArray[Any], translation: npt.NDArray[Any]) -> Array:
    """``(*,3,3)`` and ``(*,3)`` to ``(*,4,4)``."""
    out = np.zeros((*rotation.shape[:-2], 4, 4))
    out[..., :3, :3], out[..., :3, 3], out[..., 3, 3] = rotation, translation, 1.0
    return out


def rigid_inverse(matrix: Array) -> Array:
    """Inverse of ``(*,4,4)`` rotations with translation."""
    rotation = np.swapaxes(matrix[..., :3, :3], -1, -2)
    return rigid(rotation, -(rotation @ matrix[..., :3, 3:])[..., 0])


def head_transform(motion: HeadMotion, joints: Array) -> Array:
    """``(T,4,4)`` that takes a face vertex of the unposed head (jaw and eyes posed) to the world."""
    root, neck = joints
    r0 = rotations.axis_angle_to_matrix(motion.global_orient)
    r = r0 @ rotations.axis_angle_to_matrix(motion.neck_pose)
    p = -(r @ neck) + r0 @ (neck - root) + root + motion.transl
    return rigid(r, p)


def in_root(transform: Array, joints: Array) -> HeadMotion:
    """The same face motion in the root alone."""
    r, p, root = transform[:, :3, :3], transform[:, :3, 3], joints[0]
    return HeadMotion(rotations.matrix_to_axis_angle(r), np.zeros((len(r), 3)), p - root + r @ root)


def in_neck(transform: Array, joints: Array) -> HeadMotion:
    """The same face motion in the neck, with the translation that goes with it; correctives left out."""
    r, p, neck = transform[:, :3, :3], transform[:, :3, 3], joints[1]
    return HeadMotion(np.zeros((len(r), 3)), rotations.matrix_to_axis_angle(r), p - neck + r @ neck)


def in_camera(transform: Array, camera: Array) -> tuple[HeadMotion, Array]:
    """The same picture with a still head: its pose (zeros) and the camera ``(T,4,4)`` that moves instead."""
    zero = np.zeros((len(transform), 3))
    return HeadMotion(zero, zero, zero), camera @ transform


def absorb_camera(
    motion: HeadMotion, camera: Array, joints: Array, target: Array = DEFAULT_CAMERA
) -> HeadMotion:
    """The motion that looks, through ``target``, as ``motion`` does through ``camera`` ``(T,4,4)``.

    The camera's motion goes into root and translation; the neck stays as it is.
    """
    move = rigid_inverse(np.broadcast_to(target, camera.shape)) @ camera
    if np.allclose(move, np.eye(4), atol=1e-7):
        return motion
    turn, root = move[:, :3, :3], joints[0]
    orient = motion.global_orient
    if not np.allclose(turn, np.eye(3), atol=1e-7):
        orient = rotations.matrix_to_axis_angle(turn @ rotations.axis_angle_to_matrix(orient))
    transl = np.einsum("tij,tj->ti", turn, root + motion.transl) + move[:, :3, 3] - root
    return HeadMotion(orient, motion.neck_pose, transl)


def seen_by_another(motion: HeadMotion, camera: Array, old: Array, new: Array, joints: Array) -> HeadMotion:
    """The head moved so that another camera of the same place sees it at the same place and size in the picture.

    Args:
        motion: T frames.
        camera: ``(4,4)`` where both cameras stand.
        old, new: their intrinsics ``(3,3)`` or ``(T,3,3)``, pixels of the same picture.
        joints: root and neck.
    """
    middle = head_transform(motion, joints) @ np.append(joints[1] + _FACE, 1.0)
    seen = middle @ camera.T
    pixels = seen[:, None, :3] @ np.swapaxes(old, -1, -2)
    rays = (pixels / pixels[..., 2:]) @ np.swapaxes(np.linalg.inv(new), -1, -2)
    moved = rays[:, 0] * (seen[:, 2] * (new[..., 1, 1] / old[..., 1, 1]))[:, None]
    return HeadMotion(
        motion.global_orient, motion.neck_pose, motion.transl + (moved - seen[:, :3]) @ camera[:3, :3]
    )


# --- with the head itself: its neck has correctives ---------------------------------------------------------


def neck_for(motion: HeadMotion, forward: FlameForward) -> tuple[HeadMotion, Array]:
    """The head's motion in its neck alone, so that the face stays as near as this head's neck allows.

    Rigid fits of the landmarks that follow the head alone, as the neck's correctives shape them (Umeyama 1991, without
    scale), a few times over.

    Returns:
        The motion with ``global_orient`` zero, and ``(K,468)`` metres by which each landmark of the resting face is off
        in the K most turned frames.
    """
    joints, points = at_rest(forward).joints[:2], at_rest(forward).landmarks
    bend, share = _neck(forward)
    weights = stable_weights() * (share > 0.999)
    if not weights.any():
        weights = stable_weights()
    weights = weights / weights.sum()
    here = head_transform(motion, joints)
    shaped = points + np.einsum("kcd,td->tkc", bend, _features(motion.neck_pose))
    target = np.einsum("tij,tkj->tki", here[:, :3, :3], shaped) + here[:, None, :3, 3]
    there = np.einsum("k,tkc->tc", weights, target)
    found = in_neck(here, joints)
    for _ in range(_STEPS):
        shaped = points + np.einsum("kcd,td->tkc", bend, _features(found.neck_pose))
        middle = np.einsum("k,tkc->tc", weights, shaped)
        cross = np.einsum("k,tkc,tkd->tcd", weights, target - there[:, None], shaped - middle[:, None])
        turn = rotations.project_to_rotation(cross)
        found = in_neck(rigid(turn, there - np.einsum("tij,tj->ti", turn, middle)), joints)
    turned = np.linalg.norm(found.neck_pose, axis=-1)
    most = np.argsort(turned)[-_JUDGED:]
    off = _face(found, forward, most) - _face(motion, forward, most)
    return found, np.linalg.norm(off, axis=-1)


def _features(neck_pose: Array) -> Array:
    """``(T,9)`` what FLAME's correctives of the neck are multiplied with."""
    matrix = rotations.axis_angle_to_matrix(neck_pose)
    return (matrix - np.eye(3)).reshape(len(matrix), 9)


def _neck(forward: FlameForward) -> tuple[Array, Array]:
    """``(468,3,9)`` the neck's correctives at the landmarks, and ``(468,)`` how far those follow neck and jaw."""
    from ..flame.landmarks import embedding_for

    model = forward.model
    at = embedding_for(model).landmarks
    moved = np.moveaxis(np.asarray(model.posedirs[:, :, :9], np.float64), -1, 0)
    bend = np.moveaxis(at(moved)[:, :468], 0, -1) if len(moved) else np.zeros((468, 3, 9))
    root = np.repeat(np.asarray(model.lbs_weights[:, :1], np.float64), 3, axis=1)
    return np.asarray(bend, np.float64), 1.0 - np.asarray(at(root)[:468, 0], np.float64)


def _face(motion: HeadMotion, forward: FlameForward, frames: npt.NDArray[np.intp]) -> Array:
    """``(K,468,3)`` landmarks of the resting face in some frames."""
    from ..flame.landmarks import embedding_for

    params = FlameParams.zeros(forward.model.num_expression, (len(frames),)).replace(
        global_orient=motion.global_orient[frames].astype(np.float32),
        neck_pose=motion.neck_pose[frames].astype(np.float32),
        transl=motion.transl[frames].astype(np.float32),
    )
    points = embedding_for(forward.model).landmarks(forward.forward_params(params))
    return np.asarray(points[:, :468], np.float64)


def move_to_neck(params: FlameParams, forward: FlameForward) -> FlameParams:
    """The same head motion in ``neck_pose``, with ``global_orient`` zero: shoulders stay upright.

    The face stays but for what FLAME's neck correctives do to its shape (``neck_for`` says how much): some tenths of a
    millimetre in its middle, several millimetres at the jaw's edge.
    """
    batch = params.global_orient.shape[:-1]
    flat = HeadMotion(*(np.reshape(v, (-1, 3)).astype(np.float64) for v in _three(params)))
    found, _ = neck_for(flat, forward)
    return params.replace(
        neck_pose=found.neck_pose.reshape(*batch, 3).astype(np.float32),
        global_orient=np.zeros_like(params.global_orient),
        transl=found.transl.reshape(*batch, 3).astype(np.float32),
    )


def _three(params: FlameParams) -> tuple[F32, F32, F32]:
    return params.global_orient, params.neck_pose, params.transl


def move_to_camera(params: FlameParams, forward: FlameForward) -> tuple[FlameParams, F32]:
    """The same picture with a still head and a moving camera, as flame-head-tracker has it.

    Root and neck go into the camera; the neck's rotation takes its correctives with it.

    Returns:
        The parameters with ``global_orient`` and ``transl`` zero (``neck_pose`` as well), and ``cam (*batch, 6)``
        float32; see ``tracker_cam``.
    """
    batch = params.global_orient.shape[:-1]
    flat = HeadMotion(*(np.reshape(v, (-1, 3)).astype(np.float64) for v in _three(params)))
    _, camera = in_camera(head_transform(flat, at_rest(forward).joints[:2]), GL_TO_CV)
    zero = np.zeros_like(params.global_orient)
    still = params.replace(global_orient=zero, neck_pose=zero, transl=np.zeros_like(params.transl))
    return still, tracker_cam(camera).reshape(*batch, 6).astype(np.float32)


# --- flame-head-tracker's spelling of a camera --------------------------------------------------------------


def tracker_cam(camera: Array) -> Array:
    """Cameras ``(T,4,4)`` as flame-head-tracker's ``cam (T,6)``: yaw, pitch, roll in radians, place in metres.

    Camera to world is ``Rz(roll) Ry(yaw) Rx(pitch)`` in OpenGL axes.
    """
    to_world = rigid_inverse(GL_TO_CV @ camera)
    roll, yaw, pitch = np.moveaxis(rotations.matrix_to_euler(to_world[:, :3, :3], "ZYX"), -1, 0)
    return np.concatenate([np.stack([yaw, pitch, roll], axis=-1), to_world[:, :3, 3]], axis=-1)


def from_tracker_cam(cam: npt.ArrayLike) -> Array:
    """flame-head-tracker's ``cam (*batch, 6)`` as cameras ``(*batch, 4, 4)``.

    Raises:
        ShapeError: another shape, or numbers that are not finite.
    """
    values = np.asarray(cam, dtype=np.float64)
    if values.ndim == 0 or values.shape[-1] != 6 or not np.isfinite(values).all():
        raise ShapeError(
            f"cam must be (*batch, 6) finite numbers: yaw, pitch, roll, x, y, z; got {values.shape}."
        )
    yaw, pitch, roll = np.moveaxis(values[..., :3], -1, 0)
    to_world = rotations.euler_to_matrix(np.stack([roll, yaw, pitch], axis=-1), "ZYX")
    return GL_TO_CV @ rigid_inverse(rigid(to_world, values[..., 3:]))
