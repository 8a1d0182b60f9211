"""One maximum-a-posteriori estimate per frame: all landmarks, all scores, stated noise, a prior of real faces.

    landmarks   y = N + w G F + e,  e ~ N(0, R + t^2 T + P_N)     t: how far the head is turned since N was seen
    scores      s = n + w S + u,    u ~ N(0, sd^2)
    learnt map  w = (s - n) C + v,  v ~ N(0, 1 / (d D))      D: where heads with known weights say that it beats the fit
    prior       w ~ N(0, a E[w w'] + .001 I) exp(-l sum w) on [0, 1]    left-right differences b times wider; l less in order of time
    step        w_t - w_(t-1) ~ N(0, c q dt)                 left out after a lost face

``Q = F' (R + P)^-1`` and the Hessian are kept for some levels of the neutral's uncertainty and of the turn; a frame is then one
product and a few solves of 43 equations with a bounded active set. No loop depends on the data.

``F`` is how the head's own landmarks move, ``G`` how much of that the detector's landmarks follow: on renders with known
weights a third to nine tenths, shape by shape. Lids have their own scale, the person's aperture.

The step prior knows what was seen before; a picture of its own has only ``l`` against noise, and needs more of it, but less
where nothing is known of the neutral, which holds the landmarks back already.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..flame.outlines import LEFT_EYE, RIGHT_EYE
from .forward_model import ForwardModel
from .neutral import Neutral, People
from .scores_only import change_map
from .tables import EYE_CORNERS, FREE, FREE_MIRROR, FloatArray, IntArray, Tables

_WORTH = np.array([0.0, 0.2, 0.8, 3.0, 30.0])  # looks that the neutral is worth
_TURNS = np.sin(np.radians([0.0, 4.0, 8.0, 12.0, 17.0, 24.0, 32.0]))
_RINGS = tuple(
    tuple(k for k in ring if k not in corners) for ring, corners in zip((LEFT_EYE, RIGHT_EYE), EYE_CORNERS)
)
_LIDS = ((386, 374), (159, 145))


@dataclass(frozen=True, eq=False)
class _Level:
    pull: FloatArray  # (43, 2K + 43): b = pull @ [y - N, s - n]
    hessian: FloatArray  # (43, 43) of the fit
    sparse: FloatArray  # (43, 43) of the neutral's sparse fit


@dataclass(frozen=True, eq=False)
class Person:
    """What one neutral changes: its lids' scale and its level."""

    neutral: Neutral
    scale: FloatArray  # (2K,) of the rows
    gap: FloatArray  # (2,) resting aperture, left and right
    worth: int  # place in _WORTH
    facing: FloatArray  # (2,)


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
        shown = 1 - c("landmark_gain_share") * (1 - tables.landmark_gain)
        self._model = np.concatenate(
            [shown[:, None] * forward.slopes[FREE], tables.score_gain], 1
        )  # (43, 2K + 43)
        self.prior = _prior(tables, c("prior_scale"), c("prior_asymmetry"))
        self._sparse = np.linalg.inv(_prior(tables, c("rest_prior_scale"), c("rest_prior_asymmetry")))
        self._precision = np.linalg.inv(self.prior)
        self._mapped = c("map_share") * tables.map_precision
        self._map_pull = self._mapped[:, None] * change_map().T
        self._l1_tied, self._sparse_l1 = c("prior_l1_tied"), c("rest_l1")
        self._l1 = np.where(_WORTH > 0, c("prior_l1"), c("prior_l1_unknown"))
        self._step = c("step_scale") * tables.step_variance * 30.0  # variance per second
        self._rounds, self._rounds_tied = int(c("solve_rounds")), int(c("solve_rounds_tied"))
        self._levels: dict[tuple[int, int], _Level] = {}
        self._share = c("neutral_share")
        self._turned = np.zeros_like(people.noise)
        self._turned[: len(tables.turn_noise), : len(tables.turn_noise)] = c("turn_share") * tables.turn_noise
        place = {int(k): i for i, k in enumerate(tables.landmarks)}
        self._rings = [2 * np.array([place[k] for k in ring]) + 1 for ring in _RINGS]
        self._lids = np.array([[2 * place[a] + 1, 2 * place[b] + 1] for a, b in _LIDS])
        self._head_gap = self.gap(forward.rest[None])[0]
        self._scale = c("lid_scale_least"), c("lid_scale_most")
        self._known: Person | None = None

    def arrays(self) -> dict[str, FloatArray]:
        """For other programs: what ``_level`` and ``frames`` are made of, float64, and places of the lids' rows."""
        return {
            "model": self._model, "precision": self._precision, "sparse_precision": self._sparse,
            "mapped": self._mapped, "map_pull": self._map_pull, "step": self._step, "worth": _WORTH, "turns": _TURNS,
            "head_gap": self._head_gap, "lids": self._lids, "ring_left": self._rings[0], "ring_right": self._rings[1],
        }  # fmt: skip

    def _level(self, worth: int, turn: int) -> _Level:
        """Made when a face first needs it, some ten milliseconds; kept."""
        level = self._levels.get((worth, turn))
        if level is None:
            noise = self.people.noise + self._share * self.people.unknown(_WORTH[worth])
            pull = np.linalg.solve(noise + _TURNS[turn] ** 2 * self._turned, self._model.T).T
            explained = _symmetric(pull @ self._model.T) + np.diag(self._mapped)
            pull[:, -len(FREE) :] += self._map_pull
            level = _Level(pull, explained + self._precision, explained + self._sparse)
            self._levels[worth, turn] = level
        return level

    def gap(self, rows: FloatArray) -> FloatArray:
        """``(N, 2)`` aperture of the left and the right eye."""
        return np.maximum(rows[:, self._lids[:, 0]] - rows[:, self._lids[:, 1]], 1e-3)

    def person(self, neutral: Neutral) -> Person:
        """What a neutral changes; the last one is remembered."""
        known = self._known
        if known is None or known.neutral is not neutral:
            gap = self.gap(neutral.rows[None])[0]
            scale = np.ones(len(neutral.rows))
            for ring, factor in zip(self._rings, np.clip(self._head_gap / gap, *self._scale), strict=True):
                scale[ring] = factor
            worth = int(np.abs(np.log((_WORTH + 0.05) / (neutral.worth + 0.05))).argmin())
            facing = np.zeros(2) if neutral.facing is None else neutral.facing
            self._known = known = Person(neutral, scale, gap, worth, facing)
        return known

    def without_gaze(self, person: Person, rows: FloatArray, gaze: FloatArray) -> FloatArray:
        """``(N, 2K)`` rows of this person as they would be with the eyes straight ahead."""
        return rows - gaze @ self._slopes / person.scale

    def changes(self, person: Person, rows: FloatArray, scores: FloatArray, gaze: FloatArray) -> FloatArray:
        """``(N, 2K + 43)`` what the free weights have to explain: landmarks, then scores."""
        moved = (rows - person.neutral.rows) * person.scale - gaze @ self._slopes
        return np.concatenate([moved, scores[:, FREE] - person.neutral.scores], 1)

    def frames(
        self,
        person: Person,
        changes: FloatArray,
        facing: FloatArray,
        previous: FloatArray | None = None,
        seconds: float = 0.0,
    ) -> FloatArray:
        """``(N, 43)`` weights; ``previous`` ``(1, 43)`` of ``seconds`` ago (one frame only), None: frames of their own."""
        if previous is not None:
            level = self._level(person.worth, int(self._turn(person, facing)[0]))
            tie = 1.0 / (self._step * max(seconds, 1e-3))
            hessian = level.hessian.copy()
            hessian.ravel()[:: len(tie) + 1] += tie
            pulled = changes @ level.pull.T - self._l1_tied + tie * previous
            return bounded(hessian, pulled, previous, self._rounds_tied)
        out = np.empty((len(changes), len(FREE)))
        for level, rows in self._by_turn(person, facing):
            pulled = changes[rows] @ level.pull.T - self._l1[person.worth]
            out[rows] = bounded(level.hessian, pulled, None, self._rounds)
        return out

    def sparse(
        self, person: Person, changes: FloatArray, facing: FloatArray, start: FloatArray | None = None
    ) -> FloatArray:
        """``(N, 43)`` weights under the sparse prior of the neutral; ``start``: a guess, and fewer rounds."""
        rounds = self._rounds if start is None else self._rounds_tied
        out = np.empty((len(changes), len(FREE)))
        for level, rows in self._by_turn(person, facing):
            pulled = changes[rows] @ level.pull.T - self._sparse_l1
            out[rows] = bounded(level.sparse, pulled, None if start is None else start[rows], rounds)
        return out

    def _turn(self, person: Person, facing: FloatArray) -> IntArray:
        """``(N,)`` level of the turn since the neutral was seen."""
        turn = np.sqrt(np.square(facing - person.facing).sum(1))
        return np.asarray(np.abs(turn[:, None] - _TURNS).argmin(1))

    def _by_turn(self, person: Person, facing: FloatArray) -> list[tuple[_Level, IntArray]]:
        turns = self._turn(person, facing)
        if len(turns) == 1:
            return [(self._level(person.worth, int(turns[0])), np.zeros(1, np.intp))]
        found = np.unique(turns).tolist()
        return [(self._level(person.worth, i), np.flatnonzero(turns == i)) for i in found]

    def left(
        self, person: Person, rows: FloatArray, scores: FloatArray, gaze: FloatArray, weights: FloatArray
    ) -> FloatArray:
        """``(N, 2K + 43)`` landmarks and scores without what gaze and weights explain in this person's lids."""
        size = rows.shape[1]
        found = np.concatenate([self.without_gaze(person, rows, gaze), scores[:, FREE]], 1)
        explained = weights @ self._model
        explained[:, :size] /= person.scale
        return np.asarray(found - explained)


