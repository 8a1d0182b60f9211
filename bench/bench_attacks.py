"""Damaged files of every kind that is read, each through its own door: how many, and what came of them.

    python bench/bench_attacks.py [--files 150] [--only take,mapping] [--bombs]

A file is read (finite numbers), refused (one clear error) or a fault: another exception, a warning, a message of
many lines, numbers that are not finite. ``--bombs``: five small files that ask for much, and the peak memory of a
process that opens each, above that of a process that opens nothing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "kit"))
from mp2flame.base.errors import Mp2FlameError

if TYPE_CHECKING:
    from attacks import Door


def table(names: list[str], files: int) -> int:
    from attacks import DOORS, Case, fault_of

    print("| door | files | read | refused | faults | slowest s |")
    print("|---|---|---|---|---|---|")
    faults, total = [], np.zeros(4, int)
    for name in names:
        counts, slowest = np.zeros(3, int), 0.0
        with tempfile.TemporaryDirectory() as folder:
            case = Case(DOORS[name], Path(folder))
            for number in range(files):
                path = case.spoil(number)
                start = time.perf_counter()
                outcome, why = fault_of(DOORS[name], path)
                slowest = max(slowest, time.perf_counter() - start)
                counts[("read", "refused", "fault").index(outcome)] += 1
                if outcome == "fault":
                    faults.append(f"{name} {number}: {why[:200]}")
        total += [files, *counts]
        print(f"| {name} | {files} | {counts[0]} | {counts[1]} | {counts[2]} | {slowest:.2f} |", flush=True)
    print("| all |", " | ".join(map(str, total)), "| |")
    print("\n".join(faults), file=sys.stderr)
    return len(faults)


_MANY = 900 << 17  # of 8 bytes each


# --- bombs -----------------------------------------------------------------------------------------------------


def _zeros(path: Path, name: str, descr: str, shape: tuple[int, ...], size: int) -> None:
    from mp2flame.base.safe_npz import npy_header

    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as out,
    ):
        out.write(npy_header(np.dtype(descr), shape))
        for _ in range(size >> 20):
            out.write(bytes(1 << 20))


def bombs(folder: Path) -> dict[str, tuple[str, Path]]:
    """Name to door and file."""
    made = {
        "take, 900 MB of zeros": ("take", folder / "take.npz"),
        "FLAME file, 900 MB of zeros": ("flame npz", folder / "flame.npz"),
        "FLAME zip, 900 MB of zeros": ("flame zip", folder / "flame.zip"),
        "mapping that claims 10 TB": ("mapping", folder / "mapping.npz"),
        "scores, JSON 10 million deep": ("scores json", folder / "deep.json"),
    }
    _zeros(folder / "take.npz", "timestamp_ms.npy", "<f8", (_MANY,), 8 * _MANY)
    _zeros(folder / "flame.npz", "v_template.npy", "<f8", (_MANY, 1), 8 * _MANY)
    _zeros(folder / "flame.zip", "generic_model.pkl", "<f8", (_MANY,), 8 * _MANY)
    _zeros(folder / "mapping.npz", "weights.npy", "<f8", (1 << 40,), 0)
    (folder / "deep.json").write_bytes(b"[" * 10_000_000)
    return made


def _peak(door: Door | None, path: Path | None) -> tuple[int, str]:
    """(peak MB, what was said) in a process of its own."""

    def work(pipe: multiprocessing.connection.Connection) -> None:
        said = "nothing opened"
        if door is not None and path is not None:
            try:
                door.read(path)
                said = "read"
            except Mp2FlameError as error:
                said = str(error).replace(str(path.parent) + os.sep, "")[:110]
        pipe.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10, said))

    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=work, args=(theirs,))
    child.start()
    found: tuple[int, str] = ours.recv()
    child.join()
    return found


def bomb_table() -> None:
    import importlib

    from attacks import DOORS

    for module in ("take.take", "flame", "rig.mapping.files", "io.sources.scores"):
        importlib.import_module(f"mp2flame.{module}")
    print("| bomb | bytes | peak above idle, MB | said |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        idle = _peak(None, None)[0]
        for name, (door, path) in bombs(Path(folder)).items():
            peak, said = _peak(DOORS[door], path)
            print(f"| {name} | {path.stat().st_size:,} | {peak - idle} | {said} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=150)
    parser.add_argument("--only", default="")
    parser.add_argument("--bombs", action="store_true")
    options = parser.parse_args()
    from attacks import DOORS

    warnings.simplefilter("always")
    if options.bombs:
        bomb_table()
        return
    names = options.only.split(",") if options.only else list(DOORS)
    raise SystemExit(table(names, options.files) > 0)


if __name__ == "__main__":
    main()
