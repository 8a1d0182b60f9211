"""Laws of the estimator: the mirror, one's own rest, a batch and its frames, what was put in comes back."""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from mp2flame.base.channels import INDEX, MIRROR
from mp2flame.base.detection import Detection
from mp2flame.base.errors import InputError, NoFaceError
from mp2flame.drive.driver import Driver
from mp2flame.flame.landmarks import embedding_for
from mp2flame.observe.head_frame import mirror_landmarks
from mp2flame.response.fit import bounded
from mp2flame.response.gaze import Gaze
from mp2flame.response.profile import Profile
from mp2flame.response.response import Response
from mp2flame.response.tables import FREE, default_tables

SIZE = (512, 512)
RNG = np.random.default_rng(11)
DATA = importlib.resources.files("mp2flame") / "base" / "data"


@pytest.fixture(scope="module")
def driver() -> Driver:
    return Driver()


@pytest.fixture(scope="module")
def response(driver: Driver) -> Response:
    return driver.estimator


def drawn(driver: Driver, weights: np.ndarray, noise: float = 0.0) -> Detection:
    """What a perfect detector would see of the built-in head with these weights, straight ahead; its scores are the
    weights."""
    vertices = driver.vertices(driver.params_from_weights(weights))
    points = embedding_for(driver.model).landmarks(vertices).astype(np.float64)
    points += noise * np.random.default_rng(7).normal(size=points.shape)  # the same whatever ran before
    x, y, z = np.moveaxis(points - np.array([0, -0.03, 0.03]), -1, 0)
    seen = np.stack([0.5 + 3 * x, 0.5 - 3 * y, -3 * z], -1)
    return Detection(weights, seen.astype(np.float32), None, SIZE)


def faces(count: int = 12) -> np.ndarray:
    """Mild faces of a few shapes each."""
    weights = np.zeros((count, 52), np.float32)
    for row in weights:
        row[RNG.choice(FREE, 4, replace=False)] = RNG.uniform(0.2, 0.7, 4)
    return weights


def mirrored(seen: Detection) -> Detection:
    assert seen.landmarks is not None
    points = seen.landmarks[..., mirror_landmarks(), :].copy()
    points[..., 0] = 1 - points[..., 0]
    return Detection(seen.blendshapes[..., MIRROR], points, None, seen.image_size)


def test_mirrored_faces_have_mirrored_weights(driver: Driver, response: Response) -> None:
    seen = drawn(driver, faces(), noise=3e-4)
    np.testing.assert_allclose(response(mirrored(seen)), response(seen)[:, MIRROR], atol=1e-5)
    neutral, other = response.neutral(seen), response.neutral(mirrored(seen))
    np.testing.assert_allclose(response(mirrored(seen), other), response(seen, neutral)[:, MIRROR], atol=1e-4)
    scores, flipped = Detection(seen.blendshapes), Detection(seen.blendshapes[:, MIRROR])
    np.testing.assert_allclose(response(flipped), response(scores)[:, MIRROR], atol=1e-6)


def test_ones_own_rest_is_rest(driver: Driver, response: Response) -> None:
    """Whatever the face of a profile looks like, that face is neutral."""
    strange = drawn(driver, faces(1)[0], noise=2e-3)
    assert response(strange, response.told(strange))[FREE].max() < 0.02  # lids are scaled: nearly
    profile = Profile.from_neutral(strange.blendshapes, landmarks=strange.landmarks, image_size=SIZE)
    assert driver.response(strange, profile=profile)[FREE].max() < 0.05


def test_a_batch_is_its_frames(driver: Driver, response: Response) -> None:
    seen = drawn(driver, faces(6), noise=3e-4)
    one_by_one = np.stack([response(frame) for frame in seen])
    np.testing.assert_allclose(response(seen), one_by_one, atol=1e-5)
    assert seen.landmarks is not None
    grid = Detection(seen.blendshapes.reshape(2, 3, 52), seen.landmarks.reshape(2, 3, 478, 3), None, SIZE)
    np.testing.assert_allclose(response(grid).reshape(6, 52), one_by_one, atol=1e-5)
    assert response(seen[:0]).shape == (0, 52)


STRONG = (
    "jawOpen",
    "mouthSmileLeft",
    "eyeBlinkRight",
    "browInnerUp",
    "mouthPucker",
    "mouthLeft",
    "browDownLeft",
)


