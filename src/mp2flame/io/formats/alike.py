"""Folders of one small ``.npz`` per frame, read quickly."""

from __future__ import annotations

import contextlib
import math
import os
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...base.errors import FileFormatError
from ...base.safe_npz import parse_npy_header
from .base import Array
from .files import SMALL_FILE, read_bytes, small_arrays, zip_entries


def read_alike(
    files: Sequence[Path],
    keys: frozenset[str],
    read_one: Callable[[Path], dict[str, Array]],
    unreadable: list[str] | None,
) -> tuple[list[Path], list[dict[str, Array]]]:
    """Many files of one frame each: those that are laid out as the first one are read quickly.

    Args:
        files: in order.
        keys: the arrays that are wanted.
        read_one: any file's arrays, ``(1, .)``; raises ``FileFormatError``.
        unreadable: takes the names of damaged files; None: the first one is an error.

    Returns:
        The files that were read, and their arrays ``(N, .)`` in runs of frames.
    """
    read: list[Path] = []
    runs: list[dict[str, Array]] = []
    alike: AlikeNpz | None = None
    layout: dict[str, tuple[int, ...]] = {}
    same: list[tuple[bytes, ...]] = []

    def close_run() -> None:
        if same and alike is not None:
            runs.append({
                key: np.frombuffer(b"".join(column), alike.dtypes[key]).reshape(len(same), -1)
                for key, column in zip(alike.shapes, zip(*same))
            })  # fmt: skip
            same.clear()

    for file in files:
        quick = alike.read(file) if alike is not None else None
        if quick is not None:
            same.append(quick)
        else:
            packed = small_arrays(file, keys) if layout else None  # compressed, say
            try:
                if packed is not None and {key: value.shape for key, value in packed.items()} == layout:
                    row = {key: value.reshape(1, -1) for key, value in packed.items()}
                else:
                    row = read_one(file)
            except FileFormatError:
                if unreadable is None:
                    raise
                unreadable.append(file.name)
                continue
            close_run()
            runs.append(row)
            if alike is None:
                alike = AlikeNpz(file, keys)
                layout = {key: value.shape for key, value in (small_arrays(file, keys) or {}).items()}
        read.append(file)
    close_run()
    return read, runs


class AlikeNpz:
    """Reads the arrays of many small ``.npz`` files that are laid out as the first one is.

    For folders of one file per frame: where everything lies is worked out once, then a file is one read, one
    comparison of its directory with the first one's and one checksum per array.

    Attributes:
        shapes: array name to shape, in the order in which ``read`` returns them; empty when the first file is
            anything but a plain uncompressed ``.npz``, and then ``read`` knows no file.
        dtypes: their types.
    """

    def __init__(self, path: str | os.PathLike[str], keys: frozenset[str]) -> None:
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.dtypes: dict[str, np.dtype[Any]] = {}
        with contextlib.suppress(Exception):
            self._learn(path, keys)

    def _learn(self, path: str | os.PathLike[str], keys: frozenset[str]) -> None:
        if not small_arrays(path, keys):
            return
        data = read_bytes(Path(path), SMALL_FILE)
        fixed = np.full(len(data), 0xFF, np.uint8)  # what must be the same in every file
        found: dict[str, tuple[tuple[int, ...], np.dtype[Any], int, int, int, int]] = {}
        for entry in zip_entries(data):
            body, end, start = entry.body, entry.body + entry.packed, 0
            key = entry.name.removesuffix(".npy")
            if key in keys:
                shape, dtype, fortran, start = parse_npy_header(data[body:end], key)
                size = math.prod(shape) * dtype.itemsize
                if entry.method or fortran or dtype.hasobject or body + start + size != end:
                    return
                head = zlib.crc32(data[body : body + start])
                found[key] = shape, dtype, body + start, end, entry.at + 16, head
            fixed[body + start : end] = 0
            for time_to_checksum in (entry.at + 12, entry.offset + 10):
                fixed[time_to_checksum : time_to_checksum + 8] = 0
        self._fixed, self._like = fixed, np.frombuffer(data, np.uint8) & fixed
        self._places = [place[2:] for place in found.values()]
        self.dtypes = {key: place[1] for key, place in found.items()}
        self.shapes = {key: place[0] for key, place in found.items()}

    def read(self, path: str | os.PathLike[str]) -> tuple[bytes, ...] | None:
        """The arrays' bytes; None for a file that differs in anything but values, damaged included."""
        if not self.shapes:
            return None
        try:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            try:
                data = os.read(handle, len(self._like) + 1)
            finally:
                os.close(handle)
        except OSError:
            return None
        if len(data) != len(self._like) or (np.frombuffer(data, np.uint8) & self._fixed != self._like).any():
            return None
        arrays = []
        for start, end, checksum, head in self._places:
            array = data[start:end]
            if zlib.crc32(array, head) != int.from_bytes(data[checksum : checksum + 4], "little"):
                return None
            arrays.append(array)
        return tuple(arrays)
