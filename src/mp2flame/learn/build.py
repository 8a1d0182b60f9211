"""``mp2flame fit``: shards to a mapping file, and whether it beats the default on people it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..base.channels import BLENDSHAPES
from ..base.detection import Detection
from ..base.errors import FileFormatError, InputError, MismatchError
from ..rig.mapping.linear import LinearMapping
from .compare import Errors, difference, errors, verdict
from .fit import (
    Fitted,
    Options,
    fit,
    frame_weights,
    kind_weights,
    mirror_matrix,
    rare_channels,
    to_mapping,
    worst_rare_weight,
)
from .moments import F64
from .shards import ShardSet, read_rows
from .summary import ACTIVE, Sample, Summary, group_of, kind_of_rows, row_keys, summarise

if TYPE_CHECKING:
    from ..flame import FlameModel
    from .network import Layers

F32 = npt.NDArray[np.float32]
NETWORK_ROWS = 60_000
_EVALUATED = 3000


@dataclass
class Evaluation:
    """Errors on people that were left out while fitting.

    Attributes:
        means: contestant to measure to mean: ``fit``, ``default``, ``default with landmarks``, ``mean face``.
        gaps: measure to (mean, low, high) of fit minus the best default, with a 95 % interval over people.
        against: which contestant ``gaps`` are against.
        people, frames: how many were compared.
    """

    means: dict[str, dict[str, float]]
    gaps: dict[str, tuple[float, float, float]]
    against: str
    people: int
    frames: int

    @property
    def main(self) -> str:
        """The measure that decides."""
        return "face_mm" if "face_mm" in self.gaps else "jaw_deg"

    def loses_to_mean(self, name: str) -> bool:
        """Whether a contestant is farther from the truth than the mean of all frames, which follows nobody."""
        return self.means[name][self.main] >= self.means["mean face"][self.main]

    @property
    def verdict(self) -> str:
        """Against the default; ``worse than the mean face`` whatever that says, where the fit loses to it."""
        return "worse than the mean face" if self.loses_to_mean("fit") else verdict(self.gaps[self.main])

    @property
    def doubts(self) -> list[str]:
        """What makes the comparison itself doubtful."""
        if not self.loses_to_mean(self.against):
            return []
        unit = "mm" if self.main.endswith("_mm") else "degrees"
        return [
            f"the shipped default is no nearer to this data ({self.means[self.against][self.main]:.2f} {unit}) than a "
            f"face that never moves ({self.means['mean face'][self.main]:.2f}): either this is not the FLAME file that "
            "the data was tracked with, whose coefficients mean something else, or the scores and parameters are not "
            "of the same frames. Beating such a default says nothing"
        ]


@dataclass
class Built:
    """A mapping and what is known about it; ``warnings`` are sentences for the user."""

    mapping: LinearMapping
    fitted: Fitted
    summary: Summary
    evaluation: Evaluation | None
    warnings: list[str] = field(default_factory=list)


def build(
    shards: ShardSet,
    options: Options | None = None,
    *,
    model: FlameModel | None = None,
    workers: int = 1,
    dask: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Built:
    """Fit a mapping on shards and compare it with the default.

    Args:
        model: the FLAME file that the data was tracked with; needed for ``symmetric``, for millimetres and for the
            comparison of expressions.
        progress: called with what is being done, and how much of how much.

    Raises:
        MismatchError: the shards belong to another FLAME file.
        FileFormatError: a shard is damaged; it is named.
        InputError: too little data, or a method without what it needs.
    """
    chosen = options or Options()
    if model is not None:
        model = _fitting(model, shards)
    elif chosen.method == "symmetric":
        raise InputError("a symmetric fit needs the FLAME file (--flame): its mesh says what mirrors what.")
    tell = progress or (lambda what, done, total: None)
    total = len(shards.paths)
    summary = summarise(
        shards, workers=workers, dask=dask, progress=lambda n: tell("reading shards", n, total)
    )
    _check_read(summary)
    tell("fitting", 0, 1)
    mirror = _mirror(model, shards, chosen.method)
    linear_options = replace(chosen, method="ridge") if chosen.method == "mlp" else chosen
    sums = summary
    if chosen.loss == "distances" and chosen.method != "pinv":
        weigh = frame_weights(fit(summary, replace(linear_options, method="ridge")), summary)
        tell("weighing frames", 0, total)
        sums = summarise(
            shards, workers=workers, dask=dask, sketches=False, weigh=weigh,
            progress=lambda n: tell("weighing frames", n, total),
        )  # fmt: skip
        sums.x_sketch, sums.y_sketch = summary.x_sketch, summary.y_sketch
    fitted = fit(sums, linear_options, mirror=mirror)
    mapping = to_mapping(fitted, summary, shards, chosen, model)
    layers: tuple[Layers, Layers | None] | None = None
    if chosen.method == "mlp":
        tell("training the network", 0, 1)
        layers = _train(shards, summary, fitted, chosen, mirror)
        mapping = _network_mapping(mapping, layers[0], summary)
    tell("comparing with the default", 0, 1)
    evaluation = _evaluate(
        shards, summary, fitted, model, layers[1] if layers else None, network=bool(layers)
    )
    if evaluation is not None:
        mapping = _with_figures(mapping, evaluation)
    return Built(mapping, fitted, summary, evaluation, _warnings(fitted, summary, shards, evaluation))


def _check_read(summary: Summary) -> None:
    if summary.unreadable:
        more = f" (and {len(summary.unreadable) - 1} more)" if len(summary.unreadable) > 1 else ""
        raise FileFormatError(
            f"nothing was fitted: {summary.unreadable[0][1].rstrip('.')}, or take it out of the folder{more}."
        )


def _mirror(model: FlameModel | None, shards: ShardSet, method: str) -> F64 | None:
    if model is None or method not in ("symmetric", "mlp"):
        return None
    try:
        return mirror_matrix(model, shards.num_expression)
    except InputError:  # a head without left-right pairs: the network does without mirrored frames
        if method == "symmetric":
            raise
        return None


def _with_figures(mapping: LinearMapping, evaluation: Evaluation) -> LinearMapping:
    """The mapping with what was measured on people left out, in its header."""
    notes = {"people": evaluation.people, "frames": evaluation.frames, "means": evaluation.means,
             "difference_to": evaluation.against, "difference": evaluation.gaps}  # fmt: skip
    header = replace(mapping.header, notes={**mapping.header.notes, "held_out": _plain(notes)})
    return replace(mapping, header=header)


def _plain(value: object) -> object:
    """For JSON, where there is no NaN: None instead."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _fitting(model: FlameModel, shards: ShardSet) -> FlameModel:
    """The FLAME file cut to the shards' number of coefficients, if they belong together."""
    release, sha256 = shards.common("release"), shards.common("sha256")
    if sha256 and sha256 != model.sha256:
        raise MismatchError(
            f"the shards were made with {release or 'a FLAME file'} (sha256 {sha256[:8]}), the file given is "
            f"{model.release} (sha256 {model.sha256[:8]}). Give the one the data was tracked with."
        )
    if release and not sha256 and release != model.release:
        raise MismatchError(
            f"the shards were made with {release}, the file given is {model.release}; coefficients "
            f"of one mean "
            "nothing in the other. Give the one the data was tracked with."
        )
    if shards.num_expression > model.num_expression:
        raise MismatchError(
            f"the shards have {shards.num_expression} expression coefficients, the FLAME file only "
            f"{model.num_expression}: it is another one."
        )
    return replace(model, exprdirs=model.exprdirs[:, :, : shards.num_expression])


