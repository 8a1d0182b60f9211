"""Small faces at 1920 x 1080: share of frames found, what it costs, and from which width on scores can be trusted.

    python bench/bench_small_faces.py PICTURE [PICTURE ...]

Each picture shows one face; it is pasted at several places, moving by a pixel a frame. Cost is the median time of a
frame against the same detector with ``small_faces=False`` in the same run.
"""

from __future__ import annotations

import sys
import time

import cv2
import numpy as np

from mp2flame.io.sources.images import read_image
from mp2flame.observe.detector import Detector

SIZE = (1080, 1920)
WIDTHS = (60, 80, 100, 130, 166, 200, 260)
PLACES = ((960, 540), (300, 300), (1700, 850), (560, 930))
FRAMES = 24


def pasted(picture: np.ndarray, box: tuple[float, ...], width: float, x: float, y: float) -> np.ndarray:
    """The picture so reduced that its face is ``width`` pixels wide, on grey, with the face at (x, y)."""
    scale = width / (box[2] - box[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    middle = scale * (box[0] + box[2]) / 2, scale * (box[1] + box[3]) / 2
    move = np.array([[1, 0, x - middle[0]], [0, 1, y - middle[1]]])
    return cv2.warpAffine(small, move, SIZE[::-1], borderValue=(128, 128, 128))


def median_ms(detector: Detector, pictures: list[np.ndarray], start_ms: float = 0.0) -> tuple[float, int]:
    took, found = [], 0
    for i, picture in enumerate(pictures):
        before = time.perf_counter()
        found += bool(detector.detect(picture, start_ms + 33.3 * i))
        took.append(1000 * (time.perf_counter() - before))
    return float(np.median(took)), found


def main() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (*SIZE, 3), dtype=np.uint8)
    empty = [cv2.GaussianBlur(noise, (0, 0), 9)] * 60
    for mode in ("video", "image"):
        with Detector(mode, small_faces=False) as plain, Detector(mode) as looking:
            first, second = median_ms(plain, empty)[0], median_ms(looking, empty)[0]
            print(
                f"no face, {mode}: {first:.2f} ms without, {second:.2f} ms with: {second / first:.2f} times"
            )
    for path in sys.argv[1:]:
        picture = read_image(path)
        with Detector("image") as still:
            truth = still.detect(picture)[0]
        for width in WIDTHS:
            found, usual, off = 0, 0, []
            costs = []
            for x, y in PLACES:
                pictures = [pasted(picture, truth.box, width, x + i, y) for i in range(FRAMES)]
                with Detector(small_faces=False) as plain, Detector() as looking:
                    usual += median_ms(plain, pictures)[1]
                    cost, count = median_ms(looking, pictures)
                    found += count
                    costs.append(cost)
                    last = looking.detect(pictures[-1])
                    off += [float(np.abs(last[0].blendshapes - truth.blendshapes).max())] if last else []
            total = FRAMES * len(PLACES)
            print(
                f"{path}: {width:4d} px: found {found / total:.3f} (without {usual / total:.3f}), "
                f"{np.median(costs):.1f} ms a frame, largest score error {max(off, default=float('nan')):.2f}"
            )


if __name__ == "__main__":
    main()
