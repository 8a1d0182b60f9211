"""``mp2flame fit``: shards to a mapping file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.option import argument
from ..drive.options import FlameFile
from ..learn.fit import Options
from .next_step import free, spoken, suggest
from .options import command
from .progress import Progress
from .words import Machine, Overwrite, written

if TYPE_CHECKING:
    from ..learn.build import Built


@dataclass(frozen=True, kw_only=True)
class Asked(FlameFile, Overwrite, Machine):
    """What only ``fit`` has."""

    shards: Path = argument()
    output: Path = written("The mapping file to write (.npz).")


@command(Asked, Options)
def fit(asked: Asked, options: Options) -> None:
    """Learn a mapping from SHARDS and say whether it beats the default.

    SHARDS is the folder that 'mp2flame gather' made. Give the FLAME file that the data was tracked with to
    get the comparison in millimetres.

    \b
    mp2flame fit shards/ -o mapping.npz --flame generic_model.pkl
    mp2flame run me.mp4 --flame generic_model.pkl --mapping mapping.npz
    """
    from ..base.optional import check
    from ..base.write import check_target
    from ..flame import load_flame
    from ..learn.build import build
    from ..learn.shards import open_shards

    needs = [
        "pyarrow",
        *(["torch"] if options.method == "mlp" else []),
        *(["distributed"] if asked.dask else []),
    ]
    check(*needs, purpose="fitting")
    target = (
        asked.output if asked.output.suffix == ".npz" else asked.output.with_name(asked.output.name + ".npz")
    )
    check_target(target, asked.overwrite)
    opened = open_shards(asked.shards)
    shown = Progress(len(opened.paths), quiet=asked.quiet, label="shard")

    def progress(what: str, done: int, total: int) -> None:
        if done:
            shown.step(done)
        elif not asked.quiet:
            shown.close()
            click.echo(f"{what} ...", err=True)

    model = load_flame(asked.flame) if asked.flame else None
    built = build(opened, options, model=model, workers=asked.workers, dask=asked.dask, progress=progress)
    built.mapping.save(target)
    summarise(built)
    click.echo(f"wrote {target}")
    page = free(target.with_name(f"{target.stem}_report.html"))
    suggest("report", asked.shards, "--mapping", target, "-o", page)
    if built.evaluation is not None and (
        built.evaluation.doubts or built.evaluation.verdict == "worse than the mean face"
    ):
        return  # the words above say why this mapping should not drive anything
    flame = ["--flame", asked.flame] if asked.flame else []
    click.echo(f"to use it: {spoken('run', *flame, '--mapping', target)} SOURCE")


def summarise(built: Built) -> None:
    """The result, on stdout."""
    header = built.mapping.header
    made: dict[str, Any] = header.provenance
    click.echo(
        f"{header.notes['method']} fit on {made['frames']} frames of {made['clips']} clips, "
        f"{made['subjects']} people; "
        f"condition number {header.notes['condition_number']:.0f}"
    )
    if header.notes["strength"]:
        click.echo("strength: " + ", ".join(f"{k} {v:.2g}" for k, v in header.notes["strength"].items()))
    if built.evaluation is not None:
        click.echo(table(built))
    for warning in built.warnings:
        click.echo(f"note: {warning}", err=True)
    rights = header.licence or "not stated"
    click.echo(f"rights of the data: {rights}")


def table(built: Built) -> str:
    """The comparison on people left out, as a markdown table and a sentence."""
    evaluation = built.evaluation
    assert evaluation is not None
    measures = list(evaluation.means["fit"])
    head = [m.replace("_mm", " mm").replace("_deg", " deg") for m in measures]
    lines = [
        f"on people left out ({evaluation.people} people, {evaluation.frames} frames):",
        "",
        "| | " + " | ".join(head) + " |",
        "|---|" + "---|" * len(head),
    ]
    for name, means in evaluation.means.items():
        lines.append(
            f"| {name} | " + " | ".join(f"{means[m]:.3f}" if m in means else "" for m in measures) + " |"
        )
    cells = []
    for measure in measures:
        if measure not in evaluation.gaps:
            cells.append("")
            continue
        mean, low, high = evaluation.gaps[measure]
        cells.append(f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]" if low == low else f"{mean:+.3f}")
    lines.append(f"| fit minus {evaluation.against} (95 %) | " + " | ".join(cells) + " |")
    verdict = {
        "better": "This mapping beats the shipped default on this data",
        "worse": "This mapping does NOT beat the shipped default: drive without --mapping",
        "worse than the mean face": "This mapping is NOT usable: it loses to a face that never moves",
        "no clear difference": "No clear difference to the shipped default: more people would tell",
    }.get(evaluation.verdict, f"Against the shipped default: {evaluation.verdict}")
    if evaluation.doubts and evaluation.verdict != "worse than the mean face":
        verdict = "No verdict: the default itself loses to a face that never moves (see the note)"
    lines += [
        "",
        f"{verdict} ({evaluation.main.replace('_mm', ', millimetres').replace('_deg', ', degrees')}).",
    ]
    return "\n".join(lines)
