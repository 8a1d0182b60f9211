"""Every format's files hold the names that its project reads, as ``tests/data/peer_keys.json`` lists them from its code."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from motions import check_same, path_of, take
from mp2flame.io.formats import FORMATS, read_motion, write_motion
from peer_keys import names_in, without

PEERS = json.loads((Path(__file__).parents[1] / "data" / "peer_keys.json").read_text())
for _entry in PEERS.values():
    _entry["files"] = {file: keys.split(" ") for file, keys in _entry["files"].items()}


def listed(entry: dict) -> set[str]:
    return {f"{file}:{key}" if file else key for file, keys in entry["files"].items() for key in keys}


def own(entry: dict, name: str) -> bool:
    """Whether a name, of any file of the take, is one that only we write and read."""
    return name.rsplit(":", 1)[-1] in entry.get("ours", ())


def test_every_format_has_a_list_of_its_projects_names() -> None:
    assert set(PEERS) == set(FORMATS), (
        "tests/data/peer_keys.json: a format without the names that its project reads, or the other way round"
    )
    for name, entry in PEERS.items():
        assert entry["read_by"] and listed(entry), name


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_written_has_the_projects_names_and_no_others(tmp_path: Path, name: str) -> None:
    """A name too few is a KeyError there; one that is neither theirs nor known as ours is a spelling mistake."""
    path = path_of(tmp_path, name)
    write_motion(take(1), path, name)
    found, entry = names_in(path), PEERS[name]
    assert listed(entry) <= found, listed(entry) - found
    also = {*entry.get("also", ()), *(listed(PEERS[entry["also_of"]]) if "also_of" in entry else ())}
    extra = {n for n in found - listed(entry) - also if not own(entry, n)}
    assert not extra, extra


@pytest.mark.parametrize("name", [n for n, entry in PEERS.items() if entry.get("ours")])
def test_a_file_with_the_projects_names_alone_is_read(tmp_path: Path, name: str) -> None:
    """What only we add may be missing: theirs never has it."""
    path = path_of(tmp_path, name)
    given = take(2)
    write_motion(given, path, name)
    without(path, set(PEERS[name]["ours"]))
    assert not any(own(PEERS[name], n) for n in names_in(path))
    found = read_motion(path, fps=25)
    assert found.format in (name, PEERS[name].get("read_as"))
    assert found.recording.num_frames == given.recording.num_frames
    carried = FORMATS[name].carries & {"expression", "jaw", "eyes", "ARKit weights", "scores"}
    assert carried
    check_same(given, found, frozenset(carried))


def test_names_are_really_looked_at(tmp_path: Path) -> None:
    """The helper sees a renamed array and a renamed key."""
    path = path_of(tmp_path, "vhap")
    write_motion(take(1), path, "vhap")
    with np.load(path) as npz:
        arrays = dict(npz)
    arrays["eye_pose"] = arrays.pop("eyes_pose")
    np.savez(path, **arrays)
    assert not listed(PEERS["vhap"]) <= names_in(path)
