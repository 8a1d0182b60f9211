"""Small meshes for tests."""

from __future__ import annotations

import numpy as np


def sphere(rings: int = 24, sectors: int = 32, radius: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """A closed ball, counter-clockwise seen from outside."""
    theta = np.pi * np.arange(1, rings) / rings
    phi = 2 * np.pi * np.arange(sectors) / sectors
    grid = np.stack(
        [
            np.outer(np.sin(theta), np.cos(phi)),
            np.repeat(np.cos(theta)[:, None], sectors, 1),
            -np.outer(np.sin(theta), np.sin(phi)),
        ],
        -1,
    ).reshape(-1, 3)
    vertices = np.concatenate([grid, [[0, 1, 0], [0, -1, 0]]]) * radius
    faces = []
    top, bottom = len(grid), len(grid) + 1
    for s in range(sectors):
        n = (s + 1) % sectors
        faces.append((top, s, n))
        last = (rings - 2) * sectors
        faces.append((bottom, last + n, last + s))
        for r in range(rings - 2):
            a, b, c, d = r * sectors + s, r * sectors + n, (r + 1) * sectors + s, (r + 1) * sectors + n
            faces += [(a, c, b), (b, c, d)]
    return vertices.astype(np.float32), np.array(faces)


def two_balls() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A big red ball and a small blue one half in front of it."""
    v, f = sphere()
    small = v * 0.4 + np.array([0.05, 0.0, 0.09], np.float32)
    colors = np.concatenate([np.full((len(v), 3), (200, 60, 60)), np.full((len(v), 3), (60, 60, 200))])
    return np.concatenate([v, small]), np.concatenate([f, f + len(v)]), colors.astype(np.uint8)
