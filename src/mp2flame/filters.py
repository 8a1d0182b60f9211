"""Filters for live signals: less jitter for as little lag as can be had.

All of them are causal, take samples at uneven times, work on many channels at once, and return the first
sample unchanged. ``bench/bench_filters.py`` measures jitter against lag for each and chooses the defaults.
Offline smoothing without lag is ``mp2flame.edits.smooth``.

The detector's VIDEO mode with one face smooths its landmarks already (0.041 px against 0.211 px), so the
defaults are light; with two faces or in IMAGE mode ``steady`` is the better choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from .errors import InputError
from .names import GROUP_INDEX, GROUPS
from .rotations import axis_angle_to_quaternion, quaternion_to_axis_angle
from .types import FloatArray

_LONGEST_STEP_S = 1.0  # after a longer gap the signal starts anew


class Filter(Protocol):
    """One signal of D channels."""

    def step(self, values: FloatArray, timestamp_ms: float) -> FloatArray:
        """The filtered ``(D,)`` sample."""

    def reset(self) -> None:
        """Forget everything: the next sample is returned unchanged."""


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


@dataclass(frozen=True, slots=True)
class Setting:
    """One group's filter.

    Attributes:
        kind: ``off``, ``ema``, ``one_euro`` or ``kalman``.
        first, second: ``ema``: time constant in ms; ``one_euro``: min_cutoff_hz, beta;
            ``kalman``: acceleration, noise.
    """

    kind: Literal["off", "ema", "one_euro", "kalman"] = "off"
    first: float = 0.0
    second: float = 0.0

    def make(self) -> Filter:
        if self.kind == "off":
            return Off()
        if self.kind == "ema":
            return Ema(self.first)
        if self.kind == "one_euro":
            return OneEuro(self.first, self.second)
        if self.kind == "kalman":
            return Kalman(self.first, self.second)
        raise InputError(f"a filter is off, ema, one_euro or kalman, got '{self.kind}'.")


HEAD_GROUPS = ("rotation", "position")
FILTER_GROUPS = (*GROUPS, *HEAD_GROUPS)


def _all(setting: Setting, **others: Setting) -> dict[str, Setting]:
    return {group: others.get(group, setting) for group in FILTER_GROUPS}


# Chosen from bench/bench_filters.py. Weights are 0..1; rotation in quaternion units (half radians); metres.
PRESETS: dict[str, dict[str, Setting]] = {
    "off": _all(Setting()),
    "light": _all(
        Setting("one_euro", 3.0, 6.0),
        lids=Setting("one_euro", 5.0, 12.0),
        gaze=Setting("one_euro", 3.0, 10.0),
        jaw=Setting("one_euro", 5.0, 12.0),
        brows=Setting("one_euro", 2.0, 5.0),
        rotation=Setting("one_euro", 2.0, 12.0),
        position=Setting("one_euro", 1.5, 30.0),
    ),
    "steady": _all(
        Setting("one_euro", 1.5, 4.0),
        lids=Setting("one_euro", 3.0, 12.0),
        gaze=Setting("one_euro", 1.5, 8.0),
        jaw=Setting("one_euro", 2.5, 12.0),
        brows=Setting("one_euro", 1.0, 3.0),
        rotation=Setting("one_euro", 1.0, 10.0),
        position=Setting("one_euro", 0.7, 20.0),
    ),
}


class FaceFilter:
    """Filters one face's weights, rotation and position, each channel group with its own setting.

    Args:
        settings: a preset's name, or group (``FILTER_GROUPS``) to ``Setting``; missing groups are off.
    """

    def __init__(self, settings: str | Mapping[str, Setting] = "light") -> None:
        self.settings = filter_settings(settings)
        self._columns = GROUP_INDEX
        self._filters = {group: setting.make() for group, setting in self.settings.items()}
        self._quaternion: FloatArray | None = None

    def reset(self) -> None:
        """Start anew, after the face was lost say."""
        for one in self._filters.values():
            one.reset()
        self._quaternion = None

    def weights(self, weights: FloatArray, timestamp_ms: float) -> FloatArray:
        """``(52,)`` weights, filtered by group and kept in 0..1."""
        filtered = np.array(weights, np.float32)
        for group, columns in self._columns.items():
            filtered[columns] = self._filters[group].step(weights[columns], timestamp_ms)
        return np.clip(filtered, 0.0, 1.0)

    def rotation(self, axis_angle: FloatArray, timestamp_ms: float) -> FloatArray:
        """``(3,)`` axis-angle, filtered on the quaternion sphere so that no turn ever jumps."""
        quaternion = axis_angle_to_quaternion(axis_angle)
        if self._quaternion is not None and float(quaternion @ self._quaternion) < 0:
            quaternion = -quaternion
        filtered = self._filters["rotation"].step(quaternion, timestamp_ms)
        self._quaternion = filtered / np.linalg.norm(filtered)
        return quaternion_to_axis_angle(self._quaternion).astype(np.float32)

    def position(self, transl: FloatArray, timestamp_ms: float) -> FloatArray:
        """``(3,)`` metres."""
        return self._filters["position"].step(transl, timestamp_ms).astype(np.float32)


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
    return {group: replace(settings.get(group, Setting())) for group in FILTER_GROUPS}


def _positive(value: float | FloatArray, name: str) -> FloatArray:
    array = np.asarray(value, np.float64)
    if not (np.isfinite(array).all() and (array > 0).all()):
        raise InputError(f"{name} must be above 0, got {value!r}.")
    return array


def _gain(elapsed_s: float, cutoff_hz: float | FloatArray) -> FloatArray:
    """Weight of the new sample in a first-order low pass."""
    return np.asarray(1 - np.exp(-2 * np.pi * elapsed_s * np.asarray(cutoff_hz)))


