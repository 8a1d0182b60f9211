"""``mp2flame gather``: tracked data, or plain videos, to shards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..base.errors import FileFormatError
from .options import flame_option


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the shards; run again to go on where it stopped.",
)
@click.option("--track", is_flag=True, help="FOLDERS hold plain videos: fit the FLAME file to them first.")
@flame_option
@click.option(
    "--subject",
    metavar="PATTERN",
    help="Regular expression on a clip's path that names the person, "
    "'(id\\d+)' say. Default: the first folder below FOLDER, else every clip is its own person.",
)
@click.option(
    "--flame-release", default="", help="The FLAME that the tracker used, flame2020 say, when known."
)
@click.option("--rights", default="", help="Terms of the data in one line; they go into the mapping file.")
@click.option(
    "--format", "format_name", help="Read everything as this format. Default: found from the content."
)
@click.option(
    "--mode",
    type=click.Choice(["video", "image"]),
    default="video",
    show_default=True,
    help="How the detector runs where scores have to be made.",
)
@click.option(
    "--landmarks", is_flag=True, help="Keep the landmarks where the detector runs (5.7 kB a frame)."
)
@click.option("--driven", is_flag=True, help="Also take recordings that mp2flame drove itself.")
@click.option("--fps", type=click.FloatRange(min=0, min_open=True), help="Rate of files that hold none.")
@click.option(
    "--workers", type=click.IntRange(0), default=1, show_default=True, help="Processes; 0: one per core."
)
@click.option("--dask", metavar="tcp://HOST:PORT", help="Use this Dask cluster instead.")
@click.option("--quiet", is_flag=True, help="No progress.")
def gather(
    folders: tuple[Path, ...],
    output: Path,
    workers: int,
    dask: str | None,
    quiet: bool,
    format_name: str | None,
    **options: Any,
) -> None:
    """Collect pairs of detector scores and FLAME parameters into shards.

    FOLDERS hold tracked takes of any kind that mp2flame reads. flame-head-tracker's files hold the scores
    already; for others the pictures or the video must lie beside the take. A bad file is listed at the end
    and stops nothing.

    \b
    mp2flame gather tracked/ -o shards/
    mp2flame gather videos/ --track --flame generic_model.pkl -o shards/
    """
    from ..learn.clip import Settings
    from ..learn.gather import Outcome
    from ..learn.gather import gather as run
    from .session import Progress

    settings = Settings(format=format_name, **options)
    shown = Progress(None, quiet=quiet, label="clip")

    def progress(done: int, total: int, outcome: Outcome) -> None:
        shown._total = total  # noqa: SLF001
        shown.step(done)

    outcomes = run(folders, output, settings, workers=workers, dask=dask, progress=progress)
    shown.close()
    report(outcomes, output)


def report(outcomes: list[Any], output: Path) -> None:
    """What was done, on stdout; failures on stderr."""
    from ..learn.gather import DROPPED

    by = {
        status: [o for o in outcomes if o.status == status]
        for status in ("done", "partial", "kept", "duplicate", "failed")
    }
    totals: dict[str, int] = {}
    for outcome in by["done"] + by["partial"] + by["kept"]:
        for key, value in outcome.counts.items():
            totals[key] = totals.get(key, 0) + value
    click.echo(
        f"{len(by['done'])} clips gathered, {len(by['partial'])} partial, {len(by['kept'])} there already, "
        f"{len(by['duplicate'])} copies of "
        f"others, {len(by['failed'])} failed"
    )
    dropped = ", ".join(f"{v} {k.replace('_', ' ')}" for k, v in totals.items() if k in DROPPED)
    click.echo(
        f"{totals.get('kept', 0)} of {totals.get('read', 0)} frames usable"
        + (f"; dropped: {dropped}" if dropped else "")
    )
    for outcome in by["partial"] + by["failed"]:
        click.echo(f"{outcome.status}: {outcome.clip}: {outcome.reason}", err=True)
    if not by["done"] and not by["partial"] and not by["kept"]:
        raise FileFormatError("no clip could be used.")
    click.echo(f"next: mp2flame fit {output} -o mapping.npz    or: mp2flame report {output} -o report.html")
