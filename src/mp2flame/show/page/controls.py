"""What the page's buttons can do, whatever stands behind it: a live pipeline, a take, or nothing."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...base.errors import InputError, OutputError
from ...base.signals import PRESETS, Setting
from ...base.values import Frame
from ...drive.driver import Driver
from ...response.profile import Profile
from ...take.writer import TakeWriter
from .words import NOT_FROM_HERE

if TYPE_CHECKING:
    from ...drive.live import LivePipeline


@dataclass(slots=True)
class Readout:
    """Figures for the status line; None where nobody knows.

    Attributes:
        fps: frames per second that arrive.
        latency_ms: captured until the parameters are there: (median, 95th percentile).
        face: ``tracking``, ``holding``, ``returning``, ``lost`` or ``''``.
        state: ``running``, ``waiting``, ``stopped``, ``failed`` or ``''``.
        dropped: frames that were replaced by newer ones.
        note: the newest trouble in words.
    """

    fps: float | None = None
    latency_ms: tuple[float, float] | None = None
    face: str = ""
    state: str = ""
    dropped: int = 0
    note: str = ""


class Controls(ABC):
    """What the panels call; here as it is where there is no face to calibrate and nothing to filter."""

    live = False
    driver: Driver

    @property
    @abstractmethod
    def recording(self) -> Path | None: ...

    @abstractmethod
    def set_driver(self, driver: Driver) -> None: ...

    @abstractmethod
    def start_recording(self, path: Path) -> None: ...

    @abstractmethod
    def stop_recording(self) -> Path | None: ...

    @property
    def filter_settings(self) -> dict[str, Setting]:
        return dict(PRESETS["off"])

    def readout(self) -> Readout:
        return Readout()

    def set_filter(self, filter: str | Mapping[str, Setting]) -> None:
        raise InputError("there is no live face to filter; 'mp2flame smooth' smooths a take.")

    def set_profile(self, profile: Profile | None) -> None:
        raise InputError("there is no live face that a profile could be for.")

    def streams(self) -> list[dict[str, Any]]:
        """Address, what left, who listens and the newest trouble of each stream."""
        return []

    def add_stream(self, url: str) -> None:
        raise InputError("streams carry a live face: choose a camera or a video first.")

    def remove_stream(self, url: str) -> None:
        """One of ``streams``, by its address."""
        return None

    def shown(self, frame: Frame) -> None:
        """Told of every frame as it is shown, edited by the sliders."""
        return None


class PipelineControls(Controls):
    """A ``LivePipeline`` behind the page: what it records and streams is the face, not the sliders."""

    live = True

    def __init__(self, pipeline: LivePipeline) -> None:
        self.pipeline = pipeline

    @property
    def driver(self) -> Driver:  # type: ignore[override]
        return self.pipeline.driver

    @property
    def recording(self) -> Path | None:
        return self.pipeline.recording

    @property
    def filter_settings(self) -> dict[str, Setting]:
        return self.pipeline.solver.filter_settings

    def readout(self) -> Readout:
        stats = self.pipeline.stats
        return Readout(
            fps=stats.fps,
            latency_ms=stats.latency_ms.get("to_params"),
            face=stats.face,
            state=stats.state,
            dropped=stats.dropped,
            note=stats.last_error,
        )

    def set_driver(self, driver: Driver) -> None:
        self.pipeline.set_flame(driver)

    def set_filter(self, filter: str | Mapping[str, Setting]) -> None:
        self.pipeline.set_filter(filter)

    def set_profile(self, profile: Profile | None) -> None:
        self.pipeline.set_profile(profile)

    def start_recording(self, path: Path) -> None:
        self.pipeline.start_recording(path, overwrite=False)

    def stop_recording(self) -> Path | None:
        return self.pipeline.stop_recording()

    def streams(self) -> list[dict[str, Any]]:
        return [
            {
                "url": output.url.partition("?")[0],  # behind it there may be a token
                "sent": output.stats.sent,
                "clients": output.stats.clients,
                "dropped": output.stats.dropped,
                "error": output.stats.last_error,
                "port": int(getattr(output, "port", 0) or 0),
            }
            for output in self.pipeline.outputs
        ]

    def add_stream(self, url: str) -> None:
        if url.strip().partition(":")[0].lower() in NOT_FROM_HERE:
            raise InputError("the page sends to programs on the network, not into files.")
        self.pipeline.add_output(url.strip())

    def remove_stream(self, url: str) -> None:
        for output in self.pipeline.outputs:
            if output.url.partition("?")[0] == url:
                self.pipeline.remove_output(output.url)


class OwnControls(Controls):
    """A take or the sliders alone behind the page: it records what it shows."""

    def __init__(self, driver: Driver, source: str = "viewer") -> None:
        self.driver = driver
        self._source = source
        self._lock = threading.Lock()
        self._writer: TakeWriter | None = None
        self._started_s = 0.0

    @property
    def recording(self) -> Path | None:
        writer = self._writer
        return None if writer is None else Path(writer.path)

    def set_driver(self, driver: Driver) -> None:
        if self._writer is not None:
            raise InputError("a take belongs to one FLAME file: stop the recording first.")
        self.driver = driver

    def start_recording(self, path: Path) -> None:
        with self._lock:
            if self._writer is not None:
                raise InputError(f"{self._writer.path} is being recorded; stop that first.")
            meta: dict[str, Any] = {"source": self._source, **self.driver.take_meta()}
            self._writer = TakeWriter(path, meta=meta, num_expression=self.driver.num_expression)
            self._started_s = time.monotonic()

    def stop_recording(self) -> Path | None:
        with self._lock:
            writer, self._writer = self._writer, None
        if writer is None:
            return None
        writer.close()
        return Path(writer.path)

    def shown(self, frame: Frame) -> None:
        with self._lock:
            if self._writer is None:
                return
            elapsed_ms = 1e3 * (time.monotonic() - self._started_s)
            try:
                self._writer.append(replace(frame, timestamp_ms=elapsed_ms))
            except OutputError:
                self._writer = None
                raise
