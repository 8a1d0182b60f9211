"""The three stages of the live pipeline and the room for one item between them.

Threads: capture; detection; and solving with output, which takes about a millisecond and hands over to
outputs that never block. A stage that is busy finds the newest item when it is done; what was replaced
meanwhile is counted. One clock, ``time.monotonic``, runs from the moment a picture is there until the last
output has its parameters.

While a live source is silent the head does not freeze: frames without a picture let the face-lost policy
ease it to rest.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from ...base.detection import Detection
from ...base.errors import InputError
from ...base.values import UInt8Array
from ...io.sources import Source, SourceFrame
from ...observe.which_face import Face, FaceTracker
from ..face_driver import FaceDriver
from ..watch import needs_detection, seen_in
from .capture import Capture
from .clock import Latencies
from .slot import Slot
from .subscribers import LiveFrame

_END = object()
_COUNTED = ("captured", "dropped", "late", "broken", "frames", "detected", "filled")
_SILENT_S = 0.25  # a live source that gives nothing for so long gets frames without a picture
_STALLED_S = 2.0  # ... and for so long is said to be stalled
_FILL_S = 1 / 30
_FILL_REST_S = 0.5  # between those, once the head is at rest


class FaceDetector(Protocol):
    """What is needed of a detector; ``mp2flame.observe.detector.Detector`` is one."""

    def detect(self, image: UInt8Array, timestamp_ms: float | None = None) -> list[Detection]: ...

    def close(self) -> None: ...


class _Job:
    """A frame on its way, with the times at which it passed."""

    __slots__ = ("captured", "detected", "driving", "faces", "item", "taken")

    def __init__(self, item: SourceFrame, captured: float) -> None:
        self.item, self.captured = item, captured
        self.taken = self.detected = captured
        self.faces: tuple[Face, ...] = ()
        self.driving: Face | None = None


class Stages:
    """Capture, detection, solving.

    Args:
        name: of the source, for people.
        open_source: opens it; called again when a live one is lost.
        solver, tracker: what a face becomes, and which face.
        detector: opens the detector, when the first picture needs it.
        deliver: takes each finished frame.
        ended: called after the last one.
        report, trouble: told what a person should know, and every error.
        lossless: every frame of a file, as fast as it goes.
        several: more than one face is looked for.
        options: of ``Capture``.
    """

    def __init__(
        self,
        name: str,
        open_source: Callable[[], Source],
        solver: FaceDriver,
        tracker: FaceTracker,
        detector: Callable[[], FaceDetector],
        *,
        deliver: Callable[[LiveFrame], None],
        ended: Callable[[], None],
        report: Callable[[str], None],
        trouble: Callable[[BaseException], None],
        lossless: bool,
        several: bool,
        **options: Any,
    ) -> None:
        self._name, self._solver, self._tracker, self._open_detector = name, solver, tracker, detector
        self._ended = ended
        self._deliver, self._report, self._trouble, self._lossless = deliver, report, trouble, lossless
        self.capture = Capture(open_source, self._captured, report, **options)
        self.detector: FaceDetector | None = None
        self._to_detect, self._to_solve = Slot(), Slot()
        self._threads: list[threading.Thread] = []
        self._stopping = False
        self._busy = False
        self._several = several
        self._driving: int | None = None
        self._last_ms = float("-inf")
        self._last_index = -1
        self._last_capture_s = self._last_fill_s = time.monotonic()
        self._lock = threading.Lock()
        self.between_frames = threading.RLock()  # held from solving until every output has the frame
        self.counts = dict.fromkeys(_COUNTED, 0)
        self.latencies = Latencies()
        self.finished = threading.Event()
        self.error: BaseException | None = None
        self.stalled = False

    def open_detector(self) -> None:
        """Now, not with the first picture."""
        self.detector = self._open_detector()

    def start(self) -> None:
        self._last_capture_s = time.monotonic()
        for work in (self._run_capture, self._run_detect, self._run_solve):
            name = work.__name__.replace("_run_", "mp2flame-")
            self._threads.append(threading.Thread(target=self._guarded, args=(work,), name=name, daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all threads; a device that hangs is left behind after five seconds."""
        self._stopping = True
        self.capture.stop()
        self._to_detect.close()
        self._to_solve.close()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout=5.0)
        self.finished.set()
        if not any(thread.is_alive() for thread in self._threads):  # one that hangs may hang in the detector
            detector, self.detector = self.detector, None
            if detector is not None:
                detector.close()

    # -- the threads --------------------------------------------------------------------------------

    def _count(self, what: str, more: int = 1) -> None:
        """For what two threads count."""
        with self._lock:
            self.counts[what] += more

    def _captured(self, item: SourceFrame, captured_s: float) -> bool:
        self.counts["captured"] += 1
        self._last_capture_s = captured_s
        if self.stalled:
            self.stalled = False
            self._report(f"{self._name} is back.")
        job = _Job(item, captured_s)
        if self._lossless and not self.capture.live:
            return self._to_detect.put_when_free(job)
        self._count("dropped", self._to_detect.put(job))
        return not self._to_detect.closed

    def _run_capture(self) -> None:
        try:
            self.capture.run()
        except Exception as error:  # noqa: BLE001
            self._failed(error)
        finally:  # what is on its way is still finished
            self._to_detect.put_when_free(_END)

    def _run_detect(self) -> None:
        try:
            while not self._to_detect.closed:
                job = self._to_detect.get(1.0)
                if job is _END:
                    return
                if job is None:
                    continue
                self._busy = True
                job.taken = time.monotonic()
                try:
                    if needs_detection(job.item):
                        self._find_faces(job)
                finally:
                    job.detected = time.monotonic()
                if self._lossless and not self.capture.live:
                    self._to_solve.put_when_free(job)
                else:
                    self._count("dropped", self._to_solve.put(job))
                self._busy = False
        finally:
            self._to_solve.put_when_free(_END)

    def _find_faces(self, job: _Job) -> None:
        if self.detector is None:
            self.open_detector()
        assert self.detector is not None
        try:
            found = self.detector.detect(job.item.image, job.item.timestamp_ms)  # type: ignore[arg-type]
        except InputError as error:  # a picture that is none: the next one may be
            self._count("broken")
            self._trouble(error)
            return
        job.faces, job.driving = self._tracker.update(found, job.item.timestamp_ms)

    def _run_solve(self) -> None:
        while not self._to_solve.closed:
            job = self._to_solve.get(_FILL_S)
            if job is _END:
                return
            if job is None:
                self._fill_silence()
            elif job.item.timestamp_ms <= self._last_ms and self.capture.live:
                self.counts["late"] += 1
            else:
                self._finish(job)

    def _fill_silence(self) -> None:
        """A frame without a picture while a live source gives none, so that the head eases to rest."""
        now = time.monotonic()
        silent_s = now - self._last_capture_s
        if not self.capture.live or self._busy or silent_s < _SILENT_S or not self._to_detect.empty:
            return
        if silent_s > _STALLED_S and not self.stalled:
            self.stalled = True
            self._report(f"{self._name} has been silent for {_STALLED_S:g} seconds; waiting for it.")
        at_rest = self._solver.lost_state == "lost"
        if now - self._last_fill_s < (_FILL_REST_S if at_rest else 0.9 * _FILL_S) or self._last_index < 0:
            return
        self._last_fill_s = now
        self.counts["filled"] += 1
        self._finish(_Job(SourceFrame(self._last_index + 1, self.capture.now_ms(now), detected=False), now))

    def _finish(self, job: _Job) -> None:
        """Solve, record, send, publish."""
        with self.between_frames:
            self._finish_one(job)

    def _finish_one(self, job: _Job) -> None:
        started = time.monotonic()
        item = job.item
        if job.driving is not None:
            # With one face to look for a new number is most likely the same person, back in the picture
            if self._driving not in (None, job.driving.id) and self._several:
                self._solver.other_face(item.timestamp_ms)
            self._driving = job.driving.id
        if item.index <= self._last_index:
            item = replace(item, index=self._last_index + 1)
        try:
            frame = self._solver.step(item, seen_in(item) if job.driving is None else job.driving.detection)
        except InputError as error:  # numbers that cannot be used: as if no face had been seen
            self._count("broken")
            self._trouble(error)
            frame = self._solver.step(replace(item, detected=False, image=None))
        self._last_ms, self._last_index = item.timestamp_ms, item.index
        solved = time.monotonic()
        self.counts["frames"] += 1
        self.counts["detected"] += frame.detected
        driving = None if job.driving is None else job.driving.id
        live = LiveFrame(frame, item.image, job.faces, driving, job.captured, 1e3 * (solved - job.captured))
        self._deliver(live)
        done = time.monotonic()
        self.latencies.add(
            done,
            wait=job.taken - job.captured,
            detect=job.detected - job.taken,
            handover=started - job.detected,
            solve=solved - started,
            to_params=solved - job.captured,
            output=done - solved,
            total=done - job.captured,
        )

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001
            self._failed(error)
            self._to_detect.close()
            self._to_solve.close()
            self.finished.set()
        if work == self._run_solve:
            self._ended()
            self.finished.set()

    def _failed(self, error: BaseException) -> None:
        if not self._stopping:
            self.error = self.error or error
            self._trouble(error)
