"""The report's pictures, by matplotlib. One function per picture; some have a narrow form for a phone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.channels import BLENDSHAPES
from ..base.optional import need
from .sketch import Sketch

F64 = npt.NDArray[np.float64]
PHONE = 3.7
"""Width of a narrow picture, inches."""
WIDE = 9.6
"""Width of a row of small pictures, inches."""
FEW = 20
"""Frames below which a channel counts as hardly ever seen."""
INK, SECOND, PALE = "#1f4e79", "#c55a11", "#d9e2ec"
_STYLE: dict[Any, Any] = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "figure.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "mp2flame",
}


@contextmanager
def drawing(width: float, height: float, **grid: Any) -> Iterator[tuple[Any, Any]]:
    """A figure and its axes in inches, without a display and without touching global settings.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    matplotlib, figures = need("matplotlib", "matplotlib.figure", purpose="the report")
    with matplotlib.rc_context(_STYLE):
        figure = figures.Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.subplots(**grid) if grid else figure.subplots()


def _small(
    counts: F64,
    edges: F64,
    columns: int,
    size: tuple[float, float],
    titles: Sequence[str],
    notes: Sequence[str] = (),
    levels: Sequence[tuple[float, str]] = (),
    unit: str = "",
) -> Any:
    """Many small histograms beside each other, as one drawing: an axis for each takes a second for ten of them.

    Args:
        counts: (N, bins) heights, 1 fills a cell.
        edges: (bins + 1,).
        size: of a cell, inches.
        notes: small text at the upper right of each.
        levels: heights that are named at the left of each row.
        unit: under the ends of the last cell of each column.
    """
    figures, collections = need("matplotlib.figure", "matplotlib.collections", purpose="the report")
    matplotlib = need("matplotlib", purpose="the report")
    rows, count = -(-len(counts) // columns), len(counts)
    left, below, gap, title = 0.3 if levels else 0.05, 0.36 if unit else 0.2, 0.12, 0.16
    width, height = left + columns * size[0], below + rows * size[1]
    at = (edges - edges[0]) / (edges[-1] - edges[0]) * (size[0] - gap)
    step, tall = np.repeat(at, 2), size[1] - title - 0.1
    ticks = [float(edges[0]), *([0.0] if edges[0] < 0 < edges[-1] else []), float(edges[-1])]
    with matplotlib.rc_context(_STYLE):
        figure = figures.Figure(figsize=(width, height))
        axis = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
        axis.axis("off")
        shapes, lines = [], []
        for i in range(count):
            row, column = divmod(i, columns)
            x, y = left + column * size[0], below + (rows - 1 - row) * size[1] + 0.1
            up = np.repeat(np.clip(counts[i], 0, 1.0), 2) * tall
            shapes.append(np.c_[x + step, y + np.r_[0, up, 0]])
            lines += [[(x, y), (x + at[-1], y)], [(x, y), (x, y + tall)]]
            axis.text(x, y + tall + 0.03, titles[i], fontsize=7, va="bottom")
            if notes:
                axis.text(x + at[-1], y + tall - 0.01, notes[i], fontsize=6, ha="right", va="top")
            for value in ticks:
                to = x + (value - edges[0]) / (edges[-1] - edges[0]) * at[-1]
                lines.append([(to, y), (to, y - 0.03)])
                if i + columns >= count:
                    side = "left" if value == ticks[0] else "right" if value == ticks[-1] else "center"
                    axis.text(to, y - 0.05, f"{value:.3g}", fontsize=6, ha=side, va="top")
            for value, text in levels if column == 0 else ():
                axis.text(x - 0.03, y + value * tall, text, fontsize=5, ha="right", va="center")
            if unit and i + columns >= count:
                axis.text(x + at[-1] / 2, y - 0.17, unit, fontsize=7, ha="center", va="top")
        axis.add_collection(collections.PolyCollection(shapes, facecolors=INK))
        axis.add_collection(collections.LineCollection(lines, colors="#444", linewidths=0.5))
        return figure


def _range(sketch: Sketch, symmetric: bool) -> tuple[float, float]:
    low, high = float(np.nanmin(sketch.quantile(0.001))), float(np.nanmax(sketch.quantile(0.999)))
    if symmetric:
        high = max(abs(low), abs(high), 1e-3)
        return -float(high) * 1.05, float(high) * 1.05
    return min(0.0, float(low)), max(float(high), 1e-3)


def scores(sketch: Sketch, columns: int = 4) -> Any:
    """Histograms of the 52 scores, counts on a root scale so that rare high scores can be seen."""
    edges = np.linspace(0, 1, 41)
    shares = np.sqrt(sketch.histogram(edges) / max(sketch.num_rows, 1))
    size = (WIDE / 4 if columns > 2 else PHONE / 2, 0.75)
    notes = [f"max {high:.2f}" for high in sketch.high]
    return _small(shares, edges, columns, size, BLENDSHAPES, notes, [(0, "0"), (0.316, "10%"), (1, "100%")])


def expression(sketch: Sketch) -> Any:
    """The spread of each expression coefficient: median, middle half, 1 to 99 %."""
    count = len(sketch.counts)
    at = np.arange(count)
    levels = {q: sketch.quantile(q) for q in (0.01, 0.25, 0.5, 0.75, 0.99)}
    with drawing(10, 3.2) as (figure, axis):
        axis.vlines(at, levels[0.01], levels[0.99], color=PALE, lw=max(1.0, 250 / count))
        axis.vlines(at, levels[0.25], levels[0.75], color=INK, lw=max(1.0, 250 / count))
        axis.plot(at, levels[0.5], ".", color=SECOND, ms=4)
        axis.axhline(0, color="#888", lw=0.5)
        axis.set(xlabel="expression coefficient", ylabel="value", xlim=(-1, count))
        axis.set_title("pale: 1 to 99 %, dark: middle half, dot: median", fontsize=7, loc="right")
        return figure


def expression_histograms(sketch: Sketch, columns: int = 5) -> Any:
    """Histograms of the first expression coefficients."""
    count = min(20, len(sketch.counts))
    low, high = _range(sketch[:count], True)
    edges = np.linspace(low, high, 61)
    shares = sketch.histogram(edges)[:count] / max(sketch.num_rows, 1)
    size = ((WIDE if columns > 2 else PHONE) / columns, 0.9)
    return _small(_filling(shares), edges, columns, size, [str(i) for i in range(count)])


def poses(sketch: Sketch, names: list[str], columns: int = 3) -> Any:
    """Histograms of rotations in degrees, on a root scale."""
    low, high = _range(sketch, True)
    edges = np.linspace(low, high, 81)
    shares = np.sqrt(sketch.histogram(edges) / max(sketch.num_rows, 1))
    middle, ends = np.degrees(sketch.quantile(0.5)), np.degrees([sketch.low, sketch.high])
    notes = [f"median {m:.1f}, {round(low)} to {round(high)}" for m, low, high in zip(middle, *ends)]
    size = ((WIDE if columns > 1 else PHONE) / columns, 1.4)
    return _small(_filling(shares), np.degrees(edges), columns, size, names, notes, unit="degrees")


def _filling(shares: F64) -> F64:
    """Each row over its highest bin, so that it fills nine tenths of its cell."""
    highest = np.maximum(shares.max(1, keepdims=True), 1e-12)
    return np.asarray(0.9 * shares / highest)


def correlations(values: F64, names: list[str]) -> Any:
    """A square of correlations."""
    with drawing(9, 8.4) as (figure, axis):
        shown = axis.imshow(values, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
        axis.set_xticks(range(len(names)), names, rotation=90, fontsize=5)
        axis.set_yticks(range(len(names)), names, fontsize=5)
        figure.colorbar(shown, ax=axis, shrink=0.6, label="correlation")
        return figure


def cross_correlations(values: F64, rows: list[str], columns: list[str]) -> Any:
    """Scores against outputs."""
    with drawing(10, 7) as (figure, axis):
        shown = axis.imshow(values, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest", aspect="auto")
        axis.set_yticks(range(len(rows)), rows, fontsize=5)
        step = max(1, len(columns) // 60)
        axis.set_xticks(range(0, len(columns), step), columns[::step], rotation=90, fontsize=5)
        figure.colorbar(shown, ax=axis, shrink=0.6, label="correlation")
        return figure


def coverage(support: npt.NDArray[np.int64], frames: npt.NDArray[np.int64], people: list[str]) -> Any:
    """Share of each person's frames in which a channel is active; white is never."""
    share = support / np.maximum(frames, 1)[:, None]
    with drawing(10, 1.8 + 0.14 * len(people)) as (figure, axis):
        shown = axis.imshow(
            np.where(support > 0, np.log10(np.maximum(share, 1e-4)), np.nan), aspect="auto", cmap="viridis",
            vmin=-4, vmax=0, interpolation="nearest",
        )  # fmt: skip
        axis.set_xticks(range(52), BLENDSHAPES, rotation=90, fontsize=6)
        axis.set_yticks(range(len(people)), people, fontsize=5)
        bar = figure.colorbar(shown, ax=axis, ticks=[-4, -3, -2, -1, 0])
        bar.ax.set_yticklabels(["0.01 %", "0.1 %", "1 %", "10 %", "100 %"], fontsize=6)
        return figure


def support_bars(counts: npt.NDArray[np.int64], threshold: float, upright: bool = False) -> Any:
    """Frames in which each channel is active, on a log scale; ``upright`` has the channels below each other."""
    colors = [SECOND if c < FEW else INK for c in counts]
    with drawing(*((PHONE, 8.4) if upright else (10, 2.6))) as (figure, axis):
        draw = axis.barh if upright else axis.bar
        draw(range(52), np.maximum(counts, 0.5), color=colors)
        ends = {"scale": "log", "lim": (0.5, None), "label": f"frames above {threshold:g}"}
        axis.set(**{f"{'x' if upright else 'y'}{key}": value for key, value in ends.items()})
        (axis.xaxis if upright else axis.yaxis).set_major_formatter(lambda value, _: f"{value:,.0f}")
        if upright:
            axis.set_yticks(range(52), BLENDSHAPES, fontsize=7)
            axis.set_ylim(51.7, -0.7)
        else:
            axis.set_xticks(range(52), BLENDSHAPES, rotation=90, fontsize=6)
            axis.set_xlim(-0.7, 51.7)
        return figure


def bars(labels: list[str], first: F64, second: F64 | None, names: tuple[str, str], ylabel: str) -> Any:
    """One or two values per label, side by side."""
    at = np.arange(len(labels))
    with drawing(10, 2.6) as (figure, axis):
        width = 0.8 if second is None else 0.4
        axis.bar(at - (0.2 if second is not None else 0), first, width, 
                 color=PALE if second is not None else INK,
                 edgecolor="#888" if second is not None else INK, lw=0.3, label=names[0])  # fmt: skip
        if second is not None:
            axis.bar(at + 0.2, second, width, color=INK, label=names[1])
            axis.legend(frameon=False, fontsize=7)
        step = max(1, len(labels) // 60)
        axis.set_xticks(at[::step], labels[::step], rotation=90, fontsize=6)
        axis.set(ylabel=ylabel, xlim=(-0.7, len(labels) - 0.3))
        return figure


def scatter(truth: F64, before: F64, after: F64, names: list[str], labels: tuple[str, str]) -> Any:
    """Outputs as tracked (across) against as predicted (up), two ways of predicting."""
    with drawing(10, 2.7, ncols=len(names)) as (figure, axes):
        for i, axis in enumerate(np.atleast_1d(axes)):
            ends = np.quantile(truth[:, i], [0.001, 0.999])
            axis.plot(ends, ends, color="#888", lw=0.7)
            axis.plot(
                truth[:, i],
                before[:, i],
                ".",
                ms=1.2,
                color=SECOND,
                alpha=0.35,
                rasterized=True,
                label=labels[0],
            )
            axis.plot(
                truth[:, i], after[:, i], ".", ms=1.2, color=INK, alpha=0.35, rasterized=True, label=labels[1]
            )
            axis.set_title(names[i], fontsize=8, loc="left")
            axis.set_xlabel("tracked")
        np.atleast_1d(axes)[0].set_ylabel("predicted")
        np.atleast_1d(axes)[0].legend(frameon=False, fontsize=6, markerscale=5)
        return figure


def curve(strength: list[float], blocks: dict[str, list[float]]) -> Any:
    """Error on people left out against strength, each block relative to its best."""
    with drawing(10, 2.6) as (figure, axis):
        for (name, values), color in zip(blocks.items(), (INK, SECOND, "#548235")):
            best = min(values) or 1.0
            axis.plot(strength, np.asarray(values) / best, "-o", ms=3, color=color, label=name)
        axis.set_xscale("log")
        axis.set(xlabel="strength", ylabel="error on people left out, best = 1")
        axis.legend(frameon=False, fontsize=7)
        return figure
