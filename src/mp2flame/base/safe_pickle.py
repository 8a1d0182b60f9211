"""Read the pickles that FLAME files are made of, without running anything in them.

A pickle is a program; ``pickle.load`` runs it. This reader is its own small machine: a global name
in the file becomes an inert ``Name``, and "call" and "build" steps are looked up in a short table of
things a FLAME file needs (NumPy arrays, chumpy arrays, SciPy sparse matrices, containers). Nothing is
ever imported, called or given attributes on the file's behalf, so neither chumpy nor SciPy need be
installed, and what is not in the table is refused by its name. The bytes are taken apart by the readers of the
standard library's ``pickletools``, which only decode.

Python-2 strings are read as Latin-1, as ``pickle.load(..., encoding="latin1")`` does.

Limits that keep a hostile file from eating the machine: an array must bring as many bytes as its
shape and type say; the number of steps is bounded; only plain keys are hashed, and no integers that could
collide; what steps copy adds up to a few times the file's size; nothing recurses.
"""

from __future__ import annotations

import codecs
import io
import math
import pickletools
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import FileFormatError, MissingFileError, UnsafePickleError

MAX_STEPS = 200_000
"""A real FLAME file has a few hundred steps; a pickle of this many is something else."""
MAX_BYTES = 1 << 30
_MAX_NAME = 200
_MAX_KEY = 1 << 60  # larger integers can be made to share one hash, which makes a dictionary quadratic
_MAX_STATE = 64  # entries of what an array object is made of; real ones have a dozen
_MAX_DIMS = 8

Array = npt.NDArray[Any]


class Name:
    """A global name met in a pickle: never imported, only compared."""

    __slots__ = ("full",)

    def __init__(self, module: str, name: str) -> None:
        self.full = f"{module}.{name}"


class SparseMatrix:
    """A SciPy sparse matrix as the plain arrays it was pickled with; ``toarray`` makes it dense."""

    __slots__ = ("kind", "state")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.state: dict[str, Any] = {}

    @property
    def shape(self) -> tuple[int, int]:
        shape = self.state.get("_shape", self.state.get("shape"))
        if not isinstance(shape, (tuple, list)) or len(shape) != 2:
            raise FileFormatError("A sparse matrix in this file has no two-dimensional shape.")
        if not all(_is_count(n) for n in shape):
            raise FileFormatError("A sparse matrix in this file has a shape that is not made of counts.")
        return int(shape[0]), int(shape[1])

    def toarray(self, max_items: int = 1 << 26) -> Array:
        """Dense copy; duplicates add up as in SciPy.

        Raises:
            FileFormatError: indices outside the shape, or a dense size above ``max_items``.
        """
        rows, cols = self.shape
        if rows * cols > max_items:
            raise FileFormatError(
                f"A sparse matrix in this file claims {rows} x {cols} entries, too many to be real."
            )
        data = self._vector("data", "fiub").astype(np.float64)
        if self.kind == "coo":
            coords = self.state.get("coords")
            if isinstance(coords, (tuple, list)) and len(coords) == 2:
                self.state["row"], self.state["col"] = coords
            row, col = self._vector("row", "iu"), self._vector("col", "iu")
        else:
            pointer, minor = self._vector("indptr", "iu").astype(np.int64), self._vector("indices", "iu")
            major_count = cols if self.kind == "csc" else rows
            counts = np.diff(pointer)
            if (
                len(pointer) != major_count + 1
                or pointer[0] != 0
                or (counts < 0).any()
                or pointer[-1] > len(minor)
            ):
                raise FileFormatError(
                    "A sparse matrix in this file has row pointers that do not fit its shape."
                )
            minor, data = minor[: pointer[-1]], data[: pointer[-1]]
            major = np.repeat(np.arange(major_count), counts)
            row, col = (minor, major) if self.kind == "csc" else (major, minor)
        if not len(row) == len(col) == len(data):
            raise FileFormatError("A sparse matrix in this file has indices and data of different lengths.")
        row, col = row.astype(np.int64), col.astype(np.int64)
        if len(row) and (row.min() < 0 or col.min() < 0 or row.max() >= rows or col.max() >= cols):
            raise FileFormatError("A sparse matrix in this file has indices outside its shape.")
        dense = np.zeros((rows, cols))
        np.add.at(dense, (row, col), data)
        return dense

    def _vector(self, key: str, kinds: str) -> Array:
        value = self.state.get(key)
        if not isinstance(value, np.ndarray) or value.ndim != 1 or value.dtype.kind not in kinds:
            raise FileFormatError(f"A sparse matrix in this file has no usable {key!r} array.")
        return value


