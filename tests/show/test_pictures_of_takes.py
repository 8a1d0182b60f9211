"""Takes as pictures: framing, times, lost frames, the source beside the head, contact sheets, the command."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from meshes import sphere
from mp2flame.base.errors import InputError, ShapeError
from mp2flame.base.values import FlameParams
from mp2flame.flame import FlameModel
from mp2flame.show.pictures import TakeRenderer, contact_sheet
from mp2flame.show.pictures.overlay import clock, fitted, greyed, label
from mp2flame.show.pictures.sheet import evenly_spaced, most_different
from mp2flame.show.pictures.take import SourcePictures
from mp2flame.take.take import Take

pytest.importorskip("PIL")


@pytest.fixture(scope="module")
def model() -> FlameModel:
    """A ball with a nose, far from the origin's height, on a wide bust that hangs on the root joint."""
    v, f = sphere(16, 20)
    nose = v * 0.2 + [0, 0, 0.1]
    bust = v * [3.0, 0.5, 1.0] + [0, -0.2, 0]
    vertices = np.concatenate([v, nose, bust]) + [0, 0.3, 0]
    count = len(vertices)
    weights = np.zeros((count, 5))
    weights[:, 1] = 1
    weights[2 * len(v) :, :2] = (1, 0)
    exprdirs = np.zeros((count, 3, 2))
    exprdirs[:, 0, 0] = 0.01
    return FlameModel(
        v_template=vertices,
        faces=np.concatenate([f, f + len(v), f + 2 * len(v)]),
        shapedirs=np.zeros((count, 3, 1)),
        exprdirs=exprdirs,
        posedirs=np.zeros((count, 3, 36)),
        J_regressor=np.full((5, count), 1 / count),
        lbs_weights=weights,
    )


def recording(num_frames: int = 6, step_ms: float = 40.0, **changes) -> Take:
    params = FlameParams.zeros(2, (num_frames,))
    rows = {k: v for k, v in changes.items() if k in params.asdict()}
    others = {k: v for k, v in changes.items() if k not in rows}
    times = others.pop("timestamp_ms", 500 + step_ms * np.arange(num_frames))
    return Take.from_params(params.replace(**rows), times, **others)


def renderer(model, take, **options) -> TakeRenderer:
    options = {"size": (64, 64), "backend": "software", "samples": 1, **options}
    return TakeRenderer(take, model, model.prepare().forward_params, **options)


def test_head_turns_in_the_middle_of_the_picture(model):
    orient = np.zeros((5, 3), np.float32)
    orient[1], orient[2], orient[3] = (0, 0.7, 0), (0, -0.7, 0), (0.5, 0, 0)
    take = recording(5, global_orient=orient, transl=np.full((5, 3), 0.4, np.float32))
    with renderer(model, take) as pictures:
        head = pictures._head
        camera = pictures.renderer.camera
        boxes = [camera.project(pictures.vertices(k)[head])[0] for k in range(5)]
        nose = model.v_template[head][:, 2].argmax()
        tip = [box[nose] for box in boxes]
        for box in boxes:
            assert box.min() > 1 and box.max() < 63
        assert tip[1][0] > tip[0][0] + 5  # the subject's left is the picture's right
        assert tip[2][0] < tip[0][0] - 5
        assert tip[3][1] > tip[0][1] + 4  # positive about x looks down
        assert np.allclose(boxes[4], boxes[0], atol=1e-3)  # the position does not matter
    with renderer(model, take, with_pose=False) as still:
        assert np.allclose(still.vertices(1), still.vertices(0), atol=1e-7)


def test_lost_frames_are_grey_and_marked(model):
    red = np.tile(np.array([220, 40, 40], np.uint8), (model.num_vertices, 1))
    take = recording(2, detected=[True, False])
    with renderer(model, take, colors=red) as pictures:
        seen, lost = pictures.image(0).astype(int), pictures.image(1).astype(int)
    assert (seen[32, 32, 0] - seen[32, 32, 2]) > 50
    assert np.ptp(lost[32, 32]) <= 1 and lost[32, 32].mean() < seen[32, 32].mean()
    with renderer(model, take, colors=red, mark_lost=False) as pictures:
        assert np.array_equal(pictures.image(1), seen)


def test_span_and_schedule(model):
    take = recording(timestamp_ms=np.array([1000.0, 1040, 1090, 1120, 1400, 1440]))
    with renderer(model, take) as pictures:
        assert list(pictures.span()) == [0, 1, 2, 3, 4, 5]
        assert list(pictures.span(0.04, 0.12)) == [1, 2, 3]
        assert list(pictures.span(0.1, None)) == [3, 4, 5]
        with pytest.raises(InputError, match=r"0\.44 s long"):
            pictures.span(2, 3)
        with pytest.raises(InputError):
            pictures.span(0.3, 0.2)
        assert pictures.schedule(range(1, 4), None) == [(1, 1040.0), (2, 1090.0), (3, 1120.0)]
        steady = pictures.schedule(pictures.span(), 20)
        assert [k for k, _ in steady] == [0, 1, 2, 3, 3, 3, 3, 3, 4]
        assert np.allclose(np.diff([t for _, t in steady]), 50)
        with pytest.raises(InputError):
            pictures.schedule(pictures.span(), 0)


def test_an_empty_take_is_refused(model):
    with pytest.raises(InputError, match="no frames"):
        renderer(model, recording(0))


