"""One page about a set of shards, or about one recording: what is in it, what is not, what a fit leaves over."""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..base.channels import BLENDSHAPES
from ..base.errors import InputError
from ..evaluate.page import Page
from ..rig.mapping.linear import LinearMapping
from ..take.take import Take
from . import figures
from .fit import Fitted, Options, blocks_of, fit
from .gather import DROPPED
from .moments import Moments
from .report_fits import fits, output_names, still
from .shards import ShardSet, read_rows
from .sketch import Sketch
from .summary import ACTIVE, KINDS, Summary, group_of, row_keys, summarise

F64 = npt.NDArray[np.float64]
OUTLIERS = 30
MOVES = 0.005
"""A score whose standard deviation is less does not move; nor does an output below the like of it (``still``)."""
_AXES = ("x (opens)", "y (sideways)", "z (tilts)")


def report_shards(
    shards: ShardSet,
    *,
    mapping: LinearMapping | None = None,
    workers: int = 1,
    dask: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Page:
    """The page about shards.

    Args:
        mapping: compare this one with the usual pseudo-inverse; None: a ridge fit on these shards, each person
            predicted by a fit without them.
    """
    tell = progress or (lambda what, done, total: None)
    total = len(shards.paths)
    summary = summarise(
        shards, workers=workers, dask=dask, progress=lambda n: tell("reading shards", n, total)
    )
    page = Page("Distribution report")
    _facts(page, shards, summary)
    _distributions(page, summary.x_sketch, summary.y_sketch)
    groups = group_of(shards)
    people = [""] * len(summary.support)
    for subject, group in groups.items():
        people[group] = subject if not people[group] else f"{people[group].split(' +')[0]} +"
    _coverage(page, summary, people)
    _correlations(page, summary)
    if summary.num_rows >= 60:
        usual = fit(summary, Options("pinv"))
        after = fit(summary, Options("ridge"))
        fits(page, summary, usual, after, mapping)
        tell("looking for outliers", 0, total)
        _outliers(page, shards, after, mapping)
    else:
        page.note(f"Only {summary.num_rows} usable frames: too few for a fit.")
    return page


def report_recording(record: Take, name: str) -> Page:
    """The page about one take: distributions, coverage, correlations and outlying frames.

    Raises:
        InputError: no frame with a face.
    """
    seen = np.asarray(record.detected, bool)
    if not seen.any():
        raise InputError(f"{name} has no frame with a face.")
    x = record.blendshapes[seen] if np.any(record.blendshapes) else record.arkit_weights[seen]
    y = np.concatenate([record.expression, record.jaw_pose, record.eye_pose], axis=1)[seen].astype(np.float32)
    summary = Summary.zeros(y.shape[1], 1)
    summary.add_rows(x, y, 0, row_keys(name, np.flatnonzero(seen)))
    page = Page(f"Distribution report: {name}")
    page.items(
        [
            f"{record.num_frames} frames, a face in {int(seen.sum())}, {record.duration_ms / 1000:.1f} s",
            f"head: {record.meta.get('flame', {}).get('release', 'not stated')}, "
            f"{record.num_expression} coefficients",
            f"detector mode: {record.meta.get('detector_mode') or 'not stated'}",
            _kinds_line(summary),
        ]
    )
    _distributions(page, summary.x_sketch, summary.y_sketch)
    _coverage(page, summary)
    if len(y) > 2:
        _correlations(page, summary)
    page.heading("Outlying frames")
    page.note("Frames furthest from the take's median, all channels over their spread.")
    both = np.concatenate([x, y], axis=1).astype(np.float64)
    names = output_names(y.shape[1])
    middle = np.median(both, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(both - middle), axis=0), np.maximum(both.std(0), 1e-3))
    score = np.abs(both - middle) / spread
    frames = np.flatnonzero(seen)
    worst = np.argsort(-np.sqrt((score**2).mean(1)))[:OUTLIERS]
    rows = []
    for i in worst:
        channel = int(score[i].argmax())
        label = (list(BLENDSHAPES) + names)[channel]
        time_s = record.timestamp_ms[frames[i]] / 1000
        rows.append(
            [
                str(frames[i]),
                f"{time_s:.2f} s",
                f"{np.sqrt((score[i] ** 2).mean()):.2f}",
                f"{label} {both[i, channel]:.2f}",
            ]
        )
    page.table(["frame", "time", "distance", "furthest channel"], rows)
    return page


