"""A report as one file: headings, notes, tables, drawings; readable on a phone, and on paper.

No scripts, no links, nothing fetched. On paper a heading stays with what follows it and a drawing with its note; on a phone
tables and wide drawings scroll sideways in their own box, and drawings that have a narrow form show that.
"""

from __future__ import annotations

import base64
import html
import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..base.write import atomic_write, write_text, writing

_STYLE = """
body{font:14px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff;max-width:1000px;margin:2em auto;padding:0 1em}
h1{font-size:1.6em;margin-bottom:.2em;overflow-wrap:anywhere}
h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid #ccd;overflow-wrap:anywhere}
p.note{color:#555;margin:.3em 0;max-width:46em}figure{margin:.6em 0}figcaption{font-size:.85em;color:#555}
figure svg{width:100%;height:auto;display:block}img{max-width:100%;height:auto;display:block}
.scroll{overflow-x:auto}.narrow{display:none}
table{border-collapse:collapse;font-size:.9em;margin:.6em 0}
td,th{padding:.15em .7em;text-align:right;border-bottom:1px solid #e3e6ea;font-variant-numeric:tabular-nums}
td:first-child,th:first-child{text-align:left}ul{margin:.3em 0;padding-left:1.4em}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:.4em 1em}.grid figure{margin:0}
@media screen and (max-width:640px){body{margin:1em auto}td,th{padding:.2em .5em}
.narrow{display:block}.wide.both{display:none}.wide svg{width:64rem}}
@media print{@page{margin:15mm}body{margin:0;max-width:none;padding:0;font-size:9.5pt}
.keep,figure,tr,.grid figure{break-inside:avoid}h1,h2,p.note{break-after:avoid}.scroll{overflow:visible}
figure svg,figure img{max-height:8.3in;width:auto;max-width:100%}table{font-size:7.5pt}td,th{padding:.1em .35em}
.grid{grid-template-columns:repeat(3,1fr)}}
"""


@dataclass
class Page:
    """What the page is made of, in order: ``(kind, html)`` with kind ``heading``, ``text`` or ``block``."""

    title: str
    parts: list[tuple[str, str]] = field(default_factory=list)
    pictures: dict[str, Any] = field(default_factory=dict)

    def heading(self, text: str) -> None:
        self.parts.append(("heading", f"<h2>{html.escape(text)}</h2>"))

    def note(self, text: str) -> None:
        self.parts.append(("text", f'<p class="note">{html.escape(text)}</p>'))

    def items(self, texts: list[str]) -> None:
        self.parts.append(("block", "<ul>" + "".join(f"<li>{html.escape(t)}</li>" for t in texts) + "</ul>"))

    def table(self, head: list[str], rows: list[list[str]]) -> None:
        def line(cells: list[str], tag: str) -> str:
            tags = [tag if c else "td" for c in cells]  # an empty corner is the heading of nothing
            return "<tr>" + "".join(f"<{t}>{html.escape(c)}</{t}>" for t, c in zip(tags, cells)) + "</tr>"

        body = f"<thead>{line(head, 'th')}</thead>" + "".join(line(r, "td") for r in rows)
        self.parts.append(("block", f'<div class="scroll" tabindex="0"><table>{body}</table></div>'))

    def picture(self, name: str, figure: Any, label: str, narrow: Any = None) -> None:
        """A drawing.

        Args:
            narrow: the same for a phone; None: the wide one scrolls there.
        """
        self.pictures[name] = figure
        both = " both" if narrow is not None else ""
        drawn = f'<div class="wide scroll{both}" tabindex="0">{_svg(figure, name, label)}</div>'
        if narrow is not None:
            drawn += f'<div class="narrow">{_svg(narrow, f"{name}-narrow", label)}</div>'
        self.parts.append(("block", f"<figure>{drawn}</figure>"))

    def grid(self, cells: list[tuple[str, bytes]]) -> None:
        """Small PNG drawings with a caption each, as many beside each other as there is room."""
        shown = "".join(
            f'<figure><img alt="{html.escape(name)}" src="data:image/png;base64,{base64.b64encode(data).decode()}">'
            f"<figcaption>{html.escape(name)}</figcaption></figure>"
            for name, data in cells
        )
        self.parts.append(("block", f'<div class="grid">{shown}</div>'))

    def image(self, data: bytes, caption: str) -> None:
        """A PNG as wide as the page at most."""
        source = base64.b64encode(data).decode()
        self.parts.append(
            (
                "block",
                f'<figure><img alt="{html.escape(caption)}" src="data:image/png;base64,{source}">'
                f"<figcaption>{html.escape(caption)}</figcaption></figure>",
            )
        )

    def html(self) -> str:
        """The whole file."""
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f"<title>{html.escape(self.title)}</title>"
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<style>{_STYLE}</style></head>"
            f"<body><main><h1>{html.escape(self.title)}</h1>{self._body()}</main></body></html>\n"
        )

    def _body(self) -> str:
        """The parts, each heading and note in one box with the block that follows it."""
        out: list[str] = []
        open_box, start = False, 0
        for kind, text in self.parts:
            if kind == "heading" and open_box:
                out.append("</div>")
                open_box = False
            if kind != "block" and not open_box:
                out.append("<div>")
                open_box = True
                start = len(out) - 1
            out.append(text)
            if kind == "block" and open_box:
                if text.startswith("<figure"):  # a table may go on overleaf
                    out[start] = '<div class="keep">'
                out.append("</div>")
                open_box = False
        return "".join(out) + ("</div>" if open_box else "")

    def write(self, path: str | os.PathLike[str], png_folder: str | os.PathLike[str] | None = None) -> None:
        """Write the page, and the pictures as PNG files when a folder is given.

        Raises:
            OutputError: it cannot be written.
        """
        write_text(path, self.html())
        if png_folder is not None:
            folder = Path(png_folder)
            with writing(folder):
                folder.mkdir(parents=True, exist_ok=True)
            for name, figure in self.pictures.items():
                with atomic_write(folder / f"{name}.png") as file:
                    figure.savefig(file, format="png", dpi=200)


def _svg(figure: Any, name: str, label: str) -> str:
    """A Matplotlib figure as an SVG element; its ids are its own, because two pictures must not share them."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    drawn = text[text.index("<svg") :].replace(
        "<svg ", f'<svg role="img" aria-label="{html.escape(label)}" ', 1
    )
    drawn = drawn.replace('id="', f'id="{name}-')
    return drawn.replace('href="#', f'href="#{name}-').replace("url(#", f"url(#{name}-")
