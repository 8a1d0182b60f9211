from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from mp2flame.base import rotations as r
from mp2flame.base.errors import InputError, ShapeError

ANGLES = [0.0, 1e-300, 1e-12, 1e-8, 1e-5, 1e-3, 0.5, 2.0, np.pi - 1e-3, np.pi - 1e-7, np.pi - 1e-12, np.pi]
unit = st.tuples(*[st.floats(-1, 1) for _ in range(3)]).filter(lambda v: np.linalg.norm(v) > 1e-2)
vectors = st.builds(lambda u, a: np.array(u) / np.linalg.norm(u) * a, unit, st.floats(0, np.pi - 1e-6))
orders = st.permutations("XYZ").map("".join).flatmap(lambda o: st.sampled_from([o, o.lower()]))


@pytest.mark.parametrize("angle", ANGLES)
def test_axis_angle_round_trip_is_exact_at_both_ends(angle: float) -> None:
    axes = np.random.default_rng(0).normal(size=(50, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    vector = axes * angle
    matrix = r.axis_angle_to_matrix(vector)
    np.testing.assert_allclose(matrix, Rotation.from_rotvec(vector).as_matrix(), atol=1e-14)
    back = r.matrix_to_axis_angle(matrix)
    assert np.isfinite(back).all()
    same = np.minimum(
        np.linalg.norm(back - vector, axis=1), np.linalg.norm(back + vector, axis=1) + abs(angle - np.pi)
    )
    assert same.max() < 1e-13 if angle < np.pi - 1e-6 else same.max() < 1e-7
    np.testing.assert_allclose(r.axis_angle_to_matrix(back), matrix, atol=1e-14)


@settings(max_examples=60, deadline=None)
@given(vectors, orders)
def test_all_representations_agree_with_scipy(vector: np.ndarray, order: str) -> None:
    truth = Rotation.from_rotvec(vector)
    matrix = truth.as_matrix()
    np.testing.assert_allclose(r.axis_angle_to_matrix(vector), matrix, atol=1e-13)
    quaternion = r.axis_angle_to_quaternion(vector)
    np.testing.assert_allclose(r.quaternion_to_matrix(quaternion), matrix, atol=1e-13)
    np.testing.assert_allclose(r.matrix_to_quaternion(matrix), quaternion, atol=1e-7)
    np.testing.assert_allclose(r.quaternion_to_axis_angle(-3.0 * quaternion), vector, atol=1e-7)
    np.testing.assert_allclose(
        r.rotation_6d_to_matrix(2.5 * r.matrix_to_rotation_6d(matrix)), matrix, atol=1e-13
    )
    np.testing.assert_allclose(r.euler_to_matrix(r.matrix_to_euler(matrix, order), order), matrix, atol=1e-9)
    np.testing.assert_allclose(
        r.euler_to_matrix(vector, order), Rotation.from_euler(order, vector).as_matrix(), atol=1e-13
    )


@pytest.mark.parametrize("order", ["XYZ", "YXZ", "ZYX", "xyz", "zxy"])
@pytest.mark.parametrize("middle", [np.pi / 2, -np.pi / 2])
def test_euler_at_gimbal_lock_keeps_the_rotation(order: str, middle: float) -> None:
    matrix = r.euler_to_matrix([0.3, middle, -0.8], order)
    np.testing.assert_allclose(r.euler_to_matrix(r.matrix_to_euler(matrix, order), order), matrix, atol=1e-12)


def test_signs() -> None:
    quarter = np.pi / 2
    np.testing.assert_allclose(r.axis_rotation("x", quarter) @ [0, 1, 0], [0, 0, 1], atol=1e-15)
    np.testing.assert_allclose(r.axis_rotation("y", quarter) @ [0, 0, 1], [1, 0, 0], atol=1e-15)
    np.testing.assert_allclose(r.axis_rotation("z", quarter) @ [1, 0, 0], [0, 1, 0], atol=1e-15)
    np.testing.assert_allclose(
        r.axis_angle_to_quaternion([0, 0, quarter]), [np.sqrt(0.5), 0, 0, np.sqrt(0.5)]
    )


@settings(max_examples=30, deadline=None)
@given(vectors, vectors, st.floats(0, 1))
def test_geodesic_and_slerp(a: np.ndarray, b: np.ndarray, t: float) -> None:
    first, second = Rotation.from_rotvec(a), Rotation.from_rotvec(b)
    angle = (first.inv() * second).magnitude()
    assert r.geodesic_angle(first.as_matrix(), second.as_matrix()) == pytest.approx(angle, abs=1e-7)
    if angle < np.pi - 1e-3:
        q = r.slerp(r.axis_angle_to_quaternion(a), r.axis_angle_to_quaternion(b), t)
        truth = Slerp([0, 1], Rotation.concatenate([first, second]))(t)
        assert r.geodesic_angle(r.quaternion_to_matrix(q), truth.as_matrix()) < 1e-7


def test_tiny_angles_are_measured() -> None:
    assert r.geodesic_angle(np.eye(3), r.axis_rotation("x", 1e-9)) == pytest.approx(1e-9, rel=1e-6)


def test_projection_gives_the_nearest_rotation() -> None:
    rng = np.random.default_rng(3)
    m = rng.normal(size=(20, 3, 3))
    near = r.project_to_rotation(m)
    np.testing.assert_allclose(np.linalg.det(near), 1.0)
    best = np.linalg.norm(near - m, axis=(1, 2))
    for other in Rotation.random(200, random_state=0).as_matrix():
        assert (np.linalg.norm(other - m, axis=(1, 2)) >= best - 1e-12).all()


def test_composition_and_inverse() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 7, 3))
    truth = (Rotation.from_rotvec(a) * Rotation.from_rotvec(b)).as_rotvec()
    np.testing.assert_allclose(r.compose(a, b), truth, atol=1e-12)
    np.testing.assert_allclose(r.compose(a, -a), 0.0, atol=1e-12)


def test_batches_and_float32_in() -> None:
    a = np.zeros((2, 0, 3), np.float32)
    assert r.axis_angle_to_matrix(a).shape == (2, 0, 3, 3)
    assert r.matrix_to_axis_angle(np.tile(np.eye(3, dtype=np.float32), (2, 4, 1, 1))).shape == (2, 4, 3)
    assert r.axis_angle_to_matrix(np.zeros(3, np.float32)).dtype == np.float64


def test_refusals() -> None:
    with pytest.raises(ShapeError, match=r"\(3,\).*\(4,\)"):
        r.axis_angle_to_matrix(np.zeros(4))
    with pytest.raises(InputError, match="numbers"):
        r.axis_angle_to_matrix(np.array(["a", "b", "c"]))
    with pytest.raises(InputError, match="zeros"):
        r.quaternion_to_matrix(np.zeros(4))
    with pytest.raises(InputError, match="Euler order"):
        r.matrix_to_euler(np.eye(3), "XXY")
    with pytest.raises(InputError, match="parallel"):
        r.rotation_6d_to_matrix([1, 0, 0, 2, 0, 0])
