"""The viewer: a page with the head that follows, the picture, the weights and all controls.

    with LivePipeline(driver, 0) as pipeline, serve(pipeline, driver) as viewer:
        print(viewer.url)
        pipeline.wait()

In a notebook: ``mp2flame.show.page.show(driver)`` or ``show("take.npz")``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...drive.driver import Driver
    from ...drive.live import LivePipeline
    from ...take.take import Take
    from .server import ViewerServer

__all__ = ["serve", "show"]


def serve(
    pipeline: LivePipeline | None,
    driver: Driver | None = None,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    open_browser: bool = False,
    **options: Any,
) -> ViewerServer:
    """Open the viewer.

    Args:
        pipeline: what drives the head; None: a take, the sliders alone, or whoever calls ``update``.
        driver: the head; None: the pipeline's.
        host: an address that other machines can reach is refused without ``public=True``, and needs a token.
        port: None: the first free one from 8080; 0: any.
        open_browser: open the page in the user's browser.
        options: ``public``, ``token``, ``take`` (a ``Take`` to play), ``source`` (what to show first, as in
            ``ViewerServer.open_source``), ``live_options`` (of ``LivePipeline``, for sources that are chosen in the
            page; None: it offers none), ``title``, ``folder`` (where takes and profiles go; default the current one),
            ``mirrored`` (the pictures are mirror images), ``loop``.

    Raises:
        InputError: the address, the port, the token.
        OutputError: the port is taken.
        MissingDependencyError: websockets or Pillow is not installed.
    """
    from .server import ViewerServer

    return ViewerServer(pipeline, driver, host=host, port=port, open_browser=open_browser, **options)


def show(
    what: Driver | Take | str | os.PathLike[str] | None = None,
    *,
    driver: Driver | None = None,
    **options: Any,
) -> ViewerServer:
    """The viewer in a notebook: the value of a cell shows the page inside it.

    Args:
        what: a driver (sliders), a take or its path (played), or None (sliders on the built-in head).
        driver: whose head shows the take; None: the built-in one.
        options: as for ``serve``.

    Returns:
        The open viewer; ``close()`` it when done, or run the cell again.
    """
    from ...drive.driver import Driver
    from ...take.take import Take

    if isinstance(what, Driver):
        return serve(None, what, **options)
    driver = driver if driver is not None else Driver()
    if what is None:
        return serve(None, driver, **options)
    if not isinstance(what, Take):
        options.setdefault("title", Path(what).name)
        what = Take.load(what)
    return serve(None, driver, take=what, **options)
