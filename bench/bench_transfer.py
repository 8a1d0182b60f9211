#!/usr/bin/env python3
"""Motion from one FLAME file to another and back: what is left in millimetres, and how long it takes.

    python bench/bench_transfer.py [--shared ../shared]

Distances are means over all vertices and the frames of the lab test set, head unturned. "No jaw" is lab head
A with its jaw's motion in the expression: 50 principal components of posed meshes of the training set.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from mp2flame.base.values import FlameParams
from mp2flame.flame import FlameModel, load_flame
from mp2flame.rig.transfer import Transfer

SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[1] / ".." / "shared"))


def gap_mm(a: FlameModel, b: FlameModel, p: FlameParams, q: FlameParams) -> np.ndarray:
    one, other = a.prepare(None, p.num_expression), b.prepare(None, q.num_expression)
    out = []
    for start in range(0, len(p), 100):
        part = slice(start, start + 100)
        x, y = one.forward_params(p[part]), other.forward_params(q[part])
        out.append(1e3 * np.linalg.norm(x - y, axis=2).mean(1))
    return np.concatenate(out)


def components(model: FlameModel, meshes: np.ndarray, count: int, **changes: object) -> FlameModel:
    """The model with principal components of mesh motions as its expression basis, one deviation each."""
    flat = meshes.reshape(len(meshes), -1).astype(np.float64)
    u, _, _ = np.linalg.svd(flat @ flat.T)
    basis = flat.T @ u[:, :count] / np.sqrt(len(flat))
    return replace(model, exprdirs=basis.reshape(-1, 3, count).astype(np.float32), sha256="", **changes)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED)
    shared = parser.parse_args().shared
    a, b = (load_flame(shared / "models" / f"lab_head_{x}.pkl") for x in "ab")
    lab, train = (dict(np.load(shared / "data" / "lab" / f"{x}.npz")) for x in ("test", "train"))
    frames = len(lab["jaw_pose"])
    zero = np.zeros((frames, 3))
    expression = np.zeros((frames, a.num_expression))
    expression[:, :50] = lab["expression_a"]
    truth = FlameParams(expression, lab["jaw_pose"], lab["eye_pose"], zero, zero, zero)

    some = slice(0, 6000, 12)
    e = np.zeros((500, a.num_expression))
    e[:, :50] = train["expression_a"][some]
    pose = np.zeros((500, 5, 3))
    forward = a.prepare()
    still = forward(e, pose) - a.v_template
    pose[:, 2] = train["jaw_pose"][some]
    posed = forward(e, pose) - a.v_template
    few = {n: components(a, still, n) for n in (50, 25)}
    no_jaw = components(a, posed, 50, has_jaw=False)
    resting = truth.replace(eye_pose=np.zeros((frames, 6)))

    print("| way | there, mm | there and back, mm | largest coefficient | jaw error, degrees |")
    print("|---|---|---|---|---|")
    for name, one, other, params in (
        ("A, B, A", a, b, truth),
        ("A (100), 50 other components, A", a, few[50], truth),
        ("A (100), 25 other components, A", a, few[25], truth),
        ("with jaw, without, with", a, no_jaw, resting),
    ):
        there, _ = Transfer.between(one, other)(params)
        back, _ = Transfer.between(other, one)(there)
        jaw = np.rad2deg(np.linalg.norm(back.jaw_pose - params.jaw_pose, axis=1))
        print(
            f"| {name} | {gap_mm(one, other, params, there).mean():.4f} "
            f"| {gap_mm(one, one, params, back).mean():.4f} | {np.abs(there.expression).max():.1f} "
            f"| {jaw.mean():.3f} |"
        )

    print("\n| 10,000 frames, one BLAS thread | prepare, s | frames, s |\n|---|---|---|")
    rows = np.arange(10_000) % frames
    many, many_without = resting[rows], Transfer.between(a, no_jaw)(resting)[0][rows]
    for name, one, other, params in (
        ("linear, A to B", a, b, many),
        ("jaw into the expression", a, no_jaw, many),
        ("jaw recovered", no_jaw, a, many_without),
    ):
        start = time.process_time()
        way = Transfer.between(one, other)
        way(params[:1])
        middle = time.process_time()
        way(params)
        end = time.process_time()
        print(f"| {name} | {middle - start:.2f} | {end - middle:.2f} |")


if __name__ == "__main__":
    main()
