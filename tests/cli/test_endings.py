"""A name's ending is a promise: what is written under it is that, or nothing is written."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from motions import take
from mp2flame.base.errors import InputError
from mp2flame.cli import convert, endings, export, files
from mp2flame.io.formats import FORMATS, detect_format, write_motion


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_motion(take(), "take.npz", "recording")
    return tmp_path


def run(command, *words):
    return CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=True)


@pytest.mark.parametrize(("ending", "name"), endings.TAKES.items())
@pytest.mark.parametrize("command", [(convert.convert,), (files.trim, "--start", "0"), (files.smooth,)])
def test_a_take_is_written_in_the_format_that_its_name_says(recorded, command, ending, name):
    output = recorded / f"out{ending}"
    done = run(command[0], "take.npz", *command[1:], "-o", output)
    assert done.exit_code == 0, done.output
    assert detect_format(output) == name


PROMISES = [".fbx", ".blend", ".abc", ".glb", ".gltf", ".usdc", ".obj", ".mp4", ".png", ".pc2"]


@pytest.mark.parametrize("ending", PROMISES)
@pytest.mark.parametrize("command", [convert.convert, files.smooth])
def test_what_no_take_is_is_not_written_and_the_way_is_said(recorded, command, ending):
    done = run(command, "take.npz", "-o", f"out{ending}")
    assert isinstance(done.exception, InputError)
    assert ending in str(done.exception) and "mp2flame" in str(done.exception)
    assert not (recorded / f"out{ending}").exists()


@pytest.mark.parametrize("ending", [".fbx", ".abc", ".blend"])
def test_export_says_how_a_scene_of_blender_is_made(recorded, ending):
    done = run(export.export, "take.npz", "-o", f"out{ending}")
    assert isinstance(done.exception, InputError)
    said = str(done.exception)
    assert "--form flame" in said and f"--save out{ending}" in said and "blender_import.py" in said


def test_frames_of_meshes_do_not_go_into_a_folder_named_as_a_film_or_a_file(recorded):
    done = run(export.export, "take.npz", "-o", "out.glb", "--as", "obj")
    assert isinstance(done.exception, InputError) and not (recorded / "out.glb").exists()


@pytest.mark.parametrize("name", [name for name, entry in FORMATS.items() if entry.write is not None])
def test_a_format_is_not_written_under_another_kinds_name(recorded, name):
    with pytest.raises(InputError, match="choose another name"):
        endings.check_ending(recorded / "out.fbx", name)
    entry = FORMATS[name]
    endings.check_ending(recorded / ("out" + (entry.extensions or ("",))[0]), name)
    endings.check_ending(recorded / "night.2", name)
