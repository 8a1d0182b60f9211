"""``transforms.json`` of the NeRF family.

Frames with a camera-to-world matrix, intrinsics in several spellings.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...base.errors import FileFormatError
from .base import MAX_FRAMES
from .file_names import chosen_names
from .files import read_json

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Transforms:
    """A parsed ``transforms.json``."""

    label: str
    top: dict[str, Any]
    frames: list[dict[str, Any]]

    def number(self, entry: dict[str, Any], key: str) -> float | None:
        """A finite number of the frame, else of the file, else None."""
        for place in (entry, self.top):
            value = place.get(key)
            if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9:
                return float(value)
        return None

    @property
    def fps(self) -> float | None:
        rate = self.number({}, "fps")
        return rate if rate is not None and 0 < rate <= 10_000 else None

    @property
    def image_size(self) -> tuple[int, int] | None:
        height, width = (self.number(self.frames[0] if self.frames else {}, key) for key in "hw")
        return (int(height), int(width)) if height and width and height > 0 and width > 0 else None

    def matrices(self, entries: list[dict[str, Any]]) -> Array:
        """``(T,4,4)`` of ``transform_matrix`` (3 x 4 is completed), rotations checked."""
        out = np.tile(np.eye(4), (len(entries), 1, 1))
        for index, entry in enumerate(entries):
            value = number_list(
                entry.get("transform_matrix"), f"{self.label}: transform_matrix of frame {index}"
            )
            if value.size not in (12, 16):
                raise FileFormatError(f"{self.label}: transform_matrix of frame {index} is not 4 x 4.")
            out[index, : value.size // 4] = value.reshape(-1, 4)
        check_rotations(out[:, :3, :3], self.label)
        return out

    def intrinsics(self, entries: list[dict[str, Any]]) -> Array | None:
        """``(T,3,3)`` pixels, or None when a frame has none.

        A centre that is not stated is the picture's middle, a focal length that is not stated is the other
        one, or follows from the field of view.
        """
        out = np.zeros((len(entries), 3, 3))
        for index, entry in enumerate(entries):
            fx, fy = self._focal(entry, "x", "w"), self._focal(entry, "y", "h")
            width, height = self.number(entry, "w"), self.number(entry, "h")
            cx, cy = self.number(entry, "cx"), self.number(entry, "cy")
            cx = width / 2 if cx is None and width else cx
            cy = height / 2 if cy is None and height else cy
            fx, fy = fx or fy, fy or fx
            if fx is None or fy is None or cx is None or cy is None or fx <= 0 or fy <= 0:
                return None
            out[index] = pinhole(fx, fy, cx, cy)
        return out

    def _focal(self, entry: dict[str, Any], axis: str, side: str) -> float | None:
        focal, angle, size = (self.number(entry, key) for key in (f"fl_{axis}", f"camera_angle_{axis}", side))
        if focal is None and angle is not None and size and 0 < angle < math.pi:
            return size / (2 * math.tan(angle / 2))
        return focal


def pinhole(fx: float, fy: float, cx: float, cy: float) -> Array:
    """``(3,3)`` intrinsics."""
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])


def number_list(value: Any, label: str) -> Array:
    """A JSON list, nested or not, of finite numbers as a flat array."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        array = np.empty(0, object)
    if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        raise FileFormatError(f"{label} is not a list of finite numbers.")
    return array.astype(np.float64).reshape(-1)


def check_rotations(rotations: Array, label: str) -> None:
    """Raise ``FileFormatError`` unless all ``(T,3,3)`` are rotations within what text rounding does."""
    error = np.abs(rotations @ np.swapaxes(rotations, 1, 2) - np.eye(3)).max(initial=0)
    if not error < 1e-2 or (np.linalg.det(rotations) < 0).any():
        raise FileFormatError(
            f"{label}: a camera matrix is not a rotation and a position; scaled or mirrored cameras are "
            "not read."
        )


def frames_of(content: Any, label: str) -> list[dict[str, Any]]:
    """The list ``frames`` of a JSON object.

    Raises:
        FileFormatError: there is none.
    """
    frames = content.get("frames") if isinstance(content, dict) else None
    if (
        not isinstance(frames, list)
        or len(frames) > MAX_FRAMES
        or not all(isinstance(f, dict) for f in frames)
    ):
        raise FileFormatError(f"{label} has no list of frames.")
    return frames


def read_transforms(folder: Path, names: tuple[str, ...]) -> Transforms:
    """The first of ``names`` that is there.

    Raises:
        FileFormatError: none is there, or it has no frames.
    """
    for name in names:
        if (folder / name).is_file():
            content = read_json(folder / name)
            return Transforms(name, content, frames_of(content, name))
    raise FileFormatError(f"{folder.name} has none of {', '.join(names)}.")


def one_camera_per_time(transforms: Transforms, path_key: str, traps: list[str]) -> list[dict[str, Any]]:
    """Frames in time order, of one camera and one person: the first that the file names."""
    frames = transforms.frames
    cameras = [str(f.get("camera_index", 0)) for f in frames]
    if len(set(cameras)) > 1:
        traps.append(f"{len(set(cameras))} cameras; camera {cameras[0]} is read")
        frames = [f for f, camera in zip(frames, cameras) if camera == cameras[0]]
    frames = of_one_person(frames, path_key)

    def when(entry: dict[str, Any]) -> tuple[int, float, str]:
        index = entry.get("timestep_index")
        known = isinstance(index, int | float) and not isinstance(index, bool) and math.isfinite(index)
        return (0, float(index), "") if known else (1, 0.0, str(entry.get(path_key)))  # type: ignore[arg-type]

    return sorted(frames, key=when)


def of_one_person(frames: list[dict[str, Any]], path_key: str) -> list[dict[str, Any]]:
    """The frames whose files are the first person's (``file_names.one_person``), in their order."""
    names = [frame[path_key] for frame in frames if isinstance(frame.get(path_key), str)]
    if len(names) < len(frames) or len(set(names)) < len(names):
        return frames
    chosen = set(chosen_names(names, "this take"))
    return [frame for frame in frames if frame[path_key] in chosen]


def fill_intrinsics(k: Array, size: tuple[int, int]) -> dict[str, Any]:
    """The intrinsics ``(3,3)`` that a writer states, in VHAP's spelling, for a picture of (height, width)."""
    height, width = size
    fx, fy, cx, cy = (float(k[place]) for place in ((0, 0), (1, 1), (0, 2), (1, 2)))
    return {
        "cx": cx,
        "cy": cy,
        "fl_x": fx,
        "fl_y": fy,
        "h": height,
        "w": width,
        "camera_angle_x": 2 * math.atan(width / (2 * fx)),
        "camera_angle_y": 2 * math.atan(height / (2 * fy)),
    }


def encode_transforms(top: dict[str, Any], frames: list[dict[str, Any]]) -> bytes:
    """The bytes of a ``transforms.json``.

    On one line, as indenting makes Python's encoder ten times slower.
    """
    return json.dumps({**top, "frames": frames}).encode()
