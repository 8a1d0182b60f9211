"""Measures: against known geometry, against the lab's own scoring tool, and by laws."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from mp2flame.base.errors import InputError, ShapeError
from mp2flame.base.rotations import axis_angle_to_matrix
from mp2flame.evaluate.measures.mesh import angle_deg, jitter, lag_ms, mesh_error_mm, regions
from mp2flame.evaluate.measures.tracking import DISTANCES, summarise, tracked_distances, tracking
from mp2flame.flame import load_flame
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.eyes import eye_openings, lid_gap_mm, lid_penetration_mm
from mp2flame.flame.landmarks import embedding_for
from mp2flame.flame.lips import lip_gap_mm


def rest_points() -> np.ndarray:
    model = builtin_head()
    return embedding_for(model).landmarks(model.v_template).astype(float)


def clip(frames: int = 60) -> np.ndarray:
    """A face whose mouth opens and whose brows rise, ``(T, 478, 3)``."""
    points = np.repeat(rest_points()[None], frames, 0)
    t = np.sin(np.linspace(0, 12, frames))
    points[:, 14, 1] -= 0.01 * (1 + t)
    points[:, [105, 334], 1] += 0.004 * (1 + np.cos(np.linspace(0, 9, frames)))[:, None]
    return points


def test_distances_do_not_depend_on_size_or_place() -> None:
    points = clip()
    once, again = tracked_distances(points), tracked_distances(3.7 * points + [0.1, -2.0, 5.0])
    assert once.keys() == DISTANCES.keys()
    for name in once:
        np.testing.assert_allclose(once[name], again[name], atol=1e-9)


def test_mouth_opening_is_the_distance_of_two_landmarks() -> None:
    points = rest_points()
    expected = np.linalg.norm(points[13] - points[14]) / np.linalg.norm(points[33] - points[263])
    assert tracked_distances(points)["mouth_opening"] == pytest.approx(expected)


def test_a_face_tracks_itself_and_half_the_motion_is_gain_half() -> None:
    points = clip()
    same = {row.name: row for row in tracking(points, points)}
    assert (
        "mouth_opening" in same and "outer_brow_left" in same and "mouth_width" not in same
    )  # it does not move
    assert all(row.correlation == pytest.approx(1) and row.gain == pytest.approx(1) for row in same.values())
    half = {row.name: row for row in tracking(points, points[:1] + 0.5 * (points - points[:1]))}
    assert half["mouth_opening"].gain == pytest.approx(0.5, rel=1e-3)
    assert half["outer_brow_left"].correlation == pytest.approx(1)


def test_a_mesh_that_does_not_move_has_correlation_zero() -> None:
    points = clip()
    rows = tracking(points, np.repeat(points[:1], len(points), 0))
    assert rows and all(row.correlation == 0 and row.gain == pytest.approx(0) for row in rows)
    assert summarise(rows)["mouth opening"]["correlation"] == 0
    assert summarise([])["lids"] == {"count": 0, "correlation": None, "gain": None}


def test_gaze_is_seen_in_the_irises() -> None:
    points = np.repeat(rest_points()[None], 40, 0)
    points[:, 468:, 0] += 0.003 * np.sin(np.linspace(0, 10, 40))[:, None]
    names = {row.name for row in tracking(points, points)}
    assert names == {"gaze_x_left", "gaze_x_right"}


def test_tracking_refuses_clips_of_different_length() -> None:
    with pytest.raises(ShapeError, match="same length"):
        tracking(clip(20), clip(21))
    with pytest.raises(ShapeError, match="478"):
        tracked_distances(np.zeros((3, 468, 3)))


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


def test_jitter_of_white_noise_is_its_deviation_and_drift_does_not_count() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.2, (4000, 3))
    np.testing.assert_allclose(jitter(noise + np.linspace(0, 5, 4000)[:, None]), 0.2, rtol=0.06)
    with pytest.raises(ShapeError, match="two frames"):
        jitter(noise[:1])


def test_lag_of_a_delayed_signal() -> None:
    t = np.arange(300) / 30
    signal = np.sin(2 * np.pi * 0.8 * t) + 0.3 * np.sin(2 * np.pi * 2.1 * t)
    assert lag_ms(signal, signal, 30) == pytest.approx(0)
    assert lag_ms(signal, np.roll(signal, 3), 30) == pytest.approx(100, abs=8)
    with pytest.raises(InputError, match="does not move"):
        lag_ms(np.zeros(50), signal[:50], 30)


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


def test_lip_gap_is_the_height_between_the_lips() -> None:
    points = rest_points()
    rest = lip_gap_mm(points)
    points[[88, 178, 87, 14, 317, 402, 318], 1] -= 0.01
    np.testing.assert_allclose(lip_gap_mm(points) - rest, 10, atol=1e-6)
