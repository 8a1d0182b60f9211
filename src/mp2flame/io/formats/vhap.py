"""VHAP, GaussianAvatars and LAM.

One set of keys in a tracked npz, a motion npz, a trained npz and two folders.

Keys (VHAP ``vhap/model/tracker.py``, ``vhap/export_as_nerf_dataset.py``; GaussianAvatars
``scene/flame_gaussian_model.py``; LAM ``lam/runners/infer/head_utils.py``): ``rotation`` = root,
``translation``, ``neck_pose``, ``jaw_pose``, ``eyes_pose`` = left, right, ``expr``, ``shape``. FLAME turns
about its own root joint (``zero_centered_at_root_node=False``). Cameras of the folders: ``transform_matrix``,
camera to world, OpenGL axes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...base.errors import FileFormatError
from ...base.safe_npz import Npz
from ...base.values import FloatArray
from ...observe.move_head import GL_TO_CV, rigid_inverse
from .base import (  # fmt: skip
    ALL_PARAMS,
    BETAS,
    CAMERA,
    Format,
    Motion,
    Options,
    Probe,
    betas_of,
    build,
    npz_rows,
    optional_rows,
    rotation_traps,
    standing_camera,
    vector,
)
from .camera_json import encode_transforms, fill_intrinsics, one_camera_per_time, pinhole, read_transforms
from .files import MAX_ARRAY_BYTES, NpzTemplate, file_inside, list_files, write_file, write_npz
from .lam_web import NAME, web_params
from .lens import intrinsics_of, mean_focal, told

_ROWS = {"rotation": 3, "translation": 3, "neck_pose": 3, "jaw_pose": 3, "eyes_pose": 6}
_TO_PARAMS = {
    "rotation": "global_orient",
    "translation": "transl",
    "neck_pose": "neck_pose",
    "jaw_pose": "jaw_pose",
    "eyes_pose": "eye_pose",
    "expr": "expression",
}
_CARRIES = ALL_PARAMS | {BETAS}
_SEEN = _CARRIES | {CAMERA}
_VERTICES = (5023, 5143)


def _arrays(motion: Motion) -> dict[str, FloatArray]:
    record = motion.recording
    return {key: getattr(record, name) for key, name in _TO_PARAMS.items()}


def _keys(probe: Probe) -> frozenset[str]:
    return frozenset(probe.shapes())


def _is_family(probe: Probe) -> bool:
    return {"expr", "rotation", "translation"} <= _keys(probe)


def _offsets(
    npz: Npz, frames: int, traps: list[str], keys: tuple[str, ...] = ("static_offset", "dynamic_offset")
) -> tuple[FloatArray | None, FloatArray | None]:
    """Static ``(V,3)`` and dynamic ``(T,V,3)`` offsets; zeros come as None."""
    static = dynamic = None
    for key in keys:
        if key not in npz:
            continue
        shape = npz.shape(key)
        if len(shape) != 3 or shape[-1] != 3 or (key == "dynamic_offset" and shape[0] != frames):
            raise FileFormatError(f"{npz.label}: '{key}' has shape {shape}, expected (frames, vertices, 3).")
        if shape[1] not in _VERTICES:
            traps.append(
                f"{key} is for {shape[1]} vertices; stock avatars have 5143 (5023 and 120 of the teeth)"
            )
        if npz.is_zero(key):
            continue
        if npz.dtype(key).kind != "f":
            raise FileFormatError(f"{npz.label}: '{key}' is not made of decimal numbers.")
        if int(np.prod(shape)) * npz.dtype(key).itemsize > MAX_ARRAY_BYTES:
            traps.append(f"{key} is larger than {MAX_ARRAY_BYTES >> 20} MiB and was left out")
            continue
        value = npz.array(key).astype(np.float32)
        if not np.isfinite(value).all():
            traps.append(f"{key} holds NaN and was left out")
        elif key == "static_offset":
            static = value[0]
        else:
            dynamic = value
    return static, dynamic


def _read_npz(path: Path, name: str, options: Options) -> Motion:
    with Npz(path) as npz:
        expression = npz_rows(npz, "expr")
        frames = len(expression)
        params = {"expression": expression}
        for key, width in _ROWS.items():
            params[_TO_PARAMS[key]] = optional_rows(npz, key, width, frames)
        traps = rotation_traps(npz, ("expr", *_ROWS, "dynamic_offset"))
        absent = [key for key in _ROWS if key not in npz]
        if absent:
            traps.append(f"no {', '.join(absent)}: GaussianAvatars stops with a KeyError; zeros were read")
        if "dynamic_offset" not in npz:
            traps.append(
                "no dynamic_offset: local_viewer.py --motion_path of GaussianAvatars stops with a KeyError"
            )
        static, dynamic = _offsets(npz, frames, traps)
        betas = vector(npz.array("shape"), "shape") if "shape" in npz else None
        if "n_processed_frames" in npz and npz.shape("n_processed_frames") in ((), (1,)):
            done = npz.array("n_processed_frames").reshape(-1)[0]
            if done < frames:
                traps.append(f"only {int(done)} of {frames} frames were processed by the tracker")
        size, intrinsics = _stored_camera(npz, options, traps)
        if "origin" in npz:  # ours: where the mean position was
            params["transl"] = params["transl"] + npz_rows(npz, "origin", 3, 1)
        fps = _number(npz, "fps")
    motion = build(
        params, name, options, carries=_SEEN if name == "vhap" else _CARRIES, betas=betas, traps=traps,
        static_offset=static, dynamic_offset=dynamic, intrinsics=intrinsics, image_size=size,
        fps=fps if fps is not None and 0 < fps <= 10_000 else None,
    )  # fmt: skip
    if name == "vhap":
        motion.recording.meta["world"] = "head"  # its camera stands at (0, 0, 1)
    return motion


def _number(npz: Npz, key: str) -> float | None:
    if key not in npz or int(np.prod(npz.shape(key))) != 1 or npz.dtype(key).kind not in "fiu":
        return None
    value = float(npz.array(key).reshape(-1)[0])
    return value if np.isfinite(value) else None


def _stored_camera(
    npz: Npz, options: Options, traps: list[str]
) -> tuple[tuple[int, int] | None, FloatArray | None]:
    """Picture size and intrinsics of a tracked npz.

    VHAP's focal length counts the longer side, and the picture's size is in its data set only (``image_size``
    is ours).
    """
    size, focal = options.image_size, _number(npz, "focal_length")
    if size is None and "image_size" in npz and npz.shape("image_size") == (2,):
        height, width = npz.array("image_size").astype(np.float64)
        size = (int(height), int(width)) if 0 < height < 1e6 and 0 < width < 1e6 else None
    if focal is None or not 0 < focal < 1e4:
        return size, None
    if size is None:
        size = (512, 512)
        traps.append(
            f"the focal length is {focal:.3f} of the picture's longer side, whose size is not in the file: 512 x 512 pixels "
            "are assumed, --image-size says what it was"
        )
    return size, pinhole(focal * max(size), focal * max(size), size[1] / 2, size[0] / 2)


def _read_vhap(path: Path, options: Options) -> Motion:
    return _read_npz(path, "vhap", options)


def _read_motion(path: Path, options: Options) -> Motion:
    return _read_npz(path, "gaussian-avatars", options)


def _read_trained(path: Path, options: Options) -> Motion:
    motion = _read_npz(path, "gaussian-avatars-trained", options)
    motion.traps.append(
        "parameters were fine-tuned with this avatar: on another avatar they fit less well than the "
        "tracker's own"
    )
    return motion


def _write_vhap(motion: Motion, path: Path, options: Options) -> list[str]:
    frames = motion.num_frames
    k, size = intrinsics_of(motion.recording)
    arrays: dict[str, Any] = {
        **_arrays(motion),
        "shape": betas_of(motion, 300),
        "timestep_id": np.array([f"{i:05d}" for i in range(frames)]),
        "n_processed_frames": np.array(frames),
        "focal_length": mean_focal(k)[:1].astype(np.float32) / max(size),
        "image_size": np.array(size),
        "fps": np.array(motion.recording.fps),
    }
    arrays.update(_kept_offsets(motion))
    write_npz(path, arrays)
    return ["texture, light, config.yml (VHAP's tracker makes them)", *told(k, size, changes=True)]


def _kept_offsets(motion: Motion) -> dict[str, FloatArray]:
    out = {}
    if motion.static_offset is not None:
        out["static_offset"] = motion.static_offset[None]
    if motion.dynamic_offset is not None and len(motion.dynamic_offset) == motion.num_frames:
        out["dynamic_offset"] = motion.dynamic_offset
    return out


def _write_motion(motion: Motion, path: Path, options: Options) -> list[str]:
    kept = _kept_offsets(motion)
    zeros: dict[str, tuple[int, ...]] = {}
    if "static_offset" not in kept:
        zeros["static_offset"] = (1, options.num_vertices, 3)
    if "dynamic_offset" not in kept:
        zeros["dynamic_offset"] = (motion.num_frames, options.num_vertices, 3)
    # the viewer drops what is not float32 without a word: these two are for whoever reads the file back
    ours = {"fps": np.array(motion.recording.fps), "origin": _origin(motion)[None]}
    write_npz(path, {**_arrays(motion), "shape": betas_of(motion, 300), **kept, **ours}, zeros)
    return []


def _origin(motion: Motion) -> FloatArray:
    """Where the file's origin is in the take: how far the still camera moved along."""
    assert motion.world_to_camera is not None
    take_camera = standing_camera(motion.recording.meta.get("world"))
    moved: FloatArray = (rigid_inverse(take_camera) @ motion.world_to_camera[0])[:3, 3]
    return moved


