"""Each format's mesh through its own project's camera model lands where the take saw the face.

The files are opened here as the project opens them and projected with the formula of its code, none of ours: VHAP
``vhap/export_as_nerf_dataset.py``, GaussianAvatars ``scene/dataset_readers.py``, LAM ``head_utils._load_pose``,
flame-head-tracker ``batch_perspective_projection``, INSTA ``scripts/transforms.py``, metrical-tracker (PyTorch3D's
``PerspectiveCameras``), IMavatar ``optimize.projection``, pixel3dmm ``project_points_screen_space``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base.errors import InputError
from mp2flame.base.rotations import euler_to_matrix, matrix_to_axis_angle, rotation_6d_to_matrix
from mp2flame.base.values import FlameParams
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.landmarks import embedding_for
from mp2flame.io.formats import Motion, read_motion, write_motion
from mp2flame.io.formats.torch_file import read_frame
from mp2flame.observe.camera import Camera
from mp2flame.take.take import Take

FORMATS = (
    "vhap",
    "vhap-export",
    "lam",
    "flame-head-tracker",
    "insta",
    "metrical-tracker",
    "imavatar",
    "pixel3dmm",
)
T = 7


class Face:
    """A head and the landmarks of its mesh."""

    def __init__(self, model) -> None:
        self.model, self.forward, self.embedding = model, model.prepare(), embedding_for(model)

    def points(self, expression, jaw, eyes, root=None, neck=None, transl=None) -> np.ndarray:
        """``(478,3)`` of one frame."""
        zero = np.zeros(3)
        pose = np.stack(
            [zero if root is None else root, zero if neck is None else neck, jaw, eyes[:3], eyes[3:]]
        )
        wide = np.zeros(self.model.num_expression)
        count = min(len(wide), len(expression))
        wide[:count] = np.asarray(expression)[:count]
        v = self.forward(wide[None], pose[None], (zero if transl is None else np.asarray(transl))[None])
        return self.embedding.landmarks(v)[0].astype(np.float64)

    @property
    def root(self) -> np.ndarray:
        return (self.model.J_regressor.astype(np.float64) @ self.forward.v_shaped)[0]


@pytest.fixture(scope="module")
def face() -> Face:
    return Face(builtin_head())


def made(face: Face, camera: Camera, seed: int = 0) -> Take:
    """Turned heads (yaw to 50 degrees) in front of a camera, and the landmarks as it sees them."""
    rng = np.random.default_rng(seed)
    angles = np.radians(np.linspace(-1, 1, T)[:, None] * [50, 20, 15])
    params = FlameParams.zeros(face.model.num_expression, (T,)).replace(
        expression=rng.normal(0, 0.3, (T, face.model.num_expression)).astype(np.float32),
        jaw_pose=np.abs(rng.normal(0, 0.1, (T, 3))).astype(np.float32) * [1, 0, 0],
        global_orient=matrix_to_axis_angle(euler_to_matrix(angles, "YXZ")).astype(np.float32),
        transl=(rng.normal(0, 0.03, (T, 3)) + [0.02, 0.03, -0.6]).astype(np.float32),
    )
    points = face.embedding.landmarks(face.forward.forward_params(params)).astype(np.float64)
    height, width = camera.image_size
    landmarks = np.zeros((T, 478, 3), np.float32)
    landmarks[..., :2] = camera.project(points) / [width, height]
    meta = {"world": "camera", "intrinsics": "given", "flame": {"release": face.model.release}}
    return Take.from_params(
        params, np.arange(T) * 40.0, landmarks=landmarks, image_size=np.array(camera.image_size),
        intrinsics=camera.matrix, meta=meta,
    )  # fmt: skip


# --- the projects' own cameras: files in, ``(T,478,2)`` shares of the picture out -----------------------------


def vhap(path: Path, face: Face, size) -> np.ndarray:
    """The tracker's camera at (0, 0, 1); the focal length counts the longer side of the data set's picture."""
    height, width = size
    out = []
    with np.load(path) as npz:
        focal = npz["focal_length"].item() * max(height, width)
        for t in range(len(npz["expr"])):
            p = face.points(
                npz["expr"][t], npz["jaw_pose"][t], npz["eyes_pose"][t], npz["rotation"][t], npz["neck_pose"][t],
                npz["translation"][t],
            )  # fmt: skip
            p = (p - [0, 0, 1]) * [1, -1, -1]
            out.append((p[:, :2] / p[:, 2:] * focal + [width / 2, height / 2]) / [width, height])
    return np.stack(out)


def nerf(folder: Path, face: Face, size, *, only_angle: bool = False) -> np.ndarray:
    """LAM's ``_load_pose``; with ``only_angle`` GaussianAvatars' reader, which knows camera_angle_x alone."""
    content = json.loads((folder / "transforms.json").read_text())
    out = []
    for frame in sorted(content["frames"], key=lambda f: f["flame_param_path"]):
        with np.load(folder / frame["flame_param_path"]) as npz:
            p = face.points(
                *(
                    npz[k][0]
                    for k in ("expr", "jaw_pose", "eyes_pose", "rotation", "neck_pose", "translation")
                )
            )
        c2w = np.array(frame["transform_matrix"])
        c2w[:3, 1:3] *= -1
        p = (np.linalg.inv(c2w) @ np.c_[p, np.ones(len(p))].T).T[:, :3]
        width, height = frame["w"], frame["h"]
        if only_angle:
            focal = width / (2 * np.tan(frame["camera_angle_x"] / 2))
            fx, fy, cx, cy = focal, focal, width / 2, height / 2
        else:
            fx, fy, cx, cy = (frame[k] for k in ("fl_x", "fl_y", "cx", "cy"))
        out.append((p[:, :2] / p[:, 2:] * [fx, fy] + [cx, cy]) / [width, height])
    return np.stack(out)


def head_tracker(folder: Path, face: Face, size, *, from_fov: bool = False) -> np.ndarray:
    """Its clip matrix, written out: OpenGL camera to world from the Euler angles, K of 256 x 256 pixels."""
    out = []
    for file in sorted(folder.glob("*.npz")):
        with np.load(file) as npz:
            p = face.points(npz["exp"][0], npz["jaw_pose"][0], npz["eye_pose"][0])
            yaw, pitch, roll, *place = npz["cam"][0].astype(np.float64)
            K = npz["K"][0].astype(np.float64)
            if from_fov:
                focal = 0.5 * 256 / np.tan(0.5 * np.radians(npz["fov"][0]))
                K = np.array([[focal, 0, 128], [0, focal, 128], [0, 0, 1]])
        c, s = np.cos, np.sin
        rz = np.array([[c(roll), -s(roll), 0], [s(roll), c(roll), 0], [0, 0, 1]])
        ry = np.array([[c(yaw), 0, s(yaw)], [0, 1, 0], [-s(yaw), 0, c(yaw)]])
        rx = np.array([[1, 0, 0], [0, c(pitch), -s(pitch)], [0, s(pitch), c(pitch)]])
        rt = np.eye(4)
        rt[:3, :3], rt[:3, 3] = rz @ ry @ rx, place
        rt[:, [1, 2]] *= -1
        proj = np.array(
            [
                [2 * K[0, 0] / 256, 0, (256 - 2 * K[0, 2]) / 256, 0],
                [0, 2 * K[1, 1] / 256, (256 - 2 * K[1, 2]) / 256, 0],
                [0, 0, 10.1 / 9.9, -2 * 10 * 0.1 / 9.9],
                [0, 0, 1, 0],
            ]
        )
        full = proj @ np.linalg.inv(rt)
        full[1] *= -1
        clip = np.c_[p, np.ones(len(p))] @ full.T
        ndc = clip[:, :2] / clip[:, 3:] * [1, -1]
        out.append(ndc / 2 + 0.5)
    return np.stack(out)


def insta(folder: Path, face: Face, size, jaw, eyes) -> np.ndarray:
    """OpenCV camera to world; the mesh beside it carries jaw and eyes."""
    content = json.loads((folder / "transforms.json").read_text())
    out = []
    for t, frame in enumerate(content["frames"]):
        p = face.points(np.loadtxt(folder / frame["exp_path"]), jaw[t], eyes[t])
        p = (np.linalg.inv(np.array(frame["transform_matrix"])) @ np.c_[p, np.ones(len(p))].T).T[:, :3]
        fx, fy, cx, cy, width, height = (content[k] for k in ("fl_x", "fl_y", "cx", "cy", "w", "h"))
        out.append((p[:, :2] / p[:, 2:] * [fx, fy] + [cx, cy]) / [width, height])
    return np.stack(out)


def six(values) -> np.ndarray:
    return matrix_to_axis_angle(rotation_6d_to_matrix(np.asarray(values, np.float64)))


def metrical(folder: Path, face: Face, size, *, pytorch3d: bool = True) -> np.ndarray:
    """PyTorch3D's PerspectiveCameras in NDC: rows times R plus T; x left, y up; half the shorter side is 1."""
    out = []
    for file in sorted((folder / "checkpoint").glob("*.frame")):
        frame = read_frame(file)
        flame, camera = frame["flame"], frame["camera"]
        eyes = np.concatenate([six(flame["eyes"][0, :6]), six(flame["eyes"][0, 6:])])
        p = face.points(flame["exp"][0], six(flame["jaw"][0]), eyes)
        height, width = frame["img_size"]
        if pytorch3d:
            view = p @ rotation_6d_to_matrix(camera["R"][0].astype(np.float64)) + camera["t"][0]
            ndc = view[:, :2] / view[:, 2:] * camera["fl"][0] + camera["pp"][0]
            pixels = np.array([width, height]) / 2 - ndc * (min(height, width) / 2)
        else:
            opencv = frame["opencv"]
            view = p @ opencv["R"][0].T + opencv["t"][0]
            view = view @ opencv["K"][0].T
            pixels = view[:, :2] / view[:, 2:]
        out.append(pixels / [width, height])
    return np.stack(out)


