"""flame-head-tracker 1.1 to 4.1: a folder of one file per frame; the head stands still, ``cam`` moves.

Versions 1.1 to 3.3 pickle a dictionary of arrays into ``N.npy`` (read here without running it); 3.4 and later write
``.npz``, and folders of ``.npz`` in the older layouts are read too.

``cam`` = yaw, pitch, roll (radians), x, y, z: R = Rz(roll) Ry(yaw) Rx(pitch), camera to world in OpenGL axes
(``utils/graphics_utils.py``: euler_to_matrix, build_view_matrix, batch_perspective_projection).
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...base.errors import FileFormatError, InputError
from ...base.safe_npz import Npz
from ...base.safe_pickle import load_pickle
from ...base.values import FloatArray
from ...observe.camera import Camera
from ...observe.move_head import from_tracker_cam, tracker_cam
from . import kept
from .alike import read_alike
from .base import Array, Format, Motion, Options, Probe
from .build import build
from .file_names import frame_number, natural_key
from .files import NpzTemplate, list_files, write_file
from .lens import intrinsics_of, told
from .rows import rows, vector

PICKLED = ("1.1", "3.2", "3.3")
VERSIONS = ("1.1", "3.2", "3.3", "3.4", "4.0", "4.1")
_SMALLEST = frozenset({"exp", "shape", "cam", "eye_pose"})
_WIDTHS = {
    "exp": None, "pose": 6, "jaw_pose": 3, "head_pose": 3, "neck_pose": 3, "eye_pose": 6, "cam": 6, "blendshape_scores": 52,
}  # fmt: skip
"""Arrays that are read, and their widths."""
_SIZE = (256, 256)  # of its rendered picture, into which any other is squeezed
_DEFAULT_FOV = 20.0


def _sniff(probe: Probe) -> bool:
    if not probe.is_dir:
        return _is_frame(probe.path, probe.shapes())
    suffix = ".npz" if any(name.endswith(".npz") for name in probe.names) else ".npy"
    files = sorted((name for name in probe.names if name.endswith(suffix)), key=natural_key)
    # the first may be damaged
    return any(_is_frame(probe.path / name, probe.shapes(probe.path / name)) for name in files[:3])


def _is_frame(file: Path, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether a file is a frame of any version: of ``.npz`` the shapes say it."""
    if file.suffix == ".npy" and not shapes:
        with open(file, "rb") as opened:
            if opened.read(1) != b"\x80":
                return False
        found = load_pickle(file)
        shapes = {key: np.shape(value) for key, value in found.items()} if isinstance(found, dict) else {}
    if not shapes.keys() >= _SMALLEST or not {"pose", "jaw_pose"} & shapes.keys():
        return False
    return int(np.prod(shapes["cam"])) == 6


def _arrays_of(file: Path) -> dict[str, Array]:
    """A file's arrays; those that are not read only as far as all files share them. Nothing in it is run."""
    if file.suffix == ".npy":
        found = load_pickle(file)
        if not isinstance(found, dict):
            raise FileFormatError(f"{file.name} holds no dictionary of arrays.")
        arrays = {key: value for key, value in found.items() if isinstance(value, np.ndarray)}
    else:
        with Npz(file) as npz:
            arrays = {key: npz.array(key) for key in sorted(npz.keys() & (_WIDTHS.keys() | _SHARED))}
    pose = "jaw_pose" if "jaw_pose" in arrays else "pose"
    missing = sorted({*_SMALLEST, pose} - arrays.keys())
    if missing:
        raise FileFormatError(f"{file.name} has no array {', '.join(missing)}.")
    return arrays


_SHARED = frozenset({"shape", "fov", "K", "image_size"})


def _row(file: Path) -> dict[str, FloatArray]:
    """A frame's arrays, ``(1, .)``."""
    found = _arrays_of(file)
    return {
        key: rows(found[key], f"{file.name}: {key}", _WIDTHS[key], 1) for key in _WIDTHS.keys() & found.keys()
    }


def _version(found: Mapping[str, Array]) -> str:
    """The release that writes such keys and axes."""
    if "jaw_pose" in found:
        return "4.0 or 4.1" if "fov" in found else "3.4"
    if found["cam"].ndim == 2:
        return "3.3"
    return "3.2" if found["exp"].shape[-1] == 100 else "1.1 to 3.0"