@pytest.mark.parametrize("name", STRONG)
def test_what_the_head_shows_is_found_again(driver: Driver, response: Response, name: str) -> None:
    """A strong shape, with the head's own rest known: it is found, and hardly anything else."""
    rest = response.told(drawn(driver, np.zeros(52, np.float32)))
    weights = np.zeros(52, np.float32)
    weights[INDEX[name]] = 0.6
    found = response(drawn(driver, weights), rest)
    assert found[INDEX[name]] == pytest.approx(0.6, abs=0.25)
    assert np.sort(found)[-2] < 0.3


def test_a_neutral_is_never_refused_and_gets_surer(driver: Driver, response: Response) -> None:
    grinning = np.zeros((90, 52), np.float32)
    grinning[:, [INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]]] = 0.7
    seen = drawn(driver, grinning, noise=2e-4)
    short, long = response.neutral(seen[:3]).meta(), response.neutral(seen).meta()
    assert 0 < short["sure"] < long["sure"] < 1
    resting = response.neutral(drawn(driver, 0 * grinning, noise=2e-4)).meta()
    assert resting["rested"] > long["rested"]
    with pytest.raises(NoFaceError):
        response.neutral(seen[:0])


def test_live_learns_what_a_file_learns_without_a_jump(driver: Driver, response: Response) -> None:
    weights = np.zeros((150, 52), np.float32)
    weights[:, INDEX["jawOpen"]] = np.maximum(0, np.sin(np.arange(150) / 6)) * 0.5
    seen = drawn(driver, weights, noise=2e-4)
    live, file = response.face(), response.face()
    file.learn(seen)
    found = np.stack([[f.step(frame, 33.3 * i) for f in (live, file)] for i, frame in enumerate(seen)])
    assert np.abs(np.diff(found[:, 0], axis=0)).max() < 0.25  # the jaw itself moves by .08
    assert np.abs(found[100:, 0] - found[100:, 1]).max() < 0.15
    assert np.abs(live.neutral.rows - file.neutral.rows).max() < 0.02


def test_a_lost_face_is_not_tied_to_the_last(driver: Driver, response: Response) -> None:
    one, other = drawn(driver, faces(1)[0]), drawn(driver, faces(1)[0])
    neutral = response.told(drawn(driver, np.zeros(52, np.float32)))
    face = response.face(neutral)
    face.step(one, 0.0)
    tied = face.step(other, 33.0)
    face.lost()
    free = face.step(other, 66.0)
    np.testing.assert_allclose(free, response(other, neutral), atol=0.02)
    assert np.abs(tied - free).max() > 0.02


LOOKS_DOWN = [INDEX[f"eyeLookDown{side}"] for side in ("Left", "Right")]
BLINKS = [INDEX[f"eyeBlink{side}"] for side in ("Left", "Right")]


def test_closed_eyes_hold_the_gaze(driver: Driver, response: Response) -> None:
    """Nothing is seen of the irises behind lids: in order of time the gaze stays, alone it is straight ahead."""
    rest = response.told(drawn(driver, np.zeros(52, np.float32)))
    weights = np.zeros((3, 52), np.float32)
    weights[:, LOOKS_DOWN] = 0.4
    weights[1, BLINKS] = 1.0
    seen = drawn(driver, weights)
    seen.blendshapes[1, LOOKS_DOWN] = 1.0  # what a blink does to the scores
    face = response.face(rest)
    face.step(seen[0], 0.0)  # the first frame is one of its own
    before, closed, after = (face.step(frame, 33.0 * (i + 1))[LOOKS_DOWN] for i, frame in enumerate(seen))
    assert before.min() > 0.3
    np.testing.assert_allclose(closed, before, atol=0.15)  # the drawn lids leave a slit; .3 more without
    np.testing.assert_allclose(after, before, atol=0.03)
    assert response(seen[1], rest)[LOOKS_DOWN].max() < before.min()


def test_lids_that_never_open_are_rest_and_a_long_closure_is_not(driver: Driver, response: Response) -> None:
    """Lids seven tenths down in every frame are this person's; the same lids open again are a blink."""
    narrow, closing = np.zeros((2, 60, 52), np.float32)
    narrow[:, BLINKS] = 0.7
    narrow[30:34, BLINKS] = 1.0
    closing[20:50, BLINKS] = 0.95
    for seen in (narrow, closing):
        seen[:, INDEX["jawOpen"]] = np.linspace(0, 0.3, 60)  # the scores are weights: of noise, nothing
    found = [
        response(seen, response.neutral(seen))[:, BLINKS].mean(1)
        for seen in (drawn(driver, narrow, noise=3e-4), drawn(driver, closing, noise=3e-4))
    ]
    assert np.median(found[0]) < 0.05
    assert found[0][31] > 0.4
    assert found[1][25:45].min() > 0.75
    assert found[1][:15].max() < 0.1


