"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import InputError

if TYPE_CHECKING:
    from ..head_pose import Camera

_F = TypeVar("_F", bound=Callable[..., Any])

flame_option = click.option(
    "--flame",
    envvar="MP2FLAME_FLAME",
    show_envvar=True,
    help="Your FLAME file: .pkl, .npz, or the .zip as downloaded. Default: the built-in head.",
)
camera_option = click.option(
    "--camera",
    metavar="FOV|FX,FY,CX,CY",
    help="The camera, when you know it: vertical field of view in degrees, or focal lengths and centre in pixels.",
)


def source_options(function: _F) -> _F:
    """How a source is read and tracked."""
    for option in reversed(
        [
            click.option("--mirrored", is_flag=True, help="The picture is a mirror image: exchange left and right."),
            click.option("--faces", "num_faces", type=click.IntRange(1, 10), default=1, show_default=True,
                         help="Look for so many faces; the largest drives. Above 1 there is no built-in smoothing."),
            click.option("--mode", type=click.Choice(["video", "image"]), default="video", show_default=True,
                         help="video follows the face and smooths; image treats every frame for itself."),
            click.option("--face-model", "model_path", type=click.Path(), envvar="MP2FLAME_FACE_LANDMARKER",
                         show_envvar=True, help="The Face Landmarker file. Default: found, or downloaded once."),
        ]
    ):
        function = option(function)
    return function


def parse_camera(text: str | None) -> Camera | float | None:
    """``"60"`` (vertical field of view in degrees) or ``"fx,fy,cx,cy"`` (pixels) to a camera.

    Raises:
        InputError: neither one number nor four.
    """
    if text is None:
        return None
    from ..head_pose import Camera

    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 1:
        return numbers[0]
    if len(numbers) == 4:
        return Camera(*numbers)
    raise InputError(f"--camera takes one number (vertical field of view in degrees) or fx,fy,cx,cy, got '{text}'.")
