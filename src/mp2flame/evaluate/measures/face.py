"""Does a driven head do what a face does? Measures on arrays of one clip; docs/measures.md says what each means.

Points are ``(T, 478, 3)`` landmarks of ``in_head_frame``, of the person and of the mesh; lengths are in eye distances
(outer corner to outer corner, about 9 cm). Weights are ``(T, 52)`` in MediaPipe's order. ``frames (T,)`` are the rows'
numbers in the clip: rows whose numbers are not neighbours are not neighbours in time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...base.arrays import NUM_SKIN_LANDMARKS
from ...base.channels import BLENDSHAPES, GROUP_INDEX, INDEX
from ...base.values import FloatArray, IntArray
from ...flame.outlines import BROW_OUTLINES, INNER_LIPS, LEFT_EYE, OUTER_LIPS, RIGHT_EYE
from ...observe.head_frame import similarity

# Temples, eye corners and the bridge of the nose: what expressions hardly move.
STABLE = (54, 284, 21, 251, 139, 368, 33, 133, 362, 263, 168, 6, 197, 195, 5, 4)
REGIONS: dict[str, tuple[int, ...]] = {
    "lips outer": OUTER_LIPS,
    "lips inner": INNER_LIPS,
    "brows": (*BROW_OUTLINES[0], *BROW_OUTLINES[1]),
    "lids": (*RIGHT_EYE, *LEFT_EYE),
    "cheeks": (36, 50, 101, 117, 118, 123, 147, 187, 205, 266, 280, 330, 346, 347, 352, 376, 411, 425),
    "chin": (18, 83, 148, 149, 150, 152, 175, 176, 199, 200, 313, 377, 378, 379, 400),
    "nose": (2, 48, 49, 64, 97, 98, 102, 129, 278, 279, 294, 326, 327, 331, 358),
}  # fmt: skip

_KINDS = {  # a distance of landmarks ``p (T, k, 3)``
    "length": lambda p: np.linalg.norm(p[:, 0] - p[:, 1], axis=1),
    "x": lambda p: p[:, 0, 0] - p[:, 1, 0],
    "y": lambda p: p[:, 0, 1] - p[:, 1, 1],
    "middle x": lambda p: (p[:, 0, 0] + p[:, 1, 0]) / 2 - p[:, 2, 0],
    "iris x": lambda p: p[:, 0, 0] - (p[:, 1, 0] + p[:, 2, 0]) / 2,
    "iris y": lambda p: p[:, 0, 1] - (p[:, 1, 1] + p[:, 2, 1]) / 2,
}
# Name: kind and the landmarks of each side (subject's right, left).
DISTANCES: dict[str, tuple[str, tuple[tuple[int, ...], ...]]] = {
    "mouth opening": ("length", ((13, 14),)),
    "mouth width": ("length", ((61, 291),)),
    "mouth corners": ("y", ((61, 0), (291, 0))),
    "corner asymmetry": ("y", ((61, 291),)),
    "mouth sideways": ("middle x", ((61, 291, 168),)),
    "upper lip length": ("y", ((2, 0),)),
    "lower lip thickness": ("y", ((14, 17),)),
    "chin height": ("y", ((152, 168),)),
    "chin sideways": ("x", ((152, 168),)),
    "lids": ("length", ((159, 145), (386, 374))),
    "outer brows": ("y", ((105, 33), (334, 263))),
    "inner brows": ("y", ((107, 168), (336, 168))),
    "brow asymmetry": ("y", ((105, 334),)),
    "brows together": ("x", ((336, 107),)),
    "cheeks": ("y", ((50, 168), (280, 168))),
    "nose wings": ("y", ((98, 168), (327, 168))),
    "gaze sideways": ("iris x", ((468, 33, 133), (473, 263, 362))),
    "gaze up and down": ("iris y", ((468, 33, 133), (473, 263, 362))),
}
_MOVES, _MOUTH_MOVES, _REGION_MOVES = (
    0.006,
    0.01,
    0.003,
)  # standard deviations below which little but noise is seen

FACE: IntArray = np.array([i for i, n in enumerate(BLENDSHAPES) if i and not n.startswith("eyeLook")])
"""Columns of the channels other than gaze."""
_BROWS, _LIDS = GROUP_INDEX["brows"], GROUP_INDEX["lids"]
_BLINK, _SMILE, _FROWN = (
    np.array([INDEX[name + "Left"], INDEX[name + "Right"]]) for name in ("eyeBlink", "mouthSmile", "browDown")
)
_STEP = 0.3  # between neighbouring frames: a twitch
_QUIET = {"brows": 0.008, "lids": 0.012}  # the person's landmarks moved less in that step: nothing to follow
_FIRST, _STILL = 10, 13  # frames of the start, and of the stretch that jitter is measured in


class Shown(NamedTuple):
    """How a measure of weights or noise stands in a report: digits, and whether its mean over clips counts (of shares of
    frames and rare events) or its median.
    """  # noqa: D205

    digits: int
    mean: bool = False


_SHARE, _EVENTS = Shown(3, mean=True), Shown(2, mean=True)
MEASURES: dict[str, Shown | None] = {
    "frown in blinks": _SHARE, "frown in blinks, none in the scores": _SHARE,
    "frown in smiles": _SHARE, "frown in smiles, none in the scores": _SHARE,
    "brows up and down": _SHARE, "channels at the stop": _SHARE,
    "twitches, brows": _EVENTS, "unfounded twitches, brows": _EVENTS,
    "twitches, lids": _EVENTS, "unfounded twitches, lids": _EVENTS,
    "Mahalanobis": Shown(2), "Mahalanobis, p95": Shown(2),
    "weight noise": Shown(4), "weight noise over the scores'": Shown(2), "still mesh, mm": Shown(3),
    "lag, frames": Shown(2), "start-up": None, "start-up over the scores'": Shown(2), "largest first step": Shown(2),
}  # fmt: skip
"""Every measure of weights and noise, in the order of the report; None: in the JSON only."""


class Followed(NamedTuple):
    """How one distance of the mesh goes with the person's: correlation, slope, frames late (None: not clear)."""

    r: float
    gain: float
    lag: float | None


