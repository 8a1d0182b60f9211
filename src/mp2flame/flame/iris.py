"""The front of an eyeball in fine rings: pupil, iris with its fibres, a soft dark limbus.

A file's own eyeball has six or eight rings of vertices, which draw an iris with corners and a hard edge.
"""

from __future__ import annotations

import numpy as np

from ..base.values import FloatArray
from .colors import IRIS, LIMBUS, PUPIL, SCLERA
from .model import FlameModel
from .piece import Piece, fan, grid
from .skinning import LEFT_EYE, RIGHT_EYE

_AROUND = 64
_OFF_AXIS_MM = (0.7, 1.4, 1.9, 2.1, 2.3, 2.8, 3.4, 4.1, 4.8, 5.2, 5.5, 5.8, 6.1, 6.5, 7.0)
_LIFT = 0.00003  # metres above the ball's own vertices, so that none of them shows through
_LIGHTER = (1.22, 1.16, 1.06)  # the ring about the pupil, over the iris
_UNDER_LID = 0.22  # darker at the top, where the lid's shadow lies


def irises(model: FlameModel) -> list[Piece]:
    """A cap for each eye, on the eyeball and turning with it: the left one, the right one."""
    template = np.asarray(model.v_template, np.float64)
    joints = np.asarray(model.J_regressor, np.float64) @ template
    weights = np.asarray(model.lbs_weights)
    pieces = []
    for joint in (LEFT_EYE, RIGHT_EYE):
        offset = template[weights[:, joint] > 0.5] - joints[joint]
        radius = np.linalg.norm(offset[offset[:, 2] > 0], axis=1).max() + _LIFT
        pieces.append(_cap(joints[joint], float(radius), joint))
    return pieces


def _cap(centre: FloatArray, radius: float, joint: int) -> Piece:
    turn = 2 * np.pi * np.arange(_AROUND + 1) / _AROUND
    off = 1e-3 * np.array(_OFF_AXIS_MM)[:, None]
    ahead = np.sqrt(radius**2 - off**2) + 0 * turn
    points = np.stack([off * np.cos(turn), off * np.sin(turn), ahead], -1) + centre
    faces = np.concatenate([grid(len(off), _AROUND + 1)[:, ::-1], fan(np.arange(_AROUND))])
    return Piece(
        points.reshape(-1, 3),
        faces,
        _paint(1e3 * off, turn).reshape(-1, 3),
        gloss=1.0,
        skin=np.eye(5)[np.full(points[..., 0].size, joint)],
    )


def _paint(off_mm: FloatArray, turn: FloatArray) -> FloatArray:
    """``(R, C, 3)`` sRGB of rings and directions."""
    fibres = 0.05 * np.sin(9 * turn + 0.6) + 0.05 * np.sin(16 * turn + 2.1) + 0.03 * np.sin(29 * turn)
    amid = np.clip((off_mm - 2.3) / 0.8, 0, 1) * np.clip((5.4 - off_mm) / 1.2, 0, 1)
    iris = np.array(IRIS, float) * (1 + amid * fibres)[..., None]
    near = np.exp(-(((off_mm - 2.7) / 0.7) ** 2))[..., None]
    iris = iris * (1 + near * (np.array(_LIGHTER) - 1))
    iris = iris * (1 - _UNDER_LID * np.clip(off_mm * np.sin(turn) / 5.5, 0, 1))[..., None]
    color = np.array(PUPIL, float) + _rise(off_mm, 1.95, 2.3) * (iris - np.array(PUPIL))
    color = color + 0.85 * _rise(off_mm, 4.4, 5.6) * (np.array(LIMBUS) - color)
    return np.asarray(color + _rise(off_mm, 5.6, 6.6) * (np.array(SCLERA) - color))


def _rise(off_mm: FloatArray, start: float, end: float) -> FloatArray:
    return np.asarray(np.clip((off_mm - start) / (end - start), 0, 1)[..., None])
