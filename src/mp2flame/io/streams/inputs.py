"""Network sources: an iPhone, a VMC sender or another mp2flame drives FLAME.

An input is an iterable of ``SourceFrame``. It hands out the newest packet: when the consumer is slower
than the sender, the ones in between are dropped and counted. Silence longer than ``lost`` seconds
gives a frame with ``detected`` False every ``lost`` seconds, so that the caller's lost policy works.
Malformed packets are counted in ``stats`` and dropped.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Iterator

import numpy as np

from ...base.channels import NUM_BLENDSHAPES
from ...base.closing import Closing
from ..sources import SourceFrame
from .base import SIDES, StreamStats, StreamUrl, now_s
from .packets import Packet, RejectedPacket
from .tcp import TcpReceiver
from .udp import UdpReceiver

INPUT_OPTIONS = ("lost", *SIDES)
"""Options that every input has in its address."""
_DRAIN, _DRAIN_S = 512, 0.02


class NetworkInput(Closing):
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
        self.stats.sent += 1
        if packet is None or not packet.detected:
            return SourceFrame(index, timestamp_ms, detected=False)
        weights = packet.weights if packet.weights is not None else np.zeros(NUM_BLENDSHAPES, np.float32)
        return SourceFrame(
            index, timestamp_ms, arkit_weights=weights, head_orient=packet.head_orient, eye_pose=packet.eye_pose,
            detected=True, tongue_out=packet.tongue_out,
        )  # fmt: skip

    def close(self) -> None:
        self._closed.set()


class PacketInput(NetworkInput):
    """Common part of the protocols of packets, over UDP or TCP: wait for one, then read what else has arrived.

    Args:
        url, host, port, only_from: as of ``UdpReceiver``.
        mark: when given, packets come over TCP, each with this behind it.
    """

    def __init__(self, url: StreamUrl, host: str, port: int, only_from: str, *, mark: bytes = b"") -> None:
        super().__init__(url)
        self._receiver = (
            TcpReceiver(host, port, url.text, mark=mark, only_from=only_from) if mark
            else UdpReceiver(host, port, url.text, only_from)
        )  # fmt: skip
        self.port = self._receiver.port

    @abstractmethod
    def _parse(self, data: bytes) -> Packet | None:
        """A packet as a frame, None when it completes none; raises ``RejectedPacket``."""

    def _newest(self, timeout_s: float) -> Packet | None:
        end = now_s() + timeout_s
        while not self._closed.is_set():
            remaining = end - now_s()
            data = self._receiver.wait(min(max(remaining, 0.0), 0.05))
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
            data = self._receiver.wait(0.0)
            if data is None or now_s() > end:
                return
            yield data

    def _pick(self, batch: list[bytes]) -> Packet | None:
        """The newest good one; each is a frame of its own, so older ones need no reading."""
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
        self._receiver.close()
