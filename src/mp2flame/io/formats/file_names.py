"""Names of a folder's files: the order of frames, and whose they are where several people lie in one folder."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

_LAST_NUMBER = re.compile(r"([0-9]+)[^0-9]*\Z")


def natural_key(path: Path | str) -> tuple[int, int, str]:
    """Sorts 2.npz before 10.npz: by the last number in the name, then by the name.

    Args:
        path: a path, or a file's name, which is faster for thousands.
    """
    name = path if isinstance(path, str) else path.name
    dot = name.rfind(".")
    found = _LAST_NUMBER.search(name, 0, dot if dot > 0 else len(name))
    if found and len(found[1]) < 19:
        return 0, int(found[1]), name
    return 1, -1, name


class SeveralPeopleWarning(UserWarning):
    """A folder holds the files of several people, or cameras, and the first one's are read."""


_NUMBERS = re.compile(r"[0-9]+")
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]*$")
_PERSON = re.compile(
    r"(?:face|person|people|subject|id|track|head|cam|camera|view|(?:^|[^a-z])[pf])[_\-]?$", re.IGNORECASE
)
_FRAME = re.compile(r"(?:frame|frames|img|image|time|(?:^|[^a-z])t)[_\-]?$", re.IGNORECASE)


def _by_words(names: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """The same for people who are told apart by words (``00012_A.npz``, ``anna_0012.npz``), None where they are not."""
    groups: dict[str, dict[tuple[int, ...], str]] = {}
    for name in names:
        stem = _ENDING.sub("", name)
        numbers = tuple(int(n[-18:]) for n in _NUMBERS.findall(stem))
        if not numbers or numbers in groups.setdefault(_NUMBERS.sub("#", stem), {}):
            return None
        groups[_NUMBERS.sub("#", stem)][numbers] = name
    if not 2 <= len(groups) <= 50:
        return None
    order = sorted(groups)
    first = groups[order[0]]
    for other in order[1:]:
        if 2 * len(first.keys() & groups[other].keys()) < min(len(first), len(groups[other])):
            return None
    return [first[key] for key in sorted(first)], [
        shape.replace("#", "").strip("_-. /") or shape for shape in order
    ]


def one_person(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Files of one person in order of frames, and what tells the others apart.

    Names with two numbers that change are frame and person (``00012_1.npz``, ``face0_frame_0012.npz``) where some
    frame comes with more than one person: two people, not a longer film. The number that changes less is the person's,
    unless the words before them say otherwise. Words tell people apart where most numbers come with each of them.
    Anything else is one film in the order of its last number.

    Returns:
        The names of the first person's files, and the numbers of all people (empty: there is one).
    """
    alone: tuple[list[str], list[str]] = (sorted(names, key=natural_key), [])
    stems = [_ENDING.sub("", name) for name in names]
    found = [_NUMBERS.findall(stem) for stem in stems]
    shapes = {_NUMBERS.sub("#", stem) for stem in stems}
    if len(shapes) > 1:
        return _by_words(names) or alone
    if len(names) < 2 or len(found[0]) < 2 or any(len(n) > 18 for row in found for n in row):
        return alone
    table = np.array([[int(n) for n in row] for row in found])
    changing = [i for i in range(table.shape[1]) if len(set(table[:, i].tolist())) > 1]
    if len(changing) == 1:
        return [names[i] for i in np.argsort(table[:, changing[0]], kind="stable")], []
    if len(changing) != 2:
        return alone
    before = [stems[0][: list(_NUMBERS.finditer(stems[0]))[i].start()] for i in changing]
    kinds = [len(set(table[:, i].tolist())) for i in changing]
    person = 0 if kinds[0] < kinds[1] else 1
    for k in (0, 1):
        if _PERSON.search(before[k]) and not _PERSON.search(before[1 - k]):
            person = k
        if _FRAME.search(before[k]) and not _FRAME.search(before[1 - k]):
            person = 1 - k
    frames, people = table[:, changing[1 - person]], table[:, changing[person]]
    pairs = set(zip(frames.tolist(), people.tolist()))
    if len(pairs) < len(names) or len(set(frames.tolist())) == len(names):
        return alone
    first = int(people.min())
    chosen = sorted((int(f), name) for f, p, name in zip(frames, people, names) if p == first)
    return [name for _, name in chosen], [str(p) for p in sorted(set(people.tolist()))]


def frame_number(name: str, among: Sequence[str]) -> int:
    """The number of a frame in a file's name, as ``one_person`` reads the names; -1 without a number."""
    if len(among) > 1:
        numbers = [_NUMBERS.findall(_ENDING.sub("", other)) for other in (name, among[0], among[-1])]
        if len({len(row) for row in numbers}) == 1:
            for i in range(len(numbers[0]) - 1, -1, -1):
                if numbers[1][i] != numbers[2][i] and len(numbers[0][i]) < 19:
                    return int(numbers[0][i])
    return natural_key(name)[1]


def chosen_names(names: Sequence[str], label: str) -> list[str]:
    """These names in the order of frames; of several people (``one_person``) the first one's, with a
    ``SeveralPeopleWarning`` about ``label``.
    """  # noqa: D205
    chosen, people = one_person(names)
    if people:
        warnings.warn(
            f"{label} holds {len(people)} people or cameras ({', '.join(people[:8])}): the files of the first, "
            f"{people[0]}, are read; put the others into a folder of their own",
            SeveralPeopleWarning,
            stacklevel=2,
        )
    return chosen


def chosen_files(names: Sequence[str], folder: Path) -> list[Path]:
    """``chosen_names`` among the files or folders of a folder."""
    return [folder / name for name in chosen_names(names, folder.name)]
