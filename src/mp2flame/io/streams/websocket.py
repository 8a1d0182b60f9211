"""``ws://host:port``: a WebSocket server that sends frames to pages and programs, and a client that takes them."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ...base.errors import InputError, SourceError
from ...base.values import Frame
from . import wire
from .base import Line, Output, StreamContext, now_s, parse_url
from .inputs import INPUT_OPTIONS, NetworkInput
from .packets import Packet, RejectedPacket
from .ws_server import Client, WebSocketServer, sent

PORT = 8765
MAX_MESSAGE = 4096
SEND_BUFFER = 32_768
MAX_REJECTS = 20
_LOCAL_PAGES = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")


class _Client(Client):
    def __init__(self, connection: Any, as_json: bool) -> None:
        super().__init__(connection)
        self.as_json = as_json
        self.interval_s = 0.0
        self.rejected = 0


class WebSocketOutput(Output):
    """``ws://host[:8765][?token=..]``.

    Options: ``token`` (needed for any host but loopback; sent by clients as ``?token=`` or as
    ``Authorization: Bearer``), ``origin`` (further pages that may connect, comma-separated; pages on
    loopback always may, programs send no origin), ``clients`` (at most, default 8), ``format=json|binary``
    (until a client subscribes to the other).
    """

    def __init__(self, text: str, context: StreamContext) -> None:
        super().__init__(text, context)
        url = parse_url(text, default_port=PORT, options=("token", "origin", "clients", "format"))
        self._token = url.token()
        if not url.loopback and len(self._token) < 8:
            raise InputError(
                f"{url.scheme}://{url.host} can be reached from other machines, so it needs a token of 8 or "
                f"more characters: {url.scheme}://{url.host}:{url.port}?token=... "
                "(or use 127.0.0.1 to serve this machine only)."
            )
        origins = url.options.get("origin", "")
        self._most = int(url.number("clients", 8, 1, 256))
        as_json = url.choice("format", "json", ("json", "binary")) == "json"
        self._frame: Frame | None = None
        self._number = 0
        self._encoded: dict[bool, tuple[int, str | bytes]] = {}
        self._hello = json.dumps(wire.hello(context))
        self._server = WebSocketServer(
            url.host or "127.0.0.1", url.port, client=lambda connection: _Client(connection, as_json),
            listen=self._listen, feed=self._feed, changed=self._count, failed=self.stats.fail, name="mp2flame-ws",
            goodbye="the sender ended", most=self._most, send_buffer=SEND_BUFFER, process_request=self._admit,
            origins=[None, _LOCAL_PAGES, *(o.strip() for o in origins.split(",") if o.strip())],
            max_size=MAX_MESSAGE, max_queue=4, write_limit=16_384, close_timeout=1,
        )  # fmt: skip
        self.port = self._server.port
        if (failure := self._server.failure) is not None:
            raise SourceError(
                f"cannot serve {text!r}: {failure.strerror or failure}; "
                "is another program using that port? Close it or choose another."
            ) from None

    def _send(self, frame: Frame) -> None:
        self._frame = frame
        self._number += 1
        self._server.wake()

    def _close(self) -> None:
        self._server.close()

    # -- the server's thread

    def _count(self, clients: int) -> None:
        self.stats.clients = clients

    def _admit(self, connection: Any, request: Any) -> Any:
        if self.stats.clients >= self._most:
            self.stats.reject("too many clients")
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many clients\n")
        if self._token and not hmac.compare_digest(_token_of(request), self._token.encode()):
            self.stats.reject("wrong token")
            return connection.respond(HTTPStatus.UNAUTHORIZED, "a token is needed: ws://...?token=...\n")
        return None

    async def _feed(self, client: _Client) -> None:
        await client.connection.send(self._hello)
        seen = self._number
        while True:
            await client.awake.wait()
            client.awake.clear()
            if self._number == seen or self._frame is None:
                continue
            self.stats.dropped += self._number - seen - 1
            seen = self._number
            started = now_s()
            if not await sent(client, self._message(client.as_json)):
                self.stats.fail("a client took nothing for 10 s and was dropped")
                return
            self.stats.sent += 1
            if client.interval_s:
                await asyncio.sleep(max(0.0, client.interval_s - (now_s() - started)))

    def _message(self, as_json: bool) -> str | bytes:
        """The newest frame, encoded once for all clients of a format."""
        number, frame = self._number, self._frame
        have = self._encoded.get(as_json)
        if have is not None and have[0] == number:
            return have[1]
        assert frame is not None
        message = wire.encode_json(frame) if as_json else wire.encode_binary(frame)
        self._encoded[as_json] = (number, message)
        return message

    async def _listen(self, client: _Client) -> None:
        async for data in client.connection:
            try:
                self._obey(data, client)
            except RejectedPacket as error:
                self.stats.reject(str(error))
                client.rejected += 1
                if client.rejected > MAX_REJECTS:
                    await client.connection.close(1008, "too many malformed messages")
                    return

    @staticmethod
    def _obey(data: str | bytes, client: _Client) -> None:
        if isinstance(data, bytes):
            raise RejectedPacket("binary message from a client")
        message = wire.read_json(data, MAX_MESSAGE)
        if message["type"] != "subscribe":
            raise RejectedPacket("unknown type")
        kind, rate = message.get("format", "json"), message.get("max_fps", 0)
        if kind not in ("json", "binary"):
            raise RejectedPacket("unknown format")
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1000:
            raise RejectedPacket("bad max_fps")
        client.as_json = kind == "json"
        client.interval_s = 1.0 / rate if rate else 0.0


def _token_of(request: Any) -> bytes:
    bearer: str = request.headers.get("Authorization", "")
    if bearer.startswith("Bearer "):
        return bearer.removeprefix("Bearer ").encode("utf-8", "surrogateescape")
    query = parse_qs(urlsplit(request.path).query)
    token: str = query.get("token", [""])[0]
    return token.encode("utf-8", "surrogateescape")


class WebSocketInput(NetworkInput):
    """``ws://host:port[?token=..]``: take frames from a WebSocket server of ``mp2flame.stream/1``.

    A thread keeps the connection and comes back with growing pauses when it is lost.
    """

    def __init__(self, text: str) -> None:
        url = parse_url(text, default_port=8765, options=(*INPUT_OPTIONS, "token", "format"))
        super().__init__(url)
        token = url.token()
        self._format = url.choice("format", "binary", ("json", "binary"))
        headers = {"Authorization": f"Bearer {token}"} if token else None
        self._line = Line(
            "mp2flame-ws-input", url, self._take, self.stats,
            max_size=wire.MAX_JSON, max_queue=4, additional_headers=headers,
        )  # fmt: skip
        self._line.start()

    def _take(self, connection: Any) -> None:
        connection.send(f'{{"type":"subscribe","format":"{self._format}"}}')
        self.stats.clients = 1
        decoder = wire.InputDecoder()
        for data in connection:
            try:
                packet = decoder.feed(data)
            except RejectedPacket as error:
                self.stats.reject(str(error))
                continue
            if packet is not None:
                self.stats.frames += 1
                self.stats.dropped += self._line.slot.put(packet)

    def _newest(self, timeout_s: float) -> Packet | None:
        item = self._line.slot.get(timeout_s)
        return item if isinstance(item, Packet) else None

    def close(self) -> None:
        super().close()
        self._line.close()
