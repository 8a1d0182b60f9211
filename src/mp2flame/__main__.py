"""``python -m mp2flame``, and what the ``mp2flame`` command starts."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """As ``mp2flame.cli.main``; Ctrl-C while the program is still being loaded is one line, too."""
    try:
        from .cli import main as command

        command()
    except KeyboardInterrupt:
        os.write(2, b"Interrupted.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
