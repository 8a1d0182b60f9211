"""metrical-tracker and pixel3dmm: a folder of ``.frame`` files, each a ``torch.save`` of NumPy arrays.

Read without torch and without running anything (``torch_file``). Written byte for byte as torch's zip format.

metrical-tracker (``tracker.py``, save_checkpoint): the head stands still, ``camera`` R (6D) and t follow
PyTorch3D (rows times R, x left, y up, z forward), the same in ``opencv``. eyes = two 6D, jaw = 6D. pixel3dmm
(``src/pixel3dmm/tracking/tracker.py``): head pose R (6D), t with x = R x_flame + t about the origin, neck 6D,
base camera in OpenGL axes at (0, 0, 1). 6D are the first two rows of a matrix (PyTorch3D).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...base.errors import FileFormatError
from ...base.rotations import (
    axis_angle_to_matrix,
    matrix_to_axis_angle,
    matrix_to_rotation_6d,
    rotation_6d_to_matrix,
)
from ...base.values import FloatArray
from ...observe.head_pose import at_rest
from ...observe.move_head import DEFAULT_CAMERA, GL_TO_CV, rigid
from ...take.take import Take
from . import kept
from .base import Array, Format, Motion, Options, Probe
from .build import build
from .camera_json import pinhole
from .files import list_files, write_file
from .lens import intrinsics_of, mean_focal, told
from .rows import rows, stack_rows, vector
from .torch_file import FrameTemplate, read_frame

_P3D_TO_CV = np.diag([-1.0, -1.0, 1.0])


def _frame_folder(path: Path) -> Path:
    return path / "checkpoint" if (path / "checkpoint").is_dir() else path


def _first_frame(probe: Probe) -> Path | None:
    if not probe.is_dir:
        return probe.path if probe.path.suffix == ".frame" or probe.head[:2] == b"PK" else None
    names = probe.names
    if "checkpoint" in names:
        found = list_files(probe.path / "checkpoint", ".frame")
        return found[0] if found else None
    frames = [name for name in names if name.endswith(".frame")]
    return probe.path / frames[0] if frames else None


def _sniff(probe: Probe, wanted: bool) -> bool:
    """Pixel3dmm has a neck and a rotation in ``flame``, metrical-tracker has not."""
    path = _first_frame(probe)
    if path is None or (
        not probe.is_dir and probe.head[:2] == b"PK" and path.suffix != ".frame" and not _has_pickle(path)
    ):
        return False
    flame = read_frame(path).get("flame")
    return isinstance(flame, dict) and "exp" in flame and ("neck" in flame or "R" in flame) == wanted


def _has_pickle(path: Path) -> bool:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/data.pkl") for name in archive.namelist()[:100])


def _load(path: Path) -> list[dict[str, Any]]:
    if not path.is_dir():
        return [read_frame(path)]
    files = list_files(_frame_folder(path), ".frame")
    if not files:
        raise FileFormatError(f"{path.name} holds no .frame files.")
    return [read_frame(file) for file in files]


def _stack(frames: list[dict[str, Any]], group: str, key: str, width: int | None) -> FloatArray:
    out = []
    for index, frame in enumerate(frames):
        value = frame.get(group)
        value = value.get(key) if isinstance(value, dict) else None
        if not isinstance(value, np.ndarray):
            raise FileFormatError(f"frame {index} has no array {group}/{key}.")
        row = rows(value, f"{group}/{key}", width)
        if len(row) != 1:
            raise FileFormatError(f"frame {index}: {group}/{key} has {len(row)} rows, expected 1.")
        out.append(row[0])
    return stack_rows(out, f"{group}/{key}", "its width")


def _matrices(sixes: FloatArray) -> FloatArray:
    """Rotations of ``(T,6)``, NaN where those are not finite."""
    good = np.atleast_1d(np.isfinite(sixes).all(axis=1))
    out = rotation_6d_to_matrix(np.where(good[:, None], sixes, np.array([1, 0, 0, 0, 1, 0], np.float32)))
    out[~good] = np.nan
    return out


def _turns(matrices: FloatArray) -> FloatArray:
    """Axis-angle of ``(T,3,3)``, NaN where those are."""
    good = np.isfinite(matrices).all(axis=(1, 2))
    out = np.full((len(matrices), 3), np.nan)
    out[good] = matrix_to_axis_angle(matrices[good])
    return out.astype(np.float32)


def _sixes(turns: FloatArray) -> FloatArray:
    return matrix_to_rotation_6d(axis_angle_to_matrix(turns)).astype(np.float32)


def _common(frames: list[dict[str, Any]]) -> tuple[dict[str, FloatArray], FloatArray | None, FloatArray]:
    eyes = _stack(frames, "flame", "eyes", 12)
    params = {
        "expression": _stack(frames, "flame", "exp", None),
        "jaw_pose": _turns(_matrices(_stack(frames, "flame", "jaw", 6))),
        "eye_pose": np.concatenate(
            [_turns(_matrices(eyes[:, part])) for part in (slice(6), slice(6, 12))], axis=1
        ),
    }
    has_lids = all("eyelids" in f["flame"] for f in frames)
    lids = _stack(frames, "flame", "eyelids", 2) if has_lids else None
    return params, lids, vector(frames[0]["flame"].get("shape"), "flame/shape")


def _image_size(frames: list[dict[str, Any]]) -> tuple[int, int] | None:
    size = np.asarray(frames[0].get("img_size", ())).reshape(-1)
    if size.dtype.kind in "iuf" and len(size) == 2 and np.isfinite(size).all() and (size > 0).all():
        return int(size[0]), int(size[1])
    return None


_CARRIES = kept.MOTION | {kept.BETAS, kept.EYELIDS, kept.CAMERA}
_TRAP = "the .frame files are torch pickles: read here without running them, torch.load runs them"


# --- metrical-tracker ---------------------------------------------------------------------------------------


def _read_metrical(path: Path, options: Options) -> Motion:
    frames = _load(path)
    params, lids, betas = _common(frames)
    intrinsics = None
    if all(isinstance(f.get("opencv"), dict) for f in frames):
        turn = np.stack([_square(f["opencv"], "R") for f in frames])
        shift = _stack(frames, "opencv", "t", 3)
        intrinsics = np.stack([_square(f["opencv"], "K") for f in frames])
    else:
        turn = _P3D_TO_CV @ np.swapaxes(_matrices(_stack(frames, "camera", "R", 6)), 1, 2)
        shift = _stack(frames, "camera", "t", 3) @ _P3D_TO_CV
    size = _image_size(frames)
    if intrinsics is None and size is not None:
        intrinsics = _from_ndc(frames, size)
    return build(
        params, options, betas=betas, eyelids=lids, intrinsics=intrinsics, image_size=size, traps=[_TRAP],
        world_to_camera=rigid(turn.astype(np.float64), shift.astype(np.float64)),
    )  # fmt: skip


def _from_ndc(frames: list[dict[str, Any]], size: tuple[int, int]) -> FloatArray | None:
    """``(T,3,3)`` pixels from PyTorch3D's ``fl`` and ``pp``, which count half the picture's shorter side."""
    if not all("fl" in f["camera"] and "pp" in f["camera"] for f in frames):
        return None
    focal, middle = _stack(frames, "camera", "fl", None), _stack(frames, "camera", "pp", 2)
    half, out = min(size) / 2, np.tile(np.eye(3), (len(frames), 1, 1))
    out[:, 0, 0], out[:, 1, 1] = focal[:, 0] * half, focal[:, -1] * half
    out[:, :2, 2] = np.array([size[1], size[0]]) / 2 - middle * half
    return out


def _square(group: dict[str, Any], key: str) -> FloatArray:
    value = np.asarray(group.get(key))
    if value.dtype.kind != "f" or value.size != 9:
        raise FileFormatError(f"opencv/{key} is not a 3 x 3 matrix.")
    return value.reshape(3, 3).astype(np.float64)


def _write_metrical(motion: Motion, path: Path, options: Options) -> list[str]:
    record = motion.recording
    assert motion.world_to_camera is not None
    turn, shift = motion.world_to_camera[:, :3, :3], motion.world_to_camera[:, :3, 3]
    k, size = intrinsics_of(record)
    half = min(size) / 2
    focal = k[:, [0, 1], [0, 1]] / half
    middle = (np.array([size[1], size[0]]) / 2 - k[:, :2, 2]) / half
    fixed = {
        "flame": {"shape": motion.identity(300)[None], "tex": np.zeros((1, 140)), "sh": np.zeros((1, 9, 3))},
    }
    moving = {
        "flame": {
            "exp": record.expression, "eyes": _eyes(record.eye_pose), "eyelids": motion.lids(),
            "jaw": _sixes(record.jaw_pose),
        },
        "camera": {
            "R": matrix_to_rotation_6d(np.swapaxes(_P3D_TO_CV @ turn, 1, 2)), "t": shift @ _P3D_TO_CV,
            "fl": focal[:, :1] if np.allclose(focal[:, 0], focal[:, 1], rtol=1e-6) else focal, "pp": middle,
        },
        "opencv": {"R": turn, "t": shift, "K": k},
    }  # fmt: skip
    _write_frames(path / "checkpoint", fixed, moving, size, options.tensors, as_text=True)
    return ["texture, light (zeros are written)", "mesh/*.ply and images, which INSTA's scripts also want"]


def _eyes(eye_pose: FloatArray) -> FloatArray:
    return np.concatenate([_sixes(eye_pose[:, :3]), _sixes(eye_pose[:, 3:])], axis=1)


def _write_frames(
    folder: Path,
    fixed: dict[str, dict[str, Array]],
    moving: dict[str, dict[str, Array]],
    image_size: tuple[int, int],
    tensors: bool,
    *,
    as_text: bool,
    joints: FloatArray | None = None,
) -> None:
    """A ``.frame`` file a frame.

    Args:
        fixed, moving: group to name to array, ``(1, ...)`` the same in all files, and ``(T, ...)``.
        as_text: whether ``frame_id`` is a text.
        joints: ``(T,5,4,4)`` beside the groups.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = len(moving["flame"]["exp"])
    arrays = {
        f"{group}/{key}": np.ascontiguousarray(value, np.float32).reshape(count, 1, *value.shape[1:])
        for group, entries in moving.items()
        for key, value in entries.items()
    }
    content: dict[str, Any] = {
        group: {
            **{key: value.astype(np.float32) for key, value in fixed.get(group, {}).items()},
            **{key: arrays[f"{group}/{key}"][0] for key in entries},
        }
        for group, entries in moving.items()
    }
    if joints is not None:
        arrays["joint_transforms"] = joints.astype(np.float32)[:, None]
        content["joint_transforms"] = arrays["joint_transforms"][0]
    content |= {
        "img_size": np.array(image_size, np.int64), "frame_id": "00000" if as_text else 0, "global_step": 0,
    }  # fmt: skip
    maker = FrameTemplate(content, tensors)
    for index in range(count):
        name = f"{index:05d}"
        data = maker.fill({key: value[index] for key, value in arrays.items()}, name if as_text else index)
        write_file(f"{folder}/{name}.frame", data)


