"""What a file is that was given in place of another: by its first bytes, said in the words of whoever gave it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple


class Looks(NamedTuple):
    """A kind of file, and what to do with it."""

    what: str  # "a GLB"
    way: str = ""  # a sentence


_FLAME = "FLAME files are named with --flame."
_PICTURES, _FILM = ("a JPEG picture", "a PNG picture", "a GIF picture"), "a film"
_BROWSER_HEAD = Looks("a head for the browser (.m2f)", "'mp2flame web --head' shows it.")
_BEGINNINGS: tuple[tuple[bytes, Looks], ...] = (
    (b"glTF", Looks("a GLB", "mp2flame writes those and reads none: give the take it was made of.")),
    (b"Kaydara FBX", Looks("an FBX file", "Export the shapes' curves as a table (.csv), or give the take.")),
    (b"BLENDER", Looks("a Blender file", "Give the take that it was made of.")),
    (b"M2F1", _BROWSER_HEAD),
    (b"%PDF", Looks("a PDF document")),
    (b"\x89HDF", Looks("an HDF5 file", "Save its arrays as .npz.")),
    (b"Rar!", Looks("a RAR archive", "Unpack it first.")),
    (b"7z\xbc\xaf", Looks("a 7-Zip archive", "Unpack it first.")),
    (
        b"version https://git-lfs",
        Looks("a Git LFS pointer", "The file itself was never fetched: run git lfs pull."),
    ),
    (b"solid ", Looks("an STL mesh")),
    (b"ply\n", Looks("a PLY mesh")),
    (b"ply\r", Looks("a PLY mesh")),
    (b"\xff\xd8\xff", Looks(_PICTURES[0])),
    (b"\x89PNG", Looks(_PICTURES[1])),
    (b"GIF8", Looks(_PICTURES[2])),
    (b"\x1aE\xdf\xa3", Looks(_FILM)),
    (b"RIFF", Looks(_FILM)),
)
_PAGES = (b"<!doctype html", b"<html", b"<head", b"<?xml")


def kind_of(head: bytes, ending: str = "") -> Looks | None:
    """The kind of file that begins with these bytes (512 are enough), or None: none that is known here."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[4:8] == b"ftyp":
        return Looks(_FILM)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower().startswith(_PAGES):
        way = "The download ended on a login or error page: sign in, and download it again."
        return Looks("a web page", way)
    if ending == ".task" and b"PK\x03\x04" in head[:64]:
        return Looks("MediaPipe's face model", "It is named with --face-model.")
    if ending == ".m2f" and head[:2] == b"\x1f\x8b":
        return _BROWSER_HEAD
    if head[:1] == b"\x80" and head[1:2] in b"\2\3\4\5":
        return Looks("a pickle", _FLAME)
    return None


def looks(path: str | os.PathLike[str]) -> Looks | None:
    """The same of a regular file; None also where there is none."""
    file = Path(path)
    try:
        if not file.is_file():
            return None
        with file.open("rb") as stream:
            head = stream.read(512)
    except OSError:
        return None
    return kind_of(head, file.suffix.lower()) if head else Looks("empty")


def instead(path: str | os.PathLike[str], expected: str) -> str:
    """``FILE is a GLB, not a take. What to do.``; empty when nobody knows what it is, or it is of that kind.

    Args:
        expected: what was looked for, "a take".
    """
    kind = looks(path)
    if kind is None or (kind.what in (_FILM, *_PICTURES) and "video" in expected):
        return ""  # damaged
    if kind.what == "empty":
        return f"{os.fspath(path)} is empty."
    return f"{os.fspath(path)} is {kind.what}, not {expected}. {kind.way}".rstrip()
