"""FLAME files: every dress, every size, every way of being wrong, and what release they are."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flame_samples import V, npz_bytes, python2_pickle, sample
from mp2flame.base.errors import FileFormatError, InputError, MissingFileError, UnsafePickleError
from mp2flame.base.values import FlameParams
from mp2flame.flame import FlameModel, load_flame
from mp2flame.flame.check import split_columns
from mp2flame.flame.mirror import expression_mirror, mirror_params, mirror_rotation, mirror_vertices
from mp2flame.flame.releases import KNOWN_HASHES, identify


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("MP2FLAME_CACHE", str(folder))
    return folder


def write(folder: Path, name: str, data: bytes | dict[str, Any]) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else pickle.dumps(data, 2))
    return path


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def same(a: FlameModel, b: FlameModel) -> None:
    for name in (
        "v_template",
        "faces",
        "shapedirs",
        "exprdirs",
        "posedirs",
        "J_regressor",
        "lbs_weights",
        "parents",
    ):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


def test_all_dresses_give_the_same_model(tmp_path: Path) -> None:
    content = sample()
    plain = load_flame(write(tmp_path, "plain.pkl", content))
    assert plain.num_vertices == V and plain.num_betas == 300 and plain.num_expression == 100
    np.testing.assert_array_equal(plain.shapedirs, content["shapedirs"][:, :, :300].astype("f4"))
    np.testing.assert_array_equal(plain.exprdirs, content["shapedirs"][:, :, 300:].astype("f4"))
    np.testing.assert_array_equal(plain.J_regressor, content["J_regressor"].astype("f4"))
    assert plain.parents.tolist() == [-1, 0, 1, 1, 1] and plain.has_jaw

    old = python2_pickle(content)
    others = {
        "python2.pkl": old,
        "new_scipy.pkl": python2_pickle(content, scipy_module="scipy.sparse._csc"),
        "arrays.npz": npz_bytes(content),
        "FLAME.zip": zipped(**{"FLAME/generic_model.pkl": old, "FLAME/Readme.txt": b"hello"}),
        "npz_in.zip": zipped(**{"model.npz": npz_bytes(content)}),
    }
    for name, data in others.items():
        same(load_flame(write(tmp_path, name, data)), plain)
    flat = dict(content, posedirs=content["posedirs"].reshape(-1, 36).T)
    same(load_flame(write(tmp_path, "flat.pkl", flat)), plain)
    flat["posedirs"] = content["posedirs"].reshape(-1, 36)
    same(load_flame(write(tmp_path, "flat2.pkl", flat)), plain)
    names = {"faces": content["f"], "lbs_weights": content["weights"], "parents": np.array([-1, 0, 1, 1, 1])}
    renamed = {k: v for k, v in content.items() if k not in ("f", "weights", "kintree_table")} | names
    same(load_flame(write(tmp_path, "renamed.npz", npz_bytes(renamed))), plain)
    split = dict(
        content, shapedirs=content["shapedirs"][:, :, :300], exprdirs=content["shapedirs"][:, :, 300:]
    )
    same(load_flame(write(tmp_path, "split.npz", npz_bytes(split))), plain)


@pytest.mark.parametrize(
    ("columns", "identity", "expression"),
    [(400, 300, 100), (350, 300, 50), (200, 100, 100), (150, 100, 50), (100, 50, 50), (310, 300, 10)],
)
def test_sizes_are_read(columns: int, identity: int, expression: int, tmp_path: Path) -> None:
    model = load_flame(write(tmp_path, "m.pkl", sample(columns)))
    assert (model.num_betas, model.num_expression) == (identity, expression)


def test_sizes_that_say_nothing_must_be_given(tmp_path: Path) -> None:
    path = write(tmp_path, "m.pkl", sample(70))
    with pytest.raises(InputError, match="num_betas"):
        load_flame(path)
    assert load_flame(path, num_betas=20).num_expression == 50
    identity_only = load_flame(path, num_betas=70)
    assert identity_only.num_expression == 0
    assert identity_only.prepare()(np.zeros(0)).shape == (V, 3)
    for wrong in (71, -1, True, "20"):
        with pytest.raises(InputError):
            load_flame(path, num_betas=wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        split_columns(300)


def test_num_expression_keeps_the_first(tmp_path: Path) -> None:
    path = write(tmp_path, "m.pkl", sample())
    full, cut = load_flame(path), load_flame(path, 50)
    np.testing.assert_array_equal(cut.exprdirs, full.exprdirs[:, :, :50])
    with pytest.raises(InputError, match="has 100 expression coefficients, 120"):
        load_flame(path, 120)
    for wrong in (0, -5, 2.5, True):
        with pytest.raises(InputError):
            load_flame(path, wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff\xe0 jfif", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\n<!DOCTYPE html><html><title>Login</title>", "web page"),
        (b"<html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git LFS"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x93NUMPY\x01\x00", "single NumPy array"),
        (b"just some text", "not a readable pickle"),
        (pickle.dumps([1, 2]), "not the dictionary"),
        (pickle.dumps({"face": np.zeros(3)}), "no 'v_template'"),
        (zipped(**{"readme.txt": b"x"}), "without a FLAME model"),
        (zipped(**{"FLAME_masks.pkl": b"x"}), "without a FLAME model"),
        (npz_bytes({"a": np.zeros(2)}), "no 'v_template'"),
        (b"PK\x03\x04" + bytes(50), "damaged"),
    ],
)
def test_wrong_files_get_one_clear_error(data: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=says):
        load_flame(write(tmp_path, "x.pkl", data))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"flame\.is\.tue"):
        load_flame(tmp_path / "none.pkl")
    write(tmp_path, "a.pkl", b"x")
    with pytest.raises(FileFormatError, match=r"folder; .* a\.pkl"):
        load_flame(tmp_path)


def broken(**changes: Any) -> dict[str, Any]:
    content = sample(100)
    for key, value in changes.items():
        if value is None:
            del content[key]
        else:
            content[key] = value
    return content


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (broken(v_template=np.zeros((V, 2))), "v_template has shape"),
        (broken(v_template=np.full((V, 3), np.nan)), "not finite"),
        (broken(posedirs=np.full((V, 3, 36), 1e39)), "lengths are in metres"),
        (broken(shapedirs=np.full((V, 3, 100), 1e20)), "lengths are in metres"),
        (broken(shapedirs=np.full((V, 3, 100), -1e300)), "lengths are in metres"),
        (broken(v_template=np.full((V, 3), 100.0)), "metres"),
        (broken(v_template="text"), "numbers were expected"),
        (broken(f=np.zeros((4, 4), int)), "triangles"),
        (broken(f=np.full((4, 3), V)), "points at vertex"),
        (broken(f=np.full((4, 3), -1)), "points at vertex"),
        (broken(f=np.full((4, 3), 0.5)), "whole numbers"),
        (broken(weights=np.ones((V, 5))), "sum to 1"),
        (broken(weights=np.full((V, 24), 1 / 24)), "weights has shape"),
        (broken(shapedirs=np.zeros((V + 1, 3, 100))), "shapedirs has shape"),
        (broken(shapedirs=np.full((V, 3, 100), np.inf)), "not finite"),
        (broken(posedirs=np.zeros((V, 3, 207))), "posedirs has shape"),
        (broken(J_regressor=np.zeros((24, V))), "J_regressor has shape"),
        (broken(kintree_table=np.zeros((2, 24), int)), "SMPL"),
        (broken(kintree_table=np.array([[-1, 0, 1, 2, 3], [0, 1, 2, 3, 4]])), "joint tree"),
        (broken(posedirs=None), "no 'posedirs'"),
        (broken(shapedirs=np.array(["a"])), "numbers"),
    ],
)
def test_content_that_does_not_fit_is_named(content: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=says):
        load_flame(write(tmp_path, "x.npz", npz_bytes(content)))


def test_hostile_file_runs_nothing(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "hit"),)

    path = write(tmp_path, "generic_model.pkl", dict(sample(), extra=Evil()))
    with pytest.raises(UnsafePickleError, match="mkdir"):
        load_flame(path)
    assert not (tmp_path / "hit").exists()
    with pytest.raises(FileFormatError, match="an array was expected"):
        load_flame(write(tmp_path, "text.pkl", dict(sample(), v_template="text")))


def test_npz_with_pickled_objects_is_not_unpickled(tmp_path: Path) -> None:
    content = dict(sample(), J_regressor=np.array({"a": 1}, object))
    with pytest.raises(FileFormatError, match="'J_regressor' is an array of Python objects"):
        load_flame(write(tmp_path, "m.npz", npz_bytes(content)))
    extra = dict(sample(), notes=np.array({"a": 1}, object))
    assert load_flame(write(tmp_path, "n.npz", npz_bytes(extra))).num_vertices == V


def test_every_cut_of_a_file_is_an_error(tmp_path: Path) -> None:
    for data in (
        python2_pickle(sample(100)),
        npz_bytes(sample(100)),
        zipped(**{"generic_model.pkl": python2_pickle(sample(100))}),
    ):
        for part in (0.01, 0.3, 0.7, 0.99):
            with pytest.raises(FileFormatError):
                load_flame(write(tmp_path, "cut.pkl", data[: int(len(data) * part)]), cache=False)


def test_flipped_bytes_in_a_zip_are_noticed(tmp_path: Path) -> None:
    data = bytearray(zipped(**{"generic_model.pkl": python2_pickle(sample(100))}))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(FileFormatError, match="damaged"):
        load_flame(write(tmp_path, "m.zip", bytes(data)))


def test_choice_inside_a_zip(tmp_path: Path) -> None:
    files = {s: python2_pickle(sample(100, seed=i)) for i, s in enumerate(("generic", "male", "female"))}
    members = {f"FLAME2020/{k}_model.pkl": v for k, v in files.items()}
    members["__MACOSX/FLAME2020/._generic_model.pkl"] = b"junk"
    path = write(tmp_path, "FLAME2020.zip", zipped(**members))
    plain = {k: load_flame(write(tmp_path, f"{k}.pkl", v)) for k, v in files.items()}
    chosen = load_flame(path)
    same(chosen, plain["generic"])
    assert (chosen.release, chosen.gender, chosen.certainty) == ("flame2020", "neutral", "name")
    female = load_flame(f"{path}!female_model.pkl")
    same(female, plain["female"])
    assert female.gender == "female" and female.sha256 == plain["female"].sha256
    same(load_flame(f"{path}!FLAME2020/male_model.pkl"), plain["male"])
    with pytest.raises(FileFormatError, match=r"no single file 'x.pkl'; .*generic_model.pkl"):
        load_flame(f"{path}!x.pkl")
    two = write(tmp_path, "two.zip", zipped(a=b"", **{"m1.pkl": files["male"], "m2.pkl": files["female"]}))
    with pytest.raises(FileFormatError, match=r"several FLAME models.*two.zip!m1.pkl"):
        load_flame(two)
    with pytest.raises(FileFormatError, match="not a zip"):
        load_flame(f"{tmp_path / 'male.pkl'}!a.pkl")


# --- releases -------------------------------------------------------------------------------------------

WEIGHTS = np.full((4, 5), 0.2)
UNKNOWN = "ab" * 32


def test_known_hashes() -> None:
    for sha, (name, gender) in KNOWN_HASHES.items():
        assert len(sha) == 64
        got = identify(sha, WEIGHTS, {}, "whatever/FLAME2017/male_model.pkl")
        assert (got.name, got.gender, got.certainty) == (name, gender, "hash")
    assert (
        KNOWN_HASHES["e75a0990728ba038c7da2a420ae4396f7ddd7781366c13026066c5b24f127623"][0]
        == "flame2023_open"
    )


@pytest.mark.parametrize(
    ("hint", "name", "gender", "certainty"),
    [
        ("x/flame2023.pkl", "flame2023", "neutral", "name"),
        ("x/flame2023_no_jaw.pkl", "flame2023_no_jaw", "neutral", "name"),
        ("x/flame2023_Open.pkl", "flame2023_open", "neutral", "name"),
        ("FLAME2023Open.zip!flame2023_Open.pkl", "flame2023_open", "neutral", "name"),
        ("FLAME2020/male_model.pkl", "flame2020", "male", "name"),
        ("FLAME2019/female_model.pkl", "flame2019", "female", "name"),
        ("FLAME 2017/generic_model.pkl", "flame2017", "neutral", "name"),
        ("dl/FLAME2020.zip!generic_model.pkl", "flame2020", "neutral", "name"),
        ("data/generic_model.pkl", "unknown-abababab", "neutral", "none"),
        ("models/lab.pkl", "unknown-abababab", "unknown", "none"),
    ],
)
def test_names_are_a_hint_only(hint: str, name: str, gender: str, certainty: str) -> None:
    got = identify(UNKNOWN, WEIGHTS, {}, hint)
    assert (got.name, got.gender, got.certainty) == (name, gender, certainty)
    assert got.has_jaw is (name != "flame2023_no_jaw")


def test_metadata_beats_the_name_and_jaw_is_seen() -> None:
    got = identify(UNKNOWN, WEIGHTS, {"release": "FLAME 2019", "gender": "male"}, "flame2023.pkl")
    assert (got.name, got.gender, got.certainty) == ("flame2019", "male", "metadata")
    still = WEIGHTS.copy()
    still[:, 2] = 1e-6
    assert identify(UNKNOWN, still, {}, "a.pkl").has_jaw is False


def test_has_jaw_can_be_said(tmp_path: Path) -> None:
    assert load_flame(write(tmp_path, "flame2023_no_jaw.pkl", sample())).has_jaw is False
    assert load_flame(write(tmp_path, "renamed.pkl", sample()), has_jaw=False).has_jaw is False


# --- cache ----------------------------------------------------------------------------------------------


def test_cache_gives_the_same_and_heals(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mp2flame.flame.check as files

    path = write(tmp_path, "generic_model.pkl", python2_pickle(sample()))
    first = load_flame(path)
    entries = list((own_cache / "arrays").glob("*.npz"))
    assert len(entries) == 1
    with monkeypatch.context() as m:
        m.setattr(files, "load_pickle", None)  # would fail if it were parsed again
        again = load_flame(path)
    same(first, again)
    assert (again.sha256, again.release, again.gender) == (first.sha256, first.release, first.gender)
    data = bytearray(entries[0].read_bytes())
    for spoil in (
        bytes(data[:1000]),
        b"",
        b"junk",
        bytes(data[:-200]) + bytes(200),
        bytes(data[:5000]) + b"\x00" * 64 + bytes(data[5064:]),
    ):
        entries[0].write_bytes(spoil)
        same(load_flame(path), first)
        assert entries[0].stat().st_size == len(data)
    path.write_bytes(python2_pickle(sample(seed=9)))
    assert not np.array_equal(load_flame(path).v_template, first.v_template)


def test_unwritable_cache_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("MP2FLAME_CACHE", str(tmp_path / "file" / "sub"))
    assert load_flame(write(tmp_path, "m.pkl", sample())).num_vertices == V


# --- mirror ---------------------------------------------------------------------------------------------


def symmetric_model() -> tuple[FlameModel, np.ndarray]:
    """A bumpy grid symmetric about x = 0 but for a smooth bend, with a basis that is closed under
    mirroring."""
    xs, ys = np.meshgrid(np.linspace(-0.08, 0.08, 17), np.linspace(-0.1, 0.1, 15))
    z = 0.05 * np.cos(12 * xs) + 0.01 * np.sin(40 * ys)
    v = np.stack([xs, ys, z], -1).reshape(-1, 3)
    n, w = len(v), 17
    pairs = np.arange(n).reshape(15, 17)[:, ::-1].reshape(-1)
    quads = [
        (r * w + c, r * w + c + 1, (r + 1) * w + c + 1, (r + 1) * w + c) for r in range(14) for c in range(16)
    ]
    tri = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    r = np.random.default_rng(0)
    half = r.normal(0, 1e-3, (n, 3, 4))
    mirrored = half[pairs] * np.array([-1, 1, 1])[:, None]
    bent = v + 0.002 * np.stack([np.sin(20 * v[:, 1]), np.zeros(n), v[:, 0] * 5], -1)
    order = r.permutation(n)
    rank = np.argsort(order)
    weights = np.zeros((n, 5))
    weights[:, 1] = 1
    model = FlameModel(
        v_template=bent[order],
        faces=rank[np.array(tri)],
        shapedirs=np.zeros((n, 3, 0)),
        exprdirs=np.concatenate([half, mirrored, np.zeros((n, 3, 1))], 2)[order],
        posedirs=np.zeros((n, 3, 36)),
        J_regressor=np.full((5, n), 1 / n),
        lbs_weights=weights,
    )
    return model, rank[pairs[order]]


def test_mirror_of_a_bent_symmetric_mesh() -> None:
    model, pairs = symmetric_model()
    found = mirror_vertices(model)
    np.testing.assert_array_equal(found.permutation, pairs)
    assert found.residual.max() < 0.006
    matrix, left = expression_mirror(model, found)
    assert left < 1e-5
    np.testing.assert_allclose(matrix[:8, :8], np.roll(np.eye(8), 4, axis=1), atol=1e-4)
    assert not matrix[8].any() and not matrix[:, 8].any()


def test_mirror_of_rotations_is_conjugation() -> None:
    from mp2flame.base.rotations import axis_angle_to_matrix

    flip = np.diag([-1.0, 1, 1])
    turn = np.random.default_rng(3).normal(0, 1, (20, 3))
    np.testing.assert_allclose(
        axis_angle_to_matrix(mirror_rotation(turn)), flip @ axis_angle_to_matrix(turn) @ flip, atol=1e-12
    )


def test_no_mirror_for_a_lopsided_mesh(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="left-right"):
        mirror_vertices(load_flame(write(tmp_path, "m.pkl", sample())))


def test_lab_head_mirror(lab_head_a: Path) -> None:
    model = load_flame(lab_head_a)
    found = mirror_vertices(model)
    assert (found.permutation[found.permutation] == np.arange(model.num_vertices)).all()
    assert found.edges_kept > 0.995 and found.residual.max() < 0.005
    matrix, left = expression_mirror(model, found)
    assert left < 0.05
    rng = np.random.default_rng(0)
    params = FlameParams(
        expression=rng.normal(0, 0.5, 100) * (np.arange(100) < 50),
        jaw_pose=[0.2, 0.05, 0.02],
        eye_pose=rng.normal(0, 0.2, 6),
        neck_pose=rng.normal(0, 0.2, 3),
        global_orient=rng.normal(0, 0.2, 3),
        transl=rng.normal(0, 0.1, 3),
    )
    forward = model.prepare()
    seen = found.apply(forward.forward_params(params))
    made = forward.forward_params(mirror_params(params, matrix))
    # what is left is the mean head's own asymmetry
    assert np.linalg.norm(seen - made, axis=1).max() < found.residual.max() + 0.002
    twice = mirror_params(mirror_params(params, matrix), matrix)
    np.testing.assert_allclose(twice.jaw_pose, params.jaw_pose)
    np.testing.assert_allclose(twice.eye_pose, params.eye_pose)


def test_lab_heads_load(lab_head_a: Path, lab_head_b: Path) -> None:
    a, b = load_flame(lab_head_a), load_flame(lab_head_b)
    assert (a.num_vertices, a.num_betas, a.num_expression, len(a.faces)) == (5023, 300, 100, 9976)
    assert a.release == f"unknown-{a.sha256[:8]}" and a.release != b.release
    assert not a.exprdirs[:, :, 50:].any() and a.exprdirs[:, :, :50].any((0, 1)).all()
    np.testing.assert_array_equal(a.v_template, b.v_template)
