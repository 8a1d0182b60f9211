"""``mp2flame run``: a source in; a recording, streams and the viewer out."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import InputError, Mp2FlameError, NoFaceError, SourceError
from ..base.option import argument, option
from ..base.processes import INTERRUPTED
from ..base.write import check_target
from ..drive.options import LiveOptions, RunOptions
from ..io.options import SourceOptions
from ..io.schemes import INPUT_SCHEMES
from .next_step import free, suggest
from .options import command
from .progress import Status, interruptible
from .session import (
    PARTIAL,
    Opener,
    check_extras,
    check_take_name,
    default_output,
    note,
    open_outputs,
    quality_of,
    record,
    summarise,
)
from .words import DrivenHead, Page, Quiet, written

if TYPE_CHECKING:
    from ..drive.driver import Driver
    from ..drive.live import LivePipeline


@dataclass(frozen=True, kw_only=True)
class Asked(Quiet):
    """What only ``run`` has."""

    source: str = argument(completes="sources")
    output: Path | None = written(
        "The take to write (.npz). Default for files: the source's name with .npz, in the current folder; none with "
        "--to or --view.",
        None,
        completes="takes",
    )
    outputs: tuple[str, ...] = option(
        (),
        "Send every frame there, for example vmc://127.0.0.1:39539 or ws://127.0.0.1:8765 (docs/streams.md). Several "
        "times for several programs.",
        "Output",
        "--to",
        metavar="URL",
        completes="streams",
    )
    view: bool = option(False, "Open the viewer in the browser.", "Page")
    seconds: float | None = option(None, "Stop after so many seconds (real time).", "Live", above=0)


@command(Asked, DrivenHead, SourceOptions, LiveOptions, Page)
def run(asked: Asked, head: DrivenHead, reading: SourceOptions, options: LiveOptions, page: Page) -> None:
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
    source, outputs, quiet = asked.source, asked.outputs, asked.quiet
    check_take_name(asked.output, source, head)
    check_extras(source, outputs, view=asked.view)
    opener = Opener(source, vars(reading), wait=options.wait)
    for text in opener.notes:
        note(quiet)(f"note: {text}")
    realtime = _realtime(asked, options, opener)
    target, stood = _target(asked, options, opener)
    if options.person is not None:
        for text in options.person.check(detector_mode=options.mode):
            note(quiet)(text)
    driver = head.driver(options.person)
    if realtime:
        counts = _live(driver, opener, target, asked, replace(options, realtime=True), page)
    else:
        counts = _as_it_comes(driver, opener, target, asked, options)
    network = source.partition("://")[0].lower() in INPUT_SCHEMES
    if realtime and not (counts["frames"] and counts["captured"] and (counts["detected"] or not network)):
        _nothing_came(source, target if not stood else None, counts)
    counts["told"] = options.person is not None
    silent = any(url in ("jsonl:", "jsonl:-") for url in outputs)
    summarise(counts, target, driver, to_stderr=silent)
    if counts["frames"] and not counts["detected"] and not opener.live:
        if target is not None and not stood:
            target.unlink(missing_ok=True)
        raise NoFaceError(
            f"no face was found in {source}, nothing was written. Is the face large enough and upright? "
            "'mp2flame doctor' checks the set-up."
        )
    if target is not None and target.exists() and not counts.get("kept"):
        click.echo(f"wrote {target}", err=silent)
        shown = Path(target.stem + "_head.mp4")
        clash = ["-o", free(shown)] if shown.exists() else []
        beside = ["--beside", source] if opener.is_video else []
        suggest("render", target, *beside, *clash, *head.words, err=silent)
    if counts.get("kept"):  # the take that was asked for is not there, or another than was asked for
        click.get_current_context().exit(INTERRUPTED)
    if (counts.get("source_frames") or {}).get("partial"):
        click.get_current_context().exit(PARTIAL)


def _nothing_came(source: str, target: Path | None, counts: dict[str, Any]) -> None:
    """End a run by the clock in which no frame ever arrived, or none with a face; a take of it is not kept.

    Raises:
        SourceError: unless it was interrupted.
    """
    if target is not None:
        target.unlink(missing_ok=True)
    if counts["interrupted"]:
        click.echo("Interrupted before anything came; nothing was written.", err=True)
        click.get_current_context().exit(INTERRUPTED)
    why = (
        counts["trouble"].rstrip(".")
        or "is its sender switched on, and told this machine's address and this port"
    )
    end = "" if counts["trouble"] else "? A firewall may keep it away"
    raise SourceError(
        f"no face came from {source} in {counts['seconds']:.0f} s, and nothing was written: {why}{end}."
    )


def _target(asked: Asked, options: LiveOptions, opener: Opener) -> tuple[Path | None, bool]:
    """The take to write, if one is, and whether it stood there before; the source is closed where that may not be."""
    target = asked.output
    if target is None and not (asked.outputs or asked.view or options.loop):
        target = default_output(asked.source)
    if target is None:
        return None, False
    stood = os.path.exists(target)
    try:
        check_target(target, options.overwrite)
    except Mp2FlameError:
        opener.close()
        raise
    return target, stood


def _as_it_comes(
    driver: Driver, opener: Opener, target: Path | None, asked: Asked, options: LiveOptions
) -> dict[str, Any]:
    """Every frame of the source, as fast as it goes; the counts of ``record``."""
    files = {name: vars(options)[name] for name in RunOptions.__dataclass_fields__}
    with opener() as opened, contextlib.ExitStack() as stack:
        return record(
            driver,
            driver.run(opened, **files),
            target,
            outputs=[stack.enter_context(one) for one in open_outputs(asked.outputs, driver)],
            with_landmarks=options.with_landmarks,
            overwrite=options.overwrite,
            quiet=asked.quiet,
            meta={"source": Path(asked.source).name or asked.source},
        )


def _realtime(asked: Asked, options: LiveOptions, opener: Opener) -> bool:
    """Whether the clock rules: as asked, else where somebody looks on.

    Raises:
        InputError: a live source cannot be made to wait.
    """
    given = click.get_current_context().params["realtime"]
    timed = [url for url in asked.outputs if not url.startswith("jsonl:")]
    realtime = opener.live or asked.view or options.loop or bool(timed) if given is None else bool(given)
    if opener.live and not realtime:
        opener.close()
        raise InputError(f"{asked.source} is live: it cannot be made to wait for --every-frame.")
    return realtime


def _live(
    driver: Driver, source: Opener, target: Path | None, asked: Asked, options: LiveOptions, page: Page
) -> dict[str, Any]:
    """Until the source ends, so many seconds have passed, or Ctrl-C or SIGTERM; returns what was counted."""
    import time

    from ..drive.live.pipeline import LivePipeline, source_text

    status = Status(quiet=asked.quiet)
    pipeline = LivePipeline(
        driver, source, asked.outputs, target, name=source_text(source.spec), on_event=status.event,
        **vars(options),
    )  # fmt: skip
    with interruptible() as stop, contextlib.ExitStack() as stack:
        stack.enter_context(pipeline)
        rows: deque[Any] = deque(maxlen=100_000)
        pipeline.subscribe(lambda live: rows.append(live.frame.quality) if live.frame.detected else None)
        started = time.monotonic()
        status.event(_opening(pipeline))
        if asked.view:
            from ..show.page import serve

            server = stack.enter_context(serve(pipeline, mirrored=options.mirrored, **vars(page)))
            status.event(f"viewer: {server.url}")
        while not stop and not pipeline.wait(0.1):
            status.step(pipeline)
            if asked.seconds is not None and time.monotonic() - started >= asked.seconds:
                break
    status.close()
    stats = pipeline.stats
    return {
        "frames": stats.frames,
        "captured": stats.captured,
        "trouble": stats.last_error,
        "detected": stats.detected,
        "dropped": stats.dropped + stats.late,
        "seconds": time.monotonic() - started,
        "interrupted": bool(stop),
        "quality": quality_of([row for row in rows if row is not None]),
    }


def _opening(pipeline: LivePipeline) -> str:
    info = pipeline.info
    parts = ["the source is not there yet" if info is None else info.description]
    for output in pipeline.outputs:
        address = output.url.partition("?")[0]  # behind it there may be a token
        if address.endswith(":0"):
            address = f"{address.removesuffix(':0')}:{getattr(output, 'port', 0)}"
        parts.append(f"sending to {address}")
    if pipeline.recording is not None:
        parts.append(f"recording {pipeline.recording}")
    return "; ".join(parts) + ". Ctrl-C ends it."
