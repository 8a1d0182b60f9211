"""What is known of CSV takes in the layout of the iPhone app Live Link Face.

``Timecode,BlendShapeCount`` (Unreal's own writer: ``NumProperties``) and 61 columns: 52 ARKit shapes, head and eye
angles. Facts read off recordings: a row in which the face was lost has two fields, ``timecode,0``; values reach 1.08;
the columns JawRight/JawLeft and MouthRight/MouthLeft stand the other way round than in Unreal's enum, so columns are
matched by name. Other programs write the same header: ``written_from_film`` tells them by what they write under it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...base import channels
from ...base.rotations import euler_to_matrix, matrix_to_axis_angle
from ...base.values import FloatArray

_EYES = ("LeftEye", "RightEye")


def is_livelink_header(names: Sequence[str]) -> bool:
    """Whether a header is one of Live Link Face takes: a timecode, then how many values follow."""
    first = [name.strip().strip('"').strip("\ufeff").lower() for name in names[:2]]
    return len(first) == 2 and first[0] == "timecode" and first[1] in ("blendshapecount", "numproperties")


def written_from_film(count: int, eyes: FloatArray, looks: FloatArray) -> str:
    """Why a file under this header holds what MediaPipe saw in a film, not an iPhone's values; empty: it does not.

    Args:
        count: what the rows state as the number of values: the app 61, MediaPipe has 51 named shapes.
        eyes: ``(T, 4)`` left yaw, pitch, right yaw, pitch as in the file.
        looks: ``(T, 4)`` the same as the eyeLook scores say it, radians.
    """
    if count == len(channels.BEAT51):
        return "it states 51 values, as programs do that write MediaPipe's scores"
    if len(eyes) and eyes.min() >= 0 and 0 < eyes.max() <= 1 and eyes.mean(axis=0).min() > 0.15:
        # iris positions in the picture: never negative, and they do not follow the looks
        if np.median(np.abs(eyes - looks), axis=0).min() > 0.15:
            return "its eye columns hold positions in a picture, not angles"
    return ""


def looks_of(weights: FloatArray) -> FloatArray:
    """``(T, 4)`` left yaw, pitch, right yaw, pitch that the eyeLook weights mean, radians.

    Yaw to the subject's right and pitch down are positive, as in the app's columns.
    """
    w = {name: weights[:, i] for name, i in channels.INDEX.items() if "Look" in name}
    return np.stack(
        [
            0.6 * (w["eyeLookInLeft"] - w["eyeLookOutLeft"]), 0.5 * (w["eyeLookDownLeft"] - w["eyeLookUpLeft"]),
            0.6 * (w["eyeLookOutRight"] - w["eyeLookInRight"]), 0.5 * (w["eyeLookDownRight"] - w["eyeLookUpRight"]),
        ],
        axis=1,
    )  # fmt: skip


def eyes_of(looks: FloatArray) -> FloatArray:
    """``(T, 6)`` axis-angle, left eye then right, of ``looks_of``."""
    names = [f"{joint}{part}" for joint in _EYES for part in ("Yaw", "Pitch", "Roll")]
    zero = np.zeros(len(looks))
    yaw_l, pitch_l, yaw_r, pitch_r = looks.T
    angles = eye_angles(names, np.stack([yaw_l, pitch_l, zero, yaw_r, pitch_r, zero], axis=1))
    return np.zeros((len(looks), 6), np.float32) if angles is None else angles


def eye_columns(columns: Sequence[str], values: FloatArray) -> FloatArray | None:
    """``(T, 4)`` left yaw, pitch, right yaw, pitch as in the file; None when they are missing."""
    place = {channels.canonical_name(name): i for i, name in enumerate(columns)}
    where = [place.get(f"{joint}{part}") for joint in _EYES for part in ("Yaw", "Pitch")]
    return None if any(i is None for i in where) else values[:, [int(i or 0) for i in where]]


def head_angles(columns: Sequence[str], values: FloatArray, order: Sequence[str]) -> FloatArray | None:
    """``(T, 3)`` axis-angle of the head; ``order`` names what the columns Yaw, Pitch, Roll hold."""
    return _angles(columns, values, ["Head"], order)


def eye_angles(columns: Sequence[str], values: FloatArray) -> FloatArray | None:
    """``(T, 6)`` axis-angle, left eye then right."""
    return _angles(columns, values, _EYES, ("Yaw", "Pitch", "Roll"))


def _angles(
    columns: Sequence[str], values: FloatArray, joints: Sequence[str], order: Sequence[str]
) -> FloatArray | None:
    """Axis-angle of the joints; the head's yaw and pitch run against the eyes' (``channels.LIVELINK_HEAD_SIGNS``)."""
    place = {channels.canonical_name(name): i for i, name in enumerate(columns)}
    out = []
    for joint in joints:
        held = {part: place.get(f"{joint}{named}") for part, named in zip(order, ("Yaw", "Pitch", "Roll"))}
        where = [held[part] for part in ("Yaw", "Pitch", "Roll")]
        if any(i is None for i in where):
            return None
        signs = channels.LIVELINK_HEAD_SIGNS if joint == "Head" else channels.LIVELINK_EYE_SIGNS
        turns = values[:, [int(i or 0) for i in where]].astype(np.float64) * signs
        out.append(matrix_to_axis_angle(euler_to_matrix(turns, "YXZ")))
    angles = np.concatenate(out, axis=1)
    # All zero: the take was recorded with these angles switched off.
    return angles.astype(np.float32) if np.any(angles) else None