@dataclass
class Shot:
    timestamp_ms: float
    image: np.ndarray | None


def shots(times, size=(30, 40)):
    return [Shot(t, np.full((*size, 3), 10 * (k + 1), np.uint8)) for k, t in enumerate(times)]


def test_source_pictures_are_matched_by_time():
    source = SourcePictures(shots([0, 40, 80, 120]))
    got = [int(source.at(t)[0, 0, 0]) for t in (0, 39.5, 41, 41, 119.2, 500)]
    assert got == [10, 20, 20, 20, 40, 40]
    assert SourcePictures(shots([100])).at(0)[0, 0, 0] == 10  # before the first picture: the first
    with pytest.raises(InputError, match="no frames"):
        SourcePictures([]).at(0)
    with pytest.raises(InputError, match="no pictures"):
        SourcePictures([Shot(0, None)])


def test_video_side_by_side(model, tmp_path):
    av = pytest.importorskip("av")
    times = np.array([500.0, 540, 575, 650])
    take = recording(4, timestamp_ms=times)
    calls = []
    with renderer(model, take) as pictures:
        done = pictures.video(
            tmp_path / "a.mp4", beside=shots(times, (32, 80)), progress=lambda *a: calls.append(a)
        )
        alone = pictures.image(0)
    assert done == 4 and calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    with av.open(str(tmp_path / "a.mp4")) as container:
        frames = list(container.decode(video=0))
    assert np.allclose([float(f.pts * f.time_base) * 1000 for f in frames], times - 500, atol=0.02)
    for k, frame in enumerate(frames):
        image = frame.to_ndarray(format="rgb24")
        assert image.shape == (64, 160 + 64, 3)
        assert np.abs(image[:, 8:150].astype(int) - 10 * (k + 1)).max() <= 4
    # chroma is halved, so compare the light only
    got = frames[0].to_ndarray(format="rgb24")[:, 160:].astype(int).mean(-1)
    assert np.abs(got - alone.mean(-1)).mean() < 4


def test_failed_video_leaves_nothing(model, tmp_path):
    pytest.importorskip("av")
    take = recording(4)
    with renderer(model, take) as pictures, pytest.raises(InputError, match="no pictures"):
        pictures.video(tmp_path / "a.mp4", beside=[*shots([500]), Shot(540, None)])
    assert not list(tmp_path.iterdir())


def test_sheet_of_a_take(model):
    take = recording(5, detected=[True, True, False, True, True])
    with renderer(model, take) as pictures:
        plain = pictures.sheet(count=4, columns=2, cell=64)
        both = pictures.sheet(count=4, columns=2, cell=64, beside=shots(take.timestamp_ms, (32, 64)))
        with pytest.raises(InputError):
            pictures.sheet(pick="best")
    assert plain.shape[1] == both.shape[1] == 2 * 64 + 3 * 4
    assert both.shape[0] == plain.shape[0] + 2 * (32 + 4)
    assert np.array_equal(both[20, 20], [10, 10, 10])


def test_picks():
    assert evenly_spaced(10, 4) == [0, 3, 6, 9]
    assert evenly_spaced(3, 12) == [0, 1, 2]
    assert evenly_spaced(5, 1) == [0]
    with pytest.raises(InputError):
        evenly_spaced(0, 3)
    features = np.zeros((50, 3))
    features[10, 0], features[11, 0], features[30, 1], features[45, 2] = 1, 0.95, 0.8, 0.7
    assert set(most_different(features, 4)) >= {10, 30, 45}
    assert len(most_different(features, 4)) == 4
    assert len(most_different(np.zeros((9, 2)), 4)) == 1
    with pytest.raises(ShapeError):
        most_different(np.zeros(4), 2)


def test_contact_sheet_places_pictures_in_reading_order():
    images = [np.full((20, 20, 3), 40 + 30 * k, np.uint8) for k in range(5)]
    sheet = contact_sheet(images, columns=3, cell=40)
    gap = 4
    for k in range(5):
        y, x = gap + (k // 3) * (40 + gap), gap + (k % 3) * (40 + gap)
        assert np.array_equal(sheet[y + 20, x + 20], images[k][0, 0])
    labelled = contact_sheet(images, [str(k) for k in range(5)], columns=3, cell=40, title="a take")
    assert labelled.shape[0] > sheet.shape[0] and labelled.max() > 200
    for bad in ({"labels": ["a"]}, {"above": [None]}, {"columns": 0}, {"cell": 4}):
        with pytest.raises(InputError):
            contact_sheet(images, **bad)
    with pytest.raises(InputError):
        contact_sheet([])


def test_overlays():
    image = np.full((80, 120, 3), (200, 100, 50), np.uint8)
    marked = label(image, "0:01.000")
    assert image.min() == 50 and (marked != image).any()
    assert np.array_equal(marked[:40], image[:40]) and np.array_equal(marked[:, 100:], image[:, 100:])
    assert marked.max() > 225  # light letters on the darkened box
    assert np.ptp(greyed(image), axis=-1).max() == 0
    wide = fitted(image, (50, 50), fill=0)
    assert wide.shape == (50, 50, 3) and wide[0].max() == 0 and wide[25, 25].tolist() == [200, 100, 50]
    assert [clock(t) for t in (0, 999.6, 62340, 3600000, -1500)] == [
        "0:00.000",
        "0:01.000",
        "1:02.340",
        "60:00.000",
        "-0:01.500",
    ]
