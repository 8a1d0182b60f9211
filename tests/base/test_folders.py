"""Folders of files: the old one or the new one whole, whenever the process ends, and nobody else's files lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mp2flame.base import folders, write
from mp2flame.base.errors import OutputError
from mp2flame.base.folders import filling
from mp2flame.io.formats import FORMATS

posix = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


def fill(folder: Path, count: int, word: str) -> None:
    for index in range(count):
        (folder / f"frame_{index:06d}.obj").write_text(word)
    (folder / "times.csv").write_text(f"{count} {word}")


def tree(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def with_foreign_files(folder: Path) -> dict[str, str]:
    """Pictures, notes, a folder of pictures, and a link, that somebody put into an old take."""
    for name in ("images/00000.png", "frame_000001.png", "notes.txt", "v2.txt", "flame_param/keep.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)
    (folder / "link").symlink_to("notes.txt")
    return {name: name for name in ("images/00000.png", "frame_000001.png", "notes.txt", "v2.txt",
                                    "flame_param/keep.md")} | {"link": "notes.txt"}  # fmt: skip


@pytest.mark.parametrize("way", ["swapped", "two renames", "in place"])
def test_what_is_not_ours_is_kept_and_nothing_of_the_longer_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    target = tmp_path / "take"
    with filling(target) as new:
        fill(new, 9, "old")
        (new / "flame_param").mkdir()
        fill(new / "flame_param", 9, "old")
    kept = with_foreign_files(target)
    if way == "two renames":
        monkeypatch.setattr(write, "swap", lambda first, second: False)
    if way == "in place":
        monkeypatch.chdir(target)
    with filling(target) as new:
        fill(new, 3, "new")
        (new / "flame_param").mkdir()
        fill(new / "flame_param", 3, "new")
        assert tree(target)["times.csv"] == "9 old"
    frames = {f"frame_{k:06d}.obj": "new" for k in range(3)} | {"times.csv": "3 new"}
    wanted = frames | {f"flame_param/{name}": text for name, text in frames.items()} | kept
    assert tree(target) == wanted
    assert (target / "link").is_symlink() and os.listdir(tmp_path) == ["take"]


def test_an_error_leaves_the_old_folder(tmp_path: Path) -> None:
    target = tmp_path / "take"
    target.mkdir(mode=0o750)
    with filling(target) as new:
        fill(new, 2, "old")
    assert target.stat().st_mode & 0o777 == 0o750
    before = tree(target)
    with pytest.raises(ValueError), filling(target) as new:
        fill(new, 1, "new")
        raise ValueError
    assert tree(target) == before and os.listdir(tmp_path) == ["take"]
    target.chmod(0o555)
    with pytest.raises(OutputError, match="read-only"), filling(target):
        pass
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="no folder"), filling(tmp_path / "file"):
        pass


def test_a_disk_without_links_gets_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "take"
    with filling(target) as new:
        fill(new, 2, "old")
    kept = with_foreign_files(target)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(folders.os, "link", refuse)
    with filling(target) as new:
        fill(new, 1, "new")
    assert tree(target) == {"frame_000000.obj": "new", "times.csv": "1 new"} | kept


# --- kills -----------------------------------------------------------------------------------------------------

WRITER = """
import sys, warnings
from pathlib import Path
sys.path[:0] = {kit!r}
from mp2flame.base import write
from mp2flame.base.folders import filling
warnings.simplefilter("ignore")
{setup}
print("go", flush=True)
number = 0
while True:
    number += 1
    write._cleared.clear()
    {again}
"""


def killed_again_and_again(
    folder: Path, setup: str, again: str, whole: Callable[[Path], object], kills: int, longest: float
) -> None:
    """A process writes the same folder without end; it is killed, and what lies there is looked at."""
    kit = [str(Path(__file__).parents[1] / "kit")]
    code = WRITER.format(kit=kit, setup=setup, again=again)
    rng = random.Random(1)
    for _ in range(kills):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=folder)
        assert process.stdout is not None and process.stdout.readline() == b"go\n"
        time.sleep(rng.uniform(0, longest))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        if (folder / "take").exists():
            whole(folder / "take")
        left = [name for name in os.listdir(folder) if name.startswith(".mp2flame-")]
        assert len(left) <= 2, left  # the next writer clears it
    write._cleared.discard(folder)
    (folder / f".mp2flame-{write._machine()}-4000000000-0123456789ab.tmp").mkdir()
    with pytest.warns(write.Cleared, match="removed .mp2flame-"), filling(folder / "other"):
        pass
    assert sorted(os.listdir(folder)) == ["other", "take"]


SMALL = """with filling(Path("take")) as new:
        count = 5 + number % 3 * 20
        for index in range(count):
            (new / f"frame_{index:06d}.obj").write_text(str(number))
        (new / "times.csv").write_text(f"{count} {number}")"""


def small_is_whole(folder: Path) -> None:
    found = tree(folder)
    count, word = found.pop("times.csv").split()
    assert set(found.values()) == {word} and len(found) == int(count)


@posix
def test_kills_while_a_folder_is_written_again_and_again(tmp_path: Path) -> None:
    killed_again_and_again(tmp_path, "", SMALL, small_is_whole, 4, 0.15)


TAKES = """
import numpy as np
import motions
from mp2flame.base.header import Header
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.io.exports.meshes import MeshTake, write_meshes
from mp2flame.io.formats import Motion, write_motion
from mp2flame.rig.mapping.linear import SCHEMA, LinearMapping
def take(long):
    given, count = motions.take(long), 2 + 2 * long
    return Motion(given.recording[:count], betas=given.betas, eyelids=given.eyelids[:count])
def mapping(k):
    blocks = {"expression": np.full((52, 7), k), "jaw_pose": np.full((52, 3), k), "eye_pose": np.full((52, 6), k)}
    return LinearMapping.from_blocks(blocks, header=Header(SCHEMA, num_expression=7))
both, head = [take(0), take(1)], builtin_head()
"""
OTHERS = {
    "obj": "write_meshes('take', MeshTake(both[number % 2].recording, head), overwrite=True)",
    "mapping": "mapping(number % 2).save_folder('take')",
}
FOLDERS = [name for name, entry in FORMATS.items() if entry.folder and entry.write]


def content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@posix
@pytest.mark.slow
@pytest.mark.parametrize("writer", [*OTHERS, *FOLDERS])
def test_kills_of_every_writer_of_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str
) -> None:
    """Two takes of different lengths, written over each other without end."""
    again = OTHERS.get(writer, f"write_motion(both[number % 2], 'take', {writer!r}, overwrite=True)")
    names: dict[str, Any] = {}
    exec(TAKES, names)
    wanted = []
    for number in (0, 1):
        place = tmp_path / str(number)
        place.mkdir()
        monkeypatch.chdir(place)
        exec(again, names | {"number": number})
        wanted.append(content(place / "take"))
    assert wanted[0] != wanted[1]

    def whole(folder: Path) -> None:
        assert content(folder) in wanted

    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(tmp_path)
    killed_again_and_again(work, TAKES, again, whole, 6, 0.2)
