"""How long it takes still: true where it can be known, unsaid where not. The clock is a stand-in."""

from __future__ import annotations

import re

import pytest

from mp2flame.cli import progress
from mp2flame.cli.progress import Progress


class Clock:
    now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    return made


def told(text: str) -> list[tuple[int, int | None]]:
    """(frames done, seconds left or None) of each line."""
    lines = [re.match(r"frame (\d+) of \d+ \(\d+ %(?:, (\d+) s left)?\)", line) for line in text.splitlines()]
    return [(int(m[1]), None if m[2] is None else int(m[2])) for m in lines if m]


def test_even_steps_end_when_it_was_said(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    shown, start, rate = Progress(3000), clock.now, 20.0
    for done in range(1, 3001):
        clock.now = start + done / rate
        shown.step(done, detected=done)
    said = told(capsys.readouterr().err)
    assert len(said) >= 20 and said[0] == (1, None), "nothing is known after one frame"
    for done, left in said[1:]:
        assert left == pytest.approx((3000 - done) / rate, abs=0.51)


def test_frames_that_come_at_once_after_a_look_ahead_are_no_speed(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten seconds of the file are looked at for the resting face, then given out within 0.1 s; 30 a second all the time."""
    shown, start = Progress(3000), clock.now
    for done in range(1, 3001):
        clock.now = start + (10 + done / 3000 if done <= 300 else done / 30)
        shown.step(done)
    said = [(done, left) for done, left in told(capsys.readouterr().err) if left is not None]
    assert len(said) > 10
    for done, left in said:
        assert left == pytest.approx((3000 - done) / 30, rel=0.02, abs=1)


def test_a_slow_start_is_soon_forgotten_and_short_runs_estimate_nothing(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = Progress(10)
    for done in range(1, 11):
        clock.now += 0.19
        shown.step(done)
    assert all(left is None for _, left in told(capsys.readouterr().err)), (
        "two seconds of steps are not there yet"
    )


def test_without_a_length_there_is_a_speed_and_no_end(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = Progress(None, label="video")
    for done in range(1, 40):
        clock.now += 1
        shown.step(done, detected=done - 1)
    text = capsys.readouterr().err
    assert "video 36, face in 35, 1 per second" in text and "left" not in text and "%" not in text


def test_quiet_says_nothing(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    shown = Progress(100, quiet=True)
    for done in range(100):
        clock.now += 1
        shown.step(done)
    assert capsys.readouterr() == ("", "")
