"""``gather --track`` against known truth: landmarks of the lab test set as videos, one per person.

    python bench/bench_track.py [SHARED]

Prints a markdown table: mean error by region, and frames per second of the fit and of detection with the fit.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

from mp2flame.flame import load_flame
from mp2flame.learn.compare import errors
from mp2flame.learn.moments import Moments
from mp2flame.learn.solve import pseudo_inverse
from mp2flame.learn.track import fit_landmarks
from mp2flame.profile import Profile

SHARED = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("MP2FLAME_SHARED", "../shared"))


def outputs(data: np.lib.npyio.NpzFile) -> np.ndarray:
    return np.concatenate([data["expression_a"], data["jaw_pose"], data["eye_pose"]], 1).astype(np.float32)


def main() -> None:
    model = load_flame(SHARED / "models" / "lab_head_a.pkl", num_expression=50)
    train, test = (np.load(SHARED / "data" / "lab" / f"{name}.npz") for name in ("train", "test"))
    truth, people = outputs(test), test["identity"]
    usual = pseudo_inverse(Moments.of(train["blendshapes"], outputs(train)))(test["blendshapes"])
    fitted: dict[str, np.ndarray] = {}
    seconds = 0.0
    for name in ("resting face given", "resting face found"):
        result = np.zeros_like(truth)
        for i, person in enumerate(np.unique(people)):
            rows = np.flatnonzero(people == person)
            neutral = None
            if name.endswith("given"):
                neutral = Profile.from_neutral(
                    test["neutral_blendshapes"][i],
                    landmarks=test["neutral_landmarks"][i],
                    image_size=(512, 512),
                )
            started = time.perf_counter()
            tracked = fit_landmarks(
                model, test["blendshapes"][rows], test["landmarks"][rows], (512, 512), neutral=neutral
            )
            seconds += time.perf_counter() - started
            p = tracked.params
            result[rows] = np.concatenate([p.expression, p.jaw_pose, p.eye_pose], 1)
        fitted[name] = result
    print("| lab test set, 800 frames, 20 people | face mm | lips mm | lids mm | jaw deg | eyes deg |")
    print("|---|---|---|---|---|---|")
    for name, values in {"usual method (scores, pseudo-inverse)": usual.astype(np.float32), **fitted}.items():
        e = errors(values, truth, model).means()
        label = name if name.startswith("usual") else f"`--track`, {name}"
        print(
            f"| {label} | "
            + " | ".join(f"{e[k]:.3f}" for k in ("face_mm", "lips_mm", "lids_mm", "jaw_deg", "eyes_deg"))
            + " |"
        )
    print(f"\nfit alone: {2 * len(truth) / seconds:.0f} frames per second, one thread")
    videos = sorted((SHARED / "data" / "videos").glob("intel_asl__*.mkv"))[:1]
    if videos:
        from mp2flame.learn.gather import Clip, Settings
        from mp2flame.learn.track import track_video

        settings = Settings(track=True, flame=str(SHARED / "models" / "lab_head_a.pkl"))
        started = time.perf_counter()
        _, rows, seen = track_video(Clip(videos[0], "video", "video", Path(), settings))
        spent = time.perf_counter() - started
        rate = 1000 / np.median(np.diff(rows.timestamp_ms))
        print(
            f"video of {len(rows)} frames, decoded, detected ({seen.sum()} with a face) and fitted: "
            f"{len(rows) / spent:.0f} frames per second, {len(rows) / spent / rate:.1f} times real time"
        )


if __name__ == "__main__":
    main()