def in_head_frame(points: FloatArray, rest: FloatArray, use: IntArray) -> FloatArray:
    """Points without head pose: every frame laid over the clip's median face by a similarity on ``STABLE``.

    Args:
        points: ``(T, 478, 3)``, any unit, x to the right of the picture, y up, z to the viewer.
        rest: ``(478, 3)`` a head at rest, which gives the axes.
        use: rows that make the median.

    Returns:
        ``(T, 478, 3)`` origin and unit from the median face's outer eye corners.
    """
    weights = np.zeros(len(rest))
    weights[list(STABLE)] = 1 / len(STABLE)
    target, laid = np.asarray(rest, np.float64), np.asarray(points, np.float64)
    for _ in range(3):
        scale, rotation, offset = similarity(points, target, weights)
        laid = scale[:, None, None] * (points @ np.swapaxes(rotation, 1, 2)) + offset[:, None]
        target = np.median(laid[use], axis=0)
    left, right = target[263], target[33]
    return np.asarray((laid - (left + right) / 2) / np.linalg.norm(left - right))


def not_shown(person: FloatArray, mesh: FloatArray) -> dict[str, float | None]:
    """Share of the person's motion about the median that the mesh does not make, x and y, by region.

    0 is perfect, 1 a head that stands still, more is worse than that; None where the person does not move.
    """
    found: dict[str, float | None] = {}
    for name, ids in REGIONS.items():
        a, b = (p[:, list(ids), :2] - np.median(p[:, list(ids), :2], axis=0) for p in (person, mesh))
        moves = np.sqrt(np.square(a).sum(-1).mean()) > _REGION_MOVES
        found[name] = float(np.square(a - b).sum() / np.square(a).sum()) if moves else None
    return found


