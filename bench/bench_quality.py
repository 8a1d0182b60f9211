"""Where the figures break: clips made small, dark, bright, flat or cut, driven again, against the clip as it is.

    python bench/bench_quality.py CLIP [CLIP ...] [--set lab/test.npz]

Prints a table: what was done, what ``quality`` says of it, the share of frames in which a face is still found, the mean
difference of the ARKit weights, their correlation where the clip itself moves (0.2 and more), and the advice.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from mp2flame import Driver
from mp2flame.io.sources import open_source
from mp2flame.observe.quality import SMALL_PX, TURNED_DEG, summarise
from mp2flame.take.take import Take

FRAMES = 45
NOISE = 3.0  # of 255, of a sensor in the dark


def pictures(clip: Path) -> tuple[list[np.ndarray], np.ndarray]:
    with open_source(str(clip)) as source:
        frames = []
        for frame in source:
            frames.append(frame)
            if len(frames) == FRAMES:
                break
    return [f.image for f in frames], np.array([f.timestamp_ms for f in frames])


def small(image: np.ndarray, factor: float) -> np.ndarray:
    import cv2

    size = max(16, round(image.shape[1] * factor)), max(16, round(image.shape[0] * factor))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def light(image: np.ndarray, gain: float, lift: float = 0.0, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, NOISE, image.shape)
    return np.clip(np.round(image * gain + lift + noise), 0, 255).astype(np.uint8)


def shifted(image: np.ndarray, points: np.ndarray, share: float) -> np.ndarray:
    """Cut at the left so that about this share of the face's width lies outside."""
    x = points[:, 0] * image.shape[1]
    left = int(np.clip(x.min() + share * np.ptp(x), 0, image.shape[1] - 32))
    return np.ascontiguousarray(image[:, left:])


class Memory:
    """Pictures as a source."""

    def __init__(self, images: list[np.ndarray], times: np.ndarray) -> None:
        from mp2flame.io.sources.base import Source, SourceFrame, SourceInfo

        class Listed(Source):
            info = SourceInfo(
                "video", "memory", fps=30.0, num_frames=len(images), image_size=images[0].shape[:2]
            )

            def _frames(self):
                for i, image in enumerate(images):
                    yield SourceFrame(i, float(times[i]), image=image, image_size=image.shape[:2])

        self.source = Listed()


def drive(driver: Driver, images: list[np.ndarray], times: np.ndarray) -> Take:
    return Take.from_frames(list(driver.run(Memory(images, times).source)))


def judge(whole: Take, take: Take) -> tuple[float, float, float]:
    """(share found, mean difference of the weights, correlation where the clip moves)."""
    both = whole.detected & take.detected
    found = float(take.detected.sum() / max(whole.detected.sum(), 1))
    if both.sum() < 5:
        return found, np.nan, np.nan
    a, b = whole.arkit_weights[both], take.arkit_weights[both]
    moving = np.flatnonzero(np.ptp(a, axis=0) > 0.2)
    kept = [np.corrcoef(a[:, k], b[:, k])[0, 1] if np.ptp(b[:, k]) > 1e-4 else 0.0 for k in moving]
    return found, float(np.abs(a - b).mean()), float(np.median(kept)) if kept else np.nan


def changes(whole: Take) -> dict[str, object]:
    width = whole.quality_summary["face_px"]
    points = whole.landmarks[np.flatnonzero(whole.detected)[0]]
    made: dict[str, object] = {"same again": lambda im, i: im}
    for px in (200, 150, 120, 100, 80, 65, 50, 40, 30):
        if px < width:
            made[f"{px} px"] = lambda im, i, f=px / width: small(im, f)
    for gain in (0.5, 0.25, 0.15, 0.1, 0.07, 0.05, 0.03):
        made[f"light x {gain:g}"] = lambda im, i, g=gain: light(im, g, seed=i)
    for gain in (2.0, 3.0, 5.0, 8.0):
        made[f"light x {gain:g}"] = lambda im, i, g=gain: light(im, g, seed=i)
    for gain in (0.5, 0.3, 0.2, 0.1, 0.05):
        made[f"haze x {gain:g}"] = lambda im, i, g=gain: light(im, g, 255 * 0.55 * (1 - g), seed=i)
    for share in (0.1, 0.2, 0.3, 0.4, 0.5):
        made[f"cut {share:g}"] = lambda im, i, s=share: shifted(im, points, s)
    return made


def known_truth(path: Path) -> None:
    """Turn: error of the weights against the true ones of a set with known truth, by the angle."""
    from mp2flame.base.channels import BLENDSHAPES
    from mp2flame.evaluate.sets import load_set
    from mp2flame.observe.quality import measure

    data = load_set(path)
    size = tuple(int(v) for v in np.ravel(data.get("image_size", (512, 512)))[:2])
    turn = measure(data["landmarks"], data["face_matrix"], size)[:, 1]
    weights = Driver().response(
        data["blendshapes"], landmarks=data["landmarks"], face_matrix=data["face_matrix"], image_size=size
    )
    names = [str(name) for name in data["arkit_names"]]
    pairs = [(BLENDSHAPES.index(n), k) for k, n in enumerate(names) if n in BLENDSHAPES[1:]]
    off = np.abs(weights[:, [a for a, _ in pairs]] - data["arkit_weights"][:, [b for _, b in pairs]]).mean(
        axis=1
    )
    print(
        f"\n| degrees turned | pictures of {path.parent.name}/{path.name} | mean difference from the truth |\n|---|---|---|"
    )
    for low in range(0, 90, 10):
        rows = (turn >= low) & (turn < low + 10)
        if rows.sum() >= 20:
            print(f"| {low} to {low + 10} | {rows.sum()} | {off[rows].mean():.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--set", type=Path, help="a set with known truth, for the turn")
    args = parser.parse_args()
    driver, table = Driver(), {}
    for clip in args.clips:
        images, times = pictures(clip)
        whole = drive(driver, images, times)
        for name, change in changes(whole).items():
            take = drive(driver, [change(im, i) for i, im in enumerate(images)], times)
            seen = take.quality_rows[take.detected]
            row = [*judge(whole, take), *(np.median(seen, axis=0) if len(seen) else [np.nan] * 5)]
            table.setdefault(name, []).append(row)
            line = summarise(take.quality_rows, take.detected).get("advice", "no face")
            print(f"{clip.stem:24} {name:14} " + " ".join(f"{v:7.3f}" for v in row) + f"  {line}", flush=True)
    print(
        "\n| change | face px | outside | brightness | contrast | found | mean difference | r where it moves |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name, rows in table.items():
        found, off, r, px, _, out, bright, contrast = np.nanmedian(np.array(rows), axis=0)
        print(
            f"| {name} | {px:.0f} | {out:.2f} | {bright:.2f} | {contrast:.3f} | {found:.2f} | {off:.3f} | {r:.2f} |"
        )
    if args.set:
        known_truth(args.set)
    print(f"\nthresholds: {SMALL_PX:g} px, {TURNED_DEG:g} degrees")


if __name__ == "__main__":
    main()
