"""When each row of a table was: which column says it, in which unit, at which rate. One place for all tables.

A column's name is a hint and its values decide: numbers in any unit, clock times, timecodes at any rate, epoch
times, counters that wrap, clocks that tick slower than the rows come. What was decided is said in words, and
``TableOptions`` overrule it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.errors import FileFormatError, InputError
from ...base.values import FloatArray
from ..options import TableOptions
from .text_table import number_of
from .timecode import MS_OF, UNIT_WORDS, Timecode, clock_seconds, is_timecode

DEFAULT_FPS = 30.0
_TIME_WORDS = frozenset(
    "time times timestamp timestamps timecode timecodes timeline tc ts t stamp clock elapsed pts date datetime "
    "utc epoch moment when zeit zeitstempel temps tiempo tempo tid".split()
)
_OTHER_WORDS = frozenset("delta dt duration diff latency inference processing exposure rate fps".split())
_COUNT_WORDS = frozenset("frame frames index idx number num no nr id row count i n f k unnamed".split())
_NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds", "min": "minutes",
          "d": "days"}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Times:
    """Times of T rows.

    Attributes:
        ms: ``(T,)`` float64 from 0 on.
        fps: the rate that was found or stated, 0 when only the times say it.
        said: how that was decided, one sentence part.
        column: name of the column that was used, or None.
    """

    ms: FloatArray
    fps: float
    said: str
    column: str | None = None


def words_of(name: str) -> list[str]:
    """``timestampMs``, ``Time (s)``, ``time_in_ms`` as words."""
    text = name.replace("\u00b5", "u").replace("\u03bc", "u")
    words = [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+", text)]
    out = []
    for word in words:
        run_together = re.fullmatch(r"(timestamp|time|elapsed|clock|pts)(ms|msec|us|ns|s|sec|seconds)", word)
        out += list(run_together.groups()) if run_together and word not in _TIME_WORDS else [word]
    return out


def is_time_name(name: str) -> bool:
    """Whether a column is called like a time."""
    words = words_of(name)
    if not words or _OTHER_WORDS & set(words):
        return False
    return bool(_TIME_WORDS & set(words)) or (
        len(words) <= 2 and words[-1] in UNIT_WORDS and words[-1] != "frames"
    )


def _is_count_name(name: str) -> bool:
    words = words_of(name)
    return all(word in _COUNT_WORDS for word in words)


def _unit_of_name(name: str) -> str | None:
    words = words_of(name)
    found = [UNIT_WORDS[word] for word in words[1:] if word in UNIT_WORDS]
    if not found and len(words) == 1 and words[0] in UNIT_WORDS:
        found = [UNIT_WORDS[words[0]]]
    return found[-1] if found else None


def find_times(
    columns: Mapping[str, Sequence[Any]],
    count: int,
    wish: TableOptions,
    *,
    stated_fps: float = 0.0,
    lines: Sequence[int] | None = None,
) -> Times:
    """Times of ``count`` rows.

    Args:
        columns: every column that may be one of time: its name and its cells, text or numbers.
        count: rows.
        wish: what overrules.
        stated_fps: a rate that the file states apart from its rows; 0: none.
        lines: line of each row in the file, for messages.

    Raises:
        InputError: there is no column of that name.
        FileFormatError: the column of time has a cell that is no time.
    """
    if wish.fps is not None and wish.time_column is None and wish.time_unit is None:
        code = _the_code(columns)
        counted = None if code is None else code.at_rate(wish.fps)
        if counted is not None:
            return Times(_from_zero(counted), 0.0, f"timecode at {wish.fps:g} frames per second, as asked")
        return _even(count, wish.fps, f"{wish.fps:g} frames per second, as asked")
    name, by = _choose(columns, wish, lines)
    if name is None:
        rate = stated_fps or DEFAULT_FPS
        none = "assumed: no column of time was found (--fps, --time-column)"
        how = "as the file states" if stated_fps else none
        return _even(count, rate, f"{rate:g} frames per second, {how}")
    cells = columns[name]
    label = f"'{name}'" if name.strip() else "the first, unnamed column"
    code = None if isinstance(cells[0], int | float) else Timecode.of(cells)
    if code is not None:
        seconds, how = code.seconds(wish.fps)
        return _told(seconds * 1000.0, f"{label}: {how}", name)
    clock = clock_seconds(cells)
    if clock is not None:
        values, how = clock * 1000.0, "clock times"
    else:
        values = _numbers(cells, label, lines)
        if wish.time_unit == "frames" or _counts(name, by, values, wish):
            rate = wish.fps or stated_fps or DEFAULT_FPS
            known = "as asked" if wish.fps else "as the file states" if stated_fps else "assumed (--fps)"
            told = f"{label} counts frames at {rate:g} per second, {known}"
            return _told(values * 1000.0 / rate, told, name)
        unit, how = _unit(name, values, wish)
        values = values * MS_OF[unit]
    values, more = _unwrapped(values)
    values, coarse = _spread(values)
    return _told(values, f"{label}: {how}{more}{coarse}", name)


def _counts(name: str, by: str, values: FloatArray, wish: TableOptions) -> bool:
    """Whether a column of numbers counts rows: 0, 1, 2, ... does, as a face is not looked at once a second."""
    if by != "name" or wish.time_unit is not None or _unit_of_name(name) not in (None, "frames"):
        return by == "count"
    steps = np.diff(values)
    return len(steps) > 1 and bool((steps == 1).all())


def _even(count: int, rate: float, said: str) -> Times:
    return Times(np.arange(count) * 1000.0 / rate, rate, said)


def _told(ms: FloatArray, said: str, name: str) -> Times:
    return Times(_from_zero(ms), 0.0, said, name)


def _from_zero(ms: FloatArray) -> FloatArray:
    return ms - ms[:1]


def _where(row: int, lines: Sequence[int] | None) -> str:
    return f"line {lines[row]}" if lines is not None else f"frame {row}"


def _numbers(cells: Sequence[Any], label: str, lines: Sequence[int] | None) -> FloatArray:
    out = np.zeros(len(cells))
    for row, cell in enumerate(cells):
        try:
            out[row] = cell if isinstance(cell, int | float) else number_of(cell)
        except (ValueError, TypeError, OverflowError):
            raise FileFormatError(
                f"{_where(row, lines)}: {label} {str(cell)[:30]!r} is not a time."
            ) from None
    if not np.isfinite(out).all():
        at = int(np.flatnonzero(~np.isfinite(out))[0])
        raise FileFormatError(f"{_where(at, lines)}: {label} is not a time.")
    return out


# --- which column -------------------------------------------------------------------------------------------


def _choose(  # noqa: C901
    columns: Mapping[str, Sequence[Any]], wish: TableOptions, lines: Sequence[int] | None
) -> tuple[str | None, str]:
    """Name of the column of time and how it was found: asked, name, values, count."""
    names = list(columns)
    if wish.time_column is not None:
        plain = wish.time_column.strip().casefold()
        fits = [name for name in names if name.strip().casefold() == plain]
        if not fits:
            raise InputError(
                f"there is no column {wish.time_column!r} for the time; there are {', '.join(map(repr, names[:12])) or 'none'}."
            )
        return fits[0], "asked"
    ranked: list[tuple[tuple[float, ...], str]] = []
    unread: list[str] = []
    for place, name in enumerate(names):
        if not is_time_name(name):
            continue
        values = _readable(columns[name])
        if values is None:
            unread.append(name)
            continue
        steps = np.diff(values)
        moves = bool(len(steps) == 0 or np.any(steps != 0))
        # finer clocks first, then those whose name has a unit
        repeats = float((steps == 0).mean()) if len(steps) else 0.0
        ranked.append(
            ((-float(moves), round(repeats, 1), -float(_unit_of_name(name) is not None), place), name)
        )
    if ranked:
        key, name = min(ranked)
        if key[0] or len(columns[name]) < 2:
            return name, "name"
    if unread and not ranked:
        name = unread[0]
        cells = columns[name]
        bad = next((i for i, cell in enumerate(cells) if _readable([cell]) is None), 0)
        if bad or "timecode" in words_of(name):  # it begins like a time, or can be nothing else
            kind = "timecode" if is_timecode(cells[0]) or "timecode" in words_of(name) else "time"
            raise FileFormatError(
                f"{_where(bad, lines)}: {kind} {str(cells[bad])[:30]!r} cannot be read as a time; --fps NUMBER "
                "takes the rows as evenly spaced."
            )
    for name in names:  # by its values: rising steadily, and not just a count
        values = None if is_time_name(name) or _is_count_name(name) else _readable(columns[name])
        if values is not None and len(values) > 4 and (np.diff(values) > 0).all():
            steps = np.diff(values)
            if not (steps == 1).all() and steps.max() <= 50 * np.median(steps):
                return name, "values"
    for name in names:
        if _is_count_name(name):
            values = _readable(columns[name])
            if values is not None and len(values) > 1:
                steps = np.diff(values)
                if (steps > 0).all() and (values == np.floor(values)).all() and (steps > 1).any():
                    return name, "count"
    return (ranked[0][1], "name") if ranked and len(columns[ranked[0][1]]) < 2 else (None, "")


def _readable(cells: Sequence[Any]) -> FloatArray | None:
    """Some rising number for each cell, or None when they are no times."""
    if not len(cells):
        return None
    if isinstance(cells[0], int | float):
        try:
            values = np.array(cells, np.float64)
        except (TypeError, ValueError, OverflowError):
            return None
        return values if np.isfinite(values).all() else None
    code = Timecode.of(cells)
    if code is not None:
        return np.asarray(code.whole + code.part / (code.part.max() + 1))
    clock = clock_seconds(cells)
    if clock is not None:
        return clock
    try:
        values = np.array([number_of(cell) for cell in cells])
    except (ValueError, TypeError, AttributeError):
        return None
    return values if np.isfinite(values).all() else None


# --- numbers ------------------------------------------------------------------------------------------------


def _unit(name: str, values: FloatArray, wish: TableOptions) -> tuple[str, str]:
    """Unit of a column of numbers and how it is known."""
    if wish.time_unit is not None:
        return wish.time_unit, f"{_NAMES.get(wish.time_unit, wish.time_unit)}, as asked"
    steps = np.diff(values)
    steps = steps[steps > 0]
    step = float(np.median(steps)) if len(steps) else 0.0
    named = _unit_of_name(name)
    likely = _likely_unit(float(values[0]), step)
    if named in MS_OF:
        # 0.5 ms and 20 s: no face is looked at faster or slower
        if not step or 0.5 <= step * MS_OF[named] <= 20_000:
            return named, f"{_NAMES[named]}, by its name"
        return likely, f"{_NAMES[likely]}, by its values, although its name says {_NAMES[named]}"
    return likely, f"{_NAMES[likely]}, by its values (--time-unit)"


def _likely_unit(first: float, step: float) -> str:
    """By the size of epoch times, else by steps between 1/500 and 2 seconds."""
    for unit in ("s", "ms", "us", "ns"):
        if 0.9e12 < first * MS_OF[unit] < 4e12:
            return unit
    if not step:
        return "s"
    for unit, least in (("ns", 2e6), ("us", 2e3), ("ms", 2.0), ("s", 2e-3), ("min", 3e-5)):
        if step > least or (unit == "s" and step >= least):
            return unit
    return "d"


def _unwrapped(ms: FloatArray) -> tuple[FloatArray, str]:
    """A clock that starts again (seconds of the minute, hours of the day, a counter of 16 or 32 bits) goes on."""
    steps = np.diff(ms)
    falls = np.flatnonzero(steps < 0)
    if not len(falls):
        return ms, ""
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    ticks = [scale * (1 << bits) for bits in (16, 24, 32) for scale in (1.0, 1e-3, 1e-6, 1e3)]
    for period in sorted([1e3, 6e4, 3.6e6, 4.32e7, 8.64e7, *ticks]):
        if ms.max() >= period + 1e-9 or ms.min() < 0:
            continue
        across = steps[falls] + period
        if (across >= 0).all() and (across <= max(20 * usual, 1e-9)).all():
            out = ms.copy()
            for fall in falls:
                out[fall + 1 :] += period
            return out, f", starting again every {period / 1000:g} s"
    return ms, ""


def _spread(ms: FloatArray) -> tuple[FloatArray, str]:
    """Rows that share a tick of a slow clock are spread evenly over it."""
    steps = np.diff(ms)
    if len(steps) < 4 or (steps < 0).any() or (steps == 0).mean() < 0.3 or not (steps > 0).any():
        return ms, ""
    starts = np.r_[0, np.flatnonzero(steps > 0) + 1]
    lengths = np.diff(np.r_[starts, len(ms)])
    ticks = ms[starts]
    tick = float(np.median(np.diff(ticks)))
    inner = lengths[1:-1] if len(lengths) > 2 else lengths
    per_row = tick / float(np.median(inner if len(inner) else lengths))
    if len(lengths) > 2:  # the whole of the inner ticks says it better than one
        per_row = float(ticks[-1] - ticks[1]) / float(inner.sum())
    out = np.empty_like(ms)
    for i, (start, length) in enumerate(zip(starts, lengths)):
        rows = np.arange(length)
        if i == 0:
            end = ticks[1]
            out[start : start + length] = end - (length - rows) * per_row
        elif i == len(starts) - 1:
            out[start : start + length] = ticks[i] + rows * per_row
        else:
            out[start : start + length] = ticks[i] + rows * (ticks[i + 1] - ticks[i]) / length
    return out, f", a clock of {tick / 1000:g} s spread over its rows at {1000 / per_row:.4g} per second"


def _the_code(columns: Mapping[str, Sequence[Any]]) -> Timecode | None:
    for name, cells in columns.items():
        if is_time_name(name) and len(cells) and not isinstance(cells[0], int | float):
            code = Timecode.of(cells)
            if code is not None:
                return code
    return None
