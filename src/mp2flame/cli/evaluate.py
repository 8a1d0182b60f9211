"""``mp2flame evaluate``: how good a head, a response or a mapping is, in figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import InputError, NoFaceError
from .options import flame_option

if TYPE_CHECKING:
    from ..evaluate import Evaluation, Method


@click.command()
@click.option("--lab", type=click.Path(path_type=Path), help="A lab set (.npz): renders with known truth.")
@click.option(
    "--truth",
    type=click.Path(path_type=Path),
    help="The FLAME file that the lab set's truth belongs to, if another.",
)
@click.option(
    "--every", type=click.IntRange(min=1), default=3, show_default=True, help="Score every n-th lab row."
)
@click.option(
    "--videos", "-v", multiple=True, metavar="SOURCE", help="A video or take with landmarks; repeat for more."
)
@click.argument("more_videos", nargs=-1, metavar="[VIDEO]...")
@flame_option
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="Evaluate this mapping instead of the built-in one."
)
@click.option(
    "--against", type=click.Path(path_type=Path), help="Compare with this mapping, a bs2exp folder say."
)
@click.option(
    "--against-flame",
    type=click.Path(path_type=Path),
    help="The FLAME file of the mapping it is compared with.",
)
@click.option("--no-landmarks", is_flag=True, help="Scores only.")
@click.option(
    "--redetect",
    type=click.IntRange(min=0),
    default=0,
    metavar="FRAMES",
    help="Draw so many frames of each video and look at them with the detector again.",
)
@click.option(
    "--pictures",
    type=click.IntRange(min=0),
    default=4,
    show_default=True,
    help="Pictures per video in --html.",
)
@click.option(
    "--json", "json_path", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures as JSON."
)
@click.option(
    "--html", "html_path", type=click.Path(dir_okay=False, path_type=Path), help="Write a report page."
)
@click.option("--face-model", "model_path", type=click.Path(), envvar="MP2FLAME_FACE_LANDMARKER", hidden=True)
@click.option("--quiet", is_flag=True, help="No progress.")
def evaluate(
    lab: Path | None,
    truth: Path | None,
    every: int,
    videos: tuple[str, ...],
    more_videos: tuple[str, ...],
    flame: str | None,
    mapping: Path | None,
    against: Path | None,
    against_flame: Path | None,
    no_landmarks: bool,
    redetect: int,
    pictures: int,
    json_path: Path | None,
    html_path: Path | None,
    model_path: str | None,
    quiet: bool,
) -> None:
    """Measure how well a head follows a face: with truth (--lab), on video (--videos), lids and lips always.

    \b
    mp2flame evaluate me.mp4 other.mp4 --html report.html     do distances move as the person's?
    mp2flame evaluate --lab test.npz --flame head.pkl         millimetres and degrees
    mp2flame evaluate me.mp4 --flame generic_model.pkl --against bs2exp_folder --redetect 60
    """
    from ..drive.driver import Driver
    from ..evaluate import (
        Evaluation,
        Method,
        console_tables,
        evaluate_head,
        evaluate_lab,
        load_lab,
        write_html,
        write_json,
    )
    from ..flame import load_flame

    clips = [*videos, *more_videos]
    if against_flame and not against:
        raise InputError(
            "--against-flame says which head the mapping of --against belongs to; give --against too."
        )
    if truth and not lab:
        raise InputError("--truth goes with --lab.")
    driver = Driver(flame, mapping=mapping)
    name = "mapping" if mapping else "ours"
    methods = [Method(name, driver, use_landmarks=not no_landmarks)]
    if not mapping and clips:
        methods.append(
            Method("ours, not calibrated", driver, use_profile=False, use_landmarks=not no_landmarks)
        )
    if against:
        other = Driver(str(against_flame) if against_flame else driver.model, mapping=against)
        methods.append(Method("against", other))
    result = Evaluation([m.name for m in methods], about=_about(methods))
    for method in methods:
        if method.driver.mapping is None and method.use_profile:
            result.heads[method.name] = evaluate_head(method.driver)
    if lab:
        data = load_lab(lab)
        truth_model = load_flame(truth) if truth else None
        for method in methods:
            if method.use_profile:
                result.lab[method.name] = evaluate_lab(data, method, truth_model=truth_model, every=every)
    if clips:
        with_pictures = pictures if html_path else 0
        _clips(result, clips, methods, redetect, with_pictures, model_path, quiet)
    click.echo(console_tables(result))
    if json_path:
        write_json(result, json_path)
        click.echo(f"wrote {json_path}", err=True)
    if html_path:
        write_html(result, html_path)
        click.echo(f"wrote {html_path}", err=True)
    if clips and not result.clips:
        raise NoFaceError("none of the videos could be used: " + "; ".join(result.skipped))


def _about(methods: Sequence[Method]) -> dict[str, Any]:
    from ..base.version import __version__

    return {"made_by": f"mp2flame {__version__}", "head": methods[0].driver.model.release}


def _clips(
    result: Evaluation,
    clips: Sequence[str],
    methods: Sequence[Method],
    redetect: int,
    pictures: int,
    model_path: str | None,
    quiet: bool,
) -> None:
    from ..drive.observations import observe
    from ..evaluate import evaluate_clip
    from .session import Progress

    for number, clip in enumerate(clips):
        name = Path(clip).name
        progress = Progress(None, quiet=quiet, label=f"video {number + 1} of {len(clips)}, frame")
        try:
            found = observe(clip, model_path=model_path, on_frame=_stepper(progress))
            progress.close()
            result.clips.append(
                evaluate_clip(
                    name,
                    found,
                    methods,
                    redetect_frames=redetect,
                    num_pictures=pictures,
                    picture=_pictures_of(clip) if pictures else None,
                    model_path=model_path,
                )
            )
        except (NoFaceError, InputError) as error:
            progress.close()
            result.skipped.append(f"{name}: {error}")


def _stepper(progress: Any) -> Callable[[int, float, bool], None]:
    return lambda index, _moment, _seen: progress.step(index + 1)


def _pictures_of(clip: str) -> Callable[[int], Any]:
    """Frame index to picture, reading the clip again from its start when needed."""
    from ..io.sources import open_source

    kept: dict[int, Any] = {}

    def picture(index: int) -> Any:
        if index not in kept:
            kept.clear()
            with open_source(clip) as source:
                for item in source:
                    if item.image is None or item.index > index + 400:
                        break
                    if item.index >= index and len(kept) < 1:
                        kept[item.index] = item.image
                        break
        return kept.get(index)

    return picture
