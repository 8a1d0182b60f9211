"""The arrays of a take with one row a frame, and what an edit needs of it: these, and how a changed one is made of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol, TypeVar, cast

import numpy as np

from ..base.errors import InputError
from ..base.values import FlameParams, FloatArray

ROTATIONS = {"jaw_pose": 1, "eye_pose": 2, "neck_pose": 1, "global_orient": 1}
LINEAR = ("blendshapes", "arkit_weights", "expression", "transl", "landmarks", "eyelids", "tongue_out")
# Array name to (dtype, shape of one row); expression's width is -1: it depends on the FLAME file.
ROWS: dict[str, tuple[Any, tuple[int, ...]]] = {
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
    "eyelids": (np.float32, (2,)),
    "tongue_out": (np.float32, ()),
    "quality": (np.float32, (5,)),
}
OPTIONAL = ("landmarks", "eyelids", "tongue_out", "quality")
CONSTANTS = ("image_size", "intrinsics", "meta")


class TakeRows(Protocol):
    """What an edit needs of a take: arrays with one row a frame, and a way to pick rows."""

    timestamp_ms: FloatArray
    detected: Any
    expression: FloatArray
    face_matrix: FloatArray
    landmarks: FloatArray | None
    quality: FloatArray | None
    image_size: Any
    intrinsics: Any
    meta: dict[str, Any]

    @property
    def num_frames(self) -> int: ...
    @property
    def image_sizes(self) -> Any: ...
    @property
    def num_expression(self) -> int: ...
    @property
    def fps(self) -> float: ...
    @property
    def quality_rows(self) -> FloatArray: ...
    @property
    def params(self) -> FlameParams: ...
    def __getitem__(self, frames: Any, /) -> Any: ...


AnyTake = TypeVar("AnyTake", bound=TakeRows)


def arrays_of(recording: AnyTake) -> dict[str, Any]:
    return {name: getattr(recording, name) for name in ROWS}


def made(recording: AnyTake, arrays: dict[str, Any], **meta: Any) -> AnyTake:
    changed: AnyTake = replace(cast(Any, recording), **arrays, meta={**recording.meta, **meta})
    return changed


def need_frames(recording: AnyTake) -> None:
    if not recording.num_frames:
        raise InputError("the take has no frames.")
