"""The torch rig against ``Rig.params`` frame by frame, its float64 twin, finite differences, and torch's own tools."""

from __future__ import annotations

import copy
import gc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch.nn", reason="PyTorch is not installed; .ci/torch has it")

import torch

import mp2flame as m2f
import mp2flame.torch as m2t
from mp2flame.base.channels import INDEX, MIRROR
from mp2flame.base.errors import InputError, ShapeError

F64 = torch.float64


@pytest.fixture(scope="module")
def rig() -> m2f.Rig:
    return m2f.Driver().rig


def asked(count: int = 60) -> np.ndarray:
    """Mild faces, faces of a few strong shapes, and everything at once: lids cross, lips cross, cheeks press."""
    rng = np.random.default_rng(0)
    mild = np.abs(rng.normal(0, 0.3, (count, 52)))
    few = rng.random((count, 52)) * (rng.random((count, 52)) < 0.3)
    return np.concatenate([mild, few, rng.random((count, 52))]).clip(0, 1).astype(np.float32)


def hard() -> np.ndarray:
    """One frame for each thing that a face cannot do."""
    rows = {
        "eyeBlinkLeft eyeLookDownLeft eyeSquintLeft cheekSquintLeft": 1.0,
        "eyeBlinkLeft eyeBlinkRight eyeSquintLeft eyeSquintRight browDownLeft browDownRight": 0.9,
        "mouthClose": 1.0,
        "mouthClose jawOpen": 0.7,
        "mouthPressLeft mouthPressRight mouthRollLower mouthRollUpper mouthShrugLower": 1.0,
        "mouthSmileLeft mouthSmileRight mouthLeft mouthStretchLeft mouthUpperUpLeft mouthLowerDownLeft jawOpen": 1.0,
        "browInnerUp browOuterUpLeft browOuterUpRight eyeWideLeft eyeWideRight cheekSquintLeft": 1.0,
        "": 0.0,
    }
    out = np.zeros((len(rows), 52), np.float32)
    for row, (names, amount) in zip(out, rows.items()):
        row[[INDEX[name] for name in names.split()]] = amount
    return out


def test_equal_to_numpy(rig: m2f.Rig) -> None:
    weights = np.concatenate([asked(), hard()])
    got = m2t.Rig(rig, dtype=torch.float32)(torch.tensor(weights)).numpy()
    want = [rig.params(row) for row in weights]  # frame by frame: a batch is settled to .02 mm together
    moved = np.abs(rig.limits(weights) - weights).max(1)
    assert (moved > 0.05).sum() > 30  # limits had something to do
    for name in ("jaw_pose", "eye_pose", "neck_pose", "global_orient", "transl"):
        np.testing.assert_allclose(getattr(got, name), [getattr(p, name) for p in want], atol=1e-6)
    scale = float(np.abs(rig.expression).max())
    np.testing.assert_allclose(got.expression, [p.expression for p in want], atol=1e-5 * scale)


def test_equal_in_float64(rig: m2f.Rig) -> None:
    weights = np.concatenate([asked(30), hard()])
    layer = m2t.Rig(rig, dtype=F64)
    assert layer.limits is not None
    got = layer.limits(torch.tensor(weights, dtype=F64)).numpy()
    want = [rig.limits.settle(row[None].astype(float))[0] for row in weights]
    np.testing.assert_allclose(got, want, atol=1e-10)
    params = layer(torch.tensor(weights, dtype=F64))
    close = got[:, INDEX["mouthClose"], None] ** np.arange(1, 3)
    expression = got @ rig.expression.astype(float) + close @ rig.closing.astype(float)
    np.testing.assert_allclose(params.expression.numpy(), expression, atol=1e-10)
    np.testing.assert_allclose(params.jaw_pose.numpy(), got @ rig.jaw_pose.astype(float), atol=1e-10)


@pytest.mark.parametrize("name", ["lab_head_a", "lab_head_b"])
def test_equal_on_flame_files(name: str, shared: Path) -> None:
    rig = m2f.Driver(shared / "models" / f"{name}.pkl").rig
    weights = np.concatenate([asked(20), hard()])
    got = m2t.Rig(rig, dtype=torch.float32)(torch.tensor(weights)).numpy()
    want = np.stack([rig.params(row).expression for row in weights])
    np.testing.assert_allclose(got.expression, want, atol=1e-5 * float(np.abs(rig.expression).max()))


