"""``mp2flame batch``: a corpus of videos to takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from ..base.errors import SourceError
from ..base.option import argument, option
from ..learn.batch import Finished, Settings, run_batch
from .options import command
from .progress import Progress
from .session import PARTIAL
from .words import Machine, written


@dataclass(frozen=True, kw_only=True)
class Asked(Machine):
    """What only ``batch`` has."""

    videos: tuple[Path, ...] = argument()
    output: Path = written("Folder for the takes; run again to go on where it stopped.")
    workers: int = option(0, "Processes; 0: one per core.", "Machine", least=0)


@command(Asked, Settings)
def batch(asked: Asked, settings: Settings) -> None:
    """Drive a head from every one of VIDEOS (files or folders) and write a take for each.

    The manifest batch.jsonl in the output folder has one line per video. Videos that cannot be read or show
    no face are listed at the end and stop nothing; the exit code is then 5.

    \b
    mp2flame batch corpus/ -o takes/ --flame generic_model.pkl
    """
    shown = Progress(None, quiet=asked.quiet, label="video")

    def progress(done: int, total: int, _: Finished) -> None:
        shown.total = total
        shown.step(done)

    try:
        results = run_batch(
            asked.videos, asked.output, workers=asked.workers, dask=asked.dask, progress=progress,
            **vars(settings),
        )  # fmt: skip
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
            named = "" if str(result.video) in str(result.reason) else f"{result.video}: "
            click.echo(f"{result.status}: {named}{result.reason}", err=True)
    if count["failed"]:
        raise SourceError(
            f"{count['failed']} of {len(results)} videos could not be driven; the others are done."
        )
    if count["partial"]:
        click.get_current_context().exit(PARTIAL)
