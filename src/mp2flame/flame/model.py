"""The FLAME model as arrays, and its forward pass in NumPy.

Li, Bolkart, Black, Li, Romero: *Learning a model of facial shape and expression from 4D scans*,
SIGGRAPH Asia 2017, section 3: ``T(beta, theta, psi) = v_template + shape + expression + pose
correctives``, then linear blend skinning over the joints root, neck, jaw, left eye, right eye, whose
places are regressed from the shaped vertices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import InputError, ShapeError
from ..types import FlameParams, FloatArray, IntArray

JOINT_NAMES = ("root", "neck", "jaw", "left_eye", "right_eye")
FLAME_PARENTS = (-1, 0, 1, 1, 1)
JAW = 2

F32 = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FlameModel:
    """One FLAME-format head. Metres, FLAME frame: x to the subject's left, y up, z out of the face.

    Attributes:
        v_template: ``(V, 3)`` mean head at rest.
        faces: ``(F, 3)`` triangles, int32.
        shapedirs: ``(V, 3, I)`` identity directions, metres per unit of ``betas``.
        exprdirs: ``(V, 3, E)`` expression directions, metres per unit of ``expression``.
        posedirs: ``(V, 3, 36)`` pose correctives, metres per unit of (rotation matrix - identity) of
            neck, jaw, left eye, right eye, each row-major.
        J_regressor: ``(5, V)`` joints from shaped vertices.
        lbs_weights: ``(V, 5)`` skinning weights, rows sum to 1.
        parents: ``(5,)`` int32, -1 for the root.
        release: which FLAME this is, for example ``flame2023_open``; see ``flame.releases``.
        sha256: of the file, or of the arrays of a made head.
        has_jaw: False when jaw opening lies in the expression basis instead of the jaw joint.
        path: where it was read from, None for a made head.
        gender: ``neutral``, ``female``, ``male`` or ``unknown``.
        certainty: how ``release`` is known: ``hash``, ``metadata``, ``structure``, ``name`` or ``none``.
    """

    v_template: F32
    faces: IntArray
    shapedirs: F32
    exprdirs: F32
    posedirs: F32
    J_regressor: F32
    lbs_weights: F32
    parents: IntArray = field(default_factory=lambda: np.array(FLAME_PARENTS, np.int32))
    release: str = "unknown"
    sha256: str = ""
    has_jaw: bool = True
    path: Path | None = None
    gender: str = "unknown"
    certainty: str = "none"

    def __post_init__(self) -> None:
        for name in ("v_template", "shapedirs", "exprdirs", "posedirs", "J_regressor", "lbs_weights"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.float32))
        for name in ("faces", "parents"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.int32))
        v = len(self.v_template)
        wanted: dict[str, tuple[int | None, ...]] = {
            "v_template": (v, 3),
            "faces": (None, 3),
            "shapedirs": (v, 3, None),
            "exprdirs": (v, 3, None),
            "posedirs": (v, 3, 36),
            "J_regressor": (5, v),
            "lbs_weights": (v, 5),
            "parents": (5,),
        }
        for name, shape in wanted.items():
            got = getattr(self, name).shape
            if len(got) != len(shape) or any(w is not None and w != g for w, g in zip(shape, got)):
                text = ", ".join("*" if n is None else str(n) for n in shape)
                raise ShapeError(f"{name} of a FLAME model with {v} vertices must be ({text}), got {got}.")

    @property
    def num_vertices(self) -> int:
        return len(self.v_template)

    @property
    def num_betas(self) -> int:
        """Identity directions in the file."""
        return int(self.shapedirs.shape[2])

    @property
    def num_expression(self) -> int:
        """Expression directions in the file."""
        return int(self.exprdirs.shape[2])

    def __repr__(self) -> str:
        return (
            f"FlameModel(release={self.release!r}, vertices={self.num_vertices}, betas={self.num_betas}, "
            f"expression={self.num_expression}, has_jaw={self.has_jaw}, sha256={self.sha256[:8]!r})"
        )

    def check_num_expression(self, num_expression: int | None) -> int:
        """The number of leading expression coefficients to use.

        Raises:
            InputError: more than the file has, or not a count.
        """
        if num_expression is None:
            return self.num_expression
        if (
            isinstance(num_expression, bool)
            or not isinstance(num_expression, (int, np.integer))
            or num_expression < 1
        ):
            raise InputError(f"num_expression must be a count of at least 1, got {num_expression!r}.")
        if num_expression > self.num_expression:
            raise InputError(
                f"This FLAME file ({self.release}) has {self.num_expression} expression coefficients, "
                f"{num_expression} were asked for; ask for {self.num_expression} or fewer."
            )
        return int(num_expression)

    def shaped(self, betas: npt.ArrayLike | None) -> npt.NDArray[np.float64]:
        """``(V, 3)`` the template of the person with these ``betas`` (any number up to ``num_betas``), float64."""
        template = self.v_template.astype(np.float64)
        if betas is None:
            return template
        values = _numbers(betas, "betas")
        if values.ndim == 2 and len(values) == 1:
            values = values[0]
        if values.ndim != 1:
            raise ShapeError(f"betas must be one person's coefficients, shape (n,), got {values.shape}.")
        if len(values) > self.num_betas:
            raise ShapeError(
                f"This FLAME file has {self.num_betas} identity coefficients, got {len(values)} betas."
            )
        basis = self.shapedirs[:, :, : len(values)].astype(np.float64)
        return np.asarray(template + basis @ values.astype(np.float64))

    def prepare(self, betas: npt.ArrayLike | None = None, num_expression: int | None = None) -> FlameForward:
        """A forward pass for one person; ``betas`` are folded in once.

        Args:
            betas: ``(n,)`` identity coefficients, n at most ``num_betas``; None is the mean head.
            num_expression: how many leading expression coefficients inputs will have; None: all.

        Raises:
            InputError: more coefficients than the file has, or not finite.
        """
        return FlameForward(self, betas, num_expression)


def _numbers(value: npt.ArrayLike, name: str) -> FloatArray:
    """float32 array of real finite numbers."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise InputError(f"{name} must be numbers, got an array of {array.dtype}.")
    array = array.astype(np.float32, copy=False)
    if not np.isfinite(array).all():
        raise InputError(f"{name} has values that are not finite (NaN or infinity).")
    return array


