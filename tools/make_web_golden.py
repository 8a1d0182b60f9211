"""What the TypeScript package is compared with: the bundled take through Python, frame by frame.

    python tools/make_web_golden.py                             writes web/test/golden.m2f (built-in head)
    python tools/make_web_golden.py --flame F.pkl -o DIR        head.m2f and golden.m2f of another head, into DIR
    ... --eyelids                                               with two extra eyelid offsets, made of its own blinks

The inputs are the bundled take's (``base/data/demo_take.npz``), which TypeScript reads itself; this file holds what comes
out. ``tests/io/test_export_web.py`` says when it is stale: after a change of the estimator, the rig or the built-in
head, run the first line and commit the file.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from mp2flame import Detection, Driver
from mp2flame.base.channels import INDEX
from mp2flame.drive.demo import demo_source
from mp2flame.drive.face_driver import FaceDriver
from mp2flame.drive.watch import seen_in
from mp2flame.io.exports.m2f import pack
from mp2flame.io.exports.web import web_head
from mp2flame.show.head import ShownHead

HERE = Path(__file__).resolve().parents[1]
GOLDEN = HERE / "web" / "test" / "golden.m2f"
FRAMES = 60
GAP = range(20, 48)  # frames of the second run in which no face is seen
SLOW = 50.0  # milliseconds a frame there: long enough to lose the face


def driver_of(flame: str | None, eyelids: bool) -> Driver:
    """A head; ``eyelids``: with what its own blinks do as the two extra offsets that trackers have in files."""
    driver = Driver(flame)
    if not eyelids:
        return driver
    asked = np.zeros((3, 52), np.float32)
    asked[1, INDEX["eyeBlinkLeft"]] = asked[2, INDEX["eyeBlinkRight"]] = 1
    still = driver.vertices(driver.params_from_weights(asked))
    return Driver(driver.model, eyelids=still[1:] - still[0])


def golden(flame: str | None = None, eyelids: bool = False) -> dict[str, np.ndarray]:
    """All that is compared, by name; float32."""
    driver = driver_of(flame, eyelids)
    keys = ("expression", "jaw_pose", "eye_pose", *(("eyelids",) if eyelids else ()))
    shown = ShownHead(driver)
    source, profile, _ = demo_source()
    items = list(source)[:FRAMES]
    seen = [seen_in(item) for item in items]
    assert all(s is not None for s in seen)
    found: dict[str, np.ndarray] = {}

    def run(name: str, frames: list, stride: int) -> None:
        found[f"{name}_weights"] = np.stack([f.weights for f in frames])
        for key in (*keys, "global_orient", "transl"):
            found[f"{name}_{key}"] = np.stack(
                [getattr(f.params.with_eyelids() if eyelids else f.params, key) for f in frames]
            )
        found[f"{name}_vertices"] = np.stack(
            [shown.vertices(f.params)[::stride] for f in frames[:: max(1, len(frames) // 8)]]
        )

    face = FaceDriver(driver, filter="off")
    run("live", [face.step(item, s) for item, s in zip(items, seen)], 17)
    face = FaceDriver(driver, filter="light")
    gapped = []
    for k, (item, s) in enumerate(zip(items, seen)):
        slow = replace(item, timestamp_ms=SLOW * k, detected=k not in GAP)
        gapped.append(face.step(slow, None if k in GAP else s))
    run("gap", gapped, 61)
    found["profile_blendshapes"], found["profile_landmarks"] = (
        profile.neutral_blendshapes,
        profile.neutral_landmarks,
    )
    face = FaceDriver(driver, filter="off", profile=profile)
    run("profile", [face.step(item, s) for item, s in zip(items, seen)], 61)
    half_sure = replace(profile, meta={"neutral": {"sure": 0.5}})  # where learning starts
    face = FaceDriver(driver, filter="off", profile=half_sure)
    run("started", [face.step(item, s) for item, s in zip(items, seen)], 61)
    face = FaceDriver(driver, filter="off")
    face.look_ahead(seen)
    run("file", [face.step(item, s) for item, s in zip(items, seen)], 61)

    whole = Detection.stack(seen)
    estimator = driver.estimator
    rest = estimator.neutral(whole)
    found["rest_rows"], found["rest_scores"] = rest.rows, rest.scores
    found["alone_weights"] = estimator(whole)  # frames of their own, no neutral
    found["known_weights"] = estimator(whole, rest)
    found["scores_weights"] = estimator(Detection(whole.blendshapes))
    scores_rest = estimator.neutral(Detection(whole.blendshapes))
    found["scores_known_weights"] = estimator(Detection(whole.blendshapes), scores_rest)

    rng = np.random.default_rng(0)
    asked = np.concatenate(
        [np.eye(52), rng.random((40, 52)) ** 3, rng.random((20, 52)), rng.random((20, 52)) < 0.4]
    )
    params = driver.params_from_weights(asked.astype(np.float32))
    found["asked"] = asked
    for key in keys:
        found[f"asked_{key}"] = getattr(params, key)
    found["asked_vertices"] = shown.vertices(params[::6])[:, ::41]
    return {name: np.asarray(value, np.float32) for name, value in found.items()}


def head(flame: str | None = None, eyelids: bool = False) -> bytes:
    """The head file that goes with it."""
    driver = driver_of(flame, eyelids)
    key = None if driver.eyelids is None else driver.eyelids.key
    dressed = ShownHead(driver).dressed
    made = web_head(driver.mesh_model, driver.rig, driver.estimator, dressed=dressed, eyelids=key)
    return pack(made.arrays, made.header)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flame", help="a FLAME file; default: the built-in head")
    parser.add_argument("-o", "--output", type=Path, help="a folder for head.m2f and golden.m2f")
    parser.add_argument("--eyelids", action="store_true", help="with extra eyelid offsets; needs -o")
    args = parser.parse_args()
    if args.eyelids and args.output is None:
        parser.error("--eyelids needs -o")
    arrays = golden(args.flame, args.eyelids)
    header = {
        "format": "mp2flame.web_golden/1",
        "frames": FRAMES,
        "gap": [GAP.start, GAP.stop],
        "slow_ms": SLOW,
    }
    if args.output is None:
        GOLDEN.write_bytes(pack(arrays, header))
        print(f"wrote {GOLDEN.relative_to(HERE)}, {GOLDEN.stat().st_size} bytes")
        return
    args.output.mkdir(parents=True, exist_ok=True)
    (args.output / "golden.m2f").write_bytes(pack(arrays, header))
    (args.output / "head.m2f").write_bytes(head(args.flame, args.eyelids))
    print(f"wrote {args.output}/head.m2f and golden.m2f")


if __name__ == "__main__":
    main()
