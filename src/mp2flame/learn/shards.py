"""Shards: pairs of detector scores and FLAME parameters as Parquet files, one per clip.

Columns of a row (one frame): ``subject`` and ``clip`` (text), ``frame`` (its number in the clip),
``timestamp_ms``, ``blendshapes`` (52 floats, MediaPipe order), ``expression`` (E), ``jaw_pose`` (3),
``eye_pose`` (6), ``neck_pose`` (3), ``global_orient`` (3), and ``landmarks`` (478 x 3) when they were kept.
Every list has a fixed length, so any Parquet reader gets plain arrays. What the rows have in common is JSON
under the key ``mp2flame`` of the schema's metadata. A shard is written under another name and then renamed:
what is there is complete, and a clip has one place, so that writing it twice changes nothing. Every page has a
checksum, the header one of its own, and the digest of the rows is compared when they have been read: a flipped bit
is an error that names the file, never another number.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.damage import reading
from ..base.errors import (
    FileFormatError,
    InputError,
    MismatchError,
    MissingFileError,
)
from ..base.optional import need
from ..base.write import replacing

F32 = npt.NDArray[np.float32]
SCHEMA = "mp2flame.shard/1"
SUFFIX = ".parquet"
WIDTHS = {"blendshapes": 52, "jaw_pose": 3, "eye_pose": 6, "neck_pose": 3, "global_orient": 3}
BATCH_ROWS = 16384
OUTPUTS = ("expression", "jaw_pose", "eye_pose")
_DIGEST = "rows-"  # begins a digest that can be checked while reading; older shards have others
_META, _CHECK = b"mp2flame", b"mp2flame.check"


def need_parquet() -> Any:
    """pyarrow, or the command that installs it.

    Raises:
        MissingDependencyError: it is not installed.
    """
    return need("pyarrow", "pyarrow.parquet", purpose="reading and writing shards")[0]


@dataclass
class ClipInfo:
    """What the rows of a clip have in common.

    Attributes:
        clip: its name, unique among the shards: the path it came from, without the folder given.
        subject: the person; rows of one person are never split between fitting and checking.
        source_format: name of the tracked format it was read from, or ``track``.
        detector_mode: ``video``, ``image`` or empty when unknown.
        flame: ``release``, ``sha256``, ``num_expression`` as far as known.
        rights: terms of the data, free text; empty when not stated.
        fingerprint: of the source files, to see whether they changed.
        digest: of the rows' content, to see whether two clips are the same.
        image_size: (height, width) of the pictures, (0, 0) when unknown.
        counts: frames ``read``, ``kept`` and dropped by reason.
        notes: what a reader of the source file should know.
    """

    clip: str
    subject: str
    source_format: str = ""
    detector_mode: str = ""
    flame: dict[str, Any] = field(default_factory=dict)
    rights: str = ""
    fingerprint: str = ""
    digest: str = ""
    image_size: tuple[int, int] = (0, 0)
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Rows:
    """Frames of one clip as arrays, ``(N, .)`` float32."""

    frame: npt.NDArray[np.int32]
    timestamp_ms: npt.NDArray[np.float64]
    blendshapes: F32
    expression: F32
    jaw_pose: F32
    eye_pose: F32
    neck_pose: F32
    global_orient: F32
    landmarks: F32 | None = None

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def outputs(self) -> F32:
        """``(N, E + 9)`` expression, jaw_pose, eye_pose side by side."""
        return np.concatenate([getattr(self, name) for name in OUTPUTS], axis=1)

    def take(self, index: npt.NDArray[Any]) -> Rows:
        """Some of the rows."""
        values = {k: v[index] for k, v in vars(self).items() if isinstance(v, np.ndarray) and k != "outputs"}
        return Rows(**values)

    def digest(self) -> str:
        """Hash of what the rows hold, without names and times."""
        state = _Digest()
        state.add(self)
        return state.hex()


class _Digest:
    """Digest of rows that come in pieces, the same however they are cut."""

    def __init__(self) -> None:
        self._columns = {name: hashlib.blake2b(digest_size=16) for name in ("blendshapes", *OUTPUTS)}

    def add(self, rows: Rows) -> None:
        for name, state in self._columns.items():
            state.update(np.ascontiguousarray(getattr(rows, name), np.float32).tobytes())

    def hex(self) -> str:
        joined = b"".join(state.digest() for state in self._columns.values())
        return _DIGEST + hashlib.blake2b(joined, digest_size=16).hexdigest()


def shard_path(folder: Path, clip: str) -> Path:
    """Where a clip's shard lies: readable, and unique by a hash of the whole name."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", clip).strip("._")[-80:] or "clip"
    return folder / f"{readable}-{hashlib.blake2b(clip.encode(), digest_size=5).hexdigest()}{SUFFIX}"