# --- pixel3dmm ----------------------------------------------------------------------------------------------


def _read_pixel3dmm(path: Path, options: Options) -> Motion:
    frames = _load(path)
    params, lids, betas = _common(frames)
    turn = _matrices(_stack(frames, "flame", "R", 6))
    shift = _stack(frames, "flame", "t", 3).astype(np.float64)
    root = options.joints[0]
    params["global_orient"] = _turns(turn)
    params["transl"] = (shift + turn @ root - root).astype(np.float32)
    params["neck_pose"] = _turns(_matrices(_stack(frames, "flame", "neck", 6)))
    camera = np.broadcast_to(DEFAULT_CAMERA, (len(frames), 4, 4)).copy()
    found = frames[0].get("camera")
    group: dict[str, Any] = found if isinstance(found, dict) else {}
    keys = sorted(key for key in group if key.startswith("R_base_"))
    traps = [_TRAP]
    if keys:
        serial = str(keys[0]).removeprefix("R_base_")
        base = rigid(
            _square(group, f"R_base_{serial}"),
            vector(group.get(f"t_base_{serial}"), "t_base").astype(np.float64),
        )
        camera[:] = GL_TO_CV @ base
        if len(keys) > 1:
            traps.append(f"{len(keys)} cameras in the file; the first, {serial}, is used")
    if len({str(f.get("frame_id")) for f in frames}) < len(frames):
        traps.append("frame ids repeat")
    return build(
        params, options, betas=betas, eyelids=lids, traps=traps, world_to_camera=camera,
        **_square_lens(group, _image_size(frames)),
    )  # fmt: skip


