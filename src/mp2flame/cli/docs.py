"""``mp2flame docs``: the documentation as pages with search, made from the Markdown that came with the package."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from ..base.cache import cache_dir
from ..base.errors import MissingDependencyError, MissingFileError, Mp2FlameError
from ..base.option import option
from ..base.optional import check
from ..base.version import __version__
from ..base.write import check_folder, replacing, writing
from .options import command
from .words import written

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What ``docs`` can be told."""

    output: Path | None = written(
        "Write the pages into this folder. Default: the cache, made again when they change.", None
    )
    open_browser: bool = option(True, "Only say where the pages are.", "Output", "--no-open")


@command(Asked)
def docs(asked: Asked) -> None:
    """Open the documentation in the browser; it needs no network and has search.

    The pages are made from the Markdown that came with the package, once a version; that needs the extra 'docs'.
    Without it the command says where the Markdown lies.
    """
    if asked.output:
        check_folder(asked.output, None, mark="search/search_index.json")
    config = find_config()
    try:
        check(
            "mkdocs", "material", "mkdocstrings_handlers.python", purpose="making pages of the documentation"
        )
    except MissingDependencyError as error:
        raise MissingDependencyError(
            f"{error}\nThe same text without pages: {config.parent / 'docs' / 'index.md'}"
        ) from None
    folder = asked.output or cache_dir() / f"docs-{__version__}-{fingerprint(config)}"
    if asked.output or not (folder / "index.html").exists():
        click.echo("making the pages ...", err=True)
        build(config, folder)
    index = folder / "index.html"
    click.echo(str(index))
    if asked.open_browser:
        from ..show.page.open_page import open_page

        open_page(index.resolve().as_uri())


def find_config() -> Path:
    """``mkdocs.yml`` beside the checkout's ``docs`` folder, or inside the installed package.

    Raises:
        MissingFileError: a package that was installed without its pages.
    """
    places = (_PACKAGE.parents[1] / "mkdocs.yml", _PACKAGE / "pages" / "mkdocs.yml")
    for place in places:
        if place.exists() and (place.parent / "docs" / "index.md").exists():
            return place
    raise MissingFileError(
        f"this installation has no documentation in it (looked for {places[1]}); the pages are part of the source: "
        "https://github.com/mp2flame/mp2flame/tree/main/docs"
    )


def fingerprint(config: Path) -> str:
    """Changes when a page or a docstring does: name, size and time of every file that goes into the pages."""
    digest = hashlib.sha256()
    files = [config, *sorted((config.parent / "docs").rglob("*")), *sorted(_PACKAGE.rglob("*.py"))]
    for file in files:
        state = file.stat()
        digest.update(f"{file}:{state.st_size}:{state.st_mtime_ns};".encode())
    return digest.hexdigest()[:12]


def build(config: Path, folder: Path) -> None:
    """Make the pages into ``folder``, whole or not at all; pages of other versions in the cache are removed.

    Raises:
        OutputError: the folder cannot be written.
        Mp2FlameError: mkdocs did not make them; its words are in the message.
    """
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    with replacing(folder, folder=True) as fresh:
        words = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--config-file", str(config)]
        environment = {
            **os.environ,
            "MP2FLAME_DOCS_OUT": str(fresh),
            "MP2FLAME_DOCS_SOURCE": str(_PACKAGE.parent),
            "NO_MKDOCS_2_WARNING": "1",
        }
        done = subprocess.run(words, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise Mp2FlameError(
                f"the pages could not be made: {(done.stderr or done.stdout).strip()[-2000:]}"
            )
    if folder.parent == cache_dir():
        for old in folder.parent.glob("docs-*"):
            if old != folder and old.is_dir():
                shutil.rmtree(old, ignore_errors=True)
