"""The two examples run as a reader runs them, and find what they promise."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch.nn", reason="PyTorch is not installed; .ci/torch has it")

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def run(name: str, place: Path, *more: str) -> str:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *more], cwd=place, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_fitting_landmarks(tmp_path: Path) -> None:
    out = run("torch_fit_landmarks.py", tmp_path)
    pixels = [float(x) for x in re.findall(r"off by ([\d.]+) px", out)]
    assert pixels[-1] < 0.6 < pixels[0]  # 0.3 px of noise in x and in y
    (median,) = re.findall(r"off by ([\d.]+) mm", out)
    assert float(median) < 1.0
    assert (tmp_path / "fitted.png").stat().st_size > 20_000


def test_fitting_a_flame_file(tmp_path: Path, lab_head_a: Path) -> None:
    pixels = re.findall(r"off by ([\d.]+) px", run("torch_fit_landmarks.py", tmp_path, str(lab_head_a)))
    assert float(pixels[-1]) < 0.8


def test_gaussians(tmp_path: Path) -> None:
    assert "gradients" in run("torch_gaussians.py", tmp_path)
    assert (tmp_path / "gaussians.png").stat().st_size > 10_000
