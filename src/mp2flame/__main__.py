"""``python -m mp2flame``, and what the ``mp2flame`` command starts."""

from __future__ import annotations

import os
import signal
import sys
from types import TracebackType


def _say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An interruption that comes where nobody can catch it (between two handlers) is one line as well."""
    if issubclass(kind, KeyboardInterrupt):
        os.write(2, b"Interrupted.\n")
    else:
        sys.__excepthook__(kind, error, trace)


def main() -> None:
    """As ``mp2flame.cli.main``; Ctrl-C while the program is still being loaded is one line, too."""
    sys.excepthook = _say
    try:
        from .cli import main as command

        command()
    except KeyboardInterrupt:
        os.write(2, b"Interrupted.\n")
        sys.exit(130)
    finally:  # a signal while the interpreter closes ends it, without a traceback
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)


if __name__ == "__main__":
    main()
