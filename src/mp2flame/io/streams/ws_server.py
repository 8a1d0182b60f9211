"""A WebSocket server in a thread of its own, behind the output ``ws://`` and the viewer's page.

Whoever has something new calls ``wake`` and goes on. Each client has a task that takes what is newest when its socket can
take one: a slow client skips, what waits for it is bounded by one message and the socket's buffers, and nobody waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from ...base.optional import need

SEND_TIMEOUT_S = 10.0


class Client:
    """One connection; ``awake`` is set when there is something new."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.awake = asyncio.Event()


async def sent(client: Client, message: str | bytes) -> bool:
    """Send; False for a client that took nothing for ``SEND_TIMEOUT_S``: it is dropped."""
    try:
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await client.connection.send(message)
    except TimeoutError:  # the transport still holds its unread bytes: a polite close would wait for them
        client.connection.transport.abort()
        return False
    return True


class WebSocketServer:
    """Serves until ``close``.

    Args:
        host, port: where; port 0 is any.
        client: a connection to a ``Client``.
        listen, feed: what is done with one, side by side, until either ends.
        changed: called with the number of clients whenever that changes.
        failed: called with what ended a client, other than its leaving.
        name: of the thread and the log.
        goodbye: told to the clients at the end.
        most: clients at once.
        send_buffer: bytes that the system holds for a slow client; they are old by the time they are read.
        options: of ``websockets.asyncio.server.serve``.

    Attributes:
        port: the one that is served.
        failure: why it could not be, or None.

    Raises:
        MissingDependencyError: websockets is not installed.
    """

    def __init__(
        self, host: str, port: int, *, client: Callable[[Any], Client], listen: Callable[[Any], Awaitable[None]],
        feed: Callable[[Any], Awaitable[None]], changed: Callable[[int], None], failed: Callable[[BaseException], None],
        name: str, goodbye: str, most: int, send_buffer: int, **options: Any,
    ) -> None:  # fmt: skip
        self._module = need("websockets.asyncio.server", purpose="serving WebSockets")
        self.port = port
        self.failure: OSError | None = None
        self.clients: set[Client] = set()
        self._host, self._client, self._listen, self._feed = host, client, listen, feed
        self._changed, self._failed, self._goodbye = changed, failed, goodbye
        self._most, self._send_buffer, self._options = most, send_buffer, options
        # websockets logs a refused handshake as an error with a traceback; it is counted instead
        self._logger = logging.getLogger(name)
        self._logger.setLevel(logging.CRITICAL)
        self._waking, self._ready = threading.Event(), threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop: asyncio.Event | None = None
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()
        self._ready.wait(10.0)

    def wake(self) -> None:
        """There is something new; returns at once, from any thread."""
        if self.clients and not self._waking.is_set():
            self._waking.set()  # at most one wake-up is on its way: the loop's queue cannot grow
            self._call(self._wake_all)

    def close(self) -> None:
        """Hang up on everybody and free the port; may be called twice."""
        if self._stop is not None:
            self._call(self._stop.set)
        if self.thread is not threading.current_thread():
            self.thread.join(5.0)

    def _call(self, function: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed between two lines
            self._loop.call_soon_threadsafe(function)

    def _wake_all(self) -> None:
        self._waking.clear()
        for client in self.clients:
            client.awake.set()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:
            self.failure = error
        finally:
            self._ready.set()
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        unfinished = _Unfinished(self._module)
        async with self._module.serve(
            self._talk, self._host, self.port, compression=None, ping_interval=20, ping_timeout=20,
            logger=self._logger, create_connection=unfinished.kind, **self._options,
        ) as server:  # fmt: skip
            self.port = int(next(iter(server.sockets)).getsockname()[1])
            self._ready.set()
            await self._stop.wait()
            server.close(close_connections=False)
            unfinished.hang_up()
            await asyncio.gather(*(self._hang_up(client.connection) for client in set(self.clients)))

    async def _hang_up(self, connection: Any) -> None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(0.5):
                await connection.close(1001, self._goodbye)
        connection.transport.abort()  # who reads nothing would hold the polite close up for ever

    async def _talk(self, connection: Any) -> None:
        if len(self.clients) >= self._most:  # several may have been let in at once
            await connection.close(1013, "too many clients")
            return
        raw = connection.transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._send_buffer)
        client = self._client(connection)
        self.clients.add(client)
        self._changed(len(self.clients))
        tasks = [asyncio.ensure_future(self._listen(client)), asyncio.ensure_future(self._feed(client))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for error in filter(None, (task.exception() for task in done)):
                if type(error).__name__ not in ("ConnectionClosedOK", "ConnectionClosedError"):
                    self._failed(error)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.clients.discard(client)
            self._changed(len(self.clients))


class _Unfinished:
    """Connections of a server whose handshake may not be complete; ``kind`` is for ``serve(create_connection=)``."""

    def __init__(self, module: Any) -> None:
        open_now: set[Any] = set()
        self._open, self._ended = open_now, False
        outer = self

        class Connection(module.ServerConnection):  # type: ignore[misc]
            def connection_made(self, transport: Any) -> None:
                super().connection_made(transport)
                open_now.add(self)
                if outer._ended:
                    transport.abort()

            def connection_lost(self, exc: Exception | None) -> None:
                open_now.discard(self)
                super().connection_lost(exc)

        self.kind = Connection

    def hang_up(self) -> None:
        """Close them, and those that still come: the server's end would wait 10 s for them."""
        self._ended = True
        for connection in list(self._open):
            if connection.state.name == "CONNECTING":
                connection.transport.abort()
