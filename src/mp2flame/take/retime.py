"""A take at other times, and without jitter: ``resample`` and ``smooth``; each returns a new take."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..base.errors import InputError
from ..base.rotations import (
    axis_angle_to_quaternion,
    matrix_to_quaternion,
    project_to_rotation,
    quaternion_to_axis_angle,
    quaternion_to_matrix,
    slerp,
)
from ..base.signals import OneEuro
from ..base.values import FloatArray
from .rows import LINEAR, ROTATIONS, AnyTake, arrays_of, made, need_frames

_SEEN_ONLY = ("blendshapes", "face_matrix", "landmarks")
SmoothMethod = Literal["savgol", "one-euro"]


def resample(
    recording: AnyTake, fps: float | None = None, *, timestamp_ms: FloatArray | None = None
) -> AnyTake:
    """The take at other times: rotations on the shortest arc, everything else linearly, by the time stamps.

    A new frame between a frame with a face and one without takes the scores, landmarks and face matrix of the
    nearer one; the parameters are always blended.

    Args:
        fps: an even rate from the first to the last frame.
        timestamp_ms: the times themselves instead; outside the take its ends are held.

    Raises:
        InputError: neither or both given, a rate out of range, times that run backwards.
    """
    need_frames(recording)
    old = recording.timestamp_ms
    new = _wanted_times(old, fps, timestamp_ms)
    # of frames with the same time the last counts
    unique = np.flatnonzero(np.append(np.diff(old) > 0, True))
    times = old[unique]
    after = np.clip(np.searchsorted(times, new, side="right"), 1, max(len(times) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(times) - 1)
    span = times[after] - times[before]
    part = np.clip(np.where(span > 0, (new - times[before]) / np.where(span > 0, span, 1.0), 0.0), 0.0, 1.0)
    a, b = unique[before], unique[after]
    nearest = np.where(part < 0.5, a, b)
    seen = recording.detected
    blend = np.asarray(seen[a] & seen[b])
    arrays: dict[str, Any] = {"timestamp_ms": new, "detected": seen[nearest]}
    for name in LINEAR:
        value = getattr(recording, name)
        if value is None:
            arrays[name] = None
            continue
        t = np.asarray(part).reshape(-1, *[1] * (value.ndim - 1))
        mixed = value[a] * (1 - t) + value[b] * t
        if name in _SEEN_ONLY:
            mixed = np.where(blend.reshape(t.shape), mixed, value[nearest])
        arrays[name] = mixed.astype(np.float32)
    for name, count in ROTATIONS.items():
        value = getattr(recording, name).reshape(-1, count, 3)
        q = axis_angle_to_quaternion(value)
        arrays[name] = quaternion_to_axis_angle(slerp(q[a], q[b], part[:, None])).reshape(-1, 3 * count)
    quality = recording.quality
    arrays["quality"] = None if quality is None else quality[nearest]
    arrays["face_matrix"] = _blend_matrices(recording.face_matrix, a, b, part, nearest, blend)
    if recording.intrinsics is not None and recording.intrinsics.ndim == 3:
        arrays["intrinsics"] = recording.intrinsics[nearest]
    if np.ndim(recording.image_size) == 2:
        arrays["image_size"] = recording.image_size[nearest]
    meta = {"fps": float(fps)} if fps is not None else {}
    return made(recording, arrays, **meta)


def _wanted_times(
    old: FloatArray, fps: float | None, timestamp_ms: FloatArray | None
) -> npt.NDArray[np.float64]:
    if (fps is None) == (timestamp_ms is None):
        raise InputError("give either fps or timestamp_ms.")
    if fps is None:
        new = np.asarray(timestamp_ms, np.float64)
        if new.ndim != 1 or not len(new) or not np.isfinite(new).all() or np.any(np.diff(new) < 0):
            raise InputError("timestamp_ms must be a list of times that never run backwards.")
        return new
    if not (np.isfinite(fps) and 0 < fps <= 10_000):
        raise InputError(f"fps must be between 0 and 10000, got {fps}.")
    count = int(np.floor((old[-1] - old[0]) * fps / 1000.0 + 1e-6)) + 1
    if count > 10_000_000:
        raise InputError(f"{fps:g} frames per second make {count} frames of this take; choose a lower rate.")
    return np.asarray(old[0] + np.arange(count) * (1000.0 / fps))


def _blend_matrices(
    matrices: FloatArray, a: Any, b: Any, part: FloatArray, nearest: Any, blend: FloatArray
) -> FloatArray:
    """Rigid 4 x 4 matrices: rotation on the arc, position on the line; zero rows stay zero."""
    out = matrices[nearest].astype(np.float64)
    whole = np.asarray(matrices.any(axis=(1, 2)))
    rows = np.flatnonzero(blend & whole[a] & whole[b])
    if len(rows):
        first, second = matrices[a[rows]].astype(np.float64), matrices[b[rows]].astype(np.float64)
        t = part[rows]
        turn = slerp(
            matrix_to_quaternion(project_to_rotation(first[:, :3, :3])),
            matrix_to_quaternion(project_to_rotation(second[:, :3, :3])),
            t,
        )
        out[rows] = first
        out[rows, :3, :3] = quaternion_to_matrix(turn)
        out[rows, :3, 3] = first[:, :3, 3] * (1 - t[:, None]) + second[:, :3, 3] * t[:, None]
    return np.asarray(out.astype(np.float32))


def smooth(
    recording: AnyTake,
    window_ms: float = 200.0,
    *,
    method: SmoothMethod = "savgol",
    order: int = 2,
    min_cutoff_hz: float = 2.0,
    beta: float = 0.3,
) -> AnyTake:
    """Less jitter without lag, for parameters, weights and scores.

    Landmarks and face matrix are left alone.

    Args:
        window_ms: width of the Savitzky-Golay window (local polynomials; Savitzky and Golay 1964), by the time
            stamps, so uneven frames are fine.
        method: ``savgol``, or ``one-euro`` run forwards and backwards (Casiez et al., CHI 2012), which keeps fast
            motion sharper.
        order: of the polynomials.
        min_cutoff_hz, beta: of the 1 EUR filter.

    Raises:
        InputError: unknown method, a window that is not positive.
    """
    need_frames(recording)
    if method not in ("savgol", "one-euro"):
        raise InputError(f"method must be 'savgol' or 'one-euro', got {method!r}.")
    if not (np.isfinite(window_ms) and window_ms > 0):
        raise InputError(f"window_ms must be positive, got {window_ms}.")
    if order not in range(6):
        raise InputError(f"order must be 0 to 5, got {order!r}.")
    arrays: dict[str, Any] = {n: None if v is None else v.copy() for n, v in arrays_of(recording).items()}
    edges = np.flatnonzero(np.diff(recording.detected.astype(np.int8))) + 1
    # frames with and without a face are smoothed apart: what holds them together is not motion
    for start, end in zip(np.r_[0, edges], np.r_[edges, recording.num_frames]):
        rows = slice(int(start), int(end))
        times = recording.timestamp_ms[rows]

        def apply(values: FloatArray, times: FloatArray = times) -> FloatArray:
            if method == "savgol":
                return _local_polynomial(times, values, window_ms, order)
            return _both_ways(times, values, min_cutoff_hz, beta)

        for name in ("expression", "transl", "arkit_weights", "blendshapes", "eyelids"):
            if arrays[name] is None:
                continue
            if arrays[name].shape[1] and (name != "blendshapes" or recording.detected[start]):
                arrays[name][rows] = apply(arrays[name][rows].astype(np.float64))
        for name, count in ROTATIONS.items():
            q = _one_side(axis_angle_to_quaternion(arrays[name][rows].reshape(-1, count, 3)))
            even = apply(q.reshape(len(q), -1)).reshape(q.shape)
            arrays[name][rows] = quaternion_to_axis_angle(even).reshape(-1, 3 * count)
    for name in ("arkit_weights", "blendshapes", "eyelids"):
        if arrays[name] is not None:
            arrays[name] = np.clip(arrays[name], 0.0, 1.0)
    return made(recording, arrays)


def _one_side(q: FloatArray) -> FloatArray:
    """``(T, J, 4)`` of a rotation's two quaternions the one near the frame before: or a mean would be nonsense."""
    flips = np.cumprod(np.where(np.sum(q[1:] * q[:-1], axis=-1) < 0, -1.0, 1.0), axis=0)
    return np.concatenate([q[:1], q[1:] * flips[..., None]])


