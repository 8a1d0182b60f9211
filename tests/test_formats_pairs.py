"""The law of the formats: what two of them carry comes through both, in either order, unchanged."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mp2flame.errors import InputError
from mp2flame.formats import FORMATS, Motion, detect_format, read_motion, write_motion
from mp2flame.formats import base as b
from mp2flame.formats.head import DEFAULT_JOINTS, HeadPose, head_transform
from mp2flame.recording import Recording
from mp2flame.rotations import axis_angle_to_matrix, geodesic_angle
from mp2flame.types import FlameParams

FRAMES, COEFFICIENTS = 4, 50


def take(seed: int = 0) -> Motion:
    """A head that turns, shifts, talks and looks around; even timestamps at 25 per second."""
    rng = np.random.default_rng(seed)
    params = FlameParams(
        expression=rng.normal(size=(FRAMES, COEFFICIENTS)),
        jaw_pose=rng.normal(size=(FRAMES, 3)) * 0.1,
        eye_pose=rng.normal(size=(FRAMES, 6)) * 0.2,
        neck_pose=rng.normal(size=(FRAMES, 3)) * 0.3,
        global_orient=rng.normal(size=(FRAMES, 3)) * 0.4,
        transl=rng.normal(size=(FRAMES, 3)) * 0.05,
    )
    weights = rng.uniform(0, 1, (FRAMES, 52))
    weights[:, 0] = 0
    recording = Recording.from_params(
        params, np.arange(FRAMES) * 40.0, arkit_weights=weights, blendshapes=rng.uniform(0, 1, (FRAMES, 52))
    )
    betas, lids = rng.normal(size=100).astype(np.float32), rng.uniform(0, 1, (FRAMES, 2)).astype(np.float32)
    return Motion(recording, betas=betas, eyelids=lids)


def path_of(folder, name, tag=""):
    entry = FORMATS[name]
    stem = f"take{tag}_expressions" if name == "animportrait3d" else f"take{tag}"
    return folder / (stem + (entry.extensions[0] if entry.extensions else ""))


def transform(recording: Recording) -> np.ndarray:
    pose = (
        np.asarray(v, np.float64) for v in (recording.global_orient, recording.neck_pose, recording.transl)
    )
    return head_transform(HeadPose(*pose), DEFAULT_JOINTS)


def check_same(first: Motion, second: Motion, fields: frozenset[str]) -> None:
    """Everything in ``fields`` is equal within float32 and the text formats' digits."""
    one, two = first.recording, second.recording
    assert one.num_frames == two.num_frames
    if b.EXPRESSION in fields:
        width = max(one.num_expression, two.num_expression)
        padded = [np.pad(r.expression, ((0, 0), (0, width - r.num_expression))) for r in (one, two)]
        np.testing.assert_allclose(*padded, atol=2e-7)
    for field, key in ((b.JAW, "jaw_pose"), (b.EYES, "eye_pose")):
        if field in fields:
            np.testing.assert_allclose(getattr(one, key), getattr(two, key), atol=3e-6)
    if b.ROTATION in fields:
        turn = geodesic_angle(transform(one)[:, :3, :3], transform(two)[:, :3, :3])
        assert turn.max() < 1e-5
    if {b.ROTATION, b.TRANSLATION} <= fields:
        np.testing.assert_allclose(transform(one)[:, :3, 3], transform(two)[:, :3, 3], atol=1e-6)
    if b.SPLIT in fields:
        np.testing.assert_allclose(one.neck_pose, two.neck_pose, atol=3e-6)
        np.testing.assert_allclose(one.global_orient, two.global_orient, atol=3e-6)
    if b.BETAS in fields:
        np.testing.assert_allclose(first.betas[:100], second.betas[:100], atol=1e-6)
    if b.EYELIDS in fields:
        np.testing.assert_allclose(first.eyelids, second.eyelids, atol=1e-6)
    if b.WEIGHTS in fields:
        np.testing.assert_allclose(one.arkit_weights, two.arkit_weights, atol=1e-7)
    if b.SCORES in fields:
        np.testing.assert_allclose(one.blendshapes, two.blendshapes, atol=1e-7)
    if b.TIMES in fields:
        np.testing.assert_allclose(one.timestamp_ms, two.timestamp_ms, atol=0.02)


def carried(name: str) -> frozenset[str]:
    return FORMATS[name].carries


@pytest.mark.parametrize("name", FORMATS)
def test_written_is_recognised_and_comes_back(tmp_path, name):
    source, path = take(), path_of(tmp_path, name)
    lost = write_motion(source, path, name)
    assert detect_format(path) == name
    found = read_motion(path, fps=25)
    assert found.format == name and found.carries == carried(name)
    check_same(source, found, carried(name))
    assert all(isinstance(text, str) and text for text in lost)
    assert abs(found.recording.fps - 25) < 1e-6


PAIRS = [
    (x, y)
    for x, y in itertools.permutations(FORMATS, 2)
    if b.EXPRESSION in carried(x) or b.WEIGHTS in carried(y)
]


