"""The torch head against NumPy, the written-out model, smplx, finite differences, and what torch itself can do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch.nn", reason="PyTorch is not installed; .ci/torch has it")

import torch

import mp2flame.torch as m2t
from flame_samples import sample
from mp2flame.base.errors import InputError, ShapeError
from mp2flame.base.rotations import axis_angle_to_matrix
from mp2flame.base.values import FlameParams
from mp2flame.flame import FlameModel, load_flame
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.landmarks import embedding_for
from mp2flame.torch.rotations import axis_angle_to_matrix as to_matrix

F64 = torch.float64
WIDTHS = {"jaw_pose": 3, "eye_pose": 6, "neck_pose": 3, "global_orient": 3, "transl": 3}


@pytest.fixture(scope="module")
def head() -> FlameModel:
    """The built-in head with some identity directions, which it has none of."""
    model = builtin_head()
    shapedirs = np.random.default_rng(7).normal(0, 1e-3, (model.num_vertices, 3, 12))
    return replace(model, shapedirs=shapedirs)


def drawn(model: FlameModel, *batch: int, seed: int = 0) -> FlameParams:
    rng = np.random.default_rng(seed)
    turns = {name: rng.normal(0, 0.3, (*batch, width)) for name, width in WIDTHS.items()}
    return FlameParams(expression=rng.normal(0, 1, (*batch, model.num_expression)), **turns)


def written_out(model: FlameModel, params: FlameParams, betas: np.ndarray) -> np.ndarray:
    """FLAME's section 3 in float64, one frame and one joint at a time."""
    out = []
    for p in params:
        shaped = model.v_template + model.shapedirs.astype(float) @ betas.astype(float)
        shaped = shaped + model.exprdirs.astype(float) @ p.expression.astype(float)
        rest = model.J_regressor.astype(float) @ shaped
        local = axis_angle_to_matrix(p.pose.astype(float))
        posed = shaped + model.posedirs.astype(float) @ (local[1:] - np.eye(3)).reshape(-1)
        world: list[np.ndarray] = []
        for j, parent in enumerate(model.parents.tolist()):
            step = np.eye(4)
            step[:3, :3], step[:3, 3] = local[j], rest[j] - (rest[parent] if parent >= 0 else 0)
            world.append(step if parent < 0 else world[parent] @ step)
        vertices = np.zeros_like(posed)
        for j, transform in enumerate(world):
            moved = (posed - rest[j]) @ transform[:3, :3].T + transform[:3, 3]
            vertices += model.lbs_weights[:, j, None].astype(float) * moved
        out.append(vertices + p.transl.astype(float))
    return np.array(out)


def test_equal_to_numpy(head: FlameModel) -> None:
    params = drawn(head, 37)
    layer = m2t.Flame(head, dtype=torch.float32)
    got = layer(*m2t.Params.of(params, dtype=torch.float32))
    want = head.prepare().forward_params(params)
    np.testing.assert_allclose(got.numpy(), want, atol=1e-5)
    points = embedding_for(head).landmarks(want)
    np.testing.assert_allclose(layer.landmarks_of(got).numpy(), points, atol=1e-5)
    np.testing.assert_allclose(layer.landmarks(*m2t.Params.of(params)).numpy(), points, atol=1e-5)
    joints = head.prepare().joints(params.expression, params.pose, params.transl)
    np.testing.assert_allclose(layer.joints(*m2t.Params.of(params)).numpy(), joints, atol=1e-5)


def test_equal_to_the_written_out_model_in_float64(head: FlameModel) -> None:
    params, rng = drawn(head, 19), np.random.default_rng(3)
    betas = rng.normal(0, 1, head.num_betas)
    layer = m2t.Flame(head, dtype=F64)
    given = m2t.Params.of(params, dtype=F64)
    want = written_out(head, params, betas)
    np.testing.assert_allclose(layer(*given, betas=torch.tensor(betas)).numpy(), want, atol=1e-10)
    many = torch.tensor(betas).expand(19, -1)
    np.testing.assert_allclose(layer(*given, betas=many).numpy(), want, atol=1e-10)
    few = betas * (np.arange(len(betas)) < 4)
    got = layer(*given, betas=torch.tensor(betas[:4]))
    np.testing.assert_allclose(got.numpy(), written_out(head, params, few), atol=1e-10)


