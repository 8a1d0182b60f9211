"""What was seen, as ARKit weights of this person: the door of the room.

    response = Response.for_head(points_of)              # once per head; keep response.forward.arrays() in the cache
    neutral = response.neutral(seen)                     # of a clip: never refuses, says how sure it is
    weights = response(seen, neutral)                    # frames of their own, any batch
    face = response.face()                               # one face in order of time
    weights = face.step(seen, timestamp_ms)

Where there are landmarks, all of them and the scores are explained together (``fit``); scores alone go through
``scores_only``. docs/response.md has the equations and the figures.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..base.arrays import check_blendshapes
from ..base.detection import Detection
from ..base.errors import NoFaceError
from ..observe.head_frame import RestShape, shape_rows
from .align import Aligner
from .fit import Fit, Person
from .forward_model import ForwardModel, PointsOf
from .gaze import Gaze
from .neutral import Neutral, NeutralSums, People
from .scores_only import TRUST, weights_from_scores
from .tables import FREE, NUM, FloatArray, Tables, default_tables

_CHUNK = 512
_FRAME_MS = 1000.0 / 30.0
_GAZE_ROUNDS = 3


class _View(NamedTuple):
    """N frames as the fit reads them.

    Scores ``(N, 52)``, landmarks ``(N, 2K)``, irises ``(N, 2, 2)``, sines of the head's turn ``(N, 2)``.
    """

    scores: FloatArray
    rows: FloatArray
    irises: FloatArray
    facing: FloatArray

    def part(self, rows: slice) -> _View:
        return _View(*(array[rows] for array in self))


class Response:
    """The estimator for one head.

    Args:
        forward: how the head's landmarks move with the weights; see ``ForwardModel.of``.
        tables: the data file; None: the package's own.
    """

    def __init__(self, forward: ForwardModel, tables: Tables | None = None) -> None:
        self.tables = tables or default_tables()
        self.forward = forward
        self.people = People(self.tables)
        self._fit = Fit(forward, self.tables, self.people)
        self._aligner, self._gaze = Aligner(self.tables), Gaze(self.tables)
        self._shown = self.tables.constant("gaze_shown"), self.tables.constant("gaze_shown_alone")
        self._lowered = self.tables.constant("gaze_lowered"), 0.0
        self._passes = int(self.tables.constant("rest_passes"))

    @classmethod
    def for_head(cls, points_of: PointsOf, tables: Tables | None = None) -> Response:
        """Measure a head and make its estimator; well under a second.

        Args:
            points_of: ``(N, 52)`` weights through rig, limits and forward pass to ``(N, 478, 3)`` landmarks.
        """
        tables = tables or default_tables()
        return cls(ForwardModel.of(points_of, tables), tables)

    def arrays(self) -> dict[str, FloatArray]:
        """For other programs: the fit's own matrices; see ``Fit.arrays``."""
        return self._fit.arrays()

    def __call__(self, seen: Detection, neutral: Neutral | None = None) -> npt.NDArray[np.float32]:
        """ARKit weights of frames that are not in order of time.

        Args:
            seen: any batch; without landmarks (or the picture's size) the scores alone are used.
            neutral: the person's resting face; None: that of the mean of people, with all the uncertainty that
                this has.

        Returns:
            ``(*batch, 52)`` float32 in 0..1, index 0 always 0. Mirrored input gives mirrored output. Left and right
            are the subject's.
        """
        if not _has_points(seen):
            if neutral is None:
                return weights_from_scores(seen.blendshapes)
            return weights_from_scores(seen.blendshapes, _all_scores(neutral), neutral.trust)
        view = self._seen(seen)
        out = np.empty((len(view.scores), NUM), np.float32)
        person = self._fit.person(neutral or self.people.anyone())
        for start in range(0, len(out), _CHUNK):
            part = view.part(slice(start, start + _CHUNK))
            gaze = self._look(part, person)
            changes = self._fit.changes(person, part.rows, part.scores, gaze)
            out[start : start + _CHUNK] = _whole(self._fit.frames(person, changes, part.facing), gaze)
        return out.reshape(*seen.batch_shape, NUM)

    def neutral(self, seen: Detection) -> Neutral:
        """The resting face of one person's clip ``(T, ...)``, from all its frames.

        Raises:
            NoFaceError: no frames.
        """
        return self.at_rest(seen)[0]

    def at_rest(self, seen: Detection) -> tuple[Neutral, FloatArray]:
        """The resting face of a clip, and how much each of its frames ``(T,)`` rests: 1 at rest, towards 0.

        Raises:
            NoFaceError: no frames.
        """
        if not len(seen):
            raise NoFaceError("there is no frame with a face to find the resting face in.")
        if not _has_points(seen):
            return self._scores_at_rest(seen)
        view = self._seen(seen)
        sums, weights = self._sums(view)
        return sums.neutral, sums.share(weights, view.facing)

    def told(self, seen: Detection, sure: float | None = None) -> Neutral:
        """The resting face of a person who was told to rest: frames ``(T, ...)`` or one frame, trusted.

        Args:
            sure: how sure somebody else is that it rests, 0..1 as in ``Neutral.meta``; None: as sure as can be.
        """
        whole = seen if seen.batch_shape else Detection.stack([seen])
        if not _has_points(whole):
            rest = np.median(whole.blendshapes[:, FREE], 0)
            return Neutral(self.people.anyone().rows, rest, 0.0, None, float(len(whole)))
        view = self._seen(whole)
        rows, scores = np.median(view.rows, 0), np.median(view.scores[:, FREE], 0)
        down = float(np.median(self._gaze.down(view.irises, view.scores)))
        for _ in range(_GAZE_ROUNDS):  # lids say where the eyes look, and where they look moves the lids
            person = self._fit.person(Neutral(rows, scores, 0.0, gaze=down))
            rows = np.median(self._fit.without_gaze(person, view.rows, self._look(view, person)), 0)
        facing, most = view.facing.mean(0), self.tables.constant("told_worth")
        if sure is None:  # somebody's own rest is rest to the last digit
            return Neutral(rows, scores, most, facing, float(len(whole)), gaze=down)
        worth = min(most, sure / max(1 - sure, 1e-6))
        return self.people.told(np.concatenate([rows, scores]), facing, worth, float(len(whole)), down)

    def unexplained(self, seen: Detection, weights: FloatArray, neutral: Neutral) -> FloatArray:
        """``(T,)`` what the landmarks of ``(T, ...)`` frames did and these weights do not explain.

        Root mean square, in eye distances.
        """
        view = self._seen(seen)
        person = self._fit.person(neutral)
        gaze = self._look(view, person)
        left = self._fit.left(person, view.rows, view.scores, gaze, np.asarray(weights, np.float64)[:, FREE])
        return np.asarray(np.sqrt(2 * np.square(left[:, : view.rows.shape[1]] - neutral.rows).mean(1)))

    def face(
        self, neutral: Neutral | None = None, shape: RestShape | None = None, sure: float | None = None
    ) -> Face:
        """One face in order of time.

        Args:
            neutral: the resting face, when it is known (a profile); else it is learnt on the way.
            shape: its shape in three dimensions, for the head's rotation; else it is learnt too.
            sure: of ``neutral``, 0..1 (below 1), where nobody vouches for it: learning goes on from there.
        """
        return Face(self, neutral, shape, sure)

    def _scores_at_rest(self, seen: Detection) -> tuple[Neutral, FloatArray]:
        scores = np.asarray(seen.blendshapes, np.float64)
        rest = np.median(scores, 0)
        moved = np.square(scores[:, FREE] - rest[FREE]).sum(1)
        share = 1 / (1 + moved / self.tables.constant("rest_weight_spread"))
        frames, moved_by = float(share.sum()), 1 - float(share.mean())
        neutral = Neutral(self.people.anyone().rows, rest[FREE], 0.0, None, frames, moved_by, TRUST)
        return neutral, share

    def _sums(self, view: _View, start: Neutral | None = None) -> tuple[NeutralSums, FloatArray]:
        """Sums over a clip, and the sparse weights ``(T, 43)`` that they come from."""
        sums = NeutralSums(self.people, self.tables, start)
        weights: FloatArray = np.zeros((len(view.scores), len(FREE)))
        for _ in range(self._passes):
            person = self._fit.person(sums.neutral)
            gaze = self._look(view, person)
            changes = self._fit.changes(person, view.rows, view.scores, gaze)
            weights = self._fit.sparse(person, changes, view.facing)
            sums.clear()
            left = self._fit.left(person, view.rows, view.scores, gaze, weights)
            sums.add(left, weights, view.facing, self._gaze.down(view.irises, view.scores))
        return sums, weights

    def _look(self, view: _View, person: Person, before: FloatArray | None = None) -> FloatArray:
        """Gaze weights; nearly closed eyes say nothing, and half closed ones less where no moment before is known.

        Where one is known, lids that go down take the gaze with them.
        """
        open_by = (self._fit.gap(view.rows) / person.gap).mean(1)
        seen = np.minimum(open_by / self._shown[before is None], 1)
        lowered = self._lowered[before is None] * (1 - np.minimum(open_by, 1))
        return self._gaze(view.irises, view.scores, view.facing, seen, person.neutral.gaze, before, lowered)

    def _seen(self, seen: Detection) -> _View:
        """What the fit reads of any batch."""
        assert seen.landmarks is not None
        flat = check_blendshapes(seen.blendshapes).astype(np.float64).reshape(-1, NUM)
        points = seen.landmarks.reshape(len(flat), *seen.landmarks.shape[-2:])
        return _View(np.minimum(np.maximum(flat, 0), 1), *self._aligner.landmarks(points, seen.image_size))


