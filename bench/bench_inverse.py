#!/usr/bin/env python3
"""FLAME parameters to ARKit weights: error against known weights, and how long it takes.

    python bench/bench_inverse.py [--shared ../shared]

Mean absolute error over the visible shapes (``Inverse.visible``). "Round trip": the lab test set's weights
through the rig and back. "Truth": the lab test set's own parameters, made without our rig; its eyes turn
0.49 rad of yaw and 0.38 of pitch per unit where the rig's rule is 0.6 and 0.5, and one of its 55 shapes has
no ARKit name.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import time
from pathlib import Path

import numpy as np

from mp2flame.base.channels import BLENDSHAPES
from mp2flame.base.values import FlameParams
from mp2flame.flame import FlameModel, load_flame
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.rig.inverse import Inverse

SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[1] / ".." / "shared"))


def lab_weights(lab: dict) -> np.ndarray:
    """``(N, 52)``; the shapes that are split into sides are averaged."""
    columns = [str(name) for name in lab["arkit_names"]]
    weights = np.zeros((len(lab["arkit_weights"]), 52), np.float32)
    for i, name in enumerate(BLENDSHAPES):
        short = name.replace("Left", "_L") if name.endswith("Left") else name.replace("Right", "_R")
        parts = [columns.index(x) for x in {name, short, f"{name}_L", f"{name}_R"} if x in columns]
        if parts:
            weights[:, i] = lab["arkit_weights"][:, parts].mean(1)
    return weights


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED)
    shared = parser.parse_args().shared
    lab = dict(np.load(shared / "data" / "lab" / "test.npz"))
    shapes = np.load(shared / "models" / "lab_head_truth.npz")
    weights = lab_weights(lab)
    zero = np.zeros((len(weights), 3))
    heads: dict[str, FlameModel] = {
        f"lab head {x.upper()}": load_flame(shared / "models" / f"lab_head_{x}.pkl") for x in "ab"
    }
    heads["built-in"] = builtin_head()
    print("| head | visible shapes | round trip | truth | truth, weights above .05 | outside 0..1 |")
    print("|---|---|---|---|---|---|")
    for name, model in heads.items():
        inverse = Inverse.of(model)
        seen = inverse.visible
        expression, jaw, eyes = inverse.rig.apply(weights)
        back = inverse.weights(FlameParams(expression, jaw, eyes, zero, zero, zero))
        cells = [f"{np.abs(back - weights)[:, seen].mean():.4f}"]
        outside = int(((back < 0) | (back > 1)).sum())
        if name.startswith("lab"):
            e = np.zeros((len(weights), model.num_expression))
            e[:, :50] = lab["arkit_weights"] @ shapes[f"expression_{name[-1].lower()}"]
            params = FlameParams(e, lab["jaw_pose"], lab["eye_pose"], zero, zero, zero)
            found = inverse.weights(params)
            error = np.abs(found - weights)[:, seen]
            active = weights[:, seen] > 0.05
            cells += [f"{error.mean():.4f}", f"{error[active].mean():.4f}"]
            outside += int(((found < 0) | (found > 1)).sum())
        else:
            cells += ["", ""]
        print(f"| {name} | {int(seen.sum())} of 51 | {' | '.join(cells)} | {outside} |")

    inverse = Inverse.of(heads["lab head A"])
    hard = np.argsort(inverse.alone_mm[1:])[:6] + 1
    print(
        "\nHardest to tell apart: "
        + ", ".join(f"{BLENDSHAPES[i]} {inverse.alone_mm[i]:.3f} mm" for i in hard)
    )
    many = weights[np.arange(10_000) % len(weights)]
    expression, jaw, eyes = inverse.rig.apply(many)
    zero = np.zeros((10_000, 3))
    params = FlameParams(expression, jaw, eyes, zero, zero, zero)
    start = time.process_time()
    inverse.weights(params)
    print(f"\n10,000 frames, one BLAS thread: {time.process_time() - start:.2f} s")


if __name__ == "__main__":
    main()
