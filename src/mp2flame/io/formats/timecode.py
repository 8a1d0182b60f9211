"""Clock times and timecodes of any spelling as seconds."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.values import FloatArray
from .text_table import number_of

MS_OF = {"d": 86_400_000.0, "min": 60_000.0, "s": 1000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6}
UNIT_WORDS = {
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "sek": "s",
    "ms": "ms", "msec": "ms", "msecs": "ms", "milli": "ms", "millis": "ms", "millisecond": "ms",
    "milliseconds": "ms", "us": "us", "usec": "us", "micros": "us", "microsecond": "us", "microseconds": "us",
    "ns": "ns", "nsec": "ns", "nanos": "ns", "nanosecond": "ns", "nanoseconds": "ns",
    "min": "min", "minutes": "min", "frames": "frames",
}  # fmt: skip
_CODE = re.compile(r"(\d{1,3})[:;](\d{1,2})[:;](\d{1,2})([:;])(\d{1,6})(?:[.,](\d{1,9}))?")
_FIVE = re.compile(r"(\d{1,4})[:;](\d{1,2})[:;](\d{1,2})([:;])(\d{1,3})([:;])(\d{1,9})")
_RATE = re.compile(r"\s*(?:[/@]\s*|\()(\d{1,6}(?:\.\d{1,6})?)(?:/(\d{1,6}))?\s*(?:fps)?\)?$")
_SPOKEN = re.compile(
    r"(?:(\d+)\s*h\s*)?(?:(\d+)\s*m(?:in)?\s*)?(?:([-+\d.,eE]+)\s*([a-zA-Z\u00b5\u03bc]+)\.?)?"
)
_DAYS = re.compile(r"(\d{1,4})\.(?=\d{1,2}:\d{1,2}:)")
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:([.,;])(\d{1,9}))?")
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}[T ,]+")
_ZONE = re.compile(r"\s*(?:Z|UTC|GMT|[+-]\d\d:?\d\d)$")
_USUAL = (24, 25, 30, 48, 50, 60, 90, 100, 120, 240)


def is_timecode(cell: Any) -> bool:
    """Whether a cell is ``HH:MM:SS:FF``, with or without more behind a point."""
    text = str(cell).strip()
    return _CODE.fullmatch(text) is not None or _FIVE.fullmatch(text) is not None


def _four_fields(cells: Sequence[Any]) -> Sequence[Any]:
    """Codes of five fields as ``HH:MM:SS:FF.sub``; others as they are.

    The fifth is a part of a frame (``HH:MM:SS:FF:sub``), unless the fourth goes slowly and up to 59: days stand in front.
    """
    found = [_FIVE.fullmatch(str(cell).strip()) for cell in cells]
    rows = [match for match in found if match is not None]
    if not rows or len(rows) < len(cells):
        return cells
    fields = np.array([[int(row[k]) for k in (1, 2, 3, 5, 7)] for row in rows])
    step = np.diff(fields, axis=0)
    turns = fields[:-1, 3][step[:, 3] < 0]
    slow = np.isin(step[:, 3], (0, 1, -59)).all() and np.mean(step[:, 3] != 0) < 0.3
    if slow and (step[:, 4] != 0).any() and (turns == 59).all() and fields[:, 1].max() < 24:
        hours = 24 * (fields[:, 0] - fields[0, 0]) + fields[:, 1]
        return [f"{hour}:{row[3]}:{row[5]}{row[6]}{row[7]}" for hour, row in zip(hours, rows)]
    digits = max(len(row[7]) for row in rows)
    whole = 10**digits
    if digits == 1 and fields[:, 4].max() <= 1:
        whole = 2  # two fields of a frame
    elif digits == 2 and fields[:, 4].max() < 80:
        uneven = {
            part: np.ptp(np.diff(fields[:, 3] + fields[:, 4] / part)[step[:, 2] == 0]) for part in (100, 80)
        }
        whole = min(uneven, key=lambda part: uneven[part])  # eighty to a frame in sound programs
    parts = [f"{min(sub / whole, 0.999999):.6f}"[1:] for sub in fields[:, 4]]
    return [f"{row[1]}:{row[2]}:{row[3]}{row[4]}{row[5]}{part}" for row, part in zip(rows, parts)]


def clock_seconds(cells: Sequence[Any]) -> FloatArray | None:
    """Seconds of ``HH:MM:SS.sss``, ``MM:SS``, with a date, days, a zone or AM and PM, or of ``33.3 ms``, ``1h02m3.5s``.

    None when a cell is none of these.
    """
    out = np.zeros(len(cells))
    for row, cell in enumerate(cells):
        text = str(cell).strip()
        said = _spoken(text)
        if said is not None:
            out[row] = said
            continue
        days = _DAYS.match(text)
        if days is not None:
            out[row], text = 86400.0 * int(days[1]), text[days.end() :]
        text = _ZONE.sub("", _DATE.sub("", text))
        half = text[-2:].upper() if text[-2:].upper() in ("AM", "PM") else ""
        match = _CLOCK.fullmatch(text[:-2].strip() if half else text)
        if match is None or (match[4] == ";"):
            return None
        hours = int(match[1] or 0)
        if half:
            hours = hours % 12 + (12 if half == "PM" else 0)
        out[row] += 3600 * hours + 60 * int(match[2]) + int(match[3])
        if match[5]:
            out[row] += int(match[5]) / 10 ** len(match[5])
    return out


def _spoken(text: str) -> float | None:
    """Seconds of a number with its unit, hours and minutes before it; None when the text is none."""
    match = _SPOKEN.fullmatch(text)
    if match is None or not (match[1] or match[2] or match[3]):
        return None
    seconds = 3600.0 * int(match[1] or 0) + 60.0 * int(match[2] or 0)
    if match[3]:
        unit = UNIT_WORDS.get(match[4].lower().replace("\u00b5", "u").replace("\u03bc", "u"))
        if unit not in MS_OF:
            return None
        try:
            seconds += number_of(match[3]) * MS_OF[unit] / 1000.0
        except ValueError:
            return None
    return seconds


@dataclass(frozen=True, eq=False)
class Timecode:
    """Timecodes: whole seconds, the frames field, what stands behind its point, and whether frames are dropped."""

    whole: FloatArray
    part: FloatArray
    behind: FloatArray
    digits: int
    drops: bool
    stated: float = 0.0  # frames per second that stand behind the code itself
    dotted: bool = False  # ``HH:MM:SS.FF``

    @classmethod
    def of(cls, cells: Sequence[Any]) -> Timecode | None:
        """None when a cell is no timecode."""
        count, cells = len(cells), _four_fields(cells)
        whole, part, behind = np.zeros(count), np.zeros(count), np.zeros(count)
        digits, drops, dots, rates = 9, False, 0, set()
        for row, cell in enumerate(cells):
            text = str(cell).strip()
            rate = _RATE.search(text)
            if rate is not None:
                text = text[: rate.start()]
                rates.add(float(rate[1]) / float(rate[2] or 1) if float(rate[2] or 1) else 0.0)
            match = _CODE.fullmatch(text)
            if match is not None:
                hours, minutes, seconds, mark, frames, sub = match.groups()
            else:
                short = _CLOCK.fullmatch(text)
                if (
                    short is None
                    or short[5] is None
                    or (short[4] != ";" and (short[1] is None or len(short[5]) != 2))
                ):
                    return None
                hours, minutes, seconds, mark, frames = (short[i] or "0" for i in (1, 2, 3, 4, 5))
                sub = None
                dots += mark != ";"
            whole[row] = 3600 * int(hours) + 60 * int(minutes) + int(seconds)
            part[row] = int(frames)
            behind[row] = int(sub) / 10 ** len(sub) if sub else 0.0
            digits = min(digits, len(frames))
            drops = drops or mark == ";"
        if dots not in (0, count):
            return None
        whole = whole + 86400.0 * np.cumsum(np.r_[0, np.diff(whole) < -43200])  # midnight
        stated = rates.pop() if len(rates) == 1 else 0.0
        code = cls(whole, part, behind, digits, drops, stated if 1 <= stated <= 1000 else 0.0, bool(dots))
        return code if not dots or code._counts_frames() else None

    def _counts_frames(self) -> bool:
        """Whether two digits behind a point count frames, not hundredths: every number from 0 to a usual rate's last."""
        rate, known = (round(self.stated), True) if self.stated else self._rate()
        most = int(self.part.max(initial=0))
        whole_seconds = len(np.unique(self.part[np.isin(self.part, range(most + 1))])) == most + 1
        return known and rate in _USUAL and rate <= 60 and most == rate - 1 and whole_seconds

    def at_rate(self, fps: float) -> FloatArray | None:
        """Seconds when a second of the code counts ``fps`` frames, rounded up to a whole number; None.

        It does not.
        """
        nominal = math.ceil(fps - 1e-6)
        rate = math.ceil(self.stated - 1e-6) if self.stated else self._rate()[0]
        if self.part.max(initial=0) >= nominal or self.digits > 2 or rate != nominal:
            return None
        return self._numbered(nominal) / fps

    def seconds(self, fps: float | None = None) -> tuple[FloatArray, str]:
        """Seconds, and how the code was read."""
        if self.part.max(initial=0) > 240 or self.digits > 2:
            scale = 10.0 ** max(self.digits, 3) if self.part.max(initial=0) >= 1000 else 1000.0
            return self.whole + self.part / scale, "timecode whose last field counts milliseconds"
        if self._behind_is_of_the_second():
            return self.whole + self.behind, "timecode with milliseconds of the second behind the point"
        if self.stated and self.part.max(initial=0) < math.ceil(self.stated - 1e-6):
            nominal = math.ceil(self.stated - 1e-6)
            drops = nominal % 30 == 0 and nominal != self.stated and (self.drops or self._skips(nominal))
            return (
                self._numbered(nominal, drops=drops) / self.stated,
                f"timecode at {self.stated:.5g} frames per second, as it says itself",
            )
        rate, known = self._rate()
        how = f"timecode at {rate} frames per second" + ("" if known else ", assumed (--fps)")
        if rate % 30 == 0 and (self.drops or self._skips(rate)):
            real = rate * 1000.0 / 1001.0
            return self._numbered(
                rate, drops=True
            ) / real, f"drop-frame timecode at {real:.5g} frames per second"
        return self.whole + (self.part + self.behind) / rate, how

    def _skips(self, nominal: int) -> bool:
        """Whether minutes begin as those of a drop-frame code, although it is written with colons."""
        minutes = self.whole // 60
        border = np.flatnonzero(np.diff(minutes) == 1)
        if not len(border) or not (np.diff(self.part)[np.diff(self.whole) == 0] == 1).all():
            return False
        first = np.where(minutes[border + 1] % 10 == 0, 0, nominal // 15)
        whole_before = self.part[border] == nominal - 1
        return bool(first.any() and whole_before.all() and (self.part[border + 1] == first).all())

    def _numbered(self, nominal: int, drops: bool | None = None) -> FloatArray:
        """Number of each frame; a drop-frame code leaves out the first of a minute, but not every tenth."""
        frames = self.whole * nominal + self.part + self.behind
        if (self.drops if drops is None else drops) and nominal % 30 == 0:
            minutes = self.whole // 60
            frames = frames - nominal // 15 * (minutes - minutes // 10)
        return frames

    def _behind_is_of_the_second(self) -> bool:
        """Whether the digits behind the point go through the second as the frames do."""
        use = (self.part > 0) & (self.behind > 0)
        if use.sum() < 3 or len(np.unique(self.part[use])) < 3:
            return False
        rates = self.part[use] / self.behind[use]
        rate = float(np.median(rates[self.part[use] >= np.median(self.part[use])]))
        if not self.part.max() - 0.5 <= rate <= 260:
            return False
        off = np.abs(self.behind - self.part / rate)
        return float(np.quantile(off, 0.9)) < 0.6 / rate and rate < 2.5 * (self.part.max() + 1)

    def _rate(self) -> tuple[int, bool]:
        """Frames in a second of the code: what makes the steps over its border like those inside.

        Whether it is known.
        """
        frames = self.part + self.behind
        seconds, jump = np.diff(self.whole), np.diff(frames)
        inside = jump[seconds == 0]
        inside = inside[inside > 0]
        across = seconds == 1
        least = int(self.part.max(initial=0)) + 1
        if not across.any():
            return max(60, least), False
        if not len(inside):
            return max(least, 60 if least > 1 else 1), False
        step = float(np.median(inside))
        found = step - jump[across]
        rate = float(np.median(found))
        whole = round(rate)
        even = np.ptp(inside) < 0.05 or len(found) > 1
        if not even or np.abs(found - rate).max() > 0.05:
            # few or uneven borders: the largest number seen tells more, and usual rates are likely
            rate = max(rate, least)
            near = [
                usual for usual in _USUAL if abs(usual - rate) <= max(1.0, 0.04 * rate) and usual >= least
            ]
            whole = min(near, key=lambda usual: abs(usual - rate), default=round(rate))
        return max(whole, least), True
