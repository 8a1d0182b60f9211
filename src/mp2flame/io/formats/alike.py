"""Folders of one small ``.npz`` per frame, read quickly."""

from __future__ import annotations

import contextlib
import math
import os
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...base.errors import FileFormatError
from ...base.safe_npz import parse_npy_header
from .base import Array
from .files import FOOT, SMALL_FILE, read_bytes, small_arrays, zip_entries


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
        entries = list(zip_entries(data))
        foot = len(data) - FOOT.size
        self._size, self._at, self._foot = len(data), entries[0].at, data[foot:]
        mask, places = bytearray(b"\xff" * (foot - self._at)), []
        for entry in entries:
            start = entry.at - self._at
            mask[start + 12 : start + 20] = bytes(8)  # time, date and checksum differ
            key = entry.name.removesuffix(".npy")
            if key in keys:
                if entry.method != 0:
                    return
                places.append((entry.body, entry.packed, key, start + 16))
        shapes: dict[str, tuple[int, ...]] = {}
        layout, end = "<", 0
        for body, size, key, _ in sorted(places):
            shape, dtype, fortran, start = parse_npy_header(data[body : body + size], key)
            if fortran or dtype.hasobject or start + math.prod(shape) * dtype.itemsize != size or body < end:
                return
            shapes[key], self.dtypes[key] = shape, dtype
            layout += f"{body - end}x{start}s{size - start}s"
            end = body + size
        self._arrays = struct.Struct(layout)
        self._headers = self._arrays.unpack_from(data)[0::2]
        self._head_crcs = [zlib.crc32(header) for header in self._headers]
        self._crc_at = [place for *_, place in sorted(places)]
        self._mask = int.from_bytes(mask, "little")
        self._directory = int.from_bytes(data[self._at : foot], "little") & self._mask
        self.shapes = shapes

    def read(self, path: str | os.PathLike[str]) -> tuple[bytes, ...] | None:
        """The arrays' bytes; None for a file that differs in anything but values, damaged included."""
        if not self.shapes:
            return None
        try:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            try:
                data = os.read(handle, self._size + 1)
            finally:
                os.close(handle)
        except OSError:
            return None
        directory = data[self._at : -FOOT.size]
        if (
            len(data) != self._size
            or data[-FOOT.size :] != self._foot
            or int.from_bytes(directory, "little") & self._mask != self._directory
        ):
            return None
        found = self._arrays.unpack_from(data)
        if found[0::2] != self._headers:
            return None
        arrays = found[1::2]
        for array, at, head in zip(arrays, self._crc_at, self._head_crcs):
            if zlib.crc32(array, head) != int.from_bytes(directory[at : at + 4], "little"):
                return None
        return arrays
