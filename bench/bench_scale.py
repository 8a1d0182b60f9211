"""Memory and time of a fit over millions of rows, and of extraction with one and two workers.

    python bench/bench_scale.py fit [MILLIONS ...]     1 3 10 unless said otherwise
    python bench/bench_scale.py workers [VIDEOS [ROUNDS]]     a folder of videos, data/videos of the test material unless said

The rows are generated shard by shard while they are read, as 'mp2flame fit' sees them: sums of 52 scores against
109 outputs by person and kind of frame, with the sketches that the mapping's coverage needs, then a ridge with
its strength chosen by leaving people out. Writing 100 million rows as Parquet would take 65 GB of disk; reading
Parquet is timed apart, on one real shard. Seconds are those of the processor, one thread.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

from mp2flame.learn.fit import Options, fit
from mp2flame.learn.shards import ClipInfo, Rows, read_rows, write_shard
from mp2flame.learn.summary import Summary, row_keys

SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[2] / "shared"))
ROWS = 16_384
PEOPLE = 32


def resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def block(rng: np.random.Generator, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x = rng.random((ROWS, 52), dtype=np.float32)
    x *= x * x
    y = x @ weights
    y += 0.1 * rng.standard_normal(y.shape, dtype=np.float32)
    return x, y


def fits(millions: list[float]) -> None:
    weights = np.random.default_rng(0).normal(size=(52, 109)).astype(np.float32)
    print("| rows | s, sums and fit | rows per second | peak memory MB | largest error of a weight |")
    print("|---|---|---|---|---|")
    for size in millions:
        rng = np.random.default_rng(1)
        total, spent = Summary.zeros(109, PEOPLE), 0.0
        count = max(int(size * 1e6) // ROWS, PEOPLE)
        for i in range(count):
            x, y = block(rng, weights)
            started = time.process_time()
            part = Summary.zeros(109, PEOPLE)
            part.add_rows(x, y, i % PEOPLE, row_keys(f"shard{i}", np.arange(ROWS)))
            part.clips = {f"shard{i}"}
            total.add(part)
            spent += time.process_time() - started
        started = time.process_time()
        linear = fit(total, Options("ridge")).linear
        spent += time.process_time() - started
        error = np.abs(linear.weights - weights).max()
        print(
            f"| {count * ROWS:,} | {spent:.1f} | {count * ROWS / spent:,.0f} | {resident_mb():.0f} | {error:.4f} |",
            flush=True,
        )


def reading() -> None:
    rng = np.random.default_rng(0)
    n = 4 * ROWS
    z, f = np.zeros((n, 3), np.float32), np.float32
    rows = Rows(np.arange(n, dtype=np.int32), np.arange(n) * 40.0, rng.random((n, 52), f), rng.random((n, 100), f), z,
                rng.random((n, 6), f), z, z)  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        path = write_shard(name, ClipInfo("a", "a"), rows)
        spent = []
        for _ in range(5):
            started = time.process_time()
            count = sum(len(part.outputs) for part in read_rows(path))
            spent.append(time.process_time() - started)
        print(f"\nreading Parquet shards: {count / min(spent):,.0f} rows per second")


def by_others() -> float:
    """Seconds of processor time that everybody but this process and its children had so far, the host of a
    virtual machine included; 0 where the system does not tell."""
    try:
        ticks = [int(v) for v in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    except (OSError, ValueError):
        return 0.0
    mine = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK") - mine


def workers(folder: Path, rounds: int) -> None:
    """One and two workers, with a core for each and without; the best of some rounds, taken in turns."""
    from mp2flame.learn import parallel
    from mp2flame.learn.batch import find_videos, run_batch

    videos = [path for path, _ in find_videos([folder])]
    start, cores = parallel._cores, sorted(os.sched_getaffinity(0))
    ways = {
        "1 worker, any core (as shipped)": (1, False),
        "1 worker, held to one core": (1, True),
        "2 workers, any core": (2, False),
        "2 workers, a core each (as shipped)": (2, True),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    frames = 0
    with tempfile.TemporaryDirectory() as name:
        for number in range(rounds):
            for way, (count, held) in ways.items():
                parallel._cores = start if held else list
                if count == 1 and held:
                    os.sched_setaffinity(0, cores[:1])
                others, started = by_others(), time.perf_counter()
                done = run_batch(videos, Path(name) / f"{number}-{count}-{held}", workers=count)
                spent = time.perf_counter() - started
                found[way].append((spent, (by_others() - others) / spent))
                os.sched_setaffinity(0, cores)
                frames = sum(r.frames for r in done)
                print(f"{way}: {spent:.1f} s, others had {found[way][-1][1]:.2f} cores", file=sys.stderr)
    parallel._cores = start
    best = {way: min(runs) for way, runs in found.items()}
    one = best["1 worker, any core (as shipped)"][0]
    print(
        f"| {len(videos)} videos, {frames} frames, best of {rounds} | s | frames per second | against one worker | cores that others had |"
    )
    print("|---|---|---|---|---|")
    for way, (spent, others) in best.items():
        print(f"| {way} | {spent:.1f} | {frames / spent:.0f} | {one / spent:.2f} | {others:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_subparsers(dest="what")
    fitting = what.add_parser("fit")
    fitting.add_argument("millions", nargs="*", type=float, default=[1.0, 3.0, 10.0])
    working = what.add_parser("workers")
    working.add_argument("videos", nargs="?", type=Path, default=SHARED / "data/videos")
    working.add_argument("rounds", nargs="?", type=int, default=3)
    options = parser.parse_args()
    if options.what == "workers":
        workers(options.videos, options.rounds)
    else:
        fits(getattr(options, "millions", fitting.get_default("millions")))
        reading()


if __name__ == "__main__":
    main()
