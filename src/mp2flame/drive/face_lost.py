"""What the head does while no face is seen: hold, ease back to rest, and ease in again.

A head that freezes looks dead and a head that snaps looks broken. So: the last values are held for
``hold_ms`` (a blink of the detector is invisible), then the face eases to neutral within ``return_ms``,
and when the face comes back the head eases to it within ``resume_ms``. The position (``transl``) stays
where the face was last seen: there is no better guess, and the camera's own position would be inside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..base.errors import InputError
from ..base.rotations import axis_angle_to_quaternion, quaternion_to_axis_angle, slerp
from ..base.values import FlameParams, FloatArray

LostState = Literal["tracking", "holding", "returning", "lost"]


@dataclass(frozen=True, slots=True)
class LostPolicy:
    """Times in milliseconds; 0 means at once.

    Attributes:
        hold_ms: how long the last values stay when the face is lost.
        return_ms: how long the way back to neutral takes after that.
        resume_ms: how long the way from there to the face takes when it is seen again.
    """

    hold_ms: float = 500.0
    return_ms: float = 800.0
    resume_ms: float = 150.0

    def __post_init__(self) -> None:
        for name in ("hold_ms", "return_ms", "resume_ms"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise InputError(f"{name} must be 0 or more milliseconds, got {value!r}.")

    @classmethod
    def parse(cls, text: str) -> LostPolicy:
        """``"500,800,150"``: the three times as they are typed.

        Raises:
            InputError: not three numbers.
        """
        try:
            hold, back, resume = (float(part) for part in text.split(","))
        except ValueError:
            raise InputError(f"'{text}' is not three numbers such as 500,800,150.") from None
        return cls(hold, back, resume)


def blend_params(start: FlameParams, end: FlameParams, amount: float) -> FlameParams:
    """``start`` at 0, ``end`` at 1; rotations along the shorter arc."""
    if amount >= 1:
        return end
    if amount <= 0:
        return start
    eyelids = None
    if start.eyelids is not None or end.eyelids is not None:
        a, b = start.with_eyelids().eyelids, end.with_eyelids().eyelids
        assert a is not None and b is not None
        eyelids = a + amount * (b - a)
    turned = slerp(axis_angle_to_quaternion(start.pose), axis_angle_to_quaternion(end.pose), amount)
    root, neck, jaw, left_eye, right_eye = np.moveaxis(quaternion_to_axis_angle(turned), -2, 0)
    return FlameParams(
        expression=start.expression + amount * (end.expression - start.expression),
        jaw_pose=jaw,
        eye_pose=np.concatenate([left_eye, right_eye], axis=-1),
        neck_pose=neck,
        global_orient=root,
        transl=start.transl + amount * (end.transl - start.transl),
        eyelids=eyelids,
    )


def _smoothstep(x: float) -> float:
    x = min(max(x, 0.0), 1.0)
    return x * x * (3 - 2 * x)


class FaceLost:
    """Follows one face over time and fills the gaps by a ``LostPolicy``; times must not go back."""

    def __init__(self, policy: LostPolicy, rest: FlameParams) -> None:
        self.policy = policy
        self.state: LostState = "lost"
        self._rest = rest
        self._rest_weights = np.zeros(52, np.float32)
        self._shown = (rest, self._rest_weights)  # what the head shows now
        self._last = self._shown  # the last values seen with a face
        self._seen_ms: float | None = None
        self._resume: tuple[float, tuple[FlameParams, FloatArray]] | None = None

    def step(
        self, timestamp_ms: float, params: FlameParams | None, weights: FloatArray | None
    ) -> tuple[FlameParams, FloatArray]:
        """The values to show at ``timestamp_ms``; pass None for both when no face was found."""
        if params is not None and weights is not None:
            if self.state in ("returning", "lost") and self._seen_ms is not None:
                self._resume = (timestamp_ms, self._shown)
            self.state, self._seen_ms, self._last = "tracking", timestamp_ms, (params, weights)
            self._shown = self._resumed(timestamp_ms, params, weights)
            return self._shown
        self._resume = None
        if self._seen_ms is None:
            return self._shown
        gone_ms = timestamp_ms - self._seen_ms
        if gone_ms <= self.policy.hold_ms:
            self.state, amount = "holding", 0.0
        else:
            amount = (gone_ms - self.policy.hold_ms) / self.policy.return_ms if self.policy.return_ms else 1.0
            self.state = "returning" if amount < 1 else "lost"
        params, weights = self._last
        amount = _smoothstep(amount)
        rest = self._rest.replace(transl=params.transl)
        self._shown = (blend_params(params, rest, amount), (1 - amount) * weights)
        return self._shown

    def ease(self, timestamp_ms: float) -> None:
        """Another face from here on: ease from what is shown to it, as after a loss."""
        self._resume = (timestamp_ms, self._shown)

    def _resumed(
        self, timestamp_ms: float, params: FlameParams, weights: FloatArray
    ) -> tuple[FlameParams, FloatArray]:
        if self._resume is None:
            return params, weights
        started_ms, (from_params, from_weights) = self._resume
        amount = (timestamp_ms - started_ms) / self.policy.resume_ms if self.policy.resume_ms else 1.0
        if amount >= 1:
            self._resume = None
            return params, weights
        amount = _smoothstep(amount)
        return blend_params(from_params, params, amount), from_weights + amount * (weights - from_weights)
