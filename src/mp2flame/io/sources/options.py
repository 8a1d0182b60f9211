"""What ``open_source`` can be told of a camera, a stream or a table of scores."""

from __future__ import annotations

from dataclasses import dataclass

from ...base.option import described, option
from ..formats.table_options import TableOptions


@described
@dataclass(frozen=True, kw_only=True)
class SourceOptions(TableOptions):
    """What a table of scores can be told, and how a camera or stream is opened."""

    width: int | None = option(
        None, "Ask the camera for this width in pixels.", "Camera and streams", least=1
    )
    height: int | None = option(None, "... and this height.", "Camera and streams", least=1)
    fps: float | None = option(
        None,
        "Ask the camera for this rate; or the rate of a folder of images, of a table (whatever its times say).",
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
