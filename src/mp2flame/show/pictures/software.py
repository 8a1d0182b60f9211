"""A triangle rasteriser in plain NumPy: every span of every triangle at once, one z-test.

Coverage: a pixel belongs to a triangle when its centre lies inside, half open to the right and below;
shared edges are computed from the same end point in both triangles, so that no hole and no double hit
can appear between neighbours. Depth is kept as 1/z, which is linear on the screen.
The result depends on nothing but the input: same arrays, same picture, on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...base.values import FloatArray, UInt8Array
from .camera import View
from .mesh import Topology
from .shading import linear_to_srgb8, shade, srgb_to_linear

NEAR = 1e-3  # metres; triangles that reach behind it are left out


@dataclass(frozen=True, eq=False)
class Fragments:
    """The visible surface point of each covered pixel (N of them).

    Attributes:
        pixel: ``(N,)`` row * width + column, ascending.
        triangle: ``(N,)`` index into the faces.
        weights: ``(3, N)`` perspective-correct barycentric coordinates.
        depth: ``(N,)`` metres along the camera's axis.
        inside: ``(N,)`` True where the triangle's back is seen.
    """

    pixel: npt.NDArray[np.int64]
    triangle: npt.NDArray[np.int64]
    weights: FloatArray
    depth: FloatArray
    inside: npt.NDArray[np.bool_]


def rasterise(
    xy: FloatArray, depth: FloatArray, faces: npt.NDArray[np.int64], size: tuple[int, int]
) -> Fragments:
    """Find the nearest triangle of every pixel.

    Args:
        xy: ``(V, 2)`` pixel coordinates, first pixel's centre at (0.5, 0.5).
        depth: ``(V,)`` metres in front of the camera.
        faces: ``(F, 3)``; counter-clockwise from outside, which is clockwise on a screen with y down.
        size: (height, width).
    """
    height, width = size
    tri = _triangles(xy, depth, faces, size)
    t, line, begin, end = _spans(tri, size)
    left = begin.astype(np.float32) + np.float32(0.5) - tri.x[t, 0]
    down = line.astype(np.float32) + np.float32(0.5) - tri.y[t, 0]
    (gx, gy), near = tri.gradient, tri.near
    start = near[t, 0] + gx[t] * left + gy[t] * down

    # One fragment per span and pixel; the largest 1/z wins, the later triangle on a tie.
    span, offset = _expand(np.zeros_like(begin), end - begin)
    value = start[span] + gx[t][span] * offset.astype(np.float32)
    key = np.maximum(value, np.float32(1e-30)).view(np.uint32).astype(np.uint64)
    key <<= np.uint64(32)
    key |= t.astype(np.uint64)[span]
    buffer = np.zeros(height * width, np.uint64)
    np.maximum.at(buffer, (line * width + begin)[span] + offset, key)

    pixel = np.flatnonzero(buffer)
    t = (buffer[pixel] & np.uint64(0xFFFFFFFF)).astype(np.int64)
    px = (pixel % width).astype(np.float32) + np.float32(0.5) - tri.x[t, 0]
    py = (pixel // width).astype(np.float32) + np.float32(0.5) - tri.y[t, 0]
    (dx1, dx2), (dy1, dy2), inv = tri.edges(tri.x), tri.edges(tri.y), tri.inverse[t]
    b1 = np.clip((px * dy2[t] - py * dx2[t]) * inv, 0, 1)
    b2 = np.clip((py * dx1[t] - px * dy1[t]) * inv, 0, 1)
    b0 = np.maximum(1 - b1 - b2, 0)
    weights = np.stack([b0, b1, b2]) * near.T[:, t]
    total = weights.sum(0)
    depth_out = (b0 + b1 + b2) / total
    weights /= total
    return Fragments(pixel, tri.face[t], weights, depth_out, tri.area[t] > 0)


class _Triangles(NamedTuple):
    """Those on the screen, N of them.

    ``face``: index of each; corners ``x``, ``y`` in pixels and ``near`` (1/z), each ``(N, 3)``; twice the signed
    ``area``, and its ``inverse``.
    """

    face: npt.NDArray[np.int64]
    x: npt.NDArray[np.float32]
    y: npt.NDArray[np.float32]
    near: npt.NDArray[np.float32]
    area: npt.NDArray[np.float32]
    inverse: npt.NDArray[np.float32]

    @staticmethod
    def edges(of: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """From the first corner to the two others."""
        return of[:, 1] - of[:, 0], of[:, 2] - of[:, 0]

    @property
    def gradient(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Of 1/z along x and y; a sliver without usable area keeps the value of its first corner."""
        (dx1, dx2), (dy1, dy2), (dn1, dn2) = (self.edges(v) for v in (self.x, self.y, self.near))
        return (dn1 * dy2 - dn2 * dy1) * self.inverse, (dn2 * dx1 - dn1 * dx2) * self.inverse


def _triangles(
    xy: FloatArray, depth: FloatArray, faces: npt.NDArray[np.int64], size: tuple[int, int]
) -> _Triangles:
    usable = np.flatnonzero((depth[faces] > NEAR).all(1))
    tri = faces[usable]
    x, y = xy[:, 0].astype(np.float32)[tri], xy[:, 1].astype(np.float32)[tri]
    on_screen = (y.max(1) > 0) & (y.min(1) < size[0]) & (x.max(1) > 0) & (x.min(1) < size[1])
    (dx1, dx2), (dy1, dy2) = _Triangles.edges(x), _Triangles.edges(y)
    area = dx1 * dy2 - dy1 * dx2
    keep = np.flatnonzero(on_screen & (area != 0))
    usable, tri, x, y, area = usable[keep], tri[keep], x[keep], y[keep], area[keep]
    near = (1.0 / np.maximum(depth, NEAR)).astype(np.float32)[tri]
    inverse = np.where(np.abs(area) > 1e-4, 1.0 / area, 0).astype(np.float32)
    return _Triangles(usable, x, y, near, area, inverse)


