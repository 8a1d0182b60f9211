"""What ``mp2flame info`` tells of files that are no motion: FLAME files, mappings, profiles, shards, pictures, videos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..base.errors import MissingDependencyError, Mp2FlameError
from .next_step import free, spoken


def describe_other(path: Path) -> dict[str, Any] | None:
    """Facts of a file or folder by its content, or None when it is of no kind that is known here."""
    for look in _LOOKS:
        try:
            found = look(path)
        except MissingDependencyError:
            raise
        except (Mp2FlameError, OSError, ValueError):
            continue
        if found is not None:
            return {**found, "traps": found.get("traps", [])}
    return None


def _profile(path: Path) -> dict[str, Any] | None:
    from ..response.profile import Profile

    if not path.is_file() or path.suffix.lower() != ".json":
        return None
    person = Profile.load(path)
    return {
        "format": "profile of a person (mp2flame calibrate)",
        "use": spoken("run", "--profile", path) + " SOURCE",
        "identity": None if person.betas is None else len(person.betas),
    }


def _mapping(path: Path) -> dict[str, Any] | None:
    from ..rig.mapping.files import load_mapping

    if path.is_file() and path.suffix.lower() != ".npz":
        return None
    header = load_mapping(path).header
    return {
        "format": "mapping from scores to FLAME parameters (mp2flame fit)",
        "FLAME release": header.flame_release or "unknown",
        "expression": header.num_expression or None,
        "licence": header.licence or "not stated",
        "use": spoken("run", "--mapping", path) + " --flame YOUR_FLAME SOURCE",
    }


def _shards(path: Path) -> dict[str, Any] | None:
    from ..learn.shards import open_shards

    folder = path if path.is_dir() else path.parent
    if path.is_file() and path.suffix.lower() != ".parquet":
        return None
    if path.is_dir() and not any(path.glob("*.parquet")):
        return None
    opened = open_shards(folder)
    return {
        "format": "pairs of scores and parameters (mp2flame gather)",
        "files": len(opened.paths),
        "FLAME release": opened.common("release") or "several, or not said",
        "expression": opened.num_expression,
        "next": spoken("report", folder, "-o", free(Path("report.html"))),
    }


def _flame(path: Path) -> dict[str, Any] | None:
    from ..flame import load_flame

    if not path.is_file() or path.suffix.lower() not in (".pkl", ".npz", ".zip"):
        return None
    model = load_flame(path)
    return {
        "format": "FLAME file",
        "FLAME release": model.release,
        "vertices": len(model.v_template),
        "expression": model.num_expression,
        "jaw": "opens with its joint" if model.has_jaw else "in the expression (no jaw joint)",
        "sha256": model.sha256,
        "next": spoken("demo", "--flame", path),
    }


def _browser_head(path: Path) -> dict[str, Any] | None:
    from ..io.exports.m2f import MOST_BYTES, unpack

    if not path.is_file() or path.suffix.lower() != ".m2f" or path.stat().st_size > MOST_BYTES:
        return None
    _, header = unpack(path.read_bytes())
    said = header.get("head")
    head: dict[str, Any] = said if isinstance(said, dict) else {}
    return {
        "format": f"head for the browser ({header.get('made_by') or 'mp2flame export-web'})",
        "FLAME release": head.get("release") or "unknown",
        "expression": head.get("num_expression"),
        "licence": header.get("licence") or "not stated",
        "use": spoken("web", "--head", path),
    }


def _source(path: Path) -> dict[str, Any] | None:
    from ..io.sources import open_source

    with open_source(path) as source:
        known = source.info
    size = known.image_size
    return {
        "format": f"{known.kind}: {known.description}",
        "frames": known.num_frames,
        "rate": round(known.fps, 3) or None,
        "picture": f"{size[1]}x{size[0]}" if size else None,
        "next": spoken("run", path, "-o", free(Path("take.npz"))),
    }


_LOOKS: tuple[Callable[[Path], dict[str, Any] | None], ...] = (
    _profile,
    _mapping,
    _shards,
    _flame,
    _browser_head,
    _source,
)
