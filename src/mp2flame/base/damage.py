"""Doors for files: whatever a damaged one makes a reader raise comes out as one clear error."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from typing import Any

from .errors import FileFormatError, InputError, Mp2FlameError


def reason(error: BaseException) -> str:
    """An error's text as part of a sentence: one short printable line, whatever the file made it say."""
    text = str(getattr(error, "strerror", None) or error) or type(error).__name__
    return "".join(c if c.isprintable() else "?" for c in text[:120])


@contextlib.contextmanager
def reading(path: str | os.PathLike[str], what: str, advice: str = "") -> Iterator[None]:
    """While a file is read: anything but our own errors is damage, and so is a value that we refuse.

    Not a list of exceptions: zip, JSON, NumPy and Python each raise a dozen kinds on files that nobody foresaw.

    Args:
        path: of the file, for the message.
        what: the kind of file expected, such as "a profile".
        advice: what to do next, a sentence.

    Raises:
        FileFormatError: for whatever was raised inside.
    """
    name = os.fspath(path)
    try:
        yield
    except InputError as error:  # a value of the file's, not of the caller's
        raise FileFormatError(f"{name} is not {what}: {error}") from error
    except Mp2FlameError:
        raise
    except (Exception, RecursionError) as error:
        text = (
            f"{name} is not {what} that can be read ({reason(error)}); it is damaged or another kind of file."
        )
        raise FileFormatError(f"{text} {advice}".rstrip()) from error


def parse_json(data: str | bytes, label: str) -> Any:
    """JSON with numbers that Python and NumPy can hold.

    Raises:
        FileFormatError: not JSON, nested too deeply, or a number too long to be one.
    """
    with reading(label, "JSON"):
        return json.loads(data)
