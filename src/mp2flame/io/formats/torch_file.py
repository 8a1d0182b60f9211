"""``torch.save`` files without torch, and without running them.

The zip layout (torch 1.6 and later: ``<name>/data.pkl``, ``<name>/data/<key>``, ``<name>/version``) and the older
stream of pickles (magic number, protocol, system, object, storage keys, storages) are read by the machine of
``base.safe_pickle``, to which tensors are added as names in a table: a tensor becomes a view of the bytes of its
storage after its bounds are checked. Written is the zip layout, with NumPy arrays (what the trackers write and
their readers expect) or with tensors (what ``torch.load(weights_only=True)`` accepts).

Layout read from torch/serialization.py and torch/_utils.py (BSD-3); no code taken.
"""

from __future__ import annotations

import math
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...base.damage import reading
from ...base.errors import FileFormatError
from ...base.pickle_arrays import Name
from ...base.safe_pickle import PickleMachine
from .files import ZipTemplate, read_bytes

Array = npt.NDArray[Any]

_STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "<b1",
}
_TENSOR = ("torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor")
_PARAMETER = "torch._utils._rebuild_parameter"
_SIZE = "torch.Size"
_NAMES = frozenset({*(f"torch.{name}" for name in _STORAGES), *_TENSOR, _PARAMETER, _SIZE})
_MAGIC = 0x1950A86A20F9469CFC6C
_MAX_FRAME_BYTES = 64 << 20
_MAX_STORAGES = 10_000


class _Storage:
    """A torch storage: its type, and its bytes once they are known."""

    __slots__ = ("count", "data", "dtype", "key")

    def __init__(self, key: str, dtype: str, count: int) -> None:
        self.key, self.dtype, self.count = key, np.dtype(dtype), count
        self.data: bytes | None = None


class _Tensor:
    __slots__ = ("offset", "shape", "storage", "stride")

    def __init__(
        self, storage: _Storage, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]
    ) -> None:
        self.storage, self.offset, self.shape, self.stride = storage, offset, shape, stride

    def array(self, label: str) -> Array:
        """The values, a view of the storage after the bounds are checked: tensors that share one share memory."""
        storage = self.storage
        if storage.data is None or len(storage.data) < storage.count * storage.dtype.itemsize:
            raise FileFormatError(f"{label}: a tensor has no data; the file is damaged or cut short.")
        count = 1
        for size in self.shape:
            count *= size
        last = self.offset + sum((size - 1) * step for size, step in zip(self.shape, self.stride))
        # a stride of 0 repeats values: what comes out may not be larger than what the file brought
        if count > max(storage.count, 1) or (count and last >= storage.count):
            raise FileFormatError(f"{label}: a tensor reaches outside its storage; the file is damaged.")
        flat = np.frombuffer(storage.data, storage.dtype, count=storage.count)
        if not count:
            return np.empty(self.shape, storage.dtype)
        steps = tuple(step * storage.dtype.itemsize for step in self.stride)
        return np.lib.stride_tricks.as_strided(flat[self.offset :], self.shape, steps, writeable=False)


def _counts(value: Any, what: str) -> tuple[int, ...]:
    if not isinstance(value, (tuple, list)) or len(value) > 8:
        raise FileFormatError(f"a tensor's {what} is damaged.")
    if any(not isinstance(n, int) or isinstance(n, bool) or not 0 <= n < 1 << 40 for n in value):
        raise FileFormatError(f"a tensor's {what} is damaged.")
    return tuple(value)


