"""One frame after another: what is used when there is a choice, where filter and lost policy act."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from live_kit import SIZE, face, scores
from mp2flame.base.channels import INDEX
from mp2flame.base.errors import InputError
from mp2flame.drive.driver import Driver
from mp2flame.drive.face_driver import FaceDriver
from mp2flame.drive.face_lost import LostPolicy
from mp2flame.drive.watch import needs_detection
from mp2flame.io.sources import SourceFrame
from mp2flame.response.profile import Profile
from mp2flame.response.tables import FREE


@pytest.fixture(scope="module")
def driver() -> Driver:
    return Driver()


def frame(i: int, **values: object) -> SourceFrame:
    return SourceFrame(i, 1000.0 * i / 30, image_size=SIZE, **values)  # type: ignore[arg-type]


def test_a_detection_is_what_convert_gives(driver: Driver) -> None:
    seen = face(0.4, jawOpen=0.6, mouthSmileLeft=0.5)
    got = FaceDriver(driver, neutral="off").step(frame(0), seen)
    wanted = driver.convert(
        seen.blendshapes, landmarks=seen.landmarks, face_matrix=seen.face_matrix, image_size=seen.image_size
    )
    for name, value in wanted.asdict().items():
        np.testing.assert_array_equal(getattr(got.params, name), value, err_msg=name)
    assert got.detected and got.landmarks is seen.landmarks


def test_true_arkit_weights_enter_behind_the_response(driver: Driver) -> None:
    weights = scores(jawOpen=0.7, cheekPuff=0.4)
    item = frame(0, arkit_weights=weights, head_orient=np.array([0, 0.3, 0]), eye_pose=np.full(6, 0.1))
    assert not needs_detection(item)
    got = FaceDriver(driver).step(item)
    np.testing.assert_array_equal(got.weights, weights)
    np.testing.assert_allclose(got.params.global_orient, [0, 0.3, 0], atol=1e-6)
    np.testing.assert_allclose(got.params.eye_pose, 0.1, atol=1e-6)
    np.testing.assert_allclose(got.params.jaw_pose, driver.params_from_weights(weights).jaw_pose)
    assert not got.params.transl.any()


def test_head_pose_off(driver: Driver) -> None:
    got = FaceDriver(driver, head_pose_from="off").step(frame(0), face(0.3))
    assert not got.params.global_orient.any() and not got.params.transl.any()


def test_the_filter_acts_before_the_rig(driver: Driver) -> None:
    """Filtered parameters are those of the filtered weights, for any head."""
    solver = FaceDriver(driver, filter="steady", head_pose_from="off")
    rng = np.random.default_rng(0)
    for i in range(10):
        got = solver.step(frame(i, arkit_weights=rng.random(52).astype(np.float32)))
        wanted = driver.params_from_weights(got.weights)
        np.testing.assert_allclose(got.params.expression, wanted.expression, atol=1e-6)


def test_a_face_that_comes_back_is_not_filtered_into_its_past(driver: Driver) -> None:
    policy = LostPolicy(hold_ms=0, return_ms=100, resume_ms=0)
    solver = FaceDriver(driver, filter="steady", lost=policy, head_pose_from="off")
    for i in range(5):
        solver.step(frame(i, arkit_weights=scores(jawOpen=1.0)))
    for i in range(5, 15):
        lost = solver.step(frame(i, detected=False))
    assert solver.lost_state == "lost" and lost.weights.max() == 0
    back = solver.step(frame(15, arkit_weights=scores(jawOpen=0.2)))
    assert back.weights.max() == pytest.approx(0.2)


def test_another_face_is_eased_to(driver: Driver) -> None:
    solver = FaceDriver(driver, filter="light", lost=LostPolicy(resume_ms=200))
    for i in range(5):
        before = solver.step(frame(i), face(0.2, jawOpen=0.9))
    solver.other_face(1000.0 * 4 / 30)
    path = [solver.step(frame(i), face(0.8)).params.transl[0] for i in range(5, 15)]
    whole = path[-1] - before.params.transl[0]
    assert whole > 0
    assert np.all(np.diff([before.params.transl[0], *path]) >= -1e-5)
    assert np.diff([before.params.transl[0], *path]).max() < 0.5 * whole


def test_another_head_starts_with_a_face_of_its_own_width(driver: Driver) -> None:
    solver = FaceDriver(driver)
    solver.step(frame(0), face(jawOpen=0.9))
    solver.set_driver(Driver(num_expression=7))
    held = solver.step(frame(1, detected=False))
    assert held.params.num_expression == 7 and not held.params.expression.any()
    assert solver.step(frame(2), face()).params.num_expression == 7


@pytest.mark.parametrize("wrong", [{"head_pose_from": "on"}, {"neutral": "maybe"}, {"filter": "very"}])
def test_wrong_options(driver: Driver, wrong: dict) -> None:
    with pytest.raises(InputError):
        FaceDriver(driver, **wrong)


def test_a_profile_that_nobody_vouches_for_is_where_learning_starts(driver: Driver) -> None:
    """It says that the mouth rests open; a face that then rests closed is believed, one that was told to rest is too."""
    told, rest = face(jawOpen=0.3), face()
    known = Profile.from_neutral(told.blendshapes, landmarks=told.landmarks, image_size=SIZE)
    clips = replace(known, meta={"neutral": {"sure": 0.5}})
    sure = replace(known, meta={"neutral": {"sure": 0.97}})
    assert clips.learns and not known.learns and not sure.learns

    def jaw(profile: Profile | None, frames: int) -> float:
        followed = driver.follow(profile)
        for i in range(frames):
            followed.step(rest, 33.0 * i)
        return float(followed.neutral.scores[list(FREE).index(INDEX["jawOpen"])])

    assert jaw(known, 200) == pytest.approx(0.3) == pytest.approx(jaw(known, 1))
    assert jaw(sure, 200) == jaw(sure, 1) > 0.2
    assert 0.3 > jaw(clips, 1) > jaw(None, 1) + 0.05
    assert jaw(clips, 200) < 0.5 * jaw(clips, 1)
    fixed = FaceDriver(driver, filter="off", profile=clips, neutral="off")
    for i in range(50):
        fixed.step(frame(i), rest)
    assert fixed.neutral == {"frames": 1.0, "sure": 0.5, "rested": 1.0}
