"""The names inside a file or folder of any format: arrays, keys of dictionaries, columns, file names."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from mp2flame.base.safe_pickle import load_pickle
from mp2flame.io.formats.torch_file import read_frame


def _inside(value: Any, at: str = "") -> set[str]:
    """Dotted names of nested dictionaries; a list counts as its first entry."""
    if isinstance(value, dict):
        return {
            name for key, part in value.items() for name in _inside(part, f"{at}.{key}" if at else str(key))
        }
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        return _inside(value[0], f"{at}[]")
    return {at} if at else set()


def names_in(path: Path) -> set[str]:
    """``kind of file:name`` of everything in the first file of each kind; digits in file names are ``N``."""
    if path.is_file():
        return names_of(path)
    found: set[str] = set()
    kinds: dict[str, Path] = {}
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        kinds.setdefault(re.sub(r"\d+", "N", file.relative_to(path).as_posix()), file)
    for kind, file in kinds.items():
        inside = names_of(file)
        found |= {f"{kind}:{name}" for name in inside} or {f"{kind}:"}
    return found


def names_of(file: Path) -> set[str]:
    head = file.read_bytes()[:2]
    if file.suffix == ".npz":
        with np.load(file) as npz:
            return set(npz.files)
    if file.suffix == ".npy" and head == b"\x93N":
        return {str(np.load(file).shape[1:])}
    if file.suffix == ".npy":
        return _inside(load_pickle(file))
    if file.suffix == ".frame":
        return _inside(read_frame(file))
    if file.suffix == ".json":
        return _inside(json.loads(file.read_text()))
    if file.suffix == ".csv":
        return set(file.read_text().splitlines()[0].split(","))
    if file.suffix == ".txt":
        return {line.split(",", 1)[0] for line in file.read_text().splitlines()[:5] if "," in line}
    return set()


def without(path: Path, names: set[str]) -> None:
    """Take names out of every npz, JSON and CSV of a take, in place."""
    for file in [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]:
        if file.suffix == ".npz":
            with np.load(file) as npz:
                arrays = {k: npz[k] for k in npz.files if k not in names}
            np.savez(file, **arrays)
        elif file.suffix == ".json":
            file.write_text(json.dumps(_less(json.loads(file.read_text()), names)))
        elif file.suffix == ".csv":
            rows = [line.split(",") for line in file.read_text().splitlines()]
            kept = [i for i, name in enumerate(rows[0]) if name not in names]
            file.write_text("\n".join(",".join(row[i] for i in kept) for row in rows))


def _less(value: Any, names: set[str]) -> Any:
    bare = {name.rsplit(".", 1)[-1] for name in names}
    if isinstance(value, dict):
        return {k: _less(v, names) for k, v in value.items() if k not in bare}
    return [_less(v, names) for v in value] if isinstance(value, list) else value