def imavatar(file: Path, face: Face, size) -> np.ndarray:
    """``projection`` in -1..1 with the intrinsics as saved (shares of the picture), vertices times 4."""
    content = json.loads(file.read_text())
    fx, fy, cx, cy = content["intrinsics"]
    out = []
    for frame in content["frames"]:
        pose = np.array(frame["pose"])
        p = 4 * face.points(frame["expression"], pose[6:9], pose[9:], pose[:3], pose[3:6])
        w2c = np.array(frame["world_mat"])
        p = p @ w2c[:, :3].T + w2c[:, 3]
        out.append(p[:, :2] / p[:, 2:] * [fx, fy] + [cx, cy])
    return np.stack(out)


def pixel3dmm(folder: Path, face: Face, size) -> np.ndarray:
    """``project_points_screen_space`` of a square picture; ours, when it is not square, lies at its top left."""
    out = []
    for file in sorted(folder.glob("*.frame")):
        frame = read_frame(file)
        flame, camera = frame["flame"], frame["camera"]
        eyes = np.concatenate([six(flame["eyes"][0, :6]), six(flame["eyes"][0, 6:])])
        p = face.points(flame["exp"][0], six(flame["jaw"][0]), eyes, None, six(flame["neck"][0]))
        p = p @ flame["R_rotation_matrix"][0].T + flame["t"][0]
        p = p @ camera["R_base_0"][0].T + camera["t_base_0"][0]
        height, width = frame["img_size"]
        side = max(height, width)
        focal = camera["fl"][0, 0] * side
        middle = side / 2 + 0.5 + camera["pp"][0] * (side / 2 + 0.5)
        middle[0] = side - middle[0]  # their hack
        prime = np.c_[p[:, :2] / -p[:, 2:], -np.ones(len(p))]
        screen = -(prime @ np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1]]).T)[:, :2]
        screen[:, 0] = side - 1 - screen[:, 0]
        out.append(screen / [width, height])  # its loss compares with shares of the picture times the size
    return np.stack(out)


