"""One maximum-a-posteriori estimate per frame: all landmarks, all scores, stated noise, a prior of real faces.

    landmarks   y = N + w F + e,    e ~ N(0, R + P_N)
    scores      s = n + w S + u,    u ~ N(0, sd^2)
    prior       w ~ N(0, a E[w w'] + .001 I) on [0, 1]      left-right differences b times wider
    step        w_t - w_(t-1) ~ N(0, c q dt)                 left out after a lost face

``Q = F' (R + P)^-1`` and the Hessian are precomputed for some levels of the neutral's uncertainty; a frame is then one
product and a few solves of 43 equations with a bounded active set. No loop depends on the data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .forward_model import ForwardModel
from .neutral import Neutral, People
from .tables import FREE, FREE_MIRROR, FloatArray, Tables

_LEVELS = np.array([0.0, 0.1, 0.3, 0.7, 1.5, 3.0, 10.0, 100.0])
_RINGS = (
    (249, 390, 373, 374, 380, 381, 382, 398, 384, 385, 386, 387, 388, 466),
    (7, 163, 144, 145, 153, 154, 155, 173, 157, 158, 159, 160, 161, 246),
)
_LIDS = ((386, 374), (159, 145))


@dataclass(frozen=True, eq=False)
class _Level:
    pull: FloatArray  # (43, 2K + 43): b = pull @ [y - N, s - n]
    hessian: FloatArray  # (43, 43) of the fit
    sparse: FloatArray  # (43, 43) of the neutral's sparse fit


@dataclass(frozen=True, eq=False)
class _Person:
    """What one neutral changes: its lids' scale and its level."""

    neutral: Neutral
    scale: FloatArray  # (2K,) of the rows
    gap: FloatArray  # (2,) resting aperture, left and right
    level: _Level


class Fit:
    """The estimator for one head.

    Args:
        forward: how the head's landmarks move.
        tables: noise, prior, scores model, constants.
        people: resting faces.
    """

    def __init__(self, forward: ForwardModel, tables: Tables, people: People) -> None:
        self.forward, self.tables, self.people = forward, tables, people
        c = tables.constant
        self._slopes = forward.slopes
        self._model = np.concatenate([forward.slopes[FREE], tables.score_gain], 1)  # (43, 2K + 43)
        self.prior = _prior(tables, c("prior_scale"), c("prior_asymmetry"))
        sparse = np.linalg.inv(_prior(tables, c("rest_prior_scale"), c("rest_prior_asymmetry")))
        precision = np.linalg.inv(self.prior)
        self._penalty, self._sparse_penalty = c("fit_l1"), c("rest_l1")
        self._step = c("step_scale") * tables.step_variance * 30.0  # variance per second
        self._rounds, self._rounds_tied = int(c("solve_rounds")), int(c("solve_rounds_tied"))
        self._levels = []
        share = c("neutral_share")
        for worth in _LEVELS:
            pull = np.linalg.solve(people.noise + share * people.unknown(worth), self._model.T).T
            explained = pull @ self._model.T
            explained = _symmetric(explained)
            self._levels.append(_Level(pull, explained + precision, explained + sparse))
        place = {int(k): i for i, k in enumerate(tables.landmarks)}
        self._rings = [2 * np.array([place[k] for k in ring]) + 1 for ring in _RINGS]
        self._lids = np.array([[2 * place[a] + 1, 2 * place[b] + 1] for a, b in _LIDS])
        self._head_gap = self.gap(forward.rest[None])[0]
        self._scale = c("lid_scale_least"), c("lid_scale_most")
        self._known: _Person | None = None

    def gap(self, rows: FloatArray) -> FloatArray:
        """``(N, 2)`` aperture of the left and the right eye."""
        return np.maximum(rows[:, self._lids[:, 0]] - rows[:, self._lids[:, 1]], 1e-3)

    def person(self, neutral: Neutral) -> _Person:
        """What a neutral changes; the last one is remembered."""
        known = self._known
        if known is None or known.neutral is not neutral:
            gap = self.gap(neutral.rows[None])[0]
            scale = np.ones(len(neutral.rows))
            for ring, factor in zip(self._rings, np.clip(self._head_gap / gap, *self._scale), strict=True):
                scale[ring] = factor
            level = self._levels[int(np.abs(np.log((_LEVELS + 0.05) / (neutral.worth + 0.05))).argmin())]
            self._known = known = _Person(neutral, scale, gap, level)
        return known

    def changes(self, person: _Person, rows: FloatArray, scores: FloatArray, gaze: FloatArray) -> FloatArray:
        """``(N, 2K + 43)`` what the free weights have to explain: landmarks, then scores."""
        moved = (rows - person.neutral.rows) * person.scale - gaze @ self._slopes
        return np.concatenate([moved, scores[:, FREE] - person.neutral.scores], 1)

    def frames(
        self,
        person: _Person,
        changes: FloatArray,
        previous: FloatArray | None = None,
        seconds: float = 0.0,
    ) -> FloatArray:
        """``(N, 43)`` weights; ``previous`` ``(N, 43)`` of ``seconds`` ago, None: frames of their own."""
        level = person.level
        b = changes @ level.pull.T - self._penalty
        hessian = level.hessian
        if previous is None:
            return bounded(hessian, b, None, self._rounds)
        tie = 1.0 / (self._step * max(seconds, 1e-3))
        hessian = hessian.copy()
        hessian.ravel()[:: len(tie) + 1] += tie
        return bounded(hessian, b + tie * previous, previous, self._rounds_tied)

    def sparse(self, person: _Person, changes: FloatArray, start: FloatArray | None = None) -> FloatArray:
        """``(N, 43)`` weights under the sparse prior of the neutral; ``start``: a guess, and fewer rounds."""
        level = person.level
        rounds = self._rounds if start is None else self._rounds_tied
        return bounded(level.sparse, changes @ level.pull.T - self._sparse_penalty, start, rounds)

    def left(self, rows: FloatArray, scores: FloatArray, gaze: FloatArray, weights: FloatArray) -> FloatArray:
        """``(N, 2K + 43)`` landmarks and scores without what gaze and weights explain."""
        seen = np.concatenate([rows - gaze @ self._slopes, scores[:, FREE]], 1)
        return seen - weights @ self._model


