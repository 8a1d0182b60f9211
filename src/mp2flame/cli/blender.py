"""``mp2flame blender``: what Blender installs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from ..base.errors import InputError
from .options import command
from .words import Overwrite, written


@dataclass(frozen=True, kw_only=True)
class Asked(Overwrite):
    """What ``blender`` can be told."""

    output: Path = written(
        "A .zip: the extension, Blender 4.2 and later. A .py: the playing of takes as a script, from 3.6 on.",
        Path("mp2flame_blender.zip"),
    )


@command(Asked)
def blender(asked: Asked) -> None:
    """Write the Blender extension: takes onto a head or any ARKit character, and live frames.

    \b
    mp2flame blender                            then in Blender: Preferences, Get Extensions, Install from Disk
    mp2flame blender -o blender_import.py       a script for 'blender --python blender_import.py -- take.npz ...'
    """
    from ..io.exports.blender import write_extension, write_script

    output = asked.output
    write = {".zip": write_extension, ".py": write_script}.get(output.suffix.lower())
    if write is None:
        raise InputError(f"expected a name that ends in .zip (extension) or .py (script), got {output}.")
    write(output, asked.overwrite)
    click.echo(f"wrote {output}")
    if output.suffix.lower() == ".zip":
        click.echo(
            "in Blender 4.2 or later: Edit, Preferences, Get Extensions, the arrow at the top right, Install from Disk"
        )
        click.echo(f"or in a terminal: blender --command extension install-file -r user_default -e {output}")
