"""Particular formats: the keys and signs their readers expect, checked with hand-made files and real ones."""

from __future__ import annotations

import json
import pickle
import re
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from motions import FRAMES, check_same, path_of, take, transform
from mp2flame.base.errors import FileFormatError, InputError, Mp2FlameError
from mp2flame.base.rotations import axis_angle_to_matrix, euler_to_matrix, rotation_6d_to_matrix
from mp2flame.base.values import FlameParams
from mp2flame.io.formats import FORMATS, Motion, detect_format, read_motion, write_motion
from mp2flame.observe.move_head import DEFAULT_CAMERA, GL_TO_CV
from mp2flame.take.take import Take

VERSIONS = ("1.1", "3.2", "3.3", "3.4", "4.0", "4.1")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_flame_head_tracker_version_comes_back(tmp_path, version):
    source, path = take(), tmp_path / "tracked"
    write_motion(source, path, "flame-head-tracker", version=version)
    found = read_motion(path, fps=25)
    check_same(source, found, FORMATS["flame-head-tracker"].carries)
    if version in ("1.1", "3.2", "3.3"):  # as gaussian-dejavu's loader finds and reads it
        with open(path / "0.npy", "rb") as file:
            first = pickle.load(file)
        assert b"numpy._core" not in (path / "0.npy").read_bytes()
    else:
        first = dict(np.load(path / "00000.npz"))
    assert all(value.dtype == np.float32 for value in first.values())
    assert first["cam"].shape == ((6,) if version in ("1.1", "3.2") else (1, 6))
    assert first["exp"].shape == (1, 50 if version == "1.1" else 100)
    assert ("jaw_pose" in first) == (version in ("3.4", "4.0", "4.1"))
    assert ("fov" in first) == (version in ("4.0", "4.1"))
    named = next(text for text in found.traps if "written by" in text)
    assert version in named or version == "4.1"


def test_flame_head_tracker_camera_by_its_own_definition(tmp_path):
    """cam = yaw, pitch, roll, x, y, z; world to view = inverse of [Rz Ry Rx | t] with y and z columns
    flipped."""
    cam = np.array([0.4, -0.2, 0.1, 0.05, 0.02, 0.9], np.float32)
    arrays = {
        "exp": np.zeros((1, 100)),
        "shape": np.zeros((1, 300)),
        "eye_pose": np.zeros((1, 6)),
        "cam": cam[None],
    }
    pose = {"head_pose": np.zeros((1, 3)), "jaw_pose": np.zeros((1, 3)), "neck_pose": np.zeros((1, 3))}
    (tmp_path / "t").mkdir()
    np.savez(tmp_path / "t" / "7.npz", **{k: np.float32(v) for k, v in {**arrays, **pose}.items()})
    to_world = np.eye(4)
    yaw, pitch, roll = cam[:3].astype(float)
    turn = (
        euler_to_matrix([roll, 0, 0], "ZYX")
        @ euler_to_matrix([0, yaw, 0], "ZYX")
        @ euler_to_matrix([0, 0, pitch], "ZYX")
    )
    to_world[:3, :3], to_world[:3, 3] = turn, cam[3:]
    to_world[:, 1:3] *= -1
    point = np.array([0.01, 0.03, 0.08, 1.0])
    seen = np.linalg.inv(to_world) @ point
    motion = read_motion(tmp_path / "t")
    np.testing.assert_allclose(DEFAULT_CAMERA @ (transform(motion.recording)[0] @ point), seen, atol=1e-6)


def test_world_of_the_driver_survives(tmp_path):
    """A take whose head is half a metre in front of the camera keeps that distance in a camera format."""
    source = take()
    source.recording.transl[:, 2] -= 0.5
    write_motion(source, tmp_path / "t", "flame-head-tracker")
    cam = np.load(tmp_path / "t" / "00000.npz")["cam"]
    assert 0.3 < np.linalg.norm(cam[0, 3:]) < 0.7
    found = read_motion(tmp_path / "t", fps=25, world="camera")
    check_same(source, found, FORMATS["flame-head-tracker"].carries)


