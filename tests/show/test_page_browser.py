"""The viewer in a real browser: what a person sees and clicks."""

from __future__ import annotations

import io
import re
import shutil
import time

import numpy as np
import pytest

from conftest import SHARED
from mp2flame.base.channels import INDEX
from mp2flame.base.signals import PRESETS
from mp2flame.drive.driver import Driver
from mp2flame.drive.live import LivePipeline
from mp2flame.io.sources import Source, SourceFrame, SourceInfo
from mp2flame.response.calibrate import EXTREMES
from mp2flame.response.profile import Profile
from mp2flame.show.page import serve
from mp2flame.show.page.wizard import Step
from mp2flame.take.take import Take

pytest.importorskip("viser")
sync_api = pytest.importorskip("playwright.sync_api")
Image = pytest.importorskip("PIL.Image")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
VIEW = {"width": 940, "height": 460}  # small: a software renderer draws it
HEAD = {"x": 315, "y": 40, "width": 250, "height": 410}  # the scene between the panels
WAIT_MS = 120_000


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as run:
        browser = run.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport=VIEW)
    page.set_default_timeout(WAIT_MS)
    page.problems = []
    page.on("console", lambda m: page.problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    yield page
    page.close()


@pytest.fixture(scope="module")
def driver() -> Driver:
    return Driver()


def open_page(page, viewer, *, moving=False):
    page.goto(viewer.url)
    page.wait_for_selector("#mp2flame-bars")
    page.wait_for_selector("canvas")
    wait_until(lambda: viewer.num_clients > 0)
    if not moving:
        still(page)


def picture(page) -> np.ndarray:
    """The scene, without notes that come and go."""
    png = page.screenshot(clip=HEAD, timeout=WAIT_MS, style="[class*=Notification] { visibility: hidden }")
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int)


def still(page) -> np.ndarray:
    """A picture that no longer changes: the page fades in."""
    last = picture(page)
    for _ in range(12):
        time.sleep(0.3)
        now = picture(page)
        if difference(now, last) < 0.15:
            return now
        last = now
    return last


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).mean())


def wait_until(condition, seconds=60.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def labelled(page, label):
    """The control with this label."""
    found = page.locator("label", has_text=re.compile(rf"^{label}$")).first
    return page.locator(f"[id='{found.get_attribute('for')}']")


def number_input(page, label):
    """The number beside a slider."""
    return labelled(page, label).locator("xpath=..").locator("input[type=text], input:not([type])").last


def bar_width(page, name) -> float:
    return float(page.locator(f"rect[data-shape='{name}']").get_attribute("width"))


def load_heads(page, viewer, folder, flame, neutral):
    """A wrong path is answered in words; a FLAME file replaces the head."""
    before = viewer.driver
    page.get_by_role("tab", name="Head").click()
    path = (
        page.locator("label", has_text=re.compile("^Path$")).locator("xpath=../../..").locator("input").first
    )
    path.fill(str(folder / "nothing.pkl"))
    page.get_by_role("button", name="Load head").click()
    page.get_by_text("That did not work").wait_for()
    assert viewer.driver is before
    if flame is not None:
        path.fill(str(flame))
        page.get_by_role("button", name="Load head").click()
        page.get_by_text("5023 vertices").first.wait_for()
        assert viewer.driver.num_expression == 100
        assert difference(still(page), neutral) > 3


@pytest.fixture
def flame():
    """A head with FLAME's mesh, where there is one."""
    found = SHARED / "models" / "lab_head_a.pkl"
    return found if found.is_file() else None


def set_number(page, label, value):
    number = number_input(page, label)
    for _ in range(4):  # a page drawn in software may swallow keys while it is busy
        number.click()  # real keys: the field ignores a value that is put into it after the server changed it
        page.keyboard.press("Control+A")
        page.keyboard.type(value, delay=30)
        page.keyboard.press("Enter")
        until = time.monotonic() + 15
        while time.monotonic() < until:
            if number.input_value() == value:
                return
            time.sleep(0.05)
    raise AssertionError(f"{label} does not take {value}: it shows {number.input_value()}")


def test_sliders_move_the_head_and_a_take_is_recorded(page, driver, tmp_path, flame):
    with serve(None, driver, port=0, folder=tmp_path) as viewer:
        open_page(page, viewer)
        page.get_by_role("button", name="Record", exact=True).click()
        page.get_by_role("button", name="Stop recording").wait_for()
        time.sleep(0.5)
        set_number(page, "jawOpen", "0.9")
        wait_until(lambda: viewer.hand.values[INDEX["jawOpen"]] == np.float32(0.9))
        wait_until(lambda: bar_width(page, "jawOpen") > 80)
        time.sleep(0.5)
        page.get_by_role("button", name="Stop recording").click()
        page.get_by_text(re.compile(r"Written: .*take_.*npz")).wait_for()
        opened = still(page)
        page.get_by_role("button", name="Reset sliders").click()
        wait_until(lambda: number_input(page, "jawOpen").input_value() == "0")
        assert not viewer.hand.values.any()
        neutral = still(page)
        assert neutral.std() > 20, "an empty picture"
        assert difference(neutral, opened) > 2
        lower = difference(neutral[230:], opened[230:])  # the mouth, not the forehead
        assert lower > 3 * difference(neutral[:120], opened[:120])
        set_number(page, "jawOpen", "0.4")
        half = still(page)
        assert 0.5 < difference(half, neutral) < difference(opened, neutral)
        load_heads(page, viewer, tmp_path, flame, opened)
    takes = list(tmp_path.glob("take_*.npz"))
    assert len(takes) == 1
    take = Take.load(takes[0])
    assert take.arkit_weights[0, INDEX["jawOpen"]] == 0
    assert take.arkit_weights[-1, INDEX["jawOpen"]] == pytest.approx(0.9, abs=1e-6)
    assert page.problems == []


def test_take_plays_pauses_and_seeks_for_two_viewers(page, browser, driver):
    count = 200
    weights = np.zeros((count, 52), np.float32)
    weights[:, INDEX["jawOpen"]] = np.linspace(0, 1, count)
    turn = np.zeros((count, 3), np.float32)
    turn[:, 1] = np.linspace(-0.4, 0.4, count)
    take = Take.from_params(
        driver.params_from_weights(weights).replace(global_orient=turn),
        33.0 * np.arange(count),
        arkit_weights=weights,
        meta={"flame": driver.describe()},
    )
    with serve(None, driver, port=0, take=take, title="two.npz") as viewer:
        open_page(page, viewer, moving=True)
        first = picture(page)
        wait_until(lambda: difference(picture(page), first) > 1)  # it moves by itself
        page.get_by_role("button", name="Pause").click()
        page.get_by_role("button", name="Play").wait_for()
        assert not viewer.player.playing
        set_number(page, "Frame", "199")
        wait_until(lambda: bar_width(page, "jawOpen") > 90)
        assert viewer.player.index == 199
        end = still(page)
        set_number(page, "Frame", "0")
        wait_until(lambda: bar_width(page, "jawOpen") < 5)
        assert difference(still(page), end) > 2
        other = browser.new_page(viewport=VIEW)
        other.set_default_timeout(WAIT_MS)
        open_page(other, viewer, moving=True)
        wait_until(lambda: viewer.num_clients == 2)
        set_number(other, "Frame", "199")
        wait_until(lambda: bar_width(page, "jawOpen") > 90)  # both see it
        other.close()
        wait_until(lambda: viewer.num_clients == 1)
    assert page.problems == []


class Acting(Source):
    """A person with a picture, who rests, and smiles when asked to; gone while ``away``."""

    prefetch = 0

    def __init__(self) -> None:
        super().__init__()
        self.info = SourceInfo("take", "acting", 25.0, None, (120, 160))
        self.smiles = self.away = False

    def _frames(self):
        image = np.zeros((120, 160, 3), np.uint8)
        image[..., 1] = 200
        rng = np.random.default_rng(0)
        landmarks = np.float32(0.3) + np.float32(0.4) * rng.random((478, 3), dtype=np.float32)
        for k in range(100_000):
            scores = np.full(52, 0.01, np.float32)
            scores[[INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]]] = 0.85 if self.smiles else 0.01
            seen = not self.away
            yield SourceFrame(
                k, 40.0 * k, image=image, blendshapes=scores if seen else None,
                landmarks=landmarks if seen else None, detected=seen, image_size=(120, 160),
            )  # fmt: skip


