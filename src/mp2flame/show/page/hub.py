"""The page's own small server: its files, downloads, and one socket for each browser.

One asyncio loop in a thread. ``post`` keeps the newest message of each kind and wakes that loop; each browser has a task
that takes what is newest when its socket can take one, so a slow browser skips frames, and whoever posts never waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import mimetypes
import socket
import threading
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ...base.errors import OutputError
from ...base.optional import need
from ...io.streams.websocket import Connections, end_tasks
from .access import MAX_MESSAGE, Guard

SEND_TIMEOUT_S = 10.0
_ANSWERS = 50  # that wait for one browser at most
_WRITE_LIMIT, _SEND_BUFFER = 65_536, 131_072
_STATIC = {
    "": "index.html",
    "style.css": "style.css",
    "app.js": "app.js",
    "head.js": "head.js",
    "icon.svg": "icon.svg",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' blob:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'",
}
_COMMAND_KEYS = 12


@cache
def page_file(name: str) -> bytes:
    """One of the page's files, from the package."""
    return files(__package__).joinpath("static", name).read_bytes()


class Client:
    """One browser."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.awake = asyncio.Event()
        self.sent: dict[str, int] = {}
        self.answers: list[str] = []


class Hub:
    """Serves until ``close``.

    Args:
        host, port: where; port 0 is any.
        guard: who may.
        command: called with a message of a browser, in a thread of its own per message queue; returns the answer.
        download: the file that a name stands for, or None.
        joined: called when somebody looks.

    Attributes:
        port: the one that is served.

    Raises:
        OutputError: it cannot be served there.
        MissingDependencyError: websockets is not installed.
    """

    def __init__(
        self,
        host: str,
        port: int,
        guard: Guard,
        *,
        command: Callable[[dict[str, Any]], dict[str, Any]],
        download: Callable[[str], Path | None],
        joined: Callable[[], None],
    ) -> None:
        self._module, _ = need("websockets.asyncio.server", "PIL.Image", purpose="the viewer")
        self._host, self.port, self._guard = host, port, guard
        self._command, self._download, self._joined = command, download, joined
        self._lock = threading.Lock()
        self._newest: dict[str, tuple[int, str | bytes]] = {}
        self._clients: set[Client] = set()
        self._waking = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop: asyncio.Event | None = None
        self._ready, self._failure = threading.Event(), ""
        self._thread = threading.Thread(target=self._run, name="mp2flame-page", daemon=True)
        self._thread.start()
        self._ready.wait(10.0)
        if self._failure:
            raise OutputError(f"cannot open the viewer on {host}:{port}: {self._failure}.")

    @property
    def num_clients(self) -> int:
        return len(self._clients)

    def post(self, kind: str, message: str | bytes) -> None:
        """The newest of its kind for everybody, also for who comes later; returns at once.

        Kinds are sent in alphabetical order.
        """
        with self._lock:
            number = self._newest.get(kind, (0, b""))[0] + 1
            self._newest[kind] = number, message
        if self._clients and not self._waking.is_set():
            self._waking.set()  # at most one wake-up is on its way: the loop's queue cannot grow
            with contextlib.suppress(RuntimeError):  # the loop was closed between two lines
                self._loop.call_soon_threadsafe(self._wake)

    def close(self) -> None:
        """Hang up on everybody and free the port; may be called twice."""
        if self._stop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread is not threading.current_thread():
            self._thread.join(5.0)

    # -- the server's thread ------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:
            self._failure = error.strerror or str(error)
        finally:
            self._ready.set()
            end_tasks(self._loop)
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        connections = Connections(self._module)
        async with self._module.serve(
            self._talk, self._host, self.port, process_request=self._answer, max_size=MAX_MESSAGE, max_queue=16,
            write_limit=_WRITE_LIMIT, compression=None, ping_interval=20, ping_timeout=20, close_timeout=0.5,
            logger=_quiet(), create_connection=connections.kind,
        ) as server:  # fmt: skip
            self.port = int(next(iter(server.sockets)).getsockname()[1])
            self._ready.set()
            await self._stop.wait()
            server.close(close_connections=False)
            connections.hang_up_unfinished()
            await asyncio.gather(*(self._hang_up(client.connection) for client in set(self._clients)))

    @staticmethod
    async def _hang_up(connection: Any) -> None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(0.5):
                await connection.close(1001, "the viewer ended")
        connection.transport.abort()  # who reads nothing would hold the polite close up for ever

    async def _answer(self, connection: Any, request: Any) -> Any:
        """A handshake that is let in (None) or refused, or a file."""
        address = urlsplit(request.path)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return self._guard.admit(connection, request)
        reason = self._guard.wrong_host(request.headers)
        if reason:
            return connection.respond(403, f"{reason}\n")
        name = address.path.strip("/")
        if name in _STATIC:
            return _response(connection, page_file(_STATIC[name]), _STATIC[name])
        if name.startswith("takes/"):
            return await self._file(connection, unquote(name.removeprefix("takes/")), request)
        return connection.respond(404, "there is no such page\n")

    async def _file(self, connection: Any, name: str, request: Any) -> Any:
        if not self._guard.knows(request.path):
            return connection.respond(403, "wrong token\n")
        path = self._download(name)
        if path is None:
            return connection.respond(404, "there is no such take\n")
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            return connection.respond(404, f"{error.strerror or error}\n")
        return _response(connection, content, path.name, download=True)

    def _wake(self) -> None:
        self._waking.clear()
        for client in self._clients:
            client.awake.set()

    async def _talk(self, connection: Any) -> None:
        raw = connection.transport.get_extra_info("socket")
        if raw is not None:  # what the kernel holds for a slow browser is old by the time it is read
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        client = Client(connection)
        self._clients.add(client)
        client.awake.set()
        self._joined()
        tasks = [asyncio.create_task(self._listen(client)), asyncio.create_task(self._feed(client))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._clients.discard(client)

    async def _feed(self, client: Client) -> None:
        while True:
            await client.awake.wait()
            client.awake.clear()
            while (message := self._next(client)) is not None:
                try:
                    async with asyncio.timeout(SEND_TIMEOUT_S):
                        await client.connection.send(message)
                except TimeoutError:
                    client.connection.transport.abort()
                    return

    def _next(self, client: Client) -> str | bytes | None:
        if client.answers:
            return client.answers.pop(0)
        with self._lock:
            for kind in sorted(self._newest):
                number, message = self._newest[kind]
                if client.sent.get(kind, 0) != number:
                    client.sent[kind] = number
                    return message
        return None

    async def _listen(self, client: Client) -> None:
        async for data in client.connection:
            message = _read(data)
            if message is None:
                await client.connection.close(1008, "not a command")
                return
            answer = await asyncio.to_thread(self._command, message)
            if message.get("id") is not None and len(client.answers) < _ANSWERS:
                client.answers.append(json.dumps({"kind": "answer", "id": message["id"], **answer}))
                client.awake.set()


def _read(data: str | bytes) -> dict[str, Any] | None:
    """A command: a small JSON object with ``do``."""
    if isinstance(data, bytes):
        return None
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if (
        not isinstance(message, dict)
        or not isinstance(message.get("do"), str)
        or len(message) > _COMMAND_KEYS
    ):
        return None
    return message


def _response(connection: Any, content: bytes, name: str, *, download: bool = False) -> Any:
    response = connection.respond(200, "")
    response.body = content
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if name.endswith(".js"):
        kind = "text/javascript"
    for key in ("Content-Type", "Content-Length"):
        del response.headers[key]
    response.headers["Content-Type"] = kind + ("; charset=utf-8" if kind.startswith("text/") else "")
    response.headers["Content-Length"] = str(len(content))
    if download:
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    for key, value in _HEADERS.items():
        response.headers[key] = value
    return response


def _quiet() -> Any:
    """Websockets logs a refused handshake as an error with a traceback; we count it instead."""
    logger = logging.getLogger("mp2flame-page")
    logger.setLevel(logging.CRITICAL)
    return logger
