"""The front door: contracts of shapes and values, laws of the whole chain, real pictures when they are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mp2flame as m2f
from mp2flame.base.channels import BLENDSHAPES, INDEX, MIRROR
from mp2flame.base.detection import Detection
from mp2flame.base.errors import InputError, MismatchError, ShapeError
from mp2flame.flame.landmarks import embedding_for
from mp2flame.io.sources import Source, SourceFrame, SourceInfo
from mp2flame.observe.camera import Camera
from mp2flame.observe.head_frame import mirror_landmarks
from mp2flame.observe.head_pose import placing_landmarks
from mp2flame.rig.rig import solve_rig

RNG = np.random.default_rng(7)


@pytest.fixture(scope="module")
def driver() -> m2f.Driver:
    return m2f.Driver()


def one(name: str, value: float = 1.0) -> np.ndarray:
    weights = np.zeros(52, np.float32)
    weights[INDEX[name]] = value
    return weights


class TestConvert:
    def test_shapes_follow_the_batch(self, driver: m2f.Driver) -> None:
        for batch in [(), (1,), (5,), (2, 3), (0,)]:
            params = driver.convert(RNG.random((*batch, 52)))
            assert params.expression.shape == (*batch, driver.num_expression)
            assert params.eye_pose.shape == (*batch, 6)
            assert params.transl.shape == (*batch, 3)
            assert all(value.dtype == np.float32 for value in params.asdict().values())

    def test_a_batch_is_its_frames(self, driver: m2f.Driver) -> None:
        scores = RNG.random((6, 52)).astype(np.float32)
        batch = driver.convert(scores)
        for k in range(6):
            np.testing.assert_allclose(driver.convert(scores[k]).expression, batch.expression[k], atol=1e-5)

    def test_no_landmarks_no_head_pose(self, driver: m2f.Driver) -> None:
        params = driver.convert(RNG.random((4, 52)))
        assert not params.global_orient.any() and not params.transl.any()

    def test_weights_go_straight_through_the_rig(self, driver: m2f.Driver) -> None:
        params = driver.params_from_weights(one("jawOpen"))
        assert 0.2 < params.jaw_pose[0] < 0.5  # 18.7 degrees on the lab head
        assert abs(params.jaw_pose[1]) < 0.02

    @pytest.mark.parametrize(
        ("bad", "error", "text"),
        [
            (np.zeros(51), ShapeError, r"52 values"),
            (np.zeros((3, 53)), ShapeError, r"\(3, 53\)"),
            (np.full(52, np.nan), InputError, "NaN"),
            (["a"] * 52, InputError, "numbers"),
            ({"jawOpen": 1.0}, InputError, "allow_missing"),
            (3.0, ShapeError, "52"),
        ],
    )
    def test_bad_scores_are_refused(self, driver: m2f.Driver, bad, error, text) -> None:
        with pytest.raises(error, match=text):
            driver.convert(bad)

    def test_landmarks_need_the_size_of_the_picture(self, driver: m2f.Driver) -> None:
        with pytest.raises(InputError, match="image_size"):
            driver.convert(np.zeros(52), landmarks=RNG.random((478, 3)))

    def test_fewer_coefficients(self) -> None:
        assert m2f.Driver(num_expression=20).convert(np.zeros(52)).expression.shape == (20,)

    def test_mirrored_weights_give_the_mirrored_motion(self, driver: m2f.Driver) -> None:
        from mp2flame.base.tables import table
        from mp2flame.flame.landmarks import embedding_for

        embedding, pairs = embedding_for(driver.model), table("landmark_mirror")
        weights = RNG.random(52).astype(np.float32) * 0.5
        weights[0] = 0
        rest, moved, other = (
            embedding.landmarks(driver.vertices(driver.params_from_weights(w))[None])[0]
            for w in (np.zeros(52, np.float32), weights, weights[MIRROR])
        )
        flipped = (other - rest)[pairs] * [-1, 1, 1]
        assert np.linalg.norm(moved - rest, axis=1).max() > 5e-3
        assert np.linalg.norm(moved - rest - flipped, axis=1).mean() < 5e-4


class TestVertices:
    def test_another_heads_parameters_are_refused(self, driver: m2f.Driver) -> None:
        with pytest.raises(MismatchError, match="convert"):
            driver.vertices(m2f.FlameParams.zeros(driver.num_expression + 1))

    def test_neutral_is_the_template(self, driver: m2f.Driver) -> None:
        mesh = driver.vertices(driver.params_from_weights(np.zeros(52)))
        np.testing.assert_allclose(mesh, driver.model.v_template, atol=1e-6)

    def test_jaw_open_moves_the_chin_down_and_the_brow_not(self, driver: m2f.Driver) -> None:
        from mp2flame.flame.landmarks import embedding_for

        embedding = embedding_for(driver.model)
        rest, moved = (
            embedding.landmarks(driver.vertices(driver.params_from_weights(w))[None])[0]
            for w in (np.zeros(52), one("jawOpen"))
        )
        assert moved[152, 1] < rest[152, 1] - 0.015  # chin, at least 15 mm
        assert abs(moved[10, 1] - rest[10, 1]) < 0.002  # top of the forehead


class Scripted(Source):
    """Frames as a test wants them."""

    prefetch = 0

    def __init__(self, frames: list[SourceFrame]) -> None:
        super().__init__()
        self._list = frames
        self.info = SourceInfo("scores", "scripted", 30.0, len(frames))

    def _frames(self):
        yield from self._list


class TestRun:
    def test_lost_frames_keep_their_place(self, driver: m2f.Driver) -> None:
        frames = [
            SourceFrame(k, k * 33.0, arkit_weights=one("jawOpen", 0.5) if k != 3 else None, detected=k != 3)
            for k in range(6)
        ]
        out = list(driver.run(Scripted(frames)))
        assert [f.index for f in out] == list(range(6))
        assert [f.detected for f in out] == [True, True, True, False, True, True]
        np.testing.assert_allclose(out[3].params.jaw_pose, out[2].params.jaw_pose)  # held
        assert not out[3].blendshapes.any()

    def test_true_arkit_weights_are_not_corrected(self, driver: m2f.Driver) -> None:
        weights = RNG.random(52).astype(np.float32)
        weights[0] = 0
        out = list(driver.run(Scripted([SourceFrame(0, 0.0, arkit_weights=weights, detected=True)])))
        np.testing.assert_allclose(out[0].weights, weights, atol=1e-6)

    def test_a_source_without_any_face_runs_to_its_end(self, driver: m2f.Driver) -> None:
        frames = [SourceFrame(k, k * 33.0, detected=False) for k in range(4)]
        out = list(driver.run(Scripted(frames)))
        assert len(out) == 4 and not any(f.detected for f in out)

    def test_astronaut(self, driver: m2f.Driver, shared) -> None:
        frame = next(iter(driver.run(shared / "data/images/skimage__astronaut.png")))
        assert frame.detected
        assert frame.weights[INDEX["mouthSmileLeft"]] > 0.3  # she smiles
        assert np.degrees(np.linalg.norm(frame.params.global_orient)) < 40
        assert frame.params.transl[2] < -0.2  # in front of an OpenGL camera

    def test_no_face_in_the_picture(self, driver: m2f.Driver, shared) -> None:
        assert not next(iter(driver.run(shared / "data/images/no_face_s33.jpg"))).detected


@pytest.mark.parametrize("name", ["lab_head_a.pkl", "lab_head_b.pkl"])
def test_any_flame_file_moves_alike(shared, name: str, driver: m2f.Driver) -> None:
    """The same weights give nearly the same motion whatever the basis: the point of the whole design."""
    other = m2f.Driver(shared / "models" / name)
    weights = np.stack([one("jawOpen"), one("mouthSmileLeft"), one("browInnerUp"), one("eyeBlinkRight")])
    from mp2flame.flame.landmarks import embedding_for

    moves = []
    for head in (driver, other):
        points = embedding_for(head.model).landmarks(head.vertices(head.params_from_weights(weights)))
        rest = embedding_for(head.model).landmarks(np.asarray(head.model.v_template)[None])
        moves.append((points - rest)[:, :468])
    assert np.linalg.norm(moves[0] - moves[1], axis=-1).mean() < 5e-4


def test_the_place_knows_what_the_face_does(driver: m2f.Driver) -> None:
    """This head's own picture with an open jaw, a smile, raised brows: back where it was, however the mouth stands."""
    camera, size = Camera.from_fov(35, (480, 640)), (480, 640)
    weights = np.stack(
        [one("jawOpen", 0.8), one("mouthSmileLeft", 0.8) + one("browInnerUp", 0.7), one("mouthPucker")]
    )
    params = driver.params_from_weights(weights)
    params = params.replace(
        global_orient=np.tile(np.float32([0.1, 0.2, 0.05]), (3, 1)),
        transl=np.tile(np.float32([0.02, 0, -0.6]), (3, 1)),
    )
    points = embedding_for(driver.model).landmarks(driver.vertices(params)).astype(np.float64)
    landmarks = np.zeros((3, 478, 3))
    landmarks[..., :2] = camera.project(points) / [size[1], size[0]]
    seen = Detection(np.zeros((3, 52)), landmarks, None, size)
    off = {}
    for name, known in (("moves", weights), ("rests", None)):
        orient, transl = driver.find_pose(seen, camera=camera, weights=known)
        shown = driver.vertices(params.replace(global_orient=orient, transl=transl))
        at = camera.project(embedding_for(driver.model).landmarks(shown).astype(np.float64))
        off[name] = np.median(np.linalg.norm(at - landmarks[..., :2] * [size[1], size[0]], axis=-1), axis=1)
    assert (off["moves"] < 1.0).all() and off["moves"].mean() < 0.6 * off["rests"].mean(), off
    one_by_one = [driver.find_pose(seen[i], camera=camera, weights=weights[i])[1] for i in range(3)]
    batch = driver.find_pose(seen, camera=camera, weights=weights)[1]
    np.testing.assert_allclose(one_by_one, batch, atol=1e-6)


