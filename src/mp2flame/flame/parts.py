"""What the vertices of a made head are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parts:
    """Vertex ranges of the built-in head; the landmarks are the first 468 vertices.

    ``lip_edge`` is the end of ``skin``: the lips' own copies of the vertices on their outline.
    """

    skin: slice
    right_lids: slice
    left_lids: slice
    mouth: slice
    right_brow: slice
    left_brow: slice
    upper_teeth: slice
    lower_teeth: slice
    right_ear: slice
    left_ear: slice
    right_eye: slice
    left_eye: slice
    lip_edge: slice
