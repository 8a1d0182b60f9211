"""``mp2flame gather``: tracked data, or plain videos, to shards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import FileFormatError
from ..base.option import argument
from ..base.optional import check
from ..learn.clip import Settings
from .next_step import free, suggest
from .options import command
from .progress import Progress
from .words import Machine, written

if TYPE_CHECKING:
    from ..learn.gather import Outcome


@dataclass(frozen=True, kw_only=True)
class Asked(Machine):
    """What only ``gather`` has."""

    folders: tuple[Path, ...] = argument()
    output: Path = written("Folder for the shards; run again to go on where it stopped.")


@command(Asked, Settings)
def gather(asked: Asked, settings: Settings) -> None:
    """Collect pairs of detector scores and FLAME parameters into shards.

    FOLDERS hold tracked takes of any kind that mp2flame reads. flame-head-tracker's files hold the scores
    already; for others the pictures or the video must lie beside the take. A bad file is listed at the end
    and stops nothing.

    \b
    mp2flame gather tracked/ -o shards/
    mp2flame gather videos/ --track --flame generic_model.pkl -o shards/
    """
    from ..learn.gather import gather as run

    check("pyarrow", *(("mediapipe", "av") if settings.track else ()), purpose="gathering")
    shown = Progress(None, quiet=asked.quiet, label="clip")

    def progress(done: int, total: int, _: Outcome) -> None:
        shown.total = total
        shown.step(done)

    outcomes = run(
        asked.folders, asked.output, settings, workers=asked.workers, dask=asked.dask, progress=progress
    )
    shown.close()
    report(outcomes)
    flame = ["--flame", settings.flame] if settings.flame else []
    suggest("fit", asked.output, "-o", free(Path("mapping.npz")), *flame)
    suggest("report", asked.output, "-o", free(Path("report.html")))


def report(outcomes: list[Any]) -> None:
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
    alike: dict[tuple[str, str], list[str]] = {}
    for outcome in by["partial"] + by["failed"]:
        alike.setdefault((outcome.status, str(outcome.reason)), []).append(str(outcome.clip))
    for (status, reason), clips in alike.items():  # one sentence, however many it is true of
        named = ", ".join(clips[:3]) + (f" and {len(clips) - 3} more" if len(clips) > 3 else "")
        click.echo(f"{status}: {named}: {reason}", err=True)
    if not by["done"] and not by["partial"] and not by["kept"]:
        raise FileFormatError("no clip could be used.")
