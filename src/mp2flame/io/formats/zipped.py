"""A take as it is handed around: a folder packed into a zip (LAM's avatars and motions, data sets)."""

from __future__ import annotations

import contextlib
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from ...base.errors import FileFormatError
from ...base.safe_npz import is_npz

_WANTED = frozenset({".json", ".jsonl", ".npz", ".npy", ".frame", ".txt", ".csv", ".tsv"})
_MOST_FILES = 200_000
_MOST_BYTES = 2 << 30
_PIECE = 1 << 20


@contextlib.contextmanager
def unpacked(path: Path, wanted_endings: Collection[str] = _WANTED) -> Iterator[Path]:
    """``path``, or for a zip that is no ``.npz`` a folder with its files of parameters while the block runs.

    Files of other endings (pictures and models, unless asked for) are left inside; a single folder in the zip is gone
    into. Nothing is written outside of the temporary folder, whatever names the zip has.

    Raises:
        FileFormatError: damaged, encrypted, or larger than a take can be.
    """
    if not path.is_file() or not is_npz(path):
        yield path
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, IndexError, struct.error):
        yield path  # perhaps a damaged .npz: its reader says what is wrong
        return
    with archive, tempfile.TemporaryDirectory(prefix="mp2flame-") as folder:
        members = [info for info in archive.infolist() if not info.filename.endswith(("/", "\\"))]
        wanted = [info for info in members if _is_wanted(info.filename, wanted_endings)]
        flat = all("/" not in info.filename and info.filename.endswith(".npy") for info in members)
        if flat or not wanted:
            yield path
            return
        if len(wanted) > _MOST_FILES or sum(info.file_size for info in wanted) > _MOST_BYTES:
            raise FileFormatError(
                f"{path.name} unpacks to more than a take can be; unpack it and name the folder."
            )
        for info in wanted:
            _write(archive, info, Path(folder), path.name)
        top = Path(folder)
        while len(inner := list(top.iterdir())) == 1 and inner[0].is_dir():
            top = inner[0]
        alone = inner[0] if len(inner) == 1 else top
        yield alone


def _is_wanted(name: str, endings: Collection[str]) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or any(part in ("..", "/") or ":" in part for part in parts) or "__MACOSX" in parts:
        return False
    return PurePosixPath(name).suffix.lower() in endings and not parts[-1].startswith("._")


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path, label: str) -> None:
    """One member, no longer than the zip says it is."""
    target = folder.joinpath(*PurePosixPath(info.filename.replace("\\", "/")).parts)
    left = info.file_size
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(info) as source, target.open("wb") as file:
            while piece := source.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise FileFormatError(f"{label}: {info.filename[:80]!r} is longer than the zip says.")
                file.write(piece)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        RuntimeError,
        NotImplementedError,
        OSError,
        ValueError,
    ) as error:
        raise FileFormatError(f"{label}: {info.filename[:80]!r} cannot be unpacked ({error}).") from error


__all__ = ["unpacked"]
