"""Faces keep their numbers, and the one that drives is the one that the rule says."""

from __future__ import annotations

import numpy as np
import pytest

from live_kit import face
from mp2flame.base.errors import InputError
from mp2flame.observe.which_face import FaceTracker


def ids(tracker: FaceTracker, *faces: object, at_ms: float) -> tuple[list[int], int | None]:
    found, driving = tracker.update(list(faces), at_ms)  # type: ignore[arg-type]
    return [one.id for one in found], None if driving is None else driving.id


def test_numbers_stay_when_the_detector_changes_the_order() -> None:
    tracker, rng = FaceTracker(), np.random.default_rng(0)
    left, right = 0.25, 0.75
    assert ids(tracker, face(left), face(right), at_ms=0)[0] == [0, 1]
    for k in range(1, 60):
        left, right = left + rng.normal(0, 0.01), right + rng.normal(0, 0.01)
        swapped = bool(rng.integers(2))
        order = [face(right), face(left)] if swapped else [face(left), face(right)]
        assert ids(tracker, *order, at_ms=33.0 * k)[0] == ([1, 0] if swapped else [0, 1])


def test_faces_that_pass_each_other_side_by_side_keep_their_numbers() -> None:
    tracker = FaceTracker()
    for k in range(40):
        x = 0.2 + 0.6 * k / 39
        got, _ = ids(tracker, face(x, 0.25, 0.15), face(1 - x, 0.75, 0.15), at_ms=33.0 * k)
        assert got == [0, 1]


def test_a_fast_face_keeps_its_number_a_far_one_is_new() -> None:
    tracker = FaceTracker()
    assert ids(tracker, face(0.3, width=0.2), at_ms=0)[0] == [0]
    assert ids(tracker, face(0.47, width=0.2), at_ms=33)[0] == [0]  # no overlap to speak of, but near
    assert ids(tracker, face(0.9, width=0.2), at_ms=66)[0] == [1]
    assert ids(tracker, face(0.9, width=0.05), at_ms=99)[0] == [2]  # there, but of another size


def test_the_largest_at_the_start_drives_until_it_is_lost() -> None:
    tracker = FaceTracker(keep_ms=500)
    small, large = face(0.2, width=0.2), face(0.7, width=0.3)
    assert ids(tracker, small, large, at_ms=0) == ([0, 1], 1)
    grown = face(0.2, width=0.39)
    assert ids(tracker, face(0.2, width=0.3), large, at_ms=33)[1] == 1
    assert ids(tracker, grown, large, at_ms=66)[1] == 1  # larger now, still not its turn
    assert ids(tracker, grown, at_ms=100) == ([0], None)  # hidden for a moment: nobody drives
    assert ids(tracker, grown, large, at_ms=400) == ([0, 1], 1)  # back with its number and its role
    assert ids(tracker, grown, at_ms=700)[1] is None
    assert ids(tracker, grown, at_ms=1000)[1] == 0  # lost: the other takes over
    assert ids(tracker, grown, large, at_ms=1033) == ([0, 2], 0)  # its number is never used again


def test_other_rules() -> None:
    tracker = FaceTracker("largest")
    assert ids(tracker, face(0.2, width=0.2), face(0.7, width=0.3), at_ms=0)[1] == 1
    assert ids(tracker, face(0.2, width=0.35), face(0.7, width=0.3), at_ms=33)[1] == 0
    tracker.set_rule(1)
    assert ids(tracker, face(0.2, width=0.35), face(0.7, width=0.3), at_ms=66)[1] == 1
    assert ids(tracker, face(0.2, width=0.35), at_ms=99)[1] is None
    with pytest.raises(InputError, match="largest"):
        tracker.set_rule("nearest")  # type: ignore[arg-type]
    with pytest.raises(InputError):
        FaceTracker(-1)


def test_no_face_and_faces_of_nan() -> None:
    tracker = FaceTracker()
    assert ids(tracker, at_ms=0) == ([], None)
    broken = face()
    broken.landmarks[5] = np.nan
    assert ids(tracker, broken, at_ms=33) == ([], None)
    assert ids(tracker, face(), at_ms=66) == ([0], 0)


def test_time_that_starts_anew_starts_faces_anew() -> None:
    tracker = FaceTracker()
    assert ids(tracker, face(0.3), at_ms=50_000)[0] == [0]
    assert ids(tracker, face(0.3), at_ms=0)[0] == [0]
    assert ids(tracker, face(0.3), at_ms=3000)[0] == [1]
