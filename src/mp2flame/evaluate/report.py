"""The figures of an evaluation as text, JSON and an HTML page with curves and pictures."""

from __future__ import annotations

import base64
import html
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..base.errors import OutputError
from ..base.optional import need
from .clips import SCORE_GROUPS, ClipResult
from .measures.tracking import GROUPS, summarise

Table = tuple[str, list[str], list[list[str]]]  # title, header, rows


@dataclass(eq=False)
class Evaluation:
    """Everything that was measured.

    Attributes:
        methods: names in order.
        lab: method to input to figures (``evaluate_lab``).
        clips: one result per clip.
        heads: method to lids and lips (``evaluate_head``).
        skipped: what was left out and why.
        about: what was compared: heads, files, version.
    """

    methods: list[str]
    lab: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    clips: list[ClipResult] = field(default_factory=list)
    heads: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)


def tables(result: Evaluation) -> list[Table]:
    """Every table of the report."""
    found: list[Table] = []
    if result.lab:
        header = [
            "method",
            "input",
            "face mm",
            "lips mm",
            "lids mm",
            "jaw deg",
            "left eye deg",
            "right eye deg",
        ]
        keys = ("face", "lips", "lids", "jaw", "left_eye", "right_eye")
        rows = [
            [method, given, *(f"{figures[key]:.3f}" for key in keys)]
            for method, inputs in result.lab.items()
            for given, figures in inputs.items()
        ]
        found.append(("Lab set: mean error against truth", header, rows))
    if result.clips:
        found += _clip_tables(result)
    if result.heads:
        found += _head_tables(result)
    return found


def _clip_tables(result: Evaluation) -> list[Table]:
    tracked = {m: [row for clip in result.clips for row in clip.tracked.get(m, [])] for m in result.methods}
    rows = []
    for method, of in tracked.items():
        summary = summarise(of)
        rows.append([method, *(_cell(summary[group]) for group in GROUPS)])
    found: list[Table] = [
        (
            "Tracking of measured distances: median correlation / gain (how many moved)",
            ["method", *GROUPS],
            rows,
        )
    ]
    per_clip = [
        [
            clip.name,
            str(clip.frames),
            clip.rest,
            *(_number(clip.rest_mm.get(m)) for m in result.methods),
            *(_number(clip.jitter_mm.get(m)) for m in result.methods),
        ]
        for clip in result.clips
    ]
    header = ["clip", "frames", "rest", *(f"rest mm, {m}" for m in result.methods)]
    header += [f"jitter mm, {m}" for m in result.methods]
    found.append(("Resting face: mean vertex displacement, and jitter", header, per_clip))
    if any(clip.redetected for clip in result.clips):
        groups = (*SCORE_GROUPS, "all")
        rows = []
        for method in result.methods:
            of_method = [clip.redetected[method] for clip in result.clips if method in clip.redetected]
            if of_method:
                rows.append([method, *(_redetected(of_method, group) for group in groups)])
        title = "Scores detected again in the driven head, as change from neutral: mean error / where active"
        found.append((title, ["method", *groups], rows))
    return found


def _head_tables(result: Evaluation) -> list[Table]:
    lids = [
        [m, pose, *(f"{f[k]:.2f}" for k in ("gap_max", "gap_mean", "gap_min", "penetration"))]
        for m, parts in result.heads.items()
        for pose, f in parts["lids"].items()
    ]
    lips = [
        [m, pose, *(f"{f[k]:.2f}" for k in ("gap_mean", "gap_min", "from_rest"))]
        for m, parts in result.heads.items()
        for pose, f in parts["lips"].items()
    ]
    lid_header = ["method", "pose", "gap max mm", "gap mean mm", "gap min mm", "in the eyeball mm"]
    return [
        ("Lids", lid_header, lids),
        ("Lips", ["method", "pose", "gap mean mm", "gap min mm", "change from rest mm"], lips),
    ]


def _cell(summary: dict[str, Any]) -> str:
    if not summary["count"]:
        return "-"
    return f"{summary['correlation']:.3f} / {summary['gain']:.2f} ({summary['count']})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _redetected(of: list[dict[str, tuple[float, float, int]]], group: str) -> str:
    mean = float(np.mean([one[group][0] for one in of]))
    counts = np.array([one[group][2] for one in of], float)
    active = np.array([one[group][1] for one in of])
    return f"{mean:.4f} / {float(counts @ active / counts.sum()):.3f}" if counts.any() else f"{mean:.4f} / -"


def console_tables(result: Evaluation) -> str:
    """All tables as markdown."""
    parts = []
    for title, header, rows in tables(result):
        widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
        line = "| " + " | ".join(cell.ljust(width) for cell, width in zip(header, widths)) + " |"
        rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
        body = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths)) + " |" for row in rows]
        parts.append("\n".join([title, "", line, rule, *body]))
    parts += [f"left out: {text}" for text in result.skipped]
    return "\n\n".join(parts)


