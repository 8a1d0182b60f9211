"""Profiles: made, written, read, refused; calibration of clips; the neutral found while running."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from mp2flame import Profile
from mp2flame.base.channels import INDEX
from mp2flame.base.detection import Detection
from mp2flame.base.errors import (
    FileFormatError,
    InputError,
    MismatchError,
    MissingFileError,
    NoFaceError,
    ShapeError,
)
from mp2flame.base.rotations import axis_angle_to_matrix
from mp2flame.base.values import FlameParams
from mp2flame.cli import cli
from mp2flame.drive.driver import Driver
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.landmarks import embedding_for
from mp2flame.observe.head_frame import align, mean_neutral_points
from mp2flame.response.calibrate import EXTREMES, calibrate
from mp2flame.response.tables import FREE
from mp2flame.take.take import Take

SIZE = (480, 640)

RESPONSE = Driver().estimator


def picture_of(
    points: np.ndarray, turn: tuple[float, float, float] = (0, 0, 0), scale: float = 90.0
) -> np.ndarray:
    """Head-frame points as normalised image coordinates of a ``SIZE`` picture."""
    turned = points @ axis_angle_to_matrix(np.array(turn)).T * scale
    return ((turned * [1, -1, -1] + [320, 240, 0]) / [640, 480, 640]).astype(np.float32)


def resting(frames: int, rng: np.random.Generator, noise: float = 0.0) -> dict[str, np.ndarray]:
    """A still face that turns and comes nearer."""
    points = mean_neutral_points()
    landmarks = np.stack(
        [picture_of(points + rng.normal(0, noise, points.shape), (0.1 * k / frames, 0.3 * k / frames, 0), 80 +
        k)
         for k in range(frames)]
    )  # fmt: skip
    scores = np.clip(0.02 + rng.normal(0, 0.003, (frames, 52)), 0, 1).astype(np.float32)
    return {
        "blendshapes": scores,
        "landmarks": landmarks,
        "face_matrix": np.tile(np.eye(4, dtype=np.float32), (frames, 1, 1)),
    }


def test_one_frame_is_taken_as_it_is() -> None:
    frame = {k: v[0] for k, v in resting(1, np.random.default_rng(0)).items()}
    profile = Profile.from_neutral(**frame, image_size=SIZE, detector_mode="video", source="x")
    np.testing.assert_array_equal(profile.neutral_landmarks, frame["landmarks"])
    np.testing.assert_array_equal(profile.neutral_blendshapes, frame["blendshapes"])
    assert profile.detector_mode == "video" and profile.meta == {"source": "x"}


def test_several_frames_average_the_noise_away_though_the_head_moves() -> None:
    clip = resting(20, np.random.default_rng(1), noise=0.01)
    profile = Profile.from_neutral(**clip, image_size=SIZE)
    truth = mean_neutral_points()

    def error(landmarks: np.ndarray) -> float:
        return float(np.linalg.norm(align(landmarks, SIZE).points - truth, axis=-1)[..., :468].mean())

    assert error(profile.neutral_landmarks) < 0.5 * np.mean([error(one) for one in clip["landmarks"]])


def test_one_frame_that_is_off_does_not_matter() -> None:
    clip = resting(9, np.random.default_rng(2))
    spoilt = clip["landmarks"].copy()
    spoilt[4, 13:15, 1] += 0.1
    a = Profile.from_neutral(**clip, image_size=SIZE).neutral_landmarks
    b = Profile.from_neutral(**{**clip, "landmarks": spoilt}, image_size=SIZE).neutral_landmarks
    difference = align(a, SIZE).points - align(b, SIZE).points
    assert np.abs(difference)[:468].max() < 0.02


def test_round_trip_and_readable(tmp_path) -> None:
    clip = resting(7, np.random.default_rng(3))
    profile = calibrate(**clip, response=RESPONSE, image_size=SIZE, detector_mode="video", source="me.mp4")
    profile.save(tmp_path / "me.json")
    again = Profile.load(tmp_path / "me.json")
    np.testing.assert_allclose(again.neutral_landmarks, profile.neutral_landmarks, atol=1e-6)
    np.testing.assert_allclose(again.neutral_blendshapes, profile.neutral_blendshapes, atol=1e-5)
    assert again.weight_range is None is profile.weight_range and again.sure == profile.sure
    assert again.image_size == SIZE and again.detector_mode == "video"
    assert again.meta == json.loads(json.dumps(profile.meta))
    text = (tmp_path / "me.json").read_text()
    assert '"jawOpen":' in text and len(text.splitlines()) > 500 and max(map(len, text.splitlines())) < 1000
    again.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == text


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("not json", FileFormatError, "not a profile"),
        ("[]", FileFormatError, "schema"),
        ('{"schema": "mp2flame.profile/9"}', MismatchError, "profile/9"),
        ('{"schema": "mp2flame.profile/1"}', FileFormatError, "damaged"),
        ('{"schema": "mp2flame.recording/1"}', FileFormatError, "not a profile"),
    ],
)
def test_files_that_are_no_profile(tmp_path, text: str, error: type[Exception], words: str) -> None:
    (tmp_path / "me.json").write_text(text)
    with pytest.raises(error, match=words):
        Profile.load(tmp_path / "me.json")


def test_a_missing_profile_says_how_to_make_one(tmp_path) -> None:
    with pytest.raises(MissingFileError, match="mp2flame calibrate"):
        Profile.load(tmp_path / "no.json")


def test_wrong_arrays() -> None:
    with pytest.raises(ShapeError, match="52"):
        Profile.from_neutral(np.zeros(51))
    with pytest.raises(InputError, match="image_size"):
        Profile.from_neutral(np.zeros(52), landmarks=np.zeros((478, 3)))
    with pytest.raises(InputError, match="NaN"):
        Profile.from_neutral(np.full(52, np.nan))
    with pytest.raises(ShapeError, match="478"):
        Profile.from_neutral(np.zeros(52), landmarks=np.zeros((468, 3)), image_size=SIZE)


def test_another_detector_mode_is_said() -> None:
    profile = Profile.from_neutral(np.zeros(52), detector_mode="image")
    assert "image mode" in profile.check(detector_mode="video")[0]
    assert profile.check(detector_mode="image") == []


def test_what_strays_at_rest_is_faded_out() -> None:
    spread = np.zeros(52, np.float32)
    spread[INDEX["mouthSmileLeft"]], spread[INDEX["jawOpen"]] = 0.08, 0.5
    profile = Profile(np.zeros(52, np.float32), rest_spread=spread)
    weights = np.tile(np.array([0.0, 0.04, 0.08, 0.3, 1.0], np.float32)[:, None], (1, 52))
    out = profile.scale(weights)
    np.testing.assert_array_equal(out[:, INDEX["mouthPucker"]], weights[:, 0])  # a channel that is still
    smile, jaw = out[:, INDEX["mouthSmileLeft"]], out[:, INDEX["jawOpen"]]
    assert smile[0] == 0 and smile[1] < 0.01 and smile[2] < 0.06
    np.testing.assert_allclose(smile[3:], [0.3, 1], atol=1e-3)  # what is meant stays
    assert (np.diff(smile) > 0).all()
    np.testing.assert_allclose(jaw[3:], [0.3, 1], atol=1e-3)  # however much it strays, not more is taken


def test_a_profile_without_a_rest_spread_is_read_as_before(tmp_path) -> None:
    spread = np.linspace(0, 0.1, 52, dtype=np.float32)
    Profile(np.zeros(52, np.float32), rest_spread=spread).save(tmp_path / "new.json")
    np.testing.assert_allclose(Profile.load(tmp_path / "new.json").rest_spread, spread, atol=1e-4)
    content = json.loads((tmp_path / "new.json").read_text())
    del content["rest_spread"], content["checksum"]
    (tmp_path / "old.json").write_text(json.dumps(content))
    old = Profile.load(tmp_path / "old.json")
    assert old.rest_spread is None
    np.testing.assert_array_equal(old.scale(np.full(52, 0.04, np.float32)), np.full(52, 0.04, np.float32))


def test_ranges_stretch_and_never_shrink() -> None:
    ranges = np.ones(52, np.float32)
    ranges[INDEX["jawOpen"]] = 0.5
    profile = Profile(np.zeros(52, np.float32), weight_range=ranges)
    weights = np.full(52, 0.4, np.float32)
    scaled = profile.scale(weights)
    assert scaled[INDEX["jawOpen"]] == pytest.approx(0.8)
    assert np.delete(scaled, INDEX["jawOpen"]) == pytest.approx(0.4)
    assert profile.scale(np.ones(52, np.float32)).max() == 1


class TestCalibrate:
    def test_weights_at_rest_are_zero(self) -> None:
        clip = resting(20, np.random.default_rng(4))
        profile = calibrate(**clip, response=RESPONSE, image_size=SIZE)
        seen = Detection(profile.neutral_blendshapes, profile.neutral_landmarks, None, SIZE)
        again = Driver().response(seen, profile=profile)[FREE]
        assert again.max() < 0.1  # estimated, not told: nearly

    def test_a_clip_that_never_rests_says_how_sure_it_is_and_a_frame_can_be_named(self) -> None:
        clip = resting(30, np.random.default_rng(5))
        clip["blendshapes"][:, INDEX["mouthSmileLeft"]] = 0.6
        found = calibrate(**clip, image_size=SIZE, response=RESPONSE)
        assert 0 < found.meta["neutral"]["sure"] < 1 and "sure" in found.meta["report"]["rest"]
        profile = calibrate(**clip, response=RESPONSE, image_size=SIZE, assume_neutral=7)
        np.testing.assert_array_equal(profile.neutral_landmarks, clip["landmarks"][7])
        with pytest.raises(InputError, match="0 to 29"):
            calibrate(**clip, response=RESPONSE, image_size=SIZE, assume_neutral=30)

    def test_no_face(self) -> None:
        with pytest.raises(NoFaceError):
            calibrate(np.zeros((9, 52)), response=RESPONSE, detected=np.zeros(9, bool))
        clip = resting(9, np.random.default_rng(5))
        with pytest.raises(InputError, match="no face"):
            calibrate(clip["blendshapes"], response=RESPONSE, detected=np.arange(9) != 3, assume_neutral=3)

    def test_an_extreme_that_was_asked_for_sets_the_range(self) -> None:
        """Scores taken as they are, so that the evidence is known."""
        clip = resting(60, np.random.default_rng(6))["blendshapes"]
        clip[40:50, INDEX["jawOpen"]] = 0.7
        prompt = next(p for p, names in EXTREMES.items() if "jawOpen" in names)
        plain = calibrate(clip, response=RESPONSE)
        asked = calibrate(clip, response=RESPONSE, extremes={prompt: np.arange(35, 55)})
        assert plain.weight_range is None  # talking is not opening wide
        assert asked.weight_range[INDEX["jawOpen"]] < 0.8
        assert asked.scale(RESPONSE(Detection(clip[45])))[INDEX["jawOpen"]] > 0.9
        assert asked.meta["report"]["range_from"] == {"jawOpen": "asked for"}
        with pytest.raises(InputError, match="no extreme"):
            calibrate(clip, response=RESPONSE, extremes={"fly": np.arange(3)})

    def test_report_names_what_did_not_move(self) -> None:
        clip = resting(40, np.random.default_rng(8))["blendshapes"]
        clip[30:34, INDEX["mouthPucker"]] = 0.9
        report = calibrate(clip, response=RESPONSE).meta["report"]
        assert "mouthPucker" not in report["never_moved"] + report["weak"]
        assert "tongueOut" not in report["never_moved"] and "cheekPuff" in report["never_moved"]

    def test_identity_belongs_to_one_flame_file(self, lab_head_a, lab_head_b) -> None:
        from mp2flame.flame import load_flame

        a, b = load_flame(lab_head_a), load_flame(lab_head_b)
        profile = calibrate(
            **resting(9, np.random.default_rng(9)), image_size=SIZE, model=a, response=RESPONSE
        )
        assert profile.betas.shape == (a.num_betas,) and np.isfinite(profile.betas).all()
        assert profile.check(model=a) == []
        with pytest.raises(MismatchError, match="fitted to"):
            profile.check(model=b)

    def test_identity_needs_landmarks(self) -> None:
        with pytest.raises(InputError, match="landmarks"):
            calibrate(
                resting(9, np.random.default_rng(9))["blendshapes"], model=builtin_head(), response=RESPONSE
            )


def take(tmp_path, **changes: np.ndarray):
    """A recorded take of a resting face."""
    clip = {**resting(40, np.random.default_rng(12)), **changes}
    path = tmp_path / "take.npz"
    Take.from_params(
        FlameParams.zeros(4, (40,)), np.arange(40) * 33.3, image_size=np.array(SIZE), **clip
    ).save(path)
    return path


def test_command_line(tmp_path) -> None:
    path, out = take(tmp_path), tmp_path / "me.json"
    result = CliRunner().invoke(cli, ["calibrate", str(path), "-o", str(out)], catch_exceptions=False)
    assert result.exit_code == 0 and "wrote" in result.output
    profile = Profile.load(out)
    assert profile.neutral_landmarks is not None and profile.meta["source"] == "take.npz"
    with pytest.raises(InputError, match="--overwrite"):
        CliRunner().invoke(cli, ["calibrate", str(path), "-o", str(out)], catch_exceptions=False)


@pytest.mark.parametrize("case", ["short", "long", "told", "scores only"])
def test_the_command_says_how_sure_it_is_and_advises_only_what_helps(tmp_path, case: str) -> None:
    frames = 300 if case == "long" else 40
    clip = resting(frames, np.random.default_rng(12))
    if case == "scores only":
        clip = {"blendshapes": clip["blendshapes"]}
    path, out = tmp_path / "take.npz", tmp_path / "me.json"
    Take.from_params(
        FlameParams.zeros(4, (frames,)), np.arange(frames) * 33.3, image_size=np.array(SIZE), **clip
    ).save(path)
    named = ["--assume-neutral", "3"] if case == "told" else []
    args = ["calibrate", str(path), "-o", str(out), *named]
    said = CliRunner().invoke(cli, args, catch_exceptions=False).output
    sure = f"{100 * Profile.load(out).sure:.0f} % sure"
    assert (sure in said) == (case in ("short", "long")), said
    assert ("--assume-neutral" in said) == (case == "short"), said
    assert ("frame 3, as you said" in said) == (case == "told")
    assert ("a video gives a better profile" in said) == (case == "scores only")


def test_guided_script_knows_who_rested_when(tmp_path) -> None:
    from mp2flame.cli.calibrate import Script
    from mp2flame.show.page.wizard import READY_S, STEPS

    script = Script()
    over = [k for k in range(2000) if script(k, 20.0 * k, k > 5)]
    frames = script.frames
    rest = frames.pop("")
    assert rest.min() * 0.02 >= READY_S and len(rest) * 0.02 == pytest.approx(STEPS[0].seconds, abs=0.1)
    assert set(frames) == set(EXTREMES)
    assert over and over[0] * 0.02 == pytest.approx(sum(READY_S + step.seconds for step in STEPS), abs=0.2)


def test_embedding_points_make_a_neutral() -> None:
    """Landmarks of a mesh are as good as those of a detector."""
    model = builtin_head()
    points = embedding_for(model).landmarks(model.v_template).astype(float) * 11
    profile = Profile.from_neutral(
        np.zeros(52), landmarks=picture_of(points - points[:468].mean(0)), image_size=SIZE
    )
    assert profile.neutral_landmarks.shape == (478, 3)
