"""The panels of the page: recording, playback, head, filter, profile."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...base.errors import InputError, Mp2FlameError
from ...base.signals import FILTER_GROUPS, KINDS, PRESETS, Setting
from ...base.values import Frame
from ...base.version import __version__
from ...drive.driver import Driver
from ...flame.find import find_flame_files
from ...response.profile import Profile
from .controls import Controls
from .html import prompt_html
from .player import TakePlayer
from .wizard import STEPS, Wizard

_BUILTIN = "built-in head"
_NO_FILE = "(type a path below)"
_HINTS = {
    "off": ("-", "-"),
    "ema": ("time constant, ms", "-"),
    "double_exponential": ("time constant, ms", "-"),
    "one_euro": ("lowest cut-off, Hz", "beta, Hz per unit and second"),
    "kalman": ("acceleration, units per square second", "noise, units"),
}


def answered(function: Callable[..., None]) -> Callable[..., None]:
    """A handler whose errors reach the person as a note in the page, not as a traceback in a terminal."""

    @functools.wraps(function)
    def handler(*arguments: Any) -> None:
        event = arguments[-1]
        try:
            function(*arguments)
        except (Mp2FlameError, OSError) as error:
            notify(event, "That did not work", str(error), color="red")

    return handler


def notify(event: Any, title: str, text: str, color: Any = "green") -> None:
    """A note for whoever did something."""
    if event.client is not None:
        event.client.add_notification(title, text, auto_close_seconds=8.0, color=color)


def file_in(folder: Path, name: str, ending: str) -> Path:
    """A file of the viewer's folder; the page cannot name any other place.

    Raises:
        InputError: no name, or one with a folder in it.
    """
    name = name.strip()
    if not name or name in (".", "..") or any(c in name for c in "/\\:\0"):
        raise InputError(f"give a file name without folders, such as me{ending}; got '{name}'.")
    return folder / (name if name.endswith(ending) else name + ending)


class RecordPanel:
    """Start and stop a take; the path is shown."""

    def __init__(self, server: Any, controls: Controls, folder: Path) -> None:
        self._controls, self._folder = controls, folder
        self._lock = threading.Lock()
        gui = server.gui
        self._name = gui.add_text("Take", "", hint="File name; empty: take_ and the time")
        self._button = gui.add_button("Record", color="red")
        self._text = gui.add_markdown(f"Takes go to `{folder.resolve().name}/`.")
        self._button.on_click(self._clicked)
        self._shown: Path | None = None

    @answered
    def _clicked(self, event: Any) -> None:
        with self._lock:
            if self._controls.recording is not None:
                path = self._controls.stop_recording()
                self.refresh()
                notify(event, "Take written", str(path))
                return
            name = self._name.value or f"take_{datetime.now():%Y%m%d_%H%M%S}"
            path = file_in(self._folder, name, ".npz")
            if path.exists():
                raise InputError(f"{path} exists; choose another name.")
            self._controls.start_recording(path)
            self.refresh()

    def refresh(self) -> None:
        """Show what is: a take may also be started, or ended by a full disk, elsewhere."""
        path = self._controls.recording
        if path == self._shown:
            return
        if path is not None:
            self._button.label = "Stop recording"
            self._text.content = f"Take to `{path}`"
        else:
            self._button.label = "Record"
            self._text.content = f"Written: `{self._shown}`"
        self._shown = path


class PlaybackPanel:
    """Play, pause, seek, speed, loop."""

    def __init__(self, server: Any, player: TakePlayer) -> None:
        self._player = player
        gui = server.gui
        self._button = gui.add_button("Pause")
        last = player.take.num_frames - 1
        self._position = gui.add_slider(
            "Frame", min=0, max=max(last, 1), step=1, initial_value=0, disabled=not last
        )
        self._speed = gui.add_dropdown("Speed", ("0.25x", "0.5x", "1x", "2x"), initial_value="1x")
        self._loop = gui.add_checkbox("Loop", player.loop)
        self._button.on_click(self._clicked)
        self._position.on_update(self._moved)
        self._speed.on_update(lambda event: player.set_speed(float(event.target.value.removesuffix("x"))))
        self._loop.on_update(self._looped)
        self._sought = 0.0

    def _clicked(self, _: Any) -> None:
        if self._player.playing:
            self._player.pause()
        else:
            self._player.play()
        self.refresh()

    def _moved(self, event: Any) -> None:
        if event.client is None:  # the player's own progress
            return
        self._sought = time.monotonic()
        self._player.seek(int(event.target.value))

    def _looped(self, event: Any) -> None:
        self._player.loop = bool(event.target.value)

    def refresh(self) -> None:
        self._button.label = "Pause" if self._player.playing else "Play"
        index = self._player.index
        if time.monotonic() - self._sought > 0.5 and self._position.value != index:
            self._position.value = index


class HeadPanel:
    """Which FLAME file, and how the head moves."""

    def __init__(self, server: Any, controls: Controls, changed: Callable[[Driver], None]) -> None:
        self._controls, self._changed = controls, changed
        self._lock = threading.Lock()
        self._files = {path.name: path for path in find_flame_files()}
        gui = server.gui
        choices = (_NO_FILE, _BUILTIN, *self._files)
        self._chooser = gui.add_dropdown("FLAME file", choices, initial_value=_NO_FILE)
        path = str(controls.driver.model.path or "")
        self._path = gui.add_text("Path", path, hint="A FLAME .pkl, .npz or .zip")
        gui.add_button("Load head").on_click(self._load)
        self._text = gui.add_markdown(describe_head(controls.driver))

    @answered
    def _load(self, event: Any) -> None:
        chosen, typed = self._chooser.value, self._path.value.strip()
        if chosen == _NO_FILE and not typed:
            raise InputError("choose a FLAME file, or type its path.")
        with self._lock:
            path = None if chosen == _BUILTIN else str(self._files.get(chosen, typed))
            driver = Driver(path)
            self._controls.set_driver(driver)
            self._changed(driver)
            self._chooser.value = _NO_FILE
            self._path.value = path or ""
            self._text.content = describe_head(driver)
        notify(event, "Head loaded", describe_head(driver).replace("**", ""))


def describe_head(driver: Driver) -> str:
    model = driver.model
    jaw = "" if model.has_jaw else ", no jaw joint"
    return f"**{model.release}**: {len(model.v_template)} vertices, {model.num_expression} expressions{jaw}"


class FilterPanel:
    """A preset for all, or settings for one channel group at a time."""

    def __init__(self, server: Any, controls: Controls) -> None:
        self._controls = controls
        self._settings = controls.filter_settings
        gui = server.gui
        self._preset = gui.add_dropdown("Filter", (*PRESETS, "custom"), initial_value=self._name())
        self._preset.on_update(self._preset_chosen)
        with gui.add_folder("By group", expand_by_default=False):
            self._group = gui.add_dropdown("Group", FILTER_GROUPS)
            self._kind = gui.add_dropdown("Kind", KINDS)
            self._first = gui.add_number("first", 0.0, min=0.0, max=1e4, step=0.1)
            self._second = gui.add_number("second", 0.0, min=0.0, max=1e4, step=0.1)
            self._legend = gui.add_markdown("")
            gui.add_button("Apply to group").on_click(self._apply)
        self._group.on_update(lambda _: self._show_group())
        self._kind.on_update(lambda _: self._label())
        self._show_group()

    def _name(self) -> str:
        return next((name for name, table in PRESETS.items() if table == self._settings), "custom")

    @answered
    def _preset_chosen(self, event: Any) -> None:
        if event.client is None or event.target.value == "custom":
            return
        self._controls.set_filter(event.target.value)
        self._settings = dict(PRESETS[event.target.value])
        self._show_group()

    @answered
    def _apply(self, event: Any) -> None:
        setting = Setting(self._kind.value, float(self._first.value), float(self._second.value))
        settings = {**self._settings, self._group.value: setting}
        self._controls.set_filter(settings)
        self._settings = settings
        self._preset.value = self._name()
        notify(event, "Filter", f"{self._group.value}: {setting.kind}")

    def _show_group(self) -> None:
        setting = self._settings[self._group.value]
        self._kind.value, self._first.value, self._second.value = setting.kind, setting.first, setting.second
        self._label()

    def _label(self) -> None:
        first, second = _HINTS[self._kind.value]
        self._legend.content = f"first: {first}; second: {second}"


class ProfilePanel:
    """Calibrate now, load, save."""

    def __init__(self, server: Any, controls: Controls, folder: Path) -> None:
        self._controls, self._folder = controls, folder
        self._wizard: Wizard | None = None
        self._profile: Profile | None = None
        self._lock = threading.Lock()
        gui = server.gui
        self._start = gui.add_button("Calibrate now")
        self._panel = gui.add_html(prompt_html(None, "Half a minute: first relax, then what is shown here."))
        self._name = gui.add_text("Profile", "me.json", hint="File name in the viewer's folder")
        gui.add_button("Save profile").on_click(self._save)
        gui.add_button("Load profile").on_click(self._load)
        gui.add_button("No profile").on_click(self._clear)
        self._start.on_click(self._clicked)

    def add(self, frame: Frame) -> None:
        """Called with every frame; cheap while no wizard runs."""
        wizard = self._wizard
        if wizard is not None:
            wizard.add(frame, time.monotonic())

    def refresh(self) -> None:
        """The countdown, and what came of it."""
        with self._lock:
            wizard, now = self._wizard, time.monotonic()
            if wizard is None:
                return
            if not wizard.finished(now):
                self._panel.content = prompt_html(wizard.prompt(now))
                return
            self._wizard = None
        self._start.label = "Calibrate now"
        try:
            created = datetime.now(UTC).isoformat(timespec="seconds")
            profile = wizard.result(
                self._controls.driver.estimator, made_by=f"mp2flame {__version__} viewer", created=created
            )
            self._controls.set_profile(profile)
        except Mp2FlameError as error:
            self._panel.content = prompt_html(None, f"Not calibrated: {error}")
            return
        self._profile = profile
        report = profile.meta["report"]
        reach = ", ".join(f"{name} {report['reached'][name]:.2f}" for name in report["range_from"])
        text = f"Calibrated and in use: {report['rest']}." + (f" Full reach: {reach}." if reach else "")
        self._panel.content = prompt_html(None, text)

    def _clicked(self, _: Any) -> None:
        with self._lock:
            if self._wizard is not None:
                self._wizard = None
                self._start.label = "Calibrate now"
                self._panel.content = prompt_html(None, "Stopped; nothing was changed.")
                return
            self._wizard = Wizard(time.monotonic(), STEPS)
            self._start.label = "Stop calibrating"

    @answered
    def _save(self, event: Any) -> None:
        if self._profile is None:
            raise InputError("there is no profile yet: calibrate or load one first.")
        path = file_in(self._folder, self._name.value, ".json")
        self._profile.save(path)
        notify(event, "Profile saved", str(path))

    @answered
    def _load(self, event: Any) -> None:
        profile = Profile.load(file_in(self._folder, self._name.value, ".json"))
        self._controls.set_profile(profile)
        self._profile = profile
        self._panel.content = prompt_html(None, f"In use: {self._name.value}")

    @answered
    def _clear(self, event: Any) -> None:
        self._controls.set_profile(None)
        self._profile = None
        self._panel.content = prompt_html(None, "No profile in use.")
