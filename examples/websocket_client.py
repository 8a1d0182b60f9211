"""A Python program that follows mp2flame over WebSocket, written from docs/streams.md alone.

Start a sender, then this:

    mp2flame run 0 --to ws://127.0.0.1:8765
    python examples/websocket_client.py ws://127.0.0.1:8765

It needs the ``websockets`` package and NumPy, not mp2flame. ``--frames N`` ends after N frames.
"""

from __future__ import annotations

import argparse
import json
import struct
from typing import Any

import numpy as np
from websockets.sync.client import connect


def read_binary(data: bytes, hello: dict[str, Any]) -> dict[str, Any]:
    """A binary frame as a dictionary of arrays, by the layout in the hello message."""
    layout = hello["binary"]
    magic, version, flags, index, _, timestamp_ms = struct.unpack_from("<4sHHIId", data)
    if magic != layout["magic"].encode() or version != layout["version"]:
        raise ValueError(f"not a frame of {hello['schema']}")
    floats = np.frombuffer(data, "<f4", offset=layout["header_bytes"])
    frame: dict[str, Any] = {"index": index, "timestamp_ms": timestamp_ms, "detected": bool(flags & 1)}
    for field in layout["fields"]:
        frame[field["name"]] = floats[field["start"] : field["start"] + field["width"]]
    return frame


def follow(url: str, token: str | None, count: int) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else None
    with connect(url, additional_headers=headers) as socket:
        socket.send(json.dumps({"type": "subscribe", "format": "binary"}))
        hello: dict[str, Any] = {}
        for message in socket:
            if isinstance(message, str):
                parsed = json.loads(message)
                if parsed["type"] == "hello":
                    hello = parsed
                    print(f"{hello['schema']}, FLAME {hello['flame']['release']!r}")
                continue
            frame = read_binary(message, hello)
            strongest = np.argsort(frame["weights"])[-3:][::-1]
            shapes = ", ".join(f"{hello['names'][i]} {frame['weights'][i]:.2f}" for i in strongest)
            jaw_deg = float(np.rad2deg(np.linalg.norm(frame["jaw_pose"])))
            state = "face" if frame["detected"] else "lost"
            print(f"{frame['index']:6d} {state}  jaw {jaw_deg:4.1f} deg  {shapes}", flush=True)
            count -= 1
            if count == 0:
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("url", nargs="?", default="ws://127.0.0.1:8765")
    parser.add_argument("--token")
    parser.add_argument("--frames", type=int, default=0, help="stop after this many; 0 goes on")
    arguments = parser.parse_args()
    follow(arguments.url, arguments.token, arguments.frames)


if __name__ == "__main__":
    main()