# --- sections -----------------------------------------------------------------------------------------------


def _facts(page: Page, shards: ShardSet, summary: Summary) -> None:
    counts: dict[str, int] = {}
    for info in shards.infos:
        for key, value in info.counts.items():
            counts[key] = counts.get(key, 0) + value
    dropped = ", ".join(f"{v} {k.replace('_', ' ')}" for k, v in counts.items() if k in DROPPED)
    lines = [
        f"{summary.num_rows} frames of {len(shards.infos)} clips, {len(shards.subjects)} people",
        f"dropped while gathering: {dropped or 'none'}",
        f"FLAME: {shards.common('release') or 'not stated'}, {shards.num_expression} expression coefficients",
        f"tracked by: {shards.common('source_format') or 'not stated'}; detector mode: "
        f"{shards.common('detector_mode') or 'not stated'}",
        f"rights: {shards.common('rights') or 'not stated'}",
        _kinds_line(summary),
    ]
    lines += [f"unreadable: {name}: {reason}" for name, reason in summary.unreadable]
    page.items(lines)


def _kinds_line(summary: Summary) -> str:
    counts = summary.kind_counts.sum(0)
    share = counts / max(counts.sum(), 1)
    return "what frames mostly show: " + ", ".join(
        f"{KINDS[i]} {100 * share[i]:.1f} %" for i in np.argsort(-share, kind="stable") if counts[i]
    )


def _distributions(page: Page, x: Sketch, y: Sketch) -> None:
    blocks = blocks_of(len(y.counts))
    page.heading("Scores")
    page.note("Share of frames per score, on a root scale: a bar of 10 % height is 1 % of the frames.")
    page.picture("scores", figures.scores(x), "histograms of the 52 scores", figures.scores(x, columns=2))
    page.heading("Expression coefficients")
    if blocks["expression"].stop:
        own = y[blocks["expression"]]
        page.picture("expression", figures.expression(own), "spread per coefficient")
        page.picture(
            "expression_histograms", figures.expression_histograms(own), "histograms of the first coefficients",
            figures.expression_histograms(own, columns=2),
        )  # fmt: skip
    page.heading("Jaw pose")
    jaw, eyes = y[blocks["jaw_pose"]], y[blocks["eye_pose"]]
    page.picture(
        "jaw_pose",
        figures.poses(jaw, list(_AXES)),
        "histograms of the jaw",
        figures.poses(jaw, list(_AXES), columns=1),
    )
    page.heading("Eye poses")
    names = [
        f"{side} eye {axis}" for side in ("left", "right") for axis in ("x (down)", "y (to the left)", "z")
    ]
    page.picture(
        "eye_pose",
        figures.poses(eyes, names),
        "histograms of the eyes",
        figures.poses(eyes, names, columns=1),
    )


def _coverage(page: Page, summary: Summary, people: list[str] | None = None) -> None:
    """Which channels are seen, and by whom where there are several people."""
    page.heading("Coverage")
    support = summary.support.sum(0)
    weak = [BLENDSHAPES[i] for i in range(1, 52) if support[i] < figures.FEW]
    page.note(
        f"Frames in which each channel is above {ACTIVE:g}; orange: fewer than {figures.FEW}. "
        + (f"Hardly ever seen: {', '.join(weak)}." if weak else "Every channel is seen.")
    )
    page.picture(
        "support", figures.support_bars(support, ACTIVE), "frames per active channel",
        figures.support_bars(support, ACTIVE, upright=True),
    )  # fmt: skip
    if people is not None:
        page.note(
            "Per person: share of the frames in which a channel is active; white is never, + means and others."
        )
        shown = figures.coverage(summary.support, summary.kind_counts.sum(1), people)
        page.picture("coverage", shown, "coverage per person")


