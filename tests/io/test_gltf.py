"""GLB files, read back by the independent reader and by Khronos's validator."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gltf_reader import Glb
from mp2flame.base.channels import ARKIT, INDEX
from mp2flame.base.errors import InputError, MismatchError, OutputError
from mp2flame.base.rotations import axis_angle_to_matrix
from mp2flame.flame import FlameModel, load_flame
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.colors import colors_for
from mp2flame.io.exports.gltf import expression_name, write_glb
from mp2flame.io.exports.gltf.document import Document
from mp2flame.rig.rig import solve_rig
from mp2flame.take.take import Take
from takes import made_take

JS = Path(__file__).parents[1] / "js"


def frames_of(recording: Take, count: int) -> list[tuple[int, float]]:
    """Frame numbers spread over the take, and their seconds from the start."""
    frames = np.linspace(0, recording.num_frames - 1, count).round().astype(int)
    return [(int(k), (recording.timestamp_ms[k] - recording.timestamp_ms[0]) / 1000) for k in frames]


def worst_mm(a: np.ndarray, b: np.ndarray) -> float:
    return 1e3 * float(np.linalg.norm(a - b, axis=-1).max())


@pytest.fixture(scope="module")
def builtin() -> FlameModel:
    return builtin_head()


@pytest.fixture(scope="module")
def take(builtin: FlameModel) -> Take:
    return made_take(builtin)


def test_flame_form_is_the_forward_pass(builtin: FlameModel, take: Take, tmp_path: Path) -> None:
    info = write_glb(tmp_path / "a.glb", take, builtin, form="flame")
    glb = Glb(tmp_path / "a.glb")
    forward = builtin.prepare()
    assert info.num_frames == take.num_frames and info.num_bytes == (tmp_path / "a.glb").stat().st_size
    for k, time in frames_of(take, 10):
        got, _ = glb.vertices(time)
        assert worst_mm(got, forward.forward_params(take.params[k])) < 0.01


@pytest.mark.parametrize("head", "ab")
def test_flame_form_on_lab_heads(head: str, shared: Path, tmp_path: Path) -> None:
    """Expression moves the joints here, and there is an identity and a full 100-column basis."""
    model = load_flame(shared / "models" / f"lab_head_{head}.pkl")
    r = np.random.default_rng(0)
    unused = ~np.abs(model.exprdirs).any(axis=(0, 1))
    dirs = model.exprdirs.copy()
    dirs[:, :, unused] = r.normal(0, 3e-4, dirs[:, :, unused].shape)
    model = replace(model, exprdirs=dirs, sha256="")
    take = made_take(model, frames=30)
    take = Take.from_params(
        take.params.replace(expression=r.normal(0, 1.5, take.expression.shape)), take.timestamp_ms
    )
    betas = r.normal(0, 1, 60)
    write_glb(tmp_path / "a.glb", take, model, form="flame", betas=betas)
    glb, forward = Glb(tmp_path / "a.glb"), model.prepare(betas)
    joints = model.J_regressor @ (model.exprdirs @ take.expression[7])
    assert 1e3 * np.linalg.norm(joints, axis=1).max() > 0.2  # mm: the animated translations matter
    for k, time in frames_of(take, 10):
        assert worst_mm(glb.vertices(time)[0], forward.forward_params(take.params[k])) < 0.1


def test_arkit_targets_are_the_shapes(builtin: FlameModel, take: Take, tmp_path: Path) -> None:
    write_glb(tmp_path / "a.glb", take, builtin)
    glb = Glb(tmp_path / "a.glb")
    assert glb.target_names() == list(ARKIT) and len(ARKIT) == 52
    rig, forward = solve_rig(builtin), builtin.prepare()
    targets = glb.json["meshes"][0]["primitives"][0]["targets"]
    rest = glb.attribute("POSITION")
    for name in ("jawOpen", "eyeBlinkLeft", "eyeLookOutRight", "mouthSmileLeft"):
        i = INDEX[name]
        pose = np.zeros((5, 3))
        pose[2], pose[3], pose[4] = rig.jaw_pose[i], rig.eye_pose[i, :3], rig.eye_pose[i, 3:]
        moved = rest + glb.accessor(targets[ARKIT.index(name)]["POSITION"])
        assert worst_mm(moved, forward(rig.expression[i], pose)) < 0.01
    assert not glb.accessor(targets[ARKIT.index("tongueOut")]["POSITION"]).any()


def test_arkit_weights_and_head_follow_the_take(builtin: FlameModel, take: Take, tmp_path: Path) -> None:
    write_glb(tmp_path / "a.glb", take, builtin)
    glb, forward = Glb(tmp_path / "a.glb"), builtin.prepare()
    node = glb.mesh_node()
    order = [INDEX[name] for name in ARKIT if name in INDEX]
    kept = [k for k, name in enumerate(ARKIT) if name in INDEX]
    for k, time in frames_of(take, 5):
        np.testing.assert_allclose(
            glb.animated(time)[node, "weights"][kept], take.arkit_weights[k, order], atol=1e-6
        )
        # the crown of the head is moved by root and neck alone
        crown = builtin.lbs_weights[:, 1] > 0.999
        crown &= np.abs(builtin.exprdirs).max(axis=(1, 2)) < 1e-5
        got, want = glb.vertices(time)[0], forward.forward_params(take.params[k])
        assert crown.sum() > 20 and worst_mm(got[crown], want[crown]) < 0.1


def test_between_frames_the_arkit_form_stays_near(shared: Path, tmp_path: Path) -> None:
    """Faces of many shapes at once: straight lines instead of turning joints, a fraction of a millimetre."""
    model = load_flame(shared / "models" / "lab_head_a.pkl")
    take = made_take(model)
    write_glb(tmp_path / "a.glb", take, model, head="none")
    glb, forward = Glb(tmp_path / "a.glb"), model.prepare()
    zero = np.zeros((take.num_frames, 3))
    params = take.params.replace(global_orient=zero, neck_pose=zero, transl=zero)
    gaps = [
        np.linalg.norm(glb.vertices(time)[0] - forward.forward_params(params[k]), axis=1).mean()
        for k, time in frames_of(take, 8)
    ]
    assert 1e3 * np.mean(gaps) < 0.3


@pytest.mark.parametrize("form", ["flame", "arkit"])
def test_normals_follow_the_surface(form: str, builtin: FlameModel, take: Take, tmp_path: Path) -> None:
    """Morphed normals against those of the morphed triangles: closer than the resting face's normals are."""
    still = write_glb(tmp_path / "b.glb", take, builtin, form=form, normals=False)
    moved = write_glb(tmp_path / "a.glb", take, builtin, form=form)
    assert moved.num_bytes > still.num_bytes
    with_targets, without = Glb(tmp_path / "a.glb"), Glb(tmp_path / "b.glb")
    gap = []
    for glb in (with_targets, without):
        vertices, normals = glb.vertices(0.6)
        a, b, c = (vertices[builtin.faces[:, k]] for k in range(3))
        face = np.cross(b - a, c - a)
        true = np.zeros_like(vertices)
        for k in range(3):
            np.add.at(true, builtin.faces[:, k], face)
        true /= np.maximum(np.linalg.norm(true, axis=1, keepdims=True), 1e-12)
        inner = np.clip((true * normals).sum(1), -1, 1)
        gap.append(np.rad2deg(np.arccos(inner[np.linalg.norm(true, axis=1) > 0.5])).mean())
    assert gap[0] < 0.5 * gap[1]


