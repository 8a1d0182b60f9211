from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mp2flame.base import rotations
from mp2flame.base.errors import InputError, ShapeError
from mp2flame.base.tables import table
from mp2flame.base.values import FlameParams
from mp2flame.flame import FlameForward, FlameModel
from mp2flame.observe import head_pose as hp
from mp2flame.observe import move_head
from mp2flame.observe.camera import Camera
from mp2flame.observe.pnp import translation_for_rotation

SIZE = (480, 640)


def picture(points, rotation, translation, camera, size=SIZE) -> np.ndarray:
    posed = np.einsum("...ij,kj->...ki", rotation, points) + np.asarray(translation)[..., None, :]
    out = np.zeros((*posed.shape[:-2], 478, 3))
    out[..., : points.shape[0], :2] = camera.project(posed) / [size[1], size[0]]
    out[..., points.shape[0] :, :2] = out[..., :1, :2]
    return out


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-60, 60), st.floats(-40, 40), st.floats(-40, 40), st.floats(0.25, 2.0), st.floats(20, 90),
    st.floats(-0.3, 0.3), st.floats(-0.3, 0.3),
)  # fmt: skip
def test_synthetic_landmarks_give_the_pose_back(yaw, pitch, roll, distance, fov, x, y) -> None:
    camera = Camera.from_fov(fov, SIZE)
    rotation = rotations.euler_to_matrix(np.radians([yaw, pitch, roll]), "YXZ")
    place = np.array([x * distance, y * distance, -distance])
    pose = hp.from_landmarks(picture(hp.canonical_points(), rotation, place, camera), SIZE, camera=camera)
    assert np.degrees(rotations.geodesic_angle(pose.rotation, rotation)) < 0.01
    assert np.linalg.norm(pose.translation - place) < 1e-3 * distance


def test_noise_and_outliers_are_borne() -> None:
    rng = np.random.default_rng(0)
    camera = Camera.from_fov(40, SIZE)
    angles = np.radians(rng.uniform(-1, 1, (60, 3)) * [60, 40, 40])
    rotation = rotations.euler_to_matrix(angles, "YXZ")
    seen = picture(hp.canonical_points(), rotation, np.tile([0.0, 0.0, -0.6], (60, 1)), camera)
    seen[..., :2] += rng.normal(0, 0.5 / 640, seen[..., :2].shape)
    wrong = rng.random(seen.shape[:-1]) < 0.08
    seen[wrong, :2] += rng.normal(0, 0.05, (wrong.sum(), 2))
    pose = hp.from_landmarks(seen, SIZE, camera=camera)
    assert np.degrees(rotations.geodesic_angle(pose.rotation, rotation)).max() < 2.0


def test_batches_equal_single_frames() -> None:
    camera = Camera.assumed(SIZE)
    rotation = rotations.euler_to_matrix(np.radians([[[20, 5, 3], [-40, 10, 0]]]), "YXZ")
    seen = picture(hp.canonical_points(), rotation, np.full((1, 2, 3), [0, 0, -0.5]), camera)
    rows, places = hp.from_landmarks(seen, SIZE)
    assert rows.shape == (1, 2, 3, 3) and places.shape == (1, 2, 3)
    np.testing.assert_allclose(hp.from_landmarks(seen[0, 1], SIZE).rotation, rows[0, 1], atol=1e-6)
    assert hp.from_landmarks(seen[:, :0], SIZE).rotation.shape == (1, 0, 3, 3)


def test_signs_in_the_picture() -> None:
    """Nose tip (1) against the outer eye corners' middle; 33 is the subject's right eye."""
    camera = Camera.assumed(SIZE)

    def nose(degrees):
        r = rotations.axis_angle_to_matrix(np.radians(degrees))
        p = picture(hp.canonical_points(), r, np.array([0, 0, -0.5]), camera)
        return p[1, :2] - 0.5 * (p[33, :2] + p[263, :2]), p[263, :2] - p[33, :2]

    straight, eyes = nose([0, 0, 0])
    assert eyes[0] > 0  # the subject's left is on the image's right
    assert nose([0, 20, 0])[0][0] > straight[0] + 0.02  # +y: to the subject's left
    assert nose([20, 0, 0])[0][1] > straight[1] + 0.02  # +x: chin down (y grows downwards in images)
    assert nose([0, 0, 20])[1][1] < -0.02  # +z: the subject's left eye rises


