"""Errors of meshes in millimetres by region, of rotations in degrees; jitter and lag of signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...base.errors import InputError, ShapeError
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


def jitter(signal: npt.ArrayLike) -> FloatArray:
    """Root mean square step between frames over the square root of two, of a thing that stands still.

    For noise without memory this is its standard deviation; slow drift does not count.

    Args:
        signal: ``(T, *)``.
    """
    x = np.asarray(signal, np.float64)
    if len(x) < 2:
        raise ShapeError(f"jitter needs at least two frames, got {x.shape}.")
    return np.asarray(np.sqrt(np.square(np.diff(x, axis=0)).mean(0) / 2))


def lag_ms(before: npt.ArrayLike, after: npt.ArrayLike, fps: float, *, max_ms: float = 500.0) -> float:
    """By how much a filtered signal comes later: the shift at which the two agree best.

    Args:
        before, after: ``(T,)`` the same signal before and after a filter.
        fps: frames per second.

    Raises:
        ShapeError, InputError: not two signals of one length, or one that does not move.
    """
    a, b = np.asarray(before, np.float64), np.asarray(after, np.float64)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 8:
        raise ShapeError(
            f"before and after must be (T,) of one length of at least 8, got {a.shape}, {b.shape}."
        )
    if a.std() < 1e-9 or b.std() < 1e-9:
        raise InputError("a signal that does not move has no lag.")
    reach = min(int(np.ceil(max_ms / 1e3 * fps)), len(a) // 2)
    error = np.array([np.square(a[: len(a) - k] - b[k:]).mean() for k in range(reach + 1)])
    best = int(error.argmin())
    shift = float(best)
    if 0 < best < reach:  # the parabola through the three best
        left, middle, right = error[best - 1 : best + 2]
        curve = left - 2 * middle + right
        shift += 0.5 * (left - right) / curve if curve > 0 else 0.0
    return 1e3 * shift / fps
