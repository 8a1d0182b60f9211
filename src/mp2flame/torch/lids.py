"""Lids that meet and stay on the eyeball: ``rig.lid_contact`` with a mask for every set of rows, in fixed steps."""

from __future__ import annotations

import numpy as np
import torch

from ..base.channels import MIRROR
from ..rig import lid_contact as given
from ..rig.lid_contact import LidContact
from .loops import Tensors, repeated
from .modes import may_stop
from .module import Module

Pair = tuple[torch.Tensor, torch.Tensor]


class Lids(Module):
    """``(N, 52)`` weights, blink gain included, to weights whose lids meet and stay out of the eyeball."""

    def __init__(
        self, lids: LidContact, dtype: torch.dtype, device: torch.device | str | None, persistent: bool
    ) -> None:
        super().__init__()
        self._gap, self._contact = float(lids.gap), float(lids.contact)
        self._per_column = float(lids.ball) / (lids.columns.shape[1] // 4)
        self._blinks = float(lids.change[given._BLINK])
        blink = np.zeros((52, 1))
        blink[given._BLINK] = 1
        sums = np.tile(np.eye(len(lids.radius)), (3, 1))  # x, y and z of a point
        values = {
            "moves": lids.moves, "rest": lids.rest, "radius": lids.radius, "outward": -lids.moves.T, "sums": sums, "spread": sums.T,
            "margin_moves": lids.margin_moves, "margin_rest": lids.margin_rest, "columns": lids.columns,
            "ease": lids.ease, "change": lids.change[:, None], "closers": lids._closers, "own": given._OWN, "blink": blink,
        }  # fmt: skip
        self.hold(values, dtype, device, persistent)
        self.hold({"mirror": MIRROR}, torch.int64, device, persistent)

    def forward(self, weights: torch.Tensor) -> torch.Tensor:
        n = weights.shape[0]
        w = torch.cat([weights, weights.index_select(1, self.mirror)])
        w, _ = self._meet(w, w[:, :1] >= 0)  # all of them
        w, _ = repeated(self._pass, (w, w[:, :1] >= 0), (), given._PASSES)
        return torch.where(self.own > 0, w[:n], w[n:].index_select(1, self.mirror))

    def _pass(self, state: Tensors, _: Tensors) -> Tensors:
        return self._meet(*self._stay_out(*state))

    def gap_mm(self, w: torch.Tensor) -> torch.Tensor:
        """``(N, 1)`` mean gap of the left eye."""
        x, y, z = (w @ self.margin_moves + self.margin_rest).chunk(3, 1)
        elevation = torch.atan(y / (x * x + z * z).sqrt())
        upper, inner, lower, outer = (elevation @ self.columns).chunk(4, 1)
        gap = torch.minimum(upper, inner) - torch.maximum(lower, outer)
        return gap.sum(1, keepdim=True) * self._per_column

    def _meet(self, w: torch.Tensor, active: torch.Tensor) -> Pair:
        """Lids of the active rows ``(N, 1)`` no further than contact; the rows that were changed."""
        near = active & (w @ self.change < self._contact + given._NEAR_MM - self._gap)
        w, changed, _ = repeated(self._meet_once, (w, near & ~near, near), (), given._ROUNDS)
        return w, changed

    def _meet_once(self, state: Tensors, _: Tensors) -> Tensors:
        w, changed, active = state
        over = self._contact - self.gap_mm(w)
        active = active & (over > given._SETTLED_MM)
        less = torch.minimum(w @ self.blink, over / -self._blinks)
        over = over + less * self._blinks
        part = w - less * self.blink[:, 0]
        closing = part * self.closers
        keep = (1 - over.clamp(min=0) / closing.sum(1, keepdim=True).clamp(min=1e-6)).clamp(min=0)
        part = torch.where(closing > 0, part * keep, part)
        return torch.where(active, part, w), changed | active, active

    def _stay_out(self, w: torch.Tensor, active: torch.Tensor) -> Pair:
        """Skin of the active rows ``(N, 1)`` no deeper than allowed; the rows that were changed."""
        most = torch.minimum(w + given._RISE, w.clamp(min=1))
        w, changed, _ = repeated(self._push_once, (w, active & ~active, active), (most,), given._PUSHES)
        return w, changed

    def _push_once(self, state: Tensors, fixed: Tensors) -> Tensors:
        w, changed, active = state
        away = w @ self.moves + self.rest
        distance = ((away * away) @ self.sums).sqrt()
        inside = self.radius - distance
        over = inside.amax(1, keepdim=True)
        active = active & (over > given._SETTLED_MM)
        if may_stop(active):
            return w, changed, active
        worst = (inside >= over).to(w.dtype)  # points of both eyes may be the same one
        worst = worst / (worst.sum(1, keepdim=True) * distance)
        inward = (away * (worst @ self.spread)) @ self.outward
        return self._push(w, fixed[0], over, active, inward), changed | active, active

    def _push(
        self,
        w: torch.Tensor,
        most: torch.Tensor,
        over: torch.Tensor,
        late: torch.Tensor,
        inward: torch.Tensor,
    ) -> torch.Tensor:
        """One step of the deepest point of each row outwards; ``inward (N, 52)`` is what each weight does to it."""
        push = inward @ self.ease
        gives, there = push > 0, w > 0
        push = push * ((gives & there) | (~gives & (w < most)))  # what is at a bound stays there
        plain = inward.clamp(min=0) * (self.own * there)  # what presses, less of it: that always helps
        gain = (push * inward).sum(1, keepdim=True)
        weak = gain < given._WORTH * (plain * inward).sum(1, keepdim=True)
        push = torch.where(weak, plain, push)
        gain = (push * inward).sum(1, keepdim=True)
        longest = push.abs().amax(1, keepdim=True).clamp(min=1e-6)
        step = torch.minimum(over / gain.clamp(min=1e-6), given._STRIDE / longest)
        stuck = (plain * w).sum(1, keepdim=True) < over  # a straight way that cuts the ball: go back along it
        move = torch.where(stuck, given._STRIDE * self.own * w, step * push)
        return torch.minimum((w - move * late).clamp(min=0), most)
