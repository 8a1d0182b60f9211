"""Scores alone to ARKit weights: what can be said without landmarks, for recorded scores and other detectors.

MediaPipe's scores are biased (a full browDown scores .3, a full eyeWide hardly anything), and each face rests
at other values. An affine map corrects what renders with known weights can tell, as far as real faces confirm
it, and what real faces do together fills in the channels that scores hardly show::

    y = scores A + a                                  without a neutral
    y = (1 - k) clip(scores A + a) + k clip((scores - neutral) C)     with one; k is how much it is trusted
    w = clip(y), gaze without the neutral
    w[weak] = (1 - m) w[weak] + m clip(w[strong] P + p),      m = .05 + .2 k

A and C are half (brows .3, blinks none) regressions on renders of two head families and otherwise the scores
as they are: regressions alone are better on renders and worse on real people, whose brows, lids and lips the
scores follow better than a render's. The gaze columns of A give both eyes the mean direction of their scores.
P is the regression of 26 weak channels on 17 strong ones over real iPhone takes (``tools/make_scores_only_tables.py``; what was
tried is in docs/decisions/scores_only.md). Mirrored scores give mirrored weights.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..base.arrays import check_blendshapes
from ..base.channels import BLENDSHAPES, INDEX, MIRROR
from ..base.errors import InputError, ShapeError
from ..base.tables import package_arrays
from .tables import FREE

Array = npt.NDArray[np.float32]

TRUST = 0.5
"""Of a neutral that was found, not shown on purpose: the middle of a clip, taken as rest, hides half of what
the person does when it counts whole (lips not shown .46 at a half, .59 whole; scores as they are .49). 1 for
a neutral that a calibration has seen."""
PRIOR_SHARE = 0.05, 0.2
"""Of the prior in the weak channels: without a neutral, and what a trusted neutral adds. More lets identity
through: with .25 and no neutral, resting heads show more false channels than the scores do."""
_GAZE = [i for i, name in enumerate(BLENDSHAPES) if name.startswith("eyeLook")]


@dataclass(frozen=True, eq=False)
class _Tables:
    absolute: Array  # (52, 52) A
    offset: Array  # (52,) a
    change: Array  # (52, 52) C
    strong: npt.NDArray[np.intp]  # (17,)
    weak: npt.NDArray[np.intp]  # (26,)
    prior: Array  # (17, 26) P
    prior_offset: Array  # (26,) p


@functools.cache
def _tables() -> _Tables:
    data = package_arrays("scores_only.npz")
    return _Tables(
        strong=data["strong"].astype(np.intp),
        weak=data["weak"].astype(np.intp),
        **{
            name: data[name].astype(np.float32)
            for name in ("absolute", "offset", "change", "prior", "prior_offset")
        },
    )


def change_map() -> npt.NDArray[np.float64]:
    """``(43, 43)`` C of the channels that are not the gaze's, exactly symmetric: weights by change of the scores."""
    change = _tables().change.astype(np.float64)
    return np.asarray(((change + change[MIRROR][:, MIRROR]) / 2)[np.ix_(FREE, FREE)])


def weights_from_scores(
    blendshapes: npt.ArrayLike, neutral_blendshapes: npt.ArrayLike | None = None, trust: float = TRUST
) -> Array:
    """ARKit weights of one frame or a batch from scores alone.

    Args:
        blendshapes: ``(*batch, 52)`` scores in 0..1, MediaPipe order; values outside are clipped.
        neutral_blendshapes: ``(52,)`` scores of the person at rest, or one row per frame.
        trust: of the neutral, 0 (as without one) to 1 (rest that a calibration has seen).

    Returns:
        ``(*batch, 52)`` float32 in 0..1, MediaPipe order, index 0 always 0. The rest of the gaze is never
        subtracted.

    Raises:
        ShapeError, InputError: arrays of another shape, NaN or infinite values, a trust outside 0..1.
    """
    if not 0 <= trust <= 1:
        raise InputError(f"trust must lie between 0 and 1, got {trust!r}.")
    tables = _tables()
    scores = _to_unit(check_blendshapes(blendshapes).astype(np.float32))
    weights = _to_unit(scores @ tables.absolute + tables.offset)
    share = PRIOR_SHARE[0]
    if neutral_blendshapes is not None and trust:
        neutral = _to_unit(
            check_blendshapes(neutral_blendshapes, name="neutral_blendshapes").astype(np.float32)
        )
        try:
            change = scores - np.broadcast_to(neutral, scores.shape)
        except ValueError:
            raise ShapeError(
                f"neutral_blendshapes {neutral.shape} do not fit scores of {scores.shape}."
            ) from None
        changed = _to_unit(change @ tables.change)
        changed[..., _GAZE] = weights[..., _GAZE]
        weights += np.float32(trust) * (changed - weights)
        share += PRIOR_SHARE[1] * trust
    expected = _to_unit(weights[..., tables.strong] @ tables.prior + tables.prior_offset)
    weights[..., tables.weak] += np.float32(share) * (expected - weights[..., tables.weak])
    weights[..., INDEX["_neutral"]] = 0
    return weights


def _to_unit(x: Array) -> Array:
    return np.minimum(np.maximum(x, np.float32(0)), np.float32(1))
