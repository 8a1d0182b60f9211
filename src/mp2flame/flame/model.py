"""The FLAME model as arrays, and its forward pass in NumPy.

Li, Bolkart, Black, Li, Romero: *Learning a model of facial shape and expression from 4D scans*,
SIGGRAPH Asia 2017, section 3: ``T(beta, theta, psi) = v_template + shape + expression + pose
correctives``, then linear blend skinning over the joints root, neck, jaw, left eye, right eye, whose
places are regressed from the shaped vertices.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.arrays import shape_fits, shape_text
from ..base.errors import InputError, ShapeError
from ..base.rotations import axis_angle_to_matrix
from ..base.values import FlameParams, FloatArray, IntArray
from .landmarks import Embedding
from .parts import Parts
from .skinning import FLAME_PARENTS, IDENTITY, affine_of_one, basis_rows, chain, rotation_of

CHUNK = 128
"""Frames that a batch works on at a time: enough for the matrix product to run at full speed."""

_FEW = 4  # frames under which one matrix-vector product each beats a matrix product

NEGLIGIBLE_CORRECTIVE = 1e-6
"""Metres; pose correctives that cannot reach this at any rotation are left out of the forward pass."""

_CORRECTIVE_ORDER = (1, 0, 2, 3)  # jaw first: in most frames it is the only one of these joints that turns

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]


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
        embedding: where MediaPipe's landmarks lie, for a head that is not of FLAME's topology; None: FLAME's.
        parts: which vertices are what, for a head that was made from parts; None for a FLAME file.
        has_mouth: the inside of the mouth is part of the mesh; FLAME's files end behind the lips.
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
    embedding: Embedding | None = None
    parts: Parts | None = None
    has_mouth: bool = False

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
            if not shape_fits(got, shape):
                text = shape_text(shape)
                raise ShapeError(f"{name} of a FLAME model with {v} vertices must be ({text}), got {got}.")
        if tuple(self.parents.tolist()) != FLAME_PARENTS:
            raise InputError(
                f"parents of a FLAME model are {FLAME_PARENTS}, got {tuple(self.parents.tolist())}."
            )

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
        """``(V, 3)`` the template of the person with these ``betas``, float64.

        There may be any number of them up to ``num_betas``.
        """
        template = self.v_template.astype(np.float64)
        if betas is None:
            return template
        values = _numbers(betas, "betas")
        if not np.isfinite(values).all():
            raise InputError("betas has values that are not finite (NaN or infinity).")
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
    """float32 array of real numbers, without a copy when it is one."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise ShapeError(f"{name} must be an array of numbers; its rows differ in length.") from None
    if array.dtype.kind not in "fiub":
        raise InputError(f"{name} must be numbers, got an array of {array.dtype}.")
    return array.astype(np.float32, copy=False)


