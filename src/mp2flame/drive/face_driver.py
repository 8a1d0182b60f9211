"""One frame after another for one face: what was seen to what the head shows.

The same object serves files (``Driver.run``) and the live pipeline: response and rig, head pose, filter,
face-lost policy, in this order. What it is made of can be exchanged while it runs.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from ..base.arrays import check_blendshapes
from ..base.detection import Detection
from ..base.errors import InputError
from ..base.signals import FaceFilter, Setting
from ..base.values import FlameParams, FloatArray, Frame
from ..observe.camera import Camera, camera_of
from ..observe.head_frame import RestShape
from ..observe.quality import look
from ..response.profile import Profile
from ..response.response import Face
from ..rig.mapping.linear import LinearMapping
from .face_lost import FaceLost, LostPolicy

if TYPE_CHECKING:
    from ..io.sources import SourceFrame

_LOOK_AT = 120  # frames of a file from which its resting face is learnt: more bring nothing


class DrivenHead(Protocol):
    """What a head must do to be driven; a ``Driver`` does it."""

    @property
    def num_expression(self) -> int: ...
    @property
    def mapping(self) -> LinearMapping | None: ...
    def follow(self, profile: Profile | None = None, *, learn: bool = True) -> Face: ...
    def params_from_weights(self, weights: FloatArray) -> FlameParams: ...
    def take_meta(self) -> dict[str, Any]: ...
    def find_pose(
        self,
        seen: Detection,
        *,
        camera: Camera | float | None,
        rest: RestShape | None,
        weights: FloatArray | None,
    ) -> tuple[FloatArray, FloatArray]: ...


class FaceDriver:
    """Follows one face; frames must come in order of time.

    Args:
        driver: the head.
        profile: the person's profile.
        filter: a preset of ``filters.PRESETS`` or settings by channel group.
        lost: what to do without a face.
        head_pose_from: ``off`` leaves ``global_orient`` and ``transl`` at zero.
        camera: the real camera when known, or its vertical field of view in degrees.
        neutral: ``auto`` learns the resting face while frames come in, as long as there is no profile.
        tied: False: every frame for itself, as the detector's image mode has it.

    The setters may be called from any thread; they take effect with the next frame.
    """

    def __init__(
        self,
        driver: DrivenHead,
        *,
        profile: Profile | None = None,
        filter: str | Mapping[str, Setting] = "off",
        lost: LostPolicy | None = None,
        head_pose_from: Literal["auto", "off"] = "auto",
        camera: Camera | float | None = None,
        neutral: Literal["auto", "off"] = "auto",
        tied: bool = True,
    ) -> None:
        if neutral not in ("auto", "off"):
            raise InputError(f"neutral is auto or off, got {neutral!r}.")
        if head_pose_from not in ("auto", "off"):
            raise InputError(f"head_pose_from is auto or off, got {head_pose_from!r}.")
        self._lock = threading.Lock()
        self._driver, self._profile = driver, profile
        self._auto, self._tied = neutral == "auto", tied
        self._face: Face | None = None
        self._with_pose, self._camera = head_pose_from == "auto", camera
        self._policy = lost or LostPolicy()
        self._filter = FaceFilter(filter)
        self._score_filter = FaceFilter(filter)  # a mapping starts from scores, not from weights
        self._seen = FaceLost(self._policy, FlameParams.zeros(driver.num_expression))

    @property
    def profile(self) -> Profile | None:
        return self._profile

    @property
    def lost_state(self) -> str:
        """``tracking``, ``holding``, ``returning`` or ``lost``."""
        return self._seen.state

    @property
    def filter_settings(self) -> dict[str, Setting]:
        return dict(self._filter.settings)

    def set_driver(self, driver: DrivenHead) -> None:
        """Another head; coefficients of the old one mean nothing to it, so the face starts anew."""
        with self._lock:
            self._driver, self._face = driver, None
            self._seen = FaceLost(self._policy, FlameParams.zeros(driver.num_expression))

    def set_profile(self, profile: Profile | None) -> None:
        with self._lock:
            self._profile, self._face = profile, None

    def other_face(self, timestamp_ms: float) -> None:
        """The next frame is of another person: ease to that face, and look for its own resting face."""
        with self._lock:
            self._filter.reset()
            self._score_filter.reset()
            self._seen.ease(timestamp_ms)
            if self._face is not None and self._profile is None:
                self._face.other()

    def set_filter(self, filter: str | Mapping[str, Setting]) -> None:
        """A preset or settings by channel group.

        Raises:
            InputError: no such preset or group.
        """
        new, scores = FaceFilter(filter), FaceFilter(filter)
        with self._lock:
            self._filter, self._score_filter = new, scores

    def set_lost(self, policy: LostPolicy) -> None:
        with self._lock:
            self._policy = self._seen.policy = policy

    @property
    def looks_for_rest(self) -> bool:
        """Whether the resting face is learnt: there is neither a profile that somebody vouches for nor a mapping."""
        known = self._profile is not None and not self._profile.learns
        return self._auto and not known and self._driver.mapping is None

    @property
    def neutral(self) -> dict[str, float] | None:
        """The resting face that is used, for a take's ``meta``.

        From how many ``frames``, how ``sure`` (0..1) and how far the face ``rested`` in them (0..1); None
        when none is.
        """
        if self._face is None or not (self.looks_for_rest or self._profile is not None):
            return None
        return self._face.neutral.meta()

    def look_ahead(self, seen: Sequence[Detection]) -> None:
        """Learn the resting face from frames of a file before ``step`` drives them."""
        if self.looks_for_rest and seen:
            every = max(1, len(seen) // _LOOK_AT)
            self._follower().learn(Detection.stack(seen[::every]))

    def _follower(self) -> Face:
        if self._face is None:
            self._face = self._driver.follow(self._profile, learn=self._auto)
        return self._face

    def step(self, item: SourceFrame, seen: Detection | None = None, *, keep_image: bool = False) -> Frame:
        """One frame.

        Args:
            item: from a source; true ARKit weights in it enter behind the response.
            seen: what was seen of the face in it (``watch``); None: nobody.
            keep_image: put the picture into the frame.
        """
        detected = item.detected is not False and (seen is not None or item.arkit_weights is not None)
        with self._lock:
            weights: FloatArray | None = None
            params: FlameParams | None = None
            if detected:
                weights, params = self._solve(item, seen)
            elif self._seen.state in ("returning", "lost"):  # what comes next is another look at the face
                if self._face is not None:
                    self._face.lost()
                self._filter.reset()
                self._score_filter.reset()
            shown, shown_weights = self._seen.step(item.timestamp_ms, params, weights)
        known = seen if detected and seen is not None else Detection(np.zeros(52, np.float32))
        return Frame(
            index=item.index,
            timestamp_ms=item.timestamp_ms,
            detected=detected,
            params=shown,
            weights=shown_weights,
            blendshapes=known.blendshapes,
            landmarks=known.landmarks,
            face_matrix=known.face_matrix,
            image_size=known.image_size or item.size,
            image=item.image if keep_image else None,
            tongue_out=item.tongue_out,
            quality=_quality(item, known) if detected else None,
            **self._seen_by(item, known),
        )

    def _camera_for(self, item: SourceFrame) -> Camera | float | None:
        """The camera that is known: the caller's, else what the source says."""
        if self._camera is None and item.intrinsics is not None:
            return Camera.from_matrix(item.intrinsics, item.image_size)
        return self._camera

    def _seen_by(self, item: SourceFrame, known: Detection) -> dict[str, Any]:
        """The camera that placed the head, for the ``Frame``."""
        if not self._with_pose or known.image_size is None or item.head_orient is not None:
            return {}
        if known.landmarks is None and known.face_matrix is None:
            return {}
        camera = camera_of(self._camera_for(item), known.image_size)
        used = camera or Camera.assumed(known.image_size)
        return {"intrinsics": used.matrix, "camera_given": camera is not None}

    def _solve(self, item: SourceFrame, seen: Detection | None) -> tuple[FloatArray, FlameParams]:
        """Filtered weights and parameters of a frame with a face."""
        driver, moment = self._driver, item.timestamp_ms
        if item.arkit_weights is not None:  # a source of true ARKit weights enters behind the response
            weights: FloatArray = check_blendshapes(item.arkit_weights, name="ARKit weights")
        else:
            assert seen is not None
            weights = self._respond(seen, moment)
        orient = transl = None
        if self._with_pose and item.head_orient is not None:
            orient = item.head_orient
        elif (
            self._with_pose
            and seen is not None
            and (seen.landmarks is not None or seen.face_matrix is not None)
        ):
            rest = None if self._face is None else self._face.shape
            orient, transl = driver.find_pose(
                seen,
                camera=self._camera_for(item),
                rest=rest,
                weights=weights if driver.mapping is None else None,
            )
        weights, orient, transl = self._filter.step(weights, orient, transl, moment)
        if driver.mapping is not None and item.arkit_weights is None:
            assert seen is not None
            params = driver.mapping.apply(self._score_filter.weights(seen.blendshapes, moment))
        else:
            params = driver.params_from_weights(weights)
        changes: dict[str, FloatArray] = {}
        if item.eye_pose is not None:
            changes["eye_pose"] = item.eye_pose
        if orient is not None:
            changes["global_orient"] = orient
        if transl is not None:
            changes["transl"] = transl
        return weights, params.replace(**changes) if changes else params

    def _respond(self, seen: Detection, moment: float) -> FloatArray:
        """Weights with the person's profile, or with the resting face as far as it was seen."""
        if self._driver.mapping is not None:
            return seen.blendshapes
        follower = self._follower()
        if not self._tied:
            follower.lost()
        weights = follower.step(seen, moment)
        return weights if self._profile is None else self._profile.scale(weights)


def _quality(item: SourceFrame, known: Detection) -> FloatArray | None:
    """How well the face is seen; what a take kept of it is kept, as its pictures are gone."""
    if item.quality is not None:
        return item.quality
    return look(known, item.image) if known.landmarks is not None else None
