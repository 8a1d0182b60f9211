"""The one way to write a folder of files: made beside its name and swapped in when it is complete.

A kill leaves the old folder whole or the new one whole. What else lies in the old one (pictures that somebody added to a
take, notes) is in the new one, too. Where a folder cannot be swapped, because it is a mount or the folder that somebody
works in, its files are moved in one by one.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from .write import check_target, move, scratch, writing

_NUMBERED = frozenset({".json", ".npz", ".npy", ".frame", ".txt", ".csv", ".obj", ".ply", ""})
"""Endings of what is written once a frame; such files and folders of an old take are not kept when it was longer."""


@contextlib.contextmanager
def filling(path: str | os.PathLike[str]) -> Iterator[Path]:
    """An empty folder to fill, which takes the place of ``path`` at the end of the block, and is gone on an error.

    Files of the old folder are kept when the new one has none of their name, nor, for those that are written once a
    frame, any that differs in the number only.

    Raises:
        OutputError: no folder can be there; any error of the system within the block.
    """
    target = check_target(path, folder=True)
    with scratch(target, folder=True) as new, writing(target):
        yield new
        if not target.exists():
            move(new, target)
        elif _can_be_swapped(target):
            _keep(target, new, new)
            move(new, target)
        else:
            _move_in(new, target)


def _can_be_swapped(folder: Path) -> bool:
    return not (os.path.ismount(folder) or os.path.samefile(folder, os.curdir))


def _pattern(name: str) -> str:
    return re.sub(r"[0-9]+", "#", name.partition(".")[0])


def _is_replaced(entry: Path, names: set[str]) -> bool:
    """Whether an old file is one of those that were written anew."""
    if entry.name in names:
        return True
    numbered = entry.suffix.lower() in _NUMBERED and "#" in _pattern(entry.name)
    return numbered and _pattern(entry.name) in {_pattern(name) for name in names}


def _keep(old: Path, new: Path, like: Path) -> None:
    """Links of what ``old`` holds and a folder written ``like`` this one has no other content for, into ``new``."""
    names = {entry.name for entry in like.iterdir()}
    for entry in sorted(old.iterdir()):
        twin = new / entry.name
        folder = entry.is_dir() and not entry.is_symlink()
        if not _is_replaced(entry, names):
            if folder:
                shutil.copytree(entry, twin, symlinks=True, copy_function=_link)
            else:
                _link(entry, twin)
        elif folder:
            pattern = like / entry.name
            if not pattern.is_dir():
                same = (p for p in sorted(like.iterdir()) if _pattern(p.name) == _pattern(entry.name))
                pattern = next((p for p in same if p.is_dir()), like)
            if twin.is_dir():
                _keep(entry, twin, pattern)
            elif not os.path.lexists(twin):
                twin.mkdir()
                _keep(entry, twin, pattern)
                with contextlib.suppress(OSError):  # nothing of another's was in it
                    twin.rmdir()


def _link(old: str | os.PathLike[str], new: str | os.PathLike[str]) -> None:
    """Another name for the same file; a copy where the disk knows no such names."""
    try:
        os.link(old, new, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(old, new, follow_symlinks=False)


def _move_in(new: Path, target: Path) -> None:
    """File by file into a folder that stays where it is."""
    names = {entry.name for entry in new.iterdir()}
    for entry in sorted(target.iterdir()):
        if entry.name not in names and _is_replaced(entry, names) and entry.is_file():
            entry.unlink()
    for entry in sorted(new.iterdir()):
        twin = target / entry.name
        if entry.is_dir():
            twin.mkdir(exist_ok=True)
            _move_in(entry, twin)
        else:
            move(entry, twin)
