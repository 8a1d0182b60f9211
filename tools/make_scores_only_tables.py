#!/usr/bin/env python3
"""Learn the maps of ``response/scores_only.py`` and write ``scores_only.npz`` (about 10 kB).

    python tools/make_scores_only_tables.py --shared ../shared [-o FILE]

- ``absolute``/``offset`` and ``change``: regressions of the true weights on the scores, and on the scores
  less the person's neutral (no constant: at rest nothing moves), over data/lab/train (6,000 frames),
  data/anny/train (3,840; weights times ``amplitude_ratio`` where MakeHuman's shape is the same as ours,
  channels of another meaning, cosine below .6, left out) and data/anny/train_ours (1,500), all also mirrored;
  a strong ridge on what is not the channel's own score. Then mixed with the scores as they are by
  ``AS_THEY_ARE``, because renders attenuate what the scores of real faces show; channels that MediaPipe never
  scores stay 0 here and come from the prior alone.
- the gaze's columns: gains of one, and the looking down of resting scores taken off.
- ``prior``: the weak channels regressed on the strong ones over the iPhone takes of data/livelink (jaw and
  mouth sideways exchanged first, values clipped to 0..1, each take with the same weight), also mirrored."""

from __future__ import annotations

import argparse
import csv
import json
import os
from pathlib import Path

import numpy as np

from mp2flame.base.channels import BLENDSHAPES, INDEX, MIRROR, SWAP_SIDEWAYS, to_mediapipe

Array = np.ndarray
DATA = Path(__file__).resolve().parents[1] / "src/mp2flame/base/data"

SETS = ("lab/train", "anny/train", "anny/train_ours")
RIDGE = 1.0
# on other channels' scores: 1 is best on renders (MAE .068 either way, r .276 against .264) and worst on
# clips (nose not shown 1.15 against .81, scores .73; outer brows follow no better)
OTHER_RIDGE = 300.0
AS_THEY_ARE = {"eyeBlink": 1.0, "eyeWide": 1.0, "brow": 0.7}  # share of the scores as they are; others .5
OTHERS_AS_THEY_ARE = 0.5
# MediaPipe scores them .0175 at most on 10,009 frames
DEAD = ("cheekPuff", "cheekSquint", "noseSneer", "jawForward")
# sideways, up and down: real clips follow at .80 and .89; renders would halve the second
GAZE_GAINS = 1.0, 1.0
LEAST_COSINE = 0.6  # below it MakeHuman's shape of the name is another shape than ours
PRIOR_RIDGE = 1e-3  # of mean squares; the strong channels' own are .01 to .1
STRONG = (
    "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeSquintLeft",
    "eyeSquintRight", "jawOpen", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPucker", "mouthRight",
    "mouthSmileLeft", "mouthSmileRight", "mouthUpperUpLeft", "mouthUpperUpRight",
)  # fmt: skip
"""Channels whose scores follow an iPhone on the same frames (r above .8, or gain near 1); gaze stands for
itself."""


def lab_weights(names: Array, values: Array) -> Array:
    """The 55 lab names as MediaPipe's 52; a channel in two sides becomes their mean."""
    return to_mediapipe(values, names=[str(n) for n in names], unknown="ignore").astype(float)


def load(path: Path) -> tuple[Array, Array, Array, Array]:
    """Scores, the persons' neutral scores and true weights, per frame; which channels may be learnt
    ``(52,)``."""
    with np.load(path) as data:
        person = np.unique(data["identity"], return_inverse=True)[1]
        scores, neutral = data["blendshapes"].astype(float), data["neutral_blendshapes"].astype(float)[person]
        use = np.ones(len(BLENDSHAPES), bool)
        truth = (
            lab_weights(data["arkit_names"], data["arkit_weights"])
            if "lab" in str(path)
            else data["arkit_weights"]
        )
        truth = truth.astype(float)
        if path.stem == "train" and "amplitude_ratio" in data.files:
            ratio, cosine = (
                both_sides(data[k].astype(float)) for k in ("amplitude_ratio", "amplitude_cosine")
            )
            gaze = np.array([n.startswith("eyeLook") for n in BLENDSHAPES])  # a direction, not a shape
            truth = truth * np.where(gaze, 1.0, np.clip(ratio, 0, 2))
            use = (cosine > LEAST_COSINE) | gaze
    return tuple(np.concatenate([a, a[:, MIRROR]]) for a in (scores, neutral, truth)) + (use,)


def both_sides(values: Array) -> Array:
    return 0.5 * (values + values[MIRROR])


def regress(sets: list[tuple[Array, Array, Array, Array]], with_neutral: bool) -> Array:
    number = len(BLENDSHAPES)
    size = number + (not with_neutral)
    xx, xy = np.zeros((number, size, size)), np.zeros((number, size))
    for scores, neutral, truth, use in sets:
        x = scores - neutral if with_neutral else np.concatenate([scores, np.ones((len(scores), 1))], 1)
        xx[use] += x.T @ x
        xy[use] += (x.T @ truth).T[use]
    found = np.zeros((size, number))
    for k in range(1, number):
        ridge = np.full(size, RIDGE + OTHER_RIDGE)
        ridge[k] = RIDGE
        ridge[number:] = 1e-6
        found[:, k] = np.linalg.solve(xx[k] + np.diag(ridge), xy[k])
    share = np.array([next((v for stem, v in AS_THEY_ARE.items() if n.startswith(stem)), OTHERS_AS_THEY_ARE)
                      for n in BLENDSHAPES])  # fmt: skip
    mixed = found * (1 - share)
    mixed[range(number), range(number)] += share
    for k, name in enumerate(BLENDSHAPES):
        if name.startswith((*DEAD, "eyeLook", "_neutral")):
            mixed[:, k] = 0
    order = np.concatenate([MIRROR, [number]])[:size]
    return 0.5 * (mixed + mixed[order][:, MIRROR])


