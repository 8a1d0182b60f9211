"""The ``mp2flame`` command: a table of commands, each imported only when it is called.

``mp2flame --help`` must answer at once, so the short help texts live here and nothing heavy is imported.
Exit codes: 0 done, 70 a defect of ours, 2 bad input or usage, 3 bad file, 4 something is missing on this
machine, 5 the source failed, 6 no face found, 7 the result could not be written, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

# One BLAS thread: two are 19 to 28 times slower on a busy machine (bench/bench_forward.py). This must be
# said before NumPy is imported; a value that the user has set stays.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import click

from ..base.errors import Mp2FlameError
from ..base.processes import INTERRUPTED, interruptions
from ..base.version import __version__


def of_system(error: OSError | MemoryError) -> tuple[int, str]:
    """Exit code and sentence for what the system refused and no door of ours foresaw."""
    if isinstance(error, MemoryError):
        return 4, "this needs more memory than the machine has; close other programs, or use a smaller input."
    name = str(error.filename or "")
    shown = name if len(name) <= 80 else f"{name[:40]}...{name[-20:]}"
    said = f"{shown or 'the system'}: {error.strerror or error}."
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return 7, f"{said} Free some space, or choose a folder that may be written."
    return 4, f"{said} Choose another file, or look at its rights."


DEFECT = 70  # EX_SOFTWARE of sysexits.h

TASKS: dict[str, dict[str, tuple[str, str]]] = {
    "Start": {
        "demo": ("demo", "Show what it does: a bundled take on the built-in head, nothing to download."),
        "doctor": ("doctor", "Check this machine: what is missing, and the command that fixes it."),
        "docs": ("docs", "Open the documentation in the browser: pages, search, no network."),
    },
    "Drive a head": {
        "run": ("run", "Drive a head from a camera, video, image, folder or recorded take."),
        "view": ("view", "Open the head in a browser page: sliders, a take or a source."),
        "calibrate": ("calibrate", "Learn one person's resting face, range and identity: a profile."),
        "batch": ("batch", "Run a whole corpus of videos, resumable, one process a core."),
    },
    "Show and hand on": {
        "render": ("render", "Turn a take into a video, a GIF or a contact sheet."),
        "export": ("export", "Write a take for 3D programs: GLB, meshes, caches, USD, ARKit weights."),
        "convert": ("convert", "Write a take in another project's format, or read one from it."),
        "blender": ("blender", "Write the Blender extension: takes onto heads, and live frames."),
        "web": ("web", "Open the page that follows a face in the browser alone, on this device."),
        "export-web": ("web", "Write a head and its estimator as one file for the browser."),
        "export-onnx": ("export_onnx", "Write the whole driver as one ONNX file for an engine."),
    },
    "Takes": {
        "info": ("info", "Tell what a file of tracked motion is: format, frames, rate, traps."),
        "trim": ("files", "Cut a part out of a take."),
        "concat": ("files", "Join takes one after the other."),
        "resample": ("files", "Write a take at another frame rate."),
        "smooth": ("files", "Take the jitter out of a take without making it late."),
        "mirror": ("files", "Exchange left and right in a take."),
    },
    "Your own data": {
        "gather": ("gather", "Collect pairs of scores and FLAME parameters from tracked data."),
        "fit": ("fit", "Fit a mapping file to gathered pairs, with error bars."),
        "report": ("report", "Histograms, coverage and residuals of gathered pairs or a take, as one page."),
    },
    "Measure and look up": {
        "evaluate": ("evaluate", "Measure how well a head follows a face, on video or with known truth."),
        "tables": ("tables", "Write MediaPipe's 478 landmarks on FLAME's mesh for other programs."),
        "rig": ("tables", "Write the matrix from ARKit's blend shapes to a FLAME file's parameters."),
    },
}
"""Heading of --help to its commands: the module below this one that has a function of that name, and a short help."""
COMMANDS = {name: told for commands in TASKS.values() for name, told in commands.items()}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f".{COMMANDS[cmd_name][0]}", __name__)
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, COMMANDS))
        for task, commands in TASKS.items():
            with formatter.section(task):
                formatter.write_dl([(f"{name:{width}}", text) for name, (_, text) in commands.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=text)
            for name, (_, text) in COMMANDS.items()
            if name.startswith(incomplete)
        ]

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, Any, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else " 'mp2flame --help' lists the commands."
            ctx.fail(f"There is no command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="mp2flame")
def cli() -> None:
    """Drive a FLAME head from a face: camera, video or recorded take in, FLAME parameters out.

    Start with 'mp2flame demo'; then 'mp2flame run my_video.mp4 -o take.npz'.
    """


@contextlib.contextmanager
def _notes() -> Iterator[None]:
    """Our own warnings are one line on stderr, without the place in the code."""
    usual = warnings.showwarning

    def show(message: Any, category: Any, *place: Any, **more: Any) -> None:
        if category.__module__.startswith("mp2flame."):
            click.echo(f"note: {message}", err=True)
        else:
            usual(message, category, *place, **more)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = usual


def _interrupt(number: int, _: Any) -> None:
    interruptions.append(number)
    raise KeyboardInterrupt


def _heed_signals() -> None:
    """What ends a service ends as Ctrl-C does.

    Both are remembered, because modules in C that are just being imported turn them into an ``ImportError``.
    """
    interruptions.clear()
    with contextlib.suppress(ValueError):  # not in the main thread: somebody else looks after signals
        signal.signal(signal.SIGTERM, _interrupt)
        if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, _interrupt):
            signal.signal(signal.SIGINT, _interrupt)


def _end(error: BaseException) -> tuple[int, str]:
    """Exit code and last words of a command that ended so; raised again where ``MP2FLAME_DEBUG`` asks for it."""
    foreseen = isinstance(error, (Mp2FlameError, OSError, MemoryError))
    if isinstance(error, click.exceptions.Abort) or (
        interruptions and (isinstance(error, ImportError) or not foreseen)
    ):  # also what the interruption made of an import
        return INTERRUPTED, "Interrupted."
    if os.environ.get("MP2FLAME_DEBUG"):
        raise error
    if isinstance(error, Mp2FlameError):
        from .next_step import as_called

        return error.exit_code, as_called("\n".join([f"Error: {error}", *getattr(error, "__notes__", ())]))
    if isinstance(error, (OSError, MemoryError)):  # of the machine or of a name that was given
        code, text = of_system(error)
        return code, f"Error: {text}"
    return DEFECT, (
        f"Error: mp2flame {__version__} met something that it did not foresee "
        f"({f'{type(error).__name__}: {error}'.strip()}). That is a defect of "
        "mp2flame. Set MP2FLAME_DEBUG=1 and run the command again for the whole report."
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the ``mp2flame`` command; never returns."""
    _heed_signals()
    try:
        with _notes():
            words = list(arguments) if arguments is not None else None
            code = cli.main(args=words, prog_name="mp2flame", standalone_mode=False)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except Exception as error:  # noqa: BLE001
        code, text = _end(error)
        click.echo(text, err=True)
    sys.exit(code if isinstance(code, int) else 0)