def test_lost_frames_are_left_out_as_the_tracker_does_and_come_back_as_lost(tmp_path):
    source = take()
    source.recording.detected[1] = False
    write_motion(source, tmp_path / "t", "flame-head-tracker")
    assert len(list((tmp_path / "t").iterdir())) == FRAMES - 1
    found = read_motion(tmp_path / "t").recording
    np.testing.assert_array_equal(found.detected, source.recording.detected)
    np.testing.assert_array_equal(found.jaw_pose[1], found.jaw_pose[0])


def test_gaussian_avatars_motion_is_what_its_viewer_indexes(tmp_path):
    source, path = take(), tmp_path / "m.npz"
    write_motion(source, path, "gaussian-avatars")
    with np.load(path) as npz:
        arrays = {
            key: npz[key] for key in npz.files if npz[key].dtype == np.float32
        }  # the viewer drops others
        assert set(npz.files) - arrays.keys() == {"fps", "origin"}
    assert arrays["dynamic_offset"].shape == (FRAMES, 5143, 3) and not arrays["dynamic_offset"].any()
    assert {k: v.shape for k, v in arrays.items() if k != "dynamic_offset"} == {
        "translation": (FRAMES, 3), "rotation": (FRAMES, 3), "neck_pose": (FRAMES, 3),
        "jaw_pose": (FRAMES, 3),
        "eyes_pose": (FRAMES, 6), "expr": (FRAMES, 100), "shape": (300,), "static_offset": (1, 5143, 3),
    }  # fmt: skip
    np.testing.assert_array_equal(arrays["eyes_pose"], source.recording.eye_pose)
    assert path.stat().st_size < 100_000
    write_motion(source, tmp_path / "small.npz", "gaussian-avatars", num_vertices=5023)
    assert np.load(tmp_path / "small.npz")["dynamic_offset"].shape == (FRAMES, 5023, 3)


def test_traps_are_told(tmp_path):
    arrays = {"expr": np.zeros((3, 100)), "rotation": np.zeros((3, 3)), "translation": np.zeros((3, 3))}
    np.savez(tmp_path / "a.npz", **arrays)
    traps = " ".join(read_motion(tmp_path / "a.npz").traps)
    for part in ("float64", "dynamic_offset", "neck_pose", "frame rate"):
        assert part in traps


def test_offsets_are_kept(tmp_path):
    source = take()
    rng = np.random.default_rng(0)
    source.static_offset = rng.normal(size=(5143, 3)).astype(np.float32)
    source.dynamic_offset = rng.normal(size=(FRAMES, 5143, 3)).astype(np.float32)
    for name in ("vhap", "gaussian-avatars-trained"):
        write_motion(source, tmp_path / f"{name}.npz", name)
        found = read_motion(tmp_path / f"{name}.npz")
        np.testing.assert_array_equal(found.static_offset, source.static_offset)
        np.testing.assert_array_equal(found.dynamic_offset, source.dynamic_offset)


def test_imavatar_scale_and_place(tmp_path):
    """A still head one metre away stands at (0, 0, -4), and a shift of 1 cm is one of 4."""
    params = FlameParams.zeros(50, (2,))
    transl = np.array([[0, 0, 0], [0.01, 0, 0]], np.float32)
    write_motion(
        Take.from_params(params.replace(transl=transl), np.array([0.0, 40.0])),
        tmp_path / "f.json",
        "imavatar",
    )
    content = json.loads((tmp_path / "f.json").read_text())
    np.testing.assert_allclose(content["frames"][0]["world_mat"], np.c_[np.eye(3), [0, 0, -4]], atol=1e-6)
    np.testing.assert_allclose(np.array(content["frames"][1]["world_mat"])[:, 3], [0.04, 0, -4], atol=1e-6)
    assert content["intrinsics"][0] < 0 and len(content["frames"][0]["pose"]) == 15


