"""Gather of flame-head-tracker files against the public notebook's way of reading them, in one run.

    python bench/bench_gather.py [FILES]        46000 unless said otherwise

The files are made with the true shapes of the small arrays (no pictures). The notebook's way: ``np.load`` with
pickles allowed, every key of every file read, values appended to lists. It gets a tenth of the files. Both are timed in seconds of processor time, which a busy machine does not blur as much.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

from mp2flame.base.values import FlameParams
from mp2flame.io.formats import write_motion
from mp2flame.learn.gather import gather
from mp2flame.learn.shards import open_shards
from mp2flame.take.take import Take

PER_CLIP = 1000
_SMALL = {"lmks_68": (1, 68, 2), "lmks_ears": (1, 20, 2), "lmks_eyes": (1, 10, 2)}


def make(folder: Path, frames: int, seed: int) -> None:
    r = np.random.default_rng(seed)
    zero = np.zeros((frames, 3), np.float32)
    params = FlameParams(
        r.normal(size=(frames, 100)),
        0.1 * r.random((frames, 3)),
        0.1 * r.normal(size=(frames, 6)),
        zero,
        zero,
        zero,
    )
    take = Take.from_params(params, np.arange(frames) * 40.0, blendshapes=r.random((frames, 52)) * 0.5)
    write_motion(take, folder, "flame-head-tracker", version="4.1")


def notebook(files: list[Path]) -> float:
    started = time.process_time()
    columns: dict[str, list[np.ndarray]] = {}
    for file in files:
        loaded = np.load(file, allow_pickle=True)
        for key in loaded.files:
            columns.setdefault(key, []).append(loaded[key])
    for key in ("blendshape_scores", "exp", "jaw_pose", "eye_pose"):
        np.concatenate(columns[key])
    return len(files) / (time.process_time() - started)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="?", type=int, default=46_000)
    wanted = parser.parse_args().files
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        clips = max(wanted // PER_CLIP, 1)
        for i in range(clips):
            take = root / "tracked" / f"person{i}" / "take"
            take.parent.mkdir(parents=True)
            make(take, min(PER_CLIP, wanted), i)
        files = sorted((root / "tracked").rglob("*.npz"))
        rates = [notebook(files[: max(len(files) // 20, 100)])]
        started = time.process_time()
        gather([root / "tracked"], root / "shards")
        ours = len(files) / (time.process_time() - started)
        rates.append(notebook(files[: max(len(files) // 20, 100)]))
        assert open_shards(root / "shards").num_rows == len(files)
        theirs = float(np.mean(rates))
        print("| flame-head-tracker files, small arrays only | files | files per second | times |")
        print("|---|---|---|---|")
        print(f"| the notebook's way | {2 * max(len(files) // 20, 100)} | {theirs:.0f} | 1 |")
        print(
            f"| `mp2flame gather`, one process, shards written | {len(files)} | {ours:.0f} | {ours / theirs:.1f} |"
        )
        print(
            f"\nagainst the 79 files a second that the notebook shows (with pictures in the files): {ours / 79:.0f} times"
        )


if __name__ == "__main__":
    main()
