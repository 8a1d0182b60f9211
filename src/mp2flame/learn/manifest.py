"""A folder of results that many tasks fill, resumable: a line of JSON a result in its manifest, the last one counts."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from ..base.damage import check_seal, reading, sealed
from ..base.errors import FileFormatError, Mp2FlameError
from ..base.write import writing
from .parallel import run_tasks

Item = TypeVar("Item")
Line = TypeVar("Line")


class Manifest(Generic[Line]):
    """The results of one folder.

    Args:
        path: of the file.
        kind: dataclass of a result.
        name: what a result is about.
    """

    def __init__(self, path: Path, kind: type[Line], name: Callable[[Line], str]) -> None:
        self._path, self._kind, self._name = path, kind, name

    def read(self) -> dict[str, Line]:
        """The last result of each name; a line that a kill cut short, or whose checksum is not its own, is passed over."""
        found: dict[str, Line] = {}
        if not self._path.is_file():
            return found
        for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
            with contextlib.suppress(FileFormatError), reading(self._path, "a list of results"):
                check_seal(line)
                values = {k: v for k, v in json.loads(line).items() if k != "checksum"}
                one = self._kind(**values)
                found[self._name(one)] = one
        return found

    def add(self, one: Line) -> None:
        """Another line."""
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(sealed(json.dumps(vars(one), ensure_ascii=False)) + "\n")

    def run(
        self,
        function: Callable[[Item], Line],
        items: Sequence[Item],
        failed: Callable[[Item, str], Line],
        **where: Any,
    ) -> Iterator[Line]:
        """The result of every item as it comes, noted; ``failed`` makes one of an item and the reason.

        Args:
            where: ``workers`` and ``dask`` of ``parallel.run_tasks``.
        """
        self._path.touch()  # there from the beginning, whatever ends the run
        for task in run_tasks(function, items, **where):
            one: Line = task.result if task.error is None else failed(task.item, _reason(task.error))
            self.add(one)
            yield one


def _reason(error: Exception) -> str:
    kind = "" if isinstance(error, Mp2FlameError) else f"{type(error).__name__}: "
    return f"{kind}{error}" if str(error) else type(error).__name__


def made_folder(path: str | os.PathLike[str]) -> Path:
    """The folder, made when it is not there, by its whole name.

    Raises:
        OutputError: it cannot be made.
    """
    with writing(path):
        Path(path).mkdir(parents=True, exist_ok=True)
    return Path(path).resolve()


def fingerprint(path: Path) -> str:
    """Changes when a file, or any file of a folder, changes: names, sizes and times."""
    files = [path]
    if path.is_dir():
        files = [Path(folder, name) for folder, _, names in os.walk(path, followlinks=True) for name in names]
    lines = []
    for file in files:
        status = file.stat()
        lines.append(f"{file.name}|{status.st_size}|{status.st_mtime_ns}\n")
    return hashlib.blake2b("".join(sorted(lines)).encode(), digest_size=12).hexdigest()
