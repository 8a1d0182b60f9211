"""What every format of weights shares: a table of scores as a recording, a recording's weights in a file's order.

``score_format`` makes a ``Format`` of two functions: one that knows the text, one that reads it as a table (``score_table``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ...base import channels
from ...base.errors import InputError
from ...base.values import FloatArray
from ...take.take import Take
from ..options import Kind, TableOptions
from . import kept
from .base import Format, Motion, Options, Probe
from .build import build
from .score_table import ScoreReader, ScoreTable

_NO_FLAME = "weights only, no FLAME parameters: 'mp2flame run FILE --flame YOUR_FLAME' makes them"


def motion_of(table: ScoreTable, carries: frozenset[str], options: Options) -> Motion:
    """A table as a recording without FLAME parameters, its notes as traps; ``carries`` of its format."""
    arkit = table.kind == "arkit"
    carries = carries - {kept.SCORES, kept.WEIGHTS} | {kept.WEIGHTS if arkit else kept.SCORES}
    params = {"expression": np.zeros((len(table), 0), np.float32)}
    poses = {"global_orient": table.head_orient, "eye_pose": table.eye_pose}
    params |= {name: value for name, value in poses.items() if value is not None}
    traps = [_NO_FLAME, *table.notes]
    if table.clipped:
        traps.append(f"{table.clipped} values outside 0..1 were clipped")
    if kept.LOST not in carries:
        traps.append("the file has no mark for a lost face")
    if kept.ROTATION in carries and table.head_orient is None:
        traps.append("head angles are all zero: recorded with head rotation off")
    tongue = table.extras.get("tongueOut")
    scores = {
        "arkit_weights" if arkit else "blendshapes": table.weights, "landmarks": table.landmarks,
        "face_matrix": table.face_matrix, "tongue_out": None if tongue is None else np.clip(tongue, 0, 1),
    }  # fmt: skip
    return build(
        params, options, carries=carries, scores=scores, image_size=table.image_size, traps=traps,
        timestamp_ms=table.timestamp_ms, fps=table.fps or None, detected=table.detected,
    )  # fmt: skip


def in_order(motion: Motion, weights: FloatArray, order: str | Sequence[str]) -> FloatArray:
    """``(T, C)`` weights in another order, the tongue with them where that has a place for it."""
    out = channels.convert_order(weights, "mediapipe", order)
    tongue = motion.recording.tongue_out
    for i, name in enumerate(channels.order_names(order)):
        if tongue is not None and channels.canonical_name(name) == "tongueOut":
            out[:, i] = tongue
    return out


def need_weights(motion: Motion, kind: Kind = "arkit") -> FloatArray:
    """``(T, 52)`` ARKit weights or MediaPipe scores of a recording.

    Raises:
        InputError: it has none; the message says what it has.
    """
    record = motion.recording
    values = record.arkit_weights if kind == "arkit" else record.blendshapes
    if not np.any(values):
        have = (
            "detector scores"
            if np.any(record.blendshapes)
            else "ARKit weights"
            if np.any(record.arkit_weights)
            else "FLAME parameters"
        )
        want = "ARKit weights" if kind == "arkit" else "MediaPipe scores"
        raise InputError(
            f"this take holds {have}, no {want}. 'mp2flame run' makes weights from video or scores; "
            "from FLAME "
            "parameters they are solved with the FLAME file ('mp2flame convert --help')."
        )
    return values


def not_kept(record: Take, *, head: bool = False, lost: bool = False) -> list[str]:
    """What a file of ARKit weights does not keep of a recording, one phrase each.

    Args:
        head: whether it has a place for head motion.
        lost: whether it can say that a frame has no face.
    """
    what = "FLAME expression and jaw" if head else "FLAME parameters"
    found = [f"{what} (the file holds ARKit weights)"] if record.num_expression else []
    if not head and (np.any(record.global_orient) or np.any(record.transl)):
        found.append("head rotation and position")
    if not lost and not record.detected.all():
        found.append(f"which {int((~record.detected).sum())} frames had no face")
    return found


def score_format(
    name: str,
    owner: str,
    extensions: tuple[str, ...],
    carries: frozenset[str],
    summary: str,
    knows: Callable[[str], bool],
    read: Callable[[Path, TableOptions], ScoreTable],
    write: Callable[[Motion, Path, Options], list[str]] | None = None,
    *,
    sniff: Callable[[Probe], bool] | None = None,
    inside: str = "",
) -> Format:
    """A format whose files are text of named scores: read as takes and as sources by the same function.

    Args:
        knows: whether the beginning of a text is that of such a file.
        read: the file as a table; what it raises says what was wrong.
        sniff: where the beginning alone does not tell it from others.
        write, inside, and the others: as in ``Format``.
    """
    return Format(
        name, owner, extensions, carries, ("root",), summary,
        sniff or (lambda probe: not probe.is_dir and knows(probe.text)),
        lambda path, options: motion_of(read(path, options), carries, options),
        write, inside=inside, scores=ScoreReader(knows, read),
    )  # fmt: skip
