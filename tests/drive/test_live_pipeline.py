"""The live pipeline without a camera: order, newest wins, lost sources, and control while it runs."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from live_kit import SIZE, FakeDetector, Kept, Pictures, face
from mp2flame.base.errors import InputError, OutputError, SourceError
from mp2flame.drive.driver import Driver
from mp2flame.drive.face_lost import LostPolicy
from mp2flame.drive.live import LivePipeline, one_blas_thread, stages
from mp2flame.drive.live.slot import Slot
from mp2flame.response.profile import Profile
from mp2flame.response.tables import FREE
from mp2flame.take.take import Take
from streams_kit import wait_until


@pytest.fixture(scope="module")
def driver() -> Driver:
    return Driver()


def talking(i: int) -> list:
    """A mouth that opens and closes; no face in every tenth picture."""
    return [] if i % 10 == 9 else [face(jawOpen=0.5 + 0.4 * np.sin(i / 3))]


def live(driver: Driver, source: object, find: object = talking, **options: object) -> LivePipeline:
    options.setdefault("detector", FakeDetector(find))  # type: ignore[arg-type]
    return LivePipeline(driver, source, **options)  # type: ignore[arg-type]


# --- order and completeness ------------------------------------------------------------------------------


def test_a_file_loses_nothing_and_is_what_the_driver_gives(driver: Driver, tmp_path: Path) -> None:
    out = Kept()
    with live(
        driver, Pictures(40), outputs=[out], recording=tmp_path / "t.npz", realtime=False, filter="off"
    ) as p:
        assert p.wait(20)
        stats = p.stats
    assert [f.index for f in out.frames] == list(range(40))
    assert (stats.captured, stats.frames, stats.dropped, stats.detected) == (40, 40, 0, 36)
    solver_frames = []
    from mp2flame.drive.face_driver import FaceDriver

    solver, found = FaceDriver(driver), FakeDetector(talking)
    for item in Pictures(40):
        faces = found.detect(item.image, item.timestamp_ms)
        solver_frames.append(solver.step(item, faces[0] if faces else None))
    for got, wanted in zip(out.frames, solver_frames):
        assert got.detected == wanted.detected and got.timestamp_ms == wanted.timestamp_ms
        for name, value in wanted.params.asdict().items():
            np.testing.assert_array_equal(getattr(got.params, name), value, err_msg=name)
    take = Take.load(tmp_path / "t.npz")
    assert take.num_frames == 40
    np.testing.assert_array_equal(take.expression, np.stack([f.params.expression for f in out.frames]))
    assert take.meta["flame"]["release"] == "builtin" and take.meta["detector_mode"] == "video"


def test_the_newest_frame_wins_and_late_ones_are_counted(driver: Driver) -> None:
    out, detector = Kept(), FakeDetector(talking, busy_s=0.02)
    with live(driver, Pictures(150, 2.0, live=True), outputs=[out], detector=detector, retries=0) as p:
        with pytest.raises(SourceError, match="ended"):
            p.wait(20)
        stats = p.stats
    assert stats.captured == 150
    assert stats.dropped > 50
    real = stats.frames - stats.filled
    assert real + stats.dropped + stats.late == 150  # every picture is accounted for
    index = [f.index for f in out.frames]
    assert index == sorted(set(index))
    times = [f.timestamp_ms for f in out.frames]
    assert all(b > a for a, b in itertools.pairwise(times))
    # nothing queues: what the detector takes is younger than one round of the detector
    assert stats.latency_ms["wait"][0] < 20


def test_a_file_in_real_time_keeps_its_own_clock(driver: Driver) -> None:
    out = Kept()
    started = time.monotonic()
    with live(driver, Pictures(10, 30.0), outputs=[out]) as p:
        assert p.wait(20)
    assert time.monotonic() - started >= 0.27
    assert {f.timestamp_ms for f in out.frames} <= {30.0 * i for i in range(10)}


def test_a_loop_goes_on_in_time(driver: Driver) -> None:
    out = Kept()
    with live(driver, Pictures(5, 5.0), outputs=[out], loop=True):
        assert wait_until(lambda: len(out.frames) > 12)
    times = [f.timestamp_ms for f in out.frames]
    assert all(b > a for a, b in itertools.pairwise(times))
    assert times[-1] > 50


def test_slot_keeps_the_newest_or_waits() -> None:
    slot = Slot()
    assert not slot.put("a")
    assert slot.put("b")  # a was replaced
    assert slot.get(0.1) == "b"
    assert slot.get(0.01) is None
    assert slot.put_when_free("c")
    slot.close()
    assert not slot.put_when_free("d")
    assert slot.get() is None


# --- receivers that misbehave ----------------------------------------------------------------------------


def test_a_slow_or_broken_subscriber_holds_up_nobody(driver: Driver) -> None:
    seen, events = [], []

    def slow(item: object) -> None:
        seen.append(item)
        time.sleep(0.05)

    def broken(item: object) -> None:
        raise RuntimeError("not mine")

    out = Kept()
    p = live(driver, Pictures(60, 3.0), outputs=[out], on_event=events.append, realtime=False)
    p.subscribe(broken)
    first = p.subscribe(slow)
    started = time.monotonic()
    with p:
        assert p.wait(20)
        took = time.monotonic() - started
    assert len(out.frames) == 60
    assert len(seen) < 60 and first.dropped > 0
    assert took < 60 * 0.05
    assert any("not mine" in text for text in events)


def test_subscription_gives_frames_with_what_surrounds_them(driver: Driver) -> None:
    two = lambda i: [face(0.25, width=0.2), face(0.7, width=0.3, jawOpen=0.8)]  # noqa: E731
    p = live(driver, Pictures(200, 5.0), two, num_faces=2)
    with p.subscribe() as frames, p:
        got = frames.get(10)
        assert got is not None
        assert len(got.faces) == 2 and got.image is not None
        driving = next(f for f in got.faces if f.id == got.driving)
        assert driving.detection.landmarks[1, 0] > 0.5  # the larger one
        assert got.latency_ms > 0
        np.testing.assert_array_equal(got.frame.blendshapes, driving.detection.blendshapes)
        p.set_face(next(f.id for f in got.faces if f.id != got.driving))
        assert wait_until(lambda: p.latest is not None and p.latest.frame.blendshapes[25] == 0)
    assert len(list(frames)) <= 1  # what was not taken before the end, then nothing


def test_a_subscription_ends_with_the_source(driver: Driver) -> None:
    p = live(driver, Pictures(10, 5.0))
    frames = p.subscribe()
    with p:
        index = [item.frame.index for item in frames]  # would hang if it did not
        assert index == sorted(set(index)) and index[-1] == 9
        assert wait_until(lambda: p.stats.state == "ended")


def test_a_defective_output_does_not_end_the_others(driver: Driver) -> None:
    bad, good, events = Kept(fail_at=3), Kept(), []
    with live(driver, Pictures(20), outputs=[bad, good], realtime=False, on_event=events.append) as p:
        assert p.wait(20)
    assert len(good.frames) == 20
    assert len(bad.frames) == 19 and bad.stats.errors == 1
    assert sum("a defect" in text for text in events) == 1


def test_a_full_disk_ends_the_take_not_the_show(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, out = [], Kept()
    p = live(
        driver,
        Pictures(30),
        outputs=[out],
        recording=tmp_path / "t.npz",
        realtime=False,
        on_event=events.append,
    )
    from mp2flame.take.writer import TakeWriter

    original, calls = TakeWriter.append, itertools.count()

    def append(self: TakeWriter, frame: object) -> None:
        if next(calls) == 10:
            raise OutputError("no space left")
        original(self, frame)  # type: ignore[arg-type]

    monkeypatch.setattr(TakeWriter, "append", append)
    with p:
        assert p.wait(20)
        assert p.recording is None
    assert len(out.frames) == 30
    assert any("no space left" in text for text in events)
    assert Take.load(tmp_path / "t.npz").num_frames == 10


def test_numbers_that_are_none_count_as_no_face(driver: Driver) -> None:
    def find(i: int) -> list:
        bad = face(jawOpen=0.5)
        if i == 3:
            bad.landmarks[:] = np.nan
        if i == 5:
            bad.blendshapes[7] = np.inf
        return [bad]

    out = Kept()
    with live(driver, Pictures(8), find, outputs=[out], realtime=False) as p:
        assert p.wait(20)
        assert p.stats.broken == 1
    assert [i for i, f in enumerate(out.frames) if not f.detected] == [3, 5]


# --- sources that go away --------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short patience, so that tests of silence are short."""
    monkeypatch.setattr(stages, "_SILENT_S", 0.05)
    monkeypatch.setattr(stages, "_STALLED_S", 0.2)


