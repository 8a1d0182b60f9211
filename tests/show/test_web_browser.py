"""The page in Chromium: equal to Python, a fake camera from end to end, polite where something is missing.

Needs ``npm install`` and ``node scripts/build.mjs test`` in ``web/`` (``.ci/web`` does both), and for the camera the
optional test material.
"""

from __future__ import annotations

import io
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import SHARED
from mp2flame.base.detection import Detection
from mp2flame.drive.driver import Driver
from mp2flame.drive.face_driver import FaceDriver
from mp2flame.io.exports.m2f import pack
from mp2flame.io.exports.web import web_head
from mp2flame.io.sources import SourceFrame, open_source
from mp2flame.response.profile import Profile
from mp2flame.show.head import ShownHead
from mp2flame.show.web.server import WebServer
from mp2flame.show.web.site import MODEL, Site
from mp2flame.take.take import Take

sync_api = pytest.importorskip("playwright.sync_api")
Image = pytest.importorskip("PIL.Image")

ROOT = Path(__file__).resolve().parents[2]
VISION = ROOT / "web/node_modules/@mediapipe/tasks-vision"
BUILT = ROOT / "web/test/build/browser.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CLIP = SHARED / "data/videos/LP_drv__d0.mp4"
TASK = SHARED / "models/face_landmarker.task"
WAIT_MS = 120_000
DESK = {"width": 1280, "height": 800}
_AXE = ROOT / "tests/js/node_modules/axe-core/axe.min.js"
AXE = os.environ.get("MP2FLAME_AXE") or (str(_AXE) if _AXE.is_file() else "")
USUAL = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium"),
    pytest.mark.skipif(
        not VISION.is_dir() or not BUILT.is_file(), reason="web/ is not built; .ci/web does it"
    ),
]
with_clip = pytest.mark.skipif(
    not CLIP.is_file() or not TASK.is_file(), reason="needs the optional test material"
)


class TestSite(Site):
    """The page, and beside it what compares it with Python."""

    __test__ = False

    def read(self, name: str) -> bytes | None:
        extra = {
            "compare.html": b'<!doctype html><link rel="icon" href="icon.svg"><script type="module" src="browser.js"></script>',
            "browser.js": BUILT.read_bytes(),
            "golden.m2f": (ROOT / "web/test/golden.m2f").read_bytes(),
            "demo_take.npz": super().read("demo.npz"),
        }
        return extra[name] if name in extra else super().read(name)


@pytest.fixture(scope="module")
def driver() -> Driver:
    return Driver()


@pytest.fixture(scope="module")
def server(driver: Driver) -> Iterator[WebServer]:
    made = web_head(driver.model, driver.rig, driver.estimator, dressed=ShownHead(driver).dressed)
    data = pack(made.arrays, made.header)
    site = TestSite(lambda: data, mediapipe=VISION, model_path=TASK if TASK.is_file() else None)
    with WebServer(site, port=0) as running:
        yield running


@pytest.fixture(scope="module")
def browsers() -> Iterator[Any]:
    """Chromium by its flags."""
    opened: dict[tuple[str, ...], Any] = {}
    with sync_api.sync_playwright() as run:

        def get(*flags: str) -> Any:
            if flags not in opened:
                opened[flags] = run.chromium.launch(executable_path=CHROMIUM, args=[*USUAL, *flags])
            return opened[flags]

        yield get
        for browser in opened.values():
            browser.close()


@pytest.fixture
def page(browsers: Any, server: WebServer, request: pytest.FixtureRequest) -> Iterator[Any]:
    options = {"flags": (), "width": 800, "height": 560, **getattr(request, "param", {})}
    context = browsers(*options["flags"]).new_context(
        viewport={"width": options["width"], "height": options["height"]},
        service_workers=options.get("service_workers", "allow"),
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.problems, page.abroad = [], []
    # MediaPipe's wasm writes its log to stderr, which is the console's errors
    page.on(
        "console",
        lambda m: page.problems.append(m.text) if m.type == "error" and "INFO" not in m.text else None,
    )
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    home = (server.url, "blob:" + server.url, "data:")
    page.on("request", lambda r: page.abroad.append(r.url) if not r.url.startswith(home) else None)
    yield page
    context.close()


def opened(page: Any, server: WebServer, asked: str = "") -> Any:
    page.goto(server.url + asked)
    page.wait_for_selector("html[data-ready]")
    return page


def until(page: Any, expression: str) -> None:
    """Waits until it is true; Playwright's own waiting would need ``eval``, which the page's policy forbids."""
    end = time.monotonic() + WAIT_MS / 1000
    while not page.evaluate(f"Boolean({expression})"):
        assert time.monotonic() < end, f"never true: {expression}"
        time.sleep(0.1)


def drawn(page: Any) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)


