"""Edits of takes: against SciPy, against hand-made truth, and by the laws they must obey."""

from __future__ import annotations

import numpy as np
import pytest

from mp2flame.base.errors import InputError, MismatchError
from mp2flame.base.rotations import axis_angle_to_matrix, geodesic_angle
from mp2flame.base.values import FlameParams
from mp2flame.take import edits, retime
from mp2flame.take.take import Take


def take(frames=60, fps=30.0, width=5, seed=0, **others) -> Take:
    """Smooth motion: sums of slow sines, large rotations included."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames) / fps

    def wave(columns, size):
        speed, phase = rng.uniform(1, 4, columns), rng.uniform(0, 6, columns)
        return size * np.sin(t[:, None] * speed + phase)

    params = FlameParams(
        expression=wave(width, 2), jaw_pose=wave(3, 0.2), eye_pose=wave(6, 0.3), neck_pose=wave(3, 0.3),
        global_orient=wave(3, 0.9), transl=wave(3, 0.1),
    )  # fmt: skip
    matrix = np.tile(np.eye(4), (frames, 1, 1))
    matrix[:, :3, :3] = axis_angle_to_matrix(params.global_orient)
    matrix[:, :3, 3] = [0, 0, -40]
    base = {
        "blendshapes": 0.5 + wave(52, 0.4), "arkit_weights": 0.5 + wave(52, 0.4), "face_matrix": matrix,
        "landmarks": 0.5 + np.stack([wave(3, 0.3)] * 478, 1), "image_size": np.array([480, 640]),
    }  # fmt: skip
    return Take.from_params(params, t * 1000.0, **{**base, **others})


def test_trim_keeps_the_frames_of_the_interval_and_starts_at_zero():
    full = take(30, fps=10.0)
    full.timestamp_ms = full.timestamp_ms + 5000.0
    part = edits.trim(full, 0.5, 1.2)
    assert part.num_frames == 8
    np.testing.assert_array_equal(part.expression, full.expression[5:13])
    np.testing.assert_allclose(part.timestamp_ms, np.arange(8) * 100.0)
    assert edits.trim(full, first_frame=-3).num_frames == 3
    np.testing.assert_array_equal(edits.trim(full, last_frame=4).expression, full.expression[:5])


def test_trim_to_nothing_is_refused():
    with pytest.raises(InputError, match="no frame is left"):
        edits.trim(take(), 100.0, 200.0)


def test_concat_of_the_halves_is_the_whole():
    full = take(40)
    halves = [edits.trim(full, last_frame=24), edits.trim(full, first_frame=25)]
    joined = edits.concat(halves)
    np.testing.assert_allclose(joined.timestamp_ms, full.timestamp_ms, atol=1e-9)
    for name in ("expression", "global_orient", "landmarks", "face_matrix", "detected"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(full, name))


def test_concat_gap_landmarks_and_mismatch():
    one, two = take(10), take(10, seed=1)
    two.landmarks = None
    joined = edits.concat([one, two], gap_ms=1000.0)
    assert joined.landmarks is None
    assert joined.timestamp_ms[10] - joined.timestamp_ms[9] == pytest.approx(1000.0)
    with pytest.raises(MismatchError, match="expression coefficients"):
        edits.concat([one, take(10, width=7)])
    one.meta["flame"], two.meta["flame"] = {"sha256": "a"}, {"sha256": "b"}
    with pytest.raises(MismatchError, match="another FLAME file"):
        edits.concat([one, two])
    with pytest.raises(InputError):
        edits.concat([])


def test_resample_at_its_own_times_changes_nothing():
    full = take()
    same = retime.resample(full, timestamp_ms=full.timestamp_ms)
    for name in (
        "expression",
        "jaw_pose",
        "eye_pose",
        "global_orient",
        "transl",
        "landmarks",
        "blendshapes",
        "face_matrix",
    ):
        np.testing.assert_allclose(getattr(same, name), getattr(full, name), atol=2e-6)


def test_resample_follows_the_true_motion():
    """60 frames per second from 30: the error is that of linear blending of slow sines."""
    coarse, fine = take(61, 30.0), take(121, 60.0)
    found = retime.resample(coarse, 60.0)
    assert found.num_frames == 121 and found.fps == pytest.approx(60.0)
    np.testing.assert_allclose(found.expression, fine.expression, atol=0.006)
    turn = geodesic_angle(axis_angle_to_matrix(found.global_orient), axis_angle_to_matrix(fine.global_orient))
    assert turn.max() < 0.006


def test_resample_turns_on_the_shortest_arc():
    """Half way between 170 and 190 degrees about y is 180, not 10: no averaging of axis-angle vectors."""
    params = FlameParams.zeros(0, (2,))
    turns = np.zeros((2, 3), np.float32)
    turns[:, 1] = np.deg2rad([170.0, 190.0 - 360.0])
    found = retime.resample(
        Take.from_params(params.replace(global_orient=turns), np.array([0.0, 100.0])),
        timestamp_ms=np.array([50.0]),
    )
    assert abs(abs(np.rad2deg(found.global_orient[0, 1])) - 180.0) < 1e-3


def test_resample_by_time_stamps_not_by_frame_number():
    """A dropped frame leaves a hole in time; the values at the hole's times are between its ends."""
    full = take(60)
    holed = full[np.r_[0:20, 30:60]]
    found = retime.resample(holed, timestamp_ms=full.timestamp_ms)
    np.testing.assert_allclose(found.expression[:20], full.expression[:20], atol=1e-6)
    np.testing.assert_allclose(found.expression[31:], full.expression[31:], atol=1e-6)
    middle = (full.expression[19] + full.expression[30]) / 2
    at = np.searchsorted(full.timestamp_ms, (full.timestamp_ms[19] + full.timestamp_ms[30]) / 2)
    assert np.abs(found.expression[at] - middle).max() < 0.3


