"""From shards to mapping files, reports and tracked videos."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mp2flame.base.channels import INDEX
from mp2flame.base.detection import Detection
from mp2flame.base.errors import FileFormatError, InputError, MismatchError, Mp2FlameError
from mp2flame.base.header import Header
from mp2flame.base.values import FlameParams
from mp2flame.evaluate.page import Page
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.learn.build import Evaluation, build
from mp2flame.learn.compare import Errors, difference, errors, regions, verdict
from mp2flame.learn.fit import Options, fit
from mp2flame.learn.report import _outliers, report_recording
from mp2flame.learn.shards import ClipInfo, Rows, open_shards, write_shard
from mp2flame.learn.summary import summarise
from mp2flame.learn.track import fit_landmarks
from mp2flame.response.profile import Profile
from mp2flame.rig.mapping.files import load_mapping
from mp2flame.rig.mapping.linear import ExtrapolationWarning, LinearMapping
from mp2flame.rig.mapping.network import NetworkMapping
from mp2flame.rig.rig import solve_rig
from mp2flame.take.take import Take

pytest.importorskip("pyarrow")
F = np.float32


def shard_folder(folder: Path, people: int = 8, n: int = 60) -> Path:
    """Scores of a biased detector against the built-in head's true parameters."""
    folder.mkdir()
    rig, head = solve_rig(builtin_head()), builtin_head()
    for person in range(people):
        r = np.random.default_rng(person)
        w = (r.random((n, 52)) ** 4).astype(F)
        w[:, [0, INDEX["cheekPuff"]]] = 0
        expression, jaw, eyes = rig.apply(w)
        scores = np.clip(0.6 * w + 0.1 * r.random(52) + 0.02 * r.normal(size=w.shape), 0, 1).astype(F)
        scores[:, INDEX["cheekPuff"]] = 1e-4
        flame = {"release": head.release, "sha256": head.sha256}
        info = ClipInfo(
            f"clip{person}", f"p{person}", flame=flame, rights="ours", counts={"read": n, "kept": n}
        )
        zero = np.zeros((n, 3), F)
        rows = Rows(
            np.arange(n, dtype=np.int32), np.arange(n) * 40.0, scores, expression, jaw, eyes, zero, zero
        )
        write_shard(folder, info, rows)
    return folder


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shard_folder(tmp_path_factory.mktemp("build") / "shards")


# --- comparing ----------------------------------------------------------------------------------------------


def test_errors_are_distances_on_the_head() -> None:
    head = builtin_head()
    truth = np.zeros((3, head.num_expression + 9), F)
    moved = truth.copy()
    moved[1, -9] = 0.1
    found = errors(moved, truth, head).rows
    assert found["face_mm"][0] == 0 and found["face_mm"][1] > 0.3
    assert found["jaw_deg"][1] == pytest.approx(np.degrees(0.1), rel=1e-4)
    assert set(regions(head)) == {"face", "lips", "lids", "brows"}
    assert found["lips_mm"][1] > found["brows_mm"][1]


def test_the_interval_draws_people_not_frames() -> None:
    r = np.random.default_rng(0)
    people = np.repeat(np.arange(10), 500)
    of_person = r.normal(size=10)[people]
    a, b = Errors({"m": of_person}), Errors({"m": np.zeros(5000)})
    mean, low, high = difference(a, b, people)["m"]
    assert high - low > 0.5  # 5000 independent frames would say 0.06
    assert verdict((mean, low, high)) == "no clear difference"
    assert verdict((-1.0, -1.5, -0.5)) == "better" and verdict((1.0, 0.5, 1.5)) == "worse"
    assert "one person" in verdict((-1.0, np.nan, np.nan))


def test_nothing_is_said_to_win_that_loses_to_a_face_that_never_moves() -> None:
    def told(fit: float, default: float, mean: float) -> tuple[str, list[str]]:
        means = {"fit": {"face_mm": fit}, "default": {"face_mm": default}, "mean face": {"face_mm": mean}}
        gap = fit - default
        found = Evaluation(means, {"face_mm": (gap, gap - 0.01, gap + 0.01)}, "default", 5, 100)
        return found.verdict, found.doubts

    assert told(0.8, 1.0, 2.0) == ("better", [])
    assert told(1.2, 1.0, 2.0) == ("worse", [])
    assert told(1.9, 2.5, 1.5)[0] == "worse than the mean face"
    verdict_, doubts = told(1.0, 2.5, 1.5)
    assert verdict_ == "better" and "not the FLAME file" in doubts[0]


