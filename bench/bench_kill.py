"""Kill a writing process at random moments: how much of the recording is lost?

python bench/bench_kill.py [--kills 20]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import numpy as np

from mp2flame.take.take import Take

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "take"))
from test_take import kill_a_writer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    kills = parser.parse_args().kills
    print("| kill | after s | frames appended | frames read | lost | monotone | np.load |")
    print("|---|---|---|---|---|---|---|")
    worst = plain = 0
    for number in range(kills):
        after = random.uniform(0.05, 5.0)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "take.npz"
            at_least, appended = kill_a_writer(path, after)
            take = Take.load(path)
            monotone = bool((take.expression[:, 0] == np.arange(take.num_frames)).all())
            try:
                with np.load(path) as archive:
                    readable = len(archive["landmarks"]) if "landmarks" in archive.files else 0
                plain += 1
            except Exception as error:
                readable = type(error).__name__
            if take.num_frames < at_least:
                raise SystemExit(f"lost more than the last second: {take.num_frames} of {appended}")
            worst = max(worst, appended - take.num_frames)
            print(
                f"| {number + 1} | {after:.2f} | {appended} | {take.num_frames} "
                f"| {appended - take.num_frames} | {monotone} | {readable} |"
            )
    print(f"\n{kills} of {kills} takes readable by Take.load, {plain} by plain np.load;", end=" ")
    print(f"most frames lost: {worst} (a frame every 3 to 4 ms).")


if __name__ == "__main__":
    main()
