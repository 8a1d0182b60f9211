"""One door for what was seen: named data is taken by its names, in any order, or refused; never by position."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mp2flame import Driver
from mp2flame.base.channels import ARKIT, BLENDSHAPES, INDEX
from mp2flame.base.detection import Detection
from mp2flame.base.errors import InputError, NoFaceError, ShapeError

RNG = np.random.default_rng(5)
ROW = RNG.random(52).astype(np.float32)
ROWS = RNG.random((4, 52)).astype(np.float32)
ORDER = RNG.permutation(52)
SHUFFLED = tuple(BLENDSHAPES[i] for i in ORDER)


@dataclass
class Category:
    category_name: str
    score: float


@dataclass
class Point:
    x: float
    y: float
    z: float


@dataclass
class Result:
    """The three lists of MediaPipe's ``FaceLandmarkerResult``."""

    face_landmarks: list[list[Point]]
    face_blendshapes: list[list[Category]]
    facial_transformation_matrixes: list[np.ndarray]


def categories(row: np.ndarray = ROW) -> list[Category]:
    return [Category(name, float(value)) for name, value in zip(SHUFFLED, row[ORDER])]


def result(*sizes: float) -> Result:
    """Faces of these sizes, each with its own scores."""
    points = RNG.random((478, 3))
    faces = [[Point(*(0.5 + size * (p - 0.5))) for p in points] for size in sizes]
    return Result(faces, [categories(ROW * s) for s in sizes], [np.eye(4) for _ in sizes])


def named() -> list[Any]:
    dtype = [(name, "f4") for name in SHUFFLED]
    made = [
        categories(),
        {name: float(v) for name, v in zip(SHUFFLED, ROW[ORDER])},
        np.array([tuple(ROW[ORDER])], dtype)[0],
        result(1.0),
        Detection(ROW),
        {"blendshapes": ROW},
        {"blendshapes": dict(zip(SHUFFLED, ROW[ORDER]))},
    ]
    return [pytest.param(value, id=type(value).__name__) for value in made]


@pytest.mark.parametrize("seen", named())
def test_named_data_is_taken_by_name(seen: Any) -> None:
    np.testing.assert_allclose(Detection.of(seen).blendshapes, ROW, atol=1e-7)


@pytest.mark.parametrize("spelling", ["eyeBlinkLeft", "EyeBlinkLeft", "eyeBlink_L", "eye_blink_left"])
def test_any_spelling_is_understood(spelling: str) -> None:
    seen = Detection.of({spelling: 0.5}, allow_missing=True).blendshapes
    assert seen[INDEX["eyeBlinkLeft"]] == 0.5 and seen.sum() == 0.5


def test_tables_are_taken_by_name() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(ROWS[:, ORDER], columns=SHUFFLED)
    frame.insert(3, "frame", range(4))
    np.testing.assert_array_equal(Detection.of(frame).blendshapes, ROWS)
    np.testing.assert_array_equal(Detection.of(frame.iloc[2]).blendshapes, ROWS[2])
    apple = frame.rename(columns=str)[[n for n in ARKIT if n in SHUFFLED]]
    np.testing.assert_array_equal(Detection.of(apple).blendshapes[:, 1:], ROWS[:, 1:])
    with pytest.raises(InputError, match="none of these names"):
        Detection.of(pandas.DataFrame(ROWS))
    doubled = frame.assign(again=0.5).rename(columns={"again": "jawOpen"})
    with pytest.raises(InputError, match=r"twice, which is meant\? jawOpen"):
        Detection.of(doubled)
    records = np.rec.fromarrays(list(ROWS[:, ORDER].T), names=list(SHUFFLED))
    np.testing.assert_array_equal(Detection.of(records).blendshapes, ROWS)
    np.testing.assert_array_equal(
        Detection.of([dict(zip(SHUFFLED, r[ORDER])) for r in ROWS]).blendshapes, ROWS
    )


def test_tensors() -> None:
    torch = pytest.importorskip("torch")
    for grad in (False, True):
        tensor = torch.tensor(ROWS, requires_grad=grad)
        np.testing.assert_array_equal(Detection.of(tensor).blendshapes, ROWS)
    byname = {name: torch.tensor(v, requires_grad=True) for name, v in zip(SHUFFLED, ROWS[:, ORDER].T)}
    np.testing.assert_array_equal(Detection.of(byname).blendshapes, ROWS)


def test_jax_arrays() -> None:
    jax = pytest.importorskip("jax")
    np.testing.assert_array_equal(Detection.of(jax.numpy.asarray(ROWS)).blendshapes, ROWS)


def test_what_lacks_channels_says_which() -> None:
    some = {name: 0.1 for name in SHUFFLED if name not in ("jawOpen", "mouthPucker")}
    with pytest.raises(InputError, match="2 of the 52 channels are missing: jawOpen, mouthPucker"):
        Detection.of(some)
    assert Detection.of(some, allow_missing=True).blendshapes[INDEX["jawOpen"]] == 0


def test_unnamed_columns_need_an_order() -> None:
    arkit = RNG.random((3, 52))
    with pytest.raises(ShapeError, match="to_mediapipe"):
        Detection.of(arkit[:, :51])
    seen = Detection.of(arkit, order="arkit").blendshapes
    np.testing.assert_allclose(seen[:, INDEX["jawOpen"]], arkit[:, ARKIT.index("jawOpen")], rtol=1e-6)
    with pytest.raises(InputError, match="divide percentages"):
        Detection.of(100 * arkit)


def test_a_result_without_a_face_and_with_several() -> None:
    with pytest.raises(NoFaceError, match="no face"):
        Detection.of(Result([], [], []))
    np.testing.assert_allclose(Detection.of(result(0.2, 0.9, 0.5)).blendshapes, 0.9 * ROW, atol=1e-6)


def test_arrays_that_do_not_belong_together() -> None:
    points = RNG.random((4, 478, 3))
    with pytest.raises(InputError, match="image_size"):
        Detection.of(ROWS, landmarks=points)
    with pytest.raises(ShapeError, match="differ in their batch"):
        Detection.of(ROWS[:3], landmarks=points, image_size=(480, 640))
    whole = Detection.of(ROWS, landmarks=points, image_size=(480, 640))
    assert whole[1] == Detection.of(ROWS[1], landmarks=points[1], image_size=(480, 640)) != whole[2]
    assert Detection.stack(list(whole)) == whole


def test_the_shape_of_the_picture_is_read_from_the_face_matrix(shared: Path) -> None:
    """MediaPipe's result does not hold the picture's size; a 4:3 picture must not be taken for a square."""
    from mp2flame.drive.watch import watch

    pytest.importorskip("mediapipe")
    source = shared / "data/videos/intel_asl__again.mkv"
    _, seen = next(pair for pair in watch(source) if pair[1] is not None)
    assert seen is not None and seen.landmarks is not None
    points = [Point(*map(float, p)) for p in seen.landmarks]
    scores = [Category(n, float(v)) for n, v in zip(BLENDSHAPES, seen.blendshapes)]
    guessed = Detection.of(Result([points], [scores], [seen.face_matrix])).image_size
    assert guessed is not None and seen.image_size is not None
    assert guessed[1] / guessed[0] == pytest.approx(seen.image_size[1] / seen.image_size[0], rel=0.05)
    driver = Driver()
    one, other = driver.convert(seen), driver.convert(Result([points], [scores], [seen.face_matrix]))
    assert np.abs(one.global_orient - other.global_orient).max() < 0.06
