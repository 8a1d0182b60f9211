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

from ..base.arrays import NUM_LANDMARKS, check_blendshapes, check_image_size, check_landmarks
from ..base.channels import BLENDSHAPES, INDEX, MIRROR
from ..base.errors import FileFormatError, ShapeError
from ..observe.head_frame import align_camera, over_eyes, to_camera

FloatArray = npt.NDArray[np.floating[Any]]

SCHEMA = 3
REGIMES = ("full", "landmarks", "scores_neutral", "scores")
LIMITS_OF_FAMILIAR = (0.08, 0.14)
"""Root sum of squares, in eye distances, by which a resting face deviates from the rendered ones: below the
first the network is trusted alone, above the second measured distances have the last word."""
LIMITS_OF_SEEN = (0.005, 0.0085)
"""The same for what the components of rendered faces in any expression leave of a face."""
CHECKED_SCORES = (
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "jawLeft", "jawOpen",
    "jawRight", "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight",
    "mouthFunnel", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight",
    "mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft",
    "mouthUpperUpRight",
)  # fmt: skip
"""Scores whose change the head should show to the detector as the person does."""
DISTANCE_UNIT = 0.02
"""Eye distances per unit of the forward network's distances."""
COUPLED = {
    "jawOpen": 1.0, "mouthClose": 0.05, "mouthFunnel": 0.2, "mouthLowerDown": 0.5, "mouthUpperUp": 0.4,
    "mouthRollLower": 0.2, "mouthRollUpper": 0.2, "mouthPucker": 0.6, "mouthSmile": 1.0, "mouthStretch": 0.6,
    "mouthDimple": 0.3, "mouthFrown": 0.7, "mouthShrugUpper": 0.1, "mouthShrugLower": 0.1, "eyeBlink": 1.0,
    "eyeSquint": 0.15, "eyeWide": 1.0, "browOuterUp": 1.0, "browInnerUp": 1.0, "browDown": 1.0,
    "noseSneer": 0.1,
}  # fmt: skip
"""Channels that may move to meet the measured distances, and how freely."""

_NUM = len(BLENDSHAPES)
_CHUNK = 4096
_REACH = 0.6  # a landmark this many eye distances from rest is a detector failure, not an expression
_LIDS = slice(2, 4)  # of ``distances``
_CLOSED = 0.2  # lid gap over the resting one at which MediaPipe sees an eye as closed
_GAIN = np.array([1.13, 1.0, 1.0, 1.0, 0.92, 0.92, 1.4, 1.4, 1.0, 1.0])
_QUIET = 0.003  # changes this small, in eye distances, are the detector's and not the face's
_IRIS_RADIUS = 0.11  # of the iris' centre around the eye's, in eye distances
_IRIS_SHARE = 0.8  # of the irises in the gaze sideways; the scores have the rest
_PITCH_SCORES = 0.7, 1.15  # share of the eyeLook scores in the gaze up and down, and their gain
_PITCH_UNKNOWN = 0.5, 0.2  # gain and zero of the eyeLook scores when rest, from -.2 to .7, is not known
_YAW = 0.6  # radians per unit of gaze weight
_SLACK = np.array([0.007, *[0.01] * 9])  # eye distances by which a measured distance may be missed
_SCORE_SLACK = 0.5  # the same for a score
_FREEDOM = 0.1  # of channels that are not in COUPLED
_STEPS = 3
_SCORES_SHARE = 0.5
_LOOK = {
    d: np.array([INDEX[f"eyeLook{d}{side}"] for side in ("Left", "Right")])
    for d in ("Down", "Up", "Out", "In")
}


_BLINKS = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
_CHECKED = np.array([INDEX[name] for name in CHECKED_SCORES])


