"""What a face cannot do: ``rig.limits`` with a mask for every set of rows, in fixed steps."""

from __future__ import annotations

import numpy as np
import torch

from ..rig import limits as given
from ..rig.limits import Limits as Measured
from .lids import Lids
from .loops import Tensors, repeated
from .module import Module


class Limits(Module):
    """``(N, 52)`` weights that are asked for to weights that this head can do."""

    def __init__(
        self, limits: Measured, dtype: torch.dtype, device: torch.device | str | None, persistent: bool
    ) -> None:
        super().__init__()
        self.lids = Lids(limits.lids, dtype, device, persistent)
        self._lip_gap = float(limits.lip_gap)
        self._closing = tuple(float(x) for x in limits.lip_closing)
        self._pressed = float(limits._enough[2])
        values = {
            "gain": limits._gain, "lip_change": limits.lip_change, "jaw": limits.jaw,
            "lip_others": limits._lip_others, "presses": limits._quick[:, 2],
        }  # fmt: skip
        self._reach = []
        for k, (group, flat, _, reach) in enumerate(limits._groups):
            values |= {f"group_{k}": group, f"flat_{k}": flat}
            self._reach.append(float(reach))
        one = np.zeros((2, 52))
        one[0, given._CLOSE] = one[1, given._OPEN] = 1
        values |= {"close": one[0], "open": one[1]}
        self.hold(values, dtype, device, persistent)

    def forward(self, weights: torch.Tensor) -> torch.Tensor:
        w = weights.clamp(0, 1)
        pressed = w @ self.presses > self._pressed
        for k, reach in enumerate(self._reach):
            w = self._hold(w, getattr(self, f"group_{k}"), getattr(self, f"flat_{k}"), reach)
        w = self.lids(w * self.gain)
        return self._meet_lips(self._close_lips(w), pressed)

    @staticmethod
    def _hold(w: torch.Tensor, group: torch.Tensor, flat: torch.Tensor, reach: float) -> torch.Tensor:
        x, y, z = (w @ flat).chunk(3, 1)
        furthest = (x * x + y * y + z * z).max(1).values
        share = (reach / furthest.clamp(min=1e-6).sqrt()).clamp(max=1)
        return w * (1 - (1 - share[:, None]) * group)

    def _gap(self, w: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """``(N,)`` mean gap of the lips, and ``(N, 52)`` its change with each weight."""
        jaw, close = (w @ self.jaw)[:, None], (w * self.close).sum(1)
        slope = self.lip_change[0] + jaw * (self.lip_change[1] + jaw * self.lip_change[2])
        gap = self._lip_gap + (w * slope).sum(1) + close * (self._closing[0] + close * self._closing[1])
        own = self._closing[0] + 2 * close * self._closing[1]
        return gap, slope + own[:, None] * self.close

    def _close_lips(self, w: torch.Tensor) -> torch.Tensor:
        """``mouthClose`` takes lips no further than they rest, or than the other shapes take them on a closed jaw."""
        active = (w * self.close).sum(1) > given._SAFE * (w * self.open).sum(1) + given._UNSEEN
        least = (self._lip_gap + w @ self.lip_others).clamp(max=self._lip_gap) + given.CLOSED_LIPS_MM
        return repeated(self._close_once, (w, active), (least,), 2)[0]

    def _close_once(self, state: Tensors, fixed: Tensors) -> Tensors:
        (w, active), (least,) = state, fixed
        gap, slope = self._gap(w)
        active = active & (gap < least)
        less = (least - gap) / (-(slope * self.close).sum(1)).clamp(min=1)
        lower = (w - less[:, None] * self.close).clamp(min=0)
        return torch.where(active[:, None] & (self.close > 0), lower, w), active

    def _meet_lips(self, w: torch.Tensor, active: torch.Tensor) -> torch.Tensor:
        return repeated(self._meet_once, (w, active), (), given._LIP_ROUNDS)[0]

    def _meet_once(self, state: Tensors, _: Tensors) -> Tensors:
        w, active = state
        gap, slope = self._gap(w)
        over = (given.LIP_CONTACT_MM - gap).clamp(min=0)
        active = active & (over > 0.02)
        closes = slope < -given._NOTICEABLE_MM
        closing = (-slope * w * closes).sum(1)
        keep = (1 - over / closing.clamp(min=1e-6)).clamp(0, 1)[:, None]
        return torch.where(active[:, None] & closes, w * keep, w), active
