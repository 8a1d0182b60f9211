"""A file as a live source that can be paused, sought, slowed down and played again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ...base.errors import InputError
from .base import Source, SourceFrame

_STILL_S = 0.2  # a paused picture is given again, so that whoever follows the face does not lose it
_LATE_S = 0.5  # further behind than this the clock goes on from where the pictures are


class PlayedFile(Source):
    """Plays a file source at its own speed; ``pause``, ``seek`` and the rest may be called from any thread.

    Args:
        source: a video, or another file whose frames have times; closed with this one.
        loop: start again at the end; else the last picture stays.
    """

    prefetch = 0

    def __init__(self, source: Source, *, loop: bool = True) -> None:
        super().__init__()
        self._source = source
        self.loop = loop
        self.info = replace(source.info, live=True)
        self._step_ms = 1000.0 / (source.info.fps or 30.0)
        self._condition = threading.Condition()
        self._playing, self._closed, self._speed = True, False, 1.0
        self._target_ms: float | None = 0.0
        self._shown_ms, self._longest_ms = 0.0, self._step_ms * (source.info.num_frames or 1)
        self._since, self._anchor_ms = time.monotonic(), 0.0

    @property
    def playing(self) -> bool:
        return self._playing

    @property
    def num_frames(self) -> int:
        """As the file says, or as was seen."""
        return max(1, round(self._longest_ms / self._step_ms))

    @property
    def index(self) -> int:
        """Of the picture that is shown."""
        return min(round(self._shown_ms / self._step_ms), self.num_frames - 1)

    @property
    def position_s(self) -> float:
        return self._shown_ms / 1e3

    @property
    def duration_s(self) -> float:
        return self._longest_ms / 1e3

    @property
    def speed(self) -> float:
        return self._speed

    def play(self) -> None:
        with self._condition:
            if not self._playing and not self.loop and self.index >= self.num_frames - 1:
                self._target_ms = 0.0
            self._playing = True
            self._anchor(self._shown_ms)

    def pause(self) -> None:
        with self._condition:
            self._playing = False
            self._condition.notify_all()

    def seek(self, frame: int) -> None:
        """Go to a frame, 0 to the last; outside that the nearest."""
        with self._condition:
            self._target_ms = float(np.clip(frame, 0, self.num_frames - 1)) * self._step_ms
            self._condition.notify_all()

    def set_speed(self, speed: float) -> None:
        """1 is as filmed.

        Raises:
            InputError: not above 0.
        """
        if not (np.isfinite(speed) and speed > 0):
            raise InputError(f"speed must be above 0, got {speed!r}.")
        with self._condition:
            self._speed = float(speed)
            self._anchor(self._shown_ms)

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        super().close()
        self._source.close()

    def _anchor(self, moment_ms: float) -> None:
        self._anchor_ms, self._since = moment_ms, time.monotonic()
        self._condition.notify_all()

    def _frames(self) -> Iterator[SourceFrame]:
        pictures: Iterator[SourceFrame] | None = None
        shown: SourceFrame | None = None
        while not self._closed:
            with self._condition:
                target, self._target_ms = self._target_ms, None
            if target is not None:
                pictures = self._source.frames_from(target - 0.5 * self._step_ms)
            elif not self._playing and shown is not None:
                with self._condition:
                    if not (self._closed or self._playing) and self._target_ms is None:
                        self._condition.wait(_STILL_S)
                    if self._playing or self._target_ms is not None:
                        continue
                yield shown
                continue
            item = None if pictures is None else next(pictures, None)
            if item is None and target is not None and target <= 0:
                return  # there is no picture at all
            if item is None:
                pictures = self._at_the_end(target)
                continue
            if target is not None:
                with self._condition:
                    self._anchor(item.timestamp_ms)
            if self._wait_until_due(item.timestamp_ms):
                shown, self._shown_ms = item, item.timestamp_ms
                self._longest_ms = max(self._longest_ms, item.timestamp_ms + self._step_ms)
                yield item

    def _at_the_end(self, target: float | None) -> Iterator[SourceFrame] | None:
        """Again from the start, or the last picture for good; an empty place is left for the start."""
        if self.loop or target is not None:
            with self._condition:
                self._target_ms = 0.0 if self._target_ms is None else self._target_ms
                self._longest_ms = max(self._shown_ms + self._step_ms, self._step_ms)
        else:
            self.pause()
        return None

    def _wait_until_due(self, moment_ms: float) -> bool:
        """False when something else is to be shown instead."""
        with self._condition:
            while not self._closed and self._target_ms is None:
                now = time.monotonic()
                wait_s = self._since + (moment_ms - self._anchor_ms) / 1e3 / self._speed - now
                if wait_s <= 0 or not self._playing:
                    if wait_s < -_LATE_S:
                        self._anchor(moment_ms)
                    return True
                self._condition.wait(wait_s)
            return False
