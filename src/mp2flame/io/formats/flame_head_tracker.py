"""flame-head-tracker 1.1 to 4.1: a folder of one file per frame; the head stands still, ``cam`` moves.

Versions 1.1 to 3.3 pickle a dictionary of arrays into ``N.npy`` (read here without running it); 3.4 and later write
``.npz``, and folders of ``.npz`` in the older layouts are read too.

``cam`` = yaw, pitch, roll (radians), x, y, z: R = Rz(roll) Ry(yaw) Rx(pitch), camera to world in OpenGL axes
(``utils/graphics_utils.py``: euler_to_matrix, build_view_matrix, batch_perspective_projection).
"""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...base.errors import FileFormatError, InputError
from ...base.safe_npz import Npz
from ...base.safe_pickle import load_pickle
from ...base.values import FloatArray
from ...observe.camera import Camera
from ...observe.move_head import from_tracker_cam, tracker_cam
from .alike import AlikeNpz
from .base import (  # fmt: skip
    BETAS,
    CAMERA,
    EXPRESSION,
    EYES,
    JAW,
    LOST,
    ROTATION,
    SCORES,
    TRANSLATION,
    Format,
    Motion,
    Options,
    Probe,
    betas_of,
    build,
    npz_rows,
    rows,
    vector,
)
from .files import NpzTemplate, frame_number, list_files, natural_key, small_arrays, write_file
from .lens import intrinsics_of, told

PICKLED = ("1.1", "3.2", "3.3")
VERSIONS = ("1.1", "3.2", "3.3", "3.4", "4.0", "4.1")
_READ = frozenset(
    {"exp", "pose", "jaw_pose", "head_pose", "neck_pose", "eye_pose", "cam", "blendshape_scores"}
)
_CARRIES = frozenset({EXPRESSION, JAW, EYES, ROTATION, TRANSLATION, BETAS, SCORES, LOST, CAMERA})
_SIZE = (256, 256)  # of its rendered picture, into which any other is squeezed
_DEFAULT_FOV = 20.0


def _sniff(probe: Probe) -> bool:
    if _pickled(probe):
        return True
    if probe.is_dir:
        files = [name for name in probe.names if name.endswith(".npz")]
        if not files:
            return False
        shapes: dict[str, tuple[int, ...]] = {}
        for name in sorted(files, key=natural_key)[:3]:  # the first may be damaged
            shapes = shapes or probe.shapes(probe.path / name)
    else:
        shapes = probe.shapes()
    if not {"exp", "shape", "cam", "eye_pose"} <= shapes.keys() or not {"pose", "jaw_pose"} & shapes.keys():
        return False
    return int(np.prod(shapes["cam"])) == 6


_SMALLEST = frozenset({"exp", "shape", "cam", "eye_pose"})


def _pickled(probe: Probe) -> bool:
    """Whether this is a file, or a folder whose first file is one, of versions 1.1 to 3.3: a pickled dictionary of
    arrays under the name ``N.npy``.
    """  # noqa: D205
    first = probe.path
    if probe.is_dir:
        there = sorted((name for name in probe.names if name.endswith(".npy")), key=natural_key)
        if not there or any(name.endswith(".npz") for name in probe.names):
            return False
        first = probe.path / there[0]
    if first.suffix != ".npy" or not first.is_file():
        return False
    with open(first, "rb") as file:
        if file.read(1) != b"\x80":
            return False
    found = load_pickle(first)
    return isinstance(found, dict) and found.keys() >= _SMALLEST and bool({"pose", "jaw_pose"} & found.keys())


def _pickled_row(file: Path) -> tuple[str, FloatArray, dict[str, FloatArray]]:
    """Version, identity and the frame's arrays ``(1, .)`` of a pickled dictionary; nothing in it is run."""
    found = load_pickle(file)
    if not isinstance(found, dict):
        raise FileFormatError(f"{file.name} holds no dictionary of arrays.")
    pose = "jaw_pose" if "jaw_pose" in found else "pose"
    missing = [key for key in (*sorted(_SMALLEST), pose) if not isinstance(found.get(key), np.ndarray)]
    if missing:
        raise FileFormatError(f"{file.name} has no array {', '.join(missing)}.")
    widths = {"pose": 6, "cam": 6, "eye_pose": 6, "exp": None, "blendshape_scores": 52}
    given = {
        key: rows(found[key], f"{file.name}: {key}", widths.get(key, 3), 1)
        for key in sorted(_READ & found.keys())
        if isinstance(found[key], np.ndarray)
    }
    wide = given["exp"].shape[1] == 100
    version = (
        "3.4"
        if pose == "jaw_pose"
        else "3.3"
        if np.ndim(found["cam"]) == 2
        else "3.2"
        if wide
        else "1.1 to 3.0"
    )
    return version, vector(found["shape"], "shape"), _split(given)


