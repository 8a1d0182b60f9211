"""Lids that meet and stay on the eyeball, whatever shapes are added up.

Positions of the lids' skin are linear in the weights (the jaw does not reach them), so a few points of it say
exactly what a sum of shapes does. Where lids would pass each other, the blink gives way, then what else closes
the eye; where skin would press into the eyeball, the shapes that press give way, those first whose change is
seen least.

Only the left eye is solved: the right eye is the left one of the mirrored weights, and both eyes' geometry
counts for either, so that mirrored weights stay mirrored on a head that is not quite symmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..base.channels import BLENDSHAPES, INDEX, MIRROR
from ..base.values import FloatArray, IntArray
from ..flame.eyes import EyeOpening

DEPTH_MM = 0.4  # how deep skin may be pressed into the eyeball
_ALONE_MM = 0.1  # a single shape may go deeper on some identity, and a sum then as deep and this
_NEAR_MM = 1.6  # lids that the linear guess brings this near to contact are looked at exactly
_SETTLED_MM = 0.03
_ROUNDS, _PUSHES, _PASSES = 3, 12, 4
_MAX_POINTS = 24  # for each eye's geometry
LEAST_MM = 0.3  # shapes that change a gap, of lids or of lips, by less are left alone
_MARGINS = 5.0  # what is seen of the lids' margins against the whole face
_WORTH = (
    0.02  # of what the pressing shapes can do: a way that does less, with shapes at their bounds, is none
)
_STRIDE, _RISE = 0.3, 0.2  # a weight's change in one push; what it may gain in all
_PRICE = 0.7  # millimetres squared: what a unit of any weight costs, seen or not
_BLINK = INDEX["eyeBlinkLeft"]
# What may give way for the left eye: its own shapes, never the mouth or what belongs to both sides.
_OWN = np.array([n.endswith("Left") and n.startswith(("eye", "cheek", "brow", "nose")) for n in BLENDSHAPES])


@dataclass(frozen=True, eq=False)
class LidContact:
    """What keeps the left eye's lids in place; millimetres, float32.

    Attributes:
        rest, moves: ``(3 P,)`` and ``(52, 3 P)`` skin points that go deepest, from the eyeball's centre; x of
            all points, then y, then z.
        radius: ``(P,)`` of their eyeball less what is allowed: nearer to the centre is too deep.
        margin_rest, margin_moves: the same of the lid margins' vertices.
        columns: ``(M, 4 C)`` from the margins' elevations to those of upper and lower rings at columns.
        ball: radius that turns elevation into millimetres.
        ease: ``(52, 52)`` inverse of what changes of the weights show: along it a face changes least.
        gap, change: ``()`` and ``(52,)`` the linear guess of the gap.
        contact: the mean gap of a closed eye.
    """

    rest: FloatArray
    moves: FloatArray
    radius: FloatArray
    margin_rest: FloatArray
    margin_moves: FloatArray
    columns: FloatArray
    ball: float
    ease: FloatArray
    gap: float
    change: FloatArray
    contact: float

    def __call__(self, weights: FloatArray) -> FloatArray:
        """``(N, 52)`` weights, blink gain included, to weights whose lids meet and stay out."""
        seen = weights @ self._quick
        near = seen[:, :2].min() + self.gap < self.contact + _NEAR_MM
        away = seen[:, 2:] + self._both_rest
        away *= away
        deep = (away @ self._sum < self._both_square).any()
        if not (near or deep):
            return weights
        both = np.concatenate([weights, weights[:, MIRROR]])
        rows: IntArray = np.arange(len(both))
        if near:
            self._meet(both, rows)
        for _ in range(_PASSES):  # what one does the other may undo
            out = self._stay_out(both, rows)
            met = None if out is None else self._meet(both, out)
            if met is None:
                break
            rows = met
        n = len(weights)
        return np.where(_OWN, both[:n], both[n:][:, MIRROR])

    def __post_init__(self) -> None:
        planes = self.moves.reshape(52, 3, -1)
        count = planes.shape[2]
        guess = np.stack([self.change, self.change[MIRROR]], axis=1)
        values = {
            "_quick": np.concatenate([guess, self.moves, self.moves[MIRROR]], axis=1),
            "_closers": np.where(_OWN & (self.change < -LEAST_MM), -self.change, 0).astype(np.float32),
            "_both_rest": np.tile(self.rest, 2),
            # sums of x, y, z squared as one product, which costs less than three slices
            "_sum": np.kron(np.eye(2), np.tile(np.eye(count), (3, 1))).astype(np.float32),
            "_both_square": np.tile(np.square(self.radius - _SETTLED_MM), 2),
            "_planes": np.ascontiguousarray(planes.transpose(2, 0, 1)),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    _quick: ClassVar[FloatArray]
    _closers: ClassVar[FloatArray]
    _both_rest: ClassVar[FloatArray]
    _sum: ClassVar[FloatArray]
    _both_square: ClassVar[FloatArray]
    _planes: ClassVar[FloatArray]

    def gap_mm(self, weights: FloatArray) -> FloatArray:
        """``(N,)`` mean gap of the left eye."""
        away = weights @ self.margin_moves
        away += self.margin_rest
        n = away.shape[1] // 3
        elevation = np.arctan2(away[:, n : 2 * n], np.hypot(away[:, :n], away[:, 2 * n :]))
        at = elevation @ self.columns
        c = at.shape[1] // 4
        gap = np.minimum(at[:, :c], at[:, c : 2 * c])
        gap -= np.maximum(at[:, 2 * c : 3 * c], at[:, 3 * c :])
        return np.asarray(gap.sum(1) * (self.ball / c))

    def _meet(self, w: FloatArray, rows: IntArray) -> IntArray | None:
        """Lids of these rows no further than contact; the rows that were changed, None without any."""
        rows = rows[self.gap + w[rows] @ self.change < self.contact + _NEAR_MM]
        changed = None
        for _ in range(_ROUNDS):
            if not len(rows):
                break
            part = w[rows]
            over = self.contact - self.gap_mm(part)
            late = over > _SETTLED_MM
            if not late.any():
                break
            rows, part, over = rows[late], part[late], over[late]
            less = np.minimum(part[:, _BLINK], over / -self.change[_BLINK])
            part[:, _BLINK] -= less
            over += less * self.change[_BLINK]
            closing = part * self._closers
            keep = np.maximum(1 - np.maximum(over, 0) / np.maximum(closing.sum(1), 1e-6), 0)
            w[rows] = np.where(closing > 0, part * keep[:, None], part)
            changed = rows if changed is None else changed
        return changed

    def _stay_out(self, w: FloatArray, rows: IntArray) -> IntArray | None:
        """Skin of these rows no deeper than allowed; the rows that were changed, None without any."""
        part = w[rows]
        for k in range(_PUSHES):
            away = (part @ self.moves + self.rest).reshape(len(part), 3, -1)
            distance = np.sqrt(np.square(away).sum(1))
            inside = self.radius - distance
            if k == 0:
                deep = inside.max(1) > _SETTLED_MM
                if not deep.any():
                    return None
                rows, part, away, distance, inside = (x[deep] for x in (rows, part, away, distance, inside))
                each, most = np.arange(len(part)), np.minimum(part + _RISE, np.maximum(part, 1))
            worst = inside.argmax(1)
            over = inside[each, worst]
            late = over > _SETTLED_MM
            if not late.any():
                break
            inward = -(self._planes[worst] @ (away[each, :, worst] / distance[each, worst, None])[..., None])[
                ..., 0
            ]
            push = inward @ self.ease
            push *= np.where(push > 0, part > 0, part < most)  # what is at a bound stays there
            gain = (push * inward).sum(1)
            plain = np.maximum(inward, 0) * (_OWN & (part > 0))  # what presses, less of it: that always helps
            weak = gain < _WORTH * (plain * inward).sum(1)
            if weak.any():
                push = np.where(weak[:, None], plain, push)
                gain = (push * inward).sum(1)
            step = np.minimum(over / np.maximum(gain, 1e-6), _STRIDE / np.maximum(np.abs(push).max(1), 1e-6))
            stuck = late & (
                (plain * part).sum(1) < over
            )  # a straight way that cuts the ball: go back along it
            if stuck.any():
                push = np.where(stuck[:, None], part * _OWN, push)
                step = np.where(stuck, _STRIDE, step)
            step = step * late
            part = np.minimum(np.maximum(part - step[:, None] * push, 0), most)
        w[rows] = part
        return rows


def lid_contact(
    vertices: FloatArray,
    openings: Sequence[EyeOpening],
    shown: FloatArray,
    *,
    gap: float,
    change: FloatArray,
    blink_gain: float,
    contact: float,
) -> LidContact:
    """Measure both eyes of a head.

    Args:
        vertices: ``(53, V, 3)`` metres: at rest, and with each shape at 1.
        openings: left and right.
        shown: ``(52, 52)`` products of the motions that the shapes make, mm squared, mean over the face.
        gap, change: mean gap at rest and its change with each shape, millimetres.
        blink_gain: factor on a blink that closes this identity's eye.
        contact: the gap that counts as closed, unless a full blink goes further.
    """
    skins, margins, radii, columns = [], [], [], []
    for opening, order in zip(openings, (np.arange(52), MIRROR)):
        v = np.concatenate([vertices[:1], vertices[1:][order]]).astype(np.float64)
        centre = opening.centre(v)[:, None]
        _, once = np.unique(  # triangles share their corners and edges
            np.einsum("scd,sc->sd", v[0, opening.lid_corners], opening.lid_b_coords).round(7),
            axis=0, return_index=True,
        )  # fmt: skip
        once.sort()
        corners, b_coords = opening.lid_corners[once], opening.lid_b_coords[once]
        skin = 1e3 * (np.einsum("nscd,sc->nsd", v[:, corners], b_coords) - centre)
        chosen, allowed = _deepest(skin, 1e3 * opening.radius, blink_gain)
        skins.append(skin[:, chosen])
        radii.append(1e3 * opening.radius - allowed)
        ids = np.concatenate([*opening.upper, *opening.lower])
        margin = 1e3 * (v[:, ids] - centre)
        margins.append(margin)
        columns.append(_columns(margin[0], opening))
    rest, moves = _planes(np.concatenate(skins, axis=1))
    margin_rest, margin_moves = _planes(np.concatenate(margins, axis=1))
    c = columns[0].shape[1] // 4
    both = np.zeros((sum(len(x) for x in columns), 4, 2 * c))
    both[: len(columns[0]), :, :c] = columns[0].reshape(-1, 4, c)
    both[len(columns[0]) :, :, c:] = columns[1].reshape(-1, 4, c)
    margin = _MARGINS * 3 / margin_moves.shape[1] * margin_moves @ margin_moves.T
    seen = np.asarray(shown, float) + margin
    seen += _PRICE * np.eye(52)
    ease = np.zeros((52, 52))
    ease[np.ix_(_OWN, _OWN)] = np.linalg.inv(seen[np.ix_(_OWN, _OWN)])
    found = LidContact(
        rest=rest, moves=moves, radius=np.concatenate(radii).astype(np.float32),
        margin_rest=margin_rest, margin_moves=margin_moves,
        columns=both.reshape(len(both), -1).astype(np.float32),
        ball=1e3 * float(np.mean([o.radius for o in openings])),
        ease=ease.astype(np.float32), gap=gap, change=change.astype(np.float32), contact=contact,
    )  # fmt: skip
    blink = np.zeros((1, 52), np.float32)
    blink[0, _BLINK] = blink_gain
    return replace(found, contact=min(contact, float(found.gap_mm(blink)[0])))


def _planes(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``(53, P, 3)`` positions to those at rest and their changes, x of all points, then y, then z."""
    flat = points.transpose(0, 2, 1).reshape(len(points), -1)
    return flat[0].astype(np.float32), (flat[1:] - flat[0]).astype(np.float32)


