"""A file's arrays with a row a frame, checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ...base.errors import FileFormatError
from ...base.safe_npz import Npz
from ...base.values import FloatArray
from .base import MAX_FRAMES, Motion


def rows(value: Any, name: str, width: int | None = None, frames: int | None = None) -> FloatArray:
    """A file's array as ``(T, width)`` float32: batch axes of length 1 dropped, single rows made a batch.

    Raises:
        FileFormatError: not numbers, another width, another number of frames.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise FileFormatError(f"'{name}' is {array.dtype}, expected numbers.")
    if array.ndim == 3 and 1 in array.shape[:2]:
        array = array[:, 0] if array.shape[1] == 1 else array[0]
    if array.ndim == 1:
        array = array[None]
    if array.ndim != 2 or (width is not None and array.shape[1] != width) or not array.shape[1]:
        raise FileFormatError(
            f"'{name}' has shape {np.shape(value)}, expected (frames, {width or 'coefficients'})."
        )
    if frames is not None and len(array) == 1 and frames > 1:
        array = np.broadcast_to(array, (frames, array.shape[1]))
    if (frames is not None and len(array) != frames) or not len(array) or len(array) > MAX_FRAMES:
        raise FileFormatError(
            f"'{name}' has {len(array)} frames, expected {frames if frames is not None else '1 or more'}."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        return array.astype(np.float32)


def json_rows(value: Any, name: str, width: int | None = None, frames: int | None = None) -> FloatArray:
    """``rows`` of JSON lists; missing numbers are NaN."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        raise FileFormatError(
            f"'{name}' is not a list of rows of {width or 'as many'} numbers, one row a frame."
        ) from None
    found = rows(array, name, width)
    if frames is not None and len(found) != frames:
        raise FileFormatError(f"'{name}' has {len(found)} frames, expected {frames}.")
    return found


def vector(value: Any, name: str, limit: int = 1000) -> FloatArray:
    """Identity coefficients ``(I,)``; the first row when there is one per frame."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu" or array.ndim == 0 or array.size == 0:
        raise FileFormatError(f"'{name}' is not a list of numbers.")
    array = array.reshape(-1, array.shape[-1])[0]
    if len(array) > limit or not np.isfinite(array).all():
        raise FileFormatError(
            f"'{name}' has {len(array)} values or numbers that are not finite; expected up to {limit}."
        )
    return np.asarray(array.astype(np.float32))


def npz_rows(npz: Npz, key: str, width: int | None = None, frames: int | None = None) -> FloatArray:
    """``rows`` of an array in an ``.npz``; its size is checked before it is read."""
    shape = npz.shape(key)
    if shape and max(shape) > MAX_FRAMES:
        raise FileFormatError(f"{npz.label}: '{key}' has {max(shape)} frames; the limit is {MAX_FRAMES}.")
    return rows(npz.array(key), key, width, frames)


def optional_rows(npz: Npz, key: str, width: int, frames: int) -> FloatArray:
    """``npz_rows``, zeros when the array is missing."""
    return npz_rows(npz, key, width, frames) if key in npz else np.zeros((frames, width), np.float32)


def npz_vector(npz: Npz, key: str) -> FloatArray | None:
    """``vector`` of an array in an ``.npz``, None when it is missing."""
    return vector(npz.array(key), key) if key in npz else None


def npz_number(npz: Npz, key: str) -> float | None:
    """A finite number in an ``.npz``, None when there is no such."""
    if key not in npz or int(np.prod(npz.shape(key))) != 1 or npz.dtype(key).kind not in "fiu":
        return None
    value = float(npz.array(key).reshape(-1)[0])
    return value if np.isfinite(value) else None


def stack_rows(found: Sequence[FloatArray], label: str, what: str) -> FloatArray:
    """Rows of one frame each, one under the other.

    Raises:
        FileFormatError: they differ in length.
    """
    if len({len(row) for row in found}) > 1:
        raise FileFormatError(f"{label}: {what} changes from frame to frame.")
    return np.stack(found)


_WIDTHS = {"expression": None, "eye_pose": 6, "eyelids": 2}


def width_of(names: str) -> int | None:
    """Columns of parameters side by side, ``"global_orient jaw_pose"`` for instance; None: as many as there are."""
    widths = [_WIDTHS.get(name, 3) for name in names.split()]
    return None if None in widths else sum(width or 0 for width in widths)


def apart(values: FloatArray, names: str) -> dict[str, FloatArray]:
    """The parameters that lie side by side in ``values (T, .)``, by name."""
    found, start = {}, 0
    for name in names.split():
        end = start + (width_of(name) or values.shape[1])
        found[name], start = values[:, start:end], end
    return found


def side_by_side(motion: Motion, names: str) -> FloatArray:
    """``apart`` the other way round."""
    eyes, more = motion.recording.eye_pose, {"eyelids": motion.lids()}
    more |= {"left_eye": eyes[:, :3], "right_eye": eyes[:, 3:]}
    found = [more[name] if name in more else getattr(motion.recording, name) for name in names.split()]
    return np.concatenate(found, axis=1)


def rotation_traps(npz: Npz, keys: Iterable[str]) -> list[str]:
    """The float64 trap."""
    wide = [key for key in keys if key in npz and npz.dtype(key).kind == "f" and npz.dtype(key).itemsize == 8]
    return [f"float64 arrays ({', '.join(wide)}): GaussianAvatars drops them without a word"] if wide else []
