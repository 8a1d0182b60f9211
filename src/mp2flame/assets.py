"""Where things are: packaged tables, the cache folder, FLAME files, and MediaPipe's face-landmarker model.

Environment variables: ``MP2FLAME_CACHE`` (a folder), ``MP2FLAME_FLAME`` (FLAME files or folders, separated
as in PATH), ``MP2FLAME_FACE_LANDMARKER`` (the ``.task`` file).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from .errors import FileFormatError, InputError, MissingFileError

Array = npt.NDArray[Any]
PathLike = str | os.PathLike[str]
Progress = Callable[[int, int], None]

_TABLES = Path(__file__).parent / "data" / "tables.npz"

FACE_LANDMARKER_URL = "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"
FACE_LANDMARKER_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
FACE_LANDMARKER_NAME = "face_landmarker.task"
_FACE_LANDMARKER_BYTES = 3_758_596

FLAME_SUFFIXES = (".pkl", ".npz", ".zip")
_FLAME_NAMES = ("flame", "generic_model", "male_model", "female_model", "lab_head")


# --- packaged tables ------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Array]:
    try:
        with np.load(_TABLES, allow_pickle=False) as archive:
            tables = {name: archive[name] for name in archive.files}
    except OSError:
        raise MissingFileError(
            f"The package's own table {_TABLES.name} is missing; install mp2flame again: pip install "
            "--force-reinstall mp2flame"
        ) from None
    for array in tables.values():
        array.setflags(write=False)
    return tables


def table(name: str) -> Array:
    """One of the tables that ship with the package, read-only; ``docs/tables.md`` says how each was made.

    Raises:
        InputError: no table of that name.
        MissingFileError: the installation is incomplete.
    """
    tables = _tables()
    if name not in tables:
        raise InputError(
            f"There is no table {name!r} in this package; there are {', '.join(sorted(tables))}."
        )
    return tables[name]


# --- cache ----------------------------------------------------------------------------------------------


def cache_dir() -> Path:
    """The folder for things that can be made or fetched again; not created by this call.

    ``MP2FLAME_CACHE`` if set, else ``$XDG_CACHE_HOME/mp2flame`` (``~/.cache``), ``~/Library/Caches/mp2flame``
    on macOS, ``%LOCALAPPDATA%\\mp2flame\\Cache`` on Windows.
    """
    chosen = os.environ.get("MP2FLAME_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        return (
            Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "mp2flame" / "Cache"
        )
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "mp2flame"
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification says that a relative path there is to be ignored.
    return (Path(xdg) if os.path.isabs(xdg) else Path.home() / ".cache") / "mp2flame"


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """Write a file that appears whole or not at all: a temporary neighbour, then a rename.

    The folder is made when it is not there. On an error the temporary file is removed and ``path`` is
    untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def cached_arrays(key: str, make: Callable[[], Mapping[str, Array]]) -> dict[str, Array]:
    """Arrays kept on disk under ``key``: read when there, else made and kept.

    A damaged entry (checksum, cut short) is made again without a word; a cache that cannot be written
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
    # np.load checks each member's CRC as it reads, so a damaged entry does not pass.
    with contextlib.suppress(
        OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError
    ):
        with np.load(path, allow_pickle=False) as archive:
            if archive.files:
                return {name: archive[name] for name in archive.files}
    made = {name: np.asarray(value) for name, value in make().items()}
    with contextlib.suppress(OSError), atomic_write(path) as file:
        np.savez(file, **made)  # type: ignore[arg-type]
    return made


def file_sha256(path: Path) -> str:
    """SHA-256 of a file; remembered in the cache by path, size and time of change, for hashing is slow on
    large files."""
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
        if entry["of"] == mark and isinstance(known, str) and len(known) == 64:
            return known
    digest = _hash_file(path)
    with contextlib.suppress(OSError, UnicodeError), atomic_write(index) as file:
        file.write(json.dumps({"of": mark, "sha256": digest}).encode("utf-8"))
    return digest


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- FLAME files ----------------------------------------------------------------------------------------


def find_flame_files() -> list[Path]:
    """FLAME files on this machine, by name only, nothing is opened: ``MP2FLAME_FLAME`` (files or folders),
    the
    current folder, ``<cache>/flame``. Files that the variable names come first and need no telling name."""
    found: dict[Path, None] = {}
    for entry in filter(None, os.environ.get("MP2FLAME_FLAME", "").split(os.pathsep)):
        path = Path(entry).expanduser()
        if path.is_file():
            found[path] = None
        else:
            found.update(dict.fromkeys(_flame_files_in(path)))
    for folder in (Path.cwd(), cache_dir() / "flame"):
        found.update(dict.fromkeys(_flame_files_in(folder)))
    return list(found)


def _flame_files_in(folder: Path) -> list[Path]:
    try:
        entries = sorted(p for p in folder.iterdir() if p.is_file())
    except OSError:
        return []
    return [p for p in entries if p.suffix.lower() in FLAME_SUFFIXES and _named_like_flame(p.stem.lower())]


def _named_like_flame(stem: str) -> bool:
    # FLAME_masks.pkl and flame_static_embedding.pkl lie beside the models and are none.
    return stem.startswith(_FLAME_NAMES) and not any(
        w in stem for w in ("mask", "embedding", "texture", "landmark")
    )


# --- MediaPipe's model file ------------------------------------------------------------------------------


def find_face_landmarker(
    path: PathLike | None = None, *, download: bool = True, progress: Progress | None = None
) -> Path:
    """MediaPipe's face-landmarker model (Google, Apache-2.0): ``path``, else ``MP2FLAME_FACE_LANDMARKER``,
    else the cache, the current folder or the folder of optional test material, else one download from
    Google's public address. All but the first two are checked by SHA-256.

    Args:
        path: the file, when the caller knows it.
        download: False: never go to the network.
        progress: called with (bytes so far, bytes in all).

    Raises:
        MissingFileError: not there and not to be had; the message says what to fetch and where to put it.
        FileFormatError: the given file is not a MediaPipe ``.task`` file.
    """
    for given, origin in (
        (path, "given"),
        (os.environ.get("MP2FLAME_FACE_LANDMARKER"), "named by MP2FLAME_FACE_LANDMARKER"),
    ):
        if given:
            return _checked_task(Path(given).expanduser(), origin)
    cached = cache_dir() / FACE_LANDMARKER_NAME
    for candidate in (cached, Path(FACE_LANDMARKER_NAME), *_shared_face_landmarkers()):
        if (
            candidate.is_file()
            and candidate.stat().st_size == _FACE_LANDMARKER_BYTES
            and file_sha256(candidate) == FACE_LANDMARKER_SHA256
        ):
            return candidate
    if not download:
        raise MissingFileError(
            _how_to_fetch("MediaPipe's face-landmarker model is not on this machine.", cached)
        )
    _download(FACE_LANDMARKER_URL, cached, FACE_LANDMARKER_SHA256, progress)
    return cached


def _shared_face_landmarkers() -> list[Path]:
    """The optional test material: named by ``MP2FLAME_SHARED``, or beside a source checkout."""
    named = os.environ.get("MP2FLAME_SHARED")
    checkout = Path(__file__).resolve().parents[2]
    folders = [Path(named)] if named else []
    if not named and (checkout / "pyproject.toml").is_file():
        folders.append(checkout.parent / "shared")
    return [folder / "models" / FACE_LANDMARKER_NAME for folder in folders]


def _checked_task(path: Path, origin: str) -> Path:
    if not path.is_file():
        raise MissingFileError(
            _how_to_fetch(f"The face-landmarker model {origin} is not there: {path}.", path)
        )
    with path.open("rb") as file:
        head = file.read(64)
    # A .task file is a zip of TensorFlow Lite models; Google's own begins with two zero bytes of padding.
    if b"PK\x03\x04" not in head:
        raise FileFormatError(
            _how_to_fetch(
                f"{path} ({origin}) is not a MediaPipe .task file; it may be a saved web page or cut short.",
                path,
            )
        )
    return path


def _how_to_fetch(what: str, where: Path) -> str:
    return (
        f"{what} Fetch {FACE_LANDMARKER_URL} (3.8 MB, sha256 {FACE_LANDMARKER_SHA256}) on a machine that "
        "is online, and put "
        f"it at {where}, or set MP2FLAME_FACE_LANDMARKER to where it is."
    )


def _resolve(address: urllib.parse.SplitResult, wait_s: float = 8.0) -> None:
    """Look the host up first, with a limit: behind some firewalls a name server never answers, for minutes.

    Raises:
        TimeoutError: no answer in time.
        OSError: the name is not known.
    """
    import socket
    import threading

    failed: list[OSError] = []

    def look_up() -> None:
        try:
            socket.getaddrinfo(address.hostname, address.port or 443)
        except OSError as error:
            failed.append(error)

    if urllib.request.getproxies().get(address.scheme):
        return  # the proxy looks it up
    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(wait_s)
    if thread.is_alive():
        raise TimeoutError(f"no name server answered within {wait_s:.0f} s")
    if failed:
        raise failed[0]


def _download(url: str, target: Path, sha256: str, progress: Progress | None) -> None:
    """Fetch ``url`` to ``target``; what does not have this hash never appears there."""
    import http.client

    digest, done = hashlib.sha256(), 0
    try:
        _resolve(urllib.parse.urlsplit(url))
        with urllib.request.urlopen(url, timeout=30) as response, atomic_write(target) as file:
            total = int(response.headers.get("Content-Length") or _FACE_LANDMARKER_BYTES)
            while block := response.read(1 << 16):
                done += len(block)
                if done > 64 * _FACE_LANDMARKER_BYTES:
                    break  # not our file, whatever it is: the hash below refuses it
                digest.update(block)
                file.write(block)
                if progress:
                    progress(done, max(total, done))
            if digest.hexdigest() != sha256:
                raise FileFormatError(
                    _how_to_fetch(
                        f"What came from the network is not the face-landmarker model ({done} bytes, sha256 "
                        f"{digest.hexdigest()[:12]}...): the download was cut short, or a proxy or login "
                        "page answered.",
                        target,
                    )
                )
    except PermissionError as error:
        raise MissingFileError(
            _how_to_fetch(f"The cache folder {target.parent} cannot be written ({error.strerror}).", target)
        ) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise MissingFileError(
            _how_to_fetch(f"MediaPipe's face-landmarker model could not be downloaded ({reason}).", target)
        ) from None
