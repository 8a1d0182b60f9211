"""What a run can be told, each option once, typed and checked where it is given."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from ..base.errors import InputError
from ..base.option import described, option
from ..base.signals import PRESETS, Setting, filter_settings
from ..io.options import SourceOptions, camera_option
from ..observe.camera import Camera
from ..observe.which_face import FaceTracker, Rule, parse_rule
from ..response.profile import Profile
from .face_lost import LostPolicy

Options = TypeVar("Options", bound="RunOptions")


@dataclass(frozen=True, kw_only=True)
class FlameFile:
    """Which head, wherever one is asked for."""

    flame: str | None = option(
        None,
        "Your FLAME file: .pkl, .npz, or the .zip as downloaded. Default: the built-in head.",
        "Head",
        envvar="MP2FLAME_FLAME",
        metavar="FILE",
        completes="FLAME files",
    )


@described
@dataclass(frozen=True, kw_only=True)
class Tracking:
    """How faces are found in pictures; the keywords of ``Detector``."""

    mirrored: bool = option(
        False, "The picture is a mirror image: left and right are exchanged back.", "Faces"
    )
    num_faces: int = option(
        1,
        "Look for so many faces; one drives (--face). Above 1 the detector does not smooth.",
        "Faces",
        "--faces",
        least=1,
        most=10,
    )
    mode: Literal["video", "image"] = option(
        "video", "video follows the face and smooths; image treats every frame for itself.", "Faces"
    )
    model_path: str | os.PathLike[str] | None = option(
        None,
        "The Face Landmarker file. Default: found, or downloaded once.",
        "Faces",
        "--face-model",
        of=Path,
        envvar="MP2FLAME_FACE_LANDMARKER",
    )

    @property
    def detector(self) -> dict[str, Any]:
        """The same as keywords of ``Detector``, the only list of them."""
        return {one.name: getattr(self, one.name) for one in fields(Tracking)}

    @property
    def words(self) -> list[str]:
        """The same in another command."""
        return [
            *(["--mirrored"] if self.mirrored else []),
            *(["--faces", str(self.num_faces)] if self.num_faces > 1 else []),
            *(["--mode", self.mode] if self.mode != "video" else []),
            *(["--face-model", str(self.model_path)] if self.model_path else []),
        ]


@described
@dataclass(frozen=True, kw_only=True)
class RunOptions(Tracking):
    """Options of ``Driver.run`` and of everything that is built on it.

    Raises:
        InputError: a value that cannot be used; ``profile``'s own errors when it is a file.
    """

    profile: Profile | str | os.PathLike[str] | None = option(
        None,
        "The person's profile, from 'mp2flame calibrate'. The identity in it is shown where it was fitted to this very "
        "FLAME file; the rest fits any head.",
        "Person",
        of=Path,
        completes="profiles",
    )
    neutral: Literal["auto", "off"] = option(
        "auto",
        "Without a profile: auto finds the resting face in the first seconds and uses it. Not used for true ARKit "
        "weights.",
        "Person",
    )
    face: Rule = option(
        "first",
        "Which of several faces drives: first, the largest at the start, until it is lost; largest, in each picture; "
        "or a number in order of appearance.",
        "Faces",
        parse=parse_rule,
        metavar="first|largest|NUMBER",
    )
    head_pose_from: Literal["auto", "off"] = option(
        "auto", "Leave head rotation and position at zero.", "Motion", "--no-pose", sets="off"
    )
    camera: Camera | float | None = camera_option("Motion")
    filter: str | Mapping[str, Setting] | None = option(
        None,
        "Less jitter for a little lag (docs/filters.md). Default: off for every frame of a file, where 'mp2flame "
        "smooth' does it afterwards without lag; light in real time, steady there with several faces or mode image.",
        "Motion",
        of=str,
        choices=tuple(PRESETS),
    )
    lost: LostPolicy | None = option(
        None,
        "Milliseconds without a face: hold the last look, ease back to rest, ease in again. Default: 500,800,150.",
        "Motion",
        parse=LostPolicy.parse,
        metavar="HOLD,RETURN,RESUME",
    )
    keep_images: bool = option(False, "Put the RGB picture into each frame.", library=True)

    def __post_init__(self) -> None:
        if self.profile is not None and not isinstance(self.profile, Profile):
            object.__setattr__(self, "profile", Profile.load(self.profile))
        for name, known in (
            ("mode", ("video", "image")),
            ("head_pose_from", ("auto", "off")),
            ("neutral", ("auto", "off")),
        ):
            if getattr(self, name) not in known:
                raise InputError(f"{name} is {' or '.join(known)}, got {getattr(self, name)!r}.")
        if not isinstance(self.num_faces, int) or self.num_faces < 1:
            raise InputError(f"num_faces must be a whole number from 1, got {self.num_faces!r}.")
        FaceTracker(self.face)
        filter_settings(self.smoothing)

    @property
    def smoothing(self) -> str | Mapping[str, Setting]:
        """The filter, as given or as suits."""
        return "off" if self.filter is None else self.filter

    @property
    def following(self) -> dict[str, Any]:
        """What a ``FaceDriver`` is told, by a run and by the live pipeline alike."""
        return {
            "profile": self.person, "filter": self.smoothing, "lost": self.lost, "head_pose_from": self.head_pose_from,
            "camera": self.camera, "neutral": self.neutral, "tied": self.mode == "video",
        }  # fmt: skip

    @property
    def person(self) -> Profile | None:
        """The profile, read."""
        assert self.profile is None or isinstance(self.profile, Profile)
        return self.profile


@described
@dataclass(frozen=True, kw_only=True)
class LiveOptions(RunOptions):
    """Options of a live pipeline, besides those of ``RunOptions``."""

    realtime: bool = option(
        True,
        "A file at its own speed, late frames dropped; or every frame as fast as it goes. Default of 'mp2flame run': "
        "real time with --view and --to, except --to jsonl:.",
        "Live",
        "--realtime/--every-frame",
    )
    loop: bool = option(False, "A file starts again at its end.", "Live")
    wait: bool = option(False, "Wait for a camera or stream that is not there yet.", "Live")
    retries: int | None = option(
        None,
        "Open a lost camera or stream again at most so often in a row. Default: for ever.",
        "Live",
        least=0,
    )
    with_landmarks: bool = option(
        True, "Do not store the 478 landmarks in the take (smaller file).", "Output", "--no-landmarks"
    )
    overwrite: bool = option(False, "Replace what is there.", "Output")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.retries is not None and (not isinstance(self.retries, int) or self.retries < 0):
            raise InputError(
                f"retries must be a whole number from 0, or None for ever, got {self.retries!r}."
            )

    @property
    def smoothing(self) -> str | Mapping[str, Setting]:
        """The filter, as given or as suits: with several faces or in image mode the detector does not smooth."""
        if self.filter is None:
            return "steady" if self.num_faces > 1 or self.mode == "image" else "light"
        return self.filter


def split_options(kind: type[Options], given: Mapping[str, Any]) -> tuple[Options, dict[str, Any]]:
    """Keywords as options of ``kind`` and options of ``open_source``.

    Raises:
        InputError: a keyword of neither; ``open_source`` refuses what its kind of source does not have.
    """
    own = {f.name for f in fields(kind)}
    others = {name: value for name, value in given.items() if name not in own}
    known = own | {f.name for f in fields(SourceOptions)}
    for name in set(others) - known:
        near = difflib.get_close_matches(name, sorted(known), 1)
        meant = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}."
        raise InputError(f"there is no option {name!r}; {meant}")
    return kind(**{name: value for name, value in given.items() if name in own}), others
