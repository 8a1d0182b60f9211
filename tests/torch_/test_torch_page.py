"""The Python of docs/torch.md runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch.nn", reason="PyTorch is not installed; .ci/torch has it")

PAGE = Path(__file__).resolve().parents[2] / "docs/torch.md"


def test_the_page_runs() -> None:
    scope: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S):
        exec(compile(block, "docs/torch.md", "exec"), scope)
    scope["points"].square().sum().backward()
    assert scope["points"].shape == (8, 30, 478, 3) and scope["landmarks"].grad.isfinite().all()
