"""Linear mapping files: one matrix and an intercept from 52 channels to FLAME parameters.

Two public generations of folders are read, each a set of ``.npy`` files: ``bs2exp`` (52, E), ``bs2eye``
(52, 6) and either ``bs2jaw`` (52, 3) or, older, ``bs2pose`` (52, 6) whose first three columns (the head's
rotation) their own code sets to zero. Our own file is one ``.npz``: ``weights``, ``intercept``, ``mapping``
and ``header`` (JSON strings); nothing in it is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ...base.channels import BLENDSHAPES, convert_order, order_names
from ...base.errors import InputError, MismatchError, ShapeError
from ...base.folders import filling
from ...base.header import Header
from ...base.values import FlameParams, FloatArray
from ...base.write import atomic_write, writing

if TYPE_CHECKING:
    from ...flame.model import FlameModel

F32 = npt.NDArray[np.float32]
NUM_INPUTS = len(BLENDSHAPES)
SCHEMA = "mp2flame.mapping/1"
SUMS = "SHA256SUMS"
_WIDTHS = {"jaw_pose": 3, "eye_pose": 6, "neck_pose": 3, "global_orient": 3}
_BEYOND = 0.15  # a score this far outside what the mapping was learnt from is worth a warning
_CHUNK = 1 << 13  # rows that stay in the second-level cache while they are converted and multiplied


class ExtrapolationWarning(UserWarning):
    """A mapping is used on scores that it was not learnt from; its answer is a guess there."""


def sums_of(paths: Iterable[Path]) -> bytes:
    """Checksums of files in one folder, as ``sha256sum`` writes them."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths]
    return "".join(lines).encode("utf-8")


def apply_linear(x: npt.ArrayLike, weights: F32, intercept: F32 | None = None) -> F32:
    """``x @ weights + intercept`` in float32, without a float32 copy of a large ``x``.

    Args:
        x: ``(*batch, C)`` numbers of any real dtype.
        weights: ``(C, D)`` float32.
        intercept: ``(D,)`` float32 or None.

    Raises:
        InputError: ``x`` is not numeric, or has NaN or infinite values.
        ShapeError: ``x`` does not end in C.
    """
    num_inputs, num_outputs = weights.shape
    values = x if type(x) is np.ndarray else _array(x)
    if values.dtype.kind == "f" and values.shape in ((num_inputs,), (1, num_inputs)):
        row: F32 = values.astype(np.float32, copy=False) @ weights
        if intercept is not None:
            row += intercept
        if math.isfinite(row.item(0)):  # a NaN or an infinity reaches every output, so one tells
            return row
    if values.ndim == 0 or values.shape[-1] != num_inputs or values.dtype.kind not in "fiub":
        _refuse(values, num_inputs)
    result = np.empty((*values.shape[:-1], num_outputs), np.float32)
    rows, flat = values.reshape(-1, num_inputs), result.reshape(-1, num_outputs)
    for start in range(0, len(rows), _CHUNK):
        chunk, target = rows[start : start + _CHUNK], flat[start : start + _CHUNK]
        np.matmul(chunk.astype(np.float32, copy=False), weights, out=target)
        if intercept is not None:
            target += intercept
        if not np.isfinite(target[:, 0]).all():
            _refuse(chunk, num_inputs)
    return result


def _array(x: npt.ArrayLike) -> npt.NDArray[Any]:
    try:
        return np.asarray(x)
    except (TypeError, ValueError):
        raise InputError(f"expected an array of numbers, got {type(x).__name__} of uneven rows.") from None


def _refuse(values: npt.NDArray[Any], num_inputs: int) -> None:
    if values.dtype.kind not in "fiub":
        raise InputError(f"expected an array of numbers, got dtype {values.dtype}; scores are 0..1 floats.")
    if values.ndim == 0 or values.shape[-1] != num_inputs:
        raise ShapeError(
            f"expected (*batch, {num_inputs}) scores in MediaPipe order (index 0 _neutral), got shape "
            f"{values.shape}. Other channel orders: mp2flame.base.channels.to_mediapipe."
        )
    if not np.isfinite(values).all():
        raise InputError(
            "the scores hold NaN or infinite values. Drop those frames, or mark them as not detected."
        )
    raise InputError(f"the scores are too large (up to {np.abs(values).max():.3g}); expected 0..1.")