def seen_by(name: str, path: Path, face: Face, take: Take) -> dict[str, np.ndarray]:
    """The ways in which a project looks at its file."""
    size = tuple(take.image_size)
    if name == "vhap":
        return {"tracker": vhap(path, face, size)}
    if name in ("vhap-export", "lam"):
        return {"intrinsics": nerf(path, face, size), "angle": nerf(path, face, size, only_angle=True)}
    if name == "flame-head-tracker":
        return {"K": head_tracker(path, face, size), "fov": head_tracker(path, face, size, from_fov=True)}
    if name == "insta":
        return {"opencv": insta(path, face, size, take.jaw_pose, take.eye_pose)}
    if name == "metrical-tracker":
        return {
            "pytorch3d": metrical(path, face, size),
            "opencv": metrical(path, face, size, pytorch3d=False),
        }
    if name == "imavatar":
        return {"shares": imavatar(path, face, size)}
    return {"screen": pixel3dmm(path, face, size)}


CAMERAS = {
    "square": Camera.from_fov(63, (512, 512)),
    "narrow": Camera.from_fov(21, (512, 512)),
    "wide picture": Camera.from_fov(40, (720, 1280)),
    "tall picture": Camera.from_fov(50, (640, 480)),
    "off centre": Camera(960, 960, 430, 280, (600, 800)),
}
MIDDLE_ONLY = {
    ("vhap", "tracker"), ("vhap-export", "angle"), ("lam", "angle"), ("flame-head-tracker", "fov"), ("flame-head-tracker", "K"),
}  # fmt: skip


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("name", FORMATS)
def test_the_projects_own_camera_sees_the_landmarks(tmp_path, face, name, camera) -> None:
    """Median and worst at 512, over heads turned to 50 degrees."""
    take = made(face, CAMERAS[camera])
    path = tmp_path / ("take.json" if name == "imavatar" else "take.npz" if name == "vhap" else "take")
    lost = write_motion(take, path, name, flame=face.model)
    assert not any("assumed" in text for text in lost)
    for way, found in seen_by(name, path, face, take).items():
        if camera == "off centre" and (name, way) in MIDDLE_ONLY:
            continue  # one number cannot say it, and flame-head-tracker's renderer mirrors the centre
        if way == "fov" and take.image_size[0] != take.image_size[1]:
            continue  # a squeezed picture has two focal lengths; K has both
        off = np.linalg.norm(found - take.landmarks[..., :2], axis=-1) * 512
        assert np.median(off) < 0.1, (way, np.median(off))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("other", ["recording", "vhap-export", "metrical-tracker"])
