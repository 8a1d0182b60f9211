"""Lids and lips of driven heads, and what is safe for any weights at all."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from conftest import SHARED
from mp2flame import Driver
from mp2flame.base.channels import INDEX, MIRROR
from mp2flame.base.errors import FileFormatError, InputError, MismatchError, MissingFileError, ShapeError
from mp2flame.base.values import FlameParams, Frame
from mp2flame.drive.face_lost import blend_params
from mp2flame.flame import FlameModel, load_flame
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.eyes import eye_openings, lid_gap_mm, lid_penetration_mm
from mp2flame.flame.landmarks import embedding_for
from mp2flame.flame.lips import lip_gap_mm
from mp2flame.flame.mirror import mirror_params
from mp2flame.io.formats import read_motion, write_motion
from mp2flame.rig.eyelids import Eyelids
from mp2flame.rig.limits import Limits, limits_for
from mp2flame.rig.rig import Rig, solve_rig
from mp2flame.take.take import Take
from mp2flame.take.writer import TakeWriter

HEADS = ["builtin", "lab_head_a", "lab_head_b"]


class Head:
    """Rig, limits and mesh of one head."""

    def __init__(self, model: FlameModel, betas: np.ndarray | None = None) -> None:
        self.model, self.rig = model, solve_rig(model)
        self.limits = limits_for(model, self.rig, betas)
        self.openings = eye_openings(model)
        self.embedding = embedding_for(model)
        self._forward = model.prepare(betas=betas)
        self.driver = Driver(model, betas=betas)

    def vertices(self, weights: np.ndarray, limited: bool = True) -> np.ndarray:
        possible = self.limits(weights) if limited else weights
        expression, jaw, _ = self.rig.apply(possible)
        closing = self.rig.close_mouth(possible)
        if limited and closing is not None:
            expression = expression + closing
        eyes = weights @ self.rig.eye_pose
        zero = np.zeros((*weights.shape[:-1], 3), np.float32)
        return self._forward.forward_params(FlameParams(expression, jaw, eyes, zero, zero, zero))

    def points(self, weights: np.ndarray) -> np.ndarray:
        return self.embedding.landmarks(self.vertices(weights))


@lru_cache
def make(name: str) -> Head:
    if name == "builtin":
        return Head(builtin_head())
    path = Path(SHARED) / "models" / f"{name}.pkl"
    if not path.exists():
        pytest.skip("optional test material not found; set MP2FLAME_SHARED to its folder")
    return Head(load_flame(path))


def weights(**values: float) -> np.ndarray:
    """``sided`` names such as eyeBlink set both sides."""
    w = np.zeros(52, np.float32)
    for name, value in values.items():
        for full in (name, f"{name}Left", f"{name}Right"):
            if full in INDEX:
                w[INDEX[full]] = value
    assert w.any() or not values
    return w


def gaps(head: Head, w: np.ndarray) -> np.ndarray:
    v = head.vertices(w)
    return np.stack([lid_gap_mm(v, opening) for opening in head.openings])


@pytest.mark.parametrize("name", HEADS)
def test_a_full_blink_closes_and_half_is_half(name: str) -> None:
    head = make(name)
    rest, half, full = (gaps(head, w) for w in (weights(), weights(eyeBlink=0.5), weights(eyeBlink=1)))
    assert full.max() <= 0.3
    assert full.min() >= -1.5
    np.testing.assert_allclose(half.mean(1) - full.mean(1), 0.5 * (rest.mean(1) - full.mean(1)), rtol=0.15)


@pytest.mark.parametrize("name", HEADS)
def test_lids_stay_out_of_the_eyeball(name: str) -> None:
    head = make(name)
    for w in (
        weights(),
        weights(eyeBlink=0.5),
        weights(eyeBlink=1),
        weights(eyeWide=1),
        weights(eyeSquint=1),
    ):
        v = head.vertices(w)
        assert max(lid_penetration_mm(v, opening) for opening in head.openings) <= 0.3


@pytest.mark.parametrize("name", HEADS)
def test_one_eye_closes_without_the_other(name: str) -> None:
    head = make(name)
    w = np.zeros(52, np.float32)
    w[INDEX["eyeBlinkLeft"]] = 1
    left, right = gaps(head, w)
    assert left.max() <= 0.3
    np.testing.assert_allclose(right, gaps(head, weights())[1], atol=0.6)


@pytest.mark.parametrize("name", HEADS)
def test_squint_and_wide_differ_and_lids_follow_the_gaze(name: str) -> None:
    head = make(name)
    rest = gaps(head, weights()).mean()
    mean = {shape: gaps(head, weights(**{shape: 1.0})).mean() for shape in
            ("eyeSquint", "eyeWide", "eyeLookDown", "eyeLookUp")}  # fmt: skip
    assert mean["eyeWide"] > rest + 1
    assert 0.4 * rest < mean["eyeSquint"] < rest - 1
    assert mean["eyeLookDown"] < rest - 2
    assert mean["eyeLookUp"] > rest + 0.5
    # A squint raises the lower lid, a blink lowers the upper one.
    opening = head.openings[0]

    def height(shape: str, part: str) -> float:
        ids = np.concatenate(getattr(opening, part))
        return float((head.vertices(weights(**{shape: 1.0})) - head.vertices(weights()))[ids, 1].mean())

    assert height("eyeSquint", "lower") > 3e-4
    assert height("eyeBlink", "upper") < -2e-3
    assert abs(height("eyeSquint", "upper")) < abs(height("eyeBlink", "upper")) / 2


@pytest.mark.parametrize("name", HEADS)
def test_a_blink_while_looking_down_does_not_cross(name: str) -> None:
    head = make(name)
    both = weights(eyeBlink=1, eyeLookDown=1, eyeSquint=0.5)
    crossed = np.stack([lid_gap_mm(head.vertices(both, limited=False), o) for o in head.openings])
    assert crossed.mean() < -2  # what the plain sum does
    closed = gaps(head, both)
    assert closed.mean() > -1
    assert closed.max() < 1


@pytest.mark.parametrize("name", HEADS)
def test_lips_meet_when_the_mouth_closes_on_an_open_jaw(name: str) -> None:
    head = make(name)
    rest = lip_gap_mm(head.points(weights()))
    for share in (0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0):
        change = lip_gap_mm(head.points(weights(jawOpen=share, mouthClose=share))) - rest
        assert abs(change.mean()) < 0.5
        assert np.abs(change).max() < (0.6 if share <= 0.5 else 1.0)
        plain = lip_gap_mm(
            head.embedding.landmarks(head.vertices(weights(jawOpen=share, mouthClose=share), False))
        )
        assert share < 0.5 or (plain - rest).mean() < -1.5  # what the plain sum does
        open_gap = lip_gap_mm(head.points(weights(jawOpen=share))).mean()
        assert open_gap - rest.mean() > 20 * share
        # half closed lies between, and asking for more than the jaw has opened changes nothing that is seen
        half = lip_gap_mm(head.points(weights(jawOpen=share, mouthClose=share / 2))).mean()
        assert 0.3 * open_gap < half < 0.7 * open_gap + 1
        more = lip_gap_mm(head.points(weights(jawOpen=share, mouthClose=min(1.0, share + 0.2))))
        assert abs((more - rest).mean()) < 0.6
    assert abs((lip_gap_mm(head.points(weights(mouthClose=1))) - rest).mean()) < 0.5


@pytest.mark.parametrize("name", HEADS)
def test_closing_the_mouth_does_what_the_lips_do_on_a_closed_jaw(name: str) -> None:
    """Roll, press, pucker, funnel: with the jaw open and the mouth closed the lips are no further through each
    other than with the jaw shut, and shapes that part the lips do not stop the mouth from closing."""
    head, rng = make(name), np.random.default_rng(2)
    lips = [INDEX[n] for n in ("mouthRollLower", "mouthRollUpper", "mouthPressLeft", "mouthPressRight",
                               "mouthPucker", "mouthFunnel", "mouthSmileLeft", "mouthSmileRight")]  # fmt: skip
    asked = np.zeros((60, 52), np.float32)
    asked[:, lips] = (rng.random((60, len(lips))) < 0.3) * rng.random((60, len(lips)))
    shut = lip_gap_mm(head.points(asked)).mean(-1)
    rest = lip_gap_mm(head.points(weights())).mean()
    asked[:, [INDEX["jawOpen"], INDEX["mouthClose"]]] = rng.random((60, 1))
    closed = lip_gap_mm(head.points(asked)).mean(-1)
    assert (closed - np.minimum(shut, rest)).min() > -1.0
    # parted by a pucker or a funnel by some millimetres, as they are on a closed jaw
    assert np.abs(closed - shut).max() < 3.5


@pytest.mark.parametrize("name", HEADS)
def test_no_sum_of_shapes_presses_a_lid_into_the_eyeball(name: str) -> None:
    """Random sums, all pairs and threes of one eye's shapes, and a search for the worst."""
    head, rng = make(name), np.random.default_rng(4)
    eye = [
        i for n, i in INDEX.items() if n.endswith("Left") and n.startswith(("eye", "cheek", "brow", "nose"))
    ]
    few = [c for k in (2, 3) for c in combinations(eye, k)]
    sums = np.zeros((len(few), 52), np.float32)
    for row, chosen in zip(sums, few):
        row[list(chosen)] = rng.choice([0.5, 1.0])
    worst = np.concatenate([rng.random((60, 52)), rng.random((60, 52)) < 0.3]).astype(np.float32)

    def depth(w: np.ndarray) -> np.ndarray:
        v = head.vertices(w)
        return np.max([lid_penetration_mm(v, opening) for opening in head.openings], axis=0)

    def crossing(w: np.ndarray) -> np.ndarray:
        return -np.min([lid_gap_mm(head.vertices(w), o).mean(-1) for o in head.openings], axis=0)

    assert depth(sums).max() <= 0.5
    assert crossing(sums[::4]).max() <= 1.0
    for _ in range(6):  # climb towards what is worst
        found = depth(worst)
        assert found.max() <= 0.65
        best = worst[np.argsort(-found)[:15]]
        near = np.repeat(best, 6, axis=0)
        near = np.clip(near + (rng.random(near.shape) < 0.1) * rng.normal(0, 0.4, near.shape), 0, 1)
        worst = np.concatenate([best, near.astype(np.float32)])
    assert crossing(worst[:40]).max() <= 1.5


