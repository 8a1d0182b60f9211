"""The commands on files: info, convert, trim, concat, resample, smooth, mirror."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

import mp2flame.cli as cli_package
from motions import FRAMES, check_same, take
from mp2flame.base.errors import FileFormatError, InputError, MissingFileError
from mp2flame.cli import convert, files, info
from mp2flame.io.formats import FORMATS, read_motion, write_motion
from mp2flame.response.profile import Profile


def run(command, *arguments):
    result = CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def recorded(tmp_path):
    path = tmp_path / "take.npz"
    write_motion(take(), path, "recording")
    return path


def test_a_defect_of_ours_is_one_line_and_exit_code_70(monkeypatch, capsys):
    def broken(*_):
        raise RuntimeError("nobody foresaw this")

    monkeypatch.delenv("MP2FLAME_DEBUG", raising=False)
    monkeypatch.setattr(cli_package.LazyGroup, "get_command", broken)
    with pytest.raises(SystemExit) as stopped:
        cli_package.main(["info", "take.npz"])
    assert stopped.value.code == 70
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "nobody foresaw this" in said and "Traceback" not in said


@pytest.mark.parametrize("kind", ["json", "mp2profile.json"])
def test_json_nested_without_end_is_a_bad_file(tmp_path, kind):
    deep = tmp_path / f"deep.{kind}"
    deep.write_text("[" * 100_000 + "]" * 100_000)
    with pytest.raises(FileFormatError):
        read_motion(deep)
    with pytest.raises(FileFormatError):
        Profile.load(deep)


def test_info_names_kind_frames_rate_and_traps(tmp_path, recorded):
    text = run(info.info, recorded).output
    assert "recording (mp2flame)" in text and str(FRAMES) in text and "25" in text
    path = tmp_path / "raw.npz"
    np.savez(path, expr=np.zeros((3, 100)), rotation=np.zeros((3, 3)), translation=np.zeros((3, 3)))
    facts = json.loads(run(info.info, path, "--json").output)
    assert facts["format"].startswith("gaussian-avatars") and facts["frames"] == 3
    assert any("float64" in text for text in facts["traps"])
    assert any("dynamic_offset" in text for text in facts["traps"])


def test_info_lists_the_formats():
    text = run(info.info, "--formats").output
    assert all(name in text for name in FORMATS)


def test_info_of_nothing(tmp_path):
    with pytest.raises(MissingFileError):
        run(info.info, tmp_path / "none.npz")
    with pytest.raises(InputError):
        run(info.info)


def test_convert_and_back(tmp_path, recorded):
    out = tmp_path / "tracked"
    result = run(convert.convert, recorded, "-o", out, "--format", "flame-head-tracker", "--version", "3.3")
    assert "flame-head-tracker" in result.output and "not in the file" in result.stderr
    run(convert.convert, out, "-o", tmp_path / "back.npz", "--fps", "25")
    check_same(
        take(), read_motion(tmp_path / "back.npz"), FORMATS["flame-head-tracker"].carries - {"identity"}
    )
    with pytest.raises(InputError, match="exists"):
        run(convert.convert, recorded, "-o", out, "--format", "flame-head-tracker")
    with pytest.raises(InputError, match="Did you mean 'vhap'"):
        run(convert.convert, recorded, "-o", tmp_path / "x.npz", "--format", "vhapp")


def test_convert_resamples_to_a_rate(tmp_path, recorded):
    run(convert.convert, recorded, "-o", tmp_path / "fast.npz", "--format", "smplx", "--fps", "50")
    found = read_motion(tmp_path / "fast.npz")
    assert found.num_frames == 2 * FRAMES - 1 and found.recording.fps == pytest.approx(50)


def test_edits_on_takes(tmp_path, recorded):
    def frames(name):
        return read_motion(tmp_path / name).num_frames

    run(files.trim, recorded, "--first-frame", 1, "--last-frame", 2, "-o", tmp_path / "part.npz")
    assert frames("part.npz") == 2
    run(files.concat, recorded, tmp_path / "part.npz", "-o", tmp_path / "joined.npz")
    assert frames("joined.npz") == FRAMES + 2
    run(files.resample, recorded, "--fps", 50, "-o", tmp_path / "fast.npz")
    assert frames("fast.npz") == 2 * FRAMES - 1
    run(files.smooth, recorded, "-o", tmp_path / "calm.npz")
    assert frames("calm.npz") == FRAMES
    with pytest.raises(InputError, match="FLAME file"):
        run(files.mirror, recorded, "-o", tmp_path / "mirrored.npz")
    with pytest.raises(InputError, match="exists"):
        run(files.smooth, recorded, "-o", recorded)


def test_edits_keep_the_format_they_came_in(tmp_path):
    write_motion(take(), tmp_path / "v.npz", "vhap")
    run(files.trim, tmp_path / "v.npz", "--last-frame", 1, "-o", tmp_path / "short.npz")
    assert read_motion(tmp_path / "short.npz").format == "vhap"


def test_mirror_of_a_weights_take(tmp_path):
    write_motion(take(), tmp_path / "a.csv", "livelink-csv")
    run(files.mirror, tmp_path / "a.csv", "-o", tmp_path / "b.csv")
    run(files.mirror, tmp_path / "b.csv", "-o", tmp_path / "c.csv")
    first, last = read_motion(tmp_path / "a.csv").recording, read_motion(tmp_path / "c.csv").recording
    np.testing.assert_allclose(last.arkit_weights, first.arkit_weights, atol=1e-7)
