"""The frames of one source on one head: looked at first as far as the resting face needs, then driven in order."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..base.detection import Detection
from ..base.values import Frame
from ..io.sources import Source, SourceFrame
from .face_driver import DrivenHead, FaceDriver
from .options import RunOptions
from .watch import watch

_STOP_S = 0.5  # for driving what was seen already when a run is stopped
_LOOK_AHEAD_MS = 10_000.0  # how far into a file the resting face is looked for before it is driven


class Run:
    """The frames of one source on one head, once; made by ``Driver.run``. Closing it closes the source.

    Attributes:
        info: of the source.
        stopped: whether ``stop`` was called.
        seen: frames looked at so far.
        undriven: frames that were seen and, because of ``stop``, are not given.
        on_seen: called with every frame that is looked at before the first one is given out, for whoever keeps them.
    """

    def __init__(self, driver: DrivenHead, opened: Source, options: RunOptions) -> None:
        self.info = opened.info
        self._driver, self._opened, self._options = driver, opened, options
        self._face = FaceDriver(driver, **options.following)
        self._frames = self._drive()
        self.stopped = False
        self.seen = self.undriven = 0
        self._stopped_at = math.inf
        self.on_seen: Callable[[SourceFrame, Detection | None], None] | None = None

    def stop(self) -> None:
        """Read no further frame; those already read are still given, as many as half a second allows.

        From any thread or signal handler.
        """
        if not self.stopped:
            self.stopped, self._stopped_at = True, time.monotonic()

    @property
    def meta(self) -> dict[str, Any]:
        """For a take of these frames: source, head, detector mode, and the resting face as it is known now."""
        neutral = self._face.neutral
        return {
            "source": Path(self.info.description).name or self.info.description,
            **self._driver.take_meta(),
            "detector_mode": self._options.mode,
            "mirrored": self._options.mirrored,
            **({} if neutral is None else {"neutral": neutral}),
            **({"source_frames": counted} if (counted := self._opened.stats.counted()) else {}),
        }

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        return next(self._frames)

    def close(self) -> None:
        self._frames.close()
        self._opened.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _watch(self) -> Iterator[tuple[SourceFrame, Detection | None]]:
        options = self._options
        for found in watch(self._opened, face=options.face, **options.detector):
            self.seen += 1
            yield found
            if self.stopped:
                return

    def _drive(self) -> Generator[Frame, None, None]:
        options, face = self._options, self._face
        frames = self._watch()
        if face.looks_for_rest and not self.info.live and not options.keep_images:
            self._driver.params_from_weights(
                np.zeros(52, np.float32)
            )  # limits are measured now, not after a stop
            first = _first_seconds(frames, _LOOK_AHEAD_MS, self.on_seen)
            face.look_ahead([seen for _, seen in first if seen is not None])
            for number, (item, seen) in enumerate(first):
                yield face.step(item, seen)
                if time.monotonic() - self._stopped_at > _STOP_S:
                    self.undriven = len(first) - number - 1
                    return
        for item, seen in frames:
            yield face.step(item, seen, keep_image=options.keep_images)


def _first_seconds(
    frames: Iterator[tuple[SourceFrame, Detection | None]],
    length_ms: float,
    on_seen: Callable[[SourceFrame, Detection | None], None] | None,
) -> list[tuple[SourceFrame, Detection | None]]:
    """The frames of the first ``length_ms``, without their pictures."""
    taken: list[tuple[SourceFrame, Detection | None]] = []
    for item, detection in frames:
        item.image_size, item.image = item.size, None
        taken.append((item, detection))
        if on_seen is not None:
            on_seen(item, detection)
        if item.timestamp_ms - taken[0][0].timestamp_ms >= length_ms:
            break
    return taken