def test_times_are_the_takes_own(builtin: FlameModel, tmp_path: Path) -> None:
    take = made_take(builtin, frames=6)
    take.timestamp_ms = np.array([5000.0, 5010.0, 5010.0, 5090.0, 5250.0, 5251.5])
    info = write_glb(tmp_path / "a.glb", take, builtin, form="flame")
    glb = Glb(tmp_path / "a.glb")
    times = glb.accessor(glb.json["animations"][0]["samplers"][0]["input"])[:, 0]
    np.testing.assert_allclose(times, [0, 0.010, 0.090, 0.250, 0.2515], atol=1e-6)
    assert info.num_frames == 5 and info.seconds == pytest.approx(0.2515)
    # of two frames at one time the later one stays
    weights = glb.animated(0.010)[glb.mesh_node(), "weights"]
    np.testing.assert_allclose(weights[: take.num_expression], take.expression[2], atol=1e-6)


def test_one_frame(builtin: FlameModel, tmp_path: Path) -> None:
    take = made_take(builtin, frames=1)
    for form in ("flame", "arkit"):
        write_glb(tmp_path / "a.glb", take, builtin, form=form)
        assert Glb(tmp_path / "a.glb").vertices(0.0)[0].shape == (builtin.num_vertices, 3)


def test_head_motion_can_be_left_out(builtin: FlameModel, take: Take, tmp_path: Path) -> None:
    forward = builtin.prepare()
    zero = np.zeros_like(take.transl)
    for head, changes in (
        ("turn", {"transl": zero}),
        ("none", {"transl": zero, "global_orient": zero, "neck_pose": zero}),
    ):
        write_glb(tmp_path / "a.glb", take, builtin, form="flame", head=head)
        want = forward.forward_params(take.params.replace(**changes)[9])
        assert worst_mm(Glb(tmp_path / "a.glb").vertices(9 / 30)[0], want) < 0.02


