"""One clip of real video: what was seen of the person beside what the head did, through takes and ``Driver`` only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..base.channels import INDEX
from ..base.errors import InputError, MismatchError, NoFaceError
from ..base.rotations import axis_angle_to_matrix, geodesic_angle, matrix_to_euler, project_to_rotation
from ..base.values import FlameParams, FloatArray, IntArray
from ..drive.driver import Driver
from ..drive.for_take import made_for_head
from ..flame.landmarks import embedding_for
from ..observe.head_frame import to_camera
from ..take.take import Take
from .measures import face
from .rows import DRIVEN, SCORES, Row, mapped, references, without_pose

TURNED_DEG = 22.0  # frames turned further are left out: the landmarks of the far side are guesses
FEWEST_FRAMES = 20
_JAW_MOVES = 0.05


@dataclass(eq=False)
class ClipResult:
    """One clip, every row of it.

    Attributes:
        name, frames: of the clip; frames with a face.
        use: rows among these that are turned little.
        person: ``(T, 478, 3)`` landmarks in the head's frame.
        scores: ``(T, 52)``.
        rows: row name to parameters and weights.
        points: row name to ``(T, 478, 3)`` of its mesh.
        figures: row name to measure to number; None where there was nothing to measure.
        followed: row name to distance to one ``Followed`` per side that moves.
        head: measures of head pose, of the take and of MediaPipe's face matrix.
        neutral: what the take says of the person's resting face.
        seconds: ``(T,)``.
        index: ``(T,)`` frame numbers in the clip.
        pictures: frame number to pictures, the person's first.
    """

    name: str
    frames: int
    use: IntArray
    person: FloatArray
    scores: FloatArray
    rows: dict[str, Row]
    points: dict[str, FloatArray]
    figures: dict[str, dict[str, float | None]]
    followed: dict[str, dict[str, list[face.Followed]]]
    head: dict[str, float | None]
    neutral: str
    seconds: FloatArray
    index: IntArray
    pictures: dict[int, list[Any]] = field(default_factory=dict)


def evaluate_clip(
    name: str,
    take: Take,
    driver: Driver,
    *,
    against: Mapping[str, Driver] | None = None,
    real: face.RealFaces | None = None,
) -> ClipResult:
    """Measure a take that a driver recorded of a clip, beside the reference rows.

    Args:
        name: for the report.
        take: as ``mp2flame run`` writes it, with landmarks. A take of another head is shown by its weights.
        driver: the head.
        against: more rows, driven from the take's scores.
        real: true ARKit weights; adds how far the weights are from them.

    Raises:
        NoFaceError: too few frames with a face, or turned little.
        InputError, MismatchError: nothing to compare with: no landmarks, no scores, no weights.
    """
    take, rows = _comparable(name, take)
    seen = take[rows]
    assert seen.landmarks is not None
    matrix = seen.face_matrix if seen.face_matrix.any() else axis_angle_to_matrix(seen.global_orient)
    rotation = project_to_rotation(matrix[:, :3, :3].astype(np.float64))
    use = np.flatnonzero(np.degrees(geodesic_angle(rotation, np.eye(3))) < TURNED_DEG)
    if len(use) < FEWEST_FRAMES:
        raise NoFaceError(
            f"{name} is turned less than {TURNED_DEG:g} degrees in {len(use)} frames, fewer than {FEWEST_FRAMES}."
        )
    scores = seen.blendshapes.astype(np.float64)
    shown = {DRIVEN: _driven(seen, driver)}
    for reference, weights in references(scores, np.median(scores, axis=0)).items():
        shown[reference] = Row(driver, driver.params_from_weights(weights), weights)
    shown |= {other: mapped(head, seen.blendshapes) for other, head in (against or {}).items()}
    points: dict[str, FloatArray] = {}
    for row, (head, params, _) in shown.items():
        rest = _points(head, FlameParams.zeros(params.num_expression, (1,)))[0]
        points[row] = face.in_head_frame(_points(head, params), rest, use)
    height, width = (int(v) for v in take.image_size)
    rest = _points(driver, FlameParams.zeros(driver.num_expression, (1,)))[0]
    person = face.in_head_frame(to_camera(seen.landmarks.astype(np.float64), (height, width)), rest, use)
    result = ClipResult(
        name=name, frames=len(rows), use=use, person=person, scores=scores, rows=shown, points=points, figures={},
        followed={}, head=_head(seen.global_orient, rotation, rows, scores), neutral=_neutral(take.meta),
        seconds=(seen.timestamp_ms - take.timestamp_ms[0]) / 1e3, index=rows,
    )  # fmt: skip
    for row in shown:
        result.figures[row], result.followed[row] = _measure(result, row, real)
    base = result.figures[SCORES]
    for of in result.figures.values():
        for measure in ("weight noise", "start-up"):
            a, b = of.get(measure), base[measure]
            of[f"{measure} over the scores'"] = a / b if a is not None and b else None
    return result


def _comparable(name: str, take: Take) -> tuple[Take, IntArray]:
    """The take in pictures of one size, and its frames with a face; refuses what nothing can be compared with."""
    rows = np.flatnonzero(take.detected)
    if len(rows) < FEWEST_FRAMES:
        raise NoFaceError(f"{name} shows a face in {len(rows)} frames, fewer than {FEWEST_FRAMES}.")
    take = take.of_one_size()
    if take.landmarks is None or not take.image_size.all() or not take.blendshapes.any():
        raise InputError(
            f"{name} has no landmarks and scores of the person to compare with; use a video, or a take that was "
            "recorded from one with its landmarks."
        )
    return take, rows


def _driven(seen: Take, driver: Driver) -> Row:
    mapping = driver.mapping is not None
    if made_for_head(seen, driver) and seen.num_expression == driver.num_expression:
        return Row(driver, without_pose(seen.params), None if mapping else seen.arkit_weights)
    if mapping or not seen.arkit_weights.any():
        raise MismatchError(
            "this take was recorded on another head, and without ARKit weights that this one could show; give "
            "--flame the head of the take, or --drive-again."
        )
    return Row(driver, driver.params_from_weights(np.clip(seen.arkit_weights, 0, 1)), seen.arkit_weights)


def _points(driver: Driver, params: FlameParams) -> FloatArray:
    """``(T, 478, 3)`` landmarks of the mesh, in pieces: an hour of meshes would fill the memory."""
    embedding = embedding_for(driver.model)
    parts = [embedding.landmarks(driver.vertices(params[i : i + 128])) for i in range(0, len(params), 128)]
    return np.concatenate(parts).astype(np.float64)


def _measure(clip: ClipResult, row: str, real: face.RealFaces | None) -> tuple[dict[str, float | None], Any]:
    driver, params, weights = clip.rows[row]
    mesh, person, use = clip.points[row], clip.person, clip.use
    found: dict[str, float | None] = {
        f"not shown, {region}": value for region, value in face.not_shown(person[use], mesh[use]).items()
    }
    followed = face.follows(person[use], mesh[use])
    found["lag, frames"] = face.median(f.lag for sides in followed.values() for f in sides)
    stretch = face.still_stretch(person, clip.index)
    if stretch is not None:
        front = driver.model.v_template[:, 2] > 0
        still = driver.vertices(params[stretch])[:, front].astype(np.float64)
        second = (still[2:] - 2 * still[1:-1] + still[:-2]) / np.sqrt(6)
        found["still mesh, mm"] = 1e3 * float(np.sqrt(np.square(second).sum(-1).mean()))
    if weights is not None:
        found |= face.plausible(weights, clip.scores) | face.twitches(weights, clip.index, person)
        found["weight noise"] = float(face.noise(weights[:, face.FACE], clip.index).mean())
        found["start-up"] = face.start_up(weights, clip.index)
        found["largest first step"] = float(np.abs(np.diff(weights[:11, face.FACE], axis=0)).max())
        if real is not None and real.takes:
            far = real.distance(weights)
            found["Mahalanobis"], found["Mahalanobis, p95"] = (
                float(np.median(far)),
                float(np.quantile(far, 0.95)),
            )
    return found, followed


def _head(
    orient: FloatArray, seen: FloatArray, frames: IntArray, scores: FloatArray
) -> dict[str, float | None]:
    """Noise of the head's angles beside those of MediaPipe's matrix, and how far the head nods when the jaw opens."""
    found: dict[str, float | None] = {}
    ours, theirs = (
        np.degrees(np.unwrap(matrix_to_euler(r, "ZYX")[:, ::-1], axis=0))
        for r in (axis_angle_to_matrix(orient), seen)
    )
    jaw = scores[:, INDEX["jawOpen"]]
    opens = jaw.std() > _JAW_MOVES
    for i, axis in enumerate(("pitch", "yaw", "roll")):
        a, b = (float(face.noise(angles[:, i], frames)) for angles in (ours, theirs))
        found[f"{axis} noise, degrees"], found[f"{axis} noise, MediaPipe's"] = a, b
        found[f"{axis} noise over MediaPipe's"] = a / b if b > 1e-9 else None
    for name, angles in (("nod per jawOpen, degrees", ours), ("nod per jawOpen, MediaPipe's", theirs)):
        pitch = angles[:, 0]
        slope = ((pitch - pitch.mean()) * (jaw - jaw.mean())).mean() / jaw.var() if opens else np.nan
        found[name] = float(slope) if opens else None
    return found


def _neutral(meta: Mapping[str, Any]) -> str:
    """``yes``, ``no`` or ``not told``: whether the take says that a resting face or a profile was used."""
    told = [value for key, value in meta.items() if re.match(r"neutral|profile|rest", key)]
    return (
        "not told" if not told else "yes" if any(v and v not in ("off", "none", "no") for v in told) else "no"
    )
