"""Edges and normals of a triangle mesh."""

from __future__ import annotations

import numpy as np

from ..base.values import FloatArray, IntArray


def edges(faces: IntArray) -> IntArray:
    """``(E, 2)`` vertex pairs of ``(F, 3)`` triangles, each once, the lower number first."""
    return np.unique(np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)


def vertex_normals(vertices: FloatArray, faces: IntArray) -> FloatArray:
    """``(V, 3)`` unit normals, weighted by triangle area; zero where a vertex has no area."""
    a, b, c = vertices[faces].transpose(1, 0, 2)
    face = np.cross(b - a, c - a)
    out = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(out, faces[:, corner], face)
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-20))
