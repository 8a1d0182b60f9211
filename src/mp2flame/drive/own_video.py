"""The video that a take was made from: found by its name, and told from another."""

from __future__ import annotations

from pathlib import Path

from ..base.errors import InputError, MismatchError, MissingFileError
from ..io.sources import SourceInfo
from ..take.take import Take

_ASPECT = 0.02
_SLACK_S = 0.15  # containers round the length of their last frame


def find_own_video(take: Take, path: Path) -> Path:
    """The file that a take names as its source, beside the take or in the current folder.

    Args:
        take: the take.
        path: its file.

    Raises:
        InputError: the take names no file.
        MissingFileError: it is in neither place.
    """
    name = str(take.meta.get("source") or "")
    if not Path(name).suffix:
        what = f"made from '{name}'" if name else "a take that does not say what it was made from"
        raise InputError(f"{path} is {what}; name the video: --beside VIDEO.")
    for folder in (path.parent, Path()):
        if (folder / Path(name).name).exists():
            return folder / Path(name).name
    raise MissingFileError(
        f"{path} was made from {name}, which lies neither beside it nor in this folder; name it: --beside VIDEO."
    )


def check_own_video(take: Take, info: SourceInfo, video: Path) -> None:
    """Refuse another video than the take's: of another shape, too short, or of another name and length.

    Raises:
        MismatchError: says what differs.
    """
    own = Path(str(take.meta.get("source") or "")).name
    height, width = (int(n) for n in take.image_sizes[0])
    if (
        height
        and info.image_size
        and abs(width / height / (info.image_size[1] / info.image_size[0]) - 1) > _ASPECT
    ):
        _refuse(
            own,
            video,
            f"its pictures are {width}x{height}, this one's {info.image_size[1]}x{info.image_size[0]}",
        )
    if not info.fps or not info.num_frames:
        return
    last_s, length_s = float(take.timestamp_ms[-1]) / 1000.0, info.num_frames / info.fps
    slack = _SLACK_S + 2 / info.fps
    if last_s > length_s + slack or (own != video.name and last_s < length_s - slack):
        _refuse(own, video, f"the take is {last_s:.2f} s long, this one {length_s:.2f} s")


def _refuse(own: str, video: Path, why: str) -> None:
    raise MismatchError(
        f"{video} is not the video that the take was made from{f' ({own})' if own else ''}: {why}."
    )