class ChumpyArray:
    """A pickled ``chumpy.ch.Ch`` (the array it wraps) or ``chumpy.reordering.Select`` (a choice from one)."""

    __slots__ = ("kind", "state")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.state: dict[str, Any] = {}

    def toarray(self) -> Array:
        """The values.

        Raises:
            FileFormatError: it holds no plain numeric array.
        """
        if self.kind == "Ch":
            value = self.state.get("x")
            if isinstance(value, np.ndarray):
                return value
            if isinstance(value, (int, float)):
                return np.asarray(value, np.float64)
            raise FileFormatError("A chumpy array in this file does not hold a plain array.")
        # Select: the entries `idxs` of the flattened array `a`, in shape `preferred_shape`.
        source, indices, shape = (self.state.get(k) for k in ("a", "idxs", "preferred_shape"))
        if isinstance(source, ChumpyArray):
            if source.kind != "Ch":
                raise FileFormatError(
                    "A chumpy array in this file is a selection of a selection; save it as a plain array."
                )
            source = source.toarray()
        if (
            not isinstance(source, np.ndarray)
            or not isinstance(indices, np.ndarray)
            or indices.dtype.kind not in "iu"
        ):
            raise FileFormatError("A chumpy selection in this file does not hold plain arrays.")
        flat = source.reshape(-1)
        if indices.size and (indices.min() < 0 or indices.max() >= flat.size):
            raise FileFormatError("A chumpy selection in this file points outside its array.")
        chosen = flat[indices.reshape(-1)]
        if isinstance(shape, np.ndarray):
            shape = tuple(int(n) for n in shape.reshape(-1)[:_MAX_DIMS])
        if isinstance(shape, (tuple, list)):
            chosen = chosen.reshape(_checked_shape(shape, chosen.size))
        return chosen


class _Dtype:
    __slots__ = ("code", "order")

    def __init__(self, code: str) -> None:
        self.code, self.order = code, "="

    def resolve(self) -> np.dtype[Any]:
        return np.dtype(("<" if self.order in "|=" else self.order) + self.code)


class _PendingArray:
    """What ``_reconstruct`` leaves on the stack until BUILD brings the contents; ``keys``: its places in the memo."""

    __slots__ = ("keys",)

    def __init__(self) -> None:
        self.keys: list[int] = []


class _Mark:
    __slots__ = ()


_MARK = _Mark()
_SPARSE = {
    f"scipy.sparse.{module}.{kind}_{form}": kind
    for kind in ("csc", "csr", "coo")
    for module in (kind, f"_{kind}", "_arrays")
    for form in ("matrix", "array")
}
_CHUMPY = {"chumpy.ch.Ch": "Ch", "chumpy.Ch": "Ch", "chumpy.reordering.Select": "Select"}
_NUMPY_MODULES = (
    "numpy.core.multiarray",
    "numpy._core.multiarray",
    "numpy.core.numeric",
    "numpy._core.numeric",
    "numpy",
)
_RECONSTRUCT = {f"{m}._reconstruct" for m in _NUMPY_MODULES}
_FROMBUFFER = {f"{m}._frombuffer" for m in _NUMPY_MODULES}
_SCALAR = {f"{m}.scalar" for m in _NUMPY_MODULES}
_BUILTINS = ("__builtin__", "builtins")
_OBJECT = {f"{m}.object" for m in _BUILTINS}
_EMPTY_BYTES = {f"{m}.bytes" for m in _BUILTINS}
_SETS = {f"{m}.{n}" for m in _BUILTINS for n in ("set", "frozenset")}
_RECONSTRUCTOR = {"copy_reg._reconstructor", "copyreg._reconstructor"}
_NEWOBJ = {"copy_reg.__newobj__", "copyreg.__newobj__"}