def test_how_landmarks_move_is_the_mirror_of_the_mirrored(driver: m2f.Driver) -> None:
    weights = RNG.random((4, 52))
    chosen = placing_landmarks()
    other = np.searchsorted(chosen, mirror_landmarks()[chosen])
    moved = driver.estimator.forward.moved(weights)
    mirrored = driver.estimator.forward.moved(weights[:, MIRROR])
    np.testing.assert_allclose(mirrored[:, other] * [-1, 1, 1], moved, atol=1e-12)
    exact = embedding_for(driver.model).landmarks(driver.vertices(driver.params_from_weights(0.4 * weights)))
    rest = embedding_for(driver.model).landmarks(driver.vertices(driver.params_from_weights(0 * weights)))
    left = exact[:, chosen] - rest[:, chosen] - driver.estimator.forward.moved(0.4 * weights)
    assert (
        np.linalg.norm(left, axis=-1).mean() < 1.5e-3
    )  # linear: a millimetre on faces that do everything at once


def test_scores_only_on_the_lab_set(shared) -> None:
    """A loose guard of what bench/bench_judges.py measures exactly."""
    test = np.load(shared / "data/lab/test.npz")
    head = m2f.Driver(shared / "models/lab_head_a.pkl")
    rows = np.arange(0, len(test["jaw_pose"]), 3)
    params = head.convert(test["blendshapes"][rows])
    truth = m2f.FlameParams.zeros(head.num_expression, (len(rows),))
    expression = np.zeros_like(truth.expression)
    expression[:, :50] = test["expression_a"][rows]
    truth = truth.replace(
        expression=expression, jaw_pose=test["jaw_pose"][rows], eye_pose=test["eye_pose"][rows]
    )
    skin = (head.model.v_template[:, 2] > 0) & (head.model.lbs_weights[:, 3:].sum(1) <= 0.5)
    error = np.linalg.norm(head.vertices(params) - head.vertices(truth), axis=-1)[:, skin].mean() * 1e3
    assert (
        error < 1.36
    )  # the usual method 1.16, scores as they are 1.48; real faces come first: docs/response.md


