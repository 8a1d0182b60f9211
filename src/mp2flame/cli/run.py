"""``mp2flame run``: a source in; a recording, streams and the viewer out."""

from __future__ import annotations

import contextlib
import itertools
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import InputError, NoFaceError, SourceError
from .options import camera_option, eyelids_option, flame_option, live_options, parse_camera, source_options

if TYPE_CHECKING:
    from ..base.values import Frame
    from ..drive.driver import Driver
    from ..io.sources import Source
    from ..io.streams import Output
    from ..person.profile import Profile


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

    SOURCE is a video, an image, a folder of images, a camera (its number, or camera:NAME), a Live Link CSV,
    an ARKit JSON, a recorded .npz take, or an address such as rtsp://, livelink:// or ifacialmocap://.

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
    opener = Opener(source, options, wait=live["wait"])
    if realtime is None:
        timed = [url for url in outputs if not url.startswith("jsonl:")]
        realtime = opener.live or view or loop or bool(timed)
    if opener.live and not realtime:
        opener.close()
        raise InputError(f"{source} is live: it cannot be made to wait for --every-frame.")
    target = output
    if target is None and not (outputs or view or loop):
        target = default_output(source)
    if target is not None and target.exists() and not overwrite:
        opener.close()
        raise InputError(f"{target} exists. Choose another name with -o, or say --overwrite.")
    person = None
    if profile is not None:
        from ..person.profile import Profile

        person = Profile.load(profile)
        for text in person.check(detector_mode=tracking["mode"]):
            _note(quiet)(text)
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
                driver.run(opened, filter=filter_name or "off", on_note=_note(quiet), **shared),
                target,
                source=source,
                total=opened.info.num_frames,
                outputs=[stack.enter_context(one) for one in open_outputs(outputs, driver)],
                with_landmarks=not no_landmarks,
                overwrite=overwrite,
                quiet=quiet,
                meta={"detector_mode": tracking["mode"], "mirrored": tracking["mirrored"]},
            )
    summarise(counts, target, driver, to_stderr=any(url in ("jsonl:", "jsonl:-") for url in outputs))
    if counts["frames"] and not counts["detected"] and not opener.live:
        raise NoFaceError(
            f"no face was found in {source}. Is the face large enough and upright? "
            "'mp2flame doctor' checks the set-up."
        )


def of_person(driver: Driver, person: Profile | None) -> Driver:
    """The head with the identity of a profile, where that was fitted to this FLAME file."""
    from ..drive.driver import Driver

    betas = None if person is None else person.betas_for(driver.model)
    if betas is None:
        return driver
    return Driver(driver.model, mapping=driver.mapping, eyelids=driver.eyelids, betas=betas)


def _note(quiet: bool) -> Callable[[str], None]:
    """Something that a person should know, on stderr."""
    return lambda text: (
        None if quiet else click.echo(("\r\033[K" if sys.stderr.isatty() else "") + text, err=True)
    )


class Opener:
    """Opens the source once to see what it is, and hands that one out first.

    Args:
        wait: a live source that is not there yet is no error.
    """

    def __init__(self, spec: str, options: dict[str, Any], *, wait: bool = False) -> None:
        self.spec = spec
        self._options = options
        self._first: Source | None = None
        try:
            self._first = self._open()
            self.live = self._first.info.live
        except SourceError:
            if not wait:
                raise
            self.live = True

    def __call__(self) -> Source:
        first, self._first = self._first, None
        return first or self._open()

    def close(self) -> None:
        if self._first is not None:
            self._first.close()

    def _open(self) -> Source:
        from ..io.sources import open_source

        return open_source(self.spec, **self._options)


def open_outputs(urls: Sequence[str], driver: Driver) -> Iterator[Output]:
    """Outputs by URL for this head."""
    from ..io.streams import StreamContext, open_output

    for url in urls:
        yield open_output(url, context=StreamContext.of(driver))


def default_output(source: str) -> Path | None:
    """The take's name when none is given; None for cameras and streams."""
    path = Path(source)
    if path.is_dir():
        return Path(path.resolve().name + ".npz")
    if path.is_file():
        name = path.stem + ".npz"
        return (
            Path(name)
            if not Path(name).exists() or Path(name).resolve() != path.resolve()
            else Path(path.stem + "_flame.npz")
        )
    return None


