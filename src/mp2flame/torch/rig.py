"""ARKit weights to FLAME parameters as a module: ``rig.rig`` with gradients."""

from __future__ import annotations

from itertools import count
from threading import Thread
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import torch

from ..base.channels import INDEX
from ..base.errors import ShapeError
from ..rig.rig import Rig as Solved
from .limits import Limits
from .module import Module, check_made_from
from .params import Params


class Rig(Module):
    """One head's rig.

    Args:
        rig: a solved one (``solve_rig(model)``, ``Driver.rig``).
        limits: hold weights that no face can do together, as ``mp2flame.Rig.params`` does; False: shapes add up linearly
            and every weight has a gradient everywhere.
        dtype, device: of its arrays; None: torch's defaults.
        persistent: put its arrays, which were measured on a FLAME file, into ``state_dict``.
    """

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
        check_made_from(rig, Solved, "Driver(...).rig")
        dtype = dtype or torch.get_default_dtype()
        self.num_expression = rig.num_expression
        self.limits = Limits(rig.limits, dtype, device, persistent) if limits else None
        self._know()
        closing = np.zeros((0, rig.num_expression)) if rig.closing is None else rig.closing
        eyelids = np.zeros((52, 0)) if rig.eyelids is None else rig.eyelids
        arrays = {
            "shapes": np.concatenate([rig.expression, rig.jaw_pose], axis=1), "eye_pose": rig.eye_pose,
            "closing": closing, "eyelids": eyelids,
        }  # fmt: skip
        self.hold(arrays, dtype, device, persistent)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._know()  # a copy is another rig

    def _know(self) -> None:
        self._number = next(_numbers)
        if self.limits is not None:
            _known[self._number] = self.limits

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
        """Limits, which a compiler takes as one operator: two thousand small steps take it many minutes and gain nothing.

        An export writes them down.
        """
        assert self.limits is not None
        if torch.compiler.is_compiling() and not torch.compiler.is_exporting():
            return _limits(asked, self._number)
        return self.limits(asked)


_known: WeakValueDictionary[int, Limits] = WeakValueDictionary()
_numbers = count()


@torch.library.custom_op("mp2flame::limits", mutates_args=())
def _limits(asked: torch.Tensor, number: int) -> torch.Tensor:
    return _known[number](asked).clone()


@torch.library.custom_op("mp2flame::limits_backward", mutates_args=())
def _limits_backward(gradient: torch.Tensor, asked: torch.Tensor, number: int) -> torch.Tensor:
    found: list[torch.Tensor] = []

    def run() -> None:  # gradients are off for good in the thread in which an operator runs
        with torch.enable_grad():
            leaf = asked.detach().requires_grad_()
            found.extend(torch.autograd.grad(_known[number](leaf), leaf, gradient))

    thread = Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def _keep(ctx: Any, inputs: tuple[torch.Tensor, int], output: torch.Tensor) -> None:
    ctx.save_for_backward(inputs[0])
    ctx.number = inputs[1]


def _back(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
    return _limits_backward(gradient, ctx.saved_tensors[0], ctx.number), None


_limits.register_fake(lambda asked, number: torch.empty_like(asked))
_limits_backward.register_fake(lambda gradient, asked, number: torch.empty_like(asked))
_limits.register_autograd(_back, setup_context=_keep)
