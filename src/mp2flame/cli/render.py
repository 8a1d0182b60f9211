"""``mp2flame render``: a take as a video, a GIF, a contact sheet or a still."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from ..base.errors import InputError
from ..base.option import argument, option
from ..observe.camera import parse_size
from .options import command
from .progress import counted
from .words import Head, Look, Overwrite, Quiet, written

_MOST_PIXELS = 100_000_000
OWN = "its own"  # what --beside means without a name


@dataclass(frozen=True, kw_only=True)
class Asked(Overwrite, Quiet):
    """What only ``render`` has."""

    take: Path = argument(completes="takes")
    output: Path | None = written(
        "What to write, by its ending: .mp4, .mov, .mkv, .gif, or .png for a contact sheet (with --at: one still). "
        "Default: the take's name with _head.mp4, in the current folder.",
        None,
    )
    sheet: Path | None = option(
        None, "Write a contact sheet to this .png as well (without -o: instead).", "Output"
    )
    at: float | None = option(
        None, "One still picture of this moment, as .png.", "Output", metavar="SECONDS", least=0
    )
    size: str = option(
        "512", "Of the head's picture in pixels: one number, or WIDTHxHEIGHT.", "Output", metavar="SIZE"
    )
    count: int = option(12, "Pictures on the contact sheet.", "Output", "--frames", least=1, most=500)
    pick: Literal["even", "different"] = option(
        "even", "Frames for the sheet: evenly spaced, or the faces that differ most.", "Output"
    )
    fps: float | None = option(
        None, "A steady rate. Default: the take's own times; 20 for a GIF.", "Output", least=0.1, most=240
    )
    beside: str | None = option(
        None,
        "The video the take was made from, left of the head (above it on a contact sheet): its name, or nothing where "
        "it lies beside the take or here. Another one is refused.",
        "Input",
        metavar="[VIDEO]",
        bare=OWN,
        completes="sources",
    )
    start: float | None = option(
        None, "From here, counted from the take's first frame.", "Input", metavar="SECONDS"
    )
    end: float | None = option(None, "Up to here.", "Input", metavar="SECONDS")
    with_pose: bool = option(True, "Keep the head facing the camera.", "Motion", "--no-pose")
    shoulders_stay: bool = option(True, "Turn the shoulders with the head.", "Motion", "--stiff-neck")
    backend: Literal["auto", "gl", "software"] = option(
        "auto", "gl is fast, software works everywhere; auto takes gl when there is one.", "Look"
    )


@command(Asked, Head, Look)
def render(asked: Asked, head: Head, look: Look) -> None:
    """Turn TAKE, a .npz from 'mp2flame run', into a picture that moves.

    \b
    mp2flame render take.npz                                 take_head.mp4
    mp2flame render take.npz -o both.mp4 --beside            its video and the head side by side
    mp2flame render take.npz -o head.gif --size 320          a GIF
    mp2flame render take.npz -o sheet.png --beside me.mp4    a contact sheet with times
    mp2flame render take.npz -o still.png --at 2.5 --size 3840x2160

    The head turns in place and the shoulders stay; frames in which no face was found are grey.
    """
    from ..base.optional import check
    from ..io.exports.video import save_png
    from ..show.take_files import pictures_of
    from .session import check_targets, load_motion

    output, sheet = _targets(asked)
    size = parse_size(asked.size)
    if size[0] * size[1] > _MOST_PIXELS or min(size) < 16:
        raise InputError(f"a picture has 16 pixels a side to 100 million in all, got {asked.size}.")
    check(*(["av"] if output else []), *(["PIL"] if sheet else []), purpose="writing pictures")
    recording = load_motion(asked.take, asked.quiet)
    beside = _beside(asked, recording)
    check_targets([output, sheet], [asked.take, beside], asked.overwrite)
    pictures, (driver, _, note) = pictures_of(
        recording, **vars(head), **vars(look), size=size, with_pose=asked.with_pose,
        shoulders_stay=asked.shoulders_stay, backend=asked.backend,
    )  # fmt: skip
    if note and not asked.quiet:
        click.echo(note, err=True)
    with pictures:
        frames = pictures.span(asked.start, asked.end)
        if output is not None:
            number = _write_video(pictures, output, frames, asked, beside)
            click.echo(f"wrote {output}: {counted(number, 'picture')}, head: {driver.model.release}")
        if sheet is not None:
            if asked.at is not None:
                save_png(sheet, pictures.image(pictures.span(asked.at, None)[0]))
            else:
                with _opened(beside) as source:
                    one = len(frames) == 1 and source is None
                    picture = pictures.image(frames[0]) if one else pictures.sheet(
                        count=asked.count, frames=frames, pick=asked.pick, beside=source
                    )  # fmt: skip
                save_png(sheet, picture)
            click.echo(f"wrote {sheet}")


def _targets(asked: Asked) -> tuple[Path | None, Path | None]:
    """The video to write and the .png to write.

    Raises:
        InputError: two names for one thing.
    """
    output, sheet = asked.output, asked.sheet
    if asked.at is not None:
        still = output or sheet or Path(asked.take.stem + "_head.png")
        if (output and sheet) or still.suffix.lower() != ".png":
            raise InputError(f"--at writes one still picture: give one name that ends in .png, not {still}.")
        if asked.beside is not None:
            raise InputError("--at is the head alone; leave --beside away.")
        return None, still
    if output is None and sheet is None:
        output = Path(asked.take.stem + "_head.mp4")
    if output is not None and output.suffix.lower() == ".png":
        if sheet is not None:
            raise InputError(
                "-o with .png is a contact sheet already; leave --sheet away or choose -o .mp4 or .gif."
            )
        output, sheet = None, output
    return output, sheet


def _beside(asked: Asked, recording: Any) -> Path | None:
    """The take's own video, looked at."""
    if asked.beside is None:
        return None
    from ..drive.own_video import check_own_video, find_own_video
    from ..io.sources import open_source

    video = find_own_video(recording, asked.take) if asked.beside == OWN else Path(asked.beside)
    with open_source(video) as source:
        check_own_video(recording, source.info, video)
    if asked.beside == OWN and not asked.quiet:
        click.echo(f"beside: {video}", err=True)
    return video


def _write_video(pictures: Any, output: Path, frames: range, asked: Asked, beside: Path | None) -> int:
    from .progress import Progress

    fps = 20.0 if asked.fps is None and output.suffix.lower() == ".gif" else asked.fps
    progress = Progress(len(pictures.schedule(frames, fps)), quiet=asked.quiet, label="picture")
    try:
        with _opened(beside) as source:
            return int(
                pictures.video(
                    output,
                    frames=frames,
                    fps=fps,
                    beside=source,
                    progress=lambda done, _: progress.step(done),
                )
            )
    finally:
        progress.close()


def _opened(beside: Path | None) -> Any:
    if beside is None:
        return contextlib.nullcontext()
    from ..io.sources import open_source

    return open_source(beside)
