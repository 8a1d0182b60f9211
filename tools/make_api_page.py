#!/usr/bin/env python3
"""Write the two pages of reference: docs/api.md from the docstrings, docs/commands.md from the commands' help.

python tools/make_api_page.py [--check]
"""

from __future__ import annotations

import argparse
import inspect
import sys
from pathlib import Path
from typing import Any

import make_commands_page
import mp2flame

PAGE = Path(__file__).resolve().parents[1] / "docs/api.md"
HEAD = """# API reference

What `import mp2flame as m2f` offers; everything else is private and may change. This page is written from the docstrings
by `tools/make_api_page.py`; a test holds it to them. Left and right are the subject's, rotations axis-angle radians,
lengths metres ([conventions](conventions.md)).
"""


def signature(name: str, thing: Any) -> str:
    try:
        text = str(inspect.signature(thing))
    except (TypeError, ValueError):
        return name
    return f"{name}{text}".replace("'", "")


def text_of(thing: Any) -> str:
    return inspect.cleandoc(thing.__doc__ or "").rstrip()


def members(cls: type) -> list[tuple[str, Any]]:
    """Public methods and properties that the class itself defines, in order."""
    found = []
    for name, value in vars(cls).items():
        if name.startswith("_"):
            continue
        if isinstance(value, (classmethod, staticmethod)):
            found.append((name, value.__func__))
        elif inspect.isfunction(value) or isinstance(value, property) or hasattr(value, "attrname"):
            found.append((name, value))
    return found


def page() -> str:
    parts = [HEAD]
    for name in mp2flame.__all__[1:]:
        thing = getattr(mp2flame, name)
        parts.append(f"## `{name}`\n\n```text\n{signature(name, thing)}\n\n{text_of(thing)}\n```\n")
        if inspect.isclass(thing) and not issubclass(thing, Exception):
            for member, value in members(thing):
                inner = value.fget if isinstance(value, property) else getattr(value, "func", value)
                if text_of(inner):
                    shown = member if isinstance(value, property) else signature(member, inner)
                    parts.append(f"### `{name}.{member}`\n\n```text\n{shown}\n\n{text_of(inner)}\n```\n")
    return "\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; 1 if a page is not what it shall be"
    )
    check = parser.parse_args().check
    text = page()
    if check:
        return int(PAGE.read_text(encoding="utf-8") != text) or make_commands_page.write(check)
    PAGE.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE.name}: {text.count(chr(10))} lines")
    return make_commands_page.write(check)


if __name__ == "__main__":
    sys.exit(main())