def test_opencv_and_opengl() -> None:
    rotation = rotations.axis_angle_to_matrix([0.1, 0.4, -0.2])
    pose = hp.HeadPose(rotation, np.array([0.1, 0.2, -0.7]))
    flipped = pose.to_opencv()
    np.testing.assert_allclose(flipped.translation, [0.1, -0.2, 0.7])
    point = np.array([0.01, 0.02, 0.03])
    np.testing.assert_allclose(
        flipped.rotation @ point + flipped.translation, (rotation @ point + pose.translation) * [1, -1, -1]
    )
    again = flipped.to_opengl()
    np.testing.assert_allclose(again.rotation, rotation)
    assert again.frame == "opengl" and flipped.to_opencv() is flipped


def test_face_matrix() -> None:
    rotation = rotations.axis_angle_to_matrix([0.1, -0.3, 0.05])
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, [1, 2, -50]
    pose = hp.from_face_matrix(np.stack([matrix, np.zeros((4, 4))]))
    np.testing.assert_allclose(pose.rotation, [rotation, np.eye(3)], atol=1e-12)
    np.testing.assert_allclose(pose.translation, [[0.01, 0.02, -0.5], [0, 0, 0]])
    with pytest.raises(InputError, match="transpose"):
        hp.from_face_matrix(matrix.T)
    with pytest.raises(InputError, match="NaN"):
        hp.from_face_matrix(matrix * np.nan)
    with pytest.raises(ShapeError, match="4, 4"):
        hp.from_face_matrix(np.eye(3))


@pytest.fixture(scope="module")
def forward() -> FlameForward:
    """A head of FLAME's form whose 478 vertices are the mean neutral landmarks."""
    v = table("mean_neutral_landmarks").astype(np.float32)
    rng = np.random.default_rng(0)
    regressor = np.zeros((5, len(v)), np.float32)
    regressor[0, 152], regressor[1, [152, 10]] = 1.0, [0.8, 0.2]
    weights = np.zeros((len(v), 5), np.float32)
    weights[:, 1] = 1.0
    model = FlameModel(
        v_template=v,
        faces=np.array([[0, 1, 2]]),
        shapedirs=np.zeros((len(v), 3, 1)),
        exprdirs=rng.normal(size=(len(v), 3, 2)) * 1e-3,
        posedirs=np.zeros((len(v), 3, 36)),
        J_regressor=regressor,
        lbs_weights=weights,
    )
    made = model.prepare()
    hp._heads[made] = hp.HeadAtRest(v[:468].astype(np.float64), regressor.astype(np.float64) @ v)
    return made


def test_flame_mesh_lands_where_the_face_is(forward) -> None:
    camera = Camera.from_fov(35, SIZE)
    rotation = rotations.euler_to_matrix(np.radians([[25, -10, 8], [-40, 12, 0]]), "YXZ")
    place = np.array([[0.05, 0.02, -0.8], [0.0, -0.1, -0.5]])
    points = forward.v_shaped[:468].astype(np.float64)
    seen = picture(points, rotation, place, camera)
    orient, transl = hp.flame_pose(forward, landmarks=seen, image_size=SIZE, camera=camera)
    assert orient.dtype == transl.dtype == np.float32
    pose = np.zeros((2, 5, 3))
    pose[:, 0] = orient
    v = forward(np.zeros((2, 2)), pose, transl)
    np.testing.assert_allclose(
        v[:, :468], np.einsum("nij,kj->nki", rotation, points) + place[:, None], atol=1e-5
    )


