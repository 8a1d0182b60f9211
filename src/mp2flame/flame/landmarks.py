"""MediaPipe's 478 landmarks as points of a FLAME mesh: triangle and barycentric coordinates.

The table was made by ``tools/make_tables.py`` (docs/tables.md); 105 of the points are the embedding that is
distributed with FLAME 2023 Open derivatives. Landmarks 0-467 lie on the skin, 468-472 are the subject's right
iris and 473-477 the left one, each centre, subject's left, top, subject's right, bottom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..base.arrays import NUM_LANDMARKS as NUM_LANDMARKS
from ..base.arrays import NUM_SKIN_LANDMARKS as NUM_SKIN_LANDMARKS
from ..base.errors import InputError, MismatchError, ShapeError
from ..base.rotations import similarity
from ..base.tables import table
from ..base.values import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Embedding:
    """Where MediaPipe's landmarks lie on a mesh.

    Attributes:
        face_idx: ``(478,)`` row of the mesh's triangle list.
        b_coords: ``(478, 3)`` weights of that triangle's three corners, sum 1.
        corners: ``(478, 3)`` vertex indices of the triangle, in the order of ``b_coords``.
    """

    face_idx: IntArray
    b_coords: FloatArray
    corners: IntArray

    def landmarks(self, vertices: FloatArray) -> FloatArray:
        """``(*batch, V, 3)`` vertices to ``(*batch, 478, 3)`` landmarks, same unit and frame, float32.

        Raises:
            ShapeError: not vertices of a mesh that this embedding can lie on.
        """
        v = np.asarray(vertices)
        if v.ndim < 2 or v.shape[-1] != 3 or v.shape[-2] <= self.corners.max():
            raise ShapeError(
                f"vertices must be (*batch, V, 3) with at least {self.corners.max() + 1} vertices, "
                f"got {v.shape}."
            )
        out = np.einsum("...kcd,kc->...kd", v[..., self.corners, :], self.b_coords)
        return np.asarray(out.astype(np.float32))

    def gather(self, per_vertex: FloatArray) -> FloatArray:
        """``(V, *)`` values on the vertices to ``(478, *)`` at the landmarks: directions, weights."""
        return np.asarray(np.einsum("kc...,kc->k...", np.asarray(per_vertex)[self.corners], self.b_coords))


class Mesh(Protocol):
    """What is asked of a head; a ``FlameModel`` has it."""

    @property
    def v_template(self) -> FloatArray: ...
    @property
    def faces(self) -> IntArray: ...
    @property
    def release(self) -> str: ...
    @property
    def embedding(self) -> Embedding | None: ...


def embedding_for(model: Mesh) -> Embedding:
    """The landmarks on this model's mesh.

    Triangles may come in another order, and there may be more vertices after FLAME's 5023 (added teeth, say).

    Raises:
        MismatchError: the mesh is not FLAME's.
    """
    if model.embedding is not None:
        return model.embedding
    return embed(np.asarray(model.faces), len(model.v_template), model.release)


def embed(faces: IntArray, num_vertices: int, name: str = "this mesh") -> Embedding:
    """The landmarks on a mesh with FLAME's vertices and triangles.

    Raises:
        InputError: not a triangle list.
        MismatchError: not FLAME's.
    """
    if faces.ndim != 2 or faces.shape[1] != 3 or faces.dtype.kind not in "iu":
        raise InputError(f"faces must be (F, 3) vertex indices, got {faces.dtype} of shape {faces.shape}.")
    face_idx, corners = (
        table("embedding_face_idx").astype(np.int64),
        table("embedding_corners").astype(np.int64),
    )
    b_coords = table("embedding_b_coords")
    if len(faces) > face_idx.max() and np.array_equal(faces[face_idx], corners):
        return Embedding(face_idx, b_coords, corners)
    row = {tuple(sorted(triangle)): i for i, triangle in enumerate(faces.tolist())}
    found = [row.get(tuple(sorted(triangle))) for triangle in corners.tolist()]
    missing = sum(i is None for i in found)
    if missing:
        raise MismatchError(
            f"{name} has {num_vertices} vertices and {len(faces)} triangles, and {missing} of the "
            f"{len(corners)} triangles that carry MediaPipe's landmarks on FLAME's mesh (5023 vertices, 9976 "
            "triangles) are not among them. Use an unchanged FLAME file, or none for the built-in head."
        )
    return _in_order(faces, np.array(found), corners, b_coords)


def uncertainty_mm() -> FloatArray:
    """``(478,)`` how far each landmark may lie from where it belongs on the mean head, millimetres.

    Two independent signs of a wrong place, added in squares: how far a point is from the mirror image of its twin on
    the other side, and how far the way from MediaPipe's canonical face to it departs from that of its neighbours on
    MediaPipe's own mesh (a head differs from another smoothly). Irises, which lie on the eyeballs, have the first only.
    """
    points = np.asarray(table("mean_neutral_landmarks"), np.float64)
    twin = table("landmark_mirror").astype(np.int64)
    off = np.linalg.norm(points - points[twin] * np.array([-1.0, 1.0, 1.0]), axis=1) / 2
    canonical, triangles = (
        table("canonical_vertices").astype(np.float64),
        table("canonical_faces").astype(np.int64),
    )
    skin = points[:NUM_SKIN_LANDMARKS]
    scale, turn, shift = similarity(canonical[None], skin)
    way = skin - (scale[0] * canonical @ turn[0].T + shift[0])
    near = np.zeros((NUM_SKIN_LANDMARKS, NUM_SKIN_LANDMARKS))
    for a, b in ((0, 1), (1, 2), (2, 0)):
        near[triangles[:, a], triangles[:, b]] = near[triangles[:, b], triangles[:, a]] = 1.0
    mean = near @ way / np.maximum(near.sum(1), 1)[:, None]
    rough = np.zeros(NUM_LANDMARKS)
    rough[:NUM_SKIN_LANDMARKS] = np.linalg.norm(way - mean, axis=1)
    return np.asarray((1000.0 * np.hypot(off, rough)).astype(np.float32))


def embedding_arrays(model: Mesh | None = None) -> dict[str, FloatArray | IntArray]:
    """The landmarks under the names of ``mediapipe_landmark_embedding.npz``, which FLAME projects load.

    Args:
        model: whose triangles ``lmk_face_idx`` counts; None: those of FLAME's released files.

    Returns:
        ``lmk_face_idx (478,)`` int64, ``lmk_b_coords (478, 3)`` float64, ``landmark_indices (478,)`` int64 (MediaPipe's
        numbers), and ours: ``lmk_vertices (478, 3)`` the corners, ``uncertainty_mm (478,)``.

    Raises:
        MismatchError: the mesh is not FLAME's.
    """
    if model is None:
        face_idx, corners = table("embedding_face_idx"), table("embedding_corners")
        found = Embedding(face_idx.astype(np.int64), table("embedding_b_coords"), corners.astype(np.int64))
    else:
        found = embedding_for(model)
    return {
        "lmk_face_idx": np.asarray(found.face_idx, np.int64),
        "lmk_b_coords": np.asarray(found.b_coords, np.float64),
        "landmark_indices": np.arange(NUM_LANDMARKS, dtype=np.int64),
        "lmk_vertices": np.asarray(found.corners, np.int64),
        "uncertainty_mm": uncertainty_mm(),
    }


def _in_order(faces: IntArray, face_idx: IntArray, corners: IntArray, b_coords: FloatArray) -> Embedding:
    """The same points with each triangle's corners in this mesh's order."""
    theirs = faces[face_idx].astype(np.int64)
    order = (theirs[:, :, None] == corners[:, None, :]).argmax(2)
    return Embedding(face_idx, np.take_along_axis(b_coords, order, 1), theirs)
