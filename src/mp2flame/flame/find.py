"""FLAME files on this machine. Environment variable: ``MP2FLAME_FLAME`` (files or folders, separated as in PATH)."""

from __future__ import annotations

import os
from pathlib import Path

from ..base.cache import cache_dir
from ..base.home import expanded

FLAME_SUFFIXES = (".pkl", ".npz", ".zip")

_FLAME_NAMES = ("flame", "generic_model", "male_model", "female_model", "lab_head")


def find_flame_files() -> list[Path]:
    """FLAME files on this machine, by name only, nothing is opened.

    ``MP2FLAME_FLAME`` (files or folders), the current folder, ``<cache>/flame``. Files that the variable
    names come first and need no telling name.
    """
    found: dict[Path, None] = {}
    for entry in filter(None, os.environ.get("MP2FLAME_FLAME", "").split(os.pathsep)):
        path = expanded(entry)
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
