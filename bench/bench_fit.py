"""Fits against scikit-learn's Ridge, and on the lab data against the usual pseudo-inverse.

    python bench/bench_fit.py [SHARED] [speed | lab]

Prints markdown tables. Everything on one BLAS thread, side by side in one run.
"""

from __future__ import annotations

import argparse
import os
import time
import tracemalloc
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

from mp2flame.learn.fit import Options, fit, frame_weights, kind_weights, mirror_matrix, rare_channels
from mp2flame.learn.moments import Moments
from mp2flame.learn.solve import RidgePath, ridge
from mp2flame.learn.summary import FrameWeights, Summary, kind_of_rows, row_keys

ROWS, OUTPUTS, FOLDS = 300_000, 109, 5
STRENGTHS = np.logspace(-4, 1, 16)


def timed(function: object) -> tuple[float, object]:
    started = time.perf_counter()
    result = function()  # type: ignore[operator]
    return time.perf_counter() - started, result


def peak_mb(function: object) -> float:
    tracemalloc.start()
    function()  # type: ignore[operator]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def speed() -> None:
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(0)
    x = rng.random((ROWS, 52), dtype=np.float32)
    y = x @ rng.normal(size=(52, OUTPUTS)).astype(np.float32)
    y += rng.normal(size=y.shape).astype(np.float32)
    fold = rng.integers(FOLDS, size=ROWS)
    wide_x, wide_y = x.astype(np.float64), y.astype(np.float64)

    def ours_chosen() -> object:
        parts = [Moments.of(x[fold == k], y[fold == k]) for k in range(FOLDS)]
        error = np.zeros(len(STRENGTHS))
        for k in range(FOLDS):
            path = RidgePath(Moments.total(p for i, p in enumerate(parts) if i != k))
            for i, strength in enumerate(STRENGTHS):
                one = path.at(strength)
                error[i] += parts[k].squared_error(one.weights, one.intercept).sum()
        return RidgePath(Moments.total(parts)).at(STRENGTHS[int(error.argmin())])

    def theirs_chosen_once() -> object:  # one of FOLDS x STRENGTHS fits with its check
        inside = fold != 0
        model = Ridge(alpha=0.01 * ROWS).fit(wide_x[inside], wide_y[inside])
        return ((model.predict(wide_x[~inside]) - wide_y[~inside]) ** 2).sum()

    def products(a: np.ndarray, b: np.ndarray) -> object:
        return a.T @ a, a.T @ b

    runs = {
        "ours32": lambda: ridge(x, y, 0.01),
        "ours64": lambda: ridge(wide_x, wide_y, 0.01),
        "exact": lambda: RidgePath(Moments.of(wide_x, wide_y)).at(0.01),
        "theirs32": lambda: Ridge(alpha=0.01 * ROWS).fit(x, y),
        "theirs64": lambda: Ridge(alpha=0.01 * ROWS).fit(wide_x, wide_y),
        "bare32": lambda: products(x, y),
        "bare64": lambda: products(wide_x, wide_y),
        "chosen": ours_chosen,
        "one": theirs_chosen_once,
    }
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(7):  # in turns, so that a busy moment hits everybody
        for name, run in runs.items():
            spent[name].append(timed(run)[0])
    s = {name: min(values) for name, values in spent.items()}
    memory = {name: peak_mb(run) for name, run in runs.items()}
    truth = RidgePath(Moments.of(wide_x, wide_y)).at(0.01)

    def off(linear: object) -> str:
        return f"{np.abs(linear.weights - truth.weights).max() / np.abs(truth.weights).max():.0e}"

    print(
        f"| ridge, {ROWS} x 52 -> {OUTPUTS}, one thread, best of 7 | s | scikit-learn / ours | MB beside the data | error of a weight |"
    )
    print("|---|---|---|---|---|")
    for kind, data in (("64", "float64"), ("32", "float32")):
        ours, theirs, bare = s["ours" + kind], s["theirs" + kind], s["bare" + kind]
        print(f"| {data} data: scikit-learn `Ridge` | {theirs:.3f} | 1 | {memory['theirs' + kind]:.0f} | |")
        print(
            f"| {data} data: `ridge(x, y, strength)` | {ours:.3f} | {theirs / ours:.1f} | {memory['ours' + kind]:.0f} | {off(runs['ours' + kind]())} |"
        )
        if kind == "64":
            print(
                f"| {data} data: sums in float64 throughout | {s['exact']:.3f} | {theirs / s['exact']:.1f} | {memory['exact']:.0f} | 0 |"
            )
        print(
            f"| {data} data: bare products `x.T @ x`, `x.T @ y` of this BLAS, no means, no solve | {bare:.3f} | {theirs / bare:.1f} | | |"
        )
    everything = s["one"] * FOLDS * len(STRENGTHS) + s["theirs64"]
    print(
        f"| strength chosen from {len(STRENGTHS)} in {FOLDS} folds: scikit-learn ({FOLDS * len(STRENGTHS)} fits; one timed, times their number) | {everything:.1f} | 1 | {memory['one']:.0f} | |"
    )
    print(
        f"| strength chosen from {len(STRENGTHS)} in {FOLDS} folds: mp2flame | {s['chosen']:.2f} | {everything / s['chosen']:.0f} | {memory['chosen']:.0f} | |"
    )
    print(
        f"\nmp2flame on its usual float32 tables against scikit-learn on float64 ones: {s['theirs64'] / s['ours32']:.1f} times; "
        f"the bare float32 products alone: {s['theirs64'] / s['bare32']:.1f} times"
    )


