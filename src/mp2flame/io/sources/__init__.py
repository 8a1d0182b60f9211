"""Where frames come from: cameras, video, pictures, streams, recorded scores and takes.

    with open_source("me.mp4") as source:
        for frame in source:
            ...

Network inputs (``livelink://`` and others) are those of ``io.schemes``; programs add their own with ``register_scheme``.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import weakref
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...base.damage import reading
from ...base.errors import InputError, MissingFileError, Mp2FlameError
from ...base.optional import is_installed
from ..schemes import INPUT_SCHEMES, module_for
from .base import Source, SourceFrame, SourceInfo, SourceStats, WrappedSource

__all__ = ["Source", "SourceFrame", "SourceInfo", "SourceStats", "open_source", "register_scheme"]

EXPECTED = (
    "a camera number or camera:NAME, a video, an image, a folder of images, a Live Link CSV, an ARKit JSON, "
    "a CSV or array of scores, a recorded .npz, or rtsp://, http(s)://, "
    + ", ".join(f"{name}://" for name in INPUT_SCHEMES)
)
SCORE_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".npz", ".npy"})
VIDEO_SUFFIXES = frozenset(
    ".mp4 .mkv .mov .avi .webm .gif .m4v .mpg .mpeg .wmv .flv .ts .mts .m2ts .3gp .ogv .mxf .y4m".split()
)
_AV_SCHEMES = ("rtsp", "rtsps", "rtmp", "http", "https", "udp", "tcp", "srt")

_Opener = Callable[..., Any]
_schemes: dict[str, _Opener | str] = {}


def register_scheme(scheme: str, opener: _Opener | str) -> None:
    """Let ``open_source("scheme://...")`` call ``opener(address, **options)``.

    Args:
        scheme: lower case, without ``://``.
        opener: a callable that returns a ``Source``, or any iterable of ``SourceFrame`` with ``close``; or
            ``"module:function"``, imported when first used.
    """
    _schemes[scheme.lower()] = opener


# named as text: the inputs' classes are built on this module's
for _scheme in INPUT_SCHEMES:
    register_scheme(_scheme, "mp2flame.io.streams:open_input")


def open_source(spec: str | int | os.PathLike[str], **options: Any) -> Source:
    """Open whatever ``spec`` names; it fails here, not at the first frame.

    Args:
        spec: camera number (int or digits), path of a file or folder, or an address.
        options: those of the kind that ``spec`` turns out to be; None means not given.
            ``fps`` (folder, scores without times, camera), ``width``, ``height`` (camera),
            ``timeout_s`` (camera, stream), ``channels`` (order of unnamed columns, see ``names.ORDERS``),
            ``kind`` ('mediapipe' or 'arkit': whose scores), ``time_column``, ``time_unit`` (see
            ``formats.table_time``), ``keep_sides`` (default False, docs/sources.md).

    Returns:
        A ``Source``: context manager and iterable of ``SourceFrame``.

    Raises:
        MissingFileError: no such file.
        FileFormatError: a file that cannot be read as any of these.
        SourceError: a camera or stream that cannot be opened.
        MissingDependencyError: an extra is not installed.
        InputError: an option that this kind of source does not have.
    """
    if isinstance(spec, bool) or not isinstance(spec, str | int | os.PathLike):
        raise InputError(f"a source is {EXPECTED}; got {type(spec).__name__}.")
    text = str(spec) if isinstance(spec, int) else os.fspath(spec)
    if not text.strip():
        raise InputError(f"the source is empty; give {EXPECTED}.")
    options = {key: value for key, value in options.items() if value is not None}
    if isinstance(spec, int) or text.startswith("camera:") or (text.isdigit() and not Path(text).exists()):
        from .camera import CameraSource

        name = text.removeprefix("camera:").removeprefix("//")
        number = isinstance(spec, int) or name.isdigit()
        return _call(CameraSource, int(name) if number else name, "a camera", options)
    if "://" in text:
        return _open_address(text, options)
    path = Path(text)
    if not path.exists():
        raise MissingFileError(f"there is no file or folder {text}. A source is {EXPECTED}.")
    return _open_folder(path, options) if path.is_dir() else _open_file(path, options)


def modules_for(spec: str | os.PathLike[str]) -> tuple[str, ...]:
    """Optional modules without which faces cannot be found in this source, as ``base.optional`` names them."""
    text = os.fspath(spec)
    scheme = urlsplit(text).scheme.lower() if "://" in text else ""
    if scheme in _schemes:
        needed = module_for(text)
        return (needed,) if needed else ()
    if (text.isdigit() and not Path(text).exists()) or text.startswith("camera:"):
        return ("mediapipe",)
    from .images import IMAGE_SUFFIXES

    suffix = Path(text).suffix.lower()
    if suffix in SCORE_SUFFIXES:
        return ()
    if not scheme and not Path(text).exists():
        return ()
    reader = "PIL" if Path(text).is_dir() or suffix in IMAGE_SUFFIXES else "av"
    opencv_does = is_installed("cv2") and not scheme
    return ("mediapipe",) if opencv_does else ("mediapipe", reader)


def _open_address(text: str, options: dict[str, Any]) -> Source:
    scheme = urlsplit(text).scheme.lower()
    if scheme in _schemes:
        opener = _schemes[scheme]
        if isinstance(opener, str):
            module, function = opener.split(":")
            opener = getattr(importlib.import_module(module), function)
        if options:
            raise InputError(
                f"{scheme}:// takes its options in the address, not {', '.join(sorted(options))}."
            )
        opened = opener(text)
        return opened if isinstance(opened, Source) else WrappedSource(opened, scheme, text)
    if scheme not in _AV_SCHEMES:
        raise InputError(f"unknown address {scheme}://; a source is {EXPECTED}.")
    from .video import open_video

    return _call(open_video, text, "a stream", options)


def _open_folder(path: Path, options: dict[str, Any]) -> Source:
    from .images import FolderSource, has_pictures

    if not has_pictures(path):
        from ..formats import detect_format
        from .scores import open_motion

        try:
            detect_format(path)
        except Mp2FlameError:
            pass  # the reader of pictures says what a folder should hold
        else:
            return _call(lambda folder: open_motion(folder), path, "a folder of parameters", options)
    return _call(FolderSource, path, "a folder", options)


def _open_zip(path: Path, options: dict[str, Any]) -> Source:
    """What is packed into a zip, unpacked for as long as the source lives."""
    from ..formats.zipped import unpacked
    from .images import IMAGE_SUFFIXES

    stack, inside = contextlib.ExitStack(), path
    try:
        inside = stack.enter_context(
            unpacked(path, SCORE_SUFFIXES | IMAGE_SUFFIXES | VIDEO_SUFFIXES | {".frame"})
        )
        if inside == path:
            return _open_scores(path, "a file of arrays", options)
        source = open_source(inside, **options)
    except BaseException as error:
        stack.close()
        if isinstance(error, Mp2FlameError) and str(inside) in str(error):
            raise type(error)(str(error).replace(str(inside), str(path))) from error
        raise
    named = source.info.description.replace(inside.name, path.name)
    source.info = replace(source.info, description=named)
    weakref.finalize(source, stack.close)
    return source


_ARRAYS = (b"\x93NUMPY", b"PK\x03\x04")


def _open_file(path: Path, options: dict[str, Any]) -> Source:
    from .images import IMAGE_SUFFIXES, AnimationSource, ImageSource, count_frames
    from .scores import beginning_of_text

    suffix = path.suffix.lower()
    head = b""
    if path.is_file():  # not from a pipe, which has its bytes once
        with reading(path, "a file"), path.open("rb") as file:
            head = file.read(6)
    if suffix not in SCORE_SUFFIXES and head[:4] == _ARRAYS[1]:
        return _open_zip(path, options)
    if suffix in SCORE_SUFFIXES or head.startswith(_ARRAYS):
        return _open_scores(path, f"a {suffix} file", options)
    if suffix in IMAGE_SUFFIXES:
        if count_frames(path) > 1:
            return _call(AnimationSource, path, "an animated picture", options)
        return _call(ImageSource, path, "an image", options)
    # FFmpeg would draw subtitles and letters as pictures
    if suffix not in VIDEO_SUFFIXES and beginning_of_text(path):
        return _open_scores(path, "a text file", options)
    from .video import open_video

    return _call(open_video, path, "a video", options)


def _open_scores(path: Path, what: str, options: dict[str, Any]) -> Source:
    from ..options import TableOptions
    from .scores import open_scores

    _check_known(options, [one.name for one in fields(TableOptions)], what)
    return open_scores(path, TableOptions(**options))


def _call(opener: _Opener, first: Any, what: str, options: dict[str, Any]) -> Source:
    parameters = inspect.signature(opener).parameters.values()
    _check_known(options, [one.name for one in parameters if one.kind is one.KEYWORD_ONLY], what)
    source: Source = opener(first, **options)
    return source


def _check_known(options: dict[str, Any], known: list[str], what: str) -> None:
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise InputError(
            f"{what} has no option {', '.join(unknown)}"
            + (f"; it has {', '.join(known)}." if known else "; it has none.")
        )
