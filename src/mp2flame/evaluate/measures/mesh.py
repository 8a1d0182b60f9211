"""Errors of meshes in millimetres by region, of rotations in degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...base.errors import ShapeError
from ...base.rotations import axis_angle_to_matrix, geodesic_angle
from ...base.values import FloatArray, IntArray
from ...flame.landmarks import embedding_for
from ...flame.outlines import INNER_LIPS, LEFT_EYE, OUTER_LIPS, RIGHT_EYE

if TYPE_CHECKING:
    from ...flame import FlameModel

# MediaPipe landmarks around which the mesh is lips and lids; those that have a place on FLAME's mesh from its
# own distributors (105 of 478), so that scores stay comparable with the lab's scoring tool.
LIPS = (*INNER_LIPS, *OUTER_LIPS)
LIDS = (*RIGHT_EYE, *LEFT_EYE)
REGIONS = ("face", "lips", "lids")


def regions(model: FlameModel) -> dict[str, IntArray]:
    """Vertex indices of ``face`` (the front half of the skin), ``lips`` and ``lids``.

    Raises:
        MismatchError: not FLAME's mesh.
    """
    embedding = embedding_for(model)
    eyeballs = model.lbs_weights[:, 3:].sum(1) > 0.5
    return {
        "face": np.flatnonzero((model.v_template[:, 2] > 0) & ~eyeballs),
        "lips": np.unique(embedding.corners[list(LIPS)]),
        "lids": np.unique(embedding.corners[list(LIDS)]),
    }


def mesh_error_mm(
    predicted: npt.ArrayLike, truth: npt.ArrayLike, where: dict[str, IntArray]
) -> dict[str, FloatArray]:
    """Mean vertex distance of each frame by region.

    Args:
        predicted, truth: ``(*batch, V, 3)`` metres, same topology and frame.
        where: from ``regions``.

    Returns:
        region to ``(*batch,)`` millimetres.

    Raises:
        ShapeError: the two differ in shape.
    """
    a, b = np.asarray(predicted, np.float64), np.asarray(truth, np.float64)
    if a.shape != b.shape or a.ndim < 2 or a.shape[-1] != 3:
        raise ShapeError(f"both must be (*batch, V, 3) of one shape, got {a.shape} and {b.shape}.")
    distance = 1e3 * np.linalg.norm(a - b, axis=-1)
    return {name: distance[..., ids].mean(-1) for name, ids in where.items()}


def angle_deg(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> FloatArray:
    """``(*batch,)`` angle between two axis-angle rotations ``(*batch, 3)``, degrees."""
    a, b = axis_angle_to_matrix(np.asarray(predicted)), axis_angle_to_matrix(np.asarray(truth))
    return np.degrees(geodesic_angle(a, b))
