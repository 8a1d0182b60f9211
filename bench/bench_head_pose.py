"""Head pose: synthetic landmarks (yaw to 60, pitch and roll to 40 degrees), the lab test set, and what moving a turn from
the root to the neck costs the face.

python bench/bench_head_pose.py [--shared FOLDER]
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np

from mp2flame.base import rotations
from mp2flame.observe import head_pose
from mp2flame.observe.camera import Camera

SIZE = (480, 640)


def synthetic(fov_deg: float, noise_px: float, count: int = 500) -> str:
    rng = np.random.default_rng(0)
    camera = Camera.from_fov(fov_deg, SIZE)
    rotation = rotations.euler_to_matrix(np.radians(rng.uniform(-1, 1, (count, 3)) * [60, 40, 40]), "YXZ")
    place = np.concatenate([rng.uniform(-0.1, 0.1, (count, 2)), -rng.uniform(0.3, 1.5, (count, 1))], axis=1)
    points = np.einsum("nij,kj->nki", rotation, head_pose.canonical_points()) + place[:, None]
    seen = np.zeros((count, 478, 3))
    seen[:, :468, :2] = (camera.project(points) + rng.normal(0, noise_px, (count, 468, 2))) / [
        SIZE[1],
        SIZE[0],
    ]
    start = time.perf_counter()
    pose = head_pose.from_landmarks(seen, SIZE, camera=camera)
    ms = (time.perf_counter() - start) / count * 1e3
    angle = np.degrees(rotations.geodesic_angle(pose.rotation, rotation))
    off = np.linalg.norm(pose.translation - place, axis=1) / np.linalg.norm(place, axis=1) * 100
    return (
        f"| synthetic, {fov_deg:g}° field of view, {noise_px:g} px noise | {angle.mean():.3f}° "
        f"| {angle.max():.3f}° | {off.max():.3f} % | {ms:.2f} |"
    )


def lab(shared: Path) -> list[str]:
    from mp2flame.flame import load_flame

    head = load_flame(shared / "models" / "lab_head_a.pkl").prepare()
    with np.load(shared / "data" / "lab" / "test.npz") as data:
        landmarks, matrix, truth = data["landmarks"], data["face_matrix"], data["global_orient"]
    truth = rotations.axis_angle_to_matrix(truth)
    size = (512, 512)
    ways = {
        "landmarks, camera not known (what `run` does)": {"landmarks": landmarks, "image_size": size},
        "landmarks, camera known (20.8°)": {
            "landmarks": landmarks, "image_size": size, "camera": Camera.from_fov(20.8, size),
        },
        "face matrix, corrected": {"face_matrix": matrix},
    }  # fmt: skip
    lines = []
    for name, options in ways.items():
        start = time.perf_counter()
        orient, _ = head_pose.flame_pose(head, **options)
        ms = (time.perf_counter() - start) / len(truth) * 1e3
        e = np.degrees(rotations.geodesic_angle(rotations.axis_angle_to_matrix(orient), truth))
        lines.append(
            f"| lab test set, {name} | {e.mean():.2f}° | {np.percentile(e, 95):.2f}° (p95) | | {ms:.2f} |"
        )
    raw = head_pose.from_face_matrix(matrix).rotation
    e = np.degrees(rotations.geodesic_angle(raw, truth))
    lines.append(
        f"| lab test set, face matrix as it is | {e.mean():.2f}° | {np.percentile(e, 95):.2f}° (p95) | | |"
    )
    return lines


def neck(shared: Path) -> list[str]:
    """How far the face's landmarks move when a turn goes from the root to the neck, with and without the fit."""
    from mp2flame.flame import load_flame
    from mp2flame.observe import move_head

    head = load_flame(shared / "models" / "lab_head_a.pkl").prepare()
    lines = ["", "| root to neck, lab head A | median | 95 % | worst |", "|---|---|---|---|"]
    for name, degrees in (
        ("yaw 51°", (0, 51, 0)),
        ("pitch 17°", (17, 0, 0)),
        ("yaw 10°", (0, 10, 0)),
        ("yaw 5°", (0, 5, 0)),
    ):
        turn = move_head.HeadMotion(np.radians([degrees]), np.zeros((1, 3)), np.array([[0, 0, -0.5]]))
        _, off = move_head.neck_for(turn, head)
        lines.append(
            f"| {name} | {' | '.join(f'{1e3 * v:.1f} mm' for v in np.percentile(off, [50, 95, 100]))} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[1] / ".." / "shared")
    parser.add_argument("--shared", type=Path, default=default)
    shared = parser.parse_args().shared
    print("| what | mean | worst | distance, worst | ms a frame |")
    print("|---|---|---|---|---|")
    for fov_deg in (20, 63):
        for noise_px in (0, 0.5):
            print(synthetic(fov_deg, noise_px))
    if (Path(shared) / "data" / "lab").is_dir():
        print("\n".join([*lab(Path(shared)), *neck(Path(shared))]))


if __name__ == "__main__":
    main()
