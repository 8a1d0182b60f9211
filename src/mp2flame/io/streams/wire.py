"""mp2flame.stream/1: the project's own JSON and binary messages (docs/streams.md is the specification).

Three messages: ``hello`` once at the start, ``frame`` in JSON or binary, and ``subscribe`` from a client.
WebSocket, JSON lines, ZeroMQ and shared memory all carry these.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np

from ...base.channels import INDEX, NUM_BLENDSHAPES, convert_order
from ...base.values import FlameParams, FloatArray, Frame
from .base import StreamContext
from .frames import compose
from .packets import Packet, RejectedPacket, bounded, weights_from_names

SCHEMA = "mp2flame.stream/1"
MAGIC = b"M2FS"
VERSION = 1
HEADER = struct.Struct("<4sHHIIdII")
"""magic, version, flags (bit 0: face detected), index, num_expression, timestamp_ms, float count, 0."""
MAX_EXPRESSION = 400
MAX_JSON = 65_536
_TAIL = (("jaw_pose", 3), ("eye_pose", 6), ("neck_pose", 3), ("global_orient", 3), ("transl", 3))


def layout(num_expression: int) -> list[dict[str, Any]]:
    """Name, first float and width of each field of a binary frame, for readers in any language."""
    fields, start = [], 0
    for name, width in (("weights", NUM_BLENDSHAPES), ("expression", num_expression), *_TAIL):
        fields.append({"name": name, "start": start, "width": width})
        start += width
    return fields


def num_floats(num_expression: int) -> int:
    return NUM_BLENDSHAPES + num_expression + sum(width for _, width in _TAIL)


def frame_bytes(num_expression: int) -> int:
    """Length of a binary frame."""
    return HEADER.size + 4 * num_floats(num_expression)


def hello(context: StreamContext) -> dict[str, Any]:
    """The first message: what the numbers of the frames are."""
    return {
        "type": "hello",
        "schema": SCHEMA,
        "formats": ["json", "binary"],
        "subject": context.subject,
        "names": list(context.names),
        "num_expression": context.num_expression,
        "flame": {"release": context.flame_release, "sha256": context.flame_sha256},
        "mirrored": context.mirrored,
        "units": {"rotation": "axis-angle radians", "length": "metres", "time": "milliseconds"},
        "axes": "FLAME: x to the subject's left, y up, z out of the face; right-handed",
        "sides": "left and right are the subject's",
        "binary": {
            "magic": MAGIC.decode(),
            "version": VERSION,
            "byte_order": "little",
            "header_bytes": HEADER.size,
            "frame_bytes": frame_bytes(context.num_expression),
            "fields": layout(context.num_expression),
        },
    }


def encode_json(frame: Frame) -> str:
    """A frame as one line of JSON; floats with 6 significant digits."""
    message: dict[str, Any] = {
        "type": "frame",
        "index": frame.index,
        "timestamp_ms": round(float(frame.timestamp_ms), 3),
        "detected": bool(frame.detected),
        "weights": _short(frame.weights),
    }
    if frame.tongue_out is not None:
        message["tongue_out"] = round(float(frame.tongue_out), 6)
    message.update((name, _short(value)) for name, value in frame.params.asdict().items())
    return json.dumps(message, separators=(",", ":"), allow_nan=False)


def _short(values: FloatArray) -> list[float]:
    return [float(f"{value:.6g}") for value in np.asarray(values, np.float64).tolist()]


def encode_binary(frame: Frame) -> bytes:
    """A frame as ``frame_bytes(E)`` bytes, little-endian."""
    params = frame.params
    count = params.num_expression
    header = HEADER.pack(
        MAGIC, VERSION, int(frame.detected), frame.index & 0xFFFFFFFF, count,
        float(frame.timestamp_ms), num_floats(count), 0,
    )  # fmt: skip
    parts = [np.asarray(frame.weights, np.float32), params.expression]
    parts += [getattr(params, name) for name, _ in _TAIL]
    return header + np.concatenate(parts).astype("<f4", copy=False).tobytes()


def decode_binary(data: bytes | memoryview) -> Frame:
    """A binary frame back to a ``Frame`` (``blendshapes`` are not sent and come back as zeros).

    Raises:
        RejectedPacket: wrong magic, version or length, or numbers that are not finite.
    """
    if len(data) < HEADER.size:
        raise RejectedPacket("too short")
    magic, version, flags, index, num_expression, timestamp_ms, count, _ = HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise RejectedPacket("not mp2flame.stream/1")
    if not 0 < num_expression <= MAX_EXPRESSION or count != num_floats(num_expression):
        raise RejectedPacket("bad float count")
    if len(data) != frame_bytes(num_expression) or not math.isfinite(timestamp_ms):
        raise RejectedPacket("bad length")
    floats = np.frombuffer(data, "<f4", count, HEADER.size).astype(np.float32)
    if not np.isfinite(floats).all():
        raise RejectedPacket("not a finite number")
    values = {f["name"]: floats[f["start"] : f["start"] + f["width"]] for f in layout(num_expression)}
    weights = values.pop("weights")
    none = np.zeros(NUM_BLENDSHAPES, np.float32)
    return Frame(index, timestamp_ms, bool(flags & 1), FlameParams(**values), weights, none)


def read_json(text: str | bytes, limit: int = MAX_JSON) -> dict[str, Any]:
    """Any JSON message of the protocol as a dictionary with a text ``type``.

    Raises:
        RejectedPacket: too long, not JSON, nested too deep, or without a type.
    """
    if len(text) > limit:
        raise RejectedPacket("too long")
    try:
        message = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise RejectedPacket("not JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise RejectedPacket("no type")
    return message


def _refuse(_: str) -> float:
    raise ValueError("NaN and Infinity are no JSON")


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        raise RejectedPacket("not a number")
    return float(value)


def _vector(value: Any, width: int) -> FloatArray:
    if not isinstance(value, list) or len(value) != width:
        raise RejectedPacket("wrong number of values")
    return bounded((_number(x) for x in value), 1e6)


class InputDecoder:
    """What a WebSocket source may send: our frames (JSON, binary), or weights alone by name or in order.

    ``{"type": "frame", "weights": [...]}`` needs no FLAME parameters here. After a ``hello`` with ``names``
    a list follows those; without one, MediaPipe's order. ``{"weights": {"jawOpen": 0.5}}`` names them.
    """

    def __init__(self) -> None:
        self._order: tuple[str, ...] | None = None

    def feed(self, data: str | bytes) -> Packet | None:
        """A packet, or None for a message that carries no frame.

        Raises:
            RejectedPacket: malformed.
        """
        if isinstance(data, bytes):
            frame = decode_binary(data)
            pose = frame.params
            return _as_packet(frame.detected, frame.timestamp_ms, frame.weights, pose.asdict())
        message = read_json(data)
        if message["type"] == "hello":
            self._take_hello(message)
            return None
        if message["type"] != "frame":
            raise RejectedPacket("unknown type")
        time_ms = message.get("timestamp_ms")
        poses = {k: _vector(message[k], w) for k, w in _TAIL if message.get(k) is not None}
        return _as_packet(
            message.get("detected", True) is True,
            None if time_ms is None else _number(time_ms),
            self._weights(message.get("weights")),
            poses,
        )

    def _take_hello(self, message: dict[str, Any]) -> None:
        schema, names = message.get("schema"), message.get("names")
        if not isinstance(schema, str) or schema.rpartition("/")[0] != SCHEMA.rpartition("/")[0]:
            raise RejectedPacket("unknown schema")
        if schema != SCHEMA:
            raise RejectedPacket("unknown version")
        if names is None:
            return
        if not isinstance(names, list) or len(names) > 256 or not all(isinstance(n, str) for n in names):
            raise RejectedPacket("bad names")
        order = tuple(n[:64] for n in names)
        try:
            convert_order(np.zeros(len(order)), order, "mediapipe", unknown="ignore")
        except ValueError:
            raise RejectedPacket("bad names") from None
        self._order = order

    def _weights(self, value: Any) -> FloatArray:
        if isinstance(value, dict) and len(value) <= 256:
            weights = weights_from_names((k, _number(v)) for k, v in value.items())
        elif isinstance(value, list) and self._order is not None:
            vector = _vector(value, len(self._order))
            weights = weights_from_names(zip(self._order, vector.tolist()))
        else:
            weights = np.clip(_vector(value, NUM_BLENDSHAPES), -1.0, 2.0)
        if weights is None:
            raise RejectedPacket("no face channel")
        return weights


def _as_packet(
    detected: bool, timestamp_ms: float | None, weights: FloatArray, poses: dict[str, FloatArray]
) -> Packet:
    head = None
    if "global_orient" in poses:
        head = compose(poses["global_orient"], poses.get("neck_pose", np.zeros(3))).astype(np.float32)
    clipped = np.clip(weights, -1.0, 2.0).astype(np.float32)
    clipped[INDEX["_neutral"]] = 0.0
    return Packet(
        detected=detected, weights=clipped, head_orient=head, eye_pose=poses.get("eye_pose"),
        transl=poses.get("transl"), timestamp_ms=timestamp_ms,
    )  # fmt: skip
