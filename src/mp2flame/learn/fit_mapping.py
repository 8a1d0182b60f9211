"""A mapping from arrays in memory, in scikit-learn's manner; shards (``learn.gather``) are the large case."""

from __future__ import annotations

import os
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..base.arrays import check_array
from ..base.detection import Detection
from ..base.errors import InputError, ShapeError
from ..base.header import Header
from ..base.values import FlameParams
from ..base.version import __version__
from ..flame import FlameModel, load_flame
from ..rig.mapping.linear import SCHEMA, LinearMapping
from .fit import FOLDS, STRENGTHS, blocks_of, errors_left_out, mapping_of
from .moments import Moments
from .solve import RidgePath, pseudo_inverse

_FEWEST = 60  # rows: 52 channels and an intercept


def fit_mapping(
    x: Any,
    y: FlameParams | npt.ArrayLike,
    *,
    groups: npt.ArrayLike | None = None,
    method: Literal["ridge", "pinv"] = "ridge",
    strength: float | None = None,
    flame: FlameModel | str | os.PathLike[str] | None = None,
    licence: str = "",
) -> LinearMapping:
    """Scores to FLAME parameters, learnt from pairs.

    Args:
        x: ``(N, 52)`` scores in MediaPipe order, or anything named that ``Detection.of`` takes.
        y: the parameters of the same frames: ``FlameParams`` ``(N)``, or ``(N, E + 9)`` expression, jaw_pose,
            eye_pose side by side.
        groups: ``(N,)`` who is seen in each row: the strength of the ridge is chosen on people left out. None:
            on stretches of the rows left out.
        method: ``ridge``, or ``pinv`` as most projects do it: without an intercept, nothing held back.
        strength: of the ridge; None: chosen.
        flame: the FLAME file that ``y`` belongs to; the mapping then says so and refuses another.
        licence: terms of the data.

    Returns:
        The mapping: ``mapping.apply(scores)``, ``Driver(mapping=mapping)``, ``mapping.save(path)``.

    Raises:
        ShapeError: rows that do not pair.
        InputError: fewer rows than can be fitted, numbers that are not finite.
    """
    scores, targets = _pairs(x, y)
    if method not in ("ridge", "pinv"):
        raise InputError(f"method is ridge or pinv, got {method!r}.")
    whole = Moments.of(scores, targets)
    if method == "pinv":
        linear = pseudo_inverse(whole)
    elif strength is not None:
        linear = RidgePath(whole).at(strength)
    else:
        linear = RidgePath(whole).at(_strengths(scores, targets, groups))
    about: dict[str, Any] = {"licence": licence, "provenance": f"fit_mapping, {method}, {len(scores)} frames"}
    if flame is None:
        header = Header(
            SCHEMA, made_by=f"mp2flame {__version__}", num_expression=targets.shape[1] - 9, **about
        )
    else:
        model = flame if isinstance(flame, FlameModel) else load_flame(flame)
        header = Header.for_flame(SCHEMA, model, targets.shape[1] - 9, **about)
    return mapping_of(linear, header)


def _pairs(x: Any, y: FlameParams | npt.ArrayLike) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Scores ``(N, 52)`` and targets ``(N, E + 9)``, one row a frame in both."""
    scores = Detection.of(x).blendshapes
    if isinstance(y, FlameParams):
        targets = np.concatenate([y.expression, y.jaw_pose, y.eye_pose], axis=-1)
    else:
        targets = check_array(y, "y", (None,), meaning="expression, jaw_pose (3), eye_pose (6) side by side")
    if scores.ndim != 2 or targets.ndim != 2 or len(scores) != len(targets) or targets.shape[1] < 10:
        raise ShapeError(
            f"x {scores.shape} and y {targets.shape} must be (N, 52) and (N, E + 9): one row a frame in both."
        )
    if len(scores) < _FEWEST:
        raise InputError(
            f"{len(scores)} frames are too few: a fit of 52 channels needs {_FEWEST} and better many more."
        )
    return scores, targets


def _strengths(
    scores: npt.NDArray[Any], targets: npt.NDArray[Any], groups: npt.ArrayLike | None
) -> npt.NDArray[np.float64]:
    """``(D,)`` the strength for each output that does best on people, or stretches, left out."""
    if groups is None:
        fold = FOLDS * np.arange(len(scores)) // len(scores)
    else:
        names, index = np.unique(np.asarray(groups), return_inverse=True)
        if len(index) != len(scores):
            raise ShapeError(f"groups must name one person a row, ({len(scores)},), got ({len(index)},).")
        fold = index % FOLDS if len(names) > 1 else FOLDS * np.arange(len(scores)) // len(scores)
    parts = [Moments.of(scores[fold == k], targets[fold == k]) for k in np.unique(fold)]
    paths = [
        RidgePath(Moments.total(part for i, part in enumerate(parts) if i != k)).at for k in range(len(parts))
    ]
    error = errors_left_out(paths, parts, STRENGTHS)
    chosen = np.empty(targets.shape[1])
    for columns in blocks_of(targets.shape[1]).values():
        chosen[columns] = STRENGTHS[int(np.argmin(error[:, columns].sum(1)))]
    return chosen