def _collect(shards: ShardSet, limit: int) -> Sample:
    """A fair sample of up to ``limit`` rows of all shards."""
    groups = group_of(shards)
    width = shards.num_expression + 9
    none = np.zeros(0, np.uint64), np.zeros((0, 52), np.float32), np.zeros((0, width), np.float32)
    result = Sample(*none, np.zeros(0, np.int32), limit)
    for path, info in zip(shards.paths, shards.infos):
        for rows in read_rows(path):
            keys = row_keys(info.clip, rows.frame)
            group = np.full(len(rows), groups[info.subject], np.int32)
            result.add(Sample(keys, rows.blendshapes, rows.outputs, group, limit))
    return result


def _train(
    shards: ShardSet, summary: Summary, fitted: Fitted, options: Options, mirror: F64 | None
) -> tuple[Layers, Layers | None]:
    """The network, and one that has not seen fold 0 at all, for the comparison."""
    from .network import train

    rows = _collect(shards, NETWORK_ROWS)
    weight = kind_weights(summary, options.balance)[kind_of_rows(rows.x)].astype(np.float32)
    fold = fitted.fold_of_group[rows.group]
    if not fitted.folds:
        raise InputError(
            "a network needs at least two people: some to learn from, others to know when to stop."
        )
    last = len(fitted.folds) - 1
    final = train(rows.x, rows.y, weight, fold == last, fitted.linear, mirror=mirror, seed=options.seed)
    if last < 2:
        return final, None
    seen = fold != 0
    check = train(
        rows.x[seen], rows.y[seen], weight[seen], fold[seen] == last, fitted.folds[0], mirror=mirror,
        seed=options.seed,
    )  # fmt: skip
    return final, check


def _network_mapping(linear: LinearMapping, layers: Layers, summary: Summary) -> LinearMapping:
    from dataclasses import fields

    from ..rig.mapping.network import NetworkMapping

    plain = {f.name: getattr(linear, f.name) for f in fields(LinearMapping)}
    low, high = (summary.x_sketch.quantile(q).astype(np.float32) for q in (0.0005, 0.9995))
    return NetworkMapping(**plain, layers=layers, low=low, high=high)


