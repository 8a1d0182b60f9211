"""What the pickle of a FLAME file may hold besides plain values: arrays, each as the inert parts it was pickled from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import FileFormatError

MAX_DIMS = 8
_MAX_ITEMS = 1 << 26

Array = npt.NDArray[Any]


class Name:
    """A global name met in a pickle: never imported, only compared."""

    __slots__ = ("full",)

    def __init__(self, module: str, name: str) -> None:
        self.full = f"{module}.{name}"


class SparseMatrix:
    """A SciPy sparse matrix as the plain arrays it was pickled with; ``toarray`` makes it dense."""

    __slots__ = ("kind", "state")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.state: dict[str, Any] = {}

    @property
    def shape(self) -> tuple[int, int]:
        shape = self.state.get("_shape", self.state.get("shape"))
        if not isinstance(shape, (tuple, list)) or len(shape) != 2:
            raise FileFormatError("A sparse matrix in this file has no two-dimensional shape.")
        if not all(is_count(n) for n in shape):
            raise FileFormatError("A sparse matrix in this file has a shape that is not made of counts.")
        return int(shape[0]), int(shape[1])

    def toarray(self) -> Array:
        """Dense copy; duplicates add up as in SciPy.

        Raises:
            FileFormatError: indices outside the shape, or a dense size that no model has.
        """
        rows, cols = self.shape
        if rows * cols > _MAX_ITEMS:
            raise FileFormatError(
                f"A sparse matrix in this file claims {rows} x {cols} entries, too many to be real."
            )
        data = self._vector("data", "fiub").astype(np.float64)
        if self.kind == "coo":
            coords = self.state.get("coords")
            if isinstance(coords, (tuple, list)) and len(coords) == 2:
                self.state["row"], self.state["col"] = coords
            row, col = self._vector("row", "iu"), self._vector("col", "iu")
        else:
            pointer, minor = self._vector("indptr", "iu").astype(np.int64), self._vector("indices", "iu")
            major_count = cols if self.kind == "csc" else rows
            counts = np.diff(pointer)
            if (
                len(pointer) != major_count + 1
                or pointer[0] != 0
                or (counts < 0).any()
                or pointer[-1] > len(minor)
            ):
                raise FileFormatError(
                    "A sparse matrix in this file has row pointers that do not fit its shape."
                )
            minor, data = minor[: pointer[-1]], data[: pointer[-1]]
            major = np.repeat(np.arange(major_count), counts)
            row, col = (minor, major) if self.kind == "csc" else (major, minor)
        if not len(row) == len(col) == len(data):
            raise FileFormatError("A sparse matrix in this file has indices and data of different lengths.")
        row, col = row.astype(np.int64), col.astype(np.int64)
        if len(row) and (row.min() < 0 or col.min() < 0 or row.max() >= rows or col.max() >= cols):
            raise FileFormatError("A sparse matrix in this file has indices outside its shape.")
        dense = np.zeros((rows, cols))
        np.add.at(dense, (row, col), data)
        return dense

    def _vector(self, key: str, kinds: str) -> Array:
        value = self.state.get(key)
        if not isinstance(value, np.ndarray) or value.ndim != 1 or value.dtype.kind not in kinds:
            raise FileFormatError(f"A sparse matrix in this file has no usable {key!r} array.")
        return value


class ChumpyArray:
    """A pickled ``chumpy.ch.Ch`` (the array it wraps) or ``chumpy.reordering.Select`` (a choice from one)."""

    __slots__ = ("kind", "state")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.state: dict[str, Any] = {}

    def toarray(self) -> Array:
        """The values.

        Raises:
            FileFormatError: it holds no plain numeric array.
        """
        if self.kind == "Ch":
            value = self.state.get("x")
            if isinstance(value, np.ndarray):
                return value
            if isinstance(value, (int, float)):
                return np.asarray(value, np.float64)
            raise FileFormatError("A chumpy array in this file does not hold a plain array.")
        # Select: the entries `idxs` of the flattened array `a`, in shape `preferred_shape`.
        source, indices, shape = (self.state.get(k) for k in ("a", "idxs", "preferred_shape"))
        if isinstance(source, ChumpyArray):
            if source.kind != "Ch":
                raise FileFormatError(
                    "A chumpy array in this file is a selection of a selection; save it as a plain array."
                )
            source = source.toarray()
        if (
            not isinstance(source, np.ndarray)
            or not isinstance(indices, np.ndarray)
            or indices.dtype.kind not in "iu"
        ):
            raise FileFormatError("A chumpy selection in this file does not hold plain arrays.")
        flat = source.reshape(-1)
        if indices.size and (indices.min() < 0 or indices.max() >= flat.size):
            raise FileFormatError("A chumpy selection in this file points outside its array.")
        chosen = flat[indices.reshape(-1)]
        if isinstance(shape, np.ndarray):
            shape = tuple(int(n) for n in shape.reshape(-1)[:MAX_DIMS])
        if isinstance(shape, (tuple, list)):
            chosen = chosen.reshape(checked_shape(shape, chosen.size))
        return chosen


class Dtype:
    """A number type and its byte order."""

    __slots__ = ("code", "order")

    def __init__(self, code: str) -> None:
        self.code, self.order = code, "="

    def resolve(self) -> np.dtype[Any]:
        return np.dtype(("<" if self.order in "|=" else self.order) + self.code)


class PendingArray:
    """What ``_reconstruct`` leaves on the stack until BUILD brings the contents; ``keys``: its places in the memo."""

    __slots__ = ("keys",)

    def __init__(self) -> None:
        self.keys: list[int] = []


def is_count(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and 0 <= int(value) < 1 << 40


def checked_shape(shape: Any, items: int) -> tuple[int, ...]:
    if not isinstance(shape, (tuple, list)) or len(shape) > MAX_DIMS or not all(is_count(n) for n in shape):
        raise FileFormatError("An array in this file has a shape that is not made of counts.")
    if math.prod(int(n) for n in shape) != items:
        raise FileFormatError("An array in this file claims another size than its content has.")
    return tuple(int(n) for n in shape)