def test_metrical_tracker_cameras_agree(tmp_path):
    """PyTorch3D's R (rows), t and OpenCV's say the same of a point."""
    write_motion(take(), tmp_path / "t", "metrical-tracker")
    from mp2flame.io.formats.torch_file import read_frame

    frame = read_frame(tmp_path / "t" / "checkpoint" / "00002.frame")
    point = np.array([0.01, 0.03, 0.08])
    ours = point @ rotation_6d_to_matrix(frame["camera"]["R"])[0] + frame["camera"]["t"][0]
    theirs = frame["opencv"]["R"][0] @ point + frame["opencv"]["t"][0]
    np.testing.assert_allclose(ours * [-1, -1, 1], theirs, atol=1e-6)
    assert theirs[2] > 0.5
    # without the opencv part the camera is read from R and t
    assert frame["flame"]["eyes"].shape == (1, 12) and frame["frame_id"] == "00002"


def test_pixel3dmm_head_is_about_the_origin(tmp_path):
    source = take()
    write_motion(source, tmp_path / "t", "pixel3dmm")
    from mp2flame.io.formats.torch_file import read_frame

    frame = read_frame(tmp_path / "t" / "00001.frame")
    flame = frame["flame"]
    from mp2flame.observe.move_head import DEFAULT_JOINTS

    neck = axis_angle_to_matrix(source.recording.neck_pose[1])
    point = np.array([0.01, 0.03, 0.08])
    canonical = neck @ (point - DEFAULT_JOINTS[1]) + DEFAULT_JOINTS[1]
    world = flame["R_rotation_matrix"][0] @ canonical + flame["t"][0]
    np.testing.assert_allclose(world, (transform(source.recording)[1] @ np.append(point, 1))[:3], atol=1e-6)
    np.testing.assert_allclose(rotation_6d_to_matrix(flame["R"])[0], flame["R_rotation_matrix"][0], atol=1e-6)


@pytest.mark.parametrize("name", ["metrical-tracker", "pixel3dmm"])
@pytest.mark.parametrize("tensors", [True, False])
def test_torch_reads_what_we_write(tmp_path, name, tensors):
    torch = pytest.importorskip("torch")
    source = take()
    write_motion(source, tmp_path / "t", name, tensors=tensors)
    path = next((tmp_path / "t").rglob("00003.frame"))
    content = torch.load(path, weights_only=tensors)
    found = np.asarray(content["flame"]["exp"])
    np.testing.assert_allclose(found[0, :50], source.recording.expression[3])
    assert isinstance(content["flame"]["exp"], torch.Tensor if tensors else np.ndarray)
    check_same(source, read_motion(tmp_path / "t", fps=25), FORMATS[name].carries)


@pytest.mark.parametrize("legacy", [True, False])
def test_torch_files_are_read_without_torch(tmp_path, legacy):
    """Real ``torch.save`` files of both layouts, tensors with strides and offsets included."""
    torch = pytest.importorskip("torch")
    from mp2flame.io.formats.torch_file import read_frame

    big = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    content = {
        "flame": {
            "exp": big.t()[1:3],
            "half": big.half(),
            "np": np.arange(6.0).reshape(2, 3),
            "n": torch.nn.Parameter(big[1]),
        },
        "k": 3,
    }
    torch.save(content, tmp_path / "a.frame", _use_new_zipfile_serialization=not legacy)
    found = read_frame(tmp_path / "a.frame")
    np.testing.assert_array_equal(found["flame"]["exp"], big.t()[1:3].numpy())
    np.testing.assert_array_equal(found["flame"]["half"], big.half().numpy())
    np.testing.assert_array_equal(found["flame"]["np"], content["flame"]["np"])
    np.testing.assert_array_equal(found["flame"]["n"], big[1].numpy())
    assert found["k"] == 3


