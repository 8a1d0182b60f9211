"""Frames and hostile bytes for the stream tests and for bench/bench_streams.py."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from mp2flame.base.values import FlameParams, Frame
from mp2flame.io.streams import ifacialmocap, livelink, osc, vmc, wire

NUM_EXPRESSION = 10


def make_frame(
    seed: int = 0, *, index: int | None = None, detected: bool = True, num_expression: int = NUM_EXPRESSION
) -> Frame:
    """A frame of random but plausible numbers, the same for a seed."""
    rng = np.random.default_rng(seed)
    weights = rng.random(52).astype(np.float32)
    weights[0] = 0.0
    params = FlameParams(
        expression=rng.normal(size=num_expression),
        jaw_pose=rng.uniform(0, 0.3, 3),
        eye_pose=rng.uniform(-0.4, 0.4, 6),
        neck_pose=rng.uniform(-0.2, 0.2, 3),
        global_orient=rng.uniform(-0.5, 0.5, 3),
        transl=rng.uniform(-0.6, 0.6, 3),
    )
    return Frame(
        index=seed if index is None else index,
        timestamp_ms=33.25 * seed,
        detected=detected,
        params=params,
        weights=weights,
        blendshapes=np.zeros(52, np.float32),
    )


def good_packets() -> dict[str, list[bytes]]:
    """Well-formed packets of each input, to mutate."""
    frame = make_frame(3)
    lost = make_frame(4, detected=False)
    values = livelink.values_of(frame)
    return {
        "livelink": [
            livelink.encode(values, subject="iPhone", device_id="D" * 36, frame=90),
            livelink.encode(None, subject="iPhone", device_id="D" * 36, frame=91),
        ],
        "ifacialmocap": [ifacialmocap.encode(frame), ifacialmocap.encode(lost, version=2)],
        "vmc": [
            osc.encode_bundle(vmc.messages(frame, seconds=1.0)),
            osc.encode_bundle([("/VMC/Ext/Blend/Val", ["jawOpen", 0.5])]),
        ],
        "ws-binary": [wire.encode_binary(frame)],
        "ws-json": [
            wire.encode_json(frame).encode(),
            b'{"type":"hello","schema":"mp2flame.stream/1","names":["jawOpen","eyeBlinkLeft"]}',
            b'{"type":"frame","weights":{"jawOpen":0.4},"detected":true}',
        ],
    }


def parsers() -> dict[str, Callable[[bytes], object]]:
    """Bytes to packet, by input; each returns or raises RejectedPacket, nothing else."""
    decoder, native = vmc.VmcDecoder(), wire.InputDecoder()
    return {
        "livelink": livelink.decode,
        "ifacialmocap": ifacialmocap.decode,
        "vmc": decoder.feed,
        "ws-binary": native.feed,
        "ws-json": lambda data: native.feed(data.decode("utf-8", "replace")),
    }


def hostile_packets(good: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Random bytes, and good packets with flipped, cut, repeated, spliced and overwritten bytes."""
    rng = np.random.default_rng(seed)
    nasty = [b"\xff\xff\xff\xff", b"\x7f\xc0\x00\x00", b"\x7f\x80\x00\x00", b"nan", b"1e999", b"[" * 300,
             b"-", b"|", b"#bundle\x00", b"\x00\x00\x00\x00", b"\x80\x00\x00\x00"]  # fmt: skip
    for _ in range(count):
        kind = int(rng.integers(7))
        base = bytearray(good[int(rng.integers(len(good)))])
        if kind == 0:
            yield rng.bytes(int(rng.integers(0, 600)))
            continue
        if kind == 1:
            yield bytes(base[: int(rng.integers(len(base)))])
            continue
        at = int(rng.integers(len(base)))
        if kind == 2:
            for _ in range(int(rng.integers(1, 8))):
                base[int(rng.integers(len(base)))] = int(rng.integers(256))
        elif kind == 3:
            piece = nasty[int(rng.integers(len(nasty)))]
            base[at : at + len(piece)] = piece
        elif kind == 4:
            base[at:at] = nasty[int(rng.integers(len(nasty)))]
        elif kind == 5:
            base += base[at:]
        else:
            other = good[int(rng.integers(len(good)))]
            base = base[:at] + bytearray(other[int(rng.integers(len(other))) :])
        yield bytes(base)


def wait_until(condition: Callable[[], object], timeout_s: float = 10.0) -> bool:
    """Poll until the condition holds; False at the timeout."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return bool(condition())


def decode_json(text: str | bytes) -> Frame:
    """A JSON frame of ``mp2flame.stream/1``, read by what docs/streams.md says of it."""
    message = wire.read_json(text)
    assert message["type"] == "frame"
    names = ("expression", "jaw_pose", "eye_pose", "neck_pose", "global_orient", "transl")
    params = FlameParams(**{name: np.array(message[name], np.float32) for name in names})
    weights = np.array(message["weights"], np.float32)
    return Frame(
        message["index"],
        message["timestamp_ms"],
        message["detected"],
        params,
        weights,
        np.zeros_like(weights),
    )
