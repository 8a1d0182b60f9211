"""Evaluation: perfect input scores zero, outside judges agree, and no figure stands without its neighbours."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mp2flame import Driver, Take
from mp2flame.base.channels import BLENDSHAPES, INDEX
from mp2flame.base.errors import (
    FileFormatError,
    InputError,
    MismatchError,
    MissingFileError,
    Mp2FlameError,
    NoFaceError,
)
from mp2flame.cli import cli
from mp2flame.evaluate import (
    Evaluation,
    console_tables,
    evaluate_clip,
    evaluate_head,
    evaluate_set,
    load_set,
    look_again,
    write_html,
    write_json,
)
from mp2flame.evaluate.again import score_errors
from mp2flame.evaluate.measures import face
from mp2flame.evaluate.report import summarise
from mp2flame.evaluate.rows import DRIVEN, FROZEN, MINUS, SCORES, USUAL
from mp2flame.evaluate.sets import INPUTS
from mp2flame.flame.landmarks import embedding_for

SIZE = (720, 1280)
REFERENCES = {SCORES, USUAL, MINUS, FROZEN}


@pytest.fixture(scope="module")
def driver() -> Driver:
    return Driver()


def motion(frames: int = 60) -> np.ndarray:
    weights = np.zeros((frames, 52), np.float32)
    t = np.linspace(0, 10, frames)
    weights[:, INDEX["jawOpen"]] = 0.3 * (1 - np.cos(t))
    weights[:, [INDEX["browInnerUp"], INDEX["browOuterUpLeft"]]] = 0.4 * (1 - np.cos(0.7 * t))[:, None]
    weights[:, [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] = 0.4 * (1 - np.cos(1.7 * t))[:, None]
    return weights


def seen_as(driver: Driver, weights: np.ndarray, **changed: np.ndarray) -> Take:
    """A take of a person who is the head itself: what is seen and what is driven are the same."""
    params = driver.params_from_weights(weights)
    points = embedding_for(driver.model).landmarks(driver.vertices(params)).astype(float) * 2500
    take = Take.from_params(
        params, np.arange(len(weights)) * 33.3, blendshapes=weights, arkit_weights=weights,
        landmarks=points * [1, -1, -1] / [1280, 720, 1280] + [0.5, 0.5, 0],
        face_matrix=np.tile(np.eye(4, dtype=np.float32), (len(weights), 1, 1)), image_size=np.array(SIZE),
        meta={"flame": driver.describe(), "neutral": {"frames": 60}},
    )  # fmt: skip
    return replace(take, **changed)


def test_a_perfect_take_shows_everything_and_the_references_stand_beside_it(driver: Driver) -> None:
    clip = evaluate_clip("self", seen_as(driver, motion()), driver)
    assert clip.rows.keys() == {DRIVEN, *REFERENCES} and clip.neutral == "yes"
    shown = {k: v for k, v in clip.figures[DRIVEN].items() if k.startswith("not shown") and v is not None}
    assert len(shown) > 4 and max(shown.values()) < 1e-3
    sides = [side for of in clip.followed[DRIVEN].values() for side in of]
    assert len(sides) > 6 and all(f.r > 0.999 and f.gain == pytest.approx(1, abs=0.01) for f in sides)
    frozen = {k: v for k, v in clip.figures[FROZEN].items() if k.startswith("not shown") and v is not None}
    assert frozen.keys() == shown.keys() and all(v == pytest.approx(1, abs=1e-3) for v in frozen.values())
    assert clip.figures[SCORES]["weight noise over the scores'"] == 1
    assert clip.figures[DRIVEN]["lag, frames"] == pytest.approx(0, abs=0.02)


def test_every_measure_that_is_taken_says_how_it_is_shown(driver: Driver) -> None:
    """A measure that only the JSON holds is one that was chosen to be (``face.MEASURES``), not one that was forgotten."""
    weights = motion()
    clip = evaluate_clip(
        "self", seen_as(driver, weights), driver, real=face.RealFaces([weights, weights[::2]])
    )
    found = {name for of in clip.figures.values() for name in of}
    assert found == {f"not shown, {region}" for region in face.REGIONS} | face.MEASURES.keys()
    lines = {
        line.strip("| ").split("  ")[0].split(" |")[0]
        for line in console_tables(Evaluation(clips=[clip])).splitlines()
    }
    measured = {name for of in clip.figures.values() for name, value in of.items() if value is not None}
    for name, shown in face.MEASURES.items():
        assert (name in lines) == (shown is not None and name in measured), name


def test_the_measure_says_whether_the_mean_of_clips_counts(driver: Driver) -> None:
    clip = evaluate_clip("self", seen_as(driver, motion()), driver)
    clips = [
        clip,
        *(replace(clip, figures={row: dict(of) for row, of in clip.figures.items()}) for _ in range(2)),
    ]
    for value, one in zip((0.0, 0.0, 0.9), clips):
        one.figures[DRIVEN] |= {"brows up and down": value, "weight noise": value}
    found = summarise(clips)[DRIVEN]
    assert found["brows up and down"] == pytest.approx(0.3) and found["weight noise"] == 0


def test_a_frown_that_the_person_does_not_make_is_seen_in_every_way(driver: Driver) -> None:
    weights = motion()
    closed = weights[:, INDEX["eyeBlinkLeft"]] > 0.6
    angry = weights.copy()
    angry[np.ix_(closed, [INDEX["browDownLeft"], INDEX["browDownRight"]])] = 0.9
    params = driver.params_from_weights(angry)
    take = seen_as(driver, weights, arkit_weights=angry, expression=params.expression)
    found = evaluate_clip("angry", take, driver).figures[DRIVEN]
    assert found["frown in blinks, none in the scores"] == 1 and found["not shown, brows"] > 0.15
    assert found["unfounded twitches, brows"] > 1 and found["not shown, lips outer"] < 0.01


def test_takes_of_other_heads_and_takes_that_cannot_be_used(driver: Driver) -> None:
    take = seen_as(driver, motion())
    with pytest.raises(NoFaceError, match="fewer than"):
        evaluate_clip("x", replace(take, detected=np.arange(60) < 9), driver)
    with pytest.raises(InputError, match="no landmarks"):
        evaluate_clip("x", replace(take, landmarks=None), driver)
    turned = take.face_matrix.copy()
    turned[15:, :3, :3] = [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]
    with pytest.raises(NoFaceError, match="22 degrees in 15"):
        evaluate_clip("x", replace(take, face_matrix=turned), driver)
    other = replace(take, meta={"flame": {"release": "other"}}, expression=np.zeros((60, 7)))
    assert evaluate_clip("x", other, driver).figures[DRIVEN]["not shown, lips outer"] < 1e-3  # by its weights
    with pytest.raises(MismatchError, match="another head"):
        evaluate_clip("x", replace(other, arkit_weights=0 * take.arkit_weights), driver)


def known_set(driver: Driver, frames: int = 40) -> dict[str, np.ndarray]:
    weights = motion(frames)
    params = driver.params_from_weights(weights)
    return {
        "blendshapes": weights, "expression": params.expression, "jaw_pose": params.jaw_pose,
        "eye_pose": params.eye_pose, "identity": np.zeros(frames, int),
        "neutral_blendshapes": np.zeros((1, 52), np.float32),
        "arkit_weights": weights, "arkit_names": np.array(BLENDSHAPES),
    }  # fmt: skip


def test_scores_that_are_the_truth_have_no_error(driver: Driver) -> None:
    found = evaluate_set(known_set(driver), driver)
    assert {*REFERENCES} < found.keys() and f"{DRIVEN}: scores" in found
    for row in (SCORES, MINUS):
        for key in ("face", "lips", "lids", "jaw", "left eye", "right eye", "MAE", "active", "false"):
            assert found[row][key] == pytest.approx(0, abs=2e-3), key
        assert found[row]["r"] == pytest.approx(1) and found[row]["channels moved"] == 5
    assert found[FROZEN]["face"] > 1 and found[FROZEN]["r"] is None and found[FROZEN]["false"] < 1e-3


def test_a_wrong_jaw_is_seen_where_it_is(driver: Driver) -> None:
    data = known_set(driver)
    data["jaw_pose"] = data["jaw_pose"] + np.float32([np.radians(10), 0, 0])
    found = evaluate_set(data, driver)[SCORES]
    assert found["jaw"] == pytest.approx(10, abs=0.1)
    assert found["lips"] > 2 and found["lids"] < 0.1


def test_sets_that_cannot_be_used(driver: Driver, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        load_set(tmp_path / "no.npz")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(FileFormatError, match="blendshapes"):
        load_set(tmp_path / "other.npz")
    data = known_set(driver)
    np.savez(
        tmp_path / "blind.npz", **{k: v for k, v in data.items() if k not in ("jaw_pose", "arkit_names")}
    )
    with pytest.raises(FileFormatError, match="arkit_weights with arkit_names, or expression"):
        load_set(tmp_path / "blind.npz")
    with pytest.raises(MismatchError, match="99"):
        evaluate_set({**data, "expression": np.zeros((40, 99), np.float32)}, driver)
    with pytest.raises(InputError, match="every"):
        evaluate_set(data, driver, every=0)


def test_the_lab_tool_agrees(shared, lab_head_a, lab_head_b, tmp_path) -> None:
    """Of both bases: the same meshes through coefficients that mean something else."""
    from mp2flame.flame import load_flame

    data = load_set(shared / "data/lab/test.npz")
    for head, options in ((lab_head_a, []), (lab_head_b, ["--head", "lab_head_b.pkl"])):
        driver = Driver(head)
        ours = evaluate_set(data, driver, truth_model=load_flame(lab_head_a), every=80)[f"{DRIVEN}: scores"]
        params = driver.params_from_weights(driver.response(data["blendshapes"]))
        np.savez(
            tmp_path / "p.npz",
            expression=params.expression,
            jaw_pose=params.jaw_pose,
            eye_pose=params.eye_pose,
        )
        text = subprocess.run(
            [sys.executable, str(shared / "tools/score_lab.py"), str(shared / "data/lab/test.npz"),
             str(tmp_path / "p.npz"), "--every", "80", *options],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        theirs = [float(line.split("mean")[1].split()[0]) for line in text.splitlines() if "mean" in line]
        keys = ("face", "lips", "lids", "jaw", "left eye", "right eye")
        np.testing.assert_allclose([ours[k] for k in keys], theirs, atol=0.011)


def test_weights_alone_are_enough_truth(shared, driver: Driver) -> None:
    """The figures of scores minus neutral on MakeHuman heads, measured elsewhere."""
    found = evaluate_set(load_set(shared / "data/anny/test_ours.npz"), driver, every=1)
    assert found.keys() == {*INPUTS, *REFERENCES}
    row = found[MINUS]
    assert [row[k] for k in ("MAE", "active", "false", "r")] == pytest.approx(
        [0.062, 0.341, 0.018, 0.293], abs=1e-3
    )
    assert "face" not in row and row["channels moved"] == 40
    assert {name for name, of in found.items() if "false at rest" in of} == {
        f"{DRIVEN}: scores, landmarks",
        SCORES,
        MINUS,
    }
    assert 0 < row["false at rest"] < found[SCORES]["false at rest"]


def test_score_errors_of_known_changes() -> None:
    wanted = np.zeros((5, 52))
    wanted[:2, INDEX["jawOpen"]] = 0.5
    got = 0.4 * wanted + 0.1
    table = score_errors(wanted, got)
    assert table["scores, jaw, active"] == pytest.approx(0.3) and table["scores, jaw"] == pytest.approx(
        0.3 * 2 / 15
    )
    assert table["scores, brows"] == 0 and table["scores, brows, active"] is None
    got[:2, INDEX["cheekPuff"]] = 1  # a channel that the detector never moves does not count
    assert score_errors(wanted, got) == table


def test_lids_and_lips_of_the_built_in_head(driver: Driver) -> None:
    found = evaluate_head(driver)
    assert found["lids"]["blink"]["gap_max"] <= 0.3 and found["lids"]["blink"]["penetration"] <= 0.3
    assert found["lips"]["jaw open"]["from_rest"] > 20
    assert abs(found["lips"]["jaw open, mouth closed"]["from_rest"]) < 3.5


def test_report(driver: Driver, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    clip = evaluate_clip("self <b>", seen_as(driver, motion()), driver)
    clip.pictures[3] = [np.zeros((20, 20, 3), np.uint8), np.full((30, 30, 3), 200, np.uint8)]
    result = Evaluation(clips=[clip], sets={"set": evaluate_set(known_set(driver), driver)})
    text = console_tables(result)
    # what is optimised (the distances) never stands alone: every table has its references, and the rest is there
    for title in (
        "does not show",
        "Distances",
        "Are the weights those of a face",
        "Head pose",
        "against known truth",
    ):
        assert title in text
    for part in text.split("\n\n| ")[1:]:  # Head pose has MediaPipe's own matrix beside it
        assert "MediaPipe's matrix" in part or all(row in part for row in (DRIVEN, *REFERENCES)), part
    assert text.count(f"| {SCORES}") >= 4 and "mouth opening" in text and "chin height" in text
    write_json(result, tmp_path / "r.json")
    figures = json.loads((tmp_path / "r.json").read_text())
    assert figures["schema"] == "mp2flame.evaluation/2"
    assert figures["summary"][DRIVEN]["mouth opening"]["count"] == 1
    write_html(result, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert page.count("data:image/png") > 10 and "self &lt;b&gt;" in page and "http" not in page


def test_the_command(driver: Driver, tmp_path: Path) -> None:
    take = seen_as(driver, motion(), detected=np.arange(60) % 10 != 9)
    take.save(tmp_path / "t.npz")

    def run(*options: str) -> dict:
        target = tmp_path / "e.json"
        result = CliRunner().invoke(
            cli,
            ["evaluate", str(tmp_path / "t.npz"), "--json", str(target), "--quiet", *options],
            catch_exceptions=False,
        )
        assert result.exit_code == 0, result.output
        return json.loads(target.read_text())

    as_it_is = run()
    assert as_it_is["clips"][0]["frames"] == 54
    assert as_it_is["summary"][DRIVEN]["mouth opening"]["r"] > 0.999
    again = run("--drive-again")
    assert again["summary"][SCORES] == as_it_is["summary"][SCORES]
    assert (
        again["summary"][DRIVEN]["mouth opening"]["gain"]
        != as_it_is["summary"][DRIVEN]["mouth opening"]["gain"]
    )


def test_a_folder_of_takes_and_what_is_refused_before_anything_is_driven(
    driver: Driver, tmp_path: Path
) -> None:
    folder = tmp_path / "takes"
    folder.mkdir()
    for name in ("t2", "t10"):
        seen_as(driver, motion()).save(folder / f"{name}.npz")
    (folder / "t3.npz").write_bytes(b"PK" + b"0" * 100)
    (folder / "notes.txt").write_text("nothing to judge")

    def run(*words: str):
        return CliRunner().invoke(cli, ["evaluate", *words, "--quiet"])

    found = run(str(folder), "--json", str(tmp_path / "e.json"))
    assert found.exit_code == 0, found.output
    figures = json.loads((tmp_path / "e.json").read_text())
    assert [clip["name"] for clip in figures["clips"]] == ["t2", "t10"]  # as people count
    assert len(figures["skipped"]) == 1 and "t3.npz" in figures["skipped"][0]
    (tmp_path / "empty").mkdir()
    for words, told in (
        ([str(folder), str(tmp_path / "none.npz")], "there is no file or folder"),
        ([str(tmp_path / "empty")], "no takes (.npz), videos or pictures"),
        ([str(folder), "--json", str(tmp_path / "no" / "e.json")], "does not exist; create it first"),
        ([str(folder), "--html", str(folder)], "give a file name"),
        ([str(folder), "--real", str(tmp_path / "no.csv")], "not found"),
    ):
        refused = run(*words)
        assert isinstance(refused.exception, Mp2FlameError) and told in str(refused.exception), words
        assert "share of the person's motion" not in refused.output


@pytest.mark.slow
def test_the_judge_from_outside_agrees(shared, tmp_path: Path) -> None:
    """``tools/score_clips.py`` of the test material on the same takes, drawn and detected again included."""
    clips = ["LP_drv__d19.mp4", "intel_asl__sister.mkv", "intel_asl__yes.mkv"]
    real = [str(path) for path in sorted((shared / "data/livelink").glob("*.csv"))]
    takes = [str(tmp_path / f"{name}.npz") for name in clips]
    for name, take in zip(clips, takes):
        result = CliRunner().invoke(cli, ["run", str(shared / "data/videos" / name), "-o", take, "--quiet"])
        assert result.exit_code == 0, result.output
    places = embedding_for(Driver().model)
    np.savez(
        tmp_path / "points.npz",
        landmark_indices=np.arange(478),
        lmk_face_idx=places.face_idx,
        lmk_b_coords=places.b_coords,
    )
    subprocess.run(
        [sys.executable, str(shared / "tools/score_clips.py"), *takes, "--embedding", str(tmp_path / "points.npz"), "--redetect", "10", "--command",
         f"{sys.executable} -m mp2flame", "--work", str(tmp_path), "--json", str(tmp_path / "theirs.json")],
        check=True, capture_output=True,
    )  # fmt: skip
    options = [word for path in real for word in ("--real", path)]
    result = CliRunner().invoke(
        cli,
        ["evaluate", *takes, *options, "--redetect", "10", "--json", str(tmp_path / "ours.json"), "--quiet"],
    )
    assert result.exit_code == 0, result.output
    theirs, ours = (json.loads((tmp_path / f"{who}.json").read_text()) for who in ("theirs", "ours"))
    pairs = dict(_pairs(theirs["summary"], ours["summary"]))
    assert len(pairs) > 80
    for name, (a, b) in pairs.items():
        # 1.09 against 1.15 on these clips, under a nearly singular covariance; all else agrees within 3 %
        rel = 0.06 if "ahalanobis" in name else 0.03
        assert b == pytest.approx(a, rel=rel, abs=2e-3), name
    for row, name in ((DRIVEN, "product"), (SCORES, SCORES)):
        mae, active = theirs["summary"]["re-detected"][name]["scores"]["all"]
        # they look at a compressed video of the head
        assert ours["again"][row]["scores, all"] == pytest.approx(mae, rel=0.1)
        assert ours["again"][row]["scores, all, active"] == pytest.approx(active, rel=0.15)


def _pairs(theirs: dict, ours: dict):
    """Figures of both judges by name."""
    for row, name in ((DRIVEN, "product"), (SCORES, SCORES), (FROZEN, FROZEN)):
        for region, value in theirs["not shown"][name].items():
            yield f"{row}, not shown, {region}", (value, ours[row][f"not shown, {region}"])
        if row == FROZEN:
            continue
        for kind in ("tracked", "untracked"):
            for distance, of in theirs[kind][name].items():
                for key in ("count", "r", "gain"):
                    if of["r"] is not None:
                        yield f"{row}, {distance}, {key}", (of[key], ours[row][distance][key])
        own = {
            "both brows": "brows up and down",
            "stops per frame": "channels at the stop",
            "still jitter mm": "still mesh, mm",
        }
        for key in (
            "frown in blinks", "frown in smiles", "both brows", "stops per frame", "twitches, brows", "twitches, lids",
            "unfounded twitches, brows", "unfounded twitches, lids", "weight noise", "still jitter mm",
        ):  # fmt: skip
            if theirs[name][key] is not None:
                yield f"{row}, {key}", (theirs[name][key], ours[row][own.get(key, key)])
        # they leave the jaw and mouth sides of the recordings as the app writes them
        yield f"{row}, Mahalanobis", (theirs[name]["Mahalanobis"][0], ours[row]["Mahalanobis"])
    for axis in ("pitch", "yaw", "roll"):
        yield (
            axis,
            (theirs[f"head {axis} noise over MediaPipe"], ours["head"][f"{axis} noise over MediaPipe's"]),
        )


def test_drawn_and_detected_again(shared, driver: Driver) -> None:
    """A head is seen to move as itself; the floor is the detector's own noise."""
    pytest.importorskip("mediapipe")
    clip = evaluate_clip("self", seen_as(driver, motion(30)), driver)
    found = look_again([clip], 10)
    assert found.keys() == {DRIVEN, SCORES, USUAL, MINUS, FROZEN} and found[DRIVEN]["lost"] == 0
    assert found[DRIVEN]["not shown, lips outer"] < 0.25
    assert (
        found[DRIVEN]["not shown, lips outer"] == found[SCORES]["not shown, lips outer"]
    )  # the same pictures
    assert found[FROZEN]["not shown, lips outer"] == pytest.approx(1) and found[FROZEN]["lost"] == 0
    assert found[FROZEN]["scores, all, active"] > found[DRIVEN]["scores, all, active"]
    assert found[DRIVEN]["not shown, chin"] is not None and face.REGIONS.keys() >= {"chin"}