def distances(points: FloatArray) -> FloatArray:
    """Measured distances of faces, in their own eye distances.

    Args:
        points: ``(N, 478, 3)`` landmarks in the head's frame.

    Returns:
        ``(N, 10)``: mouth opening (13 over 14), mouth width (61-291), lid gaps left and right, outer brows
        over the outer eye corners, inner brows over the nose root, mouth
        corners over the upper lip (left, right).
    """
    x, y = points[..., 0], points[..., 1]

    def length(a: int, b: int) -> FloatArray:
        return np.linalg.norm(points[..., a, :] - points[..., b, :], axis=-1)

    columns = [
        y[..., 13] - y[..., 14], length(61, 291), length(386, 374), length(159, 145),
        y[..., 334] - y[..., 263], y[..., 105] - y[..., 33],
        y[..., 336] - y[..., 168], y[..., 107] - y[..., 168],
        y[..., 291] - y[..., 0], y[..., 61] - y[..., 0],
    ]  # fmt: skip
    unit = np.maximum(np.abs(x[..., 263] - x[..., 33]), 1e-6)
    return np.stack(columns, -1) / unit[..., None]


def iris_offsets(points: FloatArray) -> FloatArray:
    """``(N, 2)``: irises from the middle of their eye's corners, mean of both eyes, in eye distances."""
    unit = np.maximum(np.abs(points[..., 263, 0] - points[..., 33, 0]), 1e-6)[..., None]
    left = points[..., 473, :2] - (points[..., 263, :2] + points[..., 362, :2]) / 2
    right = points[..., 468, :2] - (points[..., 33, :2] + points[..., 133, :2]) / 2
    return (left + right) / 2 / unit


def _ramp(x: FloatArray, limits: tuple[float, float]) -> FloatArray:
    """0 below the first limit, 1 above the second."""
    return _to_unit((x - limits[0]) / (limits[1] - limits[0]))


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
                x *= _gate(x)
        return y + x if self.layers else y


def _gate(x: FloatArray) -> FloatArray:
    """``x * _gate(x)`` is the smooth rectifier GELU (Hendrycks and Gimpel 2016, its sigmoid form)."""
    return 1 / (1 + np.exp(-1.702 * np.maximum(x, -40.0)))


def _to_unit(x: FloatArray) -> FloatArray:
    """Clipped to 0..1; several times faster than ``np.clip`` on one frame."""
    return np.minimum(np.maximum(x, 0), 1)


class _Forward:
    """Weights to what they look like on the mean head: changes of ``CHECKED_SCORES``, then of ``distances``,
    each over the slack that it is given. Float32."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        slack = np.concatenate([np.full(len(CHECKED_SCORES), _SCORE_SLACK), _SLACK / DISTANCE_UNIT])
        skip, first, bias, last = (
            data[f"forward_{n}"].astype(np.float64) for n in ("skip", "w0", "b0", "w1")
        )
        self.skip = (skip / slack).T.astype(np.float32)  # (K, 52)
        self.last = (last / slack).T.astype(np.float32)  # (K, H)
        self.first = np.ascontiguousarray(first.T.astype(np.float32))  # (H, 52)
        self.bias = bias.astype(np.float32)
        self.unit = np.concatenate([slack[: len(CHECKED_SCORES)], _SLACK]).astype(np.float32)
        self.rest = self.last @ (self.bias * _gate(self.bias))

    def __call__(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """One frame's ``(K,)`` values and ``(K, 52)`` slopes."""
        h = self.first @ weights + self.bias
        gate = _gate(h)
        values = self.skip @ weights + self.last @ (h * gate) - self.rest
        slope = gate * (1 + 1.702 * h * (1 - gate))
        return values, self.skip + (self.last * slope) @ self.first


@dataclass(frozen=True, slots=True)
class _Rest:
    points: FloatArray  # (478, 3) or (N, 478, 3), head frame
    distances: FloatArray  # (1 or N, 10)
    irises: FloatArray  # (1 or N, 2)
    strange: FloatArray  # (1 or N,) 0..1


