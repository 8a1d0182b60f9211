"""Lids that close: a correction of the rig's ``eyeBlink``, and the two extra eyelid offsets of some trackers.

A rig that follows 468 landmarks leaves up to a millimetre between the lids at full blink, because the
landmarks
lie beside the margin and not every FLAME basis spans a blink. ``close_lids`` adds what closes the gap on the
mesh itself (``measures.eyes``) for the least change of the landmarks and of the coefficients.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .embedding import NUM_SKIN_LANDMARKS, embedding_for
from .measures.eyes import EyeOpening, eye_openings, lid_gap_mm
from .types import FloatArray

if TYPE_CHECKING:
    from .flame import FlameModel

_CLOSED_MM, _OVERLAP_MM = 0.1, -0.9  # what a column of a closed eye may be
_WEIGHT = 2.0  # one column of the eye against one landmark: more lets lids bulge into the eyeball
_STEP = 0.05  # coefficients' units
_ROUNDS = 2


def close_lids(
    model: FlameModel, expression: FloatArray, side: str, *, ridge: float, bound: float
) -> FloatArray:
    """``(E,)`` coefficients of one eye's full blink, changed so that the gap on the mesh is closed.

    Args:
        model: the head.
        expression: ``(E,)`` the blink as solved on the landmarks.
        side: ``left`` or ``right``.
        ridge: metres squared per squared coefficient, as in the rig.
        bound: no coefficient beyond +-bound.
    """
    opening = eye_openings(model)[0 if side == "left" else 1]
    start = np.asarray(expression, np.float64)
    exprdirs = model.exprdirs[:, :, : len(start)].astype(np.float64)
    basis = embedding_for(model).gather(exprdirs)[:NUM_SKIN_LANDMARKS].reshape(-1, len(start))
    eye = _EyePart(model.v_template.astype(np.float64), opening, exprdirs)
    gap = eye.gap(start)
    rows = np.zeros((len(gap), len(start)))
    for i in np.flatnonzero(np.abs(eye.directions).max((0, 1)) > 0):
        nearby = start.copy()
        nearby[i] += _STEP
        rows[:, i] = (eye.gap(nearby) - gap) / (1e3 * _STEP)
    change = np.zeros(len(start))
    normal = basis.T @ basis + ridge * np.eye(len(start))
    for _ in range(_ROUNDS):
        gap = eye.gap(start + change)
        wanted = (np.clip(gap, _OVERLAP_MM, _CLOSED_MM) - gap) / 1e3
        held = rows * (wanted != 0)[:, None]
        change += np.linalg.solve(normal + _WEIGHT**2 * held.T @ held, _WEIGHT**2 * held.T @ wanted)
    return np.clip(start + change, -bound, bound)


class _EyePart:
    """Gap of one eye from expression alone, on the few vertices that it needs."""

    def __init__(self, template: FloatArray, opening: EyeOpening, exprdirs: FloatArray) -> None:
        rings = [*opening.upper, *opening.lower]
        used = np.unique(np.concatenate([*rings, opening.eyeball]))
        upper = tuple(np.searchsorted(used, ring) for ring in opening.upper)
        lower = tuple(np.searchsorted(used, ring) for ring in opening.lower)
        eyeball = np.searchsorted(used, opening.eyeball)
        self._opening = replace(
            opening, upper=upper, lower=lower, eyeball=eyeball, lid_corners=np.zeros((1, 3), int)
        )
        self._template, self.directions = template[used], exprdirs[used]

    def gap(self, expression: FloatArray) -> FloatArray:
        """``(K,)`` millimetres."""
        return lid_gap_mm(self._template + self.directions @ expression, self._opening)
