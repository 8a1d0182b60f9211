"""Lids on the mesh: how far open, and whether they enter the eyeball. Millimetres.

FLAME's lids are found by topology. The skin closes behind each eyeball in one vertex; the rings of vertices
around it lead outwards, and the third and fourth are the inner and the outer edge of the lid margin (docs/
measures.md has a picture). On the built-in head the margin is the border of the skin and the ring behind it.

Lids slide over a ball, so the gap is measured on the ball: at a number of columns (azimuth about the
eyeball's centre) the elevation of the lowest upper margin minus that of the highest lower margin, times the
eyeball's
radius. Negative: the margins have crossed. Columns cover the middle 70 % of the opening. Vertices must be
without head rotation (``global_orient`` and ``neck_pose`` zero).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..base.errors import MismatchError, ShapeError
from ..base.values import FloatArray, IntArray
from .parts import Parts
from .skinning import LEFT_EYE, RIGHT_EYE

if TYPE_CHECKING:
    from . import FlameModel

NUM_COLUMNS = 9
_INNER, _OUTER, _LAST = 3, 4, 7  # rings about the vertex behind the eyeball
_MIDDLE = 0.7
_JOINTS = {"left": LEFT_EYE, "right": RIGHT_EYE}


@dataclass(frozen=True, eq=False)
class EyeOpening:
    """Where one eye's lids and eyeball are on a mesh.

    Attributes:
        side: ``left`` or ``right``, the subject's.
        upper, lower: vertex indices of each margin ring, along the lid.
        columns: ``(K,)`` azimuth in radians about the eyeball's centre, 0 straight ahead, + to the
            subject's left.
        eyeball: vertex indices.
        centre_weights: over ``eyeball``, their blend is the ball's centre however the ball turns or moves.
        radius: metres.
        lid_corners, lid_b_coords: ``(S, 3)`` points on the lids' skin that are tested against the eyeball.
    """

    side: str
    upper: tuple[IntArray, ...]
    lower: tuple[IntArray, ...]
    columns: FloatArray
    eyeball: IntArray
    centre_weights: FloatArray
    radius: float
    lid_corners: IntArray
    lid_b_coords: FloatArray

    def centre(self, vertices: FloatArray) -> FloatArray:
        """``(*batch, 3)`` of the eyeball, metres."""
        return np.asarray(
            np.einsum(
                "...vd,v->...d", np.asarray(vertices, np.float64)[..., self.eyeball, :], self.centre_weights
            )
        )


def eye_openings(model: FlameModel) -> tuple[EyeOpening, EyeOpening]:
    """The left and the right eye of a head with FLAME's topology, or of the built-in head.

    Raises:
        MismatchError: the lids are not where FLAME has them.
    """
    return _opening(model, "left"), _opening(model, "right")


def lid_gap_mm(vertices: npt.ArrayLike, opening: EyeOpening) -> FloatArray:
    """``(*batch, K)`` gap between the lids at each column, negative where they cross."""
    v = _checked(vertices, opening)
    flat = v.reshape(-1, *v.shape[-2:])
    gaps = np.empty((len(flat), len(opening.columns)))
    for row, frame in enumerate(flat):
        centre = opening.centre(frame)
        upper = np.min([_elevation(frame[ids] - centre, opening.columns) for ids in opening.upper], axis=0)
        lower = np.max([_elevation(frame[ids] - centre, opening.columns) for ids in opening.lower], axis=0)
        gaps[row] = 1e3 * opening.radius * (upper - lower)
    return gaps.reshape(*v.shape[:-2], -1)


def lid_penetration_mm(vertices: npt.ArrayLike, opening: EyeOpening) -> FloatArray:
    """``(*batch,)`` how deep the lids' skin enters the eyeball, 0 when it does not.

    Measured at the vertices, the middles of edges and of triangles of the lids from the margin's inner edge
    outwards; what lies behind the margin touches the ball by construction and is not seen.
    """
    v = _checked(vertices, opening)
    points = np.einsum("...scd,sc->...sd", v[..., opening.lid_corners, :], opening.lid_b_coords)
    away = np.linalg.norm(points - opening.centre(v)[..., None, :], axis=-1)
    return np.asarray(np.maximum(0.0, 1e3 * (opening.radius - away)).max(-1))


def _checked(vertices: npt.ArrayLike, opening: EyeOpening) -> FloatArray:
    v = np.asarray(vertices, np.float64)
    last = int(max(opening.eyeball.max(), opening.lid_corners.max()))
    if v.ndim < 2 or v.shape[-1] != 3 or v.shape[-2] <= last:
        raise ShapeError(f"vertices must be (*batch, V, 3) of this head (V above {last}), got {v.shape}.")
    return v


def _elevation(rays: FloatArray, columns: FloatArray) -> FloatArray:
    azimuth = np.arctan2(rays[:, 0], rays[:, 2])
    elevation = np.arctan2(rays[:, 1], np.hypot(rays[:, 0], rays[:, 2]))
    order = np.argsort(azimuth)
    return np.interp(columns, azimuth[order], elevation[order])


def _opening(model: FlameModel, side: str) -> EyeOpening:
    v = np.asarray(model.v_template, np.float64)
    eyeball = np.flatnonzero(model.lbs_weights[:, _JOINTS[side]] > 0.5)
    if len(eyeball) < 8:
        raise MismatchError(
            f"this head ({model.release}) has no {side} eyeball; its lids cannot be measured."
        )
    centre, radius = _sphere(v[eyeball])
    rings = _flame_rings(model, eyeball, centre) if model.parts is None else _rings_of(model.parts, side)
    upper, lower = zip(*(_halves(v, ring) for ring in rings[:2]))
    azimuth = np.arctan2(v[rings[1], 0] - centre[0], v[rings[1], 2] - centre[2])
    middle, half = (azimuth.max() + azimuth.min()) / 2, (azimuth.max() - azimuth.min()) / 2
    lid_corners, lid_b_coords = _lid_points(model, rings, v, centre)
    return EyeOpening(
        side=side,
        upper=tuple(upper),
        lower=tuple(lower),
        columns=middle + _MIDDLE * half * np.linspace(-1, 1, NUM_COLUMNS),
        eyeball=eyeball,
        centre_weights=np.linalg.lstsq(
            np.c_[v[eyeball], np.ones(len(eyeball))].T, np.r_[centre, 1.0], rcond=None
        )[0],
        radius=radius,
        lid_corners=lid_corners,
        lid_b_coords=lid_b_coords,
    )


def _sphere(points: FloatArray) -> tuple[FloatArray, float]:
    """Centre and radius by linear least squares."""
    solution = np.linalg.lstsq(np.c_[2 * points, np.ones(len(points))], (points**2).sum(1), rcond=None)[0]
    return solution[:3], float(np.sqrt(solution[3] + solution[:3] @ solution[:3]))


def _flame_rings(model: FlameModel, eyeball: IntArray, centre: FloatArray) -> list[IntArray]:
    """Rings of skin vertices around the eye, from the margin's inner edge outwards."""
    v = np.asarray(model.v_template, np.float64)
    skin = np.ones(len(v), bool)
    skin[eyeball] = False
    distance = np.where(skin, np.linalg.norm(v - centre, axis=1), np.inf)
    frontier = {int(distance.argmin())}
    if distance.min() > 0.005:
        raise MismatchError(f"this head ({model.release}) does not close behind the eyeballs as FLAME does.")
    near = model.faces[(distance[model.faces] < 0.03).all(1)]
    seen, rings = set(frontier), [np.array(sorted(frontier))]
    for _ in range(_LAST):
        touched = near[np.isin(near, list(frontier)).any(1)]
        frontier = set(touched.ravel().tolist()) - seen
        seen |= frontier
        rings.append(np.array(sorted(frontier), dtype=np.int64))
    if len(rings[_INNER]) < 12 or len(rings[_OUTER]) < 12:
        raise MismatchError(f"the lids of this head ({model.release}) are not FLAME's.")
    return rings[_INNER:]