def test_quaternions_take_the_short_way(builtin: FlameModel, tmp_path: Path) -> None:
    """A head that turns past 180 degrees: halfway between two frames it is halfway."""
    take = made_take(builtin, frames=8)
    angles = np.linspace(2.8, 3.5, 8)
    orient = np.stack([np.zeros(8), angles, np.zeros(8)], axis=1)
    take = Take.from_params(take.params.replace(global_orient=orient), take.timestamp_ms)
    write_glb(tmp_path / "a.glb", take, builtin, form="flame")
    glb = Glb(tmp_path / "a.glb")
    root = next(i for i, node in enumerate(glb.json["nodes"]) if node["name"] == "root")
    half = glb.world(glb.animated(3.5 / 30))[root][:3, :3]
    np.testing.assert_allclose(half, axis_angle_to_matrix([0, angles[3:5].mean(), 0]), atol=1e-5)


def test_colors_are_linear(builtin: FlameModel, take: Take, tmp_path: Path) -> None:
    colors = colors_for(builtin)
    write_glb(tmp_path / "a.glb", take, builtin, colors=colors)
    rgba = Glb(tmp_path / "a.glb").attribute("COLOR_0")
    back = np.where(rgba <= 0.0031308, 12.92 * rgba, 1.055 * rgba ** (1 / 2.4) - 0.055)
    np.testing.assert_allclose(255 * back[:, :3], colors, atol=0.6)
    assert (rgba[:, 3] == 1).all()


def test_names_of_the_exact_form(builtin: FlameModel, take: Take, tmp_path: Path) -> None:
    write_glb(tmp_path / "a.glb", take, builtin, form="flame")
    glb = Glb(tmp_path / "a.glb")
    names = glb.target_names()
    assert names[: builtin.num_expression] == [expression_name(k) for k in range(builtin.num_expression)]
    bones = [glb.json["nodes"][j]["name"] for j in glb.json["skins"][0]["joints"]]
    assert bones == ["root", "neck", "jaw", "left_eye", "right_eye"]


def test_five_influences_become_two_sets(builtin: FlameModel, take: Take, tmp_path: Path) -> None:
    weights = builtin.lbs_weights.copy()
    weights[:40] = np.array([0.3, 0.25, 0.2, 0.15, 0.1], np.float32)
    model = replace(builtin, lbs_weights=weights, sha256="")
    write_glb(tmp_path / "a.glb", take, model, form="flame")
    glb = Glb(tmp_path / "a.glb")
    assert "JOINTS_1" in glb.json["meshes"][0]["primitives"][0]["attributes"]
    want = model.prepare().forward_params(take.params[12])
    assert worst_mm(glb.vertices(12 / 30)[0], want) < 0.02


