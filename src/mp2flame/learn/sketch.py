"""Distributions that add exactly: counts in bins whose width grows with the value.

A float32's top bits (sign, exponent, six bits of the mantissa) are the bin: 64 bins per doubling, so any
quantile is known to within 0.8 % of its value. Counts are integers: adding is exact in any order, and a
histogram at any coarser width comes from the same counts.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..base.errors import ShapeError

F64 = npt.NDArray[np.float64]
_SHIFT = 17  # of 23 mantissa bits, so 6 are kept
_LOWEST, _HIGHEST = 2.0**-20, 2.0**7  # smaller counts as zero, larger as the highest bin
_FIRST = int(np.float32(_LOWEST).view(np.uint32)) >> _SHIFT
_LAST = int(np.float32(_HIGHEST).view(np.uint32)) >> _SHIFT
_SIDE = _LAST - _FIRST + 1
NUM_BINS = 2 * _SIDE + 1
_CHUNK = 8192
_UPPER = int(sys.byteorder == "little")  # which half of a float32 has sign and exponent


def _edges() -> F64:
    positive = (np.arange(_FIRST, _LAST + 2, dtype=np.uint32) << _SHIFT).view(np.float32).astype(np.float64)
    return np.concatenate([-positive[::-1], positive])


EDGES: F64 = _edges()
"""``(NUM_BINS + 1,)`` bin borders, ascending; the middle bin is zero and what is smaller than 1e-6."""
EDGES.flags.writeable = False


@dataclass(eq=False)
class Sketch:
    """Counts per channel and bin, with the extremes.

    Attributes:
        counts: ``(C, NUM_BINS)`` int64.
        low, high: ``(C,)`` smallest and largest value; infinite when there are no rows.
    """

    counts: npt.NDArray[np.int64]
    low: F64
    high: F64

    @classmethod
    def zeros(cls, channels: int) -> Sketch:
        return cls(
            np.zeros((channels, NUM_BINS), np.int64), np.full(channels, np.inf), np.full(channels, -np.inf)
        )

    @classmethod
    def of(cls, values: npt.ArrayLike) -> Sketch:
        """The distribution of each column of ``values (N, C)``, finite numbers."""
        rows = np.ascontiguousarray(values, np.float32)
        if rows.ndim != 2:
            raise ShapeError(f"expected a table (N, C), got {rows.shape}.")
        result = cls.zeros(rows.shape[1])
        if len(rows):
            result.low, result.high = _extreme(np.minimum, rows), _extreme(np.maximum, rows)
        for start in range(0, len(rows), _CHUNK):
            # column by column: the counts of one column stay in the first-level cache
            upper = rows[start : start + _CHUNK].view(np.int16)[:, _UPPER::2].T
            place = np.ascontiguousarray(upper)
            sign = place >> 15  # 0 or -1
            place &= 0x7FFF
            place >>= _SHIFT - 16
            np.clip(place, _FIRST - 1, _LAST, out=place)
            place -= _FIRST - 1  # 0 for the middle bin
            place ^= sign
            place -= sign  # negative numbers count downwards
            place += _SIDE
            for channel, column in enumerate(place):
                result.counts[channel] += np.bincount(column, minlength=NUM_BINS)
        return result

    def add(self, other: Sketch) -> None:
        """Add other counts to these, in place.

        Raises:
            ShapeError: another number of channels.
        """
        if other.counts.shape != self.counts.shape:
            raise ShapeError(f"{len(self.counts)} channels against {len(other.counts)}.")
        self.counts += other.counts
        np.minimum(self.low, other.low, out=self.low)
        np.maximum(self.high, other.high, out=self.high)

    def __getitem__(self, channels: slice) -> Sketch:
        """Some of the channels."""
        return Sketch(self.counts[channels], self.low[channels], self.high[channels])

    @property
    def num_rows(self) -> int:
        return int(self.counts[0].sum()) if len(self.counts) else 0

    def quantile(self, q: float) -> F64:
        """``(C,)`` the value that a share ``q`` of the rows does not exceed; NaN without rows."""
        total = self.counts.sum(1)
        rank = np.clip(np.ceil(q * total), 1, None)
        place = (np.cumsum(self.counts, axis=1) < rank[:, None]).sum(1).clip(0, NUM_BINS - 1)
        middle = (EDGES[place] + EDGES[place + 1]) / 2
        middle[place == _SIDE] = 0.0
        with np.errstate(invalid="ignore"):
            return np.where(total > 0, np.clip(middle, self.low, self.high), np.nan)

    def above(self, value: float) -> npt.NDArray[np.int64]:
        """``(C,)`` rows whose value is above ``value``, to the nearest bin."""
        return np.asarray(self.counts[:, int(np.searchsorted(EDGES, value)) :].sum(1))

    def histogram(self, edges: npt.ArrayLike) -> F64:
        """``(C, len(edges) - 1)`` counts between ``edges``.

        A bin that lies across two is shared by length.
        """
        borders = np.asarray(edges, np.float64)
        cumulative = np.concatenate([np.zeros((len(self.counts), 1)), np.cumsum(self.counts, axis=1)], axis=1)
        return np.stack([np.diff(np.interp(borders, EDGES, row)) for row in cumulative])


def _extreme(which: np.ufunc, rows: npt.NDArray[np.float32]) -> F64:
    """``(C,)`` minimum or maximum of each column; rows are laid side by side first, which is faster."""
    beside, channels = 16, rows.shape[1]
    whole = len(rows) // beside * beside
    found = [which.reduce(rows[whole:], axis=0)] if whole < len(rows) else []
    if whole:
        wide = which.reduce(rows[:whole].reshape(-1, beside * channels), axis=0)
        found.append(which.reduce(wide.reshape(beside, channels), axis=0))
    return np.asarray(which.reduce(found, axis=0), np.float64)
