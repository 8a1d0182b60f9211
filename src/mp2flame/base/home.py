"""The user's folders, also where there is no home: containers run under numbers that no user list knows."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def expanded(path: str | os.PathLike[str]) -> Path:
    """``~`` and ``~user`` as folders; left as it is where there is no such user."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def home() -> Path:
    """The user's home folder; without one a folder of this user's in the system's temporary one.

    A folder there that belongs to somebody else is not used: then nothing is found and nothing can be written.
    """
    try:
        return Path.home()
    except RuntimeError:
        pass
    user = getattr(os, "getuid", int)()
    folder = Path(tempfile.gettempdir()) / f"mp2flame-home-{user}"
    try:
        found = folder.lstat()
    except OSError:
        return folder
    return folder if found.st_uid == user and not folder.is_symlink() else Path(os.devnull) / "home"
