"""An option said once, at its field: name, type, default, help, group and choices.

A frozen dataclass whose fields are made with ``option`` is the library's value and its command line
(``mp2flame.cli.options``) at the same time.
"""

from __future__ import annotations

import functools
import inspect
import math
import textwrap
import typing
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar

from .errors import InputError

Class = TypeVar("Class", bound=type)


@dataclass(frozen=True)
class Option:
    """What a command line and a page need to know of a field besides its name, type and default.

    Attributes:
        help: what it means, in a sentence; what None means, where that is the default.
        group: the heading under which it is listed; ``''``: an argument without a name.
        flags: on the command line; empty: made from the field's name.
        choices: what it may be, where the type does not say.
        least, above, most: limits of a number; ``above`` is not among the values.
        of: the type on the command line, where the field takes more than that.
        parse: text to value; its ``InputError`` says what was expected.
        metavar: how the value is called.
        envvar: where its default is looked for.
        sets: what a flag without a value sets.
        bare: what the option without a value means.
        completes: what a shell offers (``mp2flame.cli.complete``).
        library: given in Python only, never as words.
        hidden: read and not listed.
    """

    help: str
    group: str = "Other"
    flags: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    least: float | None = None
    above: float | None = None
    most: float | None = None
    of: type | None = None
    parse: Callable[[str], Any] | None = None
    metavar: str | None = None
    envvar: str | None = None
    sets: Any = None
    bare: str | None = None
    completes: str = ""
    library: bool = False
    hidden: bool = False

    @staticmethod
    def at(one: Field[Any]) -> Option | None:
        """What was said at a field, if anything."""
        found = one.metadata.get("option")
        assert found is None or isinstance(found, Option)
        return found


def option(default: Any, help: str, group: str = "Other", *flags: str, **more: Any) -> Any:
    """A field with a default; the other words are those of ``Option``."""
    return field(default=default, metadata={"option": Option(help, group, flags, **more)})


def needed(help: str, group: str, *flags: str, **more: Any) -> Any:
    """A field that must be given."""
    return field(metadata={"option": Option(help, group, flags, **more)})


def argument(default: Any = MISSING, **more: Any) -> Any:
    """A field that is a word by itself, told by its place."""
    return field(default=default, metadata={"option": Option("", "", **more)})


def described(kind: Class) -> Class:
    """Write the fields' help into the class's docstring, as its ``Attributes``."""
    lines = ["Attributes:"]
    for one in fields(kind):
        if (told := Option.at(one)) is not None:
            text = f"{one.name}: {told.help}"
            lines += textwrap.wrap(text, 112, initial_indent="    ", subsequent_indent="        ")
    doc = inspect.cleandoc(kind.__doc__ or "")
    before, mark, raises = doc.partition("\nRaises:")
    kind.__doc__ = "\n".join([before.rstrip(), "", *lines]) + (f"\n{mark}{raises}" if mark else "")
    return kind


def check_options(values: Any) -> None:
    """Refuse what the types, choices and limits of an instance's fields exclude, as the command line does.

    Raises:
        InputError: the field, what it may be and what came.
    """
    for name, told, choices in _limited(type(values)):  # type: ignore[arg-type]
        value = getattr(values, name)
        if value is None:
            continue
        if choices and value not in choices:
            raise InputError(f"{name} must be one of {', '.join(choices)}, got {value!r}.")
        limits = {"at least": told.least, "above": told.above, "at most": told.most}
        words = [f"{word} {limit:g}" for word, limit in limits.items() if limit is not None]
        if words and not (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and math.isfinite(value)
            and (told.least is None or value >= told.least)
            and (told.above is None or value > told.above)
            and (told.most is None or value <= told.most)
        ):
            raise InputError(f"{name} must be a number {' and '.join(words)}, got {value!r}.")


@functools.cache
def _limited(kind: type) -> list[tuple[str, Option, tuple[str, ...]]]:
    """Fields that have choices or limits: name, what was said, choices."""
    hints, found = typing.get_type_hints(kind), []
    for one in fields(kind):
        told = Option.at(one)
        if told is None:
            continue
        kinds = (hints[one.name], *typing.get_args(hints[one.name]))
        literal = next((typing.get_args(k) for k in kinds if typing.get_origin(k) is typing.Literal), ())
        found.append((one.name, told, literal))
    return found
