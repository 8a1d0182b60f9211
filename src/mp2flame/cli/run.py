"""``mp2flame run``: a source in, a recording out."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError, NoFaceError
from .options import camera_option, flame_option, parse_camera, source_options

if TYPE_CHECKING:
    from ..driver import Driver
    from ..types import Frame


@click.command()
@click.argument("source")
@flame_option
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The take to write (.npz). "
              "Default for files: the source's name with .npz, in the current folder.")
@click.option("--overwrite", is_flag=True, help="Replace an existing take.")
@click.option("--profile", type=click.Path(path_type=Path), help="Your profile, from 'mp2flame calibrate'.")
@click.option("--mapping", type=click.Path(path_type=Path), help="A mapping file or a bs2exp folder to use "
              "instead of the built-in response and rig.")
@click.option("--num-expression", type=int, help="Use only the first so many expression coefficients (50, say).")
@click.option("--no-landmarks", is_flag=True, help="Do not store the 478 landmarks in the take (smaller file).")
@click.option("--no-pose", is_flag=True, help="Leave head rotation and position at zero.")
@camera_option
@source_options
@click.option("--quiet", is_flag=True, help="No progress.")
def run(
    source: str,
    flame: str | None,
    output: Path | None,
    overwrite: bool,
    profile: Path | None,
    mapping: Path | None,
    num_expression: int | None,
    no_landmarks: bool,
    no_pose: bool,
    camera: str | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Drive a head from SOURCE and write what it does.

    SOURCE is a video, an image, a folder of images, a camera number, a Live Link CSV, an ARKit JSON, a
    recorded .npz take, or an address such as rtsp://, livelink:// or ifacialmocap://.

    \b
    mp2flame run me.mp4 -o take.npz                      the built-in head
    mp2flame run me.mp4 --flame generic_model.pkl        your FLAME file
    mp2flame run take.npz --flame flame2023.pkl -o other.npz
    """
    from ..driver import Driver
    from ..sources import open_source

    target = output or default_output(source)
    if target is not None and target.exists() and not overwrite:
        raise InputError(f"{target} exists. Choose another name with -o, or say --overwrite.")
    tracking = {key: options.pop(key) for key in ("mirrored", "num_faces", "mode", "model_path")}
    driver = Driver(flame, num_expression=num_expression, mapping=mapping)
    with open_source(source, **options) as opened:
        frames = driver.run(
            opened,
            profile=profile,
            head_pose_from="off" if no_pose else "auto",
            camera=parse_camera(camera),
            **tracking,
        )
        counts = record(
            driver,
            frames,
            target,
            source=source,
            total=opened.info.num_frames,
            with_landmarks=not no_landmarks,
            overwrite=overwrite,
            quiet=quiet,
            meta={"detector_mode": tracking["mode"], "mirrored": tracking["mirrored"]},
        )
    summarise(counts, target, driver)
    if counts["frames"] and not counts["detected"]:
        raise NoFaceError(
            f"no face was found in {source}. Is the face large enough and upright? 'mp2flame doctor' checks the set-up."
        )


def default_output(source: str) -> Path | None:
    """The take's name when none is given; None for cameras and streams."""
    path = Path(source)
    if path.is_dir():
        return Path(path.resolve().name + ".npz")
    if path.is_file():
        name = path.stem + ".npz"
        return Path(name) if not Path(name).exists() or Path(name).resolve() != path.resolve() else Path(
            path.stem + "_flame.npz"
        )
    return None


def record(
    driver: Driver,
    frames: Iterator[Frame],
    target: Path | None,
    *,
    source: str,
    total: int | None,
    with_landmarks: bool = True,
    overwrite: bool = False,
    quiet: bool = False,
    meta: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Run to the end, or to Ctrl-C, and keep everything; returns what was counted."""
    from ..recording import RecordingWriter

    started = time.perf_counter()
    counts: dict[str, Any] = {"frames": 0, "detected": 0, "interrupted": False}
    progress = Progress(total, quiet=quiet)
    writer: Any = contextlib.nullcontext()
    if target is not None:
        writer = RecordingWriter(
            target,
            meta={"source": Path(source).name or source, "flame": driver.describe(), **(meta or {})},
            num_expression=driver.num_expression,
            with_landmarks=with_landmarks,
            overwrite=overwrite,
        )
    with writer as opened, interruptible() as stop:
        for frame in frames:
            counts["frames"] += 1
            counts["detected"] += bool(frame.detected)
            if opened is not None:
                opened.append(frame)
            progress.step(counts["frames"], counts["detected"])
            if stop:
                counts["interrupted"] = True
                break
    progress.close()
    counts["seconds"] = time.perf_counter() - started
    return counts


def summarise(counts: dict[str, Any], target: Path | None, driver: Driver) -> None:
    """What was done, on stdout."""
    frames, seconds = counts["frames"], max(counts["seconds"], 1e-9)
    click.echo(
        f"{frames} frames, a face in {counts['detected']}, {frames / seconds:.0f} frames per second"
        + (", stopped early" if counts["interrupted"] else "")
        + f"; head: {driver.model.release}"
    )
    if target is not None:
        click.echo(f"wrote {target}    next: mp2flame render {target}")


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
