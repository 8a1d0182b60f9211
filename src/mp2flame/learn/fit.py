"""From sums over shards to a mapping file.

The strength of the regularisation is chosen by cross-validation by person, one strength for expression, jaw
and eyes each. Frames are weighted by what they show, so that the many frames of a resting face do not drown
the few of a rare shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..base.channels import BLENDSHAPES, MIRROR
from ..base.errors import InputError
from ..base.header import Header
from ..base.option import check_options, described, option
from ..rig.mapping.linear import SCHEMA, LinearMapping
from .gather import DROPPED
from .moments import F64, Moments
from .shards import ShardSet
from .solve import Linear, RidgePath, condition_number, coordinate_descent, pseudo_inverse
from .summary import ACTIVE, KINDS, FrameWeights, Summary

if TYPE_CHECKING:
    from ..flame import FlameModel

Method = Literal["pinv", "ridge", "symmetric", "bounded", "sparse", "mlp"]
STRENGTHS: F64 = np.logspace(-4, 1, 16)
SPARSITIES: F64 = np.logspace(-3.5, -1.5, 5)
FOLDS = 5
_MAX_RAISE = 4.0  # of a frame's weight over the average frame


@described
@dataclass(frozen=True)
class Options:
    """How to fit."""

    method: Method = option(
        "ridge",
        "pinv: the usual pseudo-inverse. ridge: held back where there is little data. symmetric: ridge, left and right "
        "alike. bounded: no weight beyond what the data shows. sparse: few weights. mlp: a small network (needs PyTorch "
        "to train, not to run).",
        "Method",
    )
    strength: float | None = option(
        None, "Of the ridge. Default: chosen by leaving people out.", "Method", above=0
    )
    sparsity: float | None = option(
        None, "Price of a weight, of sparse. Default: chosen by leaving people out.", "Method", above=0
    )
    balance: float = option(
        0.0,
        "0: every active frame counts alike; 1: every kind of expression has the same say. Resting frames never count "
        "more than all others together, except for pinv.",
        "Method",
        least=0,
        most=1,
    )
    loss: Literal["distances", "squares"] = option(
        "distances",
        "distances: frames that no mapping explains do not bend it for the others (reads the shards twice). squares: "
        "plain least squares, which pinv always is.",
        "Method",
    )
    max_weight: float = option(
        1.0,
        "For bounded: share of what the data shows that one full score may move.",
        "Method",
        above=0,
    )
    seed: int = option(0, "Of the network's start.", "Method")

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(eq=False)
class Fitted:
    """A fit and how it was found.

    Attributes:
        linear: the matrix.
        folds: per fold, the fit without its people; ``fold_of_group (G,)`` says who they are. Empty when there is
            only one person.
        strength: per block of outputs.
        curve: strength, and error of each block on people left out, for the report.
        condition: of the scores, see ``solve.condition_number``.
    """

    linear: Linear
    folds: list[Linear] = field(default_factory=list)
    fold_of_group: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    strength: dict[str, float] = field(default_factory=dict)
    curve: dict[str, list[float]] = field(default_factory=dict)
    condition: float = 0.0

    def predict(self, x: npt.NDArray[Any], group: npt.NDArray[Any]) -> F64:
        """``(N, D)`` outputs of scores ``(N, 52)``, each row by the fit that has not seen its ``group`` (N)."""
        if not self.folds:
            return self.linear(x)
        fold = self.fold_of_group[group]
        result = np.zeros((len(x), self.linear.weights.shape[1]))
        for k, linear in enumerate(self.folds):
            result[fold == k] = linear(x[fold == k])
        return result


def kind_weights(summary: Summary, balance: float) -> F64:
    """``(kinds,)`` weight of a frame of each kind; the average frame's weight is 1.

    Resting frames together weigh at most as much as all active ones; ``balance`` evens out the kinds.
    """
    counts = summary.kind_counts.sum(0).astype(np.float64)
    seen = counts > 0
    weights = np.zeros(len(counts))
    weights[seen] = np.minimum((counts[seen].mean() / counts[seen]) ** balance, _MAX_RAISE)
    active = float(weights[1:] @ counts[1:])
    if active > 0 and counts[0] > 0:
        weights[0] = min(weights[0], active / counts[0])
    return np.asarray(weights * counts.sum() / max(float(weights @ counts), 1e-300))


def mirror_matrix(model: FlameModel, num_expression: int) -> F64:
    """``(E + 9, E + 9)``: outputs with left and right exchanged, ``mirrored = y @ matrix``.

    Raises:
        InputError: the head is not symmetric, or has fewer coefficients.
    """
    from dataclasses import replace

    from ..flame.mirror import expression_mirror

    cut = replace(model, exprdirs=model.exprdirs[:, :, : model.check_num_expression(num_expression)])
    expression, _ = expression_mirror(cut)
    turn = np.diag([1.0, -1.0, -1.0])
    result = np.zeros((num_expression + 9, num_expression + 9))
    result[:num_expression, :num_expression] = expression
    e = num_expression
    result[e : e + 3, e : e + 3] = turn
    result[e + 3 : e + 6, e + 6 : e + 9] = turn
    result[e + 6 : e + 9, e + 3 : e + 6] = turn
    return result


def mirrored(moments: Moments, outputs: F64) -> Moments:
    """The sums of the same rows with left and right exchanged."""
    inputs = np.eye(moments.num_inputs)[:, MIRROR]
    return moments.transformed(inputs, outputs, moments.square)


def blocks_of(num_outputs: int) -> dict[str, slice]:
    e = num_outputs - 9
    return {"expression": slice(0, e), "jaw_pose": slice(e, e + 3), "eye_pose": slice(e + 3, e + 9)}


class _Problem:
    """Sums per fold, and one way of solving them."""

    def __init__(self, summary: Summary, options: Options, mirror: F64 | None) -> None:
        self.options, self.mirror, self.summary = options, mirror, summary
        self.blocks = blocks_of(summary.num_outputs)
        weights = kind_weights(summary, options.balance)
        if options.method == "pinv":
            weights = np.ones_like(weights)
        groups = len(summary.support)
        order = np.argsort(-summary.kind_counts.sum(1), kind="stable")  # large groups spread over the folds
        self.fold_of_group = np.zeros(groups, np.int64)
        self.fold_of_group[order] = np.arange(groups) % min(FOLDS, groups)
        parts: dict[int, list[tuple[int, Moments]]] = {}
        for (group, kind), moments in sorted(summary.moments.items()):
            parts.setdefault(int(self.fold_of_group[group]), []).append((kind, moments))
        self.fold_sums = [
            Moments.total([m for _, m in members], [float(weights[k]) for k, _ in members])
            for _, members in sorted(parts.items())
        ]
        self.whole = Moments.total(self.fold_sums)
        self._limit: F64 | None = None
        if options.method == "bounded" and summary.y_sketch.num_rows:
            low, high = summary.y_sketch.quantile(0.001), summary.y_sketch.quantile(0.999)
            self._limit = np.maximum(np.abs(low), np.abs(high)) * options.max_weight

    def training(self, fold: int) -> Moments:
        return Moments.total(m for i, m in enumerate(self.fold_sums) if i != fold)

    def prepared(self, moments: Moments) -> Moments:
        """With the mirrored rows added, for a symmetric fit."""
        if self.mirror is None:
            return moments
        return Moments.total([moments, mirrored(moments, self.mirror)])

    def finished(self, linear: Linear) -> Linear:
        """Exactly symmetric: the mean of the map and of its mirror image."""
        if self.mirror is None:
            return linear
        other = Linear(linear.weights[MIRROR] @ self.mirror, linear.intercept @ self.mirror)
        return Linear((linear.weights + other.weights) / 2, (linear.intercept + other.intercept) / 2)

    def path(self, moments: Moments, *, trial: bool = False) -> Any:
        """A function of strength (per output) to the fit; a ``trial`` chooses the strength without bounds."""
        ready = self.prepared(moments)
        method = self.options.method
        if method == "pinv":
            solved = pseudo_inverse(ready)
            return lambda strength: solved
        if method == "bounded" and not trial:
            limit = self._limit if self._limit is not None else np.full(ready.num_outputs, np.inf)
            return lambda strength: self.finished(
                coordinate_descent(ready, strength=strength, low=-limit, high=limit)
            )
        if method == "sparse":
            spread = np.sqrt(ready.products(centred=True)[2] / max(ready.count, 1e-300))
            return lambda strength: self.finished(
                coordinate_descent(ready, strength=1e-3, sparsity=np.asarray(strength) * spread)
            )
        ridge = RidgePath(ready)
        return lambda strength: self.finished(ridge.at(strength))


def fit(summary: Summary, options: Options | None = None, *, mirror: F64 | None = None) -> Fitted:
    """Fit the sums.

    Args:
        summary: from ``summarise``.
        mirror: from ``mirror_matrix``; needed for ``symmetric``. The others ignore it.

    Raises:
        InputError: ``symmetric`` without a mirror; fewer rows than can be fitted.
    """
    chosen = options or Options()
    if summary.num_rows < 60:
        raise InputError(
            f"only {summary.num_rows} usable frames; a fit of 52 channels needs many more. 'mp2flame report' "
            "shows what was dropped."
        )
    if chosen.method == "symmetric" and mirror is None:
        raise InputError("a symmetric fit needs the FLAME file (--flame): its mesh says what mirrors what.")
    problem = _Problem(summary, chosen, mirror if chosen.method == "symmetric" else None)
    result = Fitted(Linear(np.zeros((0, 0)), np.zeros(0)), fold_of_group=problem.fold_of_group)
    result.condition = condition_number(problem.whole)
    grid = SPARSITIES if chosen.method == "sparse" else STRENGTHS
    fixed = chosen.sparsity if chosen.method == "sparse" else chosen.strength
    folds = len(problem.fold_sums)
    training = [problem.training(k) for k in range(folds)] if folds > 1 else []
    paths = [problem.path(m, trial=True) for m in training]
    per_output = np.full(summary.num_outputs, fixed if fixed is not None else float(np.median(grid)))
    if fixed is None and paths and chosen.method != "pinv":
        error = errors_left_out(paths, problem.fold_sums, grid)
        result.curve["strength"] = [float(v) for v in grid]
        for name, columns in problem.blocks.items():
            curve = np.sqrt(error[:, columns].sum(1) / problem.whole.count)
            result.curve[name] = [float(v) for v in curve]
            per_output[columns] = grid[int(np.argmin(curve))]
    if chosen.method != "pinv":
        result.strength = {name: float(per_output[c.start]) for name, c in problem.blocks.items()}
    result.linear = problem.path(problem.whole)(per_output)
    result.folds = [problem.path(m)(per_output) for m in training]
    return result


def errors_left_out(
    paths: Sequence[Callable[[float], Linear]], left_out: Sequence[Moments], grid: F64
) -> F64:
    """``(strengths, D)`` squared error of each path, at each strength, on the rows that it has not seen."""
    error = np.zeros((len(grid), left_out[0].num_outputs))
    for path, unseen in zip(paths, left_out):
        for i, strength in enumerate(grid):
            one = path(strength)
            error[i] += unseen.squared_error(one.weights, one.intercept)
    return error


def frame_weights(fitted: Fitted, summary: Summary) -> FrameWeights:
    """For a second pass over the rows of ``summary``: see ``Options.loss``."""
    total = Moments.total(moments for _, moments in sorted(summary.moments.items()))
    error = total.squared_error(fitted.linear.weights, fitted.linear.intercept) / total.count
    blocks = tuple(c for c in blocks_of(summary.num_outputs).values() if error[c].size)
    return FrameWeights(fitted.linear, blocks, tuple(float(error[c].sum()) for c in blocks))


def rare_channels(summary: Summary) -> npt.NDArray[np.intp]:
    """Channels that are above ``ACTIVE`` in less than 2 % of the frames, ``_neutral`` left out."""
    support = summary.support.sum(0)
    return np.flatnonzero((support < 0.02 * summary.num_rows) & (np.arange(52) > 0))


def worst_rare_weight(linear: Linear, summary: Summary) -> float:
    """Largest weight of a rare channel, in units of its output's largest excursion in the data."""
    rare = rare_channels(summary)
    if not len(rare):
        return 0.0
    reach = np.maximum(np.abs(summary.y_sketch.low), np.abs(summary.y_sketch.high))
    usable = reach > 1e-9
    return float((np.abs(linear.weights[rare][:, usable]) / reach[usable]).max())


