"""``mp2flame export`` and ``convert --from --to``, as a user calls them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from gltf_reader import Glb
from mp2flame.base.errors import InputError, MismatchError
from mp2flame.cli import cli
from mp2flame.drive.driver import Driver
from mp2flame.flame import FlameModel, load_flame
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.colors import TONES
from mp2flame.io.formats import read_motion
from mp2flame.show.head import ShownHead
from mp2flame.show.pictures.shading import srgb_to_linear
from mp2flame.take.take import Take
from takes import made_take


@pytest.fixture(scope="module")
def head() -> FlameModel:
    return builtin_head()


@pytest.fixture
def take(head: FlameModel, tmp_path: Path) -> Path:
    made_take(head, frames=6).save(tmp_path / "take.npz")
    return tmp_path / "take.npz"


def call(*words: Any) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)


def test_glb_in_both_forms(take: Path, head: FlameModel, tmp_path: Path) -> None:
    for form, names in (("arkit", 52), ("flame", head.num_expression)):
        out = tmp_path / f"{form}.glb"
        result = call("export", take, "-o", out, "--form", form)
        assert result.exit_code == 0 and f"wrote {out}: 6 frames" in result.output
        glb = Glb(out)
        assert len(glb.target_names()) >= names
        assert "COLOR_0" in glb.json["meshes"][0]["primitives"][0]["attributes"]
    call("export", take, "-o", tmp_path / "plain.glb", "--no-colors", "--no-normals", "--head", "none")
    made = Glb(tmp_path / "plain.glb").json["meshes"][0]["primitives"][0]
    assert "COLOR_0" not in made["attributes"] and "NORMAL" not in made["targets"][3]


@pytest.mark.parametrize("skin", list(TONES))
@pytest.mark.parametrize("scenery", [True, False])
def test_glb_is_the_head_of_pictures_and_page(take: Path, tmp_path: Path, skin: str, scenery: bool) -> None:
    """Surface and colours of a file are those of ``ShownHead``, which pictures and the viewer's page draw."""
    out = tmp_path / "head.glb"
    assert (
        call("export", take, "-o", out, "--skin", skin, *([] if scenery else ["--no-scenery"])).exit_code == 0
    )
    glb, shown = Glb(out), ShownHead(Driver(), skin=skin, scenery=scenery)
    made = glb.json["meshes"][0]["primitives"][0]
    np.testing.assert_allclose(glb.attribute("POSITION"), shown.model.v_template, atol=1e-6)
    np.testing.assert_array_equal(glb.accessor(made["indices"]).reshape(-1, 3), shown.model.faces)
    np.testing.assert_allclose(glb.attribute("COLOR_0")[:, :3], srgb_to_linear(shown.colors), atol=0.003)


def test_every_kind(take: Path, tmp_path: Path) -> None:
    pytest.importorskip("pxr", reason="usd-core is not installed")
    for name, words in (
        ("a.pc2", ()), ("b.mdd", ()), ("c.usda", ()), ("d.csv", ()), ("e.json", ()), ("f.npz", ()),
        ("objs", ("--as", "obj")), ("plys", ("--as", "ply", "--fps", "10")), ("g.json", ("--as", "lam-a2e")),
    ):  # fmt: skip
        result = call("export", take, "-o", tmp_path / name, *words)
        assert result.exit_code == 0, result.output
        assert (tmp_path / name).exists()
    assert (tmp_path / "a.obj").read_text().startswith("v ")
    assert len(list((tmp_path / "objs").glob("*.obj"))) == 6
    assert len(list((tmp_path / "plys").glob("*.ply"))) == 2
    assert len(json.loads((tmp_path / "g.json").read_text())["frames"]) == 6


