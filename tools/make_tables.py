#!/usr/bin/env python3
"""Compute the tables that ship: ``src/mp2flame/base/data/tables.npz``.

    python tools/make_tables.py [--shared ../shared] [--out src/mp2flame/base/data/tables.npz]

Needs SciPy and, in the shared folder, ``models/face_landmarker.task``, ``lab_head_a.pkl``,
``lab_head_truth.npz``, ``mediapipe_landmark_embedding.npz`` and ``data/lab/train.npz``.
What each table is and where it comes from: ``src/mp2flame/base/data/README.md``.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

from canonical_face import canonical_face, mirror_of
from detector_evidence import best_vertices
from mp2flame.base.channels import BLENDSHAPES
from mp2flame.flame import FlameModel, load_flame
from surface import Surface, similarity, vertex_normals, visible_faces

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("MP2FLAME_SHARED", ROOT / ".." / "shared"))
EVIDENCE_SMOOTHING = (
    1e-3  # thin plate smoothing at 4 px of detector scatter; see docs/tables.md for the sweep
)
IRIS_RADIUS = 0.00585  # metres; MediaPipe Iris takes the human mean of 11.7 mm across
LEFT_EYE, RIGHT_EYE = 3, 4


def skin_embedding(
    model: FlameModel,
    canonical: np.ndarray,
    triangles: np.ndarray,
    mirror: np.ndarray,
    known: dict,
    lab: dict,
) -> tuple[np.ndarray, np.ndarray]:
    """The 468 skin landmarks: known ones copied, the others by a thin plate warp of the canonical face.

    The warp goes through the known points; where MediaPipe sees the other landmarks on renders of this very
    head pulls it softly, which settles contour and forehead, far from any known point.
    """
    from scipy.interpolate import RBFInterpolator

    v, faces = model.v_template.astype(float), model.faces.astype(int)
    anchors = known["landmark_indices"].astype(int)
    others = np.setdiff1d(np.arange(len(canonical)), anchors)
    at_anchor = np.einsum("kcd,kc->kd", v[faces[known["lmk_face_idx"]]], known["lmk_b_coords"])
    scale, rotation, shift = similarity(canonical[anchors], at_anchor)
    rest = scale * canonical @ rotation.T + shift

    vertex, scatter_px = best_vertices(model, at_anchor, known, lab)
    seen = v[vertex[:468]]
    seen = 0.5 * (seen + seen[mirror[:468]] * [-1, 1, 1])
    scatter_px = np.minimum(scatter_px, scatter_px[mirror])[others]
    smoothing = np.r_[np.full(len(anchors), 1e-8), EVIDENCE_SMOOTHING * (scatter_px / 4) ** 2]
    warp = RBFInterpolator(
        np.r_[rest[anchors], rest[others]],
        np.r_[at_anchor, seen[others]],
        kernel="thin_plate_spline",
        smoothing=smoothing,
        degree=1,
    )
    warped = warp(rest)

    eyeball = model.lbs_weights[:, LEFT_EYE:].sum(1) > 0.5
    front = np.flatnonzero(~eyeball[faces].any(1) & (v[faces][:, :, 2].mean(1) > -0.06))
    surface = Surface(v, faces, visible_faces(v, faces, front))
    face_idx, b_coords = np.zeros(468, np.int64), np.zeros((468, 3))
    face_idx[others], b_coords[others] = surface.closest(
        warped[others], vertex_normals(warped, triangles)[others]
    )
    face_idx[anchors], b_coords[anchors] = known["lmk_face_idx"], known["lmk_b_coords"]
    return face_idx, b_coords


def iris_embedding(model: FlameModel) -> tuple[np.ndarray, np.ndarray]:
    """Ten points on the eyeballs: right 468-472, left 473-477; centre, +x, top, -x, bottom.

    The visual axis of FLAME's eyeball is +z through the front pole of its sphere.
    """
    v, faces = model.v_template.astype(float), model.faces.astype(int)
    joints = model.J_regressor @ v
    face_idx, b_coords = [], []
    for joint in (RIGHT_EYE, LEFT_EYE):
        ball = np.flatnonzero((model.lbs_weights[:, joint] > 0.5)[faces].all(1))
        radius = np.linalg.norm(v[np.unique(faces[ball])] - joints[joint], axis=1).max()
        depth = np.sqrt(radius**2 - IRIS_RADIUS**2)
        offset = np.array([[0, 0, radius]] + [[x, y, depth] for x, y in _CROSS * IRIS_RADIUS])
        idx, bary = Surface(v, faces, ball).closest(joints[joint] + offset)
        face_idx.append(idx)
        b_coords.append(bary)
    return np.concatenate(face_idx), np.concatenate(b_coords)


_CROSS = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])


def shape_displacements(
    model: FlameModel, face_idx: np.ndarray, b_coords: np.ndarray, truth: dict
) -> tuple[np.ndarray, np.ndarray]:
    """``(52, 468, 3)`` metres: each shape at weight 1 through the forward pass, read at the embedding."""
    forward = model.prepare()
    corners = model.faces.astype(int)[face_idx]

    def landmarks(expression: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        pose = np.zeros((5, 3))
        pose[2] = jaw
        full = np.zeros(model.exprdirs.shape[2])
        full[: len(expression)] = expression
        vertices = forward(full, pose, np.zeros(3)).astype(float)
        return np.einsum("kcd,kc->kd", vertices[corners], b_coords)

    names = [str(name) for name in truth["shape_names"]]
    neutral = landmarks(np.zeros(1), np.zeros(3))
    moved = np.zeros((len(BLENDSHAPES), 468, 3))
    for row, name in enumerate(BLENDSHAPES):
        parts = _parts(name, names)
        if parts:
            expression, jaw = truth["expression_a"][parts].sum(0), truth["jaw_pose"][parts].sum(0)
            moved[row] = (landmarks(expression, jaw) - neutral)[:468]
    return neutral, moved


def _parts(name: str, names: list[str]) -> list[int]:
    """Rows of the truth that make up one MediaPipe shape: itself, its side, or both sides."""
    sided = name.replace("Left", "_L") if name.endswith("Left") else name.replace("Right", "_R")
    wanted = [name] if name in names else [sided] if sided in names else [f"{name}_L", f"{name}_R"]
    if name == "_neutral":
        return []
    return [names.index(part) for part in wanted]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--out", type=Path, default=ROOT / "src/mp2flame/base/data/tables.npz")
    args = parser.parse_args()
    models = args.shared / "models"

    model = load_flame(models / "lab_head_a.pkl")
    canonical, triangles = canonical_face(models / "face_landmarker.task")
    mirror = mirror_of(canonical)
    known = dict(np.load(models / "mediapipe_landmark_embedding.npz"))
    truth = dict(np.load(models / "lab_head_truth.npz"))
    lab = dict(np.load(args.shared / "data/lab/train.npz"))

    skin = skin_embedding(model, canonical, triangles, mirror, known, lab)
    iris = iris_embedding(model)
    face_idx = np.concatenate([skin[0], iris[0]]).astype(np.uint16)
    b_coords = np.concatenate([skin[1], iris[1]]).astype(np.float32)
    neutral, moved = shape_displacements(model, face_idx, b_coords.astype(float), truth)

    np.savez_compressed(
        args.out,
        embedding_face_idx=face_idx,
        embedding_b_coords=b_coords,
        embedding_corners=model.faces[face_idx].astype(np.uint16),
        arkit_landmark_shapes=_micrometres(moved),
        mean_neutral_landmarks=_micrometres(neutral),
        mean_joints=_micrometres(model.J_regressor @ model.v_template),
        canonical_vertices=canonical.astype(np.float32),
        canonical_faces=triangles.astype(np.uint16),
        landmark_mirror=mirror.astype(np.uint16),
    )
    print(f"{args.out.name}: {args.out.stat().st_size / 1e3:.0f} kB")


def _micrometres(metres: np.ndarray) -> np.ndarray:
    """Rounded to a micrometre, which compresses and is far below every error here."""
    return np.round(metres, 6).astype(np.float32)


if __name__ == "__main__":
    main()
