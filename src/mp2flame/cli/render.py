"""``mp2flame render``: a take as a video, a GIF or a contact sheet."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import InputError, MismatchError
from .options import eyelids_option, flame_option

if TYPE_CHECKING:
    from ..base.values import FloatArray
    from ..drive.driver import Driver
    from ..take.take import Take

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

    The head turns in place; frames in which no face was found are grey.
    """
    from ..show.pictures import TakeRenderer
    from ..take.take import Take

    if output is None and sheet is None:
        output = Path(take.stem + "_head.mp4")
    if output is not None and output.suffix.lower() == ".png":
        if sheet is not None:
            raise InputError(
                "-o with .png is a contact sheet already; leave --sheet away or choose -o .mp4 or .gif."
            )
        output, sheet = None, output
    check_targets([output, sheet], [take, beside], overwrite)
    recording = Take.load(take)
    driver, recording, note = head_for(recording, flame, eyelids)
    if note and not quiet:
        click.echo(note, err=True)
    pictures = TakeRenderer(
        recording,
        driver.model,
        driver.vertices,
        size=(size, size),
        colors=head_colors(driver),
        with_pose=not no_pose,
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


def head_for(recording: Take, flame: str | None, eyelids: str | None = None) -> tuple[Driver, Take, str]:
    """The head a take was made for, the take to show on it, and a remark for the user.

    Without ``flame`` the head is looked for among the FLAME files of this machine, by hash; a take of an
    unknown head is shown on the built-in one through its ARKit weights.

    Raises:
        MismatchError: the take was made for another FLAME file.
    """
    from ..drive.driver import Driver

    made_for = recording.meta.get("flame") or {}
    release, sha256 = made_for.get("release"), made_for.get("sha256")
    betas: FloatArray | None = recording.meta.get("betas")
    unknown = not release and not sha256
    note = ""
    if flame is None and not unknown and release != "builtin":
        flame = _same_file(sha256)
        if flame is None:
            raise MismatchError(
                f"this take was made for the FLAME file {_name(release, sha256)}, which was not found here. "
                "Pass it with --flame, or put the take on the built-in head: "
                "'mp2flame run TAKE -o other.npz'."
            )
        note = f"head: {flame}"
    driver = Driver(flame, betas=betas, eyelids=eyelids)
    model = driver.model
    if recording.eyelids is not None and eyelids is None:
        if recording.eyelids.any():
            note += (
                "; " if note else ""
            ) + "the take closes the lids with extra offsets; without --eyelids they stay open"
        recording = recording[slice(None)]
        recording.eyelids = None
    if unknown:
        if flame is not None and recording.num_expression <= model.num_expression:
            driver = Driver(
                model, num_expression=recording.num_expression, betas=betas, eyelids=driver.eyelids
            )
            note = "the take does not say which FLAME file it was made for; it is shown on the one given."
            return driver, recording, note
        params = driver.params_from_weights(recording.arkit_weights)
        kept = {n: getattr(recording, n) for n in ("neck_pose", "global_orient", "transl")}
        shown = type(recording).from_params(
            params.replace(**kept),
            recording.timestamp_ms,
            detected=recording.detected,
            arkit_weights=recording.arkit_weights,
            meta=recording.meta,
        )
        return (
            driver,
            shown,
            "the take does not say which FLAME file it was made for; shown on the built-in head.",
        )
    if (sha256 and model.sha256 and sha256 != model.sha256) or (not sha256 and release != model.release):
        raise MismatchError(
            f"this take was made for the FLAME file {_name(release, sha256)}, the head given is "
            f"{_name(model.release, model.sha256)}: coefficients of one mean something else in the other. "
            "Pass the file it was made with, or drive the other head first: "
            "'mp2flame run TAKE --flame FILE -o other.npz'."
        )
    if recording.num_expression != model.num_expression:
        driver = Driver(model, num_expression=recording.num_expression, betas=betas, eyelids=driver.eyelids)
    return driver, recording, note


def _same_file(sha256: str | None) -> str | None:
    """A FLAME file of this machine with this hash."""
    from ..base.cache import file_sha256
    from ..flame.find import find_flame_files

    for path in find_flame_files() if sha256 else []:
        with contextlib.suppress(OSError):
            if file_sha256(path) == sha256:
                return str(path)
    return None


def _name(release: str | None, sha256: str | None) -> str:
    return f"{release or 'of unknown release'} ({sha256[:12]})" if sha256 else str(release)


def head_colors(driver: Driver) -> Any:
    """``(V, 3)`` uint8 vertex colours of the driver's head."""
    from ..flame.colors import colors_for

    return colors_for(driver.model)


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
