"""The figures of an evaluation as text, JSON and an HTML page with curves and pictures."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..base.optional import need
from ..base.write import write_text
from .again import GROUPS
from .clip import ClipResult
from .measures import face
from .page import Page
from .rows import DRIVEN, drawn

Table = tuple[str, list[str], list[list[str]]]  # title, header, rows
Figures = dict[str, float | None]

_MM = ("face", "lips", "lids")
_DEGREES = ("jaw", "left eye", "right eye", "head")
_SET = (*_MM, *_DEGREES, "MAE", "active", "false", "r", "channels moved", "false at rest")


@dataclass(eq=False)
class Evaluation:
    """Everything that was measured.

    Attributes:
        clips: one result per clip.
        sets: name of a set to row to figures (``evaluate_set``).
        heads: row to lids and lips (``evaluate_head``).
        again: row to figures (``look_again``).
        real: figures of true ARKit weights.
        skipped: what was left out and why.
        about: what was compared: head, version.
    """

    clips: list[ClipResult] = field(default_factory=list)
    sets: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    heads: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    again: dict[str, Figures] = field(default_factory=dict)
    real: Figures = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)


def summarise(clips: Sequence[ClipResult]) -> dict[str, dict[str, Any]]:
    """Row to measure to one number over the clips; ``DISTANCE`` to ``r``, ``gain``, ``count``; ``head`` besides.

    Medians over clips (and sides) that move; means for shares of frames and twitches.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in clips[0].figures if clips else ():
        names = {name: None for clip in clips for name in clip.figures[row]}
        of: dict[str, Any] = {
            name: (face.mean if (shown := face.MEASURES.get(name)) and shown.mean else face.median)(
                c.figures[row].get(name) for c in clips
            )
            for name in names
        }
        for name in face.DISTANCES:
            pairs = [side for clip in clips for side in clip.followed[row][name]]
            of[name] = {
                "r": face.median(p.r for p in pairs), "gain": face.median(p.gain for p in pairs), "count": len(pairs),
            }  # fmt: skip
        found[row] = of
    if clips:
        found["head"] = {name: face.median(clip.head[name] for clip in clips) for name in clips[0].head}
    return found


def tables(result: Evaluation) -> list[Table]:
    """Every table of the report."""
    found: list[Table] = []
    if result.clips:
        found += _clip_tables(result)
    if result.again:
        found += _again_tables(result.again)
    for name, rows in result.sets.items():
        keys = [key for key in _SET if any(key in of for of in rows.values())]
        units = {**dict.fromkeys(_MM, " mm"), **dict.fromkeys(_DEGREES, " deg")}
        body = [[row, *(_set_cell(of.get(key), key) for key in keys)] for row, of in rows.items()]
        found.append(
            (f"{name}: against known truth", ["", *(key + units.get(key, "") for key in keys)], body)
        )
    return found + (_head_tables(result) if result.heads else [])


