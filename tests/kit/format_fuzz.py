"""Damaged and hostile versions of a file, for the fuzz tests and ``bench/bench_formats.py``."""

from __future__ import annotations

import io
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np

TRICKS = ("cut", "flip", "zero", "noise", "insert", "repeat", "swap", "member", "empty")
_HUGE = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 100), }"


def damage(data: bytes, rng: np.random.Generator) -> bytes:
    """One random damage of the bytes of a file."""
    trick = TRICKS[rng.integers(len(TRICKS))]
    size = len(data)
    at = int(rng.integers(max(size, 1)))
    span = int(rng.integers(1, 64))
    out = bytearray(data)
    if trick == "cut":
        return data[:at]
    if trick == "flip":
        for place in rng.integers(max(size, 1), size=int(rng.integers(1, 8))):
            out[place] ^= 1 << int(rng.integers(8))
        return bytes(out)
    if trick == "zero":
        out[at : at + span] = bytes(len(out[at : at + span]))
    elif trick == "noise":
        out[at : at + span] = rng.bytes(len(out[at : at + span]))
    elif trick == "insert":
        out[at:at] = rng.bytes(span)
    elif trick == "repeat":
        out[at:at] = data[at : at + 4 * span]
    elif trick == "swap":
        return swap_text(data, rng)
    elif trick == "member":
        return spoil_member(data, rng)
    else:
        return b""
    return bytes(out)


def swap_text(data: bytes, rng: np.random.Generator) -> bytes:
    """A number or word of a text file by something that does not belong there."""
    olds = (b"0.", b"1", b",", b"[", b"{", b'"', b"61", b":", b"weights", b"pose")
    news = (b"1e999", b"NaN", b"-", b"[[[[[[", b"null", b"9" * 40, b"true", b"\x00", b"{}", b"Infinity")
    old = olds[rng.integers(len(olds))]
    places = data.count(old)
    if not places:
        return data[: len(data) // 2]
    skip, at = int(rng.integers(min(places, 50))), -1
    for _ in range(skip + 1):
        at = data.find(old, at + 1)
    return data[:at] + news[rng.integers(len(news))] + data[at + len(old) :]


def spoil_member(data: bytes, rng: np.random.Generator) -> bytes:
    """An ``.npz`` or torch zip with one member dropped, cut, of objects, or claiming a huge shape;
    checksums right."""
    if data[:2] != b"PK":
        return data[: len(data) // 3]
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        names = source.namelist()
        chosen = names[rng.integers(len(names))]
        way = int(rng.integers(6))
        for name in names:
            content = source.read(name)
            if name == chosen:
                if way == 0:
                    continue
                if way == 1:
                    content = content[: len(content) // 2]
                elif way == 2:
                    content = content.replace(b"<f4", b"|O8"[:3] if rng.integers(2) else b"<i8")
                elif way == 3:
                    header = _HUGE % int(rng.integers(1, 10**11))
                    content = (
                        b"\x93NUMPY\x01\x00"
                        + (len(header) + 1).to_bytes(2, "little")
                        + header
                        + b"\n"
                        + content[128:]
                    )
                elif way == 4:
                    content = damage(content, rng) if content else b""
                else:
                    content = content.replace(b"(", b"((((", 1)
            target.writestr(name, content)
    return out.getvalue()


def damaged_copy(source: Path, target: Path, rng: np.random.Generator) -> Path:
    """A copy of a file or folder with one file damaged; the path that is to be read."""
    if target.is_dir():
        shutil.rmtree(target)
    if source.is_file():
        target.write_bytes(damage(source.read_bytes(), rng))
        return target
    shutil.copytree(source, target)
    files = sorted(path for path in target.rglob("*") if path.is_file())
    victim = files[rng.integers(len(files))]
    if rng.integers(20) == 0:
        victim.unlink()
    else:
        victim.write_bytes(damage(victim.read_bytes(), rng))
    return target


def dump_legacy(content: object) -> bytes:
    """A dictionary of NumPy arrays in the stream that torch wrote before 1.6."""
    sizes = {"short": 2, "int": 4, "long": 4}
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": sizes}
    parts = (0x1950A86A20F9469CFC6C, 1001, system, content, [])
    return b"".join(pickle.dumps(part, protocol=2) for part in parts)
