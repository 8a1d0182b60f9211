"""Reading files that nobody vouches for, and writing thousands of small ones quickly.

Nothing here runs anything from a file, and no file makes the process ask for more memory than its own size
and the stated limits allow: an array must bring as many bytes as its header says, and says it before it is
read.
"""

from __future__ import annotations

import io
import math
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PureWindowsPath
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...base.damage import parse_json, reading
from ...base.errors import FileFormatError
from ...base.safe_npz import HEADER_BYTES, Header, array_of, npy_bytes, npy_header, parse_npy_header
from .file_names import chosen_files

Array = npt.NDArray[Any]

MAX_ARRAY_BYTES = 512 << 20
"""Largest array that is read into memory (10,000 frames of 100 coefficients are 4 MB)."""
MAX_TEXT_BYTES = 512 << 20
MAX_FILES = 1_000_000
"""Largest number of files looked at in a folder."""


def read_bytes(path: Path, limit: int = MAX_TEXT_BYTES) -> bytes:
    """The whole file, if it is not larger than ``limit``."""
    with reading(path, "a file"):
        size = path.stat().st_size
        if size > limit:
            raise FileFormatError(
                f"{path.name} has {size >> 20} MiB, more than the {limit >> 20} MiB that a take can have; "
                "split it, or trim it in the program that wrote it."
            )
        return path.read_bytes()


def read_json(path: Path) -> Any:
    """A JSON file.

    Raises:
        FileFormatError: not JSON, nested too deeply, too large.
    """
    return parse_json(read_bytes(path), path.name)


def file_inside(folder: Path, entry: Mapping[str, Any], key: str) -> Path:
    """The file that a frame of ``transforms.json`` names, with the slashes of any system.

    Args:
        folder: resolved; the file must lie in it.

    Raises:
        FileFormatError: no such text, or a path that leaves the folder.
    """
    relative = entry.get(key)
    if not isinstance(relative, str) or len(relative) > 1000 or "\0" in relative:
        raise FileFormatError(f"{folder.name}: a frame of transforms.json has no {key}.")
    plain = relative.replace("\\", "/")
    file = (folder / plain).resolve()
    if folder not in file.parents or PureWindowsPath(plain).drive:
        raise FileFormatError(f"{folder.name}: {key} {relative!r} points outside the folder; refused.")
    return file


def list_files(folder: Path, suffix: str) -> list[Path]:
    """Files of a folder that end in ``suffix``, in the order of frames; of several people (``one_person``) the first
    one's, with a ``SeveralPeopleWarning``.

    Raises:
        FileFormatError: more than ``MAX_FILES``.
    """  # noqa: D205
    found: list[str] = []
    with reading(folder, "a folder"):
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(suffix):
                    found.append(entry.name)
                    if len(found) > MAX_FILES:
                        raise FileFormatError(
                            f"{folder.name} holds more than {MAX_FILES} files; split the take."
                        )
    return chosen_files(found, folder)


_ENTRY, _FOOT = struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
"""A member in a zip's directory, and the end of a zip without a comment."""
SMALL_FILE, _SMALL_ARRAY = 16 << 20, 1 << 20


class ZipEntry(NamedTuple):
    """A member of a zip in memory: where its entry in the directory, its own header and its bytes lie."""

    name: str
    at: int
    offset: int
    body: int
    flags: int
    method: int
    crc: int
    packed: int
    plain: int


def zip_entries(data: bytes | bytearray) -> Iterator[ZipEntry]:
    """The members of a small plain zip; ValueError or ``struct.error`` for anything unusual, damaged included."""
    foot = len(data) - _FOOT.size
    sign, disk, start_disk, here, total, length, at, comment = _FOOT.unpack_from(data, foot)
    if (
        (sign, at + length) != (b"PK\x05\x06", foot)
        or disk
        or start_disk
        or here != total
        or comment
        or total > 256
    ):
        raise ValueError("an unusual zip")
    for _ in range(total):
        sign, _, _, flags, method, _, _, crc, packed, plain, name_size, extra, note, _, _, _, offset = (
            _ENTRY.unpack_from(data, at)
        )
        name = data[at + _ENTRY.size : at + _ENTRY.size + name_size]
        body = offset + 30 + name_size + int.from_bytes(data[offset + 28 : offset + 30], "little")
        if (
            sign != b"PK\x01\x02"
            or data[offset + 30 : offset + 30 + name_size] != name
            or body + packed > len(data)
        ):
            raise ValueError("a damaged zip")
        yield ZipEntry(name.decode("ascii"), at, offset, body, flags, method, crc, packed, plain)
        at += _ENTRY.size + name_size + extra + note


