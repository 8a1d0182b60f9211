"""What both forms of a head share: the mesh's own attributes, morph targets, the material, the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ....base.errors import InputError, ShapeError
from ....base.values import FloatArray
from .document import ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER, Array, Document

if TYPE_CHECKING:
    from ....flame import FlameModel

_JAW = 2
THRESHOLD = 1e-6  # metres: a vertex that a target moves less is left out of it
_NORMAL_THRESHOLD = 1e-3


class Normals:
    """Vertex normals of one triangle list, quick for many meshes: area-weighted face normals."""

    def __init__(self, faces: Array, num_vertices: int) -> None:
        self._corners = np.ascontiguousarray(np.asarray(faces, np.intp).T)
        self._count = num_vertices
        corners = np.asarray(faces).reshape(-1)
        order = np.argsort(corners, kind="stable")
        self._used, self._starts = np.unique(corners[order], return_index=True)
        self._triangle = order // 3

    def edges(self, points: FloatArray) -> FloatArray:
        """``(2, 3, F)`` two edges of every triangle of ``(V, 3)`` points, coordinates as planes."""
        planes = np.ascontiguousarray(points.T)
        a, b, c = (planes[:, corner] for corner in self._corners)
        return np.stack([b - a, c - a])

    def raw(self, edges: FloatArray) -> FloatArray:
        """``(V, 3)`` not normalised."""
        return self._gather(_cross(edges[0], edges[1]))

    def change(self, edges: FloatArray, motion: FloatArray) -> FloatArray:
        """First-order change of ``raw`` when the vertices move by ``motion`` ``(V, 3)``."""
        moved = self.edges(motion)
        return self._gather(_cross(moved[0], edges[1]) + _cross(edges[0], moved[1]))

    def _gather(self, of_faces: FloatArray) -> FloatArray:
        out = np.zeros((self._count, 3), of_faces.dtype)
        for axis in range(3):
            out[self._used, axis] = np.add.reduceat(of_faces[axis][self._triangle], self._starts)
        return out


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Cross product of planes ``(3, F)``; ``np.cross`` takes several times as long."""
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def unit(vectors: FloatArray) -> FloatArray:
    """Length 1; a vertex without triangles looks forward."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    out = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 1e-20)
    out[length[..., 0] <= 1e-20] = (0, 0, 1)
    # float32 rows must have length 1 to within a few units in the last place
    exact = out.astype(np.float64)
    return np.asarray(exact / np.linalg.norm(exact, axis=-1, keepdims=True), np.float32)


def primitive(
    document: Document,
    model: FlameModel,
    shaped: FloatArray,
    targets: FloatArray,
    *,
    normals: bool,
    colors: Array | None,
) -> dict[str, Any]:
    """The head's triangles with ``targets`` ``(K, V, 3)`` metres as morph targets."""
    shaped = np.ascontiguousarray(shaped, np.float32)
    count = len(shaped)
    faces = np.ascontiguousarray(model.faces, np.uint16 if count <= 0xFFFF else np.uint32)
    helper = Normals(np.asarray(model.faces), count)
    raw = helper.raw(helper.edges(shaped.astype(np.float64)))
    attributes = {"POSITION": document.accessor(shaped, target=ARRAY_BUFFER, bounds=True)}
    attributes["NORMAL"] = document.accessor(unit(raw), target=ARRAY_BUFFER)
    if colors is not None:
        rgb = np.asarray(colors)
        if rgb.shape != (count, 3) or rgb.dtype.kind not in "fiu":
            raise ShapeError(f"colors must be ({count}, 3) numbers, got {rgb.dtype} {rgb.shape}.")
        attributes["COLOR_0"] = document.accessor(linear_colors(rgb), target=ARRAY_BUFFER, normalized=True)
    length = np.linalg.norm(raw, axis=1, keepdims=True)
    length = np.where(length > 1e-20, length, 1).astype(np.float32)
    direction = (raw / length).astype(np.float32)
    edges = helper.edges(shaped)
    morphs = []
    for target in targets:
        moved = np.asarray(target, np.float32)
        morph = {"POSITION": document.sparse(moved, THRESHOLD)}
        if normals:
            change = helper.change(edges, moved) / length
            change -= direction * (direction * change).sum(1, keepdims=True)
            morph["NORMAL"] = document.sparse(change, _NORMAL_THRESHOLD)
        morphs.append(morph)
    made: dict[str, Any] = {
        "attributes": attributes,
        "indices": document.accessor(faces.reshape(-1), target=ELEMENT_ARRAY_BUFFER),
        "material": _material(document, colors is not None),
    }
    if morphs:
        made["targets"] = morphs
    return made


