"""Lids that meet and stay on the eyeball: ``rig.lid_contact`` with a mask for every set of rows, in fixed steps."""

from __future__ import annotations

import torch
from torch import nn

from ..base.channels import MIRROR
from ..rig import lid_contact as given
from ..rig.lid_contact import LidContact
from .modes import may_stop

Pair = tuple[torch.Tensor, torch.Tensor]


class Lids(nn.Module):
    """``(N, 52)`` weights, blink gain included, to weights whose lids meet and stay out of the eyeball."""

    moves: torch.Tensor
    rest: torch.Tensor
    radius: torch.Tensor
    planes: torch.Tensor
    margin_moves: torch.Tensor
    margin_rest: torch.Tensor
    columns: torch.Tensor
    ease: torch.Tensor
    change: torch.Tensor
    closers: torch.Tensor
    own: torch.Tensor
    blink: torch.Tensor
    mirror: torch.Tensor

    def __init__(
        self, lids: LidContact, dtype: torch.dtype, device: torch.device | str | None, persistent: bool
    ) -> None:
        super().__init__()
        self._gap, self._contact = float(lids.gap), float(lids.contact)
        self._per_column = float(lids.ball) / (lids.columns.shape[1] // 4)
        self._blinks = float(lids.change[given._BLINK])
        blink = torch.zeros(52)
        blink[given._BLINK] = 1
        values = {
            "moves": lids.moves, "rest": lids.rest, "radius": lids.radius, "planes": lids._planes,
            "margin_moves": lids.margin_moves, "margin_rest": lids.margin_rest, "columns": lids.columns,
            "ease": lids.ease, "change": lids.change, "closers": lids._closers, "own": given._OWN, "blink": blink,
        }  # fmt: skip
        for name, value in values.items():
            tensor = torch.as_tensor(value).to(dtype=dtype, device=device, copy=True)
            self.register_buffer(name, tensor, persistent=persistent)
        self.register_buffer("mirror", torch.tensor(MIRROR, device=device), persistent=persistent)

    def forward(self, weights: torch.Tensor) -> torch.Tensor:
        n = weights.shape[0]
        w = torch.cat([weights, weights.index_select(1, self.mirror)])
        w, _ = self._meet(w, torch.ones_like(w[:, 0], dtype=torch.bool))
        active = torch.ones_like(w[:, 0], dtype=torch.bool)
        for _ in range(given._PASSES):
            w, active = self._stay_out(w, active)
            if may_stop(active):
                break
            w, active = self._meet(w, active)
            if may_stop(active):
                break
        return torch.where(self.own > 0, w[:n], w[n:].index_select(1, self.mirror))

    def gap_mm(self, w: torch.Tensor) -> torch.Tensor:
        """``(N,)`` mean gap of the left eye."""
        x, y, z = (w @ self.margin_moves + self.margin_rest).chunk(3, 1)
        elevation = torch.atan(y / (x * x + z * z).sqrt())
        upper, inner, lower, outer = (elevation @ self.columns).chunk(4, 1)
        return (torch.minimum(upper, inner) - torch.maximum(lower, outer)).sum(1) * self._per_column

    def _meet(self, w: torch.Tensor, active: torch.Tensor) -> Pair:
        """Lids of the active rows no further than contact; the rows that were changed."""
        active = active & (self._gap + w @ self.change < self._contact + given._NEAR_MM)
        changed = active
        for k in range(given._ROUNDS):
            if may_stop(active):
                return w, active if k == 0 else changed
            over = self._contact - self.gap_mm(w)
            active = active & (over > given._SETTLED_MM)
            changed = active if k == 0 else changed
            less = torch.minimum((w * self.blink).sum(1), over / -self._blinks)
            over = over + less * self._blinks
            part = w - less[:, None] * self.blink
            closing = part * self.closers
            keep = (1 - over.clamp(min=0) / closing.sum(1).clamp(min=1e-6)).clamp(min=0)
            part = torch.where(closing > 0, part * keep[:, None], part)
            w = torch.where(active[:, None], part, w)
        return w, changed

    def _stay_out(self, w: torch.Tensor, active: torch.Tensor) -> Pair:
        """Skin of the active rows no deeper than allowed; the rows that were changed."""
        most = torch.minimum(w + given._RISE, w.clamp(min=1))
        changed = active
        for k in range(given._PUSHES):
            x, y, z = (w @ self.moves + self.rest).chunk(3, 1)
            distance = (x * x + y * y + z * z).sqrt()
            over, worst = (self.radius - distance).max(1)
            active = active & (over > given._SETTLED_MM) if k == 0 else changed & (over > given._SETTLED_MM)
            changed = active if k == 0 else changed
            if may_stop(active):
                break
            away = torch.stack([x, y, z], 2) / distance[:, :, None]
            at = away.gather(1, worst[:, None, None].expand(-1, 1, 3))[:, 0]
            w = self._push(w, most, over, active, self.planes.index_select(0, worst), at)
        return w, changed

    def _push(
        self,
        w: torch.Tensor,
        most: torch.Tensor,
        over: torch.Tensor,
        late: torch.Tensor,
        plane: torch.Tensor,
        at: torch.Tensor,
    ) -> torch.Tensor:
        """One step of the deepest point of each row outwards."""
        inward = -(plane @ at[:, :, None])[:, :, 0]
        push = inward @ self.ease
        free = torch.where(push > 0, w > 0, w < most)  # what is at a bound stays there
        push = push * free
        gain = (push * inward).sum(1)
        plain = inward.clamp(min=0) * self.own * (w > 0)  # what presses, less of it: that always helps
        weak = gain < given._WORTH * (plain * inward).sum(1)
        push = torch.where(weak[:, None], plain, push)
        gain = (push * inward).sum(1)
        longest = push.abs().max(1).values.clamp(min=1e-6)
        step = torch.minimum(over / gain.clamp(min=1e-6), given._STRIDE / longest)
        stuck = late & ((plain * w).sum(1) < over)  # a straight way that cuts the ball: go back along it
        push = torch.where(stuck[:, None], w * self.own, push)
        step = torch.where(stuck, torch.full_like(step, given._STRIDE), step) * late
        return torch.minimum((w - step[:, None] * push).clamp(min=0), most)
