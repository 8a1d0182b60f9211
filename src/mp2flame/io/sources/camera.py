"""Cameras through the OpenCV that MediaPipe brings."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...base.errors import SourceError
from ...base.optional import need
from .base import Clock, Source, SourceFrame, SourceInfo

_DEV, _VIDEO4LINUX = Path("/dev"), Path("/sys/class/video4linux")


def import_cv2() -> Any:
    """OpenCV, or an error that says what to install."""
    cv2 = need("cv2", purpose="reading cameras")
    with contextlib.suppress(AttributeError):  # its own warnings say nothing that our errors do not
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2


def camera_devices() -> list[int]:
    """Indices that may be cameras on Linux, from ``/dev``; nothing is opened. Empty elsewhere.

    One camera has several nodes there (pictures, then what is known about them): the first of each counts.
    """
    return [index for index in _nodes() if _told(index, "index") in ("", "0")]


def _nodes() -> list[int]:
    if not sys.platform.startswith("linux"):
        return []
    names = (path.name.removeprefix("video") for path in _DEV.glob("video*"))
    return sorted(int(name) for name in names if name.isdigit())


def _told(index: int, what: str) -> str:
    """What ``/sys`` says of a node; ``''`` where it says nothing."""
    try:
        return (_VIDEO4LINUX / f"video{index}" / what).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def camera_names() -> dict[int, str]:
    """Number to name of the cameras that the system lists.

    From ``/sys`` on Linux, elsewhere with the package ``cv2_enumerate_cameras`` where it is installed; else
    empty.
    """
    if sys.platform.startswith("linux"):
        return {index: name for index in camera_devices() if (name := _told(index, "name"))}
    try:
        from cv2_enumerate_cameras import enumerate_cameras
    except ImportError:
        return {}
    return {int(camera.index): str(camera.name) for camera in enumerate_cameras()}


def find_camera(name: str) -> int:
    """Number of the camera with this name, or the first whose name contains it; capitals do not matter.

    Raises:
        SourceError: none has; the message lists those there are.
    """
    names = camera_names()
    wanted = name.strip().casefold()
    for fits in (lambda text: text == wanted, lambda text: wanted and wanted in text):
        for index, text in sorted(names.items()):
            if fits(text.casefold()):
                return index
    present = ", ".join(f"{index}: {text}" for index, text in sorted(names.items()))
    raise SourceError(
        f"there is no camera named '{name}'; "
        + (f"present: {present}." if present else "no camera's name is known here: give its number.")
    )


class CameraSource(Source):
    """A camera by its number or name. The newest picture wins: a slow consumer misses some, it never lags.

    Args:
        index: 0 is the first camera; or a name, see ``find_camera``.
        width, height, fps: asked of the camera; it gives what it can.
        timeout_s: how long it may deliver nothing.

    Raises:
        MissingDependencyError: OpenCV is not installed.
        SourceError: no such camera, no rights, in use by another program, or it stops.
    """

    prefetch = 1

    def __init__(
        self,
        index: int | str = 0,
        *,
        width: int | None = None,
        height: int | None = None,
        fps: float | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        super().__init__()
        if isinstance(index, str):
            index = find_camera(index)
        self._index, self._timeout = index, timeout_s
        _check_device(index)
        self._cv2 = cv2 = import_cv2()
        self._capture: Any = cv2.VideoCapture(
            index, cv2.CAP_V4L2 if sys.platform.startswith("linux") else cv2.CAP_ANY
        )
        if not self._capture.isOpened():
            raise SourceError(
                f"camera {index} cannot be opened. Does another program use it? Close that, or try another."
            )
        if width is not None or height is not None or fps is not None:
            # USB cameras give their large sizes at full rate only compressed; those that cannot ignore it
            self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter_fourcc(*"MJPG"))
        for option, value in (
            (cv2.CAP_PROP_FRAME_WIDTH, width),
            (cv2.CAP_PROP_FRAME_HEIGHT, height),
            (cv2.CAP_PROP_FPS, fps),
        ):
            if value is not None:
                self._capture.set(option, value)
        size = tuple(int(self._capture.get(p)) for p in (cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FRAME_WIDTH))
        rate = float(self._capture.get(cv2.CAP_PROP_FPS))
        rate = rate if np.isfinite(rate) and rate > 0 else 0.0
        self.info = SourceInfo(
            kind="camera",
            description=f"camera {index}, {size[1]}x{size[0]}, {rate:.4g} frames per second",
            fps=rate,
            image_size=(size[0], size[1]) if all(size) else None,
            live=True,
        )

    def _frames(self) -> Iterator[SourceFrame]:
        clock, index = Clock(self.info.fps), 0
        start = last = time.monotonic()
        while self._capture is not None:
            good, picture = self._capture.read()
            now = time.monotonic()
            if not good:
                if now - last > self._timeout:
                    raise SourceError(
                        f"camera {self._index} has delivered nothing for {self._timeout:g} seconds."
                    )
                time.sleep(0.01)
                continue
            last = now
            # 0.2 ms at 1280x720; reversing the last axis in NumPy takes 6
            image = self._cv2.cvtColor(picture, self._cv2.COLOR_BGR2RGB)
            yield SourceFrame(index, clock(1000.0 * (now - start)), image=image, image_size=image.shape[:2])
            index += 1

    def close(self) -> None:
        super().close()
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()


def _check_device(index: int) -> None:
    """Say at once, without opening anything, why a camera on Linux will not work."""
    if not sys.platform.startswith("linux"):
        return
    if index not in _nodes():
        found = ", ".join(map(str, camera_devices()))
        raise SourceError(
            f"there is no camera {index}; "
            + (f"present: {found}." if found else "this machine has no camera (no /dev/video*). ")
            + ("" if found else "Give a video file instead, or connect one.")
        )
    if not os.access(_DEV / f"video{index}", os.R_OK | os.W_OK):
        raise SourceError(
            f"no right to use camera {index}; run: sudo usermod -aG video $USER  (then log in again)."
        )
