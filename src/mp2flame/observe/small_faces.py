"""Faces that are too small in the picture for the detector: looked for again in cut-outs, then followed as any other.

MediaPipe's face detector sees the whole picture in 128 x 128 pixels and misses what is narrower than about an eighth of
the longer side; its landmark model works on the picture's own pixels and needs no detector while it follows a face.
So a face is found in a cut-out (``tiles``), and handed to the video-mode tracker by showing it the same picture with
the face enlarged, then less and less (``enlarged``): the last look is at the picture itself, and from then on nothing is
different from a large face. Where every picture stands for itself, what was seen in a cut-out is moved to the whole
picture (``in_whole``). ``Search`` says which cut-outs are worth a look.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base.detection import MEDIAPIPE_FOV_DEG, Detection
from ..base.rotations import axis_angle_to_matrix
from ..base.values import FloatArray, UInt8Array

_SIDE = 0.415
"""Side of a cut-out, of the picture's longer side: a face of an eighth of it is 5 % of the picture."""
_OVERLAP = 0.30
"""Of the side: the whole of a face that the first look just misses lies in one cut-out."""
_LOOK_PX = 256
_STEP = 1.5
"""From one look to the next. At 1.1 the tracker holds nearly every face (31 of 32 made films of two portraits), but reads
the scores of a face of 100 pixels worse at the start (.26 to .96 off) than the cut-outs do (.12 to .26)."""
_REST = 15
"""Pictures after a failed hand-over in which none is tried: the cut-outs show the face meanwhile, two looks a picture."""
_PAUSE = 5
"""Every so many pictures without a face none is looked at: a look costs as much as the detector, or a little more."""
_ALIKE = 12.0
"""Mean difference of two thumbnails, of 255: frames of a moving film differ by 1 to 8, two photographs by 40 and more."""

Box = tuple[float, float, float, float]
Tile = tuple[int, int, int]
"""Left, top, side, pixels."""


def tiles(size: tuple[int, int]) -> list[Tile]:
    """Square cut-outs that cover a picture of (height, width), those in the middle first; none for small pictures."""
    height, width = size
    longer = max(size)
    side = min(round(_SIDE * longer), min(size))
    if side < 200 or longer < 480:
        return []

    def starts(length: int) -> list[int]:
        count = 1 + math.ceil(max(0, length - side) / (side * (1 - _OVERLAP)) - 1e-9)
        return [round((length - side) * i / max(1, count - 1)) for i in range(count)]

    found = [(x, y, side) for y in starts(height) for x in starts(width)]
    return sorted(found, key=lambda t: math.hypot(t[0] + side / 2 - width / 2, t[1] + side / 2 - height / 2))