@pytest.fixture(scope="module")
def read_once(tmp_path_factory):
    """``take(1)`` after one trip through a format; each format is written once for all pairs."""
    folder, found = tmp_path_factory.mktemp("once"), {}

    def get(name):
        if name not in found:
            path = path_of(folder, name, f"_{name}")
            write_motion(take(1), path, name)
            found[name] = read_motion(path, fps=25)
        return found[name]

    return get


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=[f"{x}-to-{y}" for x, y in PAIRS])
def test_what_both_carry_comes_through_both(tmp_path, read_once, first, second):
    """first -> second -> first: the fields that both have are those of the beginning."""
    both = carried(first) & carried(second)
    if b.EXPRESSION not in carried(first) and b.EXPRESSION in carried(second) and second != "recording":
        pytest.skip("weights do not make FLAME parameters without a FLAME file")
    source, once = take(1), read_once(first)
    if not both & {b.WEIGHTS, b.SCORES} and b.EXPRESSION not in carried(second):
        with pytest.raises(InputError, match="holds"):
            write_motion(once, path_of(tmp_path, second, "2"), second)
        return
    write_motion(once, path_of(tmp_path, second, "2"), second)
    twice = read_motion(path_of(tmp_path, second, "2"), fps=25)
    check_same(source, twice, both)
    if b.EXPRESSION in carried(second) or b.EXPRESSION not in carried(first):
        if both & {b.EXPRESSION} or both & {b.WEIGHTS, b.SCORES}:
            write_motion(twice, path_of(tmp_path, first, "3"), first)
            check_same(once, read_motion(path_of(tmp_path, first, "3"), fps=25), both - {b.TIMES})


HOMES = [
    (n, home) for n, f in FORMATS.items() if b.ROTATION in f.carries for home in (f.poses or (f.pose_home,))
]


@pytest.mark.parametrize(("name", "home"), HOMES)
def test_head_goes_where_it_is_asked_to_and_the_face_stays(tmp_path, name, home):
    source, path = take(2), path_of(tmp_path, name)
    write_motion(source, path, name, pose=home)
    found = read_motion(path)
    check_same(source, found, carried(name) - {b.SPLIT})
    if home == "root" and name not in ("recording",):
        assert not np.any(found.recording.neck_pose)
    if home == "neck":
        # the default camera stands still, so nothing has to come back in the root
        np.testing.assert_allclose(found.recording.global_orient, 0, atol=1e-6)


@pytest.mark.parametrize("name", FORMATS)
def test_impossible_place_is_refused(tmp_path, name):
    entry = FORMATS[name]
    for home in {"root", "neck", "camera"} - set(entry.poses or (entry.pose_home,)):
        with pytest.raises(InputError, match="keeps head motion"):
            write_motion(take(), path_of(tmp_path, name), name, pose=home)


def test_face_vertices_stay_when_the_turn_moves_between_joints(lab_head_a):
    """Truth from the forward pass: vertices that belong to the head alone do not move, whoever turns it."""
    from mp2flame.flame import load_flame
    from mp2flame.formats import joints_of
    from mp2flame.formats.head import in_neck, in_root

    model = load_flame(lab_head_a)
    betas = np.zeros(model.shapedirs.shape[-1])
    betas[:10] = np.random.default_rng(5).normal(size=10)
    joints = joints_of(model, betas)
    recording = take(3).recording
    whole = head_transform(HeadPose(recording.global_orient, recording.neck_pose, recording.transl), joints)
    # pose correctives look at the neck's angle; without them the motion of the head is rigid
    import dataclasses

    forward = dataclasses.replace(model, posedirs=np.zeros_like(model.posedirs)).prepare(betas=betas)
    alone = np.flatnonzero(model.lbs_weights[:, 1] > 1 - 1e-6)
    assert len(alone) > 50

    def vertices(pose):
        rest = np.zeros((FRAMES, 3))
        stacked = np.stack([pose.global_orient, pose.neck_pose, rest, rest, rest], axis=1)
        expression = np.zeros((FRAMES, model.exprdirs.shape[-1]))
        return forward(expression, stacked, pose.transl)[:, alone]

    truth = vertices(HeadPose(recording.global_orient, recording.neck_pose, recording.transl))
    for moved in (in_root(whole, joints), in_neck(whole, joints)):
        np.testing.assert_allclose(vertices(moved), truth, atol=2e-6)


def test_default_joints_are_those_of_the_mean_head(lab_head_a):
    from mp2flame.flame import load_flame
    from mp2flame.formats import joints_of

    np.testing.assert_allclose(joints_of(load_flame(lab_head_a)), DEFAULT_JOINTS, atol=2e-3)


def test_turning_camera_equals_turning_head():
    """A head turned by R before a still camera looks like a still head before the camera E R."""
    from mp2flame.formats.head import DEFAULT_CAMERA, in_camera

    recording = take(4).recording
    whole = transform(recording)
    _, camera = in_camera(whole, DEFAULT_CAMERA)
    point = np.array([0.01, 0.02, 0.09, 1.0])
    seen = (DEFAULT_CAMERA @ (whole @ point)[..., None])[..., 0]
    np.testing.assert_allclose(camera @ point, seen, atol=1e-12)
    turned = axis_angle_to_matrix(np.array([0, 0.3, 0])) @ np.array([0, 0, 0.1])
    assert turned[0] > 0, "positive yaw turns the nose to the subject's left (+x)"
