"""``mp2flame evaluate``: how good a head, a response or a mapping is, in figures."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import InputError, NoFaceError
from .options import flame_option

if TYPE_CHECKING:
    from ..drive.driver import Driver
    from ..evaluate import RealFaces
    from ..take.take import Take

_path = click.Path(path_type=Path)
_file = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("clips", nargs=-1, metavar="[VIDEO_OR_TAKE]...")
@click.option("--videos", "-v", "more_clips", multiple=True, hidden=True)
@click.option(
    "--set",
    "--lab",
    "sets",
    multiple=True,
    type=_path,
    metavar="SET",
    help="Pictures with known truth (.npz); repeat for more.",
)
@click.option("--truth", type=_path, help="The FLAME file that the sets' expression belongs to, if another.")
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Score every n-th picture of a set.",
)
@flame_option
@click.option("--profile", type=_path, help="Drive the videos with this profile.")
@click.option(
    "--drive-again",
    is_flag=True,
    help="Drive takes again from what they saw, instead of judging what they hold.",
)
@click.option("--mapping", type=_path, help="Evaluate this mapping instead of the built-in one.")
@click.option("--against", type=_path, help="Compare with this mapping, a bs2exp folder say.")
@click.option("--against-flame", type=_path, help="The FLAME file of the mapping it is compared with.")
@click.option(
    "--real",
    "real_takes",
    multiple=True,
    type=_path,
    metavar="CSV",
    help="True ARKit weights of real faces (Live Link takes): how far are ours from them? Repeat for more.",
)
@click.option(
    "--redetect",
    type=click.IntRange(min=0),
    default=0,
    metavar="FRAMES",
    help="Draw so many frames of each video and look at them with the detector again (14, say).",
)
@click.option(
    "--pictures",
    type=click.IntRange(min=0),
    default=4,
    show_default=True,
    help="Pictures per video in --html.",
)
@click.option("--json", "json_path", type=_file, help="Write the figures as JSON.")
@click.option("--html", "html_path", type=_file, help="Write a report page.")
@click.option("--face-model", "model_path", type=click.Path(), envvar="MP2FLAME_FACE_LANDMARKER", hidden=True)
@click.option("--quiet", is_flag=True, help="No progress.")
def evaluate(
    clips: tuple[str, ...],
    more_clips: tuple[str, ...],
    sets: tuple[Path, ...],
    truth: Path | None,
    every: int,
    flame: str | None,
    profile: Path | None,
    drive_again: bool,
    mapping: Path | None,
    against: Path | None,
    against_flame: Path | None,
    real_takes: tuple[Path, ...],
    redetect: int,
    pictures: int,
    json_path: Path | None,
    html_path: Path | None,
    model_path: str | None,
    quiet: bool,
) -> None:
    """Measure how well a head follows a face: on videos, on sets with known truth (--set), lids and lips always.

    \b
    mp2flame evaluate me.mp4 other.mp4 --html report.html     does the head do what the face does?
    mp2flame evaluate take.npz                                the same of a take of 'mp2flame run'
    mp2flame evaluate --set test.npz --flame head.pkl         millimetres and degrees
    mp2flame evaluate me.mp4 --flame generic_model.pkl --against bs2exp_folder --redetect 14

    Beside the head that is driven every table shows the scores as they are, a usual linear mapping, the scores minus
    their neutral and a head that stands still. docs/measures.md says what the words mean.
    """
    from ..base.version import __version__
    from ..drive.driver import Driver
    from ..evaluate import (
        Evaluation,
        console_tables,
        evaluate_head,
        evaluate_set,
        load_set,
        look_again,
        write_html,
        write_json,
    )
    from ..flame import load_flame

    clips = (*clips, *more_clips)
    if against_flame and not against:
        raise InputError(
            "--against-flame says which head the mapping of --against belongs to; give --against too."
        )
    if truth and not sets:
        raise InputError("--truth goes with --set.")
    driver = Driver(flame, mapping=mapping)
    others = {}
    if against:
        others["against"] = Driver(str(against_flame) if against_flame else driver.model, mapping=against)
    result = Evaluation(about={"made_by": f"mp2flame {__version__}", "head": driver.model.release})
    if mapping is None:
        result.heads["driven"] = evaluate_head(driver)
    truth_model = load_flame(truth) if truth else None
    for path in sets:
        result.sets["/".join(path.parts[-2:])] = evaluate_set(
            load_set(path), driver, against=others, truth_model=truth_model, every=every
        )
    real = _real(real_takes)
    for number, clip in enumerate(clips):
        if not quiet and len(clips) > 1:
            click.echo(f"{number + 1} of {len(clips)}: {clip}", err=True)
        try:
            take = _take_of(clip, driver, profile, drive_again or mapping is not None, model_path, quiet)
            _add_clip(result, clip, take, driver, others, real, pictures if html_path else 0)
        except (NoFaceError, InputError) as error:
            result.skipped.append(f"{Path(clip).name}: {error}")
    if result.clips:
        result.real = real.figures() if real else {}
        if redetect:
            result.again = look_again(result.clips, redetect, model_path=model_path)
    click.echo(console_tables(result))
    if json_path:
        write_json(result, json_path)
        click.echo(f"wrote {json_path}", err=True)
    if html_path:
        write_html(result, html_path)
        click.echo(f"wrote {html_path}", err=True)
    if clips and not result.clips:
        raise NoFaceError("none of the videos could be used: " + "; ".join(result.skipped))


def _real(paths: tuple[Path, ...]) -> RealFaces | None:
    from ..evaluate import RealFaces
    from ..io.formats.score_csv import read_score_csv

    takes = [read_score_csv(path) for path in paths]
    return RealFaces([take.weights[take.detected] for take in takes]) if takes else None


def _take_of(
    clip: str, driver: Driver, profile: Path | None, again: bool, model_path: str | None, quiet: bool
) -> Take:
    """A take as it is, or what 'mp2flame run' makes of a source."""
    from ..io.sources import open_source
    from ..response.profile import Profile
    from ..take.take import Take
    from .session import record

    with open_source(clip) as source, tempfile.TemporaryDirectory() as folder:
        if source.info.kind == "take" and not again and profile is None:
            take = Take.load(clip)
            if take.arkit_weights.any():
                return take
        target = Path(folder) / "take.npz"
        person = Profile.load(profile) if profile else None
        frames = driver.run(source, profile=person, model_path=model_path)
        record(driver, frames, target, quiet=quiet, meta={"source": Path(clip).name})
        return Take.load(target)


def _add_clip(
    result: Any,
    clip: str,
    take: Take,
    driver: Driver,
    others: dict[str, Driver],
    real: RealFaces | None,
    pictures: int,
) -> None:
    from ..evaluate import evaluate_clip
    from ..evaluate.again import add_pictures

    found = evaluate_clip(Path(clip).name.removesuffix(".npz"), take, driver, against=others, real=real)
    if pictures and take.landmarks is not None:
        add_pictures(found, take.landmarks[take.detected], _pictures_of(clip), pictures)
    result.clips.append(found)


def _pictures_of(clip: str) -> Callable[[int], Any]:
    """Frame number to picture, for growing numbers; None when the source holds no pictures."""
    from ..io.sources import open_source

    frames = iter(open_source(clip))

    def picture(index: int) -> Any:
        return next((item.image for item in frames if item.index >= index), None)

    return picture