def as_dict(result: Evaluation) -> dict[str, Any]:
    """Numbers only, for JSON."""
    clips = [
        {
            "name": clip.name,
            "rest": clip.rest,
            "frames": clip.frames,
            "tracking": {
                m: {r.name: {"correlation": r.correlation, "gain": r.gain, "std": r.std} for r in rows}
                for m, rows in clip.tracked.items()
            },
            "rest_mm": clip.rest_mm,
            "jitter_mm": clip.jitter_mm,
            "redetected": {
                m: {g: {"mean": v[0], "active": v[1], "count": v[2]} for g, v in table.items()}
                for m, table in clip.redetected.items()
            },
        }
        for clip in result.clips
    ]
    tracked = {
        m: summarise([row for clip in result.clips for row in clip.tracked.get(m, [])])
        for m in result.methods
    }
    return {
        "schema": "mp2flame.evaluation/1",
        **result.about,
        "methods": result.methods,
        "lab": result.lab,
        "tracking": tracked if result.clips else {},
        "clips": clips,
        "heads": result.heads,
        "skipped": result.skipped,
    }


def write_json(result: Evaluation, path: str | os.PathLike[str]) -> None:
    """Raises ``OutputError`` when it cannot be written."""
    _write(path, json.dumps(as_dict(result), indent=1) + "\n")


def write_html(result: Evaluation, path: str | os.PathLike[str]) -> None:
    """One page without outside parts: tables, curves, pictures.

    Raises:
        MissingDependencyError: no Matplotlib (extra ``plots``), which draws the curves.
        OutputError: it cannot be written.
    """
    parts = [
        f"<h1>Evaluation</h1><p>{html.escape(', '.join(f'{k}: {v}' for k, v in result.about.items()))}</p>"
    ]
    for title, header, rows in tables(result):
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in rows)
        parts.append(f"<h2>{html.escape(title)}</h2><table><tr>{head}</tr>{body}</table>")
    channels = {m: inputs[next(iter(inputs))].get("channels") for m, inputs in result.lab.items()}
    if any(channels.values()):
        parts.append("<h2>Correlation of each channel with truth</h2>" + _picture(_bars(channels)))
    for clip in result.clips:
        if clip.curves or clip.pictures:
            parts.append(f"<h2>{html.escape(clip.name)}</h2>")
        if clip.curves:
            parts.append(_picture(_curves(clip)))
        if clip.pictures:
            names = ["the person", *result.methods] if _with_person(clip, result.methods) else result.methods
            parts.append(f"<p>{html.escape(' | '.join(names))}, frame by frame</p>")
            parts += [_strip(index, images) for index, images in sorted(clip.pictures.items())]
    parts += [f"<p>left out: {html.escape(text)}</p>" for text in result.skipped]
    _write(path, _PAGE.replace("BODY", "\n".join(parts)))


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport"
content="width=device-width"><title>Evaluation</title> <style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color:
#1d2126 } table { border-collapse: collapse; display: block; overflow-x: auto } h2 { margin-top: 2.2rem }
th, td { border: 1px solid #cfd5dc; padding: .25rem .6rem; text-align: left; font-variant-numeric:
tabular-nums } th { background: #eef1f4 } img { max-width: 100% }
</style></head><body>
BODY
</body></html>
"""


def _write(path: str | os.PathLike[str], text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}.") from None


def _with_person(clip: ClipResult, methods: Sequence[str]) -> bool:
    return any(len(images) > len(methods) and images[0] is not None for images in clip.pictures.values())


def _plots() -> Any:
    return need("matplotlib.figure", purpose="the HTML report", instead="or use --json").Figure


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80)
    return buffer.getvalue()


def _picture(data: bytes, kind: str = "png") -> str:
    return f'<img alt="" src="data:image/{kind};base64,{base64.b64encode(data).decode()}">'


def _curves(clip: ClipResult) -> bytes:
    count = len(clip.curves)
    figure = _plots()(figsize=(11, 1.6 * count + 0.5), layout="constrained")
    for i, (name, (seconds, person, ours)) in enumerate(clip.curves.items()):
        axes = figure.add_subplot(count, 1, i + 1)
        # Rest heights differ between a person and a head: what moves is compared, so the median is taken off.
        axes.plot(seconds, person - np.median(person), "k", lw=1.5, label="the person")
        for method, values in ours.items():
            axes.plot(seconds, values - np.median(values), lw=1.1, label=method)
        axes.set_title(name.replace("_", " "), loc="left", fontsize=9)
        axes.tick_params(labelsize=7)
        if i == 0:
            axes.legend(fontsize=7, loc="upper right", ncols=4)
    axes.set_xlabel("seconds; eye distances", fontsize=8)
    return _png(figure)


def _bars(channels: dict[str, Any]) -> bytes:
    names = list(next(found for found in channels.values() if found))
    figure = _plots()(figsize=(11, 0.2 * len(names) + 1), layout="constrained")
    axes = figure.add_subplot()
    height = 0.8 / len(channels)
    for i, (method, found) in enumerate(channels.items()):
        if found:
            axes.barh(
                np.arange(len(names)) + i * height, [found.get(n, 0) for n in names], height, label=method
            )
    axes.set_yticks(np.arange(len(names)), names, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlim(-0.2, 1)
    axes.legend(fontsize=7)
    return _png(figure)


def _strip(index: int, images: list[Any]) -> str:
    """Pictures side by side, all as high as the smallest."""
    kept = [np.asarray(image) for image in images if image is not None]
    figure = _plots()(figsize=(3.0 * len(kept), 3.2), layout="constrained")
    for i, image in enumerate(kept):
        axes = figure.add_subplot(1, len(kept), i + 1)
        axes.imshow(image)
        axes.set_axis_off()
        if i == 0:
            axes.set_title(f"frame {index}", loc="left", fontsize=8)
    return _picture(_png(figure))
