"""Every "next:" line of every command runs as it is printed, pasted into a shell, in a folder with a space in its name."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base.values import FlameParams
from mp2flame.cli.next_step import as_called, free, spoken
from mp2flame.drive.demo import demo_take
from mp2flame.io.formats import write_motion
from mp2flame.io.sources import open_source
from mp2flame.take.take import Take

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="a POSIX shell")]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder as people name them, and ``mp2flame`` on the path."""
    folder = tmp_path / "my takes, it's new"
    folder.mkdir()
    (tmp_path / "bin").mkdir()
    launcher = tmp_path / "bin" / "mp2flame"
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m mp2flame "$@"\n')
    launcher.chmod(0o755)
    return folder


def shell(desk: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line; one that serves a page is stopped as by Ctrl-C once it says so."""
    environment = {
        **{k: v for k, v in os.environ.items() if k not in ("MP2FLAME_FLAME", "MP2FLAME_PROGRAM")},
        "PATH": f"{desk.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "BROWSER": "true",
    }
    process = subprocess.Popen(
        ["bash", "-c", f"exec {line}"], cwd=desk, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    said, started = [], time.monotonic()
    assert process.stdout is not None
    for text in process.stdout:
        said.append(text)
        if text.startswith("viewer: "):
            process.send_signal(signal.SIGINT)
        if time.monotonic() - started > 240:
            process.kill()
    return subprocess.CompletedProcess(line, process.wait(60), "".join(said), "")


def suggested(text: str) -> list[str]:
    return re.findall(r"next: +(.*)", text)


def paste(desk: Path, first: str, depth: int = 3) -> list[str]:
    """Run a command and what it suggests, and what that suggests; returns every pasted line."""
    done = shell(desk, first)
    assert done.returncode == 0, f"{first}\n{done.stdout}"
    pasted = []
    for line in suggested(done.stdout) if depth else []:
        pasted += [line, *paste(desk, line, depth - 1)]
    return pasted


def test_only_one_place_suggests() -> None:
    """``suggest`` owns the word; ``info`` prints it as one of its facts."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "src/mp2flame").rglob("*.py")
        if re.search(r"[\"' ]next: ", path.read_text(encoding="utf-8"))
    }
    assert found == {"src/mp2flame/cli/next_step.py"}


def test_a_take_and_its_relatives(desk: Path) -> None:
    demo_take().save(desk / "me & you.npz")
    take = shlex.quote("me & you.npz")
    pasted = paste(desk, f"mp2flame run {take} -o {shlex.quote('a take.npz')}", 1)
    assert pasted == ["mp2flame render 'a take.npz'"] and (desk / "a take_head.mp4").exists()
    again = paste(desk, f"mp2flame run {take} --overwrite -o {shlex.quote('a take.npz')}", 1)
    assert again == ["mp2flame render 'a take.npz' -o 'a take_head_2.mp4'"]
    assert paste(desk, f"mp2flame calibrate {take} -o {shlex.quote('my face.json')}", 2)
    assert "next:" not in shell(desk, f"mp2flame info {take}").stdout


@pytest.mark.parametrize("clip", ["intel_prev__head-pose-face-detection-male.gif", "intel_asl__yes.mkv"])
def test_a_video_is_shown_beside_its_head(desk: Path, shared: Path, clip: str) -> None:
    own = desk / f"me & you{Path(clip).suffix}"
    shutil.copy(shared / "data" / "videos" / clip, own)
    pasted = paste(desk, f"mp2flame run {shlex.quote(own.name)} -o take.npz", 1)
    assert pasted == [f"mp2flame render take.npz --beside {shlex.quote(own.name)}"]
    seen = suggested(shell(desk, f"mp2flame info {shlex.quote(own.name)}").stdout)
    assert seen == [f"mp2flame run {shlex.quote(own.name)} -o take_2.npz"], "take.npz is there already"
    with open_source(desk / "take_head.mp4") as made:
        height, width = made.info.image_size
    assert width > 1.2 * height, "two pictures side by side"


def test_one_picture_is_not_said_to_know_the_resting_face(desk: Path, shared: Path) -> None:
    shutil.copy(shared / "data" / "images" / "skimage__astronaut.png", desk / "me.png")
    said = shell(desk, "mp2flame run me.png -o take.npz").stdout
    assert "\n1 frame, a face in 1," in said
    assert "not known from one picture" in said and "% sure" not in said