class Search:
    """Which cut-outs of a picture without a face are looked at: all of the first, then one a picture in turn.

    Every second look goes to where the face was last, and now and then there is none. Pictures that stand for themselves are searched whole again as
    soon as one is unlike the one before; those of a film resemble each other.
    """

    def __init__(self) -> None:
        self._turn = -1
        self._box: Box | None = None
        self._seen: Any = None
        self._rest = 0

    def worth_handing_over(self) -> bool:
        """Whether a face that was found in a cut-out is shown to the tracker."""
        self._rest -= self._rest > 0
        return self._rest == 0

    def handed_over(self, held: bool) -> None:
        """Whether the tracker has it."""
        self._rest = 0 if held else _REST

    def found(self, box: Box, in_cut_out: bool = False) -> None:
        """Where the face is."""
        self._box = box
        if in_cut_out:
            self._turn = 1

    def where(self, picture: UInt8Array, alone: bool) -> list[Tile]:
        """Cut-outs to look at, most promising first.

        Args:
            picture: ``(H,W,3)`` in which no face was found.
            alone: whether it stands for itself.
        """
        height, width = picture.shape[:2]
        there = tiles((height, width))
        if not there:
            return []
        fresh = self._turn < 0
        if alone:
            before, self._seen = self._seen, _thumbnail(picture)
            fresh |= before is None or bool(np.abs(self._seen - before).mean() > _ALIKE)
        if fresh:
            self._turn = 0
            return there
        turn, self._turn = self._turn, self._turn + 1
        if turn % _PAUSE == _PAUSE - 1:
            return []
        look = turn - turn // _PAUSE
        if self._box is None:
            return [there[look % len(there)]]
        if look % 2:
            return [tile_around(self._box, (height, width))]
        return [there[look // 2 % len(there)]]


def _thumbnail(picture: UInt8Array) -> Any:
    """``(9,16,3)`` of a picture of any shape, for comparison."""
    import cv2

    coarse = cv2.resize(picture, (128, 72), interpolation=cv2.INTER_LINEAR)
    return cv2.resize(coarse, (16, 9), interpolation=cv2.INTER_AREA).astype(np.int16)


_TILE = 3.0  # times the face: a cut-out


def tile_around(box: Box, size: tuple[int, int]) -> Tile:
    """A square cut-out with the face in its middle, as far as the picture goes."""
    height, width = size
    side = int(min(max(_TILE * max(box[2] - box[0], box[3] - box[1]), 64), height, width))
    x = min(max(0, round((box[0] + box[2] - side) / 2)), width - side)
    y = min(max(0, round((box[1] + box[3] - side) / 2)), height - side)
    return x, y, side


def cut(picture: UInt8Array, tile: Tile, at_most: int | None = None) -> UInt8Array:
    """The cut-out as a picture, reduced to ``at_most`` pixels."""
    x, y, side = tile
    part: Any = picture[y : y + side, x : x + side]
    if at_most is not None and side > at_most:
        import cv2

        part = cv2.resize(part, (at_most, at_most), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(part, np.uint8)


def look_size() -> int:
    """Pixels in which a cut-out is searched."""
    return _LOOK_PX


def box_in_whole(face: Detection, tile: Tile) -> Box:
    """The box of a face found in a cut-out, pixels of the picture."""
    assert face.image_size is not None
    scale = tile[2] / face.image_size[0]
    x0, y0, x1, y1 = (scale * v for v in face.box)
    return tile[0] + x0, tile[1] + y0, tile[0] + x1, tile[1] + y1


def enlargements(box: Box, size: tuple[int, int]) -> list[float]:
    """By how much to enlarge a face, from what the detector sees well down to 1."""
    wanted = min(0.25 * max(size), 0.6 * min(size))
    most = max(1.0, wanted / max(box[2] - box[0], 1.0))
    count = math.ceil(math.log(most) / math.log(_STEP)) if most > 1 else 0
    return [most ** (1 - i / count) for i in range(count)] + [1.0] if count else [1.0]


def enlarged(picture: UInt8Array, box: Box, times: float) -> UInt8Array:
    """The picture with the face ``times`` larger about its own centre, moved in where the border would cut it."""
    if times == 1.0:
        return picture
    import cv2

    height, width = picture.shape[:2]
    cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    half_x, half_y = 0.75 * times * (box[2] - box[0]), 0.75 * times * (box[3] - box[1])
    to_x = min(max(cx, min(half_x, width / 2)), max(width - half_x, width / 2))
    to_y = min(max(cy, min(half_y, height / 2)), max(height - half_y, height / 2))
    move = np.array([[times, 0, to_x - times * cx], [0, times, to_y - times * cy]], np.float64)
    out = cv2.warpAffine(
        picture, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.ascontiguousarray(out, np.uint8)


def in_whole(face: Detection, tile: Tile, size: tuple[int, int]) -> Detection:
    """What was seen in a cut-out, as the whole picture of (height, width) shows it.

    Landmarks are moved and scaled. The face matrix belongs to a camera of 63 degrees over the cut-out's height and
    looks along its middle; it becomes one of the whole picture's camera: farther by the ratio of the heights, turned
    by the angle between the two rays to the face.
    """
    assert face.landmarks is not None
    x, y, side = tile
    height, width = size
    points = np.array(face.landmarks, np.float64)
    points[:, 0] = (x + side * points[:, 0]) / width
    points[:, 1] = (y + side * points[:, 1]) / height
    points[:, 2] *= side / width
    matrix = face.face_matrix
    if matrix is not None:
        matrix = _matrix_in_whole(np.asarray(matrix, np.float64), tile, size).astype(np.float32)
    return Detection(face.blendshapes, points.astype(np.float32), matrix, size)


def _matrix_in_whole(matrix: FloatArray, tile: Tile, size: tuple[int, int]) -> FloatArray:
    x, y, side = tile
    height, width = size
    focal_cut = 0.5 * side / math.tan(math.radians(MEDIAPIPE_FOV_DEG) / 2)
    focal = 0.5 * height / math.tan(math.radians(MEDIAPIPE_FOV_DEG) / 2)
    place = matrix[:3, 3]
    depth = -place[2]  # x right, y up, z towards the viewer
    if depth <= 0:
        return matrix
    # where the face's origin is seen, from the whole picture's middle; y down
    across = x + side / 2 - width / 2 + focal_cut * place[0] / depth
    down = y + side / 2 - height / 2 - focal_cut * place[1] / depth
    farther = depth * focal / focal_cut
    moved = np.array([farther * across / focal, -farther * down / focal, -farther])
    out = np.eye(4)
    out[:3, :3] = _between(place, moved) @ matrix[:3, :3]
    out[:3, 3] = moved
    return out


def _between(first: Any, second: Any) -> FloatArray:
    """Rotation matrix of the shortest turn from one direction to another."""
    a, b = first / np.linalg.norm(first), second / np.linalg.norm(second)
    axis = np.cross(a, b)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-9:
        return np.eye(3)
    return axis_angle_to_matrix(axis / sine * math.atan2(sine, float(a @ b)))