def test_a_camera_that_is_unplugged_is_opened_again(driver: Driver, quick: None) -> None:
    attempts = itertools.count()

    def opener() -> Pictures:
        attempt = next(attempts)
        if attempt in (1, 2):
            raise SourceError("camera 0 cannot be opened. Does another program use it?")
        return Pictures(10 if attempt == 0 else 10_000, 5.0, live=True, fail="camera 0 was unplugged.")

    out, events = Kept(), []
    policy = LostPolicy(hold_ms=50, return_ms=150, resume_ms=50)
    p = live(
        driver, opener, lambda i: [face(0.4, jawOpen=0.9)], outputs=[out], on_event=events.append, lost=policy
    )
    with p:
        assert wait_until(lambda: p.stats.reconnects == 1)
        count = len(out.frames)
        assert wait_until(lambda: len(out.frames) > count + 30 and out.frames[-1].detected)
        assert wait_until(lambda: p.stats.state == "running")
    assert "unplugged" in events[0] and any("another program" in text for text in events)
    index = [f.index for f in out.frames]
    times = [f.timestamp_ms for f in out.frames]
    assert index == sorted(set(index)) and all(b > a for a, b in itertools.pairwise(times))
    # meanwhile the head went to rest, without a jump, and came back
    gap = [k for k, f in enumerate(out.frames) if not f.detected]
    assert gap and np.abs(out.frames[gap[-1]].params.jaw_pose).max() < 1e-6
    jaw = np.array([f.params.jaw_pose[0] for f in out.frames[gap[0] - 1 : gap[-1] + 1]])
    assert np.all(np.diff(jaw) <= 1e-6) and np.abs(np.diff(jaw)).max() < 0.8 * jaw[0]
    assert out.frames[-1].params.jaw_pose[0] == pytest.approx(jaw[0], abs=0.02)


