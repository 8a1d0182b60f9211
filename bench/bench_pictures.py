"""People beside the heads that they drive: the pictures of docs/response.md.

    python bench/bench_pictures.py [--shared ../shared] [--columns 6] [CLIP ...]

One picture for each clip, ``docs/images/people_NAME.jpg``: above the face as filmed, in the middle the built-in head with
the default command, below the same head with the detector's scores as they are. Frames whose weights differ most.
Default: three of Intel's sample videos, which may be shown (CC-BY-4.0).
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mp2flame import Driver
from mp2flame.drive.record import keep
from mp2flame.io.sources import open_source
from mp2flame.show.head import ShownHead
from mp2flame.show.pictures.sheet import most_different
from mp2flame.show.pictures.take import TakeRenderer
from mp2flame.take.take import Take

if TYPE_CHECKING:
    from PIL import Image

CLIPS = ("intel_asl__sister.mkv", "intel_asl__yes.mkv", "intel_asl__thanks.mkv")
CELL, GAP = 200, 4
IMAGES = Path(__file__).resolve().parents[1] / "docs/images"


def faces(clip: str, take: Take, rows: list[int]) -> list[Image.Image]:
    """What was filmed, a square around the face."""
    from PIL import Image

    height, width = (int(v) for v in take.image_size)
    found = {}
    with open_source(clip) as source:
        for i, frame in enumerate(source):
            if i in rows:
                points = take.landmarks[i][:, :2] * [width, height]
                middle, reach = points.mean(0), 0.75 * float(np.ptp(points, axis=0).max())
                box = (*(middle - reach), *(middle + reach))
                picture = Image.fromarray(frame.image)
                found[i] = picture.crop(tuple(round(v) for v in box)).resize((CELL, CELL), Image.LANCZOS)
    return [found[i] for i in rows]


def heads(driver: Driver, take: Take, rows: list[int]) -> list[Image.Image]:
    from PIL import Image

    head = ShownHead(driver)
    options = {"colors": head.colors, "gloss": head.gloss, "size": (CELL, CELL)}
    with TakeRenderer(take, head.model, head.vertices, **options) as pictures:
        return [Image.fromarray(pictures.image(i)) for i in rows]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="*")
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("MP2FLAME_SHARED", "../shared")))
    parser.add_argument("--columns", type=int, default=6)
    args = parser.parse_args()
    from PIL import Image, ImageOps

    driver = Driver()
    for clip in args.clips or [str(args.shared / "data/videos" / name) for name in CLIPS]:
        take = keep(driver.run(clip))
        seen = np.flatnonzero(take.detected)
        rows = [int(seen[k]) for k in most_different(take.arkit_weights[seen], args.columns)]
        raw = driver.params_from_weights(np.asarray(take.blendshapes))
        changed = {name: getattr(raw, name) for name in ("expression", "jaw_pose", "eye_pose")}
        plain = replace(take, arkit_weights=take.blendshapes, **changed)
        lines = [faces(clip, take, rows), heads(driver, take, rows), heads(driver, plain, rows)]
        step = CELL + GAP
        sheet = Image.new("RGB", (step * len(rows) - GAP, step * len(lines) - GAP), (24, 26, 30))
        for y, line in enumerate(lines):
            for x, picture in enumerate(line):
                sheet.paste(ImageOps.contain(picture, (CELL, CELL)), (x * step, y * step))
        name = Path(clip).stem.split("__")[-1]
        target = IMAGES / f"people_{name}.jpg"
        sheet.save(target, quality=80)
        print(f"{target.name}: {target.stat().st_size / 1e3:.0f} kB, frames {rows}")


if __name__ == "__main__":
    main()
