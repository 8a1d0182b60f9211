"""Cut a coloured mesh into parts of one colour each.

The page's mesh that can be deformed at every frame has one colour, so a head with painted lips, brows and
eyes is shown as several meshes, one for each colour. Neighbours share their edge, so nothing gapes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Region:
    """Triangles of one colour.

    Attributes:
        color: sRGB, 0..255.
        vertices: ``(N,)`` the vertices of the whole mesh that these triangles use.
        faces: ``(F, 3)`` into ``vertices``.
    """

    color: tuple[int, int, int]
    vertices: IntArray
    faces: IntArray


def split_by_color(faces: IntArray, colors: IntArray, max_regions: int = 16) -> list[Region]:
    """Every triangle in exactly one region, the largest region first.

    A triangle's colour is the mean of its corners', replaced by the nearest of ``max_regions`` colours; those
    are chosen one after another where most area of colour is still far from all that were chosen.

    Args:
        faces: ``(F, 3)`` vertex indices.
        colors: ``(V, 3)`` sRGB, 0..255.
    """
    faces, painted = np.asarray(faces), np.asarray(colors, np.float64)[np.asarray(faces)].mean(1)
    shades, shade_of, count = np.unique(np.round(painted), axis=0, return_inverse=True, return_counts=True)
    shade_of = shade_of.reshape(-1)
    chosen = [int(np.argmax(count))]
    distance = np.linalg.norm(shades - shades[chosen[0]], axis=1)
    while len(chosen) < max_regions and distance.max() > 3.0:
        chosen.append(int(np.argmax(np.sqrt(count) * distance)))
        distance = np.minimum(distance, np.linalg.norm(shades - shades[chosen[-1]], axis=1))
    nearest = np.linalg.norm(shades[:, None] - shades[chosen], axis=2).argmin(1)
    belongs = nearest[shade_of]
    regions = []
    for k in np.argsort(-np.bincount(belongs, minlength=len(chosen)), kind="stable"):
        members = faces[belongs == k]
        if not len(members):
            continue
        used, renumbered = np.unique(members, return_inverse=True)
        red, green, blue = painted[belongs == k].mean(0).round().astype(int).tolist()
        regions.append(Region((red, green, blue), used, renumbered.reshape(-1, 3)))
    return regions


def middle_and_height(landmarks: FloatArray) -> tuple[FloatArray, float]:
    """Centre of a face's landmarks and its height, metres: what a camera has to see."""
    low, high = landmarks.min(0), landmarks.max(0)
    return 0.5 * (low + high), float(high[1] - low[1])
