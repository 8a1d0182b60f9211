"""FLAME parameters as tensors, and back."""

from __future__ import annotations

from typing import NamedTuple

import torch

from ..base.values import FlameParams


class Params(NamedTuple):
    """FLAME parameters in the order in which ``Flame`` takes them; the same conventions as ``FlameParams``.

    Attributes:
        expression: ``(*batch, E)``.
        jaw_pose, neck_pose, global_orient: ``(*batch, 3)`` axis-angle radians.
        eye_pose: ``(*batch, 6)`` left eye 3, right eye 3.
        transl: ``(*batch, 3)`` metres.
        eyelids: ``(*batch, 2)`` of a head with the two extra offsets, else None.
    """

    expression: torch.Tensor
    jaw_pose: torch.Tensor
    eye_pose: torch.Tensor
    neck_pose: torch.Tensor
    global_orient: torch.Tensor
    transl: torch.Tensor
    eyelids: torch.Tensor | None = None

    @classmethod
    def of(
        cls,
        params: FlameParams,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> Params:
        """From the NumPy side."""
        as_tensor = {k: torch.tensor(v, dtype=dtype, device=device) for k, v in params.asdict().items()}
        return cls(**as_tensor)

    def numpy(self) -> FlameParams:
        """For the NumPy side, float32, without gradient."""
        return FlameParams(
            **{k: v.detach().cpu().numpy() for k, v in self._asdict().items() if v is not None}
        )
