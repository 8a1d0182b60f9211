"""What ``open_source`` can be told of a camera, a stream or a table of scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...base.option import described, option


@described
@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """What a table of scores cannot say itself, and what overrules it."""

    time_column: str | None = option(
        None, "The column of time. Default: found, and said.", "Tables of scores", metavar="NAME"
    )
    time_unit: Literal["s", "ms", "us", "ns", "frames"] | None = option(
        None, "The unit of its numbers. Default: by the column's name and values.", "Tables of scores"
    )
    kind: Literal["mediapipe", "arkit"] | None = option(
        None, "Whose scores they are, where the names do not say.", "Tables of scores"
    )
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


@described
@dataclass(frozen=True, kw_only=True)
class SourceOptions(TableOptions):
    """The same, and how a camera or stream is opened."""

    width: int | None = option(
        None, "Ask the camera for this width in pixels.", "Camera and streams", least=1
    )
    height: int | None = option(None, "... and this height.", "Camera and streams", least=1)
    fps: float | None = option(
        None,
        "... and this rate; or the rate of a folder of images, of a table (whatever its times say).",
        "Camera and streams",
        above=0,
    )
    timeout_s: float | None = option(
        None,
        "Seconds that a camera or stream may be silent before it is opened again (10).",
        "Camera and streams",
        "--timeout",
        above=0,
    )
