"""What ``convert`` and ``export`` share: a take in another FLAME file's coefficients, or in ARKit weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from ..base.errors import InputError, MismatchError

if TYPE_CHECKING:
    from ..flame import FlameModel
    from ..io.formats import Motion
    from ..take.take import Take


def transferred(
    motion: Motion, source: str | Path, target: str | Path, coefficients: int | None = None
) -> Motion:
    """The motion in the coefficients of another FLAME file; the residual goes to stderr.

    Raises:
        InputError: the take holds no FLAME parameters.
        MismatchError: it was made for another file than ``source``.
    """
    from ..flame import load_flame
    from ..take.transfer import transfer_recording

    record = motion.recording
    if not record.num_expression:
        raise InputError(
            "this take holds weights, no FLAME parameters; 'mp2flame run TAKE --flame FILE -o driven.npz' "
            "makes them for any FLAME file."
        )
    if motion.betas is not None and "betas" not in record.meta:
        record = record[slice(None)]
        record.meta["betas"] = [float(value) for value in motion.betas]
    one, other = load_flame(source), load_flame(target)
    changed, residual = transfer_recording(record, one, other, num_target=coefficients)
    click.echo(
        f"from {one.release} ({record.num_expression} coefficients) to {other.release} "
        f"({changed.num_expression}): {residual.mean():.3f} mm left on average, {residual.max():.3f} at most",
        err=True,
    )
    betas: Any = changed.meta.get("betas")
    return replace(motion, recording=changed, betas=None if betas is None else np.asarray(betas, np.float32))


def with_arkit_weights(recording: Take, model: FlameModel, *, neutral: bool = False) -> Take:
    """The recording with ARKit weights solved from its FLAME parameters; how near they come goes to stderr.

    Args:
        neutral: take the median face off first, as the person's resting face.

    Raises:
        InputError: the take holds no FLAME parameters.
        MismatchError: more coefficients than the FLAME file has.
    """
    from ..rig.inverse import Inverse

    if not recording.num_expression:
        raise InputError("this take holds no FLAME parameters to solve ARKit weights from.")
    if recording.num_expression > model.num_expression:
        raise MismatchError(
            f"the take has {recording.num_expression} expression coefficients, {model.release} has "
            f"{model.num_expression}. Use the FLAME file it was made with."
        )
    inverse = Inverse.of(model, num_expression=recording.num_expression)
    params = recording.params
    weights = inverse.weights(params, neutral="median" if neutral else None)
    changed = recording[slice(None)]
    changed.arkit_weights = weights
    left = inverse.residual_mm(params, weights)
    click.echo(f"ARKit weights solved: {left.mean():.2f} mm left at the landmarks on average", err=True)
    return changed


def holds_weights(recording: Take) -> bool:
    """Whether a take has ARKit weights at all."""
    return bool(np.any(recording.arkit_weights))
