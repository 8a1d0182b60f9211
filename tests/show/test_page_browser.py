"""The viewer in a real browser: what a person sees and clicks."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base.channels import INDEX
from mp2flame.base.errors import MissingFileError
from mp2flame.base.signals import PRESETS, Setting
from mp2flame.drive.driver import Driver
from mp2flame.drive.live import LivePipeline
from mp2flame.flame.colors import TONES
from mp2flame.io.sources import Source, SourceFrame, SourceInfo
from mp2flame.response.calibrate import EXTREMES
from mp2flame.response.profile import Profile
from mp2flame.show.head import ShownHead
from mp2flame.show.page import serve
from mp2flame.show.page.scene import HeadScene
from mp2flame.show.page.wizard import Step
from mp2flame.show.pictures import Renderer, View
from mp2flame.take.take import Take

pytest.importorskip("websockets")
sync_api = pytest.importorskip("playwright.sync_api")
Image = pytest.importorskip("PIL.Image")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
WAIT_MS = 120_000
_AXE = Path(__file__).parents[1] / "js/node_modules/axe-core/axe.min.js"
AXE = os.environ.get("MP2FLAME_AXE") or (str(_AXE) if _AXE.is_file() else "")


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
    page = browser.new_page(viewport=DESK)
    page.set_default_timeout(WAIT_MS)
    page.problems = []
    page.on("console", lambda m: page.problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    yield page
    page.close()


@pytest.fixture(scope="module")
def driver() -> Driver:
    return Driver()


def open_page(page, viewer):
    page.goto(viewer.url)
    wait_until(lambda: page.evaluate("document.getElementById('head').dataset.drawn >= 1"))
    wait_until(lambda: viewer.num_clients > 0)


def picture(page) -> np.ndarray:
    """The head, without notes that come and go."""
    png = page.locator("#head").screenshot(
        style="#advice, #note, #toasts, #tip, .views { visibility: hidden }"
    )
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).mean())


def wait_until(condition, seconds=60.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def bar(page, name) -> float:
    """The length of a bar, 0..1."""
    scale = page.locator(f"i[data-shape='{name}']").evaluate("e => e.style.transform")
    return float(re.findall(r"[\d.]+", scale)[0]) if scale else 0.0


def slide(page, name, value):
    """Move a slider as a person with a keyboard would: from one end, in its own steps."""
    page.locator(f"#{name}").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }", value
    )


def moving_take(driver, count=200) -> Take:
    weights = np.zeros((count, 52), np.float32)
    weights[:, INDEX["jawOpen"]] = np.linspace(0, 1, count)
    turn = np.zeros((count, 3), np.float32)
    turn[:, 1] = np.linspace(-0.4, 0.4, count)
    points = np.float32(0.3) + np.float32(0.4) * np.random.default_rng(0).random((count, 478, 3), np.float32)
    params = driver.params_from_weights(weights).replace(global_orient=turn)
    return Take.from_params(
        params, 33.0 * np.arange(count), arkit_weights=weights, landmarks=points,
        image_size=np.array([480, 640]), meta={"flame": driver.describe()},
    )  # fmt: skip


def seen_whole(page, selector) -> dict[str, float]:
    """The place of something that lies in the window and is not covered."""
    box = page.locator(selector).bounding_box()
    size = page.viewport_size
    assert box is not None and box["width"] > 60 and box["height"] > 60, (selector, box)
    assert box["x"] >= 0 and box["y"] >= 0, (selector, box)
    assert box["x"] + box["width"] <= size["width"] and box["y"] < size["height"] - 60, (selector, box)
    return box


@pytest.mark.parametrize("view", [DESK, PHONE], ids=["desk", "phone"])
def test_head_picture_and_weights_are_in_one_view(browser, driver, view, tmp_path):
    """Nothing is scrolled for, nothing lies over the face, all rows are there; nothing sticks out."""
    with serve(None, driver, port=0, take=moving_take(driver), folder=tmp_path, live_options={}) as viewer:
        page = browser.new_page(viewport=view, is_mobile=view is PHONE, has_touch=view is PHONE)
        page.set_default_timeout(WAIT_MS)
        open_page(page, viewer)
        wait_until(lambda: page.evaluate("document.getElementById('picture').naturalWidth > 100"))
        assert re.search("mp2flame", page.title())
        assert "icon.svg" in page.locator("link[rel=icon]").get_attribute("href")
        head, small, _ = (seen_whole(page, s) for s in ("#head", "#picture", "#weights"))
        assert head["height"] > 0.4 * view["height"] and head["width"] > 0.45 * view["width"]
        rows = page.locator("#rows li")
        last = rows.last.bounding_box()
        assert rows.count() == 31 and last["y"] + last["height"] <= view["height"]
        wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert wide[0] <= view["width"] and wide[1] <= view["height"]
        middle = head["x"] + head["width"] / 2, head["y"] + head["height"] / 2
        assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).id", list(middle)) == "head"
        pixels = picture(page)
        face = pixels[
            len(pixels) // 4 : len(pixels) // 2, pixels.shape[1] // 2 - 20 : pixels.shape[1] // 2 + 20
        ]
        assert face[..., 0].mean() - face[..., 2].mean() > 25, "no skin in the middle"
        for name in ("play", "record"):
            assert page.locator(f"#{name}").is_visible()
        for width in (view["width"], 360) if view is PHONE else (view["width"],):
            page.set_viewport_size({**view, "width": width})
            for tab in page.locator("[role=tab]").all():
                if tab.is_visible():
                    tab.click()  # the chosen one is bold and wider
                    box = page.locator("[role=tab]").last.bounding_box()
                    assert box["x"] + box["width"] <= width, "all tabs are on the screen"
        page.set_viewport_size(view)
        if view is PHONE:
            page.locator("[role=tab]").first.click()
        page.screenshot(path=tmp_path / "whole.png")
        shown = np.asarray(Image.open(tmp_path / "whole.png").convert("RGB"), int)
        x, y, w, h = (round(small[k]) for k in ("x", "y", "width", "height"))
        assert shown[y : y + h, x : x + w].std() > 10, "an empty picture"
        page.close()


@pytest.mark.skipif(not AXE, reason="axe-core is not there: npm install --prefix tests/js")
@pytest.mark.parametrize("view", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(browser, driver, view, tmp_path):
    """Contrast, names and roles of every tab, by axe-core's rules."""
    moving_take(driver, 9).save(tmp_path / "one.npz")
    source, found = Acting(), []
    with LivePipeline(driver, source, ["ws://127.0.0.1:0"]) as pipeline:
        with (
            serve(pipeline, port=0, folder=tmp_path) as live,
            serve(None, driver, port=0, take=moving_take(driver), folder=tmp_path, live_options={}) as played,
        ):
            for viewer in (live, played):
                page = browser.new_page(viewport=view, is_mobile=view is PHONE)
                page.set_default_timeout(WAIT_MS)
                open_page(page, viewer)
                page.evaluate(Path(AXE).read_text(encoding="utf-8"))
                for tab in page.locator("[role=tab]").all():
                    if tab.is_visible():
                        tab.click()
                        for violation in page.evaluate("async () => (await axe.run()).violations"):
                            found.append(
                                (violation["impact"], violation["id"], violation["nodes"][0]["html"])
                            )
                page.close()
    assert not [f for f in found if f[0] in ("serious", "critical")], found
    assert not found, found


