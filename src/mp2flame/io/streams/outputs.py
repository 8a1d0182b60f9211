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
EXAMPLES = {  # the usual address of each, and who listens there; a test holds that every scheme has one
    "ws://127.0.0.1:8765": "web pages, own programs",
    "vmc://127.0.0.1:39539": "VSeeFace, Warudo, VNyan, VMagicMirror",
    "osc://127.0.0.1:9000/face": "TouchDesigner, Max, own patches",
    "livelink://127.0.0.1:11111": "Unreal",
    "ifacialmocap://127.0.0.1:49983": "programs that take iFacialMocap",
    "vts://127.0.0.1:8001": "VTube Studio",
    "jsonl:": "pipes and scripts",
    "zmq://127.0.0.1:5599": "an avatar renderer",
    "shm://avatar": "programs on this machine",
    "ros2://face": "ROS 2",
}
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
