#!/usr/bin/env python3
"""The pictures of README and of the tutorials, made again: ``docs/images``.

    python tools/make_docs_pictures.py [--shared ../shared] [--bpy PYTHON_WITH_BPY] [NAME ...]

Names: person_and_head (README's moving picture), conventions, tutorial_avatar, tutorial_iphone, tutorial_blender,
tutorial_report, tutorial_web. Default: all; those of Blender and of pages need the ``bpy`` package and Chromium. People
are from Intel's sample videos (CC-BY-4.0), the iPhone take is alexdjulin's (MIT), the FLAME head is lab head A (FLAME
2023 Open, CC-BY-4.0, with expressions of ICT-FaceKit, MIT).
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

from mp2flame import Driver, Take
from mp2flame.base.rotations import axis_rotation
from mp2flame.drive.record import keep
from mp2flame.io.sources import open_source
from mp2flame.show.head import ShownHead
from mp2flame.show.pictures import Renderer, View
from mp2flame.show.pictures.sheet import most_different
from mp2flame.show.pictures.take import TakeRenderer

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs/images"
SMILE = "data/videos/intel_prev__head-pose-face-detection-male.gif"
SPEAKS = "data/videos/intel_asl__sister.mkv"
IPHONE = "data/livelink/alexdjulin__facial.csv"
LAB_HEAD = "models/lab_head_a.pkl"


def person(clip: Path, take: Take, size: int, reach: float = 1.1) -> list[Image.Image]:
    """Every frame, cut to one square around where the face is in the clip."""
    from PIL import Image

    height, width = (int(v) for v in take.image_size)
    points = take.landmarks[np.asarray(take.detected)][..., :2] * [width, height]
    middle = np.median(points.mean(1), axis=0)
    half = min(
        reach * float(np.median(np.ptp(points, axis=1))),
        middle[0],
        width - middle[0],
        middle[1],
        height - middle[1],
    )
    box = tuple(round(float(v)) for v in (*(middle - half), *(middle + half)))
    with open_source(str(clip)) as source:
        return [
            Image.fromarray(f.image).crop(box).resize((size, size), Image.Resampling.LANCZOS) for f in source
        ]


def heads(driver: Driver, take: Take, rows: list[int], size: int) -> list[Image.Image]:
    from PIL import Image

    head = ShownHead(driver)
    options = {"colors": head.colors, "gloss": head.gloss, "size": (size, size)}
    with TakeRenderer(take, head.model, head.vertices, **options) as pictures:
        return [Image.fromarray(pictures.image(i)) for i in rows]


def sheet(lines: list[list[Image.Image]], gap: int = 4) -> Image.Image:
    from PIL import Image

    size = lines[0][0].size[0]
    out = Image.new(
        "RGB", ((size + gap) * len(lines[0]) - gap, (size + gap) * len(lines) - gap), (24, 26, 30)
    )
    for y, line in enumerate(lines):
        for x, picture in enumerate(line):
            out.paste(picture, (x * (size + gap), y * (size + gap)))
    return out


def save(picture: Image.Image, name: str) -> None:
    picture.convert("RGB").save(IMAGES / name, quality=82)


def person_and_head(args: argparse.Namespace) -> None:
    size, driver = 420, Driver()
    clip = args.shared / SMILE
    take = keep(driver.run(str(clip)))
    rows = list(range(take.num_frames))
    pairs = [
        sheet([[a, b]])
        for a, b in zip(person(clip, take, size), heads(driver, take, rows, size), strict=True)
    ]
    steps = np.diff([*take.timestamp_ms, take.timestamp_ms[-1] + 83]).round().astype(int)
    film = (
        io.BytesIO()
    )  # encoding takes a minute, and a file that is opened first is empty when it is cut short
    pairs[0].save(
        film, format="WEBP", save_all=True, append_images=pairs[1:], duration=steps.tolist(), loop=0,
        quality=80, method=6,
    )  # fmt: skip
    (IMAGES / "person_and_head.webp").write_bytes(film.getvalue())


def tutorial_avatar(args: argparse.Namespace) -> None:
    driver = Driver(args.shared / LAB_HEAD)
    lines: list[list[Image.Image]] = [[], []]
    for name in (SMILE, SPEAKS):
        take = keep(driver.run(str(args.shared / name)))
        rows = sorted(int(i) for i in most_different(take.arkit_weights, 3))
        seen = person(args.shared / name, take, 230)
        lines[0] += [seen[i] for i in rows]
        lines[1] += heads(driver, take, rows, 230)
    save(sheet(lines), "tutorial_avatar.jpg")


def iphone_take(args: argparse.Namespace, driver: Driver) -> Take:
    return keep(driver.run(str(args.shared / IPHONE)))


def tutorial_iphone(args: argparse.Namespace) -> None:
    driver = Driver(args.shared / LAB_HEAD)
    take = iphone_take(args, driver)
    rows = sorted(int(i) for i in most_different(take.arkit_weights, 12))
    shown = heads(driver, take, rows, 190)
    save(sheet([shown[:6], shown[6:]]), "tutorial_iphone.jpg")


SCENE = """
import runpy, sys, bpy
folder, frames = sys.argv[1], [int(n) for n in sys.argv[2].split(",")]
tool = runpy.run_path(folder + "/blender_import.py")
bpy.ops.wm.read_factory_settings()
tool["main"]([folder + "/take.npz", "--head", folder + "/head.glb"])
scene = bpy.context.scene
scene.render.engine, scene.cycles.device, scene.cycles.samples = "CYCLES", "CPU", 24
scene.render.resolution_x = scene.render.resolution_y = 290
for n, frame in enumerate(frames):
    scene.frame_set(frame)
    scene.render.filepath = f"{folder}/shot{n}.png"
    bpy.ops.render.render(write_still=True)