def test_laws(rig: m2f.Rig) -> None:
    layer = m2t.Rig(rig, dtype=F64)
    weights = torch.tensor(asked(8), dtype=F64)
    whole = layer(weights.reshape(2, 12, 52))
    assert whole.expression.shape == (2, 12, rig.num_expression)
    torch.testing.assert_close(layer(weights[7]).expression, whole.expression[0, 7], atol=1e-12, rtol=0)
    assert layer.limits is not None
    mirrored = layer.limits(weights[:, torch.tensor(MIRROR)])
    torch.testing.assert_close(mirrored, layer.limits(weights)[:, torch.tensor(MIRROR)], atol=1e-9, rtol=0)
    linear = m2t.Rig(rig, limits=False, dtype=F64)
    no_close = weights.clone()
    no_close[:, INDEX["mouthClose"]] = 0
    want = no_close.numpy() @ rig.expression.astype(float)
    np.testing.assert_allclose(linear(no_close).expression.numpy(), want, atol=1e-12)
    assert not layer.state_dict() and m2t.Rig(rig, persistent=True).state_dict()
    with pytest.raises(ShapeError, match="52"):
        layer(torch.zeros(3, 51))


def test_extra_eyelids(rig: m2f.Rig) -> None:
    lids = np.zeros((52, 2), np.float32)
    lids[INDEX["eyeBlinkLeft"], 0] = lids[INDEX["eyeBlinkRight"], 1] = 0.7
    other = replace(rig, eyelids=lids)
    layer = m2t.Rig(other, limits=False, dtype=F64)
    weights = torch.zeros(2, 52, dtype=F64)
    weights[0, INDEX["eyeBlinkRight"]] = 0.5
    eyelids = layer(weights).eyelids
    assert eyelids is not None
    np.testing.assert_allclose(eyelids.numpy(), [[0, 0.35], [0, 0]], atol=1e-7)


@pytest.mark.slow
def test_gradients_are_those_of_finite_differences(rig: m2f.Rig) -> None:
    layer = m2t.Rig(rig, dtype=F64)
    frames = [*asked(2), hard()[2] + 0.003, hard()[0] * 0.93 + 0.01, hard()[4] * 0.97 + 0.002]
    weights = torch.tensor(np.clip(frames, 0.002, 0.998), dtype=F64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda w: layer(w)[:3], weights, eps=1e-7, atol=1e-4)


@pytest.mark.slow
def test_it_is_exported_with_a_free_batch(rig: m2f.Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, count in (("_PASSES", 2), ("_PUSHES", 3)):  # all of them take minutes to write down
        monkeypatch.setattr(f"mp2flame.rig.lid_contact.{name}", count)
    layer = m2t.Rig(rig, dtype=F64)
    weights = torch.tensor(np.concatenate([asked(3), hard()]), dtype=F64)
    program = torch.export.export(
        layer, (weights[:4],), dynamic_shapes={"weights": {0: torch.export.Dim("batch", min=2, max=4096)}}
    )
    for one, two in zip(program.module()(weights)[:3], layer(weights)[:3], strict=True):
        torch.testing.assert_close(one, two, atol=1e-12, rtol=0)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The .grad attribute")  # of the compiler, about itself
def test_it_compiles(rig: m2f.Rig) -> None:
    layer = m2t.Rig(rig, dtype=F64)
    compiled = torch.compile(layer, fullgraph=True)
    weights = torch.tensor(np.concatenate([asked(3), hard()]), dtype=F64, requires_grad=True)
    for one, two in zip(compiled(weights)[:3], layer(weights)[:3], strict=True):
        torch.testing.assert_close(one, two, atol=1e-12, rtol=0)
    (got,) = torch.autograd.grad(compiled(weights).expression.square().sum(), weights)
    (want,) = torch.autograd.grad(layer(weights).expression.square().sum(), weights)
    torch.testing.assert_close(got, want, atol=1e-9, rtol=1e-9)
    copied = copy.deepcopy(layer)
    assert copied._number != layer._number
    del layer, compiled
    gc.collect()
    again = torch.compile(copied, backend="aot_eager", fullgraph=True)  # of itself, not of what is gone
    torch.testing.assert_close(again(weights).expression, copied(weights).expression, atol=1e-12, rtol=0)
    linear = m2t.Rig(rig, limits=False, dtype=F64)
    torch.testing.assert_close(
        torch.compile(linear, backend="aot_eager", fullgraph=True)(weights).expression,
        linear(weights).expression,
    )


@pytest.mark.parametrize(
    ("make", "given", "said"),
    [
        (m2t.Flame, "generic_model.pkl", "load_flame"),
        (m2t.Rig, 3, "Driver"),
        (m2t.Response, None, "estimator"),
    ],
)
def test_what_a_module_is_not_made_from_is_said(make, given, said):
    with pytest.raises(InputError, match=said):
        make(given)
