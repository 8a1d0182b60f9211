"""The report's pictures, by matplotlib. One function per picture; some have a narrow form for a phone."""

from __future__ import annotations

from collections.abc import Iterator
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
        # many small axes: finding a layout for them would take longer than drawing them
        many = grid.get("nrows", 1) * grid.get("ncols", 1) > 20
        figure = figures.Figure(figsize=(width, height), layout=None if many else "constrained")
        if many:
            figure.subplots_adjust(
                left=0.04 if width > 5 else 0.11, right=0.99, bottom=0.03, top=0.98, hspace=0.55, wspace=0.1
            )
        yield figure, figure.subplots(**grid) if grid else figure.subplots()


def _range(sketch: Sketch, symmetric: bool) -> tuple[float, float]:
    low, high = float(np.nanmin(sketch.quantile(0.001))), float(np.nanmax(sketch.quantile(0.999)))
    if symmetric:
        high = max(abs(low), abs(high), 1e-3)
        return -float(high) * 1.05, float(high) * 1.05
    return min(0.0, float(low)), max(float(high), 1e-3)


def scores(sketch: Sketch, columns: int = 4) -> Any:
    """Histograms of the 52 scores, counts on a root scale so that rare high scores can be seen."""
    edges = np.linspace(0, 1, 41)
    counts = sketch.histogram(edges) / max(sketch.num_rows, 1)
    rows = -(-52 // columns)
    with drawing(10 if columns > 2 else PHONE, 0.85 * rows, nrows=rows, ncols=columns, sharex=True) as (
        figure,
        axes,
    ):
        for i, axis in enumerate(axes.flat):
            axis.stairs(np.sqrt(counts[i]), edges, fill=True, color=INK)
            axis.set_title(BLENDSHAPES[i], fontsize=7, pad=1, loc="left")
            axis.text(
                1,
                0.98,
                f"max {sketch.high[i]:.2f}",
                transform=axis.transAxes,
                ha="right",
                va="top",
                fontsize=6,
            )
            axis.set(xlim=(0, 1), ylim=(0, 1), yticks=[0, 0.316, 1])
            axis.set_yticklabels(["0", "10%", "100%"] if i % columns == 0 else [], fontsize=5)
            axis.tick_params(axis="x", labelsize=6)
        return figure


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


def expression_histograms(sketch: Sketch, count: int = 20, columns: int = 5) -> Any:
    """Histograms of the first expression coefficients."""
    count = min(count, len(sketch.counts))
    low, high = _range(Sketch(sketch.counts[:count], sketch.low[:count], sketch.high[:count]), True)
    edges = np.linspace(low, high, 61)
    counts = sketch.histogram(edges) / max(sketch.num_rows, 1)
    rows, width = -(-count // columns), 10 if columns > 2 else PHONE
    with drawing(width, 0.9 * rows, nrows=rows, ncols=columns, sharex=True, squeeze=False) as (figure, axes):
        for i, axis in enumerate(axes.flat):
            if i >= count:
                axis.axis("off")
                continue
            axis.stairs(counts[i], edges, fill=True, color=INK)
            axis.set(yticks=[])
            axis.set_title(f"{i}", fontsize=7, pad=1, loc="left")
            axis.tick_params(axis="x", labelsize=6)
        return figure


def poses(sketch: Sketch, names: list[str], columns: int = 3) -> Any:
    """Histograms of rotations in degrees, on a root scale."""
    low, high = _range(sketch, True)
    edges = np.linspace(low, high, 81)
    counts = np.sqrt(sketch.histogram(edges) / max(sketch.num_rows, 1))
    rows = -(-len(names) // columns)
    with drawing(
        10 if columns > 1 else PHONE, 1.6 * rows, nrows=rows, ncols=columns, sharex=True, squeeze=False
    ) as (figure, axes):
        for i, axis in enumerate(axes.flat):
            axis.stairs(counts[i], np.degrees(edges), fill=True, color=INK)
            axis.axvline(0, color="#888", lw=0.5)
            axis.set_title(names[i], fontsize=8, pad=2, loc="left")
            middle, ends = np.degrees(sketch.quantile(0.5)[i]), np.degrees([sketch.low[i], sketch.high[i]])
            axis.text(
                1, 0.98, f"median {middle:.1f}, {ends[0]:.0f} to {ends[1]:.0f}", transform=axis.transAxes,
                ha="right", va="top", fontsize=6,
            )  # fmt: skip
            axis.set(yticks=[], ylim=(0, None))
        for axis in axes[-1]:
            axis.set_xlabel("degrees")
        return figure


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
    colors = [SECOND if c < 20 else INK for c in counts]
    with drawing(*((PHONE, 8.4) if upright else (10, 2.6))) as (figure, axis):
        draw = axis.barh if upright else axis.bar
        draw(range(52), np.maximum(counts, 0.5), color=colors)
        ends = {"scale": "log", "lim": (0.5, None), "label": f"frames above {threshold:g}"}
        axis.set(**{f"{'x' if upright else 'y'}{key}": value for key, value in ends.items()})
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