class FlameForward:
    """Expression, pose and translation to vertices, for one person; safe to share between threads.

    The vertices before skinning are one product ``[1, expression, R - I] @ basis`` whose rows are the
    person's template, the expression directions and the pose correctives. What cannot matter is left out of
    it: columns of zeros, and the correctives of a joint that stay under ``NEGLIGIBLE_CORRECTIVE`` at every
    rotation (the eyes' in the released files). Rows hold x of every vertex, then y, then z, so that skinning
    runs on contiguous planes.
    """

    def __init__(
        self, model: FlameModel, betas: npt.ArrayLike | None = None, num_expression: int | None = None
    ) -> None:
        self.model = model
        self.num_expression = model.check_num_expression(num_expression)
        shaped = model.shaped(betas)
        self.v_shaped: F32 = shaped.astype(np.float32)
        exprdirs = model.exprdirs[:, :, : self.num_expression]
        used = np.flatnonzero(np.abs(exprdirs).max(axis=(0, 1), initial=0))
        self._used = None if len(used) == self.num_expression else used
        blocks = [model.posedirs[:, :, 9 * j : 9 * j + 9] for j in range(4)]
        self._pose_joints = [j for j in _CORRECTIVE_ORDER if _matters(blocks[j])]
        fixed = np.concatenate([self.v_shaped[:, :, None], exprdirs[:, :, used]], axis=2)
        self._num_fixed = 1 + len(used)
        self._basis = basis_rows(fixed, [blocks[j] for j in self._pose_joints], model.J_regressor)
        self._weights = np.ascontiguousarray(model.lbs_weights.T)
        self._local = threading.local()

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_local"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _local=threading.local())

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
        v = self.model.num_vertices
        if not batch:
            out = np.empty((v, 3), np.float32)
            self._one(e[0], p[0], t[0], out)
            return out
        many = np.empty((len(e), v, 3), np.float32)
        if len(e) < _FEW:
            for i in range(len(e)):
                self._one(e[i], p[i], t[i], many[i])
            return many.reshape(*batch, v, 3)
        for start in range(0, len(e), CHUNK):
            part = slice(start, start + CHUNK)
            self._chunk(e[part], p[part], t[part], many[part])
        return many.reshape(*batch, v, 3)

    def forward_params(self, params: FlameParams) -> F32:
        """Vertices of ``FlameParams``, ``(*batch, V, 3)``."""
        return self(params.expression, params.pose, params.transl)

    def joints(
        self,
        expression: npt.ArrayLike,
        pose: npt.ArrayLike | None = None,
        transl: npt.ArrayLike | None = None,
    ) -> F32:
        """Posed joints ``(*batch, 5, 3)``, metres: root, neck, jaw, left eye, right eye.

        Arguments as for vertices.
        """
        e, p, t, batch = self._inputs(expression, pose, transl)
        out = np.empty((len(e), 5, 3), np.float32)
        for start in range(0, len(e), 1 << 14):
            part = slice(start, start + (1 << 14))
            _check_finite(e[part], p[part], t[part])
            n, v3 = len(e[part]), 3 * self.model.num_vertices
            fixed = np.empty((n, self._num_fixed), np.float32)
            self._fill(fixed, e[part])
            rest = (fixed @ self._basis[: self._num_fixed, v3 : v3 + 15]).reshape(n, 5, 3).astype(np.float64)
            out[part] = chain(rest, axis_angle_to_matrix(p[part]))[1] + t[part, None]
        return out.reshape(*batch, 5, 3)

    def _inputs(
        self, expression: npt.ArrayLike, pose: npt.ArrayLike | None, transl: npt.ArrayLike | None
    ) -> tuple[FloatArray, FloatArray, FloatArray, tuple[int, ...]]:
        e = _numbers(expression, "expression")
        if e.ndim < 1 or e.shape[-1] != self.num_expression:
            raise ShapeError(
                f"expression must end in {self.num_expression} coefficients for this head, got shape "
                f"{e.shape}; "
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
        return e.reshape(n, self.num_expression), p.reshape(n, 5, 3), t.reshape(n, 3), batch

    def _fill(self, coefficients: F32, e: FloatArray) -> None:
        """The person's template and the expression: the leading coefficients of each frame."""
        coefficients[..., 0] = 1
        coefficients[..., 1 : self._num_fixed] = e if self._used is None else e[..., self._used]

    def _buffers(self, frames: int) -> tuple[F32, F32, F32]:
        """This thread's work space: coefficients, unskinned planes, blended transforms."""
        have = getattr(self._local, "buffers", None)
        if have is None or len(have[0]) < frames:
            v = self.model.num_vertices
            have = (
                np.empty((frames, len(self._basis)), np.float32),
                np.empty((frames, self._basis.shape[1]), np.float32),
                np.empty((4, 3, v), np.float32),
            )
            self._local.buffers = have
        return have

    def _chunk(self, e: FloatArray, p: FloatArray, t: FloatArray, out: F32) -> None:
        _check_finite(e, p, t)
        n, v3 = len(e), 3 * self.model.num_vertices
        coefficients, planes, blend = self._buffers(n)
        local = axis_angle_to_matrix(p)
        c, x = coefficients[:n], planes[:n]
        self._fill(c, e)
        c[:, self._num_fixed :] = (local[:, 1:] - np.eye(3))[:, self._pose_joints].reshape(n, -1)
        np.dot(c, self._basis, out=x)
        world, _, shift = chain(x[:, v3 : v3 + 15].reshape(n, 5, 3).astype(np.float64), local)
        affine = np.concatenate(
            [world.transpose(0, 3, 2, 1), (shift + t[:, None]).transpose(0, 2, 1)[:, None]], 1
        )
        affine = affine.astype(np.float32).reshape(n, 12, 5)
        for i in range(n):
            self._skin(affine[i], x[i, :v3], blend, out[i])

    def _one(self, e: FloatArray, p: FloatArray, t: FloatArray, out: F32) -> None:
        """One frame: the same steps in plain Python, where arrays of nine numbers cost more to set up."""
        _check_finite(e, p, t)
        coefficients, planes, blend = self._buffers(1)
        local = [rotation_of(*row) for row in p.tolist()]
        c, x, rows, v3 = coefficients[0], planes[0], self._num_fixed, 3 * self.model.num_vertices
        self._fill(c, e)
        for place, j in enumerate(self._pose_joints):
            r = local[j + 1]
            if r is not IDENTITY:
                start = self._num_fixed + 9 * place
                c[rows:start] = 0
                rows = start + 9
                c[start:rows] = (r[0] - 1, r[1], r[2], r[3], r[4] - 1, r[5], r[6], r[7], r[8] - 1)
        # rows of joints at rest would be read for nothing; those at the end are cut off
        np.dot(c[:rows], self._basis[:rows], out=x)
        self._skin(affine_of_one(x[v3 : v3 + 15].tolist(), local, t.tolist()), x[:v3], blend, out)

    def _skin(self, affine: F32, planes: F32, blend: F32, out: F32) -> None:
        """Linear blend skinning.

        ``affine`` (12, 5) holds, for each joint, the columns of its matrix, then its shift.
        """
        v = out.shape[0]
        np.dot(affine, self._weights, out=blend.reshape(12, v))
        np.multiply(blend[:3], planes.reshape(3, 1, v), out=blend[:3])
        np.add(blend[0], blend[1], out=blend[0])
        np.add(blend[2], blend[3], out=blend[2])
        for axis in range(3):
            np.add(blend[0, axis], blend[2, axis], out=out[:, axis])


def _matters(block: FloatArray) -> bool:
    """Whether a joint's correctives (V, 3, 9) can move a vertex.

    |R - I| is at most 2 sqrt(2) in the Frobenius norm.
    """
    most = float(np.sqrt((block.astype(np.float64) ** 2).sum(-1)).max(initial=0.0))
    return most * 2 * math.sqrt(2) > NEGLIGIBLE_CORRECTIVE


def _check_finite(*arrays: FloatArray) -> None:
    for name, array in zip(("expression", "pose", "transl"), arrays):
        flat = array.reshape(-1)
        # the sum of squares is finite only if every value is, and costs less than looking at each
        if not math.isfinite(np.dot(flat, flat)) and not np.isfinite(flat).all():
            raise InputError(f"{name} has values that are not finite (NaN or infinity).")