def test_livelink_writes_as_the_app_does(tmp_path):
    source = take()
    source.recording.detected[2] = False
    write_motion(source, tmp_path / "t.csv", "livelink-csv")
    lines = (tmp_path / "t.csv").read_text().split("\n")
    assert lines[0].startswith("Timecode,BlendShapeCount,EyeBlinkLeft") and lines[0].count(",") == 62
    assert lines[1].startswith("00:00:00:00.000,61,") and lines[2].startswith("00:00:00:02.400,61,")
    assert lines[3] == "00:00:00:04.800,0"


def test_real_livelink_takes_come_back_equal(shared, tmp_path):
    for path in sorted((shared / "data" / "livelink").glob("*.csv")):
        first = read_motion(path)
        assert first.format == "livelink-csv" and detect_format(path) == "livelink-csv"
        write_motion(first, tmp_path / path.name, "livelink-csv")
        again = read_motion(tmp_path / path.name).recording
        np.testing.assert_allclose(again.arkit_weights, first.recording.arkit_weights, atol=1e-7)
        np.testing.assert_allclose(again.eye_pose, first.recording.eye_pose, atol=1e-6)
        np.testing.assert_array_equal(again.detected, first.recording.detected)
        np.testing.assert_allclose(again.timestamp_ms, first.recording.timestamp_ms, atol=0.02)
        if path.name.startswith(("alexdjulin__S88", "alexdjulin__apfel")):
            assert not again.detected.all()


def test_real_tracked_takes(shared, tmp_path):
    for path in sorted((shared / "data" / "tracked").glob("*exp*.npy")):
        motion = read_motion(path)
        assert motion.format == "animportrait3d" and motion.recording.num_expression == 100
        np.testing.assert_array_equal(motion.recording.expression, np.load(path))
        write_motion(motion, tmp_path / "t_expressions.npy", "animportrait3d", overwrite=True)
        again = read_motion(tmp_path / "t_expressions.npy")
        np.testing.assert_array_equal(again.recording.params.pose, motion.recording.params.pose)
        np.testing.assert_array_equal(
            read_motion(tmp_path / "t_poses.npy").recording.expression, again.recording.expression
        )


def test_every_module_with_formats_is_registered_and_every_format_documented():
    import mp2flame.io.formats as room

    folder = Path(room.__file__).parent
    with_formats = {
        f".{p.stem}" for p in folder.glob("[a-z]*.py") if re.search(r"^FORMATS\b", p.read_text(), re.M)
    }
    assert with_formats == set(room.MODULES), (
        "MODULES of io/formats/__init__.py names the modules that have FORMATS"
    )
    page = (Path(__file__).resolve().parents[2] / "docs/formats.md").read_text(encoding="utf-8")
    for name in FORMATS:
        assert f"\n| `{name}` |" in page, f"docs/formats.md has no row for {name}"


def test_detection_goes_by_content(tmp_path):
    write_motion(take(), tmp_path / "a.npz", "smplx")
    (tmp_path / "a.npz").rename(tmp_path / "a.csv")
    assert detect_format(tmp_path / "a.csv") == "smplx"


def test_body_rotation_of_smplx_becomes_the_heads(tmp_path):
    poses = np.zeros((2, 165), np.float32)
    poses[:, :3], poses[:, 36:39] = [0, 0.5, 0], [0, 0.25, 0]
    np.savez(
        tmp_path / "b.npz",
        poses=poses,
        trans=np.zeros((2, 3), np.float32),
        expressions=np.zeros((2, 100), np.float32),
    )
    motion = read_motion(tmp_path / "b.npz")
    np.testing.assert_allclose(motion.recording.global_orient, [[0, 0.75, 0]] * 2, atol=1e-6)
    assert any("body moves" in text for text in motion.traps)


