"""Network sources: an iPhone, a VMC sender or another mp2flame drives FLAME.

An input is an iterable of ``SourceFrame``. It hands out the newest packet: when the consumer is slower
than the sender, the ones in between are dropped and counted. Silence longer than ``lost`` seconds
gives a frame with ``detected`` False every ``lost`` seconds, so that the caller's lost policy works.
Malformed packets are counted in ``stats`` and dropped.
"""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...base.channels import NUM_BLENDSHAPES
from ...base.errors import InputError
from ...base.optional import need
from ..sources import SourceFrame
from . import ifacialmocap, livelink, osc, vmc, wire
from .base import (  # fmt: skip
    SIDES,
    Backoff,
    LatestSlot,
    StreamStats,
    StreamUrl,
    Worker,
    keeps_sides,
    now_s,
    parse_url,
)
from .packets import Packet, RejectedPacket
from .udp import UdpReceiver, resolve

_COMMON = ("lost", *SIDES)
_DRAIN, _DRAIN_S = 512, 0.02


class NetworkInput(ABC):
    """Base of the inputs: iterate for frames, ``close`` from any thread ends the iteration."""

    def __init__(self, url: StreamUrl) -> None:
        self.url = url.text
        self.stats = StreamStats()
        self.silence_s = url.number("lost", 0.5, 0.05, 60.0)
        self._closed = threading.Event()
        self._index = 0
        self._start: float | None = None
        self._last_ms = -1.0

    def __iter__(self) -> Iterator[SourceFrame]:
        while not self._closed.is_set():
            packet = self._newest(self.silence_s)
            if self._closed.is_set():
                return
            yield self._source_frame(packet)

    @abstractmethod
    def _newest(self, timeout_s: float) -> Packet | None:
        """The newest packet, waiting up to ``timeout_s`` for one."""

    def _source_frame(self, packet: Packet | None) -> SourceFrame:
        if self._start is None:
            self._start = now_s()
        # our clock, not the sender's: senders restart, wrap at midnight and some send none
        timestamp_ms = max(1000.0 * (now_s() - self._start), self._last_ms + 0.01)
        self._last_ms = timestamp_ms
        index, self._index = self._index, self._index + 1
        packet = packet or Packet(detected=False)
        self.stats.sent += 1
        weights = packet.weights if packet.weights is not None else np.zeros(NUM_BLENDSHAPES, np.float32)
        return SourceFrame(
            index=index,
            timestamp_ms=timestamp_ms,
            arkit_weights=weights if packet.detected else None,
            head_orient=packet.head_orient if packet.detected else None,
            eye_pose=packet.eye_pose if packet.detected else None,
            detected=packet.detected,
            tongue_out=packet.tongue_out if packet.detected else None,
        )

    def close(self) -> None:
        self._closed.set()

    def __enter__(self) -> NetworkInput:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class UdpInput(NetworkInput):
    """Common part of the datagram protocols: wait for one, then read what else has arrived."""

    def __init__(self, url: StreamUrl, host: str, port: int, only_from: str) -> None:
        super().__init__(url)
        self._udp = UdpReceiver(host, port, url.text, only_from)
        self.port = self._udp.port

    @abstractmethod
    def _parse(self, data: bytes) -> Packet | None:
        """A datagram as a frame, None when it completes none; raises ``RejectedPacket``."""

    def _newest(self, timeout_s: float) -> Packet | None:
        end = now_s() + timeout_s
        while not self._closed.is_set():
            remaining = end - now_s()
            data = self._udp.wait(min(max(remaining, 0.0), 0.05))
            if data is None:
                if remaining <= 0:
                    return None
                self._idle()
                continue
            packet = self._pick([data, *self._waiting()])
            if packet is not None:
                return packet
        return None

    def _waiting(self) -> Iterator[bytes]:
        """What else has arrived; bounded, so that a flood cannot keep us here."""
        end = now_s() + _DRAIN_S
        for _ in range(_DRAIN):
            data = self._udp.wait(0.0)
            if data is None or now_s() > end:
                return
            yield data

    def _pick(self, batch: list[bytes]) -> Packet | None:
        """The newest good one; each datagram is a frame of its own, so older ones need no reading."""
        self.stats.frames += len(batch)
        for older in range(len(batch) - 1, -1, -1):
            packet = self._try(batch[older])
            if packet is not None:
                self.stats.dropped += older
                return packet
        return None

    def _try(self, data: bytes) -> Packet | None:
        try:
            packet = self._parse(data)
        except RejectedPacket as error:
            self.stats.reject(str(error))
            return None
        for fault in () if packet is None else packet.faults:
            self.stats.reject(f"field: {fault}")
        return packet

    def _idle(self) -> None:
        return None

    def close(self) -> None:
        super().close()
        self._udp.close()


class LiveLinkInput(UdpInput):
    """``livelink://[host][:11111]``: Live Link Face on an iPhone; ``0.0.0.0`` listens to the network."""

    def __init__(self, text: str) -> None:
        url = parse_url(text, default_port=livelink.PORT, options=(*_COMMON, "from"))
        super().__init__(url, url.host, url.port, url.options.get("from", ""))
        self._keep_sides = keeps_sides(url, False)

    def _parse(self, data: bytes) -> Packet | None:
        return livelink.decode(data, keep_sides=self._keep_sides)


