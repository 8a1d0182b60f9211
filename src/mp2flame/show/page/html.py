"""The pieces of the page that change all the time, as HTML: status line, bars, the wizard's prompt."""

from __future__ import annotations

from html import escape

import numpy as np

from ...base.channels import GROUPS, INDEX
from ...base.values import FloatArray
from .controls import Readout
from .wizard import Prompt

GROUP_COLORS = {
    "brows": "#e0a458",
    "lids": "#6fb1e0",
    "gaze": "#8f8fe8",
    "cheeks_nose": "#d58ad1",
    "jaw": "#e0766b",
    "mouth": "#67c59a",
}
_MUTED = "#8b93a1"
_STATES = {
    "tracking": ("#4cc38a", "face tracked"),
    "holding": ("#e0a458", "no face: holding"),
    "returning": ("#e0a458", "no face: easing to rest"),
    "lost": ("#e0766b", "no face"),
    "": (_MUTED, ""),
}
_ENDED = {
    "waiting": "waiting for the source",
    "stopped": "the source has ended",
    "failed": "the source failed",
}
_DOT = "display:inline-block;width:.6em;height:.6em;border-radius:50%"
_TRACK = "height:5px;border-radius:3px"
_FONT = "font-family:system-ui,sans-serif;font-variant-numeric:tabular-nums"


def status_html(read: Readout, *, head: str, detail: str = "") -> str:
    """State, rate and latency in two lines.

    Args:
        head: which FLAME head is shown.
        detail: which take, which source.
    """
    color, words = _STATES.get(read.face, _STATES[""])
    if read.state in _ENDED:
        color, words = "#e0766b", _ENDED[read.state]
    words = " &middot; ".join(escape(text) for text in (words, detail) if text)
    figures = []
    if read.fps is not None:
        figures.append(f"<b>{read.fps:.0f}</b> fps")
    if read.latency_ms is not None:
        median, high = read.latency_ms
        figures.append(f"<b>{median:.1f}</b> ms <span style='color:{_MUTED}'>(p95 {high:.1f})</span>")
    if read.dropped:
        figures.append(f"<span style='color:{_MUTED}'>{read.dropped} dropped</span>")
    dot = f"<span style='{_DOT};background:{color}'></span>"
    note = f"<div style='color:#e0a458;font-size:.8em'>{escape(read.note)}</div>" if read.note else ""
    return (
        f"<div id='mp2flame-status' data-face='{escape(read.face)}' style='{_FONT};font-size:.85rem;"
        f"padding:.3em .8em;line-height:1.5'>{dot} {words}<br>"
        f"{' &middot; '.join(figures)}{' &middot; ' if figures else ''}"
        f"<span style='color:{_MUTED}'>{escape(head)}</span>{note}</div>"
    )


def _rows() -> list[tuple[str, str, str | None, str | None]]:
    """(label, group, channel or right channel, left channel or None) in the order of the face."""
    rows: list[tuple[str, str, str | None, str | None]] = []
    for group, members in GROUPS.items():
        for name in members:
            stem = name.removesuffix("Left").removesuffix("Right")
            if name.endswith("Left") and stem + "Right" in INDEX and stem not in ("jaw", "mouth"):
                rows.append((stem, group, stem + "Right", name))
            elif name.endswith("Right") and stem + "Left" in INDEX and stem not in ("jaw", "mouth"):
                continue
            elif name in ("jawLeft", "mouthLeft"):
                rows.append((f"{stem} sideways", group, stem + "Right", name))
            elif name not in ("jawRight", "mouthRight"):
                rows.append((name, group, name, None))
    return rows


_ROWS = _rows()
_ROW_PX, _WIDTH, _LABEL = 13, 300, 104


def bars_html(weights: FloatArray) -> str:
    """All 52 as bars: pairs grow from the middle, the subject's right on the left as in the picture."""
    values = np.clip(np.nan_to_num(np.asarray(weights, float)), 0.0, 1.0)
    height = _ROW_PX * (len(_ROWS) + 2) + 4
    middle, half = _WIDTH / 2, (_WIDTH - _LABEL) / 2 - 2
    parts = [
        f"<svg id='mp2flame-bars' viewBox='0 0 {_WIDTH} {height}' width='100%' style='display:block;"
        f"padding:0 .5em;box-sizing:border-box;{_FONT}' font-size='9.5'>"
        f"<g fill='{_MUTED}'><text x='2' y='9'>right</text>"
        f"<text x='{_WIDTH - 2}' y='9' text-anchor='end'>left</text></g>"
    ]
    y = float(_ROW_PX)
    for label, group, right, left in [*_ROWS, ("_neutral", "", "_neutral", None)]:
        color = GROUP_COLORS.get(group, _MUTED)
        parts.append(
            f"<text x='{middle}' y='{y + 9:.0f}' text-anchor='middle' fill='currentColor' opacity='.85'>"
            f"{label}</text>"
        )
        if left is None:
            spans = [(right, middle + _LABEL / 2, 1)]
        else:
            spans = [(right, middle - _LABEL / 2, -1), (left, middle + _LABEL / 2, 1)]
        for name, start, direction in spans:
            assert name is not None
            length = half * float(values[INDEX[name]])
            track = start if direction > 0 else start - half
            bar = start if direction > 0 else start - length
            parts.append(
                f"<rect x='{track:.1f}' y='{y + 2:.0f}' width='{half:.1f}' height='8' rx='2' fill='{_MUTED}' "
                f"opacity='.16'/><rect data-shape='{name}' x='{bar:.1f}' y='{y + 2:.0f}' "
                f"width='{length:.1f}' height='8' rx='2' fill='{color}'/>"
            )
        y += _ROW_PX
    return "".join(parts) + "</svg>"


def prompt_html(prompt: Prompt | None, message: str = "") -> str:
    """The wizard's big words and countdown, or what came of it."""
    if prompt is None:
        style = f"{_FONT};font-size:.85rem;padding:.4em .8em"
        return f"<div id='mp2flame-wizard' style='{style}'>{escape(message)}</div>"
    color = {"hold": "#4cc38a", "ready": "#e0a458"}.get(prompt.phase, _MUTED)
    word = {"hold": "now, hold it", "ready": "get ready"}.get(prompt.phase, "")
    return (
        f"<div id='mp2flame-wizard' style='{_FONT};padding:.4em .8em'>"
        f"<div style='color:{_MUTED};font-size:.75rem'>step {prompt.step} of {prompt.steps}</div>"
        f"<div style='font-size:1.15rem;line-height:1.3;font-weight:600'>{escape(prompt.title)}</div>"
        f"<div style='color:{color};font-size:1rem'>{word} "
        f"<b style='font-size:1.6rem'>{prompt.count_s or ''}</b></div>"
        f"<div style='{_TRACK};background:rgba(139,147,161,.25)'>"
        f"<div style='{_TRACK};width:{100 * prompt.share:.0f}%;background:{color}'></div></div></div>"
    )
