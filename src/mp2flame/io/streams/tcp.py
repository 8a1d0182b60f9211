"""A stream of texts over TCP: the sender connects to us, each text ends with a mark."""

from __future__ import annotations

import contextlib
import select
import socket
import threading

from .udp import bound


class TcpReceiver:
    """Listens; texts of the newest connection, as ``UdpReceiver`` hands out datagrams.

    Args:
        host, port: address to listen on; port 0 is any free one.
        url: the address as given, for messages.
        mark: what ends a text.
        only_from: when given, connections from elsewhere are closed.
        most: bytes of a text; of a longer one the beginning is handed out, to be counted as a fault, and no more.

    Raises:
        SourceError: the port is taken.
    """

    def __init__(
        self, host: str, port: int, url: str, *, mark: bytes, only_from: str = "", most: int = 8192
    ) -> None:
        self._listener = bound(socket.SOCK_STREAM, host, port, url)
        self._listener.listen(1)
        self._listener.setblocking(False)
        self.socket = socket.socket(self._listener.family, socket.SOCK_DGRAM)
        """To ask the sender with."""
        self._mark, self._only_from, self._most = mark, only_from, most
        self._peer: socket.socket | None = None
        self._held, self._torn = bytearray(), False
        self._lock, self._closed = threading.Lock(), False

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def wait(self, timeout_s: float) -> bytes | None:
        """The next whole text, None after ``timeout_s`` or when this was closed."""
        with self._lock:
            text = self._cut()
            if text is not None or self._closed:
                return text
            waiting = [self._listener] + ([self._peer] if self._peer else [])
            ready = select.select(waiting, [], [], max(timeout_s, 0.0))[0]
            if self._listener in ready:
                self._accept()
            elif ready:
                self._read()
            return self._cut()

    def _accept(self) -> None:
        try:
            peer, sender = self._listener.accept()
        except OSError:
            return
        if self._only_from and sender[0] != self._only_from:
            peer.close()
            return
        self._drop()
        peer.setblocking(False)
        self._peer = peer

    def _read(self) -> None:
        assert self._peer is not None
        try:
            data = self._peer.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop()
        self._held += data

    def _cut(self) -> bytes | None:
        """The next text that is whole."""
        while (end := self._held.find(self._mark)) >= 0:
            text = bytes(self._held[: min(end, self._most + 1)])
            del self._held[: end + len(self._mark)]
            torn, self._torn = self._torn, False
            if text and not torn:
                return text
        if len(self._held) <= self._most:
            return None
        text, torn, self._torn = bytes(self._held[: self._most + 1]), self._torn, True
        del self._held[: -len(self._mark)]  # the mark may have begun
        return None if torn else text

    def _drop(self) -> None:
        self._held.clear()
        self._torn = False
        if self._peer is not None:
            with contextlib.suppress(OSError):
                self._peer.close()
        self._peer = None

    def close(self) -> None:
        """From any thread; waits for a ``wait`` that is under way (theirs are short)."""
        with self._lock:
            self._closed = True
            self._drop()
            self._listener.close()
            self.socket.close()
