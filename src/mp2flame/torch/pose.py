"""Where the head is and where it looks, from landmarks: ``observe.head_pose`` for a camera that is not known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ..base.arrays import NUM_SKIN_LANDMARKS
from ..flame.model import FlameForward
from ..observe import head_frame, head_pose, head_rotation
from ..observe.camera import MEDIAPIPE_FOV_DEG
from .align import to_camera
from .module import Module
from .rotations import from_angles, matrix_to_axis_angle, to_angles
from .solve import nearest_rotation


class HeadPose(Module):
    """``global_orient`` and ``transl`` that lay a head over the face in the picture."""

    def __init__(
        self,
        forward: FlameForward,
        motion: npt.NDArray[np.floating[Any]],
        dtype: torch.dtype,
        device: torch.device | str | None,
        persistent: bool,
    ) -> None:
        super().__init__()
        frame, rotation, head = head_frame._tables(), head_rotation._tables(), head_pose.at_rest(forward)
        placing = head_pose.placing_landmarks()
        arrays = {
            "reference": frame.reference, "weights": frame.weights, "joint": head.joints[0],
            "model": head.landmarks[placing], "motion": motion, "mean": rotation.reference,
            "pose": rotation.pose, "person": rotation.person,
            "shape": rotation.shape, "unknown_pose": rotation.unknown_pose, "unknown_shape": rotation.unknown_shape,
        }  # fmt: skip
        self.hold(arrays, dtype, device, persistent)
        places = {"landmarks": rotation.landmarks, "placing": placing, "corners": (33, 263)}
        self.hold(places, torch.int64, device, persistent)

    def forward(
        self,
        landmarks: torch.Tensor,
        size: torch.Tensor,
        rest: torch.Tensor,
        known: torch.Tensor,
        weights: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """``global_orient`` and ``transl`` ``(N, 3)``, and the face as it would be a resting face ``(N, 478, 3)``.

        Args:
            landmarks: ``(N, 478, 3)`` normalised.
            size: ``(N, 2)`` height, width.
            rest: ``(N, 478, 3)`` a person's resting face, head frame, eye distances.
            known: ``(N,)`` whether it is known.
            weights: ``(N, 52)`` what the face does.
        """
        camera = landmarks.clamp(-head_frame._LIMIT, head_frame._LIMIT)
        camera = camera - (self.weights[:, None] * camera).sum(1, keepdim=True)
        camera = to_camera(camera, size)
        points, turn = self._over(camera, self.reference.expand_as(camera))
        unknown = self._corrected(turn, points, None)
        shaped, turn = self._over(camera, rest)
        angles = torch.where(known[:, None], self._corrected(turn, shaped, rest), unknown)
        rotation = from_angles(angles)
        focal = 0.5 / math.tan(0.5 * math.radians(MEDIAPIPE_FOV_DEG))
        skin = landmarks[:, :NUM_SKIN_LANDMARKS, :2]
        seen = skin.index_select(1, self.placing)
        ratio = (size[:, 1:] / size[:, :1])[:, None]
        rays = torch.cat([(seen[..., :1] - 0.5) * ratio, 0.5 - seen[..., 1:]], 2) / focal
        model = self.model + (weights @ self.motion.flatten(1)).reshape(-1, *self.model.shape)
        place = _place(rotation, model, rays)
        transl = place + (rotation @ self.joint[:, None])[..., 0] - self.joint
        spread = (skin.amax(1) - skin.amin(1)).amin(1, keepdim=True)
        there = (spread > 1e-6).to(transl.dtype)
        return matrix_to_axis_angle(rotation) * there, transl * there, self._over_eyes(points)

    def _over(self, camera: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Centred camera points laid over a target ``(N, 478, 3)``, and the rotation from head to camera."""
        w = self.weights[:, None]
        middle = (w * target).sum(1, keepdim=True)
        moment = ((target - middle) * w).transpose(1, 2) @ camera
        rotation = nearest_rotation(moment)
        variance = (w * camera * camera).sum((1, 2)).clamp(min=1e-12)
        scale = ((rotation * moment).sum((1, 2)) / variance).clamp(1e-9, 1e9)
        points = camera @ rotation.transpose(1, 2) * scale[:, None, None] + middle
        return points, rotation.transpose(1, 2)

    def _corrected(self, turn: torch.Tensor, points: torch.Tensor, rest: torch.Tensor | None) -> torch.Tensor:
        """``head_rotation.correct_rotation``: pitch, yaw, roll ``(N, 3)``."""
        angles = to_angles(turn)
        x = angles[:, 0].clamp(-head_rotation.PITCH_REACH, head_rotation.PITCH_REACH)
        y = angles[:, 1].clamp(-head_rotation.YAW_REACH, head_rotation.YAW_REACH)
        powers = [torch.ones_like(x), x, y, x * x.abs(), y * y.abs(), x * y, y * y, x * x * x, y * y * y]
        powers_ = torch.stack(powers, 1)
        shape = points.index_select(1, self.landmarks)
        if rest is None:
            return angles + powers_ @ self.unknown_pose + _flat(shape - self.mean) @ self.unknown_shape
        at_rest = rest.index_select(1, self.landmarks)
        return (
            angles
            + powers_ @ self.pose
            + _flat(at_rest - self.mean) @ self.person
            + _flat(shape - at_rest) @ self.shape
        )

    def _over_eyes(self, points: torch.Tensor) -> torch.Tensor:
        corners = points.index_select(1, self.corners)
        apart = corners[:, 1] - corners[:, 0]
        distance = (apart * apart).sum(1).clamp(min=1e-18).sqrt()
        return (points - corners.mean(1, keepdim=True)) / distance[:, None, None]


def _flat(offset: torch.Tensor) -> torch.Tensor:
    return offset.clamp(-head_rotation.SHAPE_REACH, head_rotation.SHAPE_REACH).reshape(offset.shape[0], -1)


def _place(rotation: torch.Tensor, model: torch.Tensor, rays: torch.Tensor) -> torch.Tensor:
    """``pnp.translation_for_rotation``."""
    turned = model @ rotation.transpose(1, 2)
    right = -(turned[..., :2] + rays * turned[..., 2:])
    first, ray = right.mean(1), rays.mean(1)
    off = rays - ray[:, None]
    z = (off * (right - first[:, None])).sum((1, 2)) / (off * off).sum((1, 2)).clamp(min=1e-12)
    return torch.cat([first - ray * z[:, None], z[:, None]], 1)
