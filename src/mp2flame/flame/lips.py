"""Lips on the mesh: how far apart, and whether they pass each other. Millimetres.

Measured between the embedded inner lip landmarks, upper minus lower in height, in the head's frame. On a
closed mouth at rest the landmarks of FLAME's template are 1 to 2 mm apart (they sit on the lips' visible side
of the seam), so contact is this gap at rest, and what matters is the change from it; negative well below it:
the lips have passed each other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..base.errors import ShapeError
from ..base.values import FloatArray, IntArray
from .landmarks import NUM_LANDMARKS

UPPER = (80, 81, 82, 13, 312, 311, 310)
LOWER = (88, 178, 87, 14, 317, 402, 318)


def lip_gap_mm(points: npt.ArrayLike) -> FloatArray:
    """Heights of the upper over the lower lip's inner edge, from the subject's right to left.

    Args:
        points: ``(*batch, 478, 3)`` landmarks of a mesh, metres, head frame.

    Returns:
        ``(*batch, 7)`` millimetres.

    Raises:
        ShapeError: not landmarks.
    """
    p = np.asarray(points, np.float64)
    if p.ndim < 2 or p.shape[-2:] != (NUM_LANDMARKS, 3):
        raise ShapeError(f"points must be (*batch, {NUM_LANDMARKS}, 3) landmarks, got {p.shape}.")
    return 1e3 * (p[..., UPPER, 1] - p[..., LOWER, 1])


def mouth_border(faces: IntArray, vertices: FloatArray, place: FloatArray) -> IntArray:
    """The open border in which the lips of FLAME's mesh end inside the mouth, in order, triangles on the left.

    Args:
        place: (3,) between the lips, metres: of several borders the nearest one is meant.
    """
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    size = len(vertices)
    alone = ~np.isin(edges[:, 0] * size + edges[:, 1], edges[:, 1] * size + edges[:, 0])
    along = dict(edges[alone].tolist())
    starts = np.array(sorted(along))
    start = int(starts[np.linalg.norm(vertices[starts] - place, axis=1).argmin()])
    loop = [start]
    while along[loop[-1]] != start:
        loop.append(along[loop[-1]])
    return np.array(loop)