def test_the_keyboard_reaches_everything(page, driver, tmp_path):
    with serve(None, driver, port=0, take=moving_take(driver), folder=tmp_path, live_options={}) as viewer:
        open_page(page, viewer)
        reached = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.add(
                page.evaluate("document.activeElement.id || document.activeElement.dataset.view || ''")
            )
        assert {
            "record",
            "head",
            "front",
            "play",
            "position",
            "speed",
            "loop",
            "tab-source",
            "source",
            "source-go",
        } <= reached
        page.locator("#tab-source").focus()
        page.keyboard.press("ArrowRight")
        assert (
            page.evaluate("document.activeElement.id") == "tab-shapes"
            and page.locator("#panel-shapes").is_visible()
        )
        page.keyboard.press("End")
        assert page.locator("#panel-takes").is_visible() and not page.locator("#panel-shapes").is_visible()
        page.locator("#head").focus()
        page.keyboard.press(" ")
        wait_until(lambda: not viewer.player.playing)
        before = picture(page)
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        turned = picture(page)
        assert difference(turned, before) > 3
        page.keyboard.press("0")
        wait_until(lambda: difference(picture(page), before) < 1)
        page.keyboard.press("+")
        wait_until(lambda: difference(picture(page), before) > 3)
        page.locator("#play").focus()  # what it is for is said beside it
        assert page.locator("#tip").is_visible() and "space" in page.locator("#tip").inner_text()
        page.keyboard.press("Escape")
        assert not page.locator("#tip").is_visible()
    assert page.problems == []