def _correlations(page: Page, summary: Summary) -> None:
    whole = Moments.total(summary.moments[key] for key in sorted(summary.moments))
    xx, xy, yy = whole.products(centred=True)
    sx, sy = np.sqrt(np.maximum(np.diag(xx), 0)), np.sqrt(yy)
    rows = np.sqrt(max(whole.count, 1))
    alive, moving = np.flatnonzero(sx / rows >= MOVES), np.flatnonzero(~still(sy / rows))
    page.heading("Correlations")
    left = [BLENDSHAPES[i] for i in range(1, 52) if i not in alive]
    names = output_names(len(sy))
    left += [names[i] for i in range(len(sy)) if i not in moving and i >= len(sy) - 9]
    unused = sum(i not in moving for i in range(len(sy) - 9))
    left += [f"{unused} expression coefficients"] if unused else []
    page.note(
        "Between scores, and of scores with what was tracked. "
        + (f"Left out, because they never move: {', '.join(left)}." if left else "All channels move.")
    )
    if len(alive) < 2 or not len(moving):
        page.note("Too little moves for correlations.")
        return
    labels = [BLENDSHAPES[i] for i in alive]
    inner = xx[np.ix_(alive, alive)] / np.outer(sx[alive], sx[alive])
    page.picture("correlations", figures.correlations(inner, labels), "correlations of the scores")
    outer = xy[np.ix_(alive, moving)] / np.outer(sx[alive], sy[moving])
    page.picture(
        "cross_correlations",
        figures.cross_correlations(outer, labels, [names[i] for i in moving]),
        "scores against outputs",
    )


def _outliers(page: Page, shards: ShardSet, after: Fitted, mapping: LinearMapping | None) -> None:
    """The frames that the fit explains least, in constant memory: the worst so far, shard by shard."""
    page.heading("Outliers")
    page.note(
        "Frames that the fit explains least: tracking failures, wrong pairs, or faces unlike the rest. The "
        "distance is the root mean square residual over all outputs, in units of the usual residual."
    )
    groups = group_of(shards)
    usual = np.sqrt(np.maximum(_residual_variance(shards, after, groups), 1e-12))
    worst: list[tuple[float, str, int, str]] = []
    names = output_names(len(usual))
    for path, info in zip(shards.paths, shards.infos):
        for rows in read_rows(path):
            gap = rows.outputs - after.predict(rows.blendshapes, np.full(len(rows), groups[info.subject]))
            scaled = np.abs(gap) / usual
            distance = np.sqrt((scaled**2).mean(1))
            for i in np.argsort(-distance)[:OUTLIERS]:
                item = (float(distance[i]), info.clip, int(rows.frame[i]), names[int(scaled[i].argmax())])
                if len(worst) < OUTLIERS:
                    heapq.heappush(worst, item)
                else:
                    heapq.heappushpop(worst, item)
    page.table(
        ["clip", "frame", "distance", "worst output"],
        [[clip, str(frame), f"{d:.2f}", name] for d, clip, frame, name in sorted(worst, reverse=True)],
    )


def _residual_variance(shards: ShardSet, after: Fitted, groups: dict[str, int]) -> F64:
    total, count = np.zeros(shards.num_expression + 9), 0
    for path, info in zip(shards.paths, shards.infos):
        for rows in read_rows(path):
            gap = rows.outputs - after.predict(rows.blendshapes, np.full(len(rows), groups[info.subject]))
            total += (gap**2).sum(0)
            count += len(rows)
    return np.asarray(total / max(count, 1))
