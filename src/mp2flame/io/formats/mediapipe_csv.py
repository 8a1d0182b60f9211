"""Scores in a CSV whose header names the channels: MediaPipe's 52, or ARKit's.

Besides the channels there may be ``timestamp_ms``, ``time`` or ``timestamp`` (seconds), ``frame`` and
``detected``; other columns are left out.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np

from ...base import channels
from ...base.errors import FileFormatError
from .score_table import Kind, ScoreTable, kind_of, make_table, read_text

_WANTED = "a CSV whose first line names MediaPipe's or ARKit's blendshapes"
_NO = ("0", "0.0", "false", "no", "")
_TO_MS = {"timestamp_ms": 1.0, "time_ms": 1.0, "time": 1000.0, "timestamp": 1000.0, "time_s": 1000.0}


def read_mediapipe_csv(
    path: str | os.PathLike[str], *, fps: float | None = None, kind: Kind | None = None
) -> ScoreTable:
    """Read a CSV of named scores.

    Args:
        path: the ``.csv``.
        fps: used when the file has no time column; 30 if None.
        kind: whose scores they are; needed when the header has neither ``_neutral`` nor ``tongueOut``.

    Raises:
        MissingFileError, FileFormatError: not such a file; the message names the line.
    """
    source = Path(path)
    lines = read_text(source, _WANTED).splitlines()
    header = lines[0] if lines else ""
    delimiter = max(",;\t", key=header.count)
    rows = [row for row in csv.reader(lines, delimiter=delimiter)]
    columns = [name.strip() for name in rows[0]] if rows else []
    shapes = [i for i, name in enumerate(columns) if channels.canonical_name(name) in channels.INDEX]
    if len(shapes) < 2:
        raise FileFormatError(f"{source} is not {_WANTED}; its first line is {header[:60]!r}.")
    tongue = [i for i, name in enumerate(columns) if channels.canonical_name(name) == "tongueOut"]
    kind = kind or kind_of(columns)
    if kind is None:
        raise FileFormatError(
            f"{source} names {len(shapes)} channels but neither _neutral (MediaPipe) nor tongueOut (ARKit): "
            "whose scores they are is not clear; pass kind='mediapipe' or kind='arkit'."
        )
    lower = [name.lower() for name in columns]
    time_column = next((name for name in lower if name in _TO_MS), None)
    numbered = enumerate(rows[1:], start=2)
    data = [(number, row) for number, row in numbered if any(field.strip() for field in row)]
    wanted = shapes + tongue
    values = np.zeros((len(data), len(wanted)))
    detected = np.ones(len(data), bool)
    stamps = np.arange(len(data)) * 1000.0 / (fps or 30.0)
    for frame, (number, row) in enumerate(data):
        try:
            if "detected" in lower:
                detected[frame] = row[lower.index("detected")].strip().lower() not in _NO
            fields = [row[i].strip() for i in wanted]
            if not any(fields):  # names and times, but no scores: how others write a lost face
                detected[frame] = False
            elif detected[frame]:
                values[frame] = [float(field) for field in fields]
            if time_column is not None:
                stamps[frame] = float(row[lower.index(time_column)]) * _TO_MS[time_column]
        except (ValueError, IndexError) as error:
            raise FileFormatError(f"{source} line {number}: {error}.") from error
    return make_table(source, [columns[i] for i in wanted], values, kind, stamps, detected)