_HALF_PX = np.array([-0.5, 0.5])
"""Where ``project_points_screen_space`` puts the middle of the picture for ``pp`` 0, pixels from size / 2: it turns x
round in size - 1 and leaves y. The tracker compares it with landmarks as shares of the picture times its size."""


def _square_lens(group: dict[str, Any], size: tuple[int, int] | None) -> dict[str, Any]:
    """Pixel3dmm's camera is for a square picture; one that is not square lies at its top left (``_write_pixel3dmm``)."""
    if size is None or not all(isinstance(group.get(key), np.ndarray) for key in ("fl", "pp")):
        return {"image_size": size}
    focal, middle = vector(group["fl"], "fl")[0], vector(group["pp"], "pp").astype(np.float64)
    side = max(size)
    if len(middle) != 2 or not focal > 0:
        return {"image_size": size}
    cx, cy = side / 2 + _HALF_PX + middle * (side / 2 + 0.5)
    return {"image_size": size, "intrinsics": pinhole(focal * side, focal * side, cx, cy)}


def _joint_transforms(record: Take, joints: FloatArray) -> FloatArray:
    """``(T,5,4,4)`` what its ``lbs`` returns: the joints' motion from the resting head, the root's left out."""

    def about(joint: FloatArray, turn: FloatArray) -> FloatArray:
        rotation = axis_angle_to_matrix(turn)
        return rigid(rotation, joint - rotation @ joint)

    out = np.tile(np.eye(4), (record.num_frames, 5, 1, 1))
    out[:, 1] = about(joints[1], record.neck_pose)
    turns = (record.jaw_pose, record.eye_pose[:, :3], record.eye_pose[:, 3:])
    for joint, turn in enumerate(turns, start=2):
        out[:, joint] = out[:, 1] @ about(joints[joint], turn)
    return out


