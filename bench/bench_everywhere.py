"""Every way in which the driver runs, side by side in one run, into the tables of docs/everywhere.md and docs/torch.md.

    python bench/bench_everywhere.py [--torch PYTHON] [--rounds N] [--write]

Scores and landmarks of the bundled take, one frame after another, one thread: NumPy, TypeScript in Node and in Chromium, torch,
onnxruntime (the plain file and that of ``--loops``). Every round runs all of them in turn; what is shown is the median over
rounds of each time over NumPy's of the same round, so that whatever else the machine does hits all alike. Then torch's head in
batches beside smplx and body-models, how far all of them differ from NumPy, the operators of the ONNX files, and sizes.

Needs ``npm install`` and ``node scripts/build.mjs all`` in ``web/``, Chromium and playwright, and ``--torch``: the Python of an environment with
torch, onnx, onnxruntime, smplx and body-models (``.ci/torch`` makes one: ``.ci/.cache/torch/bin/python``). ``--write`` replaces
the tables between ``<!-- name -->`` and ``<!-- /name -->``.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy is imported

import numpy as np

import mp2flame as m2f

HERE = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("MP2FLAME_SHARED", HERE.parent / "shared"))
TAKE = HERE / "src/mp2flame/base/data/demo_take.npz"
ONNX = {"onnxruntime, plain file": "plain.onnx", "onnxruntime, `--loops`": "loops.onnx"}
PARAMS = ("expression", "jaw_pose", "eye_pose", "global_orient", "transl")
Row = dict[str, Any]


def sample() -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    take = m2f.demo_take()
    at = np.flatnonzero(take.detected)
    scores, landmarks = take.blendshapes[at].astype(np.float32), take.landmarks[at].astype(np.float32)
    return scores, landmarks, take[int(at[0])].image_size


def middle(times: list[float]) -> float:
    return 1e3 * statistics.median(times[len(times) // 5 :])


# what runs in the environment with torch


def write_files(folder: Path) -> Row:
    from mp2flame.io.exports.onnx import write_onnx

    driver = m2f.Driver()
    found = {}
    for name, file in ONNX.items():
        start = time.perf_counter()
        forward = driver.mesh_model.prepare(driver.betas)
        info = write_onnx(folder / file, driver.estimator, driver.rig, forward, loops="loops" in file)
        seconds = time.perf_counter() - start
        found[name] = {
            "operators": info.num_nodes,
            "MB": info.num_bytes / 1e6,
            "seconds": seconds,
        } | operators(folder / file)
    return found


def operators(path: Path) -> Row:
    import onnx

    counts: dict[str, int] = {}

    def look(graph: Any) -> None:
        for node in graph.node:
            counts[node.op_type] = counts.get(node.op_type, 0) + 1
            for attribute in node.attribute:
                look(attribute.g)

    look(onnx.load(str(path)).graph)
    return {"counts": counts}


def engines(folder: Path) -> Row:
    """Milliseconds a frame of torch and of each file, and the largest difference from NumPy."""
    import onnxruntime
    import torch

    import mp2flame.torch as m2t

    torch.set_num_threads(1)
    scores, landmarks, size = sample()
    driver = m2f.Driver()
    want = driver.response(m2f.Detection(scores, landmarks, None, size))
    params = driver.convert(m2f.Detection(scores, landmarks, None, size))
    response, rig, head = m2t.Response(driver.estimator), m2t.Rig(driver.rig), m2t.Flame(driver.model)
    found: Row = {}
    step, forward, worst = [], [], 0.0
    with torch.no_grad():
        for i in range(2 * len(scores)):
            k = i % len(scores)
            start = time.perf_counter()
            weights = response(torch.from_numpy(scores[k]), torch.from_numpy(landmarks[k]), size)
            moved = rig(weights)
            between = time.perf_counter()
            head(*moved)
            step.append(between - start)
            forward.append(time.perf_counter() - between)
            worst = max(worst, float(np.abs(weights.numpy() - want[k]).max()))
    found["torch"] = {"step": middle(step), "forward": middle(forward), "weights": worst}
    vertices = m2t.Flame(driver.model)(*m2t.Params.of(params)).numpy()
    own = driver.model.prepare().forward_params(params)
    found["torch"]["mm"] = 1e3 * float(np.abs(vertices - own).max())
    for name, file in ONNX.items():
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            str(folder / file), options, providers=["CPUExecutionProvider"]
        )
        names = [output.name for output in session.get_outputs()]
        given = {x.name: np.zeros(x.shape, np.float32) for x in session.get_inputs()}
        given["image_size"] = np.array([size], np.float32)
        times, worst, other = [], 0.0, 0.0
        for i in range(2 * len(scores)):
            k = i % len(scores)
            given["seconds"] = np.full((1, 1), 0.033 if i >= len(scores) + 1 else 0.0, np.float32)
            given |= {"scores": scores[k : k + 1], "landmarks": landmarks[k : k + 1]}
            start = time.perf_counter()
            out = dict(zip(names, session.run(None, given)))
            times.append(time.perf_counter() - start)
            given["previous_weights"] = out["weights"]
            if i < len(
                scores
            ):  # frames of their own first, to compare; then in order of time, as a program runs it
                worst = max(worst, float(np.abs(out["weights"][0] - want[k]).max()))
                other = max(other, *(float(np.abs(out[n][0] - getattr(params, n)[k]).max()) for n in PARAMS))
        found[name] = {"step": middle(times[len(scores) :]), "weights": worst, "parameters": other}
    return found


def batches() -> Row:
    """``bench_torch``'s layers, milliseconds for 256 frames."""
    sys.path.insert(0, str(Path(__file__).parent))
    import bench_torch

    path = SHARED / "models/lab_head_a.pkl"
    model = m2f.load_flame(path) if path.is_file() else m2f.Driver().model
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        return dict(bench_torch.heads(model, Path(folder), "cpu"))


