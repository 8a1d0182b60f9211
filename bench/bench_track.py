"""``gather --track`` against known truth: landmarks of the lab test set as videos, one per person.

    python bench/bench_track.py [SHARED]

Prints markdown tables: mean error by region, and frames per second of the fit and of detection with the fit.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

from mp2flame.base.detection import Detection
from mp2flame.flame import FlameModel, load_flame
from mp2flame.learn.compare import errors
from mp2flame.learn.moments import Moments
from mp2flame.learn.solve import pseudo_inverse
from mp2flame.learn.track import fit_landmarks
from mp2flame.response.profile import Profile


def outputs(data: np.lib.npyio.NpzFile) -> np.ndarray:
    return np.concatenate([data["expression_a"], data["jaw_pose"], data["eye_pose"]], 1).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "shared", nargs="?", type=Path, default=os.environ.get("MP2FLAME_SHARED", "../shared")
    )
    shared = parser.parse_args().shared
    model = load_flame(shared / "models" / "lab_head_a.pkl", num_expression=50)
    train, test = (np.load(shared / "data" / "lab" / f"{name}.npz") for name in ("train", "test"))
    truth, people = outputs(test), test["identity"]
    usual = pseudo_inverse(Moments.of(train["blendshapes"], outputs(train)))(test["blendshapes"])
    fitted: dict[str, np.ndarray] = {}
    for name in ("resting face given", "resting face found", "found in clips that never rest"):
        result = np.zeros_like(truth)
        for i, person in enumerate(np.unique(people)):
            rows = np.flatnonzero(people == person)
            if name.endswith("rest"):  # the resting frame, which is the first, is not shown
                rows = rows[1:]
            neutral = None
            if name.endswith("given"):
                neutral = Profile.from_neutral(
                    test["neutral_blendshapes"][i],
                    landmarks=test["neutral_landmarks"][i],
                    image_size=(512, 512),
                )
            tracked = fit_landmarks(
                model, Detection(test["blendshapes"][rows], test["landmarks"][rows], None, (512, 512)),
                neutral=neutral, timestamp_ms=1000.0 * np.arange(len(rows)),
            )  # fmt: skip
            p = tracked.params
            result[rows] = np.concatenate([p.expression, p.jaw_pose, p.eye_pose], 1)
        fitted[name] = result
    print("| lab test set, 800 frames, 20 people | face mm | lips mm | lids mm | jaw deg | eyes deg |")
    print("|---|---|---|---|---|---|")
    never = np.flatnonzero(np.r_[False, people[1:] == people[:-1]])
    for name, values in {"usual method (scores, pseudo-inverse)": usual.astype(np.float32), **fitted}.items():
        chosen = never if name.endswith("rest") else np.arange(len(truth))
        e = errors(values[chosen], truth[chosen], model).means()
        label = name if name.startswith("usual") else f"`--track`, {name}"
        print(
            f"| {label} | "
            + " | ".join(f"{e[k]:.3f}" for k in ("face_mm", "lips_mm", "lids_mm", "jaw_deg", "eyes_deg"))
            + " |"
        )
    video(model, shared)


def video(model: FlameModel, shared: Path) -> None:
    """The longest of the shared videos from file to parameters, and how much of that is the fit."""
    from mp2flame.learn.clip import Clip, Settings
    from mp2flame.learn.track import track_video

    longest, warm = (shared / "data" / "videos" / n for n in ("LP_drv__d13.mp4", "intel_asl__eat.mkv"))
    settings = Settings(track=True, landmarks=True, flame=str(shared / "models" / "lab_head_a.pkl"))
    track_video(Clip(warm, "video", "video", Path(), settings))  # loads MediaPipe
    started = time.perf_counter()
    info, rows, seen = track_video(Clip(longest, "video", "video", Path(), settings))
    spent = time.perf_counter() - started
    rate = 1000 / np.median(np.diff(rows.timestamp_ms))
    assert rows.landmarks is not None
    print("\n| `gather --track` | frames | frames per second | times real time |")
    print("|---|---|---|---|")
    line = "| {} | {} | {:.0f} | {:.1f} |".format
    print(
        line("a video, decoded, detected and fitted", len(rows), len(rows) / spent, len(rows) / spent / rate)
    )
    for times in (1, 10):
        x, points = (
            np.tile(v[seen], (times,) + (1,) * (v.ndim - 1)) for v in (rows.blendshapes, rows.landmarks)
        )
        started = time.perf_counter()
        fit_landmarks(model, Detection(x, points, None, info.image_size))
        fit = time.perf_counter() - started
        print(
            line(
                "the fit alone" + (f", {times} times over" if times > 1 else ""),
                len(x),
                len(x) / fit,
                len(x) / fit / rate,
            )
        )


if __name__ == "__main__":
    main()