def record(
    driver: Driver,
    frames: Iterator[Frame],
    target: Path | None,
    *,
    source: str,
    total: int | None,
    outputs: Sequence[Output] = (),
    with_landmarks: bool = True,
    overwrite: bool = False,
    quiet: bool = False,
    meta: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Run to the end, or to Ctrl-C, and keep everything; returns what was counted."""
    from ..take.writer import RecordingWriter

    started = time.perf_counter()
    counts: dict[str, Any] = {"frames": 0, "detected": 0, "interrupted": False}
    progress = Progress(total, quiet=quiet)
    writer: Any = contextlib.nullcontext()
    first = next(frames, None)  # what cannot start leaves no empty take behind
    if target is not None:
        writer = RecordingWriter(
            target,
            meta={"source": Path(source).name or source, **driver.take_meta(), **(meta or {})},
            num_expression=driver.num_expression,
            with_landmarks=with_landmarks,
            overwrite=overwrite,
        )
    with writer as opened, interruptible() as stop:
        for frame in frames if first is None else itertools.chain([first], frames):
            counts["frames"] += 1
            counts["detected"] += bool(frame.detected)
            if opened is not None:
                opened.append(frame)
            for output in outputs:
                output.send(frame)
            progress.step(counts["frames"], counts["detected"])
            if stop:
                counts["interrupted"] = True
                break
    progress.close()
    counts["seconds"] = time.perf_counter() - started
    return counts


def summarise(
    counts: dict[str, Any], target: Path | None, driver: Driver, *, to_stderr: bool = False
) -> None:
    """What was done, on stdout unless that carries the frames."""
    frames, seconds = counts["frames"], max(counts["seconds"], 1e-9)
    click.echo(
        f"{frames} frames, a face in {counts['detected']}, {frames / seconds:.0f} frames per second"
        + (", stopped early" if counts["interrupted"] else "")
        + (f", {counts['dropped']} dropped" if counts.get("dropped") else "")
        + f"; head: {driver.model.release}",
        err=to_stderr,
    )
    if target is not None:
        click.echo(f"wrote {target}    next: mp2flame render {target}", err=to_stderr)


@contextlib.contextmanager
def interruptible() -> Iterator[list[int]]:
    """Collects SIGINT and SIGTERM in a list instead of dying, so that the take is complete."""
    received: list[int] = []

    def handler(number: int, _: Any) -> None:
        if received and number == signal.SIGINT:  # the second Ctrl-C means it
            raise KeyboardInterrupt
        received.append(number)

    try:
        previous = {s: signal.signal(s, handler) for s in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not in the main thread: somebody else looks after signals
        yield received
        return
    try:
        yield received
    finally:
        for number, old in previous.items():
            signal.signal(number, old)


class Progress:
    """One line on stderr, four times a second, only when somebody may be looking."""

    def __init__(self, total: int | None, *, quiet: bool = False, label: str = "frame") -> None:
        self._total, self._label = total, label
        self._quiet = quiet
        self._tty = sys.stderr.isatty()
        self._started = time.perf_counter()
        self._last = 0.0
        self._open = False

    def step(self, done: int, detected: int | None = None) -> None:
        now = time.perf_counter()
        if self._quiet or now - self._last < (0.25 if self._tty else 5.0):
            return
        self._last = now
        rate = done / max(now - self._started, 1e-9)
        text = f"{self._label} {done}"
        if self._total:
            left = max(self._total - done, 0) / max(rate, 1e-9)
            text += f" of {self._total} ({100 * done // self._total} %, {left:.0f} s left)"
        if detected is not None:
            text += f", face in {detected}"
        text += f", {rate:.0f} per second"
        click.echo(("\r" if self._tty else "") + text + ("\033[K" if self._tty else "\n"), err=True, nl=False)
        self._open = self._tty

    def close(self) -> None:
        if self._open:
            click.echo("\r\033[K", err=True, nl=False)
