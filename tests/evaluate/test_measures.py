"""Measures: against known geometry, against the lab's own scoring tool, and by laws."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from mp2flame.base.channels import INDEX
from mp2flame.base.errors import ShapeError
from mp2flame.base.rotations import axis_angle_to_matrix
from mp2flame.evaluate.measures import face
from mp2flame.evaluate.measures.mesh import angle_deg, mesh_error_mm, regions
from mp2flame.flame import load_flame
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.eyes import eye_openings, lid_gap_mm, lid_penetration_mm
from mp2flame.flame.landmarks import embedding_for
from mp2flame.flame.lips import lip_gap_mm

FRAMES = 60
EVERY = np.arange(FRAMES)


@pytest.fixture(scope="module")
def rest() -> np.ndarray:
    model = builtin_head()
    return embedding_for(model).landmarks(model.v_template).astype(float)


@pytest.fixture(scope="module")
def person(rest: np.ndarray) -> np.ndarray:
    """A face whose mouth opens, whose brows rise and whose eyes move, ``(T, 478, 3)`` in the head's frame."""
    points = np.repeat(rest[None], FRAMES, 0)
    t = np.linspace(0, 12, FRAMES)
    points[:, [13, 14, 152], 1] -= np.array([0.001, 0.008, 0.006]) * (1 + np.sin(t))[:, None]
    points[:, [105, 334, 107, 336], 1] += 0.004 * (1 + np.cos(0.8 * t))[:, None]
    points[:, 468:, 0] += 0.003 * np.sin(1.3 * t)[:, None]
    return face.in_head_frame(points, rest, EVERY)


def test_where_the_head_is_does_not_matter(rest: np.ndarray, person: np.ndarray) -> None:
    t = np.linspace(0, 5, FRAMES)
    turn = axis_angle_to_matrix(np.stack([0.2 * np.sin(t), 0.3 * np.cos(t), 0.1 * t], 1))
    seen = (800 + 30 * t)[:, None, None] * (person @ np.swapaxes(turn, 1, 2)) + [300.0, -200.0, 5.0]
    again = face.in_head_frame(seen, rest, EVERY)
    np.testing.assert_allclose(again, person, atol=5e-4)
    assert np.linalg.norm(np.median(person, 0)[263] - np.median(person, 0)[33]) == pytest.approx(1)


def test_what_is_shown_of_a_motion(person: np.ndarray) -> None:
    middle = np.median(person, 0)
    for share, expected in ((1.0, 0.0), (0.5, 0.25), (0.0, 1.0), (-1.0, 4.0)):
        found = face.not_shown(person, middle + share * (person - middle))
        assert found["lips inner"] == pytest.approx(expected, abs=1e-9)
        assert found["brows"] == pytest.approx(expected, abs=1e-9)
        assert found["cheeks"] is None  # they do not move


def test_half_the_motion_is_gain_half_and_none_is_correlation_zero(person: np.ndarray) -> None:
    middle = np.median(person, 0)
    for share, r in ((1.0, 1.0), (0.5, 1.0), (0.0, 0.0)):
        found = face.follows(person, middle + share * (person - middle))
        for name, sides in (
            ("mouth opening", 1),
            ("outer brows", 2),
            ("gaze sideways", 2),
            ("chin height", 1),
        ):
            assert len(found[name]) == sides
            assert all(
                f.r == pytest.approx(r) and f.gain == pytest.approx(share, rel=2e-3) for f in found[name]
            ), name
        assert not found["mouth width"] and not found["brow asymmetry"]
    late = face.follows(person[:-2], np.roll(person, 2, 0)[:-2])
    assert late["mouth opening"][0].lag == pytest.approx(2, abs=0.05)


def test_lag_of_a_delayed_signal() -> None:
    t = np.arange(300.0)

    def signal(t):
        return np.sin(0.17 * t) + 0.3 * np.sin(0.44 * t)

    for frames in (0, 0.12, 1.5, 3, -1):
        assert face.lag(signal(t), signal(t - frames)) == pytest.approx(frames, abs=0.03)
    assert face.lag(signal(t), signal(t - 6)) is None and face.lag(t[:9], t[:9]) is None


def weights(**channels: float) -> np.ndarray:
    made = np.zeros((FRAMES, 52))
    for name, value in channels.items():
        made[:, [i for n, i in INDEX.items() if n in (name, name + "Left", name + "Right")]] = value
    return made


