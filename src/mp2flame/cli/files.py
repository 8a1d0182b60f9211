"""``mp2flame info | convert | trim | concat | resample | smooth | mirror``.

Takes and other projects' files.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..base.errors import FileFormatError, InputError
from .options import camera_option, parse_camera, parse_size, table_options
from .session import quality_line

if TYPE_CHECKING:
    from ..flame import FlameModel
    from ..io.formats import Motion
    from ..take.take import Take

_F = TypeVar("_F", bound=Callable[..., Any])
_TAKE = click.Path(path_type=Path)


def _edit_options(function: _F) -> _F:
    """The options that every command with a take in and a take out has."""
    for option in reversed(
        [
            click.option("-o", "--output", type=_TAKE, required=True, help="The take to write."),
            click.option("--overwrite", is_flag=True, help="Replace an existing take."),
        ]
    ):
        function = option(function)
    return function


def _read(path: Path, **options: Any) -> Motion:
    from ..io.formats import read_motion

    motion = read_motion(path, **options)
    return motion


def _write(result: Take | Motion, source: Motion, output: Path, overwrite: bool) -> None:
    """Write a take in the format of the one it came from, if that can be written to such a name.

    Else as ours.
    """
    from ..io.formats import FORMATS, write_motion

    name = source.format
    if not FORMATS[name].folder and output.suffix not in FORMATS[name].extensions:
        name = "recording"
    if FORMATS[name].folder and output.suffix == ".npz":
        name = "recording"
    lost = write_motion(result, output, name, overwrite=overwrite)
    _tell(result, output, name, lost)


def _tell(result: Take | Motion, output: Path, name: str, lost: list[str]) -> None:
    record: Any = getattr(result, "recording", result)
    click.echo(f"wrote {output}: {name}, {record.num_frames} frames, {record.duration_ms / 1000:.2f} s")
    for text in lost:
        click.echo(f"not in the file: {text}", err=True)


def _flame(path: str | None) -> FlameModel | None:
    if path is None:
        return None
    from ..flame import load_flame

    return load_flame(path)


def _changed(motion: Motion, recording: Take) -> Motion:
    """The motion with another recording; arrays per frame that no longer fit are dropped."""
    from dataclasses import replace

    same = recording.num_frames == motion.num_frames
    if not same and (motion.eyelids is not None or motion.dynamic_offset is not None):
        click.echo(
            "note: eyelids and per-vertex offsets are left out, they no longer fit the frames", err=True
        )
    return replace(
        motion,
        recording=recording,
        world_to_camera=None,
        eyelids=motion.eyelids if same else None,
        dynamic_offset=motion.dynamic_offset if same else None,
    )


@click.command()
@click.argument("file", type=_TAKE, required=False)
@click.option(
    "--format", "format_name", metavar="NAME", help="Read it as this format instead of recognising it."
)
@click.option("--formats", "list_formats", is_flag=True, help="List the formats that are read and written.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
def info(file: Path | None, format_name: str | None, list_formats: bool, as_json: bool) -> None:
    """Tell what a file is: format, frames, rate, FLAME release, and its traps.

    FILE is a take, another tracker's file or a folder of them, a FLAME file, a video or pictures, a mapping, a profile,
    or gathered shards; it is recognised by its content.

    \b
    mp2flame info take.npz
    mp2flame info tracked_flame_params_30.npz
    mp2flame info --formats
    """
    import json

    from ..io.formats import FORMATS

    if list_formats:
        for entry in FORMATS.values():
            kind = "folder" if entry.folder else "/".join(entry.extensions)
            ways = "reads, writes" if entry.write else "reads"
            click.echo(f"{entry.name:26}{kind:8}{ways:15}{entry.summary}")
        return
    if file is None:
        raise InputError("give a file or folder, or --formats for the list of formats.")
    try:
        facts = describe(_read(file, format=format_name))
    except FileFormatError:
        from .kinds import describe_other

        other = describe_other(file) if format_name is None else None
        if other is None:
            raise
        facts = other
    if as_json:
        click.echo(json.dumps({"file": str(file), **facts}))
        return
    for key, value in facts.items():
        if key not in ("traps", "quality") and value is not None:
            click.echo(f"{key + ':':22}{', '.join(value) if isinstance(value, list) else value}")
    for text in facts["traps"]:
        click.echo(f"{'note:':22}{text}")


def describe(motion: Motion) -> dict[str, Any]:
    """What ``info`` tells, as plain values."""
    import numpy as np

    from ..io.formats import FORMATS

    record, entry = motion.recording, FORMATS[motion.format]
    flame = record.meta.get("flame")
    flame = flame if isinstance(flame, dict) else {}
    release = flame.get("release") or ("unknown" if record.num_expression else None)
    traps = list(motion.traps)
    steps = np.diff(record.timestamp_ms)
    if record.fps and len(steps) and np.abs(steps - 1000.0 / record.fps).max() > 0.5 * 1000.0 / record.fps:
        traps.append("uneven timestamps: frames were dropped or repeated; 'mp2flame resample' evens them out")
    if record.num_expression and release == "unknown":
        traps.append(
            "the file does not say which FLAME release its coefficients are for; they mean nothing in another"
        )
    return {
        "format": f"{entry.name} ({entry.owner})",
        "frames": record.num_frames,
        "seconds": round(record.duration_ms / 1000.0, 3),
        "rate": round(record.fps, 3) or None,
        "frames without a face": int((~record.detected).sum()) or None,
        "quality": (seen := record.quality_summary) or None,
        "face": quality_line(seen).removeprefix("face: ") or None,
        "FLAME release": release,
        "expression": record.num_expression or None,
        "identity": len(motion.betas) if motion.betas is not None else None,
        "holds": sorted(motion.carries),
        "camera": _camera_words(record),
        "head motion in": entry.pose_home,
        "offsets": [
            f"{name} for {value.shape[-2]} vertices"
            for name, value in (("static", motion.static_offset), ("dynamic", motion.dynamic_offset))
            if value is not None
        ]
        or None,
        "traps": traps,
    }


def _camera_words(record: Take) -> str | None:
    """The camera of a take, for ``info``."""
    if record.intrinsics is None:
        return None
    k = record.intrinsics.reshape(-1, 3, 3)
    height, width = (int(n) for n in record.image_sizes[0])
    text = f"fx {k[0, 0, 0]:.1f}, fy {k[0, 1, 1]:.1f}, centre {k[0, 0, 2]:.1f}, {k[0, 1, 2]:.1f}"
    text += f" for {width} x {height} pixels" if height else ""
    return text + f", {record.meta.get('intrinsics', 'given')}" + (", changing" if len(k) > 1 else "")


@click.command()
@click.argument("take", type=_TAKE)
@click.option("-o", "--output", type=_TAKE, required=True, help="The file or folder to write.")
@click.option(
    "--format",
    "format_name",
    metavar="NAME",
    help="The format to write; 'mp2flame info --formats' lists them. Default: a take of ours.",
)
@click.option("--from-format", metavar="NAME", help="Read TAKE as this format instead of recognising it.")
@click.option(
    "--fps",
    type=float,
    help="Frame rate: of a file that holds none, of a table of scores whatever its times say, and of what is written.",
)
@click.option(
    "--pose",
    type=click.Choice(["root", "neck", "camera"]),
    help="Where the head's motion shall go; default: where the format keeps it.",
)
@click.option(
    "--face-may-move",
    "face_may_move_mm",
    metavar="MM",
    type=click.FloatRange(min=0),
    default=0.1,
    show_default=True,
    help="How far --pose neck may move the face, as FLAME's neck changes its shape; more is refused with the figure.",
)
@click.option(
    "--flame",
    envvar="MP2FLAME_FLAME",
    show_envvar=True,
    help="The FLAME file: its joints make the head's "
    "position exact when the motion moves between root, neck and camera.",
)
@click.option("--version", help="Version of the format (flame-head-tracker: 1.1, 3.2, 3.3, 3.4, 4.0, 4.1).")
@click.option(
    "--vertices",
    "num_vertices",
    type=int,
    default=5143,
    show_default=True,
    help="Vertices of the zero offsets that GaussianAvatars wants.",
)
@click.option(
    "--world",
    type=click.Choice(["head", "camera"]),
    help="Where positions count from: head, one metre in front of a camera that looks at the origin; or camera, the "
    "camera itself. Default: as the format has it (centred on the head, for GaussianAvatars), or as the take.",
)
@camera_option
@click.option(
    "--image-size",
    metavar="WIDTHxHEIGHT",
    help="The size of the picture that --camera is for, where the file does not say it.",
)
@click.option(
    "--tensors", is_flag=True, help="Write torch tensors into .frame files instead of NumPy arrays."
)
@table_options
@click.option("--from", "source", metavar="FLAME", help="The FLAME file that TAKE was made for, with --to.")
@click.option(
    "--to", "target", metavar="FLAME", help="Another FLAME file: put the motion into its coefficients."
)
@click.option(
    "--coefficients", type=click.IntRange(1, 1000), help="How many of --to's; default: all of them."
)
@click.option("--overwrite", is_flag=True, help="Replace what is there.")
def convert(
    take: Path,
    output: Path,
    format_name: str | None,
    from_format: str | None,
    fps: float | None,
    pose: str | None,
    face_may_move_mm: float,
    flame: str | None,
    version: str | None,
    num_vertices: int,
    world: str | None,
    camera: str | None,
    image_size: str | None,
    tensors: bool,
    keep_sides: bool,
    time_column: str | None,
    time_unit: str | None,
    kind: str | None,
    channels: str | None,
    source: str | None,
    target: str | None,
    coefficients: int | None,
    overwrite: bool,
) -> None:
    """Write TAKE in another project's format, or for another FLAME file.

    The head's motion is put where that project looks for it, and what its format cannot hold is named.

    \b
    mp2flame convert take.npz -o driven.npz --format gaussian-avatars
    mp2flame convert tracked/ -o take.npz                     any format in
    mp2flame convert take.npz -o motion --format lam --fps 25
    mp2flame convert take.npz -o data --format vhap-export --camera 63 --image-size 1280x720
    mp2flame convert take.npz -o other.npz --from flame2020.pkl --to flame2023.pkl
    """
    from ..io.formats import FORMATS, write_motion
    from .transfer import holds_weights, transferred, with_arkit_weights

    if (source is None) != (target is None) or (coefficients and target is None):
        raise InputError("--from and --to go together: the FLAME file of TAKE, and the one to go to.")
    model = _flame(flame or source)
    common: dict[str, Any] = {
        "keep_sides": keep_sides,
        "world": world,
        "camera": parse_camera(camera),
        "image_size": parse_size(image_size),
    }
    motion = _read(
        take, format=from_format, fps=fps, flame=model, time_column=time_column, time_unit=time_unit, kind=kind,
        channels=channels, **common,
    )  # fmt: skip
    if fps is not None and motion.num_frames > 1 and abs(motion.recording.fps - fps) > 1e-3 * fps:
        motion = _changed(motion, motion.recording.resample(fps))
    name = format_name or "recording"
    if source is not None and target is not None:
        motion = transferred(motion, source, target, coefficients)
        model = _flame(flame or target)
    wanted = FORMATS[name].carries if name in FORMATS else frozenset()
    if "ARKit weights" in wanted and "expression" not in wanted and not holds_weights(motion.recording):
        if model is not None and motion.recording.num_expression:
            motion = _changed(motion, with_arkit_weights(motion.recording, model))
    lost = write_motion(
        motion, output, name, flame=model, overwrite=overwrite, pose=pose, face_may_move_mm=face_may_move_mm, version=version,
        num_vertices=num_vertices, tensors=tensors, **common,
    )  # fmt: skip
    for text in motion.traps:
        click.echo(f"note: {text}", err=True)
    _tell(motion, output, name, lost)


@click.command()
@click.argument("take", type=_TAKE)
@click.option("--start", type=float, help="Seconds from the beginning.")
@click.option("--end", type=float, help="Seconds from the beginning; the frame there is still in.")
@click.option(
    "--first-frame", type=int, help="The same by frame number, from 0; negative counts from the end."
)
@click.option("--last-frame", type=int, help="The last frame that is still in.")
@_edit_options
def trim(
    take: Path,
    start: float | None,
    end: float | None,
    first_frame: int | None,
    last_frame: int | None,
    output: Path,
    overwrite: bool,
) -> None:
    """Cut a part out of TAKE; its time starts at 0.

    \b
    mp2flame trim take.npz --start 2 --end 5.5 -o part.npz
    """
    motion = _read(take)
    part = motion.recording.trim(start, end, first_frame=first_frame, last_frame=last_frame)
    _write(_changed(motion, part), motion, output, overwrite)


@click.command()
@click.argument("takes", type=_TAKE, nargs=-1, required=True)
@click.option("--gap", type=float, help="Seconds between two takes. Default: one frame.")
@_edit_options
def concat(takes: tuple[Path, ...], gap: float | None, output: Path, overwrite: bool) -> None:
    """Join TAKES, one after the other; they must be of the same FLAME file.

    \b
    mp2flame concat hello.npz goodbye.npz -o both.npz
    """
    from ..take.edits import concat as join

    motions = [_read(take) for take in takes]
    joined = join([m.recording for m in motions], gap_ms=None if gap is None else gap * 1000.0)
    _write(_changed(motions[0], joined), motions[0], output, overwrite)


@click.command()
@click.argument("take", type=_TAKE)
@click.option("--fps", type=float, required=True, help="The new frame rate.")
@_edit_options
def resample(take: Path, fps: float, output: Path, overwrite: bool) -> None:
    """Write TAKE at an even frame rate, by its time stamps; rotations go the shortest way.

    \b
    mp2flame resample take.npz --fps 60 -o take60.npz
    """
    motion = _read(take)
    _write(_changed(motion, motion.recording.resample(fps)), motion, output, overwrite)


@click.command()
@click.argument("take", type=_TAKE)
@click.option(
    "--window-ms", type=float, default=200.0, show_default=True, help="Width of the smoothing window."
)
@click.option(
    "--method",
    type=click.Choice(["savgol", "one-euro"]),
    default="savgol",
    show_default=True,
    help="savgol: local polynomials; one-euro: keeps fast motion sharper.",
)
@_edit_options
def smooth(take: Path, window_ms: float, method: str, output: Path, overwrite: bool) -> None:
    """Take the jitter out of TAKE without making it late.

    \b
    mp2flame smooth take.npz --window-ms 300 -o calm.npz
    """
    motion = _read(take)
    result = motion.recording.smooth(window_ms, method=method)
    _write(_changed(motion, result), motion, output, overwrite)


@click.command()
@click.argument("take", type=_TAKE)
@click.option(
    "--flame",
    envvar="MP2FLAME_FLAME",
    show_envvar=True,
    help="The FLAME file that TAKE was made with; needed when it holds expression coefficients.",
)
@_edit_options
def mirror(take: Path, flame: str | None, output: Path, overwrite: bool) -> None:
    """Exchange left and right, as in a mirror.

    \b
    mp2flame mirror take.npz --flame generic_model.pkl -o mirrored.npz
    """
    motion = _read(take)
    model = _flame(flame)
    made_for = motion.recording.meta.get("flame")
    if model is None and isinstance(made_for, dict) and made_for.get("release") == "builtin":
        from ..flame.builtin.head import builtin_head

        model = builtin_head()
    result = _changed(motion, motion.recording.mirror(model))
    if result.eyelids is not None:
        result.eyelids = result.eyelids[:, ::-1]
    if result.static_offset is not None or result.dynamic_offset is not None:
        click.echo("note: per-vertex offsets are not mirrored and were left out", err=True)
        result.static_offset = result.dynamic_offset = None
    _write(result, motion, output, overwrite)
