"""``mp2flame export-web`` and ``mp2flame web``: a head as one file for the browser, and the page that shows it."""

from __future__ import annotations

import time
import webbrowser
from pathlib import Path

import click

from ..base.errors import InputError
from .options import flame_option, scenery_option, skin_option


@click.command("export-web")
@click.argument("flame", required=False, type=click.Path())
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("head.m2f"),
    show_default=True,
    help="The .m2f file to write.",
)
@click.option(
    "--profile", type=click.Path(path_type=Path), help="A profile whose identity the head gets (betas)."
)
@skin_option
@scenery_option
@click.option("--overwrite", is_flag=True, help="Replace what is there.")
def export_web(
    flame: str | None, output: Path, profile: Path | None, skin: str, no_scenery: bool, overwrite: bool
) -> None:
    """Write a head for 'mp2flame web' and for the npm package mp2flame: rig, estimator, mesh, colours.

    FLAME is your own FLAME file: .pkl, .npz, or the .zip as downloaded; without it, the built-in head. The file stays
    yours: a FLAME file's licence holds for what is made from it.

    \b
    mp2flame export-web                                    the built-in head as head.m2f
    mp2flame export-web flame2023.pkl -o me.m2f
    mp2flame web --head me.m2f                             the page, with that head
    """
    from ..base.write import check_target
    from ..drive.driver import Driver
    from ..io.exports.m2f import write_m2f
    from ..io.exports.web import web_head
    from ..show.head import ShownHead

    if output.suffix != ".m2f":
        raise InputError(f"{output} must end in .m2f.")
    check_target(output, overwrite)
    driver = Driver(flame)
    if profile is not None:
        from ..response.profile import Profile
        from .session import of_person

        driver = of_person(driver, Profile.load(profile))
    shown = ShownHead(driver, skin=skin, scenery=not no_scenery)
    made = web_head(
        driver.mesh_model, driver.rig, driver.estimator, dressed=shown.dressed, betas=driver.betas
    )
    size = write_m2f(output, made.arrays, made.header)
    click.echo(
        f"wrote {output}: {size / 1e6:.1f} MB, {driver.model.release}, {driver.num_expression} coefficients, 16 bits "
        f"cost at most {made.basis_error_mm:.4f} mm"
    )
    if driver.model.release != "builtin":
        click.echo(f"note: {made.header['licence']}", err=True)


@click.command()
@flame_option
@click.option(
    "--head",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A head of 'mp2flame export-web'. Default: that of --flame, or the built-in head.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind to.")
@click.option("--port", type=int, help="Port; 0: any free one. Default: the first free one from 8088.")
@click.option(
    "--mediapipe",
    type=click.Path(path_type=Path),
    envvar="MP2FLAME_TASKS_VISION",
    show_envvar=True,
    help="MediaPipe's web package (.tgz of 'npm pack @mediapipe/tasks-vision@1.1.0', or its folder). Default: found, or "
    "fetched once by npm.",
)
@click.option(
    "--face-model",
    "model_path",
    type=click.Path(),
    envvar="MP2FLAME_FACE_LANDMARKER",
    show_envvar=True,
    help="The Face Landmarker file. Default: found, or downloaded once; without it the page asks for it.",
)
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the page into this folder, for any web server, and end.",
)
@click.option("--open/--no-open", "open_browser", default=True, show_default=True, help="Open the page.")
def web(
    flame: str | None,
    head: Path | None,
    host: str,
    port: int | None,
    mediapipe: Path | None,
    model_path: str | None,
    folder: Path | None,
    open_browser: bool,
) -> None:
    """Open the page that follows a face in the browser itself: camera, video file or take, nothing is sent anywhere.

    It works without this program too: --write makes a folder that any web server can host. Phones give a camera only to
    pages on https, so put it on such a server for them.

    \b
    mp2flame web                                           the built-in head
    mp2flame web --flame flame2023.pkl                     yours
    mp2flame web --write public_html                       files for a web server
    """
    from ..show.web.server import WebServer
    from ..show.web.site import Site
    from .session import interruptible

    content = _head_bytes(flame, head)
    site = Site(lambda: content, mediapipe=mediapipe, model_path=model_path)
    if folder is not None:
        missing = site.write(folder)
        click.echo(
            f"wrote {folder}: {len(site.names) - len(missing)} files; open its index.html over http(s)"
        )
        for name in missing:
            click.echo(f"note: without {name}: {site.missing.get(name, 'not in the package')}", err=True)
        return
    with interruptible() as stop, WebServer(site, host=host, port=port) as server:
        click.echo(f"page: {server.url}    Ctrl-C ends it.", err=True)
        if open_browser:
            webbrowser.open(server.url)
        while not stop:
            time.sleep(0.1)


def _head_bytes(flame: str | None, head: Path | None) -> bytes:
    """A given ``.m2f``, else one that is made."""
    from ..base.errors import FileFormatError, MissingFileError
    from ..io.exports.m2f import pack, unpack
    from ..io.exports.web import FORMAT, web_head

    if head is not None:
        if flame is not None:
            raise InputError("give --head or --flame, not both: a .m2f file is a head already.")
        if not head.is_file():
            raise MissingFileError(f"no head at {head}. Make one: mp2flame export-web FLAME -o {head}")
        content = head.read_bytes()
        if unpack(content)[1].get("format") != FORMAT:
            raise FileFormatError(
                f"{head} is no head for this version; write it again with mp2flame export-web."
            )
        return content
    from ..drive.driver import Driver
    from ..show.head import ShownHead

    driver = Driver(flame)
    made = web_head(driver.mesh_model, driver.rig, driver.estimator, dressed=ShownHead(driver).dressed)
    return pack(made.arrays, made.header)
