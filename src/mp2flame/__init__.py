"""mp2flame: drive any FLAME head model from MediaPipe face blendshapes, live, on a CPU.

    import mp2flame as m2f
    driver = m2f.Driver(flame="generic_model.pkl")   # or None: the built-in head
    params = driver.convert(blendshapes)             # (*batch, 52) -> FlameParams

Names are imported when they are first used, so that ``import mp2flame`` and ``mp2flame --help`` are quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_EXPORTS = {
    "Driver": "driver",
    "FlameParams": "types",
    "Frame": "types",
    "Detection": "types",
    "Detector": "detector",
    "FlameModel": "flame",
    "load_flame": "flame",
    "builtin_head": "builtin",
    "LinearMapping": "mapping",
    "Profile": "profile",
    "Recording": "recording",
    "Response": "response",
    "Rig": "rig",
    "solve_rig": "rig",
    "Mp2FlameError": "errors",
}

__all__ = ["__version__", *_EXPORTS]

if TYPE_CHECKING:
    from .builtin import builtin_head as builtin_head
    from .detector import Detector as Detector
    from .driver import Driver as Driver
    from .errors import Mp2FlameError as Mp2FlameError
    from .flame import FlameModel as FlameModel
    from .flame import load_flame as load_flame
    from .mapping import LinearMapping as LinearMapping
    from .profile import Profile as Profile
    from .recording import Recording as Recording
    from .response import Response as Response
    from .rig import Rig as Rig
    from .rig import solve_rig as solve_rig
    from .types import Detection as Detection
    from .types import FlameParams as FlameParams
    from .types import Frame as Frame


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(importlib.import_module(f".{_EXPORTS[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
