"""The reports as a reader meets them: on a phone, on paper, and without numbers about what never moves."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from mp2flame import FlameParams, Take
from mp2flame.base.channels import INDEX
from mp2flame.evaluate.page import Page
from mp2flame.learn.report import report_recording

CHROMIUM = os.environ.get("MP2FLAME_CHROMIUM") or shutil.which("chromium") or ""
AXE = Path(
    os.environ.get("MP2FLAME_AXE") or Path(__file__).parents[1] / "js/node_modules/axe-core/axe.min.js"
)
PAPER = 297 - 30, 210 - 30  # A4 within its margins, mm
MM = 96 / 25.4


def take() -> Take:
    r = np.random.default_rng(0)
    zero = np.zeros((80, 3), np.float32)
    expression = r.normal(size=(80, 20)) * (np.arange(20) < 12)
    params = FlameParams(expression, 0.1 * r.random((80, 3)), 0.1 * r.normal(size=(80, 6)), zero, zero, zero)
    scores = (r.random((80, 52)) * 0.4).astype(np.float32)
    for name in ("cheekPuff", "noseSneerLeft"):  # as MediaPipe leaves them: not quite zero
        scores[:, INDEX[name]] = 1e-4 * r.random(80)
    return Take.from_params(params, np.arange(80) * 33.0, blendshapes=scores)


def test_no_correlations_for_channels_that_never_move() -> None:
    pytest.importorskip("matplotlib")
    page = report_recording(take(), "take.npz")
    (note,) = re.findall(r"Left out, because they never move: ([^<]*)\.</p>", page.html())
    assert note == "cheekPuff, noseSneerLeft, 8 expression coefficients"
    shown = [label.get_text() for label in page.pictures["correlations"].axes[0].get_yticklabels()]
    assert "jawOpen" in shown and not {"cheekPuff", "noseSneerLeft"} & {*shown}
    outputs = [label.get_text() for label in page.pictures["cross_correlations"].axes[0].get_xticklabels()]
    assert "expression 11" in outputs and "expression 12" not in outputs


def test_small_histograms_are_one_drawing_and_show_the_shares() -> None:
    """An axis for each took nine seconds of a report of three frames."""
    pytest.importorskip("matplotlib")
    shown = take()
    page = report_recording(shown, "take.npz")
    assert sum(len(figure.axes) for figure in page.pictures.values()) < 16
    (axis,) = page.pictures["scores"].axes
    assert [text.get_text() for text in axis.texts if text.get_text() in INDEX] == list(INDEX)
    shapes = axis.collections[0].get_paths()
    highest = [float(np.ptp(shape.vertices[:, 1])) for shape in shapes]
    counts = [np.histogram(column, np.linspace(0, 1, 41))[0].max() for column in shown.blendshapes.T]
    one = highest[INDEX["cheekPuff"]]  # every frame in one bin: the whole height
    np.testing.assert_allclose(
        np.asarray(highest) / one, np.sqrt(np.asarray(counts) / 80), atol=0.05
    )  # a sketch


def test_a_heading_is_in_one_box_with_what_follows() -> None:
    page = Page("<title>")
    page.heading("one")
    page.note("why")
    page.grid([("a", b"png")])
    page.heading("two")
    page.image(b"png", "<b>")
    page.heading("three")
    page.table(["a"], [["1"]])
    page.heading("four")
    text = page.html()
    assert (
        text.count("<div") == text.count("</div>") and "&lt;b&gt;" in text and "<title>&lt;title&gt;" in text
    )
    assert re.search(r'<div class="keep"><h2>two</h2><figure>', text)
    assert "<div><h2>one</h2>" in text and "<div><h2>three</h2>" in text  # these may go on overleaf


@pytest.mark.browser
@pytest.mark.slow
def test_on_a_phone_and_on_paper(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    sync_api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("needs Chromium")
    page = report_recording(take(), "take.npz")
    page.table(["", "a"], [["row", "1"]])
    page.write(tmp_path / "report.html")
    with sync_api.sync_playwright() as run:
        browser = run.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        phone = browser.new_page(viewport={"width": 390, "height": 844})
        phone.goto((tmp_path / "report.html").as_uri())
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
        small = """() => [...document.querySelectorAll('svg')].filter(s => s.checkVisibility()).map(s =>
            s.getBoundingClientRect().width / s.viewBox.baseVal.width)"""
        assert min(phone.evaluate(small)) > 0.95  # drawn in points: 7 of them are 7 pixels at least
        if AXE.is_file():
            phone.evaluate(AXE.read_text(encoding="utf-8"))
            assert phone.evaluate("async () => (await axe.run()).violations.map(v => v.id)") == []
        paper = browser.new_page(viewport={"width": round(PAPER[1] * MM), "height": round(PAPER[0] * MM)})
        paper.goto((tmp_path / "report.html").as_uri())
        paper.emulate_media(media="print")
        boxes = paper.evaluate(
            "[...document.querySelectorAll('.keep')].map(b => b.getBoundingClientRect().height)"
        )
        assert len(boxes) >= 5 and max(boxes) < PAPER[0] * MM  # a box that fits on a page is never cut
        assert paper.evaluate("[...document.querySelectorAll('.narrow')].every(n => !n.checkVisibility())")
        browser.close()
