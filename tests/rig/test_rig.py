"""The rig against known truth, against other bases, and its refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base.channels import BLENDSHAPES, INDEX
from mp2flame.base.errors import InputError, ShapeError
from mp2flame.flame import FlameModel, load_flame
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.landmarks import embedding_for
from mp2flame.rig.rig import Rig, solve_rig
from mp2flame.rig.solver import GAZE_PITCH, GAZE_YAW, JAW_SHAPES


@pytest.fixture(scope="module")
def head_a(lab_head_a: Path) -> FlameModel:
    return load_flame(lab_head_a)


@pytest.fixture(scope="module")
def head_b(lab_head_b: Path) -> FlameModel:
    return load_flame(lab_head_b)


@pytest.fixture(scope="module")
def rig_a(head_a: FlameModel) -> Rig:
    return solve_rig(head_a, use_cache=False)


@pytest.fixture(scope="module")
def truth(head_a: FlameModel, shared: Path) -> np.ndarray:
    """``(52, V, 3)`` true meshes on head A."""
    known = np.load(shared / "models" / "lab_head_truth.npz")
    names = list(known["shape_names"])
    expression, jaw = np.zeros((52, 50)), np.zeros((52, 3))
    for row, name in enumerate(BLENDSHAPES[1:], 1):
        stem, side = (name[:-4], "_L") if name.endswith("Left") else (name[:-5], "_R")
        parts = (
            [name] if name in names else [stem + side] if stem + side in names else [f"{name}_L", f"{name}_R"]
        )
        for part in parts:
            expression[row] += known["expression_a"][names.index(part)]
            jaw[row] += known["jaw_pose"][names.index(part)]
    return _meshes(head_a, expression, jaw)


def _meshes(model: FlameModel, expression: np.ndarray, jaw: np.ndarray) -> np.ndarray:
    full = np.zeros((len(expression), model.num_expression))
    full[:, : expression.shape[1]] = expression
    pose = np.zeros((len(expression), 5, 3))
    pose[:, 2] = jaw
    return model.prepare()(full, pose)


def _face_error_mm(model: FlameModel, got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    skin = (model.v_template[:, 2] > 0) & (model.lbs_weights[:, 3:].sum(1) < 0.5)
    return 1e3 * np.linalg.norm(got - expected, axis=2)[:, skin].mean(1)


def test_meshes_of_both_bases_are_the_true_ones(
    head_a: FlameModel, head_b: FlameModel, rig_a: Rig, truth: np.ndarray
) -> None:
    rig_b = solve_rig(head_b, use_cache=False)
    a, b = (_meshes(h, r.expression, r.jaw_pose) for h, r in ((head_a, rig_a), (head_b, rig_b)))
    for got in (a, b):
        error = _face_error_mm(head_a, got, truth)[1:]
        assert error.mean() < 0.20 and error.max() < 0.5
    assert _face_error_mm(head_a, a, b).max() < 0.05
    assert np.abs(rig_a.expression).max() <= 4 and not rig_a.notes
    assert np.abs(rig_a.expression - rig_b.expression).max() > 0.5, "the two bases really differ"


def test_jaw_is_found(rig_a: Rig) -> None:
    opening = rig_a.jaw_pose[INDEX["jawOpen"]]
    assert np.degrees(opening[0]) == pytest.approx(18.7, abs=0.5) and np.abs(opening[1:]).max() < 0.01
    left, right = rig_a.jaw_pose[INDEX["jawLeft"]], rig_a.jaw_pose[INDEX["jawRight"]]
    assert left[1] > 0.05 and right[1] < -0.05, "+y turns the chin to the subject's left"
    others = [i for i, name in enumerate(BLENDSHAPES) if name not in JAW_SHAPES]
    assert not rig_a.jaw_pose[others].any()


@pytest.mark.parametrize(("name", "joint", "expected"), [
    ("eyeLookOutLeft", 0, (0, GAZE_YAW, 0)),
    ("eyeLookInLeft", 0, (0, -GAZE_YAW, 0)),
    ("eyeLookOutRight", 3, (0, -GAZE_YAW, 0)),
    ("eyeLookInRight", 3, (0, GAZE_YAW, 0)),
    ("eyeLookUpLeft", 0, (-GAZE_PITCH, 0, 0)),
    ("eyeLookDownRight", 3, (GAZE_PITCH, 0, 0)),
])  # fmt: skip
def test_gaze_turns_the_pupil_there(name: str, joint: int, expected: tuple[float, ...]) -> None:
    model = builtin_head()
    rig = solve_rig(model)
    row = rig.eye_pose[INDEX[name]]
    np.testing.assert_allclose(row[joint : joint + 3], expected, atol=1e-6)
    assert not row[3 - joint : 6 - joint].any(), "the other eye stays"
    pose = np.zeros((5, 3))
    pose[3:] = row.reshape(2, 3)
    on, forward = embedding_for(model), model.prepare()
    pupil = 473 if joint == 0 else 468
    moved = on.landmarks(forward(np.zeros(50), pose))[pupil] - on.landmarks(model.v_template)[pupil]
    outwards = 1 if joint == 0 else -1
    wanted = {"Out": (outwards, 0), "In": (-outwards, 0), "Up": (0, 1), "Down": (0, -1)}
    direction = next(d for key, d in wanted.items() if f"Look{key}" in name)
    assert moved[:2] @ np.array(direction) > 0.005


def test_apply_is_the_matrix_and_linear(rig_a: Rig) -> None:
    rng = np.random.default_rng(0)
    weights = rng.random((2, 3, 52)).astype(np.float32)
    expression, jaw, eyes = rig_a.apply(weights)
    assert (
        expression.shape == (2, 3, rig_a.num_expression)
        and jaw.shape == (2, 3, 3)
        and eyes.shape == (2, 3, 6)
    )
    np.testing.assert_allclose(np.concatenate([expression, jaw, eyes], -1), weights @ rig_a.matrix, atol=1e-6)
    one = rig_a.apply(weights[0, 0])[0]
    np.testing.assert_allclose(one, expression[0, 0], atol=1e-5)
    for part in rig_a.apply(np.eye(52)[0]):
        assert not part.any(), "_neutral does nothing"


def _third_basis(model: FlameModel, count: int = 40) -> FlameModel:
    """Another basis of the same head: turned, cut to its first directions, each scaled by another factor."""
    rng = np.random.default_rng(3)
    flat = model.exprdirs[:, :, :50].reshape(-1, 50).astype(float)
    turned = flat @ np.linalg.qr(rng.normal(size=(50, 50)))[0]
    u, s, _ = np.linalg.svd(turned, full_matrices=False)
    basis = (u * s)[:, :count] * rng.uniform(0.3, 3, count)
    padded = np.concatenate([basis, np.zeros((len(basis), 10))], 1)
    return replace(model, exprdirs=padded.reshape(-1, 3, count + 10).astype(np.float32), sha256="")


def test_a_truncated_rescaled_basis_degrades_gracefully(head_a: FlameModel, truth: np.ndarray) -> None:
    other = _third_basis(head_a)
    rig = solve_rig(other)
    error = _face_error_mm(head_a, _meshes(other, rig.expression, rig.jaw_pose), truth)[1:]
    assert error.mean() < 0.2 and np.median(error) < 0.1
    assert np.abs(rig.expression).max() <= 4.0001
    assert not rig.expression[:, 40:].any(), "empty columns stay unused"
    assert np.degrees(rig.jaw_pose[INDEX["jawOpen"], 0]) == pytest.approx(18.7, abs=1)


def test_coefficients_are_bounded_with_a_note(head_a: FlameModel) -> None:
    smaller = replace(head_a, exprdirs=head_a.exprdirs[:, :, :50] * 0.6, sha256="")
    rig = solve_rig(smaller)
    assert np.abs(rig.expression).max() <= 4.0001
    named = {note.split(":")[0] for note in rig.notes}
    assert "mouthClose" in named and named <= set(BLENDSHAPES)


def test_a_basis_that_is_not_in_standard_deviations(
    head_a: FlameModel, rig_a: Rig, truth: np.ndarray
) -> None:
    tiny = replace(head_a, exprdirs=head_a.exprdirs[:, :, :50] * 1e-3, sha256="")
    rig = solve_rig(tiny)
    error = _face_error_mm(head_a, _meshes(tiny, rig.expression, rig.jaw_pose), truth)[1:]
    assert error.mean() < 0.2
    assert any("standard deviations" in note for note in rig.notes)


def test_a_head_without_a_jaw_takes_all_in_the_expression(
    head_a: FlameModel, rig_a: Rig, truth: np.ndarray
) -> None:
    opening = rig_a.jaw_pose[list(map(INDEX.get, JAW_SHAPES))]  # type: ignore[arg-type]
    baked = _meshes(head_a, np.zeros((4, 50)), opening) - head_a.v_template
    basis = np.concatenate([head_a.exprdirs[:, :, :50], np.moveaxis(baked, 0, 2)], 2)
    rig = solve_rig(replace(head_a, exprdirs=basis, has_jaw=False, sha256=""))
    assert not rig.jaw_pose.any()
    error = _face_error_mm(head_a, head_a.v_template + np.einsum("vce,ne->nvc", basis, rig.expression), truth)
    assert error[INDEX["jawOpen"]] < 0.5 and error.mean() < 0.2


def test_fewer_coefficients(head_a: FlameModel) -> None:
    rig = solve_rig(head_a, num_expression=20, use_cache=False)
    assert rig.expression.shape == (52, 20) and rig.header.num_expression == 20


def test_a_larger_turned_template(head_a: FlameModel, rig_a: Rig) -> None:
    """A head 8 % larger and turned about y: displacements scale and turn with it."""
    turn = np.deg2rad(20)
    matrix = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    bigger = replace(
        head_a,
        v_template=1.08 * head_a.v_template @ matrix.T,
        exprdirs=1.08 * np.einsum("ab,vbe->vae", matrix, head_a.exprdirs),
        posedirs=np.zeros_like(head_a.posedirs),
        sha256="",
    )
    rig = solve_rig(bigger)
    still = [i for i, name in enumerate(BLENDSHAPES) if name not in JAW_SHAPES]
    np.testing.assert_allclose(rig.expression[still], rig_a.expression[still], atol=0.1)
    assert np.degrees(np.linalg.norm(rig.jaw_pose[INDEX["jawOpen"]])) == pytest.approx(
        18.7, abs=2
    )  # no correctives here


def test_landmark_weights_decide_where_it_is_exact(head_a: FlameModel) -> None:
    short = replace(head_a, exprdirs=head_a.exprdirs[:, :, :12], sha256="")
    on = embedding_for(head_a)
    lids = [159, 158, 160, 145, 153, 144]
    weights = np.full(468, 0.02)
    weights[lids] = 30
    row = INDEX["eyeBlinkRight"]

    def lid_error(rig: Rig) -> float:
        from mp2flame.base.tables import table

        got = on.landmarks(_meshes(short, rig.expression[row : row + 1], rig.jaw_pose[row : row + 1]))[0]
        wanted = table("mean_neutral_landmarks")[:468] + table("arkit_landmark_shapes")[row]
        return float(np.linalg.norm(got[lids] - wanted[lids], axis=1).mean())

    assert lid_error(solve_rig(short, landmark_weights=weights)) < 0.6 * lid_error(solve_rig(short))


def test_cache_returns_the_same(
    head_a: FlameModel, rig_a: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MP2FLAME_CACHE", str(tmp_path))
    first, second = solve_rig(head_a), solve_rig(head_a)
    assert len(list(tmp_path.rglob("rig*.npz"))) == 1
    for got in (first, second):
        np.testing.assert_array_equal(got.matrix, rig_a.matrix)
    solve_rig(head_a, ridge=1e-5)
    assert len(list(tmp_path.rglob("rig*.npz"))) == 2, "another setting is another entry"


def test_header_names_the_file(head_a: FlameModel, rig_a: Rig) -> None:
    assert rig_a.header.flame_sha256 == head_a.sha256 and rig_a.header.num_expression == head_a.num_expression


@pytest.mark.parametrize("ridge", [0, -1e-6, np.nan, np.inf, "small", [1e-6]])
def test_bad_ridge(ridge: object) -> None:
    with pytest.raises(InputError, match="ridge must be"):
        solve_rig(builtin_head(), ridge=ridge)  # type: ignore[arg-type]


def test_bad_landmark_weights() -> None:
    with pytest.raises(ShapeError, match="468"):
        solve_rig(builtin_head(), landmark_weights=np.ones(478))
    for bad in (np.zeros(468), np.full(468, np.nan), -np.ones(468)):
        with pytest.raises(InputError, match="finite"):
            solve_rig(builtin_head(), landmark_weights=bad)


def test_bad_weights() -> None:
    rig = solve_rig(builtin_head())
    with pytest.raises(ShapeError):
        rig.apply(np.zeros(51))
    with pytest.raises(InputError):
        rig.apply(np.full(52, np.nan))
