"""What every source has in common: its description, its frames, and reading ahead in a thread."""

from __future__ import annotations

import contextlib
import queue
import threading
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...base.closing import Closing
from ...base.values import Comparable, FloatArray, UInt8Array


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known about a source before its first frame.

    Attributes:
        kind: ``camera``, ``video``, ``stream``, ``image``, ``folder``, ``scores``, ``take`` or
            a scheme's name.
        description: for people.
        fps: frames per second, 0 when unknown.
        num_frames: how many frames will come (an estimate for some containers); None when unknown.
        image_size: (height, width) in pixels as delivered, None without pictures or when unknown.
        live: frames come when they happen, and are missed when nobody takes them.
    """

    kind: str
    description: str
    fps: float = 0.0
    num_frames: int | None = None
    image_size: tuple[int, int] | None = None
    live: bool = False


@dataclass(slots=True, eq=False)
class SourceFrame(Comparable):
    """One frame of a source: a picture, or scores that were found elsewhere.

    Attributes:
        index: 0, 1, 2, ...
        timestamp_ms: from the source's own clock, always increasing.
        image: ``(H, W, 3)`` uint8 RGB, upright, or None.
        blendshapes: ``(52,)`` MediaPipe scores; they still go through the response.
        arkit_weights: ``(52,)`` true ARKit weights in MediaPipe order; they enter behind the response.
        landmarks, face_matrix: as in ``Detection``.
        intrinsics: ``(3, 3)`` pixels of ``image_size`` of the camera that took the picture, when that is known.
        head_orient: ``(3,)`` axis-angle radians in the FLAME frame.
        eye_pose: ``(6,)`` axis-angle radians, left then right.
        detected: None when that is still to be found out from ``image``.
        image_size: (height, width) that ``landmarks`` or ``image`` refer to.
        tongue_out: ARKit's tongueOut, where the source knows it.
        quality: ``(5,)`` by ``observe.quality.COLUMNS``, where it was measured before.
    """

    index: int
    timestamp_ms: float
    image: UInt8Array | None = None
    blendshapes: FloatArray | None = None
    arkit_weights: FloatArray | None = None
    landmarks: FloatArray | None = None
    face_matrix: FloatArray | None = None
    head_orient: FloatArray | None = None
    eye_pose: FloatArray | None = None
    detected: bool | None = None
    image_size: tuple[int, int] | None = None
    intrinsics: FloatArray | None = None
    tongue_out: float | None = None
    quality: FloatArray | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        """``image_size``, or that of ``image``."""
        if self.image_size is not None or self.image is None:
            return self.image_size
        return int(self.image.shape[0]), int(self.image.shape[1])


PARTIAL_SHARE = (
    0.02  # of a file's pictures: what is lost beyond it is said, and tried again when the file changes
)


@dataclass(slots=True)
class SourceStats:
    """Counters that fill while a source runs.

    Attributes:
        frames: delivered.
        expected: pictures that the file says it has; None when it does not say, and before its end is reached.
        decoded: pictures that came out whole.
        broken: pictures that could not be decoded.
        missing: pictures that never came: the file ends early, or lost them.
        dropped: frames of a live source that a newer one replaced.
        clipped: score values outside 0..1.
    """

    frames: int = 0
    expected: int | None = None
    decoded: int = 0
    broken: int = 0
    missing: int = 0
    dropped: int = 0
    clipped: int = 0
    notes: list[str] = field(default_factory=list)

    def end(self, expected: int | None, missing: int | None = None) -> None:
        """The end of a file is reached: what it should have had."""
        lost = max((expected or 0) - self.decoded - self.broken, 0) if missing is None else max(missing, 0)
        self.expected, self.missing = expected, lost

    @property
    def partial(self) -> bool:
        """More than ``PARTIAL_SHARE`` of the pictures (and more than two) are broken or missing."""
        lost = self.broken + self.missing
        return self.expected is not None and lost > max(2, PARTIAL_SHARE * self.expected)

    def counted(self) -> dict[str, int | bool]:
        """The counters of a file for manifests and ``meta``; empty before its end and where it does not say."""
        if self.expected is None:
            return {}
        return {"expected": self.expected, "decoded": self.decoded, "broken": self.broken,
                "missing": self.missing, "partial": self.partial}  # fmt: skip


class _Run:
    """One pass over a source: advanced by one thread, ended by any."""

    def __init__(self, frames: Iterator[SourceFrame]) -> None:
        self._frames = frames
        self._advancing = threading.Lock()
        self._ended = False

    def next(self) -> SourceFrame | None:
        """The next frame, None at the end."""
        with self._advancing:
            return None if self._ended else next(self._frames, None)

    def end(self) -> None:
        """No more frames. Where another thread waits for one just now, that thread tidies up when it has it."""
        self._ended = True
        if self._advancing.acquire(blocking=False):
            try:
                self._frames.close()  # type: ignore[attr-defined]
            finally:
                self._advancing.release()


class Source(Closing):
    """Frames in order. A context manager and an iterable; a file can be iterated again from its start.

    Subclasses fill ``info`` when they are made, so that a source that cannot be opened says so at once.
    """

    info: SourceInfo
    prefetch: int = 4

    def __init__(self) -> None:
        self.stats = SourceStats()
        self._running: list[_Run] = []

    @abstractmethod
    def _frames(self) -> Iterator[SourceFrame]:
        """All frames; runs in the reading thread when ``prefetch`` is not 0."""

    def frames_from(self, start_ms: float) -> Iterator[SourceFrame]:
        """The frames of a file from this time on; what can jump does, everything else passes over those before."""
        return (frame for frame in self._frames() if frame.timestamp_ms >= start_ms)

    def __iter__(self) -> Iterator[SourceFrame]:
        frames = self._frames()
        if self.prefetch:
            frames = read_ahead(frames, self.prefetch, self.stats if self.info.live else None)
        run = _Run(frames)
        self._running.append(run)
        try:
            while (frame := run.next()) is not None:
                self.stats.frames += 1
                yield frame
        finally:
            run.end()
            with contextlib.suppress(ValueError):
                self._running.remove(run)

    def close(self) -> None:
        """Stop reading and release the device or file; from any thread, and as often as wanted."""
        for run in list(self._running):
            run.end()


class WrappedSource(Source):
    """Any iterable of ``SourceFrame`` with ``close`` as a live source (network inputs)."""

    prefetch = 0

    def __init__(self, opened: Any, kind: str, description: str) -> None:
        super().__init__()
        self._opened = opened
        self.info = SourceInfo(kind=kind, description=description, live=True)

    def _frames(self) -> Iterator[SourceFrame]:
        yield from self._opened

    def close(self) -> None:
        self._opened.close()
        super().close()


_END = object()


def read_ahead(
    frames: Iterator[SourceFrame], depth: int, live_stats: SourceStats | None = None
) -> Iterator[SourceFrame]:
    """Run an iterator in a thread, at most ``depth`` items ahead, so that decoding overlaps detection.

    With ``live_stats`` the newest item wins: the thread never waits, an old item is thrown away and counted.
    An exception of the iterator is raised here, after the items before it.
    """
    items: queue.Queue[object] = queue.Queue(maxsize=1 if live_stats is not None else depth)
    stop = threading.Event()

    def put(item: object) -> bool:
        while not stop.is_set():
            try:
                items.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        last: object = _END
        try:
            for frame in frames:
                if stop.is_set():
                    return
                if live_stats is not None:
                    with contextlib.suppress(queue.Empty):
                        items.get_nowait()
                        live_stats.dropped += 1
                if not put(frame):
                    return
        except BaseException as error:  # noqa: BLE001
            last = error
        finally:
            try:
                frames.close()  # type: ignore[attr-defined]
            except Exception as error:  # the reader waits: something must always reach it  # noqa: BLE001
                last = error if last is _END else last
            put(last)

    thread = threading.Thread(target=work, name="mp2flame-source", daemon=True)
    thread.start()
    try:
        while True:
            item = items.get()
            if item is _END:
                return
            if isinstance(item, BaseException):
                raise item
            assert isinstance(item, SourceFrame)
            yield item
    finally:
        stop.set()
        thread.join(timeout=5.0)


class Clock:
    """Timestamps that always increase: a container may repeat them, lack them or jump back."""

    def __init__(self, fps: float) -> None:
        self._step = 1000.0 / fps if fps > 0 else 1000.0 / 30.0
        self._last: float | None = None

    def __call__(self, timestamp_ms: float | None) -> float:
        following = 0.0 if self._last is None else self._last + self._step
        if (
            timestamp_ms is None
            or not np.isfinite(timestamp_ms)
            or (self._last is not None and timestamp_ms <= self._last)
        ):
            timestamp_ms = following
        self._last = float(timestamp_ms)
        return self._last
