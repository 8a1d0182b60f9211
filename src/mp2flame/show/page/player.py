"""Plays a recorded take: pause, seek, speed, loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from ...base.errors import InputError
from ...base.values import Frame
from ...drive.driver import Driver
from ...drive.for_take import frame_for
from ...take.take import Take


class TakePlayer:
    """Calls ``show`` with the frames of a take, at its own speed.

    Parameters that belong to the driver's FLAME file are shown as recorded; for another file they are solved
    anew from the recorded ARKit weights, and head rotation and position are kept.

    Args:
        take: what to play.
        driver: whose head shows it.
        show: called from the player's thread.
        loop: start again at the end.

    Raises:
        InputError: a take without frames.
    """

    def __init__(
        self, take: Take, driver: Driver, show: Callable[[Frame], None], *, loop: bool = True
    ) -> None:
        if not take.num_frames:
            raise InputError("this take has no frames; there is nothing to play.")
        self.take, self.loop = take, loop
        self._show, self._driver = show, driver
        self._times_s = (take.timestamp_ms - take.timestamp_ms[0]) / 1e3
        step = 1.0 / take.fps if take.fps else 1 / 30
        self.duration_s = float(self._times_s[-1]) + step
        self._condition = threading.Condition()
        self._playing, self._speed = True, 1.0
        self._position_s, self._since = 0.0, time.monotonic()
        self._closed = self._changed = False
        self._thread = threading.Thread(target=self._run, name="mp2flame-player", daemon=True)

    def start(self) -> TakePlayer:
        self._thread.start()
        return self

    @property
    def playing(self) -> bool:
        return self._playing

    @property
    def speed(self) -> float:
        return self._speed

    @property
    def num_frames(self) -> int:
        return self.take.num_frames

    @property
    def index(self) -> int:
        """The frame that is shown now."""
        with self._condition:
            return self._index_at(self._now_s())

    @property
    def position_s(self) -> float:
        with self._condition:
            return self._now_s()

    def play(self) -> None:
        with self._condition:
            at_end = not self.loop and self._now_s() >= float(self._times_s[-1])
            self._anchor(0.0 if at_end else self._now_s())
            self._playing = True
            self._condition.notify_all()

    def pause(self) -> None:
        with self._condition:
            self._anchor(self._now_s())
            self._playing = False
            self._condition.notify_all()

    def seek(self, frame: int) -> None:
        """Go to a frame, 0 to the last; outside that the nearest."""
        with self._condition:
            at = int(np.clip(frame, 0, len(self._times_s) - 1))
            self._anchor(float(self._times_s[at]))
            self._changed = True
            self._condition.notify_all()

    def set_speed(self, speed: float) -> None:
        """1 is as recorded.

        Raises:
            InputError: not above 0.
        """
        if not (np.isfinite(speed) and speed > 0):
            raise InputError(f"speed must be above 0, got {speed!r}.")
        with self._condition:
            self._anchor(self._now_s())
            self._speed = float(speed)
            self._condition.notify_all()

    def set_driver(self, driver: Driver) -> None:
        with self._condition:
            self._driver, self._changed = driver, True
            self._condition.notify_all()

    def frame(self, index: int) -> Frame:
        """One frame with parameters for the driver's head."""
        return frame_for(self.take, index, self._driver)

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=5.0)

    # All below is called with the condition held, except _run.

    def _now_s(self) -> float:
        if not self._playing:
            return self._position_s
        at = self._position_s + self._speed * (time.monotonic() - self._since)
        return at % self.duration_s if self.loop else min(at, float(self._times_s[-1]))

    def _anchor(self, position_s: float) -> None:
        self._position_s, self._since = position_s, time.monotonic()

    def _index_at(self, position_s: float) -> int:
        return max(0, int(np.searchsorted(self._times_s, position_s + 1e-6, side="right")) - 1)

    def _wait_s(self, index: int) -> float | None:
        """Until the next frame is due; None while nothing moves."""
        if not self._playing:
            return None
        if index + 1 < len(self._times_s):
            due = float(self._times_s[index + 1])
        elif self.loop:
            due = self.duration_s
        else:
            return None
        return max(0.001, (due - self._now_s()) / self._speed)

    def _run(self) -> None:
        shown = -1
        while True:
            with self._condition:
                if self._closed:
                    return
                index = self._index_at(self._now_s())
                if index == shown and not self._changed:
                    self._condition.wait(self._wait_s(index))
                    continue
                self._changed = False
            self._show(self.frame(index))
            shown = index
