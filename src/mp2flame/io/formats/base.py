"""What every format module speaks.

``Motion`` in and out, ``Format`` describes one, ``Options`` the wishes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ...base.errors import FileFormatError, InputError
from ...base.safe_npz import Npz
from ...base.values import FlameParams, FloatArray
from ...observe.camera import Camera
from ...observe.move_head import DEFAULT_CAMERA, DEFAULT_JOINTS, GL_TO_CV, HeadMotion, absorb_camera
from ...take.take import Take
from .lens import camera_asked, one_if_same
from .score_table import ScoreReader
from .text_table import decode

if TYPE_CHECKING:
    from ...flame import FlameForward

Array = npt.NDArray[Any]
Home = Literal["root", "neck", "camera"]

EXPRESSION = "expression"
JAW = "jaw"
EYES = "eyes"
ROTATION = "head rotation"
TRANSLATION = "head position"
SPLIT = "root and neck apart"
BETAS = "identity"
EYELIDS = "eyelids"
CAMERA = "camera"
WEIGHTS = "ARKit weights"
SCORES = "scores"
TIMES = "timestamps"
LOST = "lost frames"
ALL_PARAMS = frozenset({EXPRESSION, JAW, EYES, ROTATION, TRANSLATION, SPLIT})

MAX_FRAMES = 2_000_000
DEFAULT_FPS = 30.0


@dataclass
class Motion:
    """A recording and what else the file held.

    Attributes:
        recording: the frames. Head motion found in a camera is already in ``global_orient`` and
        ``transl``, as
            seen by a camera one metre in front of the origin.
        format: name of the format it was read from.
        betas: ``(I,)`` identity coefficients, or None.
        world_to_camera: ``(T,4,4)`` the file's camera as it stood, OpenCV axes, metres, or None; its intrinsics are in the
            recording.
        eyelids: ``(T,2)`` left, right in 0..1 (SMIRK, SHeaP, metrical-tracker, pixel3dmm), or None.
        static_offset, dynamic_offset: ``(V,3)``, ``(T,V,3)`` metres of VHAP and GaussianAvatars; zeros
        come as None.
        carries: what the file holds of a recording.
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


@dataclass(frozen=True)
class Options:
    """What the caller wants; a format uses what concerns it.

    Attributes:
        fps: frame rate of files that hold none (reading).
        joints: ``(2,3)`` root and neck joint in metres.
        joints_known: False when ``joints`` are those of the mean head.
        forward: the head itself, for what only its mesh can tell, or None.
        pose: where the head's motion shall go (writing); None: the format's own place.
        face_may_move_mm: how far the face may move when ``pose`` asks for the neck (``move_head.neck_for``); more is refused.
        version: of the format, where there are several.
        num_vertices: of the offsets that GaussianAvatars wants.
        camera: the camera of a file that holds none, or its vertical field of view in degrees; over the take's own.
        image_size: (height, width) of its picture.
        tensors: write torch tensors instead of NumPy arrays into ``.frame`` files.
        world: where positions count from: ``head`` (the camera stands one metre in front of the origin, as in VHAP
            and SHeaP) or ``camera`` (OpenGL camera frame, as the driver makes them). None: ``head`` when reading; when
            writing as the format has it (``Format.stands``).
        time_column, time_unit, kind, channels: of tables of scores, see ``score_table.TableOptions``.
        keep_sides: take jawLeft/jawRight and mouthLeft/mouthRight of Live Link files as they are named; else exchange
            them (docs/channel_orders.md).
        unreadable: a list that takes the names of damaged per-frame files, which are then left out; None: the
            first one is an error.
    """

    fps: float | None = None
    joints: Array = field(default_factory=lambda: DEFAULT_JOINTS)
    joints_known: bool = False
    forward: FlameForward | None = None
    pose: Home | None = None
    face_may_move_mm: float = 0.1
    version: str | None = None
    num_vertices: int = 5143
    camera: Camera | float | None = None
    image_size: tuple[int, int] | None = None
    tensors: bool = False
    world: Literal["head", "camera"] | None = None
    time_column: str | None = None
    time_unit: Literal["s", "ms", "us", "ns", "frames"] | None = None
    kind: Literal["mediapipe", "arkit"] | None = None
    channels: str | None = None
    keep_sides: bool = False
    unreadable: list[str] | None = None


