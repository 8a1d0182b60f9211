"""Whether the process that left something behind still runs, and what this one was told."""

from __future__ import annotations

import os

interruptions: list[int] = []
"""SIGINT and SIGTERM that the running command got."""
INTERRUPTED = 130
"""Exit status of a command that one of them ended."""


def alive(pid: int) -> bool:
    """Whether a process of this number runs on this machine, whoever owns it (POSIX)."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it lives, under another user
        return True
    return True
