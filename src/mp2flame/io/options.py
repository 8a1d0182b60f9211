"""What can be told to whoever reads or writes: tables of scores, sources, takes of other projects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ..base.option import check_options, described, option
from ..observe.camera import Camera, parse_camera, parse_size

Home = Literal["root", "neck", "camera"]
Unit = Literal["s", "ms", "us", "ns", "frames"]
Kind = Literal["mediapipe", "arkit"]


def camera_option(heading: str) -> Any:
    """The field ``camera: Camera | float | None`` of a dataclass of options, under this heading of ``--help``."""
    return option(
        None,
        "The camera, when known: vertical field of view in degrees, or focal lengths and centre in pixels.",
        heading,
        parse=parse_camera,
        metavar="FOV|FX,FY,CX,CY",
    )


@described
@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """What a table of scores cannot say itself, and what overrules it.

    Raises:
        InputError: a value that cannot be one.
    """

    fps: float | None = option(
        None,
        "Frame rate: of a file that holds none, of a table of scores whatever its times say, and of what is written.",
        "Input",
        above=0,
        most=10_000,
    )
    time_column: str | None = option(
        None, "The column of time. Default: found, and said.", "Tables of scores", metavar="NAME"
    )
    time_unit: Unit | None = option(
        None, "The unit of its numbers. Default: by the column's name and values.", "Tables of scores"
    )
    kind: Kind | None = option(None, "Whose scores they are, where the names do not say.", "Tables of scores")
    channels: str | None = option(
        None,
        "The order of the columns of an array without names (mediapipe, arkit, ...; docs/channel_orders.md).",
        "Tables of scores",
        metavar="ORDER",
        completes="orders",
    )
    keep_sides: bool | None = option(
        None, "Take jaw and mouth left/right of a Live Link CSV as they are named.", "Tables of scores"
    )

    def __post_init__(self) -> None:
        check_options(self)


@described
@dataclass(frozen=True, kw_only=True)
class SourceOptions(TableOptions):
    """What a table of scores can be told, and how a camera or stream is opened."""

    width: int | None = option(
        None, "Ask the camera for this width in pixels.", "Camera and streams", least=1
    )
    height: int | None = option(None, "... and this height.", "Camera and streams", least=1)
    fps: float | None = option(
        None,
        "Ask the camera for this rate; or the rate of a folder of images, of a table (whatever its times say).",
        "Camera and streams",
        above=0,
        most=10_000,
    )
    timeout_s: float | None = option(
        None,
        "Seconds that a camera or stream may be silent before it is opened again (10).",
        "Camera and streams",
        "--timeout",
        above=0,
    )


@described
@dataclass(frozen=True, kw_only=True)
class MotionOptions(TableOptions):
    """What a take's reader and its writer can be told; a format uses what concerns it."""

    image_size: tuple[int, int] | None = option(
        None,
        "The size of the picture that --camera is for, where the file does not say it.",
        "Input",
        parse=parse_size,
        metavar="WIDTHxHEIGHT",
    )
    camera: Camera | float | None = camera_option("Input")
    pose: Literal["root", "neck", "camera"] | None = option(
        None, "Where the head's motion shall go. Default: where the format keeps it.", "Motion"
    )
    face_may_move_mm: float = option(
        0.1,
        "How far --pose neck may move the face, as FLAME's neck changes its shape; more is refused with the figure.",
        "Motion",
        "--face-may-move",
        metavar="MM",
        least=0,
    )
    world: Literal["head", "camera"] | None = option(
        None,
        "Where positions count from: head, one metre in front of a camera that looks at the origin; or camera, the "
        "camera itself. Default: as the format has it (centred on the head, for GaussianAvatars), or as the take.",
        "Motion",
    )
    version: str | None = option(
        None, "Version of the format (flame-head-tracker: 1.1, 3.2, 3.3, 3.4, 4.0, 4.1).", "Output"
    )
    num_vertices: int = option(
        5143,
        "Vertices of the zero offsets that GaussianAvatars wants.",
        "Output",
        "--vertices",
        least=1,
        most=999_999,
    )
    tensors: bool = option(False, "Write torch tensors into .frame files instead of NumPy arrays.", "Output")
