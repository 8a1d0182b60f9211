"""The one reader of ``.npy`` and ``.npz``, and the one writer of ``.npz``.

Nothing is run from a file, and no file makes the process ask for more memory than one budget for the whole file
allows: its own size, or for packed arrays a multiple of it. An array must bring as many bytes as its header says, and
says it before it is read.

Format: zip as in PKWARE's APPNOTE 6.3.x, ``.npy`` as in ``numpy.lib.format``.
"""

from __future__ import annotations

import ast
import io
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from .damage import reading
from .errors import FileFormatError, MissingFileError

Array = npt.NDArray[Any]
Header = tuple[tuple[int, ...], np.dtype[Any], bool, int]

LIMIT_BYTES = 2 << 30
"""Most that arrays packed smaller than themselves may unpack to, all arrays of a file together."""
_FREE_BYTES = 64 << 20
_MAX_RATIO = 50  # scores of a still face pack 10 to 20 times smaller, a bomb 1,000 times
_MAX_MEMBERS = 4096
HEADER_BYTES = 4096


def parse_npy_header(head: bytes, label: str) -> Header:
    """Shape, dtype, Fortran order and header length from the first bytes of an ``.npy``.

    Raises:
        FileFormatError: not ``.npy``, or an array of Python objects.
    """
    try:
        if head[:6] != b"\x93NUMPY" or head[6] not in (1, 2, 3):
            raise ValueError
        width = 2 if head[6] == 1 else 4
        start = 8 + width + int.from_bytes(head[8 : 8 + width], "little")
        if start > len(head):
            raise ValueError
        # Python 2 wrote its long integers with an L
        content = ast.literal_eval(re.sub(r"(\d)L", r"\1", head[8 + width : start].decode("latin1")).strip())
        shape, fortran, kind = content["shape"], content["fortran_order"], content["descr"]
        if not isinstance(kind, str) or not isinstance(shape, tuple) or not isinstance(fortran, bool):
            raise TypeError
        dtype = np.dtype(kind)
    except Exception:  # noqa: BLE001 - whatever a damaged header makes Python raise
        raise FileFormatError(f"{label} has a damaged array header.") from None
    if dtype.hasobject:
        raise FileFormatError(
            f"{label} is an array of Python objects, which can only be read by running code from the file; "
            "refused. Save plain number arrays."
        )
    if dtype.kind not in "biufUS":
        raise FileFormatError(f"{label} holds {dtype}; real numbers or texts were expected.")
    if any(type(n) is not int or n < 0 for n in shape) or len(shape) > 8:
        raise FileFormatError(f"{label} has an impossible shape.")
    return shape, dtype, fortran, start


def array_of(raw: bytes, header: Header, label: str) -> Array:
    """The array of an ``.npy`` in memory, read-only.

    Raises:
        FileFormatError: the header claims another number of values.
    """
    shape, dtype, fortran, start = header
    if start + math.prod(shape) * dtype.itemsize != len(raw):
        raise FileFormatError(f"{label} claims shape {shape} but does not hold that many values.")
    flat = np.frombuffer(raw, dtype, offset=start) if math.prod(shape) else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