def test_flame_pose_from_the_matrix_overlays_the_same_face(forward) -> None:
    """The two ways agree in the picture: matrix of a known pose, landmarks of the same canonical face."""
    rotation = rotations.euler_to_matrix(np.radians([10, 0, 0]), "YXZ")
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, [2, -1, -40]
    pose = hp.pose_of_flame(hp.from_face_matrix(matrix))
    camera = Camera.assumed(SIZE)
    flame = camera.project(forward.v_shaped[:468] @ pose.rotation.T + pose.translation)
    face = camera.project(hp.canonical_points() @ rotation.T + np.array([0.02, -0.01, -0.4]))
    away = np.linalg.norm(flame - face, axis=1)
    width = np.ptp(face[:, 0])
    assert np.average(away, weights=hp.stable_weights()) < 0.02 * width


def test_the_place_comes_from_the_whole_face_as_it_moves(forward) -> None:
    """A wider nose and forehead alone must not move the rest of the face; a jaw that opens, not at all."""
    points = forward.v_shaped[:468].astype(np.float64)
    camera, eye, place = Camera.assumed(SIZE), np.eye(3), np.array([0, 0, -0.5])
    steady = hp.stable_weights() > 0.25 * hp.stable_weights().max()
    other = points.copy()
    other[steady, :2] *= 1.08  # its steady middle is wider than this head's, nothing else differs
    rays = camera.rays(camera.project(other + place))[None]
    chosen = hp.placing_landmarks()
    found = translation_for_rotation(eye[None], points[chosen], rays[:, chosen])[0]
    off = np.linalg.norm(camera.project(points + found) - camera.project(other + place), axis=1)
    narrow = translation_for_rotation(eye[None], points[steady], rays[:, steady])[0]
    before = np.linalg.norm(camera.project(points + narrow) - camera.project(other + place), axis=1)
    assert np.median(off) < 0.6 * np.median(before)
    jaw = table("arkit_landmark_shapes").astype(np.float64)[25, :468]  # jawOpen
    options = {
        "landmarks": picture(points + jaw, eye[None], place[None], camera),
        "image_size": SIZE,
        "camera": camera,
    }
    joint = hp.at_rest(forward).joints[0]
    away = []
    for moved in (jaw[chosen][None], None):
        orient, transl = hp.flame_pose(forward, **options, moved=moved)
        turned = rotations.axis_angle_to_matrix(orient[0].astype(np.float64))
        away.append(np.linalg.norm(transl[0] - turned @ joint + joint - place))
    assert away[0] < 2e-3 and away[1] > 3 * away[0]


def test_placing_landmarks_are_those_of_the_mirrored_face() -> None:
    from mp2flame.observe.head_frame import mirror_landmarks

    chosen = hp.placing_landmarks()
    assert set(mirror_landmarks()[chosen]) == set(chosen) and len(chosen) < 200


def test_no_face_is_zero_and_never_nan(forward) -> None:
    camera = Camera.assumed(SIZE)
    seen = picture(forward.v_shaped[:468], np.eye(3), np.array([0, 0, -0.6]), camera)
    for options in ({}, {"camera": camera}):
        orient, transl = hp.flame_pose(
            forward, landmarks=np.stack([seen, seen * 0]), image_size=SIZE, **options
        )
        assert transl[0].any() and not orient[1].any() and not transl[1].any()
    orient, transl = hp.flame_pose(forward, face_matrix=np.zeros((3, 4, 4)))
    assert orient.shape == (3, 3) and not orient.any() and not transl.any()
    orient, transl = hp.flame_pose(forward, face_matrix=np.zeros((4, 4)))
    assert orient.shape == (3,) and not orient.any()
    with pytest.raises(InputError, match="landmarks with image_size"):
        hp.flame_pose(forward)


def test_camera_and_matrix_keep_the_place_in_the_image(forward) -> None:
    matrix = np.eye(4)
    matrix[:3, 3] = [5, 3, -60]
    narrow, wide = Camera.from_fov(20, SIZE), Camera.assumed(SIZE)
    near = hp.flame_pose(forward, face_matrix=matrix)[1]
    far = hp.flame_pose(forward, face_matrix=matrix, image_size=SIZE, camera=narrow)[1]
    middle = forward.v_shaped[:468].mean(0)
    np.testing.assert_allclose(narrow.project(middle + far), wide.project(middle + near), atol=12)
    assert far[2] == pytest.approx(near[2] * narrow.fy / wide.fy, rel=0.1)


