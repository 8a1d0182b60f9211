"""The head as a picture: detected again (does the detector see what it saw in the person?), and to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..base.channels import BLENDSHAPES
from ..base.values import FlameParams, FloatArray, UInt8Array
from ..observe.detector import Detector
from ..observe.head_frame import to_camera
from ..show.head import ShownHead
from ..show.pictures import TakeRenderer
from ..show.pictures.sheet import most_different
from ..take.take import Take
from .clip import ClipResult
from .measures import face
from .rows import FROZEN, drawn

# Channels that the detector never moves are left out.
GROUPS: dict[str, tuple[str, ...]] = {
    "brows": ("brow",),
    "lids": ("eyeBlink", "eyeSquint", "eyeWide"),
    "gaze": ("eyeLook",),
    "jaw": ("jawOpen", "jawLeft", "jawRight"),
    "mouth": ("mouth",),
}
GROUPS["all"] = tuple(start for starts in GROUPS.values() for start in starts)
ACTIVE = 0.3
_FEWEST = 8
_SIZE = 512  # pixels of the pictures that are detected again


def look_again(
    clips: Sequence[ClipResult], count: int, *, model_path: str | None = None
) -> dict[str, dict[str, float | None]]:
    """Draw ``count`` evenly spaced frames of each clip from the front and look at them with the detector.

    Every row is drawn but the frozen head, which would be one picture again and again: its landmarks and scores do not
    change. Only frames in which the detector finds all rows count.

    Returns:
        row to ``not shown, REGION`` (median over clips), ``scores, GROUP`` and ``scores, GROUP, active`` (mean error of
        the change from the clip's median, everywhere and where the person's is above ``ACTIVE``; mean over clips), and
        ``lost`` (share of frames without a face).
    """
    chosen = [np.unique(c.use[np.linspace(0, len(c.use) - 1, count).astype(int)]) for c in clips]
    names = [name for name in clips[0].rows if name != FROZEN] if clips else []
    seen = {name: _draw_and_detect(clips, chosen, name, model_path) for name in names}
    found: dict[str, dict[str, list[float | None]]] = {
        name: {} for name in (*names, *([FROZEN] if clips else []))
    }
    start, lost = 0, dict.fromkeys(found, 0)
    for clip, rows in zip(clips, chosen):
        part = range(start, start := start + len(rows))
        both = [i for i in range(len(rows)) if all(seen[name][part[i]] is not None for name in names)]
        for name in names:
            lost[name] += sum(seen[name][i] is None for i in part)
            if len(both) < min(_FEWEST, count):
                continue
            faces = [seen[name][part[i]] for i in both]
            points = to_camera(np.stack([f.landmarks for f in faces]).astype(np.float64), (_SIZE, _SIZE))
            mesh = face.in_head_frame(points, clip.points[name][clip.use[0]], np.arange(len(both)))
            figures: dict[str, float | None] = {
                f"not shown, {region}": value
                for region, value in face.not_shown(clip.person[rows[both]], mesh).items()
            }
            figures |= score_errors(clip.scores[rows[both]], np.stack([f.blendshapes for f in faces]))
            for key, value in figures.items():
                found[name].setdefault(key, []).append(value)
        if len(both) >= min(_FEWEST, count):
            still, scores = clip.person[rows[both]], clip.scores[rows[both]]
            frozen = face.not_shown(still, np.repeat(still[:1], len(both), 0))
            for key, value in {
                **{f"not shown, {region}": share for region, share in frozen.items()},
                **score_errors(scores, np.zeros_like(scores)),
            }.items():
                found[FROZEN].setdefault(key, []).append(value)
    return {
        name: {
            **{k: (face.median if k.startswith("not shown") else face.mean)(v) for k, v in of.items()},
            "lost": lost[name] / max(start, 1),
        }
        for name, of in found.items()
    }


def score_errors(wanted: FloatArray, got: FloatArray) -> dict[str, float | None]:
    """Mean absolute difference of two changes from their medians, ``(T, 52)`` each, by channel group."""
    a, b = (np.asarray(x, np.float64) - np.median(x, axis=0) for x in (wanted, got))
    found: dict[str, float | None] = {}
    for group, starts in GROUPS.items():
        columns = np.array([name.startswith(starts) for name in BLENDSHAPES])
        error, active = np.abs(b - a)[:, columns], np.abs(a[:, columns]) > ACTIVE
        found[f"scores, {group}"] = float(error.mean())
        found[f"scores, {group}, active"] = float(error[active].mean()) if active.any() else None
    return found


def _draw_and_detect(
    clips: Sequence[ClipResult], chosen: Sequence[Any], name: str, model_path: str | None
) -> list[Any]:
    """What is seen in each picture, None where that is no face."""
    with (
        _renderer(clips, chosen, name, _SIZE) as pictures,
        Detector("image", model_path=model_path) as detector,
    ):
        found = [detector.detect(pictures.image(i)) for i in range(pictures.recording.num_frames)]
    return [faces[0] if faces else None for faces in found]


def _renderer(clips: Sequence[ClipResult], chosen: Sequence[Any], name: str, size: int) -> TakeRenderer:
    """One camera for chosen rows of all clips, the head in front of it."""
    driver = clips[0].rows[name].driver
    parts = [clip.rows[name].params[rows].asdict() for clip, rows in zip(clips, chosen)]
    params = FlameParams(
        **{k: np.concatenate([p[k] for p in parts]) for k in parts[0] if all(p[k] is not None for p in parts)}
    )
    take = Take.from_params(params, 40.0 * np.arange(len(params)))
    head = ShownHead(driver)  # as 'mp2flame render' draws it
    return TakeRenderer(
        take, head.model, head.vertices, size=(size, size), colors=head.colors, gloss=head.gloss
    )


def add_pictures(
    clip: ClipResult,
    landmarks: FloatArray,
    picture: Callable[[int], UInt8Array | None],
    count: int,
) -> None:
    """Keep ``count`` frames that differ most: the person, cut out around the face, and every row of ``drawn``.

    Args:
        clip: its ``pictures`` are filled.
        landmarks: ``(T, 478, 3)`` of the clip's frames with a face, normalised image coordinates.
        picture: frame number to RGB picture, None where it cannot be had.
    """
    chosen = np.array(most_different(clip.scores, count))
    for row in chosen:
        image = picture(int(clip.index[row]))
        clip.pictures[int(clip.index[row])] = [None if image is None else _around(image, landmarks[row])]
    for name in drawn(clip.rows):
        with _renderer([clip], [chosen], name, 320) as pictures:
            for i, row in enumerate(chosen):
                clip.pictures[int(clip.index[row])].append(pictures.image(i))


def _around(image: UInt8Array, landmarks: FloatArray) -> UInt8Array:
    """The square around a face."""
    height, width = image.shape[:2]
    points = landmarks[:468, :2] * [width, height]
    low, high = points.min(0), points.max(0)
    half, middle = 0.8 * float((high - low).max()), (low + high) / 2
    x0, y0 = np.maximum(middle - half, 0).astype(int)
    x1, y1 = np.minimum(middle + half, [width, height]).astype(int)
    return np.ascontiguousarray(image[y0:y1, x0:x1]) if x1 > x0 and y1 > y0 else image