def write_shard(folder: str | os.PathLike[str], info: ClipInfo, rows: Rows) -> Path:
    """Write one clip's shard, complete or not at all; one that is there is replaced.

    Raises:
        InputError: no rows, or numbers that are not finite.
        OutputError: it cannot be written.
    """
    pa = need_parquet()
    import pyarrow.parquet as pq

    if not len(rows):
        raise InputError(f"{info.clip} has no usable frame.")
    columns: dict[str, Any] = {
        "subject": pa.array([info.subject] * len(rows)).dictionary_encode(),
        "clip": pa.array([info.clip] * len(rows)).dictionary_encode(),
        "frame": pa.array(rows.frame.astype(np.int32)),
        "timestamp_ms": pa.array(rows.timestamp_ms.astype(np.float64)),
    }
    for name in ("blendshapes", *OUTPUTS, "neck_pose", "global_orient", "landmarks"):
        value = getattr(rows, name)
        if value is None:
            continue
        flat = np.ascontiguousarray(value, np.float32).reshape(len(rows), -1)
        if not np.isfinite(flat).all():
            raise InputError(f"{info.clip}: {name} has numbers that are not finite; drop those frames.")
        columns[name] = pa.FixedSizeListArray.from_arrays(pa.array(flat.reshape(-1)), flat.shape[1])
    info.digest = rows.digest()
    meta = json.dumps({"schema": SCHEMA, **vars(info)}, ensure_ascii=False)
    header = {_META: meta.encode(), _CHECK: _check_of(meta.encode())}
    table = pa.table(columns).replace_schema_metadata(header)
    target = shard_path(Path(folder), info.clip)
    with replacing(target) as temporary:
        pq.write_table(table, temporary, row_group_size=BATCH_ROWS, compression="zstd", compression_level=1,
                       write_page_checksum=True, use_dictionary=["subject", "clip"])  # fmt: skip
    return target


def _check_of(meta: bytes) -> bytes:
    return hashlib.blake2b(meta, digest_size=8).hexdigest().encode()


def _header(schema: Any) -> dict[str, Any]:
    """What the rows have in common, checked against its checksum where there is one."""
    found = schema.metadata or {}
    if found.get(_CHECK, b"") not in (b"", _check_of(found[_META])):
        raise ValueError("the header does not fit its checksum: the file is damaged")
    values: dict[str, Any] = json.loads(found[_META])
    return values


def read_info(path: Path) -> tuple[ClipInfo, int, int, bool]:
    """The header of a shard: clip, rows, number of expression coefficients, whether it has landmarks.

    Raises:
        FileFormatError: damaged, or not a shard.
    """
    need_parquet()
    import pyarrow.parquet as pq

    with reading(path.name, "a Parquet file"), pq.ParquetFile(path) as file:
        schema, rows = file.schema_arrow, file.metadata.num_rows
    with reading(path.name, "a shard of 'mp2flame gather'"):
        values = _header(schema)
        if values.pop("schema") != SCHEMA:
            raise ValueError("unknown schema")
        values["image_size"] = tuple(values.get("image_size", (0, 0)))
        info = ClipInfo(**{k: v for k, v in values.items() if k in ClipInfo.__dataclass_fields__})
        widths = {
            name: schema.field(name).type.list_size
            for name in (*WIDTHS, "expression")
            if name in schema.names
        }
    wrong = [name for name, width in WIDTHS.items() if widths.get(name) != width]
    if wrong or "expression" not in widths:
        raise FileFormatError(f"{path.name} lacks {', '.join(wrong) or 'expression'}; gather it again.")
    return info, rows, int(widths["expression"]), "landmarks" in schema.names


def read_rows(path: Path, *, landmarks: bool = False, batch_rows: int = BATCH_ROWS) -> Iterator[Rows]:
    """The rows of a shard, ``batch_rows`` at a time, so that a clip's length does not matter.

    Raises:
        FileFormatError: damaged: a page, a number that is not finite, or rows other than those written. What was
            yielded before is then worth nothing either.
    """
    batches = _batches(path, landmarks, batch_rows)
    while True:
        with reading(path.name, "a shard", "Gather it again."):
            rows = next(batches, None)
        if rows is None:
            return
        yield rows


