"""Is a calibrated face ever followed worse than by the default? Clips driven both ways, every measure of ``evaluate``.

    python bench/bench_calibrate.py [TAKE_OR_VIDEO ...] [--flame HEAD] [--halves]

The profile comes from the clip itself, as of ``mp2flame calibrate CLIP``; with ``--halves`` from its first half, and only
the second half is driven and judged. A video is detected once. Prints a table with every measure that is taken, and
counts those in which the calibrated head is worse.
"""

from __future__ import annotations

import argparse
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mp2flame import Driver, Take
from mp2flame.base.errors import NoFaceError
from mp2flame.evaluate import evaluate_clip
from mp2flame.evaluate.measures import face
from mp2flame.evaluate.report import summarise
from mp2flame.evaluate.rows import DRIVEN, SCORES
from mp2flame.response.calibrate import calibrate
from mp2flame.response.profile import Profile

LEVEL = 0.002  # differences below it are none


def profile_of(take: Take, driver: Driver) -> Profile:
    """As ``mp2flame calibrate`` makes it of a clip without prompts."""
    seen = take.detected
    return calibrate(
        take.blendshapes, response=driver.estimator, landmarks=take.landmarks, face_matrix=take.face_matrix,
        image_size=tuple(int(v) for v in take.image_size), detected=seen, detector_mode="video",
    )  # fmt: skip


def driven(take: Take, driver: Driver, profile: Profile | None) -> Take:
    with tempfile.TemporaryDirectory() as folder:
        take.save(Path(folder) / "seen.npz")
        frames = list(driver.run(str(Path(folder) / "seen.npz"), profile=profile))
    return Take.from_frames(frames)


def figures(clips: list, row: str = DRIVEN) -> dict[str, tuple[float, bool]]:
    """Measure to figure and whether more is better, of one way of driving."""
    summary = summarise(clips)[row]
    found: dict[str, tuple[float, bool]] = {}
    for name, value in summary.items():
        if isinstance(value, dict):
            if value["r"] is not None:
                found[f"{name}, r"] = value["r"], True
                found[f"{name}, gain from 1"] = abs(1 - value["gain"]), False
        elif value is not None:
            found[name] = abs(value) if name.startswith("lag") else value, False
    return found


def parser_of(doc: str | None) -> argparse.ArgumentParser:
    """Which clips, on which head."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", help="takes or videos; default: data/videos of the shared files")
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("MP2FLAME_SHARED", "../shared")))
    parser.add_argument("--flame")
    return parser


def takes(args: argparse.Namespace, driver: Driver) -> Iterator[tuple[str, Take]]:
    """Each clip's name and its take; a video is detected once."""
    for clip in args.clips or sorted(map(str, (args.shared / "data/videos").glob("*.*"))):
        take = Take.load(clip) if clip.endswith(".npz") else Take.from_frames(list(driver.run(clip)))
        yield clip, take.of_one_size()


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--halves", action="store_true")
    args = parser.parse_args()
    driver = Driver(args.flame)
    ways: dict[str, list] = {"default": [], "calibrated": []}
    sure = []
    for clip, take in takes(args, driver):
        middle = len(take) // 2 if args.halves else len(take)
        judged = take[np.arange(middle, len(take))] if args.halves else take
        try:
            profile = profile_of(take[np.arange(middle)], driver)
            made = {
                "default": evaluate_clip(clip, driven(judged, driver, None), driver),
                "calibrated": evaluate_clip(clip, driven(judged, driver, profile), driver),
            }
        except NoFaceError as error:
            print(f"left out: {error}")
            continue
        sure.append(profile.meta["neutral"]["sure"])
        for name, found in made.items():
            ways[name].append(found)
    tables = {name: figures(found) for name, found in ways.items()}
    print(
        f"{len(sure)} clips, {100 * float(np.median(sure)):.0f} % sure in the middle; {SCORES} are in `mp2flame evaluate`\n"
    )
    print("| | default | calibrated | |\n|---|---|---|---|")
    worse = 0
    for name in [measure for measure in tables["default"] if measure in tables["calibrated"]]:
        (a, up), (b, _) = tables["default"][name], tables["calibrated"][name]
        bad = (a - b if up else b - a) > LEVEL
        worse += bad
        print(f"| {name} | {a:.3f} | {b:.3f} | {'worse' if bad else ''} |")
    print(
        f"\nworse when calibrated: {worse} of {len(tables['default'])} ({len(face.MEASURES)} measures of weights among them)"
    )


if __name__ == "__main__":
    main()
