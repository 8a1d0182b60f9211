"""ARKit weights of a take that has FLAME parameters only."""

from __future__ import annotations

import numpy as np

from ...base.errors import InputError, MismatchError
from ...flame import FlameModel
from ...rig.inverse import Inverse
from ...take.take import Take


def with_arkit_weights(take: Take, model: FlameModel, *, neutral: bool = False) -> tuple[Take, str]:
    """The take with ARKit weights solved from its FLAME parameters, and how near they come, in words.

    Args:
        neutral: take the median face off first, as the person's resting face.

    Raises:
        InputError: the take holds no FLAME parameters.
        MismatchError: more coefficients than the FLAME file has.
    """
    if not take.num_expression:
        raise InputError("this take holds no FLAME parameters to solve ARKit weights from.")
    if take.num_expression > model.num_expression:
        raise MismatchError(
            f"the take has {take.num_expression} expression coefficients, {model.release} has "
            f"{model.num_expression}. Use the FLAME file it was made with."
        )
    inverse = Inverse.of(model, num_expression=take.num_expression)
    weights = inverse.weights(take.params, neutral="median" if neutral else None)
    changed = take[slice(None)]
    changed.arkit_weights = weights
    left = float(np.mean(inverse.residual_mm(take.params, weights)))
    return changed, f"ARKit weights solved: {left:.2f} mm left at the landmarks on average"
