"""``python -m mp2flame``, and what the ``mp2flame`` command starts."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import time
from types import TracebackType
from typing import Any


def _say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An interruption that comes where nobody can catch it (between two handlers) is one line as well."""
    if issubclass(kind, KeyboardInterrupt):
        os.write(2, b"Interrupted.\n")
    else:
        sys.__excepthook__(kind, error, trace)


def _once_more(lost: Any) -> None:
    """An interruption that came where exceptions go nowhere (a weak reference's callback) comes again."""

    def soon() -> None:
        time.sleep(0.02)
        _thread.interrupt_main()

    if issubclass(lost.exc_type, KeyboardInterrupt):
        _thread.start_new_thread(soon, ())
    else:
        sys.__unraisablehook__(lost)


def _leave_quickly(code: object) -> None:
    """After a signal: taking all loaded modules down takes a second or two on a busy machine, and nothing needs it."""
    from .base.processes import interruptions

    if not interruptions or not (code is None or isinstance(code, int)):
        return
    import atexit
    import contextlib
    import threading

    if all(one.daemon or one is threading.main_thread() for one in threading.enumerate()):
        atexit._run_exitfuncs()  # noqa: SLF001 - os._exit leaves them out
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code or 0)


def main() -> None:
    """As ``mp2flame.cli.main``; Ctrl-C while the program is still being loaded is one line, too."""
    sys.excepthook, sys.unraisablehook = _say, _once_more
    try:
        from .cli import main as command

        command()
    except KeyboardInterrupt:
        os.write(2, b"Interrupted.\n")
        sys.exit(130)
    except SystemExit as end:
        _leave_quickly(end.code)
        raise
    finally:  # a signal while the interpreter closes ends it, without a traceback
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)


if __name__ == "__main__":
    main()
