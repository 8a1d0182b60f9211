"""Trackers and generators whose take is a few stacked arrays.

DECA, EMOCA, SMIRK, SHeaP, DualTalk, AnimPortrait3D, SMPL-X.

Sources: DECA ``decalib/deca.py`` (codedict), EMOCA ``gdl_apps/EMOCA/utils/io.py`` (folder per image), SMIRK
``src/smirk_encoder.py``, SHeaP ``demo.py``, EMAGE ``emage_utils/motion_io.py`` (SMPL-X npz), AnimPortrait3D's
``*expressions.npy`` with ``*poses.npy`` (global, neck, jaw, left eye, right eye). DECA, SMIRK and SHeaP
keep their
results in memory: the ``.npz`` here are their dictionaries, stacked over frames.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...base.errors import FileFormatError
from ...base.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from ...base.safe_npz import Npz, npy_bytes, npy_header, npy_shape, read_npy
from ...base.values import FloatArray
from ...base.write import atomic_write
from .base import (  # fmt: skip
    ALL_PARAMS,
    BETAS,
    EXPRESSION,
    EYELIDS,
    EYES,
    JAW,
    ROTATION,
    SPLIT,
    TIMES,
    Format,
    Motion,
    Options,
    Probe,
    betas_of,
    build,
    npz_rows,
    optional_rows,
    rotation_traps,
    rows,
    vector,
)
from .files import MAX_FILES, chosen_files, write_file, write_npz

_WEAK_CAMERA = "head position: this tracker's camera is orthographic (scale and shift in the picture)"


def _keys(probe: Probe) -> dict[str, tuple[int, ...]]:
    return probe.shapes()


# --- DECA ---------------------------------------------------------------------------------------------------


def _is_deca(probe: Probe) -> bool:
    shapes = _keys(probe)
    return (
        {"exp", "pose"} <= shapes.keys()
        and bool({"cam", "tex", "light", "detail"} & shapes.keys())
        and (
            shapes["pose"][-1:] == (6,) and "eye_pose" not in shapes and shapes.get("cam", (3,))[-1:] == (3,)
        )
    )


def _read_deca(path: Path, options: Options) -> Motion:
    with Npz(path) as npz:
        expression = npz_rows(npz, "exp")
        pose = npz_rows(npz, "pose", 6, len(expression))
        traps = ["pose is global rotation, then jaw; the camera is orthographic: no head position, no eyes"]
        traps += rotation_traps(npz, ("exp", "pose"))
        betas, more = _first_shape(npz, "shape")
        params = {"expression": expression, "global_orient": pose[:, :3], "jaw_pose": pose[:, 3:]}
    return build(params, "deca", options, carries=_DECA, betas=betas, traps=traps + more)


def _first_shape(npz: Npz, key: str) -> tuple[FloatArray | None, list[str]]:
    if key not in npz:
        return None, []
    value = np.asarray(npz.array(key))
    betas = vector(value, key)
    flat = value.reshape(-1, value.shape[-1])
    if np.abs(flat - flat[:1]).max(initial=0) > 1e-4:
        return betas, [f"{key} changes from frame to frame (the tracker guesses it anew); the first is taken"]
    return betas, []


def _write_deca(motion: Motion, path: Path, options: Options) -> list[str]:
    record, frames = motion.recording, motion.num_frames
    write_npz(
        path,
        {
            "shape": np.repeat(betas_of(motion, 100)[None], frames, 0),
            "tex": np.zeros((frames, 50), np.float32),
            "exp": record.expression,
            "pose": np.concatenate([record.global_orient, record.jaw_pose], axis=1),
            "cam": np.tile(np.array([[8.0, 0.0, 0.0]], np.float32), (frames, 1)),
            "light": np.zeros((frames, 9, 3), np.float32),
        },
    )
    return [_WEAK_CAMERA, *_no_eyes(motion)]


def _no_eyes(motion: Motion) -> list[str]:
    return ["eye rotation"] if np.any(motion.recording.eye_pose) else []


_DECA = frozenset({EXPRESSION, JAW, ROTATION, BETAS})

# --- EMOCA --------------------------------------------------------------------------------------------------


def _emoca_frames(path: Path) -> list[Path]:
    if (path / "exp.npy").is_file():
        return [path]
    import os

    found = []
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir() and (path / entry.name / "exp.npy").is_file():
                found.append(path / entry.name)
                if len(found) > MAX_FILES:
                    raise FileFormatError(f"{path.name} holds more than {MAX_FILES} folders; split the take.")
    return chosen_files([entry.name for entry in found], path)


def _is_emoca(probe: Probe) -> bool:
    if not probe.is_dir or any(name.endswith(".frame") for name in probe.names):
        return False
    if "exp.npy" in probe.names:
        return "pose.npy" in probe.names
    return any((probe.path / name / "exp.npy").is_file() for name in probe.names[:50])


def _read_emoca(path: Path, options: Options) -> Motion:
    folders = _emoca_frames(path)
    if not folders:
        raise FileFormatError(f"{path.name} holds no folders with exp.npy and pose.npy.")
    expression, pose = [], []
    for folder in folders:
        expression.append(rows(read_npy(folder / "exp.npy"), "exp.npy", None, 1)[0])
        pose.append(rows(read_npy(folder / "pose.npy"), "pose.npy", 6, 1)[0])
    if len({len(row) for row in expression}) > 1:
        raise FileFormatError(f"{path.name}: exp.npy changes its length from folder to folder.")
    shape = folders[0] / "shape.npy"
    betas = vector(read_npy(shape), "shape.npy") if shape.is_file() else None
    stacked = np.stack(pose)
    params = {"expression": np.stack(expression), "global_orient": stacked[:, :3], "jaw_pose": stacked[:, 3:]}
    traps = ["pose is global rotation, then jaw; the camera is orthographic: no head position, no eyes"]
    return build(params, "emoca", options, carries=_DECA, betas=betas, traps=traps)


def _write_emoca(motion: Motion, path: Path, options: Options) -> list[str]:
    record = motion.recording
    pose = np.concatenate([record.global_orient, record.jaw_pose], axis=1)
    shape, tex = npy_bytes(betas_of(motion, 100)), npy_bytes(np.zeros(50, np.float32))
    heads = [npy_header(np.dtype(np.float32), (n,)) for n in (record.num_expression, 6)]
    path.mkdir(parents=True, exist_ok=True)
    for index in range(motion.num_frames):
        folder = f"{path}/{index:05d}_000"
        Path(folder).mkdir()
        write_file(f"{folder}/exp.npy", heads[0] + record.expression[index].tobytes())
        write_file(f"{folder}/pose.npy", heads[1] + pose[index].tobytes())
        write_file(f"{folder}/shape.npy", shape)
        write_file(f"{folder}/tex.npy", tex)
    return [_WEAK_CAMERA, "texture, detail, meshes and pictures", *_no_eyes(motion)]


# --- SMIRK --------------------------------------------------------------------------------------------------

_SMIRK = frozenset({EXPRESSION, JAW, ROTATION, BETAS, EYELIDS})


def _read_smirk(path: Path, options: Options) -> Motion:
    with Npz(path) as npz:
        expression = npz_rows(npz, "expression_params")
        frames = len(expression)
        params = {
            "expression": expression,
            "global_orient": npz_rows(npz, "pose_params", 3, frames),
            "jaw_pose": optional_rows(npz, "jaw_params", 3, frames),
        }
        lids = npz_rows(npz, "eyelid_params", 2, frames) if "eyelid_params" in npz else None
        betas, traps = _first_shape(npz, "shape_params")
        traps += rotation_traps(npz, ("expression_params", "pose_params", "jaw_params"))
    traps.append(
        "blinks sit in eyelid_params, outside FLAME: a FLAME that does not add them keeps its eyes open"
    )
    return build(params, "smirk", options, carries=_SMIRK, betas=betas, traps=traps, eyelids=lids)


def _write_smirk(motion: Motion, path: Path, options: Options) -> list[str]:
    record, frames = motion.recording, motion.num_frames
    write_npz(
        path,
        {
            "pose_params": record.global_orient,
            "cam": np.tile(np.array([[8.0, 0.0, 0.0]], np.float32), (frames, 1)),
            "shape_params": np.repeat(betas_of(motion, 300)[None], frames, 0),
            "expression_params": record.expression,
            "eyelid_params": _lids(motion),
            "jaw_params": record.jaw_pose,
        },
    )
    return [_WEAK_CAMERA, *_no_eyes(motion)]


def _lids(motion: Motion) -> FloatArray:
    if motion.eyelids is not None and len(motion.eyelids) == motion.num_frames:
        return motion.eyelids.astype(np.float32)
    return np.zeros((motion.num_frames, 2), np.float32)


# --- SHeaP --------------------------------------------------------------------------------------------------

_SHEAP = ALL_PARAMS | {BETAS, EYELIDS}


def _read_sheap(path: Path, options: Options) -> Motion:
    with Npz(path) as npz:
        expression = npz_rows(npz, "expr")
        frames = len(expression)
        eyes = [optional_rows(npz, key, 3, frames) for key in ("eye_l_pose", "eye_r_pose")]
        params = {
            "expression": expression,
            "global_orient": npz_rows(npz, "torso_pose", 3, frames),
            "neck_pose": optional_rows(npz, "neck_pose", 3, frames),
            "jaw_pose": optional_rows(npz, "jaw_pose", 3, frames),
            "eye_pose": np.concatenate(eyes, axis=1),
            "transl": optional_rows(npz, "cam_trans", 3, frames),
        }
        lids = npz_rows(npz, "eyelids", 2, frames) if "eyelids" in npz else None
        betas, traps = _first_shape(npz, "shape_from_facenet")
        traps += rotation_traps(npz, ("expr", "torso_pose"))
    traps.append("blinks sit in eyelids, outside FLAME: a FLAME that does not add them keeps its eyes open")
    return build(params, "sheap", options, carries=_SHEAP, betas=betas, traps=traps, eyelids=lids)


def _write_sheap(motion: Motion, path: Path, options: Options) -> list[str]:
    record, frames = motion.recording, motion.num_frames
    write_npz(
        path,
        {
            "shape_from_facenet": np.repeat(betas_of(motion, 300)[None], frames, 0),
            "expr": record.expression,
            "torso_pose": record.global_orient,
            "neck_pose": record.neck_pose,
            "jaw_pose": record.jaw_pose,
            "eye_l_pose": record.eye_pose[:, :3],
            "eye_r_pose": record.eye_pose[:, 3:],
            "eyelids": _lids(motion),
            "cam_trans": record.transl,
        },
    )
    return []


# --- DualTalk -----------------------------------------------------------------------------------------------

_DUALTALK = frozenset({EXPRESSION, JAW, ROTATION})


def _is_dualtalk(probe: Probe) -> bool:
    shapes = _keys(probe)
    return {"exp", "pose"} <= shapes.keys() and shapes["pose"][-1:] == (6,) and "eye_pose" not in shapes


def _read_dualtalk(path: Path, options: Options) -> Motion:
    with Npz(path) as npz:
        expression = npz_rows(npz, "exp")
        pose = npz_rows(npz, "pose", 6, len(expression))
        traps = ["pose is neck, then jaw (DECA's, of the same shape, is global, then jaw)"]
        traps += rotation_traps(npz, ("exp", "pose"))
    params = {"expression": expression, "neck_pose": pose[:, :3], "jaw_pose": pose[:, 3:]}
    return build(params, "dualtalk", options, carries=_DUALTALK, traps=traps)


def _write_dualtalk(motion: Motion, path: Path, options: Options) -> list[str]:
    record = motion.recording
    pose = np.concatenate([record.neck_pose, record.jaw_pose], axis=1)
    write_npz(path, {"exp": record.expression, "pose": pose})
    return ["head position", *_no_eyes(motion)]


# --- AnimPortrait3D -----------------------------------------------------------------------------------------

_PAIRS = (("expressions", "poses"), ("exp", "pose"), ("expression", "pose"))
_ANIM = frozenset({EXPRESSION, JAW, EYES, ROTATION, SPLIT})


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
    if probe.is_dir or probe.head[:6] != b"\x93NUMPY":
        return False
    pair = _pair(probe.path)
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
    params = {
        "expression": expression,
        "global_orient": pose[:, :3],
        "neck_pose": pose[:, 3:6],
        "jaw_pose": pose[:, 6:9],
        "eye_pose": pose[:, 9:],
    }
    return build(
        params, "animportrait3d", options, carries=_ANIM, traps=["two files make one take; no head position"]
    )


def _write_pair(motion: Motion, path: Path, options: Options) -> list[str]:
    record = motion.recording
    pair = [(f, s) for f, s in _PAIRS if path.stem.endswith(f)]
    first, second = pair[0] if pair else _PAIRS[0]
    stem = path.stem.removesuffix(first).rstrip("_") if pair else path.stem
    exp_path = path if pair else path.with_name(f"{stem}_{first}.npy")
    pose = np.concatenate([record.global_orient, record.neck_pose, record.jaw_pose, record.eye_pose], axis=1)
    pose_path = exp_path.with_name(exp_path.stem.removesuffix(first) + second + ".npy")
    for place, array in ((exp_path, record.expression), (pose_path, pose)):
        with atomic_write(place) as file:
            file.write(npy_bytes(array))
    return ["head position"] if np.any(record.transl) else []


# --- SMPL-X -------------------------------------------------------------------------------------------------

_SMPLX = ALL_PARAMS | {BETAS, TIMES}
_NECK, _HEAD, _JAW, _EYES = slice(36, 39), slice(45, 48), slice(66, 69), slice(69, 75)
_SPINE = (slice(0, 3), slice(9, 12), slice(18, 21), slice(27, 30))


def _is_smplx(probe: Probe) -> bool:
    shapes = _keys(probe)
    return {"poses", "trans"} <= shapes.keys() and shapes["poses"][-1:] == (165,)


def _read_smplx(path: Path, options: Options) -> Motion:
    with Npz(path) as npz:
        poses = npz_rows(npz, "poses", 165)
        frames = len(poses)
        traps = rotation_traps(npz, ("poses", "expressions"))
        key = "expressions" if "expressions" in npz else "expression"
        expression = npz_rows(npz, key, None, frames) if key in npz else np.zeros((frames, 0), np.float32)
        transl = npz_rows(npz, "trans", 3, frames)
        betas = vector(npz.array("betas"), "betas") if "betas" in npz else None
        rate = None
        for name in ("mocap_frame_rate", "mocap_framerate"):
            if name in npz and npz.dtype(name).kind in "fiu":
                value = float(npz.array(name).reshape(-1)[0])
                rate = value if 0 < value <= 10_000 else None
    orient = poses[:, _NECK]
    if any(np.any(poses[:, part]) for part in _SPINE):
        traps.append(
            "the body moves too: pelvis and spine were turned into the head's global_orient, trans is "
            "the body's"
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
    params = {
        "expression": expression,
        "global_orient": orient,
        "neck_pose": poses[:, _HEAD],
        "jaw_pose": poses[:, _JAW],
        "eye_pose": poses[:, _EYES],
        "transl": transl,
    }
    return build(params, "smplx", options, carries=_SMPLX, betas=betas, traps=traps, fps=rate)


def _write_smplx(motion: Motion, path: Path, options: Options) -> list[str]:
    record, frames = motion.recording, motion.num_frames
    poses = np.zeros((frames, 165), np.float32)
    poses[:, _NECK], poses[:, _HEAD] = record.global_orient, record.neck_pose
    poses[:, _JAW], poses[:, _EYES] = record.jaw_pose, record.eye_pose
    rate = record.fps or 30.0
    whole = round(rate)
    arrays = {
        "betas": betas_of(motion, 300),
        "poses": poses,
        "expressions": record.expression,
        "trans": record.transl,
        "model": np.array("smplx2020"),
        "gender": np.array("neutral"),
        "mocap_frame_rate": np.array(whole if abs(rate - whole) < 1e-3 * rate else rate),
    }
    write_npz(path, arrays)
    return [
        "nothing of the head; the body stands still, FLAME's root is its neck (12) and FLAME's neck its "
        "head (15)"
    ]


FORMATS = (
    Format(
        "smplx",
        "SMPL-X / AMASS style (EMAGE, Blender add-on)",
        (".npz",),
        _SMPLX,
        "root",
        "npz with poses (T,165), expressions, trans, frame rate",
        _is_smplx,
        _read_smplx,
        _write_smplx,
        poses=("root", "neck"),
        num_expression=100,
    ),
    Format(
        "smirk",
        "georgeretsi/smirk",
        (".npz",),
        _SMIRK,
        "root",
        "its output dictionary, stacked, as npz",
        lambda p: {"expression_params", "pose_params"} <= _keys(p).keys(),
        _read_smirk,
        _write_smirk,
        poses=("root",),
        num_expression=50,
    ),
    Format(
        "sheap",
        "nlml/sheap",
        (".npz",),
        _SHEAP,
        "root",
        "its output dictionary, stacked, as npz",
        lambda p: {"expr", "torso_pose"} <= _keys(p).keys(),
        _read_sheap,
        _write_sheap,
        poses=("root", "neck"),
        num_expression=100,
    ),
    Format(
        "deca",
        "yfeng95/DECA",
        (".npz",),
        _DECA,
        "root",
        "its codedict, stacked, as npz",
        _is_deca,
        _read_deca,
        _write_deca,
        poses=("root",),
        num_expression=50,
    ),
    Format(
        "dualtalk",
        "ZiqiaoPeng/DualTalk",
        (".npz",),
        _DUALTALK,
        "neck",
        "npz with exp (T,50) and pose (T,6)",
        _is_dualtalk,
        _read_dualtalk,
        _write_dualtalk,
        poses=("neck",),
        num_expression=50,
    ),
    Format(
        "emoca",
        "radekd91/emoca",
        (),
        _DECA,
        "root",
        "folder per image: exp.npy, pose.npy, shape.npy, tex.npy",
        _is_emoca,
        _read_emoca,
        _write_emoca,
        folder=True,
        poses=("root",),
        num_expression=50,
    ),
    Format(
        "animportrait3d",
        "oneThousand1000/AnimPortrait3D",
        (".npy",),
        _ANIM,
        "root",
        "NAME_expressions.npy with NAME_poses.npy",
        _is_pair,
        _read_pair,
        _write_pair,
        poses=("root", "neck"),
        num_expression=100,
    ),
)
