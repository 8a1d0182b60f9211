"""``mp2flame info``: what a file is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import FileFormatError, InputError
from ..base.option import argument, option
from .options import command
from .session import quality_line

if TYPE_CHECKING:
    from ..io.formats import Motion
    from ..take.take import Take


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What ``info`` can be told."""

    file: Path | None = argument(None)
    format: str | None = option(
        None,
        "Read it as this format instead of recognising it.",
        "Input",
        metavar="NAME",
        completes="formats",
    )
    formats: bool = option(False, "List the formats that are read and written.", "Output")
    json: bool = option(False, "For scripts: one JSON object.", "Output")


@command(Asked)
def info(asked: Asked) -> None:
    """Tell what a file is: format, frames, rate, FLAME release, and its traps.

    FILE is a take, another tracker's file or a folder of them, a FLAME file, a video or pictures, a mapping, a profile,
    or gathered shards; it is recognised by its content.

    \b
    mp2flame info take.npz
    mp2flame info tracked_flame_params_30.npz
    mp2flame info --formats
    """
    import json

    from ..io.formats import FORMATS, read_motion

    if asked.formats:
        for entry in FORMATS.values():
            kind = "folder" if entry.folder else "/".join(entry.extensions)
            ways = "reads, writes" if entry.write else "reads"
            click.echo(f"{entry.name:26}{kind:8}{ways:15}{entry.summary}")
        return
    if asked.file is None:
        raise InputError("give a file or folder, or --formats for the list of formats.")
    try:
        facts = describe(read_motion(asked.file, format=asked.format))
    except FileFormatError:
        from .kinds import describe_other

        other = describe_other(asked.file) if asked.format is None else None
        if other is None:
            raise
        facts = other
    if asked.json:
        click.echo(json.dumps({"file": str(asked.file), **facts}))
        return
    for key, value in facts.items():
        if key not in ("traps", "quality") and value is not None:
            click.echo(f"{key + ':':22}{', '.join(value) if isinstance(value, list) else value}")
    for text in facts["traps"]:
        click.echo(f"{'note:':22}{text}")


def describe(motion: Motion) -> dict[str, Any]:
    """What ``info`` tells, as plain values."""
    import numpy as np

    from ..io.formats import FORMATS

    record, entry = motion.recording, FORMATS[motion.format]
    flame = record.meta.get("flame")
    flame = flame if isinstance(flame, dict) else {}
    release = flame.get("release") or ("unknown" if record.num_expression else None)
    traps = list(motion.traps)
    steps = np.diff(record.timestamp_ms)
    if record.fps and len(steps) and np.abs(steps - 1000.0 / record.fps).max() > 0.5 * 1000.0 / record.fps:
        traps.append("uneven timestamps: frames were dropped or repeated; 'mp2flame resample' evens them out")
    if record.num_expression and release == "unknown":
        traps.append(
            "the file does not say which FLAME release its coefficients are for; they mean nothing in another"
        )
    return {
        "format": f"{entry.name} ({entry.owner})",
        "frames": record.num_frames,
        "seconds": round(record.duration_ms / 1000.0, 3),
        "rate": round(record.fps, 3) or None,
        "frames without a face": int((~record.detected).sum()) or None,
        "quality": (seen := record.quality_summary) or None,
        "face": quality_line(seen).removeprefix("face ") or None,
        "FLAME release": release,
        "expression": record.num_expression or None,
        "identity": len(motion.betas) if motion.betas is not None else None,
        "holds": sorted(motion.carries),
        "camera": _camera_words(record),
        "head motion in": entry.pose_home,
        "offsets": [
            f"{name} for {value.shape[-2]} vertices"
            for name, value in (("static", motion.static_offset), ("dynamic", motion.dynamic_offset))
            if value is not None
        ]
        or None,
        "traps": traps,
    }


def _camera_words(record: Take) -> str | None:
    """The camera of a take, for ``info``."""
    if record.intrinsics is None:
        return None
    k = record.intrinsics.reshape(-1, 3, 3)
    height, width = (int(n) for n in record.image_sizes[0])
    text = f"fx {k[0, 0, 0]:.1f}, fy {k[0, 1, 1]:.1f}, centre {k[0, 0, 2]:.1f}, {k[0, 1, 2]:.1f}"
    text += f" for {width} x {height} pixels" if height else ""
    return text + f", {record.meta.get('intrinsics', 'given')}" + (", changing" if len(k) > 1 else "")
