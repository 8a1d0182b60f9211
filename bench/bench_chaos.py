"""Chaos: a live pipeline with every output while everything around it fails, and real runs that get signals.

    python bench/bench_chaos.py [--minutes 20] [--seed 0]

In this process a camera at 30 pictures a second (made faces, no detector) drives a head with all outputs that need no
foreign program. At random moments: WebSocket, OSC and ZeroMQ clients come, read slowly, stall, lie (bytes that are no
message, hand-shakes that are none) and die without a word; the camera is lost and comes back; the disk that takes are
recorded on (a small tmpfs, needs root) fills and empties; recordings start and stop. Beside it ``mp2flame run`` records
what a Live Link sender sends, and gets SIGINT, SIGTERM or SIGKILL at a random moment.

Then every recording is opened and its frames are counted. Memory, threads and open files are looked at every few
seconds. A table of what was done and what was lost.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import logging
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "kit"))
from bench_streams import frozen_client, memory_mb
from live_kit import PICTURE, SIZE, FakeDetector, face
from mp2flame import Driver
from mp2flame.base.errors import Mp2FlameError, SourceError
from mp2flame.base.values import Frame
from mp2flame.drive.live import LivePipeline
from mp2flame.io.sources import Source, SourceFrame, SourceInfo
from mp2flame.io.streams import Output, StreamContext
from mp2flame.take.take import Take

DISK_MB = 24
STOP_S = 2.0


# --- what is driven --------------------------------------------------------------------------------------------


class Camera(Source):
    """Pictures at 30 a second until ``lost`` is set."""

    prefetch = 0

    def __init__(self, lost: threading.Event) -> None:
        super().__init__()
        self._lost = lost
        self.info = SourceInfo("camera", "a camera", 30.0, None, SIZE, live=True)

    def _frames(self) -> Iterator[SourceFrame]:
        started, i = time.monotonic(), 0
        while not self._lost.is_set():
            i += 1
            self._lost.wait(max(0.0, started + i / 30 - time.monotonic()))
            yield SourceFrame(i, i * 1000 / 30, image=PICTURE, image_size=SIZE)
        raise SourceError("the camera was unplugged.")


class Ordered(Output):
    """Counts frames and keeps whether they came in order."""

    def __init__(self, num_expression: int) -> None:
        super().__init__("ordered:", StreamContext(num_expression=num_expression))
        self.count = self.disorder = 0
        self._last = (-1, -1.0)

    def _send(self, frame: Frame) -> None:
        self.count += 1
        now = (frame.index, frame.timestamp_ms)
        self.disorder += now[0] <= self._last[0] or now[1] <= self._last[1]
        self._last = now


class World:
    """What is shared by everybody who makes trouble."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.rng = random.Random(seed)
        self.folder = folder
        self.over = threading.Event()
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []
        self.recordings: list[tuple[Path, int, bool]] = []  # path, frames handed over, was the disk full
        self.worst: dict[str, float] = {}
        self.lock = threading.Lock()

    def pause(self, low: float, high: float) -> bool:
        """Wait; True when all is over."""
        return self.over.wait(self.rng.uniform(low, high))

    def slowest(self, what: str, seconds: float) -> None:
        with self.lock:
            self.worst[what] = max(self.worst.get(what, 0.0), seconds)

    def fault(self, text: str) -> None:
        with self.lock:
            self.faults.append(text)
            print(f"FAULT {text[:300]}", file=sys.stderr, flush=True)


# --- trouble ---------------------------------------------------------------------------------------------------


def websocket_clients(world: World, port: int) -> None:
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    while not world.pause(0.1, 1.5):
        way = world.rng.choice(["reads", "slow", "lies", "dies", "stalls", "no handshake"])
        with contextlib.suppress(OSError, WebSocketException, TimeoutError):
            if way == "no handshake":
                with socket.create_connection(("127.0.0.1", port), 2) as raw:
                    raw.sendall(world.rng.randbytes(world.rng.randint(1, 3000)))
            elif way == "stalls":
                raw = frozen_client(port)
                world.pause(0.5, 4.0)
                raw.close()
            else:
                with connect(f"ws://127.0.0.1:{port}", max_size=None, open_timeout=3) as client:
                    for _ in range(world.rng.randint(1, 60)):
                        client.recv(timeout=2)
                        if way == "slow":
                            time.sleep(0.05)
                        if way == "lies":
                            client.send(
                                world.rng.choice(["{", "[" * 2000, '{"type": "hello"}', b"\x00" * 99, "NaN"])
                            )
                    if way == "dies":  # a reset, no close frame
                        linger = struct.pack("ii", 1, 0)
                        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                        client.socket.close()
            world.done[f"WebSocket client {way}"] += 1