class Probe:
    """What detection may look at: kind, names, first bytes, array shapes, top of a JSON. Looked up once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_dir = path.is_dir()
        self._npz: dict[str, tuple[int, ...]] | None = None
        self._json: Any = None
        self._names: list[str] | None = None
        self._head: bytes | None = None

    @property
    def head(self) -> bytes:
        """First 64 KiB of a file."""
        if self._head is None:
            self._head = b""
            if not self.is_dir:
                with open(self.path, "rb") as file:
                    self._head = file.read(1 << 16)
        return self._head

    @property
    def text(self) -> str:
        """The same as text, whatever its encoding."""
        found = decode(self.head)
        return found[0].lstrip("\ufeff") if found is not None else self.head.decode("utf-8-sig", "replace")

    @property
    def names(self) -> list[str]:
        """Names in a folder."""
        if self._names is None:
            self._names = []
            if self.is_dir:
                import os
                from itertools import islice

                with os.scandir(self.path) as entries:
                    self._names = sorted(entry.name for entry in islice(entries, 200_000))
        return self._names

    def shapes(self, path: Path | None = None) -> dict[str, tuple[int, ...]]:
        """Array name to shape of an ``.npz``; empty when it is none."""
        if path is None and self._npz is not None:
            return self._npz
        found: dict[str, tuple[int, ...]] = {}
        target = path or self.path
        try:
            if path is not None or self.head[:2] == b"PK":
                with Npz(target) as npz:
                    for key in sorted(npz.keys()):
                        found[key] = npz.shape(key)
        except FileFormatError:
            found = found if path is None else {}
        if path is None:
            self._npz = found
        return found

    def json(self) -> Any:
        """The parsed JSON file, None when it is none."""
        if self._json is None and self.text.lstrip()[:1] in ("{", "["):
            from .files import read_json

            self._json = read_json(self.path)
        return self._json


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: what ``format=`` takes.
        owner: the project whose format it is.
        extensions: of the file, or () for a folder.
        folder: whether a take is a folder.
        carries: what of a recording survives.
        pose_home: where the head's motion goes.
        poses: the places it may go.
        summary: one line for people.
        sniff, read, write: see ``Probe``, ``Motion``, ``Options``; ``write`` returns what was lost, and is
        None
            for formats that are only read.
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
    pose_home: Home
    summary: str
    sniff: Callable[[Probe], bool]
    read: Callable[[Path, Options], Motion]
    write: Callable[[Motion, Path, Options], list[str]] | None
    folder: bool = False
    poses: tuple[Home, ...] = ()
    num_expression: int | None = None
    stands: Literal["file", "head", "centred", "take"] = "take"
    keeps_rate: bool = False
    inside: str = ""
    scores: ScoreReader | None = None


# --- reading helpers ----------------------------------------------------------------------------------------


def rows(value: Any, name: str, width: int | None = None, frames: int | None = None) -> FloatArray:
    """A file's array as ``(T, width)`` float32: batch axes of length 1 dropped, single rows made a batch.

    Raises:
        FileFormatError: not numbers, another width, another number of frames.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise FileFormatError(f"'{name}' is {array.dtype}, expected numbers.")
    if array.ndim == 3 and array.shape[1] == 1:
        array = array[:, 0]
    elif array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 1:
        array = array[None]
    if array.ndim != 2 or (width is not None and array.shape[1] != width) or not array.shape[1]:
        raise FileFormatError(
            f"'{name}' has shape {np.shape(value)}, expected (frames, {width or 'coefficients'})."
        )
    if frames is not None and len(array) == 1 and frames > 1:
        array = np.broadcast_to(array, (frames, array.shape[1]))
    if (frames is not None and len(array) != frames) or not len(array) or len(array) > MAX_FRAMES:
        raise FileFormatError(
            f"'{name}' has {len(array)} frames, expected {frames if frames is not None else '1 or more'}."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        return array.astype(np.float32)


def vector(value: Any, name: str, limit: int = 1000) -> FloatArray:
    """Identity coefficients ``(I,)``; the first row when there is one per frame."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu" or array.ndim == 0 or array.size == 0:
        raise FileFormatError(f"'{name}' is not a list of numbers.")
    array = array.reshape(-1, array.shape[-1])[0]
    if len(array) > limit or not np.isfinite(array).all():
        raise FileFormatError(
            f"'{name}' has {len(array)} values or numbers that are not finite; expected up to {limit}."
        )
    return np.asarray(array.astype(np.float32))


def npz_rows(npz: Npz, key: str, width: int | None = None, frames: int | None = None) -> FloatArray:
    """``rows`` of an array in an ``.npz``; its size is checked before it is read."""
    shape = npz.shape(key)
    if shape and max(shape) > MAX_FRAMES:
        raise FileFormatError(f"{npz.label}: '{key}' has {max(shape)} frames; the limit is {MAX_FRAMES}.")
    return rows(npz.array(key), key, width, frames)


def optional_rows(npz: Npz, key: str, width: int, frames: int) -> FloatArray:
    """``npz_rows``, zeros when the array is missing."""
    return npz_rows(npz, key, width, frames) if key in npz else np.zeros((frames, width), np.float32)


def rotation_traps(npz: Npz, keys: Iterable[str]) -> list[str]:
    """The float64 trap."""
    wide = [key for key in keys if key in npz and npz.dtype(key).kind == "f" and npz.dtype(key).itemsize == 8]
    return [f"float64 arrays ({', '.join(wide)}): GaussianAvatars drops them without a word"] if wide else []


def build(  # noqa: C901, PLR0913
    params: Mapping[str, FloatArray],
    format_name: str,
    options: Options,
    *,
    carries: frozenset[str],
    world_to_camera: Array | None = None,
    intrinsics: Array | None = None,
    image_size: tuple[int, int] | None = None,
    assumed: bool = False,
    traps: list[str] | None = None,
    timestamp_ms: FloatArray | None = None,
    fps: float | None = None,
    betas: FloatArray | None = None,
    eyelids: FloatArray | None = None,
    static_offset: FloatArray | None = None,
    dynamic_offset: FloatArray | None = None,
    detected: Array | None = None,
    arkit_weights: FloatArray | None = None,
    blendshapes: FloatArray | None = None,
    landmarks: FloatArray | None = None,
    tongue_out: FloatArray | None = None,
    face_matrix: FloatArray | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Motion:
    """A ``Motion`` from a file's arrays: cameras absorbed, NaN rows marked as lost, time stamped.

    Args:
        params: any of a recording's parameter arrays, ``(T, .)``; missing ones are zero.
        world_to_camera, intrinsics, image_size: the file's camera: ``(T,4,4)``, ``(3,3)`` or ``(T,3,3)`` pixels, (height,
            width); what the file lacks is taken from ``options``.
        assumed: the intrinsics are not in the file, its project's default stands in.
        fps: the rate that the file states; else ``options.fps``, else 30 with a note.
    """
    traps = list(traps or [])
    frames = len(next(iter(params.values())))
    values = {key: np.array(params[key], np.float32) for key in params}
    others = {"arkit_weights": arkit_weights, "blendshapes": blendshapes}
    extra = {key: np.array(value, np.float32) for key, value in others.items() if value is not None}
    seen = np.ones(frames, bool) if detected is None else np.array(detected, bool)
    finite = np.ones(frames, bool)
    for value in (*values.values(), *extra.values()):
        finite &= np.isfinite(value).all(axis=1)
    camera = world_to_camera
    if camera is not None:
        finite &= np.isfinite(camera).all(axis=(1, 2))
    if intrinsics is not None and intrinsics.ndim == 3:
        finite &= np.isfinite(intrinsics).all(axis=(1, 2)) & (intrinsics[:, [0, 1], [0, 1]] > 0).all(axis=1)
    if not finite.any():
        raise FileFormatError("no frame of this file has only finite numbers; it is damaged.")
    if not finite.all():
        bad = np.flatnonzero(~finite)
        traps.append(
            f"NaN or infinite numbers in {len(bad)} frames (first {bad[0]}): marked as lost, the frame "
            "before is held"
        )
        good = np.where(finite, np.arange(frames), -1)
        source = np.maximum.accumulate(good)
        source[source < 0] = np.flatnonzero(finite)[0]
        values = {key: value[source] for key, value in values.items()}
        extra = {key: value[source] for key, value in extra.items()}
        if camera is not None:
            camera = camera[source]
        if intrinsics is not None and intrinsics.ndim == 3:
            intrinsics = intrinsics[source]
        seen &= finite
    huge = [key for key in values if key != EXPRESSION and np.abs(values[key]).max(initial=0) > 1e4]
    if huge or ("expression" in values and np.abs(values["expression"]).max(initial=0) > 1e6):
        raise FileFormatError(
            f"{', '.join(huge) or 'expression'} holds numbers far outside anything a face does; the "
            "file is damaged."
        )
    if camera is not None:
        zero = np.zeros((frames, 3))
        pose = HeadMotion(
            np.asarray(values.get("global_orient", zero), np.float64),
            np.asarray(values.get("neck_pose", zero), np.float64),
            np.asarray(values.get("transl", zero), np.float64),
        )
        moved = absorb_camera(pose, camera, options.joints, standing_camera(options.world))
        if moved is not pose:
            values["global_orient"] = moved.global_orient.astype(np.float32)
            values["transl"] = moved.transl.astype(np.float32)
            travel = np.abs(camera - camera[:1]).max()
            if travel > 1e-5:
                traps.append(
                    "the head's motion is hidden in the camera; it was moved into global_orient and transl"
                )
    widths = {"jaw_pose": 3, "eye_pose": 6, "neck_pose": 3, "global_orient": 3, "transl": 3}
    for key, width in widths.items():
        values.setdefault(key, np.zeros((frames, width), np.float32))
    values.setdefault("expression", np.zeros((frames, 0), np.float32))
    rate = fps or options.fps
    if rate is None and timestamp_ms is None:
        rate = DEFAULT_FPS
        traps.append(
            f"the file holds no frame rate; {DEFAULT_FPS:g} frames per second are assumed, fps sets another"
        )
    info: dict[str, Any] = {"source_format": format_name, **(meta or {})}
    if rate is not None:
        info["fps"] = float(rate)
    if camera is not None:
        info["world"] = options.world or "head"
    size = image_size or options.image_size
    if intrinsics is None and options.camera is not None:
        intrinsics, assumed = camera_asked(options.camera, size), False
    if intrinsics is not None:
        info["intrinsics"] = "assumed" if assumed else "given"
        intrinsics = one_if_same(intrinsics)
    if betas is not None:
        info["betas"] = [float(b) for b in betas]
    if timestamp_ms is None:
        assert rate is not None
        timestamp_ms = np.arange(frames) * (1000.0 / rate)
    elif len(timestamp_ms) > 1:
        timestamp_ms = np.asarray(timestamp_ms, np.float64)
        if not np.isfinite(timestamp_ms).all() or np.any(np.diff(timestamp_ms) < 0):
            traps.append("timestamps run backwards or are no numbers: they were replaced by the rate")
            timestamp_ms = np.arange(frames) * (1000.0 / (rate or DEFAULT_FPS))
        elif np.all(np.diff(timestamp_ms) == 0):
            traps.append("all timestamps are the same: resample or set fps before playing")
    if face_matrix is not None:
        extra["face_matrix"] = face_matrix
    if tongue_out is not None and np.any(tongue_out):
        extra["tongue_out"] = np.clip(tongue_out, 0, 1)
    recording = Take.from_params(
        FlameParams(**values), timestamp_ms, detected=seen, meta=info, landmarks=landmarks, intrinsics=intrinsics,
        image_size=np.array(size or (0, 0)), **extra,
    )  # fmt: skip
    return Motion(
        recording, format_name, betas=betas, world_to_camera=camera, eyelids=eyelids, static_offset=static_offset,
        dynamic_offset=dynamic_offset, carries=carries, traps=traps, nan_frames=np.flatnonzero(~finite),
    )  # fmt: skip


def standing_camera(world: str | None) -> Array:
    """World to camera of the still camera that goes with a ``world``."""
    return GL_TO_CV if world == "camera" else DEFAULT_CAMERA


def world_of(recording: Take) -> str:
    """Where a take's positions count from: as its header says, or by where the head is."""
    named = recording.meta.get("world")
    if named in ("head", "camera"):
        return str(named)
    # a head more than 20 cm in front of the origin's camera is seen from there
    return "camera" if recording.num_frames and np.median(recording.transl[:, 2]) < -0.2 else "head"


# --- writing helpers ----------------------------------------------------------------------------------------


def fit_expression(expression: FloatArray, width: int | None) -> tuple[FloatArray, list[str]]:
    """Padded with zeros or cut to ``width`` coefficients, and what that lost."""
    have = expression.shape[1]
    if width is None or have == width:
        return expression, []
    if have < width:
        return np.concatenate([expression, np.zeros((len(expression), width - have), np.float32)], axis=1), []
    rest = float(np.abs(expression[:, width:]).max(initial=0))
    if rest == 0:
        return expression[:, :width], []
    return expression[:, :width], [
        f"expression coefficients {width} to {have - 1} (largest {rest:.2g}); convert to {width} by "
        "vertices to keep their shape"
    ]


def betas_of(motion: Motion, width: int) -> FloatArray:
    """Identity coefficients, padded or cut to ``width``; zeros when unknown."""
    out = np.zeros(width, np.float32)
    given = motion.betas if motion.betas is not None else motion.recording.meta.get("betas")
    if given is not None:
        values = np.asarray(given, np.float32).reshape(-1)[:width]
        out[: len(values)] = values
    return out


def need(condition: bool, message: str) -> None:
    """Raise ``InputError`` with the message unless the condition holds."""
    if not condition:
        raise InputError(message)