def bounded(hessian: FloatArray, b: FloatArray, start: FloatArray | None, rounds: int) -> FloatArray:
    """Minimum of ``w H w / 2 - b w`` on [0, 1], rows of ``b`` at once: free set, solve, clip; a fixed number of rounds.

    Args:
        hessian: ``(n, n)`` positive definite.
        b: ``(N, n)``.
        start: ``(N, n)`` in 0..1, or None for zero.
    """
    count, n = b.shape
    if start is None:
        w = np.zeros_like(b)
        held = np.zeros(b.shape, bool)
    else:
        w = start
        slope = w @ hessian - b
        held = ((w <= 0) & (slope > 0)) | ((w >= 1) & (slope < 0))
    diagonal = np.arange(n)
    for step in range(rounds):
        fixed = w * held
        right = b - fixed @ hessian
        if count == 1:
            index = (~held[0]).nonzero()[0]
            w = fixed
            w[0, index] = np.linalg.solve(hessian[index[:, None], index], right[0, index])
        else:
            free = ~held
            system = hessian * (free[:, :, None] & free[:, None, :])
            system[:, diagonal, diagonal] += held
            w = np.linalg.solve(system, np.where(held, w, right)[..., None])[..., 0]
        w = np.minimum(np.maximum(w, 0.0), 1.0)
        if step < rounds - 1:
            slope = w @ hessian - b
            held = ((w <= 0) & (slope > 0)) | ((w >= 1) & (slope < 0))
    return w


def _symmetric(matrix: FloatArray) -> FloatArray:
    """Exactly symmetric, and exactly the same for the mirrored face."""
    matrix = (matrix + matrix.T) / 2
    return (matrix + matrix[np.ix_(FREE_MIRROR, FREE_MIRROR)]) / 2


def _prior(tables: Tables, scale: float, asymmetry: float) -> FloatArray:
    """``(43, 43)`` prior covariance; left-right differences ``asymmetry`` times as wide."""
    moment = scale * tables.weight_moment[np.ix_(FREE, FREE)] + 0.001 * np.eye(len(FREE))
    other = np.eye(len(FREE))[FREE_MIRROR]
    same, apart = (np.eye(len(FREE)) + other) / 2, (np.eye(len(FREE)) - other) / 2
    return _symmetric(same @ moment @ same + asymmetry * (apart @ moment @ apart))
