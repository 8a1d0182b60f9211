"""What stands in every table: what is judged, and beside it what could be had for nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ..base.tables import table
from ..base.values import FlameParams, FloatArray
from ..drive.driver import Driver

DRIVEN = "driven"
SCORES, USUAL, MINUS, FROZEN = "scores as they are", "usual method", "scores minus neutral", "frozen head"


class Row(NamedTuple):
    """One way from what was seen to a head.

    ``(T)`` parameters without head pose, the head, and ``(T, 52)`` weights where it has any (a linear mapping
    has none).
    """

    driver: Driver
    params: FlameParams
    weights: FloatArray | None


def references(scores: FloatArray, neutral: FloatArray) -> dict[str, FloatArray]:
    """Weights ``(T, 52)`` of the reference rows.

    ``scores`` as weights; a linear map without intercept, the pseudo-inverse that public mappings are made with, here
    from renders with known weights; the change of the scores from ``neutral`` (52 or T, 52); and no motion.
    """
    made = {
        SCORES: scores,
        USUAL: scores @ table("usual_method"),
        MINUS: scores - neutral,
        FROZEN: 0 * scores,
    }
    return {name: np.clip(weights, 0, 1).astype(np.float32) for name, weights in made.items()}


def drawn(rows: Iterable[str]) -> list[str]:
    """Those worth a curve or a picture: what is judged, the scores, and what it is compared with."""
    return [name for name in rows if name not in (USUAL, MINUS, FROZEN)]


def without_pose(params: FlameParams) -> FlameParams:
    zero = np.zeros_like(params.global_orient)
    return params.replace(global_orient=zero, neck_pose=zero, transl=zero)


def mapped(driver: Driver, scores: FloatArray) -> Row:
    """A head driven by a linear mapping; by its response from scores alone, if it has no mapping."""
    if driver.mapping is not None:
        return Row(driver, without_pose(driver.mapping.apply(scores)), None)
    weights = driver.response(scores)
    return Row(driver, driver.params_from_weights(weights), weights)