@dataclass(frozen=True, eq=False)
class LinearMapping:
    """Channels to FLAME parameters by ``x @ weights + intercept``.

    Attributes:
        weights: ``(52, D)`` float32, rows in MediaPipe order, columns the blocks side by side.
        intercept: ``(D,)`` float32.
        blocks: name and width of each block of columns, in order: ``expression`` first, then ``jaw_pose`` 3,
            ``eye_pose`` 6, ``neck_pose`` 3, ``global_orient`` 3 as far as there are any.
        header: what it belongs to and where it comes from.
        order: channel order that inputs come in, a key of ``names.ORDERS``.
        transform: optional ``offset``, ``scale``, ``low``, ``high``, each ``(52,)`` in MediaPipe order:
            inputs become ``clip((x - offset) * scale, low, high)`` before the matrix.
        folder: ``2025_09`` or ``2025_03`` when read from a public folder of that generation, else empty.
    """

    weights: F32
    intercept: F32
    blocks: tuple[tuple[str, int], ...]
    header: Header
    order: str = "mediapipe"
    transform: dict[str, F32] = field(default_factory=dict)
    folder: str = ""

    kind = "linear"
    _covered: ClassVar[tuple[F32, F32] | None] = None
    _warned: ClassVar[npt.NDArray[np.bool_]]

    def __post_init__(self) -> None:
        weights = np.ascontiguousarray(self.weights, dtype=np.float32)
        intercept = np.ascontiguousarray(self.intercept, dtype=np.float32)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "intercept", intercept)
        names = [name for name, _ in self.blocks]
        if names[:1] != ["expression"] or len(set(names)) != len(names):
            raise InputError(
                f"the blocks of a mapping begin with 'expression' and are named once, got {names}."
            )
        for name, width in self.blocks[1:]:
            if _WIDTHS.get(name) != width:
                raise InputError(f"unknown block {name!r} of width {width}; known: {_WIDTHS}.")
        total = sum(width for _, width in self.blocks)
        if weights.shape != (NUM_INPUTS, total) or intercept.shape != (total,):
            raise ShapeError(
                f"blocks {self.blocks} need weights (52, {total}) and an intercept ({total},), got "
                f"{weights.shape} and {intercept.shape}."
            )
        if not (np.isfinite(weights).all() and np.isfinite(intercept).all()):
            raise InputError("the weights of a mapping must be finite; these have NaN or infinite values.")
        order_names(self.order)
        transform = {k: np.asarray(v, np.float32) for k, v in self.transform.items()}
        if transform.keys() - {"offset", "scale", "low", "high"} or any(
            v.shape != (NUM_INPUTS,) for v in transform.values()
        ):
            raise InputError("a transform has offset, scale, low, high, each of shape (52,).")
        object.__setattr__(self, "transform", transform)
        object.__setattr__(self, "_covered", _coverage(self.header))
        object.__setattr__(self, "_warned", np.zeros(NUM_INPUTS, bool))

    @classmethod
    def from_blocks(
        cls,
        blocks: dict[str, npt.ArrayLike],
        intercepts: dict[str, npt.ArrayLike] | None = None,
        *,
        header: Header,
        order: str = "mediapipe",
        transform: dict[str, F32] | None = None,
    ) -> LinearMapping:
        """Put named ``(52, width)`` matrices side by side; missing intercepts are zero."""
        if not blocks:
            raise InputError("a mapping needs at least the block 'expression' of shape (52, E).")
        arrays = {name: np.asarray(value, np.float32) for name, value in blocks.items()}
        for name, value in arrays.items():
            if value.ndim != 2 or len(value) != NUM_INPUTS:
                raise ShapeError(f"block {name!r} must be (52, width), got {value.shape}.")
        given = {name: np.asarray(value, np.float32) for name, value in (intercepts or {}).items()}
        zero = {name: np.zeros(value.shape[1], np.float32) for name, value in arrays.items()}
        return cls(
            weights=np.concatenate(list(arrays.values()), axis=1),
            intercept=np.concatenate([given.get(name, zero[name]) for name in arrays]),
            blocks=tuple((name, int(value.shape[1])) for name, value in arrays.items()),
            header=header,
            order=order,
            transform=transform or {},
        )

    @property
    def num_expression(self) -> int:
        return self.blocks[0][1]

    def block(self, name: str) -> F32:
        """``(52, width)`` columns of one block.

        Raises:
            InputError: this mapping has no such block.
        """
        return self.weights[:, self._columns(name)]

    def _columns(self, name: str) -> slice:
        start = 0
        for block, width in self.blocks:
            if block == name:
                return slice(start, start + width)
            start += width
        raise InputError(f"this mapping has no {name}; it has {', '.join(n for n, _ in self.blocks)}.")

    def apply(self, blendshapes: npt.ArrayLike) -> FlameParams:
        """``(*batch, C)`` scores in ``order`` (52 in MediaPipe order unless said otherwise) to parameters.

        Blocks that the mapping does not have are zero. Scores far outside what the mapping was learnt from,
        as far as its file says, bring an ``ExtrapolationWarning``, once per channel.

        Raises:
            ShapeError, InputError: wrong width, not numbers, NaN.
        """
        x = self._inputs(blendshapes)
        y = apply_linear(x, self.weights, self.intercept if self.intercept.any() else None)
        if self._covered is not None:
            self._warn_outside(np.asarray(x), self._covered)
        y = self._corrected(np.asarray(x), y)
        parts: dict[str, FloatArray] = {name: y[..., self._columns(name)] for name, _ in self.blocks}
        batch = y.shape[:-1]
        for name in (*_WIDTHS, "transl"):
            if name not in parts:
                parts[name] = np.zeros((*batch, _WIDTHS.get(name, 3)), np.float32)
        return FlameParams(**parts)

    def _corrected(self, x: npt.NDArray[Any], y: F32) -> F32:
        """What a mapping that is more than linear adds."""
        return y

    def _warn_outside(self, x: npt.NDArray[Any], covered: tuple[F32, F32]) -> None:
        low, high = covered
        outside = (x < low) | (x > high)
        if not outside.any():
            return
        new = outside.reshape(-1, NUM_INPUTS).any(0) & ~self._warned
        if new.any():
            np.logical_or(self._warned, new, out=self._warned)
            names = ", ".join(BLENDSHAPES[i] for i in np.flatnonzero(new))
            warnings.warn(
                f"outside what this mapping was learnt from: {names}. What it answers there is a guess; the "
                "built-in response (no mapping) covers all channels.",
                ExtrapolationWarning,
                stacklevel=3,
            )

    def _inputs(self, blendshapes: npt.ArrayLike) -> npt.ArrayLike:
        if self.order != "mediapipe":
            blendshapes = convert_order(blendshapes, self.order, BLENDSHAPES)
        if not self.transform:
            return blendshapes
        x = _array(blendshapes)
        if x.dtype.kind not in "fiub" or x.ndim == 0 or x.shape[-1] != NUM_INPUTS:
            _refuse(x, NUM_INPUTS)
        t = self.transform
        x = (x.astype(np.float32) - t.get("offset", np.float32(0))) * t.get("scale", np.float32(1))
        if not np.isfinite(x).all():
            _refuse(x, NUM_INPUTS)
        return np.asarray(np.clip(x, t.get("low", -np.inf), t.get("high", np.inf)))

    def resized(self, num_expression: int) -> LinearMapping:
        """The same mapping with more expression coefficients (zeros) or only the first ones."""
        if num_expression < 1:
            raise InputError(f"num_expression must be at least 1, got {num_expression}.")
        return replace(
            self,
            weights=self._with_columns(self.weights, num_expression),
            intercept=self._with_columns(self.intercept, num_expression),
            blocks=(("expression", num_expression), *self.blocks[1:]),
            header=replace(self.header, num_expression=num_expression),
        )

    def _with_columns(self, values: F32, num_expression: int) -> F32:
        """The first ``num_expression`` of the expression's columns, zeros where there are fewer; then the others."""
        have = self.num_expression
        zeros = np.zeros((*values.shape[:-1], max(0, num_expression - have)), np.float32)
        kept = values[..., : min(have, num_expression)]
        return np.concatenate([kept, zeros, values[..., have:]], axis=-1)

    def for_release(self, release: str) -> LinearMapping:
        """The same mapping stated to belong to ``release``: for those who know better than the header."""
        return replace(self, header=replace(self.header, flame_release=release, flame_sha256=""))

    def check(self, model: FlameModel, num_expression: int | None = None) -> None:
        """Refuse a head that this mapping was not made for.

        Raises:
            MismatchError: another FLAME file, release or number of coefficients; says what to do.
        """
        label = "this mapping"
        release = self.header.flame_release
        remedy = (
            "Use the FLAME file it was made for, leave the mapping out (the rig fits any FLAME file), or, if "
            f"you know that they belong together, mapping.for_release({model.release!r})."
        )
        if not self.header.flame_sha256 and release and release != model.release:
            raise MismatchError(
                f"{label} was made for {release}, the head is {model.release}; expression coefficients of "
                f"one mean nothing in the other. {remedy}"
            )
        self.header.check(model=model, label=label, remedy=remedy)
        wanted = model.num_expression if num_expression is None else num_expression
        if wanted != self.num_expression:
            raise MismatchError(
                f"{label} has {self.num_expression} expression coefficients, {wanted} are in use. "
                f"mapping.resized({wanted}) fills up with zeros or keeps the first {wanted}."
            )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write our ``.npz``, whole or not at all; returns the path, ``.npz`` added if missing."""
        place = Path(path)
        if place.suffix != ".npz":
            place = place.with_name(place.name + ".npz")
        description = {"kind": self.kind, "blocks": self.blocks, "order": self.order, "folder": self.folder}
        arrays: dict[str, Any] = {f"transform_{k}": v for k, v in self.transform.items()}
        arrays |= self._more_arrays()
        with atomic_write(place, make_folder=True) as file:
            np.savez(
                file,
                weights=self.weights,
                intercept=self.intercept,
                mapping=np.array(json.dumps(description)),
                header=np.array(self.header.to_json()),
                **arrays,
            )
        return place

    def _more_arrays(self) -> dict[str, F32]:
        """What the file of a mapping that is more than linear also holds."""
        return {}

    def save_folder(self, path: str | os.PathLike[str]) -> Path:
        """Write ``bs2exp.npy``, ``bs2jaw.npy``, ``bs2eye.npy``, as code for the public folders reads them.

        Their checksums lie beside them (``SHA256SUMS``, for ``sha256sum -c`` and for ``load_mapping``).

        Raises:
            InputError: an intercept, a transform or another order, which that format cannot hold.
        """
        if self.kind != "linear" or self.intercept.any() or self.transform or self.order != "mediapipe":
            raise InputError(
                "the folder format holds matrices only; this mapping also has an intercept, an input "
                "transform or another channel order. Save it as .npz."
            )
        place = Path(path)
        with writing(place):
            place.parent.mkdir(parents=True, exist_ok=True)
        with filling(place) as new:
            for name, block in (("bs2exp", "expression"), ("bs2jaw", "jaw_pose"), ("bs2eye", "eye_pose")):
                np.save(new / f"{name}.npy", np.ascontiguousarray(self.block(block)))
            (new / SUMS).write_bytes(sums_of(sorted(new.iterdir())))
        return place


def _coverage(header: Header) -> tuple[F32, F32] | None:
    """Lowest and highest score per channel that need no warning, ``(52,)`` each; None when not stated."""
    stated = header.notes.get("coverage")
    if stated is None:
        return None
    try:
        low, high = (np.asarray(stated[key], np.float32) for key in ("low", "high"))
    except (TypeError, KeyError, ValueError):
        raise InputError("the header's coverage must have 52 numbers 'low' and 'high'.") from None
    if low.shape != (NUM_INPUTS,) or high.shape != (NUM_INPUTS,) or not np.isfinite([low, high]).all():
        raise InputError("the header's coverage must have 52 finite numbers 'low' and 'high'.")
    low, high = low - np.float32(_BEYOND), high + np.float32(_BEYOND)
    low[0], high[0] = -np.inf, np.inf  # _neutral is never more than noise
    return low, high