def _lens(found: Mapping[str, Array]) -> tuple[Array | None, tuple[int, int]]:
    """Intrinsics ``(3,3)`` and the picture's size.

    ``K`` is for 256 x 256 pixels, ``fov`` is the vertical one of it; the size before it was squeezed into that is known of
    files that we wrote (``image_size``).
    """
    fov = float(found["fov"].reshape(-1)[0]) if "fov" in found else 0.0
    if found.get("K", np.zeros(0)).shape[-2:] == (3, 3):
        k = found["K"].reshape(-1, 3, 3)[0].astype(np.float64)
    elif 0 < fov < 170:
        k = Camera.from_fov(fov, _SIZE).matrix
    else:
        return None, _SIZE
    if found.get("image_size", np.zeros(0)).shape == (2,):
        height, width = found["image_size"].astype(np.float64)
        if 0 < height < 1e5 and 0 < width < 1e5:
            return _scaled(k, _SIZE, (int(height), int(width))), (int(height), int(width))
    return k, _SIZE


def _scaled(k: Array, old: tuple[int, int], new: tuple[int, int]) -> Array:
    """Intrinsics of a picture that is brought to another (height, width)."""
    scaled: Array = k * np.array([[new[1] / old[1]], [new[0] / old[0]], [1.0]])
    return scaled


