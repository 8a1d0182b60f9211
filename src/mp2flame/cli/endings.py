"""What the ending of a file to write promises, and which command keeps it: asked by every command that writes a take."""

from __future__ import annotations

from pathlib import Path

from ..base.errors import InputError
from .next_step import spoken

TAKES = {".npz": "recording", ".csv": "livelink-csv", ".json": "beat-json", ".txt": "face-cap"}
"""The format of a take that an ending stands for where nobody named one."""
MESHES = {".glb": "glb", ".pc2": "pc2", ".mdd": "mdd", ".usd": "usd", ".usda": "usd", ".usdc": "usd"}
"""What ``mp2flame export`` writes besides takes."""
_SCENES = (".fbx", ".blend", ".abc")


def elsewhere(output: Path, take: str | Path, *words: object) -> str:
    """The command, quoted, that makes ``output`` of a take; empty when it is none of ours.

    Args:
        words: what names the head, ``--flame FILE``.
    """
    from ..io.sources import VIDEO_SUFFIXES
    from ..io.sources.images import IMAGE_SUFFIXES

    suffix = output.suffix.lower()
    if suffix in VIDEO_SUFFIXES | IMAGE_SUFFIXES:
        return f"'{spoken('render', take, '-o', output, *words)}'"
    if suffix in MESHES:
        return f"'{spoken('export', take, '-o', output, *words)}'"
    if suffix == ".gltf":
        return f"'{spoken('export', take, '-o', output.with_suffix('.glb'), *words)}'"
    if suffix in (".obj", ".ply"):
        return f"'{spoken('export', take, '-o', output.with_suffix(''), '--as', suffix[1:], *words)}'"
    if suffix in _SCENES:
        head = output.with_suffix(".glb")
        script = "blender -b --python blender_import.py --"
        return (
            f"'{spoken('export', take, '-o', head, '--form', 'flame', *words)}' and '{spoken('blender', '-o', 'blender_import.py')}', "
            f"then in Blender '{script} {take} --head {head} --save {output}'"
        )
    return ""


def format_by_name(output: Path, take: str | Path, like: str = "recording") -> str:
    """The format of a take to write under this name: ``like`` where its ending allows it, else what the ending says.

    Raises:
        InputError: the name promises what no take is, with the command that makes it.
    """
    from ..io.formats import FORMATS

    suffix, entry = output.suffix.lower(), FORMATS[like]
    if entry.write is not None and (suffix in entry.extensions or (entry.folder and not _known(suffix))):
        return like
    if suffix in TAKES:
        return TAKES[suffix]
    if way := elsewhere(output, take):
        raise InputError(f"a {suffix} file is no take; it is made by {way}.")
    return "recording"


def check_ending(output: Path, name: str) -> None:
    """Refuse a name whose ending is another kind of file's than the format's.

    Raises:
        InputError: with the endings that the format has.
    """
    from ..io.formats import format_named

    entry, suffix = format_named(name), output.suffix.lower()
    if suffix in entry.extensions or not _known(suffix):
        return
    kind = "folder" if entry.folder else f"{' or '.join(entry.extensions)} file"
    raise InputError(f"{name} is a {kind}, and {output.name} is named as another; choose another name.")


def _known(suffix: str) -> bool:
    """Whether people know files with this ending."""
    from ..io.formats import FORMATS

    ours = {ending for entry in FORMATS.values() for ending in entry.extensions}
    return suffix in ours or bool(elsewhere(Path("x" + suffix), "x"))
