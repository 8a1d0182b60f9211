"""How it goes, on stderr, and signals that end a run properly."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from ..base.processes import interruptions

if TYPE_CHECKING:
    from ..drive.live import LivePipeline

_ESTIMATE_AFTER_S = 2.0  # of steps: the first ones come late (a model is loaded, the resting face looked for)


def counted(number: int, thing: str) -> str:
    """``1 frame``, ``2 frames``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


@contextlib.contextmanager
def interruptible(
    on_stop: Callable[[], None] | None = None, begun: Callable[[], bool] = lambda: True
) -> Iterator[list[int]]:
    """Collects SIGINT and SIGTERM in a list instead of dying, so that the take is complete.

    Args:
        on_stop: called with the first.
        begun: whether there is anything to complete; until then (models are loaded, which takes seconds on a busy
            machine) a signal ends the command at once.
    """
    received: list[int] = []

    def handler(number: int, place: Any) -> None:
        usual = previous.get(signal.Signals(number))
        if not begun() and callable(usual):
            usual(number, place)
        if received and number == signal.SIGINT:  # the second Ctrl-C means it
            raise KeyboardInterrupt
        received.append(number)
        interruptions.append(number)
        if on_stop is not None:
            on_stop()

    previous: dict[signal.Signals, Any] = {}
    try:
        for one in (signal.SIGINT, signal.SIGTERM):
            previous[one] = signal.signal(one, handler)
    except ValueError:  # not in the main thread: somebody else looks after signals
        yield received
        return
    try:
        yield received
    finally:
        for number, old in previous.items():
            signal.signal(number, old)


def per_second(rate: float) -> str:
    """``24 per second``; of what is slower, ``7 per minute``."""
    return f"{rate:.0f} per second" if rate >= 1 else f"{60 * rate:.0f} per minute"


class Line:
    """One line on stderr that is written over, or a line now and then where nobody looks."""

    def __init__(self, *, quiet: bool = False, every_s: tuple[float, float] = (0.25, 5.0)) -> None:
        self._quiet, self._tty = quiet, sys.stderr.isatty()
        self._every_s = every_s[0] if self._tty else every_s[1]
        self._last = 0.0
        self._open = False

    def due(self) -> bool:
        """Whether it is time for another."""
        now = time.perf_counter()
        if self._quiet or now - self._last < self._every_s:
            return False
        self._last = now
        return True

    def show(self, text: str) -> None:
        click.echo(("\r" if self._tty else "") + text + ("\033[K" if self._tty else "\n"), err=True, nl=False)
        self._open = self._tty

    def close(self) -> None:
        if self._open:
            click.echo("\r\033[K", err=True, nl=False)
            self._open = False


class Progress(Line):
    """How many are done, how fast, and how long it takes still, once that can be known."""

    def __init__(self, total: int | None, *, quiet: bool = False, label: str = "frame") -> None:
        super().__init__(quiet=quiet)
        self.total, self._label = total, label
        self._started = time.perf_counter()
        self._first: float | None = None

    def step(self, done: int, detected: int | None = None) -> None:
        now = time.perf_counter()
        if self._first is None:
            self._first = now
        if not self.due():
            return
        text = f"{self._label} {done}"
        if self.total:
            text += f" of {self.total} ({100 * done // self.total} %"
            if now - self._first >= _ESTIMATE_AFTER_S:
                left = max(self.total - done, 0) * (now - self._started) / max(done, 1)
                text += f", {left:.0f} s left"
            text += ")"
        if detected is not None:
            text += f", face in {detected}"
        if now - self._first >= _ESTIMATE_AFTER_S:
            text += f", {per_second(done / (now - self._started))}"
        self.show(text)


class Status(Line):
    """Events of a live run as lines, and one line that says how it goes."""

    def __init__(self, *, quiet: bool) -> None:
        super().__init__(quiet=quiet, every_s=(0.5, 10.0))

    def event(self, text: str) -> None:
        """A sentence; told even when quiet is asked for."""
        self.close()
        click.echo(text, err=True)

    def step(self, pipeline: LivePipeline) -> None:
        if not self.due():
            return
        stats = pipeline.stats
        if stats.frames == stats.filled:
            why = f" ({stats.last_error})" if stats.last_error else ""
            self.show(f"waiting for the first frame{why}")
            return
        half, most = stats.latency_ms.get("to_params", (0.0, 0.0))
        self.show(
            f"{stats.state}, face {stats.face}, {stats.fps:.0f} per second, {half:.0f} ms (95 %: {most:.0f}), "
            f"{stats.frames} frames, {stats.dropped} dropped"
        )
