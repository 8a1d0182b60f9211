"""GLB files as three.js shows them in a browser, against the forward pass and our own renderer."""

from __future__ import annotations

import base64
import io
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base.channels import ARKIT, INDEX
from mp2flame.drive.driver import Driver
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.colors import colors_for
from mp2flame.flame.landmarks import embedding_for
from mp2flame.io.exports.gltf import write_glb
from mp2flame.show.head import ShownHead
from mp2flame.show.pictures import Renderer, View
from mp2flame.take.take import Take
from takes import made_take

JS = Path(__file__).parents[1] / "js"
SIZE = 256

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory):
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = os.environ.get("MP2FLAME_CHROMIUM", "/usr/bin/chromium")
    if not os.path.exists(chromium):
        pytest.skip("needs Chromium")
    if not shutil.which("node") or not (JS / "node_modules" / "three").is_dir():
        pytest.skip("needs node and 'npm install --prefix tests/js'")
    folder = tmp_path_factory.mktemp("page")
    bundler = JS / "node_modules" / ".bin" / "esbuild"
    command = [str(bundler), str(JS / "view.js"), "--bundle", f"--outfile={folder / 'view.bundle.js'}"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    (folder / "index.html").write_text('<body><script src="view.bundle.js"></script></body>')
    with playwright.sync_playwright() as run:
        flags = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        browser = run.chromium.launch(executable_path=chromium, args=flags)
        opened = browser.new_page()
        opened.goto((folder / "index.html").as_uri())
        yield opened
        browser.close()


@pytest.mark.parametrize("form", ["flame", "arkit"])
def test_three_js_shows_the_take(form: str, page, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    head = builtin_head()
    take = made_take(head, frames=20)
    if form == "arkit":  # one node for the head: shoulders would turn with the neck
        take.neck_pose[:] = 0
    colors = colors_for(head)
    write_glb(tmp_path / "a.glb", take, head, form=form, colors=colors)
    frame = 13
    want = head.prepare().forward_params(take.params[frame])
    camera = View.framing(want, (SIZE, SIZE))
    position = (-camera.R.T @ camera.t).tolist()
    fov = float(np.rad2deg(2 * np.arctan(SIZE / 2 / camera.K[1, 1])))
    coded = base64.b64encode((tmp_path / "a.glb").read_bytes()).decode()
    seconds = float(take.timestamp_ms[frame] / 1000)
    view = {"fov": fov, "position": position, "size": SIZE}
    shown = page.evaluate("([a, b, c]) => window.show(a, b, c)", [coded, seconds, view])
    got = np.array(shown["vertices"]).reshape(-1, 3)
    distance = 1e3 * np.linalg.norm(got - want, axis=1)
    assert distance.max() < 0.1 if form == "flame" else distance.mean() < 0.3
    assert shown["duration"] == pytest.approx(19 / 30, abs=1e-5)
    if form == "arkit":
        assert shown["names"] == list(ARKIT)
    picture = np.asarray(
        image.open(io.BytesIO(base64.b64decode(shown["picture"].split(",")[1]))).convert("RGB")
    )
    with Renderer(head.faces, (SIZE, SIZE), vertex_colors=colors, backend="software") as renderer:
        own = renderer.render(want, camera)
    theirs = picture.sum(2) > 0
    overlap = (theirs & own.mask).sum() / (theirs | own.mask).sum()
    assert overlap > 0.97
    # light differs between the two, so colours only go together: lips, brows and eyes in the same places
    inner = theirs & own.mask
    a, b = picture[inner].astype(float), own.image[inner].astype(float)
    correlation = np.corrcoef(a.mean(1), b.mean(1))[0, 1]
    assert correlation > 0.8
    if "MP2FLAME_KEEP" in os.environ:
        both = np.concatenate([picture, own.image], axis=1)
        image.fromarray(both).save(Path(os.environ["MP2FLAME_KEEP"]) / f"three_{form}.png")


@pytest.mark.parametrize("flame", [None, "lab_head_a"])
def test_three_js_shows_teeth_tongue_and_brows(flame: str | None, page, request, tmp_path: Path) -> None:
    """What is added to a head, where it belongs: enamel in a smile, the tongue over the lower lip, brows that rise."""
    image = pytest.importorskip("PIL.Image")
    driver = Driver(None if flame is None else request.getfixturevalue(flame))
    head, weights = ShownHead(driver), np.zeros((4, 52), np.float32)
    shapes = (
        {},
        {"mouthSmile": 0.9, "mouthUpperUp": 0.4, "mouthLowerDown": 0.3},
        {"jawOpen": 0.5},
        {"browOuterUp": 1.0},
    )
    for row, given in zip(weights, shapes):
        for name, value in given.items():
            row[[INDEX[full] for full in (name, f"{name}Left", f"{name}Right") if full in INDEX]] = value
    take = Take.from_params(
        driver.params_from_weights(weights),
        np.arange(4) * 500.0,
        arkit_weights=weights,
        tongue_out=np.array([0, 0, 1, 0]),
    )
    write_glb(
        tmp_path / "a.glb", take, head.model, betas=[], rig=driver.rig.merged(), colors=head.colors,
        tongue_out=head.tongue_out,
    )  # fmt: skip
    points = embedding_for(driver.model).landmarks(driver.model.v_template)
    camera = View.framing(points, (SIZE, SIZE))
    view = {
        "fov": float(np.rad2deg(2 * np.arctan(SIZE / 2 / camera.K[1, 1]))),
        "position": (-camera.R.T @ camera.t).tolist(),
        "size": SIZE,
    }
    coded = base64.b64encode((tmp_path / "a.glb").read_bytes()).decode()
    at = camera.project(points)[0]
    rest, smile, tongue, brows = (
        np.asarray(image.open(io.BytesIO(base64.b64decode(shown["picture"].split(",")[1]))).convert("RGB")).astype(int)
        for shown in (page.evaluate("([a, b, c]) => window.show(a, b, c)", [coded, 0.5 * k, view]) for k in range(4))
    )  # fmt: skip

    def box(one: int, other: int, below: float = 0.0) -> tuple[slice, slice]:
        (x0, y0), (x1, y1) = np.sort(at[[one, other]], axis=0)
        return slice(int(y0) - 6, int(y1 + below) + 6), slice(int(x0), int(x1) + 1)

    mouth = box(61, 291)
    white = [
        ((p[mouth][..., 1] > 150) & (p[mouth][..., 0] < p[mouth][..., 1] + 35)).mean() for p in (rest, smile)
    ]
    assert white[0] < 0.005 < 0.015 < white[1]
    chin = box(84, 314, at[200, 1] - at[17, 1])
    red = [
        ((p[chin][..., 0] > 1.55 * p[chin][..., 1]) & (p[chin][..., 0] > 120)).mean() for p in (rest, tongue)
    ]
    assert red[1] > red[0] + 0.1
    dark = []
    for picture in (rest, brows):
        rows, columns = box(70, 63, at[159, 1] - at[63, 1] - 16)
        strip = picture[rows.start - 20 : rows.stop, columns].sum(2)
        dark.append(np.average(np.arange(len(strip)), weights=np.clip(360 - strip, 0, None).sum(1)))
    assert dark[1] < dark[0] - 1.0
