"""From sums to matrices: pseudo-inverse, ridge, and fits held inside bounds or made sparse.

All solve for ``weights (C, D)`` and ``intercept (D,)`` with ``y ~ x @ weights + intercept``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..base.errors import InputError
from .moments import F64, SINGLE_ERROR, Moments

SCALE_FLOOR = 0.001  # of a score: a channel that moves less is not blown up to move like the others
_STEADY_FLOOR = 0.02  # where weights are found one by one, which nearly dead channels make endless
_SWEEPS, _TOLERANCE = 300, 1e-5
_MANY_ROWS = 20_000  # fewer are summed in float64 in no time
_SINGLE_TOLERANCE = 1e-4  # bound on what rounding may do to the weights; what it does is some 20 times less


@dataclass(eq=False)
class Linear:
    """``x @ weights + intercept``; float64."""

    weights: F64
    intercept: F64

    def __call__(self, x: npt.ArrayLike) -> F64:
        return np.asarray(x, np.float64) @ self.weights + self.intercept


def pseudo_inverse(moments: Moments) -> Linear:
    """What ``np.linalg.pinv(x) @ y`` gives: least squares without an intercept, of the smallest norm.

    Solved from ``X'X`` with every channel at unit length, which keeps the accuracy that squaring a matrix of
    badly scaled columns would lose. A channel that is always zero gets zeros, as from the pseudo-inverse.
    """
    xx, xy, _ = moments.products(centred=False)
    length = np.sqrt(np.diag(xx))
    alive = np.flatnonzero(length > 0)
    weights = np.zeros((moments.num_inputs, moments.num_outputs))
    if len(alive):
        s = 1 / length[alive]
        gram = xx[np.ix_(alive, alive)] * np.outer(s, s)
        values, vectors = np.linalg.eigh(gram)
        if values[0] > 1e-13 * values[-1]:
            solved = np.linalg.solve(gram, xy[alive] * s[:, None])
            solved += np.linalg.solve(gram, xy[alive] * s[:, None] - gram @ solved)  # one step of refinement
            weights[alive] = solved * s[:, None]
        else:  # channels that depend on each other: smallest norm in the unscaled channels
            values, vectors = np.linalg.eigh(xx)
            keep = values > 1e-13 * values[-1]
            weights = (vectors[:, keep] / values[keep]) @ (vectors[:, keep].T @ xy)
    return Linear(weights, np.zeros(moments.num_outputs))


def channel_scale(moments: Moments, floor: float = SCALE_FLOOR) -> F64:
    """``(C,)`` standard deviation of each score, at least ``floor``."""
    xx, _, _ = moments.products(centred=True)
    return np.maximum(np.sqrt(np.maximum(np.diag(xx), 0) / max(moments.count, 1e-300)), floor)


def condition_number(moments: Moments) -> float:
    """Largest over smallest singular value of the centred scores, each at unit spread (floor as above)."""
    xx, _, _ = moments.products(centred=True)
    s = 1 / channel_scale(moments)
    values = np.linalg.eigvalsh(xx * np.outer(s, s))
    alive = values[values > 1e-14 * values[-1]]
    return float(np.sqrt(alive[-1] / alive[0])) if len(alive) else 0.0


class RidgePath:
    """Ridge with intercept and per-channel scaling at any strength, from one eigendecomposition.

    Minimises ``mean |y - x W - b|^2 + strength |S W|^2`` with S the channels' scale: Hoerl and Kennard 1970
    on standardised inputs. ``strength`` has no unit; 0.01 holds back a channel that explains 1 % of itself.
    """

    def __init__(self, moments: Moments, *, floor: float = SCALE_FLOOR) -> None:
        if moments.count <= 0:
            raise InputError("there are no rows to fit.")
        xx, xy, _ = moments.products(centred=True)
        self._scale = channel_scale(moments, floor)
        s = 1 / self._scale / np.sqrt(moments.count)
        self._values, self._vectors = np.linalg.eigh(xx * np.outer(s, s))
        self._target = self._vectors.T @ (xy * s[:, None]) / np.sqrt(moments.count)
        self._x_mean, self._y_mean = moments.x_mean, moments.y_mean
        length = np.diag(moments.products(centred=False)[0]) / moments.count
        self._lost = float(np.max(length / self._scale**2, initial=1.0))  # digits that centring costs

    def rounding(self, strength: float) -> float:
        """Upper bound on the relative error of the weights when the sums came from ``of_single``."""
        lowest = max(float(self._values[0]), 0.0) + strength
        return SINGLE_ERROR * self._lost * (float(self._values[-1]) + strength) / max(lowest, 1e-300)

    def at(self, strength: npt.ArrayLike) -> Linear:
        """The fit at one strength, or at one per output ``(D,)``."""
        lam = np.broadcast_to(np.asarray(strength, np.float64), (self._target.shape[1],))
        if not (lam > 0).all():
            raise InputError(f"the strength of a ridge must be above 0, got {lam.min()}.")
        shrunk = self._target / (np.maximum(self._values, 0)[:, None] + lam)
        weights = (self._vectors @ shrunk) / self._scale[:, None]
        return Linear(weights, self._y_mean - self._x_mean @ weights)


def ridge(x: npt.ArrayLike, y: npt.ArrayLike, strength: float) -> Linear:
    """``RidgePath(Moments.of(x, y)).at(strength)`` for tables in memory, fast.

    Many rows are summed in float32 blocks first. That is done again in float64 when rounding could show in
    the weights: scores that depend on each other with a small strength, or that hardly move about a large
    mean.

    Args:
        x, y: ``(N, C)`` scores and ``(N, D)`` parameters.
        strength: as for ``RidgePath``.

    Raises:
        ShapeError: not two tables of the same length.
        InputError: no rows, numbers that are not finite, a strength of 0 or less.
    """
    if len(np.shape(x)) == 2 and len(np.asarray(x)) >= _MANY_ROWS:
        path = RidgePath(Moments.of_single(x, y))
        if path.rounding(strength) <= _SINGLE_TOLERANCE:
            return path.at(strength)
    return RidgePath(Moments.of(x, y)).at(strength)


def coordinate_descent(
    moments: Moments,
    *,
    strength: npt.ArrayLike,
    sparsity: npt.ArrayLike = 0.0,
    low: npt.ArrayLike = -np.inf,
    high: npt.ArrayLike = np.inf,
) -> Linear:
    """Ridge as in ``RidgePath``, plus a price on every weight, with every weight between bounds.

    Minimises ``mean |y - x W - b|^2 / 2 + strength |S W|^2 / 2 + sparsity |S W|_1`` (Friedman, Hastie and
    Tibshirani 2010), from the sums alone.

    Args:
        strength, sparsity: scalars or ``(D,)``.
        low, high: bounds on the weights, broadcast to ``(C, D)``.

    Raises:
        InputError: bounds that exclude each other.
    """
    xx, xy, _ = moments.products(centred=True)
    count, scale = moments.count, channel_scale(moments, _STEADY_FLOOR)
    s = 1 / scale
    gram, target = xx * np.outer(s, s) / count, xy * s[:, None] / count
    shape = target.shape
    lam = np.broadcast_to(np.asarray(strength, np.float64), (shape[1],))
    price = np.broadcast_to(np.asarray(sparsity, np.float64), (shape[1],))
    lower = np.broadcast_to(np.asarray(low, np.float64), shape) * scale[:, None]
    upper = np.broadcast_to(np.asarray(high, np.float64), shape) * scale[:, None]
    if (lower > upper).any():
        raise InputError("a lower bound is above its upper bound.")
    # the ridge fit is a good start: often nothing has to move much
    w = np.clip(
        RidgePath(moments, floor=_STEADY_FLOOR).at(np.maximum(lam, 1e-6)).weights * scale[:, None],
        lower,
        upper,
    )
    for _ in range(_SWEEPS):
        change = 0.0
        for i in range(shape[0]):
            pull = target[i] - gram[i] @ w + gram[i, i] * w[i]
            new = np.sign(pull) * np.maximum(np.abs(pull) - price, 0) / (gram[i, i] + lam + 1e-30)
            new = np.clip(new, lower[i], upper[i])
            change = max(change, float(np.abs(new - w[i]).max()))
            w[i] = new
        if change < _TOLERANCE * max(float(np.abs(w).max()), 1e-12):
            break
    weights = w * s[:, None]
    return Linear(weights, moments.y_mean - moments.x_mean @ weights)
