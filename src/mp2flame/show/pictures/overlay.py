"""Small things put on top of pictures: labels, grey for a lost face, resizing. Pillow does the work."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...base.optional import need
from ...base.values import UInt8Array


def pillow() -> Any:
    """The ``PIL`` package with the parts used here.

    Raises:
        MissingDependencyError: not installed.
    """
    parts = ("PIL", "PIL.Image", "PIL.ImageDraw", "PIL.ImageFont")
    return need(*parts, purpose="drawing labels, contact sheets and resized pictures")[0]


def font(size: int) -> Any:
    """Pillow's own font; nothing is looked up on the machine, so pictures look the same everywhere."""
    try:
        return pillow().ImageFont.load_default(size)
    except (TypeError, OSError, ImportError):  # an old Pillow, or one without FreeType: one fixed size
        return pillow().ImageFont.load_default()


def label(image: UInt8Array, text: str, *, at: str = "bottom left") -> UInt8Array:
    """A copy with `text` in a half-transparent box in a corner ("top" or "bottom", "left" or "right")."""
    PIL = pillow()
    height, width = image.shape[:2]
    letters = font(max(11, round(height / 28)))
    draw = PIL.ImageDraw.Draw(PIL.Image.fromarray(image))
    left, top, right, bottom = draw.textbbox((0, 0), text, font=letters)
    pad = max(3, round((bottom - top) * 0.45))
    box_w, box_h = min(width, right - left + 2 * pad), min(height, bottom - top + 2 * pad)
    gap = max(2, round(height / 80))
    x = width - box_w - gap if "right" in at else gap
    y = gap if "top" in at else height - box_h - gap
    x, y = max(0, int(x)), max(0, int(y))
    out = image.copy()
    patch = out[y : y + int(box_h), x : x + int(box_w)]
    patch[:] = (patch * 0.45).astype(np.uint8)
    picture = PIL.Image.fromarray(out)
    PIL.ImageDraw.Draw(picture).text(
        (x + pad - left, y + pad - top), text, font=letters, fill=(240, 242, 245)
    )
    return np.array(picture)


def greyed(image: UInt8Array) -> UInt8Array:
    """A copy without colour and darker: the head shows what it held, not what was seen."""
    grey = image @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.repeat((0.55 * grey)[..., None], 3, axis=2).astype(np.uint8)


def fitted(image: UInt8Array, size: tuple[int, int], *, fill: int = 24) -> UInt8Array:
    """The picture scaled into (height, width) without distortion, in the middle of a dark frame."""
    PIL = pillow()
    height, width = size
    scale = min(height / image.shape[0], width / image.shape[1])
    h, w = max(1, round(image.shape[0] * scale)), max(1, round(image.shape[1] * scale))
    small = image
    if (h, w) != image.shape[:2]:
        method = PIL.Image.Resampling.LANCZOS if scale < 1 else PIL.Image.Resampling.BICUBIC
        small = np.asarray(PIL.Image.fromarray(image).resize((w, h), method))
    out = np.full((height, width, 3), fill, np.uint8)
    y, x = (height - h) // 2, (width - w) // 2
    out[y : y + h, x : x + w] = small
    return out


def clock(timestamp_ms: float) -> str:
    """``1:02.340`` for 62,340 ms."""
    total = round(timestamp_ms)
    sign, total = ("-", -total) if total < 0 else ("", total)
    minutes, rest = divmod(total, 60_000)
    return f"{sign}{minutes}:{rest // 1000:02d}.{rest % 1000:03d}"
