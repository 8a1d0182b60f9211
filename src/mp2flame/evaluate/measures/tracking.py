"""Does the driven head follow the person? Distances measured on the person's landmarks and on the mesh's.

Both sides are landmarks in the head's own frame (``landmark_frame.align`` for the person, the embedding for
a mesh without head rotation), every distance over the outer eye corners' (33-263). Over the frames of a clip,
the correlation says whether the head moves with the person and the gain, the slope of the mesh's distance
over the person's, how far. Only clips in which the person's distance moves say anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...base.arrays import NUM_LANDMARKS
from ...base.errors import ShapeError
from ...base.values import FloatArray
from ...observe.head_frame import align, neutral_frame

_RIGHT_CORNER, _LEFT_CORNER = 33, 263

# Name: (group, kind, landmarks). ``length`` is the distance of two landmarks, ``height`` the first one's y
# above the second, ``gaze_x`` and ``gaze_y`` an iris' centre from the middle of its eye's corners.
DISTANCES: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "mouth_opening": ("mouth opening", "length", (13, 14)),
    "mouth_width": ("mouth width", "length", (61, 291)),
    "lids_right": ("lids", "length", (159, 145)),
    "lids_left": ("lids", "length", (386, 374)),
    "outer_brow_right": ("outer brows", "height", (105, 33)),
    "outer_brow_left": ("outer brows", "height", (334, 263)),
    "inner_brow_right": ("inner brows", "height", (107, 168)),
    "inner_brow_left": ("inner brows", "height", (336, 168)),
    "mouth_corner_right": ("mouth corners", "height", (61, 0)),
    "mouth_corner_left": ("mouth corners", "height", (291, 0)),
    "gaze_x_right": ("gaze sideways", "gaze_x", (468, 33, 133)),
    "gaze_x_left": ("gaze sideways", "gaze_x", (473, 263, 362)),
    "gaze_y_right": ("gaze up and down", "gaze_y", (468, 33, 133)),
    "gaze_y_left": ("gaze up and down", "gaze_y", (473, 263, 362)),
}
GROUPS = tuple(dict.fromkeys(group for group, _, _ in DISTANCES.values()))

# Standard deviation over a clip, in eye distances (about 9 cm), above which a distance counts as moving.
MOVES = {
    name: 0.01 if group in ("mouth opening", "mouth width") else 0.006
    for name, (group, _, _) in DISTANCES.items()
}


@dataclass(frozen=True, slots=True)
class Tracked:
    """One distance over one clip.

    Attributes:
        name, group: see ``DISTANCES``.
        correlation: Pearson's, 0 when the mesh does not move at all.
        gain: slope of the mesh's distance over the person's.
        std: of the person's distance, in eye distances.
        clip: which clip.
    """

    name: str
    group: str
    correlation: float
    gain: float
    std: float
    clip: str = ""


def tracked_distances(points: npt.ArrayLike) -> dict[str, FloatArray]:
    """The measured distances of faces.

    Args:
        points: ``(*batch, 478, 3)`` landmarks in the head's frame (x to the subject's left, y up), any unit.

    Returns:
        name to ``(*batch,)``, in eye distances.

    Raises:
        ShapeError: not such landmarks.
    """
    p = np.asarray(points, np.float64)
    if p.ndim < 2 or p.shape[-2:] != (NUM_LANDMARKS, 3):
        raise ShapeError(
            f"points must be (*batch, {NUM_LANDMARKS}, 3) landmarks in the head's frame, got {p.shape}."
        )
    unit = np.maximum(np.linalg.norm(p[..., _LEFT_CORNER, :] - p[..., _RIGHT_CORNER, :], axis=-1), 1e-12)
    found = {}
    for name, (_, kind, ids) in DISTANCES.items():
        if kind == "length":
            value = np.linalg.norm(p[..., ids[0], :] - p[..., ids[1], :], axis=-1)
        elif kind == "height":
            value = p[..., ids[0], 1] - p[..., ids[1], 1]
        else:
            axis = 0 if kind == "gaze_x" else 1
            value = p[..., ids[0], axis] - (p[..., ids[1], axis] + p[..., ids[2], axis]) / 2
        found[name] = value / unit
    return found


def person_points(
    landmarks: npt.ArrayLike, image_size: tuple[int, int], *, neutral_landmarks: npt.ArrayLike | None = None
) -> FloatArray:
    """``(*batch, 478, 3)`` normalised image coordinates to the head's frame.

    They are laid over the person's own resting face when it is known.
    """
    neutral = None if neutral_landmarks is None else neutral_frame(neutral_landmarks, image_size)
    return align(landmarks, image_size, neutral=neutral).points


def tracking(
    person: npt.ArrayLike, mesh: npt.ArrayLike, *, clip: str = "", moves: dict[str, float] | None = None
) -> list[Tracked]:
    """Correlation and gain of every distance that moves in this clip.

    Args:
        person: ``(T, 478, 3)`` the person's landmarks in the head's frame (``person_points``).
        mesh: ``(T, 478, 3)`` the mesh's embedded landmarks, no head rotation.
        moves: standard deviation above which a distance counts, by name; default ``MOVES``.
    """
    theirs, ours = tracked_distances(person), tracked_distances(mesh)
    limits = MOVES if moves is None else {**MOVES, **moves}
    rows = []
    for name, (group, _, _) in DISTANCES.items():
        a, b = theirs[name], ours[name]
        if a.shape != b.shape or a.ndim != 1:
            raise ShapeError(
                f"person and mesh must be one clip each of the same length, got {a.shape}, {b.shape}."
            )
        if len(a) < 2 or a.std() <= limits[name]:
            continue
        covariance = float(((a - a.mean()) * (b - b.mean())).mean())
        correlation = covariance / float(a.std() * b.std()) if b.std() > 1e-9 else 0.0
        rows.append(Tracked(name, group, correlation, covariance / float(a.var()), float(a.std()), clip))
    return rows


def summarise(rows: Iterable[Tracked]) -> dict[str, dict[str, Any]]:
    """Median correlation and gain by group, over the clips and sides in which the distance moves."""
    rows = list(rows)
    table = {}
    for group in GROUPS:
        of = [r for r in rows if r.group == group]
        table[group] = {
            "count": len(of),
            "correlation": float(np.median([r.correlation for r in of])) if of else None,
            "gain": float(np.median([r.gain for r in of])) if of else None,
        }
    return table