def test_the_rig_has_all_shapes() -> None:
    rig = solve_rig(m2f.builtin_head())
    assert len(rig.expression) == len(BLENDSHAPES) == 52


def resting_then_talking(frames: int = 90) -> list[SourceFrame]:
    """Made-up scores of somebody with narrow eyes: a second of rest, then speech."""
    rng = np.random.default_rng(3)
    scores = rng.uniform(0, 0.01, (frames, 52)).astype(np.float32)
    scores[:, INDEX["eyeBlinkLeft"]] = scores[:, INDEX["eyeBlinkRight"]] = 0.45
    scores[30:, INDEX["jawOpen"]] = 0.3 + 0.2 * np.sin(np.arange(frames - 30) / 3)
    scores[30:, INDEX["mouthSmileLeft"]] = scores[30:, INDEX["mouthSmileRight"]] = 0.5
    return [SourceFrame(k, k * 33.3, blendshapes=scores[k], detected=True) for k in range(frames)]


def test_the_resting_face_of_a_file_is_neutral_from_its_first_frame(driver: m2f.Driver) -> None:
    found = list(driver.run(Scripted(resting_then_talking())))
    plain = list(driver.run(Scripted(resting_then_talking()), neutral="off"))
    lid = INDEX["eyeBlinkLeft"]
    assert len(found) == len(plain) == 90
    assert max(frame.weights[lid] for frame in found[:25]) < 0.6 * min(f.weights[lid] for f in plain[:25])
    assert found[60].weights[INDEX["jawOpen"]] > 0.1


