"""A take as files of other programs: pictures and videos, meshes and GLB, motion formats."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..base.errors import InputError
from ..drive.for_take import for_take, on_mesh
from ..io.exports.gltf import write_glb
from ..io.exports.meshes import MeshTake, write_mdd, write_meshes, write_pc2, write_usd
from ..io.exports.video import save_png
from ..io.formats import write_motion
from ..take.take import Take
from .head import ShownHead
from .pictures.take import TakeRenderer

StrPath = str | os.PathLike[str]
VIDEOS = (".mp4", ".gif")
_CACHES: dict[str, Callable[[Path, MeshTake], int]] = {"pc2": write_pc2, "mdd": write_mdd, "usd": write_usd}


def render_take(
    take: Take,
    path: StrPath,
    *,
    flame: StrPath | None = None,
    eyelids: StrPath | None = None,
    size: int | tuple[int, int] = 512,
    frame: int | None = None,
    count: int = 12,
    skin: str = "light",
    scenery: bool = True,
    overwrite: bool = False,
    **options: Any,
) -> Path:
    """A video (``.mp4``, ``.gif``), a contact sheet or one frame (``.png``) of a take on its head.

    Args:
        take: any take; one without FLAME parameters is shown on the built-in head.
        path: what to write; the ending says what.
        flame: the FLAME file, when it cannot be found by its hash.
        eyelids: as for ``Driver``.
        size: (height, width) of a picture in pixels, or both at once.
        frame: with ``.png``: this frame alone.
        count: with ``.png``: pictures on the sheet.
        skin, scenery: as for ``ShownHead``: the tone; teeth, gums and tongue or the FLAME file's mesh alone.
        overwrite: replace a file that is there.
        options: of ``TakeRenderer``: ``with_pose``, ``backend``, ``background`` ...

    Returns:
        The path.

    Raises:
        InputError: the ending is none of these, the file exists, no such frame.
        MismatchError: the take's FLAME file is not here.
    """
    target = _free(path, overwrite)
    if target.suffix.lower() not in (*VIDEOS, ".png"):
        raise InputError(f"a picture ends in .png, a video in {' or '.join(VIDEOS)}; got {target.name}.")
    pixels = (size, size) if isinstance(size, int) else size
    driver, shown, _ = for_take(take, flame, eyelids=eyelids)
    head = ShownHead(driver, skin=skin, scenery=scenery)
    with TakeRenderer(
        shown, head.model, head.vertices, size=pixels, colors=head.colors, gloss=head.gloss, **options
    ) as pictures:
        if target.suffix.lower() in VIDEOS:
            pictures.video(target)
        elif frame is not None:
            if not -len(shown) <= frame < len(shown):
                raise InputError(f"this take has frames 0 to {len(shown) - 1}, not {frame}.")
            save_png(target, pictures.image(range(len(shown))[frame]))
        else:
            save_png(
                target, pictures.sheet(count=min(count, len(shown)), frames=pictures.span(), pick="different")
            )
    return target


def export_take(
    take: Take,
    path: StrPath,
    *,
    kind: str | None = None,
    flame: StrPath | None = None,
    eyelids: StrPath | None = None,
    skin: str = "light",
    scenery: bool = True,
    overwrite: bool = False,
    **options: Any,
) -> Path:
    """A moving mesh of a take on its head: GLB, point cache, USD, or a folder of one mesh a frame.

    Args:
        take, flame, eyelids, skin, scenery, overwrite: as for ``render_take``.
        kind: ``glb``, ``pc2``, ``mdd``, ``usd``, or ``obj`` and ``ply`` for a folder; None: the path's ending.
        options: of ``write_glb`` (``form``, ``normals``, ``head`` ...), or ``head`` and ``colors`` of ``MeshTake``.

    Returns:
        The path.

    Raises:
        InputError: no such kind, the file exists.
        MismatchError: the take's FLAME file is not here.
    """
    target = Path(path) if kind in ("obj", "ply") else _free(path, overwrite)
    wanted = (kind or target.suffix.lstrip(".")).lower()
    wanted = "usd" if wanted.startswith("usd") else wanted
    if wanted not in ("glb", *_CACHES, "obj", "ply"):
        raise InputError(
            f"a mesh is glb, {', '.join(_CACHES)}, or a folder of obj or ply; got {wanted or target.name!r}."
        )
    driver, shown, _ = for_take(take, flame, eyelids=eyelids)
    head = ShownHead(driver, skin=skin, scenery=scenery)
    if wanted == "glb":
        options = {
            "colors": head.colors,
            "tongue_out": head.tongue_out,
            "rig": driver.rig.merged(),
            **options,
        }
        write_glb(target, on_mesh(shown, driver), head.model, betas=[], **options)
        return target
    bare = driver.mesh_model.num_vertices  # mesh files hold the FLAME file's own vertices
    options = {"colors": head.colors[:bare], **options}
    meshes = MeshTake(on_mesh(shown, driver), driver.mesh_model, betas=driver.betas, **options)
    if wanted in _CACHES:
        _CACHES[wanted](target, meshes)
    else:
        write_meshes(target, meshes, "obj" if wanted == "obj" else "ply", overwrite=overwrite)
    return target


def write_take(
    take: Take,
    path: StrPath,
    format: str,
    *,
    flame: StrPath | None = None,
    overwrite: bool = False,
    **options: Any,
) -> list[str]:
    """A take as one of the motion formats (``mp2flame convert --formats`` lists them).

    Args:
        take, overwrite: as for ``render_take``.
        format: the format's name, ``gaussian-avatars`` say.
        flame: the FLAME file, for formats that need it.
        options: of the format.

    Returns:
        What the format has no place for, one sentence each.
    """
    if flame is not None:
        options["flame"] = for_take(take, flame).driver.model
    return write_motion(take, path, format, overwrite=overwrite, **options)


def _free(path: StrPath, overwrite: bool) -> Path:
    target = Path(path)
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists. Choose another name, or pass overwrite=True.")
    return target
