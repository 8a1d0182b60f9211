"""Frames per second of a whole run (read, detect, solve, record) against a bare decode + MediaPipe loop.

    python bench/bench_run.py [VIDEO ...]      default: the 512x512 clips of the shared folder

Both loops take turns in one process, BLAS on one thread; the median of the rounds is reported. The bare loop
decodes with PyAV and calls MediaPipe's own Python interface in video mode, nothing else.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

import numpy as np

from mp2flame import Driver
from mp2flame.io.sources import open_source
from mp2flame.observe.detector import quiet_stderr
from mp2flame.observe.model_file import find_face_landmarker
from mp2flame.take.writer import TakeWriter

SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def bare(path: Path, model: Path) -> tuple[int, float]:
    """(frames, seconds) of decoding and MediaPipe alone."""
    import av
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)),
        running_mode=vision.RunningMode.VIDEO,
        output_face_blendshapes=True,
        output_facial_transformation_matrixes=True,
    )
    with (
        quiet_stderr(),
        vision.FaceLandmarker.create_from_options(options) as landmarker,
        av.open(path) as file,
    ):
        started, count = time.perf_counter(), 0
        for frame in file.decode(video=0):
            image = mediapipe.Image(mediapipe.ImageFormat.SRGB, frame.to_ndarray(format="rgb24"))
            landmarker.detect_for_video(image, round(frame.time * 1000))
            count += 1
        return count, time.perf_counter() - started


def whole(path: Path, driver: Driver, model: Path, folder: Path) -> tuple[int, float]:
    """(frames, seconds) of reading, detecting, solving and recording."""
    count = 0
    with (
        open_source(path) as source,
        TakeWriter(folder / "t.npz", num_expression=driver.num_expression, overwrite=True) as writer,
    ):
        frames = driver.run(source, model_path=model)
        started = time.perf_counter()
        for frame in frames:
            writer.append(frame)
            count += 1
        seconds = time.perf_counter() - started
    return count, seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("videos", nargs="*", type=Path)
    parser.add_argument("--flame")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    videos = arguments.videos or [
        SHARED / "data" / "videos" / n for n in ("LP_drv__d0.mp4", "LP_drv__d12.mp4")
    ]
    model = find_face_landmarker()
    driver = Driver(arguments.flame)
    driver.params_from_weights(np.zeros(52, np.float32))  # the rig is solved once, not per video
    print("| video | frames | bare loop fps | whole run fps | ratio (median of rounds) | worst round |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for path in videos:
            bare(path, model)
            whole(path, driver, model, Path(folder))
            rates: list[tuple[float, float]] = []
            for number in range(arguments.rounds):
                order = (0, 1) if number % 2 == 0 else (1, 0)
                pair = [0.0, 0.0]
                for which in order:
                    count, seconds = (
                        bare(path, model) if which == 0 else whole(path, driver, model, Path(folder))
                    )
                    pair[which] = count / seconds
                rates.append((pair[0], pair[1]))
            ratios = [b / a for a, b in rates]
            print(
                f"| {path.name} | {count} | {statistics.median(a for a, _ in rates):.0f} "
                f"| {statistics.median(b for _, b in rates):.0f} | {statistics.median(ratios):.2f} "
                f"| {min(ratios):.2f} |"
            )


if __name__ == "__main__":
    main()
