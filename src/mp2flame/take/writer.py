"""Write a recording while it is being made, so that a kill loses at most the last second."""

from __future__ import annotations

import datetime
import json
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from ..base.detection import Detection
from ..base.errors import InputError, NoFaceError, OutputError, ShapeError
from ..base.safe_npz import Rows, write_npz
from ..base.values import Frame
from ..base.write import atomic_write, check_target
from ..observe.quality import summarise
from .camera import held
from .journal import Journal
from .meta import SCHEMA
from .rows import OPTIONAL, ROWS


class TakeWriter:
    """Write a recording while it is being made.

    ``append`` only copies the frame; a thread writes about four times a second, so a slow disk never holds up
    the loop. Frames go to a journal beside the take (``part``; ``NAME.part.npz``, which ``Take.load`` reads): a kill
    loses at most the last second. ``close`` (or a good end of the ``with`` block) makes the ``.npz`` of it and puts
    that in place; what stood there before stays until then. After an error the journal stays.

    Args:
        path: the ``.npz``.
        meta: see ``Take.meta``; may be changed until ``close``.
        num_expression: taken from the first frame when None.
        with_landmarks: keep landmarks, if any frame has some.
        overwrite: replace an existing file.
        interval_ms: time between two writes.

    Raises:
        InputError: the file exists and ``overwrite`` is False, or a frame does not fit the earlier ones.
        OutputError: the file cannot be written (no rights, disk full, another writer has it). While running
            it is raised by the next ``append`` or by ``close``; what was written stays readable.
        NoFaceError: by ``close``: an existing take is not replaced by one without any face.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        meta: Mapping[str, Any] | None = None,
        num_expression: int | None = None,
        *,
        with_landmarks: bool = True,
        overwrite: bool = False,
        interval_ms: float = 250.0,
    ) -> None:
        self.path = Path(path)
        self._target = check_target(path, overwrite)
        self.replaces = self._target.exists()
        self._seen = 0
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self.meta: dict[str, Any] = {"schema": SCHEMA, "created": now, **(meta or {})}
        self.num_frames = 0
        self._num_expression = num_expression
        self._with_landmarks = with_landmarks
        self._present: set[str] = set()  # of what is optional
        self._cameras = {"image_size": _EachOnce(), "intrinsics": _EachOnce()}
        self._last_camera: tuple[np.ndarray | None, tuple[int, int] | None] = (None, None)
        self._last_ms = -np.inf
        self._held_timestamps = 0
        self._interval = interval_ms / 1000.0
        self._face_px: list[float] = []
        self._quality: list[np.ndarray] = []  # of the frames with a face
        self._pending: list[dict[str, Any]] = []
        self._observed: list[tuple[dict[str, Any], tuple[int, int]]] = []
        self._seen_only = False
        self._committed = 0
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._error: OSError | None = None
        self._closing = False
        self._finish = True
        self._sync_cost = 0.0
        self._last_sync = 0.0
        self._journal = Journal(self._target)
        self.part = self._journal.path
        self._thread = threading.Thread(target=self._work, name="mp2flame-recording", daemon=True)
        self._thread.start()

    def append(self, frame: Frame) -> None:
        """Add one frame. Time that runs backwards is held at the last value and counted in ``meta``."""
        self._raise_error()
        if self._closing:
            raise InputError(f"the recording {self.path} is closed; open a new writer.")
        expression = frame.params.expression
        if expression.ndim != 1:
            raise ShapeError(f"append takes one frame; its expression must be (E,), got {expression.shape}.")
        if self._num_expression is None:
            self._num_expression = len(expression)
        if len(expression) != self._num_expression:
            raise ShapeError(
                f"this recording has {self._num_expression} expression coefficients, "
                f"the frame has {len(expression)}."
            )
        values: dict[str, Any] = {
            **frame.params.asdict(),
            "timestamp_ms": float(frame.timestamp_ms),
            "detected": bool(frame.detected),
            "blendshapes": frame.blendshapes,
            "arkit_weights": frame.weights,
            "face_matrix": frame.face_matrix,
            "landmarks": frame.landmarks if self._with_landmarks else None,
            "eyelids": frame.params.eyelids,
            "tongue_out": frame.tongue_out,
            "quality": frame.quality,
        }
        row: dict[str, Any] = {}
        for name, value in values.items():
            dtype, shape = ROWS[name]
            shape = tuple(len(expression) if size < 0 else size for size in shape)
            row[name] = array = np.zeros(shape, dtype) if value is None else np.array(value, dtype)
            if array.shape != shape:
                raise ShapeError(f"frame {frame.index}: {name} must be {shape}, got {array.shape}.")
            if array.dtype != np.bool_ and not np.isfinite(array).all():
                raise InputError(f"frame {frame.index}: {name} has a number that is not finite.")
        self._present |= {name for name in OPTIONAL if values[name] is not None}
        if (
            frame.detected
            and frame.params.transl.any()
            and (frame.landmarks is not None or frame.face_matrix is not None)
        ):  # placed where the picture shows it: in the camera's frame, which readers else have to guess
            self.meta.setdefault("world", "camera")
        if row["timestamp_ms"] < self._last_ms:
            row["timestamp_ms"] = np.float64(self._last_ms)
            self._held_timestamps += 1
        self._last_ms = float(row["timestamp_ms"])
        self._note_camera(frame)
        if frame.landmarks is not None and frame.image_size is not None:
            across = frame.landmarks[:, 0]
            self._face_px.append(float(across.max() - across.min()) * frame.image_size[1])
        if frame.detected and frame.quality is not None:
            self._quality.append(row["quality"])
        with self._lock:
            self._pending.append(row)
        self.num_frames += 1
        self._seen += bool(frame.detected)

    def observe(
        self, timestamp_ms: float, seen: Detection | None, image_size: tuple[int, int] | None = None
    ) -> None:
        """Keep what is seen in a frame that is driven later: after a kill it is read from ``part``, without parameters.

        Args:
            timestamp_ms: of the frame; frames come in the order in which ``append`` gets them later.
            seen: its face, None without one.
            image_size: of its picture, (height, width).
        """
        self._raise_error()
        row: dict[str, Any] = {"timestamp_ms": float(timestamp_ms), "detected": seen is not None}
        if seen is not None:
            self._seen_only = True
            row |= {"blendshapes": seen.blendshapes, "face_matrix": seen.face_matrix}
            row |= {"landmarks": seen.landmarks if self._with_landmarks else None}
        size = image_size or (0, 0) if seen is None else seen.image_size or image_size or (0, 0)
        with self._lock:
            self._observed.append((row, size))

    def _write_observed(self) -> None:
        with self._lock:
            rows, self._observed = self._observed, []
        if not rows:
            return
        shapes = {**self._row_shapes(), **({"landmarks": ROWS["landmarks"]} if self._with_landmarks else {})}
        blocks = {name: np.zeros((len(rows), *shape), dtype) for name, (dtype, shape) in shapes.items()}
        for i, (row, _) in enumerate(rows):
            for name, value in row.items():
                if value is not None and name in blocks:
                    blocks[name][i] = value
        blocks["image_size"] = np.array([size for _, size in rows], np.int64)
        self._journal.append(blocks, {"meta": self._all_meta()}, sync=True, seen_only=True)

    def _note_camera(self, frame: Frame) -> None:
        """Keep the picture's size and the camera that placed the head."""
        k, size = frame.intrinsics, frame.image_size
        if k is not None:
            how = "given" if frame.camera_given else "assumed"
            self.meta["intrinsics"] = "assumed" if self.meta.get("intrinsics") == "assumed" else how
        given = None if k is None else np.array(k, np.float64)
        self._last_camera = held(given, size, *self._last_camera)
        self._cameras["intrinsics"].add(self._last_camera[0], self.num_frames)
        self._cameras["image_size"].add(None if size is None else np.array(size, np.int64), self.num_frames)

    @property
    def quality(self) -> dict[str, Any]:
        """``meta["quality"]`` of the frames so far (``observe.quality.summarise``)."""
        rows = self._quality
        return summarise(np.stack(rows), np.ones(len(rows), bool)) if rows else {}

    def flush(self, timeout_s: float = 30.0) -> None:
        """Wait until everything appended so far is in the journal."""
        wanted, until = self.num_frames, time.monotonic() + timeout_s
        while self._committed < wanted and self._thread.is_alive() and time.monotonic() < until:
            self._wake.set()
            time.sleep(0.005)
        self._raise_error()

    def close(self) -> None:
        """Put the take in place. May be called twice."""
        if self.replaces and not self._seen and not self._closing:
            self.keep()
            raise NoFaceError(f"no face in any of the {self.num_frames} frames; {self.path} stays as it was.")
        self._end(finish=True)
        self._raise_error()

    def keep(self) -> None:
        """End without putting the take in place: the frames so far stay in ``part``, unless none has a face."""
        self._end(finish=False)

    def _end(self, finish: bool) -> None:
        if not self._closing:
            self._finish = finish
            self._closing = True
            self._wake.set()
            self._thread.join()

    def __enter__(self) -> TakeWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
            return
        self.keep()
        if self._seen and self._committed:
            error.add_note(f"The {self._committed} frames so far are in {self.part}, readable as a take.")
        elif self._seen_only and os.path.exists(self.part):
            error.add_note(f"What was seen so far is in {self.part}: mp2flame run {self.part} -o another.npz")

    # -- the writing thread -------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            while True:
                closing = self._closing
                self._take_pending()
                if closing:
                    break
                self._wake.wait(self._interval)
                self._wake.clear()
            if self._finish:
                self._put_in_place()
            self._journal.close(remove=self._finish or not (self._seen or self._seen_only))
        except OSError as error:
            self._error = error
            self._journal.close(remove=not self._committed)
            with self._lock:
                self._pending.clear()

    def _take_pending(self) -> None:
        with self._lock:
            rows, self._pending = self._pending, []
        self._write_observed()
        if not rows:
            return
        blocks = {name: np.stack([row[name] for row in rows]) for name in self._row_shapes()}
        constants: dict[str, Any] = {"meta": self._all_meta()}
        for name, camera in self._cameras.items():
            if camera.changing:
                blocks[name] = np.stack(camera.values[self._committed : self._committed + len(rows)])
            if camera.values:
                constants[name] = camera.values[0].tolist()
        started = time.monotonic()
        sync = started - self._last_sync > max(1.0, 20.0 * self._sync_cost)  # a slow disk less often
        self._journal.append(blocks, constants, sync)
        self._committed = self._journal.rows
        if sync:
            self._sync_cost, self._last_sync = time.monotonic() - started, started

    def _put_in_place(self) -> None:
        """Column by column, block by block: an hour of landmarks is 600 MB."""
        count, journal = self._journal.rows, self._journal
        arrays: dict[str, np.ndarray | Rows] = {
            name: Rows(dtype, (count, *shape), journal.column(name, dtype, shape))
            for name, (dtype, shape) in self._row_shapes().items()
        }
        with atomic_write(self._target) as file:
            write_npz(file, {**arrays, **self._constants()})
            os.fsync(file.fileno())

    def _row_shapes(self) -> dict[str, tuple[Any, tuple[int, ...]]]:
        width = self._num_expression or 0
        return {
            name: (dtype, tuple(width if size < 0 else size for size in shape))
            for name, (dtype, shape) in ROWS.items()
            if name not in OPTIONAL or name in self._present
        }

    def _all_meta(self) -> dict[str, Any]:
        held: dict[str, Any] = {"held_timestamps": self._held_timestamps} if self._held_timestamps else {}
        if self._closing and self._face_px:
            widths = np.array(self._face_px)
            held["face_px"] = {
                "median": round(float(np.median(widths)), 1),
                "smallest": round(float(widths.min()), 1),
            }
        if self._closing and self._quality:
            held["quality"] = self.quality
        return {**self.meta, **held}

    def _constants(self) -> dict[str, np.ndarray]:
        meta = np.array(json.dumps(self._all_meta()))
        constants = {"image_size": np.zeros(2, np.int64), "meta": meta}
        for name, camera in self._cameras.items():
            if camera.values:
                constants[name] = np.stack(camera.values) if camera.changing else camera.values[0]
        return constants

    def _raise_error(self) -> None:
        if self._error is not None:
            self._closing = True
            reason = self._error.strerror or str(self._error)
            kept = f"The {self._committed} frames written before are readable in {self.part}; free"
            if not self._committed or not os.path.exists(self.part):
                kept = "Nothing was written; free"
            raise OutputError(
                f"recording to {self.path} stopped: {reason.rstrip('.')}. {kept} some space or choose another disk."
            ) from self._error


class _EachOnce:
    """A value that mostly stays: one, and from the first that differs on one for each frame."""

    def __init__(self) -> None:
        self.values: list[np.ndarray] = []
        self.changing = False

    def add(self, value: np.ndarray | None, before: int) -> None:
        """The next frame's value, None: as the last; ``before`` frames came before it."""
        if not self.values:
            self.values = [] if value is None else [value]
            return
        if value is not None and not self.changing and not np.allclose(value, self.values[0], rtol=1e-9):
            self.changing = True
            self.values = [self.values[0]] * before
        if self.changing:
            self.values.append(self.values[-1] if value is None else value)
