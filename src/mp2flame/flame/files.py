"""Read a FLAME file of any release into a ``FlameModel``, and say clearly when it is not one."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..assets import cached_arrays, file_sha256
from ..errors import FileFormatError, InputError, MissingFileError
from ..pickles import MAX_BYTES, ChumpyArray, SparseMatrix, load_pickle_bytes
from .model import FLAME_PARENTS, FlameModel
from .releases import identify

Array = npt.NDArray[Any]

CACHE_VERSION = 1
MAX_VERTICES = 200_000
MAX_COLUMNS = 2_000
_LARGEST_COORDINATE = 10.0  # metres; the FLAME head is 0.3 m tall
_SKIP = re.compile(r"mask|embedding|texture|landmark|__macosx|(^|/)\.", re.IGNORECASE)
_ZIP_TROUBLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)


def load_flame(
    path: str | os.PathLike[str],
    num_expression: int | None = None,
    *,
    num_betas: int | None = None,
    has_jaw: bool | None = None,
    cache: bool = True,
) -> FlameModel:
    """Read a FLAME file: a pickle or ``.npz`` of any release, or the zip it was downloaded in.

    Args:
        path: the file; ``FLAME2020.zip!female_model.pkl`` names one file in a zip.
        num_expression: keep the first so many expression columns; None keeps all there are.
        num_betas: how many leading columns of ``shapedirs`` are identity; None: by the rule in
            ``split_columns``. Not needed for a file that has ``exprdirs`` of its own.
        has_jaw: overrides what the file shows, for a model without jaw rotation that was renamed.
        cache: keep the parsed arrays on disk under the file's hash, so that the next load is quick.

    Raises:
        MissingFileError: no such file.
        FileFormatError: damaged, cut short, or not a FLAME file; ``UnsafePickleError`` when it asks to run code.
        InputError: more expression columns than there are, or columns that cannot be told apart.
    """
    file, member = _split_member(path)
    container = file_sha256(file)
    meta: dict[str, Any] = {}

    def parse() -> dict[str, Array]:
        data, inside = _payload(file, member)
        label = f"{file.name}!{inside}" if inside else file.name
        sha = hashlib.sha256(data).hexdigest() if inside else container
        arrays, texts = read_arrays(data, label, num_betas)
        hint = f"{file.parent.name}/{file.name}" + (f"!{inside}" if inside else "")
        meta.update(sha=sha, texts=texts, hint=hint)
        return {
            **arrays,
            "meta": np.frombuffer(
                json.dumps({"sha": sha, "texts": texts, "inside": inside}).encode(), np.uint8
            ),
        }

    if cache:
        part = hashlib.sha256(member.encode("utf-8", "surrogateescape")).hexdigest()[:8] if member else "file"
        split = "auto" if num_betas is None else str(num_betas)
        arrays = cached_arrays(f"flame-v{CACHE_VERSION}-{container[:40]}-{part}-{split}", parse)
    else:
        arrays = parse()
    arrays = dict(arrays)
    stored = json.loads(arrays.pop("meta").tobytes())
    hint = f"{file.parent.name}/{file.name}" + (f"!{stored['inside']}" if stored["inside"] else "")
    release = identify(stored["sha"], arrays["lbs_weights"], stored["texts"], hint)
    model = FlameModel(
        **arrays,
        release=release.name,
        gender=release.gender,
        certainty=release.certainty,
        has_jaw=release.has_jaw if has_jaw is None else bool(has_jaw),
        sha256=stored["sha"],
        path=file,
    )
    if num_expression is not None:
        model = replace(model, exprdirs=model.exprdirs[:, :, : model.check_num_expression(num_expression)])
    return model


def split_columns(columns: int, num_betas: int | None = None) -> int:
    """How many of the leading columns of ``shapedirs`` are identity; the rest is expression.

    FLAME stores identity first, then expression: 300 + 100 in full files. Cut files keep the order:
    more than 300 columns: 300 identity; 200: 100 + 100; 150: 100 + 50; 100: 50 + 50. Any other number
    says nothing about the border, so it must be given.

    Raises:
        InputError: the border cannot be known, or ``num_betas`` is out of range.
    """
    if num_betas is not None:
        if (
            isinstance(num_betas, bool)
            or not isinstance(num_betas, (int, np.integer))
            or not 0 <= num_betas <= columns
        ):
            raise InputError(
                f"num_betas must be a count from 0 to {columns}, the columns of this file, got {num_betas!r}."
            )
        return int(num_betas)
    if columns > 300:
        return 300
    known = {200: 100, 150: 100, 100: 50}
    if columns in known:
        return known[columns]
    raise InputError(
        f"This FLAME file has {columns} shape columns, and which of them are expression cannot be told from that number; "
        f"say how many are identity: load_flame(..., num_betas=N)."
    )


# --- containers -----------------------------------------------------------------------------------------


def _split_member(path: str | os.PathLike[str]) -> tuple[Path, str]:
    """The file on disk and the name inside a zip, if one is given after ``!``."""
    text = os.fspath(path)
    whole = Path(text).expanduser()
    member = ""
    if "!" in text and not whole.exists():
        outer, _, member = text.rpartition("!")
        whole = Path(outer).expanduser()
    if whole.is_dir():
        names = sorted(p.name for p in whole.iterdir() if p.suffix.lower() in (".pkl", ".npz", ".zip"))[:8]
        there = f" It holds {', '.join(names)}." if names else ""
        raise FileFormatError(f"{whole} is a folder; name the FLAME file in it.{there}")
    if not whole.is_file():
        raise MissingFileError(
            f"There is no FLAME file {whole}. FLAME models come from https://flame.is.tue.mpg.de after registration; "
            "without one, leave the option out and the built-in head is used."
        )
    if whole.stat().st_size > MAX_BYTES:
        raise FileFormatError(
            f"{whole.name} is larger than {MAX_BYTES >> 20} MiB; a FLAME file is 30 to 120 MB."
        )
    return whole, member


def _payload(file: Path, member: str) -> tuple[bytes, str]:
    """The bytes of the FLAME file, and its name inside the zip ('' when the file is the FLAME file itself)."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise FileFormatError(f"{file} cannot be read: {error.strerror or error}.") from None
    if data[:4] != b"PK\x03\x04":
        if member:
            raise FileFormatError(f"{file.name} is not a zip, so there is no {member!r} in it.")
        return data, ""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir()]
            if not member and any(n.endswith(".npy") for n in names):
                return data, ""  # an .npz
            inside = _choose(names, member, file.name)
            if archive.getinfo(inside).file_size > MAX_BYTES:
                raise FileFormatError(
                    f"{inside} in {file.name} claims to be larger than {MAX_BYTES >> 20} MiB."
                )
            with archive.open(inside) as stream:
                content = stream.read(MAX_BYTES + 1)
    except FileFormatError:
        raise
    except _ZIP_TROUBLE as error:
        raise FileFormatError(
            f"{file.name} is a damaged or unreadable zip ({error}); download it again."
        ) from None
    if len(content) > MAX_BYTES:
        raise FileFormatError(f"{inside} in {file.name} is larger than {MAX_BYTES >> 20} MiB.")
    return content, inside


