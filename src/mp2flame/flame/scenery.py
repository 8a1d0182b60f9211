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
from .landmarks import Embedding, embedding_for
from .lips import mouth_border
from .model import FlameModel
from .outlines import BROWS

NECK, JAW = 1, 2


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


@dataclass
class _Piece:
    """Vertices as sums of the head's own plus offsets, with triangles, skinning, colours."""

    points: FloatArray  # (N, 3)
    faces: IntArray
    colors: FloatArray  # (N, 3)
    gloss: float = 0.0
    used: IntArray | None = None  # (U,) the head's vertices that move these
    rows: FloatArray | None = None  # (N, U)
    skin: FloatArray | None = None  # (N, 5) where it is not the rows'
    tongue_out: FloatArray | None = None


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
    mouth = _Mouth(embedding.landmarks(shaped).astype(np.float64))
    pieces = [
        *(_brow(person, embedding, colors, tone, upper, lower) for upper, lower in BROWS),
        mouth.teeth(upper=True),
        mouth.teeth(upper=False),
        mouth.tongue(),
        *([] if person.has_mouth else [_bag(person, mouth)]),
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


def _joined(person: FlameModel, colors: FloatArray, gloss: FloatArray, pieces: list[_Piece]) -> Dressed:
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
_BROW_LIFT = 0.0004  # metres off the skin in the middle, nothing at the edges
_BROW_WIDTH = ((0.0, 0.10, 0.30, 0.60, 0.85, 1.0), (0.16, 0.52, 0.78, 0.98, 1.06, 0.88))


def _brow(
    person: FlameModel,
    embedding: Embedding,
    colors: FloatArray,
    tone: Tone,
    upper: tuple[int, ...],
    lower: tuple[int, ...],
) -> _Piece:
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
    normal = rows @ _normals(v, person.faces)[used]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    dome = (1 - across[:, None] ** 2) * np.ones(_BROW_COLUMNS)
    place += (0.00025 + _BROW_LIFT * dome.reshape(-1, 1)) * normal
    left = upper[0] == BROWS[1][0][0]
    faces = _grid(_BROW_ROWS, _BROW_COLUMNS)
    cover = _hair(along, across).reshape(-1, 1)
    below = rows @ colors[used]
    return _Piece(
        place,
        faces if not left else faces[:, ::-1],
        below + cover * (np.array(tone.brow) - below),
        used=used,
        rows=rows,
    )


def _hair(along: FloatArray, across: FloatArray) -> FloatArray:
    """``(R, C)`` how much of the skin the hair covers: nothing at the edges, strands in between."""
    edge = np.clip((1 - np.abs(across)) / 0.45, 0, 1)[:, None] ** 0.8
    ends = np.clip(along / 0.06, 0, 1) * np.clip((1 - along) / 0.14, 0, 1)
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


def _normals(v: FloatArray, faces: IntArray) -> FloatArray:
    a, b, c = v[faces].transpose(1, 0, 2)
    face = np.cross(b - a, c - a)
    out = np.zeros_like(v)
    for corner in range(3):
        np.add.at(out, faces[:, corner], face)
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-20))


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


def _grid(rows: int, columns: int) -> IntArray:
    """Triangles of a grid, facing out where columns run to the subject's left and rows upwards."""
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1)
    right, up = corner + 1, corner + columns
    return np.concatenate([np.stack([corner, right, up], 1), np.stack([right, up + 1, up], 1)])


def _fan(ring: IntArray) -> IntArray:
    """Triangles that close a ring, facing where it runs counter-clockwise."""
    return np.stack([np.full(len(ring) - 2, ring[0]), ring[1:-1], ring[2:]], 1)


# --- the mouth ------------------------------------------------------------------------------------------

_UPPER_WIDTHS = (8.6, 6.6, 7.6, 7.0, 6.8, 10.0, 9.6)  # millimetres, from the middle backwards
_LOWER_WIDTHS = (5.4, 5.9, 6.9, 7.0, 7.1, 11.0, 10.4)
_UPPER_CROWNS = (10.2, 9.0, 10.0, 8.4, 7.6, 7.2, 6.8)
_LOWER_CROWNS = (8.8, 9.0, 10.0, 8.6, 7.8, 7.4, 7.0)
_ENAMEL, _GUM = (243.0, 234.0, 216.0), (182.0, 98.0, 94.0)
_TONGUE = (190.0, 100.0, 98.0)
_INSIDE = (
    (128.0, 56.0, 54.0),
    (128.0, 54.0, 52.0),
    (106.0, 43.0, 41.0),
    (80.0, 31.0, 31.0),
    (54.0, 20.0, 21.0),
)
"""From the lips to the throat: red in the light, dark further back, black nowhere."""
_PER_TOOTH = 8


