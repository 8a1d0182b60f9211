"""``mp2flame demo``: the main job from end to end, with nothing but the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import flame_option

if TYPE_CHECKING:
    pass


@click.command()
@flame_option
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where to write. Default: the current folder.",
)
def demo(flame: str | None, output: Path) -> None:
    """Drive a head with a bundled take and write a recording, a contact sheet and a short video.

    Needs no download, camera or network. With --flame the take drives your FLAME file instead.
    """
    from ..drive.demo import demo_source
    from ..drive.driver import Driver
    from ..io.exports.video import save_png
    from ..show.head import ShownHead
    from ..show.pictures import TakeRenderer
    from ..take.take import Take
    from .session import record, summarise

    output.mkdir(parents=True, exist_ok=True)
    take, sheet, video = (output / f"mp2flame_demo{ending}" for ending in (".npz", ".png", ".mp4"))
    source, profile, credit = demo_source()
    driver = Driver(flame)
    counts = record(
        driver,
        driver.run(source, profile=profile),
        take,
        overwrite=True,
        meta={"credit": credit},
    )
    recording = Take.load(take)
    head = ShownHead(driver)
    pictures = TakeRenderer(
        recording, head.model, head.vertices, size=(384, 384), colors=head.colors, gloss=head.gloss
    )
    with pictures:
        frames = pictures.span()
        save_png(sheet, pictures.sheet(count=12, frames=frames, pick="different"))
        pictures.video(video, frames=frames)
    summarise(counts, None, driver)
    click.echo(f"wrote {take}   FLAME parameters of every frame (np.load)")
    click.echo(f"wrote {sheet}   contact sheet")
    click.echo(f"wrote {video}   the moving head")
    click.echo(f"take: {credit}")
    click.echo("next: mp2flame run my_video.mp4 --flame my_flame.pkl -o take.npz")
