"""The one place where a command is shown that is to be typed next: quoted, and as it can be called here."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click


def suggest(*words: object, err: bool = False) -> None:
    """Print ``next: mp2flame ...``; nothing is suggested after a failure, so call it last."""
    click.echo(f"next: {spoken(*words)}", err=err)


def spoken(*words: object) -> str:
    """The command as a line for this system's shell."""
    parts = [str(word) for word in words]
    return f"{program()} {_line(parts)}"


def as_called(text: str) -> str:
    """``text`` with the commands that it quotes, ``'mp2flame doctor'``, as they can be called here."""
    return re.sub(r"'mp2flame (?=[a-z-])", lambda _: f"'{program()} ", text)


def _line(parts: list[str]) -> str:
    return subprocess.list2cmdline(parts) if os.name == "nt" else shlex.join(parts)


def program() -> str:
    """How this program is called: what its launcher says, its name where it is on the path, else its file."""
    if said := os.environ.get("MP2FLAME_PROGRAM"):
        return _line([said])
    called = Path(sys.argv[0])
    if shutil.which("mp2flame") is None:
        if called.name == "__main__.py":
            return _line([sys.executable, "-m", "mp2flame"])
        if called.stem == "mp2flame" and called.exists():
            return _line([str(called)])
    return "mp2flame"


def free(path: Path) -> Path:
    """``path``, or the first of ``path_2``, ``path_3`` ... that is not there: what is suggested is not refused."""
    number, name = 2, path
    while name.exists():
        name = path.with_stem(f"{path.stem}_{number}")
        number += 1
    return name