def zmq_clients(world: World, port: int) -> None:
    import zmq

    context = zmq.Context()
    while not world.pause(0.2, 2.0):
        way = world.rng.choice(["reads", "stalls", "lies"])
        if way == "lies":
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2) as raw:
                raw.sendall(world.rng.randbytes(500))
        else:
            client = context.socket(zmq.SUB)
            client.setsockopt(zmq.LINGER, 0)
            client.setsockopt(zmq.RCVTIMEO, 500)
            client.subscribe(b"")
            client.connect(f"tcp://127.0.0.1:{port}")
            if way == "stalls":
                world.pause(0.5, 3.0)
            else:
                with contextlib.suppress(zmq.Again):
                    for _ in range(20):
                        client.recv_multipart()
            client.close()
        world.done[f"ZeroMQ client {way}"] += 1
    context.term()


def udp_strangers(world: World, ports: list[int]) -> None:
    """Receivers that come and go, so that the kernel answers with errors, and bytes that nobody asked for."""
    while not world.pause(0.1, 1.0):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            with contextlib.suppress(OSError):
                one.bind(("127.0.0.1", world.rng.choice(ports)))
                world.done["OSC, VMC, Live Link receiver came and went"] += 1
            with contextlib.suppress(OSError):
                one.sendto(world.rng.randbytes(200), ("127.0.0.1", world.rng.choice(ports)))
            world.pause(0.1, 1.0)


def camera_thief(world: World, lost: threading.Event, allowed: threading.Event) -> None:
    while not world.pause(4.0, 15.0):
        allowed.clear()
        lost.set()
        world.pause(0.1, 3.0)
        allowed.set()
        world.done["camera lost and back"] += 1
    allowed.set()


def disk_filler(world: World, disk: Path) -> None:
    filler = disk / "filler.bin"
    while not world.pause(5.0, 12.0):
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
            while not world.over.is_set():
                file.write(bytes(1 << 16))
        world.done["disk full"] += 1
        world.pause(2.0, 6.0)
        filler.unlink(missing_ok=True)
        world.done["disk empty again"] += 1


def recorder(world: World, pipeline: LivePipeline, ordered: Ordered, disk: Path) -> None:
    """Takes of a few seconds, one after the other; each is opened at once and thrown away."""
    number = 0
    while not world.pause(0.1, 1.0):
        number += 1
        path = disk / f"take{number}.npz"
        try:
            pipeline.start_recording(path)
        except Mp2FlameError:
            world.done["recording refused, disk full"] += 1
            continue
        writer = pipeline._sink._writer  # what was handed to it is known to nobody else
        world.pause(2.0, 10.0)
        full, started = False, time.monotonic()
        if pipeline.recording is None:
            full = True
        try:
            pipeline.stop_recording()
        except Mp2FlameError:
            full = True
        world.slowest("stop of a recording", time.monotonic() - started)
        if writer is not None:
            look_at(world, writer.part if full or not path.exists() else path, writer.num_frames, full)
        for left in disk.glob("take*"):
            left.unlink(missing_ok=True)
        if left := list(disk.glob(".mp2flame-*")):
            world.fault(f"temporary files left: {[p.name for p in left]}")
    if ordered.disorder:
        world.fault(f"{ordered.disorder} frames out of order")


def look_at(world: World, path: Path, frames: int, full: bool) -> None:
    """Whether a recording opens, and what it lost."""
    if frames == 0:
        return
    try:
        take = Take.load(path)
    except Mp2FlameError as error:
        if full and ("before its first frame" in str(error) or not path.exists()):
            world.done["recording on a full disk from the start"] += 1
            return
        world.fault(f"a recording does not open: {error}")
        return
    world.done["recording opened" + (", disk full meanwhile" if full else "")] += 1
    world.done["frames in recordings"] += take.num_frames
    if not full and take.num_frames != frames:
        world.fault(f"{frames - take.num_frames} of {frames} frames are lost without a full disk")
    if full:
        world.done["frames that found no place on the full disk"] += frames - take.num_frames
    if not (np.diff(take.timestamp_ms) >= 0).all():
        world.fault("time runs backwards in a recording")


# --- real runs that get signals --------------------------------------------------------------------------------