def bounded(hessian: FloatArray, b: FloatArray, start: FloatArray | None, rounds: int) -> FloatArray:
    """Minimum of ``w H w / 2 - b w`` on [0, 1], rows of ``b`` at once: free set, solve, clip; at most ``rounds``.

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
            slope, before = w @ hessian - b, held
            held = ((w <= 0) & (slope > 0)) | ((w >= 1) & (slope < 0))
            if np.array_equal(held, before):  # the minimum: further rounds give the same
                break
    return w


def _symmetric(matrix: FloatArray) -> FloatArray:
    """Exactly symmetric, and exactly the same for the mirrored face."""
    matrix = (matrix + matrix.T) / 2
    return np.asarray((matrix + matrix[np.ix_(FREE_MIRROR, FREE_MIRROR)]) / 2)


def _prior(tables: Tables, scale: float, asymmetry: float) -> FloatArray:
    """``(43, 43)`` prior covariance; left-right differences ``asymmetry`` times as wide."""
    moment = scale * tables.weight_moment[np.ix_(FREE, FREE)] + 0.001 * np.eye(len(FREE))
    other = np.eye(len(FREE))[FREE_MIRROR]
    same, apart = (np.eye(len(FREE)) + other) / 2, (np.eye(len(FREE)) - other) / 2
    return _symmetric(same @ moment @ same + asymmetry * (apart @ moment @ apart))
