"""The face-lost policy: held, then eased, never frozen, never a jump."""

from __future__ import annotations

import numpy as np
import pytest

from mp2flame.base.errors import InputError
from mp2flame.base.values import FlameParams
from mp2flame.drive.face_lost import FaceLost, LostPolicy


def face(value: float) -> FlameParams:
    zeros = FlameParams.zeros(10)
    return zeros.replace(
        expression=np.full(10, value, np.float32),
        jaw_pose=np.array([0.3 * value, 0, 0]),
        global_orient=np.array([0, 0.5 * value, 0]),
        transl=np.array([0, 0, -0.6]),
    )


def follow(policy: LostPolicy, pattern: str, step_ms: float = 20.0):
    """Runs a pattern of faces (x) and gaps (.), returns shown params and states."""
    follower = FaceLost(policy, FlameParams.zeros(10))
    shown, states = [], []
    for k, mark in enumerate(pattern):
        seen = mark == "x"
        params, _ = follower.step(k * step_ms, face(1.0) if seen else None, np.ones(52) if seen else None)
        shown.append(params)
        states.append(follower.state)
    return FlameParams.stack(shown), states


def test_before_the_first_face_the_head_rests() -> None:
    shown, states = follow(LostPolicy(), "....")
    assert not np.any(shown.expression)
    assert set(states) == {"lost"}


def test_hold_then_return_then_rest() -> None:
    shown, states = follow(LostPolicy(hold_ms=200, return_ms=400), "x" * 10 + "." * 50)
    values = shown.expression[:, 0]
    assert np.all(values[:20] == 1)  # tracked, then held for 200 ms after the last face
    assert np.all(np.diff(values) <= 1e-6)
    assert values[45] == 0
    assert (
        states[9] == "tracking"
        and states[15] == "holding"
        and states[25] == "returning"
        and states[-1] == "lost"
    )
    np.testing.assert_allclose(shown.transl[-1], [0, 0, -0.6])  # the head stays where it was
    np.testing.assert_allclose(shown.global_orient[-1], 0, atol=1e-6)


def test_nothing_snaps() -> None:
    shown, _ = follow(LostPolicy(hold_ms=100, return_ms=400, resume_ms=200), "x" * 10 + "." * 40 + "x" * 20)
    assert np.abs(np.diff(shown.expression[:, 0])).max() < 0.2
    assert np.abs(np.diff(shown.global_orient[:, 1])).max() < 0.1
    np.testing.assert_allclose(shown.expression[-1], 1)


def test_a_short_gap_is_invisible() -> None:
    shown, _ = follow(LostPolicy(hold_ms=300), "xxxxx....xxxxx")
    assert np.all(shown.expression == 1)


def test_another_face_is_eased_to() -> None:
    follower = FaceLost(LostPolicy(resume_ms=100), FlameParams.zeros(10))
    follower.step(0.0, face(0.0), np.zeros(52))
    follower.ease(0.0)
    seen = [follower.step(t, face(1.0), np.ones(52))[0].expression[0] for t in (20.0, 50.0, 80.0, 120.0)]
    assert 0 < seen[0] < seen[1] < seen[2] < 1 == seen[3]


def test_zero_times_act_at_once() -> None:
    shown, _ = follow(LostPolicy(hold_ms=0, return_ms=0, resume_ms=0), "xx..xx")
    np.testing.assert_array_equal(shown.expression[:, 0], [1, 1, 0, 0, 1, 1])


def test_negative_time_is_refused() -> None:
    with pytest.raises(InputError, match="hold_ms"):
        LostPolicy(hold_ms=-1)
