"""``mp2flame demo``: the main job from end to end, with nothing but the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from ..drive.options import FlameFile
from .next_step import as_called, free, suggest
from .options import command
from .words import Look, written

_FOLDER = Path("mp2flame_demo")


@dataclass(frozen=True, kw_only=True)
class Asked(FlameFile):
    """What ``demo`` can be told."""

    output: Path = written("The folder to write.", _FOLDER)


@command(Asked, Look)
def demo(asked: Asked, look: Look) -> None:
    """Drive a head with a bundled take and write a recording, a contact sheet and a short video.

    Needs no download, camera or network. With --flame the take drives your FLAME file instead.
    """
    from ..base.folders import filling
    from ..base.optional import EXTRAS, is_installed
    from ..base.write import check_folder, writing
    from ..drive.demo import demo_source
    from ..drive.driver import Driver
    from ..io.exports.video import save_png
    from ..show.pictures import TakeRenderer
    from ..take.take import Take
    from .session import record, summarise

    take, sheet, video = (asked.output / name for name in ("take.npz", "sheet.png", "head.mp4"))
    if asked.output != _FOLDER:
        check_folder(asked.output, [path.name for path in (take, sheet, video)], mark="sheet.png")
    with writing(asked.output):
        asked.output.parent.mkdir(parents=True, exist_ok=True)
    source, profile, credit = demo_source()
    driver = Driver(asked.flame)
    with filling(asked.output) as new:
        made = new / take.name
        counts = record(driver, driver.run(source, profile=profile), made, meta={"credit": credit})
        head = look.shown(driver)
        pictures = TakeRenderer(
            Take.load(made), head.model, head.vertices, size=(384, 384), colors=head.colors, gloss=head.gloss
        )
        with pictures:
            frames = pictures.span()
            save_png(new / sheet.name, pictures.sheet(count=12, frames=frames, pick="different"))
            pictures.video(new / video.name, frames=frames)
    summarise({**counts, "quality": {}, "told": True}, None, driver)  # nobody sits there to take advice
    click.echo(f"wrote {take}   FLAME parameters of every frame (np.load)")
    click.echo(f"wrote {sheet}   contact sheet")
    click.echo(f"wrote {video}   the moving head")
    click.echo(f"take: {credit}")
    flame = ["--flame", asked.flame] if asked.flame else []
    if all(is_installed(module) for _, module in EXTRAS["view"][0]):
        suggest("view", take, *flame)
    else:
        suggest("export", take, "-o", free(take.with_name("head.glb")), *flame)
    click.echo(
        as_called(
            "your own face: 'mp2flame run VIDEO -o take.npz', or 'mp2flame run 0 --view' with a camera; "
            "'mp2flame doctor' says what that needs here"
        )
    )
