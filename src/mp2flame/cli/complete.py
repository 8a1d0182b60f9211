"""What a shell offers for a value: formats, streams, profiles, cameras, files of a kind (docs/install.md#completion)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

Offers = Callable[[str], Iterator[tuple[str, str]]]
"""What was typed so far to values and a word about each."""


def offering(what: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """A parameter's ``shell_complete``; ``what`` is a key of ``OFFERS``."""

    def complete(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
        return [
            CompletionItem(value, help=word) for value, word in OFFERS[what](typed) if value.startswith(typed)
        ]

    return complete


def _formats(_: str, *, written: bool = False) -> Iterator[tuple[str, str]]:
    from ..io.formats import FORMATS

    return ((entry.name, entry.summary) for entry in FORMATS.values() if entry.write or not written)


def _orders(_: str) -> Iterator[tuple[str, str]]:
    from ..base.channels import ORDERS

    return ((name, "") for name in ORDERS)


def _streams(_: str) -> Iterator[tuple[str, str]]:
    from ..io.schemes import EXAMPLES

    return iter(EXAMPLES.items())


def _sources(typed: str) -> Iterator[tuple[str, str]]:
    from ..io.sources.camera import camera_names

    for index, name in camera_names().items():
        yield str(index), name
        yield f"camera:{name}", f"camera {index}"
    yield from _files()(typed)


def _files(*endings: str) -> Offers:
    """Folders, and files with one of the endings (any, when there are none)."""

    def offer(typed: str) -> Iterator[tuple[str, str]]:
        folder = Path(typed) if typed.endswith("/") else Path(typed).parent
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_dir():
                yield f"{path}/", "folder"
            elif not endings or path.suffix.lower() in endings:
                yield str(path), ""

    return offer


OFFERS: dict[str, Offers] = {
    "formats": _formats,
    "written formats": lambda typed: _formats(typed, written=True),
    "streams": _streams,
    "orders": _orders,
    "sources": _sources,
    "profiles": _files(".json"),
    "takes": _files(".npz"),
    "FLAME files": _files(".pkl", ".npz", ".zip"),
}
