"""Recordings: what a run saw and the FLAME parameters it made, frame by frame, in one ``.npz``.

Keys of the file (design contract): ``timestamp_ms (T)``, ``detected (T)``, ``blendshapes (T,52)``,
``arkit_weights (T,52)``, ``expression (T,E)``, ``jaw_pose (T,3)``, ``eye_pose (T,6)``, ``neck_pose (T,3)``,
``global_orient (T,3)``, ``transl (T,3)``, ``face_matrix (T,4,4)``, optional ``landmarks (T,478,3)``,
``image_size (2)`` = (height, width) or (0, 0) when unknown, and ``meta``, a JSON string.

Rows without a face keep the lost policy's parameters; their scores, landmarks and face matrix are zero.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import threading
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from .errors import FileFormatError, InputError, MissingFileError, OutputError, ShapeError
from .growing_npz import GrowingNpz, salvage
from .types import FlameParams, FloatArray, Frame

SCHEMA = "mp2flame.recording/1"

# Array name to (dtype, shape of one row); expression's width is -1: it depends on the FLAME file.
_ROWS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "timestamp_ms": (np.float64, ()),
    "detected": (np.bool_, ()),
    "blendshapes": (np.float32, (52,)),
    "arkit_weights": (np.float32, (52,)),
    "expression": (np.float32, (-1,)),
    "jaw_pose": (np.float32, (3,)),
    "eye_pose": (np.float32, (6,)),
    "neck_pose": (np.float32, (3,)),
    "global_orient": (np.float32, (3,)),
    "transl": (np.float32, (3,)),
    "face_matrix": (np.float32, (4, 4)),
    "landmarks": (np.float32, (478, 3)),
}
_PARAMS = ("expression", "jaw_pose", "eye_pose", "neck_pose", "global_orient", "transl")
_OPTIONAL = {"landmarks"}


@dataclass(eq=False)
class Recording:
    """Arrays of one take, by the keys of the file; see the module's text for shapes.

    Attributes:
        timestamp_ms: from the source's own clock, never decreasing.
        detected: False where no face was found.
        landmarks: normalised image coordinates, or None when they were not recorded.
        image_size: (height, width) in pixels, (0, 0) when unknown.
        meta: ``schema``, ``made_by``, ``created``, ``source``, ``detector_mode``, ``mirrored``, ``flame``
            (``release``, ``sha256``, ``num_expression``, ``has_jaw``), ``fps``, ``betas``; any may
            be missing.

    Raises:
        ShapeError: an array does not fit the others.
        InputError: a number is not finite, or time runs backwards.
    """

    timestamp_ms: FloatArray
    detected: np.ndarray
    blendshapes: FloatArray
    arkit_weights: FloatArray
    expression: FloatArray
    jaw_pose: FloatArray
    eye_pose: FloatArray
    neck_pose: FloatArray
    global_orient: FloatArray
    transl: FloatArray
    face_matrix: FloatArray
    landmarks: FloatArray | None = None
    image_size: np.ndarray = field(default_factory=lambda: np.zeros(2, np.int64))
    meta: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        num_frames = np.shape(self.timestamp_ms)[:1]
        for name, (dtype, row_shape) in _ROWS.items():
            value = getattr(self, name)
            if value is None and name in _OPTIONAL:
                continue
            try:
                value = np.asarray(value, dtype=dtype)
            except (TypeError, ValueError) as error:
                raise InputError(f"recording: {name} must be {np.dtype(dtype)}: {error}.") from error
            shape = tuple(
                value.shape[-1] if size < 0 and value.ndim == 2 else size
                for size in (*num_frames, *row_shape)
            )
            if value.shape != shape or value.ndim != 1 + len(row_shape):
                wanted = ", ".join("E" if size < 0 else str(size) for size in (*num_frames, *row_shape))
                raise ShapeError(f"recording: {name} must be ({wanted}), got {value.shape}.")
            _refuse_not_finite(name, value)
            setattr(self, name, value)
        self.image_size = np.asarray(self.image_size, dtype=np.int64)
        if self.image_size.shape != (2,):
            raise ShapeError(f"recording: image_size must be (height, width), got {self.image_size.shape}.")
        if np.any(np.diff(self.timestamp_ms) < 0):
            row = int(np.argmax(np.diff(self.timestamp_ms) < 0)) + 1
            raise InputError(f"recording: timestamp_ms goes backwards at frame {row}; sort the frames first.")

    @classmethod
    def from_params(cls, params: FlameParams, timestamp_ms: FloatArray, **others: Any) -> Recording:
        """A recording of a batch ``(T)``; arrays that are not given are zero, ``detected`` is True."""
        if len(params.batch_shape) != 1:
            raise ShapeError(f"a recording needs one batch axis (T), got {params.batch_shape}.")
        values: dict[str, Any] = {**params.asdict(), "timestamp_ms": timestamp_ms, **others}
        for name, (dtype, row_shape) in _ROWS.items():
            if values.get(name) is None and name not in _OPTIONAL:
                values[name] = np.zeros((len(params), *row_shape), dtype)
                if name == "detected":
                    values[name][:] = True
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise InputError(f"a recording has no {', '.join(sorted(unknown))}; it has {', '.join(_ROWS)}.")
        return cls(**values)

    @property
    def num_frames(self) -> int:
        return len(self.timestamp_ms)

    @property
    def num_expression(self) -> int:
        return int(self.expression.shape[1])

    @property
    def duration_ms(self) -> float:
        """From the first frame to the end of the last."""
        if not self.num_frames:
            return 0.0
        span = float(self.timestamp_ms[-1] - self.timestamp_ms[0])
        return span + (1000.0 / self.fps if self.fps else 0.0)

    @property
    def fps(self) -> float:
        """Frames per second from the median step; with fewer than two frames ``meta["fps"]``, else 0."""
        steps = np.diff(self.timestamp_ms)
        steps = steps[steps > 0]
        if len(steps):
            return float(1000.0 / np.median(steps))
        return float(self.meta.get("fps") or 0.0)

    @property
    def params(self) -> FlameParams:
        """The FLAME parameters as a batch ``(T)``."""
        return FlameParams(**{name: getattr(self, name) for name in _PARAMS})

    def __len__(self) -> int:
        return self.num_frames

    def __getitem__(self, frames: slice | np.ndarray) -> Recording:
        """Some of the frames, by slice, index array or mask."""
        if isinstance(frames, int | np.integer):
            raise InputError("index a recording with a slice, indices or a mask; one frame is .frame(i).")
        rows: dict[str, Any] = {
            n: None if getattr(self, n) is None else getattr(self, n)[frames] for n in _ROWS
        }
        return Recording(**rows, image_size=self.image_size, meta=dict(self.meta))

    def frame(self, index: int) -> Frame:
        """One row as a ``Frame``."""
        size = (int(self.image_size[0]), int(self.image_size[1]))
        seen = bool(self.detected[index])
        return Frame(
            index=int(range(self.num_frames)[index]),
            timestamp_ms=float(self.timestamp_ms[index]),
            detected=seen,
            params=self.params[index],
            weights=self.arkit_weights[index],
            blendshapes=self.blendshapes[index],
            landmarks=self.landmarks[index] if seen and self.landmarks is not None else None,
            face_matrix=self.face_matrix[index] if seen and self.face_matrix[index].any() else None,
            image_size=size if all(size) else None,
        )

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
        """Write the ``.npz``, complete or not at all.

        Raises:
            InputError: the file exists and ``overwrite`` is False.
            OutputError: the file cannot be written.
        """
        target = _check_target(path, overwrite)
        temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        arrays = {name: getattr(self, name) for name in _ROWS if getattr(self, name) is not None}
        meta = json.dumps({"schema": SCHEMA, **self.meta})
        try:
            with open(temporary, "wb") as file:
                np.savez(file, **arrays, image_size=self.image_size, meta=np.array(meta))
            os.replace(temporary, target)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise OutputError(f"cannot write {target}: {error.strerror or error}.") from error

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Recording:
        """Read a recording, also one whose writer was killed.

        Raises:
            MissingFileError: no such file.
            FileFormatError: not a recording, or damaged.
        """
        source = Path(path)
        if not source.is_file():
            raise MissingFileError(f"{source} not found; expected a recording (`mp2flame run -o`).")
        try:
            archive = np.load(source, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise FileFormatError(f"{source} is a single array, not a recording (.npz).")
            with archive:
                known = (*_ROWS, "image_size", "meta")
                arrays = {name: archive[name] for name in known if name in archive.files}
                present = list(archive.files)
        except FileFormatError:
            raise
        except (zipfile.BadZipFile, ValueError, EOFError, KeyError, OSError) as error:
            arrays = _read_unfinished(source, error)
            present = list(arrays)
        missing = [name for name in _ROWS if name not in arrays and name not in _OPTIONAL]
        if missing:
            raise FileFormatError(
                f"{source} is not a recording: it lacks {', '.join(missing)} (it has "
                f"{', '.join(present[:8]) or 'nothing'}). Use `mp2flame convert` for other formats."
            )
        meta = _parse_meta(source, arrays.pop("meta", None))
        try:
            return cls(**arrays, meta=meta)
        except (ShapeError, InputError) as error:
            raise FileFormatError(f"{source}: {error}") from error


def _refuse_not_finite(name: str, value: np.ndarray) -> None:
    if value.dtype == np.bool_:
        return
    for start in range(0, len(value), 4096):  # in blocks: an hour of landmarks is 600 MB
        good = np.isfinite(value[start : start + 4096])
        if not good.all():
            row = start + int(np.argwhere(~good)[0][0])
            raise InputError(f"recording: {name} has a number that is not finite (first in frame {row}).")


def _parse_meta(source: Path, value: np.ndarray | None) -> dict[str, Any]:
    try:
        meta = json.loads(str(value[()])) if value is not None else {}
    except (ValueError, IndexError) as error:
        raise FileFormatError(f"{source}: meta is not JSON ({error}).") from error
    if not isinstance(meta, dict):
        raise FileFormatError(f"{source}: meta must be a JSON object, got {type(meta).__name__}.")
    schema = meta.get("schema", SCHEMA)
    if schema != SCHEMA:
        raise FileFormatError(f"{source}: schema {schema!r}, this version reads {SCHEMA!r}; update mp2flame.")
    return meta


def _read_unfinished(source: Path, cause: Exception) -> dict[str, np.ndarray]:
    """Arrays of a file whose writer was killed between two writes, cut to the rows that all have."""
    arrays = salvage(source, (*_ROWS, "image_size", "meta"))
    rows = [name for name in arrays if name in _ROWS]
    if not rows:
        raise FileFormatError(f"{source} is not a readable .npz: {cause}") from cause
    count = min(len(arrays[name]) for name in rows)
    return {name: value[:count] if name in _ROWS else value for name, value in arrays.items()}


def _check_target(path: str | os.PathLike[str], overwrite: bool) -> Path:
    target = Path(path)
    if target.is_dir():
        raise OutputError(f"{target} is a folder; give a file name, for example {target / 'take.npz'}.")
    if not target.parent.is_dir():
        raise OutputError(f"the folder {target.parent} does not exist; create it first.")
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists; choose another name or allow overwriting.")
    return target


class RecordingWriter:
    """Write a recording while it is being made.

    ``append`` only copies the frame; a thread writes about four times a second, so a slow disk never holds up
    the loop. After every write the file at ``path`` is a complete ``.npz``: a kill loses at most the last
    second. ``close`` (or leaving the ``with`` block) makes it compact.

    Args:
        path: the ``.npz``.
        meta: see ``Recording.meta``; may be changed until ``close``.
        num_expression: taken from the first frame when None.
        with_landmarks: keep landmarks, if any frame has some.
        overwrite: replace an existing file.
        interval_ms: time between two writes.

    Raises:
        InputError: the file exists and ``overwrite`` is False, or a frame does not fit the earlier ones.
        OutputError: the file cannot be written (no rights, disk full, another writer has it). While running
            it is raised by the next ``append`` or by ``close``; what was written stays readable.
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
        self.path = _check_target(path, overwrite)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self.meta: dict[str, Any] = {"schema": SCHEMA, "created": now, **(meta or {})}
        self.num_frames = 0
        self._num_expression = num_expression
        self._landmarks: bool | None = None if with_landmarks else False
        self._image_size = (0, 0)
        self._last_ms = -np.inf
        self._held_timestamps = 0
        self._interval = interval_ms / 1000.0
        self._pending: list[dict[str, Any]] = []
        self._committed = 0
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._error: OSError | None = None
        self._closing = False
        self._last_commit = 0.0
        self._sync_cost = 0.0
        self._last_sync = 0.0
        try:
            self._npz = GrowingNpz(self.path, self._row_shapes(), self._constants())
        except OutputError:
            raise
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}.") from error
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
            "landmarks": frame.landmarks if self._landmarks is not False else None,
        }
        row: dict[str, Any] = {}
        for name, value in values.items():
            dtype, shape = _ROWS[name]
            shape = tuple(len(expression) if size < 0 else size for size in shape)
            row[name] = array = np.zeros(shape, dtype) if value is None else np.array(value, dtype)
            if array.shape != shape:
                raise ShapeError(f"frame {frame.index}: {name} must be {shape}, got {array.shape}.")
            if array.dtype != np.bool_ and not np.isfinite(array).all():
                raise InputError(f"frame {frame.index}: {name} has a number that is not finite.")
        if self._landmarks is None and frame.landmarks is not None:
            self._landmarks = True
        if row["timestamp_ms"] < self._last_ms:
            row["timestamp_ms"] = np.float64(self._last_ms)
            self._held_timestamps += 1
        self._last_ms = float(row["timestamp_ms"])
        if self._image_size == (0, 0) and frame.image_size is not None:
            self._image_size = (int(frame.image_size[0]), int(frame.image_size[1]))
        with self._lock:
            self._pending.append(row)
        self.num_frames += 1

    def flush(self, timeout_s: float = 30.0) -> None:
        """Wait until everything appended so far is in the file."""
        wanted, until = self.num_frames, time.monotonic() + timeout_s
        while self._committed < wanted and self._thread.is_alive() and time.monotonic() < until:
            self._wake.set()
            time.sleep(0.005)
        self._raise_error()

    def close(self) -> None:
        """Write what is left and make the file compact. May be called twice."""
        if self._closing:
            return
        self._closing = True
        self._wake.set()
        self._thread.join()
        self._raise_error()

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except OutputError:
            if error is None:  # the error that ended the block matters more
                raise

    # -- the writing thread -------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            while True:
                closing = self._closing
                self._take_pending()
                if closing:
                    self._npz.constants = self._constants()
                    self._npz.close()
                    return
                self._wake.wait(self._interval)
                self._wake.clear()
        except OSError as error:
            self._error = error
            self._npz.abandon()
            with self._lock:
                self._pending.clear()

    def _take_pending(self, relayout: bool = True) -> None:
        wanted = self._row_shapes()
        with self._lock:
            rows = self._pending
            if not rows:
                return
            fits = self._npz.has_room_for(len(rows)) and list(wanted) == self._npz.names
            if not fits and not relayout:
                return
            self._pending = []
        self._last_commit = time.monotonic()
        if self._npz.rows == 0 or list(wanted) != self._npz.names:
            self._npz.lay_out(wanted, max(self._npz.capacity, 2 * len(rows)))
        if not self._npz.has_room_for(len(rows)):
            self._npz.lay_out(capacity=2 * (self._npz.capacity + len(rows)))
        blocks = {name: np.stack([row[name] for row in rows]) for name in self._npz.names}
        self._npz.constants = self._constants()
        sync = self._sync_cost < 0.05 or self._last_commit - self._last_sync > 5.0
        started = time.monotonic()
        self._npz.commit(blocks, sync)
        self._committed = self._npz.rows
        if sync:
            self._sync_cost, self._last_sync = time.monotonic() - started, started
        # Ahead of need, so that rows keep reaching the old file while a long one is copied.
        if relayout and self._npz.rows > 0.8 * self._npz.capacity:
            self._npz.lay_out(capacity=2 * self._npz.capacity, between=self._between)

    def _between(self) -> None:
        if time.monotonic() - self._last_commit > self._interval:
            self._take_pending(relayout=False)

    def _row_shapes(self) -> dict[str, tuple[Any, tuple[int, ...]]]:
        width = self._num_expression or 0
        return {
            name: (dtype, tuple(width if size < 0 else size for size in shape))
            for name, (dtype, shape) in _ROWS.items()
            if name != "landmarks" or self._landmarks
        }

    def _constants(self) -> dict[str, np.ndarray]:
        meta = dict(self.meta)
        if self._held_timestamps:
            meta["held_timestamps"] = self._held_timestamps
        return {"image_size": np.array(self._image_size, np.int64), "meta": np.array(json.dumps(meta))}

    def _raise_error(self) -> None:
        if self._error is not None:
            self._closing = True
            reason = self._error.strerror or str(self._error)
            raise OutputError(
                f"recording to {self.path} stopped: {reason}. The {self._committed} frames written before are "
                "readable; free some space or choose another disk."
            ) from self._error
