"""Jitter against lag of the live filters, by channel group, and what the presets were chosen from.

    python bench/bench_filters.py [--image FACE.png] [--sweep] [--plot filters.png]

Jitter: one still picture of a face with fresh sensor noise in each of 120 frames (standard deviation 6 of
255), through MediaPipe, the response and the head pose; standard deviation over time of what the filter
gives, against IMAGE mode without a filter. Lag, at 30 frames a second and with IMAGE mode's noise on top,
averaged over 20 draws: the delay of half the height of a step, and the phase of a 2 Hz sine; against the
unfiltered signal. One frame is 33.3 ms. Costs are measured in the same run.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

import numpy as np

from mp2flame import Driver
from mp2flame.base.channels import GROUP_INDEX
from mp2flame.base.signals import FILTER_GROUPS, PRESETS, FaceFilter, Setting

SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[2] / "shared"))
STEP_MS = 1000.0 / 30.0
NOISE, FRAMES, SETTLE = 6.0, 120, 30
# Height of the step and amplitude of the sine: weights, radians, metres; a usual motion and a small one.
MOTIONS = {"usual": {"weight": 0.6, "rotation": 0.35, "position": 0.05},
           "small": {"weight": 0.2, "rotation": 0.1, "position": 0.015}}  # fmt: skip


def still_face(image: Path, mode: str, num_faces: int, driver: Driver) -> dict[str, np.ndarray]:
    """Weights ``(T, 52)``, rotation ``(T, 3)``, position ``(T, 3)`` of one noisy still picture."""
    from PIL import Image

    from mp2flame.observe.detector import Detector

    picture = np.asarray(Image.open(image).convert("RGB")).astype(np.float32)
    rng = np.random.default_rng(0)
    rows: dict[str, list[np.ndarray]] = {"weights": [], "rotation": [], "position": []}
    with Detector(mode, num_faces) as detector:  # type: ignore[arg-type]
        for i in range(FRAMES):
            noisy = np.clip(picture + rng.normal(0, NOISE, picture.shape), 0, 255).astype(np.uint8)
            face = detector.detect(noisy, i * STEP_MS)[0]
            weights = driver.response(face)
            rows["weights"].append(weights)
            orient, transl = driver.find_pose(face, weights=weights)
            rows["rotation"].append(orient)
            rows["position"].append(transl)
    return {name: np.stack(values) for name, values in rows.items()}


def filtered(settings: object, signal: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The signal through a new filter."""
    one = FaceFilter(settings)  # type: ignore[arg-type]
    rows = [
        one.step(w, r, p, i * STEP_MS)
        for i, (w, r, p) in enumerate(zip(signal["weights"], signal["rotation"], signal["position"]))
    ]
    weights, rotation, position = (np.stack(column) for column in zip(*rows))
    return {"weights": weights, "rotation": rotation, "position": position}


def by_group(signal: dict[str, np.ndarray], group: str) -> np.ndarray:
    return signal["weights"][:, GROUP_INDEX[group]] if group in GROUP_INDEX else signal[group]


def jitter(signal: dict[str, np.ndarray], group: str) -> float:
    """Root mean square over the channels of the standard deviation over time."""
    return float(np.sqrt(np.square(by_group(signal, group)[SETTLE:].std(axis=0)).mean()))


def _unit(group: str) -> str:
    return group if group in ("rotation", "position") else "weight"


def moving(noise: dict[str, np.ndarray], motion: str, shape: str, start: int) -> dict[str, np.ndarray]:
    """A step or a 2 Hz sine on every channel, with the noise that was measured."""
    count = 60
    t = np.arange(count)
    wave = (t >= 30).astype(float) if shape == "step" else np.sin(2 * np.pi * 2.0 * t * STEP_MS / 1e3)
    at = (start + t) % (FRAMES - SETTLE) + SETTLE
    result = {}
    for name, values in noise.items():
        height = MOTIONS[motion]["weight" if name == "weights" else name]
        rest = (
            0.5 - 0.5 * height if name == "weights" and shape == "step" else 0.5 if name == "weights" else 0.0
        )
        scale = height if shape == "step" else 0.5 * height
        only = np.array([0.0, 1.0, 0.0]) if name == "rotation" else 1.0
        result[name] = rest + scale * wave[:, None] * only + (values - values[SETTLE:].mean(0))[at]
    return result


def lags(settings: object, noise: dict[str, np.ndarray], motion: str) -> dict[str, tuple[float, float]]:
    """Group to (step, sine) lag in frames."""
    steps: dict[str, list[float]] = {g: [] for g in FILTER_GROUPS}
    sines: dict[str, list[float]] = {g: [] for g in FILTER_GROUPS}
    for draw in range(20):
        for shape, into in (("step", steps), ("sine", sines)):
            given = moving(noise, motion, shape, 7 * draw)
            got = filtered(settings, given)
            for group in FILTER_GROUPS:
                a, b = by_group(given, group), by_group(got, group)
                columns = [1] if group == "rotation" else range(a.shape[1])
                for c in columns:
                    if shape == "step":
                        into[group].append(_crossing(b[:, c], a[:, c]) - _crossing(a[:, c], a[:, c]))
                    else:
                        into[group].append(_phase(a[15:, c]) - _phase(b[15:, c]))
    sine_frames = 1000.0 / 2.0 / STEP_MS / (2 * np.pi)
    return {g: (float(np.mean(steps[g])), float(np.mean(sines[g])) * sine_frames) for g in FILTER_GROUPS}


