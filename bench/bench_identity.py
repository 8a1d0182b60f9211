"""Shape error of the fitted identity on the lab test set, against showing the mean head."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

from mp2flame.flame import load_flame
from mp2flame.flame.landmarks import embedding_for
from mp2flame.response.identity import fit_betas

SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    model = load_flame(SHARED / "models/lab_head_a.pkl")
    embedding = embedding_for(model)
    test = np.load(SHARED / "data/lab/test.npz")
    skin = model.v_template[:, 2] > 0

    def shape(betas: np.ndarray) -> np.ndarray:
        """Vertices over the eye distance, in the template's size: one camera cannot know the scale."""
        vertices = model.shaped(betas)
        points = embedding.landmarks(vertices[None])[0]
        middle, distance = (points[33] + points[263]) / 2, np.linalg.norm(points[33] - points[263])
        return ((vertices - middle) / distance)[skin]

    rows = []
    for k, identity in enumerate(np.unique(test["identity"])):
        truth = np.zeros(model.num_betas)
        truth[:60] = test["betas"][test["identity"] == identity][0]
        fitted = fit_betas(model, test["neutral_landmarks"][k], (512, 512))
        target = shape(truth)
        size = (
            1e3
            * np.linalg.norm(np.ptp(model.v_template[skin], axis=0))
            / np.linalg.norm(np.ptp(target, axis=0))
        )
        rows.append([size * np.linalg.norm(shape(b) - target, axis=1).mean() for b in (fitted, np.zeros(60))])
    fitted_mm, mean_mm = np.mean(rows, axis=0)
    print("| head shown | shape error, face, mm (20 test identities) |\n|---|---|")
    print(f"| mean head | {mean_mm:.2f} |\n| fitted betas | {fitted_mm:.2f} |")


if __name__ == "__main__":
    main()