def _batches(path: Path, landmarks: bool, batch_rows: int) -> Iterator[Rows]:
    need_parquet()
    import pyarrow.parquet as pq

    names = ["frame", "timestamp_ms", *WIDTHS, "expression"] + (["landmarks"] if landmarks else [])
    # not memory-mapped and not read ahead: memory must not grow with the file
    with pq.ParquetFile(path, pre_buffer=False, page_checksum_verification=True) as file:
        wanted, digest = str(_header(file.schema_arrow).get("digest", "")), _Digest()
        for batch in file.iter_batches(batch_rows, columns=names, use_threads=False):
            values = {n: _plain(batch.column(n), len(batch)) for n in names}
            if "landmarks" in values:
                values["landmarks"] = values["landmarks"].reshape(-1, 478, 3)
            for name in values:
                if not np.isfinite(values[name]).all():
                    raise FileFormatError(
                        f"{path.name} holds NaN or infinite numbers ({name}); gather it again."
                    )
            rows = Rows(**values)
            digest.add(rows)
            yield rows
        if wanted.startswith(_DIGEST) and wanted != digest.hex():
            raise FileFormatError(f"{path.name} holds other numbers than were written; gather it again.")


def _plain(column: Any, rows: int) -> npt.NDArray[Any]:
    if hasattr(column.type, "list_size"):
        return np.asarray(column.flatten().to_numpy(zero_copy_only=False)).reshape(rows, -1)
    return np.asarray(column.to_numpy(zero_copy_only=False))


@dataclass(frozen=True)
class ShardSet:
    """All shards of a folder.

    Attributes:
        paths: the files, in the order of their names.
        infos: what each holds.
        rows: number of rows of each.
        num_expression: coefficients, the same in all.
        has_landmarks: whether all of them kept the landmarks.
        unreadable: file name and reason of those that could not be read.
    """

    paths: tuple[Path, ...]
    infos: tuple[ClipInfo, ...]
    rows: tuple[int, ...]
    num_expression: int
    has_landmarks: bool
    unreadable: tuple[tuple[str, str], ...] = ()

    @property
    def num_rows(self) -> int:
        return sum(self.rows)

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        return tuple(sorted({info.subject for info in self.infos}))

    def common(self, key: str) -> str:
        """A text that all clips share, or the different ones joined by ``; ``."""
        if key in ("release", "sha256"):
            found = {str(info.flame.get(key) or "") for info in self.infos}
        else:
            found = {str(getattr(info, key)) for info in self.infos}
        return "; ".join(sorted(found - {""}))


def open_shards(folder: str | os.PathLike[str]) -> ShardSet:
    """Look at every shard of a folder, or at one shard; an unreadable one is named and left out.

    Raises:
        MissingFileError: there is nothing, or no shard.
        MismatchError: clips of different FLAME releases or numbers of coefficients.
    """
    place = Path(folder)
    files = [place] if place.is_file() else sorted(p for p in place.glob(f"*{SUFFIX}") if p.name[0] != ".")
    if not files:
        raise MissingFileError(
            f"there are no shards in {place}. "
            + (
                f"Make them of what it holds: 'mp2flame gather {place} -o shards'."
                if place.is_dir() and any(place.iterdir())
                else f"Make them with 'mp2flame gather TRACKED -o {place}'."
            )
        )
    infos: list[ClipInfo] = []
    counts: list[int] = []
    paths: list[Path] = []
    unreadable: list[tuple[str, str]] = []
    widths: set[int] = set()
    with_landmarks: list[bool] = []
    for path in files:
        try:
            info, rows, width, landmarks = read_info(path)
        except FileFormatError as error:
            unreadable.append((path.name, str(error)))
            continue
        infos.append(info)
        counts.append(rows)
        paths.append(path)
        widths.add(width)
        with_landmarks.append(landmarks)
    if not paths:
        raise FileFormatError(f"none of the {len(files)} shards in {place} can be read: {unreadable[0][1]}")
    if len(widths) > 1:
        raise MismatchError(
            f"the clips have {', '.join(map(str, sorted(widths)))} expression coefficients: different bases. "
            "Gather each kind into its own folder."
        )
    for key in ("release", "sha256"):
        found = sorted({str(info.flame.get(key) or "") for info in infos} - {""})
        if len(found) > 1:
            raise MismatchError(
                f"the clips were tracked with different FLAME files ({', '.join(v[:16] for v in found)}); a "
                "coefficient of one means nothing in the other. Gather each kind into its own folder."
            )
    return ShardSet(
        tuple(paths), tuple(infos), tuple(counts), widths.pop(), all(with_landmarks), tuple(unreadable)
    )
