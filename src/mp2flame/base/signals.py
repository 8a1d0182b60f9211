"""Filters for live signals: less jitter for as little lag as can be had.

All of them are causal, take samples at uneven times, work on many channels at once, and return the first
sample unchanged. ``bench/bench_filters.py`` measures jitter against lag for each and chooses the defaults.
Offline smoothing without lag is ``mp2flame.take.retime.smooth``.

The detector's VIDEO mode with one face smooths its landmarks already (0.041 px against 0.211 px), so the
defaults are light; with two faces or in IMAGE mode ``steady`` is the better choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from .channels import GROUP_INDEX, GROUPS, NUM_BLENDSHAPES
from .errors import InputError
from .values import FloatArray, IntArray

_LONGEST_STEP_S = 1.0  # after a longer gap the signal starts anew


class Filter(Protocol):
    """One signal of D channels."""

    def step(self, values: FloatArray, timestamp_ms: float) -> FloatArray:
        """The filtered ``(D,)`` sample."""

    def reset(self) -> None:
        """Forget everything: the next sample is returned unchanged."""


def _positive(value: float | FloatArray, name: str) -> FloatArray:
    array = np.asarray(value, np.float64)
    if not (np.isfinite(array).all() and (array > 0).all()):
        raise InputError(f"{name} must be above 0, got {value!r}.")
    return array


def _gain(elapsed_s: float, cutoff_hz: float | FloatArray) -> FloatArray:
    """Weight of the new sample in a first-order low pass."""
    return np.asarray(1 - np.exp(-2 * np.pi * elapsed_s * np.asarray(cutoff_hz)))


class _Clocked:
    """Time between samples; starts anew after a long gap or when time goes back."""

    def __init__(self) -> None:
        self._time_ms: float | None = None
        self.value: FloatArray | None = None

    def reset(self) -> None:
        self._time_ms = self.value = None

    def _elapsed_s(self, timestamp_ms: float) -> float | None:
        """Seconds since the last sample; None when there is none to go on from; 0 for a repeated time."""
        last, self._time_ms = self._time_ms, timestamp_ms
        if last is None or self.value is None:
            return None
        elapsed = (timestamp_ms - last) / 1e3
        return elapsed if 0 <= elapsed <= _LONGEST_STEP_S else None


class Off:
    """Passes everything through."""

    def step(self, values: FloatArray, timestamp_ms: float) -> FloatArray:
        return values

    def reset(self) -> None:
        pass


class Ema(_Clocked):
    """Exponential moving average with a time constant: simple, and its lag is the time constant.

    Args:
        time_constant_ms: number or ``(D,)``; a step reaches 63 % after this time.
    """

    def __init__(self, time_constant_ms: float | FloatArray) -> None:
        super().__init__()
        self._tau_s = _positive(time_constant_ms, "time_constant_ms") / 1e3

    def step(self, values: FloatArray, timestamp_ms: float) -> FloatArray:
        elapsed = self._elapsed_s(timestamp_ms)
        if elapsed is None or self.value is None:
            self.value = np.array(values, np.float64)
        else:
            self.value = self.value + (1 - np.exp(-elapsed / self._tau_s)) * (values - self.value)
        return self.value


class OneEuro(_Clocked):
    """The 1 EUR filter: a low pass whose cut-off rises with speed (Casiez, Roussel, Vogel, CHI 2012).

    Args:
        min_cutoff_hz: number or ``(D,)``; lower is steadier at rest.
        beta: number or ``(D,)``; Hz per unit and second; higher follows fast motion with less lag.
        derivative_cutoff_hz: smoothing of the speed estimate.
    """

    def __init__(
        self, min_cutoff_hz: float | FloatArray, beta: float | FloatArray, derivative_cutoff_hz: float = 3.0
    ) -> None:
        super().__init__()
        self._min_cutoff = _positive(min_cutoff_hz, "min_cutoff_hz")
        self._beta = np.asarray(beta, np.float64)
        self._derivative_cutoff = derivative_cutoff_hz
        self._speed: FloatArray | None = None

    def step(self, values: FloatArray, timestamp_ms: float) -> FloatArray:
        elapsed = self._elapsed_s(timestamp_ms)
        if elapsed is None or self.value is None or self._speed is None:
            self.value = np.array(values, np.float64)
            self._speed = np.zeros_like(self.value)
        elif elapsed > 0:
            speed = (values - self.value) / elapsed
            self._speed = self._speed + _gain(elapsed, self._derivative_cutoff) * (speed - self._speed)
            cutoff = self._min_cutoff + self._beta * np.abs(self._speed)
            self.value = self.value + _gain(elapsed, cutoff) * (values - self.value)
        return self.value


class Kalman(_Clocked):
    """Constant-velocity Kalman filter per channel: it predicts, so that a steady motion has no lag.

    Args:
        acceleration: standard deviation of the acceleration, units per square second; higher follows faster.
        noise: standard deviation of the measurement, units.
    """

    def __init__(self, acceleration: float | FloatArray, noise: float | FloatArray) -> None:
        super().__init__()
        self._q = _positive(acceleration, "acceleration") ** 2
        self._r = _positive(noise, "noise") ** 2
        self._speed: FloatArray | None = None
        self._p: tuple[FloatArray, FloatArray, FloatArray] | None = None

    def step(self, values: FloatArray, timestamp_ms: float) -> FloatArray:
        elapsed = self._elapsed_s(timestamp_ms)
        if elapsed is None or self.value is None or self._speed is None or self._p is None:
            self.value = np.array(values, np.float64)
            self._speed = np.zeros_like(self.value)
            r = np.broadcast_to(self._r, self.value.shape).astype(np.float64)
            self._p = (r, np.zeros_like(r), np.broadcast_to(self._q, r.shape) * 1.0)
            return self.value
        t = elapsed
        p00, p01, p11 = self._p
        predicted = self.value + t * self._speed
        p00 = p00 + 2 * t * p01 + t * t * p11 + self._q * t**4 / 4
        p01 = p01 + t * p11 + self._q * t**3 / 2
        p11 = p11 + self._q * t * t
        k0, k1 = p00 / (p00 + self._r), p01 / (p00 + self._r)
        innovation = values - predicted
        self.value = predicted + k0 * innovation
        self._speed = self._speed + k1 * innovation
        self._p = ((1 - k0) * p00, (1 - k0) * p01, p11 - k1 * p01)
        return self.value


class DoubleExponential(_Clocked):
    """Double exponential smoothing with a trend (LaViola, IPT/EGVE 2003): light, follows steady motion.

    Args:
        time_constant_ms: number or ``(D,)`` of level and trend alike.
    """

    def __init__(self, time_constant_ms: float | FloatArray) -> None:
        super().__init__()
        self._tau_s = _positive(time_constant_ms, "time_constant_ms") / 1e3
        self._first: FloatArray | None = None
        self._second: FloatArray | None = None

    def step(self, values: FloatArray, timestamp_ms: float) -> FloatArray:
        elapsed = self._elapsed_s(timestamp_ms)
        if elapsed is None or self.value is None or self._first is None or self._second is None:
            self.value = self._first = self._second = np.array(values, np.float64)
        elif elapsed > 0:
            gain = 1 - np.exp(-elapsed / self._tau_s)
            self._first = self._first + gain * (values - self._first)
            self._second = self._second + gain * (self._first - self._second)
            self.value = 2 * self._first - self._second
        return self.value


_FILTERS: dict[str, Callable[..., Filter]] = {
    "off": lambda *_: Off(),
    "ema": lambda first, _: Ema(first),
    "one_euro": OneEuro,
    "kalman": Kalman,
    "double_exponential": lambda first, _: DoubleExponential(first),
}
KINDS = tuple(_FILTERS)


@dataclass(frozen=True, slots=True)
class Setting:
    """One group's filter.

    Attributes:
        kind: one of ``KINDS``.
        first, second: ``ema``, ``double_exponential``: time constant in ms; ``one_euro``: min_cutoff_hz,
            beta; ``kalman``: acceleration, noise.

    Raises:
        InputError: no such kind, or a number that is out of range.
    """

    kind: Literal["off", "ema", "one_euro", "kalman", "double_exponential"] = "off"
    first: float = 0.0
    second: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"a filter is {', '.join(KINDS)}; got {self.kind!r}.")
        if not (np.isfinite(self.first) and np.isfinite(self.second) and self.second >= 0):
            raise InputError(f"a filter's numbers must be finite and 0 or more, got {self}.")
        make_filter(self.kind, self.first, self.second)

    def make(self) -> Filter:
        return make_filter(self.kind, self.first, self.second)


def make_filter(kind: str, first: float | FloatArray, second: float | FloatArray) -> Filter:
    """A filter by name; the numbers as in ``Setting``, one for all channels or ``(D,)``."""
    return _FILTERS[kind](first, second)


HEAD_GROUPS = ("rotation", "position")
FILTER_GROUPS = (*GROUPS, *HEAD_GROUPS)

_NUM = NUM_BLENDSHAPES
_ROTATION, _POSITION = slice(_NUM, _NUM + 4), slice(_NUM + 4, _NUM + 7)
_CHANNELS = _NUM + 7
_COLUMNS: dict[str, IntArray] = {
    **GROUP_INDEX,
    "rotation": np.arange(_NUM, _NUM + 4),
    "position": np.arange(_NUM + 4, _NUM + 7),
}


def _all(setting: Setting, **others: Setting) -> dict[str, Setting]:
    return {group: others.get(group, setting) for group in FILTER_GROUPS}


# Chosen from bench/bench_filters.py, table in docs/filters.md. Weights are 0..1; rotation in quaternion units
# (half radians); metres.
PRESETS: dict[str, dict[str, Setting]] = {
    "off": _all(Setting()),
    "light": _all(
        Setting("one_euro", 0.7, 1.3),
        lids=Setting("one_euro", 0.8, 1.8),
        gaze=Setting("one_euro", 0.7, 1.4),
        jaw=Setting("one_euro", 0.8, 1.7),
        brows=Setting("one_euro", 0.7, 1.0),
        rotation=Setting("one_euro", 2.0, 10.0),
        position=Setting("one_euro", 1.3, 22.0),
    ),
    "steady": _all(
        Setting("one_euro", 0.4, 0.8),
        lids=Setting("one_euro", 0.5, 1.2),
        gaze=Setting("one_euro", 0.4, 0.9),
        jaw=Setting("one_euro", 0.5, 1.2),
        brows=Setting("one_euro", 0.3, 0.6),
        rotation=Setting("one_euro", 1.0, 7.0),
        position=Setting("one_euro", 0.7, 14.0),
    ),
}


class FaceFilter:
    """Filters one face's weights, rotation and position, each channel group with its own setting.

    All channels of one kind of filter are one vector: 52 weights, a quaternion and a position cost one step.

    Args:
        settings: a preset's name, or group (``FILTER_GROUPS``) to ``Setting``; missing groups are off.
    """

    def __init__(self, settings: str | Mapping[str, Setting] = "light") -> None:
        self.settings = filter_settings(settings)
        kinds = np.array(["off"] * _CHANNELS, dtype=object)
        first, second = np.zeros(_CHANNELS), np.zeros(_CHANNELS)
        for group, columns in _COLUMNS.items():
            setting = self.settings[group]
            kinds[columns], first[columns], second[columns] = setting.kind, setting.first, setting.second
        self._banks: list[tuple[IntArray, Filter]] = []
        for kind in sorted(set(kinds) - {"off"}):
            at = np.flatnonzero(kinds == kind)
            self._banks.append((at, make_filter(kind, first[at], second[at])))
        self._turned: list[float] | None = None
        self._given = np.zeros(_CHANNELS)
        self._has = (False, False)  # whether the last frame had a rotation, a position

    def reset(self) -> None:
        """Start anew, after the face was lost say."""
        for _, one in self._banks:
            one.reset()
        self._turned = None

    def step(
        self,
        weights: FloatArray,
        global_orient: FloatArray | None,
        transl: FloatArray | None,
        timestamp_ms: float,
    ) -> tuple[FloatArray, FloatArray | None, FloatArray | None]:
        """One frame.

        Args:
            weights: ``(52,)``, kept in 0..1.
            global_orient: ``(3,)`` axis-angle, filtered on the quaternion sphere so that no turn ever jumps.
            transl: ``(3,)`` metres.

        Returns:
            The same, filtered, float32; None where None was given.
        """
        if not self._banks:
            return weights, global_orient, transl
        has = (global_orient is not None, transl is not None)
        if has != self._has:  # what was not there before has no past to be eased from
            self.reset()
            self._has = has
        given = self._given
        given[:_NUM] = weights
        if global_orient is not None:
            quaternion = _quaternion(global_orient)
            if self._turned is not None and sum(a * b for a, b in zip(quaternion, self._turned)) < 0:
                quaternion = [-a for a in quaternion]
            given[_ROTATION] = self._turned = quaternion
        if transl is not None:
            given[_POSITION] = transl
        out = given.copy()
        for at, one in self._banks:
            out[at] = one.step(given[at], timestamp_ms)
        filtered = np.minimum(np.maximum(out[:_NUM], 0.0), 1.0).astype(np.float32)
        if global_orient is not None:
            global_orient = np.array(_axis_angle(out[_ROTATION].tolist()), np.float32)
        return filtered, global_orient, None if transl is None else out[_POSITION].astype(np.float32)

    def weights(self, weights: FloatArray, timestamp_ms: float) -> FloatArray:
        """``(52,)`` weights alone."""
        return self.step(weights, None, None, timestamp_ms)[0]


def _quaternion(axis_angle: FloatArray) -> list[float]:
    # Plain floats: rotations.py's batched functions would take longer than all the filters
    x, y, z = (float(v) for v in axis_angle)
    angle = math.sqrt(x * x + y * y + z * z)
    scale = math.sin(0.5 * angle) / angle if angle > 1e-12 else 0.5
    return [math.cos(0.5 * angle), scale * x, scale * y, scale * z]


def _axis_angle(quaternion: list[float]) -> tuple[float, float, float]:
    w, x, y, z = quaternion if quaternion[0] >= 0 else [-a for a in quaternion]
    sine = math.sqrt(x * x + y * y + z * z)
    scale = 2.0 * math.atan2(sine, w) / sine if sine > 1e-12 else 2.0
    return scale * x, scale * y, scale * z


def filter_settings(settings: str | Mapping[str, Setting]) -> dict[str, Setting]:
    """A complete table of settings.

    Raises:
        InputError: an unknown preset or group.
    """
    if isinstance(settings, str):
        if settings not in PRESETS:
            raise InputError(f"filter presets are {', '.join(PRESETS)}; got '{settings}'.")
        return dict(PRESETS[settings])
    unknown = sorted(set(settings) - set(FILTER_GROUPS))
    if unknown:
        raise InputError(f"filter groups are {', '.join(FILTER_GROUPS)}; got {', '.join(unknown)}.")
    return {group: settings.get(group, Setting()) for group in FILTER_GROUPS}
