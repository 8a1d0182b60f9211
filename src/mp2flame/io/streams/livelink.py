"""Live Link Face over UDP: what the iPhone app sends to Unreal, port 11111.

Layout (network byte order), as Unreal archives it and PyLiveLinkFace packs it: u8 version 6; device id
and subject name, each an int32 length and bytes; i32 frame and f32 sub-frame; i32 frame rate and
denominator; then, only when there is a face, u8 61 and 61 float32 in the order of Unreal's
``EARFaceBlendShape`` (``names.PYLIVELINKFACE``): 52 shapes, head and eye angles in radians. PyLiveLinkFace
reads the version as a little-endian u32 and the id as 37 bytes starting with '$': the same bytes.
"""

from __future__ import annotations

import datetime
import struct
import uuid

import numpy as np

from ...base import channels as names
from ...base.values import Frame
from . import frames
from .base import SIDES, StreamContext, keeps_sides, parse_url
from .inputs import INPUT_OPTIONS, PacketInput
from .packets import Packet, RejectedPacket, ascii_or_reject, bounded
from .udp import UdpOutput

PORT = 11111
VERSION = 6
NUM_VALUES = len(names.PYLIVELINKFACE)
_TO_LIVELINK = names.convert_order(
    np.arange(names.NUM_BLENDSHAPES), "mediapipe", "pylivelinkface", fill=-1.0
).astype(int)
_HAVE = _TO_LIVELINK >= 0
_FROM_LIVELINK = names.convert_order(np.arange(NUM_VALUES), "pylivelinkface", "mediapipe", fill=-1.0).astype(
    int
)
_KNOWN = _FROM_LIVELINK >= 0
_TONGUE = names.PYLIVELINKFACE.index("TongueOut")
_ANGLE_START = NUM_VALUES - len(names.HEAD_AND_EYE_ANGLES)


def encode(
    values: np.ndarray | None,
    *,
    subject: str,
    device_id: str,
    frame: int,
    sub_frame: float = 0.0,
    fps: int = 60,
) -> bytes:
    """One packet; ``values`` are the 61 floats, None for a packet without a face."""
    identity, name = device_id.encode(), subject.encode()
    head = struct.pack(f"!Bi{len(identity)}si", VERSION, len(identity), identity, len(name)) + name
    head += struct.pack("!ifii", frame & 0x7FFFFFFF, sub_frame, fps, 1)
    if values is None:
        return head
    return head + struct.pack("!B", NUM_VALUES) + np.asarray(values, ">f4").tobytes()


def decode(data: bytes, *, keep_sides: bool = False) -> Packet:
    """Bytes to a packet.

    Args:
        keep_sides: take jawLeft/jawRight and mouthLeft/mouthRight as they are named; else exchange them
            (docs/streams.md).

    Raises:
        RejectedPacket: the bytes are no Live Link Face packet.
    """
    try:
        version, length = struct.unpack_from("!Bi", data, 0)
        if not 1 <= version <= VERSION:
            raise RejectedPacket("unknown version")
        if not 0 <= length <= 256:
            raise RejectedPacket("bad length")
        offset = 5 + length
        (length,) = struct.unpack_from("!i", data, offset)
        if not 0 <= length <= 256:
            raise RejectedPacket("bad length")
        subject_bytes = data[offset + 4 : offset + 4 + length]
        offset += 4 + length
        frame, sub_frame, fps, denominator = struct.unpack_from("!ifii", data, offset)
        offset += 16
    except struct.error:
        raise RejectedPacket("too short") from None
    subject = ascii_or_reject(subject_bytes)
    if not (0 < fps <= 100_000 and 0 < denominator <= 100_000 and np.isfinite(sub_frame)):
        raise RejectedPacket("bad frame rate")
    timestamp_ms = 1000.0 * (frame + min(max(sub_frame, 0.0), 1.0)) * denominator / fps
    if len(data) == offset or (len(data) == offset + 1 and data[offset] == 0):
        return Packet(detected=False, timestamp_ms=timestamp_ms, subject=subject)
    if data[offset] != NUM_VALUES or len(data) != offset + 1 + 4 * NUM_VALUES:
        raise RejectedPacket("not 61 values")
    values = bounded(np.frombuffer(data, ">f4", NUM_VALUES, offset + 1).tolist(), 100.0)
    tongue = float(np.clip(values[_TONGUE], 0.0, 1.0))
    weights = np.zeros(names.NUM_BLENDSHAPES, np.float32)
    weights[_KNOWN] = np.clip(values[_FROM_LIVELINK[_KNOWN]], -1.0, 2.0)
    if not keep_sides:
        weights = weights[names.SWAP_SIDEWAYS]
    angles = values[_ANGLE_START:].reshape(3, 3).tolist()  # head, left eye, right eye: yaw, pitch, roll
    signs = (names.LIVELINK_HEAD_SIGNS, names.LIVELINK_EYE_SIGNS, names.LIVELINK_EYE_SIGNS)
    head, left, right = (
        frames.from_yaw_pitch_roll(yaw, pitch, roll, sign) for (yaw, pitch, roll), sign in zip(angles, signs)
    )
    return Packet(
        weights=weights,
        head_orient=head,
        eye_pose=np.concatenate([left, right]),
        timestamp_ms=timestamp_ms,
        subject=subject,
        tongue_out=tongue,
    )