def version_of(npz: Npz) -> str:
    """The release that writes such keys and axes."""
    if "jaw_pose" in npz:
        return "4.0 or 4.1" if "fov" in npz else "3.4"
    if len(npz.shape("cam")) == 2:
        return "3.3"
    return "3.2" if npz.shape("exp")[-1] == 100 else "1.1 to 3.0"


Lens = tuple[FloatArray | None, tuple[int, int] | None]


def _first(npz: Npz) -> tuple[str, FloatArray, Lens]:
    """Version, identity and camera, which all files of a take share."""
    return version_of(npz), vector(npz.array("shape"), "shape"), _lens(npz)


def _lens(npz: Npz) -> Lens:
    """Intrinsics ``(3,3)`` and the picture's size: ``K`` is for 256 x 256 pixels, ``fov`` is the vertical one of it; the
    size before it was squeezed into that is known of files that we wrote (``image_size``).
    """  # noqa: D205
    if "K" in npz and npz.shape("K")[-2:] == (3, 3):
        k = npz.array("K").reshape(-1, 3, 3)[0].astype(np.float64)
    elif "fov" in npz and 0 < float(npz.array("fov").reshape(-1)[0]) < 170:
        k = Camera.from_fov(float(npz.array("fov").reshape(-1)[0]), _SIZE).matrix
    else:
        return None, None
    if "image_size" in npz and npz.shape("image_size") == (2,):
        height, width = npz.array("image_size").astype(np.float64)
        if 0 < height < 1e5 and 0 < width < 1e5:
            return k * np.array([[width / _SIZE[1]], [height / _SIZE[0]], [1.0]]), (int(height), int(width))
    return k, _SIZE


def _row(npz: Npz) -> dict[str, FloatArray]:
    """One frame; every array ``(1, .)``."""
    widths = {"pose": 6, "cam": 6, "eye_pose": 6, "exp": None, "blendshape_scores": 52}
    given = {key: npz_rows(npz, key, widths.get(key, 3), 1) for key in sorted(_READ & npz.keys())}
    for key in ("exp", "eye_pose", "cam", "jaw_pose" if "jaw_pose" in npz else "pose"):
        if key not in given:
            npz.shape(key)  # raises, and says what there is instead
    return _split(given)


