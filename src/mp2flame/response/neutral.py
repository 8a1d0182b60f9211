"""The resting face: one estimator for files and live, never refusing, that says how sure it is.

Resting faces ``z`` (rows of the landmarks, then scores) have a mean and a covariance over people. Every frame says
``z + w (F, S) + noise``; ``w`` is the fit of that frame under a sparse prior, because most of a face rests most of the
time; expressive and turned frames count less. What is left after ``w`` is averaged by running sums and laid
between the mean of people and itself by their covariances: ``z = mean + P0 (P0 + R/n)^-1 (average - mean)``. How sure it is,
``P(n) = (P0^-1 + n R^-1)^-1``, enters the noise of the fit. Noise of neighbouring frames is the same noise, so ``n`` stays
small (``rest_frames_worth``).

The same sums serve a batch (added at once, in a few passes) and a live face (frame by frame, old frames fading).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .tables import FloatArray, Tables


@dataclass(frozen=True, eq=False)
class Neutral:
    """A resting face and how sure it is.

    Attributes:
        rows: ``(2K,)`` landmarks, head frame, eye distances of the mean face.
        scores: ``(43,)`` scores of the free channels.
        worth: independent looks at rest that it is worth: 0 the mean of people, about 3 a clip, 100 certain.
        facing: ``(2,)`` how the head was turned when it was seen (sines, sideways and up); None: to the camera.
        frames: frames that it comes from (weighted by how much they rest).
        trust: of its scores where there are no landmarks, 0..1; see ``scores_only``.
        gaze: how far down the eyes look in it, see ``Gaze.down``.
        moved: mean of ``1 - weight`` of these frames: 0 a face that rested throughout, towards 1 one that never did.
    """

    rows: FloatArray
    scores: FloatArray
    worth: float
    facing: FloatArray | None = None
    frames: float = 0.0
    moved: float = 0.0
    trust: float = 1.0
    gaze: float = 0.0

    @cached_property
    def both(self) -> FloatArray:
        """``(2K + 43,)`` rows, then scores."""
        return np.concatenate([self.rows, self.scores])

    def meta(self) -> dict[str, float]:
        """For a take's ``meta``: from how many frames, and how sure (0 not at all .. 1 certain)."""
        return {
            "frames": round(float(self.frames), 1),
            "sure": round(float(self.worth / (self.worth + 1)), 3),
            "rested": round(1.0 - float(self.moved), 3),
        }


class People:
    """Resting faces of people, and what a number of looks leaves unknown.

    ``P0`` and the noise ``R`` are made diagonal together once: ``P0 = V diag(p) V'``, ``R = V V'``; then every ``n`` costs two
    thin products.
    """

    def __init__(self, tables: Tables) -> None:
        size = len(tables.rest_mean)
        rows = len(tables.noise)
        noise = np.zeros((size, size))
        noise[:rows, :rows] = tables.noise
        noise[rows:, rows:] = np.diag(np.square(tables.score_sd))
        prior = tables.rest_spread @ tables.rest_spread.T + np.diag(tables.rest_own)
        looks = noise.copy()
        looks[:rows, :rows] += (
            tables.constant("rest_turn_noise") ** 2 * tables.turn_noise
        )  # frames of a clip are turned
        root = np.linalg.cholesky(looks)
        inner = np.linalg.solve(root, np.linalg.solve(root, prior).T)
        p, u = np.linalg.eigh((inner + inner.T) / 2)
        keep = p > tables.constant("rest_least")
        self.mean = tables.rest_mean
        self.noise = noise
        self._rows = rows
        self._p = p[keep]
        self._out = root @ u[:, keep]  # (D, r)
        self._in = np.linalg.solve(root.T, u[:, keep])  # (D, r): out.T @ in = 1

    def unknown(self, worth: float) -> FloatArray:
        """``(D, D)`` covariance ``P(n)`` of a resting face after ``n`` looks."""
        return np.asarray((self._out * (self._p / (1 + worth * self._p))) @ self._out.T)

    def between(self, average: FloatArray, worth: float) -> FloatArray:
        """``(D,)`` the resting face for an average of ``n`` looks."""
        gain = self._p * worth / (1 + worth * self._p)
        return np.asarray(self.mean + self._out @ (gain * ((average - self.mean) @ self._in)))

    def factors(self) -> dict[str, FloatArray]:
        """For other programs: ``p (r)``, ``out (D, r)``, ``inward (D, r)`` of ``unknown`` and ``between``."""
        return {"p": self._p, "out": self._out, "inward": self._in}

    def anyone(self) -> Neutral:
        """The mean of people, nothing known."""
        return Neutral(self.mean[: self._rows], self.mean[self._rows :], 0.0)

    def told(self, both: FloatArray, facing: FloatArray, worth: float, frames: float, gaze: float) -> Neutral:
        """A resting face that somebody vouches for, as good as ``worth`` looks."""
        z = self.between(both, worth)
        return Neutral(z[: self._rows], z[self._rows :], worth, facing, frames, gaze=gaze)


