"""Files made to harm: valid ones of every kind that is read, damaged, and the door through which a user opens each.

For ``tests/base/test_attacks.py`` and ``bench/bench_attacks.py``.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flame_samples import npz_bytes, python2_pickle, sample
from format_fuzz import damage, spoil_member
from motions import path_of, take
from mp2flame.base.errors import Mp2FlameError
from mp2flame.io.exports.m2f import unpack
from mp2flame.io.formats import FORMATS, Motion, read_motion, write_motion

Read = Callable[[Path], Any]


@dataclass(frozen=True)
class Door:
    """A kind of file, how it is made and how it is read.

    Attributes:
        name: of the kind.
        make: writes a valid one into an empty folder; what is to be read.
        read: reads it; numbers of what it returns are finite (``numbers_of``).
        victim: which file of a folder is damaged; any when empty.
        commands: words before and after the path, for the command line.
        needs: module that writes and reads it; a test is skipped where it is not installed.
    """

    name: str
    make: Callable[[Path], Path]
    read: Read
    victim: str = ""
    commands: tuple[tuple[str, ...], ...] = (("info", "PATH"),)
    needs: str = "numpy"


# --- valid files -----------------------------------------------------------------------------------------------


def _motion(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        long = take()
        short = Motion(long.recording[:2], betas=long.betas, eyelids=long.eyelids[:2])
        path = path_of(folder, name)
        write_motion(short, path, name, **({"num_vertices": 60} if name.startswith("gaussian") else {}))
        return path

    return make


def _frames(count: int = 3) -> Iterator[Any]:
    from mp2flame.base.values import FlameParams, Frame

    zero = np.zeros(3, np.float32)
    for i in range(count):
        yield Frame(
            index=i,
            timestamp_ms=40.0 * i,
            detected=True,
            params=FlameParams(np.full(5, 0.1, np.float32), zero, np.zeros(6, np.float32), zero, zero, zero),
            weights=np.full(52, 0.2, np.float32),
            blendshapes=np.full(52, 0.2, np.float32),
            landmarks=np.full((478, 3), 0.5, np.float32),
            image_size=(480, 640),
        )


def _unfinished(folder: Path) -> Path:
    from mp2flame.take.writer import TakeWriter

    writer = TakeWriter(folder / "take.npz")
    for frame in _frames():
        writer.append(frame)
        writer.flush()
    writer.keep()
    return writer.part


def _killed_in_place(folder: Path) -> Path:
    """What versions before the journal left behind: a zip without its directory."""
    whole = folder / "whole.npz"
    take().recording.save(whole)
    data = whole.read_bytes()
    whole.unlink()
    path = folder / "killed.npz"
    path.write_bytes(data[: data.rfind(b"PK\x01\x02")][: data.find(b"PK\x01\x02")])
    return path


def _profile(folder: Path) -> Path:
    from mp2flame.response.profile import Profile

    r = np.random.default_rng(0)
    person = Profile.from_neutral(
        r.uniform(0, 0.2, (4, 52)), landmarks=r.uniform(0.3, 0.7, (4, 478, 3)), image_size=(480, 640)
    )
    person.save(folder / "me.json")
    return folder / "me.json"


def _mapping(folder: Path) -> Path:
    from mp2flame.base.header import Header
    from mp2flame.rig.mapping.linear import SCHEMA, LinearMapping

    r = np.random.default_rng(1)
    blocks = {"expression": 7, "jaw_pose": 3, "eye_pose": 6}
    made = LinearMapping.from_blocks(
        {name: r.normal(0, 0.1, (52, width)).astype(np.float32) for name, width in blocks.items()},
        header=Header(SCHEMA, num_expression=7, flame_sha256="ab" * 32),
    )
    return made.save(folder / "m.npz")


def _mapping_folder(folder: Path) -> Path:
    from mp2flame.rig.mapping.files import load_mapping

    return load_mapping(_mapping(folder)).save_folder(folder / "matrices")


def _flame(dress: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        content = sample(columns=150)
        if dress == "npz":
            path = folder / "generic_model.npz"
            path.write_bytes(npz_bytes(content))
        elif dress == "pkl":
            path = folder / "generic_model.pkl"
            path.write_bytes(python2_pickle(content))
        else:
            path = folder / "FLAME.zip"
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("FLAME/generic_model.pkl", python2_pickle(content))
        return path

    return make


def _shards(folder: Path) -> Path:
    from mp2flame.learn.shards import ClipInfo, Rows, write_shard

    r = np.random.default_rng(2)
    n, f = 20, np.float32
    x = r.random((n, 52), dtype=f) * 0.5
    three = np.zeros((n, 3), f)
    rows = Rows(
        np.arange(n, dtype=np.int32),
        np.arange(n) * 40.0,
        x,
        x[:, :8],
        three,
        np.zeros((n, 6), f),
        three,
        three,
    )
    return write_shard(folder, ClipInfo("clip", "anna", rights="ours"), rows).parent


def _manifest(kind: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        if kind == "batch":
            from mp2flame.learn.batch import MANIFEST, Finished

            lines = [vars(Finished(f"{i}.mp4", f"{i}.npz", "done")) for i in range(4)]
        else:
            from mp2flame.learn.gather import MANIFEST, Outcome

            lines = [vars(Outcome(str(i), "s", "done")) for i in range(4)]
        (folder / MANIFEST).write_text("".join(json.dumps(line) + "\n" for line in lines))
        return folder

    return make


def _score_set(folder: Path) -> Path:
    from mp2flame.base.channels import BLENDSHAPES

    r, n = np.random.default_rng(3), 8
    path = folder / "set.npz"
    np.savez(
        path,
        blendshapes=r.uniform(0, 1, (n, 52)).astype(np.float32),
        identity=np.arange(n) % 2,
        neutral_blendshapes=np.zeros((2, 52), np.float32),
        arkit_weights=r.uniform(0, 1, (n, 52)).astype(np.float32),
        arkit_names=np.array(BLENDSHAPES),
    )
    return path


def _scores(kind: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        from mp2flame.base.channels import BLENDSHAPES

        r = np.random.default_rng(4)
        values = r.uniform(0, 1, (6, 52)).round(4)
        path = folder / f"scores.{kind}"
        if kind in ("csv", "tsv"):
            mark = "," if kind == "csv" else "\t"
            lines = [mark.join(["timestamp_ms", *BLENDSHAPES])]
            lines += [mark.join(map(str, [40 * i, *row])) for i, row in enumerate(values)]
            path.write_text("\n".join(lines) + "\n")
        elif kind in ("json", "jsonl"):
            rows = [
                {"timestamp_ms": 40 * i, "blendshapes": dict(zip(BLENDSHAPES, map(float, v)))}
                for i, v in enumerate(values)
            ]
            path.write_text(
                json.dumps({"frames": rows}) if kind == "json" else "\n".join(map(json.dumps, rows))
            )
        elif kind == "npz":
            np.savez(path, blendshapes=values, names=np.array(BLENDSHAPES), timestamp_ms=np.arange(6) * 40.0)
        else:
            np.save(path, values)
        return path

    return make


def _eyelids(kind: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        from mp2flame import Driver
        from mp2flame.base.channels import INDEX

        driver, asked = Driver(), np.zeros((3, 52), np.float32)
        asked[1, INDEX["eyeBlinkLeft"]] = asked[2, INDEX["eyeBlinkRight"]] = 1
        still = driver.vertices(driver.params_from_weights(asked))
        lid = still[1:] - still[0]
        if kind == "npz":
            np.savez(folder / "lids.npz", l_eyelid=lid[0], r_eyelid=lid[1])
            return folder / "lids.npz"
        np.save(folder / "lids.npy", lid)
        return folder / "lids.npy"

    return make


def _picture(kind: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        from PIL import Image

        r = np.random.default_rng(5)
        pictures = [Image.fromarray(r.integers(0, 255, (24, 32, 3), np.uint8)) for _ in range(3)]
        path = folder / f"face.{kind}"
        pictures[0].save(path, **({"save_all": True, "append_images": pictures[1:]} if kind == "gif" else {}))
        return path

    return make


def _video(folder: Path) -> Path:
    import av

    path = folder / "face.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(6):
            picture = np.full((48, 64, 3), 30 * i, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    return path


def _web(folder: Path) -> Path:
    from mp2flame.io.exports.m2f import write_m2f

    write_m2f(
        folder / "head.m2f",
        {"v": np.zeros((9, 3), np.float32), "f": np.arange(9, dtype=np.uint16)},
        {"schema": 1},
    )
    return folder / "head.m2f"


def _cache(folder: Path) -> Path:
    from mp2flame.base.cache import cached_arrays

    os.environ["MP2FLAME_CACHE"] = str(folder)
    cached_arrays("entry", lambda: {"a": np.arange(4.0)})
    return folder / "arrays" / "entry.npz"


# --- doors -----------------------------------------------------------------------------------------------------


def _read_source(path: Path) -> Any:
    from mp2flame.io.sources import open_source

    with open_source(path, **({"channels": "mediapipe"} if path.suffix == ".npy" else {})) as source:
        return [(f.timestamp_ms, f.blendshapes, f.arkit_weights, f.head_orient, f.eye_pose) for f in source]


def _read_shards(path: Path) -> Any:
    from mp2flame.learn.shards import open_shards, read_rows

    return [
        (rows.blendshapes, rows.expression, rows.timestamp_ms)
        for shard in open_shards(path).paths
        for rows in read_rows(shard)
    ]


def _read_manifest(kind: str) -> Read:
    def read(path: Path) -> Any:
        from mp2flame.learn import batch, gather

        found: Any = batch.read_manifest(path) if kind == "batch" else gather.read_manifest(path)
        assert all(isinstance(key, str) for key in found)
        return []

    return read


def _read_cache(path: Path) -> Any:
    from mp2flame.base.cache import cached_arrays

    os.environ["MP2FLAME_CACHE"] = str(path.parents[1])
    found = cached_arrays("entry", lambda: {"a": np.arange(4.0)})
    np.testing.assert_array_equal(found["a"], np.arange(4.0))
    return found


def _read_set(path: Path) -> Any:
    from mp2flame.evaluate.sets import load_set

    return load_set(path)


def _late(module: str, name: str, *parts: str) -> Read:
    def read(path: Path) -> Any:
        import importlib

        found = getattr(importlib.import_module(f"mp2flame.{module}"), name)
        for part in parts:
            found = getattr(found, part)
        return found(path)

    return read


def _read_flame(path: Path) -> Any:
    from mp2flame.flame import load_flame

    return load_flame(path, cache=False)


def _read_lids(path: Path) -> Any:
    from mp2flame.flame.builtin.head import builtin_head
    from mp2flame.rig.eyelids import Eyelids

    return Eyelids.load(path, builtin_head())


def _read_motion(name: str) -> Read:
    return lambda path: read_motion(path, format=None if len(path.name) % 2 else name).recording


_EDITS = (
    ("trim", "PATH", "--start", "0", "-o", "OUT.npz"),
    ("resample", "PATH", "--fps", "20", "-o", "OUT.npz"),
)
_RUN = (("run", "PATH", "-o", "OUT.npz", "--quiet"),)
_DEMO = "run", "SCORES", "-o", "OUT.npz", "--quiet"


def doors() -> list[Door]:
    """Every door, the same order always."""
    load = _late("take.take", "Take", "load")
    made = [
        Door("take", _motion("recording"), load, commands=(("info", "PATH"), *_EDITS, *_RUN)),
        Door("unfinished take", _unfinished, load, commands=(("info", "PATH"), *_EDITS)),
        Door("take of a killed old version", _killed_in_place, load),
        Door("profile", _profile, _late("response.profile", "Profile", "load"), commands=(("info", "PATH"), (*_DEMO, "--profile", "PATH"))),
        Door("mapping", _mapping, _late("rig.mapping.files", "load_mapping"), commands=(("info", "PATH"), (*_DEMO, "--mapping", "PATH"))),
        Door("mapping folder", _mapping_folder, _late("rig.mapping.files", "load_mapping")),
        Door("flame npz", _flame("npz"), _read_flame, commands=(("info", "PATH"), (*_DEMO, "--flame", "PATH"))),
        Door("flame pickle", _flame("pkl"), _read_flame),
        Door("flame zip", _flame("zip"), _read_flame),
        Door("cache entry", _cache, _read_cache, commands=()),
        Door("shards", _shards, _read_shards, commands=(("info", "PATH"), ("report", "PATH", "-o", "OUT.html")), needs="pyarrow"),
        Door("batch manifest", _manifest("batch"), _read_manifest("batch"), commands=()),
        Door("gather manifest", _manifest("gather"), _read_manifest("gather"), commands=()),
        Door("score set", _score_set, _read_set, commands=(("evaluate", "PATH"),)),
        Door("eyelids npz", _eyelids("npz"), _read_lids, commands=((*_DEMO, "--eyelids", "PATH"),)),
        Door("eyelids npy", _eyelids("npy"), _read_lids, commands=((*_DEMO, "--eyelids", "PATH"),)),
        Door("video", _video, _read_source, needs="av"),
        Door("web file", _web, lambda path: unpack(path.read_bytes()), commands=()),
    ]  # fmt: skip
    made += [
        Door(f"scores {k}", _scores(k), _read_source, commands=(("info", "PATH"), *_RUN))
        for k in ("csv", "tsv", "json", "jsonl", "npz", "npy")
    ]
    made += [Door(f"picture {k}", _picture(k), _read_source, needs="PIL") for k in ("png", "jpg", "gif")]
    made += [
        Door(f"format {name}", _motion(name), _read_motion(name), commands=(("info", "PATH"), *_EDITS[:1]))
        for name, entry in FORMATS.items() if entry.write is not None and name != "recording"
    ]  # fmt: skip
    return made


def numbers_of(value: Any) -> Iterator[np.ndarray]:
    """Every array of numbers in what a reader returned."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "fc":
            yield value
    elif isinstance(value, float):
        yield np.array(value)
    elif isinstance(value, dict):
        for inside in value.values():
            yield from numbers_of(inside)
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from numbers_of(inside)
    elif hasattr(value, "__dict__"):
        yield from numbers_of(vars(value))