def test_coefficients_that_do_not_fit_are_named(tmp_path):
    source = take()
    wide = Take.from_params(
        source.recording.params.replace(expression=np.ones((FRAMES, 80), np.float32)),
        source.recording.timestamp_ms,
    )
    lost = write_motion(wide, tmp_path / "d.npz", "deca")
    assert any("50 to 79" in text for text in lost)


def test_writing_never_leaves_half_a_take(tmp_path):
    source = take()
    path = tmp_path / "t"
    write_motion(source, path, "lam")
    with pytest.raises(InputError, match="exists"):
        write_motion(source, path, "lam")
    longer = Motion(source.recording.concat(source.recording))
    write_motion(longer, path, "lam", overwrite=True)
    write_motion(source, path, "lam", overwrite=True)
    assert len(list((path / "flame_param").iterdir())) == FRAMES, "files of the longer take must not stay"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious.txt").write_text("x")
    with pytest.raises(Mp2FlameError, match=r"exists|no known format"):
        write_motion(source, tmp_path / "mine", "lam", overwrite=True)
    assert (tmp_path / "mine" / "precious.txt").exists()
    assert not list(tmp_path.glob("*.tmp"))


def test_weights_do_not_pretend_to_be_flame(tmp_path):
    path = path_of(tmp_path, "beat-json")
    write_motion(take(), path, "beat-json")
    with pytest.raises(InputError, match="mp2flame run"):
        write_motion(read_motion(path), tmp_path / "v.npz", "vhap")


@pytest.mark.parametrize("wrong", [{"fps": 0}, {"fps": float("nan")}, {"colour": 1}])
def test_wrong_options(tmp_path, wrong):
    write_motion(take(), tmp_path / "v.npz", "vhap")
    with pytest.raises(InputError):
        read_motion(tmp_path / "v.npz", **wrong)


def test_opengl_and_opencv_axes():
    np.testing.assert_array_equal(GL_TO_CV @ GL_TO_CV, np.eye(4))
    np.testing.assert_allclose((DEFAULT_CAMERA @ [0, 0, 0, 1])[:3], [0, 0, 1])


def frame_of_views(path, tensors, items):
    """A ``torch.save`` file of many tensors that all show one storage."""
    out = b"\x80\x02}q\x00X\x05\x00\x00\x00flame}(" + b"".join(
        b"X" + struct.pack("<I", len(b"k%d" % i)) + b"k%d" % i
        + b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000"
        + b"X\x03\x00\x00\x00cpuJ" + struct.pack("<i", items) + b"tQK\x00(J" + struct.pack("<i", items)
        + b"t(K\x01t\x89ccollections\nOrderedDict\n)RtR"
        for i in range(tensors)
    ) + b"us."  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", out)
        archive.writestr("archive/data/0", bytes(4 * items))


def test_tensors_that_share_a_storage_share_memory(tmp_path):
    from mp2flame.io.formats.torch_file import read_frame

    frame_of_views(tmp_path / "few.frame", 3, 100)
    found = read_frame(tmp_path / "few.frame")["flame"]
    assert np.shares_memory(found["k0"], found["k2"]) and found["k1"].shape == (100,)


@pytest.mark.parametrize(("tensors", "items"), [(2000, 10_000), (2, 12_000_000), (9000, 4_000_000)])
def test_a_frame_has_one_budget(tmp_path, tensors, items):
    """66 kB that ask for 120 GB: refused before anything of that size is made."""
    from mp2flame.io.formats.torch_file import read_frame

    frame_of_views(tmp_path / "bomb.frame", tensors, items)
    tracemalloc.start()
    try:
        with pytest.raises(FileFormatError, match=r"no tracked frame|than any tracked frame"):
            read_frame(tmp_path / "bomb.frame")
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()


