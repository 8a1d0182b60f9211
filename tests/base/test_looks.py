"""What people give in place of what is asked for is called by its name, wherever they give it."""

from __future__ import annotations

import pytest

from mp2flame.base.errors import FileFormatError
from mp2flame.base.looks import instead
from mp2flame.flame import load_flame
from mp2flame.io.formats import detect_format
from mp2flame.io.sources import open_source
from mp2flame.observe.model_file import find_face_landmarker
from mp2flame.response.profile import Profile

OTHERS = {
    "head.glb": (b"glTF\x02\0\0\0" + bytes(200), "a GLB"),
    "head.fbx": (b"Kaydara FBX Binary  \0" + bytes(200), "an FBX file"),
    "scene.blend": (b"BLENDER-v405" + bytes(200), "a Blender file"),
    "paper.pdf": (b"%PDF-1.7\n" + bytes(200), "a PDF"),
    "empty.bin": (b"", "empty"),
    "me.m2f": (b"M2F1" + bytes(200), "a head for the browser"),
}
DOORS = {"take": detect_format, "flame": load_flame, "profile": Profile.load, "source": open_source}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", OTHERS)
def test_another_kind_of_file_is_called_by_its_name(tmp_path, name, door):
    content, what = OTHERS[name]
    (tmp_path / name).write_bytes(content)
    if door == "source":
        pytest.importorskip("av")
    with pytest.raises(FileFormatError, match=what):
        DOORS[door](tmp_path / name)


def test_a_saved_web_page_in_place_of_a_flame_file_says_so(tmp_path):
    page = tmp_path / "generic_model.pkl"
    page.write_text("\n<!DOCTYPE html><html><body>Please sign in</body></html>")
    with pytest.raises(FileFormatError, match="web page"):
        load_flame(page)


def test_a_flame_file_given_as_a_video_is_sent_to_its_option(tmp_path):
    pytest.importorskip("av")
    (tmp_path / "flame.pkl").write_bytes(b"\x80\x02}q\0." + bytes(100))
    with pytest.raises(FileFormatError, match="--flame"):
        open_source(tmp_path / "flame.pkl")


def test_a_file_that_was_named_as_the_face_model_is_not_to_be_written_over(tmp_path):
    flame = tmp_path / "generic_model.pkl"
    flame.write_bytes(b"\x80\x02}q\0." + bytes(100))
    with pytest.raises(FileFormatError, match="a pickle") as refused:
        find_face_landmarker(flame)
    assert "put it at" not in str(refused.value)


def test_what_is_asked_for_is_never_called_something_else(tmp_path):
    (tmp_path / "v.mkv").write_bytes(b"\x1aE\xdf\xa3" + bytes(50))
    assert instead(tmp_path / "v.mkv", "a video, image or take") == ""
    assert instead(tmp_path / "nothing", "a take") == ""
