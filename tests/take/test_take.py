"""Recordings: what is written comes back, also after a kill."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mp2flame.base.errors import (
    FileFormatError,
    InputError,
    MissingFileError,
    NoFaceError,
    OutputError,
    ShapeError,
)
from mp2flame.base.values import FlameParams, Frame
from mp2flame.take.journal import DamagedTake, UnfinishedTake
from mp2flame.take.take import Take
from mp2flame.take.writer import TakeWriter


def make_frame(i: int, num_expression: int = 50, face: bool = True, landmarks: bool = True) -> Frame:
    rng = np.random.default_rng(i)
    params = FlameParams(
        expression=np.full(num_expression, i, np.float32),
        jaw_pose=rng.normal(size=3),
        eye_pose=rng.normal(size=6),
        neck_pose=rng.normal(size=3),
        global_orient=rng.normal(size=3),
        transl=rng.normal(size=3),
    )
    return Frame(
        index=i,
        timestamp_ms=40.0 * i,
        detected=face,
        params=params,
        weights=rng.random(52).astype(np.float32),
        blendshapes=rng.random(52).astype(np.float32) if face else np.zeros(52, np.float32),
        landmarks=rng.random((478, 3)).astype(np.float32) if face and landmarks else None,
        face_matrix=np.eye(4, dtype=np.float32) if face else None,
        image_size=(480, 640),
    )


def write(path: Path, count: int, **options: object) -> None:
    with TakeWriter(path, {"source": "made up"}, **options) as writer:  # type: ignore[arg-type]
        for i in range(count):
            writer.append(make_frame(i, face=i % 7 != 3))


def test_what_is_appended_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "take.npz"
    write(path, 1300)  # more than the first capacity, twice
    take = Take.load(path)
    assert take.num_frames == 1300 and take.num_expression == 50
    for i in (0, 3, 511, 512, 1299):
        wanted, got = make_frame(i, face=i % 7 != 3), take.frame(i)
        assert got.detected == wanted.detected and got.timestamp_ms == wanted.timestamp_ms
        assert got.image_size == (480, 640) and got.index == i
        np.testing.assert_array_equal(got.blendshapes, wanted.blendshapes)
        np.testing.assert_array_equal(got.weights, wanted.weights)
        for key, value in wanted.params.asdict().items():
            np.testing.assert_array_equal(getattr(got.params, key), value)
        if wanted.landmarks is None:
            assert got.landmarks is None and got.face_matrix is None
        else:
            assert got.landmarks is not None
            np.testing.assert_array_equal(got.landmarks, wanted.landmarks)
    assert take.meta["schema"] == "mp2flame.recording/1" and take.meta["source"] == "made up"
    assert take.fps == pytest.approx(25.0)
    assert take.duration_ms == pytest.approx(1300 * 40.0)


def test_the_file_has_the_contracts_keys_and_is_an_ordinary_npz(tmp_path: Path) -> None:
    path = tmp_path / "take.npz"
    write(path, 20)
    shapes = {
        "timestamp_ms": (20,), "detected": (20,), "blendshapes": (20, 52), "arkit_weights": (20, 52),
        "expression": (20, 50), "jaw_pose": (20, 3), "eye_pose": (20, 6), "neck_pose": (20, 3),
        "global_orient": (20, 3), "transl": (20, 3), "face_matrix": (20, 4, 4), "landmarks": (20, 478, 3),
        "image_size": (2,), "meta": (),
    }  # fmt: skip
    with np.load(path, allow_pickle=False) as archive:
        assert {name: archive[name].shape for name in archive.files} == shapes
        assert archive["timestamp_ms"].dtype == np.float64 and archive["detected"].dtype == np.bool_
        assert all(
            archive[n].dtype == np.float32 for n in shapes if n in ("expression", "landmarks", "transl")
        )
        assert json.loads(str(archive["meta"]))["source"] == "made up"
    assert zipfile.ZipFile(path).testzip() is None
    data = sum(int(np.prod(shape)) for shape in shapes.values()) * 4
    assert path.stat().st_size < data + 8000, "compact: nothing of the free room is left"


def test_without_landmarks(tmp_path: Path) -> None:
    write(tmp_path / "no.npz", 5, with_landmarks=False)
    assert Take.load(tmp_path / "no.npz").landmarks is None
    with TakeWriter(tmp_path / "none.npz") as writer:
        for i in range(5):
            writer.append(make_frame(i, landmarks=False))
    assert Take.load(tmp_path / "none.npz").landmarks is None


def test_landmarks_that_come_late_are_zero_before(tmp_path: Path) -> None:
    with TakeWriter(tmp_path / "t.npz") as writer:
        for i in range(40):
            writer.append(make_frame(i, face=i >= 30))
            if i == 20:
                writer.flush()
    take = Take.load(tmp_path / "t.npz")
    assert take.landmarks is not None and take.landmarks.shape == (40, 478, 3)
    assert not take.landmarks[:30].any() and take.landmarks[30:].any(axis=(1, 2)).all()


def test_an_empty_take(tmp_path: Path) -> None:
    TakeWriter(tmp_path / "t.npz", num_expression=100).close()
    take = Take.load(tmp_path / "t.npz")
    assert take.num_frames == 0 and take.num_expression == 100 and take.fps == 0.0


def test_readable_while_it_is_written_and_in_place_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "take.npz"
    with TakeWriter(path) as writer:
        for stop in (10, 300, 700):
            while writer.num_frames < stop:
                writer.append(make_frame(writer.num_frames))
            writer.flush()
            take = Take.load(writer.part)
            np.testing.assert_array_equal(take.expression[:, 0], np.arange(stop))
            assert take.landmarks is not None and take.landmarks.shape == (stop, 478, 3)
            assert not path.exists() and take.meta["schema"] == "mp2flame.recording/1"
        with pytest.raises(MissingFileError, match=r"take\.part\.npz beside it"):
            Take.load(path)
    assert Take.load(path).num_frames == 700 and [p.name for p in tmp_path.iterdir()] == ["take.npz"]


WRITER = """
    import sys, time
    sys.path.insert(0, {tests!r})
    from test_take import make_frame
    from mp2flame.take.writer import TakeWriter
    writer = TakeWriter({path!r}, num_expression=50, overwrite=True)
    print("go", flush=True)
    start = time.perf_counter()
    i = 0
    while True:
        writer.append(make_frame(i))
        i += 1
        sys.stdout.write(f"{{i}} {{time.time()}}\\n"); sys.stdout.flush()
        time.sleep(0.002)
