"""``mp2flame export``: a take as GLB, meshes, point cache, USD, or ARKit weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ..base.errors import InputError
from ..base.option import argument, option
from ..io.formats import WEIGHT_FORMATS
from .endings import MESHES, TAKES, elsewhere
from .files import tell
from .options import command
from .progress import counted
from .session import check_targets
from .words import Head, Look, Overwrite, written

if TYPE_CHECKING:
    from ..take.take import Take


_KINDS = {**MESHES, **{ending: name for ending, name in TAKES.items() if ending != ".txt"}}


@dataclass(frozen=True, kw_only=True)
class Asked(Overwrite):
    """What only ``export`` has."""

    take: Path = argument(completes="takes")
    output: Path = written(
        "What to write, by its ending: .glb, .usdc (.usd, .usda), .pc2, .mdd, .csv (Live Link), .json (BEAT), .npz; a "
        "folder name for one mesh file a frame."
    )
    kind: str | None = option(
        None,
        "The kind of file, when the ending does not say it.",
        "Output",
        "--as",
        choices=("glb", "obj", "ply", "pc2", "mdd", "usd", *WEIGHT_FORMATS, "recording"),
    )
    form: Literal["arkit", "flame"] = option(
        "arkit",
        "Of a GLB. arkit: 52 morph targets that every program knows by name; flame: FLAME's own directions and bones, "
        "exactly the same mesh.",
        "Output",
    )
    fps: float | None = option(
        None, "A steady rate. Default: the take's own times.", "Output", least=0.1, most=1000
    )
    head: Literal["full", "turn", "neck", "none"] = option(
        "full",
        "The head's motion: rotation and position, only rotation, rotation at the neck while the shoulders stay (not "
        "for a GLB of form arkit), or none.",
        "Motion",
    )
    colors: bool = option(True, "No colours on the vertices.", "Look", "--no-colors")
    normals: bool = option(True, "GLB without morphed normals: half the size.", "Look", "--no-normals")
    to_arkit: bool = option(
        False, "Solve ARKit weights from the FLAME parameters, also when TAKE holds some.", "Method"
    )
    remove_neutral: bool = option(
        False, "With solved weights: take the median face off, as the resting one.", "Method"
    )


@command(Asked, Head, Look)
def export(asked: Asked, flame: Head, look: Look) -> None:
    """Write TAKE for a 3D program: GLB, meshes, point caches, USD; or as ARKit weights.

    TAKE is a .npz of 'mp2flame run', or any file that 'mp2flame info' knows.

    \b
    mp2flame export take.npz -o head.glb                   Blender, three.js, Unity: ARKit shapes
    mp2flame export take.npz -o head.glb --form flame      FLAME's own mesh, exactly
    mp2flame export take.npz -o frames --as obj            one OBJ a frame
    mp2flame export tracked.npz --flame F.pkl -o me.csv    FLAME parameters as a Live Link CSV
    """
    from ..base.optional import check
    from ..io.formats import read_motion
    from ..show.take_files import exported

    kind = _kind(asked)
    if kind not in ("obj", "ply"):
        check_targets([asked.output], [asked.take], asked.overwrite)
    check(*(["pxr"] if kind == "usd" else []), purpose="writing USD")
    record = read_motion(asked.take).whole()
    if asked.fps is not None and record.num_frames > 1:
        record = record.resample(asked.fps)
    if kind in WEIGHT_FORMATS or kind == "recording":
        _write_weights(record, kind, asked, flame.flame)
        return
    options: dict[str, Any] = {"head": asked.head} | ({} if asked.colors else {"colors": None})
    if kind == "glb":
        options |= {"form": asked.form, "normals": asked.normals}
    made = exported(
        record, asked.output, kind=kind, **vars(flame), **vars(look), overwrite=asked.overwrite, solve=asked.to_arkit,
        remove_neutral=asked.remove_neutral, **options,
    )  # fmt: skip
    for text in made.notes:
        click.echo(text, err=True)
    for file in made.files[1:]:
        click.echo(f"wrote {file}: the mesh to play it on")
    what, head = f"{kind}, {counted(made.num_frames, 'frame')}", f"head: {made.driver.model.release}"
    if made.glb is not None:
        what = f"{counted(made.num_frames, 'frame')}, {made.glb.seconds:.2f} s, {made.glb.num_targets} morph targets"
        what += f", {made.glb.num_bytes / 1e6:.1f} MB"
    click.echo(f"wrote {asked.output}: {what}, {head}")


def _kind(asked: Asked) -> str:
    """What to write.

    Raises:
        InputError: the ending does not say it.
    """
    suffix = asked.output.suffix.lower()
    kind = asked.kind or _KINDS.get(suffix)
    if kind is None:
        if suffix in (".obj", ".ply", ""):
            raise InputError("OBJ and PLY are one file a frame: give a folder name and --as obj or --as ply.")
        if way := elsewhere(asked.output, asked.take):
            raise InputError(f"export does not write {suffix}; it is made by {way}.")
        raise InputError(
            f"what a {suffix} file holds is not known; endings: {', '.join(_KINDS)}, or say --as."
        )
    if kind in ("obj", "ply") and suffix in _KINDS:
        raise InputError(
            f"--as {kind} makes a folder, and {asked.output.name} is named as a file; choose another name."
        )
    return kind


def _write_weights(record: Take, kind: str, asked: Asked, flame: str | None) -> None:
    from ..drive.for_take import for_take
    from ..io.formats import write_motion
    from ..io.formats.solved import with_arkit_weights

    model = None
    if asked.to_arkit or not record.arkit_weights.any():
        driver, record, note = for_take(record, flame)
        record, said = with_arkit_weights(record, driver.model, neutral=asked.remove_neutral)
        model = driver.model
        for text in filter(None, (note, said)):
            click.echo(text, err=True)
    tell(
        record,
        asked.output,
        kind,
        write_motion(record, asked.output, kind, overwrite=asked.overwrite, flame=model),
    )
