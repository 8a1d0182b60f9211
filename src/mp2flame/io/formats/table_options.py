"""What a table of scores, a take or a source of scores, can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...base.errors import InputError
from ...base.option import described, option

Unit = Literal["s", "ms", "us", "ns", "frames"]
Kind = Literal["mediapipe", "arkit"]


@described
@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """What a table of scores cannot say itself, and what overrules it.

    Raises:
        InputError: a value that cannot be one.
    """

    fps: float | None = option(
        None,
        "Frame rate: of a file that holds none, of a table of scores whatever its times say, and of what is written.",
        "Input",
        above=0,
    )
    time_column: str | None = option(
        None, "The column of time. Default: found, and said.", "Tables of scores", metavar="NAME"
    )
    time_unit: Unit | None = option(
        None, "The unit of its numbers. Default: by the column's name and values.", "Tables of scores"
    )
    kind: Kind | None = option(None, "Whose scores they are, where the names do not say.", "Tables of scores")
    channels: str | None = option(
        None,
        "The order of the columns of an array without names (mediapipe, arkit, ...; docs/channel_orders.md).",
        "Tables of scores",
        metavar="ORDER",
        completes="orders",
    )
    keep_sides: bool | None = option(
        None, "Take jaw and mouth left/right of a Live Link CSV as they are named.", "Tables of scores"
    )

    def __post_init__(self) -> None:
        if self.fps is not None and not (np.isfinite(self.fps) and 0 < self.fps <= 10_000):
            raise InputError(f"fps must be between 0 and 10000, got {self.fps!r}.")
        if self.time_unit is not None and self.time_unit not in ("s", "ms", "us", "ns", "frames"):
            raise InputError(f"the unit of time is s, ms, us, ns or frames, got {self.time_unit!r}.")
        if self.kind not in (None, "mediapipe", "arkit"):
            raise InputError(f"kind is mediapipe or arkit, got {self.kind!r}.")
