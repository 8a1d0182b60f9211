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
from ..observe.head_frame import mirror_landmarks
from ..observe.head_pose import placing_landmarks
from .align import Aligner
from .tables import NUM, FloatArray, Tables

PointsOf = Callable[[FloatArray], FloatArray]
"""``(N, 52)`` weights to ``(N, 478, 3)`` landmarks of the head, metres, head looking along +z."""


@dataclass(frozen=True, eq=False)
class ForwardModel:
    """Linear model of one head's landmarks; mirrored weights move mirrored landmarks exactly.

    Attributes:
        rest: ``(2K,)`` the head's rows at rest, eye distances of the mean face.
        slopes: ``(52, 2K)`` change of the rows per weight.
        motion: ``(52, P, 3)`` metres per weight of ``head_pose.placing_landmarks``.
    """

    rest: FloatArray
    slopes: FloatArray
    motion: FloatArray

    @classmethod
    def of(cls, points_of: PointsOf, tables: Tables) -> ForwardModel:
        """Measure a head; under a second. Keep ``arrays`` in the cache under the head's and the tables' hash.

        Args:
            points_of: through rig, limits and forward pass.
            tables: the prior's moments and how faces are aligned.
        """
        weights = design(tables)
        points = np.asarray(points_of(weights), np.float64)
        rows, _, _ = Aligner(tables).camera(points)
        placing = placing_landmarks()
        placed = points[:, placing]
        ridge = tables.constant("forward_ridge")
        slopes = _slopes(weights, rows - rows[0], ridge)
        motion = _slopes(weights, (placed - placed[0]).reshape(len(placed), -1), ridge).reshape(NUM, -1, 3)
        order, sign = tables.row_mirror
        slopes = (slopes + (slopes[:, order] * sign)[MIRROR]) / 2
        other = np.searchsorted(placing, mirror_landmarks()[placing])
        motion = (motion + motion[MIRROR][:, other] * np.array([-1.0, 1.0, 1.0])) / 2
        return cls((rows[0] + rows[0][order] * sign) / 2, slopes, motion)

    def moved(self, weights: FloatArray) -> FloatArray:
        """``(*batch, P, 3)`` metres from where ``head_pose.placing_landmarks`` rest, for ``(*batch, 52)`` weights."""
        found = np.asarray(weights, np.float64) @ self.motion.reshape(NUM, -1)
        return np.asarray(found.reshape(*found.shape[:-1], -1, 3))

    def arrays(self) -> dict[str, FloatArray]:
        """For a cache on disk; ``from_arrays`` reads them."""
        return {"rest": self.rest, "slopes": self.slopes, "motion": self.motion}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, FloatArray]) -> ForwardModel:
        return cls(*(np.asarray(arrays[name], np.float64) for name in ("rest", "slopes", "motion")))


def _slopes(weights: FloatArray, change: FloatArray, ridge: float) -> FloatArray:
    """``(52, D)`` per weight, of the changes ``(1 + 104 + F, D)`` at the weights of ``design``."""
    single, drawn = weights[1 : 1 + 2 * NUM], weights[1 + 2 * NUM :]
    levels = single.sum(1)
    levels[levels == 0] = 1.0  # _neutral
    own = (change[1 : 1 + 2 * NUM] / levels[:, None]).reshape(2, NUM, -1).mean(0)
    left = change[1 + 2 * NUM :] - drawn @ own
    slopes = own + np.linalg.solve(drawn.T @ drawn + ridge * np.eye(NUM), drawn.T @ left)
    slopes[0] = 0
    return np.asarray(slopes)


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
