"""Read MediaPipe's canonical face out of ``face_landmarker.task``.

The task file is a zip; ``geometry_pipeline_metadata_landmarks.binarypb`` in it is a protocol buffer of type
``GeometryPipelineMetadata`` (MediaPipe, Apache-2.0) whose field 1 is a ``Mesh3d``: field 3 the vertex buffer
(x, y, z, u, v a vertex, centimetres), field 4 the index buffer.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

MEMBER = "geometry_pipeline_metadata_landmarks.binarypb"


def canonical_face(task: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vertices ``(468, 3)`` in metres and triangles ``(898, 3)``."""
    with zipfile.ZipFile(task) as archive:
        metadata = archive.read(MEMBER)
    mesh = next(value for field, value in _fields(metadata) if field == 1)
    floats = np.array([value for field, value in _fields(mesh) if field == 3])
    indices = np.array([value for field, value in _fields(mesh) if field == 4])
    return floats.reshape(-1, 5)[:, :3] / 100.0, indices.reshape(-1, 3)


def mirror_of(vertices: np.ndarray) -> np.ndarray:
    """``(478,)``: the landmark on the other side of the face; the irises swap as wholes."""
    gap = np.linalg.norm(vertices[:, None] * [-1, 1, 1] - vertices[None], axis=2)
    mirror = gap.argmin(1)
    if gap.min(1).max() > 1e-6 or not np.array_equal(mirror[mirror], np.arange(len(mirror))):
        raise ValueError("the canonical face is not symmetric")
    # Right iris 468: centre, 469 nasal, 470 top, 471 outer, 472 bottom; left 473: outer first, nasal third.
    return np.concatenate([mirror, [473, 476, 475, 474, 477], [468, 471, 470, 469, 472]])


def _fields(data: bytes) -> Iterator[tuple[int, object]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(data, at)
        elif wire == 5:
            value, at = struct.unpack_from("<f", data, at)[0], at + 4
        elif wire == 2:
            size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            raise ValueError(f"wire type {wire} in {MEMBER}")
        yield key >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