def test_flame_parameters_become_weights(head: FlameModel, tmp_path: Path) -> None:
    """A take without weights: they are solved, and are those that it was made from."""
    made = made_take(head, frames=12)
    truth = made.arkit_weights.copy()
    made.arkit_weights[:] = 0
    made.save(tmp_path / "bare.npz")
    for name in ("me.csv", "me.json", "me.npz"):
        result = call("export", tmp_path / "bare.npz", "-o", tmp_path / name)
        assert result.exit_code == 0 and "ARKit weights solved" in result.output
        back = read_motion(tmp_path / name).recording.arkit_weights
        assert np.abs(back - truth).mean() < 0.01
    # weights that are there are kept unless asked for
    made.arkit_weights[:] = 0.25
    made.arkit_weights[:, 0] = 0
    made.save(tmp_path / "other.npz")
    call("export", tmp_path / "other.npz", "-o", tmp_path / "kept.npz")
    call("export", tmp_path / "other.npz", "-o", tmp_path / "solved.npz", "--to-arkit")
    assert np.allclose(Take.load(tmp_path / "kept.npz").arkit_weights[:, 1:], 0.25)
    assert np.abs(Take.load(tmp_path / "solved.npz").arkit_weights - truth).mean() < 0.01


def test_weights_alone_drive_the_builtin_head(take: Path, tmp_path: Path) -> None:
    call("export", take, "-o", tmp_path / "me.csv")
    result = call("export", tmp_path / "me.csv", "-o", tmp_path / "a.glb", "--form", "flame")
    assert result.exit_code == 0 and "head: builtin" in result.output
    glb = Glb(tmp_path / "a.glb")
    assert glb.animated(0.1)[glb.mesh_node(), "weights"].any()


def test_what_is_refused(take: Path, tmp_path: Path) -> None:
    (tmp_path / "there.glb").write_bytes(b"x")
    for words, message in (
        (("-o", tmp_path / "there.glb"), "exists"),
        (("-o", tmp_path / "a.obj"), "one file a frame"),
        (("-o", tmp_path / "a.fbx"), "--save"),
        (("-o", tmp_path / "a.doc"), "not known"),
        (("-o", take, "--overwrite"), "is an input"),
    ):
        with pytest.raises(InputError, match=message):
            call("export", take, *words)
    assert (tmp_path / "there.glb").read_bytes() == b"x"


def test_help_is_plain() -> None:
    result = call("export", "--help")
    assert result.exit_code == 0 and "Blender" in result.output and "shapedirs" not in result.output


def test_convert_between_lab_heads(shared: Path, tmp_path: Path) -> None:
    paths = [shared / "models" / f"lab_head_{x}.pkl" for x in "ab"]
    a, b = (load_flame(path) for path in paths)
    made = made_take(a, frames=8)
    made.save(tmp_path / "a.npz")
    result = call(
        "convert", tmp_path / "a.npz", "-o", tmp_path / "b.npz", "--from", paths[0], "--to", paths[1]
    )
    assert result.exit_code == 0 and "mm left on average" in result.output
    there = Take.load(tmp_path / "b.npz")
    gap = a.prepare().forward_params(made.params) - b.prepare().forward_params(there.params)
    assert 1e3 * np.linalg.norm(gap, axis=2).mean() < 0.05
    assert there.meta["flame"]["sha256"] == b.sha256
    # the wrong file to come from is noticed
    with pytest.raises(MismatchError, match="Give the file it was made with"):
        call("convert", tmp_path / "b.npz", "-o", tmp_path / "c.npz", "--from", paths[0], "--to", paths[1])
    with pytest.raises(InputError, match="--from and --to go together"):
        call("convert", tmp_path / "b.npz", "-o", tmp_path / "c.npz", "--to", paths[0])
    words = ("--from", paths[1], "--to", paths[0], "--coefficients", 20)
    call("convert", tmp_path / "b.npz", "-o", tmp_path / "c.npz", *words)
    assert Take.load(tmp_path / "c.npz").num_expression == 20


def test_convert_solves_weights_for_a_format_of_weights(shared: Path, tmp_path: Path) -> None:
    path = shared / "models" / "lab_head_a.pkl"
    made = made_take(load_flame(path), frames=5)
    truth = made.arkit_weights.copy()
    made = replace(made, arkit_weights=np.zeros((5, 52), np.float32))
    made.save(tmp_path / "a.npz")
    words = ("-o", tmp_path / "a.csv", "--format", "livelink-csv", "--flame", path)
    assert call("convert", tmp_path / "a.npz", *words).exit_code == 0
    assert np.abs(read_motion(tmp_path / "a.csv").recording.arkit_weights - truth).mean() < 0.02
