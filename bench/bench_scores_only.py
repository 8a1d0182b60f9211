"""Clips driven from their scores alone, beside the scores as they are: which measures are worse?

    python bench/bench_scores_only.py [TAKE_OR_VIDEO ...] [--flame HEAD] [--least .005]

Landmarks are used to judge only. Twice: without a resting face, and with the one that ``run`` finds in such a file. Every
measure that ``mp2flame evaluate`` takes of a clip; a gain counts by its distance from 1.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from dataclasses import replace

import numpy as np

from bench_calibrate import figures, parser_of, takes
from mp2flame import Driver, Take
from mp2flame.base.detection import Detection
from mp2flame.base.errors import NoFaceError
from mp2flame.evaluate import ClipResult, evaluate_clip
from mp2flame.evaluate.rows import DRIVEN, SCORES


def from_scores(take: Take, driver: Driver, rest: bool) -> Take:
    """The take as its scores alone drive the head."""
    rows = np.flatnonzero(take.detected)
    seen = Detection(take.blendshapes[rows], None, None, None)
    weights = np.zeros_like(take.arkit_weights)
    weights[rows] = driver.estimator(seen, driver.estimator.neutral(seen) if rest else None)
    params = driver.params_from_weights(weights)
    return replace(
        take, arkit_weights=weights, expression=params.expression, jaw_pose=params.jaw_pose, eye_pose=params.eye_pose
    )  # fmt: skip


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--least", type=float, default=0.005, help="smaller differences are none")
    args = parser.parse_args()
    driver = Driver(args.flame)
    found: dict[str, list[ClipResult]] = {"no resting face": [], "the one that is found": []}
    for clip, take in takes(args, driver):
        for name, results in found.items():
            driven = from_scores(take, driver, name != "no resting face")
            try:
                results.append(evaluate_clip(clip, driven, driver))
            except NoFaceError as error:
                print(f"left out: {error}")
                break
    for name, results in found.items():
        ours, scores = figures(results, DRIVEN), figures(results, SCORES)
        print(
            f"\n{name}, {len(results)} clips\n\n| | scores alone | scores as they are | |\n|---|---|---|---|"
        )
        worse = 0
        for measure in [name for name in scores if name in ours]:
            (a, up), (b, _) = ours[measure], scores[measure]
            bad = (b - a if up else a - b) > args.least
            worse += bad
            print(f"| {measure} | {a:.3f} | {b:.3f} | {'worse' if bad else ''} |")
        print(f"\nworse by more than {args.least:g}: {worse} of {len(scores)}")


if __name__ == "__main__":
    main()
