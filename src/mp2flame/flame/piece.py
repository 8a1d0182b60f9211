"""What is added to a head: vertices with triangles, skinning and colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base.values import FloatArray, IntArray


@dataclass(eq=False)
class Piece:
    """Vertices as sums of the head's own plus offsets, with triangles, skinning, colours."""

    points: FloatArray  # (N, 3)
    faces: IntArray
    colors: FloatArray  # (N, 3)
    gloss: float = 0.0
    used: IntArray | None = None  # (U,) the head's vertices that move these
    rows: FloatArray | None = None  # (N, U)
    skin: FloatArray | None = None  # (N, 5) where it is not the rows'
    tongue_out: FloatArray | None = None


def grid(rows: int, columns: int) -> IntArray:
    """Triangles of a grid, facing out where columns run to the subject's left and rows upwards."""
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1)
    right, up = corner + 1, corner + columns
    return np.concatenate([np.stack([corner, right, up], 1), np.stack([right, up + 1, up], 1)])


def fan(ring: IntArray) -> IntArray:
    """Triangles that close a ring, facing where it runs counter-clockwise."""
    return np.stack([np.full(len(ring) - 2, ring[0]), ring[1:-1], ring[2:]], 1)
