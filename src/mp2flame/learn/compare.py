"""How far two sets of parameters are apart on the head: millimetres by region, degrees, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..base.errors import ShapeError
from ..base.rotations import axis_angle_to_matrix, geodesic_angle
from ..base.values import FloatArray
from ..flame.landmarks import embedding_for
from ..flame.outlines import BROW_OUTLINES, INNER_LIPS, LEFT_EYE, OUTER_LIPS, RIGHT_EYE

if TYPE_CHECKING:
    from ..flame import FlameModel

F64 = npt.NDArray[np.float64]
_REGIONS = {
    "lips": (*INNER_LIPS, *OUTER_LIPS),
    "lids": (*RIGHT_EYE, *LEFT_EYE),
    "brows": sum(BROW_OUTLINES, ()),
}
_CHUNK = 256
_DRAWS = 1000


def regions(model: FlameModel) -> dict[str, npt.NDArray[np.intp]]:
    """Vertex indices: ``face`` (front half of the skin), ``lips``, ``lids``, ``brows``.

    The last three are the triangles that carry MediaPipe's landmarks of those parts.
    """
    embedding = embedding_for(model)
    eyeballs = model.lbs_weights[:, 3:5].sum(1) > 0.5
    found = {"face": np.flatnonzero((model.v_template[:, 2] > 0) & ~eyeballs)}
    for name, ids in _REGIONS.items():
        found[name] = np.unique(embedding.corners[list(ids)])
    return found


@dataclass(eq=False)
class Errors:
    """One value per row and measure.

    ``face_mm``, ``lips_mm``, ``lids_mm``, ``brows_mm``, ``jaw_deg``, ``eyes_deg``; without a FLAME file
    ``expression`` (root mean square of the coefficients) instead of millimetres.
    """

    rows: dict[str, F64]

    def means(self) -> dict[str, float]:
        return {name: float(value.mean()) for name, value in self.rows.items()}


def errors(predicted: FloatArray, truth: FloatArray, model: FlameModel | None = None) -> Errors:
    """Errors of ``predicted (N, E + 9)`` against ``truth``, columns expression, jaw_pose, eye_pose.

    Raises:
        ShapeError: tables of different shapes.
    """
    if predicted.shape != truth.shape or truth.ndim != 2:
        raise ShapeError(f"expected two tables of one shape, got {predicted.shape} and {truth.shape}.")
    e = truth.shape[1] - 9
    rows: dict[str, F64] = {}
    if model is None:
        rows["expression"] = np.sqrt(((predicted[:, :e] - truth[:, :e]).astype(np.float64) ** 2).mean(1))
    else:
        rows |= _millimetres(predicted, truth, model, e)
    rows["jaw_deg"] = _degrees(predicted[:, e : e + 3], truth[:, e : e + 3])
    eyes = [_degrees(predicted[:, e + k : e + k + 3], truth[:, e + k : e + k + 3]) for k in (3, 6)]
    rows["eyes_deg"] = np.mean(eyes, axis=0)
    return Errors(rows)


def _millimetres(predicted: FloatArray, truth: FloatArray, model: FlameModel, e: int) -> dict[str, F64]:
    from ..base.values import FlameParams

    forward = model.prepare(num_expression=e)
    parts = regions(model)
    found: dict[str, list[F64]] = {name: [] for name in parts}

    def mesh(values: FloatArray) -> FloatArray:
        zero = np.zeros((len(values), 3), np.float32)
        params = FlameParams(values[:, :e], values[:, e : e + 3], values[:, e + 3 :], zero, zero, zero)
        return forward.forward_params(params)

    for start in range(0, len(truth), _CHUNK):
        here = slice(start, start + _CHUNK)
        distance = 1e3 * np.linalg.norm(mesh(predicted[here]) - mesh(truth[here]), axis=2)
        for name, vertices in parts.items():
            found[name].append(distance[:, vertices].mean(1).astype(np.float64))
    return {f"{name}_mm": np.concatenate(value) for name, value in found.items()}


def _degrees(a: FloatArray, b: FloatArray) -> F64:
    return np.asarray(
        np.degrees(geodesic_angle(axis_angle_to_matrix(a), axis_angle_to_matrix(b))), np.float64
    )


def difference(
    first: Errors, second: Errors, group: npt.NDArray[np.integer[Any]]
) -> dict[str, tuple[float, float, float]]:
    """Mean of ``first`` minus ``second`` with its 95 % interval, people drawn with replacement.

    Args:
        group: ``(N,)`` the person of each row: rows of one person are alike, so people are what is drawn.
    """
    people, place = np.unique(group, return_inverse=True)
    draws = np.random.default_rng(0).integers(len(people), size=(_DRAWS, len(people)))
    counts = np.bincount(place, minlength=len(people)).astype(np.float64)
    result = {}
    for name, values in first.rows.items():
        gap = values - second.rows[name]
        sums = np.bincount(place, gap, len(people))
        means = sums[draws].sum(1) / counts[draws].sum(1)
        low, high = np.quantile(means, [0.025, 0.975]) if len(people) > 1 else (np.nan, np.nan)
        result[name] = (float(gap.mean()), float(low), float(high))
    return result


def verdict(gap: tuple[float, float, float]) -> str:
    """``better``, ``worse`` or ``no clear difference``, of a difference and its interval."""
    mean, low, high = gap
    if np.isnan(low):
        return "better (one person: no interval)" if mean < 0 else "not better (one person: no interval)"
    return "better" if high < 0 else "worse" if low > 0 else "no clear difference"
