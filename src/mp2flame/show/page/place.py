"""Where the page shows the head: at the origin, or moving about the place where it first was."""

from __future__ import annotations

import numpy as np

from ...base.values import FlameParams, FloatArray
from ...flame.scenery import bend_neck
from .shown import Look


class Place:
    """Moves parameters as ``look`` wishes."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._middle: FloatArray | None = None

    def centre(self) -> None:
        """The next place of the head becomes the middle."""
        self._middle = None

    def __call__(self, params: FlameParams) -> FlameParams:
        changes: dict[str, FloatArray] = {}
        if not self._look.turns:
            changes["global_orient"] = np.zeros(3, np.float32)
        if not self._look.moves:
            changes["transl"] = np.zeros(3, np.float32)
        else:
            if self._middle is None and params.transl.any():
                self._middle = params.transl
            changes["transl"] = params.transl - (0.0 if self._middle is None else self._middle)
        params = params.replace(**changes)
        return bend_neck(params) if self._look.shoulders else params