def _deepest(skin: FloatArray, radius: float, blink_gain: float) -> tuple[IntArray, FloatArray]:
    """Points that are the deepest of some sum of shapes, and how deep each may go."""
    rest, moves = skin[0], (skin[1:] - skin[0]).astype(np.float32)
    alone = radius - np.linalg.norm(rest + moves, axis=2).min(0)
    for amount in (0.25, 0.5, 0.75, 1.0):
        blink = rest + blink_gain * amount * moves[_BLINK]
        alone = np.maximum(alone, radius - np.linalg.norm(blink, axis=1))
    allowed = np.maximum(DEPTH_MM, alone + _ALONE_MM)
    # Sums that press: each point's own worst one, and scattered ones. The seed makes a head's limits repeatable.
    inward = -np.einsum("spd,pd->ps", moves, rest / np.linalg.norm(rest, axis=1, keepdims=True))
    rng = np.random.default_rng(0)
    some = inward[:: max(1, len(inward) // 120)]
    sums = np.concatenate([some > 0, some > 0.1, rng.random((100, 52)) < 0.5, rng.random((100, 52))])
    away = np.square(sums.astype(np.float32) @ moves.transpose(2, 0, 1) + rest.T[:, None]).sum(0)
    depth = radius - allowed - np.sqrt(away)
    worst = depth.argmax(1)[depth.max(1) > -0.2]
    ids, count = np.unique(worst, return_counts=True)
    chosen = ids[np.argsort(-count, kind="stable")][:_MAX_POINTS]
    if not len(chosen):
        chosen = np.array([int(alone.argmax())])
    return chosen, allowed[chosen]


def _columns(margin: FloatArray, opening: EyeOpening) -> FloatArray:
    """``(M, 4 C)`` elevation at the columns of the two upper and the two lower rings.

    Interpolated where the vertices are at rest.
    """
    azimuth = np.arctan2(margin[:, 0], margin[:, 2])
    out = np.zeros((len(margin), 4, len(opening.columns)))
    start = 0
    for k, ring in enumerate((*opening.upper, *opening.lower)):
        own = start + np.argsort(azimuth[start : start + len(ring)])
        start += len(ring)
        after = np.clip(np.searchsorted(azimuth[own], opening.columns), 1, len(own) - 1)
        a, b = own[after - 1], own[after]
        share = np.clip((opening.columns - azimuth[a]) / (azimuth[b] - azimuth[a]), 0, 1)
        column = np.arange(len(opening.columns))
        out[a, k, column] = 1 - share
        out[b, k, column] += share
    return out.reshape(len(margin), -1)
