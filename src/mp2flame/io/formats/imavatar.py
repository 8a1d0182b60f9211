"""IMavatar and PointAvatar ``flame_params.json``.

Head rotation in the neck, head position in the camera, scale 4.

``world_mat`` is world to camera, R = I, OpenGL axes (the head at z = -4 and a negative fx turn it into a
picture); FLAME's vertices are multiplied by 4, so its translation is four times ours. ``pose`` = global
(zero in DECA's, but its FLAME turns by it), neck, jaw, left eye, right eye. Read from IMavatar ``preprocess/DECA/optimize.py`` and
``code/flame/FLAME.py`` (factor 4).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ...base.errors import FileFormatError
from ...observe.move_head import GL_TO_CV, rigid
from . import kept
from .base import Array, Format, Motion, Options, Probe
from .build import build
from .camera_json import check_rotations, frames_of, number_list, of_one_person, pinhole
from .files import read_json, write_file
from .lens import intrinsics_of, told
from .rows import apart, json_rows, side_by_side, stack_rows, vector

SCALE = 4.0
_POSE = "global_orient neck_pose jaw_pose eye_pose"
_SIZE = 512  # of IMavatar's own pictures; the file has no size


def _sniff(probe: Probe) -> bool:
    if '"world_mat"' not in probe.text:
        return False
    content = probe.json()
    return isinstance(content, dict) and isinstance(content.get("frames"), list)


def _number(name: str) -> int:
    digits = name.replace("\\", "/").rsplit("/", 1)[-1].split(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else -1


def _read(file: Path, options: Options) -> Motion:
    content = read_json(file)
    frames = frames_of(content, file.name)
    if not frames:
        raise FileFormatError(f"{file.name} has no frames.")
    traps = ["the head's rotation sits in the neck; FLAME is scaled by 4, translations were divided by 4"]
    frames = of_one_person(frames, "file_path")
    numbers = [_number(str(f.get("file_path"))) for f in frames]
    if min(numbers) >= 0 and numbers != sorted(numbers):
        order = sorted(range(len(frames)), key=numbers.__getitem__)
        frames = [frames[i] for i in order]
        traps.append("frames were not in order; sorted by file_path")
    params = apart(json_rows([f.get("pose") for f in frames], "pose", 15), _POSE)
    params["expression"] = json_rows([f.get("expression") for f in frames], "expression")
    betas = None
    if "shape_params" in content:
        betas = vector(number_list(content["shape_params"], "shape_params"), "shape_params")
    size = _image_size(content, options)
    return build(
        params, options, betas=betas, traps=traps, world_to_camera=_cameras(frames, file.name),
        intrinsics=_intrinsics(content, size, options, traps, file.name), image_size=size,
    )  # fmt: skip


def _cameras(frames: list[Any], label: str) -> Array:
    """``(T,4,4)`` world to camera, OpenCV axes, metres."""
    found = [
        number_list(f.get("world_mat"), f"{label}: world_mat of frame {i}") for i, f in enumerate(frames)
    ]
    matrices = stack_rows(found, label, "the length of world_mat")
    if matrices.shape[1] not in (12, 16):
        raise FileFormatError(f"{label}: world_mat is not 3 x 4.")
    matrices = matrices.reshape(len(frames), -1, 4)[:, :3]
    check_rotations(matrices[:, :, :3], label)
    return GL_TO_CV @ rigid(matrices[:, :, :3], matrices[:, :, 3] / SCALE)


def _intrinsics(
    content: dict[str, Any], size: tuple[int, int], options: Options, traps: list[str], label: str
) -> Array | None:
    """``(3,3)`` pixels of a picture of ``size``; None when the file has none."""
    if "intrinsics" not in content:
        return None
    four = number_list(content["intrinsics"], f"{label}: intrinsics")
    if len(four) != 4:
        raise FileFormatError(f"{label}: intrinsics has {len(four)} numbers, expected 4.")
    height, width = size
    if abs(four[3]) > 1:  # IMavatar's own reader: then they are pixels of a picture of 512
        four = four / _SIZE
    fx, fy, cx, cy = four
    traps.append(
        f"the intrinsics are shares of the picture, whose size is not in the file: {width} x {height} pixels "
        + ("as asked" if options.image_size else "are assumed, --image-size says what it was")
    )
    if fx < 0:
        traps.append("fx is negative: the camera looks along -z")
    return pinhole(abs(fx) * width, fy * height, cx * width, cy * height)


def _image_size(content: dict[str, Any], options: Options) -> tuple[int, int]:
    """(height, width): asked for, or as our own writer states them beside IMavatar's keys."""
    stated = content.get("image_size")
    if options.image_size is None and isinstance(stated, list) and len(stated) == 2:
        if all(type(n) is int and 0 < n < 100_000 for n in stated):
            return stated[0], stated[1]
    return options.image_size or (_SIZE, _SIZE)


def _write(motion: Motion, path: Path, options: Options) -> list[str]:
    record = motion.recording
    assert motion.world_to_camera is not None
    world = (GL_TO_CV @ motion.world_to_camera)[:, :3].copy()
    # a translation of the head and one of the camera are the same thing while R is the identity
    world[:, :, 3] = (
        world[:, :, 3] + np.einsum("tij,tj->ti", world[:, :, :3], record.transl.astype(np.float64))
    ) * SCALE
    pose = side_by_side(motion, _POSE).astype(np.float64)
    frames = [
        {
            "file_path": f"./image/{index + 1}", "world_mat": world[index].tolist(),
            "expression": row, "pose": pose[index].tolist(), "bbox": [-1.0, -1.0, 1.0, 1.0],
        }
        for index, row in enumerate(record.expression.astype(np.float64).tolist())
    ]  # fmt: skip
    every, (height, width) = intrinsics_of(record)
    k = every[0]
    content = {
        "frames": frames,
        "intrinsics": [-k[0, 0] / width, k[1, 1] / height, k[0, 2] / width, k[1, 2] / height],
        "image_size": [height, width],
        "shape_params": [float(b) for b in motion.identity(100)],
    }
    write_file(path, json.dumps(content).encode())
    lost = ["bbox (the whole picture is written) and flame_keypoints, which training also wants"]
    return lost + told(every, (height, width), changes=True, square=False, centre=False)


FORMATS = (
    Format(
        "imavatar", "zhengyuf/IMavatar, zhengyuf/PointAvatar", (".json",), kept.MOTION | {kept.BETAS, kept.CAMERA},
        ("neck", "root"), "flame_params.json, vertices times 4, head rotation in the neck",
        _sniff, _read, _write, num_expression=50, stands="file", inside="flame_params.json",
    ),
)  # fmt: skip
