"""mp2flame: drive any FLAME head model from MediaPipe face blendshapes, live, on a CPU.

    import mp2flame as m2f
    driver = m2f.Driver(flame="generic_model.pkl")   # or None: the built-in head
    params = driver.convert(landmarker.detect(image))  # or (*batch, 52) scores, a dict, a data frame ...
    take = driver.record("me.mp4", "take.npz")
    take.render("head.mp4")

Names are imported when they are first used, so that ``import mp2flame`` and ``mp2flame --help`` are quick. The public
interface is what this module exports, docs/api.md describes it; everything else is private.
"""

from __future__ import annotations

import importlib

from .base.late import provide
from .base.version import __version__

_EXPORTS = {
    # what was seen, and the head that it drives
    "Driver": "drive.driver",
    "Detection": "base.detection",
    "Detector": "observe.detector",
    "FlameParams": "base.values",
    "Frame": "base.values",
    "RunOptions": "drive.options",
    "live": "drive.live",
    # takes
    "Take": "take.take",
    "demo_take": "drive.demo",
    "for_take": "drive.for_take",
    "read_motion": "io.formats",
    "open_source": "io.sources",
    # heads
    "FlameModel": "flame",
    "load_flame": "flame",
    "builtin_head": "flame.builtin.head",
    "Rig": "rig.rig",
    "solve_rig": "rig.rig",
    # people
    "Response": "response.response",
    "Profile": "response.profile",
    "calibrate": "response.calibrate",
    # your own data
    "LinearMapping": "rig.mapping.linear",
    "load_mapping": "rig.mapping.files",
    "fit_mapping": "learn.fit_mapping",
    # everything that can go wrong
    "Mp2FlameError": "base.errors",
}

__all__ = ["__version__", *_EXPORTS]

provide(
    render_take="mp2flame.show.take_files:render_take",
    export_take="mp2flame.show.take_files:export_take",
    write_take="mp2flame.show.take_files:write_take",
)

TYPE_CHECKING = (
    False  # of typing, which takes longer to load than all of this: Ctrl-C must not come meanwhile
)
if TYPE_CHECKING:
    from typing import Any

    from .base.detection import Detection as Detection
    from .base.errors import Mp2FlameError as Mp2FlameError
    from .base.values import FlameParams as FlameParams
    from .base.values import Frame as Frame
    from .drive.demo import demo_take as demo_take
    from .drive.driver import Driver as Driver
    from .drive.for_take import for_take as for_take
    from .drive.live import live as live
    from .drive.options import RunOptions as RunOptions
    from .flame import FlameModel as FlameModel
    from .flame import load_flame as load_flame
    from .flame.builtin.head import builtin_head as builtin_head
    from .io.formats import read_motion as read_motion
    from .io.sources import open_source as open_source
    from .learn.fit_mapping import fit_mapping as fit_mapping
    from .observe.detector import Detector as Detector
    from .response.calibrate import calibrate as calibrate
    from .response.profile import Profile as Profile
    from .response.response import Response as Response
    from .rig.mapping.files import load_mapping as load_mapping
    from .rig.mapping.linear import LinearMapping as LinearMapping
    from .rig.rig import Rig as Rig
    from .rig.rig import solve_rig as solve_rig
    from .take.take import Take as Take


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(importlib.import_module(f".{_EXPORTS[name]}", __name__), name)
    if name == "Recording":  # its name in the version before
        return __getattr__("Take")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
