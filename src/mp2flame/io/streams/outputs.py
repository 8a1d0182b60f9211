"""URL scheme to output."""

from __future__ import annotations

import importlib

from ...base.errors import InputError
from .base import Output, StreamContext

# module and class by scheme: importing one protocol must not import the others' packages
_OUTPUTS = {
    "ws": ("websocket", "WebSocketOutput"),
    "vmc": ("vmc", "VmcOutput"),
    "osc": ("osc", "OscOutput"),
    "livelink": ("livelink", "LiveLinkOutput"),
    "ifacialmocap": ("ifacialmocap", "IFacialMocapOutput"),
    "vts": ("vts", "VtsOutput"),
    "jsonl": ("jsonl", "JsonLinesOutput"),
    "zmq": ("zeromq", "ZmqOutput"),
    "shm": ("shm", "SharedMemoryOutput"),
    "ros2": ("ros2", "Ros2Output"),
}
OUTPUT_SCHEMES = tuple(_OUTPUTS)
_MODULES = {"ws": "websockets", "vts": "websockets", "vmc": "pythonosc", "osc": "pythonosc", "zmq": "zmq"}


def module_for(url: str) -> str | None:
    """The optional module that an output needs, as ``base.optional`` names it; None: nothing."""
    return _MODULES.get(url.partition(":")[0].lower())


def open_output(url: str, *, context: StreamContext) -> Output:
    """Open an output by its URL (docs/streams.md has every form).

    Raises:
        InputError: unknown scheme or option, missing port, missing token for an address others can reach.
        SourceError: the port is taken.
        OutputError: the file cannot be written.
        MissingDependencyError: the protocol's package is not installed.
    """
    scheme = url.partition(":")[0].lower()
    if scheme not in _OUTPUTS:
        raise InputError(
            f"{url!r} is no output; known: {', '.join(f'{s}:' for s in _OUTPUTS)} "
            "(for example vmc://127.0.0.1:39539; docs/streams.md lists them)."
        )
    module, name = _OUTPUTS[scheme]
    output: Output = getattr(importlib.import_module(f".{module}", __package__), name)(url, context)
    return output