class _Mouth:
    """The dental arches of a person, from the landmarks of the lips; metres, FLAME frame."""

    def __init__(self, landmarks: FloatArray) -> None:
        lips = landmarks[[13, 14]]
        self.middle = 0.5 * (landmarks[78, 0] + landmarks[308, 0])
        self.scale = float(np.abs(landmarks[308, 0] - landmarks[78, 0])) / 2 / 0.0240
        self.line = float(lips[:, 1].mean())
        self.front = float(lips[:, 2].mean())

    def arch(self, upper: bool, arc: FloatArray, inward: FloatArray | float = 0.0) -> FloatArray:
        """``(..., 2)`` x and z at an arc length from the middle (m, + to the subject's left), ``inward`` of it."""
        a, b = np.array([0.0280 if upper else 0.0264, 0.0460]) * self.scale
        front = self.front - (0.0058 if upper else 0.0074) * self.scale
        theta = np.linspace(0, np.pi / 2, 400)
        steps = np.hypot(a * np.cos(theta), b * np.sin(theta))
        length = np.r_[0, np.cumsum(0.5 * (steps[1:] + steps[:-1]) * np.diff(theta))]
        turn = np.interp(np.abs(arc), length, theta)
        norm = np.hypot(np.sin(turn) * b, np.cos(turn) * a)  # of the outward normal (b sin, a cos)
        x = a * np.sin(turn) - inward * b * np.sin(turn) / norm
        z = front - b * (1 - np.cos(turn)) - inward * a * np.cos(turn) / norm
        return np.stack([self.middle + np.sign(arc) * x, z], -1)

    def teeth(self, upper: bool) -> _Piece:
        """A row of teeth in its gum as one sheet: from the gum over the crowns and round their edge."""
        widths = 1e-3 * self.scale * np.array(_UPPER_WIDTHS if upper else _LOWER_WIDTHS)
        crowns = 1e-3 * self.scale * np.array(_UPPER_CROWNS if upper else _LOWER_CROWNS)
        count = len(widths)
        inner = np.linspace(0, 1, _PER_TOOTH + 1)
        edges = np.r_[0, np.cumsum(widths)]
        half = np.r_[(edges[:-1, None] + widths[:, None] * inner[:-1]).reshape(-1), edges[-1]]
        tooth = np.r_[np.repeat(np.arange(count), _PER_TOOTH), count - 1]
        phase = np.r_[np.tile(inner[:-1], count), 1.0]
        arc = np.r_[-half[:0:-1], half]
        tooth, phase = np.r_[tooth[:0:-1], tooth], np.r_[phase[:0:-1], phase]
        bulge = np.sin(np.pi * phase) ** 0.5
        height = np.interp(np.abs(arc), np.r_[0, (edges[:-1] + edges[1:]) / 2], np.r_[crowns[0], crowns])
        sign = -1.0 if upper else 1.0
        edge = self.line - (0.0035 if upper else 0.0022) * self.scale
        # Incisal edges: canines and middle incisors longest, molars a little short; corners are round.
        short = 0.0007 * (1 - bulge**1.5) + np.where(tooth == 1, 0.0006, 0) + np.where(tooth > 2, 0.0008, 0)
        tip = edge - sign * short * self.scale
        neck = edge - sign * height + sign * 0.0016 * (1 - bulge) * self.scale  # the gum's scallops
        gum = np.array(_GUM)[None].repeat(len(arc), 0)
        dark = np.clip(1.04 - np.abs(arc) / (0.080 * self.scale), 0.40, 1)[:, None]
        gap = (0.50 + 0.50 * np.clip(bulge * 1.9, 0, 1))[:, None]
        enamel = np.array(_ENAMEL) * gap
        root = np.array(_ENAMEL) * [0.95, 0.90, 0.82] * gap
        thick = 0.0011 * self.scale
        rows: list[tuple[FloatArray, FloatArray, FloatArray]] = [
            (neck - sign * rise * self.scale, deep - 0.0003 * bulge, share * gum)
            for rise, deep, share in (
                (0.0120, 0.0040, 0.80),
                (0.0060, 0.0008, 1.0),
                (0.0012, -0.0004, 1.0),
                (0.0, 0.0006, 0.75),
            )
        ]
        for share, deep in ((0.06, 0.0006), (0.35, 0.0), (0.75, 0.0001), (0.95, 0.0006), (1.0, 0.0014)):
            out = deep - thick * bulge * (1 if share < 0.99 else 0.6)
            rows.append((neck + share * (tip - neck), out, root if share < 0.1 else enamel))
        rows.append((tip - sign * 0.0006, 0.0034 + 0 * bulge, 0.80 * enamel))
        rows.append((neck + 0.3 * (tip - neck), 0.0055 + 0 * bulge, 0.55 * enamel))
        points, colors = [], []
        for y, inward, color in rows:
            xz = self.arch(upper, arc, inward * self.scale)
            points.append(np.column_stack([xz[:, 0], y, xz[:, 1]]))
            colors.append(color * dark ** [1.0, 1.1, 1.18])
        faces = _grid(len(rows), len(arc))
        joint = NECK if upper else JAW
        return _Piece(
            np.concatenate(points),
            faces[:, ::-1] if upper else faces,
            np.concatenate(colors),
            gloss=0.35,
            skin=np.eye(5)[np.full(len(arc) * len(rows), joint)],
        )

    def tongue(self) -> _Piece:
        """A flattened ellipsoid with a groove, on the jaw."""
        around, along = 32, 22
        phi = 2 * np.pi * np.arange(around + 1) / around
        depth = np.cos(np.linspace(0.02, np.pi - 0.02, along))[:, None]  # 1 at the tip
        ring = (1 - np.where(depth > 0, np.abs(depth) ** 2.8, depth**2)) ** 0.40  # blunt at the tip
        x = 0.0180 * ring * np.cos(phi) * np.interp(depth, [-1, 0.0, 1], [1.0, 1.0, 0.80])
        up = 0.0075 * ring * np.sin(phi)
        y = np.where(up > 0, up - 0.0020 * np.exp(-((x / 0.0045) ** 2)) * ring, 1.2 * up)
        y = y - 0.004 * np.clip(depth, 0, 1) ** 2
        z = 0.0250 * depth + 0 * phi
        centre = [self.middle, self.line - 0.0090 * self.scale, self.front - 0.0355 * self.scale]
        points = np.stack([x, y, z], -1).reshape(-1, 3) * self.scale + centre
        share = np.clip((depth + 0.9) / 1.9, 0, 1) + 0 * phi
        over = 0.0080 * np.sin(0.5 * np.pi * np.clip(share / 0.55, 0, 1)) - 0.0075 * np.clip(
            (share - 0.55) / 0.45, 0, 1
        )
        out = np.stack([-0.05 * x * share, over, 0.0270 * share**1.2], -1)
        light = np.clip(0.55 + 0.45 * (depth + 1) / 1.4, 0.3, 1)[..., None] * np.clip(
            0.9 + 30 * up[..., None], 0.8, 1
        )
        return _Piece(
            points,
            np.concatenate(
                [
                    _grid(along, around + 1)[:, ::-1],
                    _fan(np.arange(around)),
                    _fan(np.arange(around)[::-1] + (along - 1) * (around + 1)),
                ]
            ),
            (light * np.array(_TONGUE)).reshape(-1, 3),
            gloss=0.12,
            skin=np.eye(5)[np.full(len(points), JAW)],
            tongue_out=out.reshape(-1, 3) * self.scale,
        )


