"""FLAME parameters from a plain video, without a tracker: the FLAME file fitted to MediaPipe's landmarks.

Identity once per clip, from its resting frames. Then every frame's 52 ARKit weights: near what the response
says (that is the prior), so that they also explain how the landmarks moved from rest, within 0..1, with
little
jumps smoothed and large ones left alone. MediaPipe's landmarks do not move as the embedded points of the mesh
do, so how they move per shape is corrected on the clip itself before they are believed; a plain landmark fit
without that is off by 1.6 mm on renders with known truth, with it by half of that (bench/bench_track.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..base.errors import InputError, NoFaceError, ShapeError
from ..base.values import FlameParams, FloatArray
from ..flame.landmarks import NUM_SKIN_LANDMARKS
from ..observe.head_frame import align, neutral_frame
from ..person.identity import fit_betas
from ..person.profile import Profile
from ..response.response import Response
from ..rig.box_qp import solve_boxes
from ..rig.rig import solve_rig
from .displacements import displacements
from .resting import resting_profile
from .shards import ClipInfo, Rows

if TYPE_CHECKING:
    from ..flame import FlameModel
    from .clip import Clip

F64 = npt.NDArray[np.float64]
_DEPTH = 0.3  # weight of the landmarks' depth, which the detector guesses
_PRIOR = 20.0  # squared weights against squared eye distances summed over the landmarks
_TRUST_MESH = 5.0  # in frames: how long the mesh's own displacements outweigh what the clip shows
_HUBER = 0.02  # eye distances: a landmark further off than this counts less and less
_ROUNDS = 2
_SMOOTH, _JUMP = (
    0.5,
    0.04,
)  # strength, and the change of a weight between frames that is a movement, not noise
_CHUNK = 512
_PIECE = 6000  # frames fitted together: bounds the memory of a long video


@dataclass
class Tracked:
    """What was fitted to a clip.

    Attributes:
        params: ``(T)`` parameters of the FLAME file; head rotation and position are zero.
        weights: ``(T, 52)`` ARKit weights.
        betas: ``(I,)`` identity, empty when the FLAME file has none.
        residual: ``(T,)`` root mean square of what the landmarks did and the fit does not explain,
        millimetres.
        neutral: the resting face that was used.
        notes: what a user should know.
    """

    params: FlameParams
    weights: FloatArray
    betas: FloatArray
    residual: F64
    neutral: Profile
    notes: list[str] = field(default_factory=list)


def fit_landmarks(
    model: FlameModel,
    blendshapes: FloatArray,
    landmarks: FloatArray,
    image_size: tuple[int, int],
    *,
    neutral: Profile | None = None,
    timestamp_ms: FloatArray | None = None,
    response: Response | None = None,
) -> Tracked:
    """Fit one person's clip; only frames with a face.

    Args:
        model: any FLAME file.
        blendshapes: ``(T, 52)`` detector scores.
        landmarks: ``(T, 478, 3)`` normalised image coordinates.
        image_size: (height, width) in pixels.
        neutral: the person's resting face; None: found in the clip.
        timestamp_ms: ``(T,)``; None: evenly spaced. Frames further than a fifth of a second apart are not
            smoothed over.

    Raises:
        ShapeError, InputError: arrays that do not belong together.
        NoFaceError: no frames.
    """
    if len(blendshapes) == 0:
        raise NoFaceError("there is no frame with a face to fit.")
    if np.shape(landmarks) != (len(blendshapes), 478, 3):
        raise ShapeError(f"expected landmarks ({len(blendshapes)}, 478, 3), got {np.shape(landmarks)}.")
    notes: list[str] = []
    if neutral is None:
        neutral = resting_profile(model, blendshapes, landmarks, image_size, notes, response)
    if neutral.neutral_landmarks is None:
        raise InputError("the neutral must have landmarks.")
    size = neutral.image_size or image_size
    betas = np.zeros(0, np.float32)
    if model.num_betas:
        betas = fit_betas(model, neutral.neutral_landmarks, size)
    seen = (response or Response.default())(
        blendshapes,
        landmarks=landmarks,
        image_size=image_size,
        neutral_blendshapes=neutral.neutral_blendshapes,
        neutral_landmarks=neutral.neutral_landmarks,
        neutral_image_size=size,
    ).astype(np.float64)
    rig = solve_rig(model, betas=betas if len(betas) else None)
    moves, eye_distance = displacements(model, rig, betas)
    rest = neutral_frame(neutral.neutral_landmarks, size)
    observed = np.empty((len(seen), moves.shape[1]))
    axes = np.tile([1.0, 1.0, _DEPTH], NUM_SKIN_LANDMARKS)
    for start in range(0, len(seen), _CHUNK):
        part = slice(start, start + _CHUNK)
        points = align(landmarks[part], image_size, neutral=rest).points[:, :NUM_SKIN_LANDMARKS]
        observed[part] = (points - rest.points[:NUM_SKIN_LANDMARKS]).reshape(len(points), -1) * axes
    weights = _solve(seen, observed, moves * axes, _still_edges(len(seen), timestamp_ms))
    left = observed - weights @ _calibrated(weights, observed, moves * axes)
    residual = 1e3 * eye_distance * np.sqrt((left**2).mean(1) * 3)
    return Tracked(rig.params(weights), weights.astype(np.float32), betas, residual, neutral, notes)


def _calibrated(weights: F64, observed: F64, moves: F64) -> F64:
    """How this person's detected landmarks move per shape: the mesh's moves, corrected by the clip."""
    gram = weights.T @ weights + _TRUST_MESH * np.eye(len(moves))
    return moves + np.linalg.solve(gram, weights.T @ (observed - weights @ moves))


def _solve(prior: F64, observed: F64, moves: F64, edges: F64) -> F64:
    """Weights near ``prior`` that explain ``observed``, in turns with the correction of ``moves``."""
    upper = np.ones(len(moves))
    upper[0] = 0.0
    weights = prior
    for _ in range(_ROUNDS):
        basis = _calibrated(weights, observed, moves)
        matrix = basis @ basis.T + _PRIOR * np.eye(len(basis))
        gap = np.clip(observed - weights @ basis, -_HUBER, _HUBER)  # Huber's pseudo-observations
        right = (weights @ basis + gap) @ basis.T + _PRIOR * prior
        boxed = solve_boxes(matrix, right, np.broadcast_to(upper, prior.shape))
        weights = _smoothed(np.asarray(boxed, np.float64), edges)
    return np.clip(weights, 0.0, upper)


def _still_edges(frames: int, timestamp_ms: FloatArray | None) -> F64:
    """``(T - 1,)`` 1 where two frames follow each other, 0 over a gap."""
    if timestamp_ms is None:
        return np.ones(max(frames - 1, 0))
    return (np.diff(np.asarray(timestamp_ms, np.float64)) <= 200.0).astype(np.float64)


def _smoothed(weights: F64, edges: F64) -> F64:
    """Little changes from frame to frame evened out, large ones kept (a robust first-difference penalty)."""
    if len(weights) < 3:
        return weights
    jump = np.diff(weights, axis=0) / _JUMP
    pull = _SMOOTH * edges[:, None] / (1 + jump**2) ** 2  # (T - 1, 52)
    diagonal = np.ones_like(weights)
    diagonal[:-1] += pull
    diagonal[1:] += pull
    # tridiagonal systems of all channels at once (Thomas algorithm)
    ratio, right = np.empty_like(pull), np.empty_like(weights)
    pivot, right[0] = diagonal[0], weights[0]
    for t in range(1, len(weights)):
        ratio[t - 1] = pull[t - 1] / pivot
        pivot_before, pivot = pivot, diagonal[t] - ratio[t - 1] * pull[t - 1]
        right[t] = weights[t] + ratio[t - 1] * right[t - 1]
        right[t - 1] /= pivot_before
    right[-1] /= pivot
    for t in range(len(weights) - 2, -1, -1):
        right[t] += ratio[t] * right[t + 1]
    return right


def track_video(clip: Clip) -> tuple[ClipInfo, Rows, npt.NDArray[np.bool_]]:
    """Detect and fit one video; what ``gather --track`` does with it.

    Raises:
        NoFaceError: no face in the whole video.
    """
    from ..drive.watch import watch
    from ..flame import load_flame

    settings = clip.settings
    assert settings.flame is not None
    model = load_flame(settings.flame)
    scores, points, times, index, size, count = [], [], [], [], (0, 0), 0
    for item, seen_now in watch(clip.path, mode=settings.mode):
        count += 1
        if seen_now is not None and seen_now.landmarks is not None:
            scores.append(seen_now.blendshapes)
            points.append(seen_now.landmarks.astype(np.float32))
            times.append(item.timestamp_ms)
            index.append(count - 1)
            size = seen_now.image_size or size
    if not scores:
        raise NoFaceError(f"no face in any of its {count} frames.")
    x, landmarks, stamps = np.stack(scores), np.stack(points), np.array(times, np.float64)
    notes: list[str] = []
    neutral = resting_profile(model, x, landmarks, size, notes)
    pieces = [
        fit_landmarks(
            model, x[k : k + _PIECE], landmarks[k : k + _PIECE], size, neutral=neutral,
            timestamp_ms=stamps[k : k + _PIECE],
        )
        for k in range(0, len(x), _PIECE)
    ]  # fmt: skip
    residual = np.concatenate([piece.residual for piece in pieces])
    info = ClipInfo(
        clip=clip.name,
        subject=clip.subject,
        source_format="track",
        detector_mode=settings.mode,
        flame={"release": model.release, "sha256": model.sha256, "num_expression": model.num_expression},
        rights=settings.rights,
        image_size=size,
        notes=[*notes, f"landmarks unexplained: {np.median(residual):.2f} mm (median)"],
    )
    # frames without a face stand as rows that cleaning drops and counts
    place, seen = np.array(index), np.zeros(count, bool)
    seen[place] = True

    def spread(values: FloatArray) -> npt.NDArray[np.float32]:
        full = np.zeros((count, *values.shape[1:]), np.float32)
        full[place] = values
        return full

    stamp = np.interp(np.arange(count), place, stamps)

    def joined(name: str) -> npt.NDArray[np.float32]:
        return spread(np.concatenate([getattr(piece.params, name) for piece in pieces]))

    rows = Rows(
        np.arange(count, dtype=np.int32), stamp, spread(x), joined("expression"), joined("jaw_pose"),
        joined("eye_pose"), joined("neck_pose"), joined("global_orient"),
        spread(landmarks) if settings.landmarks else None,
    )  # fmt: skip
    return info, rows, seen