def to_mapping(
    fitted: Fitted, summary: Summary, shards: ShardSet, options: Options, model: FlameModel | None = None
) -> LinearMapping:
    """The mapping file's content, with where it comes from and where it can be trusted."""
    e = summary.num_outputs - 9
    return mapping_of(fitted.linear, make_header(fitted, summary, shards, options, e, model))


def mapping_of(linear: Linear, header: Header) -> LinearMapping:
    """A fit as a mapping."""
    blocks = blocks_of(len(linear.intercept))
    return LinearMapping.from_blocks(
        {name: linear.weights[:, c] for name, c in blocks.items()},
        {name: linear.intercept[c] for name, c in blocks.items()},
        header=header,
    )


def make_header(
    fitted: Fitted, summary: Summary, shards: ShardSet, options: Options, e: int, model: FlameModel | None
) -> Header:
    from ..base.version import __version__

    used = [(info, n) for info, n in zip(shards.infos, shards.rows) if info.clip in summary.clips]
    rights = sorted({info.rights for info, _ in used} - {""})
    unstated = sum(not info.rights for info, _ in used)
    licence = "; ".join(rights)
    if unstated:
        licence += ("; " if licence else "") + f"not stated for {unstated} of {len(used)} clips"
    release, sha256 = shards.common("release"), shards.common("sha256")
    if model is not None:
        release, sha256 = model.release, model.sha256
    support = summary.support.sum(0)
    notes: dict[str, Any] = {
        "method": options.method,
        "strength": fitted.strength,
        "balance": options.balance if options.method != "pinv" else 0.0,
        "loss": options.loss if options.method != "pinv" else "squares",
        "condition_number": fitted.condition,
        "support": {name: int(support[i]) for i, name in enumerate(BLENDSHAPES)},
        "support_above": ACTIVE,
        "frames_by_kind": {name: int(n) for name, n in zip(KINDS, summary.kind_counts.sum(0))},
    }
    if summary.x_sketch.num_rows:
        notes["coverage"] = {
            "low": [float(v) for v in summary.x_sketch.quantile(0.0005)],
            "high": [float(v) for v in summary.x_sketch.quantile(0.9995)],
        }
    if fitted.curve:
        notes["cross_validation"] = fitted.curve
    return Header(
        schema=SCHEMA,
        made_by=f"mp2flame {__version__}",
        flame_release=release,
        flame_sha256=sha256,
        num_expression=e,
        has_jaw=model.has_jaw if model is not None else None,
        detector_mode=shards.common("detector_mode") if ";" not in shards.common("detector_mode") else "",
        licence=licence,
        provenance={
            "subjects": len({info.subject for info, _ in used}),
            "clips": len(used),
            "frames": summary.num_rows,
            "formats": sorted({info.source_format for info, _ in used} - {""}),
            "dropped": _dropped([info.counts for info, _ in used]),
        },
        notes=notes,
    )


def _dropped(counts: list[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for row in counts:
        for reason, number in row.items():
            if reason in DROPPED and number:
                total[reason] = total.get(reason, 0) + number
    return total
