"""VHAP's exported data set and LAM's motion folder: ``flame_param/*.npz`` (``flame_keys``) and ``transforms*.json``.

Cameras: ``transform_matrix``, camera to world, OpenGL axes.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from ...base.errors import FileFormatError
from ...base.safe_npz import Npz
from ...base.values import FloatArray
from ...observe.move_head import GL_TO_CV, rigid_inverse
from . import kept
from .base import Format, Motion, Options, Probe
from .build import build
from .camera_json import encode_transforms, fill_intrinsics, one_camera_per_time, read_transforms
from .files import NpzTemplate, file_inside, list_files, write_file, write_npz
from .flame_keys import CARRIES, NAMES, WIDTHS, arrays_of, offsets_of, read_offset
from .lam_web import NAME, web_params
from .lens import intrinsics_of, told
from .rows import npz_rows, npz_vector, optional_rows, rotation_traps, stack_rows

_DIVIDED = {"transforms_train.json", "transforms_backup.json", "transforms_backup_flame.json"}
_CANONICAL = "canonical_flame_param.npz"
_TRAIN = 0.7


def _is_folder(probe: Probe) -> bool:
    return "flame_param" in probe.names and any(n.startswith("transforms") for n in probe.names)


def _read(path: Path, options: Options) -> Motion:
    traps: list[str] = []
    names = ("transforms.json", "transforms_backup_flame.json", "transforms_train.json")
    transforms = read_transforms(path, names)
    entries = one_camera_per_time(transforms, "flame_param_path", traps)
    folder = path.resolve()
    files = [file_inside(folder, entry, "flame_param_path") for entry in entries]
    if not files:
        files = list_files(path / "flame_param", ".npz")
        traps.append(
            "transforms.json lists no frames; the files of flame_param are read in order, without cameras"
        )
    if not files:
        raise FileFormatError(f"{path.name}: flame_param holds no .npz files.")
    with Npz(files[0]) as npz:
        betas = npz_vector(npz, "shape")
        traps += rotation_traps(npz, ("expr", *WIDTHS))
        static = read_offset(npz, "static_offset", 1, traps)
        if "dynamic_offset" in npz and not npz.is_zero("dynamic_offset"):
            traps.append("dynamic_offset in the files is not read; take it from VHAP's tracked npz")
    frames = [_frame(file) for file in files]
    what = "the number of expression coefficients"
    params = {NAMES[key]: stack_rows([frame[key] for frame in frames], path.name, what) for key in NAMES}
    if (path / _CANONICAL).is_file():
        with Npz(path / _CANONICAL) as npz:
            betas = npz_vector(npz, "shape") if "shape" in npz else betas
    camera = GL_TO_CV @ rigid_inverse(transforms.matrices(entries)) if entries else None
    return build(
        params, options, betas=betas, traps=traps, world_to_camera=camera,
        intrinsics=transforms.intrinsics(entries) if entries else None, image_size=transforms.image_size,
        static_offset=None if static is None else static[0], fps=transforms.fps,
    )  # fmt: skip


def _frame(file: Path) -> dict[str, FloatArray]:
    """The rows of one file."""
    found = {}
    with Npz(file) as npz:
        for key in NAMES:
            width = WIDTHS.get(key)
            row = npz_rows(npz, key) if width is None else optional_rows(npz, key, width, 1)
            if len(row) != 1:
                raise FileFormatError(f"{file.name}: '{key}' has {len(row)} frames, expected one per file.")
            found[key] = row[0]
    return found


def _read_lam(path: Path, options: Options) -> Motion:
    motion = _read(path, options)
    if not (path / _CANONICAL).is_file():
        motion.traps.append(f"no {_CANONICAL}: LAM reads the identity from it and stops")
    return motion


def _write_params(motion: Motion, path: Path, options: Options) -> None:
    """``flame_param`` with a file a frame, and the resting head."""
    (path / "flame_param").mkdir(parents=True, exist_ok=True)
    arrays = arrays_of(motion)
    held, zeros = offsets_of(motion, options.num_vertices)
    held.pop("dynamic_offset", None)
    fixed = {"shape": motion.identity(300), **held}
    template = NpzTemplate({**{key: value[:1] for key, value in arrays.items()}, **fixed})
    for index in range(motion.num_frames):
        row = {key: value[index : index + 1] for key, value in arrays.items()}
        file = path / "flame_param" / f"{index:05d}.npz"
        if index == 0 and not held:  # GaussianAvatars indexes the first frame's, zeros allowed
            write_npz(file, {**row, **fixed}, {"static_offset": zeros["static_offset"]})
        else:
            write_file(file, template.fill(row))
    still = {key: np.zeros_like(value[:1]) for key, value in arrays.items()}
    still["jaw_pose"] = np.array([[0.3, 0, 0]], np.float32)
    write_npz(path / _CANONICAL, {**still, **fixed})


def _write(motion: Motion, path: Path, options: Options, divided: bool) -> list[str]:
    _write_params(motion, path, options)
    assert motion.world_to_camera is not None
    frames = motion.num_frames
    poses = rigid_inverse(GL_TO_CV @ motion.world_to_camera).tolist()
    k, size = intrinsics_of(motion.recording)
    same, shared = not np.ptp(k, axis=0).any(), fill_intrinsics(k[0], size)
    entries = [
        {
            "timestep_index": index, "timestep_index_original": index, "timestep_id": f"{index:05d}",
            "camera_index": 0, "camera_id": "0", **(shared if same else fill_intrinsics(k[index], size)),
            "transform_matrix": poses[index],
            "file_path": f"images/{index:05d}_00.png", "fg_mask_path": f"fg_masks/{index:05d}_00.png",
            "flame_param_path": f"flame_param/{index:05d}.npz",
        }
        for index in range(frames)
    ]  # fmt: skip
    top = {
        **shared,
        "timestep_indices": list(range(frames)),
        "camera_indices": [0],
        "fps": motion.recording.fps,
    }
    whole = encode_transforms(top, entries)
    files = {"": whole}
    if divided:
        files |= {"_backup": whole, "_backup_flame": whole} | _divisions(top, entries)
    for name, text in files.items():
        write_file(path / f"transforms{name}.json", text)
    lost = ["images and masks (the paths in transforms.json name files that you add)"]
    if divided:  # LAM reads cx and cy, GaussianAvatars the angle alone
        lost += [f"for GaussianAvatars, {text}" for text in told(k, size, square=True, centre=True)]
    if motion.dynamic_offset is not None:
        lost.append("dynamic_offset (write 'vhap' or 'gaussian-avatars' to keep it)")
    return lost


def _divisions(top: dict[str, Any], entries: list[dict[str, Any]]) -> dict[str, bytes]:
    """The first 70 % to train with, the rest to test, none to validate: ``split_json`` of VHAP with one camera."""
    count = math.ceil(_TRAIN * len(entries))
    times = {"_train": range(count), "_val": range(count), "_test": range(count, len(entries))}
    return {
        name: encode_transforms(
            {**top, "timestep_indices": list(rows), "camera_indices": [] if name == "_val" else [0]},
            [] if name == "_val" else [entries[index] for index in rows],
        )
        for name, rows in times.items()
    }


def _write_export(motion: Motion, path: Path, options: Options) -> list[str]:
    return _write(motion, path, options, divided=True)


def _write_lam(motion: Motion, path: Path, options: Options) -> list[str]:
    lost = _write(motion, path, options, divided=False)
    write_file(path / NAME, web_params(motion))  # app_lam.py packs it from here for the browser
    return lost


FORMATS = (
    Format(
        "vhap-export", "ShenhanQian/VHAP", (), CARRIES | {kept.CAMERA}, ("root", "neck", "camera"),
        "data set folder: flame_param/*.npz, transforms*.json",
        lambda probe: _is_folder(probe) and not _DIVIDED.isdisjoint(probe.names),
        _read, _write_export, num_expression=100, stands="file", keeps_rate=True,
    ),
    Format(
        "lam", "aigc3d/LAM", (), CARRIES | {kept.CAMERA}, ("root", "neck", "camera"),
        "motion folder: flame_param/*.npz, transforms.json",
        _is_folder, _read_lam, _write_lam, num_expression=100, stands="file", keeps_rate=True,
    ),
)  # fmt: skip
