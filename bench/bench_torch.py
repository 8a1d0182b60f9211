"""The torch head against smplx and body-models in torch, and NumPy beside it, one thread, side by side in one run.

    pip install smplx==0.1.28 body-models==0.26.2 onnxruntime     for the comparison; not needed by the package
    python bench/bench_torch.py [path/to/flame.pkl] [--onnx driver.onnx]

A batch of 256 frames, 100 expression and 10 identity coefficients, every joint turned, a translation; forward alone and
forward with the gradient of all of it. Then the driver frame by frame: NumPy, torch and, with --onnx, onnxruntime. A GPU is
reported when there is one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy is imported

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "kit"))

import mp2flame as m2f
from mp2flame.base.values import FlameParams
from mp2flame.flame import load_flame

if TYPE_CHECKING:
    import torch

    Layer = Callable[..., torch.Tensor]

SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[2] / "shared"))
FRAMES, BETAS = 256, 10
NAMES = ("expression", "jaw_pose", "eye_pose", "neck_pose", "global_orient", "transl", "betas")


def inputs(num_expression: int, device: str) -> list[torch.Tensor]:
    import torch

    rng = np.random.default_rng(0)
    sizes = dict(zip(NAMES, (num_expression, 3, 6, 3, 3, 3, BETAS)))
    return [
        torch.tensor(rng.normal(0, 0.3, (FRAMES, n)), dtype=torch.float32, device=device)
        for n in sizes.values()
    ]


def layers(model: m2f.FlameModel, folder: Path, device: str) -> dict[str, Layer]:
    import torch

    import mp2flame.torch as m2t

    head = m2t.Flame(model, num_expression=min(100, model.num_expression), device=device)
    found: dict[str, Layer] = {"mp2flame": lambda *x: head(*x[:6], betas=x[6])}
    try:
        from torch_heads import smplx_layer

        theirs = smplx_layer(model, folder, torch.float32, FRAMES, BETAS, device)
        found["smplx"] = lambda *x: theirs(*x)[0]
    except ImportError:
        print("smplx is not installed")
    try:
        from torch_heads import body_models_layer

        found["body-models"] = body_models_layer(model, folder, device)
    except ImportError:
        print("body-models is not installed")
    return found


def once(function: Callable[[], object], device: str) -> float:
    import torch

    start = time.perf_counter()
    function()
    if device != "cpu":
        torch.cuda.synchronize()
    return 1e3 * (time.perf_counter() - start)


def turns(functions: dict[str, Callable[[], object]], device: str, rounds: int) -> dict[str, list[float]]:
    """Times in turns, so that whatever else the machine does hits all alike."""
    for function in functions.values():
        function()
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(once(function, device))
    return times


def heads(model: m2f.FlameModel, folder: Path, device: str) -> dict[str, list[float | None]]:
    """Medians of forward, and of forward and gradient, milliseconds by layer; printed too."""
    import torch

    given, found = inputs(min(100, model.num_expression), device), layers(model, folder, device)
    with torch.no_grad():
        ours = found["mp2flame"](*given)
        worst = {name: float((layer(*given) - ours).abs().max()) for name, layer in found.items()}

    def forward(layer: Layer) -> Callable[[], object]:
        def run() -> object:
            with torch.no_grad():
                return layer(*given)

        return run

    def backward(layer: Layer) -> Callable[[], object]:
        def run() -> object:
            leaves = [x.detach().requires_grad_() for x in given]
            return torch.autograd.grad(layer(*leaves).square().sum(), leaves)

        return run

    functions: dict[str, Callable[[], object]] = {name: forward(layer) for name, layer in found.items()}
    if device == "cpu":
        numpy = model.prepare(given[6][0].numpy())
        params = FlameParams(**{n: x.numpy() for n, x in zip(NAMES[:6], given)})
        functions["NumPy, one identity"] = lambda: numpy.forward_params(params)
    rounds = 15 if device == "cpu" else 200
    alone = turns(functions, device, rounds)
    both = turns({name: backward(layer) for name, layer in found.items()}, device, max(rounds // 2, 5))
    print(f"\n{FRAMES} frames, {device}, milliseconds: median (least)\n")
    print("| layer | forward | forward and gradient | differs by, m |\n|---|---|---|---|")
    for name, times in alone.items():
        gradient = f"{np.median(both[name]):.1f} ({np.min(both[name]):.1f})" if name in both else "-"
        differs = f"{worst[name]:.0e}" if name in worst and name != "mp2flame" else "-"
        print(f"| {name} | {np.median(times):.1f} ({np.min(times):.1f}) | {gradient} | {differs} |")
    return {
        name: [float(np.median(times)), float(np.median(both[name])) if name in both else None]
        for name, times in alone.items()
    }


def driver_frames(path: str | None) -> None:
    import torch

    import mp2flame.torch as m2t
    from pinned import sample

    _, take = sample()
    at = np.flatnonzero(take.detected)
    driver, size = m2f.Driver(), take[int(at[0])].image_size
    scores, landmarks = take.blendshapes[at].astype(np.float32), take.landmarks[at].astype(np.float32)
    rig, response = m2t.Rig(driver.rig), m2t.Response(driver.estimator)
    count = iter(range(10**9))

    def numpy() -> object:
        i = next(count) % len(at)
        weights = driver.response(scores[i], landmarks=landmarks[i], image_size=size)
        return driver.params_from_weights(weights)

    def layers(rows: slice) -> object:
        with torch.no_grad():
            return rig(response(torch.from_numpy(scores[rows]), torch.from_numpy(landmarks[rows]), size))

    def one() -> object:
        i = next(count) % len(at)
        return layers(slice(i, i + 1))

    functions: dict[str, Callable[[], object]] = {"NumPy": numpy, "torch": one}
    if path:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        zeros = {x.name: np.zeros(x.shape, np.float32) for x in session.get_inputs()}
        zeros["image_size"] = np.array([size], np.float32)

        def engine() -> object:
            i = next(count) % len(at)
            return session.run(None, zeros | {"scores": scores[i : i + 1], "landmarks": landmarks[i : i + 1]})

        functions["onnxruntime (with the head's pose)"] = engine
    times = turns(functions, "cpu", 60)
    batch = turns({"torch": lambda: layers(slice(None)), "NumPy": lambda: driver.convert(
        scores, landmarks=landmarks, image_size=size)}, "cpu", 10)  # fmt: skip
    print(f"\nScores and landmarks to parameters, milliseconds a frame: median (least); batch of {len(at)}\n")
    print("| | one frame | batch |\n|---|---|---|")
    for name, one_frame in times.items():
        many = f"{np.median(batch[name]) / len(at):.2f}" if name in batch else "-"
        print(f"| {name} | {np.median(one_frame):.2f} ({np.min(one_frame):.2f}) | {many} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("flame", nargs="?", type=Path, default=SHARED / "models" / "lab_head_a.pkl")
    parser.add_argument("--onnx")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    model = load_flame(options.flame)
    print(f"torch {torch.__version__}, {model!r}")
    with tempfile.TemporaryDirectory() as folder:
        heads(model, Path(folder), "cpu")
        if torch.cuda.is_available():
            print(torch.cuda.get_device_name())
            heads(model, Path(folder), "cuda")
        else:
            print("\nno GPU on this machine")
    driver_frames(options.onnx)


if __name__ == "__main__":
    main()