"""


def kill_a_writer(path: Path, after_s: float) -> tuple[int, int]:
    """(frames appended a second before the kill, frames appended) by a writer that is killed."""
    code = textwrap.dedent(WRITER).format(tests=str(Path(__file__).parent), path=str(path))
    log = path.with_suffix(".log")
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=out)
        while "go" not in log.read_text():
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(after_s)
        killed_at = time.time()
        process.send_signal(signal.SIGKILL)
        process.wait()
    lines = [line.split() for line in log.read_text().splitlines()[1:] if line.count(" ") == 1]
    return sum(float(when) < killed_at - 1.0 for _, when in lines), len(lines)


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("after_s", [0.2, pytest.param(1.7, marks=pytest.mark.slow)])
def test_a_kill_loses_at_most_the_last_second(tmp_path: Path, after_s: float) -> None:
    path = tmp_path / "take.npz"
    at_least, at_most = kill_a_writer(path, after_s + random.random() / 2)
    part = tmp_path / "take.part.npz"
    assert not path.exists()
    if not at_least:  # a machine so busy that nothing was a second old
        return
    take = Take.load(part)
    assert at_least <= take.num_frames <= at_most + 1
    np.testing.assert_array_equal(take.expression[:, 0], np.arange(take.num_frames))
    assert (np.diff(take.timestamp_ms) > 0).all()
    if take.num_frames:
        np.testing.assert_array_equal(take.landmarks[-1], make_frame(take.num_frames - 1).landmarks)
    before = part.read_bytes()
    with pytest.warns(UnfinishedTake, match="take.part.npz"), TakeWriter(path) as writer:
        writer.append(make_frame(0))
    assert part.read_bytes() == before and Take.load(path).num_frames == 1


def read_and_said(path: Path) -> tuple[Take, bool]:
    """A damaged take, and whether it is said that frames are missing."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        take = Take.load(path)
    return take, any(issubclass(w.category, DamagedTake) for w in said)


