"""VHAP's tracked ``.npz`` and GaussianAvatars' motion and trained ``.npz``; the keys are those of ``flame_keys``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from ...base.safe_npz import Npz
from ...base.values import FloatArray
from ...observe.move_head import rigid_inverse
from . import kept
from .base import Format, Motion, Options, Probe
from .build import build
from .camera_json import pinhole
from .files import write_npz
from .flame_keys import CARRIES, NAMES, WIDTHS, arrays_of, offsets_of, read_offset
from .lens import intrinsics_of, mean_focal, standing_camera, told
from .rows import npz_number, npz_rows, npz_vector, optional_rows, rotation_traps


def _keys(probe: Probe) -> frozenset[str]:
    return frozenset(probe.shapes())


def _is_family(probe: Probe) -> bool:
    return {"expr", "rotation", "translation"} <= _keys(probe)


def _read(path: Path, options: Options) -> Motion:
    with Npz(path) as npz:
        params = {"expression": npz_rows(npz, "expr")}
        frames = len(params["expression"])
        for key, width in WIDTHS.items():
            params[NAMES[key]] = optional_rows(npz, key, width, frames)
        traps = rotation_traps(npz, ("expr", *WIDTHS, "dynamic_offset"))
        absent = [key for key in WIDTHS if key not in npz]
        if absent:
            traps.append(f"no {', '.join(absent)}: GaussianAvatars stops with a KeyError; zeros were read")
        if "dynamic_offset" not in npz:
            traps.append(
                "no dynamic_offset: local_viewer.py --motion_path of GaussianAvatars stops with a KeyError"
            )
        static, dynamic = (
            read_offset(npz, key, frames, traps) for key in ("static_offset", "dynamic_offset")
        )
        betas, done = npz_vector(npz, "shape"), npz_number(npz, "n_processed_frames")
        if done is not None and done < frames:
            traps.append(f"only {int(done)} of {frames} frames were processed by the tracker")
        size, intrinsics = _stored_camera(npz, options, traps)
        if "origin" in npz:  # ours: where the mean position was
            params["transl"] = params["transl"] + npz_rows(npz, "origin", 3, 1)
        fps = npz_number(npz, "fps") or 0.0
    return build(
        params, options, betas=betas, traps=traps, static_offset=None if static is None else static[0],
        dynamic_offset=dynamic, intrinsics=intrinsics, image_size=size, fps=fps if 0 < fps <= 10_000 else None,
    )  # fmt: skip


def _stored_camera(
    npz: Npz, options: Options, traps: list[str]
) -> tuple[tuple[int, int] | None, FloatArray | None]:
    """Picture size and intrinsics of a tracked npz.

    VHAP's focal length counts the longer side, and the picture's size is in its data set only (``image_size``
    is ours).
    """
    size, focal = options.image_size, npz_number(npz, "focal_length")
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
    motion = _read(path, options)
    motion.recording.meta["world"] = "head"  # its camera stands at (0, 0, 1)
    return motion


def _read_trained(path: Path, options: Options) -> Motion:
    motion = _read(path, options)
    motion.traps.append(
        "parameters were fine-tuned with this avatar: on another avatar they fit less well than the tracker's own"
    )
    return motion


def _write_vhap(motion: Motion, path: Path, options: Options) -> list[str]:
    k, size = intrinsics_of(motion.recording)
    arrays = {
        **arrays_of(motion),
        "shape": motion.identity(300),
        "timestep_id": np.array([f"{i:05d}" for i in range(motion.num_frames)]),
        "n_processed_frames": np.array(motion.num_frames),
        "focal_length": mean_focal(k)[:1].astype(np.float32) / max(size),
        "image_size": np.array(size),
        "fps": np.array(motion.recording.fps),
    }
    write_npz(path, arrays | offsets_of(motion, options.num_vertices)[0])
    return ["texture, light, config.yml (VHAP's tracker makes them)", *told(k, size, changes=True)]


def _write_avatar(motion: Motion, path: Path, options: Options, *, trained: bool) -> list[str]:
    held, zeros = offsets_of(motion, options.num_vertices)
    # the viewer drops what is not float32 without a word: rate and origin are for whoever reads the file back
    ours = {"origin": _origin(motion)[None]} | ({} if trained else {"fps": np.array(motion.recording.fps)})
    write_npz(path, {**arrays_of(motion), "shape": motion.identity(300), **held, **ours}, zeros)
    return []


def _origin(motion: Motion) -> FloatArray:
    """Where the file's origin is in the take: how far the still camera moved along."""
    assert motion.world_to_camera is not None
    take_camera = standing_camera(motion.recording.meta.get("world"))
    moved: FloatArray = (rigid_inverse(take_camera) @ motion.world_to_camera[0])[:3, 3]
    return moved


FORMATS = (
    Format(
        "vhap", "ShenhanQian/VHAP", (".npz",), CARRIES | {kept.CAMERA}, ("root", "neck"),
        "tracked_flame_params_*.npz of the tracker",
        lambda probe: _is_family(probe) and bool({"timestep_id", "n_processed_frames"} & _keys(probe)),
        _read_vhap, _write_vhap, num_expression=100, stands="head", keeps_rate=True,
    ),
    Format(
        "gaussian-avatars-trained", "ShenhanQian/GaussianAvatars", (".npz",), CARRIES, ("root", "neck"),
        "point_cloud/iteration_N/flame_param.npz of a trained avatar",
        lambda probe: _is_family(probe) and "static_offset" in _keys(probe) and "fps" not in _keys(probe),
        _read_trained, partial(_write_avatar, trained=True), num_expression=100, stands="centred",
    ),
    Format(
        "gaussian-avatars", "ShenhanQian/GaussianAvatars", (".npz",), CARRIES, ("root", "neck"),
        "motion npz for local_viewer.py --motion_path: float32, with dynamic_offset",
        _is_family, _read, partial(_write_avatar, trained=False), num_expression=100, stands="centred", keeps_rate=True,
    ),
)  # fmt: skip
