"""Evaluation: perfect input scores zero, the lab tool agrees, and the report says what was measured."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from mp2flame import Driver
from mp2flame.base.channels import BLENDSHAPES, INDEX
from mp2flame.base.errors import FileFormatError, InputError, MismatchError, MissingFileError, NoFaceError
from mp2flame.cli import cli
from mp2flame.drive.observations import Observations, observe
from mp2flame.evaluate import (
    Evaluation,
    Method,
    console_tables,
    evaluate_clip,
    evaluate_head,
    evaluate_lab,
    load_lab,
)
from mp2flame.evaluate.clips import redetected_errors
from mp2flame.flame.landmarks import embedding_for
from mp2flame.response.response import Response

SIZE = (480, 640)


@pytest.fixture(scope="module")
def identity() -> Method:
    """Scores are the weights: what comes out is known."""
    return Method("identity", Driver(response=Response.identity()), response=Response.identity())


def motion(frames: int = 60) -> np.ndarray:
    weights = np.zeros((frames, 52), np.float32)
    t = np.linspace(0, 10, frames)
    weights[:, INDEX["jawOpen"]] = 0.3 * (1 - np.cos(t))
    weights[:, [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] = 0.4 * (1 - np.cos(1.7 * t))[:, None]
    weights[:12] = 0
    return weights


def lab_set(method: Method, frames: int = 40) -> dict[str, np.ndarray]:
    weights = motion(frames)
    params = method.driver.params_from_weights(weights)
    return {
        "blendshapes": weights, "expression": params.expression, "jaw_pose": params.jaw_pose,
        "eye_pose": params.eye_pose, "identity": np.zeros(frames, int),
        "neutral_blendshapes": np.zeros((1, 52), np.float32),
        "arkit_weights": weights, "arkit_names": np.array(BLENDSHAPES),
    }  # fmt: skip


def seen_as(method: Method, weights: np.ndarray) -> Observations:
    """What a detector would see of the driven head itself."""
    points = embedding_for(method.driver.model).landmarks(
        method.driver.vertices(method.driver.params_from_weights(weights))
    )
    points = (points - points[:1, :468].mean(1, keepdims=True)) * 1000
    landmarks = (points * [1, -1, -1] + [320, 240, 0]) / [640, 480, 640]
    return Observations(
        blendshapes=weights, landmarks=landmarks.astype(np.float32),
        face_matrix=np.tile(np.eye(4, dtype=np.float32), (len(weights), 1, 1)),
        detected=np.ones(len(weights), bool), timestamp_ms=np.arange(len(weights)) * 33.3,
        image_size=SIZE, images={},
    )  # fmt: skip


def test_perfect_input_has_no_error(identity: Method) -> None:
    scores = evaluate_lab(lab_set(identity), identity, every=1)["scores"]
    assert scores["frames"] == 40
    for key in ("face", "lips", "lids", "jaw", "left_eye", "right_eye"):
        assert scores[key] == pytest.approx(0, abs=2e-3)
    assert scores["channels"]["jawOpen"] == pytest.approx(1)


def test_a_wrong_jaw_is_seen_where_it_is(identity: Method) -> None:
    data = lab_set(identity)
    data["jaw_pose"] = data["jaw_pose"] + np.float32([np.radians(10), 0, 0])
    scores = evaluate_lab(data, identity, every=1)["scores"]
    assert scores["jaw"] == pytest.approx(10, abs=0.1)
    assert scores["lips"] > 2 and scores["lids"] < 0.1


def test_the_lab_tool_agrees(shared, lab_head_a, tmp_path) -> None:
    import subprocess
    import sys

    driver, data = Driver(lab_head_a), load_lab(shared / "data/lab/test.npz")
    ours = evaluate_lab(data, Method("ours", driver), every=40)["scores"]
    params = driver.params_from_weights(driver.response(data["blendshapes"]))
    np.savez(
        tmp_path / "p.npz", expression=params.expression, jaw_pose=params.jaw_pose, eye_pose=params.eye_pose
    )
    text = subprocess.run(
        [sys.executable, str(shared / "tools/score_lab.py"), str(shared / "data/lab/test.npz"),
         str(tmp_path / "p.npz"), "--every", "40"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    theirs = [float(line.split("mean")[1].split()[0]) for line in text.splitlines() if "mean" in line]
    keys = ("face", "lips", "lids", "jaw", "left_eye", "right_eye")
    np.testing.assert_allclose([ours[k] for k in keys], theirs, atol=0.011)


def test_sets_that_cannot_be_used(identity: Method, tmp_path) -> None:
    with pytest.raises(MissingFileError):
        load_lab(tmp_path / "no.npz")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(FileFormatError, match="blendshapes"):
        load_lab(tmp_path / "other.npz")
    data = lab_set(identity)
    data["expression"] = np.zeros((40, 99), np.float32)
    with pytest.raises(MismatchError, match="99"):
        evaluate_lab(data, identity)
    with pytest.raises(InputError, match="every"):
        evaluate_lab(lab_set(identity), identity, every=0)


def test_a_head_tracks_its_own_landmarks(identity: Method) -> None:
    weights = motion()
    result = evaluate_clip("self", seen_as(identity, weights), [identity])
    rows = {row.name: row for row in result.tracked["identity"]}
    assert {"mouth_opening", "lids_left", "lids_right"} <= rows.keys()
    for row in rows.values():
        assert row.correlation > 0.97, row
        assert 0.8 < row.gain < 1.3, row
    assert result.rest_mm["identity"] < 0.01 and "resting frames" in result.rest


def test_clips_that_cannot_be_used(identity: Method) -> None:
    found = seen_as(identity, motion())
    from dataclasses import replace

    with pytest.raises(NoFaceError, match="fewer than"):
        evaluate_clip("x", replace(found, detected=np.arange(60) < 9), [identity])
    with pytest.raises(InputError, match="no landmarks"):
        evaluate_clip("x", replace(found, landmarks=None), [identity])


def test_redetected_errors_of_known_changes() -> None:
    wanted = np.zeros((4, 52))
    wanted[:, INDEX["jawOpen"]] = 0.5
    got = wanted.copy()
    got[:, INDEX["jawOpen"]] -= 0.3
    table = redetected_errors(wanted, got)
    assert table["jaw"][1:] == (pytest.approx(0.3), 4)
    assert table["jaw"][0] == pytest.approx(0.1)  # three channels
    assert table["brows"] == (0, 0, 0)
    got[:, INDEX["cheekPuff"]] = 1  # a channel that the detector never moves does not count
    assert redetected_errors(wanted, got) == table


def test_lids_and_lips_of_the_built_in_head() -> None:
    found = evaluate_head(Driver())
    assert found["lids"]["blink"]["gap_max"] <= 0.3 and found["lids"]["blink"]["penetration"] <= 0.3
    assert found["lips"]["jaw open"]["from_rest"] > 20
    assert abs(found["lips"]["jaw open, mouth closed"]["from_rest"]) < 3.5


def test_report(identity: Method, tmp_path) -> None:
    pytest.importorskip("matplotlib")
    from mp2flame.evaluate import write_html, write_json

    clip = evaluate_clip("self <b>", seen_as(identity, motion()), [identity])
    clip.pictures[3] = [np.zeros((20, 20, 3), np.uint8), np.full((30, 30, 3), 200, np.uint8)]
    result = Evaluation(
        ["identity"], clips=[clip], lab={"identity": evaluate_lab(lab_set(identity), identity)}
    )
    text = console_tables(result)
    assert "mouth opening" in text and "| identity" in text
    write_json(result, tmp_path / "r.json")
    figures = json.loads((tmp_path / "r.json").read_text())
    assert figures["schema"] == "mp2flame.evaluation/1"
    assert figures["tracking"]["identity"]["mouth opening"]["count"] == 1
    write_html(result, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert page.count("data:image/png") == 3 and "self &lt;b&gt;" in page and "http" not in page


def test_observe_takes_what_a_recording_holds(identity: Method, tmp_path) -> None:
    from mp2flame.take.take import Take

    found, params = seen_as(identity, motion()), identity.driver.params_from_weights(motion())
    detected = np.arange(60) % 10 != 9
    Take.from_params(
        params, found.timestamp_ms, blendshapes=found.blendshapes * detected[:, None],
        landmarks=found.landmarks * detected[:, None, None], face_matrix=found.face_matrix,
        detected=detected, image_size=np.array(SIZE),
    ).save(tmp_path / "t.npz")  # fmt: skip
    again = observe(tmp_path / "t.npz")
    np.testing.assert_array_equal(again.detected, detected)
    np.testing.assert_allclose(again.landmarks[detected], found.landmarks[detected])
    assert again.image_size == SIZE
    assert len(observe(tmp_path / "t.npz", max_frames=5).detected) == 5
    result = CliRunner().invoke(
        cli,
        ["evaluate", str(tmp_path / "t.npz"), "--json", str(tmp_path / "e.json"), "--quiet"],
        catch_exceptions=False,
    )
    assert result.exit_code == 0 and "Tracking" in result.output
    assert json.loads((tmp_path / "e.json").read_text())["clips"][0]["frames"] == int(detected.sum())
