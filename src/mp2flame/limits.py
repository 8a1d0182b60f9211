"""What a face cannot do: lids and lips stop where they meet, and no sum of shapes leaves the face.

The 52 shapes are linear and each is right on its own, but their sums are not: a blink while looking down puts
the upper lid through the lower one, ``mouthClose`` without an open jaw the lower lip through the nose. A live
detector and a hand-made curve can ask for any of it. ``Limits`` turns the 52 weights that are asked for into
weights that this head can do, before the rig; weights of an ordinary face pass unchanged.

* Lids: the gap at the eye is predicted as linear in the weights (measured once on the mesh). Where it falls
below
  contact, the blink gives way first, then whatever else closes the eye. ``eyeBlink`` is scaled so that 1
  closes the eye of this identity.
* Lips: where the lips would pass each other, what closes the mouth gives way, ``mouthClose`` with it.
* Reach: the displacement that the brow, eye and cheek shapes, and the mouth shapes, add up to is held below a
  limit on every landmark, by scaling the group.

Left and right are treated the same, so mirrored weights stay mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from .checks import check_blendshapes
from .embedding import NUM_SKIN_LANDMARKS, embedding_for
from .measures.eyes import eye_openings, lid_gap_mm
from .measures.lips import lip_gap_mm
from .names import BLENDSHAPES, INDEX, MIRROR
from .types import FlameParams, FloatArray, IntArray

if TYPE_CHECKING:
    from .flame import FlameModel
    from .rig import Rig

LID_CONTACT_MM = -0.4  # mean over the columns of an eye: closed, or as far as this head's full blink goes
LIP_CONTACT_MM = -2.5  # mean over the lip landmarks, which sit a little inside of the lips' outline
UPPER_REACH_MM, MOUTH_REACH_MM = 20.0, 30.0
_BLINK_GAIN = (0.7, 1.4)
_NOTICEABLE_MM = 0.3  # shapes that move a gap less than this are left alone
_BLINK = (INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"])
_CLOSERS = tuple(
    np.array(
        [i for i, n in enumerate(BLENDSHAPES) if n.startswith(("eye", "cheekSquint")) and n.endswith(side)]
    )
    for side in ("Left", "Right")
)
_SPARSE = slice(0, NUM_SKIN_LANDMARKS, 5)  # enough landmarks to see how far a face is moved
_CLOSE, _OPEN = INDEX["mouthClose"], INDEX["jawOpen"]
_UPPER = np.array([n.startswith(("brow", "eye", "cheekSquint", "nose")) for n in BLENDSHAPES])
_MOUTH = np.array([n.startswith(("mouth", "cheekPuff")) for n in BLENDSHAPES]) & (np.arange(52) != _CLOSE)


@dataclass(frozen=True, eq=False)
class Limits:
    """What one head's mesh says about its lids, lips and reach; millimetres, float32.

    Attributes:
        lid_gap: ``(2,)`` at rest, left and right eye.
        lid_change: ``(2, 52)`` change of the gap per weight.
        lid_contact: the gap of a closed eye.
        lip_gap: of the mouth at rest.
        lip_change: ``(2, 52)`` its change per weight, and how an open jaw alters that.
        moves: ``(52, L, 3)`` displacement of some landmarks per weight.
        blink_gain: factor on ``eyeBlink`` so that 1 closes the eye.
    """

    lid_gap: FloatArray
    lid_change: FloatArray
    lid_contact: float
    lip_gap: float
    lip_change: FloatArray
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
        for group, flat, most, reach in self._groups:
            self._hold(w, group, flat, most, reach)
        w[:, _BLINK] *= self.blink_gain
        for eye in (0, 1):
            self._meet_lids(w, eye)
        self._meet_lips(w)
        return w.reshape(asked.shape)

    def __post_init__(self) -> None:
        groups = []
        each = np.linalg.norm(self.moves, axis=2).max(1).astype(np.float32)
        each = np.maximum(each, each[MIRROR])
        for chosen, reach in ((_UPPER, UPPER_REACH_MM), (_MOUTH, MOUTH_REACH_MM)):
            index = np.flatnonzero(chosen)
            flat = np.ascontiguousarray(
                self.moves[index].transpose(0, 2, 1).reshape(len(index), -1), np.float32
            )
            groups.append((index, flat, each[index], reach))
        object.__setattr__(self, "_groups", tuple(groups))

    _groups: ClassVar[tuple[tuple[IntArray, FloatArray, FloatArray, float], ...]] = ()

    @staticmethod
    def _hold(w: FloatArray, group: IntArray, flat: FloatArray, most: FloatArray, reach: float) -> None:
        part = w[:, group]
        busy = np.flatnonzero(part @ most > reach)
        if not len(busy):
            return
        # Both ways round, so that mirrored weights are scaled alike on a head that is not quite symmetric.
        both = np.concatenate([part[busy], w[busy][:, MIRROR][:, group]])
        moved = (both @ flat).reshape(len(both), 3, -1)
        furthest = np.sqrt(np.square(moved).sum(1).max(1)).reshape(2, -1).max(0)
        w[np.ix_(busy, group)] *= np.minimum(1.0, reach / np.maximum(furthest, 1e-6))[:, None]

    def _meet_lids(self, w: FloatArray, eye: int) -> None:
        """Only shapes of this eye give way, so the two eyes do not depend on who comes first."""
        change, blink = self.lid_change[eye], _BLINK[eye]
        gap = self.lid_gap[eye] + w @ change
        over = np.maximum(0.0, self.lid_contact - gap)
        if not over.any():
            return
        less = np.minimum(w[:, blink], over / -change[blink])
        w[:, blink] -= less
        over += less * change[blink]
        if (over > 1e-6).any():
            closers = _CLOSERS[eye][change[_CLOSERS[eye]] < -_NOTICEABLE_MM]
            closing = -(w[:, closers] @ change[closers])
            w[:, closers] *= np.clip(1 - over / np.maximum(closing, 1e-6), 0, 1)[:, None]

    def _meet_lips(self, w: FloatArray) -> None:
        change = self.lip_change[0] + w[:, [_OPEN]] * self.lip_change[1]
        gap = self.lip_gap + (w * change).sum(1)
        over = np.maximum(0.0, LIP_CONTACT_MM - gap)
        if (over > 1e-6).any():
            closing = np.where(change < -_NOTICEABLE_MM, -change * w, 0).sum(1)
            keep = np.clip(1 - over / np.maximum(closing, 1e-6), 0, 1)[:, None]
            w *= np.where(change < -_NOTICEABLE_MM, keep, 1)


def limits_for(model: FlameModel, rig: Rig, betas: FloatArray | None = None) -> Limits:
    """Measure a head's lids, lips and reach, shape by shape; about 50 ms.

    For a head with extra eyelid offsets pass ``Eyelids.model`` and ``rig.merged()``.

    Raises:
        MismatchError: not FLAME's mesh.
    """
    lid_gap, lid_change, lip_gap, lip_change, moves = _measured(model, rig, betas)
    mean = lid_gap, lid_change
    if betas is not None and np.any(betas):
        mean = _measured(model, rig, None)[:2]
    # A full blink closes the mean head; another identity's eye is opened wider or less wide.
    contact = min(LID_CONTACT_MM, mean[0] + float(mean[1][0, _BLINK[0]]))
    closing = min(float(lid_change[0, _BLINK[0]]), -0.1)
    return Limits(
        lid_gap=np.full(2, lid_gap, np.float32),
        lid_change=lid_change.astype(np.float32),
        lid_contact=contact,
        lip_gap=lip_gap,
        lip_change=lip_change.astype(np.float32),
        moves=moves.astype(np.float32),
        blink_gain=float(np.clip((mean[0] + float(mean[1][0, _BLINK[0]]) - lid_gap) / closing, *_BLINK_GAIN)),
    )


def _measured(
    model: FlameModel, rig: Rig, betas: FloatArray | None
) -> tuple[float, FloatArray, float, FloatArray, FloatArray]:
    """Gaps at rest and their change per shape, the same on both sides, and the landmarks' moves; mm."""
    forward = model.prepare(betas=betas, num_expression=rig.num_expression)
    embedding = embedding_for(model)
    weights = np.concatenate([np.zeros((1, 52)), np.eye(52), np.eye(52)]).astype(np.float32)
    weights[53:, _OPEN] = 1
    expression, jaw_pose, eye_pose = rig.apply(weights)
    zero = np.zeros((len(weights), 3), np.float32)
    vertices = forward.forward_params(FlameParams(expression, jaw_pose, eye_pose, zero, zero, zero))
    lids = np.stack([lid_gap_mm(vertices[:53], eye).mean(1) for eye in eye_openings(model)])
    change = lids[:, 1:] - lids[:, :1]
    change = np.stack([_mean(change[0], change[1, MIRROR]), _mean(change[1], change[0, MIRROR])])
    points = embedding.landmarks(vertices).astype(np.float64)
    lips = lip_gap_mm(points).mean(-1)
    closed = lips[1:53] - lips[0]
    opened = lips[53:] - lips[1 + _OPEN] - closed  # what an open jaw changes about that
    opened[_OPEN] = 0
    lip_change = np.stack([_mean(x, x[MIRROR]) for x in (closed, opened)])
    moves = 1e3 * (points[1:53, _SPARSE] - points[0, _SPARSE])
    return float(lids[:, 0].mean()), change, float(lips[0]), lip_change, moves


def _mean(a: FloatArray, b: FloatArray) -> FloatArray:
    return (a + b) / 2