def test_resample_does_not_mix_scores_with_lost_frames():
    full = take(4, fps=10.0, detected=np.array([True, True, False, False]))
    full.blendshapes[2:], full.landmarks[2:], full.face_matrix[2:] = 0, 0, 0
    found = retime.resample(full, 40.0)
    assert set(np.unique(found.detected)) == {False, True}
    for row in range(found.num_frames):
        if not found.detected[row]:
            assert not found.blendshapes[row].any() and not found.face_matrix[row].any()
        else:
            assert found.landmarks[row].any() and found.face_matrix[row, 3, 3] == 1


def test_resample_survives_equal_times():
    full = take(5)
    full.timestamp_ms[:] = 7.0
    assert retime.resample(full, 30.0).num_frames == 1
    with pytest.raises(InputError, match="either"):
        retime.resample(full)
    with pytest.raises(InputError, match="between 0"):
        retime.resample(full, float("nan"))


def test_smooth_equals_savitzky_golay_on_even_frames():
    signal = pytest.importorskip("scipy.signal")
    rng = np.random.default_rng(3)
    full = take(80, 30.0)
    full.expression[:] += rng.normal(size=full.expression.shape) * 0.1
    found = retime.smooth(full, 7 * 1000 / 30, order=2)
    truth = signal.savgol_filter(full.expression.astype(np.float64), 7, 2, axis=0, mode="interp")
    np.testing.assert_allclose(found.expression, truth, atol=1e-5)


def test_smooth_keeps_a_parabola_on_uneven_frames():
    rng = np.random.default_rng(4)
    times = np.cumsum(rng.uniform(10, 60, 50))
    x = (times / 1000)[:, None]
    params = FlameParams.zeros(1, (50,)).replace(expression=(1 + 2 * x - 3 * x * x).astype(np.float32))
    found = retime.smooth(Take.from_params(params, times), 300.0, order=2)
    np.testing.assert_allclose(found.expression, params.expression, atol=2e-5)


@pytest.mark.parametrize("method", ["savgol", "one-euro"])
def test_smooth_takes_jitter_away_without_lag(method):
    """Noise on a moving head: closer to the truth than before, and best aligned with it at lag 0."""
    rng = np.random.default_rng(5)
    truth = take(200, 30.0, seed=2)
    noisy = take(200, 30.0, seed=2)
    noisy.global_orient[:] += rng.normal(size=(200, 3)) * 0.03
    noisy.expression[:] += rng.normal(size=noisy.expression.shape) * 0.2
    found = retime.smooth(noisy, 300.0, method=method)

    def error(recording):
        turns = axis_angle_to_matrix(recording.global_orient), axis_angle_to_matrix(truth.global_orient)
        return float(geodesic_angle(*turns).mean()), float(
            np.abs(recording.expression - truth.expression).mean()
        )

    assert error(found)[0] < 0.75 * error(noisy)[0] and error(found)[1] < 0.75 * error(noisy)[1]
    shifted = [
        np.abs(np.roll(found.expression, k, axis=0)[10:-10] - truth.expression[10:-10]).mean()
        for k in (-2, -1, 0, 1, 2)
    ]
    assert int(np.argmin(shifted)) == 2


