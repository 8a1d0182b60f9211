"""Doors for files: whatever a damaged one makes a reader raise comes out as one clear error."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import zlib
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


_SEAL = re.compile(r'"checksum":\s*"([0-9a-f]{8})"')


def sealed(text: str) -> str:
    """JSON text of ours, an object, with a ``checksum`` as its first value: CRC-32 without it and without white space."""
    body = text.lstrip()[1:]
    empty = f'{{"checksum": "{"0" * 8}"{"," if body.lstrip()[:1] != "}" else ""}{body}'
    return _SEAL.sub(f'"checksum": "{_crc(empty)}"', empty, count=1)


def check_seal(text: str) -> None:
    """Texts without a checksum (written by hand, or by versions before) pass.

    Raises:
        InputError: the text is not as it was written.
    """
    found = _SEAL.search(text)
    if found is None:
        return
    empty = text[: found.start(1)] + "0" * 8 + text[found.end(1) :]
    if _crc(empty) != found[1]:
        raise InputError(
            "it does not fit its checksum, so it is damaged or was changed by hand. If you changed it, take the "
            '"checksum" out of it.'
        )


def _crc(text: str) -> str:
    dense = re.sub(r"\s", "", text)
    return f"{zlib.crc32(dense.encode('utf-8', 'surrogatepass')):08x}"


def parse_json(data: str | bytes, label: str, advice: str = "") -> Any:
    """JSON with numbers that Python and NumPy can hold.

    Raises:
        FileFormatError: not JSON, nested too deeply, or a number too long to be one.
    """
    with reading(label, "JSON", advice):
        return json.loads(data)
