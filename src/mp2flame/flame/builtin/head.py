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
from ..landmarks import NUM_SKIN_LANDMARKS as N
from ..landmarks import Embedding
from ..model import FlameModel
from ..parts import Parts

EYE_RADIUS = 0.01318  # metres, as FLAME's eyeballs

_TABLES = (
    "vertices",
    "faces",
    "expression",
    "skinning",
    "face_idx",
    "b_coords",
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
    faces: IntArray = stored["faces"].astype(np.int64)
    # as vertices of their own: i is landmark i, which readers of the built-in head may count on
    points = Embedding(
        stored["face_idx"][:N].astype(np.int64), stored["b_coords"][:N], faces[stored["face_idx"][:N]]
    )
    rows = [stored["vertices"], stored["expression"].transpose(2, 1, 0), stored["skinning"]]
    vertices, expression, skinning = (
        np.concatenate([points.gather(values.astype(np.float64)), values]).astype(np.float32)
        for values in rows
    )
    vertices, expression = vertices * np.float32(step), expression * np.float32(step)
    faces = _split(faces, points)
    digest = hashlib.sha256()
    for name in sorted(stored):
        digest.update(np.ascontiguousarray(stored[name]).tobytes())
    v = len(vertices)
    skin, right_lids, left_lids, mouth, right_eye, left_eye = (
        slice(int(a) + N, int(b) + N) for a, b in stored["parts"]
    )
    opposite = np.concatenate(
        [table("landmark_mirror")[:N].astype(np.int64), stored["opposite"].astype(np.int64) + N]
    )
    parts = Parts(skin, right_lids, left_lids, mouth, right_eye, left_eye, opposite)
    corner = faces.reshape(-1)
    first = np.full(N, -1)
    first[corner[corner < N][::-1]] = np.flatnonzero(corner < N)[::-1]
    face_idx = np.concatenate([first // 3, stored["face_idx"][N:].astype(np.int64)])
    b_coords = np.concatenate([np.eye(3, dtype=np.float32)[first % 3], stored["b_coords"][N:]])
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


def _split(faces: IntArray, points: Embedding) -> IntArray:
    """Triangles with the points as vertices 0, 1, ... of their own, and everything else moved up by as many.

    A triangle that holds a point becomes three, in its place and at the end; the surface stays what it is.
    """
    count = len(points.face_idx)
    whole = faces + count
    pieces: dict[
        int, list[tuple[list[int], FloatArray]]
    ] = {}  # by the triangle they were: corners, and where in it
    for point, (place, share) in enumerate(zip(points.face_idx.tolist(), points.b_coords.astype(np.float64))):
        parts = pieces.setdefault(place, [(whole[place].tolist(), np.eye(3))])
        within = [np.linalg.lstsq(where.T, share, rcond=None)[0].min() for _, where in parts]
        corners, where = parts.pop(int(np.argmax(within)))
        for one, other in ((0, 1), (1, 2), (2, 0)):
            parts.append(([corners[one], corners[other], point], np.stack([where[one], where[other], share])))
    ends: list[list[int]] = []
    for place, parts in pieces.items():
        whole[place] = parts[0][0]
        ends += [corners for corners, _ in parts[1:]]
    return np.concatenate([whole, np.array(ends, whole.dtype).reshape(-1, 3)])


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
