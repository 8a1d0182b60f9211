"""Cut a painted mesh into parts of one colour each.

The page's mesh that can be deformed at every frame has one colour, so a head with painted lips, brows and
eyes is shown as several meshes. Triangles across which the colour changes are first cut along lines of equal
colour (marching triangles), so that edges of paint are smooth and soft, not zigzags of triangles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base.values import FloatArray, IntArray

_STEP = 44.0  # distance of two lines of equal colour, in sRGB units of 0..255
_SHARP = 1e-3  # a cut nearer than this share of an edge to its end is the end


@dataclass(frozen=True, slots=True)
class Region:
    """Triangles of one colour.

    Attributes:
        color: sRGB, 0..255.
        vertices: ``(N,)`` the vertices of the cut mesh that these triangles use.
        faces: ``(F, 3)`` into ``vertices``.
    """

    color: tuple[int, int, int]
    vertices: IntArray
    faces: IntArray


@dataclass(frozen=True, slots=True)
class CutMesh:
    """A mesh with vertices added on its surface; the first V are the original ones.

    Attributes:
        faces: ``(F, 3)``.
        colors: ``(V + N, 3)``.
        parents, shares: ``(N, 3)`` the original vertices, and how much of each, that make up an added one.
    """

    faces: IntArray
    colors: FloatArray
    parents: IntArray
    shares: FloatArray

    def extend(self, vertices: FloatArray) -> FloatArray:
        """``(V, 3)`` vertices of the original mesh to all ``(V + N, 3)``."""
        if not len(self.parents):
            return vertices
        (a, b, c), (u, v, w) = self.parents.T, self.shares.T[..., None]
        added = vertices[a] * u
        added += vertices[b] * v
        added += vertices[c] * w
        return np.concatenate([vertices, added], dtype=np.float32)


def cut_by_color(faces: IntArray, colors: IntArray, step: float = _STEP) -> CutMesh:
    """The mesh cut wherever the colour is a multiple of ``step`` away from the most frequent one.

    Args:
        faces: ``(F, 3)``.
        colors: ``(V, 3)`` sRGB, 0..255.
    """
    paint = np.asarray(colors, np.float64)
    shades, count = np.unique(np.round(paint), axis=0, return_counts=True)
    field = np.linalg.norm(paint - shades[count.argmax()], axis=1)
    cutter = _Cutter(np.asarray(faces), field)
    for level in np.arange(0.5 * step, field.max(), step):
        cutter.cut(float(level))
    parents, shares = cutter.origins()
    added = (paint[parents] * shares[..., None]).sum(1)
    return CutMesh(cutter.faces, np.concatenate([paint, added]), parents, shares.astype(np.float32))


class _Cutter:
    """Cuts along one level of a field after another; neighbours share the vertices of a cut edge."""

    def __init__(self, faces: IntArray, field: FloatArray) -> None:
        self.faces = faces.copy()
        self._field = field
        self._count = len(field)
        self._made: list[dict[int, float]] = []

    def cut(self, level: float) -> None:
        field = self._field
        side = field > level
        crossed = side[self.faces].any(1) & ~side[self.faces].all(1)
        if not crossed.any():
            return
        between: dict[tuple[int, int], int] = {}
        values: list[float] = []
        new: list[tuple[int, int, int]] = []

        def middle(a: int, b: int) -> int:
            """The vertex on an edge where the field has the level; an end if it is there."""
            key = (a, b) if a < b else (b, a)
            if key not in between:
                low, high = field[key[0]], field[key[1]]
                share = float((level - low) / (high - low))
                if share < _SHARP or share > 1 - _SHARP:
                    between[key] = key[0] if share < 0.5 else key[1]
                else:
                    between[key] = len(field) + len(values)
                    values.append(level)
                    self._add(key[0], key[1], share)
            return between[key]

        for face in self.faces[crossed].tolist():
            for _ in range(3):  # turn it until the corner that is alone comes first
                if side[face[1]] == side[face[2]]:
                    break
                face = face[1:] + face[:1]
            a, b, c = face
            ab, ca = middle(a, b), middle(c, a)
            new += [(a, ab, ca), (ab, b, c), (ab, c, ca)]
        kept = [t for t in new if len(set(t)) == 3]
        self.faces = np.concatenate([self.faces[~crossed], np.array(kept, self.faces.dtype).reshape(-1, 3)])
        self._field = np.concatenate([field, values])

    def origins(self) -> tuple[IntArray, FloatArray]:
        parents = np.zeros((len(self._made), 3), np.intp)
        shares = np.zeros((len(self._made), 3))
        for row, made_of in enumerate(self._made):
            for column, (vertex, share) in enumerate(made_of.items()):
                parents[row, column], shares[row, column] = vertex, share
        return parents, shares

    def _add(self, a: int, b: int, share: float) -> None:
        made_of: dict[int, float] = {}
        for vertex, part in ((a, 1 - share), (b, share)):
            own = {vertex: 1.0} if vertex < self._count else self._made[vertex - self._count]
            for original, weight in own.items():
                made_of[original] = made_of.get(original, 0.0) + part * weight
        self._made.append(made_of)  # at most three: it lies on one original triangle


def split_by_color(faces: IntArray, colors: FloatArray, max_regions: int = 24) -> list[Region]:
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
        red, green, blue = np.clip(painted[belongs == k].mean(0), 0, 255).round().astype(int).tolist()
        regions.append(Region((red, green, blue), used, renumbered.reshape(-1, 3)))
    return regions
