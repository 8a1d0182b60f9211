"""A FLAME mesh under expression and jaw rotation, as one linear map of products of the two.

With root, neck and eyes at rest and ``t = R - I`` of the jaw, a vertex of jaw weight w moves from the resting
head by ``E e + P t + w t (x - j)``, where ``x - j = x0 - j0 + (E - J) e + P t`` is its place about the joint
(Li et al., *Learning a model of facial shape and expression from 4D scans*, 2017, section 3). That is linear
in the features ``[e, t, t (1, e, t)]``: sums over the vertices are made once, for any number of frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..base.rotations import axis_angle_to_matrix
from ..base.values import FloatArray, IntArray
from .skinning import JAW

if TYPE_CHECKING:
    from . import FlameModel

_STEP = 1e-4  # radians
_NODE = np.deg2rad(1.5)  # spacing of the openings around which the mesh is linearised
_ROUNDS, _LEAST_CHANGE = 40, 1e-5  # radians
_JAW_RIDGE = 1e-5  # of the strongest pull of a jaw axis: holds axes that no vertex shows
_CHUNK = 4096


def turn_of(jaw_pose: FloatArray) -> FloatArray:
    """``(N, 3)`` axis-angle to ``(N, 9)``: R - I, row-major."""
    return np.asarray((axis_angle_to_matrix(np.asarray(jaw_pose, np.float64)) - np.eye(3)).reshape(-1, 9))


def features(expression: FloatArray, turn: FloatArray) -> FloatArray:
    """``(N, E)`` and ``(N, 9)`` to ``(N, E + 9 + 9 (E + 10))``."""
    inner = np.concatenate([np.ones((len(turn), 1)), expression, turn], axis=1)
    outer = (turn[:, :, None] * inner[:, None, :]).reshape(len(turn), -1)
    return np.concatenate([expression, turn, outer], axis=1)


@dataclass(frozen=True, eq=False)
class JawVertices:
    """The linear map from features to vertex motion, kept as one matrix for each of x, y and z.

    Attributes:
        planes: three of ``(V, E + 9 + 3 (E + 10))``: a coordinate needs only its own row of the rotation.
        columns: three index arrays: which features those columns are.
        num_expression: E.
    """

    planes: tuple[FloatArray, FloatArray, FloatArray]
    columns: tuple[IntArray, IntArray, IntArray]
    num_expression: int

    @classmethod
    def of(cls, model: FlameModel, betas: FloatArray | None, num_expression: int) -> JawVertices:
        shaped = model.shaped(betas)
        directions = model.exprdirs[:, :, :num_expression].astype(np.float64)
        correctives = model.posedirs[:, :, 9 * (JAW - 1) : 9 * JAW].astype(np.float64)
        regressor = model.J_regressor[JAW].astype(np.float64)
        joint, joint_directions = regressor @ shaped, np.tensordot(regressor, directions, 1)
        # the joint follows the expression, not the correctives
        about = np.concatenate(
            [(shaped - joint)[:, :, None], directions - joint_directions, correctives], axis=2
        )
        about *= model.lbs_weights[:, JAW, None, None].astype(np.float64)
        swing = about.reshape(len(shaped), -1)  # x, y, z of the arm, each with all its features
        planes, columns = [], []
        first, width = num_expression + 9, num_expression + 10
        for row in range(3):
            planes.append(np.concatenate([directions[:, row], correctives[:, row], swing], axis=1))
            columns.append(np.r_[np.arange(first), first + 3 * row * width + np.arange(3 * width)])
        return cls((planes[0], planes[1], planes[2]), (columns[0], columns[1], columns[2]), num_expression)

    @property
    def num_features(self) -> int:
        return self.num_expression + 9 + 9 * (self.num_expression + 10)

    def gram(self) -> FloatArray:
        """``(features, features)`` sum over vertices and coordinates."""
        out = np.zeros((self.num_features, self.num_features))
        for plane, columns in zip(self.planes, self.columns):
            out[np.ix_(columns, columns)] += plane.T @ plane
        return out

    def across(self, directions: FloatArray) -> FloatArray:
        """``(features, K)``: this map against directions ``(V, 3, K)``."""
        out = np.zeros((self.num_features, directions.shape[2]))
        for row, (plane, columns) in enumerate(zip(self.planes, self.columns)):
            out[columns] += plane.T @ directions[:, row].astype(np.float64)
        return out


class JawFinder:
    """Expression and jaw rotation whose vertices follow given motions best, by Gauss-Newton.

    The normal equations are taken at the nearest of a row of jaw openings instead of at every frame's own:
    their gradient is exact, so the answer is too, and a frame costs two small products a round.

    Args:
        gram: from ``JawVertices.gram``.
        penalty: ``(E,)`` ridge on the expression, metres squared.
    """

    def __init__(self, gram: FloatArray, penalty: FloatArray) -> None:
        self._gram, self._e = gram, len(penalty)
        slope = _jaw_slope(np.zeros(self._e), np.zeros(3))
        pull = float((slope * (gram @ slope)).sum(0).max())
        self._penalty = np.r_[penalty, np.full(3, _JAW_RIDGE * pull)]
        self._nodes: dict[int, FloatArray] = {}

    def __call__(self, right: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``(N, features)`` sums of map times wanted motion to ``(N, E)`` expression, ``(N, 3)`` jaw_pose."""
        e = self._e
        out = np.zeros((len(right), e + 3))
        for start in range(0, len(right), _CHUNK):
            out[start : start + _CHUNK] = self._solve(right[start : start + _CHUNK])
        return out[:, :e], out[:, e:]

    def _solve(self, right: FloatArray) -> FloatArray:
        e = self._e
        x = np.zeros((len(right), e + 3))
        step, cost = self._step(x, right)
        length, rows = np.ones(len(x)), np.arange(len(x))
        for _ in range(_ROUNDS):
            tried = x[rows] + length[rows, None] * step[rows]
            next_step, next_cost = self._step(tried, right[rows])
            better = next_cost <= cost[rows]
            # a step that overshoots is taken again at a third: the normal matrix leaves the expression out
            length[rows] = np.where(better, np.minimum(1.0, 1.5 * length[rows]), length[rows] / 3)
            done = (np.abs(tried[:, e:] - x[rows, e:]).max(1) < _LEAST_CHANGE) & better
            kept = rows[better]
            x[kept], step[kept], cost[kept] = tried[better], next_step[better], next_cost[better]
            rows = rows[~done & (length[rows] > 1e-3)]
            if not len(rows):
                break
        return x

    def _step(self, x: FloatArray, right: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The way to go from ``x``, and the cost there."""
        e = self._e
        turn = turn_of(x[:, e:])
        here = features(x[:, :e], turn)
        force = right - here @ self._gram
        cost = 0.5 * (self._penalty * x * x).sum(1) - 0.5 * ((force + right) * here).sum(1)
        blocks = force[:, e + 9 :].reshape(len(x), 9, e + 10)
        gradient = np.empty((len(x), e + 3))
        gradient[:, :e] = force[:, :e] + (turn[:, None] @ blocks[:, :, 1 : e + 1])[:, 0]
        inner = np.concatenate([np.ones((len(x), 1)), x[:, :e], turn], axis=1)
        by_turn = force[:, e : e + 9] + (blocks @ inner[:, :, None])[:, :, 0]
        by_turn += (turn[:, None] @ blocks[:, :, e + 1 :])[:, 0]
        for axis in range(3):
            step = _STEP * np.eye(3)[axis]
            moved = (turn_of(x[:, e:] + step) - turn_of(x[:, e:] - step)) / (2 * _STEP)
            gradient[:, e + axis] = (by_turn * moved).sum(1)
        gradient -= self._penalty * x
        change = np.empty_like(x)
        nodes = np.rint(np.clip(x[:, e], -0.6, 0.9) / _NODE).astype(int)
        for node in np.unique(nodes).tolist():
            there = nodes == node
            change[there] = gradient[there] @ self._inverse(node)
        return change, cost

    def _inverse(self, node: int) -> FloatArray:
        """Inverse of the normal matrix at a jaw opening."""
        if node not in self._nodes:
            e = self._e
            jaw = np.array([node * _NODE, 0.0, 0.0])
            turn = turn_of(jaw[None])[0]
            slope = np.zeros((len(self._gram), e + 3))
            index = np.arange(e)
            slope[index, index] = 1
            for k in np.flatnonzero(turn):
                slope[e + 9 + k * (e + 10) + 1 + index, index] = turn[k]
            slope[:, e:] = _jaw_slope(np.zeros(e), jaw)
            normal = slope.T @ (self._gram @ slope) + np.diag(self._penalty)
            self._nodes[node] = np.linalg.inv(normal)
        return self._nodes[node]


def _jaw_slope(expression: FloatArray, jaw: FloatArray) -> FloatArray:
    """``(features, 3)`` derivative of the features by the jaw's axis-angle, one frame."""
    columns = []
    for axis in range(3):
        step = _STEP * np.eye(3)[axis]
        ends = np.stack([jaw + step, jaw - step])
        values = features(np.stack([expression, expression]), turn_of(ends))
        columns.append((values[0] - values[1]) / (2 * _STEP))
    return np.stack(columns, axis=1)
