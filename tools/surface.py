"""Geometry for the embedding: visible triangles, closest point on a surface, vertex normals, similarity."""

from __future__ import annotations

import numpy as np


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    normals = np.zeros_like(vertices)
    of_face = np.cross(
        vertices[faces[:, 1]] - vertices[faces[:, 0]], vertices[faces[:, 2]] - vertices[faces[:, 0]]
    )
    for corner in range(3):
        np.add.at(normals, faces[:, corner], of_face)
    return normals / np.linalg.norm(normals, axis=1, keepdims=True)


def similarity(source: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Scale, rotation, translation that take ``source`` to ``target`` (Umeyama 1991)."""
    source_mean, target_mean = source.mean(0), target.mean(0)
    u, s, vt = np.linalg.svd((target - target_mean).T @ (source - source_mean))
    flip = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * flip) @ vt
    scale = (s * flip).sum() / ((source - source_mean) ** 2).sum()
    return scale, rotation, target_mean - scale * rotation @ source_mean


def visible_faces(vertices: np.ndarray, faces: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Those of ``candidates`` that a viewer in front of the face can see from at least one side.

    Leaves out the eye sockets behind the eyeballs and the inside of the mouth, which lie close to lids and
    lips.
    """
    triangles = vertices[faces]
    centroid = triangles[candidates].mean(1)
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])[candidates]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    seen = np.zeros(len(candidates), bool)
    for yaw in np.radians([0, -70, -35, 35, 70]):
        for pitch in np.radians([-30, 0, 30]):
            towards = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
            test = np.flatnonzero(~seen & (normal @ towards > 0.05))
            seen[test] = ~_blocked(centroid[test], towards, triangles)
    return candidates[seen]


def _blocked(origins: np.ndarray, direction: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Moeller and Trumbore's ray test, all origins along one direction."""
    corner, edge1, edge2 = (
        triangles[:, 0],
        triangles[:, 1] - triangles[:, 0],
        triangles[:, 2] - triangles[:, 0],
    )
    p = np.cross(direction, edge2)
    determinant = (edge1 * p).sum(1)
    usable = np.abs(determinant) > 1e-14
    inverse = np.where(usable, 1 / np.where(usable, determinant, 1), 0)
    blocked = np.zeros(len(origins), bool)
    for start in range(0, len(origins), 200):
        t = origins[start : start + 200, None] - corner
        q = np.cross(t, edge1)
        u, v, far = (t * p).sum(2) * inverse, (q @ direction) * inverse, (q * edge2).sum(2) * inverse
        blocked[start : start + 200] = (usable & (u >= 0) & (v >= 0) & (u + v <= 1) & (far > 2e-4)).any(1)
    return blocked


class Surface:
    """Closest points on some triangles of a mesh."""

    def __init__(self, vertices: np.ndarray, faces: np.ndarray, use: np.ndarray) -> None:
        from scipy.spatial import cKDTree

        self.vertices, self.faces, self.use = vertices, faces, use
        self._tree = cKDTree(vertices[faces[use]].mean(1))
        normal = np.cross(
            vertices[faces[:, 1]] - vertices[faces[:, 0]], vertices[faces[:, 2]] - vertices[faces[:, 0]]
        )
        self._normal = normal / np.linalg.norm(normal, axis=1, keepdims=True)

    def closest(self, points: np.ndarray, normals: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Triangle ``(N,)`` and barycentric coordinates ``(N, 3)``.

        With ``normals``, triangles that face elsewhere count as 20 mm further away, so that a point of the
        upper lip does not land on the lower one.
        """
        near = self.use[self._tree.query(points, min(60, len(self.use)))[1]]
        bary, gap = _closest_on_triangles(points[:, None], self.vertices[self.faces[near]])
        if normals is not None:
            gap = gap + np.where((self._normal[near] * normals[:, None]).sum(-1) < 0.2, 0.02, 0)
        best, rows = gap.argmin(1), np.arange(len(points))
        return near[rows, best], bary[rows, best]


def _closest_on_triangles(points: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b, c = triangles[..., 0, :], triangles[..., 1, :], triangles[..., 2, :]
    ab, ac, ap = b - a, c - a, points - a
    d00, d01, d11 = (ab * ab).sum(-1), (ab * ac).sum(-1), (ac * ac).sum(-1)
    d20, d21 = (ap * ab).sum(-1), (ap * ac).sum(-1)
    denominator = d00 * d11 - d01 * d01
    v, w = (d11 * d20 - d01 * d21) / denominator, (d00 * d21 - d01 * d20) / denominator

    def along(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        edge = end - start
        return np.clip(((points - start) * edge).sum(-1) / (edge * edge).sum(-1), 0, 1)

    s, t, u, zero = along(a, b), along(b, c), along(a, c), np.zeros_like(v)
    bary = np.stack(
        [
            np.stack([1 - v - w, v, w], -1),
            np.stack([1 - s, s, zero], -1),
            np.stack([zero, 1 - t, t], -1),
            np.stack([1 - u, zero, u], -1),
        ],
        -2,
    )
    gap = np.linalg.norm(np.einsum("...kc,...cd->...kd", bary, triangles) - points[..., None, :], axis=-1)
    gap[..., 0] = np.where((bary[..., 0, :] >= 0).all(-1), gap[..., 0], np.inf)
    best = gap.argmin(-1)
    return (
        np.take_along_axis(bary, best[..., None, None], -2)[..., 0, :],
        np.take_along_axis(gap, best[..., None], -1)[..., 0],
    )
