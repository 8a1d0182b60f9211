"""The live pipeline: capture to parameters on 1280x720, share outside MediaPipe, rate against MediaPipe's.

    python bench/bench_live.py [--video FACE.mp4] [--seconds 20] [--rounds 5] [--flame F]

1. A video scaled to 1280x720 comes in real time (30 frames a second): time from the picture being there until
   the parameters are, by stage, with a WebSocket output and a recording.
2. The same pictures as fast as they can be taken: the pipeline (detect, solve, filter, send, record; nothing
   dropped) against a loop that only calls MediaPipe, turn by turn in one process.

Pictures are decoded before, so decoding is in neither. BLAS on one thread.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

import numpy as np

from mp2flame import Driver
from mp2flame.drive.live import LivePipeline
from mp2flame.io.sources import Source, SourceFrame, SourceInfo, open_source
from mp2flame.observe.detector import quiet_stderr
from mp2flame.observe.model_file import find_face_landmarker

SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[2] / "shared"))
SIZE = (720, 1280)


def pictures(path: Path, most: int = 90) -> list[np.ndarray]:
    """Frames of a video, as large as fits into 1280x720, the rest grey."""
    from PIL import Image

    frames = []
    with open_source(path) as source:
        for item in source:
            assert item.image is not None
            height, width = item.image.shape[:2]
            scale = min(SIZE[0] / height, SIZE[1] / width)
            small = Image.fromarray(item.image).resize((round(width * scale), round(height * scale)))
            canvas = np.full((*SIZE, 3), 128, np.uint8)
            top, left = (SIZE[0] - small.height) // 2, (SIZE[1] - small.width) // 2
            canvas[top : top + small.height, left : left + small.width] = np.asarray(small)
            frames.append(canvas)
            if len(frames) == most:
                break
    return frames


class Played(Source):
    """Decoded pictures to and fro, 30 a second."""

    prefetch = 0

    def __init__(self, frames: list[np.ndarray], count: int) -> None:
        super().__init__()
        self._frames_, self._count = frames, count
        self.info = SourceInfo("video", "decoded pictures", 30.0, count, SIZE)

    def _frames(self) -> Iterator[SourceFrame]:
        there_and_back = self._frames_ + self._frames_[-2:0:-1]
        for i in range(self._count):
            image = there_and_back[i % len(there_and_back)]
            yield SourceFrame(i, i * 1000.0 / 30.0, image=image, image_size=SIZE)


def mediapipe_alone(source: Source, model: Path) -> tuple[int, float, float]:
    """(frames, seconds, processor seconds) of a loop that only detects."""
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)),
        running_mode=vision.RunningMode.VIDEO,
        output_face_blendshapes=True,
        output_facial_transformation_matrixes=True,
    )
    with quiet_stderr(), vision.FaceLandmarker.create_from_options(options) as landmarker:
        count, started, cpu = 0, 0.0, 0.0
        for item in source:
            image = mediapipe.Image(mediapipe.ImageFormat.SRGB, item.image)
            landmarker.detect_for_video(image, round(item.timestamp_ms))
            if count == 0:
                started, cpu = time.perf_counter(), time.process_time()  # the first frame loads things
            count += 1
        return count - 1, time.perf_counter() - started, time.process_time() - cpu


def whole(source: Source, driver: Driver, take: Path) -> tuple[int, float, float]:
    """(frames, seconds, processor seconds) of the pipeline without real time."""
    pipeline = LivePipeline(driver, source, ["ws://127.0.0.1:0"], take, realtime=False, overwrite=True)
    with pipeline.subscribe() as frames, pipeline:
        frames.get(60)
        started, cpu, first = time.perf_counter(), time.process_time(), pipeline.stats.frames
        pipeline.wait()
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        return pipeline.stats.frames - first, seconds, cpu


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--video", type=Path, default=SHARED / "data" / "videos" / "LP_drv__d0.mp4")
    parser.add_argument("--flame")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=150, help="of each round")
    arguments = parser.parse_args()
    driver = Driver(arguments.flame)
    frames = pictures(arguments.video)
    model = find_face_landmarker()
    print(f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory() as folder:
        take = Path(folder) / "t.npz"
        count = round(30 * arguments.seconds)
        with LivePipeline(driver, Played(frames, count), ["ws://127.0.0.1:0"], take) as pipeline:
            pipeline.wait()
            stats = pipeline.stats
        print("### 1280x720 in real time, a WebSocket output and a recording\n")
        print("| stage | p50 ms | p95 ms |\n|---|---|---|")
        for stage, (half, most) in stats.latency_ms.items():
            print(f"| {stage} | {half:.2f} | {most:.2f} |")
        own = [stats.latency_ms[s][0] for s in ("wait", "handover", "solve", "output")]
        print(f"| outside MediaPipe: wait, handover, solve, output | {sum(own):.2f} | |")
        print(f"\n{stats.captured} pictures, {stats.dropped} dropped, a face in {stats.detected}.\n")
        print("### As fast as it goes\n")
        print("| round | MediaPipe alone, fps | pipeline, fps | ratio | processor ms a frame | pipeline |")
        print("|---|---|---|---|---|---|")
        ratios = []
        for number in range(arguments.rounds):
            rates, cpus = {}, {}
            for which in ("bare", "whole") if number % 2 == 0 else ("whole", "bare"):
                source = Played(frames, arguments.frames)
                run = mediapipe_alone(source, model) if which == "bare" else whole(source, driver, take)
                done, seconds, cpu = run
                rates[which], cpus[which] = done / seconds, 1e3 * cpu / done
            ratios.append(rates["whole"] / rates["bare"])
            print(
                f"| {number + 1} | {rates['bare']:.0f} | {rates['whole']:.0f} | {ratios[-1]:.2f} "
                f"| {cpus['bare']:.1f} | {cpus['whole']:.1f} |"
            )
        print(f"\nmedian ratio {statistics.median(ratios):.2f}; load average after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
