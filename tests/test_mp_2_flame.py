from __future__ import annotations

import inspect

import numpy as np
import pytest

import mp_2_flame
from mp2flame.base import rotations
from mp2flame.base.errors import InputError, ShapeError
from mp2flame.observe import head_pose
from mp2flame.observe.camera import Camera
from mp_2_flame import MP_2_FLAME, compute_head_pose_from_mp_landmarks_3d


def folder(path, older: bool):
    rng = np.random.default_rng(0)
    for name, width in (("bs2exp", 50), ("bs2pose", 6) if older else ("bs2jaw", 3), ("bs2eye", 6)):
        np.save(path / f"{name}.npy", rng.normal(size=(52, width)).astype(np.float32))
    return path


@pytest.mark.parametrize("generation, second", [("2025_03", "pose"), ("2025_09", "jaw_pose")])
def test_returns_what_upstream_returned(shared, generation: str, second: str) -> None:
    place = shared / "reference" / f"linear_{generation}"
    with np.load(place / "expected.npz") as expected:
        got = MP_2_FLAME(mappings_path=str(place)).convert(blendshape_scores=expected["blendshape_scores"])
        for array, key in zip(got, ("exp", second, "eye_pose"), strict=True):
            assert array.shape == expected[key].shape
            np.testing.assert_allclose(array, expected[key], rtol=1e-5, atol=5e-6)


@pytest.mark.parametrize("older", [False, True])
def test_the_three_products(tmp_path, older: bool) -> None:
    m = MP_2_FLAME(folder(tmp_path, older))
    x = np.random.default_rng(1).random((9, 52))
    exp, second, eye = m.convert(x)
    np.testing.assert_allclose(exp, x @ m.bs2exp, atol=1e-5)
    np.testing.assert_allclose(eye, x @ m.bs2eye, atol=1e-5)
    if older:
        assert second.shape == (9, 6) and not second[:, :3].any()
        np.testing.assert_allclose(second[:, 3:], x @ m.bs2pose[:, 3:], atol=1e-5)
    else:
        np.testing.assert_allclose(second, x @ m.bs2jaw, atol=1e-5)
    one = m.convert(x[0])
    assert [a.shape for a in one] == [(50,), (6,) if older else (3,), (6,)]
    np.testing.assert_allclose(one[0], exp[0], atol=1e-5)
    assert m.convert(x.reshape(3, 3, 52))[0].shape == (3, 3, 50)
    assert m.convert(x[:0])[0].shape == (0, 50)


def test_bad_scores_are_refused(tmp_path) -> None:
    m = MP_2_FLAME(folder(tmp_path, older=False))
    with pytest.raises(ShapeError, match="52"):
        m.convert(np.zeros((2, 51)))
    for bad in (np.full(52, np.nan), np.array(["0"] * 52), np.zeros(52, object)):
        with pytest.raises(InputError):
            m.convert(bad)


def test_without_a_path_the_rig_does_it() -> None:
    pytest.importorskip("mp2flame.flame.builtin.head")
    m = MP_2_FLAME()
    x = np.zeros((2, 52), np.float32)
    x[1, 25] = 1.0  # jawOpen
    exp, jaw, eye = m.convert(x)
    assert exp.shape[0] == 2 and jaw.shape == (2, 3) and eye.shape == (2, 6)
    assert np.degrees(jaw[1, 0] - jaw[0, 0]) > 5


def landmarks(rotation, translation, size, pixels: bool):
    """The canonical face, posed in OpenGL axes, seen by the camera that upstream assumed."""
    h, w = size
    camera = Camera(w, w, w / 2, h / 2)
    out = np.zeros((478, 3))
    out[:468, :2] = camera.project(head_pose.canonical_points() @ rotation.T + translation)
    out[468:] = out[0]
    return out if pixels else out / [w, h, 1]


@pytest.mark.parametrize("pixels", [False, True])
@pytest.mark.parametrize("size", [(480, 640), (512, 512), (1920, 1080)])
@pytest.mark.parametrize(
    "degrees, expected",
    [
        ((0, 0, 0), (0, 0, 0)),
        ((0, 20, 0), (0, -20, 0)),  # the subject's left is the image's right: about y down, negative
        ((15, 0, 0), (15, 0, 0)),
        ((0, 0, 10), (0, 0, -10)),
    ],
)
def test_head_pose_is_true(pixels, size, degrees, expected) -> None:
    rotation = rotations.axis_angle_to_matrix(np.radians(degrees))
    place = np.array([0.03, -0.05, -0.6])
    lmks = landmarks(rotation, place, size, pixels)
    vec, transl = compute_head_pose_from_mp_landmarks_3d(face_landmarks=lmks, img_h=size[0], img_w=size[1])
    assert vec.shape == transl.shape == (3, 1) and vec.dtype == transl.dtype == np.float64
    np.testing.assert_allclose(np.degrees(vec[:, 0]), expected, atol=0.05)
    np.testing.assert_allclose(transl[:, 0], place * [1, -1, -1], atol=1e-3)


def test_compatible_gives_the_published_numbers() -> None:
    """Recorded from the public function (OpenCV 4) on these landmarks: a turn of 20 degrees is hardly any."""
    pytest.importorskip("cv2")
    rotation = rotations.axis_angle_to_matrix(np.radians([0, 20, 0]))
    lmks = landmarks(rotation, np.array([0.03, -0.05, -0.6]), (480, 640), True)
    lmks[:, 2] = 0.01 * np.sin(np.arange(478))
    vec, transl = compute_head_pose_from_mp_landmarks_3d(lmks, 480, 640, compatible=True)
    assert vec.shape == transl.shape == (3, 1)
    assert np.degrees(np.abs(vec)).max() < 1.0
    np.testing.assert_allclose(
        transl[2, 0], 640, rtol=0.05
    )  # the model is the picture: as far away as the focal length
    true = compute_head_pose_from_mp_landmarks_3d(lmks, 480, 640)[0]
    assert np.degrees(true[1, 0]) == pytest.approx(-20, abs=0.1)


def test_bad_landmarks_are_refused() -> None:
    good = landmarks(np.eye(3), np.array([0, 0, -0.6]), (480, 640), False)
    with pytest.raises(ShapeError):
        compute_head_pose_from_mp_landmarks_3d(good[:100], 480, 640)
    with pytest.raises(InputError, match="NaN"):
        compute_head_pose_from_mp_landmarks_3d(good * np.nan, 480, 640)
    with pytest.raises(InputError, match="img_h"):
        compute_head_pose_from_mp_landmarks_3d(good, 0, 640)
    with pytest.raises(InputError, match="neither"):
        compute_head_pose_from_mp_landmarks_3d(good * 0, 480, 640)


def test_the_public_surface() -> None:
    assert list(inspect.signature(compute_head_pose_from_mp_landmarks_3d).parameters) == [
        "face_landmarks",
        "img_h",
        "img_w",
        "compatible",
    ]
    assert set(mp_2_flame.__all__) == {"MP_2_FLAME", "compute_head_pose_from_mp_landmarks_3d"}
