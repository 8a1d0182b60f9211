"""Many small quadratic programmes with bounds at once: one matrix, many right-hand sides.

Block principal pivoting for ``min x'Hx / 2 - c'x`` with ``0 <= x <= upper`` (Portugal, Judice and Vicente,
*A comparison of block pivoting and interior-point algorithms for linear least squares problems with
nonnegative variables*, Mathematics of Computation 63, 1994; upper bounds as a third state). It guesses which
variables lie at a bound, solves for the rest, and exchanges those that are on the wrong side. Rows for which
that makes no progress walk downhill from bound to bound instead (a primal active set).
"""

from __future__ import annotations

import numpy as np

from ..base.values import FloatArray

_PATIENCE = 3  # exchanges without progress before a row walks
_ROUNDS = 500
_SWEEPS = 20
_CHUNK = 1024  # rows at a time: bounds the memory of the stacked matrices
_LOWER, _FREE, _UPPER = 0, 1, 2


def solve_boxes(matrix: FloatArray, right: FloatArray, upper: FloatArray) -> FloatArray:
    """Minimisers of ``x'Hx / 2 - c'x`` within ``0 <= x <= upper``, float64.

    Args:
        matrix: ``(n, n)`` H, symmetric and positive definite.
        right: ``(N, n)`` c.
        upper: ``(N, n)`` bounds, not negative; 0 holds a variable at 0.

    Returns:
        ``(N, n)``; exact to rounding, and never outside the bounds.
    """
    h = np.asarray(matrix, np.float64)
    c = np.asarray(right, np.float64)
    u = np.broadcast_to(np.asarray(upper, np.float64), c.shape)
    out = np.empty_like(c)
    for start in range(0, len(c), _CHUNK):
        part = slice(start, start + _CHUNK)
        out[part] = _solve(h, c[part], u[part])
    return out


def _solve(h: FloatArray, c: FloatArray, upper: FloatArray) -> FloatArray:
    count, n = c.shape
    flat = 1e-10 * float(np.abs(np.diag(h)).max(initial=1e-30))  # a slope that counts as zero
    start = _sweeps(h, c, upper)
    out = start.copy()
    state = np.where(start <= 0, _LOWER, np.where(start >= upper, _UPPER, _FREE))
    best, patience = np.full(count, n + 1), np.full(count, _PATIENCE)
    left, stuck = np.arange(count), []
    while len(left):
        s, u = state[left], upper[left]
        x, slope = _at(h, c[left], s, u)
        wrong = ((s == _FREE) & ((x < -1e-10) | (x > u + 1e-10))) | _pulled(s, slope, u, flat)
        number = wrong.sum(1)
        out[left] = np.clip(x, 0, u)
        patience[left] = np.where(number < best[left], _PATIENCE, patience[left] - 1)
        best[left] = np.minimum(best[left], number)
        new = np.where(s == _FREE, np.where(x < 0, _LOWER, _UPPER), _FREE)
        state[left] = np.where(wrong, new, s)
        stuck.append(left[(number > 0) & (patience[left] < 0)])
        left = left[(number > 0) & (patience[left] >= 0)]
    rows = np.concatenate(stuck) if stuck else left
    if len(rows):
        out[rows] = _walk(h, c[rows], upper[rows], start[rows], flat)
    return out


def _pulled(state: FloatArray, slope: FloatArray, upper: FloatArray, flat: float) -> FloatArray:
    """Variables at a bound that want to leave it."""
    up = (state == _LOWER) & (slope < -flat) & (upper > 0)
    return np.asarray(up | ((state == _UPPER) & (slope > flat)))


def _walk(h: FloatArray, c: FloatArray, upper: FloatArray, x: FloatArray, flat: float) -> FloatArray:
    """From a point within the bounds downhill, one bound gained or left at a time: slow, and it ends."""
    x = x.copy()
    state = np.where(x <= 0, _LOWER, np.where(x >= upper, _UPPER, _FREE))
    left = np.arange(len(x))
    for _ in range(_ROUNDS):
        s, u, here = state[left], upper[left], x[left]
        wanted, slope = _at(h, c[left], s, u)
        way = np.where(s == _FREE, wanted - here, 0.0)
        room = np.where(way > 0, u - here, here)
        share = np.divide(room, np.abs(way), out=np.full_like(way, np.inf), where=np.abs(way) > 1e-14)
        length = share.min(1)
        hit, blocked = share.argmin(1), length < 1
        x[left] = np.clip(here + np.minimum(length, 1.0)[:, None] * way, 0, u)
        rows = left[blocked]
        at = hit[blocked]
        up = way[blocked, at] > 0
        state[rows, at] = np.where(up, _UPPER, _LOWER)
        x[rows, at] = np.where(up, u[blocked, at], 0)  # exactly, whatever the step was rounded to
        gain = np.where(_pulled(s, slope, u, flat), np.abs(slope), 0.0)
        free = ~blocked & (gain.max(1) > 0)
        state[left[free], gain[free].argmax(1)] = _FREE
        left = left[blocked | free]
        if not len(left):
            break
    return x


def _sweeps(h: FloatArray, c: FloatArray, upper: FloatArray) -> FloatArray:
    """A few rounds of coordinate descent: cheap, and it finds most of the bounds."""
    x, top, right = np.zeros(c.T.shape), np.ascontiguousarray(upper.T), np.ascontiguousarray(c.T)
    for _ in range(_SWEEPS):
        for i in range(len(x)):
            np.clip(x[i] + (right[i] - h[i] @ x) / h[i, i], 0, top[i], out=x[i])
    return x.T


def _at(h: FloatArray, c: FloatArray, state: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``x`` with the free variables solved and the others at their bounds, and the slope ``Hx - c``."""
    free = state == _FREE
    bound = np.where(state == _UPPER, upper, 0.0)
    right = np.where(free, c - bound @ h, bound)
    system = h * (free[:, :, None] & free[:, None, :])
    diagonal = np.arange(h.shape[0])
    system[:, diagonal, diagonal] = np.where(free, np.diag(h), 1.0)
    x = np.linalg.solve(system, right[..., None])[..., 0]
    return x, x @ h - c
