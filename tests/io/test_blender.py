"""Blender itself: its glTF import of our files, the script and the extension that play takes, live frames.

Set MP2FLAME_BPY to a Python that has the ``bpy`` package (``.ci/blender`` makes one and runs this).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mp2flame.base.channels import ARKIT, INDEX
from mp2flame.base.values import Frame
from mp2flame.cli.blender import blender
from mp2flame.flame import FlameModel
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.io.exports.blender import write_extension
from mp2flame.io.exports.gltf import write_glb
from mp2flame.io.streams import StreamContext, open_output
from mp2flame.take.take import Take
from takes import made_take

FRAMES = [0, 1, 2, 5, 8, 11, 13, 15, 17, 19]
STEP_MS = 1000 / 30


def blender_python() -> str:
    chosen = os.environ.get("MP2FLAME_BPY")
    if chosen:
        return chosen
    found = subprocess.run([sys.executable, "-c", "import bpy"], capture_output=True)
    if found.returncode:
        pytest.skip("needs the bpy package: pip install bpy, or MP2FLAME_BPY=/path/to/python with it")
    return sys.executable


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def send(url: str, take: Take, process: subprocess.Popen[str], ready: Path, head: FlameModel) -> None:
    """One hundred and more frames of a take, again and again, while Blender listens."""
    context = StreamContext(num_expression=take.expression.shape[1], flame_release=head.release)
    with open_output(url, context=context) as output:
        index = 0
        while process.poll() is None and index < 600:
            if ready.exists():
                row = index % take.num_frames
                params, weights, scores = take.params[row], take.arkit_weights[row], take.blendshapes[row]
                output.send(Frame(index, index * STEP_MS, True, params, weights, scores))
                index += 1
            time.sleep(0.02)
            if index >= 130:
                break


@pytest.fixture(scope="module")
def head() -> FlameModel:
    return builtin_head()


@pytest.fixture(scope="module")
def shown(head: FlameModel, tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    python = blender_python()
    folder = tmp_path_factory.mktemp("blender")
    take, other = made_take(head, frames=20), made_take(head, frames=20, seed=50)
    take.neck_pose[:] = 0  # the ARKit form is one node
    for form in ("flame", "arkit"):
        write_glb(folder / f"{form}.glb", take, head, form=form)
    other.save(folder / "other.npz")
    for name in ("mp2flame_blender.zip", "blender_import.py"):
        assert CliRunner().invoke(blender, ["-o", str(folder / name)], catch_exceptions=False).exit_code == 0
    urls = [
        f"ws://127.0.0.1:{free_port(socket.SOCK_STREAM)}",
        f"osc://127.0.0.1:{free_port(socket.SOCK_DGRAM)}",
    ]
    check = Path(__file__).parents[1] / "kit" / "blender_check.py"
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(folder / "user")}
    environment.pop("PYTHONPATH", None)
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(
            [python, str(check), str(folder), *urls], stdout=log, stderr=log, text=True, env=environment
        )
        try:
            for name, url in zip(("ws", "osc"), urls):
                send(url, other, process, folder / f"{name}.ready", head)
            process.wait(timeout=240)
        finally:
            process.kill()
    assert (folder / "shown.npz").exists(), (folder / "log").read_text()[-6000:]
    forward = head.prepare()
    with np.load(folder / "shown.npz") as file:
        result = {name: file[name] for name in file.files}
    result["want"] = forward.forward_params(take.params[FRAMES])
    result["want_played"] = forward.forward_params(other.params[FRAMES])
    result["want_weights"] = other.arkit_weights[5]
    result["every"] = forward.forward_params(other.params)
    result["rate"] = np.array(1000 / np.median(np.diff(other.timestamp_ms)))
    return result


def distance_mm(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return 1e3 * np.linalg.norm(a - b, axis=-1)


@pytest.mark.slow
def test_blenders_import_of_the_exact_form(shown: dict[str, np.ndarray]) -> None:
    assert distance_mm(shown["gltf_flame"], shown["want"]).max() < 0.1


@pytest.mark.slow
def test_blenders_import_of_the_arkit_form(shown: dict[str, np.ndarray]) -> None:
    assert distance_mm(shown["gltf_arkit"], shown["want"]).mean() < 0.3
    assert shown["keys_arkit"].tolist() == list(ARKIT)


@pytest.mark.slow
def test_script_plays_another_take_on_the_head(shown: dict[str, np.ndarray]) -> None:
    assert distance_mm(shown["script"], shown["want_played"]).max() < 0.1
    assert shown["abc"] > 20 * 5000 * 12
    assert "Cube" not in shown["script_objects"]


@pytest.mark.slow
def test_script_keyframes_arkit_shape_keys(shown: dict[str, np.ndarray]) -> None:
    want = [shown["want_weights"][INDEX[key]] for key in ("jawOpen", "eyeBlinkLeft", "mouthSmileRight")]
    np.testing.assert_allclose(shown["weights"], want, atol=1e-4)


@pytest.mark.slow
def test_extension_installs_from_its_zip_and_plays_a_take(shown: dict[str, np.ndarray]) -> None:
    assert distance_mm(shown["extension"], shown["want_played"]).max() < 0.1
    assert "Cube" not in shown["extension_objects"]
    assert shown["scenes"].tolist() == ["other"]
    first, last, rate = shown["range"]
    assert (first, last) == (0, 19)
    np.testing.assert_allclose(rate, shown["rate"], rtol=1e-3)
    assert "is not a take" in str(shown["refused"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ws", "osc"])
def test_live_frames_are_recorded_as_keyframes(shown: dict[str, np.ndarray], name: str) -> None:
    times = shown[f"{name}_times"]
    assert len(times) >= 100 and shown[f"{name}_bad"] == 0
    steps = np.diff(times)
    assert steps.min() > 0.99 and times[0] == pytest.approx(5.0)
    # which row of the take each keyframe holds is told by its time, up to where the stream was joined
    rows = np.round(times[::11] - times[0]).astype(int)
    errors = [
        max(distance_mm(got, shown["every"][(row + shift) % 20]).max() for got, row in zip(shown[name], rows))
        for shift in range(20)
    ]
    assert min(errors) < 0.1


def test_the_zip_is_the_same_each_time_and_holds_what_its_manifest_names(tmp_path: Path) -> None:
    tomllib = pytest.importorskip("tomllib")
    pytest.importorskip("websockets"), pytest.importorskip("pythonosc")
    for name in ("a.zip", "b.zip"):
        write_extension(tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        manifest = tomllib.loads(file.read("blender_manifest.toml").decode())
        names = set(file.namelist())
        assert {wheel.removeprefix("./") for wheel in manifest["wheels"]} <= names
        for wheel in manifest["wheels"]:  # pure Python, with a record that names every file
            with file.open(wheel.removeprefix("./")) as inner, zipfile.ZipFile(inner) as parts:
                record = next(n for n in parts.namelist() if n.endswith(".dist-info/RECORD"))
                listed = {line.split(",")[0] for line in parts.read(record).decode().splitlines()}
                assert listed == set(parts.namelist())
                assert not any(n.endswith((".so", ".pyd")) for n in listed)
    assert manifest["id"] == "mp2flame" and manifest["license"] == ["SPDX:Apache-2.0"]
    for name in names:
        if name.endswith(".py"):
            compile(zipfile.ZipFile(tmp_path / "a.zip").read(name), name, "exec")


def test_only_a_zip_or_a_script_is_written(tmp_path: Path) -> None:
    done = CliRunner().invoke(blender, ["-o", str(tmp_path / "x.blend")])
    assert done.exit_code and "ends in .zip" in str(done.exception)
    assert list(tmp_path.iterdir()) == []
