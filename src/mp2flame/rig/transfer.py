"""Motion of one FLAME release as motion of another, by vertex least squares on the topology they share.

FLAME files have the same 5023 vertices and triangles, but coefficients that mean something else in each.
What the coefficients of file A do to the vertices is asked of file B: ridge least squares, precomputed as one
matrix, so that a take is one matrix product. Jaw, eyes, neck and root are kept: their joints are the same.

A file without a jaw (``has_jaw`` False) opens the mouth by expression. Towards such a file the jaw's motion
goes into the expression: vertices are bilinear in (expression, jaw rotation), so this is one matrix too.
From such a file the jaw's rotation is recovered together with the expression by Gauss-Newton.
docs/releases.md has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from ..base.errors import InputError, MismatchError
from ..base.rotations import axis_angle_to_matrix
from ..base.values import FlameParams, FloatArray
from ..flame.jaw_map import JawFinder, JawVertices, features, turn_of

if TYPE_CHECKING:
    from ..flame import FlameModel

RIDGE = 3e-4
"""Of the mean squared length of B's directions: independent of the units of either basis."""


_CHUNK = 2048


class Transferred(NamedTuple):
    """Parameters for the other file, and how near they come.

    Attributes:
        params: of the same batch shape.
        residual_mm: ``(*batch,)`` root mean square distance over all vertices, head unturned.
    """

    params: FlameParams
    residual_mm: FloatArray


