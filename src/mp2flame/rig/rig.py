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
from ..base.errors import InputError, ShapeError
from ..base.header import Header
from ..base.tables import table
from ..base.values import FlameParams, FloatArray
from ..flame.landmarks import NUM_SKIN_LANDMARKS
from .eyelids import Eyelids
from .limits import Limits, limits_for
from .solver import Solver

if TYPE_CHECKING:
    from ..flame import FlameModel

VERSION = 4  # of the method: part of the cache key
RIDGE = 3e-7  # metres squared: landmark error of half a millimetre against one standard deviation


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
        return Solver(model, e, float(ridge), weights, eyelids).solve()

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


def _checked_weights(landmark_weights: FloatArray | None) -> FloatArray:
    if landmark_weights is None:
        return np.ones(NUM_SKIN_LANDMARKS)
    weights = np.asarray(landmark_weights, np.float64)
    if weights.shape != (NUM_SKIN_LANDMARKS,):
        raise ShapeError(f"landmark_weights must be ({NUM_SKIN_LANDMARKS},), got {weights.shape}.")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise InputError("landmark_weights must be finite, not negative, and not all zero.")
    return np.asarray(weights / weights.mean())