def small_arrays(path: str | os.PathLike[str], keys: frozenset[str]) -> dict[str, Array] | None:
    """Some arrays of a plain small ``.npz``, several times faster than through ``zipfile``.

    For folders of thousands of per-frame files. Returns None for anything unusual, damaged included: the
    caller then asks ``Npz``, which knows all of the format and says what is wrong.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            size = os.fstat(handle).st_size
            data = os.read(handle, size) if size <= SMALL_FILE else b""
        finally:
            os.close(handle)
        found: dict[str, Array] = {}
        for entry in zip_entries(data):
            key = entry.name.removesuffix(".npy")
            if key not in keys:
                continue
            if entry.flags & 1 or entry.method not in (0, 8) or key in found or entry.plain > _SMALL_ARRAY:
                return None
            raw = data[entry.body : entry.body + entry.packed]
            if entry.method == 8:
                raw = zlib.decompressobj(-15).decompress(raw, entry.plain + 1)
            if len(raw) != entry.plain or zlib.crc32(raw) != entry.crc:
                return None
            found[key] = array_of(raw, _cached_header(raw, key), key)
        return found
    except Exception:  # Npz is asked next and says it  # noqa: BLE001
        return None


_headers_seen: dict[bytes, Header] = {}


def _cached_header(raw: bytes, label: str) -> Header:
    """The array header; thousands of per-frame files share theirs, so each kind is parsed once."""
    length = 10 + int.from_bytes(raw[8:10], "little") if raw[:8] == b"\x93NUMPY\x01\x00" else 0
    header = _headers_seen.get(raw[:length]) if length else None
    if header is None:
        header = parse_npy_header(raw[:HEADER_BYTES], label)
        if length and len(_headers_seen) < 1000:
            _headers_seen[raw[:length]] = header
    return header


# --- writing ------------------------------------------------------------------------------------------------


class ZipTemplate:
    """A stored (uncompressed) zip whose members keep their sizes: built once, refilled for every frame.

    Refilling patches the bytes and the two checksums of a member, some microseconds against the millisecond
    of building the archive again.
    """

    def __init__(self, members: Mapping[str, bytes]) -> None:
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as archive:
            for name, data in members.items():
                archive.writestr(zipfile.ZipInfo(name), data)
        self._bytes = bytearray(whole.getvalue())
        self._place = {
            entry.name: (entry.body, entry.packed, entry.offset + 14, entry.at + 16)
            for entry in zip_entries(self._bytes)
        }

    def patch(self, name: str, pieces: Iterable[tuple[int, bytes]]) -> None:
        """Overwrite bytes at offsets of a member."""
        place, size, local, central = self._place[name]
        for offset, data in pieces:
            if offset < 0 or offset + len(data) > size:
                raise ValueError(f"patch outside member {name}")
            self._bytes[place + offset : place + offset + len(data)] = data
        checksum = struct.pack("<I", zlib.crc32(memoryview(self._bytes)[place : place + size]))
        self._bytes[local : local + 4] = checksum
        self._bytes[central : central + 4] = checksum

    def content(self) -> bytes:
        return bytes(self._bytes)


class NpzTemplate(ZipTemplate):
    """A ``ZipTemplate`` of arrays: ``fill`` takes the values of some of them."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        arrays = {key: np.asarray(value, order="C") for key, value in arrays.items()}
        self._start = {key: len(npy_header(value.dtype, value.shape)) for key, value in arrays.items()}
        self._kind = {key: (value.dtype, value.nbytes) for key, value in arrays.items()}
        self._prefix = {
            key: zlib.crc32(npy_header(value.dtype, value.shape)) for key, value in arrays.items()
        }
        super().__init__({f"{key}.npy": npy_bytes(value) for key, value in arrays.items()})

    def fill(self, values: Mapping[str, Array]) -> bytes:
        # the loop of every frame's every array: kept free of calls
        buffer = self._bytes
        for key, value in values.items():
            dtype, size = self._kind[key]
            data = (value if value.dtype == dtype else value.astype(dtype)).tobytes()
            if len(data) != size:
                raise ValueError(f"array {key} changed its size")
            place, _, local, central = self._place[f"{key}.npy"]
            place += self._start[key]
            buffer[place : place + size] = data
            checksum = zlib.crc32(data, self._prefix[key]).to_bytes(4, "little")
            buffer[local : local + 4] = checksum
            buffer[central : central + 4] = checksum
        return self.content()


def write_file(path: str | Path, data: bytes) -> None:
    """One small file, with as few system calls as there are."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o644)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
    finally:
        os.close(handle)


def write_npz(
    path: Path, arrays: Mapping[str, Array], zeros: Mapping[str, tuple[int, ...]] | None = None
) -> None:
    """An uncompressed ``.npz``; ``zeros`` are float32 arrays of zeros by shape, deflated to next to nothing."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for key, value in arrays.items():
            # writestr copies the bytes; takes are some megabytes
            archive.writestr(zipfile.ZipInfo(f"{key}.npy"), npy_bytes(value))
        block = bytes(1 << 20)
        for key, shape in (zeros or {}).items():
            info = zipfile.ZipInfo(f"{key}.npy")
            info.compress_type, info._compresslevel = zipfile.ZIP_DEFLATED, 1  # type: ignore[attr-defined]  # noqa: SLF001
            with archive.open(info, "w", force_zip64=True) as member:
                member.write(npy_header(np.dtype(np.float32), shape))
                count, rest = divmod(math.prod(shape) * 4, len(block))
                for _ in range(count):
                    member.write(block)
                member.write(block[:rest])
