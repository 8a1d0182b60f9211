"""Where the rig draws a line: just inside it one thing holds, just outside the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mp2flame.base.channels import INDEX
from mp2flame.base.errors import InputError
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.eyes import eye_openings, lid_gap_mm
from mp2flame.rig.eyelids import Eyelids
from mp2flame.rig.inverse import Inverse
from mp2flame.rig.rig import solve_rig


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
