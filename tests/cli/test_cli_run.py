"""``mp2flame run``: files, real time, streams, signals; takes as sources, so that no detector is needed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from live_kit import SIZE, Pictures, face
from mp2flame.base.channels import INDEX
from mp2flame.base.errors import InputError, MissingFileError, NoFaceError, ShapeError, SourceError
from mp2flame.cli.calibrate import _listed
from mp2flame.cli.run import run
from mp2flame.cli.session import Opener, default_output, quality_line
from mp2flame.drive.driver import Driver
from mp2flame.drive.face_driver import FaceDriver
from mp2flame.flame import load_flame
from mp2flame.io.sources import SourceFrame, camera, open_source
from mp2flame.response.profile import Profile
from mp2flame.take.take import Take
from mp2flame.take.writer import TakeWriter
from streams_kit import wait_until

COUNT, STEP_MS = 20, 10.0


@pytest.fixture(scope="module")
def driver() -> Driver:
    return Driver()


@pytest.fixture(scope="module")
def take(driver: Driver, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty frames of a talking mouth; every tenth without a face."""
    path = tmp_path_factory.mktemp("take") / "talk.npz"
    solver = FaceDriver(driver, neutral="off", tied=False)
    with TakeWriter(path) as writer:
        for i in range(COUNT):
            seen = face(jawOpen=0.5 + 0.4 * np.sin(i / 3)) if i % 10 != 9 else None
            item = SourceFrame(i, i * STEP_MS, image_size=SIZE, detected=seen is not None)
            writer.append(solver.step(item, seen))
    return path


@pytest.mark.parametrize(
    ("advice", "line"),
    [
        ("", "face 62 px wide, turned 7°, brightness 0.05, contrast 0.12: well seen"),
        (
            "face 62 px wide: come closer",
            "face 62 px wide: come closer (turned 7°, brightness 0.05, contrast 0.12)",
        ),
        (
            "face too dark (5 % of white): more light on it",
            "face too dark (5 % of white): more light on it (62 px wide, turned 7°)",
        ),
        (
            "in 33 % of the frames: face turned 60° away",
            "in 33 % of the frames: face turned 60° away (62 px wide, turned 7°, brightness 0.05, contrast 0.12)",
        ),
    ],
)
def test_the_line_of_quality_says_each_figure_once(advice: str, line: str) -> None:
    middle = {"face_px": 62.0, "turn_deg": 7.0, "brightness": 0.05, "contrast": 0.12}
    assert quality_line({**middle, "advice": advice}) == line
    assert quality_line({}) == ""


def test_many_channels_are_listed_short() -> None:
    assert _listed(["jawOpen", "eyeBlinkLeft", "browDownLeft", "browDownRight"]) == (
        "jawOpen, eyeBlinkLeft, browDown on both sides"
    )
    every = _listed([name for name in INDEX if name != "_neutral"])
    assert every.count(",") == 5 and every.endswith(" more (in the profile's report)")


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(run, [str(a) for a in arguments])
    return result


def test_every_frame_of_a_file(take: Path, tmp_path: Path, driver: Driver) -> None:
    out = tmp_path / "out.npz"
    result = call(take, "-o", out, "--neutral", "off", "--mode", "image")
    assert result.exit_code == 0, result.output
    assert f"{COUNT} frames, a face in 18" in result.output
    before, after = Take.load(take), Take.load(out)
    np.testing.assert_array_equal(after.timestamp_ms, before.timestamp_ms)
    np.testing.assert_allclose(after.expression, before.expression, atol=1e-5)  # no filter: the same again
    np.testing.assert_array_equal(after.detected, before.detected)


