"""Damaged files of the formats that people hand in: each gives a finite take or one clear error, and nothing in it is run.

    python bench/bench_mutated.py [--count 10000] [--only lam-web,...]

Of every format a small file as its program writes it; bytes are changed, cut off and repeated. In folders one file at a
time. Python's own audit events tell whether anything was run. ``tests/io/test_mutated.py`` reads some hundred of each.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mp2flame.base.channels import ARKIT, LIVELINK_CSV
from mp2flame.base.errors import Mp2FlameError
from mp2flame.base.values import FlameParams
from mp2flame.io.formats import Motion, read_motion, write_motion
from mp2flame.take.take import Take

RUNS = ("exec", "os.system", "os.exec", "subprocess.Popen", "pickle.find_class", "ctypes.dlopen")
FRAMES = 3
_heard: list[str] = []


def take() -> Motion:
    """Three frames of everything that a format may hold."""
    rng = np.random.default_rng(0)
    params = FlameParams(
        expression=rng.normal(size=(FRAMES, 20)), jaw_pose=rng.normal(size=(FRAMES, 3)) * 0.1,
        eye_pose=rng.normal(size=(FRAMES, 6)) * 0.2, neck_pose=rng.normal(size=(FRAMES, 3)) * 0.1,
        global_orient=rng.normal(size=(FRAMES, 3)) * 0.3, transl=rng.normal(size=(FRAMES, 3)) * 0.05,
    )  # fmt: skip
    weights = rng.uniform(0, 1, (FRAMES, 52))
    weights[:, 0] = 0
    record = Take.from_params(params, np.arange(FRAMES) * 40.0, arkit_weights=weights, blendshapes=weights)
    return Motion(record, betas=rng.normal(size=10).astype(np.float32))


def text(path: Path, head: list[str], before: Callable[[int], list[str]], names: list[str]) -> None:
    rows = [
        ",".join([*before(i), *[f"{0.01 * ((7 * i + k) % 90):.4f}" for k in range(len(names))]])
        for i in range(FRAMES)
    ]
    path.write_text("\n".join([",".join([*head, *names]), *rows]) + "\n")


def _code(i: int) -> str:
    return f"10:00:00:{i:02d}.000"


def neurosync(path: Path) -> None:
    text(
        path,
        ["Timecode", "BlendShapeCount"],
        lambda i: [_code(i), "68"],
        [*LIVELINK_CSV, *(f"Emotion{k}" for k in range(7))],
    )


def audio2face(path: Path) -> None:
    names = [f"blendShapes.{n[0].upper()}{n[1:]}" for n in ARKIT]
    text(path, ["", "timeCode"], lambda i: [str(i), f"{i / 30:.5f}"], names)


def unreal(path: Path) -> None:
    text(path, ["Timecode", "NumProperties"], lambda i: [_code(i), "61"], list(LIVELINK_CSV))


def rows_json(path: Path) -> None:
    path.write_text(json.dumps([{"time": i / 30, **{n: 0.01 * i for n in ARKIT}} for i in range(FRAMES)]))


def lists_json(path: Path) -> None:
    path.write_text(
        json.dumps({"fps": 30, "channels": {n: [0.01 * i for i in range(FRAMES)] for n in ARKIT}})
    )


def matrix_json(path: Path) -> None:
    path.write_text(json.dumps({"names": list(ARKIT), "fps": 30, "weights": [[0.1] * 52] * FRAMES}))


def written(name: str, **wishes: str) -> Callable[[Path], None]:
    return lambda path: void(write_motion(take(), path, name, **wishes))


def void(_: object) -> None:
    return None


MAKERS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "NeuroSync shapes.csv": ("t.csv", neurosync),
    "Audio2Face-3D csv": ("t.csv", audio2face),
    "Unreal Live Link csv": ("t.csv", unreal),
    "Face Cap txt": ("t.txt", written("face-cap")),
    "scores, a dictionary a frame": ("t.json", rows_json),
    "scores, a list a channel": ("t.json", lists_json),
    "scores, names and a matrix": ("t.json", matrix_json),
    "MediaPipe web results": ("t.json", written("mediapipe-json")),
    "flame-head-tracker 3.3 N.npy": ("t", written("flame-head-tracker", version="3.3")),
    "LAM flame_params.json": ("t.json", written("lam-web")),
    "LAM motion folder": ("t", written("lam")),
    "LAM bsData.json": ("t.json", written("lam-a2e")),
    "pixel3dmm .frame": ("t", written("pixel3dmm")),
}
"""What is damaged: a name for people, the file's name and what writes it."""


def listen() -> None:
    """Note what is run from now on; a module's own code, imported when it is first needed, is not of the file."""

    def hear(event: str, args: tuple[object, ...]) -> None:
        if event in RUNS:
            code = getattr(args[0], "co_filename", "") if event == "exec" and args else ""
            if not (code and (code.startswith("<frozen") or Path(code).is_file())):
                _heard.append(event)

    sys.addaudithook(hear)


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Some bytes changed, and now and then a part cut off, repeated or left out."""
    out = bytearray(data)
    alphabet = np.frombuffer(b'0,;:.[]{}"\n\x00\xffeN-./cR(\x80', np.uint8)
    for at in rng.integers(0, len(out), rng.integers(1, 12)):
        out[at] = rng.choice(alphabet) if rng.random() < 0.7 else rng.integers(256)
    kind, at = rng.integers(10), int(rng.integers(0, len(out)))
    if kind == 0:
        return bytes(out[:at])
    if kind == 1:
        return bytes(out[:at] + out[max(0, at - 200) :])
    if kind == 2:
        return bytes(out[:at] + out[at + int(rng.integers(1, 300)) :])
    return bytes(out)


def outcomes(name: str, folder: Path, count: int, seed: int = 0) -> Counter[str]:
    """How many damaged files gave a take, an error, something else (the first is kept as a key), or ran something."""
    file, make = MAKERS[name]
    place = folder / file
    shutil.rmtree(place, ignore_errors=True)
    place.unlink(missing_ok=True)
    make(place)
    read_motion(place)  # what is imported on first use is imported now
    files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
    contents = [p.read_bytes() for p in files]
    rng, found = np.random.default_rng(seed), Counter[str]()
    for _ in range(count):
        which = int(rng.integers(len(files)))
        files[which].write_bytes(damaged(contents[which], rng))
        _heard.clear()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                record = read_motion(place).recording
            good = all(
                np.isfinite(getattr(record, key)).all()
                for key in ("expression", "global_orient", "transl", "arkit_weights")
            )
            found["a take" if good else "a take with NaN"] += 1
        except Mp2FlameError as error:
            found["one error" if str(error) and "\n" not in str(error) else f"no clear error: {error}"] += 1
        except Exception as error:
            found[f"{type(error).__name__}: {str(error)[:80]}"] += 1
        if _heard:
            found[f"ran {_heard[0]}"] += 1
        files[which].write_bytes(contents[which])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--only", help="part of a format's name")
    asked = parser.parse_args()
    listen()
    print("| format | damaged files | a take | one clear error | else | seconds |\n|---|---|---|---|---|---|")
    for name in MAKERS:
        if asked.only and asked.only not in name:
            continue
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            found = outcomes(name, Path(folder), asked.count)
        rest = {key: value for key, value in found.items() if key not in ("a take", "one error")}
        took = time.perf_counter() - start
        print(
            f"| {name} | {asked.count} | {found['a take']} | {found['one error']} | {rest or 0} | {took:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
