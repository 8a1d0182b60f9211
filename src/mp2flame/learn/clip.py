"""One clip of somebody's data, and what the caller knows about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..base.errors import InputError
from ..base.option import check_options, described, option
from ..drive.options import FlameFile


@described
@dataclass(frozen=True)
class Settings(FlameFile):
    """What the caller knows about the data."""

    subject: str | None = option(
        None,
        "Regular expression on a clip's path below its folder; its first group (or the whole match) names the person, "
        "'(id\\d+)' say. Default: the first folder below the one given, else every clip is its own person.",
        "Input",
        metavar="PATTERN",
    )
    flame_release: str = option(
        "", "The FLAME that the tracker used, flame2020 say, when the files do not say.", "Input"
    )
    rights: str = option(
        "", "Terms of the data in one line; they go into the shards and from there into the mapping.", "Input"
    )
    mode: Literal["video", "image"] = option(
        "video", "How the detector runs where scores have to be made.", "Faces"
    )
    landmarks: bool = option(False, "Keep the landmarks where the detector runs (5.7 kB a frame).", "Output")
    format: str | None = option(
        None,
        "Read everything as this format. Default: by content.",
        "Input",
        metavar="NAME",
        completes="formats",
    )
    fps: float | None = option(None, "Rate of files that hold none.", "Input", above=0)
    driven: bool = option(
        False,
        "Also take recordings whose parameters mp2flame itself made from the scores; they teach nothing new.",
        "Input",
    )
    track: bool = option(False, "The folders hold plain videos: fit the FLAME file to them first.", "Input")

    def __post_init__(self) -> None:
        check_options(self)
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