def outputs(data: np.lib.npyio.NpzFile) -> np.ndarray:
    return np.concatenate([data["expression_a"], data["jaw_pose"], data["eye_pose"]], 1).astype(np.float32)


def lab(frames: int, shared: Path) -> None:
    from mp2flame.flame import load_flame
    from mp2flame.learn import network
    from mp2flame.learn.compare import difference, errors, verdict

    model = load_flame(shared / "models" / "lab_head_a.pkl", num_expression=50)
    train, test = (np.load(shared / "data" / "lab" / f"{name}.npz") for name in ("train", "test"))
    people = np.random.default_rng(1).permutation(150)[: frames // 40]
    x, y, person = train["blendshapes"], outputs(train), train["identity"]
    rows = np.flatnonzero(np.isin(person, people))
    x, y, group = x[rows], y[rows], np.searchsorted(np.unique(person[rows]), person[rows]) % 32

    def sums(weigh: FrameWeights | None = None) -> Summary:
        result = Summary.zeros(y.shape[1], 32)
        for g in np.unique(group):
            here = np.flatnonzero(group == g)
            result.add_rows(x[here], y[here], int(g), row_keys(str(g), here), weigh=weigh)
        return result

    summary = sums()
    again = sums(frame_weights(fit(summary, Options("ridge")), summary))  # as 'mp2flame fit' does
    mirror = mirror_matrix(model, 50)
    truth, rare = outputs(test), rare_channels(summary)
    want = np.linalg.pinv(x.astype(np.float64)) @ y.astype(np.float64)
    fits = {
        m: fit(summary if m == "pinv" else again, Options(m), mirror=mirror)
        for m in ("pinv", "ridge", "symmetric", "bounded", "sparse")
    }
    gap = np.abs(fits["pinv"].linear.weights - want).max() / np.abs(want).max()
    fits["ridge, squares"] = fit(summary, Options("ridge"))
    predicted = {name: f.linear(test["blendshapes"]).astype(np.float32) for name, f in fits.items()}
    fold = fits["ridge"].fold_of_group[group]
    weight = kind_weights(summary, 0.0)[kind_of_rows(x)].astype(np.float32)
    layers = network.train(x, y, weight, fold == 4, fits["ridge"].linear, mirror=mirror)
    low, high = (summary.x_sketch.quantile(q).astype(np.float32) for q in (0.0005, 0.9995))
    held = np.clip(test["blendshapes"], low, high)
    predicted["mlp"] = predicted["ridge"] + network.run(layers, held)
    found = {name: errors(value, truth, model) for name, value in predicted.items()}
    print(
        f"\n| lab train ({len(x)} frames) -> lab test | face mm | lips mm | lids mm | jaw deg | eyes deg | worst weight of {len(rare)} rare channels |"
    )
    print("|---|---|---|---|---|---|---|")
    measures = ("face_mm", "lips_mm", "lids_mm", "jaw_deg", "eyes_deg")
    for name, error in found.items():
        if name == "mlp":  # what a full score of one rare channel moves, through the whole mapping
            rest = np.clip(np.zeros((1, 52), np.float32), low, high)
            one = np.clip(np.eye(52, dtype=np.float32)[rare], low, high)
            add = network.run(layers, one) - network.run(layers, rest)
            worst = float(np.abs(fits["ridge"].linear.weights[rare] + add).max())
        else:
            worst = float(np.abs(fits[name].linear.weights[rare]).max())
        print(
            f"| {name} | " + " | ".join(f"{error.rows[m].mean():.3f}" for m in measures) + f" | {worst:.3g} |"
        )
    for name in ("ridge", "symmetric", "mlp"):
        gaps = difference(found[name], found["pinv"], test["identity"])
        cells = [
            f"{gaps[m][0]:+.3f} [{gaps[m][1]:+.3f}, {gaps[m][2]:+.3f}] {verdict(gaps[m])}" for m in measures
        ]
        print(f"| {name} minus pinv, 95 % | " + " | ".join(cells) + " | |")
    print(
        f"\npseudo-inverse against np.linalg.pinv on the same data: largest difference {gap:.1e} of the largest weight"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", metavar="SHARED | speed | lab", help="default: both")
    words = parser.parse_args().words
    shared = Path(
        *[w for w in words if w not in ("speed", "lab")][:1]
        or [os.environ.get("MP2FLAME_SHARED", "../shared")]
    )
    if "lab" not in words:
        speed()
    if "speed" not in words:
        for number in (2000, 6000):
            lab(number, shared)


if __name__ == "__main__":
    main()