def _write_trained(motion: Motion, path: Path, options: Options) -> list[str]:
    kept = _kept_offsets(motion)
    zeros = {}
    if "static_offset" not in kept:
        zeros["static_offset"] = (1, options.num_vertices, 3)
    if "dynamic_offset" not in kept:
        zeros["dynamic_offset"] = (motion.num_frames, options.num_vertices, 3)
    write_npz(
        path,
        {**_arrays(motion), "shape": betas_of(motion, 300), **kept, "origin": _origin(motion)[None]},
        zeros,
    )
    return []


# --- folders ------------------------------------------------------------------------------------------------


def _is_folder(probe: Probe) -> bool:
    return (
        probe.is_dir and "flame_param" in probe.names and any(n.startswith("transforms") for n in probe.names)
    )


def _has_divisions(probe: Probe) -> bool:
    return any(
        n in probe.names
        for n in ("transforms_train.json", "transforms_backup.json", "transforms_backup_flame.json")
    )


def _read_folder(path: Path, name: str, options: Options) -> Motion:
    traps: list[str] = []
    transforms = read_transforms(
        path, ("transforms.json", "transforms_backup_flame.json", "transforms_train.json")
    )
    entries = one_camera_per_time(transforms, "flame_param_path", traps)
    folder = path.resolve()
    files = []
    for entry in entries:
        files.append(file_inside(folder, entry, "flame_param_path"))
    if not files:
        files = list_files(path / "flame_param", ".npz")
        traps.append(
            "transforms.json lists no frames; the files of flame_param are read in order, without cameras"
        )
    if not files:
        raise FileFormatError(f"{path.name}: flame_param holds no .npz files.")
    stacks: dict[str, list[FloatArray]] = {key: [] for key in _TO_PARAMS}
    betas = static = None
    for index, file in enumerate(files):
        with Npz(file) as npz:
            for key in _TO_PARAMS:
                width = _ROWS.get(key)
                row = npz_rows(npz, key, width) if width is None else optional_rows(npz, key, width, 1)
                if len(row) != 1:
                    raise FileFormatError(
                        f"{file.name}: '{key}' has {len(row)} frames, expected one per file."
                    )
                stacks[key].append(row[0])
            if index == 0:
                betas = vector(npz.array("shape"), "shape") if "shape" in npz else None
                traps += rotation_traps(npz, ("expr", *_ROWS))
                static, _ = _offsets(npz, 1, traps, ("static_offset",))
                if "dynamic_offset" in npz and not npz.is_zero("dynamic_offset"):
                    traps.append("dynamic_offset in the files is not read; take it from VHAP's tracked npz")
    if len({len(row) for row in stacks["expr"]}) > 1:
        raise FileFormatError(
            f"{path.name}: the number of expression coefficients changes from file to file."
        )
    canonical = path / "canonical_flame_param.npz"
    if canonical.is_file():
        with Npz(canonical) as npz:
            betas = vector(npz.array("shape"), "shape") if "shape" in npz else betas
    elif name == "lam":
        traps.append("no canonical_flame_param.npz: LAM reads the identity from it and stops")
    params = {_TO_PARAMS[key]: np.stack(stack) for key, stack in stacks.items()}
    camera = GL_TO_CV @ rigid_inverse(transforms.matrices(entries)) if entries else None
    return build(
        params, name, options, carries=_SEEN, betas=betas, traps=traps, world_to_camera=camera,
        intrinsics=transforms.intrinsics(entries) if entries else None, image_size=transforms.image_size,
        static_offset=static, fps=transforms.fps,
    )  # fmt: skip


