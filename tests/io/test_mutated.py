"""Damaged files of each format that people hand in: a finite take or one clear error. The full count: bench_mutated.py."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def _bench() -> ModuleType:
    path = Path(__file__).parents[2] / "bench" / "bench_mutated.py"
    spec = importlib.util.spec_from_file_location("bench_mutated", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BENCH = _bench()


@pytest.mark.parametrize("name", BENCH.MAKERS)
def test_damaged_files_give_a_take_or_one_clear_error(tmp_path: Path, name: str) -> None:
    found = BENCH.outcomes(name, tmp_path, 40, seed=len(name))
    assert set(found) <= {"a take", "one error"}, found
    assert found["one error"] >= 5  # the damage is real
