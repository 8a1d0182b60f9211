"""Everything the page shows besides head, picture and weights, as plain values."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...base.errors import Mp2FlameError
from ...base.signals import PRESETS
from ...flame.find import find_flame_files
from ...observe.quality import COLUMNS, advice
from .chosen import files_in
from .player import TakePlayer
from .shown import Shown

if TYPE_CHECKING:
    from ...drive.driver import Driver

_TAKES = 12
_FACE = {
    "tracking": "Face followed", "holding": "No face: holding still", "returning": "No face: easing to rest",
    "lost": "No face",
}  # fmt: skip
_STATE = {
    "waiting": "Waiting for the source", "ended": "The source has ended", "stopped": "The source has ended",
    "failed": "The source failed",
}  # fmt: skip


def state_of(viewer: Shown) -> dict[str, Any]:
    """The ``state`` message."""
    controls = viewer.controls
    recording = controls.recording
    return {
        "kind": "state",
        "live": controls.live,
        "withFace": viewer.with_face,
        "status": status(viewer),
        "quality": quality(viewer),
        "source": {"text": viewer.chosen.text, "title": viewer.chosen.title, "canChoose": viewer.can_choose},
        "player": player(viewer),
        "recording": None if recording is None else recording.name,
        "takes": viewer.takes(),
        "hand": {"mode": viewer.hand.mode, "values": [round(float(v), 2) for v in viewer.hand.values]},
        "look": vars(viewer.look),
        "head": head(controls.driver),
        "streams": controls.streams(),
        "filter": filters(viewer) if controls.live else None,
        "calibration": viewer.calibration.state() if controls.live else None,
    }


def status(viewer: Shown) -> dict[str, Any]:
    """Face, rate, latency and the newest trouble."""
    read = viewer.controls.readout()
    face, frame = read.face, viewer.frame
    if isinstance(viewer.player, TakePlayer):
        face = "tracking" if frame is not None and frame.detected else "lost"
    playing = viewer.player is None or viewer.player.playing
    fps = None if not playing else viewer.rate() if read.fps is None and frame is not None else read.fps
    words = _STATE.get(read.state) or _FACE.get(face, "")
    if not playing:
        words = "Paused" if face in ("", "tracking") else words
    return {
        "face": face if read.state not in _STATE else read.state,
        "words": words or ("Sliders move the head" if not viewer.with_face else ""),
        "fps": None if fps is None else round(fps),
        "latency": None if read.latency_ms is None else [round(v) for v in read.latency_ms],
        "dropped": read.dropped,
        "note": viewer.trouble or read.note,
    }


def quality(viewer: Shown) -> dict[str, Any] | None:
    """How well the face of the newest frame is seen, and what to do about it."""
    frame = viewer.frame
    if frame is None or not frame.detected or frame.quality is None:
        return None
    row = np.asarray(frame.quality, float)
    known = {name: round(float(v), 2) for name, v in zip(COLUMNS, row) if v >= 0}
    known["face_px"] = round(known.get("face_px", 0.0))
    known["turn_deg"] = round(known.get("turn_deg", 0.0))
    can_be_followed = viewer.player is None  # who plays a film cannot come closer
    return {**known, "advice": advice(row) if can_be_followed else ""}


def player(viewer: Shown) -> dict[str, Any] | None:
    """Of a take or a video."""
    one = viewer.player
    if one is None:
        return None
    return {
        "playing": one.playing, "index": one.index, "count": one.num_frames, "loop": one.loop, "speed": one.speed,
        "seconds": round(one.position_s, 1), "length": round(one.duration_s, 1),
    }  # fmt: skip


def head(driver: Driver) -> dict[str, Any]:
    model = driver.model
    return {
        "release": model.release,
        "file": Path(model.path).name if model.path else "",
        "path": str(model.path or ""),
        "vertices": int(model.num_vertices),
        "expressions": int(model.num_expression),
        "jaw": bool(model.has_jaw),
    }


def heads() -> list[dict[str, str]]:
    """FLAME files that are found on this machine."""
    try:
        return [{"value": str(path), "label": path.name} for path in find_flame_files()]
    except (Mp2FlameError, OSError):
        return []


def filters(viewer: Shown) -> dict[str, Any]:
    settings = viewer.controls.filter_settings
    preset = next((name for name, table in PRESETS.items() if table == settings), "custom")
    return {
        "preset": preset,
        "settings": {name: [s.kind, round(s.first, 3), round(s.second, 3)] for name, s in settings.items()},
    }


def takes_in(folder: Path) -> list[list[Any]]:
    """Name and bytes of the newest takes."""
    found: list[list[Any]] = []
    for path in files_in(folder, {".npz"})[:_TAKES]:
        with contextlib.suppress(OSError):
            found.append([path.name, path.stat().st_size])
    return found
