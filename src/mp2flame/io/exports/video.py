"""Frames to a video file, one at a time: H.264 through PyAV, GIF through Pillow.

Timestamps are kept as they come, steady or not: a frame stays on the screen until the next one's time.
The file appears under its name only when it is complete; until then it is a temporary file beside it.

    with open_video("out.mp4", size=(512, 512)) as video:
        video.add(image, timestamp_ms)
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from ...base.errors import InputError, MissingDependencyError, Mp2FlameError, ShapeError
from ...base.optional import again_command, need
from ...base.values import UInt8Array
from ...base.write import atomic_write, check_target, move, output_error, scratch

_TICKS = 90_000  # per second: whole for 24, 25, 30, 50 and 60 pictures a second
_ENCODERS = ("libx264", "libopenh264", "h264")
_CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}


class FrameWriter:
    """What the two writers share: the order of time, the temporary file, closing.

    Args:
        path: the file to write; an existing one is replaced at the end.
        size: (height, width) in pixels of every picture.
        fps: pictures a second, where it is known; only a hint for the encoder and the last picture's stay.

    Raises:
        OutputError: the folder does not exist or cannot be written.
        MissingDependencyError: the library for this kind of file is not installed.
    """

    def __init__(
        self, path: str | os.PathLike[str], size: tuple[int, int], *, fps: float | None = None
    ) -> None:
        self.path = Path(path)
        height, width = size
        if not (0 < height <= 8192 and 0 < width <= 8192):
            raise InputError(f"a picture must have 1 to 8192 pixels on each side, got {width}x{height}.")
        if fps is not None and not (np.isfinite(fps) and fps > 0):
            raise InputError(f"fps must be positive, got {fps}.")
        self.size = (int(height), int(width))
        self.num_frames = 0
        self._fps = float(fps or 30.0)
        self._first_ms = 0.0
        self._last_ms = -np.inf
        self._closed = False
        self._target = check_target(self.path)
        self._held = contextlib.ExitStack()
        self._temporary = self._held.enter_context(scratch(self._target))
        with self._errors():
            self._open()

    def add(self, image: UInt8Array, timestamp_ms: float) -> None:
        """One picture ``(H, W, 3)`` uint8 RGB, to be shown from ``timestamp_ms`` on.

        Raises:
            InputError: time runs backwards or is not a number, or the writer is closed.
            ShapeError: another size than the writer's.
            OutputError: the disk is full or the folder went away.
        """
        if self._closed:
            raise InputError(f"{self.path} is closed; open a new writer.")
        image = np.asarray(image)
        if image.shape != (*self.size, 3) or image.dtype != np.uint8:
            raise ShapeError(f"a picture must be {(*self.size, 3)} uint8, got {image.shape} {image.dtype}.")
        if not np.isfinite(timestamp_ms) or timestamp_ms < self._last_ms:
            raise InputError(
                f"time must not run backwards: {timestamp_ms} ms came after {self._last_ms} ms; "
                "sort the frames."
            )
        if self.num_frames == 0:
            self._first_ms = float(timestamp_ms)
        self._last_ms = float(timestamp_ms)
        with self._errors():
            self._add(np.ascontiguousarray(image), float(timestamp_ms) - self._first_ms)
        self.num_frames += 1

    def close(self) -> None:
        """Finish the file and put it in place. May be called twice.

        Raises:
            InputError: no picture was added.
        """
        if self._closed:
            return
        if self.num_frames == 0:
            self.abort()
            raise InputError(f"nothing to write to {self.path}: no picture was added.")
        with self._errors():
            self._closed = True
            self._finish()
            move(self._temporary, self._target)

    def abort(self) -> None:
        """Throw away what was written; the file at ``path`` stays as it was."""
        self._closed = True
        with contextlib.suppress(Exception):
            self._drop()
        self._held.close()

    def __enter__(self) -> FrameWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abort()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Every failure removes the temporary file; those of the system get a sentence."""
        try:
            yield
        except BaseException as error:
            self.abort()
            if isinstance(error, OSError) and not isinstance(error, Mp2FlameError):
                raise output_error(error, self.path) from error
            raise

    def _open(self) -> None:
        raise NotImplementedError

    def _add(self, image: UInt8Array, time_ms: float) -> None:
        raise NotImplementedError

    def _finish(self) -> None:
        raise NotImplementedError

    def _drop(self) -> None:
        raise NotImplementedError


