"""Every error a user can meet, as one tree.

    Mp2FlameError
    ├── InputError (ValueError)            a value, option or array that cannot be used
    │   └── ShapeError                     an array of the wrong shape
    ├── FileFormatError (ValueError)       a file that is damaged, truncated or not what it claims to be
    │   └── UnsafePickleError              a pickle that asks for something outside the allow-list
    ├── MismatchError (ValueError)         two things that do not belong together (FLAME release, sizes, mode)
    ├── MissingFileError (FileNotFoundError)
    ├── MissingDependencyError (ImportError)   an optional package or system library is not installed
    ├── SourceError (OSError)              a camera, video or stream that does not deliver
    ├── OutputError (OSError)              a file that cannot be written (folder, rights, disk full, in use)
    └── NoFaceError                        nothing to work on: no face in the whole input

Messages say what was expected, what came, and what to do next. ``exit_code`` is what the command
line returns: 2 bad input, 3 bad file, 4 something is missing on this machine, 5 the source failed,
6 no face found, 7 the result could not be written 8 written, but frames of the source
are broken or missing, see ``SourceStats.partial`` (1 is left for defects of our own).
"""

from __future__ import annotations


class Mp2FlameError(Exception):
    """Base of every error that this package raises on purpose."""

    exit_code = 2


class InputError(Mp2FlameError, ValueError):
    """A value, option or array that cannot be used."""


class ShapeError(InputError):
    """An array of the wrong shape."""


class FileFormatError(Mp2FlameError, ValueError):
    """A file that is damaged, truncated or not what it claims to be."""

    exit_code = 3


class UnsafePickleError(FileFormatError):
    """A pickle that asks for an object outside the allow-list; nothing of it was run."""


class MismatchError(Mp2FlameError, ValueError):
    """Two things that do not belong together: FLAME release, number of coefficients, detector mode."""


class MissingFileError(Mp2FlameError, FileNotFoundError):
    """A file that is needed and not there."""

    exit_code = 4


class MissingDependencyError(Mp2FlameError, ImportError):
    """An optional package or a system library that is not installed; the message has the command."""

    exit_code = 4


class SourceError(Mp2FlameError, OSError):
    """A camera, video or stream that cannot be opened or stops delivering."""

    exit_code = 5


class OutputError(Mp2FlameError, OSError):
    """A file that cannot be written: no such folder, no rights, disk full, in use by another process."""

    exit_code = 7


class NoFaceError(Mp2FlameError):
    """No face was found in the whole input."""

    exit_code = 6
