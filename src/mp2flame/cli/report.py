"""``mp2flame report``: a page about shards or about a recording."""

from __future__ import annotations

from pathlib import Path

import click

from ..base.errors import InputError


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="The page to write.",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing page.")
@click.option("--png", type=click.Path(file_okay=False, path_type=Path), help="Also write the pictures here.")
@click.option("--mapping", type=click.Path(path_type=Path), help="Show what this mapping leaves over.")
@click.option(
    "--workers", type=click.IntRange(0), default=1, show_default=True, help="Processes; 0: one per core."
)
@click.option("--dask", metavar="tcp://HOST:PORT", help="Use this Dask cluster instead.")
@click.option("--quiet", is_flag=True, help="No progress.")
def report(
    source: Path,
    output: Path,
    overwrite: bool,
    png: Path | None,
    mapping: Path | None,
    workers: int,
    dask: str | None,
    quiet: bool,
) -> None:
    """Write one page about SOURCE: shards from 'mp2flame gather', or one recording (.npz).

    Histograms of the scores, expression coefficients, jaw and eyes; correlations; coverage per channel and
    person; what a fit explains and what it leaves; the outliers with their frames.

    \b
    mp2flame report shards/ -o report.html --png figures/
    """
    from ..learn.report import report_recording, report_shards
    from ..learn.shards import open_shards
    from ..rig.mapping.files import load_mapping
    from .session import Progress, load_motion

    if output.exists() and not overwrite:
        raise InputError(f"{output} exists. Choose another name with -o, or say --overwrite.")
    if source.is_file() and source.suffix != ".parquet":
        page = report_recording(load_motion(source, quiet), source.name)
    else:
        opened = open_shards(source)
        shown = Progress(len(opened.paths), quiet=quiet, label="shard")
        page = report_shards(
            opened,
            mapping=load_mapping(mapping) if mapping else None,
            workers=workers,
            dask=dask,
            progress=lambda what, done, total: shown.step(done) if done else None,
        )
        shown.close()
    page.write(output, png)
    click.echo(f"wrote {output}" + (f" and {len(page.pictures)} pictures in {png}" if png else ""))
