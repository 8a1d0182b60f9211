"""Renderers: coverage against a slow twin, projection against known points, GL against software."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from meshes import sphere, two_balls
from mp2flame.base.errors import InputError, MissingDependencyError, ShapeError
from mp2flame.show.pictures import Renderer, View
from mp2flame.show.pictures import gl as gl_module
from mp2flame.show.pictures.mesh import Topology
from mp2flame.show.pictures.shading import linear_to_srgb8, shade, srgb_to_linear
from mp2flame.show.pictures.software import rasterise


def cross(a, b):
    return a[0] * b[1] - a[1] * b[0]


def slow_rasterise(xy, depth, faces, size):
    """Pixel by pixel, triangle by triangle, float64."""
    best = np.zeros(size)
    owner = np.full(size, -1)
    for k, face in enumerate(faces):
        p, w = xy[face], 1 / depth[face]
        area = cross(p[1] - p[0], p[2] - p[0])
        if area == 0:
            continue
        for y in range(max(0, int(p[:, 1].min()) - 1), min(size[0], int(p[:, 1].max()) + 2)):
            for x in range(max(0, int(p[:, 0].min()) - 1), min(size[1], int(p[:, 0].max()) + 2)):
                q = np.array([x + 0.5, y + 0.5])
                b = np.array([cross(p[(i + 1) % 3] - q, p[(i + 2) % 3] - q) for i in range(3)]) / area
                if (b >= 0).all() and b @ w > best[y, x]:
                    best[y, x], owner[y, x] = b @ w, k
    return owner, best


def test_rasteriser_agrees_with_a_slow_twin():
    rng = np.random.default_rng(3)
    xy = rng.uniform(-8, 40, (60, 2))
    depth = rng.uniform(0.5, 2.0, 60)
    faces = rng.integers(0, 60, (40, 3))
    size = (30, 34)
    owner, best = slow_rasterise(xy, depth, faces, size)
    got = rasterise(xy, depth, faces, size)
    mine = np.full(size, -1)
    mine.reshape(-1)[got.pixel] = got.triangle
    assert (mine == owner).mean() > 0.998  # a centre on an edge to the last bit may go either way
    same = mine == owner
    inverse = np.zeros(size)
    inverse.reshape(-1)[got.pixel] = 1 / got.depth
    assert np.abs(inverse - best)[same].max() < 1e-4
    assert np.allclose(got.weights.sum(0), 1, atol=1e-6)


def test_no_pixel_is_missed_or_hit_twice_between_neighbours():
    """A jittered sheet of triangles covers its square exactly once."""
    rng = np.random.default_rng(0)
    n = 12
    y, x = np.mgrid[0 : n + 1, 0 : n + 1].astype(float)
    inner = (x > 0) & (x < n) & (y > 0) & (y < n)
    xy = np.stack([x, y], -1) * 4.0
    xy[inner] += rng.uniform(-1.2, 1.2, (inner.sum(), 2))
    a = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).ravel()
    faces = np.concatenate([np.stack([a, a + n + 1, a + 1], 1), np.stack([a + 1, a + n + 1, a + n + 2], 1)])
    flat = xy.reshape(-1, 2)
    depth = np.ones(len(flat))
    together = rasterise(flat, depth, faces, (48, 48))
    assert len(together.pixel) == 48 * 48
    hits = np.zeros(48 * 48, int)
    for k in range(len(faces)):
        hits[rasterise(flat, depth, faces[k : k + 1], (48, 48)).pixel] += 1
    assert (hits == 1).all()


def test_weights_are_perspective_correct():
    """On a plane that recedes steeply, interpolated positions lie where the camera rays hit it."""
    corners = np.array([[-1, -0.3, 1.0], [1, -0.3, 1.0], [1, 0.3, 6.0], [-1, 0.3, 6.0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    camera = View.of(np.array([[80, 0, 50], [0, 80, 40], [0, 0, 1.0]]), np.eye(3), np.zeros(3))
    xy, depth = camera.project(corners)
    got = rasterise(xy, depth, faces, (80, 100))
    point = np.einsum("kn,nkc->nc", got.weights, corners[faces[got.triangle]])
    back, z = camera.project(point)
    centre = np.stack([got.pixel % 100 + 0.5, got.pixel // 100 + 0.5], 1)
    assert len(centre) > 1000
    assert np.abs(back - centre).max() < 2e-3
    assert np.abs(z - got.depth).max() < 1e-3


def test_subjects_left_is_on_the_right_and_up_is_up():
    v, _ = sphere()
    head = View.framing(v, (100, 120))
    (x0, y0), z0 = (a[0] for a in head.project(np.zeros((1, 3))))
    assert np.allclose([x0, y0], [60, 50], atol=1e-6)
    (left, up, _), _ = head.project(0.05 * np.eye(3))
    assert left[0] > x0 + 5 and abs(left[1] - y0) < 1e-6
    assert up[1] < y0 - 5
    assert head.project(np.array([[0, 0, 0.05]]))[1][0] < z0


def test_framing_fits_every_point_and_touches_the_border():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(4, 50, 3)) * [0.1, 0.2, 0.15]
    for size in ((200, 200), (120, 300), (300, 120)):
        for yaw in (0, 50, -120):
            xy, depth = View.framing(points, size, margin=0.0, yaw_deg=yaw, pitch_deg=10).project(points)
            share = np.abs(xy / [size[1] / 2, size[0] / 2] - 1)
            assert (depth > 0).all()
            assert share.max() == pytest.approx(1.0, abs=1e-6)


def test_camera_yaw_goes_to_the_subjects_left():
    """From the subject's left, the left ear is nearest."""
    points = np.array([[0.1, 0, 0], [-0.1, 0, 0]])
    depth = View.framing(points, (64, 64), yaw_deg=60).project(points)[1]
    assert depth[0] < depth[1]
    up = View.framing(np.array([[0, 0.1, 0], [0, -0.1, 0.0]]), (64, 64), pitch_deg=30)
    assert up.project(np.array([[0, 0.1, 0]]))[1] < up.project(np.array([[0, -0.1, 0.0]]))[1]


