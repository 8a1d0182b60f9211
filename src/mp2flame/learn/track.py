"""FLAME parameters from a plain video, without a tracker: the FLAME file driven by what was seen of the face.

Identity once per clip, from the frames that rest most; then the estimator of ``response`` on that head, in order of
time, and the rig: what ``gather --track`` writes is what a driver shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..base.detection import Detection
from ..base.errors import InputError, NoFaceError
from ..base.values import FlameParams, FloatArray
from ..drive.driver import Driver
from ..drive.watch import watch
from ..flame import FlameModel, load_flame
from ..flame.landmarks import embedding_for
from ..io.sources import open_source
from ..response.calibrate import calibrate
from ..response.identity import fit_betas
from ..response.profile import Profile
from .clip import Clip
from .shards import ClipInfo, Rows

F64 = npt.NDArray[np.float64]
_FRAME_MS = 1000.0 / 30.0


@dataclass(eq=False)
class Tracked:
    """What was fitted to a clip.

    Attributes:
        params: ``(T)`` parameters of the FLAME file; head rotation and position are zero.
        weights: ``(T, 52)`` ARKit weights.
        betas: ``(I,)`` identity, empty when the FLAME file has none.
        residual: ``(T,)`` root mean square of what the landmarks did and the weights do not explain,
            millimetres.
        neutral: the resting face that was used.
        notes: what a user should know.
    """

    params: FlameParams
    weights: FloatArray
    betas: FloatArray
    residual: FloatArray
    neutral: Profile
    notes: list[str] = field(default_factory=list)


def fit_landmarks(
    model: FlameModel,
    seen: Detection,
    *,
    neutral: Profile | None = None,
    timestamp_ms: FloatArray | None = None,
) -> Tracked:
    """Fit one person's clip; only frames with a face.

    Args:
        model: any FLAME file.
        seen: ``(T, ...)`` with landmarks and the picture's size.
        neutral: the person's resting face; None: estimated from the clip.
        timestamp_ms: ``(T,)``; None: 30 frames a second.

    Raises:
        NoFaceError: no frames.
        InputError: no landmarks.
    """
    if not len(seen):
        raise NoFaceError("there is no frame with a face to fit.")
    if seen.landmarks is None or seen.image_size is None:
        raise InputError("a face is fitted to its landmarks, and these frames have none.")
    notes: list[str] = []
    identity = model if model.num_betas else None
    if neutral is None:
        neutral = calibrate(
            seen.blendshapes, response=Driver(model).estimator, landmarks=seen.landmarks,
            image_size=seen.image_size, model=identity,
        )  # fmt: skip
        notes.append(f"resting face {neutral.meta['report']['rest']}")
    betas = neutral.betas_for(model)
    if betas is None and identity is not None and neutral.neutral_landmarks is not None:
        betas = fit_betas(model, neutral.neutral_landmarks, neutral.image_size or seen.image_size)
    driver = Driver(model, betas=betas)
    face = driver.follow(neutral)
    times = _FRAME_MS * np.arange(len(seen)) if timestamp_ms is None else np.asarray(timestamp_ms)
    weights = np.stack([face.step(one, float(time)) for one, time in zip(seen, times)])
    corners = embedding_for(model).landmarks(driver.vertices(FlameParams.zeros(driver.num_expression)))
    eyes_mm = 1e3 * float(np.linalg.norm(corners[263] - corners[33]))
    residual = eyes_mm * driver.estimator.unexplained(seen, weights, face.neutral)
    shown = np.zeros(0, np.float32) if betas is None else np.asarray(betas, np.float32)
    return Tracked(driver.params_from_weights(weights), weights, shown, residual, neutral, notes)


def track_video(clip: Clip) -> tuple[ClipInfo, Rows, npt.NDArray[np.bool_]]:
    """Detect and fit one video; what ``gather --track`` does with it.

    Raises:
        NoFaceError: no face in the whole video.
    """
    settings = clip.settings
    assert settings.flame is not None
    model = load_flame(settings.flame)
    found, times, index, count = [], [], [], 0
    opened = open_source(str(clip.path))
    for item, seen_now in watch(opened, mode=settings.mode):
        count += 1
        if seen_now is not None and seen_now.landmarks is not None:
            found.append(
                Detection(
                    seen_now.blendshapes, seen_now.landmarks.astype(np.float32), None, seen_now.image_size
                )
            )
            times.append(item.timestamp_ms)
            index.append(count - 1)
    if not found:
        raise NoFaceError(f"no face in any of its {count} frames.")
    whole, stamps = Detection.stack(found), np.array(times, np.float64)
    tracked = fit_landmarks(model, whole, timestamp_ms=stamps)
    info = ClipInfo(
        clip=clip.name,
        subject=clip.subject,
        source_format="track",
        detector_mode=settings.mode,
        flame={"release": model.release, "sha256": model.sha256, "num_expression": model.num_expression},
        rights=settings.rights,
        image_size=whole.image_size or (0, 0),
        notes=[*tracked.notes, f"landmarks unexplained: {np.median(tracked.residual):.2f} mm (median)"],
    )
    info.counts |= opened.stats.counted()
    # frames without a face stand as rows that cleaning drops and counts
    place, seen = np.array(index), np.zeros(count, bool)
    seen[place] = True

    def spread(values: FloatArray) -> npt.NDArray[np.float32]:
        full = np.zeros((count, *values.shape[1:]), np.float32)
        full[place] = values
        return full

    stamp = np.interp(np.arange(count), place, stamps)

    def joined(name: str) -> npt.NDArray[np.float32]:
        return spread(getattr(tracked.params, name))

    rows = Rows(
        np.arange(count, dtype=np.int32), stamp, spread(whole.blendshapes), joined("expression"), joined("jaw_pose"),
        joined("eye_pose"), joined("neck_pose"), joined("global_orient"),
        spread(whole.landmarks) if settings.landmarks and whole.landmarks is not None else None,
    )  # fmt: skip
    return info, rows, seen
