"""An independent reader of binary glTF: the specification's words in plain Python, nothing of the writer.

Khronos Group, *glTF 2.0 Specification*: accessors 3.6.2, sparse 3.6.2.3, skins 3.7.3, morph targets 3.7.2.2,
animation interpolation appendix C.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

TYPES = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Glb:
    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        magic, version, length = struct.unpack_from("<4sII", data)
        assert (magic, version, length) == (b"glTF", 2, len(data))
        size, kind = struct.unpack_from("<I4s", data, 12)
        assert kind == b"JSON"
        self.json: dict[str, Any] = json.loads(data[20 : 20 + size])
        size_bin, kind = struct.unpack_from("<I4s", data, 20 + size)
        assert kind == b"BIN\0"
        self.bin = data[28 + size : 28 + size + size_bin]
        assert self.json["buffers"][0]["byteLength"] <= len(self.bin)
        self._read: dict[int, np.ndarray] = {}

    def _view(self, index: int, dtype: Any, count: int, width: int, offset: int = 0) -> np.ndarray:
        view = self.json["bufferViews"][index]
        assert "byteStride" not in view
        start = view.get("byteOffset", 0) + offset
        assert start + count * width * np.dtype(dtype).itemsize <= view["byteOffset"] + view["byteLength"]
        return np.frombuffer(self.bin, dtype, count * width, start).reshape(count, width)

    def accessor(self, index: int) -> np.ndarray:
        if index not in self._read:
            self._read[index] = self._accessor(index)
        return self._read[index]

    def _accessor(self, index: int) -> np.ndarray:
        item = self.json["accessors"][index]
        dtype, width, count = TYPES[item["componentType"]], WIDTHS[item["type"]], item["count"]
        values = np.zeros((count, width), dtype)
        if "bufferView" in item:
            values = self._view(item["bufferView"], dtype, count, width, item.get("byteOffset", 0)).copy()
        if "sparse" in item:
            part = item["sparse"]
            where = part["indices"]
            rows = self._view(where["bufferView"], TYPES[where["componentType"]], part["count"], 1)[:, 0]
            assert (np.diff(rows.astype(int)) > 0).all()
            values[rows] = self._view(part["values"]["bufferView"], dtype, part["count"], width)
        if "min" in item:
            np.testing.assert_allclose(values.min(0), item["min"], atol=1e-7)
            np.testing.assert_allclose(values.max(0), item["max"], atol=1e-7)
        if item.get("normalized"):
            return values / float(np.iinfo(dtype).max)
        return values

    def mesh_node(self) -> int:
        return next(i for i, node in enumerate(self.json["nodes"]) if "mesh" in node)

    def attribute(self, name: str) -> np.ndarray:
        return self.accessor(self.json["meshes"][0]["primitives"][0]["attributes"][name])

    def target_names(self) -> list[str]:
        return self.json["meshes"][0]["extras"]["targetNames"]

    def animated(self, time: float) -> dict[tuple[int, str], np.ndarray]:
        """(node, path) to value at a time in seconds."""
        values = {}
        animation = self.json["animations"][0]
        for item in animation["channels"]:
            sampler = animation["samplers"][item["sampler"]]
            times = self.accessor(sampler["input"])[:, 0].astype(float)
            assert (np.diff(times) > 0).all() and sampler["interpolation"] == "LINEAR"
            out = self.accessor(sampler["output"]).astype(float).reshape(len(times), -1)
            k = int(np.clip(np.searchsorted(times, time, side="right") - 1, 0, max(len(times) - 2, 0)))
            if len(times) == 1 or time <= times[0]:
                value = out[0]
            elif time >= times[-1]:
                value = out[-1]
            else:
                share = (time - times[k]) / (times[k + 1] - times[k])
                value = (1 - share) * out[k] + share * out[k + 1]
                if item["target"]["path"] == "rotation":
                    value = slerp(out[k], out[k + 1], share)
            values[item["target"]["node"], item["target"]["path"]] = value
        return values

    def vertices(self, time: float) -> tuple[np.ndarray, np.ndarray]:
        """Positions and normals ``(V, 3)`` in the scene at a time in seconds."""
        animated = self.animated(time)
        node = self.mesh_node()
        made = self.json["meshes"][0]["primitives"][0]
        weights = animated.get((node, "weights"), np.array(self.json["meshes"][0].get("weights", [])))
        position = self.attribute("POSITION").astype(float)
        normal = self.attribute("NORMAL").astype(float)
        for weight, target in zip(weights, made.get("targets", []), strict=True):
            if weight:
                position = position + weight * self.accessor(target["POSITION"])
                if "NORMAL" in target:
                    normal = normal + weight * self.accessor(target["NORMAL"])
        world = self.world(animated)
        if "skin" not in self.json["nodes"][node]:
            matrix = np.repeat(world[node][None], len(position), 0)
        else:
            skin = self.json["skins"][self.json["nodes"][node]["skin"]]
            binds = self.accessor(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
            joints = np.stack([world[j] @ bind for j, bind in zip(skin["joints"], binds, strict=True)])
            matrix = np.zeros((len(position), 4, 4))
            k = 0
            while f"JOINTS_{k}" in made["attributes"]:
                which, share = self.attribute(f"JOINTS_{k}"), self.attribute(f"WEIGHTS_{k}")
                matrix += np.einsum("vi,viab->vab", share, joints[which])
                k += 1
        moved = np.einsum("vab,vb->va", matrix[:, :3, :3], position) + matrix[:, :3, 3]
        turned = np.einsum("vab,vb->va", matrix[:, :3, :3], normal)
        return moved, turned / np.linalg.norm(turned, axis=1, keepdims=True)

    def world(self, animated: dict[tuple[int, str], np.ndarray]) -> dict[int, np.ndarray]:
        found: dict[int, np.ndarray] = {}

        def visit(index: int, above: np.ndarray) -> None:
            node = self.json["nodes"][index]
            local = np.eye(4)
            turn = animated.get((index, "rotation"), np.array(node.get("rotation", [0, 0, 0, 1])))
            local[:3, :3] = quaternion_matrix(turn)
            local[:3, 3] = animated.get((index, "translation"), np.array(node.get("translation", [0, 0, 0])))
            found[index] = above @ local
            for child in node.get("children", []):
                visit(child, found[index])

        for root in self.json["scenes"][self.json["scene"]]["nodes"]:
            visit(root, np.eye(4))
        return found


def quaternion_matrix(q: np.ndarray) -> np.ndarray:
    """x, y, z, w as glTF orders them."""
    x, y, z, w = np.asarray(q, float) / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def slerp(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    dot = float(a @ b)
    sign = -1.0 if dot < 0 else 1.0
    angle = np.arccos(min(abs(dot), 1.0))
    if angle < 1e-6:
        return a
    return (np.sin((1 - share) * angle) * a + sign * np.sin(share * angle) * b) / np.sin(angle)
