"""Doors for files: whatever a damaged one makes a reader raise comes out as one clear error."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from .errors import FileFormatError, InputError, MissingFileError, Mp2FlameError


def reason(error: BaseException) -> str:
    """An error's text as part of a sentence: one short printable line, whatever the file made it say."""
    text = str(getattr(error, "strerror", None) or error) or type(error).__name__
    if isinstance(error, KeyError):
        text = f"there is no {text}"
    text = next(iter(text.splitlines()), "").rstrip(". ")
    return "".join(c if c.isprintable() else "?" for c in text[:120])


@contextlib.contextmanager
def reading(
    path: str | os.PathLike[str], what: str, advice: str = "", *, asked: bool = False
) -> Iterator[None]:
    """While a file is read: anything but our own errors is damage, and so is a value that we refuse.

    Not a list of exceptions: zip, JSON, NumPy and Python each raise a dozen kinds on files that nobody foresaw. Not
    around a ``yield`` to a caller, whose own errors and NumPy settings it would catch.

    Args:
        path: of the file, for the message.
        what: the kind of file expected, such as "a profile".
        advice: what to do next, a sentence.
        asked: the block also looks at what its caller asked for: an ``InputError`` stays one.

    Raises:
        MissingFileError: a file is not there.
        FileFormatError: for whatever else was raised inside.
    """
    name = os.fspath(path)
    try:
        # a number that float32 does not hold is damage; NaN is looked for by whoever reads
        with np.errstate(over="raise", invalid="ignore", divide="ignore"):
            yield
    except InputError as error:  # a value of the file's, not of the caller's
        if asked:
            raise
        raise FileFormatError(f"{name} is not {what}: {error}") from error
    except Mp2FlameError:
        raise
    except FileNotFoundError as error:
        raise MissingFileError(f"There is no file {error.filename or name}.") from error
    except MemoryError as error:
        text = f"{name} asks for more memory than there is; it is damaged or too long."
        raise FileFormatError(f"{text} {advice}".rstrip()) from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno and error.errno != errno.EINVAL:
            raise FileFormatError(f"{name} cannot be read: {reason(error)}.") from error
        text = (
            f"{name} is not {what} that can be read ({reason(error)}); it is damaged or another kind of file."
        )
        raise FileFormatError(f"{text} {advice}".rstrip()) from error


def parse_json(data: str | bytes, label: str, advice: str = "") -> Any:
    """JSON with numbers that Python and NumPy can hold.

    Raises:
        FileFormatError: not JSON, nested too deeply, or a number too long to be one.
    """
    with reading(label, "JSON", advice):
        return json.loads(data)
