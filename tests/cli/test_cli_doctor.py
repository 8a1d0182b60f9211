"""The doctor names what is missing and the command that fixes it; it always finishes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mp2flame.base import optional
from mp2flame.cli import doctor as module


def report(*arguments: str) -> tuple[int, dict[str, dict[str, str]]]:
    result = CliRunner().invoke(module.doctor, ["--json", "--offline", *arguments])
    findings = json.loads(result.stdout)["findings"]
    return result.exit_code, {finding["topic"]: finding for finding in findings}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the two checks that start a process; they have a test of their own."""
    monkeypatch.setattr(module, "_rendering", list)
    monkeypatch.setattr(module, "_detector", list)
    monkeypatch.delenv("MP2FLAME_FLAME", raising=False)


def test_a_machine_without_the_face_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MP2FLAME_FACE_LANDMARKER", raising=False)
    monkeypatch.setenv("MP2FLAME_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MP2FLAME_SHARED", str(tmp_path / "nowhere"))
    code, findings = report()
    assert code == 4 and findings["face model"]["status"] == "bad"
    assert findings["face model"]["fix"].startswith("curl -L --create-dirs -o ")
    assert "face_landmarker.task" in findings["face model"]["fix"]
    assert findings["python"]["status"] == "ok"


def test_a_machine_that_has_it(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mediapipe")
    monkeypatch.setenv("MP2FLAME_FACE_LANDMARKER", str(shared / "models" / "face_landmarker.task"))
    code, findings = report()
    assert code == 0, findings
    assert findings["extra track"]["text"].startswith("mediapipe 1.")
    text = CliRunner().invoke(module.doctor, ["--offline"])
    assert text.exit_code == 0 and "All that 'mp2flame run' needs is here" in text.stdout


def test_missing_packages_and_libraries_come_with_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    for gone in ("mediapipe", "av", "cv2", "websockets"):
        monkeypatch.setitem(sys.modules, gone, None)
    monkeypatch.setattr(optional, "missing_libraries", lambda wanted=None: {"libEGL.so.1": "libegl1"})
    code, findings = report()
    assert code == 4
    assert findings["extra track"]["status"] == "bad"
    assert findings["extra track"]["fix"] == 'pip install "mp2flame[track]"'
    assert findings["extra video"]["status"] == "bad" and findings["extra serve"]["status"] == "note"
    assert findings["system libraries"]["fix"] == "sudo apt-get install -y libegl1"


def test_flame_files_are_named_with_their_release(lab_head_a: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MP2FLAME_FLAME", str(lab_head_a))
    _, findings = report()
    assert (
        "100 expression coefficients" in findings["FLAME files"]["text"]
        and findings["FLAME files"]["status"] == "ok"
    )


def test_a_damaged_flame_file_is_a_line_not_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "generic_model.pkl").write_bytes(b"nothing")
    monkeypatch.setenv("MP2FLAME_FLAME", str(tmp_path))
    _, findings = report()
    assert (
        findings["FLAME files"]["status"] == "note" and "generic_model.pkl" in findings["FLAME files"]["text"]
    )


def test_a_check_that_fails_does_not_end_the_round(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[module.Finding]:
        raise RuntimeError("odd machine")

    monkeypatch.setattr(module, "_cameras", broken)
    _, findings = report()
    assert "odd machine" in findings["cameras"]["text"] and "cache" in findings


def test_cameras_without_opening_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mp2flame.io.sources.camera.camera_devices", lambda: [0, 2])
    monkeypatch.setattr(module.sys, "platform", "linux")
    monkeypatch.setattr(module.os, "access", lambda path, mode: path != "/dev/video2")
    (finding,) = module._cameras()
    assert "no right to use 2" in finding.text and "usermod -aG video" in finding.fix


@pytest.mark.slow
def test_the_checks_in_processes_of_their_own(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mediapipe")
    monkeypatch.undo()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MP2FLAME_FACE_LANDMARKER", str(shared / "models" / "face_landmarker.task"))
        assert module._detector()[0].status == "ok"
        assert module._rendering()[0].status in ("ok", "note")
