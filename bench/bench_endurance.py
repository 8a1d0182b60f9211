"""An hour's worth of frames through the live pipeline: memory, order, shutdown.

    python bench/bench_endurance.py [--frames 108000] [--camera-losses 5]

A detector that is none hands in found faces, so that an hour takes minutes; everything behind it is the real
thing: solving, filter, lost policy, recording, and outputs: a WebSocket with clients that shook hands and
never read, one that reads slowly, VMC, JSON lines. Once a minute (1,800 frames) the face is lost for two
seconds; now and then the camera is, and it is opened again. Memory is the resident size from minute 5 on,
when everything has been used once; the recording's own buffer is part of it.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "kit"))
from bench_streams import frozen_client, memory_mb
from live_kit import PICTURE, SIZE, FakeDetector, face
from mp2flame import Driver
from mp2flame.base.errors import SourceError
from mp2flame.base.values import Frame
from mp2flame.drive.live import LivePipeline, capture
from mp2flame.io.sources import Source, SourceFrame, SourceInfo
from mp2flame.io.streams import Output, StreamContext
from mp2flame.take.take import Take

MINUTE = 30 * 60
LOST = 60
STEP_MS = 1000.0 / 30.0


class Ordered(Output):
    """Keeps nothing but whether frames came in order."""

    def __init__(self, num_expression: int) -> None:
        super().__init__("ordered:", StreamContext(num_expression=num_expression))
        self.count = self.gaps = self.disorder = 0
        self._index, self._time = -1, -1.0

    def _send(self, frame: Frame) -> None:
        self.count += 1
        self.gaps += frame.index != self._index + 1
        self.disorder += frame.index <= self._index or frame.timestamp_ms <= self._time
        self._index, self._time = frame.index, frame.timestamp_ms


class Camera(Source):
    """Pictures at 30 a second of their own time, as fast as they are taken; breaks off at the end."""

    prefetch = 0

    def __init__(self, first: int, count: int) -> None:
        super().__init__()
        self._first, self._count = first, count
        self.info = SourceInfo("camera", "an hour", 30.0, None, SIZE, live=True)

    def _frames(self) -> Iterator[SourceFrame]:
        for i in range(self._first, self._first + self._count):
            yield SourceFrame(i, i * STEP_MS, image=PICTURE, image_size=SIZE)
        raise SourceError("the camera was unplugged.")


class Hour(capture.Capture):
    """A camera's losses and returns, paced by the pipeline: frames wait for room and keep their own time."""

    def now_ms(self, now_s: float) -> float:
        return self._index * STEP_MS


def slow_reader(port: int, stop: threading.Event, seen: list[int]) -> None:
    """Ten messages a second; remembers whether the order was kept."""
    from websockets.sync.client import connect

    # a small receive buffer, else the kernel keeps minutes of frames for it and pings wait behind them
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    sock.connect(("127.0.0.1", port))
    with connect(f"ws://127.0.0.1:{port}", sock=sock, max_size=None, max_queue=2) as connection:
        connection.recv()
        while not stop.is_set():
            try:
                message = json.loads(connection.recv(timeout=1.0))
            except TimeoutError:
                continue
            except Exception:
                return
            if message.get("type") == "frame":
                seen.append(int(message["index"]))
            time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=108_000)
    parser.add_argument("--camera-losses", type=int, default=5)
    arguments = parser.parse_args()
    total, losses = arguments.frames, arguments.camera_losses
    rng = np.random.default_rng(0)
    faces = [
        face(0.5 + 0.02 * np.sin(k / 9), jawOpen=0.5 + 0.5 * np.sin(k / 5), eyeBlinkLeft=float(rng.random()))
        for k in range(300)
    ]
    detector = FakeDetector(lambda i: [] if i % MINUTE < LOST and i > LOST else [faces[i % 300]])
    driver = Driver()
    parts = iter(np.diff(np.linspace(0, total, losses + 2).astype(int)).tolist())
    opened = 0

    def opener() -> Source:
        nonlocal opened
        count = next(parts, 0)
        if not count:
            raise SourceError("there is no camera any more")
        first, opened = opened, opened + count
        return Camera(first, count)

    ordered = Ordered(driver.num_expression)
    with tempfile.TemporaryDirectory() as folder:
        take, lines = Path(folder) / "hour.npz", Path(folder) / "hour.jsonl"
        pipeline = LivePipeline(
            driver, opener, [ordered, "ws://127.0.0.1:0", "vmc://127.0.0.1:39539", f"jsonl:{lines}"], take,
            detector=detector, with_landmarks=False, retries=3,
        )  # fmt: skip
        stages = pipeline._stages
        stages.capture.__class__ = Hour
        stages._lossless = True  # frames wait for room: what is measured is the hour, not its speed
        type(stages.capture).live = property(lambda self: False)  # type: ignore[method-assign, assignment]
        stop, seen, memory = threading.Event(), [], []
        started = time.monotonic()
        with pipeline:
            port = pipeline.outputs[1].port  # type: ignore[attr-defined]
            frozen = [frozen_client(port) for _ in range(2)]
            reader = threading.Thread(target=slow_reader, args=(port, stop, seen), daemon=True)
            reader.start()
            while not stages.finished.wait(0.2):
                while len(memory) <= ordered.count // MINUTE:
                    gc.collect()
                    memory.append(memory_mb())
            stats = pipeline.stats
            ending = time.monotonic()
        ended = time.monotonic() - ending
        took = ending - started
        stop.set()
        for client in frozen:
            client.close()
        reader.join(5)
        with open(lines) as file:
            written = [json.loads(line)["index"] for line in file if '"frame"' in line[:20]]
        recording = Take.load(take)
        threads = [t.name for t in threading.enumerate() if t.name.startswith("mp2flame")]
    first = min(5, len(memory) - 1)
    ws = stats.outputs["ws://127.0.0.1:0"]
    print(
        f"{total:,} frames in {took:.0f} s ({total / took:.0f} a second), face lost {total // MINUTE} times\n"
    )
    print("| what | asked | found |\n|---|---|---|")
    growth = memory[-1] - memory[first]
    print(f"| memory growth, minute {first} to {len(memory) - 1}, MB | < 20 | {growth:.1f} |")
    print(
        f"| frames at the outputs, without those filled in | {total:,} | {ordered.count - stats.filled:,} |"
    )
    print(f"| out of order, gaps | 0, 0 | {ordered.disorder}, {ordered.gaps} |")
    order = all(b > a for a, b in itertools.pairwise(written))
    print(f"| JSON lines in order, of {len(written):,} | yes | {'yes' if order else 'no'} |")
    order = all(b > a for a, b in itertools.pairwise(seen))
    print(f"| slow WebSocket client in order, of {len(seen):,} | yes | {'yes' if order else 'no'} |")
    print(f"| frames skipped for slow clients | | {ws.dropped:,} |")  # type: ignore[attr-defined]
    print(f"| take complete, time rising | {ordered.count:,} | {recording.num_frames:,}, "
          f"{'yes' if np.all(np.diff(recording.timestamp_ms) > 0) else 'no'} |")  # fmt: skip
    print(f"| camera opened again | {losses} | {stats.reconnects} |")
    print(f"| seconds to shut down, threads left | | {ended:.2f}, {len(threads)} {' '.join(threads)} |")
    print("\nresident MB by minute:", " ".join(f"{m:.0f}" for m in memory[:: max(1, len(memory) // 20)]))


if __name__ == "__main__":
    main()
