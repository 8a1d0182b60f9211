"""The live half of ``mp2flame run``: the pipeline, what it says on the way, and how it ends."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .session import interruptible, quality_of

if TYPE_CHECKING:
    from ..drive.driver import Driver
    from ..drive.live import LivePipeline
    from .session import Opener


def run_live(
    driver: Driver,
    source: Opener,
    target: Path | None,
    outputs: Sequence[str],
    *,
    view: bool,
    seconds: float | None,
    quiet: bool,
    **options: Any,
) -> dict[str, Any]:
    """Until the source ends, so many seconds have passed, or Ctrl-C or SIGTERM; returns what was counted."""
    from ..drive.live.pipeline import LivePipeline, source_text

    status = Status(quiet=quiet)
    pipeline = LivePipeline(
        driver,
        source,
        outputs,
        target,
        name=source_text(source.spec),
        on_event=status.event,
        **options,
    )
    with interruptible() as stop, contextlib.ExitStack() as stack:
        stack.enter_context(pipeline)
        rows: deque[Any] = deque(maxlen=100_000)
        pipeline.subscribe(lambda live: rows.append(live.frame.quality) if live.frame.detected else None)
        started = time.monotonic()
        status.event(_opening(pipeline))
        if view:
            from ..show.page import serve

            server = serve(pipeline, open_browser=True, mirrored=bool(options.get("mirrored")))
            stack.callback(server.close)
            status.event(f"viewer: {server.url}")
        while not stop and not pipeline.wait(0.1):
            status.step(pipeline)
            if seconds is not None and time.monotonic() - started >= seconds:
                break
    status.close()
    stats = pipeline.stats
    return {
        "frames": stats.frames,
        "detected": stats.detected,
        "dropped": stats.dropped + stats.late,
        "seconds": time.monotonic() - started,
        "interrupted": bool(stop),
        "quality": quality_of([row for row in rows if row is not None]),
    }


def _opening(pipeline: LivePipeline) -> str:
    info = pipeline.info
    parts = ["the source is not there yet" if info is None else info.description]
    for output in pipeline.outputs:
        address = output.url.partition("?")[0]  # behind it there may be a token
        port = getattr(output, "port", 0)
        parts.append(
            f"sending to {address.removesuffix(':0')}:{port}"
            if address.endswith(":0")
            else f"sending to {address}"
        )
    if pipeline.recording is not None:
        parts.append(f"recording {pipeline.recording}")
    return "; ".join(parts) + ". Ctrl-C ends it."


class Status:
    """Events as lines, and one line that says how it goes, on stderr."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._tty = sys.stderr.isatty()
        self._last = 0.0
        self._open = False

    def event(self, text: str) -> None:
        """A sentence; told even when quiet is asked for only if it is trouble, so always."""
        self.close()
        click.echo(text, err=True)

    def step(self, pipeline: LivePipeline) -> None:
        now = time.monotonic()
        if self._quiet or now - self._last < (0.5 if self._tty else 10.0):
            return
        self._last = now
        stats = pipeline.stats
        half, most = stats.latency_ms.get("to_params", (0.0, 0.0))
        text = f"{stats.state}, face {stats.face}, {stats.fps:.0f} per second, "
        text += f"{half:.0f} ms (95 %: {most:.0f})"
        text += f", {stats.frames} frames, {stats.dropped} dropped"
        click.echo(("\r" if self._tty else "") + text + ("\033[K" if self._tty else "\n"), err=True, nl=False)
        self._open = self._tty

    def close(self) -> None:
        if self._open:
            click.echo("\r\033[K", err=True, nl=False)
            self._open = False