def _clip_tables(result: Evaluation) -> list[Table]:
    clips, summary = result.clips, summarise(result.clips)
    head = summary.pop("head")
    keys = [f"not shown, {region}" for region in face.REGIONS]
    body = [[row, *(_number(of[key]) for key in keys)] for row, of in summary.items()]
    worst = [face.median((c.figures[DRIVEN][key] for c in clips), 0.75) for key in keys]
    body.append([f"{DRIVEN}, the worst quarter of clips from", *map(_number, worst)])
    moved = [sum(c.figures[DRIVEN][key] is not None for c in clips) for key in keys]
    body.append(["clips that move", *map(str, moved)])
    count = "1 clip" if len(clips) == 1 else f"{len(clips)} clips"
    title = f"{count}: share of the person's motion that the head does not show (0 perfect, 1 stands still)"
    found: list[Table] = [(title, ["", *face.REGIONS], body)]
    rows = list(summary)
    body = [
        [name, *(_pair(summary[row][name]["r"], summary[row][name]["gain"], 3, 2) for row in rows),
         str(summary[DRIVEN][name]["count"])]
        for name in face.DISTANCES
    ]  # fmt: skip
    found.append(
        (
            "Distances: correlation / gain (the head's motion over the person's)",
            ["", *rows, "that move"],
            body,
        )
    )
    real = ["iPhone takes"] if result.real else []
    body = [
        [name, *(_number(summary[row].get(name), shown.digits) for row in rows),
         *(_number(result.real.get(name), shown.digits) for _ in real)]
        for name, shown in face.MEASURES.items()
        if shown is not None and any(summary[row].get(name) is not None for row in rows)
    ]  # fmt: skip
    found.append(
        ("Are the weights those of a face, and quiet? (twitches in 100 frames)", ["", *rows, *real], body)
    )
    body = [
        [f"{axis} noise, degrees", _number(head[f"{axis} noise, degrees"], 3), _number(head[f"{axis} noise, MediaPipe's"], 3),
         _number(head[f"{axis} noise over MediaPipe's"])]
        for axis in ("pitch", "yaw", "roll")
    ]  # fmt: skip
    nod = (head["nod per jawOpen, degrees"], head["nod per jawOpen, MediaPipe's"])
    body.append(["nod per jawOpen, degrees", _number(nod[0]), _number(nod[1]), "-"])
    found.append(("Head pose", ["", DRIVEN, "MediaPipe's matrix", "median ratio"], body))
    about = {c.name: [str(c.frames), str(len(c.use)), c.neutral] for c in clips}
    body = [
        [c.name if row == DRIVEN else "", *(about[c.name] if row == DRIVEN else [""] * 3), row,
         *(_number(of[key]) for key in keys)]
        for c in clips
        for row, of in c.figures.items()
    ]  # fmt: skip
    header = ["", "frames", "turned little", "resting face known", "", *face.REGIONS]
    return [*found, ("By clip: not shown", header, body)]


def _again_tables(again: dict[str, Figures]) -> list[Table]:
    regions = [[row, *(_number(of[f"not shown, {r}"]) for r in face.REGIONS)] for row, of in again.items()]
    scores = [
        [
            row,
            *(_pair(of[f"scores, {g}"], of[f"scores, {g}, active"], 3, 3) for g in GROUPS),
            _number(of["lost"], 3),
        ]
        for row, of in again.items()
    ]
    return [
        ("Drawn and detected again: motion of landmarks not shown", ["", *face.REGIONS], regions),
        (
            "Drawn and detected again: error of the scores' changes / where active",
            ["", *GROUPS, "lost"],
            scores,
        ),
    ]


def _head_tables(result: Evaluation) -> list[Table]:
    found = []
    for part, keys, header in (
        ("lids", ("gap_max", "gap_mean", "gap_min", "penetration"), ("gap max mm", "gap mean mm", "gap min mm", "in the eyeball mm")),
        ("lips", ("gap_mean", "gap_min", "from_rest"), ("gap mean mm", "gap min mm", "change from rest mm")),
    ):  # fmt: skip
        body = [
            [row, pose, *(f"{figures[key]:.2f}" for key in keys)]
            for row, parts in result.heads.items()
            for pose, figures in parts[part].items()
        ]
        found.append((part.capitalize(), ["", "pose", *header], body))
    return found


def _number(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _pair(first: float | None, second: float | None, *digits: int) -> str:
    return "-" if first is None else f"{_number(first, digits[0])} / {_number(second, digits[1])}"


def _set_cell(value: float | None, key: str) -> str:
    if key == "channels moved" and value is not None:
        return str(value)
    return _number(value, 2 if key in _DEGREES or key == "false at rest" else 3)


def console_tables(result: Evaluation) -> str:
    """All tables as markdown."""
    parts = []
    for title, header, rows in tables(result):
        widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
        lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths)) + " |" for row in [header, *rows]]
        parts.append(
            "\n".join([title, "", lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])
        )
    parts += [f"left out: {text}" for text in result.skipped]
    return "\n\n".join(parts)


