"""MediaPipe's web package (``@mediapipe/tasks-vision``), found on this machine or fetched once by npm; never shipped.

Environment variable: ``MP2FLAME_TASKS_VISION`` (the package's ``.tgz``, or its folder).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from ...base.cache import cache_dir
from ...base.errors import FileFormatError, MissingFileError
from ...base.write import atomic_write

PACKAGE = "@mediapipe/tasks-vision"
VERSION = "1.1.0"
TGZ = f"mediapipe-tasks-vision-{VERSION}.tgz"
TGZ_SHA256 = "46fc3d3d13fa5de631915929d045be2f74bb32e909d7a5b3a322b28976f54165"
FILES = (
    "vision_bundle.mjs",
    "vision_wasm_internal.js",
    "vision_wasm_internal.wasm",
    "vision_wasm_nosimd_internal.js",
    "vision_wasm_nosimd_internal.wasm",
)
"""What the page asks for, without folders."""
_MOST_BYTES = 64 << 20
_HOW = f"npm pack {PACKAGE}@{VERSION}, then mp2flame web --mediapipe {TGZ}"


class TasksVision:
    """The files of the package.

    Args:
        path: its ``.tgz`` or folder (unpacked, or as in ``node_modules``).

    Raises:
        MissingFileError, FileFormatError: not there, or not that package.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path).expanduser()
        if not self._path.exists():
            raise MissingFileError(f"MediaPipe's web package is not at {self._path}. Get it: {_HOW}")
        self._content: dict[str, bytes] = {}
        if self._path.is_dir():
            missing = [name for name in FILES[:3] if self._in_folder(name) is None]
            if missing:
                raise FileFormatError(
                    f"{self._path} is not the folder of {PACKAGE}: it lacks {', '.join(missing)}."
                )
        else:
            self._content = _unpacked(self._path)

    def read(self, name: str) -> bytes | None:
        """One of ``FILES``; None when the package lacks it."""
        if name not in FILES:
            return None
        if self._content:
            return self._content.get(name)
        found = self._in_folder(name)
        return None if found is None else found.read_bytes()

    def _in_folder(self, name: str) -> Path | None:
        for folder in (self._path, self._path / "wasm", self._path / "package", self._path / "package/wasm"):
            if (folder / name).is_file():
                return folder / name
        return None


def _unpacked(path: Path) -> dict[str, bytes]:
    """The wanted files of a ``.tgz``, in memory; nothing is written, links are not followed."""
    content: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                name = member.name.rsplit("/", 1)[-1]
                if member.isfile() and name in FILES:
                    if member.size > _MOST_BYTES:
                        raise FileFormatError(f"{path}: {name} is too large to be {PACKAGE}'s.")
                    file = archive.extractfile(member)
                    if file is not None:
                        content[name] = file.read()
    except (tarfile.TarError, OSError, EOFError) as error:
        raise FileFormatError(f"{path} is not a package of npm ({error}). Get it: {_HOW}") from error
    missing = [name for name in FILES[:3] if name not in content]
    if missing:
        raise FileFormatError(f"{path} is not {PACKAGE}: it lacks {', '.join(missing)}. Get it: {_HOW}")
    return content


def find_tasks_vision(path: str | os.PathLike[str] | None = None, *, fetch: bool = True) -> TasksVision:
    """``path``, else ``MP2FLAME_TASKS_VISION``, else the cache, else once by ``npm pack`` into the cache.

    Raises:
        MissingFileError: not there and not to be had; the message says how to get it.
        FileFormatError: something else lies there.
    """
    given = path or os.environ.get("MP2FLAME_TASKS_VISION")
    if given:
        return TasksVision(given)
    cached = cache_dir() / TGZ
    if cached.is_file() and _sha256(cached) == TGZ_SHA256:
        return TasksVision(cached)
    if fetch and (npm := shutil.which("npm")):
        with tempfile.TemporaryDirectory() as folder:
            command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", folder, "--loglevel=error"]
            done = subprocess.run(command, capture_output=True, timeout=300, check=False, cwd=folder)
            made = Path(folder) / TGZ
            if done.returncode == 0 and made.is_file() and _sha256(made) == TGZ_SHA256:
                with atomic_write(cached, make_folder=True) as file:
                    file.write(made.read_bytes())
                return TasksVision(cached)
    raise MissingFileError(f"MediaPipe's web package is not on this machine. Get it: {_HOW}")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
