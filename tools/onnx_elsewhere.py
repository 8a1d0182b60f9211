"""The ONNX driver in another version of onnxruntime, in an environment that has nothing else.

python tools/onnx_elsewhere.py write DIR     with mp2flame[onnx]: the file, the bundled take, what Python makes of it
python tools/onnx_elsewhere.py read DIR      with onnxruntime and NumPy only: fails unless it gives the same to 1e-4
python tools/onnx_elsewhere.py cpp DIR HEADERS LIBRARY
    the C++ of docs/onnx.md, compiled by g++ with onnxruntime's headers and its shared library (that of the Python package will
    do): fails unless it gives the same bits as Python's onnxruntime
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

FILES = {"driver.onnx": False, "loops.onnx": True}
NAMES = ("weights", "expression", "jaw_pose", "eye_pose", "global_orient", "transl")


def write(folder: Path) -> None:
    import mp2flame as m2f
    from mp2flame.io.exports.onnx import write_onnx

    folder.mkdir(parents=True, exist_ok=True)
    driver, take = m2f.Driver(), m2f.demo_take()
    forward = driver.mesh_model.prepare(driver.betas)
    for file, loops in FILES.items():
        write_onnx(folder / file, driver.estimator, driver.rig, forward, loops=loops, overwrite=True)
    at = np.flatnonzero(take.detected)[::4]
    seen = m2f.Detection(take.blendshapes[at], take.landmarks[at], None, take[int(at[0])].image_size)
    params = driver.convert(seen)
    want = {"weights": driver.response(seen), **{n: getattr(params, n) for n in NAMES[1:]}}
    size = np.array([seen.image_size], np.float32)
    np.savez(
        folder / "frames.npz", scores=seen.blendshapes, landmarks=seen.landmarks, image_size=size, **want
    )


def read(folder: Path) -> None:
    import onnxruntime

    frames, worst = np.load(folder / "frames.npz"), 0.0
    for file in FILES:
        session = onnxruntime.InferenceSession(str(folder / file), providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        for i in range(len(frames["scores"])):
            given = {x.name: np.zeros(x.shape, np.float32) for x in session.get_inputs()}
            given |= {name: frames[name][i : i + 1].astype(np.float32) for name in ("scores", "landmarks")}
            got = dict(zip(names, session.run(None, given | {"image_size": frames["image_size"]})))
            worst = max(worst, *(float(np.abs(got[name][0] - frames[name][i]).max()) for name in NAMES))
        print(
            f"onnxruntime {onnxruntime.__version__}, {file}: {len(frames['scores'])} frames, differs by {worst:.1e}"
        )
    if worst >= 1e-4:
        sys.exit("more than 1e-4")


MAIN = """
#include "driver.hpp"
#include <fstream>
int main(int, char** argv) {
    std::ifstream in(argv[1], std::ios::binary);
    std::ofstream out(argv[2], std::ios::binary);
    Driver driver;
    std::vector<float> scores(52), landmarks(1434), more(4);
    auto read = [&](std::vector<float>& to) { return bool(in.read((char*)to.data(), 4 * to.size())); };
    while (read(scores) && read(landmarks) && read(more)) {
        auto found = driver.step(scores, landmarks, more[0], more[1], more[2]);
        if (more[3] > 0) driver.rests_now(found[6]);
        for (auto& value : found)
            out.write((const char*)value.GetTensorData<float>(), 4 * value.GetTensorTypeAndShapeInfo().GetElementCount());
    }
}
"""


def cpp(folder: Path, headers: str, library: str) -> None:
    """Frames in order of time, the fourth told to be at rest."""
    import onnxruntime

    page = Path(__file__).resolve().parents[1] / "docs/onnx.md"
    (block,) = re.findall(r"```cpp\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    (folder / "driver.hpp").write_text(block, encoding="utf-8")
    (folder / "main.cpp").write_text(MAIN, encoding="utf-8")
    for name in ("libonnxruntime.so", Path(library).name, "libonnxruntime.so.1"):
        shutil.copy(library, folder / name)
    build = [
        "g++",
        "-std=c++17",
        "-Wall",
        "-Wextra",
        "-O2",
        f"-I{headers}",
        "main.cpp",
        "-o",
        "driver",
        "-L.",
    ]
    subprocess.run([*build, "-lonnxruntime", f"-Wl,-rpath,{folder.resolve()}"], cwd=folder, check=True)
    frames = np.load(folder / "frames.npz")
    scores, landmarks = (frames[name].astype(np.float32) for name in ("scores", "landmarks"))
    size, count = frames["image_size"].astype(np.float32), len(scores)
    seconds, rests = np.float32([0.0] + [0.033] * (count - 1)), np.arange(count) == 3
    told = np.column_stack([np.repeat(size, count, 0), seconds, rests]).astype(np.float32)
    np.concatenate([scores, landmarks.reshape(count, -1), told], 1).tofile(folder / "frames.bin")
    subprocess.run(["./driver", "frames.bin", "out.bin"], cwd=folder, check=True)
    got = np.fromfile(folder / "out.bin", np.float32).reshape(count, -1)
    session = onnxruntime.InferenceSession(str(folder / "driver.onnx"), providers=["CPUExecutionProvider"])
    given = {x.name: np.zeros(x.shape, np.float32) for x in session.get_inputs()} | {"image_size": size}
    for i in range(count):
        given |= {
            "scores": scores[i : i + 1],
            "landmarks": landmarks[i : i + 1],
            "seconds": seconds[i : i + 1, None],
        }
        want = session.run(None, given)
        given["previous_weights"] = want[0]
        if rests[i]:
            given["neutral"] = want[-1]
        np.testing.assert_array_equal(got[i], np.concatenate([x.ravel() for x in want]))
    print(f"{count} frames in C++: the same bits")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("write", "read", "cpp"))
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("more", nargs="*", metavar="HEADERS LIBRARY", help="of cpp: a folder, a file")
    options = parser.parse_args()
    {"write": write, "read": read, "cpp": cpp}[options.what](options.folder, *options.more)
