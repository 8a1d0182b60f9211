"""Left and right exchanged: vertices, expression coefficients, poses, whole parameter sets.

FLAME's mesh is the same on both sides, its mean face and its bases are not quite: the mean head is 1 to 4 mm
off symmetry, more than the spacing of its vertices, so nearest neighbours alone pair a fifth of them wrongly.
The asymmetry is smooth, though: estimated from the pairs that agree both ways and spread along the mesh, it
brings the two sides together until all pairs agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..base.cache import cached_arrays
from ..base.errors import InputError, ShapeError
from ..base.values import FlameParams, FloatArray
from .mesh import edges
from .model import FlameModel

_ROUNDS = 16
_CANDIDATES = 128
_FLIP = np.array([-1, 1, 1], np.float32)
_FLIP_TURN = np.array([1, -1, -1], np.float32)


@dataclass(frozen=True, eq=False)
class VertexMirror:
    """Which vertex lies opposite which.

    Attributes:
        permutation: ``(V,)`` the opposite of each vertex; its own inverse.
        residual: ``(V,)`` metres between a vertex of the template and its mirrored opposite.
        edges_kept: share of the mesh's edges whose mirrored ends are joined by an edge too; near 1
            when right.
    """

    permutation: npt.NDArray[np.intp]
    residual: npt.NDArray[np.float64]
    edges_kept: float

    def apply(self, vertices: npt.ArrayLike) -> FloatArray:
        """``(*, V, 3)`` with left and right exchanged."""
        v = np.asarray(vertices)
        if v.shape[-2:] != (len(self.permutation), 3):
            raise ShapeError(f"vertices must end in {(len(self.permutation), 3)}, got {v.shape}.")
        return np.asarray(v[..., self.permutation, :] * _FLIP.astype(v.dtype))


def mirror_vertices(model: FlameModel) -> VertexMirror:
    """The left-right pairs of a model's vertices, from its template and triangles; kept in the cache.

    Raises:
        InputError: no pairing exists, the head is not symmetric about x = 0 even roughly.
    """
    if model.parts is not None:
        return _measured(model, model.parts.opposite.astype(np.intp))
    if not model.sha256:
        return _pairs(model)

    def make() -> dict[str, npt.NDArray[np.generic]]:
        made = _pairs(model)
        return {"permutation": made.permutation, "edges_kept": np.array(made.edges_kept)}

    stored = cached_arrays(f"mirror-v1-{model.sha256[:40]}", make)
    permutation = stored["permutation"].astype(np.intp)
    return VertexMirror(permutation, _residual(model.v_template, permutation), float(stored["edges_kept"]))


def _pairs(model: FlameModel) -> VertexMirror:
    template = model.v_template.astype(np.float64)
    count = len(template)
    joined = edges(model.faces)
    mirrored = template * _FLIP
    offset: FloatArray = np.zeros_like(template)
    identity = np.arange(count)
    # the mean head is a few millimetres off symmetry: the opposite vertex is among the nearest hundred
    candidates = _neighbours(mirrored, template, _CANDIDATES)
    nearest, agree = identity, np.zeros(count, bool)
    for turn in range(_ROUNDS):
        nearest = _nearest(mirrored + offset, template, candidates)
        agree = nearest[nearest] == identity
        if agree.all() and turn:
            break
        there = np.where(agree[:, None], template[nearest] - mirrored, 0.0)
        offset = _spread(there, agree.astype(np.float64), joined, max(30 - 2 * turn, 3))
    permutation = np.where(agree, nearest, -1)
    left = np.flatnonzero(~agree)
    if len(left) > 0.02 * count:
        raise InputError("This head has no left-right pairing: it is not symmetric about x = 0.")
    for v in left:  # the few that are left pair up among themselves, the closest first come
        if permutation[v] < 0:
            free = left[permutation[left] < 0]
            opposite = free[np.argmin(((template[free] - mirrored[v] - offset[v]) ** 2).sum(1))]
            permutation[v], permutation[opposite] = opposite, v
    return _measured(model, permutation.astype(np.intp))


def _measured(model: FlameModel, permutation: npt.NDArray[np.intp]) -> VertexMirror:
    pairs = edges(model.faces)
    mirrored = set(map(tuple, np.sort(permutation[pairs], axis=1).tolist()))
    kept = len(mirrored & set(map(tuple, pairs.tolist()))) / max(len(pairs), 1)
    return VertexMirror(permutation, _residual(model.v_template, permutation), kept)


def _residual(template: FloatArray, permutation: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    return np.asarray(np.linalg.norm(template[permutation] * _FLIP - template, axis=1), np.float64)


def _neighbours(points: FloatArray, among: FloatArray, count: int) -> npt.NDArray[np.intp]:
    """``(P, count)`` indices of the nearest of ``among`` for each point, in no order."""
    centre = among.mean(0)
    a, b = (among - centre).astype(np.float32), (points - centre).astype(np.float32)
    square = (a**2).sum(1)
    count = min(count, len(a))
    found = np.empty((len(b), count), np.intp)
    for start in range(0, len(b), 256):
        distance = square - 2 * (b[start : start + 256] @ a.T)
        found[start : start + 256] = np.argpartition(distance, count - 1, axis=1)[:, :count]
    return found


def _nearest(points: FloatArray, among: FloatArray, candidates: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    distance = ((among[candidates] - points[:, None]) ** 2).sum(-1)
    return np.asarray(candidates[np.arange(len(points)), distance.argmin(1)])


def _spread(
    values: FloatArray, weight: FloatArray, joined: npt.NDArray[np.integer], steps: int
) -> FloatArray:
    """Values known at some vertices, averaged over neighbours again and again.

    Smooth, and known everywhere.
    """
    count = len(values)
    a, b = np.concatenate([joined, joined[:, ::-1]]).T
    total = np.concatenate([values, weight[:, None]], axis=1)
    for _ in range(steps):
        total = total + np.stack([np.bincount(a, total[b, c], count) for c in range(4)], axis=1)
        total /= float(total[:, 3].max())
    return np.asarray(total[:, :3] / np.maximum(total[:, 3:], 1e-12))


def expression_mirror(model: FlameModel, mirror: VertexMirror | None = None) -> tuple[FloatArray, float]:
    """The matrix that mirrors expression coefficients, ``mirrored = expression @ matrix``, by least squares.

    Args:
        model: the head whose ``exprdirs`` are meant; cut it with ``load_flame(num_expression=...)`` for fewer.
        mirror: from ``mirror_vertices`` when already known.

    Returns:
        ``(E, E)`` float32, and the share (0..1) of the mirrored directions' length that the basis cannot
        show.
    """
    mirror = mirror or mirror_vertices(model)
    basis = model.exprdirs.astype(np.float64)
    flipped = (basis[mirror.permutation] * _FLIP[:, None]).reshape(-1, basis.shape[2])
    basis = basis.reshape(-1, basis.shape[2])
    if not basis.shape[1]:
        return np.zeros((0, 0), np.float32), 0.0
    # minimum-norm solution: unused (zero) columns stay unused
    matrix = np.linalg.pinv(basis.T @ basis, rcond=1e-9, hermitian=True) @ (basis.T @ flipped)
    left, whole = float(np.linalg.norm(flipped - basis @ matrix)), float(np.linalg.norm(flipped))
    return matrix.T.astype(np.float32), left / max(whole, 1e-30)


def mirror_rotation(axis_angle: npt.ArrayLike) -> FloatArray:
    """``(*, 3)`` the rotation seen in the mirror x -> -x: (x, -y, -z)."""
    return np.asarray(np.asarray(axis_angle) * _FLIP_TURN)


def mirror_params(params: FlameParams, matrix: FloatArray) -> FlameParams:
    """``FlameParams`` with left and right exchanged; ``matrix`` from ``expression_mirror``.

    Raises:
        ShapeError: the matrix has another size than the expression.
    """
    e = params.num_expression
    if matrix.shape != (e, e):
        raise ShapeError(
            f"The mirror matrix is {matrix.shape}, the parameters have {e} expression coefficients."
        )
    return FlameParams(
        expression=params.expression @ matrix,
        jaw_pose=mirror_rotation(params.jaw_pose),
        eye_pose=np.concatenate(
            [mirror_rotation(params.eye_pose[..., 3:]), mirror_rotation(params.eye_pose[..., :3])], axis=-1
        ),
        neck_pose=mirror_rotation(params.neck_pose),
        global_orient=mirror_rotation(params.global_orient),
        transl=params.transl * _FLIP,
        eyelids=None if params.eyelids is None else params.eyelids[..., ::-1],
    )
