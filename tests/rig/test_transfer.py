"""One FLAME release as another: meshes must agree, whatever the coefficients are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_inverse import without_jaw

from mp2flame.base.errors import InputError, MismatchError
from mp2flame.base.values import FlameParams
from mp2flame.flame import FlameModel, load_flame
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.jaw_map import JawVertices, features, turn_of
from mp2flame.rig.transfer import Transfer, transfer_betas
from mp2flame.take.transfer import transfer_recording
from takes import made_take, smooth_noise


def rotated_basis(model: FlameModel, count: int, seed: int = 0) -> FlameModel:
    """The same head with its expression basis mixed and scaled, as another release's would be."""
    r = np.random.default_rng(seed)
    dirs = model.exprdirs.astype(float)
    mix = np.linalg.qr(r.normal(size=(dirs.shape[2], dirs.shape[2])))[0] * r.uniform(0.5, 2, dirs.shape[2])
    return replace(model, exprdirs=(dirs @ mix)[:, :, :count], sha256="", release=f"mixed{seed}")


def gap_mm(a: FlameModel, b: FlameModel, p: FlameParams, q: FlameParams, betas=(None, None)) -> np.ndarray:
    """``(T,)`` mean distance of the two meshes."""
    one = a.prepare(betas[0], p.num_expression).forward_params(p)
    other = b.prepare(betas[1], q.num_expression).forward_params(q)
    return 1e3 * np.linalg.norm(one - other, axis=2).mean(1)


@pytest.fixture(scope="module")
def head() -> FlameModel:
    return builtin_head()


def test_there_and_back_on_the_builtin_head(head: FlameModel) -> None:
    other = rotated_basis(head, head.num_expression)
    take = made_take(head, frames=20)
    there = Transfer.between(head, other)(take.params)
    back = Transfer.between(other, head)(there.params)
    assert gap_mm(head, other, take.params, there.params).max() < 0.01
    assert gap_mm(head, head, take.params, back.params).max() < 0.01
    np.testing.assert_array_equal(there.params.eye_pose, take.params.eye_pose)
    np.testing.assert_array_equal(there.params.jaw_pose, take.params.jaw_pose)
    np.testing.assert_allclose(there.params.transl, take.params.transl, atol=1e-6)
    # coefficients of one are nonsense in the other, so this was not the identity
    assert gap_mm(head, other, take.params, take.params).mean() > 0.5


def test_lab_heads_there_and_back(shared: Path) -> None:
    lab = np.load(shared / "data" / "lab" / "test.npz")
    a, b = (load_flame(shared / "models" / f"lab_head_{x}.pkl") for x in "ab")
    rows = slice(0, 800, 16)
    expression = np.zeros((50, 100))
    expression[:, :50] = lab["expression_a"][rows]
    zero = np.zeros((50, 3))
    params = FlameParams(expression, lab["jaw_pose"][rows], lab["eye_pose"][rows], zero, zero, zero)
    there = Transfer.between(a, b)(params)
    back = Transfer.between(b, a)(there.params)
    assert gap_mm(a, b, params, there.params).mean() < 0.05
    assert gap_mm(a, a, params, back.params).mean() < 0.05


def test_100_to_50_and_back(lab_head_a: Path) -> None:
    """What 50 coefficients cannot hold is reported, and it is the least that could be lost."""
    model = load_flame(lab_head_a)
    mixed = rotated_basis(replace(model, exprdirs=model.exprdirs[:, :, :50]), 50, seed=3)
    way = Transfer.between(mixed, mixed, num_target=25)
    r = np.random.default_rng(0)
    params = FlameParams.zeros(50, (30,)).replace(expression=r.normal(size=(30, 50)))
    fewer, residual = way(params)
    assert fewer.num_expression == 25
    basis = mixed.exprdirs.reshape(-1, 50).astype(float)
    best, *_ = np.linalg.lstsq(basis[:, :25], basis @ params.expression.T.astype(float), rcond=None)
    left = basis[:, :25] @ best - basis @ params.expression.T
    least = 1e3 * np.sqrt((left**2).sum(0) * 3 / len(left))
    np.testing.assert_allclose(residual, least, rtol=0.01)
    more, none_lost = Transfer.between(mixed, mixed, num_source=25)(fewer)
    assert more.num_expression == 50 and none_lost.max() < 0.05


