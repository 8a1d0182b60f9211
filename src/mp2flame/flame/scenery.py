"""Brows, teeth, gums, tongue and the inside of the mouth for any head with FLAME's mesh: scenery for pictures.

FLAME's files have none of these. ``dress`` makes them to fit one person from the embedded landmarks and the
skinning alone, as vertices after the file's own: what comes out is a ``FlameModel`` with more vertices, so the
forward pass, the renderers and the exporters take it as it is, and the first vertices are FLAME's to the last
bit. The upper teeth are fixed to the skull (the neck joint), the lower ones and the tongue to the jaw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..base.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from ..base.values import FlameParams, FloatArray, IntArray, UInt8Array
from .colors import TONES, Tone, colors_for
from .iris import irises
from .landmarks import Embedding, embedding_for
from .mesh import vertex_normals
from .model import FlameModel
from .mouth import Mouth, mouth_bag
from .outlines import BROWS
from .piece import Piece, grid


@dataclass(frozen=True, eq=False)
class Dressed:
    """A head with its scenery.

    Attributes:
        model: of this person, without identity directions; the file's own vertices come first.
        colors: ``(V, 3)`` sRGB.
        gloss: ``(V,)`` 0 skin to 1 eyeball, for ``Renderer``.
        tongue_out: ``(V, 3)`` metres, what ARKit's ``tongueOut`` at 1 does at rest, before skinning.
        num_own: how many of the vertices are the file's.
    """

    model: FlameModel
    colors: UInt8Array
    gloss: FloatArray
    tongue_out: FloatArray
    num_own: int


def dress(
    model: FlameModel,
    betas: npt.ArrayLike | None = None,
    *,
    skin: str = "light",
    scenery: bool = True,
    shade: bool = True,
) -> Dressed:
    """The head of one person, painted, with brows, teeth, gums, tongue and a dark mouth.

    Args:
        model: any head with FLAME's mesh, or the built-in one.
        betas: ``(n,)`` the person; None: the mean head. They are folded into the template.
        skin: the tone, one of ``colors.TONES``.
        scenery: False: paint on the mesh only, nothing is added.
        shade: False: even skin, for what shows few colours.

    Raises:
        MismatchError: another mesh.
        InputError: no such tone, or more betas than the file has.
    """
    shaped = model.shaped(betas)
    person = replace(
        model,
        v_template=shaped.astype(np.float32),
        shapedirs=np.zeros((len(shaped), 3, 0), np.float32),
        sha256="",  # no longer the file's arrays: what is cached for the file is not for this head
    )
    colors = colors_for(person, skin, brows=not scenery, shade=shade).astype(np.float64)
    gloss = (np.asarray(model.lbs_weights)[:, 3:].max(1) > 0.5).astype(np.float32)
    if not scenery:
        return Dressed(person, _bytes(colors), gloss, np.zeros_like(person.v_template), len(shaped))
    embedding = embedding_for(person)
    tone = TONES[skin]
    mouth = Mouth(embedding.landmarks(shaped).astype(np.float64))
    pieces = [
        *(_brow(person, embedding, colors, tone, upper, lower) for upper, lower in BROWS),
        *irises(person),
        mouth.teeth(upper=True),
        mouth.teeth(upper=False),
        mouth.tongue(),
        *([] if person.has_mouth else [mouth_bag(person, mouth)]),
    ]
    return _joined(person, colors, gloss, pieces)


def bend_neck(params: FlameParams) -> FlameParams:
    """The head's whole rotation put into the neck: the head turns as before, and the shoulders stay.

    Rotation of the head is the same; it turns about the neck joint and no longer about the root.
    """
    turn = axis_angle_to_matrix(params.global_orient) @ axis_angle_to_matrix(params.neck_pose)
    return params.replace(
        neck_pose=matrix_to_axis_angle(turn).astype(np.float32),
        global_orient=np.zeros_like(params.global_orient),
    )


def _joined(person: FlameModel, colors: FloatArray, gloss: FloatArray, pieces: list[Piece]) -> Dressed:
    own = person.num_vertices
    arrays: dict[str, list[FloatArray]] = {
        "v_template": [person.v_template],
        "exprdirs": [person.exprdirs],
        "posedirs": [person.posedirs],
        "lbs_weights": [person.lbs_weights],
    }
    faces, paint, shine = [person.faces], [colors], [gloss]
    out: list[FloatArray] = [np.zeros((own, 3))]
    count = own
    for piece in pieces:
        n = len(piece.points)
        rows, used = piece.rows, piece.used
        for name in ("exprdirs", "posedirs"):
            source = getattr(person, name)
            moved = np.zeros((n, *source.shape[1:]), np.float32)
            if rows is not None:
                moved = np.tensordot(rows, source[used], 1).astype(np.float32)
            arrays[name].append(moved)
        skin = piece.skin
        if skin is None:
            skin = np.asarray(piece.rows) @ person.lbs_weights[used]
        arrays["v_template"].append(piece.points)
        arrays["lbs_weights"].append(skin)
        faces.append(piece.faces + count)
        paint.append(piece.colors)
        shine.append(np.full(n, piece.gloss, np.float32))
        out.append(np.zeros((n, 3)) if piece.tongue_out is None else piece.tongue_out)
        count += n
    regressor = np.zeros((5, count), np.float32)
    regressor[:, :own] = person.J_regressor
    model = replace(
        person,
        faces=np.concatenate(faces),
        shapedirs=np.zeros((count, 3, 0), np.float32),
        J_regressor=regressor,
        has_mouth=True,
        v_template=np.concatenate(arrays["v_template"]),
        exprdirs=np.concatenate(arrays["exprdirs"]),
        posedirs=np.concatenate(arrays["posedirs"]),
        lbs_weights=np.concatenate(arrays["lbs_weights"]),
    )
    return Dressed(
        model,
        _bytes(np.concatenate(paint)),
        np.concatenate(shine).astype(np.float32),
        np.concatenate(out).astype(np.float32),
        own,
    )


def _bytes(colors: FloatArray) -> UInt8Array:
    return np.clip(np.round(colors), 0, 255).astype(np.uint8)


# --- brows ----------------------------------------------------------------------------------------------

_BROW_COLUMNS, _BROW_ROWS = 64, 9
_BROW_UP = 0.0010  # metres: the landmarks' brow lies a little low on the bone
_BROW_OFF, _BROW_LIFT = 0.0002, 0.0004  # metres off the skin at the edges, and more in the middle
_BROW_WIDTH = ((0.0, 0.10, 0.30, 0.60, 0.82, 0.93, 1.0), (0.10, 0.46, 0.76, 0.98, 1.02, 0.84, 0.42))


def _brow(
    person: FlameModel,
    embedding: Embedding,
    colors: FloatArray,
    tone: Tone,
    upper: tuple[int, ...],
    lower: tuple[int, ...],
) -> Piece:
    """A strip of hair that lies on the skin: each of its points on one triangle, a little lifted."""
    v = np.asarray(person.v_template, np.float64)
    landmarks = embedding.landmarks(v).astype(np.float64)
    spline = catmull_rom(len(upper), _BROW_COLUMNS)
    top, bottom = (spline @ landmarks[list(line)] for line in (upper, lower))
    along, across = np.linspace(0, 1, _BROW_COLUMNS), np.linspace(-1, 1, _BROW_ROWS)
    width = np.interp(along, *_BROW_WIDTH)[None, :, None]
    points = 0.5 * (top + bottom) + 0.5 * across[:, None, None] * width * (top - bottom) + [0, _BROW_UP, 0]
    used, rows = _on_skin(person, v, points.reshape(-1, 3))
    rows = _smoothed(rows.reshape(_BROW_ROWS, _BROW_COLUMNS, -1)).reshape(-1, len(used))
    place = rows @ v[used]
    normal = rows @ vertex_normals(v, person.faces)[used]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    dome = (1 - across[:, None] ** 2) * np.clip(np.minimum(along, 1 - along) / 0.2, 0, 1)  # thin at both ends
    place += (_BROW_OFF + _BROW_LIFT * dome.reshape(-1, 1)) * normal
    left = upper[0] == BROWS[1][0][0]
    faces = grid(_BROW_ROWS, _BROW_COLUMNS)
    cover = _hair(along, across).reshape(-1, 1)
    below = rows @ colors[used]
    return Piece(
        place,
        faces if not left else faces[:, ::-1],
        below + cover * (np.array(tone.brow) - below),
        used=used,
        rows=rows,
    )


def _hair(along: FloatArray, across: FloatArray) -> FloatArray:
    """``(R, C)`` how much of the skin the hair covers: nothing at the edges, strands in between."""
    edge = np.clip((1 - np.abs(across)) / 0.45, 0, 1)[:, None] ** 0.8
    ends = np.clip(along / 0.06, 0, 1) * np.clip((1 - along) / 0.26, 0, 1) ** 0.8
    column = np.arange(len(along))[None, :] + 1.2 * np.arange(len(across))[:, None]  # strands lean
    strands = 0.80 + 0.20 * np.sin(2.1 * column) * np.sin(0.83 * column + 1.0)
    return np.asarray(0.92 * edge * ends * strands)


def _on_skin(person: FlameModel, v: FloatArray, points: FloatArray) -> tuple[IntArray, FloatArray]:
    """For each point the nearest place on the mesh, as weights ``(N, U)`` of the vertices ``(U,)``."""
    centre = v[person.faces].mean(1)
    reach = np.linalg.norm(centre - points.mean(0), axis=1)
    faces = np.asarray(person.faces)[reach < np.linalg.norm(points - points.mean(0), axis=1).max() + 0.015]
    a, ab, ac = v[faces[:, 0]], v[faces[:, 1]] - v[faces[:, 0]], v[faces[:, 2]] - v[faces[:, 0]]
    d00, d01, d11 = (ab * ab).sum(1), (ab * ac).sum(1), (ac * ac).sum(1)
    there = points[:, None] - a
    d20, d21 = (there * ab).sum(2), (there * ac).sum(2)
    area = np.maximum(d00 * d11 - d01 * d01, 1e-20)
    w1, w2 = (d11 * d20 - d01 * d21) / area, (d00 * d21 - d01 * d20) / area
    weights = np.clip(np.stack([1 - w1 - w2, w1, w2], 2), 0, 1)
    weights /= weights.sum(2, keepdims=True)
    miss = np.linalg.norm(np.einsum("nfc,fcd->nfd", weights, v[faces]) - points[:, None], axis=2)
    best = miss.argmin(1)
    used, index = np.unique(faces[best], return_inverse=True)
    rows = np.zeros((len(points), len(used)))
    np.add.at(
        rows, (np.arange(len(points))[:, None], index.reshape(-1, 3)), weights[np.arange(len(best)), best]
    )
    return used, rows


def _smoothed(grid: FloatArray) -> FloatArray:
    """``(R, C, U)`` averaged over the neighbours, so that the facets of the skin do not show in the strip."""
    for _ in range(2):
        for axis in (0, 1):
            padded = np.concatenate([grid.take([0], axis), grid, grid.take([-1], axis)], axis)
            n = grid.shape[axis]
            grid = (padded.take(range(n), axis) + 2 * grid + padded.take(range(2, n + 2), axis)) / 4
    return grid


def catmull_rom(knots: int, count: int) -> FloatArray:
    """``(count, knots)`` weights of a Catmull-Rom curve through ``knots`` points."""
    out = np.zeros((count, knots))
    for row, u in enumerate(np.linspace(0, knots - 1, count)):
        i = min(int(u), knots - 2)
        t = u - i
        weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3)
        for k, w in zip((i - 1, i, i + 1, i + 2), weights):
            out[row, min(max(k, 0), knots - 1)] += w / 2
    return out