ALLOWED = frozenset(
    {"numpy.ndarray", "numpy.dtype", "_codecs.encode", "collections.OrderedDict", *_SPARSE, *_CHUMPY}
    | _RECONSTRUCT
    | _FROMBUFFER
    | _SCALAR
    | _OBJECT
    | _SETS
    | _EMPTY_BYTES
    | _RECONSTRUCTOR
    | _NEWOBJ
)
"""Every global name that a pickle may mention."""


def load_pickle(source: str | Path | bytes, *, allow: Sequence[str] | None = None) -> Any:
    """The content of a pickle made of plain values, NumPy, chumpy and SciPy sparse arrays.

    Args:
        source: a file, or the bytes of one.
        allow: a smaller set of global names than ``ALLOWED``.

    Returns:
        Plain Python values, ``ndarray`` (read-only views where possible), ``SparseMatrix`` and
        ``ChumpyArray``. Sets come as lists.

    Raises:
        UnsafePickleError: the pickle asks for anything else; the name is in the message and nothing ran.
        FileFormatError: damaged, truncated, or not a pickle.
        MissingFileError: there is no such file.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _Machine(bytes(source), "these bytes", allow).run()
    path = Path(source)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileFormatError(
                f"{path.name} is larger than {MAX_BYTES >> 20} MiB; a FLAME file is 30 to 120 MB."
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise MissingFileError(f"There is no file {path}.") from None
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error.strerror or error}.") from None
    return load_pickle_bytes(data, path.name, allow=allow)


def load_pickle_bytes(data: bytes, label: str, *, allow: Sequence[str] | None = None) -> Any:
    """``load_pickle`` for bytes that came from the file called ``label``."""
    return _Machine(data, label, allow).run()


class PickleMachine:
    """Stack, memo and position while one pickle is read; ``formats.torch_file`` adds tensors to it."""

    def __init__(self, data: bytes, label: str, allow: Sequence[str] | None) -> None:
        self.label, self.size = label, len(data)
        self.file = io.BytesIO(data)
        self.budget = 4 * len(data) + 4096  # bytes and items that steps may copy
        self.allow = ALLOWED if allow is None else ALLOWED & frozenset(allow)
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        if not self.size:
            raise FileFormatError(f"{self.label} is empty.")
        return self.run_next()

    @property
    def at(self) -> int:
        """Bytes read so far."""
        return self.file.tell()

    def run_next(self) -> Any:
        """The next pickle of a stream of several."""
        self.stack, self.memo = [], {}
        try:
            for _ in range(MAX_STEPS):
                code = self.file.read(1)
                if code == b".":
                    return self.finish()
                refused = _REFUSED.get(code)
                if code == b"Q":
                    self.push(self.persistent(self.pop()))
                elif refused:
                    raise UnsafePickleError(
                        f"{self.label} uses {refused}, which no FLAME file needs; it was refused and "
                        "nothing was run."
                    )
                elif code in _STEPS:
                    _STEPS[code](self, self.argument(code))
                elif code:
                    raise self.damaged(f"unknown instruction {code!r} at byte {self.at - 1}")
                else:
                    raise self.damaged(f"it ends early, at byte {self.at}")
        except (FileFormatError, MemoryError):
            raise
        except (
            ValueError,
            TypeError,
            IndexError,
            KeyError,
            OverflowError,
            struct.error,
            AttributeError,
        ) as error:
            raise self.damaged(f"{type(error).__name__} at byte {self.at}") from None
        raise self.damaged(f"more than {MAX_STEPS} instructions, a FLAME file has a few hundred")

    def persistent(self, pid: Any) -> Any:
        """What a persistent id stands for; FLAME files have none."""
        raise UnsafePickleError(
            f"{self.label} uses {_REFUSED[b'Q']}, which no FLAME file needs; it was refused and nothing "
            "was run."
        )

    def finish(self) -> Any:
        value = self.pop()
        if isinstance(value, (Name, _Dtype, _PendingArray, _Mark)):
            raise self.damaged("it ends in the middle of something")
        return value

    def damaged(self, why: str) -> FileFormatError:
        return FileFormatError(
            f"{self.label} is not a readable pickle ({why}); it is damaged, cut short or another kind of "
            "file."
        )

    def argument(self, code: bytes) -> Any:
        """What an instruction brings with it, decoded; None when it brings nothing."""
        read = _READERS.get(code)
        if read is None:
            return None
        start = self.at
        try:
            return read(self.file)
        except ValueError as error:
            raise self.damaged(f"at byte {start}: {_printable(str(error))}") from None

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes, for what follows a pickle in the same file."""
        piece = self.file.read(count) if 0 <= count <= self.size else b""
        if len(piece) != count:
            raise self.damaged(f"it ends early, at byte {self.size}")
        return piece

    def charge(self, amount: int) -> None:
        """Count what a step copies: a file that copies one long value again and again is none of ours."""
        self.budget -= amount
        if self.budget < 0:
            raise self.damaged("it copies its own content too often")

    # stack
    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self) -> Any:
        if not self.stack:
            raise self.damaged(f"empty stack at byte {self.at}")
        return self.stack.pop()

    def top(self, kind: type) -> Any:
        if not self.stack or not isinstance(self.stack[-1], kind):
            raise self.damaged(f"instruction without its container at byte {self.at}")
        return self.stack[-1]

    def pop_to_mark(self) -> list[Any]:
        for i in range(len(self.stack) - 1, -1, -1):
            if self.stack[i] is _MARK:
                items = self.stack[i + 1 :]
                del self.stack[i:]
                return items
        raise self.damaged(f"no mark at byte {self.at}")

    def global_name(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise self.damaged("a global name that is not text")
        found = Name(module, name)
        if found.full not in self.allow:
            raise UnsafePickleError(
                f"{self.label} asks for {_printable(found.full)}, which no FLAME file needs; it was "
                "refused and nothing "
                "was run. If the file comes from the FLAME website, please report the name; else do not "
                "trust the file."
            )
        self.push(found)

    def set_items(self, target: dict[Any, Any], items: list[Any]) -> None:
        if len(items) % 2:
            raise self.damaged("a key without a value")
        for key, value in zip(items[::2], items[1::2]):
            # Nested tuples as keys can take exponential time to hash; no FLAME file has them.
            if not isinstance(key, (str, int, bytes)) or (isinstance(key, int) and abs(key) >= _MAX_KEY):
                raise self.damaged("a dictionary key that is neither text nor a small number")
            target[key] = value

    def call(self, target: Any, args: Any) -> None:
        if not isinstance(target, Name) or not isinstance(args, tuple):
            raise UnsafePickleError(
                f"{self.label} calls something that is not a known name; it was refused and nothing was run."
            )
        self.push(_call(self, target.full, args))

    def build(self, state: Any) -> None:
        target = self.pop()
        if isinstance(target, _PendingArray):
            array = self.array_from_state(state)
            # The memo holds the unfinished array: later references must get the finished one.
            for key in target.keys:
                if self.memo.get(key) is target:
                    self.memo[key] = array
            target.keys.clear()
            target = array
        elif isinstance(target, _Dtype):
            if not isinstance(state, tuple) or len(state) < 2 or state[1] not in ("<", ">", "|", "="):
                raise self.damaged("a number type with an unknown byte order")
            if any(isinstance(s, (tuple, dict)) and s for s in state[2:5]):
                raise self.damaged("a structured number type")
            target.order = state[1]
        elif isinstance(target, (SparseMatrix, ChumpyArray)):
            if isinstance(state, tuple) and len(state) == 2 and state[1] in (None, {}):
                state = state[0]
            if not isinstance(state, dict) or len(state) > _MAX_STATE:
                raise self.damaged("an array object without its contents")
            target.state = {k: v for k, v in state.items() if isinstance(k, str)}
        else:
            raise UnsafePickleError(
                f"{self.label} sets the state of a plain value; it was refused and nothing was run."
            )
        self.push(target)

    def array_from_state(self, state: Any) -> Array:
        if not isinstance(state, tuple) or len(state) not in (4, 5):
            raise self.damaged("an array without its contents")
        shape, dtype, fortran, raw = state[-4:]
        if isinstance(raw, list):
            raise UnsafePickleError(
                f"{self.label} holds an array of Python objects, which no FLAME file needs; nothing was run."
            )
        return self.make_array(shape, dtype, raw, "F" if fortran else "C")

    def make_array(self, shape: Any, dtype: Any, raw: Any, order: str) -> Array:
        if not isinstance(dtype, _Dtype):
            raise self.damaged("an array without a number type")
        if isinstance(raw, str):
            self.charge(len(raw))
            raw = raw.encode("latin1")
        if not isinstance(raw, bytes):
            raise self.damaged("an array without its bytes")
        kind = dtype.resolve()
        if len(raw) % kind.itemsize:
            raise self.damaged("an array whose bytes do not fit its number type")
        flat = np.frombuffer(raw, kind)
        return flat.reshape(_checked_shape(shape, flat.size), order=order)  # type: ignore[call-overload,no-any-return]


_Machine = PickleMachine


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:_MAX_NAME])


