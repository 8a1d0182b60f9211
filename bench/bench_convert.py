"""``MP_2_FLAME.convert`` against the three products of the public repository, in one run.

    python bench/bench_convert.py [--mapping FOLDER] [--rows 1000000]

Time is the best of several; memory is the peak of a fresh process of its own above what it held with the
input. Without a folder, matrices of the same sizes are made up. One BLAS thread.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import timeit
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np

from mp_2_flame import MP_2_FLAME


def products(folder: str):
    a, b, c = (np.load(os.path.join(folder, f"{n}.npy")) for n in ("bs2exp", "bs2jaw", "bs2eye"))
    return lambda x: (x @ a, x @ b, x @ c)


def peak(folder: str, which: str, rows: int, dtype: str) -> float:
    """Megabytes above the input, from a process of its own."""
    command = [
        sys.executable,
        __file__,
        "--one",
        which,
        "--mapping",
        folder,
        "--rows",
        str(rows),
        "--dtype",
        dtype,
    ]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def high_water() -> int:
    """Peak resident kilobytes of this process (Linux; unlike ru_maxrss not inherited from the parent)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def one(folder: str, which: str, rows: int, dtype: str) -> None:
    convert = products(folder) if which == "products" else MP_2_FLAME(folder).convert
    convert(np.zeros((10, 52), dtype))
    x = np.full((rows, 52), 0.25, dtype)
    before = high_water()
    kept = convert(x)
    after = high_water()
    assert len(kept[0]) == rows
    print((after - before) / 1024)


def best_of_both(f, g, x, repeat: int) -> tuple[float, float]:
    """Taken in turns, so that a busy moment hits both."""
    times: list[list[float]] = [[], []]
    for _ in range(repeat):
        for i, h in enumerate((f, g)):
            start = time.perf_counter()
            result = h(x)
            times[i].append(time.perf_counter() - start)
            del result
    return min(times[0]), min(times[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mapping")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--one")
    parser.add_argument("--dtype", default="float32")
    args = parser.parse_args()
    if args.one:
        one(args.mapping, args.one, args.rows, args.dtype)
        return
    with tempfile.TemporaryDirectory() as made:
        folder = args.mapping or made
        if not args.mapping:
            for name, width in (("bs2exp", 100), ("bs2jaw", 3), ("bs2eye", 6)):
                matrix = np.random.default_rng(0).normal(size=(52, width)).astype(np.float32)
                np.save(Path(made) / f"{name}.npy", matrix)
        ours, theirs = MP_2_FLAME(folder).convert, products(folder)
        print("| rows | input | three products | convert | time ratio | peak memory MB, products / convert |")
        print("|---|---|---|---|---|---|")
        rng = np.random.default_rng(0)
        for dtype in ("float32", "float64"):
            x = rng.random((1, 52)).astype(dtype)
            pairs = [
                (
                    timeit.timeit(lambda x=x: theirs(x), number=2000),
                    timeit.timeit(lambda x=x: ours(x), number=2000),
                )
                for _ in range(9)
            ]
            a, b = (min(p[i] for p in pairs) / 2000 * 1e6 for i in (0, 1))
            print(f"| 1 | {dtype} | {a:.1f} µs | {b:.1f} µs | {b / a:.2f} | |")
        for dtype in ("float32", "float64"):
            x = rng.random((args.rows, 52), dtype=np.float32).astype(dtype)
            a, b = best_of_both(theirs, ours, x, 5)
            del x
            memory = [peak(folder, which, args.rows, dtype) for which in ("products", "convert")]
            print(
                f"| {args.rows} | {dtype} | {a * 1e3:.0f} ms | {b * 1e3:.0f} ms | {b / a:.2f} | "
                f"{memory[0]:.0f} / {memory[1]:.0f} |"
            )


if __name__ == "__main__":
    main()
