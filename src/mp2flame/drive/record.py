"""Frames to a take, written while they come."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from ..base.errors import SourceError
from ..base.values import Frame
from ..io.streams import Output
from ..take.take import Take
from ..take.writer import TakeWriter
from .run import Run


def keep(frames: Run) -> Take:
    """Every frame as a take in memory.

    Raises:
        SourceError: there is no frame.
    """
    kept = list(frames)
    if not kept:
        raise SourceError("the source gave no frames; there is nothing to keep.")
    return Take.from_frames(kept, frames.meta)


def write(
    frames: Run,
    output: str | os.PathLike[str],
    *,
    num_expression: int,
    overwrite: bool = False,
    with_landmarks: bool = True,
    outputs: Sequence[Output] = (),
    on_frame: Callable[[Frame], None] | None = None,
    meta: dict[str, Any] | None = None,
) -> int:
    """Every frame into the ``.npz``, through a journal beside it (``TakeWriter``); returns how many.

    Args:
        frames: their ``meta`` is asked for again at the end, when it knows how sure the resting face is. When they
            are stopped, a take that stood there stays, and the frames so far are kept beside it; so are those that
            were seen and could not be driven in time.
        output: the take. What gives no frame leaves nothing behind.
        num_expression: coefficients of the head.
        overwrite, with_landmarks: as for ``TakeWriter``.
        outputs: streams that get each frame too.
        on_frame: called with each frame.
        meta: more of it.

    Raises:
        InputError: the file exists and ``overwrite`` is False.
        OutputError: it cannot be written.
    """
    writer = TakeWriter(
        output, meta={**frames.meta, **(meta or {})}, num_expression=num_expression,
        with_landmarks=with_landmarks, overwrite=overwrite,
    )  # fmt: skip
    frames.on_seen = lambda item, seen: writer.observe(item.timestamp_ms, seen, item.image_size)
    with writer:
        try:
            for frame in frames:
                writer.append(frame)
                for one in outputs:
                    one.send(frame)
                if on_frame is not None:
                    on_frame(frame)
        finally:
            writer.meta.update({**frames.meta, **(meta or {})})
        if not writer.num_frames or frames.undriven or (frames.stopped and writer.replaces):
            writer.keep()
    return writer.num_frames