def test_a_camera_comes_through_any_conversion(tmp_path, face, name, other) -> None:
    """800 x 600 with f = 960 stays that."""
    take = made(face, Camera(960, 960, 400, 300, (600, 800)))

    def path(kind: str, tag: str) -> Path:
        end = {"imavatar": ".json", "vhap": ".npz", "recording": ".npz"}.get(kind, "")
        return tmp_path / f"{tag}{end}"

    write_motion(take, path(name, "first"), name)
    write_motion(read_motion(path(name, "first"), fps=25), path(other, "second"), other)
    write_motion(read_motion(path(other, "second"), fps=25), path("lam", "third"), "lam")
    found = json.loads((tmp_path / "third" / "transforms.json").read_text())
    assert (found["w"], found["h"]) == (800, 600)
    np.testing.assert_allclose(
        [found["fl_x"], found["fl_y"], found["cx"], found["cy"]], [960, 960, 400, 300], rtol=1e-5
    )
    record = read_motion(tmp_path / "third", fps=25).recording
    assert record.meta["intrinsics"] == "given" and tuple(record.image_size) == (600, 800)


def test_a_camera_that_changes(tmp_path, face) -> None:
    """Kept a frame where the format has a place, said where it has none."""
    take = made(face, Camera(960, 960, 400, 300, (600, 800)))
    take.intrinsics = np.stack([Camera(900 + 10 * i, 900 + 10 * i, 400, 300).matrix for i in range(T)])
    for name in ("vhap-export", "metrical-tracker"):
        lost = write_motion(take, tmp_path / name, name)
        assert not any("changes" in text for text in lost)
        np.testing.assert_allclose(
            read_motion(tmp_path / name).recording.intrinsics, take.intrinsics, rtol=1e-5
        )
    assert any("camera changes" in text for text in write_motion(take, tmp_path / "v.npz", "vhap"))