def _write_pixel3dmm(motion: Motion, path: Path, options: Options) -> list[str]:
    record = motion.recording
    root, turn = options.joints[0], axis_angle_to_matrix(record.global_orient)
    shift = record.transl + root - turn @ root
    assert motion.world_to_camera is not None
    base = GL_TO_CV @ motion.world_to_camera[0]
    k, size = intrinsics_of(record)
    side = max(size)
    middle = (k[0, :2, 2] - side / 2 - _HALF_PX) / (side / 2 + 0.5)
    fixed = {
        "flame": {"shape": motion.identity(300)[None]},
        "camera": {
            "R_base_0": base[None, :3, :3],
            "t_base_0": base[None, :3, 3],
            "fl": mean_focal(k)[:1, None] / side,
            "pp": middle[None],
        },
    }
    moving = {
        "flame": {
            "exp": record.expression, "eyes": _eyes(record.eye_pose), "eyelids": motion.lids(),
            "jaw": _sixes(record.jaw_pose), "neck": _sixes(record.neck_pose),
            "R": matrix_to_rotation_6d(turn), "R_rotation_matrix": turn, "t": shift,
        },
        "camera": {},
    }  # fmt: skip
    joints = None if options.forward is None else _joint_transforms(record, at_rest(options.forward).joints)
    _write_frames(path, fixed, moving, size, options.tensors, as_text=False, joints=joints)
    lost = told(k, size, changes=True, centre=False)
    if joints is None:
        lost.insert(0, "joint_transforms, which are made with the FLAME file (--flame)")
    if size[0] != size[1]:
        lost.append(
            f"the picture's shape: pixel3dmm's are square, pad yours at the right or below to {side} x {side}"
        )
    return lost


FORMATS = (
    Format(
        "pixel3dmm", "SimonGiebenhain/pixel3dmm", (), _CARRIES | {kept.SPLIT}, ("root", "neck"),
        "folder of {id:05d}.frame, head pose R, t and neck",
        lambda probe: _sniff(probe, True), _read_pixel3dmm, _write_pixel3dmm, num_expression=100, stands="file",
    ),
    Format(
        "metrical-tracker", "Zielon/metrical-tracker", (), _CARRIES, ("camera",),
        "folder checkpoint/*.frame, the camera moves",
        lambda probe: _sniff(probe, False), _read_metrical, _write_metrical, num_expression=100, stands="file",
    ),
)  # fmt: skip
