"""Checks at the public boundary: what was expected, what came, what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .channels import BLENDSHAPES
from .errors import InputError, ShapeError
from .values import FloatArray

_CHUNK = 1 << 15  # rows at a time, so that checking a million rows needs no copy of everything


def check_blendshapes(values: Any, *, name: str = "blendshapes") -> FloatArray:
    """``(*batch, 52)`` finite float32, or an error that says what came instead."""
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "fiub":
            raise TypeError
    except (TypeError, ValueError):
        raise InputError(
            f"{name} must be an array of numbers (*batch, 52), got {type(values).__name__}. "
            "Named scores go through mp2flame.base.channels.to_mediapipe first."
        ) from None
    if array.ndim == 0 or array.shape[-1] != len(BLENDSHAPES):
        raise ShapeError(
            f"{name} must end in {len(BLENDSHAPES)} values in MediaPipe order (index 0 _neutral), got shape "
            f"{array.shape}. Other channel orders: mp2flame.base.channels.to_mediapipe."
        )
    array = array.astype(np.float32, copy=False)
    for rows in _chunks(array.reshape(-1, len(BLENDSHAPES))):
        if not np.isfinite(rows).all():
            raise InputError(
                f"{name} hold NaN or infinite values. Drop those frames, or mark them as not detected."
            )
    return array


def _chunks(rows: FloatArray) -> Iterator[FloatArray]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]
