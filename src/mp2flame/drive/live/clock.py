"""Where the time goes: rolling percentiles per stage, frames per second, counters."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

import numpy as np

_KEPT = 600  # samples per stage: 20 seconds at 30 frames a second

STAGES = ("wait", "detect", "handover", "solve", "to_params", "output", "total")
"""``wait``: captured, until the detector takes it; ``handover``: detected, until the solver takes it;
``to_params``: captured until the parameters are there; ``total``: captured until every output has it."""


@dataclass(frozen=True, slots=True)
class LiveStats:
    """A snapshot of the counters.

    Attributes:
        captured: frames that came from the source.
        dropped: frames that a newer one replaced before the detector, or the solver, was free.
        late: frames that were overtaken by the clock and thrown away, to keep the order.
        broken: pictures that the source could not decode, or the detector not take.
        frames: solved and given to the outputs; ``detected`` of them with a face.
        filled: frames made without a picture while the source was silent, so that the head eases to rest.
        reconnects: times the source was opened again.
        fps: solved frames per second over the last seconds.
        latency_ms: stage (``STAGES``) to (median, 95th percentile) of the last 600 frames.
        state: ``starting``, ``running``, ``waiting`` (the source is silent), ``ended`` (the file is),
            ``failed``, ``stopped``.
        face: ``tracking``, ``holding``, ``returning`` or ``lost``.
        outputs: url to that output's own counters.
        last_error: the newest trouble in words, '' when there was none.
    """

    captured: int = 0
    dropped: int = 0
    late: int = 0
    broken: int = 0
    frames: int = 0
    detected: int = 0
    filled: int = 0
    reconnects: int = 0
    fps: float = 0.0
    latency_ms: dict[str, tuple[float, float]] = field(default_factory=dict)
    state: str = "starting"
    face: str = "lost"
    outputs: dict[str, object] = field(default_factory=dict)
    last_error: str = ""


class Latencies:
    """The last samples of each stage; cheap to add to, percentiles only when asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples = {stage: deque[float](maxlen=_KEPT) for stage in STAGES}
        self._done = deque[float](maxlen=_KEPT)

    def add(self, at_s: float, **seconds: float) -> None:
        """One frame that was done at ``at_s``: seconds by stage."""
        with self._lock:
            for stage, value in seconds.items():
                self._samples[stage].append(value)
            self._done.append(at_s)

    def percentiles_ms(self) -> dict[str, tuple[float, float]]:
        with self._lock:
            copies = {stage: list(values) for stage, values in self._samples.items() if values}
        result = {}
        for stage, values in copies.items():
            half, most = np.percentile(values, (50, 95))
            result[stage] = (1e3 * float(half), 1e3 * float(most))
        return result

    def rate(self, now_s: float, over_s: float = 2.0) -> float:
        """Frames per second over the last ``over_s``."""
        with self._lock:
            recent = [t for t in self._done if now_s - t <= over_s]
        if len(recent) < 2 or recent[-1] == recent[0]:
            return 0.0
        return (len(recent) - 1) / (recent[-1] - recent[0])
