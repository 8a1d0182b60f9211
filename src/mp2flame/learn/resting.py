"""A person's resting face out of a clip in which it may never be seen.

Every frame says something about it: what the response, which needs no resting face, takes for movement is
taken off the landmarks; what is left is the resting face plus an error that grows with the movement, with how
active the scores are and with how far the head is turned from where it mostly is, because the detector's
landmarks change with the view. The mean weighted accordingly is near a resting frame where there is one, and a
fair guess where there is none. Chosen on the lab training set, where tracking is then off by 0.64 mm (0.94 when
rest is never shown) instead of 1.04 (1.30) with the quietest frames, and by 0.60 with the true resting face.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..base.values import FloatArray
from ..flame.landmarks import NUM_SKIN_LANDMARKS
from ..observe.head_frame import align, neutral_frame
from ..person.neutral import find_rest
from ..person.profile import Profile
from ..response.response import Response
from ..rig.rig import solve_rig
from .displacements import displacements

if TYPE_CHECKING:
    from ..flame import FlameModel

F64 = npt.NDArray[np.float64]
_FRAMES = 1500  # of a long clip, evenly: more do not change the mean
_OFFSET = 0.2  # what a channel never goes below, this share of the frames aside, is how the person looks
_NOISE = 0.05  # squared weights: movement below which a frame is as good as any
_ACTIVITY, _UNSEEN = 0.3, 3.0  # cost of ``find_rest`` that halves trust, and for frames that have none
_TURN = np.radians(10)  # of the head, that halves trust
_STILL = 0.1  # weight of a channel below which its score is the resting one
_MOVES = 0.4  # root sum of squared weights: the quietest frame above this is not rest


def resting_profile(
    model: FlameModel,
    blendshapes: FloatArray,
    landmarks: FloatArray,
    image_size: tuple[int, int],
    notes: list[str],
    response: Response | None = None,
) -> Profile:
    """The resting face, as landmarks and scores, of one person's clip.

    Args:
        model: any FLAME file; how its shapes move the landmarks is what is taken off.
        blendshapes, landmarks, image_size: as for ``track.fit_landmarks``.
        notes: gets a sentence when the face never rests.
    """
    chosen = np.linspace(0, len(blendshapes) - 1, min(len(blendshapes), _FRAMES)).round().astype(int)
    scores, points = np.asarray(blendshapes)[chosen], np.asarray(landmarks)[chosen]
    seen = (response or Response.default())(scores, landmarks=points, image_size=image_size)
    weights = seen.astype(np.float64)
    weights = np.maximum(weights - np.quantile(weights, _OFFSET, axis=0), 0) if len(weights) > 4 else weights
    movement = (weights**2).sum(1)
    away = _turned(align(points, image_size).rotation)
    cost = find_rest(scores).cost
    cost = np.where(np.isfinite(cost), cost, _UNSEEN)
    trust = 1 / (_NOISE + movement) ** 2 / (1 + (cost / _ACTIVITY) ** 2) / (1 + (away / _TURN) ** 2)
    quietest = int(np.argmin(movement))
    if movement[quietest] > _MOVES**2:
        notes.append(
            "the face never rests; its resting shape is a guess from moving frames, so it may be off"
        )
    base = neutral_frame(points[int(np.argmax(trust))], image_size)
    still = align(points, image_size, neutral=base).points
    moves, _ = displacements(model, solve_rig(model), np.zeros(model.num_betas, np.float32))
    still[:, :NUM_SKIN_LANDMARKS] -= (weights @ moves).reshape(len(weights), NUM_SKIN_LANDMARKS, 3)
    shape = np.tensordot(trust, still, axes=1) / trust.sum()
    height, width = image_size
    pixels = shape * float(base.scale)
    return Profile.from_neutral(
        _resting_scores(scores, weights, trust),
        landmarks=(pixels / np.array([width, -height, -width]) + [0.5, 0.5, 0.0]).astype(np.float32),
        image_size=image_size,
    )


def _turned(rotation: FloatArray) -> F64:
    """``(T,)`` radians between where the face looks and where it looks mostly."""
    looks = np.asarray(rotation[..., :, 2], np.float64)
    mostly = np.median(looks, axis=0)
    mostly /= max(float(np.linalg.norm(mostly)), 1e-9)
    return np.asarray(np.arccos(np.clip(looks @ mostly, -1, 1)))


def _resting_scores(scores: FloatArray, weights: F64, trust: F64) -> FloatArray:
    """``(52,)`` median of each score, weighted, over the frames in which its own channel is still."""
    result = np.empty(scores.shape[1], np.float32)
    for channel in range(scores.shape[1]):
        own = np.argsort(weights[:, channel], kind="stable")
        count = max(int((weights[:, channel] < _STILL).sum()), min(3, len(own)))
        frames = own[:count]
        frames = frames[np.argsort(scores[frames, channel], kind="stable")]
        share = np.cumsum(trust[frames])
        result[channel] = scores[frames[int(np.searchsorted(share, share[-1] / 2))], channel]
    return result
