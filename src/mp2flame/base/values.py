"""The few values that travel between modules: parameters, detections, frames.

Conventions (docs/conventions.md): left and right are the subject's; rotations are axis-angle
radians; lengths are metres; times are milliseconds where the name ends in ``_ms``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import ShapeError

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]
UInt8Array = npt.NDArray[np.uint8]

_WIDTHS = {"jaw_pose": 3, "eye_pose": 6, "neck_pose": 3, "global_orient": 3, "transl": 3}


class Comparable:
    """Equal when every field is, arrays by their values (a dataclass of arrays raises on ``==``)."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))  # type: ignore[arg-type]
        return all(_same(one, two) for one, two in pairs)


def _same(one: Any, two: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(two, np.ndarray):
        return one is not None and two is not None and bool(np.array_equal(one, two))
    return bool(one == two)


@dataclass(frozen=True, slots=True, eq=False)
class FlameParams(Comparable):
    """FLAME parameters of one frame or of a batch, float32.

    Attributes:
        expression: ``(*batch, E)`` coefficients in the basis of one FLAME file; E is usually 50 or 100.
        jaw_pose: ``(*batch, 3)`` rotation of the jaw joint, axis-angle radians.
        eye_pose: ``(*batch, 6)`` left eye 3, right eye 3 (the subject's), axis-angle radians.
        neck_pose: ``(*batch, 3)`` rotation of the neck joint, axis-angle radians.
        global_orient: ``(*batch, 3)`` rotation of the root, axis-angle radians, in the FLAME frame
            (x to the subject's left, y up, z out of the face: an OpenGL camera looks along -z at it).
        transl: ``(*batch, 3)`` metres, added after skinning.
        eyelids: ``(*batch, 2)`` left, right in 0..1 of the two extra eyelid offsets (``lids.Eyelids``); None
            for a head without them.
    """

    expression: FloatArray
    jaw_pose: FloatArray
    eye_pose: FloatArray
    neck_pose: FloatArray
    global_orient: FloatArray
    transl: FloatArray
    eyelids: FloatArray | None = None

    def __post_init__(self) -> None:
        for name, value in self.asdict().items():
            object.__setattr__(self, name, np.asarray(value, dtype=np.float32))
        batch = self.expression.shape[:-1]
        for name, width in (*_WIDTHS.items(), *(() if self.eyelids is None else (("eyelids", 2),))):
            shape = getattr(self, name).shape
            if shape != (*batch, width):
                raise ShapeError(
                    f"{name} must be {(*batch, width)} to go with expression {self.expression.shape}, got {shape}."
                )

    @classmethod
    def zeros(cls, num_expression: int, batch_shape: Sequence[int] = ()) -> FlameParams:
        """The neutral face at the origin."""
        batch = tuple(batch_shape)
        zero = {name: np.zeros((*batch, width), np.float32) for name, width in _WIDTHS.items()}
        return cls(expression=np.zeros((*batch, num_expression), np.float32), **zero)

    @property
    def num_expression(self) -> int:
        return int(self.expression.shape[-1])

    @property
    def batch_shape(self) -> tuple[int, ...]:
        return tuple(self.expression.shape[:-1])

    @property
    def pose(self) -> FloatArray:
        """``(*batch, 5, 3)`` in FLAME's joint order: root, neck, jaw, left eye, right eye."""
        return np.stack(
            [
                self.global_orient,
                self.neck_pose,
                self.jaw_pose,
                self.eye_pose[..., :3],
                self.eye_pose[..., 3:],
            ],
            axis=-2,
        )

    def __len__(self) -> int:
        if not self.batch_shape:
            raise TypeError("these parameters are a single frame, they have no length")
        return self.batch_shape[0]

    def __getitem__(self, index: Any) -> FlameParams:
        if not self.batch_shape:
            raise TypeError("these parameters are a single frame, they cannot be indexed")
        return FlameParams(**{name: value[index] for name, value in self.asdict().items()})

    def __iter__(self) -> Iterator[FlameParams]:
        return (self[i] for i in range(len(self)))

    def replace(self, **changes: FloatArray | None) -> FlameParams:
        """A copy with some arrays changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def asdict(self) -> dict[str, FloatArray]:
        """Name to array, the keys of a recording; ``eyelids`` only where there are some."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def stack(cls, frames: Sequence[FlameParams]) -> FlameParams:
        """Frames to a batch along a new first axis."""
        if not frames:
            raise ShapeError("cannot stack an empty list of parameters; pass at least one frame.")
        if any(x.eyelids is not None for x in frames):
            frames = [x.with_eyelids() for x in frames]
        return cls(**{name: np.stack([getattr(x, name) for x in frames]) for name in frames[0].asdict()})

    def with_eyelids(self) -> FlameParams:
        """The same with ``eyelids`` of zeros where there are none."""
        if self.eyelids is not None:
            return self
        return self.replace(eyelids=np.zeros((*self.batch_shape, 2), np.float32))


@dataclass(slots=True, eq=False)
class Frame(Comparable):
    """One frame of a run: where it came from, what was seen, and the FLAME parameters.

    Attributes:
        index: 0, 1, 2, ... over the source, frames without a face included.
        timestamp_ms: from the source's own clock.
        detected: False when no face was found; ``params`` then hold what the lost policy says.
        params: one frame, no batch axis.
        weights: ``(52,)`` ARKit weights in MediaPipe order, 0..1.
        blendshapes: ``(52,)`` detector scores; zeros when not detected.
        landmarks, face_matrix, image_size: as in ``Detection``; None when unknown.
        image: ``(H, W, 3)`` uint8 RGB when the caller asked to keep it.
        tongue_out: ARKit's tongueOut in 0..1 where the source knows it, else None.
        intrinsics: ``(3, 3)`` pixels of ``image_size``: the camera that places the head; None when nothing was placed.
        camera_given: whether that camera was given, not assumed.
        quality: ``(5,)`` how well the face is seen (``observe.quality.COLUMNS``); None when nothing is known.
    """

    index: int
    timestamp_ms: float
    detected: bool
    params: FlameParams
    weights: FloatArray
    blendshapes: FloatArray
    landmarks: FloatArray | None = None
    face_matrix: FloatArray | None = None
    image_size: tuple[int, int] | None = None
    image: UInt8Array | None = None
    tongue_out: float | None = None
    intrinsics: FloatArray | None = None
    camera_given: bool = False
    quality: FloatArray | None = None


def rate_of(stamps_ms: FloatArray) -> float:
    """Frames per second of time stamps ``(T,)`` in milliseconds; 0 for fewer than two moments.

    Steps that differ by the rounding to whole milliseconds alone (17, 16, 17) count with their mean, others with their median.
    """
    steps = np.diff(stamps_ms)
    steps = steps[steps > 0]
    if not len(steps):
        return 0.0
    middle = float(np.median(steps))
    off = float(np.abs(steps - steps.mean()).max())
    return 1000.0 / (float(steps.mean()) if 1e-6 < off <= 1.001 else middle)
