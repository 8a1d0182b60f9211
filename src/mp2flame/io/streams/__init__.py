"""Live outputs and network inputs, one small module per protocol, chosen by URL.

``open_output("vmc://127.0.0.1:39539", context=StreamContext(num_expression=50))`` gives an ``Output`` with
``send(frame)``, ``stats`` and ``close()``; ``open_input("livelink://0.0.0.0:11111")`` gives an iterable of
``SourceFrame``. docs/streams.md specifies the project's own messages and lists every URL form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..schemes import INPUT_SCHEMES, OUTPUT_SCHEMES
from .base import Output, StreamContext, StreamStats
from .outputs import open_output

if TYPE_CHECKING:
    from .inputs import NetworkInput


def open_input(url: str) -> NetworkInput:
    """Open a network source; see ``mp2flame.io.streams.inputs.open_input``."""
    from .inputs import open_input as open_

    return open_(url)


def __getattr__(name: str) -> Any:
    if name == "SharedMemoryReader":
        from .shm import SharedMemoryReader

        return SharedMemoryReader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "INPUT_SCHEMES",
    "OUTPUT_SCHEMES",
    "Output",
    "SharedMemoryReader",
    "StreamContext",
    "StreamStats",
    "open_input",
    "open_output",
]