def test_quality_of_a_video_is_known_also_of_its_first_seconds(shared, tmp_path) -> None:
    """The pictures of the first ten seconds are gone when they are driven; what they showed is not."""
    clip = shared / "data" / "videos" / "intel_asl__yes.mkv"
    if not clip.is_file():
        pytest.skip("the clip is not there")
    pytest.importorskip("mediapipe")
    take = m2f.Driver().record(clip, tmp_path / "take.npz")
    rows = take.quality[take.detected]
    assert (rows[:, 0] > 40).all() and (rows[:, 3] > 0.02).all() and (rows[:, 4] > 0.01).all()
    assert (
        take.meta["quality"]["face_px"] < 80
        and "come closer; 150 are enough" in take.meta["quality"]["advice"]
    )
    again = m2f.Driver().record(tmp_path / "take.npz", tmp_path / "again.npz")
    np.testing.assert_array_equal(again.quality, take.quality)


def test_a_stopped_run_drives_what_it_has_time_for_and_keeps_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """300 seen frames took ten seconds to drive on a busy machine, after Ctrl-C."""
    from mp2flame import Driver
    from mp2flame.drive import record
    from mp2flame.drive import run as module
    from mp2flame.take.take import Take

    scores = np.random.default_rng(0).uniform(0, 0.3, (90, 52))
    np.savez(
        tmp_path / "scores.npz",
        blendshapes=scores,
        names=np.array(BLENDSHAPES),
        timestamp_ms=np.arange(90) * 40.0,
    )
    driver = Driver()
    monkeypatch.setattr(module, "_STOP_S", -1.0)
    original = record.TakeWriter.observe
    with driver.run(tmp_path / "scores.npz") as frames:

        def observe(self: record.TakeWriter, *given: Any) -> None:
            original(self, *given)
            if frames.seen == 20:
                frames.stop()

        monkeypatch.setattr(record.TakeWriter, "observe", observe)
        given = record.write(frames, tmp_path / "take.npz", num_expression=driver.num_expression)
        assert given == 1 and frames.undriven == 19
    assert not (tmp_path / "take.npz").exists()
    part = Take.load(tmp_path / "take.part.npz")
    assert part.num_frames == 20 and part.meta["seen_only"] == 19