def test_depth_and_mask_of_a_ball():
    v, f = sphere(48, 64)
    with Renderer(f, (160, 160), backend="software", samples=1) as renderer:
        got = renderer.render(v)
        camera = renderer.camera
    distance = float(camera.t[2])
    assert got.depth.min() == pytest.approx(distance - 0.1, abs=3e-4)
    assert np.array_equal(got.mask, np.isfinite(got.depth))
    # silhouette of a ball of radius r at distance d: a circle of f * r / sqrt(d^2 - r^2)
    radius = camera.K[0, 0] * 0.1 / np.sqrt(distance**2 - 0.01)
    assert got.mask.sum() == pytest.approx(np.pi * radius**2, rel=0.01)
    assert got.image.dtype == np.uint8 and got.image.shape == (160, 160, 3)


def test_nearer_surface_wins_whatever_the_order():
    v, f, colors = two_balls()
    front = View.framing(v, (96, 96))
    back = View.framing(v, (96, 96), yaw_deg=180)
    for faces in (f, f[::-1]):
        renderer = Renderer(faces, (96, 96), backend="software", vertex_colors=colors, samples=1)
        seen = renderer(v, front)
        (x, y), _ = (a[0] for a in front.project(np.array([[0.05, 0.0, 0.13]])))
        r, _, b = seen[int(y), int(x)].astype(int)
        assert b > r + 40
        away = renderer(v, back).astype(int)
        assert not (away[..., 2] > away[..., 0] + 60).any()


def test_software_is_deterministic_and_leaves_its_input_alone():
    v, f, colors = two_balls()
    before = v.copy(), colors.copy()
    one = Renderer(f, (80, 80), backend="software", vertex_colors=colors)(v)
    two = Renderer(f, (80, 80), backend="software", vertex_colors=colors)(v)
    assert np.array_equal(one, two)
    assert np.array_equal(before[0], v) and np.array_equal(before[1], colors)


