"""What the renderers need of a triangle mesh: checked faces, smooth normals, connected parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ...base.errors import InputError, ShapeError
from ...base.values import FloatArray, IntArray


class Topology:
    """Triangles over a fixed number of vertices, with what is computed once for them.

    Args:
        faces: ``(F, 3)`` vertex indices, counter-clockwise seen from outside.
        num_vertices: V; by default one more than the highest index.

    Raises:
        ShapeError, InputError: the array is not ``(F, 3)`` whole numbers, or an index is out of range.
    """

    def __init__(self, faces: Any, num_vertices: int | None = None) -> None:
        array = np.asarray(faces)
        if array.ndim != 2 or array.shape[1] != 3 or len(array) == 0:
            raise ShapeError(f"faces must be (F, 3) triangles, got {array.shape}.")
        if array.dtype.kind not in "iu":
            raise InputError(f"faces must be whole numbers (vertex indices), got {array.dtype}.")
        self.faces: npt.NDArray[np.int64] = np.ascontiguousarray(array, dtype=np.int64)
        self.num_vertices = int(num_vertices or self.faces.max() + 1)
        if self.faces.min() < 0 or self.faces.max() >= self.num_vertices:
            raise InputError(
                f"faces name vertices {self.faces.min()}..{self.faces.max()}, "
                f"the mesh has {self.num_vertices}."
            )
        corners = self.faces.ravel()
        order = np.argsort(corners, kind="stable")
        used, starts = np.unique(corners[order], return_index=True)
        self._faces_by_vertex = order // 3
        self._used, self._starts = used, starts

    def check(self, vertices: Any) -> FloatArray:
        """``(V, 3)`` float32, finite, or one clear error."""
        array = np.asarray(vertices)
        if array.shape != (self.num_vertices, 3) or array.dtype.kind not in "fiu":
            raise ShapeError(
                f"vertices must be ({self.num_vertices}, 3) numbers for these faces, "
                f"got {array.dtype} {array.shape}; render one frame at a time."
            )
        array = np.ascontiguousarray(array, dtype=np.float32)
        if not np.isfinite(array).all():
            raise InputError("vertices hold NaN or infinite values; nothing was drawn.")
        return array

    def normals(self, vertices: FloatArray) -> FloatArray:
        """``(V, 3)`` unit vertex normals, weighted by triangle area; zero where a vertex has no area."""
        v = np.ascontiguousarray(vertices.T)
        a, b, c = self.faces.T
        e1, e2 = v[:, b] - v[:, a], v[:, c] - v[:, a]
        face = np.empty_like(e1)
        face[0] = e1[1] * e2[2] - e1[2] * e2[1]
        face[1] = e1[2] * e2[0] - e1[0] * e2[2]
        face[2] = e1[0] * e2[1] - e1[1] * e2[0]
        total = np.zeros_like(v)
        total[:, self._used] = np.add.reduceat(face[:, self._faces_by_vertex], self._starts, axis=1)
        length = np.sqrt((total * total).sum(0))
        return np.ascontiguousarray((total / np.maximum(length, 1e-20)).T)

    def parts(self) -> IntArray:
        """``(V,)`` number of the connected part each vertex is in; 0 is the part with most vertices."""
        label = np.arange(self.num_vertices)
        a, b = self.faces[:, [0, 1, 2]].ravel(), self.faces[:, [1, 2, 0]].ravel()
        while True:  # labels sink to the smallest index of the part; pointer jumping keeps the rounds few
            low = label.copy()
            np.minimum.at(low, a, label[b])
            np.minimum.at(low, b, label[a])
            low = low[low]
            if np.array_equal(low, label):
                break
            label = low
        _, part, count = np.unique(label, return_inverse=True, return_counts=True)
        rank = np.empty(len(count), np.int64)
        rank[np.argsort(-count, kind="stable")] = np.arange(len(count))
        return rank[part]

    def gloss(self) -> FloatArray:
        """``(V,)`` 1 on the small separate closed parts of a head, which are its eyeballs, 0 on the rest."""
        part = self.parts()
        size = np.bincount(part)
        edges = np.sort(self.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        _, where, count = np.unique(
            edges[:, 0] * self.num_vertices + edges[:, 1], return_index=True, return_counts=True
        )
        open_edges = np.bincount(part[edges[where, 0]], weights=count != 2, minlength=len(size))
        eye = (size < 0.4 * size[0]) & (size > 2) & (open_edges == 0)
        return np.asarray(eye[part].astype(np.float32))
