"""The head file for the browser: the same each time, readable, and the golden vectors of today's estimator."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner

from mp2flame import Driver
from mp2flame.base.errors import FileFormatError, InputError
from mp2flame.cli import cli
from mp2flame.io.exports.m2f import pack, unpack
from mp2flame.io.exports.web import MOST_ERROR_MM, web_head
from mp2flame.show.head import ShownHead

ROOT = Path(__file__).resolve().parents[2]
TOLERANCES = {
    "vertices": 5e-6,
    "transl": 2e-6,
    "expression": 2e-4,
}  # metres, metres, coefficients; others 2e-5


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_web_golden", ROOT / "tools/make_web_golden.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made() -> tuple[Driver, bytes]:
    driver = Driver()
    found = web_head(driver.model, driver.rig, driver.estimator, dressed=ShownHead(driver).dressed)
    assert 0 < found.basis_error_mm < MOST_ERROR_MM
    return driver, pack(found.arrays, found.header)


def test_golden_vectors_are_those_of_today(tool: ModuleType) -> None:
    committed, header = unpack(tool.GOLDEN.read_bytes())
    today = tool.golden()
    assert set(today) == set(committed)
    assert header["frames"] == tool.FRAMES
    for name, value in today.items():
        allowed = next((t for end, t in TOLERANCES.items() if name.endswith(end)), 2e-5)
        off = float(np.abs(committed[name] - value).max()) if committed[name].shape == value.shape else np.inf
        assert off < allowed, (
            f"web/test/golden.m2f is stale ({name} is {off:.1e} off): run python tools/make_web_golden.py "
            "and commit what it writes"
        )


def test_the_same_head_gives_the_same_bytes(made: tuple[Driver, bytes]) -> None:
    driver, data = made
    again = web_head(driver.model, driver.rig, driver.estimator, dressed=ShownHead(driver).dressed)
    assert pack(again.arrays, again.header) == data


def test_16_bits_stay_below_the_limit_on_faces(made: tuple[Driver, bytes]) -> None:
    driver, data = made
    arrays, header = unpack(data)
    shown = ShownHead(driver).model
    used, moving = arrays["expression_used"], arrays["moving"].astype(int)
    basis = arrays["basis"] * arrays["basis_scale"][:, None, None]
    weights = (np.random.default_rng(3).random((20, 52)) ** 3).astype(np.float32)
    expression = driver.params_from_weights(weights).expression
    truth = np.tensordot(expression, shown.exprdirs, (1, 2))
    found = np.zeros_like(truth)
    found[:, moving] = np.tensordot(expression[:, used], basis[: len(used)], 1)
    assert 1e3 * np.linalg.norm(found - truth, axis=2).max() < MOST_ERROR_MM
    assert header["head"]["num_vertices"] == driver.model.num_vertices


def test_a_container_keeps_every_dtype_and_says_what_is_wrong() -> None:
    arrays = {
        "a": np.arange(5, dtype=np.uint8), "b": np.ones((2, 3), np.float64), "c": np.zeros((0, 4), np.int16),
        "d": np.array([70000], np.uint32), "e": np.array([1.5], np.float32),
    }  # fmt: skip
    found, header = unpack(pack(arrays, {"format": "x"}))
    assert header == {"format": "x"}
    for name, value in arrays.items():
        np.testing.assert_array_equal(found[name], value)
        assert found[name].dtype == value.dtype
    with pytest.raises(InputError, match="complex128"):
        pack({"z": np.ones(2, complex)}, {})
    data = pack(arrays, {})
    for damaged in (b"", b"M2F1", data[:40], data[:-9], b"PK\x03\x04" + data):
        with pytest.raises(FileFormatError):
            unpack(damaged)


def test_the_command_writes_a_head_and_keeps_what_is_there(tmp_path: Path) -> None:
    target = tmp_path / "head.m2f"
    done = CliRunner().invoke(cli, ["export-web", "-o", str(target)], catch_exceptions=False)
    assert done.exit_code == 0 and "builtin" in done.output
    first = target.read_bytes()
    assert unpack(first)[1]["format"] == "mp2flame.web_head/2"
    with pytest.raises(InputError, match="exists"):
        CliRunner().invoke(
            cli, ["export-web", "-o", str(target)], standalone_mode=False, catch_exceptions=False
        )
    with pytest.raises(InputError, match="must end in"):
        CliRunner().invoke(
            cli, ["export-web", "-o", str(tmp_path / "x.bin")], standalone_mode=False, catch_exceptions=False
        )
    assert target.read_bytes() == first
