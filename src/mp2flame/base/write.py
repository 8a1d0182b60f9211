"""The one way to put a file in place: written beside its name, moved over it when it is complete.

What stood there before stays until that moment, whatever happens. Links are followed: the file they name is
replaced, the link stays. A device, pipe, socket or folder is never replaced.

A process that is killed leaves what it had begun, ``.mp2flame-MACHINE-PROCESS-TOKEN.tmp``, in the folder; the next one
that writes there clears it and says so (``clear_leftovers``).
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import os
import re
import secrets
import shutil
import socket
import stat
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from .errors import InputError, Mp2FlameError, OutputError
from .processes import alive

MAX_NAME = 240  # bytes; file systems hold 255, the rest is for names made from this one (``unfinished``)
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)", re.I)
_KINDS = {stat.S_IFDIR: "folder", stat.S_IFCHR: "device", stat.S_IFBLK: "device", stat.S_IFIFO: "pipe",
          stat.S_IFSOCK: "socket"}  # fmt: skip
_LEFT = re.compile(r"\.mp2flame-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{12}\.(tmp|old)(\..{1,19})?", re.DOTALL)
_LEFT_AGE_S = 86_400.0  # without a change: what another machine began in a shared folder, or any on Windows
_cleared: set[Path] = set()
_begun: set[str] = set()
_TRIES, _PAUSE_S = 5, 0.05  # Windows: a virus scanner holds a file open for a moment


class Cleared(UserWarning):
    """What a killed process had begun is removed."""


def output_error(error: OSError, path: Path) -> OutputError:
    """What the system said, as one sentence with what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return OutputError(
            f"cannot write {path}: {error.strerror}. Free some space or choose another folder."
        )
    if error.errno == errno.ENAMETOOLONG:
        return OutputError(f"cannot write {_short(path)}: the name is too long; choose a shorter one.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(
            f"cannot write {path}: {error.strerror}. Choose a folder that you may write in; where the file is "
            "open in another program, close it there."
        )
    if error.errno in (errno.ENOENT, errno.ENOTDIR) and not path.absolute().parent.is_dir():
        return OutputError(f"cannot write {path}: the folder {path.parent} does not exist; create it first.")
    return OutputError(f"cannot write {path}: {error.strerror or error}.")


@contextlib.contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[None]:
    """Errors of the system within the block are told as ``OutputError``."""
    try:
        yield
    except OSError as error:
        if isinstance(error, Mp2FlameError):
            raise
        raise output_error(error, Path(path)) from error


def check_target(path: str | os.PathLike[str], overwrite: bool = True, *, folder: bool = False) -> Path:
    """Where a file (or ``folder``) of this name really goes, once it is certain that it may be put there.

    Raises:
        InputError: it exists and ``overwrite`` is False.
        OutputError: the folder does not exist, the name cannot be one, or what stands there is not a regular
            file (not a folder) or is read-only.
    """
    given = Path(path)
    trouble = name_trouble(given.name, windows=os.name == "nt")
    if "\0" in str(given):
        trouble = "a name cannot hold the character 0"
    if trouble:
        raise OutputError(f"cannot write {_short(given)}: {trouble}; choose another name.")
    with writing(given):
        target = Path(os.path.realpath(given))
        if not target.parent.is_dir():
            raise OutputError(f"the folder {given.parent} does not exist; create it first.")
        try:
            found = target.stat()
        except FileNotFoundError:
            return target
    kind = stat.S_IFMT(found.st_mode)
    if folder and kind != stat.S_IFDIR:
        raise OutputError(f"{given} is no folder; choose another name.")
    if not folder and kind != stat.S_IFREG:
        example = f", for example {given / 'take.npz'}" if kind == stat.S_IFDIR else ""
        raise OutputError(f"{given} is a {_KINDS.get(kind, 'special file')}; give a file name{example}.")
    if not overwrite:
        raise InputError(f"{given} exists; choose another name or allow overwriting (--overwrite).")
    if not found.st_mode & 0o222:
        raise OutputError(f"{given} is read-only; choose another name or allow writing to it.")
    return target


