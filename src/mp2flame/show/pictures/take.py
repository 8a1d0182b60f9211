"""A whole take as pictures: one fixed camera, the head turning in its middle, lost frames greyed.

``global_orient`` bends the neck while the shoulders stay (or turns head and shoulders about the head's centre)
and ``transl`` is left out: the picture shows how the head moves, not where it was in front of the camera.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from ...base.closing import Closing
from ...base.errors import InputError
from ...base.rotations import axis_angle_to_matrix
from ...base.values import FlameParams, FloatArray, UInt8Array
from ...flame.scenery import bend_neck
from ...io.exports.video import open_video
from .camera import View
from .overlay import clock, fitted, greyed, label
from .renderer import BackendName, Renderer
from .sheet import contact_sheet, evenly_spaced, most_different

if TYPE_CHECKING:
    from ...flame import FlameModel
    from ...take.take import Take


class _Timed(Protocol):
    """What is used of a source's frame."""

    @property
    def timestamp_ms(self) -> float: ...

    @property
    def image(self) -> UInt8Array | None: ...


class TakeRenderer(Closing):
    """Draws the frames of a recording on one head.

    Args:
        recording: the take.
        model: the head, for its faces, template and colours.
        vertices: one frame's ``FlameParams`` to ``(V, 3)`` metres (``ShownHead.vertices``); for frames of a take that
            knows the tongue it is also given ``tongue_out``.
        size: (height, width) of the head's picture.
        colors: ``(V, 3)`` uint8; default clay.
        with_pose: False keeps the head facing the camera.
        shoulders_stay: the neck bends and the shoulders stay; False turns all of it about the head's centre.
        mark_lost: grey out frames in which no face was found.
        options: for `Renderer`: ``backend``, ``samples``, ``background``.
    """

    def __init__(
        self,
        recording: Take,
        model: FlameModel,
        vertices: Callable[..., FloatArray],
        *,
        size: tuple[int, int] = (512, 512),
        colors: npt.ArrayLike | None = None,
        with_pose: bool = True,
        shoulders_stay: bool = True,
        mark_lost: bool = True,
        backend: BackendName = "auto",
        **options: Any,
    ) -> None:
        if recording.num_frames == 0:
            raise InputError("this take has no frames; there is nothing to draw.")
        self.recording, self.size, self.mark_lost = recording, size, mark_lost
        self._vertices, self._shoulders_stay = vertices, shoulders_stay
        self._params = recording.params.replace(transl=np.zeros_like(recording.transl))
        if not with_pose:
            self._params = self._params.replace(global_orient=np.zeros_like(recording.global_orient))
        # The bust (skinned to the root) may reach out of the picture, the head may not.
        head = model.lbs_weights[:, 0] < 0.5
        self._head = head if head.mean() > 0.3 else np.ones_like(head)
        inner = model.v_template[self._head]
        self._centre = ((inner.min(0) + inner.max(0)) / 2).astype(np.float32)
        self.renderer = Renderer(
            model.faces,
            size,
            vertex_colors=colors,
            backend=backend,
            num_vertices=model.num_vertices,
            **options,
        )
        self.renderer.camera = self._framing()

    def vertices(self, index: int) -> FloatArray:
        """``(V, 3)`` metres of one frame, turned, not moved."""
        params = self._params[index]
        if self._shoulders_stay:
            return self._shape(bend_neck(params), index)
        turn = axis_angle_to_matrix(params.global_orient)
        rest = self._shape(params.replace(global_orient=np.zeros(3, np.float32)), index)
        return np.asarray(((rest - self._centre) @ turn.T + self._centre).astype(np.float32))

    def _shape(self, params: FlameParams, index: int) -> FloatArray:
        tongue = 0.0 if self.recording.tongue_out is None else float(self.recording.tongue_out[index])
        return self._vertices(params, tongue_out=tongue) if tongue else self._vertices(params)

    def _framing(self) -> View:
        """One camera that holds the head of every frame (of up to 60 of them)."""
        frames = evenly_spaced(self.recording.num_frames, 60)
        points = np.stack([self.vertices(k)[self._head] for k in frames])
        return View.framing(points, self.size, margin=0.06)

    def image(self, index: int) -> UInt8Array:
        """``(H, W, 3)`` uint8 of one frame."""
        picture = self.renderer(self.vertices(index))
        if self.mark_lost and not self.recording.detected[index]:
            picture = label(greyed(picture), "no face", at="top left")
        return picture

    def span(self, start_s: float | None = None, end_s: float | None = None) -> range:
        """Frame numbers between two times in seconds from the take's first frame.

        Raises:
            InputError: nothing lies between them.
        """
        seconds = (self.recording.timestamp_ms - self.recording.timestamp_ms[0]) / 1000
        first = 0 if start_s is None else int(np.searchsorted(seconds, start_s - 1e-6))
        last = len(seconds) if end_s is None else int(np.searchsorted(seconds, end_s + 1e-6, side="right"))
        if last <= first:
            end = "the end" if end_s is None else f"{end_s:g} s"
            raise InputError(
                f"no frame lies between {start_s or 0:g} s and {end}; the take is {seconds[-1]:.2f} s long."
            )
        return range(first, last)

    def schedule(self, frames: range, fps: float | None) -> list[tuple[int, float]]:
        """(frame number, time in ms) of each picture: the take's own times, or a steady `fps`."""
        times = self.recording.timestamp_ms[frames.start : frames.stop]
        if fps is None:
            return [(k, float(t)) for k, t in zip(frames, times)]
        if not (np.isfinite(fps) and 0 < fps <= 1000):
            raise InputError(f"fps must be a positive number, got {fps}.")
        count = int((times[-1] - times[0]) * fps / 1000 + 1e-6) + 1
        ticks = times[0] + np.arange(count) * (1000 / fps)
        # The frame that would be on the screen; half a millisecond forgives rounded times.
        rows = np.clip(np.searchsorted(times, ticks + 0.5, side="right") - 1, 0, len(times) - 1)
        return [(frames.start + int(row), float(t)) for row, t in zip(rows, ticks)]

    def video(
        self,
        path: str | os.PathLike[str],
        *,
        frames: range | None = None,
        fps: float | None = None,
        beside: Iterable[_Timed] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> int:
        """Write ``.mp4``, ``.mov``, ``.mkv`` or ``.gif``; returns the number of pictures.

        Args:
            frames: which ones, from `span`; default all.
            fps: a steady rate instead of the take's own times.
            beside: the source's frames in order of time; drawn to the left of the head, matched by time.
            progress: called with (done, total).
        """
        plan = self.schedule(frames or range(self.recording.num_frames), fps)
        sources = None if beside is None else SourcePictures(beside)
        height = self.size[0]
        rate = fps or self._rate()
        last: tuple[int, UInt8Array] | None = None
        left_width: int | None = None
        writer = None
        try:
            for done, (row, time_ms) in enumerate(plan):
                if last is None or last[0] != row:
                    last = (row, self.image(row))
                picture = last[1]
                if sources is not None:
                    source = sources.at(time_ms)
                    if left_width is None:
                        left_width = _even(height * source.shape[1] / source.shape[0])
                    picture = np.concatenate([fitted(source, (height, left_width)), picture], axis=1)
                if writer is None:
                    writer = open_video(path, picture.shape[:2], fps=rate)
                writer.add(picture, time_ms)
                if progress is not None:
                    progress(done + 1, len(plan))
            assert writer is not None
            writer.close()
        except BaseException:
            if writer is not None:
                writer.abort()
            raise
        return len(plan)

    def sheet(
        self,
        *,
        count: int = 12,
        frames: range | None = None,
        pick: str = "even",
        beside: Iterable[_Timed] | None = None,
        columns: int | None = None,
        cell: int = 240,
        title: str = "",
    ) -> UInt8Array:
        """A contact sheet ``(H, W, 3)`` with times, and with the source above each head.

        Args:
            pick: ``even`` (over time) or ``different`` (the faces that differ most).
        """
        frames = frames or range(self.recording.num_frames)
        rows = self._pick(frames, count, pick)
        times = self.recording.timestamp_ms
        above: list[UInt8Array | None] | None = None
        if beside is not None:
            sources = SourcePictures(beside)
            above = [
                fitted(picture, _shrunk(picture, cell)) for picture in (sources.at(times[k]) for k in rows)
            ]
        images = [self.image(k) for k in rows]
        labels = [
            clock(times[k] - times[0]) + ("" if self.recording.detected[k] else "  no face") for k in rows
        ]
        return contact_sheet(images, labels, above=above, columns=columns, cell=cell, title=title)

    def _pick(self, frames: range, count: int, pick: str) -> list[int]:
        if pick == "even":
            return [frames[k] for k in evenly_spaced(len(frames), count)]
        if pick != "different":
            raise InputError(f'pick must be "even" or "different", got {pick!r}.')
        rows = np.arange(frames.start, frames.stop)
        seen = rows[self.recording.detected[rows]]
        rows = seen if len(seen) else rows
        features = np.concatenate(
            [self.recording.arkit_weights[rows], self.recording.global_orient[rows]], axis=1
        )
        return [int(rows[k]) for k in most_different(features, count)]

    def _rate(self) -> float | None:
        steps = np.diff(self.recording.timestamp_ms)
        steps = steps[steps > 0]
        return float(1000 / np.median(steps)) if len(steps) else None

    def close(self) -> None:
        """Release the renderer."""
        self.renderer.close()


class SourcePictures:
    """The source's picture at a time; times must not go back. Holds one or two pictures, never all."""

    def __init__(self, frames: Iterable[_Timed]) -> None:
        self._frames: Iterator[_Timed] = iter(frames)
        self._now: tuple[float, UInt8Array] | None = None
        self._next: tuple[float, UInt8Array] | None = self._read()

    def _read(self) -> tuple[float, UInt8Array] | None:
        for frame in self._frames:
            if frame.image is None:
                raise InputError(
                    "the source beside the head has no pictures; pass the video the take was made from."
                )
            return float(frame.timestamp_ms), frame.image
        return None

    def at(self, time_ms: float) -> UInt8Array:
        """The picture on the screen at `time_ms`: the last one that does not lie after it (within 1 ms)."""
        while self._next is not None and (self._now is None or self._next[0] <= time_ms + 1.0):
            self._now, self._next = self._next, self._read()
        if self._now is None:
            raise InputError("the source beside the head has no frames.")
        return self._now[1]


def _even(value: float) -> int:
    return max(2, 2 * round(value / 2))


def _shrunk(image: UInt8Array, cell: int) -> tuple[int, int]:
    scale = min(1.0, 2 * cell / image.shape[1])
    return max(1, round(image.shape[0] * scale)), max(1, round(image.shape[1] * scale))
