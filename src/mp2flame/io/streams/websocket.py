"""``ws://host:port``: a WebSocket server that sends frames to pages and programs.

One asyncio loop in a thread of its own. ``send`` stores the newest frame and wakes that loop; each client
has a task that takes the newest frame when its socket can take one. So a slow client skips frames, what
waits for it is bounded by one message and the socket's buffers, and the caller never waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import re
import socket
import threading
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ...base.errors import InputError, SourceError
from ...base.optional import need
from ...base.values import Frame
from . import wire
from .base import Line, Output, StreamContext, now_s, parse_url
from .inputs import INPUT_OPTIONS, NetworkInput
from .packets import Packet, RejectedPacket

PORT = 8765
MAX_MESSAGE = 4096
SEND_TIMEOUT_S = 10.0
SEND_BUFFER = 32_768
MAX_REJECTS = 20
_LOCAL_PAGES = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")


class _Client:
    def __init__(self, connection: Any, as_json: bool) -> None:
        self.connection = connection
        self.as_json = as_json
        self.interval_s = 0.0
        self.rejected = 0
        self.awake = asyncio.Event()


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
        self._host = url.host or "127.0.0.1"
        self._token = url.token()
        if not url.loopback and len(self._token) < 8:
            raise InputError(
                f"{url.scheme}://{url.host} can be reached from other machines, so it needs a token of 8 or "
                f"more characters: {url.scheme}://{url.host}:{url.port}?token=... "
                "(or use 127.0.0.1 to serve this machine only)."
            )
        origins = url.options.get("origin", "")
        self._origins = [None, _LOCAL_PAGES, *(o.strip() for o in origins.split(",") if o.strip())]
        self._most = int(url.number("clients", 8, 1, 256))
        self._json = url.choice("format", "json", ("json", "binary")) == "json"
        self._server_module = need("websockets.asyncio.server", purpose="speaking ws://")
        self._frame: Frame | None = None
        self._number = 0
        self._encoded: dict[bool, tuple[int, str | bytes]] = {}
        self._clients: set[_Client] = set()
        self._waking = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self.port = url.port
        self._hello = json.dumps(wire.hello(context))
        self._thread = threading.Thread(target=self._run, name="mp2flame-ws", daemon=True)
        self._thread.start()
        self._ready.wait(10.0)
        if self._failure is not None:
            raise SourceError(
                f"cannot serve {text!r}: {self._failure.strerror or self._failure}; "
                "is another program using that port? Close it or choose another."
            ) from None

    # -- the caller's thread

    def _send(self, frame: Frame) -> None:
        self._frame = frame
        self._number += 1
        if self._clients and not self._waking.is_set():
            self._waking.set()  # at most one wake-up is on its way: the loop's queue cannot grow
            with contextlib.suppress(RuntimeError):  # the loop was closed between two lines
                self._loop.call_soon_threadsafe(self._wake)

    def _close(self) -> None:
        if self._stop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5.0)

    # -- the server's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:
            self._failure = error
        finally:
            self._ready.set()
            end_tasks(self._loop)
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        connections = Connections(self._server_module)
        async with self._server_module.serve(
            self._talk, self._host, self.port,
            origins=self._origins, process_request=self._admit, max_size=MAX_MESSAGE, max_queue=4,
            write_limit=16_384, compression=None, ping_interval=20, ping_timeout=20, close_timeout=1,
            logger=_quiet(), create_connection=connections.kind,
        ) as server:  # fmt: skip
            self.port = int(next(iter(server.sockets)).getsockname()[1])
            self._ready.set()
            await self._stop.wait()
            server.close(close_connections=False)
            connections.hang_up_unfinished()
            await asyncio.gather(*(self._hang_up(client.connection) for client in self._clients))

    @staticmethod
    async def _hang_up(connection: Any) -> None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(0.5):
                await connection.close(1001, "the sender ended")
        # a client that reads nothing would hold the polite close up for ever
        connection.transport.abort()

    def _admit(self, connection: Any, request: Any) -> Any:
        if len(self._clients) >= self._most:
            self.stats.reject("too many clients")
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many clients\n")
        if self._token and not hmac.compare_digest(_token_of(request), self._token.encode()):
            self.stats.reject("wrong token")
            return connection.respond(HTTPStatus.UNAUTHORIZED, "a token is needed: ws://...?token=...\n")
        return None

    def _wake(self) -> None:
        self._waking.clear()
        for client in self._clients:
            client.awake.set()

    async def _talk(self, connection: Any) -> None:
        if len(self._clients) >= self._most:  # two may have passed the check at once
            await connection.close(1013, "too many clients")
            return
        # what the kernel holds for a slow client is old by the time it is read: keep it to a few frames
        raw = connection.transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        client = _Client(connection, self._json)
        self._clients.add(client)
        self.stats.clients = len(self._clients)
        from websockets.exceptions import ConnectionClosed

        listening = asyncio.create_task(self._listen(connection, client))
        talking = asyncio.create_task(self._feed(connection, client))
        try:
            done, _ = await asyncio.wait({listening, talking}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                error = task.exception()
                if error is not None and not isinstance(error, ConnectionClosed):
                    self.stats.fail(error)
        finally:
            for task in (listening, talking):
                task.cancel()
            await asyncio.gather(listening, talking, return_exceptions=True)
            self._clients.discard(client)
            self.stats.clients = len(self._clients)

    async def _feed(self, connection: Any, client: _Client) -> None:
        await connection.send(self._hello)
        seen = self._number
        while True:
            await client.awake.wait()
            client.awake.clear()
            if self._number == seen or self._frame is None:
                continue
            self.stats.dropped += self._number - seen - 1
            seen = self._number
            started = now_s()
            try:
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await connection.send(self._message(client.as_json))
            except TimeoutError:
                self.stats.fail("a client took nothing for 10 s and was dropped")
                # the transport still holds its unread bytes: a polite close would wait for them
                connection.transport.abort()
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

    async def _listen(self, connection: Any, client: _Client) -> None:
        async for data in connection:
            try:
                self._obey(data, client)
            except RejectedPacket as error:
                self.stats.reject(str(error))
                client.rejected += 1
                if client.rejected > MAX_REJECTS:
                    await connection.close(1008, "too many malformed messages")
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


class Connections:
    """Every connection of a server, its handshake complete or not; ``kind`` is for ``serve(create_connection=)``."""

    def __init__(self, module: Any) -> None:
        self._open: set[Any] = set()
        self._ended = False
        outer = self

        class Connection(module.ServerConnection):  # type: ignore[misc]
            def connection_made(self, transport: Any) -> None:
                super().connection_made(transport)
                outer._open.add(self)
                if outer._ended:
                    transport.abort()

            def connection_lost(self, exc: Exception | None) -> None:
                outer._open.discard(self)
                super().connection_lost(exc)

        self.kind = Connection

    def hang_up_unfinished(self) -> None:
        """Close those whose handshake is not complete, and those that still come: the server's end would wait 10 s for them."""
        self._ended = True
        for connection in list(self._open):
            if connection.state.name == "CONNECTING":
                connection.transport.abort()


def end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Let what still waits in a loop that has stopped end without a word."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


def _token_of(request: Any) -> bytes:
    bearer: str = request.headers.get("Authorization", "")
    if bearer.startswith("Bearer "):
        return bearer.removeprefix("Bearer ").encode("utf-8", "surrogateescape")
    query = parse_qs(urlsplit(request.path).query)
    token: str = query.get("token", [""])[0]
    return token.encode("utf-8", "surrogateescape")


def _quiet() -> Any:
    """Websockets logs a refused handshake as an error with a traceback; we count it instead."""
    import logging

    logger = logging.getLogger("mp2flame.io.streams.websocket")
    logger.setLevel(logging.CRITICAL)
    return logger


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
