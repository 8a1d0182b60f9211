"""Where the eyes look: outside of the fit, which takes it as known.

Sideways the irises say it best; up and down irises and scores say it together. Closed eyes say nothing: the gaze from
before is held, or straight ahead. One gaze for both eyes; the irises' own difference only where it is larger than one
camera's noise and both are well seen.
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


def height(irises: FloatArray, scores: FloatArray) -> FloatArray:
    """``(N, 2)`` what says how far down the eyes look: scores' gaze down, iris y.

    Args:
        irises: ``(N, 2, 2)`` left and right iris, see ``Aligner.camera``.
        scores: ``(N, 52)``.
    """
    return np.stack([looked(scores)[:, 1], irises[..., 1].mean(1)], 1)


class Gaze:
    """Gaze weights from irises and scores.

    Straight ahead differs from face to face, mostly up and down, and a person's own gaze at rest may well be averted:
    of a known resting face a part is taken for this person's straight ahead.
    """

    def __init__(self, tables: Tables) -> None:
        c = tables.constant
        self._ahead = tables.gaze_ahead
        per_score, per_iris = tables.gaze_down
        share = c("iris_share_down")
        self._down = np.array([1 - share, share * per_score / per_iris])
        self._radius, self._yaw = c("iris_radius"), c("gaze_yaw")
        self._share, self._rest_share = c("iris_share"), c("gaze_rest_share")
        self._cross_from, self._cross_most = c("vergence_from"), c("vergence_most")
        self._quiet, self._cross_turn = c("gaze_quiet"), c("vergence_turn")

    def down(self, irises: FloatArray, scores: FloatArray) -> FloatArray:
        """``(N,)`` weight of looking down, up below zero, over the straight ahead of a mean face."""
        return np.asarray((height(irises, scores) - self._ahead[3:]) @ self._down)

    def __call__(
        self,
        irises: FloatArray,
        scores: FloatArray,
        facing: FloatArray,
        seen: FloatArray | float = 1.0,
        rest: float = 0.0,
        before: FloatArray | None = None,
        lowered: FloatArray | float = 0.0,
    ) -> FloatArray:
        """``(N, 52)`` weights, zero but for the eight gaze channels.

        Args:
            irises: ``(N, 2, 2)`` left and right iris, see ``Aligner.camera``.
            scores: ``(N, 52)``.
            facing: ``(N, 2)`` sines of the head's turn: crossed eyes are not believed on a turned head.
            seen: ``(N,)`` or a number, 0..1: how well the irises can be seen.
            rest: ``down`` of the person's resting face.
            before: ``(1, 52)`` the gaze of the frame before, held as far as the eyes cannot be seen; None: straight ahead.
            lowered: ``(N,)`` or a number, weights of looking down that go with the lids.
        """
        seen = np.broadcast_to(seen, (len(scores),))
        x, apart, ahead = self._ahead[:3]
        offset = (irises[..., 0] - np.array([x + apart, x - apart])) / self._radius
        turn = (
            np.arcsin(np.minimum(np.maximum(offset, -0.9), 0.9)) / self._yaw
        )  # (N, 2), both eyes to the left
        sideways = looked(scores)[:, 0] - ahead
        left = self._share * (turn[:, 0] + turn[:, 1]) / 2 + (1 - self._share) * sideways
        cross = (turn[:, 1] - turn[:, 0]) / 2 - self._cross_from  # inwards, beyond what one camera mistakes
        frontal = 2 - np.sqrt(np.square(facing).sum(1)) / self._cross_turn
        cross = (
            np.minimum(np.maximum(cross, 0), self._cross_most) * seen * np.minimum(np.maximum(frontal, 0), 1)
        )
        down = self.down(irises, scores) - self._rest_share * rest + lowered
        asked = np.stack(
            [down, -down, left - cross, cross - left, down, -down, -left - cross, left + cross], 1
        )
        asked = np.minimum(np.maximum(asked, 0), 1)
        weights = np.zeros((len(scores), NUM))
        weights[:, _LOOK] = seen[:, None] * asked * (1 - np.exp(-np.square(asked / self._quiet)))
        return weights if before is None else weights + (1 - seen[:, None]) * before
