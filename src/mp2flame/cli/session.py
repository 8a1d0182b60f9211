"""What the commands that drive a head share: the source, signals, progress, the take, the last lines."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import FileFormatError, InputError, SourceError
from ..base.optional import check
from ..base.write import check_target
from .endings import TAKES, elsewhere
from .next_step import spoken
from .progress import Progress, counted, interruptible

if TYPE_CHECKING:
    from ..base.values import Frame
    from ..drive.driver import Driver, Run
    from ..io.sources import Source
    from ..io.streams import Output
    from ..take.take import Take
    from .words import Head


PARTIAL = 8  # exit status: written, and frames of the source are broken or missing


def note(quiet: bool) -> Callable[[str], None]:
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
        self.is_video = False
        self.notes: list[str] = []
        try:
            self._first = self._open()
            self.live = self._first.info.live
            self.is_video = self._first.info.kind == "video" and Path(spec).is_file()
            self.notes = list(self._first.stats.notes)
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


def check_extras(source: str | None, outputs: Sequence[str] = (), *, view: bool = False) -> None:
    """Everything that a run needs and this machine lacks, in one message before anything starts.

    Raises:
        MissingDependencyError: names all of it and the one command that installs it.
    """
    from ..io.schemes import module_for
    from ..io.sources import modules_for

    wanted = [
        *([] if source is None else modules_for(source)),
        *filter(None, map(module_for, outputs)),
        *(["websockets", "PIL"] if view else []),
    ]
    check(*dict.fromkeys(wanted), purpose=f"driving a head from {source}" if source else "this")


def load_motion(path: Path, quiet: bool = False) -> Take:
    """A take of ours, also an unfinished one, or of any format that is read."""
    from ..io.formats import detect_format, read_motion
    from ..take.take import Take

    try:
        ours = detect_format(path) == "recording"
    except FileFormatError:
        ours = path.suffix == ".npz"
    if ours:
        return Take.load(path)
    motion = read_motion(path)
    for text in motion.traps:
        note(quiet)(f"note: {text}")
    return motion.whole()


def check_targets(targets: Sequence[Path | None], inputs: Sequence[Path | None], overwrite: bool) -> None:
    """Refuse to write over an input, or over any file without ``--overwrite``, before any work is done."""
    given = [target for target in targets if target is not None]
    if len({os.path.realpath(target) for target in given}) < len(given):
        raise InputError("-o and --sheet name the same file.")
    for target in given:
        for source in inputs:
            if source is not None and os.path.realpath(target) == os.path.realpath(source):
                raise InputError(f"{target} is an input; choose another name with -o.")
        check_target(target, overwrite)


def check_take_name(output: Path | None, source: str, head: Head) -> None:
    """Refuse to write a take under a name that promises something else.

    Raises:
        InputError: with the command that makes it.
    """
    suffix = "" if output is None else output.suffix.lower()
    if output is None or suffix == ".npz":
        return
    take = output.with_suffix(".npz")
    way = elsewhere(output, take, *head.words)
    if suffix in TAKES:
        way = f"'{spoken('convert', take, '-o', output)}'"
    if way:
        first = spoken("run", source, "-o", take, *head.words)
        raise InputError(f"run writes a take (.npz): '{first}'; {output.name} is made of that by {way}.")


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
    if not path.is_file():
        return None
    name = Path(path.stem + ".npz")
    # the same file also under a name that differs by case, where the system makes no difference
    return Path(path.stem + "_flame.npz") if name.exists() and name.samefile(path) else name


def record(
    driver: Driver,
    frames: Run,
    target: Path | None,
    *,
    outputs: Sequence[Output] = (),
    with_landmarks: bool = True,
    overwrite: bool = False,
    quiet: bool = False,
    meta: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Run to the end, or to Ctrl-C, and keep everything; returns what was counted."""
    from ..drive.record import write
    from ..take.journal import unfinished

    started = time.perf_counter()
    counts: dict[str, Any] = {"frames": 0, "detected": 0, "interrupted": False}
    rows: list[Any] = []
    progress = Progress(frames.info.num_frames, quiet=quiet)
    with interruptible(frames.stop, lambda: frames.seen > 0) as stop:

        def count(frame: Frame) -> None:
            counts["frames"] += 1
            counts["detected"] += bool(frame.detected)
            if frame.detected and frame.quality is not None:
                rows.append(frame.quality)
            progress.step(counts["frames"], counts["detected"])
            counts["interrupted"] = bool(stop)

        if target is None:
            for frame in frames:
                for output in outputs:
                    output.send(frame)
                count(frame)
        else:
            stood = target.exists()
            write(
                frames, target, num_expression=driver.num_expression, overwrite=overwrite,
                with_landmarks=with_landmarks, outputs=outputs, on_frame=count, meta=meta,
            )  # fmt: skip
            counts["undriven"] = frames.undriven
            if stop and (stood or frames.undriven):  # a whole take is not replaced by a part of another
                counts["kept"] = next(reversed(unfinished(target)), None)
    progress.close()
    counts["quality"] = quality_of(rows)
    counts["seconds"] = time.perf_counter() - started
    counts["neutral"] = frames.meta.get("neutral")
    counts["source_frames"] = frames.meta.get("source_frames", {})
    return counts


