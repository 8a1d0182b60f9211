"""MediaPipe's face-landmarker model file: found on this machine, or fetched once and checked.

Environment variable: ``MP2FLAME_FACE_LANDMARKER`` (the ``.task`` file).
"""

from __future__ import annotations

import hashlib
import io
import os
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from ..base.cache import cache_dir, file_sha256
from ..base.errors import FileFormatError, MissingFileError, OutputError
from ..base.home import expanded
from ..base.looks import looks
from ..base.write import atomic_write

PathLike = str | os.PathLike[str]

_RESOLVE_S = 8.0
Progress = Callable[[int, int], None]

FACE_LANDMARKER_URL = "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"

FACE_LANDMARKER_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"

FACE_LANDMARKER_NAME = "face_landmarker.task"

_FACE_LANDMARKER_BYTES = 3_758_596


def find_face_landmarker(
    path: PathLike | None = None, *, download: bool = True, progress: Progress | None = None
) -> Path:
    """MediaPipe's face-landmarker model (Google, Apache-2.0).

    ``path``, else ``MP2FLAME_FACE_LANDMARKER``, else the cache, the current folder or the folder of optional
    test material, else one download from Google's public address. All but the first two are checked by
    SHA-256.

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
            return _checked_task(expanded(given), origin)
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
    checkout = Path(__file__).resolve().parents[3]
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
        kind = looks(path)
        what = "is not a MediaPipe .task file; it may be cut short" if kind is None else f"is {kind.what}"
        raise FileFormatError(
            f"{path} ({origin}) {what}. Name MediaPipe's face_landmarker.task, or none: 'mp2flame doctor' fetches it."
        )
    return path


def _how_to_fetch(what: str, where: Path) -> str:
    return (
        f"{what} Fetch {FACE_LANDMARKER_URL} (3.8 MB, sha256 {FACE_LANDMARKER_SHA256}) on a machine that "
        "is online, and put "
        f"it at {where}, or set MP2FLAME_FACE_LANDMARKER to where it is."
    )


def _resolve(address: urllib.parse.SplitResult) -> None:
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
    thread.join(_RESOLVE_S)
    if thread.is_alive():
        raise TimeoutError(f"no name server answered within {_RESOLVE_S:.0f} s")
    if failed:
        raise failed[0]


def _download(url: str, target: Path, sha256: str, progress: Progress | None) -> None:
    """Fetch ``url`` to ``target``; what does not have this hash never appears there."""
    import http.client

    digest, done, content = hashlib.sha256(), 0, io.BytesIO()
    try:
        _resolve(urllib.parse.urlsplit(url))
        with urllib.request.urlopen(url, timeout=30) as response:
            total = int(response.headers.get("Content-Length") or _FACE_LANDMARKER_BYTES)
            while block := response.read(1 << 16):
                done += len(block)
                if done > 64 * _FACE_LANDMARKER_BYTES:
                    break  # not our file, whatever it is: the hash below refuses it
                digest.update(block)
                content.write(block)
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
        with atomic_write(target, make_folder=True) as file:
            file.write(content.getvalue())
    except OutputError as error:
        raise MissingFileError(
            _how_to_fetch(f"The cache folder {target.parent} cannot be written ({error}).", target)
        ) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise MissingFileError(
            _how_to_fetch(f"MediaPipe's face-landmarker model could not be downloaded ({reason}).", target)
        ) from None
