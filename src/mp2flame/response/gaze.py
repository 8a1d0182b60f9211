"""Where the eyes look: outside of the fit, which takes it as known.

Sideways the irises say it best, up and down the scores, whose lids see more than half hidden irises. One gaze for
both eyes; the irises' own difference only where it is larger than one camera's noise and both are well seen.
"""

from __future__ import annotations

import numpy as np

from ..base.channels import INDEX
from .tables import NUM, FloatArray, Tables

_LOOK = np.array(
    [INDEX[f"eyeLook{d}{side}"] for side in ("Left", "Right") for d in ("Down", "Up", "Out", "In")]
)
_LOOKED = np.zeros((NUM, 2))
for _side, _left in (("Left", 0.5), ("Right", -0.5)):
    _LOOKED[INDEX[f"eyeLookOut{_side}"], 0], _LOOKED[INDEX[f"eyeLookIn{_side}"], 0] = _left, -_left
    _LOOKED[INDEX[f"eyeLookDown{_side}"], 1], _LOOKED[INDEX[f"eyeLookUp{_side}"], 1] = 0.5, -0.5


def looked(scores: FloatArray) -> FloatArray:
    """``(N, 2)``: to the subject's left and down, as the scores have it, mean of both eyes."""
    return scores @ _LOOKED


def observed(irises: FloatArray, scores: FloatArray) -> FloatArray:
    """``(N, 4)``: mean iris x, half of left minus right iris x, then ``looked``: what straight ahead consists of."""
    left, right = irises[:, 0, 0], irises[:, 1, 0]
    return np.concatenate([np.stack([(left + right) / 2, (left - right) / 2], 1), looked(scores)], 1)


class Gaze:
    """Gaze weights from irises and scores.

    Straight ahead is what it is for the mean face: a person's own gaze at rest may well be averted, and is never
    subtracted.
    """

    def __init__(self, tables: Tables) -> None:
        c = tables.constant
        self._ahead = tables.gaze_ahead
        self._radius, self._yaw = c("iris_radius"), c("gaze_yaw")
        self._share, self._gain = c("iris_share"), c("gaze_down_gain")
        self._cross_from, self._cross_most = c("vergence_from"), c("vergence_most")
        self._quiet, self._cross_turn = c("gaze_quiet"), c("vergence_turn")

    def __call__(
        self, irises: FloatArray, scores: FloatArray, facing: FloatArray, seen: FloatArray | float = 1.0
    ) -> FloatArray:
        """``(N, 52)`` weights, zero but for the eight gaze channels.

        Args:
            irises: ``(N, 2, 2)`` left and right iris, see ``Aligner.camera``.
            scores: ``(N, 52)``.
            facing: ``(N, 2)`` sines of the head's turn: crossed eyes are not believed on a turned head.
            seen: ``(N,)`` or a number, 0..1: how well the irises can be seen.
        """
        x, apart, ahead, level = self._ahead
        now = looked(scores)
        offset = (irises[..., 0] - np.array([x + apart, x - apart])) / self._radius
        turn = (
            np.arcsin(np.minimum(np.maximum(offset, -0.9), 0.9)) / self._yaw
        )  # (N, 2), both eyes to the left
        share = self._share * np.asarray(seen)
        left = share * (turn[:, 0] + turn[:, 1]) / 2 + (1 - share) * (now[:, 0] - ahead)
        cross = (turn[:, 1] - turn[:, 0]) / 2 - self._cross_from  # inwards, beyond what one camera mistakes
        frontal = 2 - np.sqrt(np.square(facing).sum(1)) / self._cross_turn
        cross = (
            np.minimum(np.maximum(cross, 0), self._cross_most) * seen * np.minimum(np.maximum(frontal, 0), 1)
        )
        down = self._gain * (now[:, 1] - level)
        asked = np.stack(
            [down, -down, left - cross, cross - left, down, -down, -left - cross, left + cross], 1
        )
        asked = np.minimum(np.maximum(asked, 0), 1)
        weights = np.zeros((len(scores), NUM))
        weights[:, _LOOK] = asked * (1 - np.exp(-np.square(asked / self._quiet)))
        return weights
