"""Lids that close: a correction of the rig's ``eyeBlink``, and the two extra eyelid offsets of some trackers.

A rig that follows 468 landmarks leaves up to a millimetre between the lids at full blink, because the
landmarks lie beside the margin and not every FLAME basis spans a blink. ``close_lids`` adds what closes the
gap on the mesh itself (``measures.eyes``) for the least change of the landmarks and of the coefficients.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.arrays import check_blendshapes
from ..base.channels import INDEX
from ..base.damage import reading
from ..base.errors import FileFormatError, InputError, MissingFileError, ShapeError
from ..base.safe_npz import is_npz, read_npy, read_npz
from ..base.values import FlameParams, FloatArray
from ..flame.eyes import EyeOpening, eye_openings, lid_gap_mm
from ..flame.landmarks import NUM_SKIN_LANDMARKS, embedding_for

if TYPE_CHECKING:
    from ..flame import FlameModel

_CLOSED_MM, _OVERLAP_MM = 0.1, -0.9  # what a column of a closed eye may be
_WEIGHT = 2.0  # one column of the eye against one landmark: more lets lids bulge into the eyeball
_STEP = 0.05  # coefficients' units
_ROUNDS = 2
_LEAST_CLOSING_MM = 2.0
_FARTHEST_M = 1.0


def close_lids(
    model: FlameModel, expression: FloatArray, side: str, *, ridge: float, bound: float
) -> FloatArray:
    """``(E,)`` coefficients of one eye's full blink, changed so that the gap on the mesh is closed.

    Args:
        model: the head.
        expression: ``(E,)`` the blink as solved on the landmarks.
        side: ``left`` or ``right``.
        ridge: metres squared per squared coefficient, as in the rig.
        bound: no coefficient beyond +-bound.
    """
    opening = eye_openings(model)[0 if side == "left" else 1]
    start = np.asarray(expression, np.float64)
    exprdirs = model.exprdirs[:, :, : len(start)].astype(np.float64)
    basis = embedding_for(model).gather(exprdirs)[:NUM_SKIN_LANDMARKS].reshape(-1, len(start))
    eye = _EyePart(model.v_template.astype(np.float64), opening, exprdirs)
    gap = eye.gap(start)
    rows = np.zeros((len(gap), len(start)))
    for i in np.flatnonzero(np.abs(eye.directions).max((0, 1)) > 0):
        nearby = start.copy()
        nearby[i] += _STEP
        rows[:, i] = (eye.gap(nearby) - gap) / (1e3 * _STEP)
    change = np.zeros(len(start))
    normal = basis.T @ basis + ridge * np.eye(len(start))
    for _ in range(_ROUNDS):
        gap = eye.gap(start + change)
        wanted = (np.clip(gap, _OVERLAP_MM, _CLOSED_MM) - gap) / 1e3
        held = rows * (wanted != 0)[:, None]
        change += np.linalg.solve(normal + _WEIGHT**2 * held.T @ held, _WEIGHT**2 * held.T @ wanted)
    return np.clip(start + change, -bound, bound)


class _EyePart:
    """Gap of one eye from expression alone, on the few vertices that it needs."""

    def __init__(self, template: FloatArray, opening: EyeOpening, exprdirs: FloatArray) -> None:
        rings = [*opening.upper, *opening.lower]
        used = np.unique(np.concatenate([*rings, opening.eyeball]))
        upper = tuple(np.searchsorted(used, ring) for ring in opening.upper)
        lower = tuple(np.searchsorted(used, ring) for ring in opening.lower)
        eyeball = np.searchsorted(used, opening.eyeball)
        self._opening = replace(
            opening, upper=upper, lower=lower, eyeball=eyeball, lid_corners=np.zeros((1, 3), int)
        )
        self._template, self.directions = template[used], exprdirs[used]

    def gap(self, expression: FloatArray) -> FloatArray:
        """``(K,)`` millimetres."""
        return lid_gap_mm(self._template + self.directions @ expression, self._opening)


class Eyelids:
    """The two extra eyelid offsets that some FLAME trackers add, for a head whose expressions cannot blink.

    ``l_eyelid.npy`` and ``r_eyelid.npy`` of those projects hold vertex offsets at a closed lid; they are
    the user's own files, nothing of them is shipped. ``FlameParams.eyelids (*, 2)`` in 0..1, left first,
    says how much of each is added to the shape before skinning, as if they were two more expression
    directions: that is what ``model`` and ``merge`` make of them for code that knows only expressions.

    Args:
        model: the head.
        left, right: ``(V, 3)`` metres, the subject's left and right.

    Attributes:
        model: the head with the two offsets behind its own expression directions.
        key: short hash of the offsets.

    Raises:
        ShapeError, InputError: not such offsets, or they do not close the eye.
    """

    def __init__(self, model: FlameModel, left: FloatArray, right: FloatArray) -> None:
        v = np.asarray(model.v_template, np.float64)
        self._openings = eye_openings(model)
        offsets, rest, closing = [], [], []
        for name, given, opening in zip(("left", "right"), (left, right), self._openings):
            offset = np.asarray(given, np.float64)
            if offset.shape != v.shape:
                raise ShapeError(f"the {name} eyelid offset must be {v.shape}, got {offset.shape}.")
            if not np.abs(offset).max() < _FARTHEST_M:
                raise InputError(
                    f"the {name} eyelid offset has values that are not finite, or moves by more than "
                    f"{_FARTHEST_M:g} m; metres are expected."
                )
            opened = float(lid_gap_mm(v, opening).mean())
            change = opened - float(lid_gap_mm(v + offset, opening).mean())
            if change < _LEAST_CLOSING_MM:
                raise InputError(
                    f"the {name} eyelid offset closes that eye by {change:.1f} mm; at least "
                    f"{_LEAST_CLOSING_MM:.0f} are expected. Left and right exchanged, or not metres?"
                )
            offsets.append(offset)
            rest.append(opened)
            closing.append(change)
        self._offsets = np.stack(offsets).astype(np.float32)
        self._rest, self._closing = np.array(rest), np.array(closing)
        self.model = replace(
            model, exprdirs=np.concatenate([model.exprdirs, np.moveaxis(self._offsets, 0, -1)], axis=2)
        )
        self.key = hashlib.sha256(self._offsets.tobytes()).hexdigest()[:8]

    @classmethod
    def load(cls, path: str | os.PathLike[str], model: FlameModel) -> Eyelids:
        """Offsets from files.

        Args:
            path: a folder with ``l_eyelid.npy`` and ``r_eyelid.npy``, one of the two, an ``.npz`` with
                ``l_eyelid`` and ``r_eyelid`` (or ``left`` and ``right``), or one ``.npy`` of ``(2, V, 3)``.

        Raises:
            MissingFileError, FileFormatError: not there, or not arrays.
            ShapeError, InputError: as for the class.
        """
        with reading(path, "a file of eyelid offsets", asked=True):
            left, right = _read_pair(Path(path))
            return cls(model, left, right)

    @classmethod
    def of(cls, model: FlameModel, given: Eyelids | str | os.PathLike[str] | Any) -> Eyelids:
        """Offsets for this head from a path, two arrays ``(2, V, 3)``, or other ``Eyelids``."""
        if isinstance(given, Eyelids):
            return cls(model, *given._offsets)  # noqa: SLF001
        if isinstance(given, (str, os.PathLike)):
            return cls.load(given, model)
        if len(given) != 2:
            raise ShapeError(f"eyelids must be two offsets, left and right, got {len(given)}.")
        return cls(model, given[0], given[1])

    def merge(self, params: FlameParams) -> FlameParams:
        """Parameters for ``self.model``: the two values as the last expression coefficients."""
        eyelids = params.with_eyelids().eyelids
        assert eyelids is not None
        return params.replace(expression=np.concatenate([params.expression, eyelids], axis=-1), eyelids=None)

    def values(self, vertices: FloatArray, weights: FloatArray) -> FloatArray:
        """``(*batch, 2)`` how much of each offset closes what the blink in ``weights`` left open, 0..1.

        Args:
            vertices: ``(*batch, V, 3)`` of the driven head, without head rotation.
            weights: ``(*batch, 52)`` ARKit weights that drove it.
        """
        asked = check_blendshapes(weights, name="weights")
        blink = np.clip(asked[..., [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]], 0, 1)
        gap = np.stack([lid_gap_mm(vertices, opening).mean(-1) for opening in self._openings], axis=-1)
        # Without a blink nothing is closed: a gaze or a wide eye may leave any gap.
        wanted = np.where(blink > 0, self._rest * (1 - blink), gap)
        return np.asarray(np.clip((gap - wanted) / self._closing, 0, 1).astype(np.float32))

    def apply(self, vertices: FloatArray, values: FloatArray) -> FloatArray:
        """Vertices with the lids' offsets added, float32; arguments as of ``values``."""
        added = np.tensordot(np.asarray(values, np.float32), self._offsets, 1)
        return (np.asarray(vertices, np.float32) + added).astype(np.float32)


