"""What a run can be told, each option once, typed and checked where it is given."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar

from ..base.errors import InputError
from ..base.signals import Setting, filter_settings
from ..observe.camera import Camera
from ..observe.which_face import FaceTracker, Rule
from ..response.profile import Profile
from .face_lost import LostPolicy

Options = TypeVar("Options", bound="RunOptions")


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Options of ``Driver.run`` and of everything that is built on it.

    Attributes:
        profile: the person's profile, or its file.
        mirrored: True when the picture is a mirror image; left and right are then exchanged back.
        num_faces: look for so many faces. More than one switches off the detector's own smoothing.
        face: which of them drives: ``first`` (the largest at the start, until it is lost), ``largest`` or a
            number in order of appearance.
        mode: ``video`` (tracks, smooths) or ``image`` (every frame for itself).
        head_pose_from: ``off`` leaves ``global_orient`` and ``transl`` at zero.
        camera: the real camera when known, or its vertical field of view in degrees.
        keep_images: put the RGB picture into each frame.
        lost: what to do without a face.
        filter: a preset of ``mp2flame.base.signals`` or settings by channel group. Off by default for files: the
            detector's video mode smooths, and ``Take.smooth`` does it afterwards without lag.
        neutral: without a profile, ``auto`` estimates the resting face: of a file before its first frame is given
            out (unless ``keep_images``), and while frames come in; ``off`` never does. Not used for true ARKit
            weights.
        on_note: called with one sentence that a person should know.
        model_path: the Face Landmarker file; None: found or downloaded.

    Raises:
        InputError: a value that cannot be used; ``profile``'s own errors when it is a file.
    """

    profile: Profile | str | os.PathLike[str] | None = None
    mirrored: bool = False
    num_faces: int = 1
    face: Rule = "first"
    mode: Literal["video", "image"] = "video"
    head_pose_from: Literal["auto", "off"] = "auto"
    camera: Camera | float | None = None
    keep_images: bool = False
    lost: LostPolicy | None = None
    filter: str | Mapping[str, Setting] = "off"
    neutral: Literal["auto", "off"] = "auto"
    on_note: Callable[[str], None] | None = None
    model_path: str | os.PathLike[str] | None = None

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
        filter_settings(self.filter)

    @property
    def person(self) -> Profile | None:
        """The profile, read."""
        assert self.profile is None or isinstance(self.profile, Profile)
        return self.profile


@dataclass(frozen=True, kw_only=True)
class LiveOptions(RunOptions):
    """Options of a live pipeline, besides those of ``RunOptions``.

    Attributes:
        realtime: keep to the clock; False: every frame of a file, as fast as it goes.
        loop: a file starts again at its end.
        retries: open a lost camera or stream again at most so often in a row; None: for ever.
        wait: start also when the live source is not there yet, and wait for it.
        with_landmarks, overwrite: of the take that is written.
    """

    filter: str | Mapping[str, Setting] = field(default="light")
    realtime: bool = True
    loop: bool = False
    retries: int | None = None
    wait: bool = False
    with_landmarks: bool = True
    overwrite: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.retries is not None and (not isinstance(self.retries, int) or self.retries < 0):
            raise InputError(
                f"retries must be a whole number from 0, or None for ever, got {self.retries!r}."
            )


def split_options(kind: type[Options], given: Mapping[str, Any]) -> tuple[Options, dict[str, Any]]:
    """Keywords as options of ``kind`` and options of ``open_source``.

    Raises:
        InputError: a keyword that is almost one of ``kind``'s; ``open_source`` refuses the others it does not know.
    """
    own = {f.name for f in fields(kind)}
    others = {name: value for name, value in given.items() if name not in own}
    for name in others:
        near = difflib.get_close_matches(name, sorted(own), 1)
        if near:
            raise InputError(f"there is no option {name!r}; did you mean {near[0]!r}?")
    return kind(**{name: value for name, value in given.items() if name in own}), others
