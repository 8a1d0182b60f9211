"""Scores in JSON, however they are nested: the names are looked for, not the keys above them.

Names beside numbers (BEAT and EMAGE: ``names`` of 51 and ``frames`` of ``weights``; LAM's Audio2Expression with
``metadata``; Audio2Face: ``facsNames``, ``weightMat``), a dictionary of named scores per frame, a list of numbers per
name, MediaPipe's results as its web and Python packages give them (``faceBlendshapes`` of ``categories``,
``faceLandmarks``, ``facialTransformationMatrixes``), and one JSON object a line.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...base.channels import bare_name
from ...base.damage import parse_json, reading
from ...base.errors import FileFormatError
from ...base.values import FloatArray
from ..options import Kind, TableOptions
from .json_tree import dicts_in, in_order, is_number, lists_in, named_scores, number_in, plain
from .mediapipe_results import add_results
from .score_table import (
    ScoreTable,
    is_bare_channel,
    is_channel,
    kind_of,
    make_table,
    refuse_names,
    settle_kind,
)
from .table_time import Times, find_times, words_of
from .text_table import read_text

_WANTED = 'JSON of named scores: {"names": [...], "frames": [{"weights": [...], "time": seconds}, ...]} or their like'


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
            names = [key for holder in dicts_in(data) for key in holder][:40]
            raise (
                refuse_names(source, names, _WANTED)
                if names
                else FileFormatError(f"{source} holds no named scores; expected {_WANTED}.")
            )
        for i, name in enumerate(found.names):
            if not is_bare_channel(name):  # a table's column of time among its scores
                found.beside.setdefault(name, found.values[:, i].tolist())
        times = _times(source, data, found, options)
    if sum(map(is_channel, found.names)) < 2:
        found.names = [bare_name(name) for name in found.names]
    known = [is_channel(name) for name in found.names]
    if sum(known) < max(1, len(known) // 2):
        raise refuse_names(source, [n for n, good in zip(found.names, known) if not good], _WANTED)
    notes = list(found.notes)
    if not found.seen.all():
        notes.append(f"{int((~found.seen).sum())} frames without a face")
    kind, said = settle_kind(found.names, found.values, options.kind or found.kind)
    return make_table(
        source, found.names, found.values, kind, times, found.seen, notes=(*said, *notes), **found.extra
    )  # fmt: skip


def _parsed(source: Path) -> Any:
    text = read_text(source, _WANTED)
    try:
        return in_order(parse_json(text, str(source), f"Expected {_WANTED}."))
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


# --- the layouts --------------------------------------------------------------------------------------------


def _listed(source: Path, data: Any) -> _Found | None:
    """A list of names, and rows of as many numbers: in a matrix or in frames."""
    holders = [holder for holder in dicts_in(data, 2)]
    lists = [
        value
        for holder in holders
        for key, value in holder.items()
        if isinstance(value, list)
        and value
        and all(isinstance(v, str) for v in value)
        and ("name" in key.lower() or sum(map(is_bare_channel, value)) >= max(2, len(value) // 2))
    ]
    wrong = isinstance(data, dict) and any(
        "name" in key.lower() and not isinstance(v, list) for key, v in data.items()
    )
    if not lists:
        if wrong and isinstance(data, dict) and "frames" in data:
            raise FileFormatError(f"{source} does not name its channels; expected {_WANTED}.")
        return None
    names = max(lists, key=lambda value: (sum(map(is_bare_channel, value)), len(value)))
    rows, beside = _rows_for(names, holders)
    if rows is None:
        if any(isinstance(holder.get("frames"), list) and not holder["frames"] for holder in holders):
            raise FileFormatError(f"{source} has no frames.")
        return None
    turned = 1 < len(names) == len(rows) != len(rows[0]) and len({len(row) for row in rows}) == 1
    if turned:
        rows = [list(row) for row in zip(*rows)]
    if any(len(row) != len(names) for row in rows):
        size = next(len(row) for row in rows if len(row) != len(names))
        raise FileFormatError(f"{source}: {len(names)} names but a row of {size} weights.")
    found = _Found(
        list(names), np.array(rows, dtype=np.float64), beside or _as_long(holders, names, len(rows))
    )
    found.notes += ["a row of numbers for each name, not for each frame"] if turned else []
    found.kind = kind_of(names) or "arkit"
    return found


def _rows_for(
    names: list[str], holders: list[dict[str, Any]]
) -> tuple[list[list[Any]] | None, dict[str, list[Any]]]:
    """Rows of numbers that go with a list of names, and what stands beside them in frames."""
    for holder in holders:
        rows: list[list[Any]] | None = None
        for value in holder.values():
            if not isinstance(value, list) or value is names or not value:
                continue
            if all(isinstance(row, list) for row in value):
                if rows is None or len(value[0]) == len(names):
                    rows = value
            elif all(isinstance(row, dict) for row in value):
                lists = [k for k, v in value[0].items() if isinstance(v, list) and v]
                key = next((k for k in lists if len(value[0][k]) == len(names)), lists[0] if lists else None)
                if key is not None and all(key in row for row in value):
                    return [row[key] for row in value], _beside(value)
        if rows is not None:
            return rows, {}
    return None, {}


def _as_long(holders: list[dict[str, Any]], names: list[str], count: int) -> dict[str, list[Any]]:
    """Lists of numbers or texts that have an entry a frame, by name."""
    return {
        key: value
        for holder in holders
        for key, value in holder.items()
        if isinstance(value, list) and len(value) == count and value is not names
        and all(is_number(v) or isinstance(v, str) for v in value)
    }  # fmt: skip


def _framed(source: Path, data: Any) -> _Found | None:
    """A list of frames, each with its named scores."""
    lists = [value for value in lists_in(data) if value]
    lists = [
        [{"categories": row} if isinstance(row, list) else row for row in value]
        for value in lists
        if all(
            isinstance(row, dict) or (isinstance(row, list) and row and isinstance(row[0], dict))
            for row in value
        )
    ]
    least = 2 if any(named_scores(row) is not None for value in lists for row in value[:200]) else 1
    frames = max(
        lists,
        key=lambda value: (
            any(named_scores(row, least=least) is not None for row in value[:200]),
            len(value),
        ),
        default=None,
    )
    if frames is None:
        return None
    scores = [named_scores(row, least=least) for row in frames]
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
    if any("faceblendshapes" in map(plain, row) for row in frames[:50]):
        found.kind = "mediapipe"
    add_results(frames, data, found)
    return found


def _columned(source: Path, data: Any) -> _Found | None:
    """A list of numbers for each name."""
    for least, holder in [(2, holder) for holder in dicts_in(data)] + [
        (1, holder) for holder in dicts_in(data)
    ]:
        columns = {
            key: value
            for key, value in holder.items()
            if is_bare_channel(key) and isinstance(value, list) and value and all(map(is_number, value[:5]))
        }
        if len(columns) < least:
            continue
        lengths = {len(value) for value in columns.values()}
        if len(lengths) > 1:
            raise FileFormatError(
                f"{source}: its channels have between {min(lengths)} and {max(lengths)} values."
            )
        count = lengths.pop()
        every = _as_long(list(dicts_in(data)), [], count)
        beside = {key: value for key, value in every.items() if key not in columns}
        values = np.array([columns[key] for key in columns], dtype=np.float64).T
        return _Found(list(columns), values, beside)
    return None


def _beside(frames: list[Any]) -> dict[str, list[Any]]:
    """Numbers and texts that stand in every frame, by name; those of inner dictionaries too."""

    def flat(row: Any, depth: int = 2) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in row.items():
            if isinstance(value, dict) and depth:
                out = {**flat(value, depth - 1), **out}
            elif (is_number(value) or isinstance(value, str)) and not is_channel(str(key)):
                out[str(key)] = value
        return out

    rows = [flat(row) if isinstance(row, dict) else {} for row in frames]
    return {key: [row[key] for row in rows] for key in rows[0] if all(key in row for row in rows)}


# --- times --------------------------------------------------------------------------------------------------


def _times(source: Path, data: Any, found: _Found, options: TableOptions) -> Times:
    count, beside = len(found.values), dict(found.beside)
    rate = 0.0
    ends: dict[str, float] = {}
    for holder in dicts_in(data, 2):
        for key, value in holder.items():
            words, value = words_of(str(key)), number_in(value)
            if value is None or isinstance(found.beside.get(key), list):
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
        return find_times(beside, count, options, stated_fps=rate)
    except FileFormatError as error:
        raise FileFormatError(f"{source} {error}") from None
