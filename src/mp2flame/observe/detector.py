"""MediaPipe's Face Landmarker: an RGB picture in, scores, landmarks and face matrix out.

Needs the extra ``track`` (MediaPipe 1.2 or later of the tasks API) and its model file (``assets``).
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Literal

import numpy as np

from ..base.channels import BLENDSHAPES
from ..base.detection import Detection
from ..base.errors import FileFormatError, InputError, MismatchError, MissingDependencyError, ShapeError
from ..base.optional import again_command, check, install_command, missing_libraries
from ..base.values import UInt8Array
from . import small_faces as small
from .model_file import find_face_landmarker

# What MediaPipe and TensorFlow Lite write to stderr at every start; anything else is passed on.
_CHATTER = (
    b"Logging before InitGoogle",
    b"Sets FaceBlendshapesGraph acceleration",
    b"Created TensorFlow Lite XNNPACK delegate",
    b"Feedback manager requires a model with a single signature",
    b"inference_feedback_manager.cc",
    b"gl_context",
    b"All log messages before absl::InitializeLog",
)


class Detector:
    """Finds faces in pictures.

    In ``video`` mode with one face MediaPipe follows the face and smooths the landmarks (0.04 px of noise
    against 0.21 in ``image`` mode); with more than one face it does not smooth. Data recorded in one mode
    differ from data recorded in the other, so recordings state the mode.

    Args:
        mode: ``video`` (frames in order of time) or ``image`` (each for itself).
        num_faces: look for so many faces.
        model_path: the ``face_landmarker.task`` file; None: found or downloaded (``assets``).
        mirrored: the pictures are mirror images (a selfie view). They are flipped before detection, so that
            names mean the subject's sides, and landmarks refer to the **unmirrored** picture: to draw on the
            mirrored one use ``1 - x``.
        min_confidence: of face detection, presence and tracking, 0..1.
        small_faces: where the whole picture shows no face, look again in cut-outs (``small_faces.Search``): in all of
            them for the first picture and, in ``image`` mode, for one unlike the picture before; else in one a
            picture, beginning where the face was last. Nothing more is done while a face is followed.

    Raises:
        MissingDependencyError: MediaPipe or a system library is not installed.
        MissingFileError: no model file and it could not be downloaded.
        FileFormatError: the model file is not a Face Landmarker.
        InputError: an option is out of range.
    """

    def __init__(
        self,
        mode: Literal["video", "image"] = "video",
        num_faces: int = 1,
        model_path: str | os.PathLike[str] | None = None,
        *,
        mirrored: bool = False,
        min_confidence: float = 0.5,
        small_faces: bool = True,
    ) -> None:
        if mode not in ("video", "image"):
            raise InputError(f"detector mode must be 'video' or 'image', got {mode!r}.")
        if not isinstance(num_faces, int) or num_faces < 1:
            raise InputError(f"num_faces must be a whole number from 1, got {num_faces!r}.")
        if not 0.0 <= min_confidence <= 1.0:
            raise InputError(f"min_confidence must be within 0..1, got {min_confidence!r}.")
        self.mode, self.num_faces, self.mirrored = mode, num_faces, mirrored
        self.min_confidence = min_confidence
        self._vision = _import_vision()
        self.model_path = str(find_face_landmarker(model_path))
        self._closed = False
        self._first_call = True
        self._order_checked = False
        self._base_ms = 0.0
        self._source_ms: float | None = None
        self._source_size: tuple[int, int] | None = None
        self._sent_ms = -1
        self._main_face: np.ndarray | None = None
        self._small_faces = small_faces
        self._searcher: Any = None
        self._search = small.Search()
        self._landmarker: Any = self._make(self.mode)
        _remember(self)

    def detect(self, image: UInt8Array, timestamp_ms: float | None = None) -> list[Detection]:
        """Faces of one picture, the main one first.

        The main face is the largest; once chosen it stays first until another is half as large again.

        Args:
            image: ``(H, W, 3)`` uint8 RGB, contiguous or not.
            timestamp_ms: of the frame in video mode; None: a thirtieth of a second after the last. A time
                that was there already is moved on by a millisecond; a jump backwards, or a picture of another
                size, starts tracking afresh.

        Returns:
            At most ``num_faces``, empty without a face.

        Raises:
            ShapeError, InputError: not such a picture; or the detector is closed.
            MismatchError: the model names other blendshapes than MediaPipe's 52.
        """
        if self._closed:
            raise InputError("this detector is closed; make a new one.")
        picture = _check_image(image)
        size = (int(picture.shape[0]), int(picture.shape[1]))
        if self.mirrored:
            picture = _flip(picture)
        wrapped = self._wrapped(np.ascontiguousarray(picture))
        with quiet_stderr() if self._first_call else contextlib.nullcontext():
            if self.mode == "video":
                moment = self._next_timestamp(timestamp_ms, size)
                result = self._landmarker.detect_for_video(wrapped, moment)
            else:
                result = self._landmarker.detect(wrapped)
        self._first_call = False
        faces = self._convert(result, size)
        if not faces and self._small_faces:
            faces = self._look_again(picture, size)
        faces = self._main_first(faces)
        if faces:
            self._search.found(faces[0].box)
        return faces

    def close(self) -> None:
        """Release the model; may be called twice."""
        self._closed = True
        held = {id(one): one for one in (self._landmarker, self._searcher)}.values()
        self._landmarker = self._searcher = None
        for landmarker in held:
            if landmarker is not None:
                with quiet_stderr():
                    landmarker.close()

    def __enter__(self) -> Detector:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- inside -------------------------------------------------------------------------------------

    def _look_again(self, picture: UInt8Array, size: tuple[int, int]) -> list[Detection]:
        """Small faces of a picture in which the whole shows none."""
        video = self.mode == "video"
        chosen = self._search.where(picture, alone=not video)
        if self._searcher is None:
            self._searcher = self._landmarker if not video else self._make("image")
        for tile in chosen:
            found = self._seen(small.cut(picture, tile, small.look_size()))
            if not found:
                continue
            box = small.box_in_whole(found[0], tile)
            followed: list[Detection] = []
            if video and self._search.worth_handing_over():
                followed = self._hand_over(picture, box, size)
                self._search.handed_over(bool(followed))
            # the tracker smooths what it was just shown enlarged; from the next picture on it has settled
            near = small.tile_around(box, size)
            faces = [
                small.in_whole(face, near, size) for face in self._seen(small.cut(picture, near))
            ] or followed
            if faces:
                self._search.found(box, in_cut_out=True)
                return faces
        return []

    def _seen(self, picture: UInt8Array) -> list[Detection]:
        return self._convert(
            self._searcher.detect(self._wrapped(picture)), (int(picture.shape[0]), int(picture.shape[1]))
        )

    def _hand_over(self, picture: UInt8Array, box: small.Box, size: tuple[int, int]) -> list[Detection]:
        """Let the tracker find a small face by showing it enlarged, then less and less; the faces of the last look,
        which is at the picture itself.
        """  # noqa: D205
        faces: list[Detection] = []
        for times in small.enlargements(box, size):
            wrapped = self._wrapped(np.ascontiguousarray(small.enlarged(picture, box, times)))
            self._sent_ms += 1
            faces = self._convert(self._landmarker.detect_for_video(wrapped, self._sent_ms), size)
            if not faces:
                break
        return faces

    def _wrapped(self, picture: UInt8Array) -> Any:
        return self._vision.Image(self._vision.ImageFormat.SRGB, picture)

    def _make(self, mode: str) -> Any:
        vision = self._vision
        modes = vision.RunningMode
        options = vision.FaceLandmarkerOptions(
            base_options=vision.BaseOptions(model_asset_path=self.model_path),
            running_mode=modes.VIDEO if mode == "video" else modes.IMAGE,
            num_faces=self.num_faces,
            min_face_detection_confidence=self.min_confidence,
            min_face_presence_confidence=self.min_confidence,
            min_tracking_confidence=self.min_confidence,
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
        try:
            with quiet_stderr():
                return vision.FaceLandmarker.create_from_options(options)
        except (ValueError, RuntimeError, FileNotFoundError, OSError) as error:
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise FileFormatError(
                f"{self.model_path} is not a usable Face Landmarker model ({reason}). Name MediaPipe's "
                "face_landmarker.task, or none: 'mp2flame doctor' fetches it."
            ) from error

    def _next_timestamp(self, timestamp_ms: float | None, size: tuple[int, int]) -> int:
        """Whole milliseconds that always increase, as MediaPipe demands."""
        if timestamp_ms is None:
            timestamp_ms = 0.0 if self._source_ms is None else self._source_ms + 1000.0 / 30.0
        if not np.isfinite(timestamp_ms):
            raise InputError(f"timestamp_ms must be a finite number, got {timestamp_ms!r}.")
        resized = self._source_size not in (None, size)
        self._source_size = size
        if self._source_ms is not None and (timestamp_ms < self._source_ms or resized):
            self._landmarker.close()
            self._landmarker = self._make(self.mode)
            self._source_ms, self._sent_ms, self._main_face = None, -1, None
            self._search = small.Search()
        if self._source_ms is None:
            self._base_ms = timestamp_ms
        self._source_ms = timestamp_ms
        self._sent_ms = max(round(timestamp_ms - self._base_ms), self._sent_ms + 1)
        return self._sent_ms

    def _convert(self, result: Any, size: tuple[int, int]) -> list[Detection]:
        faces = []
        for points, scores, matrix in zip(
            result.face_landmarks, result.face_blendshapes, result.facial_transformation_matrixes
        ):
            if not self._order_checked:
                names = tuple(score.category_name for score in scores)
                if names != BLENDSHAPES:
                    raise MismatchError(
                        f"the model {self.model_path} gives {len(names)} blendshapes in another order than "
                        "MediaPipe's face_landmarker.task; use that file."
                    )
                self._order_checked = True
            found = (
                np.array([score.score for score in scores], np.float32),
                np.array([(p.x, p.y, p.z) for p in points], np.float32),
                np.array(matrix, np.float32),
            )
            # Seen with pictures of a few pixels: numbers without meaning. That is no face.
            if all(np.isfinite(part).all() for part in found):
                faces.append(Detection(*found, size))
        return faces

    def _main_first(self, faces: list[Detection]) -> list[Detection]:
        if not faces:
            return faces
        if len(faces) > 1 or self.num_faces > 1:
            corners = [np.array(face.box) for face in faces]
            boxes = [((c[:2] + c[2:]) / 2, float(np.prod(c[2:] - c[:2]))) for c in corners]
            areas = np.array([area for _, area in boxes])
            if self._main_face is not None:
                distance = [float(np.hypot(*(centre - self._main_face))) for centre, _ in boxes]
                same = int(np.argmin(distance))
                if distance[same] < np.sqrt(areas[same]):
                    areas[same] *= 1.5
            order = np.argsort(-areas, kind="stable")
            faces = [faces[i] for i in order]
            self._main_face = boxes[int(order[0])][0]
        return faces


def _check_image(image: Any) -> UInt8Array:
    picture = np.asarray(image)
    if picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        hint = " (drop the alpha channel with image[..., :3])" if picture.shape[-1:] == (4,) else ""
        raise ShapeError(f"a picture must be (height, width, 3) RGB, got {picture.shape}{hint}.")
    if picture.dtype != np.uint8:
        raise InputError(f"a picture must be uint8 with values 0..255, got {picture.dtype}.")
    return picture


def _flip(picture: UInt8Array) -> UInt8Array:
    """Left and right exchanged; OpenCV, which comes with MediaPipe, does it in a tenth of NumPy's time."""
    try:
        import cv2
    except ImportError:
        return picture[:, ::-1]
    return np.asarray(cv2.flip(np.ascontiguousarray(picture), 1), np.uint8)


