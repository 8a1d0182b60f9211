"""One clip of somebody's data, and what the caller knows about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..base.errors import InputError


@dataclass(frozen=True)
class Settings:
    """What the caller knows about the data.

    Attributes:
        subject: a regular expression on the clip's path below its folder; its first group (or the whole
            match) names the person. None: the first folder below the one given, else the clip itself.
        flame_release: which FLAME the tracker used, when the files do not say.
        rights: terms of the data, written into the shards and from there into the mapping.
        mode: how the detector runs where scores must be made: ``video`` or ``image``.
        landmarks: keep the landmarks where the detector runs (5.7 kB a frame).
        format: read everything as this format; None: by content.
        fps: of files that hold no rate.
        driven: accept takes whose parameters mp2flame itself made from the scores; they teach nothing new.
        flame: FLAME file for ``track``.
        track: fit the FLAME file to videos that have no tracked data.
    """

    subject: str | None = None
    flame_release: str = ""
    rights: str = ""
    mode: Literal["video", "image"] = "video"
    landmarks: bool = False
    format: str | None = None
    fps: float | None = None
    driven: bool = False
    flame: str | None = None
    track: bool = False

    def __post_init__(self) -> None:
        if self.mode not in ("video", "image"):
            raise InputError(f"mode must be video or image, got {self.mode!r}.")
        if self.subject is not None:
            try:
                re.compile(self.subject)
            except re.error as error:
                raise InputError(
                    f"the pattern {self.subject!r} for the person is not usable: {error}."
                ) from None
        if self.track and not self.flame:
            raise InputError("--track fits your FLAME file to the videos: name it with --flame.")


@dataclass(frozen=True)
class Clip:
    """Something to read: where, its name among the shards, and the settings."""

    path: Path
    name: str
    subject: str
    folder: Path
    settings: Settings

    def __str__(self) -> str:
        return self.name
