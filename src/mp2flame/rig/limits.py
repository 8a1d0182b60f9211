"""What a face cannot do: lids and lips stop where they meet, and no sum of shapes leaves the face.

The 52 shapes are linear and each is right on its own, but their sums are not: a blink while looking down puts
the upper lid through the lower one, ``mouthClose`` without an open jaw the lower lip through the nose. A live
detector and a hand-made curve can ask for any of it. ``Limits`` turns the 52 weights that are asked for into
weights that this head can do, before the rig; weights of an ordinary face pass unchanged.

* Lids: the blink gives way where the lids would pass each other, and shapes that press a lid into the eyeball
  give way where they would (``lid_contact``). ``eyeBlink`` is scaled so that 1 closes the eye of this identity.
* Lips: ``mouthClose`` closes what the jaw and other shapes have opened and no more; where other shapes would
  pass the lips through each other, what closes the mouth gives way.
* Reach: the displacement that the brow, eye and cheek shapes, and the mouth shapes, add up to is held below a
  limit on every landmark, by scaling the group.

Left and right are treated the same, so mirrored weights stay mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from ..base.arrays import check_blendshapes
from ..base.channels import BLENDSHAPES, INDEX, MIRROR
from ..base.values import FlameParams, FloatArray, IntArray
from ..flame.eyes import eye_openings, lid_gap_mm
from ..flame.landmarks import NUM_SKIN_LANDMARKS, embedding_for
from ..flame.lips import lip_gap_mm
from ..flame.model import FlameModel
from .lid_contact import LEAST_MM, LidContact, lid_contact


class SolvedShapes(Protocol):
    """What is measured: shapes that are parameters; a ``Rig`` without eyelid offsets."""

    @property
    def jaw_pose(self) -> FloatArray: ...
    @property
    def num_expression(self) -> int: ...
    def apply(self, weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]: ...
    def close_mouth(self, weights: FloatArray) -> FloatArray | None: ...


LID_CONTACT_MM = -0.4  # mean over the columns of an eye: closed, or as far as this head's full blink goes
LIP_CONTACT_MM = -2.5  # mean over the lip landmarks, which sit a little inside of the lips' outline
CLOSED_LIPS_MM = -0.4  # how far mouthClose may take the lips beyond where they rest
UPPER_REACH_MM, MOUTH_REACH_MM = 20.0, 30.0
_BLINK_GAIN = (0.7, 1.4)
_NOTICEABLE_MM = LEAST_MM
_BLINK = (INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"])
_SPARSE = slice(0, NUM_SKIN_LANDMARKS, 5)  # enough landmarks to see how far a face is moved
_CLOSE, _OPEN = INDEX["mouthClose"], INDEX["jawOpen"]
_UPPER = np.array([n.startswith(("brow", "eye", "cheekSquint", "nose")) for n in BLENDSHAPES])
_MOUTH = np.array([n.startswith(("mouth", "cheekPuff")) for n in BLENDSHAPES]) & (np.arange(52) != _CLOSE)
_NOT_CLOSING = (np.arange(52) != _CLOSE) & (np.arange(52) != _OPEN)
_LIP_ROUNDS = 3
_A_JAW = 0.05  # radians: a file whose jawOpen turns its jaw by less has everything in the expression
_UNSEEN = 0.004  # of mouthClose: a tenth of a millimetre
_SAFE = 0.8  # of the jaw's opening: so little of mouthClose leaves the lips apart


@dataclass(frozen=True, eq=False)
class Limits:
    """What one head's mesh says about its lids, lips and reach; millimetres, float32.

    Attributes:
        lids: what keeps the lids in place.
        lip_gap: of the mouth at rest.
        lip_change: ``(3, 52)`` its change per weight, and what the first and second power of jawOpen add.
        jaw: ``(52,)`` how far each weight opens the jaw, over a full ``jawOpen``.
        lip_closing: ``(2,)`` what the rig's closing corrective adds per power of mouthClose.
        moves: ``(52, L, 3)`` displacement of some landmarks per weight.
        blink_gain: factor on ``eyeBlink`` so that 1 closes the eye.
    """

    lids: LidContact
    lip_gap: float
    lip_change: FloatArray
    jaw: FloatArray
    lip_closing: FloatArray
    moves: FloatArray
    blink_gain: float

    def __call__(self, weights: FloatArray) -> FloatArray:
        """``(*batch, 52)`` weights asked for to weights that are possible, float32.

        Values outside 0..1 are clipped first.

        Raises:
            ShapeError, InputError: not 52 finite numbers a row.
        """
        asked = check_blendshapes(weights, name="weights")
        w = np.clip(asked.reshape(-1, len(BLENDSHAPES)), 0, 1).astype(np.float32)
        return self.settle(w).reshape(asked.shape) if len(w) else w.reshape(asked.shape)

    def settle(self, w: FloatArray) -> FloatArray:
        """Every rule, in order, on ``(N, 52)`` weights in 0..1 of any precision; the array that is given is used up.

        ``mp2flame.torch`` (and the ONNX file with it) and ``web/src`` repeat these rules and are held equal to them.
        """
        heavy, wide, pressed = ((w @ self._quick).max(0) > self._enough).tolist()
        for held, group in zip((heavy, wide), self._groups):
            if held:
                self._hold(w, *group)
        w *= self._gain
        w = self.lids(w)
        if (w[:, _CLOSE] > _SAFE * w[:, _OPEN] + _UNSEEN).any():
            self._close_lips(w)
        if pressed:
            self._meet_lips(w)
        return w

    def __post_init__(self) -> None:
        groups, quick, enough = [], [], []
        each = np.linalg.norm(self.moves, axis=2).max(1)
        each = np.maximum(each, each[MIRROR])
        for chosen, reach in ((_UPPER, UPPER_REACH_MM), (_MOUTH, MOUTH_REACH_MM)):
            # Both ways round, so that mirrored weights are scaled alike on a head that is not quite symmetric.
            flat = np.where(chosen[:, None, None], self.moves, 0).transpose(0, 2, 1)
            both = np.concatenate([flat, flat[MIRROR]], axis=2).reshape(len(chosen), -1)
            most = np.where(chosen, each, 0).astype(np.float32)
            groups.append((chosen.astype(np.float32), both.astype(np.float32), most, reach))
            quick.append(most)
            enough.append(reach)
        # the most that each weight can take from the lips' gap, whatever the jaw does
        jaw = np.linspace(0, 1, 5)[:, None]
        slopes = self.lip_change[0] + jaw * (self.lip_change[1] + jaw * self.lip_change[2])
        quick.append(np.where(np.arange(52) == _CLOSE, 0, -np.minimum(slopes.min(0), 0)))
        enough.append(self.lip_gap - LIP_CONTACT_MM + min(0.0, CLOSED_LIPS_MM))
        gain = np.ones(52, np.float32)
        gain[list(_BLINK)] = self.blink_gain
        object.__setattr__(self, "_gain", gain)
        object.__setattr__(self, "_groups", tuple(groups))
        others = np.where(_NOT_CLOSING, self.lip_change[0], 0).astype(np.float32)
        object.__setattr__(self, "_lip_others", others)
        object.__setattr__(self, "_quick", np.stack(quick, axis=1).astype(np.float32))
        object.__setattr__(self, "_enough", np.array(enough, np.float32))

    _groups: ClassVar[tuple[tuple[FloatArray, FloatArray, FloatArray, float], ...]]
    _gain: ClassVar[FloatArray]
    _lip_others: ClassVar[FloatArray]
    _quick: ClassVar[FloatArray]
    _enough: ClassVar[FloatArray]

    @staticmethod
    def _hold(w: FloatArray, group: FloatArray, flat: FloatArray, most: FloatArray, reach: float) -> None:
        rows: IntArray | slice = slice(None) if len(w) == 1 else np.flatnonzero(w @ most > reach)
        moved = w[rows] @ flat
        moved *= moved
        count = moved.shape[1] // 3
        furthest = (moved[:, :count] + moved[:, count : 2 * count] + moved[:, 2 * count :]).max(1)
        share = np.minimum(1.0, reach / np.sqrt(np.maximum(furthest, 1e-6)))
        w[rows] *= 1 - (1 - share[:, None]) * group

    def _lip_gap(self, w: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``(N,)`` mean gap of the lips, and ``(N, 52)`` its change with each weight."""
        jaw, close = (w @ self.jaw)[:, None], w[:, _CLOSE]
        slope = self.lip_change[0] + jaw * (self.lip_change[1] + jaw * self.lip_change[2])
        gap = self.lip_gap + (w * slope).sum(1) + close * (self.lip_closing[0] + close * self.lip_closing[1])
        slope[:, _CLOSE] += self.lip_closing[0] + 2 * close * self.lip_closing[1]
        return gap, slope

    def _close_lips(self, w: FloatArray) -> None:
        """``mouthClose`` takes lips no further than they rest.

        Or than the other shapes take them on a closed jaw.
        """
        rows = np.flatnonzero(w[:, _CLOSE] > _SAFE * w[:, _OPEN] + _UNSEEN)
        part = w[rows]
        alone = self.lip_gap + part @ self._lip_others
        least = np.minimum(self.lip_gap, alone) + CLOSED_LIPS_MM
        for _ in range(2):
            gap, slope = self._lip_gap(part)
            late = gap < least
            if not late.any():
                return
            rows, part, least, gap, slope = rows[late], part[late], least[late], gap[late], slope[late]
            less = (least - gap) / np.maximum(-slope[:, _CLOSE], 1.0)
            part[:, _CLOSE] = np.maximum(part[:, _CLOSE] - less, 0)
            w[rows] = part

    def _meet_lips(self, w: FloatArray) -> None:
        for _ in range(_LIP_ROUNDS):
            gap, slope = self._lip_gap(w)
            over = np.maximum(0.0, LIP_CONTACT_MM - gap)
            if not (over > 0.02).any():
                return
            closes = slope < -_NOTICEABLE_MM
            closing = np.where(closes, -slope * w, 0).sum(1)
            keep = np.clip(1 - over / np.maximum(closing, 1e-6), 0, 1)[:, None]
            w *= np.where(closes, keep, 1)


