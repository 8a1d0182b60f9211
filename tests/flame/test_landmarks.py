"""The embedding: known points reproduced, points where a face has them, any order of triangles, clear
refusals.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base.errors import InputError, MismatchError, ShapeError
from mp2flame.base.tables import table
from mp2flame.flame import FlameModel, load_flame
from mp2flame.flame.landmarks import embed, embedding_for


@pytest.fixture(scope="module")
def head(lab_head_a: Path) -> FlameModel:
    return load_flame(lab_head_a)


@pytest.fixture(scope="module")
def landmarks(head: FlameModel) -> np.ndarray:
    return embedding_for(head).landmarks(head.v_template)


def test_tables_are_whole() -> None:
    weights = table("embedding_b_coords")
    assert weights.shape == (478, 3)
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-6)
    assert weights.min() > -1e-6
    shapes = table("arkit_landmark_shapes")
    assert shapes.shape == (52, 468, 3)
    assert not shapes[0].any(), "_neutral moves nothing"
    assert all(np.linalg.norm(shape, axis=1).max() > 1e-3 for shape in shapes[1:]), "every other shape moves"


def test_mirror_is_its_own_inverse_and_mirrors_the_face() -> None:
    mirror, points = table("landmark_mirror"), table("mean_neutral_landmarks")
    np.testing.assert_array_equal(mirror[mirror], np.arange(478))
    flipped = points[mirror] * [-1, 1, 1]
    assert np.linalg.norm(flipped - points, axis=1).max() < 0.004
    assert mirror[33] == 263 and mirror[61] == 291 and mirror[468] == 473


def test_landmarks_are_where_a_face_has_them() -> None:
    p = table("mean_neutral_landmarks")
    assert p[33, 0] < p[133, 0] < 0 < p[362, 0] < p[263, 0], "the subject's right eye lies at negative x"
    assert p[10, 1] > p[168, 1] > p[1, 1] > p[13, 1] > p[14, 1] > p[17, 1] > p[152, 1]
    assert p[:468, 2].argmax() in (1, 4), "the nose sticks out"
    for eye, ring in ((slice(468, 473), (159, 145)), (slice(473, 478), (386, 374))):
        centre, *around = p[eye]
        np.testing.assert_allclose(np.linalg.norm((around - centre)[:, :2], axis=1), 0.00585, atol=1e-4)
        assert p[ring[1], 1] < centre[1] < p[ring[0], 1], "the iris is between the lids"


def test_known_points_are_reproduced(head: FlameModel, landmarks: np.ndarray, shared: Path) -> None:
    known = np.load(shared / "models" / "mediapipe_landmark_embedding.npz")
    corners = head.v_template[head.faces[known["lmk_face_idx"]]]
    expected = np.einsum("kcd,kc->kd", corners, known["lmk_b_coords"])
    np.testing.assert_allclose(landmarks[known["landmark_indices"]], expected, atol=1e-6)


def test_table_of_neutral_landmarks_is_the_template(landmarks: np.ndarray) -> None:
    np.testing.assert_allclose(landmarks, table("mean_neutral_landmarks"), atol=2e-6)


def test_points_lie_on_the_outside_of_skin_and_on_the_eyeballs(head: FlameModel) -> None:
    on = embedding_for(head)
    eyeballs = on.gather(head.lbs_weights[:, 3:])
    assert eyeballs[:468].max() < 1e-4
    np.testing.assert_allclose(eyeballs[468:473, 1], 1, atol=1e-4)
    np.testing.assert_allclose(eyeballs[473:, 0], 1, atol=1e-4)
    jaw = on.gather(head.lbs_weights[:, 2])
    lower, upper = [14, 87, 317, 178, 402, 15, 16, 17], [13, 82, 312, 81, 311, 12, 11, 0]
    assert jaw[lower].min() > 0.5 > jaw[upper].max(), "lower-lip points on the lower lip, upper on the upper"


def test_triangles_do_not_fold(landmarks: np.ndarray) -> None:
    faces = table("canonical_faces").astype(int)

    def normals(p: np.ndarray) -> np.ndarray:
        n = np.cross(p[faces[:, 1]] - p[faces[:, 0]], p[faces[:, 2]] - p[faces[:, 0]])
        return n / np.linalg.norm(n, axis=1, keepdims=True)

    agree = (normals(landmarks[:468].astype(float)) * normals(table("canonical_vertices").astype(float))).sum(
        1
    )
    assert (agree < 0).sum() <= 10, "almost no triangle of MediaPipe's mesh is turned over"


def test_order_of_triangles_does_not_matter(head: FlameModel, landmarks: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    shuffled = np.roll(rng.permutation(head.faces), 1, axis=1)
    other = replace(head, faces=shuffled)
    on = embedding_for(other)
    np.testing.assert_allclose(on.landmarks(head.v_template), landmarks, atol=1e-7)
    np.testing.assert_array_equal(other.faces[on.face_idx], on.corners)


def test_added_vertices_do_not_matter(head: FlameModel, landmarks: np.ndarray) -> None:
    more = np.concatenate([head.faces, [[5023, 5024, 5025]]])
    on = embed(more, 5026)
    vertices = np.concatenate([head.v_template, np.ones((3, 3))])
    np.testing.assert_allclose(on.landmarks(vertices), landmarks, atol=1e-7)


def test_batches(head: FlameModel, landmarks: np.ndarray) -> None:
    batch = np.stack([head.v_template, head.v_template + 1]).reshape(2, 1, -1, 3)
    got = embedding_for(head).landmarks(batch)
    assert got.shape == (2, 1, 478, 3) and got.dtype == np.float32
    np.testing.assert_allclose(got[1, 0], landmarks + 1, atol=1e-6)


def test_another_mesh_is_refused() -> None:
    with pytest.raises(MismatchError, match="5023 vertices"):
        embed(np.array([[0, 1, 2], [2, 1, 3]]), 4)
    with pytest.raises(InputError, match="vertex indices"):
        embed(np.zeros((4, 4), int), 4)


def test_wrong_vertices_are_refused(head: FlameModel) -> None:
    on = embedding_for(head)
    for bad in (np.zeros((10, 3)), np.zeros((5023, 2)), np.zeros(3)):
        with pytest.raises(ShapeError, match="vertices must be"):
            on.landmarks(bad)
