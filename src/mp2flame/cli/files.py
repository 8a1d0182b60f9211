"""``mp2flame trim | concat | resample | smooth | mirror``: a take in, a take out, in the format it came in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ..base.option import argument, needed, option
from .endings import format_by_name
from .options import command
from .progress import counted
from .words import FlameFile, Overwrite, written

if TYPE_CHECKING:
    from ..flame import FlameModel
    from ..io.formats import Motion
    from ..take.take import Take


@dataclass(frozen=True, kw_only=True)
class Edit(Overwrite):
    """A take in and a take out."""

    take: Path = argument(completes="takes")
    output: Path = written("The take to write.")


def _write(result: Take | Motion, source: Motion, output: Path, overwrite: bool) -> None:
    """Write a take in the format of the one it came from, if that can be written to such a name.

    Else in the one that the name says, or as ours.
    """
    from ..io.formats import write_motion

    name = format_by_name(output, "TAKE", source.format)
    lost = write_motion(result, output, name, overwrite=overwrite)
    tell(result, output, name, lost)


def tell(result: Take | Motion, output: Path, name: str, lost: list[str]) -> None:
    """What was written, and what its format could not hold."""
    record: Any = getattr(result, "recording", result)
    click.echo(
        f"wrote {output}: {name}, {counted(record.num_frames, 'frame')}, {record.duration_ms / 1000:.2f} s"
    )
    for text in lost:
        click.echo(f"not in the file: {text}", err=True)


def load(path: str | None) -> FlameModel | None:
    """The FLAME file, if one was named."""
    if path is None:
        return None

    from ..flame import load_flame

    return load_flame(path)


def changed(motion: Motion, recording: Take) -> Motion:
    """The motion with another recording; arrays per frame that no longer fit are dropped."""
    same = recording.num_frames == motion.num_frames
    if not same and (motion.eyelids is not None or motion.dynamic_offset is not None):
        click.echo(
            "note: eyelids and per-vertex offsets are left out, they no longer fit the frames", err=True
        )
    return replace(
        motion,
        recording=recording,
        world_to_camera=None,
        eyelids=motion.eyelids if same else None,
        dynamic_offset=motion.dynamic_offset if same else None,
    )


@dataclass(frozen=True, kw_only=True)
class Trim(Edit):
    """The part that stays."""

    start: float | None = option(None, "Seconds from the beginning.", "Input", metavar="SECONDS", least=0)
    end: float | None = option(
        None, "Seconds from the beginning; the frame there is still in.", "Input", metavar="SECONDS", least=0
    )
    first_frame: int | None = option(
        None, "The same by frame number, from 0; negative counts from the end.", "Input"
    )
    last_frame: int | None = option(None, "The last frame that is still in.", "Input")


@command(Trim)
def trim(asked: Trim) -> None:
    """Cut a part out of TAKE; its time starts at 0.

    \b
    mp2flame trim take.npz --start 2 --end 5.5 -o part.npz
    """
    from ..io.formats import read_motion

    motion = read_motion(asked.take)
    part = motion.recording.trim(
        asked.start, asked.end, first_frame=asked.first_frame, last_frame=asked.last_frame
    )
    _write(changed(motion, part), motion, asked.output, asked.overwrite)


@dataclass(frozen=True, kw_only=True)
class Concat(Overwrite):
    """Several takes."""

    takes: tuple[Path, ...] = argument(completes="takes")
    output: Path = written("The take to write.")
    gap: float | None = option(
        None, "Seconds between two takes. Default: one frame.", "Input", metavar="SECONDS"
    )


@command(Concat)
def concat(asked: Concat) -> None:
    """Join TAKES, one after the other; they must be of the same FLAME file.

    \b
    mp2flame concat hello.npz goodbye.npz -o both.npz
    """
    from ..io.formats import read_motion
    from ..take.edits import concat as join

    motions = [read_motion(take) for take in asked.takes]
    joined = join([m.recording for m in motions], gap_ms=None if asked.gap is None else asked.gap * 1000.0)
    _write(changed(motions[0], joined), motions[0], asked.output, asked.overwrite)


@dataclass(frozen=True, kw_only=True)
class Resample(Edit):
    """The rate."""

    fps: float = needed("The new frame rate.", "Method")


@command(Resample)
def resample(asked: Resample) -> None:
    """Write TAKE at an even frame rate, by its time stamps; rotations go the shortest way.

    \b
    mp2flame resample take.npz --fps 60 -o take60.npz
    """
    from ..io.formats import read_motion

    motion = read_motion(asked.take)
    _write(changed(motion, motion.recording.resample(asked.fps)), motion, asked.output, asked.overwrite)


@dataclass(frozen=True, kw_only=True)
class Smooth(Edit):
    """How it is smoothed."""

    window_ms: float = option(200.0, "Width of the smoothing window.", "Method")
    method: Literal["savgol", "one-euro"] = option(
        "savgol", "savgol: local polynomials; one-euro: keeps fast motion sharper.", "Method"
    )


@command(Smooth)
def smooth(asked: Smooth) -> None:
    """Take the jitter out of TAKE without making it late.

    \b
    mp2flame smooth take.npz --window-ms 300 -o calm.npz
    """
    from ..io.formats import read_motion

    motion = read_motion(asked.take)
    result = motion.recording.smooth(asked.window_ms, method=asked.method)
    _write(changed(motion, result), motion, asked.output, asked.overwrite)


@command(Edit, FlameFile)
def mirror(asked: Edit, head: FlameFile) -> None:
    """Exchange left and right, as in a mirror.

    \b
    mp2flame mirror take.npz --flame generic_model.pkl -o mirrored.npz
    """
    from ..io.formats import read_motion

    motion = read_motion(asked.take)
    model = load(head.flame)
    made_for = motion.recording.meta.get("flame")
    if model is None and isinstance(made_for, dict):
        from ..drive.for_take import file_of
        from ..flame.builtin.head import builtin_head

        found = None if made_for.get("release") == "builtin" else file_of(motion.recording)
        if found is not None:
            click.echo(f"head: {found}", err=True)
        model = builtin_head() if made_for.get("release") == "builtin" else load(found)
    result = changed(motion, motion.recording.mirror(model))
    if result.eyelids is not None:
        result.eyelids = result.eyelids[:, ::-1]
    if result.static_offset is not None or result.dynamic_offset is not None:
        click.echo("note: per-vertex offsets are not mirrored and were left out", err=True)
        result.static_offset = result.dynamic_offset = None
    _write(result, motion, asked.output, asked.overwrite)
