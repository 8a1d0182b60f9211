"""Sums that add: ``X'X``, ``X'Y`` and ``diag(Y'Y)`` of any number of rows, in any order.

Each block of rows is summed in float64; sums are added to sums with their rounding error carried along
(TwoSum, Knuth 1969; Ogita, Rump and Oishi 2005), so that the order and the grouping of the additions do not
show in the result.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.errors import InputError, ShapeError

F64 = npt.NDArray[np.float64]
_BLOCK = 512  # rows whose float64 copy stays in the second-level cache
_SINGLE_BLOCK = 2048  # rows multiplied in float32 before they are added up in float64
SINGLE_ERROR = 5e-8
"""Of ``Moments.of_single``: error of a sum of products, relative to the root of its two sums of squares."""


@dataclass(eq=False)
class Moments:
    """Sums over rows ``z = (1, x, y)``.

    Attributes:
        cross: ``(1 + C, 1 + C + D)`` sum of ``(1, x)' (1, x, y)``: count, sums, ``X'X``, ``X'Y``.
        square: ``(D,)`` sum of ``y * y``.
        cross_rest, square_rest: what rounding left out of the two; the sums are ``cross + cross_rest``.
        num_inputs: C.
    """

    cross: F64
    square: F64
    cross_rest: F64
    square_rest: F64
    num_inputs: int

    @classmethod
    def zeros(cls, num_inputs: int, num_outputs: int) -> Moments:
        shape = (1 + num_inputs, 1 + num_inputs + num_outputs)
        return cls(np.zeros(shape), np.zeros(num_outputs), np.zeros(shape), np.zeros(num_outputs), num_inputs)

    @classmethod
    def of(cls, x: npt.ArrayLike, y: npt.ArrayLike, weights: F64 | None = None) -> Moments:
        """The sums over rows ``x (N, C)`` and ``y (N, D)``, each counted ``weights (N,)`` times.

        Raises:
            ShapeError: not two tables of the same length.
            InputError: a number is not finite; one bad row would spoil every sum.
        """
        inputs, outputs = _tables(x, y)
        num_inputs, num_outputs = inputs.shape[1], outputs.shape[1]
        result = cls.zeros(num_inputs, num_outputs)
        rows = np.empty((_BLOCK, 1 + num_inputs + num_outputs))
        for start in range(0, len(inputs), _BLOCK):
            size = min(_BLOCK, len(inputs) - start)
            block = rows[:size]
            block[:, 1 : 1 + num_inputs] = inputs[start : start + size]
            block[:, 1 + num_inputs :] = outputs[start : start + size]
            block[:, 0] = 1
            if weights is not None:
                block *= np.sqrt(weights[start : start + size, None])
            result.cross += block[:, : 1 + num_inputs].T @ block
            tail = block[:, 1 + num_inputs :]
            result.square += np.einsum("nd,nd->d", tail, tail)
        _finite(result.cross, result.square)
        return result

    @classmethod
    def of_single(cls, x: npt.ArrayLike, y: npt.ArrayLike) -> Moments:
        """As ``of``, with the products of each block of rows in float32: about twice as fast.

        For a ridge, which does not divide by small numbers; its error is ``SINGLE_ERROR``. ``square``, which
        only cross-validation needs, is left out (NaN).

        Raises:
            ShapeError, InputError: as ``of``.
        """
        inputs, outputs = _tables(x, y)
        c, d = inputs.shape[1], outputs.shape[1]
        result = cls.zeros(c, d)
        result.square[:] = np.nan
        result.cross[0, 0] = len(inputs)
        sums, xx, xy = result.cross[0], np.empty((c, c), np.float32), np.empty((c, d), np.float32)
        ones = np.ones(_SINGLE_BLOCK, np.float32)
        with np.errstate(over="ignore", invalid="ignore"):  # looked at once, in the sums
            for start in range(0, len(inputs), _SINGLE_BLOCK):
                a = inputs[start : start + _SINGLE_BLOCK].astype(np.float32, copy=False)
                b = outputs[start : start + _SINGLE_BLOCK].astype(np.float32, copy=False)
                result.cross[1:, 1 : 1 + c] += np.matmul(a.T, a, out=xx)
                result.cross[1:, 1 + c :] += np.matmul(a.T, b, out=xy)
                sums[1 : 1 + c] += ones[: len(a)] @ a
                sums[1 + c :] += ones[: len(a)] @ b
        result.cross[1 : 1 + c, 0] = sums[1 : 1 + c]
        _finite(result.cross)
        return result

    def add(self, other: Moments) -> None:
        """Add other sums to these, in place.

        Raises:
            ShapeError: sums of other widths.
        """
        if other.cross.shape != self.cross.shape or other.num_inputs != self.num_inputs:
            raise ShapeError(f"these sums are {self.cross.shape}, the others {other.cross.shape}.")
        _two_sum(self.cross, self.cross_rest, other.cross, other.cross_rest)
        _two_sum(self.square, self.square_rest, other.square, other.square_rest)

    @classmethod
    def total(cls, parts: Iterable[Moments], weights: Iterable[float] | None = None) -> Moments:
        """The sum of parts, each times its weight if there are any.

        Raises:
            InputError: no parts.
        """
        result: Moments | None = None
        for part, weight in zip(parts, weights) if weights is not None else ((p, 1.0) for p in parts):
            scaled = part if weight == 1.0 else part.scaled(weight)
            if result is None:
                result = cls.zeros(part.num_inputs, part.num_outputs)
            result.add(scaled)
        if result is None:
            raise InputError("there are no sums to add: no rows were read.")
        return result

    def scaled(self, weight: float) -> Moments:
        """As if every row counted ``weight`` times."""
        return Moments(
            self.cross * weight,
            self.square * weight,
            self.cross_rest * weight,
            self.square_rest * weight,
            self.num_inputs,
        )

    def transformed(self, inputs: npt.ArrayLike, outputs: npt.ArrayLike, square: npt.ArrayLike) -> Moments:
        """Sums over ``x @ inputs`` and ``y @ outputs``; ``square`` (D,) cannot be derived and is given."""
        a, b = np.asarray(inputs, np.float64), np.asarray(outputs, np.float64)
        left, right = np.eye(1 + len(a)), np.eye(1 + len(a) + len(b))
        left[1:, 1:] = a
        right[1 : 1 + len(a), 1 : 1 + len(a)] = a
        right[1 + len(a) :, 1 + len(a) :] = b
        cross = left.T @ self.value @ right
        return Moments(
            cross,
            np.asarray(square, np.float64).copy(),
            np.zeros_like(cross),
            np.zeros(len(b)),
            self.num_inputs,
        )

    @property
    def value(self) -> F64:
        """``cross`` with its rest, rounded once."""
        return self.cross + self.cross_rest

    @property
    def num_outputs(self) -> int:
        return len(self.square)

    @property
    def count(self) -> float:
        """Rows, or their weight."""
        return float(self.cross[0, 0])

    @property
    def x_mean(self) -> F64:
        return self.value[0, 1 : 1 + self.num_inputs] / max(self.count, 1e-300)

    @property
    def y_mean(self) -> F64:
        return self.value[0, 1 + self.num_inputs :] / max(self.count, 1e-300)

    def products(self, *, centred: bool) -> tuple[F64, F64, F64]:
        """``X'X (C, C)``, ``X'Y (C, D)`` and ``diag(Y'Y) (D,)``, about the means when ``centred``."""
        value, c = self.value, 1 + self.num_inputs
        xx, xy, yy = value[1:, 1:c].copy(), value[1:, c:].copy(), self.square + self.square_rest
        if centred and self.count:
            sums_x, sums_y = value[0, 1:c], value[0, c:]
            xx -= np.outer(sums_x, sums_x) / self.count
            xy -= np.outer(sums_x, sums_y) / self.count
            yy = np.maximum(yy - sums_y**2 / self.count, 0)
        return (xx + xx.T) / 2, xy, yy

    def squared_error(self, weights: F64, intercept: F64) -> F64:
        """``(D,)`` sum of ``(y - x @ weights - intercept) ** 2`` over the rows."""
        value, c = self.value, 1 + self.num_inputs
        full = np.concatenate([intercept[None], weights])
        error = self.square + self.square_rest - 2 * (full * value[:, c:]).sum(0)
        error += np.einsum("id,ij,jd->d", full, value[:, :c], full, optimize=True)
        return np.asarray(np.maximum(error, 0))


def _tables(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    inputs, outputs = np.asarray(x), np.asarray(y)
    if inputs.ndim != 2 or outputs.ndim != 2 or len(inputs) != len(outputs):
        raise ShapeError(f"expected x (N, C) and y (N, D), got {inputs.shape} and {outputs.shape}.")
    if inputs.dtype.kind not in "fiub" or outputs.dtype.kind not in "fiub":
        raise InputError(f"expected numbers, got {inputs.dtype} and {outputs.dtype}.")
    return inputs, outputs


def _finite(*sums: F64) -> None:
    if not all(np.isfinite(values).all() for values in sums):
        raise InputError("the rows hold NaN, infinite or absurdly large numbers; drop those rows first.")


def _two_sum(a: F64, a_rest: F64, b: F64, b_rest: F64) -> None:
    """``a += b`` in place; what rounding loses goes to ``a_rest``."""
    total = a + b
    shown = total - a
    lost = (a - (total - shown)) + (b - shown)
    a[...] = total
    a_rest += lost + b_rest
