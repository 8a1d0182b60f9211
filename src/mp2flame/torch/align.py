"""Faces laid over the mean face: ``response.align`` with gradients."""

from __future__ import annotations

import torch

from ..base.errors import ShapeError
from ..observe.head_frame import _LIMIT
from ..response import align as given
from ..response.tables import Tables
from .module import Module
from .solve import nearest_rotation


class Aligner(Module):
    """``(N, 478, 3)`` normalised landmarks and ``(N, 2)`` picture sizes to what the fit reads."""

    def __init__(self, tables: Tables, dtype: torch.dtype, device: torch.device | str | None) -> None:
        super().__init__()
        whole = given.Aligner(tables)
        self._anchors, self._fitted = len(tables.align), len(tables.landmarks)
        self.hold({"both": whole._both}, torch.int64, device)
        self.hold({"target": whole._target, "center": whole._center[:2]}, dtype, device)

    def forward(
        self, landmarks: torch.Tensor, size: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """``response.align.Aligner.landmarks``: rows ``(N, 2K)``, irises ``(N, 2, 2)``, facing ``(N, 2)``."""
        chosen = landmarks.index_select(1, self.both).clamp(-_LIMIT, _LIMIT)
        # the middle is taken away before pixels are made: numbers near 0 keep more digits
        chosen = to_camera(chosen - chosen[:, : self._anchors].mean(1, keepdim=True), size)
        anchors = chosen[:, : self._anchors]
        moment = self.target.T @ anchors
        rotation = nearest_rotation(moment)
        spread = (anchors * anchors).sum((1, 2)).clamp(min=1e-12)
        scale = (rotation * moment).sum((1, 2)).clamp(min=1e-12) / spread
        turn = rotation[:, :2] * scale[:, None, None]
        placed = chosen[:, self._anchors :] @ turn.transpose(1, 2) + self.center
        placed = placed.clamp(-given._REACH, given._REACH)
        k = self._fitted
        corners = placed[:, k + 2 :]
        middles = torch.stack([corners[:, 0] + corners[:, 1], corners[:, 2] + corners[:, 3]], 1) / 2
        return placed[:, :k].reshape(-1, 2 * k), placed[:, k : k + 2] - middles, rotation[:, 2, :2]


def to_camera(points: torch.Tensor, size: torch.Tensor) -> torch.Tensor:
    """``(N, K, 3)`` normalised to pixels in camera axes (x right, y up, z to the camera); size ``(N, 2)`` height, width."""
    height, width = size[:, :1], size[:, 1:]
    return points * torch.cat([width, -height, -width], 1)[:, None]


def check_landmarks(landmarks: torch.Tensor) -> None:
    """Raise for anything but ``(*batch, 478, 3)``.

    Raises:
        ShapeError: another shape.
    """
    if landmarks.ndim < 2 or tuple(landmarks.shape[-2:]) != (478, 3):
        raise ShapeError(f"landmarks must be (*batch, 478, 3), got {tuple(landmarks.shape)}.")
