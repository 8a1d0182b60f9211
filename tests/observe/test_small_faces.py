"""Small faces: looked for again, followed as any other, and moved to the whole picture without a change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mp2flame.base.detection import Detection
from mp2flame.observe import small_faces as small

SIZE = (1080, 1920)


@pytest.mark.parametrize(
    "size", [(1080, 1920), (1920, 1080), (2160, 3840), (720, 1280), (1000, 1000), (600, 2400)]
)
def test_cut_outs_cover_the_picture_and_every_small_face_lies_in_one(size: tuple[int, int]) -> None:
    there = small.tiles(size)
    covered = np.zeros(size, bool)
    for x, y, side in there:
        assert x >= 0 and y >= 0 and x + side <= size[1] and y + side <= size[0]
        covered[y : y + side, x : x + side] = True
    assert covered.all()
    rng = np.random.default_rng(0)
    face = 0.1 * max(size) * np.array([1.0, 1.2])
    for _ in range(300):
        at = rng.uniform(0, np.array(size[::-1]) - face)
        assert any(
            x <= at[0] and at[0] + face[0] <= x + s and y <= at[1] and at[1] + face[1] <= y + s
            for x, y, s in there
        )
    assert small.tiles((240, 320)) == []


def test_a_matrix_of_a_cut_out_is_that_of_the_whole_picture() -> None:
    """A point seen by the cut-out's camera and by the whole picture's lies on the same pixel."""
    tile = (1200, 500, 400)
    matrix = np.eye(4)
    matrix[:3, 3] = 3.0, -2.0, -40.0
    face = Detection(
        np.zeros(52, np.float32), np.full((478, 3), 0.5, np.float32), matrix.astype(np.float32), (400, 400)
    )
    moved = small.in_whole(face, tile, SIZE)
    assert moved.landmarks is not None and moved.face_matrix is not None and moved.image_size == SIZE
    np.testing.assert_allclose(moved.landmarks[0, :2], [1400 / 1920, 700 / 1080], atol=1e-6)
    pixels = []
    for place, height, middle in (
        (matrix[:3, 3], 400, (1400, 700)),
        (moved.face_matrix[:3, 3], 1080, (960, 540)),
    ):
        focal = height / 2 / np.tan(np.radians(31.5))
        pixels.append([middle[0] - focal * place[0] / place[2], middle[1] + focal * place[1] / place[2]])
    np.testing.assert_allclose(pixels[0], pixels[1], atol=0.01)
    assert moved.face_matrix[2, 3] == pytest.approx(-40 * 1080 / 400, rel=1e-6)
    turn = moved.face_matrix[:3, :3].astype(np.float64)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-6)


@pytest.mark.parametrize("mode", ["video", "image"])
def test_small_faces_are_found_and_followed(shared: Path, mode: str) -> None:
    cv2 = pytest.importorskip("cv2")
    pytest.importorskip("mediapipe")
    from mp2flame.io.sources.images import read_image
    from mp2flame.observe.detector import Detector

    model = shared / "models" / "face_landmarker.task"
    picture = read_image(shared / "data" / "images" / "skimage__astronaut.png")
    with Detector("image", model_path=model) as still:
        truth = still.detect(picture)[0]
    for width, (x, y) in ((100, (1500, 300)), (166, (400, 800))):
        scale = width / (truth.box[2] - truth.box[0])
        reduced = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        middle = scale * (truth.box[0] + truth.box[2]) / 2, scale * (truth.box[1] + truth.box[3]) / 2
        with (
            Detector(mode, model_path=model) as looking,
            Detector(mode, model_path=model, small_faces=False) as plain,
        ):  # type: ignore[arg-type]
            for i in range(4):
                move = np.array([[1, 0, x + 2 * i - middle[0]], [0, 1, y - middle[1]]])
                whole = cv2.warpAffine(reduced, move, SIZE[::-1], borderValue=(128, 128, 128))
                assert plain.detect(whole, 33.0 * i) == []
                (face,) = looking.detect(whole, 33.0 * i)
                assert face.box[0] + face.box[2] == pytest.approx(2 * (x + 2 * i), abs=6)
                assert face.box[2] - face.box[0] == pytest.approx(width, rel=0.06)
                assert face.face_matrix is not None and truth.face_matrix is not None
                assert np.abs(face.blendshapes - truth.blendshapes).max() < 0.25


def test_pictures_alike_share_the_search_and_others_are_searched_whole() -> None:
    """One cut-out a frame of a film in turn, all of a photograph; every second look where the face was."""
    pytest.importorskip("cv2")
    rng = np.random.default_rng(3)
    film = np.kron(rng.integers(0, 255, (18, 32, 3)), np.ones((60, 60, 1))).astype(np.uint8)
    other = film[:, ::-1].copy()
    all_of_them = small.tiles(SIZE)
    for alone in (True, False):
        search = small.Search()
        assert search.where(film, alone) == all_of_them
        turns = [search.where(np.roll(film, 2 * i, 1), alone) for i in range(len(all_of_them) + 1)]
        assert sorted(len(turn) for turn in turns) == [0] + [1] * len(all_of_them)
        assert {tile for turn in turns for tile in turn} == set(all_of_them)
        looked = search.where(other, alone)
        assert looked == all_of_them if alone else len(looked) <= 1
    search = small.Search()
    search.where(film, False)
    search.found((900.0, 500.0, 1000.0, 620.0), in_cut_out=True)
    looks = [search.where(other, False)[0] for _ in range(3)]
    near = small.tile_around((900.0, 500.0, 1000.0, 620.0), SIZE)
    assert [look == near for look in looks] == [True, False, True]


def test_an_empty_picture_stays_empty(shared: Path) -> None:
    pytest.importorskip("mediapipe")
    from mp2flame.observe.detector import Detector

    with Detector(model_path=shared / "models" / "face_landmarker.task") as detector:
        for i in range(9):
            assert detector.detect(np.full((*SIZE, 3), 90, np.uint8), 33.0 * i) == []


@pytest.mark.parametrize("width", [100, 166, 200])
def test_following_a_small_face_takes_two_looks_a_picture(
    shared: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the tracker's own: a hand-over that failed is not tried again in every picture."""
    cv2 = pytest.importorskip("cv2")
    pytest.importorskip("mediapipe")
    from mp2flame.io.sources.images import read_image
    from mp2flame.observe.detector import Detector

    model = shared / "models" / "face_landmarker.task"
    picture = read_image(shared / "data" / "images" / "cap4d_lincoln__abraham_lincoln.png")
    with Detector("image", model_path=model) as still:
        box = still.detect(picture)[0].box
    scale = width / (box[2] - box[0])
    reduced = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    looks: list[str] = []
    seen, over = Detector._seen, Detector._hand_over
    monkeypatch.setattr(Detector, "_seen", lambda self, *a: (looks.append("look"), seen(self, *a))[1])
    monkeypatch.setattr(Detector, "_hand_over", lambda self, *a: (looks.append("over"), over(self, *a))[1])
    with Detector("video", model_path=model) as detector:
        for index in range(8):
            wide = np.full((1080, 1920, 3), 128, np.uint8)
            x, y = 300 + index, 200
            wide[y : y + reduced.shape[0], x : x + reduced.shape[1]] = reduced[: 1080 - y]
            assert detector.detect(wide, 33.3 * index)
            if index == 0:
                first = len(looks)
    assert looks.count("over") == 1 and len(looks) - first <= 2 * 7


def test_a_tracker_that_will_not_hold_a_face_is_left_alone_for_a_while() -> None:
    search = small.Search()
    tried = 0
    for _ in range(40):
        if search.worth_handing_over():
            tried += 1
            search.handed_over(False)
    assert tried == 3
    search.handed_over(True)
    assert search.worth_handing_over()
