"""The tutorials run: every ``sh`` block of a page in order, in one folder, as a reader would paste them.

A camera is replaced by a video for a few seconds, a command that would run for ever is ended. Blender's line needs
MP2FLAME_BPY, a Python with the ``bpy`` package (``.ci/blender``).
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs/tutorials"
JS = ROOT / "tests/js/node_modules"
CHROMIUM = os.environ.get("MP2FLAME_CHROMIUM", "/usr/bin/chromium")
BLENDER = """import runpy, sys
words = sys.argv[1:]
script = words[words.index("--python") + 1]
sys.argv = ["blender", *words[words.index("--"):]]
runpy.run_path(script, run_name="__main__")
"""

pytestmark = pytest.mark.slow


def blocks(page: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", (PAGES / page).read_text(encoding="utf-8"), re.S | re.M)


@pytest.fixture
def desk(tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader's folder: a FLAME file under the names that the pages use, films of people, an iPhone's take, the command."""
    pytest.importorskip("mediapipe")
    pytest.importorskip("av")
    for name in ("generic_model.pkl", "flame2023.pkl"):
        shutil.copy(shared / "models/lab_head_a.pkl", tmp_path / name)
    videos = shared / "data/videos"
    shutil.copy(videos / "intel_asl__yes.mkv", tmp_path / "me.mp4")
    shutil.copy(videos / "intel_asl__sister.mkv", tmp_path / "other.mp4")
    for person, clip in {"anna": "again", "ben": "sister", "cleo": "yes"}.items():
        (tmp_path / "videos" / person).mkdir(parents=True)
        shutil.copy(videos / f"intel_asl__{clip}.mkv", tmp_path / "videos" / person / "talk.mp4")
    shutil.copy(shared / "data/livelink/alexdjulin__facial.csv", tmp_path / "MySlate_3_iPhone.csv")
    place = tmp_path / "bin"
    place.mkdir()
    (place / "mp2flame").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mp2flame "$@"\n')
    (place / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (place / "blender.py").write_text(BLENDER)
    bpy = os.environ.get("MP2FLAME_BPY", "")
    (place / "blender").write_text(
        f'#!/bin/sh\nexec "{bpy}" "{place}/blender.py" "$@"\n' if bpy else "#!/bin/sh\nexit 0\n"
    )
    for file in place.iterdir():
        file.chmod(0o755)
    monkeypatch.setenv("PATH", str(place), prepend=os.pathsep)
    monkeypatch.setenv("MP2FLAME_CACHE", str(tmp_path / "cache"))
    return tmp_path


def run(block: str, desk: Path, seconds: float = 300) -> str:
    done = subprocess.run(
        ["bash", "-e", "-c", block], cwd=desk, capture_output=True, text=True, timeout=seconds
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def test_the_readme(desk: Path) -> None:
    """A reader's own face, after the setup; what opens a camera or a browser is left out."""
    (own,) = (block for block in blocks("../../README.md") if "mp2flame run" in block)
    lines = [line for line in own.splitlines() if not re.match(r"mp2flame (run 0|docs)", line)]
    assert len(lines) == 3
    run("\n".join(lines), desk)
    assert (desk / "take.npz").exists() and (desk / "take_head.mp4").exists()


def test_migration(desk: Path, shared: Path) -> None:
    shutil.copytree(shared / "reference/linear_2025_09", desk / "mappings")
    (desk / "FLAME2020").mkdir()
    shutil.copy(desk / "generic_model.pkl", desk / "FLAME2020")
    (commands,) = blocks("../migration.md")
    run(commands, desk)
    assert (desk / "old.npz").exists() and (desk / "new.npz").exists()


def test_drive_a_gaussian_avatar(desk: Path) -> None:
    import numpy as np

    page = (PAGES / "gaussian_avatar.md").read_text(encoding="utf-8")
    video, look, motion, live, others = blocks("gaussian_avatar.md")
    run(video + look, desk)
    said = run(motion, desk)
    assert "gaussian-avatars" in said and said.count("note:") == 1, said  # that it names no FLAME release
    with np.load(desk / "motion.npz") as file:
        assert file["expr"].dtype == np.float32 and file["dynamic_offset"].shape[1:] == (5143, 3)
    code = re.findall(r"^```python\n(.*?)^```", page, re.S | re.M)[0]
    name = f"avatar{os.getpid()}"
    live = "exec " + live.replace("run 0", "run me.mp4 --realtime --loop --seconds 60").replace(
        "avatar", name
    )
    sender = subprocess.Popen(["bash", "-c", live], cwd=desk)
    try:
        code += f"""
from mp2flame.base.errors import MissingFileError
for _ in range(300):
    try:
        SharedMemoryReader({name!r}).close()
        break
    except MissingFileError:
        import time; time.sleep(0.2)
first = next(iter(frames({name!r}, seconds=60)))
print({{k: v.shape for k, v in first.items()}})
"""
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=desk, capture_output=True, text=True, timeout=200
        )
        assert "'expr': (1, 100)" in done.stdout, done.stderr
    finally:
        sender.terminate()
        sender.wait(20)
    run(others, desk)
    assert (desk / "lam_motion").is_dir() and (desk / "tracked").is_dir() and (desk / "vhap.npz").exists()


def test_an_iphone_take_in_blender(desk: Path) -> None:
    info, drive, cut, head, blender = blocks("iphone_to_blender.md")
    assert "Head angles" in (
        PAGES / "iphone_to_blender.md"
    ).read_text() and "head angles are all zero" in run(info, desk)
    run(drive + cut + head + blender, desk)
    assert (desk / "look.png").stat().st_size > 50_000 and (desk / "head.glb").exists()
    if os.environ.get("MP2FLAME_BPY"):
        assert (desk / "scene.blend").stat().st_size > 1_000_000


def test_your_own_mapping(desk: Path) -> None:
    gather, report, fit, use = blocks("own_mapping.md")
    assert "3" in run(gather, desk)
    run(report + fit, desk)
    run(use, desk)
    assert (desk / "compare.html").stat().st_size > 100_000 and (desk / "mapped.mp4").exists()


def wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing listens on {port}")


@pytest.mark.browser
def test_live_in_your_own_page(desk: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    pytest.importorskip("websockets")
    if not os.path.exists(CHROMIUM) or not shutil.which("npm"):
        pytest.skip("needs Chromium and npm")
    prepare, send, serve, alone = blocks("web_page.md")
    if (JS / "three").is_dir():  # what npm would bring again
        prepare = re.sub(
            r"npm install .*",
            f"mkdir my_page/node_modules && cp -r '{JS}/three' my_page/node_modules",
            prepare,
        )
    run(prepare + alone, desk)
    assert (desk / "my_page/me.m2f").stat().st_size > 1_000_000
    text = (PAGES / "web_page.md").read_text(encoding="utf-8")
    (desk / "my_page/index.html").write_text(re.findall(r"^```html\n(.*?)^```", text, re.S | re.M)[0])
    ports = {}
    for old in ("8765", "8000"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports[old] = str(probe.getsockname()[1])
    send = send.replace("run 0", "run mp2flame_demo/take.npz --realtime --loop --seconds 60").replace(
        "8765", ports["8765"]
    )
    page = (desk / "my_page/index.html").read_text().replace("8765", ports["8765"])
    (desk / "my_page/index.html").write_text(
        page.replace("const meshes = []", "const meshes = window.meshes = []")
    )
    commands = [f"exec {one.replace('8000', ports['8000'])}" for one in (send, serve)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [subprocess.Popen(["bash", "-c", command], cwd=desk, **quiet) for command in commands]
    try:
        wait_for(int(ports["8765"]))
        wait_for(int(ports["8000"]))
        with sync_api.sync_playwright() as play:
            flags = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
            tab = play.chromium.launch(executable_path=CHROMIUM, args=flags).new_page(
                viewport={"width": 480, "height": 480}
            )
            errors: list[str] = []
            tab.on("pageerror", lambda error: errors.append(str(error)))
            tab.goto(f"http://127.0.0.1:{ports['8000']}")
            tab.wait_for_function(
                "document.getElementById('state').textContent.startsWith('frame')", timeout=60000
            )
            shown = [
                tab.evaluate("[...window.meshes[0].morphTargetInfluences]")
                for _ in range(12)
                if not tab.wait_for_timeout(200)
            ]
            assert max(max(row) for row in shown) > 0.2 and len({tuple(row) for row in shown}) > 3
            assert not errors
            picture = os.environ.get("MP2FLAME_TUTORIAL_PICTURE")
            if picture:
                tab.screenshot(path=picture)
    finally:
        for process in started:
            process.terminate()
            process.wait(20)
