"""Milliseconds per rendered picture: software and OpenGL, with and without antialiasing, read back.

    python bench/bench_render.py [--flame F] [--size 512] [--repeats 30]

The mesh is the built-in head, or a FLAME file; every picture has new vertices. Ratios are against OpenGL
with one sample, measured in turns in the same run.
"""

from __future__ import annotations

import argparse
import os
import time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # before NumPy is imported

import numpy as np

from mp2flame.base.errors import MissingDependencyError
from mp2flame.flame import load_flame
from mp2flame.show.pictures import Renderer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flame")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=30)
    options = parser.parse_args()
    if options.flame:
        model = load_flame(options.flame)
    else:
        from mp2flame.flame.builtin.head import builtin_head

        model = builtin_head()
    size = (options.size, options.size)
    renderers: dict[str, Renderer] = {}
    for backend, samples in (("gl", 1), ("gl", 4), ("software", 1), ("software", 4)):
        try:
            renderers[f"{backend}, {samples} sample{'s' if samples > 1 else ''}"] = Renderer(
                model.faces, size, backend=backend, samples=samples, num_vertices=model.num_vertices
            )
        except MissingDependencyError as error:
            print(f"{backend} left out: {error}")
    frames = [
        model.v_template + np.float32(1e-4) * np.random.default_rng(k).standard_normal(3).astype(np.float32)
        for k in range(4)
    ]
    times: dict[str, list[float]] = {name: [] for name in renderers}
    for renderer in renderers.values():
        renderer(frames[0])
    for k in range(options.repeats):
        for name, renderer in renderers.items():
            started = time.perf_counter()
            renderer(frames[k % 4])
            times[name].append(1000 * (time.perf_counter() - started))
    base = np.median(next(iter(times.values())))
    print(
        f"{model.release}: {model.num_vertices} vertices, {len(model.faces)} triangles, {size[1]}x{size[0]}\n"
    )
    print("| renderer | median ms | 5th percentile | 95th | times the first |\n|---|---|---|---|---|")
    for name, values in times.items():
        low, middle, high = np.percentile(values, [5, 50, 95])
        print(f"| {name} | {middle:.1f} | {low:.1f} | {high:.1f} | {middle / base:.1f} |")
    for renderer in renderers.values():
        renderer.close()


if __name__ == "__main__":
    main()
