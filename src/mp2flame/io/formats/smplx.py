"""SMPL-X and AMASS style ``.npz``: ``poses (T,165)``, ``expressions``, ``trans`` (EMAGE ``emage_utils/motion_io.py``)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...base.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from ...base.safe_npz import Npz
from . import kept
from .base import Format, Motion, Options, Probe
from .build import build
from .files import write_npz
from .rows import npz_number, npz_rows, npz_vector, rotation_traps

_NECK, _HEAD, _JAW, _EYES = slice(36, 39), slice(45, 48), slice(66, 69), slice(69, 75)
_SPINE = (slice(0, 3), slice(9, 12), slice(18, 21), slice(27, 30))


def _sniff(probe: Probe) -> bool:
    shapes = probe.shapes()
    return {"poses", "trans"} <= shapes.keys() and shapes["poses"][-1:] == (165,)


def _read(path: Path, options: Options) -> Motion:
    with Npz(path) as npz:
        poses = npz_rows(npz, "poses", 165)
        frames = len(poses)
        traps = rotation_traps(npz, ("poses", "expressions"))
        params = {"transl": npz_rows(npz, "trans", 3, frames)}
        key = "expressions" if "expressions" in npz else "expression"
        if key in npz:
            params["expression"] = npz_rows(npz, key, None, frames)
        betas = npz_vector(npz, "betas")
        rates = [npz_number(npz, f"mocap_frame{name}rate") or 0.0 for name in ("", "_")]
    orient = poses[:, _NECK]
    if any(np.any(poses[:, part]) for part in _SPINE):
        traps.append(
            "the body moves too: pelvis and spine were turned into the head's global_orient, trans is the body's"
        )
        finite = np.where(np.isfinite(poses), poses, 0)
        turn = axis_angle_to_matrix(finite[:, _SPINE[0]])
        for part in (*_SPINE[1:], _NECK):
            turn = turn @ axis_angle_to_matrix(finite[:, part])
        orient = matrix_to_axis_angle(turn).astype(np.float32)
        orient[~np.isfinite(poses).all(axis=1)] = np.nan
    traps.append(
        "expression and betas are SMPL-X's: the expression basis is FLAME's, betas of the body are not"
    )
    params |= {
        "global_orient": orient, "neck_pose": poses[:, _HEAD], "jaw_pose": poses[:, _JAW], "eye_pose": poses[:, _EYES],
    }  # fmt: skip
    rate = next((rate for rate in rates if 0 < rate <= 10_000), None)
    return build(params, options, betas=betas, traps=traps, fps=rate)


def _write(motion: Motion, path: Path, options: Options) -> list[str]:
    record = motion.recording
    poses = np.zeros((motion.num_frames, 165), np.float32)
    poses[:, _NECK], poses[:, _HEAD] = record.global_orient, record.neck_pose
    poses[:, _JAW], poses[:, _EYES] = record.jaw_pose, record.eye_pose
    rate = record.fps or 30.0
    whole = round(rate)
    arrays = {
        "betas": motion.identity(300), "poses": poses, "expressions": record.expression, "trans": record.transl,
        "model": np.array("smplx2020"), "gender": np.array("neutral"),
        "mocap_frame_rate": np.array(whole if abs(rate - whole) < 1e-3 * rate else rate),
    }  # fmt: skip
    write_npz(path, arrays)
    return [
        "nothing of the head; the body stands still, FLAME's root is its neck (12) and FLAME's neck its head (15)"
    ]


FORMATS = (
    Format(
        "smplx", "SMPL-X / AMASS style (EMAGE, Blender add-on)", (".npz",),
        kept.PARAMS | {kept.BETAS, kept.TIMES}, ("root", "neck"),
        "npz with poses (T,165), expressions, trans, frame rate", _sniff, _read, _write, num_expression=100,
    ),
)  # fmt: skip
