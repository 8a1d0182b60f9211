"""Fit the reference row "usual method": MediaPipe's scores to ARKit weights by a pseudo-inverse, no intercept.

    python tools/make_usual_method.py [TRAIN]     default: data/lab/train.npz of the test material

It is what public linear mappings do with tracked data, here with the known weights of 6,000 renders, and is only
compared with (``mp2flame evaluate``), never driven with. Writes ``usual_method (52, 52)`` into
``src/mp2flame/base/data/usual_method.npz``.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

from mp2flame.base.channels import to_mediapipe

HERE = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("MP2FLAME_SHARED", HERE.parent / "shared"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("train", nargs="?", type=Path, default=SHARED / "data/lab/train.npz")
    with np.load(parser.parse_args().train) as data:
        names = [str(n) for n in data["arkit_names"]]
        weights = to_mediapipe(data["arkit_weights"].astype(float), names=names, unknown="ignore")
        scores = data["blendshapes"].astype(float)
        alive = (
            scores.std(0) > 1e-3
        )  # without those that the detector never moves, or their noise would decide
        method = np.zeros((scores.shape[1], weights.shape[1]))
        method[alive] = np.linalg.pinv(scores[:, alive]) @ weights
    target = HERE / "src/mp2flame/base/data/usual_method.npz"
    np.savez_compressed(target, usual_method=method.astype(np.float32))
    print(f"wrote {target}: {target.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
