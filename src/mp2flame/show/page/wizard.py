"""Calibrate now: rest, then the extremes, with a countdown. A state machine without a screen or a clock."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...base.errors import NoFaceError
from ...base.values import Frame
from ...response.calibrate import EXTREMES, calibrate
from ...response.profile import Profile
from ...response.response import Response

READY_S = 2.0  # to read what comes next, before it is looked at
_LEAST_RESTING = 5  # frames
_MOST_FRAMES = 600  # of one step


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do with the face.

    Attributes:
        title: what to do.
        seconds: for so long it is looked at.
        extreme: key of ``calibration.EXTREMES``; '' for the rest.
    """

    title: str
    seconds: float
    extreme: str = ""


STEPS: tuple[Step, ...] = (
    Step("Relax your face: mouth closed, eyes open, look into the camera", 3.5),
    *(Step(prompt[0].upper() + prompt[1:], 2.5, prompt) for prompt in EXTREMES),
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to show now.

    Attributes:
        title: what to do.
        count_s: whole seconds that are left; 0 when nothing is counted.
        share: of the whole wizard, 0..1.
        phase: ``ready`` (read this), ``hold`` (do it now) or ``done``.
        step: 1, 2, ... of ``steps``.
    """

    title: str
    count_s: int
    share: float
    phase: str
    step: int = 0
    steps: int = 0


class Wizard:
    """Collects frames while the person does what ``prompt`` says.

    Args:
        start_s: now, on the clock that ``add`` and ``prompt`` use.
        steps: what to do; the first one is the rest.
    """

    def __init__(self, start_s: float, steps: tuple[Step, ...] = STEPS) -> None:
        self._steps = steps
        self._lock = threading.Lock()
        self._kept: list[list[Any]] = [[] for _ in steps]
        ends = start_s + np.cumsum([READY_S + step.seconds for step in steps])
        self._ends: list[float] = ends.tolist()
        self._starts = [start_s, *self._ends[:-1]]

    def add(self, frame: Any, now_s: float) -> None:
        """One frame (or what stands for it); kept while a step is held, without its picture."""
        at = self._at(now_s)
        if at is None or now_s < self._starts[at] + READY_S:
            return
        with self._lock:
            if len(self._kept[at]) < _MOST_FRAMES:
                self._kept[at].append(replace(frame, image=None) if isinstance(frame, Frame) else frame)

    @property
    def kept(self) -> dict[str, list[Any]]:
        """What was kept of each extreme that was reached, and under ``''`` of the rest."""
        with self._lock:
            return {s.extreme: list(k) for s, k in zip(self._steps, self._kept) if k or not s.extreme}

    def finished(self, now_s: float) -> bool:
        return now_s >= self._ends[-1]

    def prompt(self, now_s: float) -> Prompt:
        at, count = self._at(now_s), len(self._steps)
        if at is None:
            return Prompt("Thank you.", 0, 1.0, "done", count, count)
        share = (now_s - self._starts[0]) / (self._ends[-1] - self._starts[0])
        holds_from = self._starts[at] + READY_S
        phase, until = ("ready", holds_from) if now_s < holds_from else ("hold", self._ends[at])
        title = self._steps[at].title
        return Prompt(title, int(np.ceil(until - now_s)), float(np.clip(share, 0, 1)), phase, at + 1, count)

    def result(self, response: Response, **meta: Any) -> Profile:
        """The profile, for the head of this estimator; ``meta`` is kept in it.

        Raises:
            NoFaceError: hardly a face during the rest.
        """
        with self._lock:
            kept = [list(frames) for frames in self._kept]
        seen = sum(frame.detected for frame in kept[0])
        if seen < _LEAST_RESTING:
            raise NoFaceError(
                f"a face was seen in {seen} of {len(kept[0])} frames of the rest: come nearer, to the light, "
                "and look into the camera."
            )
        frames = [frame for step in kept for frame in step]
        ends = np.cumsum([len(step) for step in kept])
        rows = [np.arange(end - len(step), end) for step, end in zip(kept, ends)]
        size = next(
            (f.image_size for f in frames if f.landmarks is not None and f.image_size is not None), None
        )
        usable = [f.detected and bool(f.blendshapes.any()) for f in frames]
        arrays: dict[str, Any] = {}
        if size is not None:  # frames without landmarks, or of another size, count as frames without a face
            usable = [u and f.landmarks is not None and f.image_size == size for u, f in zip(usable, frames)]
            arrays["landmarks"] = _stack([f.landmarks for f in frames], (478, 3))
            arrays["image_size"] = size
            if all(f.face_matrix is not None for f, u in zip(frames, usable) if u):
                arrays["face_matrix"] = _stack([f.face_matrix for f in frames], (4, 4))
        return calibrate(
            np.stack([frame.blendshapes for frame in frames]),
            response=response,
            detected=np.array(usable),
            rest_frames=rows[0],
            extremes={s.extreme: r for s, r in zip(self._steps, rows) if s.extreme and len(r)},
            **arrays,
            **meta,
        )

    def _at(self, now_s: float) -> int | None:
        """The step that runs now; None after the last."""
        return next((k for k, end in enumerate(self._ends) if now_s < end), None)


def _stack(values: list[Any], shape: tuple[int, ...]) -> np.ndarray:
    return np.stack([np.zeros(shape, np.float32) if v is None else v for v in values])
