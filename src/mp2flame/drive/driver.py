"""The front door: scores, landmarks or a whole source in, FLAME parameters out.

    driver = Driver(flame="generic_model.pkl")      # or None: the built-in head
    params = driver.convert(blendshapes)            # (*batch, 52) -> FlameParams
    for frame in driver.run("take.mp4"): ...        # one Frame per picture

``convert`` is response, then rig (docs/architecture.md): scores become ARKit weights, weights become the
parameters of this FLAME file. Head rotation and position come from the landmarks or the face matrix.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..base.arrays import check_blendshapes
from ..base.errors import InputError, MismatchError
from ..base.signals import Setting
from ..base.values import Detection, FlameParams, FloatArray, Frame, IntArray
from ..flame import FlameModel, load_flame
from ..flame.builtin.head import builtin_head
from ..observe import head_pose
from ..observe.which_face import FaceTracker, Rule
from ..person.profile import Profile
from ..response.response import Response
from ..rig.eyelids import Eyelids
from ..rig.limits import Limits, limits_for
from ..rig.mapping.files import load_mapping
from ..rig.mapping.linear import LinearMapping
from ..rig.rig import Rig, solve_rig
from .face_driver import FaceDriver, needs_detection
from .face_lost import LostPolicy

if TYPE_CHECKING:
    from ..io.sources import Source, SourceFrame

_LOOK_AHEAD_MS = 10_000.0  # how far into a file the resting face is looked for before it is driven


class Driver:
    """Drives one FLAME head.

    Args:
        flame: a FLAME file of any release (``.pkl``, ``.npz``, or the ``.zip`` as downloaded), a loaded
            ``FlameModel``, or None for the built-in head. A pickle is never executed.
        num_expression: use only the first so many expression coefficients, 50 say; None: all.
        betas: ``(I,)`` identity coefficients of the head that ``vertices`` shows (``Profile.betas_for`` gives a
            profile's); None: the mean.
        response: scores to ARKit weights; None: the one that is shipped.
        mapping: a linear mapping file or folder (``bs2exp`` and so on) that replaces response and rig.
        eyelids: the two extra eyelid offsets of some trackers (``lids.Eyelids``): their files, ``(2, V, 3)``
            metres with the subject's left first, or ``Eyelids``. Blinks then use them besides the expression.

    Raises:
        FileFormatError, UnsafePickleError, MissingFileError: the FLAME file cannot be used.
        MismatchError: the mapping belongs to another FLAME release or size.
    """

    def __init__(
        self,
        flame: str | os.PathLike[str] | FlameModel | None = None,
        *,
        num_expression: int | None = None,
        betas: FloatArray | None = None,
        response: Response | None = None,
        mapping: LinearMapping | str | os.PathLike[str] | None = None,
        eyelids: Eyelids | str | os.PathLike[str] | FloatArray | None = None,
    ) -> None:
        if flame is None:
            model = builtin_head()
        elif isinstance(flame, FlameModel):
            model = flame
        else:
            model = load_flame(flame)
        if num_expression is not None:
            model = replace(
                model, exprdirs=model.exprdirs[:, :, : model.check_num_expression(num_expression)]
            )
        self.model: FlameModel = model
        self.mapping: LinearMapping | None = None
        if mapping is not None:
            self.mapping = mapping if isinstance(mapping, LinearMapping) else load_mapping(mapping)
            self.mapping.check(self.model)
        self.eyelids = None if eyelids is None else Eyelids.of(self.model, eyelids)
        self._forward = self.mesh_model.prepare(betas=betas)
        self._response = response if response is not None else Response.default()
        self._rig: Rig | None = None
        self._limits: Limits | None = None
        self.betas = betas

    @property
    def rig(self) -> Rig:
        """Parameters of this FLAME file for each of the 52 shapes; solved when first used, then cached."""
        if self._rig is None:
            self._rig = solve_rig(self.model, eyelids=self.eyelids)
        return self._rig

    @property
    def limits(self) -> Limits:
        """What lids, lips and sums of shapes of this head cannot do; measured when first used."""
        if self._limits is None:
            self._limits = limits_for(self.mesh_model, self.rig.merged(), self.betas)
        return self._limits

    @property
    def faces(self) -> IntArray:
        """``(F, 3)`` triangles of the mesh that ``vertices`` returns."""
        return self.model.faces

    @property
    def mesh_model(self) -> FlameModel:
        """The head for code that knows only expressions: with the eyelid offsets, if there are any, behind
        its own directions; ``mesh_params`` are the parameters for it."""
        return self.model if self.eyelids is None else self.eyelids.model

    def mesh_params(self, params: FlameParams) -> FlameParams:
        """Parameters for ``mesh_model``.

        Raises:
            MismatchError: eyelid values for a head without these offsets.
        """
        if self.eyelids is not None:
            return self.eyelids.merge(params)
        if params.eyelids is not None and params.eyelids.any():
            raise MismatchError(
                "these parameters close the lids with extra eyelid offsets, which this head does not have. "
                "Pass Driver(eyelids=...) (--eyelids FILE), or leave them out: params.replace(eyelids=None)."
            )
        return params

    @property
    def num_expression(self) -> int:
        return self.model.num_expression

    def response(
        self,
        blendshapes: FloatArray,
        *,
        landmarks: FloatArray | None = None,
        face_matrix: FloatArray | None = None,
        image_size: tuple[int, int] | None = None,
        profile: Profile | None = None,
    ) -> FloatArray:
        """Detector scores to ARKit weights.

        Args:
            blendshapes: ``(*batch, 52)`` scores in 0..1, MediaPipe order, index 0 ``_neutral``.
            landmarks: ``(*batch, 478, 3)`` normalised image coordinates; better weights, if there are any.
            face_matrix: ``(*batch, 4, 4)`` MediaPipe's face matrix.
            image_size: (height, width) in pixels; needed with ``landmarks``.
            profile: the person's neutral face and ranges.

        Returns:
            ``(*batch, 52)`` weights in 0..1, MediaPipe order, index 0 always 0.

        Raises:
            ShapeError, InputError: wrong width, NaN, not numbers.
        """
        neutral: dict[str, Any] = {}
        if profile is not None:
            neutral["neutral_blendshapes"] = profile.neutral_blendshapes
            if landmarks is not None and profile.neutral_landmarks is not None:
                neutral["neutral_landmarks"] = profile.neutral_landmarks
                neutral["neutral_face_matrix"] = profile.neutral_face_matrix
                neutral["neutral_image_size"] = profile.image_size
        weights = self._response(
            blendshapes, landmarks=landmarks, face_matrix=face_matrix, image_size=image_size, **neutral
        )
        return profile.scale(weights) if profile is not None else weights

    def convert(
        self,
        blendshapes: FloatArray,
        *,
        landmarks: FloatArray | None = None,
        face_matrix: FloatArray | None = None,
        image_size: tuple[int, int] | None = None,
        profile: Profile | None = None,
        camera: head_pose.Camera | float | None = None,
    ) -> FlameParams:
        """Detector output to FLAME parameters; arguments as for ``response``.

        ``global_orient`` and ``transl`` place the head in an OpenGL camera at the origin (x right, y up,
        looking along -z), found from the landmarks or the face matrix; without both they are zero.
        ``camera`` is the real camera when it is known, or its vertical field of view in degrees
        (docs/head_pose.md); else one is assumed.
        """
        if self.mapping is not None:
            params = self.mapping.apply(blendshapes)
        else:
            weights = self.response(
                blendshapes,
                landmarks=landmarks,
                face_matrix=face_matrix,
                image_size=image_size,
                profile=profile,
            )
            params = self.params_from_weights(weights)
        if landmarks is None and face_matrix is None:
            return params
        orient, transl = self.find_pose(
            landmarks=landmarks, face_matrix=face_matrix, image_size=image_size, camera=camera
        )
        return params.replace(global_orient=orient, transl=transl)

    def params_from_weights(self, weights: FloatArray) -> FlameParams:
        """``(*batch, 52)`` ARKit weights, MediaPipe order, to FLAME parameters through the rig.

        Weights that no face can do together are held first (``limits``): lids and lips stop where they meet.
        """
        weights = check_blendshapes(weights, name="weights")
        possible = self.limits(weights)
        expression, jaw_pose, _ = self.rig.apply(possible)
        # lids give way, gaze does not
        eye_pose = np.clip(weights, 0, 1).astype(np.float32) @ self.rig.eye_pose
        closing = self.rig.close_mouth(possible)
        if closing is not None:
            expression = expression + closing
        batch = weights.shape[:-1]
        zeros = np.zeros((*batch, 3), np.float32)
        return FlameParams(
            expression=expression,
            jaw_pose=jaw_pose,
            eye_pose=eye_pose,
            neck_pose=zeros,
            global_orient=zeros,
            transl=zeros,
            eyelids=self.rig.apply_eyelids(possible),
        )

    def vertices(self, params: FlameParams, *, betas: FloatArray | None = None) -> FloatArray:
        """The mesh: ``(*batch, V, 3)`` metres in the frame of ``global_orient`` and ``transl``.

        Raises:
            MismatchError: the parameters have another number of coefficients than this head, or eyelids
                that it lacks.
        """
        if params.num_expression != self.num_expression:
            raise MismatchError(
                f"these parameters have {params.num_expression} expression coefficients, this head "
                f"({self.model.release}) has {self.num_expression}. Use the FLAME file they were made with, or "
                "'mp2flame convert TAKE --from A.pkl --to B.pkl'."
            )
        forward = self._forward if betas is None else self.mesh_model.prepare(betas=betas)
        return forward.forward_params(self.mesh_params(params))

    def run(
        self,
        source: str | int | os.PathLike[str] | Source,
        *,
        profile: Profile | str | os.PathLike[str] | None = None,
        mirrored: bool = False,
        num_faces: int = 1,
        face: Rule = "first",
        mode: Literal["video", "image"] = "video",
        head_pose_from: Literal["auto", "off"] = "auto",
        camera: head_pose.Camera | float | None = None,
        keep_images: bool = False,
        lost: LostPolicy | None = None,
        filter: str | Mapping[str, Setting] = "off",
        neutral: Literal["auto", "off"] = "auto",
        on_note: Callable[[str], None] | None = None,
        model_path: str | os.PathLike[str] | None = None,
        **source_options: Any,
    ) -> Iterator[Frame]:
        """Every frame of a source, in order, with its parameters; a frame without a face keeps its place.

        Args:
            source: camera index, video, image, folder of images, Live Link CSV, ARKit JSON, recorded
                ``.npz``, ``livelink://``, ``ifacialmocap://``, ``rtsp://``, or an open ``Source``.
            profile: the person's profile, or its file.
            mirrored: True when the picture is a mirror image; left and right are then exchanged back.
            num_faces: look for so many faces. More than one switches off the detector's own smoothing.
            face: which of them drives: ``first`` (the largest at the start, until it is lost), ``largest`` or a
                number in order of appearance.
            mode: ``video`` (tracks, smooths) or ``image`` (every frame for itself).
            head_pose_from: ``off`` leaves ``global_orient`` and ``transl`` at zero.
            camera: the real camera when known, or its vertical field of view in degrees.
            keep_images: put the RGB picture into each frame.
            lost: what to do without a face.
            filter: a preset of ``mp2flame.base.signals`` or settings by channel group. Off by default: the
                detector's video mode smooths, and ``mp2flame.take.edits.smooth`` does it afterwards without lag.
            neutral: without a profile, ``auto`` looks for the resting face: in the first ten seconds of a file
                before its first frame is given out (unless ``keep_images``), and while frames come in, easing
                over to it; ``off`` never does. Not used for true ARKit weights.
            on_note: called with one sentence when that happens.
            model_path: the Face Landmarker file; None: found or downloaded.
            source_options: passed to ``mp2flame.io.sources.open_source``.

        Raises:
            SourceError, FileFormatError, MissingFileError, MissingDependencyError
        """
        from ..io.sources import Source, open_source

        if profile is not None and not isinstance(profile, Profile):
            profile = Profile.load(profile)
        solver = FaceDriver(
            self, profile=profile, filter=filter, lost=lost, head_pose_from=head_pose_from, camera=camera,
            neutral=neutral, on_note=on_note,
        )  # fmt: skip
        opened = source if isinstance(source, Source) else open_source(source, **source_options)
        found = _Tracking(face, mode=mode, num_faces=num_faces, mirrored=mirrored, model_path=model_path)
        with opened, found as tracking:
            frames = ((item, tracking.detect(item)) for item in opened)
            if neutral == "auto" and profile is None and not opened.info.live and not keep_images:
                first = _first_seconds(frames, _LOOK_AHEAD_MS)
                solver.look_ahead(first)
                for item, detection in first:
                    yield solver.step(item, detection)
            for item, detection in frames:
                yield solver.step(item, detection, keep_image=keep_images)

    def find_pose(
        self,
        *,
        landmarks: FloatArray | None = None,
        face_matrix: FloatArray | None = None,
        image_size: tuple[int, int] | None = None,
        camera: head_pose.Camera | float | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        """``global_orient`` and ``transl`` of this head over the face; see ``head_pose.flame_pose``."""
        return head_pose.flame_pose(
            self._forward,
            landmarks=landmarks,
            face_matrix=face_matrix,
            image_size=image_size,
            camera=_camera(camera, image_size),
        )

    def take_meta(self) -> dict[str, Any]:
        """``flame`` and ``betas`` of a recording's ``meta`` for takes of this head."""
        meta: dict[str, Any] = {"flame": self.describe()}
        if self.betas is not None:
            meta["betas"] = [round(float(v), 6) for v in np.asarray(self.betas).reshape(-1)]
        return meta

    def describe(self) -> dict[str, Any]:
        """What a recording's ``meta`` says about this head."""
        return {
            "release": self.model.release,
            "sha256": self.model.sha256,
            "num_expression": self.num_expression,
            "has_jaw": self.model.has_jaw,
            **({} if self.eyelids is None else {"eyelids": self.eyelids.key}),
        }


def _first_seconds(
    frames: Iterator[tuple[SourceFrame, Detection | None]], length_ms: float
) -> list[tuple[SourceFrame, Detection | None]]:
    """The frames of the first ``length_ms``, without their pictures."""
    taken: list[tuple[SourceFrame, Detection | None]] = []
    for item, detection in frames:
        if item.image is not None:
            item.image_size, item.image = (int(item.image.shape[0]), int(item.image.shape[1])), None
        taken.append((item, detection))
        if item.timestamp_ms - taken[0][0].timestamp_ms >= length_ms:
            break
    return taken


def _camera(
    camera: head_pose.Camera | float | None, image_size: tuple[int, int] | None
) -> head_pose.Camera | None:
    """A field of view becomes a camera once the picture's size is known."""
    if isinstance(camera, (int, float)):
        if image_size is None:
            raise InputError("a field of view needs image_size=(height, width) to become a camera.")
        return head_pose.Camera.from_fov(float(camera), image_size)
    return camera


class _Tracking:
    """A detector that is opened at the first picture: a recorded take needs none."""

    def __init__(self, face: Rule, **options: Any) -> None:
        self._options = options
        self._faces = FaceTracker(face)
        self._detector: Any = None

    def __enter__(self) -> _Tracking:
        return self

    def __exit__(self, *_: object) -> None:
        if self._detector is not None:
            self._detector.close()

    def detect(self, item: SourceFrame) -> Detection | None:
        """The face that drives, in a frame's picture; None when it is not there or there is no picture."""
        if not needs_detection(item):
            return None
        if self._detector is None:
            from ..observe.detector import Detector

            self._detector = Detector(**self._options)
        found = self._detector.detect(item.image, item.timestamp_ms)
        _, driving = self._faces.update(found, item.timestamp_ms)
        return None if driving is None else driving.detection
