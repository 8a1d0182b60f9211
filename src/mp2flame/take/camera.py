"""The pictures that a take was seen in: their sizes and cameras, frame by frame where they change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.detection import in_one_picture
from ..base.errors import InputError, ShapeError
from .rows import TakeRows

Array = npt.NDArray[Any]


def check_sizes(image_size: npt.ArrayLike, num_frames: int) -> Array:
    """``(2,)`` int64, or ``(T, 2)`` of pictures whose sizes differ.

    Raises:
        ShapeError, InputError: neither of them, or below zero.
    """
    size = np.asarray(image_size)
    if size.shape not in ((2,), (num_frames, 2)):
        raise ShapeError(
            f"recording: image_size must be (height, width) or ({num_frames}, 2), got {size.shape}."
        )
    if (
        size.dtype.kind not in "iuf"
        or not (np.abs(size.astype(np.float64)) < 1 << 31).all()
        or (size < 0).any()
    ):
        raise InputError("recording: image_size must be whole numbers of pixels, 0 for not known.")
    size = size.astype(np.int64)
    return size[0] if size.ndim == 2 and len(size) and (size == size[0]).all() else size


def held(
    k: Array | None, size: tuple[int, int] | None, last_k: Array | None, last_size: tuple[int, int] | None
) -> tuple[Array | None, tuple[int, int] | None]:
    """The camera and the picture's size of a frame: where it has none the last, brought to the width of its picture."""
    if k is None and last_k is not None and size is not None and last_size is not None and size != last_size:
        by = size[1] / last_size[1]
        k = last_k * np.array([[by], [by], [1.0]])
    return (last_k if k is None else k), (last_size if size is None else size)


def held_all(frames: Sequence[tuple[tuple[int, int] | None, Array | None]]) -> tuple[Array, Array | None]:
    """Sizes ``(T, 2)`` and cameras ``(3, 3)`` or ``(T, 3, 3)`` of frames that may lack them: as the last, else the first."""
    size = next((size for size, _ in frames if size is not None), None)
    first = next(((k, s) for s, k in frames if k is not None), (None, None))
    k, of = first[0], first[1] or size
    sizes, cameras = [], []
    for own_size, own in frames:
        size = size if own_size is None else own_size
        k, of = held(own, size, k, of)
        sizes.append(size or (0, 0))
        cameras.append(k)
    known = [k for k in cameras if k is not None]
    return np.array(sizes, np.int64), same_or_each(known) if known else None


def same_or_each(values: list[Array] | Array) -> Array:
    """One value for all frames where they are the same, else one for each."""
    every = np.asarray(values)
    return every[0] if len(every) and not np.ptp(every, axis=0).any() else every


def scaled(take: TakeRows) -> dict[str, Any]:
    """``image_size (2,)``, ``landmarks`` and ``intrinsics`` of a take whose pictures are brought to one size."""
    sizes = take.image_sizes
    known = sizes.all(axis=1)
    size = sizes[np.argmax(known)]
    by = np.where(known, size[1] / np.maximum(sizes[:, 1], 1), 1.0)
    k = take.intrinsics
    if k is not None:
        k = np.broadcast_to(k, (take.num_frames, 3, 3)) * np.stack([by, by, np.ones_like(by)], 1)[:, :, None]
    points = take.landmarks
    return {
        "image_size": size,
        "intrinsics": None if k is None else same_or_each(k),
        "landmarks": None if points is None else in_one_picture(points, sizes),
    }