def _spans(tri: _Triangles, size: tuple[int, int]) -> tuple[npt.NDArray[np.int64], ...]:
    """One per triangle and row: the triangle, the row, the first pixel and the one behind the last."""
    height, width = size
    order = np.argsort(tri.y, axis=1, kind="stable")
    rows = np.arange(len(tri.y))[:, None]
    xs, ys = tri.x[rows, order], tri.y[rows, order]
    (x0, x1, x2), (y0, y1, y2) = xs.T, ys.T
    first = np.clip(np.ceil(y0 - 0.5), 0, height).astype(np.int64)
    last = np.clip(np.ceil(y2 - 0.5), 0, height).astype(np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.stack([(x2 - x0) / (y2 - y0), (x1 - x0) / (y1 - y0), (x2 - x1) / (y2 - y1)])
    t, line = _expand(first, last - first)
    yc = line.astype(np.float32) + np.float32(0.5)
    lower = yc < y1[t]
    side_x = np.where(lower, x0[t], x1[t])
    side_y = np.where(lower, y0[t], y1[t])
    side = side_x + (yc - side_y) * np.where(lower, slope[1][t], slope[2][t])
    long = x0[t] + (yc - y0[t]) * slope[0][t]
    begin = np.clip(np.ceil(np.minimum(long, side) - np.float32(0.5)), 0, width).astype(np.int64)
    end = np.clip(np.ceil(np.maximum(long, side) - np.float32(0.5)), 0, width).astype(np.int64)
    full = np.flatnonzero(end > begin)
    return t[full], line[full], begin[full], end[full]


def _expand(first: npt.NDArray[np.int64], count: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
    """Rows (i, first[i]), (i, first[i] + 1), ... count[i] of them, for every i."""
    index = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return index, np.arange(len(index)) - (before - first)[index]


class SoftwareBackend:
    """Draws with `rasterise` and `shade`; supersamples on a regular grid of `samples` = n * n points."""

    name = "software"

    def __init__(self, topology: Topology, size: tuple[int, int], samples: int) -> None:
        self.topology, self.size = topology, size
        self.factor = round(samples**0.5)

    def draw(
        self,
        vertices: FloatArray,
        camera: View,
        albedo: FloatArray,
        gloss: FloatArray,
        background: UInt8Array,
    ) -> tuple[UInt8Array, FloatArray]:
        """Image ``(H, W, 3)`` and depth ``(H, W)`` in metres, infinite where nothing was drawn."""
        n = self.factor
        height, width = self.size
        big = (height * n, width * n)
        xy, depth = camera.scaled(n).project(vertices)
        faces = self.topology.faces
        fragments = rasterise(xy, depth, faces, big)
        corners = faces[fragments.triangle]
        view = (vertices @ camera.R.T + camera.t).astype(np.float32) * np.array([1, -1, -1], np.float32)
        turn = (camera.R * np.array([[1.0], [-1.0], [-1.0]])).astype(np.float32)
        normals = self.topology.normals(vertices) @ turn.T
        table = np.concatenate([view, normals, albedo, gloss[:, None]], axis=1).astype(np.float32)
        values = np.zeros((len(corners), table.shape[1]), np.float32)
        for k in range(3):
            values += fragments.weights[k][:, None] * table[corners[:, k]]
        rows = np.ascontiguousarray(values.T)
        to_eye, normal = -rows[:3], rows[3:6]
        to_eye /= np.sqrt((to_eye * to_eye).sum(0))
        normal /= np.maximum(np.sqrt((normal * normal).sum(0)), 1e-20)
        normal *= np.where(fragments.inside, np.float32(-1), np.float32(1))
        linear = shade(normal, to_eye, rows[6:9], rows[9], fragments.inside)

        image: UInt8Array = background.reshape(-1, 3).copy()
        if n == 1:
            image[fragments.pixel] = linear_to_srgb8(linear.T)
        else:
            self._average(image, linear, fragments.pixel)
        image = image.reshape(height, width, 3)
        flat = np.full(big[0] * big[1], np.inf, np.float32)
        flat[fragments.pixel] = fragments.depth
        out_depth = flat.reshape(height, n, width, n).min((1, 3))
        return image, out_depth

    def _average(self, image: UInt8Array, linear: FloatArray, pixel: npt.NDArray[np.int64]) -> None:
        """Mean of each pixel's samples in linear light; samples that hit nothing keep the background."""
        n, (height, width) = self.factor, self.size
        row, column = np.divmod(pixel, width * n)
        small = (row // n) * width + column // n
        hits = np.bincount(small, minlength=height * width)
        touched = np.flatnonzero(hits)
        empty = 1 - hits[touched] / (n * n)
        behind = srgb_to_linear(image[touched])
        for c in range(3):
            total = np.bincount(small, weights=np.clip(linear[c], 0, 1), minlength=height * width)[touched]
            image[touched, c] = linear_to_srgb8(total / (n * n) + empty * behind[:, c])

    def close(self) -> None:
        """Nothing to release."""