class _TorchMachine(PickleMachine):
    """The pickle machine with storages and tensors in its table."""

    def __init__(self, data: bytes, label: str) -> None:
        super().__init__(data, label)
        self.allow = self.allow | _NAMES
        self.storages: dict[str, _Storage] = {}
        self.items = _MAX_FRAME_BYTES // 8  # that all tensors together may have, whoever copies them

    def persistent(self, pid: Any) -> Any:
        """('storage', type, key, location, count[, view]) of torch's ``persistent_id``."""
        if not isinstance(pid, tuple) or len(pid) not in (5, 6) or pid[0] != "storage":
            self.refuse("refers to something outside the file")
        kind, key, count = pid[1], pid[2], pid[4]
        name = kind.full.removeprefix("torch.") if isinstance(kind, Name) else None
        if name not in _STORAGES or not isinstance(key, str) or (len(pid) == 6 and pid[5] is not None):
            raise self.damaged("a tensor storage of an unknown kind")
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count < 1 << 40:
            raise self.damaged("a tensor storage of an impossible size")
        if len(self.storages) >= _MAX_STORAGES:
            raise self.damaged("too many tensor storages")
        return self.storages.setdefault(key, _Storage(key, _STORAGES[name], count))

    def outcome(self, target: Any, args: Any) -> Any:
        name = target.full if isinstance(target, Name) else None
        if name in _TENSOR and isinstance(args, tuple) and len(args) >= 4 and isinstance(args[0], _Storage):
            offset = _counts((args[1],), "offset")[0]
            shape, stride = _counts(args[2], "shape"), _counts(args[3], "stride")
            if len(shape) != len(stride):
                raise self.damaged("a tensor whose shape and stride differ")
            self.items -= math.prod(shape)
            if self.items < 0:
                raise self.damaged("tensors of more values than any tracked frame has")
            return _Tensor(args[0], offset, shape, stride)
        if name == _PARAMETER and isinstance(args, tuple) and args and isinstance(args[0], _Tensor):
            return args[0]
        if name == _SIZE and isinstance(args, tuple) and len(args) == 1:
            return _counts(args[0], "shape")
        return super().outcome(target, args)


def read_frame(path: Path) -> dict[str, Any]:
    """A ``torch.save`` file that holds a dictionary of arrays, tensors and plain values, two levels deep.

    Returns:
        The dictionary with every tensor as an array.

    Raises:
        UnsafePickleError: the file asks for anything but arrays and tensors; nothing was run.
        FileFormatError: damaged, truncated, or another kind of file.
    """
    data = read_bytes(path, _MAX_FRAME_BYTES)
    machine = _zip_machine(data, path.name) if data[:2] == b"PK" else _legacy_machine(data, path.name)
    if not isinstance(machine[1], dict):
        raise FileFormatError(f"{path.name} is no tracked frame: it holds a {type(machine[1]).__name__}.")
    return {
        str(key): (
            {str(k): _plain(v, path.name) for k, v in value.items()}
            if isinstance(value, dict)
            else _plain(value, path.name)
        )
        for key, value in machine[1].items()
    }


def _plain(value: Any, label: str) -> Any:
    return value.array(label) if isinstance(value, _Tensor) else value


