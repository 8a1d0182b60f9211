"""How the head's own landmarks move with the weights: made at load from rig and forward pass, no renders.

``phi(w)`` is linear: quadratic terms lose nothing measurable and cost nine times the memory (fidelity.md). The slopes
are fitted to faces that are drawn from the prior (``|N(mean, covariance)|``, seeded), so that they are right where faces are:
``mouthClose`` moves the lips only on an open jaw, lids meet and go no further. A ridge holds slopes that these faces
do not show near the shape's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..base.channels import MIRROR
from .align import Aligner
from .tables import NUM, FloatArray, Tables

PointsOf = Callable[[FloatArray], FloatArray]
"""``(N, 52)`` weights to ``(N, 478, 3)`` landmarks of the head, any unit, head looking along +z."""


@dataclass(frozen=True, eq=False)
class ForwardModel:
    """Linear model of one head's landmarks, eye distances of the mean face.

    Attributes:
        rest: ``(2K,)`` the head's rows at rest.
        slopes: ``(52, 2K)`` change of the rows per weight; mirrored weights move mirrored landmarks exactly.
    """

    rest: FloatArray
    slopes: FloatArray

    @classmethod
    def of(cls, points_of: PointsOf, tables: Tables) -> ForwardModel:
        """Measure a head; under a second. Keep ``arrays`` in the cache under the head's and the tables' hash.

        Args:
            points_of: through rig, limits and forward pass.
            tables: the prior's moments and how faces are aligned.
        """
        aligner = Aligner(tables)
        weights = design(tables)
        moved, _, _ = aligner.camera(np.asarray(points_of(weights), np.float64))
        rest = moved[0]
        change = moved - rest
        single, drawn = weights[1 : 1 + 2 * NUM], weights[1 + 2 * NUM :]
        levels = single.sum(1)
        levels[levels == 0] = 1.0  # _neutral
        own = (change[1 : 1 + 2 * NUM] / levels[:, None]).reshape(2, NUM, -1).mean(0)
        left = change[1 + 2 * NUM :] - drawn @ own
        ridge = tables.constant("forward_ridge")
        slopes = own + np.linalg.solve(drawn.T @ drawn + ridge * np.eye(NUM), drawn.T @ left)
        slopes[0] = 0
        order, sign = tables.row_mirror
        slopes = (slopes + (slopes[:, order] * sign)[MIRROR]) / 2
        return cls((rest + rest[order] * sign) / 2, slopes)

    def arrays(self) -> dict[str, FloatArray]:
        """For a cache on disk; ``from_arrays`` reads them."""
        return {"rest": self.rest, "slopes": self.slopes}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, FloatArray]) -> ForwardModel:
        return cls(np.asarray(arrays["rest"], np.float64), np.asarray(arrays["slopes"], np.float64))


def design(tables: Tables) -> FloatArray:
    """``(1 + 104 + D, 52)`` weights at which a head is measured: rest, each shape at two amounts, drawn faces."""
    eye = np.eye(NUM)
    eye[0] = 0
    mean = tables.weight_mean
    covariance = tables.weight_moment - np.outer(mean, mean)
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    count = int(tables.constant("forward_faces"))
    noise = np.random.default_rng(0).normal(size=(count, NUM))
    faces = np.clip(np.abs(mean + noise @ root.T), 0, 1)
    faces[:, 0] = 0
    faces = np.concatenate([faces, faces[:, MIRROR]])
    return np.concatenate([np.zeros((1, NUM)), 0.35 * eye, 0.7 * eye, faces]).astype(np.float32)
