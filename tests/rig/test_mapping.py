from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mp2flame.base import channels as names
from mp2flame.base.errors import FileFormatError, InputError, MismatchError, MissingFileError, ShapeError
from mp2flame.base.header import Header
from mp2flame.rig.mapping.files import load_mapping
from mp2flame.rig.mapping.linear import SCHEMA, LinearMapping, apply_linear

RNG = np.random.default_rng(0)


def made(num_expression: int = 7, **others) -> LinearMapping:
    blocks = {
        "expression": RNG.normal(size=(52, num_expression)),
        "jaw_pose": RNG.normal(size=(52, 3)),
        "eye_pose": RNG.normal(size=(52, 6)),
    }
    header = Header(
        schema=SCHEMA, flame_release="flame2023_open", flame_sha256="ab" * 32, num_expression=num_expression
    )
    return LinearMapping.from_blocks(blocks, {"jaw_pose": np.array([0.1, 0, 0])}, header=header, **others)


def head(release="flame2023_open", sha256="ab" * 32, num_expression=7):
    return SimpleNamespace(release=release, sha256=sha256, num_expression=num_expression)


@pytest.mark.parametrize("shape", [(52,), (1, 52), (0, 52), (3, 52), (2, 3, 52), (20_000, 52)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_kernel_equals_the_plain_product(shape, dtype) -> None:
    x = (RNG.random(shape) * 3).astype(dtype)
    w, b = RNG.normal(size=(52, 11)).astype(np.float32), RNG.normal(size=11).astype(np.float32)
    y = apply_linear(x, w, b)
    assert y.dtype == np.float32 and y.shape == (*shape[:-1], 11)
    np.testing.assert_allclose(y, x.astype(np.float64) @ w + b, atol=5e-5)


@pytest.mark.parametrize("rows", [1, 3, 20_000])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_kernel_refuses_what_is_not_finite_wherever_it_is(rows: int, bad: float) -> None:
    x = np.zeros((rows, 52), np.float32)
    x[-1, 51] = bad
    with pytest.raises(InputError, match="NaN or infinite"):
        apply_linear(x, np.ones((52, 4), np.float32))


@pytest.mark.parametrize(
    "x", ["score", ["a"] * 52, np.zeros(52, object), np.zeros(52, complex), [[1.0] * 52, [1.0]], None]
)
def test_kernel_refuses_what_is_no_number(x) -> None:
    with pytest.raises(InputError):
        apply_linear(x, np.ones((52, 4), np.float32))


@pytest.mark.parametrize("shape", [(), (51,), (3, 53), (52, 3)])
def test_kernel_refuses_other_widths(shape) -> None:
    with pytest.raises(ShapeError, match="52"):
        apply_linear(np.zeros(shape), np.ones((52, 4), np.float32))


def test_apply_gives_each_block_and_zeros_for_the_rest() -> None:
    m, x = made(), RNG.random((5, 52))
    p = m.apply(x)
    np.testing.assert_allclose(p.expression, x @ m.block("expression"), atol=1e-5)
    np.testing.assert_allclose(p.jaw_pose, x @ m.block("jaw_pose") + [0.1, 0, 0], atol=1e-5)
    np.testing.assert_allclose(p.eye_pose, x @ m.block("eye_pose"), atol=1e-5)
    assert not p.neck_pose.any() and not p.global_orient.any() and not p.transl.any()
    assert m.apply(x[0]).expression.shape == (7,)


def test_save_and_load(tmp_path) -> None:
    m = made(order="arkit", transform={"scale": np.full(52, 2.0), "high": np.full(52, 1.0)})
    path = m.save(tmp_path / "map")
    assert path.name == "map.npz"
    again = load_mapping(path)
    assert again.blocks == m.blocks and again.header == m.header and again.order == "arkit"
    x = RNG.random((4, 52))
    np.testing.assert_array_equal(again.apply(x).expression, m.apply(x).expression)
    plain = np.clip(2 * names.to_mediapipe(x, order="arkit"), None, 1.0)
    np.testing.assert_allclose(m.apply(x).expression, plain @ m.block("expression"), atol=1e-5)


def test_folder_round_trip(tmp_path) -> None:
    m = replace(made(), intercept=np.zeros(16, np.float32))
    again = load_mapping(m.save_folder(tmp_path / "maps"))
    np.testing.assert_array_equal(again.weights, m.weights)
    assert again.header.flame_release == "flame2020" and "research" in again.header.licence
    with pytest.raises(InputError, match="intercept"):
        made().save_folder(tmp_path / "other")


def test_older_folder_drops_the_head_rotation(tmp_path) -> None:
    pose = RNG.normal(size=(52, 6)).astype(np.float32)
    for name, array in (("bs2exp", np.ones((52, 50))), ("bs2pose", pose), ("bs2eye", np.ones((52, 6)))):
        np.save(tmp_path / f"{name}.npy", array)
    m = load_mapping(tmp_path)
    assert m.folder == "2025_03" and m.num_expression == 50
    np.testing.assert_array_equal(m.block("jaw_pose"), pose[:, 3:])


@pytest.mark.parametrize("generation", ["2025_03", "2025_09"])
def test_public_folders(shared, generation: str) -> None:
    folder = shared / "reference" / f"linear_{generation}"
    m = load_mapping(folder)
    assert m.folder == generation
    with np.load(folder / "expected.npz") as expected:
        p = m.apply(expected["blendshape_scores"])
        np.testing.assert_allclose(p.expression, expected["exp"], atol=5e-6)
        np.testing.assert_allclose(p.eye_pose, expected["eye_pose"], atol=1e-6)


def test_mismatches_say_the_way_out() -> None:
    m = made()
    m.check(head())
    with pytest.raises(MismatchError, match=r"flame2023_open.*flame2020.*leave the mapping out"):
        m.check(head("flame2020", "cd" * 32))
    with pytest.raises(MismatchError, match=r"7 expression.*100.*resized\(100\)"):
        m.check(head(num_expression=100))
    m.resized(100).check(head(num_expression=100))
    by_name = m.for_release("flame2020")
    by_name.check(head("flame2020", "cd" * 32))
    with pytest.raises(MismatchError, match="for_release"):
        by_name.check(head("unknown", "cd" * 32))


def test_resizing_keeps_the_other_blocks() -> None:
    m, x = made(), RNG.random((3, 52))
    more, fewer = m.resized(10).apply(x), m.resized(4).apply(x)
    np.testing.assert_array_equal(more.expression[:, 7:], 0)
    np.testing.assert_allclose(fewer.expression, m.apply(x).expression[:, :4], atol=1e-5)
    np.testing.assert_allclose(more.jaw_pose, m.apply(x).jaw_pose, atol=1e-5)


def test_bad_files(tmp_path) -> None:
    with pytest.raises(MissingFileError, match="bs2exp"):
        load_mapping(tmp_path / "nothing")
    with pytest.raises(MissingFileError, match="bs2"):
        load_mapping(tmp_path)
    for name, array in (
        ("bs2exp", np.ones((52, 50))),
        ("bs2jaw", np.ones((52, 4))),
        ("bs2eye", np.ones((52, 6))),
    ):
        np.save(tmp_path / f"{name}.npy", array)
    with pytest.raises(FileFormatError, match=r"bs2jaw.npy must be \(52, 3\), it is \(52, 4\)"):
        load_mapping(tmp_path)
    np.save(tmp_path / "bs2jaw.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(FileFormatError, match="bs2jaw"):
        load_mapping(tmp_path)
    path = made().save(tmp_path / "m.npz")
    whole = path.read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:cut])
        with pytest.raises(FileFormatError):
            load_mapping(path)
    np.savez(path, weights=np.ones(3))
    with pytest.raises(FileFormatError, match="no header"):
        load_mapping(path)


def test_another_kind_is_named(tmp_path) -> None:
    header = Header(schema=SCHEMA).to_json()
    np.savez(tmp_path / "n.npz", header=np.array(header), mapping=np.array(json.dumps({"kind": "mlp"})))
    with pytest.raises(FileFormatError, match="'mlp'"):
        load_mapping(tmp_path / "n.npz")


def test_bad_weights_are_refused() -> None:
    m = made()
    with pytest.raises(InputError, match="finite"):
        replace(m, weights=np.full_like(m.weights, np.nan))
    with pytest.raises(ShapeError, match=r"weights \(52, 16\)"):
        replace(m, weights=m.weights[:, :5])
    with pytest.raises(InputError, match="begin with 'expression'"):
        replace(m, blocks=(("jaw_pose", 3),))