def test_smooth_through_a_half_turn_stays_a_rotation_nearby():
    """Axis-angle jumps at 180 degrees; smoothing must not see the jump."""
    angle = np.linspace(2.8, 3.5, 40)
    turns = np.zeros((40, 3))
    turns[:, 1] = np.where(angle > np.pi, angle - 2 * np.pi, angle)
    params = FlameParams.zeros(0, (40,)).replace(global_orient=turns.astype(np.float32))
    found = retime.smooth(Take.from_params(params, np.arange(40) * 33.0), 300.0)
    moved = geodesic_angle(axis_angle_to_matrix(found.global_orient), axis_angle_to_matrix(turns))
    assert moved.max() < 1e-3


def test_smooth_does_not_mix_lost_and_seen_frames():
    full = take(30, detected=np.arange(30) % 15 < 10)
    full.expression[~full.detected] = 50.0
    full.blendshapes[~full.detected] = 0
    found = retime.smooth(full, 200.0)
    assert np.abs(found.expression[full.detected]).max() < 5
    assert not found.blendshapes[~full.detected].any()


@pytest.mark.parametrize(
    "wrong", [{"window_ms": 0}, {"window_ms": float("nan")}, {"method": "magic"}, {"order": 9}]
)
def test_smooth_refuses_nonsense(wrong):
    with pytest.raises(InputError):
        retime.smooth(take(), **wrong)


def test_mirror_twice_is_the_take_and_once_exchanges_sides():
    from mp2flame.base.channels import INDEX

    full = take(8, width=0)
    once = edits.mirror(full)
    np.testing.assert_array_equal(
        once.arkit_weights[:, INDEX["eyeBlinkLeft"]], full.arkit_weights[:, INDEX["eyeBlinkRight"]]
    )
    np.testing.assert_allclose(once.transl[:, 0], -full.transl[:, 0])
    assert once.meta["mirrored"] is True
    twice = edits.mirror(once)
    for name in ("eye_pose", "global_orient", "transl", "landmarks", "face_matrix", "blendshapes"):
        np.testing.assert_allclose(getattr(twice, name), getattr(full, name), atol=1e-6)


def test_mirror_turns_the_matrix_like_the_head():
    full = take(8, width=0)
    once = edits.mirror(full)
    np.testing.assert_allclose(
        once.face_matrix[:, :3, :3], axis_angle_to_matrix(once.global_orient), atol=1e-5
    )


def test_mirror_with_another_flame_file_than_the_takes_is_refused():
    from mp2flame.flame.builtin.head import builtin_head

    full = take(6)
    full.meta["flame"] = {"release": "flame2020", "sha256": "0" * 64}
    with pytest.raises(MismatchError, match="flame2020"):
        edits.mirror(full, builtin_head())


def test_mirror_needs_the_flame_file_for_expression(lab_head_a):
    from mp2flame.flame import load_flame

    full = take(6, width=50)
    full.expression[:, 40:] = 0
    with pytest.raises(InputError, match="FLAME file"):
        edits.mirror(full)
    model = load_flame(lab_head_a)
    once = edits.mirror(full, model)
    from mp2flame.flame.mirror import mirror_vertices

    forward = model.prepare(num_expression=50)
    rest = np.zeros((6, 5, 3))
    seen = mirror_vertices(model).apply(forward(full.expression, rest, np.zeros((6, 3))))
    found = forward(once.expression, rest, np.zeros((6, 3)))
    still = mirror_vertices(model).apply(forward(full.expression * 0, rest, np.zeros((6, 3))))
    neutral = forward(full.expression * 0, rest, np.zeros((6, 3)))
    # as displacements: the template itself is not symmetric
    error, size = (found - neutral) - (seen - still), seen - still
    assert np.linalg.norm(error) < 0.25 * np.linalg.norm(size)


def test_methods_on_the_recording():
    full = take(30)
    assert full.trim(0.2, 0.6).num_frames == edits.trim(full, 0.2, 0.6).num_frames
    assert full.resample(15.0).num_frames == 15
    assert full.smooth().num_frames == 30
    assert full.concat(full).num_frames == 60
    assert take(3, width=0).mirror().meta["mirrored"] is True
