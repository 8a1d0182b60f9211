"""Tables of text as programs and spreadsheets of any country save them.

Encoding, delimiter and decimal sign are found, none is asked for.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...base.damage import reading, reason
from ...base.errors import FileFormatError, MissingFileError
from ...base.values import FloatArray
from .files import read_bytes

_DELIMITERS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEADER_LINES = 60
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")


@dataclass(frozen=True)
class TextTable:
    """A header and rows of cells.

    Attributes:
        header: column names, stripped; empty columns at the end are dropped.
        rows: cells, as many in each as there are in the line.
        lines: number of each row's line in the file, from 1.
        notes: what was found out about the file, in words.
    """

    header: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    notes: tuple[str, ...] = ()


def decode(data: bytes) -> tuple[str, str] | None:
    """Text and the encoding it was in, by its mark, its zero bytes or its letters; None for what is no text."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if not encoding:
        head = np.frombuffer(data[:2048][: len(data[:2048]) // 4 * 4], np.uint8)
        zero = [float((head[i::4] == 0).mean()) if len(head) else 0.0 for i in range(4)]
        if min(zero[1:]) > 0.7 > zero[0]:
            encoding = "utf-32-le"
        elif min(zero[1], zero[3]) > 0.7 > max(zero[0], zero[2]):
            encoding = "utf-16-le"
        elif min(zero[0], zero[2]) > 0.7 > max(zero[1], zero[3]):
            encoding = "utf-16-be"
    for name in (encoding,) if encoding else ("utf-8", "cp1252", "latin-1"):
        try:
            # not final: the beginning of a file may end inside a letter
            text = codecs.getincrementaldecoder(name)().decode(data)
        except (UnicodeDecodeError, ValueError):
            continue
        return None if _CONTROL.search(text[:4096]) else (text, name)
    return None


def is_json(text: str) -> bool:
    """Whether a text begins as JSON does."""
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def read_text(path: Path, wanted: str) -> str:
    """A text file in any encoding.

    Raises:
        MissingFileError, FileFormatError: no such file, too large, or not text.
    """
    if not path.exists():
        raise MissingFileError(f"{path} not found; expected {wanted}.")
    found = decode(read_bytes(path))
    if found is None:
        raise FileFormatError(f"{path} is not text; expected {wanted}.")
    return found[0]


def split_lines(text: str, delimiter: str) -> list[list[str]]:
    """Cells of lines that are known to hold no quoted line ends; ``delimiter`` ' ' is any white space."""
    if delimiter == " ":
        return [line.split() for line in text.splitlines()]
    return list(csv.reader(text.splitlines(), delimiter=delimiter, skipinitialspace=True))


def find_header(text: str, is_known: Callable[[str], bool]) -> tuple[int, str, int]:
    """Where the header is: line (from 0), delimiter, and how many of its names ``is_known`` knows.

    The first lines may be remarks, a title, or Excel's ``sep=;``.
    """
    best = (0, ",", 0)
    for number, line in enumerate(text.splitlines()[:_HEADER_LINES]):
        if len(line) > 100_000:
            continue
        for delimiter in (*_DELIMITERS, " "):
            try:
                cells = split_lines(line, delimiter)
            except csv.Error:
                continue
            known = sum(
                is_known(cell.strip().lstrip("#").strip()) for cell in (cells[0] if cells else ())[:1000]
            )
            if known > best[2]:
                best = (number, delimiter, known)
        if best[2] >= 2:
            break
    return best


def read_table(path: Path, text: str, is_known: Callable[[str], bool]) -> TextTable:
    """Header and rows of a text.

    Args:
        path: for messages.
        text: the file's content.
        is_known: whether a cell is the name of a column that is looked for; the header has such.

    Raises:
        FileFormatError: a line that is no row of cells.
    """
    at, delimiter, _ = find_header(text, is_known)
    lines = text.splitlines()[at:]
    with reading(path, "a table"):
        cells = split_lines("\n".join(lines), delimiter)
    header = [name.strip().strip("\ufeff") for name in (cells[0] if cells else [])]
    if header:
        header[0] = header[0].lstrip("#").strip()
    while header and not header[-1]:
        header.pop()
    rows, numbers = [], []
    for number, row in enumerate(cells[1:], start=at + 2):
        if any(cell.strip() for cell in row) and not row[0].lstrip().startswith("#"):
            rows.append(row)
            numbers.append(number)
    named = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "white space"}[delimiter]
    notes = () if delimiter == "," else (f"columns divided by {named}",)
    return TextTable(tuple(header), rows, numbers, notes)


def bare_rows(path: Path, text: str) -> TextTable:
    """Rows of a text that has no header: those whose last cells are numbers, divided as the first of them is.

    Empty where there are none.
    """
    lines = text.splitlines()
    for at, line in enumerate(lines[:_HEADER_LINES]):
        if not line.strip() or line.lstrip().startswith("#") or len(line) > 100_000:
            continue
        with reading(path, "a table"):
            split = {mark: split_lines(line, mark)[0] for mark in (*_DELIMITERS, " ") if mark in line}
            mark = max(split, key=lambda mark: sum(map(_is_a_number, split[mark])), default="")
            if not mark or not all(map(_is_a_number, split[mark][3:])):
                continue
            cells = split_lines("\n".join(lines[at:]), mark)
        rows = [
            (row, number) for number, row in enumerate(cells, start=at + 1) if any(c.strip() for c in row)
        ]
        notes = ("no header: the columns are named by the order that was asked for",)
        return TextTable((), [row for row, _ in rows], [number for _, number in rows], notes)
    return TextTable((), [], [])


def _is_a_number(cell: str) -> bool:
    try:
        return bool(cell.strip()) and number_of(cell) is not None
    except ValueError:
        return False


def number_of(cell: str) -> float:
    """A number with a decimal point or comma; ValueError for anything else, NaN for an empty cell."""
    try:
        return float(cell)
    except ValueError:
        plain = cell.strip().replace("\u00a0", "").replace("\u2212", "-")
        if not plain:
            return float("nan")
        if plain.count(",") == 1 and "." not in plain:
            plain = plain.replace(",", ".")
        return float(plain)


def numbers(path: Path, cells: Sequence[Sequence[str]], lines: Sequence[int]) -> FloatArray:
    """Rows of cells as ``(T, C)`` float64; empty cells are NaN.

    Raises:
        FileFormatError: a cell is no number; the message names the line.
    """
    try:
        return np.array([[float(cell) for cell in row] for row in cells], np.float64)
    except ValueError:
        out = []
    for number, row in zip(lines, cells):
        try:
            out.append([number_of(cell) for cell in row])
        except ValueError as error:
            raise FileFormatError(f"{path} line {number}: {reason(error)}.") from error
    return np.array(out, np.float64)
