"""One tracked clip as rows of scores and parameters; scores that it lacks are taken from the pictures beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..base.detection import in_one_picture
from ..base.errors import FileFormatError, InputError
from .clip import Clip, Settings
from .shards import ClipInfo, Rows

if TYPE_CHECKING:
    from ..io.formats import Motion

Bool = npt.NDArray[np.bool_]
VIDEO = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v")
IMAGE = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
_IMAGE_FOLDERS = ("images", "image", "source", "frames", "rgb", "imgs")


def read_clip(clip: Clip) -> tuple[ClipInfo, Rows, Bool]:
    """A clip's rows as they are, and where there is a face.

    Raises:
        Mp2FlameError: unreadable; no scores and nothing to make them from.
    """
    from ..io.formats import read_motion

    settings = clip.settings
    unreadable: list[str] = []
    wishes: dict[str, Any] = {"fps": settings.fps, "unreadable": unreadable}
    motion = read_motion(clip.path, format=settings.format, **wishes)
    record = motion.recording
    _check_tracked(motion, settings)
    scores, seen, landmarks, size = record.blendshapes, record.detected.copy(), None, (0, 0)
    source_frames: dict[str, int] = {}
    seen[motion.nan_frames] = True  # lost for another reason, and counted as that
    mode = str(record.meta.get("detector_mode") or "")
    if motion.format == "flame-head-tracker" and np.any(scores):
        mode = mode or "image"  # it runs the detector on every picture for itself
    if not np.any(scores):
        beside = source_beside(clip.path)
        if beside is None:
            raise FileFormatError(
                f"a {motion.format} take without scores, and no pictures or video beside it to "
                f"take them from "
                f"(looked for {clip.path.stem}.mp4 and so on, and for a folder 'images')."
            )
        found, scores, landmarks, size, source_frames = detect_scores(beside, record.num_frames, settings)
        seen &= found
        mode = settings.mode
    flame = dict(record.meta.get("flame") or {})
    flame.setdefault("release", settings.flame_release)
    flame["num_expression"] = record.num_expression
    info = ClipInfo(
        clip=clip.name,
        subject=clip.subject,
        source_format=motion.format,
        detector_mode=mode,
        flame=flame,
        rights=settings.rights,
        image_size=size,
        notes=list(motion.traps) + [f"unreadable: {name}" for name in unreadable[:20]],
    )
    info.counts |= {"unreadable": len(unreadable), **source_frames}
    rows = Rows(
        frame=np.arange(record.num_frames, dtype=np.int32),
        timestamp_ms=np.asarray(record.timestamp_ms, np.float64),
        blendshapes=_with_nan(scores, motion.nan_frames),
        expression=record.expression,
        jaw_pose=record.jaw_pose,
        eye_pose=record.eye_pose,
        neck_pose=record.neck_pose,
        global_orient=record.global_orient,
        landmarks=landmarks if settings.landmarks else None,
    )
    return info, rows, np.asarray(seen, bool)


def _check_tracked(motion: Motion, settings: Settings) -> None:
    """Refuses what has no parameters, or parameters that were made of its scores."""
    if not motion.recording.num_expression:
        raise FileFormatError("it holds weights, no FLAME parameters; there is nothing to learn from it.")
    if motion.format == "recording" and str(motion.recording.meta.get("flame", "")) and not settings.driven:
        raise InputError(
            "it was driven by mp2flame itself: its parameters are computed from its scores and teach nothing. "
            "Gather takes of a tracker, or say --driven."
        )


def _with_nan(scores: npt.NDArray[Any], frames: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """The scores, NaN where the file was: the reader holds the frame before instead."""
    result = np.array(scores, np.float32)
    result[frames] = np.nan
    return result


def source_beside(path: Path) -> Path | None:
    """The video or the folder of pictures that a take was tracked from, by the usual places and names."""
    folder = path if path.is_dir() else path.parent
    stems = [path.stem, path.name, folder.name]
    places = [folder, folder.parent] if path.is_dir() else [folder]
    for place in places:
        for stem in stems:
            for suffix in VIDEO:
                if (place / (stem + suffix)).is_file():
                    return place / (stem + suffix)
    for place in places:
        for name in (*_IMAGE_FOLDERS, path.stem):
            inside = place / name
            if inside.is_dir() and any(e.suffix.lower() in IMAGE for e in inside.iterdir()):
                return inside
    videos = [e for e in folder.iterdir() if e.suffix.lower() in VIDEO]
    return videos[0] if len(videos) == 1 else None


def detect_scores(
    source: Path, frames: int, settings: Settings
) -> tuple[Bool, npt.NDArray[np.float32], npt.NDArray[np.float32], tuple[int, int], dict[str, int]]:
    """``detected (T)``, ``scores (T, 52)``, ``landmarks (T, 478, 3)``, (height, width) of a source, by frame, and
    its counters.

    Raises:
        FileFormatError: the source has another number of frames than the take: pairing would be a guess.
    """  # noqa: D205
    from ..drive.watch import watch
    from ..io.sources import open_source

    opened = open_source(str(source))
    scores = np.zeros((frames, 52), np.float32)
    landmarks = np.zeros((frames, 478, 3), np.float32)
    sizes = np.zeros((frames, 2), np.int64)
    seen, size, count = np.zeros(frames, bool), (0, 0), 0
    for _, found in watch(opened, mode=settings.mode):
        if count < frames and found is not None and found.landmarks is not None:
            seen[count] = True
            scores[count], landmarks[count] = found.blendshapes, found.landmarks
            size = size if all(size) else found.image_size or size
            sizes[count] = found.image_size or (0, 0)
        count += 1
        if count > frames + 1:
            break
    if abs(count - frames) > 1:  # trackers often leave out the last frame
        more = "more than " if count > frames else ""
        raise FileFormatError(
            f"the take has {frames} frames, {source.name} beside it has {more}{count}: they do not belong "
            "together frame by frame."
        )
    return seen, scores, in_one_picture(landmarks, sizes), size, opened.stats.counted()