# --- damages ---------------------------------------------------------------------------------------------------

_NESTED = "[" * 120_000
_WORDS = (
    _NESTED, "9" * 6000, "9" * 400, "-1e999", "NaN", "Infinity", "null", "true", '"x"', '"\\ud800"', "{}", "[]", "[[]]",
    '"', "[null]", "1e308", "-0", '{"a": {"a": [1, [2, [3]]]}}', "1" + "0" * 19,
)  # fmt: skip


def damaged_text(data: bytes, rng: np.random.Generator) -> bytes:
    """A value, a cell or a name of a text file by something strange, or a quote that never ends."""
    text = data.decode("utf-8", "replace")
    way = rng.integers(8)
    if way == 0:
        at = int(rng.integers(len(text) + 1))
        return (text[:at] + '"' + text[at:]).encode()
    if way == 1:
        return text.encode("utf-16") if rng.integers(2) else b"\xef\xbb\xbf" + data
    if way == 2:  # one cell larger than any parser's limit
        return text.replace(",", "," + "7" * 140_000, 1).encode()
    if way == 3:
        return text.replace("\n", "\r", int(rng.integers(1, 5))).encode() + b"\x00" * int(rng.integers(4))
    word = _WORDS[rng.integers(len(_WORDS))]
    marks = [i for i, c in enumerate(text[:200_000]) if c in ",:[\n\t{ "]
    if not marks:
        return word.encode()
    at = marks[rng.integers(len(marks))] + 1
    end = at + 1
    while end < len(text) and text[end] not in ",]}\n\t":
        end += 1
    return (text[:at] + word + text[end:]).encode()


