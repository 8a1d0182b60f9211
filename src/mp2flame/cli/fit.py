"""``mp2flame fit``: shards to a mapping file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import InputError
from .options import flame_option

if TYPE_CHECKING:
    from ..learn.build import Built


@click.command()
@click.argument("shards", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The mapping file to write (.npz).",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@click.option(
    "--method",
    type=click.Choice(["pinv", "ridge", "symmetric", "bounded", "sparse", "mlp"]),
    default="ridge",
    show_default=True,
    help="pinv: the usual pseudo-inverse. ridge: held back where "
    "there is little data. symmetric: ridge, left and right alike. bounded: no weight beyond what the "
    "data shows. sparse: few weights. mlp: a small network (needs PyTorch to train, not to run).",
)
@flame_option
@click.option("--strength", type=float, help="Of the ridge. Default: chosen by leaving people out.")
@click.option("--sparsity", type=float, help="Of the method sparse. Default: chosen by leaving people out.")
@click.option(
    "--balance",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="0: every active frame counts alike; 1: every kind of expression has the same say.",
)
@click.option(
    "--loss",
    type=click.Choice(["distances", "squares"]),
    default="distances",
    show_default=True,
    help="distances: frames that no mapping explains do not bend it for the others (reads the shards twice). "
    "squares: plain least squares.",
)
@click.option(
    "--max-weight",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="For bounded: share of what the data shows that one full score may move.",
)
@click.option("--seed", type=int, default=0, help="Of the network's start.")
@click.option(
    "--workers", type=click.IntRange(0), default=1, show_default=True, help="Processes; 0: one per core."
)
@click.option("--dask", metavar="tcp://HOST:PORT", help="Use this Dask cluster instead.")
@click.option("--quiet", is_flag=True, help="No progress.")
def fit(
    shards: Path,
    output: Path,
    overwrite: bool,
    flame: str | None,
    workers: int,
    dask: str | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Learn a mapping from SHARDS and say whether it beats the default.

    SHARDS is the folder that 'mp2flame gather' made. Give the FLAME file that the data was tracked with to
    get the comparison in millimetres.

    \b
    mp2flame fit shards/ -o mapping.npz --flame generic_model.pkl
    mp2flame run me.mp4 --flame generic_model.pkl --mapping mapping.npz
    """
    from ..flame import load_flame
    from ..learn.build import build
    from ..learn.fit import Options
    from ..learn.shards import open_shards
    from .session import Progress

    target = output if output.suffix == ".npz" else output.with_name(output.name + ".npz")
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists. Choose another name with -o, or say --overwrite.")
    opened = open_shards(shards)
    shown = Progress(len(opened.paths), quiet=quiet, label="shard")

    def progress(what: str, done: int, total: int) -> None:
        if done:
            shown.step(done)
        elif not quiet:
            shown.close()
            click.echo(f"{what} ...", err=True)

    model = load_flame(flame) if flame else None
    built = build(opened, Options(**options), model=model, workers=workers, dask=dask, progress=progress)
    built.mapping.save(target)
    summarise(built, target, flame)


def summarise(built: Built, target: Path, flame: str | None) -> None:
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
    click.echo(
        f"wrote {target}    next: mp2flame run SOURCE --flame {flame or 'YOUR_FLAME'} --mapping {target}"
    )


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
