"""A lab set: renders with known truth, scored in millimetres and degrees by region.

A set is an ``.npz`` with ``blendshapes (N, 52)``, ``landmarks (N, 478, 3)``, ``face_matrix``, ``identity
(N)``,
``neutral_blendshapes`` and ``neutral_landmarks`` per identity, and the truth: ``expression_a (N, E)`` (or
``expression``), ``jaw_pose (N, 3)``, ``eye_pose (N, 6)``, ``global_orient (N, 3)``, ``arkit_weights (N, K)``
named by ``arkit_names (K)``. Meshes are compared without head rotation and in the mean identity.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..base.channels import INDEX
from ..base.errors import FileFormatError, InputError, MismatchError, MissingFileError
from ..base.values import FlameParams, FloatArray
from ..flame import FlameModel
from .measures.mesh import REGIONS, angle_deg, mesh_error_mm, regions
from .methods import Method

# Name: (landmarks, neutral)
LAB_INPUTS = {
    "scores, landmarks, neutral": (True, True),
    "scores, landmarks": (True, False),
    "scores, neutral": (False, True),
    "scores": (False, False),
}
_NEEDED = ("blendshapes", "jaw_pose", "eye_pose")
_CHUNK = 256


def load_lab(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a lab set.

    Raises:
        MissingFileError, FileFormatError: not there, or not a lab set.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
    except FileNotFoundError:
        raise MissingFileError(f"there is no lab set at {path}.") from None
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise FileFormatError(f"{path} is not a lab set (.npz expected): {error}") from None
    missing = [name for name in _NEEDED if name not in arrays]
    if missing or not ({"expression_a", "expression"} & arrays.keys()):
        raise FileFormatError(f"{path} is not a lab set: it has no {', '.join(missing) or 'expression_a'}.")
    return arrays


def evaluate_lab(
    data: Mapping[str, Any],
    method: Method,
    *,
    truth_model: FlameModel | None = None,
    image_size: tuple[int, int] = (512, 512),
    every: int = 3,
) -> dict[str, dict[str, Any]]:
    """Scores of one method on a lab set, for each kind of input it can use.

    Args:
        data: from ``load_lab``.
        method: its driver's head is the one scored.
        truth_model: the head that the set's expression belongs to; None: the method's.
        image_size: of the renders.
        every: score every n-th row.

    Returns:
        input (a key of ``LAB_INPUTS``) to ``face``, ``lips``, ``lids`` (mean mm), ``..._p95``, ``jaw``,
        ``left_eye``,
        ``right_eye`` (mean degrees) and ``channels`` (correlation of each ARKit weight with truth).

    Raises:
        MismatchError: the truth does not fit ``truth_model``, or the two heads differ in topology.
    """
    if every < 1:
        raise InputError(f"every must be at least 1, got {every}.")
    rows = np.arange(0, len(data["blendshapes"]), every)
    model = method.driver.model
    truth_model = model if truth_model is None else truth_model
    truth = _truth_vertices(data, truth_model, rows)
    if truth.shape[1] != model.num_vertices:
        raise MismatchError(f"the truth has {truth.shape[1]} vertices, this head {model.num_vertices}.")
    where = regions(model)
    kinds = {"scores": (False, False)} if method.driver.mapping is not None else LAB_INPUTS
    if "landmarks" not in data:
        kinds = {name: kind for name, kind in kinds.items() if not kind[0]}
    return {name: _score(data, method, rows, truth, where, kind, image_size) for name, kind in kinds.items()}


def _truth_vertices(data: Mapping[str, Any], model: FlameModel, rows: Any) -> FloatArray:
    expression = data["expression_a" if "expression_a" in data else "expression"][rows]
    if expression.shape[1] > model.num_expression:
        raise MismatchError(
            f"the truth has {expression.shape[1]} coefficients, its head ({model.release}) has "
            f"{model.num_expression}."
        )
    forward = model.prepare(num_expression=expression.shape[1])
    return np.concatenate(
        [
            forward.forward_params(
                _params(expression[k], data["jaw_pose"][rows[k]], data["eye_pose"][rows[k]])
            )
            for k in _parts(len(rows))
        ]
    )


def _params(expression: FloatArray, jaw_pose: FloatArray, eye_pose: FloatArray) -> FlameParams:
    zero = np.zeros((len(expression), 3), np.float32)
    return FlameParams(expression, jaw_pose, eye_pose, zero, zero, zero)


def _parts(count: int) -> list[slice]:
    return [slice(i, i + _CHUNK) for i in range(0, count, _CHUNK)]


def _score(
    data: Mapping[str, Any],
    method: Method,
    rows: Any,
    truth: FloatArray,
    where: dict[str, Any],
    kind: tuple[bool, bool],
    image_size: tuple[int, int],
) -> dict[str, Any]:
    with_landmarks, with_neutral = kind
    driver = method.driver
    weights = None
    if driver.mapping is not None:
        params = driver.mapping.apply(data["blendshapes"][rows])
    else:
        given: dict[str, Any] = {}
        if with_landmarks:
            given = {"landmarks": data["landmarks"][rows], "image_size": image_size}
        if with_neutral:
            _, person = np.unique(data["identity"], return_inverse=True)
            given["neutral_blendshapes"] = data["neutral_blendshapes"][person[rows]]
            if with_landmarks:
                given["neutral_landmarks"] = data["neutral_landmarks"][person[rows]]
        weights = method.response(data["blendshapes"][rows], **given)
        params = driver.params_from_weights(weights)
    errors: dict[str, list[FloatArray]] = {name: [] for name in REGIONS}
    for k in _parts(len(rows)):
        part = params[k]
        vertices = driver.vertices(_params(part.expression, part.jaw_pose, part.eye_pose))
        for name, values in mesh_error_mm(vertices, truth[k], where).items():
            errors[name].append(values)
    result: dict[str, Any] = {"frames": len(rows)}
    for name, found in errors.items():
        values = np.concatenate(found)
        result[name], result[f"{name}_p95"] = float(values.mean()), float(np.percentile(values, 95))
    result["jaw"] = float(angle_deg(params.jaw_pose, data["jaw_pose"][rows]).mean())
    for side, s in (("left_eye", slice(0, 3)), ("right_eye", slice(3, 6))):
        result[side] = float(angle_deg(params.eye_pose[:, s], data["eye_pose"][rows][:, s]).mean())
    if weights is not None and "arkit_weights" in data:
        result["channels"] = _channels(data, weights, rows)
    return result


def _channels(data: Mapping[str, Any], weights: FloatArray, rows: Any) -> dict[str, float]:
    """Correlation with truth of every channel that moves in the set."""
    found = {}
    for column, short in enumerate(str(n) for n in data["arkit_names"]):
        name = short.replace("_L", "Left").replace("_R", "Right")
        name = name if name in INDEX else short.removesuffix("_L").removesuffix("_R")
        if name not in INDEX:
            continue
        a, b = data["arkit_weights"][rows, column].astype(float), weights[:, INDEX[name]].astype(float)
        if a.std() > 1e-3:
            found[short] = float(np.corrcoef(a, b)[0, 1]) if b.std() > 1e-9 else 0.0
    return found
