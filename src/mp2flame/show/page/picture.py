"""The camera picture with the landmarks on it, small enough to send ten times a second."""

from __future__ import annotations

import numpy as np

from ...base.values import FloatArray, UInt8Array
from ...flame.outlines import BROW_OUTLINES, EYES, FACE_OVAL, INNER_LIPS, IRISES, OUTER_LIPS
from ..pictures.overlay import pillow

_LINES = tuple((np.array([*line, line[0]]), color) for line, color in (
    (FACE_OVAL, (150, 160, 175)),
    (BROW_OUTLINES[0], (224, 164, 88)),
    (BROW_OUTLINES[1], (224, 164, 88)),
    (EYES[0], (111, 177, 224)),
    (EYES[1], (111, 177, 224)),
    (IRISES[0], (168, 168, 255)),
    (IRISES[1], (168, 168, 255)),
    (OUTER_LIPS, (103, 197, 154)),
    (INNER_LIPS, (103, 197, 154)),
))  # fmt: skip
_DOT, _DARK = (205, 214, 226), 24


def draw_picture(
    image: UInt8Array | None,
    landmarks: FloatArray | None,
    *,
    image_size: tuple[int, int] | None = None,
    width: int = 320,
    mirrored: bool = False,
) -> UInt8Array | None:
    """A small picture with the landmarks drawn; large on a dark ground when there is none.

    Args:
        image: ``(H, W, 3)`` uint8 RGB, or None.
        landmarks: ``(478, 3)`` normalised coordinates in the picture as the subject would be seen, or None.
        image_size: (height, width) that the landmarks refer to when there is no picture.
        width: of the result, pixels, roughly.
        mirrored: ``image`` is a mirror image, and is turned back before anything is drawn.

    Returns:
        ``(h, w, 3)`` uint8, or None when there is neither picture nor landmarks.
    """
    if image is None and landmarks is None:
        return None
    PIL = pillow()
    if image is not None:
        size = image.shape[:2]
        step = max(1, round(size[1] / width))  # not averaged: that would take longer than all the rest
        small = image[::step, ::-step] if mirrored else image[::step, ::step]
        picture = PIL.Image.fromarray(np.ascontiguousarray(small))
        if picture.width < width // 2:  # tiny pictures; all others are near enough
            height = max(1, round(width * size[0] / size[1]))
            picture = picture.resize((width, height), PIL.Image.Resampling.BILINEAR)
    else:
        picture = PIL.Image.new("RGB", (width, 3 * width // 4), (_DARK,) * 3)
    if landmarks is not None and np.isfinite(landmarks).all():
        draw = PIL.ImageDraw.Draw(picture)
        points = landmarks[:, :2] * (picture.width, picture.height)
        if image is None:
            points = _enlarged(landmarks[:, :2] * (image_size or (3, 4))[::-1], picture.size)
        draw.point(points.ravel().tolist(), fill=_DOT)
        for line, color in _LINES:
            draw.line(points[line].ravel().tolist(), fill=color, width=1)
    return np.asarray(picture)


def _enlarged(points: FloatArray, size: tuple[int, int]) -> FloatArray:
    """``(N, 2)`` pixels moved and scaled to fill most of a picture of (width, height)."""
    low, high = points.min(0), points.max(0)
    scale = 0.84 * float(np.min(np.array(size) / np.maximum(high - low, 1e-6)))
    return np.asarray((points - 0.5 * (low + high)) * scale + 0.5 * np.array(size))
