"""CSV takes of the iPhone app Live Link Face.

``Timecode,BlendShapeCount`` and 61 columns: 52 ARKit shapes, head and eye angles. Facts read off recordings:
the count column is spelled with a capital or small S; a row in which the face was lost has two fields,
``timecode,0``; values reach 1.08; the timecode is ``HH:MM:SS:FF.sss`` and FF counts 60ths of a second also in
a file of 30 frames per second; the columns JawRight/JawLeft and MouthRight/MouthLeft stand the other way
round than in Unreal's enum, so columns are matched by name.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np

from ...base import channels
from ...base.errors import FileFormatError
from ...base.rotations import euler_to_matrix, matrix_to_axis_angle
from ...base.values import FloatArray
from .score_table import ScoreTable, make_table, read_text

_WANTED = "a Live Link Face CSV (Timecode,BlendShapeCount, then 61 named columns)"


def is_livelink_header(line: str) -> bool:
    """Whether a CSV header is that of a Live Link Face take."""
    fields = [field.strip().strip('"').lower() for field in line.lstrip("\ufeff").split(",")[:2]]
    return fields == ["timecode", "blendshapecount"]


def read_livelink_csv(
    path: str | os.PathLike[str],
    *,
    keep_sides: bool = False,
    timecode_rate: float | None = None,
    eye_angles: bool = True,
    head_angles: bool = True,
) -> ScoreTable:
    """Read a take.

    Args:
        path: the ``.csv``.
        keep_sides: take JawLeft/JawRight and MouthLeft/MouthRight as the file says; else exchange them, as they come
            out of the app on the side opposite to what MediaPipe means by them (docs/sources.md).
        timecode_rate: frames per second that the timecode's last field counts; None: found from the file.
        eye_angles: use the eye angles as ``eye_pose`` when the file has any.
        head_angles: use the head angles as ``head_orient`` when the file has any.

    Raises:
        MissingFileError, FileFormatError: not such a file, or damaged; the message names the line.
    """
    source = Path(path)
    text = read_text(source, _WANTED)
    lines = text.splitlines()
    if not lines or not is_livelink_header(lines[0]):
        raise FileFormatError(f"{source} is not {_WANTED}; its first line is {(lines or [''])[0][:60]!r}.")
    rows = list(csv.reader(lines))
    columns = [name.strip() for name in rows[0][2:]]
    while columns and not columns[-1]:
        columns.pop()
    stamps: list[tuple[float, float]] = []
    values = np.zeros((len(rows) - 1, len(columns)), np.float32)
    detected = np.zeros(len(rows) - 1, bool)
    short = 0
    for number, row in enumerate(rows[1:], start=2):
        if not row or not row[0].strip():
            continue
        frame = len(stamps)
        stamps.append(_parse_timecode(source, number, row[0]))
        if len(row) < 2 + len(columns):
            # Two fields: the face was lost. More: the app was stopped while it wrote.
            short += len(row) > 2 and row[1].strip() not in ("", "0")
            continue
        try:
            values[frame] = [float(field) for field in row[2 : 2 + len(columns)]]
        except ValueError as error:
            raise FileFormatError(f"{source} line {number}: {error}.") from error
        detected[frame] = True
    count = len(stamps)
    values, detected = values[:count], detected[:count]
    if not count:
        raise FileFormatError(f"{source} has a header but no frames.")
    rate = timecode_rate or _timecode_rate(stamps)
    seconds = np.array([whole + part / rate for whole, part in stamps])
    seconds += 86400.0 * np.cumsum(np.r_[0, np.diff(seconds) < -43200])  # midnight
    angles = channels.HEAD_AND_EYE_ANGLES
    shapes = [i for i, name in enumerate(columns) if channels.canonical_name(name) not in angles]
    notes = [f"{int((~detected).sum())} rows without a face"] if not detected.all() else []
    if short:
        notes.append(f"{short} incomplete rows")
    table = make_table(
        source,
        [columns[i] for i in shapes],
        values[:, shapes],
        "arkit",
        (seconds - seconds[0]) * 1000.0,
        detected,
        head_orient=_angles(columns, values, ["Head"]) if head_angles else None,
        eye_pose=_angles(columns, values, ["LeftEye", "RightEye"]) if eye_angles else None,
        notes=tuple(notes),
    )
    if not keep_sides:
        table.weights[:] = table.weights[:, channels.SWAP_SIDEWAYS]
    return table


def _parse_timecode(source: Path, number: int, text: str) -> tuple[float, float]:
    """(whole seconds, frames) of ``HH:MM:SS:FF.sss``."""
    try:
        hours, minutes, seconds, frames = text.strip().replace(";", ":").split(":")
        return float(int(hours) * 3600 + int(minutes) * 60 + int(seconds)), float(frames)
    except ValueError as error:
        raise FileFormatError(
            f"{source} line {number}: timecode {text[:30]!r} is not HH:MM:SS:FF.sss; export the take again."
        ) from error


def _timecode_rate(stamps: list[tuple[float, float]]) -> float:
    """The rate under which the steps over the seconds' borders look like the steps inside a second."""
    whole, part = np.array(stamps).T
    inside = np.diff(part)[np.diff(whole) == 0]
    across = np.diff(part)[np.diff(whole) == 1]
    if not len(inside) or not len(across):
        return 60.0
    step = float(np.median(inside))
    rates = [rate for rate in (24.0, 25.0, 30.0, 50.0, 60.0, 120.0, 240.0) if rate > part.max() - 1e-6]
    return min(rates, key=lambda rate: abs(float(np.median(across)) + rate - step), default=60.0)


def _angles(columns: list[str], values: FloatArray, joints: list[str]) -> FloatArray | None:
    """Axis-angle of the joints; the head's yaw and pitch run against the eyes' (``channels.LIVELINK_HEAD_SIGNS``)."""
    place = {name.lower(): i for i, name in enumerate(columns)}
    out = []
    for joint in joints:
        where = [place.get(f"{joint}{part}".lower()) for part in ("Yaw", "Pitch", "Roll")]
        if any(i is None for i in where):
            return None
        signs = channels.LIVELINK_HEAD_SIGNS if joint == "Head" else channels.LIVELINK_EYE_SIGNS
        turns = values[:, [int(i or 0) for i in where]].astype(np.float64) * signs
        out.append(matrix_to_axis_angle(euler_to_matrix(turns, "YXZ")))
    angles = np.concatenate(out, axis=1)
    # All zero: the take was recorded with these angles switched off.
    return angles.astype(np.float32) if np.any(angles) else None