def quality_of(rows: Sequence[Any]) -> dict[str, Any]:
    """The summary of the quality of frames with a face."""
    import numpy as np

    from ..observe.quality import summarise as summary

    return summary(np.stack(rows), np.ones(len(rows), bool)) if rows else {}


def quality_line(summary: dict[str, Any]) -> str:
    """One line, each figure once; ``''`` when nothing is known.

    ``face 212 px wide, turned 12°, brightness 0.45, contrast 0.20: well seen``, or the advice with the figures that it
    does not say itself: ``face 62 px wide: come closer; 150 are enough (turned 12°, ...)``.
    """
    parts = []
    if "face_px" in summary:
        parts.append(f"{summary['face_px']:.0f} px wide")
    if "turn_deg" in summary:
        parts.append(f"turned {summary['turn_deg']:.0f}°")
    if "brightness" in summary:
        parts.append(f"brightness {summary['brightness']:.2f}, contrast {summary['contrast']:.2f}")
    if not parts:
        return ""
    advice = str(summary.get("advice") or "")
    if not advice:
        return f"face {', '.join(parts)}: well seen"
    others = ", ".join(
        part for part in parts if part not in advice and not (part[:6] == "bright" and "of white" in advice)
    )
    return f"{advice} ({others})" if others else advice


def summarise(
    counts: dict[str, Any], target: Path | None, driver: Driver, *, to_stderr: bool = False
) -> None:
    """What was done, on stdout unless that carries the frames."""
    frames, seconds = counts["frames"], max(counts["seconds"], 1e-9)
    click.echo(
        f"{counted(frames, 'frame')}, a face in {counts['detected']}, in {seconds:.1f} s ({frames / seconds:.3g} a second)"
        + (", stopped early" if counts["interrupted"] else "")
        + (f", {counts['dropped']} dropped" if counts.get("dropped") else "")
        + f"; head: {driver.model.release}",
        err=to_stderr,
    )
    source = counts.get("source_frames") or {}
    if source.get("broken") or source.get("missing"):
        lost = " and ".join(f"{source[k]} are {k}" for k in ("broken", "missing") if source.get(k))
        click.echo(
            f"{'partial' if source['partial'] else 'source'}: of {source['expected']} frames that the file should "
            f"have, {lost}",
            err=to_stderr,
        )
    if line := quality_line(counts.get("quality") or {}):
        click.echo(line, err=to_stderr)
    rest = counts.get("neutral")
    if rest:
        text = f"{100 * rest['sure']:.0f} % sure, from {counted(round(rest['frames']), 'frame')}"
        if counts.get("told"):
            text = f"the profile's, {100 * rest['sure']:.0f} % sure"
        elif rest["frames"] <= 1:
            text = "not known from one picture; that of people on average was taken ('mp2flame calibrate' learns yours)"
        click.echo(f"resting face: {text}", err=to_stderr)
    if counts.get("kept"):
        text = f"the frames so far are in {counts['kept']}, readable as a take"
        if counts.get("undriven"):
            text += f"; {counts['undriven']} more were seen: 'mp2flame run {counts['kept']} -o other.npz' drives them"
        elif target is not None and target.exists():
            text = f"{target} stays as it was; {text}"
        click.echo(text, err=to_stderr)
