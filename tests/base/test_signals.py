"""Live filters: known answers, a slow twin, and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mp2flame.base.channels import GROUP_INDEX
from mp2flame.base.errors import InputError
from mp2flame.base.rotations import axis_angle_to_matrix, geodesic_angle
from mp2flame.base.signals import (
    FILTER_GROUPS,
    PRESETS,
    DoubleExponential,
    Ema,
    FaceFilter,
    Kalman,
    OneEuro,
    Setting,
    filter_settings,
)

FILTERS = {
    "ema": lambda: Ema(40.0),
    "one_euro": lambda: OneEuro(1.5, 2.0),
    "kalman": lambda: Kalman(5.0, 0.02),
    "double_exponential": lambda: DoubleExponential(40.0),
}
STEP = 1000 / 30


def run(one: object, values: np.ndarray, step_ms: float = STEP) -> np.ndarray:
    return np.array([np.copy(one.step(v, i * step_ms)) for i, v in enumerate(values)])  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", FILTERS)
def test_first_sample_and_constants_pass_unchanged(kind: str) -> None:
    values = np.tile([0.3, -2.0, 7.0], (20, 1))
    np.testing.assert_allclose(run(FILTERS[kind](), values), values, rtol=1e-12)


@pytest.mark.parametrize("kind", FILTERS)
def test_noise_is_less_and_the_mean_stays(kind: str) -> None:
    noise = np.random.default_rng(0).normal(0, 0.02, (600, 4))
    out = run(FILTERS[kind](), 0.5 + noise)[60:]
    assert out.std() < 0.9 * noise.std()
    assert out.mean() == pytest.approx(0.5, abs=0.005)


@pytest.mark.parametrize("kind", FILTERS)
def test_a_long_gap_or_time_that_goes_back_starts_anew(kind: str) -> None:
    for later in (5000.0, -50.0):
        one = FILTERS[kind]()
        one.step(np.array([0.0]), 0.0)
        one.step(np.array([0.0]), 30.0)
        assert one.step(np.array([1.0]), 30.0 + later)[0] == 1.0
    one = FILTERS[kind]()
    one.step(np.array([0.0]), 0.0)
    one.reset()
    assert one.step(np.array([1.0]), 30.0)[0] == 1.0


def test_ema_reaches_63_percent_after_its_time_constant_however_time_is_cut() -> None:
    for cuts in ([40.0], [10.0, 40.0], [5.0, 6.0, 39.0, 40.0]):
        ema = Ema(40.0)
        ema.step(np.zeros(1), 0.0)
        for moment in cuts:
            got = ema.step(np.ones(1), moment)
        assert got[0] == pytest.approx(1 - math.exp(-1))


def test_one_euro_without_speed_is_an_ema_of_its_cutoff() -> None:
    values = np.random.default_rng(1).normal(size=(50, 3))
    ema = Ema(1e3 / (2 * np.pi * 1.5))
    np.testing.assert_allclose(run(OneEuro(1.5, 0.0), values), run(ema, values), rtol=1e-9)


def test_one_euro_lets_fast_motion_through_and_holds_slow_noise() -> None:
    ramp = np.linspace(0, 3, 30)[:, None]  # 3 units a second
    slow, fast = OneEuro(1.0, 0.0), OneEuro(1.0, 2.0)
    lag = [float((ramp - run(one, ramp))[-1, 0]) for one in (slow, fast)]
    assert lag[1] < 0.3 * lag[0]


@pytest.mark.parametrize("kind", ["kalman", "double_exponential"])
def test_filters_with_a_trend_follow_a_ramp_without_lag(kind: str) -> None:
    ramp = np.arange(120)[:, None] * 0.02
    behind = (ramp - run(FILTERS[kind](), ramp))[-1, 0]
    ema = (ramp - run(Ema(40.0), ramp))[-1, 0]
    assert abs(behind) < 0.1 * ema


def test_face_filter_equals_channel_by_channel() -> None:
    rng = np.random.default_rng(2)
    settings = {
        "lids": Setting("one_euro", 2.0, 1.5), "jaw": Setting("ema", 30.0),
        "brows": Setting("kalman", 3.0, 0.02),
        "mouth": Setting("one_euro", 0.7, 0.2), "gaze": Setting("double_exponential", 40.0),
        "position": Setting("one_euro", 1.0, 5.0),
    }  # fmt: skip
    weights = np.clip(0.5 + np.cumsum(rng.normal(0, 0.05, (80, 52)), axis=0), 0, 1).astype(np.float32)
    place = np.cumsum(rng.normal(0, 0.01, (80, 3)), axis=0)
    moments = np.cumsum(rng.uniform(5, 60, 80))
    one = FaceFilter(settings)
    twins = {g: [settings.get(g, Setting()).make() for _ in c] for g, c in GROUP_INDEX.items()}
    for w, p, t in zip(weights, place, moments):
        got, orient, transl = one.step(w, None, p, t)
        wanted = w.copy()
        for group, columns in GROUP_INDEX.items():
            for twin, c in zip(twins[group], columns):
                wanted[c] = twin.step(np.array([w[c]], np.float64), t)[0]
        np.testing.assert_allclose(got, np.clip(wanted, 0, 1), atol=1e-6)
        assert orient is None and transl is not None
    np.testing.assert_array_equal(got[GROUP_INDEX["cheeks_nose"]], w[GROUP_INDEX["cheeks_nose"]])


def test_weights_stay_in_range_when_a_trend_overshoots() -> None:
    one = FaceFilter({"jaw": Setting("double_exponential", 60.0)})
    values = np.zeros((40, 52), np.float32)
    values[10:, GROUP_INDEX["jaw"]] = 1.0
    out = np.stack([one.weights(v, i * STEP) for i, v in enumerate(values)])
    assert out.min() >= 0 and out.max() <= 1
    assert out.dtype == np.float32


def test_rotation_goes_through_half_a_turn_without_a_jump() -> None:
    one = FaceFilter("light")
    angles = np.linspace(2.8, 3.5, 30)  # axis-angle flips its axis at pi
    previous = None
    for i, angle in enumerate(angles):
        vector = np.array([0.0, angle if angle <= np.pi else angle - 2 * np.pi, 0.0])
        _, orient, _ = one.step(np.zeros(52, np.float32), vector, None, i * STEP)
        matrix = axis_angle_to_matrix(orient)
        if previous is not None:
            assert geodesic_angle(previous, matrix) < 0.05
        previous = matrix
    assert geodesic_angle(previous, axis_angle_to_matrix([0.0, 3.5, 0.0])) < 0.12


def test_off_gives_back_what_it_was_given() -> None:
    one = FaceFilter("off")
    weights, orient = np.random.default_rng(3).random(52), np.array([0.1, 0.2, 0.3])
    got = one.step(weights, orient, None, 0.0)
    assert got[0] is weights and got[1] is orient and got[2] is None


@pytest.mark.parametrize("preset", ["light", "steady"])
@pytest.mark.parametrize("group", ["lids", "jaw"])
def test_presets_halve_noise_and_lag_less_than_a_frame(preset: str, group: str) -> None:
    """With the noise of IMAGE mode, 0.024 (bench/bench_filters.py); a sine of 2 Hz."""
    rng, columns = np.random.default_rng(4), GROUP_INDEX[group]
    noise = rng.normal(0, 0.024, (300, 52))
    still = np.stack([v for v in _through(preset, 0.5 + noise)])[30:, columns]
    assert still.std() < 0.52 * noise[:, columns].std()
    t = np.arange(300) * STEP / 1e3
    wave = 0.5 + 0.3 * np.sin(2 * np.pi * 2 * t)[:, None] + noise
    out = np.stack(_through(preset, wave))
    phase = [np.angle(np.exp(-2j * np.pi * 2 * t[30:]) @ x[30:, columns]) for x in (wave, out)]
    lag_frames = (phase[0] - phase[1]) / (2 * np.pi * 2) * 30
    assert lag_frames.mean() < 1.0


def _through(preset: str, values: np.ndarray) -> list[np.ndarray]:
    one = FaceFilter(preset)
    return [one.weights(v.astype(np.float32), i * STEP) for i, v in enumerate(values)]


def test_settings_are_complete_and_checked() -> None:
    assert set(filter_settings({"jaw": Setting("ema", 10.0)})) == set(FILTER_GROUPS)
    assert all(set(table) == set(FILTER_GROUPS) for table in PRESETS.values())
    with pytest.raises(InputError, match="presets"):
        FaceFilter("heavy")
    with pytest.raises(InputError, match="groups"):
        FaceFilter({"ears": Setting()})


@pytest.mark.parametrize(
    "arguments",
    [("median", 1.0, 1.0), ("ema", 0.0, 0.0), ("one_euro", -1.0, 1.0), ("one_euro", 1.0, -1.0),
     ("kalman", 1.0, 0.0), ("one_euro", float("nan"), 1.0)],
)  # fmt: skip
def test_wrong_settings_are_refused_when_made(arguments: tuple) -> None:
    with pytest.raises(InputError):
        Setting(*arguments)


def test_a_pose_that_comes_later_is_not_eased_from_nowhere() -> None:
    """A take may have no head pose in its first frames; the next ones are not drawn towards the camera."""
    face = FaceFilter("steady")
    weights, orient, transl = (
        np.full(52, 0.3, np.float32),
        np.array([0.1, 0.4, 0.0]),
        np.array([0.0, 0.1, -0.6]),
    )
    face.step(weights, None, None, 0.0)
    _, turned, placed = face.step(weights, orient, transl, 33.0)
    assert turned is not None and placed is not None
    np.testing.assert_allclose(turned, orient, atol=1e-6)
    np.testing.assert_allclose(placed, transl, atol=1e-6)
    face.step(weights, None, None, 66.0)
    _, _, placed = face.step(weights, orient, transl + [0.5, 0.0, 0.0], 99.0)
    np.testing.assert_allclose(placed, transl + [0.5, 0.0, 0.0], atol=1e-6)
