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
import pickletools
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import FileFormatError, MissingFileError
from .pickle_arrays import ChumpyArray as ChumpyArray
from .pickle_arrays import Dtype, Name, PendingArray
from .pickle_arrays import SparseMatrix as SparseMatrix
from .pickle_calls import ALLOWED, PickleCalls, printable

MAX_STEPS = 200_000
"""A real FLAME file has a few hundred steps; a pickle of this many is something else."""
MAX_BYTES = 1 << 30


def load_pickle(source: str | Path | bytes, label: str = "these bytes") -> Any:
    """The content of a pickle made of plain values, NumPy, chumpy and SciPy sparse arrays.

    Args:
        source: a file, or the bytes of one.
        label: what errors call bytes.

    Returns:
        Plain Python values, ``ndarray`` (read-only views where possible), ``SparseMatrix`` and
        ``ChumpyArray``. Sets come as lists.

    Raises:
        UnsafePickleError: the pickle asks for anything else; the name is in the message and nothing ran.
        FileFormatError: damaged, truncated, or not a pickle.
        MissingFileError: there is no such file.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return PickleMachine(bytes(source), label).run()
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
    return PickleMachine(data, path.name).run()


class PickleMachine(PickleCalls):
    """Stack, memo and position while one pickle is read; ``formats.torch_file`` adds tensors to it."""

    def __init__(self, data: bytes, label: str) -> None:
        super().__init__(label, len(data))
        self.size = len(data)
        self.file = io.BytesIO(data)
        self.allow = ALLOWED
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        """The next pickle: of a stream of several, the one after the last."""
        if not self.size:
            raise FileFormatError(f"{self.label} is empty.")
        self.stack, self.memo = [], {}
        try:
            for _ in range(MAX_STEPS):
                code = self.file.read(1)
                if code == b".":
                    return self.finish()
                if code == b"Q":
                    self.push(self.persistent(self.pop()))
                elif code in _REFUSED:
                    self.refuse(f"uses {_REFUSED[code]}, which no FLAME file needs")
                elif code in _STEPS:
                    _STEPS[code](self, self.argument(code))
                elif code:
                    raise self.damaged(f"unknown instruction {code!r} at byte {self.at - 1}")
                else:
                    raise self.damaged(f"it ends early, at byte {self.at}")
        except (FileFormatError, MemoryError):
            raise
        except (ValueError, TypeError, LookupError, OverflowError, struct.error, AttributeError) as error:
            raise self.damaged(f"{type(error).__name__} at byte {self.at}") from None
        raise self.damaged(f"more than {MAX_STEPS} instructions, a FLAME file has a few hundred")

    @property
    def at(self) -> int:
        """Bytes read so far."""
        return self.file.tell()

    def persistent(self, pid: Any) -> Any:
        """What a persistent id stands for; FLAME files have none."""
        self.refuse("uses a persistent id, which no FLAME file needs")

    def finish(self) -> Any:
        value = self.pop()
        if value is _MARK or isinstance(value, (Name, Dtype, PendingArray)):
            raise self.damaged("it ends in the middle of something")
        return value

    def argument(self, code: bytes) -> Any:
        """What an instruction brings with it, decoded; None when it brings nothing."""
        read = _READERS.get(code)
        if read is None:
            return None
        start = self.at
        try:
            return read(self.file)
        except ValueError as error:
            raise self.damaged(f"at byte {start}: {printable(str(error))}") from None

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes, for what follows a pickle in the same file."""
        piece = self.file.read(count) if 0 <= count <= self.size else b""
        if len(piece) != count:
            raise self.damaged(f"it ends early, at byte {self.size}")
        return piece

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
            self.refuse(
                f"asks for {printable(found.full)}, which no FLAME file needs",
                " If the file comes from the FLAME website, please report the name; else do not trust the file.",
            )
        self.push(found)

    def build(self, state: Any) -> None:
        target = self.pop()
        built = self.state(target, state)
        if isinstance(target, PendingArray):
            # The memo holds the unfinished array: later references must get the finished one.
            for key in target.keys:
                if self.memo.get(key) is target:
                    self.memo[key] = built
            target.keys.clear()
        self.push(built)


# --- instructions -----------------------------------------------------------------------------------------

_MARK = object()


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


def _memo_get(m: PickleMachine, key: int) -> None:
    if key not in m.memo:
        raise m.damaged(f"a reference to nothing at byte {m.at}")
    m.push(m.memo[key])


def _memo_put(m: PickleMachine, key: int) -> None:
    if not m.stack or m.stack[-1] is _MARK:
        raise m.damaged(f"nothing to remember at byte {m.at}")
    if not 0 <= key < 1 << 32:
        raise m.damaged(f"a place in memory that cannot be, before byte {m.at}")
    m.memo[key] = value = m.stack[-1]
    if isinstance(value, PendingArray):
        value.keys.append(key)


def _protocol(m: PickleMachine, version: int) -> None:
    if version > 5:
        raise m.damaged(f"protocol {version}")


def _tuple(count: int) -> Callable[[PickleMachine, None], None]:
    def step(m: PickleMachine, _: None) -> None:
        items = [m.pop() for _ in range(count)][::-1]
        if any(item is _MARK for item in items):  # "in" would compare arrays
            raise m.damaged("a mark inside a tuple")
        m.push(tuple(items))

    return step


def _append(m: PickleMachine, _: None) -> None:
    value = m.pop()
    m.top(list).append(value)


def _appends(m: PickleMachine, _: None) -> None:
    items = m.pop_to_mark()
    m.top(list).extend(items)


def _setitem(m: PickleMachine, _: None) -> None:
    value, key = m.pop(), m.pop()
    m.set_items(m.top(dict), [key, value])


def _setitems(m: PickleMachine, _: None) -> None:
    items = m.pop_to_mark()
    m.set_items(m.top(dict), items)


def _dict(m: PickleMachine, _: None) -> None:
    items = m.pop_to_mark()
    made: dict[Any, Any] = {}
    m.set_items(made, items)
    m.push(made)


def _stack_global(m: PickleMachine, _: None) -> None:
    name, module = m.pop(), m.pop()
    m.global_name(module, name)


def _reduce(m: PickleMachine, _: None) -> None:
    args, target = m.pop(), m.pop()
    m.push(m.outcome(target, args))


def _newobj(m: PickleMachine, _: None) -> None:
    args, cls = m.pop(), m.pop()
    if not isinstance(args, tuple) or args:
        raise m.damaged("an object made with arguments")
    m.push(m.new(cls))


def _global(m: PickleMachine, both: str) -> None:
    m.global_name(*both.split(" ", 1))


def _inst(m: PickleMachine, both: str) -> None:
    m.pop_to_mark()
    _global(m, both)
    m.push(m.new(m.pop()))


def _obj(m: PickleMachine, _: None) -> None:
    items = m.pop_to_mark()
    m.push(m.new(items[0] if items else None))


def _value(m: PickleMachine, value: Any) -> None:
    m.push(value)


_VALUES = b"IJKMLFGSTUVXBC" + bytes((0x8A, 0x8C, 0x8D, 0x8E, 0x96))
_STEPS: dict[bytes, Callable[[PickleMachine, Any], Any]] = {
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
