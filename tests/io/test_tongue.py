"""ARKit's tongueOut reaches every output that has a place for it; the formats are in ``test_score_tables``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from gltf_reader import Glb
from mp2flame.base.channels import ARKIT, INDEX, PYLIVELINKFACE
from mp2flame.base.values import FlameParams
from mp2flame.cli import cli
from mp2flame.drive.driver import Driver
from mp2flame.drive.for_take import for_take
from mp2flame.io.exports.gltf import write_glb
from mp2flame.io.streams import ifacialmocap, livelink, vmc, vts, wire
from mp2flame.show.head import ShownHead
from mp2flame.show.pictures.take import TakeRenderer
from mp2flame.take.take import Take
from mp2flame.take.transfer import transfer_recording

TONGUE = np.array([0.0, 0.4, 0.8], np.float32)


@pytest.fixture(scope="module")
def driver() -> Driver:
    return Driver()


@pytest.fixture(scope="module")
def take(driver: Driver) -> Take:
    weights = np.zeros((3, 52), np.float32)
    weights[:, INDEX["jawOpen"]] = 0.8
    params = driver.params_from_weights(weights)
    return Take.from_params(params, np.arange(3) * 40.0, arkit_weights=weights, tongue_out=TONGUE)


SENT = {
    "livelink": lambda f: float(livelink.values_of(f)[PYLIVELINKFACE.index("TongueOut")]),
    "ifacialmocap": lambda f: ifacialmocap.decode(ifacialmocap.encode(f)).tongue_out,
    "vmc": lambda f: next(m[1][1] for m in vmc.messages(f, seconds=0.0) if "tongueOut" in m[1]),
    "vts": lambda f: next(p["value"] for p in vts.parameters(f) if p["id"] == "TongueOut"),
    "json": lambda f: wire.read_json(wire.encode_json(f))["tongue_out"],
}


@pytest.mark.parametrize("kind", SENT)
def test_every_stream_with_a_place_sends_it(take: Take, kind: str) -> None:
    for i, value in enumerate(TONGUE):
        assert SENT[kind](take.frame(i)) == pytest.approx(value, abs=5e-3)


def test_a_glb_moves_its_tongue(take: Take, driver: Driver, tmp_path: Path) -> None:
    head = ShownHead(driver)
    assert head.tongue_out.any()
    rig = driver.rig.merged()
    write_glb(tmp_path / "t.glb", take, head.model, betas=[], rig=rig, tongue_out=head.tongue_out)
    glb = Glb(tmp_path / "t.glb")
    for i, value in enumerate(TONGUE):
        weights = glb.animated(0.04 * i)[glb.mesh_node(), "weights"]
        assert weights[ARKIT.index("tongueOut")] == pytest.approx(value, abs=1e-6)


def test_pictures_show_it(take: Take, driver: Driver) -> None:
    head = ShownHead(driver)
    with TakeRenderer(take, head.model, head.vertices, size=(64, 64)) as pictures:
        most = np.linalg.norm(head.tongue_out, axis=1).max()
        for i, value in enumerate(TONGUE):
            moved = np.linalg.norm(pictures.vertices(i) - pictures.vertices(0), axis=1).max()
            assert moved == pytest.approx(value * most, abs=1e-5)


def test_frames_and_other_heads_keep_it(take: Take, driver: Driver, tmp_path: Path) -> None:
    """A take of its frames, one that is driven by its weights, one in another file's coefficients."""
    np.testing.assert_allclose(Take.from_frames([take.frame(i) for i in range(3)]).tongue_out, TONGUE)
    head_less = take.with_params(FlameParams.zeros(0, (3,)), meta={})
    np.testing.assert_allclose(for_take(head_less).take.tongue_out, TONGUE)
    moved, _ = transfer_recording(take, driver.model, driver.model)
    np.testing.assert_allclose(moved.tongue_out, TONGUE)
    head_less.save(tmp_path / "iphone.npz")
    done = CliRunner().invoke(cli, ["export", str(tmp_path / "iphone.npz"), "-o", str(tmp_path / "t.glb")])
    assert done.exit_code == 0, done.output
    glb = Glb(tmp_path / "t.glb")
    sent = [glb.animated(0.04 * i)[glb.mesh_node(), "weights"][ARKIT.index("tongueOut")] for i in range(3)]
    np.testing.assert_allclose(sent, TONGUE, atol=1e-6)