def test_a_journal_cut_anywhere_gives_all_before_and_damage_costs_its_record_alone(tmp_path: Path) -> None:
    writer = TakeWriter(tmp_path / "take.npz", interval_ms=1e9)
    ends = []
    for i in range(12):
        writer.append(make_frame(i, landmarks=i >= 4))
        if i % 4 == 3:
            writer.flush()
            ends.append(writer.part.stat().st_size)
    writer.keep()
    data = writer.part.read_bytes()
    assert len(data) == ends[-1] and not (tmp_path / "take.npz").exists()
    rng, cut = random.Random(0), tmp_path / "cut.npz"
    for end in [
        *ends,
        *(e - 1 for e in ends),
        *(e + 5 for e in ends),
        *(rng.randrange(len(data)) for _ in range(40)),
    ]:
        whole = sum(e <= end for e in ends)
        flipped = bytearray(data)
        if end < len(data):
            flipped[end] ^= 1 << rng.randrange(8)
        cut.write_bytes(data[:end])
        if whole:
            take, said = read_and_said(cut)
            np.testing.assert_array_equal(take.expression[:, 0], np.arange(4 * whole))
            assert (take.landmarks is None) == (whole == 1) and not said
        elif end >= 19:
            with pytest.raises(FileFormatError, match="nothing in it"):
                Take.load(cut)
        if 19 <= end < len(data):
            cut.write_bytes(bytes(flipped))
            take, said = read_and_said(cut)
            left = [i for i in range(12) if i // 4 != whole]
            np.testing.assert_array_equal(take.expression[:, 0], left)
            assert said or whole == 2  # the last: a kill leaves the like


def test_an_unfinished_take_of_the_version_before_is_read(tmp_path: Path) -> None:
    """Its headers may be newer than its directory: found by the headers, cut to the rows that all have."""
    write(tmp_path / "t.npz", 9)
    with np.load(tmp_path / "t.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["timestamp_ms"] = arrays["timestamp_ms"][:7]
    np.savez(tmp_path / "old.npz", **arrays)
    raw = (tmp_path / "old.npz").read_bytes()
    (tmp_path / "old.npz").write_bytes(raw[: raw.index(b"PK\1\2")])
    take = Take.load(tmp_path / "old.npz")
    assert take.num_frames == 7 and take.meta["source"] == "made up"
    np.testing.assert_array_equal(take.expression[:, 0], np.arange(7))


def test_an_old_take_stays_until_a_good_end(tmp_path: Path) -> None:
    path = tmp_path / "take.npz"
    write(path, 5)
    old = path.read_bytes()
    with pytest.raises(RuntimeError) as caught, TakeWriter(path, overwrite=True) as writer:
        for i in range(3):
            writer.append(make_frame(i))
        writer.flush()
        assert path.read_bytes() == old
        raise RuntimeError("the source broke")
    assert "3 frames so far are in" in caught.value.__notes__[0]
    assert path.read_bytes() == old and Take.load(writer.part).num_frames == 3
    writer.part.unlink()
    with pytest.raises(NoFaceError, match="stays as it was"), TakeWriter(path, overwrite=True) as writer:
        writer.append(make_frame(0, face=False))
    assert path.read_bytes() == old and [p.name for p in tmp_path.iterdir()] == ["take.npz"]
    write(path, 2, overwrite=True)
    assert Take.load(path).num_frames == 2 and [p.name for p in tmp_path.iterdir()] == ["take.npz"]


def test_two_writers_existing_files_and_folders_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "take.npz"
    write(path, 3)
    with pytest.raises(InputError, match="exists"):
        TakeWriter(path)
    with TakeWriter(path, overwrite=True) as writer:
        writer.append(make_frame(0))
        with pytest.raises(OutputError, match="another process"):
            TakeWriter(path, overwrite=True)
    assert Take.load(path).num_frames == 1
    with pytest.raises(OutputError, match="folder"):
        TakeWriter(tmp_path)
    with pytest.raises(OutputError, match="does not exist"):
        TakeWriter(tmp_path / "no" / "take.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["take.npz"], "nothing is left beside it"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights do not bind this user")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="cannot write"):
            TakeWriter(tmp_path / "take.npz")
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_says_so_and_keeps_what_was_written(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the full disk: the write fails in the same place."""
    if os.name == "nt":
        pytest.skip("no file size limit there")
    code = f"""
        import resource, signal, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_take import make_frame
        from mp2flame.take.writer import TakeWriter
        from mp2flame.base.errors import OutputError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        writer = TakeWriter({str(tmp_path / "take.npz")!r})
        for i in range(100): writer.append(make_frame(i))
        writer.flush()
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
        try:
            for i in range(100, 2000): writer.append(make_frame(i))
            writer.close()
        except OutputError as error:
            print(error)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60
    )
    assert "stopped" in run.stdout and "are readable in" in run.stdout, run.stderr
    assert Take.load(tmp_path / "take.part.npz").num_frames >= 100
    assert not (tmp_path / "take.npz").exists()


@pytest.mark.parametrize("change", [{"expression": 7}, {"nan": True}, {"blendshapes": 51}])
def test_frames_that_do_not_fit_are_refused(tmp_path: Path, change: dict[str, int]) -> None:
    with TakeWriter(tmp_path / "t.npz") as writer:
        writer.append(make_frame(0))
        frame = make_frame(1, num_expression=change.get("expression", 50))
        if "nan" in change:
            frame.weights[3] = np.nan
        if "blendshapes" in change:
            frame.blendshapes = np.zeros(51, np.float32)
        with pytest.raises(InputError):
            writer.append(frame)
        writer.append(make_frame(2))
    assert Take.load(tmp_path / "t.npz").num_frames == 2


def test_time_that_runs_backwards_is_held_and_counted(tmp_path: Path) -> None:
    with TakeWriter(tmp_path / "t.npz") as writer:
        for moment in (0.0, 40.0, 20.0, 80.0):
            frame = make_frame(0)
            frame.timestamp_ms = moment
            writer.append(frame)
    take = Take.load(tmp_path / "t.npz")
    assert take.timestamp_ms.tolist() == [0.0, 40.0, 40.0, 80.0] and take.meta["held_timestamps"] == 1


def test_save_and_load_round_trip(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    params = FlameParams.stack([make_frame(i, 100).params for i in range(6)])
    take = Take.from_params(params, np.arange(6) * 10.0, blendshapes=rng.random((6, 52)), meta={"fps": 100})
    assert take.detected.all() and take.landmarks is None and not take.face_matrix.any()
    take.save(tmp_path / "t.npz")
    again = Take.load(tmp_path / "t.npz")
    np.testing.assert_array_equal(again.params.expression, params.expression)
    np.testing.assert_array_equal(again.blendshapes, take.blendshapes)
    assert again.meta["fps"] == 100 and len(again[2:4]) == 2
    np.testing.assert_array_equal(again[2:4].jaw_pose, params.jaw_pose[2:4])
    with pytest.raises(InputError, match="exists"):
        take.save(tmp_path / "t.npz", overwrite=False)
    assert [p.name for p in tmp_path.iterdir()] == ["t.npz"]


def test_bad_arrays_are_refused() -> None:
    params = FlameParams.zeros(50, (4,))
    with pytest.raises(ShapeError, match="blendshapes must be"):
        Take.from_params(params, np.arange(4), blendshapes=np.zeros((4, 51)))
    with pytest.raises(ShapeError, match="must be"):
        Take.from_params(params, np.arange(5))
    with pytest.raises(InputError, match="backwards at frame 2"):
        Take.from_params(params, [0, 2, 1, 3])
    with pytest.raises(InputError, match="not finite"):
        Take.from_params(params, [0, np.nan, 1, 3])
    with pytest.raises(InputError, match="no bledshapes"):
        Take.from_params(params, np.arange(4), bledshapes=np.zeros((4, 52)))
    with pytest.raises(ShapeError, match="one batch axis"):
        Take.from_params(FlameParams.zeros(50), np.arange(1))


def test_files_that_are_no_recordings(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        Take.load(tmp_path / "no.npz")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(FileFormatError, match="not a recording"):
        Take.load(tmp_path / "other.npz")
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(FileFormatError, match="not an"):
        Take.load(tmp_path / "one.npy")
    for name, data in (("empty", b""), ("text", b"hello"), ("zip", b"PK\x03\x04" + bytes(100))):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(FileFormatError):
            Take.load(tmp_path / name)
    np.savez(tmp_path / "pickle.npz", timestamp_ms=np.array([{}], dtype=object))
    with pytest.raises(FileFormatError):
        Take.load(tmp_path / "pickle.npz")


@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.999])
def test_a_truncated_take_is_recovered_or_refused(tmp_path: Path, part: float) -> None:
    write(tmp_path / "take.npz", 40)
    raw = (tmp_path / "take.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(raw[: int(part * len(raw))])
    try:
        take = Take.load(tmp_path / "cut.npz")
    except FileFormatError:
        return
    np.testing.assert_array_equal(take.expression[:, 0], np.arange(take.num_frames))


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    take = Take.from_params(FlameParams.zeros(50, (2,)), [0, 1], meta={"schema": "mp2flame.recording/9"})
    take.save(tmp_path / "t.npz")
    with pytest.raises(FileFormatError, match="update mp2flame"):
        Take.load(tmp_path / "t.npz")


def test_the_camera_is_kept_cut_joined_and_mirrored(tmp_path: Path) -> None:
    k = np.array([[960, 0, 330], [0, 960, 240], [0, 0, 1.0]])
    half = k * [[0.5], [0.5], [1.0]]

    def made(name: str, seen: list[tuple[np.ndarray | None, tuple[int, int], bool]]) -> Take:
        with TakeWriter(tmp_path / name) as writer:
            for i, (intrinsics, size, given) in enumerate(seen):
                frame = make_frame(i)
                frame.intrinsics, frame.image_size, frame.camera_given = intrinsics, size, given
                writer.append(frame)
        return Take.load(tmp_path / name)

    whole = (480, 640)
    steady = made("steady.npz", [(None, whole, False), (k, whole, True), (None, whole, False)])
    np.testing.assert_array_equal(steady.intrinsics, k)
    assert steady.meta["intrinsics"] == "given" and steady.frame(1).camera_given
    # the same view in a smaller picture is the same camera; another one makes it a camera a frame
    same = made("same.npz", [(k, whole, True), (half, (240, 320), True)])
    np.testing.assert_allclose(same.intrinsics, [k, half])
    np.testing.assert_array_equal(same.image_size, [whole, (240, 320)])
    np.testing.assert_allclose(same.of_one_size().intrinsics, k)
    moving = made(
        "moving.npz", [(k, whole, True), (None, whole, False), (half, whole, False), (None, whole, False)]
    )
    np.testing.assert_allclose(moving.intrinsics, [k, k, half, half])
    assert moving.meta["intrinsics"] == "assumed"
    np.testing.assert_allclose(moving[2:3].intrinsics, [half])
    np.testing.assert_allclose(moving.frame(2).intrinsics, half)
    np.testing.assert_allclose(moving.resample(12.5).intrinsics, [k, half])
    np.testing.assert_allclose(steady.concat(moving).intrinsics, [k] * 5 + [half] * 2)
    np.testing.assert_allclose(steady.concat(same).of_one_size().intrinsics, k)
    plain = steady[:]
    plain.expression = np.zeros((3, 0), np.float32)
    assert plain.mirror().intrinsics[0, 2] == 640 - 330
    steady.save(tmp_path / "again.npz")
    np.testing.assert_array_equal(Take.load(tmp_path / "again.npz").intrinsics, k)
    for bad in (np.eye(3) * -1, np.zeros((2, 3, 3)), np.eye(4)):
        with pytest.raises((InputError, ShapeError)):
            steady[:1].__class__(**{**vars(steady[:1]), "intrinsics": bad})


# --- pictures of several sizes ------------------------------------------------------------------------------

SIZES = ((480, 640), (240, 320), (480, 640), (1080, 1080))


def many_sizes(path: Path, sizes: tuple[tuple[int, int] | None, ...] = SIZES) -> Take:
    """A take whose pictures differ in size; in each the same landmarks, in pixels of a picture 640 wide."""
    points = np.random.default_rng(3).uniform(100, 400, (478, 3))
    with TakeWriter(path) as writer:
        for i, size in enumerate(sizes):
            frame = make_frame(i)
            frame.image_size = size
            if size is not None:
                by = size[1] / 640
                frame.landmarks = (points * by / [size[1], size[0], size[1]]).astype(np.float32)
                frame.intrinsics = np.array([[900 * by, 0, 320 * by], [0, 900 * by, 240 * by], [0, 0, 1]])
            writer.append(frame)
            writer.flush()
        writer.keep() if path.name.startswith("killed") else None
        part = writer.part
    return Take.load(part if path.name.startswith("killed") else path)


@pytest.mark.parametrize("name", ["take.npz", "killed.npz"])
def test_a_take_keeps_the_size_of_each_picture(tmp_path: Path, name: str) -> None:
    """Before, landmarks of all pictures were kept under the size of the first."""
    take = many_sizes(tmp_path / name)
    np.testing.assert_array_equal(take.image_size, SIZES)
    assert [take[i].image_size for i in range(4)] == list(SIZES)
    pixels = take.landmarks * np.insert(take.image_sizes[:, ::-1], 2, take.image_sizes[:, 1], 1)[:, None]
    np.testing.assert_allclose(pixels[1] * 2, pixels[0], rtol=1e-5)
    take.save(tmp_path / "again.npz")
    np.testing.assert_array_equal(Take.load(tmp_path / "again.npz").image_size, SIZES)
    np.testing.assert_array_equal(Take.from_frames(take).image_size, SIZES)
    np.testing.assert_array_equal(take[1:3].image_size, SIZES[1:3])
    np.testing.assert_array_equal(take[::2].image_size, SIZES[0])  # one size again
    np.testing.assert_array_equal(take.trim(first_frame=1).image_size, SIZES[1:])
    both = take.concat(take[:1])
    np.testing.assert_array_equal(both.image_size, [*SIZES, SIZES[0]])
    np.testing.assert_array_equal(take.resample(12.5).image_size, SIZES[::2][:1][0])
    plain = take[:]
    plain.expression = np.zeros((4, 0), np.float32)
    mirrored = plain.mirror()
    np.testing.assert_allclose(mirrored.intrinsics[:, 0, 2], take.image_sizes[:, 1] / 2)
    np.testing.assert_array_equal(mirrored.image_size, SIZES)


def test_pictures_of_several_sizes_as_one_show_the_same_place(tmp_path: Path) -> None:
    take = many_sizes(tmp_path / "take.npz")
    one = take.of_one_size()
    np.testing.assert_array_equal(one.image_size, SIZES[0])
    assert one.intrinsics.shape == (3, 3) and one.of_one_size() is one
    np.testing.assert_allclose(one.landmarks, one.landmarks[:1].repeat(4, 0), atol=1e-6)


def test_a_frame_without_a_face_has_the_last_camera_in_the_size_of_its_own_picture(tmp_path: Path) -> None:
    """Before, the last camera stood for a picture of another size."""
    k = np.array([[900.0, 0, 320], [0, 900, 240], [0, 0, 1]])
    frames = [make_frame(0), make_frame(1, face=False), make_frame(2, face=False)]
    for frame, size in zip(frames, [(480, 640), (240, 320), None]):
        frame.image_size, frame.intrinsics = size, None
    frames[0].intrinsics = k
    with TakeWriter(tmp_path / "t.npz") as writer:
        for frame in frames:
            writer.append(frame)
    half = k * [[0.5], [0.5], [1]]
    for take in (Take.load(tmp_path / "t.npz"), Take.from_frames(frames)):
        np.testing.assert_allclose(take.intrinsics, [k, half, half])
        np.testing.assert_array_equal(take.image_size, [(480, 640), (240, 320), (240, 320)])
    np.testing.assert_allclose(Take.load(tmp_path / "t.npz").of_one_size().intrinsics, k)


@pytest.mark.parametrize("sizes", [(None, (480, 640)), ((480, 640), None), (None, None)])
def test_a_picture_of_unknown_size_is_as_the_last(tmp_path: Path, sizes: Any) -> None:
    take = many_sizes(tmp_path / "take.npz", sizes)
    np.testing.assert_array_equal(take.image_size, (0, 0) if sizes == (None, None) else (480, 640))


def test_a_driven_take_of_several_sizes_places_the_head_as_each_picture_shows_it(tmp_path: Path) -> None:
    """The same view in a smaller picture places the head in the same place."""
    from mp2flame.base.detection import Detection
    from mp2flame.drive.demo import demo_source

    source, _, _ = demo_source()
    frame = next(iter(source))
    take = many_sizes(tmp_path / "take.npz", (frame.image_size, tuple(n // 2 for n in frame.image_size)))
    h, w = frame.image_size
    k = np.array([[w, 0, w / 2], [0, w, h / 2], [0, 0, 1.0]])
    take.landmarks = np.stack([frame.landmarks] * 2)
    take.blendshapes = np.stack([frame.blendshapes] * 2)
    take.face_matrix = np.stack([frame.face_matrix] * 2)
    take.intrinsics, take.meta["intrinsics"] = np.stack([k, k * [[0.5], [0.5], [1]]]), "given"
    take.save(tmp_path / "seen.npz")
    same = many_sizes(tmp_path / "alike.npz", (frame.image_size, frame.image_size))
    same.landmarks, same.blendshapes, same.face_matrix = take.landmarks, take.blendshapes, take.face_matrix
    same.intrinsics, same.meta["intrinsics"] = np.stack([k, k]), "given"
    same.save(tmp_path / "same.npz")
    from mp2flame import Driver
    from mp2flame.io.sources import open_source

    frames, alike = (list(Driver().run(open_source(tmp_path / name))) for name in ("seen.npz", "same.npz"))
    assert [f.image_size for f in frames] == [(h, w), (h // 2, w // 2)]
    for one, other in zip(frames, alike, strict=True):
        np.testing.assert_allclose(one.params.transl, other.params.transl, atol=1e-4)
    whole = Detection.stack(
        [Detection(f.blendshapes, f.landmarks, f.face_matrix, f.image_size) for f in frames]
    )
    assert whole.image_size == (h, w)
    np.testing.assert_allclose(whole.landmarks[0], whole.landmarks[1], atol=1e-6)


def test_a_format_with_one_picture_size_says_what_it_cannot_hold(tmp_path: Path) -> None:
    from mp2flame.io.formats import read_motion, write_motion

    take = many_sizes(tmp_path / "take.npz")
    take.intrinsics[:, :2, 2] *= 1.0
    for name in ("vhap", "mediapipe-json", "metrical-tracker"):
        path = tmp_path / f"out-{name}"
        lost = write_motion(take, path, name)
        assert any("differ in size" in text for text in lost), (name, lost)
    back = read_motion(tmp_path / "out-metrical-tracker").recording
    np.testing.assert_array_equal(back.image_size, SIZES[0])
    np.testing.assert_allclose(back.intrinsics, take.intrinsics[0], rtol=1e-5)
    assert not any("size" in text for text in write_motion(take, tmp_path / "own.npz", "recording"))
    np.testing.assert_array_equal(read_motion(tmp_path / "own.npz").recording.image_size, SIZES)


@pytest.mark.parametrize("bad", [(3, 2), (4, 3), "x", -1])
def test_sizes_that_are_none_are_refused(tmp_path: Path, bad: Any) -> None:
    take = many_sizes(tmp_path / "take.npz")
    size: Any = np.ones(bad) if isinstance(bad, tuple) else np.array([bad, 640])
    with pytest.raises((InputError, ShapeError), match="image_size"):
        Take(**{**vars(take), "image_size": size})


# --- frames that are seen before the first is driven ----------------------------------------------------------

LOOKING_AHEAD = """
import sys, time
sys.path[:0] = [{kit!r}, {tests!r}]
import numpy as np
from mp2flame import Driver
from mp2flame.drive.demo import demo_source
from mp2flame.drive.record import write
from mp2flame.io.sources import Source, SourceFrame

source, _, _ = demo_source()
frames = list(source)[:100]

class Slow(type(source)):
    def _frames(self):
        for i, frame in enumerate(frames):
            time.sleep(0.02)
            print("seen", i, time.time(), flush=True)
            yield frame

driver = Driver()
with driver.run(Slow(), head_pose_from="off") as run:
    write(run, {path!r}, num_expression=driver.num_expression)
"""


def test_a_kill_while_the_resting_face_is_looked_for_keeps_what_was_seen(tmp_path: Path) -> None:
    """Before, a SIGKILL in the ten seconds that are looked at before the first frame is given out lost them all."""
    path = tmp_path / "take.npz"
    kit = str(Path(__file__).parents[1] / "kit")
    code = LOOKING_AHEAD.format(kit=kit, tests=str(Path(__file__).parent), path=str(path))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    when = [float(process.stdout.readline().split()[2]) for _ in range(70)]
    killed = time.time()
    process.kill()
    process.communicate()
    part = tmp_path / "take.part.npz"
    take = Take.load(part)
    assert take.num_frames >= sum(at < killed - 1.0 for at in when) and take.num_frames <= 100
    assert take.meta["seen_only"] == take.num_frames and not take.expression.any()
    assert (
        take.landmarks is not None
        and take.landmarks.any()
        and take.blendshapes.any()
        and take.image_size.all()
    )
    # and it is driven like any take
    from mp2flame import Driver

    driven = Driver().record(part, tmp_path / "driven.npz")
    assert driven.num_frames == take.num_frames and driven.expression.any()
    np.testing.assert_array_equal(driven.blendshapes, take.blendshapes)
    assert "seen_only" not in driven.meta


def test_driven_frames_take_the_place_of_those_that_were_seen(tmp_path: Path) -> None:
    from mp2flame.base.detection import Detection

    writer = TakeWriter(tmp_path / "t.npz", num_expression=50)
    for i in range(6):
        frame = make_frame(i, face=i != 4)
        seen = (
            Detection(frame.blendshapes, frame.landmarks, frame.face_matrix, (480, 640))
            if frame.detected
            else None
        )
        writer.observe(frame.timestamp_ms, seen, (480, 640))
    time.sleep(0.4)
    assert Take.load(writer.part).num_frames == 6
    for i in range(3):
        writer.append(make_frame(i))
    writer.flush()
    half = Take.load(writer.part)
    np.testing.assert_array_equal(half.timestamp_ms, 40.0 * np.arange(6))
    np.testing.assert_array_equal(half.expression[:, 0], [0, 1, 2, 0, 0, 0])
    np.testing.assert_array_equal(half.detected, [1, 1, 1, 1, 0, 1])
    np.testing.assert_array_equal(half.landmarks[5], make_frame(5).landmarks)
    assert half.meta["seen_only"] == 3
    writer.append(make_frame(3))
    writer.close()
    whole = Take.load(tmp_path / "t.npz")
    assert whole.num_frames == 4 and "seen_only" not in whole.meta
    assert not list(tmp_path.glob("*.part*"))


def test_only_frames_become_a_take() -> None:
    with pytest.raises(InputError, match=r"made of mp2flame\.Frame, got dict"):
        Take.from_frames([{"expression": 0}])  # type: ignore[list-item]