def test_result_does_not_depend_on_units(head: FlameModel) -> None:
    other = rotated_basis(head, 20)
    take = made_take(head, frames=5)
    one = Transfer.between(head, other)(take.params)
    for factor in (1e-3, 1e3):
        scaled = replace(other, exprdirs=other.exprdirs * factor)
        same = Transfer.between(head, scaled)(take.params)
        np.testing.assert_allclose(
            same.params.expression * factor, one.params.expression, rtol=1e-3, atol=1e-4
        )


def test_ridge_keeps_coefficients_small(head: FlameModel) -> None:
    """Towards a basis that cannot follow: a larger ridge asks for less, and reports more left over."""
    r = np.random.default_rng(1)
    weak = head.exprdirs[:, :, :10].astype(float) @ r.normal(size=(10, 10)) * np.logspace(0, -4, 10)
    other = replace(head, exprdirs=weak, sha256="")
    take = made_take(head, frames=10)
    sizes, left = [], []
    for ridge in (1e-9, 1e-5, 1e-2):
        params, residual = Transfer.between(head, other, ridge=ridge)(take.params)
        sizes.append(np.abs(params.expression).max())
        left.append(residual.mean())
    assert sizes[0] > sizes[1] > sizes[2] and left[0] <= left[1] <= left[2]


# --- jaw --------------------------------------------------------------------------------------------------


def test_features_are_the_forward_pass(head: FlameModel) -> None:
    r = np.random.default_rng(0)
    expression, jaw = r.normal(0, 1, (6, head.num_expression)), r.normal(0, 0.15, (6, 3))
    pose = np.zeros((6, 5, 3))
    pose[:, 2] = jaw
    moved = head.prepare()(expression, pose) - head.v_template
    vertices = JawVertices.of(head, None, head.num_expression)
    rows = features(expression, turn_of(jaw))
    for axis, (plane, columns) in enumerate(zip(vertices.planes, vertices.columns, strict=True)):
        np.testing.assert_allclose(rows[:, columns] @ plane.T, moved[:, :, axis], atol=2e-6)
    gram = vertices.gram()
    np.testing.assert_allclose((rows @ gram * rows).sum(1), (moved**2).sum((1, 2)), rtol=1e-3)


def test_jaw_into_expression_and_back(shared: Path) -> None:
    with_jaw = load_flame(shared / "models" / "lab_head_a.pkl", num_expression=50)
    no_jaw = without_jaw(with_jaw)
    lab = np.load(shared / "data" / "lab" / "test.npz")
    rows = slice(0, 800, 10)
    zero = np.zeros((80, 3))
    params = FlameParams(
        lab["expression_a"][rows], lab["jaw_pose"][rows], np.zeros((80, 6)), zero, zero, zero
    )
    there, left = Transfer.between(with_jaw, no_jaw)(params)
    assert not there.jaw_pose.any()
    distance = gap_mm(with_jaw, no_jaw, params, there)
    assert distance.mean() < 0.15
    squares = ((no_jaw.prepare().forward_params(there) - with_jaw.prepare().forward_params(params)) ** 2).sum(
        2
    )
    np.testing.assert_allclose(left, 1e3 * np.sqrt(squares.mean(1)), rtol=0.05, atol=0.005)
    back, _ = Transfer.between(no_jaw, with_jaw)(there)
    degrees = np.rad2deg(np.linalg.norm(back.jaw_pose - params.jaw_pose, axis=1))
    assert degrees.mean() < 0.4 and degrees.max() < 3
    assert gap_mm(with_jaw, with_jaw, params, back).mean() < 0.2


def test_open_jaw_is_recovered_to_a_tenth_of_a_degree(head: FlameModel) -> None:
    """An exact case: the no-jaw basis holds the very openings that are asked for."""
    no_jaw = without_jaw(head)
    e = head.num_expression
    expression = np.zeros((4, e + 7), np.float32)
    expression[np.arange(4), e + np.arange(4)] = 1 / 0.3
    still = FlameParams.zeros(e + 7, (4,)).replace(expression=expression)
    params, residual = Transfer.between(no_jaw, head)(still)
    np.testing.assert_allclose(params.jaw_pose[:, 0], [0.1, 0.2, 0.3, 0.4], atol=2e-3)
    assert np.abs(params.jaw_pose[:, 1:]).max() < 2e-3
    assert residual.max() < 0.05