@pytest.mark.parametrize("name", HEADS)
def test_lids_give_way_where_it_is_seen_least(name: str) -> None:
    """Where skin would enter the eyeball the opening of the eye stays nearly the same."""
    head, rng = make(name), np.random.default_rng(8)
    asked = np.zeros((80, 52), np.float32)
    for shape, most in (("eyeBlink", 0.7), ("eyeLookUp", 0.8), ("cheekSquint", 0.6), ("eyeSquint", 0.6)):
        asked[:, [INDEX[f"{shape}Left"], INDEX[f"{shape}Right"]]] = most * rng.random((80, 1))
    plain, held = head.vertices(asked, limited=False), head.vertices(asked)
    for opening in head.openings:
        was, now = lid_gap_mm(plain, opening).mean(-1), lid_gap_mm(held, opening).mean(-1)
        apart = was > 0.3  # lids that passed each other are held apart for another reason
        assert np.abs(now - was)[apart].max() < 0.8
        assert np.abs(now - was)[apart].mean() < 0.25
    assert lid_penetration_mm(held, head.openings[0]).max() <= 0.5


def any_weights() -> st.SearchStrategy[np.ndarray]:
    values = st.one_of(st.floats(0, 1, width=32), st.sampled_from([0.0, 1.0]))
    return hnp.arrays(np.float32, (52,), elements=values)


