"""Outputs and inputs under load: cost of a send, a client that never reads, hostile packets.

    python bench/bench_streams.py [--only send|slow|fuzz] [--packets 100000] [--frames 108000]

Prints three markdown tables. Every cost is given beside a plain loop measured in the same run, because
absolute times on a shared machine mean little.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import socket
import sys
import time
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "kit"))
from mp2flame.io.streams import StreamContext, open_output, wire
from mp2flame.io.streams.packets import RejectedPacket
from streams_kit import good_packets, hostile_packets, make_frame, parsers

E = 100
CONTEXT = StreamContext(num_expression=E)


def percentile_us(times: list[float], q: float) -> float:
    return float(np.percentile(np.array(times) * 1e6, q))


def measure(send: object, frames: list[object], count: int = 3000, pause_s: float = 0.0005) -> list[float]:
    times = []
    for i in range(count):
        start = time.perf_counter()
        send(frames[i % len(frames)])  # type: ignore[operator]
        times.append(time.perf_counter() - start)
        time.sleep(pause_s)
    return times


def cost_of_a_send() -> None:
    frames = [make_frame(i, num_expression=E) for i in range(16)]
    print(f"\n### Cost of `send` to the caller, {E} expression coefficients, one receiver\n")
    print("| output | median us | p95 us | against packing a binary frame |")
    print("|---|---|---|---|")
    base = percentile_us(measure(wire.encode_binary, frames), 50)
    print(f"| (packing a binary frame alone) | {base:.0f} | | 1.0 |")
    sinks = []
    for scheme, options in (
        ("livelink", ""), ("ifacialmocap", ""), ("vmc", ""), ("osc", ""), ("shm", ""), ("zmq", ""),
        ("jsonl", ""), ("ws", "?format=binary"), ("ws", "?format=json"),
    ):  # fmt: skip
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sink.bind(("127.0.0.1", 0))
        sinks.append(sink)
        url = {
            "shm": f"shm://bench-{os.getpid()}", "zmq": "zmq://127.0.0.1:0", "jsonl": f"jsonl:{os.devnull}",
            "ws": f"ws://127.0.0.1:0{options}",
        }.get(scheme, f"{scheme}://127.0.0.1:{sink.getsockname()[1]}")  # fmt: skip
        with open_output(url, context=CONTEXT) as output:
            client = None
            if scheme == "ws":
                from websockets.sync.client import connect

                client = connect(f"ws://127.0.0.1:{output.port}", max_queue=4)  # type: ignore[attr-defined]
                client.__enter__().recv()
            times = measure(output.send, frames)  # type: ignore[arg-type]
            median = percentile_us(times, 50)
            print(
                f"| {scheme}{options} | {median:.0f} | {percentile_us(times, 95):.0f} | {median / base:.1f} |"
            )
            if client is not None:
                client.__exit__(None, None, None)
    for sink in sinks:
        sink.close()


def slow_client(count: int) -> None:
    """An hour's worth of frames with clients that never read, and one that reads as it can."""
    frames = [make_frame(i, num_expression=E) for i in range(64)]
    print(f"\n### {count:,} frames with WebSocket clients that shook hands and never read\n")
    print("| frozen clients | p50 us | p99.9 us | longest ms | memory growth MB | skipped for them |")
    print("|---|---|---|---|---|---|")
    for frozen in (0, 4):
        with open_output("ws://127.0.0.1:0?format=binary", context=CONTEXT) as output:
            clients = [frozen_client(output.port) for _ in range(frozen)]  # type: ignore[attr-defined]
            while output.stats.clients < frozen:
                time.sleep(0.01)
            for frame in frames * 20:
                output.send(frame)
            before, times = memory_mb(), np.zeros(count)
            for i in range(count):
                start = time.perf_counter()
                output.send(frames[i % 64])
                times[i] = time.perf_counter() - start
                if i % 32 == 0:
                    time.sleep(0.001)
            p50, p999 = np.percentile(times * 1e6, (50, 99.9))
            print(
                f"| {frozen} | {p50:.0f} | {p999:.0f} | {1e3 * times.max():.1f} | "
                f"{memory_mb() - before:.1f} | {output.stats.dropped:,} |"
            )
            for client in clients:
                client.close()


def frozen_client(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", port))
    sock.sendall(
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    return sock


def memory_mb() -> float:
    """Resident now (not the peak) where /proc tells it."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fuzz(count: int) -> None:
    print(f"\n### {count:,} random and mutated packets at every input\n")
    print("| input | taken | rejected | other exceptions | memory growth MB | us a packet |")
    print("|---|---|---|---|---|---|")
    for kind, parse in parsers().items():
        good = good_packets()[kind]
        for data in hostile_packets(good, 2000, seed=0):
            run_one(parse, data)
        gc.collect()
        before = memory_mb()
        counts = {"taken": 0, "rejected": 0, "crashed": 0}
        spent = 0.0
        for data in hostile_packets(good, count, seed=1):
            start = time.perf_counter()
            counts[run_one(parse, data)] += 1
            spent += time.perf_counter() - start
        gc.collect()
        kept = memory_mb() - before
        assert sum(counts.values()) == count
        print(
            f"| {kind} | {counts['taken']:,} | {counts['rejected']:,} | {counts['crashed']} | {kept:.1f} | "
            f"{1e6 * spent / count:.0f} |",
            flush=True,
        )


def run_one(parse: object, data: bytes) -> str:
    try:
        parse(data)  # type: ignore[operator]
    except RejectedPacket:
        return "rejected"
    except Exception as error:
        print(type(error).__name__, error, data[:80], file=sys.stderr)
        return "crashed"
    return "taken"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--packets", type=int, default=100_000)
    parser.add_argument("--frames", type=int, default=108_000)
    parser.add_argument("--only", choices=("send", "slow", "fuzz"))
    arguments = parser.parse_args()
    if arguments.only in (None, "send"):
        cost_of_a_send()
    if arguments.only in (None, "slow"):
        slow_client(arguments.frames)
    if arguments.only in (None, "fuzz"):
        fuzz(arguments.packets)


if __name__ == "__main__":
    main()
