"""``mp2flame export-web`` and ``mp2flame web``: a head as one file for the browser, and the page that shows it."""

from __future__ import annotations

import os
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path

import click

from ..base.errors import FileFormatError, InputError
from ..base.looks import instead
from ..base.option import argument, option
from ..observe.model_file import find_face_landmarker
from .options import command
from .progress import interruptible
from .words import Address, FlameFile, Head, Lids, Look, Overwrite, written


@dataclass(frozen=True, kw_only=True)
class Asked(Overwrite, Lids):
    """What only ``export-web`` has."""

    flame: str | None = argument(None, completes="FLAME files")
    output: Path = written("The .m2f file to write.", Path("head.m2f"))
    profile: Path | None = option(
        None, "A profile whose identity the head gets (betas).", "Person", completes="profiles"
    )


@command(Asked, Look, name="export-web")
def export_web(asked: Asked, look: Look) -> None:
    """Write a head for 'mp2flame web' and for the npm package mp2flame: rig, estimator, mesh, colours.

    FLAME is your own FLAME file: .pkl, .npz, or the .zip as downloaded; without it, the built-in head. The file stays
    yours: a FLAME file's licence holds for what is made from it.

    \b
    mp2flame export-web                                    the built-in head as head.m2f
    mp2flame export-web flame2023.pkl -o me.m2f
    mp2flame web --head me.m2f                             the page, with that head
    """
    from ..base.write import check_target
    from ..io.exports.m2f import write_m2f
    from ..io.exports.web import web_head
    from ..response.profile import Profile

    output = asked.output
    if output.suffix != ".m2f":
        raise InputError(f"{output} must end in .m2f.")
    check_target(output, asked.overwrite)
    person = None if asked.profile is None else Profile.load(asked.profile)
    driver = Head(flame=asked.flame, eyelids=asked.eyelids).driver(person)
    shown = look.shown(driver)
    made = web_head(
        driver.mesh_model, driver.rig, driver.estimator, dressed=shown.dressed, betas=driver.betas,
        eyelids=None if driver.eyelids is None else driver.eyelids.key,
    )  # fmt: skip
    size = write_m2f(output, made.arrays, made.header)
    click.echo(
        f"wrote {output}: {size / 1e6:.1f} MB, {driver.model.release}, {driver.num_expression} coefficients, 16 bits "
        f"cost at most {made.basis_error_mm:.4f} mm"
    )
    if driver.model.release != "builtin":
        click.echo(f"note: {made.header['licence']}", err=True)


@dataclass(frozen=True, kw_only=True)
class Page(Address):
    """Where the page is served."""

    port: int | None = option(
        None, "Port; 0: any free one. Default: the first free one from 8088.", "Page", least=0, most=65_535
    )


@dataclass(frozen=True, kw_only=True)
class Shown(Lids, FlameFile):
    """What only ``web`` has."""

    head: Path | None = option(
        None, "A head of 'mp2flame export-web'. Default: that of --flame, or the built-in head.", "Head"
    )
    mediapipe: Path | None = option(
        None,
        "MediaPipe's web package (.tgz of 'npm pack @mediapipe/tasks-vision@1.1.0', or its folder). Default: found, or "
        "fetched once by npm.",
        "Faces",
        envvar="MP2FLAME_TASKS_VISION",
    )
    model_path: str | None = option(
        None,
        "The Face Landmarker file. Default: found, or downloaded once; without it the page asks for it.",
        "Faces",
        "--face-model",
        envvar="MP2FLAME_FACE_LANDMARKER",
    )
    folder: Path | None = option(
        None, "Write the page into this folder, for any web server, and end.", "Output", "--write"
    )


@command(Shown, Page)
def web(asked: Shown, page: Page) -> None:
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

    if asked.model_path is not None:
        find_face_landmarker(
            asked.model_path
        )  # one that was named and is none is an error, not a page without faces
    content = _head_bytes(asked.flame, asked.eyelids, asked.head)
    site = Site(lambda: content, mediapipe=asked.mediapipe, model_path=asked.model_path)
    if asked.folder is not None:
        missing = site.write(asked.folder)
        click.echo(
            f"wrote {asked.folder}: {len(site.names) - len(missing)} files; open its index.html over http(s)"
        )
        for name in missing:
            click.echo(f"note: without {name}: {site.missing.get(name, 'not in the package')}", err=True)
        return
    with interruptible() as stop, WebServer(site, host=page.host, port=page.port) as server:
        click.echo(f"page: {server.url}    Ctrl-C ends it.", err=True)
        if page.open_browser:
            webbrowser.open(server.url)
        while not stop:
            time.sleep(0.1)


def _head_bytes(flame: str | None, eyelids: str | None, head: Path | None) -> bytes:
    """A given ``.m2f``, else one that is made."""
    from ..base.errors import MissingFileError
    from ..io.exports.m2f import MOST_BYTES, pack, unpack
    from ..io.exports.web import check_web_head, web_head

    if head is not None:
        if flame is not None or eyelids is not None:
            raise InputError("give --head, or --flame and --eyelids: a .m2f file is a head already.")
        if not os.path.isfile(head):
            raise MissingFileError(f"no head at {head}. Make one: mp2flame export-web FLAME -o {head}")
        if head.stat().st_size > MOST_BYTES:
            raise FileFormatError(f"{head} is larger than a head can be ({MOST_BYTES >> 20} MiB).")
        content = head.read_bytes()
        try:
            check_web_head(*unpack(content), str(head))
        except FileFormatError as error:
            wrong = instead(head, "a head of 'mp2flame export-web'") if head.suffix.lower() != ".m2f" else ""
            raise FileFormatError(
                wrong or (str(error) if str(head) in str(error) else f"{head}: {error}")
            ) from error
        return content
    from ..drive.driver import Driver
    from ..show.head import ShownHead

    driver = Driver(flame, eyelids=eyelids)
    made = web_head(
        driver.mesh_model, driver.rig, driver.estimator, dressed=ShownHead(driver).dressed,
        eyelids=None if driver.eyelids is None else driver.eyelids.key,
    )  # fmt: skip
    return pack(made.arrays, made.header)