# --- identity, recordings, errors ---------------------------------------------------------------------------


def test_identity_goes_along(lab_head_a: Path) -> None:
    source = load_flame(lab_head_a)
    r = np.random.default_rng(5)
    used = np.flatnonzero(np.abs(source.shapedirs).any(axis=(0, 1)))
    mix = np.linalg.qr(r.normal(size=(len(used), len(used))))[0]
    target = replace(source, shapedirs=source.shapedirs[:, :, used] @ mix, sha256="")
    betas = r.normal(0, 1, 40)
    theirs, residual = transfer_betas(source, target, betas)
    gap = np.linalg.norm(target.shaped(theirs) - source.shaped(betas), axis=1)
    assert 1e3 * gap.max() < 0.1 and residual < 0.1
    take = made_take(source, frames=4)
    way = Transfer.between(source, target, betas=betas)
    params, _ = way(take.params)
    assert gap_mm(source, target, take.params, params, (betas, way.target_betas)).max() < 0.1


def test_head_stays_where_it_was(head: FlameModel) -> None:
    """Two files whose root joints differ: the turned head is in the same place all the same."""
    regressor = head.J_regressor.copy()
    low = np.argsort(head.v_template[:, 1])[:50]
    regressor[0] = 0
    regressor[0, low] = 1 / 50
    other = replace(head, J_regressor=regressor, sha256="")
    r = np.random.default_rng(0)
    params = FlameParams.zeros(head.num_expression, (6,)).replace(
        global_orient=smooth_noise(2, 6, 3, 0.5), transl=r.normal(0, 0.1, (6, 3))
    )
    there, _ = Transfer.between(head, other)(params)
    assert np.abs(there.transl - params.transl).max() > 1e-3
    assert gap_mm(head, other, params, there).max() < 0.01


def test_recording_keeps_everything_else(head: FlameModel) -> None:
    other = rotated_basis(head, 30)
    other = replace(other, sha256="b" * 64)
    take = made_take(head, frames=9)
    take.detected[4] = False
    take.meta["source"] = "somewhere"
    changed, residual = transfer_recording(take, head, other)
    assert changed.num_expression == 30 and residual.shape == (9,)
    assert changed.meta["flame"]["sha256"] == "b" * 64 and changed.meta["source"] == "somewhere"
    np.testing.assert_array_equal(changed.detected, take.detected)
    np.testing.assert_array_equal(changed.arkit_weights, take.arkit_weights)
    with pytest.raises(MismatchError, match="Give the file it was made with"):
        transfer_recording(changed, head, other)


def test_batches_and_single_frames(head: FlameModel) -> None:
    other = rotated_basis(head, head.num_expression)
    way = Transfer.between(head, other)
    take = made_take(head, frames=6)
    whole = way(take.params)
    one = way(take.params[2])
    assert one.residual_mm.shape == () and one.params.batch_shape == ()
    np.testing.assert_allclose(one.params.expression, whole.params.expression[2], atol=1e-5)
    assert way(take.params[:0]).params.expression.shape == (0, other.num_expression)


def test_wrong_input_is_named(head: FlameModel) -> None:
    with pytest.raises(InputError, match="ridge must be"):
        Transfer.between(head, head, ridge=0)
    cut = replace(
        head,
        v_template=head.v_template[:-1],
        shapedirs=head.shapedirs[:-1],
        exprdirs=head.exprdirs[:-1],
        posedirs=head.posedirs[:-1],
        J_regressor=head.J_regressor[:, :-1],
        lbs_weights=head.lbs_weights[:-1],
    )
    with pytest.raises(MismatchError, match="different meshes"):
        Transfer.between(head, cut)
    way = Transfer.between(head, head)
    with pytest.raises(MismatchError, match="expression coefficients"):
        way(FlameParams.zeros(3))
    bad = FlameParams.zeros(head.num_expression).replace(transl=np.array([np.inf, 0, 0]))
    with pytest.raises(InputError, match="transl has values that are not finite"):
        way(bad)