WORK = {"files": write_files, "engines": engines, "batches": lambda _: batches()}


# the run


class Run:
    """All ways, round after round."""

    def __init__(self, python: str, folder: Path) -> None:
        from playwright.sync_api import sync_playwright

        from bench_web import BenchSite, WebServer
        from mp2flame.io.exports.m2f import pack
        from mp2flame.io.exports.web import web_head
        from mp2flame.show.head import ShownHead

        self.python, self.folder, self.driver = python, folder, m2f.Driver()
        made = web_head(
            self.driver.mesh_model,
            self.driver.rig,
            self.driver.estimator,
            dressed=ShownHead(self.driver).dressed,
        )
        data = pack(made.arrays, made.header)
        (folder / "head.m2f").write_bytes(data)
        self.site = BenchSite(lambda: data, mediapipe=HERE / "web/node_modules/@mediapipe/tasks-vision")
        self._stack = contextlib.ExitStack()
        self.url = self._stack.enter_context(WebServer(self.site, port=0)).url
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        play = self._stack.enter_context(sync_playwright())
        self.browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        self._stack.callback(self.browser.close)

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def there(self, work: str) -> Row:
        """A part in the environment with torch."""
        command = [self.python, __file__, "--work", work, str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr[-2000:])
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def round(self) -> Row:
        from bench_web import in_chromium, in_node, in_python

        step, forward = in_python(self.driver)
        found: Row = {"NumPy": {"step": step, "forward": forward}}
        found["TypeScript in Node"] = in_node(self.folder / "head.m2f")
        found["TypeScript in Chromium"] = in_chromium(self.browser, self.url)
        return found | self.there("engines")


def times_table(rounds: list[Row]) -> str:
    base = [r["NumPy"]["step"] for r in rounds], [r["NumPy"]["forward"] for r in rounds]

    def over(name: str) -> str:
        cells = []
        for part, own in zip(("step", "forward"), base):
            values = [r[name].get(part) for r in rounds]
            ratio = statistics.median(v / o for v, o in zip(values, own)) if values[0] is not None else None
            cells.append("-" if ratio is None else f"{ratio:.2f}")
        both = [r[name]["step"] + (r[name].get("forward") or 0) for r in rounds]
        return f"| {name} | {' | '.join(cells)} | {min(both):.2f} |"

    head = "| | scores, landmarks to parameters | parameters to vertices | both, ms (least round) |\n|---|---|---|---|\n"
    return head + "\n".join(over(name) for name in rounds[0])


