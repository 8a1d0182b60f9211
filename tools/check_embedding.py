#!/usr/bin/env python3
"""The embedding in a picture, and against what MediaPipe detects on renders of known faces.

    python tools/check_embedding.py [--shared ../shared] [--picture docs/images/embedding.jpg]

The comparison takes the neutral, frontal frame of each identity of the lab set: MediaPipe's landmarks against
the embedded points through the renders' camera, averaged over identities, in millimetres at the face.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

from mp2flame.base.tables import table
from mp2flame.flame import FlameModel, load_flame
from mp2flame.flame.landmarks import embedding_for
from mp2flame.show.pictures import Renderer
from mp2flame.show.pictures.camera import View

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("MP2FLAME_SHARED", ROOT / ".." / "shared"))
OVAL = [
    10,
    338,
    297,
    332,
    284,
    251,
    389,
    356,
    454,
    323,
    361,
    288,
    397,
    365,
    379,
    378,
    400,
    377,
    152,
    148,
    176,
]
OVAL += [149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]
REGIONS = {
    "outline": OVAL,
    "forehead": [151, 108, 337, 69, 299, 104, 333, 68, 298, 9],
    "nose": [1, 4, 5, 19, 94, 48, 278, 64, 294, 115, 344],
    "cheeks": [50, 280, 205, 425, 117, 346, 187, 411, 123, 352],
    "chin": [199, 175, 200, 18, 83, 313, 208, 428],
    "lids": [159, 145, 158, 153, 160, 144, 386, 374, 385, 380, 387, 373],
    "brows": [70, 63, 105, 66, 107, 300, 293, 334, 296, 336],
    "inner lips": [13, 14, 82, 87, 312, 317, 81, 178, 311, 402],
    "outer lips": [0, 17, 37, 267, 84, 314, 61, 291],
    "irises": list(range(468, 478)),
}


def disagreement_mm(model: FlameModel, lab: dict) -> np.ndarray:
    """``(478, 2)`` mean of detected minus embedded, x to the subject's left and y up."""
    from scipy.optimize import least_squares

    on = embedding_for(model)
    first = np.flatnonzero(np.diff(lab["identity"], prepend=-1))
    faces = np.stack([on.landmarks(model.shaped(lab["betas"][row])) for row in first]).astype(float)
    seen = (lab["landmarks"][first, :, :2].astype(float) - 0.5) * [512, -512]

    def project(camera: np.ndarray) -> np.ndarray:
        focal, x, y, distance = camera
        return focal * (faces[..., :2] + [x, y]) / (distance - faces[..., 2:])

    known = np.load(SHARED / "models/mediapipe_landmark_embedding.npz")["landmark_indices"]
    camera = least_squares(
        lambda c: (project(c) - seen)[:, known].ravel(), [1400.0, 0, 0, 0.87], loss="soft_l1"
    ).x
    depth = camera[3] - faces[..., 2:]
    return 1e3 * ((seen - project(camera)) * depth / camera[0]).mean(0)


def picture(model: FlameModel, path: Path, size: int = 440) -> None:
    from PIL import Image, ImageDraw

    points = embedding_for(model).landmarks(model.v_template)
    triangles = table("canonical_faces").astype(int)
    corner = points[triangles]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    known = set(np.load(SHARED / "models/mediapipe_landmark_embedding.npz")["landmark_indices"].tolist())
    images = []
    with Renderer(model.faces, (2 * size, 2 * size)) as renderer:
        for yaw in (0, 55):
            camera = View.framing(points, (2 * size, 2 * size), yaw_deg=yaw)
            image = Image.fromarray(renderer(model.v_template, camera))
            draw = ImageDraw.Draw(image)
            pixels, _ = camera.project(points)
            towards = -camera.R[2] @ normal.T
            seen = np.zeros(478, bool)
            seen[triangles[towards > 0]] = True
            seen[468:] = yaw == 0
            for triangle in triangles[towards > 0]:
                draw.line([tuple(pixels[i]) for i in (*triangle, triangle[0])], fill=(40, 70, 140), width=1)
            for i in np.flatnonzero(seen):
                color = (220, 40, 40) if i in known else (20, 120, 60) if i < 468 else (230, 150, 0)
                x, y = pixels[i]
                draw.ellipse([x - 4, y - 4, x + 4, y + 4], fill=color)
            images.append(image.resize((size, size), Image.Resampling.LANCZOS))
    sheet = Image.new("RGB", (2 * size, size))
    for column, image in enumerate(images):
        sheet.paste(image, (column * size, 0))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, quality=88)
    print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--picture", type=Path, default=ROOT / "docs/images/embedding.jpg")
    args = parser.parse_args()
    model = load_flame(args.shared / "models/lab_head_a.pkl")
    gap = disagreement_mm(model, dict(np.load(args.shared / "data/lab/train.npz")))
    print("| region | distance mm | mean towards subject's left, up mm |\n|---|---|---|")
    for name, index in REGIONS.items():
        left, up = gap[index].mean(0)
        print(f"| {name} | {np.linalg.norm(gap[index], axis=1).mean():.1f} | {left:+.1f}, {up:+.1f} |")
    print(f"| all 478 | {np.linalg.norm(gap, axis=1).mean():.1f} | |")
    picture(model, args.picture)


if __name__ == "__main__":
    main()
