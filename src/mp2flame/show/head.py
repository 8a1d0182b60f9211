"""One head as it is shown in pictures, in the page and in files: dressed, and how it turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..base.errors import MismatchError
from ..base.rotations import axis_angle_to_matrix, matrix_to_axis_angle
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

    Attributes:
        model: the dressed head; the driver's own vertices come first.
        colors: ``(V, 3)`` sRGB.
        gloss: ``(V,)`` for ``Renderer``.
    """

    def __init__(self, driver: Driver, *, skin: str = "light", scenery: bool = True) -> None:
        self._driver = driver
        self._dressed = _dressed(driver, skin, scenery)
        self.model: FlameModel = self._dressed.model
        self.colors, self.gloss = self._dressed.colors, self._dressed.gloss
        self._forward = self.model.prepare()
        self._tongue = _TongueOut(self.model, self._dressed.tongue_out)

    def vertices(self, params: FlameParams, *, tongue_out: float = 0.0) -> FloatArray:
        """``(*batch, V, 3)`` metres.

        Args:
            params: for the driver's head.
            tongue_out: ARKit's ``tongueOut``, 0..1, for which FLAME has no parameter.
        """
        params = self._driver.mesh_params(params)
        vertices = self._forward.forward_params(params)
        return vertices if not tongue_out else self._tongue.moved(vertices, params, tongue_out)


class _TongueOut:
    """Moves what is skinned to the jaw alone by a displacement at rest."""

    def __init__(self, model: FlameModel, displacement: FloatArray) -> None:
        self._moved = np.flatnonzero(np.abs(displacement).max(1) > 0)
        self._displacement = displacement[self._moved]

    def moved(self, vertices: FloatArray, params: FlameParams, tongue_out: float) -> FloatArray:
        turn = axis_angle_to_matrix(params.global_orient) @ axis_angle_to_matrix(params.neck_pose)
        turn = turn @ axis_angle_to_matrix(params.jaw_pose)
        out = np.array(vertices)
        out[..., self._moved, :] += tongue_out * np.einsum("...ij,vj->...vi", turn, self._displacement)
        return out


def _dressed(driver: Driver, skin: str, scenery: bool) -> Dressed:
    try:
        return dress(driver.mesh_model, driver.betas, skin=skin, scenery=scenery)
    except MismatchError:  # a mesh that nobody can paint
        model = driver.mesh_model
        count = model.num_vertices
        colors = np.tile(np.array(SKIN, np.uint8), (count, 1))
        return Dressed(model, colors, np.zeros(count, np.float32), np.zeros((count, 3), np.float32), count)


def bend_neck(params: FlameParams) -> FlameParams:
    """The head's whole rotation put into the neck: the same turn of the head, and the shoulders stay."""
    turn = axis_angle_to_matrix(params.global_orient) @ axis_angle_to_matrix(params.neck_pose)
    return params.replace(
        neck_pose=matrix_to_axis_angle(turn).astype(np.float32), global_orient=np.zeros_like(params.global_orient)
    )