def test_supersampling_averages_in_linear_light():
    """Four samples a pixel are the linear mean of a picture of twice the size."""
    v, f, colors = two_balls()
    black = np.zeros(3, np.uint8)
    small = Renderer(f, (64, 64), backend="software", vertex_colors=colors, background=black, samples=4)
    large = Renderer(f, (128, 128), backend="software", vertex_colors=colors, background=black, samples=1)
    camera = View.framing(v, (64, 64))
    fine = srgb_to_linear(large(v, camera.scaled(2)))
    expected = linear_to_srgb8(fine.reshape(64, 2, 64, 2, 3).mean((1, 3)))
    assert np.abs(small(v, camera).astype(int) - expected).max() <= 2


def test_light_follows_the_key_and_skin_is_warm_at_the_terminator():
    v, f = sphere(40, 60)
    grey = np.full((len(v), 3), 180, np.uint8)
    image = Renderer(f, (128, 128), backend="software", vertex_colors=grey, gloss=np.zeros(len(v)))(v).astype(
        int
    )
    assert image[40, 40].sum() > image[88, 88].sum() + 100  # key from the upper left
    redness = (image[..., 0] - image[..., 2])[image.sum(-1) > 100]
    assert redness.max() > 20


def test_gloss_gives_the_eye_a_highlight():
    v, f = sphere(40, 60)
    iris, pupil = np.full((len(v), 3), 70, np.uint8), np.full((len(v), 3), 10, np.uint8)
    skin = Renderer(f, (128, 128), backend="software", vertex_colors=iris, gloss=np.zeros(len(v)))(v)
    eye = Renderer(f, (128, 128), backend="software", vertex_colors=iris, gloss=np.ones(len(v)))(v)
    assert eye.max() > 200 > 120 > skin[40:60, 40:60].max()
    dark = Renderer(f, (128, 128), backend="software", vertex_colors=pupil, gloss=np.ones(len(v)))(v)
    assert dark[40:60, 40:60].max() < 90, "no highlight over a pupil"


def test_shade_of_a_surface_facing_away_is_dark_but_not_black():
    away = np.array([[0.6], [-0.6], [0.53]], np.float32)
    eye = np.array([[0.0], [0.0], [1.0]], np.float32)
    white = np.ones((3, 1), np.float32)
    out = shade(away, eye, white, np.zeros(1, np.float32), np.array([False]))
    assert (out > 0.05).all() and (out < 0.55).all()
    inner = shade(away, eye, white, np.zeros(1, np.float32), np.array([True]))
    assert (inner < out).all()


def test_srgb_round_trip():
    values = np.arange(256, dtype=np.uint8)
    back = linear_to_srgb8(srgb_to_linear(values))
    assert np.abs(back.astype(int) - values).max() <= 1


def test_normals_of_a_ball_point_outwards():
    v, f = sphere()
    normals = Topology(f).normals(v)
    assert ((normals * v).sum(1) / 0.1 > 0.99).all()


def test_parts_and_gloss():
    v, f = sphere(8, 10)
    small, g = sphere(4, 5)
    patch = np.array([[0, 1, 2], [0, 2, 3]]) + len(v) + 2 * len(small)
    faces = np.concatenate([f, g + len(v), g + len(v) + len(small), patch])
    topology = Topology(faces)
    parts = topology.parts()
    assert sorted(np.bincount(parts).tolist()) == sorted([len(v), len(small), len(small), 4])
    assert (parts[: len(v)] == 0).all()
    gloss = topology.gloss()
    assert gloss[: len(v)].sum() == 0 and (gloss[len(v) : -4] == 1).all()
    assert (gloss[-4:] == 0).all()  # an open patch (brow, tooth) is no eyeball


def test_background_picture_shows_where_no_mesh_is():
    v, f = sphere()
    picture = np.random.default_rng(0).integers(0, 255, (64, 80, 3), dtype=np.uint8)
    got = Renderer(f, (64, 80), backend="software").render(v, background=picture)
    assert np.array_equal(got.image[~got.mask], picture[~got.mask])
    assert (got.image[got.mask] != picture[got.mask]).any()