# --- mapping files ------------------------------------------------------------------------------------------


def test_a_fit_on_biased_scores_beats_the_default_and_says_so(shards: Path, tmp_path: Path) -> None:
    built = build(open_shards(shards), model=builtin_head())
    assert built.evaluation is not None and built.evaluation.verdict == "better"
    assert built.evaluation.people == 8
    mapping = load_mapping(built.mapping.save(tmp_path / "m.npz"))
    notes = mapping.header.notes
    assert mapping.header.licence == "ours" and mapping.header.flame_sha256 == builtin_head().sha256
    assert mapping.header.provenance["frames"] == 480 and mapping.header.provenance["subjects"] == 8
    assert notes["support"]["cheekPuff"] == 0 and notes["support"]["jawOpen"] > 50
    assert notes["condition_number"] > 1 and notes["held_out"]["people"] == 8
    assert any("cheekPuff" in text for text in built.warnings)


def test_in_the_command_line_a_warning_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    from mp2flame.cli import _notes

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        usual = warnings.showwarning
        with _notes():
            warnings.warn("cheekPuff is a guess", ExtrapolationWarning, stacklevel=1)
        assert warnings.showwarning is usual
    assert capsys.readouterr().err == "note: cheekPuff is a guess\n"


def test_a_mapping_warns_once_where_it_extrapolates(shards: Path) -> None:
    mapping = build(open_shards(shards), Options("pinv")).mapping
    scores = np.full((5, 52), 0.1, F)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mapping.apply(scores)
    scores[2, INDEX["cheekPuff"]] = 0.8
    with pytest.warns(ExtrapolationWarning, match="cheekPuff"):
        mapping.apply(scores)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mapping.apply(scores)


def test_damaged_coverage_is_refused() -> None:
    header = Header(schema="mp2flame.mapping/1", notes={"coverage": {"low": [0.0], "high": "x"}})
    with pytest.raises(InputError, match="coverage"):
        LinearMapping.from_blocks({"expression": np.zeros((52, 4))}, header=header)


def test_shards_of_another_flame_file_are_refused(shards: Path, lab_head_a: Path) -> None:
    from mp2flame.flame import load_flame

    with pytest.raises(MismatchError, match="tracked with"):
        build(open_shards(shards), model=load_flame(lab_head_a))


def test_one_person_cannot_be_checked(tmp_path: Path) -> None:
    built = build(open_shards(shard_folder(tmp_path / "s", 1, 120)))
    assert built.evaluation is None and any("one person" in text for text in built.warnings)


