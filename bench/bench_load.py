"""Loading a FLAME file and solving its rig: cold (nothing cached), and from the cache.

    python bench/bench_load.py [path/to/flame.pkl]

Cold means an empty cache folder; the file itself is in the system's file cache after the first row.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy is imported

from mp2flame.flame import load_flame

try:
    from mp2flame.rig.rig import solve_rig
except ImportError:
    solve_rig = None  # type: ignore[assignment]


SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("flame", nargs="?", type=Path, default=SHARED / "models" / "lab_head_a.pkl")
    flame = parser.parse_args().flame
    print("Seconds, best of 5; asked for load and rig together: 1.5 cold, 0.3 from the cache\n")
    print("| | load | rig | together |")
    print("|---|---|---|---|")
    cold, warm = [], []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["MP2FLAME_CACHE"] = folder
            for rows in (cold, warm):
                start = time.perf_counter()
                model = load_flame(flame)
                loaded = time.perf_counter()
                if solve_rig is not None:
                    solve_rig(model)
                rows.append((loaded - start, time.perf_counter() - loaded))
    for name, rows in (("cold", cold), ("from the cache", warm)):
        load, rig = min(rows, key=sum)
        print(f"| {name} | {load:.3f} | {rig:.3f} | {load + rig:.3f} |")


if __name__ == "__main__":
    main()
