"""INSTA: ``transforms.json`` and ``flame/exp/{id}.txt``; the camera moves, only the expression is stored.

``transform_matrix`` is the inverse of metrical-tracker's OpenCV extrinsics, so it is camera to world with
OpenCV axes (INSTA ``scripts/transforms.py``), unlike the same key of VHAP.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from ...base.errors import FileFormatError
from ...observe.move_head import rigid_inverse
from . import kept
from .base import Format, Motion, Options, Probe
from .build import build
from .camera_json import encode_transforms, fill_intrinsics, one_camera_per_time, read_transforms
from .file_names import one_person
from .files import file_inside, read_bytes, write_file
from .lens import intrinsics_of, told
from .rows import stack_rows

_MAX_TXT = 1 << 20


def _sniff(probe: Probe) -> bool:
    return (
        probe.is_dir
        and (probe.path / "flame" / "exp").is_dir()
        and any(name in ("transforms.json", "transforms_train.json") for name in probe.names)
    )


def _read(path: Path, options: Options) -> Motion:
    traps = ["only the expression is stored: the jaw is closed and the eyes look ahead"]
    transforms = read_transforms(path, ("transforms.json", "transforms_train.json"))
    entries = one_camera_per_time(transforms, "exp_path", traps)
    folder = path.resolve()
    files = [file_inside(folder, entry, "exp_path") for entry in entries]
    names = [str(entry["exp_path"]) for entry in entries]
    place = {name: at for at, name in enumerate(one_person(names)[0])}
    order = sorted(range(len(files)), key=lambda i: place.get(names[i], i))
    if order != list(range(len(files))):
        traps.append(
            "frames were not in order (INSTA writes them as its processes finish); sorted by exp_path"
        )
        entries, files = [entries[i] for i in order], [files[i] for i in order]
    if not files:
        raise FileFormatError(f"{path.name}: transforms.json lists no frames.")
    expression = []
    for file in files:
        try:
            expression.append(np.array(read_bytes(file, _MAX_TXT).split(), dtype=np.float64))
        except ValueError:
            raise FileFormatError(f"{file.name} is not a list of numbers.") from None
    stacked = stack_rows(expression, path.name, "the number of expression coefficients")
    if not stacked.shape[1]:
        raise FileFormatError(f"{files[0].name} holds no expression coefficients.")
    stored = len(list(path.glob("flame/exp/*.txt")))
    if stored > len(files):
        traps.append(f"transforms.json lists {len(files)} of {stored} expression files")
    return build(
        {"expression": stacked}, options, traps=traps, world_to_camera=rigid_inverse(transforms.matrices(entries)),
        intrinsics=transforms.intrinsics(entries), image_size=transforms.image_size, fps=transforms.fps,
    )  # fmt: skip


def _write(motion: Motion, path: Path, options: Options) -> list[str]:
    record, count = motion.recording, motion.num_frames
    folder = path / "flame" / "exp"
    folder.mkdir(parents=True, exist_ok=True)
    assert motion.world_to_camera is not None
    matrices = rigid_inverse(motion.world_to_camera)
    line = "%.8f\n" * record.num_expression
    frames = []
    for index, row in enumerate(record.expression.tolist()):
        write_file(f"{folder}/{index:05d}.txt", (line % tuple(row)).encode())
        frames.append(
            {
                "transform_matrix": matrices[index].tolist(), "file_path": f"images/{index:05d}.png",
                "mesh_path": f"meshes/{index:05d}.obj", "exp_path": f"flame/exp/{index:05d}.txt",
                "depth_path": f"depth/{index:05d}.png", "seg_mask_path": f"seg_mask/{index:05d}.png",
            }
        )  # fmt: skip
    k, size = intrinsics_of(record)
    shared = fill_intrinsics(k[0], size)
    content = {
        **shared, "w": float(size[1]), "h": float(size[0]), "x_fov": math.degrees(shared["camera_angle_x"]),
        "y_fov": math.degrees(shared["camera_angle_y"]), "integer_depth_scale": 1 / 1000, "fps": record.fps,
    }  # fmt: skip
    # its script tests with the last 350 frames and validates with 20 of them; short takes keep most to train with
    test = min(350, max(1, count // 10))
    divided = {"": frames, "_train": frames[: max(1, count - test)], "_test": frames[count - test :],
               "_val": frames[count - min(20, test) :]}  # fmt: skip
    for name, rows in divided.items():
        write_file(path / f"transforms{name}.json", encode_transforms(content, rows))
    lost = ["meshes, images and depth (the paths in transforms.json name files that you add)"]
    if np.any(record.jaw_pose) or np.any(record.eye_pose):
        lost.insert(0, "jaw and eyes: INSTA stores the expression alone; its meshes carry the rest")
    return lost + told(k, size, changes=True, square=False, centre=False)


FORMATS = (
    Format(
        "insta", "Zielon/INSTA", (), frozenset({kept.EXPRESSION, kept.ROTATION, kept.TRANSLATION, kept.CAMERA}), ("camera",),
        "transforms.json and flame/exp/*.txt, expression only",
        _sniff, _read, _write, num_expression=100, stands="file", keeps_rate=True,
    ),
)  # fmt: skip
