"""What a shell offers for a value: formats, streams, profiles, cameras, files of a kind (docs/install.md#completion)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem


class Completed(click.ParamType):  # type: ignore[type-arg]
    """Another type, with values that a shell offers."""

    def __init__(self, inner: Any, what: str) -> None:
        self._inner, self._what = inner, what
        self.name = inner.name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return self._inner.convert(value, param, ctx)

    def get_metavar(self, *words: Any, **named: Any) -> str | None:
        found: str | None = self._inner.get_metavar(*words, **named)
        return found

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [
            CompletionItem(value, help=help)
            for value, help in offers(self._what, incomplete)
            if value.startswith(incomplete)
        ]


def offers(what: str, incomplete: str = "") -> Iterator[tuple[str, str]]:
    """Values and a word about each; ``what`` is a key of ``OFFERS``."""
    return OFFERS[what](incomplete)


def _formats(_: str) -> Iterator[tuple[str, str]]:
    from ..io.formats import FORMATS

    for entry in FORMATS.values():
        yield entry.name, entry.summary


def _written(_: str) -> Iterator[tuple[str, str]]:
    from ..io.formats import FORMATS

    for entry in FORMATS.values():
        if entry.write:
            yield entry.name, entry.summary


def _orders(_: str) -> Iterator[tuple[str, str]]:
    from ..base.channels import ORDERS

    for name in ORDERS:
        yield name, ""


def _streams(_: str) -> Iterator[tuple[str, str]]:
    from ..io.schemes import EXAMPLES

    yield from EXAMPLES.items()


def _sources(incomplete: str) -> Iterator[tuple[str, str]]:
    yield from _cameras(incomplete)
    yield from _files(incomplete, ())


def _cameras(_: str) -> Iterator[tuple[str, str]]:
    from ..io.sources.camera import camera_names

    for index, name in camera_names().items():
        yield str(index), name
        yield f"camera:{name}", f"camera {index}"


def _files(incomplete: str, endings: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Folders, and files with one of the endings (any, when there are none)."""
    folder = Path(incomplete).parent if not incomplete.endswith("/") else Path(incomplete)
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield f"{path}/", "folder"
        elif not endings or path.suffix.lower() in endings:
            yield str(path), ""


OFFERS: dict[str, Callable[[str], Iterator[tuple[str, str]]]] = {
    "formats": _formats,
    "written formats": _written,
    "streams": _streams,
    "orders": _orders,
    "sources": _sources,
    "profiles": lambda typed: _files(typed, (".json",)),
    "takes": lambda typed: _files(typed, (".npz",)),
    "FLAME files": lambda typed: _files(typed, (".pkl", ".npz", ".zip")),
}
