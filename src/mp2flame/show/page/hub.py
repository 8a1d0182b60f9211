"""The page's own small server: its files, downloads, and one socket for each browser.

``post`` keeps the newest message of each kind; each browser gets what is newest when its socket can take it.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
import threading
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ...base.errors import OutputError
from ...base.optional import need
from ...io.streams import ws_server
from .access import MAX_CLIENTS, MAX_MESSAGE, Guard

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


class Client(ws_server.Client):
    """One browser."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self.awake.set()  # for what is there already
        self.sent: dict[str, int] = {}
        self.answers: list[str] = []


class Hub:
    """Serves until ``close``.

    Args:
        host, port: where; port 0 is any.
        guard: who may.
        command: called with a message of a browser, in a thread of its own per message queue; returns the answer.
        download: the file that a name stands for, or None.
        joined: called when somebody looks, or looks no longer.

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
        need("websockets.asyncio.server", "PIL.Image", purpose="the viewer")
        self._guard, self._command, self._download = guard, command, download
        self._lock = threading.Lock()
        self._newest: dict[str, tuple[int, str | bytes]] = {}
        self._server = ws_server.WebSocketServer(
            host, port, client=Client, listen=self._listen, feed=self._feed, changed=lambda _: joined(),
            failed=lambda _: None, name="mp2flame-page", goodbye="the viewer ended", most=MAX_CLIENTS,
            send_buffer=_SEND_BUFFER, process_request=self._answer, max_size=MAX_MESSAGE, max_queue=16,
            write_limit=_WRITE_LIMIT, close_timeout=0.5,
        )  # fmt: skip
        self.port, self.close = self._server.port, self._server.close
        if (failure := self._server.failure) is not None:
            raise OutputError(f"cannot open the viewer on {host}:{port}: {failure.strerror or failure}.")

    @property
    def num_clients(self) -> int:
        return len(self._server.clients)

    def post(self, kind: str, message: str | bytes) -> None:
        """The newest of its kind for everybody, also for who comes later; returns at once.

        Kinds are sent in alphabetical order.
        """
        with self._lock:
            number = self._newest.get(kind, (0, b""))[0] + 1
            self._newest[kind] = number, message
        self._server.wake()

    # -- the server's thread ------------------------------------------------------------------------

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

    async def _feed(self, client: Client) -> None:
        while True:
            await client.awake.wait()
            client.awake.clear()
            while (message := self._next(client)) is not None:
                if not await ws_server.sent(client, message):
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
