"""One head as it is shown in pictures, in the page and in files: dressed, and how it turns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..base.errors import MismatchError
from ..base.rotations import axis_angle_to_matrix
from ..base.values import FlameParams, FloatArray
from ..flame.colors import SKIN
from ..flame.scenery import Dressed, dress

if TYPE_CHECKING:
    from ..drive.driver import Driver
    from ..flame import FlameModel


class ShownHead:
    """A driver's head with its scenery.

    Args:
        driver: whose head it is, with its betas.
        skin: one of ``colors.TONES``.
        scenery: False shows the FLAME file's own mesh only, painted.
        shade: False: even skin, for what shows few colours.

    Attributes:
        model: the dressed head; the driver's own vertices come first.
        colors: ``(V, 3)`` sRGB.
        gloss: ``(V,)`` for ``Renderer``.
        tongue_out: ``(V, 3)`` metres, what ARKit's ``tongueOut`` at 1 does at rest.
        dressed: the head with its scenery, as ``flame.scenery.dress`` gives it.
    """

    def __init__(
        self, driver: Driver, *, skin: str = "light", scenery: bool = True, shade: bool = True
    ) -> None:
        self._driver = driver
        self.dressed = dressed = _dressed(driver, skin, scenery, shade)
        self.model: FlameModel = dressed.model
        self.colors, self.gloss, self.tongue_out = dressed.colors, dressed.gloss, dressed.tongue_out
        self._forward = self.model.prepare()

    def vertices(self, params: FlameParams, *, tongue_out: float = 0.0) -> FloatArray:
        """``(*batch, V, 3)`` metres.

        Args:
            params: for the driver's head.
            tongue_out: ARKit's ``tongueOut``, 0..1, for which FLAME has no parameter.
        """
        params = self._driver.mesh_params(params)
        vertices = self._forward.forward_params(params)
        moved = np.flatnonzero(self.tongue_out.any(1)) if tongue_out else ()
        if len(moved):  # it is skinned to the jaw alone, so its displacement turns with the jaw
            turn = axis_angle_to_matrix(params.global_orient) @ axis_angle_to_matrix(params.neck_pose)
            turn = turn @ axis_angle_to_matrix(params.jaw_pose)
            shift = np.einsum("...ij,vj->...vi", turn, self.tongue_out[moved])
            vertices[..., moved, :] += tongue_out * shift.astype(np.float32)
        return vertices


def _dressed(driver: Driver, skin: str, scenery: bool, shade: bool) -> Dressed:
    try:
        return dress(driver.mesh_model, driver.betas, skin=skin, scenery=scenery, shade=shade)
    except MismatchError:  # a mesh that nobody can paint
        shaped = driver.mesh_model.shaped(driver.betas).astype(np.float32)
        no_betas = np.zeros((len(shaped), 3, 0), np.float32)
        model = replace(driver.mesh_model, v_template=shaped, shapedirs=no_betas, sha256="")
        count = model.num_vertices
        colors = np.tile(np.array(SKIN, np.uint8), (count, 1))
        return Dressed(model, colors, np.zeros(count, np.float32), np.zeros((count, 3), np.float32), count)