# --- comparison ---------------------------------------------------------------------------------------------


def _evaluate(
    shards: ShardSet,
    summary: Summary,
    fitted: Fitted,
    model: FlameModel | None,
    layers: Layers | None,
    *,
    network: bool,
) -> Evaluation | None:
    """Each row predicted by the fit that has not seen its person; None when there is only one."""
    if not fitted.folds or (network and layers is None):
        return None
    sample = summary.sample
    assert sample is not None
    fold = fitted.fold_of_group[sample.group]
    rows = np.flatnonzero(fold == 0)[:_EVALUATED] if network else np.arange(min(len(sample.x), _EVALUATED))
    x, y, people = sample.x[rows], sample.y[rows], sample.group[rows]
    if not len(rows):
        return None
    contestants = {"fit": fitted.predict(x, people).astype(np.float32)}
    if network and layers is not None:
        from .network import run

        contestants["linear part alone"] = contestants["fit"]
        contestants["fit"] = contestants["fit"] + run(layers, x)
    contestants |= _defaults(shards, x, sample.key[rows], y.shape[1], model)
    contestants["mean face"] = np.broadcast_to(np.average(y, axis=0), y.shape).astype(np.float32)
    found = {name: errors(value, y, model) for name, value in contestants.items()}
    if model is None:  # without the FLAME file the default has no coefficients of this basis
        for name in found:
            if name.startswith("default"):
                found[name] = Errors({k: v for k, v in found[name].rows.items() if k != "expression"})
    means = {name: value.means() for name, value in found.items()}
    measure = "face_mm" if model is not None else "jaw_deg"
    against = min((n for n in means if n.startswith("default")), key=lambda n: means[n][measure])
    common = Errors({k: v for k, v in found["fit"].rows.items() if k in found[against].rows})
    gaps = difference(common, found[against], people)
    return Evaluation(means, gaps, against, len(np.unique(people)), len(rows))


def _defaults(
    shards: ShardSet, x: F32, keys: npt.NDArray[np.uint64], width: int, model: FlameModel | None
) -> dict[str, F32]:
    """What the driver answers without a mapping.

    On the scores, and with the landmarks where they were kept.
    """
    from ..drive.driver import Driver

    driver = Driver(model)

    def outputs(weights: npt.NDArray[np.floating]) -> F32:
        params = driver.params_from_weights(weights)
        values = np.zeros((len(weights), width), np.float32)
        if model is not None:
            values[:, : width - 9] = params.expression
        values[:, width - 9 : width - 6], values[:, width - 6 :] = params.jaw_pose, params.eye_pose
        return values

    result = {"default": outputs(driver.response(np.clip(x, 0, 1)))}
    if not shards.has_landmarks:
        return result
    place = {int(key): i for i, key in enumerate(keys)}
    weights = np.zeros((len(x), 52), np.float32)
    done = np.zeros(len(x), bool)
    for path, info in zip(shards.paths, shards.infos):
        neutral = None
        for rows in read_rows(path, landmarks=True, batch_rows=2048):
            seen = Detection(rows.blendshapes.clip(0, 1), rows.landmarks, None, info.image_size)
            neutral = neutral or driver.estimator.neutral(seen)
            here = [
                (i, place[int(k)]) for i, k in enumerate(row_keys(info.clip, rows.frame)) if int(k) in place
            ]
            if not here:
                continue
            source, target = map(list, zip(*here))
            weights[target] = driver.estimator(seen[source], neutral)
            done[target] = True
    if done.all():
        result["default with landmarks"] = outputs(weights)
    return result


def _warnings(fitted: Fitted, summary: Summary, shards: ShardSet, evaluation: Evaluation | None) -> list[str]:
    found = [] if evaluation is None else evaluation.doubts
    support = summary.support.sum(0)
    dead = [BLENDSHAPES[i] for i in range(1, 52) if support[i] < 20]
    if dead:
        found.append(
            f"{len(dead)} channels hardly ever rise above {ACTIVE} in this data, so the mapping "
            f"hardly moves for "
            f"them: {', '.join(dead[:8])}{', ...' if len(dead) > 8 else ''}"
        )
    if fitted.condition > 1000 and not fitted.strength:
        found.append(
            f"the scores depend on each other (condition number {fitted.condition:.0f}): without a "
            f"ridge, rare "
            f"channels get weights of up to {worst_rare_weight(fitted.linear, summary):.0f} times "
            f"what the data "
            f"shows ({len(rare_channels(summary))} rare channels)"
        )
    if evaluation is None:
        found.append("only one person (or too few for a network): the mapping could not be checked on others")
    elif evaluation.people < 5:
        found.append(f"only {evaluation.people} people: the intervals say little")
    if not all(info.rights for info in shards.infos):
        found.append(
            "the rights of some clips are not stated; gather them with --rights to have them in the file"
        )
    return found