def test_equal_to_python_in_the_browser(page: Any, server: WebServer) -> None:
    page.goto(f"{server.url}compare.html")
    until(page, "window.result")
    result = page.evaluate("window.result")
    assert "error" not in result, result
    assert len(result["differences"]) >= 30
    for name, most in result["differences"].items():
        limit = 0.02 if name.endswith("vertices") else 1e-3 if name.endswith("expression") else 1e-4
        assert most < limit, name
    assert not page.problems and not page.abroad


@pytest.mark.parametrize(
    ("page", "draw"),
    [
        ({"width": 1000, "height": 640}, "processor"),
        ({"width": 1000, "height": 640}, "card"),
        ({"width": 390, "height": 844}, "processor"),
    ],
    indirect=["page"],
)
def test_the_demo_moves_the_head_and_fits_the_window(page: Any, server: WebServer, draw: str) -> None:
    opened(page, server, f"?draw={draw}")
    rest = drawn(page)
    assert rest.std(axis=(0, 1)).min() > 12  # something is there
    page.click("#start-demo")
    until(page, "/Following/.test(document.getElementById('state').textContent)")
    page.click("#show-weights")
    time.sleep(1)
    values = page.eval_on_selector_all(".bar span:last-of-type", "all => all.map(e => Number(e.textContent))")
    assert len(values) == 51 and 0.05 < max(values) <= 1
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for button in page.query_selector_all("#dock button"):
        box = button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height
        assert min(box["width"], box["height"]) >= 44  # a thumb's size
    middle = (slice(height // 5, height // 2), slice(width // 3, 2 * width // 3))
    assert np.abs(drawn(page)[middle] - rest[middle]).mean() > 2
    assert not page.problems and not page.abroad


def _focus(page: Any) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_a_keyboard_is_never_thrown_back_to_the_beginning(page: Any, server: WebServer) -> None:
    """What had the focus goes away (the welcome, the menu, a button that can no longer be pressed): another button has it."""
    opened(page, server)
    page.focus("#start-demo")
    page.keyboard.press("Enter")
    until(page, "/Following/.test(document.getElementById('state').textContent)")
    assert _focus(page) == "camera"
    page.focus("#more")
    page.keyboard.press("Enter")
    page.focus("#mirror")
    page.keyboard.press("Escape")
    assert _focus(page) == "more" and page.is_hidden("#menu")
    page.focus("#more")
    page.keyboard.press("Enter")
    page.focus("#about")
    page.keyboard.press("Enter")
    page.focus("#notice-close")
    page.keyboard.press("Enter")
    assert _focus(page) == "camera" and page.is_hidden("#notice")
    assert not page.problems


def test_a_kept_head_of_another_version_does_not_end_the_page(page: Any, server: WebServer) -> None:
    opened(page, server)
    page.evaluate(
        "new Promise(done => { const r = indexedDB.open('mp2flame', 1); r.onsuccess = () => { const put ="
        " r.result.transaction('files', 'readwrite').objectStore('files').put(new ArrayBuffer(64), 'head.m2f');"
        " put.onsuccess = done; }; })"
    )
    opened(page, server)
    assert ".m2f" in page.inner_text("#notice-text")
    page.click("#start-demo")
    until(page, "/Following/.test(document.getElementById('state').textContent)")
    opened(page, server)
    assert page.is_hidden("#notice")


def test_both_ways_of_drawing_show_the_same_head(page: Any, server: WebServer) -> None:
    shown = []
    for draw in ("card", "processor"):
        opened(page, server, f"?draw={draw}").wait_for_selector("#start-demo:enabled")
        page.evaluate(
            "for (const id of ['welcome', 'dock', 'top']) document.getElementById(id).style.display = 'none'"
        )
        time.sleep(1)
        shown.append(drawn(page))
    skin = [s[..., 0] - s[..., 2] > 15 for s in shown]  # redder than blue: what the window behind is not
    assert skin[0].mean() > 0.1
    assert (skin[0] & skin[1]).sum() > 0.95 * (skin[0] | skin[1]).sum()  # where it is
    both = skin[0] & skin[1]
    assert np.abs(shown[0][both].mean(0) - shown[1][both].mean(0)).max() < 25  # how bright it is, of 255
    assert np.corrcoef(shown[0][both].mean(1), shown[1][both].mean(1))[0, 1] > 0.7  # where it is lit


def test_the_page_works_without_a_network(page: Any, server: WebServer) -> None:
    opened(page, server)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.inner_text("#state") == "Ready"
    assert page.evaluate("fetch('detect.js').then((r) => r.ok)")
    page.context.set_offline(False)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[np.ndarray]]:
    """Four seconds of a face as Motion JPEG, which Chromium plays as a camera, and its pictures."""
    pictures, data = [], bytearray()
    with open_source(str(CLIP)) as source:
        for frame in source:
            if len(pictures) == 120:
                break
            whole = Image.fromarray(frame.image)
            whole.thumbnail((480, 480))
            square = Image.new("RGB", (640, 480))
            square.paste(whole, ((640 - whole.width) // 2, 0))
            file = io.BytesIO()
            square.save(file, "JPEG", quality=95)
            data += file.getvalue()
            pictures.append(np.asarray(Image.open(io.BytesIO(file.getvalue()))))
    path = tmp_path_factory.mktemp("clip") / "clip.mjpeg"
    path.write_bytes(data)
    return path, pictures


@pytest.fixture
def camera_page(browsers: Any, server: WebServer, clip: tuple[Path, Any]) -> Iterator[Any]:
    flags = (*CAMERA, f"--use-file-for-fake-video-capture={clip[0]}")
    context = browsers(*flags).new_context(
        viewport={"width": 640, "height": 480}, permissions=["camera"], accept_downloads=True
    )
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.problems, page.abroad = [], []
    page.on(
        "console",
        lambda m: page.problems.append(m.text) if m.type == "error" and "INFO" not in m.text else None,
    )
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    home = (server.url, "blob:" + server.url, "data:")
    page.on("request", lambda r: page.abroad.append(r.url) if not r.url.startswith(home) else None)
    yield opened(page, server)
    context.close()


@with_clip
def test_a_camera_drives_the_head_and_python_agrees(
    camera_page: Any, clip: tuple[Path, list[np.ndarray]], driver: Driver, tmp_path: Path
) -> None:
    from mp2flame import Detector

    page = camera_page
    with Detector(mode="video", model_path=TASK) as detector:
        found = [detector.detect(p, 33.3 * i) for i, p in enumerate(clip[1])]
    seen = Detection.stack([f[0] for f in found if f])
    profile = Profile.from_neutral(
        seen.blendshapes[:5], landmarks=seen.landmarks[:5], image_size=seen.image_size
    )
    profile.save(tmp_path / "me.json")
    page.set_input_files("#file", [])  # the picker itself is not opened here
    page.evaluate("document.getElementById('open').click()")
    page.set_input_files("#file", str(tmp_path / "me.json"))
    until(page, "document.getElementById('state').textContent === 'Calibrated'")
    page.click("#start-camera")
    until(page, "/Following/.test(document.getElementById('state').textContent)")
    page.click("#record")
    until(
        page,
        "Number((/Recording (\\d+)/.exec(document.getElementById('state').textContent) ?? [0, 0])[1]) >= 70",
    )
    with page.expect_download() as download:
        page.click("#record")
    download.value.save_as(tmp_path / "take.npz")
    take = Take.load(tmp_path / "take.npz")
    assert take.detected.all() and len(take) >= 70 and take.meta["flame"]["release"] == "builtin"
    face = FaceDriver(driver, filter="light", profile=profile)
    again = [
        face.step(
            SourceFrame(f.index, f.timestamp_ms, detected=True, image_size=f.image_size),
            Detection(f.blendshapes, f.landmarks, f.face_matrix, f.image_size),
        )
        for f in take
    ]
    settled = slice(
        50, None
    )  # the page knew the frames before; what they leave behind fades by a tenth a frame
    weights = np.stack([f.weights for f in again])
    assert np.abs(weights - take.arkit_weights)[settled].max() < 1e-3
    assert np.median(np.abs(weights - take.arkit_weights)[settled].max(1)) < 1e-4
    orient = np.stack([f.params.global_orient for f in again])
    assert np.abs(orient - take.global_orient)[settled].max() < 1e-2
    # what the browser's detector sees is what Python's sees in some picture of the clip
    nearest = np.abs(take.blendshapes[:, None] - seen.blendshapes[None]).max(2).min(1)
    assert np.median(nearest) < 0.06
    nearest_matrix = (
        np.abs(take.face_matrix[:, None, :3, :3] - seen.face_matrix[None, :, :3, :3]).max((2, 3)).min(1)
    )
    assert np.median(nearest_matrix) < 0.03  # rows are rows
    assert not page.problems and not page.abroad


@with_clip
def test_a_video_file_drives_the_head_again_and_again(page: Any, server: WebServer, tmp_path: Path) -> None:
    opened(page, server)
    with page.expect_file_chooser() as chooser:
        page.click("#open")
    chooser.value.set_files(str(CLIP))
    until(page, "/Following/.test(document.getElementById('state').textContent)")
    assert page.is_visible("#picture")
    page.evaluate(
        "document.getElementById('video').currentTime = document.getElementById('video').duration - 0.5"
    )
    until(page, "document.getElementById('video').currentTime < 1")  # it begins again
    page.click("#record")
    until(page, "/Recording [1-9]/.test(document.getElementById('state').textContent)")
    time.sleep(1)
    with page.expect_download() as download:
        page.click("#record")
    download.value.save_as(tmp_path / "take.npz")
    take = Take.load(tmp_path / "take.npz")
    assert take.detected.any() and (np.diff(take.timestamp_ms) > 0).all() and take.meta["source"] == CLIP.name
    assert not page.problems and not page.abroad


@with_clip
def test_a_file_that_is_no_video_is_a_sentence(page: Any, server: WebServer) -> None:
    opened(page, server)
    with page.expect_file_chooser() as chooser:
        page.click("#open")
    chooser.value.set_files({"name": "clip.mp4", "mimeType": "video/mp4", "buffer": b"not a video" * 99})
    page.wait_for_selector("#notice:not([hidden])")
    assert "clip.mp4 cannot be played" in page.inner_text("#notice-text")
    assert page.is_enabled("#start-demo")


@with_clip
def test_calibrate_keeps_a_profile_that_python_reads(camera_page: Any, tmp_path: Path) -> None:
    page = camera_page
    page.click("#start-camera")
    until(page, "/Following/.test(document.getElementById('state').textContent)")
    page.click("#calibrate")
    page.wait_for_selector("#countdown:not([hidden])")
    page.wait_for_selector("#countdown", state="hidden")
    page.click("#more")
    with page.expect_download() as download:
        page.click("#save-profile")
    download.value.save_as(tmp_path / "me.json")
    profile = Profile.load(tmp_path / "me.json")
    assert profile.neutral_landmarks is not None and profile.image_size == (480, 640)
    assert 0 <= profile.neutral_blendshapes.min() and profile.neutral_blendshapes.max() <= 1
    page.reload()
    page.wait_for_selector("html[data-ready]")
    page.click("#more")
    assert page.is_enabled("#forget-profile")  # it is kept
    page.click("#forget-profile")
    until(page, "document.getElementById('forget-profile').disabled")
    assert not page.problems


@pytest.mark.parametrize(
    "page", [{"flags": ("--use-fake-device-for-media-stream", "--deny-permission-prompts")}], indirect=True
)
@with_clip
def test_no_permission_is_a_sentence(page: Any, server: WebServer) -> None:
    opened(page, server).click("#start-camera")
    page.wait_for_selector("#notice:not([hidden])")
    assert "not allowed" in page.inner_text("#notice-text")
    page.click("#notice-close")
    assert page.is_enabled("#start-demo") and not page.problems


@pytest.fixture
def two_cameras(browsers: Any, server: WebServer) -> Iterator[Any]:
    flags = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=2")
    context = browsers(*flags).new_context(viewport=DESK, permissions=["camera"])
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    yield opened(page, server)
    context.close()


@with_clip
def test_another_camera_is_chosen_by_its_name(two_cameras: Any) -> None:
    page = two_cameras
    page.click("#start-camera")
    until(page, "document.getElementById('which').options.length === 2")
    page.click("#more")
    assert page.is_visible("#which")
    names = page.evaluate("[...document.getElementById('which').options].map(o => o.text)")
    name = "document.getElementById('video').srcObject?.getVideoTracks()[0]?.label"
    assert len(set(names)) == 2 and page.evaluate(name) == page.evaluate(
        "document.getElementById('which').selectedOptions[0].text"
    )
    other = next(n for n in names if n != page.evaluate(name))
    page.select_option("#which", label=other)
    until(page, f"({name}) === {other!r}")


@pytest.mark.skipif(not AXE, reason="axe-core is not there: npm install --prefix tests/js")
@pytest.mark.parametrize("size", [{"width": 390, "height": 844}, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing(browsers: Any, server: WebServer, size: dict[str, int]) -> None:
    """The welcome, a take that plays with weights and menu open, a notice: names, roles, contrast; and the keyboard."""
    page = browsers().new_page(viewport=size)
    page.set_default_timeout(WAIT_MS)
    opened(page, server)
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))

    def faults() -> list[str]:
        found = page.evaluate("async () => (await axe.run()).violations")
        return [f"{f['id']}: {[n['target'] for n in f['nodes']][:3]}" for f in found]

    assert not faults(), "welcome"
    reached = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id"))
    assert {"start-camera", "start-demo", "camera", "open", "show-weights", "more", "view"} <= reached
    page.focus("#start-demo")
    page.keyboard.press("Enter")
    until(page, "/Following/.test(document.getElementById('state').textContent)")
    assert not faults(), "a face is followed"
    for control in ("show-weights", "more"):
        page.focus(f"#{control}")
        page.keyboard.press("Enter")
    assert page.is_visible("#menu") and not faults(), "weights and menu"
    page.focus("#about")
    page.keyboard.press("Enter")
    assert page.is_visible("#notice") and not faults(), "a notice"
    page.keyboard.press("Escape")
    assert not page.is_visible("#notice") and not page.is_visible("#menu")
    page.context.close()


@with_clip
def test_no_camera_is_a_sentence(page: Any, server: WebServer) -> None:
    opened(page, server).click("#start-camera")
    page.wait_for_selector("#notice:not([hidden])")
    text = page.inner_text("#notice-text")
    assert "No camera was found" in text or "not allowed" in text
    assert not page.problems


@pytest.mark.parametrize("page", [{"flags": ("--disable-3d-apis",)}], indirect=True)
def test_no_webgl_is_a_sentence(page: Any, server: WebServer) -> None:
    page.goto(server.url)
    page.wait_for_selector("#notice:not([hidden])")
    assert "WebGL" in page.inner_text("#notice-text")


@pytest.mark.parametrize("page", [{"service_workers": "block"}], indirect=True)
@with_clip
def test_without_the_model_the_page_asks_for_it(page: Any, server: WebServer) -> None:
    page.route(f"**/{MODEL}", lambda route: route.fulfill(status=404, body=""))
    opened(page, server).click("#start-camera")
    page.wait_for_selector("#notice:not([hidden])")
    assert "face_landmarker.task" in page.inner_text("#notice-text")
    with page.expect_file_chooser() as chooser:
        page.click("#notice-do")
    chooser.value.set_files({"name": "page.task", "mimeType": "", "buffer": b"<html>not a model</html>" * 9})
    until(page, "/is not a MediaPipe/.test(document.getElementById('notice-text').textContent)")
    page.click("#notice-close")
    page.click("#start-camera")
    with page.expect_file_chooser() as chooser:
        page.click("#notice-do")
    chooser.value.set_files(str(TASK))
    until(page, "/Thank you/.test(document.getElementById('notice-text').textContent)")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.m2f", b"M2F1 but no more", "damaged"),
        ("x.npz", b"PK\x03\x04 cut", "not an .npz"),
        ("x.json", b"{}", "not a profile"),
        ("x.pdf", b"%PDF", "this page opens"),
    ],
)
def test_wrong_files_are_told_apart(
    page: Any, server: WebServer, name: str, content: bytes, says: str
) -> None:
    opened(page, server)
    with page.expect_file_chooser() as chooser:
        page.click("#open")
    chooser.value.set_files({"name": name, "mimeType": "", "buffer": content})
    page.wait_for_selector("#notice:not([hidden])")
    assert says in page.inner_text("#notice-text")
    assert not page.problems
