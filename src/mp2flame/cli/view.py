"""``mp2flame view``: the viewer on a take, on a source, or with the sliders alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..base.errors import InputError
from .options import eyelids_option, flame_option, source_options


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

    SOURCE is a .npz take (play, pause, seek) or anything that 'mp2flame run' takes: a camera number, a video,
    an address. Without SOURCE, sliders move the head.

    \b
    mp2flame view                      sliders on the built-in head
    mp2flame view take.npz             a take
    mp2flame view 0                    the camera, nothing is written until you press Record
    """
    from ..drive.driver import Driver

    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}. Make it first, or choose another with --folder.")
    driver = Driver(flame, eyelids=eyelids)
    options: dict[str, Any] = {
        "host": host, "port": port, "public": public, "token": token, "open_browser": open_browser,
        "folder": folder, "mirrored": tracking["mirrored"],
    }  # fmt: skip
    if source is None or Path(source).suffix.lower() == ".npz":
        _view_take(driver, source, loop, options)
    else:
        _view_live(driver, source, profile, loop, options, tracking)


def _view_take(driver: Any, source: str | None, loop: bool, options: dict[str, Any]) -> None:
    from ..show.page import serve
    from ..take.take import Take
    from .session import interruptible

    if source is not None:
        take = Take.load(source)
        options |= {"take": take, "title": Path(source).name}
        if take.eyelids is not None and take.eyelids.any() and driver.eyelids is None:
            click.echo(
                "note: the take closes the lids with extra offsets; without --eyelids they stay open",
                err=True,
            )
    with interruptible() as stop, serve(None, driver, **options) as server:
        if server.player is not None:
            server.player.loop = loop
        click.echo(f"viewer: {server.url}    Ctrl-C ends it.", err=True)
        while not stop and not server.wait(0.2):
            pass


def _view_live(
    driver: Any,
    source: str,
    profile: Path | None,
    loop: bool,
    options: dict[str, Any],
    tracking: dict[str, Any],
) -> None:
    from ..drive.live import LivePipeline
    from ..response.profile import Profile
    from ..show.page import serve
    from .session import interruptible, of_person

    if profile is not None:
        driver = of_person(driver, Profile.load(profile))

    def say(text: str) -> None:
        click.echo(text, err=True)

    pipeline = LivePipeline(driver, source, profile=profile, loop=loop, on_event=say, **tracking)
    with interruptible() as stop, pipeline, serve(pipeline, driver, **options) as server:
        say(f"viewer: {server.url}    Ctrl-C ends it.")
        while not stop and not pipeline.wait(0.2):
            pass
