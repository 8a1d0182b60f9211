"""Colours for a head's vertices, so that lips, brows, lashes and irises read in a picture.

They are painted from geometry alone: lip and brow outlines from the embedded landmarks, eyes from the
distance to the visual axis, warmth and shade of the skin from its curvature. No texture, no data.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..base.errors import InputError, MismatchError
from ..base.values import FloatArray, IntArray, UInt8Array
from .eyes import EyeOpening, eye_openings
from .landmarks import embedding_for
from .lips import mouth_border
from .mesh import edges, vertex_normals
from .model import FlameModel
from .outlines import BROW_OUTLINES, INNER_LIPS, OUTER_LIPS
from .parts import Parts
from .skinning import LEFT_EYE, RIGHT_EYE

Color = tuple[int, int, int]


class Tone(NamedTuple):
    """A person's colours, sRGB."""

    skin: Color
    lips: Color
    brow: Color
    lash: Color
    lid: Color
    nostril: Color


TONES = {
    "light": Tone(
        (224, 178, 152), (196, 108, 100), (84, 60, 47), (62, 41, 36), (188, 126, 110), (96, 52, 44)
    ),
    "deep": Tone((142, 95, 70), (124, 66, 60), (36, 27, 24), (26, 19, 18), (108, 66, 52), (54, 30, 25)),
}
"""Skin tones to choose from."""

SKIN = TONES["light"].skin
SCLERA = (236, 231, 227)
LIMBUS = (38, 50, 58)
IRIS = (86, 126, 148)
PUPIL = (10, 10, 12)
LIP_LINE = (70, 22, 24)
INSIDE = ((128, 56, 54), (118, 50, 48), (100, 40, 39), (72, 28, 28), (54, 20, 21))
"""From the lips' edge to the throat: red in the light, dark further back, black nowhere."""

_NOSTRILS = ((79, 166, 75, 60, 20, 238), (309, 392, 305, 290, 250, 458))
_PUPIL_RADIUS, _IRIS_RADIUS = 0.0021, 0.0059  # metres


def colors_for(
    model: FlameModel, skin: str = "light", *, brows: bool = True, shade: bool = True
) -> UInt8Array:
    """``(V, 3)`` sRGB for any head with FLAME's mesh, or the built-in one.

    Args:
        model: the head; its template is the person who is painted.
        skin: the tone, one of ``TONES``.
        brows: paint brows on the mesh; False where ``scenery.dress`` adds them.
        shade: hollows darker and the cheeks warmer; False: even skin.

    Raises:
        MismatchError: another mesh.
        InputError: no such tone.
    """
    if skin not in TONES:
        raise InputError(f"skin must be {' or '.join(map(repr, TONES))}, got {skin!r}.")
    tone, parts = TONES[skin], model.parts
    template = np.asarray(model.v_template, float)
    landmarks = embedding_for(model).landmarks(template).astype(float)
    colors = np.tile(np.array(tone.skin, float), (len(template), 1))
    if shade:
        colors *= _complexion(template, np.asarray(model.faces), landmarks)
    _paint_skin(colors, template, landmarks, tone, brows)
    _paint_lids(colors, model, tone)
    _paint_eyes(colors, template, model)
    if parts is not None:
        _paint_mouth(colors, parts, tone)
    elif not model.has_mouth:
        _paint_inner_lips(colors, template, np.asarray(model.faces), landmarks)
    return np.clip(np.round(colors), 0, 255).astype(np.uint8)


_WARM = ((50, 0.018, 0.7), (280, 0.018, 0.7), (4, 0.010, 0.7), (199, 0.012, 0.4))  # landmark, reach, how much
_DEEP = np.array([0.68, 0.54, 0.50])  # what is left of the skin's light in the deepest hollow


def _complexion(template: FloatArray, faces: IntArray, landmarks: FloatArray) -> FloatArray:
    """``(V, 3)`` factors: hollows darker and redder, eye sockets darker, cheeks, nose and chin warmer."""
    joined = edges(faces)
    a, b = np.concatenate([joined, joined[:, ::-1]]).T
    degree = np.maximum(np.bincount(a, minlength=len(template)), 1.0)

    def around(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(a, values[b], len(template)) / degree)

    middle = np.stack([around(template[:, k]) for k in range(3)], 1)
    length = np.bincount(a, np.linalg.norm(template[a] - template[b], axis=1), len(template)) / degree
    hollow = ((middle - template) * vertex_normals(template, faces)).sum(1) / np.maximum(length, 1e-9)
    for _ in range(2):
        hollow = 0.5 * (hollow + around(hollow))
    hollow = np.clip(hollow / 0.22, 0, 1)
    hollow *= np.clip((template[:, 1] - landmarks[152, 1] + 0.05) / 0.03, 0, 1)  # not at the bust's border
    factor = 1 - hollow[:, None] * (1 - _DEEP)
    for outer, inner in ((33, 133), (263, 362)):
        reach = np.linalg.norm(template - landmarks[[outer, inner]].mean(0), axis=1) / 0.022
        factor *= 1 - np.exp(-(reach**2))[:, None] * [0.08, 0.12, 0.11]
    for point, size, much in _WARM:
        near = np.exp(-((np.linalg.norm(template - landmarks[point], axis=1) / size) ** 2))
        factor *= 1 - much * near[:, None] * [0.01, 0.085, 0.085]
    return np.asarray(factor)