class H264Writer(FrameWriter):
    """``.mp4``, ``.mov``, ``.mkv``: H.264, 4:2:0, BT.709, index at the front (plays from the web).

    An odd width or height gets one more row or column, a copy of the last. Two pictures of the same time
    are set one tick (1/90000 s) apart.
    """

    _container: Any = None

    def _open(self) -> None:
        av = need("av", purpose=f"writing {self.path.suffix}")
        self._av = av
        for name in _ENCODERS:
            try:
                codec = av.codec.Codec(name, "w")
                break
            except Exception:  # the class of "unknown codec" has changed between PyAV releases  # noqa: BLE001
                continue
        else:
            raise MissingDependencyError(
                "this PyAV was built without an H.264 encoder; reinstall it "
                f"({again_command('av')}) or write a GIF: {self.path.with_suffix('.gif').name}."
            )
        kind = _CONTAINERS[self.path.suffix.lower()]
        options = {"movflags": "+faststart"} if kind in ("mp4", "mov") else {}
        self._container = av.open(os.fspath(self._temporary), "w", format=kind, container_options=options)
        rate = Fraction(self._fps).limit_denominator(1001)
        stream = self._container.add_stream(codec.name, rate=rate)
        height, width = self.size
        stream.height, stream.width = height + height % 2, width + width % 2
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS)
        if codec.name == "libx264":
            stream.options = {"crf": "18", "preset": "veryfast"}
        # Say which colours these are: players guess differently for small and large pictures.
        context = stream.codec_context
        context.colorspace, context.color_range = 1, 1
        context.color_primaries, context.color_trc = 1, 1
        self._stream, self._ticks = stream, -1

    def _add(self, image: UInt8Array, time_ms: float) -> None:
        height, width = self.size
        if height % 2 or width % 2:
            image = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = self._av.VideoFrame.from_ndarray(image, format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
        self._ticks = max(round(time_ms * _TICKS / 1000), self._ticks + 1)
        frame.pts, frame.time_base = self._ticks, Fraction(1, _TICKS)
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def _finish(self) -> None:
        for packet in self._stream.encode():
            self._container.mux(packet)
        self._container.close()

    def _drop(self) -> None:
        if self._container is not None:
            self._container.close()


class GifWriter(FrameWriter):
    """``.gif``: looping, 255 colours, at most 50 pictures a second (nearer ones are left out).

    A palette is kept while it serves the next picture about as well as the one it was made for; pixels
    that do not change are not written again. Times are rounded to GIF's hundredths without drift.
    """

    _file: Any = None

    def _open(self) -> None:
        GifImagePlugin, Image = need("PIL.GifImagePlugin", "PIL.Image", purpose="writing .gif")
        self._gif, self._image = GifImagePlugin, Image
        self._palette: Any = None
        self._palette_error = 0.0
        self._shown: npt.NDArray[np.uint8] | None = None
        self._waiting: tuple[Any, tuple[int, int], int] | None = None  # picture, corner, start in 1/100 s
        step = np.indices((4, 4)).reshape(2, -1)
        bayer = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])[step[0], step[1]]
        height, width = self.size
        tile = (bayer.reshape(4, 4) - 7.5) * (7 / 16)
        self._pattern = np.tile(tile, (height // 4 + 1, width // 4 + 1))[:height, :width, None].astype(
            np.float32
        )
        self._file = open(self._temporary, "wb")

    def _add(self, image: UInt8Array, time_ms: float) -> None:
        start = round(time_ms / 10)
        if self._waiting is not None and start - self._waiting[2] < 2:
            return  # players slow down pictures of less than 1/50 s
        # A fixed pattern against bands: unlike error diffusion it does not crawl from frame to frame.
        soft = np.clip(image + self._pattern, 0, 255).astype(np.uint8)
        picture = self._image.fromarray(soft)
        index, reused = self._quantise(picture)
        corner = (0, 0)
        if reused and self._shown is not None:
            changed = index != self._shown
            self._shown = index
            rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
            if len(rows) == 0:
                return  # the picture before simply stays
            top, left = int(rows[0]), int(columns[0])
            box = (slice(top, int(rows[-1]) + 1), slice(left, int(columns[-1]) + 1))
            index, corner = np.where(changed[box], index[box], 255).astype(np.uint8), (left, top)
        else:
            self._shown = index
        out = self._image.fromarray(index)
        out.putpalette(self._palette.getpalette()[: 3 * 255] + [0, 0, 0])
        if self._waiting is None:
            self._write_header(out)
        else:
            self._write(start)
        self._waiting = (out, corner, start)

    def _quantise(self, picture: Any) -> tuple[npt.NDArray[np.uint8], bool]:
        """Colour numbers 0..254, and whether the palette is the one before."""
        none = self._image.Dither.NONE
        if self._palette is not None:
            index = picture.quantize(palette=self._palette, dither=none)
            if self._error(picture, index) <= 1.3 * self._palette_error + 0.5:
                return np.asarray(index, np.uint8), True
        self._palette = picture.quantize(255, method=self._image.Quantize.MEDIANCUT, dither=none)
        index = picture.quantize(palette=self._palette, dither=none)
        self._palette_error = self._error(picture, index)
        return np.asarray(index, np.uint8), False

    def _error(self, picture: Any, index: Any) -> float:
        a = np.asarray(picture)[::4, ::4].astype(np.int16)
        return float(np.abs(a - np.asarray(index.convert("RGB"))[::4, ::4]).mean())

    def _write_header(self, picture: Any) -> None:
        height, width = self.size
        palette = bytes(picture.getpalette()[: 3 * 256]).ljust(768, b"\0")
        screen = width.to_bytes(2, "little") + height.to_bytes(2, "little")
        loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
        self._file.write(b"GIF89a" + screen + b"\xf7\x00\x00" + palette + loop)

    def _write(self, until: int) -> None:
        assert self._waiting is not None
        picture, corner, start = self._waiting
        blocks = self._gif.getdata(
            picture,
            corner,
            duration=10 * (until - start),
            disposal=1,
            transparency=255,
            include_color_table=True,
        )
        for block in blocks:
            self._file.write(block)

    def _finish(self) -> None:
        assert self._waiting is not None
        end = max(round((self._last_ms - self._first_ms + 1000 / self._fps) / 10), self._waiting[2] + 2)
        self._write(end)
        self._file.write(b";")
        self._file.close()

    def _drop(self) -> None:
        if self._file is not None:
            self._file.close()


def open_video(
    path: str | os.PathLike[str], size: tuple[int, int], *, fps: float | None = None
) -> FrameWriter:
    """A writer by the file's ending: ``.mp4``, ``.m4v``, ``.mov``, ``.mkv`` or ``.gif``.

    Raises:
        InputError: another ending.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".gif":
        return GifWriter(path, size, fps=fps)
    if suffix in _CONTAINERS:
        return H264Writer(path, size, fps=fps)
    raise InputError(f"cannot write a video as '{suffix or path}'; use .mp4, .mov, .mkv or .gif.")


def save_png(path: str | os.PathLike[str], image: UInt8Array) -> None:
    """One picture ``(H, W, 3)`` uint8 RGB as PNG, complete or not at all.

    Raises:
        MissingDependencyError: no Pillow.
        OutputError: the file cannot be written.
    """
    Image = need("PIL.Image", purpose="writing .png")
    with atomic_write(path) as file:
        Image.fromarray(np.ascontiguousarray(image)).save(file, format="PNG", optimize=True)
