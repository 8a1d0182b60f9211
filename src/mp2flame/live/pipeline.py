"""Capture, detection, solving and output as stages that never queue up.

Three threads with room for one item between them: capture; detection; and solving with output, which takes
about a millisecond and hands over to outputs that never block. A stage that is busy finds the newest item
when it is done; what was replaced meanwhile is counted. One clock, ``time.monotonic``, runs from the moment a
picture is there until the last output has its parameters.

While a live source is silent the head does not freeze: frames without a picture let the face-lost policy
ease it to rest.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ..errors import InputError
from ..faces import Face, FaceTracker, Rule
from ..filters import Setting
from ..lost import LostPolicy
from ..profile import Profile
from ..solver import FrameSolver, needs_detection
from ..sources import Source, SourceFrame, open_source
from ..streams import Output
from ..types import Detection, UInt8Array
from .blas import one_blas_thread
from .capture import Capture, describe_failure
from .clock import Latencies, LiveStats
from .sink import Sink
from .slot import Slot
from .subscribers import LiveFrame, Subscribers, Subscription

if TYPE_CHECKING:
    from ..driver import Driver
    from ..head_pose import Camera
    from ..sources import SourceInfo

_END = object()
_COUNTED = ("captured", "dropped", "late", "broken", "frames", "detected", "filled")
_SILENT_S = 0.25  # a live source that gives nothing for so long gets frames without a picture
_STALLED_S = 2.0  # ... and for so long is said to be stalled
_FILL_S = 1 / 30
_FILL_REST_S = 0.5  # between those, once the head is at rest

SourceLike = str | int | os.PathLike[str] | Source | Callable[[], Source]


class FaceDetector(Protocol):
    """What is needed of a detector; ``mp2flame.detector.Detector`` is one."""

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


class LivePipeline:
    """A source drives a head, live.

    Args:
        driver: the head.
        source: as for ``open_source``, an open ``Source``, or a function that opens one (called again when a
            live source is lost).
        outputs: URLs (docs/streams.md) or open ``Output`` objects.
        recording: path of a take to write from the start.
        filter: a preset of ``mp2flame.filters`` or settings by channel group.
        lost: what to do without a face.
        profile: the person's profile, or its file.
        mirrored: True when the picture is a mirror image.
        num_faces: look for so many faces; more than one switches off the detector's own smoothing.
        face: which of them drives: ``first`` (the largest at the start, until lost), ``largest`` or a number.
        mode: detector mode.
        head_pose_from: ``off`` leaves ``global_orient`` and ``transl`` at zero.
        neutral: without a profile, ``auto`` finds the resting face while frames come in; ``off`` never does.
        camera: the real camera, or its vertical field of view in degrees.
        realtime: play a file at its own speed, dropping what is late; False: every frame, as fast as it goes.
        loop: play a file again and again.
        retries: how often in a row a lost live source is opened again; None: for ever.
        wait: start also when the live source is not there yet, and wait for it.
        with_landmarks, overwrite: of the recording.
        detector: instead of MediaPipe; closed with the pipeline.
        model_path: the Face Landmarker file.
        name: what events and takes call the source.
        on_event: called with one sentence whenever something happens that a person should know.
        source_options: passed to ``open_source``: ``width``, ``height``, ``fps``, ``timeout_s``.

    Raises:
        InputError and the errors of ``open_source``, ``open_output``, ``Detector``, ``RecordingWriter``, from
        ``start``.
    """

    def __init__(
        self,
        driver: Driver,
        source: SourceLike,
        outputs: Iterable[str | Output] = (),
        recording: str | os.PathLike[str] | None = None,
        *,
        filter: str | Mapping[str, Setting] = "light",
        lost: LostPolicy | None = None,
        profile: Profile | str | os.PathLike[str] | None = None,
        mirrored: bool = False,
        num_faces: int = 1,
        face: Rule = "first",
        mode: Literal["video", "image"] = "video",
        head_pose_from: Literal["auto", "off"] = "auto",
        camera: Camera | float | None = None,
        neutral: Literal["auto", "off"] = "auto",
        realtime: bool = True,
        loop: bool = False,
        retries: int | None = None,
        wait: bool = False,
        with_landmarks: bool = True,
        overwrite: bool = False,
        detector: FaceDetector | None = None,
        model_path: str | os.PathLike[str] | None = None,
        name: str | None = None,
        on_event: Callable[[str], None] | None = None,
        **source_options: Any,
    ) -> None:
        if retries is not None and (not isinstance(retries, int) or retries < 0):
            raise InputError(f"retries must be a whole number from 0, or None for ever, got {retries!r}.")
        if profile is not None and not isinstance(profile, Profile):
            profile = Profile.load(profile)
        self._solver = FrameSolver(
            driver, profile=profile, filter=filter, lost=lost, head_pose_from=head_pose_from, camera=camera,
            neutral=neutral, on_note=self._report,
        )  # fmt: skip
        self._tracker = FaceTracker(face)
        self._detector = detector
        self._tracking = {
            "mode": mode, "num_faces": num_faces, "mirrored": mirrored, "model_path": model_path,
        }  # fmt: skip
        self._source_text = name or source_text(source)
        self._outputs_wanted = list(outputs)
        self._recording_wanted = recording
        self._on_event = on_event
        self._subscribers = Subscribers(self._report)
        self._sink = Sink(
            {"source": self._source_text, "detector_mode": mode, "mirrored": mirrored},
            self._trouble,
            with_landmarks=with_landmarks,
            overwrite=overwrite,
        )
        self._lossless = not realtime
        self._capture = Capture(
            _opener(source, source_options), self._captured, self._report,
            realtime=realtime, loop=loop, wait=wait,
            retries=0 if isinstance(source, Source) else retries,
        )  # fmt: skip
        self._to_detect, self._to_solve = Slot(), Slot()
        self._threads: list[threading.Thread] = []
        self._finished = threading.Event()
        self._error: BaseException | None = None
        self._cleanup = contextlib.ExitStack()
        self._state = "starting"
        self._busy = False
        self._latencies = Latencies()
        self._counts = dict.fromkeys(_COUNTED, 0)
        self._last_error = ""
        self._last_ms = float("-inf")
        self._last_index = -1
        self._last_capture_s = self._last_fill_s = time.monotonic()
        self._stalled = False
        self._stopping = False
        self.events: deque[tuple[float, str]] = deque(maxlen=100)
        self.latest: LiveFrame | None = None

    # -- running ------------------------------------------------------------------------------------

    def start(self) -> LivePipeline:
        """Open everything and start the threads; what cannot be opened says so here."""
        if self._threads or self._state == "stopped":
            raise InputError("this pipeline was started before; make a new one.")
        try:
            self._cleanup.enter_context(one_blas_thread())
            _warm(self._solver.driver)
            self._capture.open()
            info = self._capture.info
            if self._detector is None and info is not None and info.kind in _PICTURES:
                self._open_detector()
            self._sink.open(self._outputs_wanted, self._solver.driver)
            if self._recording_wanted is not None:
                self.start_recording(self._recording_wanted)
        except BaseException:
            self._state = "failed"
            self._release()
            raise
        self._state = "running"
        self._last_capture_s = time.monotonic()
        for work in (self._run_capture, self._run_detect, self._run_solve):
            name = work.__name__.replace("_run_", "mp2flame-")
            self._threads.append(threading.Thread(target=self._guarded, args=(work,), name=name, daemon=True))
        for thread in self._threads:
            thread.start()
        return self

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until the source ends or something fails; True then, False at the timeout.

        Raises:
            whatever ended it, if not the end of the source.
        """
        ended = self._finished.wait(timeout_s)
        if ended and self._error is not None:
            raise self._error
        return ended

    def stop(self) -> None:
        """Stop all stages, finish the recording, close the outputs; may be called twice."""
        self._stopping = True
        self._capture.stop()
        self._to_detect.close()
        self._to_solve.close()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout=5.0)
        self._release()
        if self._state != "failed":
            self._state = "stopped"

    def __enter__(self) -> LivePipeline:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _release(self) -> None:
        self._finished.set()
        self._subscribers.close()
        self._sink.close()
        detector, self._detector = self._detector, None
        if detector is not None:
            detector.close()
        self._cleanup.close()

    # -- control while running ----------------------------------------------------------------------

    @property
    def driver(self) -> Driver:
        return self._solver.driver

    @property
    def solver(self) -> FrameSolver:
        return self._solver

    @property
    def info(self) -> SourceInfo | None:
        """Of the source; None while it has never been there."""
        return self._capture.info

    @property
    def outputs(self) -> tuple[Output, ...]:
        return self._sink.outputs

    @property
    def recording(self) -> Path | None:
        """The take that is being written."""
        return self._sink.recording

    def subscribe(self, callback: Callable[[LiveFrame], None] | None = None) -> Subscription:
        """The newest frame for a reader that may be slow; a ``callback`` is called in a thread of its own."""
        return self._subscribers.add(callback)

    def set_filter(self, filter: str | Mapping[str, Setting]) -> None:
        """Another preset, or settings by channel group."""
        self._solver.set_filter(filter)

    def set_profile(self, profile: Profile | str | os.PathLike[str] | None) -> None:
        """Another person's profile, or none."""
        if profile is not None and not isinstance(profile, Profile):
            profile = Profile.load(profile)
        self._solver.set_profile(profile)

    def set_lost(self, policy: LostPolicy) -> None:
        self._solver.set_lost(policy)

    def set_face(self, rule: Rule) -> None:
        """Which face drives: ``first``, ``largest`` or a number."""
        self._tracker.set_rule(rule)

    def set_flame(self, flame: Any) -> None:
        """Another head, a FLAME file or a ``Driver``; prepared here, taken over between two frames.

        Outputs that were opened by URL are opened anew, because receivers read the head's release and number
        of coefficients when they connect.

        Raises:
            InputError: a recording is running, or an output was opened by somebody else, and the new head's
                coefficients are not those of the old one.
        """
        from ..driver import Driver

        old = self._solver.driver
        new = flame if isinstance(flame, Driver) else Driver(flame)
        _warm(new)
        with self._sink.other_head(old, new):
            self._solver.set_driver(new)

    def start_recording(self, path: str | os.PathLike[str], *, overwrite: bool | None = None) -> None:
        """Write a take from the next frame on.

        Raises:
            InputError: one is being written, or the file exists.
            OutputError: it cannot be written.
        """
        self._sink.start_recording(path, self._solver.driver, overwrite)

    def stop_recording(self) -> Path | None:
        """Finish the take; returns its path, None when there was none.

        Raises:
            OutputError: what was left could not be written.
        """
        return self._sink.stop_recording()

    @property
    def stats(self) -> LiveStats:
        """Counters and latencies now."""
        counts = dict(self._counts)
        counts["dropped"] += self._capture.dropped
        counts["broken"] += self._capture.broken
        return LiveStats(
            **counts,
            reconnects=self._capture.reconnects,
            fps=self._latencies.rate(time.monotonic()),
            latency_ms=self._latencies.percentiles_ms(),
            state="waiting" if self._state == "running" and self._stalled else self._state,
            face=self._solver.lost_state,
            outputs={output.url: output.stats for output in self._sink.outputs},
            last_error=self._last_error,
        )

    # -- stages -------------------------------------------------------------------------------------

    def _captured(self, item: SourceFrame, captured_s: float) -> bool:
        self._counts["captured"] += 1
        self._last_capture_s = captured_s
        if self._stalled:
            self._stalled = False
            self._report(f"{self._source_text} is back.")
        job = _Job(item, captured_s)
        if self._lossless and not self._capture.live:
            return self._to_detect.put_when_free(job)
        self._counts["dropped"] += self._to_detect.put(job)
        return not self._to_detect.closed

    def _run_capture(self) -> None:
        try:
            self._capture.run()
        finally:
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
                if self._lossless and not self._capture.live:
                    self._to_solve.put_when_free(job)
                else:
                    self._counts["dropped"] += self._to_solve.put(job)
                self._busy = False
        finally:
            self._to_solve.put_when_free(_END)

    def _find_faces(self, job: _Job) -> None:
        if self._detector is None:
            self._open_detector()
        assert self._detector is not None
        try:
            found = self._detector.detect(job.item.image, job.item.timestamp_ms)  # type: ignore[arg-type]
        except InputError as error:  # a picture that is none: the next one may be
            self._counts["broken"] += 1
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
            elif job.item.timestamp_ms <= self._last_ms and self._capture.live:
                self._counts["late"] += 1
            else:
                self._finish(job)

    def _fill_silence(self) -> None:
        """A frame without a picture while a live source gives none, so that the head eases to rest."""
        now = time.monotonic()
        silent_s = now - self._last_capture_s
        if not self._capture.live or self._busy or silent_s < _SILENT_S or not self._to_detect.empty:
            return
        if silent_s > _STALLED_S and not self._stalled:
            self._stalled = True
            self._report(f"{self._source_text} has been silent for {_STALLED_S:g} seconds; waiting for it.")
        at_rest = self._solver.lost_state == "lost"
        if now - self._last_fill_s < (_FILL_REST_S if at_rest else 0.9 * _FILL_S) or self._last_index < 0:
            return
        self._last_fill_s = now
        self._counts["filled"] += 1
        self._finish(_Job(SourceFrame(self._last_index + 1, self._capture.now_ms(now), detected=False), now))

    def _finish(self, job: _Job) -> None:
        """Solve, record, send, publish."""
        started = time.monotonic()
        item = job.item
        if item.index <= self._last_index:
            item = replace(item, index=self._last_index + 1)
        try:
            frame = self._solver.step(item, None if job.driving is None else job.driving.detection)
        except InputError as error:  # numbers that cannot be used: as if no face had been seen
            self._counts["broken"] += 1
            self._trouble(error)
            frame = self._solver.step(replace(item, detected=False, image=None))
        self._last_ms, self._last_index = item.timestamp_ms, item.index
        solved = time.monotonic()
        self._sink.send(frame)
        self._counts["frames"] += 1
        self._counts["detected"] += frame.detected
        driving = None if job.driving is None else job.driving.id
        live = LiveFrame(frame, item.image, job.faces, driving, job.captured, 1e3 * (solved - job.captured))
        self.latest = live
        self._subscribers.publish(live)
        done = time.monotonic()
        self._latencies.add(
            done,
            wait=job.taken - job.captured,
            detect=job.detected - job.taken,
            handover=started - job.detected,
            solve=solved - started,
            to_params=solved - job.captured,
            output=done - solved,
            total=done - job.captured,
        )

    # -- inside -------------------------------------------------------------------------------------

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            if not self._stopping:
                self._error = self._error or error
                self._state = "failed"
                self._trouble(error)
                self._to_detect.close()
                self._to_solve.close()
                self._finished.set()
        if work == self._run_solve:
            self._finished.set()

    def _open_detector(self) -> None:
        from ..detector import Detector

        self._detector = Detector(**self._tracking)  # type: ignore[arg-type]

    def _report(self, text: str) -> None:
        self.events.append((time.time(), text))
        if self._on_event is not None:
            self._on_event(text)

    def _trouble(self, error: BaseException, prefix: str = "") -> None:
        text = prefix + describe_failure(error)
        if text != self._last_error:  # the same one thirty times a second is one event
            self._last_error = text
            self._report(text)


_PICTURES = frozenset({"camera", "video", "stream", "image", "folder"})


def _opener(source: SourceLike, options: dict[str, Any]) -> Callable[[], Source]:
    if isinstance(source, Source):
        return lambda: source
    if callable(source):
        return source
    return lambda: open_source(source, **options)


def _warm(driver: Driver) -> None:
    """Solve the rig now: not with the first frame."""
    if driver.mapping is None:
        _ = driver.rig


def source_text(source: SourceLike) -> str:
    """What people call it; without passwords."""
    if isinstance(source, Source):
        return source.info.description
    if callable(source):
        return "the source"
    text = os.fspath(source) if not isinstance(source, int) else f"camera {source}"
    if text.isdigit():
        return f"camera {text}"
    if "://" in text:
        from ..sources.video import hide_password

        return hide_password(text)
    return Path(text).name
