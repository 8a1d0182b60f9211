"""``mp2flame report``: a page about shards or about a recording."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from ..base.option import argument, option
from .options import command
from .progress import Line, Progress
from .words import Machine, Overwrite, written


@dataclass(frozen=True, kw_only=True)
class Asked(Overwrite, Machine):
    """What ``report`` can be told."""

    source: Path = argument()
    output: Path = written("The page to write.", Path("report.html"))
    png: Path | None = option(None, "Also write the pictures into this folder.", "Output")
    mapping: Path | None = option(None, "Show what this mapping leaves over.", "Input")


@command(Asked)
def report(asked: Asked) -> None:
    """Write one page about SOURCE: shards from 'mp2flame gather', or one recording (.npz).

    Histograms of the scores, expression coefficients, jaw and eyes; correlations; coverage per channel and
    person; what a fit explains and what it leaves; the outliers with their frames.

    \b
    mp2flame report shards/ -o report.html --png figures/
    """
    from ..base.errors import MissingFileError
    from ..base.optional import check
    from ..base.write import check_target
    from ..learn.report import report_recording, report_shards
    from ..learn.shards import open_shards
    from ..rig.mapping.files import load_mapping
    from .session import load_motion

    check_target(asked.output, asked.overwrite)
    if not asked.source.exists():
        raise MissingFileError(
            f"{asked.source} is not there: a take (.npz), a shard or a folder of shards was expected."
        )
    shards = not asked.source.is_file() or asked.source.suffix == ".parquet"
    check("matplotlib", *(["pyarrow"] if shards else []), purpose="a report")
    line = Line(quiet=asked.quiet)
    if not shards:
        if not asked.quiet:
            line.show(f"drawing the page about {asked.source.name}")
        page = report_recording(load_motion(asked.source, asked.quiet), asked.source.name)
    else:
        opened = open_shards(asked.source)
        shown = Progress(len(opened.paths), quiet=asked.quiet, label="shard")
        page = report_shards(
            opened,
            mapping=load_mapping(asked.mapping) if asked.mapping else None,
            workers=asked.workers,
            dask=asked.dask,
            progress=lambda what, done, total: shown.step(done) if done else None,
        )
        shown.close()
    page.write(asked.output, asked.png)
    line.close()
    click.echo(
        f"wrote {asked.output}" + (f" and {len(page.pictures)} pictures in {asked.png}" if asked.png else "")
    )
