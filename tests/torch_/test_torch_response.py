"""The torch estimator against the NumPy one on rendered and real faces: equal, or the one or the other has drifted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch.nn", reason="PyTorch is not installed; .ci/torch has it")

import torch

import mp2flame as m2f
import mp2flame.torch as m2t
from mp2flame.base.detection import Detection
from mp2flame.base.errors import ShapeError
from mp2flame.response.neutral import Neutral
from mp2flame.response.tables import FREE
from mp2flame.torch.solve import conjugate, diagonal, nearest_rotation
from pinned import sample

F64 = torch.float64


@pytest.fixture(scope="module")
def estimator() -> m2f.Response:
    return m2f.Driver().estimator


def clip() -> Detection:
    _, take = sample()
    at = take.detected
    return Detection(take.blendshapes[at], take.landmarks[at], None, take.frame(0).image_size)


def pictures() -> Detection:
    known, _ = sample()
    return Detection(known["blendshapes"], known["landmarks"], None, (512, 512))


def exact(estimator: m2f.Response, seen: Detection, neutral: Neutral | None) -> np.ndarray:
    """``Response.__call__`` before it is rounded to float32."""
    fit, view = estimator._fit, estimator._seen(seen)
    person = fit.person(neutral or estimator.people.anyone())
    gaze = estimator._look(view, person)
    out = gaze.copy()
    out[:, FREE] = fit.frames(person, fit.changes(person, view.rows, view.scores, gaze), view.facing)
    return out


def tensors(seen: Detection, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor, tuple[int, int]]:
    return (
        torch.tensor(seen.blendshapes, dtype=dtype),
        torch.tensor(seen.landmarks, dtype=dtype),
        seen.image_size,
    )


@pytest.mark.parametrize("known", ["nobody", "clip", "told"])
@pytest.mark.parametrize("seen", [clip(), pictures()], ids=["clip", "pictures"])
def test_equal_to_numpy(seen: Detection, known: str, estimator: m2f.Response) -> None:
    neutral = {
        "nobody": lambda: None,
        "clip": lambda: estimator.neutral(seen),
        "told": lambda: estimator.told(
            Detection(seen.blendshapes[3], seen.landmarks[3], None, seen.image_size)
        ),
    }[known]()
    want = exact(estimator, seen, neutral)
    np.testing.assert_allclose(
        estimator(seen, neutral), want, atol=1e-6
    )  # what is compared is what is published
    got = m2t.Response(estimator, dtype=F64)(*tensors(seen, F64), neutral)
    np.testing.assert_allclose(got.numpy(), want, atol=1e-10)
    assert (want > 0.05).any(0).sum() > 20
    single = m2t.Response(estimator, dtype=torch.float32)(*tensors(seen, torch.float32), neutral)
    np.testing.assert_allclose(single.numpy(), want, atol=1e-5)


def test_equal_on_the_lab_set(shared: Path, lab_head_a: Path) -> None:
    estimator = m2f.Driver(lab_head_a).estimator
    with np.load(shared / "data" / "lab" / "test.npz") as data:
        seen = Detection(data["blendshapes"], data["landmarks"], None, (512, 512))
    neutral = estimator.neutral(seen)
    want = exact(estimator, seen, neutral)
    got = m2t.Response(estimator, dtype=F64)(*tensors(seen, F64), neutral)
    np.testing.assert_allclose(got.numpy(), want, atol=1e-10)
    single = m2t.Response(estimator, dtype=torch.float32)(*tensors(seen, torch.float32), neutral)
    np.testing.assert_allclose(single.numpy(), want, atol=1e-5)


def test_scores_alone(estimator: m2f.Response) -> None:
    seen = clip()
    scores = Detection(seen.blendshapes)
    layer = m2t.Response(estimator, dtype=torch.float32)
    given = torch.tensor(seen.blendshapes)
    np.testing.assert_allclose(layer(given).numpy(), estimator(scores), atol=1e-5)
    neutral = estimator.neutral(scores)
    np.testing.assert_allclose(layer(given, neutral=neutral).numpy(), estimator(scores, neutral), atol=1e-5)
    with_landmarks = estimator.told(seen)
    rest = layer.rest(with_landmarks, given)
    want = estimator(scores, with_landmarks)
    np.testing.assert_allclose(layer(given, neutral=rest).numpy(), want, atol=1e-5)


def test_one_resting_face_a_frame(estimator: m2f.Response) -> None:
    """A batch of several people is what each gets alone."""
    seen, layer = clip(), m2t.Response(estimator, dtype=F64)
    scores, landmarks, size = (x[:6] if isinstance(x, torch.Tensor) else x for x in tensors(seen, F64))
    people = [estimator.told(seen[i]) if i % 2 else estimator.neutral(seen[i : i + 9]) for i in range(6)]
    together = m2t.Rest(*(torch.stack(x) for x in zip(*(layer.rest(one, scores) for one in people))))
    got = layer(scores, landmarks, torch.tensor(size, dtype=F64).expand(6, 2), together)
    for i, one in enumerate(people):
        torch.testing.assert_close(got[i], layer(scores[i], landmarks[i], size, one), atol=1e-12, rtol=0)
    again = layer(scores.reshape(2, 3, 52), landmarks.reshape(2, 3, 478, 3), size, people[0])
    torch.testing.assert_close(
        again[1, 2], layer(scores[5], landmarks[5], size, people[0]), atol=1e-12, rtol=0
    )


def test_gradients_are_those_of_finite_differences(estimator: m2f.Response) -> None:
    layer = m2t.Response(estimator, dtype=F64)
    scores, landmarks, size = tensors(clip()[10:13], F64)
    # where a score is 0 its clip has a corner; away from it
    scores = (0.98 * scores + 0.01).requires_grad_()
    landmarks.requires_grad_()
    rest = layer.rest(estimator.neutral(clip()), scores)
    moving = (rest.rows.clone().requires_grad_(), rest.scores.clone().requires_grad_())

    def weights(s: torch.Tensor, p: torch.Tensor, rows: torch.Tensor, at_rest: torch.Tensor) -> torch.Tensor:
        return layer(s, p, size, rest._replace(rows=rows, scores=at_rest))

    assert torch.autograd.gradcheck(
        weights, (scores, landmarks, *moving), eps=1e-7, fast_mode=True, atol=1e-4
    )
    assert torch.autograd.gradcheck(layer, scores, eps=1e-7, fast_mode=True)


def test_from_scores_and_landmarks_to_vertices(estimator: m2f.Response) -> None:
    driver = m2f.Driver()
    head, rig, response = (
        m2t.Flame(driver.model, dtype=F64), m2t.Rig(driver.rig, dtype=F64), m2t.Response(driver.estimator, dtype=F64),
    )  # fmt: skip
    seen = clip()
    scores, landmarks, size = tensors(seen, F64)
    landmarks.requires_grad_()
    scores.requires_grad_()
    vertices = head(*rig(response(scores, landmarks, size)))
    want = driver.vertices(driver.params_from_weights(driver.estimator(seen)))
    np.testing.assert_allclose(vertices.detach().numpy(), want, atol=2e-6)
    vertices.square().mean().backward()
    assert landmarks.grad is not None and scores.grad is not None
    assert landmarks.grad.isfinite().all() and scores.grad.isfinite().all()
    assert landmarks.grad.abs().amax((1, 2)).min() > 0 and scores.grad.abs().amax(1).min() > 0


def test_it_is_exported(estimator: m2f.Response) -> None:
    layer = m2t.Response(estimator, dtype=F64)
    scores, landmarks, size = tensors(clip(), F64)
    size = torch.tensor([size], dtype=F64)
    batch = torch.export.Dim("batch", min=2, max=4096)
    program = torch.export.export(
        layer, (scores[:4], landmarks[:4], size),
        dynamic_shapes={"scores": {0: batch}, "landmarks": {0: batch}, "image_size": None},
    )  # fmt: skip
    got = program.module()(scores, landmarks, size)
    torch.testing.assert_close(got, layer(scores, landmarks, size), atol=1e-10, rtol=0)


@pytest.mark.slow
def test_it_compiles(estimator: m2f.Response) -> None:
    layer = m2t.Response(estimator, dtype=F64)
    scores, landmarks, size = tensors(clip()[:5], F64)
    size = torch.tensor([size], dtype=F64)
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(
        compiled(scores, landmarks, size), layer(scores, landmarks, size), atol=1e-10, rtol=0
    )


def test_nearest_rotation() -> None:
    """That of an SVD, for flat and mirrored points too, with its gradient where two singular values are the same."""
    rng = np.random.default_rng(0)
    moments = rng.normal(size=(50, 3, 3))
    moments[:10, 2] *= 1e-6
    u, _, vt = np.linalg.svd(moments)
    u[..., 2] *= np.linalg.det(u @ vt)[:, None]
    np.testing.assert_allclose(nearest_rotation(torch.tensor(moments)).numpy(), u @ vt, atol=1e-9)
    same = torch.diag(torch.tensor([2.0, 2.0, 1.0], dtype=F64))[None].requires_grad_()
    assert torch.autograd.gradcheck(nearest_rotation, same)


def test_solving_with_nothing_but_products(estimator: m2f.Response) -> None:
    """Conjugate gradients of fixed length are the solution, whichever weights are held, in float32 too."""
    rng = np.random.default_rng(0)
    level = m2t.Response(estimator, dtype=F64)
    for dtype, close in ((torch.float32, 2e-6), (F64, 1e-6)):
        hessian = level.hessian.to(dtype)
        inverse = torch.linalg.inv(level.hessian).to(dtype)
        for share in (0.0, 0.3, 0.6, 0.9, 1.0):
            free = torch.tensor(rng.random(hessian.shape[:2]) >= share).to(dtype)
            right = torch.tensor(rng.normal(size=free.shape)).to(dtype) * free
            both = free[:, :, None] * free[:, None, :]
            system = hessian * both + diagonal(1 - free)
            got = conjugate(hessian, inverse, right, free, torch.zeros_like(free))
            torch.testing.assert_close(got, torch.linalg.solve(system, right), atol=close, rtol=0)


def test_the_inverse_for_every_tie(estimator: m2f.Response) -> None:
    layer = m2t.Response(estimator, dtype=F64)
    for often in (0.0, 1 / 0.033, 1000.0):
        inverse = (layer.basis / (layer.stiffness + often)[:, None]) @ layer.basis.transpose(1, 2)
        whole = layer.hessian + diagonal(often * layer.tie.expand(len(inverse), -1))
        torch.testing.assert_close(
            inverse @ whole, torch.eye(43, dtype=F64).expand_as(whole), atol=1e-9, rtol=0
        )


def test_wrong_shapes_are_named(estimator: m2f.Response) -> None:
    layer = m2t.Response(estimator)
    assert not layer.state_dict()
    with pytest.raises(ShapeError, match="scores must be"):
        layer(torch.zeros(3, 51))
    with pytest.raises(ShapeError, match="landmarks must be"):
        layer(torch.zeros(52), torch.zeros(468, 3), (512, 512))
    with pytest.raises(ShapeError, match="do not go with"):
        layer(torch.zeros(2, 52), torch.zeros(3, 478, 3), (512, 512))
