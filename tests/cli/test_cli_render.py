"""``mp2flame render``: which head, which files, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from mp2flame.base.errors import InputError, MismatchError, OutputError
from mp2flame.base.values import FlameParams
from mp2flame.cli.render import render
from mp2flame.drive.for_take import for_take
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.take.take import Take

Image = pytest.importorskip("PIL.Image")

FAST = ["--size", "48", "--backend", "software", "--quiet"]


@pytest.fixture
def take(tmp_path, monkeypatch):
    monkeypatch.delenv("MP2FLAME_FLAME", raising=False)
    monkeypatch.chdir(tmp_path)
    return save(tmp_path / "take.npz", {"release": "builtin", "sha256": builtin_head().sha256})


def save(path, flame, num_expression=None, **changes):
    count = num_expression or builtin_head().num_expression
    params = FlameParams.zeros(count, (4,))
    jaw = np.zeros((4, 3), np.float32)
    jaw[:, 0] = [0, 0.1, 0.2, 0.3]
    meta = {} if flame is None else {"flame": flame}
    times = 40.0 * np.arange(4)
    Take.from_params(params.replace(jaw_pose=jaw), times, meta=meta, **changes).save(path)
    return path


def call(*arguments):
    return CliRunner().invoke(render, [str(a) for a in arguments], catch_exceptions=True)


def test_gif_and_sheet(take, tmp_path):
    result = call(take, "-o", "a.gif", "--sheet", "s.png", "--frames", 2, *FAST)
    assert result.exit_code == 0, result.exception
    assert "a.gif" in result.output and "builtin" in result.output
    with Image.open("a.gif") as gif:
        assert gif.size == (48, 48) and gif.n_frames >= 2
    with Image.open("s.png") as sheet:
        assert sheet.width > 2 * 240
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.gif", "s.png", "take.npz"]


def test_default_name_does_not_hit_the_users_video(take, tmp_path):
    pytest.importorskip("av")
    (tmp_path / "take.mp4").write_bytes(b"mine")
    assert call(take, *FAST).exit_code == 0
    assert (tmp_path / "take.mp4").read_bytes() == b"mine"
    assert (tmp_path / "take_head.mp4").stat().st_size > 500
    again = call(take, *FAST)
    assert isinstance(again.exception, InputError) and "--overwrite" in str(again.exception)
    assert call(take, *FAST, "--overwrite").exit_code == 0


def test_one_frame_is_one_picture(take):
    assert call(take, "-o", "one.png", "--start", 0.04, "--end", 0.04, *FAST).exit_code == 0
    assert Image.open("one.png").size == (48, 48)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "take.npz", "--overwrite"], "is an input"),
        (["-o", "a.png", "--sheet", "b.png"], "--sheet"),
        (["-o", "a.avi"], ".mp4"),
        (["-o", "no/such/a.gif"], "does not exist"),
        (["-o", "a.gif", "--start", "9"], "0.12 s long"),
    ],
)
def test_refused_before_any_work(take, tmp_path, arguments, words):
    result = call(take, *arguments, *FAST)
    assert isinstance(result.exception, InputError | OutputError) and words in str(result.exception)
    assert [p.name for p in tmp_path.iterdir()] == ["take.npz"]


def test_a_take_for_another_file_is_refused_with_the_way_out(take, tmp_path):
    other = save(tmp_path / "other.npz", {"release": "flame2020", "sha256": "ab" * 32})
    result = call(other, "-o", "a.gif", *FAST)
    assert isinstance(result.exception, MismatchError)
    assert "flame2020" in str(result.exception) and "--flame" in str(result.exception)


def test_given_file_must_be_the_takes_own(take, lab_head_a, lab_head_b, monkeypatch, tmp_path):
    from mp2flame.flame import load_flame

    model = load_flame(lab_head_a)
    flame = {"release": model.release, "sha256": model.sha256}
    recording = Take.load(save(tmp_path / "a.npz", flame, 20))
    driver, shown, _ = for_take(recording, str(lab_head_a))
    assert driver.num_expression == 20 and shown is recording
    with pytest.raises(MismatchError, match=r"mp2flame run"):
        for_take(recording, str(lab_head_b))
    monkeypatch.setenv("MP2FLAME_FLAME", str(lab_head_a.parent))
    monkeypatch.setattr("mp2flame.drive.for_take.find_flame_files", lambda: [lab_head_b, lab_head_a])
    assert for_take(recording, None)[0].model.sha256 == model.sha256  # found by its hash


def test_unknown_head_is_shown_on_the_built_in_one(take, tmp_path):
    weights = np.zeros((4, 52), np.float32)
    weights[:, 25] = [0, 0.3, 0.6, 0.9]  # jawOpen
    recording = Take.load(save(tmp_path / "a.npz", None, 7, arkit_weights=weights))
    driver, shown, note = for_take(recording, None)
    assert driver.model.release == "builtin" and "built-in" in note
    vertices = driver.vertices(shown.params)
    moved = np.linalg.norm(vertices - vertices[0], axis=-1).max(-1)
    assert moved[0] == 0 and (np.diff(moved) > 0.001).all()


def test_a_take_of_an_earlier_built_in_head_is_shown_as_recorded() -> None:
    head = builtin_head()
    expression = np.random.default_rng(0).standard_normal((3, head.num_expression)).astype(np.float32)
    params = FlameParams.zeros(head.num_expression, (3,)).replace(expression=expression)
    meta = {"flame": {"release": "builtin", "sha256": "1f4fa56a" + "0" * 56, "num_expression": 50}}
    take = Take.from_params(params, np.arange(3) * 33.0, meta=meta)
    driver, shown, note = for_take(take)
    assert driver.model.sha256 == head.sha256 and not note
    np.testing.assert_array_equal(shown.expression, expression)
