"""The built-in head: a FLAME-format head whose lips meet, lids close, jaw opens and eyes turn."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mp2flame.base.channels import INDEX
from mp2flame.base.tables import table
from mp2flame.flame import load_flame
from mp2flame.flame.builtin.head import EYE_RADIUS, builtin_head
from mp2flame.flame.colors import IRIS, PUPIL, SCLERA, TONES, colors_for
from mp2flame.flame.landmarks import embedding_for
from mp2flame.flame.mirror import expression_mirror, mirror_vertices
from mp2flame.flame.parts import Parts
from mp2flame.flame.scenery import dress
from mp2flame.rig.rig import solve_rig
from mp2flame.show.pictures import Renderer, View


def builtin_parts() -> Parts:
    parts = builtin_head().parts
    assert parts is not None
    return parts


def _vertices(**weights: float) -> np.ndarray:
    model = builtin_head()
    w = np.zeros(52)
    for name, value in weights.items():
        for full in (name,) if name in INDEX else (f"{name}Left", f"{name}Right"):
            w[INDEX[full]] = value
    expression, jaw, eyes = solve_rig(model).apply(w)
    return model.prepare()(expression, np.stack([np.zeros(3), np.zeros(3), jaw, eyes[:3], eyes[3:]]))


def _joints() -> np.ndarray:
    return builtin_head().J_regressor @ builtin_head().v_template


def _landmarks(**weights: float) -> np.ndarray:
    return embedding_for(builtin_head()).landmarks(_vertices(**weights))


def test_it_is_a_flame_model() -> None:
    model = builtin_head()
    assert model.release == "builtin" and len(model.sha256) == 64 and model.num_expression == 50
    np.testing.assert_allclose(model.lbs_weights.sum(1), 1, atol=1e-6)
    assert model.lbs_weights.min() >= 0
    np.testing.assert_allclose(model.J_regressor.sum(1), 1, atol=1e-5)
    joints = model.J_regressor @ model.v_template
    np.testing.assert_allclose(joints, table("mean_joints"), atol=2e-3)  # the mean's, made symmetric
    np.testing.assert_allclose(joints, joints[[0, 1, 2, 4, 3]] * [-1, 1, 1], atol=1e-5)
    assert np.unique(model.faces).size == model.num_vertices, "no vertex without a triangle"


def test_joints_do_not_move_with_the_expression() -> None:
    model = builtin_head()
    moved = np.einsum("jv,vce->jce", model.J_regressor.astype(float), model.exprdirs.astype(float))
    assert np.abs(moved).max() < 1e-6


def test_landmarks_are_the_mean_face() -> None:
    mean, mirror = table("mean_neutral_landmarks"), table("landmark_mirror")
    away = np.linalg.norm(_landmarks() - 0.5 * (mean + mean[mirror] * [-1, 1, 1]), axis=1)
    assert away.mean() < 5e-4 and away.max() < 2e-3


def test_surface_is_closed_and_faces_outwards() -> None:
    model = builtin_head()
    v, f = model.v_template.astype(float), model.faces
    normals = np.cross(v[f[:, 1]] - v[f[:, 0]], v[f[:, 2]] - v[f[:, 0]])
    middle = v[f].mean(1)
    parts = builtin_parts()
    for eye, joint in ((parts.left_eye, 3), (parts.right_eye, 4)):
        mine = ((f >= eye.start) & (f < eye.stop)).all(1)
        assert ((middle[mine] - _joints()[joint]) * normals[mine]).sum(1).min() > 0
    skin = ((f >= parts.skin.start) & (f < parts.skin.stop)).all(1)
    crown = skin & (middle[:, 1] > 0.09)
    assert (normals[crown][:, 1] > 0).mean() > 0.98
    nape = skin & (middle[:, 2] < -0.09)
    assert (normals[nape][:, 2] < 0).mean() > 0.95
    front = skin & (np.abs(middle[:, 0]) < 0.03) & (middle[:, 2] > 0.055)
    assert (normals[front][:, 2] > 0).mean() > 0.9


def test_every_shape_is_followed() -> None:
    rig = solve_rig(builtin_head(), use_cache=False)
    assert rig.residual_mm.max() < 0.3 and not rig.notes
    assert np.abs(rig.expression).max() <= 4
    assert 15 < np.degrees(rig.jaw_pose[INDEX["jawOpen"], 0]) < 22


def _gap(vertices: np.ndarray, part: slice, rings: int) -> np.ndarray:
    """Vertical gaps, metres, between the two sides of an opening at the foremost of the skin's edge and its
    fold.
    """
    model, count = builtin_head(), (part.stop - part.start) // rings
    rest = model.v_template[part.start : part.start + count]
    x, y = rest[:, 0], rest[:, 1]
    lower = model.lbs_weights[part.start : part.start + count, 2] > 0.3  # the jaw carries the lower lip
    if not lower.any():
        lower = y < np.interp(x, [x.min(), x.max()], [y[x.argmin()], y[x.argmax()]])
    fold = vertices[part.start + count : part.start + 2 * count]
    inside = (x > x.min() + 0.006) & (x < x.max() - 0.006)
    top, bottom = fold[~lower & inside], fold[lower & inside]
    top = top[np.argsort(top[:, 0])]
    return np.interp(bottom[:, 0], top[:, 0], top[:, 1]) - bottom[:, 1]


def test_lids_close_at_full_blink_and_are_open_at_rest() -> None:
    parts = builtin_parts()
    for lids in (parts.right_lids, parts.left_lids):
        assert np.median(_gap(_vertices(), lids, 3)) > 0.005
        assert _gap(_vertices(eyeBlink=1), lids, 3).max() < 0.0004


def test_lips_meet_at_rest_and_part_with_the_jaw() -> None:
    mouth = builtin_parts().mouth
    assert _gap(_vertices(), mouth, 8).max() < 0.0004
    assert np.median(_gap(_vertices(jawOpen=1), mouth, 8)) > 0.015


def test_lids_stay_outside_the_eyeballs() -> None:
    parts, joints = builtin_parts(), _joints()
    for weights in ({}, {"eyeBlink": 1.0}, {"eyeWide": 1.0}, {"eyeSquint": 1.0}):
        vertices = _vertices(**weights)
        for lids, joint in ((parts.right_lids, 4), (parts.left_lids, 3)):
            rim = vertices[lids.start : lids.start + (lids.stop - lids.start) // 3 * 2]
            assert np.linalg.norm(rim - joints[joint], axis=1).min() > EYE_RADIUS


def test_teeth_hide_behind_closed_lips() -> None:
    """Dressed as for pictures, seen from the front: not a pixel of teeth, gums or tongue."""
    whole = dress(builtin_head())
    model = whole.model
    paint = np.zeros((model.num_vertices, 3), np.uint8)
    paint[: whole.num_own] = (0, 0, 255)
    rigid = (model.lbs_weights.max(1) == 1) & ~model.exprdirs.any((1, 2))
    paint[whole.num_own :][rigid[whole.num_own :]] = (255, 0, 0)
    view = View.framing(_landmarks()[[61, 291, 0, 17]], (120, 200))
    rig = solve_rig(builtin_head())
    with Renderer(model.faces, (120, 200), backend="software", samples=1, vertex_colors=paint) as renderer:
        for name in (
            "_neutral",
            "mouthPucker",
            "mouthPressLeft",
            "mouthFrownLeft",
            "mouthRollLower",
            "mouthLeft",
        ):
            expression, jaw, eyes = rig.apply(0.7 * np.eye(52)[INDEX[name]])
            pose = np.stack([np.zeros(3), np.zeros(3), jaw, eyes[:3], eyes[3:]])
            image = renderer(model.prepare()(expression, pose), view).astype(int)
            assert (image[..., 0] > image[..., 2] + 30).sum() < 12, name


def test_shapes_move_what_they_name() -> None:
    rest = _landmarks()
    assert _landmarks(jawOpen=1)[152, 1] < rest[152, 1] - 0.02
    assert _landmarks(mouthSmile=1)[61, 1] > rest[61, 1] + 0.003
    assert _landmarks(browInnerUp=1)[107, 1] > rest[107, 1] + 0.002
    assert _landmarks(eyeLookOutLeft=1, eyeLookInRight=1)[473, 0] > rest[473, 0] + 0.005


def test_symmetric_by_construction() -> None:
    model = builtin_head()
    mirror = mirror_vertices(model)
    assert mirror.edges_kept > 0.9  # some quads are cut along the other diagonal
    assert mirror.residual.max() < 1e-7
    assert np.array_equal(np.sort(mirror.permutation), np.arange(model.num_vertices))
    np.testing.assert_allclose(
        model.lbs_weights[mirror.permutation][:, [0, 1, 2, 4, 3]], model.lbs_weights, atol=2e-2
    )
    assert (
        expression_mirror(model, mirror)[1] < 1e-5
    )  # every face has its mirror image among the coefficients
    rest = _vertices()
    left, right = _vertices(mouthSmileLeft=1) - rest, _vertices(mouthSmileRight=1) - rest
    np.testing.assert_allclose(left[mirror.permutation] * [-1, 1, 1], right, atol=2e-3)


def test_a_mirrored_take_shows_the_mirrored_head() -> None:
    """Before, the 50 directions did not hold each other's mirror images: off by up to .23 mm."""
    from mp2flame import Driver
    from mp2flame.base.values import FlameParams
    from mp2flame.flame.mirror import mirror_params

    model, r = builtin_head(), np.random.default_rng(0)
    mirror = mirror_vertices(model)
    matrix, _ = expression_mirror(model, mirror)
    forward = Driver(model).vertices
    params = FlameParams(
        r.normal(0, 1, (20, model.num_expression)), r.normal(0, 0.1, (20, 3)), r.normal(0, 0.2, (20, 6)),
        r.normal(0, 0.2, (20, 3)), r.normal(0, 0.2, (20, 3)), r.normal(0, 0.1, (20, 3)),
    )  # fmt: skip
    seen = forward(params)[:, mirror.permutation] * np.array([-1, 1, 1], np.float32)
    assert np.abs(forward(mirror_params(params, matrix)) - seen).max() < 1e-6  # metres