def test_wrong_input_is_named(builtin: FlameModel, take: Take, tmp_path: Path) -> None:
    with pytest.raises(InputError, match='form must be "arkit" or "flame"'):
        write_glb(tmp_path / "a.glb", take, builtin, form="fbx")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no frames"):
        write_glb(tmp_path / "a.glb", take[:0], builtin)
    blank = Take.from_params(take.params, take.timestamp_ms)
    with pytest.raises(InputError, match="no ARKit weights"):
        write_glb(tmp_path / "a.glb", blank, builtin)
    wide = take.params.replace(expression=np.zeros((40, builtin.num_expression + 1)))
    with pytest.raises(MismatchError, match="expression coefficients"):
        write_glb(tmp_path / "a.glb", Take.from_params(wide, take.timestamp_ms), builtin, form="flame")
    with pytest.raises(OutputError, match="does not exist"):
        write_glb(tmp_path / "none" / "a.glb", take, builtin)
    with pytest.raises(InputError, match="colors must lie"):
        write_glb(tmp_path / "a.glb", take, builtin, colors=np.full((builtin.num_vertices, 3), 2.0))
    assert not list(tmp_path.iterdir())


def test_sparse_targets_are_exact_and_smaller() -> None:
    values = np.zeros((1000, 3), np.float32)
    values[[3, 500, 999]] = np.arange(9).reshape(3, 3) + 1
    document = Document()
    index = document.sparse(values, 1e-6)
    item = document.json["accessors"][index]
    assert item["sparse"]["count"] == 3 and document.num_bytes < 60
    whole = Document()
    dense = whole.sparse(values + 1, 1e-6)
    assert "sparse" not in whole.json["accessors"][dense] and whole.num_bytes == 12000


def node_modules() -> Path:
    if not shutil.which("node") or not (JS / "node_modules" / "gltf-validator").is_dir():
        pytest.skip("needs node and 'npm install --prefix tests/js'")
    return JS / "node_modules"


@pytest.mark.parametrize("form", ["flame", "arkit"])
def test_khronos_validator(form: str, builtin: FlameModel, take: Take, tmp_path: Path) -> None:
    node_modules()
    write_glb(tmp_path / "a.glb", take, builtin, form=form, colors=colors_for(builtin))
    write_glb(tmp_path / "b.glb", take[:1], builtin, form=form, normals=False)
    command = ["node", str(JS / "validate.cjs"), str(tmp_path / "a.glb"), str(tmp_path / "b.glb")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("0 errors, 0 warnings") == 2


def test_validator_on_a_lab_head(shared: Path, tmp_path: Path) -> None:
    node_modules()
    model = load_flame(shared / "models" / "lab_head_b.pkl")
    take = made_take(model)
    for form in ("flame", "arkit"):
        write_glb(tmp_path / f"{form}.glb", take, model, form=form, colors=colors_for(model))
    command = ["node", str(JS / "validate.cjs"), *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout.count("0 errors, 0 warnings") == 2, done.stdout + done.stderr


def test_a_flame_head_is_dark_inside(lab_head_a: Path, builtin: FlameModel, tmp_path: Path) -> None:
    """A lining behind an open mouth, inside the skin, facing forward, moving with the skull."""
    model = load_flame(lab_head_a)
    for form in ("flame", "arkit"):
        write_glb(tmp_path / "a.glb", made_take(model, frames=2), model, form=form)
        glb = Glb(tmp_path / "a.glb")
        assert [mesh["name"] for mesh in glb.json["meshes"]] == ["head", "inside"]
        assert len(glb.attribute("POSITION")) == model.num_vertices
        made = glb.json["meshes"][1]["primitives"][0]
        places = glb.accessor(made["attributes"]["POSITION"])
        corners = places[glb.accessor(made["indices"]).reshape(-1, 3)]
        facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]
        assert places[:, 2].max() < 0 and facing.sum() > 0 and (facing > 0).mean() > 0.6
        assert ("JOINTS_0" in made["attributes"]) == (form == "flame")
    write_glb(tmp_path / "b.glb", made_take(builtin, frames=2), builtin)
    assert len(Glb(tmp_path / "b.glb").json["meshes"]) == 1
