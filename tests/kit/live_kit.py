"""Sources, detectors and faces for the live tests and benches: no camera, no MediaPipe."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np

from mp2flame.base.channels import INDEX
from mp2flame.base.detection import Detection
from mp2flame.base.errors import SourceError
from mp2flame.base.values import Frame
from mp2flame.io.sources import Source, SourceFrame, SourceInfo
from mp2flame.io.streams import Output, StreamContext
from mp2flame.observe.head_frame import mean_neutral_points

SIZE = (72, 128)
PICTURE = np.zeros((*SIZE, 3), np.uint8)


def scores(**channels: float) -> np.ndarray:
    """``(52,)`` by name."""
    row = np.zeros(52, np.float32)
    for name, value in channels.items():
        row[INDEX[name]] = value
    return row


def face(
    x: float = 0.5, y: float = 0.5, width: float = 0.3, size: tuple[int, int] = SIZE, **channels: float
) -> Detection:
    """A frontal resting face whose middle is at ``x, y`` (fractions of the picture), with these scores."""
    points = mean_neutral_points()
    scale = width / np.ptp(points[:468, 0])
    middle = (points[:468, :2].min(0) + points[:468, :2].max(0)) / 2
    aspect = size[1] / size[0]
    landmarks = np.stack(
        [
            x + scale * (points[:, 0] - middle[0]),
            y - scale * aspect * (points[:, 1] - middle[1]),
            -scale * points[:, 2],
        ],
        axis=-1,
    )
    matrix = np.eye(4, dtype=np.float32)
    matrix[2, 3] = -50.0
    return Detection(scores(**channels), landmarks.astype(np.float32), matrix, size)


class FakeDetector:
    """Gives what ``find(index)`` says, after ``busy_s``."""

    def __init__(self, find: Callable[[int], list[Detection]], busy_s: float = 0.0) -> None:
        self._find, self._busy_s = find, busy_s
        self.calls = 0
        self.closed = False

    def detect(self, image: np.ndarray, timestamp_ms: float | None = None) -> list[Detection]:
        if self._busy_s:
            time.sleep(self._busy_s)
        self.calls += 1
        return self._find(self.calls - 1)

    def close(self) -> None:
        self.closed = True


class Pictures(Source):
    """``count`` pictures; live ones come every ``step_ms`` of real time and cannot wait."""

    prefetch = 0

    def __init__(
        self, count: int = 10, step_ms: float = 10.0, *, live: bool = False, image: np.ndarray = PICTURE,
        fail: str = "", pause: Callable[[int], float] = lambda i: 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self._count, self._step_ms, self._image, self._fail, self._pause = count, step_ms, image, fail, pause
        self.info = SourceInfo("camera" if live else "video", "pictures", 1000.0 / step_ms, count, SIZE, live)
        self.closed = threading.Event()

    def _frames(self) -> Iterator[SourceFrame]:
        for i in range(self._count):
            if self.info.live:
                self.closed.wait(self._step_ms / 1e3 + self._pause(i))
            if self.closed.is_set():
                return
            yield SourceFrame(i, i * self._step_ms, image=self._image, image_size=SIZE)
        if self._fail:
            raise SourceError(self._fail)

    def close(self) -> None:
        self.closed.set()
        super().close()


class Kept(Output):
    """Keeps every frame."""

    def __init__(self, num_expression: int = 50, fail_at: int | None = None) -> None:
        super().__init__("kept:", StreamContext(num_expression=num_expression))
        self.frames: list[Frame] = []
        self._fail_at = fail_at

    def _send(self, frame: Frame) -> None:
        if self._fail_at == len(self.frames):
            self._fail_at = None
            raise RuntimeError("a defect")
        self.frames.append(frame)
