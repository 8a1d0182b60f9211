"""A sheet of twelve expressions, seen from three sides: what to look at whenever a head changes.

    python bench/bench_sheet.py [--flame F] [--skin light|deep] [-o sheet.jpg] [--cell 220]

The sheets in docs/images were made with it: the built-in head, and a head with FLAME's mesh.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from mp2flame import Driver
from mp2flame.base.channels import INDEX
from mp2flame.show.head import ShownHead
from mp2flame.show.pictures import Renderer, View, contact_sheet

TONGUE = "tongueOut"
YAWS_DEG = (0.0, 38.0, 85.0)


def both(**shapes: float) -> dict[str, float]:
    """The same on the left and on the right."""
    return {f"{name}{side}": value for name, value in shapes.items() for side in ("Left", "Right")}


EXPRESSIONS: dict[str, dict[str, float]] = {
    "rest": {},
    "blink": both(eyeBlink=1),
    "closed smile": both(mouthSmile=0.6, mouthPress=0.3, cheekSquint=0.4, mouthDimple=0.2),
    "toothy smile": {
        **both(mouthSmile=0.9, mouthUpperUp=0.35, mouthLowerDown=0.25, cheekSquint=0.6, eyeSquint=0.3),
        "jawOpen": 0.06,
    },
    "open": {"jawOpen": 0.9},
    "pucker": {"mouthPucker": 1},
    "frown": both(mouthFrown=0.9, browDown=0.8),
    "brows up": {"browInnerUp": 1, **both(browOuterUp=1)},
    "sneer": both(noseSneer=1, mouthUpperUp=0.5),
    "cheek puff": {"cheekPuff": 1},
    "tongue": {"jawOpen": 0.5, TONGUE: 1},
    "look aside": {"eyeLookOutLeft": 0.9, "eyeLookInRight": 0.9},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flame")
    parser.add_argument("--skin", default="light")
    parser.add_argument("-o", "--output", type=Path, default=Path("sheet.jpg"))
    parser.add_argument("--cell", type=int, default=220)
    options = parser.parse_args()
    driver, size = Driver(options.flame), (options.cell, options.cell)
    head = ShownHead(driver, skin=options.skin)
    template = driver.model.v_template
    framed = template[driver.model.lbs_weights[:, 0] < 0.5]  # without the bust
    names, images, labels = list(EXPRESSIONS), [], []
    with Renderer(head.model.faces, size, vertex_colors=head.colors, gloss=head.gloss) as renderer:
        cameras = [View.framing(framed, size, margin=0.09, yaw_deg=yaw) for yaw in YAWS_DEG]
        for row in (names[:6], names[6:]):
            for camera in cameras:
                for name in row:
                    weights = np.zeros(52, np.float32)
                    for shape, value in EXPRESSIONS[name].items():
                        if shape != TONGUE:
                            weights[INDEX[shape]] = value
                    params = driver.params_from_weights(weights)
                    tongue = EXPRESSIONS[name].get(TONGUE, 0.0)
                    images.append(renderer(head.vertices(params, tongue_out=tongue), camera))
                    labels.append(name if camera is cameras[0] else "")
    from PIL import Image

    sheet = contact_sheet(images, labels, columns=6, cell=options.cell)
    Image.fromarray(sheet).save(options.output, quality=82)
    print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