@pytest.mark.parametrize("name", HEADS)
@settings(max_examples=60, deadline=None)
@given(w=any_weights())
def test_any_weights_leave_a_face(name: str, w: np.ndarray) -> None:
    """Documented in docs/measures.md: bounds of coefficients, displacement, crossing."""
    head = make(name)
    possible = head.limits(w)
    assert possible.min() >= 0 and possible.max() <= 1.4 + 1e-6
    params = head.driver.params_from_weights(w)
    expression, jaw, eyes = params.expression, params.jaw_pose, params.eye_pose
    assert np.abs(expression).max() < 25
    assert np.degrees(np.linalg.norm(jaw)) < 30
    assert np.degrees(np.abs(eyes)).max() < 60
    v = head.vertices(w)
    assert np.isfinite(v).all()
    assert np.linalg.norm(v - head.model.v_template, axis=1).max() < 0.075
    assert min(lid_gap_mm(v, o).mean() for o in head.openings) > -1.3
    assert min(lid_gap_mm(v, o).min() for o in head.openings) > -3.5
    assert max(lid_penetration_mm(v, o) for o in head.openings) < 0.65
    assert lip_gap_mm(head.embedding.landmarks(v)).mean() > -3.5
    np.testing.assert_allclose(eyes, w @ head.rig.eye_pose, atol=1e-6)  # limits do not turn the eyes


