"""Recordings: what a run saw and the FLAME parameters it made, frame by frame, in one ``.npz``.

Keys of the file (design contract): ``timestamp_ms (T)``, ``detected (T)``, ``blendshapes (T,52)``,
``arkit_weights (T,52)``, ``expression (T,E)``, ``jaw_pose (T,3)``, ``eye_pose (T,6)``, ``neck_pose (T,3)``,
``global_orient (T,3)``, ``transl (T,3)``, ``face_matrix (T,4,4)``, optional ``landmarks (T,478,3)`` and
``eyelids (T,2)``, ``tongue_out (T)``, ``quality (T,5)``,
``image_size (2)`` = (height, width) or (0, 0) when unknown, ``(T,2)`` where it changes, optional ``intrinsics (3,3)`` or ``(T,3,3)`` in pixels of
the picture of ``image_size``, and ``meta``, a JSON string.

Rows without a face keep the lost policy's parameters; their scores, landmarks and face matrix are zero.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from ..base.channels import BLENDSHAPES
from ..base.damage import reading
from ..base.errors import InputError, ShapeError
from ..base.late import late
from ..base.optional import need
from ..base.values import Comparable, FlameParams, FloatArray, Frame, rate_of
from ..base.write import atomic_write
from ..observe.camera import check_intrinsics
from ..observe.quality import COLUMNS, measure, summarise
from . import edits, retime
from .camera import check_sizes, held_all, scaled
from .meta import SCHEMA
from .read import read_take
from .rows import OPTIONAL as OPTIONAL
from .rows import ROWS as ROWS

if TYPE_CHECKING:
    from ..flame import FlameModel

_PARAMS = ("expression", "jaw_pose", "eye_pose", "neck_pose", "global_orient", "transl")


@dataclass(eq=False, repr=False)
class Take(Comparable):
    """Arrays of one take, by the keys of the file; see the module's text for shapes.

    Attributes:
        timestamp_ms: from the source's own clock, never decreasing.
        detected: False where no face was found.
        landmarks: normalised image coordinates, or None when they were not recorded.
        eyelids: ``(T, 2)`` left, right of a head with extra eyelid offsets (``lids.Eyelids``), or None.
        tongue_out: ``(T,)`` ARKit's tongueOut in 0..1 of sources that know it (MediaPipe's 52 have no place for it), or
            None.
        quality: ``(T, 5)`` how well the face is seen: width in pixels, degrees turned from the camera, share of the
            landmarks outside the picture, brightness and contrast of the face in 0..1; -1 where not known, zero without
            a face. None in takes of earlier versions: ``quality_rows`` has what landmarks and face matrix tell.
        image_size: ``(2,)`` (height, width) in pixels, (0, 0) when unknown; ``(T, 2)`` where it changes: see
            ``image_sizes``.
        intrinsics: ``(3, 3)``, or ``(T, 3, 3)`` where it changes, float64 pixels of that frame's picture: the
            camera that ``global_orient`` and ``transl`` are for. None: not known. ``meta["intrinsics"]`` is ``given`` or
            ``assumed``.
        meta: ``schema``, ``made_by``, ``created``, ``source``, ``detector_mode``, ``mirrored``, ``flame``
            (``release``, ``sha256``, ``num_expression``, ``has_jaw``), ``fps``, ``betas``, ``face_px`` (median and
            smallest width of the face in the picture), ``quality`` (``quality.summarise``); any may be missing.

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
    eyelids: FloatArray | None = None
    tongue_out: FloatArray | None = None
    quality: FloatArray | None = None
    image_size: np.ndarray = field(default_factory=lambda: np.zeros(2, np.int64))
    intrinsics: np.ndarray | None = None
    meta: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        num_frames = np.shape(self.timestamp_ms)[:1]
        for name, (dtype, row_shape) in ROWS.items():
            value = getattr(self, name)
            if value is None and name in OPTIONAL:
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
        self.image_size = check_sizes(self.image_size, self.num_frames)
        if self.intrinsics is not None:
            self.intrinsics = check_intrinsics(self.intrinsics, "recording: intrinsics")
            if self.intrinsics.shape[:-2] not in ((), num_frames):
                raise ShapeError(
                    f"recording: intrinsics must be (3, 3) or ({self.num_frames}, 3, 3), got {self.intrinsics.shape}."
                )
        if np.any(np.diff(self.timestamp_ms) < 0):
            row = int(np.argmax(np.diff(self.timestamp_ms) < 0)) + 1
            raise InputError(f"recording: timestamp_ms goes backwards at frame {row}; sort the frames first.")

    @classmethod
    def from_params(cls, params: FlameParams, timestamp_ms: FloatArray, **others: Any) -> Take:
        """A recording of a batch ``(T)``; arrays that are not given are zero, ``detected`` is True."""
        if len(params.batch_shape) != 1:
            raise ShapeError(f"a recording needs one batch axis (T), got {params.batch_shape}.")
        values: dict[str, Any] = {**params.asdict(), "timestamp_ms": timestamp_ms, **others}
        for name, (dtype, row_shape) in ROWS.items():
            if values.get(name) is None and name not in OPTIONAL:
                values[name] = np.zeros((len(params), *row_shape), dtype)
                if name == "detected":
                    values[name][:] = True
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise InputError(f"a recording has no {', '.join(sorted(unknown))}; it has {', '.join(ROWS)}.")
        return cls(**values)

    def with_params(self, params: FlameParams, *, meta: dict[str, Any] | None = None) -> Self:
        """The same frames with other parameters: times, weights, landmarks, tongue, quality and cameras stay."""
        changed: dict[str, Any] = {"eyelids": None, **params.asdict()}
        return replace(self, **changed, meta=self.meta if meta is None else meta)

    @classmethod
    def from_frames(cls, frames: Iterable[Frame], meta: dict[str, Any] | None = None) -> Take:
        """A take of frames, in order of time; ``Driver.run`` and every live pipeline give such.

        Args:
            frames: at least one.
            meta: what the take says about itself; ``driver.take_meta()`` says which head it is for.

        Raises:
            InputError: no frames, something else than frames, or time runs backwards.
        """
        given = list(frames)
        other = next((type(f).__name__ for f in given if not isinstance(f, Frame)), None)
        if other:
            raise InputError(f"a take is made of mp2flame.Frame, got {other}.")
        if not given:
            raise InputError("a take needs at least one frame.")
        seen = [f.landmarks is not None for f in given]
        blank = {
            "landmarks": np.zeros((478, 3), np.float32),
            "face_matrix": np.zeros((4, 4), np.float32),
            "quality": np.zeros(5, np.float32),
        }

        def column(name: str) -> FloatArray:
            values = [getattr(f, name) for f in given]
            return np.stack([blank[name] if v is None else v for v in values])

        sizes, cameras = held_all([(f.image_size, f.intrinsics) for f in given])
        others: dict[str, Any] = {"image_size": sizes, "intrinsics": cameras}
        return cls.from_params(
            FlameParams.stack([f.params for f in given]),
            np.array([f.timestamp_ms for f in given], np.float64),
            detected=np.array([f.detected for f in given]),
            blendshapes=np.stack([f.blendshapes for f in given]),
            arkit_weights=np.stack([f.weights for f in given]),
            face_matrix=column("face_matrix"),
            landmarks=column("landmarks") if any(seen) else None,
            quality=column("quality") if any(f.quality is not None for f in given) else None,
            tongue_out=np.array([f.tongue_out or 0.0 for f in given], np.float32)
            if any(f.tongue_out is not None for f in given)
            else None,
            meta=dict(meta or {}),
            **others,
        )

    @property
    def num_frames(self) -> int:
        return len(self.timestamp_ms)

    @property
    def image_sizes(self) -> np.ndarray:
        """``(T, 2)`` (height, width) of each frame's picture, (0, 0) where it is not known."""
        return np.broadcast_to(self.image_size, (self.num_frames, 2))

    def of_one_size(self) -> Take:
        """The take as if all its pictures had the size of the first known; itself when they have one size.

        Landmarks and intrinsics are those of pictures brought to that width in proportion.
        """
        return self if self.image_size.ndim == 1 else replace(self, **scaled(self))

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
        """Frames per second of the time stamps (``base.values.rate_of``); with fewer than two frames ``meta["fps"]``, else 0."""
        return rate_of(self.timestamp_ms) or float(self.meta.get("fps") or 0.0)

    @property
    def quality_rows(self) -> FloatArray:
        """``quality``; of a take without it, what its landmarks and face matrices tell (no light)."""
        if self.quality is not None:
            return self.quality
        rows = measure(self.landmarks, self.face_matrix, self.image_size)
        rows[~self.detected] = 0.0
        return rows

    @property
    def quality_summary(self) -> dict[str, Any]:
        """Medians over the frames with a face, and one line of advice (``quality.summarise``)."""
        return summarise(self.quality_rows, self.detected)

    @property
    def params(self) -> FlameParams:
        """The FLAME parameters as a batch ``(T)``."""
        return FlameParams(**{name: getattr(self, name) for name in _PARAMS}, eyelids=self.eyelids)

    def __len__(self) -> int:
        return self.num_frames

    def __iter__(self) -> Iterator[Frame]:
        return (self.frame(i) for i in range(self.num_frames))

    def __repr__(self) -> str:
        made_for = (self.meta.get("flame") or {}).get("release", "an unknown head")
        seen = int(np.count_nonzero(self.detected))
        return (
            f"Take({self.num_frames} frames, {self.duration_ms / 1e3:.2f} s, a face in {seen}, "
            f"{self.num_expression} coefficients for {made_for})"
        )

    @overload
    def __getitem__(self, frames: int) -> Frame: ...
    @overload
    def __getitem__(self, frames: slice | np.ndarray | Sequence[int]) -> Take: ...
    def __getitem__(self, frames: int | slice | np.ndarray | Sequence[int]) -> Frame | Take:
        """One frame by its number, or some of them as a take by slice, index array or mask."""
        if isinstance(frames, int | np.integer):
            return self.frame(int(frames))
        rows: dict[str, Any] = {
            n: None if getattr(self, n) is None else getattr(self, n)[frames] for n in ROWS
        }
        k = self.intrinsics
        rows["intrinsics"] = k[frames] if k is not None and k.ndim == 3 else k
        rows["image_size"] = self.image_size[frames] if self.image_size.ndim == 2 else self.image_size
        return replace(self, **rows, meta=dict(self.meta))

    def frame(self, index: int) -> Frame:
        """One row as a ``Frame``."""
        size = (self.image_size if self.image_size.ndim == 1 else self.image_size[index]).tolist()
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
            image_size=(size[0], size[1]) if all(size) else None,
            intrinsics=self.intrinsics
            if self.intrinsics is None or self.intrinsics.ndim == 2
            else self.intrinsics[index],
            camera_given=self.meta.get("intrinsics") == "given",
            tongue_out=None if self.tongue_out is None else float(self.tongue_out[index]),
            quality=self.quality[index] if seen and self.quality is not None else None,
        )

    def trim(self, start_s: float | None = None, end_s: float | None = None, **frames: int | None) -> Take:
        """A part of the take; see ``edits.trim``."""
        return edits.trim(self, start_s, end_s, **frames)

    def concat(self, *others: Take, gap_ms: float | None = None) -> Take:
        """This take, then the others; see ``edits.concat``."""
        return edits.concat([self, *others], gap_ms=gap_ms)

    def resample(self, fps: float | None = None, *, timestamp_ms: FloatArray | None = None) -> Take:
        """The take at another rate or at given times; see ``retime.resample``."""
        return retime.resample(self, fps, timestamp_ms=timestamp_ms)

    def smooth(self, window_ms: float = 200.0, **options: Any) -> Take:
        """Less jitter without lag; see ``retime.smooth``."""
        return retime.smooth(self, window_ms, **options)

    def mirror(self, flame: FlameModel | None = None) -> Take:
        """Left and right exchanged; see ``edits.mirror``."""
        return edits.mirror(self, flame)

    def to_dataframe(self) -> Any:
        """The take as a pandas data frame: one row a frame; ``seconds``, ``detected``, the 52 weights by name,
        ``expression_0`` on, each rotation and position by axis (``jaw_pose_x`` ...), and how well the face is seen
        (``face_px`` ...).

        Raises:
            MissingDependencyError: pandas is not installed.
        """  # noqa: D205
        pandas = need("pandas", purpose="a data frame")
        columns: dict[str, Any] = {"seconds": self.timestamp_ms / 1e3, "detected": self.detected}
        columns |= dict(zip(BLENDSHAPES[1:], self.arkit_weights.T[1:]))
        columns |= {f"expression_{k}": self.expression[:, k] for k in range(self.num_expression)}
        for name in ("jaw_pose", "neck_pose", "global_orient", "transl"):
            columns |= {f"{name}_{axis}": getattr(self, name)[:, k] for k, axis in enumerate("xyz")}
        for side, first in (("left", 0), ("right", 3)):
            columns |= {f"{side}_eye_{axis}": self.eye_pose[:, first + k] for k, axis in enumerate("xyz")}
        columns |= dict(zip(COLUMNS, self.quality_rows.T))
        return pandas.DataFrame(columns)

    def render(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """A video (``.mp4``, ``.gif``), a contact sheet or one frame (``.png``): ``show.take_files.render_take``."""
        made: Path = late("render_take")(self, path, **options)
        return made

    def export(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """A moving mesh: GLB, point cache, USD, a folder of meshes: ``show.take_files.export_take``."""
        made: Path = late("export_take")(self, path, **options)
        return made

    def write(self, path: str | os.PathLike[str], format: str, **options: Any) -> list[str]:
        """Another project's motion format; returns what it has no place for: ``show.take_files.write_take``."""
        lost: list[str] = late("write_take")(self, path, format, **options)
        return lost

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
        """Write the ``.npz``, complete or not at all.

        Raises:
            InputError: the file exists and ``overwrite`` is False.
            OutputError: the file cannot be written.
        """
        arrays = {name: getattr(self, name) for name in ROWS if getattr(self, name) is not None}
        if self.intrinsics is not None:
            arrays["intrinsics"] = self.intrinsics
        quality = {} if self.quality is None else {"quality": self.quality_summary}
        meta = json.dumps({"schema": SCHEMA, **self.meta, **quality})
        with atomic_write(path, overwrite) as file:
            np.savez(file, **arrays, image_size=self.image_size, meta=np.array(meta))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Take:
        """Read a recording, also one whose writer was killed.

        Raises:
            MissingFileError: no such file.
            FileFormatError: not a recording, or damaged.
        """
        source = Path(path)
        arrays, meta = read_take(source)
        with reading(source, "a recording"):
            return cls(**arrays, meta=meta)


def _refuse_not_finite(name: str, value: np.ndarray) -> None:
    if value.dtype == np.bool_:
        return
    for start in range(0, len(value), 4096):  # in blocks: an hour of landmarks is 600 MB
        good = np.isfinite(value[start : start + 4096])
        if not good.all():
            row = start + int(np.argwhere(~good)[0][0])
            raise InputError(f"recording: {name} has a number that is not finite (first in frame {row}).")
