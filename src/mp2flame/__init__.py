"""mp2flame: drive any FLAME head model from MediaPipe face blendshapes, live, on a CPU.

    import mp2flame as m2f
    driver = m2f.Driver(flame="generic_model.pkl")   # or None: the built-in head
    params = driver.convert(blendshapes)             # (*batch, 52) -> FlameParams

Names are imported when they are first used, so that ``import mp2flame`` and ``mp2flame --help`` are quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .base.version import __version__

_EXPORTS = {
    "Driver": "drive.driver",
    "FlameParams": "base.values",
    "Frame": "base.values",
    "Detection": "base.values",
    "Detector": "observe.detector",
    "FlameModel": "flame",
    "load_flame": "flame",
    "builtin_head": "flame.builtin.head",
    "LinearMapping": "rig.mapping.linear",
    "Profile": "person.profile",
    "Take": "take.take",
    "Response": "response.response",
    "Rig": "rig.rig",
    "solve_rig": "rig.rig",
    "Mp2FlameError": "base.errors",
}

__all__ = ["__version__", *_EXPORTS]

if TYPE_CHECKING:
    from .base.detection import Detection as Detection
    from .base.errors import Mp2FlameError as Mp2FlameError
    from .base.values import FlameParams as FlameParams
    from .base.values import Frame as Frame
    from .drive.driver import Driver as Driver
    from .flame import FlameModel as FlameModel
    from .flame import load_flame as load_flame
    from .flame.builtin.head import builtin_head as builtin_head
    from .observe.detector import Detector as Detector
    from .person.profile import Profile as Profile
    from .response.response import Response as Response
    from .rig.mapping.linear import LinearMapping as LinearMapping
    from .rig.rig import Rig as Rig
    from .rig.rig import solve_rig as solve_rig
    from .take.take import Take as Take


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(importlib.import_module(f".{_EXPORTS[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