def _read_pair(path: Path) -> tuple[FloatArray, FloatArray]:
    """Left and right as they stand in the user's files."""
    if path.name in ("l_eyelid.npy", "r_eyelid.npy"):
        path = path.parent
    files = [path / "l_eyelid.npy", path / "r_eyelid.npy"] if path.is_dir() else [path]
    for file in files:
        if not file.is_file():
            raise MissingFileError(
                f"no eyelid offsets at {file}. Expected: a folder with l_eyelid.npy and r_eyelid.npy, an "
                ".npz with both, or a .npy of (2, V, 3)."
            )
    with reading(path, "a file of eyelid offsets"):
        if len(files) == 1 and is_npz(files[0]):
            arrays = read_npz(files[0])
            for names in (("l_eyelid", "r_eyelid"), ("left", "right")):
                if set(names) <= set(arrays):
                    return arrays[names[0]], arrays[names[1]]
            raise FileFormatError(
                f"{path} holds {', '.join(arrays) or 'nothing'}, not l_eyelid and r_eyelid."
            )
        loaded = [read_npy(file) for file in files]
        if len(loaded) == 2:
            return loaded[0], loaded[1]
    pair = loaded[0]
    if pair.ndim != 3 or len(pair) != 2:
        raise ShapeError(f"{path} must be (2, V, 3), the left offset first, got {pair.shape}.")
    return pair[0], pair[1]
