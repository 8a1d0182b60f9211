"""``mp2flame export-onnx``: the driver for engines."""

from __future__ import annotations

from pathlib import Path

import click

from ..base.errors import InputError
from .options import flame_option


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The .onnx to write.",
)
@flame_option
@click.option(
    "--num-expression",
    type=click.IntRange(1),
    help="Use only the first so many expression coefficients. Default: all of the file.",
)
@click.option("--overwrite", is_flag=True, help="Replace what is there.")
def export_onnx(output: Path, flame: str | None, num_expression: int | None, overwrite: bool) -> None:
    """Write the driver as one ONNX file, for Unity, C++ and everything else that runs ONNX.

    MediaPipe's scores and landmarks in; ARKit weights, FLAME parameters and the head's pose out, one face a call. The
    file says what its inputs and outputs are (docs/onnx.md has Python, C++ and Unity). Takes about a minute.

    \b
    mp2flame export-onnx -o driver.onnx                             weights for any ARKit head
    mp2flame export-onnx --flame generic_model.pkl -o driver.onnx   and parameters of your FLAME file
    """
    from ..base.write import check_target
    from ..drive.driver import Driver
    from ..io.exports.onnx import write_onnx

    if output.suffix != ".onnx":
        raise InputError(f"{output} must end in .onnx.")
    check_target(output, overwrite)
    driver = Driver(flame, num_expression=num_expression)
    info = write_onnx(
        output,
        driver.estimator,
        driver.rig,
        driver.mesh_model.prepare(),
        head=driver.describe(),
        overwrite=overwrite,
    )
    click.echo(
        f"wrote {output}: {info.num_bytes / 1e6:.1f} MB, {info.num_nodes} operators of opset 15, head: {driver.model.release}; "
        f"onnxruntime gives what Python gives to {info.difference:.0e}"
    )
    if flame is not None:
        click.echo(
            "note: it holds what was solved from your FLAME file, whose licence holds for it too", err=True
        )
