"""Resting frames: found where they are known to be, refused where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from mp2flame.base.channels import INDEX
from mp2flame.base.errors import ShapeError
from mp2flame.base.rotations import axis_angle_to_matrix
from mp2flame.observe.head_frame import mean_neutral_points
from mp2flame.person.neutral import MIN_FRAMES, RunningNeutral, find_rest


def speech(frames: int, rest: slice, rng: np.random.Generator, brow_offset: float = 0.0) -> np.ndarray:
    """A made-up clip: talking and smiling all the time but for ``rest``."""
    scores = rng.uniform(0, 0.02, (frames, 52)).astype(np.float32)
    t = np.arange(frames)
    scores[:, INDEX["jawOpen"]] = 0.15 + 0.25 * np.abs(np.sin(t / 3))
    scores[:, INDEX["mouthSmileLeft"]] = scores[:, INDEX["mouthSmileRight"]] = 0.4
    scores[rest, INDEX["jawOpen"]] = 0.01
    scores[rest, INDEX["mouthSmileLeft"]] = scores[rest, INDEX["mouthSmileRight"]] = 0.02
    scores[:, INDEX["browInnerUp"]] = brow_offset
    return scores


def test_rest_is_found_where_it_is() -> None:
    rng = np.random.default_rng(0)
    found = find_rest(speech(120, slice(40, 60), rng))
    assert found.verdict == "rests"
    assert len(found.frames) >= MIN_FRAMES
    assert set(found.frames.tolist()) <= set(range(40, 60))


def test_personal_brow_offset_does_not_hide_rest() -> None:
    found = find_rest(speech(120, slice(40, 60), np.random.default_rng(0), brow_offset=0.4))
    assert found.verdict == "rests"
    assert set(found.frames.tolist()) <= set(range(40, 60))


def test_a_clip_that_never_rests_is_recognised() -> None:
    found = find_rest(speech(120, slice(0, 0), np.random.default_rng(0)))
    assert found.verdict == "never"
    assert len(found.frames) == 0
    assert "Smile" in found.reason or "jawOpen" in found.reason


def test_blinks_are_not_rest() -> None:
    scores = speech(60, slice(0, 60), np.random.default_rng(1))
    scores[10:14, INDEX["eyeBlinkLeft"]] = scores[10:14, INDEX["eyeBlinkRight"]] = 0.8
    assert not set(find_rest(scores).frames.tolist()) & set(range(8, 16))


def eyes(scores: np.ndarray, rows: slice, **channels: float) -> None:
    for name, value in channels.items():
        for side in ("Left", "Right"):
            scores[rows, INDEX[f"{name}{side}"]] += value


@pytest.mark.parametrize("offset", [0.0, 0.4])  # of the lids: narrow eyes read as half closed
def test_a_clip_full_of_downcast_eyes_rests_where_they_are_open(offset: float) -> None:
    """Most quiet frames look down, so the median is wrong; blinks and a wide-eyed moment are no level."""
    scores = speech(150, slice(20, 140), np.random.default_rng(4))
    eyes(scores, slice(0, 150), eyeBlink=0.1 + offset)
    eyes(scores, slice(20, 105), eyeBlink=0.25, eyeLookDown=0.4)
    eyes(scores, slice(112, 116), eyeBlink=0.5)
    eyes(scores, slice(135, 140), eyeBlink=-0.1, eyeWide=0.3)
    found = find_rest(scores)
    assert found.verdict == "rests"
    assert set(found.frames.tolist()) <= {*range(105, 112), *range(116, 135)}


def test_eyes_that_look_aside_do_not_rest() -> None:
    scores = speech(120, slice(20, 110), np.random.default_rng(5))
    for name, value in (("eyeLookOutLeft", 0.6), ("eyeLookInRight", 0.6)):
        scores[50:110, INDEX[name]] += value
    assert set(find_rest(scores).frames.tolist()) <= set(range(20, 50))
    # somebody who always looks past the camera rests doing so
    for name, value in (("eyeLookOutLeft", 0.6), ("eyeLookInRight", 0.6)):
        scores[0:50, INDEX[name]] += value
    assert find_rest(scores).verdict == "rests"


def test_brows_are_compared_with_those_over_open_eyes() -> None:
    """Looking down lowers what the detector says of frowning brows; that is no reason to rest there."""
    scores = speech(120, slice(20, 110), np.random.default_rng(6))
    scores[:, INDEX["browDownLeft"]] = scores[:, INDEX["browDownRight"]] = 0.3
    eyes(scores, slice(20, 80), eyeBlink=0.35, eyeLookDown=0.3, browDown=-0.25)
    assert set(find_rest(scores).frames.tolist()) <= set(range(80, 110))


def test_of_frames_that_rest_by_their_scores_those_with_the_same_face_are_taken() -> None:
    """Lips that rest elsewhere between two sentences are not seen by scores, but by landmarks."""
    rng = np.random.default_rng(7)
    points = mean_neutral_points()
    parted = points.copy()
    parted[[13, 82, 312], 1] += 0.03  # of the eye distance
    landmarks = np.stack([parted if 15 <= k < 25 else points for k in range(100)])
    landmarks += rng.normal(0, 1e-4, landmarks.shape)
    turn = axis_angle_to_matrix(np.stack([np.zeros(100), rng.uniform(-0.2, 0.2, 100), np.zeros(100)], axis=1))
    landmarks = landmarks @ turn.swapaxes(1, 2) * [90, -90, -90] + [320, 240, 0]
    scores = speech(100, slice(5, 95), rng)
    options = {"landmarks": landmarks / [640, 480, 640], "image_size": (480, 640)}
    without, found = find_rest(scores), find_rest(scores, **options)
    assert set(without.frames.tolist()) & set(range(15, 25))
    assert found.verdict == "rests" and len(found.frames) >= MIN_FRAMES
    assert not set(found.frames.tolist()) & set(range(15, 25))


def test_undetected_frames_are_never_chosen() -> None:
    scores = speech(120, slice(40, 60), np.random.default_rng(0))
    detected = np.ones(120, bool)
    detected[45:50] = False
    scores[~detected] = 0
    found = find_rest(scores, detected=detected)
    assert found.verdict == "rests"
    assert not set(found.frames.tolist()) & set(range(45, 50))
    assert np.isnan(found.cost[~detected]).all()


def test_turned_heads_are_left_out() -> None:
    scores = speech(120, slice(40, 100), np.random.default_rng(0))
    matrices = np.tile(np.eye(4, dtype=np.float32), (120, 1, 1))
    angle = np.radians(50)
    matrices[40:70, :3, :3] = [
        [np.cos(angle), 0, np.sin(angle)],
        [0, 1, 0],
        [-np.sin(angle), 0, np.cos(angle)],
    ]
    found = find_rest(scores, face_matrix=matrices)
    assert found.verdict == "rests"
    assert set(found.frames.tolist()) <= set(range(70, 100))


def test_a_single_picture_is_assumed_and_says_so() -> None:
    found = find_rest(np.zeros((1, 52)))
    assert found.verdict == "assumed"
    assert found.frames.tolist() == [0]


def test_wrong_shape() -> None:
    with pytest.raises(ShapeError, match=r"\(T, 52\)"):
        find_rest(np.zeros((2, 3, 52)))


def test_running_neutral_waits_and_then_finds_rest() -> None:
    rng = np.random.default_rng(2)
    scores = speech(240, slice(60, 120), rng)
    running = RunningNeutral(after_ms=3000)
    answers = [(k, running.add(k * 1000 / 30, scores[k])) for k in range(240)]
    times = [k for k, answer in answers if answer is not None]
    assert times and times[0] >= 90  # 3 s at 30 fps
    first = next(answer for _, answer in answers if answer is not None)
    assert first[0][:, INDEX["jawOpen"]].max() < 0.06


def test_running_neutral_keeps_a_bounded_number_of_frames() -> None:
    running = RunningNeutral(keep=50)
    scores = speech(400, slice(100, 300), np.random.default_rng(3))
    for k in range(400):
        running.add(k * 33.3, scores[k])
    assert len(running._scores) == 50


def test_lab_neutral_frames_cost_less_than_the_others(shared) -> None:
    test = np.load(shared / "data/lab/test.npz")
    better = 0
    identities = np.unique(test["identity"])
    for identity in identities:
        rows = np.flatnonzero(test["identity"] == identity)  # the first row of each identity is neutral
        cost = find_rest(test["blendshapes"][rows]).cost
        better += cost[0] <= np.nanquantile(cost, 0.3)
    assert better >= 0.85 * len(identities)
