"""How well a face is seen: figures of known pictures, and the line of advice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base.detection import Detection
from mp2flame.base.rotations import axis_angle_to_matrix
from mp2flame.base.values import FlameParams, Frame
from mp2flame.observe.head_frame import mean_neutral_points
from mp2flame.observe.quality import COLUMNS, UNKNOWN, advice, light, look, measure, summarise, troubles
from mp2flame.take.take import Take
from mp2flame.take.writer import TakeWriter

SIZE = (480, 640)
GOOD = dict(zip(COLUMNS, (220.0, 8.0, 0.0, 0.5, 0.15)))


def _points(width_px: float = 200.0, centre: tuple[float, float] = (320.0, 240.0), yaw_deg: float = 0.0):
    """The mean face in pixels, turned, as normalised landmarks."""
    points = np.asarray(mean_neutral_points(), float) * [1, -1, -1]
    points = (points - points.mean(0)) @ axis_angle_to_matrix(np.array([0, np.deg2rad(yaw_deg), 0])).T
    points *= width_px / np.ptp(points[:, 0])
    points[:, :2] += centre
    return (points / [SIZE[1], SIZE[0], SIZE[1]]).astype(np.float32)


@pytest.mark.parametrize("width", [40.0, 65.0, 150.0, 320.0])
def test_width_is_that_of_the_face_in_pixels(width: float) -> None:
    row = look(Detection(np.zeros(52, np.float32), _points(width), None, SIZE))
    assert row[0] == pytest.approx(width, abs=0.1)
    assert row[2] == 0 and row[3] == row[4] == UNKNOWN


@pytest.mark.parametrize("yaw", [0.0, 20.0, 45.0, -60.0])
def test_turn_from_the_matrix_and_from_the_points(yaw: float) -> None:
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = axis_angle_to_matrix(np.array([0, np.deg2rad(yaw), 0]))
    matrix[:3, 3] = 0, 0, -40
    seen = Detection(np.zeros(52, np.float32), _points(yaw_deg=yaw), matrix, SIZE)
    assert look(seen)[1] == pytest.approx(abs(yaw), abs=0.1)
    assert look(replace(seen, face_matrix=None))[1] == pytest.approx(abs(yaw), abs=6)
    at_the_side = matrix.copy()
    at_the_side[:3, 3] = np.array([np.sin(np.deg2rad(-yaw)), 0, -np.cos(np.deg2rad(yaw))]) * 40
    assert look(replace(seen, face_matrix=at_the_side))[1] == pytest.approx(0, abs=0.1)  # looks at the camera


def test_a_face_half_outside() -> None:
    row = look(Detection(np.zeros(52, np.float32), _points(centre=(640.0, 240.0)), None, SIZE))
    assert 0.35 < row[2] < 0.65
    assert "outside the picture" in advice(row)


def test_light_is_that_of_the_face_and_not_of_the_wall() -> None:
    image = np.full((*SIZE, 3), 250, np.uint8)
    image[130:350, 210:430] = 40
    image[130:350:2, 210:430] = 20
    mean, spread = light(image, _points())
    assert mean == pytest.approx(30 / 255, abs=0.01) and spread == pytest.approx(10 / 255, abs=0.01)
    assert light(image, _points(centre=(-400.0, 240.0))) == (UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"face_px": 65.0}, "face 65 px wide: come closer; 150 are enough"),
        ({"brightness": 0.05}, "more light"),
        ({"brightness": 0.97}, "less light"),
        ({"contrast": 0.01}, "lens"),
        ({"turn_deg": 62.0}, "turned 62°"),
        ({"outside": 0.3}, "30 % of the face outside"),
        ({"face_px": 120.0}, "usable"),
    ],
)
def test_advice_names_what_is_wrong(change: dict[str, float], words: str) -> None:
    assert words in advice({**GOOD, **change})
    assert advice(GOOD) == "" and advice({}) == ""


def test_the_worst_comes_first_and_all_are_kept() -> None:
    found = troubles({**GOOD, "face_px": 50.0, "brightness": 0.02, "turn_deg": 70.0})
    assert len(found) == 3 and found[0].startswith("face 50 px")


def test_a_fault_of_a_third_of_the_frames_is_told_and_of_one_frame_is_not() -> None:
    rows = np.tile(np.array(list(GOOD.values()), np.float32), (30, 1))
    rows[:1, 1] = 80
    assert summarise(rows, np.ones(30, bool))["advice"] == ""
    rows[:10, 1] = 70
    made = summarise(rows, np.ones(30, bool))
    assert made["advice"].startswith("in 33 % of the frames: face turned 70°")
    assert made["faults"] == {"turned": 0.333} and made["turn_deg"] == 8.0
    rows[10:] = 0  # frames without a face are not judged
    assert summarise(rows, np.arange(30) < 10)["faults"] == {"turned": 1.0}
    assert summarise(rows, np.zeros(30, bool)) == {}


def _frame(index: int, quality: np.ndarray | None, seen: bool = True) -> Frame:
    zero = np.zeros(52, np.float32)
    points = _points(120.0) if seen else None
    return Frame(
        index, 33.0 * index, seen, FlameParams.zeros(5), zero, zero, points, None, SIZE, quality=quality
    )


def test_a_take_keeps_it_through_disk_and_edits(tmp_path: Path) -> None:
    row = np.array(list(GOOD.values()), np.float32)
    with TakeWriter(tmp_path / "a.npz") as writer:
        for i in range(6):
            writer.append(_frame(i, row * (1 + i) if i != 2 else None, seen=i != 2))
    take = Take.load(tmp_path / "a.npz")
    assert take.quality is not None and take.quality.shape == (6, 5)
    np.testing.assert_array_equal(take.quality[3], row * 4)
    assert not take.quality[2].any()
    assert take.frame(2).quality is None and take.frame(3).quality is not None
    assert take.meta["quality"] == take.quality_summary
    np.testing.assert_array_equal(take.trim(first_frame=3).quality[0], row * 4)
    half = take.resample(timestamp_ms=np.array([34.0, 98.0]))
    np.testing.assert_array_equal(half.quality, take.quality[[1, 3]])
    take[3:].save(tmp_path / "b.npz")
    assert Take.load(tmp_path / "b.npz").meta["quality"]["face_px"] != take.meta["quality"]["face_px"]


def test_a_take_without_it_is_read_and_told_from_its_landmarks(tmp_path: Path) -> None:
    old = Take.from_frames([_frame(i, None, seen=i != 1) for i in range(4)])
    old.save(tmp_path / "old.npz")
    assert "quality" not in np.load(tmp_path / "old.npz").files
    take = Take.load(tmp_path / "old.npz")
    assert take.quality is None and not take.quality_rows[1].any()
    assert take.quality_summary["face_px"] == pytest.approx(120, abs=0.2)
    assert "brightness" not in take.quality_summary
    both = take.concat(Take.from_frames([_frame(0, np.ones(5, np.float32))]))
    assert both.quality is not None
    np.testing.assert_allclose(both.quality[0], measure(_points(120.0)[None], None, SIZE)[0], rtol=1e-5)