def test_a_pickled_frame_that_runs_something_is_refused(tmp_path):
    class Bad:
        def __reduce__(self):
            return (eval, (f"open({str(tmp_path / 'ran')!r}, 'w')",))

    (tmp_path / "t").mkdir()
    good = {
        "exp": np.zeros((1, 50)),
        "shape": np.zeros((1, 100)),
        "cam": np.zeros(6),
        "eye_pose": np.zeros((1, 6)),
    }
    (tmp_path / "t" / "0.npy").write_bytes(pickle.dumps({**good, "pose": np.zeros((1, 6))}))
    assert read_motion(tmp_path / "t").num_frames == 1
    (tmp_path / "t" / "1.npy").write_bytes(pickle.dumps({**good, "pose": Bad()}))
    with pytest.raises(FileFormatError):
        read_motion(tmp_path / "t")
    assert not (tmp_path / "ran").exists()


def test_lam_in_the_browser_finds_what_its_renderer_indexes(tmp_path):
    """gaussian-splat-renderer-for-lam: ``expr.length`` frames, then ``params[key][frame]`` of five keys."""
    source = take()
    lost = write_motion(source, tmp_path / "flame_params.json", "lam-web")
    params = json.loads((tmp_path / "flame_params.json").read_text())
    record = source.recording
    assert len(params["expr"]) == FRAMES
    for frame in range(FRAMES):
        assert len(params["expr"][frame]) == 100
        assert params["rotation"][frame] == pytest.approx(record.global_orient[frame].tolist(), abs=1e-7)
        assert params["neck_pose"][frame] == pytest.approx(record.neck_pose[frame].tolist(), abs=1e-7)
        assert params["jaw_pose"][frame] == pytest.approx(record.jaw_pose[frame].tolist(), abs=1e-7)
        assert params["eyes_pose"][frame] == pytest.approx(record.eye_pose[frame].tolist(), abs=1e-7)
    assert any("skin.glb" in text for text in lost)
    assert any("25 per second" in text and "plays 30" in text for text in lost)


def test_lam_motion_folder_brings_the_file_that_app_lam_packs(tmp_path):
    source = take()
    write_motion(source, tmp_path / "motion", "lam")
    assert {p.name for p in (tmp_path / "motion").iterdir()} >= {
        "flame_param", "transforms.json", "canonical_flame_param.npz", "flame_params.json",
    }  # fmt: skip
    assert detect_format(tmp_path / "motion") == "lam"
    assert detect_format(tmp_path / "motion" / "flame_params.json") == "lam-web"


def test_flame_params_json_of_lam_and_of_imavatar_are_told_apart_in_file_and_folder(tmp_path):
    for name in ("lam-web", "imavatar"):
        (tmp_path / name).mkdir()
        write_motion(take(), tmp_path / name / "flame_params.json", name)
        assert detect_format(tmp_path / name / "flame_params.json") == name
        assert detect_format(tmp_path / name) == name
        assert read_motion(tmp_path / name).num_frames == FRAMES


def test_lam_params_by_hand_with_batch_axes_gaps_and_strangers(tmp_path):
    rows = {"expr": [[[0.5, 0.25]], [[0.1, 0.2]]], "jaw_pose": [[0.1, 0, 0], [0.2, 0, 0]], "light": "soft"}
    (tmp_path / "a.json").write_text(json.dumps(rows))
    found = read_motion(tmp_path / "a.json")
    np.testing.assert_allclose(found.recording.expression, [[0.5, 0.25], [0.1, 0.2]])
    np.testing.assert_allclose(found.recording.jaw_pose[:, 0], [0.1, 0.2])
    assert found.recording.fps == pytest.approx(30.0)
    assert any("neck_pose" in text and "zeros were read" in text for text in found.traps)
    rows["jaw_pose"] = [[0.1, 0, 0]]
    (tmp_path / "b.json").write_text(json.dumps(rows))
    with pytest.raises(FileFormatError, match="jaw_pose' has 1 frames, expected 2"):
        read_motion(tmp_path / "b.json")


