"""The tables that ship with the package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy.typing as npt

from .errors import InputError, MissingFileError, Mp2FlameError
from .safe_npz import read_npz

Array = npt.NDArray[Any]

_DATA = Path(__file__).parent / "data"
_FILES = ("tables.npz", "usual_method.npz", "head.npz")


def package_arrays(name: str) -> dict[str, Array]:
    """The arrays of a file that came with the package.

    Raises:
        MissingFileError: it is missing or damaged: the installation is.
    """
    try:
        return read_npz(_DATA / name)
    except Mp2FlameError as error:
        raise MissingFileError(
            f"The package's own table {name} cannot be read ({error}) Install mp2flame again, as "
            "it was installed (in a clone: git checkout . && python3 bootstrap.py setup)."
        ) from error


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Array]:
    tables: dict[str, Array] = {}
    for name in _FILES:
        tables |= package_arrays(name)
    for array in tables.values():
        array.setflags(write=False)
    return tables


def table(name: str) -> Array:
    """One of the tables that ship with the package, read-only; ``docs/tables.md`` says how each was made.

    Raises:
        InputError: no table of that name.
        MissingFileError: the installation is incomplete.
    """
    tables = _tables()
    if name not in tables:
        raise InputError(
            f"There is no table {name!r} in this package; there are {', '.join(sorted(tables))}."
        )
    return tables[name]