def test_an_existing_take_is_not_replaced_unasked(take: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.npz"
    out.write_bytes(b"precious")
    assert isinstance(call(take, "-o", out).exception, InputError)
    assert out.read_bytes() == b"precious"
    assert call(take, "-o", out, "--overwrite").exit_code == 0


def test_a_take_says_where_its_positions_count_from(take: Path, tmp_path: Path) -> None:
    """``transl`` is in the camera's frame when the head was placed there; a head left alone is nowhere."""
    for more, world in (((), "camera"), (("--no-pose",), None)):
        out = tmp_path / f"{len(more)}.npz"
        assert call(take, "-o", out, *more).exit_code == 0
        assert Take.load(out).meta.get("world") == world
    assert Take.load(tmp_path / "0.npz").transl[:, 2].max() < -0.1  # in front of a camera that looks along -z


def test_a_take_keeps_the_camera_it_was_placed_with(take: Path, tmp_path: Path) -> None:
    """Assumed or given, by field of view or in pixels; driven again, a given camera is used again."""
    focal = SIZE[0] / 2 / np.tan(np.radians(31.5))
    with np.load(take) as made:
        assert json.loads(str(made["meta"]))["intrinsics"] == "assumed"
        np.testing.assert_allclose(
            made["intrinsics"], [[focal, 0, SIZE[1] / 2], [0, focal, SIZE[0] / 2], [0, 0, 1]]
        )
    out = tmp_path / "narrow.npz"
    call(take, "-o", out, "--camera", "20", "--quiet")
    again, other = tmp_path / "again.npz", tmp_path / "other.npz"
    call(out, "-o", again, "--quiet")
    call(take, "-o", other, "--camera", "700,710,330,250", "--quiet")
    narrow, driven, pixels = (Take.load(path) for path in (out, again, other))
    assert narrow.intrinsics[1, 1] == pytest.approx(SIZE[0] / 2 / np.tan(np.radians(10)))
    assert narrow.meta["intrinsics"] == driven.meta["intrinsics"] == "given"
    np.testing.assert_allclose(driven.transl, narrow.transl, atol=1e-5)
    np.testing.assert_allclose(pixels.intrinsics, [[700, 0, 330], [0, 710, 250], [0, 0, 1]])


def test_the_profiles_identity_is_shown_on_its_own_flame_file(
    take: Path, tmp_path: Path, lab_head_a: Path, lab_head_b: Path
) -> None:
    rest = face()
    model = load_flame(lab_head_a)
    betas = np.zeros(model.num_betas, np.float32)
    betas[:2] = 1.5, -0.5
    profile = replace(
        Profile.from_neutral(rest.blendshapes, landmarks=rest.landmarks, image_size=SIZE),
        betas=betas, flame_sha256=model.sha256, flame_release=model.release,
    )  # fmt: skip
    profile.save(tmp_path / "me.json")
    for flame, kept in ((lab_head_a, True), (lab_head_b, False)):
        out = tmp_path / f"{kept}.npz"
        result = call(take, "--flame", flame, "--profile", tmp_path / "me.json", "-o", out)
        assert result.exit_code == 0, result.output
        found = Take.load(out).meta.get("betas")
        assert (found is not None) == kept
        if kept:
            np.testing.assert_allclose(found, betas, atol=1e-5)


def test_eyelids_of_a_take(take: Path, tmp_path: Path, driver: Driver) -> None:
    """The offsets are used by blinks, kept in the take, and refused where they do not fit."""
    blink = np.zeros((2, 52), np.float32)
    blink[0, INDEX["eyeBlinkLeft"]] = blink[1, INDEX["eyeBlinkRight"]] = 1
    rest = driver.vertices(driver.params_from_weights(np.zeros(52, np.float32)))
    np.save(tmp_path / "lids.npy", driver.vertices(driver.params_from_weights(blink)) - rest)
    out = tmp_path / "out.npz"
    assert call(take, "--eyelids", tmp_path / "lids.npy", "-o", out).exit_code == 0
    assert Take.load(out).eyelids.shape == (COUNT, 2)
    np.save(tmp_path / "small.npy", np.zeros((2, 10, 3)))
    assert isinstance(
        call(take, "--eyelids", tmp_path / "small.npy", "-o", out, "--overwrite").exception, ShapeError
    )


def test_the_filter_is_what_was_asked_for(take: Path, tmp_path: Path) -> None:
    call(take, "-o", tmp_path / "off.npz", "--neutral", "off")
    call(take, "-o", tmp_path / "steady.npz", "--neutral", "off", "--filter", "steady")
    off, steady = (Take.load(tmp_path / f"{n}.npz").arkit_weights for n in ("off", "steady"))
    assert 0.05 < np.abs(off - steady).max()
    assert call(take, "--filter", "strong").exit_code == 2


def test_json_lines_get_every_frame_of_a_file(take: Path, tmp_path: Path) -> None:
    lines = tmp_path / "out.jsonl"
    result = call(take, "--to", f"jsonl:{lines}")
    assert result.exit_code == 0, result.output
    frames = [json.loads(line) for line in lines.read_text().splitlines()]
    assert [f["index"] for f in frames if f["type"] == "frame"] == list(range(COUNT))
    assert not (Path.cwd() / "talk.npz").exists()


def test_real_time_takes_its_time_and_records(take: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.npz"
    started = time.monotonic()
    result = call(take, "-o", out, "--realtime", "--to", "ws://127.0.0.1:0", "--quiet")
    assert result.exit_code == 0, result.output
    assert time.monotonic() - started > (COUNT - 1) * STEP_MS / 1e3
    got = Take.load(out)
    assert 0 < got.num_frames <= COUNT
    assert np.all(np.diff(got.timestamp_ms) > 0)
    assert "sending to ws://127.0.0.1:" in result.output and ":0;" not in result.output


def test_seconds_end_a_loop(take: Path, tmp_path: Path) -> None:
    result = call(take, "--loop", "--seconds", "0.6", "-o", tmp_path / "out.npz")
    assert result.exit_code == 0, result.output
    assert Take.load(tmp_path / "out.npz").timestamp_ms[-1] > COUNT * STEP_MS


def test_no_face_in_a_file_is_an_error_that_scripts_can_see(tmp_path: Path, driver: Driver) -> None:
    path = tmp_path / "nobody.npz"
    solver = FaceDriver(driver, neutral="off", tied=False)
    with TakeWriter(path) as writer:
        for i in range(5):
            writer.append(solver.step(SourceFrame(i, i * STEP_MS, detected=False)))
    for more in ((), ("--realtime",)):
        result = call(path, "-o", tmp_path / f"out{len(more)}.npz", *more)
        assert isinstance(result.exception, NoFaceError)
        assert not (tmp_path / f"out{len(more)}.npz").exists()  # a take of nobody is of no use
        assert "next:" not in result.output


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("nothing_here.mp4",), MissingFileError),
        (("camera:No such camera",), SourceError),
        (("gopher://x",), InputError),
        (("livelink://127.0.0.1:0", "--every-frame"), InputError),
    ],
)
def test_what_cannot_be_is_said(arguments: tuple[str, ...], error: type[Exception]) -> None:
    assert isinstance(call(*arguments).exception, error)