def _choose(names: list[str], member: str, label: str) -> str:
    """The FLAME model among the files of a zip: the named one, else the only one, else the gender-neutral one."""
    models = sorted(n for n in names if n.lower().endswith((".pkl", ".npz")) and not _SKIP.search(n))
    if member:
        matches = [n for n in names if n == member] or [n for n in models if n.rsplit("/", 1)[-1] == member]
        if len(matches) == 1:
            return matches[0]
        raise FileFormatError(
            f"{label} has no single file {member!r}; FLAME files in it: {', '.join(models[:12]) or 'none'}."
        )
    if not models:
        some = ", ".join(names[:5]) or "nothing"
        raise FileFormatError(
            f"{label} is a zip without a FLAME model (.pkl or .npz) in it; it holds {some}."
        )
    if len(models) == 1:
        return models[0]
    bases = {n: n.rsplit("/", 1)[-1].lower() for n in models}
    for wanted in (
        "flame2023.pkl",
        "flame2023_open.pkl",
        "generic_model.pkl",
        "flame_neutral.pkl",
        "generic_model.npz",
    ):
        matches = [n for n, base in bases.items() if base == wanted]
        if len(matches) == 1:
            return matches[0]
    raise FileFormatError(
        f"{label} holds several FLAME models; say which one, for example {label}!{models[0]}. In it: {', '.join(models[:12])}."
    )


# --- content --------------------------------------------------------------------------------------------


