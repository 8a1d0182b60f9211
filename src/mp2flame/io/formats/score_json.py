"""Scores in JSON, however they are nested: the names are looked for, not the keys above them.

Names beside numbers (BEAT and EMAGE: ``names`` of 51 and ``frames`` of ``weights``; LAM's Audio2Expression with
``metadata``; Audio2Face: ``facsNames``, ``weightMat``), a dictionary of named scores per frame, a list of numbers per
name, MediaPipe's results as its web and Python packages give them (``faceBlendshapes`` of ``categories``,
``faceLandmarks``, ``facialTransformationMatrixes``), and one JSON object a line.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...base.damage import parse_json, reading
from ...base.errors import FileFormatError
from ...base.values import FloatArray
from .score_table import (
    Kind,
    ScoreTable,
    TableOptions,
    is_channel,
    kind_of,
    make_table,
    need_kind,
    refuse_names,
)
from .table_time import Times, find_times, words_of
from .text_table import read_text

_WANTED = 'JSON of named scores: {"names": [...], "frames": [{"weights": [...], "time": seconds}, ...]} or their like'
_DEPTH = 5
_SCORE_KEYS = ("score", "value", "weight", "intensity", "probability")


def read_score_json(path: str | os.PathLike[str], options: TableOptions | None = None) -> ScoreTable:
    """Read a file of named scores.

    Args:
        path: the file.
        options: what the file cannot say.

    Raises:
        MissingFileError, FileFormatError: not such a file.
        InputError: there is no time of the name that was asked for.
    """
    source, options = Path(path), options or TableOptions()
    data = _parsed(source)
    with reading(source, "a file of named scores", asked=True):
        found = _listed(source, data) or _framed(source, data) or _columned(source, data)
        if found is None:
            names = [key for holder in _dicts(data) for key in holder][:40]
            raise (
                refuse_names(source, names, _WANTED)
                if names
                else FileFormatError(f"{source} holds no named scores; expected {_WANTED}.")
            )
        times = _times(source, data, found, options)
    known = [is_channel(name) for name in found.names]
    if sum(known) < max(1, len(known) // 2):
        raise refuse_names(source, [n for n, good in zip(found.names, known) if not good], _WANTED)
    notes = list(found.notes)
    if not found.seen.all():
        notes.append(f"{int((~found.seen).sum())} frames without a face")
    return make_table(
        source, found.names, found.values, need_kind(source, found.names, options.kind or found.kind), times,
        found.seen, notes=tuple(notes), **found.extra,
    )  # fmt: skip


def _parsed(source: Path) -> Any:
    text = read_text(source, _WANTED)
    try:
        return parse_json(text, str(source), f"JSON; expected {_WANTED}: a file")
    except FileFormatError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1:  # one object a line
            with contextlib.suppress(FileFormatError):
                return [parse_json(line, str(source)) for line in lines]
        raise


class _Found:
    """Scores ``(T, C)`` by name, and the values beside them that may be times."""

    def __init__(self, names: list[str], values: FloatArray, beside: Mapping[str, list[Any]]) -> None:
        self.names, self.values, self.beside = names, values, dict(beside)
        self.seen = np.ones(len(values), bool)
        self.kind: Kind | None = None
        self.extra: dict[str, Any] = {}
        self.notes: list[str] = []


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _dicts(data: Any, depth: int = _DEPTH) -> Iterator[dict[str, Any]]:
    """Every dictionary, outer ones first; of a list only the first entry, the others are like it."""
    if isinstance(data, dict):
        yield data
        for value in data.values():
            if depth and isinstance(value, dict | list):
                yield from _dicts(value, depth - 1)
    elif isinstance(data, list) and data and depth:
        yield from _dicts(data[0], depth - 1)


def _plain(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.lower())


# --- the layouts --------------------------------------------------------------------------------------------


def _listed(source: Path, data: Any) -> _Found | None:
    """A list of names, and rows of as many numbers: in a matrix or in frames."""
    holders = [holder for holder in _dicts(data, 2)]
    lists = [
        value
        for holder in holders
        for key, value in holder.items()
        if isinstance(value, list)
        and value
        and all(isinstance(v, str) for v in value)
        and "name" in key.lower()
    ]
    wrong = isinstance(data, dict) and any(
        "name" in key.lower() and not isinstance(v, list) for key, v in data.items()
    )
    if not lists:
        if wrong and isinstance(data, dict) and "frames" in data:
            raise FileFormatError(f"{source} does not name its channels; expected {_WANTED}.")
        return None
    names = max(lists, key=lambda value: (sum(map(is_channel, value)), len(value)))
    rows: Any = None
    beside: dict[str, list[Any]] = {}
    for holder in holders:
        for value in holder.values():
            if not isinstance(value, list) or value is names or not value:
                continue
            if all(isinstance(row, list) for row in value):
                if rows is None or len(value[0]) == len(names):
                    rows = value
            elif all(isinstance(row, dict) for row in value):
                key = next(
                    (k for k, v in value[0].items() if isinstance(v, list) and len(v) == len(names)), None
                )
                key = key or next((k for k, v in value[0].items() if isinstance(v, list) and v), None)
                if key is not None and all(key in row for row in value):
                    rows, beside = [row[key] for row in value], _beside(value)
                    break
        if rows is not None:
            break
    if rows is None:
        if any(isinstance(holder.get("frames"), list) and not holder["frames"] for holder in holders):
            raise FileFormatError(f"{source} has no frames.")
        return None
    if any(len(row) != len(names) for row in rows):
        size = next(len(row) for row in rows if len(row) != len(names))
        raise FileFormatError(f"{source}: {len(names)} names but a row of {size} weights.")
    found = _Found(list(names), np.array(rows, dtype=np.float64), beside)
    found.kind = kind_of(names) or "arkit"
    return found


def _framed(source: Path, data: Any) -> _Found | None:
    """A list of frames, each with its named scores."""
    frames = max(
        (value for value in _lists(data) if value and all(isinstance(row, dict) for row in value)),
        key=lambda value: (any(_named(row) is not None for row in value[:200]), len(value)),
        default=None,
    )
    if frames is None:
        return None
    scores = [_named(row) for row in frames]
    seen = np.array([bool(row) for row in scores], bool)
    if not seen.any():
        return None
    names = list(dict.fromkeys(name for row in scores if row for name in row))
    values = np.zeros((len(frames), len(names)))
    for i, row in enumerate(scores):
        if row:
            values[i] = [row.get(name, 0.0) for name in names]
    found = _Found(names, values, _beside(frames))
    found.seen = seen
    if any("faceblendshapes" in map(_plain, row) for row in frames[:50]):
        found.kind = "mediapipe"
    _results(frames, data, found)
    return found


def _columned(source: Path, data: Any) -> _Found | None:
    """A list of numbers for each name."""
    for holder in _dicts(data):
        columns = {
            key: value
            for key, value in holder.items()
            if is_channel(key) and isinstance(value, list) and value and all(map(_is_number, value[:5]))
        }
        if len(columns) < 2:
            continue
        lengths = {len(value) for value in columns.values()}
        if len(lengths) > 1:
            raise FileFormatError(
                f"{source}: its channels have between {min(lengths)} and {max(lengths)} values."
            )
        count = lengths.pop()
        beside = {
            key: value
            for other in _dicts(data)
            for key, value in other.items()
            if key not in columns and isinstance(value, list) and len(value) == count
            and all(_is_number(v) or isinstance(v, str) for v in value)
        }  # fmt: skip
        values = np.array([columns[key] for key in columns], dtype=np.float64).T
        return _Found(list(columns), values, beside)
    return None


def _lists(data: Any, depth: int = _DEPTH) -> Iterator[list[Any]]:
    if isinstance(data, list):
        yield data
    elif isinstance(data, dict) and depth:
        for value in data.values():
            yield from _lists(value, depth - 1)


def _named(node: Any, depth: int = _DEPTH) -> dict[str, float] | None:
    """Named scores somewhere below a frame: a dictionary of numbers, or a list of entries with a name and a score."""
    if isinstance(node, dict):
        numbers = {str(key): float(v) for key, v in node.items() if _is_number(v) and is_channel(str(key))}
        if len(numbers) >= 2:
            return numbers
        children: Any = node.values()
    elif isinstance(node, list):
        if node and all(isinstance(entry, dict) for entry in node):
            named: dict[str, float] = {}
            for entry in node:
                name = next((v for v in entry.values() if isinstance(v, str) and is_channel(v)), None)
                score = next((entry[k] for k in _SCORE_KEYS if _is_number(entry.get(k))), None)
                if name is not None and score is not None:
                    named[name] = float(score)
            if len(named) >= 2:
                return named
        children = node[:20]
    else:
        return None
    if depth:
        for child in children:
            found = _named(child, depth - 1) if isinstance(child, dict | list) else None
            if found is not None:
                return found
    return None


def _beside(frames: list[Any]) -> dict[str, list[Any]]:
    """Numbers and texts that stand in every frame, by name; those of inner dictionaries too."""

    def flat(row: Any, depth: int = 2) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in row.items():
            if isinstance(value, dict) and depth:
                out = {**flat(value, depth - 1), **out}
            elif (_is_number(value) or isinstance(value, str)) and not is_channel(str(key)):
                out[str(key)] = value
        return out

    rows = [flat(row) if isinstance(row, dict) else {} for row in frames]
    return {key: [row[key] for row in rows] for key in rows[0] if all(key in row for row in rows)}


# --- MediaPipe's results ------------------------------------------------------------------------------------


def _results(frames: list[Any], data: Any, found: _Found) -> None:
    """Landmarks and face matrix of MediaPipe's results, and how many faces there were."""
    points = np.zeros((len(frames), 478, 3), np.float32)
    matrices = np.zeros((len(frames), 4, 4), np.float32)
    faces = 0
    with_points = with_matrix = found.seen.copy()
    with_points, with_matrix = with_points.copy(), with_matrix.copy()
    for i, frame in enumerate(frames):
        inner = next((d for d in _dicts(frame, 2) if "faceblendshapes" in map(_plain, d)), frame)
        given = {_plain(str(key)): value for key, value in inner.items()}
        scores = given.get("faceblendshapes")
        faces = max(
            faces, len(scores) if isinstance(scores, list) and scores and not _named(scores, 0) else 0
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
    for holder in _dicts(data):
        sizes: dict[str, int] = {}
        for key, value in holder.items():
            word = words_of(str(key))[-1:] or [""]
            if word[0] in ("width", "height") and _is_number(value) and 1 < value < 100_000:
                sizes.setdefault(word[0], int(value))
        if len(sizes) == 2:
            return sizes["height"], sizes["width"]
    return None


# --- times --------------------------------------------------------------------------------------------------


def _times(source: Path, data: Any, found: _Found, options: TableOptions) -> Times:
    count, beside = len(found.values), dict(found.beside)
    rate = 0.0
    ends: dict[str, float] = {}
    for holder in _dicts(data, 2):
        for key, value in holder.items():
            words = words_of(str(key))
            if not _is_number(value) or isinstance(found.beside.get(key), list):
                continue
            together = "".join(words)
            if (
                "fps" in together or "framerate" in together or "samplerate" in together
            ) and 0 < value <= 1000:
                rate = rate or float(value)
            if {"time", "timestamp", "ms"} & set(words) or len(words) == 1:
                side = next((w for w in words if w in ("start", "begin", "end", "stop")), "")
                if side:
                    ends.setdefault("start" if side in ("start", "begin") else "end", float(value))
    if len(ends) == 2 and ends["end"] > ends["start"] and count > 1:
        beside.setdefault("start to end time", list(np.linspace(ends["start"], ends["end"], count)))
    try:
        return find_times(beside, count, options.time, stated_fps=rate)
    except FileFormatError as error:
        raise FileFormatError(f"{source} {error}") from None
