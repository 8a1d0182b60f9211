"""The one detector loop: a source's frames, each with what was seen of the face that drives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Literal

from ..base.detection import Detection
from ..io.sources import Source, SourceFrame, open_source
from ..observe.detector import Detector
from ..observe.quality import look as measure_quality
from ..observe.which_face import FaceTracker, Rule


def needs_detection(item: SourceFrame) -> bool:
    """True when a frame is a picture without scores."""
    return item.image is not None and item.blendshapes is None and item.arkit_weights is None


def seen_in(item: SourceFrame) -> Detection | None:
    """What a frame itself says was seen: a recorded take, a score table; None without scores or without a face."""
    if item.blendshapes is None or item.detected is False:
        return None
    points = item.landmarks if item.size is not None else None
    return Detection(item.blendshapes, points, item.face_matrix, item.size)


class Watcher:
    """Looks for the face that drives; the detector is opened at the first picture: a recorded take needs none.

    Args:
        face: which of several faces drives; see ``FaceTracker``.
        mode, num_faces, model_path, mirrored: as in ``Detector``.
    """

    def __init__(
        self,
        *,
        face: Rule = "first",
        mode: Literal["video", "image"] = "video",
        num_faces: int = 1,
        mirrored: bool = False,
        model_path: str | os.PathLike[str] | None = None,
    ) -> None:
        self._options: dict[str, Any] = {
            "mode": mode, "num_faces": num_faces, "mirrored": mirrored, "model_path": model_path,
        }  # fmt: skip
        self._faces = FaceTracker(face)
        self._detector: Detector | None = None

    def __call__(self, item: SourceFrame) -> Detection | None:
        """What is seen in a frame; None without a face."""
        if not needs_detection(item):
            return seen_in(item)
        if self._detector is None:
            self._detector = Detector(**self._options)
        assert item.image is not None
        found = self._detector.detect(item.image, item.timestamp_ms)
        _, driving = self._faces.update(found, item.timestamp_ms)
        if driving is None:
            return None
        item.quality = measure_quality(driving.detection, item.image)  # now: a file's pictures are not kept
        return driving.detection

    def close(self) -> None:
        if self._detector is not None:
            self._detector.close()

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def watch(
    source: str | int | os.PathLike[str] | Source,
    *,
    source_options: dict[str, Any] | None = None,
    **options: Any,
) -> Iterator[tuple[SourceFrame, Detection | None]]:
    """Every frame of a source, in order, with what was seen; ``options`` are those of ``Watcher``.

    Raises:
        SourceError, FileFormatError, MissingFileError, MissingDependencyError
    """
    opened = source if isinstance(source, Source) else open_source(source, **(source_options or {}))
    with opened, Watcher(**options) as look:
        for item in opened:
            yield item, look(item)
