"""Walking through JSON that somebody else laid out: dictionaries, lists, numbers and named scores wherever they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .score_table import is_bare_channel
from .text_table import number_of

_DEPTH = 5
_FRAME_KEY = re.compile(r"(?:frame|f|t)?[_\- ]?(\d{1,15}(?:\.\d{1,12})?)", re.IGNORECASE)
_SCORE_KEYS = ("score", "value", "weight", "intensity", "probability")


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number_in(value: Any) -> float | None:
    """A number, also one that is kept as text; None for anything else."""
    if is_number(value):
        return float(value)
    if isinstance(value, str) and 0 < len(value) < 40:
        try:
            return number_of(value)
        except ValueError:
            return None
    return None


def dicts_in(data: Any, depth: int = _DEPTH) -> Iterator[dict[str, Any]]:
    """Every dictionary, outer ones first; of a list only the first entry, the others are like it."""
    if isinstance(data, dict):
        yield data
        for value in data.values():
            if depth and isinstance(value, dict | list):
                yield from dicts_in(value, depth - 1)
    elif isinstance(data, list) and data and depth:
        yield from dicts_in(data[0], depth - 1)


def plain(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.lower())


def lists_in(data: Any, depth: int = _DEPTH) -> Iterator[list[Any]]:
    """Every list, outer ones first, none of those in a list."""
    if isinstance(data, list):
        yield data
    elif isinstance(data, dict) and depth:
        for value in data.values():
            yield from lists_in(value, depth - 1)


def in_order(data: Any, depth: int = 2) -> Any:
    """Frames or values that are kept by number or by time (``{"0": {...}, "1": {...}}``) as a list, in their order."""
    if not isinstance(data, dict):
        return data
    numbers = [_FRAME_KEY.fullmatch(key) for key in data]
    kinds = {type(value) for value in data.values()}
    if len(data) > 1 and all(numbers) and (kinds == {dict} or kinds <= {int, float}):
        keys = [float(found[1]) for found in numbers if found is not None]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        rows = list(data.values())
        if kinds != {dict} or [keys[i] for i in order] == list(
            range(int(keys[order[0]]), int(keys[order[0]]) + len(keys))
        ):
            return [rows[i] for i in order]
        return [{"time": keys[i], **rows[i]} for i in order]
    return {key: in_order(value, depth - 1) for key, value in data.items()} if depth else data


def named_scores(node: Any, depth: int = _DEPTH, least: int = 2) -> dict[str, float] | None:
    """At least so many named scores below a frame: a dictionary of numbers, or a list of entries with a name and a score."""
    if isinstance(node, dict):
        given = {str(key): number_in(v) for key, v in node.items() if is_bare_channel(str(key))}
        numbers = {key: value for key, value in given.items() if value is not None}
        if len(numbers) >= least:
            return numbers
        children: Any = node.values()
    elif isinstance(node, list):
        if node and all(isinstance(entry, dict) for entry in node):
            named: dict[str, float] = {}
            for entry in node:
                name = next((v for v in entry.values() if isinstance(v, str) and is_bare_channel(v)), None)
                score = next((n for k in _SCORE_KEYS if (n := number_in(entry.get(k))) is not None), None)
                if name is not None and score is not None:
                    named[name] = score
            if len(named) >= least:
                return named
        if len(node) >= least and all(
            isinstance(e, list) and len(e) == 2 and isinstance(e[0], str) and is_number(e[1]) for e in node
        ):
            pairs = {name: float(score) for name, score in node if is_bare_channel(name)}
            if len(pairs) >= least:
                return pairs
        children = node[:20]
    else:
        return None
    if depth:
        for child in children:
            found = named_scores(child, depth - 1, least) if isinstance(child, dict | list) else None
            if found is not None:
                return found
    return None