def test_any_batch_shape(head: FlameModel) -> None:
    layer = m2t.Flame(head, dtype=F64)
    params = drawn(head, 2, 3)
    whole = m2t.Params.of(params, dtype=F64)
    vertices = layer(*whole)
    assert vertices.shape == (2, 3, head.num_vertices, 3)
    torch.testing.assert_close(layer(*(x[1, 2] for x in whole[:6])), vertices[1, 2], atol=1e-12, rtol=0)
    # what has fewer axes goes with all: one turn of the head, one identity, many expressions
    turned = layer(
        whole.expression, global_orient=whole.global_orient[0, 0], betas=torch.ones(1, 3, 5, dtype=F64)
    )
    again = layer(
        whole.expression[1, 1], global_orient=whole.global_orient[0, 0], betas=torch.ones(5, dtype=F64)
    )
    torch.testing.assert_close(turned[1, 1], again, atol=1e-12, rtol=0)
    assert layer(whole.expression[:0]).shape == (0, 3, head.num_vertices, 3)
    assert layer.landmarks(whole.expression).shape == (2, 3, 478, 3)


def test_columns_that_are_zero_change_nothing() -> None:
    c = sample(24)
    c["shapedirs"][:, :, 12] = 0
    c["posedirs"][:, :, 18:] = 0
    model = FlameModel(
        v_template=c["v_template"], faces=c["f"], shapedirs=c["shapedirs"][:, :, :10], exprdirs=c["shapedirs"][:, :, 10:],
        posedirs=c["posedirs"], J_regressor=c["J_regressor"], lbs_weights=c["weights"],
        embedding=embedding_of(24),
    )  # fmt: skip
    params = drawn(model, 5)
    got = m2t.Flame(model, dtype=F64)(*m2t.Params.of(params, dtype=F64)).numpy()
    np.testing.assert_allclose(got, written_out(model, params, np.zeros(10)), atol=1e-10)


def embedding_of(vertices: int):
    from mp2flame.flame.landmarks import Embedding

    corners = np.random.default_rng(0).integers(0, vertices, (478, 3))
    return Embedding(np.zeros(478, int), np.full((478, 3), 1 / 3), corners)


def test_gradients_are_those_of_finite_differences(head: FlameModel) -> None:
    layer = m2t.Flame(head, num_expression=6, num_betas=4, dtype=F64)
    torch.manual_seed(0)
    shapes = {"expression": 6, "jaw_pose": 3, "eye_pose": 6, "neck_pose": 3, "global_orient": 3, "transl": 3}
    inputs = [0.3 * torch.randn(2, width, dtype=F64) for width in shapes.values()]
    inputs[1][0] = 0  # a joint at rest has a gradient too
    inputs = [x.requires_grad_() for x in (*inputs, 0.3 * torch.randn(2, 4, dtype=F64))]

    def points(*given: torch.Tensor) -> torch.Tensor:
        return layer.landmarks(*given[:6], betas=given[6])

    assert torch.autograd.gradcheck(points, inputs, fast_mode=True)

    def mean(*given: torch.Tensor) -> torch.Tensor:
        return layer(*given[:6], betas=given[6]).square().mean((-1, -2))

    assert torch.autograd.gradcheck(mean, inputs)


def test_rotations_are_smooth_at_zero() -> None:
    small = torch.tensor(np.random.default_rng(0).normal(size=(50, 3)) * np.logspace(-9, 1, 50)[:, None])
    np.testing.assert_allclose(to_matrix(small).numpy(), axis_angle_to_matrix(small.numpy()), atol=2e-15)
    at_zero = torch.zeros(1, 3, dtype=F64, requires_grad=True)
    assert torch.autograd.gradcheck(to_matrix, at_zero)
    assert torch.autograd.gradgradcheck(to_matrix, at_zero)


