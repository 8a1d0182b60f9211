"""How well a face can be seen in a picture: its size, its turn, what lies outside, the light on it.

MediaPipe's landmarker gives no confidence, and its landmarks go on under a hand: what covers a face inside the picture
is not seen here. Thresholds are those of ``bench/bench_quality.py``, which degrades clips until the figures break.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.detection import Detection
from ..base.values import FloatArray, UInt8Array

COLUMNS = ("face_px", "turn_deg", "outside", "brightness", "contrast")
"""Of a take's ``quality``: width of the face in pixels; degrees between where the face looks and the camera; share of
the landmarks outside the picture; mean and standard deviation of the face's luma, 0..1."""
UNKNOWN = -1.0

SMALL_PX, ENOUGH_PX = 80.0, 150.0
TURNED_DEG = 40.0
OUTSIDE = 0.05
DARK, BRIGHT = 0.08, 0.93
FLAT = 0.017
_SAMPLES = 48  # a side of the grid of pixels that the light is taken from
_OFTEN = 0.2  # of the frames with a face: a fault of fewer is not worth a line
_LEFT, _RIGHT, _TOP, _CHIN = 454, 234, 10, 152  # landmarks: the cheeks' outline, forehead, chin


def look(seen: Detection, image: UInt8Array | None = None) -> FloatArray:
    """``(5,)`` float32 by ``COLUMNS`` of one face; ``UNKNOWN`` where there is nothing to tell it from.

    Args:
        seen: with landmarks and the picture's size for all but the turn.
        image: ``(H, W, 3)`` uint8 RGB, for the light.
    """
    points, matrix = seen.landmarks, seen.face_matrix
    row: FloatArray = measure(
        None if points is None else points[None], None if matrix is None else matrix[None], seen.image_size
    )[0]
    if image is not None and points is not None:
        row[3:] = light(image, points)
    return row


def measure(
    landmarks: FloatArray | None,
    face_matrix: FloatArray | None,
    image_size: npt.ArrayLike | None,
) -> FloatArray:
    """``(T, 5)`` by ``COLUMNS`` without the light: what a take tells that kept none of it; one row of nothing.

    Args:
        landmarks: ``(T, 478, 3)``.
        face_matrix: ``(T, 4, 4)``.
        image_size: (height, width), or ``(T, 2)`` of each picture; zero where it is not known.
    """
    known = [len(part) for part in (landmarks, face_matrix) if part is not None]
    rows = np.full((known[0] if known else 1, len(COLUMNS)), UNKNOWN, np.float32)
    if landmarks is not None and image_size is not None:
        sizes = np.broadcast_to(np.asarray(image_size, np.float64), (len(rows), 2))
        sized = sizes.all(axis=1)
        points, sizes = np.asarray(landmarks, np.float64)[sized], sizes[sized]
        across = points[..., :2]
        rows[sized, 0] = np.ptp(points[..., 0], axis=1) * sizes[:, 1]
        rows[sized, 1] = _turn_of_points(points * sizes[:, None, [1, 0, 1]])
        rows[sized, 2] = ((across < 0) | (across > 1)).any(axis=2).mean(axis=1)
    if face_matrix is not None:
        matrix = np.asarray(face_matrix, np.float64)
        given = matrix.any(axis=(1, 2))
        rows[given, 1] = _turn_of_matrix(matrix[given])
    return rows


def _turn_of_matrix(matrix: FloatArray) -> FloatArray:
    ahead, to_camera = matrix[:, :3, 2], -matrix[:, :3, 3]
    lengths = np.linalg.norm(ahead, axis=1) * np.linalg.norm(to_camera, axis=1)
    cosine = (ahead * to_camera).sum(axis=1) / np.maximum(lengths, 1e-9)
    return np.asarray(np.rad2deg(np.arccos(np.clip(cosine, -1, 1))))


def _turn_of_points(points: FloatArray) -> FloatArray:
    """Of pixels, y down: the angle of the plane through cheeks, forehead and chin with the picture's."""
    normal = np.cross(points[:, _LEFT] - points[:, _RIGHT], points[:, _CHIN] - points[:, _TOP])
    cosine = np.abs(normal[:, 2]) / np.maximum(np.linalg.norm(normal, axis=1), 1e-9)
    return np.asarray(np.rad2deg(np.arccos(np.clip(cosine, 0, 1))))


