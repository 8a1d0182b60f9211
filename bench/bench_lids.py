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
from mp2flame.base.channels import INDEX
from mp2flame.base.values import FlameParams
from mp2flame.evaluate import evaluate_head
from mp2flame.flame.eyes import eye_openings, lid_gap_mm, lid_penetration_mm
from mp2flame.flame.landmarks import embedding_for
from mp2flame.flame.lips import lip_gap_mm


def plain(driver: Driver, weights: np.ndarray) -> np.ndarray:
    """Vertices of the sum of shapes without limits and correctives."""
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


def searched(driver: Driver, rng: np.random.Generator) -> list[float]:
    """The worst of each that a search over weights in 0..1 finds: lid gap, penetration, lip gap."""
    openings, embedding = eye_openings(driver.model), embedding_for(driver.model)

    def bad(weights: np.ndarray, goal: int) -> np.ndarray:
        vertices = driver.vertices(driver.params_from_weights(weights.astype(np.float32)))
        if goal == 1:
            return np.max([lid_penetration_mm(vertices, opening) for opening in openings], axis=0)
        if goal == 0:
            return -np.min([lid_gap_mm(vertices, opening).mean(-1) for opening in openings], axis=0)
        return -lip_gap_mm(embedding.landmarks(vertices)).mean(-1)

    found = []
    for goal in range(3):
        best = np.concatenate([rng.random((100, 52)) < 0.3, rng.random((60, 52))]).astype(float)
        value = bad(best, goal)
        for _ in range(40):
            keep = np.argsort(-value)[:12]
            near = np.repeat(best[keep], 6, axis=0)
            near = np.where(rng.random(near.shape) < 0.06, rng.choice([0, 0.5, 1], near.shape), near)
            near = np.clip(near + (rng.random(near.shape) < 0.1) * rng.normal(0, 0.2, near.shape), 0, 1)
            best = np.concatenate([best[keep], near])
            value = np.concatenate([value[keep], bad(near, goal)])
        found.append(float(value.max()) * (1 if goal == 1 else -1))
    return found


def closing(driver: Driver) -> None:
    """``mouthClose`` equal to ``jawOpen`` over its range: change of the lips' gap from rest, seven places."""
    embedding = embedding_for(driver.model)
    amounts = np.array([0.1, 0.25, 0.5, 0.75, 1.0])
    weights = np.zeros((len(amounts), 52), np.float32)
    weights[:, [INDEX["jawOpen"], INDEX["mouthClose"]]] = amounts[:, None]
    rest = lip_gap_mm(embedding.landmarks(driver.model.v_template))
    print("\n| jawOpen = mouthClose | sum of shapes: mean, least, most | as driven: mean, least, most mm |")
    print("|---|---|---|")
    before = lip_gap_mm(embedding.landmarks(plain(driver, weights))) - rest
    after = lip_gap_mm(embedding.landmarks(driver.vertices(driver.params_from_weights(weights)))) - rest
    for amount, *rows in zip(amounts, before, after):
        cells = [f"{r.mean():.2f}, {r.min():.2f}, {r.max():.2f}" for r in rows]
        print(f"| {amount:g} | " + " | ".join(cells) + " |")


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
        gap, depth, lips = searched(driver, rng)
        print(f"| with limits, searched for | {gap:.1f} | {depth:.2f} | {lips:.1f} | |")
        closing(driver)
        faces = (rng.random((60, 52)) ** 8).astype(np.float32)  # a few shapes at a time, as in a face
        print()
        for name, rows in (("a face", faces), ("many shapes at once", faces ** (1 / 4))):
            rig, both = (
                1e6 * np.quantile([seconds(work, row, 30) for row in rows], [0.5, 0.9])
                for work in (driver.rig.apply, driver.params_from_weights)
            )
            print(
                f"{name}, one frame, median and 90 %: rig {rig[0]:.0f} us; "
                f"with limits, lids and lips {both[0]:.0f}, {both[1]:.0f} us"
            )


if __name__ == "__main__":
    main()
