"""Rotations with gradients everywhere, at zero too; the conventions of ``base.rotations``."""

from __future__ import annotations

import torch

_SMALL = 1e-3  # radians squared, below which the series is exact to the last digit of float64


def axis_angle_to_matrix(vector: torch.Tensor) -> torch.Tensor:
    """``(*, 3)`` radians to ``(*, 3, 3)``."""
    x, y, z = vector.unbind(-1)
    square = x * x + y * y + z * z
    small = square < _SMALL
    safe = torch.where(small, torch.ones_like(square), square)
    angle = safe.sqrt()
    near = torch.where(small, square, torch.zeros_like(square))
    s = torch.where(small, 1 - near / 6 * (1 - near / 20 * (1 - near / 42)), angle.sin() / angle)
    half = (angle / 2).sin()
    c = torch.where(small, (1 - near / 12 * (1 - near / 30 * (1 - near / 56))) / 2, 2 * half * half / safe)
    xy, xz, yz, sx, sy, sz = c * x * y, c * x * z, c * y * z, s * x, s * y, s * z
    xx, yy, zz = c * x * x, c * y * y, c * z * z
    rows = [1 - yy - zz, xy - sz, xz + sy, xy + sz, 1 - xx - zz, yz - sx, xz - sy, yz + sx, 1 - xx - yy]
    return torch.stack(rows, -1).unflatten(-1, (3, 3))
