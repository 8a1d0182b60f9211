"""viser, and what we switch off of it."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import Any

from ...base.optional import need


def open_page(url: str) -> None:
    """In the user's browser; not in one that would take over the terminal."""
    import webbrowser

    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if display or sys.platform in ("win32", "darwin"):
        with contextlib.suppress(webbrowser.Error, OSError):
            webbrowser.open(url)


def no_sharing(server: Any) -> None:
    """A page must not be able to open a tunnel to the internet."""
    from viser import _messages

    for name in ("ShareUrlRequest", "ShareUrlDisconnect"):
        with contextlib.suppress(AttributeError, AssertionError):
            server._websock_server.unregister_handler(getattr(_messages, name))  # noqa: SLF001


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the library's own lines on stdout, which may be somebody's JSON stream."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def load_viser() -> Any:
    """The ``viser`` package.

    Raises:
        MissingDependencyError: not installed.
    """
    return need("viser", purpose="the viewer")