def test_no_constant_is_invented_without_a_word(tmp_path, face) -> None:
    take = made(face, Camera.from_fov(63, (480, 640)))
    take.intrinsics = None
    del take.meta["intrinsics"]
    for i, name in enumerate(FORMATS):
        end = {"imavatar": ".json", "vhap": ".npz"}.get(name, "")
        lost = write_motion(take, tmp_path / f"{i}{end}", name)
        assert any(
            "63 degrees vertically and a picture of 640 x 480 pixels are assumed" in text for text in lost
        ), name
        if name not in ("vhap", "flame-head-tracker"):
            asked = write_motion(take, tmp_path / f"asked{i}{end}", name, camera=40.0, image_size=(720, 1280))
            assert not any("assumed" in text for text in asked)
            k = read_motion(tmp_path / f"asked{i}{end}", fps=25).recording
            assert k.intrinsics[1, 1] == pytest.approx(720 / 2 / np.tan(np.radians(20)), rel=1e-4)
            assert tuple(k.image_size) == (720, 1280)
    plain = Motion(take[:])
    plain.recording.image_size = np.zeros(2, np.int64)
    with pytest.raises(InputError, match="image-size"):
        write_motion(plain, tmp_path / "x", "lam", camera=40.0)


def test_another_camera_sees_the_head_at_the_same_place(tmp_path, face) -> None:
    take = made(face, Camera.from_fov(63, (512, 512)))
    lost = write_motion(take, tmp_path / "t", "lam", flame=face.model, camera=30.0)
    assert any("moved to where" in text for text in lost)
    off = np.linalg.norm(nerf(tmp_path / "t", face, (512, 512)) - take.landmarks[..., :2], axis=-1) * 512
    size = np.ptp(take.landmarks[..., 0]) * 512
    assert np.median(off) < 0.1 * size  # perspective of another distance, not another place


@pytest.mark.parametrize("count", [1, 2, T])
def test_a_vhap_export_keeps_test_frames_out_of_training(tmp_path, face, count) -> None:
    """As ``split_json`` of VHAP: 70 % to train with, the rest to test, with one camera none to validate."""
    take = made(face, Camera(960, 960, 430, 280, (600, 800)))[:count]
    tmp_path /= "data"
    lost = write_motion(take, tmp_path, "vhap-export")
    assert any("GaussianAvatars" in text and "+30.0, -20.0" in text for text in lost)
    assert not any("centre" in text for text in write_motion(take, tmp_path.with_name("lam"), "lam"))

    def rows(name: str) -> list[int]:
        content = json.loads((tmp_path / f"transforms{name}.json").read_text())
        found = [frame["timestep_index"] for frame in content["frames"]]
        assert name == "_val" or content["timestep_indices"] == found
        return found

    train, test = rows("_train"), rows("_test")
    assert train + test == rows("") == list(range(count)) and rows("_val") == []
    assert len(train) == int(np.ceil(0.7 * count))
    assert read_motion(tmp_path).recording.num_frames == count


def test_insta_keeps_test_frames_out_of_training(tmp_path, face) -> None:
    take = made(face, Camera.from_fov(40, (512, 512)))
    tmp_path /= "data"
    write_motion(take, tmp_path, "insta")
    names = {
        name: [
            frame["file_path"]
            for frame in json.loads((tmp_path / f"transforms{name}.json").read_text())["frames"]
        ]
        for name in ("", "_train", "_test", "_val")
    }
    assert (
        names["_train"] + names["_test"] == names[""]
        and names["_test"]
        and set(names["_val"]) <= set(names["_test"])
    )


