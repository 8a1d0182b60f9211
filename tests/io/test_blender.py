"""Blender itself: its glTF import of our files, and the example script that keyframes a take.

Set MP2FLAME_BPY to a Python that has the ``bpy`` package (pip install bpy==4.5.15, Python 3.11).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base.channels import ARKIT, INDEX
from mp2flame.flame import FlameModel
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.io.exports.gltf import write_glb
from takes import made_take

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "blender_import.py"
pytestmark = pytest.mark.slow
FRAMES = [0, 5, 17]


def blender_python() -> str:
    chosen = os.environ.get("MP2FLAME_BPY")
    if chosen:
        return chosen
    found = subprocess.run([sys.executable, "-c", "import bpy"], capture_output=True)
    if found.returncode:
        pytest.skip("needs the bpy package: pip install bpy, or MP2FLAME_BPY=/path/to/python with it")
    return sys.executable


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
    check = Path(__file__).parents[1] / "kit" / "blender_check.py"
    done = subprocess.run(
        [python, str(check), str(folder), str(SCRIPT)], capture_output=True, text=True, timeout=240
    )
    assert (folder / "shown.npz").exists(), done.stdout[-3000:] + done.stderr[-3000:]
    forward = head.prepare()
    with np.load(folder / "shown.npz") as file:
        result = {name: file[name] for name in file.files}
    result["want"] = forward.forward_params(take.params[FRAMES])
    result["want_played"] = forward.forward_params(other.params[FRAMES])
    result["want_weights"] = other.arkit_weights[5]
    return result


def distance_mm(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return 1e3 * np.linalg.norm(a - b, axis=-1)


def test_blenders_import_of_the_exact_form(shown: dict[str, np.ndarray]) -> None:
    assert distance_mm(shown["gltf_flame"], shown["want"]).max() < 0.1


def test_blenders_import_of_the_arkit_form(shown: dict[str, np.ndarray]) -> None:
    assert distance_mm(shown["gltf_arkit"], shown["want"]).mean() < 0.3
    assert shown["keys_arkit"].tolist() == list(ARKIT)


def test_script_plays_another_take_on_the_head(shown: dict[str, np.ndarray]) -> None:
    assert distance_mm(shown["played"], shown["want_played"]).max() < 0.1
    assert shown["abc"] > 20 * 5000 * 12


def test_script_keyframes_arkit_shape_keys(shown: dict[str, np.ndarray]) -> None:
    want = [shown["want_weights"][INDEX[key]] for key in ("jawOpen", "eyeBlinkLeft", "mouthSmileRight")]
    np.testing.assert_allclose(shown["weights"], want, atol=1e-4)
