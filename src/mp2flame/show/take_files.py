"""A take as files of other programs: pictures and videos, meshes and GLB, motion formats."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ..base.errors import InputError
from ..base.write import check_target
from ..drive.driver import Driver
from ..drive.for_take import ForTake, for_take, on_mesh
from ..io.exports.gltf import GlbInfo, write_glb
from ..io.exports.meshes import MeshTake, write_mdd, write_meshes, write_pc2, write_rest_obj, write_usd
from ..io.exports.video import save_png
from ..io.formats import write_motion
from ..io.formats.solved import with_arkit_weights
from ..take.take import Take
from .head import ShownHead
from .pictures.take import TakeRenderer

StrPath = str | os.PathLike[str]
VIDEOS = (".mp4", ".gif")
_CACHES: dict[str, Callable[[Path, MeshTake], int]] = {"pc2": write_pc2, "mdd": write_mdd, "usd": write_usd}


def pictures_of(
    take: Take, *, flame: StrPath | None = None, eyelids: StrPath | None = None, skin: str = "light",
    scenery: bool = True, **options: Any,
) -> tuple[TakeRenderer, ForTake]:  # fmt: skip
    """What draws a take, and the head that it is for; arguments as for ``render_take`` and ``TakeRenderer``."""
    found = for_take(take, flame, eyelids=eyelids)
    head = ShownHead(found.driver, skin=skin, scenery=scenery)
    made = TakeRenderer(
        found.take, head.model, head.vertices, colors=head.colors, gloss=head.gloss, **options
    )
    return made, found


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
    target = Path(path)
    check_target(target, overwrite)
    if target.suffix.lower() not in (*VIDEOS, ".png"):
        raise InputError(f"a picture ends in .png, a video in {' or '.join(VIDEOS)}; got {target.name}.")
    pixels = (size, size) if isinstance(size, int) else size
    pictures, (_, shown, _) = pictures_of(
        take, flame=flame, eyelids=eyelids, skin=skin, scenery=scenery, size=pixels, **options
    )
    with pictures:
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


def export_take(take: Take, path: StrPath, **options: Any) -> Path:
    """A moving mesh of a take on its head: GLB, point cache, USD, or a folder of one mesh a frame.

    Args:
        take: any take.
        path: what to write.
        options: of ``exported``.

    Returns:
        The path.

    Raises:
        InputError: no such kind, the file exists.
        MismatchError: the take's FLAME file is not here.
    """
    exported(take, path, **options)
    return Path(path)


class Exported(NamedTuple):
    """What was written, on which head, with what a person should know of it; of a GLB, what is in it."""

    driver: Driver
    files: list[Path]
    num_frames: int
    notes: list[str]
    glb: GlbInfo | None = None


def exported(
    take: Take,
    path: StrPath,
    *,
    kind: str | None = None,
    flame: StrPath | None = None,
    eyelids: StrPath | None = None,
    skin: str = "light",
    scenery: bool = True,
    overwrite: bool = False,
    solve: bool = False,
    remove_neutral: bool = False,
    **options: Any,
) -> Exported:
    """``export_take``, and what came of it.

    Args:
        take, flame, eyelids, skin, scenery, overwrite: as for ``render_take``.
        kind: ``glb``, ``pc2``, ``mdd``, ``usd``, or ``obj`` and ``ply`` for a folder; None: the path's ending. Beside a
            point cache its mesh is written, as ``.obj``.
        solve: ARKit weights from the FLAME parameters, also when the take holds some.
        remove_neutral: with solved weights, take the median face off.
        options: of ``write_glb`` (``form``, ``normals``, ``head`` ...), or ``head`` and ``colors`` of ``MeshTake``.
    """
    target = Path(path)
    wanted = (kind or target.suffix.lstrip(".")).lower()
    wanted = "usd" if wanted.startswith("usd") else wanted
    if wanted not in ("glb", *_CACHES, "obj", "ply"):
        raise InputError(
            f"a mesh is glb, {', '.join(_CACHES)}, or a folder of obj or ply; got {wanted or target.name!r}."
        )
    files = [target, *([target.with_suffix(".obj")] if wanted in ("pc2", "mdd") else [])]
    for file in files if wanted not in ("obj", "ply") else ():
        check_target(file, overwrite)
    driver, shown, note = for_take(take, flame, eyelids=eyelids)
    head, notes = ShownHead(driver, skin=skin, scenery=scenery), [note] if note else []
    if wanted == "glb":
        if options.get("form", "arkit") == "arkit":
            if solve or not shown.arkit_weights.any():
                shown, said = with_arkit_weights(shown, driver.model, neutral=remove_neutral)
                notes.append(said)
            options = {"rig": driver.rig.merged(), **options}
        options = {"colors": head.colors, "tongue_out": head.tongue_out, **options}
        info = write_glb(target, on_mesh(shown, driver), head.model, betas=[], **options)
        return Exported(driver, files, info.num_frames, notes, info)
    # mesh files hold the FLAME file's own vertices
    options = {"colors": head.colors[: driver.mesh_model.num_vertices], **options}
    meshes = MeshTake(on_mesh(shown, driver), driver.mesh_model, betas=driver.betas, **options)
    if wanted in _CACHES:
        frames = _CACHES[wanted](target, meshes)
        for file in files[1:]:
            write_rest_obj(file, meshes)
    else:
        frames = write_meshes(target, meshes, "obj" if wanted == "obj" else "ply", overwrite=overwrite)
    return Exported(driver, files, frames, notes)


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
