"""``mp2flame view``: the viewer on a take, on a source, or with the sliders alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import InputError, SourceError
from ..base.option import argument, option
from .options import command
from .progress import interruptible
from .session import check_extras
from .words import Head, Page, Tracking

if TYPE_CHECKING:
    from ..drive.driver import Driver
    from ..show.page.server import ViewerServer


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What only ``view`` has."""

    source: str | None = argument(None, completes="sources")
    profile: Path | None = option(
        None, "Your profile, from 'mp2flame calibrate'.", "Person", completes="profiles"
    )
    folder: Path = option(
        Path(), "Where the page's Record and Save buttons write. Default: the current folder.", "Output"
    )
    loop: bool = option(True, "Play a take or video again and again. Default: loop.", "Live", "--loop/--once")


@command(Asked, Head, Tracking, Page)
def view(asked: Asked, head: Head, tracking: Tracking, page: Page) -> None:
    """Look at a head in the browser: a recorded take, a live SOURCE, or sliders alone.

    SOURCE is a .npz take or anything that 'mp2flame run' takes: a camera number, a video, an address; takes and
    videos are played, paused and sought. Without SOURCE, sliders move the head. The page can choose another source.

    \b
    mp2flame view                      sliders on the built-in head
    mp2flame view take.npz             a take
    mp2flame view 0                    the camera, nothing is written until you press Record
    """
    from ..response.profile import Profile

    if not asked.folder.is_dir():
        raise InputError(
            f"there is no folder {asked.folder}. Make it first, or choose another with --folder."
        )
    live = asked.source is not None and Path(asked.source).suffix.lower() != ".npz"
    check_extras(asked.source if live else None, view=True)
    person = None if asked.profile is None else Profile.load(asked.profile)
    driver = head.driver(person)
    say = partial(click.echo, err=True)
    options = {"profile": person, "on_event": say, **vars(tracking)}
    with (
        interruptible() as stop,
        _opened(
            driver, asked.source, live_options=options, folder=asked.folder, mirrored=tracking.mirrored,
            loop=asked.loop, **vars(page),
        ) as server,
    ):  # fmt: skip
        _warn_of_lids(server, driver)
        say(f"viewer: {server.url}    Ctrl-C ends it.")
        while not stop and not server.wait(0.2):
            pass


def _opened(driver: Driver, source: str | None, **options: Any) -> ViewerServer:
    """The page; without a camera that cannot be had: another source is chosen in the page.

    Raises:
        SourceError: a source that is no camera.
    """
    from ..show.page import serve

    try:
        return serve(None, driver, source=source, **options)
    except SourceError as error:
        if source is None or not (source.isdigit() or source.startswith("camera:")):
            raise
        click.echo(f"note: {error} The page opens without it: choose a source there.", err=True)
        server = serve(None, driver, **options)
        server.note(f"{error} Sliders meanwhile; choose a source under Source.")
        return server


def _warn_of_lids(server: ViewerServer, driver: Driver) -> None:
    """Takes of a head with lid offsets."""
    take = getattr(server.player, "take", None)
    if take is not None and take.eyelids is not None and take.eyelids.any() and driver.eyelids is None:
        text = "note: the take closes the lids with extra offsets; without --eyelids they stay open"
        click.echo(text, err=True)
