"""The live pipeline: a camera in, a head that follows, streams and a recording out.

with live(0, to="vmc://127.0.0.1:39539", output="take.npz") as session:
    for frame in session.subscribe():
        print(frame.frame.params.jaw_pose, frame.latency_ms)
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ...base.threads import one_blas_thread
from ...observe.which_face import Face, FaceTracker
from ..driver import Driver
from .clock import LiveStats
from .pipeline import LivePipeline, SourceLike
from .subscribers import LiveFrame, Subscription

__all__ = [
    "Face",
    "FaceTracker",
    "LiveFrame",
    "LivePipeline",
    "LiveStats",
    "Subscription",
    "live",
    "one_blas_thread",
]


def live(
    source: SourceLike,
    *,
    to: str | Sequence[str] = (),
    output: str | os.PathLike[str] | None = None,
    flame: str | os.PathLike[str] | Driver | None = None,
    **options: Any,
) -> LivePipeline:
    """A head that follows a camera, a stream or a file, live; a context manager.

    Args:
        source: as for ``Driver.run``.
        to: one or several outputs by URL (``vmc://``, ``osc://``, ``ws://`` ...; docs/streams.md).
        output: a take to write meanwhile.
        flame: a FLAME file or a ``Driver``; None: the built-in head.
        options: those of ``LivePipeline``.

    Raises:
        InputError: an option or a kind of output that does not exist. Sources and outputs raise theirs when the block is entered.
    """
    driver = flame if isinstance(flame, Driver) else Driver(flame)
    return LivePipeline(driver, source, [to] if isinstance(to, str) else list(to), output, **options)
