"""What was seen of a face: the one value that travels from the detector to the response, and the door to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .arrays import check_array, check_blendshapes, check_image_size, check_landmarks, plain
from .channels import canonical_name, missing_channels, to_mediapipe
from .errors import InputError, NoFaceError, ShapeError
from .tables import table
from .values import Comparable, FloatArray

_OWN_KEYS = ("blendshapes", "landmarks", "face_matrix", "image_size")
MEDIAPIPE_FOV_DEG = 63.0
"""Vertical, of the camera that MediaPipe's face matrix assumes (MediaPipe issue 5945)."""
_WIDER = 1.04  # faces are narrower than the canonical one by so much (median of 16 clips, .97 to 1.08)
_PERCENT = 10.0  # scores above this are no 0..1


@dataclass(frozen=True, slots=True, eq=False)
class Detection(Comparable):
    """What a detector found of one face, in one picture or in a batch of them.

    Attributes:
        blendshapes: ``(*batch, 52)`` float32 scores in 0..1, MediaPipe order, index 0 ``_neutral``.
        landmarks: ``(*batch, 478, 3)`` normalised image coordinates: x, y in 0..1 from the image's top left,
            z with x's scale, smaller is nearer to the camera; None when unknown.
        face_matrix: ``(*batch, 4, 4)`` canonical face to MediaPipe's virtual camera (x right, y up, z towards
            the viewer, centimetres, 63 degrees vertical field of view); None when unknown.
        image_size: (height, width) in pixels of the picture that the landmarks refer to; None when unknown.
    """

    blendshapes: FloatArray
    landmarks: FloatArray | None = None
    face_matrix: FloatArray | None = None
    image_size: tuple[int, int] | None = None

    @property
    def batch_shape(self) -> tuple[int, ...]:
        return tuple(np.shape(self.blendshapes)[:-1])

    def __len__(self) -> int:
        if not self.batch_shape:
            raise TypeError("this is what was seen in one picture, it has no length")
        return self.batch_shape[0]

    def __getitem__(self, index: Any) -> Detection:
        if not self.batch_shape:
            raise TypeError("this is what was seen in one picture, it cannot be indexed")
        parts = (self.blendshapes, self.landmarks, self.face_matrix)
        scores, points, matrix = (None if p is None else p[index] for p in parts)
        assert scores is not None
        return Detection(scores, points, matrix, self.image_size)

    def __iter__(self) -> Iterator[Detection]:
        return (self[i] for i in range(len(self)))

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 around the face of one picture, pixels.

        Raises:
            InputError: no landmarks, or the picture's size is not known.
        """
        if self.landmarks is None or self.image_size is None:
            raise InputError("a face has a box where its landmarks and the picture's size are known.")
        height, width = self.image_size
        low, high = self.landmarks[:, :2].min(axis=0), self.landmarks[:, :2].max(axis=0)
        return float(low[0]) * width, float(low[1]) * height, float(high[0]) * width, float(high[1]) * height

    @classmethod
    def stack(cls, frames: Sequence[Detection]) -> Detection:
        """Frames along a new first axis; what one of them lacks, all lack.

        Landmarks in pictures of several sizes become those of a picture of the first one's size (``in_one_picture``).

        Raises:
            ShapeError: no frames.
        """
        if not frames:
            raise ShapeError("cannot stack an empty list of detections; pass at least one.")

        def joined(name: str) -> Any:
            values = [getattr(f, name) for f in frames]
            return np.stack(values) if all(v is not None for v in values) else None

        sizes, points = [f.image_size for f in frames], joined("landmarks")
        size, known = sizes[0], [one for one in sizes if one is not None]
        if (
            len(known) < len(sizes) and known
        ):  # some pictures have no size: their landmarks are for no picture
            size = points = None
        elif points is not None and len(set(known)) > 1:
            points = in_one_picture(points, np.array(known))
        return cls(joined("blendshapes"), points, joined("face_matrix"), size)

    @classmethod
    def of(
        cls,
        seen: Any,
        *,
        landmarks: Any = None,
        face_matrix: Any = None,
        image_size: tuple[int, int] | None = None,
        order: str | Sequence[str] | None = None,
        allow_missing: bool = False,
    ) -> Detection:
        """What was seen, from whatever holds it. Data that has names is taken by its names, in any order.

        Args:
            seen: a ``Detection``; MediaPipe's ``FaceLandmarkerResult`` (the largest face), a list of its
                ``Category``; a dict, a pandas or polars row or frame, a structured array, each by channel name;
                a dict of ``blendshapes``, ``landmarks``, ``face_matrix``, ``image_size``; a list of any of these;
                or ``(*batch, 52)`` numbers of NumPy, torch (with or without gradient) or JAX in ``order``.
            landmarks: ``(*batch, 478, 3)`` normalised image coordinates; need ``image_size``. MediaPipe's result
                brings them, and its face matrix tells the picture's shape (to some 4 %) when no size is given.
            face_matrix: ``(*batch, 4, 4)`` MediaPipe's face matrix.
            image_size: (height, width) in pixels.
            order: of unnamed columns: a key of ``channels.ORDERS`` or the names; None: MediaPipe's 52.
            allow_missing: named data may lack channels; they are zero. Otherwise they are named in the error.

        Raises:
            NoFaceError: a result without a face.
            InputError, ShapeError: channels are missing, numbers are none, arrays do not belong together.
        """
        found = _take(seen, order, allow_missing, image_size)
        if landmarks is not None:
            found["landmarks"] = landmarks
        if face_matrix is not None:
            found["face_matrix"] = face_matrix
        if image_size is not None:
            found["image_size"] = image_size
        return _checked(found)


def _checked(found: dict[str, Any]) -> Detection:
    scores = check_blendshapes(found["blendshapes"])
    if scores.size and scores.max() > _PERCENT:
        raise InputError(
            f"scores lie in 0..1, these reach {scores.max():.3g}; divide percentages by 100 before they come here."
        )
    batch = scores.shape[:-1]
    points, matrix, size = (found.get(name) for name in _OWN_KEYS[1:])
    if size is not None:
        height, width = check_image_size(size)
        size = (round(height), round(width))
    if points is not None:
        points = check_landmarks(points).astype(np.float32)
        check_image_size(size)
        if points.shape[:-2] != batch:
            raise ShapeError(
                f"landmarks {points.shape} and blendshapes {scores.shape} differ in their batch."
            )
    if matrix is not None:
        matrix = check_array(matrix, "face_matrix", (4, 4))
        if matrix.shape[:-2] != batch:
            raise ShapeError(
                f"face_matrix {matrix.shape} and blendshapes {scores.shape} differ in their batch."
            )
    return Detection(scores, points, matrix, size)


def in_one_picture(landmarks: FloatArray, sizes: npt.ArrayLike) -> FloatArray:
    """Landmarks of pictures of several sizes, as they are in the first of known size: each brought to its width.

    Args:
        landmarks: ``(T, 478, 3)`` normalised.
        sizes: ``(T, 2)`` (height, width) of each picture, pixels; (0, 0), not known: left as they are.

    Returns:
        ``(T, 478, 3)``; y reaches beyond 0..1 where a picture is taller in proportion.
    """
    each = np.asarray(sizes, np.float64)
    known = each.all(axis=1)
    if not known.any():
        return landmarks
    height, width = each[np.argmax(known)]
    stretch = np.where(known, each[:, 0] * width / np.maximum(each[:, 1] * height, 1), 1.0)
    out = np.array(landmarks)
    out[..., 1] *= stretch[:, None].astype(out.dtype)
    return out


def _take(
    seen: Any, order: str | Sequence[str] | None, allow_missing: bool, image_size: Any
) -> dict[str, Any]:
    """The parts of a detection, not checked yet."""
    if isinstance(seen, Detection):
        return {name: getattr(seen, name) for name in _OWN_KEYS}
    if hasattr(seen, "face_blendshapes") and hasattr(seen, "face_landmarks"):
        return _of_result(seen, image_size)
    if isinstance(seen, Mapping):
        if "blendshapes" in seen:
            inner = _take(seen["blendshapes"], order, allow_missing, image_size)
            return {**inner, **{k: seen[k] for k in _OWN_KEYS[1:] if seen.get(k) is not None}}
        return {"blendshapes": _by_name(tuple(seen), list(seen.values()), allow_missing)}
    if hasattr(seen, "columns") and hasattr(seen, "to_numpy"):  # a data frame
        names = tuple(seen.columns)
        return {"blendshapes": _by_name(names, [seen[name].to_numpy() for name in names], allow_missing)}
    if hasattr(seen, "index") and hasattr(seen, "to_numpy"):  # its row
        return {"blendshapes": _by_name(tuple(seen.index), list(seen.to_numpy()), allow_missing)}
    if isinstance(seen, (np.ndarray, np.void)) and seen.dtype.names is not None:
        names = seen.dtype.names
        return {"blendshapes": _by_name(names, [seen[name] for name in names], allow_missing)}
    if isinstance(seen, (list, tuple)) and len(seen):
        first = seen[0]
        if hasattr(first, "category_name"):
            called = tuple(c.category_name for c in seen)
            return {"blendshapes": _by_name(called, [c.score for c in seen], allow_missing)}
        if not hasattr(first, "__array__") and not np.isscalar(first) and not _is_numbers(first):
            frames = [Detection.of(one, image_size=image_size, allow_missing=allow_missing) for one in seen]
            stacked = Detection.stack(frames)
            return {name: getattr(stacked, name) for name in _OWN_KEYS}
    values: Any = plain(seen)
    if order is not None and order != "mediapipe":
        key = order if isinstance(order, str) else None
        values = to_mediapipe(check_array(values, "blendshapes", (None,)), key, None if key else tuple(order))
    return {"blendshapes": values}


def _is_numbers(value: Any) -> bool:
    """A row of plain numbers, or rows of them."""
    while isinstance(value, (list, tuple)) and len(value):
        value = value[0]
    return isinstance(value, (int, float, np.number))


def _by_name(names: tuple[Any, ...], values: list[Any], allow_missing: bool) -> FloatArray:
    """``(*batch, 52)`` by channel name; what is no channel (a frame number, a time) is left out."""
    channels = [str(name) for name in names if canonical_name(str(name))]
    twice = {name for name in channels if channels.count(name) > 1}
    if twice:
        raise InputError(f"these channels are there twice, which is meant? {', '.join(sorted(twice))}.")
    columns = {str(name): value for name, value in zip(names, values) if str(name) in channels}
    if not columns:
        shown = ", ".join(map(repr, names[:4]))
        raise InputError(
            f"none of these names is a face channel: {shown}{' ...' if len(names) > 4 else ''}. Expected ARKit's or "
            "MediaPipe's (jawOpen, eyeBlinkLeft ...); unnamed columns go in as an array with order=."
        )
    missing = missing_channels(columns)
    if missing and not allow_missing:
        raise InputError(
            f"{len(missing)} of the 52 channels are missing: {', '.join(missing[:6])}"
            f"{' ...' if len(missing) > 6 else ''}. Add them, or pass allow_missing=True to take them as zero."
        )
    rows = [check_array(value, f"channel {name}", ()) for name, value in columns.items()]
    return to_mediapipe(np.stack(np.broadcast_arrays(*rows), axis=-1), names=tuple(columns))


def _of_result(result: Any, image_size: Any) -> dict[str, Any]:
    """The largest face of a ``FaceLandmarkerResult``."""
    if not result.face_landmarks:
        raise NoFaceError(
            "MediaPipe found no face in this picture; look before you convert: result.face_landmarks."
        )
    if not result.face_blendshapes:
        raise InputError(
            "this result has no blendshapes; make the landmarker with output_face_blendshapes=True."
        )
    faces = [np.array([(p.x, p.y, p.z) for p in face], np.float32) for face in result.face_landmarks]
    main = int(np.argmax([np.ptp(points[:, :2], axis=0).prod() for points in faces]))
    names, values = zip(*((c.category_name, c.score) for c in result.face_blendshapes[main]))
    matrices = result.facial_transformation_matrixes
    matrix = np.asarray(matrices[main], np.float32) if matrices is not None and len(matrices) else None
    points = faces[main]
    size = image_size
    if size is None and matrix is not None:
        size = _shape_of_picture(points, matrix)
    return {
        "blendshapes": _by_name(names, list(values), allow_missing=False),
        "landmarks": None if size is None else points,
        "face_matrix": matrix,
        "image_size": size,
    }


def _shape_of_picture(landmarks: FloatArray, face_matrix: FloatArray) -> tuple[int, int]:
    """A picture's (height, width) with which the face matrix puts the canonical face where the landmarks are.

    Only their ratio means something.
    """
    face = 100.0 * table("canonical_vertices").astype(np.float64)
    seen = face @ face_matrix[:3, :3].T + face_matrix[:3, 3]
    tangent = seen[:, 0] / np.maximum(-seen[:, 2], 1e-6) / np.tan(np.radians(MEDIAPIPE_FOV_DEG / 2))
    x = 2 * landmarks[: len(face), 0].astype(np.float64) - 1
    x, tangent = x - x.mean(), tangent - tangent.mean()
    ratio = float(np.clip(_WIDER * (x @ tangent) / max(x @ x, 1e-12), 0.1, 10.0))
    return (1000, round(1000 * ratio))
