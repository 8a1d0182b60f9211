"""Gather, shards, parallel work: nothing lost, nothing twice, bad files named."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mp2flame.base.errors import FileFormatError, InputError, MismatchError, MissingFileError, SourceError
from mp2flame.base.values import FlameParams
from mp2flame.io.formats import read_motion, write_motion
from mp2flame.io.formats.alike import AlikeNpz
from mp2flame.learn.clip import Settings
from mp2flame.learn.gather import MANIFEST, clean, find_clips, gather, subject_of
from mp2flame.learn.parallel import cores_of, run_tasks
from mp2flame.learn.shards import ClipInfo, Rows, open_shards, read_info, read_rows, shard_path, write_shard
from mp2flame.learn.summary import SAMPLE_ROWS, Summary, summarise
from mp2flame.take.take import Take

pytest.importorskip("pyarrow")


def rows(n: int = 30, seed: int = 0, expression: int = 8) -> Rows:
    r = np.random.default_rng(seed)
    x = r.random((n, 52), dtype=np.float32) * 0.5
    f = np.float32
    return Rows(
        np.arange(n, dtype=np.int32),
        np.arange(n) * 40.0,
        x,
        (x @ r.normal(size=(52, expression))).astype(f),
        (0.1 * r.normal(size=(n, 3))).astype(f),
        (0.1 * r.normal(size=(n, 6))).astype(f),
        np.zeros((n, 3), f),
        np.zeros((n, 3), f),
    )


def tracked(folder: Path, n: int = 12, seed: int = 0) -> Path:
    """A flame-head-tracker folder of made frames."""
    made = rows(n, seed, 50)
    zero = np.zeros((n, 3), np.float32)
    params = FlameParams(made.expression * 0.2, made.jaw_pose, made.eye_pose, zero, zero, zero)
    take = Take.from_params(params, made.timestamp_ms, blendshapes=made.blendshapes)
    folder.parent.mkdir(parents=True, exist_ok=True)
    write_motion(take, folder, "flame-head-tracker", version="4.1")
    return folder


def shard_folder(folder: Path, clips: int = 12, n: int = 40) -> Path:
    folder.mkdir(exist_ok=True)
    for i in range(clips):
        info = ClipInfo(f"clip{i}", f"person{i // 2}", rights="ours", counts={"read": n, "kept": n})
        write_shard(folder, info, rows(n, i))
    return folder


# --- shards -------------------------------------------------------------------------------------------------


def test_a_shard_reads_back_and_any_parquet_reader_reads_it(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    made = rows(25)
    info = ClipInfo("a/b c", "anna", "flame-head-tracker", "image", {"release": "flame2020"}, "ours", "f")
    path = write_shard(tmp_path, info, made)
    back, count, width, landmarks = read_info(path)
    assert (back.clip, back.subject, count, width, landmarks) == ("a/b c", "anna", 25, 8, False)
    assert back.flame == {"release": "flame2020"} and back.digest == made.digest()
    parts = list(read_rows(path, batch_rows=7))
    for name in ("blendshapes", "expression", "jaw_pose", "eye_pose", "timestamp_ms", "frame"):
        np.testing.assert_array_equal(np.concatenate([getattr(p, name) for p in parts]), getattr(made, name))
    table = pq.read_table(path)
    assert str(table.schema.field("blendshapes").type) == "fixed_size_list<element: float>[52]"
    assert set(table.column("subject").to_pylist()) == {"anna"}


def test_shards_of_different_heads_are_not_mixed(tmp_path: Path) -> None:
    write_shard(tmp_path, ClipInfo("a", "a", flame={"release": "flame2020"}), rows())
    write_shard(tmp_path, ClipInfo("b", "b", flame={"release": "flame2023"}), rows())
    with pytest.raises(MismatchError, match="flame2020"):
        open_shards(tmp_path)
    shard_path(tmp_path, "b").unlink()
    write_shard(tmp_path, ClipInfo("c", "c"), rows(expression=9))
    with pytest.raises(MismatchError, match="8, 9"):
        open_shards(tmp_path)


def test_damaged_and_foreign_parquet_is_named(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    shard_folder(tmp_path, 2)
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and then nothing")
    pq.write_table(pa.table({"x": [1, 2]}), tmp_path / "foreign.parquet")
    opened = open_shards(tmp_path)
    assert [name for name, _ in opened.unreadable] == ["foreign.parquet", "torn.parquet"]
    assert opened.num_rows == 80
    with pytest.raises(MissingFileError, match="gather"):
        open_shards(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no usable frame"):
        write_shard(tmp_path, ClipInfo("e", "e"), rows(0))


def test_a_flipped_bit_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    """Header, pages, checksums: whatever a bit changes, no other number comes out."""
    path = write_shard(tmp_path, ClipInfo("a", "anna", rights="ours"), rows(60))
    clean_bytes, whole = path.read_bytes(), next(read_rows(path))
    noticed = 0
    for bit in np.random.default_rng(4).integers(0, 8 * len(clean_bytes), 150):
        damaged = bytearray(clean_bytes)
        damaged[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(damaged)
        try:
            info, count, _, _ = read_info(path)
            found = list(read_rows(path))
        except FileFormatError as error:
            assert path.name in str(error) and "\n" not in str(error)
            noticed += 1
            continue
        assert (info.subject, info.rights, count, len(found)) == ("anna", "ours", 60, 1)
        for name in ("blendshapes", "expression", "jaw_pose", "eye_pose", "neck_pose", "frame"):
            np.testing.assert_array_equal(getattr(found[0], name), getattr(whole, name))
    assert noticed > 120


def test_shards_of_before_are_read_but_not_what_is_not_finite(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = write_shard(tmp_path, ClipInfo("a", "anna"), rows(20))
    table = pq.read_table(path)
    meta = json.loads(table.schema.metadata[b"mp2flame"]) | {"digest": "0123"}  # as it was before the checks
    pq.write_table(table.replace_schema_metadata({b"mp2flame": json.dumps(meta)}), path)
    assert read_info(path)[0].subject == "anna" and sum(map(len, read_rows(path))) == 20
    broken = np.zeros((20, 3), np.float32)
    broken[3, 1] = np.nan
    column = pa.FixedSizeListArray.from_arrays(pa.array(broken.reshape(-1)), 3)
    index = table.schema.get_field_index("neck_pose")
    pq.write_table(table.set_column(index, "neck_pose", column), path)
    with pytest.raises(FileFormatError, match=r"NaN or infinite numbers .neck_pose"):
        list(read_rows(path))


# --- cleaning -----------------------------------------------------------------------------------------------


def test_bad_frames_are_dropped_and_counted_by_reason() -> None:
    made = rows(20)
    seen = np.ones(20, bool)
    seen[0] = False
    made.blendshapes[1, 4] = np.nan
    made.expression[2, 0] = np.inf
    made.blendshapes[3, 9] = 1.4
    made.jaw_pose[4] = [2.0, 0, 0]
    made.eye_pose[5, 3:] = [0, 3.0, 0]
    for name in ("blendshapes", "expression", "jaw_pose", "eye_pose"):
        getattr(made, name)[7] = getattr(made, name)[6]
    kept, counts = clean(made, seen)
    assert counts == {"read": 20, "nan": 2, "undetected": 1, "out_of_range": 3, "duplicated": 1, "kept": 13}
    assert kept.frame.tolist() == [6, *range(8, 20)]


# --- gathering ----------------------------------------------------------------------------------------------


def test_gather_of_tracked_folders(tmp_path: Path) -> None:
    data = tmp_path / "data"
    tracked(data / "anna" / "one", seed=1)
    tracked(data / "anna" / "two", seed=2)
    tracked(data / "ben" / "one", seed=3)
    outcomes = gather([data], tmp_path / "shards", Settings(rights="ours", flame_release="flame2020"))
    assert [(o.clip, o.status) for o in outcomes] == [
        ("data/anna/one", "done"), ("data/anna/two", "done"), ("data/ben/one", "done"),
    ]  # fmt: skip
    opened = open_shards(tmp_path / "shards")
    assert opened.subjects == ("anna", "ben") and opened.num_rows == 36 and opened.num_expression == 100
    assert opened.common("rights") == "ours" and opened.common("release") == "flame2020"
    first = next(read_rows(shard_path(tmp_path / "shards", "data/anna/one")))
    made = rows(12, 1, 50)
    np.testing.assert_allclose(first.blendshapes, made.blendshapes, atol=1e-6)
    np.testing.assert_allclose(first.jaw_pose, made.jaw_pose, atol=1e-6)
    np.testing.assert_allclose(first.expression[:, :50], 0.2 * made.expression, atol=1e-6)


def test_bad_files_stop_nothing_and_copies_count_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    tracked(data / "a", seed=1)
    tracked(data / "b", seed=1)  # a copy
    broken = sorted(tracked(data / "c", seed=2).glob("*.npz"))
    broken[0].write_bytes(broken[0].read_bytes()[:100])
    broken[5].write_bytes(b"not a zip")
    for file in tracked(data / "d", seed=3).glob("*.npz"):
        file.write_bytes(b"PK" + os.urandom(200))
    (data / "e.npz").write_bytes(b"PK\x03\x04 cut short")
    np.save(data / "f.npy", np.zeros((3, 3)))  # no motion: not a clip at all
    np.savez(data / "g.npz", embedding=np.zeros((3, 512)))
    by = {o.clip: o for o in gather([data], tmp_path / "shards")}
    assert by["data/a"].status == "done" and by["data/b"].status == "duplicate"
    assert (
        by["data/c"].counts == {"read": 12, "kept": 10, "unreadable": 2} or by["data/c"].counts["kept"] == 10
    )
    failed = {name for name, o in by.items() if o.status == "failed"}
    assert not {"data/f.npy", "data/g.npz"} & by.keys()
    assert "data/e.npz" in failed and all(name.startswith(("data/d", "data/e")) for name in failed)
    assert all(by[name].reason for name in failed)
    assert open_shards(tmp_path / "shards").num_rows == 22
    again = {o.clip: o.status for o in gather([data], tmp_path / "shards")}
    assert again["data/a"] == again["data/c"] == "kept" and again["data/b"] == "duplicate"


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_quick_reading_of_many_files_is_numpys(tmp_path: Path, save: Any) -> None:
    r = np.random.default_rng(0)
    files = [tmp_path / f"{i}.npz" for i in range(4)]
    data = [
        {"exp": r.random((1, 100)), "cam": r.random(6).astype(np.float32), "img": r.random(3)} for _ in files
    ]
    for file, arrays in zip(files, data):
        save(file, **arrays)
    alike = AlikeNpz(files[0], frozenset({"exp", "cam", "pose"}))
    assert bool(alike.shapes) == (save is np.savez)
    for file, arrays in zip(files, data):
        for (key, shape), raw in zip(alike.shapes.items(), alike.read(file) or ()):
            np.testing.assert_array_equal(np.frombuffer(raw, alike.dtypes[key]).reshape(shape), arrays[key])
    others = {
        "type": {**data[0], "exp": data[0]["exp"].astype(np.int64)},
        "order": {**data[0], "exp": np.asfortranarray(r.random((10, 10)))},
        "name": {"exq": data[0]["exp"], "cam": data[0]["cam"], "img": data[0]["img"]},
        "more": {**data[0], "new": np.zeros(1)},
    }
    for arrays in others.values():
        save(tmp_path / "other.npz", **arrays)
        assert alike.read(tmp_path / "other.npz") is None
    assert alike.read(tmp_path / "none.npz") is None
    if alike.shapes:
        good = files[1].read_bytes()
        place = good.index(data[1]["exp"].tobytes())
        for bad in (good[:-1], good + b"x", good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]):
            files[1].write_bytes(bad)
            assert alike.read(files[1]) is None


def test_a_folder_of_mixed_files_reads_as_one_by_one(tmp_path: Path) -> None:
    folder = tracked(tmp_path / "take", 9)
    whole = read_motion(folder).recording
    for i in (3, 4, 7):  # these go another way than the others
        with np.load(folder / f"{i:05d}.npz") as npz:
            arrays = dict(npz)
        np.savez_compressed(folder / f"{i:05d}.npz", **arrays)
    flipped = bytearray((folder / "00005.npz").read_bytes())
    flipped[flipped.index(b"exp.npy") + 300] ^= 1
    (folder / "00005.npz").write_bytes(flipped)
    bad: list[str] = []
    mixed = read_motion(folder, unreadable=bad).recording
    assert bad == ["00005.npz"]
    good = np.arange(9) != 5
    for name in ("expression", "jaw_pose", "eye_pose", "global_orient", "transl", "blendshapes"):
        np.testing.assert_array_equal(getattr(mixed, name)[good], getattr(whole, name)[good])
    assert not mixed.detected[5]


def test_nan_frames_are_counted_as_such(tmp_path: Path) -> None:
    folder = tracked(tmp_path / "data" / "a")
    file = sorted(folder.glob("*.npz"))[4]
    with np.load(file) as old:
        arrays = {k: old[k] for k in old.files}
    arrays["exp"] = np.full_like(arrays["exp"], np.nan)
    np.savez(file, **arrays)
    (outcome,) = gather([folder.parent], tmp_path / "shards")
    assert outcome.counts == {"read": 12, "nan": 1, "kept": 11}


def test_takes_without_scores_need_their_pictures(tmp_path: Path) -> None:
    made = rows(6, 0, 50)
    zero = np.zeros((6, 3), np.float32)
    params = FlameParams(made.expression, made.jaw_pose, made.eye_pose, zero, zero, zero)
    take = Take.from_params(params, made.timestamp_ms)
    (tmp_path / "data").mkdir()
    write_motion(take, tmp_path / "data" / "tracked_flame_params_30.npz", "vhap")
    (outcome,) = gather([tmp_path / "data"], tmp_path / "shards")
    assert outcome.status == "failed" and "beside it" in outcome.reason


def test_a_take_that_mp2flame_drove_teaches_nothing(tmp_path: Path) -> None:
    made = rows(20, 0, 50)
    zero = np.zeros((20, 3), np.float32)
    take = Take.from_params(
        FlameParams(made.expression, made.jaw_pose, made.eye_pose, zero, zero, zero),
        made.timestamp_ms,
        blendshapes=made.blendshapes,
        meta={"flame": {"release": "builtin", "num_expression": 50}},
    )
    (tmp_path / "data").mkdir()
    take.save(tmp_path / "data" / "take.npz")
    (outcome,) = gather([tmp_path / "data"], tmp_path / "shards")
    assert outcome.status == "failed" and "--driven" in outcome.reason
    (outcome,) = gather([tmp_path / "data"], tmp_path / "shards", Settings(driven=True))
    assert outcome.status == "done" and outcome.counts["kept"] == 20


def test_who_is_in_a_clip() -> None:
    assert subject_of(Path("anna/day1/take"), "root/anna/day1/take", Settings()) == "anna"
    assert subject_of(Path("take"), "root/take", Settings()) == "root/take"
    assert subject_of(Path("x/id07_smile"), "r/x/id07_smile", Settings(subject=r"(id\d+)")) == "id07"
    with pytest.raises(InputError, match="pattern"):
        Settings(subject="(")
    with pytest.raises(InputError, match="--flame"):
        Settings(track=True)


def test_nothing_to_gather_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        gather([tmp_path / "nowhere"], tmp_path / "s")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingFileError, match="no tracked takes"):
        gather([tmp_path / "empty"], tmp_path / "s")


@pytest.mark.slow
def test_a_killed_gather_goes_on_without_repeating_or_losing_a_clip(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for i in range(8):
        tracked(data / f"clip{i}", 60, seed=i)
    code = (
        "import sys, time; import mp2flame.learn.gather as g; run = g.gather_clip\n"
        "def slow(clip):\n    time.sleep(0.15); return run(clip)\n"
        f"g.gather_clip = slow\ng.gather([{str(data)!r}], {str(tmp_path / 'shards')!r})"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    shards = tmp_path / "shards"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(list(shards.glob("*.parquet"))) < 3:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {p.name: p.stat().st_mtime_ns for p in shards.glob("*.parquet")}
    assert 3 <= len(before) < 8
    statuses = [o.status for o in gather([data], shards)]
    assert statuses.count("kept") >= len(before) - 1 and len(statuses) == 8  # the last may lack its line
    assert open_shards(shards).num_rows == 8 * 60
    lines = [json.loads(line) for line in (shards / MANIFEST).read_text().splitlines()]
    assert {o["clip"] for o in lines if o["status"] == "done"} == {
        c.name for c in find_clips([data], shards, Settings())
    }


# --- parallel work ------------------------------------------------------------------------------------------


def square(value: int) -> int:
    if value == 13:
        raise FileFormatError("thirteen")
    return value * value


def die_on_seven(value: int) -> int:
    if value == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return value * value


def die_once(item: tuple[int, str]) -> int:
    value, marker = item
    if value == 3 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return value * value


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_once_and_errors_apart(workers: int) -> None:
    done = list(run_tasks(square, [*range(20), 5], workers=workers))
    assert sorted(d.item for d in done) == list(range(20))
    assert {d.item: d.result for d in done if d.error is None} == {i: i * i for i in range(20) if i != 13}
    (failed,) = [d for d in done if d.error is not None]
    assert failed.item == 13 and isinstance(failed.error, FileFormatError)


@pytest.mark.slow
def where_it_runs(number: int) -> tuple[int, ...]:
    time.sleep(0.2)
    return tuple(sorted(os.sched_getaffinity(0)))


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no affinity")
def test_processes_have_cores_of_their_own() -> None:
    assert cores_of(1, 2, [0, 1, 2, 3, 4]) == [1, 3]
    assert cores_of(3, 4, [0, 1]) == [1]
    before = os.sched_getaffinity(0)
    seen = {done.result for done in run_tasks(where_it_runs, range(4), workers=2)}
    assert set().union(*seen) <= before
    if len(before) > 1:
        assert all(len(cores) < len(before) for cores in seen)
    assert os.sched_getaffinity(0) == before
    assert [done.result for done in run_tasks(where_it_runs, [0], workers=1)] == [tuple(sorted(before))]


def test_a_process_that_dies_takes_nothing_with_it(tmp_path: Path) -> None:
    done = list(run_tasks(die_on_seven, range(12), workers=2))
    assert sorted(d.item for d in done) == list(range(12))
    (failed,) = [d for d in done if d.error is not None]
    assert failed.item == 7 and isinstance(failed.error, SourceError)
    items = [(i, str(tmp_path / "marker")) for i in range(6)]
    done_once = list(run_tasks(die_once, items, workers=2))
    assert sorted(d.result for d in done_once) == [0, 1, 4, 9, 16, 25]


def same(a: Summary, b: Summary) -> None:
    assert a.clips == b.clips and a.num_rows == b.num_rows
    assert a.moments.keys() == b.moments.keys()
    for key, moments in a.moments.items():
        np.testing.assert_array_equal(moments.value, b.moments[key].value)
        np.testing.assert_array_equal(
            moments.square + moments.square_rest, b.moments[key].square + b.moments[key].square_rest
        )
    np.testing.assert_array_equal(a.x_sketch.counts, b.x_sketch.counts)
    np.testing.assert_array_equal(a.y_sketch.counts, b.y_sketch.counts)
    np.testing.assert_array_equal(a.support, b.support)
    assert a.sample is not None and b.sample is not None
    np.testing.assert_array_equal(a.sample.key, b.sample.key)
    np.testing.assert_array_equal(a.sample.x, b.sample.x)


def test_summary_of_any_order_is_the_same(tmp_path: Path) -> None:
    opened = open_shards(shard_folder(tmp_path / "s"))
    one = summarise(opened)
    back = type(opened)(opened.paths[::-1], opened.infos[::-1], opened.rows[::-1], 8, False)
    same(one, summarise(back))
    assert one.num_rows == 480 and len(one.sample.x) == min(480, SAMPLE_ROWS)  # type: ignore[union-attr]


def test_a_clip_is_never_counted_twice(tmp_path: Path) -> None:
    opened = open_shards(shard_folder(tmp_path / "s", 4))
    total = summarise(opened)
    rows_before = total.num_rows
    total.add(summarise(opened))
    assert total.num_rows == rows_before
    part = type(opened)(opened.paths[:1], opened.infos[:1], opened.rows[:1], 8, False)
    more = summarise(part)
    more.clips.add("unknown")
    with pytest.raises(InputError, match="twice"):
        total.add(more)


@pytest.mark.slow
def test_processes_give_the_same_sums(tmp_path: Path) -> None:
    opened = open_shards(shard_folder(tmp_path / "s"))
    same(summarise(opened), summarise(opened, workers=2))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_dask_with_a_worker_killed_in_the_middle(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    opened = open_shards(shard_folder(tmp_path / "s", 60, 400))
    alone = summarise(opened)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        killed: list[int] = []

        def kill_one(done: int) -> None:
            if done == 10:
                pid = cluster.workers[0].pid
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

        spread = summarise(opened, dask=cluster.scheduler_address, progress=kill_one)
    assert killed
    assert not spread.unreadable
    same(alone, spread)


def test_no_cluster_is_said(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    from mp2flame.learn import parallel

    with pytest.raises(SourceError, match="scheduler"):
        list(parallel.run_tasks(square, [1], dask="tcp://127.0.0.1:9"))
