"""The part of a report on shards that says what a fit leaves over, beside the usual pseudo-inverse."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..base.channels import BLENDSHAPES
from ..evaluate.page import Page
from ..rig.mapping.linear import LinearMapping
from . import figures
from .fit import Fitted, blocks_of, rare_channels, worst_rare_weight
from .moments import Moments
from .solve import condition_number
from .summary import ACTIVE, Summary

F64 = npt.NDArray[np.float64]


def output_names(width: int) -> list[str]:
    """Names of the output columns."""
    jaw = [f"jaw {a}" for a in "xyz"]
    eyes = [f"{side} eye {a}" for side in ("left", "right") for a in "xyz"]
    return [f"expression {i}" for i in range(width - 9)] + jaw + eyes


def still(deviation: F64) -> npt.NDArray[np.bool_]:
    """Outputs that do not move: a hundredth of a coefficient, a tenth of a degree."""
    limits = np.full(len(deviation), 0.01)
    limits[-9:] = np.radians(0.1)
    return deviation < limits


def fits(page: Page, summary: Summary, usual: Fitted, after: Fitted, mapping: LinearMapping | None) -> None:
    page.heading("Before and after the fit")
    whole = Moments.total(summary.moments[key] for key in sorted(summary.moments))
    sample = summary.sample
    assert sample is not None
    if mapping is not None:
        params = mapping.apply(sample.x)
        now = np.concatenate([params.expression, params.jaw_pose, params.eye_pose], axis=1).astype(np.float64)
    else:
        now = after.predict(sample.x, sample.group)
    both = _Both(
        sample.y.astype(np.float64), usual.predict(sample.x, sample.group), now,
        ("pseudo-inverse", "ridge" if mapping is None else "given mapping"),
    )  # fmt: skip
    page.note(
        f"On {len(sample.x)} frames drawn from all clips, "
        + (
            "each person predicted by a fit without them."
            if after.folds
            else "one person only: predicted by a fit with them."
        )
        + f" Condition number of the scores: {condition_number(whole):.0f}. Worst weight of a rare channel "
        f"({len(rare_channels(summary))} channels), over what the data shows: usual pseudo-inverse "
        f"{worst_rare_weight(usual.linear, summary):.1f}, ridge "
        f"{worst_rare_weight(after.linear, summary):.1f}."
    )
    _before_after(page, both)
    _residuals(page, both, sample.x > ACTIVE)
    if after.curve:
        page.heading("Choice of strength")
        blocks = {k: v for k, v in after.curve.items() if k != "strength"}
        page.picture("strength", figures.curve(after.curve["strength"], blocks), "error against strength")


class _Both(NamedTuple):
    """``(N, D)``: what was tracked, and the same by the usual pseudo-inverse and by the fit; how the two are called."""

    truth: F64
    before: F64
    now: F64
    labels: tuple[str, str]

    @property
    def rms(self) -> list[F64]:
        return [np.sqrt(((v - self.truth) ** 2).mean(0)) for v in (self.before, self.now)]


def _before_after(page: Page, both: _Both) -> None:
    """Scatter of the two strongest coefficients, jaw and gaze; a table of what is left over, block by block."""
    truth, spread, (_, label) = both.truth, both.truth.std(0), both.labels
    e = truth.shape[1] - 9
    first = np.argsort(-spread[:e])[:2] if e else np.zeros(0, int)
    shown = [*first.tolist(), e, e + 3, e + 4]
    names = [output_names(truth.shape[1])[i] for i in shown]
    page.picture(
        "before_after",
        figures.scatter(truth[:, shown], both.before[:, shown], both.now[:, shown], names, both.labels),
        "tracked against predicted",
    )
    rows = []
    for block, columns in blocks_of(truth.shape[1]).items():
        if columns.stop == columns.start:
            continue
        total, *left = (np.sqrt((v[columns] ** 2).sum()) for v in (spread, *both.rms))
        explained = f"{100 * (1 - (left[1] / max(total, 1e-12)) ** 2):.1f} %"
        rows.append([block, f"{total:.3f}", *(f"{v:.3f}" for v in left), explained])
    page.table(
        ["root mean square", "of the data", "left by pseudo-inverse", f"left by {label}", "explained"], rows
    )


def _residuals(page: Page, both: _Both, active: npt.NDArray[np.bool_]) -> None:
    """What is left over by output, and by score: ``active (N, 52)`` says in which frames a score counts."""
    truth, spread = both.truth, both.truth.std(0)
    unit, live = np.maximum(spread, 1e-9), ~still(spread)
    page.heading("Residuals by channel")
    page.note("Root mean square left over, per output, over its spread: 1 explains nothing.")
    labels = [n for n, ok in zip(output_names(truth.shape[1]), live) if ok]
    before, now = (np.minimum((v / unit)[live], 2) for v in both.rms)
    page.picture(
        "residuals", figures.bars(labels, before, now, both.labels, "left over"), "residuals by output"
    )
    page.note(
        "By score: root mean square over the spread of all outputs in frames in which the channel is active."
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        error = [np.sqrt((((v - truth) / unit)[:, live] ** 2).mean(1)) for v in (both.before, both.now)]
        before, now = ((active * e_[:, None]).sum(0) / np.maximum(active.sum(0), 1) for e_ in error)
    ever = np.flatnonzero(active.any(0))
    page.picture(
        "residuals_by_score",
        figures.bars([BLENDSHAPES[i] for i in ever], before[ever], now[ever], both.labels, "left over"),
        "residuals by active channel",
    )
