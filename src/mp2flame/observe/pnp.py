"""Perspective-n-point: the pose of known points from where they are seen, many frames at once.

Tangents are those of ``Camera.rays``: ``x / -z`` and ``y / -z`` in OpenGL axes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..base import rotations

Array = npt.NDArray[np.float64]

_ITERATIONS = 16
_ROBUST_FLOOR = 2e-3  # tangent units: an error below this (1 px at f = 500) is never an outlier


def solve(model: Array, rays: Array, weights: Array) -> tuple[Array, Array]:
    """``(K,3)`` metres seen at ``(N,K,2)`` tangents, OpenGL axes: rotation and translation."""
    centre = weights @ model
    model = model - centre
    rotation, translation = _weak_perspective(model, rays, weights)
    damping = np.full(len(rays), 1e-3)
    w = np.broadcast_to(weights, rays.shape[:2])
    for iteration in range(_ITERATIONS):
        error, jacobian = _linearised(model, rays, rotation, translation)
        if iteration >= 4:  # outliers are known once the pose is about right
            length = np.linalg.norm(error, axis=-1)
            scale = np.maximum(3.0 * np.median(length, axis=1, keepdims=True), _ROBUST_FLOOR)
            w = weights / (1.0 + np.square(length / scale))
        weighted = jacobian * w[..., None, None]
        hessian = np.einsum("nkda,nkdb->nab", weighted, jacobian, optimize=True)
        gradient = np.einsum("nkda,nkd->na", weighted, error, optimize=True)
        diagonal = np.einsum("naa->na", hessian)[..., None] * np.eye(6)
        step = -np.linalg.solve(hessian + damping[:, None, None] * diagonal, gradient[..., None])[..., 0]
        new_rotation = rotations.axis_angle_to_matrix(step[:, :3]) @ rotation
        new_translation = translation + step[:, 3:]
        cost = np.einsum("nk,nkd->n", w, np.square(error))
        new_cost = np.einsum(
            "nk,nkd->n", w, np.square(_reproject(model, new_rotation, new_translation)[1] - rays)
        )
        # every point has to stay in front of the camera
        better = (new_cost <= cost) & (_depths(model, new_rotation, new_translation) > 0)
        rotation = np.where(better[:, None, None], new_rotation, rotation)
        translation = np.where(better[:, None], new_translation, translation)
        damping = np.clip(np.where(better, damping * 0.1, damping * 10.0), 1e-12, 1e6)
        size = np.abs(step[:, :3]).max(axis=1) + np.abs(step[:, 3:]).max(axis=1) / -translation[:, 2]
        if iteration >= 5 and np.all((size < 1e-5) | (~better & (damping > 1e3))):
            break
    return rotation, translation - (rotation @ centre)


def _weak_perspective(model: Array, rays: Array, weights: Array) -> tuple[Array, Array]:
    """Closed form for a face that is flat against its distance; ``model`` has its weighted mean at 0."""
    centre = np.einsum("k,nkd->nd", weights, rays)
    pseudo = np.linalg.solve((model * weights[:, None]).T @ model, (model * weights[:, None]).T)  # (3, K)
    rows = np.einsum("nkd,ck->ndc", rays - centre[:, None], pseudo)
    scale = np.sqrt(np.prod(np.linalg.norm(rows, axis=-1), axis=-1))
    scale = np.maximum(scale, 1e-9)[:, None]
    first, second = rows[:, 0] / scale, rows[:, 1] / scale
    rotation = rotations.project_to_rotation(np.stack([first, second, np.cross(first, second)], axis=1))
    return rotation, np.concatenate([centre, -np.ones_like(scale)], axis=1) / scale


def _reproject(model: Array, rotation: Array, translation: Array) -> tuple[Array, Array]:
    turned = np.einsum("nij,kj->nki", rotation, model)
    points = turned + translation[:, None]
    depth = np.maximum(-points[..., 2:], 1e-6)
    return turned, points[..., :2] / depth


def _depths(model: Array, rotation: Array, translation: Array) -> Array:
    """``(N,)`` distance of the nearest point in front of the camera, negative when it is behind."""
    return np.asarray(
        -np.max(np.einsum("nj,kj->nk", rotation[:, 2], model) + translation[:, None, 2], axis=1)
    )


def _linearised(model: Array, rays: Array, rotation: Array, translation: Array) -> tuple[Array, Array]:
    """Errors ``(N,K,2)`` and their derivatives ``(N,K,2,6)`` by a small turn (in the camera) and a shift."""
    turned, seen = _reproject(model, rotation, translation)
    inverse = 1.0 / np.maximum(-(turned[..., 2] + translation[:, None, 2]), 1e-6)
    shift = np.zeros((*seen.shape, 3))
    shift[..., 0, 0] = shift[..., 1, 1] = inverse
    shift[..., 2] = seen * inverse[..., None]
    turn = np.cross(turned[..., None, :], shift)  # d(omega x p) seen through the row: p x row
    return seen - rays, np.concatenate([turn, shift], axis=-1)


def translation_for_rotation(rotation: Array, model: Array, rays: Array) -> Array:
    """``(N,3)`` that puts ``model (K,3)`` or ``(N,K,3)``, turned by ``rotation (N,3,3)``, onto ``rays (N,K,2)``."""
    turned = model @ np.swapaxes(rotation, 1, 2)
    # x + ray_x z = 0 and y + ray_y z = 0, linear in the translation
    right = -(turned[..., :2] + rays * turned[..., 2:])
    first, ray = right.mean(1), rays.mean(1)
    off = rays - ray[:, None]
    z = (off * (right - first[:, None])).sum((1, 2)) / np.maximum(np.square(off).sum((1, 2)), 1e-12)
    return np.asarray(np.concatenate([first - ray * z[:, None], z[:, None]], axis=1))