def test_neck_and_camera_show_the_same_head(forward) -> None:
    rng = np.random.default_rng(2)
    params = FlameParams.zeros(2, (4,)).replace(
        global_orient=rng.normal(size=(4, 3)) * 0.4,
        transl=rng.normal(size=(4, 3)) * 0.1,
        neck_pose=rng.normal(size=(4, 3)) * 0.2,
    )
    v = forward(params.expression, params.pose, params.transl)
    joints = hp.at_rest(forward).joints[:2]
    neck = move_head.in_neck(move_head.head_transform(move_head.HeadMotion.of(params), joints), joints)
    moved = params.replace(
        global_orient=params.global_orient * 0,
        neck_pose=neck.neck_pose.astype(np.float32),
        transl=neck.transl.astype(np.float32),
    )
    np.testing.assert_allclose(forward(moved.expression, moved.pose, moved.transl), v, atol=1e-5)
    still, cam = move_head.move_to_camera(params, forward)
    assert not still.global_orient.any() and not still.neck_pose.any()
    camera = move_head.GL_TO_CV @ move_head.from_tracker_cam(cam)
    u = forward(still.expression, still.pose, still.transl)
    np.testing.assert_allclose(
        np.einsum("nij,nkj->nki", camera[:, :3, :3], u) + camera[:, None, :3, 3], v, atol=1e-5
    )


def test_the_neck_keeps_the_face_as_far_as_its_correctives_allow(lab_head_a) -> None:
    """FLAME's neck has pose correctives and its root none: what is said of the face is what the mesh does."""
    from mp2flame.flame import load_flame
    from mp2flame.flame.landmarks import embedding_for

    head = load_flame(lab_head_a).prepare()
    turns = np.radians([[0, 51, 0], [17, 0, 0], [0, 23, 11], [0, 0, 0]])
    places = np.tile([0.05, -0.02, -0.5], (4, 1))
    params = FlameParams.zeros(head.model.num_expression, (4,)).replace(
        global_orient=turns.astype(np.float32), transl=places.astype(np.float32)
    )
    before = head.forward_params(params)
    after = head.forward_params(move_head.move_to_neck(params, head))
    seen = embedding_for(head.model).landmarks
    off = np.linalg.norm(seen(after) - seen(before), axis=-1)[:, :468]
    said = move_head.neck_for(move_head.HeadMotion(turns, np.zeros((4, 3)), places), head)[1]
    np.testing.assert_allclose(np.sort(off.max(axis=1)), np.sort(said.max(axis=1)), atol=2e-5)
    plain = move_head.in_neck(
        move_head.head_transform(
            move_head.HeadMotion(turns, np.zeros((4, 3)), places), move_head.joints_of(head.model)
        ),
        move_head.joints_of(head.model),
    )
    naive = head.forward_params(
        params.replace(
            global_orient=params.global_orient * 0,
            neck_pose=plain.neck_pose.astype(np.float32),
            transl=plain.transl.astype(np.float32),
        )
    )
    weights = hp.stable_weights()
    away = np.linalg.norm(seen(naive) - seen(before), axis=-1)[:, :468]
    assert (np.square(off) @ weights).sum() < (np.square(away) @ weights).sum()
    assert off[3].max() < 1e-6


def test_tracker_camera_of_a_frontal_head() -> None:
    cam = move_head.from_tracker_cam(np.array([0, 0, 0, 0, 0, 1.0]))
    np.testing.assert_allclose(cam, move_head.DEFAULT_CAMERA)  # one metre in front
    turned = np.array([[0.3, -0.2, 0.1, 0.5, -0.1, 0.9]])
    np.testing.assert_allclose(move_head.tracker_cam(move_head.from_tracker_cam(turned)), turned)
    with pytest.raises(ShapeError):
        move_head.from_tracker_cam(np.zeros(5))