class Face:
    """One face in order of time: previous weights, sums of its neutral. Made by ``Response.face``."""

    def __init__(
        self,
        response: Response,
        neutral: Neutral | None = None,
        shape: RestShape | None = None,
        sure: float | None = None,
    ) -> None:
        self._response, self._known_shape = response, shape
        self._known, self._start = neutral, None
        if neutral is not None and sure is not None:
            self._known, self._start = None, replace(neutral, worth=sure / (1 - sure))
        self._longest = response.tables.constant("step_longest_ms")
        self._forget()
        self.lost()

    @property
    def neutral(self) -> Neutral:
        """The resting face as it is known now."""
        return self._known or self._rest or self._sums.neutral

    @property
    def shape(self) -> RestShape:
        """Its shape in three dimensions as far as it is known now, for the head's rotation."""
        return self._known_shape or self._shape

    def lost(self) -> None:
        """The face was lost: the next frame is not tied to the last."""
        self._weights: FloatArray | None = None
        self._calm: FloatArray | None = None
        self._gaze: FloatArray | None = None
        self._moment = 0.0

    def other(self) -> None:
        """Another person: forget the resting face too."""
        self.lost()
        self._known = self._start = self._known_shape = None
        self._forget()

    def _forget(self) -> None:
        self._sums = NeutralSums(self._response.people, self._response.tables, self._start)
        self._shape = RestShape()
        self._rest: Neutral | None = None  # of scores without landmarks

    def learn(self, seen: Detection) -> Neutral:
        """First pass over frames ``(T, ...)`` of a file, before any is driven; about 120 are enough.

        Frames that are driven afterwards add to the same sums.
        """
        r = self._response
        if not _has_points(seen):
            self._rest, _ = r._scores_at_rest(seen)  # noqa: SLF001
            return self._rest
        view = r._seen(seen)  # noqa: SLF001
        self._sums, weights = r._sums(view, self._start)  # noqa: SLF001
        self._shape.add(_shape(seen), self._sums.share(weights, view.facing), _all_channels(weights))
        return self._sums.neutral

    def step(self, seen: Detection, timestamp_ms: float) -> npt.NDArray[np.float32]:
        """``(52,)`` weights of the next frame."""
        r = self._response
        if not _has_points(seen):
            return r(seen, self._known or self._start or self._rest)
        view, fit = r._seen(seen), r._fit  # noqa: SLF001
        person = fit.person(self.neutral)
        passed = timestamp_ms - self._moment
        tied = self._weights is not None and 0 < passed <= self._longest
        gaze = r._look(view, person, self._gaze if tied else None)  # noqa: SLF001
        changes = fit.changes(person, view.rows, view.scores, gaze)
        weights = fit.frames(person, changes, view.facing, self._weights if tied else None, passed / 1000.0)
        if self._known is None:
            calm = fit.sparse(person, changes, view.facing, self._calm if tied else None)
            self._calm = calm
            amount = min(passed / _FRAME_MS, 3.0) if tied else 1.0
            down = r._gaze.down(view.irises, view.scores)  # noqa: SLF001
            left = fit.left(person, view.rows, view.scores, gaze, calm)
            self._sums.add(left, calm, view.facing, down, amount)
            if self._shape.wants_more:
                share = self._sums.share(calm, view.facing)
                self._shape.add(_shape(seen), share, _all_channels(calm), amount)
        self._weights, self._gaze, self._moment = weights, gaze, timestamp_ms
        return np.asarray(_whole(weights, gaze)[0])


def _shape(seen: Detection) -> FloatArray:
    assert seen.landmarks is not None
    return shape_rows(seen.landmarks, seen.image_size)


def _has_points(seen: Detection) -> bool:
    return seen.landmarks is not None and seen.image_size is not None


def _all_scores(neutral: Neutral) -> FloatArray:
    """``(52,)`` resting scores; the gaze's rest is never subtracted."""
    scores = np.zeros(NUM, np.float32)
    scores[FREE] = np.clip(neutral.scores, 0, 1)
    return scores


def _all_channels(weights: FloatArray) -> FloatArray:
    """``(N, 52)`` of fitted ones ``(N, 43)``; the gaze's are zero."""
    out = np.zeros((len(weights), NUM))
    out[:, FREE] = weights
    return out


def _whole(weights: FloatArray, gaze: FloatArray) -> npt.NDArray[np.float32]:
    out = gaze.astype(np.float32)
    out[:, FREE] = weights
    return out
