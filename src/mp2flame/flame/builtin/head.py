"""The head that needs no FLAME file: FLAME's format, of release ``builtin``, from a table that ships.

MakeHuman's geometry (CC0), the mean of both sexes and three origins, laid on the mean resting face; 50 expression
directions span how the 52 shapes move the landmarks; it has FLAME's five joints, two eyeballs and the inside of
a mouth. ``tools/make_head.py`` made the table. The rig, the forward pass and every exporter treat it as any other
FLAME file; brows, teeth and tongue are ``scenery``, as on those.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np

from ...base.tables import table
from ...base.values import FloatArray, IntArray
from ..landmarks import Embedding
from ..model import FlameModel
from ..parts import Parts

EYE_RADIUS = 0.01318  # metres, as FLAME's eyeballs

_TABLES = (
    "vertices",
    "faces",
    "expression",
    "mix",
    "skinning",
    "corners",
    "b_coords",
    "kept",
    "iris",
    "joints",
    "step",
    "parts",
    "opposite",
)


@lru_cache(maxsize=1)
def builtin_head() -> FlameModel:
    """The built-in head: about 6,300 vertices, the first 468 MediaPipe's landmarks, 50 expression coefficients, no identity directions."""
    stored = {name: table(f"head_{name}") for name in _TABLES}
    step = float(stored["step"])
    corners: IntArray = stored["corners"].astype(np.int64)
    landmarks = Embedding(np.zeros(len(corners), np.int64), stored["b_coords"], corners)
    rows = [stored["vertices"], stored["expression"].transpose(2, 1, 0), stored["skinning"]]
    vertices, expression, skinning = (
        np.concatenate([landmarks.gather(values.astype(np.float64)), values[stored["kept"]]]).astype(
            np.float32
        )
        for values in rows
    )
    vertices *= np.float32(step)
    expression = (expression @ (stored["mix"].T * step)).astype(np.float32)
    faces: IntArray = stored["faces"].astype(np.int64)
    digest = hashlib.sha256()
    for name in sorted(stored):
        digest.update(np.ascontiguousarray(stored[name]).tobytes())
    skin, right_lids, left_lids, mouth, right_eye, left_eye = (
        slice(int(a), int(b)) for a, b in stored["parts"]
    )
    parts = Parts(
        skin, right_lids, left_lids, mouth, right_eye, left_eye, stored["opposite"].astype(np.int64)
    )
    # landmark i is vertex i, which readers of the built-in head may count on; the irises are vertices of the eyeballs
    first = np.full(len(vertices), -1)
    first[faces.reshape(-1)[::-1]] = np.arange(faces.size)[::-1]
    first = first[np.r_[: len(corners), stored["iris"].astype(np.int64)]]
    face_idx, b_coords = first // 3, np.eye(3, dtype=np.float32)[first % 3]
    v = len(vertices)
    return FlameModel(
        v_template=vertices,
        faces=faces.astype(np.int32),
        exprdirs=expression,
        J_regressor=_regressor(vertices, expression, stored["joints"], parts),
        lbs_weights=skinning / skinning.sum(1, keepdims=True),
        shapedirs=np.zeros((v, 3, 0), np.float32),
        posedirs=np.zeros((v, 3, 36), np.float32),
        release="builtin",
        sha256=digest.hexdigest(),
        has_jaw=True,
        gender="neutral",
        certainty="hash",
        embedding=Embedding(face_idx, b_coords, faces[face_idx]),
        parts=parts,
        has_mouth=True,
    )


def _regressor(vertices: FloatArray, expression: FloatArray, joints: FloatArray, parts: Parts) -> FloatArray:
    """``(5, V)``: the joints as affine sums of vertices that no expression moves."""
    still = np.flatnonzero(~expression.any((1, 2)))
    eyes = {3: parts.left_eye, 4: parts.right_eye}
    in_eyes = np.concatenate([np.arange(p.start, p.stop) for p in eyes.values()])
    regressor = np.zeros((5, len(vertices)), np.float32)
    for joint in range(5):
        eye = eyes.get(joint)
        use = np.arange(eye.start, eye.stop) if eye is not None else np.setdiff1d(still, in_eyes)
        # The smallest weights that sum to one and meet the joint.
        system = np.column_stack([vertices[use].astype(np.float64), np.ones(len(use))])
        regressor[joint, use] = np.linalg.pinv(system).T @ np.r_[joints[joint], 1.0]
    return regressor