class Response:
    """Maps detector output to ARKit weights.

    ``Response.default()`` has the weights that come with the package, ``Response.identity()`` takes the
    scores as they are. What it uses depends on what it is given, best first: scores + landmarks + own
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
            self._mirror_landmarks = data["mirror_landmarks"].astype(np.intp)
            self._familiar_mean = data["familiar_mean"].astype(np.float64)
            self._familiar_basis = data["familiar_basis"].astype(np.float64)
            self._unexplained = _unexplained(self._components, self._mirror_landmarks)
            self._forward = _Forward(data)
            freedom = data["closure_freedom"].astype(np.float32)
            self._freedom = np.where(freedom > 0, freedom, np.float32(_FREEDOM))
            for name, index in INDEX.items():
                if name == "_neutral" or name.startswith("eyeLook"):
                    self._freedom[index] = 0
            self._rest_answers: dict[str, tuple[FloatArray, FloatArray]] = {}
            self._remembered: tuple[FloatArray, tuple[float, float], _Rest] | None = None
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
            blendshapes: ``(*batch, 52)`` scores in 0..1, MediaPipe order, index 0 ``_neutral``; values
                outside are clipped.
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
                raise ShapeError(
                    f"landmarks {points.shape} and blendshapes {scores.shape} differ in their batch."
                )
            points = points.reshape(-1, NUM_LANDMARKS, 3)
        if neutral_landmarks is not None and landmarks is not None:
            neutral = check_landmarks(neutral_landmarks, "neutral_landmarks")
            neutral_size = (
                size
                if neutral_image_size is None
                else check_image_size(neutral_image_size, "neutral_image_size")
            )
            neutral_points = _per_row(neutral, batch, 2, "neutral_landmarks")
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
        scores = _to_unit(scores)
        if self.is_identity:
            weights = scores.copy()
            weights[:, 0] = 0
            return weights
        if neutral_scores is not None:
            neutral_scores = _to_unit(neutral_scores)
        if landmarks is None or image_size is None:
            return self._finish(self._raw(scores, neutral_scores, None))
        camera = to_camera(landmarks, image_size)
        if neutral_landmarks is None:
            return self._without_rest(scores, neutral_scores, camera)
        rest = self._rest(neutral_landmarks, neutral_image_size or image_size)
        if neutral_scores is None:
            neutral_scores = self._mean_neutral_scores
        points, shape = self._shape(camera, rest.points)
        weights = self._finish(self._raw(scores, neutral_scores, shape))
        if not rest.strange.any():
            return weights
        # A face unlike the rendered ones: the scores, made for real faces, count as much as the network that
        # reads both, and what was measured has the last word.
        share = rest.strange[:, None]
        from_scores = self._finish(self._raw(scores, neutral_scores, None))
        mixed: FloatArray = weights + _SCORES_SHARE * (from_scores - weights)
        measured = distances(points)
        change: FloatArray = measured - rest.distances
        open_lids = (measured / np.maximum(rest.distances, 1e-3))[:, _LIDS].mean(1)
        seen = _to_unit(open_lids / 0.4 - 0.75)
        looked = _gaze(scores) - _gaze(np.atleast_2d(neutral_scores))
        mixed = self._see_gaze(mixed, from_scores, iris_offsets(points) - rest.irises, looked, seen)
        change = change * (1 - np.exp(-np.square(change / _QUIET)))
        closed = self._close(mixed, change * _GAIN, scores - neutral_scores)
        # Lids that close on the person close on the head, however narrow the person's eyes are.
        gap = np.maximum(rest.distances[:, _LIDS], 1e-3)
        shut = _to_unit(-change[:, _LIDS] / (gap * (1 - _CLOSED))) ** 4
        closed[:, _BLINKS] = np.maximum(closed[:, _BLINKS], shut)
        return (weights + share * (closed - weights)).astype(np.float32)

    def _without_rest(
        self, scores: FloatArray, neutral_scores: FloatArray | None, camera: FloatArray
    ) -> FloatArray:
        """Landmarks of a person whose resting landmarks are not known: on a face unlike the rendered ones they
        say more about the person than about the expression, and the scores alone are the better guide."""
        points, shape = self._shape(camera, self._reference)
        weights = self._finish(self._raw(scores, None, shape))
        share = self._strange_now(points)[:, None]
        if not share.any():
            return weights
        from_scores = self._finish(self._raw(scores, neutral_scores, None))
        if neutral_scores is not None:
            return (weights + share * (from_scores - weights)).astype(np.float32)
        gain, at_rest = _PITCH_UNKNOWN
        looked, left = _gaze(scores), _gaze(from_scores)[:, 0]
        from_scores = _look(from_scores, (left + looked[:, 0]) / 2, gain * (looked[:, 1] - at_rest))
        return (weights + share * (from_scores - weights)).astype(np.float32)

    def _raw(
        self,
        scores: FloatArray,
        neutral_scores: FloatArray | None,
        shape: FloatArray | None,
    ) -> FloatArray:
        """The network that the given inputs allow, unclipped; rest subtracted when it is known."""
        if neutral_scores is None:
            regime = "scores" if shape is None else "landmarks"
            features = scores if shape is None else np.concatenate([scores, shape], -1)
            return self._equivariant(self._networks[regime], features, 1)
        regime = "scores_neutral" if shape is None else "full"
        blocks = [scores, np.broadcast_to(neutral_scores, scores.shape)]
        features = np.concatenate(blocks if shape is None else [*blocks, shape], -1)
        raw = self._equivariant(self._networks[regime], features, 2)
        return raw - self._at_rest(regime, np.atleast_2d(neutral_scores), features.shape[1])

    def _at_rest(self, regime: str, neutral_scores: FloatArray, width: int) -> FloatArray:
        """What a network says of resting faces ``(1 or N, 52)``; the last single one is remembered."""
        known = self._rest_answers.get(regime)
        if known is not None and len(neutral_scores) == 1 and np.array_equal(known[0], neutral_scores):
            return known[1]
        features = np.zeros((len(neutral_scores), width), np.float32)
        features[:, :_NUM] = features[:, _NUM : 2 * _NUM] = neutral_scores
        answer = self._equivariant(self._networks[regime], features, 2)
        if len(neutral_scores) == 1:
            self._rest_answers[regime] = (neutral_scores.copy(), answer)
        return answer

    def _see_gaze(
        self,
        weights: FloatArray,
        from_scores: FloatArray,
        irises: FloatArray,
        looked: FloatArray,
        seen: FloatArray,
    ) -> FloatArray:
        """Gaze of both eyes: sideways from where the irises went as far as lids let them be seen, up and down
        mostly from the eyeLook scores, whose lids say it better than half hidden irises."""
        share = _IRIS_SHARE * seen
        turn = np.arcsin(np.clip(irises[:, 0] / _IRIS_RADIUS, -0.9, 0.9)) / _YAW
        left, down = _gaze(from_scores).T
        left = share * turn + (1 - share) * left
        part, gain = _PITCH_SCORES
        down = part * gain * looked[:, 1] + (1 - part) * down
        return _look(weights, left, down)

    def _close(self, weights: FloatArray, wanted: FloatArray, score_change: FloatArray) -> FloatArray:
        """Damped Gauss-Newton, a few steps: the smallest change of the weights, active ones first, with which
        the head shows the wanted distances and, loosely, the person's change of scores."""
        forward, out = self._forward, np.empty_like(weights, dtype=np.float32)
        goals = np.concatenate([score_change[:, _CHECKED], wanted], 1).astype(np.float32) / forward.unit
        for row, (w, goal) in enumerate(zip(weights.astype(np.float32), goals, strict=True)):
            for _ in range(_STEPS):
                shown, slope = forward(w)
                missing = goal - shown
                push = missing @ slope
                freedom = self._freedom * (0.15 + w)
                freedom[((w <= 0) & (push < 0)) | ((w >= 1) & (push > 0))] = 0
                system = (slope * freedom) @ slope.T
                system.ravel()[:: len(system) + 1] += 1
                w = _to_unit(w + freedom * (np.linalg.solve(system, missing) @ slope))
            out[row] = w
        return out

    def _rest(self, landmarks: FloatArray, image_size: tuple[float, float]) -> _Rest:
        """Resting faces in the head frame (one or one per row); the last single one is remembered."""
        known = self._remembered
        if (
            known is not None
            and landmarks.ndim == 2
            and known[1] == image_size
            and np.array_equal(known[0], landmarks)
        ):
            return known[2]
        camera = to_camera(landmarks.reshape(-1, NUM_LANDMARKS, 3), image_size)
        points, _, _ = align_camera(camera, self._reference, self._align_weights)
        points = np.clip(over_eyes(points)[0], -10, 10)
        rest = _Rest(
            points=points[0] if landmarks.ndim == 2 else points,
            distances=distances(points),
            irises=iris_offsets(points),
            strange=self._strange(points),
        )
        if landmarks.ndim == 2:
            self._remembered = (landmarks.copy(), image_size, rest)
        return rest

    def _strange(self, points: FloatArray) -> FloatArray:
        """``(N,)`` 0 for a resting face like the rendered ones, 1 for one that no mix of them explains.
        Mirror-symmetric, and constant over a person's frames."""
        out = np.zeros(len(points))
        for face in (points, points[:, self._mirror_landmarks] * np.array([-1.0, 1.0, 1.0])):
            offset = (face - self._familiar_mean).reshape(len(face), -1)
            rest = offset - (offset @ self._familiar_basis) @ self._familiar_basis.T
            out += 0.5 * np.linalg.norm(rest, axis=-1)
        return _ramp(out, LIMITS_OF_FAMILIAR)

    def _strange_now(self, points: FloatArray) -> FloatArray:
        """``(N,)`` the same of faces in any expression: what the components do not explain. Mirror-symmetric,
        because each component is symmetric or antisymmetric."""
        offset = (points - self._reference).astype(np.float32).reshape(len(points), -1)
        left = np.linalg.norm(offset @ self._unexplained, axis=-1)
        return _ramp(left, LIMITS_OF_SEEN)

    def _shape(self, camera: FloatArray, rest: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``(N, 478, 3)`` points laid over rest, and ``(N, K)`` components of their displacement from it."""
        points, _, _ = align_camera(camera, rest, self._align_weights)
        displacement = np.minimum(np.maximum(points - rest, -_REACH), _REACH)
        shape = displacement.astype(np.float32).reshape(len(displacement), -1) @ self._components
        return rest + displacement, shape

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
        """One gaze for both eyes, then 0..1 with a soft dead zone: cubic near zero, the identity above twice
        its width."""
        weights = _to_unit(_one_gaze(raw))
        weights *= 1 - np.exp(-np.square(weights / self._dead_zone))
        weights[:, 0] = 0
        return weights


def _one_gaze(weights: FloatArray) -> FloatArray:
    """Both eyes look the same way: one camera sees their convergence too badly. Up and down, and in and out,
    exclude each other."""
    weights = weights.copy()
    pitch = (weights[:, _LOOK["Down"]] - weights[:, _LOOK["Up"]]).mean(1)
    out = weights[:, _LOOK["Out"]] - weights[:, _LOOK["In"]]
    left = (out[:, 0] - out[:, 1]) / 2  # both eyes to the subject's left
    for column, turn in ((0, left), (1, -left)):
        weights[:, _LOOK["Down"][column]], weights[:, _LOOK["Up"][column]] = pitch, -pitch
        weights[:, _LOOK["Out"][column]], weights[:, _LOOK["In"][column]] = turn, -turn
    return weights


def _unexplained(components: FloatArray, mirror: npt.NDArray[np.intp]) -> FloatArray:
    """``(1434, 64)`` whose product with a displacement has the length of what the components leave of it, within
    a tenth: random directions (Johnson and Lindenstrauss), half symmetric, half antisymmetric."""
    rng = np.random.default_rng(0)
    one = rng.normal(size=(NUM_LANDMARKS, 3, 32))
    other = one[mirror] * np.array([-1.0, 1.0, 1.0])[:, None]
    random = np.concatenate([one + other, one - other], -1).reshape(-1, 64) / 8 / np.sqrt(2)
    span = np.linalg.qr(components.astype(np.float64))[0]
    return np.ascontiguousarray((random - span @ (span.T @ random)).astype(np.float32))


def _gaze(weights: FloatArray) -> FloatArray:
    """``(N, 2)``: to the subject's left and down, in weights, mean of both eyes."""
    out = weights[:, _LOOK["Out"]] - weights[:, _LOOK["In"]]
    down = (weights[:, _LOOK["Down"]] - weights[:, _LOOK["Up"]]).mean(1)
    return np.stack([(out[:, 0] - out[:, 1]) / 2, down], 1)


def _look(weights: FloatArray, left: FloatArray, down: FloatArray) -> FloatArray:
    """The same weights with both eyes looking there, small angles softly at rest."""
    weights = weights.copy()
    for column, turn in ((0, left), (1, -left)):
        for name, value in (("Down", down), ("Up", -down), ("Out", turn), ("In", -turn)):
            value = _to_unit(value)
            weights[:, _LOOK[name][column]] = value * (1 - np.exp(-np.square(value / 0.03)))
    return weights


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
    path = importlib.resources.files("mp2flame") / "base" / "data" / "response.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
        return Response(data)
