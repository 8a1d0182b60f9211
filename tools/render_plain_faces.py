#!/usr/bin/env python3
"""Render faces that look like the lab training set's, with known expressions, through MediaPipe.

    python tools/render_plain_faces.py OUT.npz --identities 400 --seed 1

``render_training_faces.py`` varies everything; these renders vary what the lab sets vary: the lab's camera, soft
light from the front, one head turn per frame, expressions mixed from those of the lab training set. The looks are
those whose landmarks a network trained on the lab training set alone reads best (96 frames of four of its identities,
rendered again in 60 random looks). Both kinds are training data of the response (``train_response.py --plain``).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import cv2
import mediapipe as mp
import numpy as np

import render_training_faces as wide
from render_training_faces import SHARED, Face, Look, Stage, face_points, mirror_index, shared_head, unit

LOOKS = (78, 78, 78, 87, 66, 25, 65, 8, 3, 92, 90)  # seeds of ``Look``
BROW_LIFT = 0.0035
FOCAL, DISTANCE = 2.713, 0.8644
FRAMES = 32
TURN_DEG = np.array([5.86, 11.9, 4.09])
GAZE = np.array([0.384, 0.489])  # radians per unit of gaze weight, pitch and yaw


class LabPrior:
    """Expressions of the lab training set: upper and lower face of two frames, mirrored, stronger or weaker."""

    def __init__(self, names: list[str], rng: np.random.Generator) -> None:
        with np.load(SHARED / "data/lab/train.npz") as lab:
            self.weights = lab["arkit_weights"]
        self.rng, self.names = rng, names
        self.upper = np.array([n.startswith(("brow", "eye")) for n in names])
        self.mirror = mirror_index(names)

    def __call__(self) -> np.ndarray:
        rng, w = self.rng, self.weights
        one = w[rng.integers(len(w))].copy()
        if rng.random() < 0.6:
            one = np.where(self.upper, one, w[rng.integers(len(w))])
        if rng.random() < 0.5:
            one = one[self.mirror]
        if rng.random() < 0.6:
            one = one * rng.uniform(0.6, 1.25)
        if rng.random() < 0.5:
            one = one * (1 + 0.25 * rng.normal(size=len(one)))
        return np.clip(one, 0, 1)

    def gaze(self, w: np.ndarray) -> np.ndarray:
        """Make both eyes look the same way; ``(3,)`` axis-angle of either."""
        at = {n: i for i, n in enumerate(self.names) if n.startswith("eyeLook")}
        down = w[at["eyeLookDown_L"]] - w[at["eyeLookUp_L"]]
        out = w[at["eyeLookOut_L"]] - w[at["eyeLookIn_L"]]
        for side in "LR":
            w[at["eyeLookDown_" + side]], w[at["eyeLookUp_" + side]] = max(down, 0), max(-down, 0)
        w[at["eyeLookOut_L"]] = w[at["eyeLookIn_R"]] = max(out, 0)
        w[at["eyeLookIn_L"]] = w[at["eyeLookOut_R"]] = max(-out, 0)
        return np.array([GAZE[0] * down, GAZE[1] * out, 0.0])


def look(rng: np.random.Generator, points: dict[int, np.ndarray], stage: Stage) -> Look:
    seed = int(rng.choice(LOOKS)) if rng.random() < 0.8 else int(rng.integers(100))
    of = Look(points, stage.window, np.random.default_rng(seed), BROW_LIFT)
    if rng.random() < 0.5:
        tint = np.ones(3) * rng.uniform(0.8, 1.15) + rng.normal(0, 0.04, 3)
        of.texture = np.clip(of.texture * tint, 0, 1).astype(np.float32)
    of.iris_size = (rng.uniform(0.42, 0.52), rng.uniform(0.12, 0.24))
    if rng.random() < 0.4:
        of.hair = np.array([-1.0, 0, 0])
    return of


def soft_light(rng: np.random.Generator) -> dict[str, np.ndarray]:
    u, even = rng.uniform, np.ones(3)
    return dict(
        light_a=unit(np.array([rng.normal(0, 0.35), rng.normal(0.35, 0.3), 1.0])), colour_a=u(0.35, 0.65) * even,
        light_b=unit(np.array([rng.normal(0, 0.8), rng.normal(0, 0.4), u(0.2, 1)])), colour_b=u(0, 0.3) * even,
        up=u(0.35, 0.6) * even, down=u(0.25, 0.5) * even,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--identities", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    wide.SIZE = 512
    rng = np.random.default_rng(1000 + args.seed)
    head, truth = shared_head()
    names = [str(n) for n in truth["shape_names"]]
    embedding = np.load(SHARED / "models/mediapipe_landmark_embedding.npz")
    where = face_points(head["v_template"], head, embedding)
    points = {int(i): p for i, p in zip(embedding["landmark_indices"], where, strict=True)}
    stage, prior = Stage(head), LabPrior(names, rng)
    options = mp.tasks.vision.FaceLandmarkerOptions(
        base_options=mp.tasks.BaseOptions(model_asset_path=str(SHARED / "models/face_landmarker.task")),
        output_face_blendshapes=True,
    )
    rows: dict[str, list[Any]] = {
        k: [] for k in "blendshapes landmarks arkit_weights eye_pose betas global_orient identity".split()
    }
    neutral_scores, neutral_landmarks = [], []
    with mp.tasks.vision.FaceLandmarker.create_from_options(options) as landmarker:
        while len(neutral_scores) < args.identities:
            betas = rng.normal(0, 0.70, 60)
            face = Face(head, betas)
            stage.look(look(rng, points, stage))
            light = soft_light(rng)
            scene = rng.integers(0, 256, 3) if rng.random() < 0.5 else np.full(3, rng.integers(60, 256))
            blur = rng.uniform(0.4, 1.1)
            stage.set(**light)
            for frame in range(FRAMES):
                w = prior() if frame else np.zeros(len(names))
                turn = rng.normal(0, 1, 3) * np.radians(TURN_DEG) * (frame > 0)
                eye = prior.gaze(w)
                pose = np.stack([turn, np.zeros(3), w @ truth["jaw_pose"], eye, eye])
                v = face(w @ truth["expression_a"], pose).astype(np.float32)
                rgb, alpha = stage(v, FOCAL, np.zeros(2), DISTANCE)
                image = np.where(alpha[..., None], rgb, scene.astype(np.uint8))
                image = np.ascontiguousarray(cv2.GaussianBlur(image, (0, 0), blur))
                result = landmarker.detect(mp.Image(mp.ImageFormat.SRGB, image))
                if not result.face_landmarks:
                    if frame == 0:
                        break
                    continue
                marks = np.array([(p.x, p.y, p.z) for p in result.face_landmarks[0]], np.float32)
                scores = np.array([c.score for c in result.face_blendshapes[0]], np.float32)
                identity = len(neutral_scores) - (frame > 0)  # of this face
                if frame == 0:
                    neutral_scores.append(scores)
                    neutral_landmarks.append(marks)
                values = (scores, marks, w, np.concatenate([eye, eye]), betas, turn, identity)
                for key, value in zip(rows, values, strict=True):
                    rows[key].append(value)
    arrays = {k: np.array(v, np.int32 if k == "identity" else np.float32) for k, v in rows.items()}
    np.savez(
        args.out, **arrays, neutral_blendshapes=np.array(neutral_scores), neutral_landmarks=np.array(neutral_landmarks),
        arkit_names=np.array(names),
    )  # fmt: skip
    print(f"wrote {args.out}: {len(arrays['identity'])} frames of {len(neutral_scores)} identities")


if __name__ == "__main__":
    main()
