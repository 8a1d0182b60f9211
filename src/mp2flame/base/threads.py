"""One BLAS thread for the whole process, also when NumPy is imported already.

With small matrices two BLAS threads are many times slower than one on a busy machine
(bench/bench_forward.py), because each waits for the other to be scheduled. The command line says so in the
environment before NumPy is imported; a program that uses the library live cannot, so the libraries that are
loaded are told directly.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

_NAMES = ("openblas", "mkl_rt", "blis")
# (set, get): NumPy's wheels prefix and suffix OpenBLAS's names
_FUNCTIONS = tuple(
    (f"{prefix}openblas_set_num_threads{suffix}", f"{prefix}openblas_get_num_threads{suffix}")
    for prefix in ("", "scipy_")
    for suffix in ("", "64_", "_64_")
) + (
    ("MKL_Set_Num_Threads", "MKL_Get_Max_Threads"),
    ("bli_thread_set_num_threads", "bli_thread_get_num_threads"),
)


@contextlib.contextmanager
def one_blas_thread() -> Iterator[int]:
    """Within the block every BLAS library that is loaded uses one thread; yields how many were found."""
    found = list(_thread_counts())
    for set_threads, _ in found:
        set_threads(1)
    try:
        yield len(found)
    finally:
        for set_threads, before in found:
            set_threads(before)


def _thread_counts() -> Iterator[tuple[Callable[[int], object], int]]:
    """(setter, threads now) of each loaded library."""
    for path in _loaded():
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        for set_name, get_name in _FUNCTIONS:
            setter, getter = getattr(library, set_name, None), getattr(library, get_name, None)
            if setter is not None and getter is not None:
                yield setter, int(getter())
                break


def _loaded() -> set[str]:
    """Paths of BLAS libraries in this process."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
            paths = {line.split(None, 5)[-1] for line in maps.splitlines() if line.count("/")}
            return {path for path in paths if any(name in os.path.basename(path) for name in _NAMES)}
    # Elsewhere NumPy's wheel keeps its own copy beside the package; opening it again gives the loaded one.
    root = Path(np.__file__).parent
    folders = (root.parent / "numpy.libs", root / ".dylibs")
    return {
        str(path) for folder in folders if folder.is_dir() for path in folder.iterdir()
        if any(name in path.name for name in _NAMES)
    }  # fmt: skip
