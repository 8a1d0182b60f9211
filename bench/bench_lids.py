"""Lids and lips on the mesh of a head, and what the limits cost per frame.

    python bench/bench_lids.py [HEAD ...]

Without arguments: the built-in head. The rig alone (plain sum of shapes) stands beside the rig with limits.
"""

from __future__ import annotations

import argparse
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import time

import numpy as np

from mp2flame import Driver
from mp2flame.embedding import embedding_for
from mp2flame.evaluate import evaluate_head
from mp2flame.measures import eye_openings, lid_gap_mm, lid_penetration_mm, lip_gap_mm
from mp2flame.types import FlameParams


def plain(driver: Driver, weights: np.ndarray) -> np.ndarray:
    """Vertices of the sum of shapes without limits."""
    zero = np.zeros((len(weights), 3), np.float32)
    return driver.vertices(FlameParams(*driver.rig.apply(weights), zero, zero, zero))


def worst(driver: Driver, vertices: np.ndarray) -> list[float]:
    """Least lid gap (mean over an eye), deepest penetration, least lip gap (mean), furthest landmark; mm."""
    openings, embedding = eye_openings(driver.model), embedding_for(driver.model)
    points = embedding.landmarks(vertices)
    rest = embedding.landmarks(driver.model.v_template)
    return [
        min(float(lid_gap_mm(vertices, opening).mean(-1).min()) for opening in openings),
        max(float(lid_penetration_mm(vertices, opening).max()) for opening in openings),
        float(lip_gap_mm(points).mean(-1).min()),
        1e3 * float(np.linalg.norm(points - rest, axis=-1).max()),
    ]


def seconds(work, argument: np.ndarray, repeats: int = 400) -> float:
    """Median time of a call."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work(argument)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("heads", nargs="*", default=[None])
    rng = np.random.default_rng(0)
    extreme = np.concatenate(
        [rng.random((150, 52)), rng.random((150, 52)) < 0.5, np.ones((1, 52))]
    ).astype(np.float32)  # fmt: skip
    for head in parser.parse_args().heads:
        driver = Driver(head)
        found = evaluate_head(driver)
        print(
            f"\n{driver.model.release}\n\n| pose | gap max mm | gap mean mm | in the eyeball mm |\n"
            "|---|---|---|---|"
        )
        for pose, f in found["lids"].items():
            print(f"| {pose} | {f['gap_max']:.2f} | {f['gap_mean']:.2f} | {f['penetration']:.2f} |")
        print("\n| pose | lip gap mean mm | change from rest mm |\n|---|---|---|")
        for pose, f in found["lips"].items():
            print(f"| {pose} | {f['gap_mean']:.2f} | {f['from_rest']:.2f} |")
        print("\n| 301 extremes | least lid gap mm | in the eyeball mm | least lip gap mm | furthest mm |")
        print("|---|---|---|---|---|")
        limited = driver.vertices(driver.params_from_weights(extreme))
        for name, vertices in (("sum of shapes", plain(driver, extreme)), ("with limits", limited)):
            print(f"| {name} | " + " | ".join(f"{v:.1f}" for v in worst(driver, vertices)) + " |")
        one = (rng.random(52) ** 4).astype(np.float32)
        bare, rig, both = (
            seconds(work, one) for work in (driver.limits, driver.rig.apply, driver.params_from_weights)
        )
        print(
            f"\nlimits per frame: {1e6 * bare:.0f} us; rig {1e6 * rig:.0f} us; together {1e6 * both:.0f} us"
        )


if __name__ == "__main__":
    main()
