"""Without PyTorch the rest of the package is as it was, and ``mp2flame.torch`` says what to install."""

from __future__ import annotations

import subprocess
import sys


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_extra_is_named() -> None:
    done = run("import sys; sys.modules['torch'] = None; import mp2flame.torch")
    assert done.returncode
    assert "mp2flame.torch needs PyTorch" in done.stderr and 'pip install "mp2flame[torch]"' in done.stderr


def test_the_package_does_without() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; import mp2flame as m2f; m2f.Driver, m2f.Response, m2f.Rig"
    )
    assert run(code).returncode == 0
