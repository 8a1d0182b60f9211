"""The source that is chosen in the page: a camera, a file, an address, a take, or nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...base.errors import InputError, Mp2FlameError
from ...base.values import Frame
from ...drive.driver import Driver
from ...drive.live import LivePipeline
from ...io.sources import VIDEO_SUFFIXES, open_source
from ...io.sources.played import PlayedFile
from ...take.take import Take
from .controls import Controls, OwnControls, PipelineControls
from .player import TakePlayer

SLIDERS = "sliders"
_MOST = 60
_PART = re.compile(r"\.part\d*$")  # a take that is being written


class Chosen:
    """What is shown, and how to end it.

    Attributes:
        text: what was asked for.
        title: what people call it.
        controls: what the buttons do.
        player: of a take or a video; None where nothing can be paused.
        pipeline: of a face that is looked for; None for takes and sliders.
    """

    def __init__(
        self,
        text: str,
        title: str,
        controls: Controls,
        player: TakePlayer | PlayedFile | None = None,
        pipeline: LivePipeline | None = None,
        *,
        owned: bool = True,
    ) -> None:
        self.text, self._title, self.controls = text, title, controls
        self.player, self.pipeline, self.owned = player, pipeline, owned

    @property
    def title(self) -> str:
        if self._title or self.pipeline is None:
            return self._title
        return "the source" if self.pipeline.info is None else self.pipeline.info.description

    def close(self) -> None:
        """End what was opened here, and finish a take that the sliders made."""
        if isinstance(self.player, TakePlayer):
            self.player.close()
        if self.pipeline is not None and self.owned:
            self.pipeline.stop()
        if isinstance(self.controls, OwnControls):
            try:
                self.controls.stop_recording()
            except Mp2FlameError:
                return  # a full disk: said while it was written


def choose(
    text: str, driver: Driver, show: Callable[[Frame], None], *, loop: bool = True, **options: Any
) -> Chosen:
    """Open a source by what a person typed or chose.

    Args:
        text: ``sliders``, a take (``.npz``), or what ``run`` takes: a camera's number or name, a file, an address.
        driver: the head.
        show: gets the frames of a take; those of a pipeline are subscribed to.
        loop: again and again.
        options: of ``LivePipeline``.

    Raises:
        InputError and the errors of ``open_source`` and ``LivePipeline.start``.
    """
    text = text.strip()
    if text in ("", SLIDERS):
        return Chosen(SLIDERS, "sliders", OwnControls(driver, "viewer"))
    path = Path(text)
    if path.suffix.lower() == ".npz":
        return of_take(Take.load(path), driver, show, title=path.name, text=text, loop=loop)
    player: PlayedFile | None = None
    source: Any = text
    if path.suffix.lower() in VIDEO_SUFFIXES and "://" not in text:
        source = player = PlayedFile(open_source(text), loop=loop)
    pipeline = LivePipeline(driver, source, name=None if player is None else path.name, **options)
    try:
        pipeline.start()
    except BaseException:
        if player is not None:
            player.close()
        raise
    info = pipeline.info
    title = path.name if player is not None else text if info is None else info.description
    return Chosen(text, title, PipelineControls(pipeline), player, pipeline)


def of_take(
    take: Take,
    driver: Driver,
    show: Callable[[Frame], None],
    *,
    title: str,
    text: str = "",
    loop: bool = True,
) -> Chosen:
    """A take that is played."""
    player = TakePlayer(take, driver, show, loop=loop)
    return Chosen(text, title, OwnControls(driver, title or "viewer"), player)


def choices(folder: Path) -> list[dict[str, str]]:
    """What can be chosen here: cameras by name, the folder's videos and takes, the sliders."""
    from ...io.sources.camera import camera_devices, camera_names

    try:
        names = camera_names()
    except Mp2FlameError:
        names = {}
    numbers = sorted({*names, *camera_devices()})
    made = [
        {"group": "Cameras", "value": str(n), "label": f"{names[n]} ({n})" if n in names else f"Camera {n}"}
        for n in numbers
    ]
    for group, suffixes in (("Takes", {".npz"}), ("Videos", VIDEO_SUFFIXES)):
        for path in files_in(folder, suffixes):
            made.append({"group": group, "value": str(path), "label": path.name})
    return [*made, {"group": "No face", "value": SLIDERS, "label": "Sliders alone"}]


def files_in(folder: Path, suffixes: Any) -> list[Path]:
    """Of these endings, the newest first."""
    try:
        found = [
            p
            for p in folder.iterdir()
            if p.suffix.lower() in suffixes and p.is_file() and not _PART.search(p.stem)
        ]
        return sorted(found, key=lambda p: -p.stat().st_mtime)[:_MOST]
    except OSError:
        return []


def file_in(folder: Path, name: str, ending: str) -> Path:
    """A file of the viewer's folder; the page cannot name any other place.

    Raises:
        InputError: no name, or one with a folder in it.
    """
    name = name.strip()
    if not name or name in (".", "..") or any(c in name for c in "/\\:\0"):
        raise InputError(f"give a file name without folders, such as me{ending}; got '{name}'.")
    return folder / (name if name.endswith(ending) else name + ending)
