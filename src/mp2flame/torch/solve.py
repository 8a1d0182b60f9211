"""Linear algebra that has gradients everywhere and can be written down as plain products."""

from __future__ import annotations

import numpy as np
import torch

from .loops import Tensors, repeated
from .modes import traced

_STEPS = 9  # of conjugate gradients
_TINY = 1e-30
_SQUARINGS = 10  # the power 1024 of a matrix whose two largest eigenvalues differ by 2 % and more is its first projector


def _horn() -> tuple[torch.Tensor, torch.Tensor]:
    """The linear maps of Horn (1987): a 3 x 3 moment to his 4 x 4 matrix, and ``q q'`` to the rotation."""
    to_four, to_three = np.zeros((3, 3, 4, 4)), np.zeros((4, 4, 3, 3))
    for i, signs in enumerate(((1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1))):
        to_four[i, i, range(4), range(4)] = signs
        to_three[range(4), range(4), i, i] = signs
    for axis in range(3):
        a, b = (axis + 1) % 3, (axis + 2) % 3
        for row, column, sign in ((a, b, -1.0), (b, a, 1.0)):
            to_four[row, column, 0, axis + 1] = to_four[row, column, axis + 1, 0] = sign
            to_three[0, axis + 1, row, column] = 2 * sign
        to_four[a, b, a + 1, b + 1] = to_four[a, b, b + 1, a + 1] = 1
        to_four[b, a, a + 1, b + 1] = to_four[b, a, b + 1, a + 1] = 1
        to_three[a + 1, b + 1, a, b] = to_three[a + 1, b + 1, b, a] = 2
    return torch.tensor(to_four.reshape(9, 16)), torch.tensor(to_three.reshape(16, 9))


TO_FOUR, TO_THREE = _horn()


_ONE = torch.eye(64, dtype=torch.float64)


def identity(n: int, like: torch.Tensor) -> torch.Tensor:
    """``(n, n)`` of the dtype and device of another tensor; a plain constant where operations are written down."""
    return _ONE[:n, :n].to(like)


def nearest_rotation(moment: torch.Tensor) -> torch.Tensor:
    """The rotation ``R`` with the largest ``trace(R' M)`` for each ``(N, 3, 3)``; determinant +1 always.

    That is ``U V'`` of an SVD with its sign put right, by Horn's quaternion: the first eigenvector of a symmetric 4 x 4
    matrix, here by repeated squaring, so that neither a sign nor a small gap of singular values enters the gradient.
    """
    to_four, to_three = TO_FOUR.to(moment), TO_THREE.to(moment)
    one = identity(4, moment)
    four = (moment.reshape(-1, 9) @ to_four).reshape(-1, 4, 4)
    size = (four * four).sum((1, 2), keepdim=True).clamp(min=1e-30).sqrt()
    power = four / size + one
    for _ in range(_SQUARINGS):
        power = power @ power
        power = power / (power * one).sum((1, 2), keepdim=True)
    return (power.reshape(-1, 16) @ to_three).reshape(-1, 3, 3)


def diagonal(values: torch.Tensor) -> torch.Tensor:
    """``(N, n)`` on the diagonals of ``(N, n, n)``."""
    return values[:, :, None] * identity(values.shape[-1], values)


def bounded(
    hessian: torch.Tensor,
    around: torch.Tensor,
    rounds: int,
    pull: torch.Tensor | None = None,
    started: torch.Tensor | None = None,
    at_most: torch.Tensor | None = None,
    inverse: torch.Tensor | None = None,
) -> torch.Tensor:
    """``response.fit.bounded``: minimum on [0, 1] by a free set, solved and clipped.

    The function is ``d H d / 2 - pull d`` of ``d = w - around``, so that what is large cancels before it is rounded.

    Args:
        hessian: ``(N, n, n)`` positive definite.
        around: ``(N, n)``.
        rounds: at most; they end for a frame whose free set stays as it is.
        pull: ``(N, n)``, None for zero: ``around`` is the minimum without bounds, and the first round.
        started: ``(N, 1)`` whether ``around`` is a start, whose weights at a bound are held in the first round already.
        at_most: ``(N, 1)`` rounds of each frame, None: ``rounds``.
        inverse: ``(N, n, n)`` of the Hessians; needed where operations are written down for ONNX.
    """
    alone = pull is None
    pull = torch.zeros_like(around) if pull is None else pull
    limit = torch.full_like(around[:, :1], rounds) if at_most is None else at_most
    w = around.clamp(0, 1) if alone else around
    held = _held(hessian, around, pull, w)
    held = held if started is None else held & started
    done = torch.ones_like(limit) if alone else torch.zeros_like(limit)
    fixed = (hessian, around, pull, limit) + (() if inverse is None else (inverse,))
    state = (w, held, done, done < limit)
    return repeated(_round, state, fixed, rounds - 1 if alone else rounds)[0].clamp(0, 1)


def _held(hessian: torch.Tensor, around: torch.Tensor, pull: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """``(N, n)`` weights at a bound that would go beyond it."""
    slope = ((w - around)[:, None] @ hessian)[:, 0] - pull
    return ((w <= 0) & (slope > 0)) | ((w >= 1) & (slope < 0))


def _round(state: Tensors, fixed: Tensors) -> Tensors:
    """Weights, those that are held, rounds that are done, frames that go on ``(N, 1)``."""
    (w, held, done, active), (hessian, around, pull, limit) = state, fixed[:4]
    free = (~held).to(w.dtype)
    kept = (w - around) * (1 - free)
    right = pull - (kept[:, None] @ hessian)[:, 0]
    if len(fixed) == 4 or not traced():
        system = hessian * (free[:, :, None] * free[:, None, :]) + diagonal(1 - free)
        found = torch.linalg.solve(system, right * free)
    else:
        found = conjugate(hessian, fixed[4], right, free, (w - around) * free)
    moved = torch.where(held, w, around + found).clamp(0, 1)
    then, done = _held(hessian, around, pull, moved), done + 1
    differs = (then != held).to(w.dtype).amax(1, keepdim=True) > 0
    return torch.where(active, moved, w), then, done, active & differs & (done < limit)


def conjugate(
    matrix: torch.Tensor, inverse: torch.Tensor, right: torch.Tensor, free: torch.Tensor, start: torch.Tensor
) -> torch.Tensor:
    """The free part ``(N, n)`` of ``matrix x = right`` by conjugate gradients, with nothing but products.

    The inverse of the whole matrix goes before each step: with few weights held it is nearly the solution, so that a fixed
    ``_STEPS`` reach the last digit of float32 (docs/decisions/web_speed.md).
    """
    masks = free[:, :, None] * free[:, None, :]
    matrix, inverse = matrix * masks, inverse * masks
    x = start[:, None]
    rest = (right * free)[:, None] - x @ matrix
    ahead = rest @ inverse
    way, size = ahead, (rest * ahead).sum(2, keepdim=True)
    for k in range(_STEPS):
        pressed = way @ matrix
        step = size / (way * pressed).sum(2, keepdim=True).clamp(min=_TINY)
        x = x + step * way
        if k == _STEPS - 1:
            break
        rest = rest - step * pressed
        ahead = rest @ inverse
        before, size = size, (rest * ahead).sum(2, keepdim=True)
        way = ahead + size / before.clamp(min=_TINY) * way
    return x[:, 0]
