"""One frame after another for one face: what was seen to what the head shows.

The same object serves files (``Driver.run``) and the live pipeline: response and rig, head pose, filter,
face-lost policy, in this order. What it is made of can be exchanged while it runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from ..base.arrays import check_blendshapes
from ..base.detection import Detection
from ..base.errors import InputError
from ..base.signals import FaceFilter, Setting
from ..base.values import FlameParams, FloatArray, Frame
from ..observe.camera import Camera
from ..person.neutral import NeutralEstimator
from ..person.profile import Profile
from ..rig.mapping.linear import LinearMapping
from .face_lost import FaceLost, LostPolicy

if TYPE_CHECKING:
    from ..io.sources import SourceFrame


class DrivenHead(Protocol):
    """What a head must do to be driven; a ``Driver`` does it."""

    @property
    def num_expression(self) -> int: ...
    @property
    def mapping(self) -> LinearMapping | None: ...
    def response(self, seen: Detection, *, profile: Profile | None) -> FloatArray: ...
    def params_from_weights(self, weights: FloatArray) -> FlameParams: ...
    def find_pose(
        self, seen: Detection, *, camera: Camera | float | None
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
        neutral: ``auto`` looks for the resting face while frames come in, as long as there is no profile.
        on_note: called with one sentence when that neutral takes over.

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
        neutral: Literal["auto", "off"] = "off",
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        if neutral not in ("auto", "off"):
            raise InputError(f"neutral is auto or off, got {neutral!r}.")
        if head_pose_from not in ("auto", "off"):
            raise InputError(f"head_pose_from is auto or off, got {head_pose_from!r}.")
        self._lock = threading.Lock()
        self._driver, self._profile = driver, profile
        self._neutral = NeutralEstimator() if neutral == "auto" else None
        self._on_note, self._noted = on_note, False
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
            self._driver = driver
            self._seen = FaceLost(self._policy, FlameParams.zeros(driver.num_expression))

    def set_profile(self, profile: Profile | None) -> None:
        with self._lock:
            self._profile = profile

    def other_face(self, timestamp_ms: float) -> None:
        """The next frame is of another person: ease to that face, and look for its own resting face."""
        with self._lock:
            self._filter.reset()
            self._score_filter.reset()
            self._seen.ease(timestamp_ms)
            if self._neutral is not None:
                self._neutral, self._noted = NeutralEstimator(), False

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
        """Whether the resting face is estimated: there is neither a profile nor a mapping."""
        return self._neutral is not None and self._profile is None and self._driver.mapping is None

    def look_ahead(self, seen: Sequence[Detection]) -> None:
        """Look for the resting face in the first frames of a file, before ``step`` drives them."""
        if self.looks_for_rest and self._neutral is not None and seen:
            self._neutral.look(Detection.stack(seen))

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
                self._filter.reset()
                self._score_filter.reset()
            shown, shown_weights = self._seen.step(item.timestamp_ms, params, weights)
        size = item.image_size
        if size is None and item.image is not None:
            size = (int(item.image.shape[0]), int(item.image.shape[1]))
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
            image_size=known.image_size or size,
            image=item.image if keep_image else None,
        )

    def _solve(self, item: SourceFrame, seen: Detection | None) -> tuple[FloatArray, FlameParams]:
        """Filtered weights and parameters of a frame with a face."""
        driver, moment = self._driver, item.timestamp_ms
        if item.arkit_weights is not None:  # a source of true ARKit weights enters behind the response
            weights: FloatArray = check_blendshapes(item.arkit_weights, name="ARKit weights")
        else:
            assert seen is not None
            weights = self._respond(moment, seen)
        orient = transl = None
        if self._with_pose and item.head_orient is not None:
            orient = item.head_orient
        elif (
            self._with_pose
            and seen is not None
            and (seen.landmarks is not None or seen.face_matrix is not None)
        ):
            orient, transl = driver.find_pose(seen, camera=self._camera)
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

    def _respond(self, moment: float, seen: Detection) -> FloatArray:
        """Weights with the person's profile, or with the neutral that was seen so far."""

        def respond(profile: Profile | None) -> FloatArray:
            return self._driver.response(seen, profile=profile)

        if not self.looks_for_rest or self._neutral is None:
            return respond(self._profile)
        weights = self._neutral.weights(respond, moment, seen)
        if self._neutral.message and not self._noted:
            self._noted = True
            if self._on_note is not None:
                self._on_note(self._neutral.message)
        return weights