def test_cameras() -> None:
    camera = Camera(960, 960, 400, 300, (600, 800))
    assert Camera.from_matrix(camera.matrix, (600, 800)) == camera
    half = camera.resized((300, 400))
    points = np.array([[0.1, 0.05, -0.7], [-0.2, 0.1, -1.0]])
    np.testing.assert_allclose(half.project(points) * 2, camera.project(points))
    with pytest.raises(InputError, match="image_size"):
        Camera(960, 960, 400, 300).resized((10, 10))
    skewed = camera.matrix
    skewed[0, 1] = 3
    with pytest.raises(InputError, match="skew"):
        Camera.from_matrix(skewed)


def test_bad_cameras_and_landmarks() -> None:
    with pytest.raises(InputError, match="positive fx"):
        Camera(0, 1, 2, 3)
    with pytest.raises(InputError, match="fov_deg"):
        Camera.from_fov(180, SIZE)
    with pytest.raises(InputError, match="one place"):
        hp.from_landmarks(np.full((478, 3), 0.5), SIZE)
    with pytest.raises(ShapeError):
        hp.from_landmarks(np.zeros((477, 3)), SIZE)


def test_a_known_camera_that_turns_sees_the_head_turned(shared, forward) -> None:
    """The same faces seen by a camera turned about its own centre: another place in the picture, another look of the face."""
    with np.load(shared / "data" / "lab" / "test.npz") as lab:
        seen = lab["landmarks"][:200].astype(np.float64)
    size, focal = (512, 512), 512 / 2 / np.tan(np.radians(20.8) / 2)
    turn = rotations.axis_angle_to_matrix(np.array([0.15, -0.2, 0.0]))
    camera = Camera(focal, focal, 256, 256)
    rays = np.concatenate([camera.rays(seen[..., :2] * 512), -np.ones((*seen.shape[:2], 1))], -1) @ turn.T
    other = Camera(focal, focal, 900, 900)  # room for the face that went aside
    aside = seen.copy()
    aside[..., :2] = other.project(rays) / 512
    first, second = (
        rotations.axis_angle_to_matrix(
            hp.flame_pose(forward, landmarks=marks, image_size=size, camera=c)[0].astype(np.float64)
        )
        for marks, c in ((seen, camera), (aside, other))
    )
    angle = np.degrees(rotations.geodesic_angle(second, turn @ first))
    plain = np.degrees(rotations.geodesic_angle(second, first))
    assert np.median(angle) < 1.5 < 10 < np.median(plain)


@pytest.mark.parametrize("way, asked", [("landmarks", 1.8), ("camera", 2.0), ("flat", 3.0), ("matrix", 3.0)])
def test_lab_heads(shared, lab_head_a, way: str, asked: float) -> None:
    from mp2flame.flame import load_flame

    with np.load(shared / "data" / "lab" / "test.npz") as lab:
        rows = slice(0, 800)
        seen, matrix, truth = lab["landmarks"][rows], lab["face_matrix"][rows], lab["global_orient"][rows]
    head = load_flame(lab_head_a).prepare()
    options = {
        "landmarks": {"landmarks": seen, "image_size": (512, 512)},
        "camera": {
            "landmarks": seen,
            "image_size": (512, 512),
            "camera": Camera.from_fov(20.8, (512, 512)),
        },
        "flat": {
            "landmarks": seen * [1, 1, 0],
            "image_size": (512, 512),
            "camera": Camera.from_fov(20.8, (512, 512)),
        },
        "matrix": {"face_matrix": matrix},
    }[way]
    orient, _ = hp.flame_pose(head, **options)
    error = rotations.geodesic_angle(
        rotations.axis_angle_to_matrix(orient), rotations.axis_angle_to_matrix(truth)
    )
    assert np.degrees(error).mean() <= asked
    # not only small: yaw follows, with the right sign
    assert np.polyfit(truth[:, 1], orient[:, 1], 1)[0] == pytest.approx(1.0, abs=0.12)
