"""The first stage: frames of a source as they happen, and the source opened again when it is gone.

A camera that is unplugged, held by another program or stalled, and a network stream that breaks off, are
opened again with growing pauses (a quarter of a second, doubled up to eight), for ever or so many times. A
file is played at its own speed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from ...base.errors import Mp2FlameError, SourceError
from ...io.sources import Source, SourceFrame, SourceInfo
from ...io.streams.base import Backoff

_LATE_S = 1.0  # a file that is further behind than this goes on from where it is


class Capture:
    """Runs in a thread of its own and hands every frame to ``deliver`` with the time at which it was there.

    Args:
        open_source: opens the source; called again after a failure.
        deliver: takes (frame, captured at, seconds of ``time.monotonic``); False ends the capture.
        report: takes one sentence for a person.
        realtime: play a file at its own speed.
        loop: play a file again and again.
        retries: how often in a row a live source is opened again; None: for ever; 0: never.
        wait: also wait for a live source that cannot be opened at the start.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        deliver: Callable[[SourceFrame, float], bool],
        report: Callable[[str], None],
        *,
        realtime: bool = False,
        loop: bool = False,
        retries: int | None = None,
        wait: bool = False,
    ) -> None:
        self._open, self._deliver, self._report = open_source, deliver, report
        self._realtime, self._loop, self._retries, self._wait = realtime, loop, retries, wait
        self._stopped = threading.Event()
        self._source: Source | None = None
        self._index = 0
        self._offset_ms = 0.0
        self._started_s = time.monotonic()
        self._due_from_s: float | None = None
        self._said = ""
        self.info: SourceInfo | None = None
        self.reconnects = 0
        self.broken = 0
        self.dropped = 0

    def open(self) -> None:
        """Open the source for the first time.

        Raises:
            SourceError and the other errors of ``open_source``, unless it is live and to be waited for.
        """
        try:
            self._take(self._open())
        except SourceError as error:
            if not self._wait:
                raise
            self._say(f"{error}")

    def run(self) -> None:
        """Until the end of a file, until ``stop``, or until a live source cannot be opened any more."""
        backoff, failures = Backoff(), 0
        while not self._stopped.is_set():
            try:
                if self._source is None:
                    self._take(self._open())
                    self.reconnects += 1
                    self._said = ""
                before = self._index
                try:
                    self._play()
                finally:
                    if self._index > before:
                        backoff.reset()
                        failures = 0
                    self._close()
                if self._stopped.is_set() or not self.live:
                    return
                raise SourceError(f"{self._name} ended.")
            except SourceError as error:
                failures += 1
                if self._stopped.is_set():
                    return
                if (self.info is not None and not self.live) or (
                    self._retries is not None and failures > self._retries
                ):
                    raise
                self._say(f"{error}")
                backoff.wait(self._stopped)

    def stop(self) -> None:
        """End ``run`` at the next frame; a network input is closed at once."""
        self._stopped.set()
        source = self._source
        if source is not None and source.info.kind not in ("camera", "stream"):
            # A device must not be released while its own thread reads from it; the others may be closed here.
            source.close()

    def now_ms(self, now_s: float) -> float:
        """A moment of ``time.monotonic`` on the clock of a live source's timestamps."""
        return 1e3 * (now_s - self._started_s)

    @property
    def live(self) -> bool:
        """The source cannot be made to wait (True also before it was ever there)."""
        return self.info is None or self.info.live

    # -- inside -------------------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return "the source" if self.info is None else self.info.description

    def _say(self, trouble: str) -> None:
        """Once, not at every attempt."""
        if trouble != self._said:
            self._said = trouble
            self._report(f"{trouble} Trying again until it is there.")

    def _take(self, source: Source) -> None:
        if source.info.live:
            source.prefetch = 0  # this is the thread that reads ahead
        self._source, self.info = source, source.info

    def _close(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            self.broken += source.stats.broken
            self.dropped += source.stats.dropped
            source.close()

    def _play(self) -> None:
        """One pass, or many of a file that loops."""
        assert self._source is not None
        while True:
            last_ms, step_ms = self._offset_ms, 1000.0 / (self._source.info.fps or 30.0)
            count = 0
            for item in self._source:
                if self._stopped.is_set():
                    return
                captured_s = time.monotonic()
                if self.live:
                    timestamp_ms = self.now_ms(captured_s)
                else:
                    timestamp_ms = self._offset_ms + item.timestamp_ms
                    if self._realtime:
                        captured_s = self._until_due(timestamp_ms, captured_s)
                last_ms = timestamp_ms
                count += 1
                item = replace(item, index=self._index, timestamp_ms=timestamp_ms)
                self._index += 1
                if self._stopped.is_set() or not self._deliver(item, captured_s):
                    return
            if not self._loop or self.live or not count:
                return
            self._offset_ms = last_ms + step_ms

    def _until_due(self, timestamp_ms: float, now_s: float) -> float:
        """Wait for a file's frame to be due; returns the time then."""
        if self._due_from_s is None or now_s - (self._due_from_s + timestamp_ms / 1e3) > _LATE_S:
            self._due_from_s = now_s - timestamp_ms / 1e3
        wait_s = self._due_from_s + timestamp_ms / 1e3 - now_s
        if wait_s > 0:
            self._stopped.wait(wait_s)
        return time.monotonic()


def describe_failure(error: BaseException) -> str:
    """One sentence for an event."""
    return str(error) if isinstance(error, Mp2FlameError) else f"{type(error).__name__}: {error}"
