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

from .checks import check_blendshapes
from .embedding import NUM_SKIN_LANDMARKS, embedding_for
from .errors import InputError, ShapeError
from .measures.eyes import EyeOpening, eye_openings, lid_gap_mm
from .names import INDEX
from .types import FloatArray

if TYPE_CHECKING:
    from .flame import FlameModel

_CLOSED_MM, _OVERLAP_MM = 0.1, -0.9  # what a column of a closed eye may be
_WEIGHT = 2.0  # one column of the eye against one landmark: more lets lids bulge into the eyeball
_STEP = 0.05  # coefficients' units
_ROUNDS = 2
_LEAST_CLOSING_MM = 2.0


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


class Eyelids:
    """The two extra eyelid offsets that some FLAME trackers add, for a head whose expressions cannot blink.

    ``l_eyelid.npy`` and ``r_eyelid.npy`` of those projects hold vertex offsets at a closed lid; they are
    the user's own files, nothing of them is shipped. What the rig leaves open of a blink, the offsets
    close: ``vertices + values @ offsets`` with ``values (*, 2)`` in 0..1, left first.

    Args:
        model: the head.
        left, right: ``(V, 3)`` metres, the subject's left and right.

    Raises:
        ShapeError, InputError: not such offsets, or they do not close the eye.
    """

    def __init__(self, model: FlameModel, left: FloatArray, right: FloatArray) -> None:
        v = np.asarray(model.v_template, np.float64)
        self._openings = eye_openings(model)
        offsets, rest, closing = [], [], []
        for name, given, opening in zip(("left", "right"), (left, right), self._openings):
            offset = np.asarray(given, np.float64)
            if offset.shape != v.shape:
                raise ShapeError(f"the {name} eyelid offset must be {v.shape}, got {offset.shape}.")
            if not np.isfinite(offset).all():
                raise InputError(f"the {name} eyelid offset has values that are not finite.")
            opened = float(lid_gap_mm(v, opening).mean())
            change = opened - float(lid_gap_mm(v + offset, opening).mean())
            if change < _LEAST_CLOSING_MM:
                raise InputError(
                    f"the {name} eyelid offset closes that eye by {change:.1f} mm; at least "
                    f"{_LEAST_CLOSING_MM:.0f} are expected. Left and right exchanged, or not metres?"
                )
            offsets.append(offset)
            rest.append(opened)
            closing.append(change)
        self._offsets = np.stack(offsets).astype(np.float32)
        self._rest, self._closing = np.array(rest), np.array(closing)

    def values(self, vertices: FloatArray, weights: FloatArray) -> FloatArray:
        """``(*batch, 2)`` how much of each offset closes what the blink in ``weights`` left open, 0..1.

        Args:
            vertices: ``(*batch, V, 3)`` of the driven head, without head rotation.
            weights: ``(*batch, 52)`` ARKit weights that drove it.
        """
        asked = check_blendshapes(weights, name="weights")
        blink = np.clip(asked[..., [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]], 0, 1)
        gap = np.stack([lid_gap_mm(vertices, opening).mean(-1) for opening in self._openings], axis=-1)
        # Without a blink nothing is closed: a gaze or a wide eye may leave any gap.
        wanted = np.where(blink > 0, self._rest * (1 - blink), gap)
        return np.clip((gap - wanted) / self._closing, 0, 1).astype(np.float32)

    def apply(self, vertices: FloatArray, values: FloatArray) -> FloatArray:
        """Vertices with the lids' offsets added, float32; arguments as of ``values``."""
        added = np.tensordot(np.asarray(values, np.float32), self._offsets, 1)
        return (np.asarray(vertices, np.float32) + added).astype(np.float32)
