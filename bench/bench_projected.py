"""Pixels between the driven mesh's landmarks and MediaPipe's on real clips, at 512 pixels, as any format's camera sees them.

    python bench/bench_projected.py [--shared ../shared] [--flame FLAME] [--profile]

Every format puts the mesh where the take puts it to 0.1 pixel (tests/io/test_formats_cameras.py), so the take is measured.
`posed`: the same faces with the rotation and place that fit best (perspective-n-point on all points, same camera): what is
left is the shape of another person's face. Face width stands beside it, because pixels count for more where the face is large.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from mp2flame import Driver, builtin_head
from mp2flame.flame import load_flame
from mp2flame.flame.landmarks import embedding_for
from mp2flame.observe.camera import Camera
from mp2flame.observe.pnp import solve
from mp2flame.take.take import Take

SKIN = 468
CLIPS = ("LP_drv__d0", "LP_drv__d12", "LP_drv__d13", "LP_drv__d19", "LP_drv__d20", "intel_asl__sister", "intel_asl__yes",
         "intel_prev__head-pose-face-detection-female", "intel_prev__head-pose-face-detection-male")  # fmt: skip


def command(*words: object) -> None:
    subprocess.run(
        [sys.executable, "-m", "mp2flame", *map(str, words), "--quiet"], check=True, capture_output=True
    )


def driven(source: Path, folder: Path, flame: Path | None, profile: bool) -> Take:
    """The take that the commands make of a clip."""
    options = ["--flame", flame] if flame else []
    if profile:
        command("calibrate", source, "-o", folder / f"{source.stem}.profile", *options)
        options += ["--profile", folder / f"{source.stem}.profile"]
    command("run", source, "-o", folder / f"{source.stem}.npz", *options)
    return Take.load(folder / f"{source.stem}.npz")


def measure(driver: Driver, take: Take, name: str) -> str:
    """One line of the table for a clip."""
    rows = np.flatnonzero(take.detected)
    height, width = take.image_size
    camera = Camera.from_matrix(np.broadcast_to(take.intrinsics, (take.num_frames, 3, 3))[0])
    embedding = embedding_for(driver.mesh_model)
    seen = take.landmarks[rows][:, :SKIN, :2].astype(np.float64)

    def points(params) -> np.ndarray:
        return embedding.landmarks(driver.vertices(params))[rows][:, :SKIN].astype(np.float64)

    def off(posed) -> float:
        return float(
            np.median(np.linalg.norm((camera.project(posed) / [width, height] - seen) * 512, axis=-1))
        )

    zero = np.zeros_like(take.global_orient)
    still = points(take.params.replace(global_orient=zero, transl=zero))
    some = range(0, len(rows), max(1, len(rows) // 40))
    rays = camera.rays(seen * [width, height])
    best = []
    for i in some:
        rotation, place = solve(still[i], rays[i : i + 1], np.full(SKIN, 1 / SKIN))
        at = camera.project(still[i] @ rotation[0].T + place[0]) / [width, height]
        best.append(np.linalg.norm((at - seen[i]) * 512, axis=-1))
    face = np.ptp(seen[..., 0], axis=1).mean() * 512
    turn = np.degrees(np.ptp(take.global_orient[rows], axis=0).max())
    return (
        f"| {name} | {width} x {height} | {face:.0f} | {turn:.0f}° "
        f"| {off(points(take.params)):.1f} | {np.median(best):.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    default = os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[1] / ".." / "shared")
    parser.add_argument("--shared", type=Path, default=default)
    parser.add_argument("--flame", type=Path)
    parser.add_argument(
        "--profile", action="store_true", help="calibrate on each clip first: the person's own head"
    )
    options = parser.parse_args()
    model = load_flame(options.flame) if options.flame else builtin_head()
    print("| clip | picture | face, px at 512 | turns by | off, median px | posed |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in CLIPS:
            source = next((Path(options.shared) / "data" / "videos").glob(name + ".*"))
            take = driven(source, Path(folder), options.flame, options.profile)
            betas = np.asarray(take.meta["betas"]) if "betas" in take.meta else None
            print(measure(Driver(model, betas=betas), take, name), flush=True)


if __name__ == "__main__":
    main()
