"""``mp2flame render --beside`` and ``--at``: the take's own video and no other; the picture of one moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from mp2flame.base.errors import InputError, MismatchError, MissingFileError
from mp2flame.base.values import FlameParams
from mp2flame.cli.render import render
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.io.exports.video import open_video
from mp2flame.io.sources import open_source
from mp2flame.io.sources.images import read_image
from mp2flame.take.take import Take

pytest.importorskip("av")
pytest.importorskip("PIL")
FRAMES, STEP_MS = 6, 40.0
RED, BLUE = (200, 20, 20), (20, 20, 200)


def film(
    path: Path, colour: tuple[int, int, int], frames: int = FRAMES, size: tuple[int, int] = (64, 96)
) -> Path:
    with open_video(path, size, fps=1000 / STEP_MS) as video:
        for k in range(frames):
            video.add(np.full((*size, 3), colour, np.uint8), k * STEP_MS)
    return path


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``takes/take.npz``, made from ``me.mp4`` (red, 96 x 64); the mouth opens. The current folder is another one."""
    monkeypatch.delenv("MP2FLAME_FLAME", raising=False)
    (tmp_path / "takes").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    save(tmp_path / "takes/take.npz", "me.mp4")
    return tmp_path


def save(path: Path, source: str | None) -> None:
    jaw = np.zeros((FRAMES, 3), np.float32)
    jaw[:, 0] = np.linspace(0, 0.3, FRAMES)
    head = builtin_head()
    params = FlameParams.zeros(head.num_expression, (FRAMES,)).replace(jaw_pose=jaw)
    times = STEP_MS * np.arange(FRAMES)
    meta = {"flame": {"release": "builtin", "sha256": head.sha256}, **({"source": source} if source else {})}
    Take.from_params(params, times, meta=meta, image_size=np.array((64, 96))).save(path)


def call(desk: Path, *arguments: object, take: str = "takes/take.npz") -> Result:
    fast = ["--size", "64", "--backend", "software", "--overwrite"]
    return CliRunner().invoke(render, [str(a) for a in (desk / take, *fast, *arguments)])


def left_half(path: Path) -> np.ndarray:
    with open_source(path) as source:
        image = next(iter(source)).image
    assert image.shape[1] > 1.5 * image.shape[0], "two pictures side by side"
    return image[8:-8, 8 : image.shape[1] // 3].mean((0, 1))


@pytest.mark.parametrize("place", ["takes", "here"])
def test_its_own_video_is_found_beside_the_take_or_here(desk: Path, place: str) -> None:
    film(desk / place / "me.mp4", RED)
    film(desk / place / "other.mp4", BLUE)
    done = call(desk, "--beside", "-o", "both.mp4")
    assert done.exit_code == 0, done.exception
    assert f"beside: {'me.mp4' if place == 'here' else desk / 'takes/me.mp4'}" in done.output
    assert np.abs(left_half(Path("both.mp4")) - RED).max() < 30


def test_a_copy_under_another_name_is_its_video_too(desk: Path) -> None:
    film(desk / "copy.mp4", BLUE)
    assert call(desk, "--beside", desk / "copy.mp4", "-o", "both.mp4").exit_code == 0
    assert np.abs(left_half(Path("both.mp4")) - BLUE).max() < 30


def test_a_take_that_was_stopped_early_still_has_its_video(desk: Path) -> None:
    film(desk / "takes/me.mp4", RED, 60)
    assert call(desk, "--beside", "-o", "both.mp4").exit_code == 0


@pytest.mark.parametrize(
    ("name", "frames", "size", "words"),
    [
        ("wide.mp4", FRAMES, (64, 128), "96x64, this one's 128x64"),
        ("short.mp4", 1, (64, 96), "is not the video"),
        ("me.mp4", 1, (64, 96), "is not the video"),
        ("long.mp4", 60, (64, 96), "2.40 s"),
    ],
)
def test_another_video_is_refused(
    desk: Path, name: str, frames: int, size: tuple[int, int], words: str
) -> None:
    save(desk / "takes/take.npz", "me.mp4")
    film(desk / name, BLUE, frames, size)
    if frames == 1:  # a take of one second, of which this video shows nearly nothing
        long = Take.load(desk / "takes/take.npz")
        long.timestamp_ms[:] = np.linspace(0, 1000, FRAMES)
        long.save(desk / "takes/take.npz", overwrite=True)
    done = call(desk, "--beside", desk / name, "-o", "both.mp4")
    assert isinstance(done.exception, MismatchError) and words in str(done.exception), done.exception
    assert not Path("both.mp4").exists()


def test_what_names_no_video_asks_for_one(desk: Path) -> None:
    gone = call(desk, "--beside", "-o", "both.mp4")
    assert isinstance(gone.exception, MissingFileError) and "me.mp4" in str(gone.exception)
    for source, words in ((None, "does not say"), ("camera 0", "'camera 0'")):
        save(desk / "takes/live.npz", source)
        done = call(desk, "--beside", "-o", "both.mp4", take="takes/live.npz")
        assert isinstance(done.exception, InputError) and words in str(done.exception)
        assert "--beside VIDEO" in str(done.exception) and not list(Path().iterdir())


def test_at_is_the_picture_of_that_moment(desk: Path) -> None:
    """0.1 s lies between the frames of 0.08 and 0.12 s: the coming one is shown, as a span from there begins with it."""
    pictures = {}
    for name, words in {
        "at": ("--at", 0.1), "same": ("--start", 0.12, "--end", 0.12), "start": ("--at", 0), "end": ("--at", 0.2),
    }.items():  # fmt: skip
        assert call(desk, *words, "-o", f"{name}.png").exit_code == 0
        pictures[name] = read_image(f"{name}.png").astype(int)
    assert pictures["at"].shape == (64, 64, 3)
    assert np.array_equal(pictures["at"], pictures["same"])
    gap = {name: np.abs(pictures[name] - pictures["at"]).mean() for name in ("start", "end")}
    assert gap["start"] > 0.1 and gap["end"] > 0.1, "the mouth opens from the first to the last"
    assert call(desk, "--at", 0.1).exit_code == 0
    assert np.array_equal(read_image("take_head.png"), pictures["at"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--at", "0.1", "-o", "a.mp4"], "ends in .png"),
        (["--at", "0.1", "-o", "a.png", "--sheet", "b.png"], "ends in .png"),
        (["--at", "0.1", "-o", "a.png", "--beside"], "leave --beside away"),
        (["--at", "9", "-o", "a.png"], "0.20 s long"),
    ],
)
def test_at_refuses_what_is_no_still(desk: Path, words: list[str], said: str) -> None:
    film(desk / "takes/me.mp4", RED)
    done = call(desk, *words)
    assert isinstance(done.exception, InputError) and said in str(done.exception), done.exception
    assert not list(Path().iterdir())
