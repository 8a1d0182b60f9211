"""Find the frames in which a face rests, or say that it never does.

A wrong neutral is worse than none, so rest is recognised, not assumed. Detector scores alone carry enough:
the strong mouth channels are near zero on a resting face of anybody, while brows, lids and gaze have a
personal offset and are therefore compared with the person's own quiet frames. The limits come from the
neutral frames of 170 rendered identities (95th percentiles) and from real clips; tests/test_neutral.py holds
them against clips that rest and clips that never do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.arrays import check_blendshapes
from ..base.channels import INDEX
from ..base.detection import Detection
from ..base.errors import ShapeError
from ..base.values import FloatArray, IntArray
from ..flame.landmarks import NUM_SKIN_LANDMARKS
from ..observe.head_frame import align
from .profile import Profile

# Mouth channels that read near zero on any closed, relaxed mouth, with the score below which they do.
_MOUTH_TOLERANCE = {
    "jawOpen": 0.06,
    "jawLeft": 0.08,
    "jawRight": 0.08,
    "mouthSmileLeft": 0.12,
    "mouthSmileRight": 0.12,
    "mouthPucker": 0.15,
    "mouthFunnel": 0.06,
    "mouthLeft": 0.08,
    "mouthRight": 0.08,
    "mouthUpperUpLeft": 0.08,
    "mouthUpperUpRight": 0.08,
    "mouthLowerDownLeft": 0.08,
    "mouthLowerDownRight": 0.08,
    "mouthStretchLeft": 0.08,
    "mouthStretchRight": 0.08,
    "mouthRollLower": 0.12,
    "mouthRollUpper": 0.12,
    "mouthShrugLower": 0.30,
    "mouthPressLeft": 0.30,
    "mouthPressRight": 0.30,
}
# Brows have a personal offset: compared with the person's own low values, and never beyond these.
_BROW_LIMIT = {
    "browInnerUp": 0.55,
    "browOuterUpLeft": 0.40,
    "browOuterUpRight": 0.40,
    "browDownLeft": 0.50,
    "browDownRight": 0.50,
}
_BROW_TOLERANCE = 0.10
# Lids and gaze: a face rests with its eyes open as this person has them open, looking ahead. What that is in
# scores is personal (narrow eyes, a camera above or below), and a clip may be full of downcast eyes, so neither
# a fixed number nor the median will do: it is the most open level at which lids stay for a good part of the
# quiet frames. Blinks pass through levels and wide eyes are rare: neither fills a level.
_LIDS = ("eyeBlinkLeft", "eyeBlinkRight")
_LID_MORE, _LID_LESS = 0.12, 0.06  # how much more open or more closed than that level still rests
_WIDE, _WIDE_TOLERANCE = ("eyeWideLeft", "eyeWideRight"), 0.10
_GAZE_DOWN = ("eyeLookDownLeft", "eyeLookDownRight")
_GAZE_TOLERANCE = 0.20
_ASIDE_TOLERANCE = 0.20  # of (out - in), 0.6 radians a unit
_LEVEL_REACH, _LEVEL_SHARE = 0.05, 0.2  # a level: so many of the frames within so much of it
_LIMIT = 0.12  # total excess score of a resting frame
_MOUTH_LIMIT = 0.25  # frames whose mouth is near rest set the personal offsets
MIN_FRAMES = 5  # fewer frames than this cannot show rest; they are taken as they are, and said so


@dataclass(frozen=True, slots=True)
class Rest:
    """What was found.

    Attributes:
        frames: ``(N,)`` indices of resting frames, best first; empty when the face never rests.
        cost: ``(T,)`` excess activity in score units, 0 at rest; NaN where no face was seen.
        verdict: ``rests``, ``never`` or ``assumed`` (too few frames to tell).
        reason: one sentence for a person.
    """

    frames: IntArray
    cost: FloatArray
    verdict: str
    reason: str


def find_rest(
    blendshapes: FloatArray,
    *,
    detected: FloatArray | None = None,
    face_matrix: FloatArray | None = None,
    landmarks: FloatArray | None = None,
    image_size: tuple[int, int] | None = None,
    max_frames: int = 30,
    max_turn_deg: float = 25.0,
) -> Rest:
    """Resting frames of one person's clip.

    Args:
        blendshapes: ``(T, 52)`` detector scores, MediaPipe order.
        detected: ``(T,)`` False where there is no face.
        face_matrix: ``(T, 4, 4)``; frames turned away more than ``max_turn_deg`` are left out.
        landmarks: ``(T, 478, 3)`` normalised image coordinates, with ``image_size`` (height, width): of frames
            that all rest by their scores, those are taken that show the same face.
        max_frames: at most so many of the best frames.

    Raises:
        ShapeError: not a clip of one person.
    """
    scores = check_blendshapes(blendshapes)
    if scores.ndim != 2:
        raise ShapeError(f"blendshapes must be (T, 52), got {scores.shape}.")
    usable = np.ones(len(scores), bool) if detected is None else np.asarray(detected, bool).copy()
    if usable.shape != (len(scores),):
        raise ShapeError(f"detected must be ({len(scores)},), got {usable.shape}.")
    cost = np.full(len(scores), np.nan, np.float32)
    none = np.zeros(0, int)
    if not usable.any():
        return Rest(none, cost, "never", "no face was seen")
    if usable.sum() < MIN_FRAMES:
        seen = np.flatnonzero(usable)
        cost[seen] = 0
        return Rest(seen, cost, "assumed", f"only {len(seen)} frames: taken as neutral without a check")
    if face_matrix is not None:
        frontal = usable & (_turn_deg(np.asarray(face_matrix)) <= max_turn_deg)
        usable = frontal if frontal.sum() >= MIN_FRAMES else usable
    mouth = _excess(scores, _MOUTH_TOLERANCE)
    quiet = usable & (mouth <= _MOUTH_LIMIT)
    if quiet.sum() < MIN_FRAMES:
        cost[usable] = mouth[usable]
        busiest = _busiest(scores[usable], _MOUTH_TOLERANCE)
        return Rest(none, cost, "never", f"the mouth never rests ({busiest} is high all the time)")
    lids, opened = _open_eyes(scores, quiet)
    total = mouth + lids + _gaze(scores, opened)
    for name, limit in _BROW_LIMIT.items():
        channel = scores[:, INDEX[name]]
        own = min(float(np.quantile(channel[opened], 0.2)), limit - _BROW_TOLERANCE)
        total += np.maximum(0, channel - own - _BROW_TOLERANCE)
    cost[usable] = total[usable]
    still = _held(np.where(usable, total, np.inf))
    ranked = still if np.sum(still <= _LIMIT) >= MIN_FRAMES else np.where(usable, total, np.inf)
    order = np.argsort(ranked, kind="stable")
    resting: IntArray = order[: int(np.sum(ranked <= _LIMIT))]
    if len(resting) >= MIN_FRAMES:  # of many, the quieter half: speech passes through rest-like frames
        resting = resting[: max(MIN_FRAMES, len(resting) // 2)]
    else:
        busiest = _busiest(scores[usable], _BROW_LIMIT)
        return Rest(none, cost, "never", f"the face never rests long enough ({busiest} moves or is held)")
    if landmarks is not None and len(resting) > MIN_FRAMES:
        resting = _alike(resting[: 2 * max_frames], np.asarray(landmarks), image_size)
    return Rest(resting[:max_frames], cost, "rests", f"{len(resting)} resting frames of {int(usable.sum())}")


class RunningNeutral:
    """A neutral that is found while frames come in, for people who did not calibrate.

    Keeps the best resting frames seen so far (a bounded number) and offers their median once there is half a
    second of rest within at least ``after_ms`` of watching. Offsets that are personal are learnt from what
    was seen until then, so the first answer can be a little off; it is replaced when better frames come.
    """

    def __init__(self, *, after_ms: float = 3000.0, keep: int = 240, refresh_ms: float = 2000.0) -> None:
        self.after_ms, self.refresh_ms = after_ms, refresh_ms
        self._keep = keep
        self._scores: list[FloatArray] = []
        self._rows: list[tuple[FloatArray | None, FloatArray | None]] = []
        self._times: list[float] = []
        self._first_ms: float | None = None
        self._checked_ms = -np.inf
        self._count = 0

    def add(
        self,
        timestamp_ms: float,
        blendshapes: FloatArray,
        landmarks: FloatArray | None = None,
        face_matrix: FloatArray | None = None,
        image_size: tuple[int, int] | None = None,
    ) -> tuple[FloatArray, FloatArray | None, FloatArray | None] | None:
        """One detected frame in; ``(scores (N,52), landmarks (N,478,3), matrices (N,4,4))`` of the resting
        frames when there is a new estimate, else None."""
        if self._first_ms is None:
            self._first_ms = timestamp_ms
        self._count += 1
        row = (landmarks, face_matrix)
        if len(self._scores) < self._keep:
            self._scores.append(blendshapes)
            self._rows.append(row)
            self._times.append(timestamp_ms)
        else:  # reservoir: every frame so far has the same chance to be remembered
            slot = int(np.random.default_rng(self._count).integers(self._count))
            if slot < self._keep:
                self._scores[slot], self._rows[slot], self._times[slot] = blendshapes, row, timestamp_ms
        if timestamp_ms - self._first_ms < self.after_ms or timestamp_ms - self._checked_ms < self.refresh_ms:
            return None
        self._checked_ms = timestamp_ms
        order = np.argsort(self._times, kind="stable")
        kept = [self._rows[i] for i in order]
        scores = np.stack([self._scores[i] for i in order])
        matrices = None if face_matrix is None else np.stack([np.eye(4) if m is None else m for _, m in kept])
        seen = [p for p, _ in kept if p is not None]
        whole = image_size is not None and len(seen) == len(kept)
        rest = find_rest(
            scores, face_matrix=matrices, landmarks=np.stack(seen) if whole else None, image_size=image_size
        )
        if rest.verdict != "rests":
            return None
        rows = [kept[i] for i in rest.frames]
        points = [p for p, _ in rows if p is not None]
        turns = [m for p, m in rows if p is not None and m is not None]
        return (
            scores[rest.frames],
            np.stack(points) if points else None,
            np.stack(turns) if points and len(turns) == len(points) else None,
        )


class NeutralEstimator:
    """The neutral of a person who did not calibrate, taken over gently while frames come in.

    ``weights`` stands in for the response without a profile: until rest has been seen it is just that; then
    the
    profile that was found is eased in over ``ease_ms``, and a better one later in the same way, so that
    nothing pops. Not for sources of true ARKit weights, which have no response.
    """

    MESSAGE = (
        "Your resting face was seen and is now the neutral. Calibrate once for a better one "
        "(mp2flame calibrate), or switch this off with --neutral off."
    )

    def __init__(
        self, *, after_ms: float = 3000.0, ease_ms: float = 1000.0, refresh_ms: float = 4000.0
    ) -> None:
        self._running = RunningNeutral(after_ms=after_ms, refresh_ms=refresh_ms)
        self._ease_ms = ease_ms
        self._from: Profile | None = None
        self._to: Profile | None = None
        self._since_ms = 0.0

    @property
    def profile(self) -> Profile | None:
        """What was found so far; None until rest has been seen."""
        return self._to

    @property
    def message(self) -> str:
        """For the person, once a neutral was found; empty before."""
        return self.MESSAGE if self._to is not None else ""

    def look(self, seen: Detection) -> bool:
        """Look at the first ``(T, ...)`` detected frames of a file before any is driven.

        Returns:
            True when the face rests in them: that neutral then holds from the first frame on, with nothing
            to ease in.
        """
        blendshapes, landmarks, face_matrix = seen.blendshapes, seen.landmarks, seen.face_matrix
        image_size = seen.image_size
        if len(blendshapes) < MIN_FRAMES:
            return False
        with_points = landmarks is not None and image_size is not None
        rest = find_rest(
            blendshapes,
            face_matrix=face_matrix,
            landmarks=landmarks if with_points else None,
            image_size=image_size,
        )
        if rest.verdict != "rests":
            return False
        self._to = Profile.from_neutral(
            blendshapes[rest.frames],
            landmarks=landmarks[rest.frames] if landmarks is not None and with_points else None,
            face_matrix=face_matrix[rest.frames] if face_matrix is not None and with_points else None,
            image_size=image_size,
        )
        self._since_ms = -np.inf
        return True

    def weights(
        self,
        respond: Callable[[Profile | None], FloatArray],
        timestamp_ms: float,
        seen: Detection,
    ) -> FloatArray:
        """``(52,)`` weights of one detected frame.

        Args:
            respond: the response of this frame for a profile or for None.
            timestamp_ms: frames come in order of time.
        """
        share = self._share(timestamp_ms)
        points = seen.landmarks if seen.image_size is not None else None
        found = self._running.add(timestamp_ms, seen.blendshapes, points, seen.face_matrix, seen.image_size)
        if found is not None and share >= 1.0:  # while one is being eased in, the next waits
            scores, rest_points, rest_matrices = found
            self._from, self._since_ms = self._to, timestamp_ms
            self._to = Profile.from_neutral(
                scores, landmarks=rest_points, face_matrix=rest_matrices, image_size=seen.image_size
            )
            share = 0.0
        if share >= 1.0:
            return respond(self._to)
        return np.asarray((1 - share) * respond(self._from) + share * respond(self._to), np.float32)

    def _share(self, timestamp_ms: float) -> float:
        if self._to is None:
            return 1.0
        t = min(max((timestamp_ms - self._since_ms) / self._ease_ms, 0.0), 1.0)
        return t * t * (3 - 2 * t)


def _alike(frames: IntArray, landmarks: FloatArray, image_size: tuple[int, int] | None) -> IntArray:
    """The half of the frames, best first, whose faces are nearest to the one that has most others near it.

    Scores do not see everything that landmarks see: between two sentences lips and brows come to rest in other
    places, and the median of such faces is none of them.
    """
    points = align(landmarks[frames], image_size).points[:, :NUM_SKIN_LANDMARKS]
    flat = (points - points.mean(0)).reshape(len(frames), -1).astype(np.float64)
    square = (flat**2).sum(1)
    apart = np.maximum(square[:, None] + square - 2 * flat @ flat.T, 0)
    count = max(MIN_FRAMES, len(frames) // 2)
    typical = int(np.sort(apart, axis=1)[:, :count].sum(1).argmin())
    return frames[np.sort(np.argsort(apart[typical], kind="stable")[:count])]


def _held(cost: FloatArray, reach: int = 2) -> FloatArray:
    """The highest cost within ``reach`` frames: rest is a state, not an instant between two words."""
    padded = np.pad(cost, reach, mode="edge")
    return np.max([padded[k : k + len(cost)] for k in range(2 * reach + 1)], axis=0)


def _open_eyes(scores: FloatArray, quiet: Any) -> tuple[FloatArray, Any]:
    """``(T,)`` how far lids are from open as this person has them, in score units, and which quiet frames have
    them so: with these the brows and the gaze are compared, for both move with the lids."""
    lids = scores[:, [INDEX[name] for name in _LIDS]]
    closed_by = lids - _level(lids[quiet].mean(1))
    cost = np.maximum(0, np.maximum(closed_by - _LID_LESS, -closed_by - _LID_MORE)).sum(1)
    opened = quiet & (np.abs(closed_by.mean(1)) <= _LID_MORE)
    opened = opened if opened.sum() >= MIN_FRAMES else quiet
    wide = scores[:, [INDEX[name] for name in _WIDE]]
    cost += np.maximum(0, wide - np.median(wide[opened], axis=0) - _WIDE_TOLERANCE).sum(1)
    return cost, opened


def _gaze(scores: FloatArray, opened: Any) -> FloatArray:
    """``(T,)`` how far the gaze is from where this person usually looks, straight ahead if that is usual."""
    down = scores[:, [INDEX[name] for name in _GAZE_DOWN]]
    cost = np.maximum(0, np.abs(down - _level(down[opened].mean(1))) - _GAZE_TOLERANCE).sum(1)
    look = {d: scores[:, [INDEX[f"eyeLook{d}{side}"] for side in ("Left", "Right")]] for d in ("Out", "In")}
    aside = (look["Out"] - look["In"]) @ np.array([0.5, -0.5])  # both eyes to the subject's left
    usual = _level(aside[opened], key=np.abs)
    return np.asarray(cost + 2 * np.maximum(0, np.abs(aside - usual) - _ASIDE_TOLERANCE))


def _level(values: FloatArray, key: Callable[[FloatArray], FloatArray] = np.asarray) -> float:
    """The lowest level by ``key`` that a good part of the values keeps to; their median without any."""
    near = (np.abs(values[:, None] - values) <= _LEVEL_REACH).mean(1)
    dense = values[near >= _LEVEL_SHARE]
    if not len(dense):
        return float(np.median(values))
    first = dense[np.argmin(key(dense))]
    around = np.abs(values - first) <= _LEVEL_REACH
    best = values[around][np.argmax(near[around])]
    return float(np.median(values[np.abs(values - best) <= _LEVEL_REACH]))


def _excess(scores: FloatArray, tolerance: dict[str, float]) -> FloatArray:
    columns = [INDEX[name] for name in tolerance]
    return np.maximum(0, scores[:, columns] - np.array(list(tolerance.values()), np.float32)).sum(1)


def _busiest(scores: FloatArray, limits: dict[str, float]) -> str:
    columns = [INDEX[name] for name in limits]
    over = np.quantile(scores[:, columns], 0.2, axis=0) - np.array(list(limits.values()))
    return list(limits)[int(np.argmax(over))]


def _turn_deg(face_matrix: FloatArray) -> FloatArray:
    """Angle between the face's z axis and the camera's, degrees."""
    axis = face_matrix[:, :3, 2]
    length = np.maximum(np.linalg.norm(axis, axis=1), 1e-9)
    return np.degrees(np.arccos(np.clip(axis[:, 2] / length, -1, 1)))