class _Vision:
    """The few names of MediaPipe that are used, so that one place knows where they live."""

    def __init__(self) -> None:
        from mediapipe.tasks.python.core.base_options import BaseOptions
        from mediapipe.tasks.python.vision.core.image import Image, ImageFormat
        from mediapipe.tasks.python.vision.core.vision_task_running_mode import VisionTaskRunningMode
        from mediapipe.tasks.python.vision.face_landmarker import FaceLandmarker, FaceLandmarkerOptions

        self.BaseOptions, self.Image, self.ImageFormat = BaseOptions, Image, ImageFormat
        self.RunningMode = VisionTaskRunningMode
        self.FaceLandmarker, self.FaceLandmarkerOptions = FaceLandmarker, FaceLandmarkerOptions


def _import_vision() -> _Vision:
    check("mediapipe", purpose="face tracking")
    missing = missing_libraries()
    if missing:
        raise MissingDependencyError(
            f"MediaPipe needs system libraries that are not installed ({', '.join(missing)}): "
            f"{install_command(missing)}"
        )
    try:
        return _Vision()
    except (ImportError, OSError, AttributeError) as error:
        raise MissingDependencyError(
            f"MediaPipe is installed but cannot be used ({error}); mp2flame needs 1.2 or later: "
            f"{again_command('mediapipe')}"
        ) from error


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Hold back what C++ code writes to stderr meanwhile; lines that are not start-up chatter come out after.

    The whole process is affected, so it is kept to creation, the first frame and closing.
    """
    try:
        sys.stderr.flush()
        saved = os.dup(2)
    except (OSError, ValueError, AttributeError):  # no stderr (a windowed or detached process)
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            held.seek(0)
            rest = [line for line in held if not any(known in line for known in _CHATTER)]
            if rest:
                with contextlib.suppress(OSError):
                    os.write(2, b"".join(rest))


_open_detectors: weakref.WeakSet[Detector] = weakref.WeakSet()
_at_exit_registered = False


def _remember(detector: Detector) -> None:
    """Close what the user forgot before the interpreter takes MediaPipe's worker thread away."""
    global _at_exit_registered
    _open_detectors.add(detector)
    if _at_exit_registered:
        return
    _at_exit_registered = True
    # atexit comes after the thread pools are shut down, when MediaPipe cannot close any more and prints an
    # exception; the threading hook comes before, but it is not public: fall back when it is gone.
    register: Callable[[Callable[[], None]], Any] = getattr(threading, "_register_atexit", atexit.register)
    register(_close_all)


def _close_all() -> None:
    for detector in list(_open_detectors):
        with contextlib.suppress(Exception):
            detector.close()
