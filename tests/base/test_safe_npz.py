"""One reader of arrays: what was written comes back, and no file costs more than its budget."""

from __future__ import annotations

import random
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base.errors import FileFormatError, MissingFileError
from mp2flame.base.safe_npz import Npz, Rows, npy_header, read_npy, read_npz, write_npz

ARRAYS = {
    "a": np.arange(12, dtype=np.float32).reshape(3, 4),
    "empty": np.zeros((0, 5), np.float32),
    "text": np.array("a word"),
    "one": np.array(7, np.int64),
    "turned": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "true": np.array([True, False]),
}


def test_what_is_written_comes_back_and_numpy_agrees(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    blocks = [np.ones((2, 3), np.float32), np.full((1, 3), 2, np.float32)]
    write_npz(path, {**ARRAYS, "rows": Rows(np.float32, (3, 3), blocks), "zero": Rows.zeros((1000, 1000))})
    assert path.stat().st_size < 100_000
    ours = read_npz(path)
    with np.load(path, allow_pickle=False) as theirs:
        assert set(ours) == set(theirs.files)
        for name, value in ours.items():
            np.testing.assert_array_equal(value, theirs[name])
            assert value.dtype == theirs[name].dtype
    np.savez_compressed(tmp_path / "numpy.npz", **ARRAYS)
    for name, value in read_npz(tmp_path / "numpy.npz").items():
        np.testing.assert_array_equal(value, ARRAYS[name])
    with Npz((tmp_path / "numpy.npz").read_bytes()) as archive:
        assert set(archive.arrays(["a", "not there"])) == {"a"}
    with pytest.raises(ValueError, match="missing"):
        write_npz(tmp_path / "short.npz", {"a": Rows(np.float32, (4, 3), blocks)})


def test_many_small_bombs_share_one_budget(tmp_path: Path) -> None:
    """30 members of 60 MB in 8 MB: each alone looks harmless."""
    path = tmp_path / "bombs.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for k in range(30):
            with archive.open(f"a{k}.npy", "w") as member:
                member.write(npy_header(np.dtype("u1"), (60_000_000,)))
                for _ in range(60):
                    member.write(bytes(1_000_000))
    tracemalloc.start()
    with pytest.raises(FileFormatError, match="almost nothing"):
        read_npz(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 2**20 + 51 * path.stat().st_size


def test_claims_objects_passwords_and_other_packing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    for shape in ((2_500_000_000_000,), (10**30, 10**30), (-1,), (3,)):
        text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)
        with pytest.raises(FileFormatError, match=r"claims|impossible"):
            read_npz(path)
    np.savez(path, a=np.array([{}], object))
    with pytest.raises(FileFormatError, match="Python objects"):
        read_npz(path)
    np.savez(path, **ARRAYS)
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    with pytest.raises(FileFormatError, match="encrypted"):
        read_npz(bytes(raw))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.npy", npy_header(np.dtype("u1"), (3,)) + b"abc")
    with pytest.raises(FileFormatError, match="packed"):
        read_npz(path)
    with pytest.raises(MissingFileError):
        Npz(tmp_path / "no.npz")
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY\x01\x00")
    with pytest.raises(FileFormatError):
        read_npy(tmp_path / "a.npy")


def test_any_damage_is_one_clear_error_or_the_right_numbers(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", **ARRAYS)
    np.savez_compressed(tmp_path / "c.npz", **ARRAYS)
    rng = random.Random(0)
    refused = 0
    for name in ("s.npz", "c.npz"):
        whole = (tmp_path / name).read_bytes()
        for _ in range(400):
            raw = bytearray(whole)
            if rng.random() < 0.2:
                del raw[rng.randrange(len(raw)) :]
            for _ in range(rng.randrange(1, 4)):
                if raw:
                    raw[rng.randrange(len(raw))] = rng.randrange(256)
            try:
                found = read_npz(bytes(raw))
            except FileFormatError as error:
                refused += 1
                assert "\n" not in str(error) and len(str(error)) < 600
                continue
            for key, value in found.items():
                if key in ARRAYS:
                    np.testing.assert_array_equal(value, ARRAYS[key])
    assert refused > 300
