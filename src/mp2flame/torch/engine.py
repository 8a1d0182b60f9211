"""One frame in, one frame out, with nothing but tensors: what is written to an ONNX file (``io.exports.onnx``)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from ..flame.model import FlameForward
from ..response.response import _GAZE_ROUNDS
from ..response.response import Response as Estimator
from ..response.tables import NUM
from ..rig.rig import Rig as Solved
from .pose import HeadPose
from .response import Response, Rest
from .rig import Rig


class Driven(NamedTuple):
    """What the engine gives back.

    Attributes:
        weights: ``(N, 52)`` ARKit weights.
        expression, jaw_pose, eye_pose, global_orient, transl: FLAME parameters.
        resting: ``(N, S)`` this face as a resting face, for ``neutral``.
    """

    weights: torch.Tensor
    expression: torch.Tensor
    jaw_pose: torch.Tensor
    eye_pose: torch.Tensor
    global_orient: torch.Tensor
    transl: torch.Tensor
    resting: torch.Tensor


class Engine(nn.Module):
    """Estimator, rig and head pose of one head.

    A resting face is one row of numbers (``num_rest``): what ``resting`` gave for a frame in which the person rested, or the
    mean of several. Zeros are nobody: the mean of people. The parts: rows and scores as differences from the mean of
    people, worth, facing, gaze, the face's shape in three dimensions as a difference from the mean face, 1 for known.

    Args:
        response, rig, forward: of one head (``driver.estimator``, ``driver.rig``, ``driver.mesh_model.prepare()``).
    """

    def __init__(self, response: Estimator, rig: Solved, forward: FlameForward) -> None:
        super().__init__()
        dtype, device = torch.float32, None
        self.response = Response(response, dtype=dtype, device=device)
        self.rig = Rig(rig, dtype=dtype, device=device)
        self.pose = HeadPose(forward, response.forward.motion, dtype, device, False)
        self._rows, self._both = self.response.slopes.shape[1], len(self.response.mean)
        self.num_rest = self._both + 4 + self.pose.reference.numel() + 1

    def forward(
        self,
        scores: torch.Tensor,
        landmarks: torch.Tensor,
        image_size: torch.Tensor,
        neutral: torch.Tensor,
        previous_weights: torch.Tensor,
        seconds: torch.Tensor,
    ) -> Driven:
        """One frame of each of N faces.

        Args:
            scores: ``(N, 52)`` MediaPipe's, in its order.
            landmarks: ``(N, 478, 3)`` normalised image coordinates.
            image_size: ``(N, 2)`` height, width in pixels.
            neutral: ``(N, num_rest)`` the resting face; zeros: not known.
            previous_weights: ``(N, 52)`` what this gave for the frame before.
            seconds: ``(N, 1)`` since then; 0: there was none.
        """
        r, n = self.response, self._both
        seen = r.align(landmarks, image_size)
        at_rest = neutral[:, :n] + r.mean
        told = neutral[:, n], neutral[:, n + 1 : n + 3], neutral[:, n + 3]
        rest = Rest(at_rest[:, : self._rows], at_rest[:, self._rows :], *told)
        previous = previous_weights @ r.place.T
        looked = previous_weights - previous @ r.place
        found, gaze = r.fit(scores.clamp(0, 1), seen, rest, previous, seconds[:, 0], looked)
        weights = gaze + found @ r.place
        params = self.rig(weights)
        shape = neutral[:, n + 4 : -1].reshape(-1, 478, 3) + self.pose.reference
        orient, transl, own_shape = self.pose(landmarks, image_size, shape, neutral[:, -1] > 0.5, weights)
        resting = self._resting(scores.clamp(0, 1), seen, own_shape)
        return Driven(weights, params.expression, params.jaw_pose, params.eye_pose, orient, transl, resting)

    def _resting(
        self, scores: torch.Tensor, seen: tuple[torch.Tensor, torch.Tensor, torch.Tensor], shape: torch.Tensor
    ) -> torch.Tensor:
        """``Response.told`` of one frame."""
        r, (rows, irises, facing) = self.response, seen
        straight, down = rows, r.gaze.down(irises, scores)
        for _ in range(_GAZE_ROUNDS):
            gap = r.gap(straight)
            gaze = r.gaze(irises, scores, facing, r.open_by(rows, gap), down)
            straight = rows - gaze @ r.slopes / r.scale(gap)
        both = torch.cat([straight, scores.index_select(1, r.free)], 1) - r.mean
        one = torch.ones_like(both[:, :1])
        shape = (shape - self.pose.reference).reshape(-1, self.pose.reference.numel())
        return torch.cat([both, r._told * one, facing, down[:, None], shape, one], 1)


def example(engine: Engine) -> tuple[torch.Tensor, ...]:
    """Inputs of the right shapes: the mean face in the middle of a picture."""
    like = engine.response.mean
    zeros = [
        like.new_zeros((1, *shape)) for shape in ((NUM,), (478, 3), (2,), (engine.num_rest,), (NUM,), (1,))
    ]
    zeros[1] = torch.rand_like(zeros[1])
    zeros[2] = zeros[2] + 512
    return tuple(zeros)
