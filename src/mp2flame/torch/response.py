"""What was seen to ARKit weights as a module: ``response`` for frames of their own, with gradients.

Every constant is read from the estimator that it is made of. Which level of uncertainty a frame has and which weights are
held at 0 or 1 are choices, not numbers: gradients are those of the choice that was made.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from ..base.channels import INDEX
from ..base.errors import ShapeError
from ..response import fit as given
from ..response import gaze as given_gaze
from ..response import scores_only as given_scores
from ..response.neutral import Neutral
from ..response.response import Response as Estimator
from ..response.response import _all_scores
from ..response.tables import FREE, NUM
from .align import Aligner, check_landmarks
from .modes import may_look, traced
from .module import Module, check_made_from
from .solve import bounded, diagonal


class Rest(NamedTuple):
    """A person's resting face as tensors, ``response.Neutral``; leading axes go with those of the frames.

    Attributes:
        rows: ``(*batch, 2K)`` landmarks, head frame, eye distances of the mean face.
        scores: ``(*batch, 43)`` of the free channels.
        worth: ``(*batch,)`` looks at rest that it is worth: 0 the mean of people, 100 certain.
        facing: ``(*batch, 2)`` how the head was turned when it was seen.
        gaze: ``(*batch,)`` how far down the eyes look in it.
    """

    rows: torch.Tensor
    scores: torch.Tensor
    worth: torch.Tensor
    facing: torch.Tensor
    gaze: torch.Tensor


class Response(Module):
    """The estimator of one head.

    Args:
        response: of a head (``Driver.estimator``, ``mp2flame.Response``).
        dtype, device: of its arrays; None: torch's defaults. Made in float32 it does not become exact by ``.double()``.

    Its arrays are the package's own means and covariances and what was measured of the head; none is put into
    ``state_dict``.
    """

    def __init__(
        self,
        response: Estimator,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        check_made_from(response, Estimator, "Driver(...).estimator")
        dtype = dtype or torch.get_default_dtype()
        fit = response._fit
        self.align = Aligner(response.tables, dtype, device)
        self.gaze = Gaze(response, dtype, device)
        self.from_scores = FromScores(dtype, device)
        self._scale, self._rounds = fit._scale, (fit._rounds, fit._rounds_tied)
        self._longest = response.tables.constant("step_longest_ms") / 1000
        self._shown, self._lowered = response._shown, response._lowered[0]
        self._told = response.tables.constant("told_worth")
        levels = [[fit._level(i, j) for j in range(len(given._TURNS))] for i in range(len(given._WORTH))]
        hessian = np.array([[level.hessian for level in row] for row in levels])
        pull = np.array([[level.pull for level in row] for row in levels])
        n, rows = len(FREE), len(response.people.mean) - len(FREE)
        root = np.sqrt(fit._step)  # H + s T = B^-T (stiffness + s) B^-1, for every strength s of the tie T
        stiffness, basis = np.linalg.eigh(hessian * np.multiply.outer(root, root))
        basis = root[:, None] * basis
        place = np.zeros((n, NUM))
        place[np.arange(n), FREE] = 1
        rings = np.zeros((2, rows))
        for side, ring in enumerate(fit._rings):
            rings[side, ring] = 1
        arrays = {
            "hessian": hessian.reshape(-1, n, n), "gain": np.linalg.solve(hessian, pull).reshape(-1, n, rows + n),
            "lift": -np.repeat(fit._l1, len(given._TURNS))[:, None] * np.linalg.solve(hessian, np.ones((n, 1))).reshape(-1, n),
            "looser": np.repeat(fit._l1 - fit._l1_tied, len(given._TURNS)),
            "slopes": fit._slopes, "worths": np.log(given._WORTH + 0.05), "turns": given._TURNS,
            "head_gap": fit._head_gap, "tie": 1 / fit._step, "stiffness": stiffness.reshape(-1, n), "basis": basis.reshape(-1, n, n), "mean": response.people.mean, "place": place, "rings": rings,
        }  # fmt: skip
        self.hold(arrays, dtype, device)
        self.hold({"free": FREE, "lids": fit._lids}, torch.int64, device)

    def forward(
        self,
        scores: torch.Tensor,
        landmarks: torch.Tensor | None = None,
        image_size: tuple[int, int] | torch.Tensor | None = None,
        neutral: Rest | Neutral | None = None,
    ) -> torch.Tensor:
        """ARKit weights of frames that are not in order of time.

        Args:
            scores: ``(*batch, 52)`` MediaPipe's, in 0..1.
            landmarks: ``(*batch, 478, 3)`` normalised image coordinates; without them (or the size) scores alone count.
            image_size: (height, width) in pixels, or ``(*batch, 2)``.
            neutral: the resting face, of all or one per frame; None: that of the mean of people.

        Returns:
            ``(*batch, 52)`` in 0..1, index 0 always 0.

        Raises:
            ShapeError: other shapes, or batch axes that do not agree.
        """
        if scores.ndim < 1 or scores.shape[-1] != NUM:
            raise ShapeError(f"scores must be (*batch, 52) in MediaPipe order, got {tuple(scores.shape)}.")
        if landmarks is None or image_size is None:
            return self.from_scores(scores, neutral)
        check_landmarks(landmarks)
        batch = scores.shape[:-1]
        if landmarks.shape[:-2] != batch:
            raise ShapeError(
                f"landmarks {tuple(landmarks.shape)} do not go with scores {tuple(scores.shape)}: "
                "leading axes must be the same."
            )
        flat = scores.reshape(-1, NUM).clamp(0, 1)
        size = torch.as_tensor(image_size, dtype=scores.dtype, device=scores.device)
        size = size.expand(*batch, 2).reshape(-1, 2)
        seen = self.align(landmarks.reshape(-1, 478, 3), size)
        rest = self._flat(self.rest(neutral, scores), batch)
        weights, gaze = self.fit(flat, seen, rest)
        return (gaze + weights @ self.place).reshape(*batch, NUM)

    def rest(self, neutral: Rest | Neutral | None, like: torch.Tensor) -> Rest:
        """A resting face as tensors; None: the mean of people."""
        if isinstance(neutral, Rest):
            return neutral
        rows = self.slopes.shape[1]
        if neutral is None:
            zero = torch.zeros_like(self.mean[:1])
            return Rest(self.mean[:rows], self.mean[rows:], zero[0], zero.expand(2), zero[0])
        facing = np.zeros(2) if neutral.facing is None else neutral.facing
        values = (neutral.rows, neutral.scores, np.asarray(neutral.worth), facing, np.asarray(neutral.gaze))
        return Rest(*(torch.tensor(value, dtype=like.dtype, device=like.device) for value in values))

    @staticmethod
    def _flat(rest: Rest, batch: torch.Size) -> Rest:
        rows, scores, facing = (
            x.expand(*batch, x.shape[-1]).reshape(-1, x.shape[-1])
            for x in (rest.rows, rest.scores, rest.facing)
        )
        worth, gaze = (x.expand(batch).reshape(-1) for x in (rest.worth, rest.gaze))
        return Rest(rows, scores, worth, facing, gaze)

    def fit(
        self,
        scores: torch.Tensor,
        seen: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
        rest: Rest,
        previous: torch.Tensor | None = None,
        seconds: torch.Tensor | None = None,
        looked: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Free weights ``(N, 43)`` and gaze ``(N, 52)``.

        Args:
            scores: ``(N, 52)`` in 0..1.
            seen: rows, irises, facing of ``Aligner``.
            rest: each with a leading axis N.
            previous: ``(N, 43)`` free weights of ``seconds`` ``(N,)`` ago; 0 seconds, or too many: a frame of its own.
            looked: ``(N, 52)`` the gaze of then, held behind closed lids.
        """
        rows, irises, facing = seen
        gap = self.gap(rest.rows)
        scale = self.scale(gap)
        tied = None if looked is None or seconds is None else self._is_tied(seconds).to(rows.dtype)
        shown = self.open_by(rows, gap, tied)
        lowered = None if tied is None else self._lowered * tied * (1 - self.open_by(rows, gap, whole=True))
        gaze = self.gaze(irises, scores, facing, shown, rest.gaze, lowered)
        if looked is not None and tied is not None:
            gaze = gaze + ((1 - shown) * tied)[:, None] * looked
        moved = (rows - rest.rows) * scale - gaze @ self.slopes
        changes = torch.cat([moved, scores.index_select(1, self.free) - rest.scores], 1)
        worth = (self.worths - (rest.worth[:, None] + 0.05).log()).abs().argmin(1)
        turn = facing - rest.facing
        turned = (turn * turn).sum(1, keepdim=True).clamp(min=1e-30).sqrt()
        level = worth * len(self.turns) + (turned - self.turns).abs().argmin(1)
        alone, hessian = self._unbounded(level, changes)
        if previous is None or seconds is None:
            return bounded(hessian, alone, self._rounds[0]), gaze
        return self._tied(level, hessian, alone, previous, seconds), gaze

    def _unbounded(self, level: torch.Tensor, changes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """``(N, 43)`` weights without bounds, and ``(N, 43, 43)`` Hessians."""
        hessian, lift = self.hessian.index_select(0, level), self.lift.index_select(0, level)
        if not may_look(changes) or len(changes) == 1:
            return (self.gain.index_select(0, level) @ changes[:, :, None])[:, :, 0] + lift, hessian
        alone = torch.zeros_like(changes[:, : len(self.place)])
        for one in torch.unique(
            level
        ).tolist():  # a product for each level that occurs, not a matrix for each frame
            at = (level == one).nonzero()[:, 0]
            alone = alone.index_copy(0, at, changes.index_select(0, at) @ self.gain[one].T)
        return alone + lift, hessian

    def _tied(
        self,
        level: torch.Tensor,
        hessian: torch.Tensor,
        alone: torch.Tensor,
        previous: torch.Tensor,
        seconds: torch.Tensor,
    ) -> torch.Tensor:
        tied = self._is_tied(seconds)[:, None]
        often = tied / seconds[:, None].clamp(min=1e-3)
        start = previous * tied
        pull = ((alone - start)[:, None] @ hessian)[:, 0] + self.looser.index_select(0, level)[:, None] * tied
        held = hessian + diagonal(self.tie * often)
        later, first = (torch.full_like(often, rounds) for rounds in self._rounds)
        return bounded(
            held,
            start,
            max(self._rounds),
            pull,
            tied,
            torch.where(tied, first, later),
            self._inverse(level, often),
        )

    def _inverse(self, level: torch.Tensor, often: torch.Tensor) -> torch.Tensor | None:
        """``(N, 43, 43)`` inverse of the Hessian with ``often`` times the tie, where operations are written down."""
        if not traced():
            return None
        basis = self.basis.index_select(0, level)
        return (basis / (self.stiffness.index_select(0, level) + often)[:, None]) @ basis.transpose(1, 2)

    def gap(self, rows: torch.Tensor) -> torch.Tensor:
        """``(N, 2)`` aperture of the left and the right eye."""
        upper, lower = rows.index_select(1, self.lids[:, 0]), rows.index_select(1, self.lids[:, 1])
        return (upper - lower).clamp(min=1e-3)

    def scale(self, gap: torch.Tensor) -> torch.Tensor:
        """``(N, 2K)`` of the rows: a person's lids as far open as the head's."""
        return 1 + ((self.head_gap / gap).clamp(*self._scale) - 1) @ self.rings

    def open_by(
        self,
        rows: torch.Tensor,
        gap: torch.Tensor,
        tied: torch.Tensor | None = None,
        whole: bool = False,
    ) -> torch.Tensor:
        """``(N,)`` how well the irises can be seen, 0..1.

        Args:
            rows: ``(N, 2K)``.
            gap: ``(N, 2)`` resting apertures.
            tied: ``(N,)`` 1 where the moment before is known.
            whole: how far the lids are open instead, 1 as at rest.
        """
        held, alone = (1.0, 1.0) if whole else self._shown
        enough = alone if tied is None else alone + (held - alone) * tied
        return ((self.gap(rows) / gap).mean(1) / enough).clamp(max=1)

    def _is_tied(self, seconds: torch.Tensor) -> torch.Tensor:
        return (seconds > 0) & (seconds <= self._longest)


class Gaze(Module):
    """``response.gaze.Gaze`` with gradients."""

    def __init__(self, response: Estimator, dtype: torch.dtype, device: torch.device | str | None) -> None:
        super().__init__()
        self._given = response._gaze
        x, apart = (float(v) for v in self._given._ahead[:2])
        spread = np.zeros((8, NUM))
        spread[np.arange(8), given_gaze._LOOK] = 1
        values = {"looked": given_gaze._LOOKED, "spread": spread, "ahead": np.array([x + apart, x - apart])}
        self.hold(values, dtype, device)

    def forward(
        self,
        irises: torch.Tensor,
        scores: torch.Tensor,
        facing: torch.Tensor,
        seen: torch.Tensor,
        rest: torch.Tensor,
        lowered: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """``(N, 52)``, zero but for the eight gaze channels."""
        g = self._given
        ahead = float(g._ahead[2])
        now = scores @ self.looked
        turn = ((irises[:, :, 0] - self.ahead) / g._radius).clamp(-0.9, 0.9).asin() / g._yaw
        left = g._share * (turn[:, 0] + turn[:, 1]) / 2 + (1 - g._share) * (now[:, 0] - ahead)
        cross = ((turn[:, 1] - turn[:, 0]) / 2 - g._cross_from).clamp(0, g._cross_most)
        turned = (facing * facing).sum(1).clamp(min=1e-30).sqrt()
        cross = cross * seen * (2 - turned / g._cross_turn).clamp(0, 1)
        down = self.down(irises, scores) - g._rest_share * rest
        down = down if lowered is None else down + lowered
        asked = [down, -down, left - cross, cross - left, down, -down, -left - cross, left + cross]
        look = torch.stack(asked, 1).clamp(0, 1)
        quiet = look / g._quiet
        return (seen[:, None] * look * (1 - (-quiet * quiet).exp())) @ self.spread

    def down(self, irises: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """``(N,)`` how far down the eyes look, the person's own straight ahead not taken off."""
        level, height = (float(v) for v in self._given._ahead[3:])
        per_score, per_iris = (float(v) for v in self._given._down)
        by_score = (scores @ self.looked)[:, 1] - level
        return per_score * by_score + per_iris * (irises[:, :, 1].mean(1) - height)


class FromScores(Module):
    """``response.scores_only`` with gradients."""

    def __init__(self, dtype: torch.dtype, device: torch.device | str | None) -> None:
        super().__init__()
        tables = given_scores._tables()
        weak = np.zeros((len(tables.weak), NUM))
        weak[np.arange(len(weak)), tables.weak] = 1
        chosen, shown = np.zeros(NUM), np.ones(NUM)
        chosen[given_scores._GAZE], shown[INDEX["_neutral"]] = 1, 0
        arrays = {
            "absolute": tables.absolute, "offset": tables.offset, "change": tables.change, "prior": tables.prior @ weak,
            "prior_offset": tables.prior_offset @ weak, "gazes": chosen, "weak": weak.sum(0), "shown": shown,
        }  # fmt: skip
        self.hold(arrays, dtype, device)
        self.hold({"strong": tables.strong}, torch.int64, device)

    def forward(self, scores: torch.Tensor, neutral: Rest | Neutral | None = None) -> torch.Tensor:
        """``(*batch, 52)`` weights; a ``Rest`` counts as one that was shown on purpose."""
        seen = scores.clamp(0, 1)
        weights = (seen @ self.absolute + self.offset).clamp(0, 1)
        share = given_scores.PRIOR_SHARE[0]
        if neutral is not None:
            trust = neutral.trust if isinstance(neutral, Neutral) else 1.0
            changed = ((seen - self._whole(neutral, seen)) @ self.change).clamp(0, 1)
            weights = weights + trust * (1 - self.gazes) * (changed - weights)
            share += given_scores.PRIOR_SHARE[1] * trust
        expected = (weights.index_select(-1, self.strong) @ self.prior + self.prior_offset).clamp(0, 1)
        return (weights + share * self.weak * (expected - weights)) * self.shown

    def _whole(self, neutral: Rest | Neutral, like: torch.Tensor) -> torch.Tensor:
        if isinstance(neutral, Neutral):
            return torch.as_tensor(_all_scores(neutral), dtype=like.dtype, device=like.device)
        place = torch.zeros((len(FREE), NUM), dtype=like.dtype, device=like.device)
        place[torch.arange(len(FREE)), torch.as_tensor(FREE)] = 1
        return neutral.scores.clamp(0, 1) @ place
