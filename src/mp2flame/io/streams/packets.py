"""What a received packet says, whatever protocol it came in; and the one way to refuse one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ...base.channels import INDEX, NUM_BLENDSHAPES, canonical_name
from ...base.values import Comparable, FloatArray

MAX_DATAGRAM = 65_507
"""The largest UDP payload over IPv4; anything longer is no packet of ours."""


class RejectedPacket(ValueError):
    """A packet that is not what its protocol says. Receivers count it and go on; users never see it.

    The message is one of a few fixed reasons, so that counting by reason stays bounded.
    """


@dataclass(slots=True, eq=False)
class Packet(Comparable):
    """One frame as received.

    Attributes:
        detected: False when the sender says that it sees no face.
        weights: ``(52,)`` ARKit weights, MediaPipe order; None when the packet has none.
        head_orient: ``(3,)`` axis-angle radians in the FLAME frame, or None.
        eye_pose: ``(6,)`` left, right; axis-angle radians, or None.
        transl: ``(3,)`` metres in the FLAME frame, or None.
        timestamp_ms: the sender's clock, or None when it sends none.
        subject: the sender's name for the face.
        faults: reasons why parts of it could not be read; the rest holds.
        tongue_out: ARKit's tongueOut in 0..1, or None when the packet has none.
    """

    detected: bool = True
    weights: FloatArray | None = None
    head_orient: FloatArray | None = None
    eye_pose: FloatArray | None = None
    transl: FloatArray | None = None
    timestamp_ms: float | None = None
    subject: str = ""
    faults: tuple[str, ...] = ()
    tongue_out: float | None = None


def weights_from_names(values: Iterable[tuple[str, float]]) -> FloatArray | None:
    """Named values to ``(52,)``; names that are no face channel are passed over, missing ones are 0.

    None when not one name fits. Values are limited to -1..2: real apps go a little over 1, and
    anything further is a broken sender that must not blow up a face.
    """
    weights = np.zeros(NUM_BLENDSHAPES, np.float32)
    found = False
    for name, value in values:
        column = column_of(name)
        if column is None:
            continue
        found = True
        weights[column] = min(max(finite(value), -1.0), 2.0)
    return weights if found else None


def tongue_from_names(values: Iterable[tuple[str, float]]) -> float | None:
    """ARKit's tongueOut among named values, 0..1; None when it is not there."""
    found = next(
        (value for name, value in values if len(name) <= 64 and canonical_name(name) == "tongueOut"), None
    )
    return None if found is None else min(max(finite(found), 0.0), 1.0)


_COLUMNS: dict[str, int | None] = {}


def column_of(name: str) -> int | None:
    """Column of a channel in any spelling; only known names are cached, so a sender cannot grow it."""
    column = _COLUMNS.get(name)
    if column is None and len(name) <= 64:
        column = INDEX.get(canonical_name(name) or "")
        if column is not None and len(_COLUMNS) < 1000:
            _COLUMNS[name] = column
    return column


def finite(value: float) -> float:
    if not math.isfinite(value):
        raise RejectedPacket("not a finite number")
    return value


def bounded(values: Iterable[float], limit: float) -> FloatArray:
    """Numbers as float32; refuses NaN, infinity and anything larger than ``limit``."""
    array = np.asarray(list(values), np.float64)
    if not np.isfinite(array).all():
        raise RejectedPacket("not a finite number")
    if array.size and float(np.abs(array).max()) > limit:
        raise RejectedPacket("number out of range")
    return array.astype(np.float32)


def ascii_or_reject(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise RejectedPacket("not text") from None
