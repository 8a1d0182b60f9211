"""Our own recording as one of the formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...base.errors import FileFormatError
from ...base.safe_npz import Npz
from ...take.journal import MAGIC
from ...take.take import Take
from . import kept
from .base import Format, Motion, Options, Probe
from .files import MAX_ARRAY_BYTES


def _sniff(probe: Probe) -> bool:
    if probe.head.startswith(MAGIC):
        return True
    keys = probe.shapes().keys()
    if {"timestamp_ms", "expression", "global_orient"} <= keys:
        return True
    # a take whose writer was killed has no directory; the first extent names itself
    return probe.head[:2] == b"PK" and not keys and b"timestamp_ms.npy" in probe.head


def _check(path: Path) -> None:
    """Refuse arrays that claim more than they bring before NumPy makes room for them."""
    try:
        npz = Npz(path)
    except FileFormatError:
        return  # perhaps an unfinished take, which Take.load can save
    with npz:
        for key in npz.keys():  # noqa: SIM118
            size = npz.dtype(key).itemsize
            for n in npz.shape(key):
                size *= n
            # landmarks of an hour at 30 frames per second are 620 MB
            if size > 16 * MAX_ARRAY_BYTES:
                raise FileFormatError(f"{path.name}: '{key}' has {size >> 20} MiB; split the take.")


def _read(path: Path, options: Options) -> Motion:
    _check(path)
    record = Take.load(path)
    if not record.num_frames:
        raise FileFormatError(f"{path.name} is a recording without frames.")
    traps = []
    steps = np.diff(record.timestamp_ms)
    if len(steps) and not np.any(steps > 0):
        traps.append("all timestamps are the same: resample or set fps before playing")
    if only := record.meta.get("seen_only"):
        traps.append(
            f"the last {only} frames were seen, not driven: 'mp2flame run {path.name} -o take.npz' drives them"
        )
    if not record.detected.any():
        traps.append("no face was found in any frame")
    betas: Any = record.meta.get("betas")
    values = None
    if isinstance(betas, list):
        try:
            values = np.asarray(betas, np.float32).reshape(-1)
        except (ValueError, TypeError):
            traps.append("meta.betas is not a list of numbers")
    return Motion(record, "recording", betas=values, traps=traps)


def _write(motion: Motion, path: Path, options: Options) -> list[str]:
    motion.whole().save(path)
    lost = []
    if motion.static_offset is not None or motion.dynamic_offset is not None:
        lost.append("per-vertex offsets")
    return lost


FORMATS = (
    Format(
        "recording",
        "mp2flame",
        (".npz",),
        kept.EVERYTHING,
        ("root", "neck"),
        "our own take",
        _sniff,
        _read,
        _write,
    ),
)
