"""Where FLAME's five joints go, for many frames in NumPy and for one in plain Python; the matrix that places them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..base.values import FloatArray

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Matrix = tuple[float, ...]
FLAME_PARENTS = (-1, 0, 1, 1, 1)
ROOT, NECK, JAW, LEFT_EYE, RIGHT_EYE = range(5)


def chain(rest: F64, local: F64) -> tuple[F64, F64, F64]:
    """World rotations (N,5,3,3), posed joints (N,5,3) and skinning shifts (N,5,3).

    From joints at rest and local rotations, along FLAME's tree: root, neck on it, jaw and eyes on the neck.
    """
    world, place = np.empty_like(local), np.empty(rest.shape)
    world[:, 0], place[:, 0] = local[:, 0], rest[:, 0]
    world[:, 1] = local[:, 0] @ local[:, 1]
    place[:, 1] = place[:, 0] + _turn(world[:, 0], rest[:, 1] - rest[:, 0])
    world[:, 2:] = world[:, 1:2] @ local[:, 2:]
    place[:, 2:] = place[:, 1:2] + _turn(world[:, 1:2], rest[:, 2:] - rest[:, 1:2])
    return world, place, place - _turn(world, rest)


def _turn(matrix: F64, vector: F64) -> F64:
    return np.asarray((matrix @ vector[..., None])[..., 0])


IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def rotation_of(x: float, y: float, z: float) -> Matrix:
    """Axis-angle to the nine numbers of a rotation matrix, row by row (Rodrigues), for one joint."""
    square = x * x + y * y + z * z
    if square == 0.0:
        return IDENTITY
    angle = math.sqrt(square)
    if angle < 1e-4:
        s, c = 1 - square / 6, 0.5 - square / 24
    else:
        s, c = math.sin(angle) / angle, (1 - math.cos(angle)) / square
    xy, xz, yz = c * x * y, c * x * z, c * y * z
    a, b, d = s * x, s * y, s * z
    return (
        1 - c * (y * y + z * z), xy - d, xz + b,
        xy + d, 1 - c * (x * x + z * z), yz - a,
        xz - b, yz + a, 1 - c * (x * x + y * y),
    )  # fmt: skip


def _product(a: Matrix, b: Matrix) -> Matrix:
    if b is IDENTITY:
        return a
    if a is IDENTITY:
        return b
    a0, a1, a2, a3, a4, a5, a6, a7, a8 = a
    b0, b1, b2, b3, b4, b5, b6, b7, b8 = b
    return (
        a0 * b0 + a1 * b3 + a2 * b6, a0 * b1 + a1 * b4 + a2 * b7, a0 * b2 + a1 * b5 + a2 * b8,
        a3 * b0 + a4 * b3 + a5 * b6, a3 * b1 + a4 * b4 + a5 * b7, a3 * b2 + a4 * b5 + a5 * b8,
        a6 * b0 + a7 * b3 + a8 * b6, a6 * b1 + a7 * b4 + a8 * b7, a6 * b2 + a7 * b5 + a8 * b8,
    )  # fmt: skip


def affine_of_one(rest: list[float], local: list[Matrix], transl: list[float]) -> F32:
    """``chain`` for one frame in plain Python.

    (12, 5), the columns of each joint's matrix, then its shift.
    """
    neck = _product(local[0], local[1])
    world = (local[0], neck, _product(neck, local[2]), _product(neck, local[3]), _product(neck, local[4]))
    places: list[tuple[float, float, float]] = []
    columns = []
    for j, parent in enumerate(FLAME_PARENTS):
        x, y, z = rest[3 * j : 3 * j + 3]
        if parent < 0:
            px, py, pz = x, y, z
        else:
            dx, dy, dz = x - rest[3 * parent], y - rest[3 * parent + 1], z - rest[3 * parent + 2]
            w, (px, py, pz) = world[parent], places[parent]
            px += w[0] * dx + w[1] * dy + w[2] * dz
            py += w[3] * dx + w[4] * dy + w[5] * dz
            pz += w[6] * dx + w[7] * dy + w[8] * dz
        places.append((px, py, pz))
        a, b, c, d, e, f, g, h, i = world[j]
        columns.append(
            (
                a, d, g, b, e, h, c, f, i,
                px - a * x - b * y - c * z + transl[0],
                py - d * x - e * y - f * z + transl[1],
                pz - g * x - h * y - i * z + transl[2],
            )
        )  # fmt: skip
    return np.array(columns, np.float32).T


def basis_rows(fixed: FloatArray, correctives: list[FloatArray], regressor: FloatArray) -> F32:
    """Rows of x, y, z planes (3 V) followed by the 15 joint coordinates that go with them.

    ``fixed`` (V, 3, 1 + E) moves the joints, for they are regressed from the shaped vertices; the pose
    correctives do not. Rows are padded to whole cache lines.
    """
    directions = np.concatenate([fixed, *correctives], axis=2)
    v, _, k = directions.shape
    basis = np.zeros((k, -(-(3 * v + 15) // 16) * 16), np.float32)
    basis[:, : 3 * v] = directions.transpose(2, 1, 0).reshape(k, 3 * v)
    joints = np.tensordot(
        regressor.astype(np.float64), fixed.astype(np.float64), axes=(1, 0)
    )  # (5, 3, 1 + E)
    basis[: fixed.shape[2], 3 * v : 3 * v + 15] = joints.reshape(15, -1).T
    return basis
