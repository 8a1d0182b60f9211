"""URL to output; which there are, ``io.schemes`` says."""

from __future__ import annotations

from ...base.errors import InputError
from ..schemes import OUTPUT_SCHEMES, SCHEMES, load, scheme_of
from .base import Output, StreamContext


def open_output(url: str, *, context: StreamContext) -> Output:
    """Open an output by its URL (docs/streams.md has every form).

    Raises:
        InputError: unknown scheme or option, missing port, missing token for an address others can reach.
        SourceError: the port is taken.
        OutputError: the file cannot be written.
        MissingDependencyError: the protocol's package is not installed.
    """
    scheme = scheme_of(url)
    if scheme not in OUTPUT_SCHEMES:
        raise InputError(
            f"{url!r} is no output; known: {', '.join(f'{s}:' for s in OUTPUT_SCHEMES)} "
            "(for example vmc://127.0.0.1:39539; docs/streams.md lists them)."
        )
    output: Output = load(SCHEMES[scheme].output)(url, context)
    return output