def test_sliders_move_the_head_and_a_take_is_recorded_and_downloaded(page, driver, tmp_path):
    with serve(None, driver, port=0, folder=tmp_path, live_options={}) as viewer:
        open_page(page, viewer)
        neutral = picture(page)
        assert neutral.std() > 20, "an empty picture"
        page.locator("#record").click()
        page.locator("#record[aria-pressed=true]").wait_for()
        time.sleep(0.5)
        page.locator("#tab-shapes").click()
        slide(page, "slide-jawOpen", 0.9)
        wait_until(lambda: viewer.hand.values[INDEX["jawOpen"]] == np.float32(0.9))
        wait_until(lambda: bar(page, "jawOpen") > 0.85)
        time.sleep(0.5)
        page.locator("#record").click()
        page.get_by_text(re.compile(r"Written: .*take_.*npz")).wait_for()
        opened = picture(page)
        assert difference(neutral, opened) > 1
        half = len(neutral) // 2
        assert difference(neutral[half:], opened[half:]) > 3 * difference(
            neutral[: half // 2], opened[: half // 2]
        )
        page.locator("#reset").click()
        wait_until(lambda: page.locator("#slide-jawOpen").input_value() == "0")
        assert not viewer.hand.values.any()
        page.locator("#tab-takes").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()
        takes = list(tmp_path.glob("take_*.npz"))
        assert len(takes) == 1 and Path(download.value.path()).read_bytes() == takes[0].read_bytes()
        page.get_by_role("button", name="Show take_").click()  # and it is played here
        page.locator("#transport").wait_for()
        wait_until(lambda: viewer.player is not None)
    take = Take.load(takes[0])
    assert take.arkit_weights[0, INDEX["jawOpen"]] == 0
    assert take.arkit_weights[-1, INDEX["jawOpen"]] == pytest.approx(0.9, abs=1e-6)
    assert page.problems == []


@pytest.mark.parametrize("skin", list(TONES))
def test_the_page_draws_what_pictures_draw(page, driver, skin, tmp_path):
    """The same head from the same place by ``Renderer``: skin, teeth and eyes are of the same colour."""
    weights = np.zeros(52, np.float32)
    weights[[INDEX["jawOpen"], INDEX["mouthSmileLeft"], INDEX["browOuterUpRight"]]] = 0.4, 0.8, 0.7
    with serve(None, driver, port=0, folder=tmp_path) as viewer:
        viewer.look.skin = skin
        viewer.hand.set(weights)
        viewer.wake()
        open_page(page, viewer)
        time.sleep(1.5)
        shown = picture(page)
    shape = ShownHead(driver, skin=skin)
    surface = HeadScene(driver, skin=skin).surface()
    framed = json.loads(surface[8 : 8 + int.from_bytes(surface[4:8], "little")])
    height, width = shown.shape[:2]
    focal = height / 2 / np.tan(np.deg2rad(framed["fov"]) / 2)
    away = framed["height"] / 2 / np.tan(np.deg2rad(framed["fov"]) / 2) * max(1, 0.74 / (width / height))
    turn = np.diag([1.0, -1.0, -1.0])
    view = View.of(
        [[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]],
        turn,
        [0, 0, away] - turn @ framed["target"],
    )
    with Renderer(
        shape.model.faces, (height, width), vertex_colors=shape.colors, gloss=shape.gloss
    ) as renderer:
        drawn = renderer.render(shape.vertices(driver.params_from_weights(weights)), view)
    inside = drawn.mask.copy()
    for _ in range(6):  # not the outline: one of the two is smoothed there
        inside[1:-1, 1:-1] &= inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
    off = np.abs(shown - drawn.image.astype(int)).max(axis=2)[inside]
    assert inside.mean() > 0.2 and np.median(off) <= 2 and np.percentile(off, 95) < 12, np.percentile(
        off, [50, 90, 95, 99]
    )


def test_another_head_skin_and_scenery(page, driver, tmp_path, lab_head_a):
    with serve(None, driver, port=0, folder=tmp_path) as viewer:
        open_page(page, viewer)
        seen = [picture(page)]
        page.locator("#tab-look").click()
        page.locator("#skin").select_option("deep")
        wait_until(lambda: difference(picture(page), seen[-1]) > 5)
        seen.append(picture(page))
        page.locator("[data-look=scenery]").uncheck()
        wait_until(lambda: difference(picture(page), seen[-1]) > 0.2)
        page.locator("#head-path").fill(str(tmp_path / "nothing.pkl"))
        page.locator("#head-go").click()
        page.get_by_text("That did not work").wait_for()
        assert viewer.driver is driver
        page.locator("#head-path").fill(str(lab_head_a))
        page.locator("#head-go").click()
        page.get_by_text("5023 vertices").first.wait_for()
        assert viewer.driver.num_expression == 100
        wait_until(lambda: difference(picture(page), seen[-1]) > 3)
    assert page.problems == []


def test_take_plays_pauses_and_seeks_for_two_viewers(page, browser, driver):
    with serve(None, driver, port=0, take=moving_take(driver), title="two.npz") as viewer:
        open_page(page, viewer)
        first = picture(page)
        wait_until(lambda: difference(picture(page), first) > 1)  # it moves by itself
        page.locator("#play").click()
        page.locator("#play[aria-label=Play]").wait_for()
        assert not viewer.player.playing
        slide(page, "position", 199)
        wait_until(lambda: bar(page, "jawOpen") > 0.9)
        assert viewer.player.index == 199
        end = picture(page)
        slide(page, "position", 0)
        wait_until(lambda: bar(page, "jawOpen") < 0.05)
        assert difference(picture(page), end) > 2
        other = browser.new_page(viewport=PHONE)
        other.set_default_timeout(WAIT_MS)
        open_page(other, viewer)
        wait_until(lambda: viewer.num_clients == 2)
        slide(other, "position", 199)
        wait_until(lambda: bar(page, "jawOpen") > 0.9)  # both see it
        other.close()
        wait_until(lambda: viewer.num_clients == 1)
        address, port = viewer.url, viewer.port
    page.locator(
        "#status[data-face=gone]"
    ).wait_for()  # it ended: the page says so, and comes back when it does
    assert "not there" in page.locator("#words").inner_text()
    with serve(None, driver, port=port) as again:
        assert again.url == address
        wait_until(lambda: again.num_clients == 1)


def test_a_video_is_paused_sought_and_looped(page, driver, shared, tmp_path):
    pytest.importorskip("mediapipe")
    clip = shared / "data" / "videos" / "LP_drv__d12.mp4"
    if not clip.is_file():
        pytest.skip("the clip is not there")
    shutil.copy(clip, tmp_path / "clip.mp4")
    with serve(None, driver, port=0, folder=tmp_path, live_options={}) as viewer:
        open_page(page, viewer)
        page.locator("#source").select_option(label="clip.mp4")
        page.locator("#source-go").click()
        page.locator("#status[data-face=tracking]").wait_for()
        assert page.locator("#q-light").inner_text().endswith("%")
        page.locator("#play").click()
        page.locator("#play[aria-label=Play]").wait_for()
        slide(page, "position", 30)
        wait_until(lambda: viewer.player.index == 30)
        wait_until(lambda: page.evaluate("document.getElementById('seconds').textContent > 0.9"))
        still = viewer.player.index
        time.sleep(1.0)
        assert viewer.player.index == still and viewer.controls.readout().face == "tracking"
        page.locator("#loop").uncheck()
        wait_until(lambda: not viewer.player.loop)
        slide(page, "position", viewer.player.num_frames - 3)
        page.locator("#play").click()
        wait_until(lambda: viewer.player.index == viewer.player.num_frames - 1 and not viewer.player.playing)
    assert page.problems == []


def test_an_address_without_its_token_says_so(page, driver, tmp_path):
    with serve(None, driver, port=0, folder=tmp_path, host="0.0.0.0", public=True) as viewer:
        page.goto(f"http://127.0.0.1:{viewer.port}/")
        page.get_by_text("lacks its token").wait_for()
        page.goto(f"http://127.0.0.1:{viewer.port}/?token={viewer.guard.token}")
        page.get_by_text("Sliders move the head").wait_for()
        assert viewer.num_clients == 1


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
    monkeypatch.setattr("mp2flame.show.page.calibration.STEPS", steps)
    source = Acting()
    with LivePipeline(driver, source) as pipeline, serve(pipeline, port=0, folder=tmp_path) as viewer:
        open_page(page, viewer)
        page.locator("#status[data-face=tracking]").wait_for()
        wait_until(lambda: page.evaluate("document.getElementById('figures').innerText.includes('ms')"))
        assert re.search(r"\d+ fps", page.locator("#figures").inner_text())
        wait_until(lambda: page.evaluate("document.getElementById('picture').naturalWidth == 160"))
        assert page.locator("#source-fixed").is_visible() and not page.locator("#source-choice").is_visible()

        page.locator("#tab-you").click()
        page.locator("#calibrate").click()
        page.get_by_text("Relax", exact=True).wait_for()
        page.get_by_text("Smile", exact=True).wait_for()
        source.smiles = True
        page.get_by_text(re.compile("Your smile measures")).wait_for()
        source.smiles = False
        assert pipeline.solver.profile is not None
        page.locator("#profile-save").click()
        page.get_by_text("Profile saved").wait_for()
        assert Profile.load(tmp_path / "me.json").neutral_blendshapes[INDEX["mouthSmileLeft"]] < 0.05
        page.locator("#profile-none").click()
        wait_until(lambda: pipeline.solver.profile is None)
        page.locator("#profile-load").click()
        wait_until(lambda: pipeline.solver.profile is not None)

        page.locator("#tab-filter").click()
        page.locator("#preset").select_option("steady")
        wait_until(lambda: pipeline.solver.filter_settings == PRESETS["steady"])
        page.locator("summary", has_text="One part").click()
        page.locator("#filter-group").select_option("jaw")
        page.locator("#filter-kind").select_option("kalman")
        page.get_by_label("Acceleration, units/s²").fill("50")
        page.get_by_label("Noise, units").fill("0.1")
        page.locator("#filter-go").click()
        wait_until(lambda: pipeline.solver.filter_settings["jaw"] == Setting("kalman", 50.0, 0.1))
        wait_until(lambda: page.locator("#preset").input_value() == "custom")

        source.away = True
        page.locator("#status[data-face=lost]").wait_for()
        source.away = False
        page.locator("#status[data-face=tracking]").wait_for()
    assert page.problems == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a camera is not looked for first")
def test_a_camera_that_is_not_there_is_said_and_the_page_opens(tmp_path):
    """In the terminal and in the page; what is no camera ends the command as before."""
    from mp2flame.cli.view import _opened

    with _opened(Driver(), "97", port=0, folder=tmp_path, live_options={}) as viewer:
        time.sleep(0.5)
        assert viewer.trouble.startswith("there is no camera 97") and "Source" in viewer.trouble
    with pytest.raises(MissingFileError):
        _opened(Driver(), "nope.mp4", port=0, folder=tmp_path, live_options={})


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
