"""A set of pictures with known truth: renders of people, in any order, each with a known resting face.

An ``.npz`` with ``blendshapes (N, 52)``, ``landmarks (N, 478, 3)``, ``face_matrix``, ``identity (N)``, the resting
face of each identity in ``neutral_blendshapes`` and ``neutral_landmarks``, optional ``image_size``, and truth of one or
more kinds:

- ``arkit_weights (N, K)`` named by ``arkit_names (K)``;
- ``expression_a`` (or ``expression``) ``(N, E)``, ``jaw_pose (N, 3)``, ``eye_pose (N, 6)``: parameters of a FLAME file.
  Meshes are compared without head rotation and in the mean identity;
- ``global_orient (N, 3)``: head rotation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..base.channels import BLENDSHAPES, to_mediapipe
from ..base.damage import reading
from ..base.detection import Detection
from ..base.errors import FileFormatError, InputError, MismatchError, ShapeError
from ..base.rotations import axis_angle_to_matrix, geodesic_angle
from ..base.safe_npz import read_npz
from ..base.values import FlameParams, FloatArray, IntArray
from ..drive.driver import Driver
from ..flame import FlameModel
from ..io.sources import Source, SourceFrame
from ..io.sources.base import SourceInfo
from ..observe.head_frame import RestShape, neutral_frame
from ..observe.head_pose import from_face_matrix
from ..response.profile import Profile
from .measures.face import FACE
from .measures.mesh import REGIONS, angle_deg, mesh_error_mm, regions
from .rows import DRIVEN, MINUS, SCORES, Row, mapped, references, without_pose

# Row to what the response is given: landmarks, the person's resting face.
INPUTS = {
    f"{DRIVEN}: scores, landmarks, neutral": (True, True),
    f"{DRIVEN}: scores, landmarks": (True, False),
    f"{DRIVEN}: scores, neutral": (False, True),
    f"{DRIVEN}: scores": (False, False),
}
ACTIVE, OFF, TWITCHES = (
    0.2,
    0.02,
    0.1,
)  # true weights above and below; a weight above it at a true rest is false
_CHUNK = 256


def load_set(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a set.

    Raises:
        MissingFileError, FileFormatError: not there, or not such a set.
    """
    arrays = read_npz(Path(path), f"{path} (a set with truth)")
    missing = [n for n in ("blendshapes", "identity", "neutral_blendshapes") if n not in arrays]
    if missing or not (_has_flame(arrays) or {"arkit_weights", "arkit_names"} <= arrays.keys()):
        wanted = "arkit_weights with arkit_names, or expression, jaw_pose and eye_pose"
        raise FileFormatError(f"{path} is not a set with truth: it has no {', '.join(missing) or wanted}.")
    with reading(path, "a set with truth"):
        _check_shapes(arrays)
    return arrays


def _check_shapes(arrays: Mapping[str, Any]) -> None:
    """Rows that belong together and numbers that are finite.

    Raises:
        InputError, ShapeError: not so.
    """
    frames, people = len(arrays["blendshapes"]), len(np.unique(arrays["identity"]))
    names = len(arrays["arkit_names"]) if "arkit_names" in arrays else 0
    wanted = {
        "blendshapes": (frames, 52), "identity": (frames,), "neutral_blendshapes": (people, 52),
        "landmarks": (frames, 478, 3), "neutral_landmarks": (people, 478, 3), "face_matrix": (frames, 4, 4),
        "arkit_weights": (frames, names), "jaw_pose": (frames, 3), "eye_pose": (frames, 6), "global_orient": (frames, 3),
    }  # fmt: skip
    for name, array in arrays.items():
        if name in wanted and array.shape != wanted[name]:
            raise ShapeError(f"{name} must be {wanted[name]}, got {array.shape}.")
        if name in ("expression", "expression_a", "betas") and (array.ndim != 2 or len(array) != frames):
            raise ShapeError(f"{name} must be ({frames}, E), got {array.shape}.")
        if name in wanted and array.dtype.kind not in "biuf":
            raise InputError(f"{name} must be numbers, got {array.dtype}.")
        if array.dtype.kind == "f" and not np.isfinite(array.astype(np.float32)).all():
            raise InputError(f"{name} has numbers that are not finite.")


def _has_flame(data: Mapping[str, Any]) -> bool:
    return {"jaw_pose", "eye_pose"} <= data.keys() and bool({"expression_a", "expression"} & data.keys())


