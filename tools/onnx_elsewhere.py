"""The ONNX driver in another version of onnxruntime, in an environment that has nothing else.

python tools/onnx_elsewhere.py write DIR     with mp2flame[onnx]: the file, the bundled take, what Python makes of it
python tools/onnx_elsewhere.py read DIR      with onnxruntime and NumPy only: fails unless it gives the same to 1e-4
"""

from __future__ import annotations

import argparse
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("write", "read"))
    parser.add_argument("folder", type=Path, metavar="DIR")
    options = parser.parse_args()
    {"write": write, "read": read}[options.what](options.folder)
