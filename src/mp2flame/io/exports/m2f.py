"""The ``.m2f`` container: named arrays and a JSON header in one file, for programs that have no NumPy.

    gzip of:  "M2F1" | uint32 length of the header | header (JSON, UTF-8, spaces up to 16) | body

The header's ``arrays`` says of each array its ``dtype`` (little-endian), ``shape`` and ``offset`` in the body, a
multiple of 16. docs/web_format.md has the whole. The same arrays give the same bytes.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import os
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...base.damage import reading
from ...base.errors import FileFormatError, InputError
from ...base.write import atomic_write

MAGIC = b"M2F1"
ALIGN = 16
DTYPES = ("uint8", "uint16", "uint32", "int16", "float32", "float64")
MOST_BYTES = 256 << 20
"""A body larger than this is refused by every reader."""
_FREE_BYTES, _MAX_RATIO = 64 << 20, 50


def pack(arrays: Mapping[str, Any], header: Mapping[str, Any]) -> bytes:
    """The file's bytes.

    Raises:
        InputError: an array of a dtype that the container does not have.
    """
    listed: dict[str, Any] = {}
    body = bytearray()
    for name, value in arrays.items():
        array = np.ascontiguousarray(value)
        if array.dtype.name not in DTYPES:
            raise InputError(f"array {name} is {array.dtype}; a .m2f holds {', '.join(DTYPES)}.")
        body.extend(bytes(-len(body) % ALIGN))
        listed[name] = {"dtype": array.dtype.name, "shape": list(array.shape), "offset": len(body)}
        body.extend(array.astype(array.dtype.newbyteorder("<")).tobytes())
    text = json.dumps({**header, "arrays": listed}, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % ALIGN)
    return gzip.compress(MAGIC + struct.pack("<I", len(text)) + text + bytes(body), 9, mtime=0)


def _plain(data: bytes) -> bytes:
    """Unpacked, within what a file of this size may unpack to."""
    if data[:2] != b"\x1f\x8b":
        return data
    most = _FREE_BYTES + _MAX_RATIO * len(data)
    with gzip.open(io.BytesIO(data)) as stream:
        plain = stream.read(most + 1)
    if len(plain) > most:
        raise InputError(f"it unpacks to more than {most >> 20} MiB, most of it from nothing; refused.")
    return plain


def unpack(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and header.

    Raises:
        FileFormatError: not such a file, or damaged.
    """
    with reading("the .m2f file", "one"):
        plain = _plain(data)
        if plain[:4] != MAGIC:
            raise FileFormatError("not a .m2f file: it does not begin with M2F1.")
        (length,) = struct.unpack_from("<I", plain, 4)
        header = json.loads(plain[8 : 8 + length])
        body = plain[8 + length :]
        arrays = {}
        for name, at in header.pop("arrays").items():
            if at["dtype"] not in DTYPES:
                raise InputError(f"array {name} is {at['dtype']}; a .m2f holds {', '.join(DTYPES)}.")
            dtype = np.dtype(at["dtype"]).newbyteorder("<")
            count = math.prod(map(int, at["shape"]))
            arrays[name] = np.frombuffer(body, dtype, count, at["offset"]).reshape(at["shape"])
    return arrays, header


def write_m2f(path: str | os.PathLike[str], arrays: Mapping[str, Any], header: Mapping[str, Any]) -> int:
    """Write the file, complete or not at all; returns its size in bytes.

    Raises:
        OutputError: it cannot be written.
    """
    data = pack(arrays, header)
    with atomic_write(path) as file:
        file.write(data)
    return len(data)