def test_mirror_finds_the_takes_own_head(desk: Path, lab_head_a: Path) -> None:
    demo_take().save(desk / "talk.npz")
    shutil.copy(lab_head_a, desk / "generic_model.pkl")
    shell(desk, "mp2flame run talk.npz -o out.npz --flame generic_model.pkl")
    assert "wrote mirrored.npz" in shell(desk, "mp2flame mirror out.npz -o mirrored.npz").stdout


def test_the_head_is_carried_along(desk: Path, lab_head_a: Path) -> None:
    demo_take().save(desk / "talk.npz")
    shutil.copy(lab_head_a, desk / "my head.pkl")
    pasted = paste(desk, "mp2flame run talk.npz -o out.npz --flame 'my head.pkl'", 1)
    assert pasted == ["mp2flame render out.npz --flame 'my head.pkl'"]
    assert paste(desk, "mp2flame info 'my head.pkl'", 1) == ["mp2flame demo --flame 'my head.pkl'"]


def test_the_demo(desk: Path) -> None:
    pasted = paste(desk, "mp2flame demo", 2)
    assert pasted[0] == "mp2flame view mp2flame_demo/take.npz"
    again = shell(desk, "mp2flame demo").stdout
    assert "resting face: the profile's" in again and "come closer" not in again, (
        "no advice about a clip that is bundled"
    )
    made = {p.name for p in (desk / "mp2flame_demo").iterdir()}
    assert made >= {"head.mp4", "sheet.png", "take.npz"}


def test_shards_and_what_is_learnt_from_them(desk: Path) -> None:
    """``gather`` suggests ``fit`` and ``report``; ``fit`` suggests a report of its own and names what is used to run."""
    pytest.importorskip("pyarrow")
    pytest.importorskip("matplotlib")
    (desk / "tracked clips").mkdir()
    rng = np.random.default_rng(0)
    for number in range(4):
        weights = rng.random((60, 52)).astype(np.float32)
        params = FlameParams.zeros(50, (60,)).replace(expression=0.3 * weights[:, 1:51])
        take = Take.from_params(params, np.arange(60) * 40.0, blendshapes=weights)
        write_motion(take, desk / "tracked clips" / f"person {number}", "flame-head-tracker", version="4.1")
    pasted = paste(desk, "mp2flame gather 'tracked clips' -o 'my shards'", 2)
    assert pasted == [
        "mp2flame fit 'my shards' -o mapping.npz",
        "mp2flame report 'my shards' --mapping mapping.npz -o mapping_report.html",
        "mp2flame report 'my shards' -o report.html",
    ]
    assert {p.name for p in desk.iterdir()} >= {"mapping.npz", "mapping_report.html", "report.html"}
    shards = paste(desk, "mp2flame info 'my shards'", 1)
    assert shards == ["mp2flame report 'my shards' -o report_2.html"] and (desk / "report_2.html").exists()


def test_nothing_is_suggested_after_a_failure(desk: Path) -> None:
    for line in ("mp2flame run nope.mp4", "mp2flame render nope.npz", "mp2flame calibrate nope.mp4"):
        done = shell(desk, line)
        assert done.returncode not in (0, 70) and "next:" not in done.stdout, done.stdout
    assert not list(desk.iterdir())


def test_how_it_is_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MP2FLAME_PROGRAM", "./mp2flame")
    assert spoken("render", "a b.npz") == "./mp2flame render 'a b.npz'"
    assert as_called("see 'mp2flame doctor', not mp2flame's") == "see './mp2flame doctor', not mp2flame's"
    monkeypatch.delenv("MP2FLAME_PROGRAM")
    monkeypatch.setenv("PATH", str(tmp_path))
    own = tmp_path / "no path" / "mp2flame"
    own.parent.mkdir()
    own.touch()
    monkeypatch.setattr(sys, "argv", [str(own)])
    assert shlex.split(spoken("doctor")) == [str(own), "doctor"]
    monkeypatch.setattr(sys, "argv", ["/x/mp2flame/__main__.py"])
    assert shlex.split(spoken("doctor")) == [sys.executable, "-m", "mp2flame", "doctor"]
    (tmp_path / "take.npz").touch()
    (tmp_path / "take_2.npz").touch()
    assert free(tmp_path / "take.npz").name == "take_3.npz"
