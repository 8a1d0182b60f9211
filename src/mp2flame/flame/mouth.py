"""Teeth, gums, tongue and the dark inside of a mouth, made to fit one head's lips and jaw joint."""

from __future__ import annotations

import numpy as np

from ..base.values import FloatArray
from .lips import mouth_border
from .model import FlameModel
from .piece import Piece, fan, grid
from .skinning import JAW, NECK

_UPPER_WIDTHS = (8.6, 6.6, 7.6, 7.0, 6.8, 10.0, 9.6)  # millimetres, from the middle backwards
_LOWER_WIDTHS = (5.4, 5.9, 6.9, 7.0, 7.1, 11.0, 10.4)
_UPPER_CROWNS = (10.6, 9.8, 10.8, 10.0, 9.6, 9.2, 8.6)
_LOWER_CROWNS = (8.8, 9.0, 10.0, 8.8, 8.2, 7.8, 7.4)
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


class Mouth:
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

    def teeth(self, upper: bool) -> Piece:
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
        edge = self.line - (0.0020 if upper else -0.0002) * self.scale
        # Incisal edges: canines and middle incisors longest, molars a little short; corners are round.
        short = 0.0006 * (1 - bulge) + np.where(tooth == 1, 0.0005, 0) + np.where(tooth > 2, 0.0006, 0)
        tip = edge - sign * short * self.scale
        neck = edge - sign * height + sign * 0.0016 * (1 - bulge) * self.scale  # the gum's scallops
        gum = np.array(_GUM)[None].repeat(len(arc), 0)
        dark = np.clip(1.06 - np.abs(arc) / (0.100 * self.scale), 0.50, 1)[:, None]
        gap = (0.66 + 0.34 * np.clip(bulge * 2.2, 0, 1))[:, None]
        enamel = np.array(_ENAMEL) * gap
        root = np.array(_ENAMEL) * [0.95, 0.90, 0.82] * gap
        thick = 0.0009 * self.scale
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
            colors.append(color * dark ** [0.75, 1.15, 1.45])
        faces = grid(len(rows), len(arc))
        joint = NECK if upper else JAW
        return Piece(
            np.concatenate(points),
            faces[:, ::-1] if upper else faces,
            np.concatenate(colors),
            gloss=0.35,
            skin=np.eye(5)[np.full(len(arc) * len(rows), joint)],
        )

    def tongue(self) -> Piece:
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
        centre = [self.middle, self.line - 0.0070 * self.scale, self.front - 0.0355 * self.scale]
        points = np.stack([x, y, z], -1).reshape(-1, 3) * self.scale + centre
        share = np.clip((depth + 0.9) / 1.9, 0, 1) + 0 * phi
        over = 0.0080 * np.sin(0.5 * np.pi * np.clip(share / 0.55, 0, 1)) - 0.0075 * np.clip(
            (share - 0.55) / 0.45, 0, 1
        )
        out = np.stack([-0.05 * x * share, over, 0.0270 * share**1.2], -1)
        light = np.clip(0.55 + 0.45 * (depth + 1) / 1.4, 0.3, 1)[..., None] * np.clip(
            0.9 + 30 * up[..., None], 0.8, 1
        )
        return Piece(
            points,
            np.concatenate(
                [
                    grid(along, around + 1)[:, ::-1],
                    fan(np.arange(around)),
                    fan(np.arange(around)[::-1] + (along - 1) * (around + 1)),
                ]
            ),
            (light * np.array(_TONGUE)).reshape(-1, 3),
            gloss=0.12,
            skin=np.eye(5)[np.full(len(points), JAW)],
            tongue_out=out.reshape(-1, 3) * self.scale,
        )


def mouth_bag(person: FlameModel, mouth: Mouth) -> Piece:
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
        + [fan(np.arange(n)[::-1] + (rings - 1) * n)]
    )
    rows = np.concatenate([np.eye(n) * share[:, None] for share in shares])
    return Piece(
        np.concatenate(points),
        faces,
        np.concatenate(colors),
        used=loop,
        rows=rows,
        skin=np.concatenate(skins),
    )
