"""The head as the page gets it: its surface once, its vertices with every frame.

Messages, little-endian: one byte for the kind (1 surface, 2 frame, 3 picture), three of padding, then

- surface: uint32 length of a JSON header, the header padded to 4 bytes, ``faces`` uint32 (F, 3), ``paint`` uint8 (V, 4):
  sRGB and gloss;
- frame: ``centre`` float32 (3), ``step`` float32, ``weights`` float32 (52), ``vertices`` int16 (V, 3) in steps from the
  centre, metres;
- picture: a JPEG.

The page shades with the very function of the pictures (``shading.glsl_shade``).
"""

from __future__ import annotations

import io
import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from ...base.errors import MismatchError
from ...base.values import FlameParams, FloatArray, UInt8Array
from ...flame.landmarks import embedding_for
from ..head import ShownHead
from ..pictures.overlay import pillow
from ..pictures.shading import glsl_shade

if TYPE_CHECKING:
    from ...drive.driver import Driver

SURFACE, FRAME, PICTURE = 1, 2, 3
FOV_DEG = 24.0
_FRAMED = 2.0  # height of the view over the height of the face
_STEPS = 32_000.0
_JPEG_QUALITY = 72


class HeadScene:
    """One head; encodes its surface and its frames.

    Args:
        driver: whose head it is.
        skin: one of ``colors.TONES``.
        scenery: whether it gets brows, teeth and a mouth.
    """

    def __init__(self, driver: Driver, *, skin: str = "light", scenery: bool = True) -> None:
        self.driver, self.skin, self.scenery = driver, skin, scenery
        self._head = ShownHead(driver, skin=skin, scenery=scenery)

    def surface(self) -> bytes:
        """The ``surface`` message."""
        model = self._head.model
        header: dict[str, Any] = {
            "vertices": model.num_vertices,
            "faces": len(model.faces),
            "shade": glsl_shade(),
            **_framing(self.driver, model.v_template),
        }
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 4)
        gloss = np.clip(np.round(255 * self._head.gloss), 0, 255).astype(np.uint8)
        paint = np.concatenate([self._head.colors.astype(np.uint8), gloss[:, None]], axis=1)
        faces = np.ascontiguousarray(model.faces, "<u4")
        return struct.pack("<B3xI", SURFACE, len(text)) + text + faces.tobytes() + paint.tobytes()

    def frame(self, params: FlameParams, weights: FloatArray, tongue_out: float | None = None) -> bytes:
        """The ``frame`` message: metres, y up, the face looking along z at rest.

        Raises:
            MismatchError: parameters of another head.
        """
        vertices = self._head.vertices(params, tongue_out=tongue_out or 0.0)
        low, high = vertices.min(axis=0), vertices.max(axis=0)
        centre = (low + high) / 2
        step = max(float((high - low).max()) / 2 / _STEPS, 1e-9)
        moved = np.round((vertices - centre) / step).astype("<i2")
        head = struct.pack("<B3x3ff", FRAME, *(float(v) for v in centre), step)
        return b"".join([head, np.asarray(weights, "<f4").tobytes(), moved.tobytes()])


def picture(image: UInt8Array) -> bytes:
    """The ``picture`` message of ``(H, W, 3)`` RGB."""
    PIL = pillow()
    file = io.BytesIO()
    PIL.Image.fromarray(image).save(file, "JPEG", quality=_JPEG_QUALITY)
    return struct.pack("<B3x", PICTURE) + file.getvalue()


def _framing(driver: Driver, template: FloatArray) -> dict[str, Any]:
    """Where the page's camera looks, and how high the view is there, metres."""
    try:
        points = np.asarray(
            embedding_for(driver.model).landmarks(template[: driver.model.num_vertices]), float
        )
    except MismatchError:
        points = np.asarray(template, float)
    low, high = points.min(axis=0), points.max(axis=0)
    return {
        "target": [round(float(v), 5) for v in (low + high) / 2],
        "height": round(_FRAMED * float(high[1] - low[1]), 5),
        "fov": FOV_DEG,
    }
