"""Real clips as the makers of tables read them: what MediaPipe's landmarker sees in each.

The clips of the optional test material go through the detector (VIDEO mode; about a minute for all). A folder of takes
that ``mp2flame run`` wrote from the same clips gives the same and saves that minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mp2flame.base.detection import Detection
from mp2flame.drive.watch import watch

FEWEST = 20  # frames with a face: fewer say nothing about a person


class Seen(NamedTuple):
    """One clip: its name, the frames with a face ``(N,)``, what was seen in them ``(N, ...)``, milliseconds a frame."""

    name: str
    rows: np.ndarray
    detection: Detection
    interval_ms: float


def clips(shared: Path, takes: Path | None, leave_out: Iterable[str] = ()) -> Iterator[Seen]:
    """Clips with enough of a face, by name.

    Args:
        shared: the test material; its ``data/videos`` are looked at when there are no takes.
        takes: a folder of takes of these clips.
        leave_out: clips whose name contains one of these.
    """
    folder = takes or shared / "data/videos"
    sources = sorted(folder.glob("*.npz" if takes else "[!.]*"))
    if not sources:
        raise SystemExit(f"no {'takes' if takes else 'clips'} in {folder}")
    for source in sources:
        name = source.name.removesuffix(".npz")
        if name.startswith("drawn") or any(part in name for part in leave_out):
            continue
        found = [(i, item, seen) for i, (item, seen) in enumerate(watch(source)) if seen is not None]
        if len(found) >= FEWEST:
            rows, items, frames = zip(*found, strict=True)
            interval = float(np.median(np.diff([item.timestamp_ms for item in items])))
            yield Seen(name, np.array(rows), Detection.stack(frames), interval)