def _local_polynomial(times: FloatArray, values: FloatArray, window_ms: float, order: int) -> FloatArray:
    """At every time the value of the polynomial fitted to the frames around it.

    At the ends to the end's window.
    """
    count = len(times)
    steps = np.diff(times)
    step = float(np.median(steps[steps > 0])) if np.any(steps > 0) else 0.0
    width = min(round(window_ms / step) // 2 * 2 + 1, count) if step else 1
    if width <= order + 1:
        return values
    start = np.clip(np.arange(count) - width // 2, 0, count - width)
    index = start[:, None] + np.arange(width)
    offset = (times[index] - times[:, None]) / (step * width)
    powers = offset[..., None] ** np.arange(order + 1)
    normal = np.swapaxes(powers, 1, 2) @ powers
    # a breath of ridge: several frames at one time leave fewer times than coefficients
    normal += 1e-12 * np.eye(order + 1)
    first = np.zeros((count, order + 1, 1))
    first[:, 0] = 1.0
    weights = (powers @ np.linalg.solve(normal, first))[..., 0]
    out = np.zeros_like(values)
    for k in range(width):
        out += weights[:, k : k + 1] * values[index[:, k]]
    return out


def _both_ways(times: FloatArray, values: FloatArray, min_cutoff_hz: float, beta: float) -> FloatArray:
    """The mean of a filter's two directions: the lag of one cancels the lead of the other."""
    total = np.zeros_like(values)
    for rows, clock in ((slice(None), times), (slice(None, None, -1), -times)):
        one_euro = OneEuro(min_cutoff_hz, beta)
        run = [one_euro.step(v, float(t)) for v, t in zip(values[rows], clock[rows])]
        total += np.stack(run)[rows]
    return total / 2.0