def sender(world: World, port: int) -> None:
    """A Live Link phone, 30 packets a second."""
    from mp2flame.io.streams.livelink import NUM_VALUES, encode

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        number = 0
        while not world.over.wait(1 / 30):
            number += 1
            values = np.full(NUM_VALUES, 0.3 + 0.2 * np.sin(number / 9), np.float32)
            data = encode(values, subject="chaos", device_id="0" * 36, frame=number, fps=30)
            with contextlib.suppress(OSError):
                out.sendto(data, ("127.0.0.1", port))


def signalled_runs(world: World, port: int) -> None:
    number = 0
    while not world.over.is_set():
        number += 1
        folder = world.folder / f"run{number}"
        folder.mkdir()
        take = folder / "take.npz"
        ending = world.rng.choice([signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
        words = [sys.executable, "-m", "mp2flame", "run", f"livelink://127.0.0.1:{port}", "-o", str(take),
                 "--to", f"jsonl:{folder / 'lines.jsonl'}", "--quiet"]  # fmt: skip
        with open(folder / "log", "w") as log:
            process = subprocess.Popen(words, stdout=log, stderr=log)
            early = world.rng.random() < 0.25
            if early:
                world.over.wait(world.rng.uniform(0.0, 1.5))
            else:
                lines = folder / "lines.jsonl"
                while (
                    process.poll() is None
                    and not (lines.exists() and lines.stat().st_size)
                    and not world.over.is_set()
                ):
                    time.sleep(0.05)
                world.over.wait(world.rng.uniform(0.2, 6.0))
            started = time.monotonic()
            process.send_signal(ending)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            took = time.monotonic() - started
            if process.poll() is None:
                process.kill()
                world.fault(f"{ending.name} did not end a run within 15 s")
        world.slowest(f"stop by {ending.name}" + (" while it starts" if early else ""), took)
        world.done[f"run ended by {ending.name}" + (" while it starts" if early else "")] += 1
        judge_run(world, folder, take, ending, early)


def judge_run(world: World, folder: Path, take: Path, ending: signal.Signals, early: bool) -> None:
    log = (folder / "log").read_text(errors="replace")
    ours = re.findall(r"/mp2flame/([\w/]+)\.py", log)
    if (
        early
        and log.startswith("Traceback")
        and set(ours) <= {"__init__", "__main__", "base/late", "base/version"}
    ):
        world.done["signal before the interpreter had begun with mp2flame"] += 1
    elif "Traceback" in log or "defect of" in log:
        world.fault(f"{ending.name}{' early' if early else ''}: {log[-600:]}")
    lines = folder / "lines.jsonl"
    sent = sum('"frame"' in line[:20] for line in lines.read_text().splitlines()) if lines.exists() else 0
    part = folder / "take.part.npz"
    found = take if take.exists() else part if part.exists() else None
    if ending is not signal.SIGKILL and part.exists():
        world.fault(f"{ending.name} left {part.name} and {take.exists()=}")
    if left := [p.name for p in folder.iterdir() if p.name.startswith(".mp2flame-")]:
        world.fault(f"{ending.name}: temporary files left: {left}")
    if sent and not early:
        frames = 0
        if found is not None:
            with contextlib.suppress(Mp2FlameError):
                frames = Take.load(found).num_frames
        lost = max(0, sent - frames)
        world.done[f"frames lost by {ending.name}"] += lost
        world.slowest(f"frames lost by one {ending.name}", lost)
        if ending is not signal.SIGKILL and lost > 1:
            world.fault(f"{ending.name}: {frames} of {sent} frames are in the take")


# --- all together ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A tmpfs of a few megabytes, None where it cannot be mounted."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
    try:
        good = subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        good = False
    try:
        yield folder if good else None
    finally:
        if good:
            subprocess.run(["umount", "-l", str(folder)], check=False)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def handles() -> int:
    with contextlib.suppress(OSError):
        return len(os.listdir("/proc/self/fd"))
    return 0


def chaos(world: World, minutes: float) -> tuple[LivePipeline, Ordered, list[tuple[float, int, int]]]:
    driver = Driver()
    ordered = Ordered(driver.num_expression)
    lost, allowed = threading.Event(), threading.Event()
    allowed.set()

    def camera() -> Source:
        if not allowed.is_set():
            raise SourceError("there is no camera.")
        lost.clear()
        return Camera(lost)

    faces = [face(0.5 + 0.02 * np.sin(k / 9), jawOpen=0.5 + 0.5 * np.sin(k / 5)) for k in range(300)]
    udp, zmq_port, link = [free_port() for _ in range(4)], free_port(), free_port()
    outputs: list[str | Output] = [
        ordered, "ws://127.0.0.1:0", f"osc://127.0.0.1:{udp[0]}", f"vmc://127.0.0.1:{udp[1]}", f"livelink://127.0.0.1:{udp[2]}",
        f"ifacialmocap://127.0.0.1:{udp[3]}", f"zmq://127.0.0.1:{zmq_port}", f"shm://chaos{os.getpid()}",
        f"jsonl:{world.folder / 'chaos.jsonl'}",
    ]  # fmt: skip
    pipeline = LivePipeline(
        driver,
        camera,
        outputs,
        detector=FakeDetector(lambda i: [] if i % 900 < 45 else [faces[i % 300]]),
        wait=True,
    )
    samples: list[tuple[float, int, int]] = []
    with small_disk(world.folder / "disk") as disk, pipeline:
        port = pipeline.outputs[1].port  # type: ignore[attr-defined]
        place = disk or world.folder
        jobs: list[tuple[Callable[..., None], tuple[Any, ...]]] = [
            (websocket_clients, (world, port)), (websocket_clients, (world, port)), (zmq_clients, (world, zmq_port)),
            (udp_strangers, (world, udp)), (camera_thief, (world, lost, allowed)), (recorder, (world, pipeline, ordered, place)),
            (sender, (world, link)), (signalled_runs, (world, link)),
        ]  # fmt: skip
        if disk is not None:
            jobs.append((disk_filler, (world, disk)))
        threads = [threading.Thread(target=guarded, args=(world, *job), name=job[0].__name__) for job in jobs]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 60 * minutes
        while time.monotonic() < until:
            time.sleep(min(5.0, max(0.1, 60 * minutes / 60)))
            gc.collect()
            ours = sum(t.name.startswith("mp2flame") for t in threading.enumerate())
            samples.append((memory_mb(), ours, handles()))
        world.over.set()
        for thread in threads:
            thread.join(30)
        stats = pipeline.stats
        world.done["frames driven"] = stats.frames
        started = time.monotonic()
        pipeline.stop()
        world.slowest("stop of the pipeline", time.monotonic() - started)
    left = [t.name for t in threading.enumerate() if t.name.startswith("mp2flame")]
    if left:
        world.fault(f"threads left: {left}")
    if disk is None:
        world.done["disk full: not tried, a tmpfs needs root"] = 0
    return pipeline, ordered, samples


class Words(logging.Handler):
    """What libraries log: of our side nothing may be an error."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.WARNING)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("websockets.client"):  # those are the ones who make trouble
            self._world.fault(
                f"{record.name} says: {record.getMessage()} {record.exc_text or record.exc_info or ''}"
            )


def guarded(world: World, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    try:
        work(*arguments)
    except Exception as error:
        import traceback

        world.fault(f"{work.__name__}: {type(error).__name__}: {error} {traceback.format_exc()[-500:]}")


def report(world: World, samples: list[tuple[float, int, int]], minutes: float) -> None:
    print(f"{minutes:g} minutes\n\n| done | times |\n|---|---|")
    for what, times in sorted(world.done.items()):
        print(f"| {what} | {times:,} |")
    print("\n| slowest, largest | s, frames | asked |\n|---|---|---|")
    for what, seconds in sorted(world.worst.items()):
        print(f"| {what} | {seconds:.2f} | {'' if 'frames' in what else f'< {STOP_S:g}'} |")
        if "frames" not in what and "SIGKILL" not in what and seconds > STOP_S:
            world.faults.append(f"{what} took {seconds:.2f} s")
    third = max(1, len(samples) // 3)
    print("\n| | first third | last third |\n|---|---|---|")
    for k, what in enumerate(("resident MB", "threads of ours", "open files")):
        before, after = (
            float(np.median([s[k] for s in part])) for part in (samples[:third], samples[-third:])
        )
        print(f"| {what}, median | {before:.0f} | {after:.0f} |")
    print(f"\n{len(world.faults)} faults" + "".join(f"\n- {text[:400]}" for text in world.faults))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = World(options.seed, Path(folder))
        logging.getLogger().addHandler(Words(world))
        _, _, samples = chaos(world, options.minutes)
        report(world, samples, options.minutes)
    raise SystemExit(bool(world.faults))


if __name__ == "__main__":
    main()
