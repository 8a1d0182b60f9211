"""What the vertices of a made head are."""

from __future__ import annotations

from dataclasses import dataclass

from ..base.values import IntArray


@dataclass(frozen=True, eq=False)
class Parts:
    """Vertex ranges of the built-in head.

    The lids are three rings each (the skin's border, the margin behind it, the ring inside the eyeball), the mouth
    eight, from the lips' inner edge to the throat. ``opposite`` ``(V,)`` is the vertex on the other side of each.
    """

    skin: slice
    right_lids: slice
    left_lids: slice
    mouth: slice
    right_eye: slice
    left_eye: slice
    opposite: IntArray
