"""What the site's pages are made of, beside the Markdown: mkdocs calls these functions while it builds.

The order of the pages is that of the lists in ``index.md``; links that leave ``docs`` lead to the repository; the API
reference, plain text for readers of the repository, is made from the docstrings again with links and tables.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

REPOSITORY = "https://github.com/mp2flame/mp2flame/blob/main/"
LINK = re.compile(r"(\]\()([^)#\s]+)([^)]*\))")


def sections(index: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Headings of ``index.md`` with the pages listed below each: ``[(heading, [(title, path), ...]), ...]``."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for line in index.splitlines():
        if line.startswith("## "):
            found.append((line[3:].strip(), []))
        elif found and line.startswith(("- ", "  ")):
            found[-1][1].extend(
                (
                    (title.replace("`", ""), path)
                    for title, path in re.findall(r"\[([^\]]+)\]\(([\w/]+\.md)\)", line)
                )
            )
    return [(heading, pages) for heading, pages in found if pages]


def on_config(config: Any) -> Any:
    docs = Path(config.docs_dir)
    config.theme.static_templates.discard("404.html")  # its links want a server; these pages are also files
    found = sections((docs / "index.md").read_text(encoding="utf-8"))
    nav: list[Any] = [{"Home": "index.md"}]
    for heading, pages in found:
        nav.append({heading: [{title: path} for title, path in pages]})
    listed = {path for _, pages in found for _, path in pages}
    decisions = sorted(f"decisions/{p.name}" for p in (docs / "decisions").glob("*.md"))
    nav.append({"Decisions": [path for path in decisions if path not in listed]})
    config.nav = nav
    return config


def on_post_page(output: str, *, page: Any, config: Any) -> str:
    """The theme's search has no name that a screen reader could say."""
    return output.replace(
        'data-md-component="search" role="dialog"',
        'data-md-component="search" role="dialog" aria-label="Search"',
    )


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """Links out of ``docs`` become links into the repository; the API page is made from the docstrings."""
    uri = page.file.src_uri
    if uri == "api.md":
        markdown = reference(markdown)

    def moved(match: re.Match[str]) -> str:
        opening, target, rest = match.groups()
        if "://" in target or target.startswith(("mailto:", "/")):
            return match[0]
        whole = posixpath.normpath(posixpath.join("docs", posixpath.dirname(uri), target))
        if whole.startswith("docs/"):
            return match[0]
        return f"{opening}{REPOSITORY}{whole}{rest}"

    return LINK.sub(moved, markdown)


def reference(markdown: str) -> str:
    """The head of ``api.md`` and a directive for each name that it lists."""
    head = markdown[: markdown.index("\n## ")]
    names = re.findall(r"^## `(\w+)`$", markdown, re.M)
    return head + "\n" + "\n".join(f"\n::: mp2flame.{name}\n" for name in names)
