"""Several faces with the same numbers from picture to picture, and which of them drives.

The detector lists faces in no lasting order. Each found face is given to the known face that it overlaps most
(intersection over union of the boxes), then to the nearest one within a face's width; one that fits none gets
a new number. Numbers are never used again.

The face that drives is the largest at the start, and stays until it has been lost for ``keep_ms``; then the
largest one takes over. ``largest`` and a number are the other rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np

from ..base.detection import Detection
from ..base.errors import InputError
from ..base.values import FloatArray

Rule = Literal["first", "largest"] | int


def parse_rule(text: str) -> Rule:
    """``"first"``, ``"largest"`` or a face's number as it was typed.

    Raises:
        InputError: none of these.
    """
    if text in get_args(get_args(Rule)[0]):
        return cast("Rule", text)
    if text.isdigit():
        return int(text)
    raise InputError(f"'{text}' is not first, largest or a face's number.")


@dataclass(frozen=True, slots=True)
class Face:
    """One face in one picture.

    Attributes:
        id: 0, 1, 2, ... in order of appearance, the same for the same face.
        detection: what was found.
        box: x0, y0, x1, y1 in pixels of the picture that the landmarks refer to.
    """

    id: int
    detection: Detection
    box: tuple[float, float, float, float]

    @property
    def area(self) -> float:
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])


@dataclass(slots=True, eq=False)
class _Known:
    id: int
    box: FloatArray
    seen_ms: float


class FaceTracker:
    """Numbers faces and chooses the one that drives.

    Args:
        rule: ``first``: the largest at the start, until lost; ``largest``: the largest in each picture; a
            number: that face only, nobody while it is not there.
        keep_ms: so long a face that is not found keeps its number and its role.

    Raises:
        InputError: no such rule.
    """

    def __init__(self, rule: Rule = "first", keep_ms: float = 1000.0) -> None:
        self.keep_ms = keep_ms
        self._known: list[_Known] = []
        self._next_id = 0
        self.driving: int | None = None
        self.set_rule(rule)

    def set_rule(self, rule: Rule) -> None:
        if not (rule in ("first", "largest") or (isinstance(rule, int) and rule >= 0)):
            raise InputError(f"the face that drives is 'first', 'largest' or a face's number, got {rule!r}.")
        self.rule = rule

    def update(
        self, detections: list[Detection], timestamp_ms: float
    ) -> tuple[tuple[Face, ...], Face | None]:
        """Numbered faces of one picture, and the one that drives (None: not there)."""
        self._known = [k for k in self._known if timestamp_ms - k.seen_ms <= self.keep_ms]
        boxes = [np.array(detection.box) for detection in detections]
        usable = [np.isfinite(box).all() for box in boxes]
        detections = [detection for detection, good in zip(detections, usable) if good]
        boxes = [box for box, good in zip(boxes, usable) if good]
        given = self._match(boxes)
        faces = []
        for detection, box, known in zip(detections, boxes, given):
            if known is None:
                known = _Known(self._next_id, box, timestamp_ms)
                self._next_id += 1
                self._known.append(known)
            known.box, known.seen_ms = box, timestamp_ms
            x0, y0, x1, y1 = box.tolist()
            faces.append(Face(known.id, detection, (x0, y0, x1, y1)))
        return tuple(faces), self._choose(faces)

    def _match(self, boxes: list[FloatArray]) -> list[_Known | None]:
        """The known face of each box: best fits first, each known face at most once."""
        given: list[_Known | None] = [None] * len(boxes)
        fits = [
            (fit, i, known)
            for i, box in enumerate(boxes)
            for known in self._known
            if (fit := _fit(box, known.box)) > 0
        ]
        taken: set[int] = set()
        for _, i, known in sorted(fits, key=lambda item: -item[0]):
            if given[i] is None and known.id not in taken:
                given[i] = known
                taken.add(known.id)
        return given

    def _choose(self, faces: list[Face]) -> Face | None:
        if isinstance(self.rule, int):
            self.driving = self.rule
        elif self.rule == "largest" or not any(k.id == self.driving for k in self._known):
            self.driving = max(faces, key=lambda face: face.area).id if faces else None
        return next((face for face in faces if face.id == self.driving), None)


def _fit(a: FloatArray, b: FloatArray) -> float:
    """1..2: overlapping boxes, by intersection over union; 0..1: near, by distance; 0: another face."""
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    area_a, area_b = np.prod(a[2:] - a[:2]), np.prod(b[2:] - b[:2])
    if (sides > 0).all():
        both = float(np.prod(sides))
        union = float(area_a + area_b) - both
        if both > 0.1 * union:
            return 1.0 + both / union
    distance = float(np.linalg.norm((a[:2] + a[2:] - b[:2] - b[2:]) / 2))
    reach = float(np.sqrt(max(area_a, area_b)))
    alike = float(min(area_a, area_b)) > 0.25 * float(max(area_a, area_b))
    return 1.0 - distance / reach if alike and distance < reach else 0.0
