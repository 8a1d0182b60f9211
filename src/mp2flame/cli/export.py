"""``mp2flame export``: a take as GLB, meshes, point cache, USD, or ARKit weights."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from ..base.errors import InputError
from ..base.option import argument, option
from ..io.formats import WEIGHT_FORMATS
from .options import command
from .words import Head, Look, Overwrite, written

if TYPE_CHECKING:
    from ..drive.driver import Driver
    from ..take.take import Take


_KINDS = {
    ".glb": "glb", ".pc2": "pc2", ".mdd": "mdd", ".usd": "usd", ".usda": "usd", ".usdc": "usd",
    ".csv": "livelink-csv", ".json": "beat-json", ".npz": "recording",
}  # fmt: skip


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

    kind = _kind(asked)
    check(*(["pxr"] if kind == "usd" else []), purpose="writing USD")
    motion = read_motion(asked.take)
    record = motion.recording
    record.eyelids = motion.eyelids if record.eyelids is None else record.eyelids
    if motion.betas is not None and "betas" not in record.meta:
        record.meta["betas"] = [float(value) for value in motion.betas]
    if asked.fps is not None and record.num_frames > 1:
        record = record.resample(asked.fps)
    if kind in WEIGHT_FORMATS or kind == "recording":
        _write_weights(record, kind, asked, flame.flame)
        return
    driver, record = _head_and_take(record, flame.flame, flame.eyelids)
    if kind == "glb":
        _write_glb(record, driver, asked, look)
    else:
        _write_meshes(record, driver, kind, asked, look)


def _kind(asked: Asked) -> str:
    """What to write; nothing is written over unasked.

    Raises:
        InputError: the ending says nothing, or the file is there.
    """
    output, suffix = asked.output, asked.output.suffix.lower()
    kind = asked.kind or _KINDS.get(suffix)
    if kind is None:
        if suffix in (".obj", ".ply", ""):
            raise InputError("OBJ and PLY are one file a frame: give a folder name and --as obj or --as ply.")
        raise InputError(
            f"what a {suffix} file holds is not known; endings: {', '.join(_KINDS)}, or say --as."
        )
    if kind not in ("obj", "ply") and os.path.exists(output) and not asked.overwrite:
        raise InputError(f"{output} exists. Choose another name with -o, or say --overwrite.")
    if kind in ("pc2", "mdd") and os.path.exists(output.with_suffix(".obj")) and not asked.overwrite:
        raise InputError(f"{output.with_suffix('.obj')} exists, the cache's mesh. Say --overwrite.")
    if os.path.exists(output) and os.path.exists(asked.take) and os.path.samefile(output, asked.take):
        raise InputError(f"{output} is the input; choose another name with -o.")
    return kind


def _write_meshes(record: Take, driver: Driver, kind: str, asked: Asked, look: Look) -> None:
    from ..drive.for_take import on_mesh
    from ..flame.colors import colors_for
    from ..io.exports import meshes as out

    output = asked.output
    meshes = out.MeshTake(
        on_mesh(record, driver),
        driver.mesh_model,
        head=asked.head,
        colors=colors_for(driver.model, look.skin) if asked.colors else None,
    )
    if kind in ("obj", "ply"):
        frames = out.write_meshes(output, meshes, kind, overwrite=asked.overwrite)  # type: ignore[arg-type]
    else:
        write = {"pc2": out.write_pc2, "mdd": out.write_mdd, "usd": out.write_usd}[kind]
        frames = write(output, meshes)
        if kind in ("pc2", "mdd"):
            out.write_rest_obj(output.with_suffix(".obj"), meshes)
            click.echo(f"wrote {output.with_suffix('.obj')}: the mesh to play it on")
    click.echo(f"wrote {output}: {kind}, {frames} frames, head: {driver.model.release}")


def _write_glb(record: Take, driver: Driver, asked: Asked, look: Look) -> None:
    from ..drive.for_take import on_mesh
    from ..io.exports.gltf import write_glb
    from .transfer import holds_weights, with_arkit_weights

    shown, rig = look.shown(driver), None
    if asked.form == "arkit":
        if asked.to_arkit or not holds_weights(record):
            record = with_arkit_weights(record, driver.model, neutral=asked.remove_neutral)
        rig = driver.rig.merged()
    info = write_glb(
        asked.output, on_mesh(record, driver), shown.model, form=asked.form, betas=[], head=asked.head,
        normals=asked.normals, rig=rig, colors=shown.colors if asked.colors else None, tongue_out=shown.tongue_out,
    )  # fmt: skip
    click.echo(
        f"wrote {asked.output}: {info.num_frames} frames, {info.seconds:.2f} s, {info.num_targets} morph targets, "
        f"{info.num_bytes / 1e6:.1f} MB, head: {driver.model.release}"
    )


def _write_weights(record: Take, kind: str, asked: Asked, flame: str | None) -> None:
    from ..io.formats import write_motion
    from .transfer import holds_weights, with_arkit_weights

    model = None
    if asked.to_arkit or not holds_weights(record):
        driver, record = _head_and_take(record, flame)
        model = driver.model
        record = with_arkit_weights(record, model, neutral=asked.remove_neutral)
    lost = write_motion(record, asked.output, kind, overwrite=asked.overwrite, flame=model)
    click.echo(f"wrote {asked.output}: {kind}, {record.num_frames} frames, {record.duration_ms / 1000:.2f} s")
    for text in lost:
        click.echo(f"not in the file: {text}", err=True)


def _head_and_take(record: Take, flame: str | None, eyelids: str | None = None) -> tuple[Driver, Take]:
    """The head a take is for, and the take in its coefficients; weights alone drive any head."""
    from ..drive.for_take import for_take

    driver, record, note = for_take(record, flame, eyelids=eyelids)
    if note:
        click.echo(note, err=True)
    return driver, record
