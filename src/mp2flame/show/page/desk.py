"""What the page asks for, done one thing at a time; the answer is words for whoever asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...base.errors import InputError, Mp2FlameError
from ...base.signals import PRESETS, Setting
from ...drive.driver import Driver
from ...flame.colors import TONES
from .chosen import choices, file_in
from .shown import Shown
from .state import heads

_LOOKS = {"turns": bool, "moves": bool, "shoulders": bool, "scenery": bool}
_TEXT = 1024


class Desk:
    """Called with a message ``{"do": ..., ...}``; returns ``{"ok": bool, "text": str, ...}``."""

    def __init__(self, viewer: Shown) -> None:
        self._viewer, self._lock = viewer, threading.Lock()

    def __call__(self, message: dict[str, Any]) -> dict[str, Any]:
        todo = _COMMANDS.get(message["do"])
        if todo is None:
            return {"ok": False, "text": f"the page asked for '{message['do'][:40]}', which there is not."}
        try:
            with self._lock:
                answer = todo(self, message)
        except (Mp2FlameError, OSError) as error:
            return {"ok": False, "text": str(error)}
        except (KeyError, TypeError, ValueError) as error:
            return {"ok": False, "text": f"that cannot be understood: {type(error).__name__}: {error}"}
        self._viewer.wake()
        return (
            {"ok": True, "text": answer}
            if isinstance(answer, str)
            else {"ok": True, "text": "", **(answer or {})}
        )

    # -- what is shown ------------------------------------------------------------------------------

    def choices(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"sources": choices(self._viewer.folder), "heads": heads()}

    def source(self, message: dict[str, Any]) -> str:
        text = _text(message, "value")
        if message.get("in_folder"):
            text = str(file_in(self._viewer.folder, text, ".npz"))
        self._viewer.open_source(text)
        return f"Showing {self._viewer.chosen.title}."

    def play(self, _: dict[str, Any]) -> None:
        player = self._player()
        if player.playing:
            player.pause()
        else:
            player.play()

    def seek(self, message: dict[str, Any]) -> None:
        self._player().seek(int(_number(message, "value")))

    def speed(self, message: dict[str, Any]) -> None:
        self._player().set_speed(_number(message, "value"))

    def loop(self, message: dict[str, Any]) -> None:
        self._player().loop = bool(message["value"])

    def _player(self) -> Any:
        if self._viewer.player is None:
            raise InputError("a camera cannot be paused; choose a video or a take.")
        return self._viewer.player

    def look(self, message: dict[str, Any]) -> None:
        name, value = message["name"], message["value"]
        if name == "skin":
            if value not in TONES:
                raise InputError(f"skin tones are {', '.join(TONES)}.")
            self._viewer.look.skin = value
        elif name in _LOOKS:
            setattr(self._viewer.look, name, bool(value))
            self._viewer.centre()
        else:
            raise InputError(f"there is no '{name}' to choose.")

    def centre(self, _: dict[str, Any]) -> None:
        self._viewer.centre()

    def head(self, message: dict[str, Any]) -> str:
        path = _text(message, "value").strip()
        driver = Driver(path or None)
        self._viewer.set_driver(driver)
        return f"Head: {driver.model.release}, {driver.num_expression} expressions."

    # -- sliders ------------------------------------------------------------------------------------

    def slider(self, message: dict[str, Any]) -> None:
        self._viewer.hand.move(int(message["index"]), _number(message, "value"))

    def mode(self, message: dict[str, Any]) -> None:
        if message["value"] not in ("add", "replace"):
            raise InputError("sliders are added to the face, or replace it.")
        self._viewer.hand.mode = message["value"]

    def take_face(self, _: dict[str, Any]) -> str:
        self._viewer.hand.hold(self._viewer.shown_weights.copy())
        return "The sliders hold what the face did."

    def reset(self, _: dict[str, Any]) -> None:
        self._viewer.hand.reset("add" if self._viewer.with_face else "replace")

    # -- takes, person, filter, streams -------------------------------------------------------------

    def record(self, message: dict[str, Any]) -> str:
        viewer = self._viewer
        if viewer.controls.recording is not None:
            path = viewer.controls.stop_recording()
            return f"Written: {path}"
        name = _text(message, "value").strip() or f"take_{datetime.now():%Y%m%d_%H%M%S}"
        path = file_in(viewer.folder, name, ".npz")
        if path.exists():
            raise InputError(f"{path.name} is there already; choose another name.")
        viewer.controls.start_recording(path)
        return f"Recording {path.name}."

    def calibrate(self, _: dict[str, Any]) -> None:
        if not self._viewer.controls.live:
            raise InputError("there is no live face to calibrate; choose a camera or a video.")
        self._viewer.calibration.toggle()

    def profile(self, message: dict[str, Any]) -> str:
        what, calibration = message["what"], self._viewer.calibration
        if what == "none":
            calibration.clear()
            return "No profile in use."
        path = file_in(self._viewer.folder, _text(message, "value"), ".json")
        if what == "save":
            calibration.save(path)
            return f"Profile saved: {path}"
        calibration.load(path)
        return f"Profile in use: {path.name}"

    def preset(self, message: dict[str, Any]) -> None:
        if message["value"] not in PRESETS:
            raise InputError(f"filters are {', '.join(PRESETS)}.")
        self._viewer.controls.set_filter(message["value"])

    def filter(self, message: dict[str, Any]) -> str:
        setting = Setting(message["method"], _number(message, "first"), _number(message, "second"))
        settings = {**self._viewer.controls.filter_settings, message["group"]: setting}
        self._viewer.controls.set_filter(settings)
        return "Filter changed."

    def stream(self, message: dict[str, Any]) -> str:
        url = _text(message, "value")
        if message.get("off"):
            self._viewer.controls.remove_stream(url)
            return "Stream ended."
        self._viewer.controls.add_stream(url)
        return f"Sending to {url.partition('?')[0]}."


def _text(message: dict[str, Any], name: str) -> str:
    value = message.get(name, "")
    if not isinstance(value, str) or len(value) > _TEXT or "\0" in value:
        raise InputError(f"{name} must be a text of at most {_TEXT} characters.")
    return value


def _number(message: dict[str, Any], name: str) -> float:
    value = message.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{name} must be a number.")
    return float(value)


_COMMANDS: dict[str, Callable[[Desk, dict[str, Any]], Any]] = {
    name: function for name, function in vars(Desk).items() if not name.startswith("_") and callable(function)
}
