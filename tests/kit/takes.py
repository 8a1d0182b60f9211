"""Made takes for the tests of exports: smooth random faces on a head."""

from __future__ import annotations

import numpy as np

from mp2flame.base.values import FlameParams
from mp2flame.flame import FlameModel
from mp2flame.rig.rig import solve_rig
from mp2flame.take.take import Take


def smooth_noise(seed: int, frames: int, width: int, size: float) -> np.ndarray:
    """``(frames, width)`` that drifts as a face does."""
    values = np.random.default_rng(seed).normal(0, size, (frames + 12, width))
    kernel = np.hanning(13) / np.sqrt((np.hanning(13) ** 2).sum())
    return np.stack([np.convolve(column, kernel, "valid") for column in values.T], axis=1)[:frames]


def plausible_weights(seed: int, frames: int) -> np.ndarray:
    """``(frames, 52)`` in 0..1, a few shapes at a time, never two that undo each other, index 0 zero."""
    from mp2flame.base.channels import INDEX
    from mp2flame.rig.inverse import OPPOSITES

    weights = np.clip(smooth_noise(seed, frames, 52, 0.45) - 0.25, 0, 1)
    pairs = [*OPPOSITES]
    for side in ("Left", "Right"):
        pairs += [(f"eyeLookIn{side}", f"eyeLookOut{side}"), (f"eyeLookUp{side}", f"eyeLookDown{side}")]
    for one, other in pairs:
        a, b = INDEX[one], INDEX[other]
        smaller = np.minimum(weights[:, a], weights[:, b])
        weights[:, a] -= smaller
        weights[:, b] -= smaller
    weights[:, 0] = 0
    return weights.astype(np.float32)


def made_take(model: FlameModel, frames: int = 40, fps: float = 30.0, seed: int = 0) -> Take:
    """A take of random faces with head, neck and position moving."""
    weights = plausible_weights(seed, frames)
    expression, jaw, eyes = solve_rig(model).apply(weights)
    params = FlameParams(
        expression=expression,
        jaw_pose=jaw,
        eye_pose=eyes,
        neck_pose=smooth_noise(seed + 1, frames, 3, 0.1),
        global_orient=smooth_noise(seed + 2, frames, 3, 0.3),
        transl=smooth_noise(seed + 3, frames, 3, 0.03),
    )
    meta = {
        "flame": {
            "release": model.release,
            "sha256": model.sha256,
            "num_expression": model.num_expression,
            "has_jaw": model.has_jaw,
        }
    }
    return Take.from_params(params, np.arange(frames) * 1000.0 / fps, arkit_weights=weights, meta=meta)
