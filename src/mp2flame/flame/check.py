"""What is inside a FLAME file, checked array against array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.arrays import shape_fits, shape_text
from ..base.damage import reading
from ..base.errors import FileFormatError, InputError
from ..base.looks import kind_of
from ..base.safe_npz import Npz
from ..base.safe_pickle import ChumpyArray, SparseMatrix, load_pickle
from .skinning import FLAME_PARENTS

Array = npt.NDArray[Any]

MAX_VERTICES = 200_000
MAX_COLUMNS = 2_000
_LARGEST_COORDINATE = 10.0  # metres; the FLAME head is 0.3 m tall
_LARGEST_VALUE = 1e6
_LONGEST_TEXT = 256


def split_columns(columns: int, num_betas: int | None = None) -> int:
    """How many of the leading columns of ``shapedirs`` are identity; the rest is expression.

    FLAME stores identity first, then expression: 300 + 100 in full files. Cut files keep the order:
    more than 300 columns: 300 identity; 200: 100 + 100; 150: 100 + 50; 100: 50 + 50. Any other number
    says nothing about the border, so it must be given.

    Raises:
        InputError: the border cannot be known, or ``num_betas`` is out of range.
    """
    check_count("num_betas", num_betas)
    if num_betas is not None:
        if num_betas > columns:
            raise InputError(
                f"num_betas is {num_betas}, but this FLAME file has {columns} shape columns in all."
            )
        return int(num_betas)
    if columns > 300:
        return 300
    known = {200: 100, 150: 100, 100: 50}
    if columns in known:
        return known[columns]
    raise InputError(
        f"This FLAME file has {columns} shape columns, and which of them are expression cannot be told "
        "from that "
        "number; say how many are identity: load_flame(..., num_betas=N)."
    )


def check_count(name: str, value: object) -> None:
    """A count, or nothing.

    Raises:
        InputError: ``value`` is neither None nor a count.
    """
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0
    ):
        raise InputError(f"{name} must be a whole number, 0 or more, got {value!r}.")


def read_arrays(
    data: bytes, label: str, num_betas: int | None = None
) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays of a ``FlameModel`` and the file's short texts, from the bytes of a pickle or ``.npz``.

    Raises:
        FileFormatError, UnsafePickleError, InputError: as ``load_flame``.
    """
    if data[:4] == b"PK\x03\x04":
        content: Mapping[str, Any] = _Archive(data, label)
    else:
        _refuse_known_wrong(data, label)
        content = load_pickle(data, label)
        if not isinstance(content, dict):
            raise FileFormatError(
                f"{label} holds a {type(content).__name__}, not the dictionary of a FLAME model."
            )
    with reading(label, "a FLAME model", asked=True):
        return _Reader(content, label).arrays(num_betas), _texts(content)


def _refuse_known_wrong(data: bytes, label: str) -> None:
    kind = kind_of(data[:512])
    if data[:2] == b"\x1f\x8b":
        raise FileFormatError(f"{label} is a gzip archive, not a FLAME model. Unpack it first.")
    if data[:6] == b"\x93NUMPY":
        raise FileFormatError(f"{label} is a single NumPy array (.npy), not a FLAME model.")
    if kind is not None and kind.what == "a web page":
        raise FileFormatError(
            f"{label} is a web page, not a FLAME model: the download ended on a login or error page. Sign in at "
            "https://flame.is.tue.mpg.de and download it again."
        )
    if kind is not None and kind.what != "a pickle":
        raise FileFormatError(f"{label} is {kind.what}, not a FLAME model. {kind.way}".rstrip())


class _Archive(Mapping[str, Any]):
    """The arrays of an ``.npz``, each read when the model asks for it: what a file holds besides is not read."""

    def __init__(self, data: bytes, label: str) -> None:
        self._npz = Npz(data, label)

    def __getitem__(self, key: str) -> Array:
        if key not in self._npz:
            raise KeyError(key)
        return self._npz.array(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._npz)

    def __len__(self) -> int:
        return len(self._npz.keys())

    def __contains__(self, key: object) -> bool:
        return key in self._npz.keys()  # noqa: SIM118

    def text(self, key: str) -> str:
        """A single short text, or nothing."""
        try:
            header = self._npz.header(key)
        except FileFormatError:  # not an array that the model asks for, or that says so itself
            return ""
        single = header[0] == () and header[1].kind == "U" and header[1].itemsize < _LONGEST_TEXT * 4
        return str(self._npz.array(key)) if single else ""


def _texts(content: Mapping[str, Any]) -> dict[str, str]:
    """The short texts of a file: ``bs_style`` and what tools add, such as ``gender`` and ``release``."""
    texts = {}
    for key in content:
        value = content.text(key) if isinstance(content, _Archive) else content[key]
        if isinstance(value, np.ndarray) and value.dtype.kind == "U" and value.ndim == 0:
            value = str(value)
        if (
            isinstance(key, str)
            and isinstance(value, str)
            and value
            and max(len(key) * 4, len(value)) < _LONGEST_TEXT
        ):
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
                f"v_template reaches {np.abs(template).max():.3g} from the origin; FLAME is in metres, "
                "some tools scale it"
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
                f"it has {what}; FLAME has root, neck, jaw, left eye, right eye. Is it an SMPL, SMPL-X or "
                "MANO file?"
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
                "The model is generic_model.pkl, flame2023.pkl or alike; masks, embeddings and textures "
                "are other files."
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
        if shape is not None and not shape_fits(value.shape, shape):
            raise self.wrong(f"{name} has shape {value.shape}, ({shape_text(shape)}) was expected")
        if not np.isfinite(value).all():
            raise self.wrong(f"{name} has values that are not finite")
        largest = float(np.abs(value.astype(np.float64, copy=False)).max(initial=0))
        if largest > _LARGEST_VALUE:  # the sums of far larger ones are beyond what a float32 holds
            raise self.wrong(f"{name} has values up to {largest:.3g}; lengths are in metres")
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
