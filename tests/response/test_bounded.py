"""The solve of the estimator is exact within the rounds that it is given."""

from __future__ import annotations

import numpy as np

from mp2flame.drive.driver import Driver
from mp2flame.response.fit import bounded


def _wrong(hessian: np.ndarray, b: np.ndarray, w: np.ndarray) -> float:
    """By how much ``w`` is no minimum on [0, 1]: the slope that is left where it could still be followed down."""
    slope = w @ hessian - b
    free = np.where(w <= 0, np.minimum(slope, 0), np.where(w >= 1, np.maximum(slope, 0), slope))
    return float(np.abs(free).max() / np.abs(b).max())


def test_faces_of_every_strength_are_solved_exactly_in_the_rounds_given() -> None:
    fit, rng = Driver().estimator._fit, np.random.default_rng(3)
    hessian = fit._level(0, 0).hessian
    n = len(hessian)
    weights = rng.random((400, n)) * (rng.random((400, n)) < rng.random((400, 1)))
    b = (weights + 0.05 * rng.normal(size=weights.shape)) @ hessian
    assert _wrong(hessian, b, bounded(hessian, b, None, fit._rounds)) < 1e-9
    assert _wrong(hessian, b, bounded(hessian, b, None, fit._rounds // 2)) > 1e-6, "half of them are too few"
