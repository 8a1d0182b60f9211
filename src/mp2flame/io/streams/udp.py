"""Non-blocking UDP: sending without ever waiting, receiving with bounded work."""

from __future__ import annotations

import socket
import threading

from ...base.errors import InputError, SourceError
from .base import Output, StreamContext, StreamStats, StreamUrl
from .packets import MAX_DATAGRAM

RECEIVE_BUFFER = 65_536


def resolve(host: str, port: int, url: str) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """Name to address, once: a name look-up per frame could block the loop.

    Raises:
        InputError: the port is missing or the name does not resolve.
    """
    if not 0 < port < 65536:
        raise InputError(f"{url!r} needs a port from 1 to 65535, for example {url.split('?')[0]}:39539.")
    try:
        info = socket.getaddrinfo(host or "127.0.0.1", port, type=socket.SOCK_DGRAM)[0]
    except OSError as error:
        raise InputError(f"cannot find the host {host!r} of {url!r} ({error.strerror or error}).") from None
    return info[0], (str(info[4][0]), int(info[4][1]))


def bound(kind: socket.SocketKind, host: str, port: int, url: str) -> socket.socket:
    """A socket that has this address.

    Raises:
        SourceError: the port is taken.
    """
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    try:
        if kind == socket.SOCK_STREAM:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise SourceError(
            f"cannot listen on {host}:{port} for {url!r} ({error.strerror or error}); "
            "is another program using that port? Close it or choose another port."
        ) from None
    return found


class UdpSender:
    """One destination; a full send buffer drops the datagram and counts it."""

    def __init__(self, url: StreamUrl, stats: StreamStats) -> None:
        family, self.address = resolve(url.host, url.port, url.text)
        self.stats = stats
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendto(data, self.address)
            self.stats.sent += 1
        except BlockingIOError:
            self.stats.dropped += 1
        except OSError as error:
            self.stats.fail(error)

    def close(self) -> None:
        self.socket.close()


class UdpOutput(Output):
    """An output whose frames are datagrams to one place."""

    def __init__(self, url: StreamUrl, context: StreamContext) -> None:
        super().__init__(url.text, context)
        self._udp = UdpSender(url, self.stats)

    def _close(self) -> None:
        self._udp.close()


class UdpReceiver:
    """A bound socket; only datagrams from ``only_from`` count when it is given."""

    def __init__(self, host: str, port: int, url: str, only_from: str = "") -> None:
        self.socket = bound(socket.SOCK_DGRAM, host or "127.0.0.1", port, url)
        # what waits here is old: keep the kernel from storing seconds of a sender's packets
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.only_from = only_from
        self._lock = threading.Lock()
        self._closed = False

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def wait(self, timeout_s: float) -> bytes | None:
        """The next datagram, None after ``timeout_s`` or when the socket was closed."""
        with self._lock:
            if self._closed:
                return None
            try:
                self.socket.settimeout(max(timeout_s, 0.0))
                data, sender = self.socket.recvfrom(MAX_DATAGRAM)
            except OSError:  # the timeout, or an ICMP error of an earlier send
                return None
        if self.only_from and sender[0] != self.only_from:
            return None
        return data

    def close(self) -> None:
        """From any thread; waits for a ``wait`` that is under way (theirs are short)."""
        with self._lock:
            self._closed = True
            self.socket.close()
