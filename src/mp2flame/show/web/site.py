"""Every file of the page by its address: built files, the head, the demo, the face model, MediaPipe's web package."""

from __future__ import annotations

import importlib.resources
import os
import threading
from collections.abc import Callable
from pathlib import Path

from ...base.errors import Mp2FlameError
from ...base.folders import filling
from ...base.write import atomic_write, check_folder, writing
from ...observe.model_file import find_face_landmarker
from .tasks_vision import FILES, TasksVision, find_tasks_vision

TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png", ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json", ".json": "application/json", ".txt": "text/plain; charset=utf-8",
}  # fmt: skip
MODEL = "models/face_landmarker.task"


class Site:
    """The files of the page.

    Args:
        head: makes or reads the ``.m2f``; called once, when it is first asked for.
        mediapipe: MediaPipe's web package (``find_tasks_vision``); None: found.
        model_path: the Face Landmarker file; None: found, or downloaded once.
    """

    def __init__(
        self,
        head: Callable[[], bytes],
        *,
        mediapipe: str | os.PathLike[str] | None = None,
        model_path: str | os.PathLike[str] | None = None,
    ) -> None:
        self._head, self._model_path = head, model_path
        self._vision: TasksVision | None = None if mediapipe is None else find_tasks_vision(mediapipe)
        self._lock = threading.Lock()
        self._made: dict[str, bytes] = {}
        self.missing: dict[str, str] = {}
        root = importlib.resources.files("mp2flame.show.web") / "static"
        self._static = {entry.name: entry for entry in root.iterdir() if entry.is_file()}

    @property
    def names(self) -> list[str]:
        """Addresses of every file."""
        own = [name for name in self._static if name != "sources.sha256"]
        return [*sorted(own), "head.m2f", "demo.npz", MODEL, *(f"mediapipe/{name}" for name in FILES)]

    def read(self, name: str) -> bytes | None:
        """The content; None when there is no such file, or it is not to be had (``missing`` says why)."""
        name = name or "index.html"
        if name in self._static and name != "sources.sha256":
            return self._static[name].read_bytes()
        if name == "demo.npz":
            return (importlib.resources.files("mp2flame.base") / "data" / "demo_take.npz").read_bytes()
        with self._lock:
            if name not in self._made:
                made = self._make(name)
                if made is None:
                    return None
                self._made[name] = made
            return self._made[name]

    def _make(self, name: str) -> bytes | None:
        try:
            if name == "head.m2f":
                return self._head()
            if name == MODEL:
                return find_face_landmarker(self._model_path).read_bytes()
            if name.startswith("mediapipe/") and name.removeprefix("mediapipe/") in FILES:
                if self._vision is None:
                    self._vision = find_tasks_vision()
                return self._vision.read(name.removeprefix("mediapipe/"))
        except (Mp2FlameError, OSError) as error:
            self.missing[name] = str(error)
        return None

    def write(self, folder: Path) -> list[str]:
        """Every file into a folder that any web server can host; returns the addresses that are missing.

        Raises:
            InputError: it holds files of these names that are of no such page.
            OutputError: it cannot be written.
        """
        check_folder(folder, [name.split("/")[0] for name in self.names], mark="head.m2f")
        missing = []
        with writing(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
        with filling(folder) as new:
            for name in self.names:
                content = self.read(name)
                if content is None:
                    missing.append(name)
                    continue
                with atomic_write(new / name, make_folder=True) as file:
                    file.write(content)
        return missing
