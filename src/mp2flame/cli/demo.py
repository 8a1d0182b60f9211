"""``mp2flame demo``: the main job from end to end, with nothing but the package."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from .options import flame_option

if TYPE_CHECKING:
    from ..io.sources import Source
    from ..person.profile import Profile


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
    from ..drive.driver import Driver
    from ..io.exports.video import save_png
    from ..show.head import ShownHead
    from ..show.pictures import TakeRenderer
    from ..take.take import Take
    from .session import record, summarise

    output.mkdir(parents=True, exist_ok=True)
    take, sheet, video = (output / f"mp2flame_demo{ending}" for ending in (".npz", ".png", ".mp4"))
    source, profile, credit = bundled_take()
    driver = Driver(flame)
    counts = record(
        driver,
        driver.run(source, profile=profile),
        take,
        source="bundled demo take",
        total=source.info.num_frames,
        overwrite=True,
        meta={"detector_mode": "video", "credit": credit},
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


def bundled_take() -> tuple[Source, Profile, str]:
    """The demo take as a source, the profile of its person, and whom to credit."""
    from ..io.sources import Source, SourceFrame, SourceInfo
    from ..person.profile import Profile

    with (files("mp2flame") / "base" / "data" / "demo_take.npz").open("rb") as file:
        with np.load(file, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
    low, high = arrays["landmarks_low"], arrays["landmarks_high"]
    landmarks = (low + arrays["landmarks_u16"] / 65535.0 * (high - low)).astype(np.float32)
    times, size = arrays["timestamp_ms"], (int(arrays["image_size"][0]), int(arrays["image_size"][1]))

    class Bundled(Source):
        prefetch = 0

        def __init__(self) -> None:
            super().__init__()
            fps = 1e3 / float(np.median(np.diff(times)))
            self.info = SourceInfo("take", "bundled demo take", fps, len(times), size)

        def _frames(self) -> Iterator[SourceFrame]:
            for k, time_ms in enumerate(times):
                yield SourceFrame(
                    k,
                    float(time_ms),
                    blendshapes=arrays["blendshapes"][k],
                    landmarks=landmarks[k],
                    face_matrix=arrays["face_matrix"][k],
                    detected=True,
                    image_size=size,
                )

    rest = arrays["rest_frames"]
    profile = Profile.from_neutral(
        arrays["blendshapes"][rest],
        landmarks=landmarks[rest],
        face_matrix=arrays["face_matrix"][rest],
        image_size=size,
    )
    return Bundled(), profile, str(arrays["credit"])
