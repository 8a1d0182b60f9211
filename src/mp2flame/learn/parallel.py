"""The same tasks in this process, in several, or on a Dask cluster; results as they come.

A task is a module-level function of one picklable item. A worker that dies takes nothing with it: its
tasks are given out again, and since a task's result is used once, by its key, nothing is lost or counted
twice. A task that fails, or that keeps killing its worker, is reported and the others go on.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..base.errors import InputError, SourceError
from ..base.optional import need

Item = TypeVar("Item")
_ATTEMPTS = 3  # a task that was running three times when its process died is to blame
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Done(Generic[Item]):
    """One task's end: ``result``, or ``error`` when it could not be done."""

    item: Item
    result: Any = None
    error: Exception | None = None


def run_tasks(
    function: Callable[[Item], Any],
    items: Iterable[Item],
    *,
    workers: int = 1,
    dask: str | None = None,
    key: Callable[[Item], str] = str,
) -> Iterator[Done[Item]]:
    """Run ``function`` on every item; yields each as it is done, in no order, each item once.

    Args:
        function: module-level function; runs in another process unless ``workers`` is 1.
        items: picklable values with different keys.
        workers: processes on this machine; 0: one per core.
        dask: address of a Dask scheduler, ``tcp://host:8786``; then ``workers`` does not count.
        key: text that names an item; of two with the same key only the first is run.

    Raises:
        InputError: a number of workers below 0.
        MissingDependencyError, SourceError: Dask is not installed, or no scheduler answers.
    """
    unique: dict[str, Item] = {}
    for item in items:
        unique.setdefault(key(item), item)
    if workers < 0:
        raise InputError(f"workers must be 0 (one per core) or more, got {workers}.")
    if dask is not None:
        yield from _on_cluster(function, unique, dask)
        return
    count = min(workers or os.cpu_count() or 1, max(len(unique), 1))
    if count == 1:
        for item in unique.values():
            yield _here(function, item)
        return
    yield from _in_processes(function, list(unique.values()), count)


def _here(function: Callable[[Item], Any], item: Item) -> Done[Item]:
    try:
        return Done(item, function(item))
    except Exception as error:
        return Done(item, error=error)


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes started meanwhile use one BLAS thread: they share the cores already."""
    before = {name: os.environ.get(name) for name in _THREADS}
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


def _start(context: Any, count: int) -> dict[str, Any]:
    """What processes do first; one alone may use every core."""
    if count == 1 or not hasattr(os, "sched_setaffinity"):
        return {}
    cores = sorted(os.sched_getaffinity(0))
    return {"initializer": _own_cores, "initargs": (context.Value("i", 0), count, cores)}


def _own_cores(started: Any, count: int, cores: list[int]) -> None:
    """First thing in a process: it gets its share of the cores for itself.

    The detector starts threads for every core that it sees; several detectors then spend their time waiting
    for each other. Where the system cannot do this (macOS, Windows) nothing happens.
    """
    with started.get_lock():
        number = started.value
        started.value += 1
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, cores_of(number, count, cores))


def cores_of(number: int, count: int, cores: list[int]) -> list[int]:
    """The cores of worker ``number`` of ``count``: an even share, at least one."""
    return cores[number % count :: count] or [cores[number % len(cores)]]


def _in_processes(function: Callable[[Item], Any], items: list[Item], count: int) -> Iterator[Done[Item]]:
    waiting = list(reversed(items))
    while waiting:
        suspects: list[Item] = []  # what was running when a process died
        yield from _until_a_death(function, waiting, suspects, count)
        for item in suspects:
            done = None
            for _ in range(_ATTEMPTS - 1):  # each alone, so that the next death shows who is to blame
                done = next(_until_a_death(function, [item], [], 1), None)
                if done is not None:
                    break
            yield done or Done(item, error=SourceError("the process that worked on it died every time."))


def _until_a_death(
    function: Callable[[Item], Any], waiting: list[Item], lost: list[Item], count: int
) -> Iterator[Done[Item]]:
    """Take from the end of ``waiting`` until it is empty or a process dies; ``lost`` gets what was
    running."""
    # spawned, not forked: the detector and the BLAS library have threads that do not survive a fork
    context = multiprocessing.get_context("spawn")
    running: dict[Future[Any], Item] = {}
    with _one_thread_each(), ProcessPoolExecutor(count, mp_context=context, **_start(context, count)) as pool:
        try:
            while (waiting or running) and not lost:
                while waiting and len(running) < 2 * count:
                    item = waiting.pop()
                    try:
                        running[pool.submit(function, item)] = item
                    except BrokenProcessPool:
                        lost.append(item)
                        break
                for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                    item = running.pop(future)
                    error = future.exception()
                    if isinstance(error, BrokenProcessPool):
                        lost.append(item)
                    else:
                        yield _done(item, future, error)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    for future, item in running.items():
        if future.done() and not future.cancelled() and future.exception() is None:
            yield Done(item, future.result())
        else:
            lost.append(item)


def _done(item: Item, future: Any, error: BaseException | None) -> Done[Item]:
    if error is None:
        return Done(item, future.result())
    return Done(item, error=error if isinstance(error, Exception) else SourceError(repr(error)))


def _on_cluster(
    function: Callable[[Item], Any], items: dict[str, Item], address: str
) -> Iterator[Done[Item]]:
    distributed = need("distributed", purpose="a Dask cluster")
    try:
        client = distributed.Client(address, timeout="5s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise SourceError(
            f"no Dask scheduler answers at {address} ({error}). Start one with 'dask scheduler'."
        ) from None
    with client:
        # not pure: a task of an earlier run with the same item may have seen other files
        futures = {client.submit(function, item, pure=False, retries=0): item for item in items.values()}
        for future in distributed.as_completed(list(futures), loop=client.loop):
            item = futures[future]
            yield _done(item, future, future.exception())
            future.release()
