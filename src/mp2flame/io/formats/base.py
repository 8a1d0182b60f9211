"""What every format module speaks: ``Motion`` in and out, ``Format`` describes one, ``Options`` the wishes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ...base.values import Comparable, FloatArray
from ...flame import FlameForward
from ...observe.move_head import DEFAULT_JOINTS
from ...take.take import Take
from ..options import Home, MotionOptions
from .probe import Probe as Probe
from .score_table import ScoreReader

Array = npt.NDArray[Any]
MAX_FRAMES = 2_000_000


@dataclass(eq=False)
class Motion(Comparable):
    """A recording and what else the file held.

    Attributes:
        recording: the frames. Head motion found in a camera is already in ``global_orient`` and ``transl``, as seen by
            a camera one metre in front of the origin.
        format: name of the format it was read from.
        betas: ``(I,)`` identity coefficients, or None.
        world_to_camera: ``(T,4,4)`` the file's camera as it stood, OpenCV axes, metres, or None; its intrinsics are in the
            recording.
        eyelids: ``(T,2)`` left, right in 0..1 (SMIRK, SHeaP, metrical-tracker, pixel3dmm), or None.
        static_offset, dynamic_offset: ``(V,3)``, ``(T,V,3)`` metres of VHAP and GaussianAvatars; zeros come as None.
        carries: what the file holds of a recording, words of ``kept``.
        traps: what a reader of this file should know, one sentence each.
        nan_frames: ``(K,)`` frames that held numbers that are not finite; marked as lost in the recording.
    """

    recording: Take
    format: str = "recording"
    betas: FloatArray | None = None
    world_to_camera: Array | None = None
    eyelids: FloatArray | None = None
    static_offset: FloatArray | None = None
    dynamic_offset: FloatArray | None = None
    carries: frozenset[str] = frozenset()
    traps: list[str] = field(default_factory=list)
    nan_frames: Array = field(default_factory=lambda: np.zeros(0, np.intp))

    def __post_init__(self) -> None:
        if self.eyelids is None:
            self.eyelids = self.recording.eyelids

    @property
    def num_frames(self) -> int:
        return self.recording.num_frames

    def whole(self) -> Take:
        """The recording with the identity and eyelids that the file held."""
        record = self.recording[slice(None)]
        record.meta = dict(record.meta)
        if self.betas is not None:
            record.meta["betas"] = [float(b) for b in self.betas]
        if self.eyelids is not None and np.any(self.eyelids):
            record.eyelids = np.asarray(self.eyelids, np.float32)
        return record

    def identity(self, width: int) -> FloatArray:
        """Identity coefficients, padded or cut to ``width``; zeros when unknown."""
        out = np.zeros(width, np.float32)
        given = self.betas if self.betas is not None else self.recording.meta.get("betas")
        if given is not None:
            values = np.asarray(given, np.float32).reshape(-1)[:width]
            out[: len(values)] = values
        return out

    def lids(self) -> FloatArray:
        """``(T,2)`` eyelids; zeros when unknown."""
        if self.eyelids is not None and len(self.eyelids) == self.num_frames:
            return self.eyelids.astype(np.float32)
        return np.zeros((self.num_frames, 2), np.float32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Options(MotionOptions):
    """What the caller wants, and the head that it is for.

    Attributes:
        joints: ``(2,3)`` root and neck joint in metres.
        joints_known: False when ``joints`` are those of the mean head.
        forward: the head itself, for what only its mesh can tell, or None.
        unreadable: a list that takes the names of damaged per-frame files, which are then left out; None: the
            first one is an error.
    """

    joints: Array = field(default_factory=lambda: DEFAULT_JOINTS)
    joints_known: bool = False
    forward: FlameForward | None = None
    unreadable: list[str] | None = None


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: what ``format=`` takes.
        owner: the project whose format it is.
        extensions: of the file; none: a take is a folder.
        carries: what of a recording survives, words of ``kept``.
        poses: where the head's motion may go; the first is where it goes when nobody asks.
        summary: one line for people.
        sniff: whether what a ``Probe`` looks at is of this format.
        read: path and options to a motion; its ``format`` and ``carries`` are filled in where it comes back.
        write: motion, path and options to what was lost, a phrase each; None: the format is only read.
        num_expression: coefficients that are written; None: as many as there are.
        stands: where positions count from in the file: ``file`` (it says where its camera stands), ``head`` (one metre
            before the origin), ``centred`` (the mean position is the origin), ``take`` (as the take has them).
        keeps_rate: whether a frame rate is in the file.
        inside: the name its file has in the folder that its project makes; that folder is read as well.
        scores: of a text of named scores, how it is read as a table; sources ask it too.
    """

    name: str
    owner: str
    extensions: tuple[str, ...]
    carries: frozenset[str]
    poses: tuple[Home, ...]
    summary: str
    sniff: Callable[[Probe], bool]
    read: Callable[[Path, Options], Motion]
    write: Callable[[Motion, Path, Options], list[str]] | None
    num_expression: int | None = None
    stands: Literal["file", "head", "centred", "take"] = "take"
    keeps_rate: bool = False
    inside: str = ""
    scores: ScoreReader | None = None

    @property
    def folder(self) -> bool:
        """Whether a take is a folder."""
        return not self.extensions

    @property
    def pose_home(self) -> Home:
        """Where the head's motion goes when nobody asks."""
        return self.poses[0]