def _write_folder(motion: Motion, path: Path, options: Options, *, divisions: bool) -> list[str]:
    frames = motion.num_frames
    (path / "flame_param").mkdir(parents=True, exist_ok=True)
    arrays = _arrays(motion)
    shape = betas_of(motion, 300)
    kept = _kept_offsets(motion)
    kept.pop("dynamic_offset", None)
    fixed = {"shape": shape, **kept}
    template = NpzTemplate({**{key: value[:1] for key, value in arrays.items()}, **fixed})
    for index in range(frames):
        rows = {key: value[index : index + 1] for key, value in arrays.items()}
        if index == 0 and not kept:  # GaussianAvatars indexes the first frame's, zeros allowed
            zero = {"static_offset": (1, options.num_vertices, 3)}
            write_npz(path / "flame_param" / "00000.npz", {**rows, **fixed}, zero)
        else:
            write_file(f"{path}/flame_param/{index:05d}.npz", template.fill(rows))
    still = {key: np.zeros_like(value[:1]) for key, value in arrays.items()}
    still["jaw_pose"] = np.array([[0.3, 0, 0]], np.float32)
    write_npz(path / "canonical_flame_param.npz", {**still, **fixed})
    assert motion.world_to_camera is not None
    matrices = rigid_inverse(GL_TO_CV @ motion.world_to_camera)
    k, size = intrinsics_of(motion.recording)
    same = not np.ptp(k, axis=0).any()
    shared = fill_intrinsics(k[0], size)
    entries = []
    poses = matrices.tolist()
    for index in range(frames):
        entries.append(
            {
                "timestep_index": index, "timestep_index_original": index, "timestep_id": f"{index:05d}",
                "camera_index": 0, "camera_id": "0", **(shared if same else fill_intrinsics(k[index], size)),
                "transform_matrix": poses[index],
                "file_path": f"images/{index:05d}_00.png", "fg_mask_path": f"fg_masks/{index:05d}_00.png",
                "flame_param_path": f"flame_param/{index:05d}.npz",
            }
        )  # fmt: skip
    top = {
        **shared,
        "timestep_indices": list(range(frames)),
        "camera_indices": [0],
        "fps": motion.recording.fps,
    }
    whole = encode_transforms(top, entries)
    last = encode_transforms(top, entries[-max(1, frames // 10) :])
    files = {"": whole}
    if divisions:
        files |= {"_backup": whole, "_backup_flame": whole, "_train": whole, "_val": last, "_test": last}
    for name, text in files.items():
        write_file(path / f"transforms{name}.json", text)
    lost = ["images and masks (the paths in transforms.json name files that you add)"]
    if motion.dynamic_offset is not None:
        lost.append("dynamic_offset (write 'vhap' or 'gaussian-avatars' to keep it)")
    return lost


def _read_export(path: Path, options: Options) -> Motion:
    return _read_folder(path, "vhap-export", options)


def _read_lam(path: Path, options: Options) -> Motion:
    return _read_folder(path, "lam", options)


def _write_export(motion: Motion, path: Path, options: Options) -> list[str]:
    return _write_folder(motion, path, options, divisions=True)


def _write_lam(motion: Motion, path: Path, options: Options) -> list[str]:
    lost = _write_folder(motion, path, options, divisions=False)
    write_file(path / NAME, web_params(motion))  # app_lam.py packs it from here for the browser
    return lost


FORMATS = (
    Format(
        "vhap",
        "ShenhanQian/VHAP",
        (".npz",),
        _SEEN,
        "root",
        "tracked_flame_params_*.npz of the tracker",
        lambda p: _is_family(p) and bool({"timestep_id", "n_processed_frames"} & _keys(p)),
        _read_vhap,
        _write_vhap,
        poses=("root", "neck"),
        num_expression=100,
        stands="head",
        keeps_rate=True,
    ),
    Format(
        "gaussian-avatars-trained",
        "ShenhanQian/GaussianAvatars",
        (".npz",),
        _CARRIES,
        "root",
        "point_cloud/iteration_N/flame_param.npz of a trained avatar",
        lambda p: _is_family(p) and "static_offset" in _keys(p) and "fps" not in _keys(p),
        _read_trained,
        _write_trained,
        poses=("root", "neck"),
        num_expression=100,
        stands="centred",
    ),
    Format(
        "gaussian-avatars",
        "ShenhanQian/GaussianAvatars",
        (".npz",),
        _CARRIES,
        "root",
        "motion npz for local_viewer.py --motion_path: float32, with dynamic_offset",
        _is_family,
        _read_motion,
        _write_motion,
        poses=("root", "neck"),
        num_expression=100,
        stands="centred",
        keeps_rate=True,
    ),
    Format(
        "vhap-export",
        "ShenhanQian/VHAP",
        (),
        _SEEN,
        "root",
        "data set folder: flame_param/*.npz, transforms*.json",
        lambda p: _is_folder(p) and _has_divisions(p),
        _read_export,
        _write_export,
        folder=True,
        poses=("root", "neck", "camera"),
        num_expression=100,
        stands="file",
        keeps_rate=True,
    ),
    Format(
        "lam",
        "aigc3d/LAM",
        (),
        _SEEN,
        "root",
        "motion folder: flame_param/*.npz, transforms.json",
        _is_folder,
        _read_lam,
        _write_lam,
        folder=True,
        poses=("root", "neck", "camera"),
        num_expression=100,
        stands="file",
        keeps_rate=True,
    ),
)
