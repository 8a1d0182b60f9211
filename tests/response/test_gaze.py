"""Where the eyes look, from irises, scores and lids."""

from __future__ import annotations

import numpy as np
import pytest

from mp2flame.base.channels import INDEX, MIRROR
from mp2flame.base.detection import Detection
from mp2flame.drive.driver import Driver
from mp2flame.flame.landmarks import embedding_for
from mp2flame.response.gaze import Gaze, looked
from mp2flame.response.response import Response
from mp2flame.response.tables import default_tables

DOWN = [INDEX["eyeLookDownLeft"], INDEX["eyeLookDownRight"]]
LEFT = [INDEX["eyeLookOutLeft"], INDEX["eyeLookInRight"]]
FACING = np.zeros((1, 2))


def eyes(left: float = 0.0, down: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Irises ``(1, 2, 2)`` moved from straight ahead by so many eye distances, and the scores of straight ahead."""
    tables = default_tables()
    x, apart, _, level, height = tables.gaze_ahead
    irises = np.array([[[x + apart + left, height - down], [x - apart + left, height - down]]])
    scores = np.zeros((1, 52))
    scores[:, DOWN] = level
    return irises, scores


def test_an_eyeball_turns_as_far_as_its_iris_moves() -> None:
    """.055 of an eye distance on a ball of .11 is half a radian: .87 of the rig's .6; the scores' fifth sees nothing."""
    weights = Gaze(default_tables())(*eyes(left=0.055), FACING)
    np.testing.assert_allclose(weights[0, LEFT], 0.8 * np.arcsin(0.5) / 0.6, rtol=0.01)
    assert weights[0, DOWN].max() < 0.01


def test_scores_have_a_fifth_sideways_and_two_fifths_up_and_down() -> None:
    look = Gaze(default_tables())
    irises, scores = eyes()
    scores[:, LEFT] = 0.5
    np.testing.assert_allclose(look(irises, scores, FACING)[0, LEFT], 0.2 * 0.5, rtol=0.01)
    irises, scores = eyes()
    scores[:, DOWN] += 0.5
    np.testing.assert_allclose(look(irises, scores, FACING)[0, DOWN], 0.4 * 0.5, rtol=0.01)
    assert looked(scores)[0, 0] == 0


def test_what_hardly_moves_fades_out() -> None:
    irises, scores = eyes()
    scores[:, DOWN] += 0.03 / 0.4  # the size at which 1 - 1/e is left
    weights = Gaze(default_tables())(irises, scores, FACING)
    np.testing.assert_allclose(weights[0, DOWN], 0.03 * (1 - np.exp(-1)), rtol=0.02)


def test_six_tenths_of_the_own_rest_are_straight_ahead() -> None:
    irises, scores = eyes()
    scores[:, DOWN] += 0.5
    look = Gaze(default_tables())
    rest = float(look.down(irises, scores)[0])
    np.testing.assert_allclose(look(irises, scores, FACING, rest=rest)[0, DOWN], 0.4 * rest, rtol=0.01)


def test_one_gaze_for_both_eyes_until_irises_cross_clearly() -> None:
    """Inwards by more than a quarter of a full gaze, what is beyond it is shown; outwards never."""
    tables = default_tables()
    x, apart = tables.gaze_ahead[:2]
    _, scores = eyes()

    def crossed(weight: float) -> np.ndarray:
        move = 0.11 * np.sin(0.6 * weight)
        irises = np.array([[[x + apart - move, 0.02], [x - apart + move, 0.02]]])
        return Gaze(tables)(irises, scores, FACING)[0, [INDEX["eyeLookInLeft"], INDEX["eyeLookInRight"]]]

    assert crossed(0.24).max() < 1e-6 and crossed(-0.6).max() < 1e-6
    np.testing.assert_allclose(crossed(0.55), 0.3, atol=0.01)


def test_mirrored_eyes_look_the_other_way() -> None:
    irises, scores = eyes(left=0.03, down=0.01)
    mirrored = irises[:, ::-1] * np.array([-1, 1])
    look = Gaze(default_tables())
    there, back = look(irises, scores, FACING), look(mirrored, scores[:, MIRROR], FACING)
    np.testing.assert_allclose(back, there[:, MIRROR], atol=1e-12)


@pytest.fixture(scope="module")
def response() -> Response:
    return Driver().estimator


def _lids(openness: float, driver: Driver) -> Detection:
    """The built-in head that looks down, its lids at this share of their aperture and everything else as it is."""
    weights = np.zeros(52, np.float32)
    weights[DOWN] = 0.5
    points = embedding_for(driver.model).landmarks(driver.vertices(driver.params_from_weights(0 * weights)))
    points = points.astype(np.float64)
    rest = points.copy()
    for upper, lower in ((386, 374), (159, 145)):
        points[upper, 1] = rest[lower, 1] + openness * (rest[upper, 1] - rest[lower, 1])
    x, y, z = np.moveaxis(points - np.array([0, -0.03, 0.03]), -1, 0)
    seen = np.stack([0.5 + 3 * x, 0.5 - 3 * y, -3 * z], -1)
    return Detection(weights, seen.astype(np.float32), None, (512, 512))


def test_half_closed_eyes_say_less_alone_and_look_lower_in_order_of_time(response: Response) -> None:
    """Alone a gaze counts as far as the eyes are half open, after another picture as far as they are a fifth open; then
    lids that go down take it with them."""
    driver = Driver()
    wide = _lids(1.0, driver)
    rest = response.told(_lids(1.0, driver))
    rest = type(rest)(rest.rows, rest.scores, rest.worth, rest.facing, rest.frames, gaze=0.0)
    full = response(wide, rest)[DOWN].mean()
    for openness in (0.15, 0.35, 1.0):
        seen = _lids(openness, driver)
        alone = response(seen, rest)[DOWN].mean()
        assert alone / full == pytest.approx(min(openness / 0.5, 1), abs=0.04)
        face = response.face(rest)
        face._gaze = np.zeros((1, 52))  # looked straight ahead a moment ago
        face._weights, face._moment = np.zeros((1, 43)), 0.0
        after = face.step(seen, 33.0)[DOWN].mean()
        lowered = full + default_tables().constant("gaze_lowered") * (1 - openness)
        assert after == pytest.approx(lowered * min(openness / 0.2, 1), abs=0.02)
