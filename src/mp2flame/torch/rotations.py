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


def atan2(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Of two tensors by ``atan`` alone, which every runtime has; 0 at the origin."""
    length = (x * x + y * y).sqrt()
    tiny = 1e-30
    ahead = y / (length + x).clamp(min=tiny)
    behind = (length - x) / torch.where(y.abs() < tiny, tiny, y)
    return 2 * torch.where(x >= 0, ahead, behind).atan()


def to_angles(rotation: torch.Tensor) -> torch.Tensor:
    """``(N, 3, 3)`` to pitch, yaw, roll ``(N, 3)``, ``observe.head_rotation.to_angles``."""
    pitch = atan2(rotation[:, 2, 1], rotation[:, 2, 2])
    yaw = (-rotation[:, 2, 0]).clamp(-1, 1).asin()
    return torch.stack([pitch, yaw, atan2(rotation[:, 1, 0], rotation[:, 0, 0])], 1)


def from_angles(angles: torch.Tensor) -> torch.Tensor:
    """``(N, 3)`` pitch, yaw, roll to ``(N, 3, 3)``."""
    (sx, sy, sz), (cx, cy, cz) = angles.sin().unbind(1), angles.cos().unbind(1)
    rows = [
        cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx,
        sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx,
        -sy, cy * sx, cy * cx,
    ]  # fmt: skip
    return torch.stack(rows, 1).reshape(-1, 3, 3)


def matrix_to_axis_angle(matrix: torch.Tensor) -> torch.Tensor:
    """``(N, 3, 3)`` to ``(N, 3)`` radians with an angle in ``[0, pi]``."""
    a, b, c = matrix[:, 0, 0], matrix[:, 1, 1], matrix[:, 2, 2]
    four = torch.stack([1 + a + b + c, 1 + a - b - c, 1 - a + b - c, 1 - a - b + c], 1)  # 4 q q, its diagonal
    x, y, z = (matrix[:, i, j] - matrix[:, j, i] for i, j in ((2, 1), (0, 2), (1, 0)))
    xy, xz, yz = (matrix[:, i, j] + matrix[:, j, i] for i, j in ((0, 1), (0, 2), (1, 2)))
    columns = torch.stack(
        [
            torch.stack([four[:, 0], x, y, z], 1),
            torch.stack([x, four[:, 1], xy, xz], 1),
            torch.stack([y, xy, four[:, 2], yz], 1),
            torch.stack([z, xz, yz, four[:, 3]], 1),
        ],
        1,
    )
    largest = four.argmax(1)  # of the four columns of 4 q q', all parallel, the one with the most digits
    q = columns.gather(1, largest[:, None, None].expand(-1, 1, 4))[:, 0]
    q = q / (q * q).sum(1, keepdim=True).sqrt()
    q = torch.where(q[:, :1] < 0, -q, q)
    square = (q[:, 1:] * q[:, 1:]).sum(1, keepdim=True)
    small = square < 1e-12
    sine = (square + small).sqrt()
    return q[:, 1:] * torch.where(small, 2.0, 2 * atan2(sine, q[:, :1]) / sine)
