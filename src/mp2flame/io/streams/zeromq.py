"""``zmq://host:port``: a ZeroMQ PUB socket for local avatar renderers.

Messages are the wire format's, one part each: binary frames start with ``M2FS`` and the hello, sent once
a second, with ``{``. Both are subscription prefixes: ``SUB`` to ``b"M2FS"`` for frames alone. A subscriber
that is slow makes ZeroMQ drop its messages after ``hwm`` (default 2) of them; ZeroMQ does not count those.
"""

from __future__ import annotations

import json

from ...base.errors import InputError, SourceError
from ...base.optional import need
from ...base.values import Frame
from . import wire
from .base import Output, StreamContext, now_s, parse_url

PORT = 5599
HELLO_EVERY_S = 1.0


class ZmqOutput(Output):
    """``zmq://host[:5599]``, ``zmq://*:5599?public=1``; options ``hwm``, ``public``.

    PUB has no access control, so any host but loopback must be asked for with ``public=1``.
    """

    def __init__(self, text: str, context: StreamContext) -> None:
        super().__init__(text, context)
        url = parse_url(text, default_port=PORT, options=("hwm", "public"))
        if not url.loopback and not url.flag("public", False):
            raise InputError(
                f"{text!r} would publish to other machines and ZeroMQ asks for no token; "
                "add public=1 if that is meant, or use zmq://127.0.0.1."
            )
        self._zmq = zmq = need("zmq", purpose="speaking zmq://")
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUB)
        self._socket.setsockopt(zmq.SNDHWM, int(url.number("hwm", 2, 1, 1000)))
        self._socket.setsockopt(zmq.LINGER, 0)
        host = "127.0.0.1" if url.host in ("", "localhost") else url.host
        try:
            if url.port:
                self._socket.bind(f"tcp://{host}:{url.port}")
                self.port = url.port
            else:
                self.port = self._socket.bind_to_random_port(f"tcp://{host}")
        except zmq.ZMQError as error:
            self._context.destroy()
            raise SourceError(f"cannot serve {text!r}: {error}; choose another port.") from None
        self._hello = json.dumps(wire.hello(context)).encode()
        self._next_hello = 0.0

    def _send(self, frame: Frame) -> None:
        try:
            if now_s() >= self._next_hello:
                self._next_hello = now_s() + HELLO_EVERY_S
                self._socket.send(self._hello, self._zmq.DONTWAIT)
            self._socket.send(wire.encode_binary(frame), self._zmq.DONTWAIT)
            self.stats.sent += 1
        except self._zmq.Again:
            self.stats.dropped += 1
        except self._zmq.ZMQError as error:
            self.stats.fail(error)

    def _close(self) -> None:
        self._context.destroy(linger=0)
