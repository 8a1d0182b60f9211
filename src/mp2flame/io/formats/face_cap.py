"""Text files of the iPhone app Face Cap: ``info,...``, ``bs,NAMES``, then ``k,ms,head,euler,eyes,weights``.

A ``k`` line has the time in milliseconds, head position x, y, z, head Euler angles x, y, z, left eye x, y, right eye
x, y (degrees, Unity's axes) and as many weights as ``bs`` names.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ...base.errors import FileFormatError
from ..options import TableOptions
from ..streams.frames import from_euler_degrees
from .score_table import ScoreTable, is_channel, make_table, refuse_names
from .table_time import find_times
from .text_table import numbers, read_text

_WANTED = "a Face Cap text file (info, bs and k lines)"
_BEFORE = 11
"""Time, head position and angles, eye angles."""


def is_face_cap(text: str) -> bool:
    """Whether the beginning of a text is that of a Face Cap file."""
    first = [line.split(",", 1)[0].strip().lower() for line in text.splitlines()[:20]]
    return "bs" in first and ("info" in first or "k" in first)


def read_face_cap(path: str | os.PathLike[str], options: TableOptions | None = None) -> ScoreTable:
    """Read a recording.

    Raises:
        MissingFileError, FileFormatError: not such a file, or damaged; the message names the line.
    """
    source, options = Path(path), options or TableOptions()
    names: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    for number, line in enumerate(read_text(source, _WANTED).splitlines(), start=1):
        cells = [cell.strip() for cell in line.split(",")]
        if cells[0].lower() == "bs":
            names = [cell for cell in cells[1:] if cell]
        elif cells[0].lower() == "k":
            rows.append(cells[1:])
            lines.append(number)
    if sum(map(is_channel, names)) < 2:
        raise refuse_names(source, names, _WANTED)
    if not rows:
        raise FileFormatError(f"{source} has no frames.")
    width = _BEFORE + len(names)
    # the last line may have been cut when the app was stopped
    cut = len(rows) > 1 and len(rows[-1]) < width
    rows, lines = (rows[:-1], lines[:-1]) if cut else (rows, lines)
    wrong = next((i for i, row in enumerate(rows) if len(row) < width), None)
    if wrong is not None:
        raise FileFormatError(f"{source} line {lines[wrong]}: {len(rows[wrong])} values, expected {width}.")
    values = numbers(source, [row[:width] for row in rows], lines)
    times = find_times({"milliseconds": values[:, 0].tolist()}, len(values), options, lines=lines)
    head = np.array([from_euler_degrees(*row) for row in values[:, 4:7]], np.float32)
    notes = ["the eyes follow their looks; head angles are read by Unity's axes"]
    if cut:
        notes.append("1 incomplete line")
    return make_table(
        source, names, values[:, _BEFORE:], options.kind or "arkit", times, notes=tuple(notes),
        head_orient=head if np.any(head) else None,
    )  # fmt: skip
