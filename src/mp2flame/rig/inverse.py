"""FLAME parameters to ARKit weights: the inverse of the rig, for any FLAME file.

The rig is linear: weights ``w`` make the parameters ``w @ rig.matrix``. Back, the weights are those in 0..1
whose parameters move MediaPipe's 468 landmarks most nearly as the given ones do, found frame by frame as a
quadratic programme with bounds (``box_qp``). Gaze is read off the eyeballs' rotation first, by the rig's own
rule, and the lids' part of it is taken out of the expression before the rest is solved. Figures:
docs/flame_to_arkit.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from ..base.channels import BLENDSHAPES, INDEX
from ..base.errors import InputError, MismatchError
from ..base.values import FlameParams, FloatArray
from ..flame.landmarks import NUM_SKIN_LANDMARKS, embedding_for
from .box_qp import solve_boxes
from .rig import Rig, solve_rig
from .solver import GAZE_PITCH, GAZE_YAW

if TYPE_CHECKING:
    from ..flame import FlameModel

OPPOSITES: tuple[tuple[str, str], ...] = (
    ("jawLeft", "jawRight"),
    ("mouthLeft", "mouthRight"),
    ("eyeBlinkLeft", "eyeWideLeft"),
    ("eyeBlinkRight", "eyeWideRight"),
)
"""Shapes that undo each other: of each pair at most one is above 0."""

VISIBLE_MM = 0.05
"""A shape counts as visible when at least this much of its motion cannot be made by any mix of the others."""

_GAZE = tuple(i for i, name in enumerate(BLENDSHAPES) if name.startswith("eyeLook"))
_SOLVED = tuple(i for i in range(1, len(BLENDSHAPES)) if i not in _GAZE)
_RIDGE_MM = 0.03  # a weight of 1 costs as much as this distance at every landmark
_SPARSE_MM = 0.1  # as _RIDGE_MM, growing with the weight and not with its square: keeps small weights at 0
_CLOSING, _ROUNDS = 0.02, 4  # mouthClose below this is nothing; solves with what it adds to the shapes
_JAW_STEP = 0.1  # radians: over which the landmarks' motion with the jaw is measured


@dataclass(frozen=True, eq=False)
class Inverse:
    """Solves weights for one FLAME file; made by ``Inverse.of``.

    Attributes:
        rig: the rig that is inverted.
        motion: ``(52, 1404)`` metres, how each shape moves the 468 landmarks at weight 1.
        landmarks: ``(1404, E + 3)`` metres per unit of expression and per radian of the jaw.
        alone_mm: ``(52,)`` root mean square over the landmarks of the part of each shape's motion that no mix
            of the others makes; gaze shapes are told by the eyeballs and have infinity here, ``_neutral`` 0.
    """

    rig: Rig
    motion: FloatArray
    landmarks: FloatArray
    alone_mm: FloatArray

    @classmethod
    def of(cls, model: FlameModel, *, num_expression: int | None = None, rig: Rig | None = None) -> Inverse:
        """The inverse for a FLAME file.

        Args:
            model: any FLAME-format head, or the built-in one.
            num_expression: coefficients that the parameters have; None: all of the file.
            rig: when it is already solved.

        Raises:
            MismatchError: the mesh is not FLAME's, or the rig has another number of coefficients.
        """
        e = model.check_num_expression(num_expression)
        rig = solve_rig(model, num_expression=e) if rig is None else rig
        if rig.num_expression != e:
            raise MismatchError(f"this rig has {rig.num_expression} expression coefficients, {e} are in use.")
        landmarks = _landmark_motion(model, e)
        motion = np.concatenate([rig.expression, rig.jaw_pose], axis=1).astype(np.float64) @ landmarks.T
        return cls(rig, motion, landmarks, _alone_mm(motion))

    @property
    def visible(self) -> npt.NDArray[np.bool_]:
        """``(52,)`` the shapes that can be told from the mesh: ``alone_mm`` of at least ``VISIBLE_MM``."""
        return self.alone_mm >= VISIBLE_MM

    def weights(
        self,
        params: FlameParams,
        *,
        neutral: FlameParams | Literal["median"] | None = None,
        sparse: float = 1.0,
        exclusive: bool = True,
    ) -> FloatArray:
        """``(*batch, 52)`` ARKit weights in MediaPipe order, float32, always in 0..1; index 0 is 0.

        Args:
            params: of this FLAME file; head and neck rotation and position do not matter.
            neutral: one frame of the person's resting face, taken off before solving (trackers put identity
                into the expression); ``"median"`` takes the median of the batch; None takes nothing off.
            sparse: how strongly small weights are kept at 0; 0 leaves only the ridge.
            exclusive: hold one of each pair in ``OPPOSITES`` at 0.

        Raises:
            MismatchError: another number of expression coefficients than the rig's.
            InputError: not finite, or an option that cannot be used.
        """
        expression, jaw, eyes = self._rows(params, neutral)
        if isinstance(sparse, bool) or not isinstance(sparse, (int, float)) or not 0 <= sparse < 1e3:
            raise InputError(f"sparse must be a number from 0 up, got {sparse!r}.")
        gaze = gaze_weights(eyes)
        moved = np.concatenate([expression, jaw], axis=1) @ self.landmarks.T
        weights = self._solve(moved, gaze, float(sparse), exclusive)
        self._closed_mouths(weights, moved, gaze, float(sparse), exclusive)
        return weights.astype(np.float32).reshape(*params.batch_shape, len(BLENDSHAPES))

    def _closed_mouths(
        self, weights: FloatArray, moved: FloatArray, gaze: FloatArray, sparse: float, exclusive: bool
    ) -> None:
        """Where ``mouthClose`` is on, the rig may have added what makes lips meet (``Rig.close_mouth``).

        Solve without it, and keep that where it explains the face better.
        """
        rows = np.flatnonzero(weights[:, INDEX["mouthClose"]] > _CLOSING)
        found = weights[rows]
        for _ in range(_ROUNDS):
            added = self.rig.close_mouth(found)
            if added is None:
                return
            rest = moved[rows] - added @ self.landmarks[:, : self.rig.num_expression].T
            found = self._solve(rest, gaze[rows], sparse, exclusive)
        added = self.rig.close_mouth(found)
        if added is None:
            return
        made = found @ self.motion + added @ self.landmarks[:, : self.rig.num_expression].T
        better = np.square(moved[rows] - made).sum(1) < np.square(
            moved[rows] - weights[rows] @ self.motion
        ).sum(1)
        weights[rows[better]] = found[better]

    def _solve(self, moved: FloatArray, gaze: FloatArray, sparse: float, exclusive: bool) -> FloatArray:
        """``(N, 52)`` weights whose shapes move the landmarks like ``moved (N, 1404)``."""
        weights = np.zeros((len(moved), len(BLENDSHAPES)))
        weights[:, _GAZE] = gaze[:, _GAZE]
        shapes = self.motion[list(_SOLVED)]
        scale = NUM_SKIN_LANDMARKS * 1e-6  # mm squared at every landmark
        gram = shapes @ shapes.T + np.eye(len(shapes)) * (_RIDGE_MM**2 * scale)
        right = moved @ shapes.T - weights[:, _GAZE] @ (self.motion[list(_GAZE)] @ shapes.T)
        right -= 0.5 * sparse * _SPARSE_MM**2 * scale
        upper = np.ones_like(right)
        solved = solve_boxes(gram, right, upper)
        if exclusive:
            solved = _exclusive(gram, right, upper, solved)
        weights[:, _SOLVED] = solved
        return weights

    def residual_mm(self, params: FlameParams, weights: FloatArray) -> FloatArray:
        """``(*batch,)`` root mean square distance, over the landmarks, between the face and its weights."""
        expression, jaw, _ = self._rows(params, None)
        target = np.concatenate([expression, jaw], axis=1) @ self.landmarks.T
        rows = np.asarray(weights, np.float64).reshape(len(target), -1)
        gap = (target - rows @ self.motion).reshape(len(target), NUM_SKIN_LANDMARKS, 3)
        return np.asarray(1e3 * np.sqrt((gap**2).sum(2).mean(1))).reshape(params.batch_shape)

    def _rows(
        self, params: FlameParams, neutral: FlameParams | str | None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        e = self.rig.num_expression
        if params.num_expression != e:
            raise MismatchError(
                f"these parameters have {params.num_expression} expression coefficients, the FLAME file in "
                f"use has {e}. Use the file they were made with, or cut it: num_expression={e}."
            )
        names = ("expression", "jaw_pose", "eye_pose")
        values = [np.asarray(getattr(params, name), np.float64) for name in names]
        values = [value.reshape(-1, value.shape[-1]) for value in values]
        for name, value in zip(names, values):
            if not np.isfinite(value).all():
                raise InputError(f"{name} has values that are not finite (NaN or infinity).")
        if neutral is None:
            return values[0], values[1], values[2]
        if isinstance(neutral, FlameParams):
            if neutral.batch_shape or neutral.num_expression != e:
                raise MismatchError(
                    f"neutral must be one frame with {e} coefficients, got batch {neutral.batch_shape} with "
                    f"{neutral.num_expression}."
                )
            rest = [np.asarray(getattr(neutral, name), np.float64) for name in names]
        elif neutral == "median":
            # the eyes keep their rest: a person who looks to one side for a whole take is not resting there
            rest = [np.median(v, axis=0) if len(v) else np.zeros(v.shape[1]) for v in values[:2]]
            rest.append(np.zeros(6))
        else:
            raise InputError(f'neutral must be FlameParams of one frame, "median" or None, got {neutral!r}.')
        return values[0] - rest[0], values[1] - rest[1], values[2] - rest[2]


def gaze_weights(eye_pose: npt.ArrayLike) -> FloatArray:
    """``(*batch, 6)`` rotation of the eyeballs to ``(*batch, 52)`` weights of the eight gaze shapes.

    The rig's rule read backwards: 0.6 rad of yaw per unit of (out - in), 0.5 rad of pitch per unit of
    (down - up); beyond that the weight stays 1.
    """
    pose = np.asarray(eye_pose, np.float64)
    weights = np.zeros((*pose.shape[:-1], len(BLENDSHAPES)))
    for side, start, out in (("Left", 0, 1.0), ("Right", 3, -1.0)):
        yaw = out * pose[..., start + 1] / GAZE_YAW
        pitch = pose[..., start] / GAZE_PITCH
        pairs = (("Out", yaw), ("In", -yaw), ("Down", pitch), ("Up", -pitch))
        for direction, amount in pairs:
            weights[..., INDEX[f"eyeLook{direction}{side}"]] = np.clip(amount, 0, 1)
    return weights


def _landmark_motion(model: FlameModel, num_expression: int) -> FloatArray:
    embedding = embedding_for(model)
    directions = embedding.gather(np.asarray(model.exprdirs[:, :, :num_expression], np.float64))
    directions = directions[:NUM_SKIN_LANDMARKS].reshape(-1, num_expression)
    forward = model.prepare(num_expression=1)
    pose = np.zeros((6, 5, 3))
    for axis in range(3):  # around the rest: both signs, so that bending cancels
        pose[2 * axis, 2, axis], pose[2 * axis + 1, 2, axis] = _JAW_STEP, -_JAW_STEP
    points = embedding.landmarks(forward(np.zeros((6, 1)), pose))[:, :NUM_SKIN_LANDMARKS].astype(np.float64)
    jaw = ((points[0::2] - points[1::2]) / (2 * _JAW_STEP)).reshape(3, -1).T
    return np.concatenate([directions, jaw if model.has_jaw else np.zeros_like(jaw)], axis=1)


def _alone_mm(motion: FloatArray) -> FloatArray:
    shapes = motion[list(_SOLVED)]
    gram = shapes @ shapes.T
    floor = 1e-12 * float(np.trace(gram)) / len(gram)  # a shape that this basis cannot make stays countable
    alone = 1.0 / np.diag(np.linalg.inv(gram + floor * np.eye(len(gram)))) - floor
    out = np.zeros(len(BLENDSHAPES))
    out[list(_GAZE)] = np.inf
    out[list(_SOLVED)] = 1e3 * np.sqrt(np.maximum(alone, 0) / NUM_SKIN_LANDMARKS)
    return out


def _exclusive(gram: FloatArray, right: FloatArray, upper: FloatArray, solved: FloatArray) -> FloatArray:
    """Where both of a pair are above 0 the smaller is held at 0 and the frame is solved again."""
    place = {BLENDSHAPES[i]: k for k, i in enumerate(_SOLVED)}
    upper = upper.copy()
    for _ in range(len(OPPOSITES)):
        held = np.zeros(len(solved), bool)
        for one, other in OPPOSITES:
            a, b = place[one], place[other]
            both = (solved[:, a] > 0) & (solved[:, b] > 0)
            upper[both & (solved[:, a] < solved[:, b]), a] = 0
            upper[both & (solved[:, a] >= solved[:, b]), b] = 0
            held |= both
        if not held.any():
            break
        solved[held] = solve_boxes(gram, right[held], upper[held])
    return solved
