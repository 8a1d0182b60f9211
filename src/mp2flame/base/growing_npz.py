"""An ``.npz`` file that grows by rows and can be read after every commit, whatever happens to the writer.

``np.savez`` needs all arrays at the end; a process that is killed before leaves nothing. Here each array
has room for ``capacity`` rows inside an ordinary uncompressed zip:

    [local header + .npy header + rows + free room]   one extent per array that has rows
    [small arrays][central directory][end record]     the tail

A commit writes the new rows into the free room (nothing points there yet), then the extents' headers, then
the tail in one write. A kill between two writes leaves rows that nothing points to, or, within some
microseconds, headers newer than the tail: ``salvage`` reads such a file. When the room is used up the file is
laid out again with twice the capacity beside the old one and renamed over it, so the cost per row is constant
and memory does not grow. Closing lays it out once more without free room: a plain compact ``.npz``.

Format: zip as in PKWARE's APPNOTE 6.3.x (4.3.7, 4.3.12, 4.3.16, zip64 4.5.3), ``.npy`` as in
``numpy.lib.format``. CRC-32 of concatenated parts: the method of zlib's ``crc32_combine``.
"""

from __future__ import annotations

import io
import mmap
import os
import struct
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .errors import FileFormatError, OutputError

_NPY_HEADER = 128  # fixed, so that the number of rows in it can change in place
_DOS_DATE = (1 << 5) | 1  # 1980-01-01, what zipfile writes when no date is given
_BIG = 0xFFFFFFFF
_COPY_BYTES = 4 << 20


def _multiply_mod(a: int, b: int) -> int:
    """Product of two polynomials modulo CRC-32's (bit-reflected)."""
    bit, product = 1 << 31, 0
    while True:
        if a & bit:
            product ^= b
            if not a & (bit - 1):
                return product
        bit >>= 1
        b = (b >> 1) ^ 0xEDB88320 if b & 1 else b >> 1


_X_TO_2N: list[int] = [1 << 30]


def crc32_combine(crc_first: int, crc_second: int, len_second: int) -> int:
    """CRC-32 of two byte strings joined, from the CRC-32 of each and the length of the second."""
    while len(_X_TO_2N) < 32:
        _X_TO_2N.append(_multiply_mod(_X_TO_2N[-1], _X_TO_2N[-1]))
    power, k, n = 1 << 31, 3, len_second
    while n:
        if n & 1:
            power = _multiply_mod(_X_TO_2N[k & 31], power)
        n >>= 1
        k += 1
    return (_multiply_mod(power, crc_first) if crc_first else 0) ^ crc_second


