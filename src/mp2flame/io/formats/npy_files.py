"""Takes of plain ``.npy`` files: EMOCA's folder of a folder per image, AnimPortrait3D's pair of files.

Sources: EMOCA ``gdl_apps/EMOCA/utils/io.py``; AnimPortrait3D's ``*expressions.npy`` with ``*poses.npy``.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ...base.errors import FileFormatError
from ...base.safe_npz import npy_bytes, npy_header, npy_shape, read_npy
from ...base.write import atomic_write
from . import kept
from .base import Format, Motion, Options, Probe
from .build import build
from .file_names import chosen_files
from .files import MAX_FILES, write_file
from .rows import apart, rows, side_by_side, stack_rows, vector
from .stacked import DECA_CARRIES, ORTHOGRAPHIC, WEAK_CAMERA, no_eyes

# --- EMOCA --------------------------------------------------------------------------------------------------


def _folders(path: Path) -> list[Path]:
    if (path / "exp.npy").is_file():
        return [path]
    found = []
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir() and (path / entry.name / "exp.npy").is_file():
                found.append(entry.name)
                if len(found) > MAX_FILES:
                    raise FileFormatError(f"{path.name} holds more than {MAX_FILES} folders; split the take.")
    return chosen_files(found, path)


def _is_emoca(probe: Probe) -> bool:
    if not probe.is_dir or any(name.endswith(".frame") for name in probe.names):
        return False
    if "exp.npy" in probe.names:
        return "pose.npy" in probe.names
    return any((probe.path / name / "exp.npy").is_file() for name in probe.names[:50])


def _read_emoca(path: Path, options: Options) -> Motion:
    folders = _folders(path)
    if not folders:
        raise FileFormatError(f"{path.name} holds no folders with exp.npy and pose.npy.")
    expression = [rows(read_npy(folder / "exp.npy"), "exp.npy", None, 1)[0] for folder in folders]
    pose = [rows(read_npy(folder / "pose.npy"), "pose.npy", 6, 1)[0] for folder in folders]
    shape = folders[0] / "shape.npy"
    params = {"expression": stack_rows(expression, path.name, "the length of exp.npy")}
    params |= apart(np.stack(pose), "global_orient jaw_pose")
    betas = vector(read_npy(shape), "shape.npy") if shape.is_file() else None
    return build(params, options, betas=betas, traps=[ORTHOGRAPHIC])


def _write_emoca(motion: Motion, path: Path, options: Options) -> list[str]:
    record = motion.recording
    pose = side_by_side(motion, "global_orient jaw_pose")
    shape, tex = npy_bytes(motion.identity(100)), npy_bytes(np.zeros(50, np.float32))
    heads = [npy_header(np.dtype(np.float32), (n,)) for n in (record.num_expression, 6)]
    path.mkdir(parents=True, exist_ok=True)
    for index in range(motion.num_frames):
        folder = f"{path}/{index:05d}_000"
        Path(folder).mkdir()
        write_file(f"{folder}/exp.npy", heads[0] + record.expression[index].tobytes())
        write_file(f"{folder}/pose.npy", heads[1] + pose[index].tobytes())
        write_file(f"{folder}/shape.npy", shape)
        write_file(f"{folder}/tex.npy", tex)
    return [WEAK_CAMERA, "texture, detail, meshes and pictures", *no_eyes(motion)]


# --- AnimPortrait3D -----------------------------------------------------------------------------------------

_PAIRS = (("expressions", "poses"), ("exp", "pose"), ("expression", "pose"))
_POSE = "global_orient neck_pose jaw_pose eye_pose"


def _pair(path: Path) -> tuple[Path, Path] | None:
    """Both files of a pair, from either of them."""
    if path.suffix != ".npy":
        return None
    for first, second in _PAIRS:
        for mine, other in ((first, second), (second, first)):
            if path.stem.endswith(mine):
                partner = path.with_name(path.stem.removesuffix(mine) + other + ".npy")
                if partner.is_file():
                    return (path, partner) if mine == first else (partner, path)
    return None


def _is_pair(probe: Probe) -> bool:
    pair = None if probe.is_dir or probe.head[:6] != b"\x93NUMPY" else _pair(probe.path)
    return (
        pair is not None and len(npy_shape(pair[0])) == 2 and npy_shape(pair[1])[-1:] in ((15,), (12,), (6,))
    )


def _read_pair(path: Path, options: Options) -> Motion:
    pair = _pair(path)
    if pair is None:
        raise FileFormatError(
            f"{path.name} has no partner; expected NAME_expressions.npy beside NAME_poses.npy."
        )
    expression = rows(read_npy(pair[0]), pair[0].name)
    pose = rows(read_npy(pair[1]), pair[1].name, 15, len(expression))
    traps = ["two files make one take; no head position"]
    return build({"expression": expression, **apart(pose, _POSE)}, options, traps=traps)


def _write_pair(motion: Motion, path: Path, options: Options) -> list[str]:
    record = motion.recording
    first, second = next((pair for pair in _PAIRS if path.stem.endswith(pair[0])), ("", ""))
    if not first:
        (first, second), path = _PAIRS[0], path.with_name(f"{path.stem}_expressions.npy")
    pose_path = path.with_name(path.stem.removesuffix(first) + second + ".npy")
    for place, array in ((path, record.expression), (pose_path, side_by_side(motion, _POSE))):
        with atomic_write(place) as file:
            file.write(npy_bytes(array))
    return ["head position"] if np.any(record.transl) else []


FORMATS = (
    Format(
        "emoca", "radekd91/emoca", (), DECA_CARRIES, ("root",),
        "folder per image: exp.npy, pose.npy, shape.npy, tex.npy",
        _is_emoca, _read_emoca, _write_emoca, num_expression=50,
    ),
    Format(
        "animportrait3d", "oneThousand1000/AnimPortrait3D", (".npy",), kept.PARAMS - {kept.TRANSLATION}, ("root", "neck"),
        "NAME_expressions.npy with NAME_poses.npy", _is_pair, _read_pair, _write_pair, num_expression=100,
    ),
)  # fmt: skip
