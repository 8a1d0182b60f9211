"""Calibrate now: what the wizard says, what came of it, the profile that is in use."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...base.errors import InputError, Mp2FlameError
from ...base.values import Frame
from ...base.version import __version__
from ...response.profile import Profile
from .controls import Controls
from .wizard import STEPS, Wizard
from .words import calibrated


class Calibration:
    """Of the person before the camera; ``add`` and ``refresh`` are called all the time."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._wizard: Wizard | None = None
        self._profile: Profile | None = None
        self._name = ""
        self._lock = threading.Lock()
        self._lines: list[str] = []

    def add(self, frame: Frame) -> None:
        """One frame; costs nothing while no wizard runs."""
        wizard = self._wizard
        if wizard is not None:
            wizard.add(frame, time.monotonic())

    def toggle(self) -> None:
        """Begin, or stop without changing anything."""
        with self._lock:
            if self._wizard is None:
                self._wizard, self._lines = Wizard(time.monotonic(), STEPS), []
            else:
                self._wizard, self._lines = None, ["Stopped; nothing was changed."]

    def refresh(self) -> None:
        """Use what the person has shown, when the wizard is done."""
        with self._lock:
            wizard = self._wizard
            if wizard is None or not wizard.finished(time.monotonic()):
                return
            self._wizard = None
        try:
            created = datetime.now(UTC).isoformat(timespec="seconds")
            profile = wizard.result(
                self._controls.driver.estimator, made_by=f"mp2flame {__version__} viewer", created=created
            )
            self._controls.set_profile(profile)
        except Mp2FlameError as error:
            self._lines = [f"Not calibrated: {error}"]
            return
        self._profile, self._name = profile, "just made, not saved"
        self._lines = calibrated(profile.meta["report"])

    def save(self, path: Path) -> None:
        """Raises InputError when there is none."""
        if self._profile is None:
            raise InputError("there is nothing to save yet: calibrate first, or load a profile.")
        self._profile.save(path)
        self._name = path.name

    def load(self, path: Path) -> None:
        profile = Profile.load(path)
        self._controls.set_profile(profile)
        self._profile, self._name, self._lines = profile, path.name, []

    def clear(self) -> None:
        self._controls.set_profile(None)
        self._profile, self._name, self._lines = None, "", []

    def state(self) -> dict[str, Any]:
        """For the page: the prompt while it runs, else what came of it and what is in use."""
        wizard = self._wizard
        if wizard is not None:
            prompt = wizard.prompt(time.monotonic())
            return {
                "running": True, "title": prompt.title, "count": prompt.count_s, "share": round(prompt.share, 2),
                "phase": prompt.phase, "step": prompt.step, "steps": prompt.steps,
            }  # fmt: skip
        return {"running": False, "lines": self._lines, "name": self._name, "used": self._profile is not None}
