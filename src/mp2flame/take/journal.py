"""Rows of named arrays, appended to a file beside the take while that is made; readable whenever the writer dies.

After the first line the file is a row of records: a header (bytes of the description, bytes of the columns, CRC-32
of both), the description (JSON: rows, columns with their types and shapes, constants) and the columns one after the
other. A record that a kill or a full disk cut short has no right checksum: all before it count. When whole ones follow, the
disk or a copy did the damage: they count, too, and what is missing is said (``DamagedTake``).
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import mmap
import os
import struct
import warnings
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ..base.damage import reading
from ..base.errors import FileFormatError, OutputError
from ..base.safe_npz import HEADER_BYTES, array_of, parse_npy_header
from ..base.write import writing

Array = npt.NDArray[Any]
MAGIC = b"mp2flame journal 1\n"
_HEADER = struct.Struct("<QQI")
_DESCRIBED = b'{"rows": '
"""How every description begins."""


class UnfinishedTake(UserWarning):
    """Frames of a run that did not end lie beside the take to be written."""


class DamagedTake(UserWarning):
    """Frames in the middle of a recording cannot be read."""


class Journal:
    """Appended to by one writer, read by column. ``constants`` of the last record are those of the whole.

    Args:
        target: the take; the journal is ``NAME.part.npz`` beside it, the next free number when a run that did not
            end left one, which is said (``UnfinishedTake``).

    Raises:
        OutputError: it cannot be made, or another process is writing the same take.
    """

    def __init__(self, target: Path) -> None:
        left = []
        for path in part_names(target):
            try:
                with writing(path):
                    self._file: BinaryIO = open(path, "x+b", buffering=0)
                break
            except OutputError as error:
                if not isinstance(error.__cause__, FileExistsError):
                    raise
            if _is_locked(path):
                raise OutputError(f"{target} is being written by another process; choose another name.")
            left.append(path)
        self.path = path
        _lock(self._file)
        if left:
            warnings.warn(
                f"{', '.join(map(str, left))}: the frames of a run that did not end, readable as a take; delete "
                "what you do not need.",
                UnfinishedTake,
                stacklevel=3,
            )
        with writing(path):
            self._file.write(MAGIC)
        self._blocks: list[_Block] = []
        self.rows = 0

    def append(
        self,
        columns: Mapping[str, Array],
        constants: Mapping[str, Any],
        sync: bool,
        *,
        seen_only: bool = False,
    ) -> None:
        """The same number of rows of every column; on an error the rows before stay what they were.

        ``seen_only``: frames that are not driven yet; they count for a reader until as many others came.
        """
        columns = {name: np.ascontiguousarray(value) for name, value in columns.items()}
        rows = len(next(iter(columns.values())))
        described = {name: [value.dtype.str, value.shape[1:]] for name, value in columns.items()}
        note = {"seen_only": True} if seen_only else {}
        head = json.dumps({"rows": rows, "columns": described, "constants": constants, **note}).encode()
        body = b"".join(value.tobytes() for value in columns.values())
        start = self._file.seek(0, os.SEEK_END)
        record = memoryview(
            _HEADER.pack(len(head), len(body), zlib.crc32(body, zlib.crc32(head))) + head + body
        )
        while record:
            record = record[self._file.write(record) :]
        if not seen_only:
            self._blocks.append(_Block(json.loads(head), start + _HEADER.size + len(head)))
            self.rows += rows
        if sync:
            os.fsync(self._file.fileno())

    def column(self, name: str, dtype: Any, row_shape: tuple[int, ...]) -> Iterator[Array]:
        """The rows of one column, block by block; zeros where a record lacks it."""
        return (block.read(self._file, name, dtype, row_shape) for block in self._blocks)

    def close(self, remove: bool) -> None:
        """May be called twice."""
        if not self._file.closed:
            self._file.close()
            if remove:
                with contextlib.suppress(OSError):
                    self.path.unlink()


class _Block:
    """Where the columns of one record lie."""

    def __init__(self, head: dict[str, Any], start: int) -> None:
        self.rows = int(head["rows"])
        self.seen_only = bool(head.get("seen_only"))
        self.columns: dict[str, tuple[int, np.dtype[Any], tuple[int, ...]]] = {}
        for name, (dtype, shape) in head["columns"].items():
            self.columns[name] = start, np.dtype(dtype), tuple(map(int, shape))
            start += self.size(name)

    def size(self, name: str) -> int:
        _, dtype, shape = self.columns[name]
        size = self.rows * dtype.itemsize
        for length in shape:
            size *= length
        return size

    def read(self, file: BinaryIO, name: str, dtype: Any, row_shape: tuple[int, ...]) -> Array:
        if name not in self.columns:
            return np.zeros((self.rows, *row_shape), dtype)
        start, stored, shape = self.columns[name]
        file.seek(start)
        return np.frombuffer(file.read(self.size(name)), stored).reshape(self.rows, *shape)


def part_names(target: Path) -> Iterator[Path]:
    """The names that the journals of a take can have, first choice first."""
    for number in itertools.count(1):
        yield target.with_name(f"{target.stem}.part{number if number > 1 else ''}{target.suffix}")


def unfinished(target: Path) -> list[Path]:
    """What runs that did not end left beside a take."""
    return list(itertools.takewhile(Path.exists, part_names(target)))


def is_journal(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read_journal(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """(columns, constants) of everything that was written completely, also while it is being written.

    Raises:
        FileFormatError: no complete record, or no journal.
    """
    blocks: list[_Block] = []
    constants: dict[str, Any] = {}
    lost = 0
    with reading(path, "a recording that was being written"):
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            at = len(MAGIC)
            while at + _HEADER.size <= len(view):
                head_bytes, body_bytes, checksum = _HEADER.unpack_from(view, at)
                at += _HEADER.size
                end = at + head_bytes + body_bytes
                if end > len(view) or zlib.crc32(memoryview(view)[at:end]) != checksum:
                    start, at = at - _HEADER.size, _next_record(view, at - _HEADER.size + 1)
                    if at < 0:
                        lost += end - start if end <= len(view) else 0  # else cut short: the usual end
                        break
                    lost += at - start
                    continue
                head = json.loads(view[at : at + head_bytes])
                block = _Block(head, at + head_bytes)
                if sum(map(block.size, block.columns)) != body_bytes:
                    raise ValueError("a record's columns are not as long as it says")
                blocks.append(block)
                constants, at = dict(head["constants"]), end
            if lost and not all(
                block.seen_only for block in blocks
            ):  # which of them were driven is not known
                blocks = [block for block in blocks if not block.seen_only]
            arrays, constants["seen_only"] = _joined(file, blocks)
    if not blocks:
        raise FileFormatError(
            f"{path}: the run that wrote it ended before its first frame; there is nothing in it."
        )
    if lost:
        warnings.warn(
            f"{path} is damaged: {lost} of its bytes are not as they were written, and the frames in them are "
            "missing.",
            DamagedTake,
            stacklevel=3,
        )
    return arrays, constants


def _next_record(view: mmap.mmap, at: int) -> int:
    """Where the next whole record begins; -1 when there is none."""
    budget = 4 * len(view)  # of bytes looked at: no file makes this quadratic
    while budget > 0 and (found := view.find(_DESCRIBED, at + _HEADER.size)) >= 0:
        at = found - _HEADER.size
        head_bytes, body_bytes, checksum = _HEADER.unpack_from(view, at)
        end = found + head_bytes + body_bytes
        budget -= max(0, min(end, len(view)) - found)
        if end <= len(view) and zlib.crc32(memoryview(view)[found:end]) == checksum:
            return at
        at += 1
    return -1


def _joined(file: BinaryIO, blocks: list[_Block]) -> tuple[dict[str, Array], int]:
    """Columns of the driven frames and, after them, of those that were only seen; how many the latter are."""
    driven = [block for block in blocks if not block.seen_only]
    seen = [block for block in blocks if block.seen_only]
    kinds = {n: c[1:] for block in driven or seen for n, c in block.columns.items()}
    count = sum(block.rows for block in driven)
    arrays = {}
    for name, (dtype, shape) in kinds.items():
        parts = [block.read(file, name, dtype, shape) for block in driven]
        more = [
            block.read(file, name, dtype, shape)
            if block.columns.get(name, (0, dtype, shape))[2] == shape
            else np.zeros((block.rows, *shape), dtype)
            for block in seen
        ]
        parts += [np.concatenate(more)[count:]] if more else []
        arrays[name] = np.concatenate(parts) if parts else np.zeros((0, *shape), dtype)
    return arrays, max(0, sum(block.rows for block in seen) - count)


def salvage_npz(path: Path, names: tuple[str, ...]) -> dict[str, Array]:
    """Arrays of an ``.npz`` without a good directory, found by their local headers; those of no header are left out.

    Versions before the journal wrote takes in place, and a kill could leave headers newer than the directory.

    Raises:
        FileFormatError: an array is damaged.
    """
    out: dict[str, Array] = {}
    with reading(path, "a recording"), open(path, "rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
        for name in names:
            raw, at = name.encode() + b".npy", -1
            while (at := data.find(raw, at + 1)) >= 0 and data[
                max(at - 30, 0) : max(at - 26, 0)
            ] != b"PK\3\4":
                pass
            if at < 0:
                continue
            with reading(path, "a recording", "It is damaged beyond recovery."):
                start = at + len(raw) + int.from_bytes(data[at - 2 : at], "little")
                header = parse_npy_header(data[start : start + HEADER_BYTES], f"{path}: {name}")
                size = header[3] + math.prod(header[0]) * header[1].itemsize
                out[name] = array_of(data[start : start + size], header, f"{path}: {name}")
    return out


def _lock(file: BinaryIO) -> bool:
    """Take the write lock of an open file; False when another writer holds it. Always True on Windows."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _is_locked(path: Path) -> bool:
    with writing(path), open(path, "rb") as file:
        return not _lock(file)
