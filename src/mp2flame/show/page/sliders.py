"""Drive any of the shapes by hand: added to the face or instead of it."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ...base.channels import NUM_BLENDSHAPES
from ...base.errors import InputError
from ...base.values import FloatArray

Mode = Literal["add", "replace"]


class HandWeights:
    """What the sliders say, without the sliders."""

    def __init__(self, mode: Mode = "add") -> None:
        self.values: FloatArray = np.zeros(NUM_BLENDSHAPES, np.float32)
        self.mode: Mode = mode

    @property
    def active(self) -> bool:
        """False when the face passes unchanged."""
        return self.mode == "replace" or bool(self.values.any())

    def apply(self, weights: FloatArray) -> FloatArray:
        """``(52,)`` weights of the face to those that are shown, 0..1."""
        if self.mode == "replace":
            return self.values.copy()
        return np.clip(weights + self.values, 0.0, 1.0).astype(np.float32)

    def set(self, weights: FloatArray) -> None:
        """Move all sliders; what is no number is 0."""
        self.values = np.clip(
            np.nan_to_num(np.asarray(weights, np.float32), posinf=0.0, neginf=0.0), 0.0, 1.0
        )

    def move(self, index: int, value: float) -> None:
        """One slider.

        Raises:
            InputError: no such slider, or no number.
        """
        if not 1 <= index < NUM_BLENDSHAPES or not np.isfinite(value):
            raise InputError(f"there is no slider {index}, or {value!r} is no position of it.")
        self.values[index] = np.clip(value, 0.0, 1.0)

    def hold(self, weights: FloatArray) -> None:
        """Show these weights instead of the face."""
        self.mode = "replace"
        self.set(weights)

    def reset(self, mode: Mode = "add") -> None:
        """All sliders to 0; ``add`` lets the face drive again."""
        self.mode = mode
        self.set(np.zeros(NUM_BLENDSHAPES, np.float32))
