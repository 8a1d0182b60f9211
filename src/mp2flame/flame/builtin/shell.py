"""Geometry of the built-in head beyond the landmarks: subdivision, the back of the head, eyeballs, teeth.

Everything is an affine function of MediaPipe's 468 skin landmarks, ``vertices = rows @ landmarks + rest``, so
that whatever moves the landmarks moves the head. The back of the head, the eyeballs and the teeth are drawn
with a few numbers of our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...base.values import FloatArray, IntArray

OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The face's outline from the top, by the subject's left side, the order of the canonical mesh's border."""

_INSIDE_OVAL = (
    151, 337, 299, 333, 301, 368, 368, 264, 447, 366, 401, 435, 367, 364, 394, 395, 369, 396,
    175, 171, 140, 170, 169, 135, 138, 215, 177, 137, 227, 34, 139, 139, 71, 104, 69, 108,
)  # fmt: skip
"""For each point of the outline the neighbour further inside the face."""

# Median profile of the back of the head, one column a ring from the forehead over the crown to the neck's
# end, and the matching profile from the chin down the throat, as (y, z) in metres; the side point and half
# width of each ring.
_TOP = np.array(
    [[.070, .103, .124, .130, .114, .075, .025, -.025, -.070, -.115, -.165],
     [.044, .026, -.008, -.050, -.100, -.128, -.133, -.118, -.100, -.093, -.098]]
).T  # fmt: skip
_BOTTOM = np.array(
    [[-.091, -.0965, -.098, -.097, -.096, -.097, -.102, -.112, -.128, -.148, -.172],
     [.046, .036, .024, .012, .002, -.006, -.012, -.016, -.019, -.019, -.014]]
).T  # fmt: skip
_SIDE = np.array(
    [[.000, .001, .003, .004, .003, -.003, -.025, -.058, -.092, -.125, -.168],
     [-.025, -.034, -.044, -.055, -.067, -.078, -.078, -.070, -.062, -.058, -.058]]
).T  # fmt: skip
_WIDTH = np.array([.0715, .0755, .0775, .0780, .0765, .0725, .0650, .0575, .0545, .0550, .0610])  # fmt: skip
NUM_RINGS = len(_WIDTH) - 1
_FOLLOW = 0.55  # how much of a ring's motion the next ring outwards takes


@dataclass
class Patch:
    """Vertices as affine functions of the landmarks, with triangles and skinning."""

    rows: FloatArray  # (V, 468)
    rest: FloatArray  # (V, 3)
    faces: IntArray  # (F, 3)
    skin: FloatArray  # (V, 5)

    def at(self, landmarks: FloatArray) -> FloatArray:
        return np.asarray(self.rows @ landmarks + self.rest)

    def pick(self, index: IntArray, offset: FloatArray, faces: IntArray) -> Patch:
        """Copies of some vertices, moved by constant offsets."""
        return Patch(self.rows[index], self.rest[index] + offset, faces, self.skin[index])


def join(patches: Sequence[Patch]) -> tuple[Patch, list[slice]]:
    """All patches as one, and which vertices each became."""
    starts = np.cumsum([0, *(len(p.rest) for p in patches)])
    whole = Patch(
        np.concatenate([p.rows for p in patches]),
        np.concatenate([p.rest for p in patches]),
        np.concatenate([p.faces + s for p, s in zip(patches, starts)]),
        np.concatenate([p.skin for p in patches]),
    )
    return whole, [slice(int(a), int(b)) for a, b in pairwise(starts)]


def skin_of(count: int, **joints: FloatArray | float) -> FloatArray:
    """``(count, 5)`` skinning weights by joint name; what is left goes to the neck joint, which carries the
    head.
    """
    names = ("root", "neck", "jaw", "left_eye", "right_eye")
    skin = np.zeros((count, 5))
    for name, weight in joints.items():
        skin[:, names.index(name)] = weight
    skin[:, 1] += 1 - skin.sum(1)
    return skin


