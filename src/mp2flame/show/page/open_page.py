"""A page in the user's browser."""

from __future__ import annotations

import contextlib
import os
import sys


def open_page(url: str) -> None:
    """In the user's browser; not in one that would take over the terminal."""
    import webbrowser

    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if display or sys.platform in ("win32", "darwin"):
        with contextlib.suppress(webbrowser.Error, OSError):
            webbrowser.open(url)