def _crossing(values: np.ndarray, target: np.ndarray) -> float:
    """When half the step's height is reached, frames, between samples by interpolation."""
    half = 0.5 * (target[:30].mean() + target[30:].mean())
    first = int(np.argmax(values[30:] >= half)) + 30
    return first - (values[first] - half) / (values[first] - values[first - 1])


def _phase(values: np.ndarray) -> float:
    """Phase of the 2 Hz part, radians; three periods of 15 frames."""
    t = np.arange(len(values)) * STEP_MS / 1e3
    return float(np.angle(np.sum(values * np.exp(-2j * np.pi * 2.0 * t))))


def one_setting(setting: Setting) -> dict[str, Setting]:
    return dict.fromkeys(FILTER_GROUPS, setting)


def cost_us(settings: object, signal: dict[str, np.ndarray]) -> float:
    """Median time of one step."""
    one, times = FaceFilter(settings), []  # type: ignore[arg-type]
    for i in range(600):
        k = i % FRAMES
        started = time.perf_counter()
        one.step(signal["weights"][k], signal["rotation"][k], signal["position"][k], i * STEP_MS)
        times.append(time.perf_counter() - started)
    return 1e6 * float(np.median(times))


def presets(signals: dict[str, dict[str, np.ndarray]]) -> None:
    noise = signals["image"]
    print("### Presets\n")
    print("| group | preset | jitter, IMAGE mode | of unfiltered | jitter, VIDEO mode | of IMAGE unfiltered "
          "| lag step / sine, frames | same, small motion |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    lag = {(p, m): lags(p, noise, m) for p in PRESETS for m in MOTIONS}
    through = {(p, s): filtered(p, signals[s]) for p in PRESETS for s in ("image", "video")}
    for group in FILTER_GROUPS:
        base = jitter(noise, group)
        unit, scale = {"rotation": ("°", np.degrees(1.0)), "position": (" mm", 1e3)}.get(group, ("", 1.0))
        for preset in PRESETS:
            image, video = (jitter(through[preset, mode], group) for mode in ("image", "video"))
            usual, small = lag[preset, "usual"][group], lag[preset, "small"][group]
            print(
                f"| {group} | {preset} | {scale * image:.4f}{unit} | {image / base:.2f} "
                f"| {scale * video:.4f}{unit} | {video / base:.2f} "
                f"| {usual[0]:.2f} / {usual[1]:.2f} | {small[0]:.2f} / {small[1]:.2f} |"
            )
    print("\n| preset | a frame, us |\n|---|---|")
    for preset in PRESETS:
        print(f"| {preset} | {cost_us(preset, noise):.0f} |")


SWEEP: dict[str, list[Setting]] = {
    "EMA": [Setting("ema", t) for t in (10, 20, 30, 50, 80)],
    "double exponential": [Setting("double_exponential", t) for t in (15, 30, 45, 60, 90)],
    "Kalman": [Setting("kalman", a, 0.01) for a in (60, 30, 15, 6, 3)],
    "1 EUR": [Setting("one_euro", c, b) for c in (3.0, 1.8, 1.0, 0.5) for b in (0.5, 1.0, 2.0, 5.0)],
}


def sweep(noise: dict[str, np.ndarray], plot: Path | None) -> None:
    """Every kind over its range, lids as the example."""
    print("\n### Every kind of filter on the lids, IMAGE mode\n")
    print("| filter | setting | jitter, of unfiltered | lag step / sine, frames | same, small motion |")
    print("|---|---|---|---|---|")
    base = jitter(noise, "lids")
    points: dict[str, list[tuple[float, float]]] = {}
    for kind, settings in SWEEP.items():
        for setting in settings:
            table = one_setting(setting)
            rest = jitter(filtered(table, noise), "lids") / base
            usual, small = lags(table, noise, "usual")["lids"], lags(table, noise, "small")["lids"]
            points.setdefault(kind, []).append((max(small), rest))
            numbers = f"{setting.first:g}" + (f", {setting.second:g}" if setting.second else "")
            print(
                f"| {kind} | {numbers} | {rest:.2f} | {usual[0]:.2f} / {usual[1]:.2f} "
                f"| {small[0]:.2f} / {small[1]:.2f} |"
            )
    if plot is not None:
        import matplotlib

        matplotlib.use("agg")
        from matplotlib import pyplot

        figure, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
        for kind, at in points.items():
            axes.plot(*zip(*sorted(at)), "o-" if kind != "1 EUR" else "o", label=kind)
        axes.axvline(1.0, color="grey", linestyle=":")
        axes.axhline(0.5, color="grey", linestyle=":")
        axes.set(xlabel="lag of a small motion, frames", ylabel="jitter left", ylim=(0, 1.05))
        axes.legend()
        figure.savefig(plot, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--image", type=Path, default=SHARED / "data" / "images" / "skimage__astronaut.png")
    parser.add_argument("--sweep", action="store_true")
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    driver = Driver()
    signals = {mode: still_face(arguments.image, mode, 1, driver) for mode in ("image", "video")}
    presets(signals)
    if arguments.sweep or arguments.plot:
        sweep(signals["image"], arguments.plot)


if __name__ == "__main__":
    main()
