"""``mp2flame convert``: a take in another project's format, or for another FLAME file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from ..base.errors import InputError
from ..base.option import argument, option
from ..io.options import MotionOptions
from .endings import check_ending, format_by_name
from .files import changed, load, tell
from .options import command
from .words import FlameFile, Overwrite, written

if TYPE_CHECKING:
    from ..flame import FlameModel
    from ..io.formats import Motion


@dataclass(frozen=True, kw_only=True)
class Asked(FlameFile, Overwrite):
    """What only ``convert`` has."""

    take: Path = argument()
    output: Path = written("The file or folder to write.")
    format: str | None = option(
        None,
        "The format to write; 'mp2flame info --formats' lists them. Default: by the ending of -o, a take of ours for .npz.",
        "Output",
        metavar="NAME",
        completes="written formats",
    )
    from_format: str | None = option(
        None,
        "Read TAKE as this format instead of recognising it.",
        "Input",
        metavar="NAME",
        completes="formats",
    )
    source: str | None = option(
        None,
        "The FLAME file that TAKE was made for, with --to.",
        "Another head",
        "--from",
        metavar="FLAME",
        completes="FLAME files",
    )
    target: str | None = option(
        None,
        "Another FLAME file: put the motion into its coefficients.",
        "Another head",
        "--to",
        metavar="FLAME",
        completes="FLAME files",
    )
    coefficients: int | None = option(
        None, "How many of --to's. Default: all of them.", "Another head", least=1, most=1000
    )


@command(Asked, MotionOptions)
def convert(asked: Asked, options: MotionOptions) -> None:
    """Write TAKE in another project's format, or for another FLAME file.

    The head's motion is put where that project looks for it, and what its format cannot hold is named.

    \b
    mp2flame convert take.npz -o driven.npz --format gaussian-avatars
    mp2flame convert tracked/ -o take.npz                     any format in
    mp2flame convert take.npz -o motion --format lam --fps 25
    mp2flame convert take.npz -o data --format vhap-export --camera 63 --image-size 1280x720
    mp2flame convert take.npz -o other.npz --from flame2020.pkl --to flame2023.pkl
    """
    from ..io.formats import write_motion

    name = asked.format or format_by_name(asked.output, asked.take)
    check_ending(asked.output, name)
    motion, model = _read(asked, options)
    if asked.source is not None and asked.target is not None:
        motion = _transferred(motion, asked.source, asked.target, asked.coefficients)
        model = load(asked.flame or asked.target)
    motion = _with_weights(motion, name, model)
    lost = write_motion(motion, asked.output, name, flame=model, overwrite=asked.overwrite, **vars(options))
    for text in motion.traps:
        click.echo(f"note: {text}", err=True)
    tell(motion, asked.output, name, lost)


def _read(asked: Asked, options: MotionOptions) -> tuple[Motion, FlameModel | None]:
    """The take at its rate, and the head if one was named.

    Raises:
        InputError: half of a pair of options.
    """
    from ..io.formats import read_motion

    if (asked.source is None) != (asked.target is None) or (asked.coefficients and asked.target is None):
        raise InputError("--from and --to go together: the FLAME file of TAKE, and the one to go to.")
    model = load(asked.flame or asked.source)
    motion = read_motion(asked.take, format=asked.from_format, flame=model, **vars(options))
    fps = options.fps
    if fps is not None and motion.num_frames > 1 and abs(motion.recording.fps - fps) > 1e-3 * fps:
        motion = changed(motion, motion.recording.resample(fps))
    return motion, model


def _transferred(motion: Motion, source: str, target: str, coefficients: int | None) -> Motion:
    """The motion in the coefficients of another FLAME file; the residual goes to stderr.

    Raises:
        InputError: the take holds no FLAME parameters.
        MismatchError: it was made for another file than ``source``.
    """
    from ..flame import load_flame
    from ..take.transfer import transfer_recording

    record = motion.whole()
    if not record.num_expression:
        raise InputError(
            "this take holds weights, no FLAME parameters; 'mp2flame run TAKE --flame FILE -o driven.npz' "
            "makes them for any FLAME file."
        )
    one, other = load_flame(source), load_flame(target)
    made, residual = transfer_recording(record, one, other, num_target=coefficients)
    click.echo(
        f"from {one.release} ({record.num_expression} coefficients) to {other.release} "
        f"({made.num_expression}): {residual.mean():.3f} mm left on average, {residual.max():.3f} at most",
        err=True,
    )
    betas: Any = made.meta.get("betas")
    return replace(motion, recording=made, betas=None if betas is None else np.asarray(betas, np.float32))


def _with_weights(motion: Motion, name: str, model: FlameModel | None) -> Motion:
    """The motion with ARKit weights, where the format holds nothing else and it has none."""
    from ..io.formats import WEIGHT_FORMATS
    from ..io.formats.solved import with_arkit_weights

    record = motion.recording
    if name not in WEIGHT_FORMATS or record.arkit_weights.any() or model is None or not record.num_expression:
        return motion
    made, said = with_arkit_weights(record, model)
    click.echo(said, err=True)
    return changed(motion, made)