def test_no_triangle_is_folded_or_without_area_in_the_face() -> None:
    model = builtin_head()
    corner = model.v_template[model.faces].astype(float)
    flat = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    of_skin = (model.faces < model.parts.skin.stop).all(1)
    assert np.linalg.norm(flat[of_skin], axis=1).min() > 2e-9  # square metres: twice the area
    normals = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    at = np.stack(
        [np.bincount(model.faces.ravel(), np.repeat(flat[:, k], 3), model.num_vertices) for k in range(3)], 1
    )
    at /= np.linalg.norm(at, axis=1, keepdims=True)
    corners = np.linalg.norm(corner.mean(1)[:, None] - model.v_template[[78, 308]], axis=2).min(1) < 0.002
    assert (
        np.einsum("fd,fcd->fc", normals, at[model.faces])[of_skin & ~corners] > 0
    ).all()  # lips meet there


def test_colours_of_the_built_in_head() -> None:
    colors, parts = colors_for(builtin_head()), builtin_parts()
    assert colors.shape == (builtin_head().num_vertices, 3) and colors.dtype == np.uint8
    for eye in (parts.left_eye, parts.right_eye):
        seen = {tuple(c) for c in colors[eye].tolist()}
        assert {PUPIL, IRIS, SCLERA} <= seen
    ring = (parts.mouth.stop - parts.mouth.start) // 8
    assert {tuple(c) for c in colors[parts.mouth.start : parts.mouth.start + ring].tolist()} == {
        TONES["light"].lips
    }
    throat = colors[parts.mouth.stop - ring : parts.mouth.stop].astype(int)
    assert throat.max() < 60 and (throat[:, 0] > 2 * throat[:, 1]).all(), "dark red, not black"


def test_colours_of_a_flame_head(lab_head_a: Path) -> None:
    model = load_flame(lab_head_a)
    colors = colors_for(model).astype(int)
    on = embedding_for(model)
    at = on.gather(colors.astype(float))
    redness = at[:468, 0] - at[:468, 1]
    lips, cheek = [11, 12, 15, 16, 302, 72], [50, 280, 205, 425]
    assert redness[lips].min() > redness[cheek].max() + 15
    assert at[[468, 473]].max() < 60, "pupils are dark"
    brows = 0.5 * (at[[105, 334]] + at[[52, 282]])
    assert brows.mean() < at[cheek].mean() - 40, "brows are darker than cheeks"
