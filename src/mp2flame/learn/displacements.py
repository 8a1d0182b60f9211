"""How the shapes of a rig move MediaPipe's landmarks on the mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..base.values import FlameParams, FloatArray
from ..flame.landmarks import NUM_SKIN_LANDMARKS, embedding_for

if TYPE_CHECKING:
    from ..flame import FlameModel

F64 = npt.NDArray[np.float64]


def displacements(model: FlameModel, rig: Any, betas: FloatArray) -> tuple[F64, float]:
    """``(52, 1404)`` how each shape at weight 1 moves this person's landmarks, in eye distances; that
    distance."""
    forward = model.prepare(betas=betas if len(betas) else None)
    zero = np.zeros((52, 3), np.float32)
    meshes = forward.forward_params(FlameParams(rig.expression, rig.jaw_pose, rig.eye_pose, zero, zero, zero))
    neutral = forward.forward_params(FlameParams.zeros(rig.num_expression, (1,)))
    embedding = embedding_for(model)
    at_rest = embedding.landmarks(neutral)[0].astype(np.float64)
    distance = float(np.linalg.norm(at_rest[33] - at_rest[263]))
    moved = (embedding.landmarks(meshes).astype(np.float64) - at_rest)[:, :NUM_SKIN_LANDMARKS] / distance
    return moved.reshape(52, -1), distance