def _bag(person: FlameModel, mouth: _Mouth) -> _Piece:
    """The dark inside: rings from the border that FLAME's lips end in, backwards to the throat."""
    v = np.asarray(person.v_template, np.float64)
    loop = mouth_border(np.asarray(person.faces), v, np.array([mouth.middle, mouth.line, mouth.front]))
    border, weights = v[loop], np.asarray(person.lbs_weights, np.float64)[loop]
    middle = border.mean(0)
    direction = (border - middle)[:, :2] / np.abs(border - middle)[:, :2].max(0)
    points, skins, colors, shares = (
        [border],
        [weights],
        [np.array(_INSIDE[0]) + 0 * border],
        [np.ones(len(loop))],
    )
    # half width, half height, depth behind the border's middle, all metres; share of the border's own motion
    for wide, high, deep, share, color in (
        (0.0310, 0.0190, 0.004, 0.7, _INSIDE[1]),
        (0.0355, 0.0225, 0.022, 0.3, _INSIDE[2]),
        (0.0340, 0.0215, 0.045, 0.0, _INSIDE[3]),
        (0.0200, 0.0150, 0.062, 0.0, _INSIDE[4]),
        (0.0020, 0.0020, 0.068, 0.0, _INSIDE[4]),
    ):
        ring = np.column_stack([direction * [wide, high], np.full(len(loop), -deep)]) * mouth.scale + middle
        points.append(ring)
        target = np.zeros((len(loop), 5))
        lower = np.clip(0.5 - 0.6 * direction[:, 1], 0.1, 0.9) if deep < 0.04 else np.full(len(loop), 0.5)
        target[:, JAW], target[:, NECK] = lower, 1 - lower
        skins.append(share * weights + (1 - share) * target)
        colors.append(np.array(color) + 0 * border)
        shares.append(np.full(len(loop), share))
    n, rings = len(loop), len(points)
    i = np.arange(n)
    j = (i + 1) % n
    faces = np.concatenate(
        [
            np.concatenate(
                [
                    np.stack([k * n + i, (k + 1) * n + i, k * n + j], 1),
                    np.stack([k * n + j, (k + 1) * n + i, (k + 1) * n + j], 1),
                ]
            )
            for k in range(rings - 1)
        ]
        + [_fan(np.arange(n)[::-1] + (rings - 1) * n)]
    )
    rows = np.concatenate([np.eye(n) * share[:, None] for share in shares])
    return _Piece(
        np.concatenate(points),
        faces,
        np.concatenate(colors),
        used=loop,
        rows=rows,
        skin=np.concatenate(skins),
    )
