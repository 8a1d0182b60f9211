"""Optional packages: one way to import them, and one message that names all that is missing."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shlex
import sys
import tomllib
import types
from pathlib import Path

import pytest

from mp2flame.base import optional
from mp2flame.base.errors import MissingDependencyError
from mp2flame.cli.session import check_extras

ROOT = Path(__file__).resolve().parents[2]


def test_the_table_is_what_pyproject_installs() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    wanted = {
        extra: sorted(re.split(r"[<>=]", one)[0] for one in packages)
        for extra, packages in extras.items()
        if extra not in ("all", "dev")
    }
    assert {
        extra: sorted(name for name, _ in packages) for extra, (packages, _) in optional.EXTRAS.items()
    } == wanted


def test_modules_come_back_in_order() -> None:
    json, parse = optional.need("json", "urllib.parse", purpose="nothing")
    assert json.__name__ == "json" and parse.__name__ == "urllib.parse"
    assert optional.need("os", purpose="nothing") is sys.modules["os"]


def test_all_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("mediapipe", "av", "cv2", "websockets", "pythonosc"):
        monkeypatch.setitem(sys.modules, name, None)
    if importlib.util.find_spec("PIL") is None:
        monkeypatch.setitem(sys.modules, "PIL", types.ModuleType("PIL"))
    (tmp_path / "me.mp4").write_bytes(b"")
    with pytest.raises(MissingDependencyError) as caught:
        check_extras(str(tmp_path / "me.mp4"), ["vmc://127.0.0.1:39539", "jsonl:"], view=True)
    text = str(caught.value)
    assert "MediaPipe and PyAV and python-osc and websockets" in text
    assert text.endswith('pip install "mp2flame[track,video,serve,osc]"')
    check_extras(str(tmp_path / "nope.mp4"))  # that there is no such file is said where it is opened


def test_one_extra_that_brings_all_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    assert optional.pip_command("av", "PIL.Image") == 'pip install "mp2flame[video]"'
    assert optional.pip_command("websockets", "PIL") == 'pip install "mp2flame[view]"'
    assert optional.pip_command("cv2") == 'pip install "mp2flame[track]"'
    with pytest.raises(LookupError):
        optional.pip_command("nosuch")


def test_a_shell_whose_pip_is_another_is_told_which(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``./mp2flame`` without activation: the word pip alone would install into the system."""
    folder = tmp_path / "my project" / ".venv" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.chdir(tmp_path)
    command = shlex.split(optional.pip_command("zmq"))
    assert command == ["my project/.venv/bin/python", "-m", "pip", "install", "mp2flame[zmq]"]
    monkeypatch.chdir(folder)  # a bare name would not be looked for here
    assert shlex.split(optional.again_command("cv2"))[0] == str(folder / "python")
    for name in ("python", "pip"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    assert optional.pip_command("zmq") == 'pip install "mp2flame[zmq]"'


def test_installed_but_broken_is_another_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "zmq.py").write_text("raise ImportError('libzmq.so.5: cannot open')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "zmq", raising=False)
    with pytest.raises(
        MissingDependencyError, match=r"cannot be used: libzmq.*pip install -U --force-reinstall pyzmq"
    ):
        optional.need("zmq", purpose="speaking zmq://")


def test_nothing_else_catches_import_errors() -> None:
    """The few other blocks choose between two ways and advise nothing."""
    blocks = [
        f"{path.name}:{node.lineno}"
        for path in (ROOT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler) and node.type and "ImportError" in ast.unparse(node.type)
    ]
    assert len(blocks) <= 7, blocks