def limits_for(model: FlameModel, rig: SolvedShapes, betas: FloatArray | None = None) -> Limits:
    """Measure a head's lids, lips and reach, shape by shape; about 0.1 s.

    For a head with extra eyelid offsets pass ``Eyelids.model`` and ``rig.merged()``.

    Raises:
        MismatchError: not FLAME's mesh.
    """
    head = _Measured(model, rig, betas)
    mean_gap, mean_change = head.lid_gap, head.lid_change
    if betas is not None and np.any(betas):
        mean_gap, mean_change = _Measured(model, rig, None).lids()
    # A full blink closes the mean head; another identity's eye is opened wider or less wide.
    shut = mean_gap + float(mean_change[_BLINK[0]])
    closing = min(float(head.lid_change[_BLINK[0]]), -0.1)
    gain = float(np.clip((shut - head.lid_gap) / closing, *_BLINK_GAIN))
    lip_gap, lip_change, lip_closing = head.lips()
    turn = float(rig.jaw_pose[_OPEN, 0])
    jaw = rig.jaw_pose[:, 0] / turn if turn > _A_JAW else np.eye(52)[_OPEN]
    jaw = (jaw + jaw[MIRROR]) / 2
    points = head.points[:53].astype(np.float64)
    moved = 1e3 * (points[1:] - points[0])
    return Limits(
        lids=lid_contact(
            head.vertices[:53], eye_openings(model), np.einsum("ild,jld->ij", moved, moved) / moved.shape[1], gap=head.lid_gap,
            change=head.lid_change, blink_gain=gain, contact=min(LID_CONTACT_MM, shut),
        ),
        lip_gap=lip_gap,
        lip_change=lip_change.astype(np.float32),
        jaw=jaw.astype(np.float32),
        lip_closing=lip_closing.astype(np.float32),
        moves=moved[:, _SPARSE].astype(np.float32),
        blink_gain=gain,
    )  # fmt: skip