def batch_table(found: Row) -> str:
    one, both = found["mp2flame"]
    named = {
        "mp2flame": "`mp2flame.torch`",
        "smplx": "smplx 0.1.28",
        "body-models": "body-models 0.26.2",
        "NumPy, one identity": "NumPy, one identity",
    }
    rows = [
        f"| {named[name]} | {f / one:.1f} | {'-' if g is None else f'{g / both:.1f}'} |"
        for name, (f, g) in found.items()
    ]
    return "| layer | forward | forward and gradient |\n|---|---|---|\n" + "\n".join(rows)


def equal_table(last: Row) -> str:
    page = last["TypeScript in Chromium"]["differences"]
    most = {
        "weights": max(v for k, v in page.items() if k.endswith("_weights")),
        "parameters": max(
            v for k, v in page.items() if k.rsplit("_", 1)[-1] in ("expression", "pose", "orient", "transl")
        ),
        "mm": max(v for k, v in page.items() if k.endswith("_vertices")),
    }
    rows = {"TypeScript (Chromium)": most} | {k: last[k] for k in ("torch", *ONNX)}
    lines = [
        f"| {name} | "
        + " | ".join(f"{row[c]:.0e}" if c in row else "-" for c in ("weights", "parameters", "mm"))
        + " |"
        for name, row in rows.items()
    ]
    return "| | weights | parameters | vertices, mm |\n|---|---|---|---|\n" + "\n".join(lines)


def operators_table(files: Row) -> str:
    text = (HERE / "tests/torch_/test_torch_onnx.py").read_text(encoding="utf-8")
    unity = set(
        "".join(
            re.findall(
                r'^    "(.*)"', text.split("UNITY = set(")[1].split(").split")[0].split(".split")[0], re.M
            )
        ).split()
    )
    plain, loops = (files[name]["counts"] for name in ONNX)
    rows = [
        f"| {name} | {plain.get(name, 0)} | {loops.get(name, 0)} | {'yes' if name in unity else 'no'} |"
        for name in sorted({*plain, *loops})
    ]
    total = f"| all | {sum(plain.values())} | {sum(loops.values())} | |"
    return "| operator | plain | `--loops` | Unity's CPU backend |\n|---|---|---|---|\n" + "\n".join(
        [*rows, total]
    )


def sizes_table(run: Run, files: Row) -> str:
    from bench_web import sizes

    own, other = sizes(run.site)
    lines = [
        f"| the page, first visit: ours | {own:.2f} MB |",
        f"| the page, first visit: MediaPipe's | {other:.1f} MB |",
        f"| `head.m2f` of the built-in head, in ours | {(run.folder / 'head.m2f').stat().st_size / 1e6:.2f} MB |",
        *(
            f"| {name} | {found['MB']:.1f} MB, written in {found['seconds']:.0f} s |"
            for name, found in files.items()
        ),
    ]
    return "| | |\n|---|---|\n" + "\n".join(lines)


def put(page: Path, tables: dict[str, str]) -> None:
    text = page.read_text(encoding="utf-8")
    for name, table in tables.items():
        block = f"<!-- {name} -->\n\n{table}\n\n<!-- /{name} -->"
        text = re.sub(rf"<!-- {name} -->.*?<!-- /{name} -->", lambda _, b=block: b, text, flags=re.S)
    page.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        print(json.dumps(WORK[args.work[0]](Path(args.work[1]))))
        return
    sys.path.insert(0, str(Path(__file__).parent))
    with tempfile.TemporaryDirectory() as folder, Run(args.torch, Path(folder)) as run:
        files = run.there("files")
        rounds = [run.round() for _ in range(args.rounds)]
        tables = {
            "times": times_table(rounds), "batch": batch_table(run.there("batches")), "equal": equal_table(rounds[-1]),
            "operators": operators_table(files), "sizes": sizes_table(run, files),
        }  # fmt: skip
    for name, table in tables.items():
        print(f"\n{name}\n{table}")
    if args.write:
        put(HERE / "docs/everywhere.md", tables)
        put(HERE / "docs/torch.md", tables)


if __name__ == "__main__":
    main()
