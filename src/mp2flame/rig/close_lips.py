"""Lips that meet on an open jaw: what ``mouthClose`` needs besides its own shape.

ARKit's ``mouthClose`` closes the lips on a jaw that ``jawOpen`` has opened. The two shapes are each right and
their sum is not: the jaw turns, so the lips pass each other in the middle of the range and at the corners of
the mouth. ``closing_corrective`` finds expression coefficients that grow with ``mouthClose`` and bring the
inner lip landmarks of this head to contact all the way, for the least other change of the landmarks.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..base.values import FloatArray
from ..flame.lips import LOWER, UPPER

DEGREE = 2  # powers of the weight
_OVERLAP_MM = -0.25  # lips that touch lightly
_AMOUNTS = np.linspace(0.125, 1.0, 8)
_WEIGHT = 10.0  # one pair of lip landmarks against one landmark of the face


def closing_corrective(
    displacement: Callable[[float], tuple[FloatArray, FloatArray]], penalty: FloatArray, bound: float
) -> FloatArray:
    """``(DEGREE, E)`` coefficients of the powers of ``mouthClose``.

    Args:
        displacement: amount of ``jawOpen`` and ``mouthClose`` together, to the landmarks' displacement
            ``(1404,)`` in metres and its change per coefficient ``(1404, E)`` with the jaw there.
        penalty: ``(E,)`` metres squared per squared coefficient.
        bound: no coefficient beyond +-bound at full weight.
    """
    e = len(penalty)
    normal, right = np.zeros((DEGREE, e, DEGREE, e)), np.zeros((DEGREE, e))
    for amount in _AMOUNTS:
        moved, directions = displacement(float(amount))
        y, slopes = moved.reshape(-1, 3)[:, 1], directions.reshape(-1, 3, e)[:, 1]
        rows = slopes[list(UPPER)] - slopes[list(LOWER)]
        wanted = 1e-3 * _OVERLAP_MM * min(1.0, 4 * amount) - (y[list(UPPER)] - y[list(LOWER)])
        system = _WEIGHT**2 * rows.T @ rows + directions.T @ directions + np.diag(penalty)
        powers = amount ** np.arange(1, DEGREE + 1)
        normal += np.einsum("p,q,ij->piqj", powers, powers, system)
        right += np.outer(powers, _WEIGHT**2 * rows.T @ wanted)
    found = np.linalg.solve(normal.reshape(DEGREE * e, -1), right.reshape(-1)).reshape(DEGREE, e)
    most = float(np.abs(found.sum(0)).max(initial=0.0))
    return np.asarray(found * min(1.0, bound / max(most, 1e-12)))