@pytest.mark.parametrize("name", ["lab_head_a", "lab_head_b"])
def test_equal_to_smplx(name: str, shared: Path, tmp_path: Path) -> None:
    pytest.importorskip("smplx", reason="smplx is not installed; .ci/torch has it")
    from torch_heads import smplx_layer

    model = load_flame(shared / "models" / f"{name}.pkl")
    layer, theirs = m2t.Flame(model, dtype=F64), smplx_layer(model, tmp_path, F64, 8)
    params = m2t.Params.of(drawn(model, 8), dtype=F64)
    betas = torch.randn(8, 10, dtype=F64, generator=torch.Generator().manual_seed(0))
    vertices, points = theirs(*params[:6], betas)
    got = layer(*params, betas=betas)
    # smplx adds 1e-8 to an axis-angle vector before it takes its length
    torch.testing.assert_close(got, vertices, atol=1e-7, rtol=0)
    torch.testing.assert_close(layer.landmarks(*params, betas=betas), points, atol=1e-7, rtol=0)


def test_a_checkpoint_holds_no_licensed_array(head: FlameModel) -> None:
    assert not m2t.Flame(head).state_dict()
    kept = m2t.Flame(head, persistent=True).state_dict()
    assert kept["mesh.template"].numel() == 3 * head.num_vertices
    other = m2t.Flame(head, persistent=True)
    other.mesh.template.zero_()
    other.load_state_dict(kept)
    assert torch.equal(other.mesh.template, kept["mesh.template"])


def test_it_moves_like_any_module(head: FlameModel) -> None:
    layer = m2t.Flame(head, dtype=torch.float32).to(F64)
    assert layer(torch.zeros(head.num_expression, dtype=F64)).dtype == F64
    assert layer.to("meta")(torch.zeros(3, head.num_expression, device="meta", dtype=F64)).is_meta
    half = m2t.Flame(head, dtype=torch.bfloat16)
    assert half(torch.zeros(2, head.num_expression, dtype=torch.bfloat16)).dtype == torch.bfloat16


def test_it_is_exported_with_a_free_batch(head: FlameModel) -> None:
    layer = m2t.Flame(head, num_expression=20, dtype=F64)
    arguments = tuple(torch.randn(4, width, dtype=F64) * 0.2 for width in (20, 3, 6, 3, 3, 3))
    batch = torch.export.Dim("batch", min=2, max=4096)
    names = ("expression", "jaw_pose", "eye_pose", "neck_pose", "global_orient", "transl")
    program = torch.export.export(layer, arguments, dynamic_shapes={name: {0: batch} for name in names})
    many = tuple(torch.randn(33, x.shape[1], dtype=F64) * 0.2 for x in arguments)
    torch.testing.assert_close(program.module()(*many), layer(*many), atol=1e-12, rtol=0)


@pytest.mark.slow
def test_it_compiles(head: FlameModel) -> None:
    layer = m2t.Flame(head, num_expression=20, dtype=F64)
    compiled = torch.compile(layer, fullgraph=True)
    e = (0.3 * torch.randn(5, 20, dtype=F64)).requires_grad_()
    jaw = torch.randn(5, 3, dtype=F64) * 0.2
    torch.testing.assert_close(compiled(e, jaw), layer(e, jaw), atol=1e-12, rtol=0)
    (one,) = torch.autograd.grad(compiled(e, jaw).square().sum(), e)
    (two,) = torch.autograd.grad(layer(e, jaw).square().sum(), e)
    torch.testing.assert_close(one, two, atol=1e-10, rtol=1e-10)


def test_wrong_shapes_are_named(head: FlameModel) -> None:
    layer, e = m2t.Flame(head), torch.zeros(2, head.num_expression)
    with pytest.raises(ShapeError, match="expression must end in"):
        layer(torch.zeros(2, 7))
    with pytest.raises(ShapeError, match="jaw_pose must end in 3"):
        layer(e, torch.zeros(2, 4))
    with pytest.raises(ShapeError, match="betas must end in at most"):
        layer(e, betas=torch.zeros(head.num_betas + 1))
    with pytest.raises(ShapeError, match=r"do not go together.*jaw_pose \(3, 3\)"):
        layer(e, torch.zeros(3, 3))
    with pytest.raises(ShapeError, match="vertices must be"):
        layer.landmarks_of(torch.zeros(7, 3))
    with pytest.raises(InputError, match="num_betas"):
        m2t.Flame(head, num_betas=10_000)
