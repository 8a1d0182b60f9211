"""The cache folder: arrays and hashes that can be made again.

Environment variable: ``MP2FLAME_CACHE`` (a folder).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InputError, Mp2FlameError
from .home import expanded, home
from .safe_npz import read_npz
from .write import atomic_write

Array = npt.NDArray[Any]
_SEAL = "seal"


def cache_dir() -> Path:
    """The folder for things that can be made or fetched again; not created by this call.

    ``MP2FLAME_CACHE`` if set, else ``$XDG_CACHE_HOME/mp2flame`` (``~/.cache``), ``~/Library/Caches/mp2flame``
    on macOS, ``%LOCALAPPDATA%\\mp2flame\\Cache`` on Windows.
    """
    chosen = os.environ.get("MP2FLAME_CACHE")
    if chosen:
        return expanded(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home() / "AppData" / "Local") / "mp2flame" / "Cache"
    if sys.platform == "darwin":
        return home() / "Library" / "Caches" / "mp2flame"
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification says that a relative path there is to be ignored.
    return (Path(xdg) if os.path.isabs(xdg) else home() / ".cache") / "mp2flame"


def cached_arrays(key: str, make: Callable[[], Mapping[str, Array]]) -> dict[str, Array]:
    """Arrays kept on disk under ``key``: read when there, else made and kept.

    A damaged entry (checksum, cut short), or a sound file that this call did not write under this key, is made
    again without a word; a cache that cannot be written
    only costs time. Put everything the arrays depend on in the key: file hash, version of the method.

    Args:
        key: letters, digits, ``-``, ``_`` and ``.``.
        make: called when there is no usable entry; numeric arrays by name.

    Raises:
        InputError: a key that is not a plain name.
    """
    if not key or key.startswith(".") or not all(c.isascii() and (c.isalnum() or c in "-_.") for c in key):
        raise InputError(f"A cache key is made of letters, digits, '-', '_' and '.', got {key!r}.")
    path = cache_dir() / "arrays" / f"{key}.npz"
    with contextlib.suppress(OSError, Mp2FlameError):
        found = read_npz(path)
        seal = found.pop(_SEAL, None)
        if found and seal is not None and str(seal) == _sealed(key, found):
            return found
    made = {name: np.asarray(value) for name, value in make().items()}
    with contextlib.suppress(OSError, Mp2FlameError), atomic_write(path, make_folder=True) as file:
        np.savez(file, **made, **{_SEAL: np.array(_sealed(key, made))})  # type: ignore[arg-type]
    return made


def _sealed(key: str, arrays: Mapping[str, Array]) -> str:
    """What an entry says of itself: a file of other content, or of another key, is no entry."""
    digest = hashlib.sha256(key.encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"|{name}{array.dtype.str}{array.shape}|".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file.

    Remembered in the cache by path, size and time of change: hashing is slow on large files.
    """
    stat = path.stat()
    mark = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}|{stat.st_ino}"
    index = (
        cache_dir()
        / "sha256"
        / f"{hashlib.sha256(mark.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.json"
    )
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        entry = json.loads(index.read_text(encoding="utf-8"))
        known = entry["sha256"]
        if entry == _remembered(mark, known) and isinstance(known, str) and len(known) == 64:
            return known
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    with contextlib.suppress(OSError, UnicodeError), atomic_write(index, make_folder=True) as file:
        file.write(json.dumps(_remembered(mark, digest)).encode("utf-8"))
    return digest


def _remembered(mark: str, digest: str) -> dict[str, str]:
    seal = hashlib.sha256(f"{mark}|{digest}".encode("utf-8", "surrogateescape")).hexdigest()
    return {"of": mark, "sha256": digest, "seal": seal[:16]}
