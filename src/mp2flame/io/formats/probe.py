"""What detection may look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...base.errors import FileFormatError
from ...base.safe_npz import Npz
from .text_table import decode


class Probe:
    """What detection may look at: kind, names, first bytes, array shapes, top of a JSON. Looked up once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_dir = path.is_dir()
        self._npz: dict[str, tuple[int, ...]] | None = None
        self._json: Any = None
        self._names: list[str] | None = None
        self._head: bytes | None = None

    @property
    def head(self) -> bytes:
        """First 64 KiB of a file."""
        if self._head is None:
            self._head = b""
            if not self.is_dir:
                with open(self.path, "rb") as file:
                    self._head = file.read(1 << 16)
        return self._head

    @property
    def text(self) -> str:
        """The same as text, whatever its encoding."""
        found = decode(self.head)
        return found[0].lstrip("\ufeff") if found is not None else self.head.decode("utf-8-sig", "replace")

    @property
    def names(self) -> list[str]:
        """Names in a folder."""
        if self._names is None:
            self._names = []
            if self.is_dir:
                import os
                from itertools import islice

                with os.scandir(self.path) as entries:
                    self._names = sorted(entry.name for entry in islice(entries, 200_000))
        return self._names

    def shapes(self, path: Path | None = None) -> dict[str, tuple[int, ...]]:
        """Array name to shape of an ``.npz``; empty when it is none."""
        if path is None and self._npz is not None:
            return self._npz
        found: dict[str, tuple[int, ...]] = {}
        target = path or self.path
        try:
            if path is not None or self.head[:2] == b"PK":
                with Npz(target) as npz:
                    for key in sorted(npz.keys()):
                        found[key] = npz.shape(key)
        except FileFormatError:
            found = found if path is None else {}
        if path is None:
            self._npz = found
        return found

    def json(self) -> Any:
        """The parsed JSON file, None when it is none."""
        if self._json is None and self.text.lstrip()[:1] in ("{", "["):
            from .files import read_json

            self._json = read_json(self.path)
        return self._json