@pytest.mark.parametrize("name", HEADS)
@settings(max_examples=25, deadline=None)
@given(w=any_weights())
def test_mirrored_weights_stay_mirrored(name: str, w: np.ndarray) -> None:
    limits = make(name).limits
    np.testing.assert_allclose(limits(w[MIRROR]), limits(w)[MIRROR], atol=2e-3)


def test_mirrored_weights_give_the_mirrored_mesh() -> None:
    """Up to the asymmetry of the template itself."""
    from mp2flame.observe.head_frame import mirror_landmarks

    head, rng = make("builtin"), np.random.default_rng(0)
    w = (rng.random((20, 52)) ** 3).astype(np.float32)
    a, b = head.points(w).astype(float), head.points(w[:, MIRROR]).astype(float)
    rest = head.points(weights()).astype(float)
    moved = (a - rest)[:, mirror_landmarks()] * [-1, 1, 1]
    difference = np.linalg.norm(moved - (b - rest), axis=-1)[:, :468]
    assert 1e3 * difference.mean() < 0.5


@pytest.mark.parametrize("name", HEADS)
def test_an_ordinary_face_passes_unchanged(name: str) -> None:
    head = make(name)
    for w in (weights(), weights(mouthSmile=0.8, cheekSquint=0.4), weights(jawOpen=0.7, mouthFunnel=0.3),
              weights(eyeBlink=0.6, eyeLookDown=0.2), weights(browInnerUp=0.8, eyeWide=0.7),
              weights(jawOpen=0.5, mouthClose=0.5), weights(eyeBlink=1), weights(mouthPucker=1)):  # fmt: skip
        np.testing.assert_allclose(head.limits(w), w, atol=0.02)


def test_batches_and_single_frames_agree() -> None:
    limits = make("builtin").limits
    rows = (np.random.default_rng(3).random((12, 52)) ** 0.5).astype(np.float32)
    np.testing.assert_allclose(limits(rows), np.stack([limits(r) for r in rows]), atol=1e-4)
    assert limits(rows.reshape(3, 4, 52)).shape == (3, 4, 52)
    assert limits(np.zeros((0, 52))).shape == (0, 52)
    before = rows.copy()
    limits(rows)
    np.testing.assert_array_equal(rows, before)
    with pytest.raises(ShapeError, match="52"):
        limits(np.zeros(51))


def test_another_identity_closes_too(lab_head_a: Path) -> None:
    """A wider opened eye needs more than the mean head's blink."""
    model = load_flame(lab_head_a)
    rng = np.random.default_rng(5)
    mean = make("lab_head_a")
    plain, fitted = [], []
    for _ in range(4):
        betas = np.zeros(model.num_betas, np.float32)
        betas[:10] = rng.normal(0, 1.2, 10)
        head = Head(model, betas)
        assert isinstance(head.limits, Limits) and isinstance(head.rig, Rig)
        blink = weights(eyeBlink=1)
        fitted.append(np.abs(gaps(head, blink).mean(1)).max())
        head.limits = mean.limits
        plain.append(np.abs(gaps(head, blink).mean(1)).max())
    assert np.mean(fitted) < 0.5
    assert np.mean(fitted) < 0.7 * np.mean(plain)