def _zip_machine(data: bytes, label: str) -> tuple[_TorchMachine, Any]:
    import io

    with reading(label, "a file of torch.save"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            # one budget for the file, before anything is unpacked; torch itself compresses nothing
            claimed = sum(info.file_size for info in archive.infolist())
            if claimed > min(_MAX_FRAME_BYTES, 50 * len(data) + (1 << 20)):
                raise FileFormatError(
                    f"{label} has {len(data):,} bytes and claims to hold {claimed:,}; no tracked frame does."
                )
            names = archive.namelist()
            main = [name for name in names if name.endswith("/data.pkl") and name.count("/") == 1]
            if len(main) != 1:
                raise FileFormatError(f"{label} is a zip, but not one of torch.save: it has no data.pkl.")
            prefix = main[0].removesuffix("data.pkl")
            if f"{prefix}byteorder" in names and archive.read(f"{prefix}byteorder")[:6] == b"big":
                raise FileFormatError(
                    f"{label} was written on a big-endian machine; save it again on another."
                )
            machine = _TorchMachine(archive.read(main[0]), label)
            value = machine.run()
            for storage in machine.storages.values():
                storage.data = archive.read(f"{prefix}data/{storage.key}")
    return machine, value


def _legacy_machine(data: bytes, label: str) -> tuple[_TorchMachine, Any]:
    machine = _TorchMachine(data, label)
    magic = machine.run()
    if magic != _MAGIC:
        if isinstance(magic, dict):  # a plain pickle of arrays, which some forks write
            return machine, magic
        raise FileFormatError(f"{label} is not a file of torch.save; it is damaged or of another kind.")
    machine.run()
    machine.run()
    value = machine.run()
    keys = machine.run()
    if not isinstance(keys, list):
        raise machine.damaged("no list of storages")
    for key in keys:
        storage = machine.storages.get(key) if isinstance(key, str) else None
        if storage is None:
            raise machine.damaged("a storage that nothing refers to")
        (count,) = struct.unpack("<q", machine.take(8))
        if count != storage.count:
            raise machine.damaged("a storage of another size than said")
        storage.data = machine.take(count * storage.dtype.itemsize)
    return machine, value


# --- writing ------------------------------------------------------------------------------------------------


class FrameTemplate:
    """A torch zip whose arrays are refilled for every frame.

    Args:
        content: dictionary, two levels deep, of arrays (float32, int64), texts and integers below 2**31.
        tensors: write torch tensors instead of NumPy arrays.
    """

    def __init__(self, content: Mapping[str, Any], tensors: bool) -> None:
        self._pieces: dict[str, tuple[str, int]] = {}
        self._members: dict[str, bytes] = {}
        self._tensors = tensors
        self._out = bytearray(b"\x80\x02" if tensors else b"\x80\x03")
        self._put_dict(content, "")
        self._out += b"."
        members = {
            "archive/data.pkl": bytes(self._out),
            "archive/byteorder": b"little",
            **self._members,
            "archive/version": b"3\n",
        }
        self._zip = ZipTemplate(members)

    def fill(self, arrays: Mapping[str, Array], frame_id: str | int) -> bytes:
        """The file with these arrays (by ``group/name``) and this frame id."""
        pickled = []
        for name, value in arrays.items():
            member, offset = self._pieces[name]
            data = np.asarray(value, "<f4").tobytes()
            if member == "archive/data.pkl":
                pickled.append((offset, data))
            else:
                self._zip.patch(member, ((0, data),))
        if "frame_id" in self._pieces:
            encoded = frame_id.encode() if isinstance(frame_id, str) else struct.pack("<i", frame_id)
            pickled.append((self._pieces["frame_id"][1], encoded))
        self._zip.patch("archive/data.pkl", pickled)
        return self._zip.content()

    def _put_dict(self, content: Mapping[str, Any], path: str) -> None:
        self._out += b"}("
        for key, value in content.items():
            self._put_text(key)
            where = f"{path}{key}"
            if isinstance(value, Mapping):
                self._put_dict(value, f"{where}/")
            elif isinstance(value, np.ndarray):
                (self._put_tensor if self._tensors else self._put_array)(value, where)
            elif isinstance(value, str):
                self._pieces[where] = ("archive/data.pkl", len(self._out) + 5)
                self._put_text(value)
            else:
                self._pieces[where] = ("archive/data.pkl", len(self._out) + 1)
                self._out += b"J" + struct.pack("<i", value)
        self._out += b"u"

    def _put_text(self, text: str) -> None:
        raw = text.encode()
        self._out += b"X" + struct.pack("<I", len(raw)) + raw

    def _put_shape(self, shape: tuple[int, ...]) -> None:
        self._out += b"(" + b"".join(b"J" + struct.pack("<i", n) for n in shape) + b"t"

    def _put_array(self, value: Array, where: str) -> None:
        # numpy.core is the name that every NumPy since 1.0 resolves; NumPy 1 does not know numpy._core
        kind = f"{value.dtype.kind}{value.dtype.itemsize}".encode()
        self._out += (
            b"cnumpy.core.multiarray\n_reconstruct\n" + b"cnumpy\nndarray\n" + b"K\x00\x85C\x01b\x87R"
        )
        self._out += b"(K\x01"
        self._put_shape(value.shape)
        self._out += (
            b"cnumpy\ndtype\n(X\x02\x00\x00\x00"
            + kind
            + b"K\x00K\x01tR(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        )
        data = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<")).tobytes()
        self._out += b"\x89B" + struct.pack("<I", len(data))
        self._pieces[where] = ("archive/data.pkl", len(self._out))
        self._out += data + b"tb"

    def _put_tensor(self, value: Array, where: str) -> None:
        kind = {"f4": b"FloatStorage", "i8": b"LongStorage"}[f"{value.dtype.kind}{value.dtype.itemsize}"]
        key = str(len(self._members))
        self._members[f"archive/data/{key}"] = np.ascontiguousarray(value).tobytes()
        self._pieces[where] = (f"archive/data/{key}", 0)
        stride, strides = 1, []
        for size in reversed(value.shape):
            strides.append(stride)
            stride *= size
        self._out += b"ctorch._utils\n_rebuild_tensor_v2\n(("
        self._put_text("storage")
        self._out += b"ctorch\n" + kind + b"\n"
        self._put_text(key)
        self._put_text("cpu")
        self._out += b"J" + struct.pack("<i", value.size) + b"tQK\x00"
        self._put_shape(value.shape)
        self._put_shape(tuple(reversed(strides)))
        self._out += b"\x89ccollections\nOrderedDict\n)RtR"