def test_camera_over_a_source_picture():
    """An OpenCV camera of a file puts a vertex where its own projection says."""
    v, f = sphere(40, 60, radius=0.02)
    K = np.array([[600, 0, 150], [0, 620, 110], [0, 0, 1.0]])
    angle = 0.4
    R = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    ) @ np.diag([1.0, -1, -1])
    camera = View.of(K, R, np.array([0.05, -0.03, 0.8]))
    mask = Renderer(f, (240, 320), backend="software", samples=1).render(v, camera).mask
    y, x = np.nonzero(mask)
    assert x.mean() + 0.5 == pytest.approx(600 * 0.05 / 0.8 + 150, abs=0.3)
    assert y.mean() + 0.5 == pytest.approx(620 * -0.03 / 0.8 + 110, abs=0.3)


def test_mesh_behind_or_beside_the_camera_draws_nothing():
    v, f = sphere()
    renderer = Renderer(f, (32, 32), backend="software", samples=1)
    behind = View.of(np.array([[50, 0, 16], [0, 50, 16], [0, 0, 1.0]]), np.eye(3), np.array([0, 0, -1.0]))
    beside = View.of(behind.K, np.eye(3), np.array([5.0, 0, 1.0]))
    assert not renderer.render(v, behind).mask.any()
    assert not renderer.render(v, beside).mask.any()


def test_first_frame_sets_the_camera_and_it_stays():
    v, f = sphere()
    renderer = Renderer(f, (64, 64), backend="software", samples=1)
    first = renderer.render(v).mask
    camera = renderer.camera
    second = renderer.render(v * 0.5).mask
    assert renderer.camera is camera
    assert second.sum() < 0.35 * first.sum()


@pytest.mark.parametrize(
    ("vertices", "error"),
    [
        (np.zeros((3, 3)), ShapeError),
        (np.zeros((2, 738, 3)), ShapeError),
        (np.full((738, 3), np.nan), InputError),
        ([["a"] * 3] * 738, ShapeError),
    ],
)
def test_bad_vertices(vertices, error):
    _, f = sphere()
    assert f.max() == 737
    with pytest.raises(error):
        Renderer(f, (32, 32), backend="software")(vertices)


@pytest.mark.parametrize(
    "options",
    [
        {"size": (0, 10)},
        {"size": 512},
        {"samples": 3},
        {"backend": "vulkan"},
        {"vertex_colors": np.full((738, 3), 1.7)},
        {"vertex_colors": np.zeros((5, 3))},
        {"vertex_colors": np.full((738, 3), 300)},
        {"background": np.zeros((3, 3), np.uint8)},
        {"background": np.zeros(3)},
        {"gloss": np.zeros(4)},
    ],
)
def test_bad_options(options):
    _, f = sphere()
    with pytest.raises(InputError):
        Renderer(f, **{"backend": "software", **options})


def test_bad_faces_and_cameras():
    for faces in (np.zeros((4, 4), int), np.zeros((0, 3), int), np.zeros((2, 3)), np.array([[0, 1, -1]])):
        with pytest.raises(InputError):
            Renderer(faces, backend="software")
    good = np.array([[50, 0, 16], [0, 50, 16], [0, 0, 1.0]])
    for K, R, t in (
        (good, np.diag([1.0, 1, -1]), np.zeros(3)),
        (good * -1, np.eye(3), np.zeros(3)),
        (good, np.eye(3), np.array([0, np.nan, 0])),
        (np.eye(4), np.eye(3), np.zeros(3)),
    ):
        with pytest.raises(InputError):
            View.of(K, R, t)
    with pytest.raises(InputError):
        View.framing(np.full((2, 3), np.nan), (10, 10))
    closed = Renderer(sphere()[1], (16, 16), backend="software")
    closed.close()
    with pytest.raises(InputError, match="closed"):
        closed(sphere()[0])