class NeutralSums:
    """Running sums for one face.

    Args:
        people: the prior.
        tables: constants.
        start: a resting face that was seen before, as many looks as it is worth; None: nothing is known.
    """

    def __init__(self, people: People, tables: Tables, start: Neutral | None = None) -> None:
        c = tables.constant
        self._people = people
        self._rows = len(tables.noise)
        self._spread, self._turn = c("rest_weight_spread"), c("rest_turn")
        self._enough, self._worth = c("rest_enough_frames"), c("rest_frames_worth")
        self._memory, self._start = c("rest_memory_frames"), start
        self.clear()

    def clear(self) -> None:
        self._sum = np.zeros(len(self._people.mean))
        self._facing = np.zeros(2)
        self._weight = self._count = self._gaze = 0.0
        self._now = self._people.anyone()
        if self._start is not None:
            z = np.concatenate([self._start.rows, self._start.scores])
            facing = np.zeros(2) if self._start.facing is None else self._start.facing
            frames = self._enough * min(self._start.worth / self._worth, 1.0)
            self._put(frames, frames * z, frames * facing, frames * self._start.gaze, frames)

    @property
    def neutral(self) -> Neutral:
        return self._now

    def share(self, weights: FloatArray, facing: FloatArray) -> FloatArray:
        """``(N,)`` how much frames with these sparse weights ``(N, 43)``, so turned ``(N, 2)``, rest.

        1 at rest, towards 0.
        """
        rest = 1 / (1 + np.square(weights).sum(1) / self._spread)
        return np.asarray(rest / (1 + np.square(facing).sum(1) / self._turn**2))

    def add(
        self,
        left: FloatArray,
        weights: FloatArray,
        facing: FloatArray,
        gaze: FloatArray,
        amount: FloatArray | float = 1.0,
    ) -> Neutral:
        """Frames that were fitted.

        Args:
            left: ``(N, 2K + 43)`` landmarks and scores minus what the weights explain.
            weights: ``(N, 43)`` these weights, from the sparse fit.
            facing: ``(N, 2)`` how the head was turned.
            gaze: ``(N,)`` how far down they look, ``Gaze.down``.
            amount: ``(N,)`` or a number: how much each frame counts, in frames of 1/30 s.
        """
        rest = amount * self.share(weights, facing)
        count = float(np.sum(amount * np.ones(len(left))))
        self._put(float(rest.sum()), rest @ left, rest @ facing, float(rest @ gaze), count)
        return self._now

    def _put(self, weight: float, total: FloatArray, facing: FloatArray, gaze: float, count: float) -> None:
        """Weighted sums of some frames."""
        keep = min(self._memory / self._weight, 1.0) if self._weight > 0 else 1.0
        self._sum = keep * self._sum + total
        self._facing = keep * self._facing + facing
        self._gaze = keep * self._gaze + gaze
        self._weight = keep * self._weight + weight
        self._count = keep * self._count + count
        if self._weight > 0:
            worth = self._worth * min(self._weight / self._enough, 1.0)
            z = self._people.between(self._sum / self._weight, worth)
            self._now = Neutral(
                z[: self._rows], z[self._rows :], worth, self._facing / self._weight, self._weight,
                1 - self._weight / max(self._count, 1e-9), gaze=self._gaze / self._weight,
            )  # fmt: skip
