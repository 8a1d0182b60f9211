"""A person's profile from a clip: the resting face, what each channel reaches, the identity, what is weak.

    profile = calibrate(blendshapes, landmarks=..., face_matrix=..., image_size=(h, w))

The resting frames are found (``neutral``), not assumed. Ranges are widened only on evidence: a blink in any
clip
is a full one, while an open mouth is only known to be as wide as it goes when the person was asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.arrays import check_blendshapes
from ..base.channels import BLENDSHAPES, INDEX, MIRROR
from ..base.errors import InputError, NoFaceError, NoRestError, ShapeError
from ..base.values import FloatArray, IntArray
from ..response.response import Response
from .identity import fit_betas
from .neutral import MIN_FRAMES, Rest, find_rest
from .profile import MOST_REST_SPREAD, Profile

if TYPE_CHECKING:
    from ..flame import FlameModel

# What a person is asked for after the resting face, and the channels whose full reach it shows.
EXTREMES: dict[str, tuple[str, ...]] = {
    "open your mouth as wide as you can": ("jawOpen",),
    "smile as broadly as you can": ("mouthSmileLeft", "mouthSmileRight"),
    "pucker your lips as for a kiss": ("mouthPucker",),
    "raise your brows": ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    "close your eyes firmly": ("eyeBlinkLeft", "eyeBlinkRight"),
}
_ALWAYS_FULL = ("eyeBlinkLeft", "eyeBlinkRight")
_BLINKED, _SHOWN = 0.5, 0.35  # what a blink, and what an extreme that was asked for, must reach to count
_LEAST_RANGE = 0.5  # weights are at most doubled
_GAZE = np.array([name.startswith("eyeLook") for name in BLENDSHAPES])
_STRAY = 0.95  # quantile over the resting frames
_HELD = 3  # frames: one frame is noise
_TWITCH, _ACTIVE, _WEAK = 0.05, 0.05, 0.3
_DEAD = ("cheekPuff", "cheekSquintLeft", "cheekSquintRight", "jawForward", "noseSneerLeft", "noseSneerRight")


def calibrate(
    blendshapes: FloatArray,
    *,
    landmarks: FloatArray | None = None,
    face_matrix: FloatArray | None = None,
    image_size: tuple[int, int] | None = None,
    detected: FloatArray | None = None,
    assume_neutral: int | None = None,
    rest_frames: IntArray | None = None,
    extremes: Mapping[str, IntArray] | None = None,
    model: FlameModel | None = None,
    response: Response | None = None,
    detector_mode: str = "",
    **meta: Any,
) -> Profile:
    """The profile of the person in a clip.

    Args:
        blendshapes: ``(T, 52)`` detector scores, MediaPipe order.
        landmarks, face_matrix, image_size: ``(T, 478, 3)`` normalised image coordinates, ``(T, 4, 4)``,
            (height, width) in pixels.
        detected: ``(T,)`` False where no face was found.
        assume_neutral: this frame shows the resting face, whatever it looks like.
        rest_frames: look for rest in these frames only (the person was asked to rest).
        extremes: prompt (a key of ``EXTREMES``) to the frames in which the person did it.
        model: a FLAME file to fit ``betas`` to.
        response: the one that will be used; None: the one that is shipped.
        detector_mode: ``video`` or ``image``.
        meta: kept in the profile.

    Raises:
        NoFaceError: no face in the whole clip.
        NoRestError: the face never rests.
        ShapeError, InputError: arrays that do not fit.
    """
    scores = check_blendshapes(blendshapes)
    if scores.ndim != 2 or not len(scores):
        raise ShapeError(f"blendshapes must be (T, 52) with T at least 1, got {scores.shape}.")
    seen = np.ones(len(scores), bool) if detected is None else np.asarray(detected, bool)
    if not seen.any():
        raise NoFaceError(
            "no face was found, so there is nothing to calibrate. Is it large enough and upright?"
        )
    frames, reason = _resting(
        scores, seen, face_matrix, assume_neutral, rest_frames, landmarks=landmarks, image_size=image_size
    )
    profile = Profile.from_neutral(
        scores[frames],
        landmarks=None if landmarks is None else np.asarray(landmarks)[frames],
        face_matrix=None if face_matrix is None else np.asarray(face_matrix)[frames],
        image_size=image_size,
        detector_mode=detector_mode,
    )
    used = response if response is not None else Response.default()
    neutral: dict[str, Any] = {"neutral_blendshapes": profile.neutral_blendshapes}
    if landmarks is not None:
        neutral["neutral_landmarks"] = profile.neutral_landmarks
    weights = np.zeros_like(scores)
    weights[seen] = used(
        scores[seen],
        landmarks=None if landmarks is None else np.asarray(landmarks)[seen],
        image_size=image_size,
        **neutral,
    )
    ranges, evidence = _ranges(weights, seen, extremes or {})
    spread = _rest_spread(weights[frames])
    driven = replace(profile, rest_spread=spread).scale(weights)
    report = _report(driven, seen, frames, reason, evidence, landmarks is not None)
    changes: dict[str, Any] = {
        "weight_range": ranges,
        "rest_spread": spread,
        "meta": {**meta, "report": report},
    }
    if model is not None:
        if profile.neutral_landmarks is None or profile.image_size is None:
            raise InputError(
                "betas are fitted to landmarks, and this source has none. Calibrate from a video."
            )
        changes["betas"] = fit_betas(model, profile.neutral_landmarks, profile.image_size)
        changes["flame_sha256"], changes["flame_release"] = model.sha256, model.release
    return replace(profile, **changes)


def _resting(
    scores: FloatArray,
    seen: Any,
    face_matrix: FloatArray | None,
    assume_neutral: int | None,
    rest_frames: IntArray | None,
    *,
    landmarks: FloatArray | None,
    image_size: tuple[int, int] | None,
) -> tuple[IntArray, str]:
    if assume_neutral is not None:
        if not 0 <= assume_neutral < len(scores):
            raise InputError(
                f"frame {assume_neutral} is not in this clip, which has frames 0 to {len(scores) - 1}."
            )
        if not seen[assume_neutral]:
            raise InputError(f"no face was found in frame {assume_neutral}; choose another.")
        return np.array([assume_neutral]), f"frame {assume_neutral}, as you said"
    where = seen.copy()
    if rest_frames is not None:
        where = np.zeros_like(seen)
        where[rest_frames] = seen[rest_frames]
    rest: Rest = find_rest(
        scores, detected=where, face_matrix=face_matrix, landmarks=landmarks, image_size=image_size
    )
    if not len(rest.frames):
        raise NoRestError(
            f"this clip shows no resting face: {rest.reason}. A wrong neutral is worse than none. Use a clip "
            "with a second or more of a relaxed face, mouth closed, looking at the camera; or, if you know a "
            "frame that is neutral, say --assume-neutral FRAME."
        )
    return rest.frames, rest.reason


def _rest_spread(resting: FloatArray) -> FloatArray | None:
    """``(52,)`` what the weights of resting frames stray to, the same for left and right.

    Not the gaze's: eyes that wander at rest do move, and would stick.
    """
    if len(resting) < MIN_FRAMES:
        return None
    spread = np.where(_GAZE, 0.0, np.quantile(resting, _STRAY, axis=0))
    return np.clip(np.maximum(spread, spread[MIRROR]), 0, MOST_REST_SPREAD).astype(np.float32)


def _ranges(
    weights: FloatArray, seen: Any, extremes: Mapping[str, IntArray]
) -> tuple[FloatArray, dict[str, str]]:
    """Largest held weight per channel where it is known to be this person's most, else 1."""
    ranges, evidence = np.ones(len(BLENDSHAPES), np.float32), {}
    found = {name: _reach(weights[seen, INDEX[name]]) for name in _ALWAYS_FULL}
    for name, reach in found.items():
        if reach >= _BLINKED:
            ranges[INDEX[name]], evidence[name] = reach, "blinks"
    for prompt, frames in extremes.items():
        if prompt not in EXTREMES:
            raise InputError(f"there is no extreme '{prompt}'; there are: {', '.join(EXTREMES)}.")
        shown = np.asarray(frames)[seen[np.asarray(frames)]]
        for name in EXTREMES[prompt]:
            reach = _reach(weights[shown, INDEX[name]])
            if reach >= _SHOWN:
                ranges[INDEX[name]], evidence[name] = reach, "asked for"
    ranges = np.maximum(ranges, ranges[MIRROR]) if evidence else ranges  # a lopsided smile stays lopsided
    return np.clip(ranges, _LEAST_RANGE, 1.0), evidence


def _reach(values: FloatArray) -> float:
    """The largest value held for a few frames."""
    if len(values) < _HELD:
        return float(values.max(initial=0.0))
    return float(np.sort(values)[-_HELD])


def _report(
    weights: FloatArray,
    seen: Any,
    frames: IntArray,
    reason: str,
    evidence: dict[str, str],
    with_landmarks: bool,
) -> dict[str, Any]:
    reached = {name: _reach(weights[seen, i]) for i, name in enumerate(BLENDSHAPES) if i}
    resting = weights[frames].max(0)
    return {
        "rest": reason,
        "rest_frames": [int(i) for i in frames[:10]],
        "reached": {name: round(value, 2) for name, value in reached.items()},
        "never_moved": [name for name, value in reached.items() if value < _ACTIVE],
        "weak": [name for name, value in reached.items() if _ACTIVE <= value < _WEAK],
        "twitches_at_rest": [name for i, name in enumerate(BLENDSHAPES) if resting[i] > _TWITCH],
        "range_from": evidence,
        "without_detector_signal": [] if with_landmarks else list(_DEAD),
    }
