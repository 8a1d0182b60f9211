"""``mp2flame export-onnx``: the driver for engines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from ..base.errors import InputError
from ..base.option import option
from .options import command
from .words import FlameFile, Overwrite, written


@dataclass(frozen=True, kw_only=True)
class Asked(FlameFile, Overwrite):
    """What ``export-onnx`` can be told."""

    output: Path = written("The .onnx to write.")
    num_expression: int | None = option(
        None,
        "Use only the first so many expression coefficients. Default: all of the file.",
        "Estimator",
        least=1,
    )
    loops: bool = option(
        False,
        "Stop where nothing changes any more, by ONNX's Loop: several times as quick in onnxruntime. Not for Unity, whose "
        "runtime has no loops.",
        "Estimator",
    )


@command(Asked, name="export-onnx")
def export_onnx(asked: Asked) -> None:
    """Write the driver as one ONNX file, for Unity, C++ and everything else that runs ONNX.

    MediaPipe's scores and landmarks in; ARKit weights, FLAME parameters and the head's pose out, one face a call. The
    file says what its inputs and outputs are (docs/onnx.md has Python, C++ and Unity). Takes about a minute.

    \b
    mp2flame export-onnx -o driver.onnx                             weights for any ARKit head
    mp2flame export-onnx --loops -o driver.onnx                     the same for onnxruntime, quicker
    mp2flame export-onnx --flame generic_model.pkl -o driver.onnx   and parameters of your FLAME file
    """
    from ..base.write import check_target
    from ..drive.driver import Driver
    from ..io.exports.onnx import write_onnx

    output = asked.output
    if output.suffix != ".onnx":
        raise InputError(f"{output} must end in .onnx.")
    check_target(output, asked.overwrite)
    driver = Driver(asked.flame, num_expression=asked.num_expression)
    info = write_onnx(
        output,
        driver.estimator,
        driver.rig,
        driver.mesh_model.prepare(),
        head=driver.describe(),
        loops=asked.loops,
        overwrite=asked.overwrite,
    )
    click.echo(
        f"wrote {output}: {info.num_bytes / 1e6:.1f} MB, {info.num_nodes} operators of opset 15, head: {driver.model.release}; "
        f"onnxruntime gives what Python gives to {info.difference:.0e}"
    )
    if asked.flame is not None:
        click.echo(
            "note: it holds what was solved from your FLAME file, whose licence holds for it too", err=True
        )
