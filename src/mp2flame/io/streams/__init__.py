"""Live outputs and network inputs, one small module per protocol, chosen by URL.

``open_output("vmc://127.0.0.1:39539", context=StreamContext(num_expression=50))`` gives an ``Output`` with
``send(frame)``, ``stats`` and ``close()``; ``open_input("livelink://0.0.0.0:11111")`` gives an iterable of
``SourceFrame``. docs/streams.md specifies the project's own messages and lists every URL form; which schemes there are,
``io.schemes`` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...base.errors import InputError
from ..schemes import INPUT_SCHEMES, OUTPUT_SCHEMES, SCHEMES, load, scheme_of
from .base import Output, StreamContext, StreamStats
from .shm import SharedMemoryReader

if TYPE_CHECKING:
    from .inputs import NetworkInput

__all__ = [
    "INPUT_SCHEMES",
    "OUTPUT_SCHEMES",
    "Output",
    "SharedMemoryReader",
    "StreamContext",
    "StreamStats",
    "check_output",
    "open_input",
    "open_output",
]


def open_output(url: str, *, context: StreamContext) -> Output:
    """Open an output by its URL (docs/streams.md has every form).

    Raises:
        InputError: unknown scheme or option, missing port, missing token for an address others can reach.
        SourceError: the port is taken.
        OutputError: the file cannot be written.
        MissingDependencyError: the protocol's package is not installed.
    """
    check_output(url)
    output: Output = load(SCHEMES[scheme_of(url)].output)(url, context)
    return output


def check_output(url: str) -> None:
    """Refuse what is no output's URL, before anything is opened.

    Raises:
        InputError: unknown scheme.
    """
    if scheme_of(url) not in OUTPUT_SCHEMES:
        raise InputError(
            f"{url!r} is no output; known: {', '.join(f'{s}:' for s in OUTPUT_SCHEMES)} "
            "(for example vmc://127.0.0.1:39539; docs/streams.md lists them)."
        )


def open_input(url: str) -> NetworkInput:
    """Open a network source by its address (docs/streams.md has every form).

    Raises:
        InputError: unknown scheme, bad port or option.
        SourceError: the port is taken.
        MissingDependencyError: the protocol's package is not installed.
    """
    if scheme_of(url) not in INPUT_SCHEMES:
        raise InputError(
            f"{url!r} is no network input; known: {', '.join(f'{s}://' for s in INPUT_SCHEMES)} (docs/streams.md)."
        )
    opened: NetworkInput = load(SCHEMES[scheme_of(url)].input)(url)
    return opened
