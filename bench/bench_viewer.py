"""What the viewer costs the live loop: the same pipeline without it, with it, and with a browser looking.

    python bench/bench_viewer.py [VIDEO]      default: a 512x512 clip of the shared folder

1. The clip as fast as it goes, nothing dropped, the three in turn: frames per second, and processor time of
   the whole process (MediaPipe included) per frame.
2. The clip in real time, 30 frames a second: frames that were shown late or dropped, capture to parameters,
   and of that what is not detection.
3. The bundled take in real time, 30 frames a second, with its landmarks but without MediaPipe: processor time
   per frame of everything else.

The "browser" is a process that takes every message from the page's socket and throws it away; what a real one
does with them is its own business. BLAS on one thread. On a busy machine only the processor times mean much.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

from mp2flame import Driver
from mp2flame.drive.demo import demo_source
from mp2flame.drive.live import LivePipeline
from mp2flame.io.sources import Source, SourceFrame, SourceInfo, open_source
from mp2flame.show.page import serve

SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[2] / "shared"))
VARIANTS = ("no viewer", "viewer, nobody looks", "viewer, one browser")


class Decoded(Source):
    """A clip in memory, so that decoding is not measured; again and again until ``count`` frames."""

    prefetch = 0

    def __init__(self, clip: list[Any], count: int, fps: float) -> None:
        super().__init__()
        self._clip, self._count, self._step_ms = clip, count, 1e3 / fps
        self.info = SourceInfo("video", "clip", fps, count, clip[0].shape[:2])

    def _frames(self):
        for k in range(self._count):
            yield SourceFrame(k, k * self._step_ms, image=self._clip[k % len(self._clip)])


def look(url: str, ready: Any) -> None:
    """A client that takes everything."""
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    with connect(url, max_size=None) as client:
        ready.set()
        try:
            while True:
                client.recv()
        except ConnectionClosed:
            pass


class Looped(Source):
    """A source's frames again and again, 30 a second."""

    prefetch = 0

    def __init__(self, source: Source, count: int) -> None:
        super().__init__()
        self._rows, self._count = list(source), count
        self.info = SourceInfo("take", "take", 30.0, count, None)

    def _frames(self):
        for k in range(self._count):
            yield replace(self._rows[k % len(self._rows)], index=k, timestamp_ms=k * 1e3 / 30)


def run(driver: Driver, source: Source, variant: str, *, realtime: bool) -> dict[str, float]:
    """Frames per second, dropped frames, processor time, milliseconds outside detection."""
    pipeline = LivePipeline(driver, source, realtime=realtime)
    viewer = process = None
    try:
        if variant != VARIANTS[0]:
            viewer = serve(pipeline, port=0)
        if viewer is not None and variant == VARIANTS[2]:
            context = multiprocessing.get_context("spawn")
            ready = context.Event()
            process = context.Process(target=look, args=(f"ws://127.0.0.1:{viewer.port}", ready), daemon=True)
            process.start()
            ready.wait(60)
            time.sleep(0.5)
        with pipeline:
            started, processor = time.perf_counter(), time.process_time()
            pipeline.wait()
            seconds, processor = time.perf_counter() - started, time.process_time() - processor
            stats = pipeline.stats
        latency = stats.latency_ms
        outside = latency["to_params"][0] - latency["detect"][0]
        return {
            "fps": stats.frames / seconds,
            "cpu": 1e3 * processor / max(stats.frames, 1),
            "dropped": float(stats.dropped),
            "outside": outside,
            "to_params": latency["to_params"][0],
            "p95": latency["to_params"][1],
        }
    finally:
        if viewer is not None:
            viewer.close()
        if process is not None:
            process.join(5)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("video", nargs="?", type=Path, default=SHARED / "data" / "videos" / "LP_drv__d0.mp4")
    parser.add_argument("--flame")
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with open_source(arguments.video) as source:
        clip = [item.image for _, item in zip(range(90), source)]
    driver = Driver(arguments.flame)
    run(driver, Decoded(clip, 60, 30.0), VARIANTS[1], realtime=False)
    rounds: list[dict[str, dict[str, float]]] = []
    for number in range(arguments.rounds):
        order = VARIANTS if number % 2 == 0 else VARIANTS[::-1]
        rounds.append(
            {v: run(driver, Decoded(clip, arguments.frames, 30.0), v, realtime=False) for v in order}
        )
    print("| as fast as it goes | fps | rate against no viewer | processor ms a frame |")
    print("|---|---|---|---|")
    for variant in VARIANTS:
        fps, cpu = (statistics.median(r[variant][key] for r in rounds) for key in ("fps", "cpu"))
        ratio = statistics.median(r[variant]["fps"] / r[VARIANTS[0]]["fps"] for r in rounds)
        print(f"| {variant} | {fps:.0f} | {ratio:.2f} | {cpu:.2f} |")
    print(
        "\n| real time, 30 fps | fps | dropped | capture to parameters ms, p50 / p95 | without detection ms |"
    )
    print("|---|---|---|---|---|")
    for variant in VARIANTS:
        one = run(driver, Decoded(clip, arguments.frames, 30.0), variant, realtime=True)
        print(
            f"| {variant} | {one['fps']:.1f} | {one['dropped']:.0f} of {arguments.frames} "
            f"| {one['to_params']:.1f} / {one['p95']:.1f} | {one['outside']:.2f} |"
        )
    print("\n| real time, 30 fps, without MediaPipe | fps | dropped | processor ms a frame |")
    print("|---|---|---|---|")
    for variant in VARIANTS:
        one = run(driver, Looped(demo_source()[0], arguments.frames), variant, realtime=True)
        print(f"| {variant} | {one['fps']:.1f} | {one['dropped']:.0f} | {one['cpu']:.2f} |")


if __name__ == "__main__":
    main()
