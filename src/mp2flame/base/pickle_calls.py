"""What the names, calls and states of a FLAME file's pickle make: a short table instead of running anything."""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import partial
from typing import Any, NoReturn

import numpy as np

from .errors import FileFormatError, UnsafePickleError
from .pickle_arrays import Array, ChumpyArray, Dtype, Name, PendingArray, SparseMatrix, checked_shape

_MAX_NAME = 200
_MAX_KEY = 1 << 60  # larger integers can be made to share one hash, which makes a dictionary quadratic
_MAX_STATE = 64  # entries of what an array object is made of; real ones have a dozen


def printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:_MAX_NAME])


class PickleCalls:
    """Makes what one pickle asks for. What is copied is counted: a file of ours copies nothing again and again."""

    def __init__(self, label: str, size: int) -> None:
        self.label = label
        self.budget = 4 * size + 4096  # bytes and items that steps may copy

    def damaged(self, why: str) -> FileFormatError:
        return FileFormatError(
            f"{self.label} is not a readable pickle ({why}); it is damaged, cut short or another kind of file."
        )

    def refuse(self, what: str, advice: str = "") -> NoReturn:
        raise UnsafePickleError(f"{self.label} {what}; it was refused and nothing was run.{advice}")

    def charge(self, amount: int) -> None:
        """Count what a step copies."""
        self.budget -= amount
        if self.budget < 0:
            raise self.damaged("it copies its own content too often")

    def outcome(self, target: Any, args: Any) -> Any:
        """What the call of a name gives; both come from the file and may be anything."""
        if not isinstance(target, Name) or not isinstance(args, tuple):
            self.refuse("calls something that is not a known name")
        make, counts = _CALLS.get(target.full, (None, ()))
        if make is None or len(args) not in counts:
            self.refuse(f"calls {target.full} in a way that no FLAME file does")
        return make(self, *args)

    def new(self, cls: Any, *_: Any) -> Any:
        """An empty object of a class."""
        if not isinstance(cls, Name):
            raise self.damaged("an object without a class")
        if cls.full not in _CLASSES:
            self.refuse(f"makes a {cls.full} in an unknown way")
        return _CLASSES[cls.full]()

    def state(self, target: Any, state: Any) -> Any:
        """``target`` with its contents, which for an array is another object."""
        if isinstance(target, PendingArray):
            if not isinstance(state, tuple) or len(state) not in (4, 5):
                raise self.damaged("an array without its contents")
            shape, dtype, fortran, raw = state[-4:]
            return self.array(raw, dtype, shape, "F" if fortran else "C")
        if isinstance(target, Dtype):
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
            self.refuse("sets the state of a plain value")
        return target

    def set_items(self, target: dict[Any, Any], items: list[Any]) -> None:
        if len(items) % 2:
            raise self.damaged("a key without a value")
        for key, value in zip(items[::2], items[1::2]):
            # Nested tuples as keys can take exponential time to hash; no FLAME file has them.
            if not isinstance(key, (str, int, bytes)) or (isinstance(key, int) and abs(key) >= _MAX_KEY):
                raise self.damaged("a dictionary key that is neither text nor a small number")
            target[key] = value

    def array(self, raw: Any, dtype: Any, shape: Any, order: Any) -> Array:
        if isinstance(raw, list):
            self.refuse("holds an array of Python objects, which no FLAME file needs")
        if not isinstance(dtype, Dtype):
            raise self.damaged("an array without a number type")
        if isinstance(raw, str):
            raw = self.encode(raw, "latin1")
        if not isinstance(raw, bytes):
            raise self.damaged("an array without its bytes")
        kind = dtype.resolve()
        if len(raw) % kind.itemsize:
            raise self.damaged("an array whose bytes do not fit its number type")
        flat = np.frombuffer(raw, kind)
        return np.reshape(flat, checked_shape(shape, flat.size), order="F" if order == "F" else "C")

    def scalar(self, dtype: Any, raw: Any) -> Any:
        return self.array(raw, dtype, (1,), "C")[0]

    def pending(self, cls: Any, *_: Any) -> PendingArray:
        if not (isinstance(cls, Name) and cls.full == "numpy.ndarray"):
            raise self.damaged("an array of an unknown class")
        return PendingArray()

    def dtype(self, code: Any, *_: Any) -> Dtype:
        if isinstance(code, str) and code[:1] == "O":
            self.refuse("holds an array of Python objects, which no FLAME file needs")
        if code not in ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"):
            raise self.damaged("an array of an unknown number type")
        return Dtype(code)

    def encode(self, text: Any, codec: Any) -> bytes:
        """How Python 3 writes bytes in protocol 2; a wider codec could expand data."""
        if not isinstance(text, str) or codec not in ("latin1", "latin-1"):
            self.refuse("asks for a text codec other than latin1")
        self.charge(len(text))
        return text.encode("latin1")

    def members(self, given: Any = ()) -> list[Any]:
        """The members of a set or of an ordered dictionary."""
        if not isinstance(given, (list, tuple)):
            raise self.damaged("a set or dictionary that is not made of a list")
        self.charge(len(given))
        return list(given)

    def ordered(self, given: Any = ()) -> dict[Any, Any]:
        pairs = self.members(given)
        if not all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in pairs):
            raise self.damaged("a dictionary entry that is not a pair")
        made: dict[Any, Any] = {}
        self.set_items(made, [part for pair in pairs for part in pair])
        return made