def _paint_skin(
    colors: FloatArray, template: FloatArray, landmarks: FloatArray, tone: Tone, brows: bool
) -> None:
    front = np.flatnonzero(template[:, 2] > landmarks[[33, 263], 2].mean() - 0.02)
    xy, depth = template[front, :2], template[front, 2]
    lips = _inside(xy, _through(landmarks[list(OUTER_LIPS), :2]), 0.0012)
    colors[front] += lips[:, None] * (np.array(tone.lips) - colors[front])
    behind = landmarks[list(INNER_LIPS), 2].min() - 0.004
    within = _inside(xy, landmarks[list(OUTER_LIPS), :2], 0.003) * (depth < behind)
    colors[front] += within[:, None] * (np.array(LIP_LINE) - colors[front])
    for ring in _NOSTRILS:
        middle = landmarks[list(ring)].mean(0)
        beside = np.hypot(xy[:, 0] - middle[0], depth - middle[2])
        deep = (beside < 0.0045) & (np.abs(xy[:, 1] - middle[1] - 0.006) < 0.0055)
        colors[front[deep]] = tone.nostril
    for outline in BROW_OUTLINES if brows else ():
        brow = 0.95 * _inside(xy, _slimmer(landmarks[list(outline), :2]), 0.0016, 0.0006)
        colors[front] += brow[:, None] * (np.array(tone.brow) - colors[front])


def _paint_lids(colors: FloatArray, model: FlameModel, tone: Tone) -> None:
    """The margins of the lids: lashes on the upper one, the wet rim on the lower."""
    try:
        openings: tuple[EyeOpening, ...] = eye_openings(model)
    except MismatchError:
        return
    for opening in openings:
        for row, share in zip(opening.lower, (1.0, 0.35)):
            colors[row] += share * (np.array(tone.lid) - colors[row])
        for row, share in zip(opening.upper, (1.0, 0.6)):
            colors[row] += share * (np.array(tone.lash) - colors[row])


def _through(outline: FloatArray) -> FloatArray:
    """A closed outline with a point added on the smooth curve between any two."""
    before, after, last = (np.roll(outline, k, axis=0) for k in (1, -1, -2))
    middle = (9 * (outline + after) - before - last) / 16
    return np.stack([outline, middle], 1).reshape(-1, 2)


def _slimmer(outline: FloatArray) -> FloatArray:
    """A brow's outline pulled to its middle line, more so towards the tail."""
    upper, lower = outline[:5], outline[5:][::-1]
    keep = np.array([0.5, 0.95, 1.1, 1.1, 0.9])[:, None]
    middle = 0.5 * (upper + lower)
    return np.concatenate([middle + keep * (upper - middle), (middle + keep * (lower - middle))[::-1]])


def _paint_eyes(colors: FloatArray, template: FloatArray, model: FlameModel) -> None:
    joints = np.asarray(model.J_regressor, float) @ template
    for joint in (LEFT_EYE, RIGHT_EYE):
        ball = np.flatnonzero(np.asarray(model.lbs_weights)[:, joint] > 0.5)
        offset = template[ball] - joints[joint]
        off_axis = np.where(offset[:, 2] > 0, np.hypot(offset[:, 0], offset[:, 1]), np.inf)
        paint = np.tile(np.array(SCLERA, float), (len(ball), 1))
        iris = off_axis < _IRIS_RADIUS
        rim = np.clip((off_axis - 0.0042) / 0.0014, 0, 1)[:, None]
        paint[iris] = (np.array(IRIS) + rim * (np.array(LIMBUS) - np.array(IRIS)))[iris]
        paint[off_axis < _PUPIL_RADIUS] = PUPIL
        colors[ball] = paint


def _paint_mouth(colors: FloatArray, parts: Parts, tone: Tone) -> None:
    rings = (tone.lips, tone.lips, (150, 66, 64), *INSIDE)
    ring = (parts.mouth.stop - parts.mouth.start) // len(rings)
    for row, color in enumerate(rings):
        colors[parts.mouth.start + row * ring : parts.mouth.start + (row + 1) * ring] = color


def _paint_inner_lips(
    colors: FloatArray, template: FloatArray, faces: IntArray, landmarks: FloatArray
) -> None:
    """The walls behind FLAME's lips, up to where the lips touch: else they are skin in an open mouth."""
    ring = mouth_border(faces, template, landmarks[[13, 14]].mean(0))
    for share in (1.0, 1.0, 0.9):
        colors[ring] += share * (np.array(INSIDE[0]) - colors[ring])
        ring = np.unique(faces[np.isin(faces, ring).any(1)])


def _inside(points: FloatArray, outline: FloatArray, soft: float, shift: float = 0.0) -> FloatArray:
    """``(N,)`` 1 inside a closed outline, 0 outside, over ``soft`` metres; ``shift`` moves it outwards."""
    a, b = outline, np.roll(outline, -1, axis=0)
    x, y = points[:, :1], points[:, 1:]
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    rise = np.where(np.abs(b[:, 1] - a[:, 1]) < 1e-12, 1e-12, b[:, 1] - a[:, 1])
    crossings = spans & (x < a[:, 0] + (y - a[:, 1]) / rise * (b[:, 0] - a[:, 0]))
    sign = np.where(crossings.sum(1) % 2 == 1, 1.0, -1.0)
    return np.asarray(np.clip(0.5 + (sign * _distance(points, outline, closed=True) + shift) / soft, 0, 1))


def _distance(points: FloatArray, line: FloatArray, closed: bool) -> FloatArray:
    """``(N,)`` distance to a polyline in the plane."""
    a = line if closed else line[:-1]
    b = np.roll(line, -1, axis=0) if closed else line[1:]
    edge = b - a
    along = ((points[:, None] - a) * edge).sum(2) / np.maximum((edge * edge).sum(1), 1e-18)
    nearest = a + np.clip(along, 0, 1)[..., None] * edge
    return np.asarray(np.linalg.norm(points[:, None] - nearest, axis=2).min(1))
