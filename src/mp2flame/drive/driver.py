"""The front door: scores, landmarks or a whole source in, FLAME parameters out.

    driver = Driver(flame="generic_model.pkl")      # or None: the built-in head
    params = driver.convert(blendshapes)            # (*batch, 52) -> FlameParams
    for frame in driver.run("take.mp4"): ...        # one Frame per picture

``convert`` is response, then rig (docs/architecture.md): scores become ARKit weights, weights become the
parameters of this FLAME file. Head rotation and position come from the landmarks or the face matrix.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..base.cache import cached_arrays
from ..base.detection import Detection
from ..base.errors import MismatchError, SourceError
from ..base.values import FlameParams, FloatArray, IntArray
from ..base.write import check_target
from ..flame import FlameModel, load_flame
from ..flame.builtin.head import builtin_head
from ..flame.landmarks import embedding_for
from ..io.sources import Source, open_source
from ..observe import head_pose
from ..observe.camera import Camera, camera_of
from ..observe.head_frame import RestShape, neutral_frame
from ..response.forward_model import ForwardModel
from ..response.neutral import Neutral
from ..response.profile import Profile
from ..response.response import Face, Response
from ..response.tables import default_tables
from ..rig.eyelids import Eyelids
from ..rig.mapping.files import load_mapping
from ..rig.mapping.linear import LinearMapping
from ..rig.rig import Rig, solve_rig
from ..rig.rig import version as rig_version
from ..take.take import Take
from .options import RunOptions, split_options
from .record import keep, write
from .run import Run as Run


class Driver:
    """Drives one FLAME head.

    Args:
        flame: a FLAME file of any release (``.pkl``, ``.npz``, or the ``.zip`` as downloaded), a loaded
            ``FlameModel``, or None for the built-in head. A pickle is never executed.
        num_expression: use only the first so many expression coefficients, 50 say; None: all.
        betas: ``(I,)`` identity coefficients of the head that ``vertices`` shows (``Profile.betas_for`` gives a
            profile's); None: the mean.
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
        self._rig: Rig | None = None
        self._estimator: Response | None = None
        self._person: tuple[Profile, Neutral, RestShape] | None = None
        self.betas = betas

    @property
    def rig(self) -> Rig:
        """Parameters of this FLAME file for each of the 52 shapes; solved when first used, then cached."""
        if self._rig is None:
            self._rig = solve_rig(self.model, eyelids=self.eyelids, betas=self.betas)
        return self._rig

    @property
    def estimator(self) -> Response:
        """What was seen to ARKit weights of this head.

        Made when first used (its landmarks move as the head can move them), then cached.
        """
        if self._estimator is None:
            tables, rig = default_tables(), self.rig
            embedding = embedding_for(self.model)

            def points_of(weights: FloatArray) -> FloatArray:
                return embedding.landmarks(self.vertices(rig.params(weights)))

            def measure() -> dict[str, FloatArray]:
                return ForwardModel.of(points_of, tables).arrays()

            if self.model.sha256:
                who = hashlib.sha256(
                    repr((self.describe(), rig_version(), tables.key)).encode()
                    + (b"" if self.betas is None else np.asarray(self.betas, np.float32).tobytes())
                )
                arrays = cached_arrays(f"landmarks-{who.hexdigest()[:40]}", measure)
            else:
                arrays = measure()
            self._estimator = Response(ForwardModel.from_arrays(arrays), tables)
        return self._estimator

    @property
    def faces(self) -> IntArray:
        """``(F, 3)`` triangles of the mesh that ``vertices`` returns."""
        return self.model.faces

    @property
    def mesh_model(self) -> FlameModel:
        """The head for code that knows only expressions.

        With the eyelid offsets, if there are any, behind its own directions; ``mesh_params`` are the
        parameters for it.
        """
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
        seen: Any,
        *,
        landmarks: Any = None,
        face_matrix: Any = None,
        image_size: tuple[int, int] | None = None,
        profile: Profile | None = None,
        order: str | Sequence[str] | None = None,
        allow_missing: bool = False,
    ) -> FloatArray:
        """What was seen to ARKit weights.

        Args:
            seen: ``(*batch, 52)`` scores in 0..1 in MediaPipe order, or anything else that ``Detection.of`` takes.
            landmarks: ``(*batch, 478, 3)`` normalised image coordinates; with ``image_size`` they give better weights.
            face_matrix: ``(*batch, 4, 4)`` MediaPipe's face matrix.
            image_size: (height, width) in pixels.
            profile: the person's neutral face and ranges.
            order, allow_missing: as for ``Detection.of``.

        Returns:
            ``(*batch, 52)`` weights in 0..1, MediaPipe order, index 0 always 0.

        Raises:
            NoFaceError, ShapeError, InputError: as ``Detection.of``.
        """
        found = Detection.of(
            seen, landmarks=landmarks, face_matrix=face_matrix, image_size=image_size, order=order,
            allow_missing=allow_missing,
        )  # fmt: skip
        weights = self.estimator(found, self._rest_of(profile)[0])
        return profile.scale(weights) if profile is not None else weights

    def follow(self, profile: Profile | None = None, *, learn: bool = True) -> Face:
        """The estimator of one face in order of time.

        Args:
            profile: the person's; without one the resting face is learnt on the way, and with one that nobody
                vouches for (``Profile.sure``) it is learnt on from there.
            learn: False: without a profile the resting face is that of the mean of people, and stays so.
        """
        neutral, shape = self._rest_of(profile)
        if profile is not None and profile.learns and learn:
            return self.estimator.face(self.estimator.told(profile.rest), shape, profile.sure)
        if neutral is None and not learn:
            neutral, shape = self.estimator.people.anyone(), RestShape()
        return self.estimator.face(neutral, shape)

    def _rest_of(self, profile: Profile | None) -> tuple[Neutral | None, RestShape | None]:
        """A profile's resting face; the last one is remembered."""
        if profile is None:
            return None, None
        if self._person is None or self._person[0] is not profile:
            seen, shape = profile.rest, RestShape()
            if seen.landmarks is not None and seen.image_size is not None:
                shape = RestShape(neutral_frame(seen.landmarks, seen.image_size))
            self._person = profile, self.estimator.told(seen, profile.sure), shape
        return self._person[1:]

    def convert(
        self,
        seen: Any,
        *,
        landmarks: Any = None,
        face_matrix: Any = None,
        image_size: tuple[int, int] | None = None,
        profile: Profile | None = None,
        camera: Camera | float | None = None,
        order: str | Sequence[str] | None = None,
        allow_missing: bool = False,
    ) -> FlameParams:
        """What was seen to FLAME parameters; arguments as for ``response``.

        ``global_orient`` and ``transl`` place the head in an OpenGL camera at the origin (x right, y up,
        looking along -z), found from the landmarks or the face matrix; without both they are zero.
        ``camera`` is the real camera when it is known, or its vertical field of view in degrees
        (docs/head_pose.md); else one is assumed.

        Raises:
            NoFaceError, ShapeError, InputError: as ``Detection.of``.
        """
        found = Detection.of(
            seen, landmarks=landmarks, face_matrix=face_matrix, image_size=image_size, order=order,
            allow_missing=allow_missing,
        )  # fmt: skip
        weights = None
        if self.mapping is not None:
            params = self.mapping.apply(found.blendshapes)
        else:
            weights = self.response(found, profile=profile)
            params = self.params_from_weights(weights)
        if found.landmarks is None and found.face_matrix is None:
            return params
        rest = self._rest_of(profile)[1]
        orient, transl = self.find_pose(found, camera=camera, rest=rest, weights=weights)
        return params.replace(global_orient=orient, transl=transl)

    def params_from_weights(self, weights: FloatArray) -> FlameParams:
        """``(*batch, 52)`` ARKit weights, MediaPipe order, to FLAME parameters: ``Rig.params``."""
        return self.rig.params(weights)

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

    def run(self, source: str | int | os.PathLike[str] | Source, **options: Any) -> Run:
        """Every frame of a source, in order, with its parameters; a frame without a face keeps its place.

        Args:
            source: camera index, video, image, folder of images, Live Link CSV, ARKit JSON, recorded
                ``.npz``, ``livelink://``, ``ifacialmocap://``, ``rtsp://``, or an open ``Source``.
            options: those of ``RunOptions``; what else there is goes to ``open_source``.

        What cannot be opened, and an option that does not exist, is refused here and not at the first frame.

        Raises:
            SourceError: what is there does not deliver.
            FileFormatError: a damaged file.
            MissingFileError: no such file.
            MissingDependencyError: an extra or a system library is not installed.
            InputError: an option that does not exist, or a value that it cannot have.
        """
        chosen, others = split_options(RunOptions, options)
        opened = source if isinstance(source, Source) else open_source(source, **others)
        return Run(self, opened, chosen)

    def record(
        self,
        source: str | int | os.PathLike[str] | Source,
        output: str | os.PathLike[str] | None = None,
        *,
        overwrite: bool = False,
        with_landmarks: bool = True,
        **options: Any,
    ) -> Take:
        """Drive this head from a source to its end and keep everything.

        Args:
            source, options: as for ``run``.
            output: the ``.npz``, written while frames come, so that a kill loses at most the last second; None: the
                take is kept in memory.
            overwrite, with_landmarks: as for ``TakeWriter``.

        Raises:
            SourceError: the source gave no frame; what ``run`` raises.
            InputError: the file exists and ``overwrite`` is False.
            OutputError: it cannot be written.
        """
        if output is not None:
            check_target(output, overwrite)
        with self.run(source, **options) as frames:
            if output is None:
                return keep(frames)
            written = write(
                frames, output, num_expression=self.num_expression, overwrite=overwrite,
                with_landmarks=with_landmarks,
            )  # fmt: skip
        if not written:
            raise SourceError("the source gave no frames; there is nothing to keep.")
        return Take.load(output)

    def find_pose(
        self,
        seen: Detection,
        *,
        camera: Camera | float | None = None,
        rest: RestShape | None = None,
        weights: FloatArray | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        """``global_orient`` and ``transl`` of this head over the face; see ``head_pose.flame_pose``.

        Args:
            weights: ``(*batch, 52)`` what its face does; None: it is placed as it rests.
        """
        moved = None
        if weights is not None and seen.landmarks is not None:
            moved = self.estimator.forward.moved(weights)
        return head_pose.flame_pose(
            self._forward,
            landmarks=seen.landmarks,
            face_matrix=seen.face_matrix,
            image_size=seen.image_size,
            camera=camera_of(camera, seen.image_size),
            rest=rest,
            moved=moved,
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