class Npz:
    """An ``.npz`` that is checked before it is read; arrays are read when they are asked for.

    Args:
        source: a file, or its bytes.
        label: what messages call it.

    Raises:
        MissingFileError: no such file.
        FileFormatError: no zip, or one that no ``.npz`` is.
    """

    def __init__(self, source: Path | bytes, label: str = "") -> None:
        self.label = label or (source.name if isinstance(source, Path) else "the file")
        if isinstance(source, Path) and not source.exists():
            raise MissingFileError(f"There is no file {source}.")
        advice = "Copy or make it again."
        with reading(self.label, "an .npz", advice):
            self._zip = zipfile.ZipFile(source if isinstance(source, Path) else io.BytesIO(source))
            members = self._zip.infolist()
            size = source.stat().st_size if isinstance(source, Path) else len(source)
        if len(members) > _MAX_MEMBERS:
            raise FileFormatError(f"{self.label} holds {len(members)} arrays; no take has so many.")
        with reading(self.label, "an .npz", advice):
            self._check_names(members)
        self.budget = max(size, min(_FREE_BYTES + _MAX_RATIO * size, LIMIT_BYTES))
        self._used = 0
        self._info = {m.filename.removesuffix(".npy"): m for m in members if m.filename.endswith(".npy")}
        self._head: dict[str, Header] = {}

    def __enter__(self) -> Npz:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def _check_names(self, members: list[zipfile.ZipInfo]) -> None:
        """The directory has no checksum: an optional array whose name is damaged there would not be missed."""
        stream = self._zip.fp
        if stream is None:
            raise ValueError("closed")
        for member in members:
            stream.seek(member.header_offset)
            head = stream.read(30)
            length = int.from_bytes(head[26:28], "little")
            own = stream.read(length).decode("utf-8" if member.flag_bits & 0x800 else "cp437")
            if head[:4] != b"PK\x03\x04" or own != member.orig_filename:
                raise ValueError(f"the directory has another name for the array {own[:40]!r}")

    def keys(self) -> frozenset[str]:
        return frozenset(self._info)

    def __iter__(self) -> Iterator[str]:
        return iter(self._info)

    def __contains__(self, key: str) -> bool:
        return key in self._info

    def _member(self, key: str) -> zipfile.ZipInfo:
        if key not in self._info:
            raise FileFormatError(
                f"{self.label} has no array '{key}'; it has {', '.join(sorted(self._info)[:20])}."
            )
        return self._info[key]

    def _open(self, key: str) -> IO[bytes]:
        info = self._member(key)
        if info.flag_bits & 1:
            raise FileFormatError(f"{self.label}: array '{key}' is encrypted; save it without a password.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileFormatError(f"{self.label}: array '{key}' is packed in a way that no .npz is.")
        return self._zip.open(info)

    def header(self, key: str) -> Header:
        """Shape, dtype, Fortran order and header length, which must fit the member's size."""
        if key not in self._head:
            label = f"{self.label}: array '{key}'"
            with reading(label, "an array"), self._open(key) as stream:
                head = stream.read(HEADER_BYTES)
            header = parse_npy_header(head, label)
            shape, dtype, _, start = header
            if start + math.prod(shape) * dtype.itemsize != self._member(key).file_size:
                raise FileFormatError(f"{label} claims shape {shape} but does not hold that many values.")
            self._head[key] = header
        return self._head[key]

    def shape(self, key: str) -> tuple[int, ...]:
        return self.header(key)[0]

    def dtype(self, key: str) -> np.dtype[Any]:
        return self.header(key)[1]

    def array(self, key: str) -> Array:
        """The array.

        Raises:
            FileFormatError: damaged, made of objects, missing, or more than the file's budget has left.
        """
        label = f"{self.label}: array '{key}'"
        size = self._member(key).file_size
        if self._used + size > self.budget:
            raise FileFormatError(
                f"{label} has {size >> 20} MiB; with the arrays before it more than the {self.budget >> 20} MiB "
                "that a file of this size may unpack to, so the rest comes from almost nothing; refused."
            )
        self._used += size
        shape, dtype, fortran, start = self.header(key)
        with reading(label, "an array"), self._open(key) as stream:
            stream.read(start)
            flat: Array = np.empty(math.prod(shape), dtype)
            view = flat.view(np.uint8) if flat.nbytes else np.empty(0, np.uint8)
            at = 0
            while at < len(view):
                piece = stream.read(min(1 << 20, len(view) - at))
                if not piece:
                    raise EOFError("cut short")
                view[at : at + len(piece)] = np.frombuffer(piece, np.uint8)
                at += len(piece)
            if stream.read(1):  # the end of the member: its checksum is looked at
                raise ValueError("longer than it says")
        return flat.reshape(shape, order="F" if fortran else "C")

    def arrays(self, names: Iterable[str] | None = None) -> dict[str, Array]:
        """All arrays, or those of ``names`` that are there, within the budget."""
        return {name: self.array(name) for name in (self if names is None else names) if name in self}

    def is_zero(self, key: str) -> bool:
        """Whether an array holds only zeros, read in pieces so that its size does not matter."""
        start = self.header(key)[3]
        with reading(f"{self.label}: array '{key}'", "an array"), self._open(key) as stream:
            stream.read(start)
            zeros = bytes(1 << 20)
            while piece := stream.read(len(zeros)):
                if piece != zeros[: len(piece)]:
                    return False
        return True


def read_npz(source: Path | bytes, label: str = "") -> dict[str, Array]:
    """All arrays of an ``.npz``; raises as ``Npz``."""
    with Npz(source, label) as archive:
        return archive.arrays()


def read_npy(path: Path) -> Array:
    """An ``.npy`` file.

    Raises:
        MissingFileError: no such file.
        FileFormatError: damaged, objects, too large, or a claim that the file does not cover.
    """
    if not path.exists():
        raise MissingFileError(f"There is no file {path}.")
    with reading(path.name, "an .npy"):
        if path.stat().st_size > LIMIT_BYTES:
            raise FileFormatError(f"{path.name} is larger than the {LIMIT_BYTES >> 20} MiB that are read.")
        raw = path.read_bytes()
        return array_of(raw, parse_npy_header(raw[:HEADER_BYTES], path.name), path.name)


def npy_shape(path: Path) -> tuple[int, ...]:
    """Shape of an ``.npy`` file from its header alone."""
    with path.open("rb") as file:
        return parse_npy_header(file.read(HEADER_BYTES), path.name)[0]


def is_npz(path: Path) -> bool:
    """Whether a file begins as a zip does."""
    with reading(path, "a file"), path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def npy_header(dtype: np.dtype[Any], shape: Iterable[int]) -> bytes:
    """The header of an ``.npy`` version 1.0."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": tuple(shape)}
    )
    return stream.getvalue()


def npy_bytes(array: Array) -> bytes:
    """An array as the bytes of an ``.npy`` file."""
    array = np.asarray(array, order="C")
    return npy_header(array.dtype, array.shape) + array.tobytes()


class Rows:
    """An array that is written without being in memory: its shape, and its values block by block.

    Args:
        dtype, shape: of the whole.
        blocks: contiguous arrays that follow each other.
        packed: worth packing (zeros).
    """

    def __init__(
        self, dtype: npt.DTypeLike, shape: Iterable[int], blocks: Iterable[Array], *, packed: bool = False
    ) -> None:
        self.dtype, self.shape, self.blocks, self.packed = np.dtype(dtype), tuple(shape), blocks, packed

    @classmethod
    def zeros(cls, shape: Iterable[int]) -> Rows:
        """float32 zeros, stored in next to nothing."""
        shape = tuple(shape)
        count = math.prod(shape)
        block = np.zeros(1 << 18, np.float32)
        sizes = (min(len(block), count - at) for at in range(0, count, len(block)))
        return cls(np.float32, shape, (block[:size] for size in sizes), packed=True)


def write_npz(file: IO[bytes] | Path, arrays: Mapping[str, Array | Rows]) -> None:
    """An uncompressed ``.npz`` of arrays; put it in place with ``base.write``."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True, compresslevel=1) as archive:
        for key, value in arrays.items():
            info = zipfile.ZipInfo(f"{key}.npy")
            rows = value if isinstance(value, Rows) else None
            if rows is None:
                array = np.asarray(value)
                if array.dtype.hasobject:
                    raise TypeError(f"{key} is an array of objects")
                array = array if array.flags.c_contiguous else np.ascontiguousarray(array)
                rows = Rows(array.dtype, array.shape, [array])
            if rows.packed:
                info.compress_type = zipfile.ZIP_DEFLATED
            size = math.prod(rows.shape) * rows.dtype.itemsize
            with archive.open(info, "w", force_zip64=size > 1 << 30) as member:
                member.write(npy_header(rows.dtype, rows.shape))
                for block in rows.blocks:
                    if block.nbytes:
                        member.write(block.reshape(-1).view(np.uint8).data)
                        size -= block.nbytes
            if size:
                raise ValueError(f"{key}: {size} bytes missing of shape {rows.shape}")
