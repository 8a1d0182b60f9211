"""FLAME parameters to ARKit weights: round trips, bounds, and the solver against a slow twin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from mp2flame.base.channels import BLENDSHAPES, INDEX
from mp2flame.base.errors import InputError, MismatchError
from mp2flame.base.values import FlameParams
from mp2flame.flame import FlameModel, load_flame
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.rig.box_qp import solve_boxes
from mp2flame.rig.inverse import OPPOSITES, Inverse, gaze_weights
from mp2flame.rig.rig import Rig
from takes import plausible_weights


def params_of(rig: Rig, weights: np.ndarray) -> FlameParams:
    expression, jaw, eyes = rig.apply(weights)
    zero = np.zeros((*weights.shape[:-1], 3))
    return FlameParams(expression, jaw, eyes, zero, zero, zero)


@pytest.fixture(scope="module")
def builtin() -> Inverse:
    return Inverse.of(builtin_head())


# --- the solver -------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 12), tall=st.integers(0, 6))
def test_box_solver_against_scipy(seed: int, n: int, tall: int) -> None:
    r = np.random.default_rng(seed)
    a = r.normal(size=(n + tall, n)) * r.lognormal(0, 1, n)
    h = a.T @ a + 1e-6 * np.eye(n)
    c = r.normal(size=(5, n)) * np.sqrt(np.diag(h))
    upper = np.where(r.random((5, n)) < 0.15, 0.0, r.uniform(0.2, 2, (5, n)))
    x = solve_boxes(h, c, upper)
    assert (x >= 0).all() and (x <= upper).all()
    root = np.linalg.cholesky(h).T
    for row in range(5):
        free = upper[row] > 0
        want = np.zeros(n)
        if free.any():
            ends = (0, upper[row][free])
            rhs = np.linalg.solve(root.T, c[row])
            want[free] = lsq_linear(root[:, free], rhs, ends, method="bvls", tol=1e-14).x
        cost = [0.5 * v @ h @ v - c[row] @ v for v in (x[row], want)]
        assert cost[0] <= cost[1] + 1e-8 * (1 + abs(cost[1]))


def test_box_solver_on_nearly_dependent_columns() -> None:
    """The rigs are like this: condition numbers near 1e5, where full exchanges alone may cycle."""
    r = np.random.default_rng(3)
    a = r.normal(size=(30, 1)) + 0.02 * r.normal(size=(30, 25))
    h = a.T @ a + 1e-9 * np.eye(25)
    c = r.random((300, 25)) @ h + r.normal(0, 0.05, (300, 25)) * np.sqrt(np.diag(h))
    x = solve_boxes(h, c, np.ones((300, 25)))
    slope = x @ h - c
    flat = 1e-6 * np.diag(h).max()
    assert ((slope > -flat) | (x >= 1)).all() and ((slope < flat) | (x <= 0)).all()


# --- the weights ------------------------------------------------------------------------------------------


def test_round_trip_builtin(builtin: Inverse) -> None:
    weights = plausible_weights(1, 200)
    back = builtin.weights(params_of(builtin.rig, weights))
    error = np.abs(back - weights)[:, builtin.visible]
    assert error.mean() < 0.005 and error.max() < 0.2
    assert builtin.visible.sum() >= 45


@pytest.mark.parametrize("head", "ab")
def test_round_trip_lab_heads(head: str, shared) -> None:
    inverse = Inverse.of(load_flame(shared / "models" / f"lab_head_{head}.pkl"))
    weights = plausible_weights(2, 200)
    back = inverse.weights(params_of(inverse.rig, weights))
    assert inverse.visible[1:].all()
    assert np.abs(back - weights)[:, inverse.visible].mean() < 0.005


def lab_truth(shared, count: int) -> tuple[FlameParams, np.ndarray]:
    """Parameters on lab head A and the weights that made them, split shapes averaged."""
    lab = np.load(shared / "data" / "lab" / "test.npz")
    columns = [str(name) for name in lab["arkit_names"]]
    weights = np.zeros((count, 52))
    for i, name in enumerate(BLENDSHAPES):
        short = name.replace("Left", "_L") if name.endswith("Left") else name.replace("Right", "_R")
        parts = [columns.index(x) for x in {name, short, f"{name}_L", f"{name}_R"} if x in columns]
        if parts:
            weights[:, i] = lab["arkit_weights"][:count, parts].mean(1)
    expression = np.zeros((count, 100))
    expression[:, :50] = lab["expression_a"][:count]
    zero = np.zeros((count, 3))
    return FlameParams(
        expression, lab["jaw_pose"][:count], lab["eye_pose"][:count], zero, zero, zero
    ), weights


def test_lab_truth(shared) -> None:
    """Faces that the rig did not make; one of their 55 shapes has no ARKit name."""
    inverse = Inverse.of(load_flame(shared / "models" / "lab_head_a.pkl"))
    params, weights = lab_truth(shared, 200)
    back = inverse.weights(params)
    assert np.abs(back - weights)[:, inverse.visible].mean() < 0.02
    assert inverse.residual_mm(params, back).mean() < 0.15


def test_a_mouth_closed_on_an_open_jaw_comes_back(builtin: Inverse) -> None:
    """The rig adds to the shapes what makes lips meet; that must not come back as other shapes."""
    from mp2flame import Driver

    rng = np.random.default_rng(6)
    weights = np.zeros((30, 52), np.float32)
    weights[:, INDEX["jawOpen"]] = weights[:, INDEX["mouthClose"]] = rng.uniform(0.1, 0.7, 30)
    for side in ("Left", "Right"):
        weights[:, INDEX[f"mouthSmile{side}"]] = rng.uniform(0, 0.4, 30)
    driver = Driver()
    found = builtin.weights(driver.params_from_weights(weights))
    assert np.abs(found - weights).mean() < 0.01
    assert np.abs(found - weights).max() < 0.15
    plain = FlameParams.zeros(driver.num_expression, (30,))
    expression, jaw_pose, _ = builtin.rig.apply(weights)  # shapes alone, as other programs add them
    found = builtin.weights(plain.replace(expression=expression, jaw_pose=jaw_pose))
    assert np.abs(found - weights).max() < 0.15


def test_never_outside_0_and_1(builtin: Inverse) -> None:
    r = np.random.default_rng(0)
    e = builtin.rig.num_expression
    zero = np.zeros((300, 3))
    wild = FlameParams(r.normal(0, 30, (300, e)), r.normal(0, 1, (300, 3)), r.normal(0, 2, (300, 6)),
                       zero, zero, zero)  # fmt: skip
    weights = builtin.weights(wild)
    assert weights.dtype == np.float32 and weights.min() >= 0 and weights.max() <= 1
    assert np.isfinite(weights).all() and not weights[:, 0].any()


def test_opposites_exclude_each_other(builtin: Inverse) -> None:
    r = np.random.default_rng(1)
    both = np.clip(r.random((100, 52)) * (r.random((100, 52)) < 0.4), 0, 1)
    params = params_of(builtin.rig, both.astype(np.float32))
    for one, other in OPPOSITES:
        a, b = INDEX[one], INDEX[other]
        assert not np.minimum(*builtin.weights(params)[:, [a, b]].T).any()
    free = builtin.weights(params, exclusive=False)
    assert any(np.minimum(*free[:, [INDEX[a], INDEX[b]]].T).any() for a, b in OPPOSITES)


def test_one_shape_at_a_time(builtin: Inverse) -> None:
    """Each visible shape alone comes back as itself and hardly anything else."""
    weights = 0.6 * np.eye(52, dtype=np.float32)[1:]
    back = builtin.weights(params_of(builtin.rig, weights))
    visible = builtin.visible[1:]
    assert (np.abs(back - weights).max(1)[visible] < 0.12).all()


def test_sparse_holds_noise_down(builtin: Inverse) -> None:
    r = np.random.default_rng(2)
    e = builtin.rig.num_expression
    params = FlameParams.zeros(e, (100,)).replace(expression=r.normal(0, 0.02, (100, e)))
    active = [(builtin.weights(params, sparse=s) > 0.01).sum() for s in (0.0, 1.0, 10.0)]
    assert active[0] > active[1] > active[2]


@settings(max_examples=25, deadline=None)
@given(
    yaw=st.floats(-0.6, 0.6),
    pitch=st.floats(-0.5, 0.5),
    cross=st.floats(-0.6, 0.6),
    other=st.floats(-0.5, 0.5),
)
def test_gaze_is_the_rigs_rule_backwards(yaw: float, pitch: float, cross: float, other: float) -> None:
    from mp2flame.rig.solver import gaze_pose

    eyes = np.array([pitch, yaw, 0, other, cross, 0])
    weights = gaze_weights(eyes)
    assert weights.min() >= 0 and weights.max() <= 1
    np.testing.assert_allclose(weights @ gaze_pose(), eyes, atol=1e-6)
    assert weights[INDEX["eyeLookOutLeft"]] * weights[INDEX["eyeLookInLeft"]] == 0


def test_gaze_sides() -> None:
    """+y turns an eye to the subject's left: out for the left eye, in for the right one."""
    weights = gaze_weights([0.25, 0.3, 0, 0.25, 0.3, 0])
    named = {BLENDSHAPES[i]: weights[i] for i in np.flatnonzero(weights)}
    assert named == pytest.approx(
        {"eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5, "eyeLookDownLeft": 0.5, "eyeLookDownRight": 0.5}
    )


def test_looking_down_does_not_close_the_eyes(builtin: Inverse) -> None:
    """The lids' part of a gaze is the gaze's, not a blink's."""
    weights = np.zeros(52, np.float32)
    weights[[INDEX["eyeLookDownLeft"], INDEX["eyeLookDownRight"]]] = 0.8
    back = builtin.weights(params_of(builtin.rig, weights))
    assert back[INDEX["eyeBlinkLeft"]] < 0.03 and back[INDEX["eyeLookDownLeft"]] == pytest.approx(
        0.8, abs=1e-4
    )


def test_neutral_offset_is_taken_off(builtin: Inverse) -> None:
    r = np.random.default_rng(4)
    weights = plausible_weights(5, 151) * (np.arange(151)[:, None] % 3 == 0)  # resting two thirds of the time
    params = params_of(builtin.rig, weights.astype(np.float32))
    offset = FlameParams.zeros(params.num_expression).replace(
        expression=r.normal(0, 1.0, params.num_expression), jaw_pose=np.array([0.05, 0, 0])
    )
    shifted = params.replace(
        expression=params.expression + offset.expression, jaw_pose=params.jaw_pose + offset.jaw_pose
    )
    plain = np.abs(builtin.weights(shifted) - weights).mean()
    for neutral in (offset, "median"):
        assert np.abs(builtin.weights(shifted, neutral=neutral) - weights).mean() < 0.1 * plain


def test_head_motion_does_not_matter_and_batches_agree(builtin: Inverse) -> None:
    weights = plausible_weights(6, 12)
    params = params_of(builtin.rig, weights)
    turned = params.replace(global_orient=np.full((12, 3), 0.4), transl=np.ones((12, 3)))
    whole = builtin.weights(params)
    np.testing.assert_array_equal(builtin.weights(turned), whole)
    np.testing.assert_allclose(builtin.weights(params[3]), whole[3], atol=1e-6)
    assert builtin.weights(FlameParams.zeros(params.num_expression, (0,))).shape == (0, 52)
    assert builtin.weights(FlameParams.zeros(params.num_expression, (2, 3))).shape == (2, 3, 52)


def test_a_basis_in_other_units_gives_the_same_weights(lab_head_a) -> None:
    model = load_flame(lab_head_a, num_expression=50)
    small = replace(model, exprdirs=model.exprdirs / 1000, sha256="")
    weights = plausible_weights(7, 40)
    one, other = Inverse.of(model), Inverse.of(small)
    params = params_of(one.rig, weights)
    big = params.replace(expression=params.expression * 1000)
    np.testing.assert_allclose(other.weights(big), one.weights(params), atol=0.02)


def without_jaw(model: FlameModel) -> FlameModel:
    """The same head with its jaw's motion as expression, as in FLAME 2023 No-Jaw."""
    forward = model.prepare()
    poses = np.zeros((7, 5, 3))
    poses[:, 2] = np.array([[0.1, 0, 0], [0.2, 0, 0], [0.3, 0, 0], [0.4, 0, 0], [0, 0.1, 0], [0, -0.1, 0],
                            [0.2, 0.1, 0]])  # fmt: skip
    moved = forward(np.zeros((7, model.num_expression)), poses) - model.v_template
    weights = model.lbs_weights.copy()
    weights[:, 1] += weights[:, 2]
    weights[:, 2] = 0
    dirs = np.concatenate([model.exprdirs, moved.transpose(1, 2, 0) * 0.3], axis=2)
    return replace(model, exprdirs=dirs, lbs_weights=weights, has_jaw=False, sha256="")


def test_without_a_jaw(shared) -> None:
    model = without_jaw(load_flame(shared / "models" / "lab_head_a.pkl", num_expression=50))
    inverse = Inverse.of(model)
    weights = plausible_weights(8, 60)
    params = params_of(inverse.rig, weights)
    assert not params.jaw_pose.any()
    assert np.abs(inverse.weights(params) - weights)[:, inverse.visible].mean() < 0.01


def test_wrong_input_is_named(builtin: Inverse) -> None:
    e = builtin.rig.num_expression
    with pytest.raises(MismatchError, match=f"{e + 1} expression coefficients"):
        builtin.weights(FlameParams.zeros(e + 1, (2,)))
    bad = FlameParams.zeros(e, (2,)).replace(jaw_pose=np.full((2, 3), np.nan))
    with pytest.raises(InputError, match="jaw_pose has values that are not finite"):
        builtin.weights(bad)
    with pytest.raises(InputError, match="sparse must be"):
        builtin.weights(FlameParams.zeros(e), sparse=-1)
    with pytest.raises(InputError, match="neutral must be"):
        builtin.weights(FlameParams.zeros(e), neutral="mean")  # type: ignore[arg-type]
    with pytest.raises(MismatchError, match="neutral must be one frame"):
        builtin.weights(FlameParams.zeros(e, (3,)), neutral=FlameParams.zeros(e, (3,)))
