"""``python -m mp2flame``, and what the ``mp2flame`` command starts."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """As ``mp2flame.cli.main``; Ctrl-C while the program is still being loaded is one line, too."""
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