def test_a_frown_in_blinks_is_found_there_and_only_there() -> None:
    blinks, frowns = weights(eyeBlink=0.9), weights(browDown=0.8)
    closed = np.arange(FRAMES) % 5 == 0
    calm = blinks * closed[:, None]
    bad = calm + frowns * closed[:, None] * (np.arange(FRAMES) < 30)[:, None]
    smiling = bad + weights(mouthSmile=0.7)
    found = face.plausible(smiling, calm)
    assert found["frown in blinks"] == found["frown in blinks, none in the scores"] == pytest.approx(0.5)
    assert found["frown in smiles"] == 0
    assert (
        face.plausible(smiling, smiling)["frown in blinks, none in the scores"] == 0
    )  # the scores see it too
    assert face.plausible(weights()) == {
        "frown in blinks": None, "frown in smiles": None, "brows up and down": 0, "channels at the stop": 0,
    }  # fmt: skip
    both = face.plausible(weights(browDown=0.6, browInnerUp=0.6, jawOpen=1.0))
    assert both["brows up and down"] == 1 and both["channels at the stop"] == 1


def test_a_twitch_without_a_cause(person: np.ndarray) -> None:
    jumps = weights()
    jumps[10, INDEX["browInnerUp"]] = 0.5
    found = face.twitches(jumps, EVERY, np.repeat(person[:1], FRAMES, 0))
    assert found["twitches, brows"] == found["unfounded twitches, brows"] == pytest.approx(200 / (FRAMES - 1))
    assert found["twitches, lids"] == 0
    lost = np.where(EVERY < 10, EVERY, EVERY + 1)  # the face was lost before: no step
    assert face.twitches(jumps, lost)["twitches, brows"] == pytest.approx(100 / (FRAMES - 2))
    moved = np.repeat(person[:1], FRAMES, 0)
    moved[10, list(face.REGIONS["brows"]), 1] += 0.02
    assert face.twitches(jumps, EVERY, moved)["unfounded twitches, brows"] == 0


def test_noise_of_white_noise_is_its_deviation_and_motion_hardly_counts() -> None:
    rng = np.random.default_rng(0)
    drift = np.sin(np.arange(4000) / 40)[:, None]
    np.testing.assert_allclose(
        face.noise(rng.normal(0, 0.2, (4000, 3)) + drift, np.arange(4000)), 0.2, rtol=0.06
    )
    assert np.isnan(face.noise(np.zeros((3, 2)), np.arange(3))).all()


def test_the_stillest_stretch_and_the_start(person: np.ndarray) -> None:
    still = person.copy()
    still[20:40] = still[20]
    stretch = face.still_stretch(still, EVERY)
    assert stretch is not None and 20 <= stretch.start <= stretch.stop <= 41
    assert face.still_stretch(still[:8], EVERY[:8]) is None
    settles = np.cumsum(np.where(EVERY < 10, 0.04, 0.01))[:, None] * np.ones(52)
    assert face.start_up(settles, EVERY) == pytest.approx(0.037 / 0.01)


def test_distance_from_real_faces() -> None:
    rng = np.random.default_rng(0)
    mix = rng.normal(0, 0.05, (52, 52))
    takes = [np.clip(rng.normal(0, 1, (800, 52)) @ mix + 0.5, 0, 1) for _ in range(3)]
    real = face.RealFaces(takes)
    every = np.concatenate(takes)
    assert real.distance(every.mean(0)[None])[0] == pytest.approx(0, abs=1e-6)
    assert np.square(real.distance(every)).mean() == pytest.approx(1, abs=0.15)
    assert 0.8 < real.figures()["Mahalanobis"] < 1.2 and real.distance(weights(jawOpen=1.0))[0] > 3


def test_mesh_error_of_a_known_shift() -> None:
    model = builtin_head()
    where = regions(model)
    moved = model.v_template.copy()
    moved[where["lips"]] += [0.003, 0, 0.004]
    errors = mesh_error_mm(moved, model.v_template, where)
    assert errors["lips"] == pytest.approx(5.0, abs=1e-3)
    assert errors["lids"] == pytest.approx(0.0, abs=1e-6)
    assert 0 < errors["face"] < 5
    with pytest.raises(ShapeError, match="one shape"):
        mesh_error_mm(moved[:-1], model.v_template, where)


