"""The figures on the packaged sample are those that were pinned; nothing but the package is needed.

A change that was meant: ``python tests/kit/pinned.py --write``, and the new figures are part of the change.
"""

from __future__ import annotations

import pytest

import pinned
from mp2flame import Driver


@pytest.mark.parametrize("part", pinned.PARTS)
def test_the_figures_are_those_that_were_pinned(part: str) -> None:
    changed = pinned.changes(pinned.load()[part], pinned.PARTS[part](Driver()))
    assert not changed, "changed (was it meant? python tests/kit/pinned.py --write):\n" + "\n".join(changed)


def test_a_change_is_seen() -> None:
    was = {"a": 1.0, "share, frown in blinks": 0.5, "n": None}
    assert not pinned.changes(was, {"a": 1.004, "share, frown in blinks": 0.51, "n": None})
    assert pinned.changes(was, {"a": 1.006, "share, frown in blinks": 0.55, "b": 1.0}) == [
        "a: 1.0 -> 1.006", "b: new", "n: gone", "share, frown in blinks: 0.5 -> 0.55",
    ]  # fmt: skip


def test_the_sample_is_small() -> None:
    assert (pinned.DATA / "pinned.npz").stat().st_size < 300_000
