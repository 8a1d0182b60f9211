"""Two faces a frame are two people, not a longer film: in every format that is a folder, whatever tells them apart."""

from __future__ import annotations

import json
import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from motions import take
from mp2flame.base.errors import FileFormatError
from mp2flame.io.formats import FORMATS, Motion, read_motion, write_motion
from mp2flame.io.formats.file_names import SeveralPeopleWarning, one_person

NAMES = ("{i:05d}_{p}", "face{p}_{i:05d}", "{p}_{i:05d}", "frame{i}-face{p}", "{i:05d}_left{p}", "{i:06d}.{p}",
         "clip2024_{i:05d}_{p}", "{i:05d}_{P}", "{P}_{i:05d}")  # fmt: skip
FOLDERS = [(name, None) for name, entry in FORMATS.items() if entry.folder and entry.write]


def put_together(folder: Path, sources: list[Path], pattern: str, format: str) -> None:
    """Both people's numbered files in one folder, and both in each list of frames."""
    renamed: dict[tuple[int, str], str] = {}
    for person, source in enumerate(sources):
        for file in sorted(f for f in source.rglob("*") if f.is_file()):
            inside = file.relative_to(source)
            stem = inside.name.split(".")[0]
            place = inside
            if format == "emoca":
                name = pattern.format(i=int(inside.parts[0][:5]), p=person, P="AB"[person])
                place = Path(name) / inside.name
            elif stem.isdigit():
                name = pattern.format(i=int(stem), p=person, P="AB"[person])
                place = inside.parent / (name + "".join(file.suffixes))
                renamed[person, inside.as_posix()] = place.as_posix()
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / place)
    for listed in folder.glob("transforms*.json"):
        content = json.loads(listed.read_text())
        content["frames"] = [
            {k: renamed.get((p, v), v) if isinstance(v, str) else v for k, v in frame.items()}
            for frame in content["frames"] for p in (0, 1)
        ]  # fmt: skip
        listed.write_text(json.dumps(content))


@pytest.fixture(scope="module")
def people() -> list[Motion]:
    first = take()
    moved = first.recording.expression + np.float32(0.5)
    return [first, replace(first, recording=replace(first.recording, expression=moved))]


@pytest.mark.parametrize("pattern", NAMES)
@pytest.mark.parametrize(("format", "version"), [*FOLDERS, ("flame-head-tracker", "1.1")])
def test_in_every_folder_format(
    tmp_path: Path, people: list[Motion], format: str, version: str | None, pattern: str
) -> None:
    sources = [tmp_path / "first", tmp_path / "second"]
    for person, source in zip(people, sources):
        write_motion(person, source, format, **({"version": version} if version else {}))
    put_together(tmp_path / "both", sources, pattern, format)
    with pytest.warns(SeveralPeopleWarning, match="2 people"):
        found = read_motion(tmp_path / "both")
    alone = read_motion(sources[0])
    assert found.num_frames == alone.num_frames
    np.testing.assert_array_equal(found.recording.expression, alone.recording.expression)


def test_words_that_only_name_the_film_are_one_film(tmp_path: Path, people: list[Motion]) -> None:
    names = [f"part{'AB'[i // 6]}_{i:03d}.npz" for i in range(12)]
    assert one_person(names) == (names, [])
    names = [f"{i}_of_12.npz" for i in range(12)]
    assert one_person(names[::-1]) == (names, [])
    write_motion(people[0], tmp_path / "take", "flame-head-tracker")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_motion(tmp_path / "take")


def test_a_folder_of_takes_says_which_there_are(tmp_path: Path, people: list[Motion]) -> None:
    (tmp_path / "all").mkdir()
    for name in ("anna", "ben"):
        write_motion(people[0], tmp_path / "all" / name, "pixel3dmm")
    with pytest.raises(FileFormatError, match=r"anna \(pixel3dmm\), ben \(pixel3dmm\). Name one"):
        read_motion(tmp_path / "all")
