"""The tables that ship with the package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InputError, MissingFileError

Array = npt.NDArray[Any]

_FILES = [Path(__file__).parent / "data" / name for name in ("tables.npz", "usual_method.npz", "head.npz")]


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Array]:
    tables: dict[str, Array] = {}
    for path in _FILES:
        try:
            with np.load(path, allow_pickle=False) as archive:
                tables |= {name: archive[name] for name in archive.files}
        except OSError:
            raise MissingFileError(
                f"The package's own table {path.name} is missing; install mp2flame again: pip install "
                "--force-reinstall mp2flame"
            ) from None
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
