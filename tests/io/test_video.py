"""Video files: what was written is what a player gets, with its times."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from mp2flame.base.errors import InputError, MissingDependencyError, OutputError, ShapeError
from mp2flame.io.exports.video import open_video, save_png

RED, GREEN, BLUE, GREY = (200, 40, 30), (30, 170, 60), (40, 60, 190), (128, 128, 128)


def picture(color, size=(48, 64)):
    """One colour with a white bar on the left, so that up, left and colours can be told."""
    image = np.zeros((*size, 3), np.uint8)
    image[:] = color
    image[:, : size[1] // 4] = 255
    image[: size[0] // 4, size[1] // 4 :] = 0
    return image


def decode(path):
    av = pytest.importorskip("av")
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [
            (float(f.pts * f.time_base) * 1000, f.to_ndarray(format="rgb24"))
            for f in container.decode(stream)
        ]
        return stream.codec_context, frames


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_irregular_times_come_back(tmp_path, suffix):
    pytest.importorskip("av")
    times = np.array([1000.0, 1033.4, 1090.0, 1100.5, 1600.0])  # starts late, has a gap
    path = tmp_path / f"a{suffix}"
    with open_video(path, (48, 64)) as video:
        for t, color in zip(times, (RED, GREEN, BLUE, GREY, RED)):
            video.add(picture(color), t)
    codec, frames = decode(path)
    assert (codec.name, codec.pix_fmt, codec.height, codec.width) == ("h264", "yuv420p", 48, 64)
    tolerance = 0.51 if suffix == ".mkv" else 0.02  # Matroska counts milliseconds
    assert np.allclose([t for t, _ in frames], times - 1000, atol=tolerance)
    for (_, got), color in zip(frames, (RED, GREEN, BLUE, GREY, RED)):
        assert np.abs(got[30, 40].astype(int) - color).max() <= 6
        assert got[30, 4].min() > 245 and got[4, 40].max() < 10
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_index_is_at_the_front(tmp_path):
    pytest.importorskip("av")
    path = tmp_path / "a.mp4"
    with open_video(path, (48, 64), fps=25) as video:
        for k in range(10):
            video.add(picture(RED), 40.0 * k)
    data = path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_odd_sizes_and_equal_times(tmp_path):
    pytest.importorskip("av")
    path = tmp_path / "a.mp4"
    with open_video(path, (47, 63)) as video:
        for t in (0.0, 40.0, 40.0, 80.0):
            video.add(picture(BLUE, (47, 63)), t)
    codec, frames = decode(path)
    assert (codec.height, codec.width) == (48, 64)
    assert len(frames) == 4
    assert np.allclose([t for t, _ in frames], [0, 40, 40, 80], atol=0.05)


def test_gif_holds_colours_times_and_loops(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    path = tmp_path / "a.gif"
    times = [0.0, 33.3, 66.7, 100.0, 300.0]
    colors = (RED, GREEN, GREEN, BLUE, RED)
    with open_video(path, (48, 64), fps=10) as video:
        for t, color in zip(times, colors):
            video.add(picture(color), t)
    with Image.open(path) as gif:
        assert gif.info["loop"] == 0
        shown = []
        for k in range(gif.n_frames):
            gif.seek(k)
            shown.append((gif.info["duration"], np.asarray(gif.convert("RGB")).astype(int)))
    # The second green changes nothing: the first one stays on the screen for both.
    assert [d for d, _ in shown] == [30, 70, 200, 100]
    for (_, got), color in zip(shown, (RED, GREEN, BLUE, RED)):
        assert np.abs(got[30, 40] - color).max() <= 6
        assert got[30, 4].min() > 240 and got[4, 40].max() < 12


def test_gif_leaves_out_what_players_cannot_show(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    path = tmp_path / "a.gif"
    rng = np.random.default_rng(0)
    with open_video(path, (16, 16), fps=200) as video:
        for k in range(41):
            video.add(rng.integers(0, 255, (16, 16, 3), dtype=np.uint8), 5.0 * k)
    total = 0
    with Image.open(path) as gif:
        assert gif.n_frames == 11
        for k in range(gif.n_frames):
            gif.seek(k)
            assert gif.info["duration"] >= 20
            total += gif.info["duration"]
    assert total == pytest.approx(210, abs=20)


def test_gif_moving_patch_over_a_still_background(tmp_path):
    """Cropped, see-through frames must add up to the whole picture."""
    Image = pytest.importorskip("PIL.Image")
    base = np.zeros((40, 40, 3), np.uint8)
    base[..., 1] = np.arange(40)[:, None] * 4
    frames = []
    for k in range(8):
        image = base.copy()
        image[10:20, 3 * k : 3 * k + 8] = (220, 180, 150)
        frames.append(image)
    path = tmp_path / "a.gif"
    with open_video(path, (40, 40), fps=25) as video:
        for k, image in enumerate(frames):
            video.add(image, 40.0 * k)
    with Image.open(path) as gif:
        assert gif.n_frames == 8
        for k, image in enumerate(frames):
            gif.seek(k)
            assert np.abs(np.asarray(gif.convert("RGB")).astype(int) - image).mean() < 3


def test_nothing_is_left_behind_after_a_failure(tmp_path):
    for name in ("a.mp4", "a.gif"):
        pytest.importorskip("av" if name.endswith("mp4") else "PIL")
        path = tmp_path / name
        path.write_bytes(b"the old file")
        with pytest.raises(RuntimeError), open_video(path, (48, 64)) as video:
            video.add(picture(RED), 0.0)
            raise RuntimeError("stop")
        assert path.read_bytes() == b"the old file"
        with pytest.raises(InputError, match="no picture"), open_video(path, (48, 64)):
            pass
        assert path.read_bytes() == b"the old file"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.gif", "a.mp4"]


def test_wrong_frames_and_names(tmp_path):
    pytest.importorskip("av")
    for bad in ("a.avi", "a", "a.png"):
        with pytest.raises(InputError, match=r"\.mp4"):
            open_video(tmp_path / bad, (48, 64))
    with pytest.raises(OutputError, match="does not exist"):
        open_video(tmp_path / "no" / "a.mp4", (48, 64))
    with pytest.raises(OutputError, match="folder"):
        open_video(tmp_path, (48, 64)) if tmp_path.suffix else open_video(_folder(tmp_path), (48, 64))
    for fps in (0, -5, np.nan):
        with pytest.raises(InputError):
            open_video(tmp_path / "a.mp4", (48, 64), fps=fps)
    video = open_video(tmp_path / "a.mp4", (48, 64))
    video.add(picture(RED), 100.0)
    with pytest.raises(ShapeError):
        video.add(picture(RED, (48, 66)), 110.0)
    with pytest.raises(ShapeError):
        video.add(picture(RED).astype(float), 110.0)
    with pytest.raises(InputError, match="backwards"):
        video.add(picture(RED), 50.0)
    with pytest.raises(InputError):
        video.add(picture(RED), np.nan)
    video.add(picture(RED), 140.0)
    video.close()
    video.close()
    with pytest.raises(InputError, match="closed"):
        video.add(picture(RED), 200.0)
    assert len(decode(tmp_path / "a.mp4")[1]) == 2


def _folder(tmp_path):
    folder = tmp_path / "dir.mp4"
    folder.mkdir()
    return folder


def test_missing_libraries_are_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingDependencyError, match=r"writing \.mp4 needs PyAV.*mp2flame\[video\]"):
        open_video(tmp_path / "a.mp4", (48, 64))
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingDependencyError, match=r"mp2flame\[video\]"):
        open_video(tmp_path / "a.gif", (48, 64))
    assert not list(tmp_path.iterdir())


def test_png_round_trip(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    image = np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    save_png(tmp_path / "a.png", image)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), image)
    with pytest.raises(OutputError):
        save_png(tmp_path / "no" / "a.png", image)
