#!/usr/bin/env python3
"""Write docs/commands.md from the commands' own help: ``python tools/make_commands_page.py [--check]``."""

from __future__ import annotations

import argparse
import contextlib
import html
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from mp2flame.cli import COMMANDS, cli

PAGE = Path(__file__).resolve().parents[1] / "docs/commands.md"
HEAD = """# Commands

Every command and option, as `mp2flame COMMAND --help` prints them. This page is written from them by
`tools/make_commands_page.py`; a test holds it to them.

Exit codes: 0 done, 2 bad input or usage, 3 bad file, 4 something is missing on this machine, 5 the source failed,
6 no face found, 7 the result could not be written, 8 written, but frames of the source are broken or missing,
70 a defect of mp2flame, 130 interrupted.
"""


class Markdown(click.HelpFormatter):
    """What click writes into a help text, as Markdown: sections become bold lines, lists of options tables."""

    linked = False

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        self.write(f"```text\n{prog} {args}\n```\n\n")

    def write_heading(self, heading: str) -> None:
        self.write(f"**{heading}**\n\n")

    def write_paragraph(self) -> None:
        self.write("\n")

    def write_text(self, text: str) -> None:
        blocks = re.split(r"\n\s*\n", text)
        for block in blocks:
            if "\b" in block:
                lines = [line for line in block.split("\n") if line.strip("\b ")]
                self.write("```text\n" + "\n".join(lines) + "\n```\n\n")
            else:
                self.write(escaped(" ".join(block.split())) + "\n\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        self.write("| | |\n|---|---|\n")
        for first, second in ((first.strip(), second) for first, second in rows):
            if self.linked and first in COMMANDS:
                shown = f"[`{first}`](#mp2flame-{first})"
            elif "|" in first:  # a bar ends a cell, also inside backticks
                shown = f"<code>{html.escape(first).replace('|', '&#124;')}</code>"
            else:
                shown = f"`{first}`"
            self.write(f"| {shown} | {escaped(' '.join(second.split()))} |\n")
        self.write("\n")

    @contextlib.contextmanager
    def section(self, name: str) -> Iterator[None]:
        self.write_heading(name)
        yield

    @contextlib.contextmanager
    def indentation(self) -> Iterator[None]:
        yield


def escaped(text: str) -> str:
    """Help is plain text: what Markdown would take for its own is kept as it is; pages that it names are linked."""
    plain = re.sub(r"(?<!\w)_|_(?!\w)|[|<*\[\]]", r"\\\g<0>", text)
    return re.sub(r"docs/(\w+)\.md", r"[\1](\1.md)", plain)


def help_of(command: click.Command, name: str) -> str:
    context = click.Context(command, info_name=name, **cli.context_settings)
    formatter = Markdown(width=100)
    formatter.linked = command is cli
    command.format_help(context, formatter)
    return re.sub(r"\n{3,}", "\n\n", formatter.getvalue()).strip()


def page() -> str:
    parts = [HEAD, help_of(cli, "mp2flame")]
    context = click.Context(cli, info_name="mp2flame")
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        parts.append(f"## mp2flame {name}\n\n{help_of(command, f'mp2flame {name}')}")
    return "\n\n".join(part.strip() for part in parts) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; 1 if the page is not what it shall be"
    )
    return write(parser.parse_args().check)


def write(check: bool) -> int:
    text = page()
    if check:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE.name}: {len(COMMANDS)} commands, {text.count(chr(10))} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