def as_dict(result: Evaluation) -> dict[str, Any]:
    """Numbers only, for JSON."""
    return {
        "schema": "mp2flame.evaluation/2",
        **result.about,
        "summary": summarise(result.clips),
        "clips": [
            {
                "name": c.name, "frames": c.frames, "used": len(c.use), "neutral": c.neutral, "head": c.head,
                "figures": c.figures,
                "distances": {row: {n: [s._asdict() for s in sides] for n, sides in of.items()}
                              for row, of in c.followed.items()},
            }
            for c in result.clips
        ],
        "real": result.real,
        "again": result.again,
        "sets": result.sets,
        "heads": result.heads,
        "skipped": result.skipped,
    }  # fmt: skip


def write_json(result: Evaluation, path: str | os.PathLike[str]) -> None:
    """Raises ``OutputError`` when it cannot be written."""
    write_text(path, json.dumps(as_dict(result), indent=1) + "\n")


def write_html(result: Evaluation, path: str | os.PathLike[str]) -> None:
    """One page without outside parts: tables, curves, pictures.

    Raises:
        MissingDependencyError: no Matplotlib (extra ``fit``), which draws the curves.
        OutputError: it cannot be written.
    """
    page = Page("Evaluation")
    page.note(", ".join(f"{k.replace('_', ' ')}: {v}" for k, v in result.about.items()))
    for title, header, rows in tables(result):
        page.heading(title)
        page.table(header, rows)
    for name, found in result.sets.items():
        channels = {row: of["channels"] for row, of in found.items() if of.get("channels")}
        if channels:
            page.heading(f"{name}: correlation of each channel with truth")
            page.note("Channels that a row never moves have none.")
            page.image(_bars(channels), "correlation with the true weight")
    for clip in result.clips:
        page.heading(clip.name)
        page.note("Distances about their median over seconds, in eye distances. Black: the person.")
        page.grid(_curves(clip))
        for index, images in sorted(clip.pictures.items()):
            names = ", ".join(["the person", *drawn(clip.rows)])
            page.image(_strip(images), f"frame {index}: {names}")
    if result.skipped:
        page.heading("Left out")
        page.items(result.skipped)
    page.write(path)


def _plots() -> Any:
    return need("matplotlib.figure", purpose="the HTML report", instead="or use --json").Figure


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()


def _curves(clip: ClipResult) -> list[tuple[str, bytes]]:
    """Every distance that moves, one side of it, about its median: a person and a head rest at other heights."""
    moving = [name for name, sides in clip.followed[DRIVEN].items() if sides]
    rows = drawn(clip.rows)
    theirs, ours = face.distances(clip.person), {row: face.distances(clip.points[row]) for row in rows}
    cells: list[tuple[str, bytes]] = []
    for name in moving:
        figure = _plots()(figsize=(4.4, 1.9), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(clip.seconds, theirs[name][0] - np.median(theirs[name][0]), "k", lw=1.5, label="the person")
        for row in rows:
            axes.plot(clip.seconds, ours[row][name][0] - np.median(ours[row][name][0]), lw=1.1, label=row)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        if not cells:
            axes.legend(fontsize=7, loc="upper right")
        cells.append((name, _png(figure)))
    return cells


def _bars(channels: dict[str, dict[str, float]]) -> bytes:
    names = list(dict.fromkeys(name for found in channels.values() for name in found))
    figure = _plots()(figsize=(5.5, 0.2 * len(names) + 1), layout="constrained")
    axes = figure.add_subplot()
    height = 0.8 / len(channels)
    for i, (row, found) in enumerate(channels.items()):
        axes.barh(
            np.arange(len(names)) + i * height, [found.get(n, np.nan) for n in names], height, label=row
        )
    axes.set_yticks(np.arange(len(names)), names, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlim(-0.2, 1)
    axes.legend(fontsize=7)
    return _png(figure)


def _strip(images: list[Any]) -> bytes:
    """Pictures side by side."""
    kept = [np.asarray(image) for image in images if image is not None]
    figure = _plots()(figsize=(3.0 * len(kept), 3.1), layout="constrained")
    for i, image in enumerate(kept):
        axes = figure.add_subplot(1, len(kept), i + 1)
        axes.imshow(image)
        axes.set_axis_off()
    return _png(figure)