def test_bs_data_of_an_avatar_folder_is_read_from_the_folder(tmp_path):
    """``arkitWithBSData`` as OpenAvatarChat ships it: bsData.json between meshes."""
    write_motion(take(), tmp_path / "bsData.json", "lam-a2e")
    content = json.loads((tmp_path / "bsData.json").read_text())
    assert list(content) == ["names", "metadata", "frames"]
    assert set(content["metadata"]) == {"fps", "frame_count", "blendshape_names"}
    assert set(content["frames"][0]) == {"weights", "time", "rotation"}
    (tmp_path / "skin.glb").write_bytes(b"glTF")
    assert detect_format(tmp_path) == "lam-a2e"
    check_same(take(), read_motion(tmp_path), FORMATS["lam-a2e"].carries)


@pytest.mark.parametrize(
    ("head", "command"),
    [
        (b"\xff\xd8\xff\xe0", "run"), (b"\x89PNG\r\n", "run"), (b"GIF89a", "run"), (b"RIFF\x10\0\0\0WEBP", "run"),
        (b"\0\0\0\x18ftypmp42", "batch"), (b"\x1aE\xdf\xa3", "batch"), (b"RIFF\x10\0\0\0AVI ", "batch"),
    ],
)  # fmt: skip
def test_a_film_in_place_of_a_take_is_sent_to_the_command_that_takes_it(tmp_path, head, command):
    """A folder of films to ``batch``: ``run`` takes one."""
    (tmp_path / "a.bin").write_bytes(head + bytes(200))
    with pytest.raises(FileFormatError, match=r"mp2flame run .*a\.bin -o take\.npz"):
        read_motion(tmp_path / "a.bin")
    with pytest.raises(FileFormatError, match=f"mp2flame {command} .* -o take"):
        read_motion(tmp_path)


@pytest.mark.parametrize("name", ["lam", "lam-web", "vhap-export", "pixel3dmm"])
@pytest.mark.parametrize("top", ["", "avatar/h5_render_data/"])
def test_a_zip_of_a_take_is_read_as_the_folder(tmp_path, name, top):
    """As LAM hands its avatars around: models and pictures beside the parameters, folders above them."""
    import zipfile

    given, folder = take(), tmp_path / "take"
    if name == "lam-web":
        folder.mkdir()
    write_motion(given, folder / "flame_params.json" if name == "lam-web" else folder, name)
    with zipfile.ZipFile(tmp_path / "take.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(file, top + file.relative_to(folder).as_posix())
        archive.writestr(top + "skin.glb", b"glTF")
        archive.writestr("__MACOSX/._x.json", b"{")
    found = read_motion(tmp_path / "take.zip", fps=25)
    assert found.format == detect_format(tmp_path / "take.zip") == name
    check_same(given, found, FORMATS[name].carries)


def test_a_zip_stays_in_its_place_and_says_what_is_wrong(tmp_path):
    import zipfile

    (tmp_path / "in").mkdir()
    write_motion(take(), tmp_path / "in" / "flame_params.json", "lam-web")
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.write(tmp_path / "in" / "flame_params.json", "../flame_params.json")
        archive.writestr("/tmp/mp2flame_evil.json", b"{}")
        archive.writestr("a/readme.txt", b"hello")
    with pytest.raises(FileFormatError, match=r"evil\.zip"):
        read_motion(tmp_path / "evil.zip")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["evil.zip", "in"]
    with zipfile.ZipFile(tmp_path / "cut.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "in" / "flame_params.json", "flame_params.json")
    data = bytearray((tmp_path / "cut.zip").read_bytes())
    data[60:90] = bytes(30)
    (tmp_path / "cut.zip").write_bytes(data)
    with pytest.raises(FileFormatError, match=r"cut\.zip"):
        read_motion(tmp_path / "cut.zip")