def test_gaussian_avatars_is_centred_and_a_vhap_export_is_its_source(tmp_path, face) -> None:
    take = made(face, Camera.from_fov(63, (512, 512)))
    mean = take.transl.mean(0)
    lost = write_motion(take, tmp_path / "m.npz", "gaussian-avatars")
    with np.load(tmp_path / "m.npz") as npz:
        # as its viewer loads it: what is not float32 is dropped
        kept = {k: v for k, v in dict(npz).items() if v.dtype == np.float32}
    assert {
        "translation",
        "rotation",
        "neck_pose",
        "jaw_pose",
        "eyes_pose",
        "expr",
        "dynamic_offset",
    } <= kept.keys()
    np.testing.assert_allclose(kept["translation"].mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(kept["translation"], take.transl - mean, atol=1e-6)
    assert kept["static_offset"].shape == (1, 5143, 3) and any("mean position" in text for text in lost)
    back = read_motion(tmp_path / "m.npz")
    np.testing.assert_allclose(back.recording.transl, take.transl, atol=1e-6)
    assert back.recording.fps == pytest.approx(25)
    write_motion(take, tmp_path / "c.npz", "gaussian-avatars", world="camera")
    np.testing.assert_allclose(np.load(tmp_path / "c.npz")["translation"], take.transl, atol=1e-6)

    motion = Motion(take, static_offset=np.full((5143, 3), 1e-3, np.float32))
    for source, value in ((take, 0.0), (motion, 1e-3)):
        folder = tmp_path / f"data{value}"
        write_motion(source, folder, "vhap-export")
        meshes = {}  # GaussianAvatars' readMeshesFromTransforms and load_meshes
        for division in ("train", "test", "val"):
            for frame in json.loads((folder / f"transforms_{division}.json").read_text())["frames"]:
                with np.load(folder / frame["flame_param_path"]) as npz:
                    meshes[frame["timestep_index"]] = dict(npz)
        static = meshes[0]["static_offset"]
        assert (
            static.dtype == np.float32
            and static.shape == (1, 5143, 3)
            and np.all(static == np.float32(value))
        )
        where = np.stack([meshes[t]["translation"][0] for t in range(T)])
        np.testing.assert_allclose(where.mean(0), 0, atol=1e-6)
        found = read_motion(folder)
        assert (found.static_offset is None) == (value == 0.0)
        assert found.recording.fps == pytest.approx(25)


@pytest.mark.parametrize("world", ["head", "camera"])
def test_world_does_what_its_help_says(tmp_path, face, world) -> None:
    take = made(face, Camera.from_fov(63, (512, 512)))
    write_motion(take, tmp_path / "t.npz", "recording", world=world)
    found = Take.load(tmp_path / "t.npz")
    assert found.meta["world"] == world
    np.testing.assert_allclose(
        found.transl, take.transl + ([0, 0, 1] if world == "head" else [0, 0, 0]), atol=1e-6
    )
    write_motion(take, tmp_path / "v.npz", "vhap")  # its camera stands at (0, 0, 1) whatever the take's does
    np.testing.assert_allclose(np.load(tmp_path / "v.npz")["translation"], take.transl + [0, 0, 1], atol=1e-6)


def test_the_rate_is_kept_or_said(tmp_path, face) -> None:
    take = made(face, Camera.from_fov(63, (512, 512)))
    for name in FORMATS:
        end = {"imavatar": ".json", "vhap": ".npz"}.get(name, "")
        lost = write_motion(take, tmp_path / f"{name}{end}", name)
        kept = read_motion(tmp_path / f"{name}{end}").recording.fps == pytest.approx(25)
        assert kept or any("25 per second" in text for text in lost), name


def test_the_neck_says_how_far_the_face_moves(tmp_path, lab_head_a) -> None:
    """FLAME's neck has pose correctives: what is written is judged on the mesh itself."""
    from mp2flame.flame import load_flame

    face = Face(load_flame(lab_head_a))
    take = made(face, Camera.from_fov(63, (512, 512)))
    with pytest.raises(
        InputError, match=r"up to \d+\.\d mm .*Without --pose neck .*--face-may-move \d+"
    ) as refused:
        write_motion(take, tmp_path / "t.npz", "recording", flame=face.model, pose="neck")
    assert not (tmp_path / "t.npz").exists()
    enough = float(str(refused.value).split("--face-may-move ")[1].split()[0])
    lost = write_motion(
        take, tmp_path / "t.npz", "recording", flame=face.model, pose="neck", face_may_move_mm=enough
    )
    moved = Take.load(tmp_path / "t.npz")
    assert not moved.global_orient.any()
    at = face.embedding.landmarks
    off = np.linalg.norm(
        at(face.forward.forward_params(moved.params)) - at(face.forward.forward_params(take.params)), axis=-1
    )[:, :468]
    said = next(text for text in lost if "by its neck" in text)
    figure = float(said.split("up to ")[1].split(" mm")[0])
    assert figure == pytest.approx(1e3 * off.max(), rel=0.05) and figure > 1
    stays = made(face, Camera.from_fov(63, (512, 512)))
    stays.global_orient *= 1e-3
    write_motion(stays, tmp_path / "little.npz", "recording", flame=face.model, pose="neck")


def test_imavatar_keeps_the_face_in_its_root_when_asked(tmp_path, lab_head_a) -> None:
    """Its FLAME turns by all 15 numbers; DECA's own files have zeros for the root."""
    from mp2flame.flame import load_flame

    face = Face(load_flame(lab_head_a))
    take = made(face, Camera.from_fov(63, (512, 512)))
    said = write_motion(take, tmp_path / "neck.json", "imavatar", flame=face.model)
    assert any("by up to" in text and "--pose root" in text for text in said)
    lost = write_motion(take, tmp_path / "root.json", "imavatar", flame=face.model, pose="root")
    assert not any("by its neck" in text for text in lost)
    off = imavatar(tmp_path / "root.json", face, (512, 512)) - take.landmarks[..., :2]
    assert np.linalg.norm(off, axis=-1).max() * 512 < 0.1


def test_pixel3dmm_joint_transforms_are_those_of_the_mesh(tmp_path, lab_head_a) -> None:
    """Its viewer undoes the neck with them: every vertex that hangs on one joint alone follows that joint's."""
    from mp2flame.flame import load_flame

    face = Face(load_flame(lab_head_a))
    take = made(face, Camera.from_fov(63, (512, 512)))
    rng = np.random.default_rng(1)
    take.neck_pose, take.eye_pose = (rng.normal(0, 0.2, (T, n)).astype(np.float32) for n in (3, 6))
    take.expression = np.zeros_like(take.expression)
    write_motion(take, tmp_path / "t", "pixel3dmm", flame=face.model)
    rest = face.forward.v_shaped.astype(np.float64)
    weights = face.model.lbs_weights
    for t, file in enumerate(sorted((tmp_path / "t").glob("*.frame"))):
        A = read_frame(file)["joint_transforms"]
        assert A.shape == (1, 5, 4, 4) and A.dtype == np.float32
        np.testing.assert_array_equal(A[0, 0], np.eye(4))
        pose = np.stack(
            [np.zeros(3), take.neck_pose[t], take.jaw_pose[t], take.eye_pose[t, :3], take.eye_pose[t, 3:]]
        )
        v = face.forward(np.zeros((1, face.model.num_expression)), pose[None], np.zeros((1, 3)))[0]
        for joint in (3, 4):  # the eyeballs, which have no pose correctives
            alone = weights[:, joint] > 0.999
            assert alone.sum() > 100
            want = rest[alone] @ A[0, joint, :3, :3].T + A[0, joint, :3, 3]
            np.testing.assert_allclose(v[alone], want, atol=2e-5)
