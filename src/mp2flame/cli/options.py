"""Dataclasses of options as a command, and its words back as dataclasses.

    @command(Render, HeadOptions)
    def render(asked: Render, head: HeadOptions) -> None: ...

A field is made with ``base.option``: there its name, type, default, help, group and choices are said, once.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import click

from ..base.errors import InputError
from ..base.option import Option

# The order of the headings in --help; what is not here comes behind.
GROUPS = (
    "Input", "Camera and streams", "Tables of scores", "Head", "Person", "Faces", "Motion", "Estimator", "Method",
    "Output", "Live", "Page", "Look", "Machine", "Other",
)  # fmt: skip


def command(*kinds: type, name: str | None = None) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a command of a function that takes one value of each of ``kinds``, in order.

    A field that several of them have is one option, and each gets its value.
    """

    def make(function: Callable[..., Any]) -> click.Command:
        found: dict[str, click.Parameter] = {}
        for kind in kinds:
            for one, told, of in settable(kind):
                found.setdefault(one.name, _argument(one, of) if not told.group else _option(one, told, of))

        def callback(**given: Any) -> Any:
            return function(*(build(kind, given) for kind in kinds))

        return Grouped(
            name or function.__name__, params=list(found.values()), callback=callback, help=function.__doc__
        )

    return make


def settable(kind: type) -> Iterator[tuple[Field[Any], Option, Any]]:
    """The fields of a dataclass that the command line knows: field, what was said of it, its type."""
    hints = typing.get_type_hints(kind)
    for one in fields(kind):
        told = Option.at(one)
        if told is not None and not told.library:
            yield one, told, told.of or hints[one.name]


def build(kind: type, given: dict[str, Any]) -> Any:
    """The words of a command line as a value of ``kind``; what was not given stays as the class has it.

    Raises:
        InputError: the class's own.
    """
    return kind(
        **{one.name: given[one.name] for one, _, _ in settable(kind) if given.get(one.name) is not None}
    )


class Grouped(click.Command):
    """Its options are listed under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows: dict[str, list[tuple[str, str]]] = {}
        for one in self.get_params(ctx):
            if isinstance(one, click.Option) and (row := one.get_help_record(ctx)) is not None:
                rows.setdefault(getattr(one, "group", "Other"), []).append(row)
        for group in sorted(rows, key=lambda name: GROUPS.index(name) if name in GROUPS else len(GROUPS)):
            with formatter.section(group):
                formatter.write_dl(rows[group])


class GroupedOption(click.Option):
    """An option that knows its heading."""

    group = "Other"


def _option(one: Field[Any], told: Option, of: Any) -> click.Option:
    kind, several = _bare(of)
    default = None if one.default is MISSING else one.default
    flags = list(told.flags or (f"--{one.name.replace('_', '-')}",))
    text, metavar = told.help, told.metavar
    more: dict[str, Any] = {}
    if told.sets is not None:
        more = {"is_flag": True, "flag_value": told.sets, "default": None}
    elif kind is bool:
        if "/" in flags[0]:  # two names, and neither of them given is a third answer
            more = {"default": None}
        else:
            more = {"is_flag": True, "flag_value": not default, "default": None, "type": bool}
    else:
        more = {
            "type": _type(kind, told),
            "multiple": several and told.parse is None,
            "required": one.default is MISSING,
        }
        if told.bare is not None:
            more |= {"is_flag": False, "flag_value": told.bare}
        metavar = metavar or {int: "N", float: "NUMBER"}.get(kind)
        if default not in (None, "", ()) and "Default" not in text:
            text += f" Default: {default}."
    made = GroupedOption(
        [*flags, one.name], help=text, metavar=metavar, envvar=told.envvar, hidden=told.hidden,
        show_envvar=told.envvar is not None, shell_complete=_completion(told), **more,
    )  # fmt: skip
    made.group = told.group
    return made


def _argument(one: Field[Any], of: Any) -> click.Argument:
    kind, several = _bare(of)
    told = Option.at(one)
    assert told is not None
    return click.Argument(
        [one.name], type=_type(kind, told), nargs=-1 if several else 1, required=one.default is MISSING,
        metavar=told.metavar, shell_complete=_completion(told),
    )  # fmt: skip


def _completion(told: Option) -> Any:
    from .complete import offering

    return offering(told.completes) if told.completes else None


def _bare(of: Any) -> tuple[Any, bool]:
    """A type without None, and whether there are several: ``tuple[Path, ...] | None`` is Path, True."""
    if isinstance(of, types.UnionType) or typing.get_origin(of) is typing.Union:
        left = [one for one in typing.get_args(of) if one is not type(None)]
        of = left[0] if len(left) == 1 else str
    if typing.get_origin(of) is tuple:
        return typing.get_args(of)[0], True
    return of, False


def _type(kind: Any, told: Option) -> Any:
    made: Any
    if told.parse is not None:
        made = Parsed(told.parse)
    elif told.choices or typing.get_origin(kind) is typing.Literal:
        made = click.Choice([*(told.choices or typing.get_args(kind))])
    elif kind in (int, float):
        low = told.least if told.above is None else told.above
        limited: Any = click.IntRange if kind is int else click.FloatRange
        made = kind if low is told.most is None else limited(low, told.most, min_open=told.above is not None)
    else:
        made = click.Path(path_type=Path) if kind is Path else str
    return made


class Parsed(click.ParamType):  # type: ignore[type-arg]  # generic in new releases of click only
    """Text through a function; its ``InputError`` is a fault of the command line."""

    def __init__(self, parse: Callable[[str], Any]) -> None:
        self.name, self._parse = "text", parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except InputError as error:
            return self.fail(str(error), param, ctx)