def evaluate_set(
    data: Mapping[str, Any],
    driver: Driver,
    *,
    against: Mapping[str, Driver] | None = None,
    truth_model: FlameModel | None = None,
    every: int = 1,
) -> dict[str, dict[str, Any]]:
    """Errors of a driver on a set, for each kind of input it can use, and of the reference rows.

    Args:
        data: from ``load_set``.
        driver: its head is the one scored.
        against: more rows, driven from scores alone.
        truth_model: the head that the set's expression belongs to; None: the driver's.
        every: score every n-th picture.

    Returns:
        row to ``face``, ``lips``, ``lids`` (mean mm) and their ``..., p95``; ``jaw``, ``left eye``, ``right eye``,
        ``head`` (mean degrees); ``MAE``, ``active`` (true weight above 0.2), ``false`` (mean weight where the true one
        is below 0.02), ``r`` (mean correlation of the channels that the row moves) and ``channels moved``, all over
        channels other than gaze; ``false at rest`` (weights above 0.1 in the resting picture, when only the others
        were seen before); ``channels`` (correlation by name). What the set or the row lacks is left out.

    Raises:
        MismatchError: the truth does not fit ``truth_model``, or the two heads differ in topology.
        InputError: ``every`` below 1.
    """
    if every < 1:
        raise InputError(f"every must be at least 1, got {every}.")
    rows = np.arange(0, len(data["blendshapes"]), every)
    person = np.unique(data["identity"], return_inverse=True)[1][rows]
    truth = _Truth(data, rows, driver, truth_model)
    found: dict[str, dict[str, Any]] = {}
    if driver.mapping is not None:
        found[DRIVEN] = truth.errors(mapped(driver, data["blendshapes"][rows]))
    else:
        for name, (with_landmarks, with_neutral) in INPUTS.items():
            if with_landmarks and "landmarks" not in data:
                continue
            weights = _respond(data, rows, person, driver, with_landmarks, with_neutral)
            found[name] = truth.errors(Row(driver, driver.params_from_weights(weights), weights))
    for name, weights in references(data["blendshapes"][rows], data["neutral_blendshapes"][person]).items():
        found[name] = truth.errors(Row(driver, driver.params_from_weights(weights), weights))
    for name, head in (against or {}).items():
        found[name] = truth.errors(mapped(head, data["blendshapes"][rows]))
    _head_errors(data, rows, person, driver, found)
    if "landmarks" in data and driver.mapping is None:
        _false_at_rest(data, driver, found)
    return found


def _size(data: Mapping[str, Any]) -> tuple[int, int]:
    height, width = (int(v) for v in data.get("image_size", (512, 512)))
    return height, width


def _respond(
    data: Mapping[str, Any],
    rows: IntArray,
    person: IntArray,
    driver: Driver,
    with_landmarks: bool,
    with_neutral: bool,
) -> FloatArray:
    def seen(chosen: Any) -> Detection:
        points = data["landmarks"][chosen] if with_landmarks else None
        return Detection(data["blendshapes"][chosen], points, None, _size(data) if with_landmarks else None)

    if not with_neutral:
        return driver.response(seen(rows))
    weights = np.zeros((len(rows), 52), np.float32)
    for i in np.unique(person):
        given = (
            {"landmarks": data["neutral_landmarks"][i], "image_size": _size(data)}
            if "landmarks" in data
            else {}
        )
        profile = Profile.from_neutral(data["neutral_blendshapes"][i], **given)
        weights[person == i] = driver.response(seen(rows[person == i]), profile=profile)
    return weights


class _Truth:
    """The set's truth of some rows, and errors against it."""

    def __init__(
        self, data: Mapping[str, Any], rows: IntArray, driver: Driver, model: FlameModel | None
    ) -> None:
        self.weights = self.vertices = None
        if "arkit_weights" in data:
            names = [str(n) for n in data["arkit_names"]]
            self.weights = to_mediapipe(
                data["arkit_weights"][rows].astype(np.float64), names=names, unknown="ignore"
            )
        if _has_flame(data):
            model = driver.model if model is None else model
            self.jaw, self.eyes = data["jaw_pose"][rows], data["eye_pose"][rows]
            self.vertices = _truth_vertices(data, model, rows)
            if self.vertices.shape[1] != driver.model.num_vertices:
                raise MismatchError(
                    f"the truth has {self.vertices.shape[1]} vertices, this head {driver.model.num_vertices}: give "
                    "--flame the head of the set, and --truth too if its expression belongs to another file."
                )
            self.where = regions(driver.model)

    def errors(self, row: Row) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.vertices is not None:
            found |= self._mesh(row)
        if self.weights is not None and row.weights is not None:
            found |= self._weights(row.weights.astype(np.float64))
        return found

    def _mesh(self, row: Row) -> dict[str, Any]:
        assert self.vertices is not None
        parts: dict[str, list[FloatArray]] = {name: [] for name in REGIONS}
        for start in range(0, len(self.vertices), _CHUNK):
            part = slice(start, start + _CHUNK)
            drawn = row.driver.vertices(without_pose(row.params[part]))
            for name, values in mesh_error_mm(drawn, self.vertices[part], self.where).items():
                parts[name].append(values)
        found = {}
        for name, pieces in parts.items():
            values = np.concatenate(pieces)
            found[name], found[f"{name}, p95"] = float(values.mean()), float(np.percentile(values, 95))
        found["jaw"] = float(angle_deg(row.params.jaw_pose, self.jaw).mean())
        for side, s in (("left eye", slice(0, 3)), ("right eye", slice(3, 6))):
            found[side] = float(angle_deg(row.params.eye_pose[:, s], self.eyes[:, s]).mean())
        return found

    def _weights(self, weights: FloatArray) -> dict[str, Any]:
        assert self.weights is not None
        truth, ours = self.weights[:, FACE], weights[:, FACE]
        error, active, off = np.abs(ours - truth), truth > ACTIVE, truth < OFF
        channels = {
            BLENDSHAPES[i]: float(np.corrcoef(weights[:, i], self.weights[:, i])[0, 1])
            for i in range(1, 52)
            if self.weights[:, i].std() > 1e-3 and weights[:, i].std() > 1e-6
        }
        moved = [r for name, r in channels.items() if not name.startswith("eyeLook")]
        return {
            "MAE": float(error.mean()),
            "active": float(error[active].mean()) if active.any() else None,
            "false": float(error[off].mean()) if off.any() else None,
            "r": float(np.mean(moved)) if moved else None,
            "channels moved": len(moved),
            "channels": channels,
        }


