"""What is known of one person: the neutral face, the range of each channel, the identity.

A profile is a small JSON file that a person can read. The neutral face matters most: one person's rest is
another's frown, and displacements from one's own neutral are what the response is good at.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.arrays import check_blendshapes, check_image_size
from ..base.channels import BLENDSHAPES
from ..base.damage import check_seal, reading, sealed
from ..base.detection import Detection
from ..base.errors import (
    FileFormatError,
    InputError,
    MismatchError,
    MissingFileError,
    ShapeError,
)
from ..base.looks import instead
from ..base.values import Comparable, FloatArray
from ..base.write import write_text
from ..observe.head_frame import similarity, to_camera

if TYPE_CHECKING:
    from ..flame import FlameModel

SCHEMA = "mp2flame.profile/1"
_TOLD = 0.9  # how sure at least: a person who was told to rest is .97, a clip .75 at most
MOST_REST_SPREAD = 0.1  # a channel that does more than this at rest is moving, not restless
_NUM_SKIN = 468
_KEYS = {
    "schema", "detector_mode", "flame", "betas", "image_size", "neutral_blendshapes", "neutral_landmarks",
    "neutral_face_matrix", "weight_range", "rest_spread", "checksum",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Profile(Comparable):
    """One person's profile.

    Attributes:
        neutral_blendshapes: ``(52,)`` detector scores of the resting face, MediaPipe order.
        neutral_landmarks: ``(478, 3)`` normalised image coordinates of the resting face, or None.
        neutral_face_matrix: ``(4, 4)`` MediaPipe's face matrix of the same frame, or None.
        image_size: (height, width) in pixels that the landmarks belong to, or None.
        weight_range: ``(52,)`` the largest ARKit weight this person reaches per channel (1 where unknown):
            weights are divided by it, so that everybody's full smile is 1.
        rest_spread: ``(52,)`` of profiles of the version before: how far each weight strays at rest, at most
            ``MOST_REST_SPREAD``; changes of that size are faded out. The estimator knows its noise by itself.
        betas: ``(I,)`` identity coefficients of this person in the basis of one FLAME file, or None.
        flame_sha256, flame_release: that FLAME file.
        detector_mode: ``video``, ``image`` or empty when unknown.
        meta: source, date, report.
    """

    neutral_blendshapes: FloatArray
    neutral_landmarks: FloatArray | None = None
    neutral_face_matrix: FloatArray | None = None
    image_size: tuple[int, int] | None = None
    weight_range: FloatArray | None = None
    rest_spread: FloatArray | None = None
    betas: FloatArray | None = None
    flame_sha256: str = ""
    flame_release: str = ""
    detector_mode: str = ""
    meta: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_neutral(
        cls,
        blendshapes: FloatArray,
        *,
        landmarks: FloatArray | None = None,
        face_matrix: FloatArray | None = None,
        image_size: tuple[int, int] | None = None,
        **meta: Any,
    ) -> Profile:
        """From one or several frames of the resting face.

        Of several frames the scores' median is taken; the landmarks are laid over the most central frame and
        then averaged by median, so that the head may move between them.

        Args:
            blendshapes: ``(52,)`` or ``(T, 52)`` detector scores.
            landmarks: ``(478, 3)`` or ``(T, 478, 3)`` normalised image coordinates.
            face_matrix: ``(4, 4)`` or ``(T, 4, 4)``.
            image_size: (height, width) in pixels; needed with ``landmarks``.

        Raises:
            ShapeError, InputError: wrong shapes, NaN, landmarks without an image size.
        """
        scores = np.atleast_2d(check_blendshapes(blendshapes))
        if scores.ndim != 2 or not len(scores):
            raise ShapeError(f"blendshapes must be (52,) or (T, 52) with T at least 1, got {scores.shape}.")
        points = matrix = None
        middle = 0
        if landmarks is not None:
            if image_size is None:
                raise InputError(
                    "landmarks need image_size=(height, width): they are normalised by the picture."
                )
            points = _stack(landmarks, (478, 3), "landmarks")
            middle = _most_central(points)
            if face_matrix is not None:
                matrix = _stack(face_matrix, (4, 4), "face_matrix")
        return cls(
            neutral_blendshapes=np.median(scores, axis=0).astype(np.float32),
            neutral_landmarks=None if points is None else _typical(points, middle, image_size),
            neutral_face_matrix=None if matrix is None else matrix[min(middle, len(matrix) - 1)],
            image_size=None if image_size is None else (int(image_size[0]), int(image_size[1])),
            detector_mode=str(meta.pop("detector_mode", "")),
            meta=dict(meta),
        )

    def check(self, *, model: FlameModel | None = None, detector_mode: str | None = None) -> list[str]:
        """What does not fit, one sentence each; empty when all is well.

        Another detector mode is said, not refused: the neutral is off by the landmarks' smoothing only.

        Raises:
            MismatchError: the betas belong to another FLAME file than ``model``.
        """
        if (
            model is not None
            and self.betas is not None
            and self.flame_sha256
            and model.sha256 != self.flame_sha256
        ):
            raise MismatchError(
                "the identity (betas) of this profile was fitted to "
                f"{self.flame_release or 'another FLAME file'} "
                f"(sha256 {self.flame_sha256[:8]}), the head is {model.release} (sha256 {model.sha256[:8]}). "
                "Calibrate again with --flame and this file; the neutral and the ranges fit any head."
            )
        if detector_mode and self.detector_mode and detector_mode != self.detector_mode:
            return [
                f"The profile was made with the detector in {self.detector_mode} mode, this run is in "
                f"{detector_mode} "
                "mode: landmarks differ a little. Calibrate again in this mode for the best result."
            ]
        return []

    def betas_for(self, model: FlameModel) -> FloatArray | None:
        """The identity, where it was fitted to this very FLAME file (its hash says so); else None."""
        if self.betas is None or not self.flame_sha256 or self.flame_sha256 != model.sha256:
            return None
        return self.betas if len(self.betas) <= model.num_betas else None

    @property
    def sure(self) -> float | None:
        """How sure the resting face is, 0..1; None when somebody vouches for it."""
        found = self.meta.get("neutral")
        return float(found["sure"]) if isinstance(found, dict) and "sure" in found else None

    @property
    def rest(self) -> Detection:
        """The resting face as it was seen."""
        return Detection(self.neutral_blendshapes, self.neutral_landmarks, None, self.image_size)

    @property
    def learns(self) -> bool:
        """Whether the resting face is where learning starts, not where it ends: it is a clip's estimate."""
        sure = self.sure
        has_points = self.neutral_landmarks is not None and self.image_size is not None
        return has_points and sure is not None and sure < _TOLD

    def scale(self, weights: FloatArray) -> FloatArray:
        """Weights of ``(*batch, 52)`` without what they stray at rest, over this person's range, in 0..1."""
        if self.rest_spread is not None:
            zone = np.clip(self.rest_spread, 1e-6, MOST_REST_SPREAD)
            weights = (weights * (1 - np.exp(-np.square(weights / zone)))).astype(np.float32)
        if self.weight_range is None:
            return weights
        return np.clip(weights / np.clip(self.weight_range, 0.2, 1.0), 0.0, 1.0).astype(np.float32)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the profile as JSON."""
        content: dict[str, Any] = {
            "schema": SCHEMA,
            **{k: v for k, v in self.meta.items() if k not in _KEYS},
            "detector_mode": self.detector_mode,
            "flame": {"release": self.flame_release, "sha256": self.flame_sha256},
            "betas": None if self.betas is None else [round(float(v), 4) for v in self.betas],
            "image_size": self.image_size,
            "neutral_blendshapes": {
                n: round(float(v), 5) for n, v in zip(BLENDSHAPES, self.neutral_blendshapes)
            },
            "neutral_landmarks": _rounded(self.neutral_landmarks),
            "neutral_face_matrix": _rounded(self.neutral_face_matrix),
        }
        if self.weight_range is not None:
            content["weight_range"] = {n: round(float(v), 4) for n, v in zip(BLENDSHAPES, self.weight_range)}
        if self.rest_spread is not None:
            content["rest_spread"] = {n: round(float(v), 4) for n, v in zip(BLENDSHAPES, self.rest_spread)}
        write_text(path, sealed(_readable(content)))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Profile:
        """Read a profile.

        Raises:
            MissingFileError, FileFormatError: not there, or not a profile.
            MismatchError: written by a version of the schema that this one does not read.
        """
        path = Path(path)
        if not path.exists():
            raise MissingFileError(f"no profile at {path}. Make one: mp2flame calibrate SOURCE -o {path}")
        if said := instead(path, "a profile"):
            raise FileFormatError(said)
        with reading(path, "a profile"):
            text = path.read_text(encoding="utf-8")
            content = json.loads(text)
            check_seal(text)
        if not isinstance(content, dict) or not str(content.get("schema", "")).startswith(
            "mp2flame.profile/"
        ):
            raise FileFormatError(f"{path} is not a profile: it has no schema '{SCHEMA}'.")
        if content["schema"] != SCHEMA:
            raise MismatchError(
                f"{path} has schema {content['schema']}, this version reads {SCHEMA}. Calibrate again."
            )
        with reading(path, "a profile", "Calibrate again."):
            ranges, spread = content.get("weight_range"), content.get("rest_spread")
            size = content.get("image_size")
            betas, flame = content.get("betas"), content.get("flame") or {}
            points, matrix = content.get("neutral_landmarks"), content.get("neutral_face_matrix")
            return cls(
                neutral_blendshapes=check_blendshapes(
                    [content["neutral_blendshapes"][n] for n in BLENDSHAPES]
                ),
                neutral_landmarks=None
                if points is None
                else _stack(points, (478, 3), "neutral_landmarks")[0],
                neutral_face_matrix=None
                if matrix is None
                else _stack(matrix, (4, 4), "neutral_face_matrix")[0],
                image_size=None if size is None else (int(size[0]), int(size[1])),
                weight_range=None if ranges is None else check_blendshapes([ranges[n] for n in BLENDSHAPES]),
                rest_spread=None if spread is None else check_blendshapes([spread[n] for n in BLENDSHAPES]),
                betas=None if betas is None else _vector(betas),
                flame_sha256=str(flame.get("sha256", "")),
                flame_release=str(flame.get("release", "")),
                detector_mode=str(content.get("detector_mode", "")),
                meta={k: v for k, v in content.items() if k not in _KEYS},
            )


def _stack(values: Any, shape: tuple[int, ...], name: str) -> FloatArray:
    try:
        array = np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be an array of numbers, got {type(values).__name__}.") from None
    if array.shape == shape:
        array = array[None]
    if array.shape[1:] != shape or not len(array):
        raise ShapeError(f"{name} must be {shape} or (T, {', '.join(map(str, shape))}), got {array.shape}.")
    if not np.isfinite(array).all():
        raise InputError(f"{name} hold NaN or infinite values.")
    return array


def _most_central(points: FloatArray) -> int:
    """The frame nearest to all others: a median frame that is one real face, whatever the head did."""
    centred = points - points.mean(axis=1, keepdims=True)
    flat = (centred / np.linalg.norm(centred, axis=(1, 2), keepdims=True)).reshape(len(points), -1)
    return int(np.argmin(np.linalg.norm(flat - np.median(flat, axis=0), axis=1)))


def _typical(points: FloatArray, middle: int, image_size: tuple[int, int] | None) -> FloatArray:
    """``(478, 3)`` the frames laid over the central one, then their median."""
    if len(points) == 1:
        return np.asarray(points[0])
    size = check_image_size(image_size)
    camera = to_camera(points.astype(np.float64), size)
    # All landmarks count alike: the face rests, so that what differs is the head and noise.
    weights = np.zeros(camera.shape[1])
    weights[:_NUM_SKIN] = 1 / _NUM_SKIN
    scale, rotation, offset = similarity(camera, camera[middle], weights)
    laid = scale[:, None, None] * camera @ np.swapaxes(rotation, 1, 2) + offset[:, None]
    return (np.median(laid, axis=0) / to_camera(np.ones((1, 3)), size)).astype(np.float32)


def _vector(values: Any) -> FloatArray:
    array = np.asarray(values, np.float32)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise ValueError("betas must be a list of numbers")
    return array


def _readable(content: dict[str, Any]) -> str:
    """JSON with one channel or landmark a line."""
    lines = []
    for key, value in content.items():
        if isinstance(value, list) and value and isinstance(value[0], list):
            rows = ",\n  ".join(json.dumps(row) for row in value)
            lines.append(f" {json.dumps(key)}: [\n  {rows}\n ]")
        elif isinstance(value, dict) and value:
            lines.append(
                f" {json.dumps(key)}: "
                + json.dumps(value, indent=2, ensure_ascii=False).replace("\n}", "\n }")
            )
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _rounded(values: FloatArray | None) -> Any:
    return None if values is None else np.round(values.astype(float), 6).tolist()
