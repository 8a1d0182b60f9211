"""ARKit weights to FLAME parameters as a module: ``rig.rig`` with gradients."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from ..base.channels import INDEX
from ..base.errors import ShapeError
from ..rig.rig import Rig as Solved
from .limits import Limits
from .params import Params


class Rig(nn.Module):
    """One head's rig.

    Args:
        rig: a solved one (``solve_rig(model)``, ``Driver.rig``).
        limits: hold weights that no face can do together, as ``mp2flame.Rig.params`` does; False: shapes add up linearly
            and every weight has a gradient everywhere.
        dtype, device: of its arrays; None: torch's defaults.
        persistent: put its arrays, which were measured on a FLAME file, into ``state_dict``.
    """

    shapes: torch.Tensor
    eye_pose: torch.Tensor
    closing: torch.Tensor
    eyelids: torch.Tensor

    def __init__(
        self,
        rig: Solved,
        *,
        limits: bool = True,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
        persistent: bool = False,
    ) -> None:
        super().__init__()
        dtype = dtype or torch.get_default_dtype()
        self.num_expression = rig.num_expression
        self.limits = Limits(rig.limits, dtype, device, persistent) if limits else None
        closing = np.zeros((0, rig.num_expression)) if rig.closing is None else rig.closing
        eyelids = np.zeros((52, 0)) if rig.eyelids is None else rig.eyelids
        arrays = {
            "shapes": np.concatenate([rig.expression, rig.jaw_pose], axis=1), "eye_pose": rig.eye_pose,
            "closing": closing, "eyelids": eyelids,
        }  # fmt: skip
        for name, value in arrays.items():
            self.register_buffer(name, torch.tensor(value, dtype=dtype, device=device), persistent=persistent)

    def forward(self, weights: torch.Tensor) -> Params:
        """FLAME parameters; head rotation and position are zero.

        Args:
            weights: ``(*batch, 52)`` ARKit weights, MediaPipe order; values outside of 0..1 are clipped.

        Raises:
            ShapeError: not 52 a row.
        """
        if weights.ndim < 1 or weights.shape[-1] != 52:
            raise ShapeError(f"weights must be (*batch, 52) in MediaPipe order, got {tuple(weights.shape)}.")
        batch, asked = weights.shape[:-1], weights.reshape(-1, 52)
        w = asked.clamp(0, 1) if self.limits is None else self._possible(asked)
        moved = w @ self.shapes
        expression, jaw_pose = moved[:, : self.num_expression], moved[:, self.num_expression :]
        amount = w[:, INDEX["mouthClose"], None]
        power = amount
        for row in self.closing:
            expression, power = expression + power * row, power * amount
        eye_pose = asked.clamp(0, 1) @ self.eye_pose
        still = torch.zeros_like(jaw_pose)
        found = [expression, jaw_pose, eye_pose, still, still, still]
        if self.eyelids.shape[1]:
            found.append((w @ self.eyelids).clamp(0, 1))
        return Params(*(x.reshape(*batch, x.shape[-1]) for x in found))

    def _possible(self, asked: torch.Tensor) -> torch.Tensor:
        """Limits, which a compiler leaves as they are: two thousand small steps take it many minutes and gain nothing.

        An export writes them down.
        """
        assert self.limits is not None
        if torch.compiler.is_compiling() and not torch.compiler.is_exporting():
            return _as_it_is(self.limits, asked)
        return self.limits(asked)


@torch.compiler.disable
def _as_it_is(limits: Limits, asked: torch.Tensor) -> torch.Tensor:
    return limits(asked)