@pytest.mark.parametrize(
    "more", [("--lost", "1,2"), ("--lost", "a,b,c"), ("--face", "best"), ("--seconds", "0")]
)
def test_wrong_options_are_usage_errors(take: Path, more: tuple[str, ...]) -> None:
    assert call(take, *more).exit_code == 2


def test_a_wrong_output_opens_nothing(take: Path, tmp_path: Path) -> None:
    result = call(take, "--to", "fax://127.0.0.1", "-o", tmp_path / "out.npz")
    assert isinstance(result.exception, InputError)
    assert not (tmp_path / "out.npz").exists()


def frames_in(part: Path) -> int:
    try:
        return Take.load(part).num_frames
    except Exception:
        return 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_with_a_complete_take(take: Path, tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "out.npz"
    process = subprocess.Popen(
        [sys.executable, "-m", "mp2flame", "run", str(take), "--loop", "-o", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

    try:
        assert wait_until(lambda: frames_in(out.with_name("out.part.npz")) > 10, 40)
        process.send_signal(number)
        output, errors = process.communicate(timeout=40)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert "stopped early" in output
    final = Take.load(out)
    assert final.num_frames > 10 and f"{final.num_frames} frames" in output
    assert "Traceback" not in errors


def test_a_stopped_run_that_did_not_write_its_take_says_so_by_its_exit_code(tmp_path: Path) -> None:
    """The take that stood there is as it was; a script that goes on with it would go on with another."""
    table, out = tmp_path / "long.csv", tmp_path / "out.npz"
    table.write_text("time,jawOpen\n" + "".join(f"{i / 60:.4f},{i % 2}\n" for i in range(60_000)))
    Take.from_params(Driver().convert(np.zeros((2, 52))), np.arange(2) * 40.0).save(out)
    before, part = out.read_bytes(), out.with_name("out.part.npz")
    words = ["run", str(table), "-o", str(out), "--overwrite"]
    process = subprocess.Popen(
        [sys.executable, "-m", "mp2flame", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert wait_until(lambda: frames_in(part) > 10, 40)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=40)
    finally:
        process.kill()
    assert process.returncode == 130 and "Traceback" not in errors, errors
    assert out.read_bytes() == before and str(part) in output and Take.load(part).num_frames


# --- opening ---------------------------------------------------------------------------------------------


def test_opener_hands_out_what_it_opened_first(take: Path) -> None:
    opener = Opener(str(take), {})
    assert not opener.live
    first, second = opener(), opener()
    assert first is not second and first.info == second.info
    assert Opener("camera:No such camera", {}, wait=True).live
    with pytest.raises(SourceError, match="No such camera"):
        Opener("camera:No such camera", {})


def test_default_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, take: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_output(str(take)) == Path("talk.npz")
    assert default_output("0") is None


def test_cameras_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for index, name in ((0, "Integrated Camera"), (2, "Logitech BRIO"), (4, "Logitech BRIO 2")):
        (tmp_path / f"video{index}").mkdir()
        (tmp_path / f"video{index}" / "name").write_text(name + "\n")
    monkeypatch.setattr(camera, "_VIDEO4LINUX", tmp_path)
    monkeypatch.setattr(camera, "camera_devices", lambda: [0, 2, 4])
    monkeypatch.setattr(sys, "platform", "linux")
    assert camera.find_camera("logitech brio") == 2
    assert camera.find_camera("brio 2") == 4
    assert camera.find_camera("integrated") == 0
    for wrong in ("webcam", " "):
        with pytest.raises(SourceError, match="0: Integrated Camera"):
            camera.find_camera(wrong)
    asked: list[object] = []
    monkeypatch.setattr(camera, "CameraSource", lambda name, **o: asked.append(name) or Pictures(live=True))
    for spec in ("camera:BRIO", "camera://BRIO", "camera:2"):
        open_source(spec)
    assert asked == ["BRIO", "BRIO", 2]


class FakeCapture:
    """OpenCV's VideoCapture of a camera that is unplugged after three pictures."""

    def __init__(self, index: int, api: int) -> None:
        self.left, self.asked, self.released = 3, {}, False

    def isOpened(self) -> bool:
        return True

    def set(self, option: int, value: float) -> None:
        self.asked[option] = value

    def get(self, option: int) -> float:
        return self.asked.get(option, 0.0)

    def read(self) -> tuple[bool, np.ndarray | None]:
        self.left -= 1
        picture = np.zeros((4, 6, 3), np.uint8)
        picture[..., 0] = 255  # blue, in OpenCV's order
        return (True, picture) if self.left >= 0 else (False, None)

    def release(self) -> None:
        self.released = True


def test_a_camera_gives_rgb_asks_for_its_size_and_reports_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    cv2 = pytest.importorskip("cv2")
    monkeypatch.setattr(cv2, "VideoCapture", FakeCapture)
    monkeypatch.setattr(camera, "_check_device", lambda index: None)
    source = camera.CameraSource(0, width=1280, height=720, fps=30, timeout_s=0.05)
    source.prefetch = 0
    seen = []
    with pytest.raises(SourceError, match=r"delivered nothing for 0\.05"):
        seen.extend(source)
    assert len(seen) == 3 and source.info.live
    assert seen[0].image[0, 0].tolist() == [0, 0, 255]
    capture = source._capture
    assert capture.asked[cv2.CAP_PROP_FRAME_WIDTH] == 1280
    order = list(capture.asked)
    assert order.index(cv2.CAP_PROP_FOURCC) < order.index(cv2.CAP_PROP_FRAME_WIDTH)
    source.close()
    assert capture.released
