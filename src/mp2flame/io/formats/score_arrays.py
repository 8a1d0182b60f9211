"""Scores in ``.npy`` and ``.npz`` files, under whatever names and axes people save them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...base.channels import ORDERS, order_names
from ...base.errors import FileFormatError, InputError
from ...base.safe_npz import is_npz, read_npy, read_npz
from ...base.values import FloatArray
from ..options import Kind, TableOptions
from .score_table import ScoreTable, is_channel, kind_of, make_table, settle_kind
from .table_time import find_times, words_of

_KEYS = ("blendshapes", "arkit_weights", "weights", "scores", "blendshape_scores")
_FLAME_KEYS = frozenset(
    "exp expr expression expressions expression_params shape betas tex verts vertices".split()
)
_FEWEST, _MOST = 51, 61


def read_score_arrays(path: Path, options: TableOptions) -> ScoreTable:
    """``.npy`` of ``(T, C)``, or ``.npz`` with such an array; times, names and rate beside it are used.

    Axes of length 1 are dropped, and rows and columns exchanged where only that gives 51 to 61 channels.

    Raises:
        FileFormatError: no such array, or times that do not fit it.
        InputError: nothing says the order of its columns; the message names the option.
    """
    arrays: dict[str, Any] = read_npz(path) if is_npz(path) else {"blendshapes": read_npy(path)}
    key = _key_of(path, arrays)
    values, notes = _rows_of(path, np.asarray(arrays[key]))
    columns = _columns_of(path, arrays, values.shape[1], options.channels)
    known: Kind | None = (
        "arkit" if key == "arkit_weights" or (options.channels and not kind_of(columns)) else None
    )
    kind, said = settle_kind(columns, values, options.kind or known)
    count = len(values)
    beside = {
        name: array.tolist() for name, array in arrays.items()
        if name != key and np.ndim(array) == 1 and len(array) == count and array.dtype.kind in "fiu"
    }  # fmt: skip
    for name in ("timestamp_ms", "detected"):
        if name in arrays and np.shape(arrays[name]) != (count,):
            raise FileFormatError(f"{path}: {name} must be ({count},), got {np.shape(arrays[name])}.")
    times = find_times(beside, count, options, stated_fps=_rate_in(arrays))
    return make_table(path, columns, values, kind, times, arrays.get("detected"), notes=(*said, *notes))


def _key_of(path: Path, arrays: Mapping[str, Any]) -> str:
    """The array of scores: by its name, else the only one with as many columns as a face has channels."""
    named = next((key for key in _KEYS if key in arrays), None)
    if named is not None:
        return named
    fits = [
        key for key, array in arrays.items()
        if key.lower() not in _FLAME_KEYS and array.dtype.kind in "fiu" and np.squeeze(array).ndim == 2
        and _FEWEST <= np.squeeze(array).shape[1] <= _MOST
    ]  # fmt: skip
    if len(fits) == 1:
        return fits[0]
    raise FileFormatError(
        f"{path} has {', '.join(list(arrays)[:6]) or 'nothing'}; expected a take of `mp2flame run` or an array of "
        f"scores (frames, {_FEWEST} to {_MOST} channels) named blendshapes, arkit_weights or weights. "
        "FLAME coefficients are read by `mp2flame convert`, not as a source."
    )


def _rows_of(path: Path, given: Any) -> tuple[FloatArray, list[str]]:
    """``(T, C)`` from any axes, and the note that says what was exchanged."""
    shape = given.shape
    if given.ndim > 2 and sorted(shape)[-3] == 1:
        given = given.reshape(
            [n for n in shape if n != 1] if min(sorted(shape)[-2:]) > 1 else (-1, max(shape))
        )
    fits = [given.ndim == 2 and _FEWEST <= n <= _MOST for n in reversed(given.shape)]
    if given.ndim == 1 and _FEWEST <= len(given) <= _MOST:
        given, fits = given[None], [True]
    if given.dtype.kind not in "fiu" or not any(fits):
        raise FileFormatError(
            f"{path}: scores must be (frames, {_FEWEST} to {_MOST} channels), got {shape} of {given.dtype}. "
            "FLAME coefficients are read by `mp2flame convert`, not as a source."
        )
    if fits[0]:
        return given.astype(np.float64), []
    return given.T.astype(np.float64), [f"a row for each channel, {shape}: rows and columns are exchanged"]


def _columns_of(path: Path, arrays: Mapping[str, Any], count: int, order: str | None) -> tuple[str, ...]:
    if order is not None:
        columns = order_names(order)
    else:
        texts = [
            array.ravel() for array in arrays.values() if array.dtype.kind in "US" and array.size == count
        ]
        lists = [
            tuple(v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in t) for t in texts
        ]
        columns = next((names for names in lists if sum(map(is_channel, names)) > count // 2), ())
        if not columns:
            fitting = [name for name, names in ORDERS.items() if len(names) == count]
            raise InputError(
                f"{path} has {count} columns without names; say which order they are in: --channels "
                f"(in Python channels=) one of {', '.join(fitting or ORDERS)}."
            )
    if len(columns) != count:
        raise InputError(f"{path} has {count} columns, the order {order or 'in it'} has {len(columns)}.")
    return columns


def _rate_in(arrays: Mapping[str, Any]) -> float:
    """A rate that stands beside the scores under any usual name; 0 without."""
    for name, array in arrays.items():
        together = "".join(words_of(name))
        if (
            np.size(array) == 1
            and array.dtype.kind in "fiu"
            and together in ("fps", "framerate", "rate", "samplerate")
        ):
            rate = float(np.ravel(array)[0])
            return rate if 0 < rate <= 10_000 else 0.0
    return 0.0
