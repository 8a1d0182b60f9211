"""One picture, or a folder of pictures in their natural order."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...base.errors import FileFormatError, InputError
from ...base.optional import is_installed, need
from ...base.values import UInt8Array
from ..formats.file_names import chosen_files
from .base import Source, SourceFrame, SourceInfo

IMAGE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".jfif", ".ppm", ".apng"}
)

_FREE_BYTES, _MAX_RATIO = 128 << 20, 300


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorting key by which ``frame2`` comes before ``frame10``."""
    parts = re.split(r"(\d+)", name.lower())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def read_image(path: str | os.PathLike[str]) -> UInt8Array:
    """An image file as ``(H, W, 3)`` uint8 RGB, turned as its EXIF data say; transparency is dropped.

    Raises:
        FileFormatError: not an image, or damaged.
        MissingDependencyError: neither Pillow nor OpenCV is installed.
    """
    if not is_installed("PIL") and is_installed("cv2"):
        return _read_with_opencv(path)
    Image, ImageOps = need("PIL.Image", "PIL.ImageOps", purpose="reading pictures")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the check below knows more
            opened = Image.open(path)
        with opened:
            _refuse_bomb(opened.size, path)
            picture = ImageOps.exif_transpose(opened) or opened
            if picture.mode.startswith("I;16") or picture.mode == "I":  # 16-bit grey: convert() would clip it
                grey = (np.asarray(picture, np.uint32) >> 8).astype(np.uint8)
                return np.repeat(grey[..., None], 3, axis=2)
            return np.array(picture.convert("RGB"))
    except Exception as error:  # Pillow raises whatever its decoders raise: SyntaxError, struct.error, ...
        if isinstance(error, MemoryError | FileFormatError):
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FileFormatError(f"{path} is not a picture that can be read ({reason}).") from error


def _refuse_bomb(size: tuple[int, int], path: str | os.PathLike[str]) -> None:
    """A picture that is large and comes from almost nothing: photographs pack to a tenth, few to a hundredth.

    Raises:
        FileFormatError: such a picture.
    """
    needed, there = 3 * size[0] * size[1], os.path.getsize(path)
    if needed > _FREE_BYTES and needed > _MAX_RATIO * there:
        raise FileFormatError(
            f"{path}: {size[0]} x {size[1]} pixels from {there:,} bytes come from almost nothing; refused."
        )


def _read_with_opencv(path: str | os.PathLike[str]) -> UInt8Array:
    from .camera import import_cv2

    cv2 = import_cv2()
    picture = cv2.imread(os.fspath(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise FileFormatError(f"{path} is not a picture that can be read.")
    return np.ascontiguousarray(picture[..., ::-1])


def count_frames(path: str | os.PathLike[str]) -> int:
    """How many pictures an image file holds: animated WebP and PNG, TIFF of several pages; 1 when unknown."""
    try:
        from PIL import Image

        with Image.open(path) as opened:
            return int(getattr(opened, "n_frames", 1))
    except Exception:  # read_image says what is wrong with it  # noqa: BLE001
        return 1


class AnimationSource(Source):
    """An image file of several pictures, at the times that it states.

    Args:
        path: animated WebP or PNG, GIF, TIFF of several pages.
        fps: rate of files that state no times; 10 if None, as browsers show them.
    """

    def __init__(self, path: str | os.PathLike[str], *, fps: float | None = None) -> None:
        super().__init__()
        self._path, self._step = Path(path), 1000.0 / (fps or 10.0)
        size = read_image(path).shape[:2]
        count = count_frames(path)
        self.info = SourceInfo(
            kind="video",
            description=f"{self._path.name}, {size[1]}x{size[0]}, {count} pictures",
            num_frames=count,
            image_size=(int(size[0]), int(size[1])),
        )

    def _frames(self) -> Iterator[SourceFrame]:
        from PIL import Image

        moment = 0.0
        with Image.open(self._path) as opened:
            _refuse_bomb(opened.size, self._path)
            for index in range(int(getattr(opened, "n_frames", 1))):
                try:
                    opened.seek(index)
                    image = np.array(opened.convert("RGB"))
                except Exception as error:  # Pillow raises whatever its decoders raise
                    if isinstance(error, MemoryError):
                        raise
                    self.stats.broken += 1
                    self.stats.notes.append(f"the file ends early, at picture {index}")
                    return
                yield SourceFrame(index, moment, image=image, image_size=image.shape[:2])
                moment += float(opened.info.get("duration") or self._step)


class ImageSource(Source):
    """One picture as a source of one frame."""

    prefetch = 0

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self._image = read_image(path)
        size = (int(self._image.shape[0]), int(self._image.shape[1]))
        self.info = SourceInfo(
            kind="image",
            description=f"{Path(path).name}, {size[1]}x{size[0]}",
            num_frames=1,
            image_size=size,
        )

    def _frames(self) -> Iterator[SourceFrame]:
        yield SourceFrame(0, 0.0, image=self._image, image_size=self.info.image_size)


def has_pictures(folder: Path) -> bool:
    """Whether a folder holds a picture that is not hidden."""
    return any(f.suffix.lower() in IMAGE_SUFFIXES and not f.name.startswith(".") for f in folder.iterdir())


_SAYS_WHOSE = re.compile(r"(?:face|person|subject|cam|camera|view)[_\-]?\d", re.IGNORECASE)


class FolderSource(Source):
    """The pictures of a folder, ``frame2`` before ``frame10``. One that cannot be read keeps its row.

    Names that say whose they are (``frame_0012_face_1``, ``cam2_0012``) are several films; the first one is read.

    Args:
        path: the folder; only its own files count, hidden ones do not.
        fps: frames per second that the pictures were taken at.

    Raises:
        FileFormatError: no pictures in it.
    """

    def __init__(self, path: str | os.PathLike[str], *, fps: float = 30.0) -> None:
        super().__init__()
        if not np.isfinite(fps) or fps <= 0:
            raise InputError(f"fps must be a positive number, got {fps!r}.")
        folder = Path(path)
        files = [f for f in folder.iterdir() if f.is_file() and not f.name.startswith(".")]
        self._files = sorted(
            (f for f in files if f.suffix.lower() in IMAGE_SUFFIXES), key=lambda f: natural_key(f.name)
        )
        if self._files and _SAYS_WHOSE.search(self._files[0].name):
            self._files = chosen_files([f.name for f in self._files], folder)
        if not self._files:
            others = ", ".join(sorted(f.name for f in files)[:3])
            raise FileFormatError(
                f"the folder {folder} has no pictures ({', '.join(sorted(IMAGE_SUFFIXES))})"
                + (
                    f"; it has {others}. Give one of those files as the source."
                    if others
                    else "; it is empty."
                )
            )
        self._fps = float(fps)
        self.info = SourceInfo(
            kind="folder",
            description=f"{len(self._files)} pictures in {folder.resolve().name}",
            fps=self._fps,
            num_frames=len(self._files),
        )

    def _frames(self) -> Iterator[SourceFrame]:
        self.stats.decoded = self.stats.broken = 0
        for index, path in enumerate(self._files):
            moment = index * 1000.0 / self._fps
            try:
                image = read_image(path)
            except FileFormatError as error:
                self.stats.broken += 1
                self.stats.notes.append(str(error))
                yield SourceFrame(index, moment, detected=False)
                continue
            self.stats.decoded += 1
            yield SourceFrame(index, moment, image=image, image_size=image.shape[:2])
        self.stats.end(len(self._files))
