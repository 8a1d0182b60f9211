"""A binary glTF file piece by piece: accessors with their bytes, then one chunk of JSON and one of data.

Khronos Group, *glTF 2.0 Specification* (ISO/IEC 12113:2022): section 4.4 is the container, 3.6 the accessors.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from ....base.version import __version__

Array = npt.NDArray[Any]

FLOAT, UBYTE, USHORT, UINT = 5126, 5121, 5123, 5125
_COMPONENT = {"float32": FLOAT, "uint8": UBYTE, "uint16": USHORT, "uint32": UINT}
_KIND = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
MAX_BYTES = 2**32 - 1  # of the container's length field


class Document:
    """Collects JSON objects by kind; ``add`` returns the index that others refer to."""

    def __init__(self) -> None:
        self.json: dict[str, Any] = {"asset": {"version": "2.0", "generator": f"mp2flame {__version__}"}}
        self._parts: list[bytes] = []
        self._length = 0
        self._zeros: dict[int, int] = {}

    def add(self, kind: str, item: dict[str, Any]) -> int:
        """Append to ``nodes``, ``meshes``, ``skins`` and so on."""
        items: list[dict[str, Any]] = self.json.setdefault(kind, [])
        items.append(item)
        return len(items) - 1

    def accessor(
        self,
        values: Array,
        *,
        target: int | None = None,
        bounds: bool = False,
        normalized: bool = False,
        stride: int | None = None,
    ) -> int:
        """An accessor over ``(N,)`` or ``(N, k)`` values, float32, uint8, uint16 or uint32.

        Args:
            target: what the bytes are for (``ARRAY_BUFFER``, ...); None for animations and matrices.
            bounds: write ``min`` and ``max``, which the specification asks for positions and times.
            normalized: integers stand for 0..1.
            stride: set for vertex data, whose rows must start at multiples of four bytes.
        """
        item = self._describe(values, bounds, normalized)
        item["bufferView"] = self._view(np.ascontiguousarray(values).tobytes(), target, stride)
        return self.add("accessors", item)

    def sparse(self, values: Array, threshold: float) -> int:
        """Vertex displacements ``(N, 3)`` of which only the rows longer than ``threshold`` are stored.

        Falls back to plain rows where those take less room.
        """
        rows = np.flatnonzero((values**2).sum(1) > threshold**2)
        small = np.uint16 if len(values) <= 0xFFFF else np.uint32
        if not len(rows):
            return self._nothing(len(values))
        if len(rows) * (12 + np.dtype(small).itemsize) >= 12 * len(values):
            return self.accessor(values, target=ARRAY_BUFFER, bounds=True)
        kept = np.ascontiguousarray(values[rows])
        item = self._describe(values, False, False)
        item["min"] = np.minimum(kept.min(0), 0).tolist()
        item["max"] = np.maximum(kept.max(0), 0).tolist()
        item["sparse"] = {
            "count": len(rows),
            "indices": {
                "bufferView": self._view(rows.astype(small).tobytes(), None, None),
                "componentType": _COMPONENT[np.dtype(small).name],
            },
            "values": {"bufferView": self._view(kept.tobytes(), None, None)},
        }
        return self.add("accessors", item)

    def _nothing(self, count: int) -> int:
        """An accessor without bytes is all zeros; one is shared by every target that moves nothing."""
        if count not in self._zeros:
            zeros = {
                "componentType": FLOAT,
                "count": count,
                "type": "VEC3",
                "min": [0.0] * 3,
                "max": [0.0] * 3,
            }
            self._zeros[count] = self.add("accessors", zeros)
        return self._zeros[count]

    def _describe(self, values: Array, bounds: bool, normalized: bool) -> dict[str, Any]:
        width = 1 if values.ndim == 1 else values.shape[1]
        item: dict[str, Any] = {
            "componentType": _COMPONENT[values.dtype.name],
            "count": len(values),
            "type": _KIND[width],
        }
        if normalized:
            item["normalized"] = True
        if bounds:
            rows = values.reshape(len(values), width)
            item["min"], item["max"] = rows.min(0).tolist(), rows.max(0).tolist()
        return item

    def _view(self, data: bytes, target: int | None, stride: int | None) -> int:
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self._length, "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        if stride is not None:
            view["byteStride"] = stride
        padded = data + b"\0" * (-len(data) % 4)
        self._parts.append(padded)
        self._length += len(padded)
        return self.add("bufferViews", view)

    def chunks(self) -> list[bytes]:
        """The file, in pieces to be written one after the other."""
        if self._length:
            self.json["buffers"] = [{"byteLength": self._length}]
        text = json.dumps(self.json, separators=(",", ":"), allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + self._length
        head = struct.pack("<4sII", b"glTF", 2, total) + struct.pack("<I4s", len(text), b"JSON")
        return [head, text, struct.pack("<I4s", self._length, b"BIN\0"), *self._parts]

    @property
    def num_bytes(self) -> int:
        return self._length
