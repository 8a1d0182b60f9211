"""OSC packets by python-osc, VMC and raw; and reading them without trusting them.

Encoding and decoding of OSC itself is python-osc's. What it does with hostile bytes is not ours to
trust, so ``read_messages`` bounds the size and turns every failure into ``RejectedPacket``.
"""

from __future__ import annotations

import re
import struct
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...base.optional import need
from ...base.values import Frame
from .base import StreamContext, StreamUrl, parse_url
from .packets import MAX_DATAGRAM, RejectedPacket
from .udp import UdpOutput

MAX_MESSAGES = 1000
MAX_DEPTH = 4
Message = tuple[str, Sequence[Any]]
_MESSAGE = re.compile(rb"/[!-~ ]*\x00+,[ifsdhbTFN]*\x00")
"""An address, padding, and type tags of numbers, texts, blobs and constants."""


def python_osc() -> Any:
    parts = ("osc_bundle", "osc_bundle_builder", "osc_message", "osc_message_builder")
    return need("pythonosc", *(f"pythonosc.{part}" for part in parts), purpose="speaking vmc:// and osc://")[
        0
    ]


def encode_bundle(messages: Sequence[Message]) -> bytes:
    """Messages as one OSC bundle to be taken at once. Types: str s, int i, float f, bool T/F."""
    osc = python_osc()
    bundle = osc.osc_bundle_builder.OscBundleBuilder(osc.osc_bundle_builder.IMMEDIATELY)
    for address, arguments in messages:
        builder = osc.osc_message_builder.OscMessageBuilder(address=address)
        for argument in arguments:
            builder.add_arg(argument, _KIND[type(argument)] if type(argument) in _KIND else None)  # noqa: SIM401
        bundle.add_content(builder.build())
    return bytes(bundle.build().dgram)


_KIND = {float: "f", int: "i", str: "s"}


class BundleTemplate:
    """``encode_bundle`` for messages that differ from frame to frame in their numbers only.

    python-osc makes the first bundle; after that only the numbers in it are packed anew, which is about
    30 times faster (60 messages a frame are 3 ms through its builders).
    """

    def __init__(self, messages: Sequence[Message]) -> None:
        whole = encode_bundle(messages)
        self._parts: list[Any] = []
        self._slots: list[int] = []
        code, start = ">", 16  # "#bundle" and the time tag
        constant = whole[:start]
        for message in messages:
            size = int.from_bytes(whole[start : start + 4], "big")
            kinds = [_KIND[type(x)] for x in message[1] if not isinstance(x, str)]
            numbers_at = start + 4 + size - 4 * len(kinds)
            constant += whole[start:numbers_at]
            start += 4 + size
            if kinds:
                code += f"{len(constant)}s" + "".join(kinds)
                self._parts.append(constant)
                self._slots += range(len(self._parts), len(self._parts) + len(kinds))
                self._parts += [0] * len(kinds)
                constant = b""
        self._parts.append(constant)
        self._struct = struct.Struct(code + f"{len(constant)}s")

    def fill(self, messages: Sequence[Message]) -> bytes:
        """The bundle with these messages' numbers; addresses and texts must be the first ones'."""
        numbers = [x for _, arguments in messages for x in arguments if not isinstance(x, str)]
        for slot, number in zip(self._slots, numbers, strict=True):
            self._parts[slot] = number
        return self._struct.pack(*self._parts)


def read_messages(data: bytes) -> list[Message]:
    """Every message of a datagram, bundles opened.

    The structure is checked here, and python-osc gets single messages with type tags that it knows: given a
    broken bundle it writes a warning for each of up to 16,000 empty elements into the program's log.

    Raises:
        RejectedPacket: not OSC, or more than a frame can need.
    """
    if len(data) > MAX_DATAGRAM:
        raise RejectedPacket("too long")
    osc = python_osc()
    found: list[Message] = []
    for part in _split(data, 0):
        if len(found) == MAX_MESSAGES:
            raise RejectedPacket("too many messages")
        if not _MESSAGE.match(part):
            raise RejectedPacket("not OSC")
        try:
            message = osc.osc_message.OscMessage(part)
        except Exception:  # its own and plain errors for bad bytes; all mean the same here  # noqa: BLE001
            raise RejectedPacket("not OSC") from None
        found.append((str(message.address), list(message.params)))
    return found


def _split(data: bytes, depth: int) -> Iterator[bytes]:
    """The messages in a datagram: itself, or a bundle's elements, each a size and so many bytes."""
    if len(data) < 8 or len(data) % 4:
        raise RejectedPacket("not OSC")
    if not data.startswith(b"#bundle\x00"):
        yield data
        return
    if depth == MAX_DEPTH:
        raise RejectedPacket("nested too deep")
    start = 16
    while start < len(data):
        size = int.from_bytes(data[start : start + 4], "big")
        end = start + 4 + size
        if end > len(data):
            raise RejectedPacket("bad OSC element")
        yield from _split(data[start + 4 : end], depth + 1)
        start = end


class BundleOutput(UdpOutput):
    """An output whose frames are one bundle each, of the same messages in the same order."""

    def __init__(self, url: StreamUrl, context: StreamContext) -> None:
        python_osc()
        super().__init__(url, context)
        self._template: BundleTemplate | None = None

    @abstractmethod
    def messages(self, frame: Frame) -> list[Message]:
        """What is sent for a frame."""

    def _send(self, frame: Frame) -> None:
        found = self.messages(frame)
        if self._template is None:
            self._template = BundleTemplate(found)
        self._udp.send(self._template.fill(found))


class OscOutput(BundleOutput):
    """``osc://host:port[/prefix]``: one bundle a frame of plain numbers, for patches and own programs.

    ``<prefix>/frame i``, ``/time_ms f``, ``/detected i``, ``/weights`` 52 floats in MediaPipe order,
    ``/expression`` E floats, ``/jaw_pose``, ``/neck_pose``, ``/global_orient``, ``/transl`` 3 and
    ``/eye_pose`` 6 floats; with ``names=1`` also ``/weight/<name> f`` for each channel.
    """

    def __init__(self, text: str, context: StreamContext) -> None:
        url = parse_url(text, default_port=0, options=("names",))
        self._prefix = (url.path.rstrip("/") or "/mp2flame")[:100]
        self._by_name = url.flag("names", False)
        super().__init__(url, context)

    def messages(self, frame: Frame) -> list[Message]:
        prefix, weights = self._prefix, np.asarray(frame.weights, np.float64).tolist()
        found: list[Message] = [
            (f"{prefix}/frame", [frame.index & 0x7FFFFFFF]),
            (f"{prefix}/time_ms", [float(frame.timestamp_ms)]),
            (f"{prefix}/detected", [int(frame.detected)]),
            (f"{prefix}/weights", weights),
            *(
                (f"{prefix}/{name}", np.asarray(value, np.float64).tolist())
                for name, value in frame.params.asdict().items()
            ),
        ]
        if self._by_name:
            found += [(f"{prefix}/weight/{n}", [w]) for n, w in zip(self.context.names, weights)]
        return found
