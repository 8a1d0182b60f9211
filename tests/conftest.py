"""Where the optional shared files are, and what to do without them."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

SHARED = Path(
    os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[1] / ".." / "shared")
).resolve()
# as in an environment that is active: the commands that messages name are this one's
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # started in a shell's background; the tests interrupt what they start
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of optional test material; the test is skipped when it is not there."""
    if not (SHARED / "models").is_dir():
        pytest.skip("optional test material not found; set MP2FLAME_SHARED to its folder")
    return SHARED


@pytest.fixture(scope="session")
def lab_head_a(shared: Path) -> Path:
    return shared / "models" / "lab_head_a.pkl"


@pytest.fixture(scope="session")
def lab_head_b(shared: Path) -> Path:
    return shared / "models" / "lab_head_b.pkl"
