"""What is added to a FLAME head for pictures: it fits, it hides, and it leaves the file's own mesh alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mp2flame.base.channels import INDEX
from mp2flame.base.errors import InputError
from mp2flame.base.rotations import axis_angle_to_matrix
from mp2flame.base.values import FlameParams
from mp2flame.flame import FlameModel, load_flame
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.landmarks import embedding_for
from mp2flame.flame.outlines import INNER_LIPS
from mp2flame.flame.scenery import Dressed, bend_neck, dress
from mp2flame.rig.rig import solve_rig
from mp2flame.show.pictures import Renderer, View

ENAMEL_GLOSS = 0.35


@pytest.fixture(scope="module")
def flame(lab_head_a: Path) -> FlameModel:
    return load_flame(lab_head_a)


@pytest.fixture(scope="module")
def dressed(flame: FlameModel) -> Dressed:
    return dress(flame)


def _posed(model: FlameModel, pose: np.ndarray, **weights: float) -> np.ndarray:
    rig = solve_rig(model)
    w = np.zeros(52)
    for name, value in weights.items():
        for full in (name,) if name in INDEX else (f"{name}Left", f"{name}Right"):
            w[INDEX[full]] = value
    expression, jaw, eyes = rig.apply(w)
    pose = pose.copy()
    pose[2:] = jaw, eyes[:3], eyes[3:]
    return expression, pose


def test_the_files_own_mesh_stays(flame: FlameModel, dressed: Dressed) -> None:
    own, model = flame.num_vertices, dressed.model
    assert dressed.num_own == own < model.num_vertices
    for name in ("v_template", "exprdirs", "posedirs", "lbs_weights"):
        np.testing.assert_array_equal(getattr(model, name)[:own], getattr(flame, name))
    np.testing.assert_array_equal(model.faces[: len(flame.faces)], flame.faces)
    assert (model.faces[len(flame.faces) :] >= own).all(), "no new triangle on the file's own vertices"
    expression, pose = _posed(flame, np.array([[0.1, 0.2, 0.0], [0.0, 0.3, 0.1], [0, 0, 0], [0, 0, 0], [0, 0, 0]]),
                              jawOpen=0.6, mouthSmile=0.7)  # fmt: skip
    bare, whole = flame.prepare()(expression, pose), model.prepare()(expression, pose)
    np.testing.assert_allclose(whole[:own], bare, atol=1e-7)
    assert dressed.colors.shape == (model.num_vertices, 3) and len(dressed.gloss) == model.num_vertices
    np.testing.assert_array_equal(
        embedding_for(model).landmarks(whole), embedding_for(flame).landmarks(whole[:own])
    )


def test_upper_teeth_stay_on_the_skull_and_lower_ones_go_with_the_jaw(
    flame: FlameModel, dressed: Dressed
) -> None:
    model = dressed.model
    teeth = np.flatnonzero(np.isclose(dressed.gloss, ENAMEL_GLOSS))
    jaw = model.lbs_weights[teeth, 2]
    assert set(np.unique(jaw)) == {0.0, 1.0}
    expression, pose = _posed(flame, np.zeros((5, 3)), jawOpen=1.0, mouthFunnel=0.5)
    moved = model.prepare()(expression, pose)[teeth]
    np.testing.assert_allclose(moved[jaw == 0], model.v_template[teeth[jaw == 0]], atol=1e-6)
    joint = model.prepare().joints(expression, pose)[2]
    turned = (model.v_template[teeth[jaw == 1]] - joint) @ axis_angle_to_matrix(pose[2]).T + joint
    np.testing.assert_allclose(moved[jaw == 1], turned, atol=5e-4)  # the joint moves a little with the face


@pytest.mark.parametrize("person", range(5))
def test_closed_lips_hide_the_mouth(flame: FlameModel, person: int) -> None:
    """The mean and four random people, with what closed lips can do: a hairline at the corners at the most."""
    betas = 1.1 * np.random.default_rng(person).standard_normal(20) if person else np.zeros(1)
    whole = dress(flame, betas)
    model, own = whole.model, whole.num_own
    paint = np.zeros((model.num_vertices, 3), np.uint8)
    paint[:own] = (0, 0, 255)
    mouth = own + np.flatnonzero((model.lbs_weights[own:, 1:3].max(1) == 1) & (whole.colors[own:, 0] > 0))
    mouth = mouth[np.linalg.norm(model.exprdirs[mouth], axis=(1, 2)) == 0]
    paint[mouth] = (255, 0, 0)
    lips = embedding_for(model).landmarks(model.v_template)[[61, 291, 0, 17]]
    view = View.framing(lips, (96, 160), margin=-0.0)
    with Renderer(model.faces, (96, 160), backend="software", samples=1, vertex_colors=paint) as renderer:
        forward = model.prepare()
        for name in (
            "",
            "mouthPucker",
            "mouthSmile",
            "mouthFrown",
            "mouthLeft",
            "mouthPress",
            "mouthRollLower",
        ):
            expression, pose = _posed(flame, np.zeros((5, 3)), **({name: 0.6} if name else {}))
            image = renderer(forward(expression, pose), view)
            assert (image[..., 0] > image[..., 2].astype(int) + 30).sum() < 20, name


def test_brows_lie_on_the_skin_at_every_expression(flame: FlameModel, dressed: Dressed) -> None:
    model, own = dressed.model, dressed.num_own
    brow = own + np.flatnonzero(np.linalg.norm(model.exprdirs[own:], axis=(1, 2)) > 0)
    brow = brow[model.v_template[brow, 1] > 0]
    assert len(brow) > 500
    for shapes in ({}, {"browInnerUp": 1.0, "browOuterUp": 1.0}, {"browDown": 1.0}, {"eyeSquint": 1.0}):
        expression, pose = _posed(flame, np.zeros((5, 3)), **shapes)
        v = model.prepare()(expression, pose)
        skin = v[:own][flame.faces].mean(1)
        near = np.concatenate([v[:own], skin])
        away = [np.linalg.norm(near - p, axis=1).min() for p in v[brow[::23]]]
        assert max(away) < 0.004, "within a triangle's size"
        length = np.linalg.norm(np.diff(v[brow], axis=0), axis=1)
        assert np.median(length) < 0.002 and np.sort(length)[-20] < 0.06, "no spikes"


@pytest.mark.parametrize("head", ["flame", "builtin"])
def test_irises_cover_the_eyeballs_and_turn_with_them(head: str, flame: FlameModel) -> None:
    """Pupil, iris and white are seen in rings about the axis of the gaze, and no vertex of the ball shows through."""
    model = flame if head == "flame" else builtin_head()
    whole = dress(model)
    for joint in (3, 4):
        pose = np.zeros((5, 3))
        pose[joint] = (0.15, 0.4, 0.0)
        v = whole.model.prepare()(np.zeros(model.num_expression), pose)
        mine = whole.model.lbs_weights[:, joint] > 0.5
        ball, cap = (np.flatnonzero(mine[:n]) for n in (whole.num_own, len(mine)))
        cap = cap[cap >= whole.num_own]
        turn = axis_angle_to_matrix(pose[joint])
        centre = np.asarray(whole.model.J_regressor @ whole.model.v_template)[joint]
        in_ball, in_cap = ((v[rows] - centre) @ turn for rows in (ball, cap))
        reach = np.hypot(*in_cap[:, :2].T)
        assert 0.0065 < reach.max() < 0.008 and (in_cap[:, 2] > 0).all()
        below = (in_ball[:, 2] > 0) & (np.hypot(*in_ball[:, :2].T) < reach.max())
        assert np.linalg.norm(in_ball[below], axis=1).max() < np.linalg.norm(in_cap, axis=1).min() - 1e-5
        light = whole.colors[cap].astype(int).sum(1)
        pupil, iris, white = (
            light[(reach > a) & (reach < b)] for a, b in ((0, 0.0018), (0.003, 0.0045), (0.0066, 1))
        )
        assert pupil.max() < 60 < 150 < iris.min() and iris.max() < 560 < 600 < white.min()


def test_the_tongue_comes_out(dressed: Dressed) -> None:
    out = dressed.tongue_out
    moved = np.flatnonzero(out.any(1))
    assert (dressed.model.lbs_weights[moved, 2] == 1).all()
    lip = embedding_for(dressed.model).landmarks(dressed.model.v_template)[17, 2]
    v = dressed.model.v_template[moved]
    assert v[:, 2].max() < lip - 0.005 and (v + out[moved])[:, 2].max() > lip + 0.005


def test_what_is_added_has_no_hole_that_an_open_mouth_shows(dressed: Dressed) -> None:
    """The tongue is closed, the dark inside ends in a closed throat: a hole there is a dot in every laugh."""
    model, own = dressed.model, dressed.num_own
    faces = np.asarray(model.faces)
    faces = faces[(faces >= own).all(1)]
    place = np.round(model.v_template, 6)
    _, same = np.unique(place, axis=0, return_inverse=True)  # a seam's two rows are one
    same = same.reshape(-1)
    edges = same[faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)]
    edges = edges[edges[:, 0] != edges[:, 1]]
    size = len(place)
    alone = ~np.isin(edges[:, 0] * size + edges[:, 1], edges[:, 1] * size + edges[:, 0])
    rims = np.isin(same, edges[alone])
    assert rims.any() and not rims[dressed.tongue_out.any(1)].any()
    throat = model.v_template[own:, 2] < model.v_template[own:, 2].min() + 0.004
    assert throat.sum() > 20 and not rims[own:][throat].any()


def test_an_open_mouth_shows_teeth_and_red_but_no_skin_and_no_black(
    dressed: Dressed, flame: FlameModel
) -> None:
    """Within the ring of the inner lips, from the front and from either side."""
    for model, whole in ((flame, dressed), (builtin_head(), dress(builtin_head()))):
        expression, pose = _posed(model, np.zeros((5, 3)), jawOpen=0.9)
        v = whole.model.prepare()(expression, pose)
        ring = embedding_for(whole.model).landmarks(v)[list(INNER_LIPS)]
        with Renderer(
            whole.model.faces, (160, 160), backend="software", vertex_colors=whole.colors
        ) as renderer:
            for yaw in (0.0, 38.0, -38.0):
                view = View.framing(ring, (160, 160), margin=0.1, yaw_deg=yaw)
                mask = Image.new("1", (160, 160))
                ImageDraw.Draw(mask).polygon([tuple(p) for p in view.project(ring)[0]], fill=1)
                red, green, blue = renderer(v, view).astype(int)[np.asarray(mask)].T
                assert (red + green + blue < 45).mean() < 0.02, "no black"
                skin = (red > 190) & (green > 125) & (green < red - 35)
                assert skin.mean() < 0.01, yaw
                if not yaw:
                    assert ((red > 120) & (green > 0.85 * red)).mean() > 0.003, "the upper row's edge"


def test_the_neck_bends_and_the_shoulders_stay(flame: FlameModel) -> None:
    params = FlameParams.zeros(flame.num_expression).replace(
        global_orient=np.array([0.1, 0.5, -0.1], np.float32), neck_pose=np.array([0.0, 0.1, 0.05], np.float32)
    )
    bent = bend_neck(params)
    forward = flame.prepare()
    stiff, soft, rest = (
        forward.forward_params(p) for p in (params, bent, FlameParams.zeros(flame.num_expression))
    )
    bust = flame.lbs_weights[:, 0] > 0.75
    assert bust.sum() > 100
    moved, turned = (np.linalg.norm(v - rest, axis=1)[bust].mean() for v in (soft, stiff))
    assert moved < 0.35 * turned
    skull = flame.lbs_weights[:, 1] > 0.9999
    shift = (soft - stiff)[skull]
    assert np.ptp(shift, axis=0).max() < 2e-3, "the head turns as before"
    np.testing.assert_allclose(bend_neck(bent).neck_pose, bent.neck_pose, atol=1e-6)


def test_the_switch_and_the_tones(flame: FlameModel) -> None:
    bare = dress(flame, scenery=False)
    assert bare.model.num_vertices == flame.num_vertices and not bare.tongue_out.any()
    light, deep = (dress(flame, skin=tone).colors[: flame.num_vertices].mean() for tone in ("light", "deep"))
    assert deep < light - 40
    own, whole = builtin_head(), dress(builtin_head())
    assert whole.num_own == own.num_vertices < whole.model.num_vertices and whole.tongue_out.any()
    with pytest.raises(InputError, match="'light' or 'deep'"):
        dress(flame, skin="green")


@pytest.mark.parametrize("head", ["flame", "builtin"])
def test_a_broad_smile_bares_crowns_and_no_band_of_gum(
    head: str, flame: FlameModel, dressed: Dressed
) -> None:
    """Of what is seen between the lips; and the upper row's edge is a person's 1 to 3 mm below the lips' line."""
    model, whole = (flame, dressed) if head == "flame" else (builtin_head(), dress(builtin_head()))
    expression, pose = _posed(
        model, np.zeros((5, 3)), mouthSmile=0.86, mouthUpperUp=0.44, mouthLowerDown=0.25, mouthShrugUpper=0.3
    )
    v, size = whole.model.prepare()(expression, pose), (160, 160)
    ring = embedding_for(whole.model).landmarks(v)[list(INNER_LIPS)]
    view = View.framing(ring, size, margin=0.1)
    mask = Image.new("1", size)
    ImageDraw.Draw(mask).polygon([tuple(p) for p in view.project(ring)[0]], fill=1)
    with Renderer(whole.model.faces, size, backend="software", vertex_colors=whole.colors) as renderer:
        red, green, _ = renderer(v, view).astype(int)[np.asarray(mask)].T
    assert ((red > 110) & (green > 0.85 * red)).mean() > 0.3
    rest = whole.model.v_template
    rows = np.isclose(whole.gloss, ENAMEL_GLOSS)
    line = embedding_for(whole.model).landmarks(rest)[[13, 14], 1].mean()
    edge = rest[rows & (whole.model.lbs_weights[:, 2] == 0), 1].min()
    lower = rest[rows & (whole.model.lbs_weights[:, 2] == 1), 1].max()
    assert 0.001 < line - edge < 0.003 and 0.001 < lower - edge < 0.0035