class FlameForward:
    """Expression, pose and translation to vertices, for one person. Not for use by two threads at once."""

    def __init__(
        self, model: FlameModel, betas: npt.ArrayLike | None = None, num_expression: int | None = None
    ) -> None:
        self.model = model
        self.num_expression = model.check_num_expression(num_expression)
        self.parents = model.parents
        shaped = model.shaped(betas)
        v = model.num_vertices
        exprdirs = model.exprdirs[:, :, : self.num_expression]
        self.v_shaped: F32 = shaped.astype(np.float32)
        self._basis = np.concatenate([_rows(exprdirs), _rows(model.posedirs)])  # (E + 36, 3 V), x y z planes
        self._template = np.ascontiguousarray(self.v_shaped.T).reshape(-1)
        regressor = model.J_regressor.astype(np.float64)
        self._J = regressor @ shaped  # (5, 3)
        self._Jdirs = np.einsum("jv,vce->ejc", regressor, exprdirs.astype(np.float64)).reshape(-1, 15)
        self._weights = np.ascontiguousarray(model.lbs_weights.T)  # (5, V)
        self._planes = v

    def __call__(
        self,
        expression: npt.ArrayLike,
        pose: npt.ArrayLike | None = None,
        transl: npt.ArrayLike | None = None,
    ) -> F32:
        """Vertices.

        Args:
            expression: ``(*batch, E)``.
            pose: ``(*batch, 5, 3)`` axis-angle of root, neck, jaw, left eye, right eye; None: at rest.
            transl: ``(*batch, 3)`` metres, added at the end.

        Returns:
            ``(*batch, V, 3)`` float32, metres.

        Raises:
            ShapeError, InputError: a wrong width, batch axes that do not agree, or not finite.
        """
        e, p, t, batch = self._inputs(expression, pose, transl)
        out = np.empty((len(e), self.model.num_vertices, 3), np.float32)
        for i in range(len(e)):
            self._frame(e[i], p[i], t[i], out[i])
        return out.reshape(*batch, self.model.num_vertices, 3)

    def forward_params(self, params: FlameParams) -> F32:
        """Vertices of ``FlameParams``, ``(*batch, V, 3)``."""
        return self(params.expression, params.pose, params.transl)

    def joints(
        self,
        expression: npt.ArrayLike,
        pose: npt.ArrayLike | None = None,
        transl: npt.ArrayLike | None = None,
    ) -> F32:
        """Posed joint places ``(*batch, 5, 3)``, metres, in the order root, neck, jaw, left eye, right eye."""
        e, p, t, batch = self._inputs(expression, pose, transl)
        out = np.empty((len(e), 5, 3), np.float32)
        for i in range(len(e)):
            _, world, place, _ = self._chain(e[i], p[i])
            out[i] = place + t[i]
        return out.reshape(*batch, 5, 3)

    def _inputs(
        self, expression: npt.ArrayLike, pose: npt.ArrayLike | None, transl: npt.ArrayLike | None
    ) -> tuple[FloatArray, FloatArray, FloatArray, tuple[int, ...]]:
        e = _numbers(expression, "expression")
        if e.ndim < 1 or e.shape[-1] != self.num_expression:
            raise ShapeError(
                f"expression must end in {self.num_expression} coefficients for this head, got shape {e.shape}; "
                "prepare(num_expression=...) chooses how many."
            )
        batch = e.shape[:-1]
        n = math.prod(batch)
        p = np.zeros((*batch, 5, 3), np.float32) if pose is None else _numbers(pose, "pose")
        if p.shape != (*batch, 5, 3):
            raise ShapeError(f"pose must be {(*batch, 5, 3)} to go with expression {e.shape}, got {p.shape}.")
        t = np.zeros((*batch, 3), np.float32) if transl is None else _numbers(transl, "transl")
        if t.shape != (*batch, 3):
            raise ShapeError(f"transl must be {(*batch, 3)} to go with expression {e.shape}, got {t.shape}.")
        return e.reshape(n, -1), p.reshape(n, 5, 3), t.reshape(n, 3), batch

    def _chain(self, e: FloatArray, p: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Local and world rotations (5,3,3), posed joint places (5,3), skinning translations (5,3); float64."""
        local = _rotations(p)
        rest = self._J + (e.astype(np.float64) @ self._Jdirs).reshape(5, 3)
        world, place = np.empty((5, 3, 3)), np.empty((5, 3))
        for j, parent in enumerate(self.parents):
            if parent < 0:
                world[j], place[j] = local[j], rest[j]
            else:
                world[j] = world[parent] @ local[j]
                place[j] = place[parent] + world[parent] @ (rest[j] - rest[parent])
        shift = place - np.einsum("jab,jb->ja", world, rest)
        return local, world, place, shift

    def _frame(self, e: FloatArray, p: FloatArray, t: FloatArray, out: F32) -> None:
        local, world, _, shift = self._chain(e, p)
        coefficients = np.concatenate([e, (local[1:] - np.eye(3)).reshape(-1).astype(np.float32)])
        x, y, z = (coefficients @ self._basis + self._template).reshape(3, -1)
        affine = np.concatenate([world, (shift + t)[:, :, None]], axis=2).reshape(5, 12).astype(np.float32)
        m = affine.T @ self._weights
        for axis in range(3):
            a, b, c, d = m[4 * axis : 4 * axis + 4]
            out[:, axis] = a * x + b * y + c * z + d


def _rows(directions: FloatArray) -> F32:
    """(V, 3, K) to (K, 3 V): x of every vertex, then y, then z, so that one product gives three planes."""
    return np.ascontiguousarray(np.transpose(directions, (2, 1, 0)), dtype=np.float32).reshape(
        directions.shape[2], -1
    )


def _rotations(axis_angle: FloatArray) -> npt.NDArray[np.float64]:
    """(N, 3) axis-angle to (N, 3, 3)."""
    a = axis_angle.astype(np.float64)
    theta2 = (a * a).sum(-1)
    theta = np.sqrt(theta2)
    small = theta < 1e-4
    safe = np.where(small, 1.0, theta)
    s = np.where(small, 1 - theta2 / 6, np.sin(theta) / safe)
    c = np.where(small, 0.5 - theta2 / 24, (1 - np.cos(theta)) / (safe * safe))
    k = np.zeros((len(a), 3, 3))
    k[:, 0, 1], k[:, 0, 2] = -a[:, 2], a[:, 1]
    k[:, 1, 0], k[:, 1, 2] = a[:, 2], -a[:, 0]
    k[:, 2, 0], k[:, 2, 1] = -a[:, 1], a[:, 0]
    return np.asarray(np.eye(3) + s[:, None, None] * k + c[:, None, None] * (k @ k))
