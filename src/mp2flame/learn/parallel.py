"""The same tasks in this process, in several, or on a Dask cluster; results as they come.

A task is a module-level function of one picklable item. A worker that dies takes nothing with it: its
tasks are given out again, and since a task's result is used once, by its key, nothing is lost or counted
twice. A task that fails, or that keeps killing its worker, is reported and the others go on.

Processes never outlive who started them. Each holds the reading end of a pipe, the lifeline; it closes when the
run ends early (an interrupt, an error, a generator that is closed) and also when the parent is killed. Then
``stopping()`` is true in the worker, so that a task can keep what it has; half a second later the task is
interrupted (``KeyboardInterrupt``, so that it tidies up), and the process ends.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..base.errors import InputError, SourceError
from ..base.optional import need

Item = TypeVar("Item")
_ASK_S, _TIDY_S = 0.5, 0.8  # to end by itself, then to tidy up: an interrupt ends within two seconds
_ATTEMPTS = 3  # a task that was running three times when its process died is to blame
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_stop = threading.Event()
_idle = threading.Event()
_when_stopping: list[Callable[[], None]] = []


def stopping() -> bool:
    """Whether a long task shall end now and keep what it has. Always False in the process that gave it out."""
    return _stop.is_set()


@contextlib.contextmanager
def when_stopping(call: Callable[[], None]) -> Iterator[None]:
    """While the block lasts, ``call`` is called once ``stopping()`` is true, from another thread."""
    _when_stopping.append(call)
    try:
        yield
    finally:
        _when_stopping.remove(call)


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
) -> Iterator[Done[Item]]:
    """Run ``function`` on every item; yields each as it is done, in no order, each item once.

    Args:
        function: module-level function; runs in another process unless ``workers`` is 1.
        items: picklable values; of two with the same ``str`` only the first is run.
        workers: processes on this machine; 0: one per core.
        dask: address of a Dask scheduler, ``tcp://host:8786``; then ``workers`` does not count.

    Raises:
        InputError: a number of workers below 0.
        MissingDependencyError, SourceError: Dask is not installed, or no scheduler answers.
    """
    unique: dict[str, Item] = {}
    for item in items:
        unique.setdefault(str(item), item)
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
    except Exception as error:  # noqa: BLE001
        return Done(item, error=error)


def _begin(lifeline: Any, places: list[Any], cores: list[int]) -> None:
    """First thing in a process: its share of the cores, and a watch over the lifeline.

    The detector starts threads for every core that it sees; several detectors then spend their time waiting
    for each other. Where the system cannot give out cores (macOS, Windows) nothing happens.
    """
    number = next((i for i, place in enumerate(places) if place.acquire(block=False)), None)
    if number is not None:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, cores_of(number, len(places), cores))
    _idle.set()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to every process: the parent decides
    signal.signal(signal.SIGTERM, _interrupt)
    threading.Thread(target=_watch, args=(lifeline,), name="mp2flame-lifeline", daemon=True).start()


def _interrupt(*_: Any) -> None:
    """On the first SIGTERM ask the task to end, on the second make it."""
    if _stop.is_set():
        raise KeyboardInterrupt
    _stop.set()


def _watch(lifeline: Any) -> None:
    """End this process, the running task first, when the lifeline closes or a signal says so.

    A parent that lives waits for the tasks of all and then ends the processes itself.
    """
    parent = os.getppid()
    with contextlib.suppress(EOFError, OSError):
        while not _stop.is_set() and not lifeline.poll(0.2):
            pass
    _stop.set()
    for call in list(_when_stopping):
        call()
    until = time.monotonic() + _ASK_S + _TIDY_S
    if not _idle.wait(_ASK_S):
        _thread.interrupt_main(signal.SIGTERM)
        _idle.wait(_TIDY_S)
    while os.getppid() == parent and time.monotonic() < until:
        time.sleep(0.02)
    os._exit(1)


def _guarded(function: Callable[[Item], Any], item: Item) -> Any:
    _idle.clear()
    try:
        if _stop.is_set():
            raise KeyboardInterrupt
        return function(item)
    finally:
        _idle.set()


def _cores() -> list[int]:
    """What the workers share; empty where the system cannot give out cores."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []


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


@contextlib.contextmanager
def _pool(count: int, running: Iterable[Future[Any]]) -> Iterator[Any]:
    """Processes that end with this block; when it is left by an error, soon after what is ``running``."""
    # Not forked: the detector and the BLAS library have threads that do not survive that.
    import loky
    import loky.backend

    context = loky.backend.get_context("loky")
    reader, writer = context.Pipe(duplex=False)
    cores = _cores() if count > 1 else []  # one alone may use every core
    places = [context.Lock() for _ in range(count)] if cores else []
    pool = loky.ProcessPoolExecutor(
        count,
        context=context,
        initializer=_begin,
        initargs=(reader, places, cores),
        env={name: os.environ.get(name, "1") for name in _THREADS},  # they share the cores already
    )
    clean = False
    try:
        yield pool
        clean = True
    finally:
        if not clean:
            writer.close()
            begun = [future for future in list(running) if not future.cancel()]
            wait(begun, timeout=_ASK_S + _TIDY_S)
        pool.shutdown(wait=True, kill_workers=not clean)
        reader.close()
        writer.close()


def _until_a_death(
    function: Callable[[Item], Any], waiting: list[Item], lost: list[Item], count: int
) -> Iterator[Done[Item]]:
    """Take from the end of ``waiting`` until it is empty or a process dies.

    ``lost`` gets what was running.
    """
    running: dict[Future[Any], Item] = {}
    with _pool(count, running) as pool:
        while (waiting or running) and not lost:
            while waiting and len(running) < 2 * count:
                item = waiting.pop()
                try:
                    running[pool.submit(_guarded, function, item)] = item
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