def _is_count(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and 0 <= int(value) < 1 << 40


def _checked_shape(shape: Any, items: int) -> tuple[int, ...]:
    if not isinstance(shape, (tuple, list)) or len(shape) > _MAX_DIMS or not all(_is_count(n) for n in shape):
        raise FileFormatError("An array in this file has a shape that is not made of counts.")
    if math.prod(int(n) for n in shape) != items:
        raise FileFormatError("An array in this file claims another size than its content has.")
    return tuple(int(n) for n in shape)


def _dtype(machine: _Machine, args: tuple[Any, ...]) -> _Dtype:
    code = args[0] if args else None
    if isinstance(code, str) and code[:1] == "O":
        raise UnsafePickleError(
            f"{machine.label} holds an array of Python objects, which no FLAME file needs; it was refused "
            "and nothing was run."
        )
    if code not in ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"):
        raise machine.damaged("an array of an unknown number type")
    return _Dtype(code)


def _call(machine: _Machine, name: str, args: tuple[Any, ...]) -> Any:  # noqa: C901
    """The outcome of the few calls a FLAME file makes; ``args`` come from the file and may be anything."""
    first = args[0] if args else None
    if name in _RECONSTRUCT:
        if not (isinstance(first, Name) and first.full == "numpy.ndarray"):
            raise machine.damaged("an array of an unknown class")
        return _PendingArray()
    if name == "numpy.dtype":
        return _dtype(machine, args)
    if name == "_codecs.encode":
        # Python 3 writes bytes this way in protocol 2; a wider codec could expand data.
        if len(args) != 2 or not isinstance(first, str) or args[1] not in ("latin1", "latin-1"):
            raise UnsafePickleError(
                f"{machine.label} asks for a text codec other than latin1; it was refused."
            )
        machine.charge(len(first))
        return first.encode("latin1")
    if name in _EMPTY_BYTES and not args:  # how protocol 2 writes b""
        return b""
    if name in _FROMBUFFER and len(args) == 4:
        order = args[3] if args[3] in ("C", "F") else "C"
        return machine.make_array(args[2], args[1], first, order)
    if name in _SCALAR and len(args) == 2:
        return machine.make_array((1,), first, args[1], "C")[0]
    if name in _SETS or name == "collections.OrderedDict":
        if not args:
            return {} if name == "collections.OrderedDict" else []
        if len(args) == 1 and isinstance(first, (list, tuple)):
            machine.charge(len(first))
            if name in _SETS:
                return list(first)
            pairs: dict[Any, Any] = {}
            machine.set_items(pairs, [x for pair in first for x in _pair(machine, pair)])
            return pairs
    if name in _RECONSTRUCTOR or name in _NEWOBJ:
        if not isinstance(first, Name):
            raise machine.damaged("an object without a class")
        return _new(machine, first)
    if name in _SPARSE or name in _CHUMPY:
        if args:
            raise machine.damaged(f"{name} made with arguments")
        return _new(machine, Name(*name.rsplit(".", 1)))
    raise UnsafePickleError(
        f"{machine.label} calls {name}, which no FLAME file does; it was refused and nothing was run."
    )


def _pair(machine: _Machine, value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise machine.damaged("a dictionary entry that is not a pair")
    return value


def _new(machine: _Machine, cls: Any) -> Any:
    if isinstance(cls, Name):
        if cls.full in _SPARSE:
            return SparseMatrix(_SPARSE[cls.full])
        if cls.full in _CHUMPY:
            return ChumpyArray(_CHUMPY[cls.full])
        if cls.full == "collections.OrderedDict":
            return {}
        raise UnsafePickleError(
            f"{machine.label} makes a {cls.full} in an unknown way; it was refused and nothing was run."
        )
    raise machine.damaged("an object without a class")


# --- instructions -----------------------------------------------------------------------------------------


def _read_string(file: Any) -> str:
    """A quoted line. ``pickletools`` takes ASCII only, Python 2 wrote the bytes of arrays in it."""
    text = pickletools.read_stringnl(file, decode=False, stripquotes=False).strip()
    if len(text) < 2 or text[:1] != text[-1:] or text[:1] not in (b"'", b'"'):
        raise ValueError("a string without quotes")
    plain: bytes = codecs.escape_decode(text[1:-1])[0]
    return plain.decode("latin1")


def _read_unicode(file: Any) -> str:
    """A line of text, without looking the codec up: that would import its module while a pickle is read."""
    text = pickletools.read_stringnl(file, decode=False, stripquotes=False)
    return codecs.raw_unicode_escape_decode(text)[0]


def _memo_get(m: _Machine, key: int) -> None:
    if key not in m.memo:
        raise m.damaged(f"a reference to nothing at byte {m.at}")
    m.push(m.memo[key])


def _memo_put(m: _Machine, key: int) -> None:
    if not m.stack or m.stack[-1] is _MARK:
        raise m.damaged(f"nothing to remember at byte {m.at}")
    if not 0 <= key < 1 << 32:
        raise m.damaged(f"a place in memory that cannot be, before byte {m.at}")
    m.memo[key] = value = m.stack[-1]
    if isinstance(value, _PendingArray):
        value.keys.append(key)


def _protocol(m: _Machine, version: int) -> None:
    if version > 5:
        raise m.damaged(f"protocol {version}")


def _tuple(count: int) -> Callable[[_Machine, None], None]:
    def step(m: _Machine, _: None) -> None:
        items = [m.pop() for _ in range(count)][::-1]
        if any(item is _MARK for item in items):  # "in" would compare arrays
            raise m.damaged("a mark inside a tuple")
        m.push(tuple(items))

    return step


def _append(m: _Machine, _: None) -> None:
    value = m.pop()
    m.top(list).append(value)


def _appends(m: _Machine, _: None) -> None:
    items = m.pop_to_mark()
    m.top(list).extend(items)


def _setitem(m: _Machine, _: None) -> None:
    value, key = m.pop(), m.pop()
    m.set_items(m.top(dict), [key, value])


def _setitems(m: _Machine, _: None) -> None:
    items = m.pop_to_mark()
    m.set_items(m.top(dict), items)


def _dict(m: _Machine, _: None) -> None:
    items = m.pop_to_mark()
    made: dict[Any, Any] = {}
    m.set_items(made, items)
    m.push(made)


def _stack_global(m: _Machine, _: None) -> None:
    name, module = m.pop(), m.pop()
    m.global_name(module, name)


def _reduce(m: _Machine, _: None) -> None:
    args, target = m.pop(), m.pop()
    m.call(target, args)


def _newobj(m: _Machine, _: None) -> None:
    args, cls = m.pop(), m.pop()
    if not isinstance(args, tuple) or args:
        raise m.damaged("an object made with arguments")
    m.push(_new(m, cls))


def _global(m: _Machine, both: str) -> None:
    m.global_name(*both.split(" ", 1))


def _inst(m: _Machine, both: str) -> None:
    m.pop_to_mark()
    _global(m, both)
    m.push(_new(m, m.pop()))


def _obj(m: _Machine, _: None) -> None:
    items = m.pop_to_mark()
    m.push(_new(m, items[0] if items else None))


def _value(m: _Machine, value: Any) -> None:
    m.push(value)


_VALUES = b"IJKMLFGSTUVXBC" + bytes((0x8A, 0x8C, 0x8D, 0x8E, 0x96))
_STEPS: dict[bytes, Callable[[_Machine, Any], Any]] = {
    **{bytes((code,)): _value for code in _VALUES},
    b"\x80": _protocol,
    b"\x95": lambda m, _: None,  # FRAME: the lengths inside are checked one by one anyway
    b"(": lambda m, _: m.push(_MARK),
    b"0": lambda m, _: m.pop(),
    b"1": lambda m, _: m.pop_to_mark(),
    b"2": lambda m, _: m.push(m.top(object)),
    b"N": lambda m, _: m.push(None),
    b"\x88": lambda m, _: m.push(True),
    b"\x89": lambda m, _: m.push(False),
    b")": lambda m, _: m.push(()),
    b"]": lambda m, _: m.push([]),
    b"}": lambda m, _: m.push({}),
    b"\x8f": lambda m, _: m.push([]),  # EMPTY_SET
    b"t": lambda m, _: m.push(tuple(m.pop_to_mark())),
    b"l": lambda m, _: m.push(m.pop_to_mark()),
    b"d": _dict,
    b"\x91": lambda m, _: m.push(m.pop_to_mark()),  # FROZENSET
    b"\x85": _tuple(1),
    b"\x86": _tuple(2),
    b"\x87": _tuple(3),
    b"a": _append,
    b"e": _appends,
    b"\x90": _appends,  # ADDITEMS
    b"s": _setitem,
    b"u": _setitems,
    **dict.fromkeys((b"p", b"q", b"r"), _memo_put),
    b"\x94": lambda m, _: _memo_put(m, len(m.memo)),
    **dict.fromkeys((b"g", b"h", b"j"), _memo_get),
    b"c": _global,
    b"\x93": _stack_global,
    b"R": _reduce,
    b"\x81": _newobj,
    b"b": lambda m, _: m.build(m.pop()),
    b"i": _inst,
    b"o": _obj,
}
_READERS: dict[bytes, Callable[[Any], Any]] = {
    **{op.code.encode("latin1"): op.arg.reader for op in pickletools.opcodes if op.arg is not None},
    b"S": _read_string,
    b"V": _read_unicode,
    b"\x96": pickletools.read_bytes8,  # BYTEARRAY8, kept as bytes
}
_REFUSED = {
    b"P": "a persistent id",
    b"Q": "a persistent id",
    b"\x82": "an extension code",
    b"\x83": "an extension code",
    b"\x84": "an extension code",
    b"\x92": "keyword construction",
    b"\x97": "an out-of-band buffer",
    b"\x98": "an out-of-band buffer",
    b"\x8b": "an integer of arbitrary length",
}