@pytest.mark.slow
def test_network_is_numpys_twin_of_torchs(shards: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    built = build(open_shards(shards), Options("mlp"), model=builtin_head())
    assert isinstance(built.mapping, NetworkMapping) and built.evaluation is not None
    back = load_mapping(built.mapping.save(tmp_path / "net.npz"))
    assert isinstance(back, NetworkMapping)
    x = np.random.default_rng(0).random((7, 52)).astype(F) * 0.3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_array_equal(back.apply(x).expression, built.mapping.apply(x).expression)
        np.testing.assert_allclose(back.apply(x[3]).jaw_pose, back.apply(x).jaw_pose[3], atol=1e-5)
        smaller = back.resized(10).apply(x)
        np.testing.assert_allclose(smaller.expression, back.apply(x).expression[:, :10], atol=1e-5)
        np.testing.assert_allclose(smaller.eye_pose, back.apply(x).eye_pose, atol=1e-5)
    means = built.evaluation.means
    assert means["fit"]["face_mm"] < 1.1 * means["linear part alone"]["face_mm"]


def test_network_mapping_by_hand() -> None:
    header = Header(schema="mp2flame.mapping/1")
    first = np.zeros((52, 3), F)
    first[INDEX["jawOpen"], 0] = 2.0
    last = np.zeros((3, 4), F)
    last[0, 1] = 5.0
    linear = LinearMapping.from_blocks({"expression": np.zeros((52, 4))}, header=header)
    parts = {k: getattr(linear, k) for k in ("weights", "intercept", "blocks", "header")}
    net = NetworkMapping(**parts, layers=((first, np.array([-1, 0, 0], F)), (last, np.ones(4, F))))
    x = np.zeros((3, 52), F)
    x[:, INDEX["jawOpen"]] = [0.2, 0.75, 3.0]  # off, on, held at 1
    np.testing.assert_allclose(net.apply(x).expression[:, 1], [1.0, 3.5, 6.0])
    np.testing.assert_allclose(net.apply(x).expression[:, 0], 1.0)
    with pytest.raises(Mp2FlameError, match="must end in"):
        NetworkMapping(**parts, layers=((first, np.zeros(3, F)),))


# --- commands -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_fit_and_report_commands(shards: Path, tmp_path: Path) -> None:
    from mp2flame.cli.fit import fit as fit_command
    from mp2flame.cli.report import report as report_command

    pytest.importorskip("matplotlib")
    out = tmp_path / "m.npz"
    result = CliRunner().invoke(fit_command, [str(shards), "-o", str(out), "--quiet"], catch_exceptions=False)
    assert result.exit_code == 0 and out.is_file()
    assert "jaw deg" in result.output and "shipped default" in result.output
    with pytest.raises(InputError, match="--overwrite"):
        CliRunner().invoke(fit_command, [str(shards), "-o", str(out)], catch_exceptions=False)
    page, pictures = tmp_path / "r.html", tmp_path / "png"
    arguments = [str(shards), "-o", str(page), "--png", str(pictures), "--quiet", "--mapping", str(out)]
    assert CliRunner().invoke(report_command, arguments, catch_exceptions=False).exit_code == 0
    text = page.read_text()
    for heading in ("Scores", "Expression coefficients", "Jaw pose", "Eye poses", "Coverage", "Correlations",
                    "Before and after the fit", "Residuals by channel", "Outliers"):  # fmt: skip
        assert f"<h2>{heading}</h2>" in text
    assert not re.search(r'(src|href)="(?!#|data:)', text)  # nothing from outside the page
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert len(list(pictures.glob("*.png"))) >= 10


def test_an_outlier_is_found_with_its_frame(tmp_path: Path) -> None:
    folder = shard_folder(tmp_path / "s", 6)
    opened = open_shards(folder)
    from mp2flame.learn.shards import read_rows

    rows = next(read_rows(opened.paths[3]))
    values = {k: np.array(v) for k, v in vars(rows).items() if isinstance(v, np.ndarray)}
    values["jaw_pose"][17] = [0.9, 0.5, -0.5]
    values["expression"][17] *= -5
    write_shard(folder, opened.infos[3], Rows(**{k: v for k, v in values.items() if k != "outputs"}))
    opened, page = open_shards(folder), Page("outliers")
    _outliers(page, opened, fit(summarise(opened)), None)
    text = page.html()
    first = re.search(r"<h2>Outliers.*?</th></tr></thead><tr><td>(.*?)</td><td>(.*?)</td>", text)
    assert first is not None and first.groups() == (opened.infos[3].clip, "17")


@pytest.mark.slow
def test_report_of_a_recording() -> None:
    pytest.importorskip("matplotlib")
    r = np.random.default_rng(0)
    zero = np.zeros((50, 3), F)
    params = FlameParams(
        r.normal(size=(50, 20)), 0.1 * r.random((50, 3)), 0.1 * r.normal(size=(50, 6)), zero, zero, zero
    )
    scores = (r.random((50, 52)) * 0.4).astype(F)
    take = Take.from_params(params, np.arange(50) * 33.0, blendshapes=scores)
    text = report_recording(take, "take.npz").html()
    assert "50 frames" in text and "Outlying frames" in text
    take.detected[:] = False
    with pytest.raises(InputError, match="no frame"):
        report_recording(take, "take.npz")


# --- tracking -----------------------------------------------------------------------------------------------


def test_tracking_beats_the_usual_method_on_the_lab_set(shared: Path) -> None:
    from mp2flame.flame import load_flame

    model = load_flame(shared / "models" / "lab_head_a.pkl", num_expression=50)
    test = np.load(shared / "data" / "lab" / "test.npz")
    truth = np.concatenate([test["expression_a"], test["jaw_pose"], test["eye_pose"]], 1).astype(F)
    found: dict[str, list[np.ndarray]] = {"given": [], "found": [], "moving": []}
    rows = []
    for i in range(4):
        here = np.flatnonzero(test["identity"] == np.unique(test["identity"])[i])
        neutral = Profile.from_neutral(
            test["neutral_blendshapes"][i], landmarks=test["neutral_landmarks"][i], image_size=(512, 512)
        )
        for name in found:  # the first frame is the resting one
            seen = here[1:] if name == "moving" else here
            tracked = fit_landmarks(
                model, Detection(test["blendshapes"][seen], test["landmarks"][seen], None, (512, 512)),
                neutral=neutral if name == "given" else None, timestamp_ms=1000.0 * np.arange(len(seen)),
            )  # fmt: skip
            assert ((tracked.weights >= 0) & (tracked.weights <= 1)).all() and (tracked.residual > 0).all()
            p = tracked.params
            found[name].append(np.concatenate([p.expression, p.jaw_pose, p.eye_pose], 1))
        rows.append(here)
    whole, moving = np.concatenate(rows), np.concatenate([here[1:] for here in rows])
    off = {
        name: errors(np.concatenate(f), truth[moving if name == "moving" else whole], model).means()[
            "face_mm"
        ]
        for name, f in found.items()
    }
    assert off["given"] < 1.3 and off["found"] < 1.4 and off["moving"] < 1.5, off  # docs/response.md says why


@pytest.mark.slow
def test_gather_track_and_batch_of_a_video(shared: Path, tmp_path: Path) -> None:
    pytest.importorskip("mediapipe")
    from mp2flame.learn.batch import MANIFEST, run_batch
    from mp2flame.learn.clip import Settings
    from mp2flame.learn.gather import gather

    videos = tmp_path / "videos" / "anna"
    videos.mkdir(parents=True)
    source = shared / "data" / "videos" / "intel_asl__yes.mkv"
    (videos / "yes.mkv").write_bytes(source.read_bytes())
    (videos / "broken.mp4").write_bytes(b"no video at all")
    settings = Settings(track=True, flame=str(shared / "models" / "lab_head_a.pkl"), rights="CC-BY-4.0")
    by = {o.clip: o for o in gather([tmp_path / "videos"], tmp_path / "shards", settings)}
    assert by["videos/anna/broken.mp4"].status == "failed" and by["videos/anna/yes.mkv"].status == "done"
    opened = open_shards(tmp_path / "shards")
    assert opened.subjects == ("anna",) and opened.num_rows > 20 and opened.common("sha256")
    results = run_batch([tmp_path / "videos"], tmp_path / "takes", workers=1)
    assert [r.status for r in results] == ["failed", "done"]
    take = Take.load(tmp_path / "takes" / "anna_yes.npz")
    assert take.detected.any() and take.num_frames == results[1].frames
    lines = [json.loads(line) for line in (tmp_path / "takes" / MANIFEST).read_text().splitlines()]
    assert {line["status"] for line in lines} == {"done", "failed"}
    again = run_batch([tmp_path / "videos"], tmp_path / "takes", workers=1)
    assert [r.status for r in again] == ["failed", "kept"]
    other = run_batch([tmp_path / "videos"], tmp_path / "takes", workers=1, landmarks=False)
    assert other[1].status == "done" and Take.load(tmp_path / "takes" / "anna_yes.npz").landmarks is None


def test_a_damaged_shard_stops_the_fit_and_is_named(tmp_path: Path) -> None:
    folder = shard_folder(tmp_path / "s", people=3, n=30)
    path = sorted(folder.iterdir())[1]
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 3] ^= 16
    path.write_bytes(damaged)
    with pytest.raises(FileFormatError, match=f"nothing was fitted: {re.escape(path.name)}"):
        build(open_shards(folder))
