"""The forward pass against a slow reference, stored vertices, body-models, and the laws it must keep."""

from __future__ import annotations

import pickle
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from flame_samples import sample
from mp2flame.base.errors import InputError, ShapeError
from mp2flame.base.rotations import axis_angle_to_matrix
from mp2flame.base.values import FlameParams
from mp2flame.flame import FlameModel, load_flame
from mp2flame.flame import model as model_module

PARENTS = (-1, 0, 1, 1, 1)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MP2FLAME_CACHE", str(tmp_path_factory.mktemp("cache")))


def small(seed: int = 0, **changes: np.ndarray) -> FlameModel:
    c = sample(24, seed=seed)
    arrays = {
        "v_template": c["v_template"],
        "faces": c["f"],
        "shapedirs": c["shapedirs"][:, :, :10],
        "exprdirs": c["shapedirs"][:, :, 10:],
        "posedirs": c["posedirs"],
        "J_regressor": c["J_regressor"],
        "lbs_weights": c["weights"],
    }
    return FlameModel(**(arrays | changes))


def reference(
    model: FlameModel, betas: np.ndarray, expression: np.ndarray, pose: np.ndarray, transl: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """FLAME section 3 written out, one vertex and one joint at a time, float64: vertices and joints."""
    shaped = model.v_template.astype(float)
    for k, b in enumerate(betas):
        shaped = shaped + model.shapedirs[:, :, k].astype(float) * float(b)
    for k, e in enumerate(expression):
        shaped = shaped + model.exprdirs[:, :, k].astype(float) * float(e)
    rest = model.J_regressor.astype(float) @ shaped
    local = [axis_angle_to_matrix(p.astype(float)) for p in pose]
    feature = np.concatenate([(r - np.eye(3)).reshape(-1) for r in local[1:]])
    posed = shaped + sum(model.posedirs[:, :, k].astype(float) * feature[k] for k in range(36))
    world: list[np.ndarray] = []
    for j, parent in enumerate(PARENTS):
        step = np.eye(4)
        step[:3, :3] = local[j]
        step[:3, 3] = rest[j] - (rest[parent] if parent >= 0 else 0)
        world.append(step if parent < 0 else world[parent] @ step)
    joints = np.array([w[:3, 3] for w in world]) + transl
    out = np.zeros_like(posed)
    for v in range(len(posed)):
        for j in range(5):
            point = world[j][:3, :3] @ (posed[v] - rest[j]) + world[j][:3, 3]
            out[v] += float(model.lbs_weights[v, j]) * point
    return out + transl, joints


def inputs(model: FlameModel, n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r = np.random.default_rng(seed)
    e = r.normal(0, 1, (n, model.num_expression)).astype("f4")
    return e, r.normal(0, 0.5, (n, 5, 3)).astype("f4"), r.normal(0, 0.3, (n, 3)).astype("f4")


@pytest.mark.parametrize("rest", [(), (0,), (1, 3, 4), (2,), (0, 1, 2, 3, 4), (1, 2)])
def test_against_the_written_out_model(rest: tuple[int, ...]) -> None:
    model = small()
    betas = np.random.default_rng(5).normal(0, 1, 7)
    forward = model.prepare(betas)
    e, p, t = inputs(model, 6)
    p[:, list(rest)] = 0
    batch, joints = forward(e, p, t), forward.joints(e, p, t)
    assert batch.dtype == joints.dtype == np.float32
    for i in range(6):
        vertices, places = reference(model, betas, e[i], p[i], t[i])
        np.testing.assert_allclose(batch[i], vertices, atol=5e-7)
        np.testing.assert_allclose(forward(e[i], p[i], t[i]), vertices, atol=5e-7)
        np.testing.assert_allclose(joints[i], places, atol=5e-7)
        np.testing.assert_allclose(forward.joints(e[i], p[i], t[i]), places, atol=5e-7)


def test_defaults_batches_and_params_agree() -> None:
    model = small()
    forward = model.prepare(num_expression=9)
    e, p, t = inputs(model, 12)
    e = e[:, :9]
    full = forward(e, p, t)
    np.testing.assert_allclose(
        forward(e.reshape(3, 4, 9), p.reshape(3, 4, 5, 3), t.reshape(3, 4, 3)),
        full.reshape(3, 4, -1, 3),
        atol=1e-7,
    )
    for few in (1, 2, 3):
        np.testing.assert_allclose(forward(e[:few], p[:few], t[:few]), full[:few], atol=2e-7)
    assert forward(e[:0], p[:0], t[:0]).shape == (0, model.num_vertices, 3)
    params = FlameParams(
        expression=e,
        global_orient=p[:, 0],
        neck_pose=p[:, 1],
        jaw_pose=p[:, 2],
        eye_pose=p[:, 3:].reshape(-1, 6),
        transl=t,
    )
    np.testing.assert_array_equal(forward.forward_params(params), full)
    np.testing.assert_array_equal(forward(e), forward(e, np.zeros_like(p), np.zeros_like(t)))
    np.testing.assert_allclose(forward(np.zeros(9)), model.v_template, atol=1e-7)


def test_laws() -> None:
    model = small()
    forward = model.prepare()
    e, p, t = inputs(model, 2)
    moved = forward(e, p, t + np.float32(0.25))
    np.testing.assert_allclose(moved, forward(e, p, t) + 0.25, atol=3e-7)
    # turning the root turns the whole head about the root joint
    turned = p.copy()
    p[:, 0], turned[:, 0] = 0, (0.3, -0.2, 0.4)
    still, joints = forward(e, p), forward.joints(e, p)
    root = joints[:, :1]
    expected = (still - root) @ axis_angle_to_matrix(np.array([0.3, -0.2, 0.4])).T + root
    np.testing.assert_allclose(forward(e, turned), expected, atol=5e-7)
    # at rest, expression adds
    a, b, zero = forward(e[0]), forward(e[1]), forward(np.zeros_like(e[0]))
    np.testing.assert_allclose(forward(e[0] + e[1]) - zero, (a - zero) + (b - zero), atol=5e-7)


def test_chunks_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small()
    e, p, t = inputs(model, 23)
    whole = model.prepare()(e, p, t)
    monkeypatch.setattr(model_module, "CHUNK", 5)
    np.testing.assert_allclose(model.prepare()(e, p, t), whole, atol=2e-7)


def test_unused_columns_are_left_out_and_change_nothing() -> None:
    model = small()
    dirs = model.exprdirs.copy()
    dirs[:, :, [3, 7, 8]] = 0
    e, p, t = inputs(model, 3)
    forward = small(exprdirs=dirs).prepare()
    assert forward.num_expression == 14
    for i in range(3):
        expected, _ = reference(small(exprdirs=dirs), np.zeros(0), e[i], p[i], t[i])
        np.testing.assert_allclose(forward(e[i], p[i], t[i]), expected, atol=5e-7)
    none = small(exprdirs=np.zeros_like(dirs), posedirs=np.zeros_like(model.posedirs)).prepare()
    assert none(e[0], p[0], t[0]).shape == (24, 3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite_is_refused(bad: float) -> None:
    forward = small().prepare()
    for n in (None, 2, 9):
        shape = () if n is None else (n,)
        for which in range(3):
            args = [np.zeros((*shape, 14)), np.zeros((*shape, 5, 3)), np.zeros((*shape, 3))]
            args[which].reshape(-1)[-1] = bad
            with pytest.raises(InputError, match="finite"):
                forward(*args)
    with pytest.raises(InputError, match="finite"):
        small().prepare([bad])
    assert np.isfinite(forward(np.full(14, 1e-30))).all()


def test_large_values_are_not_taken_for_infinite() -> None:
    forward = small().prepare()
    with np.errstate(over="ignore"):
        assert np.isfinite(forward(np.zeros(14), None, np.full(3, 1e25))).all()


@pytest.mark.parametrize(
    "args",
    [
        (np.zeros(13),),
        (np.zeros(()),),
        (np.zeros((2, 15)),),
        (np.zeros(14), np.zeros(15)),
        (np.zeros(14), np.zeros((5, 4))),
        (np.zeros((2, 14)), np.zeros((3, 5, 3))),
        (np.zeros((2, 14)), np.zeros((5, 3))),
        (np.zeros(14), None, np.zeros(4)),
        ([[0.0] * 14, [0.0] * 13],),
    ],
)
def test_wrong_shapes_are_named(args: tuple) -> None:
    with pytest.raises(ShapeError):
        small().prepare()(*args)


def test_wrong_kinds_are_named() -> None:
    forward = small().prepare()
    for value in (["a"] * 14, np.array([None] * 14), np.zeros(14, complex)):
        with pytest.raises(InputError, match="numbers"):
            forward(value)
    with pytest.raises(ShapeError, match="10 identity"):
        small().prepare(np.zeros(11))
    with pytest.raises(ShapeError):
        small().prepare(np.zeros((2, 10)))
    with pytest.raises(InputError, match="14 expression"):
        small().prepare(num_expression=15)
    with pytest.raises(ShapeError, match="lbs_weights"):
        small(lbs_weights=np.zeros((24, 4)))
    with pytest.raises(InputError, match="parents"):
        small(parents=np.array([-1, 0, 1, 2, 3]))


def test_inputs_are_left_alone_and_outputs_are_new() -> None:
    forward = small().prepare()
    e, p, t = inputs(small(), 8)
    copies = e.copy(), p.copy(), t.copy()
    first = forward(e[0], p[0], t[0])
    kept = first.copy()
    forward(e, p, t)
    forward(e[1], p[1], t[1])
    np.testing.assert_array_equal(first, kept)
    for a, b in zip((e, p, t), copies):
        np.testing.assert_array_equal(a, b)


def test_threads_do_not_disturb_each_other_and_it_pickles() -> None:
    model = small()
    forward = model.prepare()
    e, p, t = inputs(model, 40)
    expected = [forward(e[i], p[i], t[i]) for i in range(40)]
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(50):
            if not np.array_equal(forward(e[i], p[i], t[i]), expected[i]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    again = pickle.loads(pickle.dumps(forward))
    np.testing.assert_array_equal(again(e[0], p[0], t[0]), expected[0])


def test_memory_of_a_large_batch_is_its_output() -> None:
    model = small()
    forward = model.prepare()
    e, p, t = inputs(model, 8_000)
    forward(e[:300], p[:300], t[:300])
    tracemalloc.start()
    out = forward(e, p, t)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < out.nbytes + 1e6


# --- real size ------------------------------------------------------------------------------------------


def test_stored_vertices(shared: Path, lab_head_a: Path) -> None:
    model = load_flame(lab_head_a)
    with np.load(shared / "reference" / "flame_forward_expected.npz") as z:
        for i in range(len(z["vertices"])):
            forward = model.prepare(z["betas"][i])
            args = z["expression"][i], z["pose"][i], z["transl"][i]
            np.testing.assert_allclose(forward(*args), z["vertices"][i], atol=1e-6)
            batch = forward(*(np.repeat(a[None], 5, axis=0) for a in args))
            np.testing.assert_allclose(batch, np.repeat(z["vertices"][i][None], 5, axis=0), atol=1e-6)


def test_body_models_agree(shared: Path, lab_head_a: Path, tmp_path: Path) -> None:
    flame = pytest.importorskip("body_models.flame.numpy").FLAME
    model = load_flame(lab_head_a)
    path = tmp_path / "head.npz"
    np.savez(
        path,
        v_template=model.v_template,
        f=model.faces,
        weights=model.lbs_weights,
        shapedirs=np.concatenate([model.shapedirs, model.exprdirs], 2),
        posedirs=model.posedirs,
        J_regressor=model.J_regressor,
        kintree_table=np.array([[-1, 0, 1, 1, 1], [0, 1, 2, 3, 4]]),
    )
    other = flame(model_path=path)
    r = np.random.default_rng(3)
    betas = r.normal(0, 1, 300).astype("f4")
    e, p, t = inputs(model, 4)
    ours = model.prepare(betas)(e, p, t)
    for i in range(4):
        theirs = other.forward_vertices(
            head_pose=p[i, 1:], head_rotation=p[i, 0], shape=betas, expression=e[i], global_translation=t[i]
        )
        np.testing.assert_allclose(ours[i], np.asarray(theirs), atol=1e-6)