def _truth_vertices(data: Mapping[str, Any], model: FlameModel, rows: IntArray) -> FloatArray:
    expression = data["expression_a" if "expression_a" in data else "expression"][rows]
    if expression.shape[1] > model.num_expression:
        raise MismatchError(
            f"the truth has {expression.shape[1]} coefficients, its head ({model.release}) has {model.num_expression}."
        )
    forward = model.prepare(num_expression=expression.shape[1])
    zero = np.zeros((len(rows), 3), np.float32)
    params = FlameParams(expression, data["jaw_pose"][rows], data["eye_pose"][rows], zero, zero, zero)
    return np.concatenate(
        [forward.forward_params(params[i : i + _CHUNK]) for i in range(0, len(rows), _CHUNK)]
    )


def _head_errors(
    data: Mapping[str, Any],
    rows: IntArray,
    person: IntArray,
    driver: Driver,
    found: dict[str, dict[str, Any]],
) -> None:
    """Head rotation is the driver's own with landmarks, and MediaPipe's as it is in the row of the scores."""
    if not {"global_orient", "face_matrix", "landmarks"} <= data.keys():
        return
    truth = axis_angle_to_matrix(data["global_orient"][rows].astype(np.float64))
    size = _size(data)
    seen = Detection(data["blendshapes"][rows], data["landmarks"][rows], data["face_matrix"][rows], size)

    def error(rotation: FloatArray) -> float:
        return float(np.degrees(geodesic_angle(rotation, truth)).mean())

    for name in found:
        with_landmarks, with_neutral = INPUTS.get(name, (name == DRIVEN, False))
        if not with_landmarks:
            continue
        orient = np.zeros((len(rows), 3), np.float32)
        if with_neutral:
            for i in np.unique(person):
                rest = RestShape(neutral_frame(data["neutral_landmarks"][i], size))
                orient[person == i] = driver.find_pose(seen[person == i], rest=rest)[0]
        else:
            orient = driver.find_pose(seen)[0]
        found[name]["head"] = error(axis_angle_to_matrix(orient.astype(np.float64)))
    found[SCORES]["head"] = error(from_face_matrix(data["face_matrix"][rows]).rotation)


class _Shuffled(Source):
    """One person's pictures as a clip, and long after them the resting picture."""

    prefetch = 0

    def __init__(self, data: Mapping[str, Any], rows: IntArray, person: int) -> None:
        super().__init__()
        self.info = SourceInfo("pictures", "of one person", 25.0, len(rows) + 1, _size(data))
        self._scores = np.concatenate([data["blendshapes"][rows], data["neutral_blendshapes"][[person]]])
        self._points = np.concatenate([data["landmarks"][rows], data["neutral_landmarks"][[person]]])

    def _frames(self) -> Iterator[SourceFrame]:
        last = len(self._scores) - 1
        for i, (scores, points) in enumerate(zip(self._scores, self._points)):
            time = 40.0 * i + (3.6e6 if i == last else 0.0)
            yield SourceFrame(
                i, time, None, scores, None, points, detected=True, image_size=self.info.image_size
            )


def _false_at_rest(data: Mapping[str, Any], driver: Driver, found: dict[str, dict[str, Any]]) -> None:
    """Driven as a clip that hides the resting picture: what of the person is taken for an expression?"""
    _, person = np.unique(data["identity"], return_inverse=True)
    counts: dict[str, list[int]] = {}
    for i in range(person.max() + 1):
        rest, rest_points = data["neutral_blendshapes"][i], data["neutral_landmarks"][i]
        own = np.flatnonzero(person == i)
        hidden = own[np.abs(data["landmarks"][own] - rest_points).max((1, 2)) > 1e-6]
        *_, last = driver.run(_Shuffled(data, hidden, i), mode="image")  # no picture follows another
        weights = {
            next(n for n in found if n.startswith(DRIVEN) and "neutral" not in n): last.weights,
            SCORES: rest,
        }
        weights[MINUS] = np.clip(rest - np.median(data["blendshapes"][hidden], axis=0), 0, 1)
        for name, values in weights.items():
            counts.setdefault(name, []).append(int((values[FACE] > TWITCHES).sum()))
    for name, values in counts.items():
        found[name]["false at rest"] = float(np.mean(values))
