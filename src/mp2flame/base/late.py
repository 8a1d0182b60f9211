"""What a lower room may ask of an upper one, by a short name; the package's root says where it lies.

A take can write itself as a picture or a GLB although pictures and exports come after takes: it asks for
``late("render_take")`` when it is told to, and imports nothing before.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_PLACES: dict[str, str] = {}


def provide(**places: str) -> None:
    """Short names to ``module:function`` below the package."""
    _PLACES.update(places)


def late(name: str) -> Callable[..., Any]:
    """The function of that name."""
    module, function = _PLACES[name].split(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found
