"""``jsonl:`` JSON lines to stdout, a file or a pipe: a ``hello`` line, then one ``frame`` line per frame.

A pipe whose reader is slow makes a writer wait, so a thread does the writing: up to 512 frames wait in
order, after that the oldest is dropped and counted.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections import deque
from typing import IO

from ...base.values import Frame
from ...base.write import open_stream
from . import wire
from .base import Output, StreamContext, Worker

QUEUE = 512


def _stdout() -> IO[str]:
    """Stdout with a buffer of its own: one that a stalled thread holds makes the interpreter abort when it flushes its own."""
    try:
        sys.stdout.flush()
        return open(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", newline="\n")
    except (OSError, ValueError):  # no file behind it
        return sys.stdout


class JsonLinesOutput(Output):
    """``jsonl:`` or ``jsonl:-`` for stdout, ``jsonl:path`` for a file (replaced when it exists)."""

    def __init__(self, text: str, context: StreamContext) -> None:
        super().__init__(text, context)
        path = text.partition(":")[2]
        path = path[2:] if path.startswith("//") else path
        self._file: IO[str] = _stdout() if path in ("", "-") else open_stream(path)
        self._queue: deque[Frame] = deque(maxlen=QUEUE)
        self._awake = threading.Condition()
        self._stopping = False
        self._broken = False
        self._worker = Worker("mp2flame-jsonl", self._run)

    def _send(self, frame: Frame) -> None:
        with self._awake:
            if self._broken:
                return
            self.stats.dropped += len(self._queue) == QUEUE
            self._queue.append(frame)
            self._awake.notify()

    def _run(self) -> None:
        try:
            self._write(json.dumps(wire.hello(self.context), separators=(",", ":")))
            while True:
                with self._awake:
                    self._awake.wait_for(lambda: self._queue or self._stopping)
                    if not self._queue:
                        return
                    batch = list(self._queue)
                    self._queue.clear()
                for frame in batch:
                    self._write(wire.encode_json(frame))
                    self.stats.sent += 1
                self._file.flush()
        except (OSError, ValueError) as error:  # the reader closed its end, or the disk is full
            self.stats.fail(error)
            with self._awake:
                self._broken = True
                self._queue.clear()

    def _write(self, line: str) -> None:
        self._file.write(line + "\n")

    def _close(self) -> None:
        with self._awake:
            self._stopping = True
            self._awake.notify()
        self._worker.join()
        if self._file is not sys.stdout and not self._worker.thread.is_alive():
            with contextlib.suppress(OSError):
                self._file.close()