def _split(given: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Frames' arrays ``(N, .)`` of any version under the names that all versions share."""
    frames = len(given["exp"])
    zero = np.zeros((frames, 3), np.float32)
    if "jaw_pose" in given:
        jaw = given["jaw_pose"]
        head, neck = given.get("head_pose", zero), given.get("neck_pose", zero)
    else:
        head, jaw, neck = given["pose"][:, :3], given["pose"][:, 3:], zero
    return {
        "expression": given["exp"],
        "jaw_pose": jaw,
        "global_orient": head,
        "neck_pose": neck,
        "eye_pose": given["eye_pose"],
        "cam": given["cam"],
        "scores": given.get("blendshape_scores", np.zeros((frames, 52), np.float32)),
    }


def _read(path: Path, options: Options) -> Motion:  # noqa: C901
    files = (list_files(path, ".npz") or list_files(path, ".npy")) if path.is_dir() else [path]
    if not files:
        raise FileFormatError(f"{path.name} holds no .npz or .npy files.")
    version, betas = "", None
    lens: Lens = (None, None)
    read: list[Path] = []
    chunks: list[dict[str, FloatArray]] = []
    # the first file that can be read; the others are read quickly while they are like it
    shapes: dict[str, tuple[int, ...]] = {}
    alike: AlikeNpz | None = None
    same: list[tuple[bytes, ...]] = []

    def close_run() -> None:
        """What was read quickly so far becomes one chunk of rows."""
        if same and alike is not None:
            chunks.append(_split({
                key: np.frombuffer(b"".join(column), alike.dtypes[key]).reshape(len(same), -1)
                for key, column in zip(alike.shapes, zip(*same))
            }))  # fmt: skip
            same.clear()

    for file in files:
        quick = alike.read(file) if alike is not None else None
        if quick is not None:
            same.append(quick)
            read.append(file)
            continue
        packed = small_arrays(file, _READ) if shapes else None  # compressed, say
        if packed is not None and {key: value.shape for key, value in packed.items()} == shapes:
            row = _split({key: value.reshape(1, -1) for key, value in packed.items()})
        else:
            try:
                if file.suffix == ".npy":
                    told_version, told_betas, row = _pickled_row(file)
                    version, betas = version or told_version, told_betas if betas is None else betas
                    chunks.append(row)
                    read.append(file)
                    continue
                with Npz(file) as npz:
                    if not version:
                        version, betas, lens = _first(npz)
                    row = _row(npz)
                    shapes = shapes or {key: npz.shape(key) for key in sorted(_READ & npz.keys())}
            except FileFormatError:
                if options.unreadable is None:
                    raise
                options.unreadable.append(file.name)
                continue
            alike = alike or AlikeNpz(file, _READ)
        close_run()
        chunks.append(row)
        read.append(file)
    close_run()
    if not read:
        raise FileFormatError(f"{path.name}: none of its {len(files)} files can be read.")
    among = [read[0].name, read[-1].name]
    numbers = [frame_number(file.name, among) for file in read]
    if len({chunk["expression"].shape[1] for chunk in chunks}) > 1:
        raise FileFormatError(
            f"{path.name}: the number of expression coefficients changes from file to file."
        )
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite then is a lost frame
        arrays = {
            key: np.concatenate([chunk[key] for chunk in chunks]).astype(np.float32) for key in chunks[0]
        }
    traps = [f"written by flame-head-tracker {version}"]
    if version in ("3.3", "3.4", "4.0 or 4.1"):
        traps.append("every array has a batch axis of length 1")
    cam = arrays.pop("cam").astype(np.float64)
    good = np.isfinite(cam).all(axis=1)
    world_to_camera = np.full((len(cam), 4, 4), np.nan)
    world_to_camera[good] = from_tracker_cam(cam[good])
    known = lens[0] is not None or options.camera is not None
    intrinsics = lens[0] if known else Camera.from_fov(_DEFAULT_FOV, _SIZE).matrix
    if not known:
        traps.append(
            f"this version stores no field of view: the tracker's default, {_DEFAULT_FOV:g} degrees, is assumed; --camera "
            "says another"
        )
    size = lens[1] or (None if options.camera is not None and options.image_size else _SIZE)
    if options.image_size is not None and intrinsics is not None and size is not None:
        height, width = (new / old for new, old in zip(options.image_size, size))
        intrinsics, size = intrinsics * np.array([[width], [height], [1.0]]), options.image_size
    scores = arrays.pop("scores")
    detected = None
    gaps = numbers[-1] - numbers[0] + 1 - len(numbers)
    if len(set(numbers)) == len(numbers) and min(numbers) >= 0 and gaps > 0:
        if gaps <= max(1000, 10 * len(numbers)):
            detected, source = _fill_gaps(np.array(numbers) - numbers[0])
            arrays = {key: value[source] for key, value in arrays.items()}
            scores = np.where(detected[:, None], scores[source], 0)
            world_to_camera = world_to_camera[source]
            traps.append(f"{gaps} frame numbers are missing: marked as lost, the frame before is held")
        else:
            traps.append(f"frame numbers jump by up to {gaps}: the frames are taken as one after the other")
    return build(
        arrays, "flame-head-tracker", options, carries=_CARRIES, betas=betas, traps=traps, detected=detected,
        blendshapes=scores, meta={"tracker_version": version},
        world_to_camera=world_to_camera, intrinsics=intrinsics, image_size=size, assumed=not known,
    )  # fmt: skip


def _pickle(arrays: dict[str, FloatArray]) -> bytes:
    """A dictionary of float32 arrays as ``pickle.dump`` writes it, under the names that every NumPy knows."""
    content = {key: np.ascontiguousarray(value, np.float32) for key, value in arrays.items()}
    data = pickle.dumps(content, protocol=3)
    return data.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")


def _fill_gaps(numbers: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """For every frame number from 0 to the last: whether there is a file, and the file to hold."""
    detected = np.zeros(numbers[-1] + 1, bool)
    detected[numbers] = True
    return detected, np.cumsum(detected) - 1


def _write(motion: Motion, path: Path, options: Options) -> list[str]:
    version = options.version or "4.1"
    if version not in VERSIONS:
        raise InputError(
            f"flame-head-tracker version '{version}' is not known; choose {', '.join(VERSIONS)}."
        )
    record, frames = motion.recording, motion.num_frames
    width = 50 if version == "1.1" else 100
    batch = version not in ("1.1", "3.2")
    assert motion.world_to_camera is not None
    cam = tracker_cam(motion.world_to_camera)
    expression = record.expression[:, :width]
    lost = ["vertices, textures, images, landmarks and masks (only parameters are written)"]
    if width == 50 and np.any(record.expression[:, 50:]):
        lost.append("expression coefficients 50 and up: version 1.1 has 50")
    moving: dict[str, FloatArray] = {"exp": expression, "eye_pose": record.eye_pose, "cam": cam}
    zero = np.zeros((frames, 3))
    if version in ("3.4", "4.0", "4.1"):
        moving.update(head_pose=zero, jaw_pose=record.jaw_pose, neck_pose=zero)
    else:
        moving["pose"] = np.concatenate([zero, record.jaw_pose], axis=1)
    if np.any(record.blendshapes):
        moving["blendshape_scores"] = record.blendshapes
    flat = {"cam", "blendshape_scores"} if not batch else set()
    shape = betas_of(motion, 300 if batch else 100)[None]
    fixed: dict[str, FloatArray] = {"shape": shape, "tex": np.zeros((1, 50)), "light": np.zeros((1, 9, 3))}
    if version in ("4.0", "4.1"):
        k, size = intrinsics_of(record)
        squeezed = k[0] * np.array([[_SIZE[1] / size[1]], [_SIZE[0] / size[0]], [1.0]])
        fixed["fov"] = np.array([np.degrees(2 * np.arctan(_SIZE[0] / (2 * squeezed[1, 1])))])
        fixed["K"] = squeezed[None]
        fixed["image_size"] = np.array(size)
        lost += told(
            k, size, changes=True, square=False
        )  # its renderer mirrors a centre that is not the middle
        if size[0] != size[1]:
            lost.append(
                "square pixels: the picture is squeezed into 256 x 256, which K says and fov alone cannot"
            )
    else:
        lost.append(
            f"the camera: version {version} has no field of view, its reader takes {_DEFAULT_FOV:g} degrees"
        )
    start = {key: value[0] if key in flat else value[:1] for key, value in moving.items()}
    template = NpzTemplate({key: np.asarray(value, np.float32) for key, value in {**fixed, **start}.items()})
    path.mkdir(parents=True, exist_ok=True)
    written = np.flatnonzero(record.detected) if record.detected.any() else np.arange(frames)
    if len(written) < frames:
        lost.append(
            f"parameters of {frames - len(written)} frames without a face (the tracker leaves out such files)"
        )
    if version in PICKLED:
        for index in written:
            row = {
                key: value[index] if key in flat else value[index : index + 1]
                for key, value in moving.items()
            }
            # unpadded names: gaussian-dejavu's loader looks for 0.npy, 1.npy, ...
            write_file(f"{path}/{index}.npy", _pickle({**fixed, **row}))
        return lost
    for index in written:
        data = template.fill({key: value[index : index + 1] for key, value in moving.items()})
        write_file(f"{path}/{index:05d}.npz", data)
    return lost


FORMATS = (
    Format(
        "flame-head-tracker",
        "PeizhiYan/flame-head-tracker",
        (),
        _CARRIES,
        "camera",
        "folder of one npz or npy per frame, versions 1.1 to 4.1; the camera moves",
        _sniff,
        _read,
        _write,
        folder=True,
        poses=("camera",),
        num_expression=100,
        stands="file",
    ),
)
