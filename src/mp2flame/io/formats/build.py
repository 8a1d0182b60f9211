"""A ``Motion`` from a file's arrays: cameras absorbed, lost frames held, time stamped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...base.errors import FileFormatError
from ...base.values import FlameParams, FloatArray
from ...observe.move_head import HeadMotion, absorb_camera
from ...take.take import Take
from .base import Array, Motion, Options
from .lens import camera_asked, one_if_same, standing_camera

DEFAULT_FPS = 30.0
_WIDTHS = {"expression": 0, "jaw_pose": 3, "eye_pose": 6, "neck_pose": 3, "global_orient": 3, "transl": 3}


def build(
    params: Mapping[str, FloatArray],
    options: Options,
    *,
    scores: Mapping[str, FloatArray | None] | None = None,
    world_to_camera: Array | None = None,
    intrinsics: Array | None = None,
    image_size: tuple[int, int] | None = None,
    assumed: bool = False,
    timestamp_ms: FloatArray | None = None,
    fps: float | None = None,
    detected: Array | None = None,
    traps: Sequence[str] = (),
    **beside: Any,
) -> Motion:
    """A ``Motion`` from a file's arrays.

    Args:
        params: any of a recording's parameter arrays, ``(T, .)``; missing ones are zero.
        options: what the caller knows better, or knows alone.
        scores: ``blendshapes``, ``arkit_weights``, ``landmarks``, ``face_matrix``, ``tongue_out`` of a take.
        world_to_camera, intrinsics, image_size: the file's camera: ``(T,4,4)``, ``(3,3)`` or ``(T,3,3)`` pixels, (height,
            width); what the file lacks is taken from ``options``.
        assumed: the intrinsics are not in the file, its project's default stands in.
        timestamp_ms, fps: what the file says of time; else ``options.fps``, else 30 with a note.
        detected: ``(T,)`` frames with a face; None: all.
        traps: what the reader found so far.
        beside: further fields of the ``Motion``.
    """
    traps, frames = list(traps), len(next(iter(params.values())))
    shown = {key: value for key, value in (scores or {}).items() if value is not None}
    moving = _moving(params, shown, world_to_camera, intrinsics)
    finite = _finite(moving)
    if not finite.all():
        moving = _held(moving, finite, traps)
    camera, intrinsics = moving.pop("camera", None), moving.pop("intrinsics", intrinsics)
    values = {key: moving.pop(key, np.zeros((frames, width), np.float32)) for key, width in _WIDTHS.items()}
    _refuse_huge(values)
    info: dict[str, Any] = {}
    if camera is not None:
        info["world"] = options.world or "head"
        _absorb(values, camera, options, traps)
    size = image_size or options.image_size
    if intrinsics is None:
        intrinsics, assumed = camera_asked(options.camera, size), False
    if intrinsics is not None:
        info["intrinsics"], intrinsics = "assumed" if assumed else "given", one_if_same(intrinsics)
    if beside.get("betas") is not None:
        info["betas"] = [float(b) for b in beside["betas"]]
    stamps = _stamps(timestamp_ms, frames, fps or options.fps, info, traps)
    if not np.any(shown.get("tongue_out")):
        shown.pop("tongue_out", None)
    seen = finite if detected is None else finite & np.array(detected, bool)
    recording = Take.from_params(
        FlameParams(**values), stamps, detected=seen, meta=info, intrinsics=intrinsics,
        image_size=np.array(size or (0, 0)), **moving, **shown,
    )  # fmt: skip
    return Motion(
        recording, world_to_camera=camera, traps=traps, nan_frames=np.flatnonzero(~finite), **beside
    )


def _moving(
    params: Mapping[str, FloatArray],
    shown: dict[str, FloatArray],
    camera: Array | None,
    intrinsics: Array | None,
) -> dict[str, Array]:
    """What has a row a frame that must be finite; weights are taken out of ``shown``."""
    every = dict(params)
    every |= {key: shown.pop(key) for key in ("blendshapes", "arkit_weights") if key in shown}
    moving: dict[str, Array] = {key: np.array(value, np.float32) for key, value in every.items()}
    if camera is not None:
        moving["camera"] = camera
    if intrinsics is not None and intrinsics.ndim == 3:
        moving["intrinsics"] = intrinsics
    return moving


def _finite(moving: Mapping[str, Array]) -> Array:
    """``(T,)`` frames whose every number is finite, and whose focal lengths are above 0.

    Raises:
        FileFormatError: there is none.
    """
    whole = [np.isfinite(value).reshape(len(value), -1).all(axis=1) for value in moving.values()]
    if "intrinsics" in moving:
        whole.append((moving["intrinsics"][:, [0, 1], [0, 1]] > 0).all(axis=1))
    finite: Array = np.logical_and.reduce(whole)
    if not finite.any():
        raise FileFormatError("no frame of this file has only finite numbers; it is damaged.")
    return finite


def _held(moving: Mapping[str, Array], finite: Array, traps: list[str]) -> dict[str, Array]:
    """Every frame that is not finite as the one before, those at the beginning as the first that is."""
    bad = np.flatnonzero(~finite)
    traps.append(
        f"NaN or infinite numbers in {len(bad)} frames (first {bad[0]}): marked as lost, the frame before is held"
    )
    source = np.maximum.accumulate(np.where(finite, np.arange(len(finite)), -1))
    source[source < 0] = np.flatnonzero(finite)[0]
    return {key: value[source] for key, value in moving.items()}


def _refuse_huge(values: Mapping[str, Array]) -> None:
    most = {key: 1e6 if key == "expression" else 1e4 for key in values}
    huge = [key for key, value in values.items() if np.abs(value).max(initial=0) > most[key]]
    if huge:
        raise FileFormatError(
            f"{', '.join(huge)} holds numbers far outside anything a face does; the file is damaged."
        )


def _absorb(values: dict[str, Array], camera: Array, options: Options, traps: list[str]) -> None:
    """The camera's motion goes into the head's."""
    pose = HeadMotion(*(values[key].astype(np.float64) for key in ("global_orient", "neck_pose", "transl")))
    moved = absorb_camera(pose, camera, options.joints, standing_camera(options.world))
    if moved is not pose:
        values["global_orient"] = moved.global_orient.astype(np.float32)
        values["transl"] = moved.transl.astype(np.float32)
        if np.abs(camera - camera[:1]).max() > 1e-5:
            traps.append(
                "the head's motion is hidden in the camera; it was moved into global_orient and transl"
            )


def _stamps(
    timestamp_ms: Array | None, frames: int, rate: float | None, info: dict[str, Any], traps: list[str]
) -> FloatArray:
    """``(T,)`` milliseconds: the file's own where they can be, else at the rate, which ``info`` takes."""
    if rate is not None or timestamp_ms is None:
        info["fps"] = float(rate or DEFAULT_FPS)
    even = np.arange(frames) * (1000.0 / (rate or DEFAULT_FPS))
    if timestamp_ms is None:
        if rate is None:
            traps.append(
                f"the file holds no frame rate; {DEFAULT_FPS:g} frames per second are assumed, fps sets another"
            )
        return even
    stamps = np.asarray(timestamp_ms, np.float64)
    if not np.isfinite(stamps).all() or (np.diff(stamps) < 0).any():
        traps.append("timestamps run backwards or are no numbers: they were replaced by the rate")
        return even
    if len(stamps) > 1 and not np.diff(stamps).any():
        traps.append("all timestamps are the same: resample or set fps before playing")
    return stamps
