"""Video files and network streams through PyAV, files also through OpenCV where PyAV is missing."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...base.errors import FileFormatError, MissingDependencyError, SourceError
from ...base.looks import instead
from ...base.optional import need, pip_command
from ...base.values import UInt8Array
from .base import Clock, Source, SourceFrame, SourceInfo

_MAX_BROKEN_IN_A_ROW = 300


def hide_password(address: str) -> str:
    """An address without the user's name and password."""
    return re.sub(r"://[^/@]*@", "://", address)


class VideoSource(Source):
    """A video file (any container and codec of FFmpeg, GIF too) or an ``rtsp://``, ``http(s)://`` stream.

    Timestamps are the container's, variable frame rates and GIF delays included. Rotation and mirroring that
    the file asks for are applied, pixels that are not square are made so. A picture that cannot be decoded is
    left out and counted in ``stats.broken``.

    Args:
        spec: path or address.
        timeout_s: how long a stream may stay silent.

    Raises:
        MissingDependencyError: PyAV is not installed.
        FileFormatError: no video in the file.
        SourceError: the stream cannot be reached.
    """

    def __init__(self, spec: str | os.PathLike[str], *, timeout_s: float = 10.0) -> None:
        super().__init__()
        self._spec = os.fspath(spec)
        self._address = "://" in self._spec
        self._timeout = timeout_s
        self._name = hide_password(self._spec) if self._address else str(Path(self._spec).name)
        self._av = _import_av()
        self._discarded = 0  # pictures that the file itself says are not to be shown
        with self._open() as container:
            stream = container.streams.video[0]
            fps = float(stream.average_rate or stream.guessed_rate or 0)
            seconds = float(container.duration or 0) / 1e6
            live = self._address and (not self._spec.startswith(("http://", "https://")) or seconds <= 0)
            count = int(stream.frames) or round(seconds * fps)
            first = None if self._address else next(self._pictures(container, peek=True), None)
            if first is None and not self._address:
                raise FileFormatError(
                    f"{self._spec}: no picture of this video could be decoded; is it damaged?"
                )
            size = (int(stream.height), int(stream.width)) if first is None else first[1].shape[:2]
        self.stats.broken = 0
        self.info = SourceInfo(
            kind="stream" if live else "video",
            description=f"{self._name}, {size[1]}x{size[0]}, {fps:.4g} frames per second",
            fps=fps,
            num_frames=None if live or not count else count,
            image_size=size if all(size) else None,
            live=live,
        )

    def _open(self) -> Any:
        options: dict[str, str] = {}
        extra: dict[str, Any] = {}
        if self._address:
            extra["timeout"] = (self._timeout, self._timeout)
            if self._spec.startswith("rtsp"):
                options["rtsp_transport"] = "tcp"
        try:
            container = self._av.open(self._spec, options=options, **extra)
        except (self._av.FFmpegError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            if self._address:
                raise SourceError(
                    f"cannot open {self._name}: {reason}. Check the address and the network."
                ) from error
            raise FileFormatError(
                instead(self._spec, "a video, image or take")
                or f"{self._spec} is not a video or image that can be read ({reason})."
            ) from error
        if not container.streams.video:
            container.close()
            raise FileFormatError(f"{self._name} has no video track.")
        container.streams.video[0].thread_type = "AUTO"
        return container

    def _frames(self) -> Iterator[SourceFrame]:
        container = self._open()
        try:
            clock, index = Clock(self.info.fps), 0
            self.stats.decoded = self.stats.broken = self._discarded = 0
            last = 0.0
            for seconds, image in self._pictures(container):
                moment = clock(None if seconds is None else 1000.0 * seconds)
                last = last if seconds is None else max(last, seconds)
                self.stats.decoded += 1
                yield SourceFrame(index, moment, image=image, image_size=image.shape[:2])
                index += 1
            if not index:
                raise SourceError(f"{self._name} delivered no picture.")
            self._count_missing(container, last)
        finally:
            container.close()

    def frames_from(self, start_ms: float) -> Iterator[SourceFrame]:
        """From the key picture before that time, where the container can jump."""
        container = self._open()
        try:
            if start_ms > 0:
                with contextlib.suppress(self._av.FFmpegError, OSError):
                    container.seek(int(1e3 * start_ms))
            clock = Clock(self.info.fps)
            for seconds, image in self._pictures(container):
                moment = clock(None if seconds is None else 1000.0 * seconds)
                if moment >= start_ms:
                    index = round(moment * self.info.fps / 1e3)
                    yield SourceFrame(index, moment, image=image, image_size=image.shape[:2])
        finally:
            container.close()

    def _count_missing(self, container: Any, last_s: float) -> None:
        """What the container says against what came: its number of pictures, else its length."""
        stream = container.streams.video[0]
        if self.info.live:
            return
        if stream.frames:
            self.stats.end(int(stream.frames) - self._discarded)
        elif container.duration and self.info.fps > 0:
            start = float(container.start_time or 0) / 1e6
            short = (start + float(container.duration) / 1e6 - last_s) * self.info.fps - 1
            missing = round(short) if short > 1.5 else 0  # lengths are rounded, sound may end later
            self.stats.end(self.stats.decoded + self.stats.broken + missing, missing)

    def _pictures(self, container: Any, peek: bool = False) -> Iterator[tuple[float | None, UInt8Array]]:
        """(seconds, upright RGB picture) of everything that can be decoded."""
        from av.video.reformatter import VideoReformatter

        reformatter = VideoReformatter()
        stream = container.streams.video[0]
        aspect = float(stream.sample_aspect_ratio or 1)  # width of a pixel over its height
        if aspect <= 0 or abs(aspect - 1.0) < 0.005:
            aspect = 1.0
        broken_in_a_row = 0
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (self._av.FFmpegError, OSError) as error:
                if self._address and not isinstance(error, self._av.EOFError):
                    reason = getattr(error, "strerror", None) or error
                    raise SourceError(f"{self._name} stopped delivering: {reason}.") from error
                self.stats.notes.append(f"the file ends early: {error}")
                return
            self._discarded += bool(getattr(packet, "is_discard", False))
            try:
                frames = packet.decode()
                broken_in_a_row = 0
            except (self._av.FFmpegError, ValueError) as error:
                self.stats.broken += 1
                broken_in_a_row += 1
                if broken_in_a_row > _MAX_BROKEN_IN_A_ROW:
                    raise SourceError(f"{self._name}: nothing more can be decoded ({error}).") from error
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self.stats.broken += 1
                    continue
                yield frame.time, upright(frame, reformatter, aspect)
                if peek:
                    return


def upright(frame: Any, reformatter: Any, aspect: float = 1.0) -> UInt8Array:
    """A PyAV frame as RGB with square pixels, turned and mirrored as its display matrix says."""
    width = max(2, round(frame.width * aspect))
    image: UInt8Array = reformatter.reformat(
        frame, width=width, height=frame.height, format="rgb24"
    ).to_ndarray()
    turns, mirrored = _display(frame)
    if mirrored:
        image = image[:, ::-1]
    return np.ascontiguousarray(np.rot90(image, turns)) if turns or mirrored else image


def _display(frame: Any) -> tuple[int, bool]:
    """(quarter turns counter-clockwise, mirrored left to right before turning)."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is not None:
        # ISO 14496-12 8.3.2: row vectors (x, y) times [[a, b], [c, d]] in 16.16, y down.
        a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5].astype(float)
        mirrored = a * d - b * c < 0
        if mirrored:
            a, b = -a, -b
        return round(np.arctan2(-b, a) / (np.pi / 2)) % 4, bool(mirrored)
    return round((getattr(frame, "rotation", 0) or 0) / 90) % 4, False


def _import_av() -> Any:
    av = need("av", purpose="reading video")
    # With a level, FFmpeg's threads call back into Python to log, and closing a file half read waits for ever.
    av.logging.set_level(None)
    return av


class OpenCVVideoSource(Source):
    """A video file through the OpenCV that MediaPipe brings, where PyAV is not installed."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        from .camera import import_cv2

        self._cv2 = import_cv2()
        self._path = os.fspath(path)
        capture = self._open()
        cv2 = self._cv2
        fps = float(capture.get(cv2.CAP_PROP_FPS))
        count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        good, picture = capture.read()
        capture.release()
        if not good:
            raise FileFormatError(f"{self._path}: no picture of this video could be decoded; is it damaged?")
        fps = fps if np.isfinite(fps) and fps > 0 else 0.0
        size = (int(picture.shape[0]), int(picture.shape[1]))
        self.info = SourceInfo(
            kind="video",
            description=f"{Path(self._path).name}, {size[1]}x{size[0]}, {fps:.4g} frames per second (OpenCV)",
            fps=fps,
            num_frames=count if count > 0 else None,
            image_size=size,
        )

    def _open(self) -> Any:
        capture = self._cv2.VideoCapture(self._path)
        if not capture.isOpened():
            raise FileFormatError(
                f"{self._path} is not a video that OpenCV can read; for more formats: {pip_command('av')}"
            )
        return capture

    def _frames(self) -> Iterator[SourceFrame]:
        capture, clock, index = self._open(), Clock(self.info.fps), 0
        try:
            while True:
                good, picture = capture.read()
                if not good:
                    self.stats.end(self.info.num_frames)
                    return
                self.stats.decoded = index + 1
                moment = clock(float(capture.get(self._cv2.CAP_PROP_POS_MSEC)))
                image = self._cv2.cvtColor(picture, self._cv2.COLOR_BGR2RGB)
                yield SourceFrame(index, moment, image=image, image_size=image.shape[:2])
                index += 1
        finally:
            capture.release()


def open_video(spec: str | os.PathLike[str], *, timeout_s: float = 10.0) -> Source:
    """A video file or stream with what is installed: PyAV, else for files OpenCV."""
    try:
        return VideoSource(spec, timeout_s=timeout_s)
    except MissingDependencyError:
        if "://" in os.fspath(spec):
            raise
        try:
            return OpenCVVideoSource(spec)
        except MissingDependencyError:
            pass
        raise
