"""What an edit needs of a take: arrays with one row a frame, and how a changed one is made of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol, TypeVar, cast

from ..base.errors import InputError
from ..base.values import FlameParams, FloatArray

ROTATIONS = {"jaw_pose": 1, "eye_pose": 2, "neck_pose": 1, "global_orient": 1}
LINEAR = ("blendshapes", "arkit_weights", "expression", "transl", "landmarks", "eyelids", "tongue_out")
ROWS = ("timestamp_ms", "detected", "face_matrix", "quality", *LINEAR, *ROTATIONS)


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
