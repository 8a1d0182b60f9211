"""What the estimator knows beforehand: faces, noise, scores. One file, one header, every constant with its reason.

``response.npz`` is written by ``tools/make_response_tables.py``: means and covariances of many faces, no recording
of anybody. Its ``header`` is JSON: schema, sources with their licences, and ``constants``, each with ``value`` and
``why``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.channels import BLENDSHAPES, MIRROR
from ..base.damage import reading
from ..base.errors import FileFormatError
from ..base.tables import package_arrays

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.intp]

SCHEMA = 7
NUM = len(BLENDSHAPES)
GAZE = np.array([i for i, name in enumerate(BLENDSHAPES) if name.startswith("eyeLook")])
"""``(8,)`` channels that the gaze decides."""
FREE = np.array([i for i, name in enumerate(BLENDSHAPES) if i and not name.startswith("eyeLook")])
"""``(43,)`` channels that the fit decides."""
FREE_MIRROR = np.array([int(np.flatnonzero(MIRROR[c] == FREE)[0]) for c in FREE])
"""``(43,)`` the channel on the other side of the face, as a place in ``FREE``."""
IRISES = (473, 468)
EYE_CORNERS = ((263, 362), (33, 133))
"""Subject's left eye, then right: outer and inner corner."""


@dataclass(frozen=True, eq=False)
class Tables:
    """The data file. K landmarks, two rows each (x and y, interleaved); units are eye distances of the mean face.

    Attributes:
        header: schema, sources, licences, constants with their reasons.
        reference: ``(478, 3)`` mean resting face as MediaPipe sees it, head frame (x to the subject's left, y up).
        align: ``(A,)`` landmarks that expressions hardly move; faces are laid over ``reference`` by them.
        landmarks: ``(K,)`` landmarks that are fitted.
        mirror: ``(478,)`` the landmark on the other side for each landmark.
        weight_mean, weight_moment: ``(52,)``, ``(52, 52)`` mean and second moment of real ARKit weights.
        step_variance: ``(43,)`` variance of their change over 1/30 s: iPhones' and clips', their geometric mean.
        noise: ``(2K, 2K)`` covariance of what landmarks do besides what the weights explain, facing the camera; heights
            of lids, lower lip and brows, which neither pose nor identity is in, are seen better (``noise_known``).
        turn_noise: ``(2K, 2K)`` what a turned head adds, per squared sine of the turn since the neutral was seen.
        landmark_gain: ``(43,)`` how much of a shape's motion the detector's landmarks follow; 1 for lids.
        score_gain, score_sd: ``(43, 43)``, ``(43,)`` scores by weights, and what is left.
        map_precision: ``(43,)`` by how much the learnt map of the scores is surer of a weight than the fit is.
        rest_mean, rest_spread: ``(2K + 43,)`` and ``(2K + 43, P)``: resting faces (landmarks, then scores) have this
            mean and covariance ``rest_spread @ rest_spread.T``, beside ``rest_own`` (``(2K + 43,)`` variances).
        gaze_ahead: ``(5,)`` mean iris x, half of left minus right iris x (from the middle of each eye's corners),
            gaze scores to the left and down, mean iris y, of a mean face that looks straight ahead.
        gaze_down: ``(2,)`` by how much gaze score down and iris y change per weight of looking down.
    """

    header: dict[str, Any]
    reference: FloatArray
    align: IntArray
    landmarks: IntArray
    mirror: IntArray
    weight_mean: FloatArray
    weight_moment: FloatArray
    step_variance: FloatArray
    noise: FloatArray
    turn_noise: FloatArray
    landmark_gain: FloatArray
    score_gain: FloatArray
    score_sd: FloatArray
    map_precision: FloatArray
    rest_mean: FloatArray
    rest_spread: FloatArray
    rest_own: FloatArray
    gaze_ahead: FloatArray
    gaze_down: FloatArray

    @cached_property
    def key(self) -> str:
        """Changes with anything in the file; for caches."""
        digest = hashlib.sha256(json.dumps(self.header, sort_keys=True).encode())
        for f in fields(self):
            if f.name != "header":
                digest.update(np.ascontiguousarray(getattr(self, f.name)).tobytes())
        return digest.hexdigest()[:16]

    def constant(self, name: str) -> float:
        """A number of the header; its reason stands beside it."""
        return float(self.header["constants"][name]["value"])

    @cached_property
    def needed(self) -> IntArray:
        """``(K + 6,)``: the fitted landmarks, then both irises and the corners of their eyes."""
        (a, b), (c, d) = EYE_CORNERS
        return np.concatenate([self.landmarks, [*IRISES, a, b, c, d]]).astype(np.intp)

    @cached_property
    def row_mirror(self) -> tuple[IntArray, FloatArray]:
        """Order and signs that turn ``(..., 2K)`` rows into those of the mirrored face: ``rows[..., order] * sign``."""
        place = {int(k): i for i, k in enumerate(self.landmarks)}
        other = np.array([place[int(self.mirror[k])] for k in self.landmarks])
        order = np.stack([2 * other, 2 * other + 1], 1).reshape(-1)
        return order, np.tile([-1.0, 1.0], len(other))

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Tables:
        """From the arrays of the file.

        Raises:
            FileFormatError: not a response file, or of another schema.
        """
        with reading("the response file", "a response file"):
            header = json.loads(str(data["header"]))
            if header["schema"] != SCHEMA:
                raise FileFormatError(
                    f"this response file has schema {header['schema']}, this version reads {SCHEMA}; "
                    "use the file that came with the installed package."
                )
            rows = 2 * len(data["landmarks"])
            spread = data["noise_spread"].astype(np.float64)
            own = data["noise_own"].astype(np.float64)
            known = data["noise_known"].astype(np.float64)
            read = {
                "reference": data["reference"].astype(np.float64),
                "align": data["align"].astype(np.intp),
                "landmarks": data["landmarks"].astype(np.intp),
                "mirror": data["mirror"].astype(np.intp),
                "noise": spread @ spread.T + np.diag(own) - known @ known.T,
                "turn_noise": data["turn_spread"].astype(np.float64)
                @ data["turn_spread"].astype(np.float64).T,
            }
            for name in (
                "weight_mean", "weight_moment", "step_variance", "landmark_gain", "score_gain", "score_sd", "map_precision", "rest_mean", "rest_spread",
                "rest_own", "gaze_ahead", "gaze_down",
            ):  # fmt: skip
                read[name] = data[name].astype(np.float64)
        if read["noise"].shape != (rows, rows) or read["rest_mean"].shape != (rows + len(FREE),):
            raise FileFormatError("not a response file: its tables do not fit each other.")
        tables = cls(header=header, **read)
        return tables._mirrored()

    def _mirrored(self) -> Tables:
        """The same, exactly symmetric: rounding in the file must not tell left from right."""
        order, sign = self.row_mirror
        both = np.concatenate([order, len(order) + FREE_MIRROR])
        signs = np.concatenate([sign, np.ones(len(FREE))])

        def twice(matrix: FloatArray, index: IntArray, s: FloatArray) -> FloatArray:
            return (matrix + matrix[np.ix_(index, index)] * np.outer(s, s)) / 2

        change = {
            "noise": twice(self.noise, order, sign),
            "turn_noise": twice(self.turn_noise, order, sign),
            "weight_mean": (self.weight_mean + self.weight_mean[MIRROR]) / 2,
            "weight_moment": twice(self.weight_moment, MIRROR, np.ones(NUM)),
            "step_variance": (self.step_variance + self.step_variance[FREE_MIRROR]) / 2,
            "landmark_gain": (self.landmark_gain + self.landmark_gain[FREE_MIRROR]) / 2,
            "score_gain": twice(self.score_gain, FREE_MIRROR, np.ones(len(FREE))),
            "score_sd": (self.score_sd + self.score_sd[FREE_MIRROR]) / 2,
            "map_precision": (self.map_precision + self.map_precision[FREE_MIRROR]) / 2,
            "rest_mean": (self.rest_mean + self.rest_mean[both] * signs) / 2,
            "rest_spread": np.concatenate([self.rest_spread, self.rest_spread[both] * signs[:, None]], 1)
            / np.sqrt(2),
            "rest_own": (self.rest_own + self.rest_own[both]) / 2,
            "gaze_ahead": self.gaze_ahead * np.array([0.0, 1.0, 0.0, 1.0, 1.0]),
        }
        return replace(self, **change)


def packaged_arrays() -> dict[str, Any]:
    """The file that comes with the package, as it is."""
    return package_arrays("response.npz")


@lru_cache(maxsize=1)
def default_tables() -> Tables:
    """The tables that come with the package."""
    return Tables.load(packaged_arrays())