def read_arrays(
    data: bytes, label: str, num_betas: int | None = None
) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays of a ``FlameModel`` and the file's short texts, from the bytes of a pickle or ``.npz``.

    Raises:
        FileFormatError, UnsafePickleError, InputError: as ``load_flame``.
    """
    if data[:4] == b"PK\x03\x04":
        content: Mapping[str, Any] = _npz(data, label)
    else:
        _refuse_known_wrong(data, label)
        content = load_pickle_bytes(data, label)
        if not isinstance(content, dict):
            raise FileFormatError(
                f"{label} holds a {type(content).__name__}, not the dictionary of a FLAME model."
            )
    return _Reader(content, label).arrays(num_betas), _texts(content)


def _refuse_known_wrong(data: bytes, label: str) -> None:
    start = data[:512].lstrip().lower()
    for magic, what in (
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"\x89png", "a PNG picture"),
        (b"gif8", "a GIF picture"),
        (b"\x93numpy", "a single NumPy array (.npy)"),
        (b"%pdf", "a PDF document"),
        (b"\x1f\x8b", "a gzip archive; unpack it first"),
        (b"rar!", "a RAR archive; unpack it first"),
        (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
        (b"\x89hdf", "an HDF5 file"),
        (
            b"version https://git-lfs",
            "a Git LFS pointer, the file itself was never fetched: run git lfs pull",
        ),
        (b"solid ", "an STL mesh"),
        (b"ply", "a PLY mesh"),
    ):
        if start.startswith(magic):
            raise FileFormatError(f"{label} is {what}, not a FLAME model.")
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        raise FileFormatError(
            f"{label} is a web page, not a FLAME model: the download ended on a login or error page. Sign in at "
            "https://flame.is.tue.mpg.de and download it again."
        )


def _npz(data: bytes, label: str) -> dict[str, Array]:
    content: dict[str, Array] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(i.file_size for i in archive.infolist()) > MAX_BYTES:
                raise FileFormatError(f"{label} claims to unpack to more than {MAX_BYTES >> 20} MiB.")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            for name in arrays.files:
                try:
                    content[name] = arrays[name]
                except ValueError as error:
                    # An entry that would need unpickling is left out: if the model needs it, the message is that it is missing.
                    if "allow_pickle" not in str(error) and "Object arrays" not in str(error):
                        raise
    except FileFormatError:
        raise
    except _ZIP_TROUBLE + (KeyError, MemoryError, SyntaxError) as error:
        raise FileFormatError(
            f"{label} is a damaged .npz file ({type(error).__name__}); it may be cut short."
        ) from None
    return content


def _texts(content: Mapping[str, Any]) -> dict[str, str]:
    """The short texts of a file: ``bs_style`` and what tools add, such as ``gender`` and ``release``."""
    texts = {}
    for key, value in content.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "U" and value.ndim == 0:
            value = str(value)
        if isinstance(key, str) and isinstance(value, str) and len(key) < 64 and len(value) < 256:
            texts[key] = value
    return texts


class _Reader:
    """Checks every array of a FLAME file against the others."""

    def __init__(self, content: Mapping[str, Any], label: str) -> None:
        self.content, self.label = content, label

    def arrays(self, num_betas: int | None) -> dict[str, Array]:
        template = self.floats("v_template", (None, 3))
        v = len(template)
        if not 4 <= v <= MAX_VERTICES:
            raise self.wrong(f"v_template has {v} vertices")
        if np.abs(template).max() > _LARGEST_COORDINATE:
            raise self.wrong(
                f"v_template reaches {np.abs(template).max():.3g} from the origin; FLAME is in metres, some tools scale it"
            )
        faces = self.integers("f", "faces")
        if faces.ndim != 2 or faces.shape[1] != 3 or not len(faces):
            raise self.wrong(f"faces have shape {faces.shape}, triangles (F, 3) were expected")
        if faces.min() < 0 or faces.max() >= v:
            raise self.wrong(f"a face points at vertex {faces.max()} of {v}")
        weights = self.floats("weights", (v, 5), "lbs_weights")
        if weights.min() < -1e-4 or np.abs(weights.sum(1) - 1).max() > 1e-2:
            raise self.wrong("skinning weights are negative or do not sum to 1")
        shapedirs, exprdirs = self.directions(v, num_betas)
        return {
            "v_template": template.astype(np.float32),
            "faces": faces.astype(np.int32),
            "shapedirs": shapedirs,
            "exprdirs": exprdirs,
            "posedirs": self.posedirs(v),
            "J_regressor": self.floats("J_regressor", (5, v)).astype(np.float32),
            "lbs_weights": weights.astype(np.float32),
            "parents": self.parents(),
        }

    def directions(self, v: int, num_betas: int | None) -> tuple[Array, Array]:
        shape = self.floats("shapedirs", (v, 3, None))
        if shape.shape[2] > MAX_COLUMNS:
            raise self.wrong(f"shapedirs has {shape.shape[2]} columns")
        own = next((k for k in ("exprdirs", "expr_dirs", "expressiondirs") if k in self.content), None)
        if own:
            expr = self.floats(own, (v, 3, None))
        else:
            border = split_columns(shape.shape[2], num_betas)
            shape, expr = shape[:, :, :border], shape[:, :, border:]
        return np.ascontiguousarray(shape, np.float32), np.ascontiguousarray(expr, np.float32)

    def posedirs(self, v: int) -> Array:
        pose = self.floats("posedirs", None)
        if pose.shape == (36, 3 * v):  # flattened as the SMPL family's torch code keeps it
            pose = pose.T.reshape(v, 3, 36)
        elif pose.shape == (3 * v, 36):
            pose = pose.reshape(v, 3, 36)
        if pose.shape != (v, 3, 36):
            raise self.wrong(f"posedirs has shape {pose.shape}, {(v, 3, 36)} was expected")
        return np.ascontiguousarray(pose, np.float32)

    def parents(self) -> Array:
        table = self.integers("kintree_table", "parents")
        parents = table[0] if table.ndim == 2 and len(table) == 2 else table
        # the root's parent is -1, which old files store in 32 unsigned bits
        parents = np.where((parents < 0) | (parents >= 1 << 31), -1, parents)
        if parents.shape != (5,) or tuple(int(p) for p in parents) != FLAME_PARENTS:
            what = (
                f"{parents.shape[-1]} joints"
                if parents.ndim == 1 and len(parents) != 5
                else "another joint tree"
            )
            raise self.wrong(
                f"it has {what}; FLAME has root, neck, jaw, left eye, right eye. Is it an SMPL, SMPL-X or MANO file?"
            )
        return parents.astype(np.int32)

    def wrong(self, why: str) -> FileFormatError:
        return FileFormatError(f"{self.label} is not a usable FLAME model: {why}.")

    def raw(self, *names: str) -> Array:
        name = next((n for n in names if n in self.content), None)
        if name is None:
            have = ", ".join(str(k)[:40] for k in list(self.content)[:8]) or "nothing"
            raise FileFormatError(
                f"{self.label} is not a FLAME model: it has no {names[0]!r}. It holds {have}. "
                "The model is generic_model.pkl, flame2023.pkl or alike; masks, embeddings and textures are other files."
            )
        value = self.content[name]
        if isinstance(value, (SparseMatrix, ChumpyArray)):
            value = value.toarray()
        if not isinstance(value, np.ndarray):
            raise self.wrong(f"{names[0]} is a {type(value).__name__}, an array was expected")
        return value

    def floats(self, name: str, shape: tuple[int | None, ...] | None, *others: str) -> Array:
        value = self.raw(name, *others)
        if value.dtype.kind not in "fiu":
            raise self.wrong(f"{name} holds {value.dtype}, numbers were expected")
        if shape is not None and (
            value.ndim != len(shape) or any(w is not None and w != g for w, g in zip(shape, value.shape))
        ):
            text = ", ".join("*" if n is None else str(n) for n in shape)
            raise self.wrong(f"{name} has shape {value.shape}, ({text}) was expected")
        if not np.isfinite(value).all():
            raise self.wrong(f"{name} has values that are not finite")
        return value

    def integers(self, *names: str) -> npt.NDArray[np.int64]:
        value = self.raw(*names)
        if value.dtype.kind == "f" and np.isfinite(value).all() and (value == np.round(value)).all():
            value = value.clip(-1, 1 << 32).astype(np.int64)
        if value.dtype.kind not in "iu":
            raise self.wrong(f"{names[0]} holds {value.dtype}, whole numbers were expected")
        if value.dtype.itemsize == 8 and value.dtype.kind == "u":
            value = np.where(value >= 1 << 32, 1 << 32, value)
        return value.astype(np.int64)
