"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..base.errors import InputError

if TYPE_CHECKING:
    from ..observe.camera import Camera

_F = TypeVar("_F", bound=Callable[..., Any])

flame_option = click.option(
    "--flame",
    envvar="MP2FLAME_FLAME",
    show_envvar=True,
    help="Your FLAME file: .pkl, .npz, or the .zip as downloaded. Default: the built-in head.",
)
eyelids_option = click.option(
    "--eyelids",
    type=click.Path(),
    help="The two extra eyelid offsets of trackers such as SMIRK or metrical-tracker, for a FLAME file whose "
    "expressions blink badly: a folder with l_eyelid.npy and r_eyelid.npy, or one file with both.",
)
skin_option = click.option(
    "--skin",
    type=click.Choice(["light", "deep"]),
    default="light",
    show_default=True,
    help="The skin's tone.",
)
scenery_option = click.option(
    "--no-scenery",
    is_flag=True,
    help="Without the brows, teeth, tongue and dark mouth that are added to a FLAME file's mesh.",
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
            click.option(
                "--mirrored", is_flag=True, help="The picture is a mirror image: exchange left and right."
            ),
            click.option(
                "--faces",
                "num_faces",
                type=click.IntRange(1, 10),
                default=1,
                show_default=True,
                help="Look for so many faces; one drives (--face). Above 1 there is no built-in smoothing.",
            ),
            click.option(
                "--mode",
                type=click.Choice(["video", "image"]),
                default="video",
                show_default=True,
                help="video follows the face and smooths; image treats every frame for itself.",
            ),
            click.option(
                "--face-model",
                "model_path",
                type=click.Path(),
                envvar="MP2FLAME_FACE_LANDMARKER",
                show_envvar=True,
                help="The Face Landmarker file. Default: found, or downloaded once.",
            ),
        ]
    ):
        function = option(function)
    return function


def table_options(function: _F) -> _F:
    """What a table of scores cannot say itself, and what overrules it."""
    for option in reversed(
        [
            click.option(
                "--time-column", metavar="NAME", help="Table: the column of time. Default: found, and said."
            ),
            click.option(
                "--time-unit",
                type=click.Choice(["s", "ms", "us", "ns", "frames"]),
                help="Table: the unit of its numbers. Default: by the column's name and values.",
            ),
            click.option(
                "--kind",
                type=click.Choice(["mediapipe", "arkit"]),
                help="Table: whose scores they are, where its names do not say.",
            ),
            click.option(
                "--channels",
                metavar="ORDER",
                help="Array without names: the order of its columns (mediapipe, arkit, ...; docs/channel_orders.md).",
            ),
            click.option(
                "--keep-sides",
                is_flag=True,
                help="Take jaw and mouth left/right of a Live Link CSV as they are named.",
            ),
        ]
    ):
        function = option(function)
    return function


def live_options(function: _F) -> _F:
    """How a camera or stream is opened, which face drives, and what happens without one."""
    for option in reversed(
        [
            click.option("--width", type=click.IntRange(1), help="Ask the camera for this width in pixels."),
            click.option("--height", type=click.IntRange(1), help="... and this height."),
            click.option(
                "--fps",
                type=click.FloatRange(min=0, min_open=True),
                help="... and this rate; or the rate of a folder of images, of a table (whatever its times say).",
            ),
            click.option(
                "--timeout",
                "timeout_s",
                type=click.FloatRange(min=0, min_open=True),
                help="Seconds that a camera or stream may be silent before it is opened again (10).",
            ),
            click.option("--wait", is_flag=True, help="Wait for a camera or stream that is not there yet."),
            click.option(
                "--retries",
                type=click.IntRange(0),
                help="Open a lost camera or stream again at most so often in a row. Default: for ever.",
            ),
            click.option(
                "--seconds",
                type=click.FloatRange(min=0, min_open=True),
                help="Stop after so many seconds (real time).",
            ),
            click.option(
                "--face",
                type=_FaceRule(),
                default="first",
                show_default=True,
                help="With --faces: the one that drives. first: the largest at the start, until it is "
                "lost; largest: in each picture; or a face's number.",
            ),
            click.option(
                "--lost",
                type=_LostTimes(),
                metavar="HOLD,RETURN,RESUME",
                help="Milliseconds without a face: hold the last look, ease back to rest, ease in again. "
                "Default: 500,800,150.",
            ),
        ]
    ):
        function = option(function)
    return function


class _FaceRule(click.ParamType):  # type: ignore[type-arg]  # generic in new releases of click only
    name = "first|largest|number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value in ("first", "largest") or isinstance(value, int):
            return value
        if str(value).isdigit():
            return int(value)
        return self.fail(f"'{value}' is not first, largest or a face's number.", param, ctx)


class _LostTimes(click.ParamType):  # type: ignore[type-arg]
    name = "milliseconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from ..drive.face_lost import LostPolicy

        if isinstance(value, LostPolicy):
            return value
        try:
            hold, back, resume = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"'{value}' is not three numbers such as 500,800,150.", param, ctx)
        return LostPolicy(hold, back, resume)


def parse_camera(text: str | None) -> Camera | float | None:
    """``"60"`` (vertical field of view in degrees) or ``"fx,fy,cx,cy"`` (pixels) to a camera.

    Raises:
        InputError: neither one number nor four.
    """
    if text is None:
        return None
    from ..observe.camera import Camera

    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 1:
        return numbers[0]
    if len(numbers) == 4:
        fx, fy, cx, cy = numbers
        return Camera(fx, fy, cx, cy)
    raise InputError(
        f"--camera takes one number (vertical field of view in degrees) or fx,fy,cx,cy, got '{text}'."
    )


def parse_size(text: str | None) -> tuple[int, int] | None:
    """``"1280x720"`` (width x height, as screens are named) to (height, width).

    Raises:
        InputError: not two whole numbers.
    """
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (
        width.strip().isdigit() and height.strip().isdigit() and 0 < int(width) < 65_536 > int(height) > 0
    ):
        raise InputError(f"--image-size takes WIDTHxHEIGHT in pixels such as 1280x720, got '{text}'.")
    return int(height), int(width)
