"""OSC packets by python-osc, VMC and raw; and reading them without trusting them.

Encoding and decoding of OSC itself is python-osc's. What it does with hostile bytes is not ours to
trust, so ``read_messages`` bounds the size and turns every failure into ``RejectedPacket``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import MissingDependencyError
from ..types import Frame
from .base import Output, StreamContext, parse_url
from .packets import MAX_DATAGRAM, RejectedPacket
from .udp import UdpSender

MAX_MESSAGES = 1000
MAX_DEPTH = 4
Message = tuple[str, Sequence[Any]]


def _pythonosc() -> Any:
    try:
        import pythonosc.osc_bundle
        import pythonosc.osc_bundle_builder
        import pythonosc.osc_message
        import pythonosc.osc_message_builder
    except ImportError:
        raise MissingDependencyError(
            "vmc:// and osc:// need the python-osc package; install it with: pip install 'mp2flame[osc]'"
        ) from None
    return pythonosc


def encode_bundle(messages: Sequence[Message]) -> bytes:
    """Messages as one OSC bundle to be taken at once. Types: str s, int i, float f, bool T/F."""
    osc = _pythonosc()
    bundle = osc.osc_bundle_builder.OscBundleBuilder(osc.osc_bundle_builder.IMMEDIATELY)
    for address, arguments in messages:
        builder = osc.osc_message_builder.OscMessageBuilder(address=address)
        for argument in arguments:
            builder.add_arg(argument, _KIND[type(argument)] if type(argument) in _KIND else None)
        bundle.add_content(builder.build())
    return bytes(bundle.build().dgram)


_KIND = {float: "f", int: "i", str: "s"}


def read_messages(data: bytes) -> list[Message]:
    """Every message of a datagram, bundles opened.

    Raises:
        RejectedPacket: not OSC, or more than a frame can need.
    """
    if not data or len(data) > MAX_DATAGRAM or len(data) % 4:
        raise RejectedPacket("not OSC")
    osc = _pythonosc()
    if not data.startswith((b"/", b"#bundle\x00")):
        raise RejectedPacket("not OSC")
    if data.count(b"#bundle\x00") > 64:
        raise RejectedPacket("nested too deep")
    try:
        if data.startswith(b"#"):
            found = list(_open(osc.osc_bundle.OscBundle(data), 0))
        else:
            found = [_message(osc.osc_message.OscMessage(data))]
    except RejectedPacket:
        raise
    except Exception:  # python-osc raises its own and plain errors for bad bytes; all mean the same here
        raise RejectedPacket("not OSC") from None
    if len(found) > MAX_MESSAGES:
        raise RejectedPacket("too many messages")
    return found


def _open(bundle: Any, depth: int) -> Iterator[Message]:
    if depth > MAX_DEPTH:
        raise RejectedPacket("nested too deep")
    for content in bundle:
        if hasattr(content, "address"):
            yield _message(content)
        else:
            yield from _open(content, depth + 1)


def _message(message: Any) -> Message:
    return str(message.address), list(message.params)


class OscOutput(Output):
    """``osc://host:port[/prefix]``: one bundle a frame of plain numbers, for patches and own programs.

    ``<prefix>/frame i``, ``/time_ms f``, ``/detected i``, ``/weights`` 52 floats in MediaPipe order,
    ``/expression`` E floats, ``/jaw_pose``, ``/neck_pose``, ``/global_orient``, ``/transl`` 3 and
    ``/eye_pose`` 6 floats; with ``names=1`` also ``/weight/<name> f`` for each channel.
    """

    def __init__(self, text: str, context: StreamContext) -> None:
        super().__init__(text, context)
        url = parse_url(text, default_port=0, options=("names",))
        _pythonosc()
        self._prefix = (url.path.rstrip("/") or "/mp2flame")[:100]
        self._by_name = url.flag("names", False)
        self._udp = UdpSender(url, self.stats)

    def messages(self, frame: Frame) -> list[Message]:
        """What is sent for a frame."""
        prefix, weights = self._prefix, [float(w) for w in frame.weights]
        found: list[Message] = [
            (f"{prefix}/frame", [frame.index & 0x7FFFFFFF]),
            (f"{prefix}/time_ms", [float(frame.timestamp_ms)]),
            (f"{prefix}/detected", [int(frame.detected)]),
            (f"{prefix}/weights", weights),
            *(
                (f"{prefix}/{name}", [float(v) for v in value])
                for name, value in frame.params.asdict().items()
            ),
        ]
        if self._by_name:
            found += [(f"{prefix}/weight/{n}", [w]) for n, w in zip(self.context.names, weights)]
        return found

    def _send(self, frame: Frame) -> None:
        self._udp.send(encode_bundle(self.messages(frame)))

    def _close(self) -> None:
        self._udp.close()