"""


def tutorial_blender(args: argparse.Namespace) -> None:
    from PIL import Image

    driver = Driver(args.shared / LAB_HEAD)
    take = iphone_take(args, driver)
    rows = sorted(int(i) for i in most_different(take.arkit_weights, 4))
    with tempfile.TemporaryDirectory() as folder:
        take.save(Path(folder, "take.npz"))
        command = [sys.executable, "-m", "mp2flame"]
        flame = ["--flame", str(args.shared / LAB_HEAD)]
        words = ["export", f"{folder}/take.npz", "-o", f"{folder}/head.glb", "--form", "flame", *flame]
        subprocess.run([*command, *words], check=True)
        subprocess.run([*command, "blender", "-o", f"{folder}/blender_import.py"], check=True)
        start = float(take.timestamp_ms[0])
        frames = [round((float(take.timestamp_ms[i]) - start) / 1000 * 30) for i in rows]
        Path(folder, "scene.py").write_text(SCENE)
        chosen = ",".join(map(str, frames))
        subprocess.run(
            [args.bpy, f"{folder}/scene.py", folder, chosen], check=True, stdout=subprocess.DEVNULL
        )
        save(
            sheet([[Image.open(f"{folder}/shot{n}.png").convert("RGB") for n in range(4)]]),
            "tutorial_blender.jpg",
        )


def tutorial_report(args: argparse.Namespace) -> None:
    from PIL import Image
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        for name, clip in {"anna": "again", "ben": "sister", "cleo": "yes"}.items():
            Path(folder, "videos", name).mkdir(parents=True)
            Path(folder, "videos", name, "talk.mkv").symlink_to(
                args.shared / f"data/videos/intel_asl__{clip}.mkv"
            )
        flame = ["--flame", str(args.shared / LAB_HEAD)]
        command = [sys.executable, "-m", "mp2flame"]
        subprocess.run(
            [*command, "gather", "videos", "--track", *flame, "-o", "shards"], check=True, cwd=folder
        )
        subprocess.run([*command, "report", "shards", "-o", "report.html"], check=True, cwd=folder)
        with sync_playwright() as play:
            tab = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"]).new_page(
                viewport={"width": 1000, "height": 900}
            )
            tab.goto(Path(folder, "report.html").as_uri())
            figures = [
                f
                for f in tab.query_selector_all("svg, img")
                if (f.bounding_box() or {}).get("width", 0) > 400
            ]
            for number, figure in enumerate(figures[:2]):
                figure.screenshot(path=f"{folder}/figure{number}.png")
        pictures = [Image.open(f"{folder}/figure{n}.png").convert("RGB") for n in range(2)]
        pictures = [p.crop((0, 0, p.width, min(p.height, 366))) for p in pictures]
        both = Image.new(
            "RGB", (max(p.width for p in pictures), sum(p.height for p in pictures) + 8), "white"
        )
        for number, picture in enumerate(pictures):
            both.paste(picture, (0, number * (pictures[0].height + 8)))
        save(both, "tutorial_report.jpg")


def tutorial_web(args: argparse.Namespace) -> None:
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "MP2FLAME_SHARED": str(args.shared),
            "MP2FLAME_TUTORIAL_PICTURE": f"{folder}/page.png",
        }
        test = [sys.executable, "-m", "pytest", "-q", "tests/test_tutorials.py", "-k", "own_page"]
        subprocess.run(test, check=True, cwd=ROOT, env=environment)
        save(Image.open(f"{folder}/page.png"), "tutorial_web.jpg")


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def arrow(draw: ImageDraw.ImageDraw, start: np.ndarray, end: np.ndarray, color: str, label: str) -> None:
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
    across = np.array([-along[1], along[0]])
    draw.line([*start, *end], fill=color, width=5)
    draw.polygon(
        [*map(tuple, (end + 10 * along, end - 9 * along + 8 * across, end - 9 * along - 8 * across))],
        fill=color,
    )
    draw.text(tuple(end + 24 * along), label, fill=color, font=font(20), anchor="mm")


def conventions(args: argparse.Namespace) -> None:
    """The head's axes, and what a positive rotation about each does, as the camera sees it."""
    from PIL import Image, ImageDraw

    driver, size = Driver(), 300
    shown = ShownHead(driver)
    rest = shown.vertices(driver.params_from_weights(np.zeros(52)))
    middle = rest.mean(0)
    side, straight = (
        View.framing(rest, (size, size), yaw_deg=32, pitch_deg=12, margin=0.2),
        View.framing(rest, (size, size), margin=0.13),
    )
    cases = (
        ("the head's axes", "", 0), ("+x: chin down", "x", 22), ("+y: to the subject's left", "y", 30),
        ("+z: to the subject's right shoulder", "z", 20),
    )  # fmt: skip
    panels = []
    with Renderer(shown.model.faces, (size, size), vertex_colors=shown.colors) as renderer:
        for title, axis, degrees in cases:
            turn = axis_rotation(axis, np.radians(degrees)) if axis else np.eye(3)
            moved = (rest - middle) @ np.asarray(turn).T + middle
            panel = Image.new("RGB", (size, size + 34), "white")
            panel.paste(Image.fromarray(renderer(moved, straight if axis else side)), (0, 34))
            draw = ImageDraw.Draw(panel)
            draw.text((size / 2, 17), title, fill="#222", font=font(16), anchor="mm")
            if not axis:
                start = np.array([middle[0], middle[1], rest[:, 2].max() + 0.005])
                ends = start + np.array([[0, 0, 0], [0.09, 0, 0], [0, 0.09, 0], [0, 0, 0.075]])
                seen = ends @ side.R.T + side.t
                places = (seen @ side.K.T)[:, :2] / seen[:, 2:] + [0, 34]
                for end, color, name in zip(
                    places[1:], ("#e03030", "#109030", "#2050f0"), "xyz", strict=True
                ):
                    arrow(draw, places[0], end, color, name)
            panels.append(panel)
    out = Image.new("RGB", (len(panels) * (size + 4) - 4, size + 34), "white")
    for i, panel in enumerate(panels):
        out.paste(panel, (i * (size + 4), 0))
    save(out, "conventions.jpg")


PICTURES: dict[str, Callable[[argparse.Namespace], None]] = {
    made.__name__: made
    for made in (
        person_and_head,
        conventions,
        tutorial_avatar,
        tutorial_iphone,
        tutorial_blender,
        tutorial_report,
        tutorial_web,
    )
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[[], *PICTURES])
    parser.add_argument(
        "--shared", type=Path, default=Path(os.environ.get("MP2FLAME_SHARED", "../shared")).resolve()
    )
    parser.add_argument("--bpy", default=os.environ.get("MP2FLAME_BPY", sys.executable))
    args = parser.parse_args()
    for name in args.names or PICTURES:
        PICTURES[name](args)
        print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
