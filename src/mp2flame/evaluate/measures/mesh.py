"""Errors of meshes in millimetres by region, of rotations in degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...base.errors import ShapeError
from ...base.rotations import axis_angle_to_matrix, geodesic_angle
from ...base.values import FloatArray, IntArray
from ...flame.landmarks import embedding_for

if TYPE_CHECKING:
    from ...flame import FlameModel

# MediaPipe landmarks around which the mesh is lips and lids; those that have a place on FLAME's mesh from its
# own distributors (105 of 478), so that scores stay comparable with the lab's scoring tool.
LIPS = (
    0, 13, 14, 17, 37, 39, 40, 61, 78, 80, 81, 82, 84, 87, 88, 91, 95, 146, 178, 181, 185, 191, 267, 269, 270,
    291, 308, 310, 311, 312, 314, 317, 318, 321, 324, 375, 402, 405, 409, 415,
)  # fmt: skip
LIDS = (
    33, 133, 144, 145, 153, 154, 155, 157, 158, 159, 160, 161, 163, 173, 246, 7, 263, 362, 373, 374, 380, 381,
    382, 384, 385, 386, 387, 388, 390, 398, 466, 249,
)  # fmt: skip
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
