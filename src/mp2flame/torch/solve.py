"""Linear algebra that has gradients everywhere and can be written down as plain products."""

from __future__ import annotations

import numpy as np
import torch

from .modes import traced

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


def solve(matrix: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """``(N, n)`` solutions of positive definite ``(N, n, n)`` systems; elimination written out where nothing else may be."""
    if not traced():
        return torch.linalg.solve(matrix, right)
    units = identity(matrix.shape[-1], matrix)
    size = (
        1 / (matrix * units).sum(1, keepdim=True).sqrt()
    )  # pivots of at most 1 keep the digits of their rows
    matrix = size * matrix * size.transpose(1, 2)
    inverse = matrix
    for k in range(
        matrix.shape[-1]
    ):  # Gauss-Jordan in place; positive definite matrices need no other pivot than the next
        e = units[:, k : k + 1]
        column, row = inverse @ e, e.T @ inverse
        inverse = inverse - (column - e) @ ((row + e.T) / (row @ e))
    b = (right * size[:, 0])[:, :, None]
    found = inverse @ b
    found = found + inverse @ (b - matrix @ found)  # what the inverse lost in digits comes back
    return found[:, :, 0] * size[:, 0]


def diagonal(values: torch.Tensor) -> torch.Tensor:
    """``(N, n)`` on the diagonals of ``(N, n, n)``."""
    return values[:, :, None] * identity(values.shape[-1], values)


def bounded(
    hessian: torch.Tensor,
    around: torch.Tensor,
    rounds: int,
    pull: torch.Tensor | None = None,
    started: torch.Tensor | None = None,
) -> list[torch.Tensor]:
    """``response.fit.bounded``: minimum on [0, 1] by a free set, solved and clipped; the result of every round.

    The function is ``d H d / 2 - pull d`` of ``d = w - around``, so that what is large cancels before it is rounded.

    Args:
        hessian: ``(N, n, n)`` positive definite.
        around: ``(N, n)``.
        rounds: how many.
        pull: ``(N, n)``, None for zero: ``around`` is the minimum without bounds.
        started: ``(N, 1)`` whether ``around`` is a start, whose weights at a bound are held in the first round already.
    """
    w, found = around, []
    for k in range(rounds):
        if k or pull is not None:
            slope = ((w - around)[:, None] @ hessian)[:, 0]
            slope = slope if pull is None else slope - pull
            held = ((w <= 0) & (slope > 0)) | ((w >= 1) & (slope < 0))
            held = held & started if k == 0 and started is not None else held
            w = _free(hessian, around, pull, w, held)
        w = w.clamp(0, 1)
        found.append(w)
    return found


def _free(
    hessian: torch.Tensor,
    around: torch.Tensor,
    pull: torch.Tensor | None,
    w: torch.Tensor,
    held: torch.Tensor,
) -> torch.Tensor:
    """What is not held solved for, what is held left where it is."""
    free = (~held).to(w.dtype)
    fixed = (w - around) * (1 - free)
    right = -(fixed[:, None] @ hessian)[:, 0]
    right = right if pull is None else right + pull
    system = hessian * (free[:, :, None] * free[:, None, :]) + diagonal(1 - free)
    return torch.where(held, w, around + solve(system, right * free))
