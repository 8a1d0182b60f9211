"""A file that is played: pause, seek, speed, loop."""

from __future__ import annotations

import time

import numpy as np
import pytest

from mp2flame.base.errors import InputError
from mp2flame.io.sources import open_source
from mp2flame.io.sources.base import Source, SourceFrame, SourceInfo
from mp2flame.io.sources.played import PlayedFile


class Counted(Source):
    """Frame k is at 20 k ms."""

    prefetch = 0

    def __init__(self, count: int = 50) -> None:
        super().__init__()
        self.info = SourceInfo("video", "counted", 50.0, count, (4, 4))
        self.closed = False

    def _frames(self):
        for k in range(self.info.num_frames):
            yield SourceFrame(k, 20.0 * k)

    def close(self) -> None:
        self.closed = True
        super().close()


def numbers(played: PlayedFile, count: int) -> list[int]:
    frames = iter(played)
    return [round(next(frames).timestamp_ms / 20) for _ in range(count)]


def test_it_plays_in_order_at_its_own_speed() -> None:
    played = PlayedFile(Counted())
    started = time.monotonic()
    assert numbers(played, 10) == list(range(10))
    assert time.monotonic() - started > 0.17
    assert played.info.live and played.num_frames == 50 and played.duration_s == pytest.approx(1.0)
    played.close()


def test_it_loops_or_stays_at_the_end() -> None:
    played = PlayedFile(Counted(4))
    assert numbers(played, 9) == [0, 1, 2, 3, 0, 1, 2, 3, 0]
    played.close()
    once = PlayedFile(Counted(4), loop=False)
    frames = iter(once)
    assert [round(next(frames).timestamp_ms / 20) for _ in range(6)] == [0, 1, 2, 3, 3, 3]
    assert not once.playing and once.index == 3
    once.play()  # at its end: from the start
    assert round(next(frames).timestamp_ms / 20) == 0
    once.close()


def test_paused_it_gives_the_same_picture_and_follows_a_seek() -> None:
    played = PlayedFile(Counted())
    frames = iter(played)
    next(frames)
    played.pause()
    still = [next(frames).index for _ in range(3)]
    assert still == [still[0]] * 3
    played.seek(30)
    assert next(frames).index == 30 and played.index == 30
    assert next(frames).index == 30
    played.seek(10_000)
    assert next(frames).index == 49
    played.play()
    played.seek(5)
    assert [next(frames).index for _ in range(3)] == [5, 6, 7]
    played.close()


def test_speed_is_heeded_and_refused_when_it_is_none() -> None:
    played = PlayedFile(Counted())
    played.set_speed(10.0)
    started = time.monotonic()
    assert numbers(played, 40)[-1] == 39
    assert time.monotonic() - started < 0.7  # .8 s of film
    for speed in (0, -1, np.nan):
        with pytest.raises(InputError, match="above 0"):
            played.set_speed(speed)
    played.close()


def test_closing_ends_it_from_another_thread_also_when_it_is_paused() -> None:
    import threading

    source = Counted()
    played = PlayedFile(source)
    played.pause()
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.extend(f.index for f in played), daemon=True)
    thread.start()
    time.sleep(0.3)
    played.close()
    thread.join(2.0)
    assert not thread.is_alive() and source.closed and set(seen) <= {0}


def test_a_video_is_sought_by_its_key_pictures(tmp_path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "grey.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        stream.gop_size = 12
        for k in range(60):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 4 * k, np.uint8), format="rgb24")
            for packet in stream.encode(picture):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    with open_source(str(path)) as video:
        whole = [frame.timestamp_ms for frame in video]
        for k in (0, 1, 17, 40, 59):
            frame = next(video.frames_from(whole[k] - 1.0))
            assert frame.timestamp_ms == pytest.approx(whole[k]) and frame.index == k
            assert frame.image.mean() == pytest.approx(4 * k, abs=6)
    played = PlayedFile(open_source(str(path)))
    played.pause()
    frames = iter(played)
    next(frames)
    played.seek(45)
    assert next(frames).image.mean() == pytest.approx(180, abs=6)
    played.close()
