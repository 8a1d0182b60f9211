"""Tracking of measured distances on real video: the driven head against the person's own landmarks.

    python bench/bench_tracking.py VIDEOS... [--flame HEAD] [--detections FOLDER] [--per-clip] [--train
    TRAIN.npz]

For every clip: detect, find the resting frames, drive the head with and without calibration, and compare the
distances of ``mp2flame.measures`` over time. ``--detections`` keeps what the detector found, so that a second
run takes seconds. ``--train``: a lab set; adds the usual method, a pseudo-inverse from scores to ARKit
weights fitted on it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from mp2flame import Driver
from mp2flame.base.channels import to_mediapipe
from mp2flame.evaluate.measures.tracking import GROUPS, person_points, summarise, tracking
from mp2flame.flame.landmarks import embedding_for
from mp2flame.person.calibrate import calibrate
from mp2flame.person.neutral import find_rest

ASKED = {
    "mouth opening": (0.98, 0.9, 1.1), "mouth width": (0.99, 0.9, 1.1), "lids": (0.97, 0.9, 1.1),
    "outer brows": (0.94, 0.85, 1.15), "inner brows": (0.92, 0.85, 1.15), "mouth corners": (0.97, 0.9, 1.1),
}  # fmt: skip


def detections(video: Path, folder: Path | None) -> dict[str, np.ndarray]:
    """What the detector found in every frame; kept in ``folder``."""
    kept = None if folder is None else folder / f"det_{video.name}.npz"
    if kept is not None and kept.exists():
        with np.load(kept) as data:
            return {k: data[k] for k in data.files}
    from mp2flame.io.sources import open_source
    from mp2flame.observe.detector import Detector

    rows: dict[str, list] = {
        "blendshapes": [],
        "landmarks": [],
        "face_matrix": [],
        "detected": [],
        "timestamp_ms": [],
    }
    size = (0, 0)
    with open_source(str(video)) as source, Detector() as detector:
        for frame in source:
            size = frame.image.shape[:2]
            faces = detector.detect(frame.image, frame.timestamp_ms)
            rows["detected"].append(bool(faces))
            rows["timestamp_ms"].append(frame.timestamp_ms)
            rows["blendshapes"].append(faces[0].blendshapes if faces else np.zeros(52))
            rows["landmarks"].append(faces[0].landmarks if faces else np.zeros((478, 3)))
            rows["face_matrix"].append(faces[0].face_matrix if faces else np.zeros((4, 4)))
    found = {k: np.array(v, np.float32 if k != "detected" else bool) for k, v in rows.items()}
    found["image_size"] = np.array(size)
    if kept is not None:
        np.savez(kept, **found)
    return found


def usual_method(train: Path) -> np.ndarray:
    """``(52, 52)`` pseudo-inverse from scores to ARKit weights, no intercept: what public mappings do."""
    with np.load(train) as data:
        names = [str(n) for n in data["arkit_names"]]
        weights = to_mediapipe(data["arkit_weights"].astype(float), names=names, unknown="ignore")
        return np.linalg.pinv(data["blendshapes"].astype(float)) @ weights


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("--flame", help="default: the built-in head")
    parser.add_argument("--detections", type=Path)
    parser.add_argument("--per-clip", action="store_true")
    parser.add_argument("--train", type=Path)
    args = parser.parse_args()
    driver = Driver(args.flame)
    embedding = embedding_for(driver.model)
    usual = None if args.train is None else usual_method(args.train)
    rows: dict[str, list] = {}
    rest_mm, twitches = [], []
    for video in args.videos:
        found = detections(video, args.detections)
        seen = found["detected"].astype(bool)
        if seen.sum() < 15:
            print(f"{video.name}: a face in {seen.sum()} frames, left out")
            continue
        scores, landmarks, matrix = (found[k][seen] for k in ("blendshapes", "landmarks", "face_matrix"))
        size = tuple(int(v) for v in found["image_size"])
        rest = find_rest(scores, face_matrix=matrix, landmarks=landmarks, image_size=size)
        print(f"{video.name}: {rest.verdict}: {rest.reason}", flush=True)
        profile = None
        if len(rest.frames):
            profile = calibrate(scores, landmarks=landmarks, face_matrix=matrix, image_size=size)
        neutral = None if profile is None else profile.neutral_landmarks
        person = person_points(landmarks, size, neutral_landmarks=neutral)
        methods = {"without calibration": driver.response(scores, landmarks=landmarks, image_size=size)}
        methods["scores only"] = driver.response(scores)
        if profile is not None:
            methods["calibrated"] = driver.response(
                scores, landmarks=landmarks, image_size=size, profile=profile
            )
            methods["calibrated, scores only"] = driver.response(scores, profile=profile)
            methods["no calibration, clips that rest"] = methods["without calibration"]
        if usual is not None:
            methods["usual method"] = (scores @ usual).astype(np.float32)
        for method, weights in methods.items():
            vertices = driver.vertices(driver.params_from_weights(weights))
            if method == "calibrated":
                moved = np.linalg.norm(vertices[rest.frames] - driver.model.v_template, axis=-1)
                rest_mm.append(1e3 * float(moved.mean()))
                twitches.append(float((weights[rest.frames] > 0.05).mean()))
            new = tracking(person, embedding.landmarks(vertices), clip=video.name)
            rows.setdefault(method, []).extend(new)
            if args.per_clip and method == "calibrated":
                for r in new:
                    print(
                        f"    {r.name:20s} std {r.std:.3f}  correlation {r.correlation:.3f} "
                        f" gain {r.gain:.2f}"
                    )
    print(f"\nMedian correlation / gain (clips and sides that move); head: {driver.model.release}\n")
    print("| method | " + " | ".join(GROUPS) + " |\n|" + " --- |" * (len(GROUPS) + 1))
    for method, of in rows.items():
        cells = []
        for value in summarise(of).values():
            cells.append(
                "-"
                if not value["count"]
                else f"{value['correlation']:.3f} / {value['gain']:.2f} ({value['count']})"
            )
        print(f"| {method} | " + " | ".join(cells) + " |")
    asked = [f"{a[0]} / {a[1]} to {a[2]}" if (a := ASKED.get(g)) else "-" for g in GROUPS]
    print("| asked, calibrated | " + " | ".join(asked) + " |")
    print(
        f"\nresting frames after calibration, whole mesh: {np.round(rest_mm, 3).tolist()} mm "
        "(asked: at most 0.4)"
    )
    print(f"share of weights above 0.05 in these frames: {np.round(twitches, 3).tolist()} (asked: none)")


if __name__ == "__main__":
    main()
