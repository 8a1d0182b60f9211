#!/usr/bin/env python3
"""Files for 3D programs of a 30 s take with 100 expression targets: time and size.

    python bench/bench_gltf.py [--shared ../shared]

Lab head A with its 50 unused expression columns filled, 900 frames, colours, morphed normals. Correctness is
tests/test_gltf.py: read back by an independent reader, by Khronos's validator, by three.js and by Blender.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from mp2flame.base.values import FlameParams
from mp2flame.flame import load_flame
from mp2flame.flame.colors import colors_for
from mp2flame.io.exports.gltf import write_glb
from mp2flame.io.exports.meshes import MeshTake, write_mdd, write_meshes, write_pc2, write_usd
from mp2flame.rig.rig import solve_rig
from mp2flame.take.take import Take

SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[1] / ".." / "shared"))


def size_mb(path: Path) -> float:
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED)
    model = load_flame(parser.parse_args().shared / "models" / "lab_head_a.pkl")
    r = np.random.default_rng(0)
    dirs = model.exprdirs.copy()
    dirs[:, :, 50:] = r.normal(0, 3e-4, dirs[:, :, 50:].shape)
    model = replace(model, exprdirs=dirs, sha256="")
    frames = 900
    weights = np.clip(r.normal(0, 0.3, (frames, 52)), 0, 1).astype(np.float32)
    rig = solve_rig(model)
    expression, jaw, eyes = rig.apply(weights)
    small = r.normal(0, 0.1, (3, frames, 3))
    params = FlameParams(expression, jaw, eyes, small[0], small[1], small[2])
    take = Take.from_params(params, np.arange(frames) * 1000 / 30, arkit_weights=weights)
    colors = colors_for(model)
    meshes = MeshTake(take, model, colors=colors)
    print("| file | processor, s | MB |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jobs = {
            "flame.glb": lambda p: write_glb(p, take, model, form="flame", colors=colors),
            "flame, resting normals.glb": lambda p: write_glb(p, take, model, form="flame", normals=False),
            "arkit.glb": lambda p: write_glb(p, take, model, rig=rig, colors=colors),
            "cache.pc2": lambda p: write_pc2(p, meshes),
            "cache.mdd": lambda p: write_mdd(p, meshes),
            "stage.usdc": lambda p: write_usd(p, meshes),
            "PLY files": lambda p: write_meshes(p, meshes, "ply"),
            "OBJ files": lambda p: write_meshes(p, meshes, "obj"),
        }
        for label, job in jobs.items():
            start = time.process_time()
            job(folder / label)
            print(f"| {label} | {time.process_time() - start:.2f} | {size_mb(folder / label):.1f} |")


if __name__ == "__main__":
    main()
