"""The keys that VHAP, GaussianAvatars and LAM share: parameters under their names, offsets of the vertices.

Keys (VHAP ``vhap/model/tracker.py``, ``vhap/export_as_nerf_dataset.py``; GaussianAvatars
``scene/flame_gaussian_model.py``; LAM ``lam/runners/infer/head_utils.py``): ``rotation`` = root, ``translation``,
``neck_pose``, ``jaw_pose``, ``eyes_pose`` = left, right, ``expr``, ``shape``. FLAME turns about its own root joint
(``zero_centered_at_root_node=False``).
"""

from __future__ import annotations

import numpy as np

from ...base.errors import FileFormatError
from ...base.safe_npz import Npz
from ...base.values import FloatArray
from . import kept
from .base import Motion
from .files import MAX_ARRAY_BYTES

WIDTHS = {"rotation": 3, "translation": 3, "neck_pose": 3, "jaw_pose": 3, "eyes_pose": 6}
NAMES = {
    "rotation": "global_orient", "translation": "transl", "neck_pose": "neck_pose", "jaw_pose": "jaw_pose",
    "eyes_pose": "eye_pose", "expr": "expression",
}  # fmt: skip
"""Key to parameter."""
CARRIES = kept.PARAMS | {kept.BETAS}
_VERTICES = (5023, 5143)


def arrays_of(motion: Motion) -> dict[str, FloatArray]:
    """A recording's parameters under these keys."""
    return {key: getattr(motion.recording, name) for key, name in NAMES.items()}


def offsets_of(motion: Motion, num_vertices: int) -> tuple[dict[str, FloatArray], dict[str, tuple[int, ...]]]:
    """The offsets that a motion holds, and the shapes of those that it lacks, which are zero."""
    held, frames = {}, motion.num_frames
    if motion.static_offset is not None:
        held["static_offset"] = motion.static_offset[None]
    if motion.dynamic_offset is not None and len(motion.dynamic_offset) == frames:
        held["dynamic_offset"] = motion.dynamic_offset
    every = {"static_offset": (1, num_vertices, 3), "dynamic_offset": (frames, num_vertices, 3)}
    return held, {key: shape for key, shape in every.items() if key not in held}


def read_offset(npz: Npz, key: str, frames: int, traps: list[str]) -> FloatArray | None:
    """Offsets ``(frames, V, 3)``; None for zeros, and for what is missing or cannot be used."""
    if key not in npz:
        return None
    shape, dtype = npz.shape(key), npz.dtype(key)
    if len(shape) != 3 or shape[-1] != 3 or (key == "dynamic_offset" and shape[0] != frames):
        raise FileFormatError(f"{npz.label}: '{key}' has shape {shape}, expected (frames, vertices, 3).")
    if shape[1] not in _VERTICES:
        traps.append(f"{key} is for {shape[1]} vertices; stock avatars have 5143 (5023 and 120 of the teeth)")
    if npz.is_zero(key):
        return None
    if dtype.kind != "f":
        raise FileFormatError(f"{npz.label}: '{key}' is not made of decimal numbers.")
    if int(np.prod(shape)) * dtype.itemsize > MAX_ARRAY_BYTES:
        traps.append(f"{key} is larger than {MAX_ARRAY_BYTES >> 20} MiB and was left out")
        return None
    value = npz.array(key).astype(np.float32)
    if not np.isfinite(value).all():
        traps.append(f"{key} holds NaN and was left out")
        return None
    return value