def test_regions_are_those_of_the_lab_tool(shared, lab_head_a) -> None:
    import pickle

    sys.path.insert(0, str(shared / "tools"))
    try:
        import score_lab
    finally:
        sys.path.pop(0)
    with open(lab_head_a, "rb") as file:
        head = pickle.load(file, encoding="latin1")
    ours = regions(load_flame(lab_head_a))
    for name, expected in score_lab.regions(head).items():
        np.testing.assert_array_equal(ours[name], expected)


def test_angle_of_known_rotations() -> None:
    a = np.array([[0.0, 0, 0], [0.1, 0, 0]])
    b = np.array([[0.0, np.radians(30), 0], [0.1, 0, 0]])
    np.testing.assert_allclose(angle_deg(a, b), [30, 0], atol=1e-5)


@pytest.fixture(scope="module")
def head():
    model = builtin_head()
    return model, eye_openings(model)


def test_open_eyes_have_a_gap_and_no_penetration(head) -> None:
    model, openings = head
    for opening in openings:
        gap = lid_gap_mm(model.v_template, opening)
        assert (gap > 3).all() and gap.max() < 12
        assert lid_penetration_mm(model.v_template, opening) == 0


def test_gap_moves_with_the_lids_and_only_with_them(head) -> None:
    model, (left, right) = head
    lowered = model.v_template.astype(float)
    ids = np.unique(np.concatenate(left.upper))
    lowered[ids, 1] -= 0.002
    change = lid_gap_mm(lowered, left) - lid_gap_mm(model.v_template, left)
    np.testing.assert_allclose(change, -2, atol=0.7)  # along the ball, not straight down
    np.testing.assert_allclose(lid_gap_mm(lowered, right), lid_gap_mm(model.v_template, right))


def test_crossed_lids_are_negative_and_a_sunken_lid_is_seen(head) -> None:
    model, (left, _) = head
    v = model.v_template.astype(float)
    ids = np.unique(np.concatenate(left.upper))
    v[ids, 1] -= 0.014
    assert lid_gap_mm(v, left).min() < -1
    v = model.v_template.astype(float)
    centre = left.centre(v)
    points = np.unique(left.lid_corners)
    v[points] = (
        centre
        + (v[points] - centre) * ((left.radius - 0.001) / np.linalg.norm(v[points] - centre, axis=1))[:, None]
    )
    assert lid_penetration_mm(v, left) == pytest.approx(1.0, abs=0.45)  # edges between vertices lie deeper


def test_the_ball_is_followed_when_it_turns_and_moves(head) -> None:
    model, (left, _) = head
    v = model.v_template.astype(float)
    centre = left.centre(v)
    turned = v.copy()
    turned[left.eyeball] = (v[left.eyeball] - centre) @ axis_angle_to_matrix(
        np.array([0.3, 0.5, 0])
    ).T + centre
    np.testing.assert_allclose(lid_gap_mm(turned, left), lid_gap_mm(v, left), atol=1e-3)
    np.testing.assert_allclose(lid_gap_mm(v + [0.5, 1, -2], left), lid_gap_mm(v, left), atol=1e-6)
    batch = lid_gap_mm(np.stack([v, turned]), left)
    assert batch.shape == (2, len(left.columns))


def test_lids_of_the_lab_head_close_as_its_truth_says(lab_head_a, shared) -> None:
    model = load_flame(lab_head_a)
    truth = np.load(shared / "models/lab_head_truth.npz")
    forward = model.prepare(num_expression=truth["expression_a"].shape[1])
    names = [str(n) for n in truth["shape_names"]]
    for opening, side in zip(eye_openings(model), "LR"):
        blink = truth["expression_a"][names.index(f"eyeBlink_{side}")].astype(np.float32)
        rest, closed = forward(
            np.stack([0 * blink, blink]), np.zeros((2, 5, 3), np.float32), np.zeros((2, 3), np.float32)
        )
        assert lid_gap_mm(rest, opening).max() > 8
        assert lid_gap_mm(closed, opening).max() < 0.8  # the truth leaves up to 0.7 mm open
        assert lid_penetration_mm(closed, opening) < 0.3


def test_lip_gap_is_the_height_between_the_lips(rest: np.ndarray) -> None:
    points = rest.copy()
    rest = lip_gap_mm(points)
    points[[88, 178, 87, 14, 317, 402, 318], 1] -= 0.01
    np.testing.assert_allclose(lip_gap_mm(points) - rest, 10, atol=1e-6)