def test_a_basis_without_a_blink_is_closed_as_far_as_it_can() -> None:
    """Half of the directions gone: the lids still meet better than the landmarks alone would have it."""
    from dataclasses import replace

    from mp2flame.rig.eyelids import close_lids

    model = builtin_head()
    poor = replace(model, exprdirs=model.exprdirs[:, :, ::2], sha256="")
    plain = solve_rig(poor).expression[INDEX["eyeBlinkLeft"]]
    again = close_lids(poor, plain, "left", ridge=3e-7, bound=4.0)
    assert np.abs(again).max() <= 4.0
    opening = eye_openings(poor)[0]

    def gap(expression: np.ndarray) -> float:
        v = poor.v_template + poor.exprdirs @ expression.astype(np.float32)
        return float(lid_gap_mm(v, opening).max())

    assert gap(again) <= gap(plain) + 0.05
    assert gap(again) < gap(0 * plain) / 2


class TestEyelids:
    """Offsets that some trackers add, for a head that cannot blink by itself."""

    @staticmethod
    def make() -> tuple[FlameModel, Eyelids, np.ndarray]:
        head = make("builtin")
        rest = head.vertices(weights())
        offsets = []
        for side in ("Left", "Right"):
            w = np.zeros(52, np.float32)
            w[INDEX[f"eyeBlink{side}"]] = 1
            offsets.append(head.vertices(w) - rest)
        return head.model, Eyelids(head.model, *offsets), rest

    def test_they_close_what_the_expression_left_open(self) -> None:
        model, eyelids, rest = self.make()
        w = np.stack([weights(), weights(eyeBlink=0.5), weights(eyeBlink=1)])
        still = np.repeat(rest[None], 3, 0)  # this head does nothing at a blink
        values = eyelids.values(still, w)
        np.testing.assert_allclose(values, [[0, 0], [0.5, 0.5], [1, 1]], atol=0.1)
        closed = eyelids.apply(still, values)
        for opening in eye_openings(model):
            gap = lid_gap_mm(closed, opening).mean(-1)
            assert gap[0] > 5 and gap[1] == pytest.approx(gap[0] / 2, rel=0.15) and abs(gap[2]) < 0.8

    def test_a_head_that_blinks_needs_none(self) -> None:
        _, eyelids, _ = self.make()
        head, w = make("builtin"), weights(eyeBlink=1)
        assert eyelids.values(head.vertices(w), w).max() < 0.1

    def test_files_that_are_no_eyelids(self) -> None:
        head = make("builtin")
        good = np.zeros_like(head.model.v_template)
        with pytest.raises(ShapeError, match="left eyelid"):
            Eyelids(head.model, good[:-1], good)
        with pytest.raises(InputError, match=r"closes that eye by 0\.0 mm"):
            Eyelids(head.model, good, good)
        with pytest.raises(InputError, match="not finite"):
            Eyelids(head.model, good * np.nan, good)


def poor_blink(name: str) -> tuple[FlameModel, np.ndarray]:
    """A head whose expressions have lost what a blink does, and two offsets that do it: ``(2, V, 3)``."""
    from dataclasses import replace

    head = make(name)
    rest = head.vertices(weights())
    offsets = []
    for side in ("Left", "Right"):
        w = np.zeros(52, np.float32)
        w[INDEX[f"eyeBlink{side}"]] = 1
        offsets.append(head.vertices(w) - rest)
    basis = head.model.exprdirs.reshape(rest.size, -1).astype(np.float64)
    blink, _ = np.linalg.qr(np.stack([o.reshape(-1) for o in offsets], 1).astype(np.float64))
    basis = (basis - blink @ (blink.T @ basis)).reshape(head.model.exprdirs.shape)
    return replace(head.model, exprdirs=basis.astype(np.float32), sha256=""), np.stack(offsets)