class _Measured:
    """Meshes of a head at rest, with each shape, and with each shape on an open jaw."""

    def __init__(self, model: FlameModel, rig: SolvedShapes, betas: FloatArray | None) -> None:
        self._rig, self._model = rig, model
        self._forward = model.prepare(betas=betas, num_expression=rig.num_expression)
        shapes = np.eye(52, dtype=np.float32)
        self.vertices = self._pose(np.concatenate([np.zeros((1, 52), np.float32), shapes]))
        self._embedding = embedding_for(model)
        self.points = self._embedding.landmarks(self.vertices)
        self.lid_gap, self.lid_change = self.lids()

    def _pose(self, weights: FloatArray, closing: bool = False) -> FloatArray:
        expression, jaw_pose, eye_pose = self._rig.apply(weights)
        added = self._rig.close_mouth(weights) if closing else None
        zero = np.zeros((len(weights), 3), np.float32)
        expression = expression if added is None else expression + added
        return self._forward.forward_params(FlameParams(expression, jaw_pose, eye_pose, zero, zero, zero))

    def lids(self) -> tuple[float, FloatArray]:
        """Gap at rest and the left eye's change with each shape, the mean of both sides."""
        lids = np.stack([lid_gap_mm(self.vertices, eye).mean(1) for eye in eye_openings(self._model)])
        change = lids[:, 1:] - lids[:, :1]
        return float(lids[:, 0].mean()), (change[0] + change[1, MIRROR]) / 2

    def lips(self) -> tuple[float, FloatArray, FloatArray]:
        """Gap at rest, its change with each shape and powers of jawOpen, what the closing corrective adds."""

        def gaps(weights: FloatArray, closing: bool = False) -> FloatArray:
            return np.asarray(lip_gap_mm(self._embedding.landmarks(self._pose(weights, closing))).mean(-1))

        rest = lip_gap_mm(self.points.astype(np.float64)).mean(-1)
        shapes = np.eye(52, dtype=np.float32)
        opened = np.array([0.5, 1.0])  # half and whole: with rest, three points of a parabola
        jaws = np.zeros((len(opened), 52), np.float32)
        jaws[:, _OPEN] = opened
        sums = jaws[:, None] + shapes * (np.arange(52) != _OPEN)[:, None]
        alone = gaps(jaws)
        change = gaps(sums.reshape(-1, 52)).reshape(len(opened), 52) - alone[:, None]
        change[:, _OPEN] = (alone - rest[0]) / opened
        closed = rest[1:] - rest[0]
        powers = opened[:, None] ** [1, 2]
        bent = np.linalg.solve(powers, change - closed)
        # jawOpen alone: w * (c0 + c1 w + c2 w^2) through the gaps at three amounts
        low = np.zeros((1, 52), np.float32)
        low[0, _OPEN] = 0.25
        a = np.array([0.25, *opened])
        values = (np.concatenate([gaps(low), alone]) - rest[0]) / a
        closed[_OPEN], bent[0, _OPEN], bent[1, _OPEN] = np.linalg.solve(a[:, None] ** [0, 1, 2], values)
        change = np.concatenate([closed[None], bent])
        both = np.zeros((4, 52), np.float32)
        both[:, _OPEN] = both[:, _CLOSE] = amounts = np.linspace(0.25, 1, 4)
        added = gaps(both, closing=True) - gaps(both)
        closing = np.linalg.lstsq(amounts[:, None] ** [1, 2], added, rcond=None)[0]
        return float(rest[0]), (change + change[:, MIRROR]) / 2, closing