def check_folder(folder: Path, names: Iterable[str] | None, *, mark: str) -> None:
    """Refuse to replace somebody's files in a folder that is not one of ours.

    Args:
        names: what would be replaced; None: the whole folder.
        mark: a file that a folder of ours holds.

    Raises:
        InputError: such files are there and ``mark`` is not.
        OutputError: no folder, or it cannot be looked at.
    """
    with writing(folder):
        if not os.path.lexists(folder) or (folder / mark).is_file():
            return
        if not folder.is_dir():
            raise OutputError(f"{_short(folder)} is no folder; choose another name.")
        there = {entry.name for entry in folder.iterdir()}
    lost = sorted(there if names is None else there & set(names))
    if lost:
        raise InputError(
            f"{folder} holds {lost[0]}{f' and {len(lost) - 1} more' if lost[1:] else ''}, which this would replace; "
            "choose another folder, or an empty one."
        )


def name_trouble(name: str, *, windows: bool) -> str | None:
    """Why a file cannot have this name; None when it can."""
    size = len(name.encode("utf-8", "surrogateescape"))
    if size > MAX_NAME:
        return f"the name is too long ({size} bytes, at most {MAX_NAME})"
    if windows and _RESERVED.match(name):
        return f"Windows keeps the name {name.split('.')[0].strip()} for a device"
    if windows and (re.search(r'[<>:"|?*\x00-\x1f]', name) or name.endswith((".", " "))):
        return 'a name on Windows cannot hold < > : " | ? * and not end in a dot or space'
    return None


@contextlib.contextmanager
def replacing(
    path: str | os.PathLike[str], overwrite: bool = True, *, folder: bool = False
) -> Iterator[Path]:
    """A free name beside ``path`` to write to; moved over it at the end of the block, gone on an error.

    Args:
        folder: the name is a new folder, and a folder of the same name is replaced as a whole.

    Raises:
        InputError, OutputError: see ``check_target``; any error of the system within the block.
    """
    target = check_target(path, overwrite, folder=folder)
    with scratch(target, folder=folder) as temporary, writing(Path(path)):
        try:
            yield temporary
        except OutputError as error:  # the name that was asked for, not the one that nobody knows
            if str(temporary) not in str(error):
                raise
            raise OutputError(str(error).replace(str(temporary), str(path))) from error
        move(temporary, target)


@contextlib.contextmanager
def scratch(target: Path, *, folder: bool = False) -> Iterator[Path]:
    """A free name beside ``target``, a new folder on request; what is left of it is removed in the end."""
    clear_leftovers(target.parent)
    temporary = _beside(target)
    try:
        with writing(target):
            if folder:
                temporary.mkdir()
        yield temporary
    finally:
        _remove(temporary)


@contextlib.contextmanager
def atomic_write(
    path: str | os.PathLike[str], overwrite: bool = True, *, private: bool = False, make_folder: bool = False
) -> Iterator[IO[bytes]]:
    """A file that appears whole or not at all, open for writing; see ``replacing``.

    Args:
        private: readable by its owner only.
        make_folder: the folder is made when it is not there.
    """
    with writing(path):
        if make_folder:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, overwrite) as temporary:
        mode = 0o600 if private else 0o666
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with open(os.open(temporary, flags, mode), "w+b") as file:
            yield file


def write_text(path: str | os.PathLike[str], text: str, overwrite: bool = True) -> None:
    """UTF-8 text, whole or not at all."""
    with atomic_write(path, overwrite) as file:
        file.write(text.encode("utf-8"))


def open_stream(path: str | os.PathLike[str]) -> IO[str]:
    """Text that is read while it comes: a file is emptied first, a pipe or a device written through.

    Raises:
        OutputError: a folder or socket, or it cannot be opened.
    """
    with writing(path):
        return open(path, "w", encoding="utf-8", newline="\n")