def test_a_stalled_camera_is_said_so_and_said_to_be_back(driver: Driver, quick: None) -> None:
    events: list[str] = []
    source = Pictures(10_000, 5.0, live=True, pause=lambda i: 0.5 if i == 10 else 0.0)
    with live(driver, source, on_event=events.append) as p:
        assert wait_until(lambda: p.stats.state == "waiting")
        assert wait_until(lambda: any("back" in text for text in events))
        assert wait_until(lambda: p.stats.state == "running")
    assert any("silent" in text for text in events)


def test_retries_are_bounded_when_asked(driver: Driver) -> None:
    attempts = []

    def opener() -> Pictures:
        attempts.append(1)
        if len(attempts) > 1:
            raise SourceError("gone for good")
        return Pictures(3, 1.0, live=True, fail="unplugged")

    with live(driver, opener, retries=2) as p:
        with pytest.raises(SourceError, match="gone for good"):
            p.wait(20)
        assert p.stats.state == "failed"
    assert len(attempts) == 3


def test_a_source_that_is_not_there_says_so_at_the_start(driver: Driver) -> None:
    out = Kept()

    def opener() -> Pictures:
        raise SourceError("there is no camera 7")

    with pytest.raises(SourceError, match="camera 7"):
        live(driver, opener, outputs=[out]).start()
    waiting = live(driver, opener, outputs=[out], wait=True)
    with waiting:
        assert waiting.info is None
        assert not waiting.wait(0.1)


def test_the_end_releases_everything(driver: Driver) -> None:
    source, detector, out = Pictures(10_000, 2.0, live=True), FakeDetector(talking), Kept()
    p = live(driver, source, outputs=[out], detector=detector)
    p.start()
    assert wait_until(lambda: out.frames)
    started = time.monotonic()
    p.stop()
    p.stop()
    assert time.monotonic() - started < 3
    assert detector.closed and source.closed.is_set() and out._closed
    assert p.stats.state == "stopped"
    with pytest.raises(InputError, match="started before"):
        p.start()


