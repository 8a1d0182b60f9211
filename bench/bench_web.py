"""The browser's side: milliseconds a frame in Node, Chromium and NumPy in one run, download sizes, frames per second.

    python bench/bench_web.py [--clip VIDEO]

Needs ``npm install`` and ``node scripts/build.mjs all`` in ``web/``, Node, Chromium and playwright. Asked: estimator, rig and
forward pass at most 2.5 ms a frame, our own download below 3 MB beside MediaPipe's, 30 frames per second with a fake camera on
an idle machine. Frames per second are also given over those of a page that only detects, since MediaPipe's part is not ours.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported


from mp2flame import Driver
from mp2flame.drive.demo import demo_source
from mp2flame.drive.face_driver import FaceDriver
from mp2flame.drive.watch import seen_in
from mp2flame.io.exports.m2f import pack
from mp2flame.io.exports.web import web_head
from mp2flame.io.sources import open_source
from mp2flame.show.head import ShownHead
from mp2flame.show.web.server import WebServer
from mp2flame.show.web.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("MP2FLAME_SHARED", HERE.parent / "shared"))
WEB = HERE / "web"
TAKE = HERE / "src/mp2flame/base/data/demo_take.npz"
FLAGS = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
FRAMES = 400

DETECT = """async () => {
  const v = await import('/mediapipe/vision_bundle.mjs');
  const files = await v.FilesetResolver.forVisionTasks('/mediapipe');
  const modelAssetBuffer = new Uint8Array(await (await fetch('/models/face_landmarker.task')).arrayBuffer());
  const l = await v.FaceLandmarker.createFromOptions(files, { baseOptions: { modelAssetBuffer, delegate: 'CPU' },
    runningMode: 'VIDEO', numFaces: 1, outputFaceBlendshapes: true, outputFacialTransformationMatrixes: true });
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480, frameRate: 30 } });
  await video.play();
  let n = 0, start = 0;
  for (;;) {
    await new Promise((r) => video.requestVideoFrameCallback(r));
    l.detectForVideo(video, performance.now());
    if (n++ === 10) start = performance.now();
    if (performance.now() - start > SECONDS * 1000 && n > 11) return (n - 11) / (performance.now() - start) * 1000;
  }
}"""


class BenchSite(Site):
    """The page, and the comparison beside it."""

    def read(self, name: str) -> bytes | None:
        if name == "compare.html":
            return b'<!doctype html><link rel="icon" href="icon.svg"><script type="module" src="browser.js"></script>'
        if name == "browser.js":
            return (WEB / "test/build/browser.js").read_bytes()
        if name == "golden.m2f":
            return (WEB / "test/golden.m2f").read_bytes()
        return super().read("demo.npz" if name == "demo_take.npz" else name)


def in_python(driver: Driver) -> tuple[float, float]:
    """Median milliseconds of a step (weights, pose, filter, rig) and of the forward pass of what is shown."""
    source, _, _ = demo_source()
    items = list(source)
    face, shown = FaceDriver(driver, filter="light"), ShownHead(driver)
    step, forward = [], []
    for k in range(FRAMES):
        item = items[k % len(items)]
        item.timestamp_ms = 33.3 * k
        start = time.perf_counter()
        frame = face.step(item, seen_in(item))
        middle = time.perf_counter()
        shown.vertices(frame.params)
        step.append(1e3 * (middle - start))
        forward.append(1e3 * (time.perf_counter() - middle))
    return statistics.median(step[100:]), statistics.median(forward[100:])


def in_node(head: Path) -> dict[str, float]:
    done = subprocess.run(
        ["node", "scripts/bench.mjs", str(head), str(TAKE)],
        cwd=WEB,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def in_chromium(browser: Browser, url: str) -> dict[str, float]:
    page = browser.new_page()
    page.goto(f"{url}compare.html")
    while not page.evaluate("Boolean(window.result)"):
        time.sleep(0.2)
    result: dict[str, float] = page.evaluate("window.result")
    page.close()
    return result


def rates(browser: Browser, url: str, seconds: float) -> tuple[float, float]:
    """Frames per second of the page with the camera, and of detection alone."""
    context = browser.new_context(viewport={"width": 960, "height": 600}, permissions=["camera"])
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("html[data-ready]")
    time.sleep(8)  # what it makes ready while idle
    page.click("#start-camera")
    while page.evaluate("Number(document.getElementById('status').dataset.fps ?? 0)") == 0:
        time.sleep(0.2)
    time.sleep(3)
    seen = []
    for _ in range(int(seconds)):
        time.sleep(1)
        seen.append(page.evaluate("Number(document.getElementById('status').dataset.fps)"))
    page.goto(f"{url}icon.svg")
    page.goto(f"{url}app.css")
    alone = page.evaluate(DETECT.replace("SECONDS", str(seconds)))
    context.close()
    return statistics.median(seen), alone


def as_camera(clip: Path, path: Path) -> Path:
    """Five seconds of a clip as Motion JPEG, which Chromium plays as a camera."""
    from PIL import Image

    data = bytearray()
    with open_source(str(clip)) as source:
        for frame in source:
            if frame.index == 150:
                break
            whole = Image.fromarray(frame.image)
            whole.thumbnail((640, 480))
            square = Image.new("RGB", (640, 480))
            square.paste(whole, ((640 - whole.width) // 2, (480 - whole.height) // 2))
            file = io.BytesIO()
            square.save(file, "JPEG", quality=92)
            data += file.getvalue()
    path.write_bytes(data)
    return path


def sizes(site: Site) -> tuple[float, float]:
    """Megabytes of our own first download and of MediaPipe's, as they are sent."""
    own = other = 0
    for name in site.names:
        content = site.read(name) or b""
        sent = (
            len(content)
            if name.endswith((".m2f", ".npz", ".png", ".task"))
            else len(gzip.compress(content, 6))
        )
        if name in (
            "demo.npz",
            "example.html",
            "example.js",
            "example.css",
            "icon-512.png",
            "app.js.LEGAL.txt",
        ):
            continue
        if "nosimd" not in name:
            own, other = (own, other + sent) if "/" in name else (own + sent, other)
    return own / 1e6, other / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clip", type=Path, default=SHARED / "data/videos/LP_drv__d0.mp4")
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    heads = {"built-in, 50 coefficients": None}
    if (SHARED / "models/lab_head_a.pkl").is_file():
        heads["lab head A, 100 coefficients"] = str(SHARED / "models/lab_head_a.pkl")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as run:
        camera = as_camera(args.clip, Path(folder) / "clip.mjpeg")
        browser = run.chromium.launch(
            executable_path=chromium, args=[*FLAGS, f"--use-file-for-fake-video-capture={camera}"]
        )
        print("head | NumPy step + forward ms | Node step + forward ms | Node/NumPy | Chromium ms")
        for name, flame in heads.items():
            driver = Driver(flame)
            made = web_head(
                driver.mesh_model, driver.rig, driver.estimator, dressed=ShownHead(driver).dressed
            )
            data = pack(made.arrays, made.header)
            (Path(folder) / "head.m2f").write_bytes(data)
            python, node = in_python(driver), in_node(Path(folder) / "head.m2f")
            site = BenchSite(lambda data=data: data, mediapipe=WEB / "node_modules/@mediapipe/tasks-vision")
            with WebServer(site, port=0) as server:
                page = in_chromium(browser, server.url)
                ratio = (node["step"] + node["forward"]) / sum(python)
                print(
                    f"{name} | {python[0]:.2f} + {python[1]:.2f} | {node['step']:.2f} + {node['forward']:.2f} | {ratio:.2f} | "
                    f"{page.get('ms', float('nan')):.2f} (p95 {page.get('p95', float('nan')):.2f})"
                )
                print(
                    f"  load {node['load']:.0f} ms, a level of the fit {node['level']:.0f} ms, {len(data) / 1e6:.2f} MB"
                )
                if flame is None:
                    own, other = sizes(site)
                    print(f"  download: ours {own:.2f} MB, MediaPipe's {other:.2f} MB")
                    fps, alone = rates(browser, server.url, args.seconds)
                    print(
                        f"  fake camera: {fps:.0f} frames/s; detection alone {alone:.1f}; ratio {fps / alone:.2f}"
                    )
        browser.close()


if __name__ == "__main__":
    main()
