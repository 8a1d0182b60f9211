"""Detector scores and landmarks to ARKit weights: what MediaPipe saw to what the face did.

MediaPipe's 52 scores are biased, some never move, and each face rests at other values. The response corrects
that once for all FLAME releases: it reads the scores, the landmarks' displacement from the person's resting
face in the head's own frame, and gives the 52 ARKit weights that a rig turns into FLAME parameters. It is a
small network plus a linear part, learnt from renders with known truth by the project's own tools
(``tools/train_response.py``); inference is NumPy only. See docs/response.md for figures and limits.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .checks import check_blendshapes
from .errors import FileFormatError, ShapeError
from .landmark_frame import (
    NUM_LANDMARKS,
    align_camera,
    check_image_size,
    check_landmarks,
    to_camera,
)
from .names import BLENDSHAPES, MIRROR

FloatArray = npt.NDArray[np.floating[Any]]

SCHEMA = 1
REGIMES = ("full", "landmarks", "scores_neutral", "scores")
_NUM = len(BLENDSHAPES)
_CHUNK = 4096
_REACH = 0.6  # a landmark this many eye distances from rest is a detector failure, not an expression


@dataclass(frozen=True)
class _Network:
    """``x @ skip + relu(...relu(x @ w0 + b0)...) @ wn``, on scaled features; float32."""

    scale: FloatArray
    skip: FloatArray
    layers: tuple[tuple[FloatArray, FloatArray], ...]

    def __call__(self, x: FloatArray) -> FloatArray:
        x = x * self.scale
        y = x @ self.skip
        for i, (weight, bias) in enumerate(self.layers):
            x = x @ weight
            x += bias
            if i < len(self.layers) - 1:
                np.maximum(x, 0, out=x)
        return y + x if self.layers else y


class Response:
    """Maps detector output to ARKit weights.

    ``Response.default()`` has the weights that come with the package, ``Response.identity()`` takes the scores
    as they are. What it uses depends on what it is given, best first: scores + landmarks + the person's
    neutral; scores + landmarks; scores + neutral scores; scores alone.
    """

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        self.header: dict[str, Any] = {"schema": SCHEMA, "kind": "identity"}
        self._networks: dict[str, _Network] = {}
        if data is None:
            return
        try:
            self.header = json.loads(str(data["header"]))
            if self.header["schema"] != SCHEMA:
                raise FileFormatError(
                    f"this response file has schema {self.header['schema']}, this version reads {SCHEMA}; "
                    "use the file that came with the installed package."
                )
            self._reference = data["reference"].astype(np.float64)
            self._align_weights = data["align_weights"].astype(np.float64)
            self._components = np.ascontiguousarray(data["components"].astype(np.float32))
            self._parity = data["component_parity"].astype(np.float32)
            self._mean_neutral_scores = data["mean_neutral_scores"].astype(np.float32)
            self._dead_zone = data["dead_zone"].astype(np.float32)
            for regime in REGIMES:
                count = int(data[f"{regime}_layers"])
                self._networks[regime] = _Network(
                    scale=data[f"{regime}_scale"].astype(np.float32),
                    skip=data[f"{regime}_skip"].astype(np.float32),
                    layers=tuple(
                        (data[f"{regime}_w{i}"].astype(np.float32), data[f"{regime}_b{i}"].astype(np.float32))
                        for i in range(count)
                    ),
                )
        except KeyError as error:
            raise FileFormatError(f"not a response file: {error} is missing.") from error

    @classmethod
    def default(cls) -> Response:
        """The response that comes with the package."""
        return _default()

    @classmethod
    def identity(cls) -> Response:
        """Scores taken as ARKit weights as they are; landmarks and neutral are not used."""
        return cls()

    @property
    def is_identity(self) -> bool:
        return not self._networks

    def __call__(
        self,
        blendshapes: npt.ArrayLike,
        landmarks: npt.ArrayLike | None = None,
        face_matrix: npt.ArrayLike | None = None,
        image_size: tuple[int, int] | None = None,
        neutral_blendshapes: npt.ArrayLike | None = None,
        neutral_landmarks: npt.ArrayLike | None = None,
        neutral_image_size: tuple[int, int] | None = None,
        neutral_face_matrix: npt.ArrayLike | None = None,
    ) -> npt.NDArray[np.float32]:
        """ARKit weights of one frame or a batch.

        Args:
            blendshapes: ``(*batch, 52)`` scores in 0..1, MediaPipe order, index 0 ``_neutral``; values outside
                are clipped.
            landmarks: ``(*batch, 478, 3)`` normalised image coordinates; needs ``image_size``.
            face_matrix: ``(*batch, 4, 4)``; accepted so that callers pass what they have, not needed.
            image_size: (height, width) in pixels of the image the landmarks were found in.
            neutral_blendshapes: ``(52,)`` scores of the person at rest, or one row per frame (broadcast).
            neutral_landmarks: ``(478, 3)`` landmarks of the person at rest, or one set per frame (broadcast).
            neutral_image_size: of the image the neutral was found in; ``image_size`` when not given.
            neutral_face_matrix: accepted, not needed.

        Returns:
            ``(*batch, 52)`` float32 in 0..1, MediaPipe order, index 0 always 0. Zero for the person's own
            neutral. Mirrored input gives mirrored output. Left and right are the subject's.

        Raises:
            ShapeError, InputError: arrays of another shape, NaN or infinite values, landmarks without a size.
        """
        scores = check_blendshapes(blendshapes)
        batch = scores.shape[:-1]
        rows = scores.reshape(-1, _NUM)
        neutral_scores = None
        if neutral_blendshapes is not None:
            checked = check_blendshapes(neutral_blendshapes, name="neutral_blendshapes")
            neutral_scores = _per_row(checked, batch, 1, "neutral_blendshapes")
        points = size = neutral_points = neutral_size = None
        if landmarks is not None:
            points = check_landmarks(landmarks)
            size = check_image_size(image_size)
            if points.shape[:-2] != batch:
                raise ShapeError(f"landmarks {points.shape} and blendshapes {scores.shape} differ in their batch.")
            points = points.reshape(-1, NUM_LANDMARKS, 3)
        if neutral_landmarks is not None and landmarks is not None:
            checked = check_landmarks(neutral_landmarks, "neutral_landmarks")
            neutral_size = size if neutral_image_size is None else check_image_size(neutral_image_size, "neutral_image_size")
            neutral_points = _per_row(checked, batch, 2, "neutral_landmarks")
        out = np.zeros((len(rows), _NUM), np.float32)
        for start in range(0, len(rows), _CHUNK):
            part = slice(start, start + _CHUNK)
            out[part] = self._rows(
                rows[part],
                None if points is None else points[part],
                size,
                _take(neutral_scores, part, 1),
                _take(neutral_points, part, 2),
                neutral_size,
            )
        return out.reshape(*batch, _NUM)

    def _rows(
        self,
        scores: FloatArray,
        landmarks: FloatArray | None,
        image_size: tuple[float, float] | None,
        neutral_scores: FloatArray | None,
        neutral_landmarks: FloatArray | None,
        neutral_image_size: tuple[float, float] | None,
    ) -> FloatArray:
        scores = np.clip(scores, 0, 1)
        if self.is_identity:
            weights = scores.copy()
            weights[:, 0] = 0
            return weights
        blocks = [scores]
        rest: list[FloatArray] = []
        shape, own_rest = None, neutral_landmarks is not None
        if landmarks is not None and image_size is not None:
            shape = self._shape_features(landmarks, image_size, neutral_landmarks, neutral_image_size)
        if shape is not None and own_rest and neutral_scores is None:
            neutral_scores = self._mean_neutral_scores
        if neutral_scores is not None and (shape is None or own_rest):
            neutral_scores = np.clip(neutral_scores, 0, 1)
            blocks.append(np.broadcast_to(neutral_scores, scores.shape))
            rest = [np.atleast_2d(neutral_scores)] * 2
        if shape is not None:
            blocks.append(shape)
            if rest:
                rest.append(np.zeros((len(rest[0]), shape.shape[1]), np.float32))
        regime = ("full" if rest else "landmarks") if shape is not None else ("scores_neutral" if rest else "scores")
        features = np.concatenate(blocks, -1)
        if rest:
            features = np.concatenate([features, np.concatenate(rest, -1)])
        raw = self._equivariant(self._networks[regime], features, len(blocks) - (shape is not None))
        if rest:
            raw = raw[: len(scores)] - raw[len(scores) :]
        return self._finish(raw)

    def _equivariant(self, network: _Network, features: FloatArray, score_blocks: int) -> FloatArray:
        """Mean of the network's answer and of its mirrored answer to the mirrored features."""
        index = np.concatenate([MIRROR + _NUM * i for i in range(score_blocks)])
        mirrored = features.copy()
        mirrored[:, : len(index)] = features[:, index]
        if features.shape[1] > len(index):
            mirrored[:, len(index) :] *= self._parity
        both = network(np.concatenate([features, mirrored]))
        return 0.5 * (both[: len(features)] + both[len(features) :, MIRROR])

    def _finish(self, raw: FloatArray) -> FloatArray:
        """Clip to 0..1 with a soft dead zone: cubic near zero, the identity above twice its width."""
        weights = np.clip(raw, 0, 1)
        weights *= 1 - np.exp(-np.square(weights / self._dead_zone))
        weights[:, 0] = 0
        return weights

    def _shape_features(
        self,
        landmarks: FloatArray,
        image_size: tuple[float, float],
        neutral_landmarks: FloatArray | None,
        neutral_image_size: tuple[float, float] | None,
    ) -> FloatArray:
        """``(N, K)`` components of the displacement from rest (the person's own, else the mean face's)."""
        target = self._reference
        if neutral_landmarks is not None:
            target = self._neutral_points(neutral_landmarks, neutral_image_size or image_size)
        points, _, _ = align_camera(to_camera(landmarks, image_size), target, self._align_weights)
        displacement = np.clip(points - target, -_REACH, _REACH).astype(np.float32)
        return displacement.reshape(len(displacement), -1) @ self._components

    def _neutral_points(self, landmarks: FloatArray, image_size: tuple[float, float]) -> FloatArray:
        """Resting faces in the head frame: origin between, unit the distance of, their outer eye corners."""
        camera = to_camera(landmarks.reshape(-1, NUM_LANDMARKS, 3), image_size)
        points, _, _ = align_camera(camera, self._reference, self._align_weights)
        corners = points[:, [33, 263]]
        distance = np.maximum(np.linalg.norm(corners[:, 1] - corners[:, 0], axis=-1), 1e-9)[:, None, None]
        points = (points - corners.mean(1, keepdims=True)) / distance
        return points[0] if landmarks.ndim == 2 else points


def _per_row(array: FloatArray, batch: tuple[int, ...], core: int, name: str) -> FloatArray:
    """A neutral as it is when there is one, else one row per frame."""
    if array.ndim == core:
        return array
    try:
        full = np.broadcast_to(array, (*batch, *array.shape[-core:]))
    except ValueError:
        raise ShapeError(f"{name} {array.shape} do not fit a batch of {batch}.") from None
    return full.reshape(-1, *array.shape[-core:])


def _take(array: FloatArray | None, part: slice, core: int) -> FloatArray | None:
    return array if array is None or array.ndim == core else array[part]


@functools.cache
def _default() -> Response:
    path = importlib.resources.files("mp2flame") / "data" / "response.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
        return Response(data)