def test_live_page_calibrates_filters_and_says_when_the_face_is_lost(page, driver, tmp_path, monkeypatch):
    smile = next(prompt for prompt in EXTREMES if "smile" in prompt)
    steps = (Step("Relax", 1.0), Step("Smile", 1.0, smile))
    monkeypatch.setattr("mp2flame.show.page.panels.STEPS", steps)
    source = Acting()
    with LivePipeline(driver, source) as pipeline, serve(pipeline, port=0, folder=tmp_path) as viewer:
        open_page(page, viewer)
        status = page.locator("#mp2flame-status")
        page.wait_for_selector("#mp2flame-status[data-face='tracking']")
        page.wait_for_function("document.querySelector('#mp2flame-status').innerText.includes('ms')")
        assert re.search(r"\d+ fps", status.inner_text())
        shown = page.locator("img").first
        assert shown.evaluate("image => image.naturalWidth") == 160

        page.get_by_role("tab", name="Profile").click()
        page.get_by_role("button", name="Calibrate now").click()
        page.get_by_text("Relax").wait_for()
        page.get_by_text("Smile", exact=True).wait_for()
        source.smiles = True
        page.get_by_text("Calibrated and in use").wait_for()
        source.smiles = False
        assert pipeline.solver.profile is not None
        page.get_by_role("button", name="Save profile").click()
        page.get_by_text("Profile saved").wait_for()
        assert Profile.load(tmp_path / "me.json").neutral_blendshapes[INDEX["mouthSmileLeft"]] < 0.05
        page.get_by_role("button", name="No profile").click()
        wait_until(lambda: pipeline.solver.profile is None)
        page.get_by_role("button", name="Load profile").click()
        wait_until(lambda: pipeline.solver.profile is not None)

        page.get_by_role("tab", name="Filter").click()
        labelled(page, "Filter").click()
        page.get_by_role("option", name="steady").click()
        wait_until(lambda: pipeline.solver.filter_settings == PRESETS["steady"])

        source.away = True
        page.wait_for_selector("#mp2flame-status[data-face='lost']")
        source.away = False
        page.wait_for_selector("#mp2flame-status[data-face='tracking']")
    assert page.problems == []


def test_command_line_opens_and_ends(tmp_path):
    """``mp2flame view`` says its address, and Ctrl-C frees the port."""
    import signal
    import subprocess
    import sys

    code = "from mp2flame.cli.view import view; view()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--no-open", "--port", "0", "--folder", str(tmp_path)],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    line = process.stderr.readline()
    assert re.match(r"viewer: http://127\.0\.0\.1:\d+ ", line), line
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0 and out == "" and "Traceback" not in err
