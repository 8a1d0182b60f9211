"""Pictures of the viewer for docs/viewer.md, on a desk and on a phone, and what axe-core finds in it.

    python bench/bench_page.py VIDEO --out docs/images [--axe tests/js/node_modules/axe-core/axe.min.js]

Needs Chromium. The clip plays, is stopped at ``--frame``, and the page is photographed; writes viewer.jpg and
viewer_phone.jpg. The repository's own pictures show a clip whose licence allows it, or the bundled take (no VIDEO).
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
import time
from pathlib import Path

import mp2flame as m2f
from mp2flame.show.page import serve

FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
VIEWS = {"viewer.jpg": (1280, 800, 1.0), "viewer_phone.jpg": (390, 844, 1.5)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("video", nargs="?", help="default: the bundled take")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--frame", type=int, default=63)
    parser.add_argument("--axe", type=Path)
    arguments = parser.parse_args()
    from PIL import Image
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as run:
        take = m2f.demo_take()
        take.save(Path(folder) / "take.npz")
        shown = {"source": arguments.video} if arguments.video else {"take": take, "title": "take.npz"}
        browser = run.chromium.launch(executable_path=chromium, args=FLAGS)
        with serve(None, m2f.Driver(), port=0, folder=folder, live_options={}, **shown) as viewer:
            for name, (width, height, dots) in VIEWS.items():
                viewer.player.play()
                page = browser.new_page(
                    viewport={"width": width, "height": height}, device_scale_factor=2, is_mobile=width < 500
                )
                page.goto(viewer.url)
                time.sleep(4)
                viewer.player.pause()
                viewer.player.seek(arguments.frame)
                time.sleep(3)
                image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
                size = round(width * dots), round(height * dots)
                image.resize(size, Image.Resampling.LANCZOS).save(arguments.out / name, quality=86)
                if arguments.axe:
                    page.evaluate(arguments.axe.read_text(encoding="utf-8"))
                    for tab in page.locator("[role=tab]").all():
                        if tab.is_visible():
                            tab.click()
                            found = page.evaluate(
                                "async () => (await axe.run()).violations.map(v => [v.impact, v.id])"
                            )
                            print(name, tab.inner_text(), found)
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