def back_of_head(landmarks: FloatArray, jaw_weight: FloatArray) -> Patch:
    """Crown, nape, throat and neck, from the face's outline; its first 36 vertices are that outline."""
    n = len(OVAL)
    outline = landmarks[list(OVAL)]
    uniform = 2 * np.pi * np.arange(n) / n
    sine = np.clip(outline[:, 0] / _WIDTH[0], -1, 1)
    own = np.where(outline[:, 1] > _SIDE[0, 0], np.arcsin(sine), np.pi - np.arcsin(sine)) % (2 * np.pi)
    own[0], own[n // 2] = 0, np.pi
    points, rows, jaw = [outline], [np.eye(len(landmarks))[list(OVAL)]], [jaw_weight[list(OVAL)]]
    strain = outline - _ring(0, own)
    for k in range(1, NUM_RINGS + 1):
        blend = min(1.0, k / 4)
        points.append(_ring(k, (1 - blend) * own + blend * uniform) + strain * 0.5**k * (k < 4))
        rows.append(rows[-1] * _FOLLOW * (k < 5))
        jaw.append(jaw[-1] * 0.72 * (k < 7))
    placed = _faired(np.stack(points), landmarks)
    first, next_ = np.arange(n), np.roll(np.arange(n), -1)
    faces = np.concatenate(
        [
            np.concatenate(
                [
                    np.stack([k * n + first, k * n + next_, (k + 1) * n + first], 1),
                    np.stack([k * n + next_, (k + 1) * n + next_, (k + 1) * n + first], 1),
                ]
            )
            for k in range(NUM_RINGS)
        ]
    )
    all_rows = np.concatenate(rows)
    root = np.repeat(np.clip((np.arange(NUM_RINGS + 1) - 6) / (NUM_RINGS - 6), 0, 1), n)
    return Patch(
        all_rows,
        placed.reshape(-1, 3) - all_rows @ landmarks,
        faces,
        skin_of(len(all_rows), jaw=np.concatenate(jaw), root=root),
    )


def _ring(k: int, angle: FloatArray) -> FloatArray:
    """Points of ring ``k`` at angles from the top over the subject's left."""
    c, s = np.cos(angle)[:, None], np.sin(angle)
    top, bottom, side = _TOP[k], _BOTTOM[k], _SIDE[k]
    yz = side + c * (top - bottom) / 2 + c * c * ((top + bottom) / 2 - side)
    # Fuller than an ellipse, or the crown comes to a point.
    full = np.sign(s) * np.abs(s) ** (1 - 0.3 * min(1.0, k / 3))
    return np.column_stack([_WIDTH[k] * full, yz])


def _faired(rings: FloatArray, landmarks: FloatArray) -> FloatArray:
    """Rings ``(R, 36, 3)`` with the drawn shape kept roughly and the bend along each meridian made small.

    The first ring stays; a row inside it, along the face's own surface, makes the skin go on smoothly.
    """
    count = len(rings)
    ray = landmarks[list(_INSIDE_OVAL)] - rings[0]
    along = np.roll(rings[0], -1, axis=0) - np.roll(rings[0], 1, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    ray -= (ray * along).sum(1, keepdims=True) * along
    step = np.linalg.norm(rings[1] - rings[0], axis=1, keepdims=True)
    inner = rings[0] + ray / np.linalg.norm(ray, axis=1, keepdims=True) * step
    bend = np.zeros((count, count + 1))
    for k in range(1, count):
        bend[k, [k - 1, k, k + 1]] = (1, -2, 1)  # column 0 is the row inside the outline
    bend[0, [0, 1, 2]] = (1, -2, 1)
    bend[0] *= 0.7
    keep = np.r_[0.0, np.full(3, 0.05), np.full(count - 4, 0.6)]
    system = bend[:, 2:].T @ bend[:, 2:] + np.diag(keep[1:])
    known = np.concatenate([inner[None], rings[:1]])
    right = -np.tensordot(bend[:, 2:].T @ bend[:, :2], known, 1) + keep[1:, None, None] * rings[1:]
    return np.concatenate(
        [rings[:1], np.linalg.solve(system, right.reshape(count - 1, -1)).reshape(rings[1:].shape)]
    )


def ear(left: bool) -> Patch:
    """One ear: a leaf that grows out of the head's side, with a rolled rim and a hollow."""
    count, sign = 28, 1.0 if left else -1.0
    turn = 2 * np.pi * np.arange(count) / count
    # Outline in the ear's own plane: back, up; wide above, narrow at the lobe.
    wide = 0.0165 + 0.0035 * np.sin(turn)
    outline = np.column_stack([wide * np.cos(turn), 0.031 * np.sin(turn)])
    back = np.clip(np.cos(turn) * 0.7 + 0.6, 0, 1)  # 0 where the ear joins the head, 1 at its free edge
    rings = []
    for share, height in (
        (1.0, -0.0050),
        (1.06, -0.0010),
        (1.02, 0.0022),
        (0.90, 0.0030),
        (0.78, 0.0006),
        (0.5, -0.0035),
    ):
        rings.append(np.column_stack([share * outline, height * np.where(height < 0, 1, back)]))
    rings.append(np.tile([-0.002, 0.0, -0.0045], (count, 1)))
    flat = np.concatenate(rings)
    along, up, out = flat.T
    # The plane leans away from the head towards the back.
    away = np.deg2rad(24.0)
    points = np.column_stack(
        [
            sign * (0.0745 + (along + 0.012) * np.sin(away) + out * np.cos(away)),
            up + 0.0 + 0.10 * along,
            -0.048 - along * np.cos(away) + out * np.sin(away) - 0.10 * up,
        ]
    )
    faces = ring_faces(count, len(rings))
    return Patch(
        np.zeros((len(points), 468)), points, faces[:, ::-1] if left else faces, skin_of(len(points))
    )


def weld(face: Patch, back: Patch) -> Patch:
    """The back of the head sewn to the face's outline."""
    n, base = len(OVAL), len(face.rest)
    index = np.r_[list(OVAL), np.arange(base, base + len(back.rest) - n)]
    return Patch(
        np.concatenate([face.rows, back.rows[n:]]),
        np.concatenate([face.rest, back.rest[n:]]),
        np.concatenate([face.faces, index[back.faces]]),
        np.concatenate([face.skin, back.skin[n:]]),
    )


def subdivide(patch: Patch) -> Patch:
    """One step of butterfly subdivision (Dyn, Levin, Gregory 1990): old vertices stay where they are.

    Edges at a border use the four-point curve rule along it; edges without a full neighbourhood their middle.
    """
    faces = patch.faces
    opposite: dict[tuple[int, int], int] = {}
    for a, b, c in faces.tolist():
        opposite[a, b], opposite[b, c], opposite[c, a] = c, a, b
    edges = sorted({(min(e), max(e)) for e in opposite})
    along = {a: b for a, b in opposite if (b, a) not in opposite}
    before = {b: a for a, b in along.items()}
    mask = np.zeros((len(edges), len(patch.rest)))
    number = {}
    for row, (a, b) in enumerate(edges):
        number[a, b] = number[b, a] = row + len(patch.rest)
        c, d = opposite.get((a, b)), opposite.get((b, a))
        if c is None or d is None:
            p, q = (a, b) if (a, b) in opposite else (b, a)
            for vertex, weight in ((p, 9), (q, 9), (before.get(p), -1), (along.get(q), -1)):
                mask[row, vertex] += weight / 16
            continue
        wings = [opposite.get(e) for e in ((a, c), (c, b), (b, d), (d, a))]
        mask[row, [a, b]] = 0.5
        if None not in wings:
            mask[row, [c, d]] += 1 / 8
            for wing in wings:
                mask[row, wing] -= 1 / 16
    ab = np.array([[number[a, b], number[b, c], number[c, a]] for a, b, c in faces.tolist()])
    skin = np.concatenate([patch.skin, np.clip(mask @ patch.skin, 0, 1)])
    split = np.concatenate([np.column_stack([faces[:, i], ab[:, i], ab[:, i - 1]]) for i in range(3)] + [ab])
    return Patch(
        np.concatenate([patch.rows, mask @ patch.rows]),
        np.concatenate([patch.rest, mask @ patch.rest]),
        split,
        skin / skin.sum(1, keepdims=True),
    )


def border_loop(faces: IntArray, start: int) -> IntArray:
    """Vertices of the border through ``start``, in order, so that triangles lie on the left of the way."""
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    size = int(faces.max()) + 1
    alone = ~np.isin(edges[:, 0] * size + edges[:, 1], edges[:, 1] * size + edges[:, 0])
    along = dict(edges[alone].tolist())
    loop = [start]
    while along[loop[-1]] != start:
        loop.append(along[loop[-1]])
    return np.array(loop)


def collar(
    patch: Patch,
    loop: IntArray,
    offsets: Sequence[FloatArray],
    landmarks: FloatArray,
    follow: Sequence[float] = (),
) -> Patch:
    """Rings behind a border, each the border's vertices moved by ``offsets`` ``(n, 3)``; the border comes
    first.

    ``follow``: how much of the border's motion each ring takes, 1 where it is not given.
    """
    n = len(loop)
    index = np.tile(loop, len(offsets) + 1)
    offset = np.concatenate([np.zeros((n, 3)), *offsets])
    out = patch.pick(index, offset, ring_faces(n, len(offsets) + 1))
    share = np.ones(len(offsets) + 1)
    share[1 : len(follow) + 1] = follow
    share = np.repeat(share, n)[:, None]
    out.rest += (1 - share) * (out.rows @ landmarks)
    out.rows = share * out.rows
    steady = skin_of(len(index), jaw=out.skin[:, 2].mean())
    out.skin = share * out.skin + (1 - share) * steady
    return out


def ring_faces(n: int, rings: int, closed: bool = True) -> IntArray:
    """Triangles between consecutive rings of ``n`` vertices."""
    i = np.arange(n if closed else n - 1)
    j = (i + 1) % n
    strips = []
    for k in range(rings - 1):
        a, b = k * n, (k + 1) * n
        strips += [np.stack([a + i, b + i, a + j], 1), np.stack([a + j, b + i, b + j], 1)]
    return np.concatenate(strips)


def eyeball(
    centre: FloatArray, angles: FloatArray, radius: float, skin: FloatArray, sectors: int = 24
) -> Patch:
    """A ball looking along +z: the front pole, then one ring for each polar angle, then the back pole."""
    turn = 2 * np.pi * np.arange(sectors) / sectors
    circle = np.stack([np.cos(turn), np.sin(turn), np.zeros(sectors)], 1)
    rings = [np.sin(a) * circle + [0, 0, np.cos(a)] for a in angles]
    points = np.concatenate([[[0, 0, 1]], *rings, [[0, 0, -1]]]) * radius + centre
    last, i = len(points) - 1, np.arange(sectors)
    front = np.stack([np.zeros(sectors, int), 1 + i, 1 + (i + 1) % sectors], 1)
    back = np.stack([np.full(sectors, last), last - sectors + (i + 1) % sectors, last - sectors + i], 1)
    middle = ring_faces(sectors, len(angles)) + 1
    return Patch(
        np.zeros((len(points), 468)),
        points,
        np.concatenate([front, middle, back]),
        np.tile(skin, (len(points), 1)),
    )