def distances(points: FloatArray) -> dict[str, list[FloatArray]]:
    """Name to one ``(T,)`` series a side."""
    return {
        name: [_KINDS[kind](points[:, list(ids)]) for ids in sides]
        for name, (kind, sides) in DISTANCES.items()
    }


def follows(person: FloatArray, mesh: FloatArray) -> dict[str, list[Followed]]:
    """Every distance and side that moves in the person's face."""
    theirs, ours = distances(person), distances(mesh)
    return {
        name: [
            _followed(a, b)
            for a, b in zip(theirs[name], ours[name])
            if a.std() > (_MOUTH_MOVES if name in ("mouth opening", "mouth width") else _MOVES)
        ]
        for name in DISTANCES
    }


def _followed(a: FloatArray, b: FloatArray) -> Followed:
    covariance = float(((a - a.mean()) * (b - b.mean())).mean())
    r = covariance / float(a.std() * b.std()) if b.std() > 1e-7 else 0.0
    return Followed(r, covariance / float(a.var()), lag(a, b) if r > 0.7 else None)


def lag(before: FloatArray, after: FloatArray, reach: int = 4) -> float | None:
    """Frames by which the steps of ``after`` come later than those of ``before``: the peak of their correlation.

    None for too short a signal, and where the peak lies at the end of the reach.
    """
    a, b = np.diff(before), np.diff(after)
    if len(a) < 4 * reach:
        return None
    shifted = np.stack([b[reach + k : len(b) - reach + k] for k in range(-reach, reach + 1)])
    match = shifted @ a[reach:-reach] / np.maximum(np.linalg.norm(shifted, axis=1), 1e-12)
    best = int(match.argmax())
    if not 0 < best < 2 * reach:
        return None
    left, middle, right = match[best - 1 : best + 2]
    return float(best - reach + 0.5 * (left - right) / (left - 2 * middle + right))


def plausible(weights: FloatArray, scores: FloatArray | None = None) -> dict[str, float | None]:
    """What real faces hardly do: shares of frames, and channels at their end per frame.

    Some people do frown when they close their eyes; with ``scores`` the shares are also taken over the frames in which
    these see no frown. None with fewer than four frames to look at.
    """
    frown = weights[:, _FROWN].mean(1) > 0.5
    blink = weights[:, _BLINK].mean(1) > 0.6
    if scores is not None:
        blink |= scores[:, _BLINK].mean(1) > 0.6
    smile = (weights[:, _SMILE].mean(1) > 0.5) & ~blink

    def share(rows: Any) -> float | None:
        return float(frown[rows].mean()) if rows.sum() > 3 else None

    found = {"frown in blinks": share(blink), "frown in smiles": share(smile)}
    if scores is not None:
        calm = scores[:, _FROWN].mean(1) < 0.3
        found |= {f"{name}, none in the scores": share(rows & calm)
                  for name, rows in (("frown in blinks", blink), ("frown in smiles", smile))}  # fmt: skip
    found["brows up and down"] = float((frown & (weights[:, INDEX["browInnerUp"]] > 0.5)).mean())
    found["channels at the stop"] = float((weights > 0.98).sum(1).mean())
    return found


def twitches(
    weights: FloatArray, frames: IntArray, person: FloatArray | None = None
) -> dict[str, float | None]:
    """Frames in a hundred in which a brow or lid channel steps by more than 0.3.

    With ``person`` also those in which the person's landmarks there hardly moved.
    """
    near = np.diff(frames) == 1
    found: dict[str, float | None] = {}
    for name, ids in (("brows", _BROWS), ("lids", _LIDS)):
        step = (np.abs(np.diff(weights[:, ids], axis=0)).max(1) > _STEP)[near]
        found[f"twitches, {name}"] = 100 * float(step.mean()) if len(step) else None
        if person is not None:
            moved = np.diff(person[:, list(REGIONS[name]), :2], axis=0)
            quiet = (np.sqrt(np.square(moved).sum(-1).mean(1)) < _QUIET[name])[near]
            found[f"unfounded twitches, {name}"] = 100 * float((step & quiet).mean()) if len(step) else None
    return found


