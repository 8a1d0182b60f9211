"""A take's file as its arrays and ``meta``: a whole one, one that is being written, one whose writer was killed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..base.errors import FileFormatError, MissingFileError
from ..base.safe_npz import Npz, is_npz
from .journal import is_journal, read_journal, salvage_npz, unfinished
from .meta import parse_meta
from .rows import CONSTANTS, OPTIONAL, ROWS


def read_take(source: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays by the names of ``ROWS``, ``image_size`` and ``intrinsics``, not checked against each other; and ``meta``.

    Raises:
        MissingFileError: no such file.
        FileFormatError: not a recording, or damaged.
    """
    if not source.is_file():
        left = unfinished(source)
        raise MissingFileError(
            f"{source} not found; expected a recording (`mp2flame run -o`)."
            + (f" {left[-1]} beside it has the frames of a run that did not end." if left else "")
        )
    try:
        if is_journal(source):
            found = _of_journal(source)
            present = list(found)
        else:
            with Npz(source, str(source)) as archive:
                found, present = archive.arrays((*ROWS, *CONSTANTS)), list(archive)
    except FileFormatError as error:
        if is_journal(source) or (is_npz(source) and zipfile.is_zipfile(source)):
            raise
        found = _of_unfinished(source, error)
        present = list(found)
    missing = [name for name in ROWS if name not in found and name not in OPTIONAL]
    if missing:
        raise FileFormatError(
            f"{source} is not a recording: it lacks {', '.join(missing)} (it has "
            f"{', '.join(present[:8]) or 'nothing'}). Use `mp2flame convert` for other formats."
        )
    return found, parse_meta(source, found.pop("meta", None))


def _of_journal(source: Path) -> dict[str, np.ndarray]:
    arrays, constants = read_journal(source)
    for name, kind in (("intrinsics", np.float64), ("image_size", np.int64)):
        if name not in constants:
            continue
        first = np.array(constants.pop(name), kind)
        each = arrays.setdefault(name, first)
        if each is not first:  # zero in the frames before it changed
            each[~each.reshape(len(each), -1).any(1)] = first
    meta = constants.get("meta", {})
    if only := constants.pop("seen_only", 0):
        meta = {**meta, "seen_only": only}
        arrays["timestamp_ms"] = np.maximum.accumulate(arrays["timestamp_ms"])
    arrays["meta"] = np.array(json.dumps(meta))
    return arrays


def _of_unfinished(source: Path, cause: Exception) -> dict[str, np.ndarray]:
    """Arrays of a file whose writer was killed between two writes, cut to the rows that all have."""
    arrays = salvage_npz(source, (*ROWS, *CONSTANTS))
    rows = [name for name in arrays if name in ROWS]
    if not rows:
        raise FileFormatError(f"{source} is not a readable .npz: {cause}") from cause
    count = min(len(arrays[name]) for name in rows)
    for name, ndim in (("intrinsics", 3), ("image_size", 2)):
        if arrays.get(name, np.zeros(0)).ndim == ndim:  # one a frame, and perhaps some that were not written
            arrays[name] = arrays[name][:count]
    return {name: value[:count] if name in ROWS else value for name, value in arrays.items()}
