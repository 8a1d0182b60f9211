"""The head file for the browser: the same each time, readable, and the golden vectors of today's estimator."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from mp2flame import Driver
from mp2flame.base.channels import INDEX
from mp2flame.base.errors import FileFormatError, InputError
from mp2flame.cli import cli
from mp2flame.io.exports.m2f import pack, unpack
from mp2flame.io.exports.web import _ARRAYS, MOST_ERROR_MM, check_web_head, web_head
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


@pytest.fixture(scope="module")
def with_lids(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Offsets as trackers have them, and the head file that the command makes of them."""
    folder = tmp_path_factory.mktemp("lids")
    driver, asked = Driver(), np.zeros((3, 52), np.float32)
    asked[1, INDEX["eyeBlinkLeft"]] = asked[2, INDEX["eyeBlinkRight"]] = 1
    still = driver.vertices(driver.params_from_weights(asked))
    for name, lid in zip(("l", "r"), still[1:] - still[0]):
        np.save(folder / f"{name}_eyelid.npy", lid)
    target = folder / "head.m2f"
    done = CliRunner().invoke(cli, ["export-web", "--eyelids", str(folder), "-o", str(target)])
    assert done.exit_code == 0, done.output
    return folder, target


def test_eyelid_offsets_are_in_the_file(with_lids: tuple[Path, Path]) -> None:
    """Two more directions; ``.ci/web`` holds what TypeScript makes of them against Python."""
    folder, target = with_lids
    arrays, header = unpack(target.read_bytes())
    driver = Driver(eyelids=folder)
    head = header["head"]
    assert (head["num_expression"], head["num_eyelids"]) == (driver.num_expression, 2)
    assert driver.eyelids is not None and head["eyelids"] == driver.eyelids.key
    blink = arrays["rig"][INDEX["eyeBlinkLeft"]]
    np.testing.assert_allclose(blink[driver.num_expression :][:2], driver.rig.eyelids[INDEX["eyeBlinkLeft"]])
    assert blink[driver.num_expression] > 0.05
    assert head["num_expression"] in arrays["expression_used"]
    check_web_head(arrays, header)
    plain = unpack(pack(*_plain_head()))[1]["head"]
    assert plain["num_eyelids"] == 0 and "eyelids" not in plain


def _plain_head() -> tuple[dict[str, Any], dict[str, Any]]:
    driver = Driver()
    found = web_head(driver.model, driver.rig, driver.estimator)
    return found.arrays, found.header


def test_a_head_of_another_version_says_so_and_what_to_do(tmp_path: Path) -> None:
    arrays, header = _plain_head()
    assert set(arrays) == _ARRAYS, "other arrays: name them in _ARRAYS, so that older files are told apart"
    check_web_head(arrays, header)
    fewer = {name: value for name, value in arrays.items() if name != "slopes"}
    constants = {name: v for name, v in header["constants"].items() if name != "neutral_share"}
    for wrong, why in (
        ((fewer, header), "lacks slopes"),
        ((arrays, {**header, "constants": constants}), "lacks neutral_share"),
        (
            (arrays, {**header, "format": "mp2flame.web_head/0", "made_by": "mp2flame 0.1"}),
            "by mp2flame 0.1.*head/0",
        ),
    ):
        path = tmp_path / "old.m2f"
        path.write_bytes(pack(*wrong))
        with pytest.raises(FileFormatError, match=f"another version of mp2flame.*{why}.*export-web"):
            CliRunner().invoke(
                cli, ["web", "--head", str(path), "--no-open"], standalone_mode=False, catch_exceptions=False
            )
    assert CliRunner().invoke(cli, ["web", "--head", str(path), "--eyelids", "x"]).exit_code