class TestDriverWithEyelids:
    """``Driver(eyelids=)``: on lab head A without its blink where it is at hand, else on the built-in head."""

    @staticmethod
    @lru_cache
    def drivers() -> tuple[Driver, Driver]:
        name = "lab_head_a" if (Path(SHARED) / "models" / "lab_head_a.pkl").exists() else "builtin"
        model, offsets = poor_blink(name)
        return Driver(model), Driver(model, eyelids=offsets)

    def test_what_the_basis_cannot_do_the_offsets_close(self) -> None:
        plain, driver = self.drivers()
        asked = np.stack([weights(), weights(eyeBlink=0.5), weights(eyeBlink=1)])
        params = driver.params_from_weights(asked)
        assert params.eyelids is not None and params.eyelids.min() >= 0 and params.eyelids.max() <= 1
        assert plain.params_from_weights(asked).eyelids is None
        left_open, closed = plain.vertices(plain.params_from_weights(asked)), driver.vertices(params)
        for opening in eye_openings(driver.model):
            assert lid_gap_mm(left_open[2], opening).max() > 1.0
            gap = lid_gap_mm(closed, opening)
            assert gap[2].max() <= 0.3
            assert gap[1].mean() == pytest.approx((gap[0] + gap[2]).mean() / 2, rel=0.15)
            assert lid_penetration_mm(closed, opening).max() <= 0.3

    def test_left_is_the_subjects_left(self) -> None:
        _, driver = self.drivers()
        w = np.zeros(52, np.float32)
        w[INDEX["eyeBlinkLeft"]] = 1
        params = driver.params_from_weights(w)
        assert params.eyelids is not None and params.eyelids[0] > 0.8 and params.eyelids[1] < 0.1
        moved = np.linalg.norm(driver.vertices(params) - driver.model.v_template, axis=1)
        assert driver.model.v_template[moved > 2e-3, 0].min() > 0  # FLAME's x points to the subject's left

    def test_they_turn_with_the_head_and_are_like_two_more_expressions(self) -> None:
        _, driver = self.drivers()
        params = driver.params_from_weights(weights(eyeBlink=1, jawOpen=0.5)).replace(
            global_orient=np.array([0.2, 0.9, -0.1], np.float32), transl=np.array([0.1, 0, -0.5], np.float32)
        )
        merged = driver.mesh_params(params)
        assert merged.num_expression == driver.num_expression + 2 and merged.eyelids is None
        again = driver.mesh_model.prepare().forward_params(merged)
        np.testing.assert_allclose(driver.vertices(params), again, atol=1e-7)
        nose = int(driver.model.v_template[:, 2].argmax())  # a point that a blink hardly moves
        still = driver.vertices(params.replace(eyelids=None))
        np.testing.assert_allclose(driver.vertices(params)[nose], still[nose], atol=1e-4)
        assert np.linalg.norm(driver.vertices(params) - still, axis=1).max() > 3e-3

    def test_round_trip_through_a_take(self, tmp_path: Path) -> None:
        _, driver = self.drivers()
        asked = np.stack([weights(), weights(eyeBlink=1), weights(eyeBlink=0.3, jawOpen=1)])
        params = driver.params_from_weights(asked)
        take = Take.from_params(params, np.arange(3) * 40.0, arkit_weights=asked)
        take.save(tmp_path / "take.npz")
        again = Take.load(tmp_path / "take.npz")
        np.testing.assert_array_equal(again.params.eyelids, params.eyelids)
        np.testing.assert_array_equal(driver.vertices(again.params), driver.vertices(params))
        with TakeWriter(tmp_path / "live.npz") as writer:
            for k in range(3):  # the first frames may come from before any face was seen
                one = params[k].replace(eyelids=None) if k == 0 else params[k]
                writer.append(Frame(k, 40.0 * k, True, one, asked[k], asked[k]))
        live = Take.load(tmp_path / "live.npz")
        np.testing.assert_array_equal(live.eyelids, params.eyelids)
        # edits and the other formats that know eyelids keep them
        assert take.resample(50).eyelids.shape == (take.resample(50).num_frames, 2)
        assert take.smooth().eyelids.max() <= 1 and take.trim(0.0, 0.05).eyelids.shape == (2, 2)
        without = Take.from_params(params.replace(eyelids=None), np.arange(3) * 40.0)
        np.testing.assert_array_equal(take.concat(without).eyelids[3:], 0)
        write_motion(take, tmp_path / "smirk.npz", "smirk")
        np.testing.assert_allclose(read_motion(tmp_path / "smirk.npz").eyelids, params.eyelids, atol=1e-6)

    def test_parameters_that_a_head_cannot_show_are_refused(self) -> None:
        plain, driver = self.drivers()
        params = driver.params_from_weights(weights(eyeBlink=1))
        with pytest.raises(MismatchError, match="--eyelids"):
            plain.vertices(params)
        plain.vertices(driver.params_from_weights(weights()))  # zeros mean nothing
        with pytest.raises(ShapeError, match="eyelids must be"):
            params.replace(eyelids=np.zeros(3))

    def test_batches_stacks_and_blends(self) -> None:
        _, driver = self.drivers()
        closed = driver.params_from_weights(weights(eyeBlink=1))
        rest = FlameParams.zeros(driver.num_expression)
        both = FlameParams.stack([rest, closed])
        np.testing.assert_array_equal(both.eyelids, [[0, 0], closed.eyelids])
        np.testing.assert_array_equal(both[1].eyelids, closed.eyelids)
        half = blend_params(rest, closed, 0.5)
        np.testing.assert_allclose(half.eyelids, closed.eyelids / 2)
        mirrored = mirror_params(closed.replace(eyelids=np.array([1.0, 0.25])), np.eye(driver.num_expression))
        np.testing.assert_array_equal(mirrored.eyelids, [0.25, 1.0])

    def test_files(self, tmp_path: Path) -> None:
        _, driver = self.drivers()
        model, given = driver.model, driver.eyelids
        assert given is not None
        left, right = np.moveaxis(given.model.exprdirs[:, :, -2:], -1, 0)
        np.save(tmp_path / "l_eyelid.npy", left)
        np.save(tmp_path / "r_eyelid.npy", right)
        np.savez(tmp_path / "both.npz", l_eyelid=left, r_eyelid=right)
        np.save(tmp_path / "pair.npy", np.stack([left, right]))
        for path in (tmp_path, tmp_path / "l_eyelid.npy", tmp_path / "both.npz", tmp_path / "pair.npy"):
            assert Eyelids.load(path, model).key == given.key
        with pytest.raises(MissingFileError, match=r"r_eyelid\.npy|no eyelid"):
            Eyelids.load(tmp_path / "none.npz", model)
        np.savez(tmp_path / "other.npz", a=left)
        with pytest.raises(FileFormatError, match="not l_eyelid"):
            Eyelids.load(tmp_path / "other.npz", model)
        (tmp_path / "text.npy").write_text("hello")
        with pytest.raises(FileFormatError, match="array header"):
            Eyelids.load(tmp_path / "text.npy", model)
        with pytest.raises(InputError, match="exchanged"):
            Eyelids(model, right, left)

    def test_export_and_render_take_them(self, tmp_path: Path) -> None:
        from click.testing import CliRunner

        from mp2flame.cli.export import export

        head = make("builtin")
        model, offsets = poor_blink("builtin")
        del model  # offsets on top of a blink that works: enough to see that the file is used
        np.save(tmp_path / "pair.npy", offsets)
        driver = Driver(head.model, eyelids=offsets)
        params = FlameParams.zeros(driver.num_expression, (2,)).replace(
            eyelids=np.array([[0, 0], [1, 1]], np.float32)
        )
        take = Take.from_params(params, np.arange(2) * 40.0, meta={"flame": driver.describe()})
        take.save(tmp_path / "take.npz")
        for option, closed in ((["--eyelids", str(tmp_path / "pair.npy")], True), ([], False)):
            folder = tmp_path / f"frames{closed}"
            done = CliRunner().invoke(
                export, [str(tmp_path / "take.npz"), "-o", str(folder), "--as", "obj", *option]
            )
            assert done.exit_code == 0, done.output
            assert ("stay open" in done.output) != closed
            lines = (folder / "frame_000001.obj").read_text().splitlines()
            v = np.array([line.split()[1:4] for line in lines if line.startswith("v ")], float)
            shut = [lid_gap_mm(v, opening).mean() for opening in head.openings]
            assert max(shut) < 0.5 if closed else min(shut) > 4
