#!/usr/bin/env python3
"""The solved rig against the lab heads' known shapes, and how long it takes.

    python bench/bench_rig.py [--shared ../shared]

Errors are mean distances over the face (front half of the skin) of one shape at weight 1, in millimetres.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from mp2flame.base.channels import BLENDSHAPES
from mp2flame.flame import FlameModel, load_flame
from mp2flame.rig.rig import Rig, solve_rig

SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[1] / ".." / "shared"))


def meshes(model: FlameModel, expression: np.ndarray, jaw_pose: np.ndarray) -> np.ndarray:
    full = np.zeros((len(expression), model.num_expression))
    full[:, : expression.shape[1]] = expression
    pose = np.zeros((len(expression), 5, 3))
    pose[:, 2] = jaw_pose
    return model.prepare()(full, pose)


def true_meshes(model: FlameModel, truth: dict) -> np.ndarray:
    names = [str(name) for name in truth["shape_names"]]
    expression, jaw = np.zeros((52, 50)), np.zeros((52, 3))
    for row, name in enumerate(BLENDSHAPES[1:], 1):
        sided = name.replace("Left", "_L") if name.endswith("Left") else name.replace("Right", "_R")
        for part in {name, sided, f"{name}_L", f"{name}_R"} & set(names):
            expression[row] += truth["expression_a"][names.index(part)]
            jaw[row] += truth["jaw_pose"][names.index(part)]
    return meshes(model, expression, jaw)


def statistical_basis(model: FlameModel, lab: dict, count: int) -> FlameModel:
    """A basis as FLAME's is made: principal components of plausible faces, one standard deviation each."""
    flat = model.exprdirs[:, :, :50].reshape(-1, 50).astype(float)
    root = np.linalg.cholesky(np.cov(lab["expression_a"].T.astype(float)) + 1e-12 * np.eye(50))
    u, s, _ = np.linalg.svd(flat @ root, full_matrices=False)
    basis = (u * s)[:, :count].reshape(-1, 3, count)
    return replace(model, exprdirs=basis.astype(np.float32), sha256="")


def best_ms(call, repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED)
    shared = parser.parse_args().shared
    paths = {x: shared / "models" / f"lab_head_{x}.pkl" for x in "ab"}
    heads = {x: load_flame(path) for x, path in paths.items()}
    head = heads["a"]
    truth = dict(np.load(shared / "models" / "lab_head_truth.npz"))
    lab = dict(np.load(shared / "data" / "lab" / "train.npz"))
    expected = true_meshes(head, truth)
    face = (head.v_template[:, 2] > 0) & (head.lbs_weights[:, 3:].sum(1) < 0.5)

    def error(model: FlameModel, rig: Rig, against: np.ndarray = expected) -> np.ndarray:
        gap = meshes(model, rig.expression, rig.jaw_pose) - against
        return 1e3 * np.linalg.norm(gap, axis=2)[:, face].mean(1)[1:]

    def row(name: str, model: FlameModel, rig: Rig, e: np.ndarray) -> None:
        worst = BLENDSHAPES[1:][int(e.argmax())]
        print(
            f"| {name} | {e.mean():.3f} | {e.max():.3f} ({worst}) | {np.abs(rig.expression).max():.1f} "
            f"| {len(rig.notes)} |"
        )

    print("| basis | mean mm | worst mm | largest coefficient | notes |\n|---|---|---|---|---|")
    rigs = {x: solve_rig(model, use_cache=False) for x, model in heads.items()}
    for x, model in heads.items():
        row(f"lab head {x.upper()}", model, rigs[x], error(model, rigs[x]))
    b_meshes = meshes(heads["b"], rigs["b"].expression, rigs["b"].jaw_pose)
    row("A against B", head, rigs["a"], error(head, rigs["a"], b_meshes))
    for count in (50, 25, 15):
        model = statistical_basis(head, lab, count)
        rig = solve_rig(model)
        row(f"statistical, {count} components", model, rig, error(model, rig))

    print("\n| time, one BLAS thread | ms |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MP2FLAME_CACHE"] = folder
        print(f"| solve | {best_ms(lambda: solve_rig(head, use_cache=False)):.0f} |")
        cold = best_ms(lambda: solve_rig(load_flame(paths["b"])), 1)
        warm = best_ms(lambda: solve_rig(load_flame(paths["b"])), 3)
        print(f"| load the pickle and solve, first time | {cold:.0f} |")
        print(f"| load the pickle, rig from the cache | {warm:.0f} |")


if __name__ == "__main__":
    main()