def _split(given: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Frames' arrays ``(N, .)`` of any version under the names that all versions share."""
    zero = np.zeros((len(given["exp"]), 3), np.float32)
    if "jaw_pose" in given:
        jaw, head, neck = given["jaw_pose"], given.get("head_pose", zero), given.get("neck_pose", zero)
    else:
        head, jaw, neck = given["pose"][:, :3], given["pose"][:, 3:], zero
    scores = given.get("blendshape_scores", np.zeros((len(zero), 52), np.float32))
    return {
        "expression": given["exp"], "jaw_pose": jaw, "global_orient": head, "neck_pose": neck,
        "eye_pose": given["eye_pose"], "cam": given["cam"], "blendshapes": scores,
    }  # fmt: skip


def _read(path: Path, options: Options) -> Motion:
    files = (list_files(path, ".npz") or list_files(path, ".npy")) if path.is_dir() else [path]
    if not files:
        raise FileFormatError(f"{path.name} holds no .npz or .npy files.")
    read, runs = read_alike(files, frozenset(_WIDTHS), _row, options.unreadable)
    if not read:
        raise FileFormatError(f"{path.name}: none of its {len(files)} files can be read.")
    first = _arrays_of(read[0])
    chunks = [_split(run) for run in runs]
    if len({chunk["expression"].shape[1] for chunk in chunks}) > 1:
        raise FileFormatError(
            f"{path.name}: the number of expression coefficients changes from file to file."
        )
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite then is a lost frame
        arrays = {
            key: np.concatenate([chunk[key] for chunk in chunks]).astype(np.float32) for key in chunks[0]
        }
    version = _version(first)
    traps = [f"written by flame-head-tracker {version}"]
    if version in ("3.3", "3.4", "4.0 or 4.1"):
        traps.append("every array has a batch axis of length 1")
    among = [read[0].name, read[-1].name]
    camera = _camera(first, options, traps)
    seen, source = _without_gaps(np.array([frame_number(file.name, among) for file in read]), traps)
    arrays = {key: value[source] for key, value in arrays.items()}
    cam = arrays.pop("cam").astype(np.float64)
    good = np.isfinite(cam).all(axis=1)
    world_to_camera = np.full((len(cam), 4, 4), np.nan)
    world_to_camera[good] = from_tracker_cam(cam[good])
    scores = np.where(seen[:, None], arrays.pop("blendshapes"), 0)
    motion = build(
        arrays, options, betas=vector(first["shape"], "shape"), traps=traps, detected=seen,
        scores={"blendshapes": scores}, world_to_camera=world_to_camera, **camera,
    )  # fmt: skip
    motion.recording.meta["tracker_version"] = version
    return motion


def _camera(first: Mapping[str, Array], options: Options, traps: list[str]) -> dict[str, Any]:
    """Intrinsics and picture size as ``build`` takes them; the tracker's default where neither file nor caller has one."""
    intrinsics, size = _lens(first)
    assumed = intrinsics is None and options.camera is None
    if assumed:
        intrinsics = Camera.from_fov(_DEFAULT_FOV, _SIZE).matrix
        traps.append(
            f"this version stores no field of view: the tracker's default, {_DEFAULT_FOV:g} degrees, is assumed; --camera "
            "says another"
        )
    if options.image_size is not None:
        intrinsics = None if intrinsics is None else _scaled(intrinsics, size, options.image_size)
        size = options.image_size
    return {"intrinsics": intrinsics, "image_size": size, "assumed": assumed}


def _without_gaps(numbers: Array, traps: list[str]) -> tuple[Array, Array]:
    """For every frame number from the first to the last: whether there is a file, and the file to hold."""
    alone = np.ones(len(numbers), bool), np.arange(len(numbers))
    gaps = int(numbers[-1] - numbers[0] + 1 - len(numbers))
    if len(set(numbers.tolist())) < len(numbers) or numbers.min() < 0 or gaps <= 0:
        return alone
    if gaps > max(1000, 10 * len(numbers)):
        traps.append(f"frame numbers jump by up to {gaps}: the frames are taken as one after the other")
        return alone
    traps.append(f"{gaps} frame numbers are missing: marked as lost, the frame before is held")
    seen = np.zeros(numbers[-1] - numbers[0] + 1, bool)
    seen[numbers - numbers[0]] = True
    return seen, np.cumsum(seen) - 1


def _pickle(arrays: dict[str, FloatArray]) -> bytes:
    """A dictionary of float32 arrays as ``pickle.dump`` writes it, under the names that every NumPy knows."""
    content = {key: np.ascontiguousarray(value, np.float32) for key, value in arrays.items()}
    data = pickle.dumps(content, protocol=3)
    return data.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")


def _write(motion: Motion, path: Path, options: Options) -> list[str]:
    version = options.version or "4.1"
    if version not in VERSIONS:
        raise InputError(
            f"flame-head-tracker version '{version}' is not known; choose {', '.join(VERSIONS)}."
        )
    record, frames = motion.recording, motion.num_frames
    batch = version not in ("1.1", "3.2")
    lost = ["vertices, textures, images, landmarks and masks (only parameters are written)"]
    if version == "1.1" and np.any(record.expression[:, 50:]):
        lost.append("expression coefficients 50 and up: version 1.1 has 50")
    moving, fixed = _moving(motion, version), _fixed(motion, version, batch, lost)
    flat = set() if batch else {"cam", "blendshape_scores"}
    path.mkdir(parents=True, exist_ok=True)
    written = np.flatnonzero(record.detected) if record.detected.any() else np.arange(frames)
    if len(written) < frames:
        lost.append(
            f"parameters of {frames - len(written)} frames without a face (the tracker leaves out such files)"
        )
    template = NpzTemplate({**fixed, **{key: value[:1] for key, value in moving.items()}})
    for index in written:
        row = {
            key: value[index] if key in flat else value[index : index + 1] for key, value in moving.items()
        }
        if version in PICKLED:  # unpadded names: gaussian-dejavu's loader looks for 0.npy, 1.npy, ...
            write_file(f"{path}/{index}.npy", _pickle({**fixed, **row}))
        else:
            write_file(f"{path}/{index:05d}.npz", template.fill(row))
    return lost


def _moving(motion: Motion, version: str) -> dict[str, Array]:
    """What differs from frame to frame, ``(T, .)``."""
    record, zero = motion.recording, np.zeros((motion.num_frames, 3), np.float32)
    assert motion.world_to_camera is not None
    found: dict[str, Array] = {
        "exp": record.expression[:, : 50 if version == "1.1" else 100], "eye_pose": record.eye_pose,
        "cam": tracker_cam(motion.world_to_camera).astype(np.float32),
    }  # fmt: skip
    if version in PICKLED:
        found["pose"] = np.concatenate([zero, record.jaw_pose], axis=1)
    else:
        found |= {"head_pose": zero, "jaw_pose": record.jaw_pose, "neck_pose": zero}
    if np.any(record.blendshapes):
        found["blendshape_scores"] = record.blendshapes
    return found


def _fixed(motion: Motion, version: str, batch: bool, lost: list[str]) -> dict[str, Array]:
    """What all files share."""
    found = {
        "shape": motion.identity(300 if batch else 100)[None], "tex": np.zeros((1, 50)), "light": np.zeros((1, 9, 3)),
    }  # fmt: skip
    if version in ("4.0", "4.1"):
        k, size = intrinsics_of(motion.recording)
        squeezed = _scaled(k[0], size, _SIZE)
        found["fov"] = np.array([np.degrees(2 * np.arctan(_SIZE[0] / (2 * squeezed[1, 1])))])
        found["K"], found["image_size"] = squeezed[None], np.array(size)
        # its renderer mirrors a centre that is not the middle
        lost += told(k, size, changes=True, square=False)
        if size[0] != size[1]:
            lost.append(
                "square pixels: the picture is squeezed into 256 x 256, which K says and fov alone cannot"
            )
    else:
        lost.append(
            f"the camera: version {version} has no field of view, its reader takes {_DEFAULT_FOV:g} degrees"
        )
    return {key: value.astype(np.float32) for key, value in found.items()}


FORMATS = (
    Format(
        "flame-head-tracker", "PeizhiYan/flame-head-tracker", (),
        kept.MOTION | {kept.BETAS, kept.SCORES, kept.LOST, kept.CAMERA}, ("camera",),
        "folder of one npz or npy per frame, versions 1.1 to 4.1; the camera moves",
        _sniff, _read, _write, num_expression=100, stands="file",
    ),
)  # fmt: skip
