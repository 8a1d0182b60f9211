"""Scores detected again: drive a head from real video, draw it from the front, detect, compare.

    python bench/bench_redetect.py VIDEOS... --train TRAIN.npz [--flame HEAD] [--detections FOLDER] [--frames 40]

For every clip with a resting face, evenly spaced frames are driven by each method, drawn by this package's renderer
and detected; the change of scores from the neutral frame is compared with the person's. Mean absolute error by channel
group, and where the person's change is above 0.3. ``--train``: the lab set that the usual method, a pseudo-inverse from
scores to ARKit weights, is fitted on. This measure favours inverting the scores and nothing else: it is the guard, not
the goal (docs/measures.md).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from bench_tracking import detections, usual_method
from mp2flame import Driver, FlameParams
from mp2flame.base.errors import NoRestError
from mp2flame.evaluate.clips import redetected_errors
from mp2flame.flame.colors import colors_for
from mp2flame.observe.detector import Detector
from mp2flame.person.calibrate import calibrate
from mp2flame.show.pictures import Renderer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--flame", help="default: the built-in head")
    parser.add_argument("--detections", type=Path, help="keep what the detector found here")
    parser.add_argument("--frames", type=int, default=40, help="per clip")
    args = parser.parse_args()
    driver, usual = Driver(args.flame), usual_method(args.train)
    pairs: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    clips = 0
    with (
        Renderer(driver.faces, (384, 384), vertex_colors=colors_for(driver.model)) as renderer,
        Detector("image") as detector,
    ):
        renderer(driver.vertices(FlameParams.zeros(driver.num_expression)))  # frames the camera

        def seen(weights: np.ndarray) -> np.ndarray | None:
            faces = detector.detect(renderer(driver.vertices(driver.params_from_weights(weights))))
            return faces[0].blendshapes if faces else None

        for video in args.videos:
            found = detections(video, args.detections)
            rows = found["detected"].astype(bool)
            if rows.sum() < 15:
                continue
            scores, landmarks, matrix = (found[k][rows] for k in ("blendshapes", "landmarks", "face_matrix"))
            size = tuple(int(v) for v in found["image_size"])
            try:
                profile = calibrate(scores, landmarks=landmarks, face_matrix=matrix, image_size=size)
            except NoRestError:
                continue
            clips += 1
            rest = int(np.linalg.norm(scores - profile.neutral_blendshapes, axis=1).argmin())
            chosen = np.unique(np.linspace(0, len(scores) - 1, args.frames).astype(int))
            methods = {
                "calibrated": driver.response(scores, landmarks=landmarks, image_size=size, profile=profile),
                "calibrated, scores only": driver.response(scores, profile=profile),
                "without calibration": driver.response(scores, landmarks=landmarks, image_size=size),
                "usual method": (scores @ usual).astype(np.float32),
            }
            for name, weights in methods.items():
                base = seen(weights[rest])
                again = {row: seen(weights[row]) for row in chosen}
                if base is None:
                    continue
                kept = [row for row, value in again.items() if value is not None]
                pairs.setdefault(name, []).append(
                    (scores[kept] - scores[rest], np.stack([again[row] for row in kept]) - base)
                )
    print(
        f"{clips} clips; head: {driver.model.release}; mean error / where the person's change is above 0.3\n"
    )
    header = None
    for name, of in pairs.items():
        table = redetected_errors(np.concatenate([a for a, _ in of]), np.concatenate([b for _, b in of]))
        if header is None:
            header = list(table)
            print("| method | " + " | ".join(header) + " |\n|" + " --- |" * (len(header) + 1))
        print(
            f"| {name} | " + " | ".join(f"{m:.3f} / {active:.3f}" for m, active, _ in table.values()) + " |"
        )


if __name__ == "__main__":
    main()
