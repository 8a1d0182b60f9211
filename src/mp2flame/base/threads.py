"""One BLAS thread for the whole process, also when NumPy is imported already.

With small matrices two BLAS threads are many times slower than one on a busy machine
(bench/bench_forward.py), because each waits for the other to be scheduled. The command line says so in the
environment before NumPy is imported; a program that uses the library live cannot, so the libraries that are
loaded are told directly.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def one_blas_thread() -> Iterator[int]:
    """Within the block every BLAS library that is loaded uses one thread; yields how many were found."""
    from threadpoolctl import ThreadpoolController

    found = ThreadpoolController().select(user_api="blas")
    with found.limit(limits=1):
        yield len(found)
