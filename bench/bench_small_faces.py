"""Small faces at 1920 x 1080: share of frames found, what it costs, and from which width on scores can be trusted.

    python bench/bench_small_faces.py PICTURE [PICTURE ...]

Each picture shows one face; it is pasted at several places, moving by a pixel a frame. Cost is the processor time of 60
frames against the same detector with ``small_faces=False``, taking turns; that of a followed face against a large one's.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from mp2flame.base.detection import Detection
from mp2flame.io.sources.images import read_image
from mp2flame.observe.detector import Detector

SIZE = (1080, 1920)
WIDTHS = (60, 80, 100, 130, 166, 200, 260)
PLACES = ((960, 540), (300, 300), (1700, 850), (560, 930))
FRAMES = 24


def pasted(picture: np.ndarray, box: tuple[float, ...], width: float, x: float, y: float) -> np.ndarray:
    """The picture so reduced that its face is ``width`` pixels wide, on grey, with the face at (x, y)."""
    import cv2

    scale = width / (box[2] - box[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    middle = scale * (box[0] + box[2]) / 2, scale * (box[1] + box[3]) / 2
    move = np.array([[1, 0, x - middle[0]], [0, 1, y - middle[1]]])
    return cv2.warpAffine(small, move, SIZE[::-1], borderValue=(128, 128, 128))


def cost(mode: str, pictures: list[np.ndarray]) -> tuple[float, float]:
    """Processor time of these pictures with the search over that without: all of them, and the dearest picture."""
    with Detector(mode, small_faces=False) as plain, Detector(mode) as looking:
        took = np.zeros((len(pictures), 2))
        for i, picture in enumerate(pictures):
            for k, detector in enumerate((plain, looking)):
                before = time.process_time()
                detector.detect(picture, 33.3 * i)
                took[i, k] = time.process_time() - before
    took = took[1:] if mode == "video" else took  # the first frame starts the models
    return float(took[:, 1].sum() / took[:, 0].sum()), float(took[:, 1].max() / np.median(took[:, 0]))


def costs() -> None:
    """Without a face: blurred noise, still and moving sideways; with a large one."""
    import cv2

    noise = np.random.default_rng(0).integers(0, 255, (*SIZE, 3), dtype=np.uint8)
    empty = cv2.GaussianBlur(noise, (0, 0), 9)
    for mode in ("video", "image"):
        for name, pictures in (
            ("still", [empty] * 60),
            ("moving", [np.roll(empty, 7 * i, axis=1) for i in range(60)]),
        ):
            whole, most = cost(mode, pictures)
            print(f"no face, {name}, {mode}: {whole:.2f} times the detector's time, {most:.1f} at most")


def following(picture: np.ndarray, truth: Detection, width: float) -> float:
    """Processor time of a film of a small face over that of the same film of a large one, from its second picture on."""
    films = [[pasted(picture, truth.box, w, 960 + i, 540) for i in range(60)] for w in (width, 400)]
    took = np.zeros((60, 2))
    with Detector("video") as one, Detector("video") as other:
        for i in range(60):
            for k, detector in enumerate((one, other)):
                before = time.process_time()
                detector.detect(films[k][i], 33.3 * i)
                took[i, k] = time.process_time() - before
    small, large = took[1:].sum(0)
    return float(small / large)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", nargs="+")
    pictures = parser.parse_args().pictures
    costs()
    for path in pictures:
        picture = read_image(path)
        with Detector("image") as still:
            truth = still.detect(picture)[0]
        for width in (100, 166):
            print(
                f"{path}: following {width} px: {following(picture, truth, width):.1f} times a large face's"
            )
        for width in WIDTHS:
            for mode in ("video", "image"):
                print(f"{path}: {width:4d} px, {mode}: {shares(picture, truth, width, mode)}")


def shares(picture: np.ndarray, truth: Detection, width: float, mode: str) -> str:
    """Found with and without the search, and how the last frame's scores differ from those of the large face."""
    found, usual, off = 0, 0, []
    for x, y in PLACES:
        pictures = [pasted(picture, truth.box, width, x + i, y) for i in range(FRAMES)]
        with Detector(mode, small_faces=False) as plain, Detector(mode) as looking:
            usual += sum(bool(plain.detect(p, 33.3 * i)) for i, p in enumerate(pictures))
            found += sum(bool(looking.detect(p, 33.3 * i)) for i, p in enumerate(pictures))
            last = looking.detect(pictures[-1], 33.3 * FRAMES)
            off += [float(np.abs(last[0].blendshapes - truth.blendshapes).max())] if last else []
    total = FRAMES * len(PLACES)
    return (
        f"found {found / total:.3f} (without {usual / total:.3f}), "
        f"largest score error {max(off, default=float('nan')):.2f}"
    )


if __name__ == "__main__":
    main()
