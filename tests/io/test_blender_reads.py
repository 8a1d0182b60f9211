"""The Blender script's own reader of takes, which has to do without the package: as careful as ours."""

from __future__ import annotations

import importlib.util
import io
import sys
import types
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

import mp2flame.io.exports.blender as blender
from attacks import DOORS, Case
from mp2flame.base import safe_npz
from mp2flame.flame.builtin.head import builtin_head
from takes import made_take


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    monkeypatch.setitem(sys.modules, "bpy", types.ModuleType("bpy"))
    path = Path(blender.__file__).parent / "extension" / "play.py"
    spec = importlib.util.spec_from_file_location("played", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_member(path: Path, name: str, content: bytes, pack: int = zipfile.ZIP_STORED) -> Path:
    """A copy of a take in which one array's file is another."""
    other = path.with_name("other.npz")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w", pack) as new:
        for member in old.namelist():
            new.writestr(member, content if member == f"{name}.npy" else old.read(member))
    return other


def npy(array: np.ndarray, **options: bool) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, array, **options)
    return out.getvalue()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("takes") / "take.npz"
    made_take(builtin_head(), frames=20).save(path)
    return path


def test_it_reads_what_our_reader_reads(play: types.ModuleType, path: Path) -> None:
    take = play.read_take(path)
    with safe_npz.Npz(path) as ours:
        assert {*play.POSES, "expression", "arkit_weights", "timestamp_ms"} <= take.keys()
        for name, array in take.items():
            np.testing.assert_array_equal(array, ours.array(name))
    turned = np.asfortranarray(take["expression"])
    again = play.read_take(with_member(path, "expression", npy(turned)))
    np.testing.assert_array_equal(again["expression"], take["expression"])
    limits = (safe_npz.LIMIT_BYTES, safe_npz._FREE_BYTES, safe_npz._MAX_RATIO, safe_npz.HEADER_BYTES)
    assert limits == (play.SIZE_LIMIT, play.FREE_BYTES, play.MAX_RATIO, play.HEADER_BYTES)


def test_it_refuses_what_claims_more_than_it_holds(play: types.ModuleType, path: Path) -> None:
    claim = safe_npz.npy_header(np.dtype("<f8"), (1 << 40,))
    with pytest.raises(play.Refused, match="does not hold that many"):
        play.read_take(with_member(path, "expression", claim))
    zeros = safe_npz.npy_header(np.dtype("<f4"), (20, 1 << 20)) + bytes(80 << 20)
    with pytest.raises(play.Refused, match="claims more than the"):
        play.read_take(with_member(path, "expression", zeros, zipfile.ZIP_DEFLATED))


def test_it_runs_nothing(play: types.ModuleType, path: Path, tmp_path: Path) -> None:
    class Runs:
        def __reduce__(self) -> tuple[object, tuple[Path]]:
            return Path.touch, (tmp_path / "ran",)

    content = npy(np.array([Runs()], object), allow_pickle=True)
    with pytest.raises(play.Refused, match="Python objects"):
        play.read_take(with_member(path, "expression", content))
    assert not (tmp_path / "ran").exists()


def test_damage_is_refused_in_one_sentence(play: types.ModuleType, tmp_path: Path) -> None:
    case = Case(DOORS["take"], tmp_path)
    outcomes = set()
    for number in range(60):
        spoilt = case.spoil(number)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                take = play.read_take(spoilt)
        except play.Refused as error:
            assert len(str(error)) < 1000
            outcomes.add("refused")
        else:
            outcomes.add("read")
            assert all(np.isfinite(take[name]).all() for name in (*play.POSES, "expression"))
    assert "refused" in outcomes
