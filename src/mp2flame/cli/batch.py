"""``mp2flame batch``: a corpus of videos to takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..base.errors import SourceError
from .options import flame_option


@click.command()
@click.argument("videos", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the takes; run again to go on where it stopped.",
)
@flame_option
@click.option("--mapping", type=click.Path(), help="A mapping file to use instead of the built-in response.")
@click.option("--profile", type=click.Path(), help="A person's profile, for all videos.")
@click.option("--num-expression", type=int, help="Use only the first so many expression coefficients.")
@click.option("--mode", type=click.Choice(["video", "image"]), default="video", show_default=True)
@click.option("--mirrored", is_flag=True, help="The videos are mirror images.")
@click.option("--no-landmarks", is_flag=True, help="Do not store the 478 landmarks (smaller files).")
@click.option(
    "--workers", type=click.IntRange(0), default=0, show_default=True, help="Processes; 0: one per core."
)
@click.option("--dask", metavar="tcp://HOST:PORT", help="Use this Dask cluster instead.")
@click.option("--quiet", is_flag=True, help="No progress.")
def batch(
    videos: tuple[Path, ...],
    output: Path,
    workers: int,
    dask: str | None,
    quiet: bool,
    no_landmarks: bool,
    **settings: Any,
) -> None:
    """Drive a head from every one of VIDEOS (files or folders) and write a take for each.

    The manifest batch.jsonl in the output folder has one line per video. Videos that cannot be read or show
    no face are listed at the end and stop nothing; the exit code is then 5.

    \b
    mp2flame batch corpus/ -o takes/ --flame generic_model.pkl
    """
    from ..learn.batch import Finished, run_batch
    from .session import PARTIAL, Progress

    shown = Progress(None, quiet=quiet, label="video")

    def progress(done: int, total: int, _: Finished) -> None:
        shown._total = total  # noqa: SLF001
        shown.step(done)

    try:
        results = run_batch(
            videos,
            output,
            workers=workers,
            dask=dask,
            progress=progress,
            landmarks=not no_landmarks,
            **settings,
        )
    except KeyboardInterrupt:
        click.echo("The same command goes on from here; frames of videos begun are in *.part.npz.", err=True)
        raise
    finally:
        shown.close()
    count = {
        status: sum(r.status == status for r in results) for status in ("done", "kept", "partial", "failed")
    }
    frames = sum(r.frames for r in results)
    click.echo(
        f"{count['done']} videos driven, {count['kept']} there already, {count['partial']} partial, "
        f"{count['failed']} failed; "
        f"{frames} frames, "
        f"a face in {sum(r.detected for r in results)}"
    )
    for result in results:
        for note in result.extra.get("notes", ()):
            click.echo(f"note: {result.take}: {note}", err=True)
        if result.status in ("partial", "failed"):
            click.echo(f"{result.status}: {result.video}: {result.reason}", err=True)
    if count["failed"]:
        raise SourceError(
            f"{count['failed']} of {len(results)} videos could not be driven; the others are done."
        )
    if count["partial"]:
        click.get_current_context().exit(PARTIAL)
