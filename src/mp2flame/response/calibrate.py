"""A person's profile from a clip: the resting face, what each channel reaches, the identity, what is weak.

    profile = calibrate(blendshapes, response=driver.estimator, landmarks=..., image_size=(h, w))

The resting face is the one that a run estimates (``response.neutral``), from more frames, and trusted where the
person was asked to rest. Ranges are widened only on evidence: an open mouth is only known to be as wide as it goes
when the person was asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.arrays import check_blendshapes
from ..base.channels import BLENDSHAPES, INDEX, MIRROR
from ..base.detection import Detection
from ..base.errors import InputError, NoFaceError, ShapeError
from ..base.values import FloatArray, IntArray
from .identity import fit_betas
from .neutral import Neutral
from .profile import Profile
from .response import Response

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
_SHOWN = 0.35  # what an extreme that was asked for must reach to count
_FEWEST, _MOST_RESTING = 5, 0.2  # frames, and share of the frames, that a resting face is read from
_LEAST_RANGE = 0.5  # weights are at most doubled
_HELD = 3  # frames: one frame is noise
_TWITCH, _ACTIVE, _WEAK = 0.05, 0.05, 0.3
_DEAD = ("cheekPuff", "cheekSquintLeft", "cheekSquintRight", "jawForward", "noseSneerLeft", "noseSneerRight")


def calibrate(
    blendshapes: FloatArray,
    *,
    response: Response,
    landmarks: FloatArray | None = None,
    face_matrix: FloatArray | None = None,
    image_size: tuple[int, int] | None = None,
    detected: FloatArray | None = None,
    assume_neutral: int | None = None,
    rest_frames: IntArray | None = None,
    extremes: Mapping[str, IntArray] | None = None,
    model: FlameModel | None = None,
    detector_mode: str = "",
    **meta: Any,
) -> Profile:
    """The profile of the person in a clip; it never refuses a face, and says how sure it is of the resting one.

    Args:
        blendshapes: ``(T, 52)`` detector scores, MediaPipe order.
        response: the estimator of the head that will be driven (``Driver.estimator``).
        landmarks, face_matrix, image_size: ``(T, 478, 3)`` normalised image coordinates, ``(T, 4, 4)``,
            (height, width) in pixels.
        detected: ``(T,)`` False where no face was found.
        assume_neutral: this frame shows the resting face, whatever it looks like.
        rest_frames: in these frames the person was asked to rest.
        extremes: prompt (a key of ``EXTREMES``) to the frames in which the person did it.
        model: a FLAME file to fit ``betas`` to.
        detector_mode: ``video`` or ``image``.
        meta: kept in the profile.

    Raises:
        NoFaceError: no face in the whole clip, or in the frames of rest.
        ShapeError, InputError: arrays that do not fit.
    """
    every, there = _seen(blendshapes, landmarks, face_matrix, image_size, detected)
    frames, neutral, reason = _resting(every, there, assume_neutral, rest_frames, response)
    rest = every[frames]
    profile = Profile.from_neutral(
        rest.blendshapes, landmarks=rest.landmarks, face_matrix=rest.face_matrix, image_size=image_size,
        detector_mode=detector_mode,
    )  # fmt: skip
    weights = np.zeros_like(every.blendshapes)
    weights[there] = response(every[there], neutral)
    ranges, evidence = _ranges(weights, there, extremes or {})
    report = _report(weights, there, frames, reason, evidence, landmarks is not None)
    changes: dict[str, Any] = {
        "weight_range": ranges if evidence else None,
        "meta": {**meta, "neutral": neutral.meta(), "report": report},
    }
    if model is not None:
        changes |= _identity(model, profile)
    return replace(profile, **changes)


def _seen(
    blendshapes: FloatArray,
    landmarks: FloatArray | None,
    face_matrix: FloatArray | None,
    image_size: tuple[int, int] | None,
    detected: FloatArray | None,
) -> tuple[Detection, Any]:
    """All frames, checked, and ``(T,)`` in which of them there is a face."""
    scores = check_blendshapes(blendshapes)
    if scores.ndim != 2 or not len(scores):
        raise ShapeError(f"blendshapes must be (T, 52) with T at least 1, got {scores.shape}.")
    there = np.ones(len(scores), bool) if detected is None else np.asarray(detected, bool)
    if not there.any():
        raise NoFaceError(
            "no face was found, so there is nothing to calibrate. Is it large enough and upright?"
        )
    points, matrices = (
        None if array is None else np.asarray(array, np.float32) for array in (landmarks, face_matrix)
    )
    return Detection(scores, points, matrices, image_size), there


def _identity(model: FlameModel, profile: Profile) -> dict[str, Any]:
    """``betas`` of this FLAME file, and which file that is."""
    if profile.neutral_landmarks is None or profile.image_size is None:
        raise InputError("betas are fitted to landmarks, and this source has none. Calibrate from a video.")
    betas = fit_betas(model, profile.neutral_landmarks, profile.image_size)
    return {"betas": betas, "flame_sha256": model.sha256, "flame_release": model.release}


def _resting(
    every: Detection,
    there: Any,
    assume_neutral: int | None,
    rest_frames: IntArray | None,
    response: Response,
) -> tuple[IntArray, Neutral, str]:
    """Frames that show the resting face, what it is, and how it was found."""
    if assume_neutral is not None:
        if not 0 <= assume_neutral < len(every):
            raise InputError(
                f"frame {assume_neutral} is not in this clip, which has frames 0 to {len(every) - 1}."
            )
        if not there[assume_neutral]:
            raise InputError(f"no face was found in frame {assume_neutral}; choose another.")
        one = np.array([assume_neutral])
        return one, response.told(every[one]), f"frame {assume_neutral}, as you said"
    if rest_frames is not None:
        told = np.asarray(rest_frames)[there[rest_frames]]
        if not len(told):
            raise NoFaceError(
                "no face was found while you were asked to rest; look at the camera and try again."
            )
        return told, response.told(every[told]), f"{len(told)} frames in which you were asked to rest"
    seen = np.flatnonzero(there)
    neutral, share = response.at_rest(every[seen])
    count = max(_FEWEST, round(_MOST_RESTING * len(seen)))
    frames = np.sort(seen[np.argsort(-share, kind="stable")[:count]])
    sure = "" if every.landmarks is None else f", {100 * neutral.meta()['sure']:.0f} % sure"
    return frames, neutral, f"estimated from {len(seen)} frames{sure}"


def _ranges(
    weights: FloatArray, seen: Any, extremes: Mapping[str, IntArray]
) -> tuple[FloatArray, dict[str, str]]:
    """Largest held weight per channel where the person was asked for it, else 1."""
    ranges, evidence = np.ones(len(BLENDSHAPES), np.float32), {}
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
