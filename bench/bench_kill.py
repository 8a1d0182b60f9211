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
from test_take import kill_a_writer, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    kills = parser.parse_args().kills
    print("| kill | after s | frames appended | frames read | lost | monotone | old take kept |")
    print("|---|---|---|---|---|---|---|")
    worst = whole = 0
    for number in range(kills):
        after = random.uniform(0.05, 5.0)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "take.npz"
            write(path, 5)
            old = path.read_bytes()
            at_least, appended = kill_a_writer(path, after)
            kept = path.read_bytes() == old
            take = Take.load(path.with_name("take.part.npz"))
            monotone = bool((take.expression[:, 0] == np.arange(take.num_frames)).all())
            if take.num_frames < at_least:
                raise SystemExit(f"lost more than the last second: {take.num_frames} of {appended}")
            whole += kept
            worst = max(worst, appended - take.num_frames)
            print(
                f"| {number + 1} | {after:.2f} | {appended} | {take.num_frames} "
                f"| {appended - take.num_frames} | {monotone} | {kept} |"
            )
    print(
        f"\n{kills} of {kills} journals readable by Take.load, {whole} of {kills} old takes untouched;",
        end=" ",
    )
    print(f"most frames lost: {worst} (a frame every 3 to 4 ms).")


if __name__ == "__main__":
    main()
