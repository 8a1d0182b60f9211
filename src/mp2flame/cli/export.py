"""``mp2flame export``: a take as GLB, meshes, point cache, USD, or ARKit weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import InputError
from .options import eyelids_option, flame_option, scenery_option, skin_option

if TYPE_CHECKING:
    from ..drive.driver import Driver
    from ..show.head import ShownHead
    from ..take.take import Take

_path = click.Path(path_type=Path)
_KINDS = {
    ".glb": "glb", ".pc2": "pc2", ".mdd": "mdd", ".usd": "usd", ".usda": "usd", ".usdc": "usd",
    ".csv": "livelink-csv", ".json": "beat-json", ".npz": "recording",
}  # fmt: skip
_WEIGHTS = ("livelink-csv", "beat-json", "lam-a2e")


@click.command()
@click.argument("take", type=_path)
@click.option(
    "-o",
    "--output",
    type=_path,
    required=True,
    help="What to write, by its ending: .glb, .usdc (.usd, .usda), .pc2, .mdd, .csv (Live Link), .json "
    "(BEAT), .npz; a folder name for one mesh file a frame.",
)
@flame_option
@eyelids_option
@click.option(
    "--as",
    "kind",
    type=click.Choice(["glb", "obj", "ply", "pc2", "mdd", "usd", *_WEIGHTS, "recording"]),
    help="The kind of file, when the ending does not say it.",
)
@click.option(
    "--form",
    type=click.Choice(["arkit", "flame"]),
    default="arkit",
    show_default=True,
    help="Of a GLB. arkit: 52 morph targets that every program knows by name; flame: FLAME's own "
    "directions and bones, exactly the same mesh.",
)
@click.option(
    "--head",
    type=click.Choice(["full", "turn", "neck", "none"]),
    default="full",
    show_default=True,
    help="The head's motion: rotation and position, only rotation, rotation at the neck while the shoulders stay "
    "(not for a GLB of form arkit), or none.",
)
@skin_option
@scenery_option
@click.option("--no-colors", is_flag=True, help="No colours on the vertices.")
@click.option("--no-normals", is_flag=True, help="GLB without morphed normals: half the size.")
@click.option(
    "--to-arkit",
    is_flag=True,
    help="Solve ARKit weights from the FLAME parameters, also when TAKE holds some.",
)
@click.option(
    "--remove-neutral",
    is_flag=True,
    help="With solved weights: take the median face off, as the resting one.",
)
@click.option("--fps", type=click.FloatRange(0.1, 1000), help="A steady rate. Default: the take's own times.")
@click.option("--overwrite", is_flag=True, help="Replace what is there.")
def export(
    take: Path,
    output: Path,
    flame: str | None,
    eyelids: str | None,
    kind: str | None,
    form: Any,
    head: Any,
    skin: str,
    no_scenery: bool,
    no_colors: bool,
    no_normals: bool,
    to_arkit: bool,
    remove_neutral: bool,
    fps: float | None,
    overwrite: bool,
) -> None:
    """Write TAKE for a 3D program: GLB, meshes, point caches, USD; or as ARKit weights.

    TAKE is a .npz of 'mp2flame run', or any file that 'mp2flame info' knows.

    \b
    mp2flame export take.npz -o head.glb                   Blender, three.js, Unity: ARKit shapes
    mp2flame export take.npz -o head.glb --form flame      FLAME's own mesh, exactly
    mp2flame export take.npz -o frames --as obj            one OBJ a frame
    mp2flame export tracked.npz --flame F.pkl -o me.csv    FLAME parameters as a Live Link CSV
    """
    from ..io.formats import read_motion

    kind = kind or _KINDS.get(output.suffix.lower())
    if kind is None:
        if output.suffix.lower() in (".obj", ".ply", ""):
            raise InputError("OBJ and PLY are one file a frame: give a folder name and --as obj or --as ply.")
        raise InputError(
            f"what a {output.suffix} file holds is not known; endings: {', '.join(_KINDS)}, or say --as."
        )
    if kind not in ("obj", "ply") and output.exists() and not overwrite:
        raise InputError(f"{output} exists. Choose another name with -o, or say --overwrite.")
    if kind in ("pc2", "mdd") and output.with_suffix(".obj").exists() and not overwrite:
        raise InputError(f"{output.with_suffix('.obj')} exists, the cache's mesh. Say --overwrite.")
    if output.exists() and take.exists() and output.resolve() == take.resolve():
        raise InputError(f"{output} is the input; choose another name with -o.")
    motion = read_motion(take)
    record = motion.recording
    record.eyelids = motion.eyelids if record.eyelids is None else record.eyelids
    if motion.betas is not None and "betas" not in record.meta:
        record.meta["betas"] = [float(value) for value in motion.betas]
    if fps is not None and record.num_frames > 1:
        record = record.resample(fps)
    if kind in _WEIGHTS or kind == "recording":
        _write_weights(record, output, kind, flame, to_arkit, remove_neutral, overwrite)
        return
    driver, record = _head_and_take(record, flame, eyelids)
    if kind == "glb":
        from ..show.head import ShownHead

        shown = ShownHead(driver, skin=skin, scenery=not no_scenery)
        _write_glb(record, driver, shown, output, form, head, no_colors, no_normals, to_arkit, remove_neutral)
        return
    from ..drive.for_take import on_mesh
    from ..flame.colors import colors_for
    from ..io.exports import meshes as meshes_out

    meshes = meshes_out.MeshTake(
        on_mesh(record, driver),
        driver.mesh_model,
        head=head,
        colors=None if no_colors else colors_for(driver.model, skin),
    )
    if kind in ("obj", "ply"):
        frames = meshes_out.write_meshes(output, meshes, kind, overwrite=overwrite)  # type: ignore[arg-type]
    else:
        write = {"pc2": meshes_out.write_pc2, "mdd": meshes_out.write_mdd, "usd": meshes_out.write_usd}[kind]
        frames = write(output, meshes)
        if kind in ("pc2", "mdd"):
            meshes_out.write_rest_obj(output.with_suffix(".obj"), meshes)
            click.echo(f"wrote {output.with_suffix('.obj')}: the mesh to play it on")
    click.echo(f"wrote {output}: {kind}, {frames} frames, head: {driver.model.release}")


def _write_glb(
    record: Take,
    driver: Driver,
    shown: ShownHead,
    output: Path,
    form: Any,
    head: Any,
    no_colors: bool,
    no_normals: bool,
    to_arkit: bool,
    remove_neutral: bool,
) -> None:
    from ..drive.for_take import on_mesh
    from ..io.exports.gltf import write_glb
    from .transfer import holds_weights, with_arkit_weights

    rig = None
    if form == "arkit":
        if to_arkit or not holds_weights(record):
            record = with_arkit_weights(record, driver.model, neutral=remove_neutral)
        rig = driver.rig.merged()
    info = write_glb(
        output, on_mesh(record, driver), shown.model, form=form, betas=[], head=head, normals=not no_normals,
        rig=rig, colors=None if no_colors else shown.colors, tongue_out=shown.tongue_out,
    )  # fmt: skip
    click.echo(
        f"wrote {output}: {info.num_frames} frames, {info.seconds:.2f} s, {info.num_targets} morph targets, "
        f"{info.num_bytes / 1e6:.1f} MB, head: {driver.model.release}"
    )


def _write_weights(
    record: Take,
    output: Path,
    kind: str,
    flame: str | None,
    to_arkit: bool,
    remove_neutral: bool,
    overwrite: bool,
) -> None:
    from ..io.formats import write_motion
    from .transfer import holds_weights, with_arkit_weights

    model = None
    if to_arkit or not holds_weights(record):
        driver, record = _head_and_take(record, flame)
        model = driver.model
        record = with_arkit_weights(record, model, neutral=remove_neutral)
    lost = write_motion(record, output, kind, overwrite=overwrite, flame=model)
    click.echo(f"wrote {output}: {kind}, {record.num_frames} frames, {record.duration_ms / 1000:.2f} s")
    for text in lost:
        click.echo(f"not in the file: {text}", err=True)


def _head_and_take(record: Take, flame: str | None, eyelids: str | None = None) -> tuple[Driver, Take]:
    """The head a take is for, and the take in its coefficients; weights alone drive any head."""
    from ..drive.for_take import for_take

    driver, record, note = for_take(record, flame, eyelids=eyelids)
    if note:
        click.echo(note, err=True)
    return driver, record
