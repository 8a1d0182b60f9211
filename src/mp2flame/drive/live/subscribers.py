"""Who wants to see each frame: a viewer, a notebook, a callback. None of them can hold up the loop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...base.values import Comparable, Frame, UInt8Array
from ...io.streams.base import LatestSlot, Worker
from ...observe.which_face import Face


@dataclass(frozen=True, slots=True, eq=False)
class LiveFrame(Comparable):
    """A frame and what surrounds it.

    Attributes:
        frame: what the outputs and the recording get.
        image: the picture as it came (not unmirrored), or None.
        faces: all faces in it; ``driving`` is the number of the one that ``frame`` belongs to, or None.
        captured_s: ``time.monotonic`` when the picture was there.
        latency_ms: from then until the parameters were there.
    """

    frame: Frame
    image: UInt8Array | None
    faces: tuple[Face, ...]
    driving: int | None
    captured_s: float
    latency_ms: float


class Subscription:
    """The newest frame for one reader; those it does not take in time are replaced and counted.

    Iterating waits for frames and ends when the pipeline stops or the subscription is closed.
    """

    def __init__(
        self, end: Callable[[Subscription], None], callback: Callable[[LiveFrame], None] | None,
        report: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._slot = LatestSlot()
        self._end, self._callback, self._report = end, callback, report
        self.dropped = 0
        self._worker = Worker("mp2flame-subscriber", self._call) if callback is not None else None

    def get(self, timeout_s: float | None = None) -> LiveFrame | None:
        """The next frame, or None at the timeout or after the end."""
        item = self._slot.get(timeout_s)
        return item if isinstance(item, LiveFrame) else None

    def __iter__(self) -> Iterator[LiveFrame]:
        while (item := self.get()) is not None:
            yield item

    def close(self) -> None:
        """No more frames; a callback that runs now is waited for."""
        self._end(self)
        self._slot.close()
        if self._worker is not None:
            self._worker.join()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def offer(self, item: LiveFrame) -> None:
        """Called by the pipeline."""
        self.dropped += self._slot.put(item)

    def _call(self) -> None:
        assert self._callback is not None
        for item in self:
            try:
                self._callback(item)
            except Exception as error:  # somebody else's code must not end the loop  # noqa: BLE001
                self._report(f"a subscriber failed, it gets no more frames: {type(error).__name__}: {error}.")
                self._end(self)
                return


class Subscribers:
    """All of them."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._all: tuple[Subscription, ...] = ()
        self._closed = False

    def add(self, callback: Callable[[LiveFrame], None] | None = None) -> Subscription:
        subscription = Subscription(self._remove, callback, self._report)
        with self._lock:
            self._all = (*self._all, subscription)
        return subscription

    def _remove(self, subscription: Subscription) -> None:
        with self._lock:
            self._all = tuple(s for s in self._all if s is not subscription)

    def publish(self, item: LiveFrame) -> None:
        for subscription in self._all:
            subscription.offer(item)

    def close(self) -> None:
        for subscription in self._all:
            subscription.close()
