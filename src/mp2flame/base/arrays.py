"""The one check of an array at the door: what was expected, what came, what to do next."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .channels import BLENDSHAPES
from .errors import InputError, ShapeError

NUM_LANDMARKS, NUM_SKIN_LANDMARKS = 478, 468  # the last ten are the irises
_CHUNK = 1 << 15  # rows at a time, so that checking a million rows needs no copy of everything
_FRAMES = "leave out the frames in which no face was found"


def plain(value: Any) -> Any:
    """A tensor of torch or JAX, with or without gradient and on any device, as a NumPy array; the rest as it is."""
    if hasattr(value, "detach"):
        value = value.detach()
        value = value.cpu() if hasattr(value, "cpu") else value
        return value.resolve_conj().numpy() if hasattr(value, "resolve_conj") else value.numpy()
    if hasattr(value, "__array__") and not isinstance(value, np.ndarray):
        return np.asarray(value)
    return value


def shape_fits(got: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    """Whether a shape is the wanted one; None stands for any length."""
    return len(got) == len(wanted) and all(w is None or w == g for w, g in zip(wanted, got))


def shape_text(wanted: tuple[int | None, ...]) -> str:
    """The lengths as an error tells them, ``*`` for any."""
    return ", ".join("*" if n is None else str(n) for n in wanted)


def check_array(
    value: Any,
    name: str,
    shape: tuple[int | None, ...],
    *,
    dtype: npt.DTypeLike = np.float32,
    meaning: str = "",
    remedy: str = _FRAMES,
) -> npt.NDArray[Any]:
    """``(*batch, *shape)`` finite numbers, or one clear error.

    Args:
        value: anything that NumPy, torch or JAX calls an array of numbers.
        name: what the caller calls it.
        shape: the last axes; None where any length will do.
        meaning: what such an array is, for the message.
        remedy: what to do about NaN.

    Raises:
        InputError: not numbers, NaN or infinite values.
        ShapeError: another shape.
    """
    wanted = f"(*batch, {shape_text(shape)})" if shape else "(*batch)"
    wanted += f" {meaning}" if meaning else ""
    try:
        array = np.asarray(plain(value))
        if array.dtype.kind not in "fiub":
            raise TypeError
    except (TypeError, ValueError):
        kind = type(value).__name__
        raise InputError(f"{name} must be an array of numbers {wanted}, got {kind}.") from None
    tail = array.shape[max(0, array.ndim - len(shape)) :] if shape else ()
    if not shape_fits(tail, shape):
        raise ShapeError(f"{name} must be {wanted}, got shape {array.shape}.")
    array = array.astype(dtype, copy=False)
    rows = array.reshape(-1, tail[-1] if tail else 1)
    for start in range(0, len(rows), _CHUNK):
        if not np.isfinite(rows[start : start + _CHUNK]).all():
            raise InputError(f"{name} hold NaN or infinite values; {remedy}.")
    return array


def check_blendshapes(values: Any, *, name: str = "blendshapes") -> npt.NDArray[np.float32]:
    """``(*batch, 52)`` finite float32 in MediaPipe's order, or one clear error."""
    meaning = f"of {len(BLENDSHAPES)} values in MediaPipe order, index 0 _neutral"
    try:
        return check_array(
            values,
            name,
            (len(BLENDSHAPES),),
            meaning=meaning,
            remedy="drop those frames, or mark them as not detected",
        )
    except ShapeError as error:
        raise ShapeError(f"{error} Other channel orders: mp2flame.base.channels.to_mediapipe.") from None
    except InputError as error:
        hint = (
            "" if "NaN" in str(error) else " Named scores go through Detection.of, or channels.to_mediapipe."
        )
        raise InputError(f"{error}{hint}") from None


def check_landmarks(landmarks: Any) -> npt.NDArray[np.float64]:
    """``(*batch, 478, 3)`` finite float64, or one clear error."""
    return check_array(
        landmarks,
        "landmarks",
        (NUM_LANDMARKS, 3),
        dtype=np.float64,
        meaning="normalised image coordinates of MediaPipe's Face Landmarker (468 face + 10 iris points)",
    )


def check_image_size(image_size: Any) -> tuple[float, float]:
    """(height, width) in pixels as floats, or one clear error."""
    if image_size is None:
        raise InputError("landmarks need image_size=(height, width): their x and y are fractions of it.")
    try:
        height, width = (float(v) for v in image_size)
    except (TypeError, ValueError) as error:
        raise ShapeError(f"image_size must be (height, width) in pixels, got {image_size!r}.") from error
    if not (0 < height < 1e6 and 0 < width < 1e6):
        raise InputError(f"image_size must be positive (height, width) in pixels, got {image_size!r}.")
    return height, width
