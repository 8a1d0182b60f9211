"""``mp2flame view``: the viewer on a take, on a source, or with the sliders alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import InputError
from .options import eyelids_option, flame_option, source_options

if TYPE_CHECKING:
    from ..drive.driver import Driver
    from ..show.page.server import ViewerServer


@click.command()
@click.argument("source", required=False)
@flame_option
@eyelids_option
@click.option("--profile", type=click.Path(path_type=Path), help="Your profile, from 'mp2flame calibrate'.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where the page's Record and Save buttons write. Default: the current folder.",
)
@click.option("--loop/--once", default=True, show_default=True, help="Play a take or video again and again.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind to.")
@click.option("--port", type=int, help="Port; 0: any free one. Default: the first free one from 8080.")
@click.option("--public", is_flag=True, help="Allow an address that other machines reach; a token is made.")
@click.option("--token", envvar="MP2FLAME_VIEW_TOKEN", show_envvar=True, help="Your own token.")
@click.option("--open/--no-open", "open_browser", default=True, show_default=True, help="Open the page.")
@source_options
def view(
    source: str | None,
    flame: str | None,
    eyelids: str | None,
    profile: Path | None,
    folder: Path,
    loop: bool,
    host: str,
    port: int | None,
    public: bool,
    token: str | None,
    open_browser: bool,
    **tracking: Any,
) -> None:
    """Look at a head in the browser: a recorded take, a live SOURCE, or sliders alone.

    SOURCE is a .npz take or anything that 'mp2flame run' takes: a camera number, a video, an address; takes and
    videos are played, paused and sought. Without SOURCE, sliders move the head. The page can choose another source.

    \b
    mp2flame view                      sliders on the built-in head
    mp2flame view take.npz             a take
    mp2flame view 0                    the camera, nothing is written until you press Record
    """
    from ..drive.driver import Driver
    from ..show.page import serve
    from .session import interruptible

    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}. Make it first, or choose another with --folder.")
    driver = Driver(flame, eyelids=eyelids)
    options: dict[str, Any] = {
        "host": host, "port": port, "public": public, "token": token, "open_browser": open_browser,
        "folder": folder, "mirrored": tracking["mirrored"], "loop": loop,
    }  # fmt: skip
    if profile is not None:
        from ..response.profile import Profile
        from .session import of_person

        driver = of_person(driver, Profile.load(profile))
    say = partial(click.echo, err=True)
    live = {"profile": profile, "on_event": say, **tracking}
    with interruptible() as stop, serve(None, driver, source=source, live_options=live, **options) as server:
        _warn_of_lids(server, driver)
        say(f"viewer: {server.url}    Ctrl-C ends it.")
        while not stop and not server.wait(0.2):
            pass


def _warn_of_lids(server: ViewerServer, driver: Driver) -> None:
    """Takes of a head with lid offsets."""
    take = getattr(server.player, "take", None)
    if take is not None and take.eyelids is not None and take.eyelids.any() and driver.eyelids is None:
        text = "note: the take closes the lids with extra offsets; without --eyelids they stay open"
        click.echo(text, err=True)
