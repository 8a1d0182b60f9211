"""Every motion format: seconds to write and read a take of 10,000 frames, and what 10,000 damaged files of
each do.

    python bench/bench_formats.py [--frames 10000] [--damaged 10000] [--only vhap,lam]

Beside the times stands what the file system alone takes for as many files of that size, measured in the
same run.
Damaged files: how many still gave a take, how many one clear error, the slowest, and the largest growth of
the
process's memory; anything else stops the run.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import resource
import shutil
import sys
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "kit"))
from format_fuzz import damaged_copy
from mp2flame.base.errors import FileFormatError, MissingFileError
from mp2flame.base.values import FlameParams
from mp2flame.io.formats import FORMATS, Motion, read_motion, write_motion
from mp2flame.io.formats.files import write_file
from mp2flame.take.take import Take


def take(frames: int) -> Take:
    """Random motion of 100 coefficients at 30 frames per second."""
    rng = np.random.default_rng(0)
    params = FlameParams(
        expression=rng.normal(size=(frames, 100)),
        jaw_pose=rng.normal(size=(frames, 3)) * 0.1,
        eye_pose=rng.normal(size=(frames, 6)) * 0.2,
        neck_pose=rng.normal(size=(frames, 3)) * 0.2,
        global_orient=rng.normal(size=(frames, 3)) * 0.3,
        transl=rng.normal(size=(frames, 3)) * 0.05,
    )
    weights = rng.uniform(0, 1, (frames, 52))
    weights[:, 0] = 0
    return Take.from_params(params, np.arange(frames) * 1000 / 30, arkit_weights=weights, blendshapes=weights)


def target(folder: Path, name: str) -> Path:
    entry = FORMATS[name]
    stem = "take_expressions" if name == "animportrait3d" else "take"
    return folder / (stem + (entry.extensions[0] if entry.extensions else ""))


def remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def bare(folder: Path, path: Path) -> float:
    """Seconds that the same number of files of the same sizes take with nothing computed."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    sizes = [p.stat().st_size for p in files]
    data = bytes(max(sizes))
    place = folder / "bare"
    place.mkdir()
    start = time.perf_counter()
    for index, size in enumerate(sizes):
        write_file(f"{place}/{index}", data[:size])
    seconds = time.perf_counter() - start
    shutil.rmtree(place)
    return seconds


def speed(names: list[str], frames: int) -> None:
    recording = take(frames)
    print(f"| format | write {frames} frames, s | of it processor, s | files alone, s | read, s | MB |")
    print("|---|---|---|---|---|---|")
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            path = target(Path(folder), name)
            start, busy = time.perf_counter(), time.process_time()
            write_motion(recording, path, name)
            wrote, busy = time.perf_counter() - start, time.process_time() - busy
            files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
            size = sum(p.stat().st_size for p in files) / 1e6
            alone = bare(Path(folder), path)
            start = time.perf_counter()
            read_motion(path)
            took = time.perf_counter() - start
        print(f"| {name} | {wrote:.2f} | {busy:.2f} | {alone:.2f} | {took:.2f} | {size:.1f} |", flush=True)


def damaged(names: list[str], count: int) -> None:
    print(
        f"\n| format | {count} damaged files: a take | one clear error | slowest, ms | memory grew by, MB |"
    )
    print("|---|---|---|---|---|")
    recording = take(2)
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            source = target(Path(folder), name)
            write_motion(
                Motion(recording),
                source,
                name,
                **({"num_vertices": 60} if name.startswith("gaussian") else {}),
            )
            rng = np.random.default_rng(zlib.crc32(name.encode()))
            copy = Path(folder) / "copy"
            copy.mkdir()
            if name == "animportrait3d":
                shutil.copy(str(source).replace("expressions", "poses"), copy)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            good = refused = 0
            slowest = 0.0
            for index in range(count):
                path = damaged_copy(source, copy / source.name, rng)
                start = time.perf_counter()
                try:
                    read_motion(path, format=name if index % 2 else None)
                    good += 1
                except (FileFormatError, MissingFileError):
                    refused += 1
                slowest = max(slowest, time.perf_counter() - start)
            grew = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"| {name} | {good} | {refused} | {slowest * 1000:.0f} | {grew:.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--damaged", type=int, default=10_000)
    parser.add_argument("--only", help="names, with commas")
    arguments = parser.parse_args()
    names = arguments.only.split(",") if arguments.only else list(FORMATS)
    if arguments.frames:
        speed(names, arguments.frames)
    if arguments.damaged:
        damaged(names, arguments.damaged)


if __name__ == "__main__":
    main()
