"""MediaPipe's results as its web and Python packages give them: landmarks and face matrices beside the scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...base.values import FloatArray
from .json_tree import dicts_in, is_number, named_scores, plain
from .table_time import words_of


def add_results(frames: list[Any], data: Any, found: Any) -> None:
    """Landmarks and face matrix of MediaPipe's results, and how many faces there were."""
    points = np.zeros((len(frames), 478, 3), np.float32)
    matrices = np.zeros((len(frames), 4, 4), np.float32)
    faces = 0
    with_points = with_matrix = found.seen.copy()
    with_points, with_matrix = with_points.copy(), with_matrix.copy()
    for i, frame in enumerate(frames):
        inner = next((d for d in dicts_in(frame, 2) if "faceblendshapes" in map(plain, d)), frame)
        given = {plain(str(key)): value for key, value in inner.items()}
        scores = given.get("faceblendshapes")
        faces = max(
            faces, len(scores) if isinstance(scores, list) and scores and not named_scores(scores, 0) else 0
        )
        point = _points(given.get("facelandmarks"))
        matrix = _matrix(given.get("facialtransformationmatrixes", given.get("facialtransformationmatrices")))
        with_points[i] &= point is not None
        with_matrix[i] &= matrix is not None
        if point is not None:
            points[i] = point
        if matrix is not None:
            matrices[i] = matrix
    if faces > 1:
        found.notes.append(f"up to {faces} faces in a frame; the first of each is read")
    if (with_matrix == found.seen).all() and found.seen.any():
        found.extra["face_matrix"] = matrices
    if (with_points == found.seen).all() and found.seen.any():
        size = _picture_size(data)
        if size is None:
            found.notes.append("landmarks without the picture's size (width, height) are not used")
        else:
            found.extra.update(landmarks=points, image_size=size)


def _points(value: Any) -> FloatArray | None:
    face = value[0] if isinstance(value, list) and value and isinstance(value[0], list) else value
    if not isinstance(face, list) or len(face) != 478:
        return None
    rows = [(p.get("x"), p.get("y"), p.get("z")) if isinstance(p, dict) else p for p in face]
    array = np.array(rows, dtype=np.float64)
    return array.astype(np.float32) if array.shape == (478, 3) and np.isfinite(array).all() else None


def _matrix(value: Any) -> FloatArray | None:
    """4 x 4 with the translation in its last column; the web package gives 16 numbers column by column."""
    one = value[0] if isinstance(value, list) and value else value
    one = one.get("data", one.get("packedData")) if isinstance(one, dict) else one
    if isinstance(one, dict):  # a typed array that was put into JSON
        one = list(one.values())
    if not isinstance(one, list) or not one:
        return None
    array = np.array(one, dtype=np.float64)
    if array.shape == (4,) and isinstance(value, list) and len(value) == 4:
        array = np.array(value, dtype=np.float64)
    if array.size != 16 or not np.isfinite(array).all():
        return None
    array = array.reshape(4, 4)
    if np.allclose(array[:3, 3], 0) and np.any(array[3, :3]):
        array = array.T
    return array.astype(np.float32) if np.allclose(array[3], [0, 0, 0, 1], atol=1e-4) else None


def _picture_size(data: Any) -> tuple[int, int] | None:
    for holder in dicts_in(data):
        sizes: dict[str, int] = {}
        for key, value in holder.items():
            word = words_of(str(key))[-1:] or [""]
            if word[0] in ("width", "height") and is_number(value) and 1 < value < 100_000:
                sizes.setdefault(word[0], int(value))
        if len(sizes) == 2:
            return sizes["height"], sizes["width"]
    return None
