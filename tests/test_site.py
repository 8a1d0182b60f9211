"""The built documentation: links and anchors lead somewhere, nothing is fetched from elsewhere, search works offline.

Run by ``.ci/docs``, which builds the site and says in ``MP2FLAME_DOCS_SITE`` where it is.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[1]
SITE = Path(os.environ.get("MP2FLAME_DOCS_SITE", "/nonexistent"))
REPOSITORY = "https://github.com/mp2flame/mp2flame/"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(not SITE.is_dir(), reason="the site is built by .ci/docs")
AXE = Path(os.environ.get("MP2FLAME_AXE") or Path(__file__).parent / "js/node_modules/axe-core/axe.min.js")
browser_only = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")


class Page(HTMLParser):
    """What a page links to, what it loads by itself, and the places in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.places |= {found[key] or "" for key in ("id", "name") if key in found}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"] or "")
        elif tag == "link" and found.get("rel") not in ("canonical", "prev", "next"):
            self.loads.append(found.get("href") or "")
        elif tag in ("script", "img", "iframe", "video", "source") and found.get("src"):
            self.loads.append(found["src"] or "")


@pytest.fixture(scope="module")
def pages() -> dict[Path, Page]:
    return {path.resolve(): Page(path) for path in sorted(SITE.rglob("*.html")) if path.name != "404.html"}


def test_links_and_anchors_lead_somewhere(pages: dict[Path, Page]) -> None:
    wrong, checked = [], 0
    for path, page in pages.items():
        for link in (*page.links, *page.loads):
            parts = urlsplit(link)
            if parts.scheme or link.startswith("//"):
                if link.startswith(REPOSITORY + "blob/main/"):
                    checked += 1
                    if not (ROOT / unquote(parts.path.split("/blob/main/")[1])).exists():
                        wrong.append(f"{path.name}: {link} is not in the repository")
                continue
            checked += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                wrong.append(f"{path.name}: {link}: no such file")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].places:
                wrong.append(f"{path.name}: {link}: no such place")
    sys.stderr.write(f"{len(pages)} pages, {checked} links checked\n")
    assert not wrong, "\n".join(wrong)
    assert len(pages) > 30 and checked > 2000


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, Page]) -> None:
    foreign = [f"{path.name}: {url}" for path, page in pages.items() for url in page.loads if "//" in url]
    for sheet in SITE.rglob("*.css"):
        found = re.findall(r"(?:url\(|@import\s+)[\"']?(https?://[^\"')]+|//[^\"')]+)", sheet.read_text())
        foreign += [f"{sheet.name}: {url}" for url in found]
    assert not foreign, "\n".join(foreign)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as run:
        chromium = run.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@browser_only
@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_as_a_file_on_a_phone_and_a_desk(
    browser: Any, pages: dict[Path, Page], width: int
) -> None:
    """No request leaves the folder, nothing is logged as an error, and no page is wider than the screen."""
    asked: list[str] = []
    errors: list[str] = []
    wide = []
    tab = browser.new_page(viewport={"width": width, "height": 844})
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda m: errors.append(f"{tab.url}: {m.text}") if m.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(f"{tab.url}: {error}"))
    for path in pages:
        tab.goto(path.as_uri())
        if tab.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(path.name)
    tab.close()
    inside = SITE.resolve().as_uri()
    outside = [u for u in asked if not u.startswith((inside, "data:", "blob:", "about:"))]
    assert not outside and not errors and not wide, (outside, errors, wide)


@browser_only
@pytest.mark.browser
@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not there: npm install --prefix tests/js")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Any, pages: dict[Path, Page], scheme: str) -> None:
    """Contrast of code too, links that are told without colour, tables that the keyboard scrolls; each kind of page."""
    kinds = ("index", "api", "commands", "fit", "faq", "rendering", "web_page", "gaussian_avatar")
    found = []
    tab = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    for path in (one for one in pages if one.stem in kinds):
        tab.goto(path.as_uri())
        tab.wait_for_timeout(100)
        tab.evaluate(AXE.read_text(encoding="utf-8"))
        for fault in tab.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]:
            if fault["impact"] in ("serious", "critical"):
                found.append((path.name, fault["id"], fault["nodes"][0]["html"][:80]))
    tab.close()
    assert found == []


@browser_only
@pytest.mark.browser
@pytest.mark.parametrize(
    ("words", "expected"), [("jitter", "filters"), ("calibrate", "profile"), ("jaw_pose", "api")]
)
def test_search_without_a_server(browser: Any, words: str, expected: str) -> None:
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto((SITE / "index.html").resolve().as_uri())
    tab.click("input.md-search__input")
    tab.locator("input.md-search__input").press_sequentially(words, delay=20)
    tab.wait_for_selector(".md-search-result__link", timeout=20000, state="attached")
    found = [a.get_attribute("href") for a in tab.query_selector_all(".md-search-result__link")]
    tab.close()
    assert any(expected in (link or "") for link in found), found


def test_the_wheel_has_the_pages_and_makes_them(tmp_path: Path) -> None:
    """What a user installs, away from the checkout: ``mp2flame docs`` there."""
    make = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(make, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path / "installed"),
        "MP2FLAME_CACHE": str(tmp_path / "cache"),
    }
    command = [sys.executable, "-m", "mp2flame", "docs", "--no-open"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    index = Path(done.stdout.strip())
    assert index.is_relative_to(tmp_path / "cache") and "making the pages" in done.stderr
    assert "Drive" in index.read_text(encoding="utf-8")
    assert "convert" in (index.parent / "api.html").read_text(encoding="utf-8")
    again = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert again.stdout == done.stdout and "making the pages" not in again.stderr