class VmcInput(UdpInput):
    """``vmc://[host][:39539]``: be a marionette of any VMC sender."""

    def __init__(self, text: str) -> None:
        url = parse_url(text, default_port=vmc.PORT, options=(*_COMMON, "from"))
        osc.python_osc()
        super().__init__(url, url.host, url.port, url.options.get("from", ""))
        self._decoder = vmc.VmcDecoder()

    def _parse(self, data: bytes) -> Packet | None:
        found = self._decoder.feed(data)
        self.stats.dropped += max(len(found) - 1, 0)
        return found[-1] if found else None

    def _pick(self, batch: list[bytes]) -> Packet | None:
        # a frame may be spread over datagrams, so all are read, in order
        self.stats.frames += len(batch)
        newest = None
        for packet in filter(None, map(self._try, batch)):
            self.stats.dropped += newest is not None
            newest = packet
        return newest


class IFacialMocapInput(UdpInput):
    """``ifacialmocap://phone[:49983]``: asks that phone to send, repeats it while the phone is silent.

    Options: ``listen`` (port here, 49983), ``bind`` (address here; all of them when a phone is named, since
    the phone answers from the network), ``version=1|2``, ``keep_sides``. Without a phone it only listens.
    """

    default_port = ifacialmocap.PORT
    handshakes: tuple[bytes, bytes] = (ifacialmocap.HANDSHAKE, ifacialmocap.HANDSHAKE_V2)

    def __init__(self, text: str) -> None:
        url = parse_url(text, default_port=self.default_port, options=(*_COMMON, "listen", "bind", "version"))
        self._phone = resolve(url.host, url.port, text)[1] if url.host else None
        loopback = url.loopback
        bind = url.options.get("bind", "127.0.0.1" if loopback else "0.0.0.0")
        port = int(url.number("listen", self.default_port, 0, 65535))
        super().__init__(url, bind, port, self._phone[0] if self._phone else "")
        self._handshake = self.handshakes[int(url.choice("version", "2", ("1", "2"))) - 1]
        self._decoder = ifacialmocap.Decoder(keep_sides=keeps_sides(url, True))
        self._next_ask = 0.0
        self._idle()

    def _idle(self) -> None:
        if self._phone and now_s() >= self._next_ask:
            self._next_ask = now_s() + 1.0
            with contextlib.suppress(OSError):
                self._udp.socket.sendto(self._handshake, self._phone)
                self.stats.clients = 1

    def _parse(self, data: bytes) -> Packet | None:
        return self._decoder.feed(data)


class FaceMotion3DInput(IFacialMocapInput):
    """``facemotion3d://phone[:49993]``: the same packets, asked for with FaceMotion3D's own words."""

    default_port = ifacialmocap.FACEMOTION3D_PORT
    handshakes = (ifacialmocap.FACEMOTION3D_HANDSHAKE,) * 2


class WebSocketInput(NetworkInput):
    """``ws://host:port[?token=..]``: take frames from a WebSocket server of ``mp2flame.stream/1``.

    A thread keeps the connection and comes back with growing pauses when it is lost.
    """

    def __init__(self, text: str) -> None:
        url = parse_url(text, default_port=8765, options=(*_COMMON, "token", "format"))
        super().__init__(url)
        self._connect = need("websockets.sync.client", purpose="speaking ws://").connect
        host = f"[{url.host}]" if ":" in url.host else url.host or "127.0.0.1"
        self._address = f"{url.scheme}://{host}:{url.port}{url.path}"
        token = url.token()
        self._headers = {"Authorization": f"Bearer {token}"} if token else None
        self._format = url.choice("format", "binary", ("json", "binary"))
        self._slot = LatestSlot()
        self._socket: Any = None
        self._worker = Worker("mp2flame-ws-input", self._run)

    def _run(self) -> None:
        backoff = Backoff()
        while not self._closed.is_set():
            try:
                with self._connect(
                    self._address, max_size=wire.MAX_JSON, open_timeout=5, close_timeout=1, compression=None,
                    additional_headers=self._headers, max_queue=4,
                ) as connection:  # fmt: skip
                    self._socket = connection
                    connection.send(f'{{"type":"subscribe","format":"{self._format}"}}')
                    self.stats.clients = 1
                    backoff.reset()
                    self._take(connection)
            except Exception as error:  # any network or handshake fault: say it and try again  # noqa: BLE001
                if not self._closed.is_set():
                    self.stats.fail(f"{self._address}: {error}")
            finally:
                self.stats.clients, self._socket = 0, None
            backoff.wait(self._closed)

    def _take(self, connection: Any) -> None:
        decoder = wire.InputDecoder()
        for data in connection:
            try:
                packet = decoder.feed(data)
            except RejectedPacket as error:
                self.stats.reject(str(error))
                continue
            if packet is not None:
                self.stats.frames += 1
                self.stats.dropped += self._slot.put(packet)

    def _newest(self, timeout_s: float) -> Packet | None:
        item = self._slot.get(timeout_s)
        return item if isinstance(item, Packet) else None

    def close(self) -> None:
        super().close()
        self._slot.close()
        connection = self._socket
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()
        self._worker.join()


INPUTS: dict[str, type[NetworkInput]] = {
    "livelink": LiveLinkInput,
    "ifacialmocap": IFacialMocapInput,
    "facemotion3d": FaceMotion3DInput,
    "vmc": VmcInput,
    "ws": WebSocketInput,
    "wss": WebSocketInput,
}


def open_input(url: str) -> NetworkInput:
    """Open ``livelink://``, ``ifacialmocap://``, ``facemotion3d://``, ``vmc://`` or ``ws://`` as a source of frames.

    Raises:
        InputError: unknown scheme, bad port or option.
        SourceError: the port is taken.
        MissingDependencyError: the protocol's package is not installed.
    """
    scheme = url.partition(":")[0].lower()
    if scheme not in INPUTS:
        raise InputError(
            f"{url!r} is no network input; known: {', '.join(f'{s}://' for s in INPUTS)} (docs/streams.md)."
        )
    return INPUTS[scheme](url)  # type: ignore[arg-type]
