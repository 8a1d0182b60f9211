"""A video that is cut or overwritten is driven as far as it goes, and what is lost is counted and said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mp2flame.io.sources import open_source

av = pytest.importorskip("av")
FRAMES = 100


def make_video(path: Path) -> bytes:
    rng = np.random.default_rng(0)
    options = {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
    with av.open(str(path), "w", container_options=options) as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        picture = rng.integers(0, 255, (120, 160, 3), np.uint8)
        for i in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(np.roll(picture, 3 * i, 1), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path.read_bytes()


def damage(data: bytes, how: str) -> bytes:
    if how == "cut":
        return data[: int(0.7 * len(data))]
    rng, out = np.random.default_rng(1), bytearray(data)
    if how == "overwritten":
        for place in rng.integers(len(data) // 10, len(data), 200):
            out[place] = rng.integers(256)
    return bytes(out)


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".avi"])
@pytest.mark.parametrize("how", ["whole", "cut", "overwritten"])
def test_what_is_lost_is_counted(tmp_path: Path, ending: str, how: str) -> None:
    path = tmp_path / f"v{ending}"
    path.write_bytes(damage(make_video(path), how))
    with open_source(str(path)) as source:
        assert source.stats.counted() == {}, "nothing is known before the end"
        for _ in range(2):  # a file can be read again
            came = sum(1 for _ in source)
            counted = source.stats.counted()
            assert counted["decoded"] == came
            assert counted["partial"] == (how != "whole"), counted
            assert abs(counted["expected"] - FRAMES) <= 5
            assert counted["decoded"] + counted["broken"] + counted["missing"] >= counted["expected"]
            if how == "whole":
                assert counted["broken"] == counted["missing"] == 0
            if how == "cut":
                assert counted["missing"] + counted["broken"] > 20


def test_batch_says_partial_and_tries_again_when_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mp2flame.learn import batch
    from mp2flame.take.take import Take

    video = tmp_path / "v.mp4"
    data = make_video(video)
    video.write_bytes(damage(data, "cut"))
    monkeypatch.setattr("mp2flame.drive.watch.Watcher.__call__", _a_face)

    def drive() -> batch.Finished:
        (result,) = batch.run_batch([video], tmp_path / "out", workers=1)
        return result

    first = drive()
    assert first.status == "partial" and "missing" in first.reason, first
    line = json.loads((tmp_path / "out" / "batch.jsonl").read_text().splitlines()[-1])
    assert line["status"] == "partial" and line["extra"]["source_frames"]["missing"] > 20
    assert Take.load(tmp_path / "out" / "v.npz").meta["source_frames"]["partial"]
    assert (
        drive().status == "partial" and len((tmp_path / "out" / "batch.jsonl").read_text().splitlines()) == 1
    )
    video.write_bytes(data)
    again = drive()
    assert again.status == "done" and again.frames == FRAMES


def _a_face(self: object, item: object) -> object:
    from mp2flame.base.detection import Detection

    return Detection(np.full(52, 0.1, np.float32))
