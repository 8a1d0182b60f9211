"""Real video: tracking of distances, the resting face, jitter, what the detector sees in the driven head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..base.channels import BLENDSHAPES
from ..base.errors import InputError, NoFaceError, NoRestError
from ..base.values import FlameParams, FloatArray
from ..drive.observations import Observations
from ..flame.landmarks import embedding_for
from ..person.calibrate import calibrate
from ..person.profile import Profile
from .measures.mesh import jitter, regions
from .measures.tracking import Tracked, person_points, tracked_distances, tracking
from .methods import Method

# Channel groups of the re-detected score error; channels that the detector never moves are left out.
SCORE_GROUPS: dict[str, tuple[str, ...]] = {
    "brows": ("brow",),
    "lids": ("eyeBlink", "eyeSquint", "eyeWide"),
    "gaze": ("eyeLook",),
    "jaw": ("jawOpen", "jawLeft", "jawRight"),
    "mouth": ("mouth",),
}
ACTIVE = 0.3
_MIN_FRAMES = 15
_SIZE = 320


@dataclass(eq=False)
class ClipResult:
    """One clip, all methods.

    Attributes:
        name: of the clip.
        rest: one sentence.
        frames: with a face.
        tracked: by method.
        rest_mm: by method, mean vertex displacement of the resting frames from the template; none without
        rest.
        jitter_mm: by method, of the face's vertices over the resting frames.
        redetected: by method, group to (mean error, mean error where active, count active), ``all`` included.
        curves: distance name to (time in s, person, by method) for those that move.
        pictures: frame index to the person's picture and one of each method, uint8.
    """

    name: str
    rest: str
    frames: int
    tracked: dict[str, list[Tracked]] = field(default_factory=dict)
    rest_mm: dict[str, float] = field(default_factory=dict)
    jitter_mm: dict[str, float] = field(default_factory=dict)
    redetected: dict[str, dict[str, tuple[float, float, int]]] = field(default_factory=dict)
    curves: dict[str, tuple[FloatArray, FloatArray, dict[str, FloatArray]]] = field(default_factory=dict)
    pictures: dict[int, list[Any]] = field(default_factory=dict)


def evaluate_clip(
    name: str,
    found: Observations,
    methods: Sequence[Method],
    *,
    redetect_frames: int = 0,
    num_pictures: int = 0,
    picture: Callable[[int], Any] | None = None,
    model_path: str | None = None,
) -> ClipResult:
    """Measure every method on what was seen in one clip.

    Args:
        name: for the report.
        found: from ``observe``; needs landmarks.
        methods: what is compared.
        redetect_frames: draw so many frames, evenly spaced, and look at them with the detector; 0: none.
        num_pictures: keep so many side-by-side pictures.
        picture: frame index to its RGB picture, or None where it cannot be had; cut out around the face.
        model_path: the Face Landmarker file.

    Raises:
        NoFaceError: too few frames with a face.
        InputError: the clip has no landmarks.
    """
    seen = np.flatnonzero(found.detected)
    if len(seen) < _MIN_FRAMES:
        raise NoFaceError(f"{name} shows a face in {len(seen)} frames, fewer than {_MIN_FRAMES}.")
    if found.landmarks is None or found.image_size is None:
        raise InputError(
            f"{name} has no landmarks to compare with; use a video, or a take recorded with them."
        )
    scores, landmarks = found.blendshapes[seen], found.landmarks[seen]
    profile, rest_rows, rest = _calibrated(found, seen)
    result = ClipResult(name=name, rest=rest, frames=len(seen))
    neutral = None if profile is None else profile.neutral_landmarks
    person = person_points(landmarks, found.image_size, neutral_landmarks=neutral)
    theirs = tracked_distances(person)
    seconds = (found.timestamp_ms[seen] - found.timestamp_ms[0]) / 1e3
    chosen = _evenly(len(seen), redetect_frames)
    shown = _most_different(scores, num_pictures)
    portrait = None if picture is None else _portraits(picture, found)
    for method in methods:
        params = method.params(scores, landmarks, found.image_size, profile)
        model = method.driver.model
        vertices = _in_parts(method, params)
        points = embedding_for(model).landmarks(vertices)
        result.tracked[method.name] = tracking(person, points, clip=name)
        ours = tracked_distances(points)
        for row in result.tracked[method.name]:
            curve = result.curves.setdefault(row.name, (seconds, theirs[row.name], {}))
            curve[2][method.name] = ours[row.name]
        if len(rest_rows):
            resting = vertices[rest_rows]
            zero = FlameParams.zeros(model.num_expression)
            away = np.linalg.norm(resting - method.driver.vertices(zero), axis=-1)
            result.rest_mm[method.name] = 1e3 * float(away.mean())
        still = _still_run(rest_rows)
        if len(still) >= 4:
            face = regions(model)["face"]
            result.jitter_mm[method.name] = 1e3 * float(jitter(vertices[still][:, face]).mean())
        if len(chosen) or len(shown):
            _look_again(result, method, params, scores, profile, chosen, shown, seen, portrait, model_path)
    return result


def _calibrated(found: Observations, seen: Any) -> tuple[Profile | None, Any, str]:
    """Profile, resting rows among the seen frames, and what was found."""
    given: dict[str, Any] = {
        "landmarks": found.landmarks,
        "face_matrix": found.face_matrix,
        "image_size": found.image_size,
        "detected": found.detected,
    }
    try:
        profile = calibrate(found.blendshapes, **given)
    except NoRestError as error:
        return None, np.zeros(0, int), str(error).split(". ")[0]
    from ..person.neutral import find_rest

    frames = find_rest(found.blendshapes, **given).frames
    rows = np.searchsorted(seen, np.sort(frames))
    return profile, rows, str(profile.meta["report"]["rest"])


def _in_parts(method: Method, params: FlameParams) -> FloatArray:
    parts = [method.driver.vertices(params[i : i + 128]) for i in range(0, len(params), 128)]
    return np.concatenate(parts)


def _evenly(count: int, wanted: int) -> Any:
    return (
        np.zeros(0, int)
        if wanted <= 0
        else np.unique(np.linspace(0, count - 1, min(wanted, count)).astype(int))
    )


def _most_different(scores: FloatArray, wanted: int) -> Any:
    """Rows that differ most from each other, the first one the calmest."""
    if wanted <= 0:
        return np.zeros(0, int)
    chosen = [int(scores.sum(1).argmin())]
    distance = np.full(len(scores), np.inf)
    while len(chosen) < min(wanted, len(scores)):
        distance = np.minimum(distance, np.linalg.norm(scores - scores[chosen[-1]], axis=1))
        chosen.append(int(distance.argmax()))
    return np.array(sorted(chosen))


def _still_run(rows: Any) -> Any:
    """The longest run of neighbouring rows."""
    if not len(rows):
        return rows
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    return max(runs, key=len)


def _look_again(
    result: ClipResult,
    method: Method,
    params: FlameParams,
    scores: FloatArray,
    profile: Profile | None,
    chosen: Any,
    shown: Any,
    seen: Any,
    picture: Callable[[int], Any] | None,
    model_path: str | None,
) -> None:
    """Draw frames from the front; detect in them again; keep some as pictures."""
    from ..flame.colors import colors_for
    from ..observe.detector import Detector
    from ..show.pictures import Renderer

    driver = method.driver
    rest = profile.neutral_blendshapes if profile is not None else scores[scores[:, 1:].sum(1).argmin()]
    neutral_params = params[int(np.linalg.norm(scores - rest, axis=1).argmin())]
    with Renderer(driver.faces, (_SIZE, _SIZE), vertex_colors=colors_for(driver.model)) as renderer:
        renderer(
            driver.vertices(FlameParams.zeros(params.num_expression))
        )  # frames the camera on the rest face
        for row in shown:
            images = result.pictures.setdefault(
                int(seen[row]), [] if picture is None else [picture(int(seen[row]))]
            )
            images.append(renderer(driver.vertices(params[int(row)])))
        if not len(chosen):
            return
        with Detector("image", model_path=model_path) as detector:
            base = _scores_of(detector, renderer(driver.vertices(neutral_params)))
            if base is None:
                return
            rows, again = [], []
            for row in chosen:
                found = _scores_of(detector, renderer(driver.vertices(params[int(row)])))
                if found is not None:
                    rows.append(row)
                    again.append(found)
    if rows:
        wanted = scores[rows] - scores[int(np.linalg.norm(scores - rest, axis=1).argmin())]
        result.redetected[method.name] = redetected_errors(wanted, np.stack(again) - base)


def _portraits(picture: Callable[[int], Any], found: Observations) -> Callable[[int], Any]:
    """Pictures cut to a square around the face."""

    def portrait(index: int) -> Any:
        image = picture(index)
        if image is None or found.landmarks is None:
            return image
        height, width = image.shape[:2]
        points = found.landmarks[index, :468, :2] * [width, height]
        low, high = points.min(0), points.max(0)
        half = 0.8 * float((high - low).max())
        middle = (low + high) / 2
        x0, y0 = np.maximum(middle - half, 0).astype(int)
        x1, y1 = np.minimum(middle + half, [width, height]).astype(int)
        return np.ascontiguousarray(image[y0:y1, x0:x1]) if x1 > x0 and y1 > y0 else image

    return portrait


def _scores_of(detector: Any, image: Any) -> FloatArray | None:
    faces = detector.detect(image)
    return faces[0].blendshapes if faces else None


def redetected_errors(wanted: FloatArray, got: FloatArray) -> dict[str, tuple[float, float, int]]:
    """Mean absolute difference of two changes from neutral ``(T, 52)``, by group and over all groups.

    Returns:
        group to (mean, mean where the wanted change is above ``ACTIVE``, how many values that are).
    """
    error = np.abs(np.asarray(got, float) - np.asarray(wanted, float))
    table, every = {}, np.zeros(len(BLENDSHAPES), bool)
    for group, starts in SCORE_GROUPS.items():
        columns = np.array([name.startswith(starts) for name in BLENDSHAPES])
        every |= columns
        table[group] = _summary(error[:, columns], wanted[:, columns])
    table["all"] = _summary(error[:, every], wanted[:, every])
    return table


def _summary(error: FloatArray, wanted: FloatArray) -> tuple[float, float, int]:
    active = np.abs(wanted) > ACTIVE
    return float(error.mean()), float(error[active].mean()) if active.any() else 0.0, int(active.sum())
