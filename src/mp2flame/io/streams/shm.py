"""``shm://name``: the newest frame in shared memory, for a renderer on the same machine.

A memory-mapped file (in /dev/shm where there is one), so that NumPy, C++ and C# can all map it:

    0    8 bytes  magic "M2FSHM01"
    8    u64      sequence: odd while a frame is being written, then the next even number
    16   u32      writer's process id
    20   u32      bytes of the hello JSON
    24   u32      bytes of the frame
    28   u32      CRC-32 of the frame
    64   8128 bytes for the hello, padded with zeros
    8192 the binary frame of the wire format

A reader takes the sequence, copies, and takes it again (a seqlock): the same even number means a whole
frame. The checksum makes this hold on processors that reorder writes, which Python cannot forbid.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import re
import struct
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ...base.errors import InputError, MissingFileError, SourceError
from ...base.processes import alive
from ...base.values import Frame
from . import wire
from .base import Output, StreamContext, parse_url
from .packets import RejectedPacket

MAGIC = b"M2FSHM01"
HELLO_AT, FRAME_AT = 64, 8192
_HEAD = struct.Struct("<IIII")


def path_of(name: str) -> Path:
    """The file behind ``shm://name``."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name) or name.startswith("."):
        raise InputError(f"shared memory name {name!r} must be 1 to 64 of A-Z a-z 0-9 _ - (shm://avatar).")
    folder = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path(tempfile.gettempdir())
    return folder / f"mp2flame-{name}"


class SharedMemoryOutput(Output):
    """``shm://name``. Readable by this user only; removed on close."""

    def __init__(self, text: str, context: StreamContext) -> None:
        super().__init__(text, context)
        url = parse_url(text)
        self.path = path_of(url.host or url.path.strip("/"))
        hello = json.dumps(wire.hello(context)).encode()
        self._bytes = wire.frame_bytes(context.num_expression)
        if len(hello) > FRAME_AT - HELLO_AT:
            raise InputError("the stream's description is too long for shared memory; shorten the subject.")
        self._take_over()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        try:
            handle = os.open(self.path, flags, 0o600)
        except OSError as error:
            raise SourceError(f"cannot create {text!r} ({error.strerror}); choose another name.") from None
        with os.fdopen(handle, "r+b") as file:
            file.truncate(FRAME_AT + self._bytes)
            self._map = mmap.mmap(file.fileno(), FRAME_AT + self._bytes)
        self._sequence = np.frombuffer(self._map, np.uint64, 1, 8)
        _HEAD.pack_into(self._map, 16, os.getpid(), len(hello), self._bytes, 0)
        self._map[HELLO_AT : HELLO_AT + len(hello)] = hello
        self._map[0:8] = MAGIC  # last: a reader that sees it sees the rest

    def _take_over(self) -> None:
        """Remove what a dead writer left; refuse to steal a live one's."""
        try:
            head = self.path.open("rb").read(20)
        except OSError:
            head = b""
        if len(head) == 20 and head[:8] == MAGIC and os.name == "posix":
            (pid,) = struct.unpack_from("<I", head, 16)
            if alive(pid):
                raise InputError(f"{self.url!r} is in use by process {pid}; choose another name.")
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def _send(self, frame: Frame) -> None:
        data = wire.encode_binary(frame)
        self._sequence[0] += np.uint64(1)
        struct.pack_into("<I", self._map, 28, zlib.crc32(data))
        self._map[FRAME_AT:] = data
        self._sequence[0] += np.uint64(1)
        self.stats.sent += 1

    def _close(self) -> None:
        del self._sequence  # a view keeps the map open
        self._map.close()
        with contextlib.suppress(OSError):
            self.path.unlink()


class SharedMemoryReader:
    """Reads the newest frame of ``shm://name`` from another process.

    Args:
        name: as in the URL, with or without ``shm://``.

    Raises:
        MissingFileError: nobody writes under that name.
    """

    def __init__(self, name: str) -> None:
        self.path = path_of(name.removeprefix("shm://"))
        try:
            with self.path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):
            raise MissingFileError(
                f"no shared memory named {name!r}; start the sender with --to shm://{name} first."
            ) from None
        if len(self._map) < FRAME_AT or self._map[0:8] != MAGIC:
            self._map.close()
            raise MissingFileError(f"{name!r} is not shared memory of mp2flame.stream/1.")
        self._seen = 0
        self.torn = 0

    @property
    def hello(self) -> dict[str, Any]:
        """The stream's description (names, num_expression, FLAME release)."""
        _, length, _, _ = _HEAD.unpack_from(self._map, 16)
        return dict(json.loads(self._map[HELLO_AT : HELLO_AT + length]))

    def read(self, timeout_s: float = 0.0) -> Frame | None:
        """The newest frame not read before, or None when there is none within ``timeout_s``."""
        end = time.monotonic() + timeout_s
        while True:
            (before,) = struct.unpack_from("<Q", self._map, 8)
            if before and not before & 1 and before != self._seen:
                frame = self._copy(before)
                if frame is not None:
                    self._seen = before
                    return frame
                self.torn += 1
            if time.monotonic() >= end:
                return None
            time.sleep(0.0005)

    def _copy(self, before: int) -> Frame | None:
        _, _, length, crc = _HEAD.unpack_from(self._map, 16)
        data = self._map[FRAME_AT : FRAME_AT + length]
        (after,) = struct.unpack_from("<Q", self._map, 8)
        if after != before or zlib.crc32(data) != crc:
            return None
        try:
            return wire.decode_binary(data)
        except RejectedPacket:
            return None

    def close(self) -> None:
        self._map.close()