def noise(signal: FloatArray, frames: IntArray) -> FloatArray:
    """Second differences over the root of six: the standard deviation of noise without memory. ``(T, *)`` to ``(*)``."""
    second = (signal[2:] - 2 * signal[1:-1] + signal[:-2])[frames[2:] - frames[:-2] == 2]
    return second.std(0) / np.sqrt(6) if len(second) > 2 else np.full(signal.shape[1:], np.nan)


def still_stretch(person: FloatArray, frames: IntArray) -> slice | None:
    """The 13 neighbouring rows in which the person's landmarks move least."""
    moved = np.linalg.norm(np.diff(person[:, :NUM_SKIN_LANDMARKS], axis=0), axis=2).mean(1)
    moved[np.diff(frames) != 1] = np.inf
    sums = (
        np.convolve(moved, np.ones(_STILL - 1), "valid") if len(moved) >= _STILL - 1 else np.array([np.inf])
    )
    start = int(np.argmin(sums))
    return slice(start, start + _STILL) if np.isfinite(sums[start]) else None


def start_up(weights: FloatArray, frames: IntArray) -> float | None:
    """Mean change a frame over the first ten steps, over that of the later ones."""
    change = np.abs(np.diff(weights[:, FACE], axis=0)).mean(1)[np.diff(frames) == 1]
    if len(change) < 3 * _FIRST:
        return None
    return float(change[:_FIRST].mean() / max(float(change[_FIRST:].mean()), 1e-9))


@dataclass(frozen=True, eq=False)
class RealFaces:
    """Mean and covariance of true ARKit weights, Live Link takes say.

    Attributes:
        takes: ``(T, 52)`` each, 0..1.
    """

    takes: list[FloatArray]

    def distance(self, weights: FloatArray, leave_out: int | None = None) -> FloatArray:
        """``(T,)`` Mahalanobis distance of frames from the takes (but one), per channel without gaze."""
        kept = np.concatenate([t for i, t in enumerate(self.takes) if i != leave_out])[:, FACE].astype(
            np.float64
        )
        # a ridge of 0.03 in standard deviation: channels that hardly move in the takes do not decide alone
        inverse = np.linalg.inv(np.cov(kept.T) + 1e-3 * np.eye(len(FACE)))
        off = weights[:, FACE] - kept.mean(0)
        return np.asarray(np.sqrt(np.einsum("ti,ij,tj->t", off, inverse, off) / len(FACE)))

    def figures(self) -> dict[str, float | None]:
        """What the takes themselves score, each against the others, at 30 frames per second (they have 60)."""
        every = []
        for i, take in enumerate(self.takes):
            half, frames = take[::2], np.arange(len(take[::2]))
            found = (
                plausible(take)
                | twitches(half, frames)
                | {"weight noise": float(noise(half[:, FACE], frames).mean())}
            )
            far = self.distance(take, leave_out=i)
            every.append(
                found
                | {"Mahalanobis": float(np.median(far)), "Mahalanobis, p95": float(np.quantile(far, 0.95))}
            )
        return {name: mean(f[name] for f in every) for name in every[0]} if len(self.takes) > 1 else {}


def mean(values: Iterable[float | None]) -> float | None:
    """Of those that there are."""
    kept = [v for v in values if v is not None and np.isfinite(v)]
    return float(np.mean(kept)) if kept else None


def median(values: Iterable[float | None], quantile: float = 0.5) -> float | None:
    """Of those that there are."""
    kept = [v for v in values if v is not None and np.isfinite(v)]
    return float(np.quantile(kept, quantile)) if kept else None