@dataclass(frozen=True, eq=False)
class Transfer:
    """From one FLAME file to another; made by ``Transfer.between``, used on any number of takes.

    Attributes:
        source, target: the files.
        betas: ``(I,)`` of the person in the source file, or None for the mean head.
        target_betas: ``(I,)`` the same person in the target file; None when ``betas`` is None.
        identity_residual_mm: root mean square distance of the two resting heads with those betas.
        ridge: as given.
    """

    source: FlameModel
    target: FlameModel
    num_source: int
    num_target: int
    betas: FloatArray | None
    target_betas: FloatArray | None
    identity_residual_mm: float
    ridge: float

    @classmethod
    def between(
        cls,
        source: FlameModel,
        target: FlameModel,
        *,
        betas: npt.ArrayLike | None = None,
        num_source: int | None = None,
        num_target: int | None = None,
        ridge: float = RIDGE,
    ) -> Transfer:
        """Prepare the way from one file to another.

        Args:
            source, target: loaded FLAME files; the same file twice changes the number of coefficients.
            betas: ``(I,)`` the person's identity in the source file; found in the target file too.
            num_source, num_target: leading expression coefficients in use; None: all of the file.
            ridge: share of the mean squared length of the target's directions; larger keeps coefficients
                smaller and follows the vertices less.

        Raises:
            MismatchError: the meshes differ in vertices or triangles.
            InputError: an option that cannot be used.
        """
        if isinstance(ridge, bool) or not isinstance(ridge, (int, float)) or not 0 < ridge < 1:
            raise InputError(f"ridge must be a number between 0 and 1, got {ridge!r}.")
        if source.num_vertices != target.num_vertices or not _same_faces(source, target):
            raise MismatchError(
                f"the heads have different meshes ({source.num_vertices} and {target.num_vertices} "
                "vertices); "
                "motion goes over vertex by vertex. The built-in head has a mesh of its own; bring its takes "
                "to a FLAME file with 'mp2flame run TAKE --flame FILE -o other.npz'."
            )
        theirs, rest_mm = None, _rms_mm(source.v_template.astype(np.float64) - target.v_template)
        own = None if betas is None else np.asarray(betas, np.float64).reshape(-1)
        if own is not None:
            theirs, rest_mm = transfer_betas(source, target, own, ridge=ridge)
        return cls(
            source, target, source.check_num_expression(num_source), target.check_num_expression(num_target),
            own, theirs, rest_mm, float(ridge),
        )  # fmt: skip

    def __call__(self, params: FlameParams) -> Transferred:
        """Parameters of the source file as parameters of the target file.

        The root's position is corrected for the two files' root joints, so that the head stays where it was.

        Raises:
            MismatchError: another number of expression coefficients than the source's.
            InputError: not finite.
        """
        if params.num_expression != self.num_source:
            raise MismatchError(
                f"these parameters have {params.num_expression} expression coefficients, the source file is "
                f"used with {self.num_source}."
            )
        batch = params.batch_shape
        expression = params.expression.reshape(-1, self.num_source)
        jaw = params.jaw_pose.reshape(-1, 3)
        for name, value in params.asdict().items():
            if not np.isfinite(value).all():
                raise InputError(f"{name} has values that are not finite (NaN or infinity).")
        if self.source.has_jaw and not self.target.has_jaw:
            moved, turned, residual = self._into_expression(expression, jaw)
        elif self.target.has_jaw and not self.source.has_jaw:
            moved, turned, residual = self._recover_jaw(expression)
        else:
            moved, residual = self._linear(expression)
            turned = jaw
        changed = FlameParams(
            expression=moved.reshape(*batch, self.num_target),
            jaw_pose=turned.reshape(*batch, 3),
            eye_pose=params.eye_pose,
            neck_pose=params.neck_pose,
            global_orient=params.global_orient,
            transl=params.transl + self._root_shift(params.global_orient),
            eyelids=params.eyelids,  # offsets of vertices, the same on every file of this mesh
        )
        return Transferred(changed, residual.reshape(batch))

    @cached_property
    def matrix(self) -> FloatArray:
        """``(E_source, E_target)`` float64: the expression in the target is ``expression @ matrix``."""
        a, b = self._directions
        return np.asarray(np.linalg.solve(self._normal, b.T @ a).T)

    @cached_property
    def _directions(self) -> tuple[FloatArray, FloatArray]:
        return (
            _flat(self.source.exprdirs[:, :, : self.num_source]),
            _flat(self.target.exprdirs[:, :, : self.num_target]),
        )

    @cached_property
    def _normal(self) -> FloatArray:
        b = self._directions[1]
        return _with_ridge(b.T @ b, self.ridge)

    def _linear(self, expression: FloatArray) -> tuple[FloatArray, FloatArray]:
        a, b = self._directions
        gap = a - b @ self.matrix.T
        return (expression @ self.matrix).astype(np.float32), _length_mm(expression, gap.T @ gap, len(a))

    def _into_expression(
        self, expression: FloatArray, jaw: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The jaw's motion as expression: everything that the source's vertices do, in the target's basis."""
        to_target, gram = self._jaw_matrix
        moved = np.empty((len(expression), self.num_target), np.float32)
        residual = np.empty(len(expression))
        for start in range(0, len(expression), _CHUNK):
            part = slice(start, start + _CHUNK)
            rows = features(expression[part].astype(np.float64), turn_of(jaw[part]))
            moved[part] = rows @ to_target.T
            residual[part] = _length_mm(rows, gram, 3 * self.source.num_vertices)
        return moved, np.zeros_like(jaw), residual

    @cached_property
    def _jaw_matrix(self) -> tuple[FloatArray, FloatArray]:
        """``(E_target, features)`` least squares, and the sums of squares that it leaves."""
        b = self._directions[1]
        vertices = JawVertices.of(self.source, self.betas, self.num_source)
        across = vertices.across(self.target.exprdirs[:, :, : self.num_target])
        to_target = np.linalg.solve(self._normal, across.T)
        shared = across @ to_target
        left = vertices.gram() - shared - shared.T + to_target.T @ (b.T @ b) @ to_target
        return to_target, left

    def _recover_jaw(self, expression: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Expression and jaw of the target whose vertices do what the source's expression does."""
        a, b = self._directions
        gram, across, finder = self._jaw_finder
        right = expression.astype(np.float64) @ across.T
        moved, turned = finder(right)
        residual = np.empty(len(expression))
        own = a.T @ a
        for start in range(0, len(expression), _CHUNK):
            part = slice(start, start + _CHUNK)
            rows, wanted = features(moved[part], turn_of(turned[part])), expression[part]
            square = ((rows @ gram - 2 * right[part]) * rows).sum(1) + (wanted @ own * wanted).sum(1)
            residual[part] = 1e3 * np.sqrt(np.maximum(square, 0) * 3 / len(b))
        return moved.astype(np.float32), turned.astype(np.float32), residual

    @cached_property
    def _jaw_finder(self) -> tuple[FloatArray, FloatArray, JawFinder]:
        vertices = JawVertices.of(self.target, self.target_betas, self.num_target)
        gram = vertices.gram()
        penalty = np.diag(self._normal) - np.diag(gram)[: self.num_target]
        across = vertices.across(self.source.exprdirs[:, :, : self.num_source])
        return gram, across, JawFinder(gram, penalty)

    def _root_shift(self, global_orient: FloatArray) -> FloatArray:
        """``(*, 3)`` what the root turning about another joint would move, taken back."""
        roots = [
            model.J_regressor[0].astype(np.float64) @ model.shaped(betas)
            for model, betas in ((self.source, self.betas), (self.target, self.target_betas))
        ]
        turn = np.eye(3) - axis_angle_to_matrix(global_orient)
        return np.asarray(turn @ (roots[0] - roots[1]), np.float32)


def transfer_betas(
    source: FlameModel, target: FlameModel, betas: npt.ArrayLike, *, ridge: float = RIDGE
) -> tuple[FloatArray, float]:
    """The identity of a person in another FLAME file.

    Args:
        betas: ``(I,)`` of the source file, any number up to what it has.

    Returns:
        ``(I,)`` float32 of the target file, and the root mean square distance of the resting heads in mm.

    Raises:
        MismatchError: the meshes differ, or the target has no identity directions.
    """
    if source.num_vertices != target.num_vertices:
        raise MismatchError("the heads have different meshes; identity goes over vertex by vertex.")
    if not target.num_betas:
        raise MismatchError(f"{target.release} has no identity directions.")
    wanted = source.shaped(betas) - target.v_template
    basis = _flat(target.shapedirs)
    used = np.flatnonzero(np.abs(basis).max(0))
    part = basis[:, used]
    out = np.zeros(target.num_betas, np.float32)
    out[used] = np.linalg.solve(_with_ridge(part.T @ part, ridge), part.T @ wanted.reshape(-1))
    return out, _rms_mm(wanted.reshape(-1) - basis @ out.astype(np.float64))


# --- small helpers ------------------------------------------------------------------------------------------


def _same_faces(a: FlameModel, b: FlameModel) -> bool:
    if np.array_equal(a.faces, b.faces):
        return True
    rows = [np.unique(np.sort(model.faces, axis=1), axis=0) for model in (a, b)]
    return np.array_equal(rows[0], rows[1])


def _flat(directions: FloatArray) -> FloatArray:
    return np.asarray(directions, np.float64).reshape(-1, directions.shape[2])


def _with_ridge(gram: FloatArray, ridge: float) -> FloatArray:
    used = np.diag(gram) > 0
    level = float(np.diag(gram)[used].mean()) if used.any() else 1.0
    return gram + ridge * level * np.eye(len(gram))


def _rms_mm(gap: FloatArray) -> float:
    return float(1e3 * np.sqrt((gap**2).sum() * 3 / gap.size))


def _length_mm(rows: FloatArray, gram: FloatArray, coordinates: int) -> FloatArray:
    square = (np.asarray(rows, np.float64) @ gram * rows).sum(1)
    return np.asarray(1e3 * np.sqrt(np.maximum(square, 0) * 3 / coordinates))