def test_auto_falls_back_to_software_without_opengl(monkeypatch):
    def nothing():
        raise MissingDependencyError("no driver")

    monkeypatch.setattr(gl_module, "create_context", nothing)
    v, f = sphere()
    renderer = Renderer(f, (32, 32), backend="auto")
    assert renderer.backend == "software"
    assert renderer(v).shape == (32, 32, 3)
    with pytest.raises(MissingDependencyError):
        Renderer(f, (32, 32), backend="gl")


def test_missing_moderngl_names_the_extra(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "moderngl", None)
    with pytest.raises(MissingDependencyError, match=r"mp2flame\[render\]"):
        gl_module.create_context()


# OpenGL -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gl_works():
    try:
        gl_module.create_context().release()
    except MissingDependencyError as error:
        pytest.skip(f"no OpenGL here: {error}")


@pytest.mark.parametrize("samples", [1, 4])
def test_gl_agrees_with_software(gl_works, samples):
    v, f, colors = two_balls()
    pictures = []
    for backend in ("software", "gl"):
        with Renderer(f, (160, 192), backend=backend, vertex_colors=colors, samples=samples) as renderer:
            assert renderer.backend == backend
            pictures.append(renderer.render(v))
    soft, hard = pictures
    difference = np.abs(soft.image.astype(int) - hard.image).max(-1)
    edges = 0.01 if samples == 1 else 0.025  # there the driver averages encoded values, software linear ones
    assert (difference > 6).mean() < edges
    assert np.median(difference) <= 1
    tolerance_m = 1e-4 if samples == 1 else 1e-3  # software keeps the nearest of the four samples
    both = soft.mask & hard.mask
    assert (soft.mask != hard.mask).mean() < 0.01
    assert np.median(np.abs(soft.depth[both] - hard.depth[both])) < tolerance_m


def test_gl_draws_the_pinhole_and_the_background_like_software(gl_works):
    v, f, colors = two_balls()
    K = np.array([[300, 0, 100], [0, 330, 40], [0, 0, 1.0]])
    camera = View.of(K, np.diag([1.0, -1, -1]), np.array([-0.1, 0.02, 0.9]))
    picture = np.random.default_rng(0).integers(0, 255, (90, 150, 3), dtype=np.uint8)
    masks = []
    for backend in ("software", "gl"):
        with Renderer(f, (90, 150), backend=backend, vertex_colors=colors, samples=1) as renderer:
            got = renderer.render(v, camera, background=picture)
        assert np.array_equal(got.image[~got.mask], picture[~got.mask])
        masks.append(got.mask)
    assert (masks[0] != masks[1]).mean() < 0.01


def test_gl_takes_new_vertices_and_colours_each_call(gl_works):
    v, f, colors = two_balls()
    with Renderer(f, (64, 64), backend="gl", vertex_colors=colors) as renderer:
        first = renderer(v)
        moved = renderer(v + np.array([0.03, 0, 0], np.float32))
        green = renderer(v, colors=np.tile(np.array([20, 220, 20], np.uint8), (len(v), 1)))
        again = renderer(v)
    assert (first != moved).any() and np.array_equal(first, again)
    centre = green[32, 25].astype(int)
    assert centre[1] > centre[0] + 50


def test_two_gl_renderers_do_not_disturb_each_other(gl_works):
    v, f, colors = two_balls()
    with Renderer(f, (64, 64), backend="gl", vertex_colors=colors, samples=1) as big:
        alone = big(v)
        with Renderer(f, (32, 48), backend="gl", vertex_colors=255 - colors, samples=4) as small:
            first = small(v)
            assert np.array_equal(big(v), alone)
            assert np.array_equal(small(v), first)
            assert np.isfinite(small.render(v).depth).any()
        assert np.array_equal(big(v), alone)


def test_gl_refuses_another_thread_and_closes_twice(gl_works):
    v, f = sphere()
    renderer = Renderer(f, (32, 32), backend="gl")
    caught = []

    def use():
        try:
            renderer(v)
        except InputError as error:
            caught.append(str(error))

    worker = threading.Thread(target=use)
    worker.start()
    worker.join()
    assert caught and "thread" in caught[0]
    renderer.close()
    renderer.close()
