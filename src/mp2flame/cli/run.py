"""``mp2flame run``: a source in; a recording, streams and the viewer out."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import InputError, Mp2FlameError, NoFaceError
from ..base.write import check_target
from .options import (
    camera_option,
    eyelids_option,
    flame_option,
    live_options,
    parse_camera,
    source_options,
    table_options,
)
from .session import (
    PARTIAL,
    Opener,
    check_extras,
    check_take_name,
    default_output,
    note,
    of_person,
    open_outputs,
    record,
    summarise,
)

if TYPE_CHECKING:
    pass


@click.command()
@click.argument("source")
@flame_option
@eyelids_option
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The take to write (.npz). "
    "Default for files: the source's name with .npz, in the current folder; none with --to or --view.",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing take.")
@click.option(
    "--to",
    "outputs",
    multiple=True,
    metavar="URL",
    help="Send every frame there, for example "
    "vmc://127.0.0.1:39539 or ws://127.0.0.1:8765 (docs/streams.md). Several times for several programs.",
)
@click.option("--view", is_flag=True, help="Open the viewer in the browser.")
@click.option(
    "--realtime/--every-frame",
    default=None,
    help="A file at its own speed, late frames dropped; or "
    "every frame as fast as it goes. Default: real time with --view and --to, except --to jsonl:.",
)
@click.option("--loop", is_flag=True, help="Play a file again and again (in real time).")
@click.option(
    "--filter",
    "filter_name",
    type=click.Choice(["off", "light", "steady"]),
    help="Less jitter for a "
    "little lag (docs/filters.md). Default: light in real time (steady with --faces or --mode image), "
    "off for every frame of a file.",
)
@click.option(
    "--profile",
    type=click.Path(path_type=Path),
    help="Your profile, from 'mp2flame calibrate'. The identity in it is shown where it was fitted to this very "
    "FLAME file; the rest fits any head.",
)
@click.option(
    "--neutral",
    type=click.Choice(["auto", "off"]),
    default="auto",
    show_default=True,
    help="Without a profile: auto finds your resting face after a few seconds and uses it.",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="A mapping file or a bs2exp folder to use instead of the built-in response and rig.",
)
@click.option(
    "--num-expression", type=int, help="Use only the first so many expression coefficients (50, say)."
)
@click.option(
    "--no-landmarks", is_flag=True, help="Do not store the 478 landmarks in the take (smaller file)."
)
@click.option("--no-pose", is_flag=True, help="Leave head rotation and position at zero.")
@camera_option
@source_options
@table_options
@live_options
@click.option("--quiet", is_flag=True, help="No progress.")
def run(
    source: str,
    flame: str | None,
    eyelids: str | None,
    output: Path | None,
    overwrite: bool,
    outputs: tuple[str, ...],
    view: bool,
    realtime: bool | None,
    loop: bool,
    filter_name: str | None,
    profile: Path | None,
    neutral: str,
    mapping: Path | None,
    num_expression: int | None,
    no_landmarks: bool,
    no_pose: bool,
    camera: str | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Drive a head from SOURCE: write what it does, send it to other programs, show it.

    SOURCE is a video, an image, a folder of images, a camera (its number, or camera:NAME), a table or JSON of
    face scores (Live Link CSV and others, docs/sources.md), a recorded .npz take, or an address such as rtsp://,
    livelink:// or ifacialmocap://.

    \b
    mp2flame run me.mp4 -o take.npz                      the built-in head
    mp2flame run me.mp4 --flame generic_model.pkl        your FLAME file
    mp2flame run take.npz --flame flame2023.pkl -o other.npz
    mp2flame run 0 --view                                your camera, live
    mp2flame run 0 --to vmc://127.0.0.1:39539 -o take.npz
    """
    from ..drive.driver import Driver

    live = {key: options.pop(key) for key in ("face", "retries", "wait", "seconds", "lost")}
    tracking = {key: options.pop(key) for key in ("mirrored", "num_faces", "mode", "model_path")}
    options["keep_sides"] = options["keep_sides"] or None
    check_take_name(output, source)
    check_extras(source, outputs, view=view)
    opener = Opener(source, options, wait=live["wait"])
    for text in opener.notes:
        note(quiet)(f"note: {text}")
    if realtime is None:
        timed = [url for url in outputs if not url.startswith("jsonl:")]
        realtime = opener.live or view or loop or bool(timed)
    if opener.live and not realtime:
        opener.close()
        raise InputError(f"{source} is live: it cannot be made to wait for --every-frame.")
    target = output
    if target is None and not (outputs or view or loop):
        target = default_output(source)
    if target is not None:
        try:
            check_target(target, overwrite)
        except Mp2FlameError:
            opener.close()
            raise
    person = None
    if profile is not None:
        from ..response.profile import Profile

        person = Profile.load(profile)
        for text in person.check(detector_mode=tracking["mode"]):
            note(quiet)(text)
    driver = Driver(flame, num_expression=num_expression, mapping=mapping, eyelids=eyelids)
    driver = of_person(driver, person)
    shared: dict[str, Any] = {
        **tracking,
        "profile": profile,
        "neutral": neutral,
        "camera": parse_camera(camera),
        "head_pose_from": "off" if no_pose else "auto",
        "lost": live.pop("lost"),
        "face": live.pop("face"),
    }
    if realtime:
        from .run_live import run_live

        # with several faces or in image mode the detector does not smooth
        usual = "steady" if tracking["num_faces"] > 1 or tracking["mode"] == "image" else "light"
        counts = run_live(
            driver, opener, target, outputs, view=view, loop=loop, filter=filter_name or usual,
            with_landmarks=not no_landmarks, overwrite=overwrite, quiet=quiet, **live, **shared,
        )  # fmt: skip
    else:
        with opener() as opened, contextlib.ExitStack() as stack:
            counts = record(
                driver,
                driver.run(opened, filter=filter_name or "off", on_note=note(quiet), **shared),
                target,
                outputs=[stack.enter_context(one) for one in open_outputs(outputs, driver)],
                with_landmarks=not no_landmarks,
                overwrite=overwrite,
                quiet=quiet,
                meta={"source": Path(source).name or source},
            )
    summarise(counts, target, driver, to_stderr=any(url in ("jsonl:", "jsonl:-") for url in outputs))
    if counts["frames"] and not counts["detected"] and not opener.live:
        raise NoFaceError(
            f"no face was found in {source}. Is the face large enough and upright? "
            "'mp2flame doctor' checks the set-up."
        )
    if (counts.get("source_frames") or {}).get("partial"):
        click.get_current_context().exit(PARTIAL)
