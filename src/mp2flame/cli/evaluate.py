"""``mp2flame evaluate``: how good a head, a response or a mapping is, in figures."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import (
    FileFormatError,
    InputError,
    MismatchError,
    MissingFileError,
    NoFaceError,
    SourceError,
)
from ..base.option import argument, option
from ..base.optional import check
from ..base.write import check_target
from .options import command
from .words import FlameFile, Quiet

if TYPE_CHECKING:
    from ..drive.driver import Driver
    from ..evaluate import Evaluation, RealFaces
    from ..take.take import Take


@dataclass(frozen=True, kw_only=True)
class Asked(FlameFile, Quiet):
    """What ``evaluate`` can be told."""

    clips: tuple[str, ...] = argument((), metavar="[VIDEO_TAKE_OR_FOLDER]...", completes="sources")
    more_clips: tuple[str, ...] = option((), "", "Input", "-v", "--videos", hidden=True)
    sets: tuple[Path, ...] = option(
        (),
        "Pictures with known truth (.npz); repeat for more.",
        "Input",
        "--set",
        "--lab",
        metavar="SET",
    )
    truth: Path | None = option(
        None, "The FLAME file that the sets' expression belongs to, if another.", "Input"
    )
    every: int = option(1, "Score every n-th picture of a set.", "Input", least=1)
    real_takes: tuple[Path, ...] = option(
        (),
        "True ARKit weights of real faces (Live Link takes): how far are ours from them? Repeat for more.",
        "Input",
        "--real",
        metavar="CSV",
    )
    profile: Path | None = option(None, "Drive the videos with this profile.", "Person", completes="profiles")
    drive_again: bool = option(
        False, "Drive takes again from what they saw, instead of judging what they hold.", "Method"
    )
    mapping: Path | None = option(None, "Evaluate this mapping instead of the built-in one.", "Estimator")
    against: Path | None = option(None, "Compare with this mapping, a bs2exp folder say.", "Estimator")
    against_flame: Path | None = option(
        None, "The FLAME file of the mapping it is compared with.", "Estimator"
    )
    redetect: int = option(
        0,
        "Draw so many frames of each video and look at them with the detector again (14, say).",
        "Method",
        metavar="FRAMES",
        least=0,
    )
    pictures: int = option(4, "Pictures per video in --html.", "Output", least=0)
    json: Path | None = option(None, "Write the figures as JSON.", "Output")
    html: Path | None = option(None, "Write a report page.", "Output")
    model_path: str | None = option(
        None, "", "Faces", "--face-model", envvar="MP2FLAME_FACE_LANDMARKER", hidden=True
    )


@command(Asked)
def evaluate(asked: Asked) -> None:
    """Measure how well a head follows a face: on videos, on sets with known truth (--set), lids and lips always.

    \b
    mp2flame evaluate me.mp4 other.mp4 --html report.html     does the head do what the face does?
    mp2flame evaluate take.npz                                the same of a take of 'mp2flame run'
    mp2flame evaluate takes/                                  of every take and video in a folder
    mp2flame evaluate --set test.npz --flame head.pkl         millimetres and degrees
    mp2flame evaluate me.mp4 --flame generic_model.pkl --against bs2exp_folder --redetect 14

    Beside the head that is driven every table of its motion shows the scores as they are, a usual linear mapping, the
    scores minus their neutral and a head that stands still. docs/measures.md says what the words mean.
    """
    from ..base.version import __version__
    from ..drive.driver import Driver
    from ..evaluate import (
        Evaluation,
        console_tables,
        evaluate_head,
        evaluate_set,
        load_set,
        write_html,
        write_json,
    )
    from ..flame import load_flame
    from ..io.sources import modules_for

    clips = _sources((*asked.clips, *asked.more_clips))
    for target in (asked.json, asked.html):
        if target:
            check_target(target, overwrite=True)
    if asked.against_flame and not asked.against:
        raise InputError(
            "--against-flame says which head the mapping of --against belongs to; give --against too."
        )
    if asked.truth and not asked.sets:
        raise InputError("--truth goes with --set.")
    wanted = [name for clip in clips for name in modules_for(clip)]
    check(*dict.fromkeys(wanted + (["mediapipe"] if asked.redetect else [])), purpose="evaluating these")
    sets, real = {"/".join(path.parts[-2:]): load_set(path) for path in asked.sets}, _real(asked.real_takes)
    driver = Driver(asked.flame, mapping=asked.mapping)
    others = {}
    if asked.against:
        head = str(asked.against_flame) if asked.against_flame else driver.model
        others["against"] = Driver(head, mapping=asked.against)
    result = Evaluation(about={"made_by": f"mp2flame {__version__}", "head": driver.model.release})
    if asked.mapping is None:
        result.heads["driven"] = evaluate_head(driver)
    truth = load_flame(asked.truth) if asked.truth else None
    for name, data in sets.items():
        result.sets[name] = evaluate_set(data, driver, against=others, truth_model=truth, every=asked.every)
    _clips(asked, clips, result, driver, others, real)
    click.echo(console_tables(result))
    for target, write in ((asked.json, write_json), (asked.html, write_html)):
        if target:
            write(result, target)
            click.echo(f"wrote {target}", err=True)
    if clips and not result.clips:
        raise NoFaceError("none of these could be judged: " + " ".join(result.skipped))


def _sources(named: tuple[str, ...]) -> tuple[str, ...]:
    """What to judge, a folder of takes and videos as these; before anything is driven.

    Raises:
        MissingFileError: no such file.
        InputError: a folder without pictures, takes and videos.
    """
    from ..io.sources import VIDEO_SUFFIXES
    from ..io.sources.images import has_pictures, natural_key

    found: list[str] = []
    for name in named:
        folder = Path(name)
        if not folder.is_dir() or has_pictures(folder):
            if not (folder.exists() or "://" in name or name.isdigit() or name.startswith("camera:")):
                raise MissingFileError(
                    f"there is no file or folder {name}; nothing was driven. Give videos, takes or folders of these."
                )
            found.append(name)
            continue
        kept = [
            str(path)
            for path in sorted(folder.iterdir(), key=lambda path: natural_key(path.name))
            if path.suffix.lower() in {".npz", *VIDEO_SUFFIXES} and not path.name.startswith(".")
        ]
        if not kept:
            raise InputError(f"the folder {name} has no takes (.npz), videos or pictures to judge.")
        found += kept
    return tuple(found)


def _clips(
    asked: Asked,
    clips: tuple[str, ...],
    result: Evaluation,
    driver: Driver,
    others: dict[str, Driver],
    real: RealFaces | None,
) -> None:
    """Judge every video; one that cannot be used is listed and stops nothing."""
    from ..evaluate import look_again

    for number, clip in enumerate(clips):
        if not asked.quiet and len(clips) > 1:
            click.echo(f"{number + 1} of {len(clips)}: {clip}", err=True)
        try:
            take = _take_of(clip, driver, asked)
            _add_clip(result, clip, take, driver, others, real, asked.pictures if asked.html else 0)
        except (NoFaceError, InputError, FileFormatError, MismatchError, SourceError) as error:
            result.skipped.append(
                str(error) if Path(clip).name in str(error) else f"{Path(clip).name}: {error}"
            )
    if result.clips:
        result.real = real.figures() if real else {}
        if asked.redetect:
            result.again = look_again(result.clips, asked.redetect, model_path=asked.model_path)


def _real(paths: tuple[Path, ...]) -> RealFaces | None:
    from ..evaluate import RealFaces
    from ..io.formats.score_csv import read_score_csv

    takes = [read_score_csv(path) for path in paths]
    return RealFaces([take.weights[take.detected] for take in takes]) if takes else None


def _take_of(clip: str, driver: Driver, asked: Asked) -> Take:
    """A take as it is, or what 'mp2flame run' makes of a source."""
    from ..io.sources import open_source
    from ..response.profile import Profile
    from ..take.take import Take
    from .session import record

    with open_source(clip) as source, tempfile.TemporaryDirectory() as folder:
        again = asked.drive_again or asked.mapping is not None
        if source.info.kind == "take" and not again and asked.profile is None:
            take = Take.load(clip)
            if take.arkit_weights.any():
                return take
        target = Path(folder) / "take.npz"
        person = Profile.load(asked.profile) if asked.profile else None
        frames = driver.run(source, profile=person, model_path=asked.model_path)
        record(driver, frames, target, quiet=asked.quiet, meta={"source": Path(clip).name})
        return Take.load(target)


def _add_clip(
    result: Evaluation,
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
