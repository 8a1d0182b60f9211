"""One bit of a file that we write is another: what is read is what was written, is refused, or misses frames and says so."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attacks import DOORS
from mp2flame.base.errors import Mp2FlameError
from mp2flame.take.journal import DamagedTake

FEW, MANY = 25, 200


def _builtin(name: str) -> Callable[[Path], Path]:
    """A table of ours as it is installed."""

    def make(folder: Path) -> Path:
        import mp2flame.base

        source = Path(mp2flame.base.__file__).parent / "data" / name
        return Path(shutil.copy(source, folder / name))

    return make


def _read_arrays(path: Path) -> Any:
    from mp2flame.base.safe_npz import read_npz

    return read_npz(path)


def _written(*words: str) -> Callable[[Path], Path]:
    """What a command writes."""

    def make(folder: Path) -> Path:
        from mp2flame.cli import main

        with pytest.raises(SystemExit) as end:
            main([*words, str(folder / "out.npz")])
        assert not end.value.code
        return folder / "out.npz"

    return make


def _read_manifest(kind: str) -> Callable[[Path], Any]:
    def read(path: Path) -> Any:
        from mp2flame.learn import batch, gather

        return batch.read_manifest(path) if kind == "batch" else gather.read_manifest(path)

    return read


def _manifest(kind: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        from mp2flame.base.damage import sealed
        from mp2flame.learn.batch import Finished
        from mp2flame.learn.gather import Outcome

        made: Any = Finished("a.mp4", "a.npz", "done", 175, 117, 3.5, "f1", "s1", "", {"expected": 175})
        if kind == "gather":
            made = Outcome("clip", "done", {"frames": 60, "expected": 61}, "d1", "f1")
        (folder / f"{kind}.jsonl").write_text(3 * (sealed(json.dumps(vars(made))) + "\n"))
        return folder

    return make


def _hashed(folder: Path) -> Path:
    from mp2flame.base.cache import file_sha256

    os.environ["MP2FLAME_CACHE"] = str(folder)
    (folder / "big.bin").write_bytes(b"content")
    file_sha256(folder / "big.bin")
    return next((folder / "sha256").iterdir())


def _read_hashed(path: Path) -> Any:
    from mp2flame.base.cache import file_sha256

    os.environ["MP2FLAME_CACHE"] = str(path.parents[1])
    return file_sha256(path.parents[1] / "big.bin")


OURS: dict[str, tuple[Callable[[Path], Path], Callable[[Path], Any]]] = {
    name: (DOORS[name].make, DOORS[name].read)
    for name in ("take", "unfinished take", "profile", "mapping", "mapping folder", "cache entry", "shards", "web file")
}  # fmt: skip
OURS |= {
    "batch manifest": (_manifest("batch"), _read_manifest("batch")),
    "gather manifest": (_manifest("gather"), _read_manifest("gather")),
    "remembered digest": (_hashed, _read_hashed),
    "response table": (_builtin("response.npz"), _read_arrays),
    "tables": (_written("tables", "--embedding"), _read_arrays),
}


def numbers(value: Any, depth: int = 0) -> Iterator[Any]:
    """Every number, in order."""
    if isinstance(value, np.ndarray):
        yield value.dtype.str, value.shape, value.tobytes()
    elif isinstance(value, str):
        yield value if len(value) == 64 else None  # a digest
    elif isinstance(value, bool | int | float | np.generic):
        yield repr(value)
    elif isinstance(value, dict):
        for key in sorted(value, key=str):
            yield from numbers(value[key], depth + 1)
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from numbers(inside, depth + 1)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from numbers(getattr(value, field.name), depth + 1)
    elif hasattr(value, "__dict__") and depth < 9:
        yield from numbers(vars(value), depth + 1)


def flip(path: Path, rng: np.random.Generator) -> None:
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    chosen = files[rng.integers(len(files))]
    data = bytearray(chosen.read_bytes())
    bit = int(rng.integers(8 * len(data)))
    data[bit // 8] ^= 1 << bit % 8
    chosen.write_bytes(data)


def silent_flips(name: str, folder: Path, count: int) -> int:
    """How many of so many flips gave other numbers without a word."""
    make, read = OURS[name]
    (folder / "good").mkdir()
    path = make(folder / "good")
    wanted = list(numbers(read(path)))
    assert wanted
    rng, silent = np.random.default_rng(len(name)), 0
    for _ in range(count):
        shutil.rmtree(folder / "work", ignore_errors=True)
        shutil.copytree(folder / "good", folder / "work")
        target = folder / "work" / path.relative_to(folder / "good")
        flip(target, rng)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                found = list(numbers(read(target)))
            except Mp2FlameError:
                continue
        missed = any(issubclass(w.category, DamagedTake) for w in said)
        if name.endswith("manifest"):  # a line that is damaged is one that is not there
            assert set(found) <= set(wanted)
        else:
            silent += found != wanted and not missed
    return silent


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MP2FLAME_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", OURS)
def test_a_flipped_bit_never_gives_other_numbers(name: str, tmp_path: Path) -> None:
    if name == "shards":
        pytest.importorskip("pyarrow")
    assert silent_flips(name, tmp_path, FEW) == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", OURS)
def test_two_hundred_flipped_bits(name: str, tmp_path: Path) -> None:
    if name == "shards":
        pytest.importorskip("pyarrow")
    assert silent_flips(name, tmp_path, MANY) == 0