def test_the_solve_is_the_minimum() -> None:
    """At most so many rounds as the tables have come within .01 of a solver that takes as many as it needs."""
    tables = default_tables()
    rng = np.random.default_rng(3)
    for _ in range(40):
        root = rng.normal(size=(43, 60)) * rng.uniform(0.2, 2, 43)[:, None]
        hessian, b = root @ root.T + np.eye(43), 60 * rng.normal(size=43)
        lower = np.linalg.cholesky(hessian)
        true = lsq_linear(lower.T, np.linalg.solve(lower, b), (0, 1), method="bvls", tol=1e-12).x
        for start, rounds in (
            (None, "solve_rounds"),
            (np.clip(true + 0.05 * rng.normal(size=43), 0, 1), "solve_rounds_tied"),
        ):
            found = bounded(
                hessian, b[None], None if start is None else start[None], int(tables.constant(rounds))
            )
            np.testing.assert_allclose(found[0], true, atol=0.01)


def test_eyes_that_rest_low_look_down_less(driver: Driver, response: Response) -> None:
    """Most of what a resting face's eyes seem to look down is its owner's lids, not the gaze."""
    weights = np.zeros((2, 52), np.float32)
    weights[:, LOOKS_DOWN] = np.array([[0.3], [0.6]])
    low, lower = drawn(driver, weights)
    own = response.told(low)
    nobody, at_rest, further = (
        float(response(seen, neutral)[LOOKS_DOWN].mean())
        for seen, neutral in ((low, None), (low, own), (lower, own))
    )
    assert 0.2 * nobody < at_rest < 0.6 * nobody
    assert further > at_rest + 0.2


def test_crossed_eyes_are_shown_up_to_a_limit() -> None:
    """Irises that cross as far as they can show .6 of a weight inwards; on a turned head nothing."""
    tables = default_tables()
    x, apart = tables.gaze_ahead[:2]
    irises = np.array([[[x + apart - 0.09, 0.02], [x - apart + 0.09, 0.02]]])
    inwards = [INDEX["eyeLookInLeft"], INDEX["eyeLookInRight"]]
    look = Gaze(tables)
    np.testing.assert_allclose(look(irises, np.zeros((1, 52)), np.zeros((1, 2)))[0, inwards], 0.6, atol=0.02)
    assert look(irises, np.zeros((1, 52)), np.array([[0.35, 0.0]]))[0, inwards].max() < 0.1


def test_a_rest_that_was_asked_for_is_nearly_certain(driver: Driver, response: Response) -> None:
    meta = response.told(drawn(driver, np.zeros(52, np.float32))).meta()
    assert meta["sure"] == pytest.approx(0.968, abs=0.002)  # as good as 30 looks


def test_numbers_that_are_none_are_refused_before_they_are_learnt(driver: Driver, response: Response) -> None:
    seen = drawn(driver, faces(1)[0])
    assert seen.landmarks is not None
    face = response.face()
    face.step(seen, 0.0)
    before = face.neutral
    with pytest.raises(InputError):
        face.step(Detection(np.full(52, np.nan, np.float32), seen.landmarks, None, SIZE), 33.0)
    with pytest.raises(InputError):
        face.step(Detection(seen.blendshapes, seen.landmarks * np.nan, None, SIZE), 33.0)
    assert face.neutral is before


def test_the_shipped_files_are_small_and_every_constant_has_its_reason() -> None:
    names = ("response.npz", "scores_only.npz", "head_rotation.npz")
    assert sum(len((DATA / name).read_bytes()) for name in names) < 300_000
    header = default_tables().header
    assert all(len(c["why"]) > 7 and np.isfinite(c["value"]) for c in header["constants"].values())
    assert "licence" in json.dumps(header).lower()


def test_real_people_do_not_frown_in_blinks(driver: Driver, shared: Path) -> None:
    pytest.importorskip("mediapipe")
    frames = list(driver.run(shared / "data/videos/intel_asl__sister.mkv"))
    weights = np.stack([frame.weights for frame in frames if frame.detected])
    scores = np.stack([frame.blendshapes for frame in frames if frame.detected])
    down = weights[:, [INDEX["browDownLeft"], INDEX["browDownRight"]]].mean(1)
    up = weights[:, INDEX["browInnerUp"]]
    calm = scores[:, INDEX["browDownLeft"]] < 0.3
    assert (down[calm] > 0.5).mean() < 0.02
    assert ((down > 0.3) & (up > 0.3)).mean() < 0.02
