"""Tables of named scores as text: Live Link Face, its relatives, MediaPipe's scores, Audio2Face-3D, anybody's.

The header names the channels in any spelling; delimiter, decimal sign and encoding are found (``text_table``), the
column of time too (``table_time``). Other columns are left out with a word.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np

from ...base import channels
from ...base.errors import FileFormatError, InputError
from ...base.values import FloatArray
from ..options import TableOptions
from .livelink_csv import (
    eye_angles,
    eye_columns,
    eyes_of,
    head_angles,
    is_livelink_header,
    looks_of,
    written_from_film,
)
from .score_table import (
    ScoreTable,
    is_bare_channel,
    is_channel,
    is_facs,
    left_out,
    make_table,
    refuse_names,
    settle_kind,
)
from .table_time import find_times, words_of
from .text_table import TextTable, bare_rows, is_json, number_of, numbers, read_table, read_text

_WANTED = "a table whose header names MediaPipe's or ARKit's blendshapes"
_NO, _YES = ("0", "0.0", "false", "no", "n", ""), ("1", "1.0", "true", "yes", "y")
_SEEN_WORDS = frozenset("detected tracked tracking found valid success visible".split())
_ANGLES = ("Yaw", "Pitch", "Roll")


def read_score_csv(path: str | os.PathLike[str], options: TableOptions | None = None) -> ScoreTable:
    """Read a table of named scores.

    Args:
        path: the file, whatever its ending.
        options: what the table cannot say.

    Raises:
        MissingFileError, FileFormatError: not such a file, or damaged; the message names the line.
        InputError: there is no column of the time that was asked for.
    """
    source, options = Path(path), options or TableOptions()
    table, columns, shapes = _known(source, options)
    livelink = is_livelink_header(columns)
    angles = [
        i for i, name in enumerate(columns) if channels.canonical_name(name) in channels.HEAD_AND_EYE_ANGLES
    ]
    others = [i for i in range(len(columns)) if i not in shapes and i not in angles]
    seen, short = _seen(table, shapes + angles)
    values = _values(source, table, shapes, angles, seen)
    cells = {columns[i]: [row[i] if i < len(row) else "" for row in table.rows] for i in others}
    try:
        times = find_times(cells, len(table.rows), options, lines=table.lines)
    except FileFormatError as error:
        raise FileFormatError(f"{source} {error}") from None
    notes = list(table.notes)
    if not seen.all():
        notes.append(f"{int((~seen).sum())} rows without a face")
    if short:
        notes.append(f"{short} incomplete rows")
    used = {times.column, *(columns[:2] if livelink else ())}
    strangers = [
        columns[i] or "the unnamed column" for i in others
        if columns[i] not in used and not _says_seen(columns[i]) and words_of(columns[i]) not in (["frame"], ["index"], [])
    ]  # fmt: skip
    notes += left_out(strangers)
    turns = values[:, len(shapes) :]  # a view
    if np.abs(turns).max(initial=0.0) > 6.5:
        turns[:] = np.deg2rad(turns)
        notes.append("its angles are degrees, by their size")
    names, every = [columns[i] for i in shapes], [columns[i] for i in shapes + angles]
    scores = values[:, : len(shapes)]
    looks = looks_of(channels.to_mediapipe(scores, names=names, unknown="ignore"))
    film = _film(table, every, values, looks, seen) if livelink else ""
    if film:
        notes.append(
            f"not written by Live Link Face: {film}; the scores are taken as MediaPipe's, the eyes from their "
            "looks, the sides as named, the head as pitch, yaw, roll"
        )
    kind = options.kind or ("mediapipe" if film else "arkit" if livelink else None)
    kind, said = settle_kind(names, scores, kind)
    made = make_table(
        source, names, scores, kind, times, seen,
        head_orient=head_angles(every, values, ("Pitch", "Yaw", "Roll") if film else _ANGLES),
        eye_pose=eyes_of(looks) if film else eye_angles(every, values),
        notes=(*said, *notes),
    )  # fmt: skip
    if livelink and not film and not options.keep_sides:
        made.weights[:] = made.weights[:, channels.SWAP_SIDEWAYS]
    return made


def _known(source: Path, options: TableOptions) -> tuple[TextTable, list[str], list[int]]:
    """The table, its columns' names, and which of them are face channels.

    Raises:
        FileFormatError: there are no channels, or no rows.
    """
    table = _headed(source, read_text(source, _WANTED), options)
    columns = list(table.header)
    if sum(map(is_channel, columns)) < 2:
        columns = [channels.bare_name(name) for name in columns]
    shapes = [i for i, name in enumerate(columns) if is_channel(name)]
    table, columns = _without_units(table, columns, shapes)
    if not shapes or (is_facs(columns) and 2 * len(shapes) < len(columns)):
        if is_livelink_header(columns):
            raise FileFormatError(f"{source} names no face channels; expected {_WANTED}.")
        error = refuse_names(source, [name for name in columns if name], _WANTED)
        raise FileFormatError(f"{error} Its first line is {','.join(columns)[:60]!r}.")
    if not table.rows:
        raise FileFormatError(f"{source} has a header but no frames.")
    return table, columns, shapes


def _values(
    source: Path, table: TextTable, shapes: list[int], angles: list[int], seen: np.ndarray
) -> FloatArray:
    """``(T, C)`` of shapes, then angles; zero where no face was ``seen``, which learns of rows that say so by emptiness."""
    rows = [[row[i] for i in shapes + angles] for row, good in zip(table.rows, seen) if good]
    values = np.zeros((len(table.rows), len(shapes + angles)))
    if rows:
        found = numbers(source, rows, [line for line, good in zip(table.lines, seen) if good])
        # empty or NaN all over, with a time before them: how others write a lost face
        lost = np.isnan(found[:, : len(shapes)]).all(axis=1)
        found[lost] = 0.0
        values[seen] = found
        seen[np.flatnonzero(seen)[lost]] = False
    return values


def _film(table: TextTable, names: list[str], values: FloatArray, looks: FloatArray, seen: np.ndarray) -> str:
    """Why a file under Live Link's header is none of the app's; empty: it is one."""
    stated = Counter(row[1].strip() for row, good in zip(table.rows, seen) if good).most_common(1)
    count = int(stated[0][0]) if stated and stated[0][0].isdigit() else 0
    eyes = eye_columns(names, values[seen])
    return written_from_film(count, eyes if eyes is not None else np.zeros((0, 4)), looks[seen])


def _headed(source: Path, text: str, options: TableOptions) -> TextTable:
    """The table; one without a header gets the names of the order that was asked for, behind columns of time and count.

    Raises:
        InputError: its columns have no names and none were given, or they are not as many.
    """
    table = read_table(source, text, is_bare_channel)
    if any(map(is_bare_channel, table.header)):
        return table
    table = bare_rows(source, text)
    count = len(table.rows[0]) if table.rows else 0
    if count < 51:
        return read_table(source, text, is_bare_channel)
    fits = [name for name, names in channels.ORDERS.items() if 0 <= count - len(names) <= 3]
    which = (
        f"--channels (in Python channels=) one of {', '.join(fits or channels.ORDERS)}. Up to three columns before "
        "them may be time or numbers of frames."
    )
    if options.channels is None:
        raise InputError(f"{source} has {count} columns without names; say which order they are in: {which}")
    names = channels.order_names(options.channels)
    if not 0 <= count - len(names) <= 3:
        raise InputError(
            f"{source} has {count} columns, the order {options.channels} has {len(names)}; {which}"
        )
    before = [f"column {i + 1}" for i in range(count - len(names))]
    return TextTable((*before, *names), table.rows, table.lines, table.notes)


def _without_units(table: TextTable, columns: list[str], shapes: list[int]) -> tuple[TextTable, list[str]]:
    """The table without a row of units or remarks under its header; a unit goes to the name of its column."""
    if not table.rows or not shapes:
        return table, columns
    first = [cell.strip() for cell in table.rows[0]]
    cells = [first[i] for i in shapes if i < len(first)]
    if len(cells) < len(shapes) or not all(cells) or any(map(_is_number, cells)):
        return table, columns
    named = [
        f"{name} ({first[i]})" if i not in shapes and i < len(first) and first[i].isalpha() else name
        for i, name in enumerate(columns)
    ]
    notes = (
        *table.notes,
        f"the row under the header holds no numbers ({', '.join(first[:4])} ...), left out",
    )
    return TextTable(table.header, table.rows[1:], table.lines[1:], notes), named


def _is_number(cell: str) -> bool:
    try:
        number_of(cell)
    except ValueError:
        return False
    return True


def is_score_csv(text: str) -> bool:
    """Whether the beginning of a text is a header of named scores, and no JSON."""
    from .text_table import find_header, split_lines

    if is_json(text):
        return False
    at, delimiter, known = find_header(text, is_bare_channel)
    if known != 1:
        return known >= 2
    names, *rows = split_lines(
        "\n".join(text.splitlines()[at : at + 3]), delimiter
    )  # one channel over numbers
    return bool(rows) and all(
        len(row) == len(names)
        and all(_is_number(c) for n, c in zip(names, row) if is_bare_channel(n.strip()))
        for row in rows[:1]
    )


def livelink_text(text: str) -> bool:
    """Whether the beginning of a text has the header of Live Link Face takes."""
    from .text_table import find_header, split_lines

    at, delimiter, known = find_header(text, is_channel)
    return known >= 2 and is_livelink_header(split_lines(text.splitlines()[at], delimiter)[0])


def _says_seen(name: str) -> bool:
    return bool(_SEEN_WORDS & set(words_of(name)))


def _seen(table: TextTable, wanted: list[int]) -> tuple[np.ndarray, int]:
    """Which rows hold a face, and how many are incomplete."""
    last = max(wanted)
    seen = np.array([len(row) > last for row in table.rows], bool)
    # Two fields: the face was lost. More: the program was stopped while it wrote.
    short = sum(len(row) > 2 and row[1].strip() not in ("", "0") for row in table.rows if len(row) <= last)
    for i, name in enumerate(table.header):
        if _says_seen(name) and i not in wanted:
            said = [row[i].strip().lower() if i < len(row) else "" for row in table.rows]
            if all(word in _NO + _YES for word in said):
                seen &= [word not in _NO for word in said]
    return seen, short
