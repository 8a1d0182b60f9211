"""Hundreds of damaged files of every kind, each through the door its user uses: a right value or one clear error."""

from __future__ import annotations

import importlib.util
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import numpy.testing  # older versions ask ``lscpu`` when this is first imported, which the hook below would see
import pytest

from attacks import DOORS, METAS, Case, Door, fault_of
from mp2flame.cli import DEFECT, main

FEW, MANY = 11, 60
MOST_BYTES = 300 << 20  # no file here is larger than 4 MB
_watched: list[str] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _watched and event in ("os.system", "subprocess.Popen", "os.exec", "socket.connect", "os.posix_spawn"):
        _watched.append(event)


sys.addaudithook(_hook)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MP2FLAME_CACHE", str(tmp_path / "cache"))


def open_it(door: Door, path: Path, number: int) -> str:
    """``read`` or ``refused``; fails the test for a fault, for memory, and for whatever was started."""
    _watched[:] = ["on"]
    tracemalloc.reset_peak()
    try:
        outcome, why = fault_of(door, path)
    finally:
        started = list(_watched)
        _watched.clear()
    assert outcome != "fault", (door.name, number, why[:300])
    assert started == ["on"], (door.name, number, started)
    assert tracemalloc.get_traced_memory()[1] < MOST_BYTES, (door.name, number)
    return outcome


def attack(door: Door, folder: Path, numbers: range) -> int:
    case = Case(door, folder)
    tracemalloc.start()
    try:
        assert open_it(door, case.path, -1) == "read"
        return sum(open_it(door, case.spoil(number), number) == "refused" for number in numbers)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", DOORS)
def test_a_damaged_file_is_a_right_value_or_one_clear_error(name, tmp_path):
    refused = attack(DOORS[name], tmp_path / "attack", range(FEW))
    # what can be made again or left out is, without a word
    assert refused or name in ("cache entry", "batch manifest", "gather manifest")


@pytest.mark.slow
@pytest.mark.parametrize("name", DOORS)
def test_many_damaged_files(name, tmp_path):
    attack(DOORS[name], tmp_path / "attack", range(FEW, FEW + MANY))


@pytest.mark.parametrize("name", [name for name, door in DOORS.items() if door.commands])
def test_the_command_line_answers_a_damaged_file_in_one_line(name, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    case = Case(DOORS[name], tmp_path / "attack")
    scores = Case(DOORS["scores csv"], tmp_path / "scores").path
    for number, words in enumerate(DOORS[name].commands):
        path = case.spoil(1000 + number)
        out = str(tmp_path / f"out{number}")
        places = {"PATH": str(path), "SCORES": str(scores)}
        arguments = [places.get(word, word.replace("OUT", out)) for word in words]
        with pytest.raises(SystemExit) as end:
            main(arguments)
        said = capfd.readouterr().err
        assert end.value.code != DEFECT and "Traceback" not in said, (arguments, said)
        errors = [line for line in said.splitlines() if line.startswith("Error")]
        assert len(errors) == (end.value.code not in (0, 8)), (arguments, said)
        assert not list(tmp_path.glob(".mp2flame-*"))


@pytest.mark.parametrize("number", range(len(METAS)))
def test_what_a_take_says_of_itself_is_checked_when_it_is_read(number, tmp_path, capfd, monkeypatch):
    """Before, ``betas`` that are a dictionary were found out by whichever command used them first."""
    monkeypatch.chdir(tmp_path)
    good = Case(DOORS["take"], tmp_path / "take").path
    np.savez("strange.npz", **{**np.load(good), "meta": np.array(METAS[number])})
    for words in (
        "info PATH",
        "trim PATH -o out.npz",
        "concat PATH PATH -o out.npz",
        *(["report PATH -o out.html"] if importlib.util.find_spec("matplotlib") else []),
    ):
        with pytest.raises(SystemExit) as end:
            main(
                [*words.replace("PATH", "strange.npz").split(), *(["--overwrite"] if "out" in words else [])]
            )
        assert end.value.code in (0, 3), (words, capfd.readouterr().err)


def test_every_file_goes_through_the_one_reader() -> None:
    """NumPy's own readers trust what a file says of itself; zip and JSON are opened within ``reading()``."""
    import ast

    package = Path(sys.modules["mp2flame"].__file__ or "").parent
    allowed = {
        "base/safe_npz.py",
        "base/damage.py",
        "io/streams",
        "io/exports/blender/extension",
    }  # the last runs in Blender
    wrong = []
    for path in package.rglob("*.py"):
        name = path.relative_to(package).as_posix()
        if name.startswith(tuple(allowed)):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "np.load", "np.loadtxt", "np.genfromtxt", "np.fromfile", "np.lib.format.read_array", "pickle.load", "pickle.loads",
            ):  # fmt: skip
                wrong.append(f"{name}:{node.lineno} {ast.unparse(node.func)}")
    assert not wrong


def test_a_picture_of_almost_nothing_is_refused_and_a_large_photograph_is_not(tmp_path):
    image = pytest.importorskip("PIL.Image")

    from mp2flame.base.errors import FileFormatError
    from mp2flame.io.sources.images import read_image

    image.new("L", (12_000, 12_000)).save(tmp_path / "bomb.png")
    assert (tmp_path / "bomb.png").stat().st_size < 200_000
    tracemalloc.start()
    try:
        with pytest.raises(FileFormatError, match="almost nothing"):
            read_image(tmp_path / "bomb.png")
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()
    noise = np.random.default_rng(0).integers(0, 255, (600, 800, 3), np.uint8)
    image.fromarray(noise).resize((8000, 6000)).save(tmp_path / "photo.jpg", quality=30)
    assert read_image(tmp_path / "photo.jpg").shape == (6000, 8000, 3)
