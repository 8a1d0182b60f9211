"""FLAME forward pass against body-models, one BLAS thread, side by side in one run.

    python bench/bench_forward.py [path/to/flame.pkl]

Both get the same inputs: 100 expression coefficients, every joint turned, a translation. body-models gets
no identity (one coefficient of zero, the least it accepts); ours is folded in beforehand. A file in which columns
are all zero is also run with those columns filled, so that no column is skipped.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy is imported

import numpy as np

from mp2flame.flame import FlameModel, load_flame

SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def once(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def body_models_head(model: FlameModel, folder: Path) -> object:
    from body_models.flame.numpy import FLAME

    path = folder / "head.npz"
    np.savez(
        path,
        v_template=model.v_template,
        f=model.faces,
        weights=model.lbs_weights,
        shapedirs=np.concatenate([model.shapedirs, model.exprdirs], 2),
        posedirs=model.posedirs,
        J_regressor=model.J_regressor,
        kintree_table=np.array([[-1, 0, 1, 1, 1], [0, 1, 2, 3, 4]]),
    )
    return FLAME(model_path=path)


def row(name: str, model: FlameModel, folder: Path) -> None:
    rng = np.random.default_rng(0)
    e = rng.normal(0, 1, (256, model.num_expression)).astype("f4")
    p = rng.normal(0, 0.3, (256, 5, 3)).astype("f4")
    t = rng.normal(0, 0.1, (256, 3)).astype("f4")
    betas = np.zeros(model.num_betas, "f4")
    ours, other = model.prepare(betas), body_models_head(model, folder)

    def theirs(i: object) -> object:
        return other.forward_vertices(  # type: ignore[attr-defined]
            head_pose=p[i, 1:],
            head_rotation=p[i, 0],
            shape=betas[:1],
            expression=e[i],
            global_translation=t[i],
        )

    worst = np.abs(ours(e[0], p[0], t[0]) - np.asarray(theirs(0))).max()
    still = p.copy()
    still[:, [0, 1, 3, 4]] = 0
    times: dict[str, list[float]] = {"ours": [], "jaw": [], "theirs": [], "batch": []}
    for i in range(200):  # in turns, so that whatever else the machine does hits all alike
        k = i % 256
        times["ours"].append(once(lambda k=k: ours(e[k], p[k], t[k])))
        times["theirs"].append(once(lambda k=k: theirs(k)))
        times["jaw"].append(once(lambda k=k: ours(e[k], still[k])))
        if i % 20 == 0:
            times["batch"].append(once(lambda: ours(e, p, t)) / 256)
    ms = {k: np.median(v) * 1e3 for k, v in times.items()}
    best = {k: np.min(v) * 1e3 for k, v in times.items()}
    print(
        f"| {name} | {ms['ours']:.3f} ({best['ours']:.3f}) | {ms['jaw']:.3f} | {ms['theirs']:.3f} "
        f"({best['theirs']:.3f}) "
        f"| {ms['theirs'] / ms['ours']:.1f} ({best['theirs'] / best['ours']:.1f}) | {ms['batch']:.3f} "
        f"({best['batch']:.3f}) "
        f"| {worst:.1e} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("flame", nargs="?", type=Path, default=SHARED / "models" / "lab_head_a.pkl")
    flame = parser.parse_args().flame
    model = load_flame(flame)
    print("Milliseconds a frame, median (best); asked: one frame 0.45, 3.5 times faster, batch of 256 0.2\n")
    print(
        "| head | one frame | only the jaw turned | body-models | times faster | batch of 256 | largest "
        "difference, m |"
    )
    print("|---|---|---|---|---|---|---|")
    used = int(model.exprdirs.any((0, 1)).sum())
    with tempfile.TemporaryDirectory() as folder:
        row(f"{used} of {model.num_expression} columns in use", model, Path(folder))
        if used < model.num_expression:
            rng = np.random.default_rng(1)
            dense = np.where(
                model.exprdirs.any((0, 1)), model.exprdirs, rng.normal(0, 1e-4, model.exprdirs.shape)
            )
            row(f"all {model.num_expression} columns filled", replace(model, exprdirs=dense), Path(folder))


if __name__ == "__main__":
    main()