# --- control while it runs -------------------------------------------------------------------------------


def test_takes_start_and_stop_at_any_time(driver: Driver, tmp_path: Path) -> None:
    with live(driver, Pictures(100_000, 2.0)) as p:
        assert p.stop_recording() is None
        p.start_recording(tmp_path / "a.npz")
        with pytest.raises(InputError, match="being recorded"):
            p.start_recording(tmp_path / "b.npz")
        with pytest.raises(InputError, match="stop the recording"):
            p.set_flame(Driver(num_expression=10))
        before = p.stats.frames
        assert wait_until(lambda: p.stats.frames > before + 10)
        assert p.stop_recording() == tmp_path / "a.npz"
        p.start_recording(tmp_path / "b.npz")
        later = p.stats.frames
        assert wait_until(lambda: p.stats.frames > later + 10)
    for name in ("a", "b"):
        take = Take.load(tmp_path / f"{name}.npz")
        assert take.num_frames > 0 and np.all(np.diff(take.timestamp_ms) > 0)


def test_another_head_while_running(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with live(driver, Pictures(100_000, 2.0), outputs=[f"jsonl:{path}"]) as p:
        assert wait_until(lambda: p.stats.frames > 5)
        p.set_flame(Driver(num_expression=10))
        before = p.stats.frames
        assert wait_until(lambda: p.stats.frames > before + 5)
        assert p.latest is not None and p.latest.frame.params.num_expression == 10
        assert p.outputs[0].stats.rejected == 0
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0]["num_expression"] == 10
    assert all(len(line["expression"]) == 10 for line in lines if line["type"] == "frame")


def test_a_foreign_output_cannot_follow_to_another_head(driver: Driver) -> None:
    with live(driver, Pictures(100_000, 2.0), outputs=[Kept()]) as p:
        with pytest.raises(InputError, match="give outputs as URLs"):
            p.set_flame(Driver(num_expression=10))
        p.set_flame(Driver())  # the same coefficients: nothing changes for a receiver


def test_filter_and_profile_act_from_the_next_frame(driver: Driver) -> None:
    steady = lambda i: [face(jawOpen=0.3, browInnerUp=0.2)]  # noqa: E731
    with live(driver, Pictures(100_000, 2.0), steady, neutral="off") as p:
        assert wait_until(lambda: p.stats.frames > 60)
        assert p.latest is not None
        before = p.latest.frame.weights.copy()
        rest = steady(0)[0]
        p.set_profile(
            Profile.from_neutral(
                rest.blendshapes, landmarks=rest.landmarks, face_matrix=rest.face_matrix, image_size=SIZE
            )
        )
        assert wait_until(lambda: p.latest.frame.weights[FREE].max() < 0.01), "one's own rest is rest"
        p.set_profile(None)
        assert wait_until(lambda: np.allclose(p.latest.frame.weights, before, atol=0.01))
        p.set_filter("steady")
        assert p.solver.filter_settings["lids"].kind == "one_euro"
        with pytest.raises(InputError, match="presets"):
            p.set_filter("sturdy")


@pytest.mark.parametrize(
    "wrong", [{"retries": -1}, {"filter": "none"}, {"face": "best"}, {"head_pose_from": "x"}]
)
def test_wrong_options_are_refused(driver: Driver, wrong: dict) -> None:
    with pytest.raises(InputError):
        live(driver, Pictures(1), **wrong)


def test_one_blas_thread_for_a_while() -> None:
    code = (
        "import numpy, mp2flame.base.threads as b\n"
        "from threadpoolctl import threadpool_info\n"
        "now = lambda: [one['num_threads'] for one in threadpool_info() if one['user_api'] == 'blas']\n"
        "before = now()\n"
        "with b.one_blas_thread() as found: print(found, before, now())\n"
        "print(now() == before)"
    )
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
    first, second = done.stdout.splitlines()
    if first.startswith("0 "):
        pytest.skip("NumPy has a BLAS that threadpoolctl does not know")
    assert first.endswith("[1]") and second == "True", done.stdout + done.stderr
    with one_blas_thread() as found:
        assert found >= 0
