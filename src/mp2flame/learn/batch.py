"""A corpus of videos to takes: one video a task, resumable, with a manifest."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
import unicodedata
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..base.errors import InputError, MissingFileError, NoFaceError
from ..base.option import check_options, described, option
from ..base.write import name_trouble
from ..drive.options import FlameFile
from ..io.sources import VIDEO_SUFFIXES
from .manifest import Manifest, fingerprint, made_folder
from .parallel import stopping, when_stopping

MANIFEST = "batch.jsonl"

_LONGEST_NAME = 200  # bytes; ".part.npz" and the names made from it come after


@described
@dataclass(frozen=True, kw_only=True)
class Settings(FlameFile):
    """How every video of a corpus is driven."""

    mapping: str | None = option(
        None, "A mapping file to use instead of the built-in response.", "Estimator", metavar="FILE"
    )
    profile: str | None = option(
        None, "A person's profile, for all videos.", "Person", metavar="FILE", completes="profiles"
    )
    landmarks: bool = option(
        True, "Do not store the 478 landmarks (smaller files).", "Output", "--no-landmarks"
    )
    mode: Literal["video", "image"] = option(
        "video", "video follows the face and smooths; image treats every frame for itself.", "Faces"
    )
    mirrored: bool = option(False, "The videos are mirror images.", "Faces")
    num_expression: int | None = option(
        None, "Use only the first so many expression coefficients.", "Estimator", least=1
    )

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True, kw_only=True)
class Job(Settings):
    """One video: where from, where to, and how."""

    video: Path
    take: Path
    tag: str = ""  # of the settings

    def __str__(self) -> str:
        return str(self.take)


@dataclass
class Finished:
    """What became of a video: ``status`` is ``done``, ``partial`` (driven, and frames of
    the video are broken or missing), ``kept`` (there already) or ``failed``.
    """  # noqa: D205

    video: str
    take: str
    status: str
    frames: int = 0
    detected: int = 0
    seconds: float = 0.0
    fingerprint: str = ""
    settings: str = ""
    reason: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def find_videos(given: Sequence[str | os.PathLike[str]]) -> list[tuple[Path, str]]:
    """Videos and the names of their takes: folders are searched, files taken as they are.

    Raises:
        MissingFileError: a path is not there, or there is no video at all.
    """
    found: dict[Path, str] = {}
    for root in map(Path, given):
        if not root.exists():
            raise MissingFileError(f"There is no file or folder {root}.")
        below = root.rglob("*") if root.is_dir() else ()
        files = [root] if root.is_file() else sorted(p for p in below if p.suffix.lower() in VIDEO_SUFFIXES)
        for path in files:
            relative = path.relative_to(root) if path != root else Path(path.name)
            found.setdefault(path.resolve(), "_".join(relative.with_suffix("").parts))
    if not found:
        raise MissingFileError(f"there are no videos in {', '.join(map(str, given))}.")
    return sorted(take_names(found), key=lambda pair: pair[1])


def take_names(found: Mapping[Path, str], *, windows: bool = os.name == "nt") -> list[tuple[Path, str]]:
    """Names of takes that are different files, also on another disk.

    Two that differ by case only, or by how an accent is written, are one file on many disks: both get a piece of a hash
    of the video's path, and so does a name that is too long. ``windows``: names that cannot be there are changed.
    """
    alike: dict[str, list[tuple[Path, str]]] = {}
    for path, name in found.items():
        if name_trouble(name[:100], windows=windows):
            name = "_" + re.sub(r'[<>:"|?*\x00-\x1f]', "_", name).rstrip(". ")
        alike.setdefault(unicodedata.normalize("NFC", name).casefold(), []).append((path, name))
    result = []
    for together in alike.values():
        for path, name in together:
            raw = os.fsencode(name)
            if len(together) > 1 or len(raw) > _LONGEST_NAME:
                short = raw[:_LONGEST_NAME].decode("utf-8", "ignore")
                name = f"{short}-{hashlib.blake2b(os.fsencode(path), digest_size=4).hexdigest()}"
            result.append((path, name))
    return result


def run_video(job: Job) -> Finished:
    """Drive one video and write its take.

    The take is put in place when it is complete. One that is interrupted (``parallel.stopping``, Ctrl-C) leaves
    the frames so far beside it, as ``<name>.part.npz``, until the video is driven to its end.
    """
    from ..drive.driver import Driver
    from ..io.sources import open_source
    from ..rig.mapping.linear import ExtrapolationWarning
    from ..take.journal import unfinished
    from ..take.writer import TakeWriter

    started = time.perf_counter()
    driver = Driver(job.flame, mapping=job.mapping, num_expression=job.num_expression)
    left = unfinished(job.take)  # of the same video: of no use once it is driven to its end
    frames = detected = 0
    mode: Any = job.mode
    with (
        open_source(str(job.video)) as source,
        TakeWriter(
            job.take,
            meta={"source": job.video.name, "flame": driver.describe(), "detector_mode": job.mode,
                  "mirrored": job.mirrored},
            num_expression=driver.num_expression,
            with_landmarks=job.landmarks,
            overwrite=True,
        ) as writer,
    ):  # fmt: skip
        with warnings.catch_warnings(record=True) as caught:  # into the manifest, not into the progress
            warnings.simplefilter("always", ExtrapolationWarning)
            run = driver.run(source, profile=job.profile, mode=mode, mirrored=job.mirrored)
            run.on_seen = lambda item, seen: writer.observe(item.timestamp_ms, seen, item.image_size)
            with when_stopping(run.stop):
                for frame in run:
                    writer.append(frame)
                    frames += 1
                    detected += bool(frame.detected)
            if stopping():
                raise KeyboardInterrupt
        if source.stats.counted():
            writer.meta["source_frames"] = source.stats.counted()
        if not detected:
            raise NoFaceError(f"no face in any of its {frames} frames")
    for part in left:
        part.unlink(missing_ok=True)
    counted: dict[str, Any] = source.stats.counted()
    partial = bool(counted.get("partial"))
    lost = (
        f"{counted['broken']} of {counted['expected']} frames broken, {counted['missing']} missing"
        if partial
        else ""
    )
    return Finished(
        str(job.video), job.take.name, "partial" if partial else "done", frames, detected, round(time.perf_counter() - started, 3),
        fingerprint(job.video), job.tag, lost,
        extra=_extra(caught, counted, writer.quality),
    )  # fmt: skip


def run_batch(
    videos: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    *,
    workers: int = 0,
    dask: str | None = None,
    progress: Callable[[int, int, Finished], None] | None = None,
    **settings: Any,
) -> list[Finished]:
    """Drive every video; what an earlier, even a killed, run finished with the same settings is kept.

    Args:
        output: folder of the takes and of the manifest ``batch.jsonl``.
        workers, dask: see ``parallel.run_tasks``; 0 is one process per core.
        settings: fields of ``Settings``.

    Returns:
        One line per video, sorted by take; a failed one has its reason and stops nothing.

    Raises:
        MissingFileError, InputError, OutputError, FileFormatError: nothing to do, or nowhere to put it, or a
            FLAME file or mapping that no video could be driven with.
    """
    unknown = settings.keys() - Settings.__dataclass_fields__.keys()
    if unknown:
        raise InputError(f"unknown setting {', '.join(sorted(unknown))}.")
    Settings(**settings)
    from ..drive.driver import Driver

    # a wrong FLAME file is one error now, not one per video
    Driver(
        settings.get("flame"), mapping=settings.get("mapping"), num_expression=settings.get("num_expression")
    )
    target = made_folder(output)
    tag = hashlib.blake2b(
        json.dumps(settings, sort_keys=True, default=str).encode(), digest_size=6
    ).hexdigest()
    results, jobs = _left_to_do(find_videos(videos), target, tag, settings)
    total = len(results) + len(jobs)

    def failed(job: Job, reason: str) -> Finished:
        return Finished(str(job.video), job.take.name, "failed", settings=tag, reason=reason)

    for finished in _manifest(target).run(run_video, jobs, failed, workers=workers, dask=dask):
        results.append(finished)
        if progress is not None:
            progress(len(results), total, finished)
    return sorted(results, key=lambda r: r.take)


def _extra(
    caught: Sequence[warnings.WarningMessage], counted: dict[str, Any], quality: dict[str, Any]
) -> dict[str, Any]:
    """What the manifest keeps beside the counts; warnings that are not of the mapping are given again."""
    from ..rig.mapping.linear import ExtrapolationWarning

    notes: dict[str, None] = {}
    for w in caught:
        if issubclass(w.category, ExtrapolationWarning):
            notes[str(w.message)] = None
        else:
            warnings.warn_explicit(w.message, w.category, w.filename, w.lineno)
    extra = {"notes": list(notes), "source_frames": counted, "quality": quality}
    return {name: value for name, value in extra.items() if value}


def _left_to_do(
    found: Sequence[tuple[Path, str]], target: Path, tag: str, settings: dict[str, Any]
) -> tuple[list[Finished], list[Job]]:
    """What is there already, of the same video with the settings of ``tag``; and what is not, long ones first."""
    known = read_manifest(target)
    results: list[Finished] = []
    jobs: list[Job] = []
    for video, name in found:
        take = target / f"{name}.npz"
        before = known.get(take.name)
        kept = before is not None and before.status in ("done", "kept", "partial") and take.is_file()
        if before is not None and kept and (before.settings, before.fingerprint) == (tag, fingerprint(video)):
            status = "partial" if before.status == "partial" else "kept"
            results.append(Finished(**{**vars(before), "status": status}))
        else:
            jobs.append(Job(video=video, take=take, tag=tag, **settings))
    return results, sorted(jobs, key=lambda job: -job.video.stat().st_size)


def _manifest(folder: Path) -> Manifest[Finished]:
    return Manifest(folder / MANIFEST, Finished, lambda finished: str(finished.take))


def read_manifest(folder: Path) -> dict[str, Finished]:
    """The last outcome of each take of earlier runs."""
    return _manifest(folder).read()
