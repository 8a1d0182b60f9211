"""Tracked files of every kind to shards: find the clips, pair scores with parameters, drop what is bad.

A clip is what ``formats.read_motion`` takes as one take: a file or a folder. Scores come from the file when
it has them (flame-head-tracker), else from running the detector on the pictures or the video beside it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..base.errors import MissingFileError, Mp2FlameError, NoFaceError
from .clip import Clip, Settings
from .manifest import Manifest, fingerprint, made_folder
from .read_clip import VIDEO, Bool, read_clip
from .shards import Rows, need_parquet, shard_path, write_shard

MANIFEST = "gather.jsonl"
_MOTION = (".npz", ".json", ".frame", ".npy", ".pkl", ".pt", ".csv", ".bin", ".mat")
MAX_EXPRESSION = 50.0  # in a basis of standard deviations a face stays within 10
MAX_JAW, MAX_EYE = 1.2, 1.6  # radians
_SCORE_SLACK = 1e-3
SOURCE_FRAMES = ("expected", "decoded", "broken", "missing", "partial")  # of ``SourceStats.counted``
DROPPED = ("undetected", "nan", "out_of_range", "duplicated", "unreadable")


@dataclass
class Outcome:
    """What became of a clip: ``status`` is ``done``, ``partial`` (frames of its video are broken or missing),
    ``kept`` (there already), ``duplicate`` or
    ``failed``.
    """  # noqa: D205

    clip: str
    status: str
    counts: dict[str, int] = field(default_factory=dict)
    digest: str = ""
    fingerprint: str = ""
    reason: str = ""


# --- finding ------------------------------------------------------------------------------------------------


def find_clips(folders: Sequence[str | os.PathLike[str]], output: Path, settings: Settings) -> list[Clip]:
    """Every take below the folders (or the files given), sorted by name.

    A folder that is itself a take is not looked into. With ``track`` the takes are the videos.

    Raises:
        MissingFileError: a folder is not there.
    """
    found: list[Clip] = []
    names: set[str] = set()
    for root in map(Path, folders):
        if not root.exists():
            raise MissingFileError(f"There is no file or folder {root}.")
        for path in _takes(root, settings):
            relative = path.relative_to(root) if path != root else Path(path.resolve().name)
            name = f"{root.resolve().name}/{relative.as_posix()}" if path != root else relative.as_posix()
            if name in names:  # two folders of the same name were given
                name = f"{name}#{hashlib.blake2b(str(path.resolve()).encode(), digest_size=4).hexdigest()}"
            names.add(name)
            found.append(Clip(path, name, subject_of(relative, name, settings), output, settings))
    return sorted(found, key=lambda clip: clip.name)


def subject_of(relative: Path, name: str, settings: Settings) -> str:
    """The person in a clip."""
    if settings.subject is not None:
        match = re.search(settings.subject, relative.as_posix())
        if match:
            return match.group(1) if match.groups() else match.group(0)
    elif len(relative.parts) > 1:
        return relative.parts[0]
    return name


def _takes(root: Path, settings: Settings) -> Iterator[Path]:
    suffixes = VIDEO if settings.track else _MOTION
    if root.is_file():
        yield root
        return
    stack = [root]
    while stack:
        folder = stack.pop()
        if not settings.track and _is_take(folder, settings):
            yield folder
            continue
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        for entry in listed:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                stack.append(Path(entry.path))
            elif entry.name.lower().endswith(suffixes) and (
                settings.track or _is_take(Path(entry.path), settings)
            ):
                yield Path(entry.path)


def _is_take(path: Path, settings: Settings) -> bool:
    from ..io.formats import FORMATS, detect_format
    from ..io.formats.probe import Probe

    try:
        name = settings.format or detect_format(path)
    except MissingFileError:
        return False
    except Mp2FlameError:
        # what cannot be read is a failure to be listed; arrays of something else are passed over
        return path.is_file() and path.suffix.lower() in (".npz", ".frame") and not Probe(path).shapes()
    if path.is_dir():
        return FORMATS[name].folder or (settings.format is None)
    return not FORMATS[name].folder


# --- one clip -----------------------------------------------------------------------------------------------


def gather_clip(clip: Clip) -> Outcome:
    """Read one clip, clean it, write its shard; done already when source and shard are unchanged."""
    print_ = fingerprint(clip.path)
    if clip.settings.track:
        from .track import track_video

        info, rows, seen = track_video(clip)
    else:
        info, rows, seen = read_clip(clip)
    info.fingerprint = print_
    kept, counts = clean(rows, seen)
    counts["unreadable"] = info.counts.get("unreadable", 0)
    source_frames = {key: info.counts[key] for key in SOURCE_FRAMES if key in info.counts}
    counts["read"] += counts["unreadable"]
    info.counts = {key: value for key, value in (counts | source_frames).items() if value}
    if not len(kept):
        raise NoFaceError(
            "no usable frame: "
            + ", ".join(f"{counts[k]} {k.replace('_', ' ')}" for k in DROPPED if counts[k])
        )
    info.digest = kept.digest()
    write_shard(clip.folder, info, kept)
    lost = ", ".join(
        f"{info.counts[k]} frames of the video {k}" for k in ("broken", "missing") if k in info.counts
    )
    if info.counts.get("partial"):
        return Outcome(clip.name, "partial", info.counts, info.digest, print_, lost)
    return Outcome(clip.name, "done", info.counts, info.digest, print_)


def clean(rows: Rows, seen: Bool) -> tuple[Rows, dict[str, int]]:
    """The usable rows, and how many were ``read``, ``kept`` and dropped, by the first reason that holds."""
    left = np.ones(len(rows), bool)
    counts = {"read": len(rows)}

    def drop(reason: str, bad: Any) -> None:
        counts[reason] = int((left & bad).sum())
        left[bad] = False

    finite = np.isfinite(rows.blendshapes).all(1) & np.isfinite(rows.outputs).all(1)
    drop("nan", ~finite)
    drop("undetected", ~seen | ~rows.blendshapes.any(1))
    with np.errstate(invalid="ignore"):
        e = rows.expression.shape[1]
        bad = (rows.blendshapes < -_SCORE_SLACK).any(1) | (rows.blendshapes > 1 + _SCORE_SLACK).any(1)
        bad |= np.abs(rows.outputs[:, :e]).max(1) > MAX_EXPRESSION
        bad |= np.linalg.norm(rows.jaw_pose, axis=1) > MAX_JAW
        bad |= np.linalg.norm(rows.eye_pose.reshape(-1, 2, 3), axis=2).max(1) > MAX_EYE
    drop("out_of_range", bad)
    content = np.ascontiguousarray(np.concatenate([rows.blendshapes, rows.outputs], axis=1))
    _, first = np.unique(
        content.view(np.dtype((np.void, content.dtype.itemsize * content.shape[1]))), return_index=True
    )
    repeated = np.ones(len(rows), bool)
    repeated[first] = False
    drop("duplicated", repeated)
    counts["kept"] = int(left.sum())
    return rows.take(np.flatnonzero(left)), counts


# --- all clips ----------------------------------------------------------------------------------------------


def gather(
    folders: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    settings: Settings | None = None,
    *,
    workers: int = 1,
    dask: str | None = None,
    progress: Callable[[int, int, Outcome], None] | None = None,
) -> list[Outcome]:
    """Gather every clip below ``folders`` into shards; what an earlier, even a killed, run finished is kept.

    Args:
        output: the folder of shards, made when missing.
        progress: called with clips done, clips in all, and the last outcome.

    Returns:
        One outcome per clip, sorted by name; a failed clip has its reason and stops nothing.

    Raises:
        MissingFileError, OutputError, InputError: a folder is missing, the output cannot be made.
    """
    need_parquet()
    chosen = settings or Settings()
    target = made_folder(output)
    clips = find_clips(folders, target, chosen)
    if not clips:
        what = "videos" if chosen.track else "tracked takes"
        raise MissingFileError(f"there are no {what} below {', '.join(map(str, folders))}.")
    manifest = _manifest(target)
    known = manifest.read()
    outcomes: list[Outcome] = []
    todo: list[Clip] = []
    for clip in clips:
        before = known.get(clip.name)
        settled = before is not None and (
            before.status == "duplicate" or shard_path(target, clip.name).is_file()
        )
        if before is not None and settled and before.fingerprint == fingerprint(clip.path):
            status = before.status if before.status in ("duplicate", "partial") else "kept"
            outcomes.append(replace(before, status=status))
        else:
            todo.append(clip)

    def failed(clip: Clip, reason: str) -> Outcome:
        return Outcome(clip.name, "failed", reason=reason)

    for outcome in manifest.run(gather_clip, todo, failed, workers=workers, dask=dask):
        outcomes.append(outcome)
        if progress is not None:
            progress(len(outcomes), len(clips), outcome)
    _drop_copies(target, outcomes, manifest)
    return sorted(outcomes, key=lambda outcome: outcome.clip)


def _manifest(folder: Path) -> Manifest[Outcome]:
    return Manifest(folder / MANIFEST, Outcome, lambda outcome: str(outcome.clip))


def read_manifest(folder: Path) -> dict[str, Outcome]:
    """The last outcome of each clip of earlier runs."""
    return _manifest(folder).read()


def _drop_copies(folder: Path, outcomes: list[Outcome], manifest: Manifest[Outcome]) -> None:
    """Of clips with the same content keep the first by name, whatever order they were read in."""
    first: dict[str, str] = {}
    for outcome in sorted(outcomes, key=lambda o: o.clip):
        if outcome.status not in ("done", "kept", "partial") or not outcome.digest:
            continue
        if outcome.digest in first:
            outcome.status, outcome.reason = "duplicate", f"the same frames as {first[outcome.digest]}"
            shard_path(folder, outcome.clip).unlink(missing_ok=True)
            manifest.add(outcome)
        else:
            first[outcome.digest] = outcome.clip