def _rings_of(parts: Parts, side: str) -> list[IntArray]:
    part = getattr(parts, f"{side}_lids")
    count = (part.stop - part.start) // 3  # the skin's border, the margin behind it, the ring in the eyeball
    first = part.start + np.arange(count)
    return [first + count, first]


def _halves(v: FloatArray, ring: IntArray) -> tuple[IntArray, IntArray]:
    """Upper and lower vertices of a ring, both with its two corners."""
    x, y = v[ring, 0], v[ring, 1]
    a, b = int(x.argmin()), int(x.argmax())
    above = y - np.interp(x, [x[a], x[b]], [y[a], y[b]])
    corner = np.zeros(len(ring), bool)
    corner[[a, b]] = True
    upper, lower = ring[(above > 0) | corner], ring[(above <= 0) | corner]
    return upper[np.argsort(v[upper, 0])], lower[np.argsort(v[lower, 0])]


def _lid_points(
    model: FlameModel, rings: Sequence[IntArray], v: FloatArray, centre: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Corners, middles of edges and of triangles of the lids' skin."""
    chosen = np.unique(np.concatenate(rings))
    faces = np.asarray(model.faces)
    faces = faces[np.isin(faces, chosen).all(1)].astype(np.int64)
    faces = faces[(v[faces, 2] > centre[2]).all(1)]
    blends = np.array(
        [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [1 / 3] * 3]
    )
    return np.repeat(faces, len(blends), 0), np.tile(blends, (len(faces), 1))