def light(image: UInt8Array, landmarks: FloatArray) -> tuple[float, float]:
    """(mean, standard deviation) of the luma in the middle of the face, 0..1; ``UNKNOWN`` outside the picture."""
    height, width = image.shape[:2]
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    inset = 0.15 * (high - low)  # the corners of the box show the background
    size = np.array([width, height])
    x0, y0 = np.clip((low + inset) * size, 0, size).astype(int)
    x1, y1 = np.clip((high - inset) * size, 0, size).astype(int)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return UNKNOWN, UNKNOWN
    across, down = max(1, (x1 - x0) // _SAMPLES), max(1, (y1 - y0) // _SAMPLES)
    luma = image[y0:y1:down, x0:x1:across].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return float(luma.mean()) / 255.0, float(luma.std()) / 255.0


def troubles(row: FloatArray | Mapping[str, float]) -> list[str]:
    """What is wrong with one frame, or with the middle of many, the worst first; each with what to do.

    Args:
        row: ``(5,)`` by ``COLUMNS``, or by name; what is missing or ``UNKNOWN`` is not judged.
    """
    known = row if isinstance(row, Mapping) else dict(zip(COLUMNS, (float(v) for v in row)))
    value = {name: known.get(name, UNKNOWN) for name in COLUMNS}
    found: list[str] = []
    width = value["face_px"]
    if 0 < width < SMALL_PX:
        found.append(f"face {width:.0f} px wide: come closer; {ENOUGH_PX:.0f} are enough")
    if value["outside"] > OUTSIDE:
        found.append(f"{100 * value['outside']:.0f} % of the face outside the picture: move to its middle")
    if 0 <= value["brightness"] < DARK:
        found.append(f"face too dark ({100 * value['brightness']:.0f} % of white): more light on it")
    elif value["brightness"] > BRIGHT:
        found.append(f"face too bright ({100 * value['brightness']:.0f} % of white): less light on it")
    elif 0 <= value["contrast"] < FLAT:
        found.append("face without contrast: clean the lens, or take away haze and light from behind")
    if value["turn_deg"] > TURNED_DEG:
        found.append(f"face turned {value['turn_deg']:.0f}° away: look towards the camera")
    if SMALL_PX <= width < ENOUGH_PX and not found:
        found.append(f"face {width:.0f} px wide: usable; {ENOUGH_PX:.0f} are better")
    return found


def advice(row: FloatArray | Mapping[str, float]) -> str:
    """The one line of ``troubles`` that matters most; ``''`` when all is well."""
    return next(iter(troubles(row)), "")


def summarise(rows: FloatArray, detected: Any) -> dict[str, Any]:
    """A take's ``meta["quality"]``: the middle of each column over the frames with a face, and ``advice``.

    Args:
        rows: ``(T, 5)``.
        detected: ``(T,)`` bool.

    Returns:
        Column to median, of what is known; ``faults``: the share of frames with each fault; ``advice``: one line,
        ``''`` when all is well. Empty without a face.
    """
    seen = np.asarray(rows, np.float64)[np.asarray(detected, bool)]
    if not len(seen):
        return {}
    made: dict[str, Any] = {}
    for k, name in enumerate(COLUMNS):
        known = seen[:, k][seen[:, k] > UNKNOWN]
        if len(known):
            made[name] = round(float(np.median(known)), 1 if k < 2 else 3)
    shares = {name: round(float(share), 3) for name, share in _faults(seen).items()}
    made["faults"] = {name: share for name, share in shares.items() if share}
    made["advice"] = _advice_of_many(seen, made)
    return made


def _faults(seen: FloatArray) -> dict[str, float]:
    width, turn, outside, bright, contrast = seen.T
    return {
        "small": np.mean((width > 0) & (width < SMALL_PX)),
        "outside": np.mean(outside > OUTSIDE),
        "dark": np.mean((bright >= 0) & (bright < DARK)),
        "bright": np.mean(bright > BRIGHT),
        "flat": np.mean((bright >= DARK) & (bright <= BRIGHT) & (contrast >= 0) & (contrast < FLAT)),
        "turned": np.mean(turn > TURNED_DEG),
    }


def _advice_of_many(seen: FloatArray, middle: Mapping[str, Any]) -> str:
    """Of the middle frame where that has a fault, else of the faults of a fifth of the frames and more."""
    usual = {name: float(middle[name]) for name in COLUMNS if name in middle}
    line = advice(usual)
    faults = {name: share for name, share in _faults(seen).items() if share >= _OFTEN}
    if not faults or (line and "usable" not in line):
        return line
    worst = max(faults, key=lambda name: faults[name])
    with_it = [row for row in seen if _faults(row[None])[worst]]
    return f"in {100 * faults[worst]:.0f} % of the frames: {advice(np.median(with_it, axis=0))}"