def values_of(frame: Frame, *, keep_sides: bool = False) -> np.ndarray:
    """The 61 float32 of a frame; ``TongueOut`` is 0 where the source does not know it, as MediaPipe does not."""
    weights = np.asarray(frame.weights, np.float32)
    if not keep_sides:
        weights = weights[names.SWAP_SIDEWAYS]
    values = np.zeros(NUM_VALUES, np.float32)
    values[_HAVE] = weights[_TO_LIVELINK[_HAVE]]
    values[_TONGUE] = frame.tongue_out or 0.0
    eyes = np.asarray(frame.params.eye_pose, np.float64)
    values[_ANGLE_START:] = (
        *frames.yaw_pitch_roll(frames.head_rotation(frame.params), names.LIVELINK_HEAD_SIGNS),
        *frames.yaw_pitch_roll(eyes[:3]),
        *frames.yaw_pitch_roll(eyes[3:]),
    )
    return values


class LiveLinkOutput(UdpOutput):
    """``livelink://host[:11111]``; options ``fps``, ``keep_sides=1``, ``lost=ease|mark``, ``name``."""

    def __init__(self, text: str, context: StreamContext) -> None:
        url = parse_url(text, default_port=PORT, options=("fps", *SIDES, "lost", "name"))
        self._fps = int(url.number("fps", 60, 1, 240))
        self._keep_sides = keeps_sides(url, False)
        self._mark = url.choice("lost", "ease", ("ease", "mark")) == "mark"
        self._subject = url.options.get("name", context.subject)[:64]
        # Unreal tells devices apart by this id; 36 characters keep PyLiveLinkFace's 37-byte reading true
        self._device = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"mp2flame/{self._subject}")).upper()
        super().__init__(url, context)

    def _send(self, frame: Frame) -> None:
        lost = self._mark and not frame.detected
        clock = datetime.datetime.now()
        seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second + clock.microsecond * 1e-6
        number, sub = divmod(seconds * self._fps, 1.0)
        values = None if lost else values_of(frame, keep_sides=self._keep_sides)
        data = encode(
            values,
            subject=self._subject,
            device_id=self._device,
            frame=int(number),
            sub_frame=sub,
            fps=self._fps,
        )
        self._udp.send(data)


class LiveLinkInput(PacketInput):
    """``livelink://[host][:11111]``: Live Link Face on an iPhone; ``0.0.0.0`` listens to the network."""

    def __init__(self, text: str) -> None:
        url = parse_url(text, default_port=PORT, options=(*INPUT_OPTIONS, "from"))
        super().__init__(url, url.host, url.port, url.options.get("from", ""))
        self._keep_sides = keeps_sides(url, False)

    def _parse(self, data: bytes) -> Packet | None:
        return decode(data, keep_sides=self._keep_sides)