def put_gaze(absolute: Array, sets: list[tuple[Array, Array, Array, Array]]) -> None:
    """Fill the gaze's columns: both eyes the mean direction of the scores; up and down less what the scores
    of resting faces that look straight ahead look down (.15, mean over the sets). Less still (.26, the mean
    over all their frames) has the smaller error on the lab set (7.4 against 8.5 degrees) and lets resting
    eyes look up."""
    look = {
        d: [INDEX[f"eyeLook{d}{side}"] for side in ("Left", "Right")] for d in ("Down", "Up", "Out", "In")
    }
    rest = np.mean([(n[:, look["Down"]] - n[:, look["Up"]]).mean() for _, n, _, _ in sets])
    down, left = np.zeros(len(absolute)), np.zeros(len(absolute))
    down[look["Down"]], down[look["Up"]], down[-1] = GAZE_GAINS[1] / 2, -GAZE_GAINS[1] / 2, -rest
    left[[look["Out"][0], look["In"][1]]], left[[look["Out"][1], look["In"][0]]] = (
        GAZE_GAINS[0] / 2,
        -GAZE_GAINS[0] / 2,
    )
    for column, turn in ((0, left), (1, -left)):
        for name, values in (("Down", down), ("Up", -down), ("Out", turn), ("In", -turn)):
            absolute[:, look[name][column]] = values


def livelink(folder: Path) -> list[Array]:
    takes = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="") as file:
            head, *rows = list(csv.reader(file))
        values = np.array([[float(v or "nan") for v in row[2:]] for row in rows if len(row) == len(head)])
        values = values[np.isfinite(values).all(1)]
        weights = to_mediapipe(values, names=head[2:], unknown="ignore")
        takes.append(np.clip(weights, 0, 1)[:, SWAP_SIDEWAYS])
    return takes


def prior(takes: list[Array], strong: Array, weak: Array) -> tuple[Array, Array]:
    xx, xy = np.zeros((len(strong) + 1,) * 2), np.zeros((len(strong) + 1, len(weak)))
    for take in takes:
        for rows in (take, take[:, MIRROR]):
            x = np.concatenate([rows[:, strong], np.ones((len(rows), 1))], 1)
            xx += x.T @ x / len(rows) / (2 * len(takes))
            xy += x.T @ rows[:, weak] / len(rows) / (2 * len(takes))
    ridge = np.full(len(xx), PRIOR_RIDGE)
    ridge[-1] = 0
    found = np.linalg.solve(xx + np.diag(ridge), xy)
    full = np.zeros((len(BLENDSHAPES) + 1, len(BLENDSHAPES)))
    full[np.ix_([*strong, len(BLENDSHAPES)], weak)] = found
    full = 0.5 * (full + full[np.concatenate([MIRROR, [len(BLENDSHAPES)]])][:, MIRROR])
    return full[np.ix_(strong, weak)], full[-1, weak]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("MP2FLAME_SHARED", "../shared")))
    parser.add_argument("-o", "--output", type=Path, default=DATA / "scores_only.npz")
    args = parser.parse_args()
    sets = [load(args.shared / "data" / f"{name}.npz") for name in SETS]
    absolute, change = regress(sets, with_neutral=False), regress(sets, with_neutral=True)
    put_gaze(absolute, sets)
    strong = np.array([INDEX[n] for n in STRONG])
    weak = np.array(
        [i for i, n in enumerate(BLENDSHAPES) if i and n not in STRONG and not n.startswith("eyeLook")]
    )
    takes = livelink(args.shared / "data" / "livelink")
    by_strong, constant = prior(takes, strong, weak)
    header = {
        "schema": 1, "kind": "scores only", "made_by": "tools/make_scores_only_tables.py",
        "detector": "MediaPipe Face Landmarker float16/1, IMAGE mode",
        "frames": {name: len(s[0]) // 2 for name, s in zip(SETS, sets, strict=True)},
        "takes": [len(t) for t in takes],
        "constants": {"ridge": RIDGE, "other_ridge": OTHER_RIDGE, "as_they_are": AS_THEY_ARE,
                      "others_as_they_are": OTHERS_AS_THEY_ARE, "dead": DEAD, "gaze_gains": GAZE_GAINS,
                      "least_cosine": LEAST_COSINE, "prior_ridge": PRIOR_RIDGE},
        "licences": "regression coefficients of own renders (FLAME 2023 Open CC-BY-4.0, ICT-FaceKit MIT, MakeHuman CC0) "
                    "and of Live Link takes by alexdjulin (MIT); no recording is in here",
    }  # fmt: skip
    half = np.float16
    np.savez_compressed(
        args.output, header=np.array(json.dumps(header)), absolute=absolute[:-1].astype(half),
        offset=absolute[-1].astype(np.float32), change=change.astype(half), strong=strong.astype(np.uint8),
        weak=weak.astype(np.uint8), prior=by_strong.astype(half), prior_offset=constant.astype(np.float32),
    )  # fmt: skip
    print(f"{args.output}: {args.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