def damaged_zip(data: bytes, rng: np.random.Generator) -> bytes:
    """An ``.npz`` or torch zip with one member strange; checksums right."""
    way = int(rng.integers(10))
    if way == 0:
        return spoil_member(data, rng)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        members = {name: source.read(name) for name in source.namelist()}
        chosen = list(members)[rng.integers(len(members))]
        for name, content in members.items():
            if name != chosen:
                target.writestr(name, content)
                continue
            if way == 1:  # twice the same name, other content
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    target.writestr(name, content)
                    target.writestr(name, content[: len(content) // 2])
            elif way == 2:  # a bomb
                info = zipfile.ZipInfo(name)
                info.compress_type, info._compresslevel = zipfile.ZIP_DEFLATED, 1
                with target.open(info, "w") as stream:
                    stream.write(_npy_header("<f4", (25_000_000, 1)))
                    for _ in range(100):
                        stream.write(bytes(1_000_000))
            elif way == 3:
                info = zipfile.ZipInfo(name)
                info.compress_type = (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)[rng.integers(2)]
                target.writestr(info, content)
            elif way == 4:
                target.writestr("../" + name, content)
            else:
                target.writestr(
                    name, _strange_array(content, rng) if name.endswith(".npy") else damage(content, rng)
                )
    made = out.getvalue()
    if way == 5:  # encrypted, says the flag of every member
        for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = made.find(sign)
            while at >= 0:
                made = made[: at + place] + bytes([made[at + place] | 1]) + made[at + place + 1 :]
                at = made.find(sign, at + 1)
    return made


def _npy_header(descr: str, shape: tuple[int, ...]) -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


METAS = (
    "[]", "{", _NESTED, "null", '{"schema": 3}', '{"schema": "mp2flame.recording/9"}', '{"fps": "x", "betas": {"a": 1}}',
    '{"betas": "9", "flame": [1], "fps": -1, "world": 7, "mirrored": "no", "intrinsics": 3}', '{"fps": ' + "9" * 5000 + "}",
    '{"flame": {"release": 5, "num_expression": "x"}, "face_px": 3, "created": null}', '{"betas": [1e400, NaN, null]}',
    '{"schema": "mp2flame.mapping/1", "notes": {"coverage": 1}, "num_expression": -7}', '"\\ud800"', "1e999",
    '{"flame": "x"}', '{"betas": [[1, 2], [3]]}', '{"betas": "x"}', '{"flame": {"sha256": 3}}', '{"fps": "30"}', '{"fps": NaN}',
    '{"mirrored": 5, "made_by": [1], "source": {"a": 1}}', '{"world": 7}', '{"intrinsics": [1, 2]}', '{"source_frames": 1}',
)  # fmt: skip


def _strange_array(content: bytes, rng: np.random.Generator) -> bytes:
    """An array of another type, shape or value, written as it should be."""
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except Exception:
        return damage(content, rng)
    if array.dtype.kind in "US":
        made: Any = np.array(METAS[rng.integers(len(METAS))])
    else:
        flat = array.reshape(-1)
        made = (
            lambda: np.full(array.shape, np.nan), lambda: np.full(array.shape, -np.inf), lambda: array.astype(complex),
            lambda: np.full(array.shape, 1e300), lambda: array.astype("U9"), lambda: array.astype("S3"),
            lambda: np.zeros(array.shape, "M8[s]"), lambda: np.zeros(array.shape, [("a", "f4"), ("b", "i8")]),
            lambda: array[None], lambda: flat[:0], lambda: flat[0] if len(flat) else flat, lambda: flat, lambda: np.zeros((0, 3)),
            lambda: np.asfortranarray(array), lambda: array.astype(array.dtype.newbyteorder(">")),
            lambda: np.full(array.shape, 2**62, np.int64), lambda: np.full(array.shape, -1, np.int8),
            lambda: np.zeros(array.shape, bool), lambda: array.astype(np.float16), lambda: np.zeros((1,) * 20),
            lambda: np.concatenate([flat, flat]).reshape(-1, 1), lambda: np.array(["x"] * 3),
            lambda: np.zeros(array.shape, np.uint64) + np.uint64(2**64 - 1), lambda: np.zeros(array.shape, np.longdouble),
        )[rng.integers(24)]()  # fmt: skip
    stream = io.BytesIO()
    np.save(stream, made)
    return stream.getvalue()


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """One damage that fits the kind of file, or any."""
    if rng.integers(3) and data:
        if data[:4] == b"PK\x03\x04" and zipfile.is_zipfile(io.BytesIO(data)):
            return damaged_zip(data, rng)
        if data[:6] == b"\x93NUMPY":
            return _strange_array(data, rng)
        if b"\x00" not in data[:4096]:
            return damaged_text(data, rng)
    with contextlib.suppress(zipfile.BadZipFile):  # one of its tricks opens the zip
        return damage(data, rng)
    return data[: len(data) // 2]


class Case:
    """Valid files made once; ``spoil`` gives damaged copies.

    Args:
        door: the kind.
        folder: empty, for this door alone.
    """

    def __init__(self, door: Door, folder: Path) -> None:
        pytest.importorskip(door.needs)
        self.door = door
        self._good, self._work = folder / "good", folder / "work"
        self._good.mkdir(parents=True)
        self.path = door.make(self._good)

    def spoil(self, number: int) -> Path:
        """Damaged copy ``number``, always the same one."""
        rng = np.random.default_rng([zlib.crc32(self.door.name.encode()), number])
        shutil.rmtree(self._work, ignore_errors=True)
        shutil.copytree(self._good, self._work)
        target = self._work / self.path.relative_to(self._good)
        files = sorted(p for p in target.rglob("*") if p.is_file()) if target.is_dir() else [target]
        victim = files[rng.integers(len(files))]
        victim.write_bytes(damaged(victim.read_bytes(), rng))
        return target


DOORS = {door.name: door for door in doors()}


def fault_of(door: Door, path: Path) -> tuple[str, str]:
    """``read``, ``refused`` or ``fault``, and in the last case what is wrong."""
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            value = door.read(path)
    except Mp2FlameError as error:
        text = str(error)
        good = 10 < len(text) < 1000 and "\n" not in text
        return ("refused", "") if good else ("fault", f"{len(text)} characters: {text}")
    except Exception as error:
        return "fault", f"{type(error).__name__}: {error}"
    if strange := [str(w.message) for w in said if not w.category.__module__.startswith("mp2flame.")]:
        return "fault", f"warns {strange}"
    if not all(np.isfinite(array).all() for array in numbers_of(value)):
        return "fault", "numbers that are not finite"
    return "read", ""
