"""Where the rig draws a line: just inside it one thing holds, just outside the other."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

from mp2flame.base.channels import INDEX
from mp2flame.base.errors import InputError
from mp2flame.base.header import Header
from mp2flame.base.values import FlameParams
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.eyes import eye_openings, lid_gap_mm
from mp2flame.flame.landmarks import NUM_SKIN_LANDMARKS
from mp2flame.rig import eyelids, inverse, solver
from mp2flame.rig.eyelids import Eyelids
from mp2flame.rig.inverse import Inverse
from mp2flame.rig.limits import limits_for
from mp2flame.rig.mapping.linear import SCHEMA, ExtrapolationWarning, LinearMapping
from mp2flame.rig.rig import RIDGE, solve_rig
from mp2flame.rig.solver import Solver
from mp2flame.rig.transfer import Transfer
from second_head import second_head


def _offset_that_closes(side: int, wanted_mm: float) -> np.ndarray:
    """Part of the blink that closes the eye by so much."""
    model = builtin_head()
    name = ("eyeBlinkLeft", "eyeBlinkRight")[side]
    full = model.exprdirs @ solve_rig(model).expression[INDEX[name]]
    opening, rest = eye_openings(model)[side], model.v_template
    low, high = 0.0, 1.0
    for _ in range(40):
        share = (low + high) / 2
        closed = lid_gap_mm(rest, opening).mean() - lid_gap_mm(rest + share * full, opening).mean()
        low, high = (share, high) if closed < wanted_mm else (low, share)
    return high * full


def test_an_eyelid_offset_closes_its_eye_by_two_millimetres() -> None:
    model = builtin_head()
    Eyelids(model, _offset_that_closes(0, 2.1), _offset_that_closes(1, 2.1))
    for wanted in ((1.9, 2.1), (2.1, 1.9)):
        with pytest.raises(InputError, match=r"closes that eye by 1\.9 mm; at least 2"):
            Eyelids(model, *(_offset_that_closes(side, mm) for side, mm in enumerate(wanted)))


def test_an_eyelid_offset_moves_by_less_than_a_metre() -> None:
    model = builtin_head()
    near, far = (_offset_that_closes(0, 3.0) for _ in range(2))
    back = int(np.argmin(model.v_template[:, 2]))  # not of an eye
    near[back, 2], far[back, 2] = -0.95, -1.05
    Eyelids(model, near, _offset_that_closes(1, 3.0))
    with pytest.raises(InputError, match="more than 1 m"):
        Eyelids(model, far, _offset_that_closes(1, 3.0))


def test_a_shape_is_visible_from_a_twentieth_of_a_millimetre_on() -> None:
    inverse = Inverse.of(builtin_head())
    assert replace(inverse, alone_mm=np.array([0.045, 0.055])).visible.tolist() == [False, True]


def test_a_jaw_that_turns_by_less_than_a_twentieth_of_a_radian_is_none() -> None:
    """Then the other jaw shapes count by nothing, for they are in the expression."""
    model, rig = builtin_head(), solve_rig(builtin_head())
    turn = rig.jaw_pose[INDEX["jawOpen"], 0]
    still, turned = (
        limits_for(model, replace(rig, jaw_pose=rig.jaw_pose * (radians / turn))).jaw
        for radians in (0.045, 0.055)
    )
    assert np.flatnonzero(still).tolist() == [INDEX["jawOpen"]]
    assert len(np.flatnonzero(turned)) > 1 and turned[INDEX["jawOpen"]] == pytest.approx(1)


def test_a_basis_of_a_millimetre_is_in_standard_deviations_and_a_smaller_one_is_not() -> None:
    model = builtin_head()
    ones = np.ones(NUM_SKIN_LANDMARKS)
    reach = np.linalg.norm(Solver(model, 20, RIDGE, ones).basis, axis=1).max()
    for metres, unit in ((0.00105, 1.0), (0.00095, 0.010 / 0.00095)):
        small = replace(model, exprdirs=model.exprdirs * np.float32(metres / reach), sha256="")
        assert Solver(small, 20, RIDGE, ones).unit == pytest.approx(unit, rel=1e-4)


def test_the_steps_of_derivatives_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are no settings: half of one gives the same rig, and the same weights back."""

    def found() -> tuple[np.ndarray, np.ndarray]:
        rig = solve_rig(second_head(), use_cache=False)
        faces = rig.params(np.random.default_rng(0).random((8, 52)) ** 3)
        return rig.matrix, Inverse.of(second_head(), rig=rig).weights(faces)

    before = found()
    for module, name in ((eyelids, "_STEP"), (solver, "_EPSILON"), (inverse, "_JAW_STEP")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, getattr(module, name) / 2)
            for was, now in zip(before, found(), strict=True):
                assert np.abs(now - was).max() < 0.02, name


def test_mouth_close_is_looked_at_from_four_thousandths_on() -> None:
    """Less of it closes nothing that could be seen; lips that meet over a hundredth of it show where the line is."""
    rig = solve_rig(builtin_head())
    shapes = rig.expression.copy()
    shapes[INDEX["mouthClose"]] *= 30
    asked = np.zeros((2, 52), np.float32)
    asked[:, INDEX["mouthClose"]] = 0.0037, 0.0043
    left = replace(rig, expression=shapes).limits(asked)[:, INDEX["mouthClose"]]
    assert left[0] == asked[0, INDEX["mouthClose"]] and left[1] < 0.9 * asked[1, INDEX["mouthClose"]]


def test_a_shape_as_small_as_the_ridge_gets_half_its_weight() -> None:
    """Least squares with a ridge by hand: s s / (s s + r r) with s = r = 0.03 mm at every landmark."""
    inverse, shape = Inverse.of(builtin_head()), INDEX["jawOpen"]
    motion = np.zeros_like(inverse.motion)
    motion[shape, ::3] = 0.03e-3
    found = replace(inverse, motion=motion)._solve(motion[shape][None], np.zeros((1, 52)), 0.0, False)
    assert found[0, shape] == pytest.approx(0.5, abs=1e-3)


def test_a_transfer_gives_up_three_of_ten_thousand_for_its_ridge() -> None:
    """One direction onto itself: x / (1 + ridge)."""
    model = replace(builtin_head(), exprdirs=builtin_head().exprdirs[:, :, :1], sha256="")
    params = FlameParams.zeros(1).replace(expression=np.array([1.0], np.float32))
    got = Transfer.between(model, model)(params).params.expression[0]
    assert 1 - got == pytest.approx(3e-4, abs=2e-5)


def test_a_score_is_warned_of_from_fifteen_hundredths_outside_on() -> None:
    low, high = np.zeros(52), np.full(52, 0.5)
    header = Header(
        SCHEMA, num_expression=1, notes={"coverage": {"low": low.tolist(), "high": high.tolist()}}
    )
    mapping = LinearMapping.from_blocks({"expression": np.ones((52, 1), np.float32)}, header=header)
    scores = np.full(52, 0.2)
    for value, warned in ((0.64, False), (0.66, True)):
        scores[INDEX["jawOpen"]] = value
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ExtrapolationWarning)
            mapping.apply(scores)
        assert bool(caught) == warned, value
