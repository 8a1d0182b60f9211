"""Every stream there is, said once: who writes and who reads its scheme, an address to try, what it needs.

Outputs, inputs, sources, completion, the viewer's page and ``doctor`` look here; classes are imported when they are asked for, so
that one protocol does not need the others' packages.
"""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple


class Scheme(NamedTuple):
    """What is behind ``scheme:`` in an address.

    Attributes:
        output, input: ``module:Class`` in ``io.streams``; empty: there is none.
        example: the usual address of the output.
        listener: who usually listens there.
        needs: the optional module, as ``base.optional`` names it; empty: nothing.
    """

    output: str = ""
    input: str = ""
    example: str = ""
    listener: str = ""
    needs: str = ""


SCHEMES: dict[str, Scheme] = {
    "ws": Scheme(
        "websocket:WebSocketOutput", "websocket:WebSocketInput",
        "ws://127.0.0.1:8765", "web pages, own programs", "websockets",
    ),
    "wss": Scheme(input="websocket:WebSocketInput", needs="websockets"),
    "vmc": Scheme(
        "vmc:VmcOutput", "vmc:VmcInput",
        "vmc://127.0.0.1:39539", "VSeeFace, Warudo, VNyan, VMagicMirror", "pythonosc",
    ),
    "osc": Scheme("osc:OscOutput", "", "osc://127.0.0.1:9000/face", "TouchDesigner, Max, own patches", "pythonosc"),
    "livelink": Scheme("livelink:LiveLinkOutput", "livelink:LiveLinkInput", "livelink://127.0.0.1:11111", "Unreal"),
    "ifacialmocap": Scheme(
        "ifacialmocap:IFacialMocapOutput", "ifacialmocap:IFacialMocapInput",
        "ifacialmocap://127.0.0.1:49983", "programs that take iFacialMocap",
    ),
    "facemotion3d": Scheme(input="ifacialmocap:FaceMotion3DInput"),
    "vts": Scheme("vts:VtsOutput", "", "vts://127.0.0.1:8001", "VTube Studio", "websockets"),
    "jsonl": Scheme("jsonl:JsonLinesOutput", "", "jsonl:", "pipes and scripts"),
    "zmq": Scheme("zeromq:ZmqOutput", "", "zmq://127.0.0.1:5599", "an avatar renderer", "zmq"),
    "shm": Scheme("shm:SharedMemoryOutput", "", "shm://avatar", "programs on this machine"),
    "ros2": Scheme("ros2:Ros2Output", "", "ros2://face", "ROS 2"),
}  # fmt: skip
OUTPUT_SCHEMES = tuple(name for name, scheme in SCHEMES.items() if scheme.output)
INPUT_SCHEMES = tuple(name for name, scheme in SCHEMES.items() if scheme.input)
EXAMPLES = {scheme.example: scheme.listener for scheme in SCHEMES.values() if scheme.output}


def scheme_of(url: str) -> str:
    """What stands before the first colon, lower case."""
    return url.partition(":")[0].lower()


def module_for(url: str) -> str | None:
    """The optional module that a stream needs, as ``base.optional`` names it; None: nothing."""
    scheme = SCHEMES.get(scheme_of(url))
    return scheme.needs or None if scheme else None


def load(place: str) -> Any:
    """The class at ``module:Class`` in ``io.streams``."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(f"..streams.{module}", __name__), name)
