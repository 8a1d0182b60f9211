"""``mp2flame render``: a take as a video, a GIF or a contact sheet."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import InputError
from .options import eyelids_option, flame_option, scenery_option, skin_option

if TYPE_CHECKING:
    pass

_file = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("take", type=_file)
@click.option(
    "-o",
    "--output",
    type=_file,
    help="What to write, by its ending: .mp4, .mov, .mkv, .gif, or .png for "
    "a contact sheet. Default: the take's name with _head.mp4, in the current folder.",
)
@flame_option
@eyelids_option
@click.option(
    "--beside",
    metavar="SOURCE",
    help="The video the take was made from; shown to the left of the head, above it on a contact sheet.",
)
@click.option(
    "--size",
    type=click.IntRange(16, 4096),
    default=512,
    show_default=True,
    help="Height and width of the head's picture in pixels.",
)
@click.option("--sheet", type=_file, help="Write a contact sheet to this .png as well (without -o: instead).")
@click.option(
    "--frames",
    "count",
    type=click.IntRange(1, 500),
    default=12,
    show_default=True,
    help="Pictures on the contact sheet.",
)
@click.option(
    "--pick",
    type=click.Choice(["even", "different"]),
    default="even",
    show_default=True,
    help="Frames for the sheet: evenly spaced, or the faces that differ most.",
)
@click.option(
    "--fps",
    type=click.FloatRange(0.1, 240),
    help="A steady rate. Default: the take's own times; 20 for a GIF.",
)
@click.option(
    "--start", type=float, metavar="SECONDS", help="From here, counted from the take's first frame."
)
@click.option("--end", type=float, metavar="SECONDS", help="Up to here.")
@click.option("--no-pose", is_flag=True, help="Keep the head facing the camera.")
@click.option("--stiff-neck", is_flag=True, help="Turn the shoulders with the head.")
@skin_option
@scenery_option
@click.option(
    "--backend",
    type=click.Choice(["auto", "gl", "software"]),
    default="auto",
    show_default=True,
    help="gl is fast, software works everywhere; auto takes gl when there is one.",
)
@click.option("--overwrite", is_flag=True, help="Replace files that exist.")
@click.option("--quiet", is_flag=True, help="No progress.")
def render(
    take: Path,
    output: Path | None,
    flame: str | None,
    eyelids: str | None,
    beside: str | None,
    size: int,
    sheet: Path | None,
    count: int,
    pick: str,
    fps: float | None,
    start: float | None,
    end: float | None,
    no_pose: bool,
    stiff_neck: bool,
    skin: str,
    no_scenery: bool,
    backend: Any,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Turn TAKE, a .npz from 'mp2flame run', into a picture that moves.

    \b
    mp2flame render take.npz                                 take_head.mp4
    mp2flame render take.npz --beside me.mp4 -o both.mp4     source and head side by side
    mp2flame render take.npz -o head.gif --size 320          a GIF
    mp2flame render take.npz -o sheet.png --beside me.mp4    a contact sheet with times

    The head turns in place and the shoulders stay; frames in which no face was found are grey.
    """
    from ..show.head import ShownHead
    from ..show.pictures import TakeRenderer
    from .session import load_motion

    if output is None and sheet is None:
        output = Path(take.stem + "_head.mp4")
    if output is not None and output.suffix.lower() == ".png":
        if sheet is not None:
            raise InputError(
                "-o with .png is a contact sheet already; leave --sheet away or choose -o .mp4 or .gif."
            )
        output, sheet = None, output
    check_targets([output, sheet], [take, beside], overwrite)
    recording = load_motion(take, quiet)
    from ..drive.for_take import for_take

    driver, recording, note = for_take(recording, flame, eyelids=eyelids)
    if note and not quiet:
        click.echo(note, err=True)
    head = ShownHead(driver, skin=skin, scenery=not no_scenery)
    pictures = TakeRenderer(
        recording,
        head.model,
        head.vertices,
        size=(size, size),
        colors=head.colors,
        gloss=head.gloss,
        with_pose=not no_pose,
        shoulders_stay=not stiff_neck,
        backend=backend,
    )
    with pictures:
        frames = pictures.span(start, end)
        if output is not None:
            if fps is None and output.suffix.lower() == ".gif":
                fps = 20.0
            number = _write_video(pictures, output, frames, fps, beside, quiet)
            click.echo(f"wrote {output}: {number} pictures, head: {driver.model.release}")
        if sheet is not None:
            _write_sheet(pictures, sheet, frames, count, pick, beside)
            click.echo(f"wrote {sheet}")


def _write_video(
    pictures: Any, output: Path, frames: range, fps: float | None, beside: str | None, quiet: bool
) -> int:
    from .session import Progress

    progress = Progress(len(pictures.schedule(frames, fps)), quiet=quiet, label="picture")
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


def _write_sheet(pictures: Any, path: Path, frames: range, count: int, pick: str, beside: str | None) -> None:
    from ..io.exports.video import save_png

    with _opened(beside) as source:
        if len(frames) == 1 and source is None:
            picture = pictures.image(frames[0])
        else:
            picture = pictures.sheet(count=count, frames=frames, pick=pick, beside=source)
    save_png(path, picture)


def _opened(beside: str | None) -> Any:
    if beside is None:
        return contextlib.nullcontext()
    from ..io.sources import open_source

    return open_source(beside)


def check_targets(targets: list[Path | None], inputs: list[Any], overwrite: bool) -> None:
    """Refuse to write over an input, or over any file without ``--overwrite``, before any work is done."""
    given = [target for target in targets if target is not None]
    if len({target.resolve() for target in given}) < len(given):
        raise InputError("-o and --sheet name the same file.")
    for target in given:
        for source in inputs:
            if source is not None and Path(source).exists() and target.resolve() == Path(source).resolve():
                raise InputError(f"{target} is an input; choose another name with -o.")
        if target.exists() and not overwrite:
            raise InputError(f"{target} exists. Choose another name with -o, or say --overwrite.")
        if not target.parent.is_dir():
            raise InputError(f"the folder {target.parent} does not exist; create it first.")
