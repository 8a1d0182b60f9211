"""The rig: the FLAME parameters of each of the 52 shapes, solved from the FLAME file itself.

For each shape, the parameters that move this mesh's embedded MediaPipe landmarks the way the shape moves
them (table ``arkit_landmark_shapes``). Expression coefficients follow by ridge least squares; the four jaw
shapes turn the jaw joint, found together with the expression by Gauss-Newton; the eight gaze shapes turn the
eyeballs by fixed angles. No data, no training: any FLAME release, any basis. docs/rig.md has the figures.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ..base.arrays import check_blendshapes
from ..base.cache import cached_arrays
from ..base.channels import BLENDSHAPES, INDEX
from ..base.errors import InputError, MismatchError, ShapeError
from ..base.header import Header
from ..base.rotations import axis_angle_to_matrix
from ..base.tables import table
from ..base.values import FlameParams, FloatArray
from ..flame.landmarks import NUM_SKIN_LANDMARKS, embedding_for
from .close_lips import closing_corrective
from .eyelids import Eyelids, close_lids
from .limits import Limits, limits_for

if TYPE_CHECKING:
    from ..flame import FlameModel

VERSION = 4  # of the method: part of the cache key
RIDGE = 3e-7  # metres squared: landmark error of half a millimetre against one standard deviation
MAX_COEFFICIENT = 4.0  # standard deviations
GAZE_YAW = 0.6  # radians per unit of (out - in)
GAZE_PITCH = 0.5  # radians per unit of (down - up)
JAW_SHAPES = ("jawForward", "jawLeft", "jawOpen", "jawRight")

_JAW, _LEFT, _RIGHT = 2, slice(0, 3), slice(3, 6)
_JAW_RIDGE = 1e-4  # metres squared per radian squared: holds the axis of a jaw that no landmark shows
_STEPS, _SWEEPS = 8, 200
_EPSILON = 1e-5  # radians
# Metres: one unit of the strongest direction of a FLAME basis moves some landmark about this far; a basis far
# below it is not in standard deviations.
_USUAL_REACH, _LEAST_REACH = 0.010, 0.001


@dataclass(frozen=True, eq=False)
class Rig:
    """FLAME parameters per unit of ARKit weight, MediaPipe order.

    Attributes:
        expression: ``(52, E)`` coefficients.
        jaw_pose: ``(52, 3)`` axis-angle radians.
        eye_pose: ``(52, 6)`` axis-angle radians, left eye 3, right eye 3.
        residual_mm: ``(52,)`` root mean square distance of the landmarks to where the shape wants them.
        header: the FLAME file it was solved for.
        notes: what was bounded or could not be followed, one sentence each; empty when all is well.
        names: the 52 shape names.
        eyelids: ``(52, 2)`` extra eyelid offsets, left and right, of a head that has them; None without.
        closing: ``(P, E)`` what the powers of ``mouthClose`` add so that lips meet on an open jaw (``close_lips``).
        mesh: the head on which ``limits`` are measured, eyelid offsets behind its own directions.
        betas: ``(I,)`` its identity; None: the mean.
    """

    expression: FloatArray
    jaw_pose: FloatArray
    eye_pose: FloatArray
    residual_mm: FloatArray
    header: Header
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = BLENDSHAPES
    eyelids: FloatArray | None = None
    closing: FloatArray | None = None
    mesh: FlameModel | None = None
    betas: FloatArray | None = None

    @property
    def num_expression(self) -> int:
        return int(self.expression.shape[1])

    @cached_property
    def matrix(self) -> FloatArray:
        """``(52, E + 9)``: expression, jaw_pose, eye_pose side by side, float32."""
        return np.concatenate([self.expression, self.jaw_pose, self.eye_pose], axis=1).astype(np.float32)

    @cached_property
    def limits(self) -> Limits:
        """What lids, lips and sums of shapes of this head cannot do; measured when first used, about 0.1 s."""
        if self.mesh is None:
            raise InputError("this rig does not know its head; make it with solve_rig.")
        return limits_for(self.mesh, self.merged(), self.betas)

    def params(self, weights: FloatArray) -> FlameParams:
        """``(*batch, 52)`` ARKit weights, MediaPipe order, to FLAME parameters: the one way there is.

        Weights that no face can do together are held first (``limits``): lids and lips stop where they meet. Gaze
        is not held, lids give way to it. Head rotation and position are zero.

        Raises:
            ShapeError, InputError: not 52 finite numbers a row.
        """
        weights = check_blendshapes(weights, name="weights")
        possible = self.limits(weights)
        expression, jaw_pose, _ = self.apply(possible)
        closing = self.close_mouth(possible)
        zeros = np.zeros((*weights.shape[:-1], 3), np.float32)
        return FlameParams(
            expression=expression if closing is None else expression + closing,
            jaw_pose=jaw_pose,
            eye_pose=np.clip(weights, 0, 1) @ self.eye_pose,
            neck_pose=zeros,
            global_orient=zeros,
            transl=zeros,
            eyelids=self.apply_eyelids(possible),
        )

    def apply(self, weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """``(*batch, 52)`` ARKit weights to expression, jaw_pose and eye_pose.

        Returns:
            ``(*batch, E)``, ``(*batch, 3)``, ``(*batch, 6)``.

        Linear: rotations of several shapes add as axis-angle vectors.

        Raises:
            ShapeError, InputError: not 52 finite numbers a row.
        """
        values = check_blendshapes(weights, name="weights") @ self.matrix
        e = self.num_expression
        return values[..., :e], values[..., e : e + 3], values[..., e + 3 :]

    def close_mouth(self, weights: FloatArray) -> FloatArray | None:
        """``(*batch, E)`` added to the expression where ``mouthClose`` is on; None where it nowhere is.

        Not linear, and therefore apart from ``apply``: GLB files and inverse solves have the shapes alone.
        """
        amount = np.asarray(weights, np.float32)[..., INDEX["mouthClose"]]
        if self.closing is None or not amount.any():
            return None
        powers = amount[..., None] ** np.arange(1, len(self.closing) + 1, dtype=np.float32)
        return np.asarray(powers @ self.closing)

    def apply_eyelids(self, weights: FloatArray) -> FloatArray | None:
        """``(*batch, 2)`` extra eyelid offsets in 0..1 for ``(*batch, 52)`` weights; None without them."""
        if self.eyelids is None:
            return None
        return np.clip(np.asarray(weights, np.float32) @ self.eyelids, 0.0, 1.0)

    def merged(self) -> Rig:
        """The eyelid offsets as the last two expression coefficients, for ``Eyelids.model``."""
        if self.eyelids is None:
            return self
        closing = None if self.closing is None else np.pad(self.closing, ((0, 0), (0, 2)))
        both = np.concatenate([self.expression, self.eyelids], axis=1)
        return replace(self, expression=both, closing=closing, eyelids=None)


def solve_rig(
    model: FlameModel,
    *,
    num_expression: int | None = None,
    ridge: float = RIDGE,
    landmark_weights: FloatArray | None = None,
    eyelids: Eyelids | None = None,
    betas: FloatArray | None = None,
    use_cache: bool = True,
) -> Rig:
    """The rig of a FLAME file.

    Args:
        model: any FLAME-format head, or the built-in one.
        num_expression: use only the first so many coefficients; None: all.
        ridge: metres squared; larger keeps coefficients smaller and follows the landmarks less.
        landmark_weights: ``(468,)`` how much each landmark counts, mean 1; None: all the same.
        eyelids: two extra offsets that a blink may use besides the expression, in 0..1.
        betas: ``(I,)`` identity on which ``Rig.limits`` are measured; the solution does not depend on it.
        use_cache: keep the result on disk under the file's hash.

    Raises:
        MismatchError: the mesh is not FLAME's (see ``embedding_for``).
        InputError, ShapeError: an option that cannot be used.
    """
    if isinstance(ridge, bool) or not isinstance(ridge, (int, float, np.floating)) or not 0 < ridge < np.inf:
        raise InputError(f"ridge must be a positive number of metres squared, got {ridge!r}.")
    e = model.check_num_expression(num_expression)
    weights = _checked_weights(landmark_weights)

    def make() -> dict[str, FloatArray]:
        return _Solver(model, e, float(ridge), weights, eyelids).solve()

    if use_cache and model.sha256:
        setting = hashlib.sha256(np.r_[ridge, weights].astype(np.float64).tobytes()).hexdigest()[:8]
        key = f"rig{VERSION}-{model.sha256[:32]}-{tables_version()}-{e}-{int(model.has_jaw)}-{setting}"
        key += "" if eyelids is None else f"-{eyelids.key}"
        arrays = cached_arrays(key, make)
    else:
        arrays = make()
    return Rig(
        expression=arrays["expression"],
        eyelids=None if eyelids is None else arrays["eyelids"],
        closing=arrays["closing"],
        jaw_pose=arrays["jaw_pose"],
        eye_pose=arrays["eye_pose"],
        residual_mm=arrays["residual_mm"],
        header=Header.for_flame("mp2flame.rig/1", model, e),
        notes=tuple(str(note) for note in arrays["notes"]),
        mesh=model if eyelids is None else eyelids.model,
        betas=betas,
    )


def version() -> str:
    """Changes whenever the same file would give another rig."""
    return f"{VERSION}-{tables_version()}"


@lru_cache(maxsize=1)
def tables_version() -> str:
    """Short hash of the tables that a rig depends on."""
    digest = hashlib.sha256()
    for name in (
        "embedding_corners",
        "embedding_b_coords",
        "arkit_landmark_shapes",
        "mean_neutral_landmarks",
    ):
        digest.update(table(name).tobytes())
    return digest.hexdigest()[:8]


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


def _checked_weights(landmark_weights: FloatArray | None) -> FloatArray:
    if landmark_weights is None:
        return np.ones(NUM_SKIN_LANDMARKS)
    weights = np.asarray(landmark_weights, np.float64)
    if weights.shape != (NUM_SKIN_LANDMARKS,):
        raise ShapeError(f"landmark_weights must be ({NUM_SKIN_LANDMARKS},), got {weights.shape}.")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise InputError("landmark_weights must be finite, not negative, and not all zero.")
    return np.asarray(weights / weights.mean())


class _Solver:
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
        jaw_weight = model.lbs_weights[corners, _JAW] * b_coords

        def both(per_vertex: FloatArray) -> tuple[FloatArray, FloatArray]:
            at_corners = per_vertex[corners]
            return np.einsum("kc...,kc->k...", at_corners, b_coords), np.einsum(
                "kc...,kc->k...", at_corners, jaw_weight
            )

        exprdirs = model.exprdirs[:, :, :num_expression]
        self.neutral, self.neutral_jaw = both(model.v_template)
        self.basis, self.basis_jaw = both(exprdirs)  # (468, 3, E)
        self.correctives, self.correctives_jaw = both(model.posedirs[:, :, 9 * (_JAW - 1) : 9 * _JAW])
        self.weight = jaw_weight.sum(1)
        regressor = model.J_regressor[_JAW].astype(float)
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
        scale, rotation = _similarity(
            table("mean_neutral_landmarks")[:NUM_SKIN_LANDMARKS].astype(float), self.neutral
        )
        return np.asarray((scale * shapes @ rotation.T).reshape(len(shapes), -1))

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


def _similarity(source: FloatArray, target: FloatArray) -> tuple[float, FloatArray]:
    """Scale and rotation from ``source`` to ``target`` (Umeyama 1991)."""
    s, t = source - source.mean(0), target - target.mean(0)
    u, d, vt = np.linalg.svd(t.T @ s)
    flip = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    return float((d * flip).sum() / (s * s).sum()), (u * flip) @ vt