def _each(modules: tuple[str, ...], *names: str) -> list[str]:
    return [f"{module}.{name}" for module in modules for name in names]


_NUMPY = (*_each(("numpy.core", "numpy._core"), "multiarray", "numeric"), "numpy")
_BUILTINS = ("__builtin__", "builtins")
_COPYREG = ("copy_reg", "copyreg")
_CLASSES: dict[str, Callable[[], Any]] = {
    **{
        f"scipy.sparse.{module}.{kind}_{form}": partial(SparseMatrix, kind)
        for kind in ("csc", "csr", "coo")
        for module in (kind, f"_{kind}", "_arrays")
        for form in ("matrix", "array")
    },
    **dict.fromkeys(("chumpy.ch.Ch", "chumpy.Ch"), partial(ChumpyArray, "Ch")),
    "chumpy.reordering.Select": partial(ChumpyArray, "Select"),
    "collections.OrderedDict": dict,
}
# name: what its call makes, and how many arguments it takes
_CALLS: dict[str, tuple[Callable[..., Any], Container[int]]] = {
    **{name: (lambda _, make=make: make(), (0,)) for name, make in _CLASSES.items()},
    **dict.fromkeys(_each(_NUMPY, "_reconstruct"), (PickleCalls.pending, range(1, 4))),
    **dict.fromkeys(_each(_NUMPY, "_frombuffer"), (PickleCalls.array, (4,))),
    **dict.fromkeys(_each(_NUMPY, "scalar"), (PickleCalls.scalar, (2,))),
    "numpy.dtype": (PickleCalls.dtype, range(1, 4)),
    "_codecs.encode": (PickleCalls.encode, (2,)),
    **dict.fromkeys(_each(_BUILTINS, "bytes"), (lambda _: b"", (0,))),  # how protocol 2 writes b""
    **dict.fromkeys(_each(_BUILTINS, "set", "frozenset"), (PickleCalls.members, (0, 1))),
    "collections.OrderedDict": (PickleCalls.ordered, (0, 1)),
    **dict.fromkeys(_each(_COPYREG, "_reconstructor"), (PickleCalls.new, range(1, 4))),
    **dict.fromkeys(_each(_COPYREG, "__newobj__"), (PickleCalls.new, (1,))),
}
ALLOWED = frozenset({"numpy.ndarray", *_each(_BUILTINS, "object"), *_CALLS})
"""Every global name that a pickle may mention."""
