"""What the page's state and its commands need of the viewer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ...base.values import FloatArray, Frame
from .calibration import Calibration
from .chosen import Chosen
from .controls import Controls
from .player import TakePlayer
from .sliders import HandWeights

if TYPE_CHECKING:
    from ...drive.driver import Driver
    from ...io.sources.played import PlayedFile


@dataclass
class Look:
    """How the head is shown; for the eye only, no take or stream knows of it."""

    turns: bool = True
    moves: bool = False
    shoulders: bool = True
    skin: str = "light"
    scenery: bool = True


class Shown(Protocol):
    """A ``ViewerServer``, without how it shows anything."""

    chosen: Chosen
    calibration: Calibration
    hand: HandWeights
    look: Look
    folder: Path
    frame: Frame | None
    shown_weights: FloatArray

    @property
    def controls(self) -> Controls: ...
    @property
    def player(self) -> TakePlayer | PlayedFile | None: ...
    @property
    def with_face(self) -> bool: ...
    @property
    def can_choose(self) -> bool: ...
    @property
    def trouble(self) -> str: ...
    def rate(self) -> float: ...
    def takes(self) -> list[list[Any]]: ...
    def open_source(self, text: str) -> None: ...
    def set_driver(self, driver: Driver) -> None: ...
    def centre(self) -> None: ...
    def wake(self) -> None: ...
