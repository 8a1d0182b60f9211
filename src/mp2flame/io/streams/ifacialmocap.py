"""iFacialMocap's text packets over UDP, port 49983 (https://www.ifacialmocap.com/for-developer/).

``name-value|...|=head#ex,ey,ez,px,py,pz|rightEye#ex,ey,ez|leftEye#ex,ey,ez|`` with values 0..100, angles
in degrees, the head's position in metres; in version 2 the separator is ``&`` (a minus sign can then be
one). The developer page does not give the axes. We use ARKit's own right-handed ones, which are FLAME's:
the page's example packet then has eyes that converge (right eye y 2.4 degrees, left -1.7), and diverge
the other way. ``trackingStatus`` is a shape-like field of the app and comes first; 0 is taken, and sent, as 'face lost'.

FaceMotion3D sends the same, separated by ``&``, to port 49993 when it is asked with its own words
(https://www.facemotion3d.net/english/for-developer/). Both also send over TCP, a mark behind each packet.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace

import numpy as np

from ...base import channels as names
from ...base.errors import InputError
from ...base.values import FloatArray, Frame
from . import frames
from .base import SIDES, StreamContext, keeps_sides, now_s, parse_url
from .inputs import INPUT_OPTIONS, PacketInput
from .packets import (
    Packet,
    RejectedPacket,
    ascii_or_reject,
    bounded,
    column_of,
    tongue_from_names,
    weights_from_names,
)
from .udp import UdpOutput, UdpReceiver, resolve

PORT = 49983
HANDSHAKE = b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719"
HANDSHAKE_V2 = HANDSHAKE + b"|sendDataVersion=v2"
TCP_PORT = 49986
"""Where either app connects to when it is asked for TCP; a mark ends each packet there."""
TCP_HANDSHAKE = b"iFacialMocap_UDPTCP_sahuasouryya9218sauhuiayeta91555dy3719"
TCP_STOP = b"iFacialMocap_UDPTCPSTOP_sahuasouryya9218sauhuiayeta91555dy3719"
FACEMOTION3D_PORT, FACEMOTION3D_HANDSHAKE = 49993, b"FACEMOTION3D_OtherStreaming"
FACEMOTION3D_STOP = b"StopStreaming_FACEMOTION3D"
MAX_BYTES = 8192
_TO_IFM = names.convert_order(
    np.arange(names.NUM_BLENDSHAPES), "mediapipe", "ifacialmocap", fill=-1.0
).astype(int)
_FIELD = re.compile(r"([A-Za-z_]{1,40})[&-](.{0,60})")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_POSES = {"head": (6, 3), "rightEye": (3,), "leftEye": (3,)}  # older apps send the head's rotation alone


def encode(frame: Frame, *, version: int = 1) -> bytes:
    """One packet. Version 1 has whole numbers 0..100 only: readers of it parse integers."""
    separator = "&" if version == 2 else "-"
    percent = np.rint(np.clip(100.0 * np.asarray(frame.weights, np.float64), 0, 100)).astype(int)
    tongue = round(100.0 * min(max(frame.tongue_out or 0.0, 0.0), 1.0))
    fields = [
        f"trackingStatus{separator}{int(frame.detected)}"
    ]  # first, as the app: some receivers drop the first
    fields += [
        f"{name}{separator}{percent[i] if i >= 0 else tongue}"
        for name, i in zip(names.IFACIALMOCAP, _TO_IFM.tolist())
    ]
    eyes = np.asarray(frame.params.eye_pose, np.float64)
    head = (*frames.euler_degrees(frames.head_rotation(frame.params)), *frame.params.transl.tolist())
    transforms = (
        f"=head#{_numbers(head)}|rightEye#{_numbers(frames.euler_degrees(eyes[3:]))}"
        f"|leftEye#{_numbers(frames.euler_degrees(eyes[:3]))}|"
    )
    return ("|".join(fields) + "|" + transforms).encode("ascii")


def _numbers(values: tuple[float, ...]) -> str:
    return ",".join(f"{round(value, 6) + 0.0:.6f}" for value in values)  # + 0.0: no "-0.000000"


class Decoder:
    """Packets of one sender, either version, with memory: a field that cannot be read keeps its last value.

    Fields nobody knows are passed over, as the app adds some.

    Args:
        keep_sides: take jawLeft/jawRight and mouthLeft/mouthRight as they are named (docs/streams.md).
    """

    def __init__(self, *, keep_sides: bool = True) -> None:
        self._keep_sides = keep_sides
        self._weights: FloatArray | None = None
        self._poses: dict[str, FloatArray] = {}

    def feed(self, data: bytes) -> Packet:
        """Bytes to a packet; ``Packet.faults`` says what in it could not be read.

        Raises:
            RejectedPacket: no text, no face channel in it, or numbers out of range.
        """
        if len(data) > MAX_BYTES:
            raise RejectedPacket("too long")
        packet, faults = Packet(), []
        shapes: list[tuple[str, float]] = []
        unread: list[int] = []
        poses: dict[str, FloatArray] = {}
        for part in ascii_or_reject(data).split("|"):
            name, hash_, rest = part.lstrip("=").partition("#")
            if hash_:
                if name in _POSES:
                    try:
                        poses[name] = _floats(rest, _POSES[name])
                    except RejectedPacket as error:
                        faults.append(str(error))
                continue
            match = _FIELD.fullmatch(part)
            if match is None:
                continue
            if _NUMBER.fullmatch(match[2]) is None:
                column = column_of(match[1])
                if column is not None:
                    faults.append("not a number")
                    unread.append(column)
            elif match[1] == "trackingStatus":
                packet.detected = float(match[2]) != 0.0
            else:
                shapes.append((match[1], float(match[2]) / 100.0))
        weights = weights_from_names(shapes)
        if weights is None:
            raise RejectedPacket("no face channel")
        if unread and self._weights is not None:
            weights[unread] = self._weights[unread]
        self._weights = weights
        packet.tongue_out = tongue_from_names(shapes)
        self._poses |= poses
        packet.faults = tuple(faults)
        packet.weights = weights if self._keep_sides else weights[names.SWAP_SIDEWAYS]
        if "head" in self._poses:
            head = self._poses["head"].tolist()
            packet.head_orient = frames.from_euler_degrees(*head[:3])
            packet.transl = self._poses["head"][3:] if len(head) == 6 else None
        if "leftEye" in self._poses and "rightEye" in self._poses:
            packet.eye_pose = np.concatenate(
                [frames.from_euler_degrees(*self._poses[key].tolist()) for key in ("leftEye", "rightEye")]
            )
        return packet


def decode(data: bytes, *, keep_sides: bool = True) -> Packet:
    """One packet by itself; see ``Decoder.feed``."""
    return Decoder(keep_sides=keep_sides).feed(data)


def _floats(text: str, counts: tuple[int, ...]) -> FloatArray:
    parts = text.split(",")
    if len(parts) not in counts:
        raise RejectedPacket("wrong number of values")
    if not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        raise RejectedPacket("not a number")
    return bounded((float(part) for part in parts), 1000.0)


class IFacialMocapOutput(UdpOutput):
    """``ifacialmocap://host[:49983]``: be the phone. Options ``version=1|2``, ``listen=PORT``, ``keep_sides``.

    With ``listen`` it waits on that port for a program's handshake and answers to whoever sent it
    (to port 49983 there, as the app does); until then it sends to ``host``, if one is named.
    """

    def __init__(self, text: str, context: StreamContext) -> None:
        url = parse_url(text, default_port=PORT, options=("version", "listen", "bind", *SIDES))
        self._version = int(url.choice("version", "1", ("1", "2")))
        self._keep_sides = keeps_sides(url, True)
        self._listen: UdpReceiver | None = None
        if "listen" not in url.options and not url.host:
            raise InputError(f"{text!r} names no receiver; expected ifacialmocap://host:{PORT}.")
        super().__init__(url, context)
        if "listen" in url.options:
            port = int(url.number("listen", PORT, 0, 65535))
            self._listen = UdpReceiver(url.options.get("bind", "127.0.0.1"), port, text)
            self._listen.socket.setblocking(False)

    @property
    def listen_port(self) -> int:
        return self._listen.port if self._listen else 0

    def _take_handshake(self) -> None:
        if self._listen is None:
            return
        for _ in range(4):  # bounded: a flood here may not hold up the frame
            try:
                data, sender = self._listen.socket.recvfrom(256)
            except (BlockingIOError, OSError):
                return
            if data.startswith(HANDSHAKE):
                self._version = 2 if data.startswith(HANDSHAKE_V2) else 1
                self._udp.address = (sender[0], self._udp.address[1])
                self.stats.clients = 1
            else:
                self.stats.reject("not a handshake")

    def _send(self, frame: Frame) -> None:
        self._take_handshake()
        if not self._keep_sides:
            frame = replace(frame, weights=np.asarray(frame.weights)[names.SWAP_SIDEWAYS])
        self._udp.send(encode(frame, version=self._version))

    def _close(self) -> None:
        super()._close()
        if self._listen:
            self._listen.close()


class IFacialMocapInput(PacketInput):
    """``ifacialmocap://phone[:49983]``: asks that phone to send, repeats it while the phone is silent.

    Options: ``listen`` (port here, 49983), ``bind`` (address here; all of them when a phone is named, since
    the phone answers from the network), ``version=1|2``, ``keep_sides``, ``tcp=1`` (the phone then connects to port
    49986 here). Without a phone it only listens.
    """

    default_port = PORT
    handshakes: tuple[bytes, bytes] = (HANDSHAKE, HANDSHAKE_V2)
    tcp_handshakes: tuple[bytes, bytes] = (TCP_HANDSHAKE, TCP_HANDSHAKE + b"|sendDataVersion=v2")
    tcp_mark = b"___iFacialMocap"
    farewells: tuple[bytes, bytes] = (b"", TCP_STOP)  # of datagrams and of TCP

    def __init__(self, text: str) -> None:
        url = parse_url(
            text, default_port=self.default_port, options=(*INPUT_OPTIONS, "listen", "bind", "version", "tcp")
        )
        self._phone = resolve(url.host, url.port, text)[1] if url.host else None
        loopback = url.loopback
        bind = url.options.get("bind", "127.0.0.1" if loopback else "0.0.0.0")
        self._tcp = url.flag("tcp", False)
        port = int(url.number("listen", TCP_PORT if self._tcp else self.default_port, 0, 65535))
        only_from = self._phone[0] if self._phone else ""
        super().__init__(url, bind, port, only_from, mark=self.tcp_mark if self._tcp else b"")
        words = self.tcp_handshakes if self._tcp else self.handshakes
        self._handshake = words[int(url.choice("version", "2", ("1", "2"))) - 1]
        self._decoder = Decoder(keep_sides=keeps_sides(url, True))
        self._next_ask = 0.0
        self._idle()

    def _idle(self) -> None:
        if self._phone and now_s() >= self._next_ask:
            self._next_ask = now_s() + 1.0
            self._say(self._handshake)
            self.stats.clients = 1

    def _say(self, words: bytes) -> None:
        if self._phone and words:
            with contextlib.suppress(OSError):
                self._receiver.socket.sendto(words, self._phone)

    def _parse(self, data: bytes) -> Packet | None:
        if self._tcp:  # asked again, it would connect again
            self._next_ask = now_s() + 2.0
        return self._decoder.feed(data)

    def close(self) -> None:
        self._say(self.farewells[self._tcp])
        super().close()


class FaceMotion3DInput(IFacialMocapInput):
    """``facemotion3d://phone[:49993]``: the same packets, asked for with FaceMotion3D's own words."""

    default_port = FACEMOTION3D_PORT
    handshakes = (FACEMOTION3D_HANDSHAKE,) * 2
    tcp_handshakes = (FACEMOTION3D_HANDSHAKE + b"|protocol=tcp",) * 2
    tcp_mark = b"___FACEMOTION3D"
    farewells = (FACEMOTION3D_STOP,) * 2
