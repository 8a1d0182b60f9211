"""The live pipeline as its users see it: start, stop, and everything that can be changed on the way."""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...base.detection import Detection
from ...base.errors import InputError
from ...base.signals import Setting
from ...base.threads import one_blas_thread
from ...io.sources import Source, open_source
from ...io.streams import Output, check_output
from ...observe.head_frame import mean_neutral_points
from ...observe.which_face import FaceTracker, Rule
from ...response.profile import Profile
from ..face_driver import FaceDriver
from ..face_lost import LostPolicy
from ..options import LiveOptions, split_options
from .capture import describe_failure
from .clock import LiveStats
from .sink import Sink
from .stages import FaceDetector, Stages
from .subscribers import LiveFrame, Subscribers, Subscription

if TYPE_CHECKING:
    from ...io.sources import SourceInfo
    from ..driver import Driver

SourceLike = str | int | os.PathLike[str] | Source | Callable[[], Source]


class LivePipeline:
    """A source drives a head, live.

    Args:
        driver: the head.
        source: as for ``open_source``, an open ``Source``, or a function that opens one (called again when a
            live source is lost).
        outputs: URLs (docs/streams.md) or open ``Output`` objects.
        recording: path of a take to write from the start.
        detector: instead of MediaPipe; closed with the pipeline.
        name: what events and takes call the source.
        on_event: called with one sentence whenever something happens that a person should know.
        options: those of ``LiveOptions``; what else there is goes to ``open_source``.

    Raises:
        InputError and the errors of ``open_source``, ``open_output``, ``Detector``, ``TakeWriter``, from
        ``start``.
    """

    def __init__(
        self,
        driver: Driver,
        source: SourceLike,
        outputs: Iterable[str | Output] = (),
        recording: str | os.PathLike[str] | None = None,
        *,
        detector: FaceDetector | None = None,
        name: str | None = None,
        on_event: Callable[[str], None] | None = None,
        **options: Any,
    ) -> None:
        chosen, others = split_options(LiveOptions, options)
        self._driver = driver
        self._solver = FaceDriver(driver, **chosen.following)
        self._tracker = FaceTracker(chosen.face)
        self._tracking = chosen.detector
        self._source_text = name or source_text(source)
        self._outputs_wanted = list(outputs)
        for url in self._outputs_wanted:
            if isinstance(url, str):
                check_output(url)
        self._recording_wanted = recording
        self._on_event = on_event
        self._subscribers = Subscribers(self._report)
        self._sink = Sink(
            {"source": self._source_text, "detector_mode": chosen.mode, "mirrored": chosen.mirrored},
            self._trouble,
            with_landmarks=chosen.with_landmarks,
            overwrite=chosen.overwrite,
        )
        self._stages = Stages(
            self._source_text, _opener(source, others), self._solver, self._tracker,
            self._open_detector if detector is None else lambda: detector,
            deliver=self._deliver, ended=self._subscribers.close,
            report=self._report, trouble=self._trouble, lossless=not chosen.realtime,
            several=chosen.num_faces > 1, realtime=chosen.realtime, loop=chosen.loop, wait=chosen.wait,
            retries=0 if isinstance(source, Source) else chosen.retries,
        )  # fmt: skip
        self._cleanup = contextlib.ExitStack()
        self._state = "starting"
        self._last_error = ""
        self.events: deque[tuple[float, str]] = deque(maxlen=100)
        self.latest: LiveFrame | None = None

    # -- running ------------------------------------------------------------------------------------

    def start(self) -> LivePipeline:
        """Open everything and start the threads; what cannot be opened says so here."""
        if self._state != "starting":
            raise InputError("this pipeline was started before; make a new one.")
        try:
            self._cleanup.enter_context(one_blas_thread())
            _warm(self._driver)
            self._stages.capture.open()
            if self.info is not None and self.info.kind in _PICTURES:
                self._stages.open_detector()
            self._sink.open(self._outputs_wanted, self._driver)
            if self._recording_wanted is not None:
                self.start_recording(self._recording_wanted)
        except BaseException:
            self._state = "failed"
            self._release()
            raise
        self._state = "running"
        self._stages.start()
        return self

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until the source ends or something fails; True then, False at the timeout.

        Raises:
            whatever ended it, if not the end of the source.
        """
        ended = self._stages.finished.wait(timeout_s)
        if ended and self._stages.error is not None:
            raise self._stages.error
        return ended

    def stop(self) -> None:
        """Stop all stages, finish the recording, close the outputs; may be called twice."""
        self._stages.stop()
        self._release()
        self._state = "stopped"

    def __enter__(self) -> LivePipeline:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _release(self) -> None:
        self._stages.stop()
        self._subscribers.close()
        self._sink.close()
        self._cleanup.close()

    # -- control while running ----------------------------------------------------------------------

    @property
    def driver(self) -> Driver:
        return self._driver

    @property
    def solver(self) -> FaceDriver:
        return self._solver

    @property
    def info(self) -> SourceInfo | None:
        """Of the source; None while it has never been there."""
        return self._stages.capture.info

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

        old = self._driver
        new = flame if isinstance(flame, Driver) else Driver(flame)
        _warm(new)
        with self._stages.between_frames, self._sink.other_head(old, new):
            self._solver.set_driver(new)
            self._driver = new

    def add_output(self, url: str) -> None:
        """Send every frame there too, from the next one on.

        Raises:
            InputError and the errors of ``open_output``: it is on already, or cannot be opened.
        """
        self._sink.add(url, self._driver)

    def remove_output(self, url: str) -> None:
        """Send nothing there any more; what is not on is no error."""
        self._sink.remove(url)

    def start_recording(self, path: str | os.PathLike[str], *, overwrite: bool | None = None) -> None:
        """Write a take from the next frame on.

        Raises:
            InputError: one is being written, or the file exists.
            OutputError: it cannot be written.
        """
        with self._stages.between_frames:
            self._sink.start_recording(path, self._driver, overwrite)

    def stop_recording(self) -> Path | None:
        """Finish the take; returns its path, None when there was none.

        Raises:
            OutputError: what was left could not be written.
        """
        return self._sink.stop_recording()

    @property
    def stats(self) -> LiveStats:
        """Counters and latencies now."""
        stages = self._stages
        counts = dict(stages.counts)
        counts["dropped"] += stages.capture.dropped
        counts["broken"] += stages.capture.broken
        state = self._state
        if state == "running":
            if stages.error is not None:
                state = "failed"
            elif stages.finished.is_set():
                state = "ended"
            elif stages.stalled:
                state = "waiting"
        return LiveStats(
            **counts,
            reconnects=stages.capture.reconnects,
            fps=stages.latencies.rate(time.monotonic()),
            latency_ms=stages.latencies.percentiles_ms(),
            state=state,
            face=self._solver.lost_state,
            outputs={output.url: output.stats for output in self._sink.outputs},
            last_error=self._last_error,
        )

    # -- inside -------------------------------------------------------------------------------------

    def _open_detector(self) -> FaceDetector:
        from ...observe.detector import Detector

        return Detector(**self._tracking)

    def _deliver(self, live: LiveFrame) -> None:
        self._sink.send(live.frame)
        self.latest = live
        self._subscribers.publish(live)

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
    """Solve the rig, measure the head and load the tables now: not with the first frame."""
    if driver.mapping is None:
        points = mean_neutral_points() * [0.1, -0.1, -0.1] + 0.5
        seen = Detection(np.zeros(52, np.float32), points.astype(np.float32), None, (480, 640))
        driver.params_from_weights(driver.follow().step(seen, 0.0))
        driver.find_pose(seen)


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
        from ...io.sources.video import hide_password

        return hide_password(text)
    return Path(text).name
