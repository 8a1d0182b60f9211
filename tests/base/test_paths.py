"""Paths of Windows and macOS, and processes that start from nothing, tested on any system."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import unicodedata
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import pytest

from motions import take
from mp2flame.base.errors import FileFormatError, InputError, OutputError
from mp2flame.base.write import check_target, name_trouble
from mp2flame.cli.session import default_output
from mp2flame.io.formats import read_motion, write_motion
from mp2flame.learn.batch import find_videos, run_batch, take_names
from mp2flame.learn.shards import shard_path


def names_of(videos: list[str], **options: bool) -> dict[str, str]:
    return {
        path.as_posix(): name for path, name in take_names({Path(v): Path(v).stem for v in videos}, **options)
    }


def test_videos_whose_names_differ_by_case_make_different_takes_on_any_disk(tmp_path: Path) -> None:
    """Before, A.mp4 and a.mp4 were A.npz and a.npz: one file on Windows and macOS, and half of the work lost."""
    for name in ("A.mp4", "a.MP4", "b.mp4"):
        (tmp_path / name).write_bytes(b"x")
    made = {path.name: name for path, name in find_videos([tmp_path])}
    assert set(made) == {"A.mp4", "a.MP4", "b.mp4"} and made["b.mp4"] == "b"
    assert len({name.casefold() for name in made.values()}) == 3
    assert {p.name: n for p, n in find_videos([tmp_path])} == made  # and always the same ones


def test_a_folder_is_searched_for_every_video_that_is_read(tmp_path: Path) -> None:
    for name in ("a.mpg", "b.MTS", "c.gif", "d.txt"):
        (tmp_path / name).write_bytes(b"x")
    assert {path.name for path, _ in find_videos([tmp_path])} == {"a.mpg", "b.MTS", "c.gif"}
    with pytest.raises(InputError, match="unknown setting video"):
        run_batch([tmp_path], tmp_path / "takes", video=tmp_path)


def test_an_accent_written_in_two_ways_is_one_name() -> None:
    made = names_of([unicodedata.normalize(form, "x/Zoë.mp4") for form in ("NFC", "NFD")])
    assert len({unicodedata.normalize("NFC", name) for name in made.values()}) == 2


@pytest.mark.parametrize("stem", ["aux", "CON", "com1", "nul", "a:b", "what?", "end.", "tab\t"])
def test_names_that_windows_does_not_have_are_changed_there(stem: str) -> None:
    (name,) = names_of([f"x/{stem}.mp4"], windows=True).values()
    assert name_trouble(f"{name}.npz", windows=True) is None
    assert names_of([f"x/{stem}.mp4"], windows=False) == {f"x/{stem}.mp4": stem}
    both = names_of([f"x/{stem}.mp4", "x/_aux.mp4"], windows=True)
    assert len({n.casefold() for n in both.values()}) == 2


@pytest.mark.parametrize("letter", ["a", "ß", "語"])
def test_a_name_that_is_too_long_is_cut_and_stays_its_own(letter: str, tmp_path: Path) -> None:
    stem = letter * (230 // len(letter.encode()))
    made = names_of([f"x/{stem}.mp4", f"x/{stem}{letter}.mp4"])
    assert len(set(made.values())) == 2
    for name in made.values():
        target = check_target(tmp_path / f"{name}.npz")
        target.with_name(f"{target.stem}.part.npz").touch()  # the journal beside it has a name, too
    with pytest.raises(OutputError, match="too long"):
        check_target(tmp_path / f"{'x' * 250}.npz")


def test_the_default_name_is_not_the_file_itself_under_another_case(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Take.NPZ").write_bytes(b"x")
    os.link("Take.NPZ", "Take.npz")  # what a disk without case does: two names, one file
    assert default_output("Take.NPZ") == Path("Take_flame.npz")
    (tmp_path / "other.NPZ").write_bytes(b"x")
    assert default_output("other.NPZ") == Path("other.npz")


@pytest.mark.parametrize("flavour", [PureWindowsPath, PurePosixPath])
@pytest.mark.parametrize("name", ["insta", "lam"])
def test_a_folder_written_on_another_system_is_read(tmp_path: Path, name: str, flavour: type) -> None:
    """``transforms.json`` names its files with the slashes of the system that wrote it."""
    made = take()
    write_motion(made, tmp_path / "motion", name)
    file = tmp_path / "motion" / "transforms.json"
    content = json.loads(file.read_text())
    key = next(k for k in ("exp_path", "flame_param_path") if k in content["frames"][0])
    for frame in content["frames"]:
        frame[key] = str(flavour(*PurePosixPath(frame[key]).parts))
    file.write_text(json.dumps(content))
    back = read_motion(tmp_path / "motion").recording
    np.testing.assert_allclose(back.expression[:, :50], made.recording.expression, atol=1e-5)
    for outside in (
        "..\\..\\secret.npz",
        "C:\\secret.npz",
        "../../secret.npz",
        "/etc/passwd",
        "\\\\server\\share\\x",
    ):
        content["frames"][0][key] = outside
        file.write_text(json.dumps(content))
        with pytest.raises(FileFormatError, match="outside the folder"):
            read_motion(tmp_path / "motion")


@pytest.mark.parametrize(
    "clip", ["C:\\clips\\a", "con", "a/b", "A", "a", "x" * 400, "語" * 100, "..", "a:b?"]
)
def test_a_shard_of_any_clip_has_a_name_that_every_system_takes(clip: str) -> None:
    name = shard_path(Path("x"), clip).name
    assert name_trouble(name, windows=True) is None and "/" not in name and "\\" not in name
    assert (
        name.casefold() != shard_path(Path("x"), clip.swapcase()).name.casefold() or clip == clip.swapcase()
    )


def test_a_drive_letter_is_no_address(tmp_path: Path, monkeypatch) -> None:
    from mp2flame.base.errors import MissingFileError
    from mp2flame.io.sources import modules_for, open_source
    from mp2flame.io.streams import StreamContext, open_output

    with pytest.raises(MissingFileError, match="no file or folder"):
        open_source("C:\\videos\\face.mp4")
    assert modules_for("C:\\videos\\face.mp4") == ()
    opened = []
    monkeypatch.setattr(
        "mp2flame.io.streams.jsonl.open_stream", lambda path: opened.append(path) or open(os.devnull, "w")
    )
    open_output("jsonl:C:\\out\\face.jsonl", context=StreamContext(num_expression=3)).close()
    assert opened == ["C:\\out\\face.jsonl"]


def test_a_system_without_file_locks_still_records(tmp_path: Path, monkeypatch) -> None:
    """Windows has no ``fcntl``; two writers of one take then get two journals."""
    from attacks import _frames
    from mp2flame.take.journal import UnfinishedTake
    from mp2flame.take.take import Take
    from mp2flame.take.writer import TakeWriter

    monkeypatch.setitem(sys.modules, "fcntl", None)
    first = TakeWriter(tmp_path / "t.npz")
    with pytest.warns(UnfinishedTake), TakeWriter(tmp_path / "t.npz") as second:
        assert first.part != second.part
        for frame in _frames():
            first.append(frame)
            second.append(frame)
    assert Take.load(tmp_path / "t.npz").num_frames == 3
    first.keep()
    assert Take.load(first.part).num_frames == 3


def test_what_is_read_stays_what_it_was_when_the_file_is_replaced(tmp_path: Path) -> None:
    from mp2flame.base.safe_npz import Npz, write_npz
    from mp2flame.base.write import atomic_write

    path = tmp_path / "a.npz"
    write_npz(path, {"x": np.arange(1000.0), "y": np.ones(3)})
    with Npz(path) as open_one:
        open_one.array("y")
        if os.name == "posix":
            with atomic_write(path) as file:
                np.savez(file, x=np.zeros(5))
        np.testing.assert_array_equal(open_one.array("x"), np.arange(1000.0))


def _work(folder: str) -> tuple[str, float]:
    """Something of everything that a worker does, in a process that has imported nothing."""
    from mp2flame import Driver
    from mp2flame.take.take import Take

    record = Take.load(Path(folder) / "take.npz")
    still = Driver().vertices(record.params[:1])
    return record.meta.get("schema", ""), float(np.abs(still).sum())


@pytest.mark.slow
def test_workers_that_are_spawned_do_what_forked_ones_do(tmp_path: Path) -> None:
    """Windows and macOS start workers from nothing: what is handed to them must be enough."""
    import pickle

    from mp2flame.learn.batch import Job
    from mp2flame.learn.gather import Clip, Settings

    take().recording.save(tmp_path / "take.npz")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(_work, str(tmp_path)).result(60) == _work(str(tmp_path))
    job = Job(video=Path("a.mp4"), take=Path("a.npz"), profile="me.json")
    assert pickle.loads(pickle.dumps(job)) == job
    clip = Clip("a", "s", Path("a.npz"), Path("out"), Settings())
    assert pickle.loads(pickle.dumps(clip)) == clip
