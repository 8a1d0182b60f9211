"""Least squares behind ``solve_rig``: expression by ridge, the jaw by Gauss-Newton, gaze by fixed angles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..base.channels import BLENDSHAPES, INDEX
from ..base.errors import MismatchError
from ..base.rotations import axis_angle_to_matrix, similarity
from ..base.tables import table
from ..base.values import FloatArray
from ..flame.landmarks import NUM_SKIN_LANDMARKS, embedding_for
from ..flame.skinning import JAW
from .close_lips import closing_corrective
from .eyelids import Eyelids, close_lids

if TYPE_CHECKING:
    from ..flame import FlameModel

MAX_COEFFICIENT = 4.0  # standard deviations
GAZE_YAW = 0.6  # radians per unit of (out - in)
GAZE_PITCH = 0.5  # radians per unit of (down - up)
JAW_SHAPES = ("jawForward", "jawLeft", "jawOpen", "jawRight")
_LEFT, _RIGHT = slice(0, 3), slice(3, 6)
_JAW_RIDGE = 1e-4  # metres squared per radian squared: holds the axis of a jaw that no landmark shows
_STEPS, _SWEEPS = 8, 200
_EPSILON = 1e-5  # radians
# Metres: one unit of the strongest direction of a FLAME basis moves some landmark about this far; a basis far
# below it is not in standard deviations.
_USUAL_REACH, _LEAST_REACH = 0.010, 0.001


def gaze_pose() -> FloatArray:
    """``(52, 6)`` rotation of the eyeballs per unit of each gaze shape, radians; FLAME frame.

    +y turns an eye to the subject's left, +x turns it down.
    """
    pose = np.zeros((len(BLENDSHAPES), 6), np.float32)
    for side, eye, out in (("Left", _LEFT, 1.0), ("Right", _RIGHT, -1.0)):
        pose[INDEX[f"eyeLookOut{side}"], eye] = (0, out * GAZE_YAW, 0)
        pose[INDEX[f"eyeLookIn{side}"], eye] = (0, -out * GAZE_YAW, 0)
        pose[INDEX[f"eyeLookDown{side}"], eye] = (GAZE_PITCH, 0, 0)
        pose[INDEX[f"eyeLookUp{side}"], eye] = (-GAZE_PITCH, 0, 0)
    return pose


class Solver:
    """Least squares over the embedded landmarks of one model, float64.

    A landmark is a fixed blend of three skinned vertices, so with the jaw at rotation ``R`` it is
    ``x + (R - I) (w x) - w (R - I) j``, where ``x`` is the blend of unposed vertices, ``w x`` that of the
    vertices times their jaw weight and ``j`` the joint. All of it is affine in the expression and needs 468
    points, not 5023.
    """

    def __init__(
        self,
        model: FlameModel,
        num_expression: int,
        ridge: float,
        weights: FloatArray,
        eyelids: Eyelids | None = None,
    ) -> None:
        self.model, self.eyelids = model, eyelids
        embedding = embedding_for(model)
        corners = embedding.corners[:NUM_SKIN_LANDMARKS]
        b_coords = embedding.b_coords[:NUM_SKIN_LANDMARKS].astype(float)
        jaw_weight = model.lbs_weights[corners, JAW] * b_coords

        def both(per_vertex: FloatArray) -> tuple[FloatArray, FloatArray]:
            at_corners = per_vertex[corners]
            return np.einsum("kc...,kc->k...", at_corners, b_coords), np.einsum(
                "kc...,kc->k...", at_corners, jaw_weight
            )

        exprdirs = model.exprdirs[:, :, :num_expression]
        self.neutral, self.neutral_jaw = both(model.v_template)
        self.basis, self.basis_jaw = both(exprdirs)  # (468, 3, E)
        self.correctives, self.correctives_jaw = both(model.posedirs[:, :, 9 * (JAW - 1) : 9 * JAW])
        self.weight = jaw_weight.sum(1)
        regressor = model.J_regressor[JAW].astype(float)
        support = np.flatnonzero(regressor)
        self.jaw_place = regressor[support] @ model.v_template[support]
        self.jaw_directions = np.tensordot(regressor[support], exprdirs[support], 1)
        self.has_jaw = model.has_jaw and bool(self.weight.max() > 0.1)
        self.root_weight = np.sqrt(np.repeat(weights, 3))
        reach = float(np.linalg.norm(self.basis, axis=1).max(initial=0.0))
        # One unit of a FLAME coefficient is one standard deviation; a basis in other units is brought to it.
        self.unit = 1.0 if reach > _LEAST_REACH else _USUAL_REACH / max(reach, 1e-9)
        self.bound = MAX_COEFFICIENT * self.unit
        self.penalty = np.full(num_expression, ridge / self.unit**2)
        self.ridge = ridge

    def targets(self) -> FloatArray:
        """``(52, 1404)`` displacements at this template's size and orientation."""
        shapes = table("arkit_landmark_shapes").astype(float)
        mean = table("mean_neutral_landmarks")[None, :NUM_SKIN_LANDMARKS].astype(float)
        scale, rotation, _ = similarity(mean, self.neutral)
        return np.asarray((scale * shapes @ rotation[0].T).reshape(len(shapes), -1))

    def solve(self) -> dict[str, FloatArray]:
        targets = self.targets()
        expression = np.zeros((len(targets), len(self.penalty)))
        jaw_pose = np.zeros((len(targets), 3))
        predicted = np.zeros_like(targets)
        notes: list[str] = []
        turning = [INDEX[name] for name in JAW_SHAPES] if self.has_jaw else []
        still = [i for i in range(len(targets)) if i not in turning]
        expression[still] = self._ridge(self._directions(np.zeros((3, 3))), targets[still].T, self.penalty).T
        for i in turning:
            expression[i], jaw_pose[i] = self._with_jaw(targets[i])
        eyelids, offset_moves = np.zeros((len(targets), 2)), np.zeros_like(targets)
        try:
            for k, side in enumerate(("Left", "Right")):
                i = INDEX[f"eyeBlink{side}"]
                if self.eyelids is not None:
                    expression[i], eyelids[i, k], offset_moves[i] = self._blink(self.eyelids, targets[i], k)
                else:
                    expression[i] = close_lids(
                        self.model, expression[i], side.lower(), ridge=self.penalty[0], bound=self.bound
                    )
        except MismatchError as reason:
            notes.append(f"The lids were left as the landmarks have them: {reason}")
        for i, name in enumerate(BLENDSHAPES):
            wanted = np.abs(expression[i]).max(initial=0.0)
            if wanted > self.bound:
                expression[i] = self._bounded(targets[i], jaw_pose[i])
                notes.append(f"{name}: a coefficient of {wanted:.1f} was held at {self.bound:.1f}.")
            turn = axis_angle_to_matrix(jaw_pose[i]) - np.eye(3)
            predicted[i] = self._constant(turn) + self._directions(turn) @ expression[i] + offset_moves[i]
        error = (predicted - targets).reshape(len(targets), -1, 3)
        if self.unit > 1:
            notes.append(
                f"This basis moves the face by at most {1e3 * _USUAL_REACH / self.unit:.3g} mm a unit: its "
                f"coefficients are not standard deviations, and up to {self.bound:.0f} are allowed."
            )
        return {
            "expression": expression.astype(np.float32),
            "eyelids": eyelids.astype(np.float32),
            "closing": self._closing(expression, jaw_pose).astype(np.float32),
            "jaw_pose": jaw_pose.astype(np.float32),
            "eye_pose": gaze_pose(),
            "residual_mm": (1e3 * np.sqrt((error**2).sum(2).mean(1))).astype(np.float32),
            "notes": np.array(notes, dtype=np.str_),
        }

    def _closing(self, expression: FloatArray, jaw_pose: FloatArray) -> FloatArray:
        """``mouthClose`` on the jaw that ``jawOpen`` opens; see ``lips``."""
        chosen = [INDEX["jawOpen"], INDEX["mouthClose"]]
        sums, turns = expression[chosen].sum(0), jaw_pose[chosen].sum(0)

        def displacement(amount: float) -> tuple[FloatArray, FloatArray]:
            turn = axis_angle_to_matrix(amount * turns) - np.eye(3)
            directions = self._directions(turn)
            return self._constant(turn) + directions @ (amount * sums), directions

        return closing_corrective(displacement, self.penalty, self.bound)

    def _blink(self, eyelids: Eyelids, target: FloatArray, eye: int) -> tuple[FloatArray, float, FloatArray]:
        """A blink by expression and one extra offset: coefficients, offset in 0..1, what the offset moves."""
        e = len(self.penalty)
        offset = eyelids.model.exprdirs[:, :, eye - 2 :][:, :, :1]
        model = replace(self.model, exprdirs=np.concatenate([self.model.exprdirs[:, :, :e], offset], axis=2))
        moved = embedding_for(model).gather(offset.astype(float))[:NUM_SKIN_LANDMARKS].reshape(-1, 1)
        basis = np.concatenate([self._directions(np.zeros((3, 3))), moved], axis=1)
        found = self._ridge(basis, target, np.r_[self.penalty, self.ridge])
        side = "left" if eye == 0 else "right"
        found[e] = np.clip(found[e], 0, 1)
        found = close_lids(model, found, side, ridge=self.ridge, bound=self.bound)
        share = float(np.clip(found[e], 0, 1))
        return found[:e], share, share * moved[:, 0]

    def _constant(self, turn: FloatArray) -> FloatArray:
        """``(1404,)`` displacement of the landmarks at zero expression; ``turn`` is the jaw's R - I."""
        unposed = self.neutral + self.correctives @ turn.reshape(9)
        weighted = self.neutral_jaw + self.correctives_jaw @ turn.reshape(9)
        moved = unposed + weighted @ turn.T - self.weight[:, None] * (turn @ self.jaw_place)
        return np.asarray((moved - self.neutral).reshape(-1))

    def _directions(self, turn: FloatArray) -> FloatArray:
        """``(1404, E)`` displacement per unit of expression."""
        moved = self.basis
        if turn.any():
            moved = moved + turn @ self.basis_jaw - self.weight[:, None, None] * (turn @ self.jaw_directions)
        return moved.reshape(-1, len(self.penalty))

    def _ridge(self, basis: FloatArray, targets: FloatArray, penalty: FloatArray) -> FloatArray:
        a, b = basis * self.root_weight[:, None], (targets.T * self.root_weight).T
        return np.linalg.solve(a.T @ a + np.diag(penalty), a.T @ b)

    def _with_jaw(self, target: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Gauss-Newton on the jaw's axis-angle and the expression together."""
        jaw: FloatArray = np.zeros(3)
        expression: FloatArray = np.zeros(len(self.penalty))
        penalty = np.r_[self.penalty, np.full(3, _JAW_RIDGE)]
        for _ in range(_STEPS):
            turn = axis_angle_to_matrix(jaw) - np.eye(3)
            constant, directions = self._constant(turn), self._directions(turn)
            here = constant + directions @ expression
            slope = np.empty((len(target), 3))
            for axis in range(3):
                nearby = axis_angle_to_matrix(jaw + _EPSILON * np.eye(3)[axis]) - np.eye(3)
                slope[:, axis] = (self._constant(nearby) + self._at(nearby, expression) - here) / _EPSILON
            wanted = target - constant + slope @ jaw
            solution = self._ridge(np.concatenate([directions, slope], axis=1), wanted, penalty)
            change = np.abs(solution[-3:] - jaw).max()
            expression, jaw = solution[:-3], solution[-3:]
            if change < 1e-6:
                break
        return expression, jaw

    def _at(self, turn: FloatArray, expression: FloatArray) -> FloatArray:
        """``_directions(turn) @ expression`` without making the matrix."""
        moved = self.basis @ expression + (self.basis_jaw @ expression) @ turn.T
        return np.asarray(
            (moved - self.weight[:, None] * (turn @ (self.jaw_directions @ expression))).reshape(-1)
        )

    def _bounded(self, target: FloatArray, jaw: FloatArray) -> FloatArray:
        """Ridge with every coefficient in +-bound, by coordinate descent on the normal equations."""
        turn = axis_angle_to_matrix(jaw) - np.eye(3)
        a = self._directions(turn) * self.root_weight[:, None]
        gram = a.T @ a + np.diag(self.penalty)
        right = a.T @ ((target - self._constant(turn)) * self.root_weight)
        x = np.clip(np.linalg.solve(gram, right), -self.bound, self.bound)
        for _ in range(_SWEEPS):
            before = x.copy()
            for i in range(len(x)):
                x[i] = np.clip(x[i] + (right[i] - gram[i] @ x) / gram[i, i], -self.bound, self.bound)
            if np.abs(x - before).max() < 1e-4 * self.bound:
                break
        return np.asarray(x)