def inside(document: Document, model: FlameModel, shaped: FloatArray) -> tuple[int, Array] | None:
    """A dark lining of the back of the head, and the vertices it is made of; None for a head with a mouth.

    FLAME's mouth leads into an empty skull: without the lining an open mouth shows the skin of its far side.
    """
    if model.has_mouth:
        return None
    faces = np.asarray(model.faces)
    behind = shaped[:, 2] < float(model.J_regressor[_JAW] @ shaped[:, 2]) - 0.01
    rear = faces[behind[faces].all(1)]
    used, corners = np.unique(rear[:, ::-1], return_inverse=True)
    if not len(used):
        return None
    helper = Normals(faces, len(shaped))
    outward = unit(helper.raw(helper.edges(shaped.astype(np.float64))))
    places = np.ascontiguousarray(shaped[used] - 0.001 * outward[used], np.float32)  # clear of the skin
    dark = {"baseColorFactor": [0.03, 0.006, 0.006, 1.0], "metallicFactor": 0.0, "roughnessFactor": 1.0}
    made = {
        "attributes": {
            "POSITION": document.accessor(places, target=ARRAY_BUFFER, bounds=True),
            "NORMAL": document.accessor(np.ascontiguousarray(-outward[used]), target=ARRAY_BUFFER),
        },
        "indices": document.accessor(corners.reshape(-1).astype(np.uint16), target=ELEMENT_ARRAY_BUFFER),
        "material": document.add("materials", {"name": "inside", "pbrMetallicRoughness": dark}),
    }
    return document.add("meshes", {"name": "inside", "primitives": [made]}), used


def _material(document: Document, colored: bool) -> int:
    base = [1.0, 1.0, 1.0, 1.0] if colored else [0.62, 0.52, 0.46, 1.0]
    surface = {"baseColorFactor": base, "metallicFactor": 0.0, "roughnessFactor": 0.55}
    # the mouth's inside is seen from behind on FLAME's open mesh
    return document.add("materials", {"name": "head", "pbrMetallicRoughness": surface, "doubleSided": True})


def linear_colors(colors: Array) -> Array:
    """SRGB uint8 or 0..1 to the linear RGBA that glTF wants, uint16 for 0..1."""
    value = np.asarray(colors, np.float64) / (1.0 if colors.dtype.kind == "f" else 255.0)
    if not np.isfinite(value).all() or value.min(initial=0) < 0 or value.max(initial=0) > 1:
        raise InputError("colors must lie in 0..255 (integers) or 0..1 (floating point).")
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    opaque = np.concatenate([linear, np.ones((len(linear), 1))], axis=1)
    return np.round(opaque * 65535).astype(np.uint16)


def keep_times(timestamp_ms: FloatArray) -> tuple[Array, Array]:
    """Seconds from the first frame as float32, strictly increasing, and the frames that they belong to.

    Of frames at the same time the last one stays.
    """
    seconds = ((np.asarray(timestamp_ms, np.float64) - timestamp_ms[0]) / 1000.0).astype(np.float32)
    last = np.r_[np.diff(seconds) > 0, True]
    frames = np.flatnonzero(last)
    return seconds[frames], frames


def smooth_signs(quaternions: FloatArray) -> FloatArray:
    """``(T, ..., 4)`` with signs so that neighbours are near: interpolation then takes the short way."""
    dots = (quaternions[1:] * quaternions[:-1]).sum(-1)
    signs = np.cumprod(np.where(dots < 0, -1.0, 1.0), axis=0)
    out = np.array(quaternions, np.float64)
    out[1:] *= signs[..., None]
    return out


def channel(
    document: Document, animation: dict[str, Any], times: int, values: int, node: int, path: str
) -> None:
    """One animated property of one node."""
    sampler = {"input": times, "output": values, "interpolation": "LINEAR"}
    animation["samplers"].append(sampler)
    target = {"node": node, "path": path}
    animation["channels"].append({"sampler": len(animation["samplers"]) - 1, "target": target})
