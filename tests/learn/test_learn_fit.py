"""Sums, sketches and fits: laws and slow twins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mp2flame.base.channels import INDEX, MIRROR
from mp2flame.base.errors import InputError, ShapeError
from mp2flame.learn.fit import (
    Options,
    fit,
    frame_weights,
    kind_weights,
    mirror_matrix,
    rare_channels,
    worst_rare_weight,
)
from mp2flame.learn.moments import Moments
from mp2flame.learn.sketch import Sketch
from mp2flame.learn.solve import RidgePath, condition_number, coordinate_descent, pseudo_inverse, ridge
from mp2flame.learn.summary import KINDS, Summary, kind_of_rows, row_keys


def data(n: int = 900, d: int = 14, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    r = np.random.default_rng(seed)
    scale = r.uniform(0.05, 0.5, 52)
    scale[[7, 8, 50]] = 1e-5  # dead channels, as MediaPipe has
    x = (np.abs(r.normal(size=(n, 52))) * scale).clip(0, 1).astype(np.float32)
    y = (x @ r.normal(size=(52, d)) + 0.3 + 0.1 * r.normal(size=(n, d))).astype(np.float32)
    return x, y


def summary_of(x: np.ndarray, y: np.ndarray, groups: int = 6) -> Summary:
    result = Summary.zeros(y.shape[1], groups)
    for g in range(groups):
        rows = np.arange(g, len(x), groups)
        result.add_rows(x[rows], y[rows], g, row_keys(f"clip{g}", np.arange(len(rows))))
    return result


# --- sums ---------------------------------------------------------------------------------------------------


def test_moments_are_the_sums() -> None:
    x, y = data()
    m = Moments.of(x, y)
    xx, xy, yy = m.products(centred=False)
    a, b = x.astype(float), y.astype(float)
    np.testing.assert_allclose(xx, a.T @ a, rtol=1e-12)
    np.testing.assert_allclose(xy, a.T @ b, rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose(yy, (b**2).sum(0), rtol=1e-12)
    a, b = a - a.mean(0), b - b.mean(0)
    xx, xy, yy = m.products(centred=True)
    np.testing.assert_allclose(xx, a.T @ a, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(yy, (b**2).sum(0), rtol=1e-9)
    assert m.count == len(x)


def test_sums_add_to_the_last_bit_in_any_order_and_grouping() -> None:
    r = np.random.default_rng(3)
    parts = []
    for i in range(60):  # wildly different sizes: plain addition would show the order
        x, y = data(40, 5, seed=i)
        parts.append(Moments.of(x, y * 10.0 ** r.integers(-6, 6)))
    forwards = Moments.total(parts)
    backwards = Moments.total(parts[::-1])
    halves = [Moments.total(parts[i::7]) for i in range(7)]
    grouped = Moments.total(halves[::-1])
    for other in (backwards, grouped):
        np.testing.assert_array_equal(forwards.value, other.value)
        np.testing.assert_array_equal(
            forwards.square + forwards.square_rest, other.square + other.square_rest
        )
    naive = sum(p.cross for p in parts)
    naive_back = sum(p.cross for p in parts[::-1])
    assert not np.array_equal(naive, naive_back)  # what the care is for


def test_moments_refuse_what_would_spoil_every_sum() -> None:
    x, y = data(50)
    x[3, 4] = np.nan
    with pytest.raises(InputError, match="NaN"):
        Moments.of(x, y)
    with pytest.raises(ShapeError):
        Moments.of(x, y[:-1])
    with pytest.raises(ShapeError):
        Moments.zeros(3, 2).add(Moments.zeros(3, 3))
    with pytest.raises(InputError, match="no rows"):
        Moments.total([])


def test_squared_error_from_sums() -> None:
    x, y = data()
    m, r = Moments.of(x, y), np.random.default_rng(1)
    w, b = r.normal(size=(52, y.shape[1])), r.normal(size=y.shape[1])
    np.testing.assert_allclose(m.squared_error(w, b), ((y - x @ w - b) ** 2).sum(0), rtol=1e-6)


def test_scaled_and_weighted_rows() -> None:
    x, y = data(100)
    twice = Moments.of(np.concatenate([x, x]), np.concatenate([y, y]))
    np.testing.assert_allclose(Moments.of(x, y).scaled(2).value, twice.value, rtol=1e-12)


# --- sketches -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-3, 0.3, 40.0])
def test_quantiles_are_within_a_percent(scale: float) -> None:
    values = (np.random.default_rng(0).normal(size=(20000, 3)) * scale).astype(np.float32)
    sketch = Sketch.of(values)
    for q in (0.01, 0.1, 0.75, 0.99):
        true = np.quantile(values, q, axis=0, method="inverted_cdf")
        np.testing.assert_allclose(sketch.quantile(q), true, rtol=0.01, atol=1e-6)
    np.testing.assert_array_equal(sketch.low, values.min(0))
    np.testing.assert_array_equal(sketch.high, values.max(0))


def test_sketches_add_exactly_and_lose_nobody() -> None:
    values = np.random.default_rng(0).normal(size=(5000, 4)).astype(np.float32)
    values[0] = [0, 1e9, -1e9, 1e-30]
    whole, parts = Sketch.of(values), Sketch.zeros(4)
    for part in np.array_split(values, 9)[::-1]:
        parts.add(Sketch.of(part))
    np.testing.assert_array_equal(whole.counts, parts.counts)
    assert whole.num_rows == 5000 and (whole.counts.sum(1) == 5000).all()
    edges = np.linspace(-3, 3, 31)
    true = np.histogram(values[:, 0], edges)[0]
    assert np.abs(whole.histogram(edges)[0] - true).max() < 0.02 * true.max()
    assert np.isnan(Sketch.zeros(2).quantile(0.5)).all()


# --- kinds of frames ----------------------------------------------------------------------------------------


def test_kinds_of_frames_and_rest_does_not_drown_the_others() -> None:
    x = np.zeros((1000, 52), np.float32)
    x[0, INDEX["mouthLeft"]], x[1, INDEX["jawOpen"]], x[2, INDEX["mouthPucker"]] = 0.6, 0.9, 0.8
    names = [KINDS[k] for k in kind_of_rows(x)[:4]]
    assert names == ["sideways", "jaw", "pucker", "rest"]
    s = summary_of(x, np.random.default_rng(0).normal(size=(1000, 12)))
    w, n = kind_weights(s, 0.0), s.kind_counts.sum(0)
    assert w[0] * n[0] <= w[1:] @ n[1:] * (1 + 1e-9)
    assert w @ n == pytest.approx(n.sum())


# --- fits ---------------------------------------------------------------------------------------------------


def test_pinv_is_numpys() -> None:
    x, y = data()
    want = np.linalg.pinv(x.astype(float)) @ y.astype(float)
    got = fit(summary_of(x, y), Options("pinv")).linear
    assert np.abs(got.weights - want).max() <= 1e-6 * np.abs(want).max()
    assert not got.intercept.any()


def test_pinv_with_a_zero_channel_and_with_a_doubled_one() -> None:
    x, y = data()
    x[:, 0] = 0
    want = np.linalg.pinv(x.astype(float)) @ y.astype(float)
    np.testing.assert_allclose(pseudo_inverse(Moments.of(x, y)).weights, want, atol=1e-6 * np.abs(want).max())
    r = np.random.default_rng(0)
    x = r.random((500, 52), dtype=np.float32)
    x[:, 5] = x[:, 4]
    want = np.linalg.pinv(x.astype(float)) @ y[:500].astype(float)
    np.testing.assert_allclose(pseudo_inverse(Moments.of(x, y[:500])).weights, want, atol=1e-6)


def test_ridge_is_the_textbooks() -> None:
    from sklearn.linear_model import Ridge

    x, y = data()
    scale = np.maximum(x.astype(float).std(0), 0.001)
    twin = Ridge(alpha=0.03 * len(x)).fit(x / scale, y)
    got = RidgePath(Moments.of(x, y)).at(0.03)
    np.testing.assert_allclose(got.weights, (twin.coef_ / scale).T, rtol=2e-4, atol=2e-4)
    np.testing.assert_allclose(got.intercept, twin.intercept_, atol=2e-4)
    with pytest.raises(InputError):
        RidgePath(Moments.of(x, y)).at(0.0)


def test_ridge_of_tables_is_the_same_fit() -> None:
    r = np.random.default_rng(5)
    x = r.random((30_000, 52), dtype=np.float32) ** 3
    y = (x @ r.normal(size=(52, 7)) + 0.1 * r.normal(size=(30_000, 7))).astype(np.float32)
    want, got = RidgePath(Moments.of(x, y)).at(0.01), ridge(x, y, 0.01)
    assert not np.array_equal(got.weights, want.weights), "expected the fast way here"
    np.testing.assert_allclose(got.weights, want.weights, atol=1e-5 * np.abs(want.weights).max())
    np.testing.assert_allclose(got.intercept, want.intercept, atol=1e-4)
    single = Moments.of_single(x, y)
    np.testing.assert_allclose(single.value, Moments.of(x, y).value, rtol=1e-5, atol=1e-2)
    # where rounding would show it takes float64: columns that hardly move, and ones that depend on others
    steady, doubled = x.copy(), x.copy()
    steady[:, 3] = 0.5 + 0.002 * x[:, 3]
    doubled[:, 4] = doubled[:, 5]
    for bad, strength in ((steady, 0.01), (doubled, 1e-6), (x[:500], 0.01)):
        exact = RidgePath(Moments.of(bad, y[: len(bad)])).at(strength)
        np.testing.assert_array_equal(ridge(bad, y[: len(bad)], strength).weights, exact.weights)


def test_ridge_of_tables_refuses_what_is_not_finite() -> None:
    x, y = np.zeros((30_000, 52), np.float32), np.zeros((30_000, 3))
    for value in (np.nan, np.inf, 1e39):
        y[20_000, 1] = value
        with pytest.raises(InputError):
            ridge(x, y, 0.1)
    with pytest.raises(ShapeError):
        ridge(x, y[:-1], 0.1)
    with pytest.raises(ShapeError):
        ridge(x[0], y, 0.1)


def test_ridge_holds_rare_channels_back() -> None:
    x, y = data(300)
    s = summary_of(x, y)
    assert {7, 8, 50} <= set(rare_channels(s).tolist())
    free, held = fit(s, Options("pinv")), fit(s, Options("ridge"))
    assert worst_rare_weight(held.linear, s) < worst_rare_weight(free.linear, s) / 5


def test_strength_is_chosen_by_people_left_out() -> None:
    """Outputs that carry a person's offset: only leaving out people shows that the fit does not carry
    over."""
    r = np.random.default_rng(0)
    people = np.repeat(np.arange(30), 30)
    own = r.random((30, 52)) * 0.2
    x = (own[people] + 0.02 * r.random((900, 52))).astype(np.float32)
    y = (np.repeat(r.normal(size=(30, 1)), 12, axis=1)[people] + 0.05 * r.normal(size=(900, 12))).astype(
        np.float32
    )
    s = Summary.zeros(12, 30)
    for g in range(30):
        s.add_rows(x[people == g], y[people == g], g, row_keys(str(g), np.arange(30)))
    assert min(fit(s, Options("ridge")).strength.values()) > 0.1
    x, y = data(900, 12)
    assert max(fit(summary_of(x, y), Options("ridge")).strength.values()) < 0.1


def test_frames_that_nothing_explains_do_not_bend_the_mapping() -> None:
    r = np.random.default_rng(3)
    x, _ = data(3000, 12)
    true = r.normal(size=(52, 12))
    y = (x @ true + 0.02 * r.normal(size=(3000, 12))).astype(np.float32)
    lost = r.random(3000) < 0.05
    y[lost] += (3 * r.normal(size=(lost.sum(), 12)) + 2 * x[lost, 1:2]).astype(np.float32)
    first = summary_of(x, y)
    squares = fit(first, Options("ridge", strength=1e-4))
    weigh = frame_weights(squares, first)
    weights = weigh(x, y)
    assert weights[lost].max() < weights[~lost].min()
    again = Summary.zeros(12, 6)
    for g in range(6):
        again.add_rows(x[g::6], y[g::6], g, row_keys(f"clip{g}", np.arange(500)), weigh=weigh)
    distances = fit(again, Options("ridge", strength=1e-4))
    alive = x.std(0) > 0.01
    off = [np.abs(f.linear.weights - true)[alive].mean() for f in (squares, distances)]
    assert off[1] < off[0] / 2
    assert again.num_rows == first.num_rows == 3000, "counts are of frames, not of weights"
    whole, part = Moments.of(x, y, weights), Moments.of(x[lost], y[lost], weights[lost])
    part.add(Moments.of(x[~lost], y[~lost], weights[~lost]))
    np.testing.assert_allclose(part.value, whole.value, rtol=1e-12)
    assert whole.count == pytest.approx(weights.sum(), rel=1e-12)


def test_sparse_has_zeros_and_bounded_keeps_its_bounds() -> None:
    x, y = data(600)
    y[:, :7] = 0.8 * x[:, 1:2] + 0.1  # these depend on one channel only
    s = summary_of(x, y)
    sparse = fit(s, Options("sparse")).linear
    assert (np.abs(sparse.weights[2:, :5]) < 1e-3).mean() > 0.9
    assert sparse.weights[1, :5] == pytest.approx(0.8, abs=0.05)
    bounded = fit(s, Options("bounded", max_weight=0.5)).linear
    reach = 0.5 * np.maximum(np.abs(s.y_sketch.quantile(0.001)), np.abs(s.y_sketch.quantile(0.999)))
    assert (np.abs(bounded.weights) <= reach * (1 + 1e-9)).all()
    positive = coordinate_descent(Moments.of(x, y), strength=1e-4, low=0.0).weights
    assert positive.min() >= 0


def test_non_negative_is_scipys() -> None:
    from scipy.optimize import nnls

    x, y = data(400, 3)
    x = x[:, 10:16] + 0.01
    m = Moments.of(x, y)
    got = coordinate_descent(m, strength=1e-12, low=0.0).weights
    centred_x, centred_y = x.astype(float) - x.mean(0), y.astype(float) - y.mean(0)
    for k in range(3):
        np.testing.assert_allclose(got[:, k], nnls(centred_x, centred_y[:, k])[0], atol=2e-3)


def test_symmetric_fit_is_symmetric(lab_head_a: Path) -> None:
    from mp2flame.flame import load_flame

    model = load_flame(lab_head_a, num_expression=50)
    mirror = mirror_matrix(model, 50)
    np.testing.assert_allclose(mirror @ mirror, np.eye(59), atol=0.2)
    x, y = data(700, 59)
    linear = fit(summary_of(x, y), Options("symmetric"), mirror=mirror).linear
    there = linear(x[:5])
    back = linear(x[:5][:, MIRROR]) @ mirror
    np.testing.assert_allclose(back, there, atol=0.15 * np.abs(there).max())
    np.testing.assert_allclose(back[:, 50:], there[:, 50:], atol=1e-9)


def test_what_cannot_be_fitted_is_said() -> None:
    x, y = data(60)
    with pytest.raises(InputError, match="--flame"):
        fit(summary_of(x, y), Options("symmetric"))
    with pytest.raises(InputError, match="usable frames"):
        fit(summary_of(x[:20], y[:20]))
    bad: list[dict[str, Any]] = [
        {"method": "lasso"},
        {"strength": 0.0},
        {"balance": 2.0},
        {"loss": "cubes"},
        {"max_weight": -1.0},
    ]
    for options in bad:
        with pytest.raises(InputError):
            Options(**options)


def test_condition_number_of_independent_scores_is_near_one() -> None:
    r = np.random.default_rng(0)
    x = r.random((20000, 52), dtype=np.float32)
    assert condition_number(Moments.of(x, x[:, :2])) < 1.3
    x[:, 1] = x[:, 2] + 1e-3 * x[:, 1]
    assert condition_number(Moments.of(x, x[:, :2])) > 100