def move(temporary: Path, target: Path) -> None:
    """``os.replace`` that keeps the target's rights, waits for a virus scanner and replaces whole folders.

    A folder that is replaced stands under the temporary name then, where the system can swap two in one step.
    """
    aside = None
    with contextlib.suppress(OSError):
        os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
    if target.is_dir():
        if swap(temporary, target):
            return
        aside = _beside(target, "old")
        aside.mkdir()
        os.rename(target, aside / target.name)
    try:
        for left in range(_TRIES - 1, -1, -1):
            try:
                os.replace(temporary, target)
                break
            except OSError as error:
                if not left or not _held_open(error):
                    raise
                time.sleep(_PAUSE_S)
    except BaseException:
        if aside is not None:
            os.rename(aside / target.name, target)
            _remove(aside)
        raise
    if aside is not None:
        _remove(aside)


def swap(first: Path, second: Path) -> bool:
    """Two names change places in one step, so that a kill finds both whole; False where that cannot be done."""
    import ctypes

    names = os.fsencode(first), os.fsencode(second)
    with contextlib.suppress(OSError, AttributeError, TypeError):
        libc = ctypes.CDLL(None)
        if sys.platform == "darwin":
            return bool(libc.renamex_np(*names, 2) == 0)
        here = -100  # AT_FDCWD
        return bool(libc.renameat2(here, names[0], here, names[1], 2) == 0)
    return False


def _held_open(error: OSError) -> bool:
    return os.name == "nt" and isinstance(error, PermissionError)


def clear_leftovers(folder: Path) -> None:
    """Remove what killed processes had begun in a folder; looked at once in a process.

    A folder that was being replaced in that moment is put back. What a living process writes stays, and what
    is not this user's. What was removed is said (``Cleared``).
    """
    if folder in _cleared:
        return
    _cleared.add(folder)
    gone = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = _LEFT.fullmatch(entry.name)
            if found and entry.name not in _begun:
                with contextlib.suppress(OSError):
                    if _is_dead(int(found[2]), found[1] == _machine(), entry.stat(follow_symlinks=False)):
                        _clear(Path(entry.path), found[3] == "old")
                        gone.append(entry.name)
    if gone:
        names = f"{gone[0]}{f' and {len(gone) - 1} more' if gone[1:] else ''}"
        warnings.warn(
            f"{folder}: removed {names}, the unfinished output of a run that was killed.",
            Cleared,
            stacklevel=4,
        )


def _is_dead(pid: int, ours: bool, found: os.stat_result) -> bool:
    if os.name == "nt" or not ours:
        return time.time() - found.st_mtime > _LEFT_AGE_S
    return found.st_uid == os.geteuid() and (pid == os.getpid() or not alive(pid))


def _clear(path: Path, replaced: bool) -> None:
    if replaced:
        for old in path.iterdir():
            if not os.path.lexists(path.parent / old.name):
                os.rename(old, path.parent / old.name)
    _remove(path)


@functools.cache
def _machine() -> str:
    """Where a process number means the same process: this machine, in this container."""
    space = ""
    with contextlib.suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    return hashlib.sha256(f"{socket.gethostname()} {space}".encode()).hexdigest()[:8]


def _beside(target: Path, kind: str = "tmp") -> Path:
    """A free name in the same folder, of the same ending: some libraries choose the format by it."""
    ending = target.suffix if len(target.suffix) < 20 and kind == "tmp" else ""
    name = f".mp2flame-{_machine()}-{os.getpid()}-{secrets.token_hex(6)}.{kind}{ending}"
    _begun.add(name)
    return target.with_name(name)


def _remove(path: Path) -> None:
    _begun.discard(path.name)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _short(path: Path) -> str:
    text = str(path)
    return text if len(text) <= 80 else f"{text[:40]}...{text[-20:]}"
