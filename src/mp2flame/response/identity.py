"""Identity coefficients of a person from the landmarks of the resting face.

MediaPipe's landmarks sit elsewhere on the skin than the embedded points of the mesh, by 3.3 mm on average,
so the fit explains only how a person differs from the mean face as MediaPipe sees it (the mean over 150
rendered identities, shipped with the response). One camera cannot tell a small near face from a large far
one: shapes are compared over the eye distance, and depth, which the detector guesses, is left out.
On the lab test set's 20 identities this takes the face's shape error from 1.81 mm (mean head) to 1.47 mm
(bench/bench_identity.py): a likeness, not a scan.
"""

from __future__ import annotations

import numpy as np

from ..base.errors import InputError, MismatchError
from ..base.values import FloatArray
from ..flame import FlameModel
from ..flame.landmarks import Embedding, embedding_for
from ..observe.head_frame import mean_neutral_points, neutral_frame

_RIGHT_EYE, _LEFT_EYE = 33, 263  # outer corners
_RIDGE = 2.5e-3  # chosen on the lab training set; in squared eye distances, summed over 468 points


def fit_betas(
    model: FlameModel,
    neutral_landmarks: FloatArray,
    image_size: tuple[int, int],
    *,
    num_betas: int | None = None,
    ridge: float = _RIDGE,
) -> FloatArray:
    """``(I,)`` float32 ``betas`` of the person in the basis of this FLAME file.

    Args:
        model: any FLAME file with identity directions.
        neutral_landmarks: ``(478, 3)`` normalised image coordinates of the resting face, near frontal.
        image_size: (height, width) in pixels.
        num_betas: fit only the first so many; the others are 0. None: at most 100.
        ridge: larger keeps the result nearer to the mean head.

    Raises:
        MismatchError: the head has no identity directions or another topology.
        ShapeError, InputError: the landmarks cannot be used.
    """
    if not ridge > 0:
        raise InputError(f"ridge must be above 0, got {ridge!r}.")
    if not model.num_betas:
        raise MismatchError(
            f"this head ({model.release}) has no identity directions; betas cannot be fitted."
        )
    embedding = embedding_for(model)
    count = min(model.num_betas, 100 if num_betas is None else num_betas)
    used = [k for k in range(count) if np.any(model.shapedirs[:, :, k])]
    basis = _normalised_basis(model, embedding, used)
    person = neutral_frame(neutral_landmarks, image_size).points[:468, :2]
    difference = (person - mean_neutral_points()[:468, :2]).reshape(-1)
    normal = basis @ basis.T + ridge * np.eye(len(used))
    betas = np.zeros(model.num_betas, np.float32)
    betas[used] = np.clip(np.linalg.solve(normal, basis @ difference), -3.0, 3.0)
    return betas


def _normalised_basis(model: FlameModel, embedding: Embedding, used: list[int]) -> FloatArray:
    """How each coefficient moves the landmarks, over the eye distance, x and y: ``(len(used), 936)``."""
    points = embedding.landmarks(np.asarray(model.v_template, np.float64)[None])[0]
    mean, distance = _over_eye_distance(points)
    rows = []
    for k in used:
        moved = embedding.gather(np.asarray(model.shapedirs[:, :, k], np.float64))
        shift = moved - (moved[_RIGHT_EYE] + moved[_LEFT_EYE]) / 2
        axis = (points[_LEFT_EYE] - points[_RIGHT_EYE]) / distance
        stretch = float(axis @ (moved[_LEFT_EYE] - moved[_RIGHT_EYE])) / distance
        rows.append(((shift / distance - stretch * mean)[:468, :2]).reshape(-1))
    return np.stack(rows)


def _over_eye_distance(points: FloatArray) -> tuple[FloatArray, float]:
    distance = float(np.linalg.norm(points[_LEFT_EYE] - points[_RIGHT_EYE]))
    return (points - (points[_RIGHT_EYE] + points[_LEFT_EYE]) / 2) / distance, distance