def _npy_header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    text = repr({"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape})
    body = text.encode("latin1").ljust(_NPY_HEADER - 11) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", _NPY_HEADER - 10) + body


def _local_header(name: str, crc: int, size: int) -> bytes:
    raw = name.encode() + b".npy"
    extra = struct.pack("<HHQQ", 1, 16, size, size)
    head = struct.pack(
        "<4s5H3I2H", b"PK\x03\x04", 45, 0, 0, 0, _DOS_DATE, crc, _BIG, _BIG, len(raw), len(extra)
    )
    return head + raw + extra


def _directory_entry(name: str, crc: int, size: int, offset: int) -> bytes:
    raw = name.encode() + b".npy"
    extra, big = b"", max(size, offset) >= _BIG
    if big:
        extra = struct.pack("<HHQQQ", 1, 24, size, size, offset)
        size = offset = _BIG
    head = struct.pack(
        "<4s6H3I5H2I",
        b"PK\x01\x02", (3 << 8) | 45, 45, 0, 0, 0, _DOS_DATE, crc, size, size,
        len(raw), len(extra), 0, 0, 0, 0o600 << 16, offset,
    )  # fmt: skip
    return head + raw + extra


def _end_record(count: int, size: int, offset: int) -> bytes:
    out = b""
    if offset + size >= _BIG:
        out = struct.pack(
            "<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset
        ) + struct.pack("<4sIQI", b"PK\x06\x07", 0, offset + size, 1)
    return out + struct.pack(
        "<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, min(size, _BIG), min(offset, _BIG), 0
    )


class _Extent:
    """One growing array inside the file."""

    def __init__(
        self, name: str, dtype: np.dtype[Any], row_shape: tuple[int, ...], start: int, capacity: int
    ):
        self.name, self.dtype, self.row_shape, self.start = name, dtype, row_shape, start
        self.row_bytes = int(dtype.itemsize * np.prod(row_shape, dtype=np.int64))
        self.data_start = start + len(_local_header(name, 0, 0)) + _NPY_HEADER
        self.end = self.data_start + capacity * self.row_bytes
        self.rows = 0
        self.crc = 0

    def headers(self) -> tuple[bytes, int, int]:
        """(bytes that go at ``start``, CRC of the member, size of the member) for the present rows."""
        npy = _npy_header(self.dtype, (self.rows, *self.row_shape))
        data_bytes = self.rows * self.row_bytes
        crc = crc32_combine(zlib.crc32(npy), self.crc, data_bytes)
        size = _NPY_HEADER + data_bytes
        return _local_header(self.name, crc, size) + npy, crc, size


class GrowingNpz:
    """Rows of named arrays, appended to an ``.npz`` that stays readable. Not thread-safe: one thread writes.

    Args:
        path: the file; replaced when it exists.
        row_shapes: array name to (dtype, shape of one row).
        constants: small arrays without rows, kept at the end of the file; may be changed between commits.
        capacity: rows of free room at first.

    Raises:
        OutputError: the file cannot be written or another process is writing it.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        row_shapes: Mapping[str, tuple[Any, tuple[int, ...]]],
        constants: dict[str, np.ndarray],
        capacity: int = 512,
    ) -> None:
        self.path = Path(path)
        self._temporary = self.path.with_name(self.path.name + ".tmp")
        self.constants = constants
        self.capacity = capacity
        if self.path.exists():
            try:
                with open(self.path, "rb") as present:
                    free = lock(present)
            except OSError as error:
                raise OutputError(f"cannot replace {self.path}: {error.strerror}.") from error
            if not free:
                raise OutputError(f"{self.path} is being written by another process; choose another name.")
        self._file, self._extents = self._create(row_shapes, capacity)
        try:
            self._write_headers(self._file, self._extents)
            self._move_into_place(None)
        except BaseException:
            self._file.close()
            with suppress(OSError):
                self._temporary.unlink()
            raise

    @property
    def rows(self) -> int:
        return next(iter(self._extents.values())).rows

    @property
    def names(self) -> list[str]:
        return list(self._extents)

    def has_room_for(self, rows: int) -> bool:
        return self.rows + rows <= self.capacity

    def commit(self, new_rows: Mapping[str, np.ndarray], sync: bool = True) -> None:
        """Append the same number of rows to every array; readable by others when this returns."""
        counts = {len(block) for block in new_rows.values()}
        if set(new_rows) != set(self._extents) or len(counts) != 1:
            raise ValueError(f"rows for {sorted(self._extents)} of one length wanted, got {sorted(new_rows)}")
        if not self.has_room_for(counts.pop()):
            raise ValueError("no room left; call lay_out with a larger capacity first")
        written = []
        for name, extent in self._extents.items():
            block = np.ascontiguousarray(new_rows[name], dtype=extent.dtype)
            raw = block.reshape(-1).view(np.uint8).data if block.size else b""
            self._file.seek(extent.data_start + extent.rows * extent.row_bytes)
            _write_all(self._file, raw)
            written.append((extent, len(block), zlib.crc32(raw, extent.crc)))
        # Only now: an error above (disk full) leaves the rows that were there valid.
        for extent, rows, crc in written:
            extent.rows += rows
            extent.crc = crc
        self._write_headers(self._file, self._extents)
        if sync:
            os.fsync(self._file.fileno())

    def lay_out(
        self,
        row_shapes: Mapping[str, tuple[Any, tuple[int, ...]]] | None = None,
        capacity: int | None = None,
        between: Callable[[], None] | None = None,
    ) -> None:
        """Write the file anew with other arrays or another capacity, then rename it over the old one.

        Rows of an array that is new are zero. ``between`` is called after each few megabytes; it may commit.
        """
        shapes = row_shapes or {n: (e.dtype, e.row_shape) for n, e in self._extents.items()}
        final = capacity == 0
        new_capacity = self.rows if final else (capacity or self.capacity)
        file, extents = self._create(shapes, new_capacity)
        try:
            for pass_over in range(3 if between else 1):
                for name, extent in extents.items():
                    call = between if pass_over == 0 else None
                    self._copy_rows(self._extents.get(name), extent, file, self.rows, call)
            self._write_headers(file, extents)
            os.fsync(file.fileno())
        except BaseException:
            file.close()
            with suppress(OSError):
                self._temporary.unlink()
            raise
        old, self._file, self._extents, self.capacity = self._file, file, extents, new_capacity
        self._move_into_place(old)

    def close(self) -> None:
        """Compact and close. The file is readable whether or not this is reached."""
        if not self._file.closed:
            try:
                self.lay_out(capacity=0)
            finally:
                self._file.close()

    def abandon(self) -> None:
        """Close without compacting."""
        self._file.close()

    # -- inside -------------------------------------------------------------------------------------

    def _create(
        self, shapes: Mapping[str, tuple[Any, tuple[int, ...]]], capacity: int
    ) -> tuple[BinaryIO, dict[str, _Extent]]:
        file = _open_new(self._temporary)
        start, extents = 0, {}
        for name, (dtype, row_shape) in shapes.items():
            extents[name] = _Extent(name, np.dtype(dtype), tuple(row_shape), start, capacity)
            start = extents[name].end
        return file, extents

    def _copy_rows(
        self, old: _Extent | None, new: _Extent, file: BinaryIO, rows: int, between: Callable[[], None] | None
    ) -> None:
        step = max(1, _COPY_BYTES // max(1, new.row_bytes))
        comparable = old is not None and (old.dtype, old.row_shape) == (new.dtype, new.row_shape)
        while new.rows < rows:
            count = min(step, rows - new.rows)
            if comparable and old is not None:
                self._file.seek(old.data_start + new.rows * old.row_bytes)
                block = self._file.read(count * old.row_bytes)
            else:
                block = bytes(count * new.row_bytes)
            file.seek(new.data_start + new.rows * new.row_bytes)
            _write_all(file, block)
            new.crc = zlib.crc32(block, new.crc)
            new.rows += count
            if between is not None:
                between()

    def _write_headers(self, file: BinaryIO, extents: Mapping[str, _Extent]) -> None:
        entries = []
        for extent in extents.values():
            head, crc, size = extent.headers()
            file.seek(extent.start)
            _write_all(file, head)
            entries.append(_directory_entry(extent.name, crc, size, extent.start))
        tail_start = max(extent.end for extent in extents.values())
        tail = io.BytesIO()
        for name, value in self.constants.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(value), allow_pickle=False)
            raw = member.getvalue()
            crc = zlib.crc32(raw)
            entries.append(_directory_entry(name, crc, len(raw), tail_start + tail.tell()))
            tail.write(_local_header(name, crc, len(raw)) + raw)
        directory = b"".join(entries)
        directory_start = tail_start + tail.tell()
        tail.write(directory + _end_record(len(entries), len(directory), directory_start))
        file.seek(tail_start)
        _write_all(file, tail.getvalue())
        file.truncate(tail_start + tail.tell())

    def _move_into_place(self, old: BinaryIO | None) -> None:
        """Rename the temporary file over ``path`` and keep it open."""
        if os.name == "nt":  # an open file cannot be renamed there
            self._file.close()
            if old is not None:
                old.close()
            os.replace(self._temporary, self.path)
            self._file = open(self.path, "r+b", buffering=0)
            return
        os.replace(self._temporary, self.path)
        if old is not None:
            old.close()


def _write_all(file: BinaryIO, data: Any) -> None:
    view = memoryview(data)
    while len(view):
        view = view[file.write(view) :]


def _open_new(path: Path) -> BinaryIO:
    """Open ``path`` for reading and writing, emptied, locked against a second writer where the system can."""
    try:
        file = open(
            os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666), "r+b", buffering=0
        )
    except OSError as error:
        raise OutputError(f"cannot write in the folder {path.parent}: {error.strerror}.") from error
    if not lock(file):
        file.close()
        raise OutputError(f"{path.with_suffix('')} is being written by another process; choose another name.")
    file.truncate(0)
    return file


def lock(file: BinaryIO) -> bool:
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


def salvage(path: str | os.PathLike[str], names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Read what a killed writer left when the zip's checksums do not fit its headers.

    Each array has as many rows as its own header says, which may differ by one commit: cut to the smallest.
    Arrays that are not there are left out.

    Raises:
        FileFormatError: nothing that this writer could have made.
    """
    out: dict[str, np.ndarray] = {}
    with open(path, "rb") as file:
        try:
            view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise FileFormatError(f"{path} is empty; there is nothing to recover.") from error
        with view:
            for name in names:
                raw = name.encode() + b".npy"
                at = -1
                while (at := view.find(raw, at + 1)) >= 0:
                    if at >= 30 and view[at - 30 : at - 26] == b"PK\x03\x04":
                        break
                if at < 0:
                    continue
                (extra,) = struct.unpack_from("<H", view, at - 2)
                try:
                    file.seek(at + len(raw) + extra)
                    out[name] = np.lib.format.read_array(file, allow_pickle=False)
                except (ValueError, EOFError) as error:
                    raise FileFormatError(f"{path} is damaged beyond recovery ({name}: {error}).") from error
    return out
